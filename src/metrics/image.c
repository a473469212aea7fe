//@family Image quality: PSNR, SSIM, MS-SSIM

//@api

/* ---- image quality -----------------------------------------------------------

   x and y are two images of height x width pixels with `channels` values a pixel
   (1 for gray), in the order METRICS_CHANNELS_LAST or _FIRST. data_range is the
   span of the values the format allows (1 for 0 .. 1, 255 for bytes), never
   guessed from the data. All three metrics are symmetric in x and y. NaN in a
   pixel makes the result NaN, and so does infinity (one against a finite value
   makes the PSNR -infinity). */

enum {
    METRICS_CHANNELS_LAST = 0,   /* (height, width, channels): interleaved */
    METRICS_CHANNELS_FIRST = 1   /* (channels, height, width): one plane per channel */
};

enum {
    METRICS_WINDOW_GAUSSIAN = 0,  /* weights exp(-t^2 / (2 sigma^2)), divided by their sum, in both directions */
    METRICS_WINDOW_UNIFORM = 1    /* all weights 1 / size^2 */
};

/* Peak signal-to-noise ratio in decibel:
     mse = mean of (x - y)^2
     psnr = 10 log10(data_range^2 / mse) = 20 log10(data_range) - 10 log10(mse)
   over n values in any layout. Identical arrays: infinity. n = 0: NaN. The PSNR
   of several images is either the mean of theirs or the PSNR of their mean mse:
   the two differ, so mse (may be NULL) is given as well.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_PARAMETER
   (data_range not finite or not > 0).
   scikit-image and TorchMetrics compute this (TorchMetrics before 1.0 guessed
   data_range); ffmpeg and libvmaf cap the value of identical images. */
METRICS_DEF int metrics_psnr_REAL(const REAL *x, const REAL *y, size_t n, double data_range, double *psnr, double *mse);

/* The settings of SSIM and MS-SSIM.
     window             METRICS_WINDOW_*
     channel_order      METRICS_CHANNELS_*
     size               side of the square window, odd, 3 or more
     sigma              of the Gaussian window, > 0, in pixels
     k1, k2             > 0, the constants C1 = (k1 data_range)^2, C2 = (k2 data_range)^2
     sample_covariance  nonzero: variances and covariance times N / (N - 1), N = size^2 */
typedef struct metrics_ssim_config {
    int window, channel_order;
    size_t size;
    double sigma, k1, k2;
    int sample_covariance;
} metrics_ssim_config;

/* Those of Wang et al.: Gaussian window 11, sigma 1.5, k1 0.01, k2 0.03, variances
   without the factor N / (N - 1), interleaved channels. */
METRICS_DEF metrics_ssim_config metrics_ssim_defaults(void);

/* Bytes of scratch metrics_ssim needs. A NULL config means the defaults. SIZE_MAX
   when it does not fit. */
METRICS_DEF size_t metrics_ssim_scratch_REAL(size_t height, size_t width, const metrics_ssim_config *config);

/* Structural similarity index. In every window that lies inside the image, with
   the weighted means mx, my, variances vx, vy and covariance cxy,
     cs = (2 cxy + C2) / (vx + vy + C2)
     l  = (2 mx my + C1) / (mx^2 + my^2 + C1)
     ssim = mean of l cs over windows and channels
   *contrast_structure is the mean of cs. map, when given, receives l cs: one value
   per window, (height - size + 1, width - size + 1) with the channels in the order
   of the images. -1 <= ssim <= 1; identical images have exactly 1.
   Variances are taken from values less the mean of y (where that lies within
   +- data_range), and the difference x - y is filtered in place of x y, so that
   float images keep their accuracy; the formula is the same.
   Only whole windows count, as in Wang's code and scikit-image's (which filters
   with mirrored borders and then cuts them off). scikit-image's default is
   window UNIFORM, size 7, sample_covariance 1; with gaussian_weights=True, sigma
   1.5 it is size 11, sample_covariance 1 unless switched off. TorchMetrics
   mirrors the border into the mean; piq halves large images first.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (height, width < size, no
   channel, too large), METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION,
   METRICS_ERROR_SCRATCH. A NULL config means the defaults.
   Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, Image Quality
   Assessment: From Error Visibility to Structural Similarity, 2004. */
