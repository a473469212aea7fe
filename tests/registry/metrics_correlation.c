/* Two arrays of values, without ties and with many. */
static int correlation_inputs(call *c)
{
    size_t k;
    if (c->variant > 1) return 0;
    c->size[0] = c->length;
    input(c, 0, TYPE_REAL, c->length, -3, 3, 0);
    input(c, 1, TYPE_REAL, c->length, -3, 3, 0);
    for (k = 0; c->variant == 1 && k < c->length; k++) {
        put(c, &c->in[0], k, draw_int(c, 0, 5));
        put(c, &c->in[1], k, draw_int(c, 0, 4));
    }
    output(c, 0, TYPE_F64, 1, -1, 0);
    c->elements = (double)c->length;
    return 1;
}

static int spearman_prepare(call *c)
{
    c->scratch_bytes = c->bits == 32 ? metrics_spearman_scratch_f32(c->length) : metrics_spearman_scratch_f64(c->length);
    return correlation_inputs(c);
}

static int kendall_prepare(call *c)
{
    c->scratch_bytes = c->bits == 32 ? metrics_kendall_scratch_f32(c->length) : metrics_kendall_scratch_f64(c->length);
    c->option[0] = (int)(c->length % 3);
    return correlation_inputs(c);
}
