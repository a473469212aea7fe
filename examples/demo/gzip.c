/* Reads gzip files (RFC 1952) and unpacks their deflate data (RFC 1951). Canonical
   Huffman codes are decoded bit by bit: a code of length l is the count of codes
   of each shorter length, shifted along, plus its place among those of length l. */
#include "demo.h"
#include <stdlib.h>

enum { SYMBOLS = 288, LONGEST = 15 };

typedef struct {
    const uint8_t *in;
    size_t size, at;
    unsigned bit;           /* of in[at], 0 the lowest */
    int bad;                /* the data ended early or makes no sense */
    uint8_t *out;
    size_t length, room;
} stream;

typedef struct {
    unsigned count[LONGEST + 1];    /* codes of each length */
    unsigned symbol[SYMBOLS];       /* in the order of their codes */
} huffman;

static unsigned take(stream *s, unsigned bits)
{
    unsigned value = 0, k;
    for (k = 0; k < bits; k++) {
        if (s->at >= s->size) {
            s->bad = 1;
            return 0;
        }
        value |= (unsigned)((s->in[s->at] >> s->bit) & 1) << k;
        if (++s->bit == 8) {
            s->bit = 0;
            s->at++;
        }
    }
    return value;
}

static void put(stream *s, uint8_t byte)
{
    if (s->length == s->room) {
        const size_t room = s->room < 65536 ? 65536 : 2 * s->room;
        uint8_t *out = room > s->room ? (uint8_t *)realloc(s->out, room) : NULL;
        if (!out) {
            s->bad = 1;
            return;
        }
        s->out = out;
        s->room = room;
    }
    s->out[s->length++] = byte;
}

static void build(huffman *h, const uint8_t *length, unsigned symbols)
{
    unsigned next[LONGEST + 2], k;
    for (k = 0; k <= LONGEST; k++) h->count[k] = 0;
    for (k = 0; k < symbols; k++) h->count[length[k]]++;
    h->count[0] = 0;
    next[1] = 0;
    for (k = 1; k <= LONGEST; k++) next[k + 1] = next[k] + h->count[k];
    for (k = 0; k < symbols; k++)
        if (length[k]) h->symbol[next[length[k]]++] = k;
}

static unsigned decode(stream *s, const huffman *h)
{
    unsigned code = 0, first = 0, before = 0, k;
    for (k = 1; k <= LONGEST && !s->bad; k++) {
        code = 2 * code + take(s, 1);
        first *= 2;
        if (code < first + h->count[k]) {
            if (code < first) break;
            return h->symbol[before + code - first];
        }
        first += h->count[k];
        before += h->count[k];
    }
    s->bad = 1;
    return 0;
}

/* Literals, and copies of what came before, until the end of the block. */
static void compressed(stream *s, const huffman *literals, const huffman *distances)
{
    static const unsigned base[] = {3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99,
                                    115, 131, 163, 195, 227, 258};
    static const unsigned extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
    while (!s->bad) {
        unsigned symbol = decode(s, literals), length, from;
        size_t distance;
        if (s->bad || symbol == 256) return;
        if (symbol < 256) {
            put(s, (uint8_t)symbol);
            continue;
        }
        symbol -= 257;
        if (symbol > 28) break;
        length = base[symbol] + take(s, extra[symbol]);
        from = decode(s, distances);
        if (s->bad || from > 29) break;
        distance = from + 1;
        if (from > 3) distance = ((size_t)(2 + from % 2) << (from / 2 - 1)) + 1 + take(s, from / 2 - 1);
        if (distance > s->length) break;
        while (length-- && !s->bad) put(s, s->out[s->length - distance]);
    }
    s->bad = 1;
}

static void stored(stream *s)
{
    unsigned length, complement;
    if (s->bit) {
        s->bit = 0;
        s->at++;
    }
    length = take(s, 16);
    complement = take(s, 16);
    if ((length ^ complement) != 0xffff) s->bad = 1;
    while (length-- && !s->bad) put(s, (uint8_t)take(s, 8));
}

static void fixed_codes(huffman *literals, huffman *distances)
{
    uint8_t length[SYMBOLS];
    unsigned k;
    for (k = 0; k < SYMBOLS; k++) length[k] = (uint8_t)(k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8);
    build(literals, length, SYMBOLS);
    for (k = 0; k < 30; k++) length[k] = 5;
    build(distances, length, 30);
}

