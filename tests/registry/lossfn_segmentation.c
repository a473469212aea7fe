/* Inputs of the segmentation losses. Variant: 0 planes by image, 1 classes last
   with ignored positions, 2 planes of the whole batch with ignored positions and
   all classes, 3 classes last, all classes, background left out, an absent class.
   Segmentation_dense: the same with soft targets, a mask in 1 and 2. */
static void segmentation_case(call *c, size_t *n, size_t *classes, size_t *positions)
{
    *n = c->length ? 1 + c->length % 4 : 0;
    *classes = 1 + (c->length + 1) % 4;
    *positions = c->length;
    if (c->variant == 3 && *classes < 2) *classes = 2;
    c->option[0] = c->variant == 0 || c->variant == 2;      /* layout */
    c->option[1] = c->variant == 2;                         /* batch */
    c->option[2] = c->variant >= 2;                         /* absent */
    c->option[3] = c->variant == 3;                         /* first class */
    c->size[0] = *n;
    c->size[1] = *classes;
    c->size[2] = *positions;
    c->items = c->variant == 2 ? 1 : *n;
}

static int segmentation_outputs(call *c, size_t elements)
{
    output(c, 0, TYPE_REAL, c->items ? c->items : 1, -1, 0);
    output(c, 1, TYPE_REAL, elements, 0, 0);
    c->elements = (double)elements;
    return 1;
}

static int segmentation_prepare(call *c)
{
    size_t n, classes, positions, k;
    if (c->variant > 3) return 0;
    segmentation_case(c, &n, &classes, &positions);
    input(c, 0, TYPE_REAL, n * classes * positions, 0.02, 0.98, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_I32, n * positions, 0, (double)classes, ARRAY_LABELS);
    for (k = 0; k < n * positions; k++) {
        if ((c->variant == 1 || c->variant == 2) && (k % 5 == 3 || (c->variant == 1 && n > 2 && k / positions == 1))) put(c, &c->in[1], k, -100);
        if (c->variant == 3 && (size_t)get(c, &c->in[1], k) + 1 == classes) put(c, &c->in[1], k, 0);
    }
    c->scratch_bytes = c->bits == 32 ? lossfn_soft_dice_scratch_f32(n, classes)
                                     : lossfn_soft_dice_scratch_f64(n, classes);
    return segmentation_outputs(c, n * classes * positions);
}

static int segmentation_dense_prepare(call *c)
{
    size_t n, classes, positions, k;
    if (c->variant > 3) return 0;
    segmentation_case(c, &n, &classes, &positions);
    input(c, 0, TYPE_REAL, n * classes * positions, 0.02, 0.98, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, n * classes * positions, 0, 1, ARRAY_PER_ITEM);
    input(c, 2, TYPE_U8, n * positions, 0, 3, ARRAY_OPTIONAL);
    for (k = 0; k < c->in[1].n; k++) if (k % 3) put(c, &c->in[1], k, k % 3 == 1);
    c->option[4] = c->variant == 1 || c->variant == 2;
    c->scratch_bytes = c->bits == 32 ? lossfn_soft_dice_dense_scratch_f32(n, classes)
                                     : lossfn_soft_dice_dense_scratch_f64(n, classes);
    return segmentation_outputs(c, n * classes * positions);
}

static int lovasz_prepare(call *c)
{
    if (!segmentation_prepare(c)) return 0;
    c->scratch_bytes = c->bits == 32 ? lossfn_lovasz_softmax_scratch_f32(c->size[0], c->size[1], c->size[2], c->option[1])
                                     : lossfn_lovasz_softmax_scratch_f64(c->size[0], c->size[1], c->size[2], c->option[1]);
    c->out[1].flags |= ARRAY_NO_INPLACE;
    return 1;
}

static const lossfn_soft_dice_config *dice_config(call *c)
{
    lossfn_soft_dice_config *config = (lossfn_soft_dice_config *)(void *)c->config_room;
    *config = lossfn_soft_dice_defaults();
    config->smooth_numerator = hyper_of(c, 0);
    config->smooth_denominator = hyper_of(c, 1);
    config->squared = c->hyper[2] > 0.5;
    config->batch = c->option[1];
    config->absent = c->option[2];
    config->first_class = c->option[3];
    return config;
}

static const lossfn_tversky_config *tversky_config(call *c)
{
    lossfn_tversky_config *config = (lossfn_tversky_config *)(void *)c->config_room;
    *config = lossfn_tversky_defaults();
    config->alpha = hyper_of(c, 0);
    config->beta = hyper_of(c, 1);
    config->gamma = hyper_of(c, 2);
    config->smooth_numerator = hyper_of(c, 3);
    config->smooth_denominator = hyper_of(c, 4);
    config->batch = c->option[1];
    config->absent = c->option[2];
    config->first_class = c->option[3];
    return config;
}

static const lossfn_lovasz_softmax_config *lovasz_config(call *c)
{
    lossfn_lovasz_softmax_config *config = (lossfn_lovasz_softmax_config *)(void *)c->config_room;
    *config = lossfn_lovasz_softmax_defaults();
    config->batch = c->option[1];
    config->absent = c->option[2];
    config->first_class = c->option[3];
    return config;
}
