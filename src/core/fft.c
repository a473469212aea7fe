/* Fourier transforms of real sequences, of any length n >= 1.

     lfn_rfft_plan_room(n)    bytes of a plan
     lfn_rfft_plan(n, plan)   makes it; it must then stay where it is
     lfn_rfft_room(n)         bytes of scratch of each transform
     lfn_rfft(plan, n, x, re, im, scratch)
       re_f + i im_f = sum_t x_t exp(-2 pi i f t / n),  f = 0 .. n/2: n/2 + 1 bins
     lfn_irfft(plan, n, re, im, x, scratch), its inverse:
       x_t = (1/n) (re_0 + (-1)^t re_{n/2} [n even]
                    + 2 sum_{0 < f < n/2} (re_f cos(2 pi f t / n) - im_f sin(2 pi f t / n)))
     lfn_rfft_adjoint(plan, n, gre, gim, gx, scratch), the transpose of lfn_rfft:
       gx_t = sum_{f=0}^{n/2} (gre_f cos(2 pi f t / n) - gim_f sin(2 pi f t / n))

   The imaginary parts of bin 0 and, for even n, of bin n/2 come out as 0 and are
   not read on the way back. Inputs and outputs must not overlap.

   For even n the numbers of even and of odd place are real and imaginary part of
   a complex sequence of half the length; its spectrum E + i O holds those of
   both, and X_f = E_f + exp(-2 pi i f / n) O_f. For odd n the complex transform has
   length n. The complex transform is Stockham's, in passes of radix 4, 2, 3 and 5;
   a length with another prime factor is done as a convolution with a chirp by
   transforms of a power of two (L. I. Bluestein, A linear filtering approach to
   the computation of discrete Fourier transform, 1970). An inverse transform is a
   forward one with the real and imaginary arrays exchanged. Real and imaginary
   parts are arrays of their own throughout. Twiddles are computed in double. */

//@once

/* The plan: n real numbers, points complex ones, transforms of that length or,
   with a chirp, of the larger one. The tables are REAL arrays behind it. */
typedef struct {
    size_t n, points, length;
    unsigned passes;
    unsigned char radix[64];
    void *twiddle_re, *twiddle_im, *split_re, *split_im, *chirp_re, *chirp_im, *filter_re, *filter_im;
} lfn_fft_shape;

/* cos and sin of 2 pi j / n, with the angle brought into [0, pi / 4] by integers. */
LFN_UNUSED static void lfn_fft_root(uint64_t j, uint64_t n, double *cosine, double *sine)
{
    uint64_t eighth;
    double angle, c, s;
    int negative = 0, reflected = 0, swapped = 0;
    j %= n;
    if (j > n - j) { j = n - j; negative = 1; }              /* angle -> 2 pi - angle */
    eighth = 8 * j;
    if (eighth > 2 * n) { eighth = 4 * n - eighth; reflected = 1; }   /* -> pi - angle */
    if (eighth > n) { eighth = 2 * n - eighth; swapped = 1; }         /* -> pi / 2 - angle */
    angle = 0.78539816339744831 * ((double)eighth / (double)n);
    c = swapped ? sin(angle) : cos(angle);
    s = swapped ? cos(angle) : sin(angle);
    *cosine = reflected ? -c : c;
    *sine = negative ? -s : s;
}

/* Fills in all of the shape but its tables. */
LFN_UNUSED static void lfn_fft_measure(size_t n, lfn_fft_shape *shape)
{
    static const unsigned char radices[4] = {4, 2, 3, 5};
    size_t rest;
    int k;
    memset(shape, 0, sizeof *shape);
    shape->n = n;
    shape->points = n % 2 ? n : n / 2;
    for (;;) {
        rest = shape->length ? shape->length : shape->points;
        shape->passes = 0;
        for (k = 0; k < 4; k++)
            for (; rest % radices[k] == 0; rest /= radices[k]) shape->radix[shape->passes++] = radices[k];
        if (rest == 1) break;
        for (shape->length = 1; shape->length < 2 * shape->points - 1;) shape->length *= 2;
    }
    if (!shape->length) shape->length = shape->points;
}

/* Whether the transform goes through a chirp. */
LFN_UNUSED static int lfn_fft_chirped(const lfn_fft_shape *shape) { return shape->length != shape->points; }

//@kernel

typedef struct {
    lfn_vec re, im;
} lfn_fft_value;

