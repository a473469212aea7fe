/* The table of metrics.h's rows: everything that includes it can test, fuzz,
   measure or print them. */
#include "../engine.h"
#include "metrics.h"
#include <math.h>
#include "metrics_confusion.c"
#include "metrics_probability.c"
#include "metrics_curves.c"
#include "metrics_regression.c"
#include "metrics_correlation.c"
#include "metrics_ranking.c"
#include "metrics_clustering.c"
#include "metrics_bootstrap.c"
#include "metrics_text.c"
#include <string.h>
#include "metrics_segmentation.c"
#include "metrics_surface.c"
#include "metrics_detection.c"
#include "metrics_image.c"
#define REGISTRY "registry/metrics.def"
#include "../registry.h"
static const isa_control header_isa = { metrics_isa, metrics_isa_force, metrics_isa_name };
