//@family Factored: second moments of a matrix kept as one row and one column

//@api

/* ---- factored ------------------------------------------------------------------ */

/* The hyper-parameters of Adafactor; optim_adafactor_defaults() gives the values
   in parentheses. */
typedef struct optim_adafactor_config {
    double lr;               /* rate, or bound of the relative rate, >= 0 (0.01) */
    double decay_rate;       /* of beta2, < 0 (-0.8) */
    double eps1;             /* added to the squares, > 0 (1e-30) */
    double eps2;             /* smallest scale of a parameter, >= 0 (0.001) */
    double clip_threshold;   /* d, largest root mean square of an update, > 0 (1) */
    double beta1;            /* 0 <= beta1 < 1; 0: no momentum, m may be NULL (0) */
    double weight_decay;     /* >= 0 (0) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int relative_step;       /* 0: rho = lr (1) */
    int warmup_init;         /* nonzero: rho at most 1e-6 step too (0) */
    int scale_parameter;     /* 0: alpha = rho (1) */
    int maximize;            /* nonzero: step along the gradient (0) */
} optim_adafactor_config;

/* Adafactor: the step of RMSProp with the second moments of a matrix kept as the
   means of its rows and columns, rows + columns values instead of rows x columns.
   With g = grad_scale grad (negated under maximize), t = step, w = param and
   rms(x) = sqrt(mean x^2) over the whole array,

     rho    = min(lr, 1 / sqrt(t)), min(rho, 1e-6 t) with warmup_init; lr when
              relative_step is 0
     alpha  = rho max(eps2, rms(w)); rho when scale_parameter is 0
     beta2  = 1 - t^decay_rate
     row_i  = beta2 row_i + (1 - beta2) (mean_j g_ij^2 + eps1)
     col_j  = beta2 col_j + (1 - beta2) (mean_i g_ij^2 + eps1)
     u_ij   = g_ij / sqrt(row_i col_j / mean(row))
     delta  = alpha u / max(1, rms(u) / clip_threshold)
     m      = beta1 m + (1 - beta1) delta, and m takes delta's place, when beta1 > 0
     w      = (1 - alpha weight_decay) w - delta

   optim_adafactor_matrix takes rows x columns values, row-major; an array with
   more axes goes in as one matrix per slice of its last two. Arrays with one axis
   go through optim_adafactor_vector, which keeps all second moments:
   v = beta2 v + (1 - beta2) (g^2 + eps1), u = g / sqrt(v).
   State, all 0 before the first step, which forgets it anyway (beta2 is 0 at
   t = 1): row (rows), col (columns) or v (n); m (rows x columns or n) with beta1
   alone. step counts from 1.
   scratch: optim_adafactor_matrix_scratch bytes, a few columns; 0 bytes when the
   matrix is empty.
   Errors: OPTIM_ERROR_NULL (an array NULL with values in it, m with beta1 > 0),
   OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of
   range), OPTIM_ERROR_SCRATCH.

   How others differ: this is Hugging Face's Adafactor (with its lr left out). There
   and in fairseq weight decay is multiplied by alpha; PyTorch's multiplies it by lr,
   does not add eps1 to the squares but bounds mean(row) from below by eps1 and the
   product by eps1^2, with eps1 = FLT_EPSILON, and has no momentum and no relative
   step to turn off. optax factors only where both axes have 128 values or more, and
   takes the two longest. The paper sums rows and columns instead of averaging,
   which changes nothing but the unit of row and col. Some ports clip with min in
   place of max; that amplifies small updates instead of bounding large ones.
   Source: N. Shazeer, M. Stern, Adafactor: Adaptive Learning Rates with Sublinear
   Memory Cost, 2018, arXiv 1804.04235. */
