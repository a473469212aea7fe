//@family Options: reduction, weights, upstream gradient, shared buffers

//@api

/* How the losses of the items become one number. */
enum {
    LOSSFN_MEAN = 0,   /* sum of weight x loss, divided by the sum of the weights (the count without weights) */
    LOSSFN_SUM = 1,    /* sum of weight x loss */
    LOSSFN_NONE = 2    /* one loss per item, times its weight: the loss output is an array */
};

/* How an array of rows, classes and positions lies in memory. */
enum {
    LOSSFN_CLASSES_LAST = 0,  /* (N, S, C): the classes of one position next to each other */
    LOSSFN_CLASSES_FIRST = 1  /* (N, C, S): one plane per class */
};

/* The options every loss takes; NULL or all zero means the defaults.

   weight       one per item (what an item is, each function says); NULL: all 1.
                An item of weight 0 is skipped whatever its data holds: its loss
                and gradient are 0.
   upstream     d L / d loss, what comes back through the rest of the graph: one
                value, under LOSSFN_NONE one per item; NULL: 1. Gradients are
                multiplied by it, losses are not.
   denominator  what LOSSFN_MEAN divides by; 0: the function's own count of items
                or sum of weights. With the total of all micro-batches, shards or
                threads here, their losses and gradients add up to exactly those
                of the full batch.
   count        receives the count of items that took part, or the sum of their
                weights: what LOSSFN_MEAN divides by of itself. May be NULL.
   accumulate   nonzero: gradients are added to what their buffers hold. Then no
                gradient buffer may be an input.

   The mean of nothing (no items, all ignored, all weights 0) is 0 with zero
   gradients. */
typedef struct lossfn_options_REAL {
    int reduction;
    int accumulate;
    const REAL *weight;
    const REAL *upstream;
    double denominator;
    double *count;
} lossfn_options_REAL;

//@once

/* A block of memory, for the check of overlaps. */
typedef struct {
    const void *start;
    size_t bytes;
} lfn_span;

LFN_UNUSED static lfn_span lfn_span_of(const void *start, size_t n, size_t bytes)
{
    lfn_span span;
    span.start = start;
    span.bytes = start ? n * bytes : 0;
    return span;
}

LFN_UNUSED static int lfn_spans_meet(lfn_span a, lfn_span b)
{
    const uintptr_t x = (uintptr_t)a.start, y = (uintptr_t)b.start;
    return a.bytes && b.bytes && (x < y ? y - x < a.bytes : x - y < b.bytes);
}

/* Whether an output shares memory with another output or with an input. Where
   in_place is set an output may be exactly an input. */
LFN_UNUSED static int lfn_spans_clash(const lfn_span *inputs, int input_count, const lfn_span *outputs, int output_count, int in_place)
{
    int i, j;
    for (j = 0; j < output_count; j++) {
        for (i = 0; i < j; i++)
            if (lfn_spans_meet(outputs[i], outputs[j])) return 1;
        for (i = 0; i < input_count; i++) {
            const int same = inputs[i].start == outputs[j].start && inputs[i].bytes == outputs[j].bytes;
            if (lfn_spans_meet(inputs[i], outputs[j]) && !(in_place && same)) return 1;
        }
    }
    return 0;
}

//@shared

/* The items of one call: how each loss is weighted, where it goes, and what its
   gradient is multiplied with. */
typedef struct {
    int reduction, accumulate;
    const REAL *weight;     /* one per item or NULL */
    const REAL *upstream;   /* one per item (LOSSFN_NONE only) or NULL */
    REAL *loss_out;         /* where the loss goes, NULL: nowhere */
    double *count_out;
    double denominator;     /* the caller's, 0: our own count */
    double scale;           /* of every gradient: upstream / denominator */
    double factor;          /* of the summed loss: 1 / denominator */
    double total;           /* sum of weight x loss so far */
    double count;           /* what the items come to */
} lfn_items_REAL;

/* p + k; NULL stays NULL (an empty array may be). */
LFN_SMALL const REAL *lfn_at_REAL(const REAL *p, size_t k) { return p ? p + k : NULL; }

LFN_SMALL double lfn_item_weight_REAL(const lfn_items_REAL *it, size_t i)
{
    return it->weight ? (double)it->weight[i] : 1.0;
}

/* What item i's gradient is multiplied with: 0 for a skipped item. */
LFN_SMALL double lfn_item_scale_REAL(const lfn_items_REAL *it, size_t i)
{
    double scale = it->scale;
    if (it->weight) scale = it->weight[i] == 0 ? 0 : scale * (double)it->weight[i];
    if (it->upstream) scale *= (double)it->upstream[i];
    return scale;
}

/* Takes the loss of item i; weight 0 makes it 0 whatever it is. */
LFN_SMALL void lfn_item_loss_REAL(lfn_items_REAL *it, size_t i, double loss)
{
    if (it->weight) loss = it->weight[i] == 0 ? 0 : loss * (double)it->weight[i];
    it->total += loss;
    if (it->reduction == LOSSFN_NONE && it->loss_out) it->loss_out[i] = (REAL)loss;
}

//@impl

/* Reads the options; on an error says which. The denominator comes later. */
LFN_FN int lfn_items_begin(lfn_items_REAL *it, const lossfn_options_REAL *options, REAL *loss)
{
    memset(it, 0, sizeof *it);
    it->loss_out = loss;
    it->factor = it->scale = 1;
    if (!options) return LOSSFN_OK;
    if (options->reduction < LOSSFN_MEAN || options->reduction > LOSSFN_NONE) return LOSSFN_ERROR_OPTION;
    if (!lfn_finite(options->denominator) || options->denominator < 0) return LOSSFN_ERROR_PARAMETER;
    it->reduction = options->reduction;
    it->accumulate = options->accumulate != 0;
    it->weight = options->weight;
    it->upstream = options->upstream;
    it->denominator = options->denominator;
    it->count_out = options->count;
    return LOSSFN_OK;
}

/* The count of n items: n, or the sum of their weights. */
LFN_FN double lfn_items_count(const lfn_items_REAL *it, size_t n)
{
    return it->weight ? LFN_CALL(lfn_sum, (it->weight, n)) : (double)n;
}

/* Fixes scale and factor, now that the count is known. */
LFN_FN void lfn_items_scale(lfn_items_REAL *it, double count)
{
    it->count = count;
    if (it->reduction == LOSSFN_MEAN) it->factor = lfn_reciprocal(it->denominator != 0 ? it->denominator : count);
    it->scale = it->factor;
    if (it->reduction != LOSSFN_NONE && it->upstream) {
        it->scale = it->factor == 0 ? 0 : it->factor * (double)it->upstream[0];
        it->upstream = NULL;
    }
}

/* Writes the loss and the count. */
LFN_FN int lfn_items_end(const lfn_items_REAL *it)
{
    if (it->reduction != LOSSFN_NONE && it->loss_out)
        it->loss_out[0] = (REAL)(it->factor == 0 ? 0 : it->factor * it->total);
    if (it->count_out) *it->count_out = it->count;
    return LOSSFN_OK;
}

/* Hyper-parameters, as the element type sees them. */
LFN_FN int lfn_is_finite(double x) { return lfn_finite(x) && lfn_finite((double)(REAL)x); }
LFN_FN int lfn_is_positive(double x) { return lfn_is_finite(x) && (REAL)x > 0; }
LFN_FN int lfn_is_nonnegative(double x) { return lfn_is_finite(x) && x >= 0; }
LFN_FN int lfn_is_within(double x, double low, double high) { return lfn_is_finite(x) && x >= low && x <= high; }
