/* Sorting: stable radix sorts of keys that carry a 32-bit index along.

   A float or double key becomes an unsigned integer of the same order: NaN the
   largest in both directions, -0 and +0 the same. Keys are sorted by their
   digits, the least significant first; only the bits in which keys differ are
   looked at, cut into digits of equal width: at most 11 bits for words sorted by
   themselves (integers, and floats with their index in one word), 8 bits for short
   arrays and where the index moves in an array of its own. Up to LFN_SORT_SMALL keys are sorted by insertion. All take O(n) time.

     lfn_argsort_room(n)    bytes of scratch each of the following needs
     lfn_sort_u64           integers, in place
     lfn_argsort_u64        the order of integers
     lfn_argsort            the order of numbers, ascending or descending
     lfn_sort_pairs         numbers in place, and the index that belongs to them

   Throughout n <= UINT32_MAX; n = 0 touches nothing. Equal keys keep their
   order, in a descending sort too. */

//@once

#define LFN_SORT_SMALL 32
#define LFN_SORT_DIGIT 11

/* Bytes of scratch for n keys: two arrays of keys, one of indices, the counts. */
LFN_UNUSED static size_t lfn_argsort_room(size_t n)
{
    size_t room = lfn_add(lfn_mul(2, lfn_piece(n, sizeof(uint64_t))), lfn_piece(n, sizeof(uint32_t)));
    return lfn_add(room, lfn_piece((size_t)1 << LFN_SORT_DIGIT, sizeof(uint32_t)));
}

/* Where a radix sort works: its second array of keys and of indices, and the counts. */
typedef struct {
    uint64_t *first, *second;
    uint32_t *index, *counts;
} lfn_sort_arrays;

LFN_UNUSED static lfn_sort_arrays lfn_sort_cut(size_t n, void *scratch)
{
    lfn_sort_arrays arrays;
    arrays.first = (uint64_t *)lfn_cut(&scratch, n, sizeof(uint64_t));
    arrays.second = (uint64_t *)lfn_cut(&scratch, n, sizeof(uint64_t));
    arrays.index = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    arrays.counts = (uint32_t *)lfn_cut(&scratch, (size_t)1 << LFN_SORT_DIGIT, sizeof(uint32_t));
    return arrays;
}

/* How to cut the bits in which keys differ into digits: count digits of width
   bits, at most `most`, the first at low. */
typedef struct {
    unsigned low, width, count;
} lfn_sort_digits;

LFN_UNUSED static lfn_sort_digits lfn_sort_plan(uint64_t differ, unsigned most)
{
    lfn_sort_digits digits = {0, 0, 0};
    unsigned high;
    if (!differ) return digits;
    while (!(differ >> digits.low & 1)) digits.low++;
    for (high = 64; !(differ >> (high - 1) & 1); high--) {}
    digits.count = (high - digits.low + most - 1) / most;
    digits.width = (high - digits.low + digits.count - 1) / digits.count;
    return digits;
}

/* The bits in which two of the keys differ at least. */
LFN_UNUSED static uint64_t lfn_sort_differ(const uint64_t *keys, size_t n)
{
    uint64_t all = ~UINT64_C(0), any = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        all &= keys[k];
        any |= keys[k];
    }
    return n ? all ^ any : 0;
}

/* counts[d] becomes the place of the first key whose digit is d. */
LFN_UNUSED static void lfn_sort_count(const uint64_t *keys, size_t n, unsigned shift, unsigned width, uint32_t *counts)
{
    const size_t buckets = (size_t)1 << width;
    const uint64_t mask = buckets - 1;
    uint32_t place = 0, count;
    size_t k;
    memset(counts, 0, buckets * sizeof *counts);
    for (k = 0; k < n; k++) counts[keys[k] >> shift & mask]++;
    for (k = 0; k < buckets; k++) {
        count = counts[k];
        counts[k] = place;
        place += count;
    }
}

/* Sorts a by the bits that differ holds, with b as second array. Returns the one
   of a and b in which the sorted keys are. */
