//@family Matrix: steps orthogonalised as matrices

//@api

/* ---- matrix -------------------------------------------------------------------- */

/* How optim_newton_schulz goes about it; optim_newton_schulz_defaults() gives the
   values in parentheses. */
typedef struct optim_newton_schulz_config {
    double a, b, c;          /* coefficients of the quintic (3.4445, -4.7750, 2.0315) */
    double eps;              /* added to the norm, >= 0 (1e-7) */
    int steps;               /* 0 to 100 (5) */
} optim_newton_schulz_config;

/* Orthogonalisation of a matrix of rows x columns, row-major: towards U V^T of its
   singular value decomposition U S V^T, by the Newton-Schulz iteration

     X = matrix / (|matrix| + eps),  |.| the Frobenius norm
     steps times:  A = X X^T,  X = a X + (b A + c A A) X
     out = X

   (with A = X^T X and X = a X + X (b A + c A A) when rows > columns, which is the
   same result). Each step maps every singular value s to a s + b s^3 + c s^5. The
   default coefficients are steep at 0 and do not converge: after 5 steps the
   singular values that were not tiny lie between 0.68 and 1.14, which is what Muon
   wants. (15/8, -10/8, 3/8) and (1.5, -0.5, 0) converge to U V^T itself, in more
   steps. The result does not depend on the matrix's scale as long as its norm is
   large against eps; |matrix| + eps below 1e-37 (double: 1e-150) gives zeros, as does
   a double matrix whose squares overflow. A NaN or infinity reaches all of out.
   Both symmetric products are computed by half.
   out, rows x columns values, may be matrix.
   scratch: optim_newton_schulz_scratch bytes, two copies of the matrix and two
   squares of its shorter side; 0 bytes when the matrix is empty.
   Errors: OPTIM_ERROR_NULL (matrix or out NULL with values in it), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER, OPTIM_ERROR_SCRATCH.
   Sources: N. J. Higham, Functions of Matrices, 2008, chapter 8; the coefficients:
   K. Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024. */
