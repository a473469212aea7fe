//@family Adam: first and second moments of the gradient

//@api

/* ---- Adam ---------------------------------------------------------------------

   With g = grad_scale grad (negated by maximize) and t = step:

     m = beta1 m + (1 - beta1) g
     v = beta2 v + (1 - beta2) g^2
     param -= lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)

   State: m and v, n each (AMSGrad: and v_max), all 0 before step 1.
   lr >= 0, usually 1e-3 and less; 0 <= beta1, beta2 < 1; eps >= 0, usually 1e-8:
   it stands outside the root and is not touched by the bias correction, as in
   PyTorch, Optax, Apex and DeepSpeed. The Keras and TensorFlow 1 form,
   lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + e), is eps = e / sqrt(1 - beta2^t)
   here. With eps = 0 an element whose gradients were all 0 becomes 0 / 0.
   Errors of all: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range). */

typedef struct optim_adam_config {
    double lr;             /* 1e-3 */
    double beta1;          /* 0.9 */
    double beta2;          /* 0.999 */
    double eps;            /* 1e-8 */
    double weight_decay;   /* 0, coupled: g += weight_decay param */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
} optim_adam_config;

typedef struct optim_adamw_config {
    double lr;             /* 1e-3 */
    double beta1;          /* 0.9 */
    double beta2;          /* 0.999 */
    double eps;            /* 1e-8 */
    double weight_decay;   /* 0.01, decoupled */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
    int independent_decay; /* 0: param *= 1 - lr weight_decay; nonzero: param *= 1 - weight_decay */
} optim_adamw_config;

typedef struct optim_amsgrad_config {
    double lr;             /* 1e-3 */
    double beta1;          /* 0.9 */
    double beta2;          /* 0.999 */
    double eps;            /* 1e-8 */
    double weight_decay;   /* 0 */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
    int decoupled;         /* 0: weight decay as in Adam; nonzero: as in AdamW */
} optim_amsgrad_config;

/* Adam. Its weight decay is coupled: g += weight_decay param before the
   moments, which the adaptive step size then mostly undoes; see AdamW.
   Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, 2015,
   arXiv 1412.6980. */
OPTIM_DEF int optim_adam_REAL(const optim_adam_config *config, int64_t step, size_t n,
                              REAL *param, const REAL *grad, REAL *m, REAL *v);

/* AdamW: Adam with decoupled weight decay, param *= 1 - lr weight_decay before
   the step. That is PyTorch, Optax, Apex and DeepSpeed; the paper multiplies by
   the schedule alone and not by lr: set independent_decay and put weight_decay
   times the schedule's multiplier there. Default decays differ: PyTorch 0.01,
   Optax 1e-4, Keras 0.004, Hugging Face 0.
   Source: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, 2019,
   arXiv 1711.05101. */
OPTIM_DEF int optim_adamw_REAL(const optim_adamw_config *config, int64_t step, size_t n,
                               REAL *param, const REAL *grad, REAL *m, REAL *v);

/* AMSGrad: v_max = max(v_max, v) takes the place of v in the step. The maximum
   is of the uncorrected v and 1 / sqrt(1 - beta2^t) is applied to its root, as
   in PyTorch (amsgrad=True of Adam, and with decoupled of AdamW); Optax takes
   the maximum of the corrected v, and its trajectories differ.
   Source: S. J. Reddi, S. Kale, S. Kumar, On the Convergence of Adam and Beyond,
   2018, arXiv 1904.09237. */
OPTIM_DEF int optim_amsgrad_REAL(const optim_amsgrad_config *config, int64_t step, size_t n,
                                 REAL *param, const REAL *grad, REAL *m, REAL *v, REAL *v_max);

//@point

/* h: 0 gradient's factor, 1 beta1, 2 1 - beta1, 3 beta2, 4 1 - beta2,
   5 1 / sqrt(1 - beta2^t), 6 eps, 7 lr / (1 - beta1^t),
   8 coupled decay, 9 what decoupled decay leaves of the parameter. */

/* m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2 */
LFN_INLINE void lfn_adam_moments(lfn_vec g, lfn_vec *m, lfn_vec *v, const lfn_vec *h)
{
    *m = lfn_fma(h[1], *m, h[2] * g);
    *v = lfn_fma(h[3], *v, h[4] * g * g);
}

/* lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps), taken from the parameter */
LFN_INLINE lfn_vec lfn_adam_moved(lfn_vec param, lfn_vec m, lfn_vec v, const lfn_vec *h)
{
    return lfn_fma(-h[7], m / lfn_fma(lfn_sqrt(v), h[5], h[6]), param);
}

LFN_INLINE void lfn_adam_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    lfn_adam_moments(lfn_fma(h[8], *param, h[0] * grad), &state[0], &state[1], h);
    *param = lfn_adam_moved(*param, state[0], state[1], h);
}

LFN_INLINE void lfn_adamw_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    lfn_adam_moments(h[0] * grad, &state[0], &state[1], h);
    *param = lfn_adam_moved(h[9] * *param, state[0], state[1], h);
}

LFN_INLINE void lfn_amsgrad_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    lfn_adam_moments(lfn_fma(h[8], *param, h[0] * grad), &state[0], &state[1], h);
    state[2] = lfn_max(state[2], state[1]);
    *param = lfn_adam_moved(h[9] * *param, state[0], state[2], h);
}

//@elem

/* One element at a time, usable without the implementation: optim_NAME_elem_REAL
   is the whole step of one parameter; where many share a step, let
   optim_NAME_coefficients_REAL compute its scalars once and call
   optim_NAME_apply_REAL on each. A NULL config is the defaults. Nothing is
   checked: step and hyper-parameters must be in range. */
