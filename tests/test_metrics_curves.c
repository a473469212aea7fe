/* ROC and precision-recall curves, their areas, operating points, binned areas. */
#include "engine.h"
#include "metrics.h"
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define GOLDEN_NAN NAN
#define GOLDEN_INF INFINITY
#include "golden/metrics_curves.inc"

#define MOST 2000
static char room[1 << 20];

static uint64_t state = 11;
static uint32_t draw_number(uint32_t below)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((state >> 33) % below);
}

static void same(const char *what, int k, double got, double expected)
{
    check(close_to(got, expected, 1e-12, 1e-14), "%s, case %d: %.17g, expected %.17g", what, k, got, expected);
}

static void all_same(const char *what, int k, const double *got, const double *expected, size_t n)
{
    size_t i, bad = n;
    for (i = 0; i < n && bad == n; i++) if (!close_to(got[i], expected[i], 1e-12, 1e-14)) bad = i;
    check(bad == n, "%s, case %d [%lu]: %.17g, expected %.17g", what, k, (unsigned long)bad, bad < n ? got[bad] : 0, bad < n ? expected[bad] : 0);
}

static void golden_curve(int k)
{
    static const double max_fpr[3] = {0.1, 0.5, 0.9};
    const curve_case *c = &curve_cases[k];
    const size_t n = (size_t)c->n;
    const float *w = c->plain ? NULL : c->weight;
    double x[MOST], y[MOST], t[MOST], wide[MOST], wide_weight[MOST], v;
    float narrow[MOST];
    size_t i, count;
    int drop;
    for (i = 0; i < n; i++) {
        wide[i] = c->scores[i];
        wide_weight[i] = c->weight[i];
    }
    metrics_roc_auc_f32(c->scores, c->labels, w, n, room, sizeof room, &v);
    same("area", k, v, c->numbers[0]);
    metrics_roc_auc_f64(wide, c->labels, wide_weight, n, room, sizeof room, &v);
    same("area of doubles", k, v, c->numbers[0]);
    for (i = 0; i < 3; i++) {
        metrics_roc_auc_partial_f32(c->scores, c->labels, w, n, max_fpr[i], room, sizeof room, &v);
        same("partial area", k, v, c->numbers[1 + i]);
    }
    metrics_roc_auc_partial_f32(c->scores, c->labels, w, n, 1, room, sizeof room, &v);
    same("partial area, whole", k, v, c->numbers[0]);
    metrics_average_precision_f32(c->scores, c->labels, w, n, room, sizeof room, &v);
    same("average precision", k, v, c->numbers[4]);
    metrics_average_precision_f64(wide, c->labels, wide_weight, n, room, sizeof room, &v);
    same("average precision of doubles", k, v, c->numbers[4]);
    for (drop = 0; drop < 2; drop++) {
        metrics_roc_curve_f64(wide, c->labels, c->plain ? NULL : wide_weight, n, drop, room, sizeof room, x, y, t, &count);
        check(count == (size_t)c->numbers[5 + drop], "ROC curve, case %d, drop %d: %lu points, expected %g", k, drop, (unsigned long)count, c->numbers[5 + drop]);
        all_same("false positive rates", k, x, c->curves[3 * drop], (size_t)c->numbers[5 + drop]);
        all_same("true positive rates", k, y, c->curves[3 * drop + 1], (size_t)c->numbers[5 + drop]);
        all_same("thresholds", k, t + 1, c->curves[3 * drop + 2] + 1, (size_t)c->numbers[5 + drop] - 1);
        check(isinf(t[0]) && t[0] > 0, "the first threshold is %g", t[0]);
    }
    metrics_pr_curve_f32(c->scores, c->labels, w, n, room, sizeof room, x, y, narrow, &count);
    check(count == (size_t)c->numbers[7], "precision-recall curve, case %d: %lu thresholds", k, (unsigned long)count);
    for (i = 0; i < count; i++) t[i] = narrow[i];
    all_same("precision", k, x, c->curves[6], count + 1);
    all_same("recall", k, y, c->curves[7], count + 1);
    all_same("thresholds", k, t, c->curves[8], count);
}

