/* What the golden-value tests share: arrays compared in double. */
#ifndef GOLDEN_COMPARE_H
#define GOLDEN_COMPARE_H
#include "engine.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* got (float or double by bits) against wanted, to tolerance relative to the largest value. */
static void compare(const char *name, const void *got, int bits, const double *wanted, size_t n, double tolerance)
{
    double largest = 0;
    size_t i;
    for (i = 0; i < n; i++) if (fabs(wanted[i]) > largest && fabs(wanted[i]) < 1e300) largest = fabs(wanted[i]);
    for (i = 0; i < n; i++) {
        const double x = bits == 32 ? (double)((const float *)got)[i] : ((const double *)got)[i];
        if (!close_to(x, wanted[i], tolerance, tolerance * largest)) {
            check(0, "%s_f%d[%lu] is %.17g, not %.17g", name, bits, (unsigned long)i, x, wanted[i]);
            return;
        }
    }
    check(1, "%s", name);
}

/* The numbers as float or double, in memory of its own. */
static void *numbers(const double *values, size_t n, int bits)
{
    void *p = malloc(n * 8 + 8);
    size_t i;
    if (!p) exit(2);
    for (i = 0; i < n; i++) {
        if (bits == 32) ((float *)p)[i] = (float)values[i];
        else ((double *)p)[i] = values[i];
    }
    return p;
}
#endif
