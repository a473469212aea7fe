/* Segmentation: scikit-learn's values, averaging, absent classes, merging. */
#include "metrics.h"
#include "golden/metrics_segmentation.inc"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int passed, failed;

static void check(int ok, const char *what, double a, double b)
{
    if (ok) { passed++; return; }
    failed++;
    printf("FAILED: %s: %.17g against %.17g\n", what, a, b);
}

static int near(double a, double b) { return isnan(a) ? isnan(b) : fabs(a - b) <= 1e-14; }

enum { CLASSES = 6, IGNORED = 255, WIDTH = 41, N = 30 * WIDTH, IMAGES = 4 };
static int32_t pred[IMAGES][N], target[IMAGES][N];

/* As tools/golden/metrics_segmentation.py makes them. */
static void make_maps(void)
{
    int image, k;
    for (image = 0; image < IMAGES; image++)
        for (k = 0; k < N; k++) {
            const int i = k / WIDTH, j = k % WIDTH;
            target[image][k] = (i / 7 + j / (5 + image) + image) % (3 + image % 2);
            pred[image][k] = ((i + 1) / 7 + (j + k % 3) / (5 + image) + image) % (3 + image % 3);
            if ((i * 3 + j) % 11 == 0) target[image][k] = IGNORED;
        }
}

static double or_nan(double x) { return x < 0 ? NAN : x; }

static void test_golden(void)
{
    metrics_overlap all[CLASSES], one[CLASSES], merged[CLASSES], other[CLASSES];
    double iou[CLASSES], dice[CLASSES], mean_iou, mean_dice;
    size_t averaged;
    int image, k;
    metrics_overlap_options options;
    memset(&options, 0, sizeof options);
    metrics_overlap_init(CLASSES, all);
    metrics_overlap_init(CLASSES, merged);
    for (image = IMAGES; image-- > 0;) {
        metrics_overlap_init(CLASSES, one);
        check(metrics_overlap_update(pred[image], target[image], N, CLASSES, IGNORED, one) == 0, "update", 0, 0);
        metrics_overlap_update(pred[image], target[image], N, CLASSES, IGNORED, all);
        metrics_overlap_merge(one, CLASSES, merged);
        metrics_overlap_result(one, CLASSES, NULL, iou, dice, NULL, NULL, NULL);
        for (k = 0; k < CLASSES; k++) {
            check(near(iou[k], or_nan(golden_iou[image][k])), "IoU of a class", iou[k], golden_iou[image][k]);
            check(near(dice[k], or_nan(golden_dice[image][k])), "Dice of a class", dice[k], golden_dice[image][k]);
        }
    }
    check(memcmp(all, merged, sizeof all) == 0, "merged is the whole", 0, 0);
    metrics_overlap_init(CLASSES, other);   /* in another order */
    for (image = 0; image < IMAGES; image++) metrics_overlap_update(pred[image], target[image], N, CLASSES, IGNORED, other);
    check(memcmp(all, other, sizeof all) == 0, "the order of images changes nothing", 0, 0);
    metrics_overlap_result(all, CLASSES, &options, iou, dice, &mean_iou, &mean_dice, &averaged);
    {
        double sum = 0, dice_sum = 0;
        size_t count = 0;
        for (k = 0; k < CLASSES; k++) {
            check(near(iou[k], or_nan(golden_iou[IMAGES][k])), "IoU of all images", iou[k], golden_iou[IMAGES][k]);
            check(near(dice[k], or_nan(golden_dice[IMAGES][k])), "Dice of all images", dice[k], golden_dice[IMAGES][k]);
            if (golden_iou[IMAGES][k] < 0) continue;
            sum += golden_iou[IMAGES][k];
            dice_sum += golden_dice[IMAGES][k];
            count++;
        }
        check(averaged == count && count == 5, "classes averaged", (double)averaged, (double)count);
        check(near(mean_iou, sum / (double)count), "mean IoU", mean_iou, sum / (double)count);
        check(near(mean_dice, dice_sum / (double)count), "mean Dice", mean_dice, dice_sum / (double)count);
    }
    options.per_image = 1;
    for (options.absent = 0; options.absent < 4; options.absent++) {
        metrics_overlap_result(all, CLASSES, &options, iou, dice, &mean_iou, NULL, &averaged);
        for (k = 0; k < CLASSES; k++) {
            double sum = 0;
            int count = 0, i;
            for (image = 0; image < IMAGES; image++) {
                double value = golden_iou[image][k];
                int in_target = 0;
                for (i = 0; i < N; i++) in_target |= target[image][i] == k;
                if (value < 0 && options.absent == METRICS_ABSENT_SKIP) continue;
                if (!in_target && options.absent == METRICS_ABSENT_SKIP_TARGET) continue;
                if (value < 0) value = options.absent == METRICS_ABSENT_1 ? 1 : 0;
                sum += value;
                count++;
            }
            check(near(iou[k], count ? sum / count : NAN), "mean over images", iou[k], count ? sum / count : NAN);
        }
    }
}