static void golden_several(int k)
{
    static const int averages[3] = {METRICS_AVERAGE_MICRO, METRICS_AVERAGE_MACRO, METRICS_AVERAGE_WEIGHTED};
    const multi_case *c = &multi_cases[k];
    const size_t n = (size_t)c->n, classes = (size_t)c->classes;
    const float *w = c->plain ? NULL : c->weight;
    const double *expected = c->numbers;
    double v[16];
    int a;
    metrics_roc_auc_multiclass_f32(c->prob, c->labels, w, n, classes, METRICS_ONE_VS_REST, METRICS_AVERAGE_NONE, room, sizeof room, v);
    all_same("one against the rest", k, v, expected, classes);
    expected += classes;
    for (a = 0; a < 3; a++) {
        metrics_roc_auc_multiclass_f32(c->prob, c->labels, w, n, classes, METRICS_ONE_VS_REST, averages[a], room, sizeof room, v);
        same("one against the rest", k, v[0], *expected++);
    }
    for (a = 1; a < 3; a++) {
        metrics_roc_auc_multiclass_f32(c->prob, c->labels, NULL, n, classes, METRICS_ONE_VS_ONE, averages[a], room, sizeof room, v);
        same("one against one", k, v[0], *expected++);
    }
    for (a = 0; a < 3; a++) {
        metrics_roc_auc_multilabel_f32(c->prob, c->bits, w, n, classes, averages[a], room, sizeof room, v);
        same("areas of labels", k, v[0], *expected++);
        metrics_average_precision_multilabel_f32(c->prob, c->bits, w, n, classes, averages[a], room, sizeof room, v);
        same("average precision of labels", k, v[0], *expected++);
    }
}

typedef struct {
    float scores[MOST], weight[MOST];
    double wide[MOST], wide_weight[MOST];
    uint8_t labels[MOST];
    size_t n;
} sample;

/* Scores of few or many levels, both signs, NaN where asked for. */
static void draw_sample(sample *s, size_t n, uint32_t levels, int nans)
{
    size_t i;
    s->n = n;
    for (i = 0; i < n; i++) {
        s->labels[i] = draw_number(3) == 0;
        s->scores[i] = ((float)draw_number(levels) + (float)(levels / 5 * s->labels[i])) / 64 - 3;
        if (nans && draw_number(10) == 0) s->scores[i] = NAN;
        s->weight[i] = (float)draw_number(9) / 4;
        s->wide[i] = s->scores[i];
        s->wide_weight[i] = s->weight[i];
    }
}

/* The chance that a positive beats a negative, pair by pair. */
static double pairs(const sample *s, int weighted)
{
    double won = 0, all = 0;
    size_t i, j;
    for (i = 0; i < s->n; i++)
        for (j = 0; j < s->n; j++) {
            const float a = isnan(s->scores[i]) ? -INFINITY : s->scores[i], b = isnan(s->scores[j]) ? -INFINITY : s->scores[j];
            const double w = weighted ? s->wide_weight[i] * s->wide_weight[j] : 1;
            if (!s->labels[i] || s->labels[j]) continue;
            all += w;
            won += w * (a > b ? 1 : a == b ? 0.5 : 0);
        }
    return won / all;
}

static void by_pairs(void)
{
    static sample s;
    static const uint32_t levels[4] = {2, 20, 300, 1000000};
    double v;
    int k;
    for (k = 0; k < 24; k++) {
        draw_sample(&s, 30 + 40 * (size_t)k, levels[k % 4], k % 3 == 0);
        metrics_roc_auc_f32(s.scores, s.labels, NULL, s.n, room, sizeof room, &v);
        same("area against pairs", k, v, pairs(&s, 0));
        metrics_roc_auc_f64(s.wide, s.labels, s.wide_weight, s.n, room, sizeof room, &v);
        same("weighted area against pairs", k, v, pairs(&s, 1));
    }
}

