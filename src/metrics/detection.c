//@family Detection: box IoU, non-maximum suppression

//@api

/* ---- detection ------------------------------------------------------------------

   A box is four numbers in one of three formats. A box whose width or height is
   negative has the area 0. */

enum {
    METRICS_BOX_XYXY = 0,    /* left, top, right, bottom */
    METRICS_BOX_XYWH = 1,    /* left, top, width, height (COCO's) */
    METRICS_BOX_CXCYWH = 2   /* centre x, centre y, width, height (YOLO's) */
};

/* Measures of the overlap of boxes a and b, with I the area of their intersection,
   U = area a + area b - I, C the smallest box around both, d the distance of
   their centres and c the diagonal of C. A ratio 0 / 0 is 0. */
enum {
    METRICS_IOU = 0,    /* I / U */
    METRICS_GIOU = 1,   /* I / U - (area C - U) / area C */
    METRICS_DIOU = 2,   /* I / U - d^2 / c^2 */
    METRICS_CIOU = 3    /* DIoU - v^2 / (1 - I / U + v), v = (4 / pi^2) (atan(wa / ha) - atan(wb / hb))^2 */
};

/* The measure of every pair: out (na, nb), out_ij that of a_i and b_j.
     a, b    boxes, (na, 4) and (nb, 4)
     format  METRICS_BOX_*, of both
     kind    METRICS_IOU .. METRICS_CIOU
     crowd   one per b or NULL: where nonzero b_j is a region of many objects, and
             METRICS_IOU is I / area a (as pycocotools, a being the detections);
             with another kind than METRICS_IOU an error
   Ranges: IoU 0 .. 1, the others -1 .. 1 (CIoU from -1.5). Equal boxes of positive
   area have exactly 1. A NaN in a box makes its measures NaN.
   torchvision computes these, with 1e-7 added in denominators of DIoU and CIoU;
   the VOC devkit adds 1 to widths and heights: for that, add 1 to right and bottom.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_OPTION.
   Source: H. Rezatofighi et al., Generalized Intersection over Union,
   arXiv:1902.09630; Z. Zheng et al., Distance-IoU Loss, arXiv:1911.08287. */
METRICS_DEF int metrics_box_iou_REAL(const REAL *a, size_t na, const REAL *b, size_t nb, int format, int kind,
                                     const uint8_t *crowd, REAL *out);

/* Bytes of scratch metrics_nms needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_nms_scratch_REAL(size_t n);

/* Greedy non-maximum suppression: boxes are taken in the order of falling scores
   (equal scores: in the order given; NaN last), each is kept unless its IoU with
   a kept box (of its class) is > iou_threshold.
     boxes    (n, 4)
     scores   (n)
     classes  (n) or NULL: boxes of different classes leave each other alone
     iou_threshold  0 .. 1, usually 0.5
     keep     (n): receives *count indices of the boxes kept, by falling score
   n < 2^32. As torchvision's nms and batched_nms (which shifts the boxes of each
   class apart, and so rounds). Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE,
   METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_nms_REAL(const REAL *boxes, const REAL *scores, const int32_t *classes, size_t n, int format,
                                 double iou_threshold, void *scratch, size_t scratch_size, size_t *keep, size_t *count);

/* How metrics_soft_nms lowers a score, u being the IoU with the box just taken. */
enum {
    METRICS_SOFT_NMS_LINEAR = 0,   /* times 1 - u where u > parameter (usually 0.3) */
    METRICS_SOFT_NMS_GAUSSIAN = 1  /* times exp(-u^2 / parameter) (usually 0.5) */
};

/* Bytes of scratch metrics_soft_nms needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_soft_nms_scratch_REAL(size_t n);

/* Soft non-maximum suppression: the box of the highest score is taken (of equal
   ones the first), the scores of all others are lowered, and so on
   while the highest is > score_threshold (usually 0.001). In time n^2.
     keep        (n): receives *count indices in the order they were taken
     new_scores  (n): their scores when they were taken
   Boxes with NaN scores are never taken. parameter: 0 .. 1 for linear, > 0 for
   Gaussian. Errors: those of metrics_nms. Source: N. Bodla, B. Singh, R. Chellappa,
   L. S. Davis, Soft-NMS, arXiv:1704.04503. */
