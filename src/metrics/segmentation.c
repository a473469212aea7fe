//@family Segmentation: IoU and Dice of label maps and masks

//@api

/* ---- segmentation: overlap of label maps and masks ----------------------------

   Intersection over union (Jaccard index) and Dice coefficient of a class, from
   the pixels that truth, prediction or both give to it:
     iou  = both / (pred + target - both)
     dice = 2 both / (pred + target)
   A class that neither has (0 / 0) is absent. Over several images the counts are
   summed first (one IoU for the data set: PASCAL VOC, Cityscapes), or each
   image's IoU is averaged (medical practice): the two differ, and an
   accumulator holds both.

   The accumulator is an array of metrics_overlap, one per class (a single one for
   masks): plain data without pointers, all zero when empty. Counts are integers
   and the images' values are summed in fixed point, to 2^-53 each, so merging is
   exact and gives the same in any order. */

typedef struct metrics_overlap {
    uint64_t both, pred, target;        /* pixels of the class, over all images */
    uint64_t images;                    /* images seen */
    uint64_t present, in_target;        /* of these: with the class in either map, in the target */
    uint64_t iou_whole, iou_part;       /* sum of the images' IoU: whole + part / 2^63 */
    uint64_t dice_whole, dice_part;     /* and of their Dice */
    uint64_t now_both, now_pred, now_target;   /* of the image being taken; 0 between calls */
} metrics_overlap;

/* What an absent class counts in means over classes (or over images). */
enum {
    METRICS_ABSENT_SKIP = 0,         /* left out of the mean; its own value is NaN */
    METRICS_ABSENT_0 = 1,            /* counts 0 */
    METRICS_ABSENT_1 = 2,            /* counts 1: rightly found nowhere */
    METRICS_ABSENT_SKIP_TARGET = 3   /* a class that the target lacks is left out even when predicted */
};

/* NULL or all zero means the defaults.
     absent        METRICS_ABSENT_*
     per_image     nonzero: the value of a class is the mean over the images; 0: from the counts of all
     first_class   the mean over classes begins here: 1 leaves a background class 0 out */
typedef struct metrics_overlap_options {
    int absent, per_image;
    size_t first_class;
} metrics_overlap_options;

/* Makes an accumulator of `classes` classes empty. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_overlap_init(size_t classes, metrics_overlap *counts);

/* Takes one image of n pixels: label maps with labels 0 .. classes - 1. Pixels
   whose target is ignore_label are left out whatever the prediction says (255 and
   -1 are usual; METRICS_IGNORE_NONE: none); a predicted ignore_label elsewhere is
   an error.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (no classes, too many pixels),
   METRICS_ERROR_LABEL; on an error the counts stay as they were. */
METRICS_DEF int metrics_overlap_update(const int32_t *pred, const int32_t *target, size_t n, size_t classes,
                                       int32_t ignore_label, metrics_overlap *counts);

/* Takes one image of n pixels: masks, nonzero is foreground; valid, when given, is
   0 where a pixel is left out. counts is a single one (classes = 1).
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_overlap_update_mask(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                            metrics_overlap *counts);

/* Adds other to counts, class by class. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_overlap_merge(const metrics_overlap *other, size_t classes, metrics_overlap *counts);

/* The values: iou and dice, one per class (NaN where options say so), and their
   means over the classes, NaN when none takes part. *averaged is the number of
   classes in the means.
   TorchMetrics has METRICS_ABSENT_SKIP (before 1.9: 0), MONAI METRICS_ABSENT_SKIP_TARGET
   per image (METRICS_ABSENT_1 with ignore_empty=False), Hugging Face evaluate METRICS_ABSENT_SKIP.
   Per image, the mean over classes is that of the classes' means; the mean of
   each image's own mIoU is another number.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_OPTION.
   Source: P. Jaccard 1901; L. R. Dice 1945; M. Everingham et al., The PASCAL
   Visual Object Classes Challenge, 2010. */
METRICS_DEF int metrics_overlap_result(const metrics_overlap *counts, size_t classes, const metrics_overlap_options *options,
                                        double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged);

/* Bytes of scratch metrics_label_overlap needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_label_overlap_scratch(size_t classes);

/* One image at once: metrics_overlap_update and metrics_overlap_result.
   Errors: those of both, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_label_overlap(const int32_t *pred, const int32_t *target, size_t n, size_t classes, int32_t ignore_label,
                                      const metrics_overlap_options *options, void *scratch, size_t scratch_size,
                                      double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged);

/* One pair of masks: IoU and Dice, NaN when both masks are empty. valid as in
   metrics_overlap_update_mask. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_mask_overlap(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                     double *iou, double *dice);

//@once

#define LFN_OVERLAP_ONE (UINT64_C(1) << 63)

/* *whole + *part / 2^63 += more / 2^63, more <= 2^63. */
LFN_UNUSED static void lfn_overlap_add(uint64_t *whole, uint64_t *part, uint64_t more)
{
    *part += more;
    *whole += *part / LFN_OVERLAP_ONE;
    *part %= LFN_OVERLAP_ONE;
}

