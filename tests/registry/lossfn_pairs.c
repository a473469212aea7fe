/* Inputs of pairs and triplets of embeddings. */

/* About length values: rows of 3, 2, 20, 67, 5 by variant. */
static void tuples_shape(call *c, size_t *rows, size_t *width)
{
    static const size_t wide[5] = {3, 2, 20, 67, 5};
    *width = c->large ? 128 : wide[c->variant];
    *rows = c->large ? c->length / *width : c->length > 67 ? 40 : (c->length + 1) / 2;
    c->size[0] = c->items = *rows;
    c->size[1] = *width;
}

static void tuples_outputs(call *c, int count, size_t n)
{
    int k;
    output(c, 0, TYPE_REAL, c->items ? c->items : 1, -1, 0);
    for (k = 0; k < count; k++) output(c, k + 1, TYPE_REAL, n, k, 0);
    c->elements = (double)n;
    c->bytes = 2.0 * count * (double)n * c->bits / 8;
}

/* Variant 4: identical vectors in some of the rows, zero vectors in others. */
static void tuples_hard(call *c, int count, size_t rows, size_t width)
{
    size_t i, j;
    for (i = 0; c->variant == 4 && i < rows; i++)
        for (j = 0; j < width; j++) {
            if (i % 4 == 1) put(c, &c->in[1], i * width + j, get(c, &c->in[0], i * width + j));
            if (i % 4 == 2) put(c, &c->in[i / 4 % (size_t)count], i * width + j, 0);
        }
}

/* Labels low and high, one of them alone in variant 1. */
static void tuples_labels(call *c, size_t rows, int low, int high)
{
    array *labels = input(c, 2, TYPE_I32, rows, low, high + 1, ARRAY_LABELS);
    size_t i;
    for (i = 0; i < rows; i++) put(c, labels, i, c->variant == 1 || draw_int(c, 0, 2) ? high : low);
}

static int contrastive_prepare(call *c)
{
    size_t rows, width, i;
    if (c->variant > 4) return 0;
    tuples_shape(c, &rows, &width);
    input(c, 0, TYPE_REAL, rows * width, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, rows * width, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    tuples_labels(c, rows, 0, 1);
    tuples_hard(c, 2, rows, width);
    /* a dissimilar pair in one place sits on a cone's tip, where gradients are 0 by choice */
    for (i = 1; c->variant == 4 && i < rows; i += 4) put(c, &c->in[2], i, 1);
    tuples_outputs(c, 2, rows * width);
    return 1;
}

/* Zero vectors are left out here: the gradient there is 0 by choice. */
static int cosine_embedding_prepare(call *c)
{
    size_t rows, width, i, j;
    if (c->variant > 4) return 0;
    tuples_shape(c, &rows, &width);
    input(c, 0, TYPE_REAL, rows * width, 0.1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, rows * width, -1, -0.1, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; i < rows; i++)
        for (j = 0; j < width; j++) {
            if (draw_int(c, 0, 4) == 0) put(c, &c->in[0], i * width + j, -get(c, &c->in[0], i * width + j));
            if (draw_int(c, 0, 2) == 0) put(c, &c->in[1], i * width + j, -get(c, &c->in[1], i * width + j));
            if (c->variant == 4 && i % 4 == 1) put(c, &c->in[1], i * width + j, get(c, &c->in[0], i * width + j));
        }
    tuples_labels(c, rows, -1, 1);
    tuples_outputs(c, 2, rows * width);
    return 1;
}

/* 2, 3 and 4 with swap; in 4 some rows have a negative at the anchor. */
static int triplet_prepare(call *c)
{
    size_t rows, width, i, j;
    if (c->variant > 4) return 0;
    tuples_shape(c, &rows, &width);
    c->option[0] = c->variant >= 2;
    for (i = 0; i < 3; i++) input(c, (int)i, TYPE_REAL, rows * width, -1, 1, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; c->variant == 4 && i < rows; i += 3)
        for (j = 0; j < width; j++) put(c, &c->in[2], i * width + j, get(c, &c->in[0], i * width + j) + (double)(float)draw(c, -0.05, 0.05));
    tuples_outputs(c, 3, rows * width);
    return 1;
}

static lossfn_triplet_margin_config *triplet_config(call *c)
{
    lossfn_triplet_margin_config *p = (lossfn_triplet_margin_config *)c->config_room;
    *p = lossfn_triplet_margin_defaults();
    p->margin = HYPER(0);
    p->p = HYPER(1);
    p->eps = HYPER(2);
    p->swap = OPTION(0);
    return p;
}
