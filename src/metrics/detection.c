//@family Detection: box IoU, non-maximum suppression, COCO average precision

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

/* The twelve numbers of COCO, in the order pycocotools prints them. */
enum {
    METRICS_COCO_AP = 0,         /* mean over IoU 0.50, 0.55, .. 0.95, 101 recalls and classes */
    METRICS_COCO_AP50 = 1,       /* IoU 0.50 alone */
    METRICS_COCO_AP75 = 2,
    METRICS_COCO_AP_SMALL = 3,   /* area 0 .. 32^2 */
    METRICS_COCO_AP_MEDIUM = 4,  /* 32^2 .. 96^2 */
    METRICS_COCO_AP_LARGE = 5,   /* 96^2 .. 1e10 */
    METRICS_COCO_AR_1 = 6,       /* mean recall with the best detection of each image and class */
    METRICS_COCO_AR_10 = 7,      /* with the best 10 */
    METRICS_COCO_AR_100 = 8,     /* with the best 100 */
    METRICS_COCO_AR_SMALL = 9,
    METRICS_COCO_AR_MEDIUM = 10,
    METRICS_COCO_AR_LARGE = 11,
    METRICS_COCO_COUNT = 12
};

/* The true boxes and the detections of a data set, flat and in any order: workers
   append theirs one after the other. image and label (0 .. classes - 1) say where a
   box belongs. gt_crowd (NULL: none) marks regions of many objects; gt_area (NULL:
   the boxes' own) decides small, medium and large: COCO gives the area of the
   segment there. At most 2^32 - 1 boxes of either. */
typedef struct metrics_coco_boxes_REAL {
    size_t gt_count, det_count;
    const REAL *gt_box;          /* (gt_count, 4) */
    const int32_t *gt_image;
    const int32_t *gt_label;
    const uint8_t *gt_crowd;
    const REAL *gt_area;
    const REAL *det_box;         /* (det_count, 4) */
    const REAL *det_score;
    const int32_t *det_image;
    const int32_t *det_label;
    int format;                  /* METRICS_BOX_* */
} metrics_coco_boxes_REAL;

/* Bytes of scratch metrics_coco needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_coco_scratch_REAL(size_t gt_count, size_t det_count);

/* COCO average precision and recall of boxes, by the rules of pycocotools' COCOeval:
   - The detections of an image and class are taken by falling score (equal scores:
     in the order given), 100 at most; each takes the free true box of highest IoU
     that is at least the threshold (of equal ones the last), a box to be ignored
     only when there is no other. A crowd box may be taken many times, with
     IoU = intersection / area of the detection.
   - Ignored are crowd boxes and those whose area is out of range; a detection that
     took an ignored box, or took none and whose own area is out of range, counts
     neither way.
   - A class's detections are ordered by score, ties by image (ascending) and then by
     the image's order. precision = tp / (tp + fp) is made non-increasing from the
     right and read at the first detection where recall = tp / (true boxes not
     ignored) reaches 0, 0.01, .. 1; 0 where it never does.
   summary and each row of per_class (classes, 12) receive METRICS_COCO_COUNT numbers
   in 0 .. 1, or -1 where a class (or all) has no true box that counts; such classes
   are left out of the summary's means. Time n log n but for the pairs of boxes of
   one image and class.
   Unlike pycocotools (which drops matches to a true box whose id is 0) every true
   box counts, and a NaN box matches nothing.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (also no classes),
   METRICS_ERROR_OPTION, METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH.
   Source: T.-Y. Lin et al., Microsoft COCO, arXiv:1405.0312. */
METRICS_DEF int metrics_coco_REAL(const metrics_coco_boxes_REAL *boxes, size_t classes, void *scratch, size_t scratch_size,
                                  double *summary, double *per_class);

//@once

#define LFN_BOX_BLOCK 64

LFN_UNUSED static int lfn_box_format_known(int format)
{
    return format >= METRICS_BOX_XYXY && format <= METRICS_BOX_CXCYWH;
}

/* Where class and image put a box in a sort: classes, then images, ascending. */
LFN_UNUSED static uint64_t lfn_coco_key(int32_t label, int32_t image)
{
    return (uint64_t)(uint32_t)label << 32 | ((uint32_t)image ^ UINT32_C(0x80000000));
}

#define LFN_COCO_AREAS 4
#define LFN_COCO_THRESHOLDS 10
#define LFN_COCO_BITS (LFN_COCO_AREAS * LFN_COCO_THRESHOLDS)
#define LFN_COCO_MOST 100
#define LFN_COCO_RECALLS 101

