/* Newton-Schulz and Muon: golden trajectories, the polar factor, singular values, blocks, scale invariance. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "optim.h"
#include "golden/optim_matrix.inc"

static double value(int i, int t) { return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0; }

enum { MOST = 42, STEPS = 4 };

static optim_muon_config golden_config(int which)
{
    optim_muon_config c = optim_muon_defaults();
    c.scaling = which;
    if (which == 1) c.weight_decay = 0.1;
    if (which == 2) { c.nesterov = 0; c.momentum = 0.8; }
    return c;
}

static void test_muon(int which, size_t rows, size_t columns, const double *golden, int sign, double scale)
{
    optim_muon_config c = golden_config(which);
    const int n = (int)(rows * columns);
    double x[MOST] = {0}, g[MOST] = {0}, b[MOST] = {0}, scratch[400];
    float xf[MOST] = {0}, gf[MOST] = {0}, bf[MOST] = {0};
    int i, t;
    c.maximize = sign < 0;
    c.grad_scale = scale;
    for (i = 0; i < n; i++) xf[i] = (float)(x[i] = value(i, 0));
    for (t = 1; t <= STEPS; t++) {
        for (i = 0; i < n; i++) gf[i] = (float)(g[i] = sign * value(i, t) / scale);
        check(optim_muon_f64(&c, t, rows, columns, x, g, b, scratch, sizeof scratch) == OPTIM_OK, "muon_f64 fails");
        check(optim_muon_f32(&c, t, rows, columns, xf, gf, bf, scratch, sizeof scratch) == OPTIM_OK, "muon_f32 fails");
    }
    for (i = 0; i < n; i++) {
        check(close_to(x[i], golden[i], 1e-11, 1e-12), "muon %d, %d x %d [%d]: %.17g, golden %.17g", which, (int)rows, (int)columns, i, x[i], golden[i]);
        check(close_to((double)xf[i], golden[i], 2e-5, 2e-5), "muon_f32 %d, %d x %d [%d]: %.9g, golden %.9g", which, (int)rows, (int)columns, i, (double)xf[i], golden[i]);
    }
}

/* golden[0]: five steps of the default; golden[1]: U V^T by a singular value decomposition. */
static void test_newton_schulz(size_t rows, size_t columns, const double *golden, const double *polar)
{
    optim_newton_schulz_config c = optim_newton_schulz_defaults();
    const int n = (int)(rows * columns);
    double x[MOST] = {0}, out[MOST], scratch[400];
    int i;
    for (i = 0; i < n; i++) x[i] = value(i * i * i, 3);
    check(optim_newton_schulz_f64(NULL, rows, columns, x, out, scratch, sizeof scratch) == OPTIM_OK, "newton_schulz fails");
    for (i = 0; i < n; i++) check(close_to(out[i], golden[i], 1e-12, 1e-13), "newton_schulz %d x %d [%d]: %.17g, golden %.17g", (int)rows, (int)columns, i, out[i], golden[i]);
    c.a = 1.875;
    c.b = -1.25;
    c.c = 0.375;
    c.steps = 40;
    optim_newton_schulz_f64(&c, rows, columns, x, x, scratch, sizeof scratch);
    for (i = 0; i < n; i++) check(close_to(x[i], polar[i], 1e-11, 1e-12), "polar factor %d x %d [%d]: %.17g, golden %.17g", (int)rows, (int)columns, i, x[i], polar[i]);
}

