/* Log loss, Brier score, top-k accuracy, calibration errors. */
#include "engine.h"
#include "metrics.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_NAN NAN
#define GOLDEN_INF INFINITY
#include "golden/metrics_probability.inc"

static char room[1 << 20];

static uint64_t state = 3;
static uint32_t draw_number(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static void same(const char *what, int k, double got, double expected)
{
    check(close_to(got, expected, 2e-12, 1e-14), "%s, case %d: %.17g, expected %.17g", what, k, got, expected);
}

static void golden_binary(int k)
{
    static const double eps[3] = {1e-7, 1e-15, 0.01};
    static const size_t bin_count[2] = {10, 16};
    const binary_case *c = &binary_cases[k];
    const size_t n = (size_t)c->n, cut = n / 4;
    const float *w = c->plain ? NULL : c->weight;
    const double *expected = c->numbers;
    double wide[512], wide_weight[512], bins[48], part[48], v;
    metrics_mean mean, other;
    size_t i;
    int b, norm;
    for (i = 0; i < n; i++) {
        wide[i] = c->prob[i];
        wide_weight[i] = c->weight[i];
    }
    for (b = 0; b < 3; b++) {
        metrics_log_loss_binary_f32(c->prob, c->labels, w, n, eps[b], &v);
        same("log loss", k, v, *expected);
        metrics_log_loss_binary_f64(wide, c->labels, wide_weight, n, eps[b], &v);
        same("log loss of doubles", k, v, *expected++);
    }
    metrics_log_loss_binary_logits_f32(c->logits, c->labels, w, n, &v);
    same("log loss of logits", k, v, *expected++);
    metrics_mean_init(&mean);
    metrics_mean_init(&other);
    metrics_brier_binary_update_f32(c->prob, c->labels, w, cut, &mean);
    metrics_brier_binary_update_f32(c->prob + cut, c->labels + cut, w ? w + cut : NULL, n - cut, &other);
    metrics_mean_merge(&other, &mean);
    metrics_mean_result(&mean, &v);
    same("Brier score", k, v, *expected);
    metrics_brier_binary_f64(wide, c->labels, wide_weight, n, &v);
    same("Brier score of doubles", k, v, *expected++);
    for (b = 0; b < 2; b++) {
        metrics_calibration_init(bin_count[b], bins);
        metrics_calibration_init(bin_count[b], part);
        metrics_calibration_update_f32(c->prob, c->labels, w, cut, bin_count[b], METRICS_EDGES_RIGHT, part);
        metrics_calibration_update_f32(c->prob + cut, c->labels + cut, w ? w + cut : NULL, n - cut, bin_count[b], METRICS_EDGES_RIGHT, bins);
        metrics_calibration_merge(part, bin_count[b], bins);
        for (norm = 0; norm < 4; norm++) {
            metrics_calibration_error(bins, bin_count[b], norm, &v);
            same("calibration error", k, v, *expected++);
        }
    }
    for (norm = 0; norm < 4; norm++, expected++) {
        if (isnan(*expected)) continue;
        metrics_calibration_error_equal_mass_f32(c->distinct, c->labels, NULL, n, 8, norm, room, sizeof room, &v);
        same("calibration error, equal mass", k, v, *expected);
    }
    metrics_ks_calibration_error_f32(c->prob, c->labels, w, n, room, sizeof room, &v);
    same("KS calibration error", k, v, *expected);
}

static void golden_classes(int k)
{
    const class_case *c = &class_cases[k];
    const size_t n = (size_t)c->n, classes = (size_t)c->classes;
    const float *w = c->plain ? NULL : c->weight;
    const double *expected = c->numbers;
    double wide[4096], v;
    size_t i;
    for (i = 0; i < n * classes; i++) wide[i] = c->logits[i];
    metrics_log_loss_f32(c->prob, c->labels, w, n, classes, 1e-7, METRICS_IGNORE_NONE, &v);
    same("log loss of classes", k, v, *expected++);
    metrics_log_loss_f32(c->prob, c->labels, w, n, classes, 0.01, METRICS_IGNORE_NONE, &v);
    same("log loss of classes", k, v, *expected++);
    metrics_log_loss_logits_f32(c->logits, c->labels, w, n, classes, METRICS_IGNORE_NONE, &v);
    check(close_to(v, *expected, 1e-6, 1e-7), "log loss of logits, case %d: %.17g, expected %.17g", k, v, *expected);
    if (c->plain) {
        metrics_log_loss_logits_f64(wide, c->labels, NULL, n, classes, METRICS_IGNORE_NONE, &v);
        same("log loss of double logits", k, v, *expected);
    }
    expected++;
    metrics_brier_f32(c->prob, c->labels, w, n, classes, METRICS_IGNORE_NONE, &v);
    same("Brier score of classes", k, v, *expected++);
    for (i = 1; i <= 3; i++) {
        metrics_top_k_accuracy_f32(c->scores, c->labels, w, n, classes, i, METRICS_TIES_LAST, METRICS_IGNORE_NONE, &v);
        same("top k", k, v, *expected++);
    }
}

/* The tie rules on a row where class 1 ties with 0 and 3 behind class 2. */
static void ties(void)
{
    static const float scores[5] = {1, 1, 7, 1, 0}, with_nan[4] = {NAN, 2, NAN, 1};
    static const int32_t one[1] = {1}, zero[1] = {0};
    static const double expected[5][4] = {{0, 0, 1, 1}, {0, 0, 1, 1}, {0, 1, 1, 1}, {0, 0, 0, 1}, {0, 1.0 / 3, 2.0 / 3, 1}};
    double v;
    int rule;
    size_t k;
    for (rule = 0; rule < 5; rule++)
        for (k = 1; k <= 4; k++) {
            metrics_top_k_accuracy_f32(scores, one, NULL, 1, 5, k, rule, METRICS_IGNORE_NONE, &v);
            check(close_to(v, expected[rule][k - 1], 1e-15, 0), "ties %d, k %lu: %g", rule, (unsigned long)k, v);
        }
    metrics_top_k_accuracy_f32(with_nan, zero, NULL, 1, 4, 2, METRICS_TIES_OPTIMISTIC, METRICS_IGNORE_NONE, &v);
    check(v == 0, "a NaN is among the top 2 of two numbers");
    metrics_top_k_accuracy_f32(with_nan, zero, NULL, 1, 4, 3, METRICS_TIES_FIRST, METRICS_IGNORE_NONE, &v);
    check(v == 1, "the first NaN is not third");
    metrics_top_k_accuracy_f32(with_nan, zero, NULL, 1, 4, 3, METRICS_TIES_LAST, METRICS_IGNORE_NONE, &v);
    check(v == 0, "the first NaN is third where the last comes first");
    check(metrics_top_k_accuracy_f32(scores, one, NULL, 1, 5, 0, 0, METRICS_IGNORE_NONE, &v) == METRICS_ERROR_SIZE
          && metrics_top_k_accuracy_f32(scores, one, NULL, 1, 5, 6, 0, METRICS_IGNORE_NONE, &v) == METRICS_ERROR_SIZE
          && metrics_top_k_accuracy_f32(scores, one, NULL, 1, 5, 1, 5, METRICS_IGNORE_NONE, &v) == METRICS_ERROR_OPTION, "bad k, bad rule");
}

/* Bin edges belong to one bin, 0 and 1 to the first and the last. */
static void edges(void)
{
    static const float conf[7] = {0, 0.25f, 0.5f, 0.75f, 1, -3, 8};
    static const uint8_t correct[7] = {0, 1, 0, 1, 1, 0, 1};
    static const double right[4] = {3, 1, 1, 2}, left[4] = {2, 1, 1, 3};
    double bins[12], conf_mean[4], accuracy[4], share[4];
    float tenths[11];
    uint8_t none[11] = {0};
    double ten[30];
    int b;
    metrics_calibration_init(4, bins);
    metrics_calibration_update_f32(conf, correct, NULL, 7, 4, METRICS_EDGES_RIGHT, bins);
    for (b = 0; b < 4; b++) check(bins[3 * b] == right[b], "right edges: bin %d has %g", b, bins[3 * b]);
    metrics_calibration_curve(bins, 4, conf_mean, accuracy, share);
    check(conf_mean[1] == 0.5 && accuracy[1] == 0 && close_to(share[0], 3.0 / 7, 1e-15, 0), "reliability");
    metrics_calibration_init(4, bins);
    metrics_calibration_update_f32(conf, correct, NULL, 7, 4, METRICS_EDGES_LEFT, bins);
    for (b = 0; b < 4; b++) check(bins[3 * b] == left[b], "left edges: bin %d has %g", b, bins[3 * b]);
    metrics_calibration_init(4, bins);
    metrics_calibration_curve(bins, 4, conf_mean, accuracy, share);
    check(isnan(conf_mean[2]) && isnan(accuracy[2]) && share[2] == 0, "an empty bin");
    metrics_calibration_error(bins, 4, 0, conf_mean);
    check(isnan(conf_mean[0]), "calibration error of nothing is %g", conf_mean[0]);
    for (b = 0; b < 11; b++) tenths[b] = (float)b / 10;
    metrics_calibration_init(10, ten);
    metrics_calibration_update_f32(tenths, none, NULL, 11, 10, METRICS_EDGES_LEFT, ten);
    for (b = 0; b < 10; b++) {
        int i, expected = 0;
        for (i = 0; i < 11; i++) expected += (double)tenths[i] >= (double)b / 10 && ((double)tenths[i] < (double)(b + 1) / 10 || b == 9);
        check(ten[3 * b] == expected, "tenths: bin %d has %g, not %d", b, ten[3 * b], expected);
    }
}

/* Confidence and hit of rows: the same as by hand. */
static void calibration_of_rows(void)
{
    float prob[300 * 5], conf[300];
    int32_t labels[300];
    uint8_t correct[300];
    double a[30], b[30];
    size_t i, k, m = 0, best;
    for (i = 0; i < 300; i++) {
        labels[i] = (int32_t)draw_number(6) - 1;
        for (k = 0; k < 5; k++) prob[5 * i + k] = (float)draw_number(17) / 16;
        for (best = 0, k = 1; k < 5; k++) if (prob[5 * i + k] > prob[5 * i + best]) best = k;
        if (labels[i] < 0) continue;
        conf[m] = prob[5 * i + best];
        correct[m++] = best == (size_t)labels[i];
    }
    metrics_calibration_init(10, a);
    metrics_calibration_init(10, b);
    check(metrics_calibration_update_scores_f32(prob, labels, NULL, 300, 5, -1, 10, METRICS_EDGES_RIGHT, a) == 0, "rows");
    metrics_calibration_update_f32(conf, correct, NULL, m, 10, METRICS_EDGES_RIGHT, b);
    check(memcmp(a, b, sizeof a) == 0, "calibration of rows differs from that of confidences");
}

/* Equal mass: neither the order of samples nor splitting their weights matters. */
static void equal_mass(void)
{
    static const double tied[2] = {0.5, 0.5};
    static const uint8_t half[2] = {0, 1};
    double conf[200], weight[200], twice[400], half_weight[400], a, b;
    uint8_t correct[200], correct_twice[400];
    int norm;
    size_t i;
    for (i = 0; i < 200; i++) {
        conf[i] = (double)draw_number(30) / 32;
        weight[i] = (double)draw_number(5) / 2;
        correct[i] = (uint8_t)draw_number(2);
        twice[i] = twice[399 - i] = conf[i];
        correct_twice[i] = correct_twice[399 - i] = correct[i];
        half_weight[i] = half_weight[399 - i] = weight[i] / 2;
    }
    for (norm = 0; norm < 4; norm++) {
        metrics_calibration_error_equal_mass_f64(conf, correct, weight, 200, 9, norm, room, sizeof room, &a);
        metrics_calibration_error_equal_mass_f64(twice, correct_twice, half_weight, 400, 9, norm, room, sizeof room, &b);
        check(close_to(a, b, 1e-12, 1e-14), "equal mass, norm %d: %.17g, doubled %.17g", norm, a, b);
    }
    metrics_calibration_error_equal_mass_f64(tied, half, NULL, 2, 2, METRICS_CALIBRATION_MAX, room, sizeof room, &a);
    check(a == 0, "two equal confidences of 1/2, one right: %g", a);
    metrics_calibration_error_equal_mass_f64(NULL, NULL, NULL, 0, 2, METRICS_CALIBRATION_L1, room, sizeof room, &a);
    check(isnan(a), "equal mass of nothing is %g", a);
    metrics_ks_calibration_error_f64(NULL, NULL, NULL, 0, room, sizeof room, &a);
    check(isnan(a), "KS calibration error of nothing is %g", a);
    conf[7] = NAN;
    weight[7] = 1;
    metrics_ks_calibration_error_f64(conf, correct, weight, 200, room, sizeof room, &a);
    metrics_calibration_error_equal_mass_f64(conf, correct, weight, 200, 9, METRICS_CALIBRATION_MAX, room, sizeof room, &b);
    check(isnan(a) && isnan(b), "a NaN confidence gives %g, %g", a, b);
    check(metrics_calibration_error_equal_mass_scratch(SIZE_MAX) == SIZE_MAX, "scratch of SIZE_MAX");
}

/* Extremes: infinite logits, clipped certainty, nothing. */
static void extremes(void)
{
    static const double logits[6] = {800, -800, 0, -INFINITY, 1, -INFINITY}, prob[2] = {0, 1};
    static const int32_t labels[3] = {1, 0, 0}, second[3] = {2, 2, 2};
    static const uint8_t wrong[2] = {1, 0}, right[2] = {0, 1};
    static const double zero_weight[2] = {0, 0};
    double v;
    metrics_log_loss_logits_f64(logits, labels, NULL, 1, 2, METRICS_IGNORE_NONE, &v);
    check(v == 1600, "logits 800, -800: %g", v);
    metrics_log_loss_logits_f64(logits + 2, labels + 1, NULL, 2, 2, METRICS_IGNORE_NONE, &v);
    check(v == 0, "logits 0, -inf: %g", v);
    check(metrics_log_loss_logits_f64(logits, second, NULL, 3, 2, METRICS_IGNORE_NONE, &v) == METRICS_ERROR_LABEL, "label 2 of 2");
    metrics_log_loss_logits_f64(logits, second, NULL, 3, 2, 2, &v);
    check(isnan(v), "all ignored: %g", v);
    metrics_log_loss_binary_f64(prob, wrong, NULL, 2, 1e-15, &v);
    check(close_to(v, 34.538776394910684, 1e-3, 0), "certain and wrong: %.17g", v);
    metrics_log_loss_binary_f64(prob, wrong, NULL, 2, 0, &v);
    check(isinf(v), "certain and wrong without clip: %g", v);
    metrics_log_loss_binary_f64(prob, right, NULL, 2, 0, &v);
    check(v == 0, "certain and right: %g", v);
    metrics_log_loss_binary_f64(prob, right, zero_weight, 2, 0, &v);
    check(isnan(v), "weights 0: %g", v);
    metrics_brier_binary_f64(NULL, NULL, NULL, 0, &v);
    check(isnan(v), "Brier score of nothing: %g", v);
    metrics_log_loss_binary_logits_f64(logits, wrong, NULL, 2, &v);
    check(v == 0, "logits 800 right, -800 right: %g", v);
}

int main(void)
{
    int k;
    for (k = 0; k < (int)(sizeof binary_cases / sizeof binary_cases[0]); k++) golden_binary(k);
    for (k = 0; k < (int)(sizeof class_cases / sizeof class_cases[0]); k++) golden_classes(k);
    ties();
    edges();
    calibration_of_rows();
    equal_mass();
    extremes();
    engine_close();
    return engine_failed != 0;
}
