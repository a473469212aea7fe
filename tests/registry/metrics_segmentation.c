/* Inputs of the overlap of segmentations: label maps of runs, masks, accumulators. */

enum { OVERLAP_CLASSES = 5, OVERLAP_WORDS = sizeof(metrics_overlap) / 8 };

static metrics_overlap_options *overlap_options_of(call *c)
{
    metrics_overlap_options *options = (metrics_overlap_options *)(void *)c->config_room;
    options->absent = c->option[0];
    options->per_image = c->option[1];
    options->first_class = (size_t)c->option[2];
    return options;
}

static void overlap_values(call *c)
{
    output(c, 0, TYPE_F64, OVERLAP_CLASSES, -1, 0);
    output(c, 1, TYPE_F64, OVERLAP_CLASSES, -1, 0);
    output(c, 2, TYPE_F64, 1, -1, 0);
    output(c, 3, TYPE_F64, 1, -1, 0);
    output(c, 4, TYPE_SIZE, 1, -1, 0);
    c->option[0] = c->variant % 4;
    c->option[1] = c->variant / 4 % 2;
    c->option[2] = c->variant % 2;
}

/* Two label maps, the second follows the first; runs are up to 40 long. */
static void overlap_labels(call *c)
{
    const size_t n = c->length;
    array *p = input(c, 0, TYPE_I32, n, 0, OVERLAP_CLASSES, ARRAY_LABELS);
    array *t = input(c, 1, TYPE_I32, n, 0, OVERLAP_CLASSES, ARRAY_LABELS);
    size_t i, run = 0;
    int label = 0;
    c->size[0] = n;
    c->size[1] = OVERLAP_CLASSES;
    for (i = 0; i < n; i++, run--) {
        if (run == 0) { run = (size_t)draw_int(c, 1, 40); label = draw_int(c, 0, OVERLAP_CLASSES); }
        put(c, p, i, label);
        if (draw_int(c, 0, 8)) put(c, t, i, label);
    }
    c->bytes = 8.0 * (double)n;
    c->elements = (double)n;
}

static int metrics_overlap_update_prepare(call *c)
{
    if (c->variant) return 0;
    overlap_labels(c);
    output(c, 0, TYPE_I64, OVERLAP_CLASSES * OVERLAP_WORDS, -1, ARRAY_STATE | ARRAY_REQUIRED);
    return 1;
}

static int metrics_label_overlap_prepare(call *c)
{
    if (c->variant > 7) return 0;
    overlap_labels(c);
    overlap_values(c);
    c->scratch_bytes = metrics_label_overlap_scratch(OVERLAP_CLASSES);
    return 1;
}

static void overlap_masks(call *c)
{
    c->size[0] = c->length;
    input(c, 0, TYPE_U8, c->length, 0, 3, 0);
    input(c, 1, TYPE_U8, c->length, 0, 2, 0);
    if (c->variant) input(c, 2, TYPE_U8, c->length, 0, 2, ARRAY_OPTIONAL);
    c->bytes = 2.0 * (double)c->length;
    c->elements = (double)c->length;
}

static int metrics_overlap_update_mask_prepare(call *c)
{
    if (c->variant > 1) return 0;
    overlap_masks(c);
    output(c, 0, TYPE_I64, OVERLAP_WORDS, -1, ARRAY_STATE | ARRAY_REQUIRED);
    return 1;
}

static int metrics_mask_overlap_prepare(call *c)
{
    if (c->variant > 1) return 0;
    overlap_masks(c);
    output(c, 0, TYPE_F64, 1, -1, 0);
    output(c, 1, TYPE_F64, 1, -1, 0);
    return 1;
}

/* An accumulator that has seen three images. */
static void overlap_state(call *c)
{
    array *a = input(c, 0, TYPE_I64, OVERLAP_CLASSES * OVERLAP_WORDS, 0, 1, 0);
    int32_t pred[40], target[40];
    int image, k;
    c->size[1] = OVERLAP_CLASSES;
    metrics_overlap_init(OVERLAP_CLASSES, (metrics_overlap *)a->data);
    for (image = 0; image < 3; image++) {
        for (k = 0; k < 40; k++) {
            pred[k] = draw_int(c, 0, 2 + image);
            target[k] = draw_int(c, 0, 3);
        }
        metrics_overlap_update(pred, target, 40, OVERLAP_CLASSES, METRICS_IGNORE_NONE, (metrics_overlap *)a->data);
    }
    c->bytes = 8.0 * OVERLAP_CLASSES * OVERLAP_WORDS;
    c->elements = OVERLAP_CLASSES;
}

static int metrics_overlap_merge_prepare(call *c)
{
    if (c->variant) return 0;
    overlap_state(c);
    output(c, 0, TYPE_I64, OVERLAP_CLASSES * OVERLAP_WORDS, -1, ARRAY_STATE | ARRAY_REQUIRED);
    return 1;
}

static int metrics_overlap_result_prepare(call *c)
{
    if (c->variant > 7) return 0;
    overlap_state(c);
    overlap_values(c);
    return 1;
}
