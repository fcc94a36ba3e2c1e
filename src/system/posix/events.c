// What the event loop of ../quickjs-events.ts is made of. QuickJS's own uses select(2), whose sets only have room for descriptors
// below 1024: callers that leave us many open files would make it write beyond them.

#define _GNU_SOURCE
#include <poll.h>
#include <stdlib.h>
#include <time.h>

#include "posix.h"

static JSValue milliseconds_of(clockid_t clock, JSContext *ctx)
{
    struct timespec time;
    clock_gettime(clock, &time);
    return JS_NewFloat64(ctx, time.tv_sec * 1e3 + time.tv_nsec / 1000000);
}

// now(): milliseconds of a clock that nobody sets
FUNCTION(now)
{
    return milliseconds_of(CLOCK_MONOTONIC, ctx);
}

// currentTime(): milliseconds since 1970, UTC
FUNCTION(current_time)
{
    return milliseconds_of(CLOCK_REALTIME, ctx);
}

static int fill(JSContext *ctx, struct pollfd *files, JSValueConst numbers, short events)
{
    int count = length_of(ctx, numbers);
    for (int at = 0; at < count; at++) {
        JSValue number = JS_GetPropertyUint32(ctx, numbers, at);
        files[at] = (struct pollfd){.fd = integer_of(ctx, number), .events = events};
    }
    return count;
}

// poll(readers, writers, others, milliseconds): an array of the descriptors that are ready; waits without end for -1. The others
// are ready when there is nobody at their other end.
FUNCTION(poll_files)
{
    const short events[] = {POLLIN, POLLOUT, 0};
    int count = 0;
    for (size_t at = 0; at < COUNT(events); at++)
        count += length_of(ctx, argv[at]);
    struct pollfd *files = resize_or_end(NULL, count * sizeof *files);
    for (size_t at = 0, filled = 0; at < COUNT(events); at++)
        filled += fill(ctx, files + filled, argv[at], events[at]);
    // After a signal that does not end us nothing is ready, and the loop polls again.
    int left = poll(files, count, integer_of(ctx, argv[3]));
    JSValue ready = JS_NewArray(ctx);
    for (int at = 0, found = 0; left > 0; at++) {
        if (files[at].revents == 0)
            continue;
        JS_DefinePropertyValueUint32(ctx, ready, found++, JS_NewInt32(ctx, files[at].fd), JS_PROP_C_W_E);
        left--;
    }
    free(files);
    return ready;
}

static bool waits;
static JSValue idle_action;

// whenIdle(action): calls it again and again when nothing else is left to do, until it returns false
FUNCTION(when_idle)
{
    waits = true;
    idle_action = JS_DupValue(ctx, argv[0]);
    return JS_UNDEFINED;
}

bool js_posix_idle(JSContext *ctx)
{
    if (!waits)
        return false;
    JSValue goes_on = JS_Call(ctx, idle_action, JS_UNDEFINED, 0, NULL);
    return !JS_IsException(goes_on) && JS_ToBool(ctx, goes_on);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("now", 0, now),
    JS_CFUNC_DEF("currentTime", 0, current_time),
    JS_CFUNC_DEF("poll", 4, poll_files),
    JS_CFUNC_DEF("whenIdle", 1, when_idle),
};

const struct functions event_functions = {entries, COUNT(entries)};