OPTIM_DEF int optim_newton_schulz_REAL(const optim_newton_schulz_config *config, size_t rows, size_t columns,
                                       const REAL *matrix, REAL *out, void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_newton_schulz_scratch_REAL(size_t rows, size_t columns);

/* What multiplies the orthogonalised step of a matrix of r rows and c columns. */
enum {
    OPTIM_MUON_ORIGINAL = 0,   /* sqrt(max(1, r / c)) */
    OPTIM_MUON_MATCH_RMS = 1,  /* 0.2 sqrt(max(r, c)): as large as AdamW's steps */
    OPTIM_MUON_SPECTRAL = 2,   /* sqrt(r / c) */
    OPTIM_MUON_UNSCALED = 3    /* 1 */
};

/* The hyper-parameters of optim_muon; optim_muon_defaults() gives the values in
   parentheses. */
typedef struct optim_muon_config {
    double lr;               /* learning rate, >= 0 (0.02) */
    double momentum;         /* mu, 0 <= mu < 1 (0.95) */
    double weight_decay;     /* decoupled, >= 0 (0) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int nesterov;            /* 0: plain momentum (1) */
    int scaling;             /* OPTIM_MUON_... (OPTIM_MUON_ORIGINAL) */
    int maximize;            /* nonzero: step along the gradient (0) */
    optim_newton_schulz_config newton_schulz;
} optim_muon_config;

/* Muon: momentum whose step is orthogonalised, for the weight matrices inside of a
   network. With g = grad_scale grad (negated under maximize) and w = param,

     buffer = momentum buffer + g
     u = g + momentum buffer with nesterov, buffer without
     w = (1 - lr weight_decay) w - lr scale newton_schulz(u)

   scale depends on the shape, as scaling says; r, rows, are the outputs of the layer
   (PyTorch's weights; where weights are stored inputs x outputs, as in JAX,
   transposing is the caller's, or OPTIM_MUON_MATCH_RMS, which does not mind).
   A convolution's weights go in as outputs x all the rest; stacked projections
   (query, key, value) one by one; embeddings, output layers, gains and biases
   belong to AdamW.
   State: buffer, rows x columns values, 0 before the first step. step counts from 1;
   the rule does not depend on it.
   scratch: optim_muon_scratch bytes; 0 bytes when the matrix is empty.
   Errors: OPTIM_ERROR_NULL (an array NULL with values in it), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range),
   OPTIM_ERROR_OPTION (scaling), OPTIM_ERROR_SCRATCH.

   How others differ: PyTorch and later versions of the author's average the momentum,
   buffer = mu buffer + (1 - mu) g, which changes buffer and u by the factor 1 - mu
   alone and not the orthogonalised step. PyTorch divides by max(|u|, eps); its
   adjust_lr_fn "original" and "match_rms_adamw" are the scalings 0 and 1, its
   defaults lr 0.001 and weight_decay 0.1. Frameworks that run the iteration in
   bfloat16 differ in the third digit.
   Sources: K. Jordan et al., Muon: An optimizer for hidden layers in neural networks,
   2024; J. Liu et al., Muon is Scalable for LLM Training, 2025, arXiv 2502.16982 (the
   scaling MATCH_RMS, weight decay). */
OPTIM_DEF int optim_muon_REAL(const optim_muon_config *config, int64_t step, size_t rows, size_t columns,
                              REAL *param, const REAL *grad, REAL *buffer, void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_muon_scratch_REAL(size_t rows, size_t columns);

//@elem

OPTIM_INLINE optim_newton_schulz_config optim_newton_schulz_defaults(void)
{
    optim_newton_schulz_config c;
    c.a = 3.4445;
    c.b = -4.7750;
    c.c = 2.0315;
    c.eps = 1e-7;
    c.steps = 5;
    return c;
}

OPTIM_INLINE optim_muon_config optim_muon_defaults(void)
{
    optim_muon_config c;
    c.lr = 0.02;
    c.momentum = 0.95;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.nesterov = 1;
    c.scaling = OPTIM_MUON_ORIGINAL;
    c.maximize = 0;
    c.newton_schulz = optim_newton_schulz_defaults();
    return c;
}

//@shared

/* One orthogonalisation: x holds the matrix, then the result; y is as long, p and q
   are squares of the shorter side. */
typedef struct {
    size_t rows, columns;
    REAL *x, *y, *p, *q;
    double a, b, c, eps;
    int steps;
} lfn_newton_schulz_REAL;

//@kernel

/* Rows of a symmetric product per block. */
#define LFN_GRAM_BLOCK 96

/* out = op(x) op(x)^T, n x n, op(x) being n x k: the blocks on and below the diagonal,
   mirrored. x has rows of ld values. */
LFN_FN void lfn_gram(int transpose, size_t n, size_t k, const REAL *x, size_t ld, REAL *out)
{
    size_t i, j, first, count;
    for (first = 0; first < n; first += count) {
        const REAL *block = transpose ? x + first : x + first * ld;
        count = n - first < LFN_GRAM_BLOCK ? n - first : LFN_GRAM_BLOCK;
        lfn_gemm(transpose, !transpose, count, first + count, k, LFN_K(1), block, ld, x, ld, LFN_K(0), out + first * n, n);
        for (i = first; i < first + count; i++)
            for (j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
    }
}

/* y = a x + b y */
LFN_FN void lfn_combine(REAL *y, REAL a, const REAL *x, REAL b, size_t n)
{
    const lfn_vec p = lfn_set1(a), q = lfn_set1(b);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(y + k, p * lfn_load(x + k) + q * lfn_load(y + k));
    if (k < n) lfn_store_part(y + k, p * lfn_load_part(x + k, n - k) + q * lfn_load_part(y + k, n - k), n - k);
}

/* Orthogonalises x in place. */
LFN_FN void lfn_newton_schulz_kernel(const lfn_newton_schulz_REAL *s)
{
    const size_t rows = s->rows, columns = s->columns, n = rows * columns;
    const size_t side = rows > columns ? columns : rows;
    const double norm = sqrt(lfn_norm_squares(s->x, n)) + s->eps;
    REAL *x = s->x, *y = s->y, *swap;
    int k;
    lfn_scale(x, norm < (LFN_BITS == 32 ? 1e-37 : 1e-150) ? LFN_K(0) : (REAL)(1 / norm), x, n);
    for (k = 0; k < s->steps; k++) {
        lfn_gram(rows > columns, side, rows > columns ? rows : columns, x, columns, s->p);
        lfn_gram(0, side, side, s->p, side, s->q);
        lfn_combine(s->q, (REAL)s->b, s->p, (REAL)s->c, side * side);
        memcpy(y, x, n * sizeof *y);
        if (rows > columns) lfn_gemm(0, 0, rows, columns, side, LFN_K(1), x, columns, s->q, side, (REAL)s->a, y, columns);
        else lfn_gemm(0, 0, rows, columns, side, LFN_K(1), s->q, side, x, columns, (REAL)s->a, y, columns);
        swap = x;
        x = y;
        y = swap;
    }
    if (x != s->x) memcpy(s->x, x, n * sizeof *x);
}

/* buffer = mu buffer + scale grad;  u = scale grad + mu buffer, or buffer */
LFN_FN void lfn_muon_momentum(REAL *u, REAL *buffer, REAL mu, REAL scale, const REAL *grad, size_t n, int nesterov)
{
    const lfn_vec decay = lfn_set1(mu), factor = lfn_set1(scale);
    lfn_vec g, b, ahead;
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        g = factor * lfn_load(grad + k);
        b = decay * lfn_load(buffer + k) + g;
        lfn_store(buffer + k, b);
        ahead = g + decay * b;
        lfn_store(u + k, nesterov ? ahead : b);
    }
    if (k < n) {
        g = factor * lfn_load_part(grad + k, n - k);
        b = decay * lfn_load_part(buffer + k, n - k) + g;
        lfn_store_part(buffer + k, b, n - k);
        ahead = g + decay * b;
        lfn_store_part(u + k, nesterov ? ahead : b, n - k);
    }
}

//@impl

/* Cuts the scratch; n > 0. */
LFN_FN void lfn_newton_schulz_room(lfn_newton_schulz_REAL *s, const optim_newton_schulz_config *c,
                                   size_t rows, size_t columns, void *scratch)
{
    const size_t side = rows > columns ? columns : rows;
    s->rows = rows;
    s->columns = columns;
    s->x = (REAL *)lfn_cut(&scratch, rows * columns, sizeof(REAL));
    s->y = (REAL *)lfn_cut(&scratch, rows * columns, sizeof(REAL));
    s->p = (REAL *)lfn_cut(&scratch, side * side, sizeof(REAL));
    s->q = (REAL *)lfn_cut(&scratch, side * side, sizeof(REAL));
    s->a = c->a;
    s->b = c->b;
    s->c = c->c;
    s->eps = c->eps;
    s->steps = c->steps;
}

LFN_FN int lfn_newton_schulz_check(const optim_newton_schulz_config *c)
{
    return lfn_is_finite(c->a) && lfn_is_finite(c->b) && lfn_is_finite(c->c) && lfn_is_nonnegative(c->eps)
        && c->steps >= 0 && c->steps <= 100;
}

OPTIM_DEF size_t optim_newton_schulz_scratch_REAL(size_t rows, size_t columns)
{
    const size_t side = rows > columns ? columns : rows;
    const size_t whole = lfn_piece(lfn_mul(rows, columns), sizeof(REAL)), square = lfn_piece(lfn_mul(side, side), sizeof(REAL));
    return side ? lfn_add(lfn_mul(whole, 2), lfn_mul(square, 2)) : 0;
}

OPTIM_DEF int optim_newton_schulz_REAL(const optim_newton_schulz_config *config, size_t rows, size_t columns,
                                       const REAL *matrix, REAL *out, void *scratch, size_t scratch_size)
{
    const optim_newton_schulz_config c = config ? *config : optim_newton_schulz_defaults();
    const size_t n = lfn_mul(rows, columns);
    lfn_newton_schulz_REAL s;
    if (n && (!matrix || !out)) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (!lfn_newton_schulz_check(&c)) return OPTIM_ERROR_PARAMETER;
    if (n == 0) return OPTIM_OK;
    if (!scratch || scratch_size < optim_newton_schulz_scratch_REAL(rows, columns)) return OPTIM_ERROR_SCRATCH;
    lfn_newton_schulz_room(&s, &c, rows, columns, scratch);
    memcpy(s.x, matrix, n * sizeof *matrix);
    LFN_CALL(lfn_newton_schulz_kernel, (&s));
    memcpy(out, s.x, n * sizeof *out);
    return OPTIM_OK;
}

OPTIM_DEF size_t optim_muon_scratch_REAL(size_t rows, size_t columns)
{
    return optim_newton_schulz_scratch_REAL(rows, columns);
}

/* What multiplies the orthogonalised step. */
LFN_FN double lfn_muon_scale(int scaling, size_t rows, size_t columns)
{
    const double r = (double)rows, c = (double)columns;
    switch (scaling) {
    case OPTIM_MUON_ORIGINAL: return r > c ? sqrt(r / c) : 1;
    case OPTIM_MUON_MATCH_RMS: return 0.2 * sqrt(r > c ? r : c);
    case OPTIM_MUON_SPECTRAL: return sqrt(r / c);
    default: return 1;
    }
}

OPTIM_DEF int optim_muon_REAL(const optim_muon_config *config, int64_t step, size_t rows, size_t columns,
                              REAL *param, const REAL *grad, REAL *buffer, void *scratch, size_t scratch_size)
{
    const optim_muon_config c = config ? *config : optim_muon_defaults();
    const size_t n = lfn_mul(rows, columns);
    lfn_newton_schulz_REAL s;
    double rate;
    if (n && (!param || !grad || !buffer)) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (step < 1 || !lfn_is_common(c.lr, c.grad_scale, c.weight_decay) || !lfn_is_decay(c.momentum)
        || !lfn_newton_schulz_check(&c.newton_schulz)) return OPTIM_ERROR_PARAMETER;
    if (c.scaling < OPTIM_MUON_ORIGINAL || c.scaling > OPTIM_MUON_UNSCALED) return OPTIM_ERROR_OPTION;
    if (n == 0) return OPTIM_OK;
    if (!scratch || scratch_size < optim_muon_scratch_REAL(rows, columns)) return OPTIM_ERROR_SCRATCH;
    lfn_newton_schulz_room(&s, &c.newton_schulz, rows, columns, scratch);
    LFN_CALL(lfn_muon_momentum, (s.x, buffer, (REAL)c.momentum, (REAL)lfn_gradient_factor(c.grad_scale, c.maximize),
                                 grad, n, c.nesterov));
    LFN_CALL(lfn_newton_schulz_kernel, (&s));
    rate = c.lr * lfn_muon_scale(c.scaling, rows, columns);
    LFN_CALL(lfn_combine, (param, (REAL)-rate, s.x, (REAL)(1 - c.lr * c.weight_decay), n));
    return OPTIM_OK;
}
