//@family Curves: ROC and precision-recall curves, their areas, exact and binned

//@api

/* ---- curves -------------------------------------------------------------------------

   A threshold on a score divides samples into positive (score >= threshold) and
   negative; the curves run over all thresholds, every distinct score once, so
   equal scores enter together and the order of the samples does not matter. The
   values are those of scikit-learn 1.2 but where said.

   scores     any numbers, larger for class 1. A NaN is below all numbers, NaNs
              are equal to each other; -0 is 0.
   labels     uint8_t, 0 or 1 (METRICS_ERROR_LABEL else)
   weight     one per sample, NULL: all 1; samples of weight 0 do not count at all
   scratch    of the bytes that the function's _scratch says (METRICS_ERROR_SCRATCH);
              SIZE_MAX where n is more than UINT32_MAX (METRICS_ERROR_SIZE)
   P and N below are the weights of the positive and negative samples, TP and FP
   what of them is at or above a threshold. Time O(n), by radix sort. Errors of all:
   METRICS_ERROR_NULL and those named. */

/* Area under the ROC curve: the chance that a random positive has a larger score
   than a random negative, equal scores counting half,
     sum over pairs w_p w_n ([s_p > s_n] + [s_p = s_n] / 2) / (P N).
   NaN where P or N is 0 (scikit-learn 1.2: an error; torchmetrics 0).
   Source: J. A. Hanley, B. J. McNeil 1982; Mann, Whitney 1947. */
METRICS_DEF int metrics_roc_auc_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                     void *scratch, size_t scratch_size, double *auc);
METRICS_DEF size_t metrics_roc_auc_scratch(size_t n);

/* Partial area under the ROC curve up to the false positive rate max_fpr,
   0 < max_fpr <= 1 (METRICS_ERROR_PARAMETER), standardised by McClish so that
   chance is 1/2 and perfect 1: (1 + (a - l) / (h - l)) / 2 with the area a up to
   max_fpr, l = max_fpr^2 / 2, h = max_fpr. max_fpr = 1 is the plain area.
   Source: D. K. McClish 1989. */
METRICS_DEF int metrics_roc_auc_partial_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                             double max_fpr, void *scratch, size_t scratch_size, double *auc);
METRICS_DEF size_t metrics_roc_auc_partial_scratch(size_t n);

/* The ROC curve from (0, 0) to (1, 1): false positive rates FP / N, true positive
   rates TP / P and the thresholds, descending, the first +infinity (scikit-learn
   1.2 has the largest score + 1 there, from 1.3 on infinity). fpr, tpr, thresholds
   have room for n + 1 values; count receives how many there are, 0 for no samples.
   fpr is NaN throughout where N is 0, tpr where P is 0. drop_intermediate nonzero
   leaves out points in the middle of a straight line that equal steps make, which
   changes no area (scikit-learn's default); the comparison is exact. */
METRICS_DEF int metrics_roc_curve_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                       int drop_intermediate, void *scratch, size_t scratch_size,
                                       double *fpr, double *tpr, REAL *thresholds, size_t *count);
METRICS_DEF size_t metrics_roc_curve_scratch(size_t n);

/* The precision-recall curve: precision TP / (TP + FP) and recall TP / P by
   ascending threshold, and behind the last threshold the point precision 1, recall
   0: precision and recall have room for n + 1 values, thresholds for n. count
   receives the number of thresholds. Precision is 0 where TP + FP is 0, recall 1
   throughout where P is 0. */
METRICS_DEF int metrics_pr_curve_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                      void *scratch, size_t scratch_size,
                                      double *precision, double *recall, REAL *thresholds, size_t *count);
METRICS_DEF size_t metrics_pr_curve_scratch(size_t n);

/* Average precision: sum over thresholds, descending, of (R_i - R_i-1) P_i with
   recall R and precision P; no interpolation. NaN where there is no positive
   (scikit-learn: 0). Not the trapezoid under the curve, which is optimistic. */
METRICS_DEF int metrics_average_precision_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                               void *scratch, size_t scratch_size, double *ap);
METRICS_DEF size_t metrics_average_precision_scratch(size_t n);

/* What one sweep of the thresholds tells about a score, ROC and PR curve alike.
   Where several thresholds do equally well the highest is named. */
