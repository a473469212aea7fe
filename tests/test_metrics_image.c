/* Image quality: scikit-image's values, layouts, closed forms. */
#include "metrics.h"
#include "golden/metrics_image.inc"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int passed, failed;

static void check(int ok, const char *what, double a, double b)
{
    if (ok) { passed++; return; }
    failed++;
    printf("FAILED: %s: %.17g against %.17g\n", what, a, b);
}

static int near(double a, double b, double tolerance) { return fabs(a - b) <= tolerance; }

enum { MOST = 192 * 203 * 3 };
static double x[MOST], y[MOST], planes_x[MOST], planes_y[MOST], map[MOST], planes_map[MOST];
static float float_x[MOST], float_y[MOST], float_map[MOST];

/* As tools/golden/metrics_image.py makes them; interleaved, and as planes. */
static void make_images(int height, int width, int channels)
{
    int i, j, c;
    for (i = 0; i < height; i++)
        for (j = 0; j < width; j++)
            for (c = 0; c < channels; c++) {
                const int at = (i * width + j) * channels + c, plane_at = (c * height + i) * width + j;
                const int value = (i * i * 3 + j * 7 + i * j + c * 50) % 256;
                const int other = value + (i * 37 + j * 101 + i * j * 7 + c * 13) % 61 - 30;
                x[at] = value;
                y[at] = other < 0 ? 0 : other > 255 ? 255 : other;
                planes_x[plane_at] = x[at];
                planes_y[plane_at] = y[at];
                float_x[at] = (float)x[at];
                float_y[at] = (float)y[at];
            }
}

static double ssim(const double *a, const double *b, int height, int width, int channels, const metrics_ssim_config *config,
                   double *cs, double *to_map)
{
    const size_t room = metrics_ssim_scratch_f64((size_t)height, (size_t)width, config);
    void *scratch = malloc(room);
    double value = -7;
    check(metrics_ssim_f64(a, b, (size_t)height, (size_t)width, (size_t)channels, 255, config, scratch, room, &value, cs, to_map) == 0, "ssim status", 0, 0);
    free(scratch);
    return value;
}

static void test_ssim_golden(void)
{
    size_t n;
    for (n = 0; n < sizeof ssim_golden / sizeof ssim_golden[0]; n++) {
        const int h = ssim_golden[n].height, w = ssim_golden[n].width, c = ssim_golden[n].channels;
        const size_t count = (size_t)(h * w * c);
        metrics_ssim_config config = metrics_ssim_defaults();
        double value, cs, mse, sum = 0, sum_planes = 0;
        size_t k, windows = (size_t)((h - 10) * (w - 10) * c), room;
        void *scratch;
        make_images(h, w, c);
        metrics_psnr_f64(x, y, count, 255, &value, &mse);
        check(near(value, ssim_golden[n].psnr, 1e-11), "PSNR", value, ssim_golden[n].psnr);
        check(near(value, 10 * log10(255.0 * 255 / mse), 1e-11), "PSNR of the mse", value, mse);
        metrics_psnr_f32(float_x, float_y, count, 255, &value, NULL);
        check(near(value, ssim_golden[n].psnr, 1e-5), "PSNR in float", value, ssim_golden[n].psnr);
        value = ssim(x, y, h, w, c, NULL, &cs, map);
        check(near(value, ssim_golden[n].gaussian, 1e-12), "SSIM", value, ssim_golden[n].gaussian);
        for (k = 0; k < windows; k++) sum += map[k];
        check(near(sum / (double)windows, value, 1e-13), "mean of the map", sum / (double)windows, value);
        check(cs >= value - 1e-15, "cs is no less than l cs here", cs, value);
        check(near(ssim(y, x, h, w, c, NULL, NULL, NULL), value, 1e-13), "symmetric", 0, 0);
        check(ssim(x, x, h, w, c, NULL, &cs, NULL) == 1 && cs == 1, "identical images", cs, 1);
        config.channel_order = METRICS_CHANNELS_FIRST;
        value = ssim(planes_x, planes_y, h, w, c, &config, NULL, planes_map);
        check(near(value, ssim_golden[n].gaussian, 1e-12), "SSIM of planes", value, ssim_golden[n].gaussian);
        for (k = 0; k < windows; k++) sum_planes += fabs(planes_map[k] - map[k % (windows / (size_t)c) * (size_t)c + k / (windows / (size_t)c)]);
        check(sum_planes < 1e-12, "map of planes", sum_planes, 0);
        config.channel_order = METRICS_CHANNELS_LAST;
        config.sample_covariance = 1;
        value = ssim(x, y, h, w, c, &config, NULL, NULL);
        check(near(value, ssim_golden[n].gaussian_sample, 1e-12), "SSIM, sample covariance", value, ssim_golden[n].gaussian_sample);
        config.window = METRICS_WINDOW_UNIFORM;
        config.size = 7;
        value = ssim(x, y, h, w, c, &config, NULL, NULL);
        check(near(value, ssim_golden[n].uniform, 1e-12), "SSIM, uniform", value, ssim_golden[n].uniform);
        config.sample_covariance = 0;
        value = ssim(x, y, h, w, c, &config, NULL, NULL);
        check(near(value, ssim_golden[n].uniform_population, 1e-12), "SSIM, uniform, population", value, ssim_golden[n].uniform_population);
        room = metrics_ssim_scratch_f32((size_t)h, (size_t)w, NULL);
        scratch = malloc(room);
        metrics_ssim_f32(float_x, float_y, (size_t)h, (size_t)w, (size_t)c, 255, NULL, scratch, room, &value, NULL, float_map);
        check(near(value, ssim_golden[n].gaussian, 2e-6), "SSIM in float", value, ssim_golden[n].gaussian);
        free(scratch);
    }
}