METRICS_DEF int metrics_ssim_REAL(const REAL *x, const REAL *y, size_t height, size_t width, size_t channels,
                                  double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                  double *ssim, double *contrast_structure, REAL *map);

/* Bytes of scratch metrics_ms_ssim needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_ms_ssim_scratch_REAL(size_t height, size_t width, const metrics_ssim_config *config);

/* Multi-scale structural similarity: 5 scales, each the one before averaged over
   2 x 2 pixels (an odd last row or column is dropped), and per channel
     cs_1^0.0448 cs_2^0.2856 cs_3^0.3001 cs_4^0.2363 ssim_5^0.1333
   with cs_i the mean of cs and ssim_5 the mean of l cs at its scale, negative
   means taken as 0. The result is the mean over the channels, 0 <= ms_ssim <= 1.
   Errors: those of metrics_ssim; METRICS_ERROR_SIZE also when height / 16 or
   width / 16 < size (176 pixels for 11).
   TensorFlow and pytorch-msssim compute this, but for images of odd sizes, which
   they pad; TorchMetrics averages over channels at each scale and mirrors borders.
   Source: Z. Wang, E. P. Simoncelli, A. C. Bovik, Multiscale Structural Similarity
   for Image Quality Assessment, 2003. */
METRICS_DEF int metrics_ms_ssim_REAL(const REAL *x, const REAL *y, size_t height, size_t width, size_t channels,
                                     double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                     double *ms_ssim);

//@once

#define LFN_SSIM_SIGNALS 4
#define LFN_SSIM_SCALES 5

METRICS_DEF metrics_ssim_config metrics_ssim_defaults(void)
{
    metrics_ssim_config config;
    memset(&config, 0, sizeof config);
    config.window = METRICS_WINDOW_GAUSSIAN;
    config.channel_order = METRICS_CHANNELS_LAST;
    config.size = 11;
    config.sigma = 1.5;
    config.k1 = 0.01;
    config.k2 = 0.03;
    return config;
}

//@shared

/* One plane of two images, and where its rows are filtered. A row gives four
   signals: y, d = x - y, x^2 + y^2 and d^2 (x and y less the shift). They are
   filtered along the row into the ring, which holds the last `size` rows, and the
   ring is filtered down its columns. */
typedef struct {
    size_t height, width, valid;   /* valid: windows per row */
    size_t step, row_step;         /* elements from one pixel to the next, and to the next row */
    size_t size;
    REAL shift, c1, c2, unbias;    /* unbias: 1 or N / (N - 1) */
    REAL *weight;                  /* the window along one axis, twice in a row */
    REAL *signal;                  /* 4 rows of width */
    REAL *ring;                    /* size x 4 rows of valid */
    REAL *structure, *product;     /* a row of cs and of l cs */
} lfn_ssim_REAL;

//@kernel

/* m <= LFN_LANES elements: whole vectors by the plain move. */
LFN_INLINE lfn_vec lfn_ssim_load(const REAL *p, size_t m) { return m == LFN_LANES ? lfn_load(p) : lfn_load_part(p, m); }

LFN_INLINE void lfn_ssim_store(REAL *p, lfn_vec x, size_t m)
{
    if (m == LFN_LANES) lfn_store(p, x);
    else lfn_store_part(p, x, m);
}

/* The four signals of one row. */
LFN_FN void lfn_ssim_signals(const lfn_ssim_REAL *s, const REAL *x, const REAL *y)
{
    REAL *ys = s->signal, *d = ys + s->width, *squares = d + s->width, *difference = squares + s->width;
    const lfn_vec shift = lfn_set1(s->shift);
    size_t k, m;
    if (s->step != 1) {
        for (k = 0; k < s->width; k++) {
            d[k] = x[k * s->step];
            ys[k] = y[k * s->step];
        }
        x = d;
        y = ys;
    }
    for (k = 0; k < s->width; k += m) {
        lfn_vec a, b;
        m = s->width - k < LFN_LANES ? s->width - k : LFN_LANES;
        a = lfn_ssim_load(x + k, m) - shift;
        b = lfn_ssim_load(y + k, m) - shift;
        lfn_ssim_store(ys + k, b, m);
        lfn_ssim_store(d + k, a - b, m);
        lfn_ssim_store(squares + k, a * a + b * b, m);
        lfn_ssim_store(difference + k, (a - b) * (a - b), m);
    }
}

