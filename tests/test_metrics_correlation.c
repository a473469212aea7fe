/* Rank correlations: SciPy's values, counting all pairs, order and ties, odd values. */
#include "engine.h"
#include "metrics.h"
#include "golden/metrics_correlation.inc"
#include <math.h>
#include <stdlib.h>

static call source;

static double spearman(const double *x, const double *y, size_t n)
{
    const size_t size = metrics_spearman_scratch_f64(n);
    void *scratch = malloc(size);
    double rho = -7;
    check(metrics_spearman_f64(x, y, n, scratch, size, &rho) == METRICS_OK, "spearman");
    free(scratch);
    return rho;
}

static double kendall(const double *x, const double *y, size_t n, int variant)
{
    const size_t size = metrics_kendall_scratch_f64(n);
    void *scratch = malloc(size);
    double tau = -7;
    check(metrics_kendall_f64(x, y, n, variant, scratch, size, &tau) == METRICS_OK, "kendall");
    free(scratch);
    return tau;
}

static void test_golden(void)
{
    size_t start = 0;
    int k;
    for (k = 0; k < golden_cases; k++) {
        const size_t n = (size_t)golden_sizes[k];
        const double *x = golden_x + start, *y = golden_y + start;
        const double rho = spearman(x, y, n), b = kendall(x, y, n, METRICS_TAU_B), c = kendall(x, y, n, METRICS_TAU_C);
        check(close_to(rho, golden_spearman[k], 1e-13, 1e-14), "spearman case %d: %.17g, not %.17g", k, rho, golden_spearman[k]);
        check(close_to(b, golden_tau_b[k], 1e-13, 1e-14), "tau-b case %d: %.17g, not %.17g", k, b, golden_tau_b[k]);
        check(close_to(c, golden_tau_c[k], 1e-13, 1e-14), "tau-c case %d: %.17g, not %.17g", k, c, golden_tau_c[k]);
        start += n;
    }
}

/* All pairs, one by one. */
static double all_pairs(const double *x, const double *y, size_t n, int variant)
{
    double difference = 0, tied_x = 0, tied_y = 0, pairs = (double)n * ((double)n - 1) / 2;
    size_t i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++) {
            difference += (x[i] > x[j] ? 1 : x[i] < x[j] ? -1 : 0) * (y[i] > y[j] ? 1 : y[i] < y[j] ? -1 : 0);
            tied_x += x[i] == x[j];
            tied_y += y[i] == y[j];
        }
    return difference / (variant == METRICS_TAU_A ? pairs : sqrt((pairs - tied_x) * (pairs - tied_y)));
}

/* Pearson's correlation of ranks counted one by one. */
static double all_ranks(const double *x, const double *y, size_t n)
{
    double *rx = (double *)calloc(n, sizeof *rx), *ry = (double *)calloc(n, sizeof *ry), r;
    size_t i, j;
    for (i = 0; i < n; i++)
        for (j = 0; j < n; j++) {
            rx[i] += x[j] < x[i] ? 1 : x[j] == x[i] ? 0.5 : 0;
            ry[i] += y[j] < y[i] ? 1 : y[j] == y[i] ? 0.5 : 0;
        }
    metrics_pearson_f64(rx, ry, NULL, n, &r);
    free(rx);
    free(ry);
    return r;
}

static void test_naive(void)
{
    double x[400], y[400], turned[400];
    size_t n, k;
    int round;
    for (round = 0; round < 40; round++) {
        n = (size_t)draw_int(&source, 2, 400);
        for (k = 0; k < n; k++) {
            x[k] = round % 3 ? draw_int(&source, -9, 9) : draw_normal(&source);
            y[k] = round % 2 ? draw_int(&source, 0, 3 + round) : x[k] + draw_normal(&source);
            turned[k] = -y[k];
        }
        if (n < 5) continue;
        check(close_to(kendall(x, y, n, METRICS_TAU_B), all_pairs(x, y, n, METRICS_TAU_B), 1e-13, 1e-15), "tau-b of %d", (int)n);
        check(close_to(kendall(x, y, n, METRICS_TAU_A), all_pairs(x, y, n, METRICS_TAU_A), 1e-13, 1e-15), "tau-a of %d", (int)n);
        check(close_to(spearman(x, y, n), all_ranks(x, y, n), 1e-12, 1e-13), "spearman of %d", (int)n);
        check(kendall(y, x, n, METRICS_TAU_B) == kendall(x, y, n, METRICS_TAU_B), "tau is symmetric");
        check(kendall(x, turned, n, METRICS_TAU_B) == -kendall(x, y, n, METRICS_TAU_B), "tau of -y");
        check(close_to(spearman(x, turned, n), -spearman(x, y, n), 1e-14, 1e-15), "rho of -y");
    }
}

static void test_odd_values(void)
{
    const double up[4] = {1, 2, 3, 4}, zeros[4] = {-0.0, 0.0, 1, 2}, ends[4] = {-INFINITY, -1, 1, INFINITY};
    const double constant[4] = {2, 2, 2, 2}, poison[4] = {1, 2, NAN, 4}, tied[4] = {0, 0, 1, 2};
    int v;
    check(spearman(up, ends, 4) == 1 && kendall(up, ends, 4, METRICS_TAU_B) == 1, "infinities are ordered");
    check(spearman(up, zeros, 4) == spearman(up, tied, 4) && kendall(up, zeros, 4, 0) == kendall(up, tied, 4, 0), "-0 and +0 are a tie");
    check(isnan(spearman(up, constant, 4)) && isnan(spearman(constant, up, 4)), "constant");
    check(isnan(spearman(up, poison, 4)) && isnan(spearman(poison, up, 4)), "NaN");
    check(isnan(spearman(up, up, 1)) && isnan(spearman(NULL, NULL, 0)), "fewer than two");
    for (v = 0; v < 3; v++) {
        check(isnan(kendall(up, constant, 4, v)) && isnan(kendall(constant, up, 4, v)), "tau: constant");
        check(isnan(kendall(up, poison, 4, v)) && isnan(kendall(poison, up, 4, v)), "tau: NaN");
        check(isnan(kendall(up, up, 1, v)) && isnan(kendall(NULL, NULL, 0, v)), "tau: fewer than two");
        check(kendall(up, up, 4, v) == 1, "tau of the same");
    }
    {
        double tau = 5, room[200];
        check(metrics_kendall_f64(up, up, 4, 3, room, sizeof room, &tau) == METRICS_ERROR_OPTION && tau == 5, "variant");
    }
}

/* Many values: an order reversed and one shuffled a little. */
static void test_long(void)
{
    enum { n = 30000 };
    double *x = (double *)malloc(n * sizeof *x), *y = (double *)malloc(n * sizeof *x);
    size_t k;
    for (k = 0; k < n; k++) x[k] = (double)k;
    for (k = 0; k < n; k++) y[k] = -(double)k;
    check(kendall(x, y, n, METRICS_TAU_B) == -1 && spearman(x, y, n) == -1, "reversed");
    for (k = 0; k + 1 < n; k += 2) {
        y[k] = (double)k + 1;
        y[k + 1] = (double)k;
    }
    check(close_to(kendall(x, y, n, METRICS_TAU_A), 1 - 2.0 / (n - 1), 1e-15, 0), "neighbours swapped: n / 2 discordant pairs");
    free(x);
    free(y);
}

int main(void)
{
    source.seed = 9;
    test_golden();
    test_naive();
    test_odd_values();
    test_long();
    engine_close();
    return engine_failed != 0;
}
