/* The norm accumulator at all magnitudes, clipping, loss scaling. */
#include "engine.h"
#include "optim.h"

#ifdef __FAST_MATH__
enum { FAST_MATH = 1 };   /* promises nothing about NaN in arithmetic */
#else
enum { FAST_MATH = 0 };
#endif

enum { MANY = 5000 };

/* By the bits: holds under -ffast-math too. */
static int is_nan(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000);
}

static float f[MANY];
static double d[MANY];

static void fill(double scale)
{
    int i;
    for (i = 0; i < MANY; i++) {
        d[i] = scale * sin(1.7 * i + 0.3);
        f[i] = (float)d[i];
    }
}

/* In long double, without over- or underflow. */
static double norm_of(const double *x, int n, double scale)
{
    long double sum = 0;
    int i;
    for (i = 0; i < n; i++) sum += (long double)(x[i] / scale) * (long double)(x[i] / scale);
    return scale * (double)sqrtl(sum);
}

static void norms(void)
{
    static const double scales[] = {1, 1e-3, 1e10, 1e-30, 1e30, 1e-36, 1e120, 1e-120, 1e154, 1e-162, 1e290, 1e-290};
    static const int lengths[] = {0, 1, 7, 64, 1023, 1024, 1025, MANY};
    optim_grad_norm a, b;
    int k, j, i;
    for (k = 0; k < 12; k++)
        for (j = 0; j < 8; j++) {
            const int n = lengths[j];
            double expected;
            fill(scales[k]);
            expected = norm_of(d, n, scales[k]);
            optim_grad_norm_init(&a);
            check(optim_grad_norm_add_f64(&a, (size_t)n, d) == OPTIM_OK, "add_f64");
            check(close_to(optim_grad_norm_value(&a), expected, 1e-13, 0), "norm of %d at %g: %.17g, not %.17g", n, scales[k], optim_grad_norm_value(&a), expected);
            check(optim_grad_norm_finite(&a), "finite at %g", scales[k]);
            /* in two accumulators, merged */
            optim_grad_norm_init(&a);
            optim_grad_norm_init(&b);
            optim_grad_norm_add_f64(&a, (size_t)(n / 3), d);
            optim_grad_norm_add_f64(&b, (size_t)(n - n / 3), d + n / 3);
            optim_grad_norm_merge(&b, &a);
            check(close_to(optim_grad_norm_value(&a), expected, 1e-13, 0), "merged norm of %d at %g", n, scales[k]);
            if (fabs(log10(scales[k])) > 37) continue;
            for (i = 0; i < n; i++) d[i] = f[i];
            expected = norm_of(d, n, scales[k]);
            optim_grad_norm_init(&a);
            check(optim_grad_norm_add_f32(&a, (size_t)n, f) == OPTIM_OK, "add_f32");
            check(close_to(optim_grad_norm_value(&a), expected, 1e-6, 0), "norm of %d floats at %g: %.17g, not %.17g", n, scales[k], optim_grad_norm_value(&a), expected);
        }
    /* very different magnitudes together */
    optim_grad_norm_init(&a);
    for (k = 0; k < 12; k++) {
        fill(scales[k]);
        optim_grad_norm_add_f64(&a, MANY, d);
    }
    fill(1e290);
    check(close_to(optim_grad_norm_value(&a), norm_of(d, MANY, 1e290), 1e-13, 0), "all magnitudes: the largest wins");
}

static void nonfinite(void)
{
    optim_grad_norm a;
    double factor = 7;
    fill(1);
    f[17] = (float)NAN;
    f[3000] = -(float)INFINITY;
    optim_grad_norm_init(&a);
    optim_grad_norm_add_f32(&a, MANY, f);
    check(a.nonfinite == 2 && !optim_grad_norm_finite(&a), "%d non-finite values", (int)a.nonfinite);
    check(FAST_MATH || is_nan(optim_grad_norm_value(&a)), "the norm with a NaN");
    check(optim_grad_norm_clip(&a, 1, 1, &factor) == OPTIM_OK && is_nan(factor), "the factor with a NaN");
    optim_grad_norm_init(&a);
    optim_grad_norm_add_f32(&a, 10, f + 2995);
    check(a.nonfinite == 1 && (FAST_MATH || isinf(optim_grad_norm_value(&a))), "the norm with an infinity");
    {
        /* a step refuses that factor */
        optim_sgd_config c = optim_sgd_defaults();
        float param = 1;
        optim_grad_norm_clip(&a, 1, 1, &c.grad_scale);
        check(optim_sgd_f32(&c, 1, 1, &param, f, NULL) == OPTIM_ERROR_PARAMETER && param == 1, "a step with a bad factor");
    }
}