LFN_UNUSED static uint64_t *lfn_sort_keys(uint64_t *a, uint64_t *b, size_t n, uint64_t differ, uint32_t *counts)
{
    const lfn_sort_digits digits = lfn_sort_plan(differ, n < 4096 ? 8 : LFN_SORT_DIGIT);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *swap;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        lfn_sort_count(a, n, shift, digits.width, counts);
        for (k = 0; k < n; k++) {
            const uint64_t key = a[k];
            b[counts[key >> shift & mask]++] = key;
        }
        swap = a;
        a = b;
        b = swap;
    }
    return a;
}

/* The same with an index each: sorts arrays->first and index; both end up where they were. */
LFN_UNUSED static void lfn_sort_with_index(const lfn_sort_arrays *arrays, size_t n, uint32_t *index)
{
    const uint64_t differ = lfn_sort_differ(arrays->first, n);
    const lfn_sort_digits digits = lfn_sort_plan(differ, 8);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *a = arrays->first, *b = arrays->second, *swap;
    uint32_t *from = index, *to = arrays->index, *swap_index;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        lfn_sort_count(a, n, shift, digits.width, arrays->counts);
        for (k = 0; k < n; k++) {
            const uint64_t key = a[k];
            const uint32_t place = arrays->counts[key >> shift & mask]++;
            b[place] = key;
            to[place] = from[k];
        }
        swap = a;
        a = b;
        b = swap;
        swap_index = from;
        from = to;
        to = swap_index;
    }
    if (a != arrays->first) {
        memcpy(arrays->first, a, n * sizeof *a);
        memcpy(index, from, n * sizeof *index);
    }
}

/* Few keys, by insertion. */
LFN_UNUSED static void lfn_sort_insert(uint64_t *keys, uint32_t *index, size_t n)
{
    size_t k, j;
    for (k = 1; k < n; k++) {
        const uint64_t key = keys[k];
        const uint32_t carried = index[k];
        for (j = k; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
            index[j] = index[j - 1];
        }
        keys[j] = key;
        index[j] = carried;
    }
}