/* Another order of the samples gives the same bits; so does any monotone map. */
static void permuted(void)
{
    static sample s, t;
    double a, b;
    size_t i;
    draw_sample(&s, 700, 200, 1);
    t = s;
    for (i = 0; i < s.n; i++) {
        const size_t j = i * 341 % 700;
        t.scores[j] = s.scores[i];
        t.wide[j] = exp(s.wide[i]);
        t.labels[j] = s.labels[i];
        t.weight[j] = s.weight[i];
        t.wide_weight[j] = s.wide_weight[i];
    }
    metrics_roc_auc_f32(s.scores, s.labels, s.weight, s.n, room, sizeof room, &a);
    metrics_roc_auc_f32(t.scores, t.labels, t.weight, t.n, room, sizeof room, &b);
    check(a == b, "area of permuted samples: %.17g, %.17g", a, b);
    metrics_roc_auc_f64(t.wide, t.labels, t.wide_weight, t.n, room, sizeof room, &b);
    check(a == b, "area of mapped scores: %.17g, %.17g", a, b);
    metrics_average_precision_f32(s.scores, s.labels, NULL, s.n, room, sizeof room, &a);
    metrics_average_precision_f32(t.scores, t.labels, NULL, t.n, room, sizeof room, &b);
    check(a == b, "average precision of permuted samples: %.17g, %.17g", a, b);
}

/* One class, nothing, samples without weight. */
static void undefined(void)
{
    static const float scores[4] = {1, 2, 3, 3}, weight[4] = {0, 0, 1, 1};
    static const uint8_t ones[4] = {1, 1, 1, 1}, zeros[4] = {0, 0, 0, 0}, mixed[4] = {0, 0, 1, 1}, two[1] = {2};
    static const int32_t classes[4] = {0, 0, 2, 2};
    static const float rows[12] = {3, 0, 1, 2, 0, 1, 1, 0, 3, 1, 0, 2};
    metrics_operating_points points;
    double v, x[5], y[5], each[3];
    float t[5];
    size_t count;
    metrics_roc_auc_f32(scores, ones, NULL, 4, room, sizeof room, &v);
    check(isnan(v), "area of positives alone: %g", v);
    metrics_roc_auc_f32(scores, mixed, weight, 4, room, sizeof room, &v);
    check(isnan(v), "area where all negatives weigh 0: %g", v);
    metrics_roc_auc_partial_f32(scores, zeros, NULL, 4, 0.5, room, sizeof room, &v);
    check(isnan(v), "partial area of negatives alone: %g", v);
    metrics_average_precision_f32(scores, zeros, NULL, 4, room, sizeof room, &v);
    check(isnan(v), "average precision without positives: %g", v);
    metrics_average_precision_f32(scores, ones, NULL, 4, room, sizeof room, &v);
    check(v == 1, "average precision of positives alone: %g", v);
    metrics_roc_curve_f32(scores, ones, NULL, 4, 0, room, sizeof room, x, y, t, &count);
    check(count == 4 && isnan(x[0]) && isnan(x[3]) && y[0] == 0 && y[3] == 1, "ROC curve of positives alone");
    metrics_pr_curve_f32(scores, zeros, NULL, 4, room, sizeof room, x, y, t, &count);
    check(count == 3 && x[0] == 0 && y[0] == 1 && x[3] == 1 && y[3] == 0 && t[0] == 1 && t[2] == 3, "precision-recall curve of negatives alone");
    metrics_roc_curve_f32(NULL, NULL, NULL, 0, 1, room, sizeof room, x, y, t, &count);
    check(count == 0, "ROC curve of nothing has %lu points", (unsigned long)count);
    metrics_pr_curve_f32(NULL, NULL, NULL, 0, room, sizeof room, x, y, t, &count);
    check(count == 0 && x[0] == 1 && y[0] == 0, "precision-recall curve of nothing");
    metrics_operating_points_of_f32(scores, ones, NULL, 4, 1, 0.1, 0.9, 0.5, room, sizeof room, &points);
    check(isnan(points.eer) && isnan(points.recall_at_precision_threshold), "operating points of positives alone");
    metrics_roc_auc_multiclass_f32(rows, classes, NULL, 4, 3, METRICS_ONE_VS_REST, METRICS_AVERAGE_NONE, room, sizeof room, each);
    check(each[0] == 0.875 + 0.125 && isnan(each[1]) && each[2] == 1, "areas with an absent class: %g %g %g", each[0], each[1], each[2]);
    metrics_roc_auc_multiclass_f32(rows, classes, NULL, 4, 3, METRICS_ONE_VS_ONE, METRICS_AVERAGE_MACRO, room, sizeof room, &v);
    check(v == 1, "one against one with an absent class: %g", v);
    check(metrics_roc_auc_multiclass_f32(rows, classes, NULL, 4, 3, METRICS_ONE_VS_ONE, METRICS_AVERAGE_MICRO, room, sizeof room, &v) == METRICS_ERROR_OPTION,
          "one against one, micro");
    check(metrics_roc_auc_multiclass_f32(rows, classes, NULL, 4, 2, METRICS_ONE_VS_REST, METRICS_AVERAGE_MACRO, room, sizeof room, &v) == METRICS_ERROR_LABEL,
          "class 2 of 2");
    check(metrics_roc_auc_f32(scores, two, NULL, 1, room, sizeof room, &v) == METRICS_ERROR_LABEL, "label 2");
    check(metrics_roc_auc_f32(scores, ones, NULL, 4, room, metrics_roc_auc_scratch(4) - 1, &v) == METRICS_ERROR_SCRATCH, "scratch");
    check(metrics_roc_auc_scratch(SIZE_MAX) == SIZE_MAX, "scratch of SIZE_MAX");
    each[0] = each[1] = each[2] = 0;
    check(metrics_roc_auc_multilabel_f32(NULL, NULL, NULL, 0, 3, METRICS_AVERAGE_NONE, room, sizeof room, each) == METRICS_OK
          && isnan(each[0]) && isnan(each[2]), "labels without samples may be NULL");
}

