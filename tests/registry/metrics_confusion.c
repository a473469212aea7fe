/* Inputs of the confusion matrices and what is read off them. */

/* A matrix of whole numbers, some classes without true or predicted samples. */
static void confusion_matrix(call *c, size_t classes)
{
    const int absent_row = draw_int(c, 0, 12), absent_column = draw_int(c, 0, 12);
    size_t i;
    c->size[0] = classes;
    input(c, 0, TYPE_F64, classes * classes, 0, 30, 0);
    for (i = 0; i < classes * classes; i++) {
        const int absent = (int)(i / classes) == absent_row || (int)(i % classes) == absent_column;
        put(c, &c->in[0], i, absent ? 0 : floor(get(c, &c->in[0], i)));
    }
    c->elements = (double)(classes * classes);
}

/* Options: average, zero_division. */
static int confusion_prepare(call *c)
{
    if (c->variant >= 15) return 0;
    c->option[0] = c->variant % 5;
    c->option[1] = c->variant / 5;
    confusion_matrix(c, c->option[0] == METRICS_AVERAGE_BINARY ? 2 : c->length % 12 + 1);
    c->option_sizes = 1;
    output(c, 0, TYPE_F64, c->option[0] == METRICS_AVERAGE_NONE ? c->size[0] : 1, -1, 0);
    return 1;
}

/* The same for labels x 2 x 2 matrices. */
static int confusion_multilabel_prepare(call *c)
{
    const size_t labels = c->length % 12 + 1;
    size_t i;
    if (c->variant >= 12) return 0;
    c->size[0] = labels;
    c->option[0] = c->variant % 4;
    c->option[1] = c->variant / 4;
    input(c, 0, TYPE_F64, labels * 4, 0, 3, 0);
    for (i = 0; i < labels * 4; i++) put(c, &c->in[0], i, floor(get(c, &c->in[0], i)));
    c->option_sizes = 1;
    output(c, 0, TYPE_F64, c->option[0] == METRICS_AVERAGE_NONE ? labels : 1, -1, 0);
    c->elements = (double)labels;
    return 1;
}

/* One number from a matrix: a choice of three, zero_division in the second option. */
static int confusion_number_prepare(call *c)
{
    if (c->variant >= 9) return 0;
    c->option[0] = c->variant % 3;
    c->option[1] = c->variant / 3;
    confusion_matrix(c, c->length % 12 + 1);
    output(c, 0, TYPE_F64, 1, -1, 0);
    return 1;
}

/* A matrix from a matrix: of its size, or four numbers a class. */
static int confusion_square_prepare(call *c)
{
    if (c->variant >= 3) return 0;
    c->option[0] = c->variant;
    confusion_matrix(c, c->length % 12 + 1);
    output(c, 0, TYPE_F64, c->size[0] * c->size[0], -1, 0);
    return 1;
}

static int confusion_one_vs_rest_prepare(call *c)
{
    if (c->variant >= 1) return 0;
    confusion_matrix(c, c->length % 12 + 1);
    output(c, 0, TYPE_F64, 4 * c->size[0], -1, 0);
    return 1;
}

