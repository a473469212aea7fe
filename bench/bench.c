/* The benchmark: every row of a header's registry at several sizes, one thread.

   usage: bench [-q] [name]     -q: the two small sizes only; name: rows whose name holds it

   One line per function: a column for each of the lengths 2^12, 2^16, 2^20, 2^24 of
   its main dimension, with nanoseconds per element (best of several calls) and, after
   a slash, the share of triad bandwidth: the bytes the function must move at least,
   divided by its time, against a[i] = b[i] + s c[i] over as many bytes in all. Near 1
   at the largest length means that memory is the limit. The last columns are bytes
   per element and, at the largest length, GB/s and the share of copy (memcpy)
   bandwidth. From 2^20 on, calls of the function, triad and copy run by turns, so that
   what else the machine does hits them all.

   A column stays empty where the row has only one size, where the call at that length
   would take too long by the times of the lengths before (2^24: more than 0.1 s), and
   under -q. Losses run with their gradients, but without second derivatives. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

enum { SIZES = 4, ALL = (1 << 26) + (1 << 24) };
static const size_t lengths[SIZES] = {(size_t)1 << 12, (size_t)1 << 16, (size_t)1 << 20, (size_t)1 << 24};
static const double longest_call[SIZES] = {1, 0.25, 0.1, 0.1};    /* seconds */

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- bandwidth -------------------------------------------------------------- */

/* One array for all streams, ALL floats; the first n have been touched. */
static float *streams(size_t n)
{
    static float *all;
    static size_t touched;
    if (!all) all = (float *)malloc(ALL * sizeof *all);
    if (!all) { fprintf(stderr, "bench: out of memory\n"); exit(1); }
    for (; touched < n; touched++) all[touched] = (float)(touched & 1023);
    return all;
}

/* Seconds of a copy (of 2 streams) or a triad (of 3) over this many bytes in all. */
static double pass(double bytes, int count)
{
    size_t n = (size_t)(bytes / count / sizeof(float)), i, k, repeats;
    float *a, *b, *c;
    volatile float s = 3;
    const float f = s;
    double start;
    if (n < 64) n = 64;
    if (n > ALL / 3) n = ALL / 3;
    a = streams(3 * n);
    b = a + n;
    c = b + n;
    repeats = 100000 / n + 1;
    start = now();
    for (k = 0; k < repeats; k++) {
        if (count == 2) memcpy(a, b, n * sizeof *a);
        else for (i = 0; i < n; i++) a[i] = b[i] + f * c[i];
        if (a[n / 2] == -1) puts("");
    }
    return (now() - start) / (double)repeats * (bytes / count / sizeof(float)) / (double)n;
}

/* ---- one row ------------------------------------------------------------------ */

typedef struct { double seconds, triad, copy; } times;

/* The best times of a call and of passes over the same bytes. The call has run once,
   in about this many seconds (with the page faults of its outputs). */
static times measure(const row *r, call *c, double bytes, double estimate)
{
    const int by_turns = bytes > 4e6, least = estimate > 0.5 ? 1 : 3;
    const double enough = by_turns ? 0.12 : 0.03;
    const size_t repeats = estimate < 5e-5 ? (size_t)(5e-5 / (estimate + 1e-9)) + 1 : 1;
    times best = {1e30, 1e30, 1e30};
    double total = 0, start, t;
    size_t k;
    int run;
    for (run = 0; run < 100 && (run < least || total < enough); run++) {
        start = now();
        for (k = 0; k < repeats; k++) engine_call(r, c);
        t = (now() - start) / (double)repeats;
        total += t * (double)repeats;
        if (t < best.seconds) best.seconds = t;
        if (bytes <= 0 || (!by_turns && run >= 5)) continue;
        t = pass(bytes, 3);
        if (t < best.triad) best.triad = t;
        t = pass(bytes, 2);
        if (t < best.copy) best.copy = t;
    }
    return best;
}

static double type_bytes(int type)
{
    return type == TYPE_U8 ? 1 : type == TYPE_F64 || type == TYPE_I64 || type == TYPE_SIZE ? 8 : 4;
}

