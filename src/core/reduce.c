/* Sums, products and extremes of arrays. A float sum goes into four vectors of
   accumulators, LFN_RUN elements a lane at most, and from there into a double. */

//@kernel

#define LFN_RUN 16

/* sum p_k */
LFN_FN double lfn_sum(const REAL *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        end = (n - k) / (4 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 4 * LFN_LANES;
        for (; k < end; k += 4 * LFN_LANES) {
            a += lfn_load(p + k);
            b += lfn_load(p + k + LFN_LANES);
            c += lfn_load(p + k + 2 * LFN_LANES);
            d += lfn_load(p + k + 3 * LFN_LANES);
        }
        total += lfn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        lfn_vec a = lfn_zero();
        for (; n - k >= LFN_LANES; k += LFN_LANES) a += lfn_load(p + k);
        if (k < n) a += lfn_load_part(p + k, n - k);
        total += lfn_hsum(a);
    }
    return total;
}

LFN_FN double lfn_sum_abs(const REAL *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        end = (n - k) / (4 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 4 * LFN_LANES;
        for (; k < end; k += 4 * LFN_LANES) {
            a += lfn_abs(lfn_load(p + k));
            b += lfn_abs(lfn_load(p + k + LFN_LANES));
            c += lfn_abs(lfn_load(p + k + 2 * LFN_LANES));
            d += lfn_abs(lfn_load(p + k + 3 * LFN_LANES));
        }
        total += lfn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        lfn_vec a = lfn_zero();
        for (; n - k >= LFN_LANES; k += LFN_LANES) a += lfn_abs(lfn_load(p + k));
        if (k < n) a += lfn_abs(lfn_load_part(p + k, n - k));
        total += lfn_hsum(a);
    }
    return total;
}

/* sum a_k b_k */
LFN_FN double lfn_dot(const REAL *p, const REAL *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        end = (n - k) / (4 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 4 * LFN_LANES;
        for (; k < end; k += 4 * LFN_LANES) {
            a = lfn_fma(lfn_load(p + k), lfn_load(q + k), a);
            b = lfn_fma(lfn_load(p + k + LFN_LANES), lfn_load(q + k + LFN_LANES), b);
            c = lfn_fma(lfn_load(p + k + 2 * LFN_LANES), lfn_load(q + k + 2 * LFN_LANES), c);
            d = lfn_fma(lfn_load(p + k + 3 * LFN_LANES), lfn_load(q + k + 3 * LFN_LANES), d);
        }
        total += lfn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        lfn_vec a = lfn_zero();
        for (; n - k >= LFN_LANES; k += LFN_LANES) a = lfn_fma(lfn_load(p + k), lfn_load(q + k), a);
        if (k < n) a = lfn_fma(lfn_load_part(p + k, n - k), lfn_load_part(q + k, n - k), a);
        total += lfn_hsum(a);
    }
    return total;
}

LFN_FN double lfn_sum_squares(const REAL *p, size_t n) { return lfn_dot(p, p, n); }

/* sum (a_k - b_k)^2 */
LFN_FN double lfn_squared_distance(const REAL *p, const REAL *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 2 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), d;
        end = (n - k) / (2 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 2 * LFN_LANES;
        for (; k < end; k += 2 * LFN_LANES) {
            d = lfn_load(p + k) - lfn_load(q + k);
            a = lfn_fma(d, d, a);
            d = lfn_load(p + k + LFN_LANES) - lfn_load(q + k + LFN_LANES);
            b = lfn_fma(d, d, b);
        }
        total += lfn_hsum(a + b);
    }
    if (k < n) {
        lfn_vec a = lfn_zero(), d;
        for (; n - k >= LFN_LANES; k += LFN_LANES) {
            d = lfn_load(p + k) - lfn_load(q + k);
            a = lfn_fma(d, d, a);
        }
        if (k < n) {
            d = lfn_load_part(p + k, n - k) - lfn_load_part(q + k, n - k);
            a = lfn_fma(d, d, a);
        }
        total += lfn_hsum(a);
    }
    return total;
}

/* The largest element, NaNs passed over; -infinity of nothing (or of NaNs alone). */
LFN_FN REAL lfn_max_of(const REAL *p, size_t n)
{
    const lfn_vec lowest = lfn_set1((REAL)-HUGE_VAL);
    lfn_vec a = lowest, b = lowest;
    size_t k = 0;
    for (; n - k >= 2 * LFN_LANES; k += 2 * LFN_LANES) {
        a = lfn_max(lfn_load(p + k), a);
        b = lfn_max(lfn_load(p + k + LFN_LANES), b);
    }
    if (n - k >= LFN_LANES) {
        a = lfn_max(lfn_load(p + k), a);
        k += LFN_LANES;
    }
    if (k < n) b = lfn_max(lfn_select(lfn_first(n - k), lfn_load_part(p + k, n - k), lowest), b);
    return lfn_hmax(lfn_max(a, b));
}

/* y += a x */
LFN_FN void lfn_axpy(REAL *y, REAL a, const REAL *x, size_t n)
{
    const lfn_vec factor = lfn_set1(a);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(y + k, lfn_fma(factor, lfn_load(x + k), lfn_load(y + k)));
    if (k < n) lfn_store_part(y + k, lfn_fma(factor, lfn_load_part(x + k, n - k), lfn_load_part(y + k, n - k)), n - k);
}

/* y = a x; y may be x */
LFN_FN void lfn_scale(REAL *y, REAL a, const REAL *x, size_t n)
{
    const lfn_vec factor = lfn_set1(a);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(y + k, factor * lfn_load(x + k));
    if (k < n) lfn_store_part(y + k, factor * lfn_load_part(x + k, n - k), n - k);
}

/* y = a x, or y += a x when accumulate is set; x NULL: the value a itself */
LFN_FN void lfn_put(REAL *y, REAL a, const REAL *x, size_t n, int accumulate)
{
    size_t k = 0;
    if (x) {
        if (accumulate) lfn_axpy(y, a, x, n);
        else lfn_scale(y, a, x, n);
        return;
    }
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        lfn_vec value = lfn_set1(a);
        if (accumulate) value += lfn_load(y + k);
        lfn_store(y + k, value);
    }
    for (; k < n; k++) {
        if (accumulate) y[k] += a;
        else y[k] = a;
    }
}

LFN_FN void lfn_fill(REAL *y, REAL a, size_t n) { lfn_put(y, a, NULL, n, 0); }

/* sum a_k b_k with every product and every sum in double. */
LFN_FN double lfn_dot_double(const REAL *p, const REAL *q, size_t n)
{
#if LFN_BITS == 64
    return lfn_dot(p, q, n);
#else
    double sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    size_t k = 0, j;
    for (; n - k >= 8; k += 8)
        for (j = 0; j < 8; j++) sum[j] += (double)p[k + j] * (double)q[k + j];
    for (j = 0; k < n; k++, j++) sum[j] += (double)p[k] * (double)q[k];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
#endif
}

/* sum a_k^2 for a norm: a float array whose squares leave the range of float is
   summed again in double. */
LFN_FN double lfn_norm_squares(const REAL *p, size_t n)
{
    const double sum = lfn_dot(p, p, n);
#if LFN_BITS == 32
    if (!(sum > 1e-24 * (double)n && sum < 1e38)) return lfn_dot_double(p, p, n);
#endif
    return sum;
}

//@impl

/* The mean's factor: what a sum is multiplied with. 0 of nothing. */
LFN_FN double lfn_reciprocal(double x) { return x == 0 ? 0 : 1 / x; }