/* The same for a ratio in 0 .. 1, cut to a multiple of 2^-53. */
LFN_UNUSED static void lfn_overlap_add_ratio(uint64_t *whole, uint64_t *part, double ratio)
{
    lfn_overlap_add(whole, part, (uint64_t)(ratio * 9007199254740992.0) << 10);
}

LFN_UNUSED static double lfn_overlap_sum(uint64_t whole, uint64_t part)
{
    return (double)whole + (double)part / 9223372036854775808.0;
}

/* iou = both / (pred + target - both), 0 / 0 is `absent` */
LFN_UNUSED static double lfn_overlap_iou(double both, double pred, double target, double absent)
{
    return lfn_ratio(both, pred + target - both, absent);
}

/* dice = 2 both / (pred + target) */
LFN_UNUSED static double lfn_overlap_dice(double both, double pred, double target, double absent)
{
    return lfn_ratio(2 * both, pred + target, absent);
}

/* Closes an image in which the class has these counts. */
LFN_UNUSED static void lfn_overlap_image(metrics_overlap *c, uint64_t both, uint64_t pred, uint64_t target)
{
    c->both += both;
    c->pred += pred;
    c->target += target;
    c->images++;
    c->in_target += target > 0;
    if (pred == 0 && target == 0) return;
    c->present++;
    lfn_overlap_add_ratio(&c->iou_whole, &c->iou_part, lfn_overlap_iou((double)both, (double)pred, (double)target, 0));
    lfn_overlap_add_ratio(&c->dice_whole, &c->dice_part, lfn_overlap_dice((double)both, (double)pred, (double)target, 0));
}

/* How many pixels from k on have the labels of pixel k: label maps are made of runs. */
LFN_UNUSED static size_t lfn_overlap_run(const int32_t *pred, const int32_t *target, size_t k, size_t n)
{
    const int32_t p = pred[k], t = target[k];
    size_t end = k + 1, j;
    for (; n - end >= 16; end += 16) {
        int32_t differ = 0;
        for (j = end; j < end + 16; j++) differ |= (pred[j] ^ p) | (target[j] ^ t);
        if (differ) break;
    }
    while (end < n && pred[end] == p && target[end] == t) end++;
    return end - k;
}

LFN_UNUSED static int lfn_overlap_is_class(int32_t label, size_t classes)
{
    return label >= 0 && (size_t)label < classes;
}

/* Labels all in range, where the target is not ignored. */
LFN_UNUSED static int lfn_overlap_labels_valid(const int32_t *pred, const int32_t *target, size_t n, size_t classes, int32_t ignore_label)
{
    size_t k, run;
    for (k = 0; k < n; k += run) {
        run = lfn_overlap_run(pred, target, k, n);
        if (target[k] == ignore_label && ignore_label != METRICS_IGNORE_NONE) continue;
        if (!lfn_overlap_is_class(target[k], classes) || !lfn_overlap_is_class(pred[k], classes)) return 0;
    }
    return 1;
}

METRICS_DEF int metrics_overlap_init(size_t classes, metrics_overlap *counts)
{
    if (!counts) return METRICS_ERROR_NULL;
    if (!classes || lfn_too_big(classes, sizeof *counts)) return METRICS_ERROR_SIZE;
    memset(counts, 0, classes * sizeof *counts);
    return METRICS_OK;
}

