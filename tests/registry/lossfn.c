/* The table of lossfn.h's rows: everything that includes it can test, fuzz,
   measure or print them. */
#include "../engine.h"
#include "lossfn.h"
#include "lossfn_regression.c"
#include "lossfn_boxes.c"
#include "lossfn_segmentation.c"
#include "lossfn_sequence.c"
#include "lossfn_image.c"
#include "lossfn_audio.c"
#include "lossfn_cross_entropy.c"
#define REGISTRY "registry/lossfn.def"
#include "../registry.h"
static const isa_control header_isa = { lossfn_isa, lossfn_isa_force, lossfn_isa_name };
