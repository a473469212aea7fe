/* One libFuzzer harness per header over every row of its registry: the input picks
   the row, the case and then changes what the function gets: sizes, hyper-parameters,
   options, labels, NULL pointers and the bits of every array. Arrays lie between
   guard pages, so a read or write one element too far ends the run. Whatever
   happens, the function must return, and refuse without touching its outputs.

   Built by fuzz/run.sh with HEADER as the header's name. */
#include "input.h"
#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
#include TEXT(registry/HEADER.c)

/* The layout of lossfn_options_f32 and _f64. */
typedef struct {
    int reduction, accumulate;
    const void *weight, *upstream;
    double denominator;
    double *count;
} loss_options;

static void change_array(call *c, array *a)
{
    const size_t width = a->type == TYPE_U8 ? 1 : a->type == TYPE_F64 || a->type == TYPE_I64 || a->type == TYPE_SIZE || (a->type == TYPE_REAL && c->bits == 64) ? 8 : 4;
    const unsigned how = byte();
    size_t i, k;
    if (!a->base || !a->n || (a->flags & ARRAY_UNFUZZED)) return;
    if (how == 255) { a->data = NULL; return; }
    for (k = how % 8; k > 0; k--) {
        uint64_t bits;
        i = word(2) % a->n;
        if (how & 8 && (a->type == TYPE_REAL || a->type == TYPE_F64)) { put(c, a, i, number()); continue; }
        bits = word((int)width);
        if (how & 16) bits &= 15;
        if (width == 1) { const uint8_t b = (uint8_t)bits; memcpy((char *)a->data + i, &b, 1); }
        else if (width == 4) { const uint32_t b = (uint32_t)bits; memcpy((char *)a->data + 4 * i, &b, 4); }
        else memcpy((char *)a->data + 8 * i, &bits, 8);
    }
    if (how & 32) for (i = 0; i < a->n; i++) put(c, a, i, get(c, a, 0));   /* all equal */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const row *r;
    call c;
    loss_options o;
    double count = 0, weights[2 * 4096];
    int bits, variant, isa, status, k, set;
    size_t length;
    at = data;
    end = data + size;
    engine_isa = header_isa;
    if (!row_count) return 0;
    r = &rows[word(2) % (row_count ? row_count : 1)];
    bits = byte() & 1 ? 64 : 32;
    variant = (int)(byte() % 8);
    length = byte() % 68;
    set = r->good_count ? (int)(byte() % (unsigned)r->good_count) : 0;
    isa = (int)(byte() % 4);
    if (!engine_isa.force(isa)) engine_isa.force(0);
    if (!engine_prepare(r, &c, bits, variant, length, set, word(1)) && !engine_prepare(r, &c, bits, 0, length, set, 1)) return 0;
    if (byte() & 1) for (k = 0; k < 8; k++) if (c.size[k] && !(c.size_sizes >> k & 1)) {
        const unsigned how = byte();
        if (how < 64) c.size[k] = how % (c.size[k] + 1);
        else if (how == 255 && !(r->flags & FLAG_SIZES_FREE)) c.size[k] = SIZE_MAX - word(1);
    }
    if (byte() & 1) for (k = 0; k < 8; k++) if (byte() & 1) c.hyper[k] = number();
    if (byte() & 1) for (k = 0; k < 4; k++) if ((byte() & 1) && !(c.option_sizes >> k & 1)) c.option[k] = (int32_t)word(byte() & 1 ? 1 : 4);
    for (k = 0; k < c.in_count; k++) change_array(&c, &c.in[k]);
    for (k = 0; k < c.out_count; k++) {
        const unsigned how = byte();
        if (how == 1) c.out[k].data = NULL;
        else if (c.out[k].flags & ARRAY_STATE) change_array(&c, &c.out[k]);
    }
    if (strncmp(r->name, "lossfn_", 7) == 0 && (byte() & 1)) {
        memset(&o, 0, sizeof o);
        for (k = 0; k < 2 * 4096; k++) weights[k] = 0.5;
        o.reduction = (int)(byte() % 4);
        o.accumulate = (int)(byte() & 1);
        if (c.items <= 4096 && (byte() & 1)) {
            for (k = 0; k < 4; k++) weights[k] = number();
            o.weight = weights;
        }
        if (c.items <= 4096 && (byte() & 1)) o.upstream = weights + 1;
        if (byte() & 1) o.denominator = number();
        o.count = &count;
        c.options = &o;
    }
    if (c.scratch && (byte() & 7) == 1) c.scratch_size = word(1);
    for (k = 0; k < c.out_count; k++)
        if (c.out[k].data && !(c.out[k].flags & ARRAY_STATE)) {
            const size_t n = c.out[k].n;
            size_t i;
            for (i = 0; i < n; i++) put(&c, &c.out[k], i, 3);
        }
    status = engine_call(r, &c);
    if (status != 0)
        for (k = 0; k < c.out_count; k++)
            if (c.out[k].data && !(c.out[k].flags & ARRAY_STATE)) {
                size_t i;
                for (i = 0; i < c.out[k].n; i++)
                    if (get(&c, &c.out[k], i) != 3) {
                        fprintf(stderr, "%s_f%d: status %d but output %d is touched\n", r->name, bits, status, k);
                        abort();
                    }
            }
    engine_free(&c);
    return 0;
}
