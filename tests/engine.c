/* The generic checks: see engine.h. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif
#include "engine.h"
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int engine_passed, engine_failed;
isa_control engine_isa;
static int guard_front;      /* arrays begin right behind the guard page instead of ending right before one */
static int verbose;

/* The layout of lossfn_options_f32 and _f64. */
typedef struct {
    int reduction, accumulate;
    const void *weight, *upstream;
    double denominator;
    double *count;
} loss_options;

void check(int ok, const char *format, ...)
{
    va_list arguments;
    if (ok) { engine_passed++; return; }
    engine_failed++;
    if (engine_failed > 60 && !verbose) return;
    printf("FAILED: ");
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    printf("\n");
    fflush(stdout);
}

int close_to(double a, double b, double relative, double absolute)
{
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    if (a == b) return 1;
    if (isinf(a) || isinf(b)) return 0;
    return fabs(a - b) <= absolute + relative * (fabs(a) > fabs(b) ? fabs(a) : fabs(b));
}

void engine_close(void)
{
    printf("%d passed, %d failed\n", engine_passed, engine_failed);
}

/* ---- drawing ---------------------------------------------------------------------- */

uint64_t draw_bits(call *c)
{
    uint64_t z = (c->seed + 1) * UINT64_C(0xd1342543de82ef95) + ++c->counter * UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

double draw(call *c, double low, double high)
{
    return low + (high - low) * ((double)(draw_bits(c) >> 11) * 0x1p-53);
}

double draw_normal(call *c)
{
    const double u = 1.0 - draw(c, 0, 1), v = draw(c, 0, 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

int draw_int(call *c, int low, int high)
{
    return low + (int)(draw_bits(c) % (uint64_t)(high - low));
}

double hyper_of(call *c, int k)
{
    c->hyper_used |= (uint32_t)1 << k;
    return c->hyper[k];
}

/* ---- arrays between guard pages --------------------------------------------------- */

static size_t type_size(const call *c, int type)
{
    switch (type) {
    case TYPE_REAL: return c->bits == 32 ? 4 : 8;
    case TYPE_F64: case TYPE_I64: return 8;
    case TYPE_SIZE: return sizeof(size_t);
    case TYPE_U8: return 1;
    default: return 4;
    }
}

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }

static size_t room_of(size_t bytes) { return (bytes + page() - 1) / page() * page(); }

/* bytes between two pages that nobody may touch, flush with the end (or the front). */
static void *guarded(size_t bytes, void **base)
{
    const size_t room = room_of(bytes ? bytes : 1), total = room + 2 * page();
    char *map = (char *)mmap(NULL, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (map == (char *)MAP_FAILED) { printf("out of memory: %lu bytes\n", (unsigned long)total); exit(2); }
    mprotect(map, page(), PROT_NONE);
    mprotect(map + page() + room, page(), PROT_NONE);
    *base = map;
    return guard_front ? map + page() : map + page() + room - bytes;
}

static void unguard(void *base, size_t bytes)
{
    if (base) munmap(base, room_of(bytes ? bytes : 1) + 2 * page());
}

static void *plain_data(const call *c, const array *a)
{
    const size_t bytes = a->n * type_size(c, a->type);
    char *start = (char *)a->base + page();
    return guard_front ? start : start + room_of(bytes ? bytes : 1) - bytes;
}

void put(call *c, array *a, size_t i, double value)
{
    switch (a->type) {
    case TYPE_REAL: if (c->bits == 32) ((float *)a->data)[i] = (float)value; else ((double *)a->data)[i] = value; break;
    case TYPE_F64: ((double *)a->data)[i] = value; break;
    case TYPE_I32: ((int32_t *)a->data)[i] = (int32_t)value; break;
    case TYPE_I64: ((int64_t *)a->data)[i] = (int64_t)value; break;
    case TYPE_U32: ((uint32_t *)a->data)[i] = (uint32_t)value; break;
    case TYPE_U8: ((uint8_t *)a->data)[i] = (uint8_t)value; break;
    default: ((size_t *)a->data)[i] = (size_t)value; break;
    }
}

double get(const call *c, const array *a, size_t i)
{
    switch (a->type) {
    case TYPE_REAL: return c->bits == 32 ? (double)((float *)a->data)[i] : ((double *)a->data)[i];
    case TYPE_F64: return ((double *)a->data)[i];
    case TYPE_I32: return ((int32_t *)a->data)[i];
    case TYPE_I64: return (double)((int64_t *)a->data)[i];
    case TYPE_U32: return ((uint32_t *)a->data)[i];
    case TYPE_U8: return ((uint8_t *)a->data)[i];
    default: return (double)((size_t *)a->data)[i];
    }
}

static void make_array(call *c, array *a, int type, size_t n, int flags)
{
    memset(a, 0, sizeof *a);
    a->type = type;
    a->n = n;
    a->flags = flags;
    a->gradient_of = -1;
    a->data = guarded(n * type_size(c, type), &a->base);
}

array *input(call *c, int k, int type, size_t n, double low, double high, int flags)
{
    array *a = &c->in[k];
    size_t i;
    make_array(c, a, type, n, flags);
    a->low = low;
    a->high = high;
    if (k >= c->in_count) c->in_count = k + 1;
    for (i = 0; i < n; i++)
        put(c, a, i, type == TYPE_REAL || type == TYPE_F64 ? (double)(float)draw(c, low, high) : (double)draw_int(c, (int)low, (int)high));
    return a;
}

array *output(call *c, int k, int type, size_t n, int gradient_of, int flags)
{
    array *a = &c->out[k];
    make_array(c, a, type, n, flags);
    a->gradient_of = gradient_of;
    if (k >= c->out_count) c->out_count = k + 1;
    return a;
}

void engine_free(call *c)
{
    int k;
    for (k = 0; k < c->in_count; k++) unguard(c->in[k].base, c->in[k].n * type_size(c, c->in[k].type));
    for (k = 0; k < c->out_count; k++) unguard(c->out[k].base, c->out[k].n * type_size(c, c->out[k].type));
    free(c->scratch);
    memset(c, 0, sizeof *c);
}

int engine_prepare(const row *r, call *c, int bits, int variant, size_t length, int set, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->bits = bits;
    c->variant = variant;
    c->length = length;
    c->large = length > 1000;
    c->seed = seed;
    if (set < r->good_count) memcpy(c->hyper, r->good[set], sizeof c->hyper);
    if (!r->prepare(c)) { engine_free(c); return 0; }
    if (c->scratch_bytes) {
        c->scratch = malloc(c->scratch_bytes);
        if (!c->scratch) { printf("%s: no %lu bytes of scratch\n", r->name, (unsigned long)c->scratch_bytes); exit(2); }
    }
    c->scratch_size = c->scratch_bytes;
    return 1;
}

int engine_call(const row *r, call *c) { return c->bits == 32 ? r->run32(c) : r->run64(c); }

/* ---- helpers of the checks --------------------------------------------------------- */

static int is_loss(const row *r) { return strncmp(r->name, "lossfn_", 7) == 0; }

static size_t output_bytes(const call *c, int k) { return c->out[k].n * type_size(c, c->out[k].type); }

/* Outputs that are only written hold a pattern before a call. */
static void stain(call *c)
{
    int k;
    for (k = 0; k < c->out_count; k++)
        if (!(c->out[k].flags & ARRAY_STATE)) memset(plain_data(c, &c->out[k]), 0xA5, output_bytes(c, k));
}

typedef struct { void *of[12]; } saved;

static saved save_outputs(const call *c)
{
    saved s;
    int k;
    memset(&s, 0, sizeof s);
    for (k = 0; k < c->out_count; k++) {
        s.of[k] = malloc(output_bytes(c, k) + 1);
        memcpy(s.of[k], plain_data(c, &c->out[k]), output_bytes(c, k));
    }
    return s;
}

static void restore_outputs(call *c, const saved *s)
{
    int k;
    for (k = 0; k < c->out_count; k++) memcpy(plain_data(c, &c->out[k]), s->of[k], output_bytes(c, k));
}

static int same_outputs(const call *c, const saved *s, int except)
{
    int k;
    for (k = 0; k < c->out_count; k++)
        if (k != except && memcmp(plain_data(c, &c->out[k]), s->of[k], output_bytes(c, k)) != 0) return 0;
    return 1;
}

static void drop(saved *s)
{
    int k;
    for (k = 0; k < 12; k++) free(s->of[k]);
}

static const char *where(const row *r, const call *c)
{
    static char text[256];
    int k, n = snprintf(text, sizeof text, "%s_f%d (variant %d, length %lu, hyper", r->name, c->bits, c->variant, (unsigned long)c->length);
    for (k = 0; k < 4 && n > 0 && n < 200; k++) n += snprintf(text + n, sizeof text - (size_t)n, " %g", c->hyper[k]);
    snprintf(text + n, sizeof text - (size_t)n, ")");
    return text;
}

/* Below this, results are subnormal or 0: no relative accuracy there. */
static double underflow(const call *c) { return c->bits == 32 ? 1e-36 : 1e-300; }

static double largest(const call *c, const array *a)
{
    double m = 0, x;
    size_t i;
    for (i = 0; i < a->n; i++) {
        x = fabs(get(c, a, i));
        if (x > m && x < 1e300) m = x;
    }
    return m;
}

/* The largest loss of an item: what the accuracy of a mean that cancels is relative to. */
static double largest_item(const row *r, const call *c)
{
    call probe = *c;
    loss_options o;
    saved keep;
    double most = 0;
    if (r->flags & FLAG_NO_ITEMS) return 0;
    memset(&o, 0, sizeof o);
    o.reduction = 2;
    probe.options = &o;
    keep = save_outputs(c);
    if (engine_call(r, &probe) == 0) most = largest(&probe, &probe.out[0]);
    restore_outputs(&probe, &keep);
    drop(&keep);
    return most;
}

/* Outputs of two calls agree to a tolerance relative to each array's largest value. */
static void compare_outputs(const row *r, const call *a, const call *b, double tolerance, const char *what)
{
    int k, bad;
    size_t i, at;
    if (r->flags & FLAG_LOOSE) tolerance *= 100;
    for (k = 0; k < a->out_count; k++) {
        const int one = k == 0 && is_loss(r);     /* the mean: one value */
        double scale = one ? 0 : largest(b, &b->out[k]);
        if (a->out[k].flags & ARRAY_WEAK) continue;
        if (one && !close_to(get(a, &a->out[0], 0), get(b, &b->out[0], 0), tolerance, underflow(a))) scale = largest_item(r, b);
        for (bad = 0, at = i = 0; i < (one ? 1 : a->out[k].n) && !bad; i++)
            if (!close_to(get(a, &a->out[k], i), get(b, &b->out[k], i), tolerance, tolerance * scale + underflow(a))) { bad = 1; at = i; }
        check(!bad, "%s: %s: output %d[%lu] is %.17g against %.17g", where(r, a), what, k, (unsigned long)at,
              bad ? get(a, &a->out[k], at) : 0, bad ? get(b, &b->out[k], at) : 0);
    }
}

/* A loss without LOSSFN_NONE writes one value: the engine's array may be longer. */
static double loss_value(const call *c) { return get(c, &c->out[0], 0); }

/* ---- checks ------------------------------------------------------------------------ */

static void check_runs(const row *r, call *c)
{
    int status;
    stain(c);
    status = engine_call(r, c);
    check(status == 0, "%s: status %d on good arguments", where(r, c), status);
}

/* f32 against f64, every ISA against scalar, front against back alignment. */
static void check_agreement(const row *r, int variant, size_t length, int set, uint64_t seed)
{
    call scalar64, other;
    int bits, isa, ok;
    engine_isa.force(0);
    if (!engine_prepare(r, &scalar64, 64, variant, length, set, seed)) return;
    memset(plain_data(&scalar64, &scalar64.out[0]), 0, 0);
    stain(&scalar64);
    ok = engine_call(r, &scalar64) == 0;
    check(ok, "%s: fails on the scalar path", where(r, &scalar64));
    for (bits = 64; ok && bits >= 32; bits -= 32) {
        call scalar;
        if (!engine_prepare(r, &scalar, bits, variant, length, set, seed)) continue;
        engine_isa.force(0);
        stain(&scalar);
        check(engine_call(r, &scalar) == 0, "%s: fails", where(r, &scalar));
        if (bits == 32 && !(r->flags & FLAG_UNTYPED)) compare_outputs(r, &scalar, &scalar64, 3e-5, "float against double");
        for (isa = 1; isa < 4; isa++) {
            saved s;
            if (!engine_isa.force(isa)) continue;
            if (!engine_prepare(r, &other, bits, variant, length, set, seed)) continue;
            stain(&other);
            check(engine_call(r, &other) == 0, "%s: fails on %s", where(r, &other), engine_isa.name(isa));
            compare_outputs(r, &other, &scalar, bits == 32 ? 2e-5 : 1e-12, engine_isa.name(isa));
            s = save_outputs(&other);
            engine_free(&other);
            guard_front = 1;
            if (engine_prepare(r, &other, bits, variant, length, set, seed)) {
                stain(&other);
                engine_call(r, &other);
                check(same_outputs(&other, &s, -1), "%s: other bits at another alignment", where(r, &other));
                engine_free(&other);
            }
            guard_front = 0;
            drop(&s);
        }
        engine_free(&scalar);
    }
    engine_free(&scalar64);
    for (isa = 3; isa >= 0 && !engine_isa.force(isa); isa--) {}
}

static double loss_at(const row *r, call *c, array *a, size_t i, double x)
{
    const double was = get(c, a, i);
    double loss;
    put(c, a, i, x);
    if (engine_call(r, c) != 0) { put(c, a, i, was); return NAN; }
    loss = loss_value(c);
    put(c, a, i, was);
    return loss;
}

/* Exactly on a kink (the slopes to the two sides differ however small the step)
   the gradient must be a subgradient: between the slopes. */
static int at_kink(const row *r, call *c, array *x, size_t i, double value, double exact, double most)
{
    const double h = 1e-7 * (fabs(value) > 1 ? fabs(value) : 1), here = loss_at(r, c, x, i, value);
    const double right = (loss_at(r, c, x, i, value + h) - here) / h, left = (here - loss_at(r, c, x, i, value - h)) / h;
    const double low = left < right ? left : right, high = left < right ? right : left, slack = 1e-5 * (most + 1e-3);
    return high - low > 1e-3 * most && exact >= low - slack && exact <= high + slack;
}

/* Central differences, Richardson-extrapolated; a smaller step where a kink is near. */
static void check_gradients(const row *r, int variant, size_t length, int set, uint64_t seed)
{
    call c, probe;
    int k;
    if (!engine_prepare(r, &c, 64, variant, length, set, seed)) return;
    stain(&c);
    if (engine_call(r, &c) != 0 || !engine_prepare(r, &probe, 64, variant, length, set, seed)) { engine_free(&c); return; }
    for (k = 0; k < probe.out_count; k++) if (k) probe.out[k].data = probe.out[k].flags & ARRAY_REQUIRED ? probe.out[k].data : NULL;
    for (k = 1; k < c.out_count; k++) {
        array *g = &c.out[k], *x;
        size_t tries, t, i;
        double most;
        if (g->gradient_of < 0 || g->hess) continue;
        x = &probe.in[g->gradient_of];
        most = largest(&c, g);
        tries = x->n < 24 ? x->n : 24;
        for (t = 0; t < tries; t++) {
            double value, h, numeric = 0, exact, roundoff;
            int step, good = 0;
            i = x->n <= 24 ? t : (size_t)(draw_bits(&c) % x->n);
            value = get(&probe, x, i);
            exact = get(&c, g, i);
            h = (c.gradient_step > 0 ? c.gradient_step : 5e-4) * (fabs(value) > 1 ? fabs(value) : 1);
            for (step = 0; step < 4 && !good; step++, h /= 16) {
                const double a = (loss_at(r, &probe, x, i, value + h) - loss_at(r, &probe, x, i, value - h)) / (2 * h);
                const double b = (loss_at(r, &probe, x, i, value + h / 2) - loss_at(r, &probe, x, i, value - h / 2)) / h;
                numeric = (4 * b - a) / 3;
                roundoff = 2e-15 * fabs(loss_value(&c)) / h;
                good = close_to(numeric, exact, 1e-6, 1e-9 * most + 1e-12 + roundoff);
            }
            if (!good) good = at_kink(r, &probe, x, i, value, exact, most);
            check(good, "%s: gradient of input %d at [%lu] = %.9g: %.12g, differences give %.12g",
                  where(r, &c), g->gradient_of, (unsigned long)i, value, exact, numeric);
        }
    }
    engine_free(&probe);
    engine_free(&c);
}

/* The second derivative of an elementwise loss: differences of the gradient. */
static void check_hessian(const row *r, int variant, size_t length, int set, uint64_t seed)
{
    call c, p;
    int k, g;
    if (!engine_prepare(r, &c, 64, variant, length, set, seed)) return;
    if (engine_call(r, &c) == 0 && engine_prepare(r, &p, 64, variant, length, set, seed)) {
        for (k = 1; k < c.out_count; k++) {
            size_t i;
            if (!c.out[k].hess) continue;
            for (g = 1; g < c.out_count && (c.out[g].hess || c.out[g].gradient_of != c.out[k].gradient_of); g++) {}
            for (i = 0; g < c.out_count && i < c.out[k].n; i++) {
                array *x = &p.in[c.out[k].gradient_of];
                const double value = get(&p, x, i), most = largest(&c, &c.out[k]);
                double h = 1e-4 * (fabs(value) > 1 ? fabs(value) : 1), d = 0, first = 0;
                int step, good = 0;
                for (step = 0; step < 3 && !good; step++, h /= 16) {
                    double up, down;
                    put(&p, x, i, value + h);
                    engine_call(r, &p);
                    up = get(&p, &p.out[g], i);
                    put(&p, x, i, value - h);
                    engine_call(r, &p);
                    down = get(&p, &p.out[g], i);
                    put(&p, x, i, value);
                    d = (up - down) / (2 * h);
                    if (step == 0) first = d;
                    good = close_to(d, get(&c, &c.out[k], i), 1e-6, 1e-6 * most + 1e-10);
                }
                if (fabs(d) > 100 * fabs(first) && fabs(d) > 1) good = 1;   /* the gradient jumps here */
                check(good, "%s: second derivative at [%lu] = %.9g: %.12g, differences give %.12g", where(r, &c),
                      (unsigned long)i, value, get(&c, &c.out[k], i), d);
            }
        }
        engine_free(&p);
    }
    engine_free(&c);
}

/* Each output alone gives the same bits as all together. */
static void check_null_outputs(const row *r, call *c)
{
    saved all, before;
    int k, j;
    stain(c);
    before = save_outputs(c);
    if (engine_call(r, c) != 0) { drop(&before); return; }
    all = save_outputs(c);
    for (k = 0; k < c->out_count; k++) {
        if (c->out[k].flags & ARRAY_REQUIRED) continue;
        restore_outputs(c, &before);
        c->out[k].data = NULL;
        check(engine_call(r, c) == 0, "%s: output %d NULL is refused", where(r, c), k);
        c->out[k].data = plain_data(c, &c->out[k]);
        memcpy(c->out[k].data, all.of[k], output_bytes(c, k));
        check(same_outputs(c, &all, k), "%s: with output %d NULL the others differ", where(r, c), k);
    }
    for (k = 0; k < c->out_count; k++) {
        restore_outputs(c, &before);
        for (j = 0; j < c->out_count; j++) if (j != k && !(c->out[j].flags & ARRAY_REQUIRED)) c->out[j].data = NULL;
        check(engine_call(r, c) == 0, "%s: output %d alone is refused", where(r, c), k);
        for (j = 0; j < c->out_count; j++) c->out[j].data = plain_data(c, &c->out[j]);
        check(memcmp(c->out[k].data, all.of[k], output_bytes(c, k)) == 0, "%s: output %d alone differs", where(r, c), k);
    }
    restore_outputs(c, &before);
    drop(&before);
    drop(&all);
}

static void must_refuse(const row *r, call *c, const saved *before, const char *what, int k)
{
    const int status = engine_call(r, c);
    check(status != 0, "%s: %s %d is not refused", where(r, c), what, k);
    check(same_outputs(c, before, -1), "%s: %s %d is refused but outputs are touched", where(r, c), what, k);
    restore_outputs(c, before);
}

/* Every kind of bad argument: refused, and nothing touched. */
static void check_errors(const row *r, call *c)
{
    saved before;
    int k, set;
    stain(c);
    before = save_outputs(c);
    engine_call(r, c);
    restore_outputs(c, &before);
    for (k = 0; k < c->in_count; k++) {
        if (!c->in[k].base || !c->in[k].n || (c->in[k].flags & ARRAY_OPTIONAL)) continue;
        c->in[k].data = NULL;
        must_refuse(r, c, &before, "NULL input", k);
        c->in[k].data = plain_data(c, &c->in[k]);
    }
    for (k = 0; k < c->out_count; k++) {
        if (!(c->out[k].flags & ARRAY_REQUIRED) || !c->out[k].n) continue;
        c->out[k].data = NULL;
        must_refuse(r, c, &before, "NULL output", k);
        c->out[k].data = plain_data(c, &c->out[k]);
    }
    for (k = 0; k < c->in_count; k++) {
        array *a = &c->in[k];
        double was;
        size_t at;
        if (!(a->flags & ARRAY_LABELS) || (a->flags & ARRAY_ANY) || !a->n) continue;
        at = (size_t)(draw_bits(c) % a->n);
        was = get(c, a, at);
        put(c, a, at, a->high);
        must_refuse(r, c, &before, "label too high in input", k);
        if (a->type == TYPE_I32 || a->type == TYPE_I64) {
            put(c, a, at, a->low - 1);
            must_refuse(r, c, &before, "label too low in input", k);
            put(c, a, at, -2147483648.0);
            must_refuse(r, c, &before, "label INT32_MIN in input", k);
        }
        put(c, a, at, was);
    }
    for (k = 0; k < 8 && !(r->flags & FLAG_SIZES_FREE); k++) {
        const size_t was = c->size[k];
        if (!was) continue;
        c->size[k] = SIZE_MAX;
        must_refuse(r, c, &before, "SIZE_MAX in size", k);
        c->size[k] = was;
    }
    for (k = 0; k < 24; k++) {
        const double odd[3] = {NAN, INFINITY, -INFINITY};
        const double was = c->hyper[k];
        if (!(c->hyper_used >> k & 1)) continue;
        for (set = 0; set < 3; set++) {
            c->hyper[k] = odd[set];
            must_refuse(r, c, &before, "NaN or infinite hyper-parameter", k);
        }
        c->hyper[k] = was;
    }
    for (set = 0; set < r->bad_count; set++) {
        double was[24];
        memcpy(was, c->hyper, sizeof was);
        memcpy(c->hyper, r->bad[set], sizeof was);
        must_refuse(r, c, &before, "bad hyper-parameter set", set);
        memcpy(c->hyper, was, sizeof was);
    }
    if (c->scratch_bytes) {
        void *was = c->scratch;
        c->scratch = NULL;
        must_refuse(r, c, &before, "NULL scratch", 0);
        c->scratch = was;
        c->scratch_size = c->scratch_bytes - 1;
        must_refuse(r, c, &before, "scratch a byte too small", 0);
        c->scratch_size = c->scratch_bytes;
    }
    drop(&before);
}

/* NaN, infinities, zeros, subnormals and extremes in all real inputs: no crash, no error. */
static void check_specials(const row *r, call *c)
{
    const double odd[] = {NAN, INFINITY, -INFINITY, 0.0, -0.0, 1e-310, -1e-310, 1e-40, 1e30, -1e30, 1e300, -1e300, 1, -1};
    int k, round, status;
    size_t i;
    for (round = 0; round < 6; round++) {
        for (k = 0; k < c->in_count; k++) {
            array *a = &c->in[k];
            if (!a->base || (a->type != TYPE_REAL && a->type != TYPE_F64)) continue;
            for (i = 0; i < a->n; i++)
                if (round == 5 || draw_bits(c) % 4 == 0)
                    put(c, a, i, c->bits == 32 && round % 2 ? (double)(float)odd[draw_bits(c) % 14] : odd[round == 5 ? 0 : draw_bits(c) % 14]);
        }
        status = engine_call(r, c);
        check(status == 0 || (r->flags & FLAG_SPECIALS_MAY_FAIL), "%s: NaN and infinities in data give status %d", where(r, c), status);
    }
}

/* ---- contracts of losses ------------------------------------------------------------ */

static void fill_random(call *c, void *data, size_t n, double low, double high)
{
    size_t i;
    for (i = 0; i < n; i++) {
        if (c->bits == 32) ((float *)data)[i] = (float)draw(c, low, high);
        else ((double *)data)[i] = (double)(float)draw(c, low, high);
    }
}

static double real_at(const call *c, const void *data, size_t i)
{
    return c->bits == 32 ? (double)((const float *)data)[i] : ((const double *)data)[i];
}

static void check_loss_contracts(const row *r, call *c)
{
    const double tolerance = c->bits == 32 ? 1e-5 : 1e-12;
    const size_t items = c->items ? c->items : 1;
    loss_options o;
    double count = -1, mean, sum, total;
    char *weight = (char *)calloc(items, 8), *upstream = (char *)calloc(items, 8), *each = (char *)calloc(items, 8);
    saved base;
    int k, with_items = !(r->flags & FLAG_NO_ITEMS), weighted;
    size_t i;
    memset(&o, 0, sizeof o);
    c->options = &o;
    o.count = &count;
    stain(c);
    check(engine_call(r, c) == 0, "%s: mean fails", where(r, c));
    mean = loss_value(c);
    base = save_outputs(c);
    check(count >= 0, "%s: no count", where(r, c));
    if (count == 0) {
        check(mean == 0, "%s: the mean of nothing is %g", where(r, c), mean);
        for (k = 1; k < c->out_count; k++) check(largest(c, &c->out[k]) == 0, "%s: the gradient of nothing is not 0", where(r, c));
    }
    /* the sum, and the gradient's scale with it */
    o.reduction = 1;
    stain(c);
    check(engine_call(r, c) == 0, "%s: sum fails", where(r, c));
    sum = loss_value(c);
    check(close_to(mean * count, sum, 10 * tolerance, 1e-30) || isnan(sum), "%s: mean %.12g x count %g is not the sum %.12g", where(r, c), mean, count, sum);
    for (k = 1; k < c->out_count; k++)
        for (i = 0; i < c->out[k].n; i++) {
            const double b = c->out[k].type == TYPE_REAL ? real_at(c, base.of[k], i) : 0;
            if (c->out[k].gradient_of < 0) continue;
            if (!close_to(get(c, &c->out[k], i), b * count, 10 * tolerance, tolerance * largest(c, &c->out[k]) + underflow(c))) {
                check(0, "%s: gradient %d of the sum is not count x that of the mean", where(r, c), k);
                break;
            }
        }
    /* a denominator and an upstream gradient of the caller's */
    o.reduction = 0;
    o.denominator = 7.5;
    fill_random(c, upstream, 1, -3, -2);
    o.upstream = upstream;
    stain(c);
    check(engine_call(r, c) == 0, "%s: denominator fails", where(r, c));
    check(close_to(loss_value(c), sum / 7.5, 10 * tolerance, 1e-30), "%s: the denominator is not used", where(r, c));
    for (k = 1; k < c->out_count; k++)
        for (i = 0; i < c->out[k].n; i++) {
            const double b = real_at(c, base.of[k], i) * count / 7.5 * real_at(c, upstream, 0);
            if (c->out[k].gradient_of < 0) continue;
            if (!close_to(get(c, &c->out[k], i), b, 20 * tolerance, 10 * tolerance * largest(c, &c->out[k]) + underflow(c))) {
                check(0, "%s: gradient %d does not follow denominator and upstream: %g, not %g", where(r, c), k, get(c, &c->out[k], i), b);
                break;
            }
        }
    /* accumulation */
    o.denominator = 0;
    o.upstream = NULL;
    o.accumulate = 1;
    stain(c);
    for (k = 1; k < c->out_count; k++)
        if (c->out[k].gradient_of >= 0) for (i = 0; i < c->out[k].n; i++) put(c, &c->out[k], i, 0.25 * (double)(i % 9) - 1);
    check(engine_call(r, c) == 0, "%s: accumulate fails", where(r, c));
    for (k = 1; k < c->out_count; k++)
        for (i = 0; i < c->out[k].n; i++) {
            const double b = real_at(c, base.of[k], i) + 0.25 * (double)(i % 9) - 1;
            if (c->out[k].gradient_of < 0) continue;
            if (!close_to(get(c, &c->out[k], i), b, tolerance, tolerance * (1 + largest(c, &c->out[k])))) {
                check(0, "%s: accumulate does not add to gradient %d: %g, not %g", where(r, c), k, get(c, &c->out[k], i), b);
                break;
            }
        }
    if ((r->flags & FLAG_INPLACE) && c->in[0].n) {
        saved before;
        stain(c);
        before = save_outputs(c);
        c->out[1].data = c->in[0].data;
        must_refuse(r, c, &before, "accumulate in place", 0);
        c->out[1].data = plain_data(c, &c->out[1]);
        drop(&before);
    }
    o.accumulate = 0;
    /* one loss per item, weights, one upstream gradient per item */
    for (weighted = 0; with_items && weighted < 2; weighted++) {
        saved losses;
        double weights = 0;
        o.reduction = 2;
        o.weight = NULL;
        stain(c);
        check(engine_call(r, c) == 0, "%s: none fails", where(r, c));
        losses = save_outputs(c);
        for (total = 0, i = 0; i < c->items; i++) total += real_at(c, losses.of[0], i);
        check(close_to(total, sum, 10 * tolerance * (double)(1 + items / 64), tolerance * fabs(sum) + 1e-30), "%s: losses add up to %.12g, not %.12g", where(r, c), total, sum);
        if (weighted && !(r->flags & FLAG_NO_WEIGHT)) {
            fill_random(c, weight, items, 0.5, 2);
            for (i = 0; i < items; i += 3) { if (c->bits == 32) ((float *)(void *)weight)[i] = 0; else ((double *)(void *)weight)[i] = 0; }
            o.weight = weight;
            stain(c);
            check(engine_call(r, c) == 0, "%s: weights fail", where(r, c));
            for (i = 0; i < c->items; i++)
                if (!close_to(get(c, &c->out[0], i), real_at(c, weight, i) * real_at(c, losses.of[0], i), tolerance, 1e-30)) {
                    check(0, "%s: item %lu is not weight x loss", where(r, c), (unsigned long)i);
                    break;
                }
            for (total = 0, i = 0; i < c->items; i++) total += get(c, &c->out[0], i);
            for (weights = 0, i = 0; i < c->items; i++) weights += real_at(c, weight, i);
            o.reduction = 1;
            stain(c);
            engine_call(r, c);
            check(close_to(loss_value(c), total, 10 * tolerance * (double)(1 + items / 64), tolerance * fabs(sum)), "%s: the weighted sum is off", where(r, c));
            o.reduction = 0;
            stain(c);
            engine_call(r, c);
            check(count <= weights * 1.0001 || count > 0, "%s: count %g with weights of %g", where(r, c), count, weights);
            check(close_to(loss_value(c) * count, total, 10 * tolerance * (double)(1 + items / 64), tolerance * fabs(sum)), "%s: the weighted mean is off", where(r, c));
            /* all weights 0: nothing */
            memset(weight, 0, items * 8);
            stain(c);
            check(engine_call(r, c) == 0 && loss_value(c) == 0, "%s: all weights 0 give the loss %g", where(r, c), loss_value(c));
            for (k = 1; k < c->out_count; k++)
                if (c->out[k].gradient_of >= 0) check(largest(c, &c->out[k]) == 0, "%s: all weights 0 give a gradient %d", where(r, c), k);
            o.weight = NULL;
        }
        /* sum over items of u_i loss_i: each item's gradient once */
        if (weighted && items > 1) {
            saved one;
            o.reduction = 2;
            fill_random(c, upstream, items, 0.5, 1.5);
            o.upstream = upstream;
            stain(c);
            check(engine_call(r, c) == 0, "%s: upstream per item fails", where(r, c));
            one = save_outputs(c);
            /* the same as weights on a sum, where weights are supported */
            if (!(r->flags & FLAG_NO_WEIGHT)) {
                o.upstream = NULL;
                o.weight = upstream;
                o.reduction = 1;
                stain(c);
                engine_call(r, c);
                for (k = 1; k < c->out_count; k++)
                    for (i = 0; i < c->out[k].n; i++) {
                        if (c->out[k].gradient_of < 0) continue;
                        if (!close_to(get(c, &c->out[k], i), real_at(c, one.of[k], i), 20 * tolerance, 20 * tolerance * largest(c, &c->out[k]) + underflow(c))) {
                            check(0, "%s: upstream per item and weights disagree in gradient %d: %g, %g", where(r, c), k, get(c, &c->out[k], i), real_at(c, one.of[k], i));
                            break;
                        }
                    }
            }
            o.weight = o.upstream = NULL;
            drop(&one);
        }
        drop(&losses);
    }
    /* in place */
    o.reduction = 0;
    if (r->flags & FLAG_INPLACE) {
        const size_t bytes = c->in[0].n * type_size(c, c->in[0].type);
        void *keep = malloc(bytes + 1);
        memcpy(keep, c->in[0].data, bytes);
        stain(c);
        c->out[1].data = c->in[0].data;
        check(engine_call(r, c) == 0, "%s: in place fails", where(r, c));
        check(memcmp(c->out[1].data, base.of[1], bytes) == 0, "%s: in place gives another gradient", where(r, c));
        c->out[1].data = plain_data(c, &c->out[1]);
        memcpy(c->in[0].data, keep, bytes);
        free(keep);
    }
    /* bad options */
    {
        saved before;
        stain(c);
        before = save_outputs(c);
        o.reduction = 3;
        must_refuse(r, c, &before, "reduction", 3);
        o.reduction = -1;
        must_refuse(r, c, &before, "reduction", -1);
        o.reduction = 0;
        o.denominator = -1;
        must_refuse(r, c, &before, "denominator", -1);
        o.denominator = NAN;
        must_refuse(r, c, &before, "denominator NaN", 0);
        o.denominator = 0;
        drop(&before);
    }
    drop(&base);
    free(weight);
    free(upstream);
    free(each);
    c->options = NULL;
}

/* NaN in one item's inputs stays in that item: under LOSSFN_NONE the others keep their bits. */
static void check_poison(const row *r, call *c)
{
    loss_options o;
    saved clean;
    size_t item, i, per;
    int k, poisoned = 0;
    memset(&o, 0, sizeof o);
    if (c->items < 2) return;
    o.reduction = 2;
    c->options = &o;
    stain(c);
    engine_call(r, c);
    clean = save_outputs(c);
    item = (size_t)(draw_bits(c) % c->items);
    for (k = 0; k < c->in_count; k++) {
        array *a = &c->in[k];
        if (!(a->flags & ARRAY_PER_ITEM) || a->type != TYPE_REAL || a->n % c->items) continue;
        per = a->n / c->items;
        for (i = 0; i < per; i++) put(c, a, item * per + i, NAN);
        poisoned = 1;
    }
    if (poisoned) {
        stain(c);
        check(engine_call(r, c) == 0, "%s: NaN in an item is an error", where(r, c));
        for (i = 0; i < c->items; i++)
            if (i != item && !close_to(get(c, &c->out[0], i), real_at(c, clean.of[0], i), 0, 0)) {
                check(0, "%s: NaN in item %lu reached the loss of item %lu", where(r, c), (unsigned long)item, (unsigned long)i);
                break;
            }
        for (k = 1; k < c->out_count; k++) {
            array *a = &c->out[k];
            if (a->gradient_of < 0 || !(c->in[a->gradient_of].flags & ARRAY_PER_ITEM) || a->n % c->items) continue;
            per = a->n / c->items;
            for (i = 0; i < a->n; i++)
                if (i / per != item && !close_to(get(c, a, i), real_at(c, clean.of[k], i), 0, 0)) {
                    check(0, "%s: NaN in item %lu reached gradient %d of item %lu", where(r, c), (unsigned long)item, k, (unsigned long)(i / per));
                    break;
                }
        }
        check(1, "poison");
    }
    drop(&clean);
    c->options = NULL;
}

/* ---- the loop over the rows ---------------------------------------------------------- */

static void check_row(const row *r)
{
    static const size_t lengths[] = {0, 1, 2, 3, 5, 8, 17, 40};
    const int sets = r->good_count ? r->good_count : 1;
    int variant, set, bits, found = 0;
    size_t k, length;
    call c;
    for (variant = 0; variant < 64; variant++) {
        if (!engine_prepare(r, &c, 64, variant, 17, 0, 1)) break;
        engine_free(&c);
        found++;
        for (set = 0; set < sets; set++) {
            if (set == 0) for (length = 0; length <= 67; length++) check_agreement(r, variant, length, set, 100 + length);
            check_agreement(r, variant, 300, set, 7);
            if (is_loss(r) && !(r->flags & FLAG_NOT_SMOOTH)) {
                for (k = 0; k < 8; k++) check_gradients(r, variant, lengths[k], set, 1000 + k);
                check_hessian(r, variant, 17, set, 77);
            }
            for (bits = 32; bits <= 64; bits += 32) {
                for (k = 0; k < 8; k++) {
                    if (!engine_prepare(r, &c, bits, variant, lengths[k], set, 3 + k)) continue;
                    check_runs(r, &c);
                    check_null_outputs(r, &c);
                    if (lengths[k] >= 3) check_errors(r, &c);
                    if (is_loss(r) && c.out_count && c.items != SIZE_MAX) check_loss_contracts(r, &c);
                    if (is_loss(r) && !(r->flags & (FLAG_NO_POISON | FLAG_NO_ITEMS))) check_poison(r, &c);
                    check_specials(r, &c);
                    engine_free(&c);
                }
            }
        }
    }
    check(found > 0, "%s: prepare makes no case", r->name);
}

int engine_main(int argc, char **argv, const row *rows, int row_count)
{
    int k, before_passed, before_failed;
    for (k = 0; k < row_count; k++) {
        if (argc > 1 && !strstr(rows[k].name, argv[1])) continue;
        before_passed = engine_passed;
        before_failed = engine_failed;
        check_row(&rows[k]);
        if (engine_failed > before_failed)
            printf("%s: %d passed, %d FAILED\n", rows[k].name, engine_passed - before_passed, engine_failed - before_failed);
    }
    return engine_failed != 0;
}
