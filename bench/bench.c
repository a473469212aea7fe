/* The benchmark: every row of a header's registry at several sizes, one thread.

   usage: bench [-q] [name]     -q: small sizes only; name: rows whose name holds it

   Per row and size: nanoseconds per element (best of several runs), gigabytes per
   second of the memory the function must move at least, and the ratio of that to
   the copy and triad bandwidth of arrays of the same total size, measured in the
   same run. A ratio near 1 at the largest size means: memory is the limit. */
#define _DEFAULT_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "bench.h"
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3")
#endif

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Bytes per second of a copy (2 streams) or a triad a = b + s c (3) over this many bytes in all. */
static double bandwidth(double bytes, int streams)
{
    size_t n = (size_t)(bytes / streams / sizeof(float)), i;
    float *a, *b, *c;
    double best = 1e30, start, t;
    int run, repeats, k;
    if (n < 256) n = 256;
    a = (float *)calloc(n, sizeof *a);
    b = (float *)calloc(n, sizeof *b);
    c = (float *)calloc(n, sizeof *c);
    for (i = 0; i < n; i++) { a[i] = 1; b[i] = (float)i; c[i] = 2; }
    repeats = (int)(4e6 / (double)n) + 1;
    for (run = 0; run < 7; run++) {
        start = now();
        for (k = 0; k < repeats; k++) {
            volatile float s = 3;
            const float f = s;
            if (streams == 2) memcpy(a, b, n * sizeof *a);
            else for (i = 0; i < n; i++) a[i] = b[i] + f * c[i];
            if (a[n / 2] == -1) puts("");
        }
        t = (now() - start) / repeats;
        if (t < best) best = t;
    }
    free(a);
    free(b);
    free(c);
    return (double)n * sizeof(float) * streams / best;
}

static struct { double bytes, copy, triad; } known[64];
static int known_count;

static void bandwidths(double bytes, double *copy, double *triad)
{
    int k;
    for (k = 0; k < known_count; k++)
        if (known[k].bytes > bytes / 1.5 && known[k].bytes < bytes * 1.5) break;
    if (k == known_count) {
        if (known_count == 64) k = 63;
        else known_count++;
        known[k].bytes = bytes;
        known[k].copy = bandwidth(bytes, 2);
        known[k].triad = bandwidth(bytes, 3);
    }
    *copy = known[k].copy;
    *triad = known[k].triad;
}

/* Seconds of one call: the best of runs that take about a fifth of a second together. */
static double measure(const row *r, call *c, int *ok)
{
    double best = 1e30, total = 0, start, t;
    int run, repeats = 1, k;
    *ok = engine_call(r, c) == 0;
    if (!*ok) return 0;
    for (run = 0; run < 200 && (run < 3 || total < 0.2); run++) {
        start = now();
        for (k = 0; k < repeats; k++) engine_call(r, c);
        t = now() - start;
        total += t;
        if (t < 1e-4) repeats *= 4;
        t /= repeats;
        if (t >= 1e-4 / repeats && t < best) best = t;
    }
    return best;
}

static void bench_rows(const row *rows, int row_count, const char *name, int quick)
{
    static const size_t lengths[3] = {4096, (size_t)1 << 20, (size_t)1 << 24};
    int k, size, ok;
    for (k = 0; k < row_count; k++) {
        double last = 0;
        if (name && !strstr(rows[k].name, name)) continue;
        for (size = 0; size < (quick ? 1 : 3); size++) {
            call c;
            double seconds, copy, triad;
            if (last > 0.25) { printf("%-36s %10lu   (left out: %.2f s at the size before)\n", rows[k].name, (unsigned long)lengths[size], last); break; }
            if (!engine_prepare(&rows[k], &c, 32, 0, lengths[size], 0, 1)) continue;
            seconds = last = measure(&rows[k], &c, &ok);
            if (!ok) printf("%-36s %10lu   FAILED\n", rows[k].name, (unsigned long)lengths[size]);
            else {
                const double elements = c.elements > 0 ? c.elements : (double)lengths[size];
                printf("%-36s %10.0f %10.3f ns", rows[k].name, elements, seconds * 1e9 / elements);
                if (c.bytes > 0) {
                    bandwidths(c.bytes, &copy, &triad);
                    printf(" %8.2f GB/s  copy %5.2f  triad %5.2f", c.bytes / seconds * 1e-9, c.bytes / seconds / copy, c.bytes / seconds / triad);
                }
                printf("\n");
            }
            fflush(stdout);
            engine_free(&c);
        }
    }
}

int main(int argc, char **argv)
{
    int quick = argc > 1 && strcmp(argv[1], "-q") == 0;
    const char *name = argc > 1 + quick ? argv[1 + quick] : NULL;
    if (name && name[0] == '-') {
        fprintf(stderr, "usage: bench [-q] [name]\n");
        return 2;
    }
    printf("%-36s %10s %13s\n", "function (f32, best ISA)", "elements", "per element");
    bench_all(bench_rows, name, quick);
    return 0;
}
