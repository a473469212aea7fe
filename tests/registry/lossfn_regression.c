/* Inputs of the elementwise losses. */

/* Outputs 0 loss, 1 gradient, 2 second derivative, all of n. */
static int elementwise_outputs(call *c, size_t n)
{
    c->size[0] = c->items = n;
    c->in[0].flags |= ARRAY_DIFF | ARRAY_PER_ITEM;
    c->in[1].flags |= ARRAY_PER_ITEM;
    output(c, 0, TYPE_REAL, n ? n : 1, -1, 0);
    output(c, 1, TYPE_REAL, n, 0, 0);
    output(c, 2, TYPE_REAL, n, 0, 0)->hess = 1;
    c->elements = (double)n;
    c->bytes = 3.0 * (double)n * c->bits / 8;
    return 1;
}

/* pred and target any numbers: 0 common ones, 1 far apart, 2 partly equal and tiny differences. */
static int elementwise_prepare(call *c)
{
    static const double reach[3] = {3, 2000, 1};
    size_t i;
    if (c->variant > 2) return 0;
    input(c, 0, TYPE_REAL, c->length, -reach[c->variant], reach[c->variant], 0);
    input(c, 1, TYPE_REAL, c->length, -2, 2, 0);
    for (i = 0; c->variant == 2 && i < c->length; i++)
        put(c, &c->in[0], i, i % 3 == 0 ? get(c, &c->in[1], i) : get(c, &c->in[1], i) + (double)(float)draw(c, -0.01, 0.01));
    return elementwise_outputs(c, c->length);
}