METRICS_DEF int metrics_soft_nms_REAL(const REAL *boxes, const REAL *scores, size_t n, int format, int method,
                                      double parameter, double score_threshold, void *scratch, size_t scratch_size,
                                      size_t *keep, REAL *new_scores, size_t *count);

//@once

#define LFN_BOX_BLOCK 64

LFN_UNUSED static int lfn_box_format_known(int format)
{
    return format >= METRICS_BOX_XYXY && format <= METRICS_BOX_CXCYWH;
}

//@shared

/* Boxes as columns; area 0 where a side is negative. */
typedef struct {
    REAL left[LFN_BOX_BLOCK], top[LFN_BOX_BLOCK], right[LFN_BOX_BLOCK], bottom[LFN_BOX_BLOCK];
    REAL area[LFN_BOX_BLOCK];
    REAL shape[LFN_BOX_BLOCK];    /* atan(width / height) */
    size_t count;
} lfn_box_block_REAL;

/* One box: its corners, area and shape. */
typedef struct {
    REAL left, top, right, bottom, area, shape;
} lfn_box_REAL;

LFN_SMALL lfn_box_REAL lfn_box_read_REAL(const REAL *p, int format)
{
    lfn_box_REAL box;
    REAL w, h;
    box.left = format == METRICS_BOX_CXCYWH ? p[0] - p[2] / 2 : p[0];
    box.top = format == METRICS_BOX_CXCYWH ? p[1] - p[3] / 2 : p[1];
    box.right = format == METRICS_BOX_XYXY ? p[2] : box.left + p[2];
    box.bottom = format == METRICS_BOX_XYXY ? p[3] : box.top + p[3];
    w = box.right - box.left;
    h = box.bottom - box.top;
    box.area = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    box.shape = 0;
    return box;
}

/* atan(width / height), also of a height 0. */
LFN_SMALL REAL lfn_box_shape_REAL(const lfn_box_REAL *box)
{
    const REAL w = box->right - box->left, h = box->bottom - box->top;
    return (REAL)atan2((double)(w < 0 ? 0 : w), (double)(h < 0 ? 0 : h));
}

/* Boxes kept so far, as columns. */
typedef struct {
    REAL *left, *top, *right, *bottom, *area;
    size_t count;
} lfn_box_columns_REAL;

//@kernel

/* IoU of boxes a with boxes b, and the areas of intersection and union. */
LFN_INLINE lfn_vec lfn_box_overlap(const lfn_vec *a, const lfn_vec *b, lfn_vec *both, lfn_vec *any)
{
    const lfn_vec w = lfn_max(lfn_zero(), lfn_min(a[2], b[2]) - lfn_max(a[0], b[0]));
    const lfn_vec h = lfn_max(lfn_zero(), lfn_min(a[3], b[3]) - lfn_max(a[1], b[1]));
    *both = w * h;
    *any = a[4] + b[4] - *both;
    return lfn_select(*any == lfn_zero(), *any, *both / *any);
}

/* One box against m of a block, from k on. kind is a constant of the caller. */
LFN_INLINE lfn_vec lfn_box_measure(const lfn_vec *a, const lfn_vec *b, int kind)
{
    const lfn_vec zero = lfn_zero();
    lfn_vec both, any, w, h, x, y, apart, v;
    const lfn_vec iou = lfn_box_overlap(a, b, &both, &any);
    if (kind == METRICS_IOU) return iou;
    w = lfn_max(zero, lfn_max(a[2], b[2]) - lfn_min(a[0], b[0]));
    h = lfn_max(zero, lfn_max(a[3], b[3]) - lfn_min(a[1], b[1]));
    if (kind == METRICS_GIOU) {
        const lfn_vec around = w * h;
        return iou - lfn_select(around == zero, around, (around - any) / around);
    }
    x = LFN_K(0.5) * ((a[0] + a[2]) - (b[0] + b[2]));
    y = LFN_K(0.5) * ((a[1] + a[3]) - (b[1] + b[3]));
    apart = x * x + y * y;
    v = w * w + h * h;
    apart = lfn_select(v == zero, v, apart / v);
    if (kind == METRICS_DIOU) return iou - apart;
    v = LFN_K(0.40528473456935108578) * (a[5] - b[5]) * (a[5] - b[5]);
    any = LFN_K(1) - iou + v;
    return iou - apart - lfn_select(any == zero, any, v * v / any);
}

