//@family Adaptive: a step size per parameter from past squared gradients (AdaGrad, RMSProp)

//@api

/* ---- AdaGrad and RMSProp ---------------------------------------------------------

   g = grad_scale grad (negated by maximize) + weight_decay param, t = step.
   eps stands outside the root and is >= 0; with eps = 0 an element whose
   gradients were all 0 becomes 0 / 0.
   Errors of both: OPTIM_ERROR_NULL (a needed array NULL with n > 0),
   OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of
   range). */

typedef struct optim_adagrad_config {
    double lr;             /* 1e-2, >= 0 */
    double lr_decay;       /* 0, >= 0 */
    double eps;            /* 1e-10, >= 0 */
    double weight_decay;   /* 0, >= 0 */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
} optim_adagrad_config;

typedef struct optim_rmsprop_config {
    double lr;             /* 1e-2, >= 0 */
    double alpha;          /* 0.99, 0 <= alpha < 1: the averages' decay */
    double eps;            /* 1e-8, >= 0 */
    double momentum;       /* 0, 0 <= momentum < 1 */
    double weight_decay;   /* 0, >= 0 */
    double grad_scale;     /* 1, >= 0 */
    int centered;          /* 0; nonzero: divides by the standard deviation instead */
    int maximize;          /* 0; nonzero: ascent */
} optim_rmsprop_config;

/* AdaGrad: sum += g^2, param -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps).
   State: sum, n values, all 0 before step 1 in PyTorch; Optax, Keras and
   TensorFlow start at 0.1, Optax with eps = 1e-7 inside the root.
   Source: J. Duchi, E. Hazan, Y. Singer, Adaptive Subgradient Methods for Online
   Learning and Stochastic Optimization, 2011. */
OPTIM_DEF int optim_adagrad_REAL(const optim_adagrad_config *config, int64_t step, size_t n,
                                 REAL *param, const REAL *grad, REAL *sum);

/* RMSProp:
     square = alpha square + (1 - alpha) g^2
     mean = alpha mean + (1 - alpha) g                        (centered only)
     d = g / (sqrt(square - mean^2) + eps)                    (mean = 0 unless centered)
     buffer = momentum buffer + d, param -= lr buffer         (param -= lr d without momentum)
   square - mean^2 is taken as 0 where rounding makes it negative.
   State, n values each, all 0 before step 1: square; buffer, which may be NULL
   with momentum = 0; mean, which may be NULL unless centered. PyTorch's RMSprop.
   TensorFlow (timm's rmsprop_tf) starts square at 1, puts eps inside the root
   and lr into the buffer; Optax puts eps inside the root by default.
   Sources: G. Hinton, Neural Networks for Machine Learning, lecture 6e, 2012;
   centered: A. Graves, Generating Sequences With Recurrent Neural Networks,
   2013, arXiv 1308.0850. */
OPTIM_DEF int optim_rmsprop_REAL(const optim_rmsprop_config *config, int64_t step, size_t n,
                                 REAL *param, const REAL *grad, REAL *square, REAL *buffer, REAL *mean);

//@point

/* h: 0 gradient's factor, 1 weight decay, 2 lr / (1 + (t - 1) lr_decay), 3 eps */
LFN_INLINE void lfn_adagrad_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    state[0] = lfn_fma(g, g, state[0]);
    *param = lfn_fma(-h[2], g / (lfn_sqrt(state[0]) + h[3]), *param);
}

/* h: 0 gradient's factor, 1 weight decay, 2 lr, 3 eps, 4 alpha, 5 1 - alpha,
   6 momentum, 7 which of the formulas: 1 momentum, 2 centered, 3 both */

/* d of the plain form: square = alpha square + (1 - alpha) g^2, g / (sqrt(square) + eps) */
LFN_INLINE lfn_vec lfn_rmsprop_scaled(lfn_vec g, lfn_vec *square, const lfn_vec *h)
{
    *square = lfn_fma(h[4], *square, h[5] * g * g);
    return g / (lfn_sqrt(*square) + h[3]);
}

