//@family Surface distances: Hausdorff, its percentile, average distance, surface Dice

//@api

/* ---- surface distances of two masks -------------------------------------------

   pred and target are masks of the same shape, nonzero inside. The surface of a
   mask are its elements with a face neighbour (4 in 2-D, 6 in 3-D) that is not in
   the mask; beyond the array nothing is in a mask, so an element on the border of
   the array is on the surface. (This is the mask minus its erosion, as MONAI,
   medpy and MetricsReloaded take it; DeepMind's surface-distance puts surface
   elements between the voxels and weights them by area, which gives other
   numbers.) The distance of a surface element is that to the centre of the
   nearest surface element of the other mask, with a_i the distances of the
   surface of pred to target's, i < A, and b_j those of target's to pred's, j < B.

   Distances are exact, by a linear-time distance transform of the box that holds
   both masks. They are stored in the function's type: _f32 takes half the scratch
   and gives distances to 1e-6 of their size. */

/* What distances are when a mask is empty. */
enum {
    METRICS_SURFACE_EMPTY_WORST = 0,   /* both empty: 0, surface Dice 1; one empty: infinity or the penalty, surface Dice 0 */
    METRICS_SURFACE_EMPTY_NAN = 1      /* NaN in either case */
};

/* NULL or all zero means the defaults.
     empty      METRICS_SURFACE_EMPTY_*
     penalty    what every distance is when one mask is empty and the other not;
                0: infinity. The diagonal of the image is usual. */
typedef struct metrics_surface_options {
    int empty;
    double penalty;
} metrics_surface_options;

/* Index 0 of the directed values is pred to target (a), 1 target to pred (b). */
typedef struct metrics_surface {
    double hausdorff;             /* max(max a, max b) */
    double percentile;            /* the larger of the two percentiles of a and of b (MONAI, DeepMind) */
    double percentile_pooled;     /* the percentile of a and b together (medpy's hd95) */
    double average;               /* (sum a + sum b) / (A + B): ASSD */
    double average_of_means;      /* (mean a + mean b) / 2: MASD; medpy's assd */
    double dice;                  /* (count of a <= tolerance + count of b <= tolerance) / (A + B): surface Dice, NSD */
    double directed_hausdorff[2]; /* max a, max b */
    double directed_percentile[2];
    double directed_average[2];   /* mean a, mean b */
    size_t elements[2];           /* A and B: of the surfaces of pred and target */
} metrics_surface;

/* Bytes of scratch metrics_surface_distances needs for these masks; with NULL
   masks, for any masks of this shape. SIZE_MAX when it does not fit or dims is
   not 1, 2 or 3. */
METRICS_DEF size_t metrics_surface_distances_scratch_REAL(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims);

/* All surface distances at once.
     shape       dims sizes, the last axis is contiguous; dims is 1, 2 or 3
     spacing     dims distances of neighbours, > 0; NULL: all 1
     percentile  0 .. 100, usually 95, with linear interpolation between neighbouring distances (NumPy's)
     tolerance   >= 0, for the surface Dice, in the unit of spacing; a distance equal to it
                 but for rounding is within
   No number is NaN but under METRICS_SURFACE_EMPTY_NAN. MONAI gives NaN for an empty
   mask, scikit-image infinity and 0; DeepMind NaN for averages.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_PARAMETER,
   METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH.
   Source: D. P. Huttenlocher, G. A. Klanderman, W. J. Rucklidge, Comparing Images
   Using the Hausdorff Distance, 1993; T. Heimann et al., Comparison and Evaluation
   of Methods for Liver Segmentation from CT Datasets, 2009; S. Nikolov et al.,
   arXiv:1809.04430 (surface Dice); L. Maier-Hein, A. Reinke et al., Metrics
   Reloaded, arXiv:2206.01653. */
METRICS_DEF int metrics_surface_distances_REAL(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims,
                                               const double *spacing, double percentile, double tolerance,
                                               const metrics_surface_options *options, void *scratch, size_t scratch_size,
                                               metrics_surface *result);

//@once

/* The box that holds both masks: always three axes, the last `dims` of them the caller's. */
typedef struct {
    size_t full[3];           /* of the arrays */
    size_t low[3], size[3];   /* of the box; sizes 0 when both masks are empty */
    int pred_empty, target_empty;
} lfn_surface_box;