LFN_INLINE void lfn_box_row_of(const lfn_box_REAL *box, const lfn_box_block_REAL *block, int kind, REAL *out)
{
    lfn_vec a[6], b[6];
    size_t k;
    a[0] = lfn_set1(box->left);
    a[1] = lfn_set1(box->top);
    a[2] = lfn_set1(box->right);
    a[3] = lfn_set1(box->bottom);
    a[4] = lfn_set1(box->area);
    a[5] = lfn_set1(box->shape);
    /* the block's columns are whole vectors long */
    for (k = 0; k < block->count; k += LFN_LANES) {
        const size_t m = block->count - k;
        lfn_vec value;
        b[0] = lfn_load(block->left + k);
        b[1] = lfn_load(block->top + k);
        b[2] = lfn_load(block->right + k);
        b[3] = lfn_load(block->bottom + k);
        b[4] = lfn_load(block->area + k);
        b[5] = lfn_load(block->shape + k);
        value = lfn_box_measure(a, b, kind);
        if (m >= LFN_LANES) lfn_store(out + k, value);
        else lfn_store_part(out + k, value, m);
    }
}

/* One box against a block: out_j for its boxes. */
LFN_FN void lfn_box_row(const lfn_box_REAL *box, const lfn_box_block_REAL *block, int kind, REAL *out)
{
    if (kind == METRICS_IOU) lfn_box_row_of(box, block, METRICS_IOU, out);
    else if (kind == METRICS_GIOU) lfn_box_row_of(box, block, METRICS_GIOU, out);
    else if (kind == METRICS_DIOU) lfn_box_row_of(box, block, METRICS_DIOU, out);
    else lfn_box_row_of(box, block, METRICS_CIOU, out);
}

/* Whether the box overlaps one of the columns' by more than the threshold. */
LFN_FN int lfn_box_suppressed(const lfn_box_REAL *box, const lfn_box_columns_REAL *kept, REAL threshold)
{
    lfn_vec a[5], b[5], both, any;
    const lfn_vec limit = lfn_set1(threshold);
    size_t k, m;
    a[0] = lfn_set1(box->left);
    a[1] = lfn_set1(box->top);
    a[2] = lfn_set1(box->right);
    a[3] = lfn_set1(box->bottom);
    a[4] = lfn_set1(box->area);
    for (k = 0; k < kept->count; k += LFN_LANES) {
        m = kept->count - k;
        if (m >= LFN_LANES) {
            b[0] = lfn_load(kept->left + k);
            b[1] = lfn_load(kept->top + k);
            b[2] = lfn_load(kept->right + k);
            b[3] = lfn_load(kept->bottom + k);
            b[4] = lfn_load(kept->area + k);
        } else {
            b[0] = lfn_load_part(kept->left + k, m);
            b[1] = lfn_load_part(kept->top + k, m);
            b[2] = lfn_load_part(kept->right + k, m);
            b[3] = lfn_load_part(kept->bottom + k, m);
            b[4] = lfn_load_part(kept->area + k, m);
        }
        if (lfn_any((lfn_box_overlap(a, b, &both, &any) > limit) & lfn_first(m < LFN_LANES ? m : LFN_LANES))) return 1;
    }
    return 0;
}

//@impl

LFN_FN void lfn_box_fill(lfn_box_block_REAL *block, const REAL *b, size_t n, int format, int kind)
{
    size_t k;
    memset(block, 0, sizeof *block);
    block->count = n;
    for (k = 0; k < n; k++) {
        const lfn_box_REAL box = lfn_box_read_REAL(b + 4 * k, format);
        block->left[k] = box.left;
        block->top[k] = box.top;
        block->right[k] = box.right;
        block->bottom[k] = box.bottom;
        block->area[k] = box.area;
        if (kind == METRICS_CIOU) block->shape[k] = lfn_box_shape_REAL(&box);
    }
}

/* Intersection over the area of a, for the boxes of the block that are crowds. */
LFN_FN void lfn_box_crowds(const lfn_box_REAL *a, const lfn_box_block_REAL *b, const uint8_t *crowd, REAL *out)
{
    size_t k;
    for (k = 0; k < b->count; k++) {
        REAL w, h;
        if (!crowd[k]) continue;
        w = (a->right < b->right[k] ? a->right : b->right[k]) - (a->left > b->left[k] ? a->left : b->left[k]);
        h = (a->bottom < b->bottom[k] ? a->bottom : b->bottom[k]) - (a->top > b->top[k] ? a->top : b->top[k]);
        w = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
        out[k] = a->area == 0 ? w : w / a->area;
    }
}