static void test_ms_ssim(void)
{
    size_t n;
    for (n = 0; n < sizeof ms_ssim_golden / sizeof ms_ssim_golden[0]; n++) {
        const size_t h = (size_t)ms_ssim_golden[n].height, w = (size_t)ms_ssim_golden[n].width, c = (size_t)ms_ssim_golden[n].channels;
        const size_t room = metrics_ms_ssim_scratch_f64(h, w, NULL), float_room = metrics_ms_ssim_scratch_f32(h, w, NULL);
        void *scratch = malloc(room);
        metrics_ssim_config config = metrics_ssim_defaults();
        double value = 0;
        make_images((int)h, (int)w, (int)c);
        check(metrics_ms_ssim_f64(x, y, h, w, c, 255, NULL, scratch, room, &value) == 0, "ms_ssim", 0, 0);
        check(near(value, ms_ssim_golden[n].value, 1e-12), "MS-SSIM", value, ms_ssim_golden[n].value);
        config.channel_order = METRICS_CHANNELS_FIRST;
        metrics_ms_ssim_f64(planes_x, planes_y, h, w, c, 255, &config, scratch, room, &value);
        check(near(value, ms_ssim_golden[n].value, 1e-12), "MS-SSIM of planes", value, ms_ssim_golden[n].value);
        metrics_ms_ssim_f32(float_x, float_y, h, w, c, 255, NULL, scratch, float_room, &value);
        check(near(value, ms_ssim_golden[n].value, 2e-6), "MS-SSIM in float", value, ms_ssim_golden[n].value);
        metrics_ms_ssim_f64(x, x, h, w, c, 255, NULL, scratch, room, &value);
        check(value == 1, "MS-SSIM of identical images", value, 1);
        check(metrics_ms_ssim_f64(x, y, 175, w, c, 255, NULL, scratch, room, &value) == METRICS_ERROR_SIZE, "too few rows", 0, 0);
        free(scratch);
    }
    /* anticorrelated noise: negative cs counts 0 */
    {
        const size_t room = metrics_ms_ssim_scratch_f64(176, 176, NULL);
        void *scratch = malloc(room);
        double value = -1;
        int k;
        for (k = 0; k < 176 * 176; k++) { x[k] = (k / 16 + k / 176 / 16) % 2 ? 255 : 0; y[k] = 255 - x[k]; }
        metrics_ms_ssim_f64(x, y, 176, 176, 1, 255, NULL, scratch, room, &value);
        check(value == 0, "the negative of a pattern", value, 0);
        free(scratch);
    }
}

