/* The table of lossfn.h's rows: everything that includes it can test, fuzz,
   measure or print them. */
#include "../engine.h"
#include "lossfn.h"
#include "lossfn_regression.c"
#include "lossfn_cross_entropy.c"
#include "lossfn_distribution.c"
#include "lossfn_pairs.c"
#include "lossfn_contrastive.c"
#include "lossfn_margin.c"
#include "lossfn_listwise.c"
#include "lossfn_preference.c"
#define REGISTRY "registry/lossfn.def"
#include "../registry.h"
static const isa_control header_isa = { lossfn_isa, lossfn_isa_force, lossfn_isa_name };
