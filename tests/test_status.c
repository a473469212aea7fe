/* The sentences of the statuses and the names of the instruction sets, of all headers. */
#include "engine.h"
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
#include <string.h>

typedef const char *(*text_of)(int number);

/* Numbers 0 to last have texts of their own, all others the same one. */
static void texts(text_of f, int last, const char *other, const char *what)
{
    int a, b;
    for (a = 0; a <= last; a++) {
        check(f(a) != NULL && strlen(f(a)) > 0 && strcmp(f(a), other) != 0, "%s %d", what, a);
        for (b = 0; b < a; b++) check(strcmp(f(a), f(b)) != 0, "%s %d and %d differ", what, a, b);
    }
    check(strcmp(f(-1), other) == 0 && strcmp(f(last + 1), other) == 0 && strcmp(f(1000), other) == 0, "%s of other numbers", what);
}

static void isas(const isa_control *c, const char *what)
{
    const int before = c->isa();
    check(!c->force(-1) && !c->force(4) && c->isa() == before, "%s: no such instruction set", what);
    check(c->force(0) && c->isa() == 0, "%s: scalar is everywhere", what);
    check(c->force(before) && c->isa() == before, "%s: back again", what);
}

int main(void)
{
    static const isa_control lossfn = { lossfn_isa, lossfn_isa_force, lossfn_isa_name };
    static const isa_control optim = { optim_isa, optim_isa_force, optim_isa_name };
    static const isa_control metrics = { metrics_isa, metrics_isa_force, metrics_isa_name };
    texts(lossfn_strerror, LOSSFN_ERROR_OVERLAP, "unknown status", "lossfn_strerror");
    texts(optim_strerror, OPTIM_ERROR_OVERLAP, "unknown status", "optim_strerror");
    texts(metrics_strerror, METRICS_ERROR_OVERLAP, "unknown status", "metrics_strerror");
    texts(lossfn_isa_name, LOSSFN_ISA_NEON, "unknown", "lossfn_isa_name");
    texts(optim_isa_name, OPTIM_ISA_NEON, "unknown", "optim_isa_name");
    texts(metrics_isa_name, METRICS_ISA_NEON, "unknown", "metrics_isa_name");
    isas(&lossfn, "lossfn");
    isas(&optim, "optim");
    isas(&metrics, "metrics");
    engine_close();
    return engine_failed != 0;
}
