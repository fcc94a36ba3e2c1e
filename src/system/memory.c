// The engine's memory allocator. QuickJS requests very many small pieces of few sizes, and a command runs for milliseconds. So
// a freed piece is kept in a list for the next request of its size, a new one is cut from a block, and nothing is merged or
// returned to the kernel. docs/performance.md shows what this saves over malloc(3).

#include <stdalign.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <quickjs.h>

#include "posix/posix.h"

// Sizes are rounded up: to a multiple of UNIT up to SMALL bytes, above that to one of eight sizes per doubling. Above LARGE,
// pieces come from malloc(3); all of them for AddressSanitizer, which then notices what is used beyond its end or its life.
#define UNIT 8
#define SMALL 512
#define SMALL_BITS 9
#ifdef __SANITIZE_ADDRESS__
#define LARGE 0
#else
#define LARGE (64 * 1024)
#endif
#define LARGE_BITS 16
#define BLOCK (256 * 1024)
// Enough for the runs that only look; what is not used of it costs nothing.
#define FIRST_BLOCK (384 * 1024)

struct piece {
    size_t size;
    union {
        char memory[1];
        struct piece *next; // while it is free
    };
};

#define HEADER offsetof(struct piece, memory)

static struct piece *free_lists[SMALL / UNIT + 1 + (LARGE_BITS - SMALL_BITS) * 8];
static alignas(UNIT) char first_block[FIRST_BLOCK];
static char *block = first_block;
static size_t block_left = FIRST_BLOCK;

// What a command has done so far is whole, as after SIGKILL. Neither the engine nor a program in it copes with the failure of any
// small request, and a message must not need memory.
void *resize_or_end(void *memory, size_t size)
{
    static const char message[] = "mdevctl: out of memory\n";
    void *resized = realloc(memory, size);
    if (resized == NULL && size > 0) {
        js_posix_end_programs();
        // The exit status tells even if nobody can be told more.
        (void)!write(STDERR_FILENO, message, sizeof message - 1);
        _exit(EXIT_FAILURE);
    }
    return resized;
}

static struct piece *piece_of(const void *memory)
{
    return (struct piece *)((char *)memory - HEADER);
}

// Rounds the size up and returns its list.
static struct piece **list_of(size_t *size)
{
    if (*size <= SMALL) {
        *size = (*size + UNIT - 1) / UNIT * UNIT;
        return &free_lists[*size / UNIT];
    }
    int doubling = 63 - __builtin_clzll(*size - 1);
    size_t eighth = ((*size - 1) >> (doubling - 3)) + 1;
    *size = eighth << (doubling - 3);
    return &free_lists[SMALL / UNIT + (doubling - SMALL_BITS) * 8 + eighth - 8];
}

static struct piece *cut(size_t size)
{
    if (block_left < HEADER + size) {
        block = resize_or_end(NULL, BLOCK);
        block_left = BLOCK;
    }
    struct piece *piece = (struct piece *)block;
    block += HEADER + size;
    block_left -= HEADER + size;
    return piece;
}

static void *allocate(JSMallocState *state, size_t size)
{
    struct piece *piece;
    if (size > LARGE) {
        piece = resize_or_end(NULL, HEADER + size);
    } else {
        struct piece **list = list_of(&size);
        piece = *list;
        if (piece != NULL)
            *list = piece->next;
        else
            piece = cut(size);
    }
    piece->size = size;
    state->malloc_size += size;
    return piece->memory;
}

static void release(JSMallocState *state, void *memory)
{
    if (memory == NULL)
        return;
    struct piece *piece = piece_of(memory);
    size_t size = piece->size;
    state->malloc_size -= size;
    if (size > LARGE) {
        free(piece);
        return;
    }
    struct piece **list = list_of(&size);
    piece->next = *list;
    *list = piece;
}

static void *resize(JSMallocState *state, void *memory, size_t new_size)
{
    if (memory == NULL)
        return new_size == 0 ? NULL : allocate(state, new_size);
    struct piece *piece = piece_of(memory);
    size_t old_size = piece->size;
    if (old_size > LARGE && new_size > LARGE) {
        piece = resize_or_end(piece, HEADER + new_size);
        piece->size = new_size;
        state->malloc_size += new_size - old_size;
        return piece->memory;
    }
    void *moved = new_size == 0 ? NULL : allocate(state, new_size);
    if (moved != NULL)
        memcpy(moved, memory, old_size < new_size ? old_size : new_size);
    release(state, memory);
    return moved;
}

static size_t usable_size(const void *memory)
{
    return piece_of(memory)->size;
}

const JSMallocFunctions engine_memory = {allocate, release, resize, usable_size};
