/* Replicates and their values. */
static int bootstrap_indices_prepare(call *c)
{
    if (c->variant > 0) return 0;
    c->size[0] = c->length;
    output(c, 0, TYPE_U32, c->length, -1, ARRAY_REQUIRED);
    c->elements = (double)c->length;
    return 1;
}

static int bootstrap_weights_prepare(call *c)
{
    if (c->variant > 1) return 0;
    c->size[0] = c->length;
    c->option[0] = c->variant;
    output(c, 0, TYPE_REAL, c->length, -1, ARRAY_REQUIRED);
    c->elements = (double)c->length;
    return 1;
}

static int bootstrap_interval_prepare(call *c)
{
    if (c->variant > 3) return 0;
    c->size[0] = c->length;
    c->size[1] = c->variant == 3 ? 11 : 0;
    c->option[0] = c->variant == 3 ? METRICS_BOOTSTRAP_BCA : c->variant;
    input(c, 0, TYPE_F64, c->length, -1, 2, 0);
    if (c->variant == 3) input(c, 1, TYPE_F64, 11, 0, 1, 0);
    output(c, 0, TYPE_F64, 1, -1, 0);
    output(c, 1, TYPE_F64, 1, -1, 0);
    output(c, 2, TYPE_F64, 1, -1, 0);
    c->scratch_bytes = metrics_bootstrap_scratch(c->length);
    c->elements = (double)c->length;
    return 1;
}
