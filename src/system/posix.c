// What QuickJS's own modules lack or do with more system calls than they need, as the JavaScript module `posix`. Its use is
// in quickjs.ts, its types are in posix.d.ts. As in QuickJS's `os`, a function that fails returns a negative errno; nothing
// here retries (but after EINTR), remembers or decides. See the manual pages of section 2 for each call.

#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <quickjs-libc.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

// Since Linux 5.11, which is newer than some C libraries' headers.
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif

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

/// Arguments and results

static JSValue failure(JSContext *ctx)
{
    return JS_NewInt32(ctx, -errno);
}

// What a system call answered: -1 becomes the negative errno.
static JSValue answer(JSContext *ctx, long result)
{
    return result == -1 ? failure(ctx) : JS_NewInt64(ctx, result);
}

// NULL for a path with a NUL, which no file can have.
static const char *path_of(JSContext *ctx, JSValueConst value)
{
    size_t length;
    const char *path = JS_ToCStringLen(ctx, &length, value);
    if (path != NULL && strlen(path) == length)
        return path;
    JS_FreeCString(ctx, path);
    errno = path == NULL ? ENOMEM : ENOENT;
    return NULL;
}

static int integer_of(JSContext *ctx, JSValueConst value)
{
    int32_t number = 0;
    JS_ToInt32(ctx, &number, value);
    return number;
}

// For the calls that take one path.
static JSValue with_path(JSContext *ctx, JSValueConst value, int (*call)(const char *))
{
    const char *path = path_of(ctx, value);
    if (path == NULL)
        return failure(ctx);
    JSValue result = answer(ctx, RETRIED(call(path)));
    JS_FreeCString(ctx, path);
    return result;
}

// For the calls that take two.
static JSValue with_paths(JSContext *ctx, JSValueConst *argv, int (*call)(const char *, const char *))
{
    const char *first = path_of(ctx, argv[0]);
    const char *second = first == NULL ? NULL : path_of(ctx, argv[1]);
    JSValue result = second == NULL ? failure(ctx) : answer(ctx, RETRIED(call(first, second)));
    JS_FreeCString(ctx, second);
    JS_FreeCString(ctx, first);
    return result;
}

static int length_of(JSContext *ctx, JSValueConst array)
{
    JSValue length = JS_GetPropertyStr(ctx, array, "length");
    return integer_of(ctx, length);
}

// The path starts at the directory.
static int open_path(JSContext *ctx, int directory, JSValueConst value, int flags, mode_t mode)
{
    const char *path = path_of(ctx, value);
    if (path == NULL)
        return -1;
    // open(3) of some C libraries sets O_CLOEXEC once more, in case the kernel is older than it.
    int file = RETRIED(syscall(SYS_openat, directory, path, flags | O_CLOEXEC, mode));
    int reason = errno;
    JS_FreeCString(ctx, path);
    errno = reason;
    return file;
}

// Closes and gives the outcome of what was done before.
static JSValue close_after(JSContext *ctx, int file, long result)
{
    JSValue value = answer(ctx, result);
    close(file);
    return value;
}

static void set(JSContext *ctx, JSValue object, const char *name, JSValue value)
{
    JS_DefinePropertyValueStr(ctx, object, name, value, JS_PROP_C_W_E);
}

/// Text: UTF-8 outside, QuickJS's strings inside

// The length of the sequence at the start of the bytes: a character's if `valid`, else of what cannot belong to one, as the
// WHATWG Encoding Standard divides it.
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

// Most of what we read is ASCII, which eight bytes at a time show.
static bool is_utf8(const uint8_t *bytes, size_t length)
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

static JSValue replaced_text(JSContext *ctx, const uint8_t *bytes, size_t length)
{
    static const char replacement[] = "\xef\xbf\xbd";
    char *text = malloc(3 * length);
    size_t size = 0;
    if (text == NULL)
        return JS_ThrowOutOfMemory(ctx);
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

static JSValue text_of(JSContext *ctx, const void *bytes, size_t length)
{
    return is_utf8(bytes, length) ? JS_NewStringLen(ctx, bytes, length) : replaced_text(ctx, bytes, length);
}

// decode(bytes, length, replace): undefined when it is not UTF-8 and nothing is to be replaced
FUNCTION(decode)
{
    size_t size;
    const uint8_t *bytes = JS_GetArrayBuffer(ctx, &size, argv[0]);
    size_t length = integer_of(ctx, argv[1]);
    if (bytes == NULL || length > size)
        return JS_ThrowRangeError(ctx, "decode");
    return JS_ToBool(ctx, argv[2]) || is_utf8(bytes, length) ? text_of(ctx, bytes, length) : JS_UNDEFINED;
}

// encode(text): its bytes
FUNCTION(encode)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[0]);
    if (text == NULL)
        return JS_EXCEPTION;
    JSValue bytes = JS_NewArrayBufferCopy(ctx, (const uint8_t *)text, length);
    JS_FreeCString(ctx, text);
    return bytes;
}

