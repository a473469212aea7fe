/* Bootstrap: intervals against NumPy and SciPy, draws that are what they say, coverage. */
#include "engine.h"
#include "metrics.h"
#include "golden/metrics_bootstrap.inc"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static double room[8000];

static void test_golden(void)
{
    static const double confidences[2] = {0.9, 0.95};
    const double *expect = golden_expect;
    double low, high, error;
    int k, method;
    for (k = 0; k < 2; k++) {
        for (method = 0; method < 4; method++, expect += 2) {
            const int how = method > 2 ? 2 : method;
            check(metrics_bootstrap_interval(golden_values, golden_count, golden_estimate, method == 3 ? NULL : golden_jackknife,
                                             method == 3 ? 0 : golden_jackknife_count, confidences[k], how,
                                             room, sizeof room, &low, &high, &error) == METRICS_OK, "interval");
            check(close_to(low, expect[0], 1e-10, 0) && close_to(high, expect[1], 1e-10, 0), "method %d at %g: %.12g %.12g, not %.12g %.12g",
                  method, confidences[k], low, high, expect[0], expect[1]);
            check(close_to(error, golden_error, 1e-12, 0), "standard error");
        }
    }
}

static void test_draws(void)
{
    enum { n = 1000 };
    static uint32_t index[n], again[n];
    static double weight[n], counts[n];
    static float single[n];
    double sum = 0, squares = 0, distinct = 0, zeros = 0;
    size_t k;
    uint64_t replicate;
    for (replicate = 0; replicate < 50; replicate++) {
        memset(counts, 0, sizeof counts);
        metrics_bootstrap_indices(99, replicate, n, index);
        metrics_bootstrap_indices(99, replicate, n, again);
        check(memcmp(index, again, sizeof index) == 0, "the same draws again");
        for (k = 0; k < n; k++) if (index[k] < n) counts[index[k]] += 1;
        metrics_bootstrap_weights_f64(99, replicate, n, METRICS_BOOTSTRAP_MULTINOMIAL, weight);
        metrics_bootstrap_weights_f32(99, replicate, n, METRICS_BOOTSTRAP_MULTINOMIAL, single);
        check(memcmp(counts, weight, sizeof counts) == 0, "weights count the indices");
        for (k = 0; k < n; k++) {
            if ((double)single[k] != weight[k]) check(0, "float weights");
            distinct += weight[k] > 0;
        }
        metrics_bootstrap_weights_f64(99, replicate, n, METRICS_BOOTSTRAP_POISSON, weight);
        for (k = 0; k < n; k++) {
            sum += weight[k];
            squares += weight[k] * weight[k];
            zeros += weight[k] == 0;
        }
    }
    metrics_bootstrap_indices(99, 1, n, index);
    metrics_bootstrap_indices(99, 2, n, again);
    check(memcmp(index, again, sizeof index) != 0, "another replicate");
    metrics_bootstrap_indices(98, 2, n, index);
    check(memcmp(index, again, sizeof index) != 0, "another seed");
    check(fabs(distinct / 50000 - 0.63212) < 0.005, "share of items drawn: %g", distinct / 50000);
    check(fabs(sum / 50000 - 1) < 0.02 && fabs(squares / 50000 - 2) < 0.06 && fabs(zeros / 50000 - 0.36788) < 0.01, "Poisson of mean 1");
    check(metrics_bootstrap_weights_f64(1, 1, 3, 2, weight) == METRICS_ERROR_OPTION
          && metrics_bootstrap_weights_f64(1, 1, 3, -1, weight) == METRICS_ERROR_OPTION
          && metrics_bootstrap_weights_f64(1, 1, 0, 0, NULL) == METRICS_OK && metrics_bootstrap_indices(1, 1, 0, NULL) == METRICS_OK, "options");
}

/* Of 200 data sets, the 90 % interval of the mean holds the true mean about 180 times. */
static void test_coverage(void)
{
    static double data[60], zero[60], weight[60], values[300];
    call source;
    int set, b, inside = 0;
    size_t k;
    memset(&source, 0, sizeof source);
    for (set = 0; set < 200; set++) {
        metrics_regression_scores s;
        double low, high;
        for (k = 0; k < 60; k++) data[k] = draw_normal(&source);
        for (b = 0; b < 300; b++) {
            metrics_bootstrap_weights_f64((uint64_t)set, (uint64_t)b, 60, set % 2, weight);
            metrics_regression_f64(data, zero, weight, 60, 1, METRICS_OUTPUTS_RAW, &s);
            values[b] = s.bias;
        }
        metrics_regression_f64(data, zero, NULL, 60, 1, METRICS_OUTPUTS_RAW, &s);
        metrics_bootstrap_interval(values, 300, s.bias, NULL, 0, 0.9, set % 3, room, sizeof room, &low, &high, NULL);
        check(low < high && low < s.bias && s.bias < high, "an interval around the estimate");
        inside += low <= 0 && high >= 0;
    }
    check(inside > 162 && inside < 194, "the mean is inside %d of 200 times", inside);
}

