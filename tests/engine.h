/* The checks that hold for every public function, written once.

   A row of tests/registry/NAME.def describes one public function: its name,
   how to draw inputs for it and how to call it. The engine runs every check of
   engine.c over every row; the fuzz harness, the benchmark and the reference
   table in docs/ run over the same rows.

   A .def file holds lines of the form

     ROW(lossfn_huber, elementwise, (IN(0), IN(1), SIZE(0), HYPER(0), OPTIONS, OUT(0), OUT(1), OUT(2)),
         HYPERS(S(1.0), S(0.25), S(10.0)), HYPERS(S(0.0), S(-1.0)), FLAG_INPLACE,
         "P. J. Huber, Robust Estimation of a Location Parameter, 1964", "[12] [34]")

   ROW(function, signature, arguments, good, bad, flags, source, papers)
     function   public name without the type: function_f32 and function_f64 are called
     signature  signature_prepare(call *) draws the inputs (registry/NAME.c)
     arguments  the argument list, in the function's order:
                IN(k) OUT(k) arrays, SIZE(k), HYPER(k) double, OPTION(k) int,
                OPTIONS the options struct of a loss, SCRATCH the scratch pointer and
                its size (two arguments), or any expression of c: a config struct is
                built by a function of c at call time, from HYPER(k), OPTION(k) and
                arrays (in c->config_room), so that it sees what the engine changed
     good       HYPERS(set, set, ...) of hyper-parameters, each S(a, b, ...); NO_HYPERS
     bad        the same for sets that must be refused; NO_HYPERS
                (NaN and infinities in each HYPER(k) are tried anyway)
     flags      of FLAG_*

   ROW1(function, ...) is the same for a function without a type suffix, and
   ALSO(function, "where it is tested") names a public function that has no
   generic row: a getter, an initialiser, a step of a protocol. The companions
   X_scratch, X_room and X_defaults of a function X need no line of their own.

   A loss has its loss as OUT(0) (TYPE_REAL, engine-sized for LOSSFN_NONE) and
   gradients behind it; c->items says how many losses LOSSFN_NONE writes.
*/
#ifndef ENGINE_H
#define ENGINE_H

#include <stddef.h>
#include <stdint.h>

enum { TYPE_REAL, TYPE_F64, TYPE_I32, TYPE_I64, TYPE_U32, TYPE_U8, TYPE_SIZE };

/* What an array is for. */
enum {
    ARRAY_DIFF = 1,       /* input: the loss is differentiable in it */
    ARRAY_OPTIONAL = 2,   /* input: NULL is allowed. Outputs may always be NULL unless REQUIRED */
    ARRAY_REQUIRED = 4,   /* output: NULL is an error (optimizer parameters and state) */
    ARRAY_STATE = 8,      /* output that is read too: keeps what prepare put there */
    ARRAY_LABELS = 16,    /* input I32: values from low to high - 1, others are errors unless ARRAY_ANY */
    ARRAY_ANY = 32,       /* labels: any value is fine */
    ARRAY_NO_INPLACE = 64,/* gradient: may not be the buffer of its input */
    ARRAY_WEAK = 128,     /* output not compared between f32 and f64 or between ISAs (indices at ties, say) */
    ARRAY_PER_ITEM = 256, /* input: element k belongs to item k * items / n, for the poisoning test */
    ARRAY_UNFUZZED = 512  /* input: the function trusts its values (offsets it has checked need not be set) */
};

enum {
    FLAG_NO_ITEMS = 1,    /* loss: one loss for the whole call (no LOSSFN_NONE, no weight) */
    FLAG_NOT_SMOOTH = 2,  /* loss: no gradient check (say why in the row's comment) */
    FLAG_NO_POISON = 4,   /* loss: items interact, NaN in one may reach the others */
    FLAG_INPLACE = 8,     /* gradient 0 may be written over input 0 */
    FLAG_LOOSE = 16,      /* f32 against f64 and ISA agreement at a tolerance 100 times wider */
    FLAG_NO_WEIGHT = 32,  /* loss: options->weight is not supported for it (documented) */
    FLAG_UNTYPED = 64,    /* ROW1: the function has no type suffix */
    FLAG_SIZES_FREE = 128,/* SIZE_MAX in a size is not refused (documented why) */
    FLAG_SPECIALS_MAY_FAIL = 256 /* NaN and infinity in data may be refused (documented) */
};

