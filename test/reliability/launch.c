// Runs a program with what it inherits set as told, and says on descriptor 3 how it ended and what it left running:
//   launch [SETTING=VALUE]... -- PROGRAM [ARGV0 [ARG]...]
// Settings are those of apply() and main(); %XX in a value or an argument is a byte. The environment is only what `env` says;
// of a variable that it has twice, the first counts.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// A pipe that nobody reads loses its reader, and a terminal ends its input, after this many milliseconds.
#define UNREAD 2000
// How long what is on its way out may take.
#define GRACE 10000
// Scripts run `sleep` with this word to leave something behind on purpose.
#define ON_PURPOSE "7777"
#define SANITIZER_OPTIONS "abort_on_error=1:detect_leaks=0:allocator_may_return_null=1:print_stacktrace=1"

enum { ENVIRONMENT = 4096, TICK = 10 };

static char *environment[ENVIRONMENT];
static int terminal = -1;
static char terminal_name[64];
static int unread[3], unread_count;

static void fail(const char *what)
{
    // Nobody may be left to read it.
    signal(SIGPIPE, SIG_IGN);
    perror(what);
    exit(125);
}

static long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// Replaces %XX in place.
static char *decode(char *text)
{
    char *to = text;
    for (char *from = text; *from != '\0'; from++) {
        unsigned int byte = (unsigned char)*from;
        if (byte == '%' && sscanf(from + 1, "%2x", &byte) == 1)
            from += 2;
        *to++ = (char)byte;
    }
    *to = '\0';
    return text;
}

static void open_terminal(void)
{
    if (terminal != -1)
        return;
    terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal == -1 || grantpt(terminal) != 0 || unlockpt(terminal) != 0)
        fail("posix_openpt");
    ptsname_r(terminal, terminal_name, sizeof terminal_name);
}

