/* Every generic check over every row of metrics.h's registry. With an argument: only rows whose name holds it. */
#include "registry/metrics.c"

int main(int argc, char **argv)
{
    engine_isa = header_isa;
    engine_main(argc, argv, rows, row_count);
    engine_close();
    return engine_failed != 0;
}
