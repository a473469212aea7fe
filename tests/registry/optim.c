/* The table of optim.h's rows: everything that includes it can test, fuzz,
   measure or print them. */
#include "../engine.h"
#include "optim.h"
#define REGISTRY "registry/optim.def"
#include "../registry.h"
static const isa_control header_isa = { optim_isa, optim_isa_force, optim_isa_name };
