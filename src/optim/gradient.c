//@family Gradients: norm, clipping, non-finite values, loss scaling

//@api

/* ---- the global norm, clipping and the check for non-finite values -----------------

   One read of the gradients gives their norm and whether all are finite; what
   follows from it is one number, the grad_scale of the step, so that clipping
   and undoing a loss scale write no gradient:

     optim_grad_norm norm;
     double factor;
     optim_grad_norm_init(&norm);
     for each tensor: optim_grad_norm_add_f32(&norm, n, grad);
     if (optim_grad_norm_finite(&norm)) {
         optim_grad_norm_clip(&norm, 1 / scaler.scale, max_norm, &factor);
         config.grad_scale = factor;
         for each tensor: optim_adamw_f32(&config, step, n, param, grad, m, v);
     }

   The accumulator is plain data. Threads and machines can fill their own and
   merge them; the order of tensors and merges changes the norm by rounding only. */
typedef struct optim_grad_norm {
    double sum;          /* of squares of values of ordinary size */
    double large;        /* of (2^-600 x)^2 where |x| > 2^400 */
    double small;        /* of (2^600 x)^2 where |x| < 2^-400 */
    int64_t nonfinite;   /* how many NaNs and infinities, 2^63 - 1 for more than that */
} optim_grad_norm;

/* Makes it the norm of nothing, 0. OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_grad_norm_init(optim_grad_norm *norm);

/* Adds n values. Squares are summed in double, in parts small enough for float
   never to lose any of them; values as large as 1e308 or as small as 1e-308
   neither overflow nor vanish. OPTIM_ERROR_NULL (norm; grad with n > 0),
   OPTIM_ERROR_SIZE. */
OPTIM_DEF int optim_grad_norm_add_REAL(optim_grad_norm *norm, size_t n, const REAL *grad);

/* Adds what *other has seen to *norm; they may be the same. OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_grad_norm_merge(const optim_grad_norm *other, optim_grad_norm *norm);

/* The Euclidean norm, sqrt(sum g^2), infinite or NaN when a value was; 0 for NULL. */
OPTIM_DEF double optim_grad_norm_value(const optim_grad_norm *norm);

/* 1 when every value was finite, else 0; 0 for NULL. */
OPTIM_DEF int optim_grad_norm_finite(const optim_grad_norm *norm);

/* What to multiply the gradients with so that their norm after scale (1 / loss
   scale, or 1) is max_norm at most: factor = scale min(1, max_norm / (scale norm + 1e-6)).
   The 1e-6 is PyTorch's; Optax divides without it. When a value was not finite
   the factor is NaN, which every step refuses as a grad_scale: bad gradients do
   not reach the parameters. (PyTorch's factor is 0 for an infinite norm, which
   turns infinite gradients into NaN.) scale and max_norm are finite and >= 0.
   OPTIM_ERROR_NULL, OPTIM_ERROR_PARAMETER.
   Source: R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training
   recurrent neural networks, 2013, arXiv 1211.5063. */
OPTIM_DEF int optim_grad_norm_clip(const optim_grad_norm *norm, double scale, double max_norm, double *factor);

/* Clips every value to [-limit, limit], in place; NaN stays NaN. limit >= 0 and
   finite. OPTIM_ERROR_NULL (grad with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER. */
OPTIM_DEF int optim_clip_value_REAL(double limit, size_t n, REAL *grad);

/* ---- dynamic loss scaling ------------------------------------------------------

   Plain data. The loss is multiplied by scale before the backward pass, and the
   gradients by 1 / scale in the step (grad_scale). After every backward pass
   call update: with found_nonfinite = 1 the step, its number and the learning
   rate schedule are to be skipped. */
typedef struct optim_loss_scaler {
    double scale;              /* 65536 */
    double growth_factor;      /* 2, > 1 */
    double backoff_factor;     /* 0.5, > 0 and < 1 */
    double min_scale;          /* 2^-24: never below, > 0 */
    double max_scale;          /* 2^127: never above, >= min_scale */
    int64_t growth_interval;   /* 2000, >= 1: finite steps in a row before scale grows */
    int64_t growth_tracker;    /* 0: how many there have been */
} optim_loss_scaler;