/* out_k = sum_j weight_j in_(k + j) */
LFN_FN void lfn_ssim_filter(REAL *out, const REAL *in, const REAL *weight, size_t size, size_t n)
{
    size_t k = 0, j, m;
    for (; n - k >= 4 * LFN_LANES; k += 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        for (j = 0; j < size; j++) {
            const lfn_vec w = lfn_set1(weight[j]);
            const REAL *p = in + k + j;
            a = lfn_fma(w, lfn_load(p), a);
            b = lfn_fma(w, lfn_load(p + LFN_LANES), b);
            c = lfn_fma(w, lfn_load(p + 2 * LFN_LANES), c);
            d = lfn_fma(w, lfn_load(p + 3 * LFN_LANES), d);
        }
        lfn_store(out + k, a);
        lfn_store(out + k + LFN_LANES, b);
        lfn_store(out + k + 2 * LFN_LANES, c);
        lfn_store(out + k + 3 * LFN_LANES, d);
    }
    for (; k < n; k += m) {
        lfn_vec a = lfn_zero();
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        for (j = 0; j < size; j++) a = lfn_fma(lfn_set1(weight[j]), lfn_ssim_load(in + k + j, m), a);
        lfn_ssim_store(out + k, a, m);
    }
}

/* The windows of one row: cs and l cs, from the ring's rows and their weights. With
   the means of the signals y, d, q = x^2 + y^2, e = d^2, each less the shift:
     vx + vy = unbias (q - mx^2 - my^2),  vx + vy - 2 cxy = unbias (e - d^2)
     cs = 1 - (vx + vy - 2 cxy) / (vx + vy + C2),  l = 1 - (mx - my)^2 / (mx^2 + my^2 + C1) */
LFN_FN void lfn_ssim_windows(const lfn_ssim_REAL *s, const REAL *weight)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), c1 = lfn_set1(s->c1), c2 = lfn_set1(s->c2);
    const lfn_vec unbias = lfn_set1(s->unbias), shift = lfn_set1(s->shift);
    size_t k, j, m;
    for (k = 0; k < s->valid; k += m) {
        lfn_vec y = lfn_zero(), d = lfn_zero(), q = lfn_zero(), e = lfn_zero(), x, both, apart, cs;
        const REAL *p = s->ring + k;
        m = s->valid - k < LFN_LANES ? s->valid - k : LFN_LANES;
        for (j = 0; j < s->size; j++) {
            const lfn_vec w = lfn_set1(weight[j]);
            y = lfn_fma(w, lfn_ssim_load(p, m), y);
            d = lfn_fma(w, lfn_ssim_load(p + s->valid, m), d);
            q = lfn_fma(w, lfn_ssim_load(p + 2 * s->valid, m), q);
            e = lfn_fma(w, lfn_ssim_load(p + 3 * s->valid, m), e);
            p += LFN_SSIM_SIGNALS * s->valid;
        }
        x = y + d;
        both = lfn_max(lfn_zero(), unbias * ((q - x * x) - y * y));
        apart = lfn_max(lfn_zero(), unbias * (e - d * d));
        cs = one - apart / (both + c2);
        x += shift;
        y += shift;
        lfn_ssim_store(s->structure + k, cs, m);
        lfn_ssim_store(s->product + k, cs * (one - d * d / (x * x + y * y + c1)), m);
    }
}

/* A whole plane: the sums of cs and l cs over its windows. The map's values are
   map_step elements apart, its rows valid x map_step. */