METRICS_DEF int metrics_box_iou_REAL(const REAL *a, size_t na, const REAL *b, size_t nb, int format, int kind,
                                     const uint8_t *crowd, REAL *out)
{
    lfn_box_block_REAL block;
    size_t i, j, m;
    if ((na && !a) || (nb && !b)) return METRICS_ERROR_NULL;
    if (lfn_too_big(na, 4 * sizeof(REAL)) || lfn_too_big(nb, 4 * sizeof(REAL)) || lfn_too_big(lfn_mul(na, nb), sizeof(REAL)))
        return METRICS_ERROR_SIZE;
    if (!lfn_box_format_known(format) || kind < METRICS_IOU || kind > METRICS_CIOU) return METRICS_ERROR_OPTION;
    if (crowd && kind != METRICS_IOU) return METRICS_ERROR_OPTION;
    if (!out) return METRICS_OK;
    for (j = 0; j < nb; j += m) {
        m = nb - j < LFN_BOX_BLOCK ? nb - j : LFN_BOX_BLOCK;
        lfn_box_fill(&block, b + 4 * j, m, format, kind);
        for (i = 0; i < na; i++) {
            lfn_box_REAL box = lfn_box_read_REAL(a + 4 * i, format);
            if (kind == METRICS_CIOU) box.shape = lfn_box_shape_REAL(&box);
            LFN_CALL(lfn_box_row, (&box, &block, kind, out + i * nb + j));
            if (crowd) lfn_box_crowds(&box, &block, crowd + j, out + i * nb + j);
        }
    }
    return METRICS_OK;
}

/* ---- non-maximum suppression ---- */

METRICS_DEF size_t metrics_nms_scratch_REAL(size_t n)
{
    size_t room = lfn_add(lfn_mul(5, lfn_piece(n, sizeof(REAL))), lfn_piece(n, sizeof(uint32_t)));
    room = lfn_add(room, lfn_add(lfn_piece(n, sizeof(uint64_t)), lfn_piece(n, 1)));
    return lfn_add(room, lfn_argsort_room(n));
}

LFN_FN void lfn_box_keep(lfn_box_columns_REAL *kept, const lfn_box_REAL *box)
{
    const size_t k = kept->count++;
    kept->left[k] = box->left;
    kept->top[k] = box->top;
    kept->right[k] = box->right;
    kept->bottom[k] = box->bottom;
    kept->area[k] = box->area;
}

LFN_FN void lfn_box_cut(lfn_box_columns_REAL *kept, size_t n, void **scratch)
{
    kept->left = (REAL *)lfn_cut(scratch, n, sizeof(REAL));
    kept->top = (REAL *)lfn_cut(scratch, n, sizeof(REAL));
    kept->right = (REAL *)lfn_cut(scratch, n, sizeof(REAL));
    kept->bottom = (REAL *)lfn_cut(scratch, n, sizeof(REAL));
    kept->area = (REAL *)lfn_cut(scratch, n, sizeof(REAL));
    kept->count = 0;
}

METRICS_DEF int metrics_nms_REAL(const REAL *boxes, const REAL *scores, const int32_t *classes, size_t n, int format,
                                 double iou_threshold, void *scratch, size_t scratch_size, size_t *keep, size_t *count)
{
    lfn_box_columns_REAL kept;
    uint32_t *order;
    uint64_t *key;      /* class above place in the order */
    uint8_t *survives;
    size_t k, total = 0;
    if (n && (!boxes || !scores)) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, 4 * sizeof(REAL)) || n > UINT32_MAX) return METRICS_ERROR_SIZE;
    if (!lfn_is_within(iou_threshold, 0, 1)) return METRICS_ERROR_PARAMETER;
    if (!lfn_box_format_known(format)) return METRICS_ERROR_OPTION;
    if (!lfn_scratch_holds(scratch, scratch_size, LFN_T_(metrics_nms_scratch)(n))) return METRICS_ERROR_SCRATCH;
    lfn_box_cut(&kept, n, &scratch);
    order = (uint32_t *)lfn_cut(&scratch, n, sizeof *order);
    key = (uint64_t *)lfn_cut(&scratch, n, sizeof *key);
    survives = (uint8_t *)lfn_cut(&scratch, n, 1);
    lfn_argsort(scores, n, 1, order, scratch);
    for (k = 0; k < n; k++) key[k] = (uint64_t)(classes ? (uint32_t)classes[order[k]] : 0) << 32 | k;
    if (classes) lfn_sort_u64(key, n, scratch);
    for (k = 0; k < n; k++) {
        const size_t place = (size_t)(key[k] & UINT32_MAX);
        const lfn_box_REAL box = lfn_box_read_REAL(boxes + 4 * (size_t)order[place], format);
        if (k && key[k] >> 32 != key[k - 1] >> 32) kept.count = 0;
        survives[place] = !LFN_CALL(lfn_box_suppressed, (&box, &kept, (REAL)iou_threshold));
        if (survives[place]) lfn_box_keep(&kept, &box);
    }
    for (k = 0; k < n; k++) {
        if (!survives[k]) continue;
        if (keep) keep[total] = order[k];
        total++;
    }
    if (count) *count = total;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_soft_nms_scratch_REAL(size_t n)
{
    return lfn_add(lfn_piece(n, sizeof(REAL)), lfn_piece(n, sizeof(size_t)));
}