#define GOLDEN(r, c) \
    test_newton_schulz(r, c, golden_newton_schulz_##r##_##c[0], golden_newton_schulz_##r##_##c[1]); \
    for (which = 0; which < 4; which++) { \
        test_muon(which, r, c, golden_muon_##r##_##c[which], 1, 1); \
        test_muon(which, r, c, golden_muon_##r##_##c[which], -1, 4); \
    }

/* Larger than the blocks of the symmetric products: X X^T is I, on the shorter side. */
static void test_orthogonal(size_t rows, size_t columns)
{
    optim_newton_schulz_config c = optim_newton_schulz_defaults();
    const size_t n = rows * columns, side = rows < columns ? rows : columns, length = n / side;
    const size_t bytes = optim_newton_schulz_scratch_f32(rows, columns);
    float *x = (float *)malloc(n * sizeof *x);
    void *scratch = malloc(bytes);
    size_t i, j, k;
    double worst = 0;
    call r;
    memset(&r, 0, sizeof r);
    for (i = 0; i < n; i++) x[i] = (float)draw_normal(&r);
    c.a = 1.875;
    c.b = -1.25;
    c.c = 0.375;
    c.steps = 30;
    check(optim_newton_schulz_f32(&c, rows, columns, x, x, scratch, bytes) == OPTIM_OK, "newton_schulz fails");
    for (i = 0; i < side; i += 7)
        for (j = 0; j < side; j++) {
            double sum = 0;
            for (k = 0; k < length; k++)
                sum += rows < columns ? (double)x[i * columns + k] * (double)x[j * columns + k] : (double)x[k * columns + i] * (double)x[k * columns + j];
            sum = fabs(sum - (i == j ? 1 : 0));
            if (sum > worst) worst = sum;
        }
    check(worst < 1e-5, "%lu x %lu: X X^T is off I by %g", (unsigned long)rows, (unsigned long)columns, worst);
    free(scratch);
    free(x);
}

/* A diagonal matrix shows the polynomial on its singular values: all within 0.68 to 1.14 from 0.01 on. */
static void test_singular_values(void)
{
    enum { SIDE = 20 };
    double x[SIDE * SIDE] = {0}, square = 0, *scratch;
    const size_t bytes = optim_newton_schulz_scratch_f64(SIDE, SIDE);
    int i, j, k;
    scratch = (double *)malloc(bytes);
    for (i = 0; i < SIDE; i++) {
        x[i * SIDE + i] = 0.05 + 0.05 * i;
        square += x[i * SIDE + i] * x[i * SIDE + i];
    }
    optim_newton_schulz_f64(NULL, SIDE, SIDE, x, x, scratch, bytes);
    for (i = 0; i < SIDE; i++) {
        double s = (0.05 + 0.05 * i) / (sqrt(square) + 1e-7);
        for (k = 0; k < 5; k++) s = 3.4445 * s - 4.7750 * s * s * s + 2.0315 * pow(s, 5);
        check(close_to(x[i * SIDE + i], s, 1e-12, 0) && s > 0.68 && s < 1.14, "singular value %d: %.17g, polynomial %.17g", i, x[i * SIDE + i], s);
        for (j = 0; j < SIDE; j++) check(i == j || x[i * SIDE + j] == 0, "off the diagonal");
    }
    free(scratch);
}

static void test_edges(void)
{
    optim_newton_schulz_config c = optim_newton_schulz_defaults();
    optim_muon_config muon = optim_muon_defaults();
    float x[6] = {0}, out[6], b[6] = {0}, tiny[6], huge[6];
    double scratch[200];
    int i;
    check(optim_newton_schulz_f32(NULL, 2, 3, x, out, scratch, sizeof scratch) == OPTIM_OK && out[0] == 0 && out[5] == 0, "a matrix of 0");
    for (i = 0; i < 6; i++) {
        x[i] = (float)value(i, 4);
        tiny[i] = x[i] * 1e-25f;
        huge[i] = x[i] * 1e30f;
    }
    c.eps = 0;
    optim_newton_schulz_f32(&c, 2, 3, x, x, scratch, sizeof scratch);
    optim_newton_schulz_f32(&c, 2, 3, tiny, tiny, scratch, sizeof scratch);
    optim_newton_schulz_f32(&c, 2, 3, huge, huge, scratch, sizeof scratch);
    for (i = 0; i < 6; i++)
        check(close_to((double)tiny[i], (double)x[i], 1e-5, 1e-5) && close_to((double)huge[i], (double)x[i], 1e-5, 1e-5), "the scale matters: %g %g %g", (double)x[i], (double)tiny[i], (double)huge[i]);
    c.steps = 101;
    check(optim_newton_schulz_f32(&c, 2, 3, x, out, scratch, sizeof scratch) == OPTIM_ERROR_PARAMETER, "101 steps are not refused");
    c.steps = -1;
    check(optim_newton_schulz_f32(&c, 2, 3, x, out, scratch, sizeof scratch) == OPTIM_ERROR_PARAMETER, "-1 steps are not refused");
    muon.scaling = 4;
    check(optim_muon_f32(&muon, 1, 2, 3, x, out, b, scratch, sizeof scratch) == OPTIM_ERROR_OPTION, "scaling 4 is not refused");
    muon.scaling = -1;
    check(optim_muon_f32(&muon, 1, 2, 3, x, out, b, scratch, sizeof scratch) == OPTIM_ERROR_OPTION, "scaling -1 is not refused");
    muon = optim_muon_defaults();
    muon.newton_schulz.steps = -1;
    check(optim_muon_f32(&muon, 1, 2, 3, x, out, b, scratch, sizeof scratch) == OPTIM_ERROR_PARAMETER, "-1 steps are not refused");
    check(optim_muon_f32(NULL, 0, 2, 3, x, out, b, scratch, sizeof scratch) == OPTIM_ERROR_PARAMETER, "step 0 is not refused");
    check(optim_muon_f32(NULL, 1, 0, 3, NULL, NULL, NULL, NULL, 0) == OPTIM_OK, "an empty matrix is refused");
    check(optim_muon_scratch_f32(SIZE_MAX / 2, 3) == SIZE_MAX, "scratch that overflows");
    x[3] = (float)NAN;
    optim_newton_schulz_f32(NULL, 2, 3, x, out, scratch, sizeof scratch);
    for (i = 0; i < 6; i++) check(isnan(out[i]), "a NaN does not reach [%d]", i);
}

int main(void)
{
    int which;
    GOLDEN(5, 7)
    GOLDEN(7, 5)
    GOLDEN(6, 6)
    GOLDEN(1, 9)
    GOLDEN(9, 1)
    test_orthogonal(95, 200);
    test_orthogonal(200, 97);
    test_orthogonal(250, 301);
    test_singular_values();
    test_edges();
    engine_close();
    return engine_failed != 0;
}