/// Files

// Reads until the end or beyond the limit. Unless it is a file that has pauses, a short read is the end. The text is in memory
// that the next call uses again.
static long read_all(int file, size_t limit, bool pauses, char **text)
{
    static char *memory;
    static size_t room;
    size_t size = 0;
    for (;;) {
        if (size == room) {
            char *more = realloc(memory, room == 0 ? 64 * 1024 : 2 * room);
            if (more == NULL)
                return -1;
            memory = more;
            room = room == 0 ? 64 * 1024 : 2 * room;
        }
        long count = RETRIED(read(file, memory + size, room - size));
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

// The text of an open file, which is closed, or the negative errno.
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

// What is not there for us to wait for, nor to become our terminal.
#define UNBLOCKED (O_RDONLY | O_NOCTTY | O_NONBLOCK)

// readText(path, limit, pauses)
FUNCTION(read_text)
{
    bool pauses = JS_ToBool(ctx, argv[2]);
    int file = open_path(ctx, AT_FDCWD, argv[0], pauses ? O_RDONLY | O_NOCTTY : UNBLOCKED, 0);
    return text_in(ctx, file, integer_of(ctx, argv[1]), pauses);
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

// readTexts(directory, names, failed, limit) of files, readLinks(directory, names, failed) of links: an array of what was read,
// and of what failed(errno, name) makes of failures. The way to the directory is gone only once.
FUNCTION(read_all_of)
{
    int directory = open_path(ctx, AT_FDCWD, argv[0], O_PATH | O_DIRECTORY, 0);
    JSValue missing = failure(ctx);
    JSValue results = JS_NewArray(ctx);
    int count = length_of(ctx, argv[1]);
    for (int at = 0; at < count; at++) {
        JSValue name = JS_GetPropertyUint32(ctx, argv[1], at);
        JSValue result = missing;
        if (directory != -1)
            result = JS_IsUndefined(argv[3])
                         ? target_of(ctx, directory, name)
                         : text_in(ctx, open_path(ctx, directory, name, UNBLOCKED, 0), integer_of(ctx, argv[3]), false);
        if (JS_IsNumber(result))
            result = JS_Call(ctx, argv[2], JS_UNDEFINED, 2, (JSValueConst[]){result, name});
        JS_SetPropertyUint32(ctx, results, at, result);
        JS_FreeValue(ctx, name);
    }
    if (directory != -1)
        close(directory);
    return results;
}

static JSValue kind_of(JSContext *ctx, mode_t mode)
{
    return JS_NewAtomString(ctx, S_ISREG(mode) ? "file" : S_ISDIR(mode) ? "directory" : S_ISLNK(mode) ? "link" : "other");
}

// As getdents64(2) has it.
struct entry {
    uint64_t inode;
    int64_t offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

static JSValue entry_of(JSContext *ctx, int directory, const struct entry *entry)
{
    struct stat status = {.st_mode = DTTOIF(entry->type)};
    // Some file systems say what it is only when asked.
    if (entry->type == DT_UNKNOWN)
        fstatat(directory, entry->name, &status, AT_SYMLINK_NOFOLLOW);
    JSValue object = JS_NewObject(ctx);
    set(ctx, object, "name", text_of(ctx, entry->name, strlen(entry->name)));
    set(ctx, object, "kind", kind_of(ctx, status.st_mode));
    return object;
}

FUNCTION(read_directory)
{
    static char buffer[64 * 1024] __attribute__((aligned(8)));
    int directory = open_path(ctx, AT_FDCWD, argv[0], O_RDONLY | O_DIRECTORY, 0);
    if (directory == -1)
        return failure(ctx);
    JSValue entries = JS_NewArray(ctx);
    uint32_t count = 0;
    long size;
    while ((size = syscall(SYS_getdents64, directory, buffer, sizeof buffer)) > 0) {
        const struct entry *entry;
        for (long at = 0; at < size; at += entry->size) {
            entry = (const struct entry *)(buffer + at);
            if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
                JS_SetPropertyUint32(ctx, entries, count++, entry_of(ctx, directory, entry));
        }
    }
    if (size == -1) {
        JS_FreeValue(ctx, entries);
        entries = failure(ctx);
    }
    close(directory);
    return entries;
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

// All of it, also into a pipe or terminal that someone has made non-blocking.
static long write_all(int file, const char *bytes, size_t length)
{
    while (length > 0) {
        long count = RETRIED(write(file, bytes, length));
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

// writeFile(path, text): in one call, as sysfs takes a value
FUNCTION(write_file)
{
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (text == NULL)
        return JS_EXCEPTION;
    int file = open_path(ctx, AT_FDCWD, argv[0], O_WRONLY, 0);
    long written = file == -1 ? -1 : RETRIED(write(file, text, length));
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

// createFile(path, text, mode?, userId, groupId): its contents are on the disk when this returns
FUNCTION(create_file)
{
    bool owned = !JS_IsUndefined(argv[2]);
    int64_t user = 0, group = 0;
    size_t length;
    const char *text = JS_ToCStringLen(ctx, &length, argv[1]);
    if (text == NULL || (owned && (JS_ToInt64(ctx, &user, argv[3]) || JS_ToInt64(ctx, &group, argv[4]))))
        return JS_EXCEPTION;
    int file = open_path(ctx, AT_FDCWD, argv[0], O_WRONLY | O_CREAT | O_EXCL, owned ? 0600 : 0666);
    bool made = file != -1 && write_all(file, text, length) == 0 &&
                (!owned || (fchown(file, user, group) == 0 && fchmod(file, integer_of(ctx, argv[2])) == 0)) &&
                RETRIED(fsync(file)) == 0;
    JSValue result = answer(ctx, made ? 0 : -1);
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

// A directory tells itself apart from the rest by refusing unlink(2).
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
    int directory = open_path(ctx, AT_FDCWD, argv[0], O_RDONLY | O_DIRECTORY, 0);
    return directory == -1 ? failure(ctx) : close_after(ctx, directory, RETRIED(fsync(directory)));
}

static void wake(int signal)
{
    (void)signal;
}

// An exclusive flock(2), waited for until the alarm interrupts it; the alarm goes on, in case it came before the call.
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

// lock(directory, seconds): an open file; closing it gives the lock back
FUNCTION(lock_directory)
{
    int directory = open_path(ctx, AT_FDCWD, argv[0], O_RDONLY | O_DIRECTORY, 0);
    if (directory == -1)
        return failure(ctx);
    if (wait_for_lock(directory, integer_of(ctx, argv[1])) == -1)
        return close_after(ctx, directory, -1);
    return JS_NewInt32(ctx, directory);
}

FUNCTION(close_file)
{
    return answer(ctx, close(integer_of(ctx, argv[0])));
}

// Programs and processes

// The C strings of an array of strings, ended by NULL.
static char **strings_of(JSContext *ctx, JSValueConst array)
{
    int count = length_of(ctx, array);
    char **strings = calloc(count + 1, sizeof *strings);
    for (int at = 0; at < count && strings != NULL; at++) {
        JSValue value = JS_GetPropertyUint32(ctx, array, at);
        strings[at] = (char *)JS_ToCString(ctx, value);
        JS_FreeValue(ctx, value);
    }
    return strings;
}

static void free_strings(JSContext *ctx, char **strings)
{
    for (char **string = strings; string != NULL && *string != NULL; string++)
        JS_FreeCString(ctx, *string);
    free(strings);
}

// The process groups of the programs that run. A signal that ends us must end them too, as they are not in ours.
static volatile pid_t groups[64];

static void end_by(int signal)
{
    for (size_t at = 0; at < COUNT(groups); at++)
        if (groups[at] != 0)
            kill(-groups[at], SIGKILL);
    // It is blocked while this runs, and ends us after that.
    struct sigaction ending = {.sa_handler = SIG_DFL};
    sigaction(signal, &ending, NULL);
    raise(signal);
}

static const int ending_signals[] = {SIGHUP, SIGINT, SIGTERM};

// Leaves a signal alone that our caller ignores.
static void catch_signals(void)
{
    static bool caught;
    if (caught)
        return;
    caught = true;
    for (size_t at = 0; at < COUNT(ending_signals); at++) {
        struct sigaction action = {.sa_handler = end_by};
        struct sigaction before;
        sigaction(ending_signals[at], NULL, &before);
        if (before.sa_handler != SIG_IGN)
            sigaction(ending_signals[at], &action, NULL);
    }
}

static void block_signals(int how)
{
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t at = 0; at < COUNT(ending_signals); at++)
        sigaddset(&signals, ending_signals[at]);
    sigprocmask(how, &signals, NULL);
}

// blockSignals(blocked): one that comes while they are blocked ends us when they no longer are
FUNCTION(set_blocked)
{
    block_signals(JS_ToBool(ctx, argv[0]) ? SIG_BLOCK : SIG_UNBLOCK);
    return JS_UNDEFINED;
}

static volatile pid_t *group_place(pid_t group)
{
    for (size_t at = 0; at < COUNT(groups); at++)
        if (groups[at] == group)
            return &groups[at];
    return NULL;
}

enum { READ_END, WRITE_END };

// Gives an errno. The program gets default signals, a process group of its own and these files, but no other of ours.
static int start(char **args, const int files[3], pid_t *pid)
{
    sigset_t every, none;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    sigfillset(&every);
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attributes, &every);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    for (int file = 0; file < 3; file++)
        posix_spawn_file_actions_adddup2(&actions, files[file], file);
    // What we open is O_CLOEXEC already, what our caller left open is not. Kernels before 5.11 refuse, which does no harm.
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    int reason = posix_spawn(pid, args[0], &actions, &attributes, args, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return reason;
}

// Starts the program and notes its group. Gives a descriptor that becomes readable when it has ended.
static int start_noted(char **args, const int files[3], pid_t *pid)
{
    volatile pid_t *place = group_place(0);
    int ended = -1;
    if (place == NULL) {
        errno = EAGAIN;
        return -1;
    }
    catch_signals();
    block_signals(SIG_BLOCK);
    int reason = start(args, files, pid);
    if (reason == 0) {
        ended = syscall(SYS_pidfd_open, *pid, 0);
        reason = errno;
        if (ended == -1)
            kill(-*pid, SIGKILL);
        else
            *place = *pid;
    }
    block_signals(SIG_UNBLOCK);
    errno = reason;
    return ended;
}

// spawn([path, ...args]): the process and our ends of its pipes
FUNCTION(spawn)
{
    int input[2] = {-1, -1}, output[2] = {-1, -1}, errors[2] = {-1, -1};
    int ended = -1;
    pid_t pid = 0;
    char **args = strings_of(ctx, argv[0]);
    if (args != NULL && pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0)
        ended = start_noted(args, (int[]){input[READ_END], output[WRITE_END], errors[WRITE_END]}, &pid);
    JSValue child = failure(ctx);
    free_strings(ctx, args);
    close(input[READ_END]);
    close(output[WRITE_END]);
    close(errors[WRITE_END]);
    if (ended == -1) {
        close(input[WRITE_END]);
        close(output[READ_END]);
        close(errors[READ_END]);
        return child;
    }
    fcntl(input[WRITE_END], F_SETFL, O_NONBLOCK);
    child = JS_NewObject(ctx);
    set(ctx, child, "pid", JS_NewInt32(ctx, pid));
    set(ctx, child, "ended", JS_NewInt32(ctx, ended));
    set(ctx, child, "stdin", JS_NewInt32(ctx, input[WRITE_END]));
    set(ctx, child, "stdout", JS_NewInt32(ctx, output[READ_END]));
    set(ctx, child, "stderr", JS_NewInt32(ctx, errors[READ_END]));
    return child;
}

// forget(pid): the status of a program that has ended, as wait(2) gives it, else -1. It is not waited for; a signal that ends
// us no longer concerns it.
FUNCTION(forget)
{
    pid_t pid = integer_of(ctx, argv[0]);
    volatile pid_t *place = group_place(pid);
    int status = -1;
    if (place != NULL)
        *place = 0;
    return JS_NewInt32(ctx, waitpid(pid, &status, WNOHANG) == pid ? status : -1);
}

static int argument_count;
static char **argument_values;

void js_posix_arguments(int argc, char **argv)
{
    argument_count = argc;
    argument_values = argv;
}

// programArguments(): the name that the program was called by and its arguments
FUNCTION(program_arguments)
{
    JSValue array = JS_NewArray(ctx);
    for (int at = 0; at < argument_count; at++) {
        JSValue text = text_of(ctx, argument_values[at], strlen(argument_values[at]));
        JS_DefinePropertyValueUint32(ctx, array, at, text, JS_PROP_C_W_E);
    }
    return array;
}

FUNCTION(environment)
{
    const char *name = JS_ToCString(ctx, argv[0]);
    const char *value = name == NULL ? NULL : getenv(name);
    JS_FreeCString(ctx, name);
    return value == NULL ? JS_UNDEFINED : text_of(ctx, value, strlen(value));
}

FUNCTION(user_id)
{
    return JS_NewInt64(ctx, geteuid());
}

FUNCTION(is_terminal)
{
    return JS_NewBool(ctx, isatty(integer_of(ctx, argv[0])));
}

// randomBytes(count): an array of up to 256 numbers, which getrandom(2) never gives in part
FUNCTION(random_bytes)
{
    uint8_t bytes[256];
    uint32_t count = integer_of(ctx, argv[0]);
    if (count > sizeof bytes || RETRIED(getrandom(bytes, count, 0)) == -1)
        return JS_ThrowRangeError(ctx, "randomBytes");
    JSValue array = JS_NewArray(ctx);
    for (uint32_t at = 0; at < count; at++)
        JS_DefinePropertyValueUint32(ctx, array, at, JS_NewInt32(ctx, bytes[at]), JS_PROP_C_W_E);
    return array;
}

// exit(status): at once, without taking the engine apart
FUNCTION(exit_process)
{
    exit(integer_of(ctx, argv[0]));
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
        NAMED(EUSERS);
        NAMED(EXDEV);
    default:
        return JS_NewString(ctx, "EUNKNOWN");
    }
}

static const JSCFunctionListEntry functions[] = {
    JS_CFUNC_DEF("blockSignals", 1, set_blocked),
    JS_CFUNC_DEF("close", 1, close_file),
    JS_CFUNC_DEF("createFile", 5, create_file),
    JS_CFUNC_DEF("decode", 3, decode),
    JS_CFUNC_DEF("encode", 1, encode),
    JS_CFUNC_DEF("environment", 1, environment),
    JS_CFUNC_DEF("errorName", 1, error_name),
    JS_CFUNC_DEF("exit", 1, exit_process),
    JS_CFUNC_DEF("forget", 1, forget),
    JS_CFUNC_DEF("isTerminal", 1, is_terminal),
    JS_CFUNC_DEF("lock", 2, lock_directory),
    JS_CFUNC_DEF("lstat", 1, lstat_path),
    JS_CFUNC_DEF("makeDirectory", 1, make_directory),
    JS_CFUNC_DEF("makeLink", 2, make_link),
    JS_CFUNC_DEF("programArguments", 0, program_arguments),
    JS_CFUNC_DEF("randomBytes", 1, random_bytes),
    JS_CFUNC_DEF("readDirectory", 1, read_directory),
    JS_CFUNC_DEF("readLink", 1, read_link),
    JS_CFUNC_DEF("readText", 3, read_text),
    JS_CFUNC_DEF("readLinks", 4, read_all_of),
    JS_CFUNC_DEF("readTexts", 4, read_all_of),
    JS_CFUNC_DEF("remove", 1, remove_path),
    JS_CFUNC_DEF("rename", 2, rename_path),
    JS_CFUNC_DEF("spawn", 1, spawn),
    JS_CFUNC_DEF("stat", 1, stat_path),
    JS_CFUNC_DEF("syncDirectory", 1, sync_directory),
    JS_CFUNC_DEF("userId", 0, user_id),
    JS_CFUNC_DEF("write", 2, write_text),
    JS_CFUNC_DEF("writeFile", 2, write_file),
};

static int fill(JSContext *ctx, JSModuleDef *module)
{
    return JS_SetModuleExportList(ctx, module, functions, COUNT(functions));
}

JSModuleDef *js_init_module_posix(JSContext *ctx, const char *name)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, fill);
    if (module != NULL)
        JS_AddModuleExportList(ctx, module, functions, COUNT(functions));
    return module;
}
