//@family Contrastive: each row against all others of the batch

//@api

/* ---- contrastive ----------------------------------------------------------------------

   Embeddings are rows x width, any vectors: they are brought to unit length inside,
   u_i = x_i / |x_i| (0 stays 0), and the gradient, in the embeddings as given, goes
   through that and is 0 for a zero vector. s_ij = u_i . u_j / temperature. An
   item is a row as anchor; a row of weight 0 is no anchor, but stays among the
   others of every other anchor. The n x n similarities are never stored: tiles of
   128 x 128 are computed for the sums and computed again for the gradients, the
   second time only those on and above the diagonal. scratch is O(n width + 128^2).
   The gradient may be the embeddings themselves unless it accumulates.
   temperature > 0, usually 0.05 to 0.5.
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_PARAMETER,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP, LOSSFN_ERROR_SCRATCH. */

/* Normalised temperature-scaled cross-entropy (SimCLR) of two views of `pairs`
   samples: embeddings is 2 pairs x width, row i and row i + pairs are the two views
   of sample i. With p(i) the other view of i:
   loss_i = log sum_{a != i} exp(s_ia) - s_ip(i), the mean over all 2 pairs rows.
   With q_ia the softmax over a != i, the gradient is
   ds_ia = q_ia - [a = p(i)], du_i = sum_a (ds_ia + ds_ai) u_a / temperature.
   temperature 0.5 and 0.1 in the paper. One pair alone has loss 0. All rows but i
   are in the sum; pytorch-metric-learning's NTXentLoss is that too when each label
   occurs twice.
   scratch  lossfn_nt_xent_scratch bytes; SIZE_MAX when a size is too large
   Source: T. Chen et al., A simple framework for contrastive learning of visual
   representations, 2020, arXiv 2002.05709. */
LOSSFN_DEF size_t lossfn_nt_xent_scratch_REAL(size_t pairs, size_t width);

LOSSFN_DEF int lossfn_nt_xent_REAL(const REAL *embeddings, size_t pairs, size_t width, double temperature,
                                   const lossfn_options_REAL *options, void *scratch, size_t scratch_size, REAL *loss,
                                   REAL *grad_embeddings);

/* Supervised contrastive loss, the form L_out: P(i) are the other rows with i's
   label (labels are any numbers),
   loss_i = (temperature / base_temperature) (log sum_{a != i} exp(s_ia) - (1 / |P(i)|) sum_{p in P(i)} s_ip),
   gradient ds_ia = (temperature / base_temperature) (q_ia - [a in P(i)] / |P(i)|),
   du_i as above. A row without a positive has no loss of its own and does not
   count in the mean (the paper's code divides by 0 there); it stays among the
   others. base_temperature > 0 is usually 0.07, the temperature too; with both
   equal the factor is 1. Two rows per label give lossfn_nt_xent.
   scratch  lossfn_supcon_scratch bytes; SIZE_MAX when a size is too large
   Source: P. Khosla et al., Supervised contrastive learning, 2020, arXiv 2004.11362. */
LOSSFN_DEF size_t lossfn_supcon_scratch_REAL(size_t rows, size_t width);

LOSSFN_DEF int lossfn_supcon_REAL(const REAL *features, const int32_t *labels, size_t rows, size_t width, double temperature,
                                  double base_temperature, const lossfn_options_REAL *options, void *scratch,
                                  size_t scratch_size, REAL *loss, REAL *grad_features);

//@once

/* Rows and columns of a tile. */
#define LFN_CONTRAST_TILE ((size_t)128)

//@shared

typedef struct {
    lfn_items_REAL items;
    const REAL *x;
    const int32_t *labels;      /* NULL: the one positive of i is i + n / 2, or i - n / 2 */
    REAL *grad;
    size_t n, width;
    double temperature, factor; /* factor: temperature / base temperature */
    /* scratch, n x width: the rows of length 1, the gradient in them */
    REAL *unit, *slope;
    REAL *tile;
    /* scratch, per row: |x|, the largest s, factors of exp(s - largest) and of the positives */
    REAL *norm, *largest, *share, *pull;
    void *softmax;              /* lfn_softmax per row */
    double *positive;           /* sum of s over the positives */
    size_t *members;            /* how many they are */
} lfn_contrast_REAL;