typedef struct {
    int type;             /* TYPE_* */
    int flags;            /* ARRAY_* */
    size_t n;             /* elements */
    double low, high;     /* the domain to draw from */
    int gradient_of;      /* output: the input it is the gradient of, -1 none */
    int hess;             /* output: 1: the second derivative in input gradient_of */
    void *data;           /* what the function gets; NULL in the NULL tests */
    void *base;           /* engine's own */
} array;

typedef struct call {
    int bits;             /* 32 or 64 */
    int large;            /* benchmark: length is as given, no hard cases please */
    int variant;          /* prepare may build different cases: 0, 1, ... below its own count */
    size_t length;        /* how long the main dimension should be: 0 .. 67, or large */
    uint64_t seed;
    uint64_t counter;     /* of the random numbers */
    uint32_t hyper_used;  /* bit k: HYPER(k) has been read */
    double hyper[24];
    int option[12];
    size_t size[8];
    size_t items;         /* loss: how many losses LOSSFN_NONE writes */
    array in[12], out[12];
    int in_count, out_count;
    size_t scratch_bytes; /* prepare fills it: what the function's _scratch says */
    void *scratch;
    size_t scratch_size;  /* what the function is told */
    void *options;        /* lossfn_options_f32 / _f64, engine's own */
    double config_room[64]; /* where a row's builder makes its config struct */
    double bytes;         /* benchmark: bytes the function must move at least */
    double elements;      /* benchmark: what a time is divided by */
    double gradient_step; /* relative step of the gradient check; 0: 1e-4 */
    unsigned option_sizes; /* bit k: option k decides how long an array is, so fuzzing leaves it */
    unsigned size_sizes;  /* bit k: an array is the longer the smaller size k is, so fuzzing leaves it */
} call;

typedef struct {
    const char *name, *signature, *source, *papers;
    int (*prepare)(call *c);    /* sizes, arrays (with draw_*); returns 0 when this variant does not exist */
    int (*run32)(call *c);
    int (*run64)(call *c);
    const double (*good)[24];
    int good_count;
    const double (*bad)[24];
    int bad_count;
    int flags;
} row;

/* ---- for prepare ------------------------------------------------------------- */

/* Random numbers: a pure function of seed and counter. */
uint64_t draw_bits(call *c);
double draw(call *c, double low, double high);
double draw_normal(call *c);
int draw_int(call *c, int low, int high);    /* low .. high - 1 */

/* Input k: n values of this type, drawn uniformly from low to high (labels: integers). */
array *input(call *c, int k, int type, size_t n, double low, double high, int flags);
/* Output k: n values; gradient_of as above (-1 none). */
array *output(call *c, int k, int type, size_t n, int gradient_of, int flags);
/* Sets one value of an array, whatever its type; and reads it. */
void put(call *c, array *a, size_t i, double value);
double get(const call *c, const array *a, size_t i);

/* ---- for tests ---------------------------------------------------------------- */

extern int engine_passed, engine_failed;
void check(int ok, const char *format, ...);                     /* counts; prints what failed */
int close_to(double a, double b, double relative, double absolute);
int engine_main(int argc, char **argv, const row *rows, int row_count);   /* all checks over the rows; 0 if all passed */
void engine_close(void);                                         /* prints "N passed, N failed" */

/* A case of a row: sizes, arrays, hyper-parameters. Returns 0 when it does not exist. */
int engine_prepare(const row *r, call *c, int bits, int variant, size_t length, int set, uint64_t seed);
int engine_call(const row *r, call *c);   /* the status */
void engine_free(call *c);
double hyper_of(call *c, int k);          /* what HYPER(k) reads */

/* The instruction sets under test; each header's registry program sets them. */
typedef struct {
    int (*isa)(void);
    int (*force)(int isa);
    const char *(*name)(int isa);
} isa_control;
extern isa_control engine_isa;

/* ---- what a .def line becomes --------------------------------------------------- */
#define HYPER_END 1e307
#define S(...) { __VA_ARGS__ }
#define HYPERS(...) { __VA_ARGS__, { HYPER_END } }
#define NO_HYPERS { { HYPER_END } }
#define IN(k) c->in[k].data
#define OUT(k) c->out[k].data
#define SIZE(k) c->size[k]
#define HYPER(k) hyper_of(c, k)
#define OPTION(k) c->option[k]
#define OPTIONS c->options
#define SCRATCH c->scratch, c->scratch_size

#endif
