//@family Images: structural similarity

//@api

typedef struct lossfn_ssim_config {
    int window;     /* taps of the window along each side, >= 1 */
    double sigma;   /* of the Gaussian, in pixels; 0: a uniform window */
    double k1, k2;  /* > 0 */
} lossfn_ssim_config;

/* 11, 1.5, 0.01, 0.03: the paper's. */
LOSSFN_DEF lossfn_ssim_config lossfn_ssim_defaults(void);

/* Structural similarity as a loss: 1 - SSIM, SSIM the mean over all places of the
   window and all channels of
     (2 mu_x mu_y + C1) (2 sigma_xy + C2) / ((mu_x^2 + mu_y^2 + C1) (sigma_x^2 + sigma_y^2 + C2)),
   where mu, sigma^2 and sigma_xy are means, variances and the covariance under
   the window, C1 = (k1 data_range)^2, C2 = (k2 data_range)^2. From 0 (equal
   images) to 2.

   pred, target    n x channels x height x width
   data_range      largest minus smallest value a pixel can have: 1 or 255, mostly.
                   There is no default, for the usual guesses are silently wrong.
   grad_pred, grad_target  of the same shape, either may be NULL; grad_pred may be
                   pred, grad_target target

   An item is an image. Only places where the window lies wholly inside count
   (height - window + 1 rows, width - window + 1 columns): as in the authors' code
   and in scikit-image with gaussian_weights, which crops the border; others pad.
   Variances are weighted by the window, not corrected for the sample: scikit-image's
   use_sample_covariance = False. Some libraries halve the loss (Kornia).

   All arithmetic is in double, for both types, and the mean of each plane is
   taken off before squares are formed: sigma^2 = sum w (x - m)^2 - (mu - m)^2 then
   loses no digits that C2 would not cover, where the same in float can come out
   negative.

   config NULL: the defaults. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (no
   channels, an image smaller than the window, too many elements),
   LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP,
   LOSSFN_ERROR_SCRATCH.
   Source: Z. Wang et al., Image quality assessment: from error visibility to
   structural similarity, 2004. */
LOSSFN_DEF int lossfn_ssim_REAL(const REAL *pred, const REAL *target, size_t n, size_t channels, size_t height, size_t width,
                                double data_range, const lossfn_ssim_config *config, const lossfn_options_REAL *options,
                                void *scratch, size_t scratch_size, REAL *loss, REAL *grad_pred, REAL *grad_target);

/* Bytes of scratch it needs: one plane at a time is worked on. window as in the config. */
LOSSFN_DEF size_t lossfn_ssim_scratch_REAL(size_t height, size_t width, int window);

//@once

/* One plane of both images, less their means. The moments under the window, places
   of them each, become the slopes of the loss in them. */
typedef struct {
    size_t height, width, window, places;
    double c1, c2, mean_x, mean_y;
    double *taps;
    double *x, *y;              /* height x width */
    double *mu_x, *mu_y;        /* window means of x, y; later slopes */
    double *xx, *xy, *yy;       /* window means of the products; xx and xy later slopes in variances and covariance */
    double *whole, *half;       /* height x width: a map, and one filtered along rows only */
    double *grad;               /* height x width */
} lfn_ssim_plane;

//@kernel

#if LFN_BITS == 64

/* to = window means of from. */
LFN_FN void lfn_ssim_window(const lfn_ssim_plane *p, const double *from, double *to)
{
    lfn_filter_rows(from, p->height, p->width, p->taps, p->window, p->half);
    lfn_filter_columns(p->half, p->height, p->width - p->window + 1, p->taps, p->window, to);
}

/* whole = the transpose of that of from. */
LFN_FN void lfn_ssim_window_adjoint(const lfn_ssim_plane *p, const double *from)
{
    const size_t width = p->width - p->window + 1;
    lfn_filter_columns_adjoint(from, p->height - p->window + 1, width, p->taps, p->window, p->half);
    lfn_filter_rows_adjoint(p->half, p->height, width, p->taps, p->window, p->whole);
}

/* z = x y */
LFN_FN void lfn_ssim_product(const double *x, const double *y, double *z, size_t n)
{
    size_t k, m;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        lfn_store_part(z + k, lfn_load_part(x + k, m) * lfn_load_part(y + k, m), m);
    }
}

/* z += factor x y; x NULL: z += factor y */
LFN_FN void lfn_ssim_add(double *z, double factor, const double *x, const double *y, size_t n)
{
    const lfn_vec f = lfn_set1(factor);
    size_t k, m;
    for (k = 0; k < n; k += m) {
        lfn_vec term;
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        term = f * lfn_load_part(y + k, m);
        if (x) term *= lfn_load_part(x + k, m);
        lfn_store_part(z + k, lfn_load_part(z + k, m) + term, m);
    }
}

/* The sum of 1 - SSIM over the places; with slopes set, the slopes of that in mu_x,
   mu_y, xx (= yy) and xy in the places of these. */
