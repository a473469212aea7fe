//@family Common: averages over classes, undefined ratios, running means

//@api

/* How the values of the classes (or labels) become one number. */
enum {
    METRICS_AVERAGE_NONE = 0,      /* no average: one value per class, the output is an array */
    METRICS_AVERAGE_MICRO = 1,     /* counts of all classes added up first */
    METRICS_AVERAGE_MACRO = 2,     /* the plain mean over the classes; which take part, each function says */
    METRICS_AVERAGE_WEIGHTED = 3,  /* the mean weighted by the (weighted) count of each true class */
    METRICS_AVERAGE_BINARY = 4     /* the value of class 1 of two */
};

/* The value of a ratio 0 / 0. METRICS_ZERO_DIVISION_NAN also leaves the class
   out of macro and weighted averages; 0 and 1 take part as values. */
enum {
    METRICS_ZERO_DIVISION_0 = 0,
    METRICS_ZERO_DIVISION_1 = 1,
    METRICS_ZERO_DIVISION_NAN = 2
};

/* What counts as positive: a score above the threshold, or one at it as well. */
enum {
    METRICS_ABOVE = 0,    /* score > threshold */
    METRICS_AT_LEAST = 1  /* score >= threshold */
};

/* The ignore_label that ignores nothing. Any other int32_t may be ignored, a
   label outside 0 .. classes - 1 (-1, 255) too. */
#define METRICS_IGNORE_NONE (-2147483647 - 1)

/* A running weighted mean: plain data without pointers, to be copied, stored and
   sent as it is. The sums are kept in two doubles each (about 100 bits), so the
   mean of parts that were merged is the mean of the whole in any order, but for
   the last rounding. All zero is a valid empty mean. */
typedef struct metrics_mean {
    double sum, sum_low;        /* sum of weight x value */
    double weight, weight_low;  /* sum of weights */
} metrics_mean;

/* Makes *mean empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_mean_init(metrics_mean *mean);

/* Takes one value. A weight of 0 leaves the mean as it is, whatever the value.
   Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_mean_update(double value, double weight, metrics_mean *mean);

/* Adds what *other holds to *mean; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_mean_merge(const metrics_mean *other, metrics_mean *mean);

/* *result = sum of weight x value / sum of weights; NaN where the weights sum to 0.
   Errors: METRICS_ERROR_NULL (mean). */
METRICS_DEF int metrics_mean_result(const metrics_mean *mean, double *result);

//@once

LFN_UNUSED static double lfn_nan_value(void)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000000);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

LFN_UNUSED static double lfn_infinity_value(void)
{
    const uint64_t bits = UINT64_C(0x7ff0000000000000);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* By the bits, so that it holds under -ffast-math too. */
LFN_UNUSED static int lfn_is_nan(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000);
}

/* a / b, and `undefined` where b is 0. */
LFN_UNUSED static double lfn_ratio(double a, double b, double undefined)
{
    return b == 0 ? undefined : a / b;
}

/* The value of METRICS_ZERO_DIVISION_*. */
LFN_UNUSED static double lfn_zero_division(int choice)
{
    return choice == METRICS_ZERO_DIVISION_NAN ? lfn_nan_value() : (double)choice;
}

LFN_UNUSED static int lfn_zero_division_known(int choice)
{
    return choice >= METRICS_ZERO_DIVISION_0 && choice <= METRICS_ZERO_DIVISION_NAN;
}

/* Whether all n labels are in 0 .. classes - 1 or the one to ignore. */
LFN_UNUSED static int lfn_labels_valid(const int32_t *labels, size_t n, size_t classes, int32_t ignore_label)
{
    size_t k;
    for (k = 0; k < n; k++)
        if ((labels[k] < 0 || (size_t)labels[k] >= classes)
            && (labels[k] != ignore_label || ignore_label == METRICS_IGNORE_NONE)) return 0;
    return 1;
}

/* Whether all n labels are 0 or 1. */
LFN_UNUSED static int lfn_bits_valid(const uint8_t *labels, size_t n)
{
    unsigned any = 0;
    size_t k;
    for (k = 0; k < n; k++) any |= labels[k];
    return any <= 1;
}

/* to += from: counts merge so. */
LFN_UNUSED static void lfn_add_counts(double *to, const double *from, size_t n)
{
    size_t k;
    for (k = 0; k < n; k++) to[k] += from[k];
}