OPTIM_DEF int optim_adafactor_matrix_REAL(const optim_adafactor_config *config, int64_t step, size_t rows, size_t columns,
                                          REAL *param, const REAL *grad, REAL *row, REAL *col, REAL *m,
                                          void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_adafactor_matrix_scratch_REAL(size_t rows, size_t columns);

OPTIM_DEF int optim_adafactor_vector_REAL(const optim_adafactor_config *config, int64_t step, size_t n,
                                          REAL *param, const REAL *grad, REAL *v, REAL *m);

//@elem

OPTIM_INLINE optim_adafactor_config optim_adafactor_defaults(void)
{
    optim_adafactor_config c;
    c.lr = 0.01;
    c.decay_rate = -0.8;
    c.eps1 = 1e-30;
    c.eps2 = 1e-3;
    c.clip_threshold = 1;
    c.beta1 = 0;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.relative_step = 1;
    c.warmup_init = 0;
    c.scale_parameter = 1;
    c.maximize = 0;
    return c;
}

//@shared

/* One Adafactor step. A vector is one row without row and col. */
typedef struct {
    size_t rows, columns;
    REAL *param;
    const REAL *grad;
    REAL *row, *col, *v, *m;     /* v NULL for a matrix */
    double *sums;                /* per column, of a matrix */
    REAL *root;                  /* per column: sums of a few rows, then 1 / sqrt(col) */
    double scale;                /* of the gradient */
    double beta2, eps1, eps2, clip, beta1, weight_decay, rho;
    int scale_parameter;
} lfn_adafactor_REAL;

//@kernel

#define LFN_FACTOR_BLOCK 1024
/* Rows whose squares are summed in the element type before they go into a double. */
#define LFN_FACTOR_ROWS 16

/* y += (scale x)^2 */
LFN_FN void lfn_add_squares(REAL *y, REAL scale, const REAL *x, size_t n)
{
    const lfn_vec factor = lfn_set1(scale);
    lfn_vec z;
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        z = factor * lfn_load(x + k);
        lfn_store(y + k, lfn_fma(z, z, lfn_load(y + k)));
    }
    if (k < n) {
        z = factor * lfn_load_part(x + k, n - k);
        lfn_store_part(y + k, lfn_fma(z, z, lfn_load_part(y + k, n - k)), n - k);
    }
}

/* A new second moment; 1 / sqrt of one, 0 where that is 0. */
LFN_INLINE REAL lfn_adafactor_moment(const lfn_adafactor_REAL *a, REAL was, double mean_square)
{
    return (REAL)(a->beta2 * (double)was + (1 - a->beta2) * (mean_square + a->eps1));
}

LFN_INLINE double lfn_inverse_root(double x) { return x == 0 ? 0 : 1 / sqrt(x); }

/* row and col move on; root becomes 1 / sqrt(col). The mean of row is returned. */
LFN_FN double lfn_adafactor_statistics(const lfn_adafactor_REAL *a)
{
    const size_t rows = a->rows, columns = a->columns;
    size_t i, j;
    for (j = 0; j < columns; j++) a->sums[j] = 0;
    lfn_fill(a->root, 0, columns);
    for (i = 0; i < rows; i++) {
        const REAL *g = a->grad + i * columns;
        const double squares = a->scale * a->scale * lfn_norm_squares(g, columns);
        a->row[i] = lfn_adafactor_moment(a, a->row[i], squares / (double)columns);
        lfn_add_squares(a->root, (REAL)a->scale, g, columns);
        if (i % LFN_FACTOR_ROWS == LFN_FACTOR_ROWS - 1 || i == rows - 1) {
            for (j = 0; j < columns; j++) a->sums[j] += (double)a->root[j];
            lfn_fill(a->root, 0, columns);
        }
    }
    for (j = 0; j < columns; j++) {
        a->col[j] = lfn_adafactor_moment(a, a->col[j], a->sums[j] / (double)rows);
        a->root[j] = (REAL)lfn_inverse_root((double)a->col[j]);
    }
    return lfn_sum(a->row, rows) / (double)rows;
}

/* u = factor grad root: of a part of a row. */
LFN_FN void lfn_adafactor_update(REAL *u, REAL factor, const REAL *grad, const REAL *root, size_t n)
{
    const lfn_vec f = lfn_set1(factor);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(u + k, f * lfn_load(grad + k) * lfn_load(root + k));
    if (k < n) lfn_store_part(u + k, f * lfn_load_part(grad + k, n - k) * lfn_load_part(root + k, n - k), n - k);
}

/* u = factor grad / sqrt(v), 0 where v is 0: of a part of a vector. */
LFN_INLINE lfn_vec lfn_adafactor_ratio(lfn_vec g, lfn_vec v)
{
    return lfn_keep(lfn_not(v == lfn_zero()), g / lfn_sqrt(v));
}

