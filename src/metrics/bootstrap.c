//@family Bootstrap: resampling by indices or weights, confidence intervals

//@api

/* ---- bootstrap -------------------------------------------------------------------

   How sure is a score? Draw the items again, with replacement, as many as there are;
   score; repeat a thousand times and look at the spread. The draws are pure functions
   of a seed, the number of the replicate and n: the same on every machine, in any
   order, on any thread. Each replicate gives the indices drawn, or how often each
   item was drawn: a weight for every metric and accumulator that takes weights.
   Nothing is called back:

       float *weight = room_for(n);
       double values[1000], low, high;
       for (b = 0; b < 1000; b++) {
           metrics_bootstrap_weights_f32(seed, b, n, METRICS_BOOTSTRAP_MULTINOMIAL, weight);
           metrics_regression_f32(pred, target, weight, n, 1, METRICS_OUTPUTS_RAW, &scores);
           values[b] = scores.r2;
       }
       metrics_bootstrap_interval(values, 1000, r2, NULL, 0, 0.95, METRICS_BOOTSTRAP_PERCENTILE,
                                  scratch, scratch_size, &low, &high, NULL);

   An accumulator is used alike. METRICS_BOOTSTRAP_POISSON weights need not know how
   many items there will be, so a stream can feed one confusion matrix per replicate;
   each batch gets a seed of its own:

       for (b = 0; b < 1000; b++) {
           metrics_bootstrap_weights_f32(seed + batch, b, n, METRICS_BOOTSTRAP_POISSON, weight);
           metrics_confusion_update_f32(labels, pred, weight, n, classes, METRICS_IGNORE_NONE,
                                        matrices + b * classes * classes);
       }
       (at the end)
       for (b = 0; b < 1000; b++) metrics_accuracy(matrices + b * classes * classes, classes, &values[b]);

   Scores without weights (BLEU, word error rates) are resampled by adding up the
   accumulators of single items in the order of metrics_bootstrap_indices, by their
   merge functions.
   Source: B. Efron, Bootstrap methods: another look at the jackknife, 1979. */

/* How often each item is drawn. */
enum {
    METRICS_BOOTSTRAP_MULTINOMIAL = 0,  /* n draws with replacement: the weights add up to n */
    METRICS_BOOTSTRAP_POISSON = 1       /* each item by itself, Poisson of mean 1 */
};

/* Replicate's n draws from 0 .. n - 1, 0 <= n <= 2^32 - 1.
   Errors: METRICS_ERROR_NULL (indices with n > 0), METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_bootstrap_indices(uint64_t seed, uint64_t replicate, size_t n, uint32_t *indices);

/* How often each of n items is drawn; METRICS_BOOTSTRAP_MULTINOMIAL counts what
   metrics_bootstrap_indices draws.
   Errors: METRICS_ERROR_NULL (weight with n > 0), METRICS_ERROR_SIZE, METRICS_ERROR_OPTION. */
METRICS_DEF int metrics_bootstrap_weights_REAL(uint64_t seed, uint64_t replicate, size_t n, int scheme, REAL *weight);

/* How the values of the replicates become an interval. q(p) is their p-quantile
   (linear between order statistics), a = (1 - confidence) / 2. */
enum {
    METRICS_BOOTSTRAP_PERCENTILE = 0,  /* q(a), q(1 - a) */
    METRICS_BOOTSTRAP_BASIC = 1,       /* 2 estimate - q(1 - a), 2 estimate - q(a) */
    METRICS_BOOTSTRAP_BCA = 2          /* bias-corrected and accelerated: q of shifted p */
};

