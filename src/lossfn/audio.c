//@family Audio: spectra of waveforms

//@api

/* The most resolutions of lossfn_multi_resolution_stft. */
#define LOSSFN_STFT_RESOLUTIONS 8

typedef struct lossfn_multi_resolution_stft_config {
    int resolutions;                        /* 1 to LOSSFN_STFT_RESOLUTIONS */
    int fft_size[LOSSFN_STFT_RESOLUTIONS];  /* samples per transform, 2 to 2^24, any number */
    int hop[LOSSFN_STFT_RESOLUTIONS];       /* samples from frame to frame, >= 1 */
    int window[LOSSFN_STFT_RESOLUTIONS];    /* samples of the Hann window, 1 to fft_size */
    double convergence;                     /* weight of the spectral convergence, >= 0 */
    double log_magnitude;                   /* weight of the difference of log magnitudes, >= 0 */
    double magnitude;                       /* weight of the difference of magnitudes, >= 0 */
    double eps;                             /* least power of a bin, > 0 */
} lossfn_multi_resolution_stft_config;

/* 1024 / 120 / 600, 2048 / 240 / 1200 and 512 / 50 / 240 samples of transform,
   hop and window, weights 1, 1, 0, eps 1e-8: those of Parallel WaveGAN and of
   auraloss. */
LOSSFN_DEF lossfn_multi_resolution_stft_config lossfn_multi_resolution_stft_defaults(void);

/* Multi-resolution spectrogram loss: the mean over the resolutions of
     convergence |Y - X|_F / |Y|_F
     + log_magnitude mean |log X - log Y| + magnitude mean |X - Y|,
   where X and Y are the magnitudes sqrt(max(re^2 + im^2, eps)) of the short-time
   spectra of pred and target, over all frames and the fft_size / 2 + 1 bins.

   pred, target  n x samples; an item is one signal. More samples than half the
                 largest fft_size, for the signal is continued by reflection at
                 both ends by that much (LOSSFN_ERROR_SIZE otherwise)
   grad_pred     n x samples, the gradient in pred; may be pred

   Frames lie as in torch.stft with center: frame f is centred at sample f hop, its
   window is the periodic Hann window 0.5 - 0.5 cos(2 pi t / window) in the middle
   of fft_size samples, there are 1 + (samples + 2 (fft_size / 2) - fft_size) / hop.
   No normalisation. A bin at the least power (silence) passes no gradient, equal
   magnitudes have the slope 0, and so have all bins in the convergence term where
   it is 0. eps keeps |Y|_F above 0: silence costs nothing against silence and is
   finite against anything.

   Here each signal has its own convergence (auraloss); Parallel WaveGAN takes the
   norms over the whole batch, which is the same for one signal.

   config NULL: the defaults. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_PARAMETER (a field out of its range), LOSSFN_ERROR_OPTION,
   LOSSFN_ERROR_OVERLAP (accumulate into pred, grad_pred over target),
   LOSSFN_ERROR_SCRATCH.
   Source: R. Yamamoto et al., Parallel WaveGAN, 2020, arXiv 1910.11480. */
LOSSFN_DEF int lossfn_multi_resolution_stft_REAL(const REAL *pred, const REAL *target, size_t n, size_t samples,
                                                 const lossfn_multi_resolution_stft_config *config, const lossfn_options_REAL *options,
                                                 void *scratch, size_t scratch_size, REAL *loss, REAL *grad_pred);

/* Bytes of scratch it needs; SIZE_MAX for a config out of range. */
LOSSFN_DEF size_t lossfn_multi_resolution_stft_scratch_REAL(size_t samples, const lossfn_multi_resolution_stft_config *config);

//@shared

/* The bins of one frame of both signals. With slopes set, those of the convergence
   term, times |Y - X|_F |Y|_F, replace the spectrum of x, those of the other terms
   that of y. */
typedef struct {
    REAL *x_re, *x_im, *y_re, *y_im;
    size_t bins;
    int slopes;
    REAL eps, log_share, share;     /* weights / (bins frames) */
    double difference, target;      /* sums of (X - Y)^2 and Y^2 */
    double log_total, total;        /* sums of |log X - log Y| and |X - Y| */
} lfn_stft_bins_REAL;

/* One resolution. */
typedef struct {
    size_t fft_size, hop, window, bins, frames;
    void *plan;
    REAL *taps;
} lfn_stft_REAL;

/* One call. */
typedef struct {
    lossfn_multi_resolution_stft_config config;
    lfn_stft_REAL stft[LOSSFN_STFT_RESOLUTIONS];
    size_t samples;
    REAL *frame;
    lfn_stft_bins_REAL bins;
    double *grad, *convergence;     /* samples each: the gradient, and that of one convergence term */
    void *room;
} lfn_spectra_REAL;