LFN_FN void lfn_adafactor_vector_update(REAL *u, REAL factor, const REAL *grad, const REAL *v, size_t n)
{
    const lfn_vec f = lfn_set1(factor);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES)
        lfn_store(u + k, lfn_adafactor_ratio(f * lfn_load(grad + k), lfn_load(v + k)));
    if (k < n) lfn_store_part(u + k, lfn_adafactor_ratio(f * lfn_load_part(grad + k, n - k), lfn_load_part(v + k, n - k)), n - k);
}

/* v = beta2 v + (1 - beta2) ((scale grad)^2 + eps1) */
LFN_FN void lfn_adafactor_vector_moments(const lfn_adafactor_REAL *a)
{
    const lfn_vec keep = lfn_set1((REAL)a->beta2), rest = lfn_set1((REAL)(1 - a->beta2));
    const lfn_vec scale = lfn_set1((REAL)a->scale), eps = lfn_set1((REAL)a->eps1);
    lfn_vec g, v;
    size_t k, count;
    for (k = 0; k < a->columns; k += count) {
        count = a->columns - k < LFN_LANES ? a->columns - k : LFN_LANES;
        if (count == LFN_LANES) {
            g = scale * lfn_load(a->grad + k);
            v = keep * lfn_load(a->v + k) + rest * (g * g + eps);
            lfn_store(a->v + k, v);
        } else {
            g = scale * lfn_load_part(a->grad + k, count);
            v = keep * lfn_load_part(a->v + k, count) + rest * (g * g + eps);
            lfn_store_part(a->v + k, v, count);
        }
    }
}

/* The m values at k of row i: u. */
LFN_FN void lfn_adafactor_part(const lfn_adafactor_REAL *a, double mean_row, size_t i, size_t k, size_t count, REAL *u)
{
    const REAL *g = a->grad + i * a->columns + k;
    if (a->v) lfn_adafactor_vector_update(u, (REAL)a->scale, g, a->v + k, count);
    else {
        const double factor = a->scale * sqrt(mean_row) * lfn_inverse_root((double)a->row[i]);
        lfn_adafactor_update(u, (REAL)factor, g, a->root + k, count);
    }
}

/* param = keep param - delta with delta = rate u, or its running mean m. */
LFN_FN void lfn_adafactor_apply(REAL *param, REAL keep, REAL rate, const REAL *u, REAL *m, double beta1, size_t n)
{
    const lfn_vec left = lfn_set1(keep), factor = lfn_set1(rate);
    const lfn_vec old = lfn_set1((REAL)beta1), rest = lfn_set1((REAL)(1 - beta1));
    lfn_vec delta;
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        delta = factor * lfn_load(u + k);
        if (m) {
            delta = old * lfn_load(m + k) + rest * delta;
            lfn_store(m + k, delta);
        }
        lfn_store(param + k, left * lfn_load(param + k) - delta);
    }
    if (k < n) {
        delta = factor * lfn_load_part(u + k, n - k);
        if (m) {
            delta = old * lfn_load_part(m + k, n - k) + rest * delta;
            lfn_store_part(m + k, delta, n - k);
        }
        lfn_store_part(param + k, left * lfn_load_part(param + k, n - k) - delta, n - k);
    }
}

/* Statistics, then the norms of u and w, then the step, from the end to the front:
   what the pass before has left in the caches comes first. */
LFN_FN void lfn_adafactor_kernel(const lfn_adafactor_REAL *a)
{
    REAL u[LFN_FACTOR_BLOCK], keep, rate;
    const double n = (double)a->rows * (double)a->columns;
    double mean_row = 1, update_squares = 0, param_squares = 0, alpha, rms;
    size_t i, k, count, at;
    if (a->v) lfn_adafactor_vector_moments(a);
    else mean_row = lfn_adafactor_statistics(a);
    for (i = 0; i < a->rows; i++)
        for (k = 0; k < a->columns; k += count) {
            count = a->columns - k < LFN_FACTOR_BLOCK ? a->columns - k : LFN_FACTOR_BLOCK;
            lfn_adafactor_part(a, mean_row, i, k, count, u);
            update_squares += lfn_norm_squares(u, count);
            if (a->scale_parameter) param_squares += lfn_norm_squares(a->param + i * a->columns + k, count);
        }
    rms = sqrt(param_squares / n);
    alpha = a->scale_parameter ? a->rho * (rms < a->eps2 ? a->eps2 : rms) : a->rho;
    rms = sqrt(update_squares / n) / a->clip;
    rate = (REAL)(rms > 1 ? alpha / rms : alpha);
    keep = (REAL)(1 - alpha * a->weight_decay);
    for (i = a->rows; i-- > 0;)
        for (k = a->columns; k > 0; k -= count) {
            count = k % LFN_FACTOR_BLOCK ? k % LFN_FACTOR_BLOCK : LFN_FACTOR_BLOCK;
            at = i * a->columns + k - count;
            lfn_adafactor_part(a, mean_row, i, k - count, count, u);
            lfn_adafactor_apply(a->param + at, keep, rate, u, a->m ? a->m + at : NULL, a->beta1, count);
        }
}

