//@family Boxes: overlap of axis-aligned boxes, and what goes with it

//@api

/* ---- axis-aligned boxes --------------------------------------------------------

   pred and target are n boxes of four numbers each, in one of two formats:
   LOSSFN_XYXY   x1, y1, x2, y2: two corners, x1 <= x2 and y1 <= y2
   LOSSFN_CXCYWH cx, cy, w, h: centre and size
   An item is a pair of boxes. grad_pred and grad_target, n x 4 each in the same
   format, receive the gradients; grad_pred may be pred, grad_target target. All
   arithmetic is in double.

   Below, w and h are width and height, A = w h is the area, I the area of the
   intersection, U = A_pred + A_target - I that of the union, C the area of the
   smallest box around both (the hull), c its diagonal, rho the distance of the
   centres, and IoU = I / (U + eps). eps >= 0, usually 1e-7 (as in torchvision
   and MMDetection; Keras-CV and others use their epsilon), is added to every
   denominator: choose 0 for very small boxes in normalised coordinates, where
   1e-7 is an area that counts. A quotient with the denominator 0 is 0, so boxes
   without area are safe with any eps: their IoU is 0.

   Kinks: where two edges have the same coordinate each box gets half of the
   slope (as PyTorch does), so identical boxes have the gradient 0 exactly where
   eps is 0. Boxes that do not overlap, or only touch, have the IoU 0 with
   gradient 0. A box with x2 < x1 (or a negative w) has the width 0 in areas and
   angles, which then pass no gradient to it; likewise its height.

   Errors of all: LOSSFN_ERROR_NULL (pred or target NULL with n > 0),
   LOSSFN_ERROR_SIZE, LOSSFN_ERROR_PARAMETER (eps), LOSSFN_ERROR_OPTION (format,
   mode, reduction), LOSSFN_ERROR_OVERLAP (accumulate into an input, grad_pred
   and grad_target the same, or one written over the other's input). */
enum {
    LOSSFN_XYXY = 0,
    LOSSFN_CXCYWH = 1
};

/* What lossfn_box_iou makes of the IoU. */
enum {
    LOSSFN_IOU_LINEAR = 0,  /* 1 - IoU */
    LOSSFN_IOU_LOG = 1,     /* -log(max(IoU, 1e-6)) */
    LOSSFN_IOU_SQUARE = 2   /* 1 - IoU^2 */
};

/* Loss of the intersection over union: 1 - IoU, -log(max(IoU, 1e-6)) or
   1 - IoU^2, by mode. The log form passes no gradient below 1e-6 (MMDetection's
   clamp). Disjoint boxes get no gradient from it: that is what the losses below
   are for.
   Source: J. Yu et al., UnitBox, 2016, arXiv 1608.01471 (log form). */
LOSSFN_DEF int lossfn_box_iou_REAL(const REAL *pred, const REAL *target, size_t n, int format, int mode, double eps,
                                   const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target);

/* Generalised IoU: 1 - IoU + (C - U) / (C + eps), from 0 to 2. torchvision's
   generalized_box_iou_loss.
   Source: H. Rezatofighi et al., 2019, arXiv 1902.09630. */
LOSSFN_DEF int lossfn_box_giou_REAL(const REAL *pred, const REAL *target, size_t n, int format, double eps,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target);

/* Distance IoU: 1 - IoU + rho^2 / (c^2 + eps), from 0 to 2. torchvision's
   distance_box_iou_loss.
   Source: Z. Zheng et al., 2020, arXiv 1911.08287. */
LOSSFN_DEF int lossfn_box_diou_REAL(const REAL *pred, const REAL *target, size_t n, int format, double eps,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target);

/* Complete IoU: the distance IoU loss + alpha v, with
     v     = (4 / pi^2) (atan(w_target / h_target) - atan(w_pred / h_pred))^2,
     alpha = v / (1 - IoU + v + eps),
   alpha a constant: no gradient flows through it (as in the paper and in
   torchvision's complete_box_iou_loss; other code bases have let it flow). The
   gradient of v is exact: with q the difference of the angles,
   dv / dw_pred = -(8 / pi^2) q h / (w^2 + h^2). The authors' own code leaves out
   the factor 1 / (w^2 + h^2), and their later work sets alpha = 0 below
   IoU = 0.5: neither is done here. A box of size 0 x 0 has no angle: q = 0.
   Because alpha is held constant the gradient is not that of the loss with a
   moving alpha.
   Source: Z. Zheng et al., 2020, arXiv 1911.08287. */