LFN_FN void lfn_ssim_plane(const lfn_ssim_REAL *s, const REAL *x, const REAL *y, REAL *map, size_t map_step,
                           double *product, double *structure)
{
    size_t row, k;
    *product = *structure = 0;
    for (row = 0; row < s->height; row++) {
        const size_t slot = row % s->size;
        lfn_ssim_signals(s, x + row * s->row_step, y + row * s->row_step);
        for (k = 0; k < LFN_SSIM_SIGNALS; k++)
            lfn_ssim_filter(s->ring + (slot * LFN_SSIM_SIGNALS + k) * s->valid, s->signal + k * s->width, s->weight,
                            s->size, s->valid);
        if (row + 1 < s->size) continue;
        /* the oldest row stands behind the newest */
        lfn_ssim_windows(s, s->weight + (s->size - 1 - slot));
        *product += lfn_sum(s->product, s->valid);
        *structure += lfn_sum(s->structure, s->valid);
        if (!map) continue;
        for (k = 0; k < s->valid; k++) map[k * map_step] = s->product[k];
        map += s->valid * map_step;
    }
}

//@impl

METRICS_DEF int metrics_psnr_REAL(const REAL *x, const REAL *y, size_t n, double data_range, double *psnr, double *mse)
{
    double error;
    if (n && (!x || !y)) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, sizeof(REAL))) return METRICS_ERROR_SIZE;
    if (!lfn_is_positive(data_range)) return METRICS_ERROR_PARAMETER;
    error = n ? LFN_CALL(lfn_squared_distance, (x, y, n)) / (double)n : lfn_nan_value();
    if (mse) *mse = error;
    if (psnr) *psnr = !n ? lfn_nan_value() : error == 0 ? lfn_infinity_value() : 20 * log10(data_range) - 10 * log10(error);
    return METRICS_OK;
}

/* Settings in their ranges, sizes that hold a window. The order of the errors is
   the order of the checks. */
LFN_FN int lfn_ssim_check(size_t height, size_t width, size_t channels, double data_range, const metrics_ssim_config *config)
{
    const size_t pixels = lfn_mul(height, width);
    if (!channels || pixels == SIZE_MAX || lfn_too_big(lfn_mul(pixels, channels), sizeof(REAL))) return METRICS_ERROR_SIZE;
    if (height < config->size || width < config->size) return METRICS_ERROR_SIZE;
    if (!lfn_is_positive(data_range) || config->size < 3 || config->size % 2 == 0) return METRICS_ERROR_PARAMETER;
    if (!(config->k1 > 0) || !(config->k2 > 0)) return METRICS_ERROR_PARAMETER;
    if (!lfn_is_positive((config->k1 * data_range) * (config->k1 * data_range))) return METRICS_ERROR_PARAMETER;
    if (!lfn_is_positive((config->k2 * data_range) * (config->k2 * data_range))) return METRICS_ERROR_PARAMETER;
    if (config->window == METRICS_WINDOW_GAUSSIAN && !lfn_is_positive(config->sigma)) return METRICS_ERROR_PARAMETER;
    if (config->window < METRICS_WINDOW_GAUSSIAN || config->window > METRICS_WINDOW_UNIFORM) return METRICS_ERROR_OPTION;
    if (config->channel_order < METRICS_CHANNELS_LAST || config->channel_order > METRICS_CHANNELS_FIRST) return METRICS_ERROR_OPTION;
    return METRICS_OK;
}

/* The window along one axis, twice in a row. */
LFN_FN void lfn_ssim_weights(const metrics_ssim_config *config, REAL *weight)
{
    const double middle = (double)(config->size / 2);
    double sum = 0;
    size_t k;
    for (k = 0; k < config->size; k++) {
        const double t = ((double)k - middle) / config->sigma;
        sum += config->window == METRICS_WINDOW_UNIFORM ? 1 : exp(-0.5 * t * t);
    }
    for (k = 0; k < config->size; k++) {
        const double t = ((double)k - middle) / config->sigma;
        const double w = (config->window == METRICS_WINDOW_UNIFORM ? 1 : exp(-0.5 * t * t)) / sum;
        weight[k] = weight[k + config->size] = (REAL)w;
    }
}

/* The mean of y when it lies within the range, else 0: what is subtracted before
   squares are taken. */
