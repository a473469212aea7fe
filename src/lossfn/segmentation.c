//@family Segmentation: overlap of predicted and true regions

//@api

/* ---- segmentation --------------------------------------------------------------

   prob holds probabilities (after a softmax or sigmoid), one per image, class and
   position: n x positions x classes with layout LOSSFN_CLASSES_LAST, n x classes x
   positions with LOSSFN_CLASSES_FIRST; positions are the pixels or voxels of one
   image in any order. The true regions are labels, n x positions, of classes 0 to
   classes - 1; or, in the functions called dense, target, a value from 0 to 1 in
   the shape of prob (multi-label masks, one foreground class alone, soft labels).
   grad_prob, in the shape of prob, is the gradient in prob; targets are constants.

   An item is an image: its loss is the mean over the classes that take part. With
   batch set the whole call is one item: sums run over all images before anything
   is divided (weight, upstream and LOSSFN_NONE then have one entry). Which is
   better is a matter of dispute: by image every image counts the same, by batch
   the value depends on the batch size but small regions are steadier.

   Which classes take part: absent LOSSFN_PRESENT_CLASSES takes those that have a
   true region in the item (an image without any is no item: not in the loss, not
   in the count), LOSSFN_ALL_CLASSES takes all, so predicting a class that is not
   there costs. Classes below first_class never take part: 1 leaves out a
   background class 0. Positions whose label is ignore_index, or whose mask value
   is 0, count nowhere and get the gradient 0. An item without a counted position
   is none.

   grad_prob may be prob, except in lossfn_lovasz_softmax. Errors of all:
   LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (no classes, or too many elements),
   LOSSFN_ERROR_PARAMETER (a number below 0 or not finite, first_class not below
   classes), LOSSFN_ERROR_OPTION, LOSSFN_ERROR_LABEL, LOSSFN_ERROR_OVERLAP
   (accumulate into prob, grad_prob over target), LOSSFN_ERROR_SCRATCH. */
enum {
    LOSSFN_PRESENT_CLASSES = 0,
    LOSSFN_ALL_CLASSES = 1
};

typedef struct lossfn_soft_dice_config {
    double smooth_numerator;    /* added above, >= 0 */
    double smooth_denominator;  /* added below, >= 0 */
    int squared;                /* nonzero: p^2 and t^2 in the denominator */
    int batch;                  /* nonzero: one item, the whole call */
    int absent;                 /* LOSSFN_PRESENT_CLASSES or LOSSFN_ALL_CLASSES */
    int32_t first_class;
    int32_t ignore_index;
} lossfn_soft_dice_config;

/* 1e-5, 1e-5, not squared, by image, present classes, first class 0, ignore -100. */
LOSSFN_DEF lossfn_soft_dice_config lossfn_soft_dice_defaults(void);

/* Soft Dice loss of one class: with I = sum p t, P = sum p, T = sum t (squared:
   sum p^2, sum t^2) over the counted positions,
     loss = 1 - (2 I + smooth_numerator) / (P + T + smooth_denominator),
   0 with gradient 0 where the denominator is 0. squared gives the V-Net form,
   whose minimum lies at p = t for soft targets too, which that of the plain form
   does not. config NULL: the defaults.
   Smoothing differs between libraries: nnU-Net adds 1 to both, MONAI 1e-5 to
   both, segmentation_models.pytorch clamps the denominator to 1e-7 and drops the
   loss of absent classes.
   Source: F. Milletari et al., V-Net, 2016, arXiv 1606.04797. */
LOSSFN_DEF int lossfn_soft_dice_REAL(const REAL *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                     const lossfn_soft_dice_config *config, const lossfn_options_REAL *options,
                                     void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob);

/* The same with a target of prob's shape; mask, n x positions, may be NULL (all
   count). ignore_index is not used. */
LOSSFN_DEF int lossfn_soft_dice_dense_REAL(const REAL *prob, const REAL *target, const uint8_t *mask,
                                           size_t n, size_t classes, size_t positions, int layout,
                                           const lossfn_soft_dice_config *config, const lossfn_options_REAL *options,
                                           void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob);

