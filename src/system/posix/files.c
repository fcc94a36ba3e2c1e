// Files, directories and links, and the lock on a directory.

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "posix.h"

const char *path_of(JSContext *ctx, JSValueConst value)
{
    size_t length;
    const char *path = JS_ToCStringLen(ctx, &length, value);
    if (path != NULL && strlen(path) == length)
        return path;
    JS_FreeCString(ctx, path);
    errno = path == NULL ? ENOMEM : ENOENT;
    return NULL;
}

// For the calls that take one path.
static JSValue with_path(JSContext *ctx, JSValueConst value, int (*call)(const char *))
{
    const char *path = path_of(ctx, value);
    if (path == NULL)
        return failure(ctx);
    JSValue result = answer(ctx, RETRY(call(path)));
    JS_FreeCString(ctx, path);
    return result;
}

// For the calls that take two.
static JSValue with_paths(JSContext *ctx, JSValueConst *argv, int (*call)(const char *, const char *))
{
    const char *first = path_of(ctx, argv[0]);
    const char *second = first == NULL ? NULL : path_of(ctx, argv[1]);
    JSValue result = second == NULL ? failure(ctx) : answer(ctx, RETRY(call(first, second)));
    JS_FreeCString(ctx, second);
    JS_FreeCString(ctx, first);
    return result;
}

// The path is relative to the directory. In some C libraries open(3) sets O_CLOEXEC a second time, for old kernels.
static int open_at(int directory, const char *path, int flags, mode_t mode)
{
    return RETRY(syscall(SYS_openat, directory, path, flags | O_CLOEXEC, mode));
}

static int open_path(JSContext *ctx, JSValueConst value, int flags, mode_t mode)
{
    const char *path = path_of(ctx, value);
    if (path == NULL)
        return -1;
    int file = open_at(AT_FDCWD, path, flags, mode);
    int reason = errno;
    JS_FreeCString(ctx, path);
    errno = reason;
    return file;
}

// Closes the file, and returns the result of what was done before.
static JSValue close_after(JSContext *ctx, int file, long result)
{
    JSValue value = answer(ctx, result);
    close(file);
    return value;
}

// Reads to the end, or beyond the limit. A short read is the end, unless the file may pause, as a pipe does. The next call
// reuses the memory of the text.
static long read_all(int file, size_t limit, bool pauses, char **text)
{
    static char *memory;
    static size_t room;
    size_t size = 0;
    for (;;) {
        if (size == room) {
            room = room == 0 ? 64 * 1024 : 2 * room;
            memory = resize_or_end(memory, room);
        }
        long count = RETRY(read(file, memory + size, room - size));
        // Stdin that another process has made non-blocking: wait for more.
        struct pollfd more = {.fd = file, .events = POLLIN};
        if (count == -1 && errno == EAGAIN && pauses && RETRY(poll(&more, 1, -1)) == 1)
            continue;
        if (count == -1)
            return -1;
        size += count;
        *text = memory;
        if (size > limit) {
            errno = EFBIG;
            return -1;
        }
        if (count == 0 || (!pauses && size < room))
            return size;
    }
}

// Closes the file, and returns its text or the negative errno.
static JSValue text_in(JSContext *ctx, int file, size_t limit, bool pauses)
{
    if (file == -1)
        return failure(ctx);
    char *text = NULL;
    long size = read_all(file, limit, pauses, &text);
    if (size != -1 && !is_utf8((uint8_t *)text, size)) {
        errno = EILSEQ;
        size = -1;
    }
    JSValue value = size == -1 ? failure(ctx) : JS_NewStringLen(ctx, text, size);
    close(file);
    return value;
}

// Opening neither waits for a FIFO nor makes a terminal ours.
#define NO_WAITING (O_RDONLY | O_NOCTTY | O_NONBLOCK)

// readText(path, limit, pauses)
FUNCTION(read_text)
{
    bool pauses = JS_ToBool(ctx, argv[2]);
    int file = open_path(ctx, argv[0], pauses ? O_RDONLY | O_NOCTTY : NO_WAITING, 0);
    return text_in(ctx, file, integer_of(ctx, argv[1]), pauses);
}

// readStdin(limit)
FUNCTION(read_stdin)
{
    return text_in(ctx, fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), integer_of(ctx, argv[0]), true);
}

