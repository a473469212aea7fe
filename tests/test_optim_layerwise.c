/* LAMB: golden trajectories, the trust ratio's cases, long arrays. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "optim.h"
#include "golden/optim_layerwise.inc"

static double value(int i, int t) { return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0; }

enum { N = 37, STEPS = 8 };

static optim_lamb_config golden_config(int which)
{
    optim_lamb_config c = optim_lamb_defaults();
    if (which == 1) { c.lr = 0.1; c.weight_decay = 0.3; c.max_weight_norm = 2.5; }
    if (which == 2) { c.lr = 0.1; c.max_trust = 0.1; c.bias_correction = 0; }
    if (which == 3) { c.lr = 0.05; c.weight_decay = 0; }
    if (which == 4) { c.lr = 0.05; c.weight_decay = 0; c.always_adapt = 1; }
    if (which == 5) { c.lr = 0.05; c.weight_decay = 0.2; c.decoupled_decay = 1; c.eps = 1e-3; }
    return c;
}

/* sign: -1 with maximize on the negated gradient; scale: the gradient is divided by it and grad_scale makes up for it. */
static void test_golden(int which, int sign, double scale)
{
    optim_lamb_config c = golden_config(which);
    double x[N], g[N], m[N] = {0}, v[N] = {0};
    float xf[N], gf[N], mf[N] = {0}, vf[N] = {0};
    int i, t;
    c.maximize = sign < 0;
    c.grad_scale = scale;
    for (i = 0; i < N; i++) xf[i] = (float)(x[i] = value(i, 0));
    for (t = 1; t <= STEPS; t++) {
        for (i = 0; i < N; i++) gf[i] = (float)(g[i] = sign * value(i, t) / scale);
        check(optim_lamb_f64(&c, t, N, x, g, m, v) == OPTIM_OK, "lamb_f64 %d fails", which);
        check(optim_lamb_f32(&c, t, N, xf, gf, mf, vf) == OPTIM_OK, "lamb_f32 %d fails", which);
    }
    for (i = 0; i < N; i++) {
        check(close_to(x[i], golden_lamb[which][i], 1e-12, 1e-13), "lamb %d [%d]: %.17g, golden %.17g", which, i, x[i], golden_lamb[which][i]);
        check(close_to((double)xf[i], golden_lamb[which][i], 1e-5, 2e-6), "lamb_f32 %d [%d]: %.9g, golden %.9g", which, i, (double)xf[i], golden_lamb[which][i]);
    }
}

/* The first step from zero moments: with eps 0 every |u_i| is 1, so the step is lr |w| / sqrt(n) along the signs. */
static void test_first_step(void)
{
    optim_lamb_config c = optim_lamb_defaults();
    double x[4] = {3, 0, 0, 4}, g[4] = {1, -2, 1e-5, -1e5}, m[4] = {0}, v[4] = {0};
    const double want[4] = {3 - 0.25, 0.25, -0.25, 4.25};
    int i;
    c.lr = 0.1;
    c.eps = 0;
    c.weight_decay = 0;
    c.always_adapt = 1;
    optim_lamb_f64(&c, 1, 4, x, g, m, v);
    for (i = 0; i < 4; i++) check(close_to(x[i], want[i], 1e-14, 0), "first step [%d]: %.17g", i, x[i]);
}

static void test_edges(void)
{
    optim_lamb_config c = optim_lamb_defaults();
    double x[3] = {0, 0, 0}, g[3] = {1, -1, 1}, m[3] = {0}, v[3] = {0};
    float xf[3] = {1e-25f, -1e-25f, 1e-25f}, gf[3] = {1, 1, 1}, mf[3] = {0}, vf[3] = {0};
    c.lr = 0.5;
    c.eps = 0;
    optim_lamb_f64(&c, 1, 3, x, g, m, v);
    check(close_to(x[0], -0.5, 1e-15, 0) && close_to(x[1], 0.5, 1e-15, 0) && close_to(x[2], -0.5, 1e-15, 0), "weights of 0: ratio 1, got %g %g %g", x[0], x[1], x[2]);
    x[0] = x[1] = x[2] = 2;
    g[0] = g[1] = g[2] = m[0] = m[1] = m[2] = 0;
    c.eps = 1e-6;
    c.weight_decay = 0;
    c.always_adapt = 1;
    optim_lamb_f64(&c, 1, 3, x, g, m, v);
    check(x[0] == 2 && x[1] == 2 && x[2] == 2, "an update of 0 moves weights to %g", x[0]);
    /* squares of these leave the range of float; the ratio 1e-25 does not */
    c.lr = 1;
    c.eps = 0;
    optim_lamb_f32(&c, 1, 3, xf, gf, mf, vf);
    check(fabs((double)xf[0]) < 1e-30 && close_to((double)xf[1], -2e-25, 1e-5, 0), "tiny weights: %g %g", (double)xf[0], (double)xf[1]);
    check(optim_lamb_f64(NULL, 0, 3, x, g, m, v) == OPTIM_ERROR_PARAMETER, "step 0 is not refused");
    check(optim_lamb_f64(NULL, 1, 0, NULL, NULL, NULL, NULL) == OPTIM_OK, "n = 0 is refused");
    check(optim_lamb_f64(NULL, INT64_MAX, 3, x, g, m, v) == OPTIM_OK, "a late step is refused");
}

/* An array of several blocks: the two passes meet on every element, and the ratio is that of the whole. */
static void test_long(size_t n)
{
    const optim_lamb_config c = golden_config(1);
    double *a = (double *)malloc(5 * (n + 1) * sizeof *a), *x = a, *g = a + n, *m = g + n, *v = m + n, *u = v + n, w2 = 0, u2 = 0, rate;
    size_t i, bad = 0;
    for (i = 0; i < n; i++) {
        x[i] = value((int)i, 0);
        g[i] = value((int)i, 1);
        m[i] = v[i] = 0;
        u[i] = (g[i] * 0.1 / (1 - 0.9)) / (sqrt(g[i] * g[i] * 0.001 / (1 - 0.999)) + 1e-6) + 0.3 * x[i];
        w2 += x[i] * x[i];
        u2 += u[i] * u[i];
    }
    rate = 0.1 * (sqrt(w2) < 2.5 ? sqrt(w2) : 2.5) / sqrt(u2);
    for (i = 0; i < n; i++) u[i] = x[i] - rate * u[i];
    check(optim_lamb_f64(&c, 1, n, x, g, m, v) == OPTIM_OK, "lamb fails at length %lu", (unsigned long)n);
    for (i = 0; i < n; i++) bad += !close_to(x[i], u[i], 1e-11, 1e-12);
    check(bad == 0, "lamb at length %lu: %lu elements off", (unsigned long)n, (unsigned long)bad);
    free(a);
}

int main(void)
{
    int which;
    for (which = 0; which < 6; which++) {
        test_golden(which, 1, 1);
        test_golden(which, -1, 1024);
    }
    test_first_step();
    test_edges();
    test_long(1023);
    test_long(1024);
    test_long(2048);
    test_long(5001);
    engine_close();
    return engine_failed != 0;
}
