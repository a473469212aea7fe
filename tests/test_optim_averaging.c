/* Averages of the parameters by their closed forms. */
#include "engine.h"
#include "optim.h"

enum { N = 37, CALLS = 30 };

static double value(int t, int i) { return sin(3.7 * t + 1.3 * i) + 0.1 * i; }

/* Parameters of one call, in both types. */
static void draw_params(int t, double *x, float *xf)
{
    int i;
    for (i = 0; i < N; i++) {
        x[i] = value(t, i);
        xf[i] = (float)x[i];
    }
}

/* The sum over all calls of what the weights leave of each, from the definition. */
static void ema(int start, double decay)
{
    optim_ema_config c = optim_ema_defaults();
    double x[N], average[N], one[N];
    float xf[N], averagef[N], onef[N];
    int t, s, i;
    c.decay = decay;
    c.start = start;
    draw_params(0, x, xf);
    for (i = 0; i < N; i++) {
        average[i] = one[i] = start == OPTIM_EMA_CORRECTED ? 0 : x[i];
        averagef[i] = onef[i] = (float)average[i];
    }
    for (t = 1; t <= CALLS; t++) {
        draw_params(t, x, xf);
        check(optim_ema_f64(&c, t, N, x, average) == OPTIM_OK, "ema_f64");
        check(optim_ema_f32(&c, t, N, xf, averagef) == OPTIM_OK, "ema_f32");
        for (i = 0; i < N; i++) {
            double expected = start == OPTIM_EMA_CORRECTED ? 0 : value(0, i);
            optim_ema_elem_f64(&c, t, x[i], &one[i]);
            optim_ema_elem_f32(&c, t, xf[i], &onef[i]);
            if (start == OPTIM_EMA_CORRECTED) {
                for (s = 1; s <= t; s++) expected += (1 - decay) * pow(decay, t - s) * value(s, i);
                expected /= 1 - pow(decay, t);
            } else for (s = 1; s <= t; s++) {
                const double ramp = (1.0 + s) / (10.0 + s), d = start == OPTIM_EMA_WARMUP && ramp < decay ? ramp : decay;
                expected = d * expected + (1 - d) * value(s, i);
            }
            check(close_to(average[i], expected, 1e-12, 1e-13), "ema %d, call %d, [%d]: %.17g, not %.17g", start, t, i, average[i], expected);
            check(close_to(averagef[i], expected, 1e-5, 1e-5), "ema %d in float, call %d, [%d]", start, t, i);
            check(close_to(one[i], average[i], 1e-14, 1e-14) && close_to(onef[i], averagef[i], 1e-6, 1e-6), "ema_elem %d, call %d", start, t);
        }
        if (t == 1 && start == OPTIM_EMA_CORRECTED)
            for (i = 0; i < N; i++) check(average[i] == x[i], "the first average is the parameter itself");
    }
}

static void swa(void)
{
    double x[N], average[N], one[N], sum[N];
    float xf[N], averagef[N], onef[N];
    int t, i;
    for (i = 0; i < N; i++) average[i] = one[i] = sum[i] = averagef[i] = onef[i] = 0;
    for (t = 1; t <= CALLS; t++) {
        draw_params(t, x, xf);
        check(optim_swa_f64(t, N, x, average) == OPTIM_OK && optim_swa_f32(t, N, xf, averagef) == OPTIM_OK, "swa");
        for (i = 0; i < N; i++) {
            optim_swa_elem_f64(t, x[i], &one[i]);
            optim_swa_elem_f32(t, xf[i], &onef[i]);
            sum[i] += x[i];
            check(close_to(average[i], sum[i] / t, 1e-13, 1e-14), "swa, call %d, [%d]", t, i);
            check(close_to(averagef[i], sum[i] / t, 1e-5, 1e-5), "swa in float, call %d, [%d]", t, i);
            check(close_to(one[i], average[i], 1e-14, 1e-14) && close_to(onef[i], averagef[i], 1e-6, 1e-6), "swa_elem, call %d", t);
        }
    }
}

static void lookahead(void)
{
    double fast[N], slow[N], was_fast, was_slow;
    float fastf[N], slowf[N];
    int i;
    for (i = 0; i < N; i++) {
        fast[i] = fastf[i] = (float)value(1, i);
        slow[i] = slowf[i] = (float)value(2, i);
    }
    check(optim_lookahead_f64(0.25, N, fast, slow) == OPTIM_OK && optim_lookahead_f32(0.25, N, fastf, slowf) == OPTIM_OK, "lookahead");
    for (i = 0; i < N; i++) {
        double one_fast = was_fast = (float)value(1, i), one_slow = was_slow = (float)value(2, i);
        float one_fastf = (float)value(1, i), one_slowf = (float)value(2, i);
        optim_lookahead_elem_f64(0.25, &one_fast, &one_slow);
        optim_lookahead_elem_f32(0.25, &one_fastf, &one_slowf);
        check(close_to(slow[i], was_slow + 0.25 * (was_fast - was_slow), 1e-15, 1e-15) && fast[i] == slow[i], "lookahead [%d]", i);
        check(close_to(slowf[i], slow[i], 1e-6, 1e-6) && fastf[i] == slowf[i], "lookahead in float [%d]", i);
        check(close_to(one_slow, slow[i], 1e-15, 1e-15) && one_fast == one_slow, "lookahead_elem [%d]", i);
        check(close_to(one_slowf, slowf[i], 1e-6, 1e-6) && one_fastf == one_slowf, "lookahead_elem in float [%d]", i);
    }
    check(optim_lookahead_f64(0, N, fast, slow) == OPTIM_OK && optim_lookahead_f64(1, N, fast, slow) == OPTIM_OK, "the bounds of alpha");
    check(optim_lookahead_f64(1.5, N, fast, slow) == OPTIM_ERROR_PARAMETER, "alpha 1.5");
    check(optim_lookahead_f64(-0.5, N, fast, slow) == OPTIM_ERROR_PARAMETER, "alpha -0.5");
    check(optim_lookahead_f64(NAN, N, fast, slow) == OPTIM_ERROR_PARAMETER, "alpha NaN");
    check(optim_lookahead_f64(0.5, N, fast, NULL) == OPTIM_ERROR_NULL, "slow NULL");
}

static void refused(void)
{
    optim_ema_config c = optim_ema_defaults();
    double x = 1, average = 2;
    c.start = 3;
    check(optim_ema_f64(&c, 1, 1, &x, &average) == OPTIM_ERROR_OPTION, "start 3");
    c.start = OPTIM_EMA_PLAIN;
    c.decay = 1;
    check(optim_ema_f64(&c, 1, 1, &x, &average) == OPTIM_ERROR_PARAMETER, "decay 1");
    check(optim_ema_f64(NULL, 0, 1, &x, &average) == OPTIM_ERROR_PARAMETER, "step 0");
    check(optim_swa_f64(0, 1, &x, &average) == OPTIM_ERROR_PARAMETER, "swa: step 0");
    check(average == 2, "a refused call touches the average");
}

int main(void)
{
    int isa;
    for (isa = 0; isa < 4; isa++) {
        if (!optim_isa_force(isa)) continue;
        ema(OPTIM_EMA_PLAIN, 0.9);
        ema(OPTIM_EMA_CORRECTED, 0.9);
        ema(OPTIM_EMA_CORRECTED, 0);
        ema(OPTIM_EMA_WARMUP, 0.6);
        swa();
        lookahead();
    }
    refused();
    engine_close();
    return engine_failed != 0;
}