LFN_FN double lfn_ssim_places(const lfn_ssim_plane *p, int slopes)
{
    const lfn_vec one = lfn_set1(1), two = lfn_set1(2);
    const lfn_vec c1 = lfn_set1(p->c1), c2 = lfn_set1(p->c2), mean_x = lfn_set1(p->mean_x), mean_y = lfn_set1(p->mean_y);
    double total = 0;
    size_t k, m;
    for (k = 0; k < p->places; k += m) {
        lfn_vec x, y, mu_x, mu_y, a1, a2, b1, b2, q, ssim, of_variance, of_covariance;
        m = p->places - k < LFN_LANES ? p->places - k : LFN_LANES;
        x = lfn_load_part(p->mu_x + k, m);
        y = lfn_load_part(p->mu_y + k, m);
        mu_x = x + mean_x;
        mu_y = y + mean_y;
        a1 = two * mu_x * mu_y + c1;
        a2 = two * (lfn_load_part(p->xy + k, m) - x * y) + c2;
        b1 = mu_x * mu_x + mu_y * mu_y + c1;
        b2 = (lfn_load_part(p->xx + k, m) - x * x) + (lfn_load_part(p->yy + k, m) - y * y) + c2;
        q = one / (b1 * b2);
        ssim = a1 * a2 * q;
        total += lfn_hsum(lfn_keep(lfn_first(m), one - ssim));
        if (!slopes) continue;
        of_variance = ssim / b2;
        of_covariance = -two * a1 * q;
        lfn_store_part(p->mu_x + k, two * (mu_x * (ssim / b1) - mu_y * (a2 * q) - x * of_variance) - y * of_covariance, m);
        lfn_store_part(p->mu_y + k, two * (mu_y * (ssim / b1) - mu_x * (a2 * q) - y * of_variance) - x * of_covariance, m);
        lfn_store_part(p->xx + k, of_variance, m);
        lfn_store_part(p->xy + k, of_covariance, m);
    }
    return total;
}

LFN_FN double lfn_ssim_forward(const lfn_ssim_plane *p, int slopes)
{
    const size_t pixels = p->height * p->width;
    lfn_ssim_window(p, p->x, p->mu_x);
    lfn_ssim_window(p, p->y, p->mu_y);
    lfn_ssim_product(p->x, p->x, p->whole, pixels);
    lfn_ssim_window(p, p->whole, p->xx);
    lfn_ssim_product(p->y, p->y, p->whole, pixels);
    lfn_ssim_window(p, p->whole, p->yy);
    lfn_ssim_product(p->x, p->y, p->whole, pixels);
    lfn_ssim_window(p, p->whole, p->xy);
    return lfn_ssim_places(p, slopes);
}

/* grad = the gradient in x: with W' the transpose of the window,
   W'(slope in mu_x) + 2 x W'(slope in xx) + y W'(slope in xy). Exchanged for y. */
LFN_FN void lfn_ssim_backward(const lfn_ssim_plane *p, int of_y)
{
    const size_t pixels = p->height * p->width;
    size_t k;
    for (k = 0; k < pixels; k++) p->grad[k] = 0;
    lfn_ssim_window_adjoint(p, of_y ? p->mu_y : p->mu_x);
    lfn_ssim_add(p->grad, 1, NULL, p->whole, pixels);
    lfn_ssim_window_adjoint(p, p->xx);
    lfn_ssim_add(p->grad, 2, of_y ? p->y : p->x, p->whole, pixels);
    lfn_ssim_window_adjoint(p, p->xy);
    lfn_ssim_add(p->grad, 1, of_y ? p->x : p->y, p->whole, pixels);
}

#endif

//@impl

/* The kernel in double of the instruction set in use, from functions of both types. */
#undef LFN_CALL_F64
#if LFN_X86_512
#define LFN_CALL_F64(fn, args) (lfn_isa() == LFN_ISA_AVX512 ? fn##_avx512_f64 args : lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_X86
#define LFN_CALL_F64(fn, args) (lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_NEON
#define LFN_CALL_F64(fn, args) (lfn_isa() == LFN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define LFN_CALL_F64(fn, args) (fn##_f64 args)
#endif

LOSSFN_DEF size_t lossfn_ssim_scratch_REAL(size_t height, size_t width, int window)
{
    const size_t plane = lfn_piece(lfn_mul(height, width), sizeof(double));
    return lfn_add(lfn_mul(10, plane), lfn_piece(window > 0 ? (size_t)window : 0, sizeof(double)));
}

/* Cuts the buffers and makes the window: exp(-(t - centre)^2 / (2 sigma^2)), normalised. */
LFN_FN void lfn_ssim_begin(lfn_ssim_plane *p, double sigma, void *scratch)
{
    const size_t pixels = p->height * p->width;
    const double centre = ((double)p->window - 1) / 2;
    double sum = 0;
    size_t t;
    p->places = (p->height - p->window + 1) * (p->width - p->window + 1);
    p->taps = (double *)lfn_cut(&scratch, p->window, sizeof(double));
    p->x = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->y = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->mu_x = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->mu_y = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->xx = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->xy = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->yy = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->whole = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->half = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->grad = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    for (t = 0; t < p->window; t++) {
        const double z = sigma > 0 ? ((double)t - centre) / sigma : 0;
        p->taps[t] = exp(-0.5 * z * z);
        sum += p->taps[t];
    }
    for (t = 0; t < p->window; t++) p->taps[t] /= sum;
}

