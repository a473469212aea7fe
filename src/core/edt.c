/* The exact Euclidean distance transform.

     lfn_edt_room(shape, dims)   bytes of scratch
     lfn_edt_squared(mask, shape, dims, spacing, distance_squared, scratch)
       distance_squared_p = min over q with mask_q != 0 of sum_a (spacing_a (p_a - q_a))^2

   dims is 1, 2 or 3, arrays are row-major, spacing[a] > 0 is the distance of
   neighbours along axis a. Infinity everywhere when the mask is empty. Axis after
   axis, each line becomes the lower envelope of the parabolas that stand on its
   values (P. F. Felzenszwalb and D. P. Huttenlocher, Distance Transforms of
   Sampled Functions, 2012), in time proportional to the number of elements. A
   line is computed in double and stored in the element type. */

//@impl

LFN_FN size_t lfn_edt_room(const size_t *shape, int dims)
{
    size_t longest = 0;
    int axis;
    for (axis = 0; axis < dims; axis++) if (shape[axis] > longest) longest = shape[axis];
    return lfn_add(lfn_mul(3, lfn_piece(longest, sizeof(double))), lfn_piece(longest, sizeof(size_t)));
}

/* Where a line is worked on. */
typedef struct {
    double *value;     /* of the line */
    double *height;    /* of the envelope's parabolas */
    double *start;     /* where each becomes the lowest; the first from the beginning */
    size_t *place;     /* and where it stands */
} lfn_edt_line;

/* line[i step] = min over j of line[j step] + (spacing (i - j))^2, for i < n. */
LFN_FN void lfn_edt_axis(REAL *line, size_t n, size_t step, double spacing, const lfn_edt_line *room)
{
    size_t count = 0, i, k;
    for (i = 0; i < n; i++) {
        const double value = (double)line[i * step] / spacing / spacing;
        double crossing = 0;
        if (!lfn_finite(value)) continue;
        /* Parabolas i and j < i cross at (value_i - value_j) / (2 (i - j)) + (i + j) / 2. */
        while (count > 0) {
            const double j = (double)room->place[count - 1];
            crossing = (value - room->height[count - 1]) / (2 * ((double)i - j)) + ((double)i + j) / 2;
            if (count == 1 || crossing > room->start[count - 1]) break;
            count--;
        }
        room->place[count] = i;
        room->height[count] = value;
        room->start[count] = crossing;
        count++;
    }
    if (count == 0) return;
    for (i = 0; i < n; i++) room->value[i] = (double)line[i * step];
    for (i = 0, k = 0; i < n; i++) {
        double distance;
        while (k + 1 < count && room->start[k + 1] < (double)i) k++;
        distance = spacing * ((double)i - (double)room->place[k]);
        line[i * step] = (REAL)(room->value[room->place[k]] + distance * distance);
    }
}

LFN_FN void lfn_edt_squared(const uint8_t *mask, const size_t *shape, int dims, const double *spacing,
                            REAL *distance_squared, void *scratch)
{
    size_t longest = 0, total = 1, step = 1, i;
    lfn_edt_line room;
    int axis;
    for (axis = 0; axis < dims; axis++) {
        if (shape[axis] > longest) longest = shape[axis];
        total *= shape[axis];
    }
    if (total == 0) return;
    room.value = (double *)lfn_cut(&scratch, longest, sizeof(double));
    room.height = (double *)lfn_cut(&scratch, longest, sizeof(double));
    room.start = (double *)lfn_cut(&scratch, longest, sizeof(double));
    room.place = (size_t *)lfn_cut(&scratch, longest, sizeof(size_t));
    for (i = 0; i < total; i++) distance_squared[i] = mask[i] ? LFN_K(0) : (REAL)HUGE_VAL;
    for (axis = dims; axis-- > 0; step *= shape[axis])
        for (i = 0; i < total; i++) {
            /* The lines along an axis begin where its coordinate is 0. */
            if (i / step % shape[axis] != 0) {
                i += step * (shape[axis] - 1) - 1;
                continue;
            }
            lfn_edt_axis(distance_squared + i, shape[axis], step, spacing[axis], &room);
        }
}
