/* Surface distances: scipy's values, empty masks, single elements. */
#include "metrics.h"
#include "golden/metrics_surface.inc"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int passed, failed;

static void check(int ok, const char *what, double a, double b)
{
    if (ok) { passed++; return; }
    failed++;
    printf("FAILED: %s: %.17g against %.17g\n", what, a, b);
}

static int near(double a, double b, double tolerance) { return a == b || fabs(a - b) <= tolerance * (1 + fabs(b)); }

enum { MOST = 12 * 25 * 33 };
static uint8_t pred[MOST], target[MOST];

/* As tools/golden/metrics_surface.py makes them. */
static void make_masks(const size_t *shape, int dims, int kind)
{
    size_t full[3] = {1, 1, 1};
    int a, b, c, k = 0;
    for (a = 0; a < dims; a++) full[a + 3 - dims] = shape[a];
    for (a = 0; a < (int)full[0]; a++)
        for (b = 0; b < (int)full[1]; b++)
            for (c = 0; c < (int)full[2]; c++, k++) {
                const int at = a * 1009 + b * 101 + c;
                if (kind == 0) {
                    pred[k] = (2 * a - 9) * (2 * a - 9) + (2 * b - 20) * (2 * b - 20) + (2 * c - 25) * (2 * c - 25) < 300;
                    target[k] = (2 * a - 12) * (2 * a - 12) + (2 * b - 22) * (2 * b - 22) + (2 * c - 31) * (2 * c - 31) < 230;
                } else if (kind == 1) {
                    pred[k] = b + c > 6 && (b * 3 + c * 5 + a) % 17 != 0;
                    target[k] = b + 2 * c > 12 && c < 40 ? 200 : 0;
                } else {
                    pred[k] = at * 7 % 61 < 3;
                    target[k] = at * 11 % 83 < 2;
                }
            }
}

static metrics_surface distances(const size_t *shape, int dims, const double *spacing, double percentile, double tolerance,
                                 const metrics_surface_options *options, int bits)
{
    metrics_surface r;
    const size_t room = bits == 32 ? metrics_surface_distances_scratch_f32(pred, target, shape, dims)
                                   : metrics_surface_distances_scratch_f64(pred, target, shape, dims);
    void *scratch = malloc(room);
    int status;
    memset(&r, 0, sizeof r);
    status = bits == 32
        ? metrics_surface_distances_f32(pred, target, shape, dims, spacing, percentile, tolerance, options, scratch, room, &r)
        : metrics_surface_distances_f64(pred, target, shape, dims, spacing, percentile, tolerance, options, scratch, room, &r);
    check(status == 0, "status", status, 0);
    free(scratch);
    return r;
}

static void test_golden(void)
{
    size_t n;
    int bits, k;
    for (n = 0; n < sizeof surface_golden / sizeof surface_golden[0]; n++)
        for (bits = 32; bits <= 64; bits += 32) {
            const double tolerance = bits == 32 ? 2e-6 : 1e-13;
            metrics_surface r;
            double value[14];
            make_masks(surface_golden[n].shape, surface_golden[n].dims, surface_golden[n].kind);
            r = distances(surface_golden[n].shape, surface_golden[n].dims, surface_golden[n].spacing, surface_golden[n].percentile,
                          surface_golden[n].tolerance, NULL, bits);
            value[0] = r.hausdorff;
            value[1] = r.percentile;
            value[2] = r.percentile_pooled;
            value[3] = r.average;
            value[4] = r.average_of_means;
            value[5] = r.dice;
            for (k = 0; k < 2; k++) {
                value[6 + k] = r.directed_hausdorff[k];
                value[8 + k] = r.directed_percentile[k];
                value[10 + k] = r.directed_average[k];
                value[12 + k] = (double)r.elements[k];
            }
            for (k = 0; k < 14; k++)
                check(near(value[k], surface_golden[n].value[k], tolerance), "surface value", value[k], surface_golden[n].value[k]);
        }
}

