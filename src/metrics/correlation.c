//@family Correlation: Spearman's rho and Kendall's tau, with ties, in O(n log n)

//@api

/* ---- correlation of ranks ----------------------------------------------------

   x and y are n values each, 0 <= n <= 2^32 - 1. Only their order counts; equal
   values (also -0 and +0) are ties, infinities are values like others. The result
   is NaN for fewer than two items, where all x or all y are equal, and where any
   value is NaN, as in scipy.
   Errors: METRICS_ERROR_NULL (x or y with n > 0), METRICS_ERROR_SIZE,
   METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH. Pearson's correlation stands with the
   regression scores: metrics_pearson_f32 and metrics_pearson_f64. */

/* Spearman's rho: Pearson's correlation of the ranks, equal values sharing the mean
   of their ranks; in [-1, 1]. torchmetrics and scipy.stats.spearmanr agree.
   Source: C. Spearman, The proof and measurement of association between two
   things, 1904. */
METRICS_DEF int metrics_spearman_REAL(const REAL *x, const REAL *y, size_t n, void *scratch, size_t scratch_size, double *rho);

/* Bytes of scratch of metrics_spearman and of metrics_kendall; SIZE_MAX for an n
   they refuse. */
METRICS_DEF size_t metrics_spearman_scratch_REAL(size_t n);

METRICS_DEF size_t metrics_kendall_scratch_REAL(size_t n);

/* Which tau: what the difference of concordant and discordant pairs is divided by. */
enum {
    METRICS_TAU_B = 0,  /* sqrt((P - Tx) (P - Ty)): P pairs, Tx tied in x, Ty tied in y */
    METRICS_TAU_A = 1,  /* P = n (n - 1) / 2 */
    METRICS_TAU_C = 2   /* n^2 (m - 1) / (2 m), m the smaller count of distinct values of x or of y */
};

/* Kendall's tau: (C - D) / divisor, C pairs of items in the same order in x and y, D
   pairs in opposite order, tied pairs neither. In [-1, 1]. Knight's method:
   O(n log n), the counts exact. scipy.stats.kendalltau gives b (its default) and c.
   Sources: M. G. Kendall 1938, 1945; A. Stuart 1953 (c); W. R. Knight, A computer
   method for calculating Kendall's tau with ungrouped data, 1966. */
METRICS_DEF int metrics_kendall_REAL(const REAL *x, const REAL *y, size_t n, int variant,
                                     void *scratch, size_t scratch_size, double *tau);

//@once

LFN_UNUSED static uint64_t lfn_pairs_of(uint64_t n) { return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1); }

/* Sorts a and returns how many pairs stood in the wrong order (a[i] > a[j], i < j).
   Runs of eight by insertion, then merged; room holds n elements. */
LFN_UNUSED static uint64_t lfn_count_inversions(uint32_t *a, uint32_t *room, size_t n)
{
    uint32_t *from = a, *to = room, *swap;
    uint64_t count = 0;
    size_t start, width, end, i, j, k, left;
    for (start = 0; start < n; start += 8) {
        end = n - start < 8 ? n : start + 8;
        for (i = start + 1; i < end; i++) {
            const uint32_t value = a[i];
            for (j = i; j > start && a[j - 1] > value; j--) a[j] = a[j - 1];
            a[j] = value;
            count += i - j;
        }
    }
    for (width = 8; width < n; width = width > n / 2 ? n : 2 * width) {
        for (start = 0; start < n; start = end) {
            left = n - start < width ? n : start + width;
            end = n - left < width ? n : left + width;
            i = k = start;
            j = left;
            while (i < left && j < end) {
                const uint32_t one = from[i], other = from[j];
                const size_t right = other < one;
                count += (left - i) & (0 - right);
                to[k++] = right ? other : one;
                i += 1 - right;
                j += right;
            }
            memcpy(to + k, from + i, (left - i) * sizeof *to);
            memcpy(to + k + (left - i), from + j, (end - j) * sizeof *to);
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from != a) memcpy(a, from, n * sizeof *a);
    return count;
}

//@impl

LFN_FN int lfn_any_nan(const REAL *x, size_t n)
{
    size_t k;
    for (k = 0; k < n; k++)
        if (lfn_is_nan((double)x[k])) return 1;
    return 0;
}

LFN_FN int lfn_rank_check(const REAL *x, const REAL *y, size_t n, const void *scratch, size_t scratch_size, size_t needed)
{
    if (n && (!x || !y)) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(REAL))) return METRICS_ERROR_SIZE;
    if (!lfn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_spearman_scratch_REAL(size_t n)
{
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(REAL))) return SIZE_MAX;
    return lfn_add(lfn_add(lfn_piece(n, sizeof(double)), lfn_piece(n, sizeof(uint32_t))), lfn_argsort_room(n));
}

