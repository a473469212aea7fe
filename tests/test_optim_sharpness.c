/* SAM: golden values over two tensors, the way back, zero and tiny norms, the quadratic of the papers. */
#include <math.h>
#include <string.h>
#include "engine.h"
#include "optim.h"
#include "golden/optim_sharpness.inc"

static double value(int i, int t) { return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0; }

static optim_sam_config golden_config(int which)
{
    optim_sam_config c = optim_sam_defaults();
    if (which == 1) { c.rho = 0.5; c.eps = 1e-3; c.adaptive = 1; }
    if (which == 2) { c.rho = 2; c.eps = 0; c.adaptive = 1; c.eta = 0; }
    return c;
}

static void test_golden(int which, int sign, double scale)
{
    static const int size[2] = {11, 5};
    optim_sam_config c = golden_config(which);
    double x[16], g[16], before[16], saved[16], sum = 0, sumf = 0;
    float xf[16], gf[16], savedf[16];
    int i, k, at;
    c.grad_scale = scale;
    c.maximize = sign < 0;
    for (k = 0, at = 0; k < 2; k++)
        for (i = 0; i < size[k]; i++, at++) {
            xf[at] = (float)(before[at] = x[at] = value(i, 20 + k));
            gf[at] = (float)(g[at] = sign * value(i, 30 + k) / scale);
        }
    for (k = 0, at = 0; k < 2; at += size[k++]) {
        check(optim_sam_norm_f64(&c, (size_t)size[k], x + at, g + at, &sum) == OPTIM_OK, "sam_norm fails");
        check(optim_sam_norm_f32(&c, (size_t)size[k], xf + at, gf + at, &sumf) == OPTIM_OK, "sam_norm fails");
    }
    for (k = 0, at = 0; k < 2; at += size[k++]) {
        check(optim_sam_ascend_f64(&c, &sum, (size_t)size[k], x + at, g + at, saved + at) == OPTIM_OK, "sam_ascend fails");
        check(optim_sam_ascend_f32(&c, &sumf, (size_t)size[k], xf + at, gf + at, savedf + at) == OPTIM_OK, "sam_ascend fails");
    }
    for (i = 0; i < 16; i++) {
        check(close_to(x[i], golden_sam[which][i], 1e-14, 1e-15), "sam %d [%d]: %.17g, golden %.17g", which, i, x[i], golden_sam[which][i]);
        check(close_to((double)xf[i], golden_sam[which][i], 1e-6, 1e-6), "sam_f32 %d [%d]: %.9g, golden %.9g", which, i, (double)xf[i], golden_sam[which][i]);
    }
    check(optim_sam_restore_f64(16, x, saved) == OPTIM_OK && memcmp(x, before, sizeof x) == 0, "the way back misses");
}

/* The same norm from one call as from sam_norm; of 2000 values too. */
static void test_alone(int adaptive)
{
    enum { N = 2000 };
    static double x[N], y[N], g[N], saved[N];
    optim_sam_config c = optim_sam_defaults();
    double sum = 0, moved = 0;
    int i;
    c.adaptive = adaptive;
    for (i = 0; i < N; i++) {
        x[i] = y[i] = value(i, 1);
        g[i] = value(i, 2);
    }
    optim_sam_norm_f64(&c, N, x, g, &sum);
    optim_sam_ascend_f64(&c, &sum, N, x, g, saved);
    optim_sam_ascend_f64(&c, NULL, N, y, g, saved);
    check(memcmp(x, y, sizeof x) == 0, "one tensor alone differs");
    for (i = 0; i < N; i++) {
        const double e = (x[i] - saved[i]) / (adaptive ? fabs(saved[i]) + c.eta : 1);
        moved += e * e;
    }
    check(close_to(sqrt(moved), c.rho, 1e-10, 0), "the step's length is %.17g", sqrt(moved));
}

static void test_edges(void)
{
    optim_sam_config c = optim_sam_defaults();
    double x[3] = {1, -2, 0}, g[3] = {0, 0, 0}, saved[3], one = 1;
    float xf[2] = {0, 0}, gf[2] = {3e-25f, 4e-25f}, savedf[2];
    c.eps = 0;
    optim_sam_ascend_f64(&c, NULL, 3, x, g, saved);
    check(x[0] == 1 && x[1] == -2 && x[2] == 0, "a gradient of 0 moves");
    c.adaptive = 1;
    c.eta = 0;
    g[2] = 5;
    optim_sam_ascend_f64(&c, NULL, 3, x, g, saved);
    check(x[0] == 1 && x[1] == -2 && x[2] == 0, "ASAM moves a weight of 0 without eta");
    c = optim_sam_defaults();
    c.rho = 0;
    g[0] = INFINITY;
    g[1] = NAN;
    optim_sam_ascend_f64(&c, NULL, 3, x, g, saved);
    check(x[0] == 1 && x[1] == -2 && saved[0] == 1 && saved[1] == -2, "rho = 0 moves or does not save");
    c.rho = 1;
    optim_sam_ascend_f64(&c, NULL, 3, x, g, saved);
    check(isnan(x[0]) && saved[0] == 1 && saved[1] == -2, "NaN is lost or not saved around");
    c.eps = 0;
    optim_sam_ascend_f32(&c, NULL, 2, xf, gf, savedf);
    check(close_to((double)xf[0], 0.6, 1e-6, 0) && close_to((double)xf[1], 0.8, 1e-6, 0), "a tiny gradient: %g %g", (double)xf[0], (double)xf[1]);
    /* f = k w^2 / 2: USAM's gradient there is k (1 + rho k) w */
    x[0] = 3;
    g[0] = 0.5 * 3;
    c.rho = 0.1;
    optim_sam_ascend_f64(&c, &one, 1, x, g, saved);
    check(close_to(0.5 * x[0], 0.5 * (1 + 0.1 * 0.5) * 3, 1e-15, 0), "USAM on a quadratic: %g", x[0]);
    check(optim_sam_norm_f64(NULL, 1, x, g, NULL) == OPTIM_ERROR_NULL, "no place for the sum is not refused");
    check(optim_sam_restore_f64(0, NULL, NULL) == OPTIM_OK, "n = 0 is refused");
}

int main(void)
{
    int which;
    for (which = 0; which < 3; which++) {
        test_golden(which, 1, 1);
        if (which != 1) test_golden(which, -1, 8);
    }
    test_golden(1, -1, 1);
    test_alone(0);
    test_alone(1);
    test_edges();
    engine_close();
    return engine_failed != 0;
}