// The target of the link, or the negative errno.
static JSValue target_of(JSContext *ctx, int directory, JSValueConst value)
{
    char target[4096];
    const char *path = path_of(ctx, value);
    if (path == NULL)
        return failure(ctx);
    long size = readlinkat(directory, path, target, sizeof target);
    JSValue result = size == -1 ? failure(ctx) : text_of(ctx, target, size);
    JS_FreeCString(ctx, path);
    return result;
}

FUNCTION(read_link)
{
    return target_of(ctx, AT_FDCWD, argv[0]);
}

// readLinks(directory, names, failed): an array of targets, or for a failure the result of failed(errno, name). The kernel
// resolves the path of the directory only once.
FUNCTION(read_links)
{
    int directory = open_path(ctx, argv[0], O_PATH | O_DIRECTORY, 0);
    JSValue missing = failure(ctx);
    JSValue targets = JS_NewArray(ctx);
    int count = length_of(ctx, argv[1]);
    for (int at = 0; at < count; at++) {
        JSValue name = JS_GetPropertyUint32(ctx, argv[1], at);
        JSValue target = directory == -1 ? missing : target_of(ctx, directory, name);
        if (JS_IsNumber(target))
            target = JS_Call(ctx, argv[2], JS_UNDEFINED, 2, (JSValueConst[]){target, name});
        JS_SetPropertyUint32(ctx, targets, at, target);
        JS_FreeValue(ctx, name);
    }
    if (directory != -1)
        close(directory);
    return targets;
}

static JSValue kind_of(JSContext *ctx, mode_t mode)
{
    return JS_NewAtomString(ctx, S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : "other");
}

// As returned by getdents64(2).
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

static mode_t mode_of(int directory, const struct entry *entry)
{
    struct stat status = {.st_mode = DTTOIF(entry->type)};
    // Some file systems do not store types in directories.
    if (entry->type == DT_UNKNOWN)
        fstatat(directory, entry->name, &status, AT_SYMLINK_NOFOLLOW);
    return status.st_mode;
}