LOSSFN_DEF int lossfn_box_ciou_REAL(const REAL *pred, const REAL *target, size_t n, int format, double eps,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target);

//@once

enum { LFN_BOX_IOU, LFN_BOX_GIOU, LFN_BOX_DIOU, LFN_BOX_CIOU };

/* A box by axis (0: x, 1: y), and the gradient of the loss in its edges. */
typedef struct {
    double low[2], high[2], size[2];
    double d_low[2], d_high[2];
} lfn_box;

/* Two boxes against each other, by axis. */
typedef struct {
    lfn_box pred, target;
    double shared[2];       /* size of the intersection */
    double hull[2];         /* size of the box around both */
    double distance[2];     /* of the centres, pred - target */
    double inter, unite;    /* areas of intersection and union */
} lfn_box_pair;

/* Slopes of the loss in these quantities. */
typedef struct {
    double inter, unite;
    double hull[2], distance[2];
    double pred_size[2], target_size[2];
} lfn_box_slopes;

LFN_UNUSED static double lfn_box_quotient(double a, double b) { return b == 0 ? 0 : a / b; }
LFN_UNUSED static double lfn_box_length(double x) { return x < 0 ? 0 : x; }

LFN_UNUSED static void lfn_box_set(lfn_box *box, int format, double a, double b, double c, double d)
{
    int k;
    memset(box, 0, sizeof *box);
    if (format == LOSSFN_CXCYWH) {
        box->low[0] = a - c / 2;
        box->high[0] = a + c / 2;
        box->low[1] = b - d / 2;
        box->high[1] = b + d / 2;
        box->size[0] = lfn_box_length(c);
        box->size[1] = lfn_box_length(d);
        return;
    }
    box->low[0] = a;
    box->low[1] = b;
    box->high[0] = c;
    box->high[1] = d;
    for (k = 0; k < 2; k++) box->size[k] = lfn_box_length(box->high[k] - box->low[k]);
}

LFN_UNUSED static void lfn_box_compare(lfn_box_pair *pair)
{
    const lfn_box *p = &pair->pred, *t = &pair->target;
    int k;
    for (k = 0; k < 2; k++) {
        const double inner_low = p->low[k] > t->low[k] ? p->low[k] : t->low[k];
        const double inner_high = p->high[k] < t->high[k] ? p->high[k] : t->high[k];
        const double outer_low = p->low[k] < t->low[k] ? p->low[k] : t->low[k];
        const double outer_high = p->high[k] > t->high[k] ? p->high[k] : t->high[k];
        pair->shared[k] = lfn_box_length(inner_high - inner_low);
        pair->hull[k] = lfn_box_length(outer_high - outer_low);
        pair->distance[k] = (p->low[k] + p->high[k]) / 2 - (t->low[k] + t->high[k]) / 2;
    }
    pair->inter = pair->shared[0] * pair->shared[1];
    pair->unite = p->size[0] * p->size[1] + t->size[0] * t->size[1] - pair->inter;
}

/* An edge position that is the larger (or smaller) of a and b: its slope goes to
   the one it is, halved where both are. */
LFN_UNUSED static void lfn_box_share(double slope, int a_wins, int b_wins, double *d_a, double *d_b)
{
    if (a_wins) *d_a += slope;
    else if (b_wins) *d_b += slope;
    else {
        *d_a += slope / 2;
        *d_b += slope / 2;
    }
}

/* From the slopes to the edges of both boxes. */
LFN_UNUSED static void lfn_box_edges(lfn_box_pair *pair, const lfn_box_slopes *s)
{
    lfn_box *p = &pair->pred, *t = &pair->target;
    int k;
    for (k = 0; k < 2; k++) {
        const double of_shared = pair->shared[0] > 0 && pair->shared[1] > 0 ? (s->inter - s->unite) * pair->shared[1 - k] : 0;
        const double of_hull = pair->hull[k] > 0 ? s->hull[k] : 0;
        const double of_pred = p->size[k] > 0 ? s->pred_size[k] + s->unite * p->size[1 - k] : 0;
        const double of_target = t->size[k] > 0 ? s->target_size[k] + s->unite * t->size[1 - k] : 0;
        lfn_box_share(of_shared, p->high[k] < t->high[k], p->high[k] > t->high[k], &p->d_high[k], &t->d_high[k]);
        lfn_box_share(-of_shared, p->low[k] > t->low[k], p->low[k] < t->low[k], &p->d_low[k], &t->d_low[k]);
        lfn_box_share(of_hull, p->high[k] > t->high[k], p->high[k] < t->high[k], &p->d_high[k], &t->d_high[k]);
        lfn_box_share(-of_hull, p->low[k] < t->low[k], p->low[k] > t->low[k], &p->d_low[k], &t->d_low[k]);
        p->d_high[k] += of_pred + s->distance[k] / 2;
        p->d_low[k] += -of_pred + s->distance[k] / 2;
        t->d_high[k] += of_target - s->distance[k] / 2;
        t->d_low[k] += -of_target - s->distance[k] / 2;
    }
}

