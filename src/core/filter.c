/* Separable filters of images: correlation along rows and along columns, where the
   taps lie wholly inside, and the transposes, which gradients need.

     lfn_filter_rows(x, h, w, taps, k, y)             y_ij = sum_t taps_t x_{i, j+t},  y is h x (w - k + 1)
     lfn_filter_columns(x, h, w, taps, k, y)          y_ij = sum_t taps_t x_{i+t, j},  y is (h - k + 1) x w
     lfn_filter_rows_adjoint(y, h, w, taps, k, x)     x_ij = sum_t taps_t y_{i, j-t},  x is h x (w + k - 1)
     lfn_filter_columns_adjoint(y, h, w, taps, k, x)  x_ij = sum_t taps_t y_{i-t, j},  x is (h + k - 1) x w

   h x w is the size of what is read, k >= 1; terms outside it are 0. Where k is
   larger than w (or h) the output has no elements. The sum runs over t from 0 up,
   in the element type. Outputs are overwritten and must not overlap inputs. */

//@kernel

/* y_j = sum_{t < k} taps_t x_{j + t step}, for j < n. */
LFN_FN void lfn_filter_run(const REAL *x, ptrdiff_t step, const REAL *taps, size_t k, REAL *y, size_t n)
{
    size_t j = 0, t;
    for (; n - j >= 4 * LFN_LANES; j += 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = a, c = a, d = a, tap;
        const REAL *from = x + j;
        for (t = 0; t < k; t++) {
            const REAL *at = from + (ptrdiff_t)t * step;
            tap = lfn_set1(taps[t]);
            a = lfn_fma(tap, lfn_load(at), a);
            b = lfn_fma(tap, lfn_load(at + LFN_LANES), b);
            c = lfn_fma(tap, lfn_load(at + 2 * LFN_LANES), c);
            d = lfn_fma(tap, lfn_load(at + 3 * LFN_LANES), d);
        }
        lfn_store(y + j, a);
        lfn_store(y + j + LFN_LANES, b);
        lfn_store(y + j + 2 * LFN_LANES, c);
        lfn_store(y + j + 3 * LFN_LANES, d);
    }
    for (; j < n; j += LFN_LANES) {
        const size_t m = n - j < LFN_LANES ? n - j : LFN_LANES;
        const REAL *from = x + j;
        lfn_vec a = lfn_zero();
        for (t = 0; t < k; t++) {
            const REAL *at = from + (ptrdiff_t)t * step;
            a = lfn_fma(lfn_set1(taps[t]), m < LFN_LANES ? lfn_load_part(at, m) : lfn_load(at), a);
        }
        if (m < LFN_LANES) lfn_store_part(y + j, a, m);
        else lfn_store(y + j, a);
    }
}

LFN_FN void lfn_filter_rows(const REAL *x, size_t h, size_t w, const REAL *taps, size_t k, REAL *y)
{
    size_t i;
    if (k > w) return;
    for (i = 0; i < h; i++) lfn_filter_run(x + i * w, 1, taps, k, y + i * (w - k + 1), w - k + 1);
}

LFN_FN void lfn_filter_columns(const REAL *x, size_t h, size_t w, const REAL *taps, size_t k, REAL *y)
{
    size_t i;
    if (k > h) return;
    for (i = 0; i + k <= h; i++) lfn_filter_run(x + i * w, (ptrdiff_t)w, taps, k, y + i * w, w);
}

LFN_FN void lfn_filter_rows_adjoint(const REAL *y, size_t h, size_t w, const REAL *taps, size_t k, REAL *x)
{
    const size_t wide = w + k - 1;
    size_t i, j, t;
    for (i = 0; i < h; i++, y += w, x += wide) {
        /* All taps reach into y for j from k - 1 to w - 1. */
        if (w >= k) lfn_filter_run(y + (k - 1), -1, taps, k, x + (k - 1), w - (k - 1));
        for (j = 0; j < wide; j++) {
            REAL sum = 0;
            if (w >= k && j == k - 1) {
                j = w - 1;
                continue;
            }
            for (t = j < w ? 0 : j + 1 - w; t < k && t <= j; t++) sum += taps[t] * y[j - t];
            x[j] = sum;
        }
    }
}

LFN_FN void lfn_filter_columns_adjoint(const REAL *y, size_t h, size_t w, const REAL *taps, size_t k, REAL *x)
{
    size_t i, t, end;
    for (i = 0; i < h + k - 1; i++, x += w) {
        /* The taps for which row i - t of y exists. */
        t = i < h ? 0 : i + 1 - h;
        end = i + 1 < k ? i + 1 : k;
        if (t < end) lfn_filter_run(y + (i - t) * w, -(ptrdiff_t)w, taps + t, end - t, x, w);
        else lfn_filter_run(y, 0, taps, 0, x, w);
    }
}