/* What a score is multiplied with. */
LFN_FN double lfn_soft_nms_factor(double iou, int method, double parameter)
{
    if (method == METRICS_SOFT_NMS_GAUSSIAN) return exp(-iou * iou / parameter);
    return iou > parameter ? 1 - iou : 1;
}

/* IoU of two boxes. */
LFN_FN double lfn_box_iou_of(const REAL *a, const REAL *b, int format)
{
    const lfn_box_REAL p = lfn_box_read_REAL(a, format), q = lfn_box_read_REAL(b, format);
    REAL w = (p.right < q.right ? p.right : q.right) - (p.left > q.left ? p.left : q.left);
    REAL h = (p.bottom < q.bottom ? p.bottom : q.bottom) - (p.top > q.top ? p.top : q.top);
    REAL both = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    REAL any = p.area + q.area - both;
    return any == 0 ? 0 : (double)(both / any);
}

METRICS_DEF int metrics_soft_nms_REAL(const REAL *boxes, const REAL *scores, size_t n, int format, int method,
                                      double parameter, double score_threshold, void *scratch, size_t scratch_size,
                                      size_t *keep, REAL *new_scores, size_t *count)
{
    size_t left = n, *index, k, best, total = 0;
    REAL *score;
    if (n && (!boxes || !scores)) return METRICS_ERROR_NULL;
    if (lfn_too_big(n, 4 * sizeof(REAL)) || n > UINT32_MAX) return METRICS_ERROR_SIZE;
    if (!lfn_is_finite(parameter) || !lfn_is_finite(score_threshold)) return METRICS_ERROR_PARAMETER;
    if (method < METRICS_SOFT_NMS_LINEAR || method > METRICS_SOFT_NMS_GAUSSIAN) return METRICS_ERROR_OPTION;
    if (method == METRICS_SOFT_NMS_LINEAR ? !lfn_is_within(parameter, 0, 1) : !lfn_is_positive(parameter)) return METRICS_ERROR_PARAMETER;
    if (!lfn_box_format_known(format)) return METRICS_ERROR_OPTION;
    if (!lfn_scratch_holds(scratch, scratch_size, LFN_T_(metrics_soft_nms_scratch)(n))) return METRICS_ERROR_SCRATCH;
    score = (REAL *)lfn_cut(&scratch, n, sizeof *score);
    index = (size_t *)lfn_cut(&scratch, n, sizeof *index);
    for (k = 0; k < n; k++) {
        score[k] = scores[k];
        index[k] = k;
    }
    while (left > 0) {
        size_t taken;
        for (best = SIZE_MAX, k = 0; k < left; k++)
            if ((double)score[k] > score_threshold && (best == SIZE_MAX || score[k] > score[best])) best = k;
        if (best == SIZE_MAX) break;
        taken = index[best];
        if (keep) keep[total] = taken;
        if (new_scores) new_scores[total] = score[best];
        total++;
        /* the others close up, in their order */
        for (left--, k = 0; k < left; k++) {
            const size_t from = k + (k >= best);
            const double iou = lfn_box_iou_of(boxes + 4 * taken, boxes + 4 * index[from], format);
            index[k] = index[from];
            score[k] = (REAL)((double)score[from] * lfn_soft_nms_factor(iou, method, parameter));
        }
    }
    if (count) *count = total;
    return METRICS_OK;
}
