/* The product of two matrices.

     lfn_gemm(transpose_a, transpose_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
       C = alpha op(A) op(B) + beta C

   op(A) is m x k, op(B) k x n, C m x n, all row-major; lda, ldb, ldc are the
   distances between rows of what is stored (A is k x m in memory when
   transpose_a is set). With beta = 0 C is not read, with alpha = 0 or k = 0 A and
   B are not.

   k is cut into blocks of LFN_GEMM_DEPTH, m into blocks of LFN_GEMM_ROWS. A block
   of op(A) is copied to the stack in strips of LFN_GEMM_HIGH rows, then one strip
   of op(B), two vectors wide, after the other; for each pair of strips a tile of
   C is summed up in registers. Strips are filled up with zeros at the edges. A
   float sum stays in float for LFN_GEMM_DEPTH terms, and the sums of the blocks
   are added in C. */

//@kernel

#define LFN_GEMM_HIGH 6
#define LFN_GEMM_WIDE (2 * LFN_LANES)
#define LFN_GEMM_DEPTH (LFN_BITS == 32 ? 256 : 128)
#define LFN_GEMM_ROWS (LFN_ISA == LFN_ISA_AVX512 ? 24 : 42)

/* Rows first to first + rows - 1 of op(A), columns t to t + depth - 1: strip by
   strip, and in a strip column by column. */
LFN_FN void lfn_gemm_pack_a(int transpose, const REAL *a, size_t lda, size_t rows, size_t depth, REAL *packed)
{
    const size_t row_step = transpose ? 1 : lda, column_step = transpose ? lda : 1;
    size_t i, r, t, high;
    for (i = 0; i < rows; i += LFN_GEMM_HIGH, packed += LFN_GEMM_HIGH * depth) {
        high = rows - i < LFN_GEMM_HIGH ? rows - i : LFN_GEMM_HIGH;
        for (r = 0; r < high; r++) {
            const REAL *from = a + (i + r) * row_step;
            for (t = 0; t < depth; t++) packed[t * LFN_GEMM_HIGH + r] = from[t * column_step];
        }
        for (; r < LFN_GEMM_HIGH; r++)
            for (t = 0; t < depth; t++) packed[t * LFN_GEMM_HIGH + r] = 0;
    }
}

/* One strip of op(B), depth x wide, row by row. */
LFN_FN void lfn_gemm_pack_b(int transpose, const REAL *b, size_t ldb, size_t depth, size_t wide, REAL *packed)
{
    size_t j, t, block, end;
    if (wide < LFN_GEMM_WIDE)
        for (t = 0; t < depth * LFN_GEMM_WIDE; t++) packed[t] = 0;
    if (transpose) {
        for (block = 0; block < depth; block = end) {
            end = depth - block < 16 ? depth : block + 16;
            for (j = 0; j < wide; j++) {
                const REAL *from = b + j * ldb;
                for (t = block; t < end; t++) packed[t * LFN_GEMM_WIDE + j] = from[t];
            }
        }
    } else if (wide == LFN_GEMM_WIDE) {
        for (t = 0; t < depth; t++, b += ldb, packed += LFN_GEMM_WIDE) {
            lfn_store(packed, lfn_load(b));
            lfn_store(packed + LFN_LANES, lfn_load(b + LFN_LANES));
        }
    } else {
        for (t = 0; t < depth; t++)
            for (j = 0; j < wide; j++) packed[t * LFN_GEMM_WIDE + j] = b[t * ldb + j];
    }
}

/* c = alpha x + beta c in the first m lanes; c is not read when beta is 0. */
LFN_INLINE void lfn_gemm_put(REAL *c, lfn_vec x, REAL alpha, REAL beta, size_t m)
{
    x *= lfn_set1(alpha);
    if (m >= LFN_LANES) lfn_store(c, beta == 0 ? x : lfn_fma(lfn_set1(beta), lfn_load(c), x));
    else if (m > 0) lfn_store_part(c, beta == 0 ? x : lfn_fma(lfn_set1(beta), lfn_load_part(c, m), x), m);
}