// A descriptor for stdin, stdout or stderr; -1 for none.
static int open_standard_file(const char *what)
{
    int ends[2];
    if (strcmp(what, "closed") == 0)
        return -1;
    if (strcmp(what, "tty") == 0) {
        open_terminal();
        return open(terminal_name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    if (pipe2(ends, O_CLOEXEC) != 0)
        fail("pipe");
    if (strcmp(what, "gone") == 0) {
        close(ends[0]);
        return ends[1];
    }
    if (strcmp(what, "unread") == 0 || strcmp(what, "nonblocking") == 0) {
        fcntl(ends[1], F_SETPIPE_SZ, 4096);
        if (what[0] == 'n')
            fcntl(ends[1], F_SETFL, O_NONBLOCK);
        unread[unread_count++] = ends[0];
        return ends[1];
    }
    close(ends[0]);
    close(ends[1]);
    return open(what, (strcmp(what, "/dev/full") == 0 ? O_RDWR : O_RDONLY) | O_CLOEXEC);
}

static void for_signals(int number, void (*action)(int))
{
    for (int each = number == 0 ? 1 : number; each <= (number == 0 ? 64 : number); each++)
        action(each);
}

static void ignore_signal(int number)
{
    signal(number, SIG_IGN);
}

static void block_signal(int number)
{
    // The C library hides two signals of its own from sigprocmask(3).
    unsigned long set = 1UL << (number - 1);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, sizeof set);
}

static void open_descriptors(int count)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    rlim_t soft = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int file = open("/dev/null", O_RDWR);
    for (int at = 1; at < count; at++)
        if (dup(file) == -1)
            break;
    limit.rlim_cur = soft;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// What the program inherits, in the child; the order of the command line counts.
static void apply(const char *name, const char *value)
{
    int number = atoi(value);
    const char *amount = strchr(value, ':');
    if (strcmp(name, "descriptors") == 0)
        open_descriptors(number);
    else if (strcmp(name, "ignored") == 0)
        for_signals(number, ignore_signal);
    else if (strcmp(name, "blocked") == 0)
        for_signals(number, block_signal);
    else if (strcmp(name, "umask") == 0)
        umask(strtol(value, NULL, 8));
    else if (strcmp(name, "directory") == 0 && chdir(value) != 0)
        fail(value);
    else if (strcmp(name, "no-directory") == 0 && (mkdir(value, 0700) != 0 || chdir(value) != 0 || rmdir(value) != 0))
        fail(value);
    else if (strcmp(name, "limit") == 0 && amount != NULL) {
        rlim_t most = strtoull(amount + 1, NULL, 10);
        struct rlimit limit = {most == 0 ? RLIM_INFINITY : most, most == 0 ? RLIM_INFINITY : most};
        if (setrlimit(number, &limit) != 0 && errno != EPERM)
            fail("setrlimit");
    } else if (strcmp(name, "user") == 0 && (setgroups(0, NULL) != 0 || setgid(number) != 0 || setuid(number) != 0))
        fail("setuid");
}

// Whether any child is left that was not left on purpose; says which if `out` is given.
static bool is_any_left(FILE *out)
{
    char line[65536] = "", path[64], command[256];
    bool any = false;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    FILE *children = fopen(path, "re");
    if (children == NULL)
        fail(path);
    if (fgets(line, sizeof line, children) == NULL)
        line[0] = '\0';
    fclose(children);
    for (char *each = strtok(line, " "); each != NULL; each = strtok(NULL, " ")) {
        snprintf(path, sizeof path, "/proc/%s/cmdline", each);
        FILE *file = fopen(path, "re");
        size_t length = file == NULL ? 0 : fread(command, 1, sizeof command - 1, file);
        if (file != NULL)
            fclose(file);
        for (size_t at = 0; at < length; at++)
            if (command[at] == '\0' || command[at] == '\n')
                command[at] = ' ';
        command[length] = '\0';
        if (length == 0 || strstr(command, ON_PURPOSE) != NULL)
            continue;
        any = true;
        if (out != NULL)
            fprintf(out, "left %s\n", command);
    }
    return any;
}

static void kill_children(void)
{
    char line[65536], path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    for (;;) {
        int ended = waitpid(-1, NULL, WNOHANG);
        if (ended == -1)
            return;
        if (ended > 0)
            continue;
        FILE *children = fopen(path, "re");
        if (children != NULL && fgets(line, sizeof line, children) != NULL)
            for (char *each = strtok(line, " "); each != NULL; each = strtok(NULL, " "))
                if (atoi(each) > 0)
                    kill(atoi(each), SIGKILL);
        if (children != NULL)
            fclose(children);
        usleep(1000);
    }
}

// Passes on what is written to the terminal.
static void drain(void)
{
    char text[4096];
    struct pollfd file = {.fd = terminal, .events = POLLIN};
    while (terminal != -1 && poll(&file, 1, 0) > 0 && (file.revents & POLLIN)) {
        ssize_t count = read(terminal, text, sizeof text);
        if (count <= 0 || write(STDOUT_FILENO, text, count) < 0)
            return;
    }
}

int main(int argc, char **argv)
{
    int standard[3] = {0, 1, 2};
    int settings = 1, variables = 0, signal_number = 0, lock = -1;
    long seconds = 60, signal_after = 0, lock_until = 0;

    for (; settings < argc && strcmp(argv[settings], "--") != 0; settings++) {
        char *name = argv[settings], *value = strchr(name, '=');
        if (value == NULL)
            fail(name);
        *value++ = '\0';
        decode(value);
        char *after = strrchr(value, '@');
        if (strcmp(name, "stdin") == 0)
            standard[0] = open_standard_file(value);
        else if (strcmp(name, "stdout") == 0)
            standard[1] = open_standard_file(value);
        else if (strcmp(name, "stderr") == 0)
            standard[2] = open_standard_file(value);
        else if (strcmp(name, "seconds") == 0)
            seconds = atol(value);
        else if (strcmp(name, "env") == 0 && variables < ENVIRONMENT - 1)
            environment[variables++] = value;
        else if (strcmp(name, "reports") == 0 && variables < ENVIRONMENT - 2) {
            for (int at = 0; at < 2; at++)
                if (asprintf(&environment[variables++], "%s_OPTIONS=" SANITIZER_OPTIONS ":log_path=%s",
                             at == 0 ? "ASAN" : "UBSAN", value) == -1)
                    fail("asprintf");
        } else if (strcmp(name, "signal") == 0 && after != NULL) {
            signal_number = atoi(value);
            signal_after = atol(after + 1);
        } else if (strcmp(name, "lock") == 0 && after != NULL && lock == -1) {
            *after = '\0';
            lock = open(value, O_RDONLY | O_CLOEXEC);
            flock(lock, LOCK_EX);
            lock_until = atol(after + 1);
        }
    }
    if (settings + 1 >= argc)
        fail("a program is missing");
    char *program = argv[settings + 1], **arguments = argv + settings + 2;
    for (char **argument = arguments; *argument != NULL; argument++)
        decode(*argument);

    fcntl(3, F_SETFD, FD_CLOEXEC);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    long started = now();
    pid_t pid = fork();
    if (pid == 0) {
        if (terminal != -1) {
            setsid();
            close(open(terminal_name, O_RDWR));
        }
        // First above the places that they go to.
        for (int file = 0; file < 3; file++)
            if (standard[file] != -1)
                standard[file] = fcntl(standard[file], F_DUPFD, 10);
        for (int file = 0; file < 3; file++)
            standard[file] == -1 ? close(file) : dup2(standard[file], file);
        close_range(3, ~0U, 0);
        for (int at = 1; at < settings; at++)
            apply(argv[at], strchr(argv[at], '\0') + 1);
        execve(program, arguments, environment);
        _exit(126);
    }

    signal(SIGPIPE, SIG_IGN);
    for (int file = 0; file < 3; file++)
        if (standard[file] > 2)
            close(standard[file]);
    // Its writer is the program.
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(null, 0);
    struct pollfd ended = {.fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN};
    bool hung = false;
    while (poll(&ended, 1, TICK) == 0) {
        long passed = now() - started;
        drain();
        if (signal_number != 0 && passed >= signal_after) {
            kill(pid, signal_number);
            signal_number = 0;
        }
        if (lock != -1 && passed >= lock_until) {
            close(lock);
            lock = -1;
        }
        while (passed >= UNREAD && unread_count > 0)
            close(unread[--unread_count]);
        // Who reads the terminal gets an end of file.
        if (passed >= UNREAD && terminal != -1 && write(terminal, "\x04", 1) < 0)
            fail("the terminal");
        if (passed >= seconds * 1000) {
            hung = true;
            kill(pid, SIGKILL);
        }
    }
    int status = 0;
    waitpid(pid, &status, 0);
    drain();
    FILE *out = fdopen(3, "w");
    if (out == NULL)
        fail("descriptor 3");
    if (hung)
        fprintf(out, "hung\n");
    else if (WIFSIGNALED(status))
        fprintf(out, "killed %d\n", WTERMSIG(status));
    else
        fprintf(out, "exited %d\n", WEXITSTATUS(status));
    for (long until = now() + GRACE; is_any_left(NULL) && now() < until;) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        usleep(2000);
    }
    is_any_left(out);
    fclose(out);
    kill_children();
    return 0;
}