//@kernel

/* Adds bins first to end - 1 of a frame to the sums; the slopes in re and im. Of a magnitude X = sqrt(re^2 + im^2),
   dX/dre = re / X. Powers and magnitudes are rounded to the type, so that equal
   bins come out equal on every processor. */
LFN_FN void lfn_stft_some(lfn_stft_bins_REAL *b, size_t first, size_t end)
{
    const lfn_vec eps = lfn_set1(b->eps), half = lfn_set1(LFN_K(0.5)), one = lfn_set1(LFN_K(1));
    const lfn_vec log_share = lfn_set1(b->log_share), share = lfn_set1(b->share);
    lfn_vec squares = lfn_zero(), targets = lfn_zero(), logs = lfn_zero(), plain = lfn_zero();
    size_t k, m;
    for (k = first; k < end; k += m) {
        lfn_vec x_re, x_im, y_re, y_im, raw, power_x, power_y, x, y, e;
        lfn_mask in, loud;
        m = end - k < LFN_LANES ? end - k : LFN_LANES;
        in = lfn_first(m);
        x_re = lfn_load_part(b->x_re + k, m);
        x_im = lfn_load_part(b->x_im + k, m);
        y_re = lfn_load_part(b->y_re + k, m);
        y_im = lfn_load_part(b->y_im + k, m);
        raw = lfn_exact(x_re * x_re + x_im * x_im);
        loud = raw > eps;
        power_x = lfn_max(eps, raw);
        power_y = lfn_max(eps, lfn_exact(y_re * y_re + y_im * y_im));
        x = lfn_exact(lfn_sqrt(power_x));
        y = lfn_exact(lfn_sqrt(power_y));
        e = x - y;
        squares += lfn_keep(in, e * e);
        targets += lfn_keep(in, power_y);
        logs += lfn_keep(in, lfn_abs(half * (lfn_exact(lfn_log(power_x)) - lfn_exact(lfn_log(power_y)))));
        plain += lfn_keep(in, lfn_abs(e));
        if (b->slopes) {
            const lfn_vec inverse = one / x;
            const lfn_vec of_convergence = lfn_keep(loud, e * inverse);
            const lfn_vec of_others = lfn_keep(loud, lfn_sign(e) * (log_share * inverse + share) * inverse);
            lfn_store_part(b->x_re + k, of_convergence * x_re, m);
            lfn_store_part(b->x_im + k, of_convergence * x_im, m);
            lfn_store_part(b->y_re + k, of_others * x_re, m);
            lfn_store_part(b->y_im + k, of_others * x_im, m);
        }
    }
    b->difference += lfn_hsum(squares);
    b->target += lfn_hsum(targets);
    b->log_total += lfn_hsum(logs);
    b->total += lfn_hsum(plain);
}

/* The whole frame, 4 LFN_RUN bins a lane at a time: a float sums no longer. */
LFN_FN void lfn_stft_frame(lfn_stft_bins_REAL *b)
{
    const size_t run = 4 * LFN_RUN * LFN_LANES;
    size_t k, m;
    for (k = 0; k < b->bins; k += m) {
        m = b->bins - k < run ? b->bins - k : run;
        lfn_stft_some(b, k, k + m);
    }
}

//@impl

LFN_FN int lfn_stft_config_ok(const lossfn_multi_resolution_stft_config *c)
{
    int k;
    if (c->resolutions < 1 || c->resolutions > LOSSFN_STFT_RESOLUTIONS) return 0;
    for (k = 0; k < c->resolutions; k++)
        if (c->fft_size[k] < 2 || c->fft_size[k] > 1 << 24 || c->hop[k] < 1 || c->window[k] < 1 || c->window[k] > c->fft_size[k]) return 0;
    return lfn_is_nonnegative(c->convergence) && lfn_is_nonnegative(c->log_magnitude) && lfn_is_nonnegative(c->magnitude) && lfn_is_positive(c->eps);
}

LFN_FN size_t lfn_stft_longest(const lossfn_multi_resolution_stft_config *c)
{
    int k, longest = 0;
    for (k = 0; k < c->resolutions; k++) longest = c->fft_size[k] > longest ? c->fft_size[k] : longest;
    return (size_t)longest;
}

/* Room of the transform of the resolution that needs most. */
LFN_FN size_t lfn_stft_room(const lossfn_multi_resolution_stft_config *c)
{
    size_t most = 0;
    int k;
    for (k = 0; k < c->resolutions; k++) {
        const size_t room = lfn_rfft_room((size_t)c->fft_size[k]);
        most = room > most ? room : most;
    }
    return most;
}

