//@family Sharpness: gradients at the worst place nearby

//@api

/* ---- sharpness -----------------------------------------------------------------

   A step in two phases: go uphill to where the loss is worst nearby, take the
   gradient there, come back, and hand that gradient to any optimizer:

     sum = 0; for every tensor: optim_sam_norm_f32(&config, n, param, grad, &sum);
     for every tensor: optim_sam_ascend_f32(&config, &sum, n, param, grad, saved);
     compute the gradients again, on the same batch;
     for every tensor: optim_sam_restore_f32(n, param, saved), then the optimizer's step */

/* The hyper-parameters of SAM; optim_sam_defaults() gives the values in
   parentheses. */
typedef struct optim_sam_config {
    double rho;              /* radius, >= 0; 0.01 to 0.5, adaptive 0.5 to 2 (0.05) */
    double eps;              /* added to the norm, >= 0 (1e-12) */
    double eta;              /* added to |param| when adaptive, >= 0 (0.01) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int adaptive;            /* nonzero: ASAM (0) */
    int maximize;            /* nonzero: the objective is maximized: go downhill (0) */
} optim_sam_config;

/* Adds to *sum_squares what one tensor contributes to the squared norm. With
   g = grad_scale grad:

     SAM:  sum g^2          ASAM:  sum ((|param| + eta) g)^2

   Call it on every tensor of the model, from a *sum_squares of 0; sums of several
   threads or machines are added up. */
OPTIM_DEF int optim_sam_norm_REAL(const optim_sam_config *config, size_t n, const REAL *param, const REAL *grad,
                                  double *sum_squares);

/* The first phase: saved = param, then

     SAM:   param += rho g / (sqrt(sum_squares) + eps)
     ASAM:  param += rho (|param| + eta)^2 g / (sqrt(sum_squares) + eps)

   g = grad_scale grad, negated under maximize. sum_squares is the sum over all
   tensors, from optim_sam_norm; NULL: this call's n values are all there is, and
   their sum is taken. Nothing moves when rho is 0, the gradient is all zeros, the
   norm is infinite, or so small that rho / (norm + eps) leaves the range of the type.
   Nothing is checked of sum_squares: with a NaN param becomes NaN, and
   optim_sam_restore still gives every bit back.
   With the full batch's norm in sum_squares this is DNSAM; with sum_squares 1 and
   eps 0 it is USAM, the ascent without a normaliser.
   saved, n values, need not hold anything before.
   Errors of all three: OPTIM_ERROR_NULL (an array NULL with n > 0; sum_squares
   NULL in optim_sam_norm), OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER.

   How others differ: the authors of ASAM treat biases as SAM does, with the norm of
   all in common: call those tensors with adaptive 0. pytorch_optimizer and
   davda54/sam leave eta out: set it to 0. Taking the norm tensor by
   tensor (sum_squares NULL on each) is another method, not SAM. Versions that come
   back by subtracting the step do not land exactly where they began.
   Sources: P. Foret et al., Sharpness-Aware Minimization for Efficiently Improving
   Generalization, 2020, arXiv 2010.01412; J. Kwon et al., ASAM, 2021, arXiv
   2102.11600; USAM and DNSAM: E. M. Compagnoni et al., An SDE for Modeling SAM:
   Theory and Insights, 2023. */
OPTIM_DEF int optim_sam_ascend_REAL(const optim_sam_config *config, const double *sum_squares, size_t n,
                                    REAL *param, const REAL *grad, REAL *saved);

/* The way back: param = saved, exactly. */
OPTIM_DEF int optim_sam_restore_REAL(size_t n, REAL *param, const REAL *saved);

//@elem

OPTIM_INLINE optim_sam_config optim_sam_defaults(void)
{
    optim_sam_config c;
    c.rho = 0.05;
    c.eps = 1e-12;
    c.eta = 0.01;
    c.grad_scale = 1;
    c.adaptive = 0;
    c.maximize = 0;
    return c;
}

//@kernel

/* Values per block: its buffer stays in the first-level cache. */
#define LFN_SAM_BLOCK 1024

