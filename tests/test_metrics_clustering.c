/* Clustering scores: scikit-learn's values, names of labels, silhouettes from all distances. */
#include "engine.h"
#include "metrics.h"
#include "golden/metrics_clustering.inc"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static call source;

static metrics_clustering_scores compare(const int32_t *a, const int32_t *b, size_t n, double beta, int mean)
{
    const size_t size = metrics_clustering_scratch(n);
    void *scratch = malloc(size);
    metrics_clustering_scores s;
    check(metrics_clustering(a, b, n, beta, mean, scratch, size, &s) == METRICS_OK, "clustering");
    free(scratch);
    return s;
}

static void test_golden(void)
{
    size_t start = 0;
    int k, mean;
    for (k = 0; k < golden_cases; k++) {
        const size_t n = (size_t)golden_sizes[k];
        const int32_t *a = golden_a + start, *b = golden_b + start;
        const double *expect = golden_expect + k * golden_columns;
        metrics_clustering_scores s = compare(a, b, n, 1, METRICS_NMI_ARITHMETIC);
        check(close_to(s.rand, expect[0], 1e-13, 0), "rand %d: %.17g, not %.17g", k, s.rand, expect[0]);
        check(close_to(s.adjusted_rand, expect[1], 1e-12, 1e-14), "adjusted rand %d: %.17g, not %.17g", k, s.adjusted_rand, expect[1]);
        check(close_to(s.fowlkes_mallows, expect[2], 1e-13, 0), "Fowlkes-Mallows %d: %.17g, not %.17g", k, s.fowlkes_mallows, expect[2]);
        for (mean = 0; mean < 4; mean++)
            check(close_to(compare(a, b, n, 1, mean).nmi, expect[3 + mean], 1e-12, 1e-14), "NMI %d, mean %d: %.17g, not %.17g", k, mean,
                  compare(a, b, n, 1, mean).nmi, expect[3 + mean]);
        check(close_to(s.homogeneity, expect[7], 1e-12, 1e-14) && close_to(s.completeness, expect[8], 1e-12, 1e-14), "homogeneity, completeness %d", k);
        check(close_to(s.v_measure, expect[9], 1e-12, 1e-14), "V %d: %.17g, not %.17g", k, s.v_measure, expect[9]);
        check(close_to(compare(a, b, n, 2.5, 0).v_measure, expect[10], 1e-12, 1e-14), "V of beta 2.5, %d", k);
        check(close_to(s.mutual_information, expect[11], 1e-12, 1e-14), "mutual information %d: %.17g, not %.17g", k, s.mutual_information, expect[11]);
        start += n;
    }
}

/* Other names, another order of the items, both labellings swapped. */
static void test_names(void)
{
    enum { n = 500 };
    int32_t a[n], b[n], c[n], d[n];
    metrics_clustering_scores s, t;
    size_t k;
    int round;
    for (round = 0; round < 20; round++) {
        for (k = 0; k < n; k++) {
            a[k] = draw_int(&source, 0, 6);
            b[k] = draw_int(&source, 0, 3) ? a[k] / 2 : draw_int(&source, 0, 9);
            c[n - 1 - k] = INT32_MIN + 1000 * a[k];
            d[n - 1 - k] = INT32_MAX - b[k];
        }
        s = compare(a, b, n, 1, round % 4);
        t = compare(c, d, n, 1, round % 4);
        check(close_to(s.adjusted_rand, t.adjusted_rand, 1e-14, 0) && close_to(s.nmi, t.nmi, 1e-13, 0)
              && close_to(s.v_measure, t.v_measure, 1e-13, 0), "names and order do not matter");
        t = compare(b, a, n, 1, round % 4);
        check(close_to(s.adjusted_rand, t.adjusted_rand, 1e-14, 0) && close_to(s.nmi, t.nmi, 1e-13, 0)
              && close_to(s.homogeneity, t.completeness, 1e-13, 0), "swapped");
        t = compare(a, c, n, 1, 0);
        check(t.nmi < 0.1 || round, "unrelated");
        t = compare(c, c, n, 1, round % 4);
        check(t.adjusted_rand == 1 && close_to(t.nmi, 1, 1e-14, 0) && t.nmi <= 1 && t.v_measure <= 1 && t.rand == 1, "the same");
    }
}

/* All n^2 distances. */
static double naive(const double *x, const int32_t *labels, size_t n, size_t d, size_t i, int squared)
{
    double sum[8] = {0}, count[8] = {0}, a, b = HUGE_VAL, distance;
    size_t j, k;
    for (j = 0; j < n; j++) {
        for (distance = 0, k = 0; k < d; k++) distance += (x[i * d + k] - x[j * d + k]) * (x[i * d + k] - x[j * d + k]);
        sum[labels[j]] += squared ? distance : sqrt(distance);
        count[labels[j]] += 1;
    }
    if (count[labels[i]] == 1) return 0;
    a = sum[labels[i]] / (count[labels[i]] - 1);
    for (k = 0; k < 8; k++)
        if (count[k] > 0 && (int32_t)k != labels[i] && sum[k] / count[k] < b) b = sum[k] / count[k];
    return a == b ? 0 : (b - a) / (a > b ? a : b);
}

