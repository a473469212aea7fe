/* The table of optim.h's rows: everything that includes it can test, fuzz,
   measure or print them. */
#include "../engine.h"
#include "optim.h"
#include "optim_sgd.c"
#include "optim_adam.c"
#include "optim_adaptive.c"
#include "optim_sign.c"
#include "optim_averaging.c"
#include "optim_gradient.c"
#include "optim_schedule.c"
#include "optim_layerwise.c"
#include "optim_factored.c"
#include "optim_matrix.c"
#include "optim_lbfgs.c"
#include "optim_sharpness.c"
#define REGISTRY "registry/optim.def"
#include "../registry.h"
static const isa_control header_isa = { optim_isa, optim_isa_force, optim_isa_name };
