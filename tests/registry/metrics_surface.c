/* Inputs of the surface distances: two masks in 1, 2 or 3 dimensions, dense and sparse. */

/* HYPER 3 .. 5, as many as there are dimensions. */
static const double *surface_spacing_of(call *c)
{
    int axis;
    for (axis = 0; axis < c->option[0] && axis < 3; axis++) c->config_room[axis] = hyper_of(c, 3 + axis);
    return c->config_room;
}

/* HYPER 2 is the penalty. */
static const metrics_surface_options *surface_options_of(call *c)
{
    metrics_surface_options *options = (metrics_surface_options *)(void *)(c->config_room + 8);
    options->empty = METRICS_SURFACE_EMPTY_WORST;
    options->penalty = hyper_of(c, 2);
    return options;
}

static int metrics_surface_prepare(call *c)
{
    const int dims = c->variant % 3 + 1, sparse = c->variant / 3;
    const size_t edge = !c->large ? c->length : dims == 3 ? (size_t)cbrt((double)c->length) : dims == 2 ? (size_t)sqrt((double)c->length) : c->length;
    size_t n, i;
    int k;
    if (c->variant > 5) return 0;
    c->option[0] = dims;
    c->size[dims - 1] = edge;
    if (dims > 1) c->size[dims - 2] = c->large ? edge : edge % 7 + (edge > 0);
    if (dims > 2) c->size[0] = c->large ? edge : edge % 5 + (edge > 0);
    n = c->size[0] * (dims > 1 ? c->size[1] : 1) * (dims > 2 ? c->size[2] : 1);
    for (k = 0; k < 2; k++) {
        array *a = input(c, k, TYPE_U8, n, 0, 2, 0);
        for (i = 0; sparse && i < n; i++) put(c, a, i, draw_int(c, 0, 9) == 0 ? 255 : 0);
    }
    output(c, 0, TYPE_F64, sizeof(metrics_surface) / sizeof(double), -1, 0);
    c->scratch_bytes = c->bits == 32
        ? metrics_surface_distances_scratch_f32((const uint8_t *)c->in[0].data, (const uint8_t *)c->in[1].data, c->size, dims)
        : metrics_surface_distances_scratch_f64((const uint8_t *)c->in[0].data, (const uint8_t *)c->in[1].data, c->size, dims);
    c->bytes = 2.0 * (double)n;
    c->elements = (double)n;
    return 1;
}