/* slope is that of the loss in IoU = I / (U + eps). */
LFN_UNUSED static void lfn_box_iou_slopes(const lfn_box_pair *pair, double eps, double slope, lfn_box_slopes *s)
{
    const double below = pair->unite + eps;
    s->inter += lfn_box_quotient(slope, below);
    s->unite -= lfn_box_quotient(slope * lfn_box_quotient(pair->inter, below), below);
}

/* + (C - U) / (C + eps) */
LFN_UNUSED static double lfn_box_hull_term(const lfn_box_pair *pair, double eps, lfn_box_slopes *s)
{
    const double c = pair->hull[0] * pair->hull[1], below = c + eps;
    const double term = lfn_box_quotient(c - pair->unite, below);
    s->unite -= lfn_box_quotient(1, below);
    s->hull[0] += lfn_box_quotient(1 - term, below) * pair->hull[1];
    s->hull[1] += lfn_box_quotient(1 - term, below) * pair->hull[0];
    return term;
}

/* + rho^2 / (c^2 + eps) */
LFN_UNUSED static double lfn_box_distance_term(const lfn_box_pair *pair, double eps, lfn_box_slopes *s)
{
    const double below = pair->hull[0] * pair->hull[0] + pair->hull[1] * pair->hull[1] + eps;
    const double term = lfn_box_quotient(pair->distance[0] * pair->distance[0] + pair->distance[1] * pair->distance[1], below);
    int k;
    for (k = 0; k < 2; k++) {
        s->distance[k] += lfn_box_quotient(2 * pair->distance[k], below);
        s->hull[k] -= lfn_box_quotient(2 * pair->hull[k] * term, below);
    }
    return term;
}

/* The slopes of an angle atan(w / h) times factor. */
LFN_UNUSED static void lfn_box_angle(const double size[2], double factor, double slope[2])
{
    const double square = size[0] * size[0] + size[1] * size[1];
    slope[0] += lfn_box_quotient(factor * size[1], square);
    slope[1] -= lfn_box_quotient(factor * size[0], square);
}

/* + alpha v, alpha constant. The difference of two angles between 0 and pi / 2,
   atan(w' / h') - atan(w / h) = atan2(w' h - w h', h h' + w w'), is one angle. */
LFN_UNUSED static double lfn_box_shape_term(const lfn_box_pair *pair, double eps, double iou, lfn_box_slopes *s)
{
    const double k = 0.40528473456935108578;    /* 4 / pi^2 */
    const double *p = pair->pred.size, *t = pair->target.size;
    const double q = atan2(t[0] * p[1] - p[0] * t[1], p[1] * t[1] + p[0] * t[0]);
    const double v = k * q * q;
    const double alpha = lfn_box_quotient(v, 1 - iou + v + eps);
    lfn_box_angle(p, -2 * k * q * alpha, s->pred_size);
    lfn_box_angle(t, 2 * k * q * alpha, s->target_size);
    return alpha * v;
}

/* The loss of a pair; the gradient is left in the boxes' edges. */
LFN_UNUSED static double lfn_box_loss(lfn_box_pair *pair, int kind, int mode, double eps)
{
    const double smallest = 1e-6;
    lfn_box_slopes s;
    double iou, loss, slope = -1;
    memset(&s, 0, sizeof s);
    lfn_box_compare(pair);
    iou = lfn_box_quotient(pair->inter, pair->unite + eps);
    loss = 1 - iou;
    if (kind == LFN_BOX_IOU && mode == LOSSFN_IOU_LOG) {
        loss = iou < smallest ? -log(smallest) : -log(iou);
        slope = iou < smallest ? 0 : -1 / iou;
    } else if (kind == LFN_BOX_IOU && mode == LOSSFN_IOU_SQUARE) {
        loss = 1 - iou * iou;
        slope = -2 * iou;
    }
    lfn_box_iou_slopes(pair, eps, slope, &s);
    if (kind == LFN_BOX_GIOU) loss += lfn_box_hull_term(pair, eps, &s);
    if (kind >= LFN_BOX_DIOU) loss += lfn_box_distance_term(pair, eps, &s);
    if (kind == LFN_BOX_CIOU) loss += lfn_box_shape_term(pair, eps, iou, &s);
    lfn_box_edges(pair, &s);
    return loss;
}