/* The confidence interval of an estimate (the score of the whole data) from the values
   of `count` replicates, and the standard error (their standard deviation, divided by
   count - 1). 0 < confidence < 1, usually 0.95. METRICS_BOOTSTRAP_BCA takes
   q(Phi(z + (z + x) / (1 - c (z + x)))), x the a- and (1 - a)-quantile of the normal
   distribution, z = Phi^-1 of the share of values below the estimate (equal ones half),
   c = sum d^3 / (6 (sum d^2)^1.5) with d = mean - t_i over the jackknife values t_i: the
   scores with item i left out. Without jackknife values (NULL, other methods ignore
   them) c = 0, the bias-corrected interval; so too where all are equal.
   low, high and standard_error may be NULL. They are NaN where count is 0 or any value
   is NaN (leave undefined replicates out), standard_error for fewer than two values
   too, BCA also where all values lie on one side of the estimate, as in scipy.
   Errors: METRICS_ERROR_NULL (values with count > 0, jackknife NULL with
   jackknife_count > 0), METRICS_ERROR_SIZE, METRICS_ERROR_PARAMETER (confidence),
   METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH.
   Source: B. Efron, Better bootstrap confidence intervals, 1987. */
METRICS_DEF int metrics_bootstrap_interval(const double *values, size_t count, double estimate,
                                           const double *jackknife, size_t jackknife_count, double confidence, int method,
                                           void *scratch, size_t scratch_size, double *low, double *high, double *standard_error);

/* Bytes of scratch of metrics_bootstrap_interval; SIZE_MAX for a count it refuses. */
METRICS_DEF size_t metrics_bootstrap_scratch(size_t count);

//@impl

METRICS_DEF int metrics_bootstrap_weights_REAL(uint64_t seed, uint64_t replicate, size_t n, int scheme, REAL *weight)
{
    const uint64_t first = replicate * n;
    size_t k;
    if (n && !weight) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof *weight)) return METRICS_ERROR_SIZE;
    if (scheme < METRICS_BOOTSTRAP_MULTINOMIAL || scheme > METRICS_BOOTSTRAP_POISSON) return METRICS_ERROR_OPTION;
    for (k = 0; k < n; k++)
        weight[k] = scheme == METRICS_BOOTSTRAP_POISSON ? (REAL)lfn_random_poisson1(seed, first + k) : 0;
    for (k = 0; scheme == METRICS_BOOTSTRAP_MULTINOMIAL && k < n; k++)
        weight[lfn_random_below(seed, first + k, n)] += 1;
    return METRICS_OK;
}

//@last

METRICS_DEF int metrics_bootstrap_indices(uint64_t seed, uint64_t replicate, size_t n, uint32_t *indices)
{
    const uint64_t first = replicate * n;
    size_t k;
    if (n && !indices) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof *indices)) return METRICS_ERROR_SIZE;
    for (k = 0; k < n; k++) indices[k] = (uint32_t)lfn_random_below(seed, first + k, n);
    return METRICS_OK;
}

/* Phi(x) = P(normal < x) */
LFN_UNUSED static double lfn_normal_below(double x) { return 0.5 * erfc(-0.70710678118654752440 * x); }

/* Its inverse, by bisection; 0 < p < 1. */
LFN_UNUSED static double lfn_normal_quantile(double p)
{
    double low = -40, high = 40, middle = 0;
    int k;
    for (k = 0; k < 100; k++) {
        middle = 0.5 * (low + high);
        if (lfn_normal_below(middle) < p) low = middle;
        else high = middle;
    }
    return middle;
}