/* Puts the values above. OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_loss_scaler_init(optim_loss_scaler *scaler);

/* After a backward pass: with found_nonfinite scale *= backoff_factor and the
   tracker is 0; else the tracker counts on, and at growth_interval
   scale *= growth_factor and it is 0 again. Scale stays within its bounds.
   PyTorch's GradScaler has no bounds but that of float. OPTIM_ERROR_NULL,
   OPTIM_ERROR_PARAMETER (a field out of range).
   Source: P. Micikevicius et al., Mixed Precision Training, 2018, arXiv 1710.03740. */
OPTIM_DEF int optim_loss_scaler_update(optim_loss_scaler *scaler, int found_nonfinite);

//@point

/* limit = h[0] */
LFN_INLINE lfn_vec lfn_clip_point(lfn_vec grad, const lfn_vec *h)
{
    return lfn_max(-h[0], lfn_min(h[0], grad));
}

//@elem

OPTIM_INLINE REAL optim_clip_value_elem_REAL(double limit, REAL grad)
{
    const REAL h = LFN_CAST(REAL, limit);
    return lfn_clip_point_REAL(grad, &h);
}

//@kernel

LFN_FN void lfn_clip_kernel(REAL *grad, size_t n, REAL limit)
{
    const lfn_vec h = lfn_set1(limit);
    size_t k;
    for (k = 0; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(grad + k, lfn_clip_point(lfn_load(grad + k), &h));
    if (k < n) lfn_store_part(grad + k, lfn_clip_point(lfn_load_part(grad + k, n - k), &h), n - k);
}

//@once

/* One value into the sums, where its square would overflow or vanish else. */
LFN_UNUSED static void lfn_norm_one(optim_grad_norm *norm, double x)
{
    const double a = fabs(x);
    if (!lfn_finite(x)) {
        norm->nonfinite += norm->nonfinite < INT64_MAX;
        norm->sum += a;
    } else if (a > ldexp(1.0, 400)) {
        const double y = ldexp(x, -600);
        norm->large += y * y;
    } else if (a < ldexp(1.0, -400)) {
        const double y = ldexp(x, 600);
        norm->small += y * y;
    } else norm->sum += x * x;
}

//@impl

/* Elements whose squares are summed before it is looked whether that went well. */
#define LFN_NORM_BLOCK 1024

/* The squares of floats are within the range of double. In double a block whose
   sum of squares is not huge lost nothing to overflow, and one whose sum is that
   far above the smallest number lost nothing that counts; a block of zeros needs
   no more. */
LFN_FN void lfn_norm_block(optim_grad_norm *norm, const REAL *grad, size_t n)
{
    const double tiny = LFN_BITS == 32 ? -1 : ldexp(1.0, -970), huge = ldexp(1.0, 900);
    const double sum = LFN_CALL(lfn_norm_squares, (grad, n));
    size_t k;
    if (lfn_finite(sum) && sum < huge && sum > tiny) norm->sum += sum;
    else if (sum == 0 && LFN_CALL(lfn_sum_abs, (grad, n)) == 0) return;
    else for (k = 0; k < n; k++) lfn_norm_one(norm, (double)grad[k]);
}

OPTIM_DEF int optim_grad_norm_add_REAL(optim_grad_norm *norm, size_t n, const REAL *grad)
{
    size_t k, m;
    if (!norm || (n && !grad)) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_NORM_BLOCK ? n - k : LFN_NORM_BLOCK;
        lfn_norm_block(norm, grad + k, m);
    }
    return OPTIM_OK;
}

OPTIM_DEF int optim_clip_value_REAL(double limit, size_t n, REAL *grad)
{
    if (n && !grad) return OPTIM_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return OPTIM_ERROR_SIZE;
    if (!lfn_is_nonnegative(limit)) return OPTIM_ERROR_PARAMETER;
    LFN_CALL(lfn_clip_kernel, (grad, n, (REAL)limit));
    return OPTIM_OK;
}