static void test_policies(void)
{
    /* class 2 nowhere, class 1 in the prediction alone */
    static const int32_t p[4] = {0, 0, 1, 0}, t[4] = {0, 0, 0, 0};
    static const double expect_mean[4] = {(0.75 + 0) / 2, (0.75 + 0 + 0) / 3, (0.75 + 0 + 1) / 3, 0.75};
    static const size_t expect_count[4] = {2, 3, 3, 1};
    metrics_overlap_options options;
    double iou[3], dice[3], mean;
    size_t averaged, room = metrics_label_overlap_scratch(3);
    void *scratch = malloc(room);
    memset(&options, 0, sizeof options);
    for (options.per_image = 0; options.per_image < 2; options.per_image++)
        for (options.absent = 0; options.absent < 4; options.absent++) {
            check(metrics_label_overlap(p, t, 4, 3, METRICS_IGNORE_NONE, &options, scratch, room, iou, dice, &mean, NULL, &averaged) == 0, "labels", 0, 0);
            check(near(mean, expect_mean[options.absent]), "mean with an absent class", mean, expect_mean[options.absent]);
            check(averaged == expect_count[options.absent], "classes averaged", (double)averaged, (double)expect_count[options.absent]);
            check(iou[0] == 0.75 && near(dice[0], 6.0 / 7), "class 0", iou[0], 0.75);
            if (options.absent == METRICS_ABSENT_SKIP) check(iou[1] == 0 && isnan(iou[2]), "values", iou[1], iou[2]);
        }
    options.absent = options.per_image = 0;
    options.first_class = 1;
    metrics_label_overlap(p, t, 4, 3, METRICS_IGNORE_NONE, &options, scratch, room, NULL, NULL, &mean, NULL, &averaged);
    check(mean == 0 && averaged == 1, "without the background", mean, 0);
    metrics_label_overlap(p, t, 0, 3, METRICS_IGNORE_NONE, NULL, scratch, room, iou, NULL, &mean, NULL, &averaged);
    check(isnan(mean) && averaged == 0 && isnan(iou[0]), "no pixels", mean, 0);
    check(metrics_label_overlap(p, t, 4, 1, METRICS_IGNORE_NONE, NULL, scratch, room, iou, NULL, &mean, NULL, NULL) == METRICS_ERROR_LABEL, "label 1 of 1", 0, 0);
    check(metrics_label_overlap(p, t, 4, 1, 1, NULL, scratch, room, iou, NULL, &mean, NULL, NULL) == METRICS_ERROR_LABEL, "the ignored label predicted", 0, 0);
    check(metrics_label_overlap(t, p, 4, 1, 1, NULL, scratch, room, iou, NULL, &mean, NULL, NULL) == 0 && mean == 1, "the ignored label in the target", mean, 1);
    options.absent = 4;
    check(metrics_label_overlap(p, t, 4, 3, -1, &options, scratch, room, iou, NULL, &mean, NULL, NULL) == METRICS_ERROR_OPTION, "absent", 0, 0);
    options.absent = 0;
    options.first_class = 4;
    check(metrics_label_overlap(p, t, 4, 3, -1, &options, scratch, room, iou, NULL, &mean, NULL, NULL) == METRICS_ERROR_SIZE, "first class", 0, 0);
    check(metrics_overlap_init(1, NULL) == METRICS_ERROR_NULL, "init", 0, 0);
    free(scratch);
}