LOSSFN_DEF size_t lossfn_multi_resolution_stft_scratch_REAL(size_t samples, const lossfn_multi_resolution_stft_config *config)
{
    const lossfn_multi_resolution_stft_config c = config ? *config : lossfn_multi_resolution_stft_defaults();
    size_t room, longest;
    int k;
    if (!lfn_stft_config_ok(&c)) return SIZE_MAX;
    longest = lfn_stft_longest(&c);
    room = lfn_add(lfn_mul(2, lfn_piece(samples, sizeof(double))), lfn_piece(longest, sizeof(REAL)));
    room = lfn_add(room, lfn_mul(4, lfn_piece(longest / 2 + 1, sizeof(REAL))));
    for (k = 0; k < c.resolutions; k++)
        room = lfn_add(room, lfn_add(lfn_piece(lfn_rfft_plan_room((size_t)c.fft_size[k]), 1), lfn_piece((size_t)c.window[k], sizeof(REAL))));
    return lfn_add(room, lfn_stft_room(&c));
}

/* The plan and the window of one resolution. */
LFN_FN void lfn_stft_begin(lfn_stft_REAL *s, size_t fft_size, size_t hop, size_t window, size_t samples, void **scratch)
{
    size_t t;
    s->fft_size = fft_size;
    s->hop = hop;
    s->window = window;
    s->bins = fft_size / 2 + 1;
    s->frames = 1 + (samples + 2 * (fft_size / 2) - fft_size) / hop;
    s->plan = lfn_cut(scratch, lfn_rfft_plan_room(fft_size), 1);
    s->taps = (REAL *)lfn_cut(scratch, window, sizeof(REAL));
    lfn_rfft_plan(fft_size, s->plan);
    for (t = 0; t < window; t++)
        s->taps[t] = (REAL)(window == 1 ? 1 : 0.5 - 0.5 * cos(6.28318530717958647693 * (double)t / (double)window));
}

LFN_FN void lfn_spectra_begin(lfn_spectra_REAL *a, size_t samples, void *scratch)
{
    const size_t longest = lfn_stft_longest(&a->config), bins = longest / 2 + 1;
    int k;
    a->samples = samples;
    a->grad = (double *)lfn_cut(&scratch, samples, sizeof(double));
    a->convergence = (double *)lfn_cut(&scratch, samples, sizeof(double));
    a->frame = (REAL *)lfn_cut(&scratch, longest, sizeof(REAL));
    a->bins.x_re = (REAL *)lfn_cut(&scratch, bins, sizeof(REAL));
    a->bins.x_im = (REAL *)lfn_cut(&scratch, bins, sizeof(REAL));
    a->bins.y_re = (REAL *)lfn_cut(&scratch, bins, sizeof(REAL));
    a->bins.y_im = (REAL *)lfn_cut(&scratch, bins, sizeof(REAL));
    for (k = 0; k < a->config.resolutions; k++)
        lfn_stft_begin(&a->stft[k], (size_t)a->config.fft_size[k], (size_t)a->config.hop[k], (size_t)a->config.window[k], samples, &scratch);
    a->room = scratch;
}

/* The sample under tap t of frame f, reflected at the ends. */
LFN_FN size_t lfn_stft_sample(const lfn_stft_REAL *s, size_t samples, size_t f, size_t t)
{
    const size_t pad = s->fft_size / 2, at = f * s->hop + (s->fft_size - s->window) / 2 + t;
    if (at < pad) return pad - at;
    return at - pad < samples ? at - pad : 2 * (samples - 1) - (at - pad);
}

/* The spectrum of frame f. */
LFN_FN void lfn_stft_forward(const lfn_spectra_REAL *a, const lfn_stft_REAL *s, const REAL *signal, size_t f, REAL *re, REAL *im)
{
    REAL *frame = a->frame, *inside = a->frame + (s->fft_size - s->window) / 2;
    size_t t;
    memset(frame, 0, s->fft_size * sizeof *frame);
    for (t = 0; t < s->window; t++) inside[t] = s->taps[t] * signal[lfn_stft_sample(s, a->samples, f, t)];
    lfn_rfft(s->plan, s->fft_size, frame, re, im, a->room);
}

/* Its transpose: adds to grad. */
LFN_FN void lfn_stft_adjoint(const lfn_spectra_REAL *a, const lfn_stft_REAL *s, size_t f, const REAL *re, const REAL *im, double *grad)
{
    const REAL *inside = a->frame + (s->fft_size - s->window) / 2;
    size_t t;
    lfn_rfft_adjoint(s->plan, s->fft_size, re, im, a->frame, a->room);
    for (t = 0; t < s->window; t++) grad[lfn_stft_sample(s, a->samples, f, t)] += (double)s->taps[t] * (double)inside[t];
}

