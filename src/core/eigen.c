/* Eigenvalues and eigenvectors of a symmetric matrix.

     lfn_eigen_symmetric_room(n)                     bytes of scratch
     lfn_eigen_symmetric(a, n, values, scratch)      1, or 0 when it did not converge

   a is n x n, row-major; its lower triangle is read. values receives the
   eigenvalues in ascending order, row k of a becomes the unit eigenvector of
   values[k]: A = sum_k values_k v_k v_k^T. All is computed in double, for float
   matrices too. NaN or infinity in the lower triangle gives 0; after a 0 a and
   values hold nothing of use.

   The matrix, scaled to entries of at most 1, is made tridiagonal by Householder
   reflections, the tridiagonal matrix diagonal by QL steps with an implicit shift
   (H. Bowdler, R. S. Martin, C. Reinsch, J. H. Wilkinson, The QR and QL algorithms
   for symmetric matrices, 1968). Rotations act on the rows of the transposed
   eigenvector matrix, so that they run along memory. */

//@once

#define LFN_EIGEN_STEPS 60

/* Makes a tridiagonal: d becomes its diagonal, e[0..n-2] what stands beside it, and a
   the transposed product of the reflections, Q^T, with Q^T A Q tridiagonal. Both
   triangles of a are set; b is room for n numbers. */
LFN_UNUSED static void lfn_eigen_tridiagonal(double *a, size_t n, double *d, double *e, double *b)
{
    size_t i, j, k;
    for (k = 0; k + 1 < n; k++) {
        /* H = I - factor v v^T turns the row right of the diagonal into (e, 0, ..., 0); v takes its place. */
        double *v = a + k * n, norm = 0, tail = 0, factor = 0, half = 0;
        for (i = k + 2; i < n; i++) tail += v[i] * v[i];
        norm = sqrt(v[k + 1] * v[k + 1] + tail);
        if (tail < 1e-290) {
            e[k] = v[k + 1];
            d[k] = 0;
            continue;
        }
        e[k] = v[k + 1] > 0 ? -norm : norm;
        v[k + 1] -= e[k];
        factor = 2 / (v[k + 1] * v[k + 1] + tail);
        d[k] = factor;
        /* p = factor A v, w = p - (factor / 2) (v . p) v, A -= v w^T + w v^T */
        for (i = k + 1; i < n; i++) {
            const double *row = a + i * n;
            double sum = 0;
            for (j = k + 1; j < n; j++) sum += row[j] * v[j];
            b[i] = factor * sum;
            half += b[i] * v[i];
        }
        half *= factor / 2;
        for (i = k + 1; i < n; i++) b[i] -= half * v[i];
        for (i = k + 1; i < n; i++) {
            double *row = a + i * n;
            const double vi = v[i], wi = b[i];
            for (j = k + 1; j < n; j++) row[j] -= vi * b[j] + wi * v[j];
        }
    }
    /* Q^T = H_{n-2} ... H_0 from the last on; d holds the factors until the diagonal can be saved. */
    for (k = n; k-- > 0;) {
        double *v = a + k * n;
        const double factor = k + 1 < n ? d[k] : 0;
        d[k] = v[k];
        if (factor != 0)
            for (i = k + 1; i < n; i++) {
                double *row = a + i * n, sum = 0;
                for (j = k + 1; j < n; j++) sum += row[j] * v[j];
                sum *= factor;
                for (j = k + 1; j < n; j++) row[j] -= sum * v[j];
            }
        for (j = k + 1; j < n; j++) v[j] = a[j * n + k] = 0;
        v[k] = 1;
    }
}

/* x = c x - s y, y = s x + c y */
LFN_UNUSED static void lfn_eigen_rotate(double *x, double *y, size_t n, double c, double s)
{
    size_t k;
    for (k = 0; k < n; k++) {
        const double u = x[k], v = y[k];
        x[k] = c * u - s * v;
        y[k] = s * u + c * v;
    }
}