static void test_empty(void)
{
    static const size_t shape[2] = {6, 8}, none[3] = {5, 0, 7}, huge[2] = {SIZE_MAX, 0};
    metrics_surface_options options = {METRICS_SURFACE_EMPTY_WORST, 0};
    metrics_surface r;
    memset(pred, 0, sizeof pred);
    memset(target, 0, sizeof target);
    r = distances(shape, 2, NULL, 95, 1, NULL, 64);
    check(r.hausdorff == 0 && r.average == 0 && r.percentile == 0 && r.dice == 1 && r.elements[0] == 0, "both empty", r.hausdorff, 0);
    r = distances(none, 3, NULL, 95, 1, NULL, 64);
    check(r.hausdorff == 0 && r.dice == 1, "no elements", r.hausdorff, 0);
    r = distances(huge, 2, NULL, 95, 1, NULL, 64);
    check(r.hausdorff == 0 && r.dice == 1, "no elements in long lines", r.hausdorff, 0);
    pred[3] = 1;
    r = distances(shape, 2, NULL, 95, 1, NULL, 64);
    check(isinf(r.hausdorff) && isinf(r.percentile_pooled) && isinf(r.average_of_means) && r.dice == 0 && r.elements[0] == 1, "one empty", r.hausdorff, 0);
    options.penalty = 10;
    r = distances(shape, 2, NULL, 95, 1, &options, 64);
    check(r.hausdorff == 10 && r.directed_average[1] == 10 && r.dice == 0, "the penalty", r.hausdorff, 10);
    options.empty = METRICS_SURFACE_EMPTY_NAN;
    r = distances(shape, 2, NULL, 95, 1, &options, 64);
    check(isnan(r.hausdorff) && isnan(r.dice), "NaN", r.hausdorff, 0);
    target[3 + 8 * 4] = 9;
    r = distances(shape, 2, NULL, 95, 3, &options, 64);
    check(r.hausdorff == 4 && r.percentile == 4 && r.average == 4 && r.dice == 0, "two points", r.hausdorff, 4);
    r = distances(shape, 2, NULL, 95, 4, &options, 64);
    check(r.dice == 1, "within the tolerance", r.dice, 1);
    {
        static const double tiny[2] = {1e-30, 3e-30}, large[2] = {1e30, 1e30};
        r = distances(shape, 2, tiny, 95, 0, NULL, 32);
        check(near(r.hausdorff / 4e-30, 1, 1e-6), "tiny spacing in float", r.hausdorff, 4e-30);
        r = distances(shape, 2, large, 95, 0, NULL, 32);
        check(near(r.hausdorff / 4e30, 1, 1e-6), "large spacing in float", r.hausdorff, 4e30);
    }
    {
        static const double tenth[2] = {0.1, 0.1};   /* 4 x 0.1 in either type */
        r = distances(shape, 2, tenth, 95, 0.4, NULL, 32);
        check(r.dice == 1, "a distance equal to the tolerance in float", r.dice, 1);
        target[3 + 8 * 4] = 0;
        target[3 + 8 * 3] = 1;
        r = distances(shape, 2, tenth, 95, 0.3, NULL, 64);
        check(r.dice == 1, "a distance equal to the tolerance in double", r.dice, 1);
    }
    memcpy(target, pred, sizeof target);
    r = distances(shape, 2, NULL, 0, 0, NULL, 64);
    check(r.hausdorff == 0 && r.dice == 1 && r.percentile_pooled == 0, "equal masks", r.hausdorff, 0);
}

/* A volume of one slice: in 3-D every element is on the surface, in 2-D it is not. */
static void test_dimensions(void)
{
    static const size_t flat[3] = {1, 10, 10}, plane[2] = {10, 10};
    metrics_surface r;
    memset(pred, 1, 100);
    memset(target, 1, 100);
    r = distances(flat, 3, NULL, 95, 0, NULL, 64);
    check(r.elements[0] == 100, "one slice in 3-D", (double)r.elements[0], 100);
    r = distances(plane, 2, NULL, 95, 0, NULL, 64);
    check(r.elements[0] == 36, "the same in 2-D", (double)r.elements[0], 36);
    r = distances(flat, 1, NULL, 95, 0, NULL, 64);
    check(r.elements[0] == 1, "one element in 1-D", (double)r.elements[0], 1);
}

static void test_errors(void)
{
    static const size_t shape[3] = {2, 2, 2}, huge[3] = {SIZE_MAX / 2, 4, 1};
    static char scratch[65536];
    metrics_surface_options options = {2, 0};
    metrics_surface r;
    check(metrics_surface_distances_f64(pred, target, shape, 4, NULL, 95, 1, NULL, scratch, sizeof scratch, &r) == METRICS_ERROR_SIZE, "4 dimensions", 0, 0);
    check(metrics_surface_distances_f64(pred, target, shape, 0, NULL, 95, 1, NULL, scratch, sizeof scratch, &r) == METRICS_ERROR_SIZE, "0 dimensions", 0, 0);
    check(metrics_surface_distances_f64(pred, target, huge, 3, NULL, 95, 1, NULL, scratch, sizeof scratch, &r) == METRICS_ERROR_SIZE, "huge", 0, 0);
    check(metrics_surface_distances_f64(pred, target, NULL, 3, NULL, 95, 1, NULL, scratch, sizeof scratch, &r) == METRICS_ERROR_NULL, "no shape", 0, 0);
    check(metrics_surface_distances_f64(pred, target, shape, 3, NULL, 95, 1, &options, scratch, sizeof scratch, &r) == METRICS_ERROR_OPTION, "empty", 0, 0);
    check(metrics_surface_distances_scratch_f64(NULL, NULL, huge, 3) == SIZE_MAX, "scratch of huge", 0, 0);
    check(metrics_surface_distances_scratch_f64(NULL, NULL, shape, 3) >= metrics_surface_distances_scratch_f64(pred, target, shape, 3), "scratch of any masks", 0, 0);
}

int main(void)
{
    test_golden();
    test_empty();
    test_dimensions();
    test_errors();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