/* Against a loop, for lengths around the words and blocks the counting takes. */
static void test_masks(void)
{
    enum { MOST = 6000 };
    static uint8_t p[MOST], t[MOST], v[MOST];
    uint32_t x = 1;
    size_t n, k;
    int with;
    for (n = 0; n < MOST; n += n < 70 ? 1 : 593)
        for (with = 0; with < 2; with++) {
            double both = 0, of_pred = 0, of_target = 0, iou, dice;
            metrics_overlap c;
            for (k = 0; k < n; k++) {
                x = x * 1664525u + 1013904223u;
                p[k] = (uint8_t)(x >> 28 & 1 ? x >> 20 : 0);
                t[k] = (uint8_t)(x >> 27 & 1 ? (x >> 12 & 255) | 128 : 0);
                v[k] = (uint8_t)(x >> 26 & 1);
                if (n > 5000) { p[k] = t[k] = 255; v[k] = 1; }
                if (with && !v[k]) continue;
                both += p[k] && t[k];
                of_pred += p[k] != 0;
                of_target += t[k] != 0;
            }
            check(metrics_mask_overlap(p, t, with ? v : NULL, n, &iou, &dice) == 0, "masks", 0, 0);
            check(near(iou, of_pred + of_target > 0 ? both / (of_pred + of_target - both) : NAN), "IoU of masks", iou, both);
            check(near(dice, of_pred + of_target > 0 ? 2 * both / (of_pred + of_target) : NAN), "Dice of masks", dice, both);
            metrics_overlap_init(1, &c);
            metrics_overlap_update_mask(p, t, with ? v : NULL, n, &c);
            check((double)c.both == both && (double)c.pred == of_pred && (double)c.target == of_target, "counts", (double)c.both, both);
        }
}

/* Many images: the fixed-point sum carries into its whole part. */
static void test_many_images(void)
{
    static const uint8_t p[3] = {1, 1, 1}, t[3] = {1, 1, 0};
    metrics_overlap c, half;
    metrics_overlap_options options;
    double iou, dice;
    int k;
    memset(&options, 0, sizeof options);
    options.per_image = 1;
    metrics_overlap_init(1, &c);
    metrics_overlap_init(1, &half);
    for (k = 0; k < 5000; k++) metrics_overlap_update_mask(p, t, NULL, 3, &half);
    metrics_overlap_merge(&half, 1, &c);
    metrics_overlap_merge(&half, 1, &c);
    metrics_overlap_result(&c, 1, &options, &iou, &dice, NULL, NULL, NULL);
    check(c.images == 10000 && near(iou, 2.0 / 3) && near(dice, 0.8), "ten thousand images", iou, 2.0 / 3);
    metrics_overlap_merge(&c, 1, &c);
    check(c.images == 20000 && c.iou_whole == 13333, "merged with itself", (double)c.iou_whole, 13333);
}

/* What the counts of the image being taken hold before does not matter. */
static void test_leftovers(void)
{
    static const int32_t p[3] = {0, 1, 1}, t[3] = {0, 1, 0};
    metrics_overlap fresh[2], spoilt[2];
    int k;
    metrics_overlap_init(2, fresh);
    metrics_overlap_init(2, spoilt);
    for (k = 0; k < 2; k++) {
        spoilt[k].now_both = UINT64_C(1) << 60;
        spoilt[k].now_pred = UINT64_MAX;
    }
    metrics_overlap_update(p, t, 3, 2, METRICS_IGNORE_NONE, fresh);
    metrics_overlap_update(p, t, 3, 2, METRICS_IGNORE_NONE, spoilt);
    check(memcmp(fresh, spoilt, sizeof fresh) == 0, "leftovers in the counts of an image", (double)spoilt[0].both, 1);
}

int main(void)
{
    make_maps();
    test_golden();
    test_policies();
    test_masks();
    test_many_images();
    test_leftovers();
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