/* Poisson weights, one accumulator per replicate, fed a batch at a time. */
static void test_stream(void)
{
    enum { batches = 4, n = 250, replicates = 200 };
    static metrics_regression state[replicates];
    static double pred[n], target[n], weight[n], values[replicates];
    call source;
    metrics_regression whole;
    metrics_regression_scores s;
    double low, high;
    uint64_t batch, b;
    size_t k;
    memset(&source, 0, sizeof source);
    metrics_regression_init(replicates, state);
    metrics_regression_init(1, &whole);
    for (batch = 0; batch < batches; batch++) {
        for (k = 0; k < n; k++) {
            target[k] = draw_normal(&source);
            pred[k] = target[k] + draw_normal(&source);
        }
        metrics_regression_update_f64(pred, target, NULL, n, 1, &whole);
        for (b = 0; b < replicates; b++) {
            metrics_bootstrap_weights_f64(40 + batch, b, n, METRICS_BOOTSTRAP_POISSON, weight);
            metrics_regression_update_f64(pred, target, weight, n, 1, &state[b]);
        }
    }
    for (b = 0; b < replicates; b++) {
        metrics_regression_result(&state[b], 1, METRICS_OUTPUTS_RAW, &s);
        values[b] = s.pearson;
    }
    metrics_regression_result(&whole, 1, METRICS_OUTPUTS_RAW, &s);
    metrics_bootstrap_interval(values, replicates, s.pearson, NULL, 0, 0.99, METRICS_BOOTSTRAP_BCA, room, sizeof room, &low, &high, NULL);
    check(low < 0.70710678 && high > 0.70710678 && high - low < 0.15, "correlation %g in %g .. %g", s.pearson, low, high);
}

/* The example of the manual: a confusion matrix per replicate, batches of a stream. */
static void test_confusion(void)
{
    enum { batches = 3, n = 200, replicates = 200, classes = 3 };
    static double matrices[replicates][classes * classes], whole[classes * classes], values[replicates];
    static float weight[n];
    static int32_t labels[n], pred[n];
    call source;
    double accuracy, low, high, error;
    int batch, b, k;
    memset(&source, 0, sizeof source);
    source.seed = 4;
    metrics_confusion_init(classes, whole);
    for (b = 0; b < replicates; b++) metrics_confusion_init(classes, matrices[b]);
    for (batch = 0; batch < batches; batch++) {
        for (k = 0; k < n; k++) {
            labels[k] = draw_int(&source, 0, classes);
            pred[k] = draw_int(&source, 0, 10) < 7 ? labels[k] : (labels[k] + 1) % classes;
        }
        metrics_confusion_update_f32(labels, pred, NULL, n, classes, METRICS_IGNORE_NONE, whole);
        for (b = 0; b < replicates; b++) {
            metrics_bootstrap_weights_f32((uint64_t)(60 + batch), (uint64_t)b, n, METRICS_BOOTSTRAP_POISSON, weight);
            metrics_confusion_update_f32(labels, pred, weight, n, classes, METRICS_IGNORE_NONE, matrices[b]);
        }
    }
    for (b = 0; b < replicates; b++) metrics_accuracy(matrices[b], classes, &values[b]);
    metrics_accuracy(whole, classes, &accuracy);
    metrics_bootstrap_interval(values, replicates, accuracy, NULL, 0, 0.95, METRICS_BOOTSTRAP_PERCENTILE, room, sizeof room, &low, &high, &error);
    check(low < accuracy && accuracy < high, "accuracy %g in %g .. %g", accuracy, low, high);
    check(close_to(error, sqrt(accuracy * (1 - accuracy) / (batches * n)), 0.2, 0), "standard error %g, binomial %g", error,
          sqrt(accuracy * (1 - accuracy) / (batches * n)));
}

static void test_hard(void)
{
    const double three[3] = {1, 2, 3}, poison[3] = {1, NAN, 3};
    double low = 5, high = 5, error = 5;
    int method;
    for (method = 0; method < 3; method++) {
        check(metrics_bootstrap_interval(NULL, 0, 1, NULL, 0, 0.9, method, room, sizeof room, &low, &high, &error) == METRICS_OK
              && isnan(low) && isnan(high) && isnan(error), "no values");
        check(metrics_bootstrap_interval(poison, 3, 1, NULL, 0, 0.9, method, room, sizeof room, &low, &high, &error) == METRICS_OK
              && isnan(low) && isnan(high) && isnan(error), "a NaN value");
    }
    metrics_bootstrap_interval(three, 1, 1, NULL, 0, 0.9, METRICS_BOOTSTRAP_PERCENTILE, room, sizeof room, &low, &high, &error);
    check(low == 1 && high == 1 && isnan(error), "one value");
    metrics_bootstrap_interval(three, 3, 9, NULL, 0, 0.9, METRICS_BOOTSTRAP_BCA, room, sizeof room, &low, &high, &error);
    check(isnan(low) && isnan(high) && error == 1, "all values below the estimate");
    metrics_bootstrap_interval(three, 3, 2, three, 1, 0.5, METRICS_BOOTSTRAP_BCA, room, sizeof room, &low, &high, &error);
    check(close_to(low, 1.5, 1e-12, 0) && close_to(high, 2.5, 1e-12, 0), "symmetric: %.17g %.17g", low, high);
    check(metrics_bootstrap_interval(three, 3, 2, NULL, 0, 0.9, 3, room, sizeof room, &low, &high, &error) == METRICS_ERROR_OPTION
          && metrics_bootstrap_interval(three, 3, 2, NULL, 2, 0.9, 2, room, sizeof room, &low, &high, &error) == METRICS_ERROR_NULL, "errors");
}

int main(void)
{
    test_golden();
    test_draws();
    test_coverage();
    test_stream();
    test_confusion();
    test_hard();
    engine_close();
    return engine_failed != 0;
}
