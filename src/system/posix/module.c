// The module `posix`, and its functions for our own process.

#define _GNU_SOURCE
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "posix.h"

static int argument_count;
static char **argument_values;

void js_posix_arguments(int argc, char **argv)
{
    argument_count = argc;
    argument_values = argv;
}

// programArguments(): the name by which the program was called, and its arguments
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

// As the kernel told us at the start, which spares asking it.
FUNCTION(user_id)
{
    return JS_NewInt64(ctx, getauxval(AT_EUID));
}

FUNCTION(is_terminal)
{
    return JS_NewBool(ctx, isatty(integer_of(ctx, argv[0])));
}

// terminalWidth(descriptor): in columns, or 0
FUNCTION(terminal_width)
{
    struct winsize size;
    bool is_known = ioctl(integer_of(ctx, argv[0]), TIOCGWINSZ, &size) == 0;
    return JS_NewInt32(ctx, is_known ? size.ws_col : 0);
}

// randomBytes(count): an array of up to 256 numbers, which getrandom(2) never returns in part
FUNCTION(random_bytes)
{
    uint8_t bytes[256];
    uint32_t count = integer_of(ctx, argv[0]);
    if (count > sizeof bytes || RETRY(getrandom(bytes, count, 0)) == -1)
        return JS_ThrowRangeError(ctx, "randomBytes");
    JSValue array = JS_NewArray(ctx);
    for (uint32_t at = 0; at < count; at++)
        JS_DefinePropertyValueUint32(ctx, array, at, JS_NewInt32(ctx, bytes[at]), JS_PROP_C_W_E);
    return array;
}

// exit(status): at once, without freeing the engine
FUNCTION(exit_process)
{
    exit(integer_of(ctx, argv[0]));
}

static const JSCFunctionListEntry entries[] = {
    JS_CFUNC_DEF("environment", 1, environment),
    JS_CFUNC_DEF("exit", 1, exit_process),
    JS_CFUNC_DEF("isTerminal", 1, is_terminal),
    JS_CFUNC_DEF("programArguments", 0, program_arguments),
    JS_CFUNC_DEF("randomBytes", 1, random_bytes),
    JS_CFUNC_DEF("terminalWidth", 1, terminal_width),
    JS_CFUNC_DEF("userId", 0, user_id),
};

static const struct functions process_functions = {entries, COUNT(entries)};

static const struct functions *const all[] = {
    &byte_functions, &event_functions, &file_functions, &process_functions, &program_functions, &value_functions,
    &watch_functions,
};

static int fill(JSContext *ctx, JSModuleDef *module)
{
    for (size_t at = 0; at < COUNT(all); at++)
        if (JS_SetModuleExportList(ctx, module, all[at]->entries, all[at]->count) == -1)
            return -1;
    return 0;
}

JSModuleDef *js_init_module_posix(JSContext *ctx, const char *name)
{
    JSModuleDef *module = JS_NewCModule(ctx, name, fill);
    for (size_t at = 0; module != NULL && at < COUNT(all); at++)
        JS_AddModuleExportList(ctx, module, all[at]->entries, all[at]->count);
    return module;
}
