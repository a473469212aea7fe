/* Structural similarity: golden values, constant and equal images, large offsets. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_image.inc"

enum { N = 2, C = 2, H = 13, W = 15, ALL = N * C * H * W, SIDE = 24, PIXELS = SIDE * SIDE };

static double scratch[16384];

static void golden(void)
{
    lossfn_ssim_config config = lossfn_ssim_defaults();
    lossfn_options_f64 o;
    lossfn_options_f32 o32;
    double loss[N], g[ALL], h[ALL];
    float *pred = (float *)numbers(ssim_pred, ALL, 32), *target = (float *)numbers(ssim_target, ALL, 32), lossf[N], gf[ALL], hf[ALL];
    memset(&o, 0, sizeof o);
    memset(&o32, 0, sizeof o32);
    o.reduction = o32.reduction = LOSSFN_NONE;
    check(lossfn_ssim_f64(ssim_pred, ssim_target, N, C, H, W, 1, NULL, &o, scratch, sizeof scratch, loss, g, h) == LOSSFN_OK, "ssim");
    compare("ssim", loss, 64, ssim_each, N, 1e-12);
    compare("ssim gradient", g, 64, ssim_grad_pred, ALL, 1e-11);
    compare("ssim gradient of the target", h, 64, ssim_grad_target, ALL, 1e-11);
    check(lossfn_ssim_f32(pred, target, N, C, H, W, 1, NULL, &o32, scratch, sizeof scratch, lossf, gf, hf) == LOSSFN_OK, "ssim");
    compare("ssim", lossf, 32, ssim_each, N, 1e-6);
    compare("ssim gradient", gf, 32, ssim_grad_pred, ALL, 3e-6);
    compare("ssim gradient of the target", hf, 32, ssim_grad_target, ALL, 3e-6);
    config.window = 7;
    config.sigma = 0;
    lossfn_ssim_f64(ssim_pred, ssim_target, N, C, H, W, 2, &config, &o, scratch, sizeof scratch, loss, NULL, NULL);
    compare("ssim, uniform window", loss, 64, ssim_uniform, N, 1e-12);
    free(pred);
    free(target);
}

/* Constant images a, b: (2 a b + C1) / (a^2 + b^2 + C1), in float far from 0 too. */
static void constants(void)
{
    float x[PIXELS], y[PIXELS], loss, g[PIXELS];
    const double c1 = (0.01 * 255) * (0.01 * 255);
    size_t k;
    int zero = 1;
    for (k = 0; k < PIXELS; k++) { x[k] = 200; y[k] = 100; }
    lossfn_ssim_f32(x, y, 1, 1, SIDE, SIDE, 255, NULL, NULL, scratch, sizeof scratch, &loss, g, NULL);
    check(close_to((double)loss, 1 - (2 * 200 * 100 + c1) / (200 * 200 + 100 * 100 + c1), 1e-6, 0), "constant images: %g", (double)loss);
    check(g[SIDE * 12 + 12] > 0, "constant images: gradient");
    lossfn_ssim_f32(x, x, 1, 1, SIDE, SIDE, 255, NULL, NULL, scratch, sizeof scratch, &loss, g, NULL);
    for (k = 0; k < PIXELS; k++) zero = zero && fabs((double)g[k]) < 1e-15;
    check(fabs((double)loss) < 1e-15 && zero, "equal constant images: %g", (double)loss);
    for (k = 0; k < PIXELS; k++) x[k] = y[k] = 0;
    lossfn_ssim_f32(x, y, 1, 1, SIDE, SIDE, 255, NULL, NULL, scratch, sizeof scratch, &loss, g, NULL);
    check(loss == 0 && g[0] == 0 && g[PIXELS / 2] == 0, "black images: %g", (double)loss);
}

/* A small pattern on a large offset: float data, and still the double result. */
static void offset(void)
{
    float x[PIXELS], y[PIXELS], loss;
    double dx[PIXELS], dy[PIXELS], exact;
    size_t k;
    for (k = 0; k < PIXELS; k++) {
        dx[k] = x[k] = (float)(60000 + (int)(k * 7919 % 13));
        dy[k] = y[k] = (float)(60000 + (int)(k * 104729 % 11));
    }
    lossfn_ssim_f32(x, y, 1, 1, SIDE, SIDE, 255, NULL, NULL, scratch, sizeof scratch, &loss, NULL, NULL);
    lossfn_ssim_f64(dx, dy, 1, 1, SIDE, SIDE, 255, NULL, NULL, scratch, sizeof scratch, &exact, NULL, NULL);
    check(close_to((double)loss, exact, 1e-6, 0) && exact > 0 && exact < 1, "offset: %g, %g", (double)loss, exact);
    /* the variances do not see the offset: near 1 the luminance factor is all that changes */
    for (k = 0; k < PIXELS; k++) { x[k] = (float)(dx[k] - 59000); y[k] = (float)(dy[k] - 59000); }
    lossfn_ssim_f32(x, y, 1, 1, SIDE, SIDE, 255, NULL, NULL, scratch, sizeof scratch, &loss, NULL, NULL);
    check(close_to((double)loss, exact, 1e-4, 0), "offset taken off: %g, %g", (double)loss, exact);
}

static void errors(void)
{
    double x[PIXELS], y[PIXELS], loss = 3;
    size_t k;
    for (k = 0; k < PIXELS; k++) x[k] = y[k] = 1;
    check(lossfn_ssim_f64(x, y, 1, 1, 10, 24, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL, NULL) == LOSSFN_ERROR_SIZE, "lower than the window");
    check(lossfn_ssim_f64(x, y, 1, 0, 24, 24, 1, NULL, NULL, scratch, sizeof scratch, &loss, NULL, NULL) == LOSSFN_ERROR_SIZE, "no channels");
    check(lossfn_ssim_f64(x, y, 1, 1, 24, 24, 0, NULL, NULL, scratch, sizeof scratch, &loss, NULL, NULL) == LOSSFN_ERROR_PARAMETER, "no data range");
    check(lossfn_ssim_f64(x, y, 1, 1, 24, 24, 1, NULL, NULL, scratch, sizeof scratch, &loss, y, NULL) == LOSSFN_ERROR_OVERLAP, "gradient over the other image");
    check(loss == 3, "outputs touched");
}

int main(void)
{
    golden();
    constants();
    offset();
    errors();
    engine_close();
    return engine_failed != 0;
}
