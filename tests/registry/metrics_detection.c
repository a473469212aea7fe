/* Inputs of the detection metrics: boxes within 100 x 100, sides of 1 to 40. */

static void draw_boxes(call *c, int k, size_t n, int format)
{
    array *a = input(c, k, TYPE_REAL, 4 * n, 1, 40, 0);
    size_t i;
    for (i = 0; i < n; i++) {
        put(c, a, 4 * i, (double)(float)draw(c, 0, 60));
        put(c, a, 4 * i + 1, (double)(float)draw(c, 0, 60));
        if (format == METRICS_BOX_XYXY) {
            put(c, a, 4 * i + 2, get(c, a, 4 * i) + get(c, a, 4 * i + 2));
            put(c, a, 4 * i + 3, get(c, a, 4 * i + 1) + get(c, a, 4 * i + 3));
        }
    }
}

/* Formats x kinds, then crowds. */
static int metrics_box_iou_prepare(call *c)
{
    const size_t na = c->large ? 256 : c->length % 7 + (c->length > 0), nb = c->large ? c->length / 256 : c->length;
    if (c->variant > 12) return 0;
    c->option[0] = c->variant % 3;
    c->option[1] = c->variant == 12 ? METRICS_IOU : c->variant / 3;
    c->size[0] = na;
    c->size[1] = nb;
    draw_boxes(c, 0, na, c->option[0]);
    draw_boxes(c, 1, nb, c->option[0]);
    if (c->variant == 12) input(c, 2, TYPE_U8, nb, 0, 2, ARRAY_OPTIONAL);
    output(c, 0, TYPE_REAL, na * nb, -1, 0);
    c->bytes = (double)(na * nb) * c->bits / 8;
    c->elements = (double)(na * nb);
    return 1;
}

static int metrics_nms_prepare(call *c)
{
    const size_t n = c->length;
    if (c->variant > 2) return 0;
    c->option[0] = c->variant;
    c->size[0] = n;
    draw_boxes(c, 0, n, c->option[0]);
    input(c, 1, TYPE_REAL, n, 0, 1, 0);
    if (c->variant) input(c, 2, TYPE_I32, n, -1, 2, ARRAY_OPTIONAL);
    output(c, 0, TYPE_SIZE, n, -1, 0);
    output(c, 1, TYPE_SIZE, 1, -1, 0);
    c->scratch_bytes = c->bits == 32 ? metrics_nms_scratch_f32(n) : metrics_nms_scratch_f64(n);
    c->bytes = 5.0 * (double)n * c->bits / 8;
    c->elements = (double)n;
    return 1;
}

static int metrics_soft_nms_prepare(call *c)
{
    const size_t n = c->large && c->length > 2000 ? 2000 : c->length;
    if (c->variant > 1) return 0;
    c->option[0] = METRICS_BOX_XYWH;
    c->option[1] = c->variant;
    c->size[0] = n;
    draw_boxes(c, 0, n, c->option[0]);
    input(c, 1, TYPE_REAL, n, 0, 1, 0);
    output(c, 0, TYPE_SIZE, n, -1, 0);
    output(c, 1, TYPE_REAL, n, -1, 0);
    output(c, 2, TYPE_SIZE, 1, -1, 0);
    c->scratch_bytes = c->bits == 32 ? metrics_soft_nms_scratch_f32(n) : metrics_soft_nms_scratch_f64(n);
    c->bytes = 5.0 * (double)n * c->bits / 8;
    c->elements = (double)n * (double)n;
    return 1;
}

/* The struct of boxes, of either type: both have the same members. */
static void *coco_boxes_of(call *c)
{
    if (c->bits == 32) {
        metrics_coco_boxes_f32 *b = (metrics_coco_boxes_f32 *)(void *)c->config_room;
        memset(b, 0, sizeof *b);
        b->gt_count = c->size[0]; b->det_count = c->size[1];
        b->gt_box = (const float *)c->in[0].data; b->gt_image = (const int32_t *)c->in[1].data;
        b->gt_label = (const int32_t *)c->in[2].data; b->gt_crowd = (const uint8_t *)c->in[3].data;
        b->gt_area = (const float *)c->in[4].data; b->det_box = (const float *)c->in[5].data;
        b->det_score = (const float *)c->in[6].data; b->det_image = (const int32_t *)c->in[7].data;
        b->det_label = (const int32_t *)c->in[8].data; b->format = c->option[0];
        return b;
    } else {
        metrics_coco_boxes_f64 *b = (metrics_coco_boxes_f64 *)(void *)c->config_room;
        memset(b, 0, sizeof *b);
        b->gt_count = c->size[0]; b->det_count = c->size[1];
        b->gt_box = (const double *)c->in[0].data; b->gt_image = (const int32_t *)c->in[1].data;
        b->gt_label = (const int32_t *)c->in[2].data; b->gt_crowd = (const uint8_t *)c->in[3].data;
        b->gt_area = (const double *)c->in[4].data; b->det_box = (const double *)c->in[5].data;
        b->det_score = (const double *)c->in[6].data; b->det_image = (const int32_t *)c->in[7].data;
        b->det_label = (const int32_t *)c->in[8].data; b->format = c->option[0];
        return b;
    }
}

static int metrics_coco_prepare(call *c)
{
    const size_t dets = c->length, gts = c->length / 2 + (c->length > 0);
    const int images = c->large ? 1 + (int)(c->length / 50) : 4;
    if (c->variant > 2) return 0;
    c->option[0] = c->variant;
    c->size[0] = gts;
    c->size[1] = dets;
    c->size[2] = 3;
    draw_boxes(c, 0, gts, c->option[0]);
    input(c, 1, TYPE_I32, gts, -1, images, 0);
    input(c, 2, TYPE_I32, gts, 0, 3, ARRAY_LABELS);
    input(c, 3, TYPE_U8, gts, 0, 2, ARRAY_OPTIONAL);
    input(c, 4, TYPE_REAL, gts, 1, 1600, ARRAY_OPTIONAL);
    draw_boxes(c, 5, dets, c->option[0]);
    input(c, 6, TYPE_REAL, dets, 0, 1, 0);
    input(c, 7, TYPE_I32, dets, -1, images, 0);
    input(c, 8, TYPE_I32, dets, 0, 3, ARRAY_LABELS);
    output(c, 0, TYPE_F64, METRICS_COCO_COUNT, -1, 0);
    output(c, 1, TYPE_F64, 3 * METRICS_COCO_COUNT, -1, 0);
    c->scratch_bytes = c->bits == 32 ? metrics_coco_scratch_f32(gts, dets) : metrics_coco_scratch_f64(gts, dets);
    c->bytes = 5.0 * (double)(gts + dets) * c->bits / 8;
    c->elements = (double)dets;
    return 1;
}