/* to = from less its mean, which is returned. */
LFN_FN double lfn_ssim_centre(const REAL *from, double *to, size_t n)
{
    const double mean = LFN_CALL(lfn_sum, (from, n)) / (double)n;
    size_t k;
    for (k = 0; k < n; k++) to[k] = (double)from[k] - mean;
    return mean;
}

LFN_FN void lfn_ssim_put(REAL *grad, const double *from, size_t n, double scale, int accumulate)
{
    size_t k;
    for (k = 0; k < n; k++) {
        const double g = scale == 0 ? 0 : scale * from[k];
        grad[k] = (REAL)(accumulate ? (double)grad[k] + g : g);
    }
}

/* All channels of one image, at offset in all arrays. */
LFN_FN double lfn_ssim_image(lfn_ssim_plane *p, const REAL *pred, const REAL *target, size_t channels, double scale, int accumulate,
                             REAL *grad_pred, REAL *grad_target)
{
    const size_t pixels = p->height * p->width;
    double total = 0;
    size_t c;
    for (c = 0; c < channels; c++) {
        p->mean_x = lfn_ssim_centre(pred + c * pixels, p->x, pixels);
        p->mean_y = lfn_ssim_centre(target + c * pixels, p->y, pixels);
        total += LFN_CALL_F64(lfn_ssim_forward, (p, grad_pred || grad_target));
        if (grad_pred) {
            if (scale != 0) LFN_CALL_F64(lfn_ssim_backward, (p, 0));
            lfn_ssim_put(grad_pred + c * pixels, p->grad, pixels, scale, accumulate);
        }
        if (grad_target) {
            if (scale != 0) LFN_CALL_F64(lfn_ssim_backward, (p, 1));
            lfn_ssim_put(grad_target + c * pixels, p->grad, pixels, scale, accumulate);
        }
    }
    return total;
}

/* Whether the numbers are in range; the constants. */
LFN_FN int lfn_ssim_constants(lfn_ssim_plane *p, double data_range, const lossfn_ssim_config *c)
{
    if (c->window < 1 || !lfn_is_nonnegative(c->sigma) || !lfn_is_positive(c->k1) || !lfn_is_positive(c->k2) || !lfn_is_positive(data_range))
        return 0;
    p->window = (size_t)c->window;
    p->c1 = (c->k1 * data_range) * (c->k1 * data_range);
    p->c2 = (c->k2 * data_range) * (c->k2 * data_range);
    return p->c1 > 0 && p->c2 > 0 && lfn_finite(p->c1) && lfn_finite(p->c2);
}

LOSSFN_DEF int lossfn_ssim_REAL(const REAL *pred, const REAL *target, size_t n, size_t channels, size_t height, size_t width,
                                double data_range, const lossfn_ssim_config *config, const lossfn_options_REAL *options,
                                void *scratch, size_t scratch_size, REAL *loss, REAL *grad_pred, REAL *grad_target)
{
    const lossfn_ssim_config c = config ? *config : lossfn_ssim_defaults();
    const size_t pixels = lfn_mul(height, width), image = lfn_mul(pixels, channels);
    lfn_items_REAL items;
    lfn_ssim_plane p;
    size_t i;
    int status;
    memset(&p, 0, sizeof p);
    if (n && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (!channels || lfn_too_big(lfn_mul(image, n), sizeof(REAL)) || lfn_too_big(pixels, sizeof(double)) || lfn_too_big(n, sizeof(REAL)))
        return LOSSFN_ERROR_SIZE;
    if (!lfn_ssim_constants(&p, data_range, &c)) return LOSSFN_ERROR_PARAMETER;
    if (height < p.window || width < p.window) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&items, options, loss);
    if (status) return status;
    if (n && grad_pred && (grad_pred == target || grad_pred == grad_target || (items.accumulate && grad_pred == pred)))
        return LOSSFN_ERROR_OVERLAP;
    if (n && grad_target && (grad_target == pred || (items.accumulate && grad_target == target))) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < lossfn_ssim_scratch_REAL(height, width, c.window)) return LOSSFN_ERROR_SCRATCH;
    p.height = height;
    p.width = width;
    lfn_ssim_begin(&p, c.sigma, scratch);
    lfn_items_scale(&items, lfn_items_count(&items, n));
    for (i = 0; i < n; i++) {
        const double share = 1 / ((double)channels * (double)p.places);
        const double total = lfn_ssim_image(&p, pred + i * image, target + i * image, channels, share * lfn_item_scale_REAL(&items, i),
                                            items.accumulate, grad_pred ? grad_pred + i * image : NULL, grad_target ? grad_target + i * image : NULL);
        lfn_item_loss_REAL(&items, i, share * total);
    }
    return lfn_items_end(&items);
}

//@last

LOSSFN_DEF lossfn_ssim_config lossfn_ssim_defaults(void)
{
    lossfn_ssim_config config;
    config.window = 11;
    config.sigma = 1.5;
    config.k1 = 0.01;
    config.k2 = 0.03;
    return config;
}
