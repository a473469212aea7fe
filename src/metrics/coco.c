//@family COCO: average precision and recall of detections

//@api

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

//@impl

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
