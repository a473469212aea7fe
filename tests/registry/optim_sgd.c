/* Inputs of the elementwise steps: in[0] is the gradient, out[0] the parameters, the states behind them. */

/* The configuration is built in the call's own room. */
#define CONFIG_ROOM(type) ((type *)(void *)c->config_room)

/* Variants are first and later steps. */
static int64_t step_of(const call *c) { return c->variant ? 25 : 1; }

/* Output k: a state, drawn from low to high where steps have been taken. */
static void state_array(call *c, int k, double low, double high)
{
    size_t i;
    array *a = output(c, k, TYPE_REAL, c->length, -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (i = 0; i < c->length; i++) put(c, a, i, c->variant || k == 0 ? (double)(float)draw(c, low, high) : 0);
}

/* Gradient and parameters; states to come. */
static int step_arrays(call *c, int states)
{
    if (c->variant > 1) return 0;
    input(c, 0, TYPE_REAL, c->length, -2, 2, 0);
    state_array(c, 0, -3, 3);
    c->size[0] = c->length;
    c->elements = (double)c->length;
    c->bytes = (3.0 + 2.0 * states) * c->elements * c->bits / 8;
    return 1;
}

static int sgd_prepare(call *c)
{
    if (!step_arrays(c, 1)) return 0;
    state_array(c, 1, -1, 1);
    return 1;
}

static const optim_sgd_config *sgd_of(call *c)
{
    optim_sgd_config *config = CONFIG_ROOM(optim_sgd_config);
    *config = optim_sgd_defaults();
    config->lr = HYPER(0);
    config->momentum = HYPER(1);
    config->dampening = HYPER(2);
    config->weight_decay = HYPER(3);
    config->grad_scale = HYPER(4);
    return config;
}
