// The native executable: a QuickJS engine that runs the byte code of main.quickjs.ts. The main() that qjsc would write sets up
// every module and the whole standard library on each start, which is most of what a short command costs; this one sets up
// what the program uses. See docs/performance.md.

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <quickjs-libc.h>

// The byte code of a module by the name that it is imported by.
struct module {
    const char *name;
    const uint8_t *code;
    size_t size;
};

// Written by scripts/build-native.mjs: the byte code of the program, and the other modules.
#include "program.c"

// Of system/posix/module.c and system/memory.c.
JSModuleDef *js_init_module_posix(JSContext *ctx, const char *name);
void js_posix_arguments(int argc, char **argv);
extern const JSMallocFunctions engine_memory;

// What runs for so short a time needs no collection of garbage before this many bytes.
#define GARBAGE_THRESHOLD (8 * 1024 * 1024)

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

// All modules are in one directory, as it were.
static char *normalize_name(JSContext *ctx, const char *importer, const char *name, void *opaque)
{
    return js_strdup(ctx, strncmp(name, "./", 2) == 0 ? name + 2 : name);
}

static JSModuleDef *load_module(JSContext *ctx, const char *name, void *opaque)
{
    // QuickJS's own `os`, for what waits for something; its buffers are array buffers.
    if (strcmp(name, "quickjs:os") == 0) {
        JS_AddIntrinsicTypedArrays(ctx);
        js_std_init_handlers(JS_GetRuntime(ctx));
        return js_init_module_os(ctx, name);
    }
    const struct module *module = modules;
    while (module->name != NULL && strcmp(name, module->name) != 0)
        module++;
    if (module->name == NULL) {
        JS_ThrowReferenceError(ctx, "no module %s", name);
        return NULL;
    }
    JSValue read = JS_ReadObject(ctx, module->code, module->size, JS_READ_OBJ_BYTECODE);
    if (JS_IsException(read))
        return NULL;
    // The engine holds it.
    JS_FreeValue(ctx, read);
    return JS_VALUE_GET_PTR(read);
}

// What the build puts in the place of import(): a promise of the module.
static JSValue import_module(JSContext *ctx, JSValueConst this, int argc, JSValueConst *argv)
{
    const char *name = JS_ToCString(ctx, argv[0]);
    JSValue module = name == NULL ? JS_EXCEPTION : JS_LoadModule(ctx, "", name);
    JS_FreeCString(ctx, name);
    return module;
}

int main(int argc, char **argv)
{
    ensure_standard_files();
    signal(SIGPIPE, SIG_IGN); // a write tells

    JSRuntime *runtime = JS_NewRuntime2(&engine_memory, NULL);
    JS_SetGCThreshold(runtime, GARBAGE_THRESHOLD);
    JSContext *ctx = JS_NewContextRaw(runtime);
    // Read before anything else makes names: only then do the names in the byte code need no translation and it can stay where
    // it is, in the read-only part of the executable.
    JSValue module = JS_ReadObject(ctx, program, sizeof program, JS_READ_OBJ_BYTECODE | JS_READ_OBJ_ROM_DATA);
    JS_AddIntrinsicBaseObjects(ctx);
    JS_AddIntrinsicRegExp(ctx);
    JS_AddIntrinsicJSON(ctx);
    JS_AddIntrinsicMapSet(ctx);
    JS_AddIntrinsicPromise(ctx);
    JS_SetModuleLoaderFunc(runtime, normalize_name, load_module, NULL);
    JSValue global = JS_GetGlobalObject(ctx);
    JS_SetPropertyStr(ctx, global, "importModule", JS_NewCFunction(ctx, import_module, "importModule", 1));
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