// Converts the entries of the directory argv[0]. Returns an array of the values that are not undefined, or the negative errno.
static JSValue list_directory(JSContext *ctx, JSValueConst *argv,
                              JSValue (*convert)(JSContext *, int, const struct entry *, JSValueConst *))
{
    static char buffer[64 * 1024] __attribute__((aligned(8)));
    int directory = open_path(ctx, argv[0], O_RDONLY | O_DIRECTORY, 0);
    if (directory == -1)
        return failure(ctx);
    JSValue list = JS_NewArray(ctx);
    uint32_t count = 0;
    long size;
    while ((size = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        const struct entry *entry;
        for (long at = 0; at < size; at += entry->size) {
            entry = (const struct entry *)(buffer + at);
            if (strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0)
                continue;
            JSValue value = convert(ctx, directory, entry, argv);
            if (!JS_IsUndefined(value))
                JS_SetPropertyUint32(ctx, list, count++, value);
        }
    }
    if (size == -1) {
        JS_FreeValue(ctx, list);
        list = failure(ctx);
    }
    close(directory);
    return list;
}

static JSValue name_of(JSContext *ctx, const struct entry *entry)
{
    return text_of(ctx, entry->name, strlen(entry->name));
}

static JSValue entry_of(JSContext *ctx, int directory, const struct entry *entry, JSValueConst *argv)
{
    JSValue object = JS_NewObject(ctx);
    set(ctx, object, "name", name_of(ctx, entry));
    set(ctx, object, "kind", kind_of(ctx, mode_of(directory, entry)));
    return object;
}

FUNCTION(read_directory)
{
    return list_directory(ctx, argv, entry_of);
}

// The text of a file below the directory, or the result of failed(errno, path).
static JSValue text_below(JSContext *ctx, int directory, const char *path, JSValueConst failed, size_t limit)
{
    JSValue text = text_in(ctx, open_at(directory, path, NO_WAITING, 0), limit, false);
    if (!JS_IsNumber(text))
        return text;
    JSValue place = text_of(ctx, path, strlen(path));
    JSValue error = JS_Call(ctx, failed, JS_UNDEFINED, 2, (JSValueConst[]){text, place});
    JS_FreeValue(ctx, place);
    return error;
}

static JSValue files_of(JSContext *ctx, int directory, const struct entry *entry, JSValueConst *argv)
{
    if (S_ISREG(mode_of(directory, entry)))
        return JS_UNDEFINED;
    // A path that does not fit is truncated, but remains too long for the kernel.
    char path[PATH_MAX + 1];
    char *rest = stpcpy(stpcpy(path, entry->name), "/");
    path[PATH_MAX] = '\0';
    int count = length_of(ctx, argv[1]);
    JSValue files = JS_NewObject(ctx);
    for (int at = 0; at < count; at++) {
        JSValue value = JS_GetPropertyUint32(ctx, argv[1], at);
        const char *name = JS_ToCString(ctx, value);
        memccpy(rest, name, '\0', path + PATH_MAX - rest);
        JSAtom key = JS_ValueToAtom(ctx, value);
        JSValue text = text_below(ctx, directory, path, argv[2], integer_of(ctx, argv[3]));
        JS_DefinePropertyValue(ctx, files, key, text, JS_PROP_C_W_E);
        JS_FreeAtom(ctx, key);
        JS_FreeCString(ctx, name);
        JS_FreeValue(ctx, value);
    }
    JSValue object = JS_NewObject(ctx);
    set(ctx, object, "name", name_of(ctx, entry));
    set(ctx, object, "inode", JS_NewInt64(ctx, entry->inode));
    set(ctx, object, "files", files);
    return object;
}

// readFilesBelow(directory, names, failed, limit): for each entry that is not a file, an object with its `name`, its `inode` and,
// in `files`, the texts of the files with these names in it
FUNCTION(read_files_below)
{
    return list_directory(ctx, argv, files_of);
}

static JSValue status_of(JSContext *ctx, JSValueConst path, int (*call)(const char *, struct stat *))
{
    struct stat status;
    const char *name = path_of(ctx, path);
    if (name == NULL)
        return failure(ctx);
    long result = call(name, &status);
    JS_FreeCString(ctx, name);
    if (result == -1)
        return failure(ctx);
    JSValue object = JS_NewObject(ctx);
    set(ctx, object, "kind", kind_of(ctx, status.st_mode));
    set(ctx, object, "inode", JS_NewInt64(ctx, status.st_ino));
    set(ctx, object, "mode", JS_NewInt32(ctx, status.st_mode & 07777));
    set(ctx, object, "userId", JS_NewInt64(ctx, status.st_uid));
    set(ctx, object, "groupId", JS_NewInt64(ctx, status.st_gid));
    return object;
}

FUNCTION(stat_path)
{
    return status_of(ctx, argv[0], stat);
}

FUNCTION(lstat_path)
{
    return status_of(ctx, argv[0], lstat);
}

// Writes all of it, even to a pipe or terminal that someone has made non-blocking.
static long write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        long count = RETRY(write(file, bytes, length));
        if (count == -1 && errno == EAGAIN) {
            struct pollfd room = {.fd = file, .events = POLLOUT};
            poll(&room, 1, -1);
            continue;
        }
        if (count == -1)
            return -1;
        bytes += count;
        length -= count;
    }
    return 0;
}

// write(file, text)
FUNCTION(write_text)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (text == NULL)
        return JS_EXCEPTION;
    JSValue result = answer(ctx, write_all(integer_of(ctx, argv[0]), text, length));
    JS_FreeCString(ctx, text);
    return result;
}

// writeFile(path, text): in one call, as sysfs requires
FUNCTION(write_file)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (text == NULL)
        return JS_EXCEPTION;
    int file = open_path(ctx, argv[0], O_WRONLY, 0);
    long written = file == -1 ? -1 : RETRY(write(file, text, length));
    if (written != -1 && (size_t)written < length) {
        errno = EIO;
        written = -1;
    }
    JSValue result = answer(ctx, written);
    if (file != -1)
        close(file);
    JS_FreeCString(ctx, text);
    return result;
}

// createFile(path, text, mode?, userId, groupId): returns when its contents are on the disk
FUNCTION(create_file)
{
    bool owned = !JS_IsUndefined(argv[2]);
    int64_t user = 0, group = 0;
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (text == NULL || (owned && (JS_ToInt64(ctx, &user, argv[3]) || JS_ToInt64(ctx, &group, argv[4]))))
        return JS_EXCEPTION;
    int file = open_path(ctx, argv[0], O_WRONLY | O_CREAT | O_EXCL, owned ? 0600 : 0666);
    bool complete = file != -1 && write_all(file, text, length) == 0 &&
                    (!owned || (fchown(file, user, group) == 0 && fchmod(file, integer_of(ctx, argv[2])) == 0)) &&
                    RETRY(fsync(file)) == 0;
    JSValue result = answer(ctx, complete ? 0 : -1);
    JS_FreeCString(ctx, text);
    if (file != -1)
        close(file);
    return result;
}