/* What a row does not say of itself: the elements of its longest array. */
static double elements_of(const call *c)
{
    double most = 1;
    int k;
    if (c->elements > 0) return c->elements;
    for (k = 0; k < c->in_count; k++) if ((double)c->in[k].n > most) most = (double)c->in[k].n;
    for (k = 0; k < c->out_count; k++) if ((double)c->out[k].n > most) most = (double)c->out[k].n;
    return most;
}

/* The bytes a call must move at least: what the row says, else each input once, each
   output once, state twice. A loss is one value here. */
static double bytes_of(const row *r, const call *c)
{
    const int is_loss = strncmp(r->name, "lossfn_", 7) == 0;
    double bytes = 0;
    int k;
    if (c->bytes > 0) return c->bytes;
    for (k = 0; k < c->in_count; k++) bytes += c->in[k].data ? (double)c->in[k].n * type_bytes(c->in[k].type) : 0;
    for (k = is_loss; k < c->out_count; k++)
        if (c->out[k].data) bytes += (double)c->out[k].n * type_bytes(c->out[k].type) * (c->out[k].flags & ARRAY_STATE ? 2 : 1);
    return bytes;
}

/* Seconds to expect 16 times further on: as it grew last time, quadratic at the first. */
static double expected(const double *seconds, int size)
{
    if (size == 0) return 0;
    if (size == 1) return seconds[0] * 256;
    return seconds[size - 1] * (seconds[size - 1] > 16 * seconds[size - 2] ? seconds[size - 1] / seconds[size - 2] : 16);
}

static void bench_row(const row *r, int sizes)
{
    double seconds[SIZES], preparing[SIZES], last_elements = 0, bytes = 0, elements = 1, start;
    times t = {0, 0, 0};
    int size, k;
    printf("%-40s", r->name);
    for (size = 0; size < sizes; size++) {
        call c;
        if (expected(seconds, size) > longest_call[size] || expected(preparing, size) > 3) break;
        start = now();
        if (!engine_prepare(r, &c, 32, 0, lengths[size], 0, 1)) break;
        preparing[size] = now() - start;
        for (k = 0; k < c.out_count; k++) if (c.out[k].hess) c.out[k].data = NULL;
        elements = elements_of(&c);
        if (elements == last_elements) { engine_free(&c); break; }
        last_elements = elements;
        bytes = bytes_of(r, &c);
        start = now();
        if (engine_call(r, &c)) { printf("   FAILED"); engine_free(&c); break; }
        start = now() - start;
        t = measure(r, &c, bytes, start);
        seconds[size] = t.seconds;
        printf(" %10.3f", t.seconds * 1e9 / elements);
        if (t.triad > 0 && t.triad < 1) printf("/%-4.2f", t.triad / t.seconds);
        else printf("     ");
        fflush(stdout);
        engine_free(&c);
    }
    for (k = size; k < SIZES; k++) printf(" %10s     ", "");
    if (size && bytes > 0) printf(" %8.1f %8.2f %6.2f", bytes / elements, bytes / t.seconds * 1e-9, t.copy / t.seconds);
    printf("\n");
    fflush(stdout);
}

static void bench_rows(const row *rows, int row_count, const char *name, int quick)
{
    int k;
    for (k = 0; k < row_count; k++)
        if (!name || strstr(rows[k].name, name)) bench_row(&rows[k], quick ? 2 : SIZES);
}

int main(int argc, char **argv)
{
    const int quick = argc > 1 && strcmp(argv[1], "-q") == 0;
    const char *name = argc > 1 + quick ? argv[1 + quick] : NULL;
    int k;
    if (argc > 2 + quick || (name && name[0] == '-')) {
        fprintf(stderr, "usage: bench [-q] [name]\n");
        return 2;
    }
    if (!quick) printf("triad bandwidth at 2^24 x 3: %.2f GB/s\n", 201326592.0 / pass(201326592.0, 3) * 1e-9);
    printf("%-40s", "float, fastest instruction set");
    for (k = 0; k < SIZES; k++) printf("    2^%d ns/triad", 12 + 4 * k);
    printf(" %8s %8s %6s\n", "bytes/el", "GB/s", "copy");
    bench_all(bench_rows, name, quick);
    return 0;
}