LFN_INLINE lfn_fft_value lfn_fft_get(const REAL *re, const REAL *im, size_t k)
{
    lfn_fft_value x;
    x.re = lfn_load(re + k);
    x.im = lfn_load(im + k);
    return x;
}

LFN_INLINE void lfn_fft_set(REAL *re, REAL *im, size_t k, lfn_fft_value x)
{
    lfn_store(re + k, x.re);
    lfn_store(im + k, x.im);
}

LFN_INLINE lfn_fft_value lfn_fft_add(lfn_fft_value x, lfn_fft_value y)
{
    x.re += y.re;
    x.im += y.im;
    return x;
}

LFN_INLINE lfn_fft_value lfn_fft_sub(lfn_fft_value x, lfn_fft_value y)
{
    x.re -= y.re;
    x.im -= y.im;
    return x;
}

/* -i x */
LFN_INLINE lfn_fft_value lfn_fft_turn(lfn_fft_value x)
{
    lfn_fft_value y;
    y.re = x.im;
    y.im = -x.re;
    return y;
}

/* x + c y for real c */
LFN_INLINE lfn_fft_value lfn_fft_add_times(lfn_fft_value x, REAL c, lfn_fft_value y)
{
    x.re = lfn_fma(lfn_set1(c), y.re, x.re);
    x.im = lfn_fma(lfn_set1(c), y.im, x.im);
    return x;
}

/* x w with the twiddle w = re[k] + i im[k] */
LFN_INLINE lfn_fft_value lfn_fft_twist(lfn_fft_value x, const REAL *re, const REAL *im, size_t k)
{
    const lfn_vec c = lfn_set1(re[k]), s = lfn_set1(im[k]);
    lfn_fft_value y;
    y.re = x.re * c - x.im * s;
    y.im = x.re * s + x.im * c;
    return y;
}

/* One pass of radix r. With m = length / (stride r) it reads x_j at q + stride (p + m j)
   and writes exp(-2 pi i p k / (r m)) sum_j x_j exp(-2 pi i j k / r) to
   q + stride (r p + k), for all p < m and q < stride. (p, k) has its twiddle at
   (k - 1) m + p. stride is LFN_LANES at least; the last vector of a row starts
   early enough to end with the row. */
typedef struct {
    const REAL *re, *im, *twiddle_re, *twiddle_im;
    REAL *to_re, *to_im;
    size_t m, stride;
} lfn_fft_step;

#define LFN_FFT_LOOP(z) \
    for (p = 0; p < (z)->m; p++) \
        for (q = 0; q < (z)->stride; q += LFN_LANES)
#define LFN_FFT_IN(j) lfn_fft_get(z->re, z->im, q + z->stride * (p + z->m * (j)))
#define LFN_FFT_OUT(r, k, x) \
    lfn_fft_set(z->to_re, z->to_im, q + z->stride * ((r) * p + (k)), \
                (k) ? lfn_fft_twist(x, z->twiddle_re + ((k) - ((k) > 0)) * z->m, z->twiddle_im + ((k) - ((k) > 0)) * z->m, p) : (x))

LFN_FN void lfn_fft_pass2(const lfn_fft_step *z)
{
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        LFN_FFT_OUT(2, 0, lfn_fft_add(a, b));
        LFN_FFT_OUT(2, 1, lfn_fft_sub(a, b));
    }
}

LFN_FN void lfn_fft_pass3(const lfn_fft_step *z)
{
    const REAL sine = LFN_K(0.86602540378443865);
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b, c, sum, middle, turned;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        c = LFN_FFT_IN(2);
        sum = lfn_fft_add(b, c);
        middle = lfn_fft_add_times(a, LFN_K(-0.5), sum);
        turned = lfn_fft_turn(lfn_fft_sub(b, c));
        LFN_FFT_OUT(3, 0, lfn_fft_add(a, sum));
        LFN_FFT_OUT(3, 1, lfn_fft_add_times(middle, sine, turned));
        LFN_FFT_OUT(3, 2, lfn_fft_add_times(middle, -sine, turned));
    }
}