/* d of the centered form, with mean = alpha mean + (1 - alpha) g */
LFN_INLINE lfn_vec lfn_rmsprop_centered(lfn_vec g, lfn_vec *square, lfn_vec *mean, const lfn_vec *h)
{
    *square = lfn_fma(h[4], *square, h[5] * g * g);
    *mean = lfn_fma(h[4], *mean, h[5] * g);
    return g / (lfn_sqrt(lfn_max(lfn_zero(), lfn_fma(-*mean, *mean, *square))) + h[3]);
}

LFN_INLINE void lfn_rmsprop_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    *param = lfn_fma(-h[2], lfn_rmsprop_scaled(g, &state[0], h), *param);
}

LFN_INLINE void lfn_rmsprop_momentum_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    const lfn_vec d = lfn_rmsprop_scaled(g, &state[0], h);
    state[1] = lfn_fma(h[6], state[1], d);
    *param = lfn_fma(-h[2], state[1], *param);
}

LFN_INLINE void lfn_rmsprop_centered_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    *param = lfn_fma(-h[2], lfn_rmsprop_centered(g, &state[0], &state[1], h), *param);
}

LFN_INLINE void lfn_rmsprop_full_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    const lfn_vec d = lfn_rmsprop_centered(g, &state[0], &state[2], h);
    state[1] = lfn_fma(h[6], state[1], d);
    *param = lfn_fma(-h[2], state[1], *param);
}

//@elem

/* One element at a time, as for Adam. Pointers to states that the configuration
   does not use may be NULL. */
