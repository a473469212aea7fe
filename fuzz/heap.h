/* Arrays of the protocol harnesses: each an allocation of exactly its size, so that
   AddressSanitizer sees the first element read or written beyond; all freed at the
   end of an input. */
#ifndef FUZZ_HEAP_H
#define FUZZ_HEAP_H

#include "input.h"

#define HEAP_FN __attribute__((unused)) static   /* no harness uses all of them */

static void *heap_blocks[4096];
static int heap_count;

HEAP_FN void *heap(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p || heap_count == 4096) abort();
    heap_blocks[heap_count++] = p;
    return p;
}

HEAP_FN void heap_free(void)
{
    while (heap_count > 0) free(heap_blocks[--heap_count]);
}

/* An option: mostly 0 .. count - 1, sometimes any int. */
HEAP_FN int option(int count)
{
    const unsigned k = byte();
    return k < 240 ? (int)(k % (unsigned)count) : (int)(int32_t)word(4);
}

/* One array in sixteen is NULL. */
HEAP_FN int absent(void) { return byte() % 16 == 1; }

/* What follows from a seed when the input's own bytes are to be spared. */
static uint64_t heap_state;

HEAP_FN uint64_t random_bits(void)
{
    uint64_t x = heap_state += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* Value i of an array filled in this way. */
HEAP_FN double filled(unsigned way)
{
    const double u = (double)(random_bits() >> 11) / 9007199254740992.0;
    if (way < 8) return number();
    if (way < 16) return u;
    if (way < 24) return 8 * u - 4;
    if (way < 26) return floor(4 * u);
    if (way < 28) return (u < 0.5 ? -1 : 1) * pow(10, 600 * u - 300);
    if (way < 30) return u < 0.1 ? NAN : u < 0.2 ? INFINITY : u < 0.3 ? -INFINITY : u;
    return way == 30 ? 1 : 0;
}

/* n floats or doubles. */
HEAP_FN void *reals(int wide, size_t n)
{
    const unsigned way = byte() % 32;
    float *f;
    double *d;
    size_t k;
    if (absent()) return NULL;
    heap_state = word(1);
    f = (float *)heap(n * (wide ? sizeof(double) : sizeof(float)));
    d = (double *)(void *)f;
    for (k = 0; k < n; k++) {
        const double x = filled(way);
        if (wide) d[k] = x;
        else f[k] = fabs(x) > 3.4e38 && !isinf(x) && !isnan(x) ? 3e38f : (float)x;
    }
    return f;
}

/* n integers below high; some arrays also hold other values. */
HEAP_FN int32_t *integers(size_t n, int high)
{
    const unsigned way = byte() % 8;
    int32_t *p;
    size_t k;
    if (absent()) return NULL;
    heap_state = word(1);
    p = (int32_t *)heap(n * sizeof *p);
    for (k = 0; k < n; k++) {
        const uint64_t r = random_bits();
        if (way < 2) p[k] = (int32_t)(byte() % (unsigned)high);
        else if (way == 2) p[k] = option(high);
        else if (way == 3) p[k] = (int32_t)(uint32_t)r;
        else if (way == 4) p[k] = (int32_t)(k % (size_t)high);
        else p[k] = (int32_t)(r % (unsigned)high);
    }
    return p;
}

/* n bytes below high, or any. */
HEAP_FN uint8_t *octets(size_t n, unsigned high)
{
    const unsigned way = byte() % 8;
    uint8_t *p;
    size_t k;
    if (absent()) return NULL;
    heap_state = word(1);
    p = (uint8_t *)heap(n);
    for (k = 0; k < n; k++) p[k] = (uint8_t)(way < 2 ? byte() : random_bits() % (way == 2 ? 256 : high));
    return p;
}

/* Offsets of count runs of n elements; one array in eight is wild. */
HEAP_FN size_t *offsets_of(size_t count, size_t n)
{
    const unsigned way = byte() % 8;
    size_t *p;
    size_t k, last = 0;
    if (absent()) return NULL;
    heap_state = word(1);
    p = (size_t *)heap((count + 1) * sizeof *p);
    for (k = 0; k <= count; k++) {
        p[k] = way == 1 ? (size_t)word(8) : way == 2 ? byte() : last;
        last += random_bits() % (n - last + 1) / 2;
    }
    if (way == 3) p[count] = n;
    return p;
}

/* Scratch of the size asked for, exactly; sometimes less, or none, is said to be there. */
HEAP_FN void *scratch(size_t needed, size_t *size)
{
    const unsigned way = byte() % 16;
    if (needed > 1 << 24) { *size = 0; return NULL; }
    *size = way == 1 ? word(1) % (needed + 1) : needed;
    return way == 2 ? NULL : heap(*size);
}

/* Any bits, for plain data that the caller may have written over. */
HEAP_FN void any_bits(void *p, size_t bytes)
{
    uint8_t *b = (uint8_t *)p;
    const unsigned way = byte() % 4;
    size_t k;
    heap_state = word(1);
    for (k = 0; k < bytes; k++) b[k] = (uint8_t)(way == 0 ? byte() : random_bits());
}

/* Any numbers in an array of doubles. */
HEAP_FN void any_numbers(double *p, size_t n)
{
    const unsigned way = byte() % 32;
    size_t k;
    heap_state = word(1);
    for (k = 0; k < n; k++) p[k] = filled(way);
}

/* What must hold. */
HEAP_FN void must(int holds, const char *what)
{
    if (holds) return;
    fprintf(stderr, "broken: %s\n", what);
    abort();
}

/* A typed function by its name without the type: void * arguments become either type. */
#define TYPED(wide, function, arguments) ((wide) ? function##_f64 arguments : function##_f32 arguments)

#endif