typedef struct metrics_operating_points {
    double eer;                  /* equal error rate: where fpr = 1 - tpr, on the straight line between two points */
    double eer_threshold;        /* the first threshold with fpr >= 1 - tpr */
    double ks;                   /* Kolmogorov-Smirnov statistic, Youden's J: the largest tpr - fpr, 0 at least */
    double ks_threshold;         /* +infinity where ks is 0 */
    double best_f;               /* the largest F-beta */
    double best_f_threshold;
    double tpr_at_fpr;           /* the largest tpr with fpr <= the given one; of thresholds, not interpolated */
    double tpr_at_fpr_threshold; /* +infinity where no threshold has it */
    double fpr_at_tpr;           /* the smallest fpr with tpr >= the given one (FPR at 95 % TPR) */
    double fpr_at_tpr_threshold;
    double precision_at_recall;  /* the largest precision with recall >= the given one */
    double precision_at_recall_threshold;
    double recall_at_precision;  /* the largest recall with precision >= the given one, 0 where none has it */
    double recall_at_precision_threshold;  /* +infinity where none has it */
} metrics_operating_points;

/* The operating points for F-beta's beta (0 .. 1e100), a false positive rate, a true
   positive rate (also the recall) and a precision, each in 0 .. 1
   (METRICS_ERROR_PARAMETER). All NaN where P or N is 0. */
METRICS_DEF int metrics_operating_points_of_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                 double beta, double fpr, double tpr, double precision,
                                                 void *scratch, size_t scratch_size, metrics_operating_points *points);
METRICS_DEF size_t metrics_operating_points_of_scratch(size_t n);

/* Several classes as binary tasks. */
enum {
    METRICS_ONE_VS_REST = 0,  /* each class against all others, by its own score */
    METRICS_ONE_VS_ONE = 1    /* each pair of classes, the mean of both classes' scores (Hand and Till) */
};

/* Area under the ROC curve of several classes: scores n x classes, labels 0 ..
   classes - 1 (METRICS_ERROR_LABEL).
   METRICS_ONE_VS_REST: average NONE (values has one area per class), MACRO (their
   mean), WEIGHTED (weighted by the classes' true samples), MICRO (one area of all
   n x classes scores).
   METRICS_ONE_VS_ONE: MACRO (the mean over the pairs: Hand and Till's M) or WEIGHTED
   (weighted by the pairs' true samples).
   An area without positives or without negatives is NaN under NONE, and no
   part of averages; NaN where there is none. scikit-learn refuses such data,
   demands rows that sum to 1, and has no weights for one against one.
   Source: D. J. Hand, R. J. Till 2001. */
METRICS_DEF int metrics_roc_auc_multiclass_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                                size_t classes, int scheme, int average, void *scratch, size_t scratch_size,
                                                double *values);
METRICS_DEF size_t metrics_roc_auc_multiclass_scratch(size_t n, size_t classes, int average);

/* The same for tasks with several labels, scores and labels (0 or 1) n x
   label_count: area under the ROC curve and average precision. average NONE (one
   value per label), MACRO, WEIGHTED (by the labels' positives), MICRO. Labels
   whose value is undefined are NaN under NONE, and no part of averages. */
METRICS_DEF int metrics_roc_auc_multilabel_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                size_t label_count, int average, void *scratch, size_t scratch_size,
                                                double *values);
METRICS_DEF size_t metrics_roc_auc_multilabel_scratch(size_t n, size_t label_count, int average);
METRICS_DEF int metrics_average_precision_multilabel_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                          size_t label_count, int average, void *scratch, size_t scratch_size,
                                                          double *values);
METRICS_DEF size_t metrics_average_precision_multilabel_scratch(size_t n, size_t label_count, int average);

//@once

METRICS_DEF size_t metrics_roc_auc_scratch(size_t n) { return lfn_sorted_room(n); }
METRICS_DEF size_t metrics_roc_auc_partial_scratch(size_t n) { return lfn_sorted_room(n); }
METRICS_DEF size_t metrics_roc_curve_scratch(size_t n) { return lfn_sorted_room(n); }
METRICS_DEF size_t metrics_pr_curve_scratch(size_t n) { return lfn_sorted_room(n); }
METRICS_DEF size_t metrics_average_precision_scratch(size_t n) { return lfn_sorted_room(n); }
METRICS_DEF size_t metrics_operating_points_of_scratch(size_t n) { return lfn_sorted_room(n); }