//@last

OPTIM_DEF int optim_grad_norm_init(optim_grad_norm *norm)
{
    if (!norm) return OPTIM_ERROR_NULL;
    memset(norm, 0, sizeof *norm);
    return OPTIM_OK;
}

OPTIM_DEF int optim_grad_norm_merge(const optim_grad_norm *other, optim_grad_norm *norm)
{
    if (!norm || !other) return OPTIM_ERROR_NULL;
    norm->sum += other->sum;
    norm->large += other->large;
    norm->small += other->small;
    if (other->nonfinite > INT64_MAX - norm->nonfinite) norm->nonfinite = INT64_MAX;
    else norm->nonfinite += other->nonfinite;
    return OPTIM_OK;
}

OPTIM_DEF double optim_grad_norm_value(const optim_grad_norm *norm)
{
    if (!norm) return 0;
    if (norm->nonfinite) return sqrt(norm->sum);
    if (norm->large > 0) return ldexp(sqrt(norm->large + ldexp(norm->sum, -1200)), 600);
    if (norm->sum > 0) return sqrt(norm->sum + ldexp(norm->small, -1200));
    return ldexp(sqrt(norm->small), -600);
}

OPTIM_DEF int optim_grad_norm_finite(const optim_grad_norm *norm) { return norm && norm->nonfinite == 0; }

OPTIM_DEF int optim_grad_norm_clip(const optim_grad_norm *norm, double scale, double max_norm, double *factor)
{
    double length;
    if (!norm || !factor) return OPTIM_ERROR_NULL;
    if (!lfn_finite(scale) || scale < 0 || !lfn_finite(max_norm) || max_norm < 0) return OPTIM_ERROR_PARAMETER;
    length = scale * optim_grad_norm_value(norm) + 1e-6;
    if (norm->nonfinite) *factor = (double)NAN;
    else *factor = length > max_norm ? scale * (max_norm / length) : scale;
    return OPTIM_OK;
}

OPTIM_DEF int optim_loss_scaler_init(optim_loss_scaler *scaler)
{
    if (!scaler) return OPTIM_ERROR_NULL;
    scaler->scale = 65536;
    scaler->growth_factor = 2;
    scaler->backoff_factor = 0.5;
    scaler->min_scale = ldexp(1.0, -24);
    scaler->max_scale = ldexp(1.0, 127);
    scaler->growth_interval = 2000;
    scaler->growth_tracker = 0;
    return OPTIM_OK;
}

static int lfn_loss_scaler_check(const optim_loss_scaler *s)
{
    return lfn_finite(s->scale) && s->scale > 0 && lfn_finite(s->growth_factor) && s->growth_factor > 1
        && lfn_finite(s->backoff_factor) && s->backoff_factor > 0 && s->backoff_factor < 1
        && lfn_finite(s->min_scale) && s->min_scale > 0 && lfn_finite(s->max_scale) && s->max_scale >= s->min_scale
        && s->growth_interval >= 1 && s->growth_tracker >= 0;
}

OPTIM_DEF int optim_loss_scaler_update(optim_loss_scaler *scaler, int found_nonfinite)
{
    if (!scaler) return OPTIM_ERROR_NULL;
    if (!lfn_loss_scaler_check(scaler)) return OPTIM_ERROR_PARAMETER;
    if (found_nonfinite) {
        scaler->scale *= scaler->backoff_factor;
        scaler->growth_tracker = 0;
    } else if (scaler->growth_tracker >= scaler->growth_interval - 1) {
        scaler->scale *= scaler->growth_factor;
        scaler->growth_tracker = 0;
    } else scaler->growth_tracker++;
    if (scaler->scale < scaler->min_scale) scaler->scale = scaler->min_scale;
    if (scaler->scale > scaler->max_scale) scaler->scale = scaler->max_scale;
    return OPTIM_OK;
}
