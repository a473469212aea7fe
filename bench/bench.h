/* The three registries, each in a translation unit of its own. */
#ifndef BENCH_H
#define BENCH_H
#include "engine.h"

#if defined(__GNUC__)
#define LOCAL __attribute__((unused)) static
#else
#define LOCAL static
#endif
typedef void (*rows_user)(const row *rows, int row_count, const char *name, int quick);
void lossfn_rows(rows_user use, const char *name, int quick);
void optim_rows(rows_user use, const char *name, int quick);
void metrics_rows(rows_user use, const char *name, int quick);

LOCAL void bench_all(rows_user use, const char *name, int quick)
{
    lossfn_rows(use, name, quick);
    optim_rows(use, name, quick);
    metrics_rows(use, name, quick);
}
#endif
