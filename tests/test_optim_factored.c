/* Adafactor: golden trajectories, the paper's worked case, one row and one column, float range. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include "engine.h"
#include "optim.h"
#include "golden/optim_factored.inc"

static double value(int i, int t) { return ((i * 7919 + t * 104729 + 13) % 2003) / 1000.0 - 1.0; }

enum { ROWS = 7, COLUMNS = 5, N = 35, STEPS = 10 };

static optim_adafactor_config golden_config(int which)
{
    optim_adafactor_config c = optim_adafactor_defaults();
    if (which == 1) { c.beta1 = 0.9; c.weight_decay = 0.1; c.lr = 0.2; }
    if (which == 2) { c.relative_step = c.scale_parameter = 0; c.lr = 0.05; c.clip_threshold = 0.5; c.decay_rate = -0.5; }
    if (which == 3) { c.warmup_init = 1; c.eps2 = 5; }
    if (which == 4) { c.eps1 = 0.5; c.grad_scale = 0.25; }
    return c;
}

static void test_golden(int which, int matrix)
{
    const optim_adafactor_config c = golden_config(which);
    const double *golden = matrix ? golden_adafactor_matrix[which] : golden_adafactor_vector[which];
    double x[N], g[N], row_means[N] = {0}, col[COLUMNS] = {0}, m[N] = {0}, scratch[64];
    float xf[N], gf[N], rowf[N] = {0}, colf[COLUMNS] = {0}, mf[N] = {0};
    double *momentum = c.beta1 > 0 ? m : NULL;
    int i, t, status;
    for (i = 0; i < N; i++) xf[i] = (float)(x[i] = value(i, 0));
    check(optim_adafactor_matrix_scratch_f64(ROWS, COLUMNS) <= sizeof scratch, "scratch");
    for (t = 1; t <= STEPS; t++) {
        for (i = 0; i < N; i++) gf[i] = (float)(g[i] = value(i, t));
        status = matrix ? optim_adafactor_matrix_f64(&c, t, ROWS, COLUMNS, x, g, row_means, col, momentum, scratch, sizeof scratch)
                        : optim_adafactor_vector_f64(&c, t, N, x, g, row_means, momentum);
        check(status == OPTIM_OK, "adafactor_f64 %d fails", which);
        status = matrix ? optim_adafactor_matrix_f32(&c, t, ROWS, COLUMNS, xf, gf, rowf, colf, mf, scratch, sizeof scratch)
                        : optim_adafactor_vector_f32(&c, t, N, xf, gf, rowf, mf);
        check(status == OPTIM_OK, "adafactor_f32 %d fails", which);
    }
    for (i = 0; i < N; i++) {
        check(close_to(x[i], golden[i], 1e-12, 1e-13), "adafactor %d, %d [%d]: %.17g, golden %.17g", which, matrix, i, x[i], golden[i]);
        check(close_to((double)xf[i], golden[i], 1e-5, 1e-5), "adafactor_f32 %d, %d [%d]: %.9g, golden %.9g", which, matrix, i, (double)xf[i], golden[i]);
    }
}

/* One step on ((1, 2), (3, 4)): U = ((.7745967, 1.0954451), (1.0392305, .9797959)), no clipping. */
static void test_worked(void)
{
    static const double u[4] = {0.77459666924148338, 1.0954451150103321, 1.0392304845413265, 0.97979589711327120};
    optim_adafactor_config c = optim_adafactor_defaults();
    double x[4] = {0}, g[4] = {1, 2, 3, 4}, row_means[2], col[2], scratch[64];
    int i;
    row_means[0] = row_means[1] = col[0] = col[1] = 7;   /* beta2 is 0 at the first step */
    c.scale_parameter = 0;
    c.lr = 1;
    optim_adafactor_matrix_f64(&c, 1, 2, 2, x, g, row_means, col, NULL, scratch, sizeof scratch);
    for (i = 0; i < 4; i++) check(close_to(x[i], -u[i], 1e-14, 0), "worked case [%d]: %.17g", i, x[i]);
    check(close_to(row_means[0], 2.5, 1e-15, 0) && close_to(row_means[1], 12.5, 1e-15, 0) && close_to(col[0], 5, 1e-15, 0)
          && close_to(col[1], 10, 1e-15, 0), "row and col are means");
}

