/* Inputs of the losses of distributions' parameters. */

/* Means, variances, targets: 0 variances, 1 their logarithms, 2 and 3 the same with the constant,
   4 variances of which some are 0, negative or below the clamp. */
static int gaussian_prepare(call *c)
{
    const size_t n = c->length;
    size_t i;
    int k;
    if (c->variant > 4) return 0;
    c->option[0] = c->variant == 1 || c->variant == 3;
    c->option[1] = c->variant == 2 || c->variant == 3;
    input(c, 0, TYPE_REAL, n, -3, 3, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, n, c->option[0] ? -2 : 0.3, c->option[0] ? 2 : 4, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 2, TYPE_REAL, n, -2, 2, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; c->variant == 4 && i < n; i += 3) put(c, &c->in[1], i, i % 2 ? -0.125 : c->hyper[0] < 0.5 ? -1 : 0.5);
    c->size[0] = c->items = n;
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    for (k = 0; k < 3; k++) output(c, k + 1, TYPE_REAL, n, k, 0);
    c->elements = (double)n;
    c->bytes = 6.0 * (double)n * c->bits / 8;
    return 1;
}

/* Rows of means and log variances: 0, 1, 2 different widths, 3 wide spread, 4 posterior equal to the prior. */
static int gaussian_rows_prepare(call *c)
{
    static const size_t wide[5] = {4, 1, 67, 9, 3};
    size_t rows, width, i;
    if (c->variant > 4) return 0;
    width = c->large ? 128 : wide[c->variant];
    rows = c->large ? c->length / width : c->length > 67 ? 40 : (c->length + 3) / 4;
    input(c, 0, TYPE_REAL, rows * width, -2, 2, ARRAY_DIFF | ARRAY_PER_ITEM);
    input(c, 1, TYPE_REAL, rows * width, c->variant == 3 ? -20 : -2, c->variant == 3 ? 8 : 2, ARRAY_DIFF | ARRAY_PER_ITEM);
    for (i = 0; c->variant == 4 && i < rows * width; i++) {
        put(c, &c->in[0], i, 0);
        put(c, &c->in[1], i, 0);
    }
    c->size[0] = c->items = rows;
    c->size[1] = width;
    output(c, 0, TYPE_REAL, rows ? rows : 1, -1, 0);
    output(c, 1, TYPE_REAL, rows * width, 0, 0);
    output(c, 2, TYPE_REAL, rows * width, 1, 0);
    c->elements = (double)(rows * width);
    c->bytes = 4 * c->elements * c->bits / 8;
    return 1;
}