OPTIM_INLINE optim_adam_config optim_adam_defaults(void)
{
    optim_adam_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-8;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_adamw_config optim_adamw_defaults(void)
{
    optim_adamw_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-8;
    c.weight_decay = 0.01;
    c.grad_scale = 1;
    c.maximize = 0;
    c.independent_decay = 0;
    return c;
}

OPTIM_INLINE optim_amsgrad_config optim_amsgrad_defaults(void)
{
    optim_amsgrad_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-8;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    c.decoupled = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_REAL lfn_adam_scalars_REAL(double lr, double beta1, double beta2, double eps,
                                                           double factor, double coupled, double kept, int64_t step)
{
    optim_coefficients_REAL c;
    const double t = LFN_CAST(double, step);
    c.value[0] = LFN_CAST(REAL, factor);
    c.value[1] = LFN_CAST(REAL, beta1);
    c.value[2] = LFN_CAST(REAL, 1 - beta1);
    c.value[3] = LFN_CAST(REAL, beta2);
    c.value[4] = LFN_CAST(REAL, 1 - beta2);
    c.value[5] = LFN_CAST(REAL, 1 / sqrt(1 - pow(beta2, t)));
    c.value[6] = LFN_CAST(REAL, eps);
    c.value[7] = LFN_CAST(REAL, lr / (1 - pow(beta1, t)));
    c.value[8] = LFN_CAST(REAL, coupled);
    c.value[9] = LFN_CAST(REAL, kept);
    c.value[10] = 0;
    c.value[11] = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_REAL optim_adam_coefficients_REAL(const optim_adam_config *config, int64_t step)
{
    const optim_adam_config c = config ? *config : optim_adam_defaults();
    return lfn_adam_scalars_REAL(c.lr, c.beta1, c.beta2, c.eps, lfn_gradient_factor(c.grad_scale, c.maximize),
                                 c.weight_decay, 1, step);
}

OPTIM_INLINE optim_coefficients_REAL optim_adamw_coefficients_REAL(const optim_adamw_config *config, int64_t step)
{
    const optim_adamw_config c = config ? *config : optim_adamw_defaults();
    return lfn_adam_scalars_REAL(c.lr, c.beta1, c.beta2, c.eps, lfn_gradient_factor(c.grad_scale, c.maximize),
                                 0, 1 - (c.independent_decay ? 1 : c.lr) * c.weight_decay, step);
}

OPTIM_INLINE optim_coefficients_REAL optim_amsgrad_coefficients_REAL(const optim_amsgrad_config *config, int64_t step)
{
    const optim_amsgrad_config c = config ? *config : optim_amsgrad_defaults();
    return lfn_adam_scalars_REAL(c.lr, c.beta1, c.beta2, c.eps, lfn_gradient_factor(c.grad_scale, c.maximize),
                                 c.decoupled ? 0 : c.weight_decay, c.decoupled ? 1 - c.lr * c.weight_decay : 1, step);
}

OPTIM_INLINE void optim_adam_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad, REAL *m, REAL *v)
{
    REAL state[2];
    state[0] = *m;
    state[1] = *v;
    lfn_adam_point_REAL(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
}

OPTIM_INLINE void optim_adamw_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad, REAL *m, REAL *v)
{
    REAL state[2];
    state[0] = *m;
    state[1] = *v;
    lfn_adamw_point_REAL(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
}

OPTIM_INLINE void optim_amsgrad_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad,
                                           REAL *m, REAL *v, REAL *v_max)
{
    REAL state[3];
    state[0] = *m;
    state[1] = *v;
    state[2] = *v_max;
    lfn_amsgrad_point_REAL(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
    *v_max = state[2];
}

OPTIM_INLINE void optim_adam_elem_REAL(const optim_adam_config *config, int64_t step, REAL *param, REAL grad,
                                       REAL *m, REAL *v)
{
    const optim_coefficients_REAL c = optim_adam_coefficients_REAL(config, step);
    optim_adam_apply_REAL(&c, param, grad, m, v);
}

OPTIM_INLINE void optim_adamw_elem_REAL(const optim_adamw_config *config, int64_t step, REAL *param, REAL grad,
                                        REAL *m, REAL *v)
{
    const optim_coefficients_REAL c = optim_adamw_coefficients_REAL(config, step);
    optim_adamw_apply_REAL(&c, param, grad, m, v);
}

OPTIM_INLINE void optim_amsgrad_elem_REAL(const optim_amsgrad_config *config, int64_t step, REAL *param, REAL grad,
                                          REAL *m, REAL *v, REAL *v_max)
{
    const optim_coefficients_REAL c = optim_amsgrad_coefficients_REAL(config, step);
    optim_amsgrad_apply_REAL(&c, param, grad, m, v, v_max);
}

//@kernel

LFN_FN void lfn_adam_kernel(const lfn_step_REAL *u) { lfn_update(u, 2, lfn_adam_point); }
LFN_FN void lfn_adamw_kernel(const lfn_step_REAL *u) { lfn_update(u, 2, lfn_adamw_point); }
LFN_FN void lfn_amsgrad_kernel(const lfn_step_REAL *u) { lfn_update(u, 3, lfn_amsgrad_point); }

//@impl

/* The ranges of the hyper-parameters of all of them. lr / (1 - beta1) bounds
   the step size of every step. */
LFN_FN int lfn_adam_check(double lr, double beta1, double beta2, double eps, double weight_decay, double grad_scale)
{
    return lfn_is_common(lr, grad_scale, weight_decay) && lfn_is_decay(beta1) && lfn_is_decay(beta2)
        && lfn_is_nonnegative(eps) && lfn_is_finite(lr / (1 - beta1)) ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

OPTIM_DEF int optim_adam_REAL(const optim_adam_config *config, int64_t step, size_t n,
                              REAL *param, const REAL *grad, REAL *m, REAL *v)
{
    const optim_adam_config c = config ? *config : optim_adam_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, 2, m, v, NULL);
    if (!status) status = lfn_adam_check(c.lr, c.beta1, c.beta2, c.eps, c.weight_decay, c.grad_scale);
    if (status) return status;
    u.coefficients = optim_adam_coefficients_REAL(&c, step);
    LFN_CALL(lfn_adam_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int optim_adamw_REAL(const optim_adamw_config *config, int64_t step, size_t n,
                               REAL *param, const REAL *grad, REAL *m, REAL *v)
{
    const optim_adamw_config c = config ? *config : optim_adamw_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, 2, m, v, NULL);
    if (!status) status = lfn_adam_check(c.lr, c.beta1, c.beta2, c.eps, c.weight_decay, c.grad_scale);
    if (status) return status;
    u.coefficients = optim_adamw_coefficients_REAL(&c, step);
    LFN_CALL(lfn_adamw_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int optim_amsgrad_REAL(const optim_amsgrad_config *config, int64_t step, size_t n,
                                 REAL *param, const REAL *grad, REAL *m, REAL *v, REAL *v_max)
{
    const optim_amsgrad_config c = config ? *config : optim_amsgrad_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, 3, m, v, v_max);
    if (!status) status = lfn_adam_check(c.lr, c.beta1, c.beta2, c.eps, c.weight_decay, c.grad_scale);
    if (status) return status;
    u.coefficients = optim_amsgrad_coefficients_REAL(&c, step);
    LFN_CALL(lfn_amsgrad_kernel, (&u));
    return OPTIM_OK;
}
