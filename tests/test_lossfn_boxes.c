/* Box losses: golden values, closed forms, degenerate boxes. */
#include "lossfn.h"
#include "golden_compare.h"
#include "golden/lossfn_boxes.inc"

enum { PAIRS = COUNT(box_iou) };

typedef int (*box_f32)(const float *, const float *, size_t, int, double, const lossfn_options_f32 *, float *, float *, float *);
typedef int (*box_f64)(const double *, const double *, size_t, int, double, const lossfn_options_f64 *, double *, double *, double *);

static int iou_f32(const float *p, const float *t, size_t n, int format, double eps, const lossfn_options_f32 *o, float *l, float *gp, float *gt)
{
    return lossfn_box_iou_f32(p, t, n, format, LOSSFN_IOU_LINEAR, eps, o, l, gp, gt);
}

static int iou_f64(const double *p, const double *t, size_t n, int format, double eps, const lossfn_options_f64 *o, double *l, double *gp, double *gt)
{
    return lossfn_box_iou_f64(p, t, n, format, LOSSFN_IOU_LINEAR, eps, o, l, gp, gt);
}

static void golden(const char *name, box_f32 f, box_f64 d, const double *loss, const double *grad_pred, const double *grad_target)
{
    lossfn_options_f32 options32;
    lossfn_options_f64 options64;
    double l[PAIRS], gp[4 * PAIRS], gt[4 * PAIRS];
    float lf[PAIRS], gpf[4 * PAIRS], gtf[4 * PAIRS];
    float *pred = (float *)numbers(box_pred, 4 * PAIRS, 32), *target = (float *)numbers(box_target, 4 * PAIRS, 32);
    memset(&options32, 0, sizeof options32);
    memset(&options64, 0, sizeof options64);
    options32.reduction = options64.reduction = LOSSFN_NONE;
    check(d(box_pred, box_target, PAIRS, LOSSFN_XYXY, 1e-7, &options64, l, gp, gt) == LOSSFN_OK, "%s", name);
    compare(name, l, 64, loss, PAIRS, 1e-14);
    compare(name, gp, 64, grad_pred, 4 * PAIRS, 1e-13);
    compare(name, gt, 64, grad_target, 4 * PAIRS, 1e-13);
    check(f(pred, target, PAIRS, LOSSFN_XYXY, 1e-7, &options32, lf, gpf, gtf) == LOSSFN_OK, "%s", name);
    compare(name, lf, 32, loss, PAIRS, 1e-6);
    compare(name, gpf, 32, grad_pred, 4 * PAIRS, 2e-6);
    compare(name, gtf, 32, grad_target, 4 * PAIRS, 2e-6);
    free(pred);
    free(target);
}

static double one(box_f64 f, double x1, double y1, double x2, double y2, double u1, double v1, double u2, double v2, double eps, double *g)
{
    double p[4], t[4], loss = -1;
    p[0] = x1; p[1] = y1; p[2] = x2; p[3] = y2;
    t[0] = u1; t[1] = v1; t[2] = u2; t[3] = v2;
    check(f(p, t, 1, LOSSFN_XYXY, eps, NULL, &loss, g, g ? g + 4 : NULL) == LOSSFN_OK, "one pair");
    return loss;
}

static void closed_forms(void)
{
    check(close_to(one(iou_f64, 0, 0, 2, 2, 1, 1, 3, 3, 0, NULL), 6.0 / 7, 1e-15, 0), "IoU 1/7");
    check(close_to(one(lossfn_box_giou_f64, 0, 0, 2, 2, 1, 1, 3, 3, 0, NULL), 6.0 / 7 + 2.0 / 9, 1e-15, 0), "GIoU");
    check(close_to(one(lossfn_box_diou_f64, 0, 0, 2, 2, 1, 1, 3, 3, 0, NULL), 6.0 / 7 + 1.0 / 9, 1e-15, 0), "DIoU .96825397");
    check(close_to(one(lossfn_box_ciou_f64, 0, 0, 2, 2, 1, 1, 3, 3, 0, NULL), 6.0 / 7 + 1.0 / 9, 1e-15, 0), "CIoU of one shape is DIoU");
    check(close_to(one(lossfn_box_diou_f64, 0, 0, 2, 1, 0, 0, 1, 2, 0, NULL), 0.72916666666666667, 1e-12, 0), "DIoU .72916667");
    check(close_to(one(lossfn_box_ciou_f64, 0, 0, 2, 1, 0, 0, 1, 2, 0, NULL), 0.76291834, 1e-8, 0), "CIoU .76291834");
    check(close_to(one(lossfn_box_diou_f64, 0, 0, 1, 1, 2, 0, 3, 1, 0, NULL), 1.4, 1e-15, 0), "disjoint 1.4");
}