//@kernel

/* Rows of unit length; zero vectors stay. */
LFN_FN void lfn_contrast_units(lfn_contrast_REAL *a)
{
    const size_t n = a->width;
    size_t i;
    for (i = 0; i < a->n; i++) {
        a->norm[i] = (REAL)sqrt(lfn_sum_squares(lfn_at_REAL(a->x, i * n), n));
        lfn_scale(a->unit + i * n, a->norm[i] == 0 ? LFN_K(0) : 1 / a->norm[i], lfn_at_REAL(a->x, i * n), n);
    }
}

/* Similarities of rows first .. first + high - 1 to rows across .. across + wide - 1. */
LFN_FN void lfn_contrast_tile(const lfn_contrast_REAL *a, size_t first, size_t high, size_t across, size_t wide)
{
    lfn_gemm(0, 1, high, wide, a->width, (REAL)(1 / a->temperature), a->unit + first * a->width, a->width,
             a->unit + across * a->width, a->width, 0, a->tile, wide);
}

/* The first positive of row i from row j on, below end; end when there is none. */
LFN_INLINE size_t lfn_contrast_next(const lfn_contrast_REAL *a, size_t i, size_t j, size_t end)
{
    if (!a->labels) {
        const size_t half = a->n / 2, other = i < half ? i + half : i - half;
        return other >= j && other < end ? other : end;
    }
    while (j < end && (j == i || a->labels[j] != a->labels[i])) j++;
    return j;
}

/* A tile's similarities of row i join its sums; s_ii takes no part. */
LFN_FN void lfn_contrast_join(lfn_contrast_REAL *a, size_t i, const REAL *s, size_t across, size_t wide)
{
    lfn_softmax *sum = (lfn_softmax *)a->softmax + i;
    const size_t left = i < across ? 0 : i - across < wide ? i - across : wide;
    const size_t right = i < across ? 0 : left < wide ? left + 1 : wide;
    size_t j;
    *sum = lfn_softmax_join(*sum, lfn_softmax_of(s, left, NULL));
    *sum = lfn_softmax_join(*sum, lfn_softmax_of(s + right, wide - right, NULL));
    for (j = lfn_contrast_next(a, i, across, across + wide); j < across + wide; j = lfn_contrast_next(a, i, j + 1, across + wide)) {
        a->positive[i] += (double)s[j - across];
        a->members[i]++;
    }
}

/* The first sweep: what every row comes to. */
LFN_FN void lfn_contrast_sums(lfn_contrast_REAL *a)
{
    size_t first, high, across, wide, i;
    lfn_contrast_units(a);
    for (i = 0; i < a->n; i++) {
        memset((lfn_softmax *)a->softmax + i, 0, sizeof(lfn_softmax));
        a->positive[i] = 0;
        a->members[i] = 0;
    }
    for (first = 0; first < a->n; first += high) {
        high = a->n - first < LFN_CONTRAST_TILE ? a->n - first : LFN_CONTRAST_TILE;
        for (across = 0; across < a->n; across += wide) {
            wide = a->n - across < LFN_CONTRAST_TILE ? a->n - across : LFN_CONTRAST_TILE;
            lfn_contrast_tile(a, first, high, across, wide);
            for (i = 0; i < high; i++) lfn_contrast_join(a, first + i, a->tile + i * wide, across, wide);
        }
    }
}

/* Losses; and what the second sweep needs of each row. */
LFN_FN void lfn_contrast_losses(lfn_contrast_REAL *a)
{
    lfn_softmax *sum = (lfn_softmax *)a->softmax;
    size_t i;
    for (i = 0; i < a->n; i++) {
        double scale = 0;
        lfn_softmax_close(&sum[i]);
        a->largest[i] = sum[i].max;
        if (a->members[i]) {
            lfn_item_loss_REAL(&a->items, i, a->factor * (sum[i].log_sum + ((double)sum[i].max - a->positive[i] / (double)a->members[i])));
            scale = lfn_item_scale_REAL(&a->items, i) * a->factor / a->temperature;
        } else lfn_item_loss_REAL(&a->items, i, 0);
        a->share[i] = scale == 0 ? LFN_K(0) : (REAL)(scale / sum[i].sum);
        a->pull[i] = scale == 0 ? LFN_K(0) : (REAL)(scale / (double)a->members[i]);
    }
}

