/* Inputs of Adafactor. */

static const optim_adafactor_config *adafactor_config(call *c)
{
    optim_adafactor_config *config = (optim_adafactor_config *)(void *)c->config_room;
    *config = optim_adafactor_defaults();
    config->lr = HYPER(0);
    config->decay_rate = HYPER(1);
    config->eps1 = HYPER(2);
    config->eps2 = HYPER(3);
    config->clip_threshold = HYPER(4);
    config->beta1 = HYPER(5);
    config->weight_decay = HYPER(6);
    config->grad_scale = HYPER(7);
    config->relative_step = c->variant != 1;
    config->warmup_init = c->variant == 2;
    config->scale_parameter = c->variant != 1;
    config->maximize = c->variant == 1;
    return config;
}

static void adafactor_array(call *c, int k, size_t n, double low, double high)
{
    size_t i;
    output(c, k, TYPE_REAL, n, -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (i = 0; i < n; i++) put(c, &c->out[k], i, (double)(float)draw(c, low, high));
}

/* length x 5, 3 x length, and length x length + 30 at the first step. */
static int adafactor_matrix_prepare(call *c)
{
    const size_t rows = c->variant == 1 ? 3 : c->length, columns = c->variant == 0 ? 5 : c->variant == 1 ? c->length : c->length + 30;
    const size_t n = rows * columns;
    if (c->variant > 2) return 0;
    c->size[0] = rows;
    c->size[1] = columns;
    c->option[0] = c->variant == 2 ? 1 : 12;
    input(c, 0, TYPE_REAL, n, -2, 2, 0);
    adafactor_array(c, 0, n, -1, 1);
    adafactor_array(c, 1, n ? rows : 0, 0.1, 1);
    adafactor_array(c, 2, n ? columns : 0, 0.1, 1);
    adafactor_array(c, 3, n, -0.1, 0.1);
    c->scratch_bytes = c->bits == 32 ? optim_adafactor_matrix_scratch_f32(rows, columns) : optim_adafactor_matrix_scratch_f64(rows, columns);
    c->elements = (double)n;
    c->bytes = 28.0 / 32 * c->bits * (double)n;
    return 1;
}

static int adafactor_vector_prepare(call *c)
{
    if (c->variant > 2) return 0;
    c->size[0] = c->length;
    c->option[0] = c->variant == 2 ? 1 : 12;
    input(c, 0, TYPE_REAL, c->length, -2, 2, 0);
    adafactor_array(c, 0, c->length, -1, 1);
    adafactor_array(c, 1, c->length, 0.1, 1);
    adafactor_array(c, 2, c->length, -0.1, 0.1);
    c->elements = (double)c->length;
    c->bytes = 28.0 / 32 * c->bits * (double)c->length;
    return 1;
}
