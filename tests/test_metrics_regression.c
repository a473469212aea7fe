/* Regression scores: golden values, merging, large offsets, undefined cases. */
#include "engine.h"
#include "metrics.h"
#include "golden/metrics_regression.inc"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCORES = sizeof(metrics_regression_scores) / sizeof(double), STATE = sizeof(metrics_regression) / sizeof(double) };

static call source;

static float *floats(const double *x, size_t n)
{
    float *f = (float *)malloc((n + 1) * sizeof *f);
    size_t k;
    for (k = 0; k < n; k++) f[k] = (float)x[k];
    return f;
}

static void same_scores(const double *a, const double *b, size_t n, double tolerance, const char *what)
{
    size_t k;
    for (k = 0; k < n; k++)
        check(close_to(a[k], b[k], tolerance, tolerance), "%s: score %d is %.17g, not %.17g", what, (int)k, a[k], b[k]);
}

static void test_golden(void)
{
    const size_t n = golden_n, outputs = golden_outputs;
    float *pred = floats(golden_pred, n * outputs), *target = floats(golden_target, n * outputs), *weight = floats(golden_weight, n);
    metrics_regression_scores s[golden_outputs], one;
    check(metrics_regression_f64(golden_pred, golden_target, NULL, n, outputs, METRICS_OUTPUTS_RAW, s) == METRICS_OK, "raw");
    same_scores(&s[0].mse, golden_scores, outputs * SCORES, 1e-12, "raw");
    check(metrics_regression_f64(golden_pred, golden_target, golden_weight, n, outputs, METRICS_OUTPUTS_RAW, s) == METRICS_OK, "weighted");
    same_scores(&s[0].mse, golden_weighted, outputs * SCORES, 1e-12, "weighted");
    check(metrics_regression_f32(pred, target, weight, n, outputs, METRICS_OUTPUTS_RAW, s) == METRICS_OK, "float");
    same_scores(&s[0].mse, golden_weighted, outputs * SCORES, 1e-12, "float");
    metrics_regression_f64(golden_pred, golden_target, golden_weight, n, outputs, METRICS_OUTPUTS_UNIFORM, &one);
    check(close_to(one.r2, golden_uniform[0], 1e-12, 0) && close_to(one.explained_variance, golden_uniform[1], 1e-12, 0)
          && close_to(one.mse, golden_uniform[2], 1e-12, 0) && close_to(one.rmse, golden_uniform[3], 1e-12, 0), "uniform average");
    metrics_regression_f64(golden_pred, golden_target, golden_weight, n, outputs, METRICS_OUTPUTS_VARIANCE, &one);
    check(close_to(one.r2, golden_variance[0], 1e-12, 0) && close_to(one.explained_variance, golden_variance[1], 1e-12, 0)
          && close_to(one.mse, golden_uniform[2], 1e-12, 0), "variance average %.17g %.17g", one.r2, golden_variance[0]);
    {
        metrics_regression sums[golden_outputs];
        metrics_regression_init(outputs, sums);
        metrics_regression_update_f64(golden_pred, golden_target, golden_weight, n, outputs, sums);
        check(metrics_regression_result(sums, outputs, METRICS_OUTPUTS_UNIFORM, &one) == METRICS_OK
              && close_to(one.r2, golden_uniform[0], 1e-12, 0) && close_to(one.mse, golden_uniform[2], 1e-12, 0), "uniform average of accumulators");
        check(metrics_regression_result(sums, outputs, METRICS_OUTPUTS_VARIANCE, &one) == METRICS_OK
              && close_to(one.r2, golden_variance[0], 1e-12, 0) && close_to(one.mse, golden_uniform[2], 1e-12, 0), "variance average of accumulators");
    }
    free(pred);
    free(target);
    free(weight);
}

/* Cut anywhere, merged in any grouping, copied as bytes: the whole. */
static void test_merge(void)
{
    enum { n = 2000, outputs = 2 };
    double *pred = (double *)malloc(n * outputs * sizeof *pred), *target = (double *)malloc(n * outputs * sizeof *pred);
    double weight[n];
    metrics_regression whole[outputs], part[4][outputs], left[outputs], right[outputs];
    metrics_regression_scores a[outputs], b[outputs];
    size_t k, cut[5] = {0, 1, 777, 1500, n}, j;
    for (k = 0; k < n * outputs; k++) {
        target[k] = 1e6 + draw_normal(&source);
        pred[k] = target[k] + 0.3 * draw_normal(&source);
    }
    for (k = 0; k < n; k++) weight[k] = draw_int(&source, 0, 4);
    metrics_regression_init(outputs, whole);
    metrics_regression_update_f64(pred, target, weight, n, outputs, whole);
    for (j = 0; j < 4; j++) {
        metrics_regression_init(outputs, part[j]);
        metrics_regression_update_f64(pred + cut[j] * outputs, target + cut[j] * outputs, weight + cut[j], cut[j + 1] - cut[j], outputs, part[j]);
    }
    memcpy(left, part[0], sizeof left);
    for (j = 1; j < 4; j++) check(metrics_regression_merge(part[j], outputs, left) == METRICS_OK, "merge");
    memcpy(right, part[3], sizeof right);
    for (j = 3; j-- > 0;) metrics_regression_merge(part[j], outputs, right);
    metrics_regression_result(whole, outputs, METRICS_OUTPUTS_RAW, a);
    metrics_regression_result(left, outputs, METRICS_OUTPUTS_RAW, b);
    same_scores(&b[0].mse, &a[0].mse, SCORES * outputs, 1e-11, "merged from the left");
    metrics_regression_result(right, outputs, METRICS_OUTPUTS_RAW, b);
    same_scores(&b[0].mse, &a[0].mse, SCORES * outputs, 1e-11, "merged from the right");
    metrics_regression_init(outputs, right);
    metrics_regression_merge(right, outputs, whole);
    metrics_regression_result(whole, outputs, METRICS_OUTPUTS_RAW, b);
    check(memcmp(a, b, sizeof a) == 0, "merging nothing changes nothing");
    metrics_regression_merge(whole, outputs, whole);
    metrics_regression_result(whole, outputs, METRICS_OUTPUTS_RAW, b);
    same_scores(&b[0].mse, &a[0].mse, SCORES * outputs, 1e-12, "merged with itself");
    free(pred);
    free(target);
}