/* Counts that are set, and added to. */
static int counts_init_prepare(call *c)
{
    if (c->variant) return 0;
    c->size[0] = c->length % 12 + 1;
    output(c, 0, TYPE_F64, 144, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int counts_merge_prepare(call *c)
{
    if (!counts_init_prepare(c)) return 0;
    input(c, 0, TYPE_F64, 144, 0, 100, 0);
    return 1;
}

/* Labels and predictions: 0 no weights, 1 weights, 2 an ignored label, 3 many classes. */
static int confusion_update_prepare(call *c)
{
    const int classes = c->variant == 3 ? 40 : 5;
    if (c->variant > 3) return 0;
    c->size[0] = c->length;
    c->size[1] = (size_t)classes;
    c->option[0] = c->variant == 2 ? 1 : METRICS_IGNORE_NONE;
    input(c, 0, TYPE_I32, c->length, 0, classes, ARRAY_LABELS);
    input(c, 1, TYPE_I32, c->length, 0, classes, ARRAY_LABELS | (c->variant == 2 ? ARRAY_ANY : 0));
    if (c->variant == 1) input(c, 2, TYPE_REAL, c->length, 0, 3, ARRAY_OPTIONAL);
    output(c, 0, TYPE_F64, c->size[1] * c->size[1], -1, ARRAY_REQUIRED | ARRAY_STATE);
    c->elements = (double)c->length;
    c->bytes = 8.0 * (double)c->length;
    return 1;
}

/* Rows of scores and a label each, with ties: 0 no weights, 1 weights, 2 an ignored label. */
static int class_scores_prepare(call *c)
{
    const int classes = 4 + 7 * (c->variant % 3);
    size_t i;
    if (c->variant > 2) return 0;
    c->size[0] = c->length;
    c->size[1] = (size_t)classes;
    c->option[0] = c->variant == 2 ? 1 : METRICS_IGNORE_NONE;
    input(c, 0, TYPE_REAL, c->length * c->size[1], 0, 1, 0);
    for (i = 0; i < c->in[0].n; i++) if (i % 2) put(c, &c->in[0], i, floor(8 * get(c, &c->in[0], i)) / 8);
    input(c, 1, TYPE_I32, c->length, 0, classes, ARRAY_LABELS);
    if (c->variant == 1) input(c, 2, TYPE_REAL, c->length, 0, 3, ARRAY_OPTIONAL);
    c->elements = (double)c->length;
    c->bytes = (double)(c->length * c->size[1]) * c->bits / 8;
    return 1;
}

static int confusion_scores_prepare(call *c)
{
    if (!class_scores_prepare(c)) return 0;
    output(c, 0, TYPE_F64, c->size[1] * c->size[1], -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

/* Scores of `columns` labels of 0 and 1, with ties: an odd variant has weights. */
static void binary_scores(call *c, size_t columns)
{
    size_t i;
    c->size[0] = c->length;
    if (columns > 1) c->size[1] = columns;
    c->option[0] = c->variant / 2 % 2;
    input(c, 0, TYPE_REAL, c->length * columns, 0, 1, 0);
    for (i = 0; i < c->in[0].n; i++) if (i % 3) put(c, &c->in[0], i, floor(8 * get(c, &c->in[0], i)) / 8);
    input(c, 1, TYPE_U8, c->length * columns, 0, 2, ARRAY_LABELS);
    if (c->variant % 2) {
        input(c, 2, TYPE_REAL, c->length, 0.5, 3, ARRAY_OPTIONAL);
        for (i = 0; i < c->length; i += 5) put(c, &c->in[2], i, 0);
    }
    c->elements = (double)(c->length * columns);
    c->bytes = c->elements * (c->bits / 8 + 1);
}

static int binary_counts_prepare(call *c)
{
    if (c->variant > 3) return 0;
    binary_scores(c, 1);
    output(c, 0, TYPE_F64, 4, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int multilabel_counts_prepare(call *c)
{
    if (c->variant > 3) return 0;
    binary_scores(c, 5);
    output(c, 0, TYPE_F64, 20, -1, ARRAY_REQUIRED | ARRAY_STATE);
    return 1;
}

static int multilabel_bits_prepare(call *c)
{
    if (c->variant > 1) return 0;
    c->size[0] = c->length;
    c->size[1] = 3;
    input(c, 0, TYPE_U8, c->length * 3, 0, 2, ARRAY_LABELS);
    input(c, 1, TYPE_U8, c->length * 3, 0, 2, ARRAY_LABELS);
    if (c->variant) input(c, 2, TYPE_REAL, c->length, 0, 3, ARRAY_OPTIONAL);
    output(c, 0, TYPE_F64, 12, -1, ARRAY_REQUIRED | ARRAY_STATE);
    c->elements = c->bytes = 3.0 * (double)c->length;
    return 1;
}

/* Six running means. */
static int multilabel_samples_prepare(call *c)
{
    int k;
    if (c->variant > 5) return 0;
    binary_scores(c, 5);
    c->option[1] = c->variant % 3;
    for (k = 0; k < 6; k++) output(c, k, TYPE_F64, 4, -1, ARRAY_STATE);
    return 1;
}
