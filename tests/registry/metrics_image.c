/* Inputs of the image metrics: two images, the second near the first. */

static int metrics_psnr_prepare(call *c)
{
    const size_t n = c->length;
    if (c->variant) return 0;
    c->size[0] = n;
    input(c, 0, TYPE_REAL, n, 0, 1, 0);
    input(c, 1, TYPE_REAL, n, 0, 1, 0);
    output(c, 0, TYPE_F64, 1, -1, 0);
    output(c, 1, TYPE_F64, 1, -1, 0);
    c->bytes = 2.0 * (double)n * c->bits / 8;
    c->elements = (double)n;
    return 1;
}

/* From HYPER 1 .. 3, OPTION 0 (window), 1 (channel order), 2 (sample covariance) and SIZE 3. */
static metrics_ssim_config *ssim_config_of(call *c)
{
    metrics_ssim_config *config = (metrics_ssim_config *)(void *)c->config_room;
    *config = metrics_ssim_defaults();
    config->window = c->option[0];
    config->channel_order = c->option[1];
    config->sample_covariance = c->option[2];
    config->size = c->size[3];
    if (config->window == METRICS_WINDOW_GAUSSIAN) config->sigma = hyper_of(c, 1);
    config->k1 = hyper_of(c, 2);
    config->k2 = hyper_of(c, 3);
    return config;
}

static void ssim_images(call *c, size_t height, size_t width, size_t channels)
{
    const size_t n = height * width * channels;
    size_t i;
    array *x, *y;
    c->size[0] = height;
    c->size[1] = width;
    c->size[2] = channels;
    x = input(c, 0, TYPE_REAL, n, 0, 1, 0);
    y = input(c, 1, TYPE_REAL, n, 0, 1, 0);
    for (i = 0; i < n; i++) put(c, y, i, (double)(float)(0.75 * get(c, x, i) + 0.25 * get(c, y, i)));
    output(c, 0, TYPE_F64, 1, -1, 0);
    c->bytes = 2.0 * (double)n * c->bits / 8;
    c->elements = (double)n;
}

/* Gaussian 11 interleaved, uniform 7 planes, Gaussian 5 with three channels. */
static int metrics_ssim_prepare(call *c)
{
    static const size_t sizes[3] = {11, 7, 5};
    const size_t channels = c->variant == 0 ? 1 : c->variant;
    const size_t size = c->variant < 3 ? sizes[c->variant] : 0, edge = c->large ? (size_t)sqrt((double)c->length) : 0;
    const size_t height = c->large ? edge + 11 : size + c->length % 5, width = c->large ? edge + 11 : size + c->length;
    if (c->variant > 2 || c->length == 0) return 0;
    ssim_images(c, height, width, channels);
    c->size[3] = size;
    c->option[0] = c->variant == 1 ? METRICS_WINDOW_UNIFORM : METRICS_WINDOW_GAUSSIAN;
    c->option[1] = c->variant == 1 ? METRICS_CHANNELS_FIRST : METRICS_CHANNELS_LAST;
    c->option[2] = c->variant != 0;
    output(c, 1, TYPE_F64, 1, -1, 0);
    c->size_sizes = 1u << 3;   /* the map */
    output(c, 2, TYPE_REAL, (height - size + 1) * (width - size + 1) * channels, -1, 0);
    c->scratch_bytes = c->bits == 32 ? metrics_ssim_scratch_f32(height, width, ssim_config_of(c)) : metrics_ssim_scratch_f64(height, width, ssim_config_of(c));
    return 1;
}

static int metrics_ms_ssim_prepare(call *c)
{
    const size_t edge = c->large ? (size_t)sqrt((double)c->length) : 0;
    const size_t height = 48 + c->length % 5 + edge, width = c->large ? 48 + edge : 48 + c->length % 40;
    if (c->variant > 1 || c->length == 0) return 0;
    ssim_images(c, height, width, c->variant ? 2 : 1);
    c->size[3] = 3;
    c->option[1] = c->variant ? METRICS_CHANNELS_FIRST : METRICS_CHANNELS_LAST;
    c->scratch_bytes = c->bits == 32 ? metrics_ms_ssim_scratch_f32(height, width, ssim_config_of(c)) : metrics_ms_ssim_scratch_f64(height, width, ssim_config_of(c));
    return 1;
}