/* The operating points again, by trying all thresholds. */
static void operating_points(void)
{
    static sample s;
    metrics_operating_points points;
    double p, f, best_f, ks, tpr_at, fpr_at, precision_at, recall_at, tp, fp, positives, negatives, t_f, before, after;
    size_t i, j;
    int k;
    for (k = 0; k < 12; k++) {
        draw_sample(&s, 20 + 9 * (size_t)k, k % 2 ? 1000 : 40, 0);
        metrics_operating_points_of_f32(s.scores, s.labels, s.weight, s.n, 2, 0.2, 0.8, 0.5, room, sizeof room, &points);
        for (positives = negatives = 0, i = 0; i < s.n; i++) {
            if (s.labels[i]) positives += s.wide_weight[i];
            else negatives += s.wide_weight[i];
        }
        best_f = ks = tpr_at = precision_at = recall_at = t_f = 0;
        fpr_at = 1;
        before = 0;
        after = 1;
        for (i = 0; i < s.n; i++) {
            if (s.weight[i] == 0) continue;
            for (tp = fp = 0, j = 0; j < s.n; j++) {
                if (s.scores[j] < s.scores[i]) continue;
                if (s.labels[j]) tp += s.wide_weight[j];
                else fp += s.wide_weight[j];
            }
            f = 5 * tp / (5 * tp + 4 * (positives - tp) + fp);
            if (f > best_f || (f == best_f && s.wide[i] > t_f)) {
                best_f = f;
                t_f = s.wide[i];
            }
            p = tp / (tp + fp);
            if (tp / positives - fp / negatives > ks) ks = tp / positives - fp / negatives;
            if (fp / negatives <= 0.2 && tp / positives > tpr_at) tpr_at = tp / positives;
            if (tp / positives >= 0.8 && fp / negatives < fpr_at) fpr_at = fp / negatives;
            if (tp / positives >= 0.8 && p > precision_at) precision_at = p;
            if (p >= 0.5 && tp / positives > recall_at) recall_at = tp / positives;
            if (fp / negatives < 1 - tp / positives && fp / negatives > before) before = fp / negatives;
            if (fp / negatives >= 1 - tp / positives && fp / negatives < after) after = fp / negatives;
        }
        same("largest F2", k, points.best_f, best_f);
        same("its threshold", k, points.best_f_threshold, t_f);
        same("KS", k, points.ks, ks);
        same("tpr at fpr", k, points.tpr_at_fpr, tpr_at);
        same("fpr at tpr", k, points.fpr_at_tpr, fpr_at);
        same("precision at recall", k, points.precision_at_recall, precision_at);
        same("recall at precision", k, points.recall_at_precision, recall_at);
        check(points.eer >= before && points.eer <= after, "eer %g is not between %g and %g", points.eer, before, after);
    }
    {
        static const double scores[8] = {8, 7, 6, 5, 4, 3, 2, 1};
        static const uint8_t labels[8] = {1, 1, 0, 1, 0, 1, 0, 0};
        metrics_operating_points_of_f64(scores, labels, NULL, 8, 1, 0, 1, 1, room, sizeof room, &points);
        check(points.eer == 0.25 && points.eer_threshold == 5, "eer %g at %g", points.eer, points.eer_threshold);
        check(points.tpr_at_fpr == 0.5 && points.tpr_at_fpr_threshold == 7 && points.fpr_at_tpr == 0.5, "tpr at fpr 0: %g", points.tpr_at_fpr);
        check(points.recall_at_precision == 0.5 && points.ks == 0.5 && points.ks_threshold == 7, "recall at precision 1: %g", points.recall_at_precision);
    }
}