LFN_FN void lfn_fft_pass4(const lfn_fft_step *z)
{
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b, c, d, even, odd, even_minus, odd_minus;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        c = LFN_FFT_IN(2);
        d = LFN_FFT_IN(3);
        even = lfn_fft_add(a, c);
        even_minus = lfn_fft_sub(a, c);
        odd = lfn_fft_add(b, d);
        odd_minus = lfn_fft_turn(lfn_fft_sub(b, d));
        LFN_FFT_OUT(4, 0, lfn_fft_add(even, odd));
        LFN_FFT_OUT(4, 1, lfn_fft_add(even_minus, odd_minus));
        LFN_FFT_OUT(4, 2, lfn_fft_sub(even, odd));
        LFN_FFT_OUT(4, 3, lfn_fft_sub(even_minus, odd_minus));
    }
}

LFN_FN void lfn_fft_pass5(const lfn_fft_step *z)
{
    const REAL c1 = LFN_K(0.30901699437494742), c2 = LFN_K(-0.80901699437494742);   /* cos(2 pi / 5), cos(4 pi / 5) */
    const REAL s1 = LFN_K(0.95105651629515357), s2 = LFN_K(0.58778525229247313);    /* sin(2 pi / 5), sin(4 pi / 5) */
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b, c, d, e, close, apart, close_minus, apart_minus, x, y;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        c = LFN_FFT_IN(2);
        d = LFN_FFT_IN(3);
        e = LFN_FFT_IN(4);
        close = lfn_fft_add(b, e);
        apart = lfn_fft_add(c, d);
        close_minus = lfn_fft_turn(lfn_fft_sub(b, e));
        apart_minus = lfn_fft_turn(lfn_fft_sub(c, d));
        LFN_FFT_OUT(5, 0, lfn_fft_add(a, lfn_fft_add(close, apart)));
        x = lfn_fft_add_times(lfn_fft_add_times(a, c1, close), c2, apart);
        y = x;
        x = lfn_fft_add_times(lfn_fft_add_times(x, s1, close_minus), s2, apart_minus);
        y = lfn_fft_add_times(lfn_fft_add_times(y, -s1, close_minus), -s2, apart_minus);
        LFN_FFT_OUT(5, 1, x);
        LFN_FFT_OUT(5, 4, y);
        x = lfn_fft_add_times(lfn_fft_add_times(a, c2, close), c1, apart);
        y = x;
        x = lfn_fft_add_times(lfn_fft_add_times(x, s2, close_minus), -s1, apart_minus);
        y = lfn_fft_add_times(lfn_fft_add_times(y, -s2, close_minus), s1, apart_minus);
        LFN_FFT_OUT(5, 2, x);
        LFN_FFT_OUT(5, 3, y);
    }
}

#undef LFN_FFT_LOOP
#undef LFN_FFT_IN
#undef LFN_FFT_OUT

/* A row shorter than a vector goes through the scalar copy. */
LFN_FN void lfn_fft_pass(unsigned radix, const REAL *re, const REAL *im, const REAL *twiddle_re, const REAL *twiddle_im,
                         REAL *to_re, REAL *to_im, size_t m, size_t stride)
{
    lfn_fft_step z;
#if LFN_ISA != 0
    if (stride < LFN_LANES) {
        lfn_fft_pass_REAL(radix, re, im, twiddle_re, twiddle_im, to_re, to_im, m, stride);
        return;
    }
#endif
    z.re = re;
    z.im = im;
    z.twiddle_re = twiddle_re;
    z.twiddle_im = twiddle_im;
    z.to_re = to_re;
    z.to_im = to_im;
    z.m = m;
    z.stride = stride;
    if (radix == 4) lfn_fft_pass4(&z);
    else if (radix == 2) lfn_fft_pass2(&z);
    else if (radix == 3) lfn_fft_pass3(&z);
    else lfn_fft_pass5(&z);
}

/* All passes over shape->length points, in re and im; to_re and to_im are of the same length. */
LFN_FN void lfn_fft_passes(const lfn_fft_shape *shape, REAL *re, REAL *im, REAL *to_re, REAL *to_im)
{
    const REAL *twiddle_re = (const REAL *)shape->twiddle_re, *twiddle_im = (const REAL *)shape->twiddle_im;
    REAL *from_re = re, *from_im = im, *swap;
    size_t m = shape->length, stride = 1;
    unsigned k;
    for (k = 0; k < shape->passes; k++) {
        const unsigned radix = shape->radix[k];
        m /= radix;
        lfn_fft_pass(radix, from_re, from_im, twiddle_re, twiddle_im, to_re, to_im, m, stride);
        twiddle_re += (radix - 1) * m;
        twiddle_im += (radix - 1) * m;
        stride *= radix;
        swap = from_re;
        from_re = to_re;
        to_re = swap;
        swap = from_im;
        from_im = to_im;
        to_im = swap;
    }
    if (from_re != re) {
        memcpy(re, from_re, shape->length * sizeof *re);
        memcpy(im, from_im, shape->length * sizeof *im);
    }
}