OPTIM_INLINE optim_adagrad_config optim_adagrad_defaults(void)
{
    optim_adagrad_config c;
    c.lr = 1e-2;
    c.lr_decay = 0;
    c.eps = 1e-10;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_rmsprop_config optim_rmsprop_defaults(void)
{
    optim_rmsprop_config c;
    c.lr = 1e-2;
    c.alpha = 0.99;
    c.eps = 1e-8;
    c.momentum = 0;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.centered = 0;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_REAL optim_adagrad_coefficients_REAL(const optim_adagrad_config *config, int64_t step)
{
    const optim_adagrad_config c = config ? *config : optim_adagrad_defaults();
    optim_coefficients_REAL k;
    k.value[0] = LFN_CAST(REAL, lfn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = LFN_CAST(REAL, c.weight_decay);
    k.value[2] = LFN_CAST(REAL, c.lr / (1 + LFN_CAST(double, step - 1) * c.lr_decay));
    k.value[3] = LFN_CAST(REAL, c.eps);
    k.value[4] = k.value[5] = k.value[6] = k.value[7] = 0;
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE optim_coefficients_REAL optim_rmsprop_coefficients_REAL(const optim_rmsprop_config *config, int64_t step)
{
    const optim_rmsprop_config c = config ? *config : optim_rmsprop_defaults();
    optim_coefficients_REAL k;
    (void)step;
    k.value[0] = LFN_CAST(REAL, lfn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = LFN_CAST(REAL, c.weight_decay);
    k.value[2] = LFN_CAST(REAL, c.lr);
    k.value[3] = LFN_CAST(REAL, c.eps);
    k.value[4] = LFN_CAST(REAL, c.alpha);
    k.value[5] = LFN_CAST(REAL, 1 - c.alpha);
    k.value[6] = LFN_CAST(REAL, c.momentum);
    k.value[7] = LFN_CAST(REAL, (c.momentum > 0 ? 1 : 0) + (c.centered ? 2 : 0));
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE void optim_adagrad_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad, REAL *sum)
{
    lfn_adagrad_point_REAL(param, grad, sum, c->value);
}

OPTIM_INLINE void optim_rmsprop_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad,
                                           REAL *square, REAL *buffer, REAL *mean)
{
    const int momentum = c->value[6] > 0, centered = c->value[7] > 1;
    REAL state[3];
    state[0] = *square;
    state[1] = momentum ? *buffer : centered ? *mean : 0;
    state[2] = momentum && centered ? *mean : 0;
    if (momentum && centered) lfn_rmsprop_full_point_REAL(param, grad, state, c->value);
    else if (momentum) lfn_rmsprop_momentum_point_REAL(param, grad, state, c->value);
    else if (centered) lfn_rmsprop_centered_point_REAL(param, grad, state, c->value);
    else lfn_rmsprop_point_REAL(param, grad, state, c->value);
    *square = state[0];
    if (momentum) *buffer = state[1];
    if (centered) *mean = momentum ? state[2] : state[1];
}

OPTIM_INLINE void optim_adagrad_elem_REAL(const optim_adagrad_config *config, int64_t step, REAL *param, REAL grad, REAL *sum)
{
    const optim_coefficients_REAL c = optim_adagrad_coefficients_REAL(config, step);
    optim_adagrad_apply_REAL(&c, param, grad, sum);
}

OPTIM_INLINE void optim_rmsprop_elem_REAL(const optim_rmsprop_config *config, int64_t step, REAL *param, REAL grad,
                                          REAL *square, REAL *buffer, REAL *mean)
{
    const optim_coefficients_REAL c = optim_rmsprop_coefficients_REAL(config, step);
    optim_rmsprop_apply_REAL(&c, param, grad, square, buffer, mean);
}

//@kernel

LFN_FN void lfn_adagrad_kernel(const lfn_step_REAL *u) { lfn_update(u, 1, lfn_adagrad_point); }
LFN_FN void lfn_rmsprop_kernel(const lfn_step_REAL *u) { lfn_update(u, 1, lfn_rmsprop_point); }
LFN_FN void lfn_rmsprop_momentum_kernel(const lfn_step_REAL *u) { lfn_update(u, 2, lfn_rmsprop_momentum_point); }
LFN_FN void lfn_rmsprop_centered_kernel(const lfn_step_REAL *u) { lfn_update(u, 2, lfn_rmsprop_centered_point); }
LFN_FN void lfn_rmsprop_full_kernel(const lfn_step_REAL *u) { lfn_update(u, 3, lfn_rmsprop_full_point); }

//@impl

OPTIM_DEF int optim_adagrad_REAL(const optim_adagrad_config *config, int64_t step, size_t n,
                                 REAL *param, const REAL *grad, REAL *sum)
{
    const optim_adagrad_config c = config ? *config : optim_adagrad_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, 1, sum, NULL, NULL);
    if (status) return status;
    if (!lfn_is_common(c.lr, c.grad_scale, c.weight_decay) || !lfn_is_nonnegative(c.lr_decay)
        || !lfn_is_nonnegative(c.eps)) return OPTIM_ERROR_PARAMETER;
    u.coefficients = optim_adagrad_coefficients_REAL(&c, step);
    LFN_CALL(lfn_adagrad_kernel, (&u));
    return OPTIM_OK;
}

LFN_FN int lfn_rmsprop_check(const optim_rmsprop_config *c)
{
    return lfn_is_common(c->lr, c->grad_scale, c->weight_decay) && lfn_is_decay(c->alpha)
        && lfn_is_decay(c->momentum) && lfn_is_nonnegative(c->eps) ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

OPTIM_DEF int optim_rmsprop_REAL(const optim_rmsprop_config *config, int64_t step, size_t n,
                                 REAL *param, const REAL *grad, REAL *square, REAL *buffer, REAL *mean)
{
    const optim_rmsprop_config c = config ? *config : optim_rmsprop_defaults();
    const int momentum = c.momentum > 0, centered = c.centered != 0;
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, 1 + momentum + centered,
                                square, momentum ? buffer : mean, mean);
    if (!status) status = lfn_rmsprop_check(&c);
    if (status) return status;
    u.coefficients = optim_rmsprop_coefficients_REAL(&c, step);
    if (momentum && centered) LFN_CALL(lfn_rmsprop_full_kernel, (&u));
    else if (momentum) LFN_CALL(lfn_rmsprop_momentum_kernel, (&u));
    else if (centered) LFN_CALL(lfn_rmsprop_centered_kernel, (&u));
    else LFN_CALL(lfn_rmsprop_kernel, (&u));
    return OPTIM_OK;
}
