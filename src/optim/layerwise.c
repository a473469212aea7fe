//@family Layerwise: steps scaled by the norm of each tensor

//@api

/* ---- layerwise -----------------------------------------------------------------

   One call is one tensor (a weight matrix, a bias, ...): the size of its step
   comes from the norm of the whole tensor. A model is a loop over its tensors. */

/* The hyper-parameters of optim_lamb; optim_lamb_defaults() gives the values in
   parentheses. */
typedef struct optim_lamb_config {
    double lr;               /* learning rate, >= 0 (0.001) */
    double beta1, beta2;     /* decay of the moments, 0 <= beta < 1 (0.9, 0.999) */
    double eps;              /* added to the root, >= 0 (1e-6) */
    double weight_decay;     /* >= 0 (0.01) */
    double max_weight_norm;  /* bound of phi, >= 0; 0: none (0) */
    double max_trust;        /* bound of the trust ratio, >= 0; 0: none (0) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int bias_correction;     /* nonzero: moments are divided by 1 - beta^step (1) */
    int always_adapt;        /* nonzero: a trust ratio without weight decay too (0) */
    int decoupled_decay;     /* nonzero: decay outside of the update (0) */
    int maximize;            /* nonzero: step along the gradient (0) */
} optim_lamb_config;

/* LAMB: Adam whose step has, tensor by tensor, a length in proportion to the
   length of the weights; for large batches. With g = grad_scale grad (negated
   under maximize), t = step and w = param,

     m = beta1 m + (1 - beta1) g
     v = beta2 v + (1 - beta2) g^2
     u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay w
     ratio = phi(|w|) / |u|,  phi(z) = min(z, max_weight_norm)
     w = w - lr min(ratio, max_trust) u

   |.| is the Euclidean norm over the n values of the call; ratio is 1 where |w|
   or |u| is 0, and 1 without weight decay unless always_adapt is set (so biases
   and gains, called with weight_decay 0, take plain Adam steps). Without
   bias_correction both divisors are 1. With decoupled_decay u is without its last
   term, and w is multiplied by 1 - lr weight_decay before the step.
   State: m and v, n values each, 0 before the first step. step counts from 1.
   A global bound on the gradient's norm, which some versions hold inside, is
   grad_scale: min(1, bound / norm).
   Errors: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range).

   How others differ: the first version of the paper has phi(z) = min(z, 10) and no
   bias correction. apex and timm leave the ratio out without weight decay
   (apex: use_nvlamb, timm: always_adapt), optax and the paper never do; timm's
   trust_clip is max_trust = 1; optax has weight_decay 0 by default;
   pytorch_optimizer decays outside of u, so its ratio does not see it.
   Source: Y. You et al., Large Batch Optimization for Deep Learning: Training BERT
   in 76 minutes, 2019, arXiv 1904.00962. */
OPTIM_DEF int optim_lamb_REAL(const optim_lamb_config *config, int64_t step, size_t n, REAL *param, const REAL *grad,
                              REAL *m, REAL *v);

//@elem

OPTIM_INLINE optim_lamb_config optim_lamb_defaults(void)
{
    optim_lamb_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-6;
    c.weight_decay = 0.01;
    c.max_weight_norm = 0;
    c.max_trust = 0;
    c.grad_scale = 1;
    c.bias_correction = 1;
    c.always_adapt = 0;
    c.decoupled_decay = 0;
    c.maximize = 0;
    return c;
}

//@shared

/* What one LAMB step needs, in the element type. */
typedef struct {
    REAL scale;                  /* of the gradient, negative under maximize */
    REAL beta1, rest1, beta2, rest2;
    REAL m_scale, root_scale;    /* 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
    REAL eps, decay;             /* decay: the part inside of u */
    double shrink;               /* of the weights, outside of u */
    double lr, max_weight_norm, max_trust;
    int adapt;
} lfn_lamb_REAL;

/* The trust ratio from the sums of squares of w and u. */
LFN_SMALL double lfn_lamb_ratio_REAL(const lfn_lamb_REAL *a, double param_squares, double update_squares)
{
    double norm = sqrt(param_squares), ratio;
    if (!a->adapt || !(param_squares > 0) || !(update_squares > 0)) return 1;
    if (a->max_weight_norm > 0 && norm > a->max_weight_norm) norm = a->max_weight_norm;
    ratio = norm / sqrt(update_squares);
    return a->max_trust > 0 && ratio > a->max_trust ? a->max_trust : ratio;
}

//@kernel

/* Values per block: the update's buffer stays in the first-level cache, and a lane
   sums no more squares than this in the element type. */
#define LFN_LAYER_BLOCK 512

/* u of the new moments. */
LFN_INLINE lfn_vec lfn_lamb_update(const lfn_lamb_REAL *a, lfn_vec w, lfn_vec m, lfn_vec v)
{
    return m * lfn_set1(a->m_scale) / (lfn_sqrt(v) * lfn_set1(a->root_scale) + lfn_set1(a->eps)) + lfn_set1(a->decay) * w;
}

/* The moments of one vector move on; their u. */
LFN_INLINE lfn_vec lfn_lamb_moments(const lfn_lamb_REAL *a, lfn_vec w, lfn_vec g, lfn_vec *m, lfn_vec *v)
{
    g *= lfn_set1(a->scale);
    *m = lfn_set1(a->beta1) * *m + lfn_set1(a->rest1) * g;
    *v = lfn_set1(a->beta2) * *v + lfn_set1(a->rest2) * (g * g);
    return lfn_lamb_update(a, w, *m, *v);
}

/* First pass over a block: new m and v, u into a buffer, and the sums of squares of w
   and u, taken again in double where they may have left the range of the type. */
