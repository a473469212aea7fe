/* Two images. Variant 0: small window, several channels; 1: the standard window,
   one channel, a constant image among them; 2: values around 3/4 of the data range,
   equal images among them, windows of 1 to 4. */
static int ssim_prepare(call *c)
{
    const size_t n = c->length ? 1 + c->length % 3 : 0, channels = c->variant == 0 ? 1 + c->length % 2 : 1;
    const size_t window = c->variant == 1 ? 11 : c->variant == 0 ? 3 : 1 + c->length % 4;
    const size_t height = window + c->length % 5, width = window + c->length % 37, plane = height * width, all = n * channels * plane;
    const double range = c->hyper[0] > 0 && c->hyper[0] < 1e6 ? c->hyper[0] : 1, low = c->variant == 2 ? 0.7 * range : 0, high = c->variant == 2 ? 0.8 * range : range;
    size_t k;
    if (c->variant > 2) return 0;
    input(c, 0, TYPE_REAL, all, low, high, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, all, low, high, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (k = 0; k < all; k++) {
        if (c->variant == 1 && k / plane == 1) put(c, &c->in[1], k, 0.25 * range);
        if (c->variant == 2 && k / plane == 1) put(c, &c->in[1], k, get(c, &c->in[0], k));
    }
    c->option[0] = (int)window;
    c->option[1] = c->variant == 2;
    c->size[0] = c->items = n;
    c->size[1] = channels;
    c->size[2] = height;
    c->size[3] = width;
    c->scratch_bytes = c->bits == 32 ? lossfn_ssim_scratch_f32(height, width, (int)window)
                                     : lossfn_ssim_scratch_f64(height, width, (int)window);
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    output(c, 1, TYPE_REAL, all, 0, 0);
    output(c, 2, TYPE_REAL, all, 1, 0);
    c->elements = (double)all;
    c->bytes = 4.0 * c->elements * c->bits / 8;
    return 1;
}

static const lossfn_ssim_config *ssim_config(call *c)
{
    lossfn_ssim_config *config = (lossfn_ssim_config *)(void *)c->config_room;
    *config = lossfn_ssim_defaults();
    config->window = c->option[0];
    config->sigma = hyper_of(c, 1);
    config->k1 = hyper_of(c, 2);
    config->k2 = hyper_of(c, 3);
    return config;
}