/* y = 1e9 + small: sums of squares would lose everything. */
static void test_offset(void)
{
    double x[1000], y[1000], moved_x[1000], moved_y[1000], plain, moved;
    metrics_regression_scores a, b;
    size_t k;
    for (k = 0; k < 1000; k++) {
        y[k] = (double)draw_int(&source, 0, 1000) / 1024;
        x[k] = y[k] + (double)draw_int(&source, -50, 50) / 1024;
        moved_x[k] = x[k] + 1073741824.0;
        moved_y[k] = y[k] + 1073741824.0;
    }
    metrics_regression_f64(x, y, NULL, 1000, 1, METRICS_OUTPUTS_RAW, &a);
    metrics_regression_f64(moved_x, moved_y, NULL, 1000, 1, METRICS_OUTPUTS_RAW, &b);
    check(close_to(a.r2, b.r2, 1e-9, 0) && close_to(a.explained_variance, b.explained_variance, 1e-9, 0), "R2 at an offset: %.12g, %.12g", a.r2, b.r2);
    metrics_pearson_f64(x, y, NULL, 1000, &plain);
    metrics_pearson_f64(moved_x, moved_y, NULL, 1000, &moved);
    check(close_to(plain, moved, 1e-9, 0) && plain == a.pearson, "Pearson at an offset: %.12g, %.12g", plain, moved);
}

static metrics_regression_scores of(const double *p, const double *t, const double *w, size_t n)
{
    metrics_regression_scores s;
    check(metrics_regression_f64(p, t, w, n, 1, METRICS_OUTPUTS_RAW, &s) == METRICS_OK, "scores");
    return s;
}

static void test_undefined(void)
{
    const double p[3] = {1, 2, 3}, constant[3] = {0.1, 0.1, 0.1}, shifted[3] = {0.6, 0.6, 0.6};
    const double poison[3] = {1, NAN, 3}, weight[3] = {1, 0, 2}, none[3] = {0, 0, 0}, repeated[3] = {1, 3, 3};
    double many[700];
    metrics_regression_scores s = of(NULL, NULL, NULL, 0), t;
    size_t k;
    check(isnan(s.mse) && isnan(s.mae) && isnan(s.bias) && isnan(s.max_error) && isnan(s.r2) && isnan(s.explained_variance)
          && isnan(s.pearson) && isnan(s.concordance) && isnan(s.mape) && isnan(s.wape), "nothing is NaN");
    s = of(p, p, none, 3);
    check(isnan(s.mse) && isnan(s.r2) && isnan(s.max_error), "weights all 0 are nothing");
    s = of(p, constant, NULL, 1);
    check(close_to(s.mse, 0.81, 1e-15, 0) && isnan(s.r2) && s.explained_variance == 1 && isnan(s.pearson), "one item");
    s = of(constant, constant, NULL, 3);
    check(s.r2 == 1 && s.explained_variance == 1 && isnan(s.pearson) && isnan(s.concordance) && s.mse == 0, "exact and constant");
    s = of(shifted, constant, NULL, 3);
    check(s.r2 == 0 && s.explained_variance == 1 && s.bias == 0.5, "constant off by a constant");
    s = of(p, constant, NULL, 3);
    check(s.r2 == 0 && s.explained_variance == 0, "constant target");
    for (k = 0; k < 700; k++) many[k] = 0.1;
    s = of(many, many, NULL, 700);
    check(s.r2 == 1 && isnan(s.pearson), "0.1, 700 times, is constant");
    s = of(poison, p, NULL, 3);
    check(isnan(s.mse) && isnan(s.max_error) && isnan(s.r2) && isnan(s.pearson), "NaN goes through");
    s = of(poison, p, weight, 3);
    t = of(repeated, repeated, NULL, 3);
    check(s.mse == 0 && s.r2 == 1 && s.pearson == t.pearson, "an item of weight 0 does not count");
    s = of(p, none, NULL, 3);
    check(isnan(s.wape) && s.mape > 1e15, "targets 0");
    check(metrics_regression_f64(p, p, NULL, 3, 1, 3, &s) == METRICS_ERROR_OPTION
          && metrics_regression_f64(p, p, NULL, 3, 1, -1, &s) == METRICS_ERROR_OPTION
          && metrics_regression_result(NULL, 1, 0, &s) == METRICS_ERROR_NULL
          && metrics_regression_init(1, NULL) == METRICS_ERROR_NULL
          && metrics_regression_merge(NULL, 1, NULL) == METRICS_ERROR_NULL, "errors");
}

int main(void)
{
    source.seed = 5;
    test_golden();
    test_merge();
    test_offset();
    test_undefined();
    engine_close();
    return engine_failed != 0;
}