/* One resolution of one pair of signals: its loss; the gradient is added to a->grad. */
LFN_FN double lfn_stft_loss(lfn_spectra_REAL *a, const lfn_stft_REAL *s, const REAL *pred, const REAL *target)
{
    lfn_stft_bins_REAL *b = &a->bins;
    const double share = 1 / ((double)s->bins * (double)s->frames * a->config.resolutions);
    const double weight = a->config.convergence / a->config.resolutions;
    double difference, norm, slope;
    size_t f, k;
    b->bins = s->bins;
    b->eps = (REAL)a->config.eps;
    b->log_share = (REAL)(a->config.log_magnitude * share);
    b->share = (REAL)(a->config.magnitude * share);
    b->difference = b->target = b->log_total = b->total = 0;
    for (k = 0; b->slopes && k < a->samples; k++) a->convergence[k] = 0;
    for (f = 0; f < s->frames; f++) {
        lfn_stft_forward(a, s, pred, f, b->x_re, b->x_im);
        lfn_stft_forward(a, s, target, f, b->y_re, b->y_im);
        LFN_CALL(lfn_stft_frame, (b));
        if (b->slopes && weight != 0) lfn_stft_adjoint(a, s, f, b->x_re, b->x_im, a->convergence);
        if (b->slopes) lfn_stft_adjoint(a, s, f, b->y_re, b->y_im, a->grad);
    }
    difference = sqrt(b->difference);
    norm = sqrt(b->target);
    slope = difference == 0 ? 0 : weight / (difference * norm);
    for (k = 0; b->slopes && weight != 0 && k < a->samples; k++) a->grad[k] += slope * a->convergence[k];
    return weight * (difference / norm) + (a->config.log_magnitude * b->log_total + a->config.magnitude * b->total) * share;
}

/* One item, all resolutions. */
LFN_FN void lfn_spectra_item(lfn_spectra_REAL *a, lfn_items_REAL *items, size_t i, const REAL *pred, const REAL *target, REAL *grad)
{
    const double scale = lfn_item_scale_REAL(items, i);
    double total = 0;
    size_t k;
    int r;
    a->bins.slopes = grad && scale != 0;
    for (k = 0; a->bins.slopes && k < a->samples; k++) a->grad[k] = 0;
    for (r = 0; r < a->config.resolutions; r++) total += lfn_stft_loss(a, &a->stft[r], pred, target);
    lfn_item_loss_REAL(items, i, total);
    for (k = 0; grad && k < a->samples; k++) {
        const double g = scale == 0 ? 0 : scale * a->grad[k];
        grad[k] = (REAL)(items->accumulate ? (double)grad[k] + g : g);
    }
}

LOSSFN_DEF int lossfn_multi_resolution_stft_REAL(const REAL *pred, const REAL *target, size_t n, size_t samples,
                                                 const lossfn_multi_resolution_stft_config *config, const lossfn_options_REAL *options,
                                                 void *scratch, size_t scratch_size, REAL *loss, REAL *grad_pred)
{
    lfn_spectra_REAL a;
    lfn_items_REAL items;
    size_t i;
    int status;
    memset(&a, 0, sizeof a);
    a.config = config ? *config : lossfn_multi_resolution_stft_defaults();
    if (n && samples && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(n, samples), sizeof(REAL)) || lfn_too_big(samples, 4 * sizeof(double)) || lfn_too_big(n, sizeof(REAL)))
        return LOSSFN_ERROR_SIZE;
    if (!lfn_stft_config_ok(&a.config)) return LOSSFN_ERROR_PARAMETER;
    if (samples <= lfn_stft_longest(&a.config) / 2) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&items, options, loss);
    if (status) return status;
    if (n && grad_pred && (grad_pred == target || (items.accumulate && grad_pred == pred))) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < lossfn_multi_resolution_stft_scratch_REAL(samples, &a.config)) return LOSSFN_ERROR_SCRATCH;
    lfn_spectra_begin(&a, samples, scratch);
    lfn_items_scale(&items, lfn_items_count(&items, n));
    for (i = 0; i < n; i++)
        lfn_spectra_item(&a, &items, i, pred + i * samples, target + i * samples, grad_pred ? grad_pred + i * samples : NULL);
    return lfn_items_end(&items);
}

//@last

LOSSFN_DEF lossfn_multi_resolution_stft_config lossfn_multi_resolution_stft_defaults(void)
{
    static const int fft_size[3] = {1024, 2048, 512}, hop[3] = {120, 240, 50}, window[3] = {600, 1200, 240};
    lossfn_multi_resolution_stft_config config;
    memset(&config, 0, sizeof config);
    config.resolutions = 3;
    memcpy(config.fft_size, fft_size, sizeof fft_size);
    memcpy(config.hop, hop, sizeof hop);
    memcpy(config.window, window, sizeof window);
    config.convergence = config.log_magnitude = 1;
    config.eps = 1e-8;
    return config;
}