LFN_FN REAL lfn_ssim_shift(const REAL *y, size_t n, double data_range)
{
    const double mean = LFN_CALL(lfn_sum, (y, n)) / (double)n;
    return mean >= -data_range && mean <= data_range ? (REAL)mean : 0;
}

/* Everything but the plane's sizes; cuts the buffers for rows of this width. */
LFN_FN void lfn_ssim_begin(lfn_ssim_REAL *s, size_t width, double data_range, const metrics_ssim_config *config, void **scratch)
{
    const size_t size = config->size, valid = width - size + 1;
    const double count = (double)size * (double)size;
    s->size = size;
    s->c1 = (REAL)((config->k1 * data_range) * (config->k1 * data_range));
    s->c2 = (REAL)((config->k2 * data_range) * (config->k2 * data_range));
    s->unbias = (REAL)(config->sample_covariance ? count / (count - 1) : 1);
    s->weight = (REAL *)lfn_cut(scratch, 2 * size, sizeof(REAL));
    s->signal = (REAL *)lfn_cut(scratch, LFN_SSIM_SIGNALS * width, sizeof(REAL));
    s->ring = (REAL *)lfn_cut(scratch, size * LFN_SSIM_SIGNALS * valid, sizeof(REAL));
    s->structure = (REAL *)lfn_cut(scratch, valid, sizeof(REAL));
    s->product = (REAL *)lfn_cut(scratch, valid, sizeof(REAL));
    lfn_ssim_weights(config, s->weight);
}

LFN_FN void lfn_ssim_sizes(lfn_ssim_REAL *s, size_t height, size_t width, size_t step, size_t row_step)
{
    s->height = height;
    s->width = width;
    s->valid = width - s->size + 1;
    s->step = step;
    s->row_step = row_step;
}

METRICS_DEF size_t metrics_ssim_scratch_REAL(size_t height, size_t width, const metrics_ssim_config *config)
{
    const size_t size = config ? config->size : 11;
    const size_t valid = width < size ? 0 : width - size + 1;
    size_t room = lfn_add(lfn_piece(lfn_mul(2, size), sizeof(REAL)), lfn_piece(lfn_mul(LFN_SSIM_SIGNALS, width), sizeof(REAL)));
    (void)height;
    room = lfn_add(room, lfn_piece(lfn_mul(lfn_mul(LFN_SSIM_SIGNALS, size), valid), sizeof(REAL)));
    return lfn_add(room, lfn_mul(2, lfn_piece(valid, sizeof(REAL))));
}

METRICS_DEF int metrics_ssim_REAL(const REAL *x, const REAL *y, size_t height, size_t width, size_t channels,
                                  double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                  double *ssim, double *contrast_structure, REAL *map)
{
    metrics_ssim_config settings = config ? *config : metrics_ssim_defaults();
    const int first = settings.channel_order == METRICS_CHANNELS_FIRST;
    double product = 0, structure = 0, p, c, windows;
    lfn_ssim_REAL s;
    size_t channel, per_channel;
    int status;
    if (!x || !y) return METRICS_ERROR_NULL;
    status = lfn_ssim_check(height, width, channels, data_range, &settings);
    if (status) return status;
    if (!lfn_scratch_holds(scratch, scratch_size, LFN_T_(metrics_ssim_scratch)(height, width, &settings))) return METRICS_ERROR_SCRATCH;
    lfn_ssim_begin(&s, width, data_range, &settings, &scratch);
    lfn_ssim_sizes(&s, height, width, first ? 1 : channels, first ? width : width * channels);
    s.shift = lfn_ssim_shift(y, height * width * channels, data_range);
    per_channel = s.valid * (height - s.size + 1);
    for (channel = 0; channel < channels; channel++) {
        const size_t start = first ? channel * height * width : channel;
        REAL *channel_map = map ? map + (first ? channel * per_channel : channel) : NULL;
        LFN_CALL(lfn_ssim_plane, (&s, x + start, y + start, channel_map, s.step, &p, &c));
        product += p;
        structure += c;
    }
    windows = (double)per_channel * (double)channels;
    if (ssim) *ssim = product / windows;
    if (contrast_structure) *contrast_structure = structure / windows;
    return METRICS_OK;
}