/* A gradient of rank 1 is normalised exactly: |u| = 1, over several blocks of rows and columns. */
static void test_rank_one(size_t rows, size_t columns)
{
    optim_adafactor_config c = optim_adafactor_defaults();
    const size_t n = rows * columns, bytes = optim_adafactor_matrix_scratch_f32(rows, columns);
    float *x = (float *)calloc(2 * n + rows + columns, sizeof *x), *g = x + n, *row_means = g + n, *col = row_means + rows;
    void *scratch = malloc(bytes);
    size_t i, bad = 0;
    c.scale_parameter = c.relative_step = 0;
    c.lr = 1;
    for (i = 0; i < n; i++) g[i] = (float)((1 + (double)(i / columns % 9)) * (0.5 + (double)(i % columns % 7)) * (i % 3 ? 1 : -1));
    check(optim_adafactor_matrix_f32(&c, 1, rows, columns, x, g, row_means, col, NULL, scratch, bytes) == OPTIM_OK, "rank one fails");
    for (i = 0; i < n; i++) bad += !close_to((double)x[i], i % 3 ? -1 : 1, 3e-6, 0);
    check(bad == 0, "rank one, %lu x %lu: %lu elements off", (unsigned long)rows, (unsigned long)columns, (unsigned long)bad);
    free(scratch);
    free(x);
}

static void test_edges(void)
{
    optim_adafactor_config c = optim_adafactor_defaults();
    float x[4] = {1, 2, 3, 4}, g[4] = {0, 0, 0, 0}, row_means[2] = {0}, col[2] = {0}, v[4] = {0};
    double scratch[64];
    optim_adafactor_matrix_f32(NULL, 1, 2, 2, x, g, row_means, col, NULL, scratch, sizeof scratch);
    check(x[0] == 1 && x[3] == 4, "a gradient of 0 moves a matrix");
    optim_adafactor_vector_f32(NULL, 1, 4, x, g, v, NULL);
    check(x[0] == 1 && x[3] == 4, "a gradient of 0 moves a vector");
    /* one dead row and column beside large gradients */
    g[3] = 1e15f;
    memset(row_means, 0, sizeof row_means);
    memset(col, 0, sizeof col);
    optim_adafactor_matrix_f32(NULL, 1, 2, 2, x, g, row_means, col, NULL, scratch, sizeof scratch);
    check(x[0] == 1 && x[1] == 2 && x[2] == 3 && x[3] < 4 && x[3] > 3.9f, "a dead row: %g %g %g %g", (double)x[0], (double)x[1], (double)x[2], (double)x[3]);
    c.beta1 = 0.9;
    check(optim_adafactor_vector_f32(&c, 1, 4, x, g, v, NULL) == OPTIM_ERROR_NULL, "momentum without m is not refused");
    check(optim_adafactor_matrix_f32(&c, 1, 2, 2, x, g, row_means, col, NULL, scratch, sizeof scratch) == OPTIM_ERROR_NULL, "momentum without m is not refused");
    check(optim_adafactor_matrix_f32(NULL, 0, 2, 2, x, g, row_means, col, NULL, scratch, sizeof scratch) == OPTIM_ERROR_PARAMETER, "step 0 is not refused");
    check(optim_adafactor_matrix_f32(NULL, 1, 0, 5, NULL, NULL, NULL, NULL, NULL, NULL, 0) == OPTIM_OK, "an empty matrix is refused");
    check(optim_adafactor_matrix_scratch_f32(1, SIZE_MAX) == SIZE_MAX, "scratch of SIZE_MAX columns");
}

int main(void)
{
    int which;
    for (which = 0; which < 5; which++) {
        test_golden(which, 0);
        test_golden(which, 1);
    }
    test_worked();
    test_rank_one(1, 5);
    test_rank_one(5, 1);
    test_rank_one(33, 14);
    test_rank_one(16, 2100);
    test_edges();
    engine_close();
    return engine_failed != 0;
}