/* Bytes of scratch the two need. */
LOSSFN_DEF size_t lossfn_soft_dice_scratch_REAL(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_soft_dice_dense_scratch_REAL(size_t n, size_t classes);

typedef struct lossfn_tversky_config {
    double alpha;               /* weight of false positives, >= 0 */
    double beta;                /* weight of false negatives, >= 0 */
    double gamma;               /* exponent of the focal form, > 0; 1: none */
    double smooth_numerator;    /* added above, >= 0 */
    double smooth_denominator;  /* added below, >= 0 */
    int batch;                  /* nonzero: one item, the whole call */
    int absent;                 /* LOSSFN_PRESENT_CLASSES or LOSSFN_ALL_CLASSES */
    int32_t first_class;
    int32_t ignore_index;
} lossfn_tversky_config;

/* 0.5, 0.5, 1, 1e-5, 1e-5, by image, present classes, first class 0, ignore -100. */
LOSSFN_DEF lossfn_tversky_config lossfn_tversky_defaults(void);

/* Tversky loss of one class: with TP = sum p t, FP = sum p (1 - t) and
   FN = sum (1 - p) t over the counted positions,
     TI   = (TP + smooth_numerator) / (TP + alpha FP + beta FN + smooth_denominator),
     loss = (1 - TI)^gamma,
   0 with gradient 0 where the denominator is 0. alpha = beta = 0.5 is Dice (with
   half its smoothing), alpha = beta = 1 the Jaccard or IoU loss, beta > alpha
   favours recall (0.3, 0.7). gamma other than 1 is the focal Tversky loss: the
   base is clamped to 0 from below there (smoothing can make TI > 1), with no
   gradient at 0; below gamma = 1 the slope is unbounded towards 0. config NULL:
   the defaults.
   Libraries disagree on names: alpha weighs false positives here, in the first
   paper, MONAI and Keras, false negatives in the focal paper's code; the focal
   paper's exponent is 1 / gamma with gamma = 4/3, so 0.75 here.
   Sources: S. S. M. Salehi et al., 2017, arXiv 1706.05721; N. Abraham,
   N. M. Khan, 2018, arXiv 1810.07842 (focal). */
LOSSFN_DEF int lossfn_tversky_REAL(const REAL *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                   const lossfn_tversky_config *config, const lossfn_options_REAL *options,
                                   void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob);

/* The same with a target of prob's shape; mask, n x positions, may be NULL (all
   count). ignore_index is not used. */
LOSSFN_DEF int lossfn_tversky_dense_REAL(const REAL *prob, const REAL *target, const uint8_t *mask,
                                         size_t n, size_t classes, size_t positions, int layout,
                                         const lossfn_tversky_config *config, const lossfn_options_REAL *options,
                                         void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob);

/* Bytes of scratch the two need. */
LOSSFN_DEF size_t lossfn_tversky_scratch_REAL(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_tversky_dense_scratch_REAL(size_t n, size_t classes);

typedef struct lossfn_lovasz_softmax_config {
    int batch;                  /* nonzero: one item, the whole call */
    int absent;                 /* LOSSFN_PRESENT_CLASSES or LOSSFN_ALL_CLASSES */
    int32_t first_class;
    int32_t ignore_index;
} lossfn_lovasz_softmax_config;

/* By image, present classes, first class 0, ignore -100. The authors' code
   defaults to the whole batch. */
LOSSFN_DEF lossfn_lovasz_softmax_config lossfn_lovasz_softmax_defaults(void);

/* Lovasz-softmax loss, the convex extension of the Jaccard loss. For one class,
   with t = 1 where it is the label and errors e = |t - p| sorted descending,
     loss = sum_k e_k (J_k - J_{k-1}),
   where J_k = 1 - |true minus the first k| / |true joined with the first k| is the
   Jaccard loss when the first k positions are wrong, J_0 = 0. Gradient
   sign(p - t) (J_k - J_{k-1}); equal errors keep the order of their positions,
   which is one choice among the subgradients there. A class without a true
   position (LOSSFN_ALL_CLASSES) costs its largest probability. Sorting is O(m) in
   the count of positions. config NULL: the defaults. At most 2^32 - 1 positions in
   an item (LOSSFN_ERROR_SIZE).
   Source: M. Berman et al., 2018, arXiv 1705.08790. */
LOSSFN_DEF int lossfn_lovasz_softmax_REAL(const REAL *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                          const lossfn_lovasz_softmax_config *config, const lossfn_options_REAL *options,
                                          void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob);

/* Bytes of scratch it needs; batch as in the config. */
LOSSFN_DEF size_t lossfn_lovasz_softmax_scratch_REAL(size_t n, size_t classes, size_t positions, int batch);

//@shared

/* One call: what a position counts as, and where prob of an image, class and
   position lies. Dice is the Tversky index with alpha = beta = 1/2 and half the
   smoothing. */
typedef struct {
    const REAL *prob, *target;
    const int32_t *labels;
    const uint8_t *mask;
    REAL *grad;
    size_t n, classes, positions, first;
    size_t class_stride, position_stride;
    int32_t ignore;
    int batch, all, squared;
    double alpha, beta, gamma, above, below;
    lfn_items_REAL items;
} lfn_regions_REAL;

/* The sums of one item, an entry per class each; later the slopes of the loss in
   inter and pred. */
typedef struct {
    double *inter, *pred, *truth;
} lfn_region_sums_REAL;

LFN_SMALL int lfn_region_counts_REAL(const lfn_regions_REAL *r, size_t place)
{
    return r->labels ? r->labels[place] != r->ignore : !r->mask || r->mask[place];
}

/* Whether all positions of an image count. */
LFN_SMALL int lfn_region_whole_REAL(const lfn_regions_REAL *r, size_t image)
{
    size_t s;
    for (s = 0; s < r->positions; s++)
        if (!lfn_region_counts_REAL(r, image * r->positions + s)) return 0;
    return 1;
}

/* Whether any does. */
LFN_SMALL int lfn_region_some_REAL(const lfn_regions_REAL *r, size_t image)
{
    size_t s;
    for (s = 0; s < r->positions; s++)
        if (lfn_region_counts_REAL(r, image * r->positions + s)) return 1;
    return 0;
}

//@kernel

/* An image with classes in planes, all of whose positions count. */
LFN_FN void lfn_region_sum_planes(const lfn_regions_REAL *r, size_t image, const lfn_region_sums_REAL *sums)
{
    const size_t length = r->positions;
    const REAL *prob = r->prob + image * r->classes * length;
    const REAL *target = r->target ? r->target + image * r->classes * length : NULL;
    const int32_t *labels = r->labels ? r->labels + image * length : NULL;
    size_t c, s;
    for (c = 0; c < r->classes; c++) {
        const REAL *p = prob + c * length;
        sums->pred[c] += r->squared ? lfn_sum_squares(p, length) : lfn_sum(p, length);
        if (!target) continue;
        sums->inter[c] += lfn_dot(p, target + c * length, length);
        sums->truth[c] += r->squared ? lfn_sum_squares(target + c * length, length) : lfn_sum(target + c * length, length);
    }
    for (s = 0; labels && s < length; s++) {
        const size_t c_true = (size_t)labels[s];
        sums->inter[c_true] += (double)prob[c_true * length + s];
        sums->truth[c_true] += 1;
    }
}

/* Any image: adds its counted positions to the sums. */
LFN_FN void lfn_region_sum(const lfn_regions_REAL *r, size_t image, const lfn_region_sums_REAL *sums)
{
    const size_t start = image * r->classes * r->positions;
    size_t c, s;
    if (!r->positions) return;
    if (r->class_stride != 1 && lfn_region_whole_REAL(r, image)) {
        lfn_region_sum_planes(r, image, sums);
        return;
    }
    for (s = 0; s < r->positions; s++) {
        const size_t place = image * r->positions + s;
        if (!lfn_region_counts_REAL(r, place)) continue;
        for (c = 0; c < r->classes; c++) {
            const size_t at = start + c * r->class_stride + s * r->position_stride;
            const double p = (double)r->prob[at];
            sums->pred[c] += r->squared ? p * p : p;
            if (r->target) {
                const double t = (double)r->target[at];
                sums->inter[c] += p * t;
                sums->truth[c] += r->squared ? t * t : t;
            }
        }
        if (r->labels) {
            const size_t c_true = (size_t)r->labels[place];
            sums->inter[c_true] += (double)r->prob[start + c_true * r->class_stride + s * r->position_stride];
            sums->truth[c_true] += 1;
        }
    }
}

/* The gradient of an image with classes in planes, all of whose positions count. */
LFN_FN void lfn_region_grad_planes(const lfn_regions_REAL *r, size_t image, const lfn_region_sums_REAL *slopes)
{
    const size_t length = r->positions;
    const size_t start = image * r->classes * length;
    const int32_t *labels = r->labels ? r->labels + image * length : NULL;
    size_t c, s;
    for (c = 0; c < r->classes; c++) {
        REAL *g = r->grad + start + c * length;
        const REAL *p = r->prob + start + c * length;
        const double slope = slopes->pred[c];
        if (r->squared && slope != 0) lfn_put(g, (REAL)(2 * slope), p, length, r->items.accumulate);
        else lfn_put(g, (REAL)slope, NULL, length, r->items.accumulate);
        if (r->target && slopes->inter[c] != 0) lfn_axpy(g, (REAL)slopes->inter[c], r->target + start + c * length, length);
    }
    for (s = 0; labels && s < length; s++) {
        const size_t c_true = (size_t)labels[s];
        r->grad[start + c_true * length + s] += (REAL)slopes->inter[c_true];
    }
}

/* Any image. Slopes are 0 for classes that take no part: those get zeros. */
LFN_FN void lfn_region_grad(const lfn_regions_REAL *r, size_t image, const lfn_region_sums_REAL *slopes)
{
    const size_t start = image * r->classes * r->positions;
    size_t c, s;
    if (!r->positions) return;
    if (r->class_stride != 1 && lfn_region_whole_REAL(r, image)) {
        lfn_region_grad_planes(r, image, slopes);
        return;
    }
    for (s = 0; s < r->positions; s++) {
        const size_t place = image * r->positions + s;
        const int counts = lfn_region_counts_REAL(r, place);
        for (c = 0; c < r->classes; c++) {
            const size_t at = start + c * r->class_stride + s * r->position_stride;
            double g = 0;
            if (counts && (slopes->inter[c] != 0 || slopes->pred[c] != 0)) {
                const double t = r->target ? (double)r->target[at] : (size_t)r->labels[place] == c ? 1 : 0;
                g = slopes->inter[c] * t + slopes->pred[c] * (r->squared ? 2 * (double)r->prob[at] : 1);
            }
            r->grad[at] = (REAL)(r->items.accumulate ? (double)r->grad[at] + g : g);
        }
    }
}

//@impl

/* The checks all share; n, classes, positions, batch, all, first and ignore are set. */
LFN_FN int lfn_regions_begin(lfn_regions_REAL *r, int layout, int absent, int32_t first_class,
                             const lossfn_options_REAL *options, REAL *loss)
{
    const size_t places = lfn_mul(r->n, r->positions), elements = lfn_mul(places, r->classes);
    size_t k;
    int status;
    if (elements && (!r->prob || (!r->labels && !r->target))) return LOSSFN_ERROR_NULL;
    if (!r->classes || r->classes > INT32_MAX || lfn_too_big(elements, sizeof(REAL)) || lfn_too_big(places, sizeof(int32_t))
        || lfn_too_big(r->n, sizeof(REAL))) return LOSSFN_ERROR_SIZE;
    if (first_class < 0 || (size_t)first_class >= r->classes) return LOSSFN_ERROR_PARAMETER;
    if (layout != LOSSFN_CLASSES_LAST && layout != LOSSFN_CLASSES_FIRST) return LOSSFN_ERROR_OPTION;
    if (absent != LOSSFN_PRESENT_CLASSES && absent != LOSSFN_ALL_CLASSES) return LOSSFN_ERROR_OPTION;
    status = lfn_items_begin(&r->items, options, loss);
    if (status) return status;
    r->first = (size_t)first_class;
    r->all = absent == LOSSFN_ALL_CLASSES;
    r->class_stride = layout == LOSSFN_CLASSES_FIRST ? r->positions : 1;
    r->position_stride = layout == LOSSFN_CLASSES_FIRST ? 1 : r->classes;
    for (k = 0; r->labels && k < places; k++)
        if (r->labels[k] != r->ignore && (r->labels[k] < 0 || (size_t)r->labels[k] >= r->classes)) return LOSSFN_ERROR_LABEL;
    if (elements && r->grad && ((r->items.accumulate && r->grad == r->prob) || r->grad == r->target)) return LOSSFN_ERROR_OVERLAP;
    return LOSSFN_OK;
}

LFN_FN size_t lfn_regions_groups(const lfn_regions_REAL *r) { return r->batch ? 1 : r->n; }

/* The sums of group i in the scratch block. */
LFN_FN lfn_region_sums_REAL lfn_region_sums_at(double *block, size_t classes, size_t i)
{
    lfn_region_sums_REAL sums;
    sums.inter = block + 3 * classes * i;
    sums.pred = sums.inter + classes;
    sums.truth = sums.pred + classes;
    return sums;
}

/* Whether any position of group i counts. */
LFN_FN int lfn_regions_some(const lfn_regions_REAL *r, size_t i)
{
    size_t image;
    if (!r->batch) return lfn_region_some_REAL(r, i);
    for (image = 0; image < r->n; image++)
        if (lfn_region_some_REAL(r, image)) return 1;
    return 0;
}

/* How many classes of group i take part. */
LFN_FN size_t lfn_region_part(const lfn_regions_REAL *r, const double *truth, size_t i)
{
    size_t c, part = 0;
    if (!lfn_regions_some(r, i)) return 0;
    for (c = r->first; c < r->classes; c++) part += r->all || truth[c] != 0;
    return part;
}

/* loss = (1 - TI)^gamma of one class; the slopes in I and P. With D the
   denominator: TI = (I + above) / D, dTI/dI = (1 - (1 - alpha - beta) TI) / D,
   dTI/dP = -alpha TI / D. */
LFN_FN double lfn_region_loss(const lfn_regions_REAL *r, double inter, double pred, double truth, double *d_inter, double *d_pred)
{
    const double own = 1 - r->alpha - r->beta;
    const double d = own * inter + r->alpha * pred + r->beta * truth + r->below;
    double index, loss, slope = -1;
    *d_inter = *d_pred = 0;
    if (d == 0) return 0;
    index = (inter + r->above) / d;
    loss = 1 - index;
    if (r->gamma != 1) {
        if (loss <= 0) return 0;
        slope = -r->gamma * pow(loss, r->gamma - 1);
        loss = pow(loss, r->gamma);
    }
    *d_inter = slope * (1 - own * index) / d;
    *d_pred = -slope * r->alpha * index / d;
    return loss;
}

/* The loss of group i; its sums become scale x the slopes. */
LFN_FN void lfn_region_group(lfn_regions_REAL *r, size_t i, const lfn_region_sums_REAL *sums, size_t part)
{
    const double scale = part ? lfn_item_scale_REAL(&r->items, i) / (double)part : 0;
    double total = 0;
    size_t c;
    for (c = 0; c < r->classes; c++) {
        const int takes = part && c >= r->first && (r->all || sums->truth[c] != 0);
        double d_inter = 0, d_pred = 0;
        if (takes) total += lfn_region_loss(r, sums->inter[c], sums->pred[c], sums->truth[c], &d_inter, &d_pred);
        sums->inter[c] = takes && scale != 0 ? scale * d_inter : 0;
        sums->pred[c] = takes && scale != 0 ? scale * d_pred : 0;
    }
    lfn_item_loss_REAL(&r->items, i, part ? total / (double)part : 0);
}

LFN_FN int lfn_regions_run(lfn_regions_REAL *r, void *scratch, size_t scratch_size)
{
    const size_t groups = lfn_regions_groups(r), room = lfn_mul(lfn_mul(3, r->classes), r->n ? r->n : 1);
    double *block, count = 0;
    size_t i;
    if (!scratch || scratch_size < lfn_piece(room, sizeof(double))) return LOSSFN_ERROR_SCRATCH;
    block = (double *)lfn_cut(&scratch, room, sizeof(double));
    for (i = 0; i < 3 * r->classes * groups; i++) block[i] = 0;
    for (i = 0; i < r->n; i++) {
        const lfn_region_sums_REAL sums = lfn_region_sums_at(block, r->classes, r->batch ? 0 : i);
        LFN_CALL(lfn_region_sum, (r, i, &sums));
    }
    for (i = 0; i < groups; i++)
        if (lfn_region_part(r, lfn_region_sums_at(block, r->classes, i).truth, i)) count += lfn_item_weight_REAL(&r->items, i);
    lfn_items_scale(&r->items, count);
    for (i = 0; i < groups; i++) {
        const lfn_region_sums_REAL sums = lfn_region_sums_at(block, r->classes, i);
        lfn_region_group(r, i, &sums, lfn_region_part(r, sums.truth, i));
    }
    for (i = 0; r->grad && i < r->n; i++) {
        const lfn_region_sums_REAL slopes = lfn_region_sums_at(block, r->classes, r->batch ? 0 : i);
        LFN_CALL(lfn_region_grad, (r, i, &slopes));
    }
    return lfn_items_end(&r->items);
}

LFN_FN int lfn_dice_begin(lfn_regions_REAL *r, int layout, const lossfn_soft_dice_config *config,
                          const lossfn_options_REAL *options, REAL *loss)
{
    const lossfn_soft_dice_config c = config ? *config : lossfn_soft_dice_defaults();
    int status;
    r->ignore = c.ignore_index;
    r->batch = c.batch != 0;
    r->squared = c.squared != 0;
    r->alpha = r->beta = 0.5;
    r->gamma = 1;
    r->above = c.smooth_numerator / 2;
    r->below = c.smooth_denominator / 2;
    status = lfn_regions_begin(r, layout, c.absent, c.first_class, options, loss);
    if (status == LOSSFN_OK && !(lfn_is_nonnegative(c.smooth_numerator) && lfn_is_nonnegative(c.smooth_denominator)))
        status = LOSSFN_ERROR_PARAMETER;
    return status;
}

LFN_FN int lfn_tversky_begin(lfn_regions_REAL *r, int layout, const lossfn_tversky_config *config,
                             const lossfn_options_REAL *options, REAL *loss)
{
    const lossfn_tversky_config c = config ? *config : lossfn_tversky_defaults();
    int status;
    r->ignore = c.ignore_index;
    r->batch = c.batch != 0;
    r->alpha = c.alpha;
    r->beta = c.beta;
    r->gamma = c.gamma;
    r->above = c.smooth_numerator;
    r->below = c.smooth_denominator;
    status = lfn_regions_begin(r, layout, c.absent, c.first_class, options, loss);
    if (status == LOSSFN_OK && !(lfn_is_nonnegative(c.alpha) && lfn_is_nonnegative(c.beta) && lfn_is_positive(c.gamma)
        && lfn_is_nonnegative(c.smooth_numerator) && lfn_is_nonnegative(c.smooth_denominator))) status = LOSSFN_ERROR_PARAMETER;
    return status;
}

LFN_FN void lfn_regions_of(lfn_regions_REAL *r, const REAL *prob, size_t n, size_t classes, size_t positions, REAL *grad_prob)
{
    memset(r, 0, sizeof *r);
    r->prob = prob;
    r->n = n;
    r->classes = classes;
    r->positions = positions;
    r->grad = grad_prob;
}

LOSSFN_DEF int lossfn_soft_dice_REAL(const REAL *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                     const lossfn_soft_dice_config *config, const lossfn_options_REAL *options,
                                     void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob)
{
    lfn_regions_REAL r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.labels = labels;
    status = lfn_dice_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LOSSFN_DEF int lossfn_soft_dice_dense_REAL(const REAL *prob, const REAL *target, const uint8_t *mask,
                                           size_t n, size_t classes, size_t positions, int layout,
                                           const lossfn_soft_dice_config *config, const lossfn_options_REAL *options,
                                           void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob)
{
    lfn_regions_REAL r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.target = target;
    r.mask = mask;
    status = lfn_dice_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LOSSFN_DEF int lossfn_tversky_REAL(const REAL *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                   const lossfn_tversky_config *config, const lossfn_options_REAL *options,
                                   void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob)
{
    lfn_regions_REAL r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.labels = labels;
    status = lfn_tversky_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LOSSFN_DEF int lossfn_tversky_dense_REAL(const REAL *prob, const REAL *target, const uint8_t *mask,
                                         size_t n, size_t classes, size_t positions, int layout,
                                         const lossfn_tversky_config *config, const lossfn_options_REAL *options,
                                         void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob)
{
    lfn_regions_REAL r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.target = target;
    r.mask = mask;
    status = lfn_tversky_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LFN_FN size_t lfn_regions_room(size_t n, size_t classes)
{
    return lfn_piece(lfn_mul(lfn_mul(3, classes), n ? n : 1), sizeof(double));
}

LOSSFN_DEF size_t lossfn_soft_dice_scratch_REAL(size_t n, size_t classes) { return lfn_regions_room(n, classes); }
LOSSFN_DEF size_t lossfn_soft_dice_dense_scratch_REAL(size_t n, size_t classes) { return lfn_regions_room(n, classes); }
LOSSFN_DEF size_t lossfn_tversky_scratch_REAL(size_t n, size_t classes) { return lfn_regions_room(n, classes); }
LOSSFN_DEF size_t lossfn_tversky_dense_scratch_REAL(size_t n, size_t classes) { return lfn_regions_room(n, classes); }

/* Where an item's counted positions are, their errors in one class, and the
   errors' order. */
typedef struct {
    double *truth;              /* per class: how many positions have it */
    REAL *error;
    uint32_t *place, *order;
    void *sort;
} lfn_lovasz_arrays;

/* Longest list of positions an item can have. */
LFN_FN size_t lfn_lovasz_longest(size_t n, size_t positions, int batch) { return batch ? lfn_mul(n, positions) : positions; }

LFN_FN lfn_lovasz_arrays lfn_lovasz_cut(size_t longest, size_t classes, void *scratch)
{
    lfn_lovasz_arrays a;
    a.truth = (double *)lfn_cut(&scratch, classes, sizeof(double));
    a.error = (REAL *)lfn_cut(&scratch, longest, sizeof(REAL));
    a.place = (uint32_t *)lfn_cut(&scratch, longest, sizeof(uint32_t));
    a.order = (uint32_t *)lfn_cut(&scratch, longest, sizeof(uint32_t));
    a.sort = scratch;
    return a;
}

/* Lists the counted positions of group i, counted from its first image's first,
   and the classes they have. */
LFN_FN size_t lfn_lovasz_list(const lfn_regions_REAL *r, size_t i, const lfn_lovasz_arrays *a)
{
    const size_t length = lfn_lovasz_longest(r->n, r->positions, r->batch);
    const size_t start = r->batch ? 0 : i * r->positions;
    size_t k, m = 0;
    for (k = 0; k < r->classes; k++) a->truth[k] = 0;
    for (k = 0; k < length; k++) {
        if (!lfn_region_counts_REAL(r, start + k)) continue;
        a->truth[r->labels[start + k]] += 1;
        a->place[m++] = (uint32_t)k;
    }
    return m;
}

/* Where prob of class c lies for a place counted from group i's first. */
LFN_FN size_t lfn_lovasz_at(const lfn_regions_REAL *r, size_t i, size_t c, uint32_t place)
{
    const size_t image = r->batch ? place / r->positions : i, s = r->batch ? place % r->positions : place;
    return image * r->classes * r->positions + c * r->class_stride + s * r->position_stride;
}

/* Class c of group i: its loss, and scale x the gradient. With truth true
   positions, inter and joined are what is left of the intersection and what the
   union has grown to: a true position takes 1 / joined, a false one
   inter / joined (joined + 1), 1 where there was nothing to join. */
LFN_FN double lfn_lovasz_class(const lfn_regions_REAL *r, size_t i, size_t c, size_t m, const lfn_lovasz_arrays *a, double scale)
{
    const size_t start = r->batch ? 0 : i * r->positions;
    double inter = a->truth[c], joined = a->truth[c], loss = 0, step;
    size_t k;
    for (k = 0; k < m; k++) {
        const int is = (size_t)r->labels[start + a->place[k]] == c;
        const REAL e = (is ? 1 : 0) - r->prob[lfn_lovasz_at(r, i, c, a->place[k])];
        a->error[k] = e < 0 ? -e : e;
    }
    lfn_argsort(a->error, m, 1, a->order, a->sort);
    for (k = 0; k < m; k++) {
        const uint32_t o = a->order[k], place = a->place[o];
        const int is = (size_t)r->labels[start + place] == c;
        if (is) {
            step = 1 / joined;
            inter -= 1;
        } else {
            step = joined == 0 ? 1 : inter / (joined * (joined + 1));
            joined += 1;
        }
        loss += (double)a->error[o] * step;
        if (r->grad && scale != 0) {
            const size_t at = lfn_lovasz_at(r, i, c, place);
            const REAL e = (is ? 1 : 0) - r->prob[at];
            r->grad[at] += (REAL)(e > 0 ? -scale * step : e < 0 ? scale * step : e == 0 ? 0 : scale * (double)e);
        }
    }
    return loss;
}

/* Group i whole. */
LFN_FN void lfn_lovasz_group(lfn_regions_REAL *r, size_t i, const lfn_lovasz_arrays *a)
{
    const size_t m = lfn_lovasz_list(r, i, a);
    const size_t part = lfn_region_part(r, a->truth, i);
    const double scale = part ? lfn_item_scale_REAL(&r->items, i) / (double)part : 0;
    double total = 0;
    size_t c;
    for (c = r->first; part && c < r->classes; c++)
        if (r->all || a->truth[c] != 0) total += lfn_lovasz_class(r, i, c, m, a, scale);
    lfn_item_loss_REAL(&r->items, i, part ? total / (double)part : 0);
}

LOSSFN_DEF size_t lossfn_lovasz_softmax_scratch_REAL(size_t n, size_t classes, size_t positions, int batch)
{
    const size_t longest = lfn_lovasz_longest(n, positions, batch);
    size_t room = lfn_add(lfn_piece(classes, sizeof(double)), lfn_piece(longest, sizeof(REAL)));
    room = lfn_add(room, lfn_mul(2, lfn_piece(longest, sizeof(uint32_t))));
    return lfn_add(room, lfn_argsort_room(longest));
}

LOSSFN_DEF int lossfn_lovasz_softmax_REAL(const REAL *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                          const lossfn_lovasz_softmax_config *config, const lossfn_options_REAL *options,
                                          void *scratch, size_t scratch_size, REAL *loss, REAL *grad_prob)
{
    const lossfn_lovasz_softmax_config c = config ? *config : lossfn_lovasz_softmax_defaults();
    lfn_lovasz_arrays arrays;
    lfn_regions_REAL r;
    double count = 0;
    size_t i, longest;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.labels = labels;
    r.ignore = c.ignore_index;
    r.batch = c.batch != 0;
    status = lfn_regions_begin(&r, layout, c.absent, c.first_class, options, loss);
    if (status) return status;
    longest = lfn_lovasz_longest(n, positions, r.batch);
    if (longest > UINT32_MAX) return LOSSFN_ERROR_SIZE;
    if (grad_prob && grad_prob == prob && n && positions) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < lossfn_lovasz_softmax_scratch_REAL(n, classes, positions, r.batch)) return LOSSFN_ERROR_SCRATCH;
    arrays = lfn_lovasz_cut(longest, classes, scratch);
    for (i = 0; i < lfn_regions_groups(&r); i++) {
        lfn_lovasz_list(&r, i, &arrays);
        if (lfn_region_part(&r, arrays.truth, i)) count += lfn_item_weight_REAL(&r.items, i);
    }
    lfn_items_scale(&r.items, count);
    if (grad_prob && !r.items.accumulate) LFN_CALL(lfn_fill, (grad_prob, 0, n * classes * positions));
    for (i = 0; i < lfn_regions_groups(&r); i++) lfn_lovasz_group(&r, i, &arrays);
    return lfn_items_end(&r.items);
}

//@last

LOSSFN_DEF lossfn_soft_dice_config lossfn_soft_dice_defaults(void)
{
    lossfn_soft_dice_config config;
    memset(&config, 0, sizeof config);
    config.smooth_numerator = config.smooth_denominator = 1e-5;
    config.ignore_index = -100;
    return config;
}

LOSSFN_DEF lossfn_tversky_config lossfn_tversky_defaults(void)
{
    lossfn_tversky_config config;
    memset(&config, 0, sizeof config);
    config.alpha = config.beta = 0.5;
    config.gamma = 1;
    config.smooth_numerator = config.smooth_denominator = 1e-5;
    config.ignore_index = -100;
    return config;
}

LOSSFN_DEF lossfn_lovasz_softmax_config lossfn_lovasz_softmax_defaults(void)
{
    lossfn_lovasz_softmax_config config;
    memset(&config, 0, sizeof config);
    config.ignore_index = -100;
    return config;
}