/* The codes' lengths are themselves coded, with repetitions. */
static void dynamic_codes(stream *s, huffman *literals, huffman *distances)
{
    static const uint8_t order[] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t length[SYMBOLS + 32] = {0};
    const unsigned literal_count = 257 + take(s, 5), distance_count = 1 + take(s, 5), code_count = 4 + take(s, 4);
    unsigned k = 0;
    while (k < code_count) length[order[k++]] = (uint8_t)take(s, 3);
    build(literals, length, 19);
    k = 0;
    while (!s->bad && k < literal_count + distance_count) {
        const unsigned symbol = decode(s, literals);
        unsigned times = 1;
        uint8_t value = (uint8_t)symbol;
        if (symbol == 16) {
            if (k == 0) s->bad = 1;
            else value = length[k - 1];
            times = 3 + take(s, 2);
        } else if (symbol > 16) {
            value = 0;
            times = symbol == 17 ? 3 + take(s, 3) : 11 + take(s, 7);
        }
        if (k + times > literal_count + distance_count) s->bad = 1;
        while (times-- && !s->bad) length[k++] = value;
    }
    if (s->bad || literal_count > 286) {
        s->bad = 1;
        return;
    }
    build(literals, length, literal_count);
    build(distances, length + literal_count, distance_count);
}

static void inflate(stream *s)
{
    huffman literals, distances;
    unsigned last = 0;
    while (!last && !s->bad) {
        unsigned kind;
        last = take(s, 1);
        kind = take(s, 2);
        if (s->bad) return;
        if (kind == 0) stored(s);
        else if (kind == 3) s->bad = 1;
        else {
            if (kind == 1) fixed_codes(&literals, &distances);
            else dynamic_codes(s, &literals, &distances);
            if (!s->bad) compressed(s, &literals, &distances);
        }
    }
    if (s->bit) {
        s->bit = 0;
        s->at++;
    }
}

/* Sets s->at behind the header: magic, method, flags, then what the flags announce. */
static int gzip_header(stream *s)
{
    unsigned flags, k;
    if (take(s, 8) != 0x1f || take(s, 8) != 0x8b || take(s, 8) != 8) return 0;
    flags = take(s, 8);
    for (k = 0; k < 6; k++) take(s, 8);
    if (flags & 4) for (k = take(s, 16); k && !s->bad; k--) take(s, 8);
    if (flags & 8) while (take(s, 8) && !s->bad) { }
    if (flags & 16) while (take(s, 8) && !s->bad) { }
    if (flags & 2) take(s, 16);
    return !s->bad;
}

static uint32_t crc32(const uint8_t *p, size_t n)
{
    uint32_t table[256], crc = 0xffffffffu, k, bit;
    size_t i;
    for (k = 0; k < 256; k++) {
        table[k] = k;
        for (bit = 0; bit < 8; bit++) table[k] = table[k] & 1 ? table[k] >> 1 ^ 0xedb88320u : table[k] >> 1;
    }
    for (i = 0; i < n; i++) crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
    return ~crc;
}

static uint8_t *read_all(const char *path, size_t *size)
{
    FILE *f = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t room = 0, got = 1;
    *size = 0;
    while (f && got) {
        if (*size == room) {
            uint8_t *more = (uint8_t *)realloc(data, room = room ? 2 * room : 65536);
            if (!more) break;
            data = more;
        }
        got = fread(data + *size, 1, room - *size, f);
        *size += got;
    }
    if (!f || got || ferror(f)) {
        free(data);
        data = NULL;
    }
    if (f) fclose(f);
    return data;
}

uint8_t *read_gzip(const char *path, size_t *size, const char **problem)
{
    stream s = {0};
    uint8_t *data = read_all(path, &s.size);
    uint32_t crc, length;
    s.in = data;
    *problem = NULL;
    if (!data) *problem = "cannot be read";
    else if (!gzip_header(&s)) *problem = "is not a gzip file";
    else {
        inflate(&s);
        crc = take(&s, 16);
        crc |= (uint32_t)take(&s, 16) << 16;
        length = take(&s, 16);
        length |= (uint32_t)take(&s, 16) << 16;
        if (s.bad) *problem = "is damaged or cut off";
        else if (length != (uint32_t)(s.length & 0xffffffffu) || crc != crc32(s.out, s.length))
            *problem = "is damaged: its checksum differs";
    }
    free(data);
    if (*problem) {
        free(s.out);
        return NULL;
    }
    *size = s.length;
    return s.out;
}
