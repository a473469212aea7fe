/* Inputs of the two phases of SAM. */

static const optim_sam_config *sam_config(call *c)
{
    optim_sam_config *config = (optim_sam_config *)(void *)c->config_room;
    *config = optim_sam_defaults();
    config->rho = HYPER(0);
    config->eps = HYPER(1);
    config->eta = HYPER(2);
    config->grad_scale = HYPER(3);
    config->adaptive = c->variant % 2;
    config->maximize = c->variant == 1;
    return config;
}

static int sam_norm_prepare(call *c)
{
    if (c->variant > 1) return 0;
    c->size[0] = c->length;
    input(c, 0, TYPE_REAL, c->length, -2, 2, 0);
    input(c, 1, TYPE_REAL, c->length, -2, 2, 0);
    output(c, 0, TYPE_F64, 1, -1, ARRAY_STATE | ARRAY_REQUIRED);
    put(c, &c->out[0], 0, 3);
    c->elements = (double)c->length;
    c->bytes = 2.0 / 8 * c->bits * (double)c->length;
    return 1;
}

/* The sum of squares given, or (2, 3) taken from the one tensor. */
static int sam_ascend_prepare(call *c)
{
    size_t i;
    if (c->variant > 3) return 0;
    c->size[0] = c->length;
    if (c->variant < 2) input(c, 0, TYPE_F64, 1, 1, 4, ARRAY_OPTIONAL);
    input(c, 1, TYPE_REAL, c->length, -2, 2, 0);
    output(c, 0, TYPE_REAL, c->length, -1, ARRAY_STATE | ARRAY_REQUIRED);
    output(c, 1, TYPE_REAL, c->length, -1, ARRAY_REQUIRED);
    for (i = 0; i < c->length; i++) put(c, &c->out[0], i, (double)(float)draw(c, -1, 1));
    c->elements = (double)c->length;
    c->bytes = 4.0 / 8 * c->bits * (double)c->length;
    return 1;
}

static int sam_restore_prepare(call *c)
{
    if (c->variant > 0) return 0;
    c->size[0] = c->length;
    input(c, 0, TYPE_REAL, c->length, -2, 2, 0);
    output(c, 0, TYPE_REAL, c->length, -1, ARRAY_REQUIRED);
    c->elements = (double)c->length;
    c->bytes = 2.0 / 8 * c->bits * (double)c->length;
    return 1;
}