/* numpy.linspace(0.5, 0.95, 10) */
static const double lfn_coco_threshold[LFN_COCO_THRESHOLDS] = {
    0.5, 0.55, 0.6, 0.64999999999999991, 0.7, 0.75, 0.79999999999999993, 0.84999999999999987, 0.89999999999999991, 0.94999999999999996
};

/* Between recalls; a constant in an expression could have more digits. */
static const double lfn_coco_step = 0.01;

/* The ranges of areas, both ends included: all, small, medium, large. */
static const double lfn_coco_range[LFN_COCO_AREAS][2] = { {0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10} };

/* Bit area of the result is set when the area is out of that range. */
LFN_UNUSED static unsigned lfn_coco_outside(double area)
{
    unsigned bits = 0;
    int k;
    for (k = 0; k < LFN_COCO_AREAS; k++)
        if (area < lfn_coco_range[k][0] || area > lfn_coco_range[k][1]) bits |= 1u << k;
    return bits;
}

/* (left, top, width, height) and area, in double. */
typedef struct {
    double x, y, w, h, area;
} lfn_coco_box;

/* Rounded to double also where the processor computes in more, and divided also
   where the compiler would rather multiply: thresholds are often met exactly. */
LFN_UNUSED static double lfn_coco_rounded(double x)
{
    const volatile double rounded = x;
    return rounded;
}

LFN_UNUSED static double lfn_coco_ratio(double a, double b)
{
    const volatile double divisor = b;
    return lfn_coco_rounded(a / divisor);
}

/* As pycocotools: of a crowd the intersection over the detection's area. Boxes that
   do not touch, and NaNs, have 0. */
LFN_UNUSED static double lfn_coco_iou(const lfn_coco_box *det, const lfn_coco_box *gt, int crowd)
{
    const double right = det->x + det->w < gt->x + gt->w ? det->x + det->w : gt->x + gt->w;
    const double bottom = det->y + det->h < gt->y + gt->h ? det->y + det->h : gt->y + gt->h;
    const double w = right - (det->x > gt->x ? det->x : gt->x);
    const double h = bottom - (det->y > gt->y ? det->y : gt->y);
    double both, of;
    if (!(w > 0) || !(h > 0)) return 0;
    both = w * h;
    of = crowd ? det->area : det->area + gt->area - both;
    return lfn_coco_ratio(both, of);
}

/* A pair worth looking at: IoU at least the lowest threshold. */
typedef struct {
    double iou;
    uint32_t gt;     /* within the group */
} lfn_coco_pair;

/* The state of a group (one image and class): per true box the areas that ignore it
   and, bit area * 10 + threshold, whether it is taken. */
typedef struct {
    const lfn_coco_box *box;
    const uint8_t *crowd, *ignored;
    uint64_t *taken;
    size_t count;
} lfn_coco_group;

/* The pairs of one detection, in the order of the true boxes. */
LFN_UNUSED static size_t lfn_coco_pairs(const lfn_coco_box *det, const lfn_coco_group *group, lfn_coco_pair *pairs)
{
    size_t k, count = 0;
    for (k = 0; k < group->count; k++) {
        const double iou = lfn_coco_iou(det, &group->box[k], group->crowd[k]);
        if (!(iou >= lfn_coco_threshold[0])) continue;
        pairs[count].iou = iou;
        pairs[count].gt = (uint32_t)k;
        count++;
    }
    return count;
}

/* The pair a detection takes, of those whose true box is ignored or those where it
   is not: the highest IoU at least the threshold, of equal ones the last. SIZE_MAX: none. */
LFN_UNUSED static size_t lfn_coco_best(const lfn_coco_group *group, const lfn_coco_pair *pairs, size_t count,
                                       double threshold, int area, int bit, int ignored)
{
    double best = threshold;
    size_t found = SIZE_MAX, k;
    for (k = 0; k < count; k++) {
        const uint32_t gt = pairs[k].gt;
        if ((group->ignored[gt] >> area & 1) != ignored) continue;
        if ((group->taken[gt] >> bit & 1) && !group->crowd[gt]) continue;
        if (pairs[k].iou < best) continue;
        best = pairs[k].iou;
        found = gt;
    }
    return found;
}

/* Matches one detection at all areas and thresholds: the bits where it is a true
   positive, and where it counts neither way. */