METRICS_DEF int metrics_overlap_update(const int32_t *pred, const int32_t *target, size_t n, size_t classes,
                                       int32_t ignore_label, metrics_overlap *counts)
{
    size_t k, run;
    if (!counts || (n && (!pred || !target))) return METRICS_ERROR_NULL;
    if (!classes || lfn_too_big(classes, sizeof *counts) || lfn_too_big(n, sizeof *pred)) return METRICS_ERROR_SIZE;
    if (!lfn_overlap_labels_valid(pred, target, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    for (k = 0; k < classes; k++) counts[k].now_both = counts[k].now_pred = counts[k].now_target = 0;
    for (k = 0; k < n; k += run) {
        run = lfn_overlap_run(pred, target, k, n);
        if (target[k] == ignore_label && ignore_label != METRICS_IGNORE_NONE) continue;
        counts[pred[k]].now_pred += run;
        counts[target[k]].now_target += run;
        if (pred[k] == target[k]) counts[pred[k]].now_both += run;
    }
    for (k = 0; k < classes; k++) {
        metrics_overlap *c = &counts[k];
        const uint64_t both = c->now_both, of_pred = c->now_pred, of_target = c->now_target;
        c->now_both = c->now_pred = c->now_target = 0;
        lfn_overlap_image(c, both, of_pred, of_target);
    }
    return METRICS_OK;
}

/* Bit 7 of every byte that is not 0, moved to bit 0. */
LFN_UNUSED static uint64_t lfn_overlap_bytes(uint64_t x)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    return ((((x & low) + low) | x) & ~low) >> 7;
}

/* The sum of the eight bytes. */
LFN_UNUSED static uint64_t lfn_overlap_byte_sum(uint64_t x)
{
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    return (((x & even) + ((x >> 8) & even)) * UINT64_C(0x0001000100010001)) >> 48;
}

/* Adds the counts of n pixels to count[0..2]: both, pred, target. Eight bytes at a
   time, up to 255 such words into byte-wide counters. */
LFN_UNUSED static void lfn_overlap_count_masks(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n, uint64_t *count)
{
    size_t k = 0, words;
    uint64_t p, t, v = 0;
    while (n - k >= 8) {
        uint64_t both = 0, of_pred = 0, of_target = 0;
        for (words = 0; words < 255 && n - k >= 8; words++, k += 8) {
            memcpy(&p, pred + k, 8);
            memcpy(&t, target + k, 8);
            p = lfn_overlap_bytes(p);
            t = lfn_overlap_bytes(t);
            if (valid) {
                memcpy(&v, valid + k, 8);
                v = lfn_overlap_bytes(v);
                p &= v;
                t &= v;
            }
            both += p & t;
            of_pred += p;
            of_target += t;
        }
        count[0] += lfn_overlap_byte_sum(both);
        count[1] += lfn_overlap_byte_sum(of_pred);
        count[2] += lfn_overlap_byte_sum(of_target);
    }
    for (; k < n; k++) {
        if (valid && !valid[k]) continue;
        count[0] += pred[k] && target[k];
        count[1] += pred[k] != 0;
        count[2] += target[k] != 0;
    }
}

METRICS_DEF int metrics_overlap_update_mask(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                            metrics_overlap *counts)
{
    uint64_t count[3] = {0, 0, 0};
    if (!counts || (n && (!pred || !target))) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, 1)) return METRICS_ERROR_SIZE;
    lfn_overlap_count_masks(pred, target, valid, n, count);
    lfn_overlap_image(counts, count[0], count[1], count[2]);
    return METRICS_OK;
}

METRICS_DEF int metrics_overlap_merge(const metrics_overlap *other, size_t classes, metrics_overlap *counts)
{
    size_t k;
    if (!other || !counts) return METRICS_ERROR_NULL;
    if (!classes || lfn_too_big(classes, sizeof *counts)) return METRICS_ERROR_SIZE;
    for (k = 0; k < classes; k++) {
        metrics_overlap *c = &counts[k];
        const metrics_overlap o = other[k];
        c->both += o.both;
        c->pred += o.pred;
        c->target += o.target;
        c->images += o.images;
        c->present += o.present;
        c->in_target += o.in_target;
        c->iou_whole += o.iou_whole;
        lfn_overlap_add(&c->iou_whole, &c->iou_part, o.iou_part);
        c->dice_whole += o.dice_whole;
        lfn_overlap_add(&c->dice_whole, &c->dice_part, o.dice_part);
    }
    return METRICS_OK;
}

/* Whether the class takes part in means at all. */
LFN_UNUSED static int lfn_overlap_counts(const metrics_overlap *c, const metrics_overlap_options *o)
{
    if (o->per_image && c->images == 0) return 0;
    if (o->absent == METRICS_ABSENT_SKIP) return c->present > 0;
    if (o->absent == METRICS_ABSENT_SKIP_TARGET) return c->in_target > 0;
    return 1;
}

/* The mean of the images' values, sum being that of the images with the class. An
   image with the class in the prediction alone has the value 0. */
LFN_UNUSED static double lfn_overlap_image_mean(const metrics_overlap *c, double sum, int absent)
{
    switch (absent) {
    case METRICS_ABSENT_SKIP: return lfn_ratio(sum, (double)c->present, lfn_nan_value());
    case METRICS_ABSENT_SKIP_TARGET: return lfn_ratio(sum, (double)c->in_target, lfn_nan_value());
    case METRICS_ABSENT_0: return lfn_ratio(sum, (double)c->images, lfn_nan_value());
    default: return lfn_ratio(sum + (double)(c->images - c->present), (double)c->images, lfn_nan_value());
    }
}

