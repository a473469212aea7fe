/* Two labellings, few labels and all apart; data with labels. */
static int clustering_prepare(call *c)
{
    size_t k;
    if (c->variant > 2) return 0;
    c->size[0] = c->length;
    c->option[0] = c->variant;
    input(c, 0, TYPE_I32, c->length, -3, 3, ARRAY_LABELS | ARRAY_ANY);
    input(c, 1, TYPE_I32, c->length, 0, 4, ARRAY_LABELS | ARRAY_ANY);
    for (k = 0; c->variant == 2 && k < c->length; k++) put(c, &c->in[1], k, (double)(int32_t)draw_bits(c));
    output(c, 0, TYPE_F64, sizeof(metrics_clustering_scores) / sizeof(double), -1, 0);
    c->scratch_bytes = metrics_clustering_scratch(c->length);
    c->elements = (double)c->length;
    return 1;
}

static int silhouette_prepare(call *c)
{
    static const int dimensions[] = {1, 2, 9, 17};
    const size_t d = (size_t)dimensions[c->variant % 4], clusters = 5;
    if (c->variant > 3) return 0;
    c->size[0] = c->length;
    c->size[1] = d;
    c->size[2] = clusters;
    c->option[0] = c->variant % 2;
    input(c, 0, TYPE_REAL, c->length * d, -2, 2, 0);
    input(c, 1, TYPE_I32, c->length, 0, (double)clusters, ARRAY_LABELS);
    output(c, 0, TYPE_F64, 1, -1, 0);
    output(c, 1, TYPE_F64, c->length, -1, 0);
    c->scratch_bytes = c->bits == 32 ? metrics_silhouette_scratch_f32(c->length, d, clusters)
                                     : metrics_silhouette_scratch_f64(c->length, d, clusters);
    c->elements = (double)c->length;
    return 1;
}