/* Integers in place, ascending. */
LFN_UNUSED static void lfn_sort_u64(uint64_t *keys, size_t n, void *scratch)
{
    size_t k, j;
    if (n <= LFN_SORT_SMALL) {
        for (k = 1; k < n; k++) {
            const uint64_t key = keys[k];
            for (j = k; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        uint64_t *sorted = lfn_sort_keys(keys, arrays.first, n, lfn_sort_differ(keys, n), arrays.counts);
        if (sorted != keys) memcpy(keys, sorted, n * sizeof *keys);
    }
}

/* keys[index[0]] <= keys[index[1]] <= ... */
LFN_UNUSED static void lfn_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch)
{
    uint64_t few[LFN_SORT_SMALL];
    size_t k;
    if (!n) return;
    for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    if (n <= LFN_SORT_SMALL) {
        memcpy(few, keys, n * sizeof *few);
        lfn_sort_insert(few, index, n);
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        memcpy(arrays.first, keys, n * sizeof *keys);
        lfn_sort_with_index(&arrays, n, index);
    }
}

//@impl

/* An integer of the key's order: negative numbers with all bits turned, others
   with the sign bit set; the reverse for a descending sort; all ones for NaN. */
LFN_INLINE lfn_word lfn_sort_rank(REAL key, lfn_word turn)
{
    const lfn_word sign = (lfn_word)1 << (LFN_BITS - 1);
    const lfn_word infinity = LFN_BITS == 32 ? (lfn_word)UINT32_C(0x7f800000) : (lfn_word)UINT64_C(0x7ff0000000000000);
    lfn_word bits, magnitude, rank;
    memcpy(&bits, &key, sizeof bits);
    magnitude = bits & (lfn_word)~sign;
    rank = bits != magnitude && magnitude ? (lfn_word)(sign - magnitude) : (lfn_word)(sign + magnitude);
    return magnitude > infinity ? (lfn_word)~(lfn_word)0 : (lfn_word)(rank ^ turn);
}

/* The key of a rank. A NaN is the quiet one, a zero +0. */
LFN_INLINE REAL lfn_sort_key(lfn_word rank, lfn_word turn)
{
    const lfn_word sign = (lfn_word)1 << (LFN_BITS - 1);
    const lfn_word nan = LFN_BITS == 32 ? (lfn_word)UINT32_C(0x7fc00000) : (lfn_word)UINT64_C(0x7ff8000000000000);
    const lfn_word plain = (lfn_word)(rank ^ turn);
    lfn_word bits = plain < sign ? (lfn_word)(sign | (lfn_word)(sign - plain)) : (lfn_word)(plain - sign);
    REAL key;
    if (rank == (lfn_word)~(lfn_word)0) bits = nan;
    memcpy(&key, &bits, sizeof key);
    return key;
}

/* Ranks of the keys in arrays.first, in the float's case above an index: the
   index given, or NULL for 0, 1, 2, ... Then sorted; where the result is is
   returned. With doubles the index is sorted in the caller's array. */
LFN_FN uint64_t *lfn_sort_ranks(const REAL *keys, size_t n, lfn_word turn, uint32_t *index, int fresh,
                                const lfn_sort_arrays *arrays)
{
    uint64_t *a = arrays->first;
    size_t k;
#if LFN_BITS == 32
    uint64_t all = ~UINT64_C(0), any = 0;
    for (k = 0; k < n; k++) {
        const uint64_t rank = (uint64_t)lfn_sort_rank(keys[k], turn) << 32;
        all &= rank;
        any |= rank;
        a[k] = rank | (fresh ? (uint32_t)k : index[k]);
    }
    return lfn_sort_keys(a, arrays->second, n, (all ^ any) & ~UINT64_C(0xffffffff), arrays->counts);
#else
    for (k = 0; k < n; k++) a[k] = lfn_sort_rank(keys[k], turn);
    if (fresh) for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    lfn_sort_with_index(arrays, n, index);
    return a;
#endif
}

/* keys[index[0]] <= keys[index[1]] <= ..., or >= when descending; NaNs last. */
LFN_FN void lfn_argsort(const REAL *keys, size_t n, int descending, uint32_t *index, void *scratch)
{
    const lfn_word turn = descending ? (lfn_word)~(lfn_word)0 : 0;
    uint64_t few[LFN_SORT_SMALL];
    size_t k;
    if (n <= LFN_SORT_SMALL) {
        for (k = 0; k < n; k++) {
            few[k] = lfn_sort_rank(keys[k], turn);
            index[k] = (uint32_t)k;
        }
        lfn_sort_insert(few, index, n);
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        const uint64_t *sorted = lfn_sort_ranks(keys, n, turn, index, 1, &arrays);
        if (LFN_BITS == 32)
            for (k = 0; k < n; k++) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
    }
}

/* Sorts the keys, and each key's index with it. NaNs come last, and as the one
   quiet NaN; -0 comes out as +0. */
LFN_FN void lfn_sort_pairs(REAL *keys, uint32_t *index, size_t n, int descending, void *scratch)
{
    const lfn_word turn = descending ? (lfn_word)~(lfn_word)0 : 0;
    uint64_t few[LFN_SORT_SMALL];
    size_t k;
    if (n <= LFN_SORT_SMALL) {
        for (k = 0; k < n; k++) few[k] = lfn_sort_rank(keys[k], turn);
        lfn_sort_insert(few, index, n);
        for (k = 0; k < n; k++) keys[k] = lfn_sort_key((lfn_word)few[k], turn);
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        const uint64_t *sorted = lfn_sort_ranks(keys, n, turn, index, 0, &arrays);
        for (k = 0; k < n; k++) {
            keys[k] = lfn_sort_key((lfn_word)(sorted[k] >> (64 - LFN_BITS)), turn);
            if (LFN_BITS == 32) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
        }
    }
}