/* rank[i] = twice the mid-rank of x[i], counted from 1, less n + 1: centred, a whole
   number. Returns the sum of squares. order is room for n indices. */
LFN_FN double lfn_midranks(const REAL *x, size_t n, double *rank, uint32_t *order, void *sort)
{
    double squares = 0;
    size_t k, end, j;
    lfn_argsort(x, n, 0, order, sort);
    for (k = 0; k < n; k = end) {
        double centred;
        for (end = k + 1; end < n && x[order[end]] == x[order[k]]; end++) {}
        centred = (double)k + (double)end - (double)n;
        for (j = k; j < end; j++) rank[order[j]] = centred;
        squares += (double)(end - k) * centred * centred;
    }
    return squares;
}

/* sum of rank_x rank_y, the ranks of y made on the way; *squares gets the sum of rank_y^2. */
LFN_FN double lfn_midranks_dot(const double *rank, const REAL *y, size_t n, double *squares, uint32_t *order, void *sort)
{
    double cross = 0, sum;
    size_t k, end;
    *squares = 0;
    lfn_argsort(y, n, 0, order, sort);
    for (k = 0; k < n; k = end) {
        const REAL value = y[order[k]];
        double centred;
        sum = 0;
        for (end = k; end < n && y[order[end]] == value; end++) sum += rank[order[end]];
        centred = (double)k + (double)end - (double)n;
        cross += centred * sum;
        *squares += (double)(end - k) * centred * centred;
    }
    return cross;
}

