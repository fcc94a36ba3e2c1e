// The programs that we run, and the signals that end both us and them.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "posix.h"

// Since Linux 5.11; the headers of some C libraries are older.
#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC 4
#endif

// The C strings of an array of strings, terminated by NULL.
static char **strings_of(JSContext *ctx, JSValueConst array)
{
    int count = length_of(ctx, array);
    char **strings = resize_or_end(NULL, (count + 1) * sizeof *strings);
    for (int at = 0; at < count; at++) {
        JSValue value = JS_GetPropertyUint32(ctx, array, at);
        strings[at] = (char *)JS_ToCString(ctx, value);
        JS_FreeValue(ctx, value);
    }
    strings[count] = NULL;
    return strings;
}

static void free_strings(JSContext *ctx, char **strings)
{
    for (char **string = strings; *string != NULL; string++)
        JS_FreeCString(ctx, *string);
    free(strings);
}

// The process groups of running programs. A signal that ends us must end them explicitly, because they are not in our group.
static volatile pid_t groups[64];

void js_posix_end_programs(void)
{
    for (size_t at = 0; at < COUNT(groups); at++)
        if (groups[at] != 0)
            kill(-groups[at], SIGKILL);
}

static void end_all(int signal)
{
    js_posix_end_programs();
    // The signal is blocked during its handler, and ends us when this returns.
    struct sigaction ending = {.sa_handler = SIG_DFL};
    sigaction(signal, &ending, NULL);
    raise(signal);
}

static const int ending_signals[] = {SIGHUP, SIGINT, SIGTERM};

// A signal that our caller ignores stays ignored, but not SIGCHLD: the kernel would not keep how a program has ended.
static void catch_signals(void)
{
    static bool caught;
    if (caught)
        return;
    caught = true;
    signal(SIGCHLD, SIG_DFL);
    for (size_t at = 0; at < COUNT(ending_signals); at++) {
        struct sigaction action = {.sa_handler = end_all};
        struct sigaction before;
        sigaction(ending_signals[at], NULL, &before);
        if (before.sa_handler != SIG_IGN)
            sigaction(ending_signals[at], &action, NULL);
    }
}

// May be nested.
static void block_signals(bool blocked)
{
    static int depth;
    depth += blocked ? 1 : -1;
    if (depth != (blocked ? 1 : 0))
        return;
    sigset_t signals;
    sigemptyset(&signals);
    for (size_t at = 0; at < COUNT(ending_signals); at++)
        sigaddset(&signals, ending_signals[at]);
    sigprocmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}

// blockSignals(blocked): one that arrives while they are blocked ends us once they are unblocked
FUNCTION(set_blocked)
{
    block_signals(JS_ToBool(ctx, argv[0]));
    return JS_UNDEFINED;
}

// arePending(): whether a signal that would end us has arrived while they are blocked
FUNCTION(are_pending)
{
    bool found = false;
    sigset_t pending;
    sigpending(&pending);
    for (size_t at = 0; at < COUNT(ending_signals); at++) {
        struct sigaction action;
        sigaction(ending_signals[at], NULL, &action);
        found |= sigismember(&pending, ending_signals[at]) == 1 && action.sa_handler != SIG_IGN;
    }
    return JS_NewBool(ctx, found);
}

static volatile pid_t *group_slot(pid_t group)
{
    for (size_t at = 0; at < COUNT(groups); at++)
        if (groups[at] == group)
            return &groups[at];
    return NULL;
}

enum { READ_END, WRITE_END };

// Returns an errno. The program gets default signals, its own process group and these files, but no other file of ours.
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
    // Our own files are O_CLOEXEC already, those that our caller left open are not. Kernels before 5.11 refuse, harmlessly.
    syscall(SYS_close_range, 3, ~0U, CLOSE_RANGE_CLOEXEC);
    int reason = posix_spawn(pid, args[0], &actions, &attributes, args, environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return reason;
}

// Starts the program and registers its group. Returns a descriptor that becomes readable when the program has ended.
static int start_and_register(char **args, const int files[3], pid_t *pid)
{
    volatile pid_t *slot = group_slot(0);
    int ended = -1;
    if (slot == NULL) {
        errno = EAGAIN;
        return -1;
    }
    catch_signals();
    block_signals(true);
    int reason = start(args, files, pid);
    if (reason == 0) {
        ended = syscall(SYS_pidfd_open, *pid, 0);
        reason = errno;
        if (ended == -1)
            kill(-*pid, SIGKILL);
        else
            *slot = *pid;
    }
    block_signals(false);
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
    if (pipe2(input, O_CLOEXEC) == 0 && pipe2(output, O_CLOEXEC) == 0 && pipe2(errors, O_CLOEXEC) == 0)
        ended = start_and_register(args, (int[]){input[READ_END], output[WRITE_END], errors[WRITE_END]}, &pid);
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

// forget(pid): the wait(2) status of a program that has ended, or -1; does not wait. From now on a signal that ends us does not
// end the program.
FUNCTION(forget)
{
    pid_t pid = integer_of(ctx, argv[0]);
    volatile pid_t *slot = group_slot(pid);
    int status = -1;
    if (slot != NULL)
        *slot = 0;
    return JS_NewInt32(ctx, waitpid(pid, &status, WNOHANG) == pid ? status : -1);
}

FUNCTION(kill_group)
{
    kill(-integer_of(ctx, argv[0]), SIGKILL);
    return JS_UNDEFINED;
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("blockSignals", 1, set_blocked),
    JS_CFUNC_DEF("arePending", 0, are_pending),
    JS_CFUNC_DEF("forget", 1, forget),
    JS_CFUNC_DEF("killGroup", 1, kill_group),
    JS_CFUNC_DEF("spawn", 1, spawn),
};

const struct functions program_functions = {entries, COUNT(entries)};
