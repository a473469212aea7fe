/* The accumulator of the norm lies in out[0]: sum, large, small, and the count as bits. */

static int grad_norm_prepare(call *c)
{
    static const double reach[3] = {2, 1e30, 1e-30};
    array *a;
    size_t i;
    if (c->variant > 2) return 0;
    input(c, 0, TYPE_REAL, c->length, -reach[c->variant], reach[c->variant], 0);
    a = output(c, 0, TYPE_F64, sizeof(optim_grad_norm) / sizeof(double), -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (i = 0; i < a->n; i++) put(c, a, i, 0);
    c->size[0] = c->length;
    c->elements = (double)c->length;
    c->bytes = c->elements * c->bits / 8;
    return 1;
}

static optim_grad_norm *norm_of(call *c) { return (optim_grad_norm *)OUT(0); }

static int clip_value_prepare(call *c)
{
    if (c->variant > 0) return 0;
    state_array(c, 0, -3, 3);
    c->size[0] = c->length;
    c->elements = (double)c->length;
    c->bytes = 2.0 * c->elements * c->bits / 8;
    return 1;
}