LFN_UNUSED static void lfn_overlap_values(const metrics_overlap *c, const metrics_overlap_options *o, double *iou, double *dice)
{
    const double absent = o->absent == METRICS_ABSENT_0 ? 0 : o->absent == METRICS_ABSENT_1 ? 1 : lfn_nan_value();
    if (o->per_image) {
        *iou = lfn_overlap_image_mean(c, lfn_overlap_sum(c->iou_whole, c->iou_part), o->absent);
        *dice = lfn_overlap_image_mean(c, lfn_overlap_sum(c->dice_whole, c->dice_part), o->absent);
    } else if (o->absent == METRICS_ABSENT_SKIP_TARGET && c->target == 0) {
        *iou = *dice = lfn_nan_value();
    } else {
        *iou = lfn_overlap_iou((double)c->both, (double)c->pred, (double)c->target, absent);
        *dice = lfn_overlap_dice((double)c->both, (double)c->pred, (double)c->target, absent);
    }
}

LFN_UNUSED static int lfn_overlap_check(size_t classes, const metrics_overlap_options *o)
{
    if (!classes || lfn_too_big(classes, sizeof(metrics_overlap)) || o->first_class > classes) return METRICS_ERROR_SIZE;
    if (o->absent < METRICS_ABSENT_SKIP || o->absent > METRICS_ABSENT_SKIP_TARGET) return METRICS_ERROR_OPTION;
    return METRICS_OK;
}

LFN_UNUSED static metrics_overlap_options lfn_overlap_options(const metrics_overlap_options *options)
{
    metrics_overlap_options o;
    memset(&o, 0, sizeof o);
    return options ? *options : o;
}

METRICS_DEF int metrics_overlap_result(const metrics_overlap *counts, size_t classes, const metrics_overlap_options *options,
                                        double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged)
{
    const metrics_overlap_options o = lfn_overlap_options(options);
    double iou_sum = 0, dice_sum = 0, i, d;
    size_t k, part = 0;
    int status;
    if (!counts) return METRICS_ERROR_NULL;
    status = lfn_overlap_check(classes, &o);
    if (status) return status;
    for (k = 0; k < classes; k++) {
        lfn_overlap_values(&counts[k], &o, &i, &d);
        if (iou) iou[k] = i;
        if (dice) dice[k] = d;
        if (k < o.first_class || !lfn_overlap_counts(&counts[k], &o)) continue;
        iou_sum += i;
        dice_sum += d;
        part++;
    }
    if (mean_iou) *mean_iou = lfn_ratio(iou_sum, (double)part, lfn_nan_value());
    if (mean_dice) *mean_dice = lfn_ratio(dice_sum, (double)part, lfn_nan_value());
    if (averaged) *averaged = part;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_label_overlap_scratch(size_t classes) { return lfn_piece(classes, sizeof(metrics_overlap)); }

METRICS_DEF int metrics_label_overlap(const int32_t *pred, const int32_t *target, size_t n, size_t classes, int32_t ignore_label,
                                      const metrics_overlap_options *options, void *scratch, size_t scratch_size,
                                      double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged)
{
    const metrics_overlap_options o = lfn_overlap_options(options);
    metrics_overlap *counts;
    int status;
    if (n && (!pred || !target)) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, sizeof *pred)) return METRICS_ERROR_SIZE;
    status = lfn_overlap_check(classes, &o);
    if (status) return status;
    if (!lfn_overlap_labels_valid(pred, target, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    if (!lfn_scratch_holds(scratch, scratch_size, metrics_label_overlap_scratch(classes))) return METRICS_ERROR_SCRATCH;
    counts = (metrics_overlap *)lfn_cut(&scratch, classes, sizeof *counts);
    metrics_overlap_init(classes, counts);
    metrics_overlap_update(pred, target, n, classes, ignore_label, counts);
    return metrics_overlap_result(counts, classes, &o, iou, dice, mean_iou, mean_dice, averaged);
}

METRICS_DEF int metrics_mask_overlap(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                     double *iou, double *dice)
{
    uint64_t count[3] = {0, 0, 0};
    if (n && (!pred || !target)) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, 1)) return METRICS_ERROR_SIZE;
    lfn_overlap_count_masks(pred, target, valid, n, count);
    if (iou) *iou = lfn_overlap_iou((double)count[0], (double)count[1], (double)count[2], lfn_nan_value());
    if (dice) *dice = lfn_overlap_dice((double)count[0], (double)count[1], (double)count[2], lfn_nan_value());
    return METRICS_OK;
}
