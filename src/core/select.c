/* The k-th smallest of an array, in linear time on average and n log n at worst.

     lfn_select_kth(x, n, k)   k counted from 0, k < n

   Quickselect with the middle of three as pivot; when the part that remains has
   not become four times smaller in six rounds, it is sorted by heap instead. NaNs
   count as larger than everything and end up last. */

//@impl

/* By the bits, so that it holds under -ffast-math too. */
LFN_INLINE int lfn_select_is_nan(REAL x)
{
    const lfn_word infinity = LFN_BITS == 32 ? (lfn_word)UINT32_C(0x7f800000) : (lfn_word)UINT64_C(0x7ff0000000000000);
    lfn_word bits;
    memcpy(&bits, &x, sizeof bits);
    return (lfn_word)(bits & (((lfn_word)1 << (LFN_BITS - 1)) - 1)) > infinity;
}

LFN_INLINE void lfn_select_swap(REAL *a, REAL *b)
{
    const REAL x = *a;
    *a = *b;
    *b = x;
}

/* Moves x[root] down until no child is larger. */
LFN_FN void lfn_select_sift(REAL *x, size_t root, size_t n)
{
    const REAL value = x[root];
    size_t child;
    while (root < n / 2) {
        child = 2 * root + 1;
        if (child + 1 < n && x[child] < x[child + 1]) child++;
        if (!(value < x[child])) break;
        x[root] = x[child];
        root = child;
    }
    x[root] = value;
}

LFN_FN void lfn_select_heap_sort(REAL *x, size_t n)
{
    size_t k;
    for (k = n / 2; k-- > 0;) lfn_select_sift(x, k, n);
    for (k = n; k-- > 1;) {
        lfn_select_swap(&x[0], &x[k]);
        lfn_select_sift(x, 0, k);
    }
}

/* Reorders x[0..n-1] so that x[k] is its k-th smallest, nothing larger stands
   before and nothing smaller behind it. Returns x[k]. */
LFN_FN REAL lfn_select_kth(REAL *x, size_t n, size_t k)
{
    size_t low = 0, high = n, i, j, goal = n / 4;
    int rounds = 0;
    for (i = 0; i < high;) {
        if (lfn_select_is_nan(x[i])) lfn_select_swap(&x[i], &x[--high]);
        else i++;
    }
    if (k >= high) return x[k];
    /* x[k] belongs to x[low..high-1]. */
    while (high - low > 2) {
        REAL *first = &x[low], *middle = &x[low + (high - low) / 2], *last = &x[high - 1];
        REAL pivot;
        if (rounds++ == 6) {
            if (high - low > goal) {
                lfn_select_heap_sort(x + low, high - low);
                return x[k];
            }
            rounds = 0;
            goal = (high - low) / 4;
        }
        if (*middle < *first) lfn_select_swap(first, middle);
        if (*last < *middle) {
            lfn_select_swap(middle, last);
            if (*middle < *first) lfn_select_swap(first, middle);
        }
        pivot = *middle;
        /* Up to i nothing is larger than the pivot, from j on nothing smaller. */
        i = low;
        j = high - 1;
        for (;;) {
            do i++; while (x[i] < pivot);
            do j--; while (pivot < x[j]);
            if (i >= j) break;
            lfn_select_swap(&x[i], &x[j]);
        }
        if (i == j) {
            if (k == i) return x[k];
            if (k < i) high = i;
            else low = i + 1;
        } else if (k <= j) high = i;
        else low = i;
    }
    if (high - low == 2 && x[low + 1] < x[low]) lfn_select_swap(&x[low], &x[low + 1]);
    return x[k];
}