/* The first place from k on with a byte other than 0, n when there is none. */
LFN_UNUSED static size_t lfn_surface_first(const uint8_t *mask, size_t k, size_t n)
{
    uint64_t word;
    for (; n - k >= 8; k += 8) {
        memcpy(&word, mask + k, 8);
        if (word) break;
    }
    while (k < n && !mask[k]) k++;
    return k;
}

/* Behind the last byte other than 0 of mask[0..n-1]. */
LFN_UNUSED static size_t lfn_surface_end(const uint8_t *mask, size_t n)
{
    uint64_t word;
    for (; n >= 8; n -= 8) {
        memcpy(&word, mask + n - 8, 8);
        if (word) break;
    }
    while (n > 0 && !mask[n - 1]) n--;
    return n;
}

/* Widens the box (low .. high) by one mask. Returns whether the mask is empty. */
LFN_UNUSED static int lfn_surface_widen(const uint8_t *mask, const size_t *full, size_t *low, size_t *high)
{
    size_t at[3], first, end;
    int axis, empty = 1;
    for (at[0] = 0; at[0] < full[0]; at[0]++)
        for (at[1] = 0; at[1] < full[1]; at[1]++) {
            const uint8_t *line = mask + (at[0] * full[1] + at[1]) * full[2];
            first = lfn_surface_first(line, 0, full[2]);
            if (first == full[2]) continue;
            end = lfn_surface_end(line, full[2]);
            empty = 0;
            for (axis = 0; axis < 2; axis++) {
                if (at[axis] < low[axis]) low[axis] = at[axis];
                if (at[axis] + 1 > high[axis]) high[axis] = at[axis] + 1;
            }
            if (first < low[2]) low[2] = first;
            if (end > high[2]) high[2] = end;
        }
    return empty;
}

/* NULL masks: the whole array. */
LFN_UNUSED static void lfn_surface_find(lfn_surface_box *box, const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims)
{
    size_t high[3] = {0, 0, 0};
    int axis, nothing = 0;
    for (axis = 0; axis < 3; axis++) {
        box->full[axis] = axis < 3 - dims ? 1 : shape[axis - (3 - dims)];
        box->low[axis] = box->full[axis];
        if (box->full[axis] == 0) nothing = 1;
    }
    box->pred_empty = box->target_empty = nothing;
    if (nothing) {
        /* no elements, however long the other axes are */
    } else if (pred && target) {
        box->pred_empty = lfn_surface_widen(pred, box->full, box->low, high);
        box->target_empty = lfn_surface_widen(target, box->full, box->low, high);
    } else {
        for (axis = 0; axis < 3; axis++) {
            box->low[axis] = 0;
            high[axis] = box->full[axis];
        }
    }
    for (axis = 0; axis < 3; axis++) box->size[axis] = high[axis] > box->low[axis] ? high[axis] - box->low[axis] : 0;
}

/* How many elements the arrays have, SIZE_MAX when too many. */
LFN_UNUSED static size_t lfn_surface_total(const size_t *shape, int dims)
{
    size_t total = 1;
    int axis;
    for (axis = 0; axis < dims; axis++) {
        if (shape[axis] == 0) return 0;
        total = lfn_mul(total, shape[axis]);
    }
    return total;
}

/* One line of the surface: in the mask, and not all neighbours are. side are the
   lines next to it, NULL where nothing is in the mask. */
LFN_UNUSED static void lfn_surface_line(const uint8_t *line, const uint8_t **side, size_t n, uint8_t *edge)
{
    const int inner = side[0] && side[1] && side[2] && side[3];
    size_t k;
    for (k = 0; k < n; k++) edge[k] = line[k] != 0;
    if (!inner) return;
    for (k = 1; k + 1 < n; k++)
        edge[k] = (uint8_t)(edge[k] & !((line[k - 1] != 0) & (line[k + 1] != 0) & (side[0][k] != 0) & (side[1][k] != 0)
                                        & (side[2][k] != 0) & (side[3][k] != 0)));
}

/* The surface of a mask within the box, as a mask of the box. Returns its elements. */
LFN_UNUSED static size_t lfn_surface_edges(const uint8_t *mask, const lfn_surface_box *box, int dims, uint8_t *edge)
{
    const size_t plane = box->full[1] * box->full[2], row = box->full[2];
    size_t a, b, k, count = 0;
    for (a = 0; a < box->size[0]; a++)
        for (b = 0; b < box->size[1]; b++) {
            const uint8_t *line = mask + (a + box->low[0]) * plane + (b + box->low[1]) * row + box->low[2];
            const uint8_t *side[4];
            /* Along an axis the array does not have, an element is its own neighbour. */
            side[0] = dims < 3 ? line : a > 0 ? line - plane : NULL;
            side[1] = dims < 3 ? line : a + 1 < box->size[0] ? line + plane : NULL;
            side[2] = dims < 2 ? line : b > 0 ? line - row : NULL;
            side[3] = dims < 2 ? line : b + 1 < box->size[1] ? line + row : NULL;
            lfn_surface_line(line, side, box->size[2], edge);
            for (k = 0; k < box->size[2]; k++) count += edge[k];
            edge += box->size[2];
        }
    return count;
}