static void test_closed_forms(void)
{
    double value, cs;
    int k;
    for (k = 0; k < 400; k++) { x[k] = 100; y[k] = 50; }
    value = ssim(x, y, 20, 20, 1, NULL, &cs, NULL);
    /* flat images: cs = 1, l from the means alone */
    check(near(cs, 1, 1e-13), "cs of flat images", cs, 1);
    check(near(value, (2 * 100 * 50 + 6.5025) / (100 * 100 + 50 * 50 + 6.5025), 1e-14), "flat images", value, 0);
    metrics_psnr_f64(x, x, 400, 255, &value, &cs);
    check(isinf(value) && value > 0 && cs == 0, "PSNR of identical images", value, 0);
    metrics_psnr_f64(NULL, NULL, 0, 255, &value, &cs);
    check(isnan(value) && isnan(cs), "PSNR of nothing", value, 0);
    metrics_psnr_f64(x, y, 400, 1, &value, NULL);
    check(near(value, 10 * log10(1 / 2500.0), 1e-12), "PSNR by hand", value, 10 * log10(1 / 2500.0));
    /* a bright flat region keeps its accuracy in float: noise of 1e-3 on 1 */
    {
        static float a[900], b[900];
        static double da[900], db[900];
        const size_t room = metrics_ssim_scratch_f64(30, 30, NULL);
        void *scratch = malloc(room);
        double exact, rounded;
        for (k = 0; k < 900; k++) {
            da[k] = a[k] = (float)(1 + 1e-3 * (k * 37 % 11));
            db[k] = b[k] = (float)(1 + 1e-3 * (k * 53 % 13));
        }
        metrics_ssim_f64(da, db, 30, 30, 1, 1.01, NULL, scratch, room, &exact, NULL, NULL);
        metrics_ssim_f32(a, b, 30, 30, 1, 1.01, NULL, scratch, room, &rounded, NULL, NULL);
        check(near(exact, rounded, 2e-7), "float on a bright image", exact, rounded);
        /* NaN in a pixel stays in the windows that see it */
        x[0] = NAN;
        ssim(x, y, 20, 20, 1, NULL, NULL, map);
        check(isnan(map[0]) && !isnan(map[1]) && !isnan(map[10]), "NaN in the corner", map[1], 0);
        free(scratch);
    }
}

static void test_errors(void)
{
    metrics_ssim_config config = metrics_ssim_defaults();
    double value = 5;
    static char scratch[100000];
    config.size = 4;
    check(metrics_ssim_f64(x, y, 20, 20, 1, 1, &config, scratch, sizeof scratch, &value, NULL, NULL) == METRICS_ERROR_PARAMETER, "even size", 0, 0);
    config.size = 1;
    check(metrics_ssim_f64(x, y, 20, 20, 1, 1, &config, scratch, sizeof scratch, &value, NULL, NULL) == METRICS_ERROR_PARAMETER, "size 1", 0, 0);
    config.size = 21;
    check(metrics_ssim_f64(x, y, 20, 20, 1, 1, &config, scratch, sizeof scratch, &value, NULL, NULL) == METRICS_ERROR_SIZE, "size 21", 0, 0);
    config = metrics_ssim_defaults();
    config.window = 2;
    check(metrics_ssim_f64(x, y, 20, 20, 1, 1, &config, scratch, sizeof scratch, &value, NULL, NULL) == METRICS_ERROR_OPTION, "window", 0, 0);
    config.window = 0;
    config.channel_order = -1;
    check(metrics_ssim_f64(x, y, 20, 20, 1, 1, &config, scratch, sizeof scratch, &value, NULL, NULL) == METRICS_ERROR_OPTION, "order", 0, 0);
    check(metrics_ssim_f64(x, y, 20, 20, 0, 1, NULL, scratch, sizeof scratch, &value, NULL, NULL) == METRICS_ERROR_SIZE, "no channels", 0, 0);
    check(value == 5, "the output is untouched", value, 5);
}

int main(void)
{
    test_ssim_golden();
    test_ms_ssim();
    test_closed_forms();
    test_errors();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