/* out = a b over n complex numbers; out may be a. */
LFN_FN void lfn_fft_multiply(REAL *out_re, REAL *out_im, const REAL *a_re, const REAL *a_im,
                             const REAL *b_re, const REAL *b_im, size_t n)
{
    size_t k = 0;
    lfn_vec a, b, c, d;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        a = lfn_load(a_re + k);
        b = lfn_load(a_im + k);
        c = lfn_load(b_re + k);
        d = lfn_load(b_im + k);
        lfn_store(out_re + k, a * c - b * d);
        lfn_store(out_im + k, a * d + b * c);
    }
    for (; k < n; k++) {
        const REAL x = a_re[k] * b_re[k] - a_im[k] * b_im[k];
        out_im[k] = a_re[k] * b_im[k] + a_im[k] * b_re[k];
        out_re[k] = x;
    }
}

/* The transform of re + i im, shape->points long, in place. room: shape->length
   numbers twice, four times with a chirp. */
LFN_FN void lfn_fft_complex(const lfn_fft_shape *shape, REAL *re, REAL *im, REAL *room)
{
    const size_t n = shape->points, length = shape->length;
    REAL *a = room + 2 * length, *b = room + 3 * length;
    const REAL *chirp_re = (const REAL *)shape->chirp_re, *chirp_im = (const REAL *)shape->chirp_im;
    if (length == n) {
        lfn_fft_passes(shape, re, im, room, room + length);
        return;
    }
    lfn_fft_multiply(a, b, re, im, chirp_re, chirp_im, n);
    memset(a + n, 0, (length - n) * sizeof *a);
    memset(b + n, 0, (length - n) * sizeof *b);
    lfn_fft_passes(shape, a, b, room, room + length);
    lfn_fft_multiply(a, b, a, b, (const REAL *)shape->filter_re, (const REAL *)shape->filter_im, length);
    lfn_fft_passes(shape, b, a, room, room + length);
    lfn_fft_multiply(re, im, a, b, chirp_re, chirp_im, n);
}

/* The n/2 + 1 bins of a real sequence of even length from the spectrum z of its
   pairs: E_f = (z_f + conj z_{m-f}) / 2, O_f = (z_f - conj z_{m-f}) / 2i. */
LFN_FN void lfn_fft_split(const lfn_fft_shape *shape, const REAL *z_re, const REAL *z_im, REAL *re, REAL *im)
{
    const REAL *cosine = (const REAL *)shape->split_re, *sine = (const REAL *)shape->split_im;
    const size_t m = shape->points;
    size_t f;
    re[0] = z_re[0] + z_im[0];
    re[m] = z_re[0] - z_im[0];
    im[0] = im[m] = 0;
    for (f = 1; f < m; f++) {
        const REAL e_re = LFN_K(0.5) * (z_re[f] + z_re[m - f]), e_im = LFN_K(0.5) * (z_im[f] - z_im[m - f]);
        const REAL o_re = LFN_K(0.5) * (z_im[f] + z_im[m - f]), o_im = LFN_K(0.5) * (z_re[m - f] - z_re[f]);
        re[f] = e_re + (o_re * cosine[f] - o_im * sine[f]);
        im[f] = e_im + (o_re * sine[f] + o_im * cosine[f]);
    }
}

/* The way back, times 2 inner, bins 0 and n/2 times edge / inner:
   z_f = E_f + i O_f with E_f = X_f + conj X_{m-f}, O_f = exp(2 pi i f / n) (X_f - conj X_{m-f}). */
LFN_FN void lfn_fft_join(const lfn_fft_shape *shape, const REAL *re, const REAL *im, REAL inner, REAL edge,
                         REAL *z_re, REAL *z_im)
{
    const REAL *cosine = (const REAL *)shape->split_re, *sine = (const REAL *)shape->split_im;
    const size_t m = shape->points;
    size_t f;
    z_re[0] = edge * (re[0] + re[m]);
    z_im[0] = edge * (re[0] - re[m]);
    for (f = 1; f < m; f++) {
        const REAL e_re = re[f] + re[m - f], e_im = im[f] - im[m - f];
        const REAL d_re = re[f] - re[m - f], d_im = im[f] + im[m - f];
        const REAL o_re = d_re * cosine[f] + d_im * sine[f], o_im = d_im * cosine[f] - d_re * sine[f];
        z_re[f] = inner * (e_re - o_im);
        z_im[f] = inner * (e_im + o_re);
    }
}

