/* Multi-resolution spectrogram loss: golden values, silence, a pure scaling. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_audio.inc"

enum { N = 2, S = 300, ALL = N * S, LONG = 4000 };

static double scratch[65536];

static void set(lossfn_multi_resolution_stft_config *c, int k, int fft_size, int hop, int window)
{
    c->fft_size[k] = fft_size;
    c->hop[k] = hop;
    c->window[k] = window;
}

static void golden_of(const char *name, const lossfn_multi_resolution_stft_config *config, const double *each, const double *grad)
{
    lossfn_options_f64 o;
    lossfn_options_f32 o32;
    double loss[N], g[ALL];
    float *pred = (float *)numbers(stft_pred, ALL, 32), *target = (float *)numbers(stft_target, ALL, 32), lossf[N], gf[ALL];
    memset(&o, 0, sizeof o);
    memset(&o32, 0, sizeof o32);
    o.reduction = o32.reduction = LOSSFN_NONE;
    check(lossfn_multi_resolution_stft_f64(stft_pred, stft_target, N, S, config, &o, scratch, sizeof scratch, loss, g) == LOSSFN_OK, "%s", name);
    compare(name, loss, 64, each, N, 1e-12);
    compare(name, g, 64, grad, ALL, 1e-11);
    check(lossfn_multi_resolution_stft_f32(pred, target, N, S, config, &o32, scratch, sizeof scratch, lossf, gf) == LOSSFN_OK, "%s", name);
    compare(name, lossf, 32, each, N, 3e-6);
    compare(name, gf, 32, grad, ALL, 1e-4);
    free(pred);
    free(target);
}

static void golden(void)
{
    lossfn_multi_resolution_stft_config c = lossfn_multi_resolution_stft_defaults();
    set(&c, 0, 128, 30, 75);
    set(&c, 1, 256, 60, 150);
    set(&c, 2, 64, 12, 30);
    golden_of("stft", &c, stft_even, stft_even_grad);
    c.resolutions = 2;
    set(&c, 0, 125, 31, 125);
    set(&c, 1, 74, 20, 41);
    c.convergence = 0.5;
    c.log_magnitude = 2;
    c.magnitude = 1.5;
    c.eps = 1e-2;
    golden_of("stft, odd sizes", &c, stft_odd, stft_odd_grad);
}

/* Silence against silence is 0; half the signal has convergence 1/2 and log(2). */
static void closed_forms(void)
{
    static double x[LONG], y[LONG], g[LONG];
    lossfn_multi_resolution_stft_config c = lossfn_multi_resolution_stft_defaults();
    double loss = -1;
    size_t k;
    int ok;
    ok = lossfn_multi_resolution_stft_f64(x, y, 1, LONG, NULL, NULL, scratch, sizeof scratch, &loss, g) == LOSSFN_OK;
    check(ok && loss == 0, "silence: %g", loss);
    for (ok = 1, k = 0; k < LONG; k++) ok = ok && g[k] == 0;
    check(ok, "silence: gradient");
    for (k = 0; k < LONG; k++) {
        y[k] = (double)(k * k * 7919 % 1009) / 1009 - 0.5;
        x[k] = y[k] / 2;
    }
    c.eps = 1e-30;
    lossfn_multi_resolution_stft_f64(x, y, 1, LONG, &c, NULL, scratch, sizeof scratch, &loss, g);
    check(close_to(loss, 0.5 + log(2.0), 1e-10, 0), "half the signal: %.15g", loss);
    lossfn_multi_resolution_stft_f64(y, y, 1, LONG, &c, NULL, scratch, sizeof scratch, &loss, g);
    for (ok = 1, k = 0; k < LONG; k++) ok = ok && g[k] == 0;
    check(loss == 0 && ok, "equal signals: %g", loss);
    /* a silent target, a silent prediction: finite */
    for (k = 0; k < LONG; k++) x[k] = 0;
    lossfn_multi_resolution_stft_f64(y, x, 1, LONG, NULL, NULL, scratch, sizeof scratch, &loss, g);
    for (ok = 1, k = 0; k < LONG; k++) ok = ok && isfinite(g[k]);
    check(isfinite(loss) && loss > 0 && ok, "a silent target: %g", loss);
    lossfn_multi_resolution_stft_f64(x, y, 1, LONG, NULL, NULL, scratch, sizeof scratch, &loss, g);
    for (ok = 1, k = 0; k < LONG; k++) ok = ok && g[k] == 0;
    check(isfinite(loss) && loss > 1 && ok, "a silent prediction: %g", loss);
}

static void errors(void)
{
    lossfn_multi_resolution_stft_config c = lossfn_multi_resolution_stft_defaults();
    double loss = 4;
    check(lossfn_multi_resolution_stft_f64(stft_pred, stft_target, N, S, NULL, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_SIZE, "too short");
    c.resolutions = 9;
    check(lossfn_multi_resolution_stft_f64(stft_pred, stft_target, N, S, &c, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_PARAMETER, "9 resolutions");
    check(lossfn_multi_resolution_stft_scratch_f64(S, &c) == SIZE_MAX, "scratch of 9 resolutions");
    c.resolutions = 1;
    set(&c, 0, 64, 0, 64);
    check(lossfn_multi_resolution_stft_f64(stft_pred, stft_target, N, S, &c, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_PARAMETER, "hop 0");
    set(&c, 0, 64, 8, 65);
    check(lossfn_multi_resolution_stft_f64(stft_pred, stft_target, N, S, &c, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_PARAMETER, "window over transform");
    set(&c, 0, 1, 8, 1);
    check(lossfn_multi_resolution_stft_f64(stft_pred, stft_target, N, S, &c, NULL, scratch, sizeof scratch, &loss, NULL) == LOSSFN_ERROR_PARAMETER, "transform of 1");
    check(loss == 4, "outputs touched");
}

int main(void)
{
    golden();
    closed_forms();
    errors();
    engine_close();
    return engine_failed != 0;
}