/* The exact area is within the stated error of the binned one, the exact average
   precision between its bounds; shards merge to the whole. */
static void binned(void)
{
    static sample s;
    static double whole[2 * 4096], part[2 * 4096];
    static const size_t bin_count[4] = {1, 16, 256, 4096};
    double exact, auc, error, low, middle, high;
    size_t cut, i;
    int k, binning;
    for (k = 0; k < 16; k++) {
        const size_t bins = bin_count[k % 4];
        draw_sample(&s, 1000, k % 3 ? 1000000 : 64, 0);
        for (i = 0; i < s.n; i++) s.wide[i] = s.scores[i] = 1 / (1 + expf(-s.scores[i] / 4000));
        for (binning = 0; binning < 2; binning++) {
            cut = draw_number(1000);
            metrics_binned_init(bins, whole);
            metrics_binned_init(bins, part);
            metrics_binned_update_f32(s.scores, s.labels, NULL, cut, bins, binning, whole);
            metrics_binned_update_f64(s.wide + cut, s.labels + cut, NULL, s.n - cut, bins, binning, part);
            metrics_binned_merge(part, bins, whole);
            metrics_binned_init(bins, part);
            metrics_binned_update_f64(s.wide, s.labels, NULL, s.n, bins, binning, part);
            check(memcmp(whole, part, 2 * bins * sizeof *whole) == 0, "binned shards do not merge to the whole");
            metrics_binned_roc_auc(whole, bins, &auc, &error);
            metrics_roc_auc_f32(s.scores, s.labels, NULL, s.n, room, sizeof room, &exact);
            check(fabs(auc - exact) <= error + 1e-15, "%lu bins: area %g, exact %g, error %g", (unsigned long)bins, auc, exact, error);
            check(bins > 1 || (auc == 0.5 && error == 0.5), "one bin: %g, %g", auc, error);
            check(bins < 4096 || k % 3 == 0 || error < 0.5 * (binning ? 1 : 0.01), "4096 bins: error %g", error);
            metrics_binned_average_precision(whole, bins, &low, &middle, &high);
            metrics_average_precision_f32(s.scores, s.labels, NULL, s.n, room, sizeof room, &exact);
            check(low <= middle && middle <= high && low > 0 && high <= 1, "average precision %g <= %g <= %g", low, middle, high);
            check(exact >= low - 1e-13 && exact <= high + 1e-13, "average precision %g is not within %g, %g", exact, low, high);
        }
    }
    metrics_binned_init(4, whole);
    metrics_binned_roc_auc(whole, 4, &auc, &error);
    metrics_binned_average_precision(whole, 4, &low, &middle, &high);
    check(isnan(auc) && isnan(error) && isnan(low) && isnan(high), "binned area of nothing");
}