/* Halves a plane: out is height / 2 x width / 2 and contiguous, and may be where a
   contiguous plane is. */
LFN_FN void lfn_ssim_halve(REAL *out, const REAL *in, size_t height, size_t width, size_t step, size_t row_step)
{
    size_t row, k;
    for (row = 0; row < height / 2; row++) {
        const REAL *a = in + 2 * row * row_step, *b = a + row_step;
        REAL *to = out + row * (width / 2);
        for (k = 0; k < width / 2; k++)
            to[k] = LFN_K(0.25) * ((a[2 * k * step] + a[(2 * k + 1) * step]) + (b[2 * k * step] + b[(2 * k + 1) * step]));
    }
}

METRICS_DEF size_t metrics_ms_ssim_scratch_REAL(size_t height, size_t width, const metrics_ssim_config *config)
{
    const size_t half = lfn_mul(height / 2, width / 2);
    return lfn_add(LFN_T_(metrics_ssim_scratch)(height, width, config), lfn_mul(2, lfn_piece(half, sizeof(REAL))));
}

/* One channel; half_x and half_y are room for a quarter of the plane each. */
LFN_FN double lfn_ms_ssim_channel(lfn_ssim_REAL *s, const REAL *x, const REAL *y, size_t height, size_t width,
                                  size_t step, size_t row_step, REAL *half_x, REAL *half_y)
{
    static const double beta[LFN_SSIM_SCALES] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };
    double result = 1, product, structure, mean;
    int scale;
    for (scale = 0; scale < LFN_SSIM_SCALES; scale++) {
        lfn_ssim_sizes(s, height, width, step, row_step);
        LFN_CALL(lfn_ssim_plane, (s, x, y, NULL, 1, &product, &structure));
        mean = (scale + 1 < LFN_SSIM_SCALES ? structure : product) / ((double)s->valid * (double)(height - s->size + 1));
        result *= mean < 0 ? 0 : pow(mean, beta[scale]);
        if (scale + 1 == LFN_SSIM_SCALES) break;
        lfn_ssim_halve(half_x, x, height, width, step, row_step);
        lfn_ssim_halve(half_y, y, height, width, step, row_step);
        x = half_x;
        y = half_y;
        height /= 2;
        width /= 2;
        step = 1;
        row_step = width;
    }
    return result;
}

METRICS_DEF int metrics_ms_ssim_REAL(const REAL *x, const REAL *y, size_t height, size_t width, size_t channels,
                                     double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                     double *ms_ssim)
{
    metrics_ssim_config settings = config ? *config : metrics_ssim_defaults();
    const int first = settings.channel_order == METRICS_CHANNELS_FIRST;
    REAL *half_x, *half_y;
    double sum = 0;
    lfn_ssim_REAL s;
    size_t channel;
    int status;
    if (!x || !y) return METRICS_ERROR_NULL;
    status = lfn_ssim_check(height, width, channels, data_range, &settings);
    if (status) return status;
    if (height / 16 < settings.size || width / 16 < settings.size) return METRICS_ERROR_SIZE;
    if (!lfn_scratch_holds(scratch, scratch_size, LFN_T_(metrics_ms_ssim_scratch)(height, width, &settings))) return METRICS_ERROR_SCRATCH;
    lfn_ssim_begin(&s, width, data_range, &settings, &scratch);
    half_x = (REAL *)lfn_cut(&scratch, (height / 2) * (width / 2), sizeof(REAL));
    half_y = (REAL *)lfn_cut(&scratch, (height / 2) * (width / 2), sizeof(REAL));
    s.shift = lfn_ssim_shift(y, height * width * channels, data_range);
    for (channel = 0; channel < channels; channel++) {
        const size_t start = first ? channel * height * width : channel;
        sum += lfn_ms_ssim_channel(&s, x + start, y + start, height, width, first ? 1 : channels,
                                   first ? width : width * channels, half_x, half_y);
    }
    if (ms_ssim) *ms_ssim = sum / (double)channels;
    return METRICS_OK;
}