/* Room for n samples with several scores each: one column, under MICRO all; three
   sums per class. */
LFN_UNUSED static size_t lfn_columns_room(size_t n, size_t columns, int average)
{
    const size_t longest = average == METRICS_AVERAGE_MICRO ? lfn_mul(n, columns) : n;
    return lfn_add(lfn_sorted_room(longest), lfn_piece(lfn_mul(columns, 3), sizeof(double)));
}

METRICS_DEF size_t metrics_roc_auc_multiclass_scratch(size_t n, size_t classes, int average)
{
    return lfn_columns_room(n, classes, average);
}

METRICS_DEF size_t metrics_roc_auc_multilabel_scratch(size_t n, size_t label_count, int average)
{
    return lfn_columns_room(n, label_count, average);
}

METRICS_DEF size_t metrics_average_precision_multilabel_scratch(size_t n, size_t label_count, int average)
{
    return lfn_columns_room(n, label_count, average);
}

/* A mean of values where undefined ones are left out. */
typedef struct {
    double sum, weight;
} lfn_defined_mean;

LFN_UNUSED static void lfn_defined_take(lfn_defined_mean *mean, double value, double weight, int defined)
{
    if (!defined || weight == 0) return;
    mean->sum += weight * value;
    mean->weight += weight;
}

//@shared

/* Scores in descending order, each with its label (without weights) or with the
   index of its sample. */
typedef struct {
    const REAL *keys;
    const uint32_t *carried;
    const uint8_t *labels;   /* of the samples, in steps of `step`; NULL: carried is the label */
    const REAL *weight;      /* of the samples, NULL without weights */
    size_t n, step, per_sample;
} lfn_ranking_REAL;

//@impl

/* Sorts n scores, `step` apart, of nonzero weight. per_sample scores share a weight. */
LFN_FN lfn_ranking_REAL lfn_rank(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n, size_t step,
                                 size_t per_sample, void *scratch)
{
    lfn_ranking_REAL r;
    REAL *keys = (REAL *)lfn_cut(&scratch, n, sizeof(double));
    uint32_t *carried = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    size_t k, m = 0;
    if (weight) {
        for (k = 0; k < n; k++) {
            if (weight[k / per_sample] == 0) continue;
            keys[m] = scores[k * step];
            carried[m++] = (uint32_t)k;
        }
    } else {
        for (k = 0; k < n; k++) {
            keys[k] = scores[k * step];
            carried[k] = labels[k * step];
        }
        m = n;
    }
    if (m) lfn_sort_pairs(keys, carried, m, 1, scratch);
    r.keys = keys;
    r.carried = carried;
    r.labels = weight ? labels : NULL;
    r.weight = weight;
    r.n = m;
    r.step = step;
    r.per_sample = per_sample;
    return r;
}

/* Whether key k has the score of key k - 1. */
LFN_FN int lfn_same_score(const lfn_ranking_REAL *r, size_t k) { return lfn_same_key(r->keys[k], r->keys[k - 1]); }

/* Adds the samples of one score, from *k on, to tp and fp; *k moves on. */
LFN_FN void lfn_next_threshold(const lfn_ranking_REAL *r, size_t *k, double *tp, double *fp)
{
    size_t at = *k, positives = 0;
    double weighted_tp = 0, weighted_fp = 0;
    if (!r->weight) {
        do positives += r->carried[at++]; while (at < r->n && lfn_same_score(r, at));
        *tp += (double)positives;
        *fp += (double)(at - *k - positives);
    } else {
        do {
            const size_t sample = r->carried[at++];
            const double w = (double)r->weight[sample / r->per_sample];
            if (r->labels[sample * r->step]) weighted_tp += w;
            else weighted_fp += w;
        } while (at < r->n && lfn_same_score(r, at));
        *tp += weighted_tp;
        *fp += weighted_fp;
    }
    *k = at;
}

/* The checks of all functions of binary labels. */
LFN_FN int lfn_curve_check(const REAL *scores, const uint8_t *labels, size_t n, const void *scratch, size_t scratch_size)
{
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_bits_valid(labels, n)) return METRICS_ERROR_LABEL;
    return lfn_scratch_holds(scratch, scratch_size, lfn_sorted_room(n)) ? METRICS_OK : METRICS_ERROR_SCRATCH;
}