/* Every distance is this, and the surface Dice that. */
LFN_UNUSED static void lfn_surface_constant(metrics_surface *result, double distance, double dice)
{
    result->hausdorff = result->percentile = result->percentile_pooled = distance;
    result->average = result->average_of_means = distance;
    result->directed_hausdorff[0] = result->directed_hausdorff[1] = distance;
    result->directed_percentile[0] = result->directed_percentile[1] = distance;
    result->directed_average[0] = result->directed_average[1] = distance;
    result->dice = dice;
}

//@impl

LFN_FN size_t lfn_surface_room(const lfn_surface_box *box, int dims)
{
    const size_t total = box->size[0] * box->size[1] * box->size[2];
    const size_t room = lfn_add(lfn_mul(2, lfn_piece(total, 1)), lfn_piece(lfn_mul(2, total), sizeof(REAL)));
    return lfn_add(room, lfn_edt_room(box->size + (3 - dims), dims));
}

METRICS_DEF size_t metrics_surface_distances_scratch_REAL(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims)
{
    lfn_surface_box box;
    if (dims < 1 || dims > 3 || !shape) return SIZE_MAX;
    if (lfn_too_big(lfn_surface_total(shape, dims), sizeof(REAL))) return SIZE_MAX;
    lfn_surface_find(&box, pred, target, shape, dims);
    return lfn_surface_room(&box, dims);
}

/* The squared distances of the surface elements to the other surface, in the
   order of the elements, at the front of `distance`. */
LFN_FN void lfn_surface_gather(const uint8_t *edge, const uint8_t *other, const lfn_surface_box *box, int dims,
                               const double *spacing, REAL *distance, void *scratch)
{
    const size_t total = box->size[0] * box->size[1] * box->size[2];
    size_t k, count = 0;
    lfn_edt_squared(other, box->size + (3 - dims), dims, spacing, distance, scratch);
    for (k = 0; k < total; k++)
        if (edge[k]) distance[count++] = distance[k];
}

/* The percentile of the roots of n squared distances, which change their order:
   with h = percentile / 100 (n - 1), between the h-th and the next by h's fraction. */
LFN_FN double lfn_surface_percentile(REAL *squared, size_t n, double percentile)
{
    const double h = percentile / 100 * (double)(n - 1);
    size_t below = (size_t)h, k;
    double low, high;
    if (below > n - 1) below = n - 1;
    low = sqrt((double)lfn_select_kth(squared, n, below));
    if (below + 1 >= n || h <= (double)below) return low;
    high = (double)squared[below + 1];
    for (k = below + 2; k < n; k++) if ((double)squared[k] < high) high = (double)squared[k];
    return low + (h - (double)below) * (sqrt(high) - low);
}

/* Maximum, sum and number within the tolerance of n > 0 distances. Rounding of a
   distance that equals the tolerance does not push it out. */
LFN_FN void lfn_surface_sums(const REAL *squared, size_t n, double tolerance, double *max, double *sum, size_t *within)
{
    const double limit = tolerance * (1 + 4 * (LFN_BITS == 32 ? (double)FLT_EPSILON : DBL_EPSILON));
    size_t k;
    *max = *sum = 0;
    *within = 0;
    for (k = 0; k < n; k++) {
        const double d = sqrt((double)squared[k]);
        if (d > *max) *max = d;
        *sum += d;
        *within += d <= limit;
    }
}

/* All values from the squared distances a and, right behind them, b; both in units
   of `unit`. The order of the distances changes. */
