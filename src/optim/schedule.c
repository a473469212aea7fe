//@family Schedules: the learning rate as a function of the step

//@api

/* ---- learning rate schedules ------------------------------------------------------

   Pure functions of the step, in double: nothing is kept, so resuming is exact
   and any step may be asked for at any time. step >= 0 may be fractional (epochs
   count too, when the lengths are epochs). PyTorch and Hugging Face give the
   first update the learning rate of step 0, which with a warm-up from 0 is 0; for
   theirs ask for k - 1 in the k-th update, for a first update that moves ask for k.
   Errors of all: OPTIM_ERROR_NULL, OPTIM_ERROR_PARAMETER (step negative, a number
   not finite or out of range); then *lr is not touched. */

/* The fields a schedule does not name are not looked at. */
typedef struct optim_schedule_config {
    double lr;        /* 1e-3: the highest, >= 0 */
    double start_lr;  /* 0: where the warm-up begins, >= 0 */
    double final_lr;  /* 0: where the decay ends, >= 0 */
    double warmup;    /* 0: steps of linear warm-up, >= 0 */
    double total;     /* 10000: steps until final_lr is reached, >= warmup */
    double decay;     /* 2000: wsd: steps of the decay at the end, 0 <= decay <= total - warmup */
    double period;    /* 1000: restarts: steps of the first period, > 0 */
    double factor;    /* 1: restarts: each period is this times as long, 1 or >= 1.01 */
    double power;     /* 1: polynomial: the exponent, > 0 */
    int shape;        /* OPTIM_DECAY_LINEAR: wsd: one of OPTIM_DECAY_* */
} optim_schedule_config;

/* How the rate falls from lr to final_lr, p going from 0 to 1: what is left of lr - final_lr. */
enum {
    OPTIM_DECAY_LINEAR = 0,   /* 1 - p */
    OPTIM_DECAY_COSINE = 1,   /* (1 + cos(pi p)) / 2 */
    OPTIM_DECAY_SQRT = 2      /* 1 - sqrt(p) */
};

/* All warm up linearly first: start_lr + (lr - start_lr) step / warmup for
   step < warmup. Below, p = (step - warmup) / (total - warmup), at most 1. */

/* lr. Uses lr, start_lr, warmup. */
OPTIM_DEF int optim_schedule_constant(const optim_schedule_config *config, double step, double *lr);

/* final_lr + (lr - final_lr) (1 - p): linear decay, to 0 unless final_lr says else.
   Uses lr, start_lr, final_lr, warmup, total. */
OPTIM_DEF int optim_schedule_linear(const optim_schedule_config *config, double step, double *lr);

/* final_lr + (lr - final_lr) (1 - p)^power. Uses lr, start_lr, final_lr, warmup,
   total, power. */
OPTIM_DEF int optim_schedule_polynomial(const optim_schedule_config *config, double step, double *lr);

/* final_lr + (lr - final_lr) (1 + cos(pi p)) / 2, and final_lr from total on
   (PyTorch's CosineAnnealingLR rises again). Uses lr, start_lr, final_lr, warmup,
   total. Source: I. Loshchilov, F. Hutter, SGDR, 2017, arXiv 1608.03983. */
OPTIM_DEF int optim_schedule_cosine(const optim_schedule_config *config, double step, double *lr);

/* Cosine decay with warm restarts: after the warm-up the rate falls from lr to
   final_lr along the cosine over period steps, jumps back to lr and falls over
   period x factor steps, and so on. Periods are counted, not computed by a
   logarithm: with whole numbers restarts come at exactly their steps. Uses lr,
   start_lr, final_lr, warmup, period, factor. PyTorch's
   CosineAnnealingWarmRestarts. Source: the same. */
OPTIM_DEF int optim_schedule_cosine_restarts(const optim_schedule_config *config, double step, double *lr);

/* lr sqrt(s / max(step, s)) with s = max(warmup, 1). Uses lr, start_lr, warmup.
   The schedule of the first transformer has lr = 1 / sqrt(d_model warmup).
   Source: A. Vaswani et al., Attention Is All You Need, 2017, arXiv 1706.03762. */
OPTIM_DEF int optim_schedule_inverse_sqrt(const optim_schedule_config *config, double step, double *lr);

/* Warm-up, stable, decay: lr until total - decay, then down to final_lr over
   decay steps in the shape given. Uses lr, start_lr, final_lr, warmup, total,
   decay, shape. OPTIM_ERROR_OPTION: shape.
   Sources: S. Hu et al., MiniCPM, 2024, arXiv 2404.06395; A. Haegele et al.,
   Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations,
   2024, arXiv 2405.18392 (1 - sqrt). */
OPTIM_DEF int optim_schedule_wsd(const optim_schedule_config *config, double step, double *lr);