METRICS_DEF int metrics_spearman_REAL(const REAL *x, const REAL *y, size_t n, void *scratch, size_t scratch_size, double *rho)
{
    const int status = lfn_rank_check(x, y, n, scratch, scratch_size, metrics_spearman_scratch_REAL(n));
    double *rank, xx, yy, xy;
    uint32_t *order;
    if (status) return status;
    if (!rho) return METRICS_OK;
    if (n < 2 || lfn_any_nan(x, n) || lfn_any_nan(y, n)) {
        *rho = lfn_nan_value();
        return METRICS_OK;
    }
    rank = (double *)lfn_cut(&scratch, n, sizeof *rank);
    order = (uint32_t *)lfn_cut(&scratch, n, sizeof *order);
    xx = lfn_midranks(x, n, rank, order, scratch);
    xy = lfn_midranks_dot(rank, y, n, &yy, order, scratch);
    *rho = lfn_ratio(xy, sqrt(xx * yy), lfn_nan_value());
    if (*rho > 1) *rho = 1;
    if (*rho < -1) *rho = -1;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_kendall_scratch_REAL(size_t n)
{
    size_t room;
    if (n > UINT32_MAX || lfn_too_big(n, sizeof(REAL))) return SIZE_MAX;
    room = lfn_add(lfn_mul(4, lfn_piece(n, sizeof(uint32_t))), lfn_piece(n, sizeof(REAL)));
    return lfn_add(room, lfn_argsort_room(n));
}

/* What Kendall's tau is made from: pairs tied in x, in y, in both, pairs in
   opposite order, and how many distinct values x and y have. */
typedef struct {
    uint64_t tied_x, tied_y, tied_both, discordant;
    size_t distinct_x, distinct_y;
} lfn_tau;

/* Dense ranks of y, 0, 1, ..., into rank; order is room for n indices and holds the
   order of y afterwards. */
LFN_FN void lfn_tau_ranks(const REAL *y, size_t n, uint32_t *rank, uint32_t *order, lfn_tau *t, void *sort)
{
    size_t k, end, j;
    lfn_argsort(y, n, 0, order, sort);
    for (k = 0; k < n; k = end) {
        for (end = k + 1; end < n && y[order[end]] == y[order[k]]; end++) {}
        for (j = k; j < end; j++) rank[order[j]] = (uint32_t)t->distinct_y;
        t->tied_y += lfn_pairs_of(end - k);
        t->distinct_y++;
    }
}

LFN_FN lfn_tau lfn_tau_count(const REAL *x, const REAL *y, size_t n, void *scratch)
{
    uint32_t *rank = (uint32_t *)lfn_cut(&scratch, n, sizeof *rank);
    uint32_t *by_y = (uint32_t *)lfn_cut(&scratch, n, sizeof *by_y);
    uint32_t *by_x = (uint32_t *)lfn_cut(&scratch, n, sizeof *by_x);
    uint32_t *sequence = (uint32_t *)lfn_cut(&scratch, n, sizeof *sequence);
    REAL *moved = (REAL *)lfn_cut(&scratch, n, sizeof *moved);
    size_t k, end, j, same;
    lfn_tau t;
    memset(&t, 0, sizeof t);
    lfn_tau_ranks(y, n, rank, by_y, &t, scratch);
    for (k = 0; k < n; k++) moved[k] = x[by_y[k]];
    lfn_argsort(moved, n, 0, by_x, scratch);
    for (k = 0; k < n; k++) sequence[k] = rank[by_y[by_x[k]]];
    for (k = 0; k < n; k = end) {
        for (end = k + 1; end < n && moved[by_x[end]] == moved[by_x[k]]; end++) {}
        t.tied_x += lfn_pairs_of(end - k);
        t.distinct_x++;
        for (j = k; j < end; j += same) {
            for (same = 1; j + same < end && sequence[j + same] == sequence[j]; same++) {}
            t.tied_both += lfn_pairs_of(same);
        }
    }
    t.discordant = lfn_count_inversions(sequence, by_x, n);
    return t;
}

METRICS_DEF int metrics_kendall_REAL(const REAL *x, const REAL *y, size_t n, int variant,
                                     void *scratch, size_t scratch_size, double *tau)
{
    const int status = lfn_rank_check(x, y, n, scratch, scratch_size, metrics_kendall_scratch_REAL(n));
    const uint64_t pairs = lfn_pairs_of(n);
    uint64_t concordant;
    double difference, divisor, least;
    lfn_tau t;
    if (status == METRICS_ERROR_NULL || status == METRICS_ERROR_SIZE) return status;
    if (variant < METRICS_TAU_B || variant > METRICS_TAU_C) return METRICS_ERROR_OPTION;
    if (status) return status;
    if (!tau) return METRICS_OK;
    *tau = lfn_nan_value();
    if (n < 2 || lfn_any_nan(x, n) || lfn_any_nan(y, n)) return METRICS_OK;
    t = lfn_tau_count(x, y, n, scratch);
    if (t.tied_x == pairs || t.tied_y == pairs) return METRICS_OK;
    concordant = pairs - t.tied_x - (t.tied_y - t.tied_both) - t.discordant;
    difference = (double)((int64_t)concordant - (int64_t)t.discordant);
    least = (double)(t.distinct_x < t.distinct_y ? t.distinct_x : t.distinct_y);
    if (variant == METRICS_TAU_A) divisor = (double)pairs;
    else if (variant == METRICS_TAU_C) divisor = (double)n * (double)n * (least - 1) / (2 * least);
    else divisor = sqrt((double)(pairs - t.tied_x) * (double)(pairs - t.tied_y));
    *tau = difference / divisor;
    if (*tau > 1) *tau = 1;
    if (*tau < -1) *tau = -1;
    return METRICS_OK;
}
