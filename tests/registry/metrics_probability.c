/* Inputs of the probability scores and calibration errors: labels of 0 and 1 with
   one number each (binary_scores), or rows of classes (class_scores_prepare). */

static int binary_mean_prepare(call *c)
{
    if (c->variant > 1) return 0;
    binary_scores(c, 1);
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

static int binary_mean_update_prepare(call *c)
{
    if (c->variant > 1) return 0;
    binary_scores(c, 1);
    output(c, 0, TYPE_F64, 4, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int class_mean_prepare(call *c)
{
    if (!class_scores_prepare(c)) return 0;
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

static int class_mean_update_prepare(call *c)
{
    if (!class_scores_prepare(c)) return 0;
    output(c, 0, TYPE_F64, 4, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

/* Top k: 15 variants, five tie rules of three kinds of rows. */
static int top_k_inputs(call *c)
{
    const int ties = c->variant / 3;
    if (c->variant >= 15) return 0;
    c->variant %= 3;
    class_scores_prepare(c);
    c->option[1] = ties;
    c->size[2] = (size_t)(1 + ties % 3);
    return 1;
}

static int top_k_prepare(call *c)
{
    if (!top_k_inputs(c)) return 0;
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

static int top_k_update_prepare(call *c)
{
    if (!top_k_inputs(c)) return 0;
    output(c, 0, TYPE_F64, 4, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int calibration_init_prepare(call *c)
{
    if (c->variant) return 0;
    c->size[0] = c->length % 12 + 1;
    output(c, 0, TYPE_F64, 36, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int calibration_merge_prepare(call *c)
{
    if (!calibration_init_prepare(c)) return 0;
    input(c, 0, TYPE_F64, 36, 0, 100, 0);
    return 1;
}

static int calibration_update_prepare(call *c)
{
    if (c->variant > 3) return 0;
    binary_scores(c, 1);
    c->size[1] = 10;
    output(c, 0, TYPE_F64, 30, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int calibration_scores_prepare(call *c)
{
    if (!class_scores_prepare(c)) return 0;
    c->size[2] = 15;
    c->option[1] = c->variant % 2;
    output(c, 0, TYPE_F64, 45, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

/* Bins, some empty. */
static void calibration_bins(call *c)
{
    size_t b;
    c->size[0] = c->length % 12 + 1;
    input(c, 0, TYPE_F64, 3 * c->size[0], 0, 1, 0);
    for (b = 0; b < c->size[0]; b++) {
        const double weight = b % 4 == 2 ? 0 : floor(20 * get(c, &c->in[0], 3 * b));
        put(c, &c->in[0], 3 * b, weight);
        put(c, &c->in[0], 3 * b + 1, weight * get(c, &c->in[0], 3 * b + 1));
        put(c, &c->in[0], 3 * b + 2, floor(weight * get(c, &c->in[0], 3 * b + 2)));
    }
}

static int calibration_error_prepare(call *c)
{
    if (c->variant > 3) return 0;
    calibration_bins(c);
    c->option[0] = c->variant;
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

static int calibration_curve_prepare(call *c)
{
    int k;
    if (c->variant) return 0;
    calibration_bins(c);
    for (k = 0; k < 3; k++) output(c, k, TYPE_F64, c->size[0], -1, 0);
    return 1;
}

static int equal_mass_prepare(call *c)
{
    const int norm = c->variant / 2;
    if (c->variant > 7) return 0;
    c->variant %= 2;
    binary_scores(c, 1);
    c->option[1] = norm;
    c->size[1] = 7;
    c->scratch_bytes = metrics_calibration_error_equal_mass_scratch(c->length);
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

static int ks_calibration_prepare(call *c)
{
    if (c->variant > 1) return 0;
    binary_scores(c, 1);
    c->scratch_bytes = metrics_ks_calibration_error_scratch(c->length);
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}