/* The area: in every step of the curve the trapezoid (fp - fp0) (tp0 + tp) / 2. */
LFN_FN double lfn_area_of(const lfn_ranking_REAL *r)
{
    double tp = 0, fp = 0, area = 0;
    size_t k;
    for (k = 0; k < r->n;) {
        const double tp0 = tp, fp0 = fp;
        lfn_next_threshold(r, &k, &tp, &fp);
        area += (fp - fp0) * (0.5 * (tp0 + tp));
    }
    return lfn_ratio(area, tp * fp, lfn_nan_value());
}

/* Twice the number of pairs of a positive before a negative, equal ranks counting half:
   a whole number below 2^64. Both lists are sorted. */
LFN_FN uint64_t lfn_pairs_in_order(const uint64_t *positives, size_t p, const uint64_t *negatives, size_t n)
{
    uint64_t pairs = 0;
    size_t i = 0, j = 0;
    while (i < p && j < n) {
        const uint64_t a = positives[i], b = negatives[j];
        const size_t before = a < b;
        if (a == b) {
            const size_t first = i, other = j;
            while (i < p && positives[i] == a) i++;
            while (j < n && negatives[j] == a) j++;
            pairs += (uint64_t)(j - other) * ((uint64_t)first + i);
            continue;
        }
        pairs += 2 * (uint64_t)i * (1 - before);
        i += before;
        j += 1 - before;
    }
    return pairs + 2 * (uint64_t)i * (n - j);
}

/* The area without weights: the ranks of the positives go to the front of an array,
   those of the negatives to its end, and both are sorted. */
LFN_FN double lfn_area_of_ranks(const REAL *scores, const uint8_t *labels, size_t n, void *scratch)
{
    uint64_t *ranks = (uint64_t *)lfn_cut(&scratch, n, sizeof(uint64_t));
    size_t k, front = 0, back = n;
    double pairs;
    for (k = 0; k < n; k++) {
        const size_t positive = labels[k];
        back -= 1 - positive;
        ranks[positive ? front : back] = lfn_sort_rank(scores[k], (lfn_word)~(lfn_word)0);
        front += positive;
    }
    if (front == 0 || front == n) return lfn_nan_value();
    lfn_sort_u64(ranks, front, scratch);
    lfn_sort_u64(ranks + front, n - front, scratch);
    pairs = (double)lfn_pairs_in_order(ranks, front, ranks + front, n - front);
    return 0.5 * pairs / ((double)front * (double)(n - front));
}

METRICS_DEF int metrics_roc_auc_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                     void *scratch, size_t scratch_size, double *auc)
{
    const int status = lfn_curve_check(scores, labels, n, scratch, scratch_size);
    lfn_ranking_REAL r;
    if (status) return status;
    if (!auc) return METRICS_OK;
    if (!weight) {
        *auc = lfn_area_of_ranks(scores, labels, n, scratch);
        return METRICS_OK;
    }
    r = lfn_rank(scores, labels, weight, n, 1, 1, scratch);
    *auc = lfn_area_of(&r);
    return METRICS_OK;
}

/* The totals: P and N. */
LFN_FN void lfn_totals_of(const lfn_ranking_REAL *r, double *positives, double *negatives)
{
    size_t k;
    *positives = *negatives = 0;
    for (k = 0; k < r->n;) lfn_next_threshold(r, &k, positives, negatives);
}

/* The area over false positives 0 .. limit, the last step cut off there. */
LFN_FN double lfn_area_up_to(const lfn_ranking_REAL *r, double limit)
{
    double tp = 0, fp = 0, area = 0;
    size_t k;
    for (k = 0; k < r->n;) {
        const double tp0 = tp, fp0 = fp;
        lfn_next_threshold(r, &k, &tp, &fp);
        if (fp > limit) {
            const double at = tp0 + (tp - tp0) * ((limit - fp0) / (fp - fp0));
            return area + (limit - fp0) * (0.5 * (tp0 + at));
        }
        area += (fp - fp0) * (0.5 * (tp0 + tp));
    }
    return area;
}