/* The bins of floats keep the order of all numbers; doubles beyond float's range too. */
static void float_bins(void)
{
    static const double order[12] = {NAN, -INFINITY, -1e300, -1e30, -1, -1e-30, 0, 1e-30, 0.5, 1, 1e30, INFINITY};
    static double bins[2 * 65536];
    static const uint8_t label[1] = {1};
    size_t i, k, last = 0, at;
    for (i = 0; i < 12; i++) {
        metrics_binned_init(65536, bins);
        metrics_binned_update_f64(order + i, label, NULL, 1, 65536, METRICS_BINS_FLOAT, bins);
        for (at = k = 0; k < 65536; k++) if (bins[2 * k + 1] != 0) at = k;
        check(i ? at >= last : at == 0, "%g is in bin %lu, below %lu", order[i], (unsigned long)at, (unsigned long)last);
        check(at > last || i < 3 || i == 11, "%g shares bin %lu with %g", order[i], (unsigned long)at, order[i ? i - 1 : 0]);
        last = at;
    }
}

/* Each function takes scratch of the size its companion says, and no less. */
#define TAKES_ITS_SCRATCH(function, size, arguments) do { \
        given = (size); \
        check(function arguments == METRICS_OK, #function " with its scratch"); \
        given--; \
        check(function arguments == METRICS_ERROR_SCRATCH, #function " with less"); \
    } while (0)
static void scratch_sizes(void)
{
    enum { N = 37, LABELS = 3 };
    sample s;
    double score[N * LABELS], x[N + 2], y[N + 2], at[N + 2], values[LABELS];
    uint8_t label[N * LABELS];
    metrics_operating_points points;
    size_t given, count, k;
    draw_sample(&s, N, 9, 0);
    for (k = 0; k < N * LABELS; k++) {
        score[k] = s.scores[k % N];
        label[k] = s.labels[k % N];
    }
    TAKES_ITS_SCRATCH(metrics_roc_auc_f64, metrics_roc_auc_scratch(N), (score, label, NULL, N, room, given, x));
    TAKES_ITS_SCRATCH(metrics_roc_auc_partial_f64, metrics_roc_auc_partial_scratch(N), (score, label, NULL, N, 0.5, room, given, x));
    TAKES_ITS_SCRATCH(metrics_roc_curve_f64, metrics_roc_curve_scratch(N), (score, label, NULL, N, 1, room, given, x, y, at, &count));
    TAKES_ITS_SCRATCH(metrics_pr_curve_f64, metrics_pr_curve_scratch(N), (score, label, NULL, N, room, given, x, y, at, &count));
    TAKES_ITS_SCRATCH(metrics_average_precision_f64, metrics_average_precision_scratch(N), (score, label, NULL, N, room, given, x));
    TAKES_ITS_SCRATCH(metrics_operating_points_of_f64, metrics_operating_points_of_scratch(N),
                      (score, label, NULL, N, 1, 0.1, 0.9, 0.5, room, given, &points));
    TAKES_ITS_SCRATCH(metrics_average_precision_multilabel_f64,
                      metrics_average_precision_multilabel_scratch(N, LABELS, METRICS_AVERAGE_MACRO),
                      (score, label, NULL, N, LABELS, METRICS_AVERAGE_MACRO, room, given, values));
}

int main(void)
{
    int k;
    for (k = 0; k < (int)(sizeof curve_cases / sizeof curve_cases[0]); k++) golden_curve(k);
    for (k = 0; k < (int)(sizeof multi_cases / sizeof multi_cases[0]); k++) golden_several(k);
    by_pairs();
    permuted();
    undefined();
    operating_points();
    binned();
    float_bins();
    scratch_sizes();
    engine_close();
    return engine_failed != 0;
}