typedef struct optim_one_cycle_config {
    double max_lr;             /* 1e-2, >= 0 */
    double total;              /* 10000: steps of the cycle, >= 1 */
    double warmup_fraction;    /* 0.3: what part of them the rate rises, 0 to 1 (0 to 0.5 with three phases) */
    double div_factor;         /* 25: initial rate = max_lr / div_factor, > 0 */
    double final_div_factor;   /* 1e4: last rate = initial rate / final_div_factor, > 0 */
    double base_momentum;      /* 0.85: at the highest rate */
    double max_momentum;       /* 0.95: at the lowest */
    int shape;                 /* OPTIM_DECAY_COSINE; or OPTIM_DECAY_LINEAR */
    int three_phase;           /* 0; nonzero: up, down to the initial rate in as many steps, then to the last */
} optim_one_cycle_config;

/* One cycle: the rate rises from max_lr / div_factor to max_lr at step
   warmup_fraction total - 1 and falls to the last rate at total - 1, where it
   stays; momentum (SGD's, or Adam's beta1) goes the other way. Steps count from
   0, as in PyTorch's OneCycleLR. lr or momentum may be NULL.
   OPTIM_ERROR_NULL (config), OPTIM_ERROR_OPTION (shape), OPTIM_ERROR_PARAMETER.
   Source: L. N. Smith, N. Topin, Super-Convergence, 2018, arXiv 1708.07120. */
OPTIM_DEF int optim_schedule_one_cycle(const optim_one_cycle_config *config, double step, double *lr, double *momentum);

//@elem

OPTIM_INLINE optim_schedule_config optim_schedule_defaults(void)
{
    optim_schedule_config c;
    c.lr = 1e-3;
    c.start_lr = 0;
    c.final_lr = 0;
    c.warmup = 0;
    c.total = 10000;
    c.decay = 2000;
    c.period = 1000;
    c.factor = 1;
    c.power = 1;
    c.shape = OPTIM_DECAY_LINEAR;
    return c;
}

OPTIM_INLINE optim_one_cycle_config optim_one_cycle_defaults(void)
{
    optim_one_cycle_config c;
    c.max_lr = 1e-2;
    c.total = 10000;
    c.warmup_fraction = 0.3;
    c.div_factor = 25;
    c.final_div_factor = 1e4;
    c.base_momentum = 0.85;
    c.max_momentum = 0.95;
    c.shape = OPTIM_DECAY_COSINE;
    c.three_phase = 0;
    return c;
}

//@last

/* Not negative and finite. */
static int lfn_is_amount(double x) { return lfn_finite(x) && x >= 0; }

/* What is left of the way down at p of its length. */
static double lfn_decay_left(double p, int shape)
{
    if (shape == OPTIM_DECAY_COSINE) return (1 + cos(3.14159265358979323846 * p)) / 2;
    if (shape == OPTIM_DECAY_SQRT) return 1 - sqrt(p);
    return 1 - p;
}

