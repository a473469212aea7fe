/* Symmetric positive definite systems: A = L L^T with L lower triangular.
   Matrices are n x n, row-major; every sum is accumulated in double.

     lfn_cholesky(a, n)                 L into the lower triangle of a; 1, or 0 when a is not positive definite
     lfn_cholesky_solve(l, n, b)        b becomes A^-1 b
     lfn_cholesky_log_det(l, n)         log det A = 2 sum_i log L_ii
     lfn_cholesky_inverse(l, n, out)    out becomes A^-1, both triangles; out must not be l

   Only the lower triangle of a and of l is read, the upper is left alone. */

//@impl

/* sum_{t < n} a_t b_t */
LFN_INLINE double lfn_cholesky_dot(const REAL *a, const REAL *b, size_t n)
{
    double sum = 0;
    size_t t;
    for (t = 0; t < n; t++) sum += (double)a[t] * (double)b[t];
    return sum;
}

/* L_ij = (A_ij - sum_{t < j} L_it L_jt) / L_jj,  L_ii = sqrt(A_ii - sum_{t < i} L_it^2).
   Returns 0 where that root is not of a positive finite number; rows already
   done have been overwritten then. */
LFN_FN int lfn_cholesky(REAL *a, size_t n)
{
    size_t i, j;
    double pivot;
    for (i = 0; i < n; i++) {
        REAL *row = a + i * n;
        for (j = 0; j < i; j++) {
            const REAL *other = a + j * n;
            row[j] = (REAL)(((double)row[j] - lfn_cholesky_dot(row, other, j)) / (double)other[j]);
        }
        pivot = (double)row[i] - lfn_cholesky_dot(row, row, i);
        if (!(pivot > 0) || !lfn_finite(pivot)) return 0;
        row[i] = (REAL)sqrt(pivot);
        if (!(row[i] > 0)) return 0;
    }
    return 1;
}

/* L y = b, then L^T x = y. */
LFN_FN void lfn_cholesky_solve(const REAL *l, size_t n, REAL *b)
{
    size_t i, t;
    for (i = 0; i < n; i++)
        b[i] = (REAL)(((double)b[i] - lfn_cholesky_dot(l + i * n, b, i)) / (double)l[i * n + i]);
    for (i = n; i-- > 0;) {
        double sum = (double)b[i];
        for (t = i + 1; t < n; t++) sum -= (double)l[t * n + i] * (double)b[t];
        b[i] = (REAL)(sum / (double)l[i * n + i]);
    }
}

LFN_FN double lfn_cholesky_log_det(const REAL *l, size_t n)
{
    double sum = 0;
    size_t i;
    for (i = 0; i < n; i++) sum += log((double)l[i * n + i]);
    return 2 * sum;
}

/* M = L^-1 row by row, M_ij = -(sum_{j <= t < i} L_it M_tj) / L_ii; then A^-1 = M^T M,
   whose row i needs rows i and below of M alone and so may take its place. */
LFN_FN void lfn_cholesky_inverse(const REAL *l, size_t n, REAL *out)
{
    size_t i, j, t;
    for (i = 0; i < n; i++) {
        const double pivot = (double)l[i * n + i];
        for (j = 0; j < i; j++) {
            double sum = 0;
            for (t = j; t < i; t++) sum += (double)l[i * n + t] * (double)out[t * n + j];
            out[i * n + j] = (REAL)(-sum / pivot);
        }
        out[i * n + i] = (REAL)(1 / pivot);
    }
    for (i = 0; i < n; i++)
        for (j = 0; j <= i; j++) {
            double sum = 0;
            for (t = i; t < n; t++) sum += (double)out[t * n + i] * (double)out[t * n + j];
            out[i * n + j] = (REAL)sum;
        }
    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
}