METRICS_DEF int metrics_roc_auc_partial_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                             double max_fpr, void *scratch, size_t scratch_size, double *auc)
{
    lfn_ranking_REAL r;
    double positives, negatives, area, low;
    int status;
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (!lfn_finite(max_fpr) || !(max_fpr > 0 && max_fpr <= 1)) return METRICS_ERROR_PARAMETER;
    status = lfn_curve_check(scores, labels, n, scratch, scratch_size);
    if (status || !auc) return status;
    r = lfn_rank(scores, labels, weight, n, 1, 1, scratch);
    if (max_fpr == 1) {
        *auc = lfn_area_of(&r);
        return METRICS_OK;
    }
    lfn_totals_of(&r, &positives, &negatives);
    area = lfn_ratio(lfn_area_up_to(&r, max_fpr * negatives), positives * negatives, lfn_nan_value());
    low = 0.5 * max_fpr * max_fpr;
    *auc = 0.5 * (1 + (area - low) / (max_fpr - low));
    return METRICS_OK;
}

/* A curve being written: the point at hand is written when the next one tells
   whether it is a corner. */
typedef struct {
    double *fpr, *tpr;
    REAL *thresholds;
    size_t count;
} lfn_curve_out;

LFN_FN void lfn_curve_put(lfn_curve_out *out, double fp, double tp, REAL threshold)
{
    if (out->fpr) out->fpr[out->count] = fp;
    if (out->tpr) out->tpr[out->count] = tp;
    if (out->thresholds) out->thresholds[out->count] = threshold;
    out->count++;
}

METRICS_DEF int metrics_roc_curve_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                       int drop_intermediate, void *scratch, size_t scratch_size,
                                       double *fpr, double *tpr, REAL *thresholds, size_t *count)
{
    const int status = lfn_curve_check(scores, labels, n, scratch, scratch_size);
    lfn_curve_out out;
    lfn_ranking_REAL r;
    double tp = 0, fp = 0, last_tp = 0, last_fp = 0, step_tp = 0, step_fp = 0;
    size_t k, points;
    REAL last = 0;
    if (status) return status;
    out.fpr = fpr;
    out.tpr = tpr;
    out.thresholds = thresholds;
    out.count = 0;
    r = lfn_rank(scores, labels, weight, n, 1, 1, scratch);
    if (r.n) lfn_curve_put(&out, 0, 0, (REAL)lfn_infinity_value());
    for (k = points = 0; k < r.n; points++) {
        const REAL threshold = r.keys[k];
        lfn_next_threshold(&r, &k, &tp, &fp);
        if (points && (!drop_intermediate || points == 1 || tp - last_tp != step_tp || fp - last_fp != step_fp))
            lfn_curve_put(&out, last_fp, last_tp, last);
        step_tp = tp - last_tp;
        step_fp = fp - last_fp;
        last_tp = tp;
        last_fp = fp;
        last = threshold;
    }
    if (r.n) lfn_curve_put(&out, last_fp, last_tp, last);
    for (k = 0; k < out.count; k++) {
        if (fpr) fpr[k] = fp == 0 ? lfn_nan_value() : fpr[k] / fp;
        if (tpr) tpr[k] = tp == 0 ? lfn_nan_value() : tpr[k] / tp;
    }
    if (count) *count = out.count;
    return METRICS_OK;
}

METRICS_DEF int metrics_pr_curve_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                      void *scratch, size_t scratch_size,
                                      double *precision, double *recall, REAL *thresholds, size_t *count)
{
    const int status = lfn_curve_check(scores, labels, n, scratch, scratch_size);
    lfn_ranking_REAL r;
    double tp = 0, fp = 0;
    size_t k, i, points = 0, left;
    if (status) return status;
    r = lfn_rank(scores, labels, weight, n, 1, 1, scratch);
    for (k = 0; k < r.n; points++) lfn_next_threshold(&r, &k, &tp, &fp);
    if (precision) precision[points] = 1;
    if (recall) recall[points] = 0;
    if (count) *count = points;
    {
        const double positives = tp;
        tp = fp = 0;
        for (k = 0, left = points; k < r.n;) {
            i = --left;
            if (thresholds) thresholds[i] = r.keys[k];
            lfn_next_threshold(&r, &k, &tp, &fp);
            if (precision) precision[i] = lfn_ratio(tp, tp + fp, 0);
            if (recall) recall[i] = lfn_ratio(tp, positives, 1);
        }
    }
    return METRICS_OK;
}

/* sum (TP_i - TP_i-1) P_i / P */
LFN_FN double lfn_average_precision_of(const lfn_ranking_REAL *r)
{
    double tp = 0, fp = 0, sum = 0;
    size_t k;
    for (k = 0; k < r->n;) {
        const double before = tp;
        lfn_next_threshold(r, &k, &tp, &fp);
        sum += (tp - before) * lfn_ratio(tp, tp + fp, 0);
    }
    return lfn_ratio(sum, tp, lfn_nan_value());
}