//@impl

LFN_FN size_t lfn_rfft_plan_room(size_t n)
{
    lfn_fft_shape shape;
    size_t room = lfn_piece(1, sizeof shape);
    if (n > SIZE_MAX / 64) return SIZE_MAX;
    lfn_fft_measure(n, &shape);
    room = lfn_add(room, lfn_mul(2, lfn_piece(shape.length, sizeof(REAL))));
    if (n % 2 == 0) room = lfn_add(room, lfn_mul(2, lfn_piece(shape.points, sizeof(REAL))));
    if (lfn_fft_chirped(&shape)) {
        room = lfn_add(room, lfn_mul(2, lfn_piece(shape.points, sizeof(REAL))));
        room = lfn_add(room, lfn_mul(4, lfn_piece(shape.length, sizeof(REAL))));
    }
    return room;
}

LFN_FN size_t lfn_rfft_room(size_t n)
{
    lfn_fft_shape shape;
    if (n > SIZE_MAX / 64) return SIZE_MAX;
    lfn_fft_measure(n, &shape);
    return lfn_add(lfn_mul(2, lfn_piece(shape.points, sizeof(REAL))),
                   lfn_piece(lfn_mul(lfn_fft_chirped(&shape) ? 4 : 2, shape.length), sizeof(REAL)));
}

LFN_FN void lfn_fft_twiddles(const lfn_fft_shape *shape)
{
    REAL *re = (REAL *)shape->twiddle_re, *im = (REAL *)shape->twiddle_im;
    size_t m = shape->length, p, j;
    unsigned pass;
    double c, s;
    for (pass = 0; pass < shape->passes; pass++) {
        const size_t radix = shape->radix[pass], length = m;
        m /= radix;
        for (j = 1; j < radix; j++)
            for (p = 0; p < m; p++) {
                lfn_fft_root((uint64_t)p * j, length, &c, &s);
                *re++ = (REAL)c;
                *im++ = (REAL)-s;
            }
    }
}

/* chirp_k = exp(-pi i k^2 / n); the filter is the spectrum of its conjugate, over the length. */
LFN_FN void lfn_fft_chirp(const lfn_fft_shape *shape, REAL *spare)
{
    REAL *chirp_re = (REAL *)shape->chirp_re, *chirp_im = (REAL *)shape->chirp_im;
    REAL *filter_re = (REAL *)shape->filter_re, *filter_im = (REAL *)shape->filter_im;
    const size_t n = shape->points, length = shape->length;
    size_t k;
    uint64_t square = 0;
    double c, s;
    memset(filter_re, 0, length * sizeof *filter_re);
    memset(filter_im, 0, length * sizeof *filter_im);
    for (k = 0; k < n; k++) {
        lfn_fft_root(square, 2 * (uint64_t)n, &c, &s);
        square = (square + 2 * (uint64_t)k + 1) % (2 * (uint64_t)n);
        chirp_re[k] = (REAL)c;
        chirp_im[k] = (REAL)-s;
        filter_re[k] = filter_re[(length - k) % length] = (REAL)(c / (double)length);
        filter_im[k] = filter_im[(length - k) % length] = (REAL)(s / (double)length);
    }
    LFN_CALL(lfn_fft_passes, (shape, filter_re, filter_im, spare, spare + length));
}

LFN_FN void lfn_rfft_plan(size_t n, void *plan)
{
    lfn_fft_shape *shape = (lfn_fft_shape *)lfn_cut(&plan, 1, sizeof *shape);
    REAL *split_re, *split_im;
    size_t k;
    double c, s;
    lfn_fft_measure(n, shape);
    shape->twiddle_re = lfn_cut(&plan, shape->length, sizeof(REAL));
    shape->twiddle_im = lfn_cut(&plan, shape->length, sizeof(REAL));
    lfn_fft_twiddles(shape);
    if (n % 2 == 0) {
        shape->split_re = lfn_cut(&plan, shape->points, sizeof(REAL));
        shape->split_im = lfn_cut(&plan, shape->points, sizeof(REAL));
        split_re = (REAL *)shape->split_re;
        split_im = (REAL *)shape->split_im;
        for (k = 0; k < shape->points; k++) {
            lfn_fft_root(k, n, &c, &s);
            split_re[k] = (REAL)c;
            split_im[k] = (REAL)-s;
        }
    }
    if (lfn_fft_chirped(shape)) {
        shape->chirp_re = lfn_cut(&plan, shape->points, sizeof(REAL));
        shape->chirp_im = lfn_cut(&plan, shape->points, sizeof(REAL));
        shape->filter_re = lfn_cut(&plan, shape->length, sizeof(REAL));
        shape->filter_im = lfn_cut(&plan, shape->length, sizeof(REAL));
        lfn_fft_chirp(shape, (REAL *)lfn_cut(&plan, 2 * shape->length, sizeof(REAL)));
    }
}