/* sum ((|param| + eta) grad)^2 */
LFN_FN double lfn_asam_squares(REAL eta, size_t n, const REAL *param, const REAL *grad)
{
    const lfn_vec plus = lfn_set1(eta);
    REAL buffer[LFN_SAM_BLOCK];
    double sum = 0;
    size_t k, j, count;
    for (k = 0; k < n; k += count) {
        const REAL *w = param + k, *g = grad + k;
        count = n - k < LFN_SAM_BLOCK ? n - k : LFN_SAM_BLOCK;
        for (j = 0; count - j >= LFN_LANES; j += LFN_LANES)
            lfn_store(buffer + j, (lfn_abs(lfn_load(w + j)) + plus) * lfn_load(g + j));
        if (j < count)
            lfn_store_part(buffer + j, (lfn_abs(lfn_load_part(w + j, count - j)) + plus) * lfn_load_part(g + j, count - j), count - j);
        sum += lfn_norm_squares(buffer, count);
    }
    return sum;
}

/* param + factor grad, or param + factor (|param| + eta)^2 grad */
LFN_INLINE lfn_vec lfn_sam_moved(int adaptive, lfn_vec eta, lfn_vec factor, lfn_vec w, lfn_vec g)
{
    const lfn_vec t = lfn_abs(w) + eta, scaled = t * (t * g);
    return lfn_fma(factor, adaptive ? scaled : g, w);
}

LFN_FN void lfn_sam_ascend(int adaptive, REAL eta, REAL factor, size_t n, REAL *param, const REAL *grad, REAL *saved)
{
    const lfn_vec plus = lfn_set1(eta), by = lfn_set1(factor);
    lfn_vec w;
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        w = lfn_load(param + k);
        lfn_store(saved + k, w);
        lfn_store(param + k, lfn_sam_moved(adaptive, plus, by, w, lfn_load(grad + k)));
    }
    if (k < n) {
        w = lfn_load_part(param + k, n - k);
        lfn_store_part(saved + k, w, n - k);
        lfn_store_part(param + k, lfn_sam_moved(adaptive, plus, by, w, lfn_load_part(grad + k, n - k)), n - k);
    }
}

//@impl

LFN_FN int lfn_sam_check(const optim_sam_config *c)
{
    return lfn_is_nonnegative(c->rho) && lfn_is_nonnegative(c->eps) && lfn_is_nonnegative(c->eta)
        && lfn_is_nonnegative(c->grad_scale);
}

LFN_FN double lfn_sam_squares(const optim_sam_config *c, size_t n, const REAL *param, const REAL *grad)
{
    double sum = c->adaptive ? LFN_CALL(lfn_asam_squares, ((REAL)c->eta, n, param, grad)) : LFN_CALL(lfn_norm_squares, (grad, n));
    return c->grad_scale * c->grad_scale * sum;
}

OPTIM_DEF int optim_sam_norm_REAL(const optim_sam_config *config, size_t n, const REAL *param, const REAL *grad,
                                  double *sum_squares)
{
    const optim_sam_config c = config ? *config : optim_sam_defaults();
    if (!sum_squares || (n && (!param || !grad))) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (!lfn_sam_check(&c)) return OPTIM_ERROR_PARAMETER;
    *sum_squares += lfn_sam_squares(&c, n, param, grad);
    return OPTIM_OK;
}

OPTIM_DEF int optim_sam_ascend_REAL(const optim_sam_config *config, const double *sum_squares, size_t n,
                                    REAL *param, const REAL *grad, REAL *saved)
{
    const optim_sam_config c = config ? *config : optim_sam_defaults();
    double norm, factor;
    if (n && (!param || !grad || !saved)) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (!lfn_sam_check(&c)) return OPTIM_ERROR_PARAMETER;
    norm = sqrt(sum_squares ? *sum_squares : lfn_sam_squares(&c, n, param, grad)) + c.eps;
    factor = c.rho * lfn_gradient_factor(c.grad_scale, c.maximize) / norm;
    if (c.rho == 0 || (norm >= 0 && !lfn_is_finite(factor))) factor = 0;
    if (n && factor == 0) memmove(saved, param, n * sizeof *param);
    else LFN_CALL(lfn_sam_ascend, (c.adaptive, (REAL)c.eta, (REAL)factor, n, param, grad, saved));
    return OPTIM_OK;
}

OPTIM_DEF int optim_sam_restore_REAL(size_t n, REAL *param, const REAL *saved)
{
    if (n && (!param || !saved)) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (n) memmove(param, saved, n * sizeof *param);
    return OPTIM_OK;
}
