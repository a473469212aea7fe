/* A network of one hidden layer, in plain loops. */
#include "demo.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TALL = 4, WIDE = 8 };    /* what of c is kept in registers at a time */

/* A TALL x WIDE piece of c = a b (k products long). a[i * row + l * column] is a's
   element (i, l), so a may be read as its transpose; b has n columns. */
static void piece(size_t k, const float *a, size_t row, size_t column, const float *b, size_t n, float sum[TALL][WIDE])
{
    float s0[WIDE] = {0}, s1[WIDE] = {0}, s2[WIDE] = {0}, s3[WIDE] = {0};
    size_t l;
    int j;
    for (l = 0; l < k; l++) {
        const float *from = a + l * column, *p = b + l * n;
        const float a0 = from[0], a1 = from[row], a2 = from[2 * row], a3 = from[3 * row];
        for (j = 0; j < WIDE; j++) s0[j] += a0 * p[j];
        for (j = 0; j < WIDE; j++) s1[j] += a1 * p[j];
        for (j = 0; j < WIDE; j++) s2[j] += a2 * p[j];
        for (j = 0; j < WIDE; j++) s3[j] += a3 * p[j];
    }
    memcpy(sum[0], s0, sizeof s0);
    memcpy(sum[1], s1, sizeof s1);
    memcpy(sum[2], s2, sizeof s2);
    memcpy(sum[3], s3, sizeof s3);
}

/* The same for a piece that is smaller. */
static void small_piece(size_t k, const float *a, size_t row, size_t column, const float *b, size_t n,
                        size_t rows, size_t columns, float sum[TALL][WIDE])
{
    size_t i, j, l;
    for (i = 0; i < rows; i++)
        for (j = 0; j < columns; j++) {
            float s = 0;
            for (l = 0; l < k; l++) s += a[i * row + l * column] * b[l * n + j];
            sum[i][j] = s;
        }
}

/* c = a b + bias: c is m x n, a m x k by its strides, b k x n, bias n values or NULL. */
static void multiply(size_t m, size_t n, size_t k, const float *a, size_t row, size_t column, const float *b,
                     const float *bias, float *c)
{
    float sum[TALL][WIDE];
    size_t i, j, y, x;
    for (j = 0; j < n; j += WIDE)
        for (i = 0; i < m; i += TALL) {
            const size_t tall = m - i < TALL ? m - i : TALL, wide = n - j < WIDE ? n - j : WIDE;
            if (tall == TALL && wide == WIDE) piece(k, a + i * row, row, column, b + j, n, sum);
            else small_piece(k, a + i * row, row, column, b + j, n, tall, wide, sum);
            for (y = 0; y < tall; y++)
                for (x = 0; x < wide; x++) c[(i + y) * n + j + x] = sum[y][x] + (bias ? bias[j + x] : 0);
        }
}

static void column_sums(size_t rows, size_t columns, const float *a, float *sum)
{
    size_t i, j;
    memset(sum, 0, columns * sizeof *sum);
    for (i = 0; i < rows; i++)
        for (j = 0; j < columns; j++) sum[j] += a[i * columns + j];
}

static float *floats(size_t n) { return (float *)allocate(n, sizeof(float)); }

/* Weights uniform in +-sqrt(6 / inputs) (He et al. 2015), biases 0. */
void network_open(network *net, size_t inputs, size_t hidden, size_t batch, uint64_t seed)
{
    size_t k, i;
    net->inputs = inputs;
    net->hidden = hidden;
    net->batch = batch;
    net->rows[W1] = inputs;
    net->rows[W2] = net->columns[W1] = net->columns[B1] = hidden;
    net->columns[W2] = net->columns[B2] = CLASSES;
    net->rows[B1] = net->rows[B2] = 1;
    for (k = 0; k < TENSORS; k++) {
        const size_t n = net->rows[k] * net->columns[k];
        const double limit = sqrt(6 / (double)net->rows[k]);
        net->param[k] = floats(n);
        net->grad[k] = floats(n);
        for (i = 0; i < n && (k == W1 || k == W2); i++)
            net->param[k][i] = (float)(limit * (2 * random_uniform(&seed) - 1));
    }
    net->x = floats(batch * inputs);
    net->h = floats(batch * hidden);
    net->scores = floats(batch * CLASSES);
    net->grad_scores = floats(batch * CLASSES);
    net->grad_h = floats(batch * hidden);
    net->turned = floats(CLASSES * hidden);
}

void network_close(network *net)
{
    int k;
    for (k = 0; k < TENSORS; k++) {
        free(net->param[k]);
        free(net->grad[k]);
    }
    free(net->x);
    free(net->h);
    free(net->scores);
    free(net->grad_scores);
    free(net->grad_h);
    free(net->turned);
}

/* h = relu(x W1 + b1), scores = h W2 + b2. */
void network_forward(network *net, size_t rows)
{
    const size_t inputs = net->inputs, hidden = net->hidden;
    size_t k;
    multiply(rows, hidden, inputs, net->x, inputs, 1, net->param[W1], net->param[B1], net->h);
    for (k = 0; k < rows * hidden; k++) net->h[k] = net->h[k] > 0 ? net->h[k] : 0;
    multiply(rows, CLASSES, hidden, net->h, hidden, 1, net->param[W2], net->param[B2], net->scores);
}

/* From d = grad_scores: W2: h' d, b2: the sum of d; e = d W2' where h > 0, else 0;
   W1: x' e, b1: the sum of e. */
void network_backward(network *net, size_t rows)
{
    const size_t inputs = net->inputs, hidden = net->hidden;
    size_t i, j;
    multiply(hidden, CLASSES, rows, net->h, 1, hidden, net->grad_scores, NULL, net->grad[W2]);
    column_sums(rows, CLASSES, net->grad_scores, net->grad[B2]);
    for (i = 0; i < hidden; i++)
        for (j = 0; j < CLASSES; j++) net->turned[j * hidden + i] = net->param[W2][i * CLASSES + j];
    multiply(rows, hidden, CLASSES, net->grad_scores, CLASSES, 1, net->turned, NULL, net->grad_h);
    for (i = 0; i < rows * hidden; i++) net->grad_h[i] = net->h[i] > 0 ? net->grad_h[i] : 0;
    multiply(inputs, hidden, rows, net->x, 1, inputs, net->grad_h, NULL, net->grad[W1]);
    column_sums(rows, hidden, net->grad_h, net->grad[B1]);
}