static void test_silhouette(void)
{
    const size_t size = metrics_silhouette_scratch_f64(300, 20, 8);
    void *scratch = malloc(size);
    double mean, samples[300], each[300];
    float single[golden_n * golden_d];
    size_t k;
    int squared, round;
    for (squared = 0; squared < 2; squared++) {
        const double *expect = squared ? golden_squared : golden_euclidean;
        double sum = 0;
        check(metrics_silhouette_f64(golden_data, golden_labels, golden_n, golden_d, golden_k, squared, scratch, size, &mean, samples) == METRICS_OK, "silhouette");
        for (k = 0; k < golden_n; k++) {
            check(close_to(samples[k], expect[k], 1e-11, 1e-12), "silhouette %d: %.17g, not %.17g", (int)k, samples[k], expect[k]);
            sum += samples[k];
        }
        check(close_to(mean, sum / golden_n, 1e-13, 0), "mean silhouette");
        for (k = 0; k < golden_n * golden_d; k++) single[k] = (float)golden_data[k];
        metrics_silhouette_f32(single, golden_labels, golden_n, golden_d, golden_k, squared, scratch, size, &mean, samples);
        for (k = 0; k < golden_n; k++) check(close_to(samples[k], expect[k], 1e-5, 1e-6), "silhouette of floats %d", (int)k);
    }
    for (round = 0; round < 12; round++) {
        const size_t n = (size_t)draw_int(&source, 2, 100), d = (size_t)draw_int(&source, 1, 20);
        double x[2000];
        int32_t labels[100];
        squared = round % 2;
        for (k = 0; k < n * d; k++) x[k] = draw_normal(&source) + (round % 3 ? 0 : 1e4);
        for (k = 0; k < n; k++) labels[k] = k < 2 ? (int32_t)k : draw_int(&source, 0, 6);
        for (k = 0; round % 4 == 3 && k < n * d; k++) x[k] = floor(x[k]);
        metrics_silhouette_f64(x, labels, n, d, 8, squared, scratch, size, &mean, samples);
        for (k = 0; k < n; k++) {
            each[k] = naive(x, labels, n, d, k, squared);
            check(close_to(samples[k], each[k], 1e-9, 1e-10), "silhouette %d of %d: %.17g, not %.17g", (int)k, (int)n, samples[k], each[k]);
        }
    }
    free(scratch);
}

static void test_hard(void)
{
    const double x[4] = {1, 2, 3, 4}, same[4] = {5, 5, 5, 5}, poison[4] = {1, 2, NAN, 4};
    const int32_t one[4] = {2, 2, 2, 2}, apart[4] = {0, 1, 2, 3}, two[4] = {0, 0, 1, 1}, bad[4] = {0, 1, 4, 0}, below[4] = {0, -1, 0, 1};
    double room[300], mean = -7, samples[4];
    int squared;
    for (squared = 0; squared < 2; squared++) {
        check(metrics_silhouette_f64(x, one, 4, 1, 4, squared, room, sizeof room, &mean, samples) == METRICS_OK && isnan(mean) && isnan(samples[3]), "one cluster");
        check(metrics_silhouette_f64(x, apart, 4, 1, 4, squared, room, sizeof room, &mean, samples) == METRICS_OK && mean == 0, "all apart");
        check(metrics_silhouette_f64(same, two, 4, 1, 4, squared, room, sizeof room, &mean, samples) == METRICS_OK && mean == 0, "all at one place");
        check(metrics_silhouette_f64(poison, two, 4, 1, 4, squared, room, sizeof room, &mean, samples) == METRICS_OK && isnan(mean) && isnan(samples[2]), "NaN in the data");
        check(metrics_silhouette_f64(NULL, NULL, 0, 0, 1, squared, room, sizeof room, &mean, samples) == METRICS_OK && isnan(mean), "no items");
    }
    check(metrics_silhouette_f64(x, bad, 4, 1, 4, 0, room, sizeof room, &mean, samples) == METRICS_ERROR_LABEL
          && metrics_silhouette_f64(x, below, 4, 1, 4, 0, room, sizeof room, &mean, samples) == METRICS_ERROR_LABEL
          && metrics_silhouette_f64(x, two, 4, 1, 0, 0, room, sizeof room, &mean, samples) == METRICS_ERROR_SIZE
          && metrics_silhouette_f64(x, two, 4, 0, 4, 0, room, sizeof room, &mean, samples) == METRICS_ERROR_SIZE
          && metrics_silhouette_f64(x, two, 4, 1, 4, 2, room, sizeof room, &mean, samples) == METRICS_ERROR_OPTION, "errors");
    check(metrics_clustering(one, two, 4, 1, 4, room, sizeof room, NULL) == METRICS_ERROR_OPTION
          && metrics_clustering(one, two, 4, -1, 0, room, sizeof room, NULL) == METRICS_ERROR_PARAMETER, "errors");
}

int main(void)
{
    source.seed = 31;
    test_golden();
    test_names();
    test_silhouette();
    test_hard();
    engine_close();
    return engine_failed != 0;
}