METRICS_DEF int metrics_average_precision_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                               void *scratch, size_t scratch_size, double *ap)
{
    const int status = lfn_curve_check(scores, labels, n, scratch, scratch_size);
    lfn_ranking_REAL r;
    if (status) return status;
    if (!ap) return METRICS_OK;
    r = lfn_rank(scores, labels, weight, n, 1, 1, scratch);
    *ap = lfn_average_precision_of(&r);
    return METRICS_OK;
}

/* A value that is better than the best so far takes its threshold with it. */
LFN_FN void lfn_keep_best(double value, double threshold, double *best, double *best_threshold)
{
    if (!(value > *best)) return;
    *best = value;
    *best_threshold = threshold;
}

/* Where fpr - fnr turns from below 0 (at the point before) to 0 or more: the error
   rate there, on the line between the two points. */
LFN_FN double lfn_equal_error(double fpr0, double fnr0, double fpr, double fnr)
{
    const double before = fnr0 - fpr0, after = fpr - fnr;
    return fpr0 + (fpr - fpr0) * lfn_ratio(before, before + after, 0);
}

LFN_FN void lfn_sweep(const lfn_ranking_REAL *r, double positives, double negatives, double beta, double fpr, double tpr,
                      double precision, metrics_operating_points *out)
{
    const double b = beta * beta;
    double tp = 0, fp = 0, x0 = 0, y0 = 0, fpr_best = -2;
    int equal = 0;
    size_t k;
    out->eer_threshold = out->ks_threshold = out->best_f_threshold = lfn_infinity_value();
    out->tpr_at_fpr_threshold = out->fpr_at_tpr_threshold = lfn_infinity_value();
    out->precision_at_recall_threshold = out->recall_at_precision_threshold = lfn_infinity_value();
    out->eer = out->ks = out->tpr_at_fpr = out->recall_at_precision = 0;
    out->best_f = out->precision_at_recall = -1;
    for (k = 0; k < r->n;) {
        const double threshold = (double)r->keys[k];
        double x, y, correct;
        lfn_next_threshold(r, &k, &tp, &fp);
        x = fp / negatives;
        y = tp / positives;
        correct = lfn_ratio(tp, tp + fp, 0);
        if (!equal && x >= 1 - y) {
            equal = 1;
            out->eer = lfn_equal_error(x0, 1 - y0, x, 1 - y);
            out->eer_threshold = threshold;
        }
        lfn_keep_best(y - x, threshold, &out->ks, &out->ks_threshold);
        lfn_keep_best((1 + b) * tp / (tp + fp + b * positives), threshold, &out->best_f, &out->best_f_threshold);
        if (x <= fpr) lfn_keep_best(y, threshold, &out->tpr_at_fpr, &out->tpr_at_fpr_threshold);
        if (y >= tpr) lfn_keep_best(-x, threshold, &fpr_best, &out->fpr_at_tpr_threshold);
        if (y >= tpr) lfn_keep_best(correct, threshold, &out->precision_at_recall, &out->precision_at_recall_threshold);
        if (correct >= precision) lfn_keep_best(y, threshold, &out->recall_at_precision, &out->recall_at_precision_threshold);
        x0 = x;
        y0 = y;
    }
    out->fpr_at_tpr = -fpr_best;
}

METRICS_DEF int metrics_operating_points_of_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                 double beta, double fpr, double tpr, double precision,
                                                 void *scratch, size_t scratch_size, metrics_operating_points *points)
{
    lfn_ranking_REAL r;
    double positives, negatives;
    double *all = (double *)points;
    int status;
    size_t k;
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (!lfn_finite(beta) || beta < 0 || beta > 1e100) return METRICS_ERROR_PARAMETER;
    if (!lfn_is_within(fpr, 0, 1) || !lfn_is_within(tpr, 0, 1) || !lfn_is_within(precision, 0, 1)) return METRICS_ERROR_PARAMETER;
    status = lfn_curve_check(scores, labels, n, scratch, scratch_size);
    if (status || !points) return status;
    r = lfn_rank(scores, labels, weight, n, 1, 1, scratch);
    lfn_totals_of(&r, &positives, &negatives);
    if (positives == 0 || negatives == 0)
        for (k = 0; k < sizeof *points / sizeof *all; k++) all[k] = lfn_nan_value();
    else
        lfn_sweep(&r, positives, negatives, beta, fpr, tpr, precision, points);
    return METRICS_OK;
}