LFN_FN void lfn_lamb_block(const lfn_lamb_REAL *a, size_t n, const REAL *param, const REAL *grad, REAL *m, REAL *v,
                           REAL *u, double *param_squares, double *update_squares)
{
    const double low = LFN_BITS == 32 ? 1e-24 * (double)n : -1, high = LFN_BITS == 32 ? 1e38 : HUGE_VAL;
    lfn_vec w, x, y, z, w2 = lfn_zero(), z2 = lfn_zero();
    double sum;
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        w = lfn_load(param + k);
        x = lfn_load(m + k);
        y = lfn_load(v + k);
        z = lfn_lamb_moments(a, w, lfn_load(grad + k), &x, &y);
        lfn_store(m + k, x);
        lfn_store(v + k, y);
        lfn_store(u + k, z);
        w2 = lfn_fma(w, w, w2);
        z2 = lfn_fma(z, z, z2);
    }
    if (k < n) {
        w = lfn_load_part(param + k, n - k);
        x = lfn_load_part(m + k, n - k);
        y = lfn_load_part(v + k, n - k);
        z = lfn_keep(lfn_first(n - k), lfn_lamb_moments(a, w, lfn_load_part(grad + k, n - k), &x, &y));
        lfn_store_part(m + k, x, n - k);
        lfn_store_part(v + k, y, n - k);
        lfn_store_part(u + k, z, n - k);
        w2 = lfn_fma(w, w, w2);
        z2 = lfn_fma(z, z, z2);
    }
    sum = lfn_hsum(w2);
    *param_squares += sum > low && sum < high ? sum : lfn_dot_double(param, param, n);
    sum = lfn_hsum(z2);
    *update_squares += sum > low && sum < high ? sum : lfn_dot_double(u, u, n);
}

/* Second pass over a block: u again, and param = shrink param - rate u. */
LFN_FN void lfn_lamb_apply(const lfn_lamb_REAL *a, size_t n, REAL rate, REAL *param, const REAL *m, const REAL *v)
{
    const lfn_vec shrink = lfn_set1((REAL)a->shrink), factor = lfn_set1(rate);
    lfn_vec w;
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        w = lfn_load(param + k);
        lfn_store(param + k, shrink * w - factor * lfn_lamb_update(a, w, lfn_load(m + k), lfn_load(v + k)));
    }
    if (k < n) {
        w = lfn_load_part(param + k, n - k);
        w = shrink * w - factor * lfn_lamb_update(a, w, lfn_load_part(m + k, n - k), lfn_load_part(v + k, n - k));
        lfn_store_part(param + k, w, n - k);
    }
}

/* The second pass runs from the end to the front: what the first one has left in
   the caches comes first. */
LFN_FN void lfn_lamb_kernel(const lfn_lamb_REAL *a, size_t n, REAL *param, const REAL *grad, REAL *m, REAL *v)
{
    REAL u[LFN_LAYER_BLOCK], rate;
    double param_squares = 0, update_squares = 0;
    size_t k, count;
    for (k = 0; k < n; k += count) {
        count = n - k < LFN_LAYER_BLOCK ? n - k : LFN_LAYER_BLOCK;
        lfn_lamb_block(a, count, param + k, grad + k, m + k, v + k, u, &param_squares, &update_squares);
    }
    rate = (REAL)(a->lr * lfn_lamb_ratio_REAL(a, param_squares, update_squares));
    for (; k > 0; k -= count) {
        count = k % LFN_LAYER_BLOCK ? k % LFN_LAYER_BLOCK : LFN_LAYER_BLOCK;
        lfn_lamb_apply(a, count, rate, param + k - count, m + k - count, v + k - count);
    }
}

//@impl

LFN_FN int lfn_lamb_check(const optim_lamb_config *c)
{
    return lfn_is_common(c->lr, c->grad_scale, c->weight_decay) && lfn_is_decay(c->beta1) && lfn_is_decay(c->beta2)
        && lfn_is_nonnegative(c->eps) && lfn_is_nonnegative(c->max_weight_norm) && lfn_is_nonnegative(c->max_trust)
        && lfn_is_finite(1 / (1 - c->beta1));
}

OPTIM_DEF int optim_lamb_REAL(const optim_lamb_config *config, int64_t step, size_t n, REAL *param, const REAL *grad,
                              REAL *m, REAL *v)
{
    const optim_lamb_config c = config ? *config : optim_lamb_defaults();
    lfn_lamb_REAL a;
    if (n && (!param || !grad || !m || !v)) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (step < 1 || !lfn_lamb_check(&c)) return OPTIM_ERROR_PARAMETER;
    a.scale = (REAL)lfn_gradient_factor(c.grad_scale, c.maximize);
    a.beta1 = (REAL)c.beta1;
    a.rest1 = (REAL)(1 - c.beta1);
    a.beta2 = (REAL)c.beta2;
    a.rest2 = (REAL)(1 - c.beta2);
    a.m_scale = (REAL)(c.bias_correction ? 1 / (1 - pow(c.beta1, (double)step)) : 1);
    a.root_scale = (REAL)(c.bias_correction ? 1 / sqrt(1 - pow(c.beta2, (double)step)) : 1);
    a.eps = (REAL)c.eps;
    a.decay = (REAL)(c.decoupled_decay ? 0 : c.weight_decay);
    a.shrink = c.decoupled_decay ? 1 - c.lr * c.weight_decay : 1;
    a.lr = c.lr;
    a.max_weight_norm = c.max_weight_norm;
    a.max_trust = c.max_trust;
    a.adapt = c.always_adapt || c.weight_decay > 0;
    LFN_CALL(lfn_lamb_kernel, (&a, n, param, grad, m, v));
    return OPTIM_OK;
}
