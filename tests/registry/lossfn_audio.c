/* Two signals. Variant 0: noise, two small resolutions; 1: odd and prime sizes,
   three resolutions, silence and equal signals among them. */
static int stft_prepare(call *c)
{
    const size_t n = c->length ? 1 + c->length % 3 : 0, samples = 20 + c->length;
    size_t k;
    lossfn_multi_resolution_stft_config *config = (lossfn_multi_resolution_stft_config *)(void *)c->config_room;
    static const int fft[2][3] = {{16, 32, 0}, {15, 26, 7}}, hop[2][3] = {{5, 8, 0}, {4, 7, 3}}, window[2][3] = {{16, 24, 0}, {11, 26, 7}};
    if (c->variant > 1) return 0;
    input(c, 0, TYPE_REAL, n * samples, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, n * samples, -1, 1, ARRAY_PER_ITEM);
    for (k = 0; c->variant == 1 && k < n * samples; k++) {
        if (k / samples == 1) put(c, &c->in[1], k, 0);
        if (k / samples == 2) put(c, &c->in[0], k, get(c, &c->in[1], k));
    }
    *config = lossfn_multi_resolution_stft_defaults();
    config->resolutions = c->variant == 0 ? 2 : 3;
    for (k = 0; k < 3; k++) {
        config->fft_size[k] = fft[c->variant][k];
        config->hop[k] = hop[c->variant][k];
        config->window[k] = window[c->variant][k];
    }
    c->size[0] = c->items = n;
    c->size[1] = samples;
    c->scratch_bytes = c->bits == 32 ? lossfn_multi_resolution_stft_scratch_f32(samples, config)
                                     : lossfn_multi_resolution_stft_scratch_f64(samples, config);
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    output(c, 1, TYPE_REAL, n * samples, 0, 0);
    c->elements = (double)(n * samples);
    c->bytes = 3.0 * c->elements * c->bits / 8;
    return 1;
}

static const lossfn_multi_resolution_stft_config *stft_config(call *c)
{
    lossfn_multi_resolution_stft_config *config = (lossfn_multi_resolution_stft_config *)(void *)c->config_room;
    config->convergence = hyper_of(c, 0);
    config->log_magnitude = hyper_of(c, 1);
    config->magnitude = hyper_of(c, 2);
    config->eps = hyper_of(c, 3);
    return config;
}
