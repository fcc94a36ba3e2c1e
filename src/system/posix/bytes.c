// Bytes that programs are given on stdin or write to their pipes. JavaScript's own array buffers neither grow nor shrink.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posix.h"

// A queue: read at the end, written from the start.
struct bytes {
    size_t start, end, room;
    uint8_t *memory;
};

static JSClassID class_id;

static void free_bytes(JSRuntime *runtime, JSValue value)
{
    struct bytes *bytes = JS_GetOpaque(value, class_id);
    free(bytes->memory);
    free(bytes);
}

static const JSClassDef class_definition = {.class_name = "Bytes", .finalizer = free_bytes};

static void ensure_class(JSRuntime *runtime)
{
    if (class_id != 0)
        return;
    JS_NewClassID(&class_id);
    JS_NewClass(runtime, class_id, &class_definition);
}

static void make_room(struct bytes *bytes, size_t room)
{
    bytes->memory = resize_or_end(bytes->memory, room);
    bytes->room = room;
}

// encode(text): its bytes
FUNCTION(encode)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL)
        return JS_EXCEPTION;
    ensure_class(JS_GetRuntime(ctx));
    JSValue value = JS_NewObjectClass(ctx, class_id);
    struct bytes *bytes = resize_or_end(NULL, sizeof *bytes);
    *bytes = (struct bytes){.end = length};
    if (length > 0) {
        make_room(bytes, length);
        memcpy(bytes->memory, text, length);
    }
    JS_SetOpaque(value, bytes);
    JS_FreeCString(ctx, text);
    return value;
}

// takeText(bytes, replace): removes all; undefined for invalid UTF-8, unless that is to be replaced
FUNCTION(take_text)
{
    struct bytes *bytes = JS_GetOpaque(argv[0], class_id);
    const uint8_t *start = bytes->memory + bytes->start;
    size_t length = bytes->end - bytes->start;
    JSValue text = JS_ToBool(ctx, argv[1]) || is_utf8(start, length) ? text_of(ctx, start, length) : JS_UNDEFINED;
    free(bytes->memory);
    *bytes = (struct bytes){0};
    return text;
}

// readSome(file, bytes): adds what one call reads; how much that is
FUNCTION(read_some)
{
    struct bytes *bytes = JS_GetOpaque(argv[1], class_id);
    if (bytes->end == bytes->room)
        make_room(bytes, bytes->room == 0 ? 4096 : 2 * bytes->room);
    long count = RETRY(read(integer_of(ctx, argv[0]), bytes->memory + bytes->end, bytes->room - bytes->end));
    bytes->end += count == -1 ? 0 : count;
    return answer(ctx, count);
}

// writeSome(file, bytes): removes what one call writes; how much is left
FUNCTION(write_some)
{
    struct bytes *bytes = JS_GetOpaque(argv[1], class_id);
    if (bytes->start < bytes->end) {
        long count = RETRY(write(integer_of(ctx, argv[0]), bytes->memory + bytes->start, bytes->end - bytes->start));
        if (count == -1)
            return failure(ctx);
        bytes->start += count;
    }
    return JS_NewInt64(ctx, bytes->end - bytes->start);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("encode", 1, encode),
    JS_CFUNC_DEF("readSome", 2, read_some),
    JS_CFUNC_DEF("takeText", 2, take_text),
    JS_CFUNC_DEF("writeSome", 2, write_some),
};

const struct functions byte_functions = {entries, COUNT(entries)};
