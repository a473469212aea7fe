//@family SGD: plain, with momentum, Nesterov

//@api

/* ---- stochastic gradient descent ------------------------------------------------ */

typedef struct optim_sgd_config {
    double lr;             /* 1e-3, >= 0; 0.1 to 0.01 are usual */
    double momentum;       /* 0, 0 <= momentum < 1; 0.9 is usual */
    double dampening;      /* 0, 0 <= dampening <= 1 */
    double weight_decay;   /* 0, >= 0 */
    double grad_scale;     /* 1, >= 0 */
    int nesterov;          /* 0; nonzero wants momentum > 0 and dampening = 0 */
    int decoupled;         /* 0: g += weight_decay param; nonzero: param *= 1 - lr weight_decay (SGDW) */
    int maximize;          /* 0; nonzero: ascent */
} optim_sgd_config;

/* SGD. With g = grad_scale grad (negated by maximize) + weight_decay param:

     buffer = g                                      at step 1
     buffer = momentum buffer + (1 - dampening) g    later
     param -= lr buffer                              (nesterov: lr (g + momentum buffer))

   With momentum = 0 it is param -= lr g and buffer may be NULL; else buffer is
   n values, 0 before step 1. Dampening spares the first step. This is PyTorch's
   SGD. Keras, TensorFlow and ensmallen keep the learning rate inside the buffer
   (velocity = momentum velocity - lr g): the same while lr stays the same. A
   buffer that is an average, (1 - momentum) g, is dampening = momentum.
   With decoupled the decay is taken from the parameter before the step and does
   not enter the buffer.
   Errors: OPTIM_ERROR_NULL (param or grad NULL with n > 0, buffer too with
   momentum > 0), OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER (step < 1, a
   hyper-parameter out of range).
   Sources: H. Robbins, S. Monro, 1951; B. T. Polyak, 1964; Y. Nesterov, 1983;
   I. Sutskever, J. Martens, G. Dahl, G. Hinton, On the importance of
   initialization and momentum in deep learning, 2013; SGDW: I. Loshchilov,
   F. Hutter, 2019, arXiv 1711.05101. */
OPTIM_DEF int optim_sgd_REAL(const optim_sgd_config *config, int64_t step, size_t n,
                             REAL *param, const REAL *grad, REAL *buffer);

//@point

/* h: 0 gradient's factor, 1 coupled decay, 2 what decoupled decay leaves of the
   parameter, 3 lr, 4 what is kept of the buffer, 5 what of g enters it,
   6 Nesterov's momentum, 7 which of the three formulas: 0, 1, 2 */

/* param -= lr g */
LFN_INLINE void lfn_sgd_plain_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    (void)state;
    *param = lfn_fma(-h[3], g, h[2] * *param);
}

/* buffer = momentum buffer + (1 - dampening) g, param -= lr buffer */
LFN_INLINE void lfn_sgd_momentum_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    state[0] = lfn_fma(h[4], state[0], h[5] * g);
    *param = lfn_fma(-h[3], state[0], h[2] * *param);
}

/* buffer = momentum buffer + g, param -= lr (g + momentum buffer) */
LFN_INLINE void lfn_sgd_nesterov_point(lfn_vec *param, lfn_vec grad, lfn_vec *state, const lfn_vec *h)
{
    const lfn_vec g = lfn_fma(h[1], *param, h[0] * grad);
    state[0] = lfn_fma(h[4], state[0], h[5] * g);
    *param = lfn_fma(-h[3], lfn_fma(h[6], state[0], g), h[2] * *param);
}

//@elem

/* One element at a time, as for Adam. buffer may be NULL with momentum = 0. */
OPTIM_INLINE optim_sgd_config optim_sgd_defaults(void)
{
    optim_sgd_config c;
    c.lr = 1e-3;
    c.momentum = 0;
    c.dampening = 0;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.nesterov = 0;
    c.decoupled = 0;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_REAL optim_sgd_coefficients_REAL(const optim_sgd_config *config, int64_t step)
{
    const optim_sgd_config c = config ? *config : optim_sgd_defaults();
    optim_coefficients_REAL k;
    k.value[0] = LFN_CAST(REAL, lfn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = LFN_CAST(REAL, c.decoupled ? 0 : c.weight_decay);
    k.value[2] = LFN_CAST(REAL, c.decoupled ? 1 - c.lr * c.weight_decay : 1);
    k.value[3] = LFN_CAST(REAL, c.lr);
    k.value[4] = LFN_CAST(REAL, step == 1 ? 0 : c.momentum);
    k.value[5] = LFN_CAST(REAL, step == 1 ? 1 : 1 - c.dampening);
    k.value[6] = LFN_CAST(REAL, c.momentum);
    k.value[7] = LFN_CAST(REAL, c.momentum > 0 ? (c.nesterov ? 2 : 1) : 0);
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE void optim_sgd_apply_REAL(const optim_coefficients_REAL *c, REAL *param, REAL grad, REAL *buffer)
{
    if (c->value[7] > 1) lfn_sgd_nesterov_point_REAL(param, grad, buffer, c->value);
    else if (c->value[7] > 0) lfn_sgd_momentum_point_REAL(param, grad, buffer, c->value);
    else lfn_sgd_plain_point_REAL(param, grad, buffer, c->value);
}

OPTIM_INLINE void optim_sgd_elem_REAL(const optim_sgd_config *config, int64_t step, REAL *param, REAL grad, REAL *buffer)
{
    const optim_coefficients_REAL c = optim_sgd_coefficients_REAL(config, step);
    optim_sgd_apply_REAL(&c, param, grad, buffer);
}

//@kernel

LFN_FN void lfn_sgd_plain_kernel(const lfn_step_REAL *u) { lfn_update(u, 0, lfn_sgd_plain_point); }
LFN_FN void lfn_sgd_momentum_kernel(const lfn_step_REAL *u) { lfn_update(u, 1, lfn_sgd_momentum_point); }
LFN_FN void lfn_sgd_nesterov_kernel(const lfn_step_REAL *u) { lfn_update(u, 1, lfn_sgd_nesterov_point); }

//@impl

LFN_FN int lfn_sgd_check(const optim_sgd_config *c)
{
    if (!lfn_is_common(c->lr, c->grad_scale, c->weight_decay) || !lfn_is_decay(c->momentum)) return OPTIM_ERROR_PARAMETER;
    if (!(lfn_is_nonnegative(c->dampening) && c->dampening <= 1)) return OPTIM_ERROR_PARAMETER;
    if (c->nesterov && !(c->momentum > 0 && c->dampening == 0)) return OPTIM_ERROR_PARAMETER;
    return OPTIM_OK;
}

OPTIM_DEF int optim_sgd_REAL(const optim_sgd_config *config, int64_t step, size_t n,
                             REAL *param, const REAL *grad, REAL *buffer)
{
    const optim_sgd_config c = config ? *config : optim_sgd_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, param, grad, c.momentum > 0, buffer, NULL, NULL);
    if (!status) status = lfn_sgd_check(&c);
    if (status) return status;
    u.coefficients = optim_sgd_coefficients_REAL(&c, step);
    if (!(c.momentum > 0)) LFN_CALL(lfn_sgd_plain_kernel, (&u));
    else if (c.nesterov) LFN_CALL(lfn_sgd_nesterov_kernel, (&u));
    else LFN_CALL(lfn_sgd_momentum_kernel, (&u));
    return OPTIM_OK;
}
