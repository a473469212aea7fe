/* Inputs of the curves: scores with ties and labels of 0 and 1 (binary_scores). */

static int curve_inputs(call *c)
{
    binary_scores(c, 1);
    c->scratch_bytes = metrics_roc_auc_scratch(c->length);
    return 1;
}

static int curve_number_prepare(call *c)
{
    if (c->variant > 1) return 0;
    curve_inputs(c);
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

/* Two rates, the thresholds, the count; option 0 alternates. */
static int curve_prepare(call *c)
{
    if (c->variant > 3) return 0;
    curve_inputs(c);
    output(c, 0, TYPE_F64, c->length + 1, -1, 0);
    output(c, 1, TYPE_F64, c->length + 1, -1, 0);
    output(c, 2, TYPE_REAL, c->length + 1, -1, ARRAY_STATE);
    output(c, 3, TYPE_SIZE, 1, -1, 0);
    return 1;
}

static int operating_points_prepare(call *c)
{
    if (c->variant > 1) return 0;
    curve_inputs(c);
    output(c, 0, TYPE_F64, sizeof(metrics_operating_points) / sizeof(double), -1, 0);
    return 1;
}

/* One score per class: every scheme and average that go together, with and without weights. */
static int multiclass_auc_prepare(call *c)
{
    static const int scheme[6] = {0, 0, 0, 0, 1, 1}, average[6] = {0, 1, 2, 3, 2, 3};
    const int way = c->variant / 2;
    if (c->variant > 11) return 0;
    c->variant %= 2;
    class_scores_prepare(c);
    if (c->length) put(c, &c->in[1], 0, 1);
    c->option[0] = scheme[way];
    c->option[1] = average[way];
    c->option_sizes = 2;
    c->scratch_bytes = metrics_roc_auc_multiclass_scratch(c->size[0], c->size[1], average[way]);
    output(c, 0, TYPE_F64, average[way] == METRICS_AVERAGE_NONE ? c->size[1] : 1, -1, 0);
    return 1;
}

static int multilabel_auc_prepare(call *c)
{
    const int average = c->variant / 2;
    if (c->variant > 7) return 0;
    c->variant %= 2;
    binary_scores(c, 4);
    c->option[1] = average;
    c->option_sizes = 2;
    c->scratch_bytes = metrics_roc_auc_multilabel_scratch(c->size[0], 4, average);
    output(c, 0, TYPE_F64, average == METRICS_AVERAGE_NONE ? 4 : 1, -1, 0);
    return 1;
}

static int binned_init_prepare(call *c)
{
    if (c->variant) return 0;
    c->size[0] = c->length % 12 + 1;
    output(c, 0, TYPE_F64, 24, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int binned_merge_prepare(call *c)
{
    if (!binned_init_prepare(c)) return 0;
    input(c, 0, TYPE_F64, 24, 0, 100, 0);
    return 1;
}

static int binned_update_prepare(call *c)
{
    if (c->variant > 3) return 0;
    binary_scores(c, 1);
    c->size[1] = 64;
    output(c, 0, TYPE_F64, 128, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int binned_result_prepare(call *c)
{
    size_t b;
    int k;
    if (c->variant) return 0;
    c->size[0] = c->length % 12 + 1;
    input(c, 0, TYPE_F64, 2 * c->size[0], 0, 9, 0);
    for (b = 0; b < 2 * c->size[0]; b++) put(c, &c->in[0], b, floor(get(c, &c->in[0], b)));
    for (k = 0; k < 3; k++) output(c, k, TYPE_F64, 1, -1, 0);
    return 1;
}

static int binned_auc_prepare(call *c)
{
    size_t b;
    if (c->variant) return 0;
    c->size[0] = c->length % 12 + 1;
    input(c, 0, TYPE_F64, 2 * c->size[0], 0, 9, 0);
    for (b = 0; b < 2 * c->size[0]; b++) put(c, &c->in[0], b, floor(get(c, &c->in[0], b)));
    output(c, 0, TYPE_F64, 1, -1, 0);
    output(c, 1, TYPE_F64, 1, -1, 0);
    return 1;
}