LFN_UNUSED static void lfn_coco_match(const lfn_coco_box *det, const lfn_coco_group *group, lfn_coco_pair *pairs,
                                      uint64_t *positive, uint64_t *neither)
{
    const size_t count = lfn_coco_pairs(det, group, pairs);
    const unsigned outside = lfn_coco_outside(det->area);
    int area, t, bit = 0;
    *positive = *neither = 0;
    for (area = 0; area < LFN_COCO_AREAS; area++)
        for (t = 0; t < LFN_COCO_THRESHOLDS; t++, bit++) {
            int ignored = 0;
            size_t gt = SIZE_MAX;
            if (count) {
                gt = lfn_coco_best(group, pairs, count, lfn_coco_threshold[t], area, bit, 0);
                if (gt == SIZE_MAX) {
                    gt = lfn_coco_best(group, pairs, count, lfn_coco_threshold[t], area, bit, 1);
                    ignored = 1;
                }
            }
            if (gt != SIZE_MAX) group->taken[gt] |= UINT64_C(1) << bit;
            if (gt == SIZE_MAX) *neither |= (uint64_t)(outside >> area & 1) << bit;
            else if (ignored) *neither |= UINT64_C(1) << bit;
            else *positive |= UINT64_C(1) << bit;
        }
}

/* What a class's detections came to. */
typedef struct {
    const uint64_t *positive, *neither;
    const uint8_t *rank;          /* within its image, 0 the best */
    const uint32_t *order;        /* by falling scores */
    size_t count;
    uint32_t *before;             /* room for count + 1 */
    double *precision;            /* room for count */
} lfn_coco_class;

/* The mean of the precision read at the 101 recalls, and the recall of all
   detections, at one bit. */
LFN_UNUSED static void lfn_coco_curve(const lfn_coco_class *c, int bit, size_t positives, double *mean, double *recall)
{
    double *precision = c->precision, sum = 0;
    uint32_t tp = 0, fp = 0;
    size_t k, at = 0;
    int r;
    /* before[j]: the false positives before the true positive j */
    for (k = 0; k < c->count; k++) {
        const uint32_t det = c->order[k];
        const uint32_t positive = (uint32_t)(c->positive[det] >> bit & 1), neither = (uint32_t)(c->neither[det] >> bit & 1);
        c->before[tp] = fp;
        tp += positive;
        fp += (positive | neither) ^ 1;
    }
    /* Precision only falls between two true positives: its envelope lies on them. */
    for (k = tp; k-- > 0;) {
        precision[k] = (double)(k + 1) / ((double)(k + 1) + (double)c->before[k] + DBL_EPSILON);
        if (k + 1 < tp && precision[k + 1] > precision[k]) precision[k] = precision[k + 1];
    }
    for (r = 0; r < LFN_COCO_RECALLS; r++) {
        const double wanted = r == LFN_COCO_RECALLS - 1 ? 1.0 : lfn_coco_rounded((double)r * lfn_coco_step);
        while (at < tp && lfn_coco_ratio((double)(at + 1), (double)positives) < wanted) at++;
        if (at == tp) break;
        sum += precision[at];
    }
    *mean = sum / LFN_COCO_RECALLS;
    *recall = (double)tp / (double)positives;
}

/* Recall at one bit of area 0 by the best `most` detections of each image. */
LFN_UNUSED static double lfn_coco_recall(const lfn_coco_class *c, int bit, unsigned most, size_t positives)
{
    size_t k, tp = 0;
    for (k = 0; k < c->count; k++) tp += (size_t)(c->positive[k] >> bit & 1) & (c->rank[k] < most);
    return (double)tp / (double)positives;
}

/* The mean over the thresholds of recall by the best `most`, in area 0. */
LFN_UNUSED static double lfn_coco_mean_recall(const lfn_coco_class *c, unsigned most, size_t positives)
{
    double sum = 0;
    int t;
    for (t = 0; t < LFN_COCO_THRESHOLDS; t++) sum += lfn_coco_recall(c, t, most, positives);
    return sum / LFN_COCO_THRESHOLDS;
}