/* What the functions of several columns check besides labels. */
LFN_FN int lfn_columns_check(const void *scores, const void *labels, size_t n, size_t columns, int average)
{
    const size_t all = lfn_mul(n, columns);
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (columns == 0 || columns > INT32_MAX || n > UINT32_MAX || lfn_too_big(all, sizeof(double))) return METRICS_ERROR_SIZE;
    if (average < METRICS_AVERAGE_NONE || average > METRICS_AVERAGE_WEIGHTED) return METRICS_ERROR_OPTION;
    if (average == METRICS_AVERAGE_MICRO && all > UINT32_MAX) return METRICS_ERROR_SIZE;
    return METRICS_OK;
}

/* The area (or average precision) of each column of labels of 0 and 1, averaged. */
LFN_FN int lfn_multilabel(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n, size_t label_count, int average,
                          int precision, void *scratch, size_t scratch_size, double *values)
{
    lfn_defined_mean mean = {0, 0};
    size_t c;
    int status = lfn_columns_check(scores, labels, n, label_count, average);
    if (status) return status;
    if (!lfn_bits_valid(labels, n * label_count)) return METRICS_ERROR_LABEL;
    if (!lfn_scratch_holds(scratch, scratch_size, lfn_columns_room(n, label_count, average))) return METRICS_ERROR_SCRATCH;
    if (!values) return METRICS_OK;
    if (average == METRICS_AVERAGE_MICRO) {
        const lfn_ranking_REAL r = lfn_rank(scores, labels, weight, n * label_count, 1, label_count, scratch);
        *values = precision ? lfn_average_precision_of(&r) : lfn_area_of(&r);
        return METRICS_OK;
    }
    for (c = 0; c < label_count; c++) {
        const lfn_ranking_REAL r = lfn_rank(n ? scores + c : scores, n ? labels + c : labels, weight, n, label_count, 1, scratch);
        double positives, negatives, value;
        lfn_totals_of(&r, &positives, &negatives);
        value = precision ? lfn_average_precision_of(&r) : lfn_area_of(&r);
        if (average == METRICS_AVERAGE_NONE) values[c] = value;
        else lfn_defined_take(&mean, value, average == METRICS_AVERAGE_WEIGHTED ? positives : 1,
                              positives != 0 && (precision || negatives != 0));
    }
    if (average != METRICS_AVERAGE_NONE) *values = lfn_ratio(mean.sum, mean.weight, lfn_nan_value());
    return METRICS_OK;
}

METRICS_DEF int metrics_roc_auc_multilabel_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                size_t label_count, int average, void *scratch, size_t scratch_size,
                                                double *values)
{
    return lfn_multilabel(scores, labels, weight, n, label_count, average, 0, scratch, scratch_size, values);
}

METRICS_DEF int metrics_average_precision_multilabel_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                                          size_t label_count, int average, void *scratch, size_t scratch_size,
                                                          double *values)
{
    return lfn_multilabel(scores, labels, weight, n, label_count, average, 1, scratch, scratch_size, values);
}

/* One area of all scores of n x classes, a sample's score of its own class being
   the positive. */
LFN_FN double lfn_multiclass_micro(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n, size_t classes,
                                   void *scratch)
{
    REAL *keys = (REAL *)lfn_cut(&scratch, n * classes, sizeof(double));
    uint32_t *carried = (uint32_t *)lfn_cut(&scratch, n * classes, sizeof(uint32_t));
    double tp = 0, fp = 0, area = 0;
    size_t i, k, m = 0;
    for (i = 0; i < n; i++)
        for (k = 0; k < classes; k++) {
            if (weight && weight[i] == 0) continue;
            keys[m] = scores[i * classes + k];
            carried[m++] = (uint32_t)(i * classes + k);
        }
    if (m) lfn_sort_pairs(keys, carried, m, 1, scratch);
    for (k = 0; k < m;) {
        const REAL key = keys[k];
        const double tp0 = tp, fp0 = fp;
        do {
            const size_t sample = carried[k] / classes;
            const double w = lfn_weight_of(weight, sample);
            if ((size_t)labels[sample] == carried[k] % classes) tp += w;
            else fp += w;
            k++;
        } while (k < m && lfn_same_key(keys[k], key));
        area += (fp - fp0) * (0.5 * (tp0 + tp));
    }
    return lfn_ratio(area, tp * fp, lfn_nan_value());
}