/* One QL step on the block first .. last of the tridiagonal matrix (d, e): a chain of
   rotations of neighbouring rows from last - 1 up to first, shifted by the eigenvalue
   of the leading 2 x 2 block that is nearer to d[first]. */
LFN_UNUSED static void lfn_eigen_step(double *d, double *e, double *z, size_t n, size_t first, size_t last)
{
    const double ratio = (d[first + 1] - d[first]) / (2 * e[first]);
    const double root = sqrt(ratio * ratio + 1);
    double g = d[last] - d[first] + e[first] / (ratio + (ratio < 0 ? -root : root));
    double s = 1, c = 1, p = 0;
    size_t i;
    for (i = last; i-- > first;) {
        const double f = s * e[i], b = c * e[i];
        const double r = sqrt(f * f + g * g);
        double t;
        e[i + 1] = r;
        /* Nothing to turn away where both are 0: the matrix falls apart here. */
        s = r > 0 ? f / r : 0;
        c = r > 0 ? g / r : 1;
        g = d[i + 1] - p;
        t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        lfn_eigen_rotate(z + i * n, z + (i + 1) * n, n, c, s);
    }
    d[first] -= p;
    e[first] = g;
    e[last] = 0;
}

/* d becomes the eigenvalues, the rows of z are rotated along. */
LFN_UNUSED static int lfn_eigen_diagonal(double *d, double *e, double *z, size_t n)
{
    size_t first, last;
    int steps;
    e[n - 1] = 0;
    for (first = 0; first < n; first++)
        for (steps = 0;; steps++) {
            for (last = first; last + 1 < n; last++)
                if (fabs(e[last]) <= DBL_EPSILON * (fabs(d[last]) + fabs(d[last + 1])) + 1e-150) break;
            if (last == first) break;
            if (steps == LFN_EIGEN_STEPS) return 0;
            lfn_eigen_step(d, e, z, n, first, last);
        }
    return 1;
}

/* Ascending, rows with their values. */
LFN_UNUSED static void lfn_eigen_order(double *d, double *z, size_t n)
{
    size_t i, j, least;
    for (i = 0; i + 1 < n; i++) {
        for (least = i, j = i + 1; j < n; j++) if (d[j] < d[least]) least = j;
        if (least == i) continue;
        for (j = 0; j < n; j++) {
            const double x = z[i * n + j];
            z[i * n + j] = z[least * n + j];
            z[least * n + j] = x;
        }
        {
            const double x = d[i];
            d[i] = d[least];
            d[least] = x;
        }
    }
}

//@impl

LFN_FN size_t lfn_eigen_symmetric_room(size_t n)
{
    return lfn_add(lfn_piece(lfn_mul(n, n), sizeof(double)), lfn_mul(3, lfn_piece(n, sizeof(double))));
}

LFN_FN int lfn_eigen_symmetric(REAL *a, size_t n, REAL *values, void *scratch)
{
    double *z = (double *)lfn_cut(&scratch, n * n, sizeof(double)), *d = (double *)lfn_cut(&scratch, n, sizeof(double));
    double *e = (double *)lfn_cut(&scratch, n, sizeof(double)), *b = (double *)lfn_cut(&scratch, n, sizeof(double));
    double largest = 0, scale;
    size_t i, j;
    if (n == 0) return 1;
    for (i = 0; i < n; i++)
        for (j = 0; j <= i; j++) {
            const double x = (double)a[i * n + j];
            if (!lfn_finite(x)) return 0;
            if (fabs(x) > largest) largest = fabs(x);
        }
    scale = largest > 0 ? largest : 1;
    for (i = 0; i < n; i++)
        for (j = 0; j <= i; j++) z[i * n + j] = z[j * n + i] = (double)a[i * n + j] / scale;
    lfn_eigen_tridiagonal(z, n, d, e, b);
    if (!lfn_eigen_diagonal(d, e, z, n)) return 0;
    lfn_eigen_order(d, z, n);
    for (i = 0; i < n; i++) values[i] = (REAL)(d[i] * scale);
    for (i = 0; i < n * n; i++) a[i] = (REAL)z[i];
    return 1;
}
