/* optim.h's registry, for programs that use several. */
#include "registry/optim.c"
#include "../bench/bench.h"

void optim_rows(rows_user use, const char *name, int quick)
{
    engine_isa = header_isa;
    use(rows, row_count, name, quick);
}
