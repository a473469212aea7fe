//@family Binned curves: areas in fixed memory with a bound of their error

//@api

/* ---- area under the ROC curve in fixed memory

   bins is bin_count x 2 doubles in the caller's memory: each bin's weight of
   negative and of positive samples. To be copied, stored and added up like a
   confusion matrix: shards merge by addition. 1 <= bin_count <= INT32_MAX
   (METRICS_ERROR_SIZE).
   METRICS_BINS_UNIT   bins of equal width over [0, 1]; what lies outside is in the
                       first or last bin
   METRICS_BINS_FLOAT  bins of equal width over the bits of the score as a float,
                       in the order of the numbers: any range, finer near 0.
                       2^16 bins keep 7 bits of the mantissa.
   NaN is in the first bin. */
enum {
    METRICS_BINS_UNIT = 0,
    METRICS_BINS_FLOAT = 1
};

METRICS_DEF int metrics_binned_init(size_t bin_count, double *bins);
METRICS_DEF int metrics_binned_merge(const double *other, size_t bin_count, double *bins);
METRICS_DEF int metrics_binned_update_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                           size_t bin_count, int binning, double *bins);

/* The area under the ROC curve of the binned scores, samples of one bin counting as
   equal. The exact area is at most error away:
     error = 1/2 sum_b (p_b / P) (n_b / N)
   NaN both where P or N is 0. */
METRICS_DEF int metrics_binned_roc_auc(const double *bins, size_t bin_count, double *auc, double *error);

/* The average precision is at least low and at most high, whatever the order of the
   samples within the bins: in the first all negatives of a bin come before its
   positives, in the second all positives, at one threshold, before its negatives.
   middle treats the samples of a bin as equal. NaN where P is 0. */
METRICS_DEF int metrics_binned_average_precision(const double *bins, size_t bin_count, double *low, double *middle, double *high);

//@once

LFN_UNUSED static int lfn_binned_fit(size_t bin_count)
{
    return bin_count > 0 && bin_count <= INT32_MAX && !lfn_too_big(lfn_mul(bin_count, 2), sizeof(double));
}

METRICS_DEF int metrics_binned_init(size_t bin_count, double *bins)
{
    size_t k;
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 2 * bin_count; k++) bins[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_binned_merge(const double *other, size_t bin_count, double *bins)
{
    if (!other || !bins) return METRICS_ERROR_NULL;
    if (!lfn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    lfn_add_counts(bins, other, 2 * bin_count);
    return METRICS_OK;
}

/* The sums of both classes. */
LFN_UNUSED static void lfn_binned_totals(const double *bins, size_t bin_count, double *negatives, double *positives)
{
    size_t b;
    *negatives = *positives = 0;
    for (b = 0; b < bin_count; b++) {
        *negatives += bins[2 * b];
        *positives += bins[2 * b + 1];
    }
}

METRICS_DEF int metrics_binned_roc_auc(const double *bins, size_t bin_count, double *auc, double *error)
{
    double negatives, positives, below = 0, pairs = 0, tied = 0;
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    lfn_binned_totals(bins, bin_count, &negatives, &positives);
    for (b = 0; b < bin_count; b++) {
        pairs += bins[2 * b + 1] * (below + 0.5 * bins[2 * b]);
        tied += bins[2 * b + 1] * bins[2 * b];
        below += bins[2 * b];
    }
    if (auc) *auc = lfn_ratio(pairs, positives * negatives, lfn_nan_value());
    if (error) *error = lfn_ratio(0.5 * tied, positives * negatives, lfn_nan_value());
    return METRICS_OK;
}

/* The integral of (tp + t) / (tp + fp + t) over t from 0 to p: the sum of precisions
   over p positives behind tp positives and fp negatives is at least this. */
LFN_UNUSED static double lfn_precision_integral(double tp, double fp, double p)
{
    if (p == 0) return 0;
    if (tp + fp == 0) return p;
    return fp == 0 ? p : p - fp * log1p(p / (tp + fp));
}

METRICS_DEF int metrics_binned_average_precision(const double *bins, size_t bin_count, double *low, double *middle, double *high)
{
    double negatives, positives, tp = 0, fp = 0, worst = 0, equal = 0, best = 0;
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!lfn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    lfn_binned_totals(bins, bin_count, &negatives, &positives);
    for (b = bin_count; b-- > 0;) {
        const double n = bins[2 * b], p = bins[2 * b + 1];
        worst += lfn_precision_integral(tp, fp + n, p);
        equal += p * lfn_ratio(tp + p, tp + p + fp + n, 0);
        best += p * lfn_ratio(tp + p, tp + p + fp, 0);
        tp += p;
        fp += n;
    }
    if (low) *low = lfn_ratio(worst, positives, lfn_nan_value());
    if (middle) *middle = lfn_ratio(equal, positives, lfn_nan_value());
    if (high) *high = lfn_ratio(best, positives, lfn_nan_value());
    return METRICS_OK;
}

//@impl

/* The bits of a score as a float, as an integer of the order of the numbers; 0 for NaN. */
LFN_FN uint32_t lfn_float_order(REAL score)
{
    const double x = (double)score;
    uint32_t bits;
    float f;
    if (lfn_is_nan(x)) return 0;
    f = x > (double)FLT_MAX ? FLT_MAX : x < -(double)FLT_MAX ? -FLT_MAX : (float)x;
    f += 0.0f;
    memcpy(&bits, &f, sizeof bits);
    return bits >> 31 ? ~bits : bits | UINT32_C(0x80000000);
}

METRICS_DEF int metrics_binned_update_REAL(const REAL *scores, const uint8_t *labels, const REAL *weight, size_t n,
                                           size_t bin_count, int binning, double *bins)
{
    size_t k, bin;
    if (!bins || (n && (!scores || !labels))) return METRICS_ERROR_NULL;
    if (!lfn_binned_fit(bin_count) || lfn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (binning != METRICS_BINS_UNIT && binning != METRICS_BINS_FLOAT) return METRICS_ERROR_OPTION;
    if (!lfn_bits_valid(labels, n)) return METRICS_ERROR_LABEL;
    for (k = 0; k < n; k++) {
        if (binning == METRICS_BINS_FLOAT) bin = (size_t)((uint64_t)lfn_float_order(scores[k]) * bin_count >> 32);
        else {
            const double x = (double)scores[k];
            bin = !(x > 0) ? 0 : x >= 1 ? bin_count - 1 : (size_t)(x * (double)bin_count);
            if (bin >= bin_count) bin = bin_count - 1;
        }
        bins[2 * bin + labels[k]] += lfn_weight_of(weight, k);
    }
    return METRICS_OK;
}