/* Room for n numbers in order: the numbers, what they carry, the sort's own. */
LFN_UNUSED static size_t lfn_sorted_room(size_t n)
{
    size_t room;
    if (n > UINT32_MAX) return SIZE_MAX;
    room = lfn_add(lfn_piece(n, sizeof(double)), lfn_piece(n, sizeof(uint32_t)));
    return lfn_add(room, lfn_argsort_room(n));
}

/* Whether scratch holds the bytes a function needs. */
LFN_UNUSED static int lfn_scratch_holds(const void *scratch, size_t scratch_size, size_t needed)
{
    return needed == 0 || (needed != SIZE_MAX && scratch && scratch_size >= needed);
}

/* *high + *low += x, the rounding error of the sum of the high parts kept in the
   low one. Infinities and NaN leave the low part alone. The volatiles keep
   -ffast-math from cancelling the error away. */
LFN_UNUSED static void lfn_sum_add(double *high, double *low, double x)
{
    const volatile double sum = *high + x;
    const volatile double part = sum - *high;
    const volatile double rest = sum - part;
    const volatile double lost_high = *high - rest, lost_x = x - part;
    if (lfn_finite(sum)) *low += lost_high + lost_x;
    *high = sum;
}

/* One sum into another. */
LFN_UNUSED static void lfn_sum_merge(double *high, double *low, double other_high, double other_low)
{
    lfn_sum_add(high, low, other_high);
    *low += other_low;
}

METRICS_DEF int metrics_mean_init(metrics_mean *mean)
{
    if (!mean) return METRICS_ERROR_NULL;
    memset(mean, 0, sizeof *mean);
    return METRICS_OK;
}

/* Takes a whole batch: a sum of weight x value, a sum of weights. */
LFN_UNUSED static void lfn_mean_add(metrics_mean *mean, double sum, double weight)
{
    lfn_sum_add(&mean->sum, &mean->sum_low, sum);
    lfn_sum_add(&mean->weight, &mean->weight_low, weight);
}

/* A NaN in the value goes through; a weight of 0 skips it. */
METRICS_DEF int metrics_mean_update(double value, double weight, metrics_mean *mean)
{
    if (!mean) return METRICS_ERROR_NULL;
    if (weight != 0) lfn_mean_add(mean, weight * value, weight);
    return METRICS_OK;
}

METRICS_DEF int metrics_mean_merge(const metrics_mean *other, metrics_mean *mean)
{
    metrics_mean from;
    if (!other || !mean) return METRICS_ERROR_NULL;
    from = *other;
    lfn_sum_merge(&mean->sum, &mean->sum_low, from.sum, from.sum_low);
    lfn_sum_merge(&mean->weight, &mean->weight_low, from.weight, from.weight_low);
    return METRICS_OK;
}

LFN_UNUSED static double lfn_mean_value(const metrics_mean *mean)
{
    return lfn_ratio(mean->sum + mean->sum_low, mean->weight + mean->weight_low, lfn_nan_value());
}

METRICS_DEF int metrics_mean_result(const metrics_mean *mean, double *result)
{
    if (!mean) return METRICS_ERROR_NULL;
    if (result) *result = lfn_mean_value(mean);
    return METRICS_OK;
}

//@kernel

/* The place of the largest of each row, the first of equals; 0 for NaNs alone. */
LFN_FN void lfn_argmax_rows(const REAL *scores, size_t n, size_t classes, int32_t *best)
{
    size_t i, k;
    for (i = 0; i < n; i++, scores += classes) {
        const REAL top = lfn_max_of(scores, classes);
        for (k = 0; k < classes && !(scores[k] == top && !lfn_is_nan((double)scores[k])); k++) {}
        best[i] = k < classes ? (int32_t)k : 0;
    }
}

//@impl

/* Hyper-parameters, as the element type sees them. */
LFN_FN int lfn_is_finite(double x) { return lfn_finite(x) && lfn_finite((double)(REAL)x); }
LFN_FN int lfn_is_positive(double x) { return lfn_is_finite(x) && (REAL)x > 0; }
LFN_FN int lfn_is_within(double x, double low, double high) { return lfn_is_finite(x) && x >= low && x <= high; }

/* What item k weighs: 1 without weights. */
LFN_FN double lfn_weight_of(const REAL *weight, size_t k) { return weight ? (double)weight[k] : 1.0; }

/* Whether two keys that lfn_sort_pairs has sorted are equal: by the bits, as there is
   one NaN and one zero, so that it holds under -ffast-math too. */
LFN_FN int lfn_same_key(REAL a, REAL b)
{
    lfn_word x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}
