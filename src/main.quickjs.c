// The native executable: a QuickJS engine that runs the byte code of main.quickjs.ts. The main() that qjsc would write sets up
// every module and the whole standard library on each start, which is most of what a short command costs; this one sets up
// what the program uses. See docs/performance.md.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>

#include <quickjs-libc.h>

// Written by qjsc.
extern const uint8_t program[];
extern const uint32_t program_size;

// Of posix.c.
JSModuleDef *js_init_module_posix(JSContext *ctx, const char *name);
void js_posix_arguments(int argc, char **argv);

// A file that we open must not become our stdout because the caller left that closed.
static void ensure_standard_files(void)
{
    struct pollfd files[] = {{.fd = 0}, {.fd = 1}, {.fd = 2}};
    if (poll(files, 3, 0) <= 0)
        return;
    for (int file = 0; file < 3; file++)
        if (files[file].revents & POLLNVAL)
            open("/dev/null", O_RDWR);
}

// QuickJS's module `os`, for the programs that wait for something. Its buffers are array buffers.
static JSModuleDef *load_module(JSContext *ctx, const char *name, void *opaque)
{
    JS_AddIntrinsicTypedArrays(ctx);
    js_std_init_handlers(JS_GetRuntime(ctx));
    return js_init_module_os(ctx, name);
}

int main(int argc, char **argv)
{
    ensure_standard_files();
    signal(SIGPIPE, SIG_IGN); // a write tells

    JSRuntime *runtime = JS_NewRuntime();
    JSContext *ctx = JS_NewContextRaw(runtime);
    // Read before anything else makes names: only then do the names in the byte code need no translation and it can stay where
    // it is, in the read-only part of the executable.
    JSValue module = JS_ReadObject(ctx, program, program_size, JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA);
    JS_AddIntrinsicBaseObjects(ctx);
    JS_AddIntrinsicRegExp(ctx);
    JS_AddIntrinsicJSON(ctx);
    JS_AddIntrinsicMapSet(ctx);
    JS_AddIntrinsicPromise(ctx);
    JS_SetModuleLoaderFunc(runtime, NULL, load_module, NULL);
    js_init_module_posix(ctx, "posix");
    js_posix_arguments(argc, argv);

    JSValue result = JS_EXCEPTION;
    if (!JS_IsException(module) && JS_ResolveModule(ctx, module) == 0)
        result = JS_EvalFunction(ctx, module);
    js_std_loop(ctx);
    // The program ends itself with the status that it decided on. Only what it did not expect comes here.
    if (JS_PromiseState(ctx, result) == JS_PROMISE_REJECTED)
        JS_Throw(ctx, JS_PromiseResult(ctx, result));
    js_std_dump_error(ctx);
    return EXIT_FAILURE;
}