/* The twelve numbers of a class; positives: true boxes not ignored, per area. */
LFN_UNUSED static void lfn_coco_numbers(const lfn_coco_class *c, const size_t *positives, double *number)
{
    static const int precision_at[LFN_COCO_AREAS] = { METRICS_COCO_AP, METRICS_COCO_AP_SMALL, METRICS_COCO_AP_MEDIUM, METRICS_COCO_AP_LARGE };
    static const int recall_at[LFN_COCO_AREAS] = { METRICS_COCO_AR_100, METRICS_COCO_AR_SMALL, METRICS_COCO_AR_MEDIUM, METRICS_COCO_AR_LARGE };
    int area, t, k;
    for (k = 0; k < METRICS_COCO_COUNT; k++) number[k] = -1;
    for (area = 0; area < LFN_COCO_AREAS; area++) {
        double precision[LFN_COCO_THRESHOLDS], recall, precisions = 0, recalls = 0;
        if (!positives[area]) continue;
        for (t = 0; t < LFN_COCO_THRESHOLDS; t++) {
            lfn_coco_curve(c, area * LFN_COCO_THRESHOLDS + t, positives[area], &precision[t], &recall);
            precisions += precision[t];
            recalls += recall;
        }
        number[precision_at[area]] = precisions / LFN_COCO_THRESHOLDS;
        number[recall_at[area]] = recalls / LFN_COCO_THRESHOLDS;
        if (area) continue;
        number[METRICS_COCO_AP50] = precision[0];
        number[METRICS_COCO_AP75] = precision[5];
        number[METRICS_COCO_AR_1] = lfn_coco_mean_recall(c, 1, positives[0]);
        number[METRICS_COCO_AR_10] = lfn_coco_mean_recall(c, 10, positives[0]);
    }
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

LFN_UNUSED static lfn_box_REAL lfn_box_read_REAL(const REAL *p, int format)
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
LFN_UNUSED static REAL lfn_box_shape_REAL(const lfn_box_REAL *box)
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

/* ---- COCO ---- */

/* Where metrics_coco works. */
typedef struct {
    uint64_t *key;                   /* as many as the longer list has */
    uint64_t *gt_key, *det_key;      /* in the sorted order */
    uint32_t *gt_order, *det_order, *rank_order, *class_order;
    lfn_coco_box *gt_box;            /* in gt_order */
    uint8_t *gt_crowd, *gt_ignored;
    uint64_t *gt_taken;
    lfn_coco_pair *pairs;
    uint64_t *positive, *neither;    /* of one class's detections */
    uint8_t *rank;
    REAL *score;
    uint32_t *before;
    double *precision;
    void *sort;
} lfn_coco_room;

METRICS_DEF size_t metrics_coco_scratch_REAL(size_t gt_count, size_t det_count)
{
    const size_t most = gt_count > det_count ? gt_count : det_count;
    size_t room = lfn_piece(most, sizeof(uint64_t));
    room = lfn_add(room, lfn_mul(2, lfn_piece(gt_count, sizeof(uint64_t))));
    room = lfn_add(room, lfn_piece(gt_count, sizeof(uint32_t)));
    room = lfn_add(room, lfn_piece(gt_count, sizeof(lfn_coco_box)));
    room = lfn_add(room, lfn_mul(2, lfn_piece(gt_count, 1)));
    room = lfn_add(room, lfn_piece(gt_count, sizeof(lfn_coco_pair)));
    room = lfn_add(room, lfn_mul(3, lfn_piece(det_count, sizeof(uint64_t))));
    room = lfn_add(room, lfn_mul(3, lfn_piece(det_count, sizeof(uint32_t))));
    room = lfn_add(room, lfn_piece(lfn_add(det_count, 1), sizeof(uint32_t)));
    room = lfn_add(room, lfn_piece(det_count, 1));
    room = lfn_add(room, lfn_piece(det_count, sizeof(REAL)));
    room = lfn_add(room, lfn_piece(det_count, sizeof(double)));
    return lfn_add(room, lfn_argsort_room(most));
}

LFN_FN void lfn_coco_cut(lfn_coco_room *r, size_t gt_count, size_t det_count, void *scratch)
{
    r->key = (uint64_t *)lfn_cut(&scratch, gt_count > det_count ? gt_count : det_count, sizeof(uint64_t));
    r->gt_key = (uint64_t *)lfn_cut(&scratch, gt_count, sizeof(uint64_t));
    r->gt_taken = (uint64_t *)lfn_cut(&scratch, gt_count, sizeof(uint64_t));
    r->gt_order = (uint32_t *)lfn_cut(&scratch, gt_count, sizeof(uint32_t));
    r->gt_box = (lfn_coco_box *)lfn_cut(&scratch, gt_count, sizeof(lfn_coco_box));
    r->gt_crowd = (uint8_t *)lfn_cut(&scratch, gt_count, 1);
    r->gt_ignored = (uint8_t *)lfn_cut(&scratch, gt_count, 1);
    r->pairs = (lfn_coco_pair *)lfn_cut(&scratch, gt_count, sizeof(lfn_coco_pair));
    r->det_key = (uint64_t *)lfn_cut(&scratch, det_count, sizeof(uint64_t));
    r->positive = (uint64_t *)lfn_cut(&scratch, det_count, sizeof(uint64_t));
    r->neither = (uint64_t *)lfn_cut(&scratch, det_count, sizeof(uint64_t));
    r->det_order = (uint32_t *)lfn_cut(&scratch, det_count, sizeof(uint32_t));
    r->rank_order = (uint32_t *)lfn_cut(&scratch, det_count, sizeof(uint32_t));
    r->class_order = (uint32_t *)lfn_cut(&scratch, det_count, sizeof(uint32_t));
    r->rank = (uint8_t *)lfn_cut(&scratch, det_count, 1);
    r->score = (REAL *)lfn_cut(&scratch, det_count, sizeof(REAL));
    r->before = (uint32_t *)lfn_cut(&scratch, det_count + 1, sizeof(uint32_t));
    r->precision = (double *)lfn_cut(&scratch, det_count, sizeof(double));
    r->sort = scratch;
}

LFN_FN lfn_coco_box lfn_coco_read(const REAL *p, int format)
{
    lfn_coco_box box;
    box.w = format == METRICS_BOX_XYXY ? (double)p[2] - (double)p[0] : (double)p[2];
    box.h = format == METRICS_BOX_XYXY ? (double)p[3] - (double)p[1] : (double)p[3];
    box.x = format == METRICS_BOX_CXCYWH ? (double)p[0] - box.w / 2 : (double)p[0];
    box.y = format == METRICS_BOX_CXCYWH ? (double)p[1] - box.h / 2 : (double)p[1];
    box.area = box.w * box.h;
    return box;
}

/* True boxes in the order of class, image and place; detections in that of class,
   image, falling score and place. */
LFN_FN void lfn_coco_sort(const metrics_coco_boxes_REAL *b, const lfn_coco_room *r)
{
    size_t k;
    for (k = 0; k < b->gt_count; k++) r->key[k] = lfn_coco_key(b->gt_label[k], b->gt_image[k]);
    lfn_argsort_u64(r->key, b->gt_count, r->gt_order, r->sort);
    for (k = 0; k < b->gt_count; k++) {
        const size_t gt = r->gt_order[k];
        const int crowd = b->gt_crowd && b->gt_crowd[gt];
        r->gt_key[k] = r->key[gt];
        r->gt_box[k] = lfn_coco_read(b->gt_box + 4 * gt, b->format);
        r->gt_crowd[k] = (uint8_t)crowd;
        r->gt_ignored[k] = (uint8_t)(crowd ? 15u : lfn_coco_outside(b->gt_area ? (double)b->gt_area[gt] : r->gt_box[k].area));
        r->gt_taken[k] = 0;
    }
    lfn_argsort(b->det_score, b->det_count, 1, r->rank_order, r->sort);
    for (k = 0; k < b->det_count; k++) {
        const size_t det = r->rank_order[k];
        r->key[k] = lfn_coco_key(b->det_label[det], b->det_image[det]);
    }
    lfn_argsort_u64(r->key, b->det_count, r->class_order, r->sort);
    for (k = 0; k < b->det_count; k++) {
        r->det_order[k] = r->rank_order[r->class_order[k]];
        r->det_key[k] = r->key[r->class_order[k]];
    }
}

/* The end of the group of this key that begins at k. */
LFN_FN size_t lfn_coco_group_end(const uint64_t *key, size_t k, size_t n, uint64_t group)
{
    while (k < n && key[k] == group) k++;
    return k;
}

/* Matches one class. gt and det are where its boxes begin in the sorted order, and
   move behind them. Returns how many detections take part. */
LFN_FN size_t lfn_coco_match_class(const metrics_coco_boxes_REAL *b, const lfn_coco_room *r, size_t label,
                                   size_t *gt, size_t *det, size_t *positives)
{
    size_t count = 0, k;
    int area;
    memset(positives, 0, LFN_COCO_AREAS * sizeof *positives);
    for (;;) {
        const uint64_t gt_key = *gt < b->gt_count ? r->gt_key[*gt] : UINT64_MAX;
        const uint64_t det_key = *det < b->det_count ? r->det_key[*det] : UINT64_MAX;
        const uint64_t key = gt_key < det_key ? gt_key : det_key;
        size_t gt_end, det_end;
        lfn_coco_group group;
        if (key >> 32 != label) return count;
        gt_end = lfn_coco_group_end(r->gt_key, *gt, b->gt_count, key);
        det_end = lfn_coco_group_end(r->det_key, *det, b->det_count, key);
        group.box = r->gt_box + *gt;
        group.crowd = r->gt_crowd + *gt;
        group.ignored = r->gt_ignored + *gt;
        group.taken = r->gt_taken + *gt;
        group.count = gt_end - *gt;
        for (k = 0; k < group.count; k++)
            for (area = 0; area < LFN_COCO_AREAS; area++) positives[area] += !(group.ignored[k] >> area & 1);
        for (k = 0; k < det_end - *det && k < LFN_COCO_MOST; k++, count++) {
            const size_t place = r->det_order[*det + k];
            const lfn_coco_box box = lfn_coco_read(b->det_box + 4 * place, b->format);
            lfn_coco_match(&box, &group, r->pairs, &r->positive[count], &r->neither[count]);
            r->rank[count] = (uint8_t)k;
            r->score[count] = b->det_score[place];
        }
        *gt = gt_end;
        *det = det_end;
    }
}

LFN_FN int lfn_coco_check(const metrics_coco_boxes_REAL *b, size_t classes)
{
    if (!b) return METRICS_ERROR_NULL;
    if (b->gt_count && (!b->gt_box || !b->gt_image || !b->gt_label)) return METRICS_ERROR_NULL;
    if (b->det_count && (!b->det_box || !b->det_score || !b->det_image || !b->det_label)) return METRICS_ERROR_NULL;
    if (b->gt_count > UINT32_MAX || b->det_count > UINT32_MAX || !classes || lfn_too_big(classes, METRICS_COCO_COUNT * sizeof(double)))
        return METRICS_ERROR_SIZE;
    if (lfn_too_big(b->gt_count, 4 * sizeof(REAL)) || lfn_too_big(b->det_count, 4 * sizeof(REAL))) return METRICS_ERROR_SIZE;
    if (!lfn_box_format_known(b->format)) return METRICS_ERROR_OPTION;
    if (!lfn_labels_valid(b->gt_label, b->gt_count, classes, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    if (!lfn_labels_valid(b->det_label, b->det_count, classes, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    return METRICS_OK;
}

METRICS_DEF int metrics_coco_REAL(const metrics_coco_boxes_REAL *boxes, size_t classes, void *scratch, size_t scratch_size,
                                  double *summary, double *per_class)
{
    double number[METRICS_COCO_COUNT], sum[METRICS_COCO_COUNT] = {0};
    size_t counted[METRICS_COCO_COUNT] = {0}, positives[LFN_COCO_AREAS];
    size_t gt = 0, det = 0, label;
    lfn_coco_room room;
    lfn_coco_class c;
    int k, status = lfn_coco_check(boxes, classes);
    if (status) return status;
    if (!lfn_scratch_holds(scratch, scratch_size, LFN_T_(metrics_coco_scratch)(boxes->gt_count, boxes->det_count)))
        return METRICS_ERROR_SCRATCH;
    lfn_coco_cut(&room, boxes->gt_count, boxes->det_count, scratch);
    lfn_coco_sort(boxes, &room);
    c.positive = room.positive;
    c.neither = room.neither;
    c.rank = room.rank;
    c.order = room.class_order;
    c.before = room.before;
    c.precision = room.precision;
    for (label = 0; label < classes; label++) {
        c.count = lfn_coco_match_class(boxes, &room, label, &gt, &det, positives);
        lfn_argsort(room.score, c.count, 1, room.class_order, room.sort);
        lfn_coco_numbers(&c, positives, number);
        if (per_class) memcpy(per_class + label * METRICS_COCO_COUNT, number, sizeof number);
        for (k = 0; k < METRICS_COCO_COUNT; k++) {
            if (number[k] < 0) continue;
            sum[k] += number[k];
            counted[k]++;
        }
    }
    for (k = 0; summary && k < METRICS_COCO_COUNT; k++) summary[k] = counted[k] ? sum[k] / (double)counted[k] : -1;
    return METRICS_OK;
}