static void clipping(void)
{
    static const double grad[2] = {3, -4};
    const double not_a_number = NAN;
    optim_grad_norm a, b;
    double factor = 7;
    int k;
    optim_grad_norm_init(&a);
    optim_grad_norm_add_f64(&a, 2, grad);
    check(optim_grad_norm_value(&a) == 5, "the norm of 3, -4");
    check(optim_grad_norm_clip(&a, 1, 10, &factor) == OPTIM_OK && factor == 1, "no clipping needed");
    check(optim_grad_norm_clip(&a, 1, 1, &factor) == OPTIM_OK && close_to(factor, 1 / (5 + 1e-6), 1e-15, 0), "factor %.17g", factor);
    check(optim_grad_norm_clip(&a, 0.5, 1, &factor) == OPTIM_OK && close_to(factor, 0.5 / (2.5 + 1e-6), 1e-15, 0), "scaled factor %.17g", factor);
    check(optim_grad_norm_clip(&a, 0.125, 1, &factor) == OPTIM_OK && factor == 0.125, "scaled below the threshold");
    check(optim_grad_norm_clip(&a, 1, 0, &factor) == OPTIM_OK && factor == 0, "a threshold of 0");
    check(optim_grad_norm_clip(&a, 0, 1, &factor) == OPTIM_OK && factor == 0, "a scale of 0");
    optim_grad_norm_init(&b);
    optim_grad_norm_add_f64(&b, 1, &not_a_number);
    for (k = 0; k < 70; k++) optim_grad_norm_merge(&b, &b);
    check(b.nonfinite == INT64_MAX && !optim_grad_norm_finite(&b), "a count of bad values stays at its largest");
    optim_grad_norm_add_f64(&b, 1, &not_a_number);
    check(b.nonfinite == INT64_MAX && !optim_grad_norm_finite(&b), "and there it stays");
    factor = 7;
    check(optim_grad_norm_clip(&a, -1, 1, &factor) == OPTIM_ERROR_PARAMETER, "scale -1");
    check(optim_grad_norm_clip(&a, 1, -1, &factor) == OPTIM_ERROR_PARAMETER, "threshold -1");
    check(optim_grad_norm_clip(&a, 1, NAN, &factor) == OPTIM_ERROR_PARAMETER, "threshold NaN");
    check(optim_grad_norm_clip(&a, INFINITY, 1, &factor) == OPTIM_ERROR_PARAMETER, "scale infinite");
    check(optim_grad_norm_clip(NULL, 1, 1, &factor) == OPTIM_ERROR_NULL && optim_grad_norm_clip(&a, 1, 1, NULL) == OPTIM_ERROR_NULL, "NULL");
    check(factor == 7, "a refused call touches the factor");
    check(optim_grad_norm_init(NULL) == OPTIM_ERROR_NULL && optim_grad_norm_merge(&a, NULL) == OPTIM_ERROR_NULL
          && optim_grad_norm_merge(NULL, &a) == OPTIM_ERROR_NULL && optim_grad_norm_add_f64(NULL, 2, grad) == OPTIM_ERROR_NULL
          && optim_grad_norm_value(NULL) == 0 && optim_grad_norm_finite(NULL) == 0, "NULL accumulators");
}

static void values(void)
{
    int n, i;
    for (n = 0; n < 40; n++) {
        fill(3);
        f[n] = 77;
        if (n > 5) f[5] = FAST_MATH ? 0 : (float)NAN;
        if (n > 6) f[6] = (float)INFINITY;
        check(optim_clip_value_f32(1.5, (size_t)n, f) == OPTIM_OK, "clip_value");
        for (i = 0; i < n; i++) {
            const double x = 3 * sin(1.7 * i + 0.3), y = i == 6 ? 1.5 : x > 1.5 ? 1.5 : x < -1.5 ? -1.5 : (double)(float)x;
            if (i == 5) check(is_nan(f[i]) || FAST_MATH, "clip_value loses NaN");
            else check((double)f[i] == y, "clip_value [%d]: %g, not %g", i, (double)f[i], y);
            if (i > 6) check(optim_clip_value_elem_f32(1.5, (float)x) == f[i] && optim_clip_value_elem_f64(1.5, (double)(float)x) == (double)f[i], "clip_value_elem");
        }
        check(f[n] == 77, "clip_value writes behind the end");
    }
    check(optim_clip_value_f32(-1, 1, f) == OPTIM_ERROR_PARAMETER && optim_clip_value_f32(1, 1, NULL) == OPTIM_ERROR_NULL
          && optim_clip_value_f32(1, 0, NULL) == OPTIM_OK, "clip_value: errors");
}

static void scaler(void)
{
    optim_loss_scaler s, was;
    int k;
    check(optim_loss_scaler_init(&s) == OPTIM_OK && s.scale == 65536 && s.growth_interval == 2000, "init");
    for (k = 0; k < 1999; k++) optim_loss_scaler_update(&s, 0);
    check(s.scale == 65536 && s.growth_tracker == 1999, "one short of the interval");
    optim_loss_scaler_update(&s, 0);
    check(s.scale == 131072 && s.growth_tracker == 0, "grown");
    for (k = 0; k < 100; k++) optim_loss_scaler_update(&s, 0);
    optim_loss_scaler_update(&s, 1);
    check(s.scale == 65536 && s.growth_tracker == 0, "backed off");
    for (k = 0; k < 100; k++) optim_loss_scaler_update(&s, 1);
    check(s.scale == s.min_scale && s.scale > 0, "the lower bound");
    s.growth_interval = 1;
    for (k = 0; k < 1000; k++) optim_loss_scaler_update(&s, 0);
    check(s.scale == s.max_scale && isfinite((float)s.scale), "the upper bound");
    was = s;
    was.growth_factor = 1;
    check(optim_loss_scaler_update(&was, 0) == OPTIM_ERROR_PARAMETER && was.scale == s.scale, "growth 1");
    was = s;
    was.backoff_factor = 1;
    check(optim_loss_scaler_update(&was, 1) == OPTIM_ERROR_PARAMETER && was.scale == s.scale, "backoff 1");
    was = s;
    was.scale = NAN;
    check(optim_loss_scaler_update(&was, 1) == OPTIM_ERROR_PARAMETER, "scale NaN");
    was = s;
    was.growth_interval = 0;
    check(optim_loss_scaler_update(&was, 1) == OPTIM_ERROR_PARAMETER && was.scale == s.scale, "interval 0");
    check(optim_loss_scaler_init(NULL) == OPTIM_ERROR_NULL && optim_loss_scaler_update(NULL, 0) == OPTIM_ERROR_NULL, "NULL");
}

int main(void)
{
    int isa;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        norms();
        nonfinite();
        values();
    }
    clipping();
    scaler();
    engine_close();
    return engine_failed != 0;
}
