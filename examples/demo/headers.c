/* The three headers' implementations, in one translation unit of the program. */
#define LOSSFN_IMPLEMENTATION
#define OPTIM_IMPLEMENTATION
#define METRICS_IMPLEMENTATION
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
