/* Values and their predictions, with and without weights, one output and three. */

/* pred, target (n, outputs), weight (n), then `out` doubles as output 0. */
static int regression_inputs(call *c, size_t outputs)
{
    c->size[0] = c->length;
    c->size[1] = outputs;
    input(c, 0, TYPE_REAL, c->length * outputs, -3, 3, 0);
    input(c, 1, TYPE_REAL, c->length * outputs, 1, 4, 0);
    if (c->variant % 2) input(c, 2, TYPE_REAL, c->length, 0, 2, ARRAY_OPTIONAL);
    if (c->variant % 2 && c->length > 3) put(c, &c->in[2], 2, 0);
    c->bytes = (double)(c->length * outputs) * 2 * (c->bits / 8);
    c->elements = (double)(c->length * outputs);
    return 1;
}

static int regression_scores_prepare(call *c)
{
    static const int averages[] = {METRICS_OUTPUTS_RAW, METRICS_OUTPUTS_RAW, METRICS_OUTPUTS_UNIFORM, METRICS_OUTPUTS_VARIANCE};
    const size_t outputs = c->variant < 2 ? 1 : 3;
    if (c->variant > 4) return 0;
    c->option[0] = averages[c->variant % 4];
    c->option_sizes = 1;
    regression_inputs(c, outputs);
    output(c, 0, TYPE_F64, (c->option[0] == METRICS_OUTPUTS_RAW ? outputs : 1) * (sizeof(metrics_regression_scores) / sizeof(double)), -1, 0);
    return 1;
}

static int regression_update_prepare(call *c)
{
    const size_t outputs = c->variant < 2 ? 1 : 3, state = sizeof(metrics_regression) / sizeof(double);
    size_t k;
    if (c->variant > 3) return 0;
    regression_inputs(c, outputs);
    output(c, 0, TYPE_F64, outputs * state, -1, ARRAY_STATE | ARRAY_REQUIRED);
    for (k = 0; k < outputs * state; k++) put(c, &c->out[0], k, 0);
    return 1;
}

static int correlation_weighted_prepare(call *c)
{
    if (c->variant > 1) return 0;
    regression_inputs(c, 1);
    c->size[1] = 0;
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}
