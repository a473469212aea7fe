/* Inputs of the losses on rows. */
#include <math.h>

/* About length values in rows of classes: many short rows or few long ones by variant. */
static void rows_shape(call *c, size_t *rows, size_t *classes)
{
    static const size_t wide[6] = {3, 10, 1, 67, 5, 4};
    *classes = c->large ? 1000 : c->variant < 6 ? wide[c->variant] : 2;
    *rows = c->large ? c->length / *classes : c->length > 67 ? 40 : c->variant == 2 ? c->length : (c->length + 3) / 4;
}

/* 0, 1, 2: class counts 3, 10, 1; 3: long rows with class weights; 4: some labels ignored, with weights;
   5: saturated logits; labels in [0, classes). */
static int rows_labels_prepare(call *c)
{
    size_t rows, classes, i;
    array *labels;
    if (c->variant > 5) return 0;
    rows_shape(c, &rows, &classes);
    c->size[0] = c->items = rows;
    c->size[1] = classes;
    input(c, 0, TYPE_REAL, rows * classes, c->variant == 5 ? -60 : -4, c->variant == 5 ? 60 : 4, ARRAY_DIFF | ARRAY_PER_ITEM);
    labels = input(c, 1, TYPE_I32, rows, 0, (double)classes, ARRAY_LABELS);
    if (c->variant == 3 || c->variant == 4) input(c, 2, TYPE_REAL, classes, 0.25, 2, ARRAY_OPTIONAL);
    c->option[0] = -100;
    if (c->variant == 4) for (i = 0; i < rows; i += 3) put(c, labels, i, -100);
    output(c, 0, TYPE_REAL, rows ? rows : 1, -1, 0);
    output(c, 1, TYPE_REAL, rows * classes, 0, 0);
    c->elements = (double)(rows * classes);
    c->bytes = 2 * c->elements * c->bits / 8;
    return 1;
}

static void *cross_entropy_config(call *c)
{
    if (c->bits == 32) {
        lossfn_softmax_cross_entropy_config_f32 *p = (lossfn_softmax_cross_entropy_config_f32 *)c->config_room;
        *p = lossfn_softmax_cross_entropy_defaults_f32();
        p->class_weight = (const float *)c->in[2].data;
        p->label_smoothing = HYPER(0);
        p->z_loss = HYPER(1);
    } else {
        lossfn_softmax_cross_entropy_config_f64 *p = (lossfn_softmax_cross_entropy_config_f64 *)c->config_room;
        *p = lossfn_softmax_cross_entropy_defaults_f64();
        p->class_weight = (const double *)c->in[2].data;
        p->label_smoothing = HYPER(0);
        p->z_loss = HYPER(1);
    }
    return c->config_room;
}

/* Targets: distributions (most), with zeros (variant 1), not normalised (variant 4). */
static int rows_targets_prepare(call *c)
{
    size_t rows, classes, i, j;
    if (c->variant > 5) return 0;
    rows_shape(c, &rows, &classes);
    c->size[0] = c->items = rows;
    c->size[1] = classes;
    input(c, 0, TYPE_REAL, rows * classes, c->variant == 5 ? -60 : -4, c->variant == 5 ? 60 : 4, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, rows * classes, 0.05, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; c->variant != 4 && i < rows; i++) {
        double sum = 0;
        for (j = 0; j < classes; j++) sum += get(c, &c->in[1], i * classes + j);
        for (j = 0; j < classes; j++) put(c, &c->in[1], i * classes + j, (double)(float)(get(c, &c->in[1], i * classes + j) / sum));
    }
    if (c->variant == 3 || c->variant == 4) input(c, 2, TYPE_REAL, classes, 0.25, 2, ARRAY_OPTIONAL);
    output(c, 0, TYPE_REAL, rows ? rows : 1, -1, 0);
    output(c, 1, TYPE_REAL, rows * classes, 0, 0);
    output(c, 2, TYPE_REAL, rows * classes, 1, 0);
    c->elements = (double)(rows * classes);
    c->bytes = 4 * c->elements * c->bits / 8;
    return 1;
}

/* Log-probabilities (not normalised) against targets, probabilities or their logarithms. */
static int log_rows_prepare(call *c)
{
    size_t i;
    c->option[0] = c->variant % 2;
    if (!rows_targets_prepare(c)) return 0;
    for (i = 0; i < c->in[1].n; i++) if (c->option[0]) put(c, &c->in[1], i, (double)(float)log(get(c, &c->in[1], i)));
    return 1;
}

/* hidden (0), class matrix (1), class weights (2), bias (3), labels (4): 0 small, 1 with bias, weights and
   ignored labels, 2 more rows than a block and more classes than a tile. */
static int linear_prepare(call *c)
{
    size_t rows, classes, width, i;
    array *labels;
    if (c->variant > 2) return 0;
    rows = c->variant == 2 ? (c->length == 300 ? 150 : 2) : (c->length + 1) / 2;
    classes = c->variant == 2 ? 300 : 7;
    width = c->variant == 1 ? 9 : 4;
    if (c->large) {
        rows = 256;
        width = 128;
        classes = c->length / rows + 1;
    }
    c->size[0] = c->items = rows;
    c->size[1] = classes;
    c->size[2] = width;
    input(c, 0, TYPE_REAL, rows * width, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, classes * width, -1, 1, ARRAY_DIFF);
    if (c->variant == 1) {
        input(c, 2, TYPE_REAL, classes, 0.25, 2, ARRAY_OPTIONAL);
        input(c, 3, TYPE_REAL, classes, -1, 1, ARRAY_DIFF | ARRAY_OPTIONAL);
    }
    labels = input(c, 4, TYPE_I32, rows, 0, (double)classes, ARRAY_LABELS);
    for (i = 1; c->variant == 1 && i < rows; i += 4) put(c, labels, i, -100);
    output(c, 0, TYPE_REAL, rows ? rows : 1, -1, 0);
    output(c, 1, TYPE_REAL, rows * width, 0, 0);
    output(c, 2, TYPE_REAL, classes * width, 1, 0);
    if (c->variant == 1) output(c, 3, TYPE_REAL, classes, 3, 0);
    c->scratch_bytes = c->bits == 32 ? lossfn_linear_cross_entropy_scratch_f32(rows, classes, width) : lossfn_linear_cross_entropy_scratch_f64(rows, classes, width);
    if (!rows) c->scratch_bytes = 0;
    c->elements = (double)(rows * classes);
    c->bytes = 4 * (double)((rows + classes) * width) * c->bits / 8;
    return 1;
}