/* wins[b] = sum over pairs of samples of class c and class b of w_c w_b ([s_c > s_b]
   + [s_c = s_b] / 2), s the scores of class c, in one sweep. */
LFN_FN void lfn_class_wins(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n, size_t classes, size_t c,
                           double *wins, void *scratch)
{
    REAL *keys = (REAL *)lfn_cut(&scratch, n, sizeof(double));
    uint32_t *carried = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    double above = 0;
    size_t k, end, m = 0;
    for (k = 0; k < classes; k++) wins[k] = 0;
    for (k = 0; k < n; k++) {
        if (weight && weight[k] == 0) continue;
        keys[m] = scores[k * classes + c];
        carried[m++] = (uint32_t)k;
    }
    if (m) lfn_sort_pairs(keys, carried, m, 1, scratch);
    for (k = 0; k < m; k = end) {
        double own = 0;
        for (end = k; end == k || (end < m && lfn_same_key(keys[end], keys[k])); end++)
            if ((size_t)labels[carried[end]] == c) own += lfn_weight_of(weight, carried[end]);
        for (; k < end; k++)
            if ((size_t)labels[carried[k]] != c)
                wins[labels[carried[k]]] += lfn_weight_of(weight, carried[k]) * (above + 0.5 * own);
        above += own;
    }
}

METRICS_DEF int metrics_roc_auc_multiclass_REAL(const REAL *scores, const int32_t *labels, const REAL *weight, size_t n,
                                                size_t classes, int scheme, int average, void *scratch, size_t scratch_size,
                                                double *values)
{
    lfn_defined_mean mean = {0, 0};
    double *wins, *mass, total = 0;
    size_t c, b, k;
    int status = lfn_columns_check(scores, labels, n, classes, average);
    if (status) return status;
    if (scheme != METRICS_ONE_VS_REST && scheme != METRICS_ONE_VS_ONE) return METRICS_ERROR_OPTION;
    if (scheme == METRICS_ONE_VS_ONE && average < METRICS_AVERAGE_MACRO) return METRICS_ERROR_OPTION;
    if (!lfn_labels_valid(labels, n, classes, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    if (!lfn_scratch_holds(scratch, scratch_size, lfn_columns_room(n, classes, average))) return METRICS_ERROR_SCRATCH;
    if (!values) return METRICS_OK;
    wins = (double *)lfn_cut(&scratch, 3 * classes, sizeof(double));
    mass = wins + classes;
    if (average == METRICS_AVERAGE_MICRO) {
        *values = lfn_multiclass_micro(scores, labels, weight, n, classes, scratch);
        return METRICS_OK;
    }
    for (c = 0; c < classes; c++) mass[c] = 0;
    for (k = 0; k < n; k++) mass[labels[k]] += lfn_weight_of(weight, k);
    for (c = 0; c < classes; c++) total += mass[c];
    for (c = 0; c < classes; c++) {
        double sum = 0, others = 0;
        lfn_class_wins(scores, labels, weight, n, classes, c, wins, scratch);
        for (b = 0; b < classes; b++) {
            if (b == c) continue;
            sum += wins[b];
            others += mass[b];
            if (scheme == METRICS_ONE_VS_ONE)
                lfn_defined_take(&mean, lfn_ratio(wins[b], mass[c] * mass[b], 0),
                                 average == METRICS_AVERAGE_WEIGHTED ? (mass[c] + mass[b]) / total : 1, mass[c] != 0 && mass[b] != 0);
        }
        if (scheme == METRICS_ONE_VS_ONE) continue;
        if (average == METRICS_AVERAGE_NONE) values[c] = lfn_ratio(sum, mass[c] * others, lfn_nan_value());
        else lfn_defined_take(&mean, lfn_ratio(sum, mass[c] * others, 0),
                              average == METRICS_AVERAGE_WEIGHTED ? mass[c] : 1, mass[c] != 0 && others != 0);
    }
    if (average != METRICS_AVERAGE_NONE) *values = lfn_ratio(mean.sum, mean.weight, lfn_nan_value());
    return METRICS_OK;
}
