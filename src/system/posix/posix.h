// What QuickJS's own modules lack or do with more system calls than they need, as the JavaScript module `posix`. Its use is in
// ../quickjs.ts, its types are in ../posix.d.ts. As in QuickJS's `os`, a function that fails returns a negative errno; nothing
// here retries (but after EINTR), remembers or decides. See the manual pages of section 2 for each call.

#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quickjs.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// A function that JavaScript calls.
#define FUNCTION(name) \
    static JSValue name(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)

#define RETRIED(call) \
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

// Of values.c, files.c and programs.c; module.c has those about our own process.
extern const struct functions value_functions, file_functions, program_functions;

// The negative errno.
JSValue failure(JSContext *ctx);
// What a system call answered: -1 becomes the negative errno.
JSValue answer(JSContext *ctx, long result);
int integer_of(JSContext *ctx, JSValueConst value);
int length_of(JSContext *ctx, JSValueConst array);
void set(JSContext *ctx, JSValue object, const char *name, JSValue value);

// Text is UTF-8 outside and QuickJS's strings inside.
bool is_utf8(const uint8_t *bytes, size_t length);
// What is not UTF-8 becomes U+FFFD.
JSValue text_of(JSContext *ctx, const void *bytes, size_t length);