/* The p-quantile of sorted values, count >= 1; NaN of NaN. */
LFN_UNUSED static double lfn_sorted_quantile(const double *sorted, size_t count, double p)
{
    const double place = p * (double)(count - 1);
    size_t below;
    double part;
    if (lfn_is_nan(p)) return p;
    if (place <= 0) return sorted[0];
    below = (size_t)place;
    if (below + 1 >= count) return sorted[count - 1];
    part = place - (double)below;
    return part == 0 ? sorted[below] : sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

/* sum d^3 / (6 (sum d^2)^1.5), 0 where all d are 0 */
LFN_UNUSED static double lfn_bootstrap_acceleration(const double *jackknife, size_t n)
{
    double mean = 0, squares = 0, cubes = 0, d;
    size_t k;
    for (k = 0; k < n; k++) mean += (jackknife[k] - mean) / (double)(k + 1);
    for (k = 0; k < n; k++) {
        d = mean - jackknife[k];
        squares += d * d;
        cubes += d * d * d;
    }
    return squares == 0 ? 0 : cubes / (6 * squares * sqrt(squares));
}

/* Phi(z + (z + x) / (1 - c (z + x))), x the p-quantile of the normal distribution */
LFN_UNUSED static double lfn_bootstrap_shift(double p, double z, double c)
{
    const double x = z + lfn_normal_quantile(p);
    return lfn_normal_below(z + x / (1 - c * x));
}

/* Phi^-1 of the share of values below the estimate. */
LFN_UNUSED static double lfn_bootstrap_bias(const double *values, size_t count, double estimate)
{
    double below = 0;
    size_t k;
    for (k = 0; k < count; k++) below += values[k] < estimate ? 1 : values[k] == estimate ? 0.5 : 0;
    below /= (double)count;
    return below > 0 && below < 1 ? lfn_normal_quantile(below) : lfn_nan_value();
}

/* sqrt(sum (x - mean)^2 / (n - 1)) */
LFN_UNUSED static double lfn_bootstrap_deviation(const double *values, size_t n)
{
    double mean = 0, squares = 0;
    size_t k;
    for (k = 0; k < n; k++) mean += (values[k] - mean) / (double)(k + 1);
    for (k = 0; k < n; k++) squares += (values[k] - mean) * (values[k] - mean);
    return n < 2 ? lfn_nan_value() : sqrt(squares / (double)(n - 1));
}

METRICS_DEF size_t metrics_bootstrap_scratch(size_t count)
{
    if (count > UINT32_MAX || lfn_too_big(count, sizeof(double))) return SIZE_MAX;
    return lfn_add(lfn_add(lfn_piece(count, sizeof(double)), lfn_piece(count, sizeof(uint32_t))), lfn_argsort_room(count));
}

METRICS_DEF int metrics_bootstrap_interval(const double *values, size_t count, double estimate,
                                           const double *jackknife, size_t jackknife_count, double confidence, int method,
                                           void *scratch, size_t scratch_size, double *low, double *high, double *standard_error)
{
    const size_t needed = metrics_bootstrap_scratch(count);
    double from = (1 - confidence) / 2, to = 1 - from, lower = lfn_nan_value(), upper = lfn_nan_value(), deviation = lfn_nan_value();
    double *sorted;
    uint32_t *index;
    if ((count && !values) || (jackknife_count && !jackknife)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX || lfn_too_big(jackknife_count, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!lfn_finite(confidence) || !(confidence > 0 && confidence < 1)) return METRICS_ERROR_PARAMETER;
    if (method < METRICS_BOOTSTRAP_PERCENTILE || method > METRICS_BOOTSTRAP_BCA) return METRICS_ERROR_OPTION;
    if (!lfn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    if (count) {
        sorted = (double *)lfn_cut(&scratch, count, sizeof *sorted);
        index = (uint32_t *)lfn_cut(&scratch, count, sizeof *index);
        memcpy(sorted, values, count * sizeof *sorted);
        memset(index, 0, count * sizeof *index);
        lfn_sort_pairs_f64(sorted, index, count, 0, scratch);
        if (!lfn_is_nan(sorted[count - 1])) {
            deviation = lfn_bootstrap_deviation(values, count);
            if (method == METRICS_BOOTSTRAP_BCA) {
                const double z = lfn_bootstrap_bias(values, count, estimate);
                const double c = lfn_bootstrap_acceleration(jackknife, jackknife_count);
                from = lfn_bootstrap_shift(from, z, c);
                to = lfn_bootstrap_shift(to, z, c);
            }
            lower = lfn_sorted_quantile(sorted, count, from);
            upper = lfn_sorted_quantile(sorted, count, to);
            if (method == METRICS_BOOTSTRAP_BASIC) {
                const double basic = 2 * estimate - upper;
                upper = 2 * estimate - lower;
                lower = basic;
            }
        }
    }
    if (low) *low = lower;
    if (high) *high = upper;
    if (standard_error) *standard_error = deviation;
    return METRICS_OK;
}
