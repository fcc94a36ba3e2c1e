// Conversions between JavaScript values and those of the operating system.

#include <stdlib.h>
#include <string.h>

#include "posix.h"

JSValue failure(JSContext *ctx)
{
    return JS_NewInt32(ctx, -errno);
}

JSValue answer(JSContext *ctx, long result)
{
    return result == -1 ? failure(ctx) : JS_NewInt64(ctx, result);
}

int integer_of(JSContext *ctx, JSValueConst value)
{
    int32_t number = 0;
    JS_ToInt32(ctx, &number, value);
    return number;
}

int length_of(JSContext *ctx, JSValueConst array)
{
    JSValue length = JS_GetPropertyStr(ctx, array, "length");
    return integer_of(ctx, length);
}

void set(JSContext *ctx, JSValue object, const char *name, JSValue value)
{
    JS_DefinePropertyValueStr(ctx, object, name, value, JS_PROP_C_W_E);
}

// The length of the sequence at the start of the bytes: a character if `valid`, otherwise what the WHATWG Encoding Standard
// replaces with one U+FFFD.
static size_t sequence(const uint8_t *bytes, size_t length, bool *valid)
{
    uint8_t first = bytes[0];
    size_t size = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    // No overlong forms, no surrogates, nothing above U+10FFFF.
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    *valid = false;
    if (size == 0)
        return 1;
    for (size_t at = 1; at < size; at++, low = 0x80, high = 0xbf)
        if (at == length || bytes[at] < low || bytes[at] > high)
            return at;
    *valid = true;
    return size;
}

// Most text is ASCII, which can be checked eight bytes at a time.
bool is_utf8(const uint8_t *bytes, size_t length)
{
    bool valid = true;
    for (size_t at = 0; at < length && valid;) {
        uint64_t eight;
        if (length - at >= sizeof eight) {
            memcpy(&eight, bytes + at, sizeof eight);
            if ((eight & 0x8080808080808080) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        at += sequence(bytes + at, length - at, &valid);
    }
    return valid;
}

static JSValue replace_invalid(JSContext *ctx, const uint8_t *bytes, size_t length)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *text = resize_or_end(NULL, 3 * length);
    size_t size = 0;
    for (size_t at = 0; at < length;) {
        bool valid;
        size_t step = sequence(bytes + at, length - at, &valid);
        memcpy(text + size, valid ? (const char *)bytes + at : replacement, valid ? step : 3);
        size += valid ? step : 3;
        at += step;
    }
    JSValue value = JS_NewStringLen(ctx, text, size);
    free(text);
    return value;
}

JSValue text_of(JSContext *ctx, const void *bytes, size_t length)
{
    return is_utf8(bytes, length) ? JS_NewStringLen(ctx, bytes, length) : replace_invalid(ctx, bytes, length);
}

// errorName(number): as in errno(3)
FUNCTION(error_name)
{
#define NAMED(name) \
    case name: \
        return JS_NewString(ctx, #name)
    switch (integer_of(ctx, argv[0])) {
        NAMED(EACCES);
        NAMED(EAGAIN);
        NAMED(EBADF);
        NAMED(EBUSY);
        NAMED(EDQUOT);
        NAMED(EEXIST);
        NAMED(EFAULT);
        NAMED(EFBIG);
        NAMED(EILSEQ);
        NAMED(EINTR);
        NAMED(EINVAL);
        NAMED(EIO);
        NAMED(EISDIR);
        NAMED(ELOOP);
        NAMED(EMFILE);
        NAMED(EMLINK);
        NAMED(ENAMETOOLONG);
        NAMED(ENFILE);
        NAMED(ENOBUFS);
        NAMED(ENODEV);
        NAMED(ENOENT);
        NAMED(ENOEXEC);
        NAMED(ENOLCK);
        NAMED(ENOMEM);
        NAMED(ENOSPC);
        NAMED(ENOSYS);
        NAMED(ENOTDIR);
        NAMED(ENOTEMPTY);
        NAMED(ENXIO);
        NAMED(EOPNOTSUPP);
        NAMED(EPERM);
        NAMED(EPIPE);
        NAMED(ERANGE);
        NAMED(EROFS);
        NAMED(ESRCH);
        NAMED(ESTALE);
        NAMED(ETIMEDOUT);
        NAMED(ETXTBSY);
        NAMED(EUCLEAN);
        NAMED(EUSERS);
        NAMED(EXDEV);
    default:
        return JS_NewString(ctx, "EUNKNOWN");
    }
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("errorName", 1, error_name),
};

const struct functions value_functions = {entries, COUNT(entries)};
