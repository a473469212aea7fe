/* Inputs of the angular margins. */

/* Features (0), class matrix (1), labels (2): 0 common, 1 ignored labels, 2 more rows than a block and more
   classes than a tile, 3 easy margin, 4 one class. */
static int arcface_prepare(call *c)
{
    size_t rows, classes, width, i;
    array *labels;
    if (c->variant > 4) return 0;
    rows = c->variant == 2 ? (c->length == 300 ? 150 : 2) : (c->length + 1) / 2;
    classes = c->variant == 2 ? 300 : c->variant == 4 ? 1 : 7;
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
    labels = input(c, 2, TYPE_I32, rows, 0, (double)classes, ARRAY_LABELS);
    for (i = 1; c->variant == 1 && i < rows; i += 4) put(c, labels, i, -100);
    c->option[0] = c->variant == 3;
    output(c, 0, TYPE_REAL, rows ? rows : 1, -1, 0);
    output(c, 1, TYPE_REAL, rows * width, 0, 0);
    output(c, 2, TYPE_REAL, classes * width, 1, 0);
    c->scratch_bytes = c->bits == 32 ? lossfn_arcface_scratch_f32(rows, classes, width) : lossfn_arcface_scratch_f64(rows, classes, width);
    if (!rows) c->scratch_bytes = 0;
    c->elements = (double)(rows * classes);
    c->bytes = 4 * (double)((rows + classes) * width) * c->bits / 8;
    return 1;
}

static lossfn_arcface_config *arcface_config(call *c)
{
    lossfn_arcface_config *p = (lossfn_arcface_config *)c->config_room;
    *p = lossfn_arcface_defaults();
    p->scale = HYPER(0);
    p->margin = HYPER(1);
    p->easy_margin = OPTION(0);
    return p;
}
