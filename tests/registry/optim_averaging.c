/* Parameters (in[0]) into an average (out[0]); fast and slow weights. */

static int average_prepare(call *c)
{
    return step_arrays(c, 0);
}

static int lookahead_prepare(call *c)
{
    if (c->variant > 0) return 0;
    state_array(c, 0, -3, 3);
    state_array(c, 1, -3, 3);
    c->size[0] = c->length;
    c->elements = (double)c->length;
    c->bytes = 4.0 * c->elements * c->bits / 8;
    return 1;
}

static const optim_ema_config *ema_of(call *c)
{
    optim_ema_config *config = CONFIG_ROOM(optim_ema_config);
    *config = optim_ema_defaults();
    config->decay = HYPER(0);
    config->start = c->variant ? OPTIM_EMA_CORRECTED : OPTIM_EMA_PLAIN;
    return config;
}
