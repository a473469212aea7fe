//@family Averaging: weights averaged over the steps (EMA, SWA, Lookahead)

//@api

/* ---- averages of the parameters ------------------------------------------------

   To be called after the step, with any optimizer. step counts the calls from 1.
   Errors of all: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER. */

/* How an exponential average starts. */
enum {
    OPTIM_EMA_PLAIN = 0,      /* weight 1 - decay from the first call on: start it at a copy of param */
    OPTIM_EMA_CORRECTED = 1,  /* weight (1 - decay) / (1 - decay^t): the bias-corrected average: start it at 0 */
    OPTIM_EMA_WARMUP = 2      /* weight 1 - min(decay, (1 + t) / (10 + t)) */
};

typedef struct optim_ema_config {
    double decay;   /* 0.999, 0 <= decay < 1; 0.99 to 0.9999 are usual */
    int start;      /* OPTIM_EMA_PLAIN, one of OPTIM_EMA_* */
} optim_ema_config;

/* Exponential moving average: average += weight (param - average), the weight of
   call t = step as OPTIM_EMA_* says. average is n values, before the first call
   a copy of param (0 with OPTIM_EMA_CORRECTED, whose first weight is 1: its
   average holds nothing but parameters at every call, what Optax gets by dividing
   by 1 - decay^t when reading). OPTIM_ERROR_OPTION: start.
   OPTIM_EMA_WARMUP is TensorFlow's num_updates. */
OPTIM_DEF int optim_ema_REAL(const optim_ema_config *config, int64_t step, size_t n, const REAL *param, REAL *average);

/* The mean of all parameters seen (stochastic weight averaging):
   average += (param - average) / step. average is n values, 0 before step 1.
   Source: P. Izmailov et al., Averaging Weights Leads to Wider Optima and Better
   Generalization, 2018, arXiv 1803.05407. */
OPTIM_DEF int optim_swa_REAL(int64_t step, size_t n, const REAL *param, REAL *average);

/* Lookahead: slow += alpha (fast - slow), then fast = slow. To be called every
   k steps of another optimizer (5 or 6), whose parameters are fast; its states
   are left alone. slow is n values, a copy of fast before the first of those k
   steps. 0 <= alpha <= 1, usually 0.5.
   Source: M. Zhang, J. Lucas, G. Hinton, J. Ba, Lookahead Optimizer: k steps
   forward, 1 step back, 2019, arXiv 1907.08610. */
OPTIM_DEF int optim_lookahead_REAL(double alpha, size_t n, REAL *fast, REAL *slow);

//@point

/* average += weight (param - average), weight = h[0]; the average stands in the
   parameter's place, the parameter in the gradient's */
LFN_INLINE void lfn_average_point(lfn_vec *average, lfn_vec param, lfn_vec *state, const lfn_vec *h)
{
    (void)state;
    *average = lfn_fma(h[0], param - *average, *average);
}

/* slow += alpha (fast - slow), fast = slow */
LFN_INLINE void lfn_lookahead_point(lfn_vec *fast, lfn_vec unused, lfn_vec *state, const lfn_vec *h)
{
    (void)unused;
    state[0] = lfn_fma(h[0], *fast - state[0], state[0]);
    *fast = state[0];
}

//@elem

OPTIM_INLINE optim_ema_config optim_ema_defaults(void)
{
    optim_ema_config c;
    c.decay = 0.999;
    c.start = OPTIM_EMA_PLAIN;
    return c;
}

/* The weight of the parameters in call t = step, config NULL: the defaults. */
OPTIM_INLINE double optim_ema_weight(const optim_ema_config *config, int64_t step)
{
    const optim_ema_config c = config ? *config : optim_ema_defaults();
    const double t = LFN_CAST(double, step), ramp = (1 + t) / (10 + t);
    if (c.start == OPTIM_EMA_CORRECTED) return (1 - c.decay) / (1 - pow(c.decay, t));
    if (c.start == OPTIM_EMA_WARMUP && ramp < c.decay) return 1 - ramp;
    return 1 - c.decay;
}

/* One element at a time. Nothing is checked. */
OPTIM_INLINE void optim_ema_elem_REAL(const optim_ema_config *config, int64_t step, REAL param, REAL *average)
{
    const REAL weight = LFN_CAST(REAL, optim_ema_weight(config, step));
    lfn_average_point_REAL(average, param, average, &weight);
}

OPTIM_INLINE void optim_swa_elem_REAL(int64_t step, REAL param, REAL *average)
{
    const REAL weight = LFN_CAST(REAL, 1 / LFN_CAST(double, step));
    lfn_average_point_REAL(average, param, average, &weight);
}

OPTIM_INLINE void optim_lookahead_elem_REAL(double alpha, REAL *fast, REAL *slow)
{
    const REAL weight = LFN_CAST(REAL, alpha);
    lfn_lookahead_point_REAL(fast, *fast, slow, &weight);
}

//@kernel

LFN_FN void lfn_average_kernel(const lfn_step_REAL *u) { lfn_update(u, 0, lfn_average_point); }
LFN_FN void lfn_lookahead_kernel(const lfn_step_REAL *u) { lfn_update(u, 1, lfn_lookahead_point); }

//@impl

OPTIM_DEF int optim_ema_REAL(const optim_ema_config *config, int64_t step, size_t n, const REAL *param, REAL *average)
{
    const optim_ema_config c = config ? *config : optim_ema_defaults();
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, average, param, 0, NULL, NULL, NULL);
    if (status) return status;
    if (!lfn_is_decay(c.decay)) return OPTIM_ERROR_PARAMETER;
    if (c.start < OPTIM_EMA_PLAIN || c.start > OPTIM_EMA_WARMUP) return OPTIM_ERROR_OPTION;
    u.coefficients.value[0] = (REAL)optim_ema_weight(&c, step);
    LFN_CALL(lfn_average_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int optim_swa_REAL(int64_t step, size_t n, const REAL *param, REAL *average)
{
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, step, n, average, param, 0, NULL, NULL, NULL);
    if (status) return status;
    u.coefficients.value[0] = (REAL)(1 / (double)step);
    LFN_CALL(lfn_average_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int optim_lookahead_REAL(double alpha, size_t n, REAL *fast, REAL *slow)
{
    lfn_step_REAL u;
    int status = lfn_step_begin(&u, 1, n, fast, fast, 1, slow, NULL, NULL);
    if (status) return status;
    if (!(lfn_is_nonnegative(alpha) && alpha <= 1)) return OPTIM_ERROR_PARAMETER;
    u.coefficients.value[0] = (REAL)alpha;
    LFN_CALL(lfn_lookahead_kernel, (&u));
    return OPTIM_OK;
}