//@impl

/* Checks the hyper-parameters, and what they and the step's number give. */
LFN_FN int lfn_adafactor_begin(lfn_adafactor_REAL *a, const optim_adafactor_config *config, int64_t step,
                               REAL *param, const REAL *grad, REAL *m)
{
    const optim_adafactor_config c = config ? *config : optim_adafactor_defaults();
    const double t = (double)step;
    memset(a, 0, sizeof *a);
    if (step < 1 || !lfn_is_common(c.lr, c.grad_scale, c.weight_decay) || !lfn_is_finite(c.decay_rate)
        || !(c.decay_rate < 0) || !lfn_is_positive(c.eps1) || !lfn_is_nonnegative(c.eps2)
        || !lfn_is_positive(c.clip_threshold) || !lfn_is_decay(c.beta1)) return OPTIM_ERROR_PARAMETER;
    a->param = param;
    a->grad = grad;
    a->m = c.beta1 > 0 ? m : NULL;
    a->scale = lfn_gradient_factor(c.grad_scale, c.maximize);
    a->beta2 = 1 - pow(t, c.decay_rate);
    a->eps1 = c.eps1;
    a->eps2 = c.eps2;
    a->clip = c.clip_threshold;
    a->beta1 = c.beta1;
    a->weight_decay = c.weight_decay;
    a->scale_parameter = c.scale_parameter;
    a->rho = c.lr;
    if (c.relative_step && a->rho > 1 / sqrt(t)) a->rho = 1 / sqrt(t);
    if (c.relative_step && c.warmup_init && a->rho > 1e-6 * t) a->rho = 1e-6 * t;
    return OPTIM_OK;
}

OPTIM_DEF size_t optim_adafactor_matrix_scratch_REAL(size_t rows, size_t columns)
{
    return rows && columns ? lfn_add(lfn_piece(columns, sizeof(double)), lfn_piece(columns, sizeof(REAL))) : 0;
}

OPTIM_DEF int optim_adafactor_matrix_REAL(const optim_adafactor_config *config, int64_t step, size_t rows, size_t columns,
                                          REAL *param, const REAL *grad, REAL *row, REAL *col, REAL *m,
                                          void *scratch, size_t scratch_size)
{
    lfn_adafactor_REAL a;
    const size_t n = lfn_mul(rows, columns);
    int status;
    if (n && (!param || !grad || !row || !col || (config && config->beta1 > 0 && !m))) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    status = lfn_adafactor_begin(&a, config, step, param, grad, m);
    if (status) return status;
    if (n == 0) return OPTIM_OK;
    if (!scratch || scratch_size < optim_adafactor_matrix_scratch_REAL(rows, columns)) return OPTIM_ERROR_SCRATCH;
    a.rows = rows;
    a.columns = columns;
    a.row = row;
    a.col = col;
    a.sums = (double *)lfn_cut(&scratch, columns, sizeof(double));
    a.root = (REAL *)lfn_cut(&scratch, columns, sizeof(REAL));
    LFN_CALL(lfn_adafactor_kernel, (&a));
    return OPTIM_OK;
}

OPTIM_DEF int optim_adafactor_vector_REAL(const optim_adafactor_config *config, int64_t step, size_t n,
                                          REAL *param, const REAL *grad, REAL *v, REAL *m)
{
    lfn_adafactor_REAL a;
    int status;
    if (n && (!param || !grad || !v || (config && config->beta1 > 0 && !m))) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    status = lfn_adafactor_begin(&a, config, step, param, grad, m);
    if (status || n == 0) return status;
    a.rows = 1;
    a.columns = n;
    a.v = v;
    LFN_CALL(lfn_adafactor_kernel, (&a));
    return OPTIM_OK;
}