/* Boxes without area, inverted and identical ones: finite, and pulled together. */
static void hard_points(void)
{
    static const box_f64 all[4] = { iou_f64, lossfn_box_giou_f64, lossfn_box_diou_f64, lossfn_box_ciou_f64 };
    static const double identical[4] = {0, 0, 0, 0}, points[4] = {1, 1, 1, 1};
    int k, j;
    for (k = 0; k < 4; k++) {
        double g[8], loss;
        int finite;
        check(one(all[k], 1, 2, 4, 7, 1, 2, 4, 7, 0, g) == identical[k], "identical boxes");
        for (j = 0; j < 8; j++) check(fabs(g[j]) < 1e-16, "identical boxes: gradient [%d] %g of loss %d", j, g[j], k);
        check(one(all[k], 1, 2, 1, 2, 1, 2, 1, 2, 0, g) == points[k], "one point: loss %d", k);
        for (j = 0; j < 8; j++) check(g[j] == 0, "one point: gradient [%d] %g of loss %d", j, g[j], k);
        loss = one(all[k], 5, 5, 2, 2, 0, 0, 1, 1, 1e-7, g);
        for (finite = isfinite(loss) != 0, j = 0; j < 8; j++) finite = finite && isfinite(g[j]);
        check(finite, "inverted box: loss %d", k);
        loss = one(all[k], 0, 0, 3, 0, 0, 0, 0, 3, 0, g);
        for (finite = isfinite(loss) != 0, j = 0; j < 8; j++) finite = finite && isfinite(g[j]);
        check(finite, "two lines: loss %d", k);
        loss = one(all[k], 3, 0, 4, 1, 0, 0, 1, 1, 0, g);
        check(k == 0 ? loss == 1 && g[0] == 0 && g[2] == 0 : loss > 1 && g[0] + g[2] > 0, "disjoint boxes: loss %d pulls %g", k, g[0] + g[2]);
    }
}

/* Centre and size give the same loss as corners, and the gradient by the chain rule. */
static void formats(void)
{
    double centre_pred[4 * PAIRS], centre_target[4 * PAIRS], a[PAIRS], b[PAIRS], g[4 * PAIRS], h[4 * PAIRS], want[4 * PAIRS];
    lossfn_options_f64 o;
    size_t i;
    int k;
    memset(&o, 0, sizeof o);
    o.reduction = LOSSFN_NONE;
    for (i = 0; i < PAIRS; i++)
        for (k = 0; k < 2; k++) {
            centre_pred[4 * i + (size_t)k] = (box_pred[4 * i + (size_t)k] + box_pred[4 * i + 2 + (size_t)k]) / 2;
            centre_pred[4 * i + 2 + (size_t)k] = box_pred[4 * i + 2 + (size_t)k] - box_pred[4 * i + (size_t)k];
            centre_target[4 * i + (size_t)k] = (box_target[4 * i + (size_t)k] + box_target[4 * i + 2 + (size_t)k]) / 2;
            centre_target[4 * i + 2 + (size_t)k] = box_target[4 * i + 2 + (size_t)k] - box_target[4 * i + (size_t)k];
        }
    lossfn_box_ciou_f64(box_pred, box_target, PAIRS, LOSSFN_XYXY, 1e-7, &o, a, g, NULL);
    lossfn_box_ciou_f64(centre_pred, centre_target, PAIRS, LOSSFN_CXCYWH, 1e-7, &o, b, h, NULL);
    compare("centres", b, 64, a, PAIRS, 1e-12);
    for (i = 0; i < PAIRS; i++)
        for (k = 0; k < 2; k++) {
            want[4 * i + (size_t)k] = g[4 * i + (size_t)k] + g[4 * i + 2 + (size_t)k];
            want[4 * i + 2 + (size_t)k] = (g[4 * i + 2 + (size_t)k] - g[4 * i + (size_t)k]) / 2;
        }
    /* pair 7 is identical: its edges meet only up to rounding in centres */
    compare("centre gradients", h, 64, want, 4 * 7, 1e-11);
    compare("centre gradients", h + 32, 64, want + 32, 4 * PAIRS - 32, 1e-11);
}

static void modes(void)
{
    static const double p[8] = {0, 0, 2, 2, 0, 0, 1, 1}, t[8] = {1, 1, 3, 3, 5, 5, 6, 6};
    double loss[2], g[8];
    lossfn_options_f64 o;
    memset(&o, 0, sizeof o);
    o.reduction = LOSSFN_NONE;
    lossfn_box_iou_f64(p, t, 2, LOSSFN_XYXY, LOSSFN_IOU_LOG, 0, &o, loss, g, NULL);
    check(close_to(loss[0], log(7.0), 1e-14, 0) && close_to(loss[1], -log(1e-6), 1e-14, 0), "log: %g %g", loss[0], loss[1]);
    check(g[2] < 0 && g[4] == 0 && g[7] == 0, "log: gradient");
    lossfn_box_iou_f64(p, t, 2, LOSSFN_XYXY, LOSSFN_IOU_SQUARE, 0, &o, loss, g, NULL);
    check(close_to(loss[0], 48.0 / 49, 1e-14, 0) && loss[1] == 1, "square: %g %g", loss[0], loss[1]);
    check(lossfn_box_iou_f64(p, t, 2, 2, 0, 0, NULL, loss, g, NULL) == LOSSFN_ERROR_OPTION, "format 2");
    check(lossfn_box_iou_f64(p, t, 2, 0, 3, 0, NULL, loss, g, NULL) == LOSSFN_ERROR_OPTION, "mode 3");
    check(lossfn_box_giou_f64(p, t, 2, 0, 0, NULL, loss, g, g) == LOSSFN_ERROR_OVERLAP, "both gradients in one buffer");
}

int main(void)
{
    golden("box_iou", iou_f32, iou_f64, box_iou, box_iou_pred, box_iou_target);
    golden("box_giou", lossfn_box_giou_f32, lossfn_box_giou_f64, box_giou, box_giou_pred, box_giou_target);
    golden("box_diou", lossfn_box_diou_f32, lossfn_box_diou_f64, box_diou, box_diou_pred, box_diou_target);
    golden("box_ciou", lossfn_box_ciou_f32, lossfn_box_ciou_f64, box_ciou, box_ciou_pred, box_ciou_target);
    closed_forms();
    hard_points();
    formats();
    modes();
    engine_close();
    return engine_failed != 0;
}
