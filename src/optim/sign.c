//@family Sign: steps of one size, in the direction of a sign (Lion)

//@api

/* ---- Lion ------------------------------------------------------------------------- */

typedef struct optim_lion_config {
    double lr;             /* 1e-4, >= 0; 3 to 10 times below AdamW's */
    double beta1;          /* 0.9, 0 <= beta1 < 1: between momentum and gradient */
    double beta2;          /* 0.99, 0 <= beta2 < 1: the momentum's decay */
    double weight_decay;   /* 0, >= 0, decoupled; 3 to 10 times above AdamW's */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
} optim_lion_config;

/* Lion. With g = grad_scale grad (negated by maximize):

     param = (1 - lr weight_decay) param - lr sign(beta1 m + (1 - beta1) g)
     m = beta2 m + (1 - beta2) g

   The sign is taken with the m from before the step; sign(0) = 0, the sign of
   NaN is NaN. State: m, n values, all 0 before step 1. The size of a step does
   not depend on the size of the gradient, nor on a grad_scale that stays the
   same. Optax's default weight_decay is 1e-3.
   Errors: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range).
   Source: X. Chen et al., Symbolic Discovery of Optimization Algorithms, 2023,
   arXiv 2302.06675. */
OPTIM_DEF int optim_lion_REAL(const optim_lion_config *config, int64_t step, size_t n,
                              REAL *param, const REAL *grad, REAL *m);

//@point

/* -1, 0, 1 or NaN */
LFN_INLINE lfn_vec lfn_sign_or_nan(lfn_vec x) { return lfn_select(x == x, lfn_sign(x), x); }

/* h: 0 gradient's factor, 1 beta1, 2 1 - beta1, 3 beta2, 4 1 - beta2, 5 lr,
   6 what decay leaves of the parameter */
LFN_INLINE void lfn_lion_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = h[0] * grad;
    const lfn_vec direction = lfn_sign_or_nan(lfn_fma(h[1], state[0], h[2] * g));
    *param = lfn_fma(-h[5], direction, h[6] * *param);
    state[0] = lfn_fma(h[3], state[0], h[4] * g);
}

//@elem

/* One element at a time, as for Adam. */
OPTIM_INLINE optim_lion_config optim_lion_defaults(void)
{
    optim_lion_config c;
    c.lr = 1e-4;
    c.beta1 = 0.9;
    c.beta2 = 0.99;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_REAL optim_lion_coefficients_REAL(const optim_lion_config *config, int64_t step)
{
    const optim_lion_config c = config ? *config : optim_lion_defaults();
    optim_coefficients_REAL k;
    (void)step;
    k.value[0] = LFN_CAST(REAL, lfn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = LFN_CAST(REAL, c.beta1);
    k.value[2] = LFN_CAST(REAL, 1 - c.beta1);
    k.value[3] = LFN_CAST(REAL, c.beta2);
    k.value[4] = LFN_CAST(REAL, 1 - c.beta2);
    k.value[5] = LFN_CAST(REAL, c.lr);
    k.value[6] = LFN_CAST(REAL, 1 - c.lr * c.weight_decay);
    k.value[7] = k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE void optim_lion_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad, REAL *m)
{
    lfn_lion_point_REAL(param, grad, m, c->value);
}

OPTIM_INLINE void optim_lion_elem_REAL(const optim_lion_config *config, int64_t step, REAL *param, REAL grad, REAL *m)
{
    const optim_coefficients_REAL c = optim_lion_coefficients_REAL(config, step);
    optim_lion_apply_REAL(&c, param, grad, m);
}

//@kernel

LFN_FN void lfn_lion_kernel(const lfn_step_REAL *u) { lfn_update(u, 1, lfn_lion_point); }

//@impl

OPTIM_DEF int optim_lion_REAL(const optim_lion_config *config, int64_t step, size_t n,
                              REAL *param, const REAL *grad, REAL *m)
{
    const optim_lion_config c = config ? *config : optim_lion_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, 1, m, NULL, NULL);
    if (status) return status;
    if (!lfn_is_common(c.lr, c.grad_scale, c.weight_decay) || !lfn_is_decay(c.beta1) || !lfn_is_decay(c.beta2))
        return OPTIM_ERROR_PARAMETER;
    u.coefficients = optim_lion_coefficients_REAL(&c, step);
    LFN_CALL(lfn_lion_kernel, (&u));
    return OPTIM_OK;
}
