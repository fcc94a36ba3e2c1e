// Memory for the engine, in the place of malloc(3). QuickJS asks for very many small pieces of few sizes, and a command runs
// for milliseconds: a piece that is given back waits in a list for the next request of its size, a new one is cut from the
// end of a block, and nothing is ever merged or returned to the kernel. docs/performance.md has what that saves.

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <quickjs.h>

#define UNIT 8
#define LARGEST 512
#define BLOCK (256 * 1024)

// What is above the largest small size is malloc's.
struct piece {
    size_t size; // of the memory, a multiple of UNIT
    union {
        char memory[1];
        struct piece *next; // while it is given back
    };
};

static struct piece *given_back[LARGEST / UNIT + 1];
static char *block;
static size_t block_left;

static struct piece *piece_of(const void *memory)
{
    return (struct piece *)((char *)memory - offsetof(struct piece, memory));
}

static size_t whole_size(size_t size)
{
    return offsetof(struct piece, memory) + size;
}

static struct piece *cut(size_t size)
{
    if (block_left < whole_size(size)) {
        block = malloc(BLOCK);
        block_left = block == NULL ? 0 : BLOCK;
        if (block == NULL)
            return NULL;
    }
    struct piece *piece = (struct piece *)block;
    block += whole_size(size);
    block_left -= whole_size(size);
    return piece;
}

static void *allocate(JSMallocState *state, size_t wanted)
{
    size_t size = (wanted + UNIT - 1) / UNIT * UNIT;
    struct piece *piece;
    if (size > LARGEST) {
        piece = malloc(whole_size(size));
    } else if (given_back[size / UNIT] != NULL) {
        piece = given_back[size / UNIT];
        given_back[size / UNIT] = piece->next;
    } else {
        piece = cut(size);
    }
    if (piece == NULL)
        return NULL;
    piece->size = size;
    state->malloc_size += size;
    return piece->memory;
}

static void release(JSMallocState *state, void *memory)
{
    if (memory == NULL)
        return;
    struct piece *piece = piece_of(memory);
    state->malloc_size -= piece->size;
    if (piece->size > LARGEST) {
        free(piece);
        return;
    }
    piece->next = given_back[piece->size / UNIT];
    given_back[piece->size / UNIT] = piece;
}

static void *resize(JSMallocState *state, void *memory, size_t wanted)
{
    if (memory == NULL)
        return wanted == 0 ? NULL : allocate(state, wanted);
    struct piece *piece = piece_of(memory);
    size_t had = piece->size;
    if (had > LARGEST && wanted > LARGEST) {
        piece = realloc(piece, whole_size(wanted));
        if (piece == NULL)
            return NULL;
        piece->size = wanted;
        state->malloc_size += wanted - had;
        return piece->memory;
    }
    void *moved = wanted == 0 ? NULL : allocate(state, wanted);
    if (moved != NULL)
        memcpy(moved, memory, had < wanted ? had : wanted);
    if (moved != NULL || wanted == 0)
        release(state, memory);
    return moved;
}

static size_t room(const void *memory)
{
    return piece_of(memory)->size;
}

const JSMallocFunctions engine_memory = {allocate, release, resize, room};
