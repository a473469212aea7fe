/* Confusion matrices, the rates read off them, multi-label counts, running means. */
#include "engine.h"
#include "metrics.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_NAN NAN
#define GOLDEN_INF INFINITY
#include "golden/metrics_confusion.inc"

#define LIMIT 4096

static uint64_t state = 7;
static uint32_t draw_number(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static void same(const char *what, int k, double got, double expected)
{
    check(close_to(got, expected, 1e-12, 1e-13), "%s, case %d: %.17g, expected %.17g", what, k, got, expected);
}

static void all_same(const char *what, int k, const double *got, const double *expected, int n)
{
    int i, bad = -1;
    for (i = 0; i < n && bad < 0; i++) if (!close_to(got[i], expected[i], 1e-12, 1e-13)) bad = i;
    check(bad < 0, "%s, case %d [%d]: %.17g, expected %.17g", what, k, bad, bad < 0 ? 0 : got[bad], bad < 0 ? 0 : expected[bad]);
}

/* The matrix of a case, counted by both types and in two parts that are merged. */
static void count_case(int k, double *m)
{
    const confusion_case *c = &confusion_cases[k];
    const size_t classes = (size_t)c->classes, n = (size_t)c->n, cut = n / 3;
    double part[LIMIT], wide[600];
    const float *w = c->plain ? NULL : c->weight;
    size_t i;
    for (i = 0; i < n; i++) wide[i] = c->weight[i];
    check(metrics_confusion_init(classes, m) == 0, "init");
    check(metrics_confusion_update_f32(c->labels, c->pred, w, n, classes, METRICS_IGNORE_NONE, m) == 0, "update");
    all_same("confusion matrix", k, m, c->matrix, c->classes * c->classes);
    metrics_confusion_init(classes, m);
    metrics_confusion_update_f64(c->labels, c->pred, wide, n, classes, METRICS_IGNORE_NONE, m);
    all_same("confusion matrix, double weights", k, m, c->matrix, c->classes * c->classes);
    metrics_confusion_init(classes, m);
    metrics_confusion_init(classes, part);
    metrics_confusion_update_f32(c->labels, c->pred, w, cut, classes, METRICS_IGNORE_NONE, m);
    metrics_confusion_update_f32(c->labels + cut, c->pred + cut, w ? w + cut : NULL, n - cut, classes, METRICS_IGNORE_NONE, part);
    check(metrics_confusion_merge(part, classes, m) == 0, "merge");
    all_same("confusion matrix, merged", k, m, c->matrix, c->classes * c->classes);
}

static void golden_rates(int k, const double *m)
{
    static const int averages[3] = {METRICS_AVERAGE_MICRO, METRICS_AVERAGE_MACRO, METRICS_AVERAGE_WEIGHTED};
    static const double betas[3] = {0.5, 1, 2};
    const confusion_case *c = &confusion_cases[k];
    const size_t n = (size_t)c->classes;
    const double *expected = c->rates;
    double v;
    int zero, a, b;
    for (zero = 0; zero < 2; zero++)
        for (a = 0; a < 3; a++) {
            metrics_precision(m, n, averages[a], zero, &v);
            same("precision", k, v, *expected++);
            metrics_recall(m, n, averages[a], zero, &v);
            same("recall", k, v, *expected++);
            for (b = 0; b < 3; b++) {
                metrics_f_beta(m, n, betas[b], averages[a], zero, &v);
                same("f_beta", k, v, *expected++);
            }
            metrics_jaccard(m, n, averages[a], zero, &v);
            same("jaccard", k, v, *expected++);
        }
    for (expected = c->others, a = 0; a < 3; a++) {
        metrics_specificity(m, n, averages[a], 0, &v);
        same("specificity", k, v, *expected++);
        metrics_negative_predictive_value(m, n, averages[a], 0, &v);
        same("negative predictive value", k, v, *expected++);
        metrics_false_positive_rate(m, n, averages[a], 0, &v);
        same("false positive rate", k, v, *expected++);
        metrics_false_negative_rate(m, n, averages[a], 0, &v);
        same("false negative rate", k, v, *expected++);
    }
}

static void golden_confusion(int k)
{
    const confusion_case *c = &confusion_cases[k];
    const size_t n = (size_t)c->classes;
    double m[LIMIT], out[LIMIT], v;
    int i;
    count_case(k, m);
    metrics_accuracy(m, n, &v);
    same("accuracy", k, v, c->numbers[0]);
    metrics_balanced_accuracy(m, n, 0, &v);
    same("balanced accuracy", k, v, c->numbers[1]);
    metrics_balanced_accuracy(m, n, 1, &v);
    same("adjusted balanced accuracy", k, v, c->numbers[2]);
    metrics_matthews(m, n, METRICS_ZERO_DIVISION_0, &v);
    same("matthews", k, v, c->numbers[3]);
    for (i = 0; i < 3; i++) {
        metrics_cohen_kappa(m, n, i, METRICS_ZERO_DIVISION_NAN, &v);
        same("kappa", k, v, c->numbers[4 + i]);
        metrics_confusion_normalize(m, n, i, out);
        all_same("normalized", k, out, c->normalized + i * c->classes * c->classes, c->classes * c->classes);
    }
    golden_rates(k, m);
    metrics_precision(m, n, METRICS_AVERAGE_NONE, 1, out);
    metrics_recall(m, n, METRICS_AVERAGE_NONE, 1, out + n);
    metrics_f_beta(m, n, 1, METRICS_AVERAGE_NONE, 1, out + 2 * n);
    metrics_jaccard(m, n, METRICS_AVERAGE_NONE, 1, out + 3 * n);
    all_same("per class", k, out, c->each, 4 * c->classes);
    metrics_confusion_one_vs_rest(m, n, out);
    all_same("one against the rest", k, out, c->one_vs_rest, 4 * c->classes);
    if (n == 2) {
        metrics_precision(m, n, METRICS_AVERAGE_BINARY, 1, &v);
        same("binary precision", k, v, c->each[1]);
    }
}

static void golden_multilabel(int k)
{
    static const int averages[3] = {METRICS_AVERAGE_MICRO, METRICS_AVERAGE_MACRO, METRICS_AVERAGE_WEIGHTED};
    const multilabel_case *c = &multilabel_cases[k];
    const size_t labels = (size_t)c->label_count, n = (size_t)c->n, cut = n / 2;
    const float *w = c->plain ? NULL : c->weight;
    const double *expected = c->numbers;
    metrics_mean mean[6];
    double m[64], part[64], v;
    uint8_t pred[512];
    int zero, a, i;
    size_t j;
    metrics_multilabel_init(labels, m);
    metrics_multilabel_init(labels, part);
    metrics_multilabel_update_f32(c->scores, c->labels, w, cut, labels, 0.5, METRICS_ABOVE, m);
    metrics_multilabel_update_f32(c->scores + cut * labels, c->labels + cut * labels, w ? w + cut : NULL, n - cut, labels, 0.5, METRICS_ABOVE, part);
    metrics_multilabel_merge(part, labels, m);
    all_same("multi-label matrices", k, m, c->matrices, 4 * c->label_count);
    for (j = 0; j < n * labels; j++) pred[j] = c->scores[j] > 0.5f;
    metrics_multilabel_init(labels, part);
    metrics_multilabel_update_labels_f32(pred, c->labels, w, n, labels, part);
    all_same("multi-label matrices of bits", k, part, m, 4 * c->label_count);
    for (j = 0; j < n * labels; j++) pred[j] = c->scores[j] >= 0.5f;
    metrics_multilabel_init(labels, part);
    metrics_multilabel_update_labels_f32(pred, c->labels, w, n, labels, part);
    {
        double at_least[64];
        metrics_multilabel_init(labels, at_least);
        metrics_multilabel_update_f32(c->scores, c->labels, w, n, labels, 0.5, METRICS_AT_LEAST, at_least);
        all_same("multi-label matrices, at least", k, at_least, part, 4 * c->label_count);
    }
    for (zero = 0; zero < 2; zero++) {
        for (a = 0; a < 3; a++) {
            metrics_multilabel_precision(m, labels, averages[a], zero, &v);
            same("multi-label precision", k, v, *expected++);
            metrics_multilabel_recall(m, labels, averages[a], zero, &v);
            same("multi-label recall", k, v, *expected++);
            metrics_multilabel_f_beta(m, labels, 1, averages[a], zero, &v);
            same("multi-label F1", k, v, *expected++);
            metrics_multilabel_jaccard(m, labels, averages[a], zero, &v);
            same("multi-label Jaccard", k, v, *expected++);
        }
        for (i = 0; i < 6; i++) metrics_mean_init(&mean[i]);
        metrics_multilabel_samples_f32(c->scores, c->labels, w, n, labels, 0.5, METRICS_ABOVE, zero,
                                       &mean[0], &mean[1], &mean[2], &mean[3], &mean[4], &mean[5]);
        for (i = 2; i < 6; i++) {
            metrics_mean_result(&mean[i], &v);
            same("average over samples", k, v, *expected++);
        }
    }
    for (i = 0; i < 2; i++) {
        metrics_mean_result(&mean[i], &v);
        same("exact match, Hamming loss", k, v, *expected++);
    }
}

/* Predictions from scores: the first of the largest, NaN never. */
static void argmax(void)
{
    static const float scores[6][3] = {{1, 2, 3}, {2, 2, 1}, {NAN, -1, -1}, {NAN, NAN, NAN}, {-INFINITY, -INFINITY, -INFINITY}, {0, INFINITY, INFINITY}};
    static const int32_t expected[6] = {2, 0, 1, 0, 0, 1}, labels[6] = {0, 0, 0, 0, 0, 0};
    double m[9], wide[18];
    int i, j;
    for (i = 0; i < 6; i++) {
        metrics_confusion_init(3, m);
        metrics_confusion_update_scores_f32(scores[i], labels, NULL, 1, 3, METRICS_IGNORE_NONE, m);
        check(m[expected[i]] == 1, "argmax of row %d is not %d", i, (int)expected[i]);
    }
    for (i = 0; i < 6; i++) for (j = 0; j < 3; j++) wide[3 * i + j] = scores[i][j];
    metrics_confusion_init(3, m);
    metrics_confusion_update_scores_f64(wide, labels, NULL, 6, 3, METRICS_IGNORE_NONE, m);
    check(m[0] == 3 && m[1] == 2 && m[2] == 1, "argmax of doubles: %g %g %g", m[0], m[1], m[2]);
}

/* Ignored samples leave no trace, whatever their prediction; other labels are errors. */
static void labels_checked(void)
{
    static const int32_t labels[6] = {0, 255, 1, 2, 255, 0}, pred[6] = {0, 9999, 1, 1, -7, 2};
    static const int32_t kept_labels[4] = {0, 1, 2, 0}, kept_pred[4] = {0, 1, 1, 2};
    static const int32_t low[1] = {-1}, high[1] = {3}, zero[1] = {0}, lowest[1] = {INT32_MIN};
    double a[9], b[9];
    metrics_confusion_init(3, a);
    metrics_confusion_init(3, b);
    check(metrics_confusion_update_f32(labels, pred, NULL, 6, 3, 255, a) == METRICS_OK, "label 255 ignored");
    metrics_confusion_update_f32(kept_labels, kept_pred, NULL, 4, 3, METRICS_IGNORE_NONE, b);
    check(memcmp(a, b, sizeof a) == 0, "ignored samples leave a trace");
    check(metrics_confusion_update_f32(labels, pred, NULL, 6, 3, METRICS_IGNORE_NONE, a) == METRICS_ERROR_LABEL, "255 is refused");
    check(metrics_confusion_update_f32(low, zero, NULL, 1, 3, 255, a) == METRICS_ERROR_LABEL, "-1 is refused");
    check(metrics_confusion_update_f32(zero, high, NULL, 1, 3, 255, a) == METRICS_ERROR_LABEL, "prediction 3 is refused");
    check(metrics_confusion_update_f32(lowest, zero, NULL, 1, 3, METRICS_IGNORE_NONE, a) == METRICS_ERROR_LABEL, "INT32_MIN is refused");
    check(memcmp(a, b, sizeof a) == 0, "an error changes the counts");
    check(metrics_confusion_update_f32(zero, zero, NULL, 1, 3, 0, a) == METRICS_OK && memcmp(a, b, sizeof a) == 0, "class 0 ignored");
    check(metrics_confusion_update_f32(NULL, NULL, NULL, 0, 3, 255, a) == METRICS_OK && memcmp(a, b, sizeof a) == 0, "nothing to count");
}

/* What is undefined, and the choices for it. */
static void undefined(void)
{
    static const double empty[9] = {0}, one[9] = {0, 0, 0, 0, 5, 0, 0, 0, 0};
    static const double gap[9] = {2, 1, 0, 1, 0, 0, 0, 0, 0};   /* class 1 without hits, class 2 absent */
    double v, each[3];
    metrics_accuracy(empty, 3, &v);
    check(isnan(v), "accuracy of nothing is %g", v);
    metrics_balanced_accuracy(empty, 3, 0, &v);
    check(isnan(v), "balanced accuracy of nothing is %g", v);
    metrics_balanced_accuracy(one, 3, 1, &v);
    check(isnan(v), "adjusted balanced accuracy of one class is %g", v);
    metrics_matthews(one, 3, METRICS_ZERO_DIVISION_NAN, &v);
    check(isnan(v), "Matthews of one class is %g", v);
    metrics_matthews(one, 3, METRICS_ZERO_DIVISION_1, &v);
    check(v == 1, "Matthews of one class is %g", v);
    metrics_cohen_kappa(one, 3, METRICS_KAPPA_QUADRATIC, METRICS_ZERO_DIVISION_1, &v);
    check(v == 1, "kappa of one class is %g", v);
    metrics_precision(empty, 3, METRICS_AVERAGE_MACRO, METRICS_ZERO_DIVISION_NAN, &v);
    check(isnan(v), "macro precision of nothing is %g", v);
    metrics_precision(empty, 3, METRICS_AVERAGE_WEIGHTED, METRICS_ZERO_DIVISION_1, &v);
    check(v == 1, "weighted precision of nothing is %g", v);
    metrics_f_beta(gap, 3, 1, METRICS_AVERAGE_NONE, METRICS_ZERO_DIVISION_NAN, each);
    check(close_to(each[0], 4.0 / 6, 1e-15, 0) && each[1] == 0 && isnan(each[2]), "F1 %g %g %g", each[0], each[1], each[2]);
    metrics_f_beta(gap, 3, 1, METRICS_AVERAGE_MACRO, METRICS_ZERO_DIVISION_1, &v);
    check(close_to(v, 2.0 / 6, 1e-15, 0), "macro F1 of the classes that occur: %g", v);
    check(metrics_precision(gap, 3, METRICS_AVERAGE_BINARY, 0, &v) == METRICS_ERROR_SIZE, "binary of three classes");
    check(metrics_precision(gap, 3, 5, 0, &v) == METRICS_ERROR_OPTION, "average 5");
    check(metrics_precision(gap, 3, 1, 3, &v) == METRICS_ERROR_OPTION, "zero_division 3");
    check(metrics_precision(gap, 0, 1, 0, &v) == METRICS_ERROR_SIZE, "no class");
    check(metrics_multilabel_precision(gap, 2, METRICS_AVERAGE_BINARY, 0, &v) == METRICS_ERROR_OPTION, "binary of labels");
    check(metrics_confusion_normalize(gap, 3, 0, (double *)(uintptr_t)gap) == METRICS_ERROR_OVERLAP, "normalised in place");
}

/* Weights that sum in any order: exactly 0 where a class has all. */
static void exact_zero(void)
{
    int32_t labels[300], pred[300];
    float weight[300];
    double m[49], v;
    size_t i;
    for (i = 0; i < 300; i++) {
        labels[i] = 4;
        pred[i] = (int32_t)draw_number(7);
        weight[i] = 0.1f + (float)draw_number(1000) / 977;
    }
    metrics_confusion_init(7, m);
    metrics_confusion_update_f32(labels, pred, weight, 300, 7, METRICS_IGNORE_NONE, m);
    metrics_matthews(m, 7, METRICS_ZERO_DIVISION_NAN, &v);
    check(isnan(v), "Matthews with one true class is %g", v);
    metrics_confusion_init(7, m);
    metrics_confusion_update_f32(labels, labels, weight, 300, 7, METRICS_IGNORE_NONE, m);
    for (i = 0; i < 3; i++) {
        metrics_cohen_kappa(m, 7, (int)i, METRICS_ZERO_DIVISION_NAN, &v);
        check(isnan(v), "kappa of one class is %g", v);
    }
}

/* A permutation of classes changes no average; a perfect prediction has 1 everywhere. */
static void permuted(void)
{
    int32_t labels[400], pred[400], turned_labels[400], turned_pred[400];
    double a[36], b[36], x, y;
    int average;
    size_t i;
    for (i = 0; i < 400; i++) {
        labels[i] = (int32_t)draw_number(6);
        pred[i] = draw_number(2) ? labels[i] : (int32_t)draw_number(6);
        turned_labels[i] = (labels[i] * 5 + 2) % 6;
        turned_pred[i] = (pred[i] * 5 + 2) % 6;
    }
    metrics_confusion_init(6, a);
    metrics_confusion_init(6, b);
    metrics_confusion_update_f32(labels, pred, NULL, 400, 6, METRICS_IGNORE_NONE, a);
    metrics_confusion_update_f32(turned_labels, turned_pred, NULL, 400, 6, METRICS_IGNORE_NONE, b);
    for (average = METRICS_AVERAGE_MICRO; average <= METRICS_AVERAGE_WEIGHTED; average++) {
        metrics_f_beta(a, 6, 1, average, 0, &x);
        metrics_f_beta(b, 6, 1, average, 0, &y);
        check(close_to(x, y, 1e-14, 0), "F1 of permuted classes: %.17g, %.17g", x, y);
    }
    metrics_matthews(a, 6, 0, &x);
    metrics_matthews(b, 6, 0, &y);
    check(close_to(x, y, 1e-13, 0), "Matthews of permuted classes: %.17g, %.17g", x, y);
    metrics_confusion_init(6, a);
    metrics_confusion_update_f32(labels, labels, NULL, 400, 6, METRICS_IGNORE_NONE, a);
    metrics_matthews(a, 6, 0, &x);
    metrics_cohen_kappa(a, 6, METRICS_KAPPA_QUADRATIC, 0, &y);
    check(close_to(x, 1, 1e-15, 0) && y == 1, "perfect: Matthews %.17g, kappa %.17g", x, y);
}

/* More samples than the small counters' block of samples would show; the tables of
   few classes and the direct way count alike. */
static void two_ways(void)
{
    static int32_t labels[20000], pred[20000];
    double few[256], many[400];
    size_t i, j, bad = 0;
    for (i = 0; i < 20000; i++) {
        labels[i] = i % 3 ? 5 : (int32_t)draw_number(16);
        pred[i] = (int32_t)draw_number(16);
    }
    metrics_confusion_init(16, few);
    metrics_confusion_init(20, many);
    metrics_confusion_update_f32(labels, pred, NULL, 20000, 16, 3, few);
    metrics_confusion_update_f32(labels, pred, NULL, 20000, 20, 3, many);
    for (i = 0; i < 16; i++) for (j = 0; j < 16; j++) bad += few[16 * i + j] != many[20 * i + j];
    check(bad == 0, "%lu cells differ", (unsigned long)bad);
}

/* The mean of parts is the mean of the whole, in any order of merging. */
static void means(void)
{
    metrics_mean whole, part[7], all;
    double x, y;
    int i;
    metrics_mean_init(&whole);
    metrics_mean_result(&whole, &x);
    check(isnan(x), "the mean of nothing is %g", x);
    for (i = 0; i < 7; i++) metrics_mean_init(&part[i]);
    for (i = 0; i < 3000; i++) {
        const double value = (draw_number(2) ? 1e12 : 1e-6) * (double)draw_number(1000000), weight = 0.1 * (double)draw_number(20);
        metrics_mean_update(value, weight, &whole);
        metrics_mean_update(value, weight, &part[draw_number(7)]);
    }
    metrics_mean_update(NAN, 0, &whole);
    metrics_mean_result(&whole, &x);
    for (i = 0; i < 7; i++) {
        int k;
        metrics_mean_init(&all);
        for (k = 0; k < 7; k++) metrics_mean_merge(&part[(i + 3 * k) % 7], &all);
        metrics_mean_result(&all, &y);
        check(close_to(x, y, 3e-16, 0), "merged in order %d: %.17g, whole %.17g", i, y, x);
    }
    all = whole;
    metrics_mean_merge(&all, &all);
    metrics_mean_result(&all, &y);
    check(close_to(x, y, 3e-16, 0), "merged with itself: %.17g, %.17g", x, y);
    metrics_mean_update(INFINITY, 1, &all);
    metrics_mean_update(1, 1, &all);
    metrics_mean_result(&all, &y);
    check(isinf(y), "the mean with an infinity is %g", y);
    metrics_mean_update(NAN, 1, &all);
    metrics_mean_result(&all, &y);
    check(isnan(y), "the mean with a NaN is %g", y);
    check(metrics_mean_init(NULL) == METRICS_ERROR_NULL && metrics_mean_update(1, 1, NULL) == METRICS_ERROR_NULL
          && metrics_mean_merge(NULL, &all) == METRICS_ERROR_NULL && metrics_mean_merge(&all, NULL) == METRICS_ERROR_NULL
          && metrics_mean_result(NULL, &y) == METRICS_ERROR_NULL && metrics_mean_result(&all, NULL) == METRICS_OK, "NULL means");
}

/* Binary counts: the register path and the weighted one. */
static void binary(void)
{
    float scores[500], ones[500];
    uint8_t labels[500];
    double a[4] = {0, 0, 0, 0}, b[4] = {0, 0, 0, 0};
    size_t i;
    for (i = 0; i < 500; i++) {
        scores[i] = i % 50 ? (float)draw_number(9) / 8 : NAN;
        labels[i] = (uint8_t)draw_number(2);
        ones[i] = 1;
    }
    metrics_confusion_update_binary_f32(scores, labels, NULL, 500, 0.5, METRICS_AT_LEAST, a);
    metrics_confusion_update_binary_f32(scores, labels, ones, 500, 0.5, METRICS_AT_LEAST, b);
    check(memcmp(a, b, sizeof a) == 0 && a[0] + a[1] + a[2] + a[3] == 500, "binary counts");
    metrics_confusion_update_binary_f32(scores, labels, NULL, 500, 0.5, METRICS_ABOVE, b);
    check(b[1] - a[1] < a[1] && b[1] - a[1] + b[3] - a[3] > 0, "above is less than at least");
    labels[499] = 2;
    check(metrics_confusion_update_binary_f32(scores, labels, NULL, 500, 0.5, METRICS_ABOVE, b) == METRICS_ERROR_LABEL, "label 2");
    check(metrics_confusion_update_binary_f32(scores, labels, NULL, 499, 0.5, 2, b) == METRICS_ERROR_OPTION, "rule 2");
}

int main(void)
{
    int k;
    for (k = 0; k < (int)(sizeof confusion_cases / sizeof confusion_cases[0]); k++) golden_confusion(k);
    for (k = 0; k < (int)(sizeof multilabel_cases / sizeof multilabel_cases[0]); k++) golden_multilabel(k);
    argmax();
    labels_checked();
    undefined();
    exact_zero();
    permuted();
    two_ways();
    means();
    binary();
    engine_close();
    return engine_failed != 0;
}
