/* Inputs of the contrastive losses. */

static void contrast_outputs(call *c, size_t rows, size_t width)
{
    c->items = rows;
    c->size[1] = width;
    output(c, 0, TYPE_REAL, rows ? rows : 1, -1, 0);
    output(c, 1, TYPE_REAL, rows * width, 0, 0);
    c->elements = (double)rows * (double)rows;
    c->bytes = 2.0 * (double)(rows * width) * c->bits / 8;
    if (!rows) c->scratch_bytes = 0;
}

/* 0 and 1: narrow and wide; 2: more rows than a tile; 3: both views equal. */
static int nt_xent_prepare(call *c)
{
    static const size_t wide[4] = {3, 20, 5, 4};
    size_t pairs, width, i;
    if (c->variant > 3) return 0;
    width = c->large ? 128 : wide[c->variant];
    pairs = c->large ? 256 : c->variant == 2 && c->length == 300 ? 150 : c->length > 67 ? 20 : (c->length + 1) / 2;
    c->size[0] = pairs;
    input(c, 0, TYPE_REAL, 2 * pairs * width, -1, 1, ARRAY_DIFF);
    for (i = 0; c->variant == 3 && i < pairs * width; i++) put(c, &c->in[0], pairs * width + i, get(c, &c->in[0], i));
    c->scratch_bytes = c->bits == 32 ? lossfn_nt_xent_scratch_f32(pairs, width) : lossfn_nt_xent_scratch_f64(pairs, width);
    contrast_outputs(c, 2 * pairs, width);
    return 1;
}

/* 0: four labels; 1: mostly alone; 2: more rows than a tile; 3: all of one label; 4: none has a positive. */
static int supcon_prepare(call *c)
{
    static const size_t wide[5] = {3, 20, 5, 4, 4};
    size_t rows, width, i;
    if (c->variant > 4) return 0;
    width = c->large ? 128 : wide[c->variant];
    rows = c->large ? 512 : c->variant == 2 && c->length == 300 ? 300 : c->length > 67 ? 40 : c->length;
    c->size[0] = rows;
    input(c, 0, TYPE_REAL, rows * width, -1, 1, ARRAY_DIFF);
    input(c, 1, TYPE_I32, rows, -2, c->variant == 3 ? -1 : c->variant == 1 ? 40 : 2, ARRAY_LABELS | ARRAY_ANY);
    for (i = 0; c->variant == 4 && i < rows; i++) put(c, &c->in[1], i, 1e6 * (double)i - 2e9);
    c->scratch_bytes = c->bits == 32 ? lossfn_supcon_scratch_f32(rows, width) : lossfn_supcon_scratch_f64(rows, width);
    contrast_outputs(c, rows, width);
    return 1;
}