//@impl

/* Writes scale x the gradient of a box in its format; scale 0 writes zeros. */
LFN_FN void lfn_box_put(const lfn_box *box, int format, double scale, int accumulate, REAL *grad)
{
    double d[4];
    int k;
    for (k = 0; k < 2; k++) {
        d[k] = format == LOSSFN_CXCYWH ? box->d_low[k] + box->d_high[k] : box->d_low[k];
        d[2 + k] = format == LOSSFN_CXCYWH ? (box->d_high[k] - box->d_low[k]) / 2 : box->d_high[k];
    }
    for (k = 0; k < 4; k++) {
        const double g = scale == 0 ? 0 : scale * d[k];
        grad[k] = (REAL)(accumulate ? (double)grad[k] + g : g);
    }
}

LFN_FN int lfn_box_run(const REAL *pred, const REAL *target, size_t n, int format, int mode, double eps, int kind,
                       const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target)
{
    lfn_items_REAL items;
    lfn_box_pair pair;
    size_t i;
    int status;
    if (n && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, 4 * sizeof(REAL))) return LOSSFN_ERROR_SIZE;
    if (!lfn_is_nonnegative(eps)) return LOSSFN_ERROR_PARAMETER;
    if (format != LOSSFN_XYXY && format != LOSSFN_CXCYWH) return LOSSFN_ERROR_OPTION;
    if (mode < LOSSFN_IOU_LINEAR || mode > LOSSFN_IOU_SQUARE) return LOSSFN_ERROR_OPTION;
    status = lfn_items_begin(&items, options, loss);
    if (status) return status;
    if (n && grad_pred && (grad_pred == target || grad_pred == grad_target || (items.accumulate && grad_pred == pred)))
        return LOSSFN_ERROR_OVERLAP;
    if (n && grad_target && (grad_target == pred || (items.accumulate && grad_target == target))) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&items, lfn_items_count(&items, n));
    for (i = 0; i < n; i++) {
        const REAL *p = pred + 4 * i, *t = target + 4 * i;
        const double scale = lfn_item_scale_REAL(&items, i);
        lfn_box_set(&pair.pred, format, (double)p[0], (double)p[1], (double)p[2], (double)p[3]);
        lfn_box_set(&pair.target, format, (double)t[0], (double)t[1], (double)t[2], (double)t[3]);
        lfn_item_loss_REAL(&items, i, lfn_box_loss(&pair, kind, mode, eps));
        if (grad_pred) lfn_box_put(&pair.pred, format, scale, items.accumulate, grad_pred + 4 * i);
        if (grad_target) lfn_box_put(&pair.target, format, scale, items.accumulate, grad_target + 4 * i);
    }
    return lfn_items_end(&items);
}

LOSSFN_DEF int lossfn_box_iou_REAL(const REAL *pred, const REAL *target, size_t n, int format, int mode, double eps,
                                   const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target)
{
    return lfn_box_run(pred, target, n, format, mode, eps, LFN_BOX_IOU, options, loss, grad_pred, grad_target);
}

LOSSFN_DEF int lossfn_box_giou_REAL(const REAL *pred, const REAL *target, size_t n, int format, double eps,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target)
{
    return lfn_box_run(pred, target, n, format, LOSSFN_IOU_LINEAR, eps, LFN_BOX_GIOU, options, loss, grad_pred, grad_target);
}

LOSSFN_DEF int lossfn_box_diou_REAL(const REAL *pred, const REAL *target, size_t n, int format, double eps,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target)
{
    return lfn_box_run(pred, target, n, format, LOSSFN_IOU_LINEAR, eps, LFN_BOX_DIOU, options, loss, grad_pred, grad_target);
}

LOSSFN_DEF int lossfn_box_ciou_REAL(const REAL *pred, const REAL *target, size_t n, int format, double eps,
                                    const lossfn_options_REAL *options, REAL *loss, REAL *grad_pred, REAL *grad_target)
{
    return lfn_box_run(pred, target, n, format, LOSSFN_IOU_LINEAR, eps, LFN_BOX_CIOU, options, loss, grad_pred, grad_target);
}
