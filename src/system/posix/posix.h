// The JavaScript module `posix`: what QuickJS's own modules lack, or do with more system calls than necessary. ../quickjs.ts
// uses it, ../posix.d.ts has its types. As in QuickJS's `os`, a function that fails returns a negative errno. Nothing here
// retries (except after EINTR) or makes decisions. Section 2 of the manual describes each call.

#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quickjs.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A function that JavaScript can call.
#define FUNCTION(name) \
    static JSValue name(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)

#define RETRY(call) \
    ({ \
        long answer_; \
        do \
            answer_ = (call); \
        while (answer_ == -1 && errno == EINTR); \
        answer_; \
    })

struct functions {
    const JSCFunctionListEntry *entries;
    int count;
};

// From the other files; module.c has those for our own process.
extern const struct functions byte_functions, event_functions, file_functions, program_functions, value_functions, watch_functions;

// From ../memory.c: memory as realloc(3) gives it; without any left, the process ends.
void *resize_or_end(void *memory, size_t size);

// For ../../main.quickjs.c.
JSModuleDef *js_init_module_posix(JSContext *ctx, const char *name);
void js_posix_arguments(int argc, char **argv);
// When nothing else is left to do; false if there is nothing to wait for, or the wait failed.
bool js_posix_idle(JSContext *ctx);

// From programs.c: kills the programs that run.
void js_posix_end_programs(void);

// The negative errno.
JSValue failure(JSContext *ctx);
// The result of a system call; -1 becomes the negative errno.
JSValue answer(JSContext *ctx, long result);
int integer_of(JSContext *ctx, JSValueConst value);
// NULL, with errno set, for a path that contains a NUL, which no file can have.
const char *path_of(JSContext *ctx, JSValueConst value);
int length_of(JSContext *ctx, JSValueConst array);
void set(JSContext *ctx, JSValue object, const char *name, JSValue value);

// Text is UTF-8 outside, and a QuickJS string inside.
bool is_utf8(const uint8_t *bytes, size_t length);
// Invalid UTF-8 becomes U+FFFD.
JSValue text_of(JSContext *ctx, const void *bytes, size_t length);