/* The shape at the start of a plan. */
LFN_FN const lfn_fft_shape *lfn_fft_shape_of(const void *plan)
{
    void *start = (void *)(uintptr_t)plan;
    return (const lfn_fft_shape *)lfn_cut(&start, 1, sizeof(lfn_fft_shape));
}

LFN_FN void lfn_rfft(const void *plan, size_t n, const REAL *x, REAL *re, REAL *im, void *scratch)
{
    const lfn_fft_shape *shape = lfn_fft_shape_of(plan);
    const size_t m = shape->points;
    REAL *z_re = (REAL *)lfn_cut(&scratch, m, sizeof(REAL)), *z_im = (REAL *)lfn_cut(&scratch, m, sizeof(REAL));
    REAL *room = (REAL *)lfn_cut(&scratch, 1, sizeof(REAL));
    size_t k;
    if (n % 2 == 0) {
        for (k = 0; k < m; k++) {
            z_re[k] = x[2 * k];
            z_im[k] = x[2 * k + 1];
        }
        LFN_CALL(lfn_fft_complex, (shape, z_re, z_im, room));
        LFN_CALL(lfn_fft_split, (shape, z_re, z_im, re, im));
    } else {
        memcpy(z_re, x, n * sizeof *x);
        memset(z_im, 0, n * sizeof *z_im);
        LFN_CALL(lfn_fft_complex, (shape, z_re, z_im, room));
        memcpy(re, z_re, (n / 2 + 1) * sizeof *re);
        memcpy(im, z_im, (n / 2 + 1) * sizeof *im);
        im[0] = 0;
    }
}

/* x_t = edge (re_0 + (-1)^t re_{n/2} [n even]) + 2 inner sum_{0 < f < n/2} (re_f cos - im_f sin) */
LFN_FN void lfn_rfft_back(const void *plan, size_t n, const REAL *re, const REAL *im, double inner, double edge,
                          REAL *x, void *scratch)
{
    const lfn_fft_shape *shape = lfn_fft_shape_of(plan);
    const size_t m = shape->points;
    REAL *z_re = (REAL *)lfn_cut(&scratch, m, sizeof(REAL)), *z_im = (REAL *)lfn_cut(&scratch, m, sizeof(REAL));
    REAL *room = (REAL *)lfn_cut(&scratch, 1, sizeof(REAL));
    size_t k;
    if (n % 2 == 0) {
        LFN_CALL(lfn_fft_join, (shape, re, im, (REAL)inner, (REAL)edge, z_re, z_im));
        LFN_CALL(lfn_fft_complex, (shape, z_im, z_re, room));
        for (k = 0; k < m; k++) {
            x[2 * k] = z_re[k];
            x[2 * k + 1] = z_im[k];
        }
    } else {
        z_re[0] = (REAL)edge * re[0];
        z_im[0] = 0;
        for (k = 1; k <= n / 2; k++) {
            z_re[k] = z_re[n - k] = (REAL)inner * re[k];
            z_im[k] = (REAL)inner * im[k];
            z_im[n - k] = -z_im[k];
        }
        LFN_CALL(lfn_fft_complex, (shape, z_im, z_re, room));
        memcpy(x, z_re, n * sizeof *x);
    }
}

LFN_FN void lfn_irfft(const void *plan, size_t n, const REAL *re, const REAL *im, REAL *x, void *scratch)
{
    lfn_rfft_back(plan, n, re, im, 1 / (double)n, 1 / (double)n, x, scratch);
}

LFN_FN void lfn_rfft_adjoint(const void *plan, size_t n, const REAL *gre, const REAL *gim, REAL *gx, void *scratch)
{
    lfn_rfft_back(plan, n, gre, gim, 0.5, 1, gx, scratch);
}