/* A row of the tile becomes ds_ij + ds_ji. A row's only positive is that row's
   only positive too: there ds = -(1 - q), whose digits are kept. */
LFN_FN void lfn_contrast_slope(const lfn_contrast_REAL *a, size_t i, REAL *s, size_t across, size_t wide)
{
    const lfn_softmax *sum = (const lfn_softmax *)a->softmax;
    const lfn_vec shift = lfn_set1(a->largest[i]), share = lfn_set1(a->share[i]);
    const size_t end = across + wide;
    size_t j = lfn_contrast_next(a, i, across, end), k, m;
    const REAL score = j < end ? s[j - across] : 0;
    for (k = 0; k < wide; k += m) {
        lfn_vec v;
        m = wide - k < LFN_LANES ? wide - k : LFN_LANES;
        v = lfn_load_part(s + k, m);
        v = share * lfn_exp(v - shift)
            + lfn_load_part(a->share + across + k, m) * lfn_exp(v - lfn_load_part(a->largest + across + k, m));
        lfn_store_part(s + k, v, m);
    }
    if (i >= across && i < end) s[i - across] = 0;
    if (j < end && a->members[i] == 1) {
        s[j - across] = (REAL)(-(double)a->pull[i] * lfn_softmax_not_at(&sum[i], score) - (double)a->pull[j] * lfn_softmax_not_at(&sum[j], score));
        return;
    }
    for (; j < end; j = lfn_contrast_next(a, i, j + 1, end)) s[j - across] -= a->pull[i] + a->pull[j];
}

/* Through the unit length: dx = (du - (du . u) u) / |x|, 0 for a zero vector. */
LFN_FN void lfn_contrast_back(const lfn_contrast_REAL *a)
{
    const size_t n = a->width;
    size_t i;
    for (i = 0; i < a->n; i++) {
        REAL *slope = a->slope + i * n;
        if (a->norm[i] == 0) {
            if (!a->items.accumulate) lfn_fill(a->grad + i * n, 0, n);
            continue;
        }
        lfn_axpy(slope, (REAL)-lfn_dot(slope, a->unit + i * n, n), a->unit + i * n, n);
        lfn_put(a->grad + i * n, 1 / a->norm[i], slope, n, a->items.accumulate);
    }
}

/* The second sweep: du_i = sum_j (ds_ij + ds_ji) u_j over tiles on and above the diagonal. */
LFN_FN void lfn_contrast_gradients(lfn_contrast_REAL *a)
{
    const size_t n = a->width;
    size_t first, high, across, wide, i;
    lfn_contrast_losses(a);
    if (!a->grad) return;
    lfn_fill(a->slope, 0, a->n * n);
    for (first = 0; first < a->n; first += high) {
        high = a->n - first < LFN_CONTRAST_TILE ? a->n - first : LFN_CONTRAST_TILE;
        for (across = first; across < a->n; across += wide) {
            wide = a->n - across < LFN_CONTRAST_TILE ? a->n - across : LFN_CONTRAST_TILE;
            lfn_contrast_tile(a, first, high, across, wide);
            for (i = 0; i < high; i++) lfn_contrast_slope(a, first + i, a->tile + i * wide, across, wide);
            lfn_gemm(0, 0, high, n, wide, 1, a->tile, wide, a->unit + across * n, n, 1, a->slope + first * n, n);
            if (across != first)
                lfn_gemm(1, 0, wide, n, high, 1, a->tile, wide, a->unit + first * n, n, 1, a->slope + across * n, n);
        }
    }
    lfn_contrast_back(a);
}

//@impl

LFN_FN size_t lfn_contrast_room(size_t n, size_t width)
{
    const size_t tile = n < LFN_CONTRAST_TILE ? n : LFN_CONTRAST_TILE;
    size_t room = lfn_add(lfn_mul(2, lfn_piece(lfn_mul(n, width), sizeof(REAL))), lfn_piece(tile * tile, sizeof(REAL)));
    room = lfn_add(room, lfn_mul(4, lfn_piece(n, sizeof(REAL))));
    room = lfn_add(room, lfn_add(lfn_piece(n, sizeof(lfn_softmax)), lfn_piece(n, sizeof(double))));
    return lfn_add(room, lfn_piece(n, sizeof(size_t)));
}