FUNCTION(rename_path)
{
    return with_paths(ctx, argv, rename);
}

FUNCTION(make_link)
{
    return with_paths(ctx, argv, symlink);
}

static int make_directory_0777(const char *path)
{
    return mkdir(path, 0777);
}

FUNCTION(make_directory)
{
    return with_path(ctx, argv[0], make_directory_0777);
}

// unlink(2) fails for directories, and only for these with EISDIR.
static int unlink_or_rmdir(const char *path)
{
    int result = unlink(path);
    return result == -1 && errno == EISDIR ? rmdir(path) : result;
}

FUNCTION(remove_path)
{
    return with_path(ctx, argv[0], unlink_or_rmdir);
}

FUNCTION(sync_directory)
{
    int directory = open_path(ctx, argv[0], O_RDONLY | O_DIRECTORY, 0);
    return directory == -1 ? failure(ctx) : close_after(ctx, directory, RETRY(fsync(directory)));
}

static void wake(int signal)
{
    (void)signal;
}

// Waits for an exclusive flock(2) until an alarm interrupts it. The alarm repeats, in case it comes before the call.
static int wait_for_lock(int file, int seconds)
{
    struct sigaction waking = {.sa_handler = wake};
    struct itimerval alarm = {.it_value.tv_sec = seconds, .it_interval.tv_usec = 100000};
    struct itimerval none = {0};
    if (flock(file, LOCK_EX | LOCK_NB) == 0)
        return 0;
    if (errno != EWOULDBLOCK)
        return -1;
    sigaction(SIGALRM, &waking, NULL);
    setitimer(ITIMER_REAL, &alarm, NULL);
    int result = flock(file, LOCK_EX);
    int reason = errno == EINTR ? ETIMEDOUT : errno;
    setitimer(ITIMER_REAL, &none, NULL);
    signal(SIGALRM, SIG_DFL);
    errno = reason;
    return result;
}

// lock(directory, seconds): an open file; closing it releases the lock
FUNCTION(lock_directory)
{
    int directory = open_path(ctx, argv[0], O_RDONLY | O_DIRECTORY, 0);
    if (directory == -1)
        return failure(ctx);
    if (wait_for_lock(directory, integer_of(ctx, argv[1])) == -1)
        return close_after(ctx, directory, -1);
    return JS_NewInt32(ctx, directory);
}

// isOpenAt(file, path): whether the open file is the one at the path
FUNCTION(is_open_at)
{
    struct stat open, there;
    const char *path = path_of(ctx, argv[1]);
    if (path == NULL)
        return failure(ctx);
    bool found = fstat(integer_of(ctx, argv[0]), &open) == 0 && stat(path, &there) == 0;
    JS_FreeCString(ctx, path);
    return found ? JS_NewBool(ctx, open.st_dev == there.st_dev && open.st_ino == there.st_ino) : failure(ctx);
}

FUNCTION(close_file)
{
    return answer(ctx, close(integer_of(ctx, argv[0])));
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("close", 1, close_file),
    JS_CFUNC_DEF("createFile", 5, create_file),
    JS_CFUNC_DEF("isOpenAt", 2, is_open_at),
    JS_CFUNC_DEF("lock", 2, lock_directory),
    JS_CFUNC_DEF("lstat", 1, lstat_path),
    JS_CFUNC_DEF("makeDirectory", 1, make_directory),
    JS_CFUNC_DEF("makeLink", 2, make_link),
    JS_CFUNC_DEF("readDirectory", 1, read_directory),
    JS_CFUNC_DEF("readLink", 1, read_link),
    JS_CFUNC_DEF("readLinks", 3, read_links),
    JS_CFUNC_DEF("readStdin", 1, read_stdin),
    JS_CFUNC_DEF("readText", 3, read_text),
    JS_CFUNC_DEF("readFilesBelow", 4, read_files_below),
    JS_CFUNC_DEF("remove", 1, remove_path),
    JS_CFUNC_DEF("rename", 2, rename_path),
    JS_CFUNC_DEF("stat", 1, stat_path),
    JS_CFUNC_DEF("syncDirectory", 1, sync_directory),
    JS_CFUNC_DEF("write", 2, write_text),
    JS_CFUNC_DEF("writeFile", 2, write_file),
};

const struct functions file_functions = {entries, COUNT(entries)};