/* A high x wide tile of C from a strip of op(A) and a strip of op(B). */
LFN_FN void lfn_gemm_tile(const REAL *a, const REAL *b, size_t depth, size_t high, size_t wide,
                          REAL alpha, REAL beta, REAL *c, size_t ldc)
{
    lfn_vec a0 = lfn_zero(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    lfn_vec d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0, x, y, factor;
    const size_t left = wide < LFN_LANES ? wide : LFN_LANES, right = wide - left;
    for (; depth > 0; depth--, a += LFN_GEMM_HIGH, b += LFN_GEMM_WIDE) {
        x = lfn_load(b);
        y = lfn_load(b + LFN_LANES);
        factor = lfn_set1(a[0]); a0 = lfn_fma(factor, x, a0); a1 = lfn_fma(factor, y, a1);
        factor = lfn_set1(a[1]); b0 = lfn_fma(factor, x, b0); b1 = lfn_fma(factor, y, b1);
        factor = lfn_set1(a[2]); c0 = lfn_fma(factor, x, c0); c1 = lfn_fma(factor, y, c1);
        factor = lfn_set1(a[3]); d0 = lfn_fma(factor, x, d0); d1 = lfn_fma(factor, y, d1);
        factor = lfn_set1(a[4]); e0 = lfn_fma(factor, x, e0); e1 = lfn_fma(factor, y, e1);
        factor = lfn_set1(a[5]); f0 = lfn_fma(factor, x, f0); f1 = lfn_fma(factor, y, f1);
    }
#define LFN_GEMM_ROW(r, v, w) \
    if (r < high) { \
        lfn_gemm_put(c + r * ldc, v, alpha, beta, left); \
        if (right) lfn_gemm_put(c + r * ldc + LFN_LANES, w, alpha, beta, right); \
    }
    LFN_GEMM_ROW(0, a0, a1)
    LFN_GEMM_ROW(1, b0, b1)
    LFN_GEMM_ROW(2, c0, c1)
    LFN_GEMM_ROW(3, d0, d1)
    LFN_GEMM_ROW(4, e0, e1)
    LFN_GEMM_ROW(5, f0, f1)
#undef LFN_GEMM_ROW
}

LFN_FN void lfn_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, REAL alpha,
                     const REAL *a, size_t lda, const REAL *b, size_t ldb, REAL beta, REAL *c, size_t ldc)
{
    REAL strips[LFN_GEMM_ROWS * LFN_GEMM_DEPTH], strip[LFN_GEMM_WIDE * LFN_GEMM_DEPTH];
    size_t i, j, r, t, rows, depth, wide;
    if (k == 0 || alpha == 0) {
        for (i = 0; i < m; i++)
            if (beta == 0) lfn_fill(c + i * ldc, 0, n);
            else lfn_scale(c + i * ldc, beta, c + i * ldc, n);
        return;
    }
    for (t = 0; t < k; t += depth, beta = 1) {
        depth = k - t < LFN_GEMM_DEPTH ? k - t : LFN_GEMM_DEPTH;
        for (i = 0; i < m; i += rows) {
            rows = m - i < LFN_GEMM_ROWS ? m - i : LFN_GEMM_ROWS;
            lfn_gemm_pack_a(transpose_a, a + (transpose_a ? t * lda + i : i * lda + t), lda, rows, depth, strips);
            for (j = 0; j < n; j += wide) {
                wide = n - j < LFN_GEMM_WIDE ? n - j : LFN_GEMM_WIDE;
                lfn_gemm_pack_b(transpose_b, b + (transpose_b ? j * ldb + t : t * ldb + j), ldb, depth, wide, strip);
                for (r = 0; r < rows; r += LFN_GEMM_HIGH)
                    lfn_gemm_tile(strips + r * depth, strip, depth, rows - r, wide, alpha, beta,
                                  c + (i + r) * ldc + j, ldc);
            }
        }
    }
}
