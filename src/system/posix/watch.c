// What tells of changes while they happen: inotify(7) for directories, and the kernel's messages about devices, which netlink(7)
// carries to whoever listens.

#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix.h"

// As in the kernel's own headers, which not every C library brings along.
#define NETLINK_KOBJECT_UEVENT 15
struct netlink_address {
    uint16_t family, padding;
    // Of a process, or 0 for the kernel.
    uint32_t port;
    // A bit for each group.
    uint32_t groups;
};

// openWatch(): a descriptor that becomes readable when something changes in a directory that is watched by it
FUNCTION(open_watch)
{
    return answer(ctx, inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
}

// watchDirectory(watch, path)
FUNCTION(watch_directory)
{
    const uint32_t changes = IN_CREATE | IN_CLOSE_WRITE | IN_MOVE | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
    const char *path = path_of(ctx, argv[1]);
    if (path == NULL)
        return failure(ctx);
    JSValue result = answer(ctx, inotify_add_watch(integer_of(ctx, argv[0]), path, changes | IN_ONLYDIR));
    JS_FreeCString(ctx, path);
    return result;
}

// The group that the kernel itself sends to. The other one, 2, has what udev makes of it.
static const struct netlink_address kernel_messages = {.family = AF_NETLINK, .groups = 1};

// openMessages(): a descriptor that becomes readable when the kernel has a message about a device. `room` is in bytes, for those
// that nobody has taken yet.
FUNCTION(open_messages)
{
    int file = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
    if (file == -1)
        return failure(ctx);
    int room = integer_of(ctx, argv[0]);
    // Only root may have more than the usual maximum.
    if (setsockopt(file, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room) == -1)
        setsockopt(file, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    if (bind(file, (const struct sockaddr *)&kernel_messages, sizeof kernel_messages) == 0)
        return JS_NewInt32(ctx, file);
    JSValue error = failure(ctx);
    close(file);
    return error;
}

// takeMessage(messages): the next one, a text with a NUL after each part; empty if it is not the kernel's
FUNCTION(take_message)
{
    // The kernel makes none that is longer than 2 KiB, besides its first line.
    char text[2048 + PATH_MAX];
    struct netlink_address sender = {0};
    socklen_t size = sizeof sender;
    long length = RETRY(
        recvfrom(integer_of(ctx, argv[0]), text, sizeof text, MSG_DONTWAIT, (struct sockaddr *)&sender, &size));
    if (length == -1)
        return failure(ctx);
    return text_of(ctx, text, sender.port == 0 ? length : 0);
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("openMessages", 1, open_messages),
    JS_CFUNC_DEF("openWatch", 0, open_watch),
    JS_CFUNC_DEF("takeMessage", 1, take_message),
    JS_CFUNC_DEF("watchDirectory", 2, watch_directory),
};

const struct functions watch_functions = {entries, COUNT(entries)};