LFN_FN void lfn_surface_results(REAL *a, double unit, double percentile, double tolerance, metrics_surface *result)
{
    const size_t *n = result->elements;
    REAL *of[2];
    double max, sum, total = 0;
    size_t within, inside = 0;
    int side;
    of[0] = a;
    of[1] = a + n[0];
    for (side = 0; side < 2; side++) {
        lfn_surface_sums(of[side], n[side], tolerance / unit, &max, &sum, &within);
        result->directed_hausdorff[side] = unit * max;
        result->directed_average[side] = unit * (sum / (double)n[side]);
        result->directed_percentile[side] = unit * lfn_surface_percentile(of[side], n[side], percentile);
        total += sum;
        inside += within;
    }
    result->hausdorff = result->directed_hausdorff[result->directed_hausdorff[1] > result->directed_hausdorff[0]];
    result->percentile = result->directed_percentile[result->directed_percentile[1] > result->directed_percentile[0]];
    result->percentile_pooled = unit * lfn_surface_percentile(a, n[0] + n[1], percentile);
    result->average = unit * (total / ((double)n[0] + (double)n[1]));
    result->average_of_means = (result->directed_average[0] + result->directed_average[1]) / 2;
    result->dice = (double)inside / ((double)n[0] + (double)n[1]);
}

/* spacing over its largest value; returns that value. */
LFN_FN double lfn_surface_spacing(const double *spacing, int dims, double *relative)
{
    double unit = 0;
    int axis;
    relative[0] = relative[1] = relative[2] = 1;
    if (!spacing) return 1;
    for (axis = 0; axis < dims; axis++) if (spacing[axis] > unit) unit = spacing[axis];
    for (axis = 0; axis < dims; axis++) relative[axis] = spacing[axis] / unit;
    return unit;
}

METRICS_DEF int metrics_surface_distances_REAL(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims,
                                               const double *spacing, double percentile, double tolerance,
                                               const metrics_surface_options *options, void *scratch, size_t scratch_size,
                                               metrics_surface *result)
{
    const double penalty = options ? options->penalty : 0;
    const int empty = options ? options->empty : METRICS_SURFACE_EMPTY_WORST;
    lfn_surface_box box;
    double relative[3], unit;
    uint8_t *edge[2];
    REAL *distance;
    metrics_surface r;
    size_t total;
    int axis;
    if (!shape) return METRICS_ERROR_NULL;
    if (dims < 1 || dims > 3) return METRICS_ERROR_SIZE;
    total = lfn_surface_total(shape, dims);
    if (lfn_too_big(total, sizeof(REAL))) return METRICS_ERROR_SIZE;
    if (total && (!pred || !target)) return METRICS_ERROR_NULL;
    for (axis = 0; spacing && axis < dims; axis++) if (!lfn_is_positive(spacing[axis])) return METRICS_ERROR_PARAMETER;
    if (!lfn_is_within(percentile, 0, 100) || !(tolerance >= 0) || !lfn_finite(tolerance)) return METRICS_ERROR_PARAMETER;
    if (!lfn_finite(penalty) || penalty < 0) return METRICS_ERROR_PARAMETER;
    if (empty < METRICS_SURFACE_EMPTY_WORST || empty > METRICS_SURFACE_EMPTY_NAN) return METRICS_ERROR_OPTION;
    lfn_surface_find(&box, pred, target, shape, dims);
    if (!lfn_scratch_holds(scratch, scratch_size, lfn_surface_room(&box, dims))) return METRICS_ERROR_SCRATCH;
    if (!result) return METRICS_OK;
    total = box.size[0] * box.size[1] * box.size[2];
    memset(&r, 0, sizeof r);
    edge[0] = (uint8_t *)lfn_cut(&scratch, total, 1);
    edge[1] = (uint8_t *)lfn_cut(&scratch, total, 1);
    distance = (REAL *)lfn_cut(&scratch, 2 * total, sizeof(REAL));
    r.elements[0] = lfn_surface_edges(pred, &box, dims, edge[0]);
    r.elements[1] = lfn_surface_edges(target, &box, dims, edge[1]);
    if (box.pred_empty || box.target_empty) {
        const int both = box.pred_empty && box.target_empty;
        if (empty == METRICS_SURFACE_EMPTY_NAN) lfn_surface_constant(&r, lfn_nan_value(), lfn_nan_value());
        else lfn_surface_constant(&r, both ? 0 : penalty > 0 ? penalty : lfn_infinity_value(), both ? 1 : 0);
    } else {
        unit = lfn_surface_spacing(spacing, dims, relative);
        lfn_surface_gather(edge[0], edge[1], &box, dims, relative, distance, scratch);
        lfn_surface_gather(edge[1], edge[0], &box, dims, relative, distance + total, scratch);
        memmove(distance + r.elements[0], distance + total, r.elements[1] * sizeof(REAL));
        lfn_surface_results(distance, unit, percentile, tolerance, &r);
    }
    *result = r;
    return METRICS_OK;
}