/* The checks of all schedules. */
static int lfn_schedule_check(const optim_schedule_config *c, double step, const double *lr)
{
    if (!c || !lr) return OPTIM_ERROR_NULL;
    return lfn_is_amount(step) && lfn_is_amount(c->lr) && lfn_is_amount(c->start_lr) && lfn_is_amount(c->warmup)
        ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

/* The checks of those that end. */
static int lfn_schedule_check_total(const optim_schedule_config *c, double step, const double *lr)
{
    const int status = lfn_schedule_check(c, step, lr);
    if (status) return status;
    return lfn_is_amount(c->final_lr) && lfn_finite(c->total) && c->total >= c->warmup ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

static double lfn_warmup_lr(const optim_schedule_config *c, double step)
{
    return c->start_lr + (c->lr - c->start_lr) * (step / c->warmup);
}

/* How much of the way from begin to end is done: 0 to 1. */
static double lfn_progress(double step, double begin, double end)
{
    return step >= end ? 1 : (step - begin) / (end - begin);
}

/* From lr down to final_lr. */
static double lfn_fallen_lr(const optim_schedule_config *c, double left)
{
    return c->final_lr + (c->lr - c->final_lr) * left;
}

OPTIM_DEF int optim_schedule_constant(const optim_schedule_config *config, double step, double *lr)
{
    const int status = lfn_schedule_check(config, step, lr);
    if (status) return status;
    *lr = step < config->warmup ? lfn_warmup_lr(config, step) : config->lr;
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_linear(const optim_schedule_config *config, double step, double *lr)
{
    const int status = lfn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (step < config->warmup) *lr = lfn_warmup_lr(config, step);
    else *lr = lfn_fallen_lr(config, 1 - lfn_progress(step, config->warmup, config->total));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_polynomial(const optim_schedule_config *config, double step, double *lr)
{
    const int status = lfn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (!lfn_finite(config->power) || config->power <= 0) return OPTIM_ERROR_PARAMETER;
    if (step < config->warmup) *lr = lfn_warmup_lr(config, step);
    else *lr = lfn_fallen_lr(config, pow(1 - lfn_progress(step, config->warmup, config->total), config->power));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_cosine(const optim_schedule_config *config, double step, double *lr)
{
    const int status = lfn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (step < config->warmup) *lr = lfn_warmup_lr(config, step);
    else *lr = lfn_fallen_lr(config, lfn_decay_left(lfn_progress(step, config->warmup, config->total), OPTIM_DECAY_COSINE));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_cosine_restarts(const optim_schedule_config *config, double step, double *lr)
{
    double at, period;
    const int status = lfn_schedule_check(config, step, lr);
    if (status) return status;
    if (!lfn_is_amount(config->final_lr) || !lfn_is_amount(config->period) || config->period <= 0
        || !lfn_finite(config->factor) || (config->factor != 1 && config->factor < 1.01)) return OPTIM_ERROR_PARAMETER;
    if (step < config->warmup) {
        *lr = lfn_warmup_lr(config, step);
        return OPTIM_OK;
    }
    at = step - config->warmup;
    period = config->period;
    if (config->factor == 1) at = fmod(at, period);
    while (at >= period) {
        at -= period;
        period *= config->factor;
    }
    *lr = lfn_fallen_lr(config, lfn_decay_left(at / period, OPTIM_DECAY_COSINE));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_inverse_sqrt(const optim_schedule_config *config, double step, double *lr)
{
    double s;
    const int status = lfn_schedule_check(config, step, lr);
    if (status) return status;
    s = config->warmup > 1 ? config->warmup : 1;
    if (step < config->warmup) *lr = lfn_warmup_lr(config, step);
    else *lr = config->lr * sqrt(s / (step > s ? step : s));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_wsd(const optim_schedule_config *config, double step, double *lr)
{
    double begin;
    const int status = lfn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (!lfn_is_amount(config->decay) || config->decay > config->total - config->warmup) return OPTIM_ERROR_PARAMETER;
    if (config->shape < OPTIM_DECAY_LINEAR || config->shape > OPTIM_DECAY_SQRT) return OPTIM_ERROR_OPTION;
    begin = config->total - config->decay;
    if (step < config->warmup) *lr = lfn_warmup_lr(config, step);
    else if (step < begin) *lr = config->lr;
    else *lr = lfn_fallen_lr(config, lfn_decay_left(lfn_progress(step, begin, config->total), config->shape));
    return OPTIM_OK;
}

static int lfn_one_cycle_check(const optim_one_cycle_config *c, double step)
{
    if (!lfn_is_amount(step) || !lfn_is_amount(c->max_lr) || !lfn_is_amount(c->total) || c->total < 1
        || !lfn_is_amount(c->warmup_fraction) || c->warmup_fraction > (c->three_phase ? 0.5 : 1)
        || !lfn_is_amount(c->div_factor) || c->div_factor <= 0
        || !lfn_is_amount(c->final_div_factor) || c->final_div_factor <= 0
        || !lfn_finite(c->max_lr / c->div_factor) || !lfn_finite(c->max_lr / c->div_factor / c->final_div_factor)
        || !lfn_is_amount(c->base_momentum) || !lfn_is_amount(c->max_momentum)) return OPTIM_ERROR_PARAMETER;
    return c->shape == OPTIM_DECAY_COSINE || c->shape == OPTIM_DECAY_LINEAR ? OPTIM_OK : OPTIM_ERROR_OPTION;
}

OPTIM_DEF int optim_schedule_one_cycle(const optim_one_cycle_config *config, double step, double *lr, double *momentum)
{
    double rise, fall, last, initial_lr, from, to, from_momentum, to_momentum, left;
    int status;
    if (!config) return OPTIM_ERROR_NULL;
    status = lfn_one_cycle_check(config, step);
    if (status) return status;
    rise = config->warmup_fraction * config->total - 1;
    fall = config->three_phase ? 2 * config->warmup_fraction * config->total - 2 : rise;
    last = config->total - 1;
    initial_lr = config->max_lr / config->div_factor;
    if (step > last) step = last;
    if (step <= rise) {
        from = initial_lr;
        to = config->max_lr;
        from_momentum = config->max_momentum;
        to_momentum = config->base_momentum;
        left = lfn_decay_left(lfn_progress(step, 0, rise), config->shape);
    } else if (step <= fall) {
        from = config->max_lr;
        to = initial_lr;
        from_momentum = config->base_momentum;
        to_momentum = config->max_momentum;
        left = lfn_decay_left(lfn_progress(step, rise, fall), config->shape);
    } else {
        from = config->three_phase ? initial_lr : config->max_lr;
        to = initial_lr / config->final_div_factor;
        from_momentum = config->three_phase ? config->max_momentum : config->base_momentum;
        to_momentum = config->max_momentum;
        left = lfn_decay_left(lfn_progress(step, fall, last), config->shape);
    }
    if (lr) *lr = to + (from - to) * left;
    if (momentum) *momentum = to_momentum + (from_momentum - to_momentum) * left;
    return OPTIM_OK;
}