LFN_FN int lfn_contrast_call(const REAL *x, const int32_t *labels, size_t n, size_t width, double temperature, double base,
                             const lossfn_options_REAL *options, void *scratch, size_t scratch_size, REAL *loss, REAL *grad)
{
    const size_t tile = n < LFN_CONTRAST_TILE ? n : LFN_CONTRAST_TILE;
    lfn_contrast_REAL a;
    lfn_span in, out;
    double count = 0;
    size_t i;
    int status;
    memset(&a, 0, sizeof a);
    if (n && width && !x) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(n, width), sizeof(REAL)) || lfn_too_big(n, sizeof(REAL)) || lfn_too_big(width, sizeof(REAL))) return LOSSFN_ERROR_SIZE;
    if (!lfn_is_positive(temperature) || !lfn_is_finite(1 / temperature) || !lfn_is_positive(base) || !lfn_is_positive(temperature / base))
        return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    in = lfn_span_of(x, n * width, sizeof(REAL));
    out = lfn_span_of(grad, n * width, sizeof(REAL));
    if (lfn_spans_clash(&in, 1, &out, 1, !a.items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    if (n && (!scratch || scratch_size < lfn_contrast_room(n, width))) return LOSSFN_ERROR_SCRATCH;
    a.x = x;
    a.labels = labels;
    a.grad = grad;
    a.n = n;
    a.width = width;
    a.temperature = temperature;
    a.factor = temperature / base;
    if (n) {
        a.unit = (REAL *)lfn_cut(&scratch, n * width, sizeof(REAL));
        a.slope = (REAL *)lfn_cut(&scratch, n * width, sizeof(REAL));
        a.tile = (REAL *)lfn_cut(&scratch, tile * tile, sizeof(REAL));
        a.norm = (REAL *)lfn_cut(&scratch, n, sizeof(REAL));
        a.largest = (REAL *)lfn_cut(&scratch, n, sizeof(REAL));
        a.share = (REAL *)lfn_cut(&scratch, n, sizeof(REAL));
        a.pull = (REAL *)lfn_cut(&scratch, n, sizeof(REAL));
        a.softmax = lfn_cut(&scratch, n, sizeof(lfn_softmax));
        a.positive = (double *)lfn_cut(&scratch, n, sizeof(double));
        a.members = (size_t *)lfn_cut(&scratch, n, sizeof(size_t));
    }
    LFN_CALL(lfn_contrast_sums, (&a));
    for (i = 0; i < n; i++)
        if (a.members[i]) count += lfn_item_weight_REAL(&a.items, i);
    lfn_items_scale(&a.items, count);
    LFN_CALL(lfn_contrast_gradients, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF size_t lossfn_nt_xent_scratch_REAL(size_t pairs, size_t width) { return lfn_contrast_room(lfn_mul(2, pairs), width); }

LOSSFN_DEF int lossfn_nt_xent_REAL(const REAL *embeddings, size_t pairs, size_t width, double temperature,
                                   const lossfn_options_REAL *options, void *scratch, size_t scratch_size, REAL *loss,
                                   REAL *grad_embeddings)
{
    return lfn_contrast_call(embeddings, NULL, lfn_mul(2, pairs), width, temperature, temperature, options, scratch, scratch_size,
                             loss, grad_embeddings);
}

LOSSFN_DEF size_t lossfn_supcon_scratch_REAL(size_t rows, size_t width) { return lfn_contrast_room(rows, width); }

LOSSFN_DEF int lossfn_supcon_REAL(const REAL *features, const int32_t *labels, size_t rows, size_t width, double temperature,
                                  double base_temperature, const lossfn_options_REAL *options, void *scratch,
                                  size_t scratch_size, REAL *loss, REAL *grad_features)
{
    if (rows && !labels) return LOSSFN_ERROR_NULL;
    return lfn_contrast_call(features, labels, rows, width, temperature, base_temperature, options, scratch, scratch_size,
                             loss, grad_features);
}
