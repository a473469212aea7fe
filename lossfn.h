/* lossfn.h: losses with their gradients in one file of plain C, for float and
   double. Public domain or MIT, see below.

   Every function computes a loss, its gradient, or both in one pass: regression,
   classification, distributions, pairs and embeddings, boxes, segmentation,
   sequences, images, sound, ranking, preferences. No allocation, no I/O, no
   thread, no global, nothing needed but the C library and libm.

   USE

   In one source file, before including it:

       #define LOSSFN_IMPLEMENTATION
       #include "lossfn.h"

   Everywhere else only include it; link with -lm. A loss and its gradient:

       float logits[2][3] = {{2, 0, -1}, {0, 1, 0}}, loss, grad[2][3];
       int32_t labels[2] = {0, 2};
       int status = lossfn_softmax_cross_entropy_f32(&logits[0][0], labels, 2, 3, NULL, NULL, &loss, &grad[0][0]);
       if (status != LOSSFN_OK) puts(lossfn_strerror(status));

   With options: the sum instead of the mean, weights, gradients added to a buffer:

       lossfn_options_f32 options = {0};
       options.reduction = LOSSFN_SUM;
       options.weight = weight;
       options.accumulate = 1;
       lossfn_huber_f32(pred, target, n, 1.0, &options, &loss, grad, NULL);

   CONVENTIONS

   - Functions end in _f32 or _f64: float or double arrays, dense, row-major.
     Arguments come as inputs, sizes, hyper-parameters (double in both types),
     options, outputs. Labels are int32_t.
   - Any output may be NULL: the loss alone, the gradient alone, or both at once.
     Elementwise losses give the second derivative too. In elementwise and row
     functions a gradient may be written over its input.
   - lossfn_options_f32 (or _f64), NULL or all zero for the defaults, holds
     reduction, item weights, the upstream gradient, the denominator of the mean,
     where the count goes, and accumulation. What an item is, each function says.
     The mean of nothing is 0 with zero gradients.
   - Micro-batches, shards and threads add up to the full batch: give each the
     full batch's count as options.denominator, and add losses and gradients.
   - Sums are taken in double; a float mean over 1e8 values keeps float accuracy.
     One value gives the same bits whatever the alignment of its array.
   - At kinks the subgradient 0 is taken (sign(0) = 0), vectors of norm 0 get zero
     gradients, an active clamp passes none; every stop-gradient is stated.
   - Every function that can fail returns a status, LOSSFN_OK = 0 or one of
     LOSSFN_ERROR_*; lossfn_strerror tells it in words. Checks come first: on an
     error no output is touched. An empty array may be NULL.
   - NaN and infinity in data are no errors; they go through by the rules of IEEE
     arithmetic, to the items they belong to.
   - A function that needs room takes scratch and its size in bytes; its companion
     _scratch says how much. Scratch holds nothing between calls.
   - lossfn_NAME_elem_f32 is an elementwise loss on one value, inline, without the
     implementation, in C and C++: for a loop of your own or a CUDA kernel.
   - Functions may be called from any number of threads on different outputs.

   CHOOSING

   Numbers: mse when errors are Gaussian, huber or smooth_l1 when some targets are
   wild, mae for medians, quantile for intervals, poisson_nll for counts,
   gaussian_nll when the network predicts its own variance.
   Classes: softmax_cross_entropy; softmax_focal when easy rows drown hard ones;
   soft_cross_entropy and kl_div against distributions (distillation, mixup);
   sparsemax for exact zeros; multiclass_hinge for margins without probabilities;
   linear_cross_entropy when the logits would not fit in memory. Yes-or-no labels:
   bce_with_logits.
   Embeddings: triplet_margin and contrastive on given pairs, nt_xent without labels,
   supcon with labels, arcface for identities.
   Boxes: giou or diou for rough boxes, ciou for fine ones. Masks: soft_dice or
   tversky beside cross-entropy, lovasz_softmax for the IoU itself.
   Order: list_net and lambda_rank for ranking, dpo for preferences, ctc for
   unaligned sequences, ssim for images, multi_resolution_stft for sound.

   CONFIGURATION, by macros defined before including this file

       LOSSFN_IMPLEMENTATION   the implementation, in one source file
       LOSSFN_STATIC           every function is static, for a private copy (with the
                             implementation in each file that uses it)
       LOSSFN_DEF              put before every function instead of extern: an export
                             or calling-convention attribute
       LOSSFN_INLINE           put before inline functions instead of static inline;
                             "static __host__ __device__ inline" makes them CUDA
       LOSSFN_NO_SIMD          plain C only
       LOSSFN_AVX512           compiles AVX-512 code in too (x86-64, GCC or Clang)
       LOSSFN_HEADER_FILENAME  this file's name as it includes itself, when renamed:
                             "my_this.h"
       LOSSFN_ONLY_<FAMILY>    only the families named so (any number of them) and
                             what they need; define them wherever the header is
                             included

   x86-64 (AVX2 with FMA) and AArch64 (NEON) code is compiled in where GCC or
   Clang can, whatever the -m flags, and chosen when running; lossfn_isa tells which.
   Any other C99 compiler gets plain C. lossfn.h, optim.h and metrics.h go together
   in any order; all three must be of the same release.

   CONTENTS, by family

   Instruction sets: which one runs, and choosing one for a test
      lossfn_isa lossfn_isa_name lossfn_isa_force
   Status: what functions return
      lossfn_strerror
   Options: reduction, weights, upstream gradient, shared buffers
   REGRESSION - Regression: squared, absolute and robust errors of one value against another
      lossfn_mse lossfn_mae lossfn_huber lossfn_smooth_l1
      lossfn_log_cosh lossfn_quantile
   COUNTS - Counts: numbers of events
      lossfn_poisson_nll
   BINARY - Binary: scores of two classes, and of many labels at once
      lossfn_bce_with_logits lossfn_squared_hinge
   CLASSIFICATION - Classification: one class label per row of scores
      lossfn_softmax_cross_entropy lossfn_soft_cross_entropy
      lossfn_softmax_focal lossfn_poly1_cross_entropy
      lossfn_multiclass_hinge lossfn_sparsemax
   DIVERGENCE - Divergences: one distribution against another, row by row
      lossfn_kl_div
   LINEAR - Linear cross-entropy: the last layer and its loss without the logits
      lossfn_linear_cross_entropy
   DISTRIBUTION - Distributions: likelihoods and divergences of parameters
      lossfn_gaussian_nll lossfn_vae_kl
   PAIRS - Pairs and triplets: embeddings that belong together or apart
      lossfn_contrastive lossfn_triplet_margin lossfn_cosine_embedding
   CONTRASTIVE - Contrastive: each row against all others of the batch
      lossfn_nt_xent lossfn_supcon
   MARGIN - Margins: classification by angle, with a margin on the label's class
      lossfn_arcface
   LISTWISE - Ranking: lists of scores against their relevance
      lossfn_list_net lossfn_lambda_rank
   PREFERENCE - Preference: direct preference optimisation of language models
      lossfn_dpo
   BOXES - Boxes: overlap of axis-aligned boxes, and what goes with it
      lossfn_box_iou lossfn_box_giou lossfn_box_diou lossfn_box_ciou
   SEGMENTATION - Segmentation: overlap of predicted and true regions
      lossfn_soft_dice lossfn_soft_dice_dense lossfn_tversky
      lossfn_tversky_dense lossfn_lovasz_softmax
   SEQUENCE - Sequences: losses over all alignments of two sequences
      lossfn_ctc
   IMAGE - Images: structural similarity
      lossfn_ssim
   AUDIO - Audio: spectra of waveforms
      lossfn_multi_resolution_stft
   REGULARISERS - Regularisers: penalties of one array of parameters
      lossfn_elastic_net

   LICENCE

   This software is available under two licences: choose the one you prefer.

   ALTERNATIVE A - MIT License
   Copyright (c) 2026 the lossfn authors

   Permission is hereby granted, free of charge, to any person obtaining a copy of
   this software and associated documentation files (the "Software"), to deal in
   the Software without restriction, including without limitation the rights to
   use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies
   of the Software, and to permit persons to whom the Software is furnished to do
   so, subject to the following conditions:

   The above copyright notice and this permission notice shall be included in all
   copies or substantial portions of the Software.

   THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
   IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
   FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
   AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
   LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
   OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
   SOFTWARE.

   ALTERNATIVE B - Public Domain (www.unlicense.org)
   This is free and unencumbered software released into the public domain.

   Anyone is free to copy, modify, publish, use, compile, sell, or distribute this
   software, either in source code form or as a compiled binary, for any purpose,
   commercial or non-commercial, and by any means.

   In jurisdictions that recognize copyright laws, the author or authors of this
   software dedicate any and all copyright interest in the software to the public
   domain. We make this dedication for the benefit of the public at large and to
   the detriment of our heirs and successors. We intend this dedication to be an
   overt act of relinquishment in perpetuity of all present and future rights to
   this software under copyright law.

   THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
   IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
   FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
   AUTHORS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN
   ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION
   WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
*/
#ifndef LFN_PASS
#ifndef LOSSFN_H
#define LOSSFN_H
/* ---- configuration ---------------------------------------------------------- */

/* The release of the header: all three of a program must be of the same one. */
#define LOSSFN_VERSION_MAJOR 0
#define LOSSFN_VERSION_MINOR 1
#define LOSSFN_VERSION_PATCH 0
#define LOSSFN_VERSION 100
#if defined(LOSSFN_VERSION) && LOSSFN_VERSION != LOSSFN_VERSION
#error "lossfn.h is of another release than lossfn.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(OPTIM_VERSION) && OPTIM_VERSION != LOSSFN_VERSION
#error "optim.h is of another release than lossfn.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(METRICS_VERSION) && METRICS_VERSION != LOSSFN_VERSION
#error "metrics.h is of another release than lossfn.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <float.h>

#ifndef LOSSFN_HEADER_FILENAME
#define LOSSFN_HEADER_FILENAME "lossfn.h"
#endif

#ifndef LOSSFN_DEF
#ifdef LOSSFN_STATIC
#define LOSSFN_DEF LFN_UNUSED static inline
#elif defined(__cplusplus)
#define LOSSFN_DEF extern "C"
#else
#define LOSSFN_DEF extern
#endif
#endif

#ifndef LOSSFN_INLINE
#define LOSSFN_INLINE static inline
#endif

#if defined(__GNUC__)
#define LFN_UNUSED __attribute__((unused))
#else
#define LFN_UNUSED
#endif

#ifdef __cplusplus
#define LFN_CAST(type, value) static_cast<type>(value)
#else
#define LFN_CAST(type, value) ((type)(value))
#endif

#if defined(LOSSFN_ONLY_REGRESSION) || defined(LOSSFN_ONLY_COUNTS) || defined(LOSSFN_ONLY_BINARY) \
    || defined(LOSSFN_ONLY_CLASSIFICATION) || defined(LOSSFN_ONLY_DIVERGENCE) || defined(LOSSFN_ONLY_LINEAR) \
    || defined(LOSSFN_ONLY_DISTRIBUTION) || defined(LOSSFN_ONLY_PAIRS) || defined(LOSSFN_ONLY_CONTRASTIVE) \
    || defined(LOSSFN_ONLY_MARGIN) || defined(LOSSFN_ONLY_LISTWISE) || defined(LOSSFN_ONLY_PREFERENCE) \
    || defined(LOSSFN_ONLY_BOXES) || defined(LOSSFN_ONLY_SEGMENTATION) || defined(LOSSFN_ONLY_SEQUENCE) \
    || defined(LOSSFN_ONLY_IMAGE) || defined(LOSSFN_ONLY_AUDIO) || defined(LOSSFN_ONLY_REGULARISERS)
#define LFN_SOME 1
#else
#define LFN_SOME 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_REGRESSION)
#define LFN_HAS_REGRESSION 1
#else
#define LFN_HAS_REGRESSION 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_COUNTS)
#define LFN_HAS_COUNTS 1
#else
#define LFN_HAS_COUNTS 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_BINARY)
#define LFN_HAS_BINARY 1
#else
#define LFN_HAS_BINARY 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_CLASSIFICATION) || defined(LOSSFN_ONLY_LINEAR) || defined(LOSSFN_ONLY_MARGIN)
#define LFN_HAS_CLASSIFICATION 1
#else
#define LFN_HAS_CLASSIFICATION 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_DIVERGENCE)
#define LFN_HAS_DIVERGENCE 1
#else
#define LFN_HAS_DIVERGENCE 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_LINEAR)
#define LFN_HAS_LINEAR 1
#else
#define LFN_HAS_LINEAR 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_DISTRIBUTION)
#define LFN_HAS_DISTRIBUTION 1
#else
#define LFN_HAS_DISTRIBUTION 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_PAIRS)
#define LFN_HAS_PAIRS 1
#else
#define LFN_HAS_PAIRS 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_CONTRASTIVE)
#define LFN_HAS_CONTRASTIVE 1
#else
#define LFN_HAS_CONTRASTIVE 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_MARGIN)
#define LFN_HAS_MARGIN 1
#else
#define LFN_HAS_MARGIN 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_LISTWISE)
#define LFN_HAS_LISTWISE 1
#else
#define LFN_HAS_LISTWISE 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_PREFERENCE)
#define LFN_HAS_PREFERENCE 1
#else
#define LFN_HAS_PREFERENCE 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_BOXES)
#define LFN_HAS_BOXES 1
#else
#define LFN_HAS_BOXES 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_SEGMENTATION)
#define LFN_HAS_SEGMENTATION 1
#else
#define LFN_HAS_SEGMENTATION 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_SEQUENCE)
#define LFN_HAS_SEQUENCE 1
#else
#define LFN_HAS_SEQUENCE 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_IMAGE)
#define LFN_HAS_IMAGE 1
#else
#define LFN_HAS_IMAGE 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_AUDIO)
#define LFN_HAS_AUDIO 1
#else
#define LFN_HAS_AUDIO 0
#endif
#if !LFN_SOME || defined(LOSSFN_ONLY_REGULARISERS)
#define LFN_HAS_REGULARISERS 1
#else
#define LFN_HAS_REGULARISERS 0
#endif

/* ---- public part ------------------------------------------------------------ */

/* ---- core/platform ---- */

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when LOSSFN_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    LOSSFN_ISA_SCALAR = 0,
    LOSSFN_ISA_AVX2 = 1,
    LOSSFN_ISA_AVX512 = 2,
    LOSSFN_ISA_NEON = 3
};

/* The instruction set in use, one of LOSSFN_ISA_*. */
LOSSFN_DEF int lossfn_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
LOSSFN_DEF const char *lossfn_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
LOSSFN_DEF int lossfn_isa_force(int isa);

/* ---- core/status ---- */

/* Every function that can fail returns one of these; on anything but LOSSFN_OK
   no output has been touched. NaN and infinity in data are no errors. */
enum {
    LOSSFN_OK = 0,
    LOSSFN_ERROR_NULL = 1,
    LOSSFN_ERROR_SIZE = 2,
    LOSSFN_ERROR_PARAMETER = 3,
    LOSSFN_ERROR_LABEL = 4,
    LOSSFN_ERROR_OPTION = 5,
    LOSSFN_ERROR_SCRATCH = 6,
    LOSSFN_ERROR_OVERLAP = 7
};

/* The sentence of a status. Never NULL. */
LOSSFN_DEF const char *lossfn_strerror(int status);

/* ---- lossfn/options ---- */

/* How the losses of the items become one number. */
enum {
    LOSSFN_MEAN = 0,   /* sum of weight x loss, divided by the sum of the weights (the count without weights) */
    LOSSFN_SUM = 1,    /* sum of weight x loss */
    LOSSFN_NONE = 2    /* one loss per item, times its weight: the loss output is an array */
};

/* How an array of rows, classes and positions lies in memory. */
enum {
    LOSSFN_CLASSES_LAST = 0,  /* (N, S, C): the classes of one position next to each other */
    LOSSFN_CLASSES_FIRST = 1  /* (N, C, S): one plane per class */
};

/* The options every loss takes; NULL or all zero means the defaults.

   weight       one per item (what an item is, each function says); NULL: all 1.
                An item of weight 0 is skipped whatever its data holds: its loss
                and gradient are 0.
   upstream     d L / d loss, what comes back through the rest of the graph: one
                value, under LOSSFN_NONE one per item; NULL: 1. Gradients are
                multiplied by it, losses are not.
   denominator  what LOSSFN_MEAN divides by; 0: the function's own count of items
                or sum of weights. With the total of all micro-batches, shards or
                threads here, their losses and gradients add up to exactly those
                of the full batch.
   count        receives the count of items that took part, or the sum of their
                weights: what LOSSFN_MEAN divides by of itself. May be NULL.
   accumulate   nonzero: gradients are added to what their buffers hold. Then no
                gradient buffer may be an input.

   The mean of nothing (no items, all ignored, all weights 0) is 0 with zero
   gradients. */
typedef struct lossfn_options_f32 {
    int reduction;
    int accumulate;
    const float *weight;
    const float *upstream;
    double denominator;
    double *count;
} lossfn_options_f32;
typedef struct lossfn_options_f64 {
    int reduction;
    int accumulate;
    const double *weight;
    const double *upstream;
    double denominator;
    double *count;
} lossfn_options_f64;

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

/* ---- regression --------------------------------------------------------------

   pred and target are arrays of n values of any shape; an item is one value.
   Every function gives the loss, the gradient grad_pred and the second
   derivative hess_pred in pred, of length n each, any of them NULL; hess_pred is
   scaled like grad_pred (divide both by the same count and a Newton step is
   grad_pred / hess_pred). Targets are constants: where a gradient in the target
   is wanted too, it is -grad_pred for all losses of pred - target. grad_pred and
   hess_pred may be pred or target.
   Errors of all: LOSSFN_ERROR_NULL (pred or target NULL with n > 0),
   LOSSFN_ERROR_SIZE, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP (accumulate into
   an input, grad_pred and hess_pred share memory, either lies across an input),
   LOSSFN_ERROR_PARAMETER.
   Below, e = pred - target. */

/* Squared error: loss = e^2, gradient 2 e, second derivative 2.
   The mean squared error is its default reduction. PyTorch's mse_loss and
   optax.squared_error are this; optax.l2_loss and the boosting libraries take
   half of it. Source: Gauss 1809. */
LOSSFN_DEF int lossfn_mse_f32(const float *pred, const float *target, size_t n, const lossfn_options_f32 *options,
                               float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_mse_f64(const double *pred, const double *target, size_t n, const lossfn_options_f64 *options,
                               double *loss, double *grad_pred, double *hess_pred);

/* Absolute error: loss = |e|, gradient sign(e) with sign(0) = 0, second
   derivative 0 (boosting libraries put 1 there). Source: Boscovich 1757. */
LOSSFN_DEF int lossfn_mae_f32(const float *pred, const float *target, size_t n, const lossfn_options_f32 *options,
                               float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_mae_f64(const double *pred, const double *target, size_t n, const lossfn_options_f64 *options,
                               double *loss, double *grad_pred, double *hess_pred);

/* Huber loss: e^2 / 2 for |e| <= delta, delta (|e| - delta / 2) beyond;
   gradient e clamped to [-delta, delta], second derivative 1 inside and 0
   beyond. delta > 0, usually 1 (LightGBM calls it alpha, 0.9). PyTorch's
   huber_loss; smooth_l1 is this divided by delta. LightGBM uses 1 as the second
   derivative everywhere.
   Source: P. J. Huber, Robust estimation of a location parameter, 1964. */
LOSSFN_DEF int lossfn_huber_f32(const float *pred, const float *target, size_t n, double delta,
                                 const lossfn_options_f32 *options, float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_huber_f64(const double *pred, const double *target, size_t n, double delta,
                                 const lossfn_options_f64 *options, double *loss, double *grad_pred, double *hess_pred);

/* Smooth L1: e^2 / (2 beta) for |e| < beta, |e| - beta / 2 beyond; gradient
   e / beta clamped to [-1, 1], second derivative 1 / beta inside, 0 beyond.
   beta >= 0, usually 1; beta = 0 is exactly the absolute error, and so is a
   subnormal beta.
   Source: R. Girshick, Fast R-CNN, 2015, arXiv 1504.08083. */
LOSSFN_DEF int lossfn_smooth_l1_f32(const float *pred, const float *target, size_t n, double beta,
                                     const lossfn_options_f32 *options, float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_smooth_l1_f64(const double *pred, const double *target, size_t n, double beta,
                                     const lossfn_options_f64 *options, double *loss, double *grad_pred, double *hess_pred);

/* Log-cosh: log(cosh(a e)) / a, gradient tanh(a e), second derivative
   a (1 - tanh(a e)^2). a > 0 and 1 / a finite, usually 1: near 0 it is a e^2 / 2, far out
   |e| - log(2) / a. Computed without overflow and without cancellation near 0. */
LOSSFN_DEF int lossfn_log_cosh_f32(const float *pred, const float *target, size_t n, double a,
                                    const lossfn_options_f32 *options, float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_log_cosh_f64(const double *pred, const double *target, size_t n, double a,
                                    const lossfn_options_f64 *options, double *loss, double *grad_pred, double *hess_pred);

/* Quantile (pinball) loss: alpha (target - pred) where target >= pred, else
   (1 - alpha) (pred - target); gradient -alpha, 1 - alpha, and 0 at equality;
   second derivative 0. 0 < alpha < 1: its minimum is the alpha-quantile, 0.5
   gives half the absolute error. GluonTS multiplies by 2.
   Source: R. Koenker, G. Bassett, Regression quantiles, 1978. */
LOSSFN_DEF int lossfn_quantile_f32(const float *pred, const float *target, size_t n, double alpha,
                                    const lossfn_options_f32 *options, float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_quantile_f64(const double *pred, const double *target, size_t n, double alpha,
                                    const lossfn_options_f64 *options, double *loss, double *grad_pred, double *hess_pred);

#endif

/* ---- lossfn/counts ---- */
#if LFN_HAS_COUNTS

/* ---- counts -----------------------------------------------------------------------

   target holds counts (any numbers >= 0), pred the parameter of their
   distribution; an item is one value. Outputs and errors as in the regression
   family. */

/* Poisson negative log-likelihood of counts t.
   log_input nonzero: pred is the log rate x,
     loss = exp(x) - t x, gradient exp(x) - t, second derivative exp(x);
   log_input 0: pred is the rate r >= 0,
     loss = r - t log(r + eps), gradient 1 - t / (r + eps), second derivative
     t / (r + eps)^2. t = 0 costs r whatever the logarithm is.
   full nonzero adds log(t!) = lgamma(t + 1), which makes it the exact likelihood
   and changes no derivative (PyTorch's poisson_nll_loss adds Stirling's
   approximation of it for t > 1 instead). eps >= 0, usually 1e-8, is used with
   log_input 0 only. */
LOSSFN_DEF int lossfn_poisson_nll_f32(const float *pred, const float *target, size_t n, int log_input, int full, double eps,
                                       const lossfn_options_f32 *options, float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_poisson_nll_f64(const double *pred, const double *target, size_t n, int log_input, int full, double eps,
                                       const lossfn_options_f64 *options, double *loss, double *grad_pred, double *hess_pred);

#endif

/* ---- lossfn/binary ---- */
#if LFN_HAS_BINARY

/* ---- binary ---------------------------------------------------------------------

   pred holds n scores (logits: any real numbers), target one number each; an item
   is one value, so several labels per example are simply more values. Outputs and
   errors as in the regression family. */

/* Binary cross-entropy of logits x against t in [0, 1]:
   loss = pos_weight t softplus(-x) + (1 - t) softplus(x),
   gradient (1 - t) sigmoid(x) - pos_weight t sigmoid(-x),
   second derivative (pos_weight t + 1 - t) sigmoid(x) sigmoid(-x).
   pos_weight > 0, usually 1, or (negatives / positives) for rare positives. Soft
   and smoothed targets are fine. Exact at any x: an infinite logit on the right
   side costs 0, on the wrong side infinity (PyTorch's binary_cross_entropy_with_logits
   gives NaN for both).
   A pos_weight p_c per class, as PyTorch has it, goes into the item weights: with
   pos_weight 1, options->weight = p_c t + 1 - t, target p_c t / (p_c t + 1 - t)
   (which is t for targets 0 and 1) and options->denominator = n, loss and
   derivatives are exactly those of p_c t softplus(-x) + (1 - t) softplus(x). */
LOSSFN_DEF int lossfn_bce_with_logits_f32(const float *pred, const float *target, size_t n, double pos_weight,
                                           const lossfn_options_f32 *options, float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_bce_with_logits_f64(const double *pred, const double *target, size_t n, double pos_weight,
                                           const lossfn_options_f64 *options, double *loss, double *grad_pred, double *hess_pred);

/* Squared hinge: max(0, 1 - t x)^2 with t = -1 or 1; gradient -2 t max(0, 1 - t x),
   second derivative 2 t^2 where 1 - t x > 0, else 0. Source: the L2-loss support
   vector machine, Y. Lin 2002; scikit-learn and Keras name it so. */
LOSSFN_DEF int lossfn_squared_hinge_f32(const float *pred, const float *target, size_t n, const lossfn_options_f32 *options,
                                         float *loss, float *grad_pred, float *hess_pred);
LOSSFN_DEF int lossfn_squared_hinge_f64(const double *pred, const double *target, size_t n, const lossfn_options_f64 *options,
                                         double *loss, double *grad_pred, double *hess_pred);

#endif

/* ---- lossfn/cross_entropy ---- */
#if LFN_HAS_CLASSIFICATION

/* ---- classification -----------------------------------------------------------

   logits is rows x classes, row-major, any real numbers (not probabilities);
   labels holds one class per row, 0 .. classes - 1, or ignore_index for a row
   that is to be left out: it has no loss and no gradient and does not count.
   ignore_index may be a class; to ignore nothing give a number that is no label,
   by habit LOSSFN_NO_IGNORE. An item is a row. Gradients are rows x classes and
   may be written over the logits. x is a row of logits, y its label,
   lse = log sum_j exp(x_j), p = softmax(x).
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_LABEL (a
   label that is neither a class nor ignore_index), LOSSFN_ERROR_PARAMETER,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP. */

#define LOSSFN_NO_IGNORE (-100)

/* Options of softmax cross-entropy.

   class_weight     classes weights w_c, NULL: all 1. Under LOSSFN_MEAN the sum is
                    divided by the sum of w_y (times the row weights), as PyTorch does.
   ignore_index     LOSSFN_NO_IGNORE by default
   label_smoothing  0 <= s <= 1, default 0: the target is 1 - s on the label plus
                    s / classes on every class
   z_loss           z >= 0, default 0: adds z lse^2 to each row's loss (PaLM: 1e-4) */
typedef struct lossfn_softmax_cross_entropy_config_f32 {
    const float *class_weight;
    int32_t ignore_index;
    double label_smoothing;
    double z_loss;
} lossfn_softmax_cross_entropy_config_f32;
typedef struct lossfn_softmax_cross_entropy_config_f64 {
    const double *class_weight;
    int32_t ignore_index;
    double label_smoothing;
    double z_loss;
} lossfn_softmax_cross_entropy_config_f64;

LOSSFN_DEF lossfn_softmax_cross_entropy_config_f32 lossfn_softmax_cross_entropy_defaults_f32(void);
LOSSFN_DEF lossfn_softmax_cross_entropy_config_f64 lossfn_softmax_cross_entropy_defaults_f64(void);

/* Softmax cross-entropy:
   loss = (1 - s) w_y (lse - x_y) + (s / C) sum_c w_c (lse - x_c) + z lse^2,
   gradient_j = p_j ((1 - s) w_y + (s / C) sum_c w_c + 2 z lse) - (s / C) w_j - [j = y] (1 - s) w_y.
   config NULL: the defaults. Equal to PyTorch's cross_entropy, but the mean of no
   rows is 0, not NaN, and labels are checked. One read of the logits for the
   maximum, one for the sum, one write of the gradient.
   Sources: label smoothing Szegedy et al. 2016, arXiv 1512.00567; z-loss
   Chowdhery et al. 2022, arXiv 2204.02311. */
LOSSFN_DEF int lossfn_softmax_cross_entropy_f32(const float *logits, const int32_t *labels, size_t rows, size_t classes,
                                                 const lossfn_softmax_cross_entropy_config_f32 *config,
                                                 const lossfn_options_f32 *options, float *loss, float *grad_logits);
LOSSFN_DEF int lossfn_softmax_cross_entropy_f64(const double *logits, const int32_t *labels, size_t rows, size_t classes,
                                                 const lossfn_softmax_cross_entropy_config_f64 *config,
                                                 const lossfn_options_f64 *options, double *loss, double *grad_logits);

/* Softmax cross-entropy against a distribution q over the classes (targets, rows x classes):
   t_c = w_c ((1 - s) q_c + s / C), loss = sum_c t_c (lse - x_c),
   gradient_j in the logits = p_j sum_c t_c - t_j,
   gradient_j in the targets = w_j (1 - s) (lse - x_j).
   class_weight w: one per class, NULL all 1; label_smoothing s in [0, 1]. q need
   not sum to 1. A class with t_c = 0 adds nothing even where x_c is -infinity.
   The mean divides by the number of rows (or the sum of their weights), as
   PyTorch's cross_entropy with probabilities does. grad_logits may be logits,
   grad_targets may be targets. */
LOSSFN_DEF int lossfn_soft_cross_entropy_f32(const float *logits, const float *targets, size_t rows, size_t classes,
                                              const float *class_weight, double label_smoothing,
                                              const lossfn_options_f32 *options, float *loss, float *grad_logits,
                                              float *grad_targets);
LOSSFN_DEF int lossfn_soft_cross_entropy_f64(const double *logits, const double *targets, size_t rows, size_t classes,
                                              const double *class_weight, double label_smoothing,
                                              const lossfn_options_f64 *options, double *loss, double *grad_logits,
                                              double *grad_targets);

#endif

/* ---- lossfn/classification ---- */
#if LFN_HAS_CLASSIFICATION

/* Softmax focal loss: loss = -alpha_y (1 - p_y)^gamma log(p_y),
   gradient_j = alpha_y (gamma p_y (1 - p_y)^(gamma - 1) log(p_y) - (1 - p_y)^gamma) ([j = y] - p_j).
   gamma >= 0, usually 2; gamma = 0 is cross-entropy. alpha: one factor per class,
   NULL all 1; it scales the loss and does not enter the mean's count (as in
   torchvision and mmdetection; the mean is over the rows).
   Source: T.-Y. Lin et al., Focal loss for dense object detection, 2017, arXiv 1708.02002. */
LOSSFN_DEF int lossfn_softmax_focal_f32(const float *logits, const int32_t *labels, size_t rows, size_t classes,
                                         const float *alpha, double gamma, int32_t ignore_index,
                                         const lossfn_options_f32 *options, float *loss, float *grad_logits);
LOSSFN_DEF int lossfn_softmax_focal_f64(const double *logits, const int32_t *labels, size_t rows, size_t classes,
                                         const double *alpha, double gamma, int32_t ignore_index,
                                         const lossfn_options_f64 *options, double *loss, double *grad_logits);

/* Poly-1 cross-entropy: loss = -log(p_y) + epsilon (1 - p_y),
   gradient_j = (1 + epsilon p_y) (p_j - [j = y]). epsilon >= -1, usually 1 (2 on
   ImageNet); 0 is cross-entropy.
   Source: Z. Leng et al., PolyLoss, 2022, arXiv 2204.12511. */
LOSSFN_DEF int lossfn_poly1_cross_entropy_f32(const float *logits, const int32_t *labels, size_t rows, size_t classes,
                                               double epsilon, int32_t ignore_index,
                                               const lossfn_options_f32 *options, float *loss, float *grad_logits);
LOSSFN_DEF int lossfn_poly1_cross_entropy_f64(const double *logits, const int32_t *labels, size_t rows, size_t classes,
                                               double epsilon, int32_t ignore_index,
                                               const lossfn_options_f64 *options, double *loss, double *grad_logits);

/* The two forms of the multi-class hinge. */
enum {
    LOSSFN_CRAMMER_SINGER = 0, /* the worst class alone */
    LOSSFN_WESTON_WATKINS = 1  /* the sum over all wrong classes */
};

/* Multi-class hinge, with v_j = max(0, margin + x_j - x_y) for j other than y:
   LOSSFN_CRAMMER_SINGER: loss = max_j v_j^power (0 for one class);
   LOSSFN_WESTON_WATKINS: loss = sum_j v_j^power.
   Gradient d v_j^power on x_j and minus their sum on x_y; among equal worst classes
   the first takes it. margin >= 0, usually 1; power 1 or 2. optax and scikit-learn
   use Crammer-Singer; PyTorch's multi_margin_loss is Weston-Watkins divided by the
   number of classes.
   Sources: K. Crammer, Y. Singer 2001; J. Weston, C. Watkins 1999. */
LOSSFN_DEF int lossfn_multiclass_hinge_f32(const float *logits, const int32_t *labels, size_t rows, size_t classes,
                                            int form, double margin, int power, int32_t ignore_index,
                                            const lossfn_options_f32 *options, float *loss, float *grad_logits);
LOSSFN_DEF int lossfn_multiclass_hinge_f64(const double *logits, const int32_t *labels, size_t rows, size_t classes,
                                            int form, double margin, int power, int32_t ignore_index,
                                            const lossfn_options_f64 *options, double *loss, double *grad_logits);

/* Sparsemax loss: loss = 1/2 sum_{j in S} (x_j^2 - tau^2) + 1/2 - x_y, gradient
   q - onehot(y), where q = max(0, x - tau) is the Euclidean projection of x on the
   simplex (sparsemax), S = {j: x_j > tau} its support. 0 once x_y is ahead of every
   other class by 1. tau is found by Newton steps from below, each a read of the
   row: exact after as many as the support shrinks, a handful in practice.
   Source: A. Martins, R. Astudillo, From softmax to sparsemax, 2016, arXiv 1602.02068. */
LOSSFN_DEF int lossfn_sparsemax_f32(const float *logits, const int32_t *labels, size_t rows, size_t classes,
                                     int32_t ignore_index, const lossfn_options_f32 *options, float *loss,
                                     float *grad_logits);
LOSSFN_DEF int lossfn_sparsemax_f64(const double *logits, const int32_t *labels, size_t rows, size_t classes,
                                     int32_t ignore_index, const lossfn_options_f64 *options, double *loss,
                                     double *grad_logits);

#endif

/* ---- lossfn/divergence ---- */
#if LFN_HAS_DIVERGENCE

/* ---- divergences -------------------------------------------------------------------

   Rows of log-probabilities against rows of targets, rows x classes each; an item
   is a row, so the default reduction is the mean of the rows' divergences
   (PyTorch's "batchmean"; its "mean" divides by the classes too and is no
   divergence). Gradients are rows x classes; grad_log_pred may be log_pred,
   grad_target may be target. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OVERLAP. */

/* Kullback-Leibler divergence KL(target || pred) of log-probabilities u:
   log_target 0: t is a probability, loss = sum_c t_c (log t_c - u_c), gradient in
     u -t_c, in t log(t_c) + 1 - u_c; a class with t_c = 0 adds nothing, whatever
     u_c, and its gradients are 0 (PyTorch gives NaN in t);
   log_target nonzero: v = log t is given, loss = sum_c exp(v_c) (v_c - u_c),
     gradient in u -exp(v_c), in v exp(v_c) (v_c - u_c + 1); v_c = -infinity adds
     nothing.
   The rows need not be normalised.
   Source: S. Kullback, R. Leibler, On information and sufficiency, 1951. */
LOSSFN_DEF int lossfn_kl_div_f32(const float *log_pred, const float *target, size_t rows, size_t classes, int log_target,
                                  const lossfn_options_f32 *options, float *loss, float *grad_log_pred, float *grad_target);
LOSSFN_DEF int lossfn_kl_div_f64(const double *log_pred, const double *target, size_t rows, size_t classes, int log_target,
                                  const lossfn_options_f64 *options, double *loss, double *grad_log_pred, double *grad_target);

#endif

/* ---- lossfn/linear_cross_entropy ---- */
#if LFN_HAS_LINEAR

/* ---- linear cross-entropy -------------------------------------------------------- */

/* Softmax cross-entropy of logits = hidden weight^T + bias, with the gradients of
   hidden, weight and bias, and never more than a block of logits in memory: blocks
   of rows times tiles of classes are computed, summed up, and computed again for
   the gradients. The result is that of a matrix product followed by
   lossfn_softmax_cross_entropy, to rounding.
   hidden       rows x width, width at least 1
   weight       classes x width, at least one class: the class matrix (an
                embedding table, tied or not)
   bias         classes, or NULL
   labels       one class per row; ignored rows cost no arithmetic at all
   config       as for lossfn_softmax_cross_entropy, NULL: the defaults
   scratch      lossfn_linear_cross_entropy_scratch bytes: O(block x (width + tile)),
                independent of rows and, past a tile, of classes; SIZE_MAX when a size is too large
   grad_hidden  rows x width; grad_weight classes x width; grad_bias classes (needs no bias).
                None may be an input or another gradient.
   An item is a row. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_LABEL, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION,
   LOSSFN_ERROR_OVERLAP, LOSSFN_ERROR_SCRATCH.
   Source: E. Wijmans et al., Cut your losses in large-vocabulary language models,
   2024, arXiv 2411.09009; the blocking here is by rows and classes with both
   gradients in one sweep. */
LOSSFN_DEF size_t lossfn_linear_cross_entropy_scratch_f32(size_t rows, size_t classes, size_t width);
LOSSFN_DEF size_t lossfn_linear_cross_entropy_scratch_f64(size_t rows, size_t classes, size_t width);

LOSSFN_DEF int lossfn_linear_cross_entropy_f32(const float *hidden, const float *weight, const float *bias, const int32_t *labels,
                                                size_t rows, size_t classes, size_t width,
                                                const lossfn_softmax_cross_entropy_config_f32 *config,
                                                const lossfn_options_f32 *options, void *scratch, size_t scratch_size,
                                                float *loss, float *grad_hidden, float *grad_weight, float *grad_bias);
LOSSFN_DEF int lossfn_linear_cross_entropy_f64(const double *hidden, const double *weight, const double *bias, const int32_t *labels,
                                                size_t rows, size_t classes, size_t width,
                                                const lossfn_softmax_cross_entropy_config_f64 *config,
                                                const lossfn_options_f64 *options, void *scratch, size_t scratch_size,
                                                double *loss, double *grad_hidden, double *grad_weight, double *grad_bias);

#endif

/* ---- lossfn/distribution ---- */
#if LFN_HAS_DISTRIBUTION

/* ---- distributions -----------------------------------------------------------------

   Losses of the parameters of a distribution, with the gradient in each of them.
   Any gradient may be NULL, and may be exactly one of the inputs unless it
   accumulates. Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OVERLAP (two outputs
   share memory, an output lies across an input, or accumulates into one). */

/* Gaussian negative log-likelihood of targets t under a mean mu and a variance,
   n values each; an item is one value. With e = mu - t:
   log_variance 0: variance is the variance, v = max(variance, eps),
     loss = (log(v) + e^2 / v) / 2, gradient in mu e / v, in t -e / v,
     in variance (1 - e^2 / v) / (2 v), and 0 where variance <= eps;
   log_variance nonzero: variance is its logarithm s, any number,
     loss = (s + e^2 exp(-s)) / 2, gradient in mu e exp(-s), in t -e exp(-s),
     in s (1 - e^2 exp(-s)) / 2. No clamp, nothing to get stuck at: prefer it when
     a network gives the variance.
   full nonzero adds log(2 pi) / 2, which makes it the exact likelihood.
   eps > 0, usually 1e-6, is used with log_variance 0 only. A variance at the
   clamp passes no gradient, as the loss does not depend on it there; PyTorch's
   gaussian_nll_loss, otherwise the same, clamps behind the back of its automatic
   differentiation and gives (1 - e^2 / eps) / (2 eps) there (times -5e11 for
   e = 1), and refuses negative variances, which here count as eps.
   Source: D. Nix, A. Weigend, Estimating the mean and variance of the target
   probability distribution, 1994. */
LOSSFN_DEF int lossfn_gaussian_nll_f32(const float *mean, const float *variance, const float *target, size_t n,
                                        int log_variance, int full, double eps, const lossfn_options_f32 *options,
                                        float *loss, float *grad_mean, float *grad_variance, float *grad_target);
LOSSFN_DEF int lossfn_gaussian_nll_f64(const double *mean, const double *variance, const double *target, size_t n,
                                        int log_variance, int full, double eps, const lossfn_options_f64 *options,
                                        double *loss, double *grad_mean, double *grad_variance, double *grad_target);

/* The Kullback-Leibler divergence of a variational autoencoder's posterior from
   the standard normal prior, KL(N(mu, diag exp(s)) || N(0, 1)), in closed form:
   loss = sum_j (mu_j^2 + exp(s_j) - 1 - s_j) / 2,
   gradient in mu_j mu_j, in s_j (exp(s_j) - 1) / 2.
   mean and log_variance are rows x width; an item is a row: the sum over the
   latent dimensions, the default reduction the mean over rows (implementations
   that take the mean over the dimensions too scale their beta by the width).
   log_variance is not clamped.
   Source: D. Kingma, M. Welling, Auto-encoding variational Bayes, 2013,
   arXiv 1312.6114, appendix B. */
LOSSFN_DEF int lossfn_vae_kl_f32(const float *mean, const float *log_variance, size_t rows, size_t width,
                                  const lossfn_options_f32 *options, float *loss, float *grad_mean, float *grad_log_variance);
LOSSFN_DEF int lossfn_vae_kl_f64(const double *mean, const double *log_variance, size_t rows, size_t width,
                                  const lossfn_options_f64 *options, double *loss, double *grad_mean, double *grad_log_variance);

#endif

/* ---- lossfn/pairs ---- */
#if LFN_HAS_PAIRS

/* ---- pairs and triplets --------------------------------------------------------------

   Embeddings are rows x width; row i of the one array belongs to row i of the
   other. An item is a row: a pair or a triplet. Each gradient has the shape of its
   input, may be NULL, and may be exactly one of the inputs unless it accumulates.
   Vectors of distance 0 and vectors of norm 0 have gradient 0.
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_LABEL,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OVERLAP (two outputs
   share memory, an output lies across an input, or accumulates into one). */

/* Contrastive loss of pairs with the Euclidean distance D = |x1 - x2|:
   label 1 (similar):    loss = D^2, gradient in x1 2 (x1 - x2), in x2 its negative;
   label 0 (dissimilar): loss = max(0, margin - D)^2, gradient in x1
     -2 (margin - D) (x1 - x2) / D, in x2 its negative, 0 where D >= margin and
     at D = 0 (two different things in one place are not torn apart).
   Other labels are errors. margin > 0, usually 1. The paper has half of it;
   pytorch-metric-learning takes D and max(0, margin - D) without the squares.
   Source: R. Hadsell, S. Chopra, Y. LeCun, Dimensionality reduction by learning an
   invariant mapping, 2006. */
LOSSFN_DEF int lossfn_contrastive_f32(const float *x1, const float *x2, const int32_t *labels, size_t rows, size_t width,
                                       double margin, const lossfn_options_f32 *options, float *loss, float *grad_x1,
                                       float *grad_x2);
LOSSFN_DEF int lossfn_contrastive_f64(const double *x1, const double *x2, const int32_t *labels, size_t rows, size_t width,
                                       double margin, const lossfn_options_f64 *options, double *loss, double *grad_x1,
                                       double *grad_x2);

/* Options of the triplet loss.

   margin  > 0, default 1
   p       of the norm, 1 <= p < infinity, default 2
   eps     >= 0, default 1e-6: added to every difference of coordinates, as in
           PyTorch. With it the distance of equal vectors is eps width^(1/p) and
           its gradient is not 0; eps = 0 gives exact distances
   swap    nonzero: where the positive is closer to the negative than the anchor
           is, that distance is the one that is to grow. Default 0 */
typedef struct lossfn_triplet_margin_config {
    double margin, p, eps;
    int swap;
} lossfn_triplet_margin_config;

LOSSFN_DEF lossfn_triplet_margin_config lossfn_triplet_margin_defaults(void);

/* Triplet margin loss: loss = max(0, D(a, p) - D(a, n) + margin) with
   D(x, y) = (sum_k |x_k - y_k + eps|^p)^(1/p), or with min(D(a, n), D(p, n)) in
   place of D(a, n) if swap is set (the first where they are equal). Gradients
   follow from dD/dx_k = sign(u_k) (|u_k| / D)^(p - 1), u_k = x_k - y_k + eps, and
   dD/dy_k = -dD/dx_k; 0 where the loss is 0. config NULL: the defaults, and
   PyTorch's triplet_margin_loss (there a tie under swap shares its gradient out).
   The default reduction divides by all triplets, not by those with a loss.
   Sources: K. Weinberger, L. Saul, 2009; F. Schroff et al., FaceNet, 2015, arXiv
   1503.03832; swap: V. Balntas et al., 2016. */
LOSSFN_DEF int lossfn_triplet_margin_f32(const float *anchor, const float *positive, const float *negative, size_t rows,
                                          size_t width, const lossfn_triplet_margin_config *config,
                                          const lossfn_options_f32 *options, float *loss, float *grad_anchor,
                                          float *grad_positive, float *grad_negative);
LOSSFN_DEF int lossfn_triplet_margin_f64(const double *anchor, const double *positive, const double *negative, size_t rows,
                                          size_t width, const lossfn_triplet_margin_config *config,
                                          const lossfn_options_f64 *options, double *loss, double *grad_anchor,
                                          double *grad_positive, double *grad_negative);

/* Cosine embedding loss with c = x1 . x2 / (|x1| |x2|), 0 if one of them is 0:
   label 1:  loss = 1 - c, gradient -dc;
   label -1: loss = max(0, c - margin), gradient dc where c > margin;
   dc/dx1 = (x2 / |x2| - c x1 / |x1|) / |x1|, dc/dx2 alike.
   Other labels are errors. -1 <= margin <= 1, usually 0 to 0.5. PyTorch's
   cosine_embedding_loss adds 1e-12 to the squared norms, which makes the gradient
   at a zero vector huge; here it is 0. c is kept within [-1, 1]. */
LOSSFN_DEF int lossfn_cosine_embedding_f32(const float *x1, const float *x2, const int32_t *labels, size_t rows, size_t width,
                                            double margin, const lossfn_options_f32 *options, float *loss, float *grad_x1,
                                            float *grad_x2);
LOSSFN_DEF int lossfn_cosine_embedding_f64(const double *x1, const double *x2, const int32_t *labels, size_t rows, size_t width,
                                            double margin, const lossfn_options_f64 *options, double *loss, double *grad_x1,
                                            double *grad_x2);

#endif

/* ---- lossfn/contrastive ---- */
#if LFN_HAS_CONTRASTIVE

/* ---- contrastive ----------------------------------------------------------------------

   Embeddings are rows x width, any vectors: they are brought to unit length inside,
   u_i = x_i / |x_i| (0 stays 0), and the gradient, in the embeddings as given, goes
   through that and is 0 for a zero vector. s_ij = u_i . u_j / temperature. An
   item is a row as anchor; a row of weight 0 is no anchor, but stays among the
   others of every other anchor. The n x n similarities are never stored: tiles of
   128 x 128 are computed for the sums and computed again for the gradients, the
   second time only those on and above the diagonal. scratch is O(n width + 128^2).
   The gradient may be the embeddings themselves unless it accumulates.
   temperature > 0, usually 0.05 to 0.5.
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_PARAMETER,
   LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP, LOSSFN_ERROR_SCRATCH. */

/* Normalised temperature-scaled cross-entropy (SimCLR) of two views of `pairs`
   samples: embeddings is 2 pairs x width, row i and row i + pairs are the two views
   of sample i. With p(i) the other view of i:
   loss_i = log sum_{a != i} exp(s_ia) - s_ip(i), the mean over all 2 pairs rows.
   With q_ia the softmax over a != i, the gradient is
   ds_ia = q_ia - [a = p(i)], du_i = sum_a (ds_ia + ds_ai) u_a / temperature.
   temperature 0.5 and 0.1 in the paper. One pair alone has loss 0. All rows but i
   are in the sum; pytorch-metric-learning's NTXentLoss is that too when each label
   occurs twice.
   scratch  lossfn_nt_xent_scratch bytes; SIZE_MAX when a size is too large
   Source: T. Chen et al., A simple framework for contrastive learning of visual
   representations, 2020, arXiv 2002.05709. */
LOSSFN_DEF size_t lossfn_nt_xent_scratch_f32(size_t pairs, size_t width);
LOSSFN_DEF size_t lossfn_nt_xent_scratch_f64(size_t pairs, size_t width);

LOSSFN_DEF int lossfn_nt_xent_f32(const float *embeddings, size_t pairs, size_t width, double temperature,
                                   const lossfn_options_f32 *options, void *scratch, size_t scratch_size, float *loss,
                                   float *grad_embeddings);
LOSSFN_DEF int lossfn_nt_xent_f64(const double *embeddings, size_t pairs, size_t width, double temperature,
                                   const lossfn_options_f64 *options, void *scratch, size_t scratch_size, double *loss,
                                   double *grad_embeddings);

/* Supervised contrastive loss, the form L_out: P(i) are the other rows with i's
   label (labels are any numbers),
   loss_i = (temperature / base_temperature) (log sum_{a != i} exp(s_ia) - (1 / |P(i)|) sum_{p in P(i)} s_ip),
   gradient ds_ia = (temperature / base_temperature) (q_ia - [a in P(i)] / |P(i)|),
   du_i as above. A row without a positive has no loss of its own and does not
   count in the mean (the paper's code divides by 0 there); it stays among the
   others. base_temperature > 0 is usually 0.07, the temperature too; with both
   equal the factor is 1. Two rows per label give lossfn_nt_xent.
   scratch  lossfn_supcon_scratch bytes; SIZE_MAX when a size is too large
   Source: P. Khosla et al., Supervised contrastive learning, 2020, arXiv 2004.11362. */
LOSSFN_DEF size_t lossfn_supcon_scratch_f32(size_t rows, size_t width);
LOSSFN_DEF size_t lossfn_supcon_scratch_f64(size_t rows, size_t width);

LOSSFN_DEF int lossfn_supcon_f32(const float *features, const int32_t *labels, size_t rows, size_t width, double temperature,
                                  double base_temperature, const lossfn_options_f32 *options, void *scratch,
                                  size_t scratch_size, float *loss, float *grad_features);
LOSSFN_DEF int lossfn_supcon_f64(const double *features, const int32_t *labels, size_t rows, size_t width, double temperature,
                                  double base_temperature, const lossfn_options_f64 *options, void *scratch,
                                  size_t scratch_size, double *loss, double *grad_features);

#endif

/* ---- lossfn/margin ---- */
#if LFN_HAS_MARGIN

/* ---- margins --------------------------------------------------------------------------- */

/* Options of ArcFace.

   scale         s > 0, default 64
   margin        m in radians, 0 <= m <= pi, default 0.5
   easy_margin   nonzero: the margin only where the angle is below 90 degrees. Default 0
   ignore_index  rows with this label are left out; default LOSSFN_NO_IGNORE */
typedef struct lossfn_arcface_config {
    double scale, margin;
    int easy_margin;
    int32_t ignore_index;
} lossfn_arcface_config;

LOSSFN_DEF lossfn_arcface_config lossfn_arcface_defaults(void);

/* ArcFace, the additive angular margin softmax (AAM-softmax): softmax cross-entropy
   of logits s c_j, where c_j = cos(theta_j) is the cosine of the row's features and
   the weights of class j, both brought to unit length, and the label's c is replaced by
     cos(theta + m) = c cos(m) - sqrt((1 - c) (1 + c)) sin(m)  where c > cos(pi - m),
     c - m sin(m)                                              elsewhere
   (theta + m would pass pi), or with easy_margin by cos(theta + m) where c > 0 and c
   elsewhere. m = 0 is the normalised softmax.
   Gradients: with p the softmax, s (p_j - [j = y]) times, for the label,
   cos(m) + c sin(m) / sqrt((1 - c) (1 + c)) (1 in the second case); that is 0 at
   |c| = 1, where the angle has no direction. Then dc/dx = (w^ - c x^) / |x|, dc/dw =
   (x^ - c w^) / |w|; 0 for features or weights of norm 0, whose cosine is 0. At the
   ends of the cases the loss jumps or has a kink; the gradient is that of the case taken.
   features      rows x width
   weight        classes x width, the class matrix
   labels        one class per row
   config        NULL: the defaults
   scratch       lossfn_arcface_scratch bytes: O(block x width + tile x (block + width)),
                 independent of rows and, past a tile, of classes: the logits are never
                 stored but a tile of them is computed for the sums and again for
                 the gradients. SIZE_MAX when a size is too large
   grad_features rows x width; grad_weight classes x width. None may share memory with
                 an input or the other.
   An item is a row. Differences: insightface clips cosines to 1e-7 from 1 before the
   angle is taken; others take acos, whose slope at 1 gives NaN.
   Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE, LOSSFN_ERROR_LABEL,
   LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP, LOSSFN_ERROR_SCRATCH.
   Source: J. Deng et al., ArcFace: additive angular margin loss for deep face
   recognition, 2019, arXiv 1801.07698. */
LOSSFN_DEF size_t lossfn_arcface_scratch_f32(size_t rows, size_t classes, size_t width);
LOSSFN_DEF size_t lossfn_arcface_scratch_f64(size_t rows, size_t classes, size_t width);

LOSSFN_DEF int lossfn_arcface_f32(const float *features, const float *weight, const int32_t *labels, size_t rows, size_t classes,
                                   size_t width, const lossfn_arcface_config *config, const lossfn_options_f32 *options,
                                   void *scratch, size_t scratch_size, float *loss, float *grad_features, float *grad_weight);
LOSSFN_DEF int lossfn_arcface_f64(const double *features, const double *weight, const int32_t *labels, size_t rows, size_t classes,
                                   size_t width, const lossfn_arcface_config *config, const lossfn_options_f64 *options,
                                   void *scratch, size_t scratch_size, double *loss, double *grad_features, double *grad_weight);

#endif

/* ---- lossfn/listwise ---- */
#if LFN_HAS_LISTWISE

/* ---- ranking lists ----------------------------------------------------------------------

   scores and relevance hold the n documents of all lists one after the other: list l
   is elements offsets[l] .. offsets[l + 1] - 1; offsets has lists + 1 values that
   never decrease, the last at most n. An item is a list; an empty list has no loss and
   does not count, documents of no list get gradient 0. Gradients have n elements and
   may be exactly one of the inputs unless they accumulate.
   Errors of all: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (also: offsets that decrease or
   pass n), LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP. */

/* ListNet, top-one probabilities: with q = softmax(relevance) and p = softmax(scores)
   over a list, loss = -sum_j q_j log(p_j), gradient in the scores p_j - q_j, in the
   relevance q_j (-log(p_j) - loss). A list of one document has loss 0; a list of equal
   relevance pulls its scores together. A relevance of -infinity leaves a document out
   of q. TensorFlow Ranking and optax normalise the relevance by its sum instead of a
   softmax: for that use lossfn_soft_cross_entropy.
   Source: Z. Cao et al., Learning to rank: from pairwise approach to listwise
   approach, 2007. */
LOSSFN_DEF int lossfn_list_net_f32(const float *scores, const float *relevance, size_t n, const size_t *offsets, size_t lists,
                                    const lossfn_options_f32 *options, float *loss, float *grad_scores, float *grad_relevance);
LOSSFN_DEF int lossfn_list_net_f64(const double *scores, const double *relevance, size_t n, const size_t *offsets, size_t lists,
                                    const lossfn_options_f64 *options, double *loss, double *grad_scores, double *grad_relevance);

/* Options of LambdaRank.

   sigma        > 0, default 1: steepness of the logistic
   truncation   k: only pairs with a document among the k best scores, and the ideal DCG
                over k; 0, the default, all (LightGBM: 30)
   normalise    nonzero, as LightGBM's lambdarank_norm: each pair's weight is divided by
                0.01 + |s_i - s_j| (unless all scores are equal), and a list's loss and
                gradient are multiplied by log2(1 + L) / L with L twice its sum of
                lambdas. Default 0
   linear_gain  nonzero: the gain is the relevance itself, else 2^relevance - 1. Default 0 */
typedef struct lossfn_lambda_rank_config {
    double sigma;
    size_t truncation;
    int normalise, linear_gain;
} lossfn_lambda_rank_config;

LOSSFN_DEF lossfn_lambda_rank_config lossfn_lambda_rank_defaults(void);

/* LambdaRank for NDCG, over the pairs of a list in which i is more relevant than j:
   loss = sum w_ij log(1 + exp(-sigma (s_i - s_j))),
   w_ij = |G_i - G_j| |1 / D_i - 1 / D_j| / ideal DCG,
   G the gain, D = log2(1 + rank), ranks by falling score from 1, equal scores in the order
   of the list. w_ij is what exchanging the two would change NDCG by. The weights
   (with what normalise makes of them) are held constant in the gradients:
   lambda_ij = sigma w_ij S(-sigma (s_i - s_j)), S(x) = 1 / (1 + exp(-x)),
   grad_i = -lambda_ij, grad_j = +lambda_ij, summed over the pairs, and the diagonal of the
   second derivative sigma^2 w_ij S (1 - S) in hess_scores, both for Newton steps in
   gradient boosting (there with LOSSFN_SUM). A list without pairs or with an
   ideal DCG of 0 has loss 0. relevance >= 0; gains and ideal DCG should not overflow.
   config   NULL: the defaults
   scratch  lossfn_lambda_rank_scratch(length of the longest list) bytes, SIZE_MAX when that
            is too large (more than 2^32 - 1). Time O(length x truncation) per list.
   Errors beyond those above: LOSSFN_ERROR_SCRATCH.
   Sources: C. Burges, From RankNet to LambdaRank to LambdaMART, 2010; X. Wang et al., The
   LambdaLoss framework, 2018. */
LOSSFN_DEF size_t lossfn_lambda_rank_scratch_f32(size_t longest);
LOSSFN_DEF size_t lossfn_lambda_rank_scratch_f64(size_t longest);

LOSSFN_DEF int lossfn_lambda_rank_f32(const float *scores, const float *relevance, size_t n, const size_t *offsets, size_t lists,
                                       const lossfn_lambda_rank_config *config, const lossfn_options_f32 *options,
                                       void *scratch, size_t scratch_size, float *loss, float *grad_scores, float *hess_scores);
LOSSFN_DEF int lossfn_lambda_rank_f64(const double *scores, const double *relevance, size_t n, const size_t *offsets, size_t lists,
                                       const lossfn_lambda_rank_config *config, const lossfn_options_f64 *options,
                                       void *scratch, size_t scratch_size, double *loss, double *grad_scores, double *hess_scores);

#endif

/* ---- lossfn/preference ---- */
#if LFN_HAS_PREFERENCE

/* ---- preference ------------------------------------------------------------------- */

/* The forms of direct preference optimisation, with h as below, the sigmoid
   S(x) = 1 / (1 + exp(-x)), l(x) = log(1 + exp(-x)) and the label smoothing e:

   LOSSFN_DPO_SIGMOID  loss = (1 - e) l(beta h) + e l(-beta h),
                       derivative beta (S(beta h) - (1 - e)); e > 0 is conservative
                       DPO (labels wrong with probability e). 0 <= e <= 1/2
   LOSSFN_DPO_ROBUST   loss = ((1 - e) l(beta h) - e l(-beta h)) / (1 - 2 e),
                       derivative -beta ((1 - e) S(-beta h) + e S(beta h)) / (1 - 2 e):
                       unbiased under such labels, unbounded below. 0 <= e < 1/2
   LOSSFN_DPO_HINGE    loss = max(0, 1 - beta h), derivative -beta where it is
                       positive, 0 elsewhere and at the kink (SLiC). e must be 0
   LOSSFN_DPO_IPO      loss = (h - 1 / (2 beta))^2, derivative 2 (h - 1 / (2 beta)).
                       e must be 0 */
enum {
    LOSSFN_DPO_SIGMOID = 0,
    LOSSFN_DPO_ROBUST = 1,
    LOSSFN_DPO_HINGE = 2,
    LOSSFN_DPO_IPO = 3
};

/* Direct preference optimisation of n pairs of answers, a chosen and a rejected
   one, from their log-probabilities under the policy and under the reference:
   h = (policy_chosen - policy_rejected) - (reference_chosen - reference_rejected),
   loss = f(h) of the form; gradients f'(h) in policy_chosen and
   reference_rejected, -f'(h) in policy_rejected and reference_chosen.
   Log-probabilities are sums over the tokens of an answer. For
   LOSSFN_DPO_IPO the scale 1 / (2 beta) depends on that: TRL and the authors of
   IPO average over the tokens, so give averages to agree with them.
   reference_chosen and reference_rejected NULL: without a reference, both 0.
   beta > 0, usually 0.1 (0.01 to 0.5); label_smoothing e as above, usually 0.
   An item is a pair. A gradient may be exactly an input unless it accumulates.
   Errors: LOSSFN_ERROR_NULL (one reference without the other, too),
   LOSSFN_ERROR_SIZE, LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION (an unknown
   form), LOSSFN_ERROR_OVERLAP (two outputs share memory, an output lies across an
   input, or accumulates into one).
   Sources: R. Rafailov et al., Direct preference optimization, 2023,
   arXiv 2305.18290; E. Mitchell, A note on DPO with noisy preferences, 2023;
   S. Chowdhury et al., Provably robust DPO, 2024, arXiv 2403.00409; Y. Zhao et
   al., SLiC-HF, 2023, arXiv 2305.10425; M. Azar et al., A general theoretical
   paradigm (IPO), 2023, arXiv 2310.12036. */
LOSSFN_DEF int lossfn_dpo_f32(const float *policy_chosen, const float *policy_rejected, const float *reference_chosen,
                               const float *reference_rejected, size_t n, int form, double beta, double label_smoothing,
                               const lossfn_options_f32 *options, float *loss, float *grad_policy_chosen,
                               float *grad_policy_rejected, float *grad_reference_chosen, float *grad_reference_rejected);
LOSSFN_DEF int lossfn_dpo_f64(const double *policy_chosen, const double *policy_rejected, const double *reference_chosen,
                               const double *reference_rejected, size_t n, int form, double beta, double label_smoothing,
                               const lossfn_options_f64 *options, double *loss, double *grad_policy_chosen,
                               double *grad_policy_rejected, double *grad_reference_chosen, double *grad_reference_rejected);

#endif

/* ---- lossfn/boxes ---- */
#if LFN_HAS_BOXES

/* ---- axis-aligned boxes --------------------------------------------------------

   pred and target are n boxes of four numbers each, in one of two formats:
   LOSSFN_XYXY   x1, y1, x2, y2: two corners, x1 <= x2 and y1 <= y2
   LOSSFN_CXCYWH cx, cy, w, h: centre and size
   An item is a pair of boxes. grad_pred and grad_target, n x 4 each in the same
   format, receive the gradients; grad_pred may be pred, grad_target target. All
   arithmetic is in double.

   Below, w and h are width and height, A = w h is the area, I the area of the
   intersection, U = A_pred + A_target - I that of the union, C the area of the
   smallest box around both (the hull), c its diagonal, rho the distance of the
   centres, and IoU = I / (U + eps). eps >= 0, usually 1e-7 (as in torchvision
   and MMDetection; Keras-CV and others use their epsilon), is added to every
   denominator: choose 0 for very small boxes in normalised coordinates, where
   1e-7 is an area that counts. A quotient with the denominator 0 is 0, so boxes
   without area are safe with any eps: their IoU is 0.

   Kinks: where two edges have the same coordinate each box gets half of the
   slope (as PyTorch does), so identical boxes have the gradient 0 exactly where
   eps is 0. Boxes that do not overlap, or only touch, have the IoU 0 with
   gradient 0. A box with x2 < x1 (or a negative w) has the width 0 in areas and
   angles, which then pass no gradient to it; likewise its height.

   Errors of all: LOSSFN_ERROR_NULL (pred or target NULL with n > 0),
   LOSSFN_ERROR_SIZE, LOSSFN_ERROR_PARAMETER (eps), LOSSFN_ERROR_OPTION (format,
   mode, reduction), LOSSFN_ERROR_OVERLAP (accumulate into an input, grad_pred
   and grad_target the same, or one written over the other's input). */
enum {
    LOSSFN_XYXY = 0,
    LOSSFN_CXCYWH = 1
};

/* What lossfn_box_iou makes of the IoU. */
enum {
    LOSSFN_IOU_LINEAR = 0,  /* 1 - IoU */
    LOSSFN_IOU_LOG = 1,     /* -log(max(IoU, 1e-6)) */
    LOSSFN_IOU_SQUARE = 2   /* 1 - IoU^2 */
};

/* Loss of the intersection over union: 1 - IoU, -log(max(IoU, 1e-6)) or
   1 - IoU^2, by mode. The log form passes no gradient below 1e-6 (MMDetection's
   clamp). Disjoint boxes get no gradient from it: that is what the losses below
   are for.
   Source: J. Yu et al., UnitBox, 2016, arXiv 1608.01471 (log form). */
LOSSFN_DEF int lossfn_box_iou_f32(const float *pred, const float *target, size_t n, int format, int mode, double eps,
                                   const lossfn_options_f32 *options, float *loss, float *grad_pred, float *grad_target);
LOSSFN_DEF int lossfn_box_iou_f64(const double *pred, const double *target, size_t n, int format, int mode, double eps,
                                   const lossfn_options_f64 *options, double *loss, double *grad_pred, double *grad_target);

/* Generalised IoU: 1 - IoU + (C - U) / (C + eps), from 0 to 2. torchvision's
   generalized_box_iou_loss.
   Source: H. Rezatofighi et al., 2019, arXiv 1902.09630. */
LOSSFN_DEF int lossfn_box_giou_f32(const float *pred, const float *target, size_t n, int format, double eps,
                                    const lossfn_options_f32 *options, float *loss, float *grad_pred, float *grad_target);
LOSSFN_DEF int lossfn_box_giou_f64(const double *pred, const double *target, size_t n, int format, double eps,
                                    const lossfn_options_f64 *options, double *loss, double *grad_pred, double *grad_target);

/* Distance IoU: 1 - IoU + rho^2 / (c^2 + eps), from 0 to 2. torchvision's
   distance_box_iou_loss.
   Source: Z. Zheng et al., 2020, arXiv 1911.08287. */
LOSSFN_DEF int lossfn_box_diou_f32(const float *pred, const float *target, size_t n, int format, double eps,
                                    const lossfn_options_f32 *options, float *loss, float *grad_pred, float *grad_target);
LOSSFN_DEF int lossfn_box_diou_f64(const double *pred, const double *target, size_t n, int format, double eps,
                                    const lossfn_options_f64 *options, double *loss, double *grad_pred, double *grad_target);

/* Complete IoU: the distance IoU loss + alpha v, with
     v     = (4 / pi^2) (atan(w_target / h_target) - atan(w_pred / h_pred))^2,
     alpha = v / (1 - IoU + v + eps),
   alpha a constant: no gradient flows through it (as in the paper and in
   torchvision's complete_box_iou_loss; other code bases have let it flow). The
   gradient of v is exact: with q the difference of the angles,
   dv / dw_pred = -(8 / pi^2) q h / (w^2 + h^2). The authors' own code leaves out
   the factor 1 / (w^2 + h^2), and their later work sets alpha = 0 below
   IoU = 0.5: neither is done here. A box of size 0 x 0 has no angle: q = 0.
   Because alpha is held constant the gradient is not that of the loss with a
   moving alpha.
   Source: Z. Zheng et al., 2020, arXiv 1911.08287. */
LOSSFN_DEF int lossfn_box_ciou_f32(const float *pred, const float *target, size_t n, int format, double eps,
                                    const lossfn_options_f32 *options, float *loss, float *grad_pred, float *grad_target);
LOSSFN_DEF int lossfn_box_ciou_f64(const double *pred, const double *target, size_t n, int format, double eps,
                                    const lossfn_options_f64 *options, double *loss, double *grad_pred, double *grad_target);

#endif

/* ---- lossfn/segmentation ---- */
#if LFN_HAS_SEGMENTATION

/* ---- segmentation --------------------------------------------------------------

   prob holds probabilities (after a softmax or sigmoid), one per image, class and
   position: n x positions x classes with layout LOSSFN_CLASSES_LAST, n x classes x
   positions with LOSSFN_CLASSES_FIRST; positions are the pixels or voxels of one
   image in any order. The true regions are labels, n x positions, of classes 0 to
   classes - 1; or, in the functions called dense, target, a value from 0 to 1 in
   the shape of prob (multi-label masks, one foreground class alone, soft labels).
   grad_prob, in the shape of prob, is the gradient in prob; targets are constants.

   An item is an image: its loss is the mean over the classes that take part. With
   batch set the whole call is one item: sums run over all images before anything
   is divided (weight, upstream and LOSSFN_NONE then have one entry). Which is
   better is a matter of dispute: by image every image counts the same, by batch
   the value depends on the batch size but small regions are steadier.

   Which classes take part: absent LOSSFN_PRESENT_CLASSES takes those that have a
   true region in the item (an image without any is no item: not in the loss, not
   in the count), LOSSFN_ALL_CLASSES takes all, so predicting a class that is not
   there costs. Classes below first_class never take part: 1 leaves out a
   background class 0. Positions whose label is ignore_index, or whose mask value
   is 0, count nowhere and get the gradient 0. An item without a counted position
   is none.

   grad_prob may be prob, except in lossfn_lovasz_softmax. Errors of all:
   LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (no classes, or too many elements),
   LOSSFN_ERROR_PARAMETER (a number below 0 or not finite, first_class not below
   classes), LOSSFN_ERROR_OPTION, LOSSFN_ERROR_LABEL, LOSSFN_ERROR_OVERLAP
   (accumulate into prob, grad_prob over target), LOSSFN_ERROR_SCRATCH. */
enum {
    LOSSFN_PRESENT_CLASSES = 0,
    LOSSFN_ALL_CLASSES = 1
};

typedef struct lossfn_soft_dice_config {
    double smooth_numerator;    /* added above, >= 0 */
    double smooth_denominator;  /* added below, >= 0 */
    int squared;                /* nonzero: p^2 and t^2 in the denominator */
    int batch;                  /* nonzero: one item, the whole call */
    int absent;                 /* LOSSFN_PRESENT_CLASSES or LOSSFN_ALL_CLASSES */
    int32_t first_class;
    int32_t ignore_index;
} lossfn_soft_dice_config;

/* 1e-5, 1e-5, not squared, by image, present classes, first class 0, ignore -100. */
LOSSFN_DEF lossfn_soft_dice_config lossfn_soft_dice_defaults(void);

/* Soft Dice loss of one class: with I = sum p t, P = sum p, T = sum t (squared:
   sum p^2, sum t^2) over the counted positions,
     loss = 1 - (2 I + smooth_numerator) / (P + T + smooth_denominator),
   0 with gradient 0 where the denominator is 0. squared gives the V-Net form,
   whose minimum lies at p = t for soft targets too, which that of the plain form
   does not. config NULL: the defaults.
   Smoothing differs between libraries: nnU-Net adds 1 to both, MONAI 1e-5 to
   both, segmentation_models.pytorch clamps the denominator to 1e-7 and drops the
   loss of absent classes.
   Source: F. Milletari et al., V-Net, 2016, arXiv 1606.04797. */
LOSSFN_DEF int lossfn_soft_dice_f32(const float *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                     const lossfn_soft_dice_config *config, const lossfn_options_f32 *options,
                                     void *scratch, size_t scratch_size, float *loss, float *grad_prob);
LOSSFN_DEF int lossfn_soft_dice_f64(const double *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                     const lossfn_soft_dice_config *config, const lossfn_options_f64 *options,
                                     void *scratch, size_t scratch_size, double *loss, double *grad_prob);

/* The same with a target of prob's shape; mask, n x positions, may be NULL (all
   count). ignore_index is not used. */
LOSSFN_DEF int lossfn_soft_dice_dense_f32(const float *prob, const float *target, const uint8_t *mask,
                                           size_t n, size_t classes, size_t positions, int layout,
                                           const lossfn_soft_dice_config *config, const lossfn_options_f32 *options,
                                           void *scratch, size_t scratch_size, float *loss, float *grad_prob);
LOSSFN_DEF int lossfn_soft_dice_dense_f64(const double *prob, const double *target, const uint8_t *mask,
                                           size_t n, size_t classes, size_t positions, int layout,
                                           const lossfn_soft_dice_config *config, const lossfn_options_f64 *options,
                                           void *scratch, size_t scratch_size, double *loss, double *grad_prob);

/* Bytes of scratch the two need. */
LOSSFN_DEF size_t lossfn_soft_dice_scratch_f32(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_soft_dice_dense_scratch_f32(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_soft_dice_scratch_f64(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_soft_dice_dense_scratch_f64(size_t n, size_t classes);

typedef struct lossfn_tversky_config {
    double alpha;               /* weight of false positives, >= 0 */
    double beta;                /* weight of false negatives, >= 0 */
    double gamma;               /* exponent of the focal form, > 0; 1: none */
    double smooth_numerator;    /* added above, >= 0 */
    double smooth_denominator;  /* added below, >= 0 */
    int batch;                  /* nonzero: one item, the whole call */
    int absent;                 /* LOSSFN_PRESENT_CLASSES or LOSSFN_ALL_CLASSES */
    int32_t first_class;
    int32_t ignore_index;
} lossfn_tversky_config;

/* 0.5, 0.5, 1, 1e-5, 1e-5, by image, present classes, first class 0, ignore -100. */
LOSSFN_DEF lossfn_tversky_config lossfn_tversky_defaults(void);

/* Tversky loss of one class: with TP = sum p t, FP = sum p (1 - t) and
   FN = sum (1 - p) t over the counted positions,
     TI   = (TP + smooth_numerator) / (TP + alpha FP + beta FN + smooth_denominator),
     loss = (1 - TI)^gamma,
   0 with gradient 0 where the denominator is 0. alpha = beta = 0.5 is Dice (with
   half its smoothing), alpha = beta = 1 the Jaccard or IoU loss, beta > alpha
   favours recall (0.3, 0.7). gamma other than 1 is the focal Tversky loss: the
   base is clamped to 0 from below there (smoothing can make TI > 1), with no
   gradient at 0; below gamma = 1 the slope is unbounded towards 0. config NULL:
   the defaults.
   Libraries disagree on names: alpha weighs false positives here, in the first
   paper, MONAI and Keras, false negatives in the focal paper's code; the focal
   paper's exponent is 1 / gamma with gamma = 4/3, so 0.75 here.
   Sources: S. S. M. Salehi et al., 2017, arXiv 1706.05721; N. Abraham,
   N. M. Khan, 2018, arXiv 1810.07842 (focal). */
LOSSFN_DEF int lossfn_tversky_f32(const float *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                   const lossfn_tversky_config *config, const lossfn_options_f32 *options,
                                   void *scratch, size_t scratch_size, float *loss, float *grad_prob);
LOSSFN_DEF int lossfn_tversky_f64(const double *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                   const lossfn_tversky_config *config, const lossfn_options_f64 *options,
                                   void *scratch, size_t scratch_size, double *loss, double *grad_prob);

/* The same with a target of prob's shape; mask, n x positions, may be NULL (all
   count). ignore_index is not used. */
LOSSFN_DEF int lossfn_tversky_dense_f32(const float *prob, const float *target, const uint8_t *mask,
                                         size_t n, size_t classes, size_t positions, int layout,
                                         const lossfn_tversky_config *config, const lossfn_options_f32 *options,
                                         void *scratch, size_t scratch_size, float *loss, float *grad_prob);
LOSSFN_DEF int lossfn_tversky_dense_f64(const double *prob, const double *target, const uint8_t *mask,
                                         size_t n, size_t classes, size_t positions, int layout,
                                         const lossfn_tversky_config *config, const lossfn_options_f64 *options,
                                         void *scratch, size_t scratch_size, double *loss, double *grad_prob);

/* Bytes of scratch the two need. */
LOSSFN_DEF size_t lossfn_tversky_scratch_f32(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_tversky_dense_scratch_f32(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_tversky_scratch_f64(size_t n, size_t classes);
LOSSFN_DEF size_t lossfn_tversky_dense_scratch_f64(size_t n, size_t classes);

typedef struct lossfn_lovasz_softmax_config {
    int batch;                  /* nonzero: one item, the whole call */
    int absent;                 /* LOSSFN_PRESENT_CLASSES or LOSSFN_ALL_CLASSES */
    int32_t first_class;
    int32_t ignore_index;
} lossfn_lovasz_softmax_config;

/* By image, present classes, first class 0, ignore -100. The authors' code
   defaults to the whole batch. */
LOSSFN_DEF lossfn_lovasz_softmax_config lossfn_lovasz_softmax_defaults(void);

/* Lovasz-softmax loss, the convex extension of the Jaccard loss. For one class,
   with t = 1 where it is the label and errors e = |t - p| sorted descending,
     loss = sum_k e_k (J_k - J_{k-1}),
   where J_k = 1 - |true minus the first k| / |true joined with the first k| is the
   Jaccard loss when the first k positions are wrong, J_0 = 0. Gradient
   sign(p - t) (J_k - J_{k-1}); equal errors keep the order of their positions,
   which is one choice among the subgradients there. A class without a true
   position (LOSSFN_ALL_CLASSES) costs its largest probability. Sorting is O(m) in
   the count of positions. config NULL: the defaults. At most 2^32 - 1 positions in
   an item (LOSSFN_ERROR_SIZE).
   Source: M. Berman et al., 2018, arXiv 1705.08790. */
LOSSFN_DEF int lossfn_lovasz_softmax_f32(const float *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                          const lossfn_lovasz_softmax_config *config, const lossfn_options_f32 *options,
                                          void *scratch, size_t scratch_size, float *loss, float *grad_prob);
LOSSFN_DEF int lossfn_lovasz_softmax_f64(const double *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                          const lossfn_lovasz_softmax_config *config, const lossfn_options_f64 *options,
                                          void *scratch, size_t scratch_size, double *loss, double *grad_prob);

/* Bytes of scratch it needs; batch as in the config. */
LOSSFN_DEF size_t lossfn_lovasz_softmax_scratch_f32(size_t n, size_t classes, size_t positions, int batch);
LOSSFN_DEF size_t lossfn_lovasz_softmax_scratch_f64(size_t n, size_t classes, size_t positions, int batch);

#endif

/* ---- lossfn/sequence ---- */
#if LFN_HAS_SEQUENCE

typedef struct lossfn_ctc_config {
    int32_t blank;      /* class of the blank */
    int batch_first;    /* 0: logits are steps x n x classes; 1: n x steps x classes */
    int log_probs;      /* 0: logits, the softmax is taken inside; 1: log-probabilities */
    int zero_infinity;  /* nonzero: an item that cannot be aligned has the loss 0 */
    int by_length;      /* nonzero: divides the loss of an item by max(target length, 1) */
} lossfn_ctc_config;

/* Blank 0, time first, logits, infinite losses kept, not by length. */
LOSSFN_DEF lossfn_ctc_config lossfn_ctc_defaults(void);

/* Connectionist temporal classification: the negative log-probability of the
   target under all its alignments,
     loss = -log sum over paths of prod_t p_t(path_t),
   where a path has one class per time step and becomes the target when repeated
   classes are merged and blanks taken out, and p_t is the softmax of the logits
   at step t.

   logits          steps x n x classes (or n x steps x classes, batch_first): raw
                   scores; with log_probs their log-softmax, or any log-weights
   targets         the n targets one after the other, target_count labels in all,
                   from 0 to classes - 1 and none the blank
   input_lengths   n: steps that count of each item, 0 to steps; what lies behind
                   is not read and gets the gradient 0
   target_lengths  n: labels of each target, 0 upwards; their sum is target_count
   grad_logits     in the shape of logits; may be logits

   An item is one sequence. The gradient in logits is softmax minus posterior (the
   expected count of each class at each step given the target), computed without
   storing the softmax; in log-probabilities it is minus the posterior, exact for
   any log-weights. (PyTorch's own backward gives exp(log_prob) - posterior there,
   the same once it has gone through its log-softmax.)

   A target that cannot be aligned (input length below target length + count of
   equal neighbours, or only paths of probability 0) has the loss +infinity, or 0
   with zero_infinity, and the gradient 0 either way (PyTorch gives NaN without
   zero_infinity). An empty target means blanks throughout; no steps and an empty
   target give the loss 0. Items of infinite loss count in the mean, as in PyTorch.
   PyTorch's reduction "mean" is by_length with LOSSFN_MEAN.

   Time O(input length x (2 target length + 1)) in logarithms, all in double.
   config NULL: the defaults. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (no
   classes, too many elements, lengths out of range or not adding up),
   LOSSFN_ERROR_PARAMETER (blank), LOSSFN_ERROR_OPTION, LOSSFN_ERROR_LABEL,
   LOSSFN_ERROR_OVERLAP (accumulate into logits), LOSSFN_ERROR_SCRATCH.
   Source: A. Graves et al., Connectionist temporal classification, 2006. */
LOSSFN_DEF int lossfn_ctc_f32(const float *logits, const int32_t *targets, const int32_t *input_lengths, const int32_t *target_lengths,
                               size_t steps, size_t n, size_t classes, size_t target_count,
                               const lossfn_ctc_config *config, const lossfn_options_f32 *options,
                               void *scratch, size_t scratch_size, float *loss, float *grad_logits);
LOSSFN_DEF int lossfn_ctc_f64(const double *logits, const int32_t *targets, const int32_t *input_lengths, const int32_t *target_lengths,
                               size_t steps, size_t n, size_t classes, size_t target_count,
                               const lossfn_ctc_config *config, const lossfn_options_f64 *options,
                               void *scratch, size_t scratch_size, double *loss, double *grad_logits);

/* Bytes of scratch it needs; longest_target is the largest of target_lengths. */
LOSSFN_DEF size_t lossfn_ctc_scratch_f32(size_t steps, size_t longest_target);
LOSSFN_DEF size_t lossfn_ctc_scratch_f64(size_t steps, size_t longest_target);

#endif

/* ---- lossfn/image ---- */
#if LFN_HAS_IMAGE

typedef struct lossfn_ssim_config {
    int window;     /* taps of the window along each side, >= 1 */
    double sigma;   /* of the Gaussian, in pixels; 0: a uniform window */
    double k1, k2;  /* > 0 */
} lossfn_ssim_config;

/* 11, 1.5, 0.01, 0.03: the paper's. */
LOSSFN_DEF lossfn_ssim_config lossfn_ssim_defaults(void);

/* Structural similarity as a loss: 1 - SSIM, SSIM the mean over all places of the
   window and all channels of
     (2 mu_x mu_y + C1) (2 sigma_xy + C2) / ((mu_x^2 + mu_y^2 + C1) (sigma_x^2 + sigma_y^2 + C2)),
   where mu, sigma^2 and sigma_xy are means, variances and the covariance under
   the window, C1 = (k1 data_range)^2, C2 = (k2 data_range)^2. From 0 (equal
   images) to 2.

   pred, target    n x channels x height x width
   data_range      largest minus smallest value a pixel can have: 1 or 255, mostly.
                   There is no default, for the usual guesses are silently wrong.
   grad_pred, grad_target  of the same shape, either may be NULL; grad_pred may be
                   pred, grad_target target

   An item is an image. Only places where the window lies wholly inside count
   (height - window + 1 rows, width - window + 1 columns): as in the authors' code
   and in scikit-image with gaussian_weights, which crops the border; others pad.
   Variances are weighted by the window, not corrected for the sample: scikit-image's
   use_sample_covariance = False. Some libraries halve the loss (Kornia).

   All arithmetic is in double, for both types, and the mean of each plane is
   taken off before squares are formed: sigma^2 = sum w (x - m)^2 - (mu - m)^2 then
   loses no digits that C2 would not cover, where the same in float can come out
   negative.

   config NULL: the defaults. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE (no
   channels, an image smaller than the window, too many elements),
   LOSSFN_ERROR_PARAMETER, LOSSFN_ERROR_OPTION, LOSSFN_ERROR_OVERLAP,
   LOSSFN_ERROR_SCRATCH.
   Source: Z. Wang et al., Image quality assessment: from error visibility to
   structural similarity, 2004. */
LOSSFN_DEF int lossfn_ssim_f32(const float *pred, const float *target, size_t n, size_t channels, size_t height, size_t width,
                                double data_range, const lossfn_ssim_config *config, const lossfn_options_f32 *options,
                                void *scratch, size_t scratch_size, float *loss, float *grad_pred, float *grad_target);
LOSSFN_DEF int lossfn_ssim_f64(const double *pred, const double *target, size_t n, size_t channels, size_t height, size_t width,
                                double data_range, const lossfn_ssim_config *config, const lossfn_options_f64 *options,
                                void *scratch, size_t scratch_size, double *loss, double *grad_pred, double *grad_target);

/* Bytes of scratch it needs: one plane at a time is worked on. window as in the config. */
LOSSFN_DEF size_t lossfn_ssim_scratch_f32(size_t height, size_t width, int window);
LOSSFN_DEF size_t lossfn_ssim_scratch_f64(size_t height, size_t width, int window);

#endif

/* ---- lossfn/audio ---- */
#if LFN_HAS_AUDIO

/* The most resolutions of lossfn_multi_resolution_stft. */
#define LOSSFN_STFT_RESOLUTIONS 8

typedef struct lossfn_multi_resolution_stft_config {
    int resolutions;                        /* 1 to LOSSFN_STFT_RESOLUTIONS */
    int fft_size[LOSSFN_STFT_RESOLUTIONS];  /* samples per transform, 2 to 2^24, any number */
    int hop[LOSSFN_STFT_RESOLUTIONS];       /* samples from frame to frame, >= 1 */
    int window[LOSSFN_STFT_RESOLUTIONS];    /* samples of the Hann window, 1 to fft_size */
    double convergence;                     /* weight of the spectral convergence, >= 0 */
    double log_magnitude;                   /* weight of the difference of log magnitudes, >= 0 */
    double magnitude;                       /* weight of the difference of magnitudes, >= 0 */
    double eps;                             /* least power of a bin, > 0 */
} lossfn_multi_resolution_stft_config;

/* 1024 / 120 / 600, 2048 / 240 / 1200 and 512 / 50 / 240 samples of transform,
   hop and window, weights 1, 1, 0, eps 1e-8: those of Parallel WaveGAN and of
   auraloss. */
LOSSFN_DEF lossfn_multi_resolution_stft_config lossfn_multi_resolution_stft_defaults(void);

/* Multi-resolution spectrogram loss: the mean over the resolutions of
     convergence |Y - X|_F / |Y|_F
     + log_magnitude mean |log X - log Y| + magnitude mean |X - Y|,
   where X and Y are the magnitudes sqrt(max(re^2 + im^2, eps)) of the short-time
   spectra of pred and target, over all frames and the fft_size / 2 + 1 bins.

   pred, target  n x samples; an item is one signal. More samples than half the
                 largest fft_size, for the signal is continued by reflection at
                 both ends by that much (LOSSFN_ERROR_SIZE otherwise)
   grad_pred     n x samples, the gradient in pred; may be pred

   Frames lie as in torch.stft with center: frame f is centred at sample f hop, its
   window is the periodic Hann window 0.5 - 0.5 cos(2 pi t / window) in the middle
   of fft_size samples, there are 1 + (samples + 2 (fft_size / 2) - fft_size) / hop.
   No normalisation. A bin at the least power (silence) passes no gradient, equal
   magnitudes have the slope 0, and so have all bins in the convergence term where
   it is 0. eps keeps |Y|_F above 0: silence costs nothing against silence and is
   finite against anything.

   Here each signal has its own convergence (auraloss); Parallel WaveGAN takes the
   norms over the whole batch, which is the same for one signal.

   config NULL: the defaults. Errors: LOSSFN_ERROR_NULL, LOSSFN_ERROR_SIZE,
   LOSSFN_ERROR_PARAMETER (a field out of its range), LOSSFN_ERROR_OPTION,
   LOSSFN_ERROR_OVERLAP (accumulate into pred, grad_pred over target),
   LOSSFN_ERROR_SCRATCH.
   Source: R. Yamamoto et al., Parallel WaveGAN, 2020, arXiv 1910.11480. */
LOSSFN_DEF int lossfn_multi_resolution_stft_f32(const float *pred, const float *target, size_t n, size_t samples,
                                                 const lossfn_multi_resolution_stft_config *config, const lossfn_options_f32 *options,
                                                 void *scratch, size_t scratch_size, float *loss, float *grad_pred);
LOSSFN_DEF int lossfn_multi_resolution_stft_f64(const double *pred, const double *target, size_t n, size_t samples,
                                                 const lossfn_multi_resolution_stft_config *config, const lossfn_options_f64 *options,
                                                 void *scratch, size_t scratch_size, double *loss, double *grad_pred);

/* Bytes of scratch it needs; SIZE_MAX for a config out of range. */
LOSSFN_DEF size_t lossfn_multi_resolution_stft_scratch_f32(size_t samples, const lossfn_multi_resolution_stft_config *config);
LOSSFN_DEF size_t lossfn_multi_resolution_stft_scratch_f64(size_t samples, const lossfn_multi_resolution_stft_config *config);

#endif

/* ---- lossfn/regularisers ---- */
#if LFN_HAS_REGULARISERS

/* ---- regularisers ----------------------------------------------------------------

   A penalty of n parameters x; an item is one value. LOSSFN_SUM is the usual
   reduction here, with options->upstream or the penalty's own factors as its
   strength. Outputs and errors as in the regression family. */

/* Elastic net: loss = l1 |x| + l2 x^2 / 2, gradient l1 sign(x) + l2 x with
   sign(0) = 0, second derivative l2. l1, l2 >= 0; l2 = 0 is the lasso penalty,
   l1 = 0 ridge (weight decay). scikit-learn writes l1 = alpha l1_ratio,
   l2 = alpha (1 - l1_ratio).
   Source: H. Zou, T. Hastie, Regularization and variable selection via the elastic
   net, 2005. */
LOSSFN_DEF int lossfn_elastic_net_f32(const float *x, size_t n, double l1, double l2, const lossfn_options_f32 *options,
                                       float *loss, float *grad_x, float *hess_x);
LOSSFN_DEF int lossfn_elastic_net_f64(const double *x, size_t n, double l1, double l2, const lossfn_options_f64 *options,
                                       double *loss, double *grad_x, double *hess_x);

#endif

/* ---- one value at a time: the formulas as inline functions ------------------- */

#define LFN_PASS 1
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS

#define LFN_ISA 0
#define LFN_PASS 3
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_PASS
#undef LFN_ISA

#define LFN_PASS 2
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS


/* ---- lossfn/elementwise ---- */

LOSSFN_INLINE float lfn_elem_out_f32(lfn_point_f32 p, float *grad, float *hess)
{
    if (grad) *grad = p.grad;
    if (hess) *hess = p.hess;
    return p.loss;
}
LOSSFN_INLINE double lfn_elem_out_f64(lfn_point_f64 p, double *grad, double *hess)
{
    if (grad) *grad = p.grad;
    if (hess) *hess = p.hess;
    return p.loss;
}

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

/* The same on one value, usable without the implementation: the loss is
   returned, the derivatives go where the pointers say (NULL: nowhere). Nothing is
   checked: hyper-parameters must be in range. */
LOSSFN_INLINE float lossfn_mse_elem_f32(float pred, float target, float *grad_pred, float *hess_pred)
{
    return lfn_elem_out_f32(lfn_mse_point_f32(pred, target, &pred), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_mse_elem_f64(double pred, double target, double *grad_pred, double *hess_pred)
{
    return lfn_elem_out_f64(lfn_mse_point_f64(pred, target, &pred), grad_pred, hess_pred);
}

LOSSFN_INLINE float lossfn_mae_elem_f32(float pred, float target, float *grad_pred, float *hess_pred)
{
    return lfn_elem_out_f32(lfn_mae_point_f32(pred, target, &pred), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_mae_elem_f64(double pred, double target, double *grad_pred, double *hess_pred)
{
    return lfn_elem_out_f64(lfn_mae_point_f64(pred, target, &pred), grad_pred, hess_pred);
}

LOSSFN_INLINE float lossfn_huber_elem_f32(float pred, float target, float delta, float *grad_pred, float *hess_pred)
{
    return lfn_elem_out_f32(lfn_huber_point_f32(pred, target, &delta), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_huber_elem_f64(double pred, double target, double delta, double *grad_pred, double *hess_pred)
{
    return lfn_elem_out_f64(lfn_huber_point_f64(pred, target, &delta), grad_pred, hess_pred);
}

/* beta and 1 / beta; 0 and 0 where that could overflow */
LOSSFN_INLINE void lfn_smooth_l1_param_f32(float beta, float *h)
{
    const float least = LFN_CAST(float, sizeof(float) == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308);
    h[0] = beta < least ? 0 : beta;
    h[1] = beta < least ? 0 : 1 / beta;
}
LOSSFN_INLINE void lfn_smooth_l1_param_f64(double beta, double *h)
{
    const double least = LFN_CAST(double, sizeof(double) == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308);
    h[0] = beta < least ? 0 : beta;
    h[1] = beta < least ? 0 : 1 / beta;
}

LOSSFN_INLINE float lossfn_smooth_l1_elem_f32(float pred, float target, float beta, float *grad_pred, float *hess_pred)
{
    float h[2];
    lfn_smooth_l1_param_f32(beta, h);
    return lfn_elem_out_f32(lfn_smooth_l1_point_f32(pred, target, h), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_smooth_l1_elem_f64(double pred, double target, double beta, double *grad_pred, double *hess_pred)
{
    double h[2];
    lfn_smooth_l1_param_f64(beta, h);
    return lfn_elem_out_f64(lfn_smooth_l1_point_f64(pred, target, h), grad_pred, hess_pred);
}

LOSSFN_INLINE float lossfn_log_cosh_elem_f32(float pred, float target, float a, float *grad_pred, float *hess_pred)
{
    float h[2];
    h[0] = a;
    h[1] = 1 / a;
    return lfn_elem_out_f32(lfn_log_cosh_point_f32(pred, target, h), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_log_cosh_elem_f64(double pred, double target, double a, double *grad_pred, double *hess_pred)
{
    double h[2];
    h[0] = a;
    h[1] = 1 / a;
    return lfn_elem_out_f64(lfn_log_cosh_point_f64(pred, target, h), grad_pred, hess_pred);
}

LOSSFN_INLINE float lossfn_quantile_elem_f32(float pred, float target, float alpha, float *grad_pred, float *hess_pred)
{
    return lfn_elem_out_f32(lfn_quantile_point_f32(pred, target, &alpha), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_quantile_elem_f64(double pred, double target, double alpha, double *grad_pred, double *hess_pred)
{
    return lfn_elem_out_f64(lfn_quantile_point_f64(pred, target, &alpha), grad_pred, hess_pred);
}

#endif

/* ---- lossfn/counts ---- */
#if LFN_HAS_COUNTS

/* On one value; see the regression family. */
LOSSFN_INLINE float lossfn_poisson_nll_elem_f32(float pred, float target, int log_input, int full, float eps, float *grad_pred, float *hess_pred)
{
    float h[2];
    h[0] = full ? 1 : 0;
    h[1] = eps;
    return lfn_elem_out_f32(log_input ? lfn_poisson_log_point_f32(pred, target, h) : lfn_poisson_rate_point_f32(pred, target, h),
                             grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_poisson_nll_elem_f64(double pred, double target, int log_input, int full, double eps, double *grad_pred, double *hess_pred)
{
    double h[2];
    h[0] = full ? 1 : 0;
    h[1] = eps;
    return lfn_elem_out_f64(log_input ? lfn_poisson_log_point_f64(pred, target, h) : lfn_poisson_rate_point_f64(pred, target, h),
                             grad_pred, hess_pred);
}

#endif

/* ---- lossfn/binary ---- */
#if LFN_HAS_BINARY

/* On one value; see the regression family. */
LOSSFN_INLINE float lossfn_bce_with_logits_elem_f32(float pred, float target, float pos_weight, float *grad_pred, float *hess_pred)
{
    return lfn_elem_out_f32(lfn_bce_with_logits_point_f32(pred, target, &pos_weight), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_bce_with_logits_elem_f64(double pred, double target, double pos_weight, double *grad_pred, double *hess_pred)
{
    return lfn_elem_out_f64(lfn_bce_with_logits_point_f64(pred, target, &pos_weight), grad_pred, hess_pred);
}

LOSSFN_INLINE float lossfn_squared_hinge_elem_f32(float pred, float target, float *grad_pred, float *hess_pred)
{
    return lfn_elem_out_f32(lfn_squared_hinge_point_f32(pred, target, &pred), grad_pred, hess_pred);
}
LOSSFN_INLINE double lossfn_squared_hinge_elem_f64(double pred, double target, double *grad_pred, double *hess_pred)
{
    return lfn_elem_out_f64(lfn_squared_hinge_point_f64(pred, target, &pred), grad_pred, hess_pred);
}

#endif

/* ---- lossfn/regularisers ---- */
#if LFN_HAS_REGULARISERS

/* On one value; see the regression family. */
LOSSFN_INLINE float lossfn_elastic_net_elem_f32(float x, float l1, float l2, float *grad_x, float *hess_x)
{
    float h[2];
    h[0] = l1;
    h[1] = l2;
    return lfn_elem_out_f32(lfn_elastic_net_point_f32(x, x, h), grad_x, hess_x);
}
LOSSFN_INLINE double lossfn_elastic_net_elem_f64(double x, double l1, double l2, double *grad_x, double *hess_x)
{
    double h[2];
    h[0] = l1;
    h[1] = l2;
    return lfn_elem_out_f64(lfn_elastic_net_point_f64(x, x, h), grad_x, hess_x);
}

#endif
#endif /* LOSSFN_H */

#if defined(LOSSFN_IMPLEMENTATION) && !defined(LOSSFN_IMPLEMENTED)
#define LOSSFN_IMPLEMENTED
/* ---- which instruction sets are compiled in ---------------------------------- */

/* LFN_X86, LFN_NEON: vector code is compiled in. It wants GCC's vector types,
   a 64-bit target and IEEE doubles; everything else runs the scalar pass. */
#if !defined(LOSSFN_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__x86_64__) && !defined(__CUDACC__)
#define LFN_X86 1
#include <immintrin.h>
#else
#define LFN_X86 0
#endif
#if !defined(LOSSFN_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__aarch64__) \
    && defined(__ARM_NEON) && !defined(__AARCH64EB__) && !defined(__CUDACC__)
#define LFN_NEON 1
#include <arm_neon.h>
#else
#define LFN_NEON 0
#endif
#if LFN_X86 && defined(LOSSFN_AVX512)
#define LFN_X86_512 1
#else
#define LFN_X86_512 0
#endif

#define LFN_ISA_SCALAR 0
#define LFN_ISA_AVX2 1
#define LFN_ISA_AVX512 2
#define LFN_ISA_NEON 3

/* A small helper that vector code calls: inlined into it, because a call would go
   from AVX code to SSE code and back, which costs more than the helper does. */
#if defined(__GNUC__) && !defined(__TINYC__)
#define LFN_SMALL static inline __attribute__((always_inline, unused))
#else
#define LFN_SMALL LFN_UNUSED static inline
#endif


/* ---- core/platform ---- */

/* Masked loads and stores are invisible to the memory sanitizer. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define LFN_NO_MASKED_MOVES 1
#endif
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define LFN_ATOMIC_LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define LFN_ATOMIC_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define LFN_ATOMIC_LOAD(p) (*(p))
#define LFN_ATOMIC_STORE(p, v) (*(p) = (v))
#endif

static int lfn_isa_cached = -1;

LFN_UNUSED static int lfn_isa_supported(int isa)
{
    if (isa == LFN_ISA_SCALAR) return 1;
#if LFN_X86
    __builtin_cpu_init();
    if (isa == LFN_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#if LFN_X86_512
    if (isa == LFN_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    if (isa == LFN_ISA_NEON) return LFN_NEON;
    return 0;
}

LFN_UNUSED static int lfn_isa(void)
{
    int isa = LFN_ATOMIC_LOAD(&lfn_isa_cached);
    if (isa >= 0) return isa;
    isa = LFN_ISA_SCALAR;
    if (lfn_isa_supported(LFN_ISA_NEON)) isa = LFN_ISA_NEON;
    if (lfn_isa_supported(LFN_ISA_AVX2)) isa = LFN_ISA_AVX2;
    if (lfn_isa_supported(LFN_ISA_AVX512)) isa = LFN_ISA_AVX512;
    LFN_ATOMIC_STORE(&lfn_isa_cached, isa);
    return isa;
}

LOSSFN_DEF int lossfn_isa(void) { return lfn_isa(); }

LOSSFN_DEF const char *lossfn_isa_name(int isa)
{
    switch (isa) {
    case LFN_ISA_SCALAR: return "scalar";
    case LFN_ISA_AVX2: return "avx2";
    case LFN_ISA_AVX512: return "avx512";
    case LFN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

LOSSFN_DEF int lossfn_isa_force(int isa)
{
    if (!lfn_isa_supported(isa)) return 0;
    LFN_ATOMIC_STORE(&lfn_isa_cached, isa);
    return 1;
}

/* a * b, or SIZE_MAX when it does not fit: no array is that long. */
LFN_UNUSED static size_t lfn_mul(size_t a, size_t b)
{
    return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

LFN_UNUSED static size_t lfn_add(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Whether n elements of this many bytes are more than an array can hold. */
LFN_UNUSED static int lfn_too_big(size_t n, size_t bytes)
{
    return n > (size_t)PTRDIFF_MAX / bytes;
}

/* By the bits, so that it holds under -ffast-math too. */
LFN_UNUSED static int lfn_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

/* ---- core/status ---- */

LOSSFN_DEF const char *lossfn_strerror(int status)
{
    switch (status) {
    case LOSSFN_OK: return "no error";
    case LOSSFN_ERROR_NULL: return "a required pointer is NULL";
    case LOSSFN_ERROR_SIZE: return "a size is out of range, or sizes that must agree do not";
    case LOSSFN_ERROR_PARAMETER: return "a hyper-parameter is not finite or out of its documented range";
    case LOSSFN_ERROR_LABEL: return "a label or index is out of range";
    case LOSSFN_ERROR_OPTION: return "an option has a value the function does not know";
    case LOSSFN_ERROR_SCRATCH: return "the scratch memory is missing or too small";
    case LOSSFN_ERROR_OVERLAP: return "buffers overlap that must not";
    default: return "unknown status";
    }
}

/* Scratch comes from the caller as one block; pieces are cut off it one after
   the other, each aligned to 64 bytes. lfn_piece(n, bytes) is the room n
   elements take, LOSSFN_..._scratch functions add the pieces up. */
LFN_UNUSED static size_t lfn_piece(size_t n, size_t bytes)
{
    size_t size = lfn_mul(n, bytes);
    return size > SIZE_MAX - 127 ? SIZE_MAX : (size + 63) / 64 * 64 + 64;
}

LFN_UNUSED static void *lfn_cut(void **scratch, size_t n, size_t bytes)
{
    char *start = (char *)*scratch;
    uintptr_t misaligned = (uintptr_t)start % 64;
    char *piece = misaligned ? start + (64 - misaligned) : start;
    *scratch = start + lfn_piece(n, bytes);
    return piece;
}

/* ---- core/sort ---- */

#define LFN_SORT_SMALL 32
#define LFN_SORT_DIGIT 11

/* Bytes of scratch for n keys: two arrays of keys, one of indices, the counts. */
LFN_UNUSED static size_t lfn_argsort_room(size_t n)
{
    size_t room = lfn_add(lfn_mul(2, lfn_piece(n, sizeof(uint64_t))), lfn_piece(n, sizeof(uint32_t)));
    return lfn_add(room, lfn_piece((size_t)1 << LFN_SORT_DIGIT, sizeof(uint32_t)));
}

/* Where a radix sort works: its second array of keys and of indices, and the counts. */
typedef struct {
    uint64_t *first, *second;
    uint32_t *index, *counts;
} lfn_sort_arrays;

LFN_UNUSED static lfn_sort_arrays lfn_sort_cut(size_t n, void *scratch)
{
    lfn_sort_arrays arrays;
    arrays.first = (uint64_t *)lfn_cut(&scratch, n, sizeof(uint64_t));
    arrays.second = (uint64_t *)lfn_cut(&scratch, n, sizeof(uint64_t));
    arrays.index = (uint32_t *)lfn_cut(&scratch, n, sizeof(uint32_t));
    arrays.counts = (uint32_t *)lfn_cut(&scratch, (size_t)1 << LFN_SORT_DIGIT, sizeof(uint32_t));
    return arrays;
}

/* How to cut the bits in which keys differ into digits: count digits of width
   bits, at most `most`, the first at low. */
typedef struct {
    unsigned low, width, count;
} lfn_sort_digits;

LFN_UNUSED static lfn_sort_digits lfn_sort_plan(uint64_t differ, unsigned most)
{
    lfn_sort_digits digits = {0, 0, 0};
    unsigned high;
    if (!differ) return digits;
    while (!(differ >> digits.low & 1)) digits.low++;
    for (high = 64; !(differ >> (high - 1) & 1); high--) {}
    digits.count = (high - digits.low + most - 1) / most;
    digits.width = (high - digits.low + digits.count - 1) / digits.count;
    return digits;
}

/* The bits in which two of the keys differ at least. */
LFN_UNUSED static uint64_t lfn_sort_differ(const uint64_t *keys, size_t n)
{
    uint64_t all = ~UINT64_C(0), any = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        all &= keys[k];
        any |= keys[k];
    }
    return n ? all ^ any : 0;
}

/* counts[d] becomes the place of the first key whose digit is d. */
LFN_UNUSED static void lfn_sort_count(const uint64_t *keys, size_t n, unsigned shift, unsigned width, uint32_t *counts)
{
    const size_t buckets = (size_t)1 << width;
    const uint64_t mask = buckets - 1;
    uint32_t place = 0, count;
    size_t k;
    memset(counts, 0, buckets * sizeof *counts);
    for (k = 0; k < n; k++) counts[keys[k] >> shift & mask]++;
    for (k = 0; k < buckets; k++) {
        count = counts[k];
        counts[k] = place;
        place += count;
    }
}

/* Sorts a by the bits that differ holds, with b as second array. Returns the one
   of a and b in which the sorted keys are. */
LFN_UNUSED static uint64_t *lfn_sort_keys(uint64_t *a, uint64_t *b, size_t n, uint64_t differ, uint32_t *counts)
{
    const lfn_sort_digits digits = lfn_sort_plan(differ, n < 4096 ? 8 : LFN_SORT_DIGIT);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *swap;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        lfn_sort_count(a, n, shift, digits.width, counts);
        for (k = 0; k < n; k++) {
            const uint64_t key = a[k];
            b[counts[key >> shift & mask]++] = key;
        }
        swap = a;
        a = b;
        b = swap;
    }
    return a;
}

/* The same with an index each: sorts arrays->first and index; both end up where they were. */
LFN_UNUSED static void lfn_sort_with_index(const lfn_sort_arrays *arrays, size_t n, uint32_t *index)
{
    const uint64_t differ = lfn_sort_differ(arrays->first, n);
    const lfn_sort_digits digits = lfn_sort_plan(differ, 8);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *a = arrays->first, *b = arrays->second, *swap;
    uint32_t *from = index, *to = arrays->index, *swap_index;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        lfn_sort_count(a, n, shift, digits.width, arrays->counts);
        for (k = 0; k < n; k++) {
            const uint64_t key = a[k];
            const uint32_t place = arrays->counts[key >> shift & mask]++;
            b[place] = key;
            to[place] = from[k];
        }
        swap = a;
        a = b;
        b = swap;
        swap_index = from;
        from = to;
        to = swap_index;
    }
    if (a != arrays->first) {
        memcpy(arrays->first, a, n * sizeof *a);
        memcpy(index, from, n * sizeof *index);
    }
}

/* Few keys, by insertion. */
LFN_UNUSED static void lfn_sort_insert(uint64_t *keys, uint32_t *index, size_t n)
{
    size_t k, j;
    for (k = 1; k < n; k++) {
        const uint64_t key = keys[k];
        const uint32_t carried = index[k];
        for (j = k; j > 0 && keys[j - 1] > key; j--) {
            keys[j] = keys[j - 1];
            index[j] = index[j - 1];
        }
        keys[j] = key;
        index[j] = carried;
    }
}

/* Integers in place, ascending. */
LFN_UNUSED static void lfn_sort_u64(uint64_t *keys, size_t n, void *scratch)
{
    size_t k, j;
    if (n <= LFN_SORT_SMALL) {
        for (k = 1; k < n; k++) {
            const uint64_t key = keys[k];
            for (j = k; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        uint64_t *sorted = lfn_sort_keys(keys, arrays.first, n, lfn_sort_differ(keys, n), arrays.counts);
        if (sorted != keys) memcpy(keys, sorted, n * sizeof *keys);
    }
}

/* keys[index[0]] <= keys[index[1]] <= ... */
LFN_UNUSED static void lfn_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch)
{
    uint64_t few[LFN_SORT_SMALL];
    size_t k;
    if (!n) return;
    for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    if (n <= LFN_SORT_SMALL) {
        memcpy(few, keys, n * sizeof *few);
        lfn_sort_insert(few, index, n);
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        memcpy(arrays.first, keys, n * sizeof *keys);
        lfn_sort_with_index(&arrays, n, index);
    }
}

/* ---- core/fft ---- */

/* The plan: n real numbers, points complex ones, transforms of that length or,
   with a chirp, of the larger one. The tables are lfn_real arrays behind it. */
typedef struct {
    size_t n, points, length;
    unsigned passes;
    unsigned char radix[64];
    void *twiddle_re, *twiddle_im, *split_re, *split_im, *chirp_re, *chirp_im, *filter_re, *filter_im;
} lfn_fft_shape;

/* cos and sin of 2 pi j / n, with the angle brought into [0, pi / 4] by integers. */
LFN_UNUSED static void lfn_fft_root(uint64_t j, uint64_t n, double *cosine, double *sine)
{
    uint64_t eighth;
    double angle, c, s;
    int negative = 0, reflected = 0, swapped = 0;
    j %= n;
    if (j > n - j) { j = n - j; negative = 1; }              /* angle -> 2 pi - angle */
    eighth = 8 * j;
    if (eighth > 2 * n) { eighth = 4 * n - eighth; reflected = 1; }   /* -> pi - angle */
    if (eighth > n) { eighth = 2 * n - eighth; swapped = 1; }         /* -> pi / 2 - angle */
    angle = 0.78539816339744831 * ((double)eighth / (double)n);
    c = swapped ? sin(angle) : cos(angle);
    s = swapped ? cos(angle) : sin(angle);
    *cosine = reflected ? -c : c;
    *sine = negative ? -s : s;
}

/* Fills in all of the shape but its tables. */
LFN_UNUSED static void lfn_fft_measure(size_t n, lfn_fft_shape *shape)
{
    static const unsigned char radices[4] = {4, 2, 3, 5};
    size_t rest;
    int k;
    memset(shape, 0, sizeof *shape);
    shape->n = n;
    shape->points = n % 2 ? n : n / 2;
    for (;;) {
        rest = shape->length ? shape->length : shape->points;
        shape->passes = 0;
        for (k = 0; k < 4; k++)
            for (; rest % radices[k] == 0; rest /= radices[k]) shape->radix[shape->passes++] = radices[k];
        if (rest == 1) break;
        for (shape->length = 1; shape->length < 2 * shape->points - 1;) shape->length *= 2;
    }
    if (!shape->length) shape->length = shape->points;
}

/* Whether the transform goes through a chirp. */
LFN_UNUSED static int lfn_fft_chirped(const lfn_fft_shape *shape) { return shape->length != shape->points; }

/* ---- lossfn/options ---- */

/* A block of memory, for the check of overlaps. */
typedef struct {
    const void *start;
    size_t bytes;
} lfn_span;

LFN_UNUSED static lfn_span lfn_span_of(const void *start, size_t n, size_t bytes)
{
    lfn_span span;
    span.start = start;
    span.bytes = start ? n * bytes : 0;
    return span;
}

LFN_UNUSED static int lfn_spans_meet(lfn_span a, lfn_span b)
{
    const uintptr_t x = (uintptr_t)a.start, y = (uintptr_t)b.start;
    return a.bytes && b.bytes && (x < y ? y - x < a.bytes : x - y < b.bytes);
}

/* Whether an output shares memory with another output or with an input. Where
   in_place is set an output may be exactly an input. */
LFN_UNUSED static int lfn_spans_clash(const lfn_span *inputs, int input_count, const lfn_span *outputs, int output_count, int in_place)
{
    int i, j;
    for (j = 0; j < output_count; j++) {
        for (i = 0; i < j; i++)
            if (lfn_spans_meet(outputs[i], outputs[j])) return 1;
        for (i = 0; i < input_count; i++) {
            const int same = inputs[i].start == outputs[j].start && inputs[i].bytes == outputs[j].bytes;
            if (lfn_spans_meet(inputs[i], outputs[j]) && !(in_place && same)) return 1;
        }
    }
    return 0;
}

/* ---- lossfn/linear_cross_entropy ---- */
#if LFN_HAS_LINEAR

/* Rows of a block and classes of a tile. */
#define LFN_LINEAR_ROWS ((size_t)128)
#define LFN_LINEAR_TILE ((size_t)256)

#endif

/* ---- lossfn/contrastive ---- */
#if LFN_HAS_CONTRASTIVE

/* Rows and columns of a tile. */
#define LFN_CONTRAST_TILE ((size_t)128)

#endif

/* ---- lossfn/margin ---- */
#if LFN_HAS_MARGIN

/* Rows of a block and classes of a tile. */
#define LFN_MARGIN_ROWS ((size_t)128)
#define LFN_MARGIN_TILE ((size_t)128)

#endif

/* ---- lossfn/listwise ---- */
#if LFN_HAS_LISTWISE

/* What the pairs of a document come to. */
typedef struct {
    double loss, lambda, slope, curve;
} lfn_rank_sums;

#endif

/* ---- lossfn/boxes ---- */
#if LFN_HAS_BOXES

enum { LFN_BOX_IOU, LFN_BOX_GIOU, LFN_BOX_DIOU, LFN_BOX_CIOU };

/* A box by axis (0: x, 1: y), and the gradient of the loss in its edges. */
typedef struct {
    double low[2], high[2], size[2];
    double d_low[2], d_high[2];
} lfn_box;

/* Two boxes against each other, by axis. */
typedef struct {
    lfn_box pred, target;
    double shared[2];       /* size of the intersection */
    double hull[2];         /* size of the box around both */
    double distance[2];     /* of the centres, pred - target */
    double inter, unite;    /* areas of intersection and union */
} lfn_box_pair;

/* Slopes of the loss in these quantities. */
typedef struct {
    double inter, unite;
    double hull[2], distance[2];
    double pred_size[2], target_size[2];
} lfn_box_slopes;

LFN_UNUSED static double lfn_box_quotient(double a, double b) { return b == 0 ? 0 : a / b; }
LFN_UNUSED static double lfn_box_length(double x) { return x < 0 ? 0 : x; }

LFN_UNUSED static void lfn_box_set(lfn_box *box, int format, double a, double b, double c, double d)
{
    int k;
    memset(box, 0, sizeof *box);
    if (format == LOSSFN_CXCYWH) {
        box->low[0] = a - c / 2;
        box->high[0] = a + c / 2;
        box->low[1] = b - d / 2;
        box->high[1] = b + d / 2;
        box->size[0] = lfn_box_length(c);
        box->size[1] = lfn_box_length(d);
        return;
    }
    box->low[0] = a;
    box->low[1] = b;
    box->high[0] = c;
    box->high[1] = d;
    for (k = 0; k < 2; k++) box->size[k] = lfn_box_length(box->high[k] - box->low[k]);
}

LFN_UNUSED static void lfn_box_compare(lfn_box_pair *pair)
{
    const lfn_box *p = &pair->pred, *t = &pair->target;
    int k;
    for (k = 0; k < 2; k++) {
        const double inner_low = p->low[k] > t->low[k] ? p->low[k] : t->low[k];
        const double inner_high = p->high[k] < t->high[k] ? p->high[k] : t->high[k];
        const double outer_low = p->low[k] < t->low[k] ? p->low[k] : t->low[k];
        const double outer_high = p->high[k] > t->high[k] ? p->high[k] : t->high[k];
        pair->shared[k] = lfn_box_length(inner_high - inner_low);
        pair->hull[k] = lfn_box_length(outer_high - outer_low);
        pair->distance[k] = (p->low[k] + p->high[k]) / 2 - (t->low[k] + t->high[k]) / 2;
    }
    pair->inter = pair->shared[0] * pair->shared[1];
    pair->unite = p->size[0] * p->size[1] + t->size[0] * t->size[1] - pair->inter;
}

/* An edge position that is the larger (or smaller) of a and b: its slope goes to
   the one it is, halved where both are. */
LFN_UNUSED static void lfn_box_share(double slope, int a_wins, int b_wins, double *d_a, double *d_b)
{
    if (a_wins) *d_a += slope;
    else if (b_wins) *d_b += slope;
    else {
        *d_a += slope / 2;
        *d_b += slope / 2;
    }
}

/* From the slopes to the edges of both boxes. */
LFN_UNUSED static void lfn_box_edges(lfn_box_pair *pair, const lfn_box_slopes *s)
{
    lfn_box *p = &pair->pred, *t = &pair->target;
    int k;
    for (k = 0; k < 2; k++) {
        const double of_shared = pair->shared[0] > 0 && pair->shared[1] > 0 ? (s->inter - s->unite) * pair->shared[1 - k] : 0;
        const double of_hull = pair->hull[k] > 0 ? s->hull[k] : 0;
        const double of_pred = p->size[k] > 0 ? s->pred_size[k] + s->unite * p->size[1 - k] : 0;
        const double of_target = t->size[k] > 0 ? s->target_size[k] + s->unite * t->size[1 - k] : 0;
        lfn_box_share(of_shared, p->high[k] < t->high[k], p->high[k] > t->high[k], &p->d_high[k], &t->d_high[k]);
        lfn_box_share(-of_shared, p->low[k] > t->low[k], p->low[k] < t->low[k], &p->d_low[k], &t->d_low[k]);
        lfn_box_share(of_hull, p->high[k] > t->high[k], p->high[k] < t->high[k], &p->d_high[k], &t->d_high[k]);
        lfn_box_share(-of_hull, p->low[k] < t->low[k], p->low[k] > t->low[k], &p->d_low[k], &t->d_low[k]);
        p->d_high[k] += of_pred + s->distance[k] / 2;
        p->d_low[k] += -of_pred + s->distance[k] / 2;
        t->d_high[k] += of_target - s->distance[k] / 2;
        t->d_low[k] += -of_target - s->distance[k] / 2;
    }
}

/* slope is that of the loss in IoU = I / (U + eps). */
LFN_UNUSED static void lfn_box_iou_slopes(const lfn_box_pair *pair, double eps, double slope, lfn_box_slopes *s)
{
    const double below = pair->unite + eps;
    s->inter += lfn_box_quotient(slope, below);
    s->unite -= lfn_box_quotient(slope * lfn_box_quotient(pair->inter, below), below);
}

/* + (C - U) / (C + eps) */
LFN_UNUSED static double lfn_box_hull_term(const lfn_box_pair *pair, double eps, lfn_box_slopes *s)
{
    const double c = pair->hull[0] * pair->hull[1], below = c + eps;
    const double term = lfn_box_quotient(c - pair->unite, below);
    s->unite -= lfn_box_quotient(1, below);
    s->hull[0] += lfn_box_quotient(1 - term, below) * pair->hull[1];
    s->hull[1] += lfn_box_quotient(1 - term, below) * pair->hull[0];
    return term;
}

/* + rho^2 / (c^2 + eps) */
LFN_UNUSED static double lfn_box_distance_term(const lfn_box_pair *pair, double eps, lfn_box_slopes *s)
{
    const double below = pair->hull[0] * pair->hull[0] + pair->hull[1] * pair->hull[1] + eps;
    const double term = lfn_box_quotient(pair->distance[0] * pair->distance[0] + pair->distance[1] * pair->distance[1], below);
    int k;
    for (k = 0; k < 2; k++) {
        s->distance[k] += lfn_box_quotient(2 * pair->distance[k], below);
        s->hull[k] -= lfn_box_quotient(2 * pair->hull[k] * term, below);
    }
    return term;
}

/* The slopes of an angle atan(w / h) times factor. */
LFN_UNUSED static void lfn_box_angle(const double size[2], double factor, double slope[2])
{
    const double square = size[0] * size[0] + size[1] * size[1];
    slope[0] += lfn_box_quotient(factor * size[1], square);
    slope[1] -= lfn_box_quotient(factor * size[0], square);
}

/* + alpha v, alpha constant. The difference of two angles between 0 and pi / 2,
   atan(w' / h') - atan(w / h) = atan2(w' h - w h', h h' + w w'), is one angle. */
LFN_UNUSED static double lfn_box_shape_term(const lfn_box_pair *pair, double eps, double iou, lfn_box_slopes *s)
{
    const double k = 0.40528473456935108578;    /* 4 / pi^2 */
    const double *p = pair->pred.size, *t = pair->target.size;
    const double q = atan2(t[0] * p[1] - p[0] * t[1], p[1] * t[1] + p[0] * t[0]);
    const double v = k * q * q;
    const double alpha = lfn_box_quotient(v, 1 - iou + v + eps);
    lfn_box_angle(p, -2 * k * q * alpha, s->pred_size);
    lfn_box_angle(t, 2 * k * q * alpha, s->target_size);
    return alpha * v;
}

/* The loss of a pair; the gradient is left in the boxes' edges. */
LFN_UNUSED static double lfn_box_loss(lfn_box_pair *pair, int kind, int mode, double eps)
{
    const double smallest = 1e-6;
    lfn_box_slopes s;
    double iou, loss, slope = -1;
    memset(&s, 0, sizeof s);
    lfn_box_compare(pair);
    iou = lfn_box_quotient(pair->inter, pair->unite + eps);
    loss = 1 - iou;
    if (kind == LFN_BOX_IOU && mode == LOSSFN_IOU_LOG) {
        loss = iou < smallest ? -log(smallest) : -log(iou);
        slope = iou < smallest ? 0 : -1 / iou;
    } else if (kind == LFN_BOX_IOU && mode == LOSSFN_IOU_SQUARE) {
        loss = 1 - iou * iou;
        slope = -2 * iou;
    }
    lfn_box_iou_slopes(pair, eps, slope, &s);
    if (kind == LFN_BOX_GIOU) loss += lfn_box_hull_term(pair, eps, &s);
    if (kind >= LFN_BOX_DIOU) loss += lfn_box_distance_term(pair, eps, &s);
    if (kind == LFN_BOX_CIOU) loss += lfn_box_shape_term(pair, eps, iou, &s);
    lfn_box_edges(pair, &s);
    return loss;
}

#endif

/* ---- lossfn/sequence ---- */
#if LFN_HAS_SEQUENCE

/* The logarithm of 0: a finite number, so that it holds under -ffast-math, below
   which lies no logarithm that is meant. */
#define LFN_LOG_ZERO (-1e300)

LFN_UNUSED static int lfn_is_log_zero(double x) { return x < -1e299; }

/* log(e^a + e^b + e^c) */
LFN_UNUSED static double lfn_log_add(double a, double b, double c)
{
    double max = a > b ? a : b, sum;
    if (c > max) max = c;
    if (lfn_is_log_zero(a) && lfn_is_log_zero(b) && lfn_is_log_zero(c)) return LFN_LOG_ZERO;
    sum = lfn_is_log_zero(a) ? 0 : exp(a - max);
    if (!lfn_is_log_zero(b)) sum += exp(b - max);
    if (!lfn_is_log_zero(c)) sum += exp(c - max);
    return max + log(sum);
}

/* A target with blanks around and between its labels: state s of 2 length + 1 is
   a blank for even s, label s / 2 for odd s. */
typedef struct {
    const int32_t *labels;
    int32_t blank;
    size_t length, states;
} lfn_ctc_target;

LFN_UNUSED static int32_t lfn_ctc_class(const lfn_ctc_target *y, size_t s) { return s % 2 ? y->labels[s / 2] : y->blank; }

/* Whether a path may go from state s - 2 to s: over a blank between unlike labels. */
LFN_UNUSED static int lfn_ctc_skips(const lfn_ctc_target *y, size_t s)
{
    return s % 2 && s >= 3 && y->labels[s / 2] != y->labels[s / 2 - 1];
}

/* The states that are reached by step t and from which the end is reached:
   first .. last - 1. */
LFN_UNUSED static void lfn_ctc_band(const lfn_ctc_target *y, size_t t, size_t steps, size_t *first, size_t *last)
{
    const size_t left = 2 * (steps - t), reach = 2 * t + 2;
    *first = y->states > left ? y->states - left : 0;
    *last = reach < y->states ? reach : y->states;
}

#endif

/* ---- lossfn/image ---- */
#if LFN_HAS_IMAGE

/* One plane of both images, less their means. The moments under the window, places
   of them each, become the slopes of the loss in them. */
typedef struct {
    size_t height, width, window, places;
    double c1, c2, mean_x, mean_y;
    double *taps;
    double *x, *y;              /* height x width */
    double *mu_x, *mu_y;        /* window means of x, y; later slopes */
    double *xx, *xy, *yy;       /* window means of the products; xx and xy later slopes in variances and covariance */
    double *whole, *half;       /* height x width: a map, and one filtered along rows only */
    double *grad;               /* height x width */
} lfn_ssim_plane;

#endif

#define LFN_PASS 1
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS

#define LFN_PASS 4
#define LFN_ISA 0
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA

#if LFN_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define LFN_ISA 1
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if LFN_X86_512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif
#define LFN_ISA 2
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if LFN_NEON
#define LFN_ISA 3
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#endif
#undef LFN_PASS

#define LFN_PASS 5
#define LFN_ISA 0
#define LFN_BITS 32
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#define LFN_BITS 64
#include LOSSFN_HEADER_FILENAME
#undef LFN_BITS
#undef LFN_ISA
#undef LFN_PASS


/* ---- lossfn/pairs ---- */
#if LFN_HAS_PAIRS

LOSSFN_DEF lossfn_triplet_margin_config lossfn_triplet_margin_defaults(void)
{
    lossfn_triplet_margin_config config;
    config.margin = 1;
    config.p = 2;
    config.eps = 1e-6;
    config.swap = 0;
    return config;
}

#endif

/* ---- lossfn/margin ---- */
#if LFN_HAS_MARGIN

LOSSFN_DEF lossfn_arcface_config lossfn_arcface_defaults(void)
{
    lossfn_arcface_config config;
    config.scale = 64;
    config.margin = 0.5;
    config.easy_margin = 0;
    config.ignore_index = LOSSFN_NO_IGNORE;
    return config;
}

#endif

/* ---- lossfn/listwise ---- */
#if LFN_HAS_LISTWISE

LOSSFN_DEF lossfn_lambda_rank_config lossfn_lambda_rank_defaults(void)
{
    lossfn_lambda_rank_config config;
    config.sigma = 1;
    config.truncation = 0;
    config.normalise = 0;
    config.linear_gain = 0;
    return config;
}

#endif

/* ---- lossfn/segmentation ---- */
#if LFN_HAS_SEGMENTATION

LOSSFN_DEF lossfn_soft_dice_config lossfn_soft_dice_defaults(void)
{
    lossfn_soft_dice_config config;
    memset(&config, 0, sizeof config);
    config.smooth_numerator = config.smooth_denominator = 1e-5;
    config.ignore_index = -100;
    return config;
}

LOSSFN_DEF lossfn_tversky_config lossfn_tversky_defaults(void)
{
    lossfn_tversky_config config;
    memset(&config, 0, sizeof config);
    config.alpha = config.beta = 0.5;
    config.gamma = 1;
    config.smooth_numerator = config.smooth_denominator = 1e-5;
    config.ignore_index = -100;
    return config;
}

LOSSFN_DEF lossfn_lovasz_softmax_config lossfn_lovasz_softmax_defaults(void)
{
    lossfn_lovasz_softmax_config config;
    memset(&config, 0, sizeof config);
    config.ignore_index = -100;
    return config;
}

#endif

/* ---- lossfn/sequence ---- */
#if LFN_HAS_SEQUENCE

LOSSFN_DEF lossfn_ctc_config lossfn_ctc_defaults(void)
{
    lossfn_ctc_config config;
    memset(&config, 0, sizeof config);
    return config;
}

#endif

/* ---- lossfn/image ---- */
#if LFN_HAS_IMAGE

LOSSFN_DEF lossfn_ssim_config lossfn_ssim_defaults(void)
{
    lossfn_ssim_config config;
    config.window = 11;
    config.sigma = 1.5;
    config.k1 = 0.01;
    config.k2 = 0.03;
    return config;
}

#endif

/* ---- lossfn/audio ---- */
#if LFN_HAS_AUDIO

LOSSFN_DEF lossfn_multi_resolution_stft_config lossfn_multi_resolution_stft_defaults(void)
{
    static const int fft_size[3] = {1024, 2048, 512}, hop[3] = {120, 240, 50}, window[3] = {600, 1200, 240};
    lossfn_multi_resolution_stft_config config;
    memset(&config, 0, sizeof config);
    config.resolutions = 3;
    memcpy(config.fft_size, fft_size, sizeof fft_size);
    memcpy(config.hop, hop, sizeof hop);
    memcpy(config.window, window, sizeof window);
    config.convergence = config.log_magnitude = 1;
    config.eps = 1e-8;
    return config;
}

#endif

#define LFN_PASS 2
#include LOSSFN_HEADER_FILENAME
#undef LFN_PASS
#endif /* LOSSFN_IMPLEMENTATION */

#elif LFN_PASS == 1
/* ---- pass 1: inside the passes, lfn_name stands for the one of this type and ISA -- */
#define lfn_vec LFN_X(lfn_vec)
#define lfn_uvec LFN_X(lfn_uvec)
#define lfn_mask LFN_X(lfn_mask)
#define lfn_set1 LFN_X(lfn_set1)
#define lfn_load LFN_X(lfn_load)
#define lfn_store LFN_X(lfn_store)
#define lfn_bits LFN_X(lfn_bits)
#define lfn_from_bits LFN_X(lfn_from_bits)
#define lfn_select LFN_X(lfn_select)
#define lfn_keep LFN_X(lfn_keep)
#define lfn_not LFN_X(lfn_not)
#define lfn_any LFN_X(lfn_any)
#define lfn_all LFN_X(lfn_all)
#define lfn_abs LFN_X(lfn_abs)
#define lfn_sqrt LFN_X(lfn_sqrt)
#define lfn_min LFN_X(lfn_min)
#define lfn_max LFN_X(lfn_max)
#define lfn_fma LFN_X(lfn_fma)
#define lfn_round LFN_X(lfn_round)
#define lfn_hsum LFN_X(lfn_hsum)
#define lfn_hmax LFN_X(lfn_hmax)
#define lfn_hmin LFN_X(lfn_hmin)
#define lfn_first LFN_X(lfn_first)
#define lfn_load_part LFN_X(lfn_load_part)
#define lfn_store_part LFN_X(lfn_store_part)
#define lfn_lane_index LFN_X(lfn_lane_index)
#define lfn_put_part LFN_X(lfn_put_part)
#define lfn_zero LFN_X(lfn_zero)
#define lfn_clamp LFN_X(lfn_clamp)
#define lfn_neg_if LFN_X(lfn_neg_if)
#define lfn_bits1 LFN_X(lfn_bits1)
#define lfn_sign LFN_X(lfn_sign)
#define lfn_copysign LFN_X(lfn_copysign)
#define lfn_point LFN_X(lfn_point)
#define lfn_exact LFN_X(lfn_exact)
#define lfn_infinity LFN_X(lfn_infinity)
#define lfn_nan LFN_X(lfn_nan)
#define lfn_whole LFN_X(lfn_whole)
#define lfn_nearest LFN_X(lfn_nearest)
#define lfn_pow2 LFN_X(lfn_pow2)
#define lfn_scale2 LFN_X(lfn_scale2)
#define lfn_exp_tail LFN_X(lfn_exp_tail)
#define lfn_exp LFN_X(lfn_exp)
#define lfn_exp_falling LFN_X(lfn_exp_falling)
#define lfn_expm1_tail LFN_X(lfn_expm1_tail)
#define lfn_expm1 LFN_X(lfn_expm1)
#define lfn_log_of LFN_X(lfn_log_of)
#define lfn_parts LFN_X(lfn_parts)
#define lfn_take_apart LFN_X(lfn_take_apart)
#define lfn_log_limits LFN_X(lfn_log_limits)
#define lfn_log LFN_X(lfn_log)
#define lfn_log1p LFN_X(lfn_log1p)
#define lfn_sigmoid LFN_X(lfn_sigmoid)
#define lfn_log1p_unit LFN_X(lfn_log1p_unit)
#define lfn_softplus LFN_X(lfn_softplus)
#define lfn_tanh LFN_X(lfn_tanh)
#define lfn_pair LFN_X(lfn_pair)
#define lfn_two_sum LFN_X(lfn_two_sum)
#define lfn_quick_sum LFN_X(lfn_quick_sum)
#define lfn_upper_half LFN_X(lfn_upper_half)
#define lfn_two_product LFN_X(lfn_two_product)
#define lfn_pair_product LFN_X(lfn_pair_product)
#define lfn_exp_pair LFN_X(lfn_exp_pair)
#define lfn_log_tail LFN_X(lfn_log_tail)
#define lfn_log_pair LFN_X(lfn_log_pair)
#define lfn_pow LFN_X(lfn_pow)
#define lfn_cbrt_guess LFN_X(lfn_cbrt_guess)
#define lfn_cbrt LFN_X(lfn_cbrt)
#define lfn_sin_tail LFN_X(lfn_sin_tail)
#define lfn_cos_tail LFN_X(lfn_cos_tail)
#define lfn_sin_of LFN_X(lfn_sin_of)
#define lfn_cos_of LFN_X(lfn_cos_of)
#define lfn_turn LFN_X(lfn_turn)
#define lfn_sin_shifted LFN_X(lfn_sin_shifted)
#define lfn_lanewise LFN_X(lfn_lanewise)
#define lfn_sin LFN_X(lfn_sin)
#define lfn_cos LFN_X(lfn_cos)
#define lfn_atan_tail LFN_X(lfn_atan_tail)
#define lfn_atan LFN_X(lfn_atan)
#define lfn_erf_tail LFN_X(lfn_erf_tail)
#define lfn_erfc_factor LFN_X(lfn_erfc_factor)
#define lfn_erfc_of LFN_X(lfn_erfc_of)
#define lfn_erf LFN_X(lfn_erf)
#define lfn_erfc LFN_X(lfn_erfc)
#define lfn_lgamma_factor LFN_X(lfn_lgamma_factor)
#define lfn_stirling LFN_X(lfn_stirling)
#define lfn_half_turn LFN_X(lfn_half_turn)
#define lfn_lgamma_positive LFN_X(lfn_lgamma_positive)
#define lfn_lgamma LFN_X(lfn_lgamma)
#define lfn_digamma_series LFN_X(lfn_digamma_series)
#define lfn_digamma_positive LFN_X(lfn_digamma_positive)
#define lfn_digamma LFN_X(lfn_digamma)
#define lfn_sum LFN_X(lfn_sum)
#define lfn_sum_abs LFN_X(lfn_sum_abs)
#define lfn_dot LFN_X(lfn_dot)
#define lfn_sum_squares LFN_X(lfn_sum_squares)
#define lfn_squared_distance LFN_X(lfn_squared_distance)
#define lfn_max_of LFN_X(lfn_max_of)
#define lfn_axpy LFN_X(lfn_axpy)
#define lfn_scale LFN_X(lfn_scale)
#define lfn_put LFN_X(lfn_put)
#define lfn_fill LFN_X(lfn_fill)
#define lfn_dot_double LFN_X(lfn_dot_double)
#define lfn_norm_squares LFN_X(lfn_norm_squares)
#define lfn_reciprocal LFN_X(lfn_reciprocal)
#define lfn_gemm_pack_a LFN_X(lfn_gemm_pack_a)
#define lfn_gemm_pack_b LFN_X(lfn_gemm_pack_b)
#define lfn_gemm_put LFN_X(lfn_gemm_put)
#define lfn_gemm_tile LFN_X(lfn_gemm_tile)
#define lfn_gemm LFN_X(lfn_gemm)
#define lfn_sort_rank LFN_X(lfn_sort_rank)
#define lfn_sort_key LFN_X(lfn_sort_key)
#define lfn_sort_ranks LFN_X(lfn_sort_ranks)
#define lfn_argsort LFN_X(lfn_argsort)
#define lfn_sort_pairs LFN_X(lfn_sort_pairs)
#define lfn_fft_value LFN_X(lfn_fft_value)
#define lfn_fft_get LFN_X(lfn_fft_get)
#define lfn_fft_set LFN_X(lfn_fft_set)
#define lfn_fft_add LFN_X(lfn_fft_add)
#define lfn_fft_sub LFN_X(lfn_fft_sub)
#define lfn_fft_turn LFN_X(lfn_fft_turn)
#define lfn_fft_add_times LFN_X(lfn_fft_add_times)
#define lfn_fft_twist LFN_X(lfn_fft_twist)
#define lfn_fft_step LFN_X(lfn_fft_step)
#define lfn_fft_pass2 LFN_X(lfn_fft_pass2)
#define lfn_fft_pass3 LFN_X(lfn_fft_pass3)
#define lfn_fft_pass4 LFN_X(lfn_fft_pass4)
#define lfn_fft_pass5 LFN_X(lfn_fft_pass5)
#define lfn_fft_pass LFN_X(lfn_fft_pass)
#define lfn_fft_passes LFN_X(lfn_fft_passes)
#define lfn_fft_multiply LFN_X(lfn_fft_multiply)
#define lfn_fft_complex LFN_X(lfn_fft_complex)
#define lfn_fft_split LFN_X(lfn_fft_split)
#define lfn_fft_join LFN_X(lfn_fft_join)
#define lfn_rfft_plan_room LFN_X(lfn_rfft_plan_room)
#define lfn_rfft_room LFN_X(lfn_rfft_room)
#define lfn_fft_twiddles LFN_X(lfn_fft_twiddles)
#define lfn_fft_chirp LFN_X(lfn_fft_chirp)
#define lfn_rfft_plan LFN_X(lfn_rfft_plan)
#define lfn_fft_shape_of LFN_X(lfn_fft_shape_of)
#define lfn_rfft LFN_X(lfn_rfft)
#define lfn_rfft_back LFN_X(lfn_rfft_back)
#define lfn_irfft LFN_X(lfn_irfft)
#define lfn_rfft_adjoint LFN_X(lfn_rfft_adjoint)
#define lfn_filter_run LFN_X(lfn_filter_run)
#define lfn_filter_rows LFN_X(lfn_filter_rows)
#define lfn_filter_columns LFN_X(lfn_filter_columns)
#define lfn_filter_rows_adjoint LFN_X(lfn_filter_rows_adjoint)
#define lfn_filter_columns_adjoint LFN_X(lfn_filter_columns_adjoint)
#define lfn_items_begin LFN_X(lfn_items_begin)
#define lfn_items_count LFN_X(lfn_items_count)
#define lfn_items_scale LFN_X(lfn_items_scale)
#define lfn_items_end LFN_X(lfn_items_end)
#define lfn_is_finite LFN_X(lfn_is_finite)
#define lfn_is_positive LFN_X(lfn_is_positive)
#define lfn_is_nonnegative LFN_X(lfn_is_nonnegative)
#define lfn_is_within LFN_X(lfn_is_within)
#define lfn_formula LFN_X(lfn_formula)
#define lfn_block_function LFN_X(lfn_block_function)
#define lfn_map LFN_X(lfn_map)
#define lfn_map_long LFN_X(lfn_map_long)
#define lfn_weigh LFN_X(lfn_weigh)
#define lfn_take_losses LFN_X(lfn_take_losses)
#define lfn_take_grads LFN_X(lfn_take_grads)
#define lfn_elementwise_run LFN_X(lfn_elementwise_run)
#define lfn_elementwise_begin LFN_X(lfn_elementwise_begin)
#define lfn_elementwise_end LFN_X(lfn_elementwise_end)
#define lfn_mse_point LFN_X(lfn_mse_point)
#define lfn_mae_point LFN_X(lfn_mae_point)
#define lfn_huber_point LFN_X(lfn_huber_point)
#define lfn_smooth_l1_point LFN_X(lfn_smooth_l1_point)
#define lfn_log_cosh_point LFN_X(lfn_log_cosh_point)
#define lfn_quantile_point LFN_X(lfn_quantile_point)
#define lfn_mse_block LFN_X(lfn_mse_block)
#define lfn_mse_kernel LFN_X(lfn_mse_kernel)
#define lfn_mae_block LFN_X(lfn_mae_block)
#define lfn_mae_kernel LFN_X(lfn_mae_kernel)
#define lfn_huber_block LFN_X(lfn_huber_block)
#define lfn_huber_kernel LFN_X(lfn_huber_kernel)
#define lfn_smooth_l1_block LFN_X(lfn_smooth_l1_block)
#define lfn_smooth_l1_kernel LFN_X(lfn_smooth_l1_kernel)
#define lfn_log_cosh_block LFN_X(lfn_log_cosh_block)
#define lfn_log_cosh_kernel LFN_X(lfn_log_cosh_kernel)
#define lfn_quantile_block LFN_X(lfn_quantile_block)
#define lfn_quantile_kernel LFN_X(lfn_quantile_kernel)
#define lfn_log_factorial_if LFN_X(lfn_log_factorial_if)
#define lfn_poisson_log_point LFN_X(lfn_poisson_log_point)
#define lfn_poisson_rate_point LFN_X(lfn_poisson_rate_point)
#define lfn_poisson_log_block LFN_X(lfn_poisson_log_block)
#define lfn_poisson_rate_block LFN_X(lfn_poisson_rate_block)
#define lfn_poisson_kernel LFN_X(lfn_poisson_kernel)
#define lfn_bce_with_logits_point LFN_X(lfn_bce_with_logits_point)
#define lfn_squared_hinge_point LFN_X(lfn_squared_hinge_point)
#define lfn_bce_with_logits_block LFN_X(lfn_bce_with_logits_block)
#define lfn_bce_with_logits_kernel LFN_X(lfn_bce_with_logits_kernel)
#define lfn_squared_hinge_block LFN_X(lfn_squared_hinge_block)
#define lfn_squared_hinge_kernel LFN_X(lfn_squared_hinge_kernel)
#define lfn_softmax LFN_X(lfn_softmax)
#define lfn_softmax_close LFN_X(lfn_softmax_close)
#define lfn_softmax_of LFN_X(lfn_softmax_of)
#define lfn_softmax_join LFN_X(lfn_softmax_join)
#define lfn_softmax_at LFN_X(lfn_softmax_at)
#define lfn_softmax_not_at LFN_X(lfn_softmax_not_at)
#define lfn_put_exp LFN_X(lfn_put_exp)
#define lfn_skip_row LFN_X(lfn_skip_row)
#define lfn_rows_begin LFN_X(lfn_rows_begin)
#define lfn_dense_rows_begin LFN_X(lfn_dense_rows_begin)
#define lfn_sum_gaps LFN_X(lfn_sum_gaps)
#define lfn_softmax_cross_entropy_narrow LFN_X(lfn_softmax_cross_entropy_narrow)
#define lfn_softmax_cross_entropy_rows LFN_X(lfn_softmax_cross_entropy_rows)
#define lfn_soft_target LFN_X(lfn_soft_target)
#define lfn_soft_cross_entropy_rows LFN_X(lfn_soft_cross_entropy_rows)
#define lfn_probability_rows LFN_X(lfn_probability_rows)
#define lfn_multiclass_hinge_rows LFN_X(lfn_multiclass_hinge_rows)
#define lfn_sparsemax_threshold LFN_X(lfn_sparsemax_threshold)
#define lfn_sparsemax_rows LFN_X(lfn_sparsemax_rows)
#define lfn_kl_div_rows LFN_X(lfn_kl_div_rows)
#define lfn_linear_logits LFN_X(lfn_linear_logits)
#define lfn_linear_softmax LFN_X(lfn_linear_softmax)
#define lfn_linear_join LFN_X(lfn_linear_join)
#define lfn_linear_slope LFN_X(lfn_linear_slope)
#define lfn_linear_block LFN_X(lfn_linear_block)
#define lfn_linear_run LFN_X(lfn_linear_run)
#define lfn_gaussian_terms LFN_X(lfn_gaussian_terms)
#define lfn_gaussian_point LFN_X(lfn_gaussian_point)
#define lfn_gaussian_log_point LFN_X(lfn_gaussian_log_point)
#define lfn_gaussian_run LFN_X(lfn_gaussian_run)
#define lfn_vae_kl_rows LFN_X(lfn_vae_kl_rows)
#define lfn_skip_tuple LFN_X(lfn_skip_tuple)
#define lfn_tuple_grad LFN_X(lfn_tuple_grad)
#define lfn_tuple_put LFN_X(lfn_tuple_put)
#define lfn_contrastive_rows LFN_X(lfn_contrastive_rows)
#define lfn_tuple_difference LFN_X(lfn_tuple_difference)
#define lfn_tuple_reach LFN_X(lfn_tuple_reach)
#define lfn_tuple_distance LFN_X(lfn_tuple_distance)
#define lfn_tuple_slope LFN_X(lfn_tuple_slope)
#define lfn_triplet_gradients LFN_X(lfn_triplet_gradients)
#define lfn_triplet_rows LFN_X(lfn_triplet_rows)
#define lfn_cosine_gap LFN_X(lfn_cosine_gap)
#define lfn_cosine_rows LFN_X(lfn_cosine_rows)
#define lfn_tuples_begin LFN_X(lfn_tuples_begin)
#define lfn_tuples_labels LFN_X(lfn_tuples_labels)
#define lfn_contrast_units LFN_X(lfn_contrast_units)
#define lfn_contrast_tile LFN_X(lfn_contrast_tile)
#define lfn_contrast_next LFN_X(lfn_contrast_next)
#define lfn_contrast_join LFN_X(lfn_contrast_join)
#define lfn_contrast_sums LFN_X(lfn_contrast_sums)
#define lfn_contrast_losses LFN_X(lfn_contrast_losses)
#define lfn_contrast_slope LFN_X(lfn_contrast_slope)
#define lfn_contrast_back LFN_X(lfn_contrast_back)
#define lfn_contrast_gradients LFN_X(lfn_contrast_gradients)
#define lfn_contrast_room LFN_X(lfn_contrast_room)
#define lfn_contrast_call LFN_X(lfn_contrast_call)
#define lfn_margin_unit LFN_X(lfn_margin_unit)
#define lfn_margin_back LFN_X(lfn_margin_back)
#define lfn_margin_of LFN_X(lfn_margin_of)
#define lfn_margin_logits LFN_X(lfn_margin_logits)
#define lfn_margin_slope LFN_X(lfn_margin_slope)
#define lfn_margin_block LFN_X(lfn_margin_block)
#define lfn_margin_run LFN_X(lfn_margin_run)
#define lfn_list_net_list LFN_X(lfn_list_net_list)
#define lfn_rank_run LFN_X(lfn_rank_run)
#define lfn_rank_pairs LFN_X(lfn_rank_pairs)
#define lfn_lists_begin LFN_X(lfn_lists_begin)
#define lfn_lists_zero LFN_X(lfn_lists_zero)
#define lfn_lists_skip LFN_X(lfn_lists_skip)
#define lfn_lists_rest LFN_X(lfn_lists_rest)
#define lfn_rank_gain LFN_X(lfn_rank_gain)
#define lfn_rank_unit LFN_X(lfn_rank_unit)
#define lfn_rank_put LFN_X(lfn_rank_put)
#define lfn_rank_list LFN_X(lfn_rank_list)
#define lfn_dpo_at LFN_X(lfn_dpo_at)
#define lfn_dpo_run LFN_X(lfn_dpo_run)
#define lfn_box_put LFN_X(lfn_box_put)
#define lfn_box_run LFN_X(lfn_box_run)
#define lfn_region_sum_planes LFN_X(lfn_region_sum_planes)
#define lfn_region_sum LFN_X(lfn_region_sum)
#define lfn_region_grad_planes LFN_X(lfn_region_grad_planes)
#define lfn_region_grad LFN_X(lfn_region_grad)
#define lfn_regions_begin LFN_X(lfn_regions_begin)
#define lfn_regions_groups LFN_X(lfn_regions_groups)
#define lfn_region_sums_at LFN_X(lfn_region_sums_at)
#define lfn_regions_some LFN_X(lfn_regions_some)
#define lfn_region_part LFN_X(lfn_region_part)
#define lfn_region_loss LFN_X(lfn_region_loss)
#define lfn_region_group LFN_X(lfn_region_group)
#define lfn_regions_run LFN_X(lfn_regions_run)
#define lfn_dice_begin LFN_X(lfn_dice_begin)
#define lfn_tversky_begin LFN_X(lfn_tversky_begin)
#define lfn_regions_of LFN_X(lfn_regions_of)
#define lfn_regions_room LFN_X(lfn_regions_room)
#define lfn_lovasz_arrays LFN_X(lfn_lovasz_arrays)
#define lfn_lovasz_longest LFN_X(lfn_lovasz_longest)
#define lfn_lovasz_cut LFN_X(lfn_lovasz_cut)
#define lfn_lovasz_list LFN_X(lfn_lovasz_list)
#define lfn_lovasz_at LFN_X(lfn_lovasz_at)
#define lfn_lovasz_class LFN_X(lfn_lovasz_class)
#define lfn_lovasz_group LFN_X(lfn_lovasz_group)
#define lfn_ctc_normalise LFN_X(lfn_ctc_normalise)
#define lfn_ctc_emit LFN_X(lfn_ctc_emit)
#define lfn_ctc_forward LFN_X(lfn_ctc_forward)
#define lfn_ctc_backward LFN_X(lfn_ctc_backward)
#define lfn_ctc_softmax LFN_X(lfn_ctc_softmax)
#define lfn_ctc_gradient LFN_X(lfn_ctc_gradient)
#define lfn_ctc_item LFN_X(lfn_ctc_item)
#define lfn_ctc_cut LFN_X(lfn_ctc_cut)
#define lfn_ctc_lengths LFN_X(lfn_ctc_lengths)
#define lfn_ssim_window LFN_X(lfn_ssim_window)
#define lfn_ssim_window_adjoint LFN_X(lfn_ssim_window_adjoint)
#define lfn_ssim_product LFN_X(lfn_ssim_product)
#define lfn_ssim_add LFN_X(lfn_ssim_add)
#define lfn_ssim_places LFN_X(lfn_ssim_places)
#define lfn_ssim_forward LFN_X(lfn_ssim_forward)
#define lfn_ssim_backward LFN_X(lfn_ssim_backward)
#define lfn_ssim_begin LFN_X(lfn_ssim_begin)
#define lfn_ssim_centre LFN_X(lfn_ssim_centre)
#define lfn_ssim_put LFN_X(lfn_ssim_put)
#define lfn_ssim_image LFN_X(lfn_ssim_image)
#define lfn_ssim_constants LFN_X(lfn_ssim_constants)
#define lfn_stft_some LFN_X(lfn_stft_some)
#define lfn_stft_frame LFN_X(lfn_stft_frame)
#define lfn_stft_config_ok LFN_X(lfn_stft_config_ok)
#define lfn_stft_longest LFN_X(lfn_stft_longest)
#define lfn_stft_room LFN_X(lfn_stft_room)
#define lfn_stft_begin LFN_X(lfn_stft_begin)
#define lfn_spectra_begin LFN_X(lfn_spectra_begin)
#define lfn_stft_sample LFN_X(lfn_stft_sample)
#define lfn_stft_forward LFN_X(lfn_stft_forward)
#define lfn_stft_adjoint LFN_X(lfn_stft_adjoint)
#define lfn_stft_loss LFN_X(lfn_stft_loss)
#define lfn_spectra_item LFN_X(lfn_spectra_item)
#define lfn_elastic_net_point LFN_X(lfn_elastic_net_point)
#define lfn_elastic_net_block LFN_X(lfn_elastic_net_block)
#define lfn_elastic_net_kernel LFN_X(lfn_elastic_net_kernel)
#elif LFN_PASS == 2
/* ---- pass 2: and outside for nothing ------------------------------------------ */
#undef lfn_vec
#undef lfn_uvec
#undef lfn_mask
#undef lfn_set1
#undef lfn_load
#undef lfn_store
#undef lfn_bits
#undef lfn_from_bits
#undef lfn_select
#undef lfn_keep
#undef lfn_not
#undef lfn_any
#undef lfn_all
#undef lfn_abs
#undef lfn_sqrt
#undef lfn_min
#undef lfn_max
#undef lfn_fma
#undef lfn_round
#undef lfn_hsum
#undef lfn_hmax
#undef lfn_hmin
#undef lfn_first
#undef lfn_load_part
#undef lfn_store_part
#undef lfn_lane_index
#undef lfn_put_part
#undef lfn_zero
#undef lfn_clamp
#undef lfn_neg_if
#undef lfn_bits1
#undef lfn_sign
#undef lfn_copysign
#undef lfn_point
#undef lfn_exact
#undef lfn_infinity
#undef lfn_nan
#undef lfn_whole
#undef lfn_nearest
#undef lfn_pow2
#undef lfn_scale2
#undef lfn_exp_tail
#undef lfn_exp
#undef lfn_exp_falling
#undef lfn_expm1_tail
#undef lfn_expm1
#undef lfn_log_of
#undef lfn_parts
#undef lfn_take_apart
#undef lfn_log_limits
#undef lfn_log
#undef lfn_log1p
#undef lfn_sigmoid
#undef lfn_log1p_unit
#undef lfn_softplus
#undef lfn_tanh
#undef lfn_pair
#undef lfn_two_sum
#undef lfn_quick_sum
#undef lfn_upper_half
#undef lfn_two_product
#undef lfn_pair_product
#undef lfn_exp_pair
#undef lfn_log_tail
#undef lfn_log_pair
#undef lfn_pow
#undef lfn_cbrt_guess
#undef lfn_cbrt
#undef lfn_sin_tail
#undef lfn_cos_tail
#undef lfn_sin_of
#undef lfn_cos_of
#undef lfn_turn
#undef lfn_sin_shifted
#undef lfn_lanewise
#undef lfn_sin
#undef lfn_cos
#undef lfn_atan_tail
#undef lfn_atan
#undef lfn_erf_tail
#undef lfn_erfc_factor
#undef lfn_erfc_of
#undef lfn_erf
#undef lfn_erfc
#undef lfn_lgamma_factor
#undef lfn_stirling
#undef lfn_half_turn
#undef lfn_lgamma_positive
#undef lfn_lgamma
#undef lfn_digamma_series
#undef lfn_digamma_positive
#undef lfn_digamma
#undef lfn_sum
#undef lfn_sum_abs
#undef lfn_dot
#undef lfn_sum_squares
#undef lfn_squared_distance
#undef lfn_max_of
#undef lfn_axpy
#undef lfn_scale
#undef lfn_put
#undef lfn_fill
#undef lfn_dot_double
#undef lfn_norm_squares
#undef lfn_reciprocal
#undef lfn_gemm_pack_a
#undef lfn_gemm_pack_b
#undef lfn_gemm_put
#undef lfn_gemm_tile
#undef lfn_gemm
#undef lfn_sort_rank
#undef lfn_sort_key
#undef lfn_sort_ranks
#undef lfn_argsort
#undef lfn_sort_pairs
#undef lfn_fft_value
#undef lfn_fft_get
#undef lfn_fft_set
#undef lfn_fft_add
#undef lfn_fft_sub
#undef lfn_fft_turn
#undef lfn_fft_add_times
#undef lfn_fft_twist
#undef lfn_fft_step
#undef lfn_fft_pass2
#undef lfn_fft_pass3
#undef lfn_fft_pass4
#undef lfn_fft_pass5
#undef lfn_fft_pass
#undef lfn_fft_passes
#undef lfn_fft_multiply
#undef lfn_fft_complex
#undef lfn_fft_split
#undef lfn_fft_join
#undef lfn_rfft_plan_room
#undef lfn_rfft_room
#undef lfn_fft_twiddles
#undef lfn_fft_chirp
#undef lfn_rfft_plan
#undef lfn_fft_shape_of
#undef lfn_rfft
#undef lfn_rfft_back
#undef lfn_irfft
#undef lfn_rfft_adjoint
#undef lfn_filter_run
#undef lfn_filter_rows
#undef lfn_filter_columns
#undef lfn_filter_rows_adjoint
#undef lfn_filter_columns_adjoint
#undef lfn_items_begin
#undef lfn_items_count
#undef lfn_items_scale
#undef lfn_items_end
#undef lfn_is_finite
#undef lfn_is_positive
#undef lfn_is_nonnegative
#undef lfn_is_within
#undef lfn_formula
#undef lfn_block_function
#undef lfn_map
#undef lfn_map_long
#undef lfn_weigh
#undef lfn_take_losses
#undef lfn_take_grads
#undef lfn_elementwise_run
#undef lfn_elementwise_begin
#undef lfn_elementwise_end
#undef lfn_mse_point
#undef lfn_mae_point
#undef lfn_huber_point
#undef lfn_smooth_l1_point
#undef lfn_log_cosh_point
#undef lfn_quantile_point
#undef lfn_mse_block
#undef lfn_mse_kernel
#undef lfn_mae_block
#undef lfn_mae_kernel
#undef lfn_huber_block
#undef lfn_huber_kernel
#undef lfn_smooth_l1_block
#undef lfn_smooth_l1_kernel
#undef lfn_log_cosh_block
#undef lfn_log_cosh_kernel
#undef lfn_quantile_block
#undef lfn_quantile_kernel
#undef lfn_log_factorial_if
#undef lfn_poisson_log_point
#undef lfn_poisson_rate_point
#undef lfn_poisson_log_block
#undef lfn_poisson_rate_block
#undef lfn_poisson_kernel
#undef lfn_bce_with_logits_point
#undef lfn_squared_hinge_point
#undef lfn_bce_with_logits_block
#undef lfn_bce_with_logits_kernel
#undef lfn_squared_hinge_block
#undef lfn_squared_hinge_kernel
#undef lfn_softmax
#undef lfn_softmax_close
#undef lfn_softmax_of
#undef lfn_softmax_join
#undef lfn_softmax_at
#undef lfn_softmax_not_at
#undef lfn_put_exp
#undef lfn_skip_row
#undef lfn_rows_begin
#undef lfn_dense_rows_begin
#undef lfn_sum_gaps
#undef lfn_softmax_cross_entropy_narrow
#undef lfn_softmax_cross_entropy_rows
#undef lfn_soft_target
#undef lfn_soft_cross_entropy_rows
#undef lfn_probability_rows
#undef lfn_multiclass_hinge_rows
#undef lfn_sparsemax_threshold
#undef lfn_sparsemax_rows
#undef lfn_kl_div_rows
#undef lfn_linear_logits
#undef lfn_linear_softmax
#undef lfn_linear_join
#undef lfn_linear_slope
#undef lfn_linear_block
#undef lfn_linear_run
#undef lfn_gaussian_terms
#undef lfn_gaussian_point
#undef lfn_gaussian_log_point
#undef lfn_gaussian_run
#undef lfn_vae_kl_rows
#undef lfn_skip_tuple
#undef lfn_tuple_grad
#undef lfn_tuple_put
#undef lfn_contrastive_rows
#undef lfn_tuple_difference
#undef lfn_tuple_reach
#undef lfn_tuple_distance
#undef lfn_tuple_slope
#undef lfn_triplet_gradients
#undef lfn_triplet_rows
#undef lfn_cosine_gap
#undef lfn_cosine_rows
#undef lfn_tuples_begin
#undef lfn_tuples_labels
#undef lfn_contrast_units
#undef lfn_contrast_tile
#undef lfn_contrast_next
#undef lfn_contrast_join
#undef lfn_contrast_sums
#undef lfn_contrast_losses
#undef lfn_contrast_slope
#undef lfn_contrast_back
#undef lfn_contrast_gradients
#undef lfn_contrast_room
#undef lfn_contrast_call
#undef lfn_margin_unit
#undef lfn_margin_back
#undef lfn_margin_of
#undef lfn_margin_logits
#undef lfn_margin_slope
#undef lfn_margin_block
#undef lfn_margin_run
#undef lfn_list_net_list
#undef lfn_rank_run
#undef lfn_rank_pairs
#undef lfn_lists_begin
#undef lfn_lists_zero
#undef lfn_lists_skip
#undef lfn_lists_rest
#undef lfn_rank_gain
#undef lfn_rank_unit
#undef lfn_rank_put
#undef lfn_rank_list
#undef lfn_dpo_at
#undef lfn_dpo_run
#undef lfn_box_put
#undef lfn_box_run
#undef lfn_region_sum_planes
#undef lfn_region_sum
#undef lfn_region_grad_planes
#undef lfn_region_grad
#undef lfn_regions_begin
#undef lfn_regions_groups
#undef lfn_region_sums_at
#undef lfn_regions_some
#undef lfn_region_part
#undef lfn_region_loss
#undef lfn_region_group
#undef lfn_regions_run
#undef lfn_dice_begin
#undef lfn_tversky_begin
#undef lfn_regions_of
#undef lfn_regions_room
#undef lfn_lovasz_arrays
#undef lfn_lovasz_longest
#undef lfn_lovasz_cut
#undef lfn_lovasz_list
#undef lfn_lovasz_at
#undef lfn_lovasz_class
#undef lfn_lovasz_group
#undef lfn_ctc_normalise
#undef lfn_ctc_emit
#undef lfn_ctc_forward
#undef lfn_ctc_backward
#undef lfn_ctc_softmax
#undef lfn_ctc_gradient
#undef lfn_ctc_item
#undef lfn_ctc_cut
#undef lfn_ctc_lengths
#undef lfn_ssim_window
#undef lfn_ssim_window_adjoint
#undef lfn_ssim_product
#undef lfn_ssim_add
#undef lfn_ssim_places
#undef lfn_ssim_forward
#undef lfn_ssim_backward
#undef lfn_ssim_begin
#undef lfn_ssim_centre
#undef lfn_ssim_put
#undef lfn_ssim_image
#undef lfn_ssim_constants
#undef lfn_stft_some
#undef lfn_stft_frame
#undef lfn_stft_config_ok
#undef lfn_stft_longest
#undef lfn_stft_room
#undef lfn_stft_begin
#undef lfn_spectra_begin
#undef lfn_stft_sample
#undef lfn_stft_forward
#undef lfn_stft_adjoint
#undef lfn_stft_loss
#undef lfn_spectra_item
#undef lfn_elastic_net_point
#undef lfn_elastic_net_block
#undef lfn_elastic_net_kernel
#else
/* ---- passes 3 to 5, once per type: the names of the type --------------------- */
#if LFN_BITS == 32
#define lfn_real float
#define lfn_word uint32_t
#define LFN_T_(name) name##_f32
#define LFN_V256_(name) name##_avx2_f32
#define LFN_V512_(name) name##_avx512_f32
#define LFN_VNEON_(name) name##_neon_f32
#if LFN_PASS != 5
#elif LFN_X86_512
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX512 ? fn##_avx512_f32 args : lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif LFN_X86
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif LFN_NEON
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_NEON ? fn##_neon_f32 args : fn##_f32 args)
#else
#define LFN_CALL(fn, args) (fn##_f32 args)
#endif
#else
#define lfn_real double
#define lfn_word uint64_t
#define LFN_T_(name) name##_f64
#define LFN_V256_(name) name##_avx2_f64
#define LFN_V512_(name) name##_avx512_f64
#define LFN_VNEON_(name) name##_neon_f64
#if LFN_PASS != 5
#elif LFN_X86_512
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX512 ? fn##_avx512_f64 args : lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_X86
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_NEON
#define LFN_CALL(fn, args) (lfn_isa() == LFN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define LFN_CALL(fn, args) (fn##_f64 args)
#endif
#endif
#if LFN_ISA == 0
#define LFN_X(name) LFN_T_(name)
#elif LFN_ISA == 1
#define LFN_X(name) LFN_V256_(name)
#elif LFN_ISA == 2
#define LFN_X(name) LFN_V512_(name)
#else
#define LFN_X(name) LFN_VNEON_(name)
#endif
#define LFN_K(number) LFN_CAST(lfn_real, number)
#if LFN_PASS == 3
#define LFN_INLINE LOSSFN_INLINE
#define LFN_FN LOSSFN_INLINE
#else
#if defined(__GNUC__) && LFN_PASS == 4 && LFN_ISA != 0
#define LFN_INLINE static inline __attribute__((always_inline, unused))
#else
#define LFN_INLINE LFN_UNUSED static inline
#endif
#define LFN_FN LFN_UNUSED static
#endif
#define LFN_LANES (LFN_ISA == 1 ? 256 / LFN_BITS : LFN_ISA == 2 ? 512 / LFN_BITS : LFN_ISA == 3 ? 128 / LFN_BITS : 1)

#if LFN_PASS == 3 || (LFN_PASS == 4 && LFN_ISA != 0)
/* ---- pass 3 (scalar, public) and 4 (per ISA): vectors and formulas ------------ */

/* ---- core/vec ---- */

#if LFN_ISA == 0

typedef lfn_real lfn_vec;
typedef lfn_word lfn_uvec;
typedef int lfn_mask;

#if LFN_BITS == 32
#define LFN_LIBM(name) name##f
#else
#define LFN_LIBM(name) name
#endif

LFN_INLINE lfn_vec lfn_set1(lfn_real x) { return x; }
LFN_INLINE lfn_vec lfn_load(const lfn_real *p) { return *p; }
LFN_INLINE void lfn_store(lfn_real *p, lfn_vec x) { *p = x; }
LFN_INLINE lfn_uvec lfn_bits(lfn_vec x) { lfn_uvec u; memcpy(&u, &x, sizeof u); return u; }
LFN_INLINE lfn_vec lfn_from_bits(lfn_uvec u) { lfn_vec x; memcpy(&x, &u, sizeof x); return x; }
LFN_INLINE lfn_vec lfn_select(lfn_mask m, lfn_vec a, lfn_vec b) { return m ? a : b; }
LFN_INLINE lfn_vec lfn_keep(lfn_mask m, lfn_vec x) { return m ? x : LFN_K(0); }
LFN_INLINE lfn_mask lfn_not(lfn_mask m) { return !m; }
LFN_INLINE int lfn_any(lfn_mask m) { return m; }
LFN_INLINE int lfn_all(lfn_mask m) { return m; }
LFN_INLINE lfn_vec lfn_abs(lfn_vec x) { return LFN_LIBM(fabs)(x); }
LFN_INLINE lfn_vec lfn_sqrt(lfn_vec x) { return LFN_LIBM(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
LFN_INLINE lfn_vec lfn_min(lfn_vec a, lfn_vec b) { return a < b ? a : b; }
LFN_INLINE lfn_vec lfn_max(lfn_vec a, lfn_vec b) { return a > b ? a : b; }

/* a b + c, in one rounding where the processor has it. */
LFN_INLINE lfn_vec lfn_fma(lfn_vec a, lfn_vec b, lfn_vec c)
{
#if (LFN_BITS == 32 && defined(FP_FAST_FMAF)) || (LFN_BITS == 64 && defined(FP_FAST_FMA))
    return LFN_LIBM(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

/* To the nearest integer, ties to even. */
LFN_INLINE lfn_vec lfn_round(lfn_vec x)
{
#if FLT_EVAL_METHOD == 0 && !defined(__FAST_MATH__)
    const lfn_vec whole = LFN_BITS == 32 ? LFN_K(8388608.0) : LFN_K(4503599627370496.0), big = x < 0 ? -whole : whole;
    return lfn_abs(x) < whole ? (x + big) - big : x;
#else
    return LFN_LIBM(rint)(x);
#endif
}

LFN_INLINE double lfn_hsum(lfn_vec x) { return LFN_CAST(double, x); }
LFN_INLINE lfn_real lfn_hmax(lfn_vec x) { return x; }
LFN_INLINE lfn_real lfn_hmin(lfn_vec x) { return x; }
LFN_INLINE lfn_mask lfn_first(size_t m) { return m > 0; }
LFN_INLINE lfn_vec lfn_load_part(const lfn_real *p, size_t m) { return m ? *p : LFN_K(0); }
LFN_INLINE void lfn_store_part(lfn_real *p, lfn_vec x, size_t m) { if (m) *p = x; }
LFN_INLINE lfn_vec lfn_lane_index(void) { return LFN_K(0); }

#else

typedef lfn_real lfn_vec __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
typedef lfn_word lfn_uvec __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
#if LFN_BITS == 32
typedef int32_t lfn_mask __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
#else
typedef int64_t lfn_mask __attribute__((vector_size(LFN_LANES * LFN_BITS / 8)));
#endif

#if LFN_ISA == 1 && LFN_BITS == 32
#define LFN_INTRINSIC(name) _mm256_##name##_ps
#elif LFN_ISA == 1
#define LFN_INTRINSIC(name) _mm256_##name##_pd
#elif LFN_ISA == 2 && LFN_BITS == 32
#define LFN_INTRINSIC(name) _mm512_##name##_ps
#elif LFN_ISA == 2
#define LFN_INTRINSIC(name) _mm512_##name##_pd
#elif LFN_BITS == 32
#define LFN_INTRINSIC(name) v##name##q_f32
#else
#define LFN_INTRINSIC(name) v##name##q_f64
#endif

LFN_INLINE lfn_vec lfn_set1(lfn_real x)
{
#if LFN_ISA == 3
    return LFN_BITS == 32 ? (lfn_vec)vdupq_n_f32((float)x) : (lfn_vec)vdupq_n_f64((double)x);
#else
    return (lfn_vec)LFN_INTRINSIC(set1)(x);
#endif
}

LFN_INLINE lfn_vec lfn_load(const lfn_real *p) { lfn_vec x; memcpy(&x, p, sizeof x); return x; }
LFN_INLINE void lfn_store(lfn_real *p, lfn_vec x) { memcpy(p, &x, sizeof x); }
LFN_INLINE lfn_uvec lfn_bits(lfn_vec x) { return (lfn_uvec)x; }
LFN_INLINE lfn_vec lfn_from_bits(lfn_uvec u) { return (lfn_vec)u; }
LFN_INLINE lfn_mask lfn_not(lfn_mask m) { return ~m; }
LFN_INLINE lfn_vec lfn_keep(lfn_mask m, lfn_vec x) { return (lfn_vec)((lfn_mask)x & m); }
LFN_INLINE lfn_vec lfn_abs(lfn_vec x)
{
    const lfn_uvec sign = lfn_bits(lfn_set1(LFN_K(-0.0)));
    return lfn_from_bits(lfn_bits(x) & ~sign);
}

LFN_INLINE lfn_vec lfn_select(lfn_mask m, lfn_vec a, lfn_vec b)
{
#if LFN_ISA == 1 && LFN_BITS == 32
    return (lfn_vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#elif LFN_ISA == 1
    return (lfn_vec)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#elif LFN_ISA == 3 && LFN_BITS == 32
    return (lfn_vec)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
#elif LFN_ISA == 3
    return (lfn_vec)vbslq_f64((uint64x2_t)m, (float64x2_t)a, (float64x2_t)b);
#else
    return (lfn_vec)(((lfn_mask)a & m) | ((lfn_mask)b & ~m));
#endif
}

LFN_INLINE lfn_vec lfn_sqrt(lfn_vec x) { return (lfn_vec)LFN_INTRINSIC(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
LFN_INLINE lfn_vec lfn_min(lfn_vec a, lfn_vec b)
{
#if LFN_ISA == 3
    return lfn_select(a < b, a, b);
#else
    return (lfn_vec)LFN_INTRINSIC(min)(a, b);
#endif
}

LFN_INLINE lfn_vec lfn_max(lfn_vec a, lfn_vec b)
{
#if LFN_ISA == 3
    return lfn_select(a > b, a, b);
#else
    return (lfn_vec)LFN_INTRINSIC(max)(a, b);
#endif
}

/* a b + c in one rounding. */
LFN_INLINE lfn_vec lfn_fma(lfn_vec a, lfn_vec b, lfn_vec c)
{
#if LFN_ISA == 3
    return (lfn_vec)LFN_INTRINSIC(fma)(c, a, b);
#else
    return (lfn_vec)LFN_INTRINSIC(fmadd)(a, b, c);
#endif
}

/* To the nearest integer, ties to even. */
LFN_INLINE lfn_vec lfn_round(lfn_vec x)
{
#if LFN_ISA == 3
    return (lfn_vec)LFN_INTRINSIC(rndn)(x);
#elif LFN_ISA == 2
    return (lfn_vec)LFN_INTRINSIC(roundscale)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (lfn_vec)LFN_INTRINSIC(round)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

/* The sum of the lanes, in double. */
LFN_INLINE double lfn_hsum(lfn_vec x)
{
#if LFN_ISA == 1
#if LFN_BITS == 32
    __m256d d = _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)), _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)));
#else
    __m256d d = (__m256d)x;
#endif
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(d), _mm256_extractf128_pd(d, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
#else
    lfn_real lane[LFN_LANES];
    double sum = 0;
    int k;
    lfn_store(lane, x);
    for (k = 0; k < LFN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

LFN_INLINE lfn_real lfn_hmax(lfn_vec x)
{
    lfn_real lane[LFN_LANES], best;
    int k;
    lfn_store(lane, x);
    best = lane[0];
    for (k = 1; k < LFN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

LFN_INLINE lfn_real lfn_hmin(lfn_vec x)
{
    lfn_real lane[LFN_LANES], best;
    int k;
    lfn_store(lane, x);
    best = lane[0];
    for (k = 1; k < LFN_LANES; k++) best = lane[k] < best ? lane[k] : best;
    return best;
}

LFN_INLINE int lfn_any(lfn_mask m)
{
#if LFN_ISA == 1
    return _mm256_movemask_epi8((__m256i)m) != 0;
#else
    lfn_word lane[LFN_LANES], any = 0;
    int k;
    memcpy(lane, &m, sizeof lane);
    for (k = 0; k < LFN_LANES; k++) any |= lane[k];
    return any != 0;
#endif
}

LFN_INLINE int lfn_all(lfn_mask m) { return !lfn_any(~m); }

/* 0, 1, 2, ... over the lanes. */
LFN_INLINE lfn_vec lfn_lane_index(void)
{
    lfn_real lane[LFN_LANES];
    int k;
    for (k = 0; k < LFN_LANES; k++) lane[k] = (lfn_real)k;
    return lfn_load(lane);
}

/* True in the first m lanes. */
LFN_INLINE lfn_mask lfn_first(size_t m)
{
#if LFN_BITS == 32
    static const int32_t table[2 * LFN_LANES] = {
#else
    static const int64_t table[2 * LFN_LANES] = {
#endif
#if LFN_LANES >= 16
        -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#if LFN_LANES >= 8
        -1, -1, -1, -1,
#endif
#if LFN_LANES >= 4
        -1, -1,
#endif
        -1, -1 };
    lfn_mask mask;
    memcpy(&mask, table + LFN_LANES - (m < LFN_LANES ? m : LFN_LANES), sizeof mask);
    return mask;
}

/* The first m <= LFN_LANES elements at p, zeros behind them. Nothing else is read. */
#if LFN_ISA != 1 || defined(LFN_NO_MASKED_MOVES)
LFN_INLINE lfn_vec lfn_load_part(const lfn_real *p, size_t m)
{
    lfn_real lane[LFN_LANES] = {0};
    if (m == LFN_LANES) return lfn_load(p);
    memcpy(lane, p, m * sizeof *p);
    return lfn_load(lane);
}

LFN_INLINE void lfn_store_part(lfn_real *p, lfn_vec x, size_t m)
{
    lfn_real lane[LFN_LANES];
    if (m == LFN_LANES) {
        lfn_store(p, x);
        return;
    }
    lfn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
LFN_INLINE lfn_vec lfn_load_part(const lfn_real *p, size_t m)
{
    if (m == LFN_LANES) return lfn_load(p);
    return (lfn_vec)LFN_INTRINSIC(maskload)(p, (__m256i)lfn_first(m));
}

/* In pieces of 4, 2 and 1: a masked store takes some processors dozens of cycles. */
LFN_INLINE void lfn_store_part(lfn_real *p, lfn_vec x, size_t m)
{
    lfn_real lane[LFN_LANES];
    if (m == LFN_LANES) {
        lfn_store(p, x);
        return;
    }
    lfn_store(lane, x);
#if LFN_BITS == 32
    if (m & 4) memcpy(p, lane, 4 * sizeof *p);
#endif
    if (m & 2) memcpy(p + (m & 4), lane + (m & 4), 2 * sizeof *p);
    if (m & 1) p[m - 1] = lane[m - 1];
}
#endif

#endif

/* Stores the first m elements of x at p, or adds them to what is there. */
LFN_INLINE void lfn_put_part(lfn_real *p, lfn_vec x, size_t m, int accumulate)
{
    if (accumulate) x += lfn_load_part(p, m);
    lfn_store_part(p, x, m);
}

LFN_INLINE lfn_vec lfn_zero(void) { return lfn_set1(LFN_K(0)); }
LFN_INLINE lfn_vec lfn_clamp(lfn_vec x, lfn_vec low, lfn_vec high) { return lfn_min(lfn_max(x, low), high); }
LFN_INLINE lfn_vec lfn_neg_if(lfn_mask m, lfn_vec x) { return lfn_select(m, -x, x); }
LFN_INLINE lfn_uvec lfn_bits1(lfn_word u) { lfn_real x; memcpy(&x, &u, sizeof x); return lfn_bits(lfn_set1(x)); }

/* -1, 0 or 1; sign(0) = 0. */
LFN_INLINE lfn_vec lfn_sign(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1));
    return lfn_keep(x > lfn_zero(), one) - lfn_keep(x < lfn_zero(), one);
}

LFN_INLINE lfn_vec lfn_copysign(lfn_vec x, lfn_vec sign)
{
    const lfn_uvec bit = lfn_bits(lfn_set1(LFN_K(-0.0)));
    return lfn_from_bits((lfn_bits(x) & ~bit) | (lfn_bits(sign) & bit));
}

/* The loss of one value (or one vector of values) with its first and second
   derivative: what every formula of an elementwise function returns. */
typedef struct {
    lfn_vec loss, grad, hess;
} lfn_point;

/* ---- core/vmath ---- */

/* ---- elementary functions ---------------------------------------------------------

   The same text is the scalar function of one float or double and the vector
   function of every instruction set. The results are within these bounds, in
   units in the last place of the exact result, gradual underflow, special values
   and sign of zero as in C99; "measured" is the largest error found.

     function            bound  measured float, double
     exp                   2    1.08*  0.94
     expm1                 2    1.49+  1.47
     log                   2    0.83*  0.78
     log1p                 2    1.39*  1.32
     tanh                  2    1.94+  1.94
     sigmoid               2    1.80   1.85
     softplus              2    1.51   1.57
     pow                   2    0.94   0.87
     cbrt                  1    0.69   0.67
     sin, cos              2    0.79   0.79    all finite arguments; from |x| = 1600 (float),
                                               1600000 (double) on the C library does them
     atan                  2    1.84   1.42
     erf                   2    1.36   1.37
     erfc                  5    4.10   3.79
     lgamma               10    7.25   7.02    for x > 0; below, or an absolute error
                                               of bound * epsilon * max(4, |x| log |x|)
     digamma               6    4.44   4.27    or an absolute error of
                                               bound * epsilon * max(4, log |x|)
     (* over all 2^32 floats, + over all of 2^-6 <= |x| < 8, the others over samples)

   The absolute error counts where the result is small next to the terms it is the
   difference of: near the zeros of digamma and those of lgamma at negative x.
   lgamma is log |Gamma(x)|, infinity at 0 and the negative integers; digamma is
   -infinity at 0, infinity at -0, NaN at the negative integers and -infinity.

   No bound needs a fused multiply-add or hangs on FLT_EVAL_METHOD. Compiled with
   -ffast-math the bounds are two ulp wider, and hold for arguments and results well
   within the range of normal numbers. */

#if LFN_BITS == 32
#define LFN_MANTISSA 23
#define LFN_BIAS 127
#define LFN_WORD(w32, w64) LFN_CAST(lfn_word, w32)
#define LFN_F(c32, c64) LFN_K(c32)
#else
#define LFN_MANTISSA 52
#define LFN_BIAS 1023
#define LFN_WORD(w32, w64) LFN_CAST(lfn_word, w64)
#define LFN_F(c32, c64) LFN_K(c64)
#endif

/* x as the type holds it, and a wall to the optimiser: -ffast-math must not
   reassociate across it, nor x87 registers carry more digits over it. An empty
   assembly statement is the wall that holds in every later stage of the compiler:
   gcc loses __builtin_assoc_barrier where it makes vectors of scalar code. */
LFN_INLINE lfn_vec lfn_exact(lfn_vec x)
{
#if LFN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile lfn_real y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && defined(__SSE2__) && !defined(__CUDACC__)
    __asm__("" : "+x"(x));
    return x;
#elif defined(__GNUC__) && defined(__aarch64__) && !defined(__CUDACC__)
    __asm__("" : "+w"(x));
    return x;
#else
    volatile lfn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

LFN_INLINE lfn_vec lfn_infinity(void)
{
    return lfn_from_bits(lfn_bits1(LFN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000))));
}

LFN_INLINE lfn_vec lfn_nan(void)
{
    return lfn_from_bits(lfn_bits1(LFN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000))));
}

/* A whole number as a value and as bits (two's complement). */
typedef struct {
    lfn_vec value;
    lfn_uvec bits;
} lfn_whole;

/* The whole number nearest to x y, where |x y| < 2^21. Adding 1.5 times the
   number whose ulp is 1 rounds, and leaves the result in the low bits. */
LFN_INLINE lfn_whole lfn_nearest(lfn_vec x, lfn_vec y)
{
    const lfn_vec big = lfn_set1(LFN_F(12582912.0, 6755399441055744.0));
    const lfn_vec sum = lfn_exact(lfn_fma(x, y, big));
    lfn_whole n;
    n.value = lfn_exact(sum - big);
    n.bits = lfn_bits(sum) - lfn_bits(big);
    return n;
}

/* 2^n for -126 <= n <= 127 (double: -1022 to 1023) */
LFN_INLINE lfn_vec lfn_pow2(lfn_uvec n)
{
    return lfn_from_bits((n + LFN_CAST(lfn_word, LFN_BIAS)) << LFN_MANTISSA);
}

/* x 2^n for |n| up to twice the largest exponent: in two steps, so that the
   result alone overflows or is rounded to a subnormal. */
LFN_INLINE lfn_vec lfn_scale2(lfn_vec x, lfn_uvec n)
{
    const lfn_uvec both = n + LFN_CAST(lfn_word, 2 * LFN_BIAS), half = both >> 1;
    return lfn_exact(x * lfn_from_bits(half << LFN_MANTISSA)) * lfn_from_bits((both - half) << LFN_MANTISSA);
}

/* ---- exponentials --------------------------------------------------------------- */

/* (e^r - 1 - r) / r^2 for |r| <= log(2) / 2 */
LFN_INLINE lfn_vec lfn_exp_tail(lfn_vec r)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.00139288523));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00836351359)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0416665316)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.16666575)));
    return lfn_fma(q, r, lfn_set1(LFN_K(0.5)));
#else
    lfn_vec q = lfn_set1(LFN_K(2.0919116983338354e-9));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.5105810317631291e-8)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.755726166930097e-7)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.7557253966587009e-6)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(2.4801587336705121e-5)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00019841269875957273)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0013888888888879587)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0083333333333258082)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.041666666666666675)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.16666666666666671)));
    return lfn_fma(q, r, lfn_set1(LFN_K(0.5)));
#endif
}

#define LFN_LOG2E LFN_K(1.4426950408889634)
/* log(2) in two: the first has zeros at its end, so that its product with an exponent is exact. */
#define LFN_LN2_HIGH LFN_F(0.693145751953125, 0.69314718056011770)
#define LFN_LN2_LOW LFN_F(1.42860682031e-6, -1.7239444525614834773e-13)

/* e^x: x = n log 2 + r, e^x = 2^n e^r */
LFN_INLINE lfn_vec lfn_exp(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-104.0, -746.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    r = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), r);
    return lfn_scale2(lfn_fma(lfn_exp_tail(r), r * r, r) + LFN_K(1), n.bits);
}

/* e^x for x <= 0, in one scaling: below the smallest normal number the result is 0.
   For sums of exponentials, whose largest term is 1. */
LFN_INLINE lfn_vec lfn_exp_falling(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-87.0, -708.0));
    const lfn_vec z = lfn_max(low, x);
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    r = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), r);
    r = (lfn_fma(lfn_exp_tail(r), r * r, r) + LFN_K(1)) * lfn_pow2(n.bits);
    return lfn_keep(lfn_not(x < low), r);
}

/* The same with a term more in float, for where e^r - 1 cancels. */
LFN_INLINE lfn_vec lfn_expm1_tail(lfn_vec r)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.000198914798));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00139340904)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.00833331048)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.0416664609)));
    q = lfn_fma(q, r, lfn_set1(LFN_K(0.166666667)));
    return lfn_fma(q, r, lfn_set1(LFN_K(0.500000001)));
#else
    return lfn_exp_tail(r);
#endif
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
LFN_INLINE lfn_vec lfn_expm1(lfn_vec x)
{
    const lfn_vec low = lfn_set1(LFN_F(-20.0, -40.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    const lfn_vec start = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    const lfn_vec r = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), start));
    const lfn_vec rest = lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), lfn_exact(start - r));
    const lfn_vec small = r + lfn_fma(lfn_expm1_tail(r), r * r, rest);
    const lfn_whole m = lfn_nearest(lfn_min(n.value, lfn_set1(LFN_K(64))), lfn_set1(LFN_K(-1)));
    const lfn_vec one = lfn_exact(LFN_K(1) - lfn_pow2(m.bits));
    return lfn_copysign(lfn_scale2(one + small, n.bits), x);
}

/* ---- logarithms ----------------------------------------------------------------- */

/* log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1 */
LFN_INLINE lfn_vec lfn_log_of(lfn_vec k, lfn_vec f)
{
    const lfn_vec f2 = f * f;
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.0697161147));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.114797338)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.116854199)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.124256873)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.142490576)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.166678023)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.200007157)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(-0.24999997)));
    q = lfn_fma(q, f, lfn_set1(LFN_K(0.333333312)));
    q = lfn_fma(q * f, f2, k * LFN_LN2_LOW);
    q = lfn_fma(f2, lfn_set1(LFN_K(-0.5)), q);
#else
    /* log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f) */
    const lfn_vec s = f / (f + LFN_K(2)), z = s * s, half = f2 * LFN_K(0.5);
    lfn_vec q = lfn_set1(LFN_K(0.14617807153417325));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.15331611722055008)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.18182892432536871)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.22222211089379496)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.28571428626253838)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.39999999999898891)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.66666666666666697)));
    q = lfn_fma(s, lfn_fma(q, z, half), k * LFN_LN2_LOW) - half;
#endif
    return k * LFN_LN2_HIGH + lfn_exact(f + q);
}

/* A positive normal number's k and 2^k m = x, sqrt(1/2) <= m < sqrt(2). */
typedef struct {
    lfn_vec exponent, fraction;
} lfn_parts;

LFN_INLINE lfn_parts lfn_take_apart(lfn_vec x)
{
    const lfn_word root = LFN_WORD(0x3f3504f3u, UINT64_C(0x3fe6a09e667f3bcd));
    const lfn_word one = LFN_WORD(0x3f800000u, UINT64_C(0x3ff0000000000000));
    const lfn_word big = LFN_WORD(0x4b000000u, UINT64_C(0x4330000000000000));
    const lfn_word mask = LFN_WORD(0x007fffffu, UINT64_C(0x000fffffffffffff));
    const lfn_uvec u = lfn_bits(x) + LFN_CAST(lfn_word, one - root);
    lfn_parts p;
    p.exponent = lfn_exact(lfn_from_bits((u >> LFN_MANTISSA) | lfn_bits1(big)) - LFN_F(8388735.0, 4503599627371519.0));
    p.fraction = lfn_from_bits((u & lfn_bits1(mask)) + root);
    return p;
}

/* y for finite x > 0, else what the logarithm of x is: -infinity of 0, infinity, or NaN */
LFN_INLINE lfn_vec lfn_log_limits(lfn_vec x, lfn_vec y)
{
    const lfn_vec zero = lfn_zero(), infinity = lfn_infinity();
    const lfn_vec limit = lfn_select(x == zero, -infinity, lfn_select(x > zero, x, lfn_nan()));
    return lfn_select((x > zero) & (x < infinity), y, limit);
}

LFN_INLINE lfn_vec lfn_log(lfn_vec x)
{
    const lfn_mask tiny = x < LFN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const lfn_parts p = lfn_take_apart(lfn_select(tiny, x * LFN_F(33554432.0, 18014398509481984.0), x));
    const lfn_vec k = p.exponent - lfn_keep(tiny, lfn_set1(LFN_F(25.0, 54.0)));
    return lfn_log_limits(x, lfn_log_of(k, p.fraction - LFN_K(1)));
}

/* log(1 + x): 2^k m = 1 + x, and m - 1 = (2^-k - 1) + 2^-k x hardly rounds. */
LFN_INLINE lfn_vec lfn_log1p(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), sum = lfn_exact(x + one);
    const lfn_parts p = lfn_take_apart(sum);
    const lfn_mask large = x > LFN_F(1073741824.0, 1152921504606846976.0);
    const lfn_vec k = lfn_select(large, lfn_zero(), lfn_max(p.exponent, lfn_set1(LFN_K(-64))));
    const lfn_vec scale = lfn_pow2(lfn_nearest(k, lfn_set1(LFN_K(-1))).bits);
    const lfn_vec f = lfn_fma(scale, x, lfn_exact(scale - one));
    const lfn_vec y = lfn_log_of(p.exponent, lfn_select(large, p.fraction - one, f));
    return lfn_copysign(lfn_log_limits(sum, y), x);
}

/* ---- what is built on them ------------------------------------------------------- */

/* 1 / (1 + e^-x). With e = e^-|x|, which does not overflow, and w = e / (1 + e)
   it is 1 - w for x >= 0 and w = e - e w below. */
LFN_INLINE lfn_vec lfn_sigmoid(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), e = lfn_exp(-lfn_abs(x)), w = e / (one + e);
    const lfn_vec base = lfn_select(x < lfn_zero(), e, one);
    return lfn_fma(-base, w, base);
}

/* log(1 + e) for 0 <= e <= 1: 1 + f, or 2 (1 + f) with f = (e - 1) / 2, exactly */
LFN_INLINE lfn_vec lfn_log1p_unit(lfn_vec e)
{
    const lfn_vec one = lfn_set1(LFN_K(1));
    const lfn_mask upper = e > LFN_K(0.41421356237309503);
    return lfn_log_of(lfn_keep(upper, one), lfn_select(upper, lfn_exact(e - one) * LFN_K(0.5), e));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
LFN_INLINE lfn_vec lfn_softplus(lfn_vec x)
{
    return lfn_max(lfn_zero(), x) + lfn_log1p_unit(lfn_exp(-lfn_abs(x)));
}

/* With t = e^(2 |x|) - 1: tanh |x| = t / (t + 2) = h - h q, h = t / 2, q = t / (t + 2);
   from |x| = 0.55 on 1 - 2 / (t + 2). */
LFN_INLINE lfn_vec lfn_tanh(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), two = lfn_set1(LFN_K(2)), a = lfn_abs(x);
    const lfn_vec t = lfn_expm1(lfn_min(lfn_set1(LFN_K(44)), a * two));
    const lfn_mask large = a > LFN_K(0.55);
    const lfn_vec q = lfn_select(large, two, t) / (t + two), base = lfn_select(large, one, t * LFN_K(0.5));
    return lfn_copysign(lfn_fma(-base, q, base), x);
}

/* ---- numbers of twice the precision ------------------------------------------------ */

/* high + low, |low| at most about half an ulp of high */
typedef struct {
    lfn_vec high, low;
} lfn_pair;

/* a + b exactly */
LFN_INLINE lfn_pair lfn_two_sum(lfn_vec a, lfn_vec b)
{
    lfn_pair s;
    lfn_vec part;
    s.high = lfn_exact(a + b);
    part = lfn_exact(s.high - a);
    s.low = lfn_exact(lfn_exact(a - lfn_exact(s.high - part)) + lfn_exact(b - part));
    return s;
}

/* a + b exactly, |a| >= |b| or a = 0 */
LFN_INLINE lfn_pair lfn_quick_sum(lfn_vec a, lfn_vec b)
{
    lfn_pair s;
    s.high = lfn_exact(a + b);
    s.low = lfn_exact(b - lfn_exact(s.high - a));
    return s;
}

/* x with the lower half of its digits zero */
LFN_INLINE lfn_vec lfn_upper_half(lfn_vec x)
{
    return lfn_from_bits(lfn_bits(x) & lfn_bits1(LFN_WORD(0xfffff000u, UINT64_C(0xfffffffff8000000))));
}

/* a b exactly (to an ulp of low without a fused multiply-add) */
LFN_INLINE lfn_pair lfn_two_product(lfn_vec a, lfn_vec b)
{
    lfn_pair p;
    p.high = lfn_exact(a * b);
#if LFN_ISA != 0
    p.low = lfn_exact(lfn_fma(a, b, -p.high));
#else
    {
        const lfn_vec ah = lfn_upper_half(a), al = lfn_exact(a - ah), bh = lfn_upper_half(b), bl = lfn_exact(b - bh);
        p.low = lfn_exact(lfn_exact(lfn_exact(lfn_exact(ah * bh - p.high) + ah * bl) + al * bh) + al * bl);
    }
#endif
    return p;
}

/* a b in pairs */
LFN_INLINE lfn_pair lfn_pair_product(lfn_pair a, lfn_pair b)
{
    lfn_pair p = lfn_two_product(a.high, b.high);
    p.low = p.low + (a.high * b.low + a.low * b.high);
    return p;
}

/* e^(high + low): as lfn_exp, with low added to what the reduction leaves. |low| << 1. */
LFN_INLINE lfn_vec lfn_exp_pair(lfn_pair x)
{
    const lfn_vec low = lfn_set1(LFN_F(-120.0, -760.0)), high = lfn_set1(LFN_F(89.0, 710.0));
    const lfn_vec z = lfn_min(high, lfn_max(low, x.high));
    const lfn_whole n = lfn_nearest(z, lfn_set1(LFN_LOG2E));
    const lfn_vec start = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_HIGH), z));
    const lfn_vec rest = lfn_exact(lfn_fma(n.value, lfn_set1(-LFN_LN2_LOW), lfn_keep(z == x.high, x.low)));
    const lfn_vec r = lfn_exact(start + rest);
    const lfn_vec lost = lfn_exact(start - r) + rest;
    return lfn_scale2(LFN_K(1) + lfn_exact(r + lfn_fma(lfn_exp_tail(r), r * r, lost)), n.bits);
}

/* ---- powers ------------------------------------------------------------------------ */

/* (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2, |s| <= 0.1716 */
LFN_INLINE lfn_vec lfn_log_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.191217697));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.222047137)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.285715322)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.399999999)));
#else
    lfn_vec q = lfn_set1(LFN_K(0.11724904124570041));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.1170607121759953)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.13334810864251617)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.15384594848987562)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.18181818336456081)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.22222222221651192)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.28571428571429374)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.4)));
#endif
}

/* log x as a pair, for finite x > 0: with s = (m - 1) / (m + 1),
   log(2^k m) = k log 2 + s (2 + z (2 / 3 + z tail(z))), z = s^2 */
LFN_INLINE lfn_pair lfn_log_pair(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), two = lfn_set1(LFN_K(2));
    const lfn_mask tiny = x < LFN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const lfn_parts p = lfn_take_apart(lfn_select(tiny, x * LFN_F(33554432.0, 18014398509481984.0), x));
    const lfn_vec k = p.exponent - lfn_keep(tiny, lfn_set1(LFN_F(25.0, 54.0)));
    const lfn_vec f = lfn_exact(p.fraction - one);
    const lfn_pair d = lfn_quick_sum(two, f);
    const lfn_vec inverse = one / d.high;
    lfn_pair s, z, a, sum, product;
    s.high = lfn_exact(f * inverse);
    product = lfn_two_product(s.high, d.high);
    s.low = (lfn_exact(lfn_exact(f - product.high) - product.low) - s.high * d.low) * inverse;
    z = lfn_pair_product(s, s);
    a = lfn_quick_sum(lfn_set1(LFN_F(0.6666666865348815918, 0.6666666666666666297)), z.high * lfn_log_tail(z.high));
    a.low = a.low + LFN_F(-1.9868214925130208e-8, 3.7007434154171885e-17);
    a = lfn_pair_product(z, a);
    sum = lfn_quick_sum(two, a.high);
    sum.low = sum.low + a.low;
    product = lfn_pair_product(s, sum);
    sum = lfn_two_sum(k * LFN_LN2_HIGH, product.high);
    return lfn_quick_sum(sum.high, sum.low + (product.low + k * LFN_LN2_LOW));
}

/* x^y = e^(y log |x|), negative for negative x and odd y; the special values of C99. */
LFN_FN lfn_vec lfn_pow(lfn_vec x, lfn_vec y)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1)), infinity = lfn_infinity();
    const lfn_vec a = lfn_abs(x), huge = lfn_set1(LFN_F(1152921504606846976.0, 1267650600228229401496703205376.0));
    const lfn_vec z = lfn_min(huge, lfn_max(-huge, y)), half = y * LFN_K(0.5);
    const lfn_mask whole = lfn_round(y) == y, odd = whole & (lfn_round(half) != half);
    const lfn_pair logarithm = lfn_log_pair(a);
    lfn_pair power = lfn_two_product(logarithm.high, z);
    lfn_vec far = lfn_copysign(lfn_set1(LFN_K(2000)), y), result;
    power = lfn_quick_sum(power.high, power.low + logarithm.low * z);
    far = lfn_select(a == zero, -far, far);
    power.high = lfn_select((a == zero) | (a == infinity), far, power.high);
    result = lfn_exp_pair(power);
    result = lfn_select(odd, lfn_copysign(result, x), result);
    result = lfn_select((x < zero) & (a != infinity) & lfn_not(whole), lfn_nan(), result);
    result = lfn_select((x == x) & (y == y), result, lfn_nan());
    return lfn_select((y == zero) | (x == one), one, result);
}

/* about the cube root of m, sqrt(1/8) <= m < sqrt(8): to 2^-9 (float), 2^-7 (double) */
LFN_INLINE lfn_vec lfn_cbrt_guess(lfn_vec m)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.00723872626));
    q = lfn_fma(q, m, lfn_set1(LFN_K(-0.0722668714)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.292026507)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(-0.634247101)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.977624672)));
    return lfn_fma(q, m, lfn_set1(LFN_K(0.430228457)));
#else
    lfn_vec q = lfn_set1(LFN_K(-0.01304334529589504));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.11182671173693957)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(-0.38451222453810984)));
    q = lfn_fma(q, m, lfn_set1(LFN_K(0.82436295592584893)));
    return lfn_fma(q, m, lfn_set1(LFN_K(0.46237450690242317)));
#endif
}

/* |x| = 2^(3 q) m; a guess is improved by Halley's iteration, the last from a
   value t so short that t^2 is exact. */
LFN_FN lfn_vec lfn_cbrt(lfn_vec x)
{
    const lfn_vec a = lfn_abs(x);
    const lfn_mask tiny = a < LFN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const lfn_parts p = lfn_take_apart(lfn_select(tiny, a * LFN_F(16777216.0, 18014398509481984.0), a));
    const lfn_vec k = p.exponent - lfn_keep(tiny, lfn_set1(LFN_F(24.0, 54.0)));
    const lfn_vec third = lfn_set1(LFN_K(0.33333333333333333)), zero = lfn_zero(), infinity = lfn_infinity();
    const lfn_mask finite = (a > zero) & (a < infinity);
    const lfn_whole q = lfn_nearest(lfn_keep(finite, k), third);
    const lfn_whole rest = lfn_nearest(lfn_keep(finite, k) - q.value * LFN_K(3), lfn_set1(LFN_K(1)));
    const lfn_vec m = p.fraction * lfn_pow2(rest.bits);
    lfn_vec t = lfn_cbrt_guess(m), ratio;
#if LFN_BITS == 64
    {
        const lfn_vec cube = t * t * t;
        t = t * ((cube + m * LFN_K(2)) / (cube * LFN_K(2) + m));
    }
    t = lfn_from_bits(lfn_bits(t) & lfn_bits1(UINT64_C(0xfffffffff0000000)));
#else
    t = lfn_upper_half(t);
#endif
    ratio = m / lfn_exact(t * t);
    t = t + t * (lfn_exact(ratio - t) / (t + t + ratio));
    return lfn_select(finite, lfn_copysign(t * lfn_pow2(q.bits), x), x);
}

/* ---- sine, cosine, arc tangent ------------------------------------------------------- */

/* (sin r - r) / r^3 in z = r^2, |r| <= pi / 4 */
LFN_INLINE lfn_vec lfn_sin_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(2.72493144e-6));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00019840082)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00833333187)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.166666667)));
#else
    lfn_vec q = lfn_set1(LFN_K(-7.5865766484052612e-13));
    q = lfn_fma(q, z, lfn_set1(LFN_K(1.6058529573291738e-10)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-2.5052106219528367e-8)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.7557319219301937e-6)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00019841269841265017)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.0083333333333333315)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.16666666666666667)));
#endif
}

/* (cos r - 1 + r^2 / 2) / r^4 in z = r^2, |r| <= pi / 4 */
LFN_INLINE lfn_vec lfn_cos_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-2.73004489e-7));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.48005964e-5)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00138888877)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.0416666667)));
#else
    lfn_vec q = lfn_set1(LFN_K(-1.1382456865840482e-11));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.0876143829213937e-9)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-2.7557317260014707e-7)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(2.4801587298743081e-5)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.0013888888888887382)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.041666666666666665)));
#endif
}

/* sin(r + low) and cos(r + low), |r| <= pi / 4 */
LFN_INLINE lfn_vec lfn_sin_of(lfn_pair r)
{
    const lfn_vec z = r.high * r.high;
    return r.high + lfn_fma(r.high * z, lfn_sin_tail(z), r.low * lfn_fma(z, lfn_set1(LFN_K(-0.5)), lfn_set1(LFN_K(1))));
}

LFN_INLINE lfn_vec lfn_cos_of(lfn_pair r)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), z = r.high * r.high, half = z * LFN_K(0.5), w = lfn_exact(one - half);
    return w + (lfn_exact(lfn_exact(one - w) - half) + lfn_fma(z * z, lfn_cos_tail(z), -(r.high * r.low)));
}

/* Up to where the reduction below is exact enough; beyond it the C library does it. */
#define LFN_TURN_LIMIT LFN_F(1600.0, 1600000.0)

/* x - n pi / 2 as a pair, and n. pi / 2 comes in four parts, the products of n and
   the first three exact. */
LFN_INLINE lfn_pair lfn_turn(lfn_vec x, lfn_uvec *quarter)
{
    const lfn_whole n = lfn_nearest(x, lfn_set1(LFN_K(0.63661977236758134308)));
    const lfn_vec start = lfn_exact(x - n.value * LFN_F(1.5706787109375, 1.570796326734125614166));
    const lfn_pair a = lfn_two_sum(start, -(n.value * LFN_F(0.00011761486530303955, 6.077100506303965976596e-11)));
    const lfn_pair b = lfn_two_sum(a.high, -(n.value * LFN_F(9.9203134595882148e-10, 2.022266248711166455796e-21)));
    const lfn_vec rest = n.value * LFN_F(6.2233721718966133923e-14, 8.478427660368899644e-32);
    *quarter = n.bits;
    return lfn_two_sum(b.high, a.low + (b.low - rest));
}

/* The sine of |x| under LFN_TURN_LIMIT, a quarter turn of them further where shift is 1. */
LFN_INLINE lfn_vec lfn_sin_shifted(lfn_vec x, lfn_word shift)
{
    lfn_uvec n;
    const lfn_pair r = lfn_turn(x, &n);
    const lfn_uvec one = lfn_bits1(1), none = lfn_bits1(0), quarter = n + shift;
    const lfn_vec y = lfn_select((quarter & one) != none, lfn_cos_of(r), lfn_sin_of(r));
    return lfn_neg_if((quarter & (one + one)) != none, y);
}

/* y, and in the lanes that are set f(x) of the C library in double. */
LFN_FN lfn_vec lfn_lanewise(double (*f)(double), lfn_vec x, lfn_mask m, lfn_vec y)
{
    lfn_real lane[LFN_LANES];
    int k;
    lfn_store(lane, x);
    for (k = 0; k < LFN_LANES; k++) lane[k] = LFN_CAST(lfn_real, f(LFN_CAST(double, lane[k])));
    return lfn_select(m, lfn_load(lane), y);
}

LFN_FN lfn_vec lfn_sin(lfn_vec x)
{
    const lfn_mask small = lfn_abs(x) < LFN_TURN_LIMIT;
    const lfn_vec y = lfn_select(x == lfn_zero(), x, lfn_sin_shifted(lfn_keep(small, x), 0));
    return lfn_all(small) ? y : lfn_lanewise(sin, x, lfn_not(small), y);
}

LFN_FN lfn_vec lfn_cos(lfn_vec x)
{
    const lfn_mask small = lfn_abs(x) < LFN_TURN_LIMIT;
    const lfn_vec y = lfn_sin_shifted(lfn_keep(small, x), 1);
    return lfn_all(small) ? y : lfn_lanewise(cos, x, lfn_not(small), y);
}

/* (atan t - t) / t^3 in z = t^2, |t| <= tan(pi / 8) */
LFN_INLINE lfn_vec lfn_atan_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.0504612817));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.0862389667)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.110712604)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.142841455)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.199999772)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.333333333)));
#else
    lfn_vec q = lfn_set1(LFN_K(-0.013905374533113235));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.030622995553735516)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.041038875468626873)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.047192591882420924)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.052580202726567583)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.058819230561140226)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.066666418691311827)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.076923067291948968)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.090909090668160809)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.11111111110751481)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.14285714285711491)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.19999999999999991)));
    return lfn_fma(q, z, lfn_set1(LFN_K(-0.33333333333333333)));
#endif
}

/* atan |x| = base + atan t, t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, base = 0, pi / 4 or pi / 2 */
LFN_FN lfn_vec lfn_atan(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), zero = lfn_zero(), a = lfn_abs(x);
    const lfn_mask middle = a > LFN_K(0.41421356237309503), large = a > LFN_K(2.4142135623730951);
    const lfn_vec up = lfn_select(large, -one, lfn_select(middle, a - one, a));
    const lfn_vec down = lfn_select(large, a, lfn_select(middle, a + one, one));
    const lfn_vec base = lfn_select(large, lfn_set1(LFN_F(1.570796370506286621, 1.570796326794896558)),
        lfn_keep(middle, lfn_set1(LFN_F(0.7853981852531433105, 0.785398163397448279))));
    const lfn_vec low = lfn_select(large, lfn_set1(LFN_F(-4.3711390001862428e-8, 6.1232339957367659e-17)),
        lfn_select(middle, lfn_set1(LFN_F(-2.1855695000931214e-8, 3.0616169978683829e-17)), zero));
    const lfn_vec t = up / down, z = t * t;
    return lfn_copysign(base + lfn_exact(t + lfn_fma(t * z, lfn_atan_tail(z), low)), x);
}

/* ---- error function -------------------------------------------------------------------- */

/* (erf x - x) / x in z = x^2, |x| <= 1 */
LFN_INLINE lfn_vec lfn_erf_tail(lfn_vec z)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-9.66704457e-6));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00011265959)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.000848408041)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00522103181)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.0268654307)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.112837825)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.376126385)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.128379167)));
#else
    lfn_vec q = lfn_set1(LFN_K(-4.2309458242953378e-12));
    q = lfn_fma(q, z, lfn_set1(LFN_K(8.7090451290531067e-11)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-1.216456005728345e-9)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(1.4792401209404813e-8)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-1.6364642158167615e-7)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(1.6462045441468419e-6)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-1.4925647567519332e-5)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.00012055332902888735)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.00085483270219348296)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.0052239776254232983)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.026866170645129841)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(0.1128379167095512)));
    q = lfn_fma(q, z, lfn_set1(LFN_K(-0.37612638903183752)));
    return lfn_fma(q, z, lfn_set1(LFN_K(0.12837916709551257)));
#endif
}

/* (1 + 2 a) e^(a^2) erfc(a) in t = (a - 4) / (a + 4), a from 0.47 to 10.2 (float), 27.4 (double) */
LFN_INLINE lfn_vec lfn_erfc_factor(lfn_vec t)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-0.00052551435));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.000890759548)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00515217024)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0161078784)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0371567471)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0663477856)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0937323918)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.101037699)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0680971291)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0153796134)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.139621118)));
    return lfn_fma(q, t, lfn_set1(LFN_K(1.23299512)));
#else
    lfn_vec q = lfn_set1(LFN_K(1.5740667325302964e-9));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.4355756802467888e-9)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.4867857762189077e-8)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.9813977344735414e-8)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(1.1078129699130398e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(7.7244452519751469e-8)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-8.2570542732789902e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.917761739652986e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(5.7097039804903096e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.122105046281538e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-2.4399142592225436e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00015062137526125789)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00019925672460019633)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00075777322974703339)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0050319699841567711)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.016197734064972366)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.037167515536801652)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.066330365811704678)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.093732834998388087)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.10103906603632333)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.068097054254691736)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.01537965210262002)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.13962111684056251)));
    return lfn_fma(q, t, lfn_set1(LFN_K(1.2329951186255525)));
#endif
}

/* erfc(a) = e^(-a^2) factor / (1 + 2 a) for a >= 0.47; a^2 = h^2 + (a - h)(a + h), h^2 exact */
LFN_INLINE lfn_vec lfn_erfc_of(lfn_vec a)
{
    const lfn_vec z = lfn_min(lfn_set1(LFN_F(10.2, 27.4)), lfn_max(lfn_set1(LFN_K(0.47)), a));
    const lfn_vec h = lfn_upper_half(z), four = lfn_set1(LFN_K(4));
    const lfn_vec factor = lfn_erfc_factor((z - four) / (z + four)) / (z + z + LFN_K(1));
    lfn_pair square;
    square.high = -lfn_exact(h * h);
    square.low = -(lfn_exact(z - h) * (z + h));
    return lfn_exp_pair(square) * factor;
}

/* x + x tail(x^2) up to 1, 1 - erfc |x| beyond */
LFN_FN lfn_vec lfn_erf(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), a = lfn_abs(x), inner = lfn_min(one, a);
    const lfn_vec small = lfn_fma(inner, lfn_erf_tail(inner * inner), inner);
    return lfn_select(x == x, lfn_copysign(lfn_select(a > one, one - lfn_erfc_of(a), small), x), x);
}

/* 1 - erf(x) for |x| < 1/2, 2 - erfc(-x) below */
LFN_FN lfn_vec lfn_erfc(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), half = lfn_set1(LFN_K(0.5)), a = lfn_abs(x), tail = lfn_erfc_of(a);
    const lfn_vec inner = lfn_min(half, lfn_max(-half, x));
    const lfn_vec small = one - lfn_fma(inner, lfn_erf_tail(inner * inner), inner);
    const lfn_vec y = lfn_select(a < half, small, lfn_select(x < lfn_zero(), LFN_K(2) - tail, tail));
    return lfn_select(x == x, y, x);
}

/* ---- gamma function ---------------------------------------------------------------------- */

/* log Gamma(2 + t) / t, |t| <= 1/2 */
LFN_INLINE lfn_vec lfn_lgamma_factor(lfn_vec t)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.000113449486));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.000253822248)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.000506528962)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00118585778)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00289079335)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00738617446)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0205807996)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0673522815)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.322467033)));
    return lfn_fma(q, t, lfn_set1(LFN_K(0.422784335)));
#else
    lfn_vec q = lfn_set1(LFN_K(6.376295734499092e-8));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-1.3413423047041578e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.0307921392240115e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-4.3034947036237722e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(9.578515261333411e-7)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-2.0449229705497507e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(4.3743787562085535e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-9.4384580476527738e-6)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(2.0507266826252506e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-4.4926351195667295e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(9.9457509153471438e-5)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.00022315475073783337)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.00050966952488235433)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0011927539120013529)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.0028905103307388233)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.0073855510286681463)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.020580808427784568)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(-0.067352301053198139)));
    q = lfn_fma(q, t, lfn_set1(LFN_K(0.32246703342411322)));
    return lfn_fma(q, t, lfn_set1(LFN_K(0.42278433509846714)));
#endif
}

/* x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in w = 1 / x^2, x >= 8 */
LFN_INLINE lfn_vec lfn_stirling(lfn_vec w)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(0.000780034719));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.00277769855)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.0833333333)));
#else
    lfn_vec q = lfn_set1(LFN_K(0.0050659053600815934));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0018903829938839238)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.00084147008525024054)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.00059523658450570417)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.00079365078975240582)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0027777777777739882)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.083333333333333333)));
#endif
}

/* pi (x - n), n the integer nearest to x. */
LFN_INLINE lfn_vec lfn_half_turn(lfn_vec x) { return (x - lfn_round(x)) * LFN_K(3.14159265358979323846); }

/* log Gamma(x) for x > 0. From 8 on by Stirling's series, below by
   log Gamma(x) = log Gamma(2 + t) + log(product), |t| <= 1/2. */
LFN_INLINE lfn_vec lfn_lgamma_positive(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), limit = lfn_set1(LFN_K(2.5));
    const lfn_mask large = x >= LFN_K(8), below = x < LFN_K(1.5), low = x < LFN_K(0.5);
    lfn_vec product = one, y = lfn_select(large, one + one, x), t, logarithm, small, inverse;
    int k;
    for (k = 0; k < 6; k++) {
        const lfn_mask m = y > limit;
        y = lfn_select(m, y - one, y);
        product = lfn_select(m, product * y, product);
    }
    t = lfn_select(low, y, lfn_select(below, y - one, y - LFN_K(2)));
    product = lfn_select(low, y * (y + one), lfn_select(below, y, product));
    logarithm = lfn_log(lfn_select(large, x, product));
    small = t * lfn_lgamma_factor(t) + lfn_neg_if(below, logarithm);
    inverse = one / lfn_max(lfn_set1(LFN_K(8)), x);
    y = (x - LFN_K(0.5)) * (logarithm - one) + (inverse * lfn_stirling(inverse * inverse) + LFN_K(0.41893853320467274178));
    return lfn_select(large, y, small);
}

/* log |Gamma(x)|; below 0 log(pi / |sin(pi x)|) - log Gamma(1 - x), where sin(pi x) of tiny x is pi x */
LFN_FN lfn_vec lfn_lgamma(lfn_vec x)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1)), infinity = lfn_infinity();
    const lfn_mask negative = x < zero;
    const lfn_vec y = lfn_lgamma_positive(lfn_select(negative, one - x, x));
    lfn_vec reflected = zero;
    if (lfn_any(negative)) {
        const lfn_mask tiny = x > LFN_F(-1e-5, -1e-9);
        const lfn_vec turn = lfn_half_turn(lfn_keep(negative & (x > -infinity), x));
        const lfn_vec sine = lfn_abs(lfn_select(tiny, x, lfn_sin(turn)));
        reflected = lfn_select(tiny, zero, lfn_set1(LFN_K(1.1447298858494001741))) - lfn_log(sine) - y;
        reflected = lfn_select(sine == zero, infinity, reflected);
    }
    return lfn_select(lfn_abs(x) == infinity, infinity, lfn_select(negative, reflected, y));
}

/* x^2 (log x - 1 / (2 x) - psi(x)) in w = 1 / x^2, x >= 6 */
LFN_INLINE lfn_vec lfn_digamma_series(lfn_vec w)
{
#if LFN_BITS == 32
    lfn_vec q = lfn_set1(LFN_K(-0.00378552955));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.0039618389)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.00833329813)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.0833333333)));
#else
    lfn_vec q = lfn_set1(LFN_K(1.2391679863993024));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.36785763321584679)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.081436305058735288)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.021063611862127793)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.0075754873976434952)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0041666652417935437)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(0.0039682539644546434)));
    q = lfn_fma(q, w, lfn_set1(LFN_K(-0.0083333333333294057)));
    return lfn_fma(q, w, lfn_set1(LFN_K(0.083333333333333333)));
#endif
}

/* psi(x) for x > 0: psi(x + m) - sum 1 / (x + i), the sum as 1 / x and one fraction
   for the rest; from 6 on log x - 1 / (2 x) - series(1 / x^2) / x^2 */
LFN_INLINE lfn_vec lfn_digamma_positive(lfn_vec x)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), limit = lfn_set1(LFN_K(6));
    const lfn_mask below = x < limit;
    const lfn_vec first = lfn_keep(below, one / x);
    lfn_vec y = lfn_select(below, x + one, x), up = lfn_zero(), down = one, inverse, square;
    int k;
    for (k = 0; k < 5; k++) {
        const lfn_mask m = y < limit;
        up = lfn_select(m, lfn_fma(up, y, down), up);
        down = lfn_select(m, down * y, down);
        y = lfn_select(m, y + one, y);
    }
    inverse = one / y;
    square = inverse * inverse;
    y = lfn_log(y) - lfn_fma(square, lfn_digamma_series(square), inverse * LFN_K(0.5));
    return y - up / down - first;
}

/* psi(x), the derivative of log Gamma; below 0 psi(1 - x) - pi / tan(pi x).
   -infinity at 0, infinity at -0, NaN at the negative integers. */
LFN_FN lfn_vec lfn_digamma(lfn_vec x)
{
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1)), infinity = lfn_infinity();
    const lfn_mask negative = x < zero;
    lfn_vec y = lfn_digamma_positive(lfn_select(negative, one - x, x)), turn;
    if (lfn_any(negative)) {
        const lfn_mask bounded = negative & (x > -infinity);
        turn = lfn_half_turn(lfn_keep(bounded, x));
        turn = LFN_K(3.14159265358979323846) * lfn_cos(turn) / lfn_sin(turn);
        turn = lfn_select(bounded & (lfn_round(x) != x), y - turn, lfn_nan());
        y = lfn_select(negative, turn, y);
    }
    return lfn_select(x == zero, lfn_copysign(infinity, -x), y);
}

#undef LFN_TURN_LIMIT
#undef LFN_LN2_LOW
#undef LFN_LN2_HIGH
#undef LFN_LOG2E
#undef LFN_F
#undef LFN_WORD
#undef LFN_BIAS
#undef LFN_MANTISSA

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

/* loss = e^2 */
LFN_INLINE lfn_point lfn_mse_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    (void)h;
    p.loss = e * e;
    p.grad = e + e;
    p.hess = lfn_set1(LFN_K(2));
    return p;
}

/* loss = |e| */
LFN_INLINE lfn_point lfn_mae_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    (void)h;
    p.loss = lfn_abs(e);
    p.grad = lfn_sign(e);
    p.hess = lfn_zero();
    return p;
}

/* delta = h[0]; g = clamp(e, -delta, delta): loss = g (e - g / 2) */
LFN_INLINE lfn_point lfn_huber_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    const lfn_vec g = lfn_max(-h[0], lfn_min(h[0], e));
    p.loss = g * (e - LFN_K(0.5) * g);
    p.grad = g;
    p.hess = lfn_keep(lfn_abs(e) <= h[0], lfn_set1(LFN_K(1)));
    return p;
}

/* beta = h[0], h[1] = 1 / beta, of lfn_smooth_l1_param */
LFN_INLINE lfn_point lfn_smooth_l1_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    const lfn_vec a = lfn_abs(e);
    const lfn_mask inside = a < h[0];
    p.loss = lfn_select(inside, LFN_K(0.5) * e * (e * h[1]), a - LFN_K(0.5) * h[0]);
    p.grad = lfn_select(inside, e * h[1], lfn_sign(e));
    p.hess = lfn_keep(inside, h[1]);
    return p;
}

/* a = h[0], h[1] = 1 / a. With x = |a e|, u = e^-x - 1 and t = e^-x:
   log(cosh(x)) = log(1 + u^2 / (2 t)) for x < 1, x - log(2) + log(1 + t^2) else;
   tanh(x) = -u (1 + t) / (1 + t^2) */
LFN_INLINE lfn_point lfn_log_cosh_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec one = lfn_set1(LFN_K(1));
    const lfn_vec e = h[0] * (pred - target);
    const lfn_vec x = lfn_abs(e);
    const lfn_vec u = lfn_expm1(-x);
    const lfn_vec t = lfn_exp(-x);
    const lfn_mask inside = x < one;
    const lfn_vec l = lfn_log1p_unit(lfn_select(inside, LFN_K(0.5) * u * u / t, t * t));
    const lfn_vec q = one / (one + t * t);
    p.loss = h[1] * lfn_select(inside, l, x + (l - LFN_K(0.69314718055994530942)));
    p.grad = lfn_copysign(-u * (one + t) * q, e);
    p.hess = h[0] * (LFN_K(4) * (t * q) * (t * q));
    return p;
}

/* alpha = h[0] */
LFN_INLINE lfn_point lfn_quantile_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec e = pred - target;
    const lfn_vec over = lfn_set1(LFN_K(1)) - h[0];
    p.loss = lfn_select(e > lfn_zero(), over * e, -h[0] * e);
    p.grad = lfn_keep(e > lfn_zero(), over) - lfn_keep(e < lfn_zero(), h[0]);
    p.hess = lfn_zero();
    return p;
}

#endif

/* ---- lossfn/counts ---- */
#if LFN_HAS_COUNTS

/* log(t!) where h[0] is not 0 */
LFN_INLINE lfn_vec lfn_log_factorial_if(lfn_vec target, lfn_vec full)
{
    const lfn_mask on = lfn_not(full == lfn_zero());
    return lfn_any(on) ? lfn_keep(on, lfn_lgamma(target + lfn_set1(LFN_K(1)))) : lfn_zero();
}

/* pred is the log rate; full = h[0] */
LFN_INLINE lfn_point lfn_poisson_log_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec rate = lfn_exp(pred);
    p.loss = rate - lfn_keep(lfn_not(target == lfn_zero()), target * pred) + lfn_log_factorial_if(target, h[0]);
    p.grad = rate - target;
    p.hess = rate;
    return p;
}

/* pred is the rate; full = h[0], eps = h[1] */
LFN_INLINE lfn_point lfn_poisson_rate_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec one = lfn_set1(LFN_K(1)), rate = pred + h[1];
    const lfn_mask some = lfn_not(target == lfn_zero());
    const lfn_vec ratio = lfn_keep(some, target / rate);
    p.loss = pred - lfn_keep(some, target * lfn_log(rate)) + lfn_log_factorial_if(target, h[0]);
    p.grad = one - ratio;
    p.hess = lfn_keep(some, ratio / rate);
    return p;
}

#endif

/* ---- lossfn/binary ---- */
#if LFN_HAS_BINARY

/* pos_weight = h[0]. With e = exp(-|x|): softplus(x) = max(x, 0) + log(1 + e),
   sigmoid(|x|) = 1 / (1 + e), sigmoid(-|x|) = e / (1 + e). A weight of 0 makes its
   term 0 even where the other factor is infinite. */
LFN_INLINE lfn_point lfn_bce_with_logits_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec zero = lfn_zero(), one = lfn_set1(LFN_K(1));
    const lfn_vec e = lfn_exp(-lfn_abs(pred));
    const lfn_vec l = lfn_log1p_unit(e);
    const lfn_vec big = one / (one + e), small = e * big;
    const lfn_mask positive = pred > zero;
    const lfn_vec up = lfn_select(positive, big, small), down = lfn_select(positive, small, big);
    const lfn_vec a = h[0] * target, b = one - target;
    p.loss = lfn_keep(lfn_not(a == zero), a * (lfn_max(zero, -pred) + l)) + lfn_keep(lfn_not(b == zero), b * (lfn_max(zero, pred) + l));
    p.grad = b * up - a * down;
    p.hess = (a + b) * (up * down);
    return p;
}

/* m = max(0, 1 - t x): loss = m^2 */
LFN_INLINE lfn_point lfn_squared_hinge_point(lfn_vec pred, lfn_vec target, const lfn_vec *h)
{
    lfn_point p;
    const lfn_vec one = lfn_set1(LFN_K(1));
    const lfn_vec gap = one - target * pred;
    const lfn_vec m = lfn_max(lfn_zero(), gap);
    (void)h;
    p.loss = m * m;
    p.grad = LFN_K(-2) * target * m;
    p.hess = lfn_keep(gap > lfn_zero(), LFN_K(2) * target * target);
    return p;
}

#endif

/* ---- lossfn/distribution ---- */
#if LFN_HAS_DISTRIBUTION

/* The loss with its derivatives in the mean and in the variance (or its logarithm). */
typedef struct {
    lfn_vec loss, mean, variance;
} lfn_gaussian_terms;

/* variance is v > 0 itself; clamped: where it stands for a smaller one */
LFN_INLINE lfn_gaussian_terms lfn_gaussian_point(lfn_vec mean, lfn_vec v, lfn_mask clamped, lfn_vec target)
{
    lfn_gaussian_terms p;
    const lfn_vec e = mean - target, ratio = e / v, square = e * ratio;
    p.loss = LFN_K(0.5) * (lfn_log(v) + square);
    p.mean = ratio;
    p.variance = lfn_keep(lfn_not(clamped), LFN_K(0.5) * (lfn_set1(LFN_K(1)) - square) / v);
    return p;
}

/* s is the logarithm of the variance */
LFN_INLINE lfn_gaussian_terms lfn_gaussian_log_point(lfn_vec mean, lfn_vec s, lfn_vec target)
{
    lfn_gaussian_terms p;
    const lfn_vec e = mean - target, ratio = e * lfn_exp(-s), square = e * ratio;
    p.loss = LFN_K(0.5) * (s + square);
    p.mean = ratio;
    p.variance = LFN_K(0.5) * (lfn_set1(LFN_K(1)) - square);
    return p;
}

#endif

/* ---- lossfn/regularisers ---- */
#if LFN_HAS_REGULARISERS

/* l1 = h[0], l2 = h[1] */
LFN_INLINE lfn_point lfn_elastic_net_point(lfn_vec x, lfn_vec unused, const lfn_vec *h)
{
    lfn_point p;
    (void)unused;
    p.loss = h[0] * lfn_abs(x) + LFN_K(0.5) * h[1] * x * x;
    p.grad = h[0] * lfn_sign(x) + h[1] * x;
    p.hess = h[1];
    return p;
}

#endif
#endif

#if LFN_PASS == 4 && LFN_ISA == 0
/* ---- types and helpers that kernels and public functions share, once per type -- */

/* ---- lossfn/options ---- */

/* The items of one call: how each loss is weighted, where it goes, and what its
   gradient is multiplied with. */
typedef struct {
    int reduction, accumulate;
    const lfn_real *weight;     /* one per item or NULL */
    const lfn_real *upstream;   /* one per item (LOSSFN_NONE only) or NULL */
    lfn_real *loss_out;         /* where the loss goes, NULL: nowhere */
    double *count_out;
    double denominator;     /* the caller's, 0: our own count */
    double scale;           /* of every gradient: upstream / denominator */
    double factor;          /* of the summed loss: 1 / denominator */
    double total;           /* sum of weight x loss so far */
    double count;           /* what the items come to */
} LFN_T_(lfn_items);

/* p + k; NULL stays NULL (an empty array may be). */
LFN_SMALL const lfn_real *LFN_T_(lfn_at)(const lfn_real *p, size_t k) { return p ? p + k : NULL; }

LFN_SMALL double LFN_T_(lfn_item_weight)(const LFN_T_(lfn_items) *it, size_t i)
{
    return it->weight ? (double)it->weight[i] : 1.0;
}

/* What item i's gradient is multiplied with: 0 for a skipped item. */
LFN_SMALL double LFN_T_(lfn_item_scale)(const LFN_T_(lfn_items) *it, size_t i)
{
    double scale = it->scale;
    if (it->weight) scale = it->weight[i] == 0 ? 0 : scale * (double)it->weight[i];
    if (it->upstream) scale *= (double)it->upstream[i];
    return scale;
}

/* Takes the loss of item i; weight 0 makes it 0 whatever it is. */
LFN_SMALL void LFN_T_(lfn_item_loss)(LFN_T_(lfn_items) *it, size_t i, double loss)
{
    if (it->weight) loss = it->weight[i] == 0 ? 0 : loss * (double)it->weight[i];
    it->total += loss;
    if (it->reduction == LOSSFN_NONE && it->loss_out) it->loss_out[i] = (lfn_real)loss;
}

/* ---- lossfn/elementwise ---- */

/* One call. target of a penalty on one array is the array itself. */
typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *pred, *target;
    lfn_real *grad, *hess;
    size_t n;
    int form;            /* which of the loss's formulas, where it has several */
    lfn_real param[4];
} LFN_T_(lfn_elementwise);

/* Elements per block: its buffers stay in the first-level cache, and a float
   sums at most this many losses before it goes into a double. */
#ifndef LFN_BLOCK
#define LFN_BLOCK 512
#endif

/* A block: n values; losses, scale x gradients and scale x second derivatives
   go where wanted. */
typedef struct {
    const lfn_real *pred, *target, *param;
    lfn_real *loss, *grad, *hess;
    size_t n;
    lfn_real scale;
} LFN_T_(lfn_block);

/* ---- lossfn/rows ---- */

/* One call. */
typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *input;          /* rows x columns */
    const int32_t *labels;      /* one per row */
    const lfn_real *class_weight;   /* one per class or NULL */
    lfn_real *grad;
    size_t rows, columns;
    int32_t ignore_index;
    int form;
    double param[3];
} LFN_T_(lfn_rows);

/* One call on rows against rows of targets. */
typedef struct {
    LFN_T_(lfn_rows) rows;
    const lfn_real *targets;
    lfn_real *grad_targets;
} LFN_T_(lfn_soft_rows);

LFN_SMALL double LFN_T_(lfn_class_weight)(const LFN_T_(lfn_rows) *a, size_t label)
{
    return a->class_weight ? (double)a->class_weight[label] : 1.0;
}

/* ---- lossfn/linear_cross_entropy ---- */
#if LFN_HAS_LINEAR

/* A row of the block while its classes pass by. */
typedef struct {
    double ties, rest, weighted, scale;     /* ties, rest and max as in a softmax */
    lfn_real max, score;
    size_t row, label;
} LFN_T_(lfn_linear_row);

typedef struct {
    LFN_T_(lfn_rows) rows;                     /* input is hidden, grad is grad_hidden, columns classes */
    const lfn_real *weight, *bias;
    lfn_real *grad_weight, *grad_bias;
    size_t width;
    lfn_real *block, *block_grad, *logits;      /* scratch */
    LFN_T_(lfn_linear_row) *row;
} LFN_T_(lfn_linear);

#endif

/* ---- lossfn/distribution ---- */
#if LFN_HAS_DISTRIBUTION

typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *mean, *variance, *target;
    lfn_real *grad_mean, *grad_variance, *grad_target;
    size_t n;
    int log_variance, full;
    lfn_real eps;
} LFN_T_(lfn_gaussian);

#endif

/* ---- lossfn/pairs ---- */
#if LFN_HAS_PAIRS

typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *x[3];
    lfn_real *grad[3];
    const int32_t *labels;
    size_t rows, width;
    double margin, p, eps;
    int swap;
} LFN_T_(lfn_tuples);

#endif

/* ---- lossfn/contrastive ---- */
#if LFN_HAS_CONTRASTIVE

typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *x;
    const int32_t *labels;      /* NULL: the one positive of i is i + n / 2, or i - n / 2 */
    lfn_real *grad;
    size_t n, width;
    double temperature, factor; /* factor: temperature / base temperature */
    /* scratch, n x width: the rows of length 1, the gradient in them */
    lfn_real *unit, *slope;
    lfn_real *tile;
    /* scratch, per row: |x|, the largest s, factors of exp(s - largest) and of the positives */
    lfn_real *norm, *largest, *share, *pull;
    void *softmax;              /* lfn_softmax per row */
    double *positive;           /* sum of s over the positives */
    size_t *members;            /* how many they are */
} LFN_T_(lfn_contrast);

#endif

/* ---- lossfn/margin ---- */
#if LFN_HAS_MARGIN

/* A row of the block while its classes pass by. */
typedef struct {
    double slope, scale;        /* d label's logit / d (s c); of the gradient */
    lfn_real score;                 /* the label's logit, with its margin */
    lfn_real norm;                  /* |x| */
    size_t row, label;
} LFN_T_(lfn_margin_row);

typedef struct {
    LFN_T_(lfn_rows) rows;         /* input is features, grad is grad_features, columns classes */
    const lfn_real *weight;
    lfn_real *grad_weight;
    size_t width;
    double scale, margin;
    int easy;
    lfn_real *block, *block_grad;   /* scratch: unit rows, the gradient in them */
    lfn_real *tile, *tile_grad;     /* scratch: unit class weights, the gradient in them */
    lfn_real *norm, *logits;        /* scratch: |w| of the tile; block x tile */
    LFN_T_(lfn_margin_row) *row;
    void *softmax;              /* lfn_softmax per row of the block */
} LFN_T_(lfn_margin);

#endif

/* ---- lossfn/listwise ---- */
#if LFN_HAS_LISTWISE

typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *scores, *relevance;
    lfn_real *out[2];               /* gradient in the scores; in the relevance, or the second derivative */
    const size_t *offsets;
    size_t n, lists, longest;
    /* LambdaRank */
    double sigma;
    size_t truncation;
    int normalise, linear;
    uint32_t *order;            /* documents by falling score */
    lfn_real *score, *gain;         /* in that order */
    lfn_real *slope, *curve;
    lfn_real *discount;             /* 1 / D by rank */
    void *room;                 /* of the sort */
} LFN_T_(lfn_lists);

#endif

/* ---- lossfn/preference ---- */
#if LFN_HAS_PREFERENCE

typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *input[4];       /* policy chosen, rejected, reference chosen, rejected */
    lfn_real *grad[4];
    size_t n;
    int form;
    double beta, smoothing;
} LFN_T_(lfn_dpo);

#endif

/* ---- lossfn/segmentation ---- */
#if LFN_HAS_SEGMENTATION

/* One call: what a position counts as, and where prob of an image, class and
   position lies. Dice is the Tversky index with alpha = beta = 1/2 and half the
   smoothing. */
typedef struct {
    const lfn_real *prob, *target;
    const int32_t *labels;
    const uint8_t *mask;
    lfn_real *grad;
    size_t n, classes, positions, first;
    size_t class_stride, position_stride;
    int32_t ignore;
    int batch, all, squared;
    double alpha, beta, gamma, above, below;
    LFN_T_(lfn_items) items;
} LFN_T_(lfn_regions);

/* The sums of one item, an entry per class each; later the slopes of the loss in
   inter and pred. */
typedef struct {
    double *inter, *pred, *truth;
} LFN_T_(lfn_region_sums);

LFN_SMALL int LFN_T_(lfn_region_counts)(const LFN_T_(lfn_regions) *r, size_t place)
{
    return r->labels ? r->labels[place] != r->ignore : !r->mask || r->mask[place];
}

/* Whether all positions of an image count. */
LFN_SMALL int LFN_T_(lfn_region_whole)(const LFN_T_(lfn_regions) *r, size_t image)
{
    size_t s;
    for (s = 0; s < r->positions; s++)
        if (!LFN_T_(lfn_region_counts)(r, image * r->positions + s)) return 0;
    return 1;
}

/* Whether any does. */
LFN_SMALL int LFN_T_(lfn_region_some)(const LFN_T_(lfn_regions) *r, size_t image)
{
    size_t s;
    for (s = 0; s < r->positions; s++)
        if (LFN_T_(lfn_region_counts)(r, image * r->positions + s)) return 1;
    return 0;
}

#endif

/* ---- lossfn/sequence ---- */
#if LFN_HAS_SEQUENCE

/* One call; the strides of a step and of an item in logits. */
typedef struct {
    LFN_T_(lfn_items) items;
    const lfn_real *logits;
    lfn_real *grad;
    size_t steps, n, classes, step_stride, item_stride;
    lossfn_ctc_config config;
    double *alpha;          /* steps x states */
    double *max, *log_sum;  /* of each step's softmax: log p = x - max - log_sum */
    double *beta, *next;    /* states each */
    double *emission;       /* states: log p of each state's class at one step */
} LFN_T_(lfn_ctc);

#endif

/* ---- lossfn/audio ---- */
#if LFN_HAS_AUDIO

/* The bins of one frame of both signals. With slopes set, those of the convergence
   term, times |Y - X|_F |Y|_F, replace the spectrum of x, those of the other terms
   that of y. */
typedef struct {
    lfn_real *x_re, *x_im, *y_re, *y_im;
    size_t bins;
    int slopes;
    lfn_real eps, log_share, share;     /* weights / (bins frames) */
    double difference, target;      /* sums of (X - Y)^2 and Y^2 */
    double log_total, total;        /* sums of |log X - log Y| and |X - Y| */
} LFN_T_(lfn_stft_bins);

/* One resolution. */
typedef struct {
    size_t fft_size, hop, window, bins, frames;
    void *plan;
    lfn_real *taps;
} LFN_T_(lfn_stft);

/* One call. */
typedef struct {
    lossfn_multi_resolution_stft_config config;
    LFN_T_(lfn_stft) stft[LOSSFN_STFT_RESOLUTIONS];
    size_t samples;
    lfn_real *frame;
    LFN_T_(lfn_stft_bins) bins;
    double *grad, *convergence;     /* samples each: the gradient, and that of one convergence term */
    void *room;
} LFN_T_(lfn_spectra);

#endif
#endif

#if LFN_PASS == 4
/* ---- pass 4: loops over arrays, once per ISA ---------------------------------- */

/* ---- core/reduce ---- */

#define LFN_RUN 16

/* sum p_k */
LFN_FN double lfn_sum(const lfn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        end = (n - k) / (4 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 4 * LFN_LANES;
        for (; k < end; k += 4 * LFN_LANES) {
            a += lfn_load(p + k);
            b += lfn_load(p + k + LFN_LANES);
            c += lfn_load(p + k + 2 * LFN_LANES);
            d += lfn_load(p + k + 3 * LFN_LANES);
        }
        total += lfn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        lfn_vec a = lfn_zero();
        for (; n - k >= LFN_LANES; k += LFN_LANES) a += lfn_load(p + k);
        if (k < n) a += lfn_load_part(p + k, n - k);
        total += lfn_hsum(a);
    }
    return total;
}

LFN_FN double lfn_sum_abs(const lfn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        end = (n - k) / (4 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 4 * LFN_LANES;
        for (; k < end; k += 4 * LFN_LANES) {
            a += lfn_abs(lfn_load(p + k));
            b += lfn_abs(lfn_load(p + k + LFN_LANES));
            c += lfn_abs(lfn_load(p + k + 2 * LFN_LANES));
            d += lfn_abs(lfn_load(p + k + 3 * LFN_LANES));
        }
        total += lfn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        lfn_vec a = lfn_zero();
        for (; n - k >= LFN_LANES; k += LFN_LANES) a += lfn_abs(lfn_load(p + k));
        if (k < n) a += lfn_abs(lfn_load_part(p + k, n - k));
        total += lfn_hsum(a);
    }
    return total;
}

/* sum a_k b_k */
LFN_FN double lfn_dot(const lfn_real *p, const lfn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), c = lfn_zero(), d = lfn_zero();
        end = (n - k) / (4 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 4 * LFN_LANES;
        for (; k < end; k += 4 * LFN_LANES) {
            a = lfn_fma(lfn_load(p + k), lfn_load(q + k), a);
            b = lfn_fma(lfn_load(p + k + LFN_LANES), lfn_load(q + k + LFN_LANES), b);
            c = lfn_fma(lfn_load(p + k + 2 * LFN_LANES), lfn_load(q + k + 2 * LFN_LANES), c);
            d = lfn_fma(lfn_load(p + k + 3 * LFN_LANES), lfn_load(q + k + 3 * LFN_LANES), d);
        }
        total += lfn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        lfn_vec a = lfn_zero();
        for (; n - k >= LFN_LANES; k += LFN_LANES) a = lfn_fma(lfn_load(p + k), lfn_load(q + k), a);
        if (k < n) a = lfn_fma(lfn_load_part(p + k, n - k), lfn_load_part(q + k, n - k), a);
        total += lfn_hsum(a);
    }
    return total;
}

LFN_FN double lfn_sum_squares(const lfn_real *p, size_t n) { return lfn_dot(p, p, n); }

/* sum (a_k - b_k)^2 */
LFN_FN double lfn_squared_distance(const lfn_real *p, const lfn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 2 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = lfn_zero(), d;
        end = (n - k) / (2 * LFN_LANES);
        end = k + (end < LFN_RUN ? end : LFN_RUN) * 2 * LFN_LANES;
        for (; k < end; k += 2 * LFN_LANES) {
            d = lfn_load(p + k) - lfn_load(q + k);
            a = lfn_fma(d, d, a);
            d = lfn_load(p + k + LFN_LANES) - lfn_load(q + k + LFN_LANES);
            b = lfn_fma(d, d, b);
        }
        total += lfn_hsum(a + b);
    }
    if (k < n) {
        lfn_vec a = lfn_zero(), d;
        for (; n - k >= LFN_LANES; k += LFN_LANES) {
            d = lfn_load(p + k) - lfn_load(q + k);
            a = lfn_fma(d, d, a);
        }
        if (k < n) {
            d = lfn_load_part(p + k, n - k) - lfn_load_part(q + k, n - k);
            a = lfn_fma(d, d, a);
        }
        total += lfn_hsum(a);
    }
    return total;
}

/* The largest element, NaNs passed over; -infinity of nothing (or of NaNs alone). */
LFN_FN lfn_real lfn_max_of(const lfn_real *p, size_t n)
{
    const lfn_vec lowest = lfn_set1((lfn_real)-HUGE_VAL);
    lfn_vec a = lowest, b = lowest;
    size_t k = 0;
    for (; n - k >= 2 * LFN_LANES; k += 2 * LFN_LANES) {
        a = lfn_max(lfn_load(p + k), a);
        b = lfn_max(lfn_load(p + k + LFN_LANES), b);
    }
    if (n - k >= LFN_LANES) {
        a = lfn_max(lfn_load(p + k), a);
        k += LFN_LANES;
    }
    if (k < n) b = lfn_max(lfn_select(lfn_first(n - k), lfn_load_part(p + k, n - k), lowest), b);
    return lfn_hmax(lfn_max(a, b));
}

/* y += a x */
LFN_FN void lfn_axpy(lfn_real *y, lfn_real a, const lfn_real *x, size_t n)
{
    const lfn_vec factor = lfn_set1(a);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(y + k, lfn_fma(factor, lfn_load(x + k), lfn_load(y + k)));
    if (k < n) lfn_store_part(y + k, lfn_fma(factor, lfn_load_part(x + k, n - k), lfn_load_part(y + k, n - k)), n - k);
}

/* y = a x; y may be x */
LFN_FN void lfn_scale(lfn_real *y, lfn_real a, const lfn_real *x, size_t n)
{
    const lfn_vec factor = lfn_set1(a);
    size_t k = 0;
    for (; n - k >= LFN_LANES; k += LFN_LANES) lfn_store(y + k, factor * lfn_load(x + k));
    if (k < n) lfn_store_part(y + k, factor * lfn_load_part(x + k, n - k), n - k);
}

/* y = a x, or y += a x when accumulate is set; x NULL: the value a itself */
LFN_FN void lfn_put(lfn_real *y, lfn_real a, const lfn_real *x, size_t n, int accumulate)
{
    size_t k = 0;
    if (x) {
        if (accumulate) lfn_axpy(y, a, x, n);
        else lfn_scale(y, a, x, n);
        return;
    }
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        lfn_vec value = lfn_set1(a);
        if (accumulate) value += lfn_load(y + k);
        lfn_store(y + k, value);
    }
    for (; k < n; k++) {
        if (accumulate) y[k] += a;
        else y[k] = a;
    }
}

LFN_FN void lfn_fill(lfn_real *y, lfn_real a, size_t n) { lfn_put(y, a, NULL, n, 0); }

/* sum a_k b_k with every product and every sum in double. */
LFN_FN double lfn_dot_double(const lfn_real *p, const lfn_real *q, size_t n)
{
#if LFN_BITS == 64
    return lfn_dot(p, q, n);
#else
    double sum[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    size_t k = 0, j;
    for (; n - k >= 8; k += 8)
        for (j = 0; j < 8; j++) sum[j] += (double)p[k + j] * (double)q[k + j];
    for (j = 0; k < n; k++, j++) sum[j] += (double)p[k] * (double)q[k];
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
#endif
}

/* sum a_k^2 for a norm: a float array whose squares leave the range of float is
   summed again in double. */
LFN_FN double lfn_norm_squares(const lfn_real *p, size_t n)
{
    const double sum = lfn_dot(p, p, n);
#if LFN_BITS == 32
    if (!(sum > 1e-24 * (double)n && sum < 1e38)) return lfn_dot_double(p, p, n);
#endif
    return sum;
}

/* ---- core/gemm ---- */

#define LFN_GEMM_HIGH 6
#define LFN_GEMM_WIDE (2 * LFN_LANES)
#define LFN_GEMM_DEPTH (LFN_BITS == 32 ? 256 : 128)
#define LFN_GEMM_ROWS (LFN_ISA == LFN_ISA_AVX512 ? 24 : 42)

/* Rows first to first + rows - 1 of op(A), columns t to t + depth - 1: strip by
   strip, and in a strip column by column. */
LFN_FN void lfn_gemm_pack_a(int transpose, const lfn_real *a, size_t lda, size_t rows, size_t depth, lfn_real *packed)
{
    const size_t row_step = transpose ? 1 : lda, column_step = transpose ? lda : 1;
    size_t i, r, t, high;
    for (i = 0; i < rows; i += LFN_GEMM_HIGH, packed += LFN_GEMM_HIGH * depth) {
        high = rows - i < LFN_GEMM_HIGH ? rows - i : LFN_GEMM_HIGH;
        for (r = 0; r < high; r++) {
            const lfn_real *from = a + (i + r) * row_step;
            for (t = 0; t < depth; t++) packed[t * LFN_GEMM_HIGH + r] = from[t * column_step];
        }
        for (; r < LFN_GEMM_HIGH; r++)
            for (t = 0; t < depth; t++) packed[t * LFN_GEMM_HIGH + r] = 0;
    }
}

/* One strip of op(B), depth x wide, row by row. */
LFN_FN void lfn_gemm_pack_b(int transpose, const lfn_real *b, size_t ldb, size_t depth, size_t wide, lfn_real *packed)
{
    size_t j, t, block, end;
    if (wide < LFN_GEMM_WIDE)
        for (t = 0; t < depth * LFN_GEMM_WIDE; t++) packed[t] = 0;
    if (transpose) {
        for (block = 0; block < depth; block = end) {
            end = depth - block < 16 ? depth : block + 16;
            for (j = 0; j < wide; j++) {
                const lfn_real *from = b + j * ldb;
                for (t = block; t < end; t++) packed[t * LFN_GEMM_WIDE + j] = from[t];
            }
        }
    } else if (wide == LFN_GEMM_WIDE) {
        for (t = 0; t < depth; t++, b += ldb, packed += LFN_GEMM_WIDE) {
            lfn_store(packed, lfn_load(b));
            lfn_store(packed + LFN_LANES, lfn_load(b + LFN_LANES));
        }
    } else {
        for (t = 0; t < depth; t++)
            for (j = 0; j < wide; j++) packed[t * LFN_GEMM_WIDE + j] = b[t * ldb + j];
    }
}

/* c = alpha x + beta c in the first m lanes; c is not read when beta is 0. */
LFN_INLINE void lfn_gemm_put(lfn_real *c, lfn_vec x, lfn_real alpha, lfn_real beta, size_t m)
{
    x *= lfn_set1(alpha);
    if (m >= LFN_LANES) lfn_store(c, beta == 0 ? x : lfn_fma(lfn_set1(beta), lfn_load(c), x));
    else if (m > 0) lfn_store_part(c, beta == 0 ? x : lfn_fma(lfn_set1(beta), lfn_load_part(c, m), x), m);
}

/* A high x wide tile of C from a strip of op(A) and a strip of op(B). */
LFN_FN void lfn_gemm_tile(const lfn_real *a, const lfn_real *b, size_t depth, size_t high, size_t wide,
                          lfn_real alpha, lfn_real beta, lfn_real *c, size_t ldc)
{
    lfn_vec a0 = lfn_zero(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    lfn_vec d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0, x, y, factor;
    const size_t left = wide < LFN_LANES ? wide : LFN_LANES, right = wide - left;
    for (; depth > 0; depth--, a += LFN_GEMM_HIGH, b += LFN_GEMM_WIDE) {
        x = lfn_load(b);
        y = lfn_load(b + LFN_LANES);
        factor = lfn_set1(a[0]); a0 = lfn_fma(factor, x, a0); a1 = lfn_fma(factor, y, a1);
        factor = lfn_set1(a[1]); b0 = lfn_fma(factor, x, b0); b1 = lfn_fma(factor, y, b1);
        factor = lfn_set1(a[2]); c0 = lfn_fma(factor, x, c0); c1 = lfn_fma(factor, y, c1);
        factor = lfn_set1(a[3]); d0 = lfn_fma(factor, x, d0); d1 = lfn_fma(factor, y, d1);
        factor = lfn_set1(a[4]); e0 = lfn_fma(factor, x, e0); e1 = lfn_fma(factor, y, e1);
        factor = lfn_set1(a[5]); f0 = lfn_fma(factor, x, f0); f1 = lfn_fma(factor, y, f1);
    }
#define LFN_GEMM_ROW(r, v, w) \
    if (r < high) { \
        lfn_gemm_put(c + r * ldc, v, alpha, beta, left); \
        if (right) lfn_gemm_put(c + r * ldc + LFN_LANES, w, alpha, beta, right); \
    }
    LFN_GEMM_ROW(0, a0, a1)
    LFN_GEMM_ROW(1, b0, b1)
    LFN_GEMM_ROW(2, c0, c1)
    LFN_GEMM_ROW(3, d0, d1)
    LFN_GEMM_ROW(4, e0, e1)
    LFN_GEMM_ROW(5, f0, f1)
#undef LFN_GEMM_ROW
}

LFN_FN void lfn_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, lfn_real alpha,
                     const lfn_real *a, size_t lda, const lfn_real *b, size_t ldb, lfn_real beta, lfn_real *c, size_t ldc)
{
    lfn_real strips[LFN_GEMM_ROWS * LFN_GEMM_DEPTH], strip[LFN_GEMM_WIDE * LFN_GEMM_DEPTH];
    size_t i, j, r, t, rows, depth, wide;
    if (k == 0 || alpha == 0) {
        for (i = 0; i < m; i++)
            if (beta == 0) lfn_fill(c + i * ldc, 0, n);
            else lfn_scale(c + i * ldc, beta, c + i * ldc, n);
        return;
    }
    for (t = 0; t < k; t += depth, beta = 1) {
        depth = k - t < LFN_GEMM_DEPTH ? k - t : LFN_GEMM_DEPTH;
        for (i = 0; i < m; i += rows) {
            rows = m - i < LFN_GEMM_ROWS ? m - i : LFN_GEMM_ROWS;
            lfn_gemm_pack_a(transpose_a, a + (transpose_a ? t * lda + i : i * lda + t), lda, rows, depth, strips);
            for (j = 0; j < n; j += wide) {
                wide = n - j < LFN_GEMM_WIDE ? n - j : LFN_GEMM_WIDE;
                lfn_gemm_pack_b(transpose_b, b + (transpose_b ? j * ldb + t : t * ldb + j), ldb, depth, wide, strip);
                for (r = 0; r < rows; r += LFN_GEMM_HIGH)
                    lfn_gemm_tile(strips + r * depth, strip, depth, rows - r, wide, alpha, beta,
                                  c + (i + r) * ldc + j, ldc);
            }
        }
    }
}

/* ---- core/fft ---- */

typedef struct {
    lfn_vec re, im;
} lfn_fft_value;

LFN_INLINE lfn_fft_value lfn_fft_get(const lfn_real *re, const lfn_real *im, size_t k)
{
    lfn_fft_value x;
    x.re = lfn_load(re + k);
    x.im = lfn_load(im + k);
    return x;
}

LFN_INLINE void lfn_fft_set(lfn_real *re, lfn_real *im, size_t k, lfn_fft_value x)
{
    lfn_store(re + k, x.re);
    lfn_store(im + k, x.im);
}

LFN_INLINE lfn_fft_value lfn_fft_add(lfn_fft_value x, lfn_fft_value y)
{
    x.re += y.re;
    x.im += y.im;
    return x;
}

LFN_INLINE lfn_fft_value lfn_fft_sub(lfn_fft_value x, lfn_fft_value y)
{
    x.re -= y.re;
    x.im -= y.im;
    return x;
}

/* -i x */
LFN_INLINE lfn_fft_value lfn_fft_turn(lfn_fft_value x)
{
    lfn_fft_value y;
    y.re = x.im;
    y.im = -x.re;
    return y;
}

/* x + c y for real c */
LFN_INLINE lfn_fft_value lfn_fft_add_times(lfn_fft_value x, lfn_real c, lfn_fft_value y)
{
    x.re = lfn_fma(lfn_set1(c), y.re, x.re);
    x.im = lfn_fma(lfn_set1(c), y.im, x.im);
    return x;
}

/* x w with the twiddle w = re[k] + i im[k] */
LFN_INLINE lfn_fft_value lfn_fft_twist(lfn_fft_value x, const lfn_real *re, const lfn_real *im, size_t k)
{
    const lfn_vec c = lfn_set1(re[k]), s = lfn_set1(im[k]);
    lfn_fft_value y;
    y.re = x.re * c - x.im * s;
    y.im = x.re * s + x.im * c;
    return y;
}

/* One pass of radix r. With m = length / (stride r) it reads x_j at q + stride (p + m j)
   and writes exp(-2 pi i p k / (r m)) sum_j x_j exp(-2 pi i j k / r) to
   q + stride (r p + k), for all p < m and q < stride. (p, k) has its twiddle at
   (k - 1) m + p. stride is LFN_LANES at least; the last vector of a row starts
   early enough to end with the row. */
typedef struct {
    const lfn_real *re, *im, *twiddle_re, *twiddle_im;
    lfn_real *to_re, *to_im;
    size_t m, stride;
} lfn_fft_step;

#define LFN_FFT_LOOP(z) \
    for (p = 0; p < (z)->m; p++) \
        for (q = 0; q < (z)->stride; q += LFN_LANES)
#define LFN_FFT_IN(j) lfn_fft_get(z->re, z->im, q + z->stride * (p + z->m * (j)))
#define LFN_FFT_OUT(r, k, x) \
    lfn_fft_set(z->to_re, z->to_im, q + z->stride * ((r) * p + (k)), \
                (k) ? lfn_fft_twist(x, z->twiddle_re + ((k) - ((k) > 0)) * z->m, z->twiddle_im + ((k) - ((k) > 0)) * z->m, p) : (x))

LFN_FN void lfn_fft_pass2(const lfn_fft_step *z)
{
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        LFN_FFT_OUT(2, 0, lfn_fft_add(a, b));
        LFN_FFT_OUT(2, 1, lfn_fft_sub(a, b));
    }
}

LFN_FN void lfn_fft_pass3(const lfn_fft_step *z)
{
    const lfn_real sine = LFN_K(0.86602540378443865);
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b, c, sum, middle, turned;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        c = LFN_FFT_IN(2);
        sum = lfn_fft_add(b, c);
        middle = lfn_fft_add_times(a, LFN_K(-0.5), sum);
        turned = lfn_fft_turn(lfn_fft_sub(b, c));
        LFN_FFT_OUT(3, 0, lfn_fft_add(a, sum));
        LFN_FFT_OUT(3, 1, lfn_fft_add_times(middle, sine, turned));
        LFN_FFT_OUT(3, 2, lfn_fft_add_times(middle, -sine, turned));
    }
}

LFN_FN void lfn_fft_pass4(const lfn_fft_step *z)
{
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b, c, d, even, odd, even_minus, odd_minus;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        c = LFN_FFT_IN(2);
        d = LFN_FFT_IN(3);
        even = lfn_fft_add(a, c);
        even_minus = lfn_fft_sub(a, c);
        odd = lfn_fft_add(b, d);
        odd_minus = lfn_fft_turn(lfn_fft_sub(b, d));
        LFN_FFT_OUT(4, 0, lfn_fft_add(even, odd));
        LFN_FFT_OUT(4, 1, lfn_fft_add(even_minus, odd_minus));
        LFN_FFT_OUT(4, 2, lfn_fft_sub(even, odd));
        LFN_FFT_OUT(4, 3, lfn_fft_sub(even_minus, odd_minus));
    }
}

LFN_FN void lfn_fft_pass5(const lfn_fft_step *z)
{
    const lfn_real c1 = LFN_K(0.30901699437494742), c2 = LFN_K(-0.80901699437494742);   /* cos(2 pi / 5), cos(4 pi / 5) */
    const lfn_real s1 = LFN_K(0.95105651629515357), s2 = LFN_K(0.58778525229247313);    /* sin(2 pi / 5), sin(4 pi / 5) */
    size_t p, q;
    LFN_FFT_LOOP(z) {
        lfn_fft_value a, b, c, d, e, close, apart, close_minus, apart_minus, x, y;
        if (z->stride - q < LFN_LANES) q = z->stride - LFN_LANES;
        a = LFN_FFT_IN(0);
        b = LFN_FFT_IN(1);
        c = LFN_FFT_IN(2);
        d = LFN_FFT_IN(3);
        e = LFN_FFT_IN(4);
        close = lfn_fft_add(b, e);
        apart = lfn_fft_add(c, d);
        close_minus = lfn_fft_turn(lfn_fft_sub(b, e));
        apart_minus = lfn_fft_turn(lfn_fft_sub(c, d));
        LFN_FFT_OUT(5, 0, lfn_fft_add(a, lfn_fft_add(close, apart)));
        x = lfn_fft_add_times(lfn_fft_add_times(a, c1, close), c2, apart);
        y = x;
        x = lfn_fft_add_times(lfn_fft_add_times(x, s1, close_minus), s2, apart_minus);
        y = lfn_fft_add_times(lfn_fft_add_times(y, -s1, close_minus), -s2, apart_minus);
        LFN_FFT_OUT(5, 1, x);
        LFN_FFT_OUT(5, 4, y);
        x = lfn_fft_add_times(lfn_fft_add_times(a, c2, close), c1, apart);
        y = x;
        x = lfn_fft_add_times(lfn_fft_add_times(x, s2, close_minus), -s1, apart_minus);
        y = lfn_fft_add_times(lfn_fft_add_times(y, -s2, close_minus), s1, apart_minus);
        LFN_FFT_OUT(5, 2, x);
        LFN_FFT_OUT(5, 3, y);
    }
}

#undef LFN_FFT_LOOP
#undef LFN_FFT_IN
#undef LFN_FFT_OUT

/* A row shorter than a vector goes through the scalar copy. */
LFN_FN void lfn_fft_pass(unsigned radix, const lfn_real *re, const lfn_real *im, const lfn_real *twiddle_re, const lfn_real *twiddle_im,
                         lfn_real *to_re, lfn_real *to_im, size_t m, size_t stride)
{
    lfn_fft_step z;
#if LFN_ISA != 0
    if (stride < LFN_LANES) {
        LFN_T_(lfn_fft_pass)(radix, re, im, twiddle_re, twiddle_im, to_re, to_im, m, stride);
        return;
    }
#endif
    z.re = re;
    z.im = im;
    z.twiddle_re = twiddle_re;
    z.twiddle_im = twiddle_im;
    z.to_re = to_re;
    z.to_im = to_im;
    z.m = m;
    z.stride = stride;
    if (radix == 4) lfn_fft_pass4(&z);
    else if (radix == 2) lfn_fft_pass2(&z);
    else if (radix == 3) lfn_fft_pass3(&z);
    else lfn_fft_pass5(&z);
}

/* All passes over shape->length points, in re and im; to_re and to_im are of the same length. */
LFN_FN void lfn_fft_passes(const lfn_fft_shape *shape, lfn_real *re, lfn_real *im, lfn_real *to_re, lfn_real *to_im)
{
    const lfn_real *twiddle_re = (const lfn_real *)shape->twiddle_re, *twiddle_im = (const lfn_real *)shape->twiddle_im;
    lfn_real *from_re = re, *from_im = im, *swap;
    size_t m = shape->length, stride = 1;
    unsigned k;
    for (k = 0; k < shape->passes; k++) {
        const unsigned radix = shape->radix[k];
        m /= radix;
        lfn_fft_pass(radix, from_re, from_im, twiddle_re, twiddle_im, to_re, to_im, m, stride);
        twiddle_re += (radix - 1) * m;
        twiddle_im += (radix - 1) * m;
        stride *= radix;
        swap = from_re;
        from_re = to_re;
        to_re = swap;
        swap = from_im;
        from_im = to_im;
        to_im = swap;
    }
    if (from_re != re) {
        memcpy(re, from_re, shape->length * sizeof *re);
        memcpy(im, from_im, shape->length * sizeof *im);
    }
}

/* out = a b over n complex numbers; out may be a. */
LFN_FN void lfn_fft_multiply(lfn_real *out_re, lfn_real *out_im, const lfn_real *a_re, const lfn_real *a_im,
                             const lfn_real *b_re, const lfn_real *b_im, size_t n)
{
    size_t k = 0;
    lfn_vec a, b, c, d;
    for (; n - k >= LFN_LANES; k += LFN_LANES) {
        a = lfn_load(a_re + k);
        b = lfn_load(a_im + k);
        c = lfn_load(b_re + k);
        d = lfn_load(b_im + k);
        lfn_store(out_re + k, a * c - b * d);
        lfn_store(out_im + k, a * d + b * c);
    }
    for (; k < n; k++) {
        const lfn_real x = a_re[k] * b_re[k] - a_im[k] * b_im[k];
        out_im[k] = a_re[k] * b_im[k] + a_im[k] * b_re[k];
        out_re[k] = x;
    }
}

/* The transform of re + i im, shape->points long, in place. room: shape->length
   numbers twice, four times with a chirp. */
LFN_FN void lfn_fft_complex(const lfn_fft_shape *shape, lfn_real *re, lfn_real *im, lfn_real *room)
{
    const size_t n = shape->points, length = shape->length;
    lfn_real *a = room + 2 * length, *b = room + 3 * length;
    const lfn_real *chirp_re = (const lfn_real *)shape->chirp_re, *chirp_im = (const lfn_real *)shape->chirp_im;
    if (length == n) {
        lfn_fft_passes(shape, re, im, room, room + length);
        return;
    }
    lfn_fft_multiply(a, b, re, im, chirp_re, chirp_im, n);
    memset(a + n, 0, (length - n) * sizeof *a);
    memset(b + n, 0, (length - n) * sizeof *b);
    lfn_fft_passes(shape, a, b, room, room + length);
    lfn_fft_multiply(a, b, a, b, (const lfn_real *)shape->filter_re, (const lfn_real *)shape->filter_im, length);
    lfn_fft_passes(shape, b, a, room, room + length);
    lfn_fft_multiply(re, im, a, b, chirp_re, chirp_im, n);
}

/* The n/2 + 1 bins of a real sequence of even length from the spectrum z of its
   pairs: E_f = (z_f + conj z_{m-f}) / 2, O_f = (z_f - conj z_{m-f}) / 2i. */
LFN_FN void lfn_fft_split(const lfn_fft_shape *shape, const lfn_real *z_re, const lfn_real *z_im, lfn_real *re, lfn_real *im)
{
    const lfn_real *cosine = (const lfn_real *)shape->split_re, *sine = (const lfn_real *)shape->split_im;
    const size_t m = shape->points;
    size_t f;
    re[0] = z_re[0] + z_im[0];
    re[m] = z_re[0] - z_im[0];
    im[0] = im[m] = 0;
    for (f = 1; f < m; f++) {
        const lfn_real e_re = LFN_K(0.5) * (z_re[f] + z_re[m - f]), e_im = LFN_K(0.5) * (z_im[f] - z_im[m - f]);
        const lfn_real o_re = LFN_K(0.5) * (z_im[f] + z_im[m - f]), o_im = LFN_K(0.5) * (z_re[m - f] - z_re[f]);
        re[f] = e_re + (o_re * cosine[f] - o_im * sine[f]);
        im[f] = e_im + (o_re * sine[f] + o_im * cosine[f]);
    }
}

/* The way back, times 2 inner, bins 0 and n/2 times edge / inner:
   z_f = E_f + i O_f with E_f = X_f + conj X_{m-f}, O_f = exp(2 pi i f / n) (X_f - conj X_{m-f}). */
LFN_FN void lfn_fft_join(const lfn_fft_shape *shape, const lfn_real *re, const lfn_real *im, lfn_real inner, lfn_real edge,
                         lfn_real *z_re, lfn_real *z_im)
{
    const lfn_real *cosine = (const lfn_real *)shape->split_re, *sine = (const lfn_real *)shape->split_im;
    const size_t m = shape->points;
    size_t f;
    z_re[0] = edge * (re[0] + re[m]);
    z_im[0] = edge * (re[0] - re[m]);
    for (f = 1; f < m; f++) {
        const lfn_real e_re = re[f] + re[m - f], e_im = im[f] - im[m - f];
        const lfn_real d_re = re[f] - re[m - f], d_im = im[f] + im[m - f];
        const lfn_real o_re = d_re * cosine[f] + d_im * sine[f], o_im = d_im * cosine[f] - d_re * sine[f];
        z_re[f] = inner * (e_re - o_im);
        z_im[f] = inner * (e_im + o_re);
    }
}

/* ---- core/filter ---- */

/* y_j = sum_{t < k} taps_t x_{j + t step}, for j < n. */
LFN_FN void lfn_filter_run(const lfn_real *x, ptrdiff_t step, const lfn_real *taps, size_t k, lfn_real *y, size_t n)
{
    size_t j = 0, t;
    for (; n - j >= 4 * LFN_LANES; j += 4 * LFN_LANES) {
        lfn_vec a = lfn_zero(), b = a, c = a, d = a, tap;
        const lfn_real *from = x + j;
        for (t = 0; t < k; t++) {
            const lfn_real *at = from + (ptrdiff_t)t * step;
            tap = lfn_set1(taps[t]);
            a = lfn_fma(tap, lfn_load(at), a);
            b = lfn_fma(tap, lfn_load(at + LFN_LANES), b);
            c = lfn_fma(tap, lfn_load(at + 2 * LFN_LANES), c);
            d = lfn_fma(tap, lfn_load(at + 3 * LFN_LANES), d);
        }
        lfn_store(y + j, a);
        lfn_store(y + j + LFN_LANES, b);
        lfn_store(y + j + 2 * LFN_LANES, c);
        lfn_store(y + j + 3 * LFN_LANES, d);
    }
    for (; j < n; j += LFN_LANES) {
        const size_t m = n - j < LFN_LANES ? n - j : LFN_LANES;
        const lfn_real *from = x + j;
        lfn_vec a = lfn_zero();
        for (t = 0; t < k; t++) {
            const lfn_real *at = from + (ptrdiff_t)t * step;
            a = lfn_fma(lfn_set1(taps[t]), m < LFN_LANES ? lfn_load_part(at, m) : lfn_load(at), a);
        }
        if (m < LFN_LANES) lfn_store_part(y + j, a, m);
        else lfn_store(y + j, a);
    }
}

LFN_FN void lfn_filter_rows(const lfn_real *x, size_t h, size_t w, const lfn_real *taps, size_t k, lfn_real *y)
{
    size_t i;
    if (k > w) return;
    for (i = 0; i < h; i++) lfn_filter_run(x + i * w, 1, taps, k, y + i * (w - k + 1), w - k + 1);
}

LFN_FN void lfn_filter_columns(const lfn_real *x, size_t h, size_t w, const lfn_real *taps, size_t k, lfn_real *y)
{
    size_t i;
    if (k > h) return;
    for (i = 0; i + k <= h; i++) lfn_filter_run(x + i * w, (ptrdiff_t)w, taps, k, y + i * w, w);
}

LFN_FN void lfn_filter_rows_adjoint(const lfn_real *y, size_t h, size_t w, const lfn_real *taps, size_t k, lfn_real *x)
{
    const size_t wide = w + k - 1;
    size_t i, j, t;
    for (i = 0; i < h; i++, y += w, x += wide) {
        /* All taps reach into y for j from k - 1 to w - 1. */
        if (w >= k) lfn_filter_run(y + (k - 1), -1, taps, k, x + (k - 1), w - (k - 1));
        for (j = 0; j < wide; j++) {
            lfn_real sum = 0;
            if (w >= k && j == k - 1) {
                j = w - 1;
                continue;
            }
            for (t = j < w ? 0 : j + 1 - w; t < k && t <= j; t++) sum += taps[t] * y[j - t];
            x[j] = sum;
        }
    }
}

LFN_FN void lfn_filter_columns_adjoint(const lfn_real *y, size_t h, size_t w, const lfn_real *taps, size_t k, lfn_real *x)
{
    size_t i, t, end;
    for (i = 0; i < h + k - 1; i++, x += w) {
        /* The taps for which row i - t of y exists. */
        t = i < h ? 0 : i + 1 - h;
        end = i + 1 < k ? i + 1 : k;
        if (t < end) lfn_filter_run(y + (i - t) * w, -(ptrdiff_t)w, taps + t, end - t, x, w);
        else lfn_filter_run(y, 0, taps, 0, x, w);
    }
}

/* ---- lossfn/elementwise ---- */

typedef lfn_point (*lfn_formula)(lfn_vec pred, lfn_vec target, const lfn_vec *param);
typedef double (*lfn_block_function)(const LFN_T_(lfn_block) *block);

/* A block of one formula: the sum of its losses. It is inlined into its caller,
   the formula into it. */
LFN_INLINE double lfn_map(const LFN_T_(lfn_block) *block, lfn_formula formula)
{
    const lfn_real *pred = block->pred, *target = block->target;
    lfn_real *loss = block->loss, *grad = block->grad, *hess = block->hess;
    const size_t n = block->n;
    const lfn_vec s = lfn_set1(block->scale);
    lfn_vec h[4], sum_a = lfn_zero(), sum_b = lfn_zero();
    lfn_point a, b;
    size_t k = 0, m;
    h[0] = lfn_set1(block->param[0]);
    h[1] = lfn_set1(block->param[1]);
    h[2] = lfn_set1(block->param[2]);
    h[3] = lfn_set1(block->param[3]);
    for (; n - k >= 2 * LFN_LANES; k += 2 * LFN_LANES) {
        a = formula(lfn_load(pred + k), lfn_load(target + k), h);
        b = formula(lfn_load(pred + k + LFN_LANES), lfn_load(target + k + LFN_LANES), h);
        sum_a += a.loss;
        sum_b += b.loss;
        if (loss) {
            lfn_store(loss + k, a.loss);
            lfn_store(loss + k + LFN_LANES, b.loss);
        }
        if (grad) {
            lfn_store(grad + k, s * a.grad);
            lfn_store(grad + k + LFN_LANES, s * b.grad);
        }
        if (hess) {
            lfn_store(hess + k, s * a.hess);
            lfn_store(hess + k + LFN_LANES, s * b.hess);
        }
    }
    for (; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        a = formula(lfn_load_part(pred + k, m), lfn_load_part(target + k, m), h);
        sum_a += lfn_keep(lfn_first(m), a.loss);
        if (loss) lfn_store_part(loss + k, a.loss, m);
        if (grad) lfn_store_part(grad + k, s * a.grad, m);
        if (hess) lfn_store_part(hess + k, s * a.hess, m);
    }
    return lfn_hsum(sum_a + sum_b);
}

/* The same for formulas long enough to hide what the loop costs: the formula is
   there once instead of three times. */
LFN_INLINE double lfn_map_long(const LFN_T_(lfn_block) *block, lfn_formula formula)
{
    const lfn_vec s = lfn_set1(block->scale);
    lfn_vec h[4], x, t, sum = lfn_zero();
    lfn_point p;
    size_t k, m;
    for (k = 0; k < 4; k++) h[k] = lfn_set1(block->param[k]);
    for (k = 0; k < block->n; k += m) {
        m = block->n - k < LFN_LANES ? block->n - k : LFN_LANES;
        x = lfn_load_part(block->pred + k, m);
        t = lfn_load_part(block->target + k, m);
        p = formula(x, t, h);
        sum += lfn_keep(lfn_first(m), p.loss);
        if (block->loss) lfn_store_part(block->loss + k, p.loss, m);
        if (block->grad) lfn_store_part(block->grad + k, s * p.grad, m);
        if (block->hess) lfn_store_part(block->hess + k, s * p.hess, m);
    }
    return lfn_hsum(sum);
}

/* y = scale weight upstream x, 0 where the weight is 0; added to y when
   accumulate is set. y may be x. */
LFN_FN void lfn_weigh(lfn_real *y, const lfn_real *x, const lfn_real *weight, const lfn_real *upstream, lfn_real scale, size_t n, int accumulate)
{
    size_t k, m;
    for (k = 0; k < n; k += m) {
        lfn_vec value, factor = lfn_set1(scale);
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        value = lfn_load_part(x + k, m);
        if (upstream) factor *= lfn_load_part(upstream + k, m);
        if (weight) {
            const lfn_vec w = lfn_load_part(weight + k, m);
            value = lfn_keep(lfn_not(w == lfn_zero()), value * (factor * w));
        } else value *= factor;
        lfn_put_part(y + k, value, m, accumulate);
    }
}

/* For functions of several arrays that make their own blocks: takes the losses of
   the m items from item k on, which are weighted in place. */
LFN_FN void lfn_take_losses(LFN_T_(lfn_items) *it, size_t k, lfn_real *loss, size_t m)
{
    if (it->weight) lfn_weigh(loss, loss, it->weight + k, NULL, LFN_K(1), m, 0);
    it->total += lfn_sum(loss, m);
    if (it->reduction == LOSSFN_NONE && it->loss_out) memcpy(it->loss_out + k, loss, m * sizeof *loss);
}

/* And their derivatives times sign, for one of the gradients; grad NULL: nowhere. */
LFN_FN void lfn_take_grads(const LFN_T_(lfn_items) *it, size_t k, lfn_real *grad, const lfn_real *derivative, int sign, size_t m)
{
    if (grad)
        lfn_weigh(grad + k, derivative, it->weight ? it->weight + k : NULL, it->upstream ? it->upstream + k : NULL,
                  (lfn_real)(sign * it->scale), m, it->accumulate);
}

/* The whole array, a block at a time: the sum of weight x loss. */
LFN_FN double lfn_elementwise_run(const LFN_T_(lfn_elementwise) *a, lfn_block_function run)
{
    const LFN_T_(lfn_items) *it = &a->items;
    const int plain = !it->weight && !it->upstream && !it->accumulate;
    lfn_real loss[LFN_BLOCK], grad[LFN_BLOCK], hess[LFN_BLOCK];
    lfn_real *each = it->reduction == LOSSFN_NONE ? it->loss_out : NULL;
    double total = 0;
    size_t k, m;
    LFN_T_(lfn_block) b;
    b.param = a->param;
    for (k = 0; k < a->n; k += m) {
        m = a->n - k < LFN_BLOCK ? a->n - k : LFN_BLOCK;
        b.pred = a->pred + k;
        b.target = a->target + k;
        b.n = m;
        if (plain) {
            b.scale = (lfn_real)it->scale;
            b.loss = each ? each + k : NULL;
            b.grad = a->grad ? a->grad + k : NULL;
            b.hess = a->hess ? a->hess + k : NULL;
            total += run(&b);
        } else {
            const lfn_real *weight = it->weight ? it->weight + k : NULL, *upstream = it->upstream ? it->upstream + k : NULL;
            b.scale = 1;
            b.loss = loss;
            b.grad = a->grad ? grad : NULL;
            b.hess = a->hess ? hess : NULL;
            run(&b);
            if (weight) lfn_weigh(loss, loss, weight, NULL, LFN_K(1), m, 0);
            total += lfn_sum(loss, m);
            if (each) memcpy(each + k, loss, m * sizeof *loss);
            if (a->grad) lfn_weigh(a->grad + k, grad, weight, upstream, (lfn_real)it->scale, m, it->accumulate);
            if (a->hess) lfn_weigh(a->hess + k, hess, weight, upstream, (lfn_real)it->scale, m, it->accumulate);
        }
    }
    return total;
}

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

LFN_FN double lfn_mse_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_mse_point); }
LFN_FN double lfn_mse_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_mse_block); }

LFN_FN double lfn_mae_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_mae_point); }
LFN_FN double lfn_mae_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_mae_block); }

LFN_FN double lfn_huber_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_huber_point); }
LFN_FN double lfn_huber_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_huber_block); }

LFN_FN double lfn_smooth_l1_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_smooth_l1_point); }
LFN_FN double lfn_smooth_l1_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_smooth_l1_block); }

LFN_FN double lfn_log_cosh_block(const LFN_T_(lfn_block) *b) { return lfn_map_long(b, lfn_log_cosh_point); }
LFN_FN double lfn_log_cosh_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_log_cosh_block); }

LFN_FN double lfn_quantile_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_quantile_point); }
LFN_FN double lfn_quantile_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_quantile_block); }

#endif

/* ---- lossfn/counts ---- */
#if LFN_HAS_COUNTS

LFN_FN double lfn_poisson_log_block(const LFN_T_(lfn_block) *b) { return lfn_map_long(b, lfn_poisson_log_point); }
LFN_FN double lfn_poisson_rate_block(const LFN_T_(lfn_block) *b) { return lfn_map_long(b, lfn_poisson_rate_point); }
LFN_FN double lfn_poisson_kernel(const LFN_T_(lfn_elementwise) *a)
{
    return lfn_elementwise_run(a, a->form ? lfn_poisson_log_block : lfn_poisson_rate_block);
}

#endif

/* ---- lossfn/binary ---- */
#if LFN_HAS_BINARY

LFN_FN double lfn_bce_with_logits_block(const LFN_T_(lfn_block) *b) { return lfn_map_long(b, lfn_bce_with_logits_point); }
LFN_FN double lfn_bce_with_logits_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_bce_with_logits_block); }

LFN_FN double lfn_squared_hinge_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_squared_hinge_point); }
LFN_FN double lfn_squared_hinge_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_squared_hinge_block); }

#endif

/* ---- lossfn/rows ---- */

/* What a softmax over a row comes to. The largest terms are counted apart from
   the rest, so that log(sum) and 1 - p keep their digits where one class has
   nearly all the probability. */
typedef struct {
    lfn_real max;          /* the largest x_j */
    double ties, rest; /* how many x_j are max; sum of exp(x_j - max) over the others */
    double sum;        /* ties + rest */
    double log_sum;    /* log(sum), so that lse = max + log_sum */
} lfn_softmax;

/* The two sums from ties and rest. */
LFN_FN void lfn_softmax_close(lfn_softmax *s)
{
    s->sum = s->ties + s->rest;
    s->log_sum = s->ties > 1 ? log(s->sum) : log1p(s->rest);
}

/* The softmax of a row; the terms exp(x_j - max) go to e when it is not NULL,
   which may be x. */
LFN_FN lfn_softmax lfn_softmax_of(const lfn_real *x, size_t n, lfn_real *e)
{
    const lfn_vec one = lfn_set1(LFN_K(1));
    lfn_softmax s;
    lfn_vec max;
    size_t k = 0, end, m;
    s.max = lfn_max_of(x, n);
    s.ties = s.rest = 0;
    max = lfn_set1(s.max);
    while (k < n) {
        lfn_vec a = lfn_zero(), c = lfn_zero(), v, u;
        lfn_mask top;
        end = k + (n - k < 2 * LFN_RUN * LFN_LANES ? n - k : 2 * LFN_RUN * LFN_LANES);
        for (; end - k >= LFN_LANES; k += LFN_LANES) {
            v = lfn_load(x + k);
            top = v == max;
            u = lfn_exp_falling(v - max);
            if (e) lfn_store(e + k, u);
            a += lfn_keep(lfn_not(top), u);
            c += lfn_keep(top, one);
        }
        if (k < end) {
            m = end - k;
            v = lfn_load_part(x + k, m);
            top = v == max;
            u = lfn_exp_falling(v - max);
            if (e) lfn_store_part(e + k, u, m);
            a += lfn_keep(lfn_not(top) & lfn_first(m), u);
            c += lfn_keep(top & lfn_first(m), one);
            k = end;
        }
        s.rest += lfn_hsum(a);
        s.ties += lfn_hsum(c);
    }
    lfn_softmax_close(&s);
    return s;
}

/* The softmax of a row from those of two of its parts; a part of no columns has
   ties = rest = 0. log_sum is left to lfn_softmax_close. */
LFN_FN lfn_softmax lfn_softmax_join(lfn_softmax a, lfn_softmax b)
{
    lfn_softmax s;
    if (a.ties == 0 && a.rest == 0) return b;
    if (b.ties == 0 && b.rest == 0) return a;
    s = a.max < b.max ? b : a;
    if (a.max == b.max) {
        s.ties = a.ties + b.ties;
        s.rest = a.rest + b.rest;
    } else if (a.max < b.max) s.rest += (a.ties + a.rest) * exp((double)a.max - (double)b.max);
    else s.rest += (b.ties + b.rest) * exp((double)b.max - (double)a.max);
    return s;
}

/* p_j and 1 - p_j of one class of the row. */
LFN_FN double lfn_softmax_at(const lfn_softmax *s, lfn_real x) { return exp((double)x - (double)s->max) / s->sum; }

LFN_FN double lfn_softmax_not_at(const lfn_softmax *s, lfn_real x)
{
    return x == s->max ? (s->ties - 1 + s->rest) / s->sum : 1 - lfn_softmax_at(s, x);
}

/* g = factor exp(x - shift): the exponentials already lie in g (of lfn_softmax_of),
   unless gradients accumulate: then they are made again and added. */
LFN_FN void lfn_put_exp(lfn_real *g, const lfn_real *x, size_t n, lfn_real shift, lfn_real factor, int accumulate)
{
    const lfn_vec s = lfn_set1(shift), f = lfn_set1(factor);
    size_t k, m;
    if (!accumulate) {
        lfn_scale(g, factor, g, n);
        return;
    }
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        lfn_store_part(g + k, lfn_load_part(g + k, m) + f * lfn_exp_falling(lfn_load_part(x + k, m) - s), m);
    }
}

/* An ignored row, or one of weight 0: no loss, no gradient. */
LFN_FN int lfn_skip_row(LFN_T_(lfn_rows) *a, size_t i)
{
    const int skip = (a->labels && a->labels[i] == a->ignore_index) || (a->items.weight && a->items.weight[i] == 0);
    if (skip) {
        if (a->items.reduction == LOSSFN_NONE && a->items.loss_out) a->items.loss_out[i] = 0;
        if (a->grad && !a->items.accumulate) lfn_fill(a->grad + i * a->columns, 0, a->columns);
    }
    return skip;
}

/* ---- lossfn/cross_entropy ---- */
#if LFN_HAS_CLASSIFICATION

/* sum of w_j (max x - x_j), without the cancellation of sums; w NULL: all 1 */
LFN_FN double lfn_sum_gaps(const lfn_real *x, const lfn_real *w, size_t n)
{
    const lfn_vec max = lfn_set1(lfn_max_of(x, n));
    double total = 0;
    size_t k, m, end;
    for (k = 0; k < n;) {
        lfn_vec sum = lfn_zero(), gap;
        end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
        for (; k < end; k += m) {
            m = end - k < LFN_LANES ? end - k : LFN_LANES;
            gap = max - lfn_load_part(x + k, m);
            if (w) gap *= lfn_load_part(w + k, m);
            sum += lfn_keep(lfn_first(m), gap);
        }
        total += lfn_hsum(sum);
    }
    return total;
}

/* Rows of this many classes or fewer are taken a vector of rows at a time. */
#define LFN_NARROW 32

/* Plain cross-entropy of count <= LFN_LANES narrow rows from row first on: the tile
   holds one row per lane, class by class. A row left out is a lane of zeros. */
LFN_FN void lfn_softmax_cross_entropy_narrow(LFN_T_(lfn_rows) *a, size_t first, size_t count)
{
    const size_t n = a->columns;
    const lfn_vec one = lfn_set1(LFN_K(1));
    lfn_real tile[LFN_NARROW * LFN_LANES], score[LFN_LANES], factor[LFN_LANES], lane[LFN_LANES];
    lfn_vec max = lfn_set1((lfn_real)-HUGE_VAL), rest = lfn_zero(), ties = lfn_zero(), sum, log_sum, chosen, unit, miss;
    int taken[LFN_LANES];
    size_t i, j;
    memset(tile, 0, n * LFN_LANES * sizeof *tile);
    memset(score, 0, sizeof score);
    memset(factor, 0, sizeof factor);
    for (i = 0; i < count; i++) {
        const lfn_real *x = a->input + (first + i) * n;
        taken[i] = !lfn_skip_row(a, first + i);
        if (!taken[i]) continue;
        for (j = 0; j < n; j++) tile[j * LFN_LANES + i] = x[j];
        score[i] = x[a->labels[first + i]];
        factor[i] = (lfn_real)(LFN_T_(lfn_item_scale)(&a->items, first + i) * LFN_T_(lfn_class_weight)(a, (size_t)a->labels[first + i]));
    }
    for (j = 0; j < n; j++) max = lfn_max(lfn_load(tile + j * LFN_LANES), max);
    for (j = 0; j < n; j++) {
        const lfn_vec x = lfn_load(tile + j * LFN_LANES), e = lfn_exp_falling(x - max);
        const lfn_mask top = x == max;
        lfn_store(tile + j * LFN_LANES, e);
        ties += lfn_keep(top, one);
        rest += lfn_keep(lfn_not(top), e);
    }
    sum = ties + rest;
    log_sum = lfn_select(ties > one, lfn_log(sum), lfn_log1p(rest));
    chosen = lfn_load(score);
    lfn_store(lane, log_sum + (max - chosen));
    for (i = 0; i < count; i++)
        if (taken[i]) LFN_T_(lfn_item_loss)(&a->items, first + i, LFN_T_(lfn_class_weight)(a, (size_t)a->labels[first + i]) * (double)lane[i]);
    if (!a->grad) return;
    unit = lfn_load(factor) / sum;
    for (j = 0; j < n; j++) lfn_store(tile + j * LFN_LANES, unit * lfn_load(tile + j * LFN_LANES));
    /* 1 - p of the label: over the other classes where it is the largest */
    miss = lfn_select(chosen == max, ties - one + rest, sum - lfn_exp_falling(chosen - max));
    lfn_store(lane, unit * miss);
    for (i = 0; i < count; i++) {
        lfn_real *g = a->grad + (first + i) * n;
        const size_t y = taken[i] ? (size_t)a->labels[first + i] : 0;
        if (!taken[i]) continue;
        tile[y * LFN_LANES + i] = -lane[i];
        for (j = 0; j < n; j++) g[j] = a->items.accumulate ? g[j] + tile[j * LFN_LANES + i] : tile[j * LFN_LANES + i];
    }
}

LFN_FN void lfn_softmax_cross_entropy_rows(LFN_T_(lfn_rows) *a)
{
    const double smoothing = a->param[0], z_loss = a->param[1], each = smoothing / (double)a->columns;
    const size_t n = a->columns;
    const int accumulate = a->items.accumulate;
    const double all_weights = smoothing == 0 ? 0 : a->class_weight ? lfn_sum(a->class_weight, n) : (double)n;
    size_t i;
    if (LFN_LANES > 1 && n && n <= LFN_NARROW && smoothing == 0 && z_loss == 0) {
        for (i = 0; i < a->rows; i += LFN_LANES)
            lfn_softmax_cross_entropy_narrow(a, i, a->rows - i < LFN_LANES ? a->rows - i : LFN_LANES);
        return;
    }
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = LFN_T_(lfn_at)(a->input, i * n);
        lfn_real *g = a->grad ? a->grad + i * n : NULL;
        lfn_real score, before;
        double lse, on_label, on_all, gaps = 0, loss, scale, factor;
        lfn_softmax p;
        size_t y;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        before = g && accumulate ? g[y] : 0;
        if (smoothing != 0) gaps = lfn_sum_gaps(x, a->class_weight, n);
        p = lfn_softmax_of(x, n, accumulate ? NULL : g);
        lse = p.log_sum + (double)p.max;
        on_label = (1 - smoothing) * LFN_T_(lfn_class_weight)(a, y);
        on_all = each * all_weights;
        loss = on_label * (p.log_sum + ((double)p.max - (double)score));
        if (smoothing != 0) loss += on_all * p.log_sum + each * gaps;
        if (z_loss != 0) loss += z_loss * lse * lse;
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
        if (!g) continue;
        scale = LFN_T_(lfn_item_scale)(&a->items, i);
        factor = on_all + 2 * z_loss * lse;
        lfn_put_exp(g, x, n, p.max, (lfn_real)(scale * (on_label + factor) / p.sum), accumulate);
        if (smoothing != 0 && a->class_weight) lfn_axpy(g, (lfn_real)(-scale * each), a->class_weight, n);
        else if (smoothing != 0) lfn_put(g, (lfn_real)(-scale * each), NULL, n, 1);
        g[y] = before + (lfn_real)(scale * (lfn_softmax_at(&p, score) * factor - on_label * lfn_softmax_not_at(&p, score)
                                        - each * LFN_T_(lfn_class_weight)(a, y)));
    }
}

/* t_c of the comment, a vector of it at k */
LFN_INLINE lfn_vec lfn_soft_target(const LFN_T_(lfn_soft_rows) *a, const lfn_real *q, size_t k, size_t m)
{
    const lfn_vec t = lfn_set1((lfn_real)(1 - a->rows.param[0])) * lfn_load_part(q + k, m) + lfn_set1((lfn_real)(a->rows.param[0] / (double)a->rows.columns));
    if (!a->rows.class_weight) return t;
    return t * lfn_load_part(a->rows.class_weight + k, m);
}

LFN_FN void lfn_soft_cross_entropy_rows(LFN_T_(lfn_soft_rows) *s)
{
    LFN_T_(lfn_rows) *a = &s->rows;
    const size_t n = a->columns;
    const lfn_vec keep = lfn_set1((lfn_real)(1 - a->param[0]));
    size_t i, k, m, end;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = LFN_T_(lfn_at)(a->input, i * n), *q = LFN_T_(lfn_at)(s->targets, i * n);
        lfn_real *g = a->grad ? a->grad + i * n : NULL, *gt = s->grad_targets ? s->grad_targets + i * n : NULL;
        double loss = 0, mass = 0, scale;
        lfn_softmax p;
        lfn_vec top, log_sum, factor, v;
        if (lfn_skip_row(a, i)) {
            if (gt && !a->items.accumulate) lfn_fill(gt, 0, n);
            continue;
        }
        p = lfn_softmax_of(x, n, NULL);
        scale = LFN_T_(lfn_item_scale)(&a->items, i);
        top = lfn_set1(p.max);
        log_sum = lfn_set1((lfn_real)p.log_sum);
        for (k = 0; k < n;) {
            lfn_vec t, of_t = lfn_zero(), of_loss = lfn_zero();
            end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
            for (; k < end; k += m) {
                m = end - k < LFN_LANES ? end - k : LFN_LANES;
                t = lfn_keep(lfn_first(m), lfn_soft_target(s, q, k, m));
                of_t += t;
                of_loss += lfn_keep(lfn_not(t == lfn_zero()), t * (log_sum + (top - lfn_load_part(x + k, m))));
            }
            mass += lfn_hsum(of_t);
            loss += lfn_hsum(of_loss);
        }
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
        factor = lfn_set1((lfn_real)(scale * mass / p.sum));
        for (k = 0; (g || gt) && k < n; k += m) {
            lfn_vec t, xs;
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            t = lfn_soft_target(s, q, k, m);
            xs = lfn_load_part(x + k, m);
            if (gt) {
                v = lfn_set1((lfn_real)scale) * (keep * (log_sum + (top - xs)));
                if (a->class_weight) v *= lfn_load_part(a->class_weight + k, m);
                lfn_put_part(gt + k, v, m, a->items.accumulate);
            }
            if (g) {
                v = factor * lfn_exp(xs - top) - lfn_set1((lfn_real)scale) * t;
                lfn_put_part(g + k, v, m, a->items.accumulate);
            }
        }
    }
}

#endif

/* ---- lossfn/classification ---- */
#if LFN_HAS_CLASSIFICATION

/* Losses of log(p_y) alone: loss = f(log p_y) and gradient_j = slope (p_j - [j = y]) follow
   from how f behaves; form 0 is focal, 1 Poly-1. */
LFN_FN void lfn_probability_rows(LFN_T_(lfn_rows) *a)
{
    const size_t n = a->columns;
    size_t i;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = LFN_T_(lfn_at)(a->input, i * n);
        lfn_real *g = a->grad ? a->grad + i * n : NULL;
        lfn_real score, before;
        double log_p, p, q, loss, slope;
        lfn_softmax s;
        size_t y;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        before = g && a->items.accumulate ? g[y] : 0;
        s = lfn_softmax_of(x, n, a->items.accumulate ? NULL : g);
        log_p = (double)score - (double)s.max - s.log_sum;
        p = lfn_softmax_at(&s, score);
        q = lfn_softmax_not_at(&s, score);
        if (a->form == 0) {
            const double gamma = a->param[0], power = pow(q, gamma);
            const double ratio = q > 0 ? log_p / q : -1;   /* log(p) / (1 - p), its limit at p = 1 */
            const double alpha = LFN_T_(lfn_class_weight)(a, y);
            loss = power == 0 ? 0 : -alpha * power * log_p;
            slope = alpha * power * (1 - (p > 0 ? gamma * p * ratio : 0));
        } else {
            loss = a->param[0] * q - log_p;
            slope = 1 + a->param[0] * p;
        }
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
        if (!g) continue;
        slope *= LFN_T_(lfn_item_scale)(&a->items, i);
        lfn_put_exp(g, x, n, s.max, (lfn_real)(slope / s.sum), a->items.accumulate);
        g[y] = before - (lfn_real)(slope * q);
    }
}

LFN_FN void lfn_multiclass_hinge_rows(LFN_T_(lfn_rows) *a)
{
    const size_t n = a->columns;
    const lfn_real margin = (lfn_real)a->param[0];
    const int square = a->param[1] > 1;
    size_t i, j;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = LFN_T_(lfn_at)(a->input, i * n);
        lfn_real *g = a->grad ? a->grad + i * n : NULL;
        lfn_real score, before, scale, worst = (lfn_real)-HUGE_VAL;
        double loss = 0, pull = 0;
        size_t y, at = 0;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        before = g && a->items.accumulate ? g[y] : 0;
        scale = (lfn_real)LFN_T_(lfn_item_scale)(&a->items, i);
        if (a->form == LOSSFN_CRAMMER_SINGER) {
            at = y;
            for (j = 0; j < n; j++)
                if (j != y && (at == y || x[j] > worst || !(x[j] == x[j]))) {
                    worst = x[j];
                    at = j;
                }
        }
        for (j = 0; j < n; j++) {
            lfn_real v = j == y || (a->form == LOSSFN_CRAMMER_SINGER && j != at) ? 0 : margin + (x[j] - score), slope;
            v = v < 0 ? 0 : v;
            slope = v == 0 ? 0 : square ? 2 * v : 1;
            loss += square ? (double)v * (double)v : (double)v;
            pull += (double)slope;
            if (g) g[j] = a->items.accumulate ? g[j] + scale * slope : scale * slope;
        }
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
        if (g) g[y] = before - (lfn_real)((double)scale * pull);
    }
}

/* The threshold tau of sparsemax, relative to max: sum max(0, x_j - max - tau) = 1. */
LFN_FN double lfn_sparsemax_threshold(const lfn_real *x, size_t n, lfn_real max)
{
    double tau = -1, count = (double)n + 1;
    for (;;) {
        const lfn_vec top = lfn_set1(max), low = lfn_set1((lfn_real)tau);
        lfn_mask on;
        lfn_vec v;
        double sum = 0, members = 0;
        size_t k, m;
        for (k = 0; k < n; k += m) {
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            v = lfn_load_part(x + k, m) - top;
            on = (v > low) & lfn_first(m);
            if (!lfn_any(on)) continue;
            sum += lfn_hsum(lfn_keep(on, v));
            members += lfn_hsum(lfn_keep(on, lfn_set1(LFN_K(1))));
        }
        if (!(members > 0) || members >= count) return tau;
        count = members;
        tau = (sum - 1) / members;
    }
}

LFN_FN void lfn_sparsemax_rows(LFN_T_(lfn_rows) *a)
{
    const size_t n = a->columns;
    size_t i, k, m;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = LFN_T_(lfn_at)(a->input, i * n);
        lfn_real *g = a->grad ? a->grad + i * n : NULL;
        lfn_real score, max;
        double tau, loss = 0, scale;
        size_t y;
        if (lfn_skip_row(a, i)) continue;
        y = (size_t)a->labels[i];
        score = x[y];
        max = lfn_max_of(x, n);
        tau = lfn_sparsemax_threshold(x, n, max);
        scale = LFN_T_(lfn_item_scale)(&a->items, i);
        for (k = 0; k < n; k += m) {
            const lfn_vec low = lfn_set1((lfn_real)tau);
            lfn_mask in;
            lfn_vec v, q;
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            v = lfn_load_part(x + k, m) - lfn_set1(max);
            q = v - low;
            in = lfn_not(q <= lfn_zero()) & lfn_first(m);
            q = lfn_keep(in, q);
            loss += lfn_hsum(lfn_keep(in, q * (v + low)));     /* v^2 - tau^2 over the support */
            if (g) {
                v = lfn_set1((lfn_real)scale) * q;
                lfn_put_part(g + k, v, m, a->items.accumulate);
            }
        }
        loss = 0.5 * loss + 0.5 - ((double)score - (double)max);
        LFN_T_(lfn_item_loss)(&a->items, i, loss > 0 || !(loss == loss) ? loss : 0);
        if (g) g[y] -= (lfn_real)scale;
    }
}

#endif

/* ---- lossfn/divergence ---- */
#if LFN_HAS_DIVERGENCE

LFN_FN void lfn_kl_div_rows(LFN_T_(lfn_soft_rows) *s)
{
    LFN_T_(lfn_rows) *a = &s->rows;
    const size_t n = a->columns;
    const lfn_vec one = lfn_set1(LFN_K(1));
    size_t i, k, m, end;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *u = LFN_T_(lfn_at)(a->input, i * n), *target = LFN_T_(lfn_at)(s->targets, i * n);
        lfn_real *gu = a->grad ? a->grad + i * n : NULL, *gt = s->grad_targets ? s->grad_targets + i * n : NULL;
        double loss = 0;
        lfn_vec scale;
        if (lfn_skip_row(a, i)) {
            if (gt && !a->items.accumulate) lfn_fill(gt, 0, n);
            continue;
        }
        scale = lfn_set1((lfn_real)LFN_T_(lfn_item_scale)(&a->items, i));
        for (k = 0; k < n;) {
            lfn_vec sum = lfn_zero();
            end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
            for (; k < end; k += m) {
                lfn_vec t, v, gap, out;
                lfn_mask some;
                m = end - k < LFN_LANES ? end - k : LFN_LANES;
                t = lfn_load_part(target + k, m);
                v = a->form ? t : lfn_log(t);
                if (a->form) t = lfn_exp(v);
                some = lfn_not(t == lfn_zero()) & lfn_first(m);
                gap = v - lfn_load_part(u + k, m);
                sum += lfn_keep(some, t * gap);
                if (gt) {
                    out = lfn_keep(some, scale * (a->form ? t * (gap + one) : gap + one));
                    lfn_put_part(gt + k, out, m, a->items.accumulate);
                }
                if (gu) {
                    out = -scale * t;
                    lfn_put_part(gu + k, out, m, a->items.accumulate);
                }
            }
            loss += lfn_hsum(sum);
        }
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
    }
}

#endif

/* ---- lossfn/linear_cross_entropy ---- */
#if LFN_HAS_LINEAR

/* The logits of the block's n rows for classes first .. first + m - 1. */
LFN_FN void lfn_linear_logits(const LFN_T_(lfn_linear) *a, size_t n, size_t first, size_t m)
{
    size_t i;
    lfn_gemm(0, 1, n, m, a->width, 1, a->block, a->width, a->weight + first * a->width, a->width, 0, a->logits, m);
    for (i = 0; a->bias && i < n; i++) lfn_axpy(a->logits + i * m, 1, a->bias + first, m);
}

/* The softmax of the classes that have passed. */
LFN_FN lfn_softmax lfn_linear_softmax(const LFN_T_(lfn_linear_row) *r)
{
    lfn_softmax s;
    s.max = r->max;
    s.ties = r->ties;
    s.rest = r->rest;
    lfn_softmax_close(&s);
    return s;
}

/* A tile of logits joins it. */
LFN_FN void lfn_linear_join(const LFN_T_(lfn_linear) *a, LFN_T_(lfn_linear_row) *r, const lfn_real *x, size_t first, size_t m)
{
    const lfn_softmax s = lfn_softmax_join(lfn_linear_softmax(r), lfn_softmax_of(x, m, NULL));
    if (a->rows.param[0] != 0) r->weighted += a->rows.class_weight ? lfn_dot(a->rows.class_weight + first, x, m) : lfn_sum(x, m);
    if (r->label >= first && r->label - first < m) r->score = x[r->label - first];
    r->max = s.max;
    r->ties = s.ties;
    r->rest = s.rest;
}

/* The logits of one row's tile become the gradient in them. */
LFN_FN void lfn_linear_slope(const LFN_T_(lfn_linear) *a, const LFN_T_(lfn_linear_row) *r, double all_weights, lfn_real *x, size_t first, size_t m)
{
    const double smoothing = a->rows.param[0], each = smoothing / (double)a->rows.columns;
    const double on_label = (1 - smoothing) * LFN_T_(lfn_class_weight)(&a->rows, r->label);
    const lfn_softmax p = lfn_linear_softmax(r);
    const double more = each * all_weights + 2 * a->rows.param[1] * (p.log_sum + (double)p.max);
    const lfn_vec shift = lfn_set1(p.max), factor = lfn_set1((lfn_real)(r->scale * (on_label + more) / p.sum));
    size_t k, c;
    for (k = 0; k < m; k += c) {
        c = m - k < LFN_LANES ? m - k : LFN_LANES;
        lfn_store_part(x + k, factor * lfn_exp(lfn_load_part(x + k, c) - shift), c);
    }
    if (smoothing != 0 && a->rows.class_weight) lfn_axpy(x, (lfn_real)(-r->scale * each), a->rows.class_weight + first, m);
    else if (smoothing != 0) lfn_put(x, (lfn_real)(-r->scale * each), NULL, m, 1);
    if (r->label >= first && r->label - first < m)
        x[r->label - first] = (lfn_real)(r->scale * (lfn_softmax_at(&p, r->score) * more - on_label * lfn_softmax_not_at(&p, r->score)
                                                 - each * LFN_T_(lfn_class_weight)(&a->rows, r->label)));
}

/* The block's n rows: both sweeps over the classes. */
LFN_FN void lfn_linear_block(LFN_T_(lfn_linear) *a, size_t n, double all_weights)
{
    LFN_T_(lfn_items) *it = &a->rows.items;
    const size_t classes = a->rows.columns, width = a->width;
    const double smoothing = a->rows.param[0], each = smoothing / (double)classes;
    size_t first, m, i;
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_LINEAR_TILE ? classes - first : LFN_LINEAR_TILE;
        lfn_linear_logits(a, n, first, m);
        for (i = 0; i < n; i++) lfn_linear_join(a, &a->row[i], a->logits + i * m, first, m);
    }
    for (i = 0; i < n; i++) {
        LFN_T_(lfn_linear_row) *r = &a->row[i];
        const lfn_softmax p = lfn_linear_softmax(r);
        const double lse = p.log_sum + (double)p.max;
        double loss = (1 - smoothing) * LFN_T_(lfn_class_weight)(&a->rows, r->label) * (p.log_sum + ((double)p.max - (double)r->score));
        if (smoothing != 0) loss += each * all_weights * lse - each * r->weighted;
        if (a->rows.param[1] != 0) loss += a->rows.param[1] * lse * lse;
        LFN_T_(lfn_item_loss)(it, r->row, loss);
        r->scale = LFN_T_(lfn_item_scale)(it, r->row);
    }
    if (!a->rows.grad && !a->grad_weight && !a->grad_bias) return;
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_LINEAR_TILE ? classes - first : LFN_LINEAR_TILE;
        if (classes > LFN_LINEAR_TILE) lfn_linear_logits(a, n, first, m);   /* one tile is still there */
        for (i = 0; i < n; i++) {
            lfn_linear_slope(a, &a->row[i], all_weights, a->logits + i * m, first, m);
            if (a->grad_bias) lfn_axpy(a->grad_bias + first, 1, a->logits + i * m, m);
        }
        if (a->rows.grad)
            lfn_gemm(0, 0, n, width, m, 1, a->logits, m, a->weight + first * width, width, first == 0 ? LFN_K(0) : LFN_K(1), a->block_grad, width);
        if (a->grad_weight)
            lfn_gemm(1, 0, m, width, n, 1, a->logits, m, a->block, width, 1, a->grad_weight + first * width, width);
    }
    for (i = 0; a->rows.grad && i < n; i++)
        lfn_put(a->rows.grad + a->row[i].row * width, 1, a->block_grad + i * width, width, it->accumulate);
}

/* Rows that take part are gathered into blocks; the others get zeros. */
LFN_FN void lfn_linear_run(LFN_T_(lfn_linear) *a)
{
    const size_t classes = a->rows.columns, width = a->width;
    const int accumulate = a->rows.items.accumulate;
    const double all_weights = a->rows.param[0] == 0 ? 0
        : a->rows.class_weight ? lfn_sum(a->rows.class_weight, classes) : (double)classes;
    LFN_T_(lfn_rows) skipped = a->rows;
    size_t i, n = 0;
    if (!accumulate && a->grad_weight) lfn_fill(a->grad_weight, 0, classes * width);
    if (!accumulate && a->grad_bias) lfn_fill(a->grad_bias, 0, classes);
    skipped.columns = width;
    for (i = 0; i < a->rows.rows; i++) {
        if (lfn_skip_row(&skipped, i)) continue;
        memcpy(a->block + n * width, a->rows.input + i * width, width * sizeof(lfn_real));
        memset(&a->row[n], 0, sizeof a->row[n]);
        a->row[n].row = i;
        a->row[n].label = (size_t)a->rows.labels[i];
        if (++n == LFN_LINEAR_ROWS) {
            lfn_linear_block(a, n, all_weights);
            n = 0;
        }
    }
    if (n) lfn_linear_block(a, n, all_weights);
}

#endif

/* ---- lossfn/distribution ---- */
#if LFN_HAS_DISTRIBUTION

LFN_FN void lfn_gaussian_run(LFN_T_(lfn_gaussian) *a)
{
    const lfn_vec eps = lfn_set1(a->eps), more = lfn_set1(a->full ? LFN_K(0.91893853320467274178) : LFN_K(0));
    lfn_real loss[LFN_BLOCK], by_mean[LFN_BLOCK], by_variance[LFN_BLOCK];
    size_t first, count, k, m;
    for (first = 0; first < a->n; first += count) {
        count = a->n - first < LFN_BLOCK ? a->n - first : LFN_BLOCK;
        for (k = 0; k < count; k += m) {
            lfn_gaussian_terms p;
            lfn_vec mean, variance, target;
            m = count - k < LFN_LANES ? count - k : LFN_LANES;
            mean = lfn_load_part(a->mean + first + k, m);
            variance = lfn_load_part(a->variance + first + k, m);
            target = lfn_load_part(a->target + first + k, m);
            if (a->log_variance) p = lfn_gaussian_log_point(mean, variance, target);
            else p = lfn_gaussian_point(mean, lfn_max(eps, variance), variance <= eps, target);
            lfn_store_part(loss + k, p.loss + more, m);
            lfn_store_part(by_mean + k, p.mean, m);
            lfn_store_part(by_variance + k, p.variance, m);
        }
        lfn_take_losses(&a->items, first, loss, count);
        lfn_take_grads(&a->items, first, a->grad_mean, by_mean, 1, count);
        lfn_take_grads(&a->items, first, a->grad_variance, by_variance, 1, count);
        lfn_take_grads(&a->items, first, a->grad_target, by_mean, -1, count);
    }
}

/* input is the mean, targets the log variance */
LFN_FN void lfn_vae_kl_rows(LFN_T_(lfn_soft_rows) *s)
{
    LFN_T_(lfn_rows) *a = &s->rows;
    const size_t n = a->columns;
    size_t i, k, m, end;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *mean = LFN_T_(lfn_at)(a->input, i * n), *variance = LFN_T_(lfn_at)(s->targets, i * n);
        lfn_real *gm = a->grad ? a->grad + i * n : NULL, *gv = s->grad_targets ? s->grad_targets + i * n : NULL;
        double loss = 0;
        lfn_vec scale;
        if (lfn_skip_row(a, i)) {
            if (gv && !a->items.accumulate) lfn_fill(gv, 0, n);
            continue;
        }
        scale = lfn_set1((lfn_real)LFN_T_(lfn_item_scale)(&a->items, i));
        for (k = 0; k < n;) {
            lfn_vec sum = lfn_zero();
            end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
            for (; k < end; k += m) {
                lfn_vec mu, v, over, out;
                m = end - k < LFN_LANES ? end - k : LFN_LANES;
                mu = lfn_load_part(mean + k, m);
                v = lfn_load_part(variance + k, m);
                over = lfn_expm1(v);
                sum += lfn_keep(lfn_first(m), mu * mu + (over - v));
                if (gm) {
                    out = scale * mu;
                    lfn_put_part(gm + k, out, m, a->items.accumulate);
                }
                if (gv) {
                    out = scale * (LFN_K(0.5) * over);
                    lfn_put_part(gv + k, out, m, a->items.accumulate);
                }
            }
            loss += lfn_hsum(sum);
        }
        LFN_T_(lfn_item_loss)(&a->items, i, 0.5 * loss);
    }
}

#endif

/* ---- lossfn/pairs ---- */
#if LFN_HAS_PAIRS

/* An item of weight 0: no loss, no gradient. */
LFN_FN int lfn_skip_tuple(LFN_T_(lfn_tuples) *a, size_t i)
{
    int k;
    if (!a->items.weight || a->items.weight[i] != 0) return 0;
    LFN_T_(lfn_item_loss)(&a->items, i, 0);
    for (k = 0; k < 3; k++)
        if (a->grad[k] && !a->items.accumulate) lfn_fill(a->grad[k] + i * a->width, 0, a->width);
    return 1;
}

/* Where gradient k of row i goes, NULL: nowhere. */
LFN_INLINE lfn_real *lfn_tuple_grad(const LFN_T_(lfn_tuples) *a, int k, size_t i)
{
    return a->grad[k] ? a->grad[k] + i * a->width : NULL;
}

LFN_INLINE void lfn_tuple_put(lfn_real *g, size_t k, lfn_vec x, size_t m, int accumulate)
{
    if (g) lfn_put_part(g + k, x, m, accumulate);
}

LFN_FN void lfn_contrastive_rows(LFN_T_(lfn_tuples) *a)
{
    const size_t n = a->width;
    size_t i, k, m;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = a->x[0] + i * n, *y = a->x[1] + i * n;
        lfn_real *gx = lfn_tuple_grad(a, 0, i), *gy = lfn_tuple_grad(a, 1, i);
        double square, loss, slope;
        lfn_vec factor, d;
        if (lfn_skip_tuple(a, i)) continue;
        square = lfn_squared_distance(x, y, n);
        if (a->labels[i]) {
            loss = square;
            slope = 2;
        } else {
            const double distance = sqrt(square), gap = a->margin - distance;
            loss = gap <= 0 ? 0 : gap * gap;
            slope = gap <= 0 || distance == 0 ? 0 : -2 * gap / distance;
        }
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
        factor = lfn_set1((lfn_real)(slope * LFN_T_(lfn_item_scale)(&a->items, i)));
        for (k = 0; (gx || gy) && k < n; k += m) {
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            d = slope == 0 ? lfn_zero() : factor * (lfn_load_part(x + k, m) - lfn_load_part(y + k, m));
            lfn_tuple_put(gx, k, d, m, a->items.accumulate);
            lfn_tuple_put(gy, k, -d, m, a->items.accumulate);
        }
    }
}

/* x - y + eps, a vector of it at k; 0 behind the m elements */
LFN_INLINE lfn_vec lfn_tuple_difference(const LFN_T_(lfn_tuples) *a, const lfn_real *x, const lfn_real *y, size_t k, size_t m)
{
    return lfn_keep(lfn_first(m), lfn_load_part(x + k, m) - lfn_load_part(y + k, m) + lfn_set1((lfn_real)a->eps));
}

/* The largest |x_k - y_k + eps|. */
LFN_FN lfn_real lfn_tuple_reach(const LFN_T_(lfn_tuples) *a, const lfn_real *x, const lfn_real *y)
{
    lfn_vec most = lfn_zero();
    size_t k, m;
    for (k = 0; k < a->width; k += m) {
        m = a->width - k < LFN_LANES ? a->width - k : LFN_LANES;
        most = lfn_max(lfn_abs(lfn_tuple_difference(a, x, y, k, m)), most);
    }
    return lfn_hmax(most);
}

/* (sum_k |x_k - y_k + eps|^p)^(1/p). For p other than 1 and 2 the terms are taken
   relative to the largest, so that no power overflows. */
LFN_FN double lfn_tuple_distance(const LFN_T_(lfn_tuples) *a, const lfn_real *x, const lfn_real *y)
{
    const int form = a->p == 1 ? 1 : a->p == 2 ? 2 : 0;
    const lfn_real reach = form ? LFN_K(1) : lfn_tuple_reach(a, x, y);
    const lfn_vec p = lfn_set1((lfn_real)a->p), unit = lfn_set1(reach > 0 ? 1 / reach : LFN_K(1));
    double total = 0;
    size_t k, m, end;
    for (k = 0; k < a->width;) {
        lfn_vec sum = lfn_zero();
        end = a->width - k < LFN_RUN * LFN_LANES ? a->width : k + LFN_RUN * LFN_LANES;
        for (; k < end; k += m) {
            lfn_vec u;
            m = end - k < LFN_LANES ? end - k : LFN_LANES;
            u = lfn_abs(lfn_tuple_difference(a, x, y, k, m));
            sum += form == 1 ? u : form == 2 ? u * u : lfn_pow(u * unit, p);
        }
        total += lfn_hsum(sum);
    }
    return form == 1 ? total : form == 2 ? sqrt(total) : (double)reach * pow(total, 1 / a->p);
}

/* What turns a difference u into dD/du: sign(u) (|u| / D)^(p - 1), 0 for D = 0 */
LFN_INLINE lfn_vec lfn_tuple_slope(const LFN_T_(lfn_tuples) *a, lfn_vec u, lfn_vec unit)
{
    if (a->p == 1) return lfn_sign(u);
    if (a->p == 2) return u * unit;
    return lfn_copysign(lfn_pow(lfn_abs(u) * unit, lfn_set1((lfn_real)(a->p - 1))), u);
}

/* The gradients of row i, whose loss is positive; from: the row the negative is held against. */
LFN_FN void lfn_triplet_gradients(const LFN_T_(lfn_tuples) *a, size_t i, int swapped, double to_positive, double to_negative)
{
    const size_t n = a->width;
    const lfn_real *x = a->x[0] + i * n, *p = a->x[1] + i * n, *q = a->x[2] + i * n, *from = swapped ? p : x;
    lfn_real *gx = lfn_tuple_grad(a, 0, i), *gp = lfn_tuple_grad(a, 1, i), *gq = lfn_tuple_grad(a, 2, i);
    const lfn_vec pull_unit = lfn_set1(to_positive == 0 ? LFN_K(0) : (lfn_real)(1 / to_positive));
    const lfn_vec push_unit = lfn_set1(to_negative == 0 ? LFN_K(0) : (lfn_real)(1 / to_negative));
    const lfn_vec scale = lfn_set1((lfn_real)LFN_T_(lfn_item_scale)(&a->items, i));
    size_t k, m;
    for (k = 0; k < n; k += m) {
        lfn_vec pull, push;
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        pull = to_positive == 0 ? lfn_zero() : scale * lfn_tuple_slope(a, lfn_tuple_difference(a, x, p, k, m), pull_unit);
        push = to_negative == 0 ? lfn_zero() : scale * lfn_tuple_slope(a, lfn_tuple_difference(a, from, q, k, m), push_unit);
        lfn_tuple_put(gx, k, swapped ? pull : pull - push, m, a->items.accumulate);
        lfn_tuple_put(gp, k, swapped ? -pull - push : -pull, m, a->items.accumulate);
        lfn_tuple_put(gq, k, push, m, a->items.accumulate);
    }
}

LFN_FN void lfn_triplet_rows(LFN_T_(lfn_tuples) *a)
{
    const size_t n = a->width;
    size_t i;
    int k;
    for (i = 0; i < a->rows; i++) {
        double to_positive, to_negative, loss;
        int swapped = 0;
        if (lfn_skip_tuple(a, i)) continue;
        to_positive = lfn_tuple_distance(a, a->x[0] + i * n, a->x[1] + i * n);
        to_negative = lfn_tuple_distance(a, a->x[0] + i * n, a->x[2] + i * n);
        if (a->swap) {
            const double other = lfn_tuple_distance(a, a->x[1] + i * n, a->x[2] + i * n);
            swapped = other < to_negative;
            if (swapped || !(other == other)) to_negative = other;
        }
        loss = to_positive - to_negative + a->margin;
        LFN_T_(lfn_item_loss)(&a->items, i, loss <= 0 ? 0 : loss);
        if (!(loss <= 0)) lfn_triplet_gradients(a, i, swapped, to_positive, to_negative);
        else for (k = 0; k < 3; k++)
            if (a->grad[k] && !a->items.accumulate) lfn_fill(a->grad[k] + i * n, 0, n);
    }
}

/* 1 - x . y / (|x| |y|) = |x / |x| - y / |y||^2 / 2, which keeps its digits where
   the two are nearly parallel; ux = 1 / |x|, uy = 1 / |y| */
LFN_FN double lfn_cosine_gap(const lfn_real *x, const lfn_real *y, size_t n, lfn_real ux, lfn_real uy)
{
    const lfn_vec vx = lfn_set1(ux), vy = lfn_set1(uy);
    double total = 0;
    size_t k, m, end;
    for (k = 0; k < n;) {
        lfn_vec sum = lfn_zero();
        end = n - k < LFN_RUN * LFN_LANES ? n : k + LFN_RUN * LFN_LANES;
        for (; k < end; k += m) {
            lfn_vec d;
            m = end - k < LFN_LANES ? end - k : LFN_LANES;
            d = lfn_load_part(x + k, m) * vx - lfn_load_part(y + k, m) * vy;
            sum += d * d;
        }
        total += lfn_hsum(sum);
    }
    return 0.5 * total;
}

LFN_FN void lfn_cosine_rows(LFN_T_(lfn_tuples) *a)
{
    const size_t n = a->width;
    size_t i, k, m;
    for (i = 0; i < a->rows; i++) {
        const lfn_real *x = a->x[0] + i * n, *y = a->x[1] + i * n;
        lfn_real *gx = lfn_tuple_grad(a, 0, i), *gy = lfn_tuple_grad(a, 1, i);
        double nx, ny, c, loss, slope, scale;
        lfn_vec fx, fy, ux, uy, cosine;
        if (lfn_skip_tuple(a, i)) continue;
        nx = sqrt(lfn_sum_squares(x, n));
        ny = sqrt(lfn_sum_squares(y, n));
        c = nx == 0 || ny == 0 ? 0 : lfn_dot(x, y, n) / (nx * ny);
        c = c > 1 ? 1 : c < -1 ? -1 : c;
        if (a->labels[i] > 0) loss = c > 0.5 ? lfn_cosine_gap(x, y, n, (lfn_real)(1 / nx), (lfn_real)(1 / ny)) : 1 - c;
        else loss = c <= a->margin ? 0 : c - a->margin;
        slope = a->labels[i] > 0 ? -1 : c <= a->margin ? 0 : 1;
        LFN_T_(lfn_item_loss)(&a->items, i, loss);
        if (nx == 0 || ny == 0) slope = 0;
        scale = slope * LFN_T_(lfn_item_scale)(&a->items, i);
        ux = lfn_set1(slope == 0 ? LFN_K(0) : (lfn_real)(1 / nx));
        uy = lfn_set1(slope == 0 ? LFN_K(0) : (lfn_real)(1 / ny));
        fx = lfn_set1((lfn_real)scale) * ux;
        fy = lfn_set1((lfn_real)scale) * uy;
        cosine = lfn_set1((lfn_real)c);
        for (k = 0; (gx || gy) && k < n; k += m) {
            lfn_vec vx, vy;
            m = n - k < LFN_LANES ? n - k : LFN_LANES;
            vx = slope == 0 ? lfn_zero() : lfn_load_part(x + k, m) * ux;
            vy = slope == 0 ? lfn_zero() : lfn_load_part(y + k, m) * uy;
            lfn_tuple_put(gx, k, fx * (vy - cosine * vx), m, a->items.accumulate);
            lfn_tuple_put(gy, k, fy * (vx - cosine * vy), m, a->items.accumulate);
        }
    }
}

#endif

/* ---- lossfn/contrastive ---- */
#if LFN_HAS_CONTRASTIVE

/* Rows of unit length; zero vectors stay. */
LFN_FN void lfn_contrast_units(LFN_T_(lfn_contrast) *a)
{
    const size_t n = a->width;
    size_t i;
    for (i = 0; i < a->n; i++) {
        a->norm[i] = (lfn_real)sqrt(lfn_sum_squares(LFN_T_(lfn_at)(a->x, i * n), n));
        lfn_scale(a->unit + i * n, a->norm[i] == 0 ? LFN_K(0) : 1 / a->norm[i], LFN_T_(lfn_at)(a->x, i * n), n);
    }
}

/* Similarities of rows first .. first + high - 1 to rows across .. across + wide - 1. */
LFN_FN void lfn_contrast_tile(const LFN_T_(lfn_contrast) *a, size_t first, size_t high, size_t across, size_t wide)
{
    lfn_gemm(0, 1, high, wide, a->width, (lfn_real)(1 / a->temperature), a->unit + first * a->width, a->width,
             a->unit + across * a->width, a->width, 0, a->tile, wide);
}

/* The first positive of row i from row j on, below end; end when there is none. */
LFN_INLINE size_t lfn_contrast_next(const LFN_T_(lfn_contrast) *a, size_t i, size_t j, size_t end)
{
    if (!a->labels) {
        const size_t half = a->n / 2, other = i < half ? i + half : i - half;
        return other >= j && other < end ? other : end;
    }
    while (j < end && (j == i || a->labels[j] != a->labels[i])) j++;
    return j;
}

/* A tile's similarities of row i join its sums; s_ii takes no part. */
LFN_FN void lfn_contrast_join(LFN_T_(lfn_contrast) *a, size_t i, const lfn_real *s, size_t across, size_t wide)
{
    lfn_softmax *sum = (lfn_softmax *)a->softmax + i;
    const size_t left = i < across ? 0 : i - across < wide ? i - across : wide;
    const size_t right = i < across ? 0 : left < wide ? left + 1 : wide;
    size_t j;
    *sum = lfn_softmax_join(*sum, lfn_softmax_of(s, left, NULL));
    *sum = lfn_softmax_join(*sum, lfn_softmax_of(s + right, wide - right, NULL));
    for (j = lfn_contrast_next(a, i, across, across + wide); j < across + wide; j = lfn_contrast_next(a, i, j + 1, across + wide)) {
        a->positive[i] += (double)s[j - across];
        a->members[i]++;
    }
}

/* The first sweep: what every row comes to. */
LFN_FN void lfn_contrast_sums(LFN_T_(lfn_contrast) *a)
{
    size_t first, high, across, wide, i;
    lfn_contrast_units(a);
    for (i = 0; i < a->n; i++) {
        memset((lfn_softmax *)a->softmax + i, 0, sizeof(lfn_softmax));
        a->positive[i] = 0;
        a->members[i] = 0;
    }
    for (first = 0; first < a->n; first += high) {
        high = a->n - first < LFN_CONTRAST_TILE ? a->n - first : LFN_CONTRAST_TILE;
        for (across = 0; across < a->n; across += wide) {
            wide = a->n - across < LFN_CONTRAST_TILE ? a->n - across : LFN_CONTRAST_TILE;
            lfn_contrast_tile(a, first, high, across, wide);
            for (i = 0; i < high; i++) lfn_contrast_join(a, first + i, a->tile + i * wide, across, wide);
        }
    }
}

/* Losses; and what the second sweep needs of each row. */
LFN_FN void lfn_contrast_losses(LFN_T_(lfn_contrast) *a)
{
    lfn_softmax *sum = (lfn_softmax *)a->softmax;
    size_t i;
    for (i = 0; i < a->n; i++) {
        double scale = 0;
        lfn_softmax_close(&sum[i]);
        a->largest[i] = sum[i].max;
        if (a->members[i]) {
            LFN_T_(lfn_item_loss)(&a->items, i, a->factor * (sum[i].log_sum + ((double)sum[i].max - a->positive[i] / (double)a->members[i])));
            scale = LFN_T_(lfn_item_scale)(&a->items, i) * a->factor / a->temperature;
        } else LFN_T_(lfn_item_loss)(&a->items, i, 0);
        a->share[i] = scale == 0 ? LFN_K(0) : (lfn_real)(scale / sum[i].sum);
        a->pull[i] = scale == 0 ? LFN_K(0) : (lfn_real)(scale / (double)a->members[i]);
    }
}

/* A row of the tile becomes ds_ij + ds_ji. A row's only positive is that row's
   only positive too: there ds = -(1 - q), whose digits are kept. */
LFN_FN void lfn_contrast_slope(const LFN_T_(lfn_contrast) *a, size_t i, lfn_real *s, size_t across, size_t wide)
{
    const lfn_softmax *sum = (const lfn_softmax *)a->softmax;
    const lfn_vec shift = lfn_set1(a->largest[i]), share = lfn_set1(a->share[i]);
    const size_t end = across + wide;
    size_t j = lfn_contrast_next(a, i, across, end), k, m;
    const lfn_real score = j < end ? s[j - across] : 0;
    for (k = 0; k < wide; k += m) {
        lfn_vec v;
        m = wide - k < LFN_LANES ? wide - k : LFN_LANES;
        v = lfn_load_part(s + k, m);
        v = share * lfn_exp(v - shift)
            + lfn_load_part(a->share + across + k, m) * lfn_exp(v - lfn_load_part(a->largest + across + k, m));
        lfn_store_part(s + k, v, m);
    }
    if (i >= across && i < end) s[i - across] = 0;
    if (j < end && a->members[i] == 1) {
        s[j - across] = (lfn_real)(-(double)a->pull[i] * lfn_softmax_not_at(&sum[i], score) - (double)a->pull[j] * lfn_softmax_not_at(&sum[j], score));
        return;
    }
    for (; j < end; j = lfn_contrast_next(a, i, j + 1, end)) s[j - across] -= a->pull[i] + a->pull[j];
}

/* Through the unit length: dx = (du - (du . u) u) / |x|, 0 for a zero vector. */
LFN_FN void lfn_contrast_back(const LFN_T_(lfn_contrast) *a)
{
    const size_t n = a->width;
    size_t i;
    for (i = 0; i < a->n; i++) {
        lfn_real *slope = a->slope + i * n;
        if (a->norm[i] == 0) {
            if (!a->items.accumulate) lfn_fill(a->grad + i * n, 0, n);
            continue;
        }
        lfn_axpy(slope, (lfn_real)-lfn_dot(slope, a->unit + i * n, n), a->unit + i * n, n);
        lfn_put(a->grad + i * n, 1 / a->norm[i], slope, n, a->items.accumulate);
    }
}

/* The second sweep: du_i = sum_j (ds_ij + ds_ji) u_j over tiles on and above the diagonal. */
LFN_FN void lfn_contrast_gradients(LFN_T_(lfn_contrast) *a)
{
    const size_t n = a->width;
    size_t first, high, across, wide, i;
    lfn_contrast_losses(a);
    if (!a->grad) return;
    lfn_fill(a->slope, 0, a->n * n);
    for (first = 0; first < a->n; first += high) {
        high = a->n - first < LFN_CONTRAST_TILE ? a->n - first : LFN_CONTRAST_TILE;
        for (across = first; across < a->n; across += wide) {
            wide = a->n - across < LFN_CONTRAST_TILE ? a->n - across : LFN_CONTRAST_TILE;
            lfn_contrast_tile(a, first, high, across, wide);
            for (i = 0; i < high; i++) lfn_contrast_slope(a, first + i, a->tile + i * wide, across, wide);
            lfn_gemm(0, 0, high, n, wide, 1, a->tile, wide, a->unit + across * n, n, 1, a->slope + first * n, n);
            if (across != first)
                lfn_gemm(1, 0, wide, n, high, 1, a->tile, wide, a->unit + first * n, n, 1, a->slope + across * n, n);
        }
    }
    lfn_contrast_back(a);
}

#endif

/* ---- lossfn/margin ---- */
#if LFN_HAS_MARGIN

/* unit = x / |x|, 0 for a zero vector; returns |x| */
LFN_FN lfn_real lfn_margin_unit(lfn_real *unit, const lfn_real *x, size_t n)
{
    const lfn_real norm = (lfn_real)sqrt(lfn_sum_squares(x, n));
    lfn_scale(unit, norm == 0 ? LFN_K(0) : 1 / norm, x, n);
    return norm;
}

/* The gradient in x from that in x / |x| (which is changed): (g - (g . u) u) / |x|, 0 for a zero vector. */
LFN_FN void lfn_margin_back(lfn_real *grad, lfn_real *g, const lfn_real *unit, lfn_real norm, size_t n, int accumulate)
{
    lfn_axpy(g, (lfn_real)-lfn_dot(g, unit, n), unit, n);
    lfn_put(grad, norm == 0 ? LFN_K(0) : 1 / norm, g, n, accumulate);
}

/* The label's cosine with its margin; its slope goes to the row. */
LFN_FN double lfn_margin_of(const LFN_T_(lfn_margin) *a, LFN_T_(lfn_margin_row) *r, double c)
{
    const double cos_m = cos(a->margin), sin_m = sin(a->margin);
    const double square = (1 - c) * (1 + c), sine = square > 0 ? sqrt(square) : 0;
    r->slope = 1;
    if (a->easy ? c <= 0 : c <= -cos_m) return a->easy ? c : c - a->margin * sin_m;
    if (a->margin == 0) return c;
    r->slope = sine == 0 ? 0 : cos_m + c * sin_m / sine;
    return (c < -1 ? -1 : c > 1 ? 1 : c) * cos_m - sine * sin_m;
}

/* The logits s c of the block's n rows for classes first .. first + m - 1, the labels' with their margins. */
LFN_FN void lfn_margin_logits(LFN_T_(lfn_margin) *a, size_t n, size_t first, size_t m)
{
    const size_t width = a->width;
    size_t i;
    for (i = 0; i < m; i++) a->norm[i] = lfn_margin_unit(a->tile + i * width, a->weight + (first + i) * width, width);
    lfn_gemm(0, 1, n, m, width, (lfn_real)a->scale, a->block, width, a->tile, width, 0, a->logits, m);
    for (i = 0; i < n; i++) {
        LFN_T_(lfn_margin_row) *r = &a->row[i];
        if (r->label < first || r->label - first >= m) continue;
        r->score = (lfn_real)(a->scale * lfn_margin_of(a, r, lfn_dot(a->block + i * width, a->tile + (r->label - first) * width, width)));
        a->logits[i * m + (r->label - first)] = r->score;
    }
}

/* The logits of one row's tile become the gradient in the cosines. */
LFN_FN void lfn_margin_slope(const LFN_T_(lfn_margin) *a, size_t i, lfn_real *x, size_t first, size_t m)
{
    const lfn_softmax *s = (const lfn_softmax *)a->softmax + i;
    const LFN_T_(lfn_margin_row) *r = &a->row[i];
    const lfn_vec shift = lfn_set1(s->max), factor = lfn_set1((lfn_real)(r->scale * a->scale / s->sum));
    size_t k, c;
    for (k = 0; k < m; k += c) {
        c = m - k < LFN_LANES ? m - k : LFN_LANES;
        lfn_store_part(x + k, factor * lfn_exp(lfn_load_part(x + k, c) - shift), c);
    }
    if (r->label >= first && r->label - first < m)
        x[r->label - first] = (lfn_real)(-r->scale * a->scale * r->slope * lfn_softmax_not_at(s, r->score));
}

/* The block's n rows: both sweeps over the classes. */
LFN_FN void lfn_margin_block(LFN_T_(lfn_margin) *a, size_t n)
{
    LFN_T_(lfn_items) *it = &a->rows.items;
    lfn_softmax *s = (lfn_softmax *)a->softmax;
    const size_t classes = a->rows.columns, width = a->width;
    size_t first, m, i;
    memset(s, 0, n * sizeof *s);
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_MARGIN_TILE ? classes - first : LFN_MARGIN_TILE;
        lfn_margin_logits(a, n, first, m);
        for (i = 0; i < n; i++) s[i] = lfn_softmax_join(s[i], lfn_softmax_of(a->logits + i * m, m, NULL));
    }
    for (i = 0; i < n; i++) {
        lfn_softmax_close(&s[i]);
        LFN_T_(lfn_item_loss)(it, a->row[i].row, s[i].log_sum + ((double)s[i].max - (double)a->row[i].score));
        a->row[i].scale = LFN_T_(lfn_item_scale)(it, a->row[i].row);
    }
    if (!a->rows.grad && !a->grad_weight) return;
    for (first = 0; first < classes; first += m) {
        m = classes - first < LFN_MARGIN_TILE ? classes - first : LFN_MARGIN_TILE;
        if (classes > LFN_MARGIN_TILE) lfn_margin_logits(a, n, first, m);   /* one tile is still there */
        for (i = 0; i < n; i++) lfn_margin_slope(a, i, a->logits + i * m, first, m);
        if (a->rows.grad)
            lfn_gemm(0, 0, n, width, m, 1, a->logits, m, a->tile, width, first == 0 ? LFN_K(0) : LFN_K(1), a->block_grad, width);
        if (!a->grad_weight) continue;
        lfn_gemm(1, 0, m, width, n, 1, a->logits, m, a->block, width, 0, a->tile_grad, width);
        for (i = 0; i < m; i++)
            lfn_margin_back(a->grad_weight + (first + i) * width, a->tile_grad + i * width, a->tile + i * width, a->norm[i], width, 1);
    }
    for (i = 0; a->rows.grad && i < n; i++)
        lfn_margin_back(a->rows.grad + a->row[i].row * width, a->block_grad + i * width, a->block + i * width, a->row[i].norm, width, it->accumulate);
}

/* Rows that take part are gathered into blocks; the others get zeros. */
LFN_FN void lfn_margin_run(LFN_T_(lfn_margin) *a)
{
    const size_t width = a->width;
    LFN_T_(lfn_rows) all = a->rows;
    size_t i, n = 0;
    if (!a->rows.items.accumulate && a->grad_weight) lfn_fill(a->grad_weight, 0, a->rows.columns * width);
    all.columns = width;
    for (i = 0; i < a->rows.rows; i++) {
        if (lfn_skip_row(&all, i)) continue;
        a->row[n].norm = lfn_margin_unit(a->block + n * width, a->rows.input + i * width, width);
        a->row[n].row = i;
        a->row[n].label = (size_t)a->rows.labels[i];
        if (++n == LFN_MARGIN_ROWS) {
            lfn_margin_block(a, n);
            n = 0;
        }
    }
    if (n) lfn_margin_block(a, n);
}

#endif

/* ---- lossfn/listwise ---- */
#if LFN_HAS_LISTWISE

/* List l of ListNet. */
LFN_FN void lfn_list_net_list(LFN_T_(lfn_lists) *a, size_t l)
{
    const size_t start = a->offsets[l], n = a->offsets[l + 1] - start;
    const lfn_real *x = a->scores + start, *y = a->relevance + start;
    lfn_real *gx = a->out[0] ? a->out[0] + start : NULL, *gy = a->out[1] ? a->out[1] + start : NULL;
    const lfn_softmax p = lfn_softmax_of(x, n, NULL), q = lfn_softmax_of(y, n, NULL);
    const lfn_vec top = lfn_set1(p.max), log_sum = lfn_set1((lfn_real)p.log_sum), peak = lfn_set1(q.max);
    const lfn_vec p_unit = lfn_set1((lfn_real)(1 / p.sum)), q_unit = lfn_set1((lfn_real)(1 / q.sum));
    const lfn_vec scale = lfn_set1((lfn_real)LFN_T_(lfn_item_scale)(&a->items, l));
    double loss = 0;
    size_t k, m;
    lfn_vec all, v, t, cost, out;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        t = q_unit * lfn_exp(lfn_load_part(y + k, m) - peak);
        cost = log_sum + (top - lfn_load_part(x + k, m));
        loss += lfn_hsum(lfn_keep(lfn_not(t == lfn_zero()) & lfn_first(m), t * cost));
    }
    LFN_T_(lfn_item_loss)(&a->items, l, loss);
    all = lfn_set1((lfn_real)loss);
    for (k = 0; (gx || gy) && k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        v = lfn_load_part(x + k, m);
        t = q_unit * lfn_exp(lfn_load_part(y + k, m) - peak);
        cost = log_sum + (top - v);
        if (gx) {
            out = scale * (p_unit * lfn_exp(v - top) - t);
            lfn_put_part(gx + k, out, m, a->items.accumulate);
        }
        if (gy) {
            out = scale * lfn_keep(lfn_not(t == lfn_zero()), t * (cost - all));
            lfn_put_part(gy + k, out, m, a->items.accumulate);
        }
    }
}

/* The pairs of document i with documents first .. end - 1 behind it. */
LFN_FN void lfn_rank_run(const LFN_T_(lfn_lists) *a, size_t i, size_t first, size_t end, double unit, int spread, lfn_rank_sums *sums)
{
    const lfn_vec score = lfn_set1(a->score[i]), gain = lfn_set1(a->gain[i]), discount = lfn_set1(a->discount[i]);
    const lfn_vec sigma = lfn_set1((lfn_real)a->sigma), inverse = lfn_set1((lfn_real)unit), one = lfn_set1(LFN_K(1));
    lfn_vec loss = lfn_zero(), total = lfn_zero(), slope = lfn_zero(), curve = lfn_zero();
    size_t j, m;
    for (j = first; j < end; j += m) {
        lfn_vec gap, more, sign, weight, x, s, lambda, bend;
        lfn_mask differ;
        m = end - j < LFN_LANES ? end - j : LFN_LANES;
        gap = score - lfn_load_part(a->score + j, m);
        more = gain - lfn_load_part(a->gain + j, m);
        differ = lfn_not(more == lfn_zero()) & lfn_first(m);
        sign = lfn_sign(more);
        weight = lfn_abs(more) * (discount - lfn_load_part(a->discount + j, m)) * inverse;
        if (spread) weight /= lfn_set1(LFN_K(0.01)) + lfn_abs(gap);
        x = -sigma * sign * gap;
        s = lfn_sigmoid(x);
        loss += lfn_keep(differ, weight * lfn_softplus(x));
        lambda = lfn_keep(differ, sigma * weight * s);
        bend = lambda * sigma * (one - s);
        total += lambda;
        slope += sign * lambda;
        curve += bend;
        lfn_store_part(a->slope + j, lfn_load_part(a->slope + j, m) + sign * lambda, m);
        lfn_store_part(a->curve + j, lfn_load_part(a->curve + j, m) + bend, m);
    }
    sums->loss += lfn_hsum(loss);
    sums->lambda += lfn_hsum(total);
    sums->slope += lfn_hsum(slope);
    sums->curve += lfn_hsum(curve);
}

/* All pairs of a list of n documents, sorted; unit is 1 / ideal DCG. Returns loss and lambda. */
LFN_FN lfn_rank_sums lfn_rank_pairs(const LFN_T_(lfn_lists) *a, size_t n, double unit)
{
    const size_t top = a->truncation && a->truncation < n ? a->truncation : n;
    const int spread = a->normalise && a->score[0] != a->score[n - 1];
    lfn_rank_sums all = {0, 0, 0, 0};
    size_t i, j, end;
    lfn_fill(a->slope, 0, n);
    lfn_fill(a->curve, 0, n);
    for (i = 0; i < top; i++) {
        all.slope = all.curve = 0;
        for (j = i + 1; j < n; j = end) {
            end = n - j < LFN_RUN * LFN_LANES ? n : j + LFN_RUN * LFN_LANES;
            lfn_rank_run(a, i, j, end, unit, spread, &all);
        }
        a->slope[i] -= (lfn_real)all.slope;
        a->curve[i] += (lfn_real)all.curve;
    }
    return all;
}

#endif

/* ---- lossfn/preference ---- */
#if LFN_HAS_PREFERENCE

/* Loss and derivative of the form at h. */
LFN_INLINE lfn_point lfn_dpo_at(const LFN_T_(lfn_dpo) *a, lfn_vec h)
{
    const lfn_vec one = lfn_set1(LFN_K(1)), beta = lfn_set1((lfn_real)a->beta), x = beta * h;
    const lfn_vec e = lfn_set1((lfn_real)a->smoothing), rest = one - e;
    lfn_point p;
    p.hess = lfn_zero();
    if (a->form == LOSSFN_DPO_HINGE) {
        const lfn_vec v = one - x;
        const lfn_mask flat = v <= lfn_zero();
        p.loss = lfn_keep(lfn_not(flat), v);
        p.grad = lfn_keep(lfn_not(flat), -beta);
    } else if (a->form == LOSSFN_DPO_IPO) {
        const lfn_vec v = h - lfn_set1((lfn_real)(0.5 / a->beta));
        p.loss = v * v;
        p.grad = v + v;
    } else if (a->smoothing == 0) {
        p.loss = lfn_softplus(-x);
        p.grad = -beta * lfn_sigmoid(-x);
    } else if (a->form == LOSSFN_DPO_SIGMOID) {
        p.loss = rest * lfn_softplus(-x) + e * lfn_softplus(x);
        p.grad = beta * (e * lfn_sigmoid(x) - rest * lfn_sigmoid(-x));
    } else {
        const lfn_vec factor = lfn_set1((lfn_real)(1 / (1 - 2 * a->smoothing)));
        p.loss = factor * (rest * lfn_softplus(-x) - e * lfn_softplus(x));
        p.grad = -beta * factor * (rest * lfn_sigmoid(-x) + e * lfn_sigmoid(x));
    }
    return p;
}

LFN_FN void lfn_dpo_run(LFN_T_(lfn_dpo) *a)
{
    lfn_real loss[LFN_BLOCK], slope[LFN_BLOCK];
    size_t first, count, k, m;
    for (first = 0; first < a->n; first += count) {
        count = a->n - first < LFN_BLOCK ? a->n - first : LFN_BLOCK;
        for (k = 0; k < count; k += m) {
            lfn_vec h;
            lfn_point p;
            m = count - k < LFN_LANES ? count - k : LFN_LANES;
            h = lfn_load_part(a->input[0] + first + k, m) - lfn_load_part(a->input[1] + first + k, m);
            if (a->input[2]) h -= lfn_load_part(a->input[2] + first + k, m) - lfn_load_part(a->input[3] + first + k, m);
            p = lfn_dpo_at(a, h);
            lfn_store_part(loss + k, p.loss, m);
            lfn_store_part(slope + k, p.grad, m);
        }
        lfn_take_losses(&a->items, first, loss, count);
        lfn_take_grads(&a->items, first, a->grad[0], slope, 1, count);
        lfn_take_grads(&a->items, first, a->grad[1], slope, -1, count);
        lfn_take_grads(&a->items, first, a->grad[2], slope, -1, count);
        lfn_take_grads(&a->items, first, a->grad[3], slope, 1, count);
    }
}

#endif

/* ---- lossfn/segmentation ---- */
#if LFN_HAS_SEGMENTATION

/* An image with classes in planes, all of whose positions count. */
LFN_FN void lfn_region_sum_planes(const LFN_T_(lfn_regions) *r, size_t image, const LFN_T_(lfn_region_sums) *sums)
{
    const size_t length = r->positions;
    const lfn_real *prob = r->prob + image * r->classes * length;
    const lfn_real *target = r->target ? r->target + image * r->classes * length : NULL;
    const int32_t *labels = r->labels ? r->labels + image * length : NULL;
    size_t c, s;
    for (c = 0; c < r->classes; c++) {
        const lfn_real *p = prob + c * length;
        sums->pred[c] += r->squared ? lfn_sum_squares(p, length) : lfn_sum(p, length);
        if (!target) continue;
        sums->inter[c] += lfn_dot(p, target + c * length, length);
        sums->truth[c] += r->squared ? lfn_sum_squares(target + c * length, length) : lfn_sum(target + c * length, length);
    }
    for (s = 0; labels && s < length; s++) {
        const size_t c_true = (size_t)labels[s];
        sums->inter[c_true] += (double)prob[c_true * length + s];
        sums->truth[c_true] += 1;
    }
}

/* Any image: adds its counted positions to the sums. */
LFN_FN void lfn_region_sum(const LFN_T_(lfn_regions) *r, size_t image, const LFN_T_(lfn_region_sums) *sums)
{
    const size_t start = image * r->classes * r->positions;
    size_t c, s;
    if (!r->positions) return;
    if (r->class_stride != 1 && LFN_T_(lfn_region_whole)(r, image)) {
        lfn_region_sum_planes(r, image, sums);
        return;
    }
    for (s = 0; s < r->positions; s++) {
        const size_t place = image * r->positions + s;
        if (!LFN_T_(lfn_region_counts)(r, place)) continue;
        for (c = 0; c < r->classes; c++) {
            const size_t at = start + c * r->class_stride + s * r->position_stride;
            const double p = (double)r->prob[at];
            sums->pred[c] += r->squared ? p * p : p;
            if (r->target) {
                const double t = (double)r->target[at];
                sums->inter[c] += p * t;
                sums->truth[c] += r->squared ? t * t : t;
            }
        }
        if (r->labels) {
            const size_t c_true = (size_t)r->labels[place];
            sums->inter[c_true] += (double)r->prob[start + c_true * r->class_stride + s * r->position_stride];
            sums->truth[c_true] += 1;
        }
    }
}

/* The gradient of an image with classes in planes, all of whose positions count. */
LFN_FN void lfn_region_grad_planes(const LFN_T_(lfn_regions) *r, size_t image, const LFN_T_(lfn_region_sums) *slopes)
{
    const size_t length = r->positions;
    const size_t start = image * r->classes * length;
    const int32_t *labels = r->labels ? r->labels + image * length : NULL;
    size_t c, s;
    for (c = 0; c < r->classes; c++) {
        lfn_real *g = r->grad + start + c * length;
        const lfn_real *p = r->prob + start + c * length;
        const double slope = slopes->pred[c];
        if (r->squared && slope != 0) lfn_put(g, (lfn_real)(2 * slope), p, length, r->items.accumulate);
        else lfn_put(g, (lfn_real)slope, NULL, length, r->items.accumulate);
        if (r->target && slopes->inter[c] != 0) lfn_axpy(g, (lfn_real)slopes->inter[c], r->target + start + c * length, length);
    }
    for (s = 0; labels && s < length; s++) {
        const size_t c_true = (size_t)labels[s];
        r->grad[start + c_true * length + s] += (lfn_real)slopes->inter[c_true];
    }
}

/* Any image. Slopes are 0 for classes that take no part: those get zeros. */
LFN_FN void lfn_region_grad(const LFN_T_(lfn_regions) *r, size_t image, const LFN_T_(lfn_region_sums) *slopes)
{
    const size_t start = image * r->classes * r->positions;
    size_t c, s;
    if (!r->positions) return;
    if (r->class_stride != 1 && LFN_T_(lfn_region_whole)(r, image)) {
        lfn_region_grad_planes(r, image, slopes);
        return;
    }
    for (s = 0; s < r->positions; s++) {
        const size_t place = image * r->positions + s;
        const int counts = LFN_T_(lfn_region_counts)(r, place);
        for (c = 0; c < r->classes; c++) {
            const size_t at = start + c * r->class_stride + s * r->position_stride;
            double g = 0;
            if (counts && (slopes->inter[c] != 0 || slopes->pred[c] != 0)) {
                const double t = r->target ? (double)r->target[at] : (size_t)r->labels[place] == c ? 1 : 0;
                g = slopes->inter[c] * t + slopes->pred[c] * (r->squared ? 2 * (double)r->prob[at] : 1);
            }
            r->grad[at] = (lfn_real)(r->items.accumulate ? (double)r->grad[at] + g : g);
        }
    }
}

#endif

/* ---- lossfn/sequence ---- */
#if LFN_HAS_SEQUENCE

/* The normaliser of each step; 0 for log-probabilities. */
LFN_FN void lfn_ctc_normalise(LFN_T_(lfn_ctc) *a, const lfn_real *x, size_t steps)
{
    size_t t;
    for (t = 0; t < steps; t++) {
        a->max[t] = a->log_sum[t] = 0;
        if (!a->config.log_probs) {
            const lfn_softmax s = lfn_softmax_of(x + t * a->step_stride, a->classes, NULL);
            a->max[t] = (double)s.max;
            a->log_sum[t] = s.log_sum;
        }
    }
}

LFN_FN void lfn_ctc_emit(const LFN_T_(lfn_ctc) *a, const lfn_real *row, const lfn_ctc_target *y, size_t t)
{
    size_t s;
    for (s = 0; s < y->states; s++)
        a->emission[s] = s && s % 2 == 0 ? a->emission[0] : ((double)row[lfn_ctc_class(y, s)] - a->max[t]) - a->log_sum[t];
}

/* alpha_t(s) = log of the probability of all paths that are in state s at step t:
   alpha_t(s) = log p_t(s) + log(e^alpha_{t-1}(s) + e^alpha_{t-1}(s-1) [+ e^alpha_{t-1}(s-2)]).
   Returns the log-probability of the target. */
LFN_FN double lfn_ctc_forward(LFN_T_(lfn_ctc) *a, const lfn_real *x, const lfn_ctc_target *y, size_t steps)
{
    double *row = a->alpha, *before = NULL;
    size_t t, s, first, last;
    if (!steps) return y->length ? LFN_LOG_ZERO : 0;
    for (t = 0; t < steps; t++, before = row, row += y->states) {
        lfn_ctc_emit(a, x + t * a->step_stride, y, t);
        lfn_ctc_band(y, t, steps, &first, &last);
        for (s = 0; s < y->states; s++) row[s] = LFN_LOG_ZERO;
        for (s = first; s < last; s++) {
            double from = s < 2 ? 0 : LFN_LOG_ZERO;
            if (before) from = lfn_log_add(before[s], s ? before[s - 1] : LFN_LOG_ZERO, lfn_ctc_skips(y, s) ? before[s - 2] : LFN_LOG_ZERO);
            row[s] = lfn_is_log_zero(from) ? LFN_LOG_ZERO : from + a->emission[s];
        }
    }
    return lfn_log_add(before[y->states - 1], y->states > 1 ? before[y->states - 2] : LFN_LOG_ZERO, LFN_LOG_ZERO);
}

/* beta_t(s), the same from state s at step t to the end, without log p_t(s); in
   next is beta_{t+1} + log p_{t+1}. */
LFN_FN void lfn_ctc_backward(LFN_T_(lfn_ctc) *a, const lfn_ctc_target *y, size_t t, size_t steps)
{
    size_t s, first, last;
    lfn_ctc_band(y, t, steps, &first, &last);
    for (s = 0; s < y->states; s++) a->beta[s] = LFN_LOG_ZERO;
    for (s = first; s < last; s++) {
        if (t + 1 == steps) a->beta[s] = s + 2 >= y->states ? 0 : LFN_LOG_ZERO;
        else a->beta[s] = lfn_log_add(a->next[s], s + 1 < y->states ? a->next[s + 1] : LFN_LOG_ZERO,
                                      s + 2 < y->states && lfn_ctc_skips(y, s + 2) ? a->next[s + 2] : LFN_LOG_ZERO);
    }
}

/* g = factor exp(x - shift), or added to g, or 0 for log-probabilities. g may be x. */
LFN_FN void lfn_ctc_softmax(const LFN_T_(lfn_ctc) *a, lfn_real *g, const lfn_real *x, size_t t, double scale)
{
    const lfn_vec shift = lfn_set1((lfn_real)a->max[t]), factor = lfn_set1((lfn_real)(scale * exp(-a->log_sum[t])));
    size_t k, m;
    if (a->config.log_probs) {
        if (!a->items.accumulate) lfn_fill(g, 0, a->classes);
        return;
    }
    for (k = 0; k < a->classes; k += m) {
        m = a->classes - k < LFN_LANES ? a->classes - k : LFN_LANES;
        lfn_put_part(g + k, factor * lfn_exp(lfn_load_part(x + k, m) - shift), m, a->items.accumulate);
    }
}

/* The gradient of an item of log-probability total, from the last step to the first. */
LFN_FN void lfn_ctc_gradient(LFN_T_(lfn_ctc) *a, const lfn_real *x, lfn_real *grad, const lfn_ctc_target *y, size_t steps, double total, double scale)
{
    size_t t, s, first, last;
    for (t = steps; t-- > 0;) {
        const double *alpha = a->alpha + t * y->states;
        const lfn_real *row = x + t * a->step_stride;
        lfn_real *g = grad + t * a->step_stride;
        double blanks = 0;
        lfn_ctc_backward(a, y, t, steps);
        lfn_ctc_emit(a, row, y, t);
        lfn_ctc_band(y, t, steps, &first, &last);
        lfn_ctc_softmax(a, g, row, t, scale);
        for (s = 0; s < y->states; s++) a->next[s] = LFN_LOG_ZERO;
        for (s = first; s < last; s++) {
            const double posterior = exp(alpha[s] + a->beta[s] - total);
            if (s % 2) g[y->labels[s / 2]] -= (lfn_real)(scale * posterior);
            else blanks += posterior;
            a->next[s] = lfn_is_log_zero(a->beta[s]) ? LFN_LOG_ZERO : a->beta[s] + a->emission[s];
        }
        g[y->blank] -= (lfn_real)(scale * blanks);
    }
}

/* Item i, with its target. */
LFN_FN void lfn_ctc_item(LFN_T_(lfn_ctc) *a, size_t i, const lfn_ctc_target *y, size_t steps)
{
    const lfn_real *x = LFN_T_(lfn_at)(a->logits, i * a->item_stride);
    lfn_real *grad = a->grad ? a->grad + i * a->item_stride : NULL;
    const double length = a->config.by_length && y->length ? (double)y->length : 1;
    const double scale = LFN_T_(lfn_item_scale)(&a->items, i) / length;
    const int skip = a->items.weight && a->items.weight[i] == 0;
    double total = 0, loss;
    size_t t, done = 0;
    if (!skip) {
        lfn_ctc_normalise(a, x, steps);
        total = lfn_ctc_forward(a, x, y, steps);
    }
    loss = 0 - total / length;
    if (lfn_is_log_zero(total)) loss = a->config.zero_infinity ? 0 : HUGE_VAL;
    LFN_T_(lfn_item_loss)(&a->items, i, loss);
    if (!grad) return;
    if (!skip && scale != 0 && !lfn_is_log_zero(total)) {
        lfn_ctc_gradient(a, x, grad, y, steps, total, scale);
        done = steps;
    }
    for (t = done; !a->items.accumulate && t < a->steps; t++) lfn_fill(grad + t * a->step_stride, 0, a->classes);
}

#endif

/* ---- lossfn/image ---- */
#if LFN_HAS_IMAGE

#if LFN_BITS == 64

/* to = window means of from. */
LFN_FN void lfn_ssim_window(const lfn_ssim_plane *p, const double *from, double *to)
{
    lfn_filter_rows(from, p->height, p->width, p->taps, p->window, p->half);
    lfn_filter_columns(p->half, p->height, p->width - p->window + 1, p->taps, p->window, to);
}

/* whole = the transpose of that of from. */
LFN_FN void lfn_ssim_window_adjoint(const lfn_ssim_plane *p, const double *from)
{
    const size_t width = p->width - p->window + 1;
    lfn_filter_columns_adjoint(from, p->height - p->window + 1, width, p->taps, p->window, p->half);
    lfn_filter_rows_adjoint(p->half, p->height, width, p->taps, p->window, p->whole);
}

/* z = x y */
LFN_FN void lfn_ssim_product(const double *x, const double *y, double *z, size_t n)
{
    size_t k, m;
    for (k = 0; k < n; k += m) {
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        lfn_store_part(z + k, lfn_load_part(x + k, m) * lfn_load_part(y + k, m), m);
    }
}

/* z += factor x y; x NULL: z += factor y */
LFN_FN void lfn_ssim_add(double *z, double factor, const double *x, const double *y, size_t n)
{
    const lfn_vec f = lfn_set1(factor);
    size_t k, m;
    for (k = 0; k < n; k += m) {
        lfn_vec term;
        m = n - k < LFN_LANES ? n - k : LFN_LANES;
        term = f * lfn_load_part(y + k, m);
        if (x) term *= lfn_load_part(x + k, m);
        lfn_store_part(z + k, lfn_load_part(z + k, m) + term, m);
    }
}

/* The sum of 1 - SSIM over the places; with slopes set, the slopes of that in mu_x,
   mu_y, xx (= yy) and xy in the places of these. */
LFN_FN double lfn_ssim_places(const lfn_ssim_plane *p, int slopes)
{
    const lfn_vec one = lfn_set1(1), two = lfn_set1(2);
    const lfn_vec c1 = lfn_set1(p->c1), c2 = lfn_set1(p->c2), mean_x = lfn_set1(p->mean_x), mean_y = lfn_set1(p->mean_y);
    double total = 0;
    size_t k, m;
    for (k = 0; k < p->places; k += m) {
        lfn_vec x, y, mu_x, mu_y, a1, a2, b1, b2, q, ssim, of_variance, of_covariance;
        m = p->places - k < LFN_LANES ? p->places - k : LFN_LANES;
        x = lfn_load_part(p->mu_x + k, m);
        y = lfn_load_part(p->mu_y + k, m);
        mu_x = x + mean_x;
        mu_y = y + mean_y;
        a1 = two * mu_x * mu_y + c1;
        a2 = two * (lfn_load_part(p->xy + k, m) - x * y) + c2;
        b1 = mu_x * mu_x + mu_y * mu_y + c1;
        b2 = (lfn_load_part(p->xx + k, m) - x * x) + (lfn_load_part(p->yy + k, m) - y * y) + c2;
        q = one / (b1 * b2);
        ssim = a1 * a2 * q;
        total += lfn_hsum(lfn_keep(lfn_first(m), one - ssim));
        if (!slopes) continue;
        of_variance = ssim / b2;
        of_covariance = -two * a1 * q;
        lfn_store_part(p->mu_x + k, two * (mu_x * (ssim / b1) - mu_y * (a2 * q) - x * of_variance) - y * of_covariance, m);
        lfn_store_part(p->mu_y + k, two * (mu_y * (ssim / b1) - mu_x * (a2 * q) - y * of_variance) - x * of_covariance, m);
        lfn_store_part(p->xx + k, of_variance, m);
        lfn_store_part(p->xy + k, of_covariance, m);
    }
    return total;
}

LFN_FN double lfn_ssim_forward(const lfn_ssim_plane *p, int slopes)
{
    const size_t pixels = p->height * p->width;
    lfn_ssim_window(p, p->x, p->mu_x);
    lfn_ssim_window(p, p->y, p->mu_y);
    lfn_ssim_product(p->x, p->x, p->whole, pixels);
    lfn_ssim_window(p, p->whole, p->xx);
    lfn_ssim_product(p->y, p->y, p->whole, pixels);
    lfn_ssim_window(p, p->whole, p->yy);
    lfn_ssim_product(p->x, p->y, p->whole, pixels);
    lfn_ssim_window(p, p->whole, p->xy);
    return lfn_ssim_places(p, slopes);
}

/* grad = the gradient in x: with W' the transpose of the window,
   W'(slope in mu_x) + 2 x W'(slope in xx) + y W'(slope in xy). Exchanged for y. */
LFN_FN void lfn_ssim_backward(const lfn_ssim_plane *p, int of_y)
{
    const size_t pixels = p->height * p->width;
    size_t k;
    for (k = 0; k < pixels; k++) p->grad[k] = 0;
    lfn_ssim_window_adjoint(p, of_y ? p->mu_y : p->mu_x);
    lfn_ssim_add(p->grad, 1, NULL, p->whole, pixels);
    lfn_ssim_window_adjoint(p, p->xx);
    lfn_ssim_add(p->grad, 2, of_y ? p->y : p->x, p->whole, pixels);
    lfn_ssim_window_adjoint(p, p->xy);
    lfn_ssim_add(p->grad, 1, of_y ? p->x : p->y, p->whole, pixels);
}

#endif

#endif

/* ---- lossfn/audio ---- */
#if LFN_HAS_AUDIO

/* Adds bins first to end - 1 of a frame to the sums; the slopes in re and im. Of a magnitude X = sqrt(re^2 + im^2),
   dX/dre = re / X. Powers and magnitudes are rounded to the type, so that equal
   bins come out equal on every processor. */
LFN_FN void lfn_stft_some(LFN_T_(lfn_stft_bins) *b, size_t first, size_t end)
{
    const lfn_vec eps = lfn_set1(b->eps), half = lfn_set1(LFN_K(0.5)), one = lfn_set1(LFN_K(1));
    const lfn_vec log_share = lfn_set1(b->log_share), share = lfn_set1(b->share);
    lfn_vec squares = lfn_zero(), targets = lfn_zero(), logs = lfn_zero(), plain = lfn_zero();
    size_t k, m;
    for (k = first; k < end; k += m) {
        lfn_vec x_re, x_im, y_re, y_im, raw, power_x, power_y, x, y, e;
        lfn_mask in, loud;
        m = end - k < LFN_LANES ? end - k : LFN_LANES;
        in = lfn_first(m);
        x_re = lfn_load_part(b->x_re + k, m);
        x_im = lfn_load_part(b->x_im + k, m);
        y_re = lfn_load_part(b->y_re + k, m);
        y_im = lfn_load_part(b->y_im + k, m);
        raw = lfn_exact(x_re * x_re + x_im * x_im);
        loud = raw > eps;
        power_x = lfn_max(eps, raw);
        power_y = lfn_max(eps, lfn_exact(y_re * y_re + y_im * y_im));
        x = lfn_exact(lfn_sqrt(power_x));
        y = lfn_exact(lfn_sqrt(power_y));
        e = x - y;
        squares += lfn_keep(in, e * e);
        targets += lfn_keep(in, power_y);
        logs += lfn_keep(in, lfn_abs(half * (lfn_exact(lfn_log(power_x)) - lfn_exact(lfn_log(power_y)))));
        plain += lfn_keep(in, lfn_abs(e));
        if (b->slopes) {
            const lfn_vec inverse = one / x;
            const lfn_vec of_convergence = lfn_keep(loud, e * inverse);
            const lfn_vec of_others = lfn_keep(loud, lfn_sign(e) * (log_share * inverse + share) * inverse);
            lfn_store_part(b->x_re + k, of_convergence * x_re, m);
            lfn_store_part(b->x_im + k, of_convergence * x_im, m);
            lfn_store_part(b->y_re + k, of_others * x_re, m);
            lfn_store_part(b->y_im + k, of_others * x_im, m);
        }
    }
    b->difference += lfn_hsum(squares);
    b->target += lfn_hsum(targets);
    b->log_total += lfn_hsum(logs);
    b->total += lfn_hsum(plain);
}

/* The whole frame, 4 LFN_RUN bins a lane at a time: a float sums no longer. */
LFN_FN void lfn_stft_frame(LFN_T_(lfn_stft_bins) *b)
{
    const size_t run = 4 * LFN_RUN * LFN_LANES;
    size_t k, m;
    for (k = 0; k < b->bins; k += m) {
        m = b->bins - k < run ? b->bins - k : run;
        lfn_stft_some(b, k, k + m);
    }
}

#endif

/* ---- lossfn/regularisers ---- */
#if LFN_HAS_REGULARISERS

LFN_FN double lfn_elastic_net_block(const LFN_T_(lfn_block) *b) { return lfn_map(b, lfn_elastic_net_point); }
LFN_FN double lfn_elastic_net_kernel(const LFN_T_(lfn_elementwise) *a) { return lfn_elementwise_run(a, lfn_elastic_net_block); }

#endif
#endif

#if LFN_PASS == 5
/* ---- pass 5: the public functions --------------------------------------------- */

/* ---- core/reduce ---- */

/* The mean's factor: what a sum is multiplied with. 0 of nothing. */
LFN_FN double lfn_reciprocal(double x) { return x == 0 ? 0 : 1 / x; }

/* ---- core/sort ---- */

/* An integer of the key's order: negative numbers with all bits turned, others
   with the sign bit set; the reverse for a descending sort; all ones for NaN. */
LFN_INLINE lfn_word lfn_sort_rank(lfn_real key, lfn_word turn)
{
    const lfn_word sign = (lfn_word)1 << (LFN_BITS - 1);
    const lfn_word infinity = LFN_BITS == 32 ? (lfn_word)UINT32_C(0x7f800000) : (lfn_word)UINT64_C(0x7ff0000000000000);
    lfn_word bits, magnitude, rank;
    memcpy(&bits, &key, sizeof bits);
    magnitude = bits & (lfn_word)~sign;
    rank = bits != magnitude && magnitude ? (lfn_word)(sign - magnitude) : (lfn_word)(sign + magnitude);
    return magnitude > infinity ? (lfn_word)~(lfn_word)0 : (lfn_word)(rank ^ turn);
}

/* The key of a rank. A NaN is the quiet one, a zero +0. */
LFN_INLINE lfn_real lfn_sort_key(lfn_word rank, lfn_word turn)
{
    const lfn_word sign = (lfn_word)1 << (LFN_BITS - 1);
    const lfn_word nan = LFN_BITS == 32 ? (lfn_word)UINT32_C(0x7fc00000) : (lfn_word)UINT64_C(0x7ff8000000000000);
    const lfn_word plain = (lfn_word)(rank ^ turn);
    lfn_word bits = plain < sign ? (lfn_word)(sign | (lfn_word)(sign - plain)) : (lfn_word)(plain - sign);
    lfn_real key;
    if (rank == (lfn_word)~(lfn_word)0) bits = nan;
    memcpy(&key, &bits, sizeof key);
    return key;
}

/* Ranks of the keys in arrays.first, in the float's case above an index: the
   index given, or NULL for 0, 1, 2, ... Then sorted; where the result is is
   returned. With doubles the index is sorted in the caller's array. */
LFN_FN uint64_t *lfn_sort_ranks(const lfn_real *keys, size_t n, lfn_word turn, uint32_t *index, int fresh,
                                const lfn_sort_arrays *arrays)
{
    uint64_t *a = arrays->first;
    size_t k;
#if LFN_BITS == 32
    uint64_t all = ~UINT64_C(0), any = 0;
    for (k = 0; k < n; k++) {
        const uint64_t rank = (uint64_t)lfn_sort_rank(keys[k], turn) << 32;
        all &= rank;
        any |= rank;
        a[k] = rank | (fresh ? (uint32_t)k : index[k]);
    }
    return lfn_sort_keys(a, arrays->second, n, (all ^ any) & ~UINT64_C(0xffffffff), arrays->counts);
#else
    for (k = 0; k < n; k++) a[k] = lfn_sort_rank(keys[k], turn);
    if (fresh) for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    lfn_sort_with_index(arrays, n, index);
    return a;
#endif
}

/* keys[index[0]] <= keys[index[1]] <= ..., or >= when descending; NaNs last. */
LFN_FN void lfn_argsort(const lfn_real *keys, size_t n, int descending, uint32_t *index, void *scratch)
{
    const lfn_word turn = descending ? (lfn_word)~(lfn_word)0 : 0;
    uint64_t few[LFN_SORT_SMALL];
    size_t k;
    if (n <= LFN_SORT_SMALL) {
        for (k = 0; k < n; k++) {
            few[k] = lfn_sort_rank(keys[k], turn);
            index[k] = (uint32_t)k;
        }
        lfn_sort_insert(few, index, n);
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        const uint64_t *sorted = lfn_sort_ranks(keys, n, turn, index, 1, &arrays);
        if (LFN_BITS == 32)
            for (k = 0; k < n; k++) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
    }
}

/* Sorts the keys, and each key's index with it. NaNs come last, and as the one
   quiet NaN; -0 comes out as +0. */
LFN_FN void lfn_sort_pairs(lfn_real *keys, uint32_t *index, size_t n, int descending, void *scratch)
{
    const lfn_word turn = descending ? (lfn_word)~(lfn_word)0 : 0;
    uint64_t few[LFN_SORT_SMALL];
    size_t k;
    if (n <= LFN_SORT_SMALL) {
        for (k = 0; k < n; k++) few[k] = lfn_sort_rank(keys[k], turn);
        lfn_sort_insert(few, index, n);
        for (k = 0; k < n; k++) keys[k] = lfn_sort_key((lfn_word)few[k], turn);
    } else {
        const lfn_sort_arrays arrays = lfn_sort_cut(n, scratch);
        const uint64_t *sorted = lfn_sort_ranks(keys, n, turn, index, 0, &arrays);
        for (k = 0; k < n; k++) {
            keys[k] = lfn_sort_key((lfn_word)(sorted[k] >> (64 - LFN_BITS)), turn);
            if (LFN_BITS == 32) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
        }
    }
}

/* ---- core/fft ---- */

LFN_FN size_t lfn_rfft_plan_room(size_t n)
{
    lfn_fft_shape shape;
    size_t room = lfn_piece(1, sizeof shape);
    if (n > SIZE_MAX / 64) return SIZE_MAX;
    lfn_fft_measure(n, &shape);
    room = lfn_add(room, lfn_mul(2, lfn_piece(shape.length, sizeof(lfn_real))));
    if (n % 2 == 0) room = lfn_add(room, lfn_mul(2, lfn_piece(shape.points, sizeof(lfn_real))));
    if (lfn_fft_chirped(&shape)) {
        room = lfn_add(room, lfn_mul(2, lfn_piece(shape.points, sizeof(lfn_real))));
        room = lfn_add(room, lfn_mul(4, lfn_piece(shape.length, sizeof(lfn_real))));
    }
    return room;
}

LFN_FN size_t lfn_rfft_room(size_t n)
{
    lfn_fft_shape shape;
    if (n > SIZE_MAX / 64) return SIZE_MAX;
    lfn_fft_measure(n, &shape);
    return lfn_add(lfn_mul(2, lfn_piece(shape.points, sizeof(lfn_real))),
                   lfn_piece(lfn_mul(lfn_fft_chirped(&shape) ? 4 : 2, shape.length), sizeof(lfn_real)));
}

LFN_FN void lfn_fft_twiddles(const lfn_fft_shape *shape)
{
    lfn_real *re = (lfn_real *)shape->twiddle_re, *im = (lfn_real *)shape->twiddle_im;
    size_t m = shape->length, p, j;
    unsigned pass;
    double c, s;
    for (pass = 0; pass < shape->passes; pass++) {
        const size_t radix = shape->radix[pass], length = m;
        m /= radix;
        for (j = 1; j < radix; j++)
            for (p = 0; p < m; p++) {
                lfn_fft_root((uint64_t)p * j, length, &c, &s);
                *re++ = (lfn_real)c;
                *im++ = (lfn_real)-s;
            }
    }
}

/* chirp_k = exp(-pi i k^2 / n); the filter is the spectrum of its conjugate, over the length. */
LFN_FN void lfn_fft_chirp(const lfn_fft_shape *shape, lfn_real *spare)
{
    lfn_real *chirp_re = (lfn_real *)shape->chirp_re, *chirp_im = (lfn_real *)shape->chirp_im;
    lfn_real *filter_re = (lfn_real *)shape->filter_re, *filter_im = (lfn_real *)shape->filter_im;
    const size_t n = shape->points, length = shape->length;
    size_t k;
    uint64_t square = 0;
    double c, s;
    memset(filter_re, 0, length * sizeof *filter_re);
    memset(filter_im, 0, length * sizeof *filter_im);
    for (k = 0; k < n; k++) {
        lfn_fft_root(square, 2 * (uint64_t)n, &c, &s);
        square = (square + 2 * (uint64_t)k + 1) % (2 * (uint64_t)n);
        chirp_re[k] = (lfn_real)c;
        chirp_im[k] = (lfn_real)-s;
        filter_re[k] = filter_re[(length - k) % length] = (lfn_real)(c / (double)length);
        filter_im[k] = filter_im[(length - k) % length] = (lfn_real)(s / (double)length);
    }
    LFN_CALL(lfn_fft_passes, (shape, filter_re, filter_im, spare, spare + length));
}

LFN_FN void lfn_rfft_plan(size_t n, void *plan)
{
    lfn_fft_shape *shape = (lfn_fft_shape *)lfn_cut(&plan, 1, sizeof *shape);
    lfn_real *split_re, *split_im;
    size_t k;
    double c, s;
    lfn_fft_measure(n, shape);
    shape->twiddle_re = lfn_cut(&plan, shape->length, sizeof(lfn_real));
    shape->twiddle_im = lfn_cut(&plan, shape->length, sizeof(lfn_real));
    lfn_fft_twiddles(shape);
    if (n % 2 == 0) {
        shape->split_re = lfn_cut(&plan, shape->points, sizeof(lfn_real));
        shape->split_im = lfn_cut(&plan, shape->points, sizeof(lfn_real));
        split_re = (lfn_real *)shape->split_re;
        split_im = (lfn_real *)shape->split_im;
        for (k = 0; k < shape->points; k++) {
            lfn_fft_root(k, n, &c, &s);
            split_re[k] = (lfn_real)c;
            split_im[k] = (lfn_real)-s;
        }
    }
    if (lfn_fft_chirped(shape)) {
        shape->chirp_re = lfn_cut(&plan, shape->points, sizeof(lfn_real));
        shape->chirp_im = lfn_cut(&plan, shape->points, sizeof(lfn_real));
        shape->filter_re = lfn_cut(&plan, shape->length, sizeof(lfn_real));
        shape->filter_im = lfn_cut(&plan, shape->length, sizeof(lfn_real));
        lfn_fft_chirp(shape, (lfn_real *)lfn_cut(&plan, 2 * shape->length, sizeof(lfn_real)));
    }
}

/* The shape at the start of a plan. */
LFN_FN const lfn_fft_shape *lfn_fft_shape_of(const void *plan)
{
    void *start = (void *)(uintptr_t)plan;
    return (const lfn_fft_shape *)lfn_cut(&start, 1, sizeof(lfn_fft_shape));
}

LFN_FN void lfn_rfft(const void *plan, size_t n, const lfn_real *x, lfn_real *re, lfn_real *im, void *scratch)
{
    const lfn_fft_shape *shape = lfn_fft_shape_of(plan);
    const size_t m = shape->points;
    lfn_real *z_re = (lfn_real *)lfn_cut(&scratch, m, sizeof(lfn_real)), *z_im = (lfn_real *)lfn_cut(&scratch, m, sizeof(lfn_real));
    lfn_real *room = (lfn_real *)lfn_cut(&scratch, 1, sizeof(lfn_real));
    size_t k;
    if (n % 2 == 0) {
        for (k = 0; k < m; k++) {
            z_re[k] = x[2 * k];
            z_im[k] = x[2 * k + 1];
        }
        LFN_CALL(lfn_fft_complex, (shape, z_re, z_im, room));
        LFN_CALL(lfn_fft_split, (shape, z_re, z_im, re, im));
    } else {
        memcpy(z_re, x, n * sizeof *x);
        memset(z_im, 0, n * sizeof *z_im);
        LFN_CALL(lfn_fft_complex, (shape, z_re, z_im, room));
        memcpy(re, z_re, (n / 2 + 1) * sizeof *re);
        memcpy(im, z_im, (n / 2 + 1) * sizeof *im);
        im[0] = 0;
    }
}

/* x_t = edge (re_0 + (-1)^t re_{n/2} [n even]) + 2 inner sum_{0 < f < n/2} (re_f cos - im_f sin) */
LFN_FN void lfn_rfft_back(const void *plan, size_t n, const lfn_real *re, const lfn_real *im, double inner, double edge,
                          lfn_real *x, void *scratch)
{
    const lfn_fft_shape *shape = lfn_fft_shape_of(plan);
    const size_t m = shape->points;
    lfn_real *z_re = (lfn_real *)lfn_cut(&scratch, m, sizeof(lfn_real)), *z_im = (lfn_real *)lfn_cut(&scratch, m, sizeof(lfn_real));
    lfn_real *room = (lfn_real *)lfn_cut(&scratch, 1, sizeof(lfn_real));
    size_t k;
    if (n % 2 == 0) {
        LFN_CALL(lfn_fft_join, (shape, re, im, (lfn_real)inner, (lfn_real)edge, z_re, z_im));
        LFN_CALL(lfn_fft_complex, (shape, z_im, z_re, room));
        for (k = 0; k < m; k++) {
            x[2 * k] = z_re[k];
            x[2 * k + 1] = z_im[k];
        }
    } else {
        z_re[0] = (lfn_real)edge * re[0];
        z_im[0] = 0;
        for (k = 1; k <= n / 2; k++) {
            z_re[k] = z_re[n - k] = (lfn_real)inner * re[k];
            z_im[k] = (lfn_real)inner * im[k];
            z_im[n - k] = -z_im[k];
        }
        LFN_CALL(lfn_fft_complex, (shape, z_im, z_re, room));
        memcpy(x, z_re, n * sizeof *x);
    }
}

LFN_FN void lfn_irfft(const void *plan, size_t n, const lfn_real *re, const lfn_real *im, lfn_real *x, void *scratch)
{
    lfn_rfft_back(plan, n, re, im, 1 / (double)n, 1 / (double)n, x, scratch);
}

LFN_FN void lfn_rfft_adjoint(const void *plan, size_t n, const lfn_real *gre, const lfn_real *gim, lfn_real *gx, void *scratch)
{
    lfn_rfft_back(plan, n, gre, gim, 0.5, 1, gx, scratch);
}

/* ---- lossfn/options ---- */

/* Reads the options; on an error says which. The denominator comes later. */
LFN_FN int lfn_items_begin(LFN_T_(lfn_items) *it, const LFN_T_(lossfn_options) *options, lfn_real *loss)
{
    memset(it, 0, sizeof *it);
    it->loss_out = loss;
    it->factor = it->scale = 1;
    if (!options) return LOSSFN_OK;
    if (options->reduction < LOSSFN_MEAN || options->reduction > LOSSFN_NONE) return LOSSFN_ERROR_OPTION;
    if (!lfn_finite(options->denominator) || options->denominator < 0) return LOSSFN_ERROR_PARAMETER;
    it->reduction = options->reduction;
    it->accumulate = options->accumulate != 0;
    it->weight = options->weight;
    it->upstream = options->upstream;
    it->denominator = options->denominator;
    it->count_out = options->count;
    return LOSSFN_OK;
}

/* The count of n items: n, or the sum of their weights. */
LFN_FN double lfn_items_count(const LFN_T_(lfn_items) *it, size_t n)
{
    return it->weight ? LFN_CALL(lfn_sum, (it->weight, n)) : (double)n;
}

/* Fixes scale and factor, now that the count is known. */
LFN_FN void lfn_items_scale(LFN_T_(lfn_items) *it, double count)
{
    it->count = count;
    if (it->reduction == LOSSFN_MEAN) it->factor = lfn_reciprocal(it->denominator != 0 ? it->denominator : count);
    it->scale = it->factor;
    if (it->reduction != LOSSFN_NONE && it->upstream) {
        it->scale = it->factor == 0 ? 0 : it->factor * (double)it->upstream[0];
        it->upstream = NULL;
    }
}

/* Writes the loss and the count. */
LFN_FN int lfn_items_end(const LFN_T_(lfn_items) *it)
{
    if (it->reduction != LOSSFN_NONE && it->loss_out)
        it->loss_out[0] = (lfn_real)(it->factor == 0 ? 0 : it->factor * it->total);
    if (it->count_out) *it->count_out = it->count;
    return LOSSFN_OK;
}

/* Hyper-parameters, as the element type sees them. */
LFN_FN int lfn_is_finite(double x) { return lfn_finite(x) && lfn_finite((double)(lfn_real)x); }
LFN_FN int lfn_is_positive(double x) { return lfn_is_finite(x) && (lfn_real)x > 0; }
LFN_FN int lfn_is_nonnegative(double x) { return lfn_is_finite(x) && x >= 0; }
LFN_FN int lfn_is_within(double x, double low, double high) { return lfn_is_finite(x) && x >= low && x <= high; }

/* ---- lossfn/elementwise ---- */

/* The checks that need no hyper-parameter; then everything is ready to run. */
LFN_FN int lfn_elementwise_begin(LFN_T_(lfn_elementwise) *a, const lfn_real *pred, const lfn_real *target, size_t n,
                                 const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad, lfn_real *hess)
{
    lfn_span in[2], out[2];
    int status;
    memset(a, 0, sizeof *a);
    if (n && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(lfn_real))) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    in[0] = lfn_span_of(pred, n, sizeof(lfn_real));
    in[1] = lfn_span_of(target, n, sizeof(lfn_real));
    out[0] = lfn_span_of(grad, n, sizeof(lfn_real));
    out[1] = lfn_span_of(hess, n, sizeof(lfn_real));
    if (lfn_spans_clash(in, 2, out, 2, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    a->pred = pred;
    a->target = target;
    a->n = n;
    a->grad = grad;
    a->hess = hess;
    lfn_items_scale(&a->items, lfn_items_count(&a->items, n));
    return LOSSFN_OK;
}

LFN_FN int lfn_elementwise_end(LFN_T_(lfn_elementwise) *a, double total)
{
    a->items.total = total;
    return lfn_items_end(&a->items);
}

/* What a formula gives on one value, for the public inline forms. */

/* ---- lossfn/regression ---- */
#if LFN_HAS_REGRESSION

LOSSFN_DEF int LFN_T_(lossfn_mse)(const lfn_real *pred, const lfn_real *target, size_t n, const LFN_T_(lossfn_options) *options,
                               lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_mse_kernel, (&call)));
}

LOSSFN_DEF int LFN_T_(lossfn_mae)(const lfn_real *pred, const lfn_real *target, size_t n, const LFN_T_(lossfn_options) *options,
                               lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_mae_kernel, (&call)));
}

LOSSFN_DEF int LFN_T_(lossfn_huber)(const lfn_real *pred, const lfn_real *target, size_t n, double delta, const LFN_T_(lossfn_options) *options,
                                 lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_positive(delta)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (lfn_real)delta;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_huber_kernel, (&call)));
}

LOSSFN_DEF int LFN_T_(lossfn_smooth_l1)(const lfn_real *pred, const lfn_real *target, size_t n, double beta, const LFN_T_(lossfn_options) *options,
                                     lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_nonnegative(beta)) return LOSSFN_ERROR_PARAMETER;
    LFN_T_(lfn_smooth_l1_param)((lfn_real)beta, call.param);
    return lfn_elementwise_end(&call, LFN_CALL(lfn_smooth_l1_kernel, (&call)));
}

LOSSFN_DEF int LFN_T_(lossfn_log_cosh)(const lfn_real *pred, const lfn_real *target, size_t n, double a, const LFN_T_(lossfn_options) *options,
                                    lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_positive(a) || !lfn_is_finite(1 / a)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (lfn_real)a;
    call.param[1] = (lfn_real)(1 / a);
    return lfn_elementwise_end(&call, LFN_CALL(lfn_log_cosh_kernel, (&call)));
}

LOSSFN_DEF int LFN_T_(lossfn_quantile)(const lfn_real *pred, const lfn_real *target, size_t n, double alpha, const LFN_T_(lossfn_options) *options,
                                    lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!(lfn_is_within(alpha, 0, 1) && (lfn_real)alpha > 0 && (lfn_real)alpha < 1)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (lfn_real)alpha;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_quantile_kernel, (&call)));
}

#endif

/* ---- lossfn/counts ---- */
#if LFN_HAS_COUNTS

LOSSFN_DEF int LFN_T_(lossfn_poisson_nll)(const lfn_real *pred, const lfn_real *target, size_t n, int log_input, int full, double eps,
                                       const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_nonnegative(eps)) return LOSSFN_ERROR_PARAMETER;
    call.form = log_input != 0;
    call.param[0] = full ? 1 : 0;
    call.param[1] = (lfn_real)eps;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_poisson_kernel, (&call)));
}

#endif

/* ---- lossfn/binary ---- */
#if LFN_HAS_BINARY

LOSSFN_DEF int LFN_T_(lossfn_bce_with_logits)(const lfn_real *pred, const lfn_real *target, size_t n, double pos_weight,
                                           const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    if (!lfn_is_positive(pos_weight)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (lfn_real)pos_weight;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_bce_with_logits_kernel, (&call)));
}

LOSSFN_DEF int LFN_T_(lossfn_squared_hinge)(const lfn_real *pred, const lfn_real *target, size_t n, const LFN_T_(lossfn_options) *options,
                                         lfn_real *loss, lfn_real *grad_pred, lfn_real *hess_pred)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, pred, target, n, options, loss, grad_pred, hess_pred);
    if (status) return status;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_squared_hinge_kernel, (&call)));
}

#endif

/* ---- lossfn/rows ---- */

/* All checks but those of hyper-parameters; the count over the rows that are not
   ignored, each with its weight and, if by_class is set, its class weight. */
LFN_FN int lfn_rows_begin(LFN_T_(lfn_rows) *a, const lfn_real *input, const int32_t *labels, size_t rows, size_t columns,
                          const lfn_real *class_weight, int by_class, int32_t ignore_index,
                          const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad)
{
    int status;
    size_t i;
    double count = 0;
    lfn_span in, out;
    memset(a, 0, sizeof *a);
    if (rows && ((columns && !input) || !labels)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, columns), sizeof(lfn_real)) || lfn_too_big(rows, sizeof(lfn_real)) || columns > INT32_MAX)
        return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    a->input = input;
    a->labels = labels;
    a->class_weight = class_weight;
    a->grad = grad;
    a->rows = rows;
    a->columns = columns;
    a->ignore_index = ignore_index;
    for (i = 0; i < rows; i++) {
        if (labels[i] == ignore_index) continue;
        if (labels[i] < 0 || (size_t)labels[i] >= columns) return LOSSFN_ERROR_LABEL;
        count += LFN_T_(lfn_item_weight)(&a->items, i) * (by_class ? LFN_T_(lfn_class_weight)(a, (size_t)labels[i]) : 1.0);
    }
    in = lfn_span_of(input, rows * columns, sizeof(lfn_real));
    out = lfn_span_of(grad, rows * columns, sizeof(lfn_real));
    if (lfn_spans_clash(&in, 1, &out, 1, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a->items, count);
    return LOSSFN_OK;
}

/* The same for rows against rows of targets (no labels). */
LFN_FN int lfn_dense_rows_begin(LFN_T_(lfn_rows) *a, const lfn_real *input, const lfn_real *targets, size_t rows, size_t columns,
                                const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_input, lfn_real *grad_targets)
{
    lfn_span in[2], out[2];
    int status;
    memset(a, 0, sizeof *a);
    if (rows && columns && (!input || !targets)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, columns), sizeof(lfn_real)) || lfn_too_big(rows, sizeof(lfn_real)) || columns > PTRDIFF_MAX)
        return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    in[0] = lfn_span_of(input, rows * columns, sizeof(lfn_real));
    in[1] = lfn_span_of(targets, rows * columns, sizeof(lfn_real));
    out[0] = lfn_span_of(grad_input, rows * columns, sizeof(lfn_real));
    out[1] = lfn_span_of(grad_targets, rows * columns, sizeof(lfn_real));
    if (lfn_spans_clash(in, 2, out, 2, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    a->input = input;
    a->grad = grad_input;
    a->rows = rows;
    a->columns = columns;
    lfn_items_scale(&a->items, lfn_items_count(&a->items, rows));
    return LOSSFN_OK;
}

/* ---- lossfn/cross_entropy ---- */
#if LFN_HAS_CLASSIFICATION

LOSSFN_DEF LFN_T_(lossfn_softmax_cross_entropy_config) LFN_T_(lossfn_softmax_cross_entropy_defaults)(void)
{
    LFN_T_(lossfn_softmax_cross_entropy_config) config;
    memset(&config, 0, sizeof config);
    config.ignore_index = LOSSFN_NO_IGNORE;
    return config;
}

LOSSFN_DEF int LFN_T_(lossfn_softmax_cross_entropy)(const lfn_real *logits, const int32_t *labels, size_t rows, size_t classes,
                                                 const LFN_T_(lossfn_softmax_cross_entropy_config) *config,
                                                 const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_logits)
{
    LFN_T_(lossfn_softmax_cross_entropy_config) c = config ? *config : LFN_T_(lossfn_softmax_cross_entropy_defaults)();
    LFN_T_(lfn_rows) a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, c.class_weight, 1, c.ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_within(c.label_smoothing, 0, 1) || !lfn_is_nonnegative(c.z_loss)) return LOSSFN_ERROR_PARAMETER;
    a.param[0] = c.label_smoothing;
    a.param[1] = c.z_loss;
    LFN_CALL(lfn_softmax_cross_entropy_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_soft_cross_entropy)(const lfn_real *logits, const lfn_real *targets, size_t rows, size_t classes,
                                              const lfn_real *class_weight, double label_smoothing,
                                              const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_logits,
                                              lfn_real *grad_targets)
{
    LFN_T_(lfn_soft_rows) s;
    int status = lfn_dense_rows_begin(&s.rows, logits, targets, rows, classes, options, loss, grad_logits, grad_targets);
    if (status) return status;
    if (!lfn_is_within(label_smoothing, 0, 1)) return LOSSFN_ERROR_PARAMETER;
    s.rows.class_weight = class_weight;
    s.rows.param[0] = label_smoothing;
    s.targets = targets;
    s.grad_targets = grad_targets;
    LFN_CALL(lfn_soft_cross_entropy_rows, (&s));
    return lfn_items_end(&s.rows.items);
}

#endif

/* ---- lossfn/classification ---- */
#if LFN_HAS_CLASSIFICATION

LOSSFN_DEF int LFN_T_(lossfn_softmax_focal)(const lfn_real *logits, const int32_t *labels, size_t rows, size_t classes,
                                         const lfn_real *alpha, double gamma, int32_t ignore_index,
                                         const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_logits)
{
    LFN_T_(lfn_rows) a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, alpha, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_nonnegative(gamma)) return LOSSFN_ERROR_PARAMETER;
    a.form = 0;
    a.param[0] = gamma;
    LFN_CALL(lfn_probability_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_poly1_cross_entropy)(const lfn_real *logits, const int32_t *labels, size_t rows, size_t classes,
                                               double epsilon, int32_t ignore_index,
                                               const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_logits)
{
    LFN_T_(lfn_rows) a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, NULL, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_finite(epsilon) || epsilon < -1) return LOSSFN_ERROR_PARAMETER;
    a.form = 1;
    a.param[0] = epsilon;
    LFN_CALL(lfn_probability_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_multiclass_hinge)(const lfn_real *logits, const int32_t *labels, size_t rows, size_t classes,
                                            int form, double margin, int power, int32_t ignore_index,
                                            const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_logits)
{
    LFN_T_(lfn_rows) a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, NULL, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    if (!lfn_is_nonnegative(margin)) return LOSSFN_ERROR_PARAMETER;
    if ((form != LOSSFN_CRAMMER_SINGER && form != LOSSFN_WESTON_WATKINS) || (power != 1 && power != 2)) return LOSSFN_ERROR_OPTION;
    a.form = form;
    a.param[0] = margin;
    a.param[1] = power;
    LFN_CALL(lfn_multiclass_hinge_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_sparsemax)(const lfn_real *logits, const int32_t *labels, size_t rows, size_t classes,
                                     int32_t ignore_index, const LFN_T_(lossfn_options) *options, lfn_real *loss,
                                     lfn_real *grad_logits)
{
    LFN_T_(lfn_rows) a;
    int status = lfn_rows_begin(&a, logits, labels, rows, classes, NULL, 0, ignore_index, options, loss, grad_logits);
    if (status) return status;
    LFN_CALL(lfn_sparsemax_rows, (&a));
    return lfn_items_end(&a.items);
}

#endif

/* ---- lossfn/divergence ---- */
#if LFN_HAS_DIVERGENCE

LOSSFN_DEF int LFN_T_(lossfn_kl_div)(const lfn_real *log_pred, const lfn_real *target, size_t rows, size_t classes, int log_target,
                                  const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_log_pred, lfn_real *grad_target)
{
    LFN_T_(lfn_soft_rows) s;
    int status = lfn_dense_rows_begin(&s.rows, log_pred, target, rows, classes, options, loss, grad_log_pred, grad_target);
    if (status) return status;
    s.rows.form = log_target != 0;
    s.targets = target;
    s.grad_targets = grad_target;
    LFN_CALL(lfn_kl_div_rows, (&s));
    return lfn_items_end(&s.rows.items);
}

#endif

/* ---- lossfn/linear_cross_entropy ---- */
#if LFN_HAS_LINEAR

LOSSFN_DEF size_t LFN_T_(lossfn_linear_cross_entropy_scratch)(size_t rows, size_t classes, size_t width)
{
    const size_t n = rows < LFN_LINEAR_ROWS ? rows : LFN_LINEAR_ROWS, tile = classes < LFN_LINEAR_TILE ? classes : LFN_LINEAR_TILE;
    return lfn_add(lfn_add(lfn_mul(2, lfn_piece(lfn_mul(n, width), sizeof(lfn_real))), lfn_piece(n * tile, sizeof(lfn_real))),
                   lfn_piece(n, sizeof(LFN_T_(lfn_linear_row))));
}

LOSSFN_DEF int LFN_T_(lossfn_linear_cross_entropy)(const lfn_real *hidden, const lfn_real *weight, const lfn_real *bias, const int32_t *labels,
                                                size_t rows, size_t classes, size_t width,
                                                const LFN_T_(lossfn_softmax_cross_entropy_config) *config,
                                                const LFN_T_(lossfn_options) *options, void *scratch, size_t scratch_size,
                                                lfn_real *loss, lfn_real *grad_hidden, lfn_real *grad_weight, lfn_real *grad_bias)
{
    LFN_T_(lossfn_softmax_cross_entropy_config) c = config ? *config : LFN_T_(lossfn_softmax_cross_entropy_defaults)();
    const size_t n = rows < LFN_LINEAR_ROWS ? rows : LFN_LINEAR_ROWS, tile = classes < LFN_LINEAR_TILE ? classes : LFN_LINEAR_TILE;
    const void *inputs[3], *outputs[3];
    LFN_T_(lfn_linear) a;
    int status, i, j;
    memset(&a, 0, sizeof a);
    if (lfn_too_big(lfn_mul(rows, width), sizeof(lfn_real)) || lfn_too_big(lfn_mul(classes, width), sizeof(lfn_real)) || lfn_too_big(rows, sizeof(lfn_real)))
        return LOSSFN_ERROR_SIZE;
    if (rows && (!width || !classes)) return LOSSFN_ERROR_SIZE;
    if (rows && (!hidden || !weight)) return LOSSFN_ERROR_NULL;
    /* the checks of rows of classes, without their arrays: there are no logits */
    if (rows && !labels) return LOSSFN_ERROR_NULL;
    status = lfn_rows_begin(&a.rows, (const lfn_real *)(const void *)labels, labels, rows, classes, c.class_weight, 1, c.ignore_index, options, loss, NULL);
    if (status) return status;
    if (!lfn_is_within(c.label_smoothing, 0, 1) || !lfn_is_nonnegative(c.z_loss)) return LOSSFN_ERROR_PARAMETER;
    inputs[0] = hidden;
    inputs[1] = weight;
    inputs[2] = bias;
    outputs[0] = grad_hidden;
    outputs[1] = grad_weight;
    outputs[2] = grad_bias;
    for (i = 0; i < 3; i++)
        for (j = 0; j < 3; j++)
            if (outputs[i] && (outputs[i] == inputs[j] || (i != j && outputs[i] == outputs[j]))) return LOSSFN_ERROR_OVERLAP;
    if (rows && (!scratch || scratch_size < LFN_T_(lossfn_linear_cross_entropy_scratch)(rows, classes, width))) return LOSSFN_ERROR_SCRATCH;
    a.rows.input = hidden;
    a.rows.grad = grad_hidden;
    a.rows.param[0] = c.label_smoothing;
    a.rows.param[1] = c.z_loss;
    a.weight = weight;
    a.bias = bias;
    a.grad_weight = grad_weight;
    a.grad_bias = grad_bias;
    a.width = width;
    if (rows) {
        a.block = (lfn_real *)lfn_cut(&scratch, n * width, sizeof(lfn_real));
        a.block_grad = (lfn_real *)lfn_cut(&scratch, n * width, sizeof(lfn_real));
        a.logits = (lfn_real *)lfn_cut(&scratch, n * tile, sizeof(lfn_real));
        a.row = (LFN_T_(lfn_linear_row) *)lfn_cut(&scratch, n, sizeof(LFN_T_(lfn_linear_row)));
    }
    LFN_CALL(lfn_linear_run, (&a));
    return lfn_items_end(&a.rows.items);
}

#endif

/* ---- lossfn/distribution ---- */
#if LFN_HAS_DISTRIBUTION

LOSSFN_DEF int LFN_T_(lossfn_gaussian_nll)(const lfn_real *mean, const lfn_real *variance, const lfn_real *target, size_t n,
                                        int log_variance, int full, double eps, const LFN_T_(lossfn_options) *options,
                                        lfn_real *loss, lfn_real *grad_mean, lfn_real *grad_variance, lfn_real *grad_target)
{
    LFN_T_(lfn_gaussian) a;
    lfn_span in[3], out[3];
    int status;
    memset(&a, 0, sizeof a);
    if (n && (!mean || !variance || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(lfn_real))) return LOSSFN_ERROR_SIZE;
    if (!lfn_is_positive(eps)) return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    in[0] = lfn_span_of(mean, n, sizeof(lfn_real));
    in[1] = lfn_span_of(variance, n, sizeof(lfn_real));
    in[2] = lfn_span_of(target, n, sizeof(lfn_real));
    out[0] = lfn_span_of(grad_mean, n, sizeof(lfn_real));
    out[1] = lfn_span_of(grad_variance, n, sizeof(lfn_real));
    out[2] = lfn_span_of(grad_target, n, sizeof(lfn_real));
    if (lfn_spans_clash(in, 3, out, 3, !a.items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a.items, lfn_items_count(&a.items, n));
    a.mean = mean;
    a.variance = variance;
    a.target = target;
    a.grad_mean = grad_mean;
    a.grad_variance = grad_variance;
    a.grad_target = grad_target;
    a.n = n;
    a.log_variance = log_variance;
    a.full = full;
    a.eps = (lfn_real)eps;
    LFN_CALL(lfn_gaussian_run, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_vae_kl)(const lfn_real *mean, const lfn_real *log_variance, size_t rows, size_t width,
                                  const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_mean, lfn_real *grad_log_variance)
{
    LFN_T_(lfn_soft_rows) s;
    int status = lfn_dense_rows_begin(&s.rows, mean, log_variance, rows, width, options, loss, grad_mean, grad_log_variance);
    if (status) return status;
    s.targets = log_variance;
    s.grad_targets = grad_log_variance;
    LFN_CALL(lfn_vae_kl_rows, (&s));
    return lfn_items_end(&s.rows.items);
}

#endif

/* ---- lossfn/pairs ---- */
#if LFN_HAS_PAIRS

/* All checks but those of hyper-parameters and of the labels' values. */
LFN_FN int lfn_tuples_begin(LFN_T_(lfn_tuples) *a, const lfn_real *x, const lfn_real *y, const lfn_real *z, int count, size_t rows, size_t width,
                            const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *gx, lfn_real *gy, lfn_real *gz)
{
    lfn_span in[3], out[3];
    int status, k;
    memset(a, 0, sizeof *a);
    a->x[0] = x;
    a->x[1] = y;
    a->x[2] = z;
    a->grad[0] = gx;
    a->grad[1] = gy;
    a->grad[2] = gz;
    a->rows = rows;
    a->width = width;
    for (k = 0; k < count; k++)
        if (rows && width && !a->x[k]) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, width), sizeof(lfn_real)) || lfn_too_big(rows, sizeof(lfn_real)) || lfn_too_big(width, sizeof(lfn_real)))
        return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    for (k = 0; k < count; k++) {
        in[k] = lfn_span_of(a->x[k], rows * width, sizeof(lfn_real));
        out[k] = lfn_span_of(a->grad[k], rows * width, sizeof(lfn_real));
    }
    if (lfn_spans_clash(in, count, out, count, !a->items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a->items, lfn_items_count(&a->items, rows));
    return LOSSFN_OK;
}

/* Labels of two values. */
LFN_FN int lfn_tuples_labels(LFN_T_(lfn_tuples) *a, const int32_t *labels, int32_t one, int32_t other)
{
    size_t i;
    if (a->rows && !labels) return LOSSFN_ERROR_NULL;
    for (i = 0; i < a->rows; i++)
        if (labels[i] != one && labels[i] != other) return LOSSFN_ERROR_LABEL;
    a->labels = labels;
    return LOSSFN_OK;
}

LOSSFN_DEF int LFN_T_(lossfn_contrastive)(const lfn_real *x1, const lfn_real *x2, const int32_t *labels, size_t rows, size_t width,
                                       double margin, const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_x1,
                                       lfn_real *grad_x2)
{
    LFN_T_(lfn_tuples) a;
    int status = lfn_tuples_begin(&a, x1, x2, NULL, 2, rows, width, options, loss, grad_x1, grad_x2, NULL);
    if (status) return status;
    if (!lfn_is_positive(margin)) return LOSSFN_ERROR_PARAMETER;
    status = lfn_tuples_labels(&a, labels, 1, 0);
    if (status) return status;
    a.margin = margin;
    LFN_CALL(lfn_contrastive_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_triplet_margin)(const lfn_real *anchor, const lfn_real *positive, const lfn_real *negative, size_t rows,
                                          size_t width, const lossfn_triplet_margin_config *config,
                                          const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_anchor,
                                          lfn_real *grad_positive, lfn_real *grad_negative)
{
    const lossfn_triplet_margin_config c = config ? *config : lossfn_triplet_margin_defaults();
    LFN_T_(lfn_tuples) a;
    int status = lfn_tuples_begin(&a, anchor, positive, negative, 3, rows, width, options, loss, grad_anchor, grad_positive, grad_negative);
    if (status) return status;
    if (!lfn_is_positive(c.margin) || !lfn_is_finite(c.p) || c.p < 1 || !lfn_is_nonnegative(c.eps)) return LOSSFN_ERROR_PARAMETER;
    a.margin = c.margin;
    a.p = c.p;
    a.eps = c.eps;
    a.swap = c.swap != 0;
    LFN_CALL(lfn_triplet_rows, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF int LFN_T_(lossfn_cosine_embedding)(const lfn_real *x1, const lfn_real *x2, const int32_t *labels, size_t rows, size_t width,
                                            double margin, const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_x1,
                                            lfn_real *grad_x2)
{
    LFN_T_(lfn_tuples) a;
    int status = lfn_tuples_begin(&a, x1, x2, NULL, 2, rows, width, options, loss, grad_x1, grad_x2, NULL);
    if (status) return status;
    if (!lfn_is_within(margin, -1, 1)) return LOSSFN_ERROR_PARAMETER;
    status = lfn_tuples_labels(&a, labels, 1, -1);
    if (status) return status;
    a.margin = margin;
    LFN_CALL(lfn_cosine_rows, (&a));
    return lfn_items_end(&a.items);
}

#endif

/* ---- lossfn/contrastive ---- */
#if LFN_HAS_CONTRASTIVE

LFN_FN size_t lfn_contrast_room(size_t n, size_t width)
{
    const size_t tile = n < LFN_CONTRAST_TILE ? n : LFN_CONTRAST_TILE;
    size_t room = lfn_add(lfn_mul(2, lfn_piece(lfn_mul(n, width), sizeof(lfn_real))), lfn_piece(tile * tile, sizeof(lfn_real)));
    room = lfn_add(room, lfn_mul(4, lfn_piece(n, sizeof(lfn_real))));
    room = lfn_add(room, lfn_add(lfn_piece(n, sizeof(lfn_softmax)), lfn_piece(n, sizeof(double))));
    return lfn_add(room, lfn_piece(n, sizeof(size_t)));
}

LFN_FN int lfn_contrast_call(const lfn_real *x, const int32_t *labels, size_t n, size_t width, double temperature, double base,
                             const LFN_T_(lossfn_options) *options, void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad)
{
    const size_t tile = n < LFN_CONTRAST_TILE ? n : LFN_CONTRAST_TILE;
    LFN_T_(lfn_contrast) a;
    lfn_span in, out;
    double count = 0;
    size_t i;
    int status;
    memset(&a, 0, sizeof a);
    if (n && width && !x) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(n, width), sizeof(lfn_real)) || lfn_too_big(n, sizeof(lfn_real)) || lfn_too_big(width, sizeof(lfn_real))) return LOSSFN_ERROR_SIZE;
    if (!lfn_is_positive(temperature) || !lfn_is_finite(1 / temperature) || !lfn_is_positive(base) || !lfn_is_positive(temperature / base))
        return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    in = lfn_span_of(x, n * width, sizeof(lfn_real));
    out = lfn_span_of(grad, n * width, sizeof(lfn_real));
    if (lfn_spans_clash(&in, 1, &out, 1, !a.items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    if (n && (!scratch || scratch_size < lfn_contrast_room(n, width))) return LOSSFN_ERROR_SCRATCH;
    a.x = x;
    a.labels = labels;
    a.grad = grad;
    a.n = n;
    a.width = width;
    a.temperature = temperature;
    a.factor = temperature / base;
    if (n) {
        a.unit = (lfn_real *)lfn_cut(&scratch, n * width, sizeof(lfn_real));
        a.slope = (lfn_real *)lfn_cut(&scratch, n * width, sizeof(lfn_real));
        a.tile = (lfn_real *)lfn_cut(&scratch, tile * tile, sizeof(lfn_real));
        a.norm = (lfn_real *)lfn_cut(&scratch, n, sizeof(lfn_real));
        a.largest = (lfn_real *)lfn_cut(&scratch, n, sizeof(lfn_real));
        a.share = (lfn_real *)lfn_cut(&scratch, n, sizeof(lfn_real));
        a.pull = (lfn_real *)lfn_cut(&scratch, n, sizeof(lfn_real));
        a.softmax = lfn_cut(&scratch, n, sizeof(lfn_softmax));
        a.positive = (double *)lfn_cut(&scratch, n, sizeof(double));
        a.members = (size_t *)lfn_cut(&scratch, n, sizeof(size_t));
    }
    LFN_CALL(lfn_contrast_sums, (&a));
    for (i = 0; i < n; i++)
        if (a.members[i]) count += LFN_T_(lfn_item_weight)(&a.items, i);
    lfn_items_scale(&a.items, count);
    LFN_CALL(lfn_contrast_gradients, (&a));
    return lfn_items_end(&a.items);
}

LOSSFN_DEF size_t LFN_T_(lossfn_nt_xent_scratch)(size_t pairs, size_t width) { return lfn_contrast_room(lfn_mul(2, pairs), width); }

LOSSFN_DEF int LFN_T_(lossfn_nt_xent)(const lfn_real *embeddings, size_t pairs, size_t width, double temperature,
                                   const LFN_T_(lossfn_options) *options, void *scratch, size_t scratch_size, lfn_real *loss,
                                   lfn_real *grad_embeddings)
{
    return lfn_contrast_call(embeddings, NULL, lfn_mul(2, pairs), width, temperature, temperature, options, scratch, scratch_size,
                             loss, grad_embeddings);
}

LOSSFN_DEF size_t LFN_T_(lossfn_supcon_scratch)(size_t rows, size_t width) { return lfn_contrast_room(rows, width); }

LOSSFN_DEF int LFN_T_(lossfn_supcon)(const lfn_real *features, const int32_t *labels, size_t rows, size_t width, double temperature,
                                  double base_temperature, const LFN_T_(lossfn_options) *options, void *scratch,
                                  size_t scratch_size, lfn_real *loss, lfn_real *grad_features)
{
    if (rows && !labels) return LOSSFN_ERROR_NULL;
    return lfn_contrast_call(features, labels, rows, width, temperature, base_temperature, options, scratch, scratch_size,
                             loss, grad_features);
}

#endif

/* ---- lossfn/margin ---- */
#if LFN_HAS_MARGIN

LOSSFN_DEF size_t LFN_T_(lossfn_arcface_scratch)(size_t rows, size_t classes, size_t width)
{
    const size_t n = rows < LFN_MARGIN_ROWS ? rows : LFN_MARGIN_ROWS, tile = classes < LFN_MARGIN_TILE ? classes : LFN_MARGIN_TILE;
    size_t room = lfn_add(lfn_mul(2, lfn_piece(lfn_mul(n, width), sizeof(lfn_real))), lfn_mul(2, lfn_piece(lfn_mul(tile, width), sizeof(lfn_real))));
    room = lfn_add(room, lfn_add(lfn_piece(tile, sizeof(lfn_real)), lfn_piece(n * tile, sizeof(lfn_real))));
    return lfn_add(room, lfn_add(lfn_piece(n, sizeof(LFN_T_(lfn_margin_row))), lfn_piece(n, sizeof(lfn_softmax))));
}

LOSSFN_DEF int LFN_T_(lossfn_arcface)(const lfn_real *features, const lfn_real *weight, const int32_t *labels, size_t rows, size_t classes,
                                   size_t width, const lossfn_arcface_config *config, const LFN_T_(lossfn_options) *options,
                                   void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_features, lfn_real *grad_weight)
{
    const lossfn_arcface_config c = config ? *config : lossfn_arcface_defaults();
    const size_t n = rows < LFN_MARGIN_ROWS ? rows : LFN_MARGIN_ROWS, tile = classes < LFN_MARGIN_TILE ? classes : LFN_MARGIN_TILE;
    lfn_span in[2], out[2];
    LFN_T_(lfn_margin) a;
    int status;
    memset(&a, 0, sizeof a);
    if (rows && (!labels || (width && !features) || (width && classes && !weight))) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(rows, width), sizeof(lfn_real)) || lfn_too_big(lfn_mul(classes, width), sizeof(lfn_real)) || lfn_too_big(width, sizeof(lfn_real)))
        return LOSSFN_ERROR_SIZE;
    if (!lfn_is_positive(c.scale) || !lfn_is_within(c.margin, 0, 3.14159265358979323846)) return LOSSFN_ERROR_PARAMETER;
    /* the checks of rows of classes, without their arrays: there are no logits */
    status = lfn_rows_begin(&a.rows, (const lfn_real *)(const void *)labels, labels, rows, classes, NULL, 0, c.ignore_index, options, loss, NULL);
    if (status) return status;
    in[0] = lfn_span_of(features, rows * width, sizeof(lfn_real));
    in[1] = lfn_span_of(weight, classes * width, sizeof(lfn_real));
    out[0] = lfn_span_of(grad_features, rows * width, sizeof(lfn_real));
    out[1] = lfn_span_of(grad_weight, classes * width, sizeof(lfn_real));
    if (lfn_spans_clash(in, 2, out, 2, 0)) return LOSSFN_ERROR_OVERLAP;
    if (rows && (!scratch || scratch_size < LFN_T_(lossfn_arcface_scratch)(rows, classes, width))) return LOSSFN_ERROR_SCRATCH;
    a.rows.input = features;
    a.rows.grad = grad_features;
    a.weight = weight;
    a.grad_weight = grad_weight;
    a.width = width;
    a.scale = c.scale;
    a.margin = c.margin;
    a.easy = c.easy_margin != 0;
    if (rows) {
        a.block = (lfn_real *)lfn_cut(&scratch, n * width, sizeof(lfn_real));
        a.block_grad = (lfn_real *)lfn_cut(&scratch, n * width, sizeof(lfn_real));
        a.tile = (lfn_real *)lfn_cut(&scratch, tile * width, sizeof(lfn_real));
        a.tile_grad = (lfn_real *)lfn_cut(&scratch, tile * width, sizeof(lfn_real));
        a.norm = (lfn_real *)lfn_cut(&scratch, tile, sizeof(lfn_real));
        a.logits = (lfn_real *)lfn_cut(&scratch, n * tile, sizeof(lfn_real));
        a.row = (LFN_T_(lfn_margin_row) *)lfn_cut(&scratch, n, sizeof(LFN_T_(lfn_margin_row)));
        a.softmax = lfn_cut(&scratch, n, sizeof(lfn_softmax));
    }
    LFN_CALL(lfn_margin_run, (&a));
    return lfn_items_end(&a.rows.items);
}

#endif

/* ---- lossfn/listwise ---- */
#if LFN_HAS_LISTWISE

/* All checks but those of hyper-parameters and of scratch. */
LFN_FN int lfn_lists_begin(LFN_T_(lfn_lists) *a, const lfn_real *scores, const lfn_real *relevance, size_t n, const size_t *offsets, size_t lists,
                           const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *first, lfn_real *second)
{
    lfn_span in[3], out[2];
    double count = 0;
    size_t l;
    int status;
    memset(a, 0, sizeof *a);
    if ((n && (!scores || !relevance)) || (lists && !offsets)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(lfn_real)) || lists == SIZE_MAX || lfn_too_big(lists + 1, sizeof(size_t))) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&a->items, options, loss);
    if (status) return status;
    for (l = 0; l < lists; l++) {
        if (offsets[l] > offsets[l + 1] || offsets[l + 1] > n) return LOSSFN_ERROR_SIZE;
        if (offsets[l + 1] - offsets[l] > a->longest) a->longest = offsets[l + 1] - offsets[l];
        if (offsets[l] < offsets[l + 1]) count += LFN_T_(lfn_item_weight)(&a->items, l);
    }
    in[0] = lfn_span_of(scores, n, sizeof(lfn_real));
    in[1] = lfn_span_of(relevance, n, sizeof(lfn_real));
    in[2] = lfn_span_of(offsets, lists ? lists + 1 : 0, sizeof(size_t));
    out[0] = lfn_span_of(first, n, sizeof(lfn_real));
    out[1] = lfn_span_of(second, n, sizeof(lfn_real));
    if (lfn_spans_clash(in, 2, out, 2, !a->items.accumulate) || lfn_spans_clash(in + 2, 1, out, 2, 0)) return LOSSFN_ERROR_OVERLAP;
    a->scores = scores;
    a->relevance = relevance;
    a->n = n;
    a->offsets = offsets;
    a->lists = lists;
    a->out[0] = first;
    a->out[1] = second;
    lfn_items_scale(&a->items, count);
    return LOSSFN_OK;
}

/* Elements start .. end - 1 have no gradient. */
LFN_FN void lfn_lists_zero(const LFN_T_(lfn_lists) *a, size_t start, size_t end)
{
    int k;
    for (k = 0; k < 2; k++)
        if (a->out[k] && !a->items.accumulate) LFN_CALL(lfn_fill, (a->out[k] + start, 0, end - start));
}

/* Whether list l is to be left out: then it has no loss and no gradient. */
LFN_FN int lfn_lists_skip(LFN_T_(lfn_lists) *a, size_t l)
{
    if (a->offsets[l] < a->offsets[l + 1] && !(a->items.weight && a->items.weight[l] == 0)) return 0;
    LFN_T_(lfn_item_loss)(&a->items, l, 0);
    lfn_lists_zero(a, a->offsets[l], a->offsets[l + 1]);
    return 1;
}

/* The documents before the first list and behind the last. */
LFN_FN void lfn_lists_rest(const LFN_T_(lfn_lists) *a)
{
    lfn_lists_zero(a, 0, a->lists ? a->offsets[0] : a->n);
    if (a->lists) lfn_lists_zero(a, a->offsets[a->lists], a->n);
}

LOSSFN_DEF int LFN_T_(lossfn_list_net)(const lfn_real *scores, const lfn_real *relevance, size_t n, const size_t *offsets, size_t lists,
                                    const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_scores, lfn_real *grad_relevance)
{
    LFN_T_(lfn_lists) a;
    size_t l;
    int status = lfn_lists_begin(&a, scores, relevance, n, offsets, lists, options, loss, grad_scores, grad_relevance);
    if (status) return status;
    for (l = 0; l < lists; l++)
        if (!lfn_lists_skip(&a, l)) LFN_CALL(lfn_list_net_list, (&a, l));
    lfn_lists_rest(&a);
    return lfn_items_end(&a.items);
}

/* The gain of a relevance. */
LFN_FN double lfn_rank_gain(const LFN_T_(lfn_lists) *a, lfn_real relevance)
{
    return a->linear ? (double)relevance : pow(2, (double)relevance) - 1;
}

/* 1 / the DCG of a list of n in the best order, over the best `truncation`; 0 where that is 0. */
LFN_FN double lfn_rank_unit(const LFN_T_(lfn_lists) *a, const lfn_real *relevance, size_t n)
{
    const size_t top = a->truncation && a->truncation < n ? a->truncation : n;
    double ideal = 0;
    size_t k;
    lfn_argsort(relevance, n, 1, a->order, a->room);
    for (k = 0; k < top; k++) ideal += lfn_rank_gain(a, relevance[a->order[k]]) * (double)a->discount[k];
    return ideal <= 0 ? 0 : 1 / ideal;
}

/* y = value, added to it when gradients accumulate; y NULL: nothing. */
LFN_FN void lfn_rank_put(const LFN_T_(lfn_lists) *a, lfn_real *y, double value)
{
    if (y) *y = a->items.accumulate ? *y + (lfn_real)value : (lfn_real)value;
}

/* List l of LambdaRank. */
LFN_FN void lfn_rank_list(LFN_T_(lfn_lists) *a, size_t l)
{
    const size_t start = a->offsets[l], n = a->offsets[l + 1] - start;
    const double unit = lfn_rank_unit(a, a->relevance + start, n);
    double factor = 1, scale;
    lfn_rank_sums sums;
    size_t k;
    if (unit == 0) {
        LFN_T_(lfn_item_loss)(&a->items, l, 0);
        lfn_lists_zero(a, start, start + n);
        return;
    }
    lfn_argsort(a->scores + start, n, 1, a->order, a->room);
    for (k = 0; k < n; k++) {
        a->score[k] = a->scores[start + a->order[k]];
        a->gain[k] = (lfn_real)lfn_rank_gain(a, a->relevance[start + a->order[k]]);
    }
    sums = LFN_CALL(lfn_rank_pairs, (a, n, unit));
    if (a->normalise && sums.lambda > 0) factor = log1p(2 * sums.lambda) / (2 * sums.lambda * 0.69314718055994530942);
    LFN_T_(lfn_item_loss)(&a->items, l, factor * sums.loss);
    scale = factor * LFN_T_(lfn_item_scale)(&a->items, l);
    for (k = 0; k < n; k++) {
        lfn_rank_put(a, a->out[0] ? a->out[0] + start + a->order[k] : NULL, scale * (double)a->slope[k]);
        lfn_rank_put(a, a->out[1] ? a->out[1] + start + a->order[k] : NULL, scale * (double)a->curve[k]);
    }
}

LOSSFN_DEF size_t LFN_T_(lossfn_lambda_rank_scratch)(size_t longest)
{
    if (longest > UINT32_MAX) return SIZE_MAX;
    return lfn_add(lfn_add(lfn_piece(longest, sizeof(uint32_t)), lfn_mul(5, lfn_piece(longest, sizeof(lfn_real)))), lfn_add(lfn_argsort_room(longest), 64));
}

LOSSFN_DEF int LFN_T_(lossfn_lambda_rank)(const lfn_real *scores, const lfn_real *relevance, size_t n, const size_t *offsets, size_t lists,
                                       const lossfn_lambda_rank_config *config, const LFN_T_(lossfn_options) *options,
                                       void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_scores, lfn_real *hess_scores)
{
    const lossfn_lambda_rank_config c = config ? *config : lossfn_lambda_rank_defaults();
    LFN_T_(lfn_lists) a;
    size_t l, k;
    int status = lfn_lists_begin(&a, scores, relevance, n, offsets, lists, options, loss, grad_scores, hess_scores);
    if (status) return status;
    if (!lfn_is_positive(c.sigma) || !lfn_is_finite(c.sigma * c.sigma)) return LOSSFN_ERROR_PARAMETER;
    if (a.longest > UINT32_MAX) return LOSSFN_ERROR_SIZE;
    if (a.longest && (!scratch || scratch_size < LFN_T_(lossfn_lambda_rank_scratch)(a.longest))) return LOSSFN_ERROR_SCRATCH;
    a.sigma = c.sigma;
    a.truncation = c.truncation;
    a.normalise = c.normalise != 0;
    a.linear = c.linear_gain != 0;
    if (a.longest) {
        a.order = (uint32_t *)lfn_cut(&scratch, a.longest, sizeof(uint32_t));
        a.score = (lfn_real *)lfn_cut(&scratch, a.longest, sizeof(lfn_real));
        a.gain = (lfn_real *)lfn_cut(&scratch, a.longest, sizeof(lfn_real));
        a.slope = (lfn_real *)lfn_cut(&scratch, a.longest, sizeof(lfn_real));
        a.curve = (lfn_real *)lfn_cut(&scratch, a.longest, sizeof(lfn_real));
        a.discount = (lfn_real *)lfn_cut(&scratch, a.longest, sizeof(lfn_real));
        a.room = scratch;
        for (k = 0; k < a.longest; k++) a.discount[k] = (lfn_real)(0.69314718055994530942 / log((double)k + 2));
    }
    for (l = 0; l < lists; l++)
        if (!lfn_lists_skip(&a, l)) lfn_rank_list(&a, l);
    lfn_lists_rest(&a);
    return lfn_items_end(&a.items);
}

#endif

/* ---- lossfn/preference ---- */
#if LFN_HAS_PREFERENCE

LOSSFN_DEF int LFN_T_(lossfn_dpo)(const lfn_real *policy_chosen, const lfn_real *policy_rejected, const lfn_real *reference_chosen,
                               const lfn_real *reference_rejected, size_t n, int form, double beta, double label_smoothing,
                               const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_policy_chosen,
                               lfn_real *grad_policy_rejected, lfn_real *grad_reference_chosen, lfn_real *grad_reference_rejected)
{
    LFN_T_(lfn_dpo) a;
    lfn_span in[4], out[4];
    int status, k;
    memset(&a, 0, sizeof a);
    if (n && (!policy_chosen || !policy_rejected || !reference_chosen != !reference_rejected)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, sizeof(lfn_real))) return LOSSFN_ERROR_SIZE;
    if (form < LOSSFN_DPO_SIGMOID || form > LOSSFN_DPO_IPO) return LOSSFN_ERROR_OPTION;
    if (!lfn_is_positive(beta) || !lfn_is_finite(0.5 / beta)) return LOSSFN_ERROR_PARAMETER;
    if (!lfn_is_within(label_smoothing, 0, form == LOSSFN_DPO_HINGE || form == LOSSFN_DPO_IPO ? 0 : 0.5)
        || (form == LOSSFN_DPO_ROBUST && !lfn_is_finite(1 / (1 - 2 * label_smoothing)))) return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    a.input[0] = policy_chosen;
    a.input[1] = policy_rejected;
    a.input[2] = reference_chosen;
    a.input[3] = reference_rejected;
    a.grad[0] = grad_policy_chosen;
    a.grad[1] = grad_policy_rejected;
    a.grad[2] = grad_reference_chosen;
    a.grad[3] = grad_reference_rejected;
    for (k = 0; k < 4; k++) {
        in[k] = lfn_span_of(a.input[k], n, sizeof(lfn_real));
        out[k] = lfn_span_of(a.grad[k], n, sizeof(lfn_real));
    }
    if (lfn_spans_clash(in, 4, out, 4, !a.items.accumulate)) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&a.items, lfn_items_count(&a.items, n));
    a.n = n;
    a.form = form;
    a.beta = beta;
    a.smoothing = label_smoothing;
    LFN_CALL(lfn_dpo_run, (&a));
    return lfn_items_end(&a.items);
}

#endif

/* ---- lossfn/boxes ---- */
#if LFN_HAS_BOXES

/* Writes scale x the gradient of a box in its format; scale 0 writes zeros. */
LFN_FN void lfn_box_put(const lfn_box *box, int format, double scale, int accumulate, lfn_real *grad)
{
    double d[4];
    int k;
    for (k = 0; k < 2; k++) {
        d[k] = format == LOSSFN_CXCYWH ? box->d_low[k] + box->d_high[k] : box->d_low[k];
        d[2 + k] = format == LOSSFN_CXCYWH ? (box->d_high[k] - box->d_low[k]) / 2 : box->d_high[k];
    }
    for (k = 0; k < 4; k++) {
        const double g = scale == 0 ? 0 : scale * d[k];
        grad[k] = (lfn_real)(accumulate ? (double)grad[k] + g : g);
    }
}

LFN_FN int lfn_box_run(const lfn_real *pred, const lfn_real *target, size_t n, int format, int mode, double eps, int kind,
                       const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *grad_target)
{
    LFN_T_(lfn_items) items;
    lfn_box_pair pair;
    size_t i;
    int status;
    if (n && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(n, 4 * sizeof(lfn_real))) return LOSSFN_ERROR_SIZE;
    if (!lfn_is_nonnegative(eps)) return LOSSFN_ERROR_PARAMETER;
    if (format != LOSSFN_XYXY && format != LOSSFN_CXCYWH) return LOSSFN_ERROR_OPTION;
    if (mode < LOSSFN_IOU_LINEAR || mode > LOSSFN_IOU_SQUARE) return LOSSFN_ERROR_OPTION;
    status = lfn_items_begin(&items, options, loss);
    if (status) return status;
    if (n && grad_pred && (grad_pred == target || grad_pred == grad_target || (items.accumulate && grad_pred == pred)))
        return LOSSFN_ERROR_OVERLAP;
    if (n && grad_target && (grad_target == pred || (items.accumulate && grad_target == target))) return LOSSFN_ERROR_OVERLAP;
    lfn_items_scale(&items, lfn_items_count(&items, n));
    for (i = 0; i < n; i++) {
        const lfn_real *p = pred + 4 * i, *t = target + 4 * i;
        const double scale = LFN_T_(lfn_item_scale)(&items, i);
        lfn_box_set(&pair.pred, format, (double)p[0], (double)p[1], (double)p[2], (double)p[3]);
        lfn_box_set(&pair.target, format, (double)t[0], (double)t[1], (double)t[2], (double)t[3]);
        LFN_T_(lfn_item_loss)(&items, i, lfn_box_loss(&pair, kind, mode, eps));
        if (grad_pred) lfn_box_put(&pair.pred, format, scale, items.accumulate, grad_pred + 4 * i);
        if (grad_target) lfn_box_put(&pair.target, format, scale, items.accumulate, grad_target + 4 * i);
    }
    return lfn_items_end(&items);
}

LOSSFN_DEF int LFN_T_(lossfn_box_iou)(const lfn_real *pred, const lfn_real *target, size_t n, int format, int mode, double eps,
                                   const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *grad_target)
{
    return lfn_box_run(pred, target, n, format, mode, eps, LFN_BOX_IOU, options, loss, grad_pred, grad_target);
}

LOSSFN_DEF int LFN_T_(lossfn_box_giou)(const lfn_real *pred, const lfn_real *target, size_t n, int format, double eps,
                                    const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *grad_target)
{
    return lfn_box_run(pred, target, n, format, LOSSFN_IOU_LINEAR, eps, LFN_BOX_GIOU, options, loss, grad_pred, grad_target);
}

LOSSFN_DEF int LFN_T_(lossfn_box_diou)(const lfn_real *pred, const lfn_real *target, size_t n, int format, double eps,
                                    const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *grad_target)
{
    return lfn_box_run(pred, target, n, format, LOSSFN_IOU_LINEAR, eps, LFN_BOX_DIOU, options, loss, grad_pred, grad_target);
}

LOSSFN_DEF int LFN_T_(lossfn_box_ciou)(const lfn_real *pred, const lfn_real *target, size_t n, int format, double eps,
                                    const LFN_T_(lossfn_options) *options, lfn_real *loss, lfn_real *grad_pred, lfn_real *grad_target)
{
    return lfn_box_run(pred, target, n, format, LOSSFN_IOU_LINEAR, eps, LFN_BOX_CIOU, options, loss, grad_pred, grad_target);
}

#endif

/* ---- lossfn/segmentation ---- */
#if LFN_HAS_SEGMENTATION

/* The checks all share; n, classes, positions, batch, all, first and ignore are set. */
LFN_FN int lfn_regions_begin(LFN_T_(lfn_regions) *r, int layout, int absent, int32_t first_class,
                             const LFN_T_(lossfn_options) *options, lfn_real *loss)
{
    const size_t places = lfn_mul(r->n, r->positions), elements = lfn_mul(places, r->classes);
    size_t k;
    int status;
    if (elements && (!r->prob || (!r->labels && !r->target))) return LOSSFN_ERROR_NULL;
    if (!r->classes || r->classes > INT32_MAX || lfn_too_big(elements, sizeof(lfn_real)) || lfn_too_big(places, sizeof(int32_t))
        || lfn_too_big(r->n, sizeof(lfn_real))) return LOSSFN_ERROR_SIZE;
    if (first_class < 0 || (size_t)first_class >= r->classes) return LOSSFN_ERROR_PARAMETER;
    if (layout != LOSSFN_CLASSES_LAST && layout != LOSSFN_CLASSES_FIRST) return LOSSFN_ERROR_OPTION;
    if (absent != LOSSFN_PRESENT_CLASSES && absent != LOSSFN_ALL_CLASSES) return LOSSFN_ERROR_OPTION;
    status = lfn_items_begin(&r->items, options, loss);
    if (status) return status;
    r->first = (size_t)first_class;
    r->all = absent == LOSSFN_ALL_CLASSES;
    r->class_stride = layout == LOSSFN_CLASSES_FIRST ? r->positions : 1;
    r->position_stride = layout == LOSSFN_CLASSES_FIRST ? 1 : r->classes;
    for (k = 0; r->labels && k < places; k++)
        if (r->labels[k] != r->ignore && (r->labels[k] < 0 || (size_t)r->labels[k] >= r->classes)) return LOSSFN_ERROR_LABEL;
    if (elements && r->grad && ((r->items.accumulate && r->grad == r->prob) || r->grad == r->target)) return LOSSFN_ERROR_OVERLAP;
    return LOSSFN_OK;
}

LFN_FN size_t lfn_regions_groups(const LFN_T_(lfn_regions) *r) { return r->batch ? 1 : r->n; }

/* The sums of group i in the scratch block. */
LFN_FN LFN_T_(lfn_region_sums) lfn_region_sums_at(double *block, size_t classes, size_t i)
{
    LFN_T_(lfn_region_sums) sums;
    sums.inter = block + 3 * classes * i;
    sums.pred = sums.inter + classes;
    sums.truth = sums.pred + classes;
    return sums;
}

/* Whether any position of group i counts. */
LFN_FN int lfn_regions_some(const LFN_T_(lfn_regions) *r, size_t i)
{
    size_t image;
    if (!r->batch) return LFN_T_(lfn_region_some)(r, i);
    for (image = 0; image < r->n; image++)
        if (LFN_T_(lfn_region_some)(r, image)) return 1;
    return 0;
}

/* How many classes of group i take part. */
LFN_FN size_t lfn_region_part(const LFN_T_(lfn_regions) *r, const double *truth, size_t i)
{
    size_t c, part = 0;
    if (!lfn_regions_some(r, i)) return 0;
    for (c = r->first; c < r->classes; c++) part += r->all || truth[c] != 0;
    return part;
}

/* loss = (1 - TI)^gamma of one class; the slopes in I and P. With D the
   denominator: TI = (I + above) / D, dTI/dI = (1 - (1 - alpha - beta) TI) / D,
   dTI/dP = -alpha TI / D. */
LFN_FN double lfn_region_loss(const LFN_T_(lfn_regions) *r, double inter, double pred, double truth, double *d_inter, double *d_pred)
{
    const double own = 1 - r->alpha - r->beta;
    const double d = own * inter + r->alpha * pred + r->beta * truth + r->below;
    double index, loss, slope = -1;
    *d_inter = *d_pred = 0;
    if (d == 0) return 0;
    index = (inter + r->above) / d;
    loss = 1 - index;
    if (r->gamma != 1) {
        if (loss <= 0) return 0;
        slope = -r->gamma * pow(loss, r->gamma - 1);
        loss = pow(loss, r->gamma);
    }
    *d_inter = slope * (1 - own * index) / d;
    *d_pred = -slope * r->alpha * index / d;
    return loss;
}

/* The loss of group i; its sums become scale x the slopes. */
LFN_FN void lfn_region_group(LFN_T_(lfn_regions) *r, size_t i, const LFN_T_(lfn_region_sums) *sums, size_t part)
{
    const double scale = part ? LFN_T_(lfn_item_scale)(&r->items, i) / (double)part : 0;
    double total = 0;
    size_t c;
    for (c = 0; c < r->classes; c++) {
        const int takes = part && c >= r->first && (r->all || sums->truth[c] != 0);
        double d_inter = 0, d_pred = 0;
        if (takes) total += lfn_region_loss(r, sums->inter[c], sums->pred[c], sums->truth[c], &d_inter, &d_pred);
        sums->inter[c] = takes && scale != 0 ? scale * d_inter : 0;
        sums->pred[c] = takes && scale != 0 ? scale * d_pred : 0;
    }
    LFN_T_(lfn_item_loss)(&r->items, i, part ? total / (double)part : 0);
}

LFN_FN int lfn_regions_run(LFN_T_(lfn_regions) *r, void *scratch, size_t scratch_size)
{
    const size_t groups = lfn_regions_groups(r), room = lfn_mul(lfn_mul(3, r->classes), r->n ? r->n : 1);
    double *block, count = 0;
    size_t i;
    if (!scratch || scratch_size < lfn_piece(room, sizeof(double))) return LOSSFN_ERROR_SCRATCH;
    block = (double *)lfn_cut(&scratch, room, sizeof(double));
    for (i = 0; i < 3 * r->classes * groups; i++) block[i] = 0;
    for (i = 0; i < r->n; i++) {
        const LFN_T_(lfn_region_sums) sums = lfn_region_sums_at(block, r->classes, r->batch ? 0 : i);
        LFN_CALL(lfn_region_sum, (r, i, &sums));
    }
    for (i = 0; i < groups; i++)
        if (lfn_region_part(r, lfn_region_sums_at(block, r->classes, i).truth, i)) count += LFN_T_(lfn_item_weight)(&r->items, i);
    lfn_items_scale(&r->items, count);
    for (i = 0; i < groups; i++) {
        const LFN_T_(lfn_region_sums) sums = lfn_region_sums_at(block, r->classes, i);
        lfn_region_group(r, i, &sums, lfn_region_part(r, sums.truth, i));
    }
    for (i = 0; r->grad && i < r->n; i++) {
        const LFN_T_(lfn_region_sums) slopes = lfn_region_sums_at(block, r->classes, r->batch ? 0 : i);
        LFN_CALL(lfn_region_grad, (r, i, &slopes));
    }
    return lfn_items_end(&r->items);
}

LFN_FN int lfn_dice_begin(LFN_T_(lfn_regions) *r, int layout, const lossfn_soft_dice_config *config,
                          const LFN_T_(lossfn_options) *options, lfn_real *loss)
{
    const lossfn_soft_dice_config c = config ? *config : lossfn_soft_dice_defaults();
    int status;
    r->ignore = c.ignore_index;
    r->batch = c.batch != 0;
    r->squared = c.squared != 0;
    r->alpha = r->beta = 0.5;
    r->gamma = 1;
    r->above = c.smooth_numerator / 2;
    r->below = c.smooth_denominator / 2;
    status = lfn_regions_begin(r, layout, c.absent, c.first_class, options, loss);
    if (status == LOSSFN_OK && !(lfn_is_nonnegative(c.smooth_numerator) && lfn_is_nonnegative(c.smooth_denominator)))
        status = LOSSFN_ERROR_PARAMETER;
    return status;
}

LFN_FN int lfn_tversky_begin(LFN_T_(lfn_regions) *r, int layout, const lossfn_tversky_config *config,
                             const LFN_T_(lossfn_options) *options, lfn_real *loss)
{
    const lossfn_tversky_config c = config ? *config : lossfn_tversky_defaults();
    int status;
    r->ignore = c.ignore_index;
    r->batch = c.batch != 0;
    r->alpha = c.alpha;
    r->beta = c.beta;
    r->gamma = c.gamma;
    r->above = c.smooth_numerator;
    r->below = c.smooth_denominator;
    status = lfn_regions_begin(r, layout, c.absent, c.first_class, options, loss);
    if (status == LOSSFN_OK && !(lfn_is_nonnegative(c.alpha) && lfn_is_nonnegative(c.beta) && lfn_is_positive(c.gamma)
        && lfn_is_nonnegative(c.smooth_numerator) && lfn_is_nonnegative(c.smooth_denominator))) status = LOSSFN_ERROR_PARAMETER;
    return status;
}

LFN_FN void lfn_regions_of(LFN_T_(lfn_regions) *r, const lfn_real *prob, size_t n, size_t classes, size_t positions, lfn_real *grad_prob)
{
    memset(r, 0, sizeof *r);
    r->prob = prob;
    r->n = n;
    r->classes = classes;
    r->positions = positions;
    r->grad = grad_prob;
}

LOSSFN_DEF int LFN_T_(lossfn_soft_dice)(const lfn_real *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                     const lossfn_soft_dice_config *config, const LFN_T_(lossfn_options) *options,
                                     void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_prob)
{
    LFN_T_(lfn_regions) r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.labels = labels;
    status = lfn_dice_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LOSSFN_DEF int LFN_T_(lossfn_soft_dice_dense)(const lfn_real *prob, const lfn_real *target, const uint8_t *mask,
                                           size_t n, size_t classes, size_t positions, int layout,
                                           const lossfn_soft_dice_config *config, const LFN_T_(lossfn_options) *options,
                                           void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_prob)
{
    LFN_T_(lfn_regions) r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.target = target;
    r.mask = mask;
    status = lfn_dice_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LOSSFN_DEF int LFN_T_(lossfn_tversky)(const lfn_real *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                   const lossfn_tversky_config *config, const LFN_T_(lossfn_options) *options,
                                   void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_prob)
{
    LFN_T_(lfn_regions) r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.labels = labels;
    status = lfn_tversky_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LOSSFN_DEF int LFN_T_(lossfn_tversky_dense)(const lfn_real *prob, const lfn_real *target, const uint8_t *mask,
                                         size_t n, size_t classes, size_t positions, int layout,
                                         const lossfn_tversky_config *config, const LFN_T_(lossfn_options) *options,
                                         void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_prob)
{
    LFN_T_(lfn_regions) r;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.target = target;
    r.mask = mask;
    status = lfn_tversky_begin(&r, layout, config, options, loss);
    return status ? status : lfn_regions_run(&r, scratch, scratch_size);
}

LFN_FN size_t lfn_regions_room(size_t n, size_t classes)
{
    return lfn_piece(lfn_mul(lfn_mul(3, classes), n ? n : 1), sizeof(double));
}

LOSSFN_DEF size_t LFN_T_(lossfn_soft_dice_scratch)(size_t n, size_t classes) { return lfn_regions_room(n, classes); }
LOSSFN_DEF size_t LFN_T_(lossfn_soft_dice_dense_scratch)(size_t n, size_t classes) { return lfn_regions_room(n, classes); }
LOSSFN_DEF size_t LFN_T_(lossfn_tversky_scratch)(size_t n, size_t classes) { return lfn_regions_room(n, classes); }
LOSSFN_DEF size_t LFN_T_(lossfn_tversky_dense_scratch)(size_t n, size_t classes) { return lfn_regions_room(n, classes); }

/* Where an item's counted positions are, their errors in one class, and the
   errors' order. */
typedef struct {
    double *truth;              /* per class: how many positions have it */
    lfn_real *error;
    uint32_t *place, *order;
    void *sort;
} lfn_lovasz_arrays;

/* Longest list of positions an item can have. */
LFN_FN size_t lfn_lovasz_longest(size_t n, size_t positions, int batch) { return batch ? lfn_mul(n, positions) : positions; }

LFN_FN lfn_lovasz_arrays lfn_lovasz_cut(size_t longest, size_t classes, void *scratch)
{
    lfn_lovasz_arrays a;
    a.truth = (double *)lfn_cut(&scratch, classes, sizeof(double));
    a.error = (lfn_real *)lfn_cut(&scratch, longest, sizeof(lfn_real));
    a.place = (uint32_t *)lfn_cut(&scratch, longest, sizeof(uint32_t));
    a.order = (uint32_t *)lfn_cut(&scratch, longest, sizeof(uint32_t));
    a.sort = scratch;
    return a;
}

/* Lists the counted positions of group i, counted from its first image's first,
   and the classes they have. */
LFN_FN size_t lfn_lovasz_list(const LFN_T_(lfn_regions) *r, size_t i, const lfn_lovasz_arrays *a)
{
    const size_t length = lfn_lovasz_longest(r->n, r->positions, r->batch);
    const size_t start = r->batch ? 0 : i * r->positions;
    size_t k, m = 0;
    for (k = 0; k < r->classes; k++) a->truth[k] = 0;
    for (k = 0; k < length; k++) {
        if (!LFN_T_(lfn_region_counts)(r, start + k)) continue;
        a->truth[r->labels[start + k]] += 1;
        a->place[m++] = (uint32_t)k;
    }
    return m;
}

/* Where prob of class c lies for a place counted from group i's first. */
LFN_FN size_t lfn_lovasz_at(const LFN_T_(lfn_regions) *r, size_t i, size_t c, uint32_t place)
{
    const size_t image = r->batch ? place / r->positions : i, s = r->batch ? place % r->positions : place;
    return image * r->classes * r->positions + c * r->class_stride + s * r->position_stride;
}

/* Class c of group i: its loss, and scale x the gradient. With truth true
   positions, inter and joined are what is left of the intersection and what the
   union has grown to: a true position takes 1 / joined, a false one
   inter / joined (joined + 1), 1 where there was nothing to join. */
LFN_FN double lfn_lovasz_class(const LFN_T_(lfn_regions) *r, size_t i, size_t c, size_t m, const lfn_lovasz_arrays *a, double scale)
{
    const size_t start = r->batch ? 0 : i * r->positions;
    double inter = a->truth[c], joined = a->truth[c], loss = 0, step;
    size_t k;
    for (k = 0; k < m; k++) {
        const int is = (size_t)r->labels[start + a->place[k]] == c;
        const lfn_real e = (is ? 1 : 0) - r->prob[lfn_lovasz_at(r, i, c, a->place[k])];
        a->error[k] = e < 0 ? -e : e;
    }
    lfn_argsort(a->error, m, 1, a->order, a->sort);
    for (k = 0; k < m; k++) {
        const uint32_t o = a->order[k], place = a->place[o];
        const int is = (size_t)r->labels[start + place] == c;
        if (is) {
            step = 1 / joined;
            inter -= 1;
        } else {
            step = joined == 0 ? 1 : inter / (joined * (joined + 1));
            joined += 1;
        }
        loss += (double)a->error[o] * step;
        if (r->grad && scale != 0) {
            const size_t at = lfn_lovasz_at(r, i, c, place);
            const lfn_real e = (is ? 1 : 0) - r->prob[at];
            r->grad[at] += (lfn_real)(e > 0 ? -scale * step : e < 0 ? scale * step : e == 0 ? 0 : scale * (double)e);
        }
    }
    return loss;
}

/* Group i whole. */
LFN_FN void lfn_lovasz_group(LFN_T_(lfn_regions) *r, size_t i, const lfn_lovasz_arrays *a)
{
    const size_t m = lfn_lovasz_list(r, i, a);
    const size_t part = lfn_region_part(r, a->truth, i);
    const double scale = part ? LFN_T_(lfn_item_scale)(&r->items, i) / (double)part : 0;
    double total = 0;
    size_t c;
    for (c = r->first; part && c < r->classes; c++)
        if (r->all || a->truth[c] != 0) total += lfn_lovasz_class(r, i, c, m, a, scale);
    LFN_T_(lfn_item_loss)(&r->items, i, part ? total / (double)part : 0);
}

LOSSFN_DEF size_t LFN_T_(lossfn_lovasz_softmax_scratch)(size_t n, size_t classes, size_t positions, int batch)
{
    const size_t longest = lfn_lovasz_longest(n, positions, batch);
    size_t room = lfn_add(lfn_piece(classes, sizeof(double)), lfn_piece(longest, sizeof(lfn_real)));
    room = lfn_add(room, lfn_mul(2, lfn_piece(longest, sizeof(uint32_t))));
    return lfn_add(room, lfn_argsort_room(longest));
}

LOSSFN_DEF int LFN_T_(lossfn_lovasz_softmax)(const lfn_real *prob, const int32_t *labels, size_t n, size_t classes, size_t positions, int layout,
                                          const lossfn_lovasz_softmax_config *config, const LFN_T_(lossfn_options) *options,
                                          void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_prob)
{
    const lossfn_lovasz_softmax_config c = config ? *config : lossfn_lovasz_softmax_defaults();
    lfn_lovasz_arrays arrays;
    LFN_T_(lfn_regions) r;
    double count = 0;
    size_t i, longest;
    int status;
    lfn_regions_of(&r, prob, n, classes, positions, grad_prob);
    r.labels = labels;
    r.ignore = c.ignore_index;
    r.batch = c.batch != 0;
    status = lfn_regions_begin(&r, layout, c.absent, c.first_class, options, loss);
    if (status) return status;
    longest = lfn_lovasz_longest(n, positions, r.batch);
    if (longest > UINT32_MAX) return LOSSFN_ERROR_SIZE;
    if (grad_prob && grad_prob == prob && n && positions) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < LFN_T_(lossfn_lovasz_softmax_scratch)(n, classes, positions, r.batch)) return LOSSFN_ERROR_SCRATCH;
    arrays = lfn_lovasz_cut(longest, classes, scratch);
    for (i = 0; i < lfn_regions_groups(&r); i++) {
        lfn_lovasz_list(&r, i, &arrays);
        if (lfn_region_part(&r, arrays.truth, i)) count += LFN_T_(lfn_item_weight)(&r.items, i);
    }
    lfn_items_scale(&r.items, count);
    if (grad_prob && !r.items.accumulate) LFN_CALL(lfn_fill, (grad_prob, 0, n * classes * positions));
    for (i = 0; i < lfn_regions_groups(&r); i++) lfn_lovasz_group(&r, i, &arrays);
    return lfn_items_end(&r.items);
}

#endif

/* ---- lossfn/sequence ---- */
#if LFN_HAS_SEQUENCE

LOSSFN_DEF size_t LFN_T_(lossfn_ctc_scratch)(size_t steps, size_t longest_target)
{
    const size_t states = lfn_add(lfn_mul(2, longest_target), 1);
    size_t room = lfn_piece(lfn_mul(steps, states), sizeof(double));
    room = lfn_add(room, lfn_mul(2, lfn_piece(steps, sizeof(double))));
    return lfn_add(room, lfn_mul(3, lfn_piece(states, sizeof(double))));
}

LFN_FN void lfn_ctc_cut(LFN_T_(lfn_ctc) *a, size_t longest, void *scratch)
{
    const size_t states = 2 * longest + 1;
    a->alpha = (double *)lfn_cut(&scratch, a->steps * states, sizeof(double));
    a->max = (double *)lfn_cut(&scratch, a->steps, sizeof(double));
    a->log_sum = (double *)lfn_cut(&scratch, a->steps, sizeof(double));
    a->beta = (double *)lfn_cut(&scratch, states, sizeof(double));
    a->next = (double *)lfn_cut(&scratch, states, sizeof(double));
    a->emission = (double *)lfn_cut(&scratch, states, sizeof(double));
}

/* Lengths in range and adding up; the longest target. */
LFN_FN int lfn_ctc_lengths(const int32_t *input_lengths, const int32_t *target_lengths, size_t steps, size_t n, size_t target_count, size_t *longest)
{
    size_t i, sum = 0;
    *longest = 0;
    for (i = 0; i < n; i++) {
        const size_t length = (size_t)target_lengths[i];
        if (input_lengths[i] < 0 || (size_t)input_lengths[i] > steps) return LOSSFN_ERROR_SIZE;
        if (target_lengths[i] < 0 || length > target_count - sum) return LOSSFN_ERROR_SIZE;
        sum += length;
        if (length > *longest) *longest = length;
    }
    return sum == target_count ? LOSSFN_OK : LOSSFN_ERROR_SIZE;
}

LOSSFN_DEF int LFN_T_(lossfn_ctc)(const lfn_real *logits, const int32_t *targets, const int32_t *input_lengths, const int32_t *target_lengths,
                               size_t steps, size_t n, size_t classes, size_t target_count,
                               const lossfn_ctc_config *config, const LFN_T_(lossfn_options) *options,
                               void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_logits)
{
    LFN_T_(lfn_ctc) a;
    lfn_ctc_target y;
    size_t i, k, longest;
    int status;
    memset(&a, 0, sizeof a);
    a.config = config ? *config : lossfn_ctc_defaults();
    if ((n && (!input_lengths || !target_lengths || (steps && classes && !logits))) || (target_count && !targets)) return LOSSFN_ERROR_NULL;
    if (!classes || classes > INT32_MAX || lfn_too_big(lfn_mul(lfn_mul(steps, n), classes), sizeof(lfn_real))
        || lfn_too_big(n, sizeof(lfn_real)) || lfn_too_big(target_count, sizeof(int32_t))) return LOSSFN_ERROR_SIZE;
    status = lfn_ctc_lengths(input_lengths, target_lengths, steps, n, target_count, &longest);
    if (status) return status;
    if (a.config.blank < 0 || (size_t)a.config.blank >= classes) return LOSSFN_ERROR_PARAMETER;
    status = lfn_items_begin(&a.items, options, loss);
    if (status) return status;
    for (k = 0; k < target_count; k++)
        if (targets[k] < 0 || (size_t)targets[k] >= classes || targets[k] == a.config.blank) return LOSSFN_ERROR_LABEL;
    if (a.items.accumulate && grad_logits && grad_logits == logits && n && steps) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < LFN_T_(lossfn_ctc_scratch)(steps, longest)) return LOSSFN_ERROR_SCRATCH;
    a.logits = logits;
    a.grad = grad_logits;
    a.steps = steps;
    a.n = n;
    a.classes = classes;
    a.step_stride = a.config.batch_first ? classes : n * classes;
    a.item_stride = a.config.batch_first ? steps * classes : classes;
    lfn_ctc_cut(&a, longest, scratch);
    lfn_items_scale(&a.items, lfn_items_count(&a.items, n));
    y.labels = targets;
    y.blank = a.config.blank;
    for (i = 0; i < n; i++) {
        y.length = (size_t)target_lengths[i];
        y.states = 2 * y.length + 1;
        LFN_CALL(lfn_ctc_item, (&a, i, &y, (size_t)input_lengths[i]));
        if (y.length) y.labels += y.length;
    }
    return lfn_items_end(&a.items);
}

#endif

/* ---- lossfn/image ---- */
#if LFN_HAS_IMAGE

/* The kernel in double of the instruction set in use, from functions of both types. */
#undef LFN_CALL_F64
#if LFN_X86_512
#define LFN_CALL_F64(fn, args) (lfn_isa() == LFN_ISA_AVX512 ? fn##_avx512_f64 args : lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_X86
#define LFN_CALL_F64(fn, args) (lfn_isa() == LFN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif LFN_NEON
#define LFN_CALL_F64(fn, args) (lfn_isa() == LFN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define LFN_CALL_F64(fn, args) (fn##_f64 args)
#endif

LOSSFN_DEF size_t LFN_T_(lossfn_ssim_scratch)(size_t height, size_t width, int window)
{
    const size_t plane = lfn_piece(lfn_mul(height, width), sizeof(double));
    return lfn_add(lfn_mul(10, plane), lfn_piece(window > 0 ? (size_t)window : 0, sizeof(double)));
}

/* Cuts the buffers and makes the window: exp(-(t - centre)^2 / (2 sigma^2)), normalised. */
LFN_FN void lfn_ssim_begin(lfn_ssim_plane *p, double sigma, void *scratch)
{
    const size_t pixels = p->height * p->width;
    const double centre = ((double)p->window - 1) / 2;
    double sum = 0;
    size_t t;
    p->places = (p->height - p->window + 1) * (p->width - p->window + 1);
    p->taps = (double *)lfn_cut(&scratch, p->window, sizeof(double));
    p->x = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->y = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->mu_x = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->mu_y = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->xx = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->xy = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->yy = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->whole = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->half = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    p->grad = (double *)lfn_cut(&scratch, pixels, sizeof(double));
    for (t = 0; t < p->window; t++) {
        const double z = sigma > 0 ? ((double)t - centre) / sigma : 0;
        p->taps[t] = exp(-0.5 * z * z);
        sum += p->taps[t];
    }
    for (t = 0; t < p->window; t++) p->taps[t] /= sum;
}

/* to = from less its mean, which is returned. */
LFN_FN double lfn_ssim_centre(const lfn_real *from, double *to, size_t n)
{
    const double mean = LFN_CALL(lfn_sum, (from, n)) / (double)n;
    size_t k;
    for (k = 0; k < n; k++) to[k] = (double)from[k] - mean;
    return mean;
}

LFN_FN void lfn_ssim_put(lfn_real *grad, const double *from, size_t n, double scale, int accumulate)
{
    size_t k;
    for (k = 0; k < n; k++) {
        const double g = scale == 0 ? 0 : scale * from[k];
        grad[k] = (lfn_real)(accumulate ? (double)grad[k] + g : g);
    }
}

/* All channels of one image, at offset in all arrays. */
LFN_FN double lfn_ssim_image(lfn_ssim_plane *p, const lfn_real *pred, const lfn_real *target, size_t channels, double scale, int accumulate,
                             lfn_real *grad_pred, lfn_real *grad_target)
{
    const size_t pixels = p->height * p->width;
    double total = 0;
    size_t c;
    for (c = 0; c < channels; c++) {
        p->mean_x = lfn_ssim_centre(pred + c * pixels, p->x, pixels);
        p->mean_y = lfn_ssim_centre(target + c * pixels, p->y, pixels);
        total += LFN_CALL_F64(lfn_ssim_forward, (p, grad_pred || grad_target));
        if (grad_pred) {
            if (scale != 0) LFN_CALL_F64(lfn_ssim_backward, (p, 0));
            lfn_ssim_put(grad_pred + c * pixels, p->grad, pixels, scale, accumulate);
        }
        if (grad_target) {
            if (scale != 0) LFN_CALL_F64(lfn_ssim_backward, (p, 1));
            lfn_ssim_put(grad_target + c * pixels, p->grad, pixels, scale, accumulate);
        }
    }
    return total;
}

/* Whether the numbers are in range; the constants. */
LFN_FN int lfn_ssim_constants(lfn_ssim_plane *p, double data_range, const lossfn_ssim_config *c)
{
    if (c->window < 1 || !lfn_is_nonnegative(c->sigma) || !lfn_is_positive(c->k1) || !lfn_is_positive(c->k2) || !lfn_is_positive(data_range))
        return 0;
    p->window = (size_t)c->window;
    p->c1 = (c->k1 * data_range) * (c->k1 * data_range);
    p->c2 = (c->k2 * data_range) * (c->k2 * data_range);
    return p->c1 > 0 && p->c2 > 0 && lfn_finite(p->c1) && lfn_finite(p->c2);
}

LOSSFN_DEF int LFN_T_(lossfn_ssim)(const lfn_real *pred, const lfn_real *target, size_t n, size_t channels, size_t height, size_t width,
                                double data_range, const lossfn_ssim_config *config, const LFN_T_(lossfn_options) *options,
                                void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_pred, lfn_real *grad_target)
{
    const lossfn_ssim_config c = config ? *config : lossfn_ssim_defaults();
    const size_t pixels = lfn_mul(height, width), image = lfn_mul(pixels, channels);
    LFN_T_(lfn_items) items;
    lfn_ssim_plane p;
    size_t i;
    int status;
    memset(&p, 0, sizeof p);
    if (n && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (!channels || lfn_too_big(lfn_mul(image, n), sizeof(lfn_real)) || lfn_too_big(pixels, sizeof(double)) || lfn_too_big(n, sizeof(lfn_real)))
        return LOSSFN_ERROR_SIZE;
    if (!lfn_ssim_constants(&p, data_range, &c)) return LOSSFN_ERROR_PARAMETER;
    if (height < p.window || width < p.window) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&items, options, loss);
    if (status) return status;
    if (n && grad_pred && (grad_pred == target || grad_pred == grad_target || (items.accumulate && grad_pred == pred)))
        return LOSSFN_ERROR_OVERLAP;
    if (n && grad_target && (grad_target == pred || (items.accumulate && grad_target == target))) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < LFN_T_(lossfn_ssim_scratch)(height, width, c.window)) return LOSSFN_ERROR_SCRATCH;
    p.height = height;
    p.width = width;
    lfn_ssim_begin(&p, c.sigma, scratch);
    lfn_items_scale(&items, lfn_items_count(&items, n));
    for (i = 0; i < n; i++) {
        const double share = 1 / ((double)channels * (double)p.places);
        const double total = lfn_ssim_image(&p, pred + i * image, target + i * image, channels, share * LFN_T_(lfn_item_scale)(&items, i),
                                            items.accumulate, grad_pred ? grad_pred + i * image : NULL, grad_target ? grad_target + i * image : NULL);
        LFN_T_(lfn_item_loss)(&items, i, share * total);
    }
    return lfn_items_end(&items);
}

#endif

/* ---- lossfn/audio ---- */
#if LFN_HAS_AUDIO

LFN_FN int lfn_stft_config_ok(const lossfn_multi_resolution_stft_config *c)
{
    int k;
    if (c->resolutions < 1 || c->resolutions > LOSSFN_STFT_RESOLUTIONS) return 0;
    for (k = 0; k < c->resolutions; k++)
        if (c->fft_size[k] < 2 || c->fft_size[k] > 1 << 24 || c->hop[k] < 1 || c->window[k] < 1 || c->window[k] > c->fft_size[k]) return 0;
    return lfn_is_nonnegative(c->convergence) && lfn_is_nonnegative(c->log_magnitude) && lfn_is_nonnegative(c->magnitude) && lfn_is_positive(c->eps);
}

LFN_FN size_t lfn_stft_longest(const lossfn_multi_resolution_stft_config *c)
{
    int k, longest = 0;
    for (k = 0; k < c->resolutions; k++) longest = c->fft_size[k] > longest ? c->fft_size[k] : longest;
    return (size_t)longest;
}

/* Room of the transform of the resolution that needs most. */
LFN_FN size_t lfn_stft_room(const lossfn_multi_resolution_stft_config *c)
{
    size_t most = 0;
    int k;
    for (k = 0; k < c->resolutions; k++) {
        const size_t room = lfn_rfft_room((size_t)c->fft_size[k]);
        most = room > most ? room : most;
    }
    return most;
}

LOSSFN_DEF size_t LFN_T_(lossfn_multi_resolution_stft_scratch)(size_t samples, const lossfn_multi_resolution_stft_config *config)
{
    const lossfn_multi_resolution_stft_config c = config ? *config : lossfn_multi_resolution_stft_defaults();
    size_t room, longest;
    int k;
    if (!lfn_stft_config_ok(&c)) return SIZE_MAX;
    longest = lfn_stft_longest(&c);
    room = lfn_add(lfn_mul(2, lfn_piece(samples, sizeof(double))), lfn_piece(longest, sizeof(lfn_real)));
    room = lfn_add(room, lfn_mul(4, lfn_piece(longest / 2 + 1, sizeof(lfn_real))));
    for (k = 0; k < c.resolutions; k++)
        room = lfn_add(room, lfn_add(lfn_piece(lfn_rfft_plan_room((size_t)c.fft_size[k]), 1), lfn_piece((size_t)c.window[k], sizeof(lfn_real))));
    return lfn_add(room, lfn_stft_room(&c));
}

/* The plan and the window of one resolution. */
LFN_FN void lfn_stft_begin(LFN_T_(lfn_stft) *s, size_t fft_size, size_t hop, size_t window, size_t samples, void **scratch)
{
    size_t t;
    s->fft_size = fft_size;
    s->hop = hop;
    s->window = window;
    s->bins = fft_size / 2 + 1;
    s->frames = 1 + (samples + 2 * (fft_size / 2) - fft_size) / hop;
    s->plan = lfn_cut(scratch, lfn_rfft_plan_room(fft_size), 1);
    s->taps = (lfn_real *)lfn_cut(scratch, window, sizeof(lfn_real));
    lfn_rfft_plan(fft_size, s->plan);
    for (t = 0; t < window; t++)
        s->taps[t] = (lfn_real)(window == 1 ? 1 : 0.5 - 0.5 * cos(6.28318530717958647693 * (double)t / (double)window));
}

LFN_FN void lfn_spectra_begin(LFN_T_(lfn_spectra) *a, size_t samples, void *scratch)
{
    const size_t longest = lfn_stft_longest(&a->config), bins = longest / 2 + 1;
    int k;
    a->samples = samples;
    a->grad = (double *)lfn_cut(&scratch, samples, sizeof(double));
    a->convergence = (double *)lfn_cut(&scratch, samples, sizeof(double));
    a->frame = (lfn_real *)lfn_cut(&scratch, longest, sizeof(lfn_real));
    a->bins.x_re = (lfn_real *)lfn_cut(&scratch, bins, sizeof(lfn_real));
    a->bins.x_im = (lfn_real *)lfn_cut(&scratch, bins, sizeof(lfn_real));
    a->bins.y_re = (lfn_real *)lfn_cut(&scratch, bins, sizeof(lfn_real));
    a->bins.y_im = (lfn_real *)lfn_cut(&scratch, bins, sizeof(lfn_real));
    for (k = 0; k < a->config.resolutions; k++)
        lfn_stft_begin(&a->stft[k], (size_t)a->config.fft_size[k], (size_t)a->config.hop[k], (size_t)a->config.window[k], samples, &scratch);
    a->room = scratch;
}

/* The sample under tap t of frame f, reflected at the ends. */
LFN_FN size_t lfn_stft_sample(const LFN_T_(lfn_stft) *s, size_t samples, size_t f, size_t t)
{
    const size_t pad = s->fft_size / 2, at = f * s->hop + (s->fft_size - s->window) / 2 + t;
    if (at < pad) return pad - at;
    return at - pad < samples ? at - pad : 2 * (samples - 1) - (at - pad);
}

/* The spectrum of frame f. */
LFN_FN void lfn_stft_forward(const LFN_T_(lfn_spectra) *a, const LFN_T_(lfn_stft) *s, const lfn_real *signal, size_t f, lfn_real *re, lfn_real *im)
{
    lfn_real *frame = a->frame, *inside = a->frame + (s->fft_size - s->window) / 2;
    size_t t;
    memset(frame, 0, s->fft_size * sizeof *frame);
    for (t = 0; t < s->window; t++) inside[t] = s->taps[t] * signal[lfn_stft_sample(s, a->samples, f, t)];
    lfn_rfft(s->plan, s->fft_size, frame, re, im, a->room);
}

/* Its transpose: adds to grad. */
LFN_FN void lfn_stft_adjoint(const LFN_T_(lfn_spectra) *a, const LFN_T_(lfn_stft) *s, size_t f, const lfn_real *re, const lfn_real *im, double *grad)
{
    const lfn_real *inside = a->frame + (s->fft_size - s->window) / 2;
    size_t t;
    lfn_rfft_adjoint(s->plan, s->fft_size, re, im, a->frame, a->room);
    for (t = 0; t < s->window; t++) grad[lfn_stft_sample(s, a->samples, f, t)] += (double)s->taps[t] * (double)inside[t];
}

/* One resolution of one pair of signals: its loss; the gradient is added to a->grad. */
LFN_FN double lfn_stft_loss(LFN_T_(lfn_spectra) *a, const LFN_T_(lfn_stft) *s, const lfn_real *pred, const lfn_real *target)
{
    LFN_T_(lfn_stft_bins) *b = &a->bins;
    const double share = 1 / ((double)s->bins * (double)s->frames * a->config.resolutions);
    const double weight = a->config.convergence / a->config.resolutions;
    double difference, norm, slope;
    size_t f, k;
    b->bins = s->bins;
    b->eps = (lfn_real)a->config.eps;
    b->log_share = (lfn_real)(a->config.log_magnitude * share);
    b->share = (lfn_real)(a->config.magnitude * share);
    b->difference = b->target = b->log_total = b->total = 0;
    for (k = 0; b->slopes && k < a->samples; k++) a->convergence[k] = 0;
    for (f = 0; f < s->frames; f++) {
        lfn_stft_forward(a, s, pred, f, b->x_re, b->x_im);
        lfn_stft_forward(a, s, target, f, b->y_re, b->y_im);
        LFN_CALL(lfn_stft_frame, (b));
        if (b->slopes && weight != 0) lfn_stft_adjoint(a, s, f, b->x_re, b->x_im, a->convergence);
        if (b->slopes) lfn_stft_adjoint(a, s, f, b->y_re, b->y_im, a->grad);
    }
    difference = sqrt(b->difference);
    norm = sqrt(b->target);
    slope = difference == 0 ? 0 : weight / (difference * norm);
    for (k = 0; b->slopes && weight != 0 && k < a->samples; k++) a->grad[k] += slope * a->convergence[k];
    return weight * (difference / norm) + (a->config.log_magnitude * b->log_total + a->config.magnitude * b->total) * share;
}

/* One item, all resolutions. */
LFN_FN void lfn_spectra_item(LFN_T_(lfn_spectra) *a, LFN_T_(lfn_items) *items, size_t i, const lfn_real *pred, const lfn_real *target, lfn_real *grad)
{
    const double scale = LFN_T_(lfn_item_scale)(items, i);
    double total = 0;
    size_t k;
    int r;
    a->bins.slopes = grad && scale != 0;
    for (k = 0; a->bins.slopes && k < a->samples; k++) a->grad[k] = 0;
    for (r = 0; r < a->config.resolutions; r++) total += lfn_stft_loss(a, &a->stft[r], pred, target);
    LFN_T_(lfn_item_loss)(items, i, total);
    for (k = 0; grad && k < a->samples; k++) {
        const double g = scale == 0 ? 0 : scale * a->grad[k];
        grad[k] = (lfn_real)(items->accumulate ? (double)grad[k] + g : g);
    }
}

LOSSFN_DEF int LFN_T_(lossfn_multi_resolution_stft)(const lfn_real *pred, const lfn_real *target, size_t n, size_t samples,
                                                 const lossfn_multi_resolution_stft_config *config, const LFN_T_(lossfn_options) *options,
                                                 void *scratch, size_t scratch_size, lfn_real *loss, lfn_real *grad_pred)
{
    LFN_T_(lfn_spectra) a;
    LFN_T_(lfn_items) items;
    size_t i;
    int status;
    memset(&a, 0, sizeof a);
    a.config = config ? *config : lossfn_multi_resolution_stft_defaults();
    if (n && samples && (!pred || !target)) return LOSSFN_ERROR_NULL;
    if (lfn_too_big(lfn_mul(n, samples), sizeof(lfn_real)) || lfn_too_big(samples, 4 * sizeof(double)) || lfn_too_big(n, sizeof(lfn_real)))
        return LOSSFN_ERROR_SIZE;
    if (!lfn_stft_config_ok(&a.config)) return LOSSFN_ERROR_PARAMETER;
    if (samples <= lfn_stft_longest(&a.config) / 2) return LOSSFN_ERROR_SIZE;
    status = lfn_items_begin(&items, options, loss);
    if (status) return status;
    if (n && grad_pred && (grad_pred == target || (items.accumulate && grad_pred == pred))) return LOSSFN_ERROR_OVERLAP;
    if (!scratch || scratch_size < LFN_T_(lossfn_multi_resolution_stft_scratch)(samples, &a.config)) return LOSSFN_ERROR_SCRATCH;
    lfn_spectra_begin(&a, samples, scratch);
    lfn_items_scale(&items, lfn_items_count(&items, n));
    for (i = 0; i < n; i++)
        lfn_spectra_item(&a, &items, i, pred + i * samples, target + i * samples, grad_pred ? grad_pred + i * samples : NULL);
    return lfn_items_end(&items);
}

#endif

/* ---- lossfn/regularisers ---- */
#if LFN_HAS_REGULARISERS

LOSSFN_DEF int LFN_T_(lossfn_elastic_net)(const lfn_real *x, size_t n, double l1, double l2, const LFN_T_(lossfn_options) *options,
                                       lfn_real *loss, lfn_real *grad_x, lfn_real *hess_x)
{
    LFN_T_(lfn_elementwise) call;
    int status = lfn_elementwise_begin(&call, x, x, n, options, loss, grad_x, hess_x);
    if (status) return status;
    if (!lfn_is_nonnegative(l1) || !lfn_is_nonnegative(l2)) return LOSSFN_ERROR_PARAMETER;
    call.param[0] = (lfn_real)l1;
    call.param[1] = (lfn_real)l2;
    return lfn_elementwise_end(&call, LFN_CALL(lfn_elastic_net_kernel, (&call)));
}

#endif
#endif

#undef LFN_INTRINSIC
#undef LFN_LIBM
#undef LFN_LANES
#undef LFN_FN
#undef LFN_INLINE
#undef LFN_K
#undef LFN_X
#undef LFN_CALL
#undef LFN_VNEON_
#undef LFN_V512_
#undef LFN_V256_
#undef LFN_T_
#undef lfn_word
#undef lfn_real
#endif
