/* metrics.h - evaluation metrics for machine learning, in one C file
   Public domain or MIT, see the end of this comment. No warranty.

   Accuracy and F-scores, ROC and precision-recall curves, calibration, regression
   and correlation measures, ranking, segmentation, surfaces, detection, image and
   text quality, clustering, confidence intervals: from arrays in memory to a double,
   the way the literature and the well-known libraries define it, and said where
   those differ. Plain C99 (and C++11), no dependency but libc and libm, no
   allocation, no thread, no global state.


   USE

   In exactly one source file:

      #define METRICS_IMPLEMENTATION
      #include "metrics.h"

   and everywhere else just #include "metrics.h". Link with -lm where the system
   wants it. On x86-64 and AArch64 with GCC or Clang the implementation carries
   vector code and picks what the processor has at run time: no compiler flag is
   needed. lossfn.h and optim.h are its sisters and can be in the same program.


   QUICK EXAMPLE

      #define METRICS_IMPLEMENTATION
      #include "metrics.h"
      #include <stdio.h>
      #include <stdlib.h>

      int main(void)
      {
          const float   scores[6] = { 0.1f, 0.4f, 0.35f, 0.8f, 0.7f, 0.4f };
          const uint8_t labels[6] = { 0, 0, 1, 1, 1, 0 };
          double matrix[4], f1, auc;

          metrics_confusion_init(2, matrix);                     // counts go on over batches
          metrics_confusion_update_binary_f32(scores, labels, NULL, 6, 0.5, METRICS_ABOVE, matrix);
          metrics_f_beta(matrix, 2, 1.0, METRICS_AVERAGE_BINARY, METRICS_ZERO_DIVISION_0, &f1);

          size_t size = metrics_roc_auc_scratch(6);              // what needs all samples needs room
          void *scratch = malloc(size);
          int status = metrics_roc_auc_f32(scores, labels, NULL, 6, scratch, size, &auc);
          if (status != METRICS_OK) printf("%s\n", metrics_strerror(status));
          printf("F1 %g, area under the ROC curve %g\n", f1, auc);
          free(scratch);
      }


   CONVENTIONS

   - Functions of data end in _f32 or _f64: float or double arrays. Those of counts
     and accumulators have no ending. Results are double in both, sums are in double.
   - Arguments come in the order inputs, sizes, parameters, options, scratch, outputs.
     Arrays are contiguous and row-major; class labels int32_t, binary labels and masks
     uint8_t. Any output may be NULL.
   - What can be accumulated has metrics_NAME_init, _update, _merge and _result, and an
     accumulator that is plain data without pointers in the caller's memory: to be
     copied, stored, sent. Parts taken on threads or machines merge to the whole in any
     order: exactly where the accumulator holds counts (confusion matrices, bins, edits,
     n-grams: these merge by addition, exact up to 2^53; overlaps), but for rounding
     where it holds sums of real numbers (means, retrieval scores, weights that are not
     whole) or moments (metrics_regression, merged by its own formula and not by addition).
   - The order of the samples changes a result by rounding only. Equal scores enter
     curves, areas, calibration errors and, by default, DCG together. Where a rank is
     asked for they need an order: average precision of a query, reciprocal rank,
     precision, recall and hits at k take the order of the array, as does non-maximum
     suppression; top-k accuracy takes that of its METRICS_TIES_* option.
   - What is undefined (no samples, no positives, 0 / 0) is NaN, or what an option or
     the function's comment says.
   - Every function that can fail returns a status, METRICS_OK = 0 or one of
     METRICS_ERROR_*; metrics_strerror tells it in words. Checks come first: on an error
     no output is touched. No data is fine (n = 0), and then its pointers may be NULL.
   - NaN and infinity in data are no errors; each function says where a NaN goes.
   - scratch is memory of the caller's, of the bytes that the function's companion
     metrics_NAME_scratch tells, aligned in any way; it holds nothing afterwards.
   - Functions may be called from any number of threads on different outputs.

   CONFIGURATION, by macros defined before including this file

       METRICS_IMPLEMENTATION   the implementation, in one source file
       METRICS_STATIC           every function is static, for a private copy (with the
                             implementation in each file that uses it)
       METRICS_DEF              put before every function instead of extern: an export
                             or calling-convention attribute
       METRICS_INLINE           put before inline functions instead of static inline;
                             "static __host__ __device__ inline" makes them CUDA
       METRICS_NO_SIMD          plain C only
       METRICS_AVX512           compiles AVX-512 code in too (x86-64, GCC or Clang)
       METRICS_HEADER_FILENAME  this file's name as it includes itself, when renamed:
                             "my_this.h"
       METRICS_ONLY_<FAMILY>    only the families named so (any number of them) and
                             what they need; define them wherever the header is
                             included

   x86-64 (AVX2 with FMA) and AArch64 (NEON) code is compiled in where GCC or
   Clang can, whatever the -m flags, and chosen when running; metrics_isa tells which.
   Any other C99 compiler gets plain C. lossfn.h, optim.h and metrics.h go together
   in any order; all three must be of the same release.

   CONTENTS: families and their functions

   Instruction sets: which one runs, and choosing one for a test
      metrics_isa metrics_isa_name metrics_isa_force
   Status: what functions return
      metrics_strerror
   Common: averages over classes, undefined ratios, running means
      metrics_mean_init metrics_mean_update metrics_mean_merge
      metrics_mean_result
   CONFUSION - Confusion: counts of true against predicted classes, and all that follows from them
      metrics_confusion_init metrics_confusion_merge
      metrics_confusion_update metrics_confusion_update_scores
      metrics_confusion_update_binary metrics_multilabel_init
      metrics_multilabel_merge metrics_multilabel_update
      metrics_multilabel_update_labels metrics_multilabel_samples
      metrics_confusion_one_vs_rest metrics_confusion_normalize
      metrics_accuracy metrics_balanced_accuracy metrics_matthews
      metrics_cohen_kappa
   CONFUSION - Rates: precision, recall, F-scores and the like of a confusion matrix
      metrics_precision metrics_multilabel_precision metrics_recall
      metrics_multilabel_recall metrics_specificity
      metrics_multilabel_specificity metrics_negative_predictive_value
      metrics_multilabel_negative_predictive_value
      metrics_false_positive_rate
      metrics_multilabel_false_positive_rate
      metrics_false_negative_rate
      metrics_multilabel_false_negative_rate metrics_f_beta
      metrics_multilabel_f_beta metrics_jaccard
      metrics_multilabel_jaccard
   PROBABILITY - Probability: log loss, Brier score, top-k accuracy
      metrics_log_loss_binary metrics_log_loss_binary_update
      metrics_log_loss_binary_logits
      metrics_log_loss_binary_logits_update metrics_log_loss
      metrics_log_loss_update metrics_log_loss_logits
      metrics_log_loss_logits_update metrics_brier_binary
      metrics_brier_binary_update metrics_brier metrics_brier_update
      metrics_top_k_accuracy metrics_top_k_accuracy_update
   PROBABILITY - Calibration: expected, maximum, equal-mass and Kolmogorov-Smirnov calibration errors, reliability diagrams
      metrics_calibration_init metrics_calibration_merge
      metrics_calibration_update metrics_calibration_update_scores
      metrics_calibration_error metrics_calibration_curve
      metrics_calibration_error_equal_mass metrics_ks_calibration_error
   CURVES - Curves: ROC and precision-recall curves, their areas, exact and binned
      metrics_roc_auc metrics_roc_auc_partial metrics_roc_curve
      metrics_pr_curve metrics_average_precision
      metrics_operating_points_of metrics_roc_auc_multiclass
      metrics_roc_auc_multilabel metrics_average_precision_multilabel
   CURVES - Binned curves: areas in fixed memory with a bound of their error
      metrics_binned_init metrics_binned_merge metrics_binned_update
      metrics_binned_roc_auc metrics_binned_average_precision
   REGRESSION - Regression: errors, R2, explained variance, Pearson and concordance correlation from running moments
      metrics_regression_init metrics_regression_update
      metrics_regression_merge metrics_regression_result
      metrics_regression metrics_pearson
   CORRELATION - Correlation: Spearman's rho and Kendall's tau, with ties, in O(n log n)
      metrics_spearman metrics_kendall
   RANKING - Ranking: nDCG, average precision, reciprocal rank, precision, recall and hits per query and over queries
      metrics_ranking metrics_retrieval_init metrics_retrieval_update
      metrics_retrieval_update_ids metrics_retrieval_merge
      metrics_retrieval_result
   SEGMENTATION - Segmentation: IoU and Dice of label maps and masks
      metrics_overlap_init metrics_overlap_update
      metrics_overlap_update_mask metrics_overlap_merge
      metrics_overlap_result metrics_label_overlap metrics_mask_overlap
   SURFACE - Surface distances: Hausdorff, its percentile, average distance, surface Dice
      metrics_surface_distances
   DETECTION - Detection: box IoU, non-maximum suppression
      metrics_box_iou metrics_nms metrics_soft_nms
   DETECTION - COCO: average precision and recall of detections
      metrics_coco
   IMAGE - Image quality: PSNR, SSIM, MS-SSIM
      metrics_psnr metrics_ssim metrics_ms_ssim
   TEXT - Text: UTF-8, edit distance, word and character error rates, longest common subsequence
      metrics_utf8_decode metrics_levenshtein metrics_edits_init
      metrics_edits_update metrics_edits_merge metrics_edits_result
      metrics_lcs
   TEXT - N-grams: BLEU and ROUGE of token sequences
      metrics_bleu_init metrics_bleu_update metrics_bleu_merge
      metrics_bleu_result metrics_rouge_n metrics_rouge_l
   CLUSTERING - Clustering: adjusted Rand, mutual information, homogeneity, completeness, V-measure, silhouette
      metrics_clustering metrics_silhouette
   BOOTSTRAP - Bootstrap: resampling by indices or weights, confidence intervals
      metrics_bootstrap_indices metrics_bootstrap_weights
      metrics_bootstrap_interval

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
#ifndef MTN_PASS
#ifndef METRICS_H
#define METRICS_H
/* ---- configuration ---------------------------------------------------------- */

/* The release of the header: all three of a program must be of the same one. */
#define METRICS_VERSION_MAJOR 0
#define METRICS_VERSION_MINOR 1
#define METRICS_VERSION_PATCH 0
#define METRICS_VERSION 100
#if defined(LOSSFN_VERSION) && LOSSFN_VERSION != METRICS_VERSION
#error "lossfn.h is of another release than metrics.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(OPTIM_VERSION) && OPTIM_VERSION != METRICS_VERSION
#error "optim.h is of another release than metrics.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(METRICS_VERSION) && METRICS_VERSION != METRICS_VERSION
#error "metrics.h is of another release than metrics.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <float.h>

#ifndef METRICS_HEADER_FILENAME
#define METRICS_HEADER_FILENAME "metrics.h"
#endif

#ifndef METRICS_DEF
#ifdef METRICS_STATIC
#define METRICS_DEF MTN_UNUSED static inline
#elif defined(__cplusplus)
#define METRICS_DEF extern "C"
#else
#define METRICS_DEF extern
#endif
#endif

#ifndef METRICS_INLINE
#define METRICS_INLINE static inline
#endif

#if defined(__GNUC__)
#define MTN_UNUSED __attribute__((unused))
#else
#define MTN_UNUSED
#endif

#ifdef __cplusplus
#define MTN_CAST(type, value) static_cast<type>(value)
#else
#define MTN_CAST(type, value) ((type)(value))
#endif

#if defined(METRICS_ONLY_CONFUSION) || defined(METRICS_ONLY_PROBABILITY) || defined(METRICS_ONLY_CURVES) \
    || defined(METRICS_ONLY_REGRESSION) || defined(METRICS_ONLY_CORRELATION) || defined(METRICS_ONLY_RANKING) \
    || defined(METRICS_ONLY_SEGMENTATION) || defined(METRICS_ONLY_SURFACE) || defined(METRICS_ONLY_DETECTION) \
    || defined(METRICS_ONLY_IMAGE) || defined(METRICS_ONLY_TEXT) || defined(METRICS_ONLY_CLUSTERING) \
    || defined(METRICS_ONLY_BOOTSTRAP)
#define MTN_SOME 1
#else
#define MTN_SOME 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CONFUSION)
#define MTN_HAS_CONFUSION 1
#else
#define MTN_HAS_CONFUSION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_PROBABILITY)
#define MTN_HAS_PROBABILITY 1
#else
#define MTN_HAS_PROBABILITY 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CURVES)
#define MTN_HAS_CURVES 1
#else
#define MTN_HAS_CURVES 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_REGRESSION)
#define MTN_HAS_REGRESSION 1
#else
#define MTN_HAS_REGRESSION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CORRELATION)
#define MTN_HAS_CORRELATION 1
#else
#define MTN_HAS_CORRELATION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_RANKING)
#define MTN_HAS_RANKING 1
#else
#define MTN_HAS_RANKING 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_SEGMENTATION)
#define MTN_HAS_SEGMENTATION 1
#else
#define MTN_HAS_SEGMENTATION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_SURFACE)
#define MTN_HAS_SURFACE 1
#else
#define MTN_HAS_SURFACE 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_DETECTION)
#define MTN_HAS_DETECTION 1
#else
#define MTN_HAS_DETECTION 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_IMAGE)
#define MTN_HAS_IMAGE 1
#else
#define MTN_HAS_IMAGE 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_TEXT)
#define MTN_HAS_TEXT 1
#else
#define MTN_HAS_TEXT 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_CLUSTERING)
#define MTN_HAS_CLUSTERING 1
#else
#define MTN_HAS_CLUSTERING 0
#endif
#if !MTN_SOME || defined(METRICS_ONLY_BOOTSTRAP)
#define MTN_HAS_BOOTSTRAP 1
#else
#define MTN_HAS_BOOTSTRAP 0
#endif

/* ---- public part ------------------------------------------------------------ */

/* ---- core/platform ---- */

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when METRICS_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    METRICS_ISA_SCALAR = 0,
    METRICS_ISA_AVX2 = 1,
    METRICS_ISA_AVX512 = 2,
    METRICS_ISA_NEON = 3
};

/* The instruction set in use, one of METRICS_ISA_*. */
METRICS_DEF int metrics_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
METRICS_DEF const char *metrics_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
METRICS_DEF int metrics_isa_force(int isa);

/* ---- core/status ---- */

/* Every function that can fail returns one of these; on anything but METRICS_OK
   no output has been touched. NaN and infinity in data are no errors. */
enum {
    METRICS_OK = 0,
    METRICS_ERROR_NULL = 1,
    METRICS_ERROR_SIZE = 2,
    METRICS_ERROR_PARAMETER = 3,
    METRICS_ERROR_LABEL = 4,
    METRICS_ERROR_OPTION = 5,
    METRICS_ERROR_SCRATCH = 6,
    METRICS_ERROR_OVERLAP = 7
};

/* The sentence of a status. Never NULL. */
METRICS_DEF const char *metrics_strerror(int status);

/* ---- metrics/common ---- */

/* How the values of the classes (or labels) become one number. */
enum {
    METRICS_AVERAGE_NONE = 0,      /* no average: one value per class, the output is an array */
    METRICS_AVERAGE_MICRO = 1,     /* counts of all classes added up first */
    METRICS_AVERAGE_MACRO = 2,     /* the plain mean over the classes; which take part, each function says */
    METRICS_AVERAGE_WEIGHTED = 3,  /* the mean weighted by the (weighted) count of each true class */
    METRICS_AVERAGE_BINARY = 4     /* the value of class 1 of two */
};

/* The value of a ratio 0 / 0. METRICS_ZERO_DIVISION_NAN also leaves the class
   out of macro and weighted averages; 0 and 1 take part as values. */
enum {
    METRICS_ZERO_DIVISION_0 = 0,
    METRICS_ZERO_DIVISION_1 = 1,
    METRICS_ZERO_DIVISION_NAN = 2
};

/* What counts as positive: a score above the threshold, or one at it as well. */
enum {
    METRICS_ABOVE = 0,    /* score > threshold */
    METRICS_AT_LEAST = 1  /* score >= threshold */
};

/* The ignore_label that ignores nothing. Any other int32_t may be ignored, a
   label outside 0 .. classes - 1 (-1, 255) too. */
#define METRICS_IGNORE_NONE (-2147483647 - 1)

/* A running weighted mean: plain data without pointers, to be copied, stored and
   sent as it is. The sums are kept in two doubles each (about 100 bits), so the
   mean of parts that were merged is the mean of the whole in any order, but for
   the last rounding. All zero is a valid empty mean. */
typedef struct metrics_mean {
    double sum, sum_low;        /* sum of weight x value */
    double weight, weight_low;  /* sum of weights */
} metrics_mean;

/* Makes *mean empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_mean_init(metrics_mean *mean);

/* Takes one value. A weight of 0 leaves the mean as it is, whatever the value.
   Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_mean_update(double value, double weight, metrics_mean *mean);

/* Adds what *other holds to *mean; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_mean_merge(const metrics_mean *other, metrics_mean *mean);

/* *result = sum of weight x value / sum of weights; NaN where the weights sum to 0.
   Errors: METRICS_ERROR_NULL (mean). */
METRICS_DEF int metrics_mean_result(const metrics_mean *mean, double *result);

/* ---- metrics/confusion ---- */
#if MTN_HAS_CONFUSION

/* ---- confusion matrices --------------------------------------------------------

   Everything that hard decisions can tell is in a confusion matrix, so samples
   are counted once and any number of metrics is read off the counts.

   matrix     classes x classes doubles in the caller's memory: row = true class,
              column = predicted class, each cell the number of samples (or the sum
              of their weights). A binary matrix is classes = 2, [tn fp; fn tp].
   matrices   labels x 2 x 2 doubles, one binary matrix for every label of a
              multi-label task: each of them is a matrix of 2 classes for the
              functions below.

   The arrays hold nothing else: they may be copied, stored and added up by any
   means (MPI_Reduce say), and shards merge by addition, exactly as long as the
   cells are whole numbers below 2^53. scikit-learn's confusion_matrix and
   multilabel_confusion_matrix have the same layout.

   labels     true classes, 0 .. classes - 1 or ignore_label: then the sample is
              not counted, whatever its prediction. METRICS_IGNORE_NONE ignores
              none. All labels are checked before anything is counted.
   weight     one per sample, NULL: all 1.
   threshold  a score counts as positive by rule: METRICS_ABOVE, METRICS_AT_LEAST.
              NaN scores are negative.
   Errors of all: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (no class, or arrays
   too large), METRICS_ERROR_OPTION, METRICS_ERROR_LABEL. */

/* Sets all counts of a matrix to 0. */
METRICS_DEF int metrics_confusion_init(size_t classes, double *matrix);

/* matrix += other. */
METRICS_DEF int metrics_confusion_merge(const double *other, size_t classes, double *matrix);

/* Counts n samples given by their true and predicted class. pred is in 0 ..
   classes - 1 (METRICS_ERROR_LABEL else) where the label is not ignored. */
METRICS_DEF int metrics_confusion_update_f32(const int32_t *labels, const int32_t *pred, const float *weight, size_t n,
                                              size_t classes, int32_t ignore_label, double *matrix);
METRICS_DEF int metrics_confusion_update_f64(const int32_t *labels, const int32_t *pred, const double *weight, size_t n,
                                              size_t classes, int32_t ignore_label, double *matrix);

/* Counts n samples given by scores, n x classes: the predicted class is that of
   the largest score, the first of equal ones. A NaN never is the largest; a row
   of NaNs predicts class 0. (numpy.argmax takes a NaN for the largest.) */
METRICS_DEF int metrics_confusion_update_scores_f32(const float *scores, const int32_t *labels, const float *weight, size_t n,
                                                     size_t classes, int32_t ignore_label, double *matrix);
METRICS_DEF int metrics_confusion_update_scores_f64(const double *scores, const int32_t *labels, const double *weight, size_t n,
                                                     size_t classes, int32_t ignore_label, double *matrix);

/* Counts n samples of a binary task given by one score each and labels 0 or 1
   (METRICS_ERROR_LABEL else) in a matrix of 2 x 2. threshold: finite, usually 0.5
   for probabilities and 0 for logits (METRICS_ERROR_PARAMETER). */
METRICS_DEF int metrics_confusion_update_binary_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                                     double threshold, int rule, double *matrix);
METRICS_DEF int metrics_confusion_update_binary_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                                     double threshold, int rule, double *matrix);

/* Sets all counts of labels x 2 x 2 matrices to 0. */
METRICS_DEF int metrics_multilabel_init(size_t label_count, double *matrices);

/* matrices += other. */
METRICS_DEF int metrics_multilabel_merge(const double *other, size_t label_count, double *matrices);

/* Counts n samples with label_count labels each: scores and labels (0 or 1) are
   n x label_count, weight is one per sample. As metrics_confusion_update_binary
   for every label. */
METRICS_DEF int metrics_multilabel_update_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                               size_t label_count, double threshold, int rule, double *matrices);
METRICS_DEF int metrics_multilabel_update_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                               size_t label_count, double threshold, int rule, double *matrices);

/* The same for predictions that are 0 or 1 already. */
METRICS_DEF int metrics_multilabel_update_labels_f32(const uint8_t *pred, const uint8_t *labels, const float *weight, size_t n,
                                                      size_t label_count, double *matrices);
METRICS_DEF int metrics_multilabel_update_labels_f64(const uint8_t *pred, const uint8_t *labels, const double *weight, size_t n,
                                                      size_t label_count, double *matrices);

/* The averages over samples of a multi-label task: each sample's value is of its
   own set of labels, p = predicted labels, t = true ones:
     exact_match  1 where p = t, else 0 (subset accuracy)
     hamming      labels that differ / label_count (Hamming loss; a sample without
                  labels, label_count = 0, is an error)
     precision    |p and t| / |p|, recall |p and t| / |t|,
     f1           2 |p and t| / (|p| + |t|), jaccard |p and t| / |p or t|
   0 / 0 by zero_division (NaN: the sample is left out of that mean). Every mean is
   an accumulator that goes on, NULL where not wanted; take them by
   metrics_mean_result. scikit-learn's average = "samples", accuracy_score and
   hamming_loss of label indicators. */
METRICS_DEF int metrics_multilabel_samples_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                                size_t label_count, double threshold, int rule, int zero_division,
                                                metrics_mean *exact_match, metrics_mean *hamming, metrics_mean *precision,
                                                metrics_mean *recall, metrics_mean *f1, metrics_mean *jaccard);
METRICS_DEF int metrics_multilabel_samples_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                                size_t label_count, double threshold, int rule, int zero_division,
                                                metrics_mean *exact_match, metrics_mean *hamming, metrics_mean *precision,
                                                metrics_mean *recall, metrics_mean *f1, metrics_mean *jaccard);

/* The binary matrices of a matrix, one per class against the rest. matrices may
   not be matrix. scikit-learn's multilabel_confusion_matrix of classes. */
METRICS_DEF int metrics_confusion_one_vs_rest(const double *matrix, size_t classes, double *matrices);

/* What a cell of the normalised matrix is divided by: its row (true class), its
   column (predicted class), or the total; a cell of an empty one is 0, as in
   scikit-learn. */
enum {
    METRICS_NORMALIZE_TRUE = 0,
    METRICS_NORMALIZE_PREDICTED = 1,
    METRICS_NORMALIZE_ALL = 2
};

/* The normalised matrix; normalized may not be matrix. */
METRICS_DEF int metrics_confusion_normalize(const double *matrix, size_t classes, int normalize, double *normalized);

/* The share of samples on the diagonal; NaN where nothing was counted. Its
   complement is the error rate (zero-one loss), in a binary matrix the Hamming loss. */
METRICS_DEF int metrics_accuracy(const double *matrix, size_t classes, double *accuracy);

/* The mean recall over the classes with true samples. adjusted nonzero: scaled so
   that chance is 0 and perfect 1, (b - 1 / k) / (1 - 1 / k) with k such classes.
   NaN where there is none, adjusted where there is one. As scikit-learn's
   balanced_accuracy_score: absent classes do not count, neither in the mean nor in k.
   Source: Brodersen et al. 2010, Guyon et al. 2015 (adjusted). */
METRICS_DEF int metrics_balanced_accuracy(const double *matrix, size_t classes, int adjusted, double *balanced);

/* Matthews' correlation coefficient, for several classes Gorodkin's R_K:
     (c s - sum_k t_k p_k) / sqrt((s^2 - sum_k p_k^2) (s^2 - sum_k t_k^2))
   with c the diagonal's sum, s the total, t_k true and p_k predicted samples of
   class k. Where all samples are of one true or one predicted class the quotient
   is 0 / 0: zero_division (scikit-learn: 0; torchmetrics gives 1 or -1 in some of
   these cases).
   Source: B. W. Matthews 1975; J. Gorodkin, Comparing two K-category assignments
   by a K-category correlation coefficient, 2004. */
METRICS_DEF int metrics_matthews(const double *matrix, size_t classes, int zero_division, double *correlation);

/* How much a disagreement of classes i and j weighs in Cohen's kappa: 1, |i - j|
   or (i - j)^2. */
enum {
    METRICS_KAPPA_NOMINAL = 0,
    METRICS_KAPPA_LINEAR = 1,
    METRICS_KAPPA_QUADRATIC = 2
};

/* Cohen's kappa: 1 - sum w_ij O_ij / sum w_ij E_ij, O the matrix and E_ij = t_i
   p_j / s what chance gives. Without expected disagreement (one class for all
   samples in both, or nothing counted) it is 0 / 0: zero_division (scikit-learn:
   NaN). Weighted kappa needs the matrix of all levels of the scale in order,
   observed or not; scikit-learn without labels= drops unobserved levels.
   Source: J. Cohen 1960, 1968 (weighted). */
METRICS_DEF int metrics_cohen_kappa(const double *matrix, size_t classes, int weighting, int zero_division, double *kappa);

#endif

/* ---- metrics/rates ---- */
#if MTN_HAS_CONFUSION

/* ---- rates of a class against the rest

   Of every class, tp true positives, fp false positives, fn false negatives, tn
   true negatives. average says what is made of the classes:
     METRICS_AVERAGE_NONE      values has one per class; a class never seen has the
                               value of zero_division
     METRICS_AVERAGE_MICRO     the rate of the counts added up over the classes
     METRICS_AVERAGE_MACRO     the mean over the classes that occur among the true
                               or the predicted ones (scikit-learn without labels=
                               does the same; with labels= it takes part in all)
     METRICS_AVERAGE_WEIGHTED  the mean weighted by tp + fn
     METRICS_AVERAGE_BINARY    the rate of class 1 of classes = 2
                               (METRICS_ERROR_SIZE for other counts)
   For all but NONE values is a single double. Where nothing takes part in a mean
   the value is that of zero_division. Rates are computed from counts, so
   F1 is defined where precision is not.
   The metrics_multilabel_ forms take labels x 2 x 2 matrices and differ in one
   thing: all labels take part in the macro average, as in scikit-learn; BINARY is
   not for them (METRICS_ERROR_OPTION).
   Errors: METRICS_ERROR_NULL (matrix), METRICS_ERROR_SIZE, METRICS_ERROR_OPTION. */

/* Precision, positive predictive value: tp / (tp + fp). */
METRICS_DEF int metrics_precision(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_precision(const double *matrices, size_t label_count, int average, int zero_division, double *values);

/* Recall, sensitivity, true positive rate: tp / (tp + fn). */
METRICS_DEF int metrics_recall(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_recall(const double *matrices, size_t label_count, int average, int zero_division, double *values);

/* Specificity, true negative rate: tn / (tn + fp). */
METRICS_DEF int metrics_specificity(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_specificity(const double *matrices, size_t label_count, int average, int zero_division, double *values);

/* Negative predictive value: tn / (tn + fn). */
METRICS_DEF int metrics_negative_predictive_value(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_negative_predictive_value(const double *matrices, size_t label_count, int average,
                                                             int zero_division, double *values);

/* False positive rate, fall-out: fp / (fp + tn). */
METRICS_DEF int metrics_false_positive_rate(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_false_positive_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values);

/* False negative rate, miss rate: fn / (fn + tp). */
METRICS_DEF int metrics_false_negative_rate(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_false_negative_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values);

/* F-beta: (1 + beta^2) tp / ((1 + beta^2) tp + beta^2 fn + fp), the weighted
   harmonic mean of precision and recall, beta > 1 favouring recall; beta = 1 is F1
   (the Dice coefficient of the class). beta >= 0, at most 1e100
   (METRICS_ERROR_PARAMETER). Macro is the mean of the classes' F.
   Source: C. J. van Rijsbergen 1979. */
METRICS_DEF int metrics_f_beta(const double *matrix, size_t classes, double beta, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_f_beta(const double *matrices, size_t label_count, double beta, int average,
                                          int zero_division, double *values);

/* Jaccard index, intersection over union, critical success index: tp / (tp + fp
   + fn). The macro average is the mean IoU of semantic segmentation. Where the
   weights of the weighted average are all 0 scikit-learn takes the plain mean. */
METRICS_DEF int metrics_jaccard(const double *matrix, size_t classes, int average, int zero_division, double *values);
METRICS_DEF int metrics_multilabel_jaccard(const double *matrices, size_t label_count, int average, int zero_division, double *values);

#endif

/* ---- metrics/probability ---- */
#if MTN_HAS_PROBABILITY

/* ---- probabilities ----------------------------------------------------------------

   What probabilities (or logits) of classes are worth: log loss, Brier score,
   top-k accuracy. Each comes twice: metrics_NAME gives the weighted mean of one
   batch, metrics_NAME_update takes the batch into a metrics_mean that goes on.
   The mean of nothing is NaN.

   binary     one probability per sample, of class 1; labels uint8_t, 0 or 1
   classes    rows of one value per class; labels int32_t, 0 .. classes - 1, or
              ignore_label, whose samples do not count (METRICS_IGNORE_NONE: none)
   weight     one per sample, NULL: all 1; samples of weight 0 do not count
   Errors of all: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (no class, sizes too
   large), METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION, METRICS_ERROR_LABEL. */

/* Log loss, binary cross-entropy: -log(p) for label 1, -log(1 - p) for label 0,
   p clipped to [eps, 1 - eps]. 0 <= eps < 0.5: scikit-learn 1.2 takes the machine
   epsilon of the element type (1.2e-7, 2.2e-16), before that 1e-15; Keras 1e-7;
   with 0 a sure and wrong prediction costs infinity. The clip decides how much
   such a prediction counts: better score logits. */
METRICS_DEF int metrics_log_loss_binary_f32(const float *prob, const uint8_t *labels, const float *weight, size_t n, double eps,
                                             double *loss);
METRICS_DEF int metrics_log_loss_binary_update_f32(const float *prob, const uint8_t *labels, const float *weight, size_t n,
                                                    double eps, metrics_mean *mean);
METRICS_DEF int metrics_log_loss_binary_f64(const double *prob, const uint8_t *labels, const double *weight, size_t n, double eps,
                                             double *loss);
METRICS_DEF int metrics_log_loss_binary_update_f64(const double *prob, const uint8_t *labels, const double *weight, size_t n,
                                                    double eps, metrics_mean *mean);

/* Log loss of logits z: log(1 + e^-z) for label 1, log(1 + e^z) for label 0. */
METRICS_DEF int metrics_log_loss_binary_logits_f32(const float *logits, const uint8_t *labels, const float *weight, size_t n,
                                                    double *loss);
METRICS_DEF int metrics_log_loss_binary_logits_update_f32(const float *logits, const uint8_t *labels, const float *weight,
                                                           size_t n, metrics_mean *mean);
METRICS_DEF int metrics_log_loss_binary_logits_f64(const double *logits, const uint8_t *labels, const double *weight, size_t n,
                                                    double *loss);
METRICS_DEF int metrics_log_loss_binary_logits_update_f64(const double *logits, const uint8_t *labels, const double *weight,
                                                           size_t n, metrics_mean *mean);

/* Log loss of class probabilities, n x classes: -log(p_label / sum_k p_k), all p
   clipped to [eps, 1 - eps] before, as scikit-learn 1.2 does. Rows need not sum
   to 1. eps as above. */
METRICS_DEF int metrics_log_loss_f32(const float *prob, const int32_t *labels, const float *weight, size_t n, size_t classes,
                                      double eps, int32_t ignore_label, double *loss);
METRICS_DEF int metrics_log_loss_update_f32(const float *prob, const int32_t *labels, const float *weight, size_t n,
                                             size_t classes, double eps, int32_t ignore_label, metrics_mean *mean);
METRICS_DEF int metrics_log_loss_f64(const double *prob, const int32_t *labels, const double *weight, size_t n, size_t classes,
                                      double eps, int32_t ignore_label, double *loss);
METRICS_DEF int metrics_log_loss_update_f64(const double *prob, const int32_t *labels, const double *weight, size_t n,
                                             size_t classes, double eps, int32_t ignore_label, metrics_mean *mean);

/* Log loss of class logits, n x classes: log(sum_k e^z_k) - z_label, without
   overflow. e^mean is the perplexity. */
METRICS_DEF int metrics_log_loss_logits_f32(const float *logits, const int32_t *labels, const float *weight, size_t n,
                                             size_t classes, int32_t ignore_label, double *loss);
METRICS_DEF int metrics_log_loss_logits_update_f32(const float *logits, const int32_t *labels, const float *weight, size_t n,
                                                    size_t classes, int32_t ignore_label, metrics_mean *mean);
METRICS_DEF int metrics_log_loss_logits_f64(const double *logits, const int32_t *labels, const double *weight, size_t n,
                                             size_t classes, int32_t ignore_label, double *loss);
METRICS_DEF int metrics_log_loss_logits_update_f64(const double *logits, const int32_t *labels, const double *weight, size_t n,
                                                    size_t classes, int32_t ignore_label, metrics_mean *mean);

/* Brier score, binary: (p - label)^2.
   Source: G. W. Brier 1950, in half of its two-class form, as scikit-learn's. */
METRICS_DEF int metrics_brier_binary_f32(const float *prob, const uint8_t *labels, const float *weight, size_t n, double *score);
METRICS_DEF int metrics_brier_binary_update_f32(const float *prob, const uint8_t *labels, const float *weight, size_t n,
                                                 metrics_mean *mean);
METRICS_DEF int metrics_brier_binary_f64(const double *prob, const uint8_t *labels, const double *weight, size_t n, double *score);
METRICS_DEF int metrics_brier_binary_update_f64(const double *prob, const uint8_t *labels, const double *weight, size_t n,
                                                 metrics_mean *mean);

/* Brier score of class probabilities, n x classes: sum_k (p_k - [k = label])^2,
   from 0 to 2; for two classes twice the binary score. */
METRICS_DEF int metrics_brier_f32(const float *prob, const int32_t *labels, const float *weight, size_t n, size_t classes,
                                   int32_t ignore_label, double *score);
METRICS_DEF int metrics_brier_update_f32(const float *prob, const int32_t *labels, const float *weight, size_t n, size_t classes,
                                          int32_t ignore_label, metrics_mean *mean);
METRICS_DEF int metrics_brier_f64(const double *prob, const int32_t *labels, const double *weight, size_t n, size_t classes,
                                   int32_t ignore_label, double *score);
METRICS_DEF int metrics_brier_update_f64(const double *prob, const int32_t *labels, const double *weight, size_t n, size_t classes,
                                          int32_t ignore_label, metrics_mean *mean);

/* Which of equal scores comes first. */
enum {
    METRICS_TIES_FIRST = 0,        /* the smaller class index: top 1 is what metrics_confusion_update_scores predicts */
    METRICS_TIES_LAST = 1,         /* the larger class index: scikit-learn's top_k_accuracy_score of several classes */
    METRICS_TIES_OPTIMISTIC = 2,   /* the true class: TensorFlow's in_top_k */
    METRICS_TIES_PESSIMISTIC = 3,  /* all others */
    METRICS_TIES_EXPECTED = 4      /* any, equally likely: the sample counts with its chance of a hit */
};

/* Top-k accuracy: the share of samples whose true class is among the k largest
   scores of its row; scores n x classes, 1 <= k <= classes (METRICS_ERROR_SIZE).
   NaNs are the smallest scores, equal to each other. For two classes
   scikit-learn's function takes one score and a threshold instead. */
METRICS_DEF int metrics_top_k_accuracy_f32(const float *scores, const int32_t *labels, const float *weight, size_t n,
                                            size_t classes, size_t k, int ties, int32_t ignore_label, double *accuracy);
METRICS_DEF int metrics_top_k_accuracy_update_f32(const float *scores, const int32_t *labels, const float *weight, size_t n,
                                                   size_t classes, size_t k, int ties, int32_t ignore_label, metrics_mean *mean);
METRICS_DEF int metrics_top_k_accuracy_f64(const double *scores, const int32_t *labels, const double *weight, size_t n,
                                            size_t classes, size_t k, int ties, int32_t ignore_label, double *accuracy);
METRICS_DEF int metrics_top_k_accuracy_update_f64(const double *scores, const int32_t *labels, const double *weight, size_t n,
                                                   size_t classes, size_t k, int ties, int32_t ignore_label, metrics_mean *mean);

#endif

/* ---- metrics/calibration ---- */
#if MTN_HAS_PROBABILITY

/* ---- calibration -------------------------------------------------------------------

   Of samples predicted with confidence c a share c should be right. Samples are
   sorted into bins by confidence; a bin's gap is its accuracy minus its mean
   confidence.

   conf       confidence in 0 .. 1, one per sample: the largest class probability
              (what most papers use), or the probability of class 1
   correct    uint8_t, 1 where the prediction is right (with the probability of
              class 1: where the label is 1), else 0
   bins       bin_count x 3 doubles in the caller's memory: for each bin of equal
              width the sum of weights, of weight x conf, of weight x correct. To be
              copied, stored and added up like a confusion matrix.
   edges      METRICS_EDGES_RIGHT: bin b is (b / bin_count, (b + 1) / bin_count], the
              first with 0 (Guo et al.); METRICS_EDGES_LEFT: [b / bin_count,
              (b + 1) / bin_count), the last with 1. What lies outside 0 .. 1 is in
              the first or last bin; a NaN makes the first bin, and so the error, NaN.
   norm       what becomes of the gaps g_b with shares s_b of the weight:
              METRICS_CALIBRATION_L1 sum s_b |g_b| (the expected calibration error);
              _L2 sqrt(sum s_b g_b^2); _MAX max |g_b| over bins that are not empty
              (maximum calibration error); _L2_DEBIASED as _L2 with the variance that
              even perfect calibration shows taken out of every square,
              a_b (1 - a_b) / (w_b - 1) for accuracy a_b and weight w_b > 1, and 0
              where the sum is negative (A. Kumar et al., 1909.10155).
   Errors as above. Usual bin_count: 10, 15, 25; at least 1. */
enum {
    METRICS_EDGES_RIGHT = 0,
    METRICS_EDGES_LEFT = 1
};

enum {
    METRICS_CALIBRATION_L1 = 0,
    METRICS_CALIBRATION_L2 = 1,
    METRICS_CALIBRATION_MAX = 2,
    METRICS_CALIBRATION_L2_DEBIASED = 3
};

/* Empties the bins; bins += other. */
METRICS_DEF int metrics_calibration_init(size_t bin_count, double *bins);
METRICS_DEF int metrics_calibration_merge(const double *other, size_t bin_count, double *bins);

/* Takes n samples into the bins; correct is 0 or 1 (METRICS_ERROR_LABEL else). */
METRICS_DEF int metrics_calibration_update_f32(const float *conf, const uint8_t *correct, const float *weight, size_t n,
                                                size_t bin_count, int edges, double *bins);
METRICS_DEF int metrics_calibration_update_f64(const double *conf, const uint8_t *correct, const double *weight, size_t n,
                                                size_t bin_count, int edges, double *bins);

/* Takes n samples given by class probabilities, n x classes: the confidence is the
   largest of the row, right is its (first) place being the label. */
METRICS_DEF int metrics_calibration_update_scores_f32(const float *prob, const int32_t *labels, const float *weight, size_t n,
                                                       size_t classes, int32_t ignore_label, size_t bin_count, int edges,
                                                       double *bins);
METRICS_DEF int metrics_calibration_update_scores_f64(const double *prob, const int32_t *labels, const double *weight, size_t n,
                                                       size_t classes, int32_t ignore_label, size_t bin_count, int edges,
                                                       double *bins);

/* The calibration error of what the bins hold; NaN where they are empty. ECE:
   M. P. Naeini et al. 2015, C. Guo et al. 2017, arXiv 1706.04599. */
METRICS_DEF int metrics_calibration_error(const double *bins, size_t bin_count, int norm, double *error);

/* The reliability diagram: each bin's mean confidence, accuracy and share of the
   weight, bin_count values each, NULL where not wanted; NaN, NaN, 0 of an empty
   bin. (scikit-learn's calibration_curve leaves empty bins out.) */
METRICS_DEF int metrics_calibration_curve(const double *bins, size_t bin_count, double *mean_conf, double *accuracy, double *share);

/* Calibration error with bins of equal mass (adaptive ECE): samples sorted by
   confidence, every bin gets exactly 1 / bin_count of the weight. A sample that an
   edge cuts is shared by both bins; equal confidences are treated as one sample of
   mean correctness, so the order of the samples does not matter. Where bin_count
   divides n and no confidences are equal that is the usual equal split. NaN
   confidences come last and make their bins NaN. n <= UINT32_MAX
   (METRICS_ERROR_SIZE).
   Source: J. Nixon et al., Measuring calibration in deep learning, 2019,
   arXiv 1904.01685. */
METRICS_DEF int metrics_calibration_error_equal_mass_f32(const float *conf, const uint8_t *correct, const float *weight, size_t n,
                                                          size_t bin_count, int norm, void *scratch, size_t scratch_size,
                                                          double *error);
METRICS_DEF size_t metrics_calibration_error_equal_mass_scratch(size_t n);
METRICS_DEF int metrics_calibration_error_equal_mass_f64(const double *conf, const uint8_t *correct, const double *weight, size_t n,
                                                          size_t bin_count, int norm, void *scratch, size_t scratch_size,
                                                          double *error);
METRICS_DEF size_t metrics_calibration_error_equal_mass_scratch(size_t n);

/* Kolmogorov-Smirnov calibration error: the largest |sum over samples with
   confidence <= c of weight (correct - conf)| over all c, divided by the sum of
   weights; no bins. NaN of nothing. n <= UINT32_MAX.
   Source: K. Gupta et al., Calibration of neural networks using splines, 2021,
   arXiv 2006.12800. */
METRICS_DEF int metrics_ks_calibration_error_f32(const float *conf, const uint8_t *correct, const float *weight, size_t n,
                                                  void *scratch, size_t scratch_size, double *error);
METRICS_DEF size_t metrics_ks_calibration_error_scratch(size_t n);
METRICS_DEF int metrics_ks_calibration_error_f64(const double *conf, const uint8_t *correct, const double *weight, size_t n,
                                                  void *scratch, size_t scratch_size, double *error);
METRICS_DEF size_t metrics_ks_calibration_error_scratch(size_t n);

#endif

/* ---- metrics/curves ---- */
#if MTN_HAS_CURVES

/* ---- curves -------------------------------------------------------------------------

   A threshold on a score divides samples into positive (score >= threshold) and
   negative; the curves run over all thresholds, every distinct score once, so
   equal scores enter together and the order of the samples does not matter. The
   values are those of scikit-learn 1.2 but where said.

   scores     any numbers, larger for class 1. A NaN is below all numbers, NaNs
              are equal to each other; -0 is 0.
   labels     uint8_t, 0 or 1 (METRICS_ERROR_LABEL else)
   weight     one per sample, NULL: all 1; samples of weight 0 do not count at all
   scratch    of the bytes that the function's _scratch says (METRICS_ERROR_SCRATCH);
              SIZE_MAX where n is more than UINT32_MAX (METRICS_ERROR_SIZE)
   P and N below are the weights of the positive and negative samples, TP and FP
   what of them is at or above a threshold. Time O(n), by radix sort. Errors of all:
   METRICS_ERROR_NULL and those named. */

/* Area under the ROC curve: the chance that a random positive has a larger score
   than a random negative, equal scores counting half,
     sum over pairs w_p w_n ([s_p > s_n] + [s_p = s_n] / 2) / (P N).
   NaN where P or N is 0 (scikit-learn 1.2: an error; torchmetrics 0).
   Source: J. A. Hanley, B. J. McNeil 1982; Mann, Whitney 1947. */
METRICS_DEF int metrics_roc_auc_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                     void *scratch, size_t scratch_size, double *auc);
METRICS_DEF size_t metrics_roc_auc_scratch(size_t n);
METRICS_DEF int metrics_roc_auc_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                     void *scratch, size_t scratch_size, double *auc);
METRICS_DEF size_t metrics_roc_auc_scratch(size_t n);

/* Partial area under the ROC curve up to the false positive rate max_fpr,
   0 < max_fpr <= 1 (METRICS_ERROR_PARAMETER), standardised by McClish so that
   chance is 1/2 and perfect 1: (1 + (a - l) / (h - l)) / 2 with the area a up to
   max_fpr, l = max_fpr^2 / 2, h = max_fpr. max_fpr = 1 is the plain area.
   Source: D. K. McClish 1989. */
METRICS_DEF int metrics_roc_auc_partial_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                             double max_fpr, void *scratch, size_t scratch_size, double *auc);
METRICS_DEF size_t metrics_roc_auc_partial_scratch(size_t n);
METRICS_DEF int metrics_roc_auc_partial_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                             double max_fpr, void *scratch, size_t scratch_size, double *auc);
METRICS_DEF size_t metrics_roc_auc_partial_scratch(size_t n);

/* The ROC curve from (0, 0) to (1, 1): false positive rates FP / N, true positive
   rates TP / P and the thresholds, descending, the first +infinity (scikit-learn
   1.2 has the largest score + 1 there, from 1.3 on infinity). fpr, tpr, thresholds
   have room for n + 1 values; count receives how many there are, 0 for no samples.
   fpr is NaN throughout where N is 0, tpr where P is 0. drop_intermediate nonzero
   leaves out points in the middle of a straight line that equal steps make, which
   changes no area (scikit-learn's default); the comparison is exact. */
METRICS_DEF int metrics_roc_curve_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                       int drop_intermediate, void *scratch, size_t scratch_size,
                                       double *fpr, double *tpr, float *thresholds, size_t *count);
METRICS_DEF size_t metrics_roc_curve_scratch(size_t n);
METRICS_DEF int metrics_roc_curve_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                       int drop_intermediate, void *scratch, size_t scratch_size,
                                       double *fpr, double *tpr, double *thresholds, size_t *count);
METRICS_DEF size_t metrics_roc_curve_scratch(size_t n);

/* The precision-recall curve: precision TP / (TP + FP) and recall TP / P by
   ascending threshold, and behind the last threshold the point precision 1, recall
   0: precision and recall have room for n + 1 values, thresholds for n. count
   receives the number of thresholds. Precision is 0 where TP + FP is 0, recall 1
   throughout where P is 0. */
METRICS_DEF int metrics_pr_curve_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                      void *scratch, size_t scratch_size,
                                      double *precision, double *recall, float *thresholds, size_t *count);
METRICS_DEF size_t metrics_pr_curve_scratch(size_t n);
METRICS_DEF int metrics_pr_curve_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                      void *scratch, size_t scratch_size,
                                      double *precision, double *recall, double *thresholds, size_t *count);
METRICS_DEF size_t metrics_pr_curve_scratch(size_t n);

/* Average precision: sum over thresholds, descending, of (R_i - R_i-1) P_i with
   recall R and precision P; no interpolation. NaN where there is no positive
   (scikit-learn: 0). Not the trapezoid under the curve, which is optimistic. */
METRICS_DEF int metrics_average_precision_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                               void *scratch, size_t scratch_size, double *ap);
METRICS_DEF size_t metrics_average_precision_scratch(size_t n);
METRICS_DEF int metrics_average_precision_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                               void *scratch, size_t scratch_size, double *ap);
METRICS_DEF size_t metrics_average_precision_scratch(size_t n);

/* What one sweep of the thresholds tells about a score, ROC and PR curve alike.
   Where several thresholds do equally well the highest is named. */
typedef struct metrics_operating_points {
    double eer;                  /* equal error rate: where fpr = 1 - tpr, on the straight line between two points */
    double eer_threshold;        /* the first threshold with fpr >= 1 - tpr */
    double ks;                   /* Kolmogorov-Smirnov statistic, Youden's J: the largest tpr - fpr, 0 at least */
    double ks_threshold;         /* +infinity where ks is 0 */
    double best_f;               /* the largest F-beta */
    double best_f_threshold;
    double tpr_at_fpr;           /* the largest tpr with fpr <= the given one; of thresholds, not interpolated */
    double tpr_at_fpr_threshold; /* +infinity where no threshold has it */
    double fpr_at_tpr;           /* the smallest fpr with tpr >= the given one (FPR at 95 % TPR) */
    double fpr_at_tpr_threshold;
    double precision_at_recall;  /* the largest precision with recall >= the given one */
    double precision_at_recall_threshold;
    double recall_at_precision;  /* the largest recall with precision >= the given one, 0 where none has it */
    double recall_at_precision_threshold;  /* +infinity where none has it */
} metrics_operating_points;

/* The operating points for F-beta's beta (0 .. 1e100), a false positive rate, a true
   positive rate (also the recall) and a precision, each in 0 .. 1
   (METRICS_ERROR_PARAMETER). All NaN where P or N is 0. */
METRICS_DEF int metrics_operating_points_of_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                                 double beta, double fpr, double tpr, double precision,
                                                 void *scratch, size_t scratch_size, metrics_operating_points *points);
METRICS_DEF size_t metrics_operating_points_of_scratch(size_t n);
METRICS_DEF int metrics_operating_points_of_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                                 double beta, double fpr, double tpr, double precision,
                                                 void *scratch, size_t scratch_size, metrics_operating_points *points);
METRICS_DEF size_t metrics_operating_points_of_scratch(size_t n);

/* Several classes as binary tasks. */
enum {
    METRICS_ONE_VS_REST = 0,  /* each class against all others, by its own score */
    METRICS_ONE_VS_ONE = 1    /* each pair of classes, the mean of both classes' scores (Hand and Till) */
};

/* Area under the ROC curve of several classes: scores n x classes, labels 0 ..
   classes - 1 (METRICS_ERROR_LABEL).
   METRICS_ONE_VS_REST: average NONE (values has one area per class), MACRO (their
   mean), WEIGHTED (weighted by the classes' true samples), MICRO (one area of all
   n x classes scores).
   METRICS_ONE_VS_ONE: MACRO (the mean over the pairs: Hand and Till's M) or WEIGHTED
   (weighted by the pairs' true samples).
   An area without positives or without negatives is NaN under NONE, and no
   part of averages; NaN where there is none. scikit-learn refuses such data,
   demands rows that sum to 1, and has no weights for one against one.
   Source: D. J. Hand, R. J. Till 2001. */
METRICS_DEF int metrics_roc_auc_multiclass_f32(const float *scores, const int32_t *labels, const float *weight, size_t n,
                                                size_t classes, int scheme, int average, void *scratch, size_t scratch_size,
                                                double *values);
METRICS_DEF size_t metrics_roc_auc_multiclass_scratch(size_t n, size_t classes, int average);
METRICS_DEF int metrics_roc_auc_multiclass_f64(const double *scores, const int32_t *labels, const double *weight, size_t n,
                                                size_t classes, int scheme, int average, void *scratch, size_t scratch_size,
                                                double *values);
METRICS_DEF size_t metrics_roc_auc_multiclass_scratch(size_t n, size_t classes, int average);

/* The same for tasks with several labels, scores and labels (0 or 1) n x
   label_count: area under the ROC curve and average precision. average NONE (one
   value per label), MACRO, WEIGHTED (by the labels' positives), MICRO. Labels
   whose value is undefined are NaN under NONE, and no part of averages. */
METRICS_DEF int metrics_roc_auc_multilabel_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                                size_t label_count, int average, void *scratch, size_t scratch_size,
                                                double *values);
METRICS_DEF size_t metrics_roc_auc_multilabel_scratch(size_t n, size_t label_count, int average);
METRICS_DEF int metrics_average_precision_multilabel_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                                          size_t label_count, int average, void *scratch, size_t scratch_size,
                                                          double *values);
METRICS_DEF size_t metrics_average_precision_multilabel_scratch(size_t n, size_t label_count, int average);
METRICS_DEF int metrics_roc_auc_multilabel_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                                size_t label_count, int average, void *scratch, size_t scratch_size,
                                                double *values);
METRICS_DEF size_t metrics_roc_auc_multilabel_scratch(size_t n, size_t label_count, int average);
METRICS_DEF int metrics_average_precision_multilabel_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                                          size_t label_count, int average, void *scratch, size_t scratch_size,
                                                          double *values);
METRICS_DEF size_t metrics_average_precision_multilabel_scratch(size_t n, size_t label_count, int average);

#endif

/* ---- metrics/binned ---- */
#if MTN_HAS_CURVES

/* ---- area under the ROC curve in fixed memory

   bins is bin_count x 2 doubles in the caller's memory: each bin's weight of
   negative and of positive samples. To be copied, stored and added up like a
   confusion matrix: shards merge by addition. 1 <= bin_count <= INT32_MAX
   (METRICS_ERROR_SIZE).
   METRICS_BINS_UNIT   bins of equal width over [0, 1]; what lies outside is in the
                       first or last bin
   METRICS_BINS_FLOAT  bins of equal width over the bits of the score as a float,
                       in the order of the numbers: any range, finer near 0.
                       2^16 bins keep 7 bits of the mantissa.
   NaN is in the first bin. */
enum {
    METRICS_BINS_UNIT = 0,
    METRICS_BINS_FLOAT = 1
};

METRICS_DEF int metrics_binned_init(size_t bin_count, double *bins);
METRICS_DEF int metrics_binned_merge(const double *other, size_t bin_count, double *bins);
METRICS_DEF int metrics_binned_update_f32(const float *scores, const uint8_t *labels, const float *weight, size_t n,
                                           size_t bin_count, int binning, double *bins);
METRICS_DEF int metrics_binned_init(size_t bin_count, double *bins);
METRICS_DEF int metrics_binned_merge(const double *other, size_t bin_count, double *bins);
METRICS_DEF int metrics_binned_update_f64(const double *scores, const uint8_t *labels, const double *weight, size_t n,
                                           size_t bin_count, int binning, double *bins);

/* The area under the ROC curve of the binned scores, samples of one bin counting as
   equal. The exact area is at most error away:
     error = 1/2 sum_b (p_b / P) (n_b / N)
   NaN both where P or N is 0. */
METRICS_DEF int metrics_binned_roc_auc(const double *bins, size_t bin_count, double *auc, double *error);

/* The average precision is at least low and at most high, whatever the order of the
   samples within the bins: in the first all negatives of a bin come before its
   positives, in the second all positives, at one threshold, before its negatives.
   middle treats the samples of a bin as equal. NaN where P is 0. */
METRICS_DEF int metrics_binned_average_precision(const double *bins, size_t bin_count, double *low, double *middle, double *high);

#endif

/* ---- metrics/regression ---- */
#if MTN_HAS_REGRESSION

/* ---- regression --------------------------------------------------------------

   pred and target are arrays (n, outputs): `outputs` values per item, 1 the usual
   number. weight, one per item, says how often an item counts (>= 0, not checked;
   NULL: all 1); an item of weight 0 is skipped whatever its data holds. Below, the
   sums run over the items, e = pred - target, W is the sum of the weights and
   mean(x) = sum of weight x / W.

   One pass over the data keeps means and centred second moments in double, so R2
   and correlations stay exact at large offsets where sums of squares cancel, and
   merged parts give the whole but for rounding. A NaN in an item makes the scores
   of its output NaN.
   Sources: B. P. Welford, Note on a method for calculating corrected sums of
   squares and products, 1962; T. F. Chan, G. H. Golub, R. J. LeVeque, Updating
   formulae and a pairwise algorithm for computing sample variances, 1979. */

/* What one output's scores are made from. Plain data without pointers; all zero
   is an accumulator that has seen nothing. */
typedef struct metrics_regression {
    double count;                    /* items of weight other than 0 */
    double weight;                   /* W */
    double mean_pred, mean_target, mean_error;
    double pred2, target2, error2;   /* sum of weight (x - mean(x))^2 of pred, target, e */
    double cross;                    /* sum of weight (pred - mean(pred)) (target - mean(target)) */
    double squared, absolute;        /* sum of weight e^2, of weight |e| */
    double relative;                 /* sum of weight |e| / max(|target|, 2.2e-16) */
    double target_absolute;          /* sum of weight |target| */
    double max_error;                /* the largest |e| */
} metrics_regression;

/* The scores of one output, or their average. Without items all are NaN. */
typedef struct metrics_regression_scores {
    double mse;                 /* mean(e^2) */
    double rmse;                /* sqrt(mse) */
    double mae;                 /* mean(|e|) */
    double bias;                /* mean(e): positive when predictions are too high */
    double max_error;           /* max |e| */
    double mape;                /* mean(|e| / max(|target|, 2.2e-16)), a fraction (not percent) */
    double wape;                /* sum |e| / sum |target|; NaN where all targets are 0 */
    double r2;                  /* 1 - sum e^2 / sum (target - mean(target))^2 */
    double explained_variance;  /* 1 - Var(e) / Var(target) */
    double pearson;             /* Cov(pred, target) / sqrt(Var(pred) Var(target)), in [-1, 1] */
    double concordance;         /* 2 Cov(pred, target) / (Var(pred) + Var(target) + mean(e)^2) */
} metrics_regression_scores;

/* How the scores of several outputs become one. */
enum {
    METRICS_OUTPUTS_RAW = 0,      /* no average: one metrics_regression_scores per output */
    METRICS_OUTPUTS_UNIFORM = 1,  /* the mean over the outputs; rmse is the mean of the outputs' rmse */
    METRICS_OUTPUTS_VARIANCE = 2  /* r2 and explained_variance weighted by the outputs' Var(target)
                                     (uniform where all are 0), the others as in UNIFORM */
};

/* Makes `outputs` accumulators empty. Errors: METRICS_ERROR_NULL,
   METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_regression_init(size_t outputs, metrics_regression *regression);

/* Takes n items: pred and target (n, outputs), weight (n) or NULL; regression is
   an array of `outputs` accumulators.
   Errors: METRICS_ERROR_NULL (data with n outputs > 0, regression with outputs > 0),
   METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_regression_update_f32(const float *pred, const float *target, const float *weight,
                                               size_t n, size_t outputs, metrics_regression *regression);
METRICS_DEF int metrics_regression_update_f64(const double *pred, const double *target, const double *weight,
                                               size_t n, size_t outputs, metrics_regression *regression);

/* Adds what `other` holds to `regression`, `outputs` accumulators each; they may
   be the same array. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_regression_merge(const metrics_regression *other, size_t outputs, metrics_regression *regression);

/* The scores: scores is an array of `outputs` for METRICS_OUTPUTS_RAW, else one.
   Undefined cases, as in scikit-learn 1.2 (force_finite):
     r2                    NaN for fewer than two items; with a constant target 1 if
                           all errors are 0, else 0
     explained_variance    with a constant target 1 if the error is constant, else 0
     pearson               NaN for fewer than two items, a constant pred or target
     concordance           NaN where its denominator is 0
   scikit-learn counts items of weight 0 too when it asks for two; torchmetrics'
   R2 of a constant target is not finite, its MAPE floors |target| at 1.17e-6.
   With several outputs, a NaN in one makes that average NaN. No outputs: NaN.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_OPTION (average).
   Source of concordance: L. I-K. Lin, A concordance correlation coefficient to
   evaluate reproducibility, 1989 (with the biased variances, as here). */
METRICS_DEF int metrics_regression_result(const metrics_regression *regression, size_t outputs, int average,
                                          metrics_regression_scores *scores);

/* The same of arrays at once. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE,
   METRICS_ERROR_OPTION (average). */
METRICS_DEF int metrics_regression_f32(const float *pred, const float *target, const float *weight,
                                        size_t n, size_t outputs, int average, metrics_regression_scores *scores);
METRICS_DEF int metrics_regression_f64(const double *pred, const double *target, const double *weight,
                                        size_t n, size_t outputs, int average, metrics_regression_scores *scores);

/* Pearson's correlation of x and y, n values each, with optional weights:
   Cov(x, y) / sqrt(Var(x) Var(y)), NaN for fewer than two items or a constant x
   or y. scipy.stats.pearsonr without weights. Errors: METRICS_ERROR_NULL (x or y
   with n > 0), METRICS_ERROR_SIZE. Source: K. Pearson 1895. */
METRICS_DEF int metrics_pearson_f32(const float *x, const float *y, const float *weight, size_t n, double *r);
METRICS_DEF int metrics_pearson_f64(const double *x, const double *y, const double *weight, size_t n, double *r);

#endif

/* ---- metrics/correlation ---- */
#if MTN_HAS_CORRELATION

/* ---- correlation of ranks ----------------------------------------------------

   x and y are n values each, 0 <= n <= 2^32 - 1. Only their order counts; equal
   values (also -0 and +0) are ties, infinities are values like others. The result
   is NaN for fewer than two items, where all x or all y are equal, and where any
   value is NaN, as in scipy.
   Errors: METRICS_ERROR_NULL (x or y with n > 0), METRICS_ERROR_SIZE,
   METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH. Pearson's correlation stands with the
   regression scores: metrics_pearson_f32 and metrics_pearson_f64. */

/* Spearman's rho: Pearson's correlation of the ranks, equal values sharing the mean
   of their ranks; in [-1, 1]. torchmetrics and scipy.stats.spearmanr agree.
   Source: C. Spearman, The proof and measurement of association between two
   things, 1904. */
METRICS_DEF int metrics_spearman_f32(const float *x, const float *y, size_t n, void *scratch, size_t scratch_size, double *rho);
METRICS_DEF int metrics_spearman_f64(const double *x, const double *y, size_t n, void *scratch, size_t scratch_size, double *rho);

/* Bytes of scratch of metrics_spearman and of metrics_kendall; SIZE_MAX for an n
   they refuse. */
METRICS_DEF size_t metrics_spearman_scratch_f32(size_t n);
METRICS_DEF size_t metrics_spearman_scratch_f64(size_t n);

METRICS_DEF size_t metrics_kendall_scratch_f32(size_t n);
METRICS_DEF size_t metrics_kendall_scratch_f64(size_t n);

/* Which tau: what the difference of concordant and discordant pairs is divided by. */
enum {
    METRICS_TAU_B = 0,  /* sqrt((P - Tx) (P - Ty)): P pairs, Tx tied in x, Ty tied in y */
    METRICS_TAU_A = 1,  /* P = n (n - 1) / 2 */
    METRICS_TAU_C = 2   /* n^2 (m - 1) / (2 m), m the smaller count of distinct values of x or of y */
};

/* Kendall's tau: (C - D) / divisor, C pairs of items in the same order in x and y, D
   pairs in opposite order, tied pairs neither. In [-1, 1]. Knight's method:
   O(n log n), the counts exact. scipy.stats.kendalltau gives b (its default) and c.
   Sources: M. G. Kendall 1938, 1945; A. Stuart 1953 (c); W. R. Knight, A computer
   method for calculating Kendall's tau with ungrouped data, 1966. */
METRICS_DEF int metrics_kendall_f32(const float *x, const float *y, size_t n, int variant,
                                     void *scratch, size_t scratch_size, double *tau);
METRICS_DEF int metrics_kendall_f64(const double *x, const double *y, size_t n, int variant,
                                     void *scratch, size_t scratch_size, double *tau);

#endif

/* ---- metrics/ranking ---- */
#if MTN_HAS_RANKING

/* ---- ranking and retrieval -----------------------------------------------------

   A query has n documents, each with a score (higher is better) and a relevance: 0
   irrelevant, above 0 relevant, larger values better where grades are given.
   relevance >= 0; a negative one is METRICS_ERROR_LABEL (scikit-learn before 1.5
   lets it through and gives values beyond 1). Documents are ranked by their score;
   a NaN score ranks last. NaN relevance makes the gains NaN and counts as irrelevant. */

/* The gain of a document of relevance r. */
enum {
    METRICS_GAIN_LINEAR = 0,      /* r, as scikit-learn, torchmetrics and trec_eval */
    METRICS_GAIN_EXPONENTIAL = 1  /* 2^r - 1, as most learning-to-rank libraries */
};

/* How DCG treats equal scores. The other scores of a query, which have no such
   average, always take them in the order of the array. */
enum {
    METRICS_DCG_TIES_AVERAGE = 0,  /* the mean over all orders of the tied documents, as scikit-learn, torchmetrics */
    METRICS_DCG_TIES_INDEX = 1     /* in the order of the array */
};

/* What average precision is divided by. */
enum {
    METRICS_AP_RELEVANT = 0,   /* all R relevant documents, as trec_eval */
    METRICS_AP_REACHABLE = 1,  /* min(R, k): 1 for a perfect top k */
    METRICS_AP_RETRIEVED = 2   /* the relevant documents found in the top k, as torchmetrics; 0 if none */
};

/* What a query without relevant documents gives (torchmetrics' empty_target_action). */
enum {
    METRICS_EMPTY_ZERO = 0,  /* 0 everywhere ("neg") */
    METRICS_EMPTY_ONE = 1,   /* 1 everywhere but in dcg, ideal_dcg and relevant ("pos") */
    METRICS_EMPTY_SKIP = 2,  /* NaN everywhere but in relevant; means over queries leave the query out */
    METRICS_EMPTY_ERROR = 3  /* the call fails with METRICS_ERROR_LABEL */
};

/* The settings of a ranking; NULL or all zero are the defaults. */
typedef struct metrics_ranking_config {
    size_t k;        /* only the first k ranks count; 0: all n */
    int gain;        /* METRICS_GAIN_* */
    int ties;        /* METRICS_DCG_TIES_* */
    int ap;          /* METRICS_AP_* */
    int empty;       /* METRICS_EMPTY_* */
    int adaptive_k;  /* nonzero: precision divides by min(k, n) instead of k */
} metrics_ranking_config;

/* All zero. */
METRICS_DEF metrics_ranking_config metrics_ranking_defaults(void);

/* The scores of one query, or their means over queries. rel_i is 1 where the
   document of rank i = 1, 2, ... is relevant, R the count of relevant documents, h
   the count of those in the first k ranks, P(i) the mean of rel_1 .. rel_i. */
typedef struct metrics_ranking_scores {
    double dcg;                /* sum over i <= k of gain_i / log2(i + 1) */
    double ideal_dcg;          /* the largest DCG of any order */
    double ndcg;               /* dcg / ideal_dcg */
    double average_precision;  /* sum over i <= k of P(i) rel_i, divided as METRICS_AP_* says */
    double reciprocal_rank;    /* 1 / rank of the first relevant document; 0 if it is beyond k */
    double precision;          /* h / k (k = n where the setting is 0) */
    double recall;             /* h / R */
    double hit;                /* 1 if h > 0, else 0 (success at k) */
    double r_precision;        /* share of relevant documents in the first R ranks, whatever k */
    double relevant;           /* R */
} metrics_ranking_scores;

/* The scores of one query of n documents, from one sort. No documents are an empty
   query. O(n) time.
   Errors: METRICS_ERROR_NULL (scores or relevance with n > 0), METRICS_ERROR_SIZE
   (n > 2^32 - 1), METRICS_ERROR_OPTION, METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH.
   Differences: scikit-learn's ndcg_score is ndcg with linear gain and averaged ties, 0
   for a query without relevant documents; torchmetrics' average precision also
   takes documents of score <= 0 as irrelevant in some releases, this does not.
   Source of DCG: K. Jarvelin, J. Kekalainen, Cumulated gain-based evaluation of IR
   techniques, 2002; of the averaged ties: F. McSherry, M. Najork, Computing
   information retrieval performance measures efficiently in the presence of tied
   scores, 2008; of the exponential gain: C. Burges et al., Learning to rank using
   gradient descent, 2005. */
METRICS_DEF int metrics_ranking_f32(const float *scores, const float *relevance, size_t n, const metrics_ranking_config *config,
                                     void *scratch, size_t scratch_size, metrics_ranking_scores *result);
METRICS_DEF int metrics_ranking_f64(const double *scores, const double *relevance, size_t n, const metrics_ranking_config *config,
                                     void *scratch, size_t scratch_size, metrics_ranking_scores *result);

/* Bytes of scratch of metrics_ranking and of the updates of metrics_retrieval for n
   documents in all; SIZE_MAX for an n they refuse. */
METRICS_DEF size_t metrics_ranking_scratch_f32(size_t n);
METRICS_DEF size_t metrics_ranking_scratch_f64(size_t n);

/* Running means over queries. Plain data without pointers; all zero is empty. */
typedef struct metrics_retrieval {
    metrics_ranking_scores sum;  /* of the queries that count */
    double queries;              /* how many those are */
    double skipped;              /* left out by METRICS_EMPTY_SKIP */
} metrics_retrieval;

/* Makes *retrieval empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_retrieval_init(metrics_retrieval *retrieval);

/* Takes the documents of `queries` queries: those of query q are offsets[q] ..
   offsets[q + 1] - 1 of scores and relevance, n in all; offsets has queries + 1
   values that do not decrease, the last at most n. per_query, `queries` values or
   NULL, receives each query's scores (to resample queries from, say).
   Errors: METRICS_ERROR_NULL (retrieval, offsets with queries > 0, data with n > 0),
   METRICS_ERROR_SIZE (n > 2^32 - 1, offsets), METRICS_ERROR_OPTION,
   METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_retrieval_update_f32(const float *scores, const float *relevance, size_t n,
                                              const size_t *offsets, size_t queries, const metrics_ranking_config *config,
                                              void *scratch, size_t scratch_size,
                                              metrics_ranking_scores *per_query, metrics_retrieval *retrieval);
METRICS_DEF int metrics_retrieval_update_f64(const double *scores, const double *relevance, size_t n,
                                              const size_t *offsets, size_t queries, const metrics_ranking_config *config,
                                              void *scratch, size_t scratch_size,
                                              metrics_ranking_scores *per_query, metrics_retrieval *retrieval);

/* The same of documents in any order, document i of query query_ids[i]. Every id that
   occurs is a query; documents of one query in two updates are two queries.
   Errors: METRICS_ERROR_NULL (retrieval, others with n > 0), METRICS_ERROR_SIZE,
   METRICS_ERROR_OPTION, METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_retrieval_update_ids_f32(const float *scores, const float *relevance, const int32_t *query_ids, size_t n,
                                                  const metrics_ranking_config *config, void *scratch, size_t scratch_size,
                                                  metrics_retrieval *retrieval);
METRICS_DEF int metrics_retrieval_update_ids_f64(const double *scores, const double *relevance, const int32_t *query_ids, size_t n,
                                                  const metrics_ranking_config *config, void *scratch, size_t scratch_size,
                                                  metrics_retrieval *retrieval);

/* Adds what *other holds to *retrieval; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_retrieval_merge(const metrics_retrieval *other, metrics_retrieval *retrieval);

/* The means over the queries that count: ndcg is mean nDCG, average_precision MAP,
   reciprocal_rank MRR, hit the success rate. NaN without such queries.
   Errors: METRICS_ERROR_NULL (retrieval). */
METRICS_DEF int metrics_retrieval_result(const metrics_retrieval *retrieval, metrics_ranking_scores *result);

#endif

/* ---- metrics/segmentation ---- */
#if MTN_HAS_SEGMENTATION

/* ---- segmentation: overlap of label maps and masks ----------------------------

   Intersection over union (Jaccard index) and Dice coefficient of a class, from
   the pixels that truth, prediction or both give to it:
     iou  = both / (pred + target - both)
     dice = 2 both / (pred + target)
   A class that neither has (0 / 0) is absent. Over several images the counts are
   summed first (one IoU for the data set: PASCAL VOC, Cityscapes), or each
   image's IoU is averaged (medical practice): the two differ, and an
   accumulator holds both.

   The accumulator is an array of metrics_overlap, one per class (a single one for
   masks): plain data without pointers, all zero when empty. Counts are integers
   and the images' values are summed in fixed point, to 2^-53 each, so merging is
   exact and gives the same in any order. */

typedef struct metrics_overlap {
    uint64_t both, pred, target;        /* pixels of the class, over all images */
    uint64_t images;                    /* images seen */
    uint64_t present, in_target;        /* of these: with the class in either map, in the target */
    uint64_t iou_whole, iou_part;       /* sum of the images' IoU: whole + part / 2^63 */
    uint64_t dice_whole, dice_part;     /* and of their Dice */
    uint64_t now_both, now_pred, now_target;   /* of the image being taken; 0 between calls */
} metrics_overlap;

/* What an absent class counts in means over classes (or over images). */
enum {
    METRICS_ABSENT_SKIP = 0,         /* left out of the mean; its own value is NaN */
    METRICS_ABSENT_0 = 1,            /* counts 0 */
    METRICS_ABSENT_1 = 2,            /* counts 1: rightly found nowhere */
    METRICS_ABSENT_SKIP_TARGET = 3   /* a class that the target lacks is left out even when predicted */
};

/* NULL or all zero means the defaults.
     absent        METRICS_ABSENT_*
     per_image     nonzero: the value of a class is the mean over the images; 0: from the counts of all
     first_class   the mean over classes begins here: 1 leaves a background class 0 out */
typedef struct metrics_overlap_options {
    int absent, per_image;
    size_t first_class;
} metrics_overlap_options;

/* Makes an accumulator of `classes` classes empty. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_overlap_init(size_t classes, metrics_overlap *counts);

/* Takes one image of n pixels: label maps with labels 0 .. classes - 1. Pixels
   whose target is ignore_label are left out whatever the prediction says (255 and
   -1 are usual; METRICS_IGNORE_NONE: none); a predicted ignore_label elsewhere is
   an error.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (no classes, too many pixels),
   METRICS_ERROR_LABEL; on an error the counts stay as they were. */
METRICS_DEF int metrics_overlap_update(const int32_t *pred, const int32_t *target, size_t n, size_t classes,
                                       int32_t ignore_label, metrics_overlap *counts);

/* Takes one image of n pixels: masks, nonzero is foreground; valid, when given, is
   0 where a pixel is left out. counts is a single one (classes = 1).
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_overlap_update_mask(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                            metrics_overlap *counts);

/* Adds other to counts, class by class. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_overlap_merge(const metrics_overlap *other, size_t classes, metrics_overlap *counts);

/* The values: iou and dice, one per class (NaN where options say so), and their
   means over the classes, NaN when none takes part. *averaged is the number of
   classes in the means.
   TorchMetrics has METRICS_ABSENT_SKIP (before 1.9: 0), MONAI METRICS_ABSENT_SKIP_TARGET
   per image (METRICS_ABSENT_1 with ignore_empty=False), Hugging Face evaluate METRICS_ABSENT_SKIP.
   Per image, the mean over classes is that of the classes' means; the mean of
   each image's own mIoU is another number.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_OPTION.
   Source: P. Jaccard 1901; L. R. Dice 1945; M. Everingham et al., The PASCAL
   Visual Object Classes Challenge, 2010. */
METRICS_DEF int metrics_overlap_result(const metrics_overlap *counts, size_t classes, const metrics_overlap_options *options,
                                        double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged);

/* Bytes of scratch metrics_label_overlap needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_label_overlap_scratch(size_t classes);

/* One image at once: metrics_overlap_update and metrics_overlap_result.
   Errors: those of both, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_label_overlap(const int32_t *pred, const int32_t *target, size_t n, size_t classes, int32_t ignore_label,
                                      const metrics_overlap_options *options, void *scratch, size_t scratch_size,
                                      double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged);

/* One pair of masks: IoU and Dice, NaN when both masks are empty. valid as in
   metrics_overlap_update_mask. Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_mask_overlap(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                     double *iou, double *dice);

#endif

/* ---- metrics/surface ---- */
#if MTN_HAS_SURFACE

/* ---- surface distances of two masks -------------------------------------------

   pred and target are masks of the same shape, nonzero inside. The surface of a
   mask are its elements with a face neighbour (4 in 2-D, 6 in 3-D) that is not in
   the mask; beyond the array nothing is in a mask, so an element on the border of
   the array is on the surface. (This is the mask minus its erosion, as MONAI,
   medpy and MetricsReloaded take it; DeepMind's surface-distance puts surface
   elements between the voxels and weights them by area, which gives other
   numbers.) The distance of a surface element is that to the centre of the
   nearest surface element of the other mask, with a_i the distances of the
   surface of pred to target's, i < A, and b_j those of target's to pred's, j < B.

   Distances are exact, by a linear-time distance transform of the box that holds
   both masks. They are stored in the function's type: _f32 takes half the scratch
   and gives distances to 1e-6 of their size. */

/* What distances are when a mask is empty. */
enum {
    METRICS_SURFACE_EMPTY_WORST = 0,   /* both empty: 0, surface Dice 1; one empty: infinity or the penalty, surface Dice 0 */
    METRICS_SURFACE_EMPTY_NAN = 1      /* NaN in either case */
};

/* NULL or all zero means the defaults.
     empty      METRICS_SURFACE_EMPTY_*
     penalty    what every distance is when one mask is empty and the other not;
                0: infinity. The diagonal of the image is usual. */
typedef struct metrics_surface_options {
    int empty;
    double penalty;
} metrics_surface_options;

/* Index 0 of the directed values is pred to target (a), 1 target to pred (b). */
typedef struct metrics_surface {
    double hausdorff;             /* max(max a, max b) */
    double percentile;            /* the larger of the two percentiles of a and of b (MONAI, DeepMind) */
    double percentile_pooled;     /* the percentile of a and b together (medpy's hd95) */
    double average;               /* (sum a + sum b) / (A + B): ASSD */
    double average_of_means;      /* (mean a + mean b) / 2: MASD; medpy's assd */
    double dice;                  /* (count of a <= tolerance + count of b <= tolerance) / (A + B): surface Dice, NSD */
    double directed_hausdorff[2]; /* max a, max b */
    double directed_percentile[2];
    double directed_average[2];   /* mean a, mean b */
    size_t elements[2];           /* A and B: of the surfaces of pred and target */
} metrics_surface;

/* Bytes of scratch metrics_surface_distances needs for these masks; with NULL
   masks, for any masks of this shape. SIZE_MAX when it does not fit or dims is
   not 1, 2 or 3. */
METRICS_DEF size_t metrics_surface_distances_scratch_f32(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims);
METRICS_DEF size_t metrics_surface_distances_scratch_f64(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims);

/* All surface distances at once.
     shape       dims sizes, the last axis is contiguous; dims is 1, 2 or 3
     spacing     dims distances of neighbours, > 0; NULL: all 1
     percentile  0 .. 100, usually 95, with linear interpolation between neighbouring distances (NumPy's)
     tolerance   >= 0, for the surface Dice, in the unit of spacing; a distance equal to it
                 but for rounding is within
   No number is NaN but under METRICS_SURFACE_EMPTY_NAN. MONAI gives NaN for an empty
   mask, scikit-image infinity and 0; DeepMind NaN for averages.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_PARAMETER,
   METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH.
   Source: D. P. Huttenlocher, G. A. Klanderman, W. J. Rucklidge, Comparing Images
   Using the Hausdorff Distance, 1993; T. Heimann et al., Comparison and Evaluation
   of Methods for Liver Segmentation from CT Datasets, 2009; S. Nikolov et al.,
   arXiv:1809.04430 (surface Dice); L. Maier-Hein, A. Reinke et al., Metrics
   Reloaded, arXiv:2206.01653. */
METRICS_DEF int metrics_surface_distances_f32(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims,
                                               const double *spacing, double percentile, double tolerance,
                                               const metrics_surface_options *options, void *scratch, size_t scratch_size,
                                               metrics_surface *result);
METRICS_DEF int metrics_surface_distances_f64(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims,
                                               const double *spacing, double percentile, double tolerance,
                                               const metrics_surface_options *options, void *scratch, size_t scratch_size,
                                               metrics_surface *result);

#endif

/* ---- metrics/detection ---- */
#if MTN_HAS_DETECTION

/* ---- detection ------------------------------------------------------------------

   A box is four numbers in one of three formats. A box whose width or height is
   negative has the area 0. */

enum {
    METRICS_BOX_XYXY = 0,    /* left, top, right, bottom */
    METRICS_BOX_XYWH = 1,    /* left, top, width, height (COCO's) */
    METRICS_BOX_CXCYWH = 2   /* centre x, centre y, width, height (YOLO's) */
};

/* Measures of the overlap of boxes a and b, with I the area of their intersection,
   U = area a + area b - I, C the smallest box around both, d the distance of
   their centres and c the diagonal of C. A ratio 0 / 0 is 0. */
enum {
    METRICS_IOU = 0,    /* I / U */
    METRICS_GIOU = 1,   /* I / U - (area C - U) / area C */
    METRICS_DIOU = 2,   /* I / U - d^2 / c^2 */
    METRICS_CIOU = 3    /* DIoU - v^2 / (1 - I / U + v), v = (4 / pi^2) (atan(wa / ha) - atan(wb / hb))^2 */
};

/* The measure of every pair: out (na, nb), out_ij that of a_i and b_j.
     a, b    boxes, (na, 4) and (nb, 4)
     format  METRICS_BOX_*, of both
     kind    METRICS_IOU .. METRICS_CIOU
     crowd   one per b or NULL: where nonzero b_j is a region of many objects, and
             METRICS_IOU is I / area a (as pycocotools, a being the detections);
             with another kind than METRICS_IOU an error
   Ranges: IoU 0 .. 1, the others -1 .. 1 (CIoU from -1.5). Equal boxes of positive
   area have exactly 1. A NaN in a box makes its measures NaN.
   torchvision computes these, with 1e-7 added in denominators of DIoU and CIoU;
   the VOC devkit adds 1 to widths and heights: for that, add 1 to right and bottom.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_OPTION.
   Source: H. Rezatofighi et al., Generalized Intersection over Union,
   arXiv:1902.09630; Z. Zheng et al., Distance-IoU Loss, arXiv:1911.08287. */
METRICS_DEF int metrics_box_iou_f32(const float *a, size_t na, const float *b, size_t nb, int format, int kind,
                                     const uint8_t *crowd, float *out);
METRICS_DEF int metrics_box_iou_f64(const double *a, size_t na, const double *b, size_t nb, int format, int kind,
                                     const uint8_t *crowd, double *out);

/* Bytes of scratch metrics_nms needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_nms_scratch_f32(size_t n);
METRICS_DEF size_t metrics_nms_scratch_f64(size_t n);

/* Greedy non-maximum suppression: boxes are taken in the order of falling scores
   (equal scores: in the order given; NaN last), each is kept unless its IoU with
   a kept box (of its class) is > iou_threshold.
     boxes    (n, 4)
     scores   (n)
     classes  (n) or NULL: boxes of different classes leave each other alone
     iou_threshold  0 .. 1, usually 0.5
     keep     (n): receives *count indices of the boxes kept, by falling score
   n < 2^32. As torchvision's nms and batched_nms (which shifts the boxes of each
   class apart, and so rounds). Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE,
   METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH. */
METRICS_DEF int metrics_nms_f32(const float *boxes, const float *scores, const int32_t *classes, size_t n, int format,
                                 double iou_threshold, void *scratch, size_t scratch_size, size_t *keep, size_t *count);
METRICS_DEF int metrics_nms_f64(const double *boxes, const double *scores, const int32_t *classes, size_t n, int format,
                                 double iou_threshold, void *scratch, size_t scratch_size, size_t *keep, size_t *count);

/* How metrics_soft_nms lowers a score, u being the IoU with the box just taken. */
enum {
    METRICS_SOFT_NMS_LINEAR = 0,   /* times 1 - u where u > parameter (usually 0.3) */
    METRICS_SOFT_NMS_GAUSSIAN = 1  /* times exp(-u^2 / parameter) (usually 0.5) */
};

/* Bytes of scratch metrics_soft_nms needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_soft_nms_scratch_f32(size_t n);
METRICS_DEF size_t metrics_soft_nms_scratch_f64(size_t n);

/* Soft non-maximum suppression: the box of the highest score is taken (of equal
   ones the first), the scores of all others are lowered, and so on
   while the highest is > score_threshold (usually 0.001). In time n^2.
     keep        (n): receives *count indices in the order they were taken
     new_scores  (n): their scores when they were taken
   Boxes with NaN scores are never taken. parameter: 0 .. 1 for linear, > 0 for
   Gaussian. Errors: those of metrics_nms. Source: N. Bodla, B. Singh, R. Chellappa,
   L. S. Davis, Soft-NMS, arXiv:1704.04503. */
METRICS_DEF int metrics_soft_nms_f32(const float *boxes, const float *scores, size_t n, int format, int method,
                                      double parameter, double score_threshold, void *scratch, size_t scratch_size,
                                      size_t *keep, float *new_scores, size_t *count);
METRICS_DEF int metrics_soft_nms_f64(const double *boxes, const double *scores, size_t n, int format, int method,
                                      double parameter, double score_threshold, void *scratch, size_t scratch_size,
                                      size_t *keep, double *new_scores, size_t *count);

#endif

/* ---- metrics/coco ---- */
#if MTN_HAS_DETECTION

/* The twelve numbers of COCO, in the order pycocotools prints them. */
enum {
    METRICS_COCO_AP = 0,         /* mean over IoU 0.50, 0.55, .. 0.95, 101 recalls and classes */
    METRICS_COCO_AP50 = 1,       /* IoU 0.50 alone */
    METRICS_COCO_AP75 = 2,
    METRICS_COCO_AP_SMALL = 3,   /* area 0 .. 32^2 */
    METRICS_COCO_AP_MEDIUM = 4,  /* 32^2 .. 96^2 */
    METRICS_COCO_AP_LARGE = 5,   /* 96^2 .. 1e10 */
    METRICS_COCO_AR_1 = 6,       /* mean recall with the best detection of each image and class */
    METRICS_COCO_AR_10 = 7,      /* with the best 10 */
    METRICS_COCO_AR_100 = 8,     /* with the best 100 */
    METRICS_COCO_AR_SMALL = 9,
    METRICS_COCO_AR_MEDIUM = 10,
    METRICS_COCO_AR_LARGE = 11,
    METRICS_COCO_COUNT = 12
};

/* The true boxes and the detections of a data set, flat and in any order: workers
   append theirs one after the other. image and label (0 .. classes - 1) say where a
   box belongs. gt_crowd (NULL: none) marks regions of many objects; gt_area (NULL:
   the boxes' own) decides small, medium and large: COCO gives the area of the
   segment there. At most 2^32 - 1 boxes of either. */
typedef struct metrics_coco_boxes_f32 {
    size_t gt_count, det_count;
    const float *gt_box;          /* (gt_count, 4) */
    const int32_t *gt_image;
    const int32_t *gt_label;
    const uint8_t *gt_crowd;
    const float *gt_area;
    const float *det_box;         /* (det_count, 4) */
    const float *det_score;
    const int32_t *det_image;
    const int32_t *det_label;
    int format;                  /* METRICS_BOX_* */
} metrics_coco_boxes_f32;
typedef struct metrics_coco_boxes_f64 {
    size_t gt_count, det_count;
    const double *gt_box;          /* (gt_count, 4) */
    const int32_t *gt_image;
    const int32_t *gt_label;
    const uint8_t *gt_crowd;
    const double *gt_area;
    const double *det_box;         /* (det_count, 4) */
    const double *det_score;
    const int32_t *det_image;
    const int32_t *det_label;
    int format;                  /* METRICS_BOX_* */
} metrics_coco_boxes_f64;

/* Bytes of scratch metrics_coco needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_coco_scratch_f32(size_t gt_count, size_t det_count);
METRICS_DEF size_t metrics_coco_scratch_f64(size_t gt_count, size_t det_count);

/* COCO average precision and recall of boxes, by the rules of pycocotools' COCOeval:
   - The detections of an image and class are taken by falling score (equal scores:
     in the order given), 100 at most; each takes the free true box of highest IoU
     that is at least the threshold (of equal ones the last), a box to be ignored
     only when there is no other. A crowd box may be taken many times, with
     IoU = intersection / area of the detection.
   - Ignored are crowd boxes and those whose area is out of range; a detection that
     took an ignored box, or took none and whose own area is out of range, counts
     neither way.
   - A class's detections are ordered by score, ties by image (ascending) and then by
     the image's order. precision = tp / (tp + fp) is made non-increasing from the
     right and read at the first detection where recall = tp / (true boxes not
     ignored) reaches 0, 0.01, .. 1; 0 where it never does.
   summary and each row of per_class (classes, 12) receive METRICS_COCO_COUNT numbers
   in 0 .. 1, or -1 where a class (or all) has no true box that counts; such classes
   are left out of the summary's means. Time n log n but for the pairs of boxes of
   one image and class.
   Unlike pycocotools (which drops matches to a true box whose id is 0) every true
   box counts, and a NaN box matches nothing.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (also no classes),
   METRICS_ERROR_OPTION, METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH.
   Source: T.-Y. Lin et al., Microsoft COCO, arXiv:1405.0312. */
METRICS_DEF int metrics_coco_f32(const metrics_coco_boxes_f32 *boxes, size_t classes, void *scratch, size_t scratch_size,
                                  double *summary, double *per_class);
METRICS_DEF int metrics_coco_f64(const metrics_coco_boxes_f64 *boxes, size_t classes, void *scratch, size_t scratch_size,
                                  double *summary, double *per_class);

#endif

/* ---- metrics/image ---- */
#if MTN_HAS_IMAGE

/* ---- image quality -----------------------------------------------------------

   x and y are two images of height x width pixels with `channels` values a pixel
   (1 for gray), in the order METRICS_CHANNELS_LAST or _FIRST. data_range is the
   span of the values the format allows (1 for 0 .. 1, 255 for bytes), never
   guessed from the data. All three metrics are symmetric in x and y. NaN in a
   pixel makes the result NaN, and so does infinity (one against a finite value
   makes the PSNR -infinity). */

enum {
    METRICS_CHANNELS_LAST = 0,   /* (height, width, channels): interleaved */
    METRICS_CHANNELS_FIRST = 1   /* (channels, height, width): one plane per channel */
};

enum {
    METRICS_WINDOW_GAUSSIAN = 0,  /* weights exp(-t^2 / (2 sigma^2)), divided by their sum, in both directions */
    METRICS_WINDOW_UNIFORM = 1    /* all weights 1 / size^2 */
};

/* Peak signal-to-noise ratio in decibel:
     mse = mean of (x - y)^2
     psnr = 10 log10(data_range^2 / mse) = 20 log10(data_range) - 10 log10(mse)
   over n values in any layout. Identical arrays: infinity. n = 0: NaN. The PSNR
   of several images is either the mean of theirs or the PSNR of their mean mse:
   the two differ, so mse (may be NULL) is given as well.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE, METRICS_ERROR_PARAMETER
   (data_range not finite or not > 0).
   scikit-image and TorchMetrics compute this (TorchMetrics before 1.0 guessed
   data_range); ffmpeg and libvmaf cap the value of identical images. */
METRICS_DEF int metrics_psnr_f32(const float *x, const float *y, size_t n, double data_range, double *psnr, double *mse);
METRICS_DEF int metrics_psnr_f64(const double *x, const double *y, size_t n, double data_range, double *psnr, double *mse);

/* The settings of SSIM and MS-SSIM.
     window             METRICS_WINDOW_*
     channel_order      METRICS_CHANNELS_*
     size               side of the square window, odd, 3 or more
     sigma              of the Gaussian window, > 0, in pixels
     k1, k2             > 0, the constants C1 = (k1 data_range)^2, C2 = (k2 data_range)^2
     sample_covariance  nonzero: variances and covariance times N / (N - 1), N = size^2 */
typedef struct metrics_ssim_config {
    int window, channel_order;
    size_t size;
    double sigma, k1, k2;
    int sample_covariance;
} metrics_ssim_config;

/* Those of Wang et al.: Gaussian window 11, sigma 1.5, k1 0.01, k2 0.03, variances
   without the factor N / (N - 1), interleaved channels. */
METRICS_DEF metrics_ssim_config metrics_ssim_defaults(void);

/* Bytes of scratch metrics_ssim needs. A NULL config means the defaults. SIZE_MAX
   when it does not fit. */
METRICS_DEF size_t metrics_ssim_scratch_f32(size_t height, size_t width, const metrics_ssim_config *config);
METRICS_DEF size_t metrics_ssim_scratch_f64(size_t height, size_t width, const metrics_ssim_config *config);

/* Structural similarity index. In every window that lies inside the image, with
   the weighted means mx, my, variances vx, vy and covariance cxy,
     cs = (2 cxy + C2) / (vx + vy + C2)
     l  = (2 mx my + C1) / (mx^2 + my^2 + C1)
     ssim = mean of l cs over windows and channels
   *contrast_structure is the mean of cs. map, when given, receives l cs: one value
   per window, (height - size + 1, width - size + 1) with the channels in the order
   of the images. -1 <= ssim <= 1; identical images have exactly 1.
   Variances are taken from values less the mean of y (where that lies within
   +- data_range), and the difference x - y is filtered in place of x y, so that
   float images keep their accuracy; the formula is the same.
   Only whole windows count, as in Wang's code and scikit-image's (which filters
   with mirrored borders and then cuts them off). scikit-image's default is
   window UNIFORM, size 7, sample_covariance 1; with gaussian_weights=True, sigma
   1.5 it is size 11, sample_covariance 1 unless switched off. TorchMetrics
   mirrors the border into the mean; piq halves large images first.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE (height, width < size, no
   channel, too large), METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION,
   METRICS_ERROR_SCRATCH. A NULL config means the defaults.
   Source: Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, Image Quality
   Assessment: From Error Visibility to Structural Similarity, 2004. */
METRICS_DEF int metrics_ssim_f32(const float *x, const float *y, size_t height, size_t width, size_t channels,
                                  double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                  double *ssim, double *contrast_structure, float *map);
METRICS_DEF int metrics_ssim_f64(const double *x, const double *y, size_t height, size_t width, size_t channels,
                                  double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                  double *ssim, double *contrast_structure, double *map);

/* Bytes of scratch metrics_ms_ssim needs; SIZE_MAX when it does not fit. */
METRICS_DEF size_t metrics_ms_ssim_scratch_f32(size_t height, size_t width, const metrics_ssim_config *config);
METRICS_DEF size_t metrics_ms_ssim_scratch_f64(size_t height, size_t width, const metrics_ssim_config *config);

/* Multi-scale structural similarity: 5 scales, each the one before averaged over
   2 x 2 pixels (an odd last row or column is dropped), and per channel
     cs_1^0.0448 cs_2^0.2856 cs_3^0.3001 cs_4^0.2363 ssim_5^0.1333
   with cs_i the mean of cs and ssim_5 the mean of l cs at its scale, negative
   means taken as 0. The result is the mean over the channels, 0 <= ms_ssim <= 1.
   Errors: those of metrics_ssim; METRICS_ERROR_SIZE also when height / 16 or
   width / 16 < size (176 pixels for 11).
   TensorFlow and pytorch-msssim compute this, but for images of odd sizes, which
   they pad; TorchMetrics averages over channels at each scale and mirrors borders.
   Source: Z. Wang, E. P. Simoncelli, A. C. Bovik, Multiscale Structural Similarity
   for Image Quality Assessment, 2003. */
METRICS_DEF int metrics_ms_ssim_f32(const float *x, const float *y, size_t height, size_t width, size_t channels,
                                     double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                     double *ms_ssim);
METRICS_DEF int metrics_ms_ssim_f64(const double *x, const double *y, size_t height, size_t width, size_t channels,
                                     double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                     double *ms_ssim);

#endif

/* ---- metrics/text ---- */
#if MTN_HAS_TEXT

/* ---- text -----------------------------------------------------------------------

   Text is int32_t tokens of any value: ids of words or pieces as the caller cuts
   and numbers them, or the code points that metrics_utf8_decode makes of UTF-8.
   Nothing is lower-cased, stripped or split here. Lengths count tokens. Every
   function returns METRICS_ERROR_NULL for a NULL array of length > 0,
   METRICS_ERROR_SIZE for lengths over 2^31 - 1 (n-grams: all texts together) and
   METRICS_ERROR_SCRATCH (too little of it). */

/* Code points of n bytes of UTF-8: points receives at most n of them, *count how
   many. What is not valid UTF-8 becomes U+FFFD, one for each longest run of bytes
   that begins a valid sequence, or else for each byte, as Unicode recommends and
   most decoders do. points may be NULL to count only.
   Errors: METRICS_ERROR_NULL, METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_utf8_decode(const uint8_t *text, size_t n, int32_t *points, size_t *count);

/* Levenshtein distance: the least number of substitutions, insertions and deletions
   of one token that turn a (n tokens) into b (m tokens). Bit-parallel, in time
   O(n m / 64) and room O(min(n, m)).
   Sources: V. I. Levenshtein 1966; G. Myers, A fast bit-vector algorithm for
   approximate string matching based on dynamic programming, 1999; H. Hyyro, A
   bit-vector algorithm for computing Levenshtein and Damerau edit distances, 2003. */
METRICS_DEF int metrics_levenshtein(const int32_t *a, size_t n, const int32_t *b, size_t m,
                                    void *scratch, size_t scratch_size, double *distance);

/* Bytes of scratch of metrics_levenshtein; SIZE_MAX for lengths it refuses. */
METRICS_DEF size_t metrics_levenshtein_scratch(size_t n, size_t m);

/* What turns references into hypotheses, added up over pairs. Plain data without
   pointers; all zero is empty. Of all shortest edits of a pair the one with the most
   hits is counted; other tools may split the same total another way (sclite gives
   substitutions a larger cost). */
typedef struct metrics_edits {
    double hits, substitutions, insertions, deletions;
    double reference, hypothesis;  /* lengths */
    double pairs, wrong;           /* pairs seen, pairs with an edit */
} metrics_edits;

/* Rates of H hits, S substitutions, I insertions, D deletions. All are NaN before the
   first pair. */
typedef struct metrics_edit_scores {
    double error_rate;             /* (S + I + D) / (H + S + D): WER of words, CER of characters. May exceed 1.
                                      References all empty: 0 without edits, else infinity */
    double match_error_rate;       /* (S + I + D) / (H + S + I + D); 0 where all is empty */
    double information_preserved;  /* H^2 / (reference length x hypothesis length); 0 where one of them
                                      is 0, 1 where both are */
    double information_lost;       /* 1 - information_preserved */
    double sentence_error_rate;    /* pairs with an edit / pairs */
} metrics_edit_scores;

/* Makes *edits empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_edits_init(metrics_edits *edits);

/* Takes one pair: a reference of n tokens, a hypothesis of m. The time grows with
   (n + m) x the edits of the pair, plus that of metrics_levenshtein. */
METRICS_DEF int metrics_edits_update(const int32_t *reference, size_t n, const int32_t *hypothesis, size_t m,
                                     void *scratch, size_t scratch_size, metrics_edits *edits);

/* Bytes of scratch of metrics_edits_update; SIZE_MAX for lengths it refuses. */
METRICS_DEF size_t metrics_edits_scratch(size_t n, size_t m);

/* Adds what *other holds to *edits; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_edits_merge(const metrics_edits *other, metrics_edits *edits);

/* The rates of all pairs together (not the mean of the pairs' rates), as jiwer and
   torchmetrics take them. Errors: METRICS_ERROR_NULL (edits).
   Source of the match error rate and of information lost: A. C. Morris, V. Maier,
   P. Green, From WER and RIL to MER and WIL, 2004. */
METRICS_DEF int metrics_edits_result(const metrics_edits *edits, metrics_edit_scores *scores);

/* Length of the longest common subsequence of a (n tokens) and b (m tokens). Scratch:
   metrics_levenshtein_scratch(n, m). Bit-parallel, in time O(n m / 64).
   Source: H. Hyyro, Bit-parallel LCS-length computation revisited, 2004. */
METRICS_DEF int metrics_lcs(const int32_t *a, size_t n, const int32_t *b, size_t m,
                            void *scratch, size_t scratch_size, double *length);

#endif

/* ---- metrics/ngrams ---- */
#if MTN_HAS_TEXT

/* ---- n-grams ------------------------------------------------------------------

   Scores of generated text from the n-grams (and, ROUGE-L, the longest subsequence)
   that it shares with references. Tokens, lengths and errors as in the text
   functions above. */

/* What BLEU does with an order none of whose n-grams matches. */
enum {
    METRICS_BLEU_SMOOTH_NONE = 0,   /* precision 0, so BLEU 0 */
    METRICS_BLEU_SMOOTH_FLOOR = 1,  /* `smoothing_value` matches, usually 0.1 */
    METRICS_BLEU_SMOOTH_ADD_K = 2,  /* smoothing_value, usually 1, added to matches and totals of all orders above 1 */
    METRICS_BLEU_SMOOTH_EXP = 3     /* 1/2 match, 1/4 for the second such order, 1/8, ... */
};

/* The settings of BLEU. */
typedef struct metrics_bleu_config {
    int max_order;           /* 1 .. 4 */
    int smoothing;           /* METRICS_BLEU_SMOOTH_* */
    double smoothing_value;  /* >= 0; for FLOOR and ADD_K */
    int effective_order;     /* nonzero: orders longer than every hypothesis are left out (for single sentences) */
    double weights[4];       /* of the orders, >= 0; all 0: equal */
} metrics_bleu_config;

/* max_order 4, METRICS_BLEU_SMOOTH_EXP with value 0.1, no effective order, equal weights:
   sacreBLEU's defaults. */
METRICS_DEF metrics_bleu_config metrics_bleu_defaults(void);

/* Counts of a corpus. Plain data without pointers; all zero is empty. */
typedef struct metrics_bleu {
    double matches[4], totals[4];  /* n-grams of the hypotheses, for n = 1 .. 4: found in a reference, all */
    double hypothesis, reference;  /* lengths; of the references the nearest to each hypothesis (ties: the shorter) */
    double pairs;
} metrics_bleu;

typedef struct metrics_bleu_scores {
    double bleu;             /* in [0, 1]: sacreBLEU shows 100 times this */
    double brevity_penalty;  /* 1 for hypotheses as long as the references, else exp(1 - reference / hypothesis),
                                0 without hypothesis tokens */
    double precision[4];     /* of each order, smoothed; 0 beyond max_order */
} metrics_bleu_scores;

/* Makes *bleu empty. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_bleu_init(metrics_bleu *bleu);

/* Takes one hypothesis of n tokens and its references: those of reference r are
   offsets[r] .. offsets[r + 1] - 1 of references, which holds offsets[reference_count]
   tokens; offsets has reference_count + 1 values, the first 0, that do not decrease.
   An n-gram of the hypothesis matches as often as it occurs in the reference that has
   it most often. reference_count >= 1 (else METRICS_ERROR_SIZE). */
METRICS_DEF int metrics_bleu_update(const int32_t *hypothesis, size_t n, const int32_t *references,
                                    const size_t *offsets, size_t reference_count,
                                    void *scratch, size_t scratch_size, metrics_bleu *bleu);

/* Bytes of scratch of metrics_bleu_update, metrics_rouge_n: n tokens in one text, m in
   the other or in all references; SIZE_MAX for lengths they refuse. */
METRICS_DEF size_t metrics_ngram_scratch(size_t n, size_t m);

/* Adds what *other holds to *bleu; they may be the same. Errors: METRICS_ERROR_NULL. */
METRICS_DEF int metrics_bleu_merge(const metrics_bleu *other, metrics_bleu *bleu);

/* BLEU = brevity_penalty x exp(sum of w_k log precision_k / sum of w_k) over the orders
   k up to max_order; 0 where a precision of weight > 0 is 0, where nothing matches and
   for empty hypotheses; NaN before the first pair. config NULL: the defaults.
   Errors: METRICS_ERROR_NULL (bleu), METRICS_ERROR_PARAMETER, METRICS_ERROR_OPTION.
   sacreBLEU agrees on the same tokens; torchmetrics' smooth is ADD_K with value 1,
   nltk has further methods.
   Sources: K. Papineni et al., BLEU: a method for automatic evaluation of machine
   translation, 2002; smoothing: B. Chen, C. Cherry, A systematic comparison of
   smoothing techniques for sentence-level BLEU, 2014; M. Post, A call for clarity in
   reporting BLEU scores, 2018, arXiv 1804.08771. */
METRICS_DEF int metrics_bleu_result(const metrics_bleu *bleu, const metrics_bleu_config *config, metrics_bleu_scores *scores);

/* Precision, recall and F of a comparison of two texts; 0 where they are 0 / 0. */
typedef struct metrics_rouge_scores {
    double precision;  /* matches / of the hypothesis */
    double recall;     /* matches / of the reference */
    double f;          /* (1 + beta^2) precision recall / (recall + beta^2 precision) */
} metrics_rouge_scores;

/* ROUGE-N: the n-grams of length `order` >= 1 that both texts have, each as often as it
   occurs in the text that has it less often. beta >= 0, usually 1. For several
   references take the largest or the mean of the results.
   Errors also: METRICS_ERROR_PARAMETER (order, beta).
   Source: C.-Y. Lin, ROUGE: a package for automatic evaluation of summaries, 2004. */
METRICS_DEF int metrics_rouge_n(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                size_t order, double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores);

/* ROUGE-L: the length of the longest common subsequence of both texts, over their
   lengths. Bit-parallel, O(n m / 64). Scratch: metrics_levenshtein_scratch(n, m).
   Errors also: METRICS_ERROR_PARAMETER (beta).
   Sources: Lin 2004; H. Hyyro, Bit-parallel LCS-length computation revisited, 2004. */
METRICS_DEF int metrics_rouge_l(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores);

#endif

/* ---- metrics/clustering ---- */
#if MTN_HAS_CLUSTERING

/* ---- clustering, two labellings ------------------------------------------------ */

/* What normalised mutual information is divided by: a mean of the two entropies. */
enum {
    METRICS_NMI_ARITHMETIC = 0,  /* (H(true) + H(pred)) / 2: then it is the V-measure of beta = 1 */
    METRICS_NMI_GEOMETRIC = 1,   /* sqrt(H(true) H(pred)) */
    METRICS_NMI_MIN = 2,
    METRICS_NMI_MAX = 3
};

/* How two labellings agree. Names of labels do not matter. n_ij counts the items of
   true label i and predicted label j, a_i and b_j are its row and column sums;
   entropies in nats. Pairs: of items; TP together in both, TN apart in both, FP
   together in pred only, FN together in true only. */
typedef struct metrics_clustering_scores {
    double rand;                /* (TP + TN) / (TP + TN + FP + FN) */
    double adjusted_rand;       /* 2 (TP TN - FN FP) / ((TP + FN) (FN + TN) + (TP + FP) (FP + TN)) */
    double fowlkes_mallows;     /* TP / sqrt((TP + FP) (TP + FN)) */
    double mutual_information;  /* MI = sum n_ij / n log(n n_ij / (a_i b_j)) */
    double entropy_true;        /* H(true) = -sum a_i / n log(a_i / n) */
    double entropy_pred;        /* H(pred) */
    double nmi;                 /* MI / mean of the entropies, in [0, 1] */
    double homogeneity;         /* MI / H(true): 1 where each predicted cluster holds one true label */
    double completeness;        /* MI / H(pred) */
    double v_measure;           /* (1 + beta) homogeneity completeness / (beta homogeneity + completeness) */
} metrics_clustering_scores;

/* All of them from one sort, O(n) time; labels may be any int32_t and need no range.
   beta >= 0, usually 1: above 1 completeness weighs more; nmi_mean one of METRICS_NMI_*.
   0 <= n <= 2^32 - 1. Pair counts are
   exact up to 2^53, n of about 9e7.
   Undefined cases as in scikit-learn 1.2: both labellings trivial in the same way
   (no items, one cluster each, all items apart) give rand, adjusted_rand 1; nmi is 1
   where both are one cluster, else 0 where MI is 0; homogeneity is 1 where H(true) is
   0, completeness where H(pred) is 0, v_measure 0 where both are 0, fowlkes_mallows
   0 where TP is 0. Without items mutual_information and entropies are 0, nmi,
   homogeneity, completeness and v_measure 1. scikit-image's NMI is (H + H) / H(joint).
   Errors: METRICS_ERROR_NULL (labels with n > 0), METRICS_ERROR_SIZE,
   METRICS_ERROR_PARAMETER (beta), METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH.
   Sources: L. Hubert, P. Arabie, Comparing partitions, 1985; A. Rosenberg,
   J. Hirschberg, V-measure, 2007; E. B. Fowlkes, C. L. Mallows 1983; N. X. Vinh,
   J. Epps, J. Bailey, Information theoretic measures for clusterings comparison,
   2010. */
METRICS_DEF int metrics_clustering(const int32_t *labels_true, const int32_t *labels_pred, size_t n,
                                   double beta, int nmi_mean, void *scratch, size_t scratch_size,
                                   metrics_clustering_scores *result);

/* Bytes of scratch it needs; SIZE_MAX for an n it refuses. */
METRICS_DEF size_t metrics_clustering_scratch(size_t n);

/* ---- clustering, one labelling and the data ------------------------------------ */

/* The distance the silhouette looks at. */
enum {
    METRICS_SILHOUETTE_EUCLIDEAN = 0,  /* O(n^2 d) time */
    METRICS_SILHOUETTE_SQUARED = 1     /* squared Euclidean: exact in O(n clusters d) by the clusters' means */
};

/* Silhouette: of an item s = (b - a) / max(a, b), a the mean distance to the other
   items of its cluster, b the least mean distance to the items of another one; s = 0
   where the item is alone in its cluster and where a = b = 0. In [-1, 1].
   data (n, d), labels (n) in 0 .. clusters - 1, clusters >= 1; clusters without items do
   not matter. *mean gets the mean of s over the items, samples (n) each item's, either
   may be NULL. NaN where fewer than two clusters have items (and for n = 0);
   scikit-learn fails there, and where every item is alone, which gives 0 here. NaN in
   the data makes NaN of the items whose mean distances it enters. No more memory than
   O(clusters d), no matrix of distances.
   Squared distances to a cluster of m items with mean c are summed as
   m |x - c|^2 + sum |x_j - c|^2.
   Errors: METRICS_ERROR_NULL (data or labels with n > 0), METRICS_ERROR_SIZE (sizes,
   clusters = 0, d = 0 with n > 0), METRICS_ERROR_OPTION (distance),
   METRICS_ERROR_LABEL, METRICS_ERROR_SCRATCH.
   Source: P. J. Rousseeuw, Silhouettes: a graphical aid to the interpretation and
   validation of cluster analysis, 1987. */
METRICS_DEF int metrics_silhouette_f32(const float *data, const int32_t *labels, size_t n, size_t d, size_t clusters,
                                        int distance, void *scratch, size_t scratch_size, double *mean, double *samples);
METRICS_DEF int metrics_silhouette_f64(const double *data, const int32_t *labels, size_t n, size_t d, size_t clusters,
                                        int distance, void *scratch, size_t scratch_size, double *mean, double *samples);

/* Bytes of scratch it needs, whichever the distance; SIZE_MAX for sizes it refuses. */
METRICS_DEF size_t metrics_silhouette_scratch_f32(size_t n, size_t d, size_t clusters);
METRICS_DEF size_t metrics_silhouette_scratch_f64(size_t n, size_t d, size_t clusters);

#endif

/* ---- metrics/bootstrap ---- */
#if MTN_HAS_BOOTSTRAP

/* ---- bootstrap -------------------------------------------------------------------

   How sure is a score? Draw the items again, with replacement, as many as there are;
   score; repeat a thousand times and look at the spread. The draws are pure functions
   of a seed, the number of the replicate and n: the same on every machine, in any
   order, on any thread. Each replicate gives the indices drawn, or how often each
   item was drawn: a weight for every metric and accumulator that takes weights.
   Nothing is called back:

       float *weight = room_for(n);
       double values[1000], low, high;
       for (b = 0; b < 1000; b++) {
           metrics_bootstrap_weights_f32(seed, b, n, METRICS_BOOTSTRAP_MULTINOMIAL, weight);
           metrics_regression_f32(pred, target, weight, n, 1, METRICS_OUTPUTS_RAW, &scores);
           values[b] = scores.r2;
       }
       metrics_bootstrap_interval(values, 1000, r2, NULL, 0, 0.95, METRICS_BOOTSTRAP_PERCENTILE,
                                  scratch, scratch_size, &low, &high, NULL);

   An accumulator is used alike. METRICS_BOOTSTRAP_POISSON weights need not know how
   many items there will be, so a stream can feed one confusion matrix per replicate;
   each batch gets a seed of its own:

       for (b = 0; b < 1000; b++) {
           metrics_bootstrap_weights_f32(seed + batch, b, n, METRICS_BOOTSTRAP_POISSON, weight);
           metrics_confusion_update_f32(labels, pred, weight, n, classes, METRICS_IGNORE_NONE,
                                        matrices + b * classes * classes);
       }
       (at the end)
       for (b = 0; b < 1000; b++) metrics_accuracy(matrices + b * classes * classes, classes, &values[b]);

   Scores without weights (BLEU, word error rates) are resampled by adding up the
   accumulators of single items in the order of metrics_bootstrap_indices, by their
   merge functions.
   Source: B. Efron, Bootstrap methods: another look at the jackknife, 1979. */

/* How often each item is drawn. */
enum {
    METRICS_BOOTSTRAP_MULTINOMIAL = 0,  /* n draws with replacement: the weights add up to n */
    METRICS_BOOTSTRAP_POISSON = 1       /* each item by itself, Poisson of mean 1 */
};

/* Replicate's n draws from 0 .. n - 1, 0 <= n <= 2^32 - 1.
   Errors: METRICS_ERROR_NULL (indices with n > 0), METRICS_ERROR_SIZE. */
METRICS_DEF int metrics_bootstrap_indices(uint64_t seed, uint64_t replicate, size_t n, uint32_t *indices);

/* How often each of n items is drawn; METRICS_BOOTSTRAP_MULTINOMIAL counts what
   metrics_bootstrap_indices draws.
   Errors: METRICS_ERROR_NULL (weight with n > 0), METRICS_ERROR_SIZE, METRICS_ERROR_OPTION. */
METRICS_DEF int metrics_bootstrap_weights_f32(uint64_t seed, uint64_t replicate, size_t n, int scheme, float *weight);
METRICS_DEF int metrics_bootstrap_weights_f64(uint64_t seed, uint64_t replicate, size_t n, int scheme, double *weight);

/* How the values of the replicates become an interval. q(p) is their p-quantile
   (linear between order statistics), a = (1 - confidence) / 2. */
enum {
    METRICS_BOOTSTRAP_PERCENTILE = 0,  /* q(a), q(1 - a) */
    METRICS_BOOTSTRAP_BASIC = 1,       /* 2 estimate - q(1 - a), 2 estimate - q(a) */
    METRICS_BOOTSTRAP_BCA = 2          /* bias-corrected and accelerated: q of shifted p */
};

/* The confidence interval of an estimate (the score of the whole data) from the values
   of `count` replicates, and the standard error (their standard deviation, divided by
   count - 1). 0 < confidence < 1, usually 0.95. METRICS_BOOTSTRAP_BCA takes
   q(Phi(z + (z + x) / (1 - c (z + x)))), x the a- and (1 - a)-quantile of the normal
   distribution, z = Phi^-1 of the share of values below the estimate (equal ones half),
   c = sum d^3 / (6 (sum d^2)^1.5) with d = mean - t_i over the jackknife values t_i: the
   scores with item i left out. Without jackknife values (NULL, other methods ignore
   them) c = 0, the bias-corrected interval; so too where all are equal.
   low, high and standard_error may be NULL. They are NaN where count is 0 or any value
   is NaN (leave undefined replicates out), standard_error for fewer than two values
   too, BCA also where all values lie on one side of the estimate, as in scipy.
   Errors: METRICS_ERROR_NULL (values with count > 0, jackknife NULL with
   jackknife_count > 0), METRICS_ERROR_SIZE, METRICS_ERROR_PARAMETER (confidence),
   METRICS_ERROR_OPTION, METRICS_ERROR_SCRATCH.
   Source: B. Efron, Better bootstrap confidence intervals, 1987. */
METRICS_DEF int metrics_bootstrap_interval(const double *values, size_t count, double estimate,
                                           const double *jackknife, size_t jackknife_count, double confidence, int method,
                                           void *scratch, size_t scratch_size, double *low, double *high, double *standard_error);

/* Bytes of scratch of metrics_bootstrap_interval; SIZE_MAX for a count it refuses. */
METRICS_DEF size_t metrics_bootstrap_scratch(size_t count);

#endif

/* ---- one value at a time: the formulas as inline functions ------------------- */

#define MTN_PASS 1
#include METRICS_HEADER_FILENAME
#undef MTN_PASS

#define MTN_ISA 0
#define MTN_PASS 3
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_PASS
#undef MTN_ISA

#define MTN_PASS 2
#include METRICS_HEADER_FILENAME
#undef MTN_PASS

#endif /* METRICS_H */

#if defined(METRICS_IMPLEMENTATION) && !defined(METRICS_IMPLEMENTED)
#define METRICS_IMPLEMENTED
/* ---- which instruction sets are compiled in ---------------------------------- */

/* MTN_X86, MTN_NEON: vector code is compiled in. It wants GCC's vector types,
   a 64-bit target and IEEE doubles; everything else runs the scalar pass. */
#if !defined(METRICS_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__x86_64__) && !defined(__CUDACC__)
#define MTN_X86 1
#include <immintrin.h>
#else
#define MTN_X86 0
#endif
#if !defined(METRICS_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__aarch64__) \
    && defined(__ARM_NEON) && !defined(__AARCH64EB__) && !defined(__CUDACC__)
#define MTN_NEON 1
#include <arm_neon.h>
#else
#define MTN_NEON 0
#endif
#if MTN_X86 && defined(METRICS_AVX512)
#define MTN_X86_512 1
#else
#define MTN_X86_512 0
#endif

#define MTN_ISA_SCALAR 0
#define MTN_ISA_AVX2 1
#define MTN_ISA_AVX512 2
#define MTN_ISA_NEON 3

/* A small helper that vector code calls: inlined into it, because a call would go
   from AVX code to SSE code and back, which costs more than the helper does. */
#if defined(__GNUC__) && !defined(__TINYC__)
#define MTN_SMALL static inline __attribute__((always_inline, unused))
#else
#define MTN_SMALL MTN_UNUSED static inline
#endif


/* ---- core/platform ---- */

/* Masked loads and stores are invisible to the memory sanitizer. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define MTN_NO_MASKED_MOVES 1
#endif
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define MTN_ATOMIC_LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define MTN_ATOMIC_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define MTN_ATOMIC_LOAD(p) (*(p))
#define MTN_ATOMIC_STORE(p, v) (*(p) = (v))
#endif

static int mtn_isa_cached = -1;

MTN_UNUSED static int mtn_isa_supported(int isa)
{
    if (isa == MTN_ISA_SCALAR) return 1;
#if MTN_X86
    __builtin_cpu_init();
    if (isa == MTN_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#if MTN_X86_512
    if (isa == MTN_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    if (isa == MTN_ISA_NEON) return MTN_NEON;
    return 0;
}

MTN_UNUSED static int mtn_isa(void)
{
    int isa = MTN_ATOMIC_LOAD(&mtn_isa_cached);
    if (isa >= 0) return isa;
    isa = MTN_ISA_SCALAR;
    if (mtn_isa_supported(MTN_ISA_NEON)) isa = MTN_ISA_NEON;
    if (mtn_isa_supported(MTN_ISA_AVX2)) isa = MTN_ISA_AVX2;
    if (mtn_isa_supported(MTN_ISA_AVX512)) isa = MTN_ISA_AVX512;
    MTN_ATOMIC_STORE(&mtn_isa_cached, isa);
    return isa;
}

METRICS_DEF int metrics_isa(void) { return mtn_isa(); }

METRICS_DEF const char *metrics_isa_name(int isa)
{
    switch (isa) {
    case MTN_ISA_SCALAR: return "scalar";
    case MTN_ISA_AVX2: return "avx2";
    case MTN_ISA_AVX512: return "avx512";
    case MTN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

METRICS_DEF int metrics_isa_force(int isa)
{
    if (!mtn_isa_supported(isa)) return 0;
    MTN_ATOMIC_STORE(&mtn_isa_cached, isa);
    return 1;
}

/* a * b, or SIZE_MAX when it does not fit: no array is that long. */
MTN_UNUSED static size_t mtn_mul(size_t a, size_t b)
{
    return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

MTN_UNUSED static size_t mtn_add(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Whether n elements of this many bytes are more than an array can hold. */
MTN_UNUSED static int mtn_too_big(size_t n, size_t bytes)
{
    return n > (size_t)PTRDIFF_MAX / bytes;
}

/* By the bits, so that it holds under -ffast-math too. */
MTN_UNUSED static int mtn_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

/* ---- core/status ---- */

METRICS_DEF const char *metrics_strerror(int status)
{
    switch (status) {
    case METRICS_OK: return "no error";
    case METRICS_ERROR_NULL: return "a required pointer is NULL";
    case METRICS_ERROR_SIZE: return "a size is out of range, or sizes that must agree do not";
    case METRICS_ERROR_PARAMETER: return "a hyper-parameter is not finite or out of its documented range";
    case METRICS_ERROR_LABEL: return "a label or index is out of range";
    case METRICS_ERROR_OPTION: return "an option has a value the function does not know";
    case METRICS_ERROR_SCRATCH: return "the scratch memory is missing or too small";
    case METRICS_ERROR_OVERLAP: return "buffers overlap that must not";
    default: return "unknown status";
    }
}

/* Scratch comes from the caller as one block; pieces are cut off it one after
   the other, each aligned to 64 bytes. mtn_piece(n, bytes) is the room n
   elements take, METRICS_..._scratch functions add the pieces up. */
MTN_UNUSED static size_t mtn_piece(size_t n, size_t bytes)
{
    size_t size = mtn_mul(n, bytes);
    return size > SIZE_MAX - 127 ? SIZE_MAX : (size + 63) / 64 * 64 + 64;
}

MTN_UNUSED static void *mtn_cut(void **scratch, size_t n, size_t bytes)
{
    char *start = (char *)*scratch;
    uintptr_t misaligned = (uintptr_t)start % 64;
    char *piece = misaligned ? start + (64 - misaligned) : start;
    *scratch = start + mtn_piece(n, bytes);
    return piece;
}

/* ---- core/sort ---- */

#define MTN_SORT_SMALL 32
#define MTN_SORT_DIGIT 11

/* Bytes of scratch for n keys: two arrays of keys, one of indices, the counts. */
MTN_UNUSED static size_t mtn_argsort_room(size_t n)
{
    size_t room = mtn_add(mtn_mul(2, mtn_piece(n, sizeof(uint64_t))), mtn_piece(n, sizeof(uint32_t)));
    return mtn_add(room, mtn_piece((size_t)1 << MTN_SORT_DIGIT, sizeof(uint32_t)));
}

/* Where a radix sort works: its second array of keys and of indices, and the counts. */
typedef struct {
    uint64_t *first, *second;
    uint32_t *index, *counts;
} mtn_sort_arrays;

MTN_UNUSED static mtn_sort_arrays mtn_sort_cut(size_t n, void *scratch)
{
    mtn_sort_arrays arrays;
    arrays.first = (uint64_t *)mtn_cut(&scratch, n, sizeof(uint64_t));
    arrays.second = (uint64_t *)mtn_cut(&scratch, n, sizeof(uint64_t));
    arrays.index = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    arrays.counts = (uint32_t *)mtn_cut(&scratch, (size_t)1 << MTN_SORT_DIGIT, sizeof(uint32_t));
    return arrays;
}

/* How to cut the bits in which keys differ into digits: count digits of width
   bits, at most `most`, the first at low. */
typedef struct {
    unsigned low, width, count;
} mtn_sort_digits;

MTN_UNUSED static mtn_sort_digits mtn_sort_plan(uint64_t differ, unsigned most)
{
    mtn_sort_digits digits = {0, 0, 0};
    unsigned high;
    if (!differ) return digits;
    while (!(differ >> digits.low & 1)) digits.low++;
    for (high = 64; !(differ >> (high - 1) & 1); high--) {}
    digits.count = (high - digits.low + most - 1) / most;
    digits.width = (high - digits.low + digits.count - 1) / digits.count;
    return digits;
}

/* The bits in which two of the keys differ at least. */
MTN_UNUSED static uint64_t mtn_sort_differ(const uint64_t *keys, size_t n)
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
MTN_UNUSED static void mtn_sort_count(const uint64_t *keys, size_t n, unsigned shift, unsigned width, uint32_t *counts)
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
MTN_UNUSED static uint64_t *mtn_sort_keys(uint64_t *a, uint64_t *b, size_t n, uint64_t differ, uint32_t *counts)
{
    const mtn_sort_digits digits = mtn_sort_plan(differ, n < 4096 ? 8 : MTN_SORT_DIGIT);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *swap;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        mtn_sort_count(a, n, shift, digits.width, counts);
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
MTN_UNUSED static void mtn_sort_with_index(const mtn_sort_arrays *arrays, size_t n, uint32_t *index)
{
    const uint64_t differ = mtn_sort_differ(arrays->first, n);
    const mtn_sort_digits digits = mtn_sort_plan(differ, 8);
    const uint64_t mask = ((uint64_t)1 << digits.width) - 1;
    uint64_t *a = arrays->first, *b = arrays->second, *swap;
    uint32_t *from = index, *to = arrays->index, *swap_index;
    unsigned digit, shift = digits.low;
    size_t k;
    for (digit = 0; digit < digits.count; digit++, shift += digits.width) {
        if (!(differ >> shift & mask)) continue;
        mtn_sort_count(a, n, shift, digits.width, arrays->counts);
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
MTN_UNUSED static void mtn_sort_insert(uint64_t *keys, uint32_t *index, size_t n)
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
MTN_UNUSED static void mtn_sort_u64(uint64_t *keys, size_t n, void *scratch)
{
    size_t k, j;
    if (n <= MTN_SORT_SMALL) {
        for (k = 1; k < n; k++) {
            const uint64_t key = keys[k];
            for (j = k; j > 0 && keys[j - 1] > key; j--) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        uint64_t *sorted = mtn_sort_keys(keys, arrays.first, n, mtn_sort_differ(keys, n), arrays.counts);
        if (sorted != keys) memcpy(keys, sorted, n * sizeof *keys);
    }
}

/* keys[index[0]] <= keys[index[1]] <= ... */
MTN_UNUSED static void mtn_argsort_u64(const uint64_t *keys, size_t n, uint32_t *index, void *scratch)
{
    uint64_t few[MTN_SORT_SMALL];
    size_t k;
    if (!n) return;
    for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    if (n <= MTN_SORT_SMALL) {
        memcpy(few, keys, n * sizeof *few);
        mtn_sort_insert(few, index, n);
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        memcpy(arrays.first, keys, n * sizeof *keys);
        mtn_sort_with_index(&arrays, n, index);
    }
}

/* ---- core/random ---- */

/* A bijection of 64-bit words in which every bit of x moves half of the bits. */
MTN_UNUSED static uint64_t mtn_random_mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* 64 random bits: for one seed, each word once over all 2^64 counters. */
MTN_UNUSED static uint64_t mtn_random_bits(uint64_t seed, uint64_t counter)
{
    const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
    const uint64_t start = mtn_random_mix(seed + golden);
    return mtn_random_mix(mtn_random_mix(start + counter * golden) + golden);
}

/* Uniform in [0, 1): a multiple of 2^-53. */
MTN_UNUSED static double mtn_random_unit(uint64_t seed, uint64_t counter)
{
    return (double)(mtn_random_bits(seed, counter) >> 11) * (1.0 / 9007199254740992.0);
}

/* Uniform from 0 to n - 1, floor(bits n / 2^64): each number's probability is off
   by less than 2^-64. 0 when n is 0. */
MTN_UNUSED static uint64_t mtn_random_below(uint64_t seed, uint64_t counter, uint64_t n)
{
    const uint64_t half = UINT64_C(0xffffffff), bits = mtn_random_bits(seed, counter);
    const uint64_t low = (bits & half) * (n & half), middle = (bits >> 32) * (n & half) + (low >> 32);
    const uint64_t other = (bits & half) * (n >> 32) + (middle & half);
    return (bits >> 32) * (n >> 32) + (middle >> 32) + (other >> 32);
}

/* Poisson of mean 1, by inversion: the smallest k with u < sum_{j=0}^k e^-1 / j!. */
MTN_UNUSED static unsigned mtn_random_poisson1(uint64_t seed, uint64_t counter)
{
    const double u = mtn_random_unit(seed, counter);
    double term = 0.36787944117144233, sum = term;
    unsigned k = 0;
    while (u >= sum && k < 20) {
        k++;
        term /= k;
        sum += term;
    }
    return k;
}

/* ---- metrics/common ---- */

MTN_UNUSED static double mtn_nan_value(void)
{
    const uint64_t bits = UINT64_C(0x7ff8000000000000);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

MTN_UNUSED static double mtn_infinity_value(void)
{
    const uint64_t bits = UINT64_C(0x7ff0000000000000);
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* By the bits, so that it holds under -ffast-math too. */
MTN_UNUSED static int mtn_is_nan(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7fffffffffffffff)) > UINT64_C(0x7ff0000000000000);
}

/* a / b, and `undefined` where b is 0. */
MTN_UNUSED static double mtn_ratio(double a, double b, double undefined)
{
    return b == 0 ? undefined : a / b;
}

/* The value of METRICS_ZERO_DIVISION_*. */
MTN_UNUSED static double mtn_zero_division(int choice)
{
    return choice == METRICS_ZERO_DIVISION_NAN ? mtn_nan_value() : (double)choice;
}

MTN_UNUSED static int mtn_zero_division_known(int choice)
{
    return choice >= METRICS_ZERO_DIVISION_0 && choice <= METRICS_ZERO_DIVISION_NAN;
}

/* Whether all n labels are in 0 .. classes - 1 or the one to ignore. */
MTN_UNUSED static int mtn_labels_valid(const int32_t *labels, size_t n, size_t classes, int32_t ignore_label)
{
    size_t k;
    for (k = 0; k < n; k++)
        if ((labels[k] < 0 || (size_t)labels[k] >= classes)
            && (labels[k] != ignore_label || ignore_label == METRICS_IGNORE_NONE)) return 0;
    return 1;
}

/* Whether all n labels are 0 or 1. */
MTN_UNUSED static int mtn_bits_valid(const uint8_t *labels, size_t n)
{
    unsigned any = 0;
    size_t k;
    for (k = 0; k < n; k++) any |= labels[k];
    return any <= 1;
}

/* to += from: counts merge so. */
MTN_UNUSED static void mtn_add_counts(double *to, const double *from, size_t n)
{
    size_t k;
    for (k = 0; k < n; k++) to[k] += from[k];
}

/* Room for n numbers in order: the numbers, what they carry, the sort's own. */
MTN_UNUSED static size_t mtn_sorted_room(size_t n)
{
    size_t room;
    if (n > UINT32_MAX) return SIZE_MAX;
    room = mtn_add(mtn_piece(n, sizeof(double)), mtn_piece(n, sizeof(uint32_t)));
    return mtn_add(room, mtn_argsort_room(n));
}

/* Whether scratch holds the bytes a function needs. */
MTN_UNUSED static int mtn_scratch_holds(const void *scratch, size_t scratch_size, size_t needed)
{
    return needed == 0 || (needed != SIZE_MAX && scratch && scratch_size >= needed);
}

/* *high + *low += x, the rounding error of the sum of the high parts kept in the
   low one. Infinities and NaN leave the low part alone. The volatiles keep
   -ffast-math from cancelling the error away. */
MTN_UNUSED static void mtn_sum_add(double *high, double *low, double x)
{
    const volatile double sum = *high + x;
    const volatile double part = sum - *high;
    const volatile double rest = sum - part;
    const volatile double lost_high = *high - rest, lost_x = x - part;
    if (mtn_finite(sum)) *low += lost_high + lost_x;
    *high = sum;
}

/* One sum into another. */
MTN_UNUSED static void mtn_sum_merge(double *high, double *low, double other_high, double other_low)
{
    mtn_sum_add(high, low, other_high);
    *low += other_low;
}

METRICS_DEF int metrics_mean_init(metrics_mean *mean)
{
    if (!mean) return METRICS_ERROR_NULL;
    memset(mean, 0, sizeof *mean);
    return METRICS_OK;
}

/* Takes a whole batch: a sum of weight x value, a sum of weights. */
MTN_UNUSED static void mtn_mean_add(metrics_mean *mean, double sum, double weight)
{
    mtn_sum_add(&mean->sum, &mean->sum_low, sum);
    mtn_sum_add(&mean->weight, &mean->weight_low, weight);
}

/* A NaN in the value goes through; a weight of 0 skips it. */
METRICS_DEF int metrics_mean_update(double value, double weight, metrics_mean *mean)
{
    if (!mean) return METRICS_ERROR_NULL;
    if (weight != 0) mtn_mean_add(mean, weight * value, weight);
    return METRICS_OK;
}

METRICS_DEF int metrics_mean_merge(const metrics_mean *other, metrics_mean *mean)
{
    metrics_mean from;
    if (!other || !mean) return METRICS_ERROR_NULL;
    from = *other;
    mtn_sum_merge(&mean->sum, &mean->sum_low, from.sum, from.sum_low);
    mtn_sum_merge(&mean->weight, &mean->weight_low, from.weight, from.weight_low);
    return METRICS_OK;
}

MTN_UNUSED static double mtn_mean_value(const metrics_mean *mean)
{
    return mtn_ratio(mean->sum + mean->sum_low, mean->weight + mean->weight_low, mtn_nan_value());
}

METRICS_DEF int metrics_mean_result(const metrics_mean *mean, double *result)
{
    if (!mean) return METRICS_ERROR_NULL;
    if (result) *result = mtn_mean_value(mean);
    return METRICS_OK;
}

/* ---- metrics/confusion ---- */
#if MTN_HAS_CONFUSION

/* Counts of one class against the rest. */
typedef struct {
    double tp, fp, fn, tn;
} mtn_class_counts;

/* classes^2 doubles: whether they fit an array and their classes an int32_t. */
MTN_UNUSED static int mtn_classes_fit(size_t classes)
{
    return classes > 0 && classes <= INT32_MAX && !mtn_too_big(mtn_mul(classes, classes), sizeof(double));
}

MTN_UNUSED static int mtn_label_count_fits(size_t label_count)
{
    return label_count > 0 && !mtn_too_big(mtn_mul(label_count, 4), sizeof(double));
}

/* What every reader of a matrix checks. */
MTN_UNUSED static int mtn_matrix_check(const double *matrix, size_t classes)
{
    if (!matrix) return METRICS_ERROR_NULL;
    return mtn_classes_fit(classes) ? METRICS_OK : METRICS_ERROR_SIZE;
}

METRICS_DEF int metrics_confusion_init(size_t classes, double *matrix)
{
    size_t k;
    const int status = mtn_matrix_check(matrix, classes);
    if (status) return status;
    for (k = 0; k < classes * classes; k++) matrix[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_confusion_merge(const double *other, size_t classes, double *matrix)
{
    const int status = mtn_matrix_check(matrix, classes);
    if (!other) return METRICS_ERROR_NULL;
    if (status) return status;
    mtn_add_counts(matrix, other, classes * classes);
    return METRICS_OK;
}

METRICS_DEF int metrics_multilabel_init(size_t label_count, double *matrices)
{
    size_t k;
    if (!matrices) return METRICS_ERROR_NULL;
    if (!mtn_label_count_fits(label_count)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 4 * label_count; k++) matrices[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_multilabel_merge(const double *other, size_t label_count, double *matrices)
{
    if (!other || !matrices) return METRICS_ERROR_NULL;
    if (!mtn_label_count_fits(label_count)) return METRICS_ERROR_SIZE;
    mtn_add_counts(matrices, other, 4 * label_count);
    return METRICS_OK;
}

/* Whether every sample that is not ignored has a label and a prediction in range. */
MTN_UNUSED static int mtn_label_pairs_valid(const int32_t *labels, const int32_t *pred, size_t n, size_t classes, int32_t ignore_label)
{
    const uint32_t count = (uint32_t)classes;
    const int none = ignore_label == METRICS_IGNORE_NONE;
    int bad = 0;
    size_t k;
    for (k = 0; k < n; k++)
        bad |= ((uint32_t)labels[k] >= count || (uint32_t)pred[k] >= count) & (none | (labels[k] != ignore_label));
    return !bad;
}

/* The sums of a matrix' rows (true), columns (predicted), diagonal and all. */
MTN_UNUSED static double mtn_row_total(const double *matrix, size_t classes, size_t row)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += matrix[row * classes + k];
    return sum;
}

MTN_UNUSED static double mtn_column_total(const double *matrix, size_t classes, size_t column)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += matrix[k * classes + column];
    return sum;
}

MTN_UNUSED static double mtn_matrix_total(const double *matrix, size_t classes)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += mtn_row_total(matrix, classes, k);
    return sum;
}

MTN_UNUSED static double mtn_matrix_diagonal(const double *matrix, size_t classes)
{
    double sum = 0;
    size_t k;
    for (k = 0; k < classes; k++) sum += matrix[k * classes + k];
    return sum;
}

/* Class c against the rest. fp and fn are sums of cells, so they are 0 where
   those are; the rest of the negatives is tn. */
MTN_UNUSED static mtn_class_counts mtn_counts_of_class(const double *matrix, size_t classes, double total, size_t c)
{
    mtn_class_counts counts;
    double negatives;
    size_t k;
    counts.tp = matrix[c * classes + c];
    counts.fp = counts.fn = 0;
    for (k = 0; k < classes; k++) {
        if (k == c) continue;
        counts.fp += matrix[k * classes + c];
        counts.fn += matrix[c * classes + k];
    }
    if (classes == 2) {
        counts.tn = matrix[3 - 3 * c];
        return counts;
    }
    negatives = total - mtn_row_total(matrix, classes, c);
    counts.tn = negatives - counts.fp;
    if (counts.tn < 0) counts.tn = 0;
    return counts;
}

METRICS_DEF int metrics_confusion_one_vs_rest(const double *matrix, size_t classes, double *matrices)
{
    const int status = mtn_matrix_check(matrix, classes);
    double total;
    size_t c;
    if (status) return status;
    if (matrices == matrix) return METRICS_ERROR_OVERLAP;
    if (!matrices) return METRICS_OK;
    total = mtn_matrix_total(matrix, classes);
    for (c = 0; c < classes; c++) {
        const mtn_class_counts counts = mtn_counts_of_class(matrix, classes, total, c);
        matrices[4 * c] = counts.tn;
        matrices[4 * c + 1] = counts.fp;
        matrices[4 * c + 2] = counts.fn;
        matrices[4 * c + 3] = counts.tp;
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_confusion_normalize(const double *matrix, size_t classes, int normalize, double *normalized)
{
    const int status = mtn_matrix_check(matrix, classes);
    double total, sum;
    size_t i, j;
    if (status) return status;
    if (normalize < METRICS_NORMALIZE_TRUE || normalize > METRICS_NORMALIZE_ALL) return METRICS_ERROR_OPTION;
    if (normalized == matrix) return METRICS_ERROR_OVERLAP;
    if (!normalized) return METRICS_OK;
    total = mtn_matrix_total(matrix, classes);
    for (i = 0; i < classes; i++) {
        sum = normalize == METRICS_NORMALIZE_ALL ? total : normalize == METRICS_NORMALIZE_TRUE
            ? mtn_row_total(matrix, classes, i) : mtn_column_total(matrix, classes, i);
        for (j = 0; j < classes; j++) {
            const size_t cell = normalize == METRICS_NORMALIZE_PREDICTED ? j * classes + i : i * classes + j;
            normalized[cell] = mtn_ratio(matrix[cell], sum, 0);
        }
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_accuracy(const double *matrix, size_t classes, double *accuracy)
{
    const int status = mtn_matrix_check(matrix, classes);
    if (status) return status;
    if (accuracy) *accuracy = mtn_ratio(mtn_matrix_diagonal(matrix, classes), mtn_matrix_total(matrix, classes), mtn_nan_value());
    return METRICS_OK;
}

METRICS_DEF int metrics_balanced_accuracy(const double *matrix, size_t classes, int adjusted, double *balanced)
{
    const int status = mtn_matrix_check(matrix, classes);
    double sum = 0, present = 0, mean;
    size_t c;
    if (status) return status;
    for (c = 0; c < classes; c++) {
        const double row = mtn_row_total(matrix, classes, c);
        if (row == 0) continue;
        sum += matrix[c * classes + c] / row;
        present += 1;
    }
    mean = mtn_ratio(sum, present, mtn_nan_value());
    if (adjusted) mean = present > 1 ? (mean - 1 / present) / (1 - 1 / present) : mtn_nan_value();
    if (balanced) *balanced = mean;
    return METRICS_OK;
}

/* s^2 - sum t_k^2 is computed as sum t_k (s - t_k): exactly 0 where one class has all. */
METRICS_DEF int metrics_matthews(const double *matrix, size_t classes, int zero_division, double *correlation)
{
    const int status = mtn_matrix_check(matrix, classes);
    double s, covariance = 0, spread_true = 0, spread_pred = 0, value;
    size_t k;
    if (status) return status;
    if (!mtn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    s = mtn_matrix_total(matrix, classes);
    covariance = mtn_matrix_diagonal(matrix, classes) * s;
    for (k = 0; k < classes; k++) {
        const double t = mtn_row_total(matrix, classes, k), p = mtn_column_total(matrix, classes, k);
        covariance -= t * p;
        spread_true += t * (s - t);
        spread_pred += p * (s - p);
    }
    value = mtn_zero_division(zero_division);
    if (spread_true != 0 && spread_pred != 0) {
        value = covariance / (sqrt(spread_true) * sqrt(spread_pred));
        if (value > 1) value = 1;
        if (value < -1) value = -1;
    }
    if (correlation) *correlation = value;
    return METRICS_OK;
}

/* How much the disagreement of classes i and j weighs. */
MTN_UNUSED static double mtn_kappa_weight(int weighting, size_t i, size_t j)
{
    const double distance = i < j ? (double)(j - i) : (double)(i - j);
    if (weighting == METRICS_KAPPA_NOMINAL) return i == j ? 0 : 1;
    return weighting == METRICS_KAPPA_LINEAR ? distance : distance * distance;
}

/* s^2 times the disagreement that chance gives, sum_ij w_ij t_i p_j, in O(classes^2):
     nominal    sum_i t_i (s - p_i)
     linear     |i - j| is the number of cuts between classes that part i and j; cut c
                parts T_c (s - P_c) + (s - T_c) P_c pairs, T and P the totals up to c
     quadratic  the variances of both and the squared distance of their means */
MTN_UNUSED static double mtn_kappa_expected(const double *matrix, size_t classes, int weighting, double s)
{
    double t, p, sum_t = 0, sum_p = 0, mean_t, mean_p, expected = 0;
    size_t k;
    for (k = 0; k < classes; k++) {
        t = mtn_row_total(matrix, classes, k);
        p = mtn_column_total(matrix, classes, k);
        sum_t += weighting == METRICS_KAPPA_QUADRATIC ? (double)k * t : t;
        sum_p += weighting == METRICS_KAPPA_QUADRATIC ? (double)k * p : p;
        if (weighting == METRICS_KAPPA_NOMINAL) expected += t * (s - p);
        if (weighting == METRICS_KAPPA_LINEAR) expected += sum_t * (s - sum_p) + (s - sum_t) * sum_p;
    }
    if (weighting != METRICS_KAPPA_QUADRATIC) return expected;
    mean_t = mtn_ratio(sum_t, s, 0);
    mean_p = mtn_ratio(sum_p, s, 0);
    for (k = 0; k < classes; k++) {
        expected += mtn_row_total(matrix, classes, k) * ((double)k - mean_t) * ((double)k - mean_t);
        expected += mtn_column_total(matrix, classes, k) * ((double)k - mean_p) * ((double)k - mean_p);
    }
    return s * expected + s * s * (mean_t - mean_p) * (mean_t - mean_p);
}

/* Chance can disagree by one weighting where it can by any: the nominal one says
   so without rounding. */
METRICS_DEF int metrics_cohen_kappa(const double *matrix, size_t classes, int weighting, int zero_division, double *kappa)
{
    const int status = mtn_matrix_check(matrix, classes);
    double observed = 0, s, value;
    size_t i, j;
    if (status) return status;
    if (weighting < METRICS_KAPPA_NOMINAL || weighting > METRICS_KAPPA_QUADRATIC) return METRICS_ERROR_OPTION;
    if (!mtn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    s = mtn_matrix_total(matrix, classes);
    for (i = 0; i < classes; i++)
        for (j = 0; j < classes; j++) observed += mtn_kappa_weight(weighting, i, j) * matrix[i * classes + j];
    value = mtn_zero_division(zero_division);
    if (mtn_kappa_expected(matrix, classes, METRICS_KAPPA_NOMINAL, s) != 0)
        value = 1 - observed * s / mtn_kappa_expected(matrix, classes, weighting, s);
    if (kappa) *kappa = value;
    return METRICS_OK;
}

/* Up to this many classes samples are counted in whole numbers, in four tables
   in turn: equal samples in a row do not wait for each other. */
#define MTN_COUNT_CLASSES 16
#define MTN_COUNT_TABLES 4

MTN_UNUSED static void mtn_count_few(const int32_t *labels, const int32_t *pred, size_t n, size_t classes,
                                     int32_t ignore_label, double *matrix)
{
    uint32_t tables[MTN_COUNT_TABLES][MTN_COUNT_CLASSES * MTN_COUNT_CLASSES];
    const size_t cells = classes * classes;
    const int none = ignore_label == METRICS_IGNORE_NONE;
    size_t k, start, end;
    for (start = 0; start < n; start = end) {
        end = n - start < ((size_t)1 << 30) ? n : start + ((size_t)1 << 30);
        memset(tables, 0, sizeof tables);
        for (k = start; k < end; k++)
            if (none || labels[k] != ignore_label)
                tables[k % MTN_COUNT_TABLES][(size_t)labels[k] * classes + (size_t)pred[k]]++;
        for (k = 0; k < cells; k++)
            matrix[k] += (double)tables[0][k] + (double)tables[1][k] + (double)tables[2][k] + (double)tables[3][k];
    }
}

#endif

/* ---- metrics/rates ---- */
#if MTN_HAS_CONFUSION

enum {
    MTN_RATE_PRECISION, MTN_RATE_RECALL, MTN_RATE_SPECIFICITY, MTN_RATE_NPV, MTN_RATE_FPR, MTN_RATE_FNR,
    MTN_RATE_F_BETA, MTN_RATE_JACCARD
};

/* A rate as a fraction, so that 0 / 0 can be told. */
typedef struct {
    double numerator, denominator;
} mtn_fraction;

MTN_UNUSED static mtn_fraction mtn_rate(int rate, mtn_class_counts c, double beta)
{
    const double b = beta * beta;
    mtn_fraction f = {0, 0};
    switch (rate) {
    case MTN_RATE_PRECISION:   f.numerator = c.tp; f.denominator = c.tp + c.fp; break;
    case MTN_RATE_RECALL:      f.numerator = c.tp; f.denominator = c.tp + c.fn; break;
    case MTN_RATE_SPECIFICITY: f.numerator = c.tn; f.denominator = c.tn + c.fp; break;
    case MTN_RATE_NPV:         f.numerator = c.tn; f.denominator = c.tn + c.fn; break;
    case MTN_RATE_FPR:         f.numerator = c.fp; f.denominator = c.fp + c.tn; break;
    case MTN_RATE_FNR:         f.numerator = c.fn; f.denominator = c.fn + c.tp; break;
    case MTN_RATE_F_BETA:
        f.numerator = (1 + b) * c.tp;
        f.denominator = (1 + b) * c.tp + b * c.fn + c.fp;
        break;
    default:                   f.numerator = c.tp; f.denominator = c.tp + c.fp + c.fn; break;
    }
    return f;
}

/* Where the counts of the classes come from: one matrix of all classes, or one
   binary matrix for each label. */
typedef struct {
    const double *counts;
    size_t classes;
    int multilabel;
    double total;
} mtn_count_source;

MTN_UNUSED static mtn_class_counts mtn_counts_at(const mtn_count_source *from, size_t c)
{
    return from->multilabel ? mtn_counts_of_class(from->counts + 4 * c, 2, 0, 1)
                            : mtn_counts_of_class(from->counts, from->classes, from->total, c);
}

/* The rate of the counts of all classes added up. */
MTN_UNUSED static double mtn_rate_micro(const mtn_count_source *from, int rate, double beta, double undefined)
{
    mtn_class_counts sum = {0, 0, 0, 0};
    mtn_fraction f;
    size_t c;
    for (c = 0; c < from->classes; c++) {
        const mtn_class_counts one = mtn_counts_at(from, c);
        sum.tp += one.tp;
        sum.fp += one.fp;
        sum.fn += one.fn;
        sum.tn += one.tn;
    }
    f = mtn_rate(rate, sum, beta);
    return mtn_ratio(f.numerator, f.denominator, undefined);
}

/* The mean of the classes' rates. */
MTN_UNUSED static double mtn_rate_mean(const mtn_count_source *from, int rate, double beta, int average, int zero_division)
{
    const double undefined = mtn_zero_division(zero_division);
    double sum = 0, total = 0;
    size_t c;
    for (c = 0; c < from->classes; c++) {
        const mtn_class_counts counts = mtn_counts_at(from, c);
        const mtn_fraction f = mtn_rate(rate, counts, beta);
        double weight = 1;
        if (f.denominator == 0 && zero_division == METRICS_ZERO_DIVISION_NAN) continue;
        if (!from->multilabel && counts.tp + counts.fp + counts.fn == 0) continue;
        if (average == METRICS_AVERAGE_WEIGHTED) weight = counts.tp + counts.fn;
        if (weight == 0) continue;
        sum += weight * mtn_ratio(f.numerator, f.denominator, undefined);
        total += weight;
    }
    return mtn_ratio(sum, total, undefined);
}

MTN_UNUSED static int mtn_rates(const double *counts, size_t classes, int multilabel, int rate, double beta, int average,
                                int zero_division, double *values)
{
    mtn_count_source from;
    mtn_fraction f;
    size_t c;
    if (!counts) return METRICS_ERROR_NULL;
    if (multilabel ? !mtn_label_count_fits(classes) : !mtn_classes_fit(classes)) return METRICS_ERROR_SIZE;
    if (average < METRICS_AVERAGE_NONE || average > METRICS_AVERAGE_BINARY) return METRICS_ERROR_OPTION;
    if (multilabel && average == METRICS_AVERAGE_BINARY) return METRICS_ERROR_OPTION;
    if (average == METRICS_AVERAGE_BINARY && classes != 2) return METRICS_ERROR_SIZE;
    if (!mtn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    if (!values) return METRICS_OK;
    from.counts = counts;
    from.classes = classes;
    from.multilabel = multilabel;
    from.total = multilabel ? 0 : mtn_matrix_total(counts, classes);
    if (average == METRICS_AVERAGE_MICRO) *values = mtn_rate_micro(&from, rate, beta, mtn_zero_division(zero_division));
    else if (average == METRICS_AVERAGE_MACRO || average == METRICS_AVERAGE_WEIGHTED)
        *values = mtn_rate_mean(&from, rate, beta, average, zero_division);
    else
        for (c = average == METRICS_AVERAGE_BINARY; c < classes; c++) {
            f = mtn_rate(rate, mtn_counts_at(&from, c), beta);
            *values++ = mtn_ratio(f.numerator, f.denominator, mtn_zero_division(zero_division));
        }
    return METRICS_OK;
}

METRICS_DEF int metrics_precision(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_PRECISION, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_precision(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_PRECISION, 1, average, zero_division, values);
}

METRICS_DEF int metrics_recall(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_RECALL, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_recall(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_RECALL, 1, average, zero_division, values);
}

METRICS_DEF int metrics_specificity(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_SPECIFICITY, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_specificity(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_SPECIFICITY, 1, average, zero_division, values);
}

METRICS_DEF int metrics_negative_predictive_value(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_NPV, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_negative_predictive_value(const double *matrices, size_t label_count, int average,
                                                             int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_NPV, 1, average, zero_division, values);
}

METRICS_DEF int metrics_false_positive_rate(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_FPR, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_false_positive_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_FPR, 1, average, zero_division, values);
}

METRICS_DEF int metrics_false_negative_rate(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_FNR, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_false_negative_rate(const double *matrices, size_t label_count, int average,
                                                       int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_FNR, 1, average, zero_division, values);
}

MTN_UNUSED static int mtn_beta_valid(double beta) { return mtn_finite(beta) && beta >= 0 && beta <= 1e100; }

METRICS_DEF int metrics_f_beta(const double *matrix, size_t classes, double beta, int average, int zero_division, double *values)
{
    if (matrix && !mtn_beta_valid(beta)) return METRICS_ERROR_PARAMETER;
    return mtn_rates(matrix, classes, 0, MTN_RATE_F_BETA, beta, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_f_beta(const double *matrices, size_t label_count, double beta, int average,
                                          int zero_division, double *values)
{
    if (matrices && !mtn_beta_valid(beta)) return METRICS_ERROR_PARAMETER;
    return mtn_rates(matrices, label_count, 1, MTN_RATE_F_BETA, beta, average, zero_division, values);
}

METRICS_DEF int metrics_jaccard(const double *matrix, size_t classes, int average, int zero_division, double *values)
{
    return mtn_rates(matrix, classes, 0, MTN_RATE_JACCARD, 1, average, zero_division, values);
}

METRICS_DEF int metrics_multilabel_jaccard(const double *matrices, size_t label_count, int average, int zero_division, double *values)
{
    return mtn_rates(matrices, label_count, 1, MTN_RATE_JACCARD, 1, average, zero_division, values);
}

#endif

/* ---- metrics/probability ---- */
#if MTN_HAS_PROBABILITY

/* A block of items of a binary task, of weight other than 0, in double: filled up to
   whole vectors with items of weight 0. */
#define MTN_LOSS_BLOCK 256

typedef struct {
    double value[MTN_LOSS_BLOCK], label[MTN_LOSS_BLOCK], weight[MTN_LOSS_BLOCK];
} mtn_loss_items;

static void mtn_log_loss_take_f64(const mtn_loss_items *b, size_t m, const double *eps, double weights, metrics_mean *mean);

#endif

/* ---- metrics/calibration ---- */
#if MTN_HAS_PROBABILITY

/* Gaps of bins on their way to an error. */
typedef struct {
    int norm;
    double weight, sum, largest;
} mtn_gaps;

/* Takes a bin: its weight, sum of weight x conf, sum of weight x correct. */
MTN_UNUSED static void mtn_gaps_take(mtn_gaps *g, double weight, double conf, double correct)
{
    double accuracy, gap, square;
    if (weight == 0) return;
    accuracy = correct / weight;
    gap = fabs(accuracy - conf / weight);
    square = gap * gap;
    if (g->norm == METRICS_CALIBRATION_L2_DEBIASED && weight > 1) square -= accuracy * (1 - accuracy) / (weight - 1);
    g->weight += weight;
    g->sum += weight * (g->norm == METRICS_CALIBRATION_L1 || g->norm == METRICS_CALIBRATION_MAX ? gap : square);
    if (gap > g->largest) g->largest = gap;
}

/* The error. The sum of the gaps has the NaN that the largest does not. */
MTN_UNUSED static double mtn_gaps_error(const mtn_gaps *g)
{
    const double mean = mtn_ratio(g->sum, g->weight, mtn_nan_value());
    if (g->norm == METRICS_CALIBRATION_L1 || mtn_is_nan(mean)) return mean;
    if (g->norm == METRICS_CALIBRATION_MAX) return g->largest;
    return mean > 0 ? sqrt(mean) : 0;
}

MTN_UNUSED static int mtn_calibration_norm_known(int norm)
{
    return norm >= METRICS_CALIBRATION_L1 && norm <= METRICS_CALIBRATION_L2_DEBIASED;
}

MTN_UNUSED static int mtn_bins_fit(size_t bin_count, size_t doubles)
{
    return bin_count > 0 && bin_count <= INT32_MAX && !mtn_too_big(mtn_mul(bin_count, doubles), sizeof(double));
}

/* The bin of equal width that holds x. */
MTN_UNUSED static size_t mtn_bin_of(double x, size_t bin_count, int edges)
{
    const double count = (double)bin_count;
    size_t b;
    if (!(x > 0)) return 0;
    if (x >= 1) return bin_count - 1;
    b = (size_t)(x * count);
    if (b > bin_count - 1) b = bin_count - 1;
    if (edges == METRICS_EDGES_RIGHT) {
        while (b > 0 && x <= (double)b / count) b--;
        while (b + 1 < bin_count && x > (double)(b + 1) / count) b++;
    } else {
        while (b > 0 && x < (double)b / count) b--;
        while (b + 1 < bin_count && x >= (double)(b + 1) / count) b++;
    }
    return b;
}

METRICS_DEF int metrics_calibration_init(size_t bin_count, double *bins)
{
    size_t k;
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 3 * bin_count; k++) bins[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_merge(const double *other, size_t bin_count, double *bins)
{
    if (!other || !bins) return METRICS_ERROR_NULL;
    if (!mtn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    mtn_add_counts(bins, other, 3 * bin_count);
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_error(const double *bins, size_t bin_count, int norm, double *error)
{
    mtn_gaps gaps = {0, 0, 0, 0};
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    if (!mtn_calibration_norm_known(norm)) return METRICS_ERROR_OPTION;
    gaps.norm = norm;
    for (b = 0; b < bin_count; b++) mtn_gaps_take(&gaps, bins[3 * b], bins[3 * b + 1], bins[3 * b + 2]);
    if (error) *error = mtn_gaps_error(&gaps);
    return METRICS_OK;
}

METRICS_DEF int metrics_calibration_curve(const double *bins, size_t bin_count, double *mean_conf, double *accuracy, double *share)
{
    double total = 0;
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    for (b = 0; b < bin_count; b++) total += bins[3 * b];
    for (b = 0; b < bin_count; b++) {
        if (mean_conf) mean_conf[b] = mtn_ratio(bins[3 * b + 1], bins[3 * b], mtn_nan_value());
        if (accuracy) accuracy[b] = mtn_ratio(bins[3 * b + 2], bins[3 * b], mtn_nan_value());
        if (share) share[b] = mtn_ratio(bins[3 * b], total, 0);
    }
    return METRICS_OK;
}

METRICS_DEF size_t metrics_calibration_error_equal_mass_scratch(size_t n) { return mtn_sorted_room(n); }
METRICS_DEF size_t metrics_ks_calibration_error_scratch(size_t n) { return mtn_sorted_room(n); }

/* Bins of equal mass being filled one after the other. */
typedef struct {
    mtn_gaps gaps;
    double per_bin;                /* weight of a bin */
    size_t bin, bin_count;
    double weight, conf, correct;  /* of the bin at hand */
    double passed;                 /* weight of all before it and in it */
} mtn_equal_mass;

MTN_UNUSED static void mtn_equal_mass_close(mtn_equal_mass *m)
{
    mtn_gaps_take(&m->gaps, m->weight, m->conf, m->correct);
    m->weight = m->conf = m->correct = 0;
    m->bin++;
}

/* Takes a group of samples of one confidence, given by its weight, its confidence
   and its accuracy: what the bin at hand has room for, the rest into the next. */
MTN_UNUSED static void mtn_equal_mass_take(mtn_equal_mass *m, double weight, double conf, double accuracy)
{
    while (m->bin + 1 < m->bin_count) {
        const double room = m->per_bin * (double)(m->bin + 1) - m->passed;
        if (!(weight >= room)) break;
        if (room > 0) {
            m->weight += room;
            m->conf += room * conf;
            m->correct += room * accuracy;
            m->passed += room;
            weight -= room;
        }
        mtn_equal_mass_close(m);
    }
    if (weight == 0) return;
    m->weight += weight;
    m->conf += weight * conf;
    m->correct += weight * accuracy;
    m->passed += weight;
}

#endif

/* ---- metrics/curves ---- */
#if MTN_HAS_CURVES

METRICS_DEF size_t metrics_roc_auc_scratch(size_t n) { return mtn_sorted_room(n); }
METRICS_DEF size_t metrics_roc_auc_partial_scratch(size_t n) { return mtn_sorted_room(n); }
METRICS_DEF size_t metrics_roc_curve_scratch(size_t n) { return mtn_sorted_room(n); }
METRICS_DEF size_t metrics_pr_curve_scratch(size_t n) { return mtn_sorted_room(n); }
METRICS_DEF size_t metrics_average_precision_scratch(size_t n) { return mtn_sorted_room(n); }
METRICS_DEF size_t metrics_operating_points_of_scratch(size_t n) { return mtn_sorted_room(n); }

/* Room for n samples with several scores each: one column, under MICRO all; three
   sums per class. */
MTN_UNUSED static size_t mtn_columns_room(size_t n, size_t columns, int average)
{
    const size_t longest = average == METRICS_AVERAGE_MICRO ? mtn_mul(n, columns) : n;
    return mtn_add(mtn_sorted_room(longest), mtn_piece(mtn_mul(columns, 3), sizeof(double)));
}

METRICS_DEF size_t metrics_roc_auc_multiclass_scratch(size_t n, size_t classes, int average)
{
    return mtn_columns_room(n, classes, average);
}

METRICS_DEF size_t metrics_roc_auc_multilabel_scratch(size_t n, size_t label_count, int average)
{
    return mtn_columns_room(n, label_count, average);
}

METRICS_DEF size_t metrics_average_precision_multilabel_scratch(size_t n, size_t label_count, int average)
{
    return mtn_columns_room(n, label_count, average);
}

/* A mean of values where undefined ones are left out. */
typedef struct {
    double sum, weight;
} mtn_defined_mean;

MTN_UNUSED static void mtn_defined_take(mtn_defined_mean *mean, double value, double weight, int defined)
{
    if (!defined || weight == 0) return;
    mean->sum += weight * value;
    mean->weight += weight;
}

#endif

/* ---- metrics/binned ---- */
#if MTN_HAS_CURVES

MTN_UNUSED static int mtn_binned_fit(size_t bin_count)
{
    return bin_count > 0 && bin_count <= INT32_MAX && !mtn_too_big(mtn_mul(bin_count, 2), sizeof(double));
}

METRICS_DEF int metrics_binned_init(size_t bin_count, double *bins)
{
    size_t k;
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    for (k = 0; k < 2 * bin_count; k++) bins[k] = 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_binned_merge(const double *other, size_t bin_count, double *bins)
{
    if (!other || !bins) return METRICS_ERROR_NULL;
    if (!mtn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    mtn_add_counts(bins, other, 2 * bin_count);
    return METRICS_OK;
}

/* The sums of both classes. */
MTN_UNUSED static void mtn_binned_totals(const double *bins, size_t bin_count, double *negatives, double *positives)
{
    size_t b;
    *negatives = *positives = 0;
    for (b = 0; b < bin_count; b++) {
        *negatives += bins[2 * b];
        *positives += bins[2 * b + 1];
    }
}

METRICS_DEF int metrics_binned_roc_auc(const double *bins, size_t bin_count, double *auc, double *error)
{
    double negatives, positives, below = 0, pairs = 0, tied = 0;
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    mtn_binned_totals(bins, bin_count, &negatives, &positives);
    for (b = 0; b < bin_count; b++) {
        pairs += bins[2 * b + 1] * (below + 0.5 * bins[2 * b]);
        tied += bins[2 * b + 1] * bins[2 * b];
        below += bins[2 * b];
    }
    if (auc) *auc = mtn_ratio(pairs, positives * negatives, mtn_nan_value());
    if (error) *error = mtn_ratio(0.5 * tied, positives * negatives, mtn_nan_value());
    return METRICS_OK;
}

/* The integral of (tp + t) / (tp + fp + t) over t from 0 to p: the sum of precisions
   over p positives behind tp positives and fp negatives is at least this. */
MTN_UNUSED static double mtn_precision_integral(double tp, double fp, double p)
{
    if (p == 0) return 0;
    if (tp + fp == 0) return p;
    return fp == 0 ? p : p - fp * log1p(p / (tp + fp));
}

METRICS_DEF int metrics_binned_average_precision(const double *bins, size_t bin_count, double *low, double *middle, double *high)
{
    double negatives, positives, tp = 0, fp = 0, worst = 0, equal = 0, best = 0;
    size_t b;
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_binned_fit(bin_count)) return METRICS_ERROR_SIZE;
    mtn_binned_totals(bins, bin_count, &negatives, &positives);
    for (b = bin_count; b-- > 0;) {
        const double n = bins[2 * b], p = bins[2 * b + 1];
        worst += mtn_precision_integral(tp, fp + n, p);
        equal += p * mtn_ratio(tp + p, tp + p + fp + n, 0);
        best += p * mtn_ratio(tp + p, tp + p + fp, 0);
        tp += p;
        fp += n;
    }
    if (low) *low = mtn_ratio(worst, positives, mtn_nan_value());
    if (middle) *middle = mtn_ratio(equal, positives, mtn_nan_value());
    if (high) *high = mtn_ratio(best, positives, mtn_nan_value());
    return METRICS_OK;
}

#endif

/* ---- metrics/regression ---- */
#if MTN_HAS_REGRESSION

#define MTN_REGRESSION_BLOCK 256

/* A NaN stays. */
MTN_UNUSED static void mtn_regression_max(double *max, double candidate)
{
    if (candidate > *max || mtn_is_nan(candidate)) *max = candidate;
}

/* b into a: with d = mean_b - mean_a,
   mean = mean_a + d W_b / W, M = M_a + M_b + d^2 W_a W_b / W */
MTN_UNUSED static void mtn_regression_merge(metrics_regression *a, const metrics_regression *b)
{
    const double weight = a->weight + b->weight;
    const double pred = b->mean_pred - a->mean_pred, target = b->mean_target - a->mean_target;
    const double error = b->mean_error - a->mean_error;
    double share, both;
    if (b->count == 0) return;
    if (a->count == 0) {
        *a = *b;
        return;
    }
    share = b->weight / weight;
    both = a->weight * share;
    a->count += b->count;
    a->weight = weight;
    a->mean_pred += pred * share;
    a->mean_target += target * share;
    a->mean_error += error * share;
    a->pred2 += b->pred2 + pred * pred * both;
    a->target2 += b->target2 + target * target * both;
    a->error2 += b->error2 + error * error * both;
    a->cross += b->cross + pred * target * both;
    a->squared += b->squared;
    a->absolute += b->absolute;
    a->relative += b->relative;
    a->target_absolute += b->target_absolute;
    mtn_regression_max(&a->max_error, b->max_error);
}

/* 1 - a / b; where b is 0: 1 if a is 0 too, else 0 */
MTN_UNUSED static double mtn_regression_skill(double a, double b)
{
    return b == 0 ? (a == 0 ? 1 : 0) : 1 - a / b;
}

MTN_UNUSED static double mtn_regression_pearson(const metrics_regression *r)
{
    const double product = r->pred2 * r->target2;
    const double scale = product > DBL_MIN && mtn_finite(product) ? sqrt(product) : sqrt(r->pred2) * sqrt(r->target2);
    double value;
    if (r->count < 2 || scale == 0) return mtn_nan_value();
    value = r->cross / scale;
    return value > 1 ? 1 : value < -1 ? -1 : value;
}

MTN_UNUSED static void mtn_regression_scores(const metrics_regression *r, metrics_regression_scores *s)
{
    const double nan = mtn_nan_value();
    s->mse = mtn_ratio(r->squared, r->weight, nan);
    s->rmse = sqrt(s->mse);
    s->mae = mtn_ratio(r->absolute, r->weight, nan);
    s->bias = r->count > 0 ? r->mean_error : nan;
    s->max_error = r->count > 0 ? r->max_error : nan;
    s->mape = mtn_ratio(r->relative, r->weight, nan);
    s->wape = mtn_ratio(r->absolute, r->target_absolute, nan);
    s->r2 = r->count < 2 ? nan : mtn_regression_skill(r->squared, r->target2);
    s->explained_variance = r->count < 1 ? nan : mtn_regression_skill(r->error2, r->target2);
    s->pearson = mtn_regression_pearson(r);
    s->concordance = mtn_ratio(2 * r->cross, r->pred2 + r->target2 + r->weight * r->mean_error * r->mean_error, nan);
}

/* The average over outputs, one output after the other. */
typedef struct {
    metrics_regression_scores sum;
    double outputs, variance, r2, explained_variance;   /* of the outputs weighted by their variance */
} mtn_regression_average;

MTN_UNUSED static void mtn_regression_average_add(mtn_regression_average *a, const metrics_regression *r)
{
    metrics_regression_scores s;
    mtn_regression_scores(r, &s);
    a->sum.mse += s.mse;
    a->sum.rmse += s.rmse;
    a->sum.mae += s.mae;
    a->sum.bias += s.bias;
    a->sum.max_error += s.max_error;
    a->sum.mape += s.mape;
    a->sum.wape += s.wape;
    a->sum.r2 += s.r2;
    a->sum.explained_variance += s.explained_variance;
    a->sum.pearson += s.pearson;
    a->sum.concordance += s.concordance;
    a->outputs += 1;
    if (r->target2 != 0) {
        a->variance += r->target2 / r->weight;
        a->r2 += s.r2 * (r->target2 / r->weight);
        a->explained_variance += s.explained_variance * (r->target2 / r->weight);
    }
}

MTN_UNUSED static void mtn_regression_average_end(const mtn_regression_average *a, int average, metrics_regression_scores *s)
{
    const double nan = mtn_nan_value();
    s->mse = mtn_ratio(a->sum.mse, a->outputs, nan);
    s->rmse = mtn_ratio(a->sum.rmse, a->outputs, nan);
    s->mae = mtn_ratio(a->sum.mae, a->outputs, nan);
    s->bias = mtn_ratio(a->sum.bias, a->outputs, nan);
    s->max_error = mtn_ratio(a->sum.max_error, a->outputs, nan);
    s->mape = mtn_ratio(a->sum.mape, a->outputs, nan);
    s->wape = mtn_ratio(a->sum.wape, a->outputs, nan);
    s->r2 = mtn_ratio(a->sum.r2, a->outputs, nan);
    s->explained_variance = mtn_ratio(a->sum.explained_variance, a->outputs, nan);
    s->pearson = mtn_ratio(a->sum.pearson, a->outputs, nan);
    s->concordance = mtn_ratio(a->sum.concordance, a->outputs, nan);
    if (average == METRICS_OUTPUTS_VARIANCE && a->variance != 0) {
        s->r2 = a->r2 / a->variance;
        s->explained_variance = a->explained_variance / a->variance;
    }
}

METRICS_DEF int metrics_regression_init(size_t outputs, metrics_regression *regression)
{
    if (outputs && !regression) return METRICS_ERROR_NULL;
    if (mtn_too_big(outputs, sizeof *regression)) return METRICS_ERROR_SIZE;
    if (outputs) memset(regression, 0, outputs * sizeof *regression);
    return METRICS_OK;
}

METRICS_DEF int metrics_regression_merge(const metrics_regression *other, size_t outputs, metrics_regression *regression)
{
    size_t j;
    if (outputs && (!other || !regression)) return METRICS_ERROR_NULL;
    if (mtn_too_big(outputs, sizeof *regression)) return METRICS_ERROR_SIZE;
    for (j = 0; j < outputs; j++) {
        const metrics_regression from = other[j];
        mtn_regression_merge(&regression[j], &from);
    }
    return METRICS_OK;
}

METRICS_DEF int metrics_regression_result(const metrics_regression *regression, size_t outputs, int average,
                                          metrics_regression_scores *scores)
{
    mtn_regression_average mean;
    size_t j;
    if (outputs && !regression) return METRICS_ERROR_NULL;
    if (mtn_too_big(outputs, sizeof *regression)) return METRICS_ERROR_SIZE;
    if (average < METRICS_OUTPUTS_RAW || average > METRICS_OUTPUTS_VARIANCE) return METRICS_ERROR_OPTION;
    if (!scores) return METRICS_OK;
    memset(&mean, 0, sizeof mean);
    for (j = 0; j < outputs; j++) {
        if (average == METRICS_OUTPUTS_RAW) mtn_regression_scores(&regression[j], &scores[j]);
        else mtn_regression_average_add(&mean, &regression[j]);
    }
    if (average != METRICS_OUTPUTS_RAW) mtn_regression_average_end(&mean, average, scores);
    return METRICS_OK;
}

/* A block of items of weight other than 0, with room for whole vectors. */
typedef struct {
    double pred[MTN_REGRESSION_BLOCK], target[MTN_REGRESSION_BLOCK], weight[MTN_REGRESSION_BLOCK];
} mtn_regression_items;

static void mtn_regression_take_f64(mtn_regression_items *b, size_t m, metrics_regression *regression);

#endif

/* ---- metrics/correlation ---- */
#if MTN_HAS_CORRELATION

MTN_UNUSED static uint64_t mtn_pairs_of(uint64_t n) { return n % 2 ? (n - 1) / 2 * n : n / 2 * (n - 1); }

/* Sorts a and returns how many pairs stood in the wrong order (a[i] > a[j], i < j).
   Runs of eight by insertion, then merged; room holds n elements. */
MTN_UNUSED static uint64_t mtn_count_inversions(uint32_t *a, uint32_t *room, size_t n)
{
    uint32_t *from = a, *to = room, *swap;
    uint64_t count = 0;
    size_t start, width, end, i, j, k, left;
    for (start = 0; start < n; start += 8) {
        end = n - start < 8 ? n : start + 8;
        for (i = start + 1; i < end; i++) {
            const uint32_t value = a[i];
            for (j = i; j > start && a[j - 1] > value; j--) a[j] = a[j - 1];
            a[j] = value;
            count += i - j;
        }
    }
    for (width = 8; width < n; width = width > n / 2 ? n : 2 * width) {
        for (start = 0; start < n; start = end) {
            left = n - start < width ? n : start + width;
            end = n - left < width ? n : left + width;
            i = k = start;
            j = left;
            while (i < left && j < end) {
                const uint32_t one = from[i], other = from[j];
                const size_t right = other < one;
                count += (left - i) & (0 - right);
                to[k++] = right ? other : one;
                i += 1 - right;
                j += right;
            }
            memcpy(to + k, from + i, (left - i) * sizeof *to);
            memcpy(to + k + (left - i), from + j, (end - j) * sizeof *to);
        }
        swap = from;
        from = to;
        to = swap;
    }
    if (from != a) memcpy(a, from, n * sizeof *a);
    return count;
}

#endif

/* ---- metrics/ranking ---- */
#if MTN_HAS_RANKING

METRICS_DEF metrics_ranking_config metrics_ranking_defaults(void)
{
    metrics_ranking_config config;
    memset(&config, 0, sizeof config);
    return config;
}

MTN_UNUSED static int mtn_ranking_config_valid(const metrics_ranking_config *c)
{
    return c->gain >= METRICS_GAIN_LINEAR && c->gain <= METRICS_GAIN_EXPONENTIAL
        && c->ties >= METRICS_DCG_TIES_AVERAGE && c->ties <= METRICS_DCG_TIES_INDEX
        && c->ap >= METRICS_AP_RELEVANT && c->ap <= METRICS_AP_RETRIEVED
        && c->empty >= METRICS_EMPTY_ZERO && c->empty <= METRICS_EMPTY_ERROR;
}

MTN_UNUSED static double mtn_ranking_gain(double relevance, int gain)
{
    return gain == METRICS_GAIN_EXPONENTIAL ? expm1(0.69314718055994530942 * relevance) : relevance;
}

/* What the document of rank i = 1, 2, ... counts in DCG: 1 / log2(i + 1). */
MTN_UNUSED static double mtn_ranking_discount(size_t i) { return 0.69314718055994530942 / log1p((double)i); }

/* All scores at one value. */
MTN_UNUSED static void mtn_ranking_fill(metrics_ranking_scores *s, double value)
{
    s->dcg = s->ideal_dcg = s->ndcg = s->average_precision = s->reciprocal_rank = value;
    s->precision = s->recall = s->hit = s->r_precision = value;
}

MTN_UNUSED static void mtn_ranking_empty(metrics_ranking_scores *s, int action)
{
    mtn_ranking_fill(s, action == METRICS_EMPTY_SKIP ? mtn_nan_value() : action == METRICS_EMPTY_ONE ? 1 : 0);
    if (action == METRICS_EMPTY_ONE) s->dcg = s->ideal_dcg = 0;
    s->relevant = 0;
}

MTN_UNUSED static void mtn_ranking_add(metrics_ranking_scores *to, const metrics_ranking_scores *s)
{
    to->dcg += s->dcg;
    to->ideal_dcg += s->ideal_dcg;
    to->ndcg += s->ndcg;
    to->average_precision += s->average_precision;
    to->reciprocal_rank += s->reciprocal_rank;
    to->precision += s->precision;
    to->recall += s->recall;
    to->hit += s->hit;
    to->r_precision += s->r_precision;
    to->relevant += s->relevant;
}

/* One query into the means. */
MTN_UNUSED static void mtn_retrieval_take(metrics_retrieval *r, const metrics_ranking_scores *s, int action)
{
    if (s->relevant == 0 && action == METRICS_EMPTY_SKIP) {
        r->skipped += 1;
        return;
    }
    mtn_ranking_add(&r->sum, s);
    r->queries += 1;
}

METRICS_DEF int metrics_retrieval_init(metrics_retrieval *retrieval)
{
    if (!retrieval) return METRICS_ERROR_NULL;
    memset(retrieval, 0, sizeof *retrieval);
    return METRICS_OK;
}

METRICS_DEF int metrics_retrieval_merge(const metrics_retrieval *other, metrics_retrieval *retrieval)
{
    metrics_retrieval from;
    if (!other || !retrieval) return METRICS_ERROR_NULL;
    from = *other;
    mtn_ranking_add(&retrieval->sum, &from.sum);
    retrieval->queries += from.queries;
    retrieval->skipped += from.skipped;
    return METRICS_OK;
}

METRICS_DEF int metrics_retrieval_result(const metrics_retrieval *retrieval, metrics_ranking_scores *result)
{
    double n;
    if (!retrieval) return METRICS_ERROR_NULL;
    if (!result) return METRICS_OK;
    n = retrieval->queries;
    mtn_ranking_fill(result, mtn_nan_value());
    result->relevant = mtn_nan_value();
    if (n == 0) return METRICS_OK;
    result->dcg = retrieval->sum.dcg / n;
    result->ideal_dcg = retrieval->sum.ideal_dcg / n;
    result->ndcg = retrieval->sum.ndcg / n;
    result->average_precision = retrieval->sum.average_precision / n;
    result->reciprocal_rank = retrieval->sum.reciprocal_rank / n;
    result->precision = retrieval->sum.precision / n;
    result->recall = retrieval->sum.recall / n;
    result->hit = retrieval->sum.hit / n;
    result->r_precision = retrieval->sum.r_precision / n;
    result->relevant = retrieval->sum.relevant / n;
    return METRICS_OK;
}

#endif

/* ---- metrics/segmentation ---- */
#if MTN_HAS_SEGMENTATION

#define MTN_OVERLAP_ONE (UINT64_C(1) << 63)

/* *whole + *part / 2^63 += more / 2^63, more <= 2^63. */
MTN_UNUSED static void mtn_overlap_add(uint64_t *whole, uint64_t *part, uint64_t more)
{
    *part += more;
    *whole += *part / MTN_OVERLAP_ONE;
    *part %= MTN_OVERLAP_ONE;
}

/* The same for a ratio in 0 .. 1, cut to a multiple of 2^-53. */
MTN_UNUSED static void mtn_overlap_add_ratio(uint64_t *whole, uint64_t *part, double ratio)
{
    mtn_overlap_add(whole, part, (uint64_t)(ratio * 9007199254740992.0) << 10);
}

MTN_UNUSED static double mtn_overlap_sum(uint64_t whole, uint64_t part)
{
    return (double)whole + (double)part / 9223372036854775808.0;
}

/* iou = both / (pred + target - both), 0 / 0 is `absent` */
MTN_UNUSED static double mtn_overlap_iou(double both, double pred, double target, double absent)
{
    return mtn_ratio(both, pred + target - both, absent);
}

/* dice = 2 both / (pred + target) */
MTN_UNUSED static double mtn_overlap_dice(double both, double pred, double target, double absent)
{
    return mtn_ratio(2 * both, pred + target, absent);
}

/* Closes an image in which the class has these counts. */
MTN_UNUSED static void mtn_overlap_image(metrics_overlap *c, uint64_t both, uint64_t pred, uint64_t target)
{
    c->both += both;
    c->pred += pred;
    c->target += target;
    c->images++;
    c->in_target += target > 0;
    if (pred == 0 && target == 0) return;
    c->present++;
    mtn_overlap_add_ratio(&c->iou_whole, &c->iou_part, mtn_overlap_iou((double)both, (double)pred, (double)target, 0));
    mtn_overlap_add_ratio(&c->dice_whole, &c->dice_part, mtn_overlap_dice((double)both, (double)pred, (double)target, 0));
}

/* How many pixels from k on have the labels of pixel k: label maps are made of runs. */
MTN_UNUSED static size_t mtn_overlap_run(const int32_t *pred, const int32_t *target, size_t k, size_t n)
{
    const int32_t p = pred[k], t = target[k];
    size_t end = k + 1, j;
    for (; n - end >= 16; end += 16) {
        int32_t differ = 0;
        for (j = end; j < end + 16; j++) differ |= (pred[j] ^ p) | (target[j] ^ t);
        if (differ) break;
    }
    while (end < n && pred[end] == p && target[end] == t) end++;
    return end - k;
}

MTN_UNUSED static int mtn_overlap_is_class(int32_t label, size_t classes)
{
    return label >= 0 && (size_t)label < classes;
}

/* Labels all in range, where the target is not ignored. */
MTN_UNUSED static int mtn_overlap_labels_valid(const int32_t *pred, const int32_t *target, size_t n, size_t classes, int32_t ignore_label)
{
    size_t k, run;
    for (k = 0; k < n; k += run) {
        run = mtn_overlap_run(pred, target, k, n);
        if (target[k] == ignore_label && ignore_label != METRICS_IGNORE_NONE) continue;
        if (!mtn_overlap_is_class(target[k], classes) || !mtn_overlap_is_class(pred[k], classes)) return 0;
    }
    return 1;
}

METRICS_DEF int metrics_overlap_init(size_t classes, metrics_overlap *counts)
{
    if (!counts) return METRICS_ERROR_NULL;
    if (!classes || mtn_too_big(classes, sizeof *counts)) return METRICS_ERROR_SIZE;
    memset(counts, 0, classes * sizeof *counts);
    return METRICS_OK;
}

METRICS_DEF int metrics_overlap_update(const int32_t *pred, const int32_t *target, size_t n, size_t classes,
                                       int32_t ignore_label, metrics_overlap *counts)
{
    size_t k, run;
    if (!counts || (n && (!pred || !target))) return METRICS_ERROR_NULL;
    if (!classes || mtn_too_big(classes, sizeof *counts) || mtn_too_big(n, sizeof *pred)) return METRICS_ERROR_SIZE;
    if (!mtn_overlap_labels_valid(pred, target, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    for (k = 0; k < classes; k++) counts[k].now_both = counts[k].now_pred = counts[k].now_target = 0;
    for (k = 0; k < n; k += run) {
        run = mtn_overlap_run(pred, target, k, n);
        if (target[k] == ignore_label && ignore_label != METRICS_IGNORE_NONE) continue;
        counts[pred[k]].now_pred += run;
        counts[target[k]].now_target += run;
        if (pred[k] == target[k]) counts[pred[k]].now_both += run;
    }
    for (k = 0; k < classes; k++) {
        metrics_overlap *c = &counts[k];
        const uint64_t both = c->now_both, of_pred = c->now_pred, of_target = c->now_target;
        c->now_both = c->now_pred = c->now_target = 0;
        mtn_overlap_image(c, both, of_pred, of_target);
    }
    return METRICS_OK;
}

/* Bit 7 of every byte that is not 0, moved to bit 0. */
MTN_UNUSED static uint64_t mtn_overlap_bytes(uint64_t x)
{
    const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
    return ((((x & low) + low) | x) & ~low) >> 7;
}

/* The sum of the eight bytes. */
MTN_UNUSED static uint64_t mtn_overlap_byte_sum(uint64_t x)
{
    const uint64_t even = UINT64_C(0x00ff00ff00ff00ff);
    return (((x & even) + ((x >> 8) & even)) * UINT64_C(0x0001000100010001)) >> 48;
}

/* Adds the counts of n pixels to count[0..2]: both, pred, target. Eight bytes at a
   time, up to 255 such words into byte-wide counters. */
MTN_UNUSED static void mtn_overlap_count_masks(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n, uint64_t *count)
{
    size_t k = 0, words;
    uint64_t p, t, v = 0;
    while (n - k >= 8) {
        uint64_t both = 0, of_pred = 0, of_target = 0;
        for (words = 0; words < 255 && n - k >= 8; words++, k += 8) {
            memcpy(&p, pred + k, 8);
            memcpy(&t, target + k, 8);
            p = mtn_overlap_bytes(p);
            t = mtn_overlap_bytes(t);
            if (valid) {
                memcpy(&v, valid + k, 8);
                v = mtn_overlap_bytes(v);
                p &= v;
                t &= v;
            }
            both += p & t;
            of_pred += p;
            of_target += t;
        }
        count[0] += mtn_overlap_byte_sum(both);
        count[1] += mtn_overlap_byte_sum(of_pred);
        count[2] += mtn_overlap_byte_sum(of_target);
    }
    for (; k < n; k++) {
        if (valid && !valid[k]) continue;
        count[0] += pred[k] && target[k];
        count[1] += pred[k] != 0;
        count[2] += target[k] != 0;
    }
}

METRICS_DEF int metrics_overlap_update_mask(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                            metrics_overlap *counts)
{
    uint64_t count[3] = {0, 0, 0};
    if (!counts || (n && (!pred || !target))) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, 1)) return METRICS_ERROR_SIZE;
    mtn_overlap_count_masks(pred, target, valid, n, count);
    mtn_overlap_image(counts, count[0], count[1], count[2]);
    return METRICS_OK;
}

METRICS_DEF int metrics_overlap_merge(const metrics_overlap *other, size_t classes, metrics_overlap *counts)
{
    size_t k;
    if (!other || !counts) return METRICS_ERROR_NULL;
    if (!classes || mtn_too_big(classes, sizeof *counts)) return METRICS_ERROR_SIZE;
    for (k = 0; k < classes; k++) {
        metrics_overlap *c = &counts[k];
        const metrics_overlap o = other[k];
        c->both += o.both;
        c->pred += o.pred;
        c->target += o.target;
        c->images += o.images;
        c->present += o.present;
        c->in_target += o.in_target;
        c->iou_whole += o.iou_whole;
        mtn_overlap_add(&c->iou_whole, &c->iou_part, o.iou_part);
        c->dice_whole += o.dice_whole;
        mtn_overlap_add(&c->dice_whole, &c->dice_part, o.dice_part);
    }
    return METRICS_OK;
}

/* Whether the class takes part in means at all. */
MTN_UNUSED static int mtn_overlap_counts(const metrics_overlap *c, const metrics_overlap_options *o)
{
    if (o->per_image && c->images == 0) return 0;
    if (o->absent == METRICS_ABSENT_SKIP) return c->present > 0;
    if (o->absent == METRICS_ABSENT_SKIP_TARGET) return c->in_target > 0;
    return 1;
}

/* The mean of the images' values, sum being that of the images with the class. An
   image with the class in the prediction alone has the value 0. */
MTN_UNUSED static double mtn_overlap_image_mean(const metrics_overlap *c, double sum, int absent)
{
    switch (absent) {
    case METRICS_ABSENT_SKIP: return mtn_ratio(sum, (double)c->present, mtn_nan_value());
    case METRICS_ABSENT_SKIP_TARGET: return mtn_ratio(sum, (double)c->in_target, mtn_nan_value());
    case METRICS_ABSENT_0: return mtn_ratio(sum, (double)c->images, mtn_nan_value());
    default: return mtn_ratio(sum + (double)(c->images - c->present), (double)c->images, mtn_nan_value());
    }
}

MTN_UNUSED static void mtn_overlap_values(const metrics_overlap *c, const metrics_overlap_options *o, double *iou, double *dice)
{
    const double absent = o->absent == METRICS_ABSENT_0 ? 0 : o->absent == METRICS_ABSENT_1 ? 1 : mtn_nan_value();
    if (o->per_image) {
        *iou = mtn_overlap_image_mean(c, mtn_overlap_sum(c->iou_whole, c->iou_part), o->absent);
        *dice = mtn_overlap_image_mean(c, mtn_overlap_sum(c->dice_whole, c->dice_part), o->absent);
    } else if (o->absent == METRICS_ABSENT_SKIP_TARGET && c->target == 0) {
        *iou = *dice = mtn_nan_value();
    } else {
        *iou = mtn_overlap_iou((double)c->both, (double)c->pred, (double)c->target, absent);
        *dice = mtn_overlap_dice((double)c->both, (double)c->pred, (double)c->target, absent);
    }
}

MTN_UNUSED static int mtn_overlap_check(size_t classes, const metrics_overlap_options *o)
{
    if (!classes || mtn_too_big(classes, sizeof(metrics_overlap)) || o->first_class > classes) return METRICS_ERROR_SIZE;
    if (o->absent < METRICS_ABSENT_SKIP || o->absent > METRICS_ABSENT_SKIP_TARGET) return METRICS_ERROR_OPTION;
    return METRICS_OK;
}

MTN_UNUSED static metrics_overlap_options mtn_overlap_options(const metrics_overlap_options *options)
{
    metrics_overlap_options o;
    memset(&o, 0, sizeof o);
    return options ? *options : o;
}

METRICS_DEF int metrics_overlap_result(const metrics_overlap *counts, size_t classes, const metrics_overlap_options *options,
                                        double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged)
{
    const metrics_overlap_options o = mtn_overlap_options(options);
    double iou_sum = 0, dice_sum = 0, i, d;
    size_t k, part = 0;
    int status;
    if (!counts) return METRICS_ERROR_NULL;
    status = mtn_overlap_check(classes, &o);
    if (status) return status;
    for (k = 0; k < classes; k++) {
        mtn_overlap_values(&counts[k], &o, &i, &d);
        if (iou) iou[k] = i;
        if (dice) dice[k] = d;
        if (k < o.first_class || !mtn_overlap_counts(&counts[k], &o)) continue;
        iou_sum += i;
        dice_sum += d;
        part++;
    }
    if (mean_iou) *mean_iou = mtn_ratio(iou_sum, (double)part, mtn_nan_value());
    if (mean_dice) *mean_dice = mtn_ratio(dice_sum, (double)part, mtn_nan_value());
    if (averaged) *averaged = part;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_label_overlap_scratch(size_t classes) { return mtn_piece(classes, sizeof(metrics_overlap)); }

METRICS_DEF int metrics_label_overlap(const int32_t *pred, const int32_t *target, size_t n, size_t classes, int32_t ignore_label,
                                      const metrics_overlap_options *options, void *scratch, size_t scratch_size,
                                      double *iou, double *dice, double *mean_iou, double *mean_dice, size_t *averaged)
{
    const metrics_overlap_options o = mtn_overlap_options(options);
    metrics_overlap *counts;
    int status;
    if (n && (!pred || !target)) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, sizeof *pred)) return METRICS_ERROR_SIZE;
    status = mtn_overlap_check(classes, &o);
    if (status) return status;
    if (!mtn_overlap_labels_valid(pred, target, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    if (!mtn_scratch_holds(scratch, scratch_size, metrics_label_overlap_scratch(classes))) return METRICS_ERROR_SCRATCH;
    counts = (metrics_overlap *)mtn_cut(&scratch, classes, sizeof *counts);
    metrics_overlap_init(classes, counts);
    metrics_overlap_update(pred, target, n, classes, ignore_label, counts);
    return metrics_overlap_result(counts, classes, &o, iou, dice, mean_iou, mean_dice, averaged);
}

METRICS_DEF int metrics_mask_overlap(const uint8_t *pred, const uint8_t *target, const uint8_t *valid, size_t n,
                                     double *iou, double *dice)
{
    uint64_t count[3] = {0, 0, 0};
    if (n && (!pred || !target)) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, 1)) return METRICS_ERROR_SIZE;
    mtn_overlap_count_masks(pred, target, valid, n, count);
    if (iou) *iou = mtn_overlap_iou((double)count[0], (double)count[1], (double)count[2], mtn_nan_value());
    if (dice) *dice = mtn_overlap_dice((double)count[0], (double)count[1], (double)count[2], mtn_nan_value());
    return METRICS_OK;
}

#endif

/* ---- metrics/surface ---- */
#if MTN_HAS_SURFACE

/* The box that holds both masks: always three axes, the last `dims` of them the caller's. */
typedef struct {
    size_t full[3];           /* of the arrays */
    size_t low[3], size[3];   /* of the box; sizes 0 when both masks are empty */
    int pred_empty, target_empty;
} mtn_surface_box;

/* The first place from k on with a byte other than 0, n when there is none. */
MTN_UNUSED static size_t mtn_surface_first(const uint8_t *mask, size_t k, size_t n)
{
    uint64_t word;
    for (; n - k >= 8; k += 8) {
        memcpy(&word, mask + k, 8);
        if (word) break;
    }
    while (k < n && !mask[k]) k++;
    return k;
}

/* Behind the last byte other than 0 of mask[0..n-1]. */
MTN_UNUSED static size_t mtn_surface_end(const uint8_t *mask, size_t n)
{
    uint64_t word;
    for (; n >= 8; n -= 8) {
        memcpy(&word, mask + n - 8, 8);
        if (word) break;
    }
    while (n > 0 && !mask[n - 1]) n--;
    return n;
}

/* Widens the box (low .. high) by one mask. Returns whether the mask is empty. */
MTN_UNUSED static int mtn_surface_widen(const uint8_t *mask, const size_t *full, size_t *low, size_t *high)
{
    size_t at[3], first, end;
    int axis, empty = 1;
    for (at[0] = 0; at[0] < full[0]; at[0]++)
        for (at[1] = 0; at[1] < full[1]; at[1]++) {
            const uint8_t *line = mask + (at[0] * full[1] + at[1]) * full[2];
            first = mtn_surface_first(line, 0, full[2]);
            if (first == full[2]) continue;
            end = mtn_surface_end(line, full[2]);
            empty = 0;
            for (axis = 0; axis < 2; axis++) {
                if (at[axis] < low[axis]) low[axis] = at[axis];
                if (at[axis] + 1 > high[axis]) high[axis] = at[axis] + 1;
            }
            if (first < low[2]) low[2] = first;
            if (end > high[2]) high[2] = end;
        }
    return empty;
}

/* NULL masks: the whole array. */
MTN_UNUSED static void mtn_surface_find(mtn_surface_box *box, const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims)
{
    size_t high[3] = {0, 0, 0};
    int axis, nothing = 0;
    for (axis = 0; axis < 3; axis++) {
        box->full[axis] = axis < 3 - dims ? 1 : shape[axis - (3 - dims)];
        box->low[axis] = box->full[axis];
        if (box->full[axis] == 0) nothing = 1;
    }
    box->pred_empty = box->target_empty = nothing;
    if (nothing) {
        /* no elements, however long the other axes are */
    } else if (pred && target) {
        box->pred_empty = mtn_surface_widen(pred, box->full, box->low, high);
        box->target_empty = mtn_surface_widen(target, box->full, box->low, high);
    } else {
        for (axis = 0; axis < 3; axis++) {
            box->low[axis] = 0;
            high[axis] = box->full[axis];
        }
    }
    for (axis = 0; axis < 3; axis++) box->size[axis] = high[axis] > box->low[axis] ? high[axis] - box->low[axis] : 0;
}

/* How many elements the arrays have, SIZE_MAX when too many. */
MTN_UNUSED static size_t mtn_surface_total(const size_t *shape, int dims)
{
    size_t total = 1;
    int axis;
    for (axis = 0; axis < dims; axis++) {
        if (shape[axis] == 0) return 0;
        total = mtn_mul(total, shape[axis]);
    }
    return total;
}

/* One line of the surface: in the mask, and not all neighbours are. side are the
   lines next to it, NULL where nothing is in the mask. */
MTN_UNUSED static void mtn_surface_line(const uint8_t *line, const uint8_t **side, size_t n, uint8_t *edge)
{
    const int inner = side[0] && side[1] && side[2] && side[3];
    size_t k;
    for (k = 0; k < n; k++) edge[k] = line[k] != 0;
    if (!inner) return;
    for (k = 1; k + 1 < n; k++)
        edge[k] = (uint8_t)(edge[k] & !((line[k - 1] != 0) & (line[k + 1] != 0) & (side[0][k] != 0) & (side[1][k] != 0)
                                        & (side[2][k] != 0) & (side[3][k] != 0)));
}

/* The surface of a mask within the box, as a mask of the box. Returns its elements. */
MTN_UNUSED static size_t mtn_surface_edges(const uint8_t *mask, const mtn_surface_box *box, int dims, uint8_t *edge)
{
    const size_t plane = box->full[1] * box->full[2], row = box->full[2];
    size_t a, b, k, count = 0;
    for (a = 0; a < box->size[0]; a++)
        for (b = 0; b < box->size[1]; b++) {
            const uint8_t *line = mask + (a + box->low[0]) * plane + (b + box->low[1]) * row + box->low[2];
            const uint8_t *side[4];
            /* Along an axis the array does not have, an element is its own neighbour. */
            side[0] = dims < 3 ? line : a > 0 ? line - plane : NULL;
            side[1] = dims < 3 ? line : a + 1 < box->size[0] ? line + plane : NULL;
            side[2] = dims < 2 ? line : b > 0 ? line - row : NULL;
            side[3] = dims < 2 ? line : b + 1 < box->size[1] ? line + row : NULL;
            mtn_surface_line(line, side, box->size[2], edge);
            for (k = 0; k < box->size[2]; k++) count += edge[k];
            edge += box->size[2];
        }
    return count;
}

/* Every distance is this, and the surface Dice that. */
MTN_UNUSED static void mtn_surface_constant(metrics_surface *result, double distance, double dice)
{
    result->hausdorff = result->percentile = result->percentile_pooled = distance;
    result->average = result->average_of_means = distance;
    result->directed_hausdorff[0] = result->directed_hausdorff[1] = distance;
    result->directed_percentile[0] = result->directed_percentile[1] = distance;
    result->directed_average[0] = result->directed_average[1] = distance;
    result->dice = dice;
}

#endif

/* ---- metrics/detection ---- */
#if MTN_HAS_DETECTION

#define MTN_BOX_BLOCK 64

MTN_UNUSED static int mtn_box_format_known(int format)
{
    return format >= METRICS_BOX_XYXY && format <= METRICS_BOX_CXCYWH;
}

#endif

/* ---- metrics/coco ---- */
#if MTN_HAS_DETECTION

/* Where class and image put a box in a sort: classes, then images, ascending. */
MTN_UNUSED static uint64_t mtn_coco_key(int32_t label, int32_t image)
{
    return (uint64_t)(uint32_t)label << 32 | ((uint32_t)image ^ UINT32_C(0x80000000));
}

#define MTN_COCO_AREAS 4
#define MTN_COCO_THRESHOLDS 10
#define MTN_COCO_BITS (MTN_COCO_AREAS * MTN_COCO_THRESHOLDS)
#define MTN_COCO_MOST 100
#define MTN_COCO_RECALLS 101

/* numpy.linspace(0.5, 0.95, 10) */
static const double mtn_coco_threshold[MTN_COCO_THRESHOLDS] = {
    0.5, 0.55, 0.6, 0.64999999999999991, 0.7, 0.75, 0.79999999999999993, 0.84999999999999987, 0.89999999999999991, 0.94999999999999996
};

/* Between recalls; a constant in an expression could have more digits. */
static const double mtn_coco_step = 0.01;

/* The ranges of areas, both ends included: all, small, medium, large. */
static const double mtn_coco_range[MTN_COCO_AREAS][2] = { {0, 1e10}, {0, 1024}, {1024, 9216}, {9216, 1e10} };

/* Bit area of the result is set when the area is out of that range. */
MTN_UNUSED static unsigned mtn_coco_outside(double area)
{
    unsigned bits = 0;
    int k;
    for (k = 0; k < MTN_COCO_AREAS; k++)
        if (area < mtn_coco_range[k][0] || area > mtn_coco_range[k][1]) bits |= 1u << k;
    return bits;
}

/* (left, top, width, height) and area, in double. */
typedef struct {
    double x, y, w, h, area;
} mtn_coco_box;

/* Rounded to double also where the processor computes in more, and divided also
   where the compiler would rather multiply: thresholds are often met exactly. */
MTN_UNUSED static double mtn_coco_rounded(double x)
{
    const volatile double rounded = x;
    return rounded;
}

MTN_UNUSED static double mtn_coco_ratio(double a, double b)
{
    const volatile double divisor = b;
    return mtn_coco_rounded(a / divisor);
}

/* As pycocotools: of a crowd the intersection over the detection's area. Boxes that
   do not touch, and NaNs, have 0. */
MTN_UNUSED static double mtn_coco_iou(const mtn_coco_box *det, const mtn_coco_box *gt, int crowd)
{
    const double right = det->x + det->w < gt->x + gt->w ? det->x + det->w : gt->x + gt->w;
    const double bottom = det->y + det->h < gt->y + gt->h ? det->y + det->h : gt->y + gt->h;
    const double w = right - (det->x > gt->x ? det->x : gt->x);
    const double h = bottom - (det->y > gt->y ? det->y : gt->y);
    double both, of;
    if (!(w > 0) || !(h > 0)) return 0;
    both = w * h;
    of = crowd ? det->area : det->area + gt->area - both;
    return mtn_coco_ratio(both, of);
}

/* A pair worth looking at: IoU at least the lowest threshold. */
typedef struct {
    double iou;
    uint32_t gt;     /* within the group */
} mtn_coco_pair;

/* The state of a group (one image and class): per true box the areas that ignore it
   and, bit area * 10 + threshold, whether it is taken. */
typedef struct {
    const mtn_coco_box *box;
    const uint8_t *crowd, *ignored;
    uint64_t *taken;
    size_t count;
} mtn_coco_group;

/* The pairs of one detection, in the order of the true boxes. */
MTN_UNUSED static size_t mtn_coco_pairs(const mtn_coco_box *det, const mtn_coco_group *group, mtn_coco_pair *pairs)
{
    size_t k, count = 0;
    for (k = 0; k < group->count; k++) {
        const double iou = mtn_coco_iou(det, &group->box[k], group->crowd[k]);
        if (!(iou >= mtn_coco_threshold[0])) continue;
        pairs[count].iou = iou;
        pairs[count].gt = (uint32_t)k;
        count++;
    }
    return count;
}

/* The pair a detection takes, of those whose true box is ignored or those where it
   is not: the highest IoU at least the threshold, of equal ones the last. SIZE_MAX: none. */
MTN_UNUSED static size_t mtn_coco_best(const mtn_coco_group *group, const mtn_coco_pair *pairs, size_t count,
                                       double threshold, int area, int bit, int ignored)
{
    double best = threshold;
    size_t found = SIZE_MAX, k;
    for (k = 0; k < count; k++) {
        const uint32_t gt = pairs[k].gt;
        if ((group->ignored[gt] >> area & 1) != ignored) continue;
        if ((group->taken[gt] >> bit & 1) && !group->crowd[gt]) continue;
        if (pairs[k].iou < best) continue;
        best = pairs[k].iou;
        found = gt;
    }
    return found;
}

/* Matches one detection at all areas and thresholds: the bits where it is a true
   positive, and where it counts neither way. */
MTN_UNUSED static void mtn_coco_match(const mtn_coco_box *det, const mtn_coco_group *group, mtn_coco_pair *pairs,
                                      uint64_t *positive, uint64_t *neither)
{
    const size_t count = mtn_coco_pairs(det, group, pairs);
    const unsigned outside = mtn_coco_outside(det->area);
    int area, t, bit = 0;
    *positive = *neither = 0;
    for (area = 0; area < MTN_COCO_AREAS; area++)
        for (t = 0; t < MTN_COCO_THRESHOLDS; t++, bit++) {
            int ignored = 0;
            size_t gt = SIZE_MAX;
            if (count) {
                gt = mtn_coco_best(group, pairs, count, mtn_coco_threshold[t], area, bit, 0);
                if (gt == SIZE_MAX) {
                    gt = mtn_coco_best(group, pairs, count, mtn_coco_threshold[t], area, bit, 1);
                    ignored = 1;
                }
            }
            if (gt != SIZE_MAX) group->taken[gt] |= UINT64_C(1) << bit;
            if (gt == SIZE_MAX) *neither |= (uint64_t)(outside >> area & 1) << bit;
            else if (ignored) *neither |= UINT64_C(1) << bit;
            else *positive |= UINT64_C(1) << bit;
        }
}

/* What a class's detections came to. */
typedef struct {
    const uint64_t *positive, *neither;
    const uint8_t *rank;          /* within its image, 0 the best */
    const uint32_t *order;        /* by falling scores */
    size_t count;
    uint32_t *before;             /* room for count + 1 */
    double *precision;            /* room for count */
} mtn_coco_class;

/* The mean of the precision read at the 101 recalls, and the recall of all
   detections, at one bit. */
MTN_UNUSED static void mtn_coco_curve(const mtn_coco_class *c, int bit, size_t positives, double *mean, double *recall)
{
    double *precision = c->precision, sum = 0;
    uint32_t tp = 0, fp = 0;
    size_t k, at = 0;
    int r;
    /* before[j]: the false positives before the true positive j */
    for (k = 0; k < c->count; k++) {
        const uint32_t det = c->order[k];
        const uint32_t positive = (uint32_t)(c->positive[det] >> bit & 1), neither = (uint32_t)(c->neither[det] >> bit & 1);
        c->before[tp] = fp;
        tp += positive;
        fp += (positive | neither) ^ 1;
    }
    /* Precision only falls between two true positives: its envelope lies on them. */
    for (k = tp; k-- > 0;) {
        precision[k] = (double)(k + 1) / ((double)(k + 1) + (double)c->before[k] + DBL_EPSILON);
        if (k + 1 < tp && precision[k + 1] > precision[k]) precision[k] = precision[k + 1];
    }
    for (r = 0; r < MTN_COCO_RECALLS; r++) {
        const double wanted = r == MTN_COCO_RECALLS - 1 ? 1.0 : mtn_coco_rounded((double)r * mtn_coco_step);
        while (at < tp && mtn_coco_ratio((double)(at + 1), (double)positives) < wanted) at++;
        if (at == tp) break;
        sum += precision[at];
    }
    *mean = sum / MTN_COCO_RECALLS;
    *recall = (double)tp / (double)positives;
}

/* Recall at one bit of area 0 by the best `most` detections of each image. */
MTN_UNUSED static double mtn_coco_recall(const mtn_coco_class *c, int bit, unsigned most, size_t positives)
{
    size_t k, tp = 0;
    for (k = 0; k < c->count; k++) tp += (size_t)(c->positive[k] >> bit & 1) & (c->rank[k] < most);
    return (double)tp / (double)positives;
}

/* The mean over the thresholds of recall by the best `most`, in area 0. */
MTN_UNUSED static double mtn_coco_mean_recall(const mtn_coco_class *c, unsigned most, size_t positives)
{
    double sum = 0;
    int t;
    for (t = 0; t < MTN_COCO_THRESHOLDS; t++) sum += mtn_coco_recall(c, t, most, positives);
    return sum / MTN_COCO_THRESHOLDS;
}

/* The twelve numbers of a class; positives: true boxes not ignored, per area. */
MTN_UNUSED static void mtn_coco_numbers(const mtn_coco_class *c, const size_t *positives, double *number)
{
    static const int precision_at[MTN_COCO_AREAS] = { METRICS_COCO_AP, METRICS_COCO_AP_SMALL, METRICS_COCO_AP_MEDIUM, METRICS_COCO_AP_LARGE };
    static const int recall_at[MTN_COCO_AREAS] = { METRICS_COCO_AR_100, METRICS_COCO_AR_SMALL, METRICS_COCO_AR_MEDIUM, METRICS_COCO_AR_LARGE };
    int area, t, k;
    for (k = 0; k < METRICS_COCO_COUNT; k++) number[k] = -1;
    for (area = 0; area < MTN_COCO_AREAS; area++) {
        double precision[MTN_COCO_THRESHOLDS], recall, precisions = 0, recalls = 0;
        if (!positives[area]) continue;
        for (t = 0; t < MTN_COCO_THRESHOLDS; t++) {
            mtn_coco_curve(c, area * MTN_COCO_THRESHOLDS + t, positives[area], &precision[t], &recall);
            precisions += precision[t];
            recalls += recall;
        }
        number[precision_at[area]] = precisions / MTN_COCO_THRESHOLDS;
        number[recall_at[area]] = recalls / MTN_COCO_THRESHOLDS;
        if (area) continue;
        number[METRICS_COCO_AP50] = precision[0];
        number[METRICS_COCO_AP75] = precision[5];
        number[METRICS_COCO_AR_1] = mtn_coco_mean_recall(c, 1, positives[0]);
        number[METRICS_COCO_AR_10] = mtn_coco_mean_recall(c, 10, positives[0]);
    }
}

#endif

/* ---- metrics/image ---- */
#if MTN_HAS_IMAGE

#define MTN_SSIM_SIGNALS 4
#define MTN_SSIM_SCALES 5

METRICS_DEF metrics_ssim_config metrics_ssim_defaults(void)
{
    metrics_ssim_config config;
    memset(&config, 0, sizeof config);
    config.window = METRICS_WINDOW_GAUSSIAN;
    config.channel_order = METRICS_CHANNELS_LAST;
    config.size = 11;
    config.sigma = 1.5;
    config.k1 = 0.01;
    config.k2 = 0.03;
    return config;
}

#endif

/* ---- metrics/text ---- */
#if MTN_HAS_TEXT

/* ---- UTF-8 ---- */

/* How many bytes follow the first of a sequence, and the range of the second. */
MTN_UNUSED static unsigned mtn_utf8_lead(uint8_t first, uint8_t *low, uint8_t *high)
{
    *low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    *high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first >= 0xc2 && first <= 0xdf) return 1;
    if (first >= 0xe0 && first <= 0xef) return 2;
    if (first >= 0xf0 && first <= 0xf4) return 3;
    return 0;
}

/* The code point at text[*at]; moves *at behind it. */
MTN_UNUSED static int32_t mtn_utf8_next(const uint8_t *text, size_t n, size_t *at)
{
    const uint8_t first = text[(*at)++];
    uint8_t low, high;
    const unsigned more = mtn_utf8_lead(first, &low, &high);
    int32_t point;
    unsigned k;
    if (first < 0x80) return first;
    if (more == 0) return 0xfffd;
    point = first & (0x3f >> more);
    for (k = 0; k < more; k++) {
        if (*at == n || text[*at] < low || text[*at] > high) return 0xfffd;
        point = point * 64 + (text[(*at)++] & 0x3f);
        low = 0x80;
        high = 0xbf;
    }
    return point;
}

METRICS_DEF int metrics_utf8_decode(const uint8_t *text, size_t n, int32_t *points, size_t *count)
{
    size_t at = 0, k = 0;
    if (n && !text) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, sizeof *points)) return METRICS_ERROR_SIZE;
    while (at < n) {
        const int32_t point = mtn_utf8_next(text, n, &at);
        if (points) points[k] = point;
        k++;
    }
    if (count) *count = k;
    return METRICS_OK;
}

/* ---- bit masks of where a token occurs in a pattern ---- */

#define MTN_TEXT_LONGEST 2147483647u

/* Where the tokens of a pattern stand. order holds its positions, equal tokens
   together, positions ascending. A token that occurs `blocks` times or more has a
   ready mask (at most 64 tokens can); the mask of another is set up when asked for
   and cleared before the next: fewer than `blocks` bits. So every mask costs
   O(blocks). */
typedef struct {
    const int32_t *pattern;
    size_t length, blocks;
    uint32_t *order;
    uint32_t *ready;        /* at the first place of a token in order: its ready mask, or UINT32_MAX */
    uint64_t *masks, *mask; /* the ready ones, and the one for the others */
    size_t set, set_end;    /* the places in order whose bits are in mask */
    void *rest;             /* scratch not used */
} mtn_pattern;

MTN_UNUSED static size_t mtn_pattern_room(size_t length)
{
    const size_t blocks = length / 64 + 1;
    size_t room = mtn_add(mtn_mul(2, mtn_piece(length, sizeof(uint32_t))), mtn_piece(mtn_mul(65, blocks), sizeof(uint64_t)));
    room = mtn_add(room, mtn_mul(2, mtn_piece(blocks, sizeof(uint64_t))));
    return mtn_add(room, mtn_add(mtn_piece(length, sizeof(uint64_t)), mtn_argsort_room(length)));
}

MTN_UNUSED static void mtn_mask_put(const mtn_pattern *p, uint64_t *mask, size_t start, size_t end, int on)
{
    size_t k;
    for (k = start; k < end; k++) {
        const uint64_t bit = UINT64_C(1) << p->order[k] % 64;
        uint64_t *word = &mask[p->order[k] / 64];
        *word = on ? *word | bit : *word & ~bit;
    }
}

MTN_UNUSED static size_t mtn_pattern_run(const mtn_pattern *p, size_t start)
{
    size_t end = start + 1;
    while (end < p->length && p->pattern[p->order[end]] == p->pattern[p->order[start]]) end++;
    return end;
}

MTN_UNUSED static void mtn_pattern_begin(mtn_pattern *p, const int32_t *pattern, size_t length, void *scratch)
{
    uint64_t *keys;
    void *sort;
    size_t k, end;
    uint32_t slots = 0;
    p->pattern = pattern;
    p->length = length;
    p->blocks = (length + 63) / 64;
    p->order = (uint32_t *)mtn_cut(&scratch, length, sizeof(uint32_t));
    p->ready = (uint32_t *)mtn_cut(&scratch, length, sizeof(uint32_t));
    p->masks = (uint64_t *)mtn_cut(&scratch, 65 * p->blocks, sizeof(uint64_t));
    p->mask = p->masks + 64 * p->blocks;
    p->set = p->set_end = 0;
    p->rest = scratch;
    sort = scratch;
    keys = (uint64_t *)mtn_cut(&sort, length, sizeof(uint64_t));
    for (k = 0; k < length; k++) keys[k] = (uint32_t)pattern[k] ^ UINT32_C(0x80000000);
    mtn_argsort_u64(keys, length, p->order, sort);
    memset(p->masks, 0, 65 * p->blocks * sizeof(uint64_t));
    for (k = 0; k < length; k = end) {
        end = mtn_pattern_run(p, k);
        p->ready[k] = UINT32_MAX;
        if (end - k < p->blocks) continue;
        mtn_mask_put(p, p->masks + slots * p->blocks, k, end, 1);
        p->ready[k] = slots++;
    }
}

/* The mask of a token: bit i is set where pattern[i] is the token. */
MTN_UNUSED static const uint64_t *mtn_pattern_mask(mtn_pattern *p, int32_t token)
{
    size_t low = 0, high = p->length;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (p->pattern[p->order[middle]] < token) low = middle + 1;
        else high = middle;
    }
    mtn_mask_put(p, p->mask, p->set, p->set_end, 0);
    p->set = p->set_end = 0;
    if (low == p->length || p->pattern[p->order[low]] != token) return p->mask;
    if (p->ready[low] != UINT32_MAX) return p->masks + p->ready[low] * p->blocks;
    p->set = low;
    p->set_end = mtn_pattern_run(p, low);
    mtn_mask_put(p, p->mask, p->set, p->set_end, 1);
    return p->mask;
}

/* ---- edit distance ---- */

/* Two texts without what they begin and end with in common; a is the shorter. */
typedef struct {
    const int32_t *a, *b;
    size_t n, m, prefix, suffix;
} mtn_texts;

MTN_UNUSED static mtn_texts mtn_texts_strip(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    mtn_texts t;
    size_t prefix = 0, suffix = 0;
    while (prefix < n && prefix < m && a[prefix] == b[prefix]) prefix++;
    while (suffix < n - prefix && suffix < m - prefix && a[n - 1 - suffix] == b[m - 1 - suffix]) suffix++;
    t.a = prefix ? a + prefix : a;
    t.b = prefix ? b + prefix : b;
    t.n = n - prefix - suffix;
    t.m = m - prefix - suffix;
    t.prefix = prefix;
    t.suffix = suffix;
    return t;
}

/* One column of 64 rows of the table of distances, as differences between rows that
   stand below each other: +1 where a bit of plus is set, -1 where one of minus is.
   enter and the return value are the differences to the column before, above the
   first row and in the row of bit `last`. */
MTN_UNUSED static int mtn_edit_step(uint64_t equal, uint64_t last, int enter, uint64_t *plus, uint64_t *minus)
{
    const uint64_t vertical = equal | *minus;
    uint64_t horizontal, up, down;
    int leave;
    if (enter < 0) equal |= 1;
    horizontal = (((equal & *plus) + *plus) ^ *plus) | equal;
    up = *minus | ~(horizontal | *plus);
    down = *plus & horizontal;
    leave = (up & last ? 1 : 0) - (down & last ? 1 : 0);
    up = up << 1 | (enter > 0 ? 1u : 0u);
    down = down << 1 | (enter < 0 ? 1u : 0u);
    *plus = down | ~(vertical | up);
    *minus = up & vertical;
    return leave;
}

/* The distance of stripped texts. */
MTN_UNUSED static size_t mtn_edit_distance(const int32_t *a, size_t n, const int32_t *b, size_t m, void *scratch)
{
    mtn_pattern p;
    uint64_t *plus, *minus, last;
    size_t distance, j, k;
    if (n > m) return mtn_edit_distance(b, m, a, n, scratch);
    if (n == 0) return m;
    mtn_pattern_begin(&p, a, n, scratch);
    plus = (uint64_t *)mtn_cut(&p.rest, p.blocks, sizeof *plus);
    minus = (uint64_t *)mtn_cut(&p.rest, p.blocks, sizeof *minus);
    for (k = 0; k < p.blocks; k++) {
        plus[k] = ~UINT64_C(0);
        minus[k] = 0;
    }
    last = UINT64_C(1) << (n - 1) % 64;
    distance = n;
    for (j = 0; j < m; j++) {
        const uint64_t *equal = mtn_pattern_mask(&p, b[j]);
        int carry = 1;
        for (k = 0; k + 1 < p.blocks; k++) carry = mtn_edit_step(equal[k], UINT64_C(1) << 63, carry, &plus[k], &minus[k]);
        carry = mtn_edit_step(equal[k], last, carry, &plus[k], &minus[k]);
        if (carry > 0) distance++;
        if (carry < 0) distance--;
    }
    return distance;
}

MTN_UNUSED static int mtn_text_check(const int32_t *a, size_t n, const int32_t *b, size_t m)
{
    if ((n && !a) || (m && !b)) return METRICS_ERROR_NULL;
    if (n > MTN_TEXT_LONGEST || m > MTN_TEXT_LONGEST || mtn_too_big(n, sizeof *a) || mtn_too_big(m, sizeof *b))
        return METRICS_ERROR_SIZE;
    return METRICS_OK;
}

METRICS_DEF size_t metrics_levenshtein_scratch(size_t n, size_t m)
{
    if (n > MTN_TEXT_LONGEST || m > MTN_TEXT_LONGEST) return SIZE_MAX;
    return mtn_pattern_room(n < m ? n : m);
}

METRICS_DEF int metrics_levenshtein(const int32_t *a, size_t n, const int32_t *b, size_t m,
                                    void *scratch, size_t scratch_size, double *distance)
{
    const int status = mtn_text_check(a, n, b, m);
    mtn_texts t;
    if (status) return status;
    if (!mtn_scratch_holds(scratch, scratch_size, metrics_levenshtein_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    if (!distance) return METRICS_OK;
    t = mtn_texts_strip(a, n, b, m);
    *distance = (double)mtn_edit_distance(t.a, t.n, t.b, t.m, scratch);
    return METRICS_OK;
}

#define MTN_EDIT UINT64_C(0x100000000)

/* The fewest substitutions among the shortest edits, `edits` of them, that turn a into
   b: a table of edits x 2^32 + substitutions, row by row (row has m + 1 values), of
   which only the diagonals are filled that so few insertions and deletions can reach. */
MTN_UNUSED static size_t mtn_edit_substitutions(const int32_t *a, size_t n, const int32_t *b, size_t m, size_t edits, uint64_t *row)
{
    const size_t deletions = (edits + n - m) / 2, insertions = (edits + m - n) / 2;
    const uint64_t never = UINT64_C(1) << 63;
    size_t i, j;
    for (j = 0; j <= m; j++) row[j] = j <= insertions ? j * MTN_EDIT : never;
    for (i = 1; i <= n; i++) {
        const size_t low = i > deletions ? i - deletions : 0, high = m - insertions < i ? m : i + insertions;
        uint64_t left = never, corner = low ? row[low - 1] : row[0];
        if (low == 0) row[0] = left = i * MTN_EDIT;
        for (j = low ? low : 1; j <= high; j++) {
            uint64_t best = corner + (a[i - 1] == b[j - 1] ? 0 : MTN_EDIT + 1);
            corner = row[j];
            if (corner + MTN_EDIT < best) best = corner + MTN_EDIT;
            if (left + MTN_EDIT < best) best = left + MTN_EDIT;
            row[j] = left = best;
        }
    }
    return (size_t)(row[m] & (MTN_EDIT - 1));
}

METRICS_DEF int metrics_edits_init(metrics_edits *edits)
{
    if (!edits) return METRICS_ERROR_NULL;
    memset(edits, 0, sizeof *edits);
    return METRICS_OK;
}

METRICS_DEF size_t metrics_edits_scratch(size_t n, size_t m)
{
    if (n > MTN_TEXT_LONGEST || m > MTN_TEXT_LONGEST) return SIZE_MAX;
    return mtn_add(metrics_levenshtein_scratch(n, m), mtn_piece(m + 1, sizeof(uint64_t)));
}

METRICS_DEF int metrics_edits_update(const int32_t *reference, size_t n, const int32_t *hypothesis, size_t m,
                                     void *scratch, size_t scratch_size, metrics_edits *edits)
{
    const int status = mtn_text_check(reference, n, hypothesis, m);
    size_t total, substitutions, insertions, deletions;
    uint64_t *row;
    mtn_texts t;
    if (!edits) return METRICS_ERROR_NULL;
    if (status) return status;
    if (!mtn_scratch_holds(scratch, scratch_size, metrics_edits_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    row = (uint64_t *)mtn_cut(&scratch, m + 1, sizeof *row);
    t = mtn_texts_strip(reference, n, hypothesis, m);
    total = mtn_edit_distance(t.a, t.n, t.b, t.m, scratch);
    substitutions = mtn_edit_substitutions(t.a, t.n, t.b, t.m, total, row);
    deletions = (total - substitutions + n - m) / 2;
    insertions = total - substitutions - deletions;
    edits->hits += (double)(n - substitutions - deletions);
    edits->substitutions += (double)substitutions;
    edits->insertions += (double)insertions;
    edits->deletions += (double)deletions;
    edits->reference += (double)n;
    edits->hypothesis += (double)m;
    edits->pairs += 1;
    edits->wrong += total > 0;
    return METRICS_OK;
}

METRICS_DEF int metrics_edits_merge(const metrics_edits *other, metrics_edits *edits)
{
    metrics_edits from;
    if (!other || !edits) return METRICS_ERROR_NULL;
    from = *other;
    edits->hits += from.hits;
    edits->substitutions += from.substitutions;
    edits->insertions += from.insertions;
    edits->deletions += from.deletions;
    edits->reference += from.reference;
    edits->hypothesis += from.hypothesis;
    edits->pairs += from.pairs;
    edits->wrong += from.wrong;
    return METRICS_OK;
}

METRICS_DEF int metrics_edits_result(const metrics_edits *edits, metrics_edit_scores *scores)
{
    double total, nothing;
    if (!edits) return METRICS_ERROR_NULL;
    if (!scores) return METRICS_OK;
    total = edits->substitutions + edits->insertions + edits->deletions;
    nothing = edits->pairs > 0 ? 0 : mtn_nan_value();
    scores->error_rate = mtn_ratio(total, edits->reference, total > 0 ? mtn_infinity_value() : nothing);
    scores->match_error_rate = mtn_ratio(total, total + edits->hits, nothing);
    if (edits->reference == 0 && edits->hypothesis == 0) scores->information_preserved = nothing + 1;
    else scores->information_preserved = mtn_ratio(edits->hits, edits->reference, 0) * mtn_ratio(edits->hits, edits->hypothesis, 0);
    scores->information_lost = 1 - scores->information_preserved;
    scores->sentence_error_rate = mtn_ratio(edits->wrong, edits->pairs, nothing);
    return METRICS_OK;
}

/* ---- longest common subsequence ---- */

MTN_UNUSED static unsigned mtn_ones(uint64_t x)
{
    x -= x >> 1 & UINT64_C(0x5555555555555555);
    x = (x & UINT64_C(0x3333333333333333)) + (x >> 2 & UINT64_C(0x3333333333333333));
    x = (x + (x >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
    return (unsigned)((x * UINT64_C(0x0101010101010101)) >> 56);
}

/* v, all ones at first, has a 0 at each row of the table of lengths whose value is one
   more than that above it: v = (v + (v & equal)) | (v & ~equal) for each token of b. */
MTN_UNUSED static size_t mtn_lcs_length(const int32_t *a, size_t n, const int32_t *b, size_t m, void *scratch)
{
    mtn_pattern p;
    uint64_t *v;
    size_t length = 0, j, k;
    if (n > m) return mtn_lcs_length(b, m, a, n, scratch);
    if (n == 0) return 0;
    mtn_pattern_begin(&p, a, n, scratch);
    v = (uint64_t *)mtn_cut(&p.rest, p.blocks, sizeof *v);
    for (k = 0; k < p.blocks; k++) v[k] = ~UINT64_C(0);
    for (j = 0; j < m; j++) {
        const uint64_t *equal = mtn_pattern_mask(&p, b[j]);
        uint64_t carry = 0;
        for (k = 0; k < p.blocks; k++) {
            const uint64_t matched = v[k] & equal[k], sum = v[k] + matched, more = sum + carry;
            carry = (sum < matched) | (more < carry);
            v[k] = more | (v[k] & ~equal[k]);
        }
    }
    for (k = 0; k < p.blocks; k++) length += 64 - mtn_ones(v[k]);
    return length;
}

MTN_UNUSED static size_t mtn_lcs(const int32_t *a, size_t n, const int32_t *b, size_t m, void *scratch)
{
    const mtn_texts t = mtn_texts_strip(a, n, b, m);
    return t.prefix + t.suffix + mtn_lcs_length(t.a, t.n, t.b, t.m, scratch);
}

METRICS_DEF int metrics_lcs(const int32_t *a, size_t n, const int32_t *b, size_t m,
                            void *scratch, size_t scratch_size, double *length)
{
    const int status = mtn_text_check(a, n, b, m);
    if (status) return status;
    if (!mtn_scratch_holds(scratch, scratch_size, metrics_levenshtein_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    if (length) *length = (double)mtn_lcs(a, n, b, m, scratch);
    return METRICS_OK;
}

#endif

/* ---- metrics/ngrams ---- */
#if MTN_HAS_TEXT

/* A hypothesis and its references behind each other: positions 0 .. hypothesis - 1,
   then those of the references, whose ends are hypothesis + offsets[r + 1]. Each
   position has a number for its token and one for the n-gram that begins there; equal
   n-grams have equal numbers. */
typedef struct {
    size_t hypothesis, total, references;
    const size_t *offsets;
    uint64_t *keys;
    uint32_t *token, *gram, *position, *order;
    void *sort;
} mtn_ngrams;

MTN_UNUSED static size_t mtn_ngram_end(const mtn_ngrams *g, size_t text)
{
    return text == 0 ? g->hypothesis : g->hypothesis + (g->offsets[text] - g->offsets[0]);
}

METRICS_DEF size_t metrics_ngram_scratch(size_t n, size_t m)
{
    const size_t total = mtn_add(n, m);
    if (total > MTN_TEXT_LONGEST) return SIZE_MAX;
    return mtn_add(mtn_add(mtn_piece(total, sizeof(uint64_t)), mtn_mul(4, mtn_piece(total, sizeof(uint32_t)))), mtn_argsort_room(total));
}

/* Sorts the first `count` keys, numbers their positions by runs of equal keys, and
   returns how many n-grams of the hypothesis the references have: the sum over the
   runs of min(in the hypothesis, the most in a reference). */
MTN_UNUSED static size_t mtn_ngram_number(mtn_ngrams *g, size_t count, uint32_t *number)
{
    size_t start, end, matches = 0;
    uint32_t next = 0;
    mtn_argsort_u64(g->keys, count, g->order, g->sort);
    for (start = 0; start < count; start = end) {
        size_t text = 0, here = 0, own = 0, most = 0;
        for (end = start; end < count && g->keys[g->order[end]] == g->keys[g->order[start]]; end++) {
            const uint32_t position = g->position[g->order[end]];
            if (position >= mtn_ngram_end(g, text)) {
                if (text == 0) own = here;
                else if (here > most) most = here;
                here = 0;
                while (position >= mtn_ngram_end(g, text)) text++;
            }
            here++;
            number[position] = next;
        }
        if (text == 0) own = here;
        else if (here > most) most = here;
        matches += own < most ? own : most;
        next++;
    }
    return matches;
}

/* Matches of single tokens; and the start of all that follows. */
MTN_UNUSED static size_t mtn_ngram_begin(mtn_ngrams *g, const int32_t *hypothesis, size_t n, const int32_t *references,
                                         const size_t *offsets, size_t count, void *scratch)
{
    size_t k, matches;
    g->hypothesis = n;
    g->references = count;
    g->offsets = offsets;
    g->total = mtn_ngram_end(g, count);
    g->keys = (uint64_t *)mtn_cut(&scratch, g->total, sizeof(uint64_t));
    g->token = (uint32_t *)mtn_cut(&scratch, g->total, sizeof(uint32_t));
    g->gram = (uint32_t *)mtn_cut(&scratch, g->total, sizeof(uint32_t));
    g->position = (uint32_t *)mtn_cut(&scratch, g->total, sizeof(uint32_t));
    g->order = (uint32_t *)mtn_cut(&scratch, g->total, sizeof(uint32_t));
    g->sort = scratch;
    for (k = 0; k < g->total; k++) {
        g->keys[k] = (uint32_t)(k < n ? hypothesis[k] : references[k - n]);
        g->position[k] = (uint32_t)k;
    }
    matches = mtn_ngram_number(g, g->total, g->token);
    if (g->total) memcpy(g->gram, g->token, g->total * sizeof *g->gram);
    return matches;
}

/* Matches of n-grams of length `order`, those of order - 1 being numbered. */
MTN_UNUSED static size_t mtn_ngram_next(mtn_ngrams *g, size_t order)
{
    size_t text, k = 0, count = 0;
    for (text = 0; text <= g->references; text++) {
        const size_t end = mtn_ngram_end(g, text);
        for (; k < end && end - k >= order; k++) {
            g->keys[count] = (uint64_t)g->gram[k] << 32 | g->token[k + order - 1];
            g->position[count++] = (uint32_t)k;
        }
        k = end;
    }
    return mtn_ngram_number(g, count, g->gram);
}

/* How many n-grams of that order a text has. */
MTN_UNUSED static size_t mtn_ngram_count(size_t length, size_t order) { return length >= order ? length - order + 1 : 0; }

METRICS_DEF metrics_bleu_config metrics_bleu_defaults(void)
{
    metrics_bleu_config config;
    memset(&config, 0, sizeof config);
    config.max_order = 4;
    config.smoothing = METRICS_BLEU_SMOOTH_EXP;
    config.smoothing_value = 0.1;
    return config;
}

METRICS_DEF int metrics_bleu_init(metrics_bleu *bleu)
{
    if (!bleu) return METRICS_ERROR_NULL;
    memset(bleu, 0, sizeof *bleu);
    return METRICS_OK;
}

/* The length nearest to n, of two equally near ones the shorter. */
MTN_UNUSED static size_t mtn_bleu_nearest(size_t n, const size_t *offsets, size_t count)
{
    size_t best = offsets[1] - offsets[0], r;
    for (r = 1; r < count; r++) {
        const size_t length = offsets[r + 1] - offsets[r];
        const size_t away = length > n ? length - n : n - length, least = best > n ? best - n : n - best;
        if (away < least || (away == least && length < best)) best = length;
    }
    return best;
}

METRICS_DEF int metrics_bleu_update(const int32_t *hypothesis, size_t n, const int32_t *references,
                                    const size_t *offsets, size_t reference_count,
                                    void *scratch, size_t scratch_size, metrics_bleu *bleu)
{
    mtn_ngrams g;
    size_t r, needed;
    if (!bleu || (n && !hypothesis) || !offsets) return METRICS_ERROR_NULL;
    if (reference_count == 0 || mtn_too_big(reference_count, sizeof *offsets)) return METRICS_ERROR_SIZE;
    if (offsets[0] != 0) return METRICS_ERROR_SIZE;
    for (r = 0; r < reference_count; r++)
        if (offsets[r] > offsets[r + 1]) return METRICS_ERROR_SIZE;
    if (offsets[reference_count] && !references) return METRICS_ERROR_NULL;
    needed = metrics_ngram_scratch(n, offsets[reference_count]);
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (!mtn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    bleu->matches[0] += (double)mtn_ngram_begin(&g, hypothesis, n, references, offsets, reference_count, scratch);
    bleu->totals[0] += (double)n;
    for (r = 1; r < 4; r++) {
        bleu->matches[r] += (double)mtn_ngram_next(&g, r + 1);
        bleu->totals[r] += (double)mtn_ngram_count(n, r + 1);
    }
    bleu->hypothesis += (double)n;
    bleu->reference += (double)mtn_bleu_nearest(n, offsets, reference_count);
    bleu->pairs += 1;
    return METRICS_OK;
}

METRICS_DEF int metrics_bleu_merge(const metrics_bleu *other, metrics_bleu *bleu)
{
    metrics_bleu from;
    int k;
    if (!other || !bleu) return METRICS_ERROR_NULL;
    from = *other;
    for (k = 0; k < 4; k++) {
        bleu->matches[k] += from.matches[k];
        bleu->totals[k] += from.totals[k];
    }
    bleu->hypothesis += from.hypothesis;
    bleu->reference += from.reference;
    bleu->pairs += from.pairs;
    return METRICS_OK;
}

MTN_UNUSED static int mtn_bleu_check(const metrics_bleu_config *c)
{
    double sum = 0;
    int k;
    if (c->max_order < 1 || c->max_order > 4 || !mtn_finite(c->smoothing_value) || c->smoothing_value < 0)
        return METRICS_ERROR_PARAMETER;
    for (k = 0; k < 4; k++) {
        if (!mtn_finite(c->weights[k]) || c->weights[k] < 0) return METRICS_ERROR_PARAMETER;
        if (k < c->max_order) sum += c->weights[k];
        else if (c->weights[k] > 0 && sum == 0) return METRICS_ERROR_PARAMETER;
    }
    if (!mtn_finite(sum)) return METRICS_ERROR_PARAMETER;
    if (c->smoothing < METRICS_BLEU_SMOOTH_NONE || c->smoothing > METRICS_BLEU_SMOOTH_EXP) return METRICS_ERROR_OPTION;
    return METRICS_OK;
}

/* The smoothed precisions; returns how many orders count. */
MTN_UNUSED static int mtn_bleu_precisions(const metrics_bleu *b, const metrics_bleu_config *c, double *precision)
{
    double share = 1;
    int k;
    for (k = 0; k < c->max_order; k++) {
        const double add = c->smoothing == METRICS_BLEU_SMOOTH_ADD_K && k > 0 ? c->smoothing_value : 0;
        double matches = b->matches[k] + add;
        const double total = b->totals[k] + add;
        if (total == 0) return c->effective_order ? k : c->max_order;
        if (matches == 0 && c->smoothing == METRICS_BLEU_SMOOTH_FLOOR) matches = c->smoothing_value;
        if (matches == 0 && c->smoothing == METRICS_BLEU_SMOOTH_EXP) matches = share /= 2;
        precision[k] = matches / total;
    }
    return c->max_order;
}

/* exp(1 - reference / hypothesis), 1 for hypotheses as long as the references. */
MTN_UNUSED static double mtn_bleu_brevity(double hypothesis, double reference)
{
    if (hypothesis >= reference) return 1;
    return hypothesis > 0 ? exp(1 - reference / hypothesis) : 0;
}

METRICS_DEF int metrics_bleu_result(const metrics_bleu *bleu, const metrics_bleu_config *config, metrics_bleu_scores *scores)
{
    const metrics_bleu_config c = config ? *config : metrics_bleu_defaults();
    const int equal = c.weights[0] == 0 && c.weights[1] == 0 && c.weights[2] == 0 && c.weights[3] == 0;
    double sum = 0, weights = 0;
    int k, orders, zero = 0, status;
    if (!bleu) return METRICS_ERROR_NULL;
    status = mtn_bleu_check(&c);
    if (status || !scores) return status;
    memset(scores, 0, sizeof *scores);
    if (bleu->pairs == 0) {
        scores->bleu = scores->brevity_penalty = mtn_nan_value();
        for (k = 0; k < c.max_order; k++) scores->precision[k] = mtn_nan_value();
        return METRICS_OK;
    }
    scores->brevity_penalty = mtn_bleu_brevity(bleu->hypothesis, bleu->reference);
    if (!(bleu->matches[0] > 0)) return METRICS_OK;
    orders = mtn_bleu_precisions(bleu, &c, scores->precision);
    for (k = 0; k < orders; k++) {
        const double weight = equal ? 1 : c.weights[k];
        if (weight == 0) continue;
        if (scores->precision[k] > 0) sum += weight * log(scores->precision[k]);
        else zero = 1;
        weights += weight;
    }
    scores->bleu = zero || weights == 0 ? 0 : scores->brevity_penalty * exp(sum / weights);
    return METRICS_OK;
}

/* ---- ROUGE ---- */

MTN_UNUSED static void mtn_rouge(double matches, double hypothesis, double reference, double beta, metrics_rouge_scores *s)
{
    s->precision = mtn_ratio(matches, hypothesis, 0);
    s->recall = mtn_ratio(matches, reference, 0);
    s->f = mtn_ratio((1 + beta * beta) * s->precision * s->recall, s->recall + beta * beta * s->precision, 0);
}

METRICS_DEF int metrics_rouge_n(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                size_t order, double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores)
{
    const size_t needed = metrics_ngram_scratch(n, m);
    size_t offsets[2], matches, k;
    mtn_ngrams g;
    if ((n && !hypothesis) || (m && !reference)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (order == 0 || !mtn_finite(beta * beta) || beta < 0) return METRICS_ERROR_PARAMETER;
    if (!mtn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    if (!scores) return METRICS_OK;
    offsets[0] = 0;
    offsets[1] = m;
    matches = mtn_ngram_begin(&g, hypothesis, n, reference, offsets, 1, scratch);
    for (k = 2; k <= order && matches > 0; k++) matches = mtn_ngram_next(&g, k);
    mtn_rouge((double)matches, (double)mtn_ngram_count(n, order), (double)mtn_ngram_count(m, order), beta, scores);
    return METRICS_OK;
}

METRICS_DEF int metrics_rouge_l(const int32_t *hypothesis, size_t n, const int32_t *reference, size_t m,
                                double beta, void *scratch, size_t scratch_size, metrics_rouge_scores *scores)
{
    const int status = mtn_text_check(hypothesis, n, reference, m);
    if (status) return status;
    if (!mtn_finite(beta * beta) || beta < 0) return METRICS_ERROR_PARAMETER;
    if (!mtn_scratch_holds(scratch, scratch_size, metrics_levenshtein_scratch(n, m))) return METRICS_ERROR_SCRATCH;
    if (scores) mtn_rouge((double)mtn_lcs(hypothesis, n, reference, m, scratch), (double)n, (double)m, beta, scores);
    return METRICS_OK;
}

#endif

/* ---- metrics/clustering ---- */
#if MTN_HAS_CLUSTERING

/* Sums over the parts of a labelling: of the counts' squares, of count log(count). */
typedef struct {
    double squares, logs;
    size_t parts;
} mtn_partition;

MTN_UNUSED static void mtn_partition_add(mtn_partition *p, size_t count)
{
    const double c = (double)count;
    p->squares += c * c;
    p->logs += c * log(c);
    p->parts++;
}

/* The parts of sorted keys, those equal above the shift being one. */
MTN_UNUSED static mtn_partition mtn_partition_of(const uint64_t *keys, size_t n, unsigned shift)
{
    mtn_partition p = {0, 0, 0};
    size_t start, end;
    for (start = 0; start < n; start = end) {
        for (end = start + 1; end < n && keys[end] >> shift == keys[start] >> shift; end++) {}
        mtn_partition_add(&p, end - start);
    }
    return p;
}

/* Pair counts, each pair in both directions; whole numbers, exact up to 2^53. */
MTN_UNUSED static void mtn_clustering_pairs(double n, double joint, double rows, double columns, metrics_clustering_scores *s)
{
    const double tp = joint - n, fn = rows - joint, fp = columns - joint, tn = n * n - fp - fn - joint;
    const double below = (tp + fn) * (fn + tn) + (tp + fp) * (fp + tn);
    s->rand = fp == 0 && fn == 0 ? 1 : (tp + tn) / (tp + tn + fp + fn);
    s->adjusted_rand = fp == 0 && fn == 0 ? 1 : 2 * (tp * tn - fn * fp) / below;
    s->fowlkes_mallows = tp == 0 ? 0 : sqrt(tp / (tp + fp)) * sqrt(tp / (tp + fn));
}

MTN_UNUSED static double mtn_nmi_divisor(double a, double b, int mean)
{
    if (mean == METRICS_NMI_GEOMETRIC) return sqrt(a * b);
    if (mean == METRICS_NMI_MIN) return a < b ? a : b;
    if (mean == METRICS_NMI_MAX) return a > b ? a : b;
    return (a + b) / 2;
}

/* sum n_ij log(n_ij) and the like for a_i and b_j:
   MI = log n + (sum n_ij log n_ij - sum a_i log a_i - sum b_j log b_j) / n */
MTN_UNUSED static void mtn_clustering_information(double n, const mtn_partition *joint, const mtn_partition *rows,
                                                 const mtn_partition *columns, double beta, int nmi_mean,
                                                 metrics_clustering_scores *s)
{
    const double log_n = n > 0 ? log(n) : 0, share = n > 0 ? 1 / n : 0;
    double mi, h_true, h_pred, least;
    h_true = rows->parts <= 1 ? 0 : log_n - rows->logs * share;
    h_pred = columns->parts <= 1 ? 0 : log_n - columns->logs * share;
    least = h_true < h_pred ? h_true : h_pred;
    mi = log_n + ((joint->logs - rows->logs) - columns->logs) * share;
    if (mi > least) mi = least;
    if (!(mi > 4 * DBL_EPSILON * (1 + log_n))) mi = 0;
    s->mutual_information = mi;
    s->entropy_true = h_true;
    s->entropy_pred = h_pred;
    s->nmi = rows->parts <= 1 && columns->parts <= 1 ? 1 : mi == 0 ? 0 : mi / mtn_nmi_divisor(h_true, h_pred, nmi_mean);
    if (s->nmi > 1) s->nmi = 1;
    s->homogeneity = mtn_ratio(mi, h_true, 1);
    s->completeness = mtn_ratio(mi, h_pred, 1);
    s->v_measure = mtn_ratio((1 + beta) * s->homogeneity * s->completeness, beta * s->homogeneity + s->completeness, 0);
}

/* Ordered as the signed labels, in 32 bits. */
MTN_UNUSED static uint64_t mtn_label_key(int32_t label) { return (uint32_t)label ^ UINT32_C(0x80000000); }

METRICS_DEF size_t metrics_clustering_scratch(size_t n)
{
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(uint64_t))) return SIZE_MAX;
    return mtn_add(mtn_piece(n, sizeof(uint64_t)), mtn_argsort_room(n));
}

METRICS_DEF int metrics_clustering(const int32_t *labels_true, const int32_t *labels_pred, size_t n,
                                   double beta, int nmi_mean, void *scratch, size_t scratch_size,
                                   metrics_clustering_scores *result)
{
    const size_t needed = metrics_clustering_scratch(n);
    mtn_partition joint, rows, columns;
    uint64_t *keys;
    size_t k;
    if (n && (!labels_true || !labels_pred)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (!mtn_finite(beta) || beta < 0) return METRICS_ERROR_PARAMETER;
    if (nmi_mean < METRICS_NMI_ARITHMETIC || nmi_mean > METRICS_NMI_MAX) return METRICS_ERROR_OPTION;
    if (!mtn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    if (!result) return METRICS_OK;
    keys = (uint64_t *)mtn_cut(&scratch, n, sizeof *keys);
    for (k = 0; k < n; k++) keys[k] = mtn_label_key(labels_true[k]) << 32 | mtn_label_key(labels_pred[k]);
    mtn_sort_u64(keys, n, scratch);
    joint = mtn_partition_of(keys, n, 0);
    rows = mtn_partition_of(keys, n, 32);
    for (k = 0; k < n; k++) keys[k] = mtn_label_key(labels_pred[k]);
    mtn_sort_u64(keys, n, scratch);
    columns = mtn_partition_of(keys, n, 0);
    mtn_clustering_pairs((double)n, joint.squares, rows.squares, columns.squares, result);
    mtn_clustering_information((double)n, &joint, &rows, &columns, beta, nmi_mean, result);
    return METRICS_OK;
}

#endif

#define MTN_PASS 1
#include METRICS_HEADER_FILENAME
#undef MTN_PASS

#define MTN_PASS 4
#define MTN_ISA 0
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA

#if MTN_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define MTN_ISA 1
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if MTN_X86_512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif
#define MTN_ISA 2
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if MTN_NEON
#define MTN_ISA 3
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#endif
#undef MTN_PASS

#define MTN_PASS 5
#define MTN_ISA 0
#define MTN_BITS 32
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#define MTN_BITS 64
#include METRICS_HEADER_FILENAME
#undef MTN_BITS
#undef MTN_ISA
#undef MTN_PASS


/* ---- metrics/bootstrap ---- */
#if MTN_HAS_BOOTSTRAP

METRICS_DEF int metrics_bootstrap_indices(uint64_t seed, uint64_t replicate, size_t n, uint32_t *indices)
{
    const uint64_t first = replicate * n;
    size_t k;
    if (n && !indices) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof *indices)) return METRICS_ERROR_SIZE;
    for (k = 0; k < n; k++) indices[k] = (uint32_t)mtn_random_below(seed, first + k, n);
    return METRICS_OK;
}

/* Phi(x) = P(normal < x) */
MTN_UNUSED static double mtn_normal_below(double x) { return 0.5 * erfc(-0.70710678118654752440 * x); }

/* Its inverse, by bisection; 0 < p < 1. */
MTN_UNUSED static double mtn_normal_quantile(double p)
{
    double low = -40, high = 40, middle = 0;
    int k;
    for (k = 0; k < 100; k++) {
        middle = 0.5 * (low + high);
        if (mtn_normal_below(middle) < p) low = middle;
        else high = middle;
    }
    return middle;
}

/* The p-quantile of sorted values, count >= 1; NaN of NaN. */
MTN_UNUSED static double mtn_sorted_quantile(const double *sorted, size_t count, double p)
{
    const double place = p * (double)(count - 1);
    size_t below;
    double part;
    if (mtn_is_nan(p)) return p;
    if (place <= 0) return sorted[0];
    below = (size_t)place;
    if (below + 1 >= count) return sorted[count - 1];
    part = place - (double)below;
    return part == 0 ? sorted[below] : sorted[below] + part * (sorted[below + 1] - sorted[below]);
}

/* sum d^3 / (6 (sum d^2)^1.5), 0 where all d are 0 */
MTN_UNUSED static double mtn_bootstrap_acceleration(const double *jackknife, size_t n)
{
    double mean = 0, squares = 0, cubes = 0, d;
    size_t k;
    for (k = 0; k < n; k++) mean += (jackknife[k] - mean) / (double)(k + 1);
    for (k = 0; k < n; k++) {
        d = mean - jackknife[k];
        squares += d * d;
        cubes += d * d * d;
    }
    return squares == 0 ? 0 : cubes / (6 * squares * sqrt(squares));
}

/* Phi(z + (z + x) / (1 - c (z + x))), x the p-quantile of the normal distribution */
MTN_UNUSED static double mtn_bootstrap_shift(double p, double z, double c)
{
    const double x = z + mtn_normal_quantile(p);
    return mtn_normal_below(z + x / (1 - c * x));
}

/* Phi^-1 of the share of values below the estimate. */
MTN_UNUSED static double mtn_bootstrap_bias(const double *values, size_t count, double estimate)
{
    double below = 0;
    size_t k;
    for (k = 0; k < count; k++) below += values[k] < estimate ? 1 : values[k] == estimate ? 0.5 : 0;
    below /= (double)count;
    return below > 0 && below < 1 ? mtn_normal_quantile(below) : mtn_nan_value();
}

/* sqrt(sum (x - mean)^2 / (n - 1)) */
MTN_UNUSED static double mtn_bootstrap_deviation(const double *values, size_t n)
{
    double mean = 0, squares = 0;
    size_t k;
    for (k = 0; k < n; k++) mean += (values[k] - mean) / (double)(k + 1);
    for (k = 0; k < n; k++) squares += (values[k] - mean) * (values[k] - mean);
    return n < 2 ? mtn_nan_value() : sqrt(squares / (double)(n - 1));
}

METRICS_DEF size_t metrics_bootstrap_scratch(size_t count)
{
    if (count > UINT32_MAX || mtn_too_big(count, sizeof(double))) return SIZE_MAX;
    return mtn_add(mtn_add(mtn_piece(count, sizeof(double)), mtn_piece(count, sizeof(uint32_t))), mtn_argsort_room(count));
}

METRICS_DEF int metrics_bootstrap_interval(const double *values, size_t count, double estimate,
                                           const double *jackknife, size_t jackknife_count, double confidence, int method,
                                           void *scratch, size_t scratch_size, double *low, double *high, double *standard_error)
{
    const size_t needed = metrics_bootstrap_scratch(count);
    double from = (1 - confidence) / 2, to = 1 - from, lower = mtn_nan_value(), upper = mtn_nan_value(), deviation = mtn_nan_value();
    double *sorted;
    uint32_t *index;
    if ((count && !values) || (jackknife_count && !jackknife)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX || mtn_too_big(jackknife_count, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_finite(confidence) || !(confidence > 0 && confidence < 1)) return METRICS_ERROR_PARAMETER;
    if (method < METRICS_BOOTSTRAP_PERCENTILE || method > METRICS_BOOTSTRAP_BCA) return METRICS_ERROR_OPTION;
    if (!mtn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    if (count) {
        sorted = (double *)mtn_cut(&scratch, count, sizeof *sorted);
        index = (uint32_t *)mtn_cut(&scratch, count, sizeof *index);
        memcpy(sorted, values, count * sizeof *sorted);
        memset(index, 0, count * sizeof *index);
        mtn_sort_pairs_f64(sorted, index, count, 0, scratch);
        if (!mtn_is_nan(sorted[count - 1])) {
            deviation = mtn_bootstrap_deviation(values, count);
            if (method == METRICS_BOOTSTRAP_BCA) {
                const double z = mtn_bootstrap_bias(values, count, estimate);
                const double c = mtn_bootstrap_acceleration(jackknife, jackknife_count);
                from = mtn_bootstrap_shift(from, z, c);
                to = mtn_bootstrap_shift(to, z, c);
            }
            lower = mtn_sorted_quantile(sorted, count, from);
            upper = mtn_sorted_quantile(sorted, count, to);
            if (method == METRICS_BOOTSTRAP_BASIC) {
                const double basic = 2 * estimate - upper;
                upper = 2 * estimate - lower;
                lower = basic;
            }
        }
    }
    if (low) *low = lower;
    if (high) *high = upper;
    if (standard_error) *standard_error = deviation;
    return METRICS_OK;
}

#endif

#define MTN_PASS 2
#include METRICS_HEADER_FILENAME
#undef MTN_PASS
#endif /* METRICS_IMPLEMENTATION */

#elif MTN_PASS == 1
/* ---- pass 1: inside the passes, mtn_name stands for the one of this type and ISA -- */
#define mtn_vec MTN_X(mtn_vec)
#define mtn_uvec MTN_X(mtn_uvec)
#define mtn_mask MTN_X(mtn_mask)
#define mtn_set1 MTN_X(mtn_set1)
#define mtn_load MTN_X(mtn_load)
#define mtn_store MTN_X(mtn_store)
#define mtn_bits MTN_X(mtn_bits)
#define mtn_from_bits MTN_X(mtn_from_bits)
#define mtn_select MTN_X(mtn_select)
#define mtn_keep MTN_X(mtn_keep)
#define mtn_not MTN_X(mtn_not)
#define mtn_any MTN_X(mtn_any)
#define mtn_all MTN_X(mtn_all)
#define mtn_abs MTN_X(mtn_abs)
#define mtn_sqrt MTN_X(mtn_sqrt)
#define mtn_min MTN_X(mtn_min)
#define mtn_max MTN_X(mtn_max)
#define mtn_fma MTN_X(mtn_fma)
#define mtn_round MTN_X(mtn_round)
#define mtn_hsum MTN_X(mtn_hsum)
#define mtn_hmax MTN_X(mtn_hmax)
#define mtn_hmin MTN_X(mtn_hmin)
#define mtn_first MTN_X(mtn_first)
#define mtn_load_part MTN_X(mtn_load_part)
#define mtn_store_part MTN_X(mtn_store_part)
#define mtn_lane_index MTN_X(mtn_lane_index)
#define mtn_put_part MTN_X(mtn_put_part)
#define mtn_zero MTN_X(mtn_zero)
#define mtn_clamp MTN_X(mtn_clamp)
#define mtn_neg_if MTN_X(mtn_neg_if)
#define mtn_bits1 MTN_X(mtn_bits1)
#define mtn_sign MTN_X(mtn_sign)
#define mtn_copysign MTN_X(mtn_copysign)
#define mtn_point MTN_X(mtn_point)
#define mtn_exact MTN_X(mtn_exact)
#define mtn_infinity MTN_X(mtn_infinity)
#define mtn_nan MTN_X(mtn_nan)
#define mtn_whole MTN_X(mtn_whole)
#define mtn_nearest MTN_X(mtn_nearest)
#define mtn_pow2 MTN_X(mtn_pow2)
#define mtn_scale2 MTN_X(mtn_scale2)
#define mtn_exp_tail MTN_X(mtn_exp_tail)
#define mtn_exp MTN_X(mtn_exp)
#define mtn_exp_falling MTN_X(mtn_exp_falling)
#define mtn_expm1_tail MTN_X(mtn_expm1_tail)
#define mtn_expm1 MTN_X(mtn_expm1)
#define mtn_log_of MTN_X(mtn_log_of)
#define mtn_parts MTN_X(mtn_parts)
#define mtn_take_apart MTN_X(mtn_take_apart)
#define mtn_log_limits MTN_X(mtn_log_limits)
#define mtn_log MTN_X(mtn_log)
#define mtn_log1p MTN_X(mtn_log1p)
#define mtn_sigmoid MTN_X(mtn_sigmoid)
#define mtn_log1p_unit MTN_X(mtn_log1p_unit)
#define mtn_softplus MTN_X(mtn_softplus)
#define mtn_tanh MTN_X(mtn_tanh)
#define mtn_pair MTN_X(mtn_pair)
#define mtn_two_sum MTN_X(mtn_two_sum)
#define mtn_quick_sum MTN_X(mtn_quick_sum)
#define mtn_upper_half MTN_X(mtn_upper_half)
#define mtn_two_product MTN_X(mtn_two_product)
#define mtn_pair_product MTN_X(mtn_pair_product)
#define mtn_exp_pair MTN_X(mtn_exp_pair)
#define mtn_log_tail MTN_X(mtn_log_tail)
#define mtn_log_pair MTN_X(mtn_log_pair)
#define mtn_pow MTN_X(mtn_pow)
#define mtn_cbrt_guess MTN_X(mtn_cbrt_guess)
#define mtn_cbrt MTN_X(mtn_cbrt)
#define mtn_sin_tail MTN_X(mtn_sin_tail)
#define mtn_cos_tail MTN_X(mtn_cos_tail)
#define mtn_sin_of MTN_X(mtn_sin_of)
#define mtn_cos_of MTN_X(mtn_cos_of)
#define mtn_turn MTN_X(mtn_turn)
#define mtn_sin_shifted MTN_X(mtn_sin_shifted)
#define mtn_lanewise MTN_X(mtn_lanewise)
#define mtn_sin MTN_X(mtn_sin)
#define mtn_cos MTN_X(mtn_cos)
#define mtn_atan_tail MTN_X(mtn_atan_tail)
#define mtn_atan MTN_X(mtn_atan)
#define mtn_erf_tail MTN_X(mtn_erf_tail)
#define mtn_erfc_factor MTN_X(mtn_erfc_factor)
#define mtn_erfc_of MTN_X(mtn_erfc_of)
#define mtn_erf MTN_X(mtn_erf)
#define mtn_erfc MTN_X(mtn_erfc)
#define mtn_lgamma_factor MTN_X(mtn_lgamma_factor)
#define mtn_stirling MTN_X(mtn_stirling)
#define mtn_half_turn MTN_X(mtn_half_turn)
#define mtn_lgamma_positive MTN_X(mtn_lgamma_positive)
#define mtn_lgamma MTN_X(mtn_lgamma)
#define mtn_digamma_series MTN_X(mtn_digamma_series)
#define mtn_digamma_positive MTN_X(mtn_digamma_positive)
#define mtn_digamma MTN_X(mtn_digamma)
#define mtn_sum MTN_X(mtn_sum)
#define mtn_sum_abs MTN_X(mtn_sum_abs)
#define mtn_dot MTN_X(mtn_dot)
#define mtn_sum_squares MTN_X(mtn_sum_squares)
#define mtn_squared_distance MTN_X(mtn_squared_distance)
#define mtn_max_of MTN_X(mtn_max_of)
#define mtn_axpy MTN_X(mtn_axpy)
#define mtn_scale MTN_X(mtn_scale)
#define mtn_put MTN_X(mtn_put)
#define mtn_fill MTN_X(mtn_fill)
#define mtn_dot_double MTN_X(mtn_dot_double)
#define mtn_norm_squares MTN_X(mtn_norm_squares)
#define mtn_reciprocal MTN_X(mtn_reciprocal)
#define mtn_sort_rank MTN_X(mtn_sort_rank)
#define mtn_sort_key MTN_X(mtn_sort_key)
#define mtn_sort_ranks MTN_X(mtn_sort_ranks)
#define mtn_argsort MTN_X(mtn_argsort)
#define mtn_sort_pairs MTN_X(mtn_sort_pairs)
#define mtn_select_is_nan MTN_X(mtn_select_is_nan)
#define mtn_select_swap MTN_X(mtn_select_swap)
#define mtn_select_sift MTN_X(mtn_select_sift)
#define mtn_select_heap_sort MTN_X(mtn_select_heap_sort)
#define mtn_select_kth MTN_X(mtn_select_kth)
#define mtn_filter_run MTN_X(mtn_filter_run)
#define mtn_filter_rows MTN_X(mtn_filter_rows)
#define mtn_filter_columns MTN_X(mtn_filter_columns)
#define mtn_filter_rows_adjoint MTN_X(mtn_filter_rows_adjoint)
#define mtn_filter_columns_adjoint MTN_X(mtn_filter_columns_adjoint)
#define mtn_edt_room MTN_X(mtn_edt_room)
#define mtn_edt_line MTN_X(mtn_edt_line)
#define mtn_edt_axis MTN_X(mtn_edt_axis)
#define mtn_edt_squared MTN_X(mtn_edt_squared)
#define mtn_argmax_rows MTN_X(mtn_argmax_rows)
#define mtn_is_finite MTN_X(mtn_is_finite)
#define mtn_is_positive MTN_X(mtn_is_positive)
#define mtn_is_within MTN_X(mtn_is_within)
#define mtn_weight_of MTN_X(mtn_weight_of)
#define mtn_same_key MTN_X(mtn_same_key)
#define mtn_confusion_count MTN_X(mtn_confusion_count)
#define mtn_is_positive_score MTN_X(mtn_is_positive_score)
#define mtn_threshold_check MTN_X(mtn_threshold_check)
#define mtn_mean_take MTN_X(mtn_mean_take)
#define mtn_log_loss_block MTN_X(mtn_log_loss_block)
#define mtn_log_loss_logits_block MTN_X(mtn_log_loss_logits_block)
#define mtn_row_log_sum_exp MTN_X(mtn_row_log_sum_exp)
#define mtn_log_loss_logits_rows MTN_X(mtn_log_loss_logits_rows)
#define mtn_binary_check MTN_X(mtn_binary_check)
#define mtn_rows_check MTN_X(mtn_rows_check)
#define mtn_row_counts MTN_X(mtn_row_counts)
#define mtn_batch MTN_X(mtn_batch)
#define mtn_batch_end MTN_X(mtn_batch_end)
#define mtn_batch_take MTN_X(mtn_batch_take)
#define mtn_batch_begin MTN_X(mtn_batch_begin)
#define mtn_clip MTN_X(mtn_clip)
#define mtn_eps_valid MTN_X(mtn_eps_valid)
#define mtn_log_loss_take MTN_X(mtn_log_loss_take)
#define mtn_loss_gather MTN_X(mtn_loss_gather)
#define mtn_log_loss_run MTN_X(mtn_log_loss_run)
#define mtn_top_k_hit MTN_X(mtn_top_k_hit)
#define mtn_calibration_take MTN_X(mtn_calibration_take)
#define mtn_calibration_check MTN_X(mtn_calibration_check)
#define mtn_sort_confidences MTN_X(mtn_sort_confidences)
#define mtn_confidence_group MTN_X(mtn_confidence_group)
#define mtn_sorted_check MTN_X(mtn_sorted_check)
#define mtn_rank MTN_X(mtn_rank)
#define mtn_same_score MTN_X(mtn_same_score)
#define mtn_next_threshold MTN_X(mtn_next_threshold)
#define mtn_curve_check MTN_X(mtn_curve_check)
#define mtn_area_of MTN_X(mtn_area_of)
#define mtn_pairs_in_order MTN_X(mtn_pairs_in_order)
#define mtn_area_of_ranks MTN_X(mtn_area_of_ranks)
#define mtn_totals_of MTN_X(mtn_totals_of)
#define mtn_area_up_to MTN_X(mtn_area_up_to)
#define mtn_curve_out MTN_X(mtn_curve_out)
#define mtn_curve_put MTN_X(mtn_curve_put)
#define mtn_average_precision_of MTN_X(mtn_average_precision_of)
#define mtn_keep_best MTN_X(mtn_keep_best)
#define mtn_equal_error MTN_X(mtn_equal_error)
#define mtn_sweep MTN_X(mtn_sweep)
#define mtn_columns_check MTN_X(mtn_columns_check)
#define mtn_multilabel MTN_X(mtn_multilabel)
#define mtn_multiclass_micro MTN_X(mtn_multiclass_micro)
#define mtn_class_wins MTN_X(mtn_class_wins)
#define mtn_float_order MTN_X(mtn_float_order)
#define mtn_regression_sums MTN_X(mtn_regression_sums)
#define mtn_regression_moments MTN_X(mtn_regression_moments)
#define mtn_regression_block MTN_X(mtn_regression_block)
#define mtn_regression_take MTN_X(mtn_regression_take)
#define mtn_regression_gather MTN_X(mtn_regression_gather)
#define mtn_regression_run MTN_X(mtn_regression_run)
#define mtn_regression_check MTN_X(mtn_regression_check)
#define mtn_any_nan MTN_X(mtn_any_nan)
#define mtn_rank_check MTN_X(mtn_rank_check)
#define mtn_midranks MTN_X(mtn_midranks)
#define mtn_midranks_dot MTN_X(mtn_midranks_dot)
#define mtn_tau MTN_X(mtn_tau)
#define mtn_tau_ranks MTN_X(mtn_tau_ranks)
#define mtn_tau_count MTN_X(mtn_tau_count)
#define mtn_ranking_cut MTN_X(mtn_ranking_cut)
#define mtn_ranking_check MTN_X(mtn_ranking_check)
#define mtn_relevant MTN_X(mtn_relevant)
#define mtn_ranking_relevant MTN_X(mtn_ranking_relevant)
#define mtn_ranking_dcg MTN_X(mtn_ranking_dcg)
#define mtn_ranking_hits MTN_X(mtn_ranking_hits)
#define mtn_ranking_query MTN_X(mtn_ranking_query)
#define mtn_ranking_rank MTN_X(mtn_ranking_rank)
#define mtn_ranking_group MTN_X(mtn_ranking_group)
#define mtn_surface_room MTN_X(mtn_surface_room)
#define mtn_surface_gather MTN_X(mtn_surface_gather)
#define mtn_surface_percentile MTN_X(mtn_surface_percentile)
#define mtn_surface_sums MTN_X(mtn_surface_sums)
#define mtn_surface_results MTN_X(mtn_surface_results)
#define mtn_surface_spacing MTN_X(mtn_surface_spacing)
#define mtn_box_overlap MTN_X(mtn_box_overlap)
#define mtn_box_measure MTN_X(mtn_box_measure)
#define mtn_box_row_of MTN_X(mtn_box_row_of)
#define mtn_box_row MTN_X(mtn_box_row)
#define mtn_box_suppressed MTN_X(mtn_box_suppressed)
#define mtn_box_fill MTN_X(mtn_box_fill)
#define mtn_box_crowds MTN_X(mtn_box_crowds)
#define mtn_box_keep MTN_X(mtn_box_keep)
#define mtn_box_cut MTN_X(mtn_box_cut)
#define mtn_soft_nms_factor MTN_X(mtn_soft_nms_factor)
#define mtn_box_iou_of MTN_X(mtn_box_iou_of)
#define mtn_coco_room MTN_X(mtn_coco_room)
#define mtn_coco_cut MTN_X(mtn_coco_cut)
#define mtn_coco_read MTN_X(mtn_coco_read)
#define mtn_coco_sort MTN_X(mtn_coco_sort)
#define mtn_coco_group_end MTN_X(mtn_coco_group_end)
#define mtn_coco_match_class MTN_X(mtn_coco_match_class)
#define mtn_coco_check MTN_X(mtn_coco_check)
#define mtn_ssim_load MTN_X(mtn_ssim_load)
#define mtn_ssim_store MTN_X(mtn_ssim_store)
#define mtn_ssim_signals MTN_X(mtn_ssim_signals)
#define mtn_ssim_filter MTN_X(mtn_ssim_filter)
#define mtn_ssim_windows MTN_X(mtn_ssim_windows)
#define mtn_ssim_plane MTN_X(mtn_ssim_plane)
#define mtn_ssim_check MTN_X(mtn_ssim_check)
#define mtn_ssim_weights MTN_X(mtn_ssim_weights)
#define mtn_ssim_shift MTN_X(mtn_ssim_shift)
#define mtn_ssim_begin MTN_X(mtn_ssim_begin)
#define mtn_ssim_sizes MTN_X(mtn_ssim_sizes)
#define mtn_ssim_halve MTN_X(mtn_ssim_halve)
#define mtn_ms_ssim_channel MTN_X(mtn_ms_ssim_channel)
#define mtn_mean_distance MTN_X(mtn_mean_distance)
#define mtn_silhouette_item MTN_X(mtn_silhouette_item)
#define mtn_silhouette_euclidean MTN_X(mtn_silhouette_euclidean)
#define mtn_silhouette_means MTN_X(mtn_silhouette_means)
#define mtn_silhouette_squared MTN_X(mtn_silhouette_squared)
#elif MTN_PASS == 2
/* ---- pass 2: and outside for nothing ------------------------------------------ */
#undef mtn_vec
#undef mtn_uvec
#undef mtn_mask
#undef mtn_set1
#undef mtn_load
#undef mtn_store
#undef mtn_bits
#undef mtn_from_bits
#undef mtn_select
#undef mtn_keep
#undef mtn_not
#undef mtn_any
#undef mtn_all
#undef mtn_abs
#undef mtn_sqrt
#undef mtn_min
#undef mtn_max
#undef mtn_fma
#undef mtn_round
#undef mtn_hsum
#undef mtn_hmax
#undef mtn_hmin
#undef mtn_first
#undef mtn_load_part
#undef mtn_store_part
#undef mtn_lane_index
#undef mtn_put_part
#undef mtn_zero
#undef mtn_clamp
#undef mtn_neg_if
#undef mtn_bits1
#undef mtn_sign
#undef mtn_copysign
#undef mtn_point
#undef mtn_exact
#undef mtn_infinity
#undef mtn_nan
#undef mtn_whole
#undef mtn_nearest
#undef mtn_pow2
#undef mtn_scale2
#undef mtn_exp_tail
#undef mtn_exp
#undef mtn_exp_falling
#undef mtn_expm1_tail
#undef mtn_expm1
#undef mtn_log_of
#undef mtn_parts
#undef mtn_take_apart
#undef mtn_log_limits
#undef mtn_log
#undef mtn_log1p
#undef mtn_sigmoid
#undef mtn_log1p_unit
#undef mtn_softplus
#undef mtn_tanh
#undef mtn_pair
#undef mtn_two_sum
#undef mtn_quick_sum
#undef mtn_upper_half
#undef mtn_two_product
#undef mtn_pair_product
#undef mtn_exp_pair
#undef mtn_log_tail
#undef mtn_log_pair
#undef mtn_pow
#undef mtn_cbrt_guess
#undef mtn_cbrt
#undef mtn_sin_tail
#undef mtn_cos_tail
#undef mtn_sin_of
#undef mtn_cos_of
#undef mtn_turn
#undef mtn_sin_shifted
#undef mtn_lanewise
#undef mtn_sin
#undef mtn_cos
#undef mtn_atan_tail
#undef mtn_atan
#undef mtn_erf_tail
#undef mtn_erfc_factor
#undef mtn_erfc_of
#undef mtn_erf
#undef mtn_erfc
#undef mtn_lgamma_factor
#undef mtn_stirling
#undef mtn_half_turn
#undef mtn_lgamma_positive
#undef mtn_lgamma
#undef mtn_digamma_series
#undef mtn_digamma_positive
#undef mtn_digamma
#undef mtn_sum
#undef mtn_sum_abs
#undef mtn_dot
#undef mtn_sum_squares
#undef mtn_squared_distance
#undef mtn_max_of
#undef mtn_axpy
#undef mtn_scale
#undef mtn_put
#undef mtn_fill
#undef mtn_dot_double
#undef mtn_norm_squares
#undef mtn_reciprocal
#undef mtn_sort_rank
#undef mtn_sort_key
#undef mtn_sort_ranks
#undef mtn_argsort
#undef mtn_sort_pairs
#undef mtn_select_is_nan
#undef mtn_select_swap
#undef mtn_select_sift
#undef mtn_select_heap_sort
#undef mtn_select_kth
#undef mtn_filter_run
#undef mtn_filter_rows
#undef mtn_filter_columns
#undef mtn_filter_rows_adjoint
#undef mtn_filter_columns_adjoint
#undef mtn_edt_room
#undef mtn_edt_line
#undef mtn_edt_axis
#undef mtn_edt_squared
#undef mtn_argmax_rows
#undef mtn_is_finite
#undef mtn_is_positive
#undef mtn_is_within
#undef mtn_weight_of
#undef mtn_same_key
#undef mtn_confusion_count
#undef mtn_is_positive_score
#undef mtn_threshold_check
#undef mtn_mean_take
#undef mtn_log_loss_block
#undef mtn_log_loss_logits_block
#undef mtn_row_log_sum_exp
#undef mtn_log_loss_logits_rows
#undef mtn_binary_check
#undef mtn_rows_check
#undef mtn_row_counts
#undef mtn_batch
#undef mtn_batch_end
#undef mtn_batch_take
#undef mtn_batch_begin
#undef mtn_clip
#undef mtn_eps_valid
#undef mtn_log_loss_take
#undef mtn_loss_gather
#undef mtn_log_loss_run
#undef mtn_top_k_hit
#undef mtn_calibration_take
#undef mtn_calibration_check
#undef mtn_sort_confidences
#undef mtn_confidence_group
#undef mtn_sorted_check
#undef mtn_rank
#undef mtn_same_score
#undef mtn_next_threshold
#undef mtn_curve_check
#undef mtn_area_of
#undef mtn_pairs_in_order
#undef mtn_area_of_ranks
#undef mtn_totals_of
#undef mtn_area_up_to
#undef mtn_curve_out
#undef mtn_curve_put
#undef mtn_average_precision_of
#undef mtn_keep_best
#undef mtn_equal_error
#undef mtn_sweep
#undef mtn_columns_check
#undef mtn_multilabel
#undef mtn_multiclass_micro
#undef mtn_class_wins
#undef mtn_float_order
#undef mtn_regression_sums
#undef mtn_regression_moments
#undef mtn_regression_block
#undef mtn_regression_take
#undef mtn_regression_gather
#undef mtn_regression_run
#undef mtn_regression_check
#undef mtn_any_nan
#undef mtn_rank_check
#undef mtn_midranks
#undef mtn_midranks_dot
#undef mtn_tau
#undef mtn_tau_ranks
#undef mtn_tau_count
#undef mtn_ranking_cut
#undef mtn_ranking_check
#undef mtn_relevant
#undef mtn_ranking_relevant
#undef mtn_ranking_dcg
#undef mtn_ranking_hits
#undef mtn_ranking_query
#undef mtn_ranking_rank
#undef mtn_ranking_group
#undef mtn_surface_room
#undef mtn_surface_gather
#undef mtn_surface_percentile
#undef mtn_surface_sums
#undef mtn_surface_results
#undef mtn_surface_spacing
#undef mtn_box_overlap
#undef mtn_box_measure
#undef mtn_box_row_of
#undef mtn_box_row
#undef mtn_box_suppressed
#undef mtn_box_fill
#undef mtn_box_crowds
#undef mtn_box_keep
#undef mtn_box_cut
#undef mtn_soft_nms_factor
#undef mtn_box_iou_of
#undef mtn_coco_room
#undef mtn_coco_cut
#undef mtn_coco_read
#undef mtn_coco_sort
#undef mtn_coco_group_end
#undef mtn_coco_match_class
#undef mtn_coco_check
#undef mtn_ssim_load
#undef mtn_ssim_store
#undef mtn_ssim_signals
#undef mtn_ssim_filter
#undef mtn_ssim_windows
#undef mtn_ssim_plane
#undef mtn_ssim_check
#undef mtn_ssim_weights
#undef mtn_ssim_shift
#undef mtn_ssim_begin
#undef mtn_ssim_sizes
#undef mtn_ssim_halve
#undef mtn_ms_ssim_channel
#undef mtn_mean_distance
#undef mtn_silhouette_item
#undef mtn_silhouette_euclidean
#undef mtn_silhouette_means
#undef mtn_silhouette_squared
#else
/* ---- passes 3 to 5, once per type: the names of the type --------------------- */
#if MTN_BITS == 32
#define mtn_real float
#define mtn_word uint32_t
#define MTN_T_(name) name##_f32
#define MTN_V256_(name) name##_avx2_f32
#define MTN_V512_(name) name##_avx512_f32
#define MTN_VNEON_(name) name##_neon_f32
#if MTN_PASS != 5
#elif MTN_X86_512
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX512 ? fn##_avx512_f32 args : mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif MTN_X86
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif MTN_NEON
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_NEON ? fn##_neon_f32 args : fn##_f32 args)
#else
#define MTN_CALL(fn, args) (fn##_f32 args)
#endif
#else
#define mtn_real double
#define mtn_word uint64_t
#define MTN_T_(name) name##_f64
#define MTN_V256_(name) name##_avx2_f64
#define MTN_V512_(name) name##_avx512_f64
#define MTN_VNEON_(name) name##_neon_f64
#if MTN_PASS != 5
#elif MTN_X86_512
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX512 ? fn##_avx512_f64 args : mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif MTN_X86
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif MTN_NEON
#define MTN_CALL(fn, args) (mtn_isa() == MTN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define MTN_CALL(fn, args) (fn##_f64 args)
#endif
#endif
#if MTN_ISA == 0
#define MTN_X(name) MTN_T_(name)
#elif MTN_ISA == 1
#define MTN_X(name) MTN_V256_(name)
#elif MTN_ISA == 2
#define MTN_X(name) MTN_V512_(name)
#else
#define MTN_X(name) MTN_VNEON_(name)
#endif
#define MTN_K(number) MTN_CAST(mtn_real, number)
#if MTN_PASS == 3
#define MTN_INLINE METRICS_INLINE
#define MTN_FN METRICS_INLINE
#else
#if defined(__GNUC__) && MTN_PASS == 4 && MTN_ISA != 0
#define MTN_INLINE static inline __attribute__((always_inline, unused))
#else
#define MTN_INLINE MTN_UNUSED static inline
#endif
#define MTN_FN MTN_UNUSED static
#endif
#define MTN_LANES (MTN_ISA == 1 ? 256 / MTN_BITS : MTN_ISA == 2 ? 512 / MTN_BITS : MTN_ISA == 3 ? 128 / MTN_BITS : 1)

#if MTN_PASS == 3 || (MTN_PASS == 4 && MTN_ISA != 0)
/* ---- pass 3 (scalar, public) and 4 (per ISA): vectors and formulas ------------ */

/* ---- core/vec ---- */

#if MTN_ISA == 0

typedef mtn_real mtn_vec;
typedef mtn_word mtn_uvec;
typedef int mtn_mask;

#if MTN_BITS == 32
#define MTN_LIBM(name) name##f
#else
#define MTN_LIBM(name) name
#endif

MTN_INLINE mtn_vec mtn_set1(mtn_real x) { return x; }
MTN_INLINE mtn_vec mtn_load(const mtn_real *p) { return *p; }
MTN_INLINE void mtn_store(mtn_real *p, mtn_vec x) { *p = x; }
MTN_INLINE mtn_uvec mtn_bits(mtn_vec x) { mtn_uvec u; memcpy(&u, &x, sizeof u); return u; }
MTN_INLINE mtn_vec mtn_from_bits(mtn_uvec u) { mtn_vec x; memcpy(&x, &u, sizeof x); return x; }
MTN_INLINE mtn_vec mtn_select(mtn_mask m, mtn_vec a, mtn_vec b) { return m ? a : b; }
MTN_INLINE mtn_vec mtn_keep(mtn_mask m, mtn_vec x) { return m ? x : MTN_K(0); }
MTN_INLINE mtn_mask mtn_not(mtn_mask m) { return !m; }
MTN_INLINE int mtn_any(mtn_mask m) { return m; }
MTN_INLINE int mtn_all(mtn_mask m) { return m; }
MTN_INLINE mtn_vec mtn_abs(mtn_vec x) { return MTN_LIBM(fabs)(x); }
MTN_INLINE mtn_vec mtn_sqrt(mtn_vec x) { return MTN_LIBM(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
MTN_INLINE mtn_vec mtn_min(mtn_vec a, mtn_vec b) { return a < b ? a : b; }
MTN_INLINE mtn_vec mtn_max(mtn_vec a, mtn_vec b) { return a > b ? a : b; }

/* a b + c, in one rounding where the processor has it. */
MTN_INLINE mtn_vec mtn_fma(mtn_vec a, mtn_vec b, mtn_vec c)
{
#if (MTN_BITS == 32 && defined(FP_FAST_FMAF)) || (MTN_BITS == 64 && defined(FP_FAST_FMA))
    return MTN_LIBM(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

/* To the nearest integer, ties to even. */
MTN_INLINE mtn_vec mtn_round(mtn_vec x)
{
#if FLT_EVAL_METHOD == 0 && !defined(__FAST_MATH__)
    const mtn_vec whole = MTN_BITS == 32 ? MTN_K(8388608.0) : MTN_K(4503599627370496.0), big = x < 0 ? -whole : whole;
    return mtn_abs(x) < whole ? (x + big) - big : x;
#else
    return MTN_LIBM(rint)(x);
#endif
}

MTN_INLINE double mtn_hsum(mtn_vec x) { return MTN_CAST(double, x); }
MTN_INLINE mtn_real mtn_hmax(mtn_vec x) { return x; }
MTN_INLINE mtn_real mtn_hmin(mtn_vec x) { return x; }
MTN_INLINE mtn_mask mtn_first(size_t m) { return m > 0; }
MTN_INLINE mtn_vec mtn_load_part(const mtn_real *p, size_t m) { return m ? *p : MTN_K(0); }
MTN_INLINE void mtn_store_part(mtn_real *p, mtn_vec x, size_t m) { if (m) *p = x; }
MTN_INLINE mtn_vec mtn_lane_index(void) { return MTN_K(0); }

#else

typedef mtn_real mtn_vec __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
typedef mtn_word mtn_uvec __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
#if MTN_BITS == 32
typedef int32_t mtn_mask __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
#else
typedef int64_t mtn_mask __attribute__((vector_size(MTN_LANES * MTN_BITS / 8)));
#endif

#if MTN_ISA == 1 && MTN_BITS == 32
#define MTN_INTRINSIC(name) _mm256_##name##_ps
#elif MTN_ISA == 1
#define MTN_INTRINSIC(name) _mm256_##name##_pd
#elif MTN_ISA == 2 && MTN_BITS == 32
#define MTN_INTRINSIC(name) _mm512_##name##_ps
#elif MTN_ISA == 2
#define MTN_INTRINSIC(name) _mm512_##name##_pd
#elif MTN_BITS == 32
#define MTN_INTRINSIC(name) v##name##q_f32
#else
#define MTN_INTRINSIC(name) v##name##q_f64
#endif

MTN_INLINE mtn_vec mtn_set1(mtn_real x)
{
#if MTN_ISA == 3
    return MTN_BITS == 32 ? (mtn_vec)vdupq_n_f32((float)x) : (mtn_vec)vdupq_n_f64((double)x);
#else
    return (mtn_vec)MTN_INTRINSIC(set1)(x);
#endif
}

MTN_INLINE mtn_vec mtn_load(const mtn_real *p) { mtn_vec x; memcpy(&x, p, sizeof x); return x; }
MTN_INLINE void mtn_store(mtn_real *p, mtn_vec x) { memcpy(p, &x, sizeof x); }
MTN_INLINE mtn_uvec mtn_bits(mtn_vec x) { return (mtn_uvec)x; }
MTN_INLINE mtn_vec mtn_from_bits(mtn_uvec u) { return (mtn_vec)u; }
MTN_INLINE mtn_mask mtn_not(mtn_mask m) { return ~m; }
MTN_INLINE mtn_vec mtn_keep(mtn_mask m, mtn_vec x) { return (mtn_vec)((mtn_mask)x & m); }
MTN_INLINE mtn_vec mtn_abs(mtn_vec x)
{
    const mtn_uvec sign = mtn_bits(mtn_set1(MTN_K(-0.0)));
    return mtn_from_bits(mtn_bits(x) & ~sign);
}

MTN_INLINE mtn_vec mtn_select(mtn_mask m, mtn_vec a, mtn_vec b)
{
#if MTN_ISA == 1 && MTN_BITS == 32
    return (mtn_vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#elif MTN_ISA == 1
    return (mtn_vec)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#elif MTN_ISA == 3 && MTN_BITS == 32
    return (mtn_vec)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
#elif MTN_ISA == 3
    return (mtn_vec)vbslq_f64((uint64x2_t)m, (float64x2_t)a, (float64x2_t)b);
#else
    return (mtn_vec)(((mtn_mask)a & m) | ((mtn_mask)b & ~m));
#endif
}

MTN_INLINE mtn_vec mtn_sqrt(mtn_vec x) { return (mtn_vec)MTN_INTRINSIC(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
MTN_INLINE mtn_vec mtn_min(mtn_vec a, mtn_vec b)
{
#if MTN_ISA == 3
    return mtn_select(a < b, a, b);
#else
    return (mtn_vec)MTN_INTRINSIC(min)(a, b);
#endif
}

MTN_INLINE mtn_vec mtn_max(mtn_vec a, mtn_vec b)
{
#if MTN_ISA == 3
    return mtn_select(a > b, a, b);
#else
    return (mtn_vec)MTN_INTRINSIC(max)(a, b);
#endif
}

/* a b + c in one rounding. */
MTN_INLINE mtn_vec mtn_fma(mtn_vec a, mtn_vec b, mtn_vec c)
{
#if MTN_ISA == 3
    return (mtn_vec)MTN_INTRINSIC(fma)(c, a, b);
#else
    return (mtn_vec)MTN_INTRINSIC(fmadd)(a, b, c);
#endif
}

/* To the nearest integer, ties to even. */
MTN_INLINE mtn_vec mtn_round(mtn_vec x)
{
#if MTN_ISA == 3
    return (mtn_vec)MTN_INTRINSIC(rndn)(x);
#elif MTN_ISA == 2
    return (mtn_vec)MTN_INTRINSIC(roundscale)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (mtn_vec)MTN_INTRINSIC(round)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

/* The sum of the lanes, in double. */
MTN_INLINE double mtn_hsum(mtn_vec x)
{
#if MTN_ISA == 1
#if MTN_BITS == 32
    __m256d d = _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)), _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)));
#else
    __m256d d = (__m256d)x;
#endif
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(d), _mm256_extractf128_pd(d, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
#else
    mtn_real lane[MTN_LANES];
    double sum = 0;
    int k;
    mtn_store(lane, x);
    for (k = 0; k < MTN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

MTN_INLINE mtn_real mtn_hmax(mtn_vec x)
{
    mtn_real lane[MTN_LANES], best;
    int k;
    mtn_store(lane, x);
    best = lane[0];
    for (k = 1; k < MTN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

MTN_INLINE mtn_real mtn_hmin(mtn_vec x)
{
    mtn_real lane[MTN_LANES], best;
    int k;
    mtn_store(lane, x);
    best = lane[0];
    for (k = 1; k < MTN_LANES; k++) best = lane[k] < best ? lane[k] : best;
    return best;
}

MTN_INLINE int mtn_any(mtn_mask m)
{
#if MTN_ISA == 1
    return _mm256_movemask_epi8((__m256i)m) != 0;
#else
    mtn_word lane[MTN_LANES], any = 0;
    int k;
    memcpy(lane, &m, sizeof lane);
    for (k = 0; k < MTN_LANES; k++) any |= lane[k];
    return any != 0;
#endif
}

MTN_INLINE int mtn_all(mtn_mask m) { return !mtn_any(~m); }

/* 0, 1, 2, ... over the lanes. */
MTN_INLINE mtn_vec mtn_lane_index(void)
{
    mtn_real lane[MTN_LANES];
    int k;
    for (k = 0; k < MTN_LANES; k++) lane[k] = (mtn_real)k;
    return mtn_load(lane);
}

/* True in the first m lanes. */
MTN_INLINE mtn_mask mtn_first(size_t m)
{
#if MTN_BITS == 32
    static const int32_t table[2 * MTN_LANES] = {
#else
    static const int64_t table[2 * MTN_LANES] = {
#endif
#if MTN_LANES >= 16
        -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#if MTN_LANES >= 8
        -1, -1, -1, -1,
#endif
#if MTN_LANES >= 4
        -1, -1,
#endif
        -1, -1 };
    mtn_mask mask;
    memcpy(&mask, table + MTN_LANES - (m < MTN_LANES ? m : MTN_LANES), sizeof mask);
    return mask;
}

/* The first m <= MTN_LANES elements at p, zeros behind them. Nothing else is read. */
#if MTN_ISA != 1 || defined(MTN_NO_MASKED_MOVES)
MTN_INLINE mtn_vec mtn_load_part(const mtn_real *p, size_t m)
{
    mtn_real lane[MTN_LANES] = {0};
    if (m == MTN_LANES) return mtn_load(p);
    memcpy(lane, p, m * sizeof *p);
    return mtn_load(lane);
}

MTN_INLINE void mtn_store_part(mtn_real *p, mtn_vec x, size_t m)
{
    mtn_real lane[MTN_LANES];
    if (m == MTN_LANES) {
        mtn_store(p, x);
        return;
    }
    mtn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
MTN_INLINE mtn_vec mtn_load_part(const mtn_real *p, size_t m)
{
    if (m == MTN_LANES) return mtn_load(p);
    return (mtn_vec)MTN_INTRINSIC(maskload)(p, (__m256i)mtn_first(m));
}

/* In pieces of 4, 2 and 1: a masked store takes some processors dozens of cycles. */
MTN_INLINE void mtn_store_part(mtn_real *p, mtn_vec x, size_t m)
{
    mtn_real lane[MTN_LANES];
    if (m == MTN_LANES) {
        mtn_store(p, x);
        return;
    }
    mtn_store(lane, x);
#if MTN_BITS == 32
    if (m & 4) memcpy(p, lane, 4 * sizeof *p);
#endif
    if (m & 2) memcpy(p + (m & 4), lane + (m & 4), 2 * sizeof *p);
    if (m & 1) p[m - 1] = lane[m - 1];
}
#endif

#endif

/* Stores the first m elements of x at p, or adds them to what is there. */
MTN_INLINE void mtn_put_part(mtn_real *p, mtn_vec x, size_t m, int accumulate)
{
    if (accumulate) x += mtn_load_part(p, m);
    mtn_store_part(p, x, m);
}

MTN_INLINE mtn_vec mtn_zero(void) { return mtn_set1(MTN_K(0)); }
MTN_INLINE mtn_vec mtn_clamp(mtn_vec x, mtn_vec low, mtn_vec high) { return mtn_min(mtn_max(x, low), high); }
MTN_INLINE mtn_vec mtn_neg_if(mtn_mask m, mtn_vec x) { return mtn_select(m, -x, x); }
MTN_INLINE mtn_uvec mtn_bits1(mtn_word u) { mtn_real x; memcpy(&x, &u, sizeof x); return mtn_bits(mtn_set1(x)); }

/* -1, 0 or 1; sign(0) = 0. */
MTN_INLINE mtn_vec mtn_sign(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1));
    return mtn_keep(x > mtn_zero(), one) - mtn_keep(x < mtn_zero(), one);
}

MTN_INLINE mtn_vec mtn_copysign(mtn_vec x, mtn_vec sign)
{
    const mtn_uvec bit = mtn_bits(mtn_set1(MTN_K(-0.0)));
    return mtn_from_bits((mtn_bits(x) & ~bit) | (mtn_bits(sign) & bit));
}

/* The loss of one value (or one vector of values) with its first and second
   derivative: what every formula of an elementwise function returns. */
typedef struct {
    mtn_vec loss, grad, hess;
} mtn_point;

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

#if MTN_BITS == 32
#define MTN_MANTISSA 23
#define MTN_BIAS 127
#define MTN_WORD(w32, w64) MTN_CAST(mtn_word, w32)
#define MTN_F(c32, c64) MTN_K(c32)
#else
#define MTN_MANTISSA 52
#define MTN_BIAS 1023
#define MTN_WORD(w32, w64) MTN_CAST(mtn_word, w64)
#define MTN_F(c32, c64) MTN_K(c64)
#endif

/* x as the type holds it, and a wall to the optimiser: -ffast-math must not
   reassociate across it, nor x87 registers carry more digits over it. An empty
   assembly statement is the wall that holds in every later stage of the compiler:
   gcc loses __builtin_assoc_barrier where it makes vectors of scalar code. */
MTN_INLINE mtn_vec mtn_exact(mtn_vec x)
{
#if MTN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile mtn_real y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && defined(__SSE2__) && !defined(__CUDACC__)
    __asm__("" : "+x"(x));
    return x;
#elif defined(__GNUC__) && defined(__aarch64__) && !defined(__CUDACC__)
    __asm__("" : "+w"(x));
    return x;
#else
    volatile mtn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

MTN_INLINE mtn_vec mtn_infinity(void)
{
    return mtn_from_bits(mtn_bits1(MTN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000))));
}

MTN_INLINE mtn_vec mtn_nan(void)
{
    return mtn_from_bits(mtn_bits1(MTN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000))));
}

/* A whole number as a value and as bits (two's complement). */
typedef struct {
    mtn_vec value;
    mtn_uvec bits;
} mtn_whole;

/* The whole number nearest to x y, where |x y| < 2^21. Adding 1.5 times the
   number whose ulp is 1 rounds, and leaves the result in the low bits. */
MTN_INLINE mtn_whole mtn_nearest(mtn_vec x, mtn_vec y)
{
    const mtn_vec big = mtn_set1(MTN_F(12582912.0, 6755399441055744.0));
    const mtn_vec sum = mtn_exact(mtn_fma(x, y, big));
    mtn_whole n;
    n.value = mtn_exact(sum - big);
    n.bits = mtn_bits(sum) - mtn_bits(big);
    return n;
}

/* 2^n for -126 <= n <= 127 (double: -1022 to 1023) */
MTN_INLINE mtn_vec mtn_pow2(mtn_uvec n)
{
    return mtn_from_bits((n + MTN_CAST(mtn_word, MTN_BIAS)) << MTN_MANTISSA);
}

/* x 2^n for |n| up to twice the largest exponent: in two steps, so that the
   result alone overflows or is rounded to a subnormal. */
MTN_INLINE mtn_vec mtn_scale2(mtn_vec x, mtn_uvec n)
{
    const mtn_uvec both = n + MTN_CAST(mtn_word, 2 * MTN_BIAS), half = both >> 1;
    return mtn_exact(x * mtn_from_bits(half << MTN_MANTISSA)) * mtn_from_bits((both - half) << MTN_MANTISSA);
}

/* ---- exponentials --------------------------------------------------------------- */

/* (e^r - 1 - r) / r^2 for |r| <= log(2) / 2 */
MTN_INLINE mtn_vec mtn_exp_tail(mtn_vec r)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.00139288523));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00836351359)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0416665316)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.16666575)));
    return mtn_fma(q, r, mtn_set1(MTN_K(0.5)));
#else
    mtn_vec q = mtn_set1(MTN_K(2.0919116983338354e-9));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.5105810317631291e-8)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.755726166930097e-7)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.7557253966587009e-6)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(2.4801587336705121e-5)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00019841269875957273)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0013888888888879587)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0083333333333258082)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.041666666666666675)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.16666666666666671)));
    return mtn_fma(q, r, mtn_set1(MTN_K(0.5)));
#endif
}

#define MTN_LOG2E MTN_K(1.4426950408889634)
/* log(2) in two: the first has zeros at its end, so that its product with an exponent is exact. */
#define MTN_LN2_HIGH MTN_F(0.693145751953125, 0.69314718056011770)
#define MTN_LN2_LOW MTN_F(1.42860682031e-6, -1.7239444525614834773e-13)

/* e^x: x = n log 2 + r, e^x = 2^n e^r */
MTN_INLINE mtn_vec mtn_exp(mtn_vec x)
{
    const mtn_vec low = mtn_set1(MTN_F(-104.0, -746.0)), high = mtn_set1(MTN_F(89.0, 710.0));
    const mtn_vec z = mtn_min(high, mtn_max(low, x));
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    mtn_vec r = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    r = mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), r);
    return mtn_scale2(mtn_fma(mtn_exp_tail(r), r * r, r) + MTN_K(1), n.bits);
}

/* e^x for x <= 0, in one scaling: below the smallest normal number the result is 0.
   For sums of exponentials, whose largest term is 1. */
MTN_INLINE mtn_vec mtn_exp_falling(mtn_vec x)
{
    const mtn_vec low = mtn_set1(MTN_F(-87.0, -708.0));
    const mtn_vec z = mtn_max(low, x);
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    mtn_vec r = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    r = mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), r);
    r = (mtn_fma(mtn_exp_tail(r), r * r, r) + MTN_K(1)) * mtn_pow2(n.bits);
    return mtn_keep(mtn_not(x < low), r);
}

/* The same with a term more in float, for where e^r - 1 cancels. */
MTN_INLINE mtn_vec mtn_expm1_tail(mtn_vec r)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.000198914798));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00139340904)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.00833331048)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.0416664609)));
    q = mtn_fma(q, r, mtn_set1(MTN_K(0.166666667)));
    return mtn_fma(q, r, mtn_set1(MTN_K(0.500000001)));
#else
    return mtn_exp_tail(r);
#endif
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
MTN_INLINE mtn_vec mtn_expm1(mtn_vec x)
{
    const mtn_vec low = mtn_set1(MTN_F(-20.0, -40.0)), high = mtn_set1(MTN_F(89.0, 710.0));
    const mtn_vec z = mtn_min(high, mtn_max(low, x));
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    const mtn_vec start = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    const mtn_vec r = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), start));
    const mtn_vec rest = mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), mtn_exact(start - r));
    const mtn_vec small = r + mtn_fma(mtn_expm1_tail(r), r * r, rest);
    const mtn_whole m = mtn_nearest(mtn_min(n.value, mtn_set1(MTN_K(64))), mtn_set1(MTN_K(-1)));
    const mtn_vec one = mtn_exact(MTN_K(1) - mtn_pow2(m.bits));
    return mtn_copysign(mtn_scale2(one + small, n.bits), x);
}

/* ---- logarithms ----------------------------------------------------------------- */

/* log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1 */
MTN_INLINE mtn_vec mtn_log_of(mtn_vec k, mtn_vec f)
{
    const mtn_vec f2 = f * f;
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.0697161147));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.114797338)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.116854199)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.124256873)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.142490576)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.166678023)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.200007157)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(-0.24999997)));
    q = mtn_fma(q, f, mtn_set1(MTN_K(0.333333312)));
    q = mtn_fma(q * f, f2, k * MTN_LN2_LOW);
    q = mtn_fma(f2, mtn_set1(MTN_K(-0.5)), q);
#else
    /* log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f) */
    const mtn_vec s = f / (f + MTN_K(2)), z = s * s, half = f2 * MTN_K(0.5);
    mtn_vec q = mtn_set1(MTN_K(0.14617807153417325));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.15331611722055008)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.18182892432536871)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.22222211089379496)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.28571428626253838)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.39999999999898891)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.66666666666666697)));
    q = mtn_fma(s, mtn_fma(q, z, half), k * MTN_LN2_LOW) - half;
#endif
    return k * MTN_LN2_HIGH + mtn_exact(f + q);
}

/* A positive normal number's k and 2^k m = x, sqrt(1/2) <= m < sqrt(2). */
typedef struct {
    mtn_vec exponent, fraction;
} mtn_parts;

MTN_INLINE mtn_parts mtn_take_apart(mtn_vec x)
{
    const mtn_word root = MTN_WORD(0x3f3504f3u, UINT64_C(0x3fe6a09e667f3bcd));
    const mtn_word one = MTN_WORD(0x3f800000u, UINT64_C(0x3ff0000000000000));
    const mtn_word big = MTN_WORD(0x4b000000u, UINT64_C(0x4330000000000000));
    const mtn_word mask = MTN_WORD(0x007fffffu, UINT64_C(0x000fffffffffffff));
    const mtn_uvec u = mtn_bits(x) + MTN_CAST(mtn_word, one - root);
    mtn_parts p;
    p.exponent = mtn_exact(mtn_from_bits((u >> MTN_MANTISSA) | mtn_bits1(big)) - MTN_F(8388735.0, 4503599627371519.0));
    p.fraction = mtn_from_bits((u & mtn_bits1(mask)) + root);
    return p;
}

/* y for finite x > 0, else what the logarithm of x is: -infinity of 0, infinity, or NaN */
MTN_INLINE mtn_vec mtn_log_limits(mtn_vec x, mtn_vec y)
{
    const mtn_vec zero = mtn_zero(), infinity = mtn_infinity();
    const mtn_vec limit = mtn_select(x == zero, -infinity, mtn_select(x > zero, x, mtn_nan()));
    return mtn_select((x > zero) & (x < infinity), y, limit);
}

MTN_INLINE mtn_vec mtn_log(mtn_vec x)
{
    const mtn_mask tiny = x < MTN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const mtn_parts p = mtn_take_apart(mtn_select(tiny, x * MTN_F(33554432.0, 18014398509481984.0), x));
    const mtn_vec k = p.exponent - mtn_keep(tiny, mtn_set1(MTN_F(25.0, 54.0)));
    return mtn_log_limits(x, mtn_log_of(k, p.fraction - MTN_K(1)));
}

/* log(1 + x): 2^k m = 1 + x, and m - 1 = (2^-k - 1) + 2^-k x hardly rounds. */
MTN_INLINE mtn_vec mtn_log1p(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), sum = mtn_exact(x + one);
    const mtn_parts p = mtn_take_apart(sum);
    const mtn_mask large = x > MTN_F(1073741824.0, 1152921504606846976.0);
    const mtn_vec k = mtn_select(large, mtn_zero(), mtn_max(p.exponent, mtn_set1(MTN_K(-64))));
    const mtn_vec scale = mtn_pow2(mtn_nearest(k, mtn_set1(MTN_K(-1))).bits);
    const mtn_vec f = mtn_fma(scale, x, mtn_exact(scale - one));
    const mtn_vec y = mtn_log_of(p.exponent, mtn_select(large, p.fraction - one, f));
    return mtn_copysign(mtn_log_limits(sum, y), x);
}

/* ---- what is built on them ------------------------------------------------------- */

/* 1 / (1 + e^-x). With e = e^-|x|, which does not overflow, and w = e / (1 + e)
   it is 1 - w for x >= 0 and w = e - e w below. */
MTN_INLINE mtn_vec mtn_sigmoid(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), e = mtn_exp(-mtn_abs(x)), w = e / (one + e);
    const mtn_vec base = mtn_select(x < mtn_zero(), e, one);
    return mtn_fma(-base, w, base);
}

/* log(1 + e) for 0 <= e <= 1: 1 + f, or 2 (1 + f) with f = (e - 1) / 2, exactly */
MTN_INLINE mtn_vec mtn_log1p_unit(mtn_vec e)
{
    const mtn_vec one = mtn_set1(MTN_K(1));
    const mtn_mask upper = e > MTN_K(0.41421356237309503);
    return mtn_log_of(mtn_keep(upper, one), mtn_select(upper, mtn_exact(e - one) * MTN_K(0.5), e));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
MTN_INLINE mtn_vec mtn_softplus(mtn_vec x)
{
    return mtn_max(mtn_zero(), x) + mtn_log1p_unit(mtn_exp(-mtn_abs(x)));
}

/* With t = e^(2 |x|) - 1: tanh |x| = t / (t + 2) = h - h q, h = t / 2, q = t / (t + 2);
   from |x| = 0.55 on 1 - 2 / (t + 2). */
MTN_INLINE mtn_vec mtn_tanh(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), two = mtn_set1(MTN_K(2)), a = mtn_abs(x);
    const mtn_vec t = mtn_expm1(mtn_min(mtn_set1(MTN_K(44)), a * two));
    const mtn_mask large = a > MTN_K(0.55);
    const mtn_vec q = mtn_select(large, two, t) / (t + two), base = mtn_select(large, one, t * MTN_K(0.5));
    return mtn_copysign(mtn_fma(-base, q, base), x);
}

/* ---- numbers of twice the precision ------------------------------------------------ */

/* high + low, |low| at most about half an ulp of high */
typedef struct {
    mtn_vec high, low;
} mtn_pair;

/* a + b exactly */
MTN_INLINE mtn_pair mtn_two_sum(mtn_vec a, mtn_vec b)
{
    mtn_pair s;
    mtn_vec part;
    s.high = mtn_exact(a + b);
    part = mtn_exact(s.high - a);
    s.low = mtn_exact(mtn_exact(a - mtn_exact(s.high - part)) + mtn_exact(b - part));
    return s;
}

/* a + b exactly, |a| >= |b| or a = 0 */
MTN_INLINE mtn_pair mtn_quick_sum(mtn_vec a, mtn_vec b)
{
    mtn_pair s;
    s.high = mtn_exact(a + b);
    s.low = mtn_exact(b - mtn_exact(s.high - a));
    return s;
}

/* x with the lower half of its digits zero */
MTN_INLINE mtn_vec mtn_upper_half(mtn_vec x)
{
    return mtn_from_bits(mtn_bits(x) & mtn_bits1(MTN_WORD(0xfffff000u, UINT64_C(0xfffffffff8000000))));
}

/* a b exactly (to an ulp of low without a fused multiply-add) */
MTN_INLINE mtn_pair mtn_two_product(mtn_vec a, mtn_vec b)
{
    mtn_pair p;
    p.high = mtn_exact(a * b);
#if MTN_ISA != 0
    p.low = mtn_exact(mtn_fma(a, b, -p.high));
#else
    {
        const mtn_vec ah = mtn_upper_half(a), al = mtn_exact(a - ah), bh = mtn_upper_half(b), bl = mtn_exact(b - bh);
        p.low = mtn_exact(mtn_exact(mtn_exact(mtn_exact(ah * bh - p.high) + ah * bl) + al * bh) + al * bl);
    }
#endif
    return p;
}

/* a b in pairs */
MTN_INLINE mtn_pair mtn_pair_product(mtn_pair a, mtn_pair b)
{
    mtn_pair p = mtn_two_product(a.high, b.high);
    p.low = p.low + (a.high * b.low + a.low * b.high);
    return p;
}

/* e^(high + low): as mtn_exp, with low added to what the reduction leaves. |low| << 1. */
MTN_INLINE mtn_vec mtn_exp_pair(mtn_pair x)
{
    const mtn_vec low = mtn_set1(MTN_F(-120.0, -760.0)), high = mtn_set1(MTN_F(89.0, 710.0));
    const mtn_vec z = mtn_min(high, mtn_max(low, x.high));
    const mtn_whole n = mtn_nearest(z, mtn_set1(MTN_LOG2E));
    const mtn_vec start = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_HIGH), z));
    const mtn_vec rest = mtn_exact(mtn_fma(n.value, mtn_set1(-MTN_LN2_LOW), mtn_keep(z == x.high, x.low)));
    const mtn_vec r = mtn_exact(start + rest);
    const mtn_vec lost = mtn_exact(start - r) + rest;
    return mtn_scale2(MTN_K(1) + mtn_exact(r + mtn_fma(mtn_exp_tail(r), r * r, lost)), n.bits);
}

/* ---- powers ------------------------------------------------------------------------ */

/* (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2, |s| <= 0.1716 */
MTN_INLINE mtn_vec mtn_log_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.191217697));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.222047137)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.285715322)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.399999999)));
#else
    mtn_vec q = mtn_set1(MTN_K(0.11724904124570041));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.1170607121759953)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.13334810864251617)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.15384594848987562)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.18181818336456081)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.22222222221651192)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.28571428571429374)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.4)));
#endif
}

/* log x as a pair, for finite x > 0: with s = (m - 1) / (m + 1),
   log(2^k m) = k log 2 + s (2 + z (2 / 3 + z tail(z))), z = s^2 */
MTN_INLINE mtn_pair mtn_log_pair(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), two = mtn_set1(MTN_K(2));
    const mtn_mask tiny = x < MTN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const mtn_parts p = mtn_take_apart(mtn_select(tiny, x * MTN_F(33554432.0, 18014398509481984.0), x));
    const mtn_vec k = p.exponent - mtn_keep(tiny, mtn_set1(MTN_F(25.0, 54.0)));
    const mtn_vec f = mtn_exact(p.fraction - one);
    const mtn_pair d = mtn_quick_sum(two, f);
    const mtn_vec inverse = one / d.high;
    mtn_pair s, z, a, sum, product;
    s.high = mtn_exact(f * inverse);
    product = mtn_two_product(s.high, d.high);
    s.low = (mtn_exact(mtn_exact(f - product.high) - product.low) - s.high * d.low) * inverse;
    z = mtn_pair_product(s, s);
    a = mtn_quick_sum(mtn_set1(MTN_F(0.6666666865348815918, 0.6666666666666666297)), z.high * mtn_log_tail(z.high));
    a.low = a.low + MTN_F(-1.9868214925130208e-8, 3.7007434154171885e-17);
    a = mtn_pair_product(z, a);
    sum = mtn_quick_sum(two, a.high);
    sum.low = sum.low + a.low;
    product = mtn_pair_product(s, sum);
    sum = mtn_two_sum(k * MTN_LN2_HIGH, product.high);
    return mtn_quick_sum(sum.high, sum.low + (product.low + k * MTN_LN2_LOW));
}

/* x^y = e^(y log |x|), negative for negative x and odd y; the special values of C99. */
MTN_FN mtn_vec mtn_pow(mtn_vec x, mtn_vec y)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(MTN_K(1)), infinity = mtn_infinity();
    const mtn_vec a = mtn_abs(x), huge = mtn_set1(MTN_F(1152921504606846976.0, 1267650600228229401496703205376.0));
    const mtn_vec z = mtn_min(huge, mtn_max(-huge, y)), half = y * MTN_K(0.5);
    const mtn_mask whole = mtn_round(y) == y, odd = whole & (mtn_round(half) != half);
    const mtn_pair logarithm = mtn_log_pair(a);
    mtn_pair power = mtn_two_product(logarithm.high, z);
    mtn_vec far = mtn_copysign(mtn_set1(MTN_K(2000)), y), result;
    power = mtn_quick_sum(power.high, power.low + logarithm.low * z);
    far = mtn_select(a == zero, -far, far);
    power.high = mtn_select((a == zero) | (a == infinity), far, power.high);
    result = mtn_exp_pair(power);
    result = mtn_select(odd, mtn_copysign(result, x), result);
    result = mtn_select((x < zero) & (a != infinity) & mtn_not(whole), mtn_nan(), result);
    result = mtn_select((x == x) & (y == y), result, mtn_nan());
    return mtn_select((y == zero) | (x == one), one, result);
}

/* about the cube root of m, sqrt(1/8) <= m < sqrt(8): to 2^-9 (float), 2^-7 (double) */
MTN_INLINE mtn_vec mtn_cbrt_guess(mtn_vec m)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.00723872626));
    q = mtn_fma(q, m, mtn_set1(MTN_K(-0.0722668714)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.292026507)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(-0.634247101)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.977624672)));
    return mtn_fma(q, m, mtn_set1(MTN_K(0.430228457)));
#else
    mtn_vec q = mtn_set1(MTN_K(-0.01304334529589504));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.11182671173693957)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(-0.38451222453810984)));
    q = mtn_fma(q, m, mtn_set1(MTN_K(0.82436295592584893)));
    return mtn_fma(q, m, mtn_set1(MTN_K(0.46237450690242317)));
#endif
}

/* |x| = 2^(3 q) m; a guess is improved by Halley's iteration, the last from a
   value t so short that t^2 is exact. */
MTN_FN mtn_vec mtn_cbrt(mtn_vec x)
{
    const mtn_vec a = mtn_abs(x);
    const mtn_mask tiny = a < MTN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const mtn_parts p = mtn_take_apart(mtn_select(tiny, a * MTN_F(16777216.0, 18014398509481984.0), a));
    const mtn_vec k = p.exponent - mtn_keep(tiny, mtn_set1(MTN_F(24.0, 54.0)));
    const mtn_vec third = mtn_set1(MTN_K(0.33333333333333333)), zero = mtn_zero(), infinity = mtn_infinity();
    const mtn_mask finite = (a > zero) & (a < infinity);
    const mtn_whole q = mtn_nearest(mtn_keep(finite, k), third);
    const mtn_whole rest = mtn_nearest(mtn_keep(finite, k) - q.value * MTN_K(3), mtn_set1(MTN_K(1)));
    const mtn_vec m = p.fraction * mtn_pow2(rest.bits);
    mtn_vec t = mtn_cbrt_guess(m), ratio;
#if MTN_BITS == 64
    {
        const mtn_vec cube = t * t * t;
        t = t * ((cube + m * MTN_K(2)) / (cube * MTN_K(2) + m));
    }
    t = mtn_from_bits(mtn_bits(t) & mtn_bits1(UINT64_C(0xfffffffff0000000)));
#else
    t = mtn_upper_half(t);
#endif
    ratio = m / mtn_exact(t * t);
    t = t + t * (mtn_exact(ratio - t) / (t + t + ratio));
    return mtn_select(finite, mtn_copysign(t * mtn_pow2(q.bits), x), x);
}

/* ---- sine, cosine, arc tangent ------------------------------------------------------- */

/* (sin r - r) / r^3 in z = r^2, |r| <= pi / 4 */
MTN_INLINE mtn_vec mtn_sin_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(2.72493144e-6));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00019840082)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00833333187)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.166666667)));
#else
    mtn_vec q = mtn_set1(MTN_K(-7.5865766484052612e-13));
    q = mtn_fma(q, z, mtn_set1(MTN_K(1.6058529573291738e-10)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-2.5052106219528367e-8)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.7557319219301937e-6)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00019841269841265017)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.0083333333333333315)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.16666666666666667)));
#endif
}

/* (cos r - 1 + r^2 / 2) / r^4 in z = r^2, |r| <= pi / 4 */
MTN_INLINE mtn_vec mtn_cos_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-2.73004489e-7));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.48005964e-5)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00138888877)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.0416666667)));
#else
    mtn_vec q = mtn_set1(MTN_K(-1.1382456865840482e-11));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.0876143829213937e-9)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-2.7557317260014707e-7)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(2.4801587298743081e-5)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.0013888888888887382)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.041666666666666665)));
#endif
}

/* sin(r + low) and cos(r + low), |r| <= pi / 4 */
MTN_INLINE mtn_vec mtn_sin_of(mtn_pair r)
{
    const mtn_vec z = r.high * r.high;
    return r.high + mtn_fma(r.high * z, mtn_sin_tail(z), r.low * mtn_fma(z, mtn_set1(MTN_K(-0.5)), mtn_set1(MTN_K(1))));
}

MTN_INLINE mtn_vec mtn_cos_of(mtn_pair r)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), z = r.high * r.high, half = z * MTN_K(0.5), w = mtn_exact(one - half);
    return w + (mtn_exact(mtn_exact(one - w) - half) + mtn_fma(z * z, mtn_cos_tail(z), -(r.high * r.low)));
}

/* Up to where the reduction below is exact enough; beyond it the C library does it. */
#define MTN_TURN_LIMIT MTN_F(1600.0, 1600000.0)

/* x - n pi / 2 as a pair, and n. pi / 2 comes in four parts, the products of n and
   the first three exact. */
MTN_INLINE mtn_pair mtn_turn(mtn_vec x, mtn_uvec *quarter)
{
    const mtn_whole n = mtn_nearest(x, mtn_set1(MTN_K(0.63661977236758134308)));
    const mtn_vec start = mtn_exact(x - n.value * MTN_F(1.5706787109375, 1.570796326734125614166));
    const mtn_pair a = mtn_two_sum(start, -(n.value * MTN_F(0.00011761486530303955, 6.077100506303965976596e-11)));
    const mtn_pair b = mtn_two_sum(a.high, -(n.value * MTN_F(9.9203134595882148e-10, 2.022266248711166455796e-21)));
    const mtn_vec rest = n.value * MTN_F(6.2233721718966133923e-14, 8.478427660368899644e-32);
    *quarter = n.bits;
    return mtn_two_sum(b.high, a.low + (b.low - rest));
}

/* The sine of |x| under MTN_TURN_LIMIT, a quarter turn of them further where shift is 1. */
MTN_INLINE mtn_vec mtn_sin_shifted(mtn_vec x, mtn_word shift)
{
    mtn_uvec n;
    const mtn_pair r = mtn_turn(x, &n);
    const mtn_uvec one = mtn_bits1(1), none = mtn_bits1(0), quarter = n + shift;
    const mtn_vec y = mtn_select((quarter & one) != none, mtn_cos_of(r), mtn_sin_of(r));
    return mtn_neg_if((quarter & (one + one)) != none, y);
}

/* y, and in the lanes that are set f(x) of the C library in double. */
MTN_FN mtn_vec mtn_lanewise(double (*f)(double), mtn_vec x, mtn_mask m, mtn_vec y)
{
    mtn_real lane[MTN_LANES];
    int k;
    mtn_store(lane, x);
    for (k = 0; k < MTN_LANES; k++) lane[k] = MTN_CAST(mtn_real, f(MTN_CAST(double, lane[k])));
    return mtn_select(m, mtn_load(lane), y);
}

MTN_FN mtn_vec mtn_sin(mtn_vec x)
{
    const mtn_mask small = mtn_abs(x) < MTN_TURN_LIMIT;
    const mtn_vec y = mtn_select(x == mtn_zero(), x, mtn_sin_shifted(mtn_keep(small, x), 0));
    return mtn_all(small) ? y : mtn_lanewise(sin, x, mtn_not(small), y);
}

MTN_FN mtn_vec mtn_cos(mtn_vec x)
{
    const mtn_mask small = mtn_abs(x) < MTN_TURN_LIMIT;
    const mtn_vec y = mtn_sin_shifted(mtn_keep(small, x), 1);
    return mtn_all(small) ? y : mtn_lanewise(cos, x, mtn_not(small), y);
}

/* (atan t - t) / t^3 in z = t^2, |t| <= tan(pi / 8) */
MTN_INLINE mtn_vec mtn_atan_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.0504612817));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.0862389667)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.110712604)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.142841455)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.199999772)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.333333333)));
#else
    mtn_vec q = mtn_set1(MTN_K(-0.013905374533113235));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.030622995553735516)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.041038875468626873)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.047192591882420924)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.052580202726567583)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.058819230561140226)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.066666418691311827)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.076923067291948968)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.090909090668160809)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.11111111110751481)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.14285714285711491)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.19999999999999991)));
    return mtn_fma(q, z, mtn_set1(MTN_K(-0.33333333333333333)));
#endif
}

/* atan |x| = base + atan t, t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, base = 0, pi / 4 or pi / 2 */
MTN_FN mtn_vec mtn_atan(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), zero = mtn_zero(), a = mtn_abs(x);
    const mtn_mask middle = a > MTN_K(0.41421356237309503), large = a > MTN_K(2.4142135623730951);
    const mtn_vec up = mtn_select(large, -one, mtn_select(middle, a - one, a));
    const mtn_vec down = mtn_select(large, a, mtn_select(middle, a + one, one));
    const mtn_vec base = mtn_select(large, mtn_set1(MTN_F(1.570796370506286621, 1.570796326794896558)),
        mtn_keep(middle, mtn_set1(MTN_F(0.7853981852531433105, 0.785398163397448279))));
    const mtn_vec low = mtn_select(large, mtn_set1(MTN_F(-4.3711390001862428e-8, 6.1232339957367659e-17)),
        mtn_select(middle, mtn_set1(MTN_F(-2.1855695000931214e-8, 3.0616169978683829e-17)), zero));
    const mtn_vec t = up / down, z = t * t;
    return mtn_copysign(base + mtn_exact(t + mtn_fma(t * z, mtn_atan_tail(z), low)), x);
}

/* ---- error function -------------------------------------------------------------------- */

/* (erf x - x) / x in z = x^2, |x| <= 1 */
MTN_INLINE mtn_vec mtn_erf_tail(mtn_vec z)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-9.66704457e-6));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00011265959)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.000848408041)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00522103181)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.0268654307)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.112837825)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.376126385)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.128379167)));
#else
    mtn_vec q = mtn_set1(MTN_K(-4.2309458242953378e-12));
    q = mtn_fma(q, z, mtn_set1(MTN_K(8.7090451290531067e-11)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-1.216456005728345e-9)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(1.4792401209404813e-8)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-1.6364642158167615e-7)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(1.6462045441468419e-6)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-1.4925647567519332e-5)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.00012055332902888735)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.00085483270219348296)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.0052239776254232983)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.026866170645129841)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(0.1128379167095512)));
    q = mtn_fma(q, z, mtn_set1(MTN_K(-0.37612638903183752)));
    return mtn_fma(q, z, mtn_set1(MTN_K(0.12837916709551257)));
#endif
}

/* (1 + 2 a) e^(a^2) erfc(a) in t = (a - 4) / (a + 4), a from 0.47 to 10.2 (float), 27.4 (double) */
MTN_INLINE mtn_vec mtn_erfc_factor(mtn_vec t)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-0.00052551435));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.000890759548)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00515217024)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0161078784)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0371567471)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0663477856)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0937323918)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.101037699)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0680971291)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0153796134)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.139621118)));
    return mtn_fma(q, t, mtn_set1(MTN_K(1.23299512)));
#else
    mtn_vec q = mtn_set1(MTN_K(1.5740667325302964e-9));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.4355756802467888e-9)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.4867857762189077e-8)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.9813977344735414e-8)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(1.1078129699130398e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(7.7244452519751469e-8)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-8.2570542732789902e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.917761739652986e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(5.7097039804903096e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.122105046281538e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-2.4399142592225436e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00015062137526125789)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00019925672460019633)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00075777322974703339)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0050319699841567711)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.016197734064972366)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.037167515536801652)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.066330365811704678)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.093732834998388087)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.10103906603632333)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.068097054254691736)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.01537965210262002)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.13962111684056251)));
    return mtn_fma(q, t, mtn_set1(MTN_K(1.2329951186255525)));
#endif
}

/* erfc(a) = e^(-a^2) factor / (1 + 2 a) for a >= 0.47; a^2 = h^2 + (a - h)(a + h), h^2 exact */
MTN_INLINE mtn_vec mtn_erfc_of(mtn_vec a)
{
    const mtn_vec z = mtn_min(mtn_set1(MTN_F(10.2, 27.4)), mtn_max(mtn_set1(MTN_K(0.47)), a));
    const mtn_vec h = mtn_upper_half(z), four = mtn_set1(MTN_K(4));
    const mtn_vec factor = mtn_erfc_factor((z - four) / (z + four)) / (z + z + MTN_K(1));
    mtn_pair square;
    square.high = -mtn_exact(h * h);
    square.low = -(mtn_exact(z - h) * (z + h));
    return mtn_exp_pair(square) * factor;
}

/* x + x tail(x^2) up to 1, 1 - erfc |x| beyond */
MTN_FN mtn_vec mtn_erf(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), a = mtn_abs(x), inner = mtn_min(one, a);
    const mtn_vec small = mtn_fma(inner, mtn_erf_tail(inner * inner), inner);
    return mtn_select(x == x, mtn_copysign(mtn_select(a > one, one - mtn_erfc_of(a), small), x), x);
}

/* 1 - erf(x) for |x| < 1/2, 2 - erfc(-x) below */
MTN_FN mtn_vec mtn_erfc(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), half = mtn_set1(MTN_K(0.5)), a = mtn_abs(x), tail = mtn_erfc_of(a);
    const mtn_vec inner = mtn_min(half, mtn_max(-half, x));
    const mtn_vec small = one - mtn_fma(inner, mtn_erf_tail(inner * inner), inner);
    const mtn_vec y = mtn_select(a < half, small, mtn_select(x < mtn_zero(), MTN_K(2) - tail, tail));
    return mtn_select(x == x, y, x);
}

/* ---- gamma function ---------------------------------------------------------------------- */

/* log Gamma(2 + t) / t, |t| <= 1/2 */
MTN_INLINE mtn_vec mtn_lgamma_factor(mtn_vec t)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.000113449486));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.000253822248)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.000506528962)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00118585778)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00289079335)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00738617446)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0205807996)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0673522815)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.322467033)));
    return mtn_fma(q, t, mtn_set1(MTN_K(0.422784335)));
#else
    mtn_vec q = mtn_set1(MTN_K(6.376295734499092e-8));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-1.3413423047041578e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.0307921392240115e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-4.3034947036237722e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(9.578515261333411e-7)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-2.0449229705497507e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(4.3743787562085535e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-9.4384580476527738e-6)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(2.0507266826252506e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-4.4926351195667295e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(9.9457509153471438e-5)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.00022315475073783337)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.00050966952488235433)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0011927539120013529)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.0028905103307388233)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.0073855510286681463)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.020580808427784568)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(-0.067352301053198139)));
    q = mtn_fma(q, t, mtn_set1(MTN_K(0.32246703342411322)));
    return mtn_fma(q, t, mtn_set1(MTN_K(0.42278433509846714)));
#endif
}

/* x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in w = 1 / x^2, x >= 8 */
MTN_INLINE mtn_vec mtn_stirling(mtn_vec w)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(0.000780034719));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.00277769855)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.0833333333)));
#else
    mtn_vec q = mtn_set1(MTN_K(0.0050659053600815934));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0018903829938839238)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.00084147008525024054)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.00059523658450570417)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.00079365078975240582)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0027777777777739882)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.083333333333333333)));
#endif
}

/* pi (x - n), n the integer nearest to x. */
MTN_INLINE mtn_vec mtn_half_turn(mtn_vec x) { return (x - mtn_round(x)) * MTN_K(3.14159265358979323846); }

/* log Gamma(x) for x > 0. From 8 on by Stirling's series, below by
   log Gamma(x) = log Gamma(2 + t) + log(product), |t| <= 1/2. */
MTN_INLINE mtn_vec mtn_lgamma_positive(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), limit = mtn_set1(MTN_K(2.5));
    const mtn_mask large = x >= MTN_K(8), below = x < MTN_K(1.5), low = x < MTN_K(0.5);
    mtn_vec product = one, y = mtn_select(large, one + one, x), t, logarithm, small, inverse;
    int k;
    for (k = 0; k < 6; k++) {
        const mtn_mask m = y > limit;
        y = mtn_select(m, y - one, y);
        product = mtn_select(m, product * y, product);
    }
    t = mtn_select(low, y, mtn_select(below, y - one, y - MTN_K(2)));
    product = mtn_select(low, y * (y + one), mtn_select(below, y, product));
    logarithm = mtn_log(mtn_select(large, x, product));
    small = t * mtn_lgamma_factor(t) + mtn_neg_if(below, logarithm);
    inverse = one / mtn_max(mtn_set1(MTN_K(8)), x);
    y = (x - MTN_K(0.5)) * (logarithm - one) + (inverse * mtn_stirling(inverse * inverse) + MTN_K(0.41893853320467274178));
    return mtn_select(large, y, small);
}

/* log |Gamma(x)|; below 0 log(pi / |sin(pi x)|) - log Gamma(1 - x), where sin(pi x) of tiny x is pi x */
MTN_FN mtn_vec mtn_lgamma(mtn_vec x)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(MTN_K(1)), infinity = mtn_infinity();
    const mtn_mask negative = x < zero;
    const mtn_vec y = mtn_lgamma_positive(mtn_select(negative, one - x, x));
    mtn_vec reflected = zero;
    if (mtn_any(negative)) {
        const mtn_mask tiny = x > MTN_F(-1e-5, -1e-9);
        const mtn_vec turn = mtn_half_turn(mtn_keep(negative & (x > -infinity), x));
        const mtn_vec sine = mtn_abs(mtn_select(tiny, x, mtn_sin(turn)));
        reflected = mtn_select(tiny, zero, mtn_set1(MTN_K(1.1447298858494001741))) - mtn_log(sine) - y;
        reflected = mtn_select(sine == zero, infinity, reflected);
    }
    return mtn_select(mtn_abs(x) == infinity, infinity, mtn_select(negative, reflected, y));
}

/* x^2 (log x - 1 / (2 x) - psi(x)) in w = 1 / x^2, x >= 6 */
MTN_INLINE mtn_vec mtn_digamma_series(mtn_vec w)
{
#if MTN_BITS == 32
    mtn_vec q = mtn_set1(MTN_K(-0.00378552955));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.0039618389)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.00833329813)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.0833333333)));
#else
    mtn_vec q = mtn_set1(MTN_K(1.2391679863993024));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.36785763321584679)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.081436305058735288)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.021063611862127793)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.0075754873976434952)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0041666652417935437)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(0.0039682539644546434)));
    q = mtn_fma(q, w, mtn_set1(MTN_K(-0.0083333333333294057)));
    return mtn_fma(q, w, mtn_set1(MTN_K(0.083333333333333333)));
#endif
}

/* psi(x) for x > 0: psi(x + m) - sum 1 / (x + i), the sum as 1 / x and one fraction
   for the rest; from 6 on log x - 1 / (2 x) - series(1 / x^2) / x^2 */
MTN_INLINE mtn_vec mtn_digamma_positive(mtn_vec x)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), limit = mtn_set1(MTN_K(6));
    const mtn_mask below = x < limit;
    const mtn_vec first = mtn_keep(below, one / x);
    mtn_vec y = mtn_select(below, x + one, x), up = mtn_zero(), down = one, inverse, square;
    int k;
    for (k = 0; k < 5; k++) {
        const mtn_mask m = y < limit;
        up = mtn_select(m, mtn_fma(up, y, down), up);
        down = mtn_select(m, down * y, down);
        y = mtn_select(m, y + one, y);
    }
    inverse = one / y;
    square = inverse * inverse;
    y = mtn_log(y) - mtn_fma(square, mtn_digamma_series(square), inverse * MTN_K(0.5));
    return y - up / down - first;
}

/* psi(x), the derivative of log Gamma; below 0 psi(1 - x) - pi / tan(pi x).
   -infinity at 0, infinity at -0, NaN at the negative integers. */
MTN_FN mtn_vec mtn_digamma(mtn_vec x)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(MTN_K(1)), infinity = mtn_infinity();
    const mtn_mask negative = x < zero;
    mtn_vec y = mtn_digamma_positive(mtn_select(negative, one - x, x)), turn;
    if (mtn_any(negative)) {
        const mtn_mask bounded = negative & (x > -infinity);
        turn = mtn_half_turn(mtn_keep(bounded, x));
        turn = MTN_K(3.14159265358979323846) * mtn_cos(turn) / mtn_sin(turn);
        turn = mtn_select(bounded & (mtn_round(x) != x), y - turn, mtn_nan());
        y = mtn_select(negative, turn, y);
    }
    return mtn_select(x == zero, mtn_copysign(infinity, -x), y);
}

#undef MTN_TURN_LIMIT
#undef MTN_LN2_LOW
#undef MTN_LN2_HIGH
#undef MTN_LOG2E
#undef MTN_F
#undef MTN_WORD
#undef MTN_BIAS
#undef MTN_MANTISSA
#endif

#if MTN_PASS == 4 && MTN_ISA == 0
/* ---- types and helpers that kernels and public functions share, once per type -- */

/* ---- metrics/curves ---- */
#if MTN_HAS_CURVES

/* Scores in descending order, each with its label (without weights) or with the
   index of its sample. */
typedef struct {
    const mtn_real *keys;
    const uint32_t *carried;
    const uint8_t *labels;   /* of the samples, in steps of `step`; NULL: carried is the label */
    const mtn_real *weight;      /* of the samples, NULL without weights */
    size_t n, step, per_sample;
} MTN_T_(mtn_ranking);

#endif

/* ---- metrics/ranking ---- */
#if MTN_HAS_RANKING

/* Scratch of the ranking functions, cut. */
typedef struct {
    mtn_real *score, *relevance;    /* of the documents in ranked order */
    uint64_t *key;
    uint32_t *order, *other;
    void *sort;
} MTN_T_(mtn_ranking_room);

#endif

/* ---- metrics/detection ---- */
#if MTN_HAS_DETECTION

/* Boxes as columns; area 0 where a side is negative. */
typedef struct {
    mtn_real left[MTN_BOX_BLOCK], top[MTN_BOX_BLOCK], right[MTN_BOX_BLOCK], bottom[MTN_BOX_BLOCK];
    mtn_real area[MTN_BOX_BLOCK];
    mtn_real shape[MTN_BOX_BLOCK];    /* atan(width / height) */
    size_t count;
} MTN_T_(mtn_box_block);

/* One box: its corners, area and shape. */
typedef struct {
    mtn_real left, top, right, bottom, area, shape;
} MTN_T_(mtn_box);

MTN_SMALL MTN_T_(mtn_box) MTN_T_(mtn_box_read)(const mtn_real *p, int format)
{
    MTN_T_(mtn_box) box;
    mtn_real w, h;
    box.left = format == METRICS_BOX_CXCYWH ? p[0] - p[2] / 2 : p[0];
    box.top = format == METRICS_BOX_CXCYWH ? p[1] - p[3] / 2 : p[1];
    box.right = format == METRICS_BOX_XYXY ? p[2] : box.left + p[2];
    box.bottom = format == METRICS_BOX_XYXY ? p[3] : box.top + p[3];
    w = box.right - box.left;
    h = box.bottom - box.top;
    box.area = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    box.shape = 0;
    return box;
}

/* atan(width / height), also of a height 0. */
MTN_SMALL mtn_real MTN_T_(mtn_box_shape)(const MTN_T_(mtn_box) *box)
{
    const mtn_real w = box->right - box->left, h = box->bottom - box->top;
    return (mtn_real)atan2((double)(w < 0 ? 0 : w), (double)(h < 0 ? 0 : h));
}

/* Boxes kept so far, as columns. */
typedef struct {
    mtn_real *left, *top, *right, *bottom, *area;
    size_t count;
} MTN_T_(mtn_box_columns);

#endif

/* ---- metrics/image ---- */
#if MTN_HAS_IMAGE

/* One plane of two images, and where its rows are filtered. A row gives four
   signals: y, d = x - y, x^2 + y^2 and d^2 (x and y less the shift). They are
   filtered along the row into the ring, which holds the last `size` rows, and the
   ring is filtered down its columns. */
typedef struct {
    size_t height, width, valid;   /* valid: windows per row */
    size_t step, row_step;         /* elements from one pixel to the next, and to the next row */
    size_t size;
    mtn_real shift, c1, c2, unbias;    /* unbias: 1 or N / (N - 1) */
    mtn_real *weight;                  /* the window along one axis, twice in a row */
    mtn_real *signal;                  /* 4 rows of width */
    mtn_real *ring;                    /* size x 4 rows of valid */
    mtn_real *structure, *product;     /* a row of cs and of l cs */
} MTN_T_(mtn_ssim);

#endif

/* ---- metrics/clustering ---- */
#if MTN_HAS_CLUSTERING

/* One silhouette: the data, the size of each cluster, room for a group of rows'
   sums of distances or for the clusters' means and scatters. */
typedef struct {
    const mtn_real *data;
    const int32_t *labels;
    size_t n, d, clusters;
    double *count, *sums, *means, *scatter;
} MTN_T_(mtn_silhouette);

#endif
#endif

#if MTN_PASS == 4
/* ---- pass 4: loops over arrays, once per ISA ---------------------------------- */

/* ---- core/reduce ---- */

#define MTN_RUN 16

/* sum p_k */
MTN_FN double mtn_sum(const mtn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        end = (n - k) / (4 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 4 * MTN_LANES;
        for (; k < end; k += 4 * MTN_LANES) {
            a += mtn_load(p + k);
            b += mtn_load(p + k + MTN_LANES);
            c += mtn_load(p + k + 2 * MTN_LANES);
            d += mtn_load(p + k + 3 * MTN_LANES);
        }
        total += mtn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        mtn_vec a = mtn_zero();
        for (; n - k >= MTN_LANES; k += MTN_LANES) a += mtn_load(p + k);
        if (k < n) a += mtn_load_part(p + k, n - k);
        total += mtn_hsum(a);
    }
    return total;
}

MTN_FN double mtn_sum_abs(const mtn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        end = (n - k) / (4 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 4 * MTN_LANES;
        for (; k < end; k += 4 * MTN_LANES) {
            a += mtn_abs(mtn_load(p + k));
            b += mtn_abs(mtn_load(p + k + MTN_LANES));
            c += mtn_abs(mtn_load(p + k + 2 * MTN_LANES));
            d += mtn_abs(mtn_load(p + k + 3 * MTN_LANES));
        }
        total += mtn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        mtn_vec a = mtn_zero();
        for (; n - k >= MTN_LANES; k += MTN_LANES) a += mtn_abs(mtn_load(p + k));
        if (k < n) a += mtn_abs(mtn_load_part(p + k, n - k));
        total += mtn_hsum(a);
    }
    return total;
}

/* sum a_k b_k */
MTN_FN double mtn_dot(const mtn_real *p, const mtn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        end = (n - k) / (4 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 4 * MTN_LANES;
        for (; k < end; k += 4 * MTN_LANES) {
            a = mtn_fma(mtn_load(p + k), mtn_load(q + k), a);
            b = mtn_fma(mtn_load(p + k + MTN_LANES), mtn_load(q + k + MTN_LANES), b);
            c = mtn_fma(mtn_load(p + k + 2 * MTN_LANES), mtn_load(q + k + 2 * MTN_LANES), c);
            d = mtn_fma(mtn_load(p + k + 3 * MTN_LANES), mtn_load(q + k + 3 * MTN_LANES), d);
        }
        total += mtn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        mtn_vec a = mtn_zero();
        for (; n - k >= MTN_LANES; k += MTN_LANES) a = mtn_fma(mtn_load(p + k), mtn_load(q + k), a);
        if (k < n) a = mtn_fma(mtn_load_part(p + k, n - k), mtn_load_part(q + k, n - k), a);
        total += mtn_hsum(a);
    }
    return total;
}

MTN_FN double mtn_sum_squares(const mtn_real *p, size_t n) { return mtn_dot(p, p, n); }

/* sum (a_k - b_k)^2 */
MTN_FN double mtn_squared_distance(const mtn_real *p, const mtn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 2 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), d;
        end = (n - k) / (2 * MTN_LANES);
        end = k + (end < MTN_RUN ? end : MTN_RUN) * 2 * MTN_LANES;
        for (; k < end; k += 2 * MTN_LANES) {
            d = mtn_load(p + k) - mtn_load(q + k);
            a = mtn_fma(d, d, a);
            d = mtn_load(p + k + MTN_LANES) - mtn_load(q + k + MTN_LANES);
            b = mtn_fma(d, d, b);
        }
        total += mtn_hsum(a + b);
    }
    if (k < n) {
        mtn_vec a = mtn_zero(), d;
        for (; n - k >= MTN_LANES; k += MTN_LANES) {
            d = mtn_load(p + k) - mtn_load(q + k);
            a = mtn_fma(d, d, a);
        }
        if (k < n) {
            d = mtn_load_part(p + k, n - k) - mtn_load_part(q + k, n - k);
            a = mtn_fma(d, d, a);
        }
        total += mtn_hsum(a);
    }
    return total;
}

/* The largest element, NaNs passed over; -infinity of nothing (or of NaNs alone). */
MTN_FN mtn_real mtn_max_of(const mtn_real *p, size_t n)
{
    const mtn_vec lowest = mtn_set1((mtn_real)-HUGE_VAL);
    mtn_vec a = lowest, b = lowest;
    size_t k = 0;
    for (; n - k >= 2 * MTN_LANES; k += 2 * MTN_LANES) {
        a = mtn_max(mtn_load(p + k), a);
        b = mtn_max(mtn_load(p + k + MTN_LANES), b);
    }
    if (n - k >= MTN_LANES) {
        a = mtn_max(mtn_load(p + k), a);
        k += MTN_LANES;
    }
    if (k < n) b = mtn_max(mtn_select(mtn_first(n - k), mtn_load_part(p + k, n - k), lowest), b);
    return mtn_hmax(mtn_max(a, b));
}

/* y += a x */
MTN_FN void mtn_axpy(mtn_real *y, mtn_real a, const mtn_real *x, size_t n)
{
    const mtn_vec factor = mtn_set1(a);
    size_t k = 0;
    for (; n - k >= MTN_LANES; k += MTN_LANES) mtn_store(y + k, mtn_fma(factor, mtn_load(x + k), mtn_load(y + k)));
    if (k < n) mtn_store_part(y + k, mtn_fma(factor, mtn_load_part(x + k, n - k), mtn_load_part(y + k, n - k)), n - k);
}

/* y = a x; y may be x */
MTN_FN void mtn_scale(mtn_real *y, mtn_real a, const mtn_real *x, size_t n)
{
    const mtn_vec factor = mtn_set1(a);
    size_t k = 0;
    for (; n - k >= MTN_LANES; k += MTN_LANES) mtn_store(y + k, factor * mtn_load(x + k));
    if (k < n) mtn_store_part(y + k, factor * mtn_load_part(x + k, n - k), n - k);
}

/* y = a x, or y += a x when accumulate is set; x NULL: the value a itself */
MTN_FN void mtn_put(mtn_real *y, mtn_real a, const mtn_real *x, size_t n, int accumulate)
{
    size_t k = 0;
    if (x) {
        if (accumulate) mtn_axpy(y, a, x, n);
        else mtn_scale(y, a, x, n);
        return;
    }
    for (; n - k >= MTN_LANES; k += MTN_LANES) {
        mtn_vec value = mtn_set1(a);
        if (accumulate) value += mtn_load(y + k);
        mtn_store(y + k, value);
    }
    for (; k < n; k++) {
        if (accumulate) y[k] += a;
        else y[k] = a;
    }
}

MTN_FN void mtn_fill(mtn_real *y, mtn_real a, size_t n) { mtn_put(y, a, NULL, n, 0); }

/* sum a_k b_k with every product and every sum in double. */
MTN_FN double mtn_dot_double(const mtn_real *p, const mtn_real *q, size_t n)
{
#if MTN_BITS == 64
    return mtn_dot(p, q, n);
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
MTN_FN double mtn_norm_squares(const mtn_real *p, size_t n)
{
    const double sum = mtn_dot(p, p, n);
#if MTN_BITS == 32
    if (!(sum > 1e-24 * (double)n && sum < 1e38)) return mtn_dot_double(p, p, n);
#endif
    return sum;
}

/* ---- core/filter ---- */

/* y_j = sum_{t < k} taps_t x_{j + t step}, for j < n. */
MTN_FN void mtn_filter_run(const mtn_real *x, ptrdiff_t step, const mtn_real *taps, size_t k, mtn_real *y, size_t n)
{
    size_t j = 0, t;
    for (; n - j >= 4 * MTN_LANES; j += 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = a, c = a, d = a, tap;
        const mtn_real *from = x + j;
        for (t = 0; t < k; t++) {
            const mtn_real *at = from + (ptrdiff_t)t * step;
            tap = mtn_set1(taps[t]);
            a = mtn_fma(tap, mtn_load(at), a);
            b = mtn_fma(tap, mtn_load(at + MTN_LANES), b);
            c = mtn_fma(tap, mtn_load(at + 2 * MTN_LANES), c);
            d = mtn_fma(tap, mtn_load(at + 3 * MTN_LANES), d);
        }
        mtn_store(y + j, a);
        mtn_store(y + j + MTN_LANES, b);
        mtn_store(y + j + 2 * MTN_LANES, c);
        mtn_store(y + j + 3 * MTN_LANES, d);
    }
    for (; j < n; j += MTN_LANES) {
        const size_t m = n - j < MTN_LANES ? n - j : MTN_LANES;
        const mtn_real *from = x + j;
        mtn_vec a = mtn_zero();
        for (t = 0; t < k; t++) {
            const mtn_real *at = from + (ptrdiff_t)t * step;
            a = mtn_fma(mtn_set1(taps[t]), m < MTN_LANES ? mtn_load_part(at, m) : mtn_load(at), a);
        }
        if (m < MTN_LANES) mtn_store_part(y + j, a, m);
        else mtn_store(y + j, a);
    }
}

MTN_FN void mtn_filter_rows(const mtn_real *x, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *y)
{
    size_t i;
    if (k > w) return;
    for (i = 0; i < h; i++) mtn_filter_run(x + i * w, 1, taps, k, y + i * (w - k + 1), w - k + 1);
}

MTN_FN void mtn_filter_columns(const mtn_real *x, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *y)
{
    size_t i;
    if (k > h) return;
    for (i = 0; i + k <= h; i++) mtn_filter_run(x + i * w, (ptrdiff_t)w, taps, k, y + i * w, w);
}

MTN_FN void mtn_filter_rows_adjoint(const mtn_real *y, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *x)
{
    const size_t wide = w + k - 1;
    size_t i, j, t;
    for (i = 0; i < h; i++, y += w, x += wide) {
        /* All taps reach into y for j from k - 1 to w - 1. */
        if (w >= k) mtn_filter_run(y + (k - 1), -1, taps, k, x + (k - 1), w - (k - 1));
        for (j = 0; j < wide; j++) {
            mtn_real sum = 0;
            if (w >= k && j == k - 1) {
                j = w - 1;
                continue;
            }
            for (t = j < w ? 0 : j + 1 - w; t < k && t <= j; t++) sum += taps[t] * y[j - t];
            x[j] = sum;
        }
    }
}

MTN_FN void mtn_filter_columns_adjoint(const mtn_real *y, size_t h, size_t w, const mtn_real *taps, size_t k, mtn_real *x)
{
    size_t i, t, end;
    for (i = 0; i < h + k - 1; i++, x += w) {
        /* The taps for which row i - t of y exists. */
        t = i < h ? 0 : i + 1 - h;
        end = i + 1 < k ? i + 1 : k;
        if (t < end) mtn_filter_run(y + (i - t) * w, -(ptrdiff_t)w, taps + t, end - t, x, w);
        else mtn_filter_run(y, 0, taps, 0, x, w);
    }
}

/* ---- metrics/common ---- */

/* The place of the largest of each row, the first of equals; 0 for NaNs alone. */
MTN_FN void mtn_argmax_rows(const mtn_real *scores, size_t n, size_t classes, int32_t *best)
{
    size_t i, k;
    for (i = 0; i < n; i++, scores += classes) {
        const mtn_real top = mtn_max_of(scores, classes);
        for (k = 0; k < classes && !(scores[k] == top && !mtn_is_nan((double)scores[k])); k++) {}
        best[i] = k < classes ? (int32_t)k : 0;
    }
}

/* ---- metrics/probability ---- */
#if MTN_HAS_PROBABILITY

#if MTN_BITS == 64

/* Log loss of a block: the sum of weight x loss, -log(p) for label 1, -log(1 - p) for
   label 0, p clipped to [eps, 1 - eps]. That is the loss clipped to least .. most[label].
   NaN stays. */
MTN_FN double mtn_log_loss_block(const mtn_loss_items *b, size_t m, double least, const double *most)
{
    const mtn_vec zero = mtn_zero(), one = mtn_set1(1), low = mtn_set1(least);
    const mtn_vec high0 = mtn_set1(most[0]), high1 = mtn_set1(most[1]);
    mtn_vec sum = mtn_zero();
    size_t k;
    for (k = 0; k < m; k += MTN_LANES) {
        const mtn_mask positive = mtn_load(b->label + k) > zero;
        const mtn_vec p = mtn_max(zero, mtn_min(one, mtn_load(b->value + k)));
        const mtn_vec loss = -mtn_select(positive, mtn_log(p), mtn_log1p(-p));
        sum += mtn_load(b->weight + k) * mtn_max(low, mtn_min(mtn_select(positive, high1, high0), loss));
    }
    return mtn_hsum(sum);
}

/* The same of logits: log(1 + e^-z) for label 1, log(1 + e^z) for label 0. */
MTN_FN double mtn_log_loss_logits_block(const mtn_loss_items *b, size_t m)
{
    mtn_vec sum = mtn_zero();
    size_t k;
    for (k = 0; k < m; k += MTN_LANES) {
        const mtn_mask positive = mtn_load(b->label + k) > mtn_zero();
        sum += mtn_load(b->weight + k) * mtn_softplus(mtn_neg_if(positive, mtn_load(b->value + k)));
    }
    return mtn_hsum(sum);
}

#endif

/* log(sum_k e^z_k) */
MTN_FN double mtn_row_log_sum_exp(const mtn_real *z, size_t n)
{
    const mtn_real top = mtn_max_of(z, n);
    const mtn_vec shift = mtn_set1(top);
    mtn_vec sum = mtn_zero();
    double total = 0;
    size_t k, end;
    for (k = 0; k < n;) {
        end = n - k < 64 * MTN_LANES ? n : k + 64 * MTN_LANES;
        for (; end - k >= MTN_LANES; k += MTN_LANES) sum += mtn_exp(mtn_load(z + k) - shift);
        if (k < end) sum += mtn_keep(mtn_first(end - k), mtn_exp(mtn_load_part(z + k, end - k) - shift));
        k = end;
        total += mtn_hsum(sum);
        sum = mtn_zero();
    }
    return (double)top + log(total);
}

/* losses[i] = log(sum_k e^z_ik) - z_i,label; labels to ignore give 0 */
MTN_FN void mtn_log_loss_logits_rows(const mtn_real *z, const int32_t *labels, size_t n, size_t classes, double *losses)
{
    size_t i;
    for (i = 0; i < n; i++, z += classes)
        losses[i] = labels[i] < 0 || (size_t)labels[i] >= classes ? 0 : mtn_row_log_sum_exp(z, classes) - (double)z[labels[i]];
}

#endif

/* ---- metrics/regression ---- */
#if MTN_HAS_REGRESSION

#if MTN_BITS == 64

/* Sums over a block: m items, filled up to whole vectors with copies of the first one
   of weight 0. First means and what needs no mean, with the values less those of the
   first item, so that the mean of equal values is that value exactly. */
MTN_FN void mtn_regression_sums(const mtn_regression_items *b, size_t m, metrics_regression *r)
{
    const mtn_vec p0 = mtn_set1(b->pred[0]), t0 = mtn_set1(b->target[0]), e0 = p0 - t0, floor = mtn_set1(DBL_EPSILON);
    mtn_vec pred = mtn_zero(), target = pred, error = pred, squared = pred, absolute = pred, relative = pred;
    mtn_vec target_absolute = pred, weight = pred, largest = pred;
    size_t k;
    for (k = 0; k < m; k += MTN_LANES) {
        const mtn_vec w = mtn_load(b->weight + k), p = mtn_load(b->pred + k), t = mtn_load(b->target + k), e = p - t;
        const mtn_vec size = mtn_abs(e), level = mtn_abs(t);
        weight += w;
        pred = mtn_fma(w, p - p0, pred);
        target = mtn_fma(w, t - t0, target);
        error = mtn_fma(w, e - e0, error);
        squared = mtn_fma(w * e, e, squared);
        absolute = mtn_fma(w, size, absolute);
        target_absolute = mtn_fma(w, level, target_absolute);
        relative = mtn_fma(w, size / mtn_max(floor, level), relative);
        largest = mtn_max(size, largest);
    }
    r->weight = mtn_hsum(weight);
    r->mean_pred = b->pred[0] + mtn_hsum(pred) / r->weight;
    r->mean_target = b->target[0] + mtn_hsum(target) / r->weight;
    r->mean_error = (b->pred[0] - b->target[0]) + mtn_hsum(error) / r->weight;
    r->squared = mtn_hsum(squared);
    r->absolute = mtn_hsum(absolute);
    r->relative = mtn_hsum(relative);
    r->target_absolute = mtn_hsum(target_absolute);
    r->max_error = mtn_is_nan(r->absolute) ? r->absolute : mtn_hmax(largest);
}

/* Then the second moments about the means. */
MTN_FN void mtn_regression_moments(const mtn_regression_items *b, size_t m, metrics_regression *r)
{
    const mtn_vec mean_p = mtn_set1(r->mean_pred), mean_t = mtn_set1(r->mean_target), mean_e = mtn_set1(r->mean_error);
    mtn_vec pred2 = mtn_zero(), target2 = pred2, error2 = pred2, cross = pred2;
    size_t k;
    for (k = 0; k < m; k += MTN_LANES) {
        const mtn_vec w = mtn_load(b->weight + k), p = mtn_load(b->pred + k), t = mtn_load(b->target + k);
        const mtn_vec dp = p - mean_p, dt = t - mean_t, de = (p - t) - mean_e;
        pred2 = mtn_fma(w * dp, dp, pred2);
        cross = mtn_fma(w * dp, dt, cross);
        target2 = mtn_fma(w * dt, dt, target2);
        error2 = mtn_fma(w * de, de, error2);
    }
    r->pred2 = mtn_hsum(pred2);
    r->target2 = mtn_hsum(target2);
    r->error2 = mtn_hsum(error2);
    r->cross = mtn_hsum(cross);
}

MTN_FN void mtn_regression_block(const mtn_regression_items *b, size_t m, metrics_regression *r)
{
    mtn_regression_sums(b, m, r);
    mtn_regression_moments(b, m, r);
}

#endif

#endif

/* ---- metrics/detection ---- */
#if MTN_HAS_DETECTION

/* IoU of boxes a with boxes b, and the areas of intersection and union. */
MTN_INLINE mtn_vec mtn_box_overlap(const mtn_vec *a, const mtn_vec *b, mtn_vec *both, mtn_vec *any)
{
    const mtn_vec w = mtn_max(mtn_zero(), mtn_min(a[2], b[2]) - mtn_max(a[0], b[0]));
    const mtn_vec h = mtn_max(mtn_zero(), mtn_min(a[3], b[3]) - mtn_max(a[1], b[1]));
    *both = w * h;
    *any = a[4] + b[4] - *both;
    return mtn_select(*any == mtn_zero(), *any, *both / *any);
}

/* One box against m of a block, from k on. kind is a constant of the caller. */
MTN_INLINE mtn_vec mtn_box_measure(const mtn_vec *a, const mtn_vec *b, int kind)
{
    const mtn_vec zero = mtn_zero();
    mtn_vec both, any, w, h, x, y, apart, v;
    const mtn_vec iou = mtn_box_overlap(a, b, &both, &any);
    if (kind == METRICS_IOU) return iou;
    w = mtn_max(zero, mtn_max(a[2], b[2]) - mtn_min(a[0], b[0]));
    h = mtn_max(zero, mtn_max(a[3], b[3]) - mtn_min(a[1], b[1]));
    if (kind == METRICS_GIOU) {
        const mtn_vec around = w * h;
        return iou - mtn_select(around == zero, around, (around - any) / around);
    }
    x = MTN_K(0.5) * ((a[0] + a[2]) - (b[0] + b[2]));
    y = MTN_K(0.5) * ((a[1] + a[3]) - (b[1] + b[3]));
    apart = x * x + y * y;
    v = w * w + h * h;
    apart = mtn_select(v == zero, v, apart / v);
    if (kind == METRICS_DIOU) return iou - apart;
    v = MTN_K(0.40528473456935108578) * (a[5] - b[5]) * (a[5] - b[5]);
    any = MTN_K(1) - iou + v;
    return iou - apart - mtn_select(any == zero, any, v * v / any);
}

MTN_INLINE void mtn_box_row_of(const MTN_T_(mtn_box) *box, const MTN_T_(mtn_box_block) *block, int kind, mtn_real *out)
{
    mtn_vec a[6], b[6];
    size_t k;
    a[0] = mtn_set1(box->left);
    a[1] = mtn_set1(box->top);
    a[2] = mtn_set1(box->right);
    a[3] = mtn_set1(box->bottom);
    a[4] = mtn_set1(box->area);
    a[5] = mtn_set1(box->shape);
    /* the block's columns are whole vectors long */
    for (k = 0; k < block->count; k += MTN_LANES) {
        const size_t m = block->count - k;
        mtn_vec value;
        b[0] = mtn_load(block->left + k);
        b[1] = mtn_load(block->top + k);
        b[2] = mtn_load(block->right + k);
        b[3] = mtn_load(block->bottom + k);
        b[4] = mtn_load(block->area + k);
        b[5] = mtn_load(block->shape + k);
        value = mtn_box_measure(a, b, kind);
        if (m >= MTN_LANES) mtn_store(out + k, value);
        else mtn_store_part(out + k, value, m);
    }
}

/* One box against a block: out_j for its boxes. */
MTN_FN void mtn_box_row(const MTN_T_(mtn_box) *box, const MTN_T_(mtn_box_block) *block, int kind, mtn_real *out)
{
    if (kind == METRICS_IOU) mtn_box_row_of(box, block, METRICS_IOU, out);
    else if (kind == METRICS_GIOU) mtn_box_row_of(box, block, METRICS_GIOU, out);
    else if (kind == METRICS_DIOU) mtn_box_row_of(box, block, METRICS_DIOU, out);
    else mtn_box_row_of(box, block, METRICS_CIOU, out);
}

/* Whether the box overlaps one of the columns' by more than the threshold. */
MTN_FN int mtn_box_suppressed(const MTN_T_(mtn_box) *box, const MTN_T_(mtn_box_columns) *kept, mtn_real threshold)
{
    mtn_vec a[5], b[5], both, any;
    const mtn_vec limit = mtn_set1(threshold);
    size_t k, m;
    a[0] = mtn_set1(box->left);
    a[1] = mtn_set1(box->top);
    a[2] = mtn_set1(box->right);
    a[3] = mtn_set1(box->bottom);
    a[4] = mtn_set1(box->area);
    for (k = 0; k < kept->count; k += MTN_LANES) {
        m = kept->count - k;
        if (m >= MTN_LANES) {
            b[0] = mtn_load(kept->left + k);
            b[1] = mtn_load(kept->top + k);
            b[2] = mtn_load(kept->right + k);
            b[3] = mtn_load(kept->bottom + k);
            b[4] = mtn_load(kept->area + k);
        } else {
            b[0] = mtn_load_part(kept->left + k, m);
            b[1] = mtn_load_part(kept->top + k, m);
            b[2] = mtn_load_part(kept->right + k, m);
            b[3] = mtn_load_part(kept->bottom + k, m);
            b[4] = mtn_load_part(kept->area + k, m);
        }
        if (mtn_any((mtn_box_overlap(a, b, &both, &any) > limit) & mtn_first(m < MTN_LANES ? m : MTN_LANES))) return 1;
    }
    return 0;
}

#endif

/* ---- metrics/image ---- */
#if MTN_HAS_IMAGE

/* m <= MTN_LANES elements: whole vectors by the plain move. */
MTN_INLINE mtn_vec mtn_ssim_load(const mtn_real *p, size_t m) { return m == MTN_LANES ? mtn_load(p) : mtn_load_part(p, m); }

MTN_INLINE void mtn_ssim_store(mtn_real *p, mtn_vec x, size_t m)
{
    if (m == MTN_LANES) mtn_store(p, x);
    else mtn_store_part(p, x, m);
}

/* The four signals of one row. */
MTN_FN void mtn_ssim_signals(const MTN_T_(mtn_ssim) *s, const mtn_real *x, const mtn_real *y)
{
    mtn_real *ys = s->signal, *d = ys + s->width, *squares = d + s->width, *difference = squares + s->width;
    const mtn_vec shift = mtn_set1(s->shift);
    size_t k, m;
    if (s->step != 1) {
        for (k = 0; k < s->width; k++) {
            d[k] = x[k * s->step];
            ys[k] = y[k * s->step];
        }
        x = d;
        y = ys;
    }
    for (k = 0; k < s->width; k += m) {
        mtn_vec a, b;
        m = s->width - k < MTN_LANES ? s->width - k : MTN_LANES;
        a = mtn_ssim_load(x + k, m) - shift;
        b = mtn_ssim_load(y + k, m) - shift;
        mtn_ssim_store(ys + k, b, m);
        mtn_ssim_store(d + k, a - b, m);
        mtn_ssim_store(squares + k, a * a + b * b, m);
        mtn_ssim_store(difference + k, (a - b) * (a - b), m);
    }
}

/* out_k = sum_j weight_j in_(k + j) */
MTN_FN void mtn_ssim_filter(mtn_real *out, const mtn_real *in, const mtn_real *weight, size_t size, size_t n)
{
    size_t k = 0, j, m;
    for (; n - k >= 4 * MTN_LANES; k += 4 * MTN_LANES) {
        mtn_vec a = mtn_zero(), b = mtn_zero(), c = mtn_zero(), d = mtn_zero();
        for (j = 0; j < size; j++) {
            const mtn_vec w = mtn_set1(weight[j]);
            const mtn_real *p = in + k + j;
            a = mtn_fma(w, mtn_load(p), a);
            b = mtn_fma(w, mtn_load(p + MTN_LANES), b);
            c = mtn_fma(w, mtn_load(p + 2 * MTN_LANES), c);
            d = mtn_fma(w, mtn_load(p + 3 * MTN_LANES), d);
        }
        mtn_store(out + k, a);
        mtn_store(out + k + MTN_LANES, b);
        mtn_store(out + k + 2 * MTN_LANES, c);
        mtn_store(out + k + 3 * MTN_LANES, d);
    }
    for (; k < n; k += m) {
        mtn_vec a = mtn_zero();
        m = n - k < MTN_LANES ? n - k : MTN_LANES;
        for (j = 0; j < size; j++) a = mtn_fma(mtn_set1(weight[j]), mtn_ssim_load(in + k + j, m), a);
        mtn_ssim_store(out + k, a, m);
    }
}

/* The windows of one row: cs and l cs, from the ring's rows and their weights. With
   the means of the signals y, d, q = x^2 + y^2, e = d^2, each less the shift:
     vx + vy = unbias (q - mx^2 - my^2),  vx + vy - 2 cxy = unbias (e - d^2)
     cs = 1 - (vx + vy - 2 cxy) / (vx + vy + C2),  l = 1 - (mx - my)^2 / (mx^2 + my^2 + C1) */
MTN_FN void mtn_ssim_windows(const MTN_T_(mtn_ssim) *s, const mtn_real *weight)
{
    const mtn_vec one = mtn_set1(MTN_K(1)), c1 = mtn_set1(s->c1), c2 = mtn_set1(s->c2);
    const mtn_vec unbias = mtn_set1(s->unbias), shift = mtn_set1(s->shift);
    size_t k, j, m;
    for (k = 0; k < s->valid; k += m) {
        mtn_vec y = mtn_zero(), d = mtn_zero(), q = mtn_zero(), e = mtn_zero(), x, both, apart, cs;
        const mtn_real *p = s->ring + k;
        m = s->valid - k < MTN_LANES ? s->valid - k : MTN_LANES;
        for (j = 0; j < s->size; j++) {
            const mtn_vec w = mtn_set1(weight[j]);
            y = mtn_fma(w, mtn_ssim_load(p, m), y);
            d = mtn_fma(w, mtn_ssim_load(p + s->valid, m), d);
            q = mtn_fma(w, mtn_ssim_load(p + 2 * s->valid, m), q);
            e = mtn_fma(w, mtn_ssim_load(p + 3 * s->valid, m), e);
            p += MTN_SSIM_SIGNALS * s->valid;
        }
        x = y + d;
        both = mtn_max(mtn_zero(), unbias * ((q - x * x) - y * y));
        apart = mtn_max(mtn_zero(), unbias * (e - d * d));
        cs = one - apart / (both + c2);
        x += shift;
        y += shift;
        mtn_ssim_store(s->structure + k, cs, m);
        mtn_ssim_store(s->product + k, cs * (one - d * d / (x * x + y * y + c1)), m);
    }
}

/* A whole plane: the sums of cs and l cs over its windows. The map's values are
   map_step elements apart, its rows valid x map_step. */
MTN_FN void mtn_ssim_plane(const MTN_T_(mtn_ssim) *s, const mtn_real *x, const mtn_real *y, mtn_real *map, size_t map_step,
                           double *product, double *structure)
{
    size_t row, k;
    *product = *structure = 0;
    for (row = 0; row < s->height; row++) {
        const size_t slot = row % s->size;
        mtn_ssim_signals(s, x + row * s->row_step, y + row * s->row_step);
        for (k = 0; k < MTN_SSIM_SIGNALS; k++)
            mtn_ssim_filter(s->ring + (slot * MTN_SSIM_SIGNALS + k) * s->valid, s->signal + k * s->width, s->weight,
                            s->size, s->valid);
        if (row + 1 < s->size) continue;
        /* the oldest row stands behind the newest */
        mtn_ssim_windows(s, s->weight + (s->size - 1 - slot));
        *product += mtn_sum(s->product, s->valid);
        *structure += mtn_sum(s->structure, s->valid);
        if (!map) continue;
        for (k = 0; k < s->valid; k++) map[k * map_step] = s->product[k];
        map += s->valid * map_step;
    }
}

#endif

/* ---- metrics/clustering ---- */
#if MTN_HAS_CLUSTERING

/* Rows whose distances to everything are summed in one pass over the data. */
#ifndef MTN_SILHOUETTE_ROWS
#define MTN_SILHOUETTE_ROWS 8
#endif

/* |x - c|^2 in double. */
MTN_FN double mtn_mean_distance(const mtn_real *x, const double *c, size_t d)
{
    double sum[4] = {0, 0, 0, 0};
    size_t k = 0, j;
    for (; d - k >= 4; k += 4)
        for (j = 0; j < 4; j++) sum[j] += ((double)x[k + j] - c[k + j]) * ((double)x[k + j] - c[k + j]);
    for (; k < d; k++) sum[0] += ((double)x[k] - c[k]) * ((double)x[k] - c[k]);
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

/* (b - a) / max(a, b) of the item i, from its sums of distances to each cluster. */
MTN_FN double mtn_silhouette_item(const MTN_T_(mtn_silhouette) *s, const double *sums, size_t i)
{
    const size_t own = (size_t)s->labels[i];
    double a, b = 0, largest;
    size_t c, others = 0;
    if (s->count[own] == 1) return 0;
    a = sums[own] / (s->count[own] - 1);
    for (c = 0; c < s->clusters; c++) {
        double distance;
        if (c == own || s->count[c] == 0) continue;
        distance = sums[c] / s->count[c];
        if (others++ == 0 || distance < b || mtn_is_nan(distance)) b = distance;
    }
    largest = a > b ? a : b;
    if (mtn_is_nan(a) || mtn_is_nan(b)) return mtn_nan_value();
    return largest == 0 ? 0 : (b - a) / largest;
}

MTN_FN double mtn_silhouette_euclidean(const MTN_T_(mtn_silhouette) *s, double *samples)
{
    double total = 0;
    size_t i, j, r, rows;
    for (i = 0; i < s->n; i += rows) {
        rows = s->n - i < MTN_SILHOUETTE_ROWS ? s->n - i : MTN_SILHOUETTE_ROWS;
        memset(s->sums, 0, rows * s->clusters * sizeof *s->sums);
        for (j = 0; j < s->n; j++) {
            const mtn_real *other = s->data + j * s->d;
            double *sum = s->sums + (size_t)s->labels[j];
            for (r = 0; r < rows; r++)
                if (i + r != j) sum[r * s->clusters] += sqrt(mtn_squared_distance(s->data + (i + r) * s->d, other, s->d));
        }
        for (r = 0; r < rows; r++) {
            const double value = mtn_silhouette_item(s, s->sums + r * s->clusters, i + r);
            total += value;
            if (samples) samples[i + r] = value;
        }
    }
    return total;
}

/* The clusters' means, updated item by item, and the sum of squared distances of
   their items to them. scatter counts the items seen meanwhile. */
MTN_FN void mtn_silhouette_means(const MTN_T_(mtn_silhouette) *s)
{
    size_t i, k, c;
    memset(s->scatter, 0, s->clusters * sizeof *s->scatter);
    memset(s->means, 0, s->clusters * s->d * sizeof *s->means);
    for (i = 0; i < s->n; i++) {
        double *mean = s->means + (size_t)s->labels[i] * s->d, *seen = s->scatter + s->labels[i];
        *seen += 1;
        for (k = 0; k < s->d; k++) mean[k] += ((double)s->data[i * s->d + k] - mean[k]) / *seen;
    }
    for (c = 0; c < s->clusters; c++) s->scatter[c] = 0;
    for (i = 0; i < s->n; i++)
        s->scatter[s->labels[i]] += mtn_mean_distance(s->data + i * s->d, s->means + (size_t)s->labels[i] * s->d, s->d);
}

MTN_FN double mtn_silhouette_squared(const MTN_T_(mtn_silhouette) *s, double *samples)
{
    double total = 0;
    size_t i, c;
    mtn_silhouette_means(s);
    for (i = 0; i < s->n; i++) {
        double value;
        for (c = 0; c < s->clusters; c++)
            if (s->count[c] > 0)
                s->sums[c] = s->count[c] * mtn_mean_distance(s->data + i * s->d, s->means + c * s->d, s->d) + s->scatter[c];
        value = mtn_silhouette_item(s, s->sums, i);
        total += value;
        if (samples) samples[i] = value;
    }
    return total;
}

#endif
#endif

#if MTN_PASS == 5
/* ---- pass 5: the public functions --------------------------------------------- */

/* ---- core/reduce ---- */

/* The mean's factor: what a sum is multiplied with. 0 of nothing. */
MTN_FN double mtn_reciprocal(double x) { return x == 0 ? 0 : 1 / x; }

/* ---- core/sort ---- */

/* An integer of the key's order: negative numbers with all bits turned, others
   with the sign bit set; the reverse for a descending sort; all ones for NaN. */
MTN_INLINE mtn_word mtn_sort_rank(mtn_real key, mtn_word turn)
{
    const mtn_word sign = (mtn_word)1 << (MTN_BITS - 1);
    const mtn_word infinity = MTN_BITS == 32 ? (mtn_word)UINT32_C(0x7f800000) : (mtn_word)UINT64_C(0x7ff0000000000000);
    mtn_word bits, magnitude, rank;
    memcpy(&bits, &key, sizeof bits);
    magnitude = bits & (mtn_word)~sign;
    rank = bits != magnitude && magnitude ? (mtn_word)(sign - magnitude) : (mtn_word)(sign + magnitude);
    return magnitude > infinity ? (mtn_word)~(mtn_word)0 : (mtn_word)(rank ^ turn);
}

/* The key of a rank. A NaN is the quiet one, a zero +0. */
MTN_INLINE mtn_real mtn_sort_key(mtn_word rank, mtn_word turn)
{
    const mtn_word sign = (mtn_word)1 << (MTN_BITS - 1);
    const mtn_word nan = MTN_BITS == 32 ? (mtn_word)UINT32_C(0x7fc00000) : (mtn_word)UINT64_C(0x7ff8000000000000);
    const mtn_word plain = (mtn_word)(rank ^ turn);
    mtn_word bits = plain < sign ? (mtn_word)(sign | (mtn_word)(sign - plain)) : (mtn_word)(plain - sign);
    mtn_real key;
    if (rank == (mtn_word)~(mtn_word)0) bits = nan;
    memcpy(&key, &bits, sizeof key);
    return key;
}

/* Ranks of the keys in arrays.first, in the float's case above an index: the
   index given, or NULL for 0, 1, 2, ... Then sorted; where the result is is
   returned. With doubles the index is sorted in the caller's array. */
MTN_FN uint64_t *mtn_sort_ranks(const mtn_real *keys, size_t n, mtn_word turn, uint32_t *index, int fresh,
                                const mtn_sort_arrays *arrays)
{
    uint64_t *a = arrays->first;
    size_t k;
#if MTN_BITS == 32
    uint64_t all = ~UINT64_C(0), any = 0;
    for (k = 0; k < n; k++) {
        const uint64_t rank = (uint64_t)mtn_sort_rank(keys[k], turn) << 32;
        all &= rank;
        any |= rank;
        a[k] = rank | (fresh ? (uint32_t)k : index[k]);
    }
    return mtn_sort_keys(a, arrays->second, n, (all ^ any) & ~UINT64_C(0xffffffff), arrays->counts);
#else
    for (k = 0; k < n; k++) a[k] = mtn_sort_rank(keys[k], turn);
    if (fresh) for (k = 0; k < n; k++) index[k] = (uint32_t)k;
    mtn_sort_with_index(arrays, n, index);
    return a;
#endif
}

/* keys[index[0]] <= keys[index[1]] <= ..., or >= when descending; NaNs last. */
MTN_FN void mtn_argsort(const mtn_real *keys, size_t n, int descending, uint32_t *index, void *scratch)
{
    const mtn_word turn = descending ? (mtn_word)~(mtn_word)0 : 0;
    uint64_t few[MTN_SORT_SMALL];
    size_t k;
    if (n <= MTN_SORT_SMALL) {
        for (k = 0; k < n; k++) {
            few[k] = mtn_sort_rank(keys[k], turn);
            index[k] = (uint32_t)k;
        }
        mtn_sort_insert(few, index, n);
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        const uint64_t *sorted = mtn_sort_ranks(keys, n, turn, index, 1, &arrays);
        if (MTN_BITS == 32)
            for (k = 0; k < n; k++) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
    }
}

/* Sorts the keys, and each key's index with it. NaNs come last, and as the one
   quiet NaN; -0 comes out as +0. */
MTN_FN void mtn_sort_pairs(mtn_real *keys, uint32_t *index, size_t n, int descending, void *scratch)
{
    const mtn_word turn = descending ? (mtn_word)~(mtn_word)0 : 0;
    uint64_t few[MTN_SORT_SMALL];
    size_t k;
    if (n <= MTN_SORT_SMALL) {
        for (k = 0; k < n; k++) few[k] = mtn_sort_rank(keys[k], turn);
        mtn_sort_insert(few, index, n);
        for (k = 0; k < n; k++) keys[k] = mtn_sort_key((mtn_word)few[k], turn);
    } else {
        const mtn_sort_arrays arrays = mtn_sort_cut(n, scratch);
        const uint64_t *sorted = mtn_sort_ranks(keys, n, turn, index, 0, &arrays);
        for (k = 0; k < n; k++) {
            keys[k] = mtn_sort_key((mtn_word)(sorted[k] >> (64 - MTN_BITS)), turn);
            if (MTN_BITS == 32) index[k] = (uint32_t)(sorted[k] & UINT32_MAX);
        }
    }
}

/* ---- core/select ---- */

/* By the bits, so that it holds under -ffast-math too. */
MTN_INLINE int mtn_select_is_nan(mtn_real x)
{
    const mtn_word infinity = MTN_BITS == 32 ? (mtn_word)UINT32_C(0x7f800000) : (mtn_word)UINT64_C(0x7ff0000000000000);
    mtn_word bits;
    memcpy(&bits, &x, sizeof bits);
    return (mtn_word)(bits & (((mtn_word)1 << (MTN_BITS - 1)) - 1)) > infinity;
}

MTN_INLINE void mtn_select_swap(mtn_real *a, mtn_real *b)
{
    const mtn_real x = *a;
    *a = *b;
    *b = x;
}

/* Moves x[root] down until no child is larger. */
MTN_FN void mtn_select_sift(mtn_real *x, size_t root, size_t n)
{
    const mtn_real value = x[root];
    size_t child;
    while (root < n / 2) {
        child = 2 * root + 1;
        if (child + 1 < n && x[child] < x[child + 1]) child++;
        if (!(value < x[child])) break;
        x[root] = x[child];
        root = child;
    }
    x[root] = value;
}

MTN_FN void mtn_select_heap_sort(mtn_real *x, size_t n)
{
    size_t k;
    for (k = n / 2; k-- > 0;) mtn_select_sift(x, k, n);
    for (k = n; k-- > 1;) {
        mtn_select_swap(&x[0], &x[k]);
        mtn_select_sift(x, 0, k);
    }
}

/* Reorders x[0..n-1] so that x[k] is its k-th smallest, nothing larger stands
   before and nothing smaller behind it. Returns x[k]. */
MTN_FN mtn_real mtn_select_kth(mtn_real *x, size_t n, size_t k)
{
    size_t low = 0, high = n, i, j, goal = n / 4;
    int rounds = 0;
    for (i = 0; i < high;) {
        if (mtn_select_is_nan(x[i])) mtn_select_swap(&x[i], &x[--high]);
        else i++;
    }
    if (k >= high) return x[k];
    /* x[k] belongs to x[low..high-1]. */
    while (high - low > 2) {
        mtn_real *first = &x[low], *middle = &x[low + (high - low) / 2], *last = &x[high - 1];
        mtn_real pivot;
        if (rounds++ == 6) {
            if (high - low > goal) {
                mtn_select_heap_sort(x + low, high - low);
                return x[k];
            }
            rounds = 0;
            goal = (high - low) / 4;
        }
        if (*middle < *first) mtn_select_swap(first, middle);
        if (*last < *middle) {
            mtn_select_swap(middle, last);
            if (*middle < *first) mtn_select_swap(first, middle);
        }
        pivot = *middle;
        /* Up to i nothing is larger than the pivot, from j on nothing smaller. */
        i = low;
        j = high - 1;
        for (;;) {
            do i++; while (x[i] < pivot);
            do j--; while (pivot < x[j]);
            if (i >= j) break;
            mtn_select_swap(&x[i], &x[j]);
        }
        if (i == j) {
            if (k == i) return x[k];
            if (k < i) high = i;
            else low = i + 1;
        } else if (k <= j) high = i;
        else low = i;
    }
    if (high - low == 2 && x[low + 1] < x[low]) mtn_select_swap(&x[low], &x[low + 1]);
    return x[k];
}

/* ---- core/edt ---- */

MTN_FN size_t mtn_edt_room(const size_t *shape, int dims)
{
    size_t longest = 0;
    int axis;
    for (axis = 0; axis < dims; axis++) if (shape[axis] > longest) longest = shape[axis];
    return mtn_add(mtn_mul(3, mtn_piece(longest, sizeof(double))), mtn_piece(longest, sizeof(size_t)));
}

/* Where a line is worked on. */
typedef struct {
    double *value;     /* of the line */
    double *height;    /* of the envelope's parabolas */
    double *start;     /* where each becomes the lowest; the first from the beginning */
    size_t *place;     /* and where it stands */
} mtn_edt_line;

/* line[i step] = min over j of line[j step] + (spacing (i - j))^2, for i < n. */
MTN_FN void mtn_edt_axis(mtn_real *line, size_t n, size_t step, double spacing, const mtn_edt_line *room)
{
    size_t count = 0, i, k;
    for (i = 0; i < n; i++) {
        const double value = (double)line[i * step] / spacing / spacing;
        double crossing = 0;
        if (!mtn_finite(value)) continue;
        /* Parabolas i and j < i cross at (value_i - value_j) / (2 (i - j)) + (i + j) / 2. */
        while (count > 0) {
            const double j = (double)room->place[count - 1];
            crossing = (value - room->height[count - 1]) / (2 * ((double)i - j)) + ((double)i + j) / 2;
            if (count == 1 || crossing > room->start[count - 1]) break;
            count--;
        }
        room->place[count] = i;
        room->height[count] = value;
        room->start[count] = crossing;
        count++;
    }
    if (count == 0) return;
    for (i = 0; i < n; i++) room->value[i] = (double)line[i * step];
    for (i = 0, k = 0; i < n; i++) {
        double distance;
        while (k + 1 < count && room->start[k + 1] < (double)i) k++;
        distance = spacing * ((double)i - (double)room->place[k]);
        line[i * step] = (mtn_real)(room->value[room->place[k]] + distance * distance);
    }
}

MTN_FN void mtn_edt_squared(const uint8_t *mask, const size_t *shape, int dims, const double *spacing,
                            mtn_real *distance_squared, void *scratch)
{
    size_t longest = 0, total = 1, step = 1, i;
    mtn_edt_line room;
    int axis;
    for (axis = 0; axis < dims; axis++) {
        if (shape[axis] > longest) longest = shape[axis];
        total *= shape[axis];
    }
    if (total == 0) return;
    room.value = (double *)mtn_cut(&scratch, longest, sizeof(double));
    room.height = (double *)mtn_cut(&scratch, longest, sizeof(double));
    room.start = (double *)mtn_cut(&scratch, longest, sizeof(double));
    room.place = (size_t *)mtn_cut(&scratch, longest, sizeof(size_t));
    for (i = 0; i < total; i++) distance_squared[i] = mask[i] ? MTN_K(0) : (mtn_real)HUGE_VAL;
    for (axis = dims; axis-- > 0; step *= shape[axis])
        for (i = 0; i < total; i++) {
            /* The lines along an axis begin where its coordinate is 0. */
            if (i / step % shape[axis] != 0) {
                i += step * (shape[axis] - 1) - 1;
                continue;
            }
            mtn_edt_axis(distance_squared + i, shape[axis], step, spacing[axis], &room);
        }
}

/* ---- metrics/common ---- */

/* Hyper-parameters, as the element type sees them. */
MTN_FN int mtn_is_finite(double x) { return mtn_finite(x) && mtn_finite((double)(mtn_real)x); }
MTN_FN int mtn_is_positive(double x) { return mtn_is_finite(x) && (mtn_real)x > 0; }
MTN_FN int mtn_is_within(double x, double low, double high) { return mtn_is_finite(x) && x >= low && x <= high; }

/* What item k weighs: 1 without weights. */
MTN_FN double mtn_weight_of(const mtn_real *weight, size_t k) { return weight ? (double)weight[k] : 1.0; }

/* Whether two keys that mtn_sort_pairs has sorted are equal: by the bits, as there is
   one NaN and one zero, so that it holds under -ffast-math too. */
MTN_FN int mtn_same_key(mtn_real a, mtn_real b)
{
    mtn_word x, y;
    memcpy(&x, &a, sizeof x);
    memcpy(&y, &b, sizeof y);
    return x == y;
}

/* ---- metrics/confusion ---- */
#if MTN_HAS_CONFUSION

MTN_FN void mtn_confusion_count(const int32_t *labels, const int32_t *pred, const mtn_real *weight, size_t n, size_t classes,
                                int32_t ignore_label, double *matrix)
{
    const int none = ignore_label == METRICS_IGNORE_NONE;
    size_t k;
    if (!weight && classes <= MTN_COUNT_CLASSES) {
        mtn_count_few(labels, pred, n, classes, ignore_label, matrix);
        return;
    }
    for (k = 0; k < n; k++)
        if (none || labels[k] != ignore_label)
            matrix[(size_t)labels[k] * classes + (size_t)pred[k]] += mtn_weight_of(weight, k);
}

METRICS_DEF int MTN_T_(metrics_confusion_update)(const int32_t *labels, const int32_t *pred, const mtn_real *weight, size_t n,
                                              size_t classes, int32_t ignore_label, double *matrix)
{
    if (!matrix || (n && (!labels || !pred))) return METRICS_ERROR_NULL;
    if (!mtn_classes_fit(classes) || mtn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_label_pairs_valid(labels, pred, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    mtn_confusion_count(labels, pred, weight, n, classes, ignore_label, matrix);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_confusion_update_scores)(const mtn_real *scores, const int32_t *labels, const mtn_real *weight, size_t n,
                                                     size_t classes, int32_t ignore_label, double *matrix)
{
    int32_t pred[256];
    size_t k, m;
    if (!matrix || (n && (!scores || !labels))) return METRICS_ERROR_NULL;
    if (!mtn_classes_fit(classes) || mtn_too_big(mtn_mul(n, classes), sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_labels_valid(labels, n, classes, ignore_label)) return METRICS_ERROR_LABEL;
    for (k = 0; k < n; k += m) {
        m = n - k < 256 ? n - k : 256;
        MTN_CALL(mtn_argmax_rows, (scores + k * classes, m, classes, pred));
        mtn_confusion_count(labels + k, pred, weight ? weight + k : NULL, m, classes, ignore_label, matrix);
    }
    return METRICS_OK;
}

/* Whether a score counts as positive. NaN does not. */
MTN_FN int mtn_is_positive_score(mtn_real score, mtn_real threshold, int rule)
{
    return rule == METRICS_AT_LEAST ? score >= threshold : score > threshold;
}

/* What the functions with scores, labels of 0 and 1 and a threshold check. */
MTN_FN int mtn_threshold_check(const mtn_real *scores, const uint8_t *labels, size_t n, size_t label_count, double threshold, int rule)
{
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (!mtn_label_count_fits(label_count) || mtn_too_big(mtn_mul(n, label_count), sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_is_finite(threshold)) return METRICS_ERROR_PARAMETER;
    if (rule != METRICS_ABOVE && rule != METRICS_AT_LEAST) return METRICS_ERROR_OPTION;
    return mtn_bits_valid(labels, n * label_count) ? METRICS_OK : METRICS_ERROR_LABEL;
}

METRICS_DEF int MTN_T_(metrics_multilabel_update)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                               size_t label_count, double threshold, int rule, double *matrices)
{
    size_t i, k;
    const int status = matrices ? mtn_threshold_check(scores, labels, n, label_count, threshold, rule) : METRICS_ERROR_NULL;
    if (status) return status;
    for (i = 0; i < n; i++) {
        const double w = mtn_weight_of(weight, i);
        for (k = 0; k < label_count; k++) {
            const int positive = mtn_is_positive_score(scores[i * label_count + k], (mtn_real)threshold, rule);
            matrices[4 * k + 2 * (size_t)labels[i * label_count + k] + (size_t)positive] += w;
        }
    }
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_multilabel_update_labels)(const uint8_t *pred, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                      size_t label_count, double *matrices)
{
    size_t i, k;
    if (!matrices || (n && (!pred || !labels))) return METRICS_ERROR_NULL;
    if (!mtn_label_count_fits(label_count) || mtn_too_big(mtn_mul(n, label_count), sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_bits_valid(labels, n * label_count) || !mtn_bits_valid(pred, n * label_count)) return METRICS_ERROR_LABEL;
    for (i = 0; i < n; i++) {
        const double w = mtn_weight_of(weight, i);
        for (k = 0; k < label_count; k++)
            matrices[4 * k + 2 * (size_t)labels[i * label_count + k] + (size_t)pred[i * label_count + k]] += w;
    }
    return METRICS_OK;
}

/* Without weights the four counts are whole numbers in registers. */
METRICS_DEF int MTN_T_(metrics_confusion_update_binary)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                     double threshold, int rule, double *matrix)
{
    const mtn_real at = (mtn_real)threshold;
    size_t k, positive = 0, predicted = 0, both = 0;
    const int status = matrix ? mtn_threshold_check(scores, labels, n, 1, threshold, rule) : METRICS_ERROR_NULL;
    if (status) return status;
    if (weight) return MTN_T_(metrics_multilabel_update)(scores, labels, weight, n, 1, threshold, rule, matrix);
    for (k = 0; k < n; k++) {
        const size_t hit = (size_t)mtn_is_positive_score(scores[k], at, rule);
        positive += labels[k];
        predicted += hit;
        both += hit & labels[k];
    }
    matrix[0] += (double)(n - positive - (predicted - both));
    matrix[1] += (double)(predicted - both);
    matrix[2] += (double)(positive - both);
    matrix[3] += (double)both;
    return METRICS_OK;
}

/* Takes a ratio of two counts into a mean, 0 / 0 by the choice. */
MTN_FN void mtn_mean_take(metrics_mean *mean, double numerator, double denominator, double weight, int zero_division)
{
    if (!mean || (denominator == 0 && zero_division == METRICS_ZERO_DIVISION_NAN)) return;
    metrics_mean_update(mtn_ratio(numerator, denominator, mtn_zero_division(zero_division)), weight, mean);
}

METRICS_DEF int MTN_T_(metrics_multilabel_samples)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                size_t label_count, double threshold, int rule, int zero_division,
                                                metrics_mean *exact_match, metrics_mean *hamming, metrics_mean *precision,
                                                metrics_mean *recall, metrics_mean *f1, metrics_mean *jaccard)
{
    const int status = mtn_threshold_check(scores, labels, n, label_count, threshold, rule);
    size_t i, k;
    if (status) return status;
    if (!mtn_zero_division_known(zero_division)) return METRICS_ERROR_OPTION;
    for (i = 0; i < n; i++) {
        const double w = mtn_weight_of(weight, i);
        size_t positive = 0, predicted = 0, both = 0, wrong;
        for (k = 0; k < label_count; k++) {
            const size_t hit = (size_t)mtn_is_positive_score(scores[i * label_count + k], (mtn_real)threshold, rule);
            positive += labels[i * label_count + k];
            predicted += hit;
            both += hit & labels[i * label_count + k];
        }
        wrong = positive + predicted - 2 * both;
        mtn_mean_take(exact_match, wrong == 0, 1, w, zero_division);
        mtn_mean_take(hamming, (double)wrong, (double)label_count, w, zero_division);
        mtn_mean_take(precision, (double)both, (double)predicted, w, zero_division);
        mtn_mean_take(recall, (double)both, (double)positive, w, zero_division);
        mtn_mean_take(f1, 2 * (double)both, (double)(positive + predicted), w, zero_division);
        mtn_mean_take(jaccard, (double)both, (double)(positive + predicted - both), w, zero_division);
    }
    return METRICS_OK;
}

#endif

/* ---- metrics/probability ---- */
#if MTN_HAS_PROBABILITY

/* What the binary functions check. */
MTN_FN int mtn_binary_check(const mtn_real *values, const uint8_t *labels, size_t n)
{
    if (n && (!values || !labels)) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    return mtn_bits_valid(labels, n) ? METRICS_OK : METRICS_ERROR_LABEL;
}

/* What the functions of rows of classes check. */
MTN_FN int mtn_rows_check(const mtn_real *values, const int32_t *labels, size_t n, size_t classes, int32_t ignore_label)
{
    if (n && (!values || !labels)) return METRICS_ERROR_NULL;
    if (classes == 0 || classes > INT32_MAX || mtn_too_big(mtn_mul(n, classes), sizeof(double))) return METRICS_ERROR_SIZE;
    return mtn_labels_valid(labels, n, classes, ignore_label) ? METRICS_OK : METRICS_ERROR_LABEL;
}

/* Whether sample i of rows of classes counts. */
MTN_FN int mtn_row_counts(const int32_t *labels, const mtn_real *weight, size_t i, int32_t ignore_label)
{
    return (labels[i] != ignore_label || ignore_label == METRICS_IGNORE_NONE) && !(weight && weight[i] == 0);
}

/* The sums of weight x value and of weight over a batch, in blocks so that the
   running mean gets few large pieces. */
typedef struct {
    metrics_mean *mean;
    double sum, weight;
    size_t count;
} mtn_batch;

MTN_FN void mtn_batch_end(mtn_batch *b)
{
    mtn_mean_add(b->mean, b->sum, b->weight);
    b->sum = b->weight = 0;
    b->count = 0;
}

MTN_FN void mtn_batch_take(mtn_batch *b, double value, double weight)
{
    b->sum += weight * value;
    b->weight += weight;
    if (++b->count == 1024) mtn_batch_end(b);
}

MTN_FN mtn_batch mtn_batch_begin(metrics_mean *mean)
{
    mtn_batch b;
    b.mean = mean;
    b.sum = b.weight = 0;
    b.count = 0;
    return b;
}

MTN_FN double mtn_clip(double p, double eps)
{
    if (p < eps) return eps;
    return p > 1 - eps ? 1 - eps : p;
}

MTN_FN int mtn_eps_valid(double eps) { return mtn_finite(eps) && eps >= 0 && eps < 0.5; }

#if MTN_BITS == 64
/* A block's log loss into the mean, for both types: of logits where eps is NULL. */
MTN_FN void mtn_log_loss_take(const mtn_loss_items *b, size_t m, const double *eps, double weights, metrics_mean *mean)
{
    const double top = eps ? 1 - *eps : 0;
    double most[2], sum;
    if (eps) {
        most[1] = *eps > 0 ? -log(*eps) : mtn_infinity_value();
        most[0] = top < 1 ? -log1p(-top) : most[1];
        sum = MTN_CALL(mtn_log_loss_block, (b, m, -log1p(-*eps), most));
    } else sum = MTN_CALL(mtn_log_loss_logits_block, (b, m));
    mtn_mean_add(mean, sum, weights);
}
#endif

/* Up to a block of items; returns how many have a weight other than 0. */
MTN_FN size_t mtn_loss_gather(const mtn_real *values, const uint8_t *labels, const mtn_real *weight, size_t n, mtn_loss_items *b,
                              double *weights)
{
    size_t k, m = 0;
    *weights = 0;
    for (k = 0; k < n; k++) {
        const double w = mtn_weight_of(weight, k);
        if (w == 0) continue;
        b->value[m] = (double)values[k];
        b->label[m] = (double)labels[k];
        b->weight[m++] = w;
        *weights += w;
    }
    for (k = m; k % 8; k++) b->value[k] = b->label[k] = b->weight[k] = 0;
    return m;
}

MTN_FN void mtn_log_loss_run(const mtn_real *values, const uint8_t *labels, const mtn_real *weight, size_t n, const double *eps,
                             metrics_mean *mean)
{
    mtn_loss_items b;
    double weights;
    size_t k, m, count;
    for (k = 0; k < n; k += m) {
        m = n - k < MTN_LOSS_BLOCK ? n - k : MTN_LOSS_BLOCK;
        count = mtn_loss_gather(values + k, labels + k, weight ? weight + k : NULL, m, &b, &weights);
        if (count) mtn_log_loss_take_f64(&b, count, eps, weights, mean);
    }
}

METRICS_DEF int MTN_T_(metrics_log_loss_binary_update)(const mtn_real *prob, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                    double eps, metrics_mean *mean)
{
    const int status = mean ? mtn_binary_check(prob, labels, n) : METRICS_ERROR_NULL;
    if (status) return status;
    if (!mtn_eps_valid(eps)) return METRICS_ERROR_PARAMETER;
    mtn_log_loss_run(prob, labels, weight, n, &eps, mean);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_log_loss_binary)(const mtn_real *prob, const uint8_t *labels, const mtn_real *weight, size_t n, double eps,
                                             double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_log_loss_binary_update)(prob, labels, weight, n, eps, &mean);
    if (!status && loss) *loss = mtn_mean_value(&mean);
    return status;
}

METRICS_DEF int MTN_T_(metrics_log_loss_binary_logits_update)(const mtn_real *logits, const uint8_t *labels, const mtn_real *weight,
                                                           size_t n, metrics_mean *mean)
{
    const int status = mean ? mtn_binary_check(logits, labels, n) : METRICS_ERROR_NULL;
    if (status) return status;
    mtn_log_loss_run(logits, labels, weight, n, NULL, mean);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_log_loss_binary_logits)(const mtn_real *logits, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                    double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_log_loss_binary_logits_update)(logits, labels, weight, n, &mean);
    if (!status && loss) *loss = mtn_mean_value(&mean);
    return status;
}

METRICS_DEF int MTN_T_(metrics_log_loss_update)(const mtn_real *prob, const int32_t *labels, const mtn_real *weight, size_t n,
                                             size_t classes, double eps, int32_t ignore_label, metrics_mean *mean)
{
    int status;
    mtn_batch batch;
    size_t i, k;
    if (!mean || (n && (!prob || !labels))) return METRICS_ERROR_NULL;
    if (!mtn_eps_valid(eps)) return METRICS_ERROR_PARAMETER;
    status = mtn_rows_check(prob, labels, n, classes, ignore_label);
    if (status) return status;
    batch = mtn_batch_begin(mean);
    for (i = 0; i < n; i++, prob += classes) {
        double sum = 0;
        if (!mtn_row_counts(labels, weight, i, ignore_label)) continue;
        for (k = 0; k < classes; k++) sum += mtn_clip((double)prob[k], eps);
        mtn_batch_take(&batch, -log(mtn_clip((double)prob[labels[i]], eps) / sum), mtn_weight_of(weight, i));
    }
    mtn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_log_loss)(const mtn_real *prob, const int32_t *labels, const mtn_real *weight, size_t n, size_t classes,
                                      double eps, int32_t ignore_label, double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_log_loss_update)(prob, labels, weight, n, classes, eps, ignore_label, &mean);
    if (!status && loss) *loss = mtn_mean_value(&mean);
    return status;
}

METRICS_DEF int MTN_T_(metrics_log_loss_logits_update)(const mtn_real *logits, const int32_t *labels, const mtn_real *weight, size_t n,
                                                    size_t classes, int32_t ignore_label, metrics_mean *mean)
{
    const int status = mean ? mtn_rows_check(logits, labels, n, classes, ignore_label) : METRICS_ERROR_NULL;
    double losses[128];
    mtn_batch batch;
    size_t k, i, m;
    if (status) return status;
    batch = mtn_batch_begin(mean);
    for (k = 0; k < n; k += m) {
        m = n - k < 128 ? n - k : 128;
        MTN_CALL(mtn_log_loss_logits_rows, (logits + k * classes, labels + k, m, classes, losses));
        for (i = 0; i < m; i++)
            if (mtn_row_counts(labels, weight, k + i, ignore_label)) mtn_batch_take(&batch, losses[i], mtn_weight_of(weight, k + i));
    }
    mtn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_log_loss_logits)(const mtn_real *logits, const int32_t *labels, const mtn_real *weight, size_t n,
                                             size_t classes, int32_t ignore_label, double *loss)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_log_loss_logits_update)(logits, labels, weight, n, classes, ignore_label, &mean);
    if (!status && loss) *loss = mtn_mean_value(&mean);
    return status;
}

METRICS_DEF int MTN_T_(metrics_brier_binary_update)(const mtn_real *prob, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                 metrics_mean *mean)
{
    const int status = mean ? mtn_binary_check(prob, labels, n) : METRICS_ERROR_NULL;
    mtn_batch batch;
    size_t k;
    if (status) return status;
    batch = mtn_batch_begin(mean);
    for (k = 0; k < n; k++) {
        const double e = (double)prob[k] - (double)labels[k], w = mtn_weight_of(weight, k);
        if (w != 0) mtn_batch_take(&batch, e * e, w);
    }
    mtn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_brier_binary)(const mtn_real *prob, const uint8_t *labels, const mtn_real *weight, size_t n, double *score)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_brier_binary_update)(prob, labels, weight, n, &mean);
    if (!status && score) *score = mtn_mean_value(&mean);
    return status;
}

METRICS_DEF int MTN_T_(metrics_brier_update)(const mtn_real *prob, const int32_t *labels, const mtn_real *weight, size_t n, size_t classes,
                                          int32_t ignore_label, metrics_mean *mean)
{
    const int status = mean ? mtn_rows_check(prob, labels, n, classes, ignore_label) : METRICS_ERROR_NULL;
    mtn_batch batch;
    size_t i, k;
    if (status) return status;
    batch = mtn_batch_begin(mean);
    for (i = 0; i < n; i++, prob += classes) {
        double sum = 0;
        if (!mtn_row_counts(labels, weight, i, ignore_label)) continue;
        for (k = 0; k < classes; k++) {
            const double e = (double)prob[k] - (k == (size_t)labels[i] ? 1 : 0);
            sum += e * e;
        }
        mtn_batch_take(&batch, sum, mtn_weight_of(weight, i));
    }
    mtn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_brier)(const mtn_real *prob, const int32_t *labels, const mtn_real *weight, size_t n, size_t classes,
                                   int32_t ignore_label, double *score)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_brier_update)(prob, labels, weight, n, classes, ignore_label, &mean);
    if (!status && score) *score = mtn_mean_value(&mean);
    return status;
}

/* The chance that class y is among the k first of a row. */
MTN_FN double mtn_top_k_hit(const mtn_real *row, size_t classes, size_t y, size_t k, int ties)
{
    const mtn_real own = row[y];
    const int own_nan = mtn_is_nan((double)own);
    size_t greater = 0, before = 0, after = 0, j;
    for (j = 0; j < classes; j++) {
        const int nan = mtn_is_nan((double)row[j]);
        const int equal = own_nan ? nan : row[j] == own;
        greater += (size_t)(own_nan ? !nan : row[j] > own);
        if (j < y) before += (size_t)equal;
        if (j > y) after += (size_t)equal;
    }
    if (greater >= k) return 0;
    switch (ties) {
    case METRICS_TIES_FIRST: return greater + before < k;
    case METRICS_TIES_LAST: return greater + after < k;
    case METRICS_TIES_OPTIMISTIC: return 1;
    case METRICS_TIES_PESSIMISTIC: return greater + before + after < k;
    default: return greater + before + after < k ? 1 : (double)(k - greater) / (double)(before + after + 1);
    }
}

METRICS_DEF int MTN_T_(metrics_top_k_accuracy_update)(const mtn_real *scores, const int32_t *labels, const mtn_real *weight, size_t n,
                                                   size_t classes, size_t k, int ties, int32_t ignore_label, metrics_mean *mean)
{
    int status;
    mtn_batch batch;
    size_t i;
    if (!mean || (n && (!scores || !labels))) return METRICS_ERROR_NULL;
    if (k < 1 || k > classes) return METRICS_ERROR_SIZE;
    if (ties < METRICS_TIES_FIRST || ties > METRICS_TIES_EXPECTED) return METRICS_ERROR_OPTION;
    status = mtn_rows_check(scores, labels, n, classes, ignore_label);
    if (status) return status;
    batch = mtn_batch_begin(mean);
    for (i = 0; i < n; i++, scores += classes)
        if (mtn_row_counts(labels, weight, i, ignore_label))
            mtn_batch_take(&batch, mtn_top_k_hit(scores, classes, (size_t)labels[i], k, ties), mtn_weight_of(weight, i));
    mtn_batch_end(&batch);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_top_k_accuracy)(const mtn_real *scores, const int32_t *labels, const mtn_real *weight, size_t n,
                                            size_t classes, size_t k, int ties, int32_t ignore_label, double *accuracy)
{
    metrics_mean mean = {0, 0, 0, 0};
    const int status = MTN_T_(metrics_top_k_accuracy_update)(scores, labels, weight, n, classes, k, ties, ignore_label, &mean);
    if (!status && accuracy) *accuracy = mtn_mean_value(&mean);
    return status;
}

#endif

/* ---- metrics/calibration ---- */
#if MTN_HAS_PROBABILITY

MTN_FN void mtn_calibration_take(double conf, double correct, double weight, size_t bin_count, int edges, double *bins)
{
    double *bin = bins + 3 * mtn_bin_of(conf, bin_count, edges);
    if (weight == 0) return;
    bin[0] += weight;
    bin[1] += weight * conf;
    bin[2] += weight * correct;
}

MTN_FN int mtn_calibration_check(size_t bin_count, int edges, const double *bins)
{
    if (!bins) return METRICS_ERROR_NULL;
    if (!mtn_bins_fit(bin_count, 3)) return METRICS_ERROR_SIZE;
    return edges == METRICS_EDGES_RIGHT || edges == METRICS_EDGES_LEFT ? METRICS_OK : METRICS_ERROR_OPTION;
}

METRICS_DEF int MTN_T_(metrics_calibration_update)(const mtn_real *conf, const uint8_t *correct, const mtn_real *weight, size_t n,
                                                size_t bin_count, int edges, double *bins)
{
    size_t k;
    int status = mtn_calibration_check(bin_count, edges, bins);
    if (!status) status = mtn_binary_check(conf, correct, n);
    if (status) return status;
    for (k = 0; k < n; k++)
        mtn_calibration_take((double)conf[k], correct[k], mtn_weight_of(weight, k), bin_count, edges, bins);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_calibration_update_scores)(const mtn_real *prob, const int32_t *labels, const mtn_real *weight, size_t n,
                                                       size_t classes, int32_t ignore_label, size_t bin_count, int edges,
                                                       double *bins)
{
    int32_t pred[256];
    size_t k, i, m;
    int status = mtn_calibration_check(bin_count, edges, bins);
    if (!status) status = mtn_rows_check(prob, labels, n, classes, ignore_label);
    if (status) return status;
    for (k = 0; k < n; k += m, prob += m * classes) {
        m = n - k < 256 ? n - k : 256;
        MTN_CALL(mtn_argmax_rows, (prob, m, classes, pred));
        for (i = 0; i < m; i++)
            if (mtn_row_counts(labels, weight, k + i, ignore_label))
                mtn_calibration_take((double)prob[i * classes + (size_t)pred[i]], pred[i] == labels[k + i],
                                     mtn_weight_of(weight, k + i), bin_count, edges, bins);
    }
    return METRICS_OK;
}

/* The samples of nonzero weight in the order of their confidence. */
MTN_FN size_t mtn_sort_confidences(const mtn_real *conf, const mtn_real *weight, size_t n, void *scratch, mtn_real **keys, uint32_t **index)
{
    size_t k, m = 0;
    *keys = (mtn_real *)mtn_cut(&scratch, n, sizeof(double));
    *index = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    for (k = 0; k < n; k++) {
        if (weight && weight[k] == 0) continue;
        (*keys)[m] = conf[k];
        (*index)[m++] = (uint32_t)k;
    }
    mtn_sort_pairs(*keys, *index, m, 0, scratch);
    return m;
}

/* The sums over the samples of one confidence, from *k on, which moves on. */
MTN_FN void mtn_confidence_group(const mtn_real *keys, const uint32_t *index, const uint8_t *correct, const mtn_real *weight, size_t n,
                                 size_t *k, double *weights, double *corrects)
{
    const mtn_real conf = keys[*k];
    *weights = *corrects = 0;
    do {
        const double w = mtn_weight_of(weight, index[*k]);
        *weights += w;
        *corrects += w * (double)correct[index[*k]];
        ++*k;
    } while (*k < n && mtn_same_key(keys[*k], conf));
}

MTN_FN int mtn_sorted_check(const mtn_real *conf, const uint8_t *correct, size_t n, const void *scratch, size_t scratch_size)
{
    if (n && (!conf || !correct)) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_bits_valid(correct, n)) return METRICS_ERROR_LABEL;
    return mtn_scratch_holds(scratch, scratch_size, mtn_sorted_room(n)) ? METRICS_OK : METRICS_ERROR_SCRATCH;
}

METRICS_DEF int MTN_T_(metrics_calibration_error_equal_mass)(const mtn_real *conf, const uint8_t *correct, const mtn_real *weight, size_t n,
                                                          size_t bin_count, int norm, void *scratch, size_t scratch_size,
                                                          double *error)
{
    mtn_equal_mass mass;
    mtn_real *keys;
    uint32_t *index;
    size_t k, m;
    double weights, corrects;
    int status;
    if (n && (!conf || !correct)) return METRICS_ERROR_NULL;
    if (!mtn_bins_fit(bin_count, 1)) return METRICS_ERROR_SIZE;
    if (!mtn_calibration_norm_known(norm)) return METRICS_ERROR_OPTION;
    status = mtn_sorted_check(conf, correct, n, scratch, scratch_size);
    if (status) return status;
    memset(&mass, 0, sizeof mass);
    mass.gaps.norm = norm;
    mass.bin_count = bin_count;
    for (k = 0; k < n; k++) mass.per_bin += mtn_weight_of(weight, k);
    mass.per_bin /= (double)bin_count;
    m = mtn_sort_confidences(conf, weight, n, scratch, &keys, &index);
    for (k = 0; k < m;) {
        const double at = (double)keys[k];
        mtn_confidence_group(keys, index, correct, weight, m, &k, &weights, &corrects);
        mtn_equal_mass_take(&mass, weights, at, corrects / weights);
    }
    mtn_equal_mass_close(&mass);
    if (error) *error = mtn_gaps_error(&mass.gaps);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_ks_calibration_error)(const mtn_real *conf, const uint8_t *correct, const mtn_real *weight, size_t n,
                                                  void *scratch, size_t scratch_size, double *error)
{
    const int status = mtn_sorted_check(conf, correct, n, scratch, scratch_size);
    double total = 0, sum = 0, largest = 0, weights, corrects;
    mtn_real *keys;
    uint32_t *index;
    size_t k, m;
    if (status) return status;
    m = mtn_sort_confidences(conf, weight, n, scratch, &keys, &index);
    for (k = 0; k < m;) {
        const double at = (double)keys[k];
        mtn_confidence_group(keys, index, correct, weight, m, &k, &weights, &corrects);
        total += weights;
        sum += corrects - weights * at;
        if (fabs(sum) > largest) largest = fabs(sum);
    }
    if (mtn_is_nan(sum)) largest = sum;
    if (error) *error = mtn_ratio(largest, total, mtn_nan_value());
    return METRICS_OK;
}

#endif

/* ---- metrics/curves ---- */
#if MTN_HAS_CURVES

/* Sorts n scores, `step` apart, of nonzero weight. per_sample scores share a weight. */
MTN_FN MTN_T_(mtn_ranking) mtn_rank(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n, size_t step,
                                 size_t per_sample, void *scratch)
{
    MTN_T_(mtn_ranking) r;
    mtn_real *keys = (mtn_real *)mtn_cut(&scratch, n, sizeof(double));
    uint32_t *carried = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    size_t k, m = 0;
    if (weight) {
        for (k = 0; k < n; k++) {
            if (weight[k / per_sample] == 0) continue;
            keys[m] = scores[k * step];
            carried[m++] = (uint32_t)k;
        }
    } else {
        for (k = 0; k < n; k++) {
            keys[k] = scores[k * step];
            carried[k] = labels[k * step];
        }
        m = n;
    }
    if (m) mtn_sort_pairs(keys, carried, m, 1, scratch);
    r.keys = keys;
    r.carried = carried;
    r.labels = weight ? labels : NULL;
    r.weight = weight;
    r.n = m;
    r.step = step;
    r.per_sample = per_sample;
    return r;
}

/* Whether key k has the score of key k - 1. */
MTN_FN int mtn_same_score(const MTN_T_(mtn_ranking) *r, size_t k) { return mtn_same_key(r->keys[k], r->keys[k - 1]); }

/* Adds the samples of one score, from *k on, to tp and fp; *k moves on. */
MTN_FN void mtn_next_threshold(const MTN_T_(mtn_ranking) *r, size_t *k, double *tp, double *fp)
{
    size_t at = *k, positives = 0;
    double weighted_tp = 0, weighted_fp = 0;
    if (!r->weight) {
        do positives += r->carried[at++]; while (at < r->n && mtn_same_score(r, at));
        *tp += (double)positives;
        *fp += (double)(at - *k - positives);
    } else {
        do {
            const size_t sample = r->carried[at++];
            const double w = (double)r->weight[sample / r->per_sample];
            if (r->labels[sample * r->step]) weighted_tp += w;
            else weighted_fp += w;
        } while (at < r->n && mtn_same_score(r, at));
        *tp += weighted_tp;
        *fp += weighted_fp;
    }
    *k = at;
}

/* The checks of all functions of binary labels. */
MTN_FN int mtn_curve_check(const mtn_real *scores, const uint8_t *labels, size_t n, const void *scratch, size_t scratch_size)
{
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (!mtn_bits_valid(labels, n)) return METRICS_ERROR_LABEL;
    return mtn_scratch_holds(scratch, scratch_size, mtn_sorted_room(n)) ? METRICS_OK : METRICS_ERROR_SCRATCH;
}

/* The area: in every step of the curve the trapezoid (fp - fp0) (tp0 + tp) / 2. */
MTN_FN double mtn_area_of(const MTN_T_(mtn_ranking) *r)
{
    double tp = 0, fp = 0, area = 0;
    size_t k;
    for (k = 0; k < r->n;) {
        const double tp0 = tp, fp0 = fp;
        mtn_next_threshold(r, &k, &tp, &fp);
        area += (fp - fp0) * (0.5 * (tp0 + tp));
    }
    return mtn_ratio(area, tp * fp, mtn_nan_value());
}

/* Twice the number of pairs of a positive before a negative, equal ranks counting half:
   a whole number below 2^64. Both lists are sorted. */
MTN_FN uint64_t mtn_pairs_in_order(const uint64_t *positives, size_t p, const uint64_t *negatives, size_t n)
{
    uint64_t pairs = 0;
    size_t i = 0, j = 0;
    while (i < p && j < n) {
        const uint64_t a = positives[i], b = negatives[j];
        const size_t before = a < b;
        if (a == b) {
            const size_t first = i, other = j;
            while (i < p && positives[i] == a) i++;
            while (j < n && negatives[j] == a) j++;
            pairs += (uint64_t)(j - other) * ((uint64_t)first + i);
            continue;
        }
        pairs += 2 * (uint64_t)i * (1 - before);
        i += before;
        j += 1 - before;
    }
    return pairs + 2 * (uint64_t)i * (n - j);
}

/* The area without weights: the ranks of the positives go to the front of an array,
   those of the negatives to its end, and both are sorted. */
MTN_FN double mtn_area_of_ranks(const mtn_real *scores, const uint8_t *labels, size_t n, void *scratch)
{
    uint64_t *ranks = (uint64_t *)mtn_cut(&scratch, n, sizeof(uint64_t));
    size_t k, front = 0, back = n;
    double pairs;
    for (k = 0; k < n; k++) {
        const size_t positive = labels[k];
        back -= 1 - positive;
        ranks[positive ? front : back] = mtn_sort_rank(scores[k], (mtn_word)~(mtn_word)0);
        front += positive;
    }
    if (front == 0 || front == n) return mtn_nan_value();
    mtn_sort_u64(ranks, front, scratch);
    mtn_sort_u64(ranks + front, n - front, scratch);
    pairs = (double)mtn_pairs_in_order(ranks, front, ranks + front, n - front);
    return 0.5 * pairs / ((double)front * (double)(n - front));
}

METRICS_DEF int MTN_T_(metrics_roc_auc)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                     void *scratch, size_t scratch_size, double *auc)
{
    const int status = mtn_curve_check(scores, labels, n, scratch, scratch_size);
    MTN_T_(mtn_ranking) r;
    if (status) return status;
    if (!auc) return METRICS_OK;
    if (!weight) {
        *auc = mtn_area_of_ranks(scores, labels, n, scratch);
        return METRICS_OK;
    }
    r = mtn_rank(scores, labels, weight, n, 1, 1, scratch);
    *auc = mtn_area_of(&r);
    return METRICS_OK;
}

/* The totals: P and N. */
MTN_FN void mtn_totals_of(const MTN_T_(mtn_ranking) *r, double *positives, double *negatives)
{
    size_t k;
    *positives = *negatives = 0;
    for (k = 0; k < r->n;) mtn_next_threshold(r, &k, positives, negatives);
}

/* The area over false positives 0 .. limit, the last step cut off there. */
MTN_FN double mtn_area_up_to(const MTN_T_(mtn_ranking) *r, double limit)
{
    double tp = 0, fp = 0, area = 0;
    size_t k;
    for (k = 0; k < r->n;) {
        const double tp0 = tp, fp0 = fp;
        mtn_next_threshold(r, &k, &tp, &fp);
        if (fp > limit) {
            const double at = tp0 + (tp - tp0) * ((limit - fp0) / (fp - fp0));
            return area + (limit - fp0) * (0.5 * (tp0 + at));
        }
        area += (fp - fp0) * (0.5 * (tp0 + tp));
    }
    return area;
}

METRICS_DEF int MTN_T_(metrics_roc_auc_partial)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                             double max_fpr, void *scratch, size_t scratch_size, double *auc)
{
    MTN_T_(mtn_ranking) r;
    double positives, negatives, area, low;
    int status;
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (!mtn_finite(max_fpr) || !(max_fpr > 0 && max_fpr <= 1)) return METRICS_ERROR_PARAMETER;
    status = mtn_curve_check(scores, labels, n, scratch, scratch_size);
    if (status || !auc) return status;
    r = mtn_rank(scores, labels, weight, n, 1, 1, scratch);
    if (max_fpr == 1) {
        *auc = mtn_area_of(&r);
        return METRICS_OK;
    }
    mtn_totals_of(&r, &positives, &negatives);
    area = mtn_ratio(mtn_area_up_to(&r, max_fpr * negatives), positives * negatives, mtn_nan_value());
    low = 0.5 * max_fpr * max_fpr;
    *auc = 0.5 * (1 + (area - low) / (max_fpr - low));
    return METRICS_OK;
}

/* A curve being written: the point at hand is written when the next one tells
   whether it is a corner. */
typedef struct {
    double *fpr, *tpr;
    mtn_real *thresholds;
    size_t count;
} mtn_curve_out;

MTN_FN void mtn_curve_put(mtn_curve_out *out, double fp, double tp, mtn_real threshold)
{
    if (out->fpr) out->fpr[out->count] = fp;
    if (out->tpr) out->tpr[out->count] = tp;
    if (out->thresholds) out->thresholds[out->count] = threshold;
    out->count++;
}

METRICS_DEF int MTN_T_(metrics_roc_curve)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                       int drop_intermediate, void *scratch, size_t scratch_size,
                                       double *fpr, double *tpr, mtn_real *thresholds, size_t *count)
{
    const int status = mtn_curve_check(scores, labels, n, scratch, scratch_size);
    mtn_curve_out out;
    MTN_T_(mtn_ranking) r;
    double tp = 0, fp = 0, last_tp = 0, last_fp = 0, step_tp = 0, step_fp = 0;
    size_t k, points;
    mtn_real last = 0;
    if (status) return status;
    out.fpr = fpr;
    out.tpr = tpr;
    out.thresholds = thresholds;
    out.count = 0;
    r = mtn_rank(scores, labels, weight, n, 1, 1, scratch);
    if (r.n) mtn_curve_put(&out, 0, 0, (mtn_real)mtn_infinity_value());
    for (k = points = 0; k < r.n; points++) {
        const mtn_real threshold = r.keys[k];
        mtn_next_threshold(&r, &k, &tp, &fp);
        if (points && (!drop_intermediate || points == 1 || tp - last_tp != step_tp || fp - last_fp != step_fp))
            mtn_curve_put(&out, last_fp, last_tp, last);
        step_tp = tp - last_tp;
        step_fp = fp - last_fp;
        last_tp = tp;
        last_fp = fp;
        last = threshold;
    }
    if (r.n) mtn_curve_put(&out, last_fp, last_tp, last);
    for (k = 0; k < out.count; k++) {
        if (fpr) fpr[k] = fp == 0 ? mtn_nan_value() : fpr[k] / fp;
        if (tpr) tpr[k] = tp == 0 ? mtn_nan_value() : tpr[k] / tp;
    }
    if (count) *count = out.count;
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_pr_curve)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                      void *scratch, size_t scratch_size,
                                      double *precision, double *recall, mtn_real *thresholds, size_t *count)
{
    const int status = mtn_curve_check(scores, labels, n, scratch, scratch_size);
    MTN_T_(mtn_ranking) r;
    double tp = 0, fp = 0;
    size_t k, i, points = 0, left;
    if (status) return status;
    r = mtn_rank(scores, labels, weight, n, 1, 1, scratch);
    for (k = 0; k < r.n; points++) mtn_next_threshold(&r, &k, &tp, &fp);
    if (precision) precision[points] = 1;
    if (recall) recall[points] = 0;
    if (count) *count = points;
    {
        const double positives = tp;
        tp = fp = 0;
        for (k = 0, left = points; k < r.n;) {
            i = --left;
            if (thresholds) thresholds[i] = r.keys[k];
            mtn_next_threshold(&r, &k, &tp, &fp);
            if (precision) precision[i] = mtn_ratio(tp, tp + fp, 0);
            if (recall) recall[i] = mtn_ratio(tp, positives, 1);
        }
    }
    return METRICS_OK;
}

/* sum (TP_i - TP_i-1) P_i / P */
MTN_FN double mtn_average_precision_of(const MTN_T_(mtn_ranking) *r)
{
    double tp = 0, fp = 0, sum = 0;
    size_t k;
    for (k = 0; k < r->n;) {
        const double before = tp;
        mtn_next_threshold(r, &k, &tp, &fp);
        sum += (tp - before) * mtn_ratio(tp, tp + fp, 0);
    }
    return mtn_ratio(sum, tp, mtn_nan_value());
}

METRICS_DEF int MTN_T_(metrics_average_precision)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                               void *scratch, size_t scratch_size, double *ap)
{
    const int status = mtn_curve_check(scores, labels, n, scratch, scratch_size);
    MTN_T_(mtn_ranking) r;
    if (status) return status;
    if (!ap) return METRICS_OK;
    r = mtn_rank(scores, labels, weight, n, 1, 1, scratch);
    *ap = mtn_average_precision_of(&r);
    return METRICS_OK;
}

/* A value that is better than the best so far takes its threshold with it. */
MTN_FN void mtn_keep_best(double value, double threshold, double *best, double *best_threshold)
{
    if (!(value > *best)) return;
    *best = value;
    *best_threshold = threshold;
}

/* Where fpr - fnr turns from below 0 (at the point before) to 0 or more: the error
   rate there, on the line between the two points. */
MTN_FN double mtn_equal_error(double fpr0, double fnr0, double fpr, double fnr)
{
    const double before = fnr0 - fpr0, after = fpr - fnr;
    return fpr0 + (fpr - fpr0) * mtn_ratio(before, before + after, 0);
}

MTN_FN void mtn_sweep(const MTN_T_(mtn_ranking) *r, double positives, double negatives, double beta, double fpr, double tpr,
                      double precision, metrics_operating_points *out)
{
    const double b = beta * beta;
    double tp = 0, fp = 0, x0 = 0, y0 = 0, fpr_best = -2;
    int equal = 0;
    size_t k;
    out->eer_threshold = out->ks_threshold = out->best_f_threshold = mtn_infinity_value();
    out->tpr_at_fpr_threshold = out->fpr_at_tpr_threshold = mtn_infinity_value();
    out->precision_at_recall_threshold = out->recall_at_precision_threshold = mtn_infinity_value();
    out->eer = out->ks = out->tpr_at_fpr = out->recall_at_precision = 0;
    out->best_f = out->precision_at_recall = -1;
    for (k = 0; k < r->n;) {
        const double threshold = (double)r->keys[k];
        double x, y, correct;
        mtn_next_threshold(r, &k, &tp, &fp);
        x = fp / negatives;
        y = tp / positives;
        correct = mtn_ratio(tp, tp + fp, 0);
        if (!equal && x >= 1 - y) {
            equal = 1;
            out->eer = mtn_equal_error(x0, 1 - y0, x, 1 - y);
            out->eer_threshold = threshold;
        }
        mtn_keep_best(y - x, threshold, &out->ks, &out->ks_threshold);
        mtn_keep_best((1 + b) * tp / (tp + fp + b * positives), threshold, &out->best_f, &out->best_f_threshold);
        if (x <= fpr) mtn_keep_best(y, threshold, &out->tpr_at_fpr, &out->tpr_at_fpr_threshold);
        if (y >= tpr) mtn_keep_best(-x, threshold, &fpr_best, &out->fpr_at_tpr_threshold);
        if (y >= tpr) mtn_keep_best(correct, threshold, &out->precision_at_recall, &out->precision_at_recall_threshold);
        if (correct >= precision) mtn_keep_best(y, threshold, &out->recall_at_precision, &out->recall_at_precision_threshold);
        x0 = x;
        y0 = y;
    }
    out->fpr_at_tpr = -fpr_best;
}

METRICS_DEF int MTN_T_(metrics_operating_points_of)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                 double beta, double fpr, double tpr, double precision,
                                                 void *scratch, size_t scratch_size, metrics_operating_points *points)
{
    MTN_T_(mtn_ranking) r;
    double positives, negatives;
    double *all = (double *)points;
    int status;
    size_t k;
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (!mtn_finite(beta) || beta < 0 || beta > 1e100) return METRICS_ERROR_PARAMETER;
    if (!mtn_is_within(fpr, 0, 1) || !mtn_is_within(tpr, 0, 1) || !mtn_is_within(precision, 0, 1)) return METRICS_ERROR_PARAMETER;
    status = mtn_curve_check(scores, labels, n, scratch, scratch_size);
    if (status || !points) return status;
    r = mtn_rank(scores, labels, weight, n, 1, 1, scratch);
    mtn_totals_of(&r, &positives, &negatives);
    if (positives == 0 || negatives == 0)
        for (k = 0; k < sizeof *points / sizeof *all; k++) all[k] = mtn_nan_value();
    else
        mtn_sweep(&r, positives, negatives, beta, fpr, tpr, precision, points);
    return METRICS_OK;
}

/* What the functions of several columns check besides labels. */
MTN_FN int mtn_columns_check(const void *scores, const void *labels, size_t n, size_t columns, int average)
{
    const size_t all = mtn_mul(n, columns);
    if (n && (!scores || !labels)) return METRICS_ERROR_NULL;
    if (columns == 0 || columns > INT32_MAX || n > UINT32_MAX || mtn_too_big(all, sizeof(double))) return METRICS_ERROR_SIZE;
    if (average < METRICS_AVERAGE_NONE || average > METRICS_AVERAGE_WEIGHTED) return METRICS_ERROR_OPTION;
    if (average == METRICS_AVERAGE_MICRO && all > UINT32_MAX) return METRICS_ERROR_SIZE;
    return METRICS_OK;
}

/* The area (or average precision) of each column of labels of 0 and 1, averaged. */
MTN_FN int mtn_multilabel(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n, size_t label_count, int average,
                          int precision, void *scratch, size_t scratch_size, double *values)
{
    mtn_defined_mean mean = {0, 0};
    size_t c;
    int status = mtn_columns_check(scores, labels, n, label_count, average);
    if (status) return status;
    if (!mtn_bits_valid(labels, n * label_count)) return METRICS_ERROR_LABEL;
    if (!mtn_scratch_holds(scratch, scratch_size, mtn_columns_room(n, label_count, average))) return METRICS_ERROR_SCRATCH;
    if (!values) return METRICS_OK;
    if (average == METRICS_AVERAGE_MICRO) {
        const MTN_T_(mtn_ranking) r = mtn_rank(scores, labels, weight, n * label_count, 1, label_count, scratch);
        *values = precision ? mtn_average_precision_of(&r) : mtn_area_of(&r);
        return METRICS_OK;
    }
    for (c = 0; c < label_count; c++) {
        const MTN_T_(mtn_ranking) r = mtn_rank(n ? scores + c : scores, n ? labels + c : labels, weight, n, label_count, 1, scratch);
        double positives, negatives, value;
        mtn_totals_of(&r, &positives, &negatives);
        value = precision ? mtn_average_precision_of(&r) : mtn_area_of(&r);
        if (average == METRICS_AVERAGE_NONE) values[c] = value;
        else mtn_defined_take(&mean, value, average == METRICS_AVERAGE_WEIGHTED ? positives : 1,
                              positives != 0 && (precision || negatives != 0));
    }
    if (average != METRICS_AVERAGE_NONE) *values = mtn_ratio(mean.sum, mean.weight, mtn_nan_value());
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_roc_auc_multilabel)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                size_t label_count, int average, void *scratch, size_t scratch_size,
                                                double *values)
{
    return mtn_multilabel(scores, labels, weight, n, label_count, average, 0, scratch, scratch_size, values);
}

METRICS_DEF int MTN_T_(metrics_average_precision_multilabel)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                                          size_t label_count, int average, void *scratch, size_t scratch_size,
                                                          double *values)
{
    return mtn_multilabel(scores, labels, weight, n, label_count, average, 1, scratch, scratch_size, values);
}

/* One area of all scores of n x classes, a sample's score of its own class being
   the positive. */
MTN_FN double mtn_multiclass_micro(const mtn_real *scores, const int32_t *labels, const mtn_real *weight, size_t n, size_t classes,
                                   void *scratch)
{
    mtn_real *keys = (mtn_real *)mtn_cut(&scratch, n * classes, sizeof(double));
    uint32_t *carried = (uint32_t *)mtn_cut(&scratch, n * classes, sizeof(uint32_t));
    double tp = 0, fp = 0, area = 0;
    size_t i, k, m = 0;
    for (i = 0; i < n; i++)
        for (k = 0; k < classes; k++) {
            if (weight && weight[i] == 0) continue;
            keys[m] = scores[i * classes + k];
            carried[m++] = (uint32_t)(i * classes + k);
        }
    if (m) mtn_sort_pairs(keys, carried, m, 1, scratch);
    for (k = 0; k < m;) {
        const mtn_real key = keys[k];
        const double tp0 = tp, fp0 = fp;
        do {
            const size_t sample = carried[k] / classes;
            const double w = mtn_weight_of(weight, sample);
            if ((size_t)labels[sample] == carried[k] % classes) tp += w;
            else fp += w;
            k++;
        } while (k < m && mtn_same_key(keys[k], key));
        area += (fp - fp0) * (0.5 * (tp0 + tp));
    }
    return mtn_ratio(area, tp * fp, mtn_nan_value());
}

/* wins[b] = sum over pairs of samples of class c and class b of w_c w_b ([s_c > s_b]
   + [s_c = s_b] / 2), s the scores of class c, in one sweep. */
MTN_FN void mtn_class_wins(const mtn_real *scores, const int32_t *labels, const mtn_real *weight, size_t n, size_t classes, size_t c,
                           double *wins, void *scratch)
{
    mtn_real *keys = (mtn_real *)mtn_cut(&scratch, n, sizeof(double));
    uint32_t *carried = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    double above = 0;
    size_t k, end, m = 0;
    for (k = 0; k < classes; k++) wins[k] = 0;
    for (k = 0; k < n; k++) {
        if (weight && weight[k] == 0) continue;
        keys[m] = scores[k * classes + c];
        carried[m++] = (uint32_t)k;
    }
    if (m) mtn_sort_pairs(keys, carried, m, 1, scratch);
    for (k = 0; k < m; k = end) {
        double own = 0;
        for (end = k; end == k || (end < m && mtn_same_key(keys[end], keys[k])); end++)
            if ((size_t)labels[carried[end]] == c) own += mtn_weight_of(weight, carried[end]);
        for (; k < end; k++)
            if ((size_t)labels[carried[k]] != c)
                wins[labels[carried[k]]] += mtn_weight_of(weight, carried[k]) * (above + 0.5 * own);
        above += own;
    }
}

METRICS_DEF int MTN_T_(metrics_roc_auc_multiclass)(const mtn_real *scores, const int32_t *labels, const mtn_real *weight, size_t n,
                                                size_t classes, int scheme, int average, void *scratch, size_t scratch_size,
                                                double *values)
{
    mtn_defined_mean mean = {0, 0};
    double *wins, *mass, total = 0;
    size_t c, b, k;
    int status = mtn_columns_check(scores, labels, n, classes, average);
    if (status) return status;
    if (scheme != METRICS_ONE_VS_REST && scheme != METRICS_ONE_VS_ONE) return METRICS_ERROR_OPTION;
    if (scheme == METRICS_ONE_VS_ONE && average < METRICS_AVERAGE_MACRO) return METRICS_ERROR_OPTION;
    if (!mtn_labels_valid(labels, n, classes, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    if (!mtn_scratch_holds(scratch, scratch_size, mtn_columns_room(n, classes, average))) return METRICS_ERROR_SCRATCH;
    if (!values) return METRICS_OK;
    wins = (double *)mtn_cut(&scratch, 3 * classes, sizeof(double));
    mass = wins + classes;
    if (average == METRICS_AVERAGE_MICRO) {
        *values = mtn_multiclass_micro(scores, labels, weight, n, classes, scratch);
        return METRICS_OK;
    }
    for (c = 0; c < classes; c++) mass[c] = 0;
    for (k = 0; k < n; k++) mass[labels[k]] += mtn_weight_of(weight, k);
    for (c = 0; c < classes; c++) total += mass[c];
    for (c = 0; c < classes; c++) {
        double sum = 0, others = 0;
        mtn_class_wins(scores, labels, weight, n, classes, c, wins, scratch);
        for (b = 0; b < classes; b++) {
            if (b == c) continue;
            sum += wins[b];
            others += mass[b];
            if (scheme == METRICS_ONE_VS_ONE)
                mtn_defined_take(&mean, mtn_ratio(wins[b], mass[c] * mass[b], 0),
                                 average == METRICS_AVERAGE_WEIGHTED ? (mass[c] + mass[b]) / total : 1, mass[c] != 0 && mass[b] != 0);
        }
        if (scheme == METRICS_ONE_VS_ONE) continue;
        if (average == METRICS_AVERAGE_NONE) values[c] = mtn_ratio(sum, mass[c] * others, mtn_nan_value());
        else mtn_defined_take(&mean, mtn_ratio(sum, mass[c] * others, 0),
                              average == METRICS_AVERAGE_WEIGHTED ? mass[c] : 1, mass[c] != 0 && others != 0);
    }
    if (average != METRICS_AVERAGE_NONE) *values = mtn_ratio(mean.sum, mean.weight, mtn_nan_value());
    return METRICS_OK;
}

#endif

/* ---- metrics/binned ---- */
#if MTN_HAS_CURVES

/* The bits of a score as a float, as an integer of the order of the numbers; 0 for NaN. */
MTN_FN uint32_t mtn_float_order(mtn_real score)
{
    const double x = (double)score;
    uint32_t bits;
    float f;
    if (mtn_is_nan(x)) return 0;
    f = x > (double)FLT_MAX ? FLT_MAX : x < -(double)FLT_MAX ? -FLT_MAX : (float)x;
    f += 0.0f;
    memcpy(&bits, &f, sizeof bits);
    return bits >> 31 ? ~bits : bits | UINT32_C(0x80000000);
}

METRICS_DEF int MTN_T_(metrics_binned_update)(const mtn_real *scores, const uint8_t *labels, const mtn_real *weight, size_t n,
                                           size_t bin_count, int binning, double *bins)
{
    size_t k, bin;
    if (!bins || (n && (!scores || !labels))) return METRICS_ERROR_NULL;
    if (!mtn_binned_fit(bin_count) || mtn_too_big(n, sizeof(double))) return METRICS_ERROR_SIZE;
    if (binning != METRICS_BINS_UNIT && binning != METRICS_BINS_FLOAT) return METRICS_ERROR_OPTION;
    if (!mtn_bits_valid(labels, n)) return METRICS_ERROR_LABEL;
    for (k = 0; k < n; k++) {
        if (binning == METRICS_BINS_FLOAT) bin = (size_t)((uint64_t)mtn_float_order(scores[k]) * bin_count >> 32);
        else {
            const double x = (double)scores[k];
            bin = !(x > 0) ? 0 : x >= 1 ? bin_count - 1 : (size_t)(x * (double)bin_count);
            if (bin >= bin_count) bin = bin_count - 1;
        }
        bins[2 * bin + labels[k]] += mtn_weight_of(weight, k);
    }
    return METRICS_OK;
}

#endif

/* ---- metrics/regression ---- */
#if MTN_HAS_REGRESSION

#if MTN_BITS == 64
/* A block of 1 or more items into the moments, for both types. */
MTN_FN void mtn_regression_take(mtn_regression_items *b, size_t m, metrics_regression *regression)
{
    metrics_regression block;
    size_t k;
    memset(&block, 0, sizeof block);
    block.count = (double)m;
    for (k = m; k % 8; k++) {
        b->pred[k] = b->pred[0];
        b->target[k] = b->target[0];
        b->weight[k] = 0;
    }
    MTN_CALL(mtn_regression_block, (b, m, &block));
    mtn_regression_merge(regression, &block);
}
#endif

/* One output of up to a block of items: pred and target `stride` apart. Returns how
   many of them have a weight other than 0. */
MTN_FN size_t mtn_regression_gather(const mtn_real *pred, const mtn_real *target, const mtn_real *weight, size_t n, size_t stride,
                                    mtn_regression_items *b)
{
    size_t k = 0, m = 0, j;
    if (!weight) {
        for (; stride == 1 && n - k >= 8; k += 8) {
            for (j = 0; j < 8; j++) b->pred[k + j] = (double)pred[k + j];
            for (j = 0; j < 8; j++) b->target[k + j] = (double)target[k + j];
            for (j = 0; j < 8; j++) b->weight[k + j] = 1;
        }
        for (; k < n; k++) {
            b->pred[k] = (double)pred[k * stride];
            b->target[k] = (double)target[k * stride];
            b->weight[k] = 1;
        }
        return n;
    }
    for (; k < n; k++) {
        if (weight[k] == 0) continue;
        b->pred[m] = (double)pred[k * stride];
        b->target[m] = (double)target[k * stride];
        b->weight[m++] = (double)weight[k];
    }
    return m;
}

MTN_FN void mtn_regression_run(const mtn_real *pred, const mtn_real *target, const mtn_real *weight, size_t n, size_t stride,
                               metrics_regression *regression)
{
    mtn_regression_items b;
    size_t k, m, count;
    for (k = 0; k < n; k += m) {
        m = n - k < MTN_REGRESSION_BLOCK ? n - k : MTN_REGRESSION_BLOCK;
        count = mtn_regression_gather(pred + k * stride, target + k * stride, weight ? weight + k : NULL, m, stride, &b);
        if (count) mtn_regression_take_f64(&b, count, regression);
    }
}

MTN_FN int mtn_regression_check(const mtn_real *pred, const mtn_real *target, size_t n, size_t outputs)
{
    if (n && outputs && (!pred || !target)) return METRICS_ERROR_NULL;
    if (mtn_too_big(mtn_mul(n, outputs), sizeof(mtn_real)) || mtn_too_big(n, sizeof(mtn_real))
        || mtn_too_big(outputs, sizeof(metrics_regression))) return METRICS_ERROR_SIZE;
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_regression_update)(const mtn_real *pred, const mtn_real *target, const mtn_real *weight,
                                               size_t n, size_t outputs, metrics_regression *regression)
{
    const int status = mtn_regression_check(pred, target, n, outputs);
    size_t j;
    if (outputs && !regression) return METRICS_ERROR_NULL;
    if (status) return status;
    if (n == 0) return METRICS_OK;
    for (j = 0; j < outputs; j++)
        mtn_regression_run(pred + j, target + j, weight, n, outputs, &regression[j]);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_regression)(const mtn_real *pred, const mtn_real *target, const mtn_real *weight,
                                        size_t n, size_t outputs, int average, metrics_regression_scores *scores)
{
    const int status = mtn_regression_check(pred, target, n, outputs);
    mtn_regression_average mean;
    metrics_regression one;
    size_t j;
    if (status) return status;
    if (average < METRICS_OUTPUTS_RAW || average > METRICS_OUTPUTS_VARIANCE) return METRICS_ERROR_OPTION;
    if (!scores) return METRICS_OK;
    memset(&mean, 0, sizeof mean);
    for (j = 0; j < outputs; j++) {
        memset(&one, 0, sizeof one);
        if (n) mtn_regression_run(pred + j, target + j, weight, n, outputs, &one);
        if (average == METRICS_OUTPUTS_RAW) mtn_regression_scores(&one, &scores[j]);
        else mtn_regression_average_add(&mean, &one);
    }
    if (average != METRICS_OUTPUTS_RAW) mtn_regression_average_end(&mean, average, scores);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_pearson)(const mtn_real *x, const mtn_real *y, const mtn_real *weight, size_t n, double *r)
{
    const int status = mtn_regression_check(x, y, n, 1);
    metrics_regression moments;
    if (status) return status;
    memset(&moments, 0, sizeof moments);
    if (n) mtn_regression_run(x, y, weight, n, 1, &moments);
    if (r) *r = mtn_regression_pearson(&moments);
    return METRICS_OK;
}

#endif

/* ---- metrics/correlation ---- */
#if MTN_HAS_CORRELATION

MTN_FN int mtn_any_nan(const mtn_real *x, size_t n)
{
    size_t k;
    for (k = 0; k < n; k++)
        if (mtn_is_nan((double)x[k])) return 1;
    return 0;
}

MTN_FN int mtn_rank_check(const mtn_real *x, const mtn_real *y, size_t n, const void *scratch, size_t scratch_size, size_t needed)
{
    if (n && (!x || !y)) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(mtn_real))) return METRICS_ERROR_SIZE;
    if (!mtn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    return METRICS_OK;
}

METRICS_DEF size_t MTN_T_(metrics_spearman_scratch)(size_t n)
{
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(mtn_real))) return SIZE_MAX;
    return mtn_add(mtn_add(mtn_piece(n, sizeof(double)), mtn_piece(n, sizeof(uint32_t))), mtn_argsort_room(n));
}

/* rank[i] = twice the mid-rank of x[i], counted from 1, less n + 1: centred, a whole
   number. Returns the sum of squares. order is room for n indices. */
MTN_FN double mtn_midranks(const mtn_real *x, size_t n, double *rank, uint32_t *order, void *sort)
{
    double squares = 0;
    size_t k, end, j;
    mtn_argsort(x, n, 0, order, sort);
    for (k = 0; k < n; k = end) {
        double centred;
        for (end = k + 1; end < n && x[order[end]] == x[order[k]]; end++) {}
        centred = (double)k + (double)end - (double)n;
        for (j = k; j < end; j++) rank[order[j]] = centred;
        squares += (double)(end - k) * centred * centred;
    }
    return squares;
}

/* sum of rank_x rank_y, the ranks of y made on the way; *squares gets the sum of rank_y^2. */
MTN_FN double mtn_midranks_dot(const double *rank, const mtn_real *y, size_t n, double *squares, uint32_t *order, void *sort)
{
    double cross = 0, sum;
    size_t k, end;
    *squares = 0;
    mtn_argsort(y, n, 0, order, sort);
    for (k = 0; k < n; k = end) {
        const mtn_real value = y[order[k]];
        double centred;
        sum = 0;
        for (end = k; end < n && y[order[end]] == value; end++) sum += rank[order[end]];
        centred = (double)k + (double)end - (double)n;
        cross += centred * sum;
        *squares += (double)(end - k) * centred * centred;
    }
    return cross;
}

METRICS_DEF int MTN_T_(metrics_spearman)(const mtn_real *x, const mtn_real *y, size_t n, void *scratch, size_t scratch_size, double *rho)
{
    const int status = mtn_rank_check(x, y, n, scratch, scratch_size, MTN_T_(metrics_spearman_scratch)(n));
    double *rank, xx, yy, xy;
    uint32_t *order;
    if (status) return status;
    if (!rho) return METRICS_OK;
    if (n < 2 || mtn_any_nan(x, n) || mtn_any_nan(y, n)) {
        *rho = mtn_nan_value();
        return METRICS_OK;
    }
    rank = (double *)mtn_cut(&scratch, n, sizeof *rank);
    order = (uint32_t *)mtn_cut(&scratch, n, sizeof *order);
    xx = mtn_midranks(x, n, rank, order, scratch);
    xy = mtn_midranks_dot(rank, y, n, &yy, order, scratch);
    *rho = mtn_ratio(xy, sqrt(xx * yy), mtn_nan_value());
    if (*rho > 1) *rho = 1;
    if (*rho < -1) *rho = -1;
    return METRICS_OK;
}

METRICS_DEF size_t MTN_T_(metrics_kendall_scratch)(size_t n)
{
    size_t room;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(mtn_real))) return SIZE_MAX;
    room = mtn_add(mtn_mul(4, mtn_piece(n, sizeof(uint32_t))), mtn_piece(n, sizeof(mtn_real)));
    return mtn_add(room, mtn_argsort_room(n));
}

/* What Kendall's tau is made from: pairs tied in x, in y, in both, pairs in
   opposite order, and how many distinct values x and y have. */
typedef struct {
    uint64_t tied_x, tied_y, tied_both, discordant;
    size_t distinct_x, distinct_y;
} mtn_tau;

/* Dense ranks of y, 0, 1, ..., into rank; order is room for n indices and holds the
   order of y afterwards. */
MTN_FN void mtn_tau_ranks(const mtn_real *y, size_t n, uint32_t *rank, uint32_t *order, mtn_tau *t, void *sort)
{
    size_t k, end, j;
    mtn_argsort(y, n, 0, order, sort);
    for (k = 0; k < n; k = end) {
        for (end = k + 1; end < n && y[order[end]] == y[order[k]]; end++) {}
        for (j = k; j < end; j++) rank[order[j]] = (uint32_t)t->distinct_y;
        t->tied_y += mtn_pairs_of(end - k);
        t->distinct_y++;
    }
}

MTN_FN mtn_tau mtn_tau_count(const mtn_real *x, const mtn_real *y, size_t n, void *scratch)
{
    uint32_t *rank = (uint32_t *)mtn_cut(&scratch, n, sizeof *rank);
    uint32_t *by_y = (uint32_t *)mtn_cut(&scratch, n, sizeof *by_y);
    uint32_t *by_x = (uint32_t *)mtn_cut(&scratch, n, sizeof *by_x);
    uint32_t *sequence = (uint32_t *)mtn_cut(&scratch, n, sizeof *sequence);
    mtn_real *moved = (mtn_real *)mtn_cut(&scratch, n, sizeof *moved);
    size_t k, end, j, same;
    mtn_tau t;
    memset(&t, 0, sizeof t);
    mtn_tau_ranks(y, n, rank, by_y, &t, scratch);
    for (k = 0; k < n; k++) moved[k] = x[by_y[k]];
    mtn_argsort(moved, n, 0, by_x, scratch);
    for (k = 0; k < n; k++) sequence[k] = rank[by_y[by_x[k]]];
    for (k = 0; k < n; k = end) {
        for (end = k + 1; end < n && moved[by_x[end]] == moved[by_x[k]]; end++) {}
        t.tied_x += mtn_pairs_of(end - k);
        t.distinct_x++;
        for (j = k; j < end; j += same) {
            for (same = 1; j + same < end && sequence[j + same] == sequence[j]; same++) {}
            t.tied_both += mtn_pairs_of(same);
        }
    }
    t.discordant = mtn_count_inversions(sequence, by_x, n);
    return t;
}

METRICS_DEF int MTN_T_(metrics_kendall)(const mtn_real *x, const mtn_real *y, size_t n, int variant,
                                     void *scratch, size_t scratch_size, double *tau)
{
    const int status = mtn_rank_check(x, y, n, scratch, scratch_size, MTN_T_(metrics_kendall_scratch)(n));
    const uint64_t pairs = mtn_pairs_of(n);
    uint64_t concordant;
    double difference, divisor, least;
    mtn_tau t;
    if (status == METRICS_ERROR_NULL || status == METRICS_ERROR_SIZE) return status;
    if (variant < METRICS_TAU_B || variant > METRICS_TAU_C) return METRICS_ERROR_OPTION;
    if (status) return status;
    if (!tau) return METRICS_OK;
    *tau = mtn_nan_value();
    if (n < 2 || mtn_any_nan(x, n) || mtn_any_nan(y, n)) return METRICS_OK;
    t = mtn_tau_count(x, y, n, scratch);
    if (t.tied_x == pairs || t.tied_y == pairs) return METRICS_OK;
    concordant = pairs - t.tied_x - (t.tied_y - t.tied_both) - t.discordant;
    difference = (double)((int64_t)concordant - (int64_t)t.discordant);
    least = (double)(t.distinct_x < t.distinct_y ? t.distinct_x : t.distinct_y);
    if (variant == METRICS_TAU_A) divisor = (double)pairs;
    else if (variant == METRICS_TAU_C) divisor = (double)n * (double)n * (least - 1) / (2 * least);
    else divisor = sqrt((double)(pairs - t.tied_x) * (double)(pairs - t.tied_y));
    *tau = difference / divisor;
    if (*tau > 1) *tau = 1;
    if (*tau < -1) *tau = -1;
    return METRICS_OK;
}

#endif

/* ---- metrics/ranking ---- */
#if MTN_HAS_RANKING

METRICS_DEF size_t MTN_T_(metrics_ranking_scratch)(size_t n)
{
    size_t room;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof(uint64_t))) return SIZE_MAX;
    room = mtn_add(mtn_mul(2, mtn_piece(n, sizeof(mtn_real))), mtn_mul(2, mtn_piece(n, sizeof(uint32_t))));
    return mtn_add(mtn_add(room, mtn_piece(n, sizeof(uint64_t))), mtn_argsort_room(n));
}

MTN_FN MTN_T_(mtn_ranking_room) mtn_ranking_cut(void *scratch, size_t n)
{
    MTN_T_(mtn_ranking_room) room;
    room.score = (mtn_real *)mtn_cut(&scratch, n, sizeof(mtn_real));
    room.relevance = (mtn_real *)mtn_cut(&scratch, n, sizeof(mtn_real));
    room.key = (uint64_t *)mtn_cut(&scratch, n, sizeof(uint64_t));
    room.order = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    room.other = (uint32_t *)mtn_cut(&scratch, n, sizeof(uint32_t));
    room.sort = scratch;
    return room;
}

/* Checks that all ranking functions share; *c gets the configuration in force. */
MTN_FN int mtn_ranking_check(const mtn_real *scores, const mtn_real *relevance, size_t n, const metrics_ranking_config *config,
                             const void *scratch, size_t scratch_size, metrics_ranking_config *c)
{
    const size_t needed = MTN_T_(metrics_ranking_scratch)(n);
    size_t k;
    if (n && (!scores || !relevance)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    *c = config ? *config : metrics_ranking_defaults();
    if (!mtn_ranking_config_valid(c)) return METRICS_ERROR_OPTION;
    for (k = 0; k < n; k++)
        if (relevance[k] < 0 && !mtn_is_nan((double)relevance[k])) return METRICS_ERROR_LABEL;
    return mtn_scratch_holds(scratch, scratch_size, needed) ? METRICS_OK : METRICS_ERROR_SCRATCH;
}

/* Whether a document is relevant; NaN is not, under -ffast-math too. */
MTN_FN int mtn_relevant(mtn_real relevance) { return !mtn_is_nan((double)relevance) && relevance > 0; }

/* Whether any of the documents is relevant. */
MTN_FN int mtn_ranking_relevant(const mtn_real *relevance, size_t n)
{
    size_t k;
    for (k = 0; k < n; k++)
        if (mtn_relevant(relevance[k])) return 1;
    return 0;
}

/* sum over the first k ranks of gain / log2(i + 1). With averaged ties each of a run
   of equal scores (two NaNs are equal) gets the run's mean gain. */
MTN_FN double mtn_ranking_dcg(const mtn_real *score, const mtn_real *relevance, size_t n, size_t k, int gain, int average)
{
    double dcg = 0, gains, discounts;
    size_t start, end;
    for (start = 0; start < n && start < k; start = end) {
        gains = discounts = 0;
        end = start;
        do {
            gains += mtn_ranking_gain((double)relevance[end], gain);
            if (end < k) discounts += mtn_ranking_discount(end + 1);
            end++;
        } while (average && end < n && (score[end] == score[start] || mtn_is_nan((double)score[start])));
        dcg += discounts * (gains / (double)(end - start));
    }
    return dcg;
}

/* The scores that only ask whether a document is relevant. */
MTN_FN void mtn_ranking_hits(const mtn_real *relevance, size_t n, size_t k, const metrics_ranking_config *c, metrics_ranking_scores *s)
{
    const size_t first = k < n ? k : n;
    double found = 0, sum = 0, divisor;
    size_t i, total = 0, r_found = 0;
    s->reciprocal_rank = 0;
    for (i = 0; i < n; i++) total += mtn_relevant(relevance[i]) ? 1u : 0u;
    for (i = 0; i < total; i++) r_found += mtn_relevant(relevance[i]) ? 1u : 0u;
    for (i = 0; i < first; i++) {
        if (!mtn_relevant(relevance[i])) continue;
        if (found == 0) s->reciprocal_rank = 1 / (double)(i + 1);
        found += 1;
        sum += found / (double)(i + 1);
    }
    divisor = (double)total;
    if (c->ap == METRICS_AP_REACHABLE && total > k) divisor = (double)k;
    if (c->ap == METRICS_AP_RETRIEVED) divisor = found;
    s->relevant = (double)total;
    s->average_precision = mtn_ratio(sum, divisor, 0);
    s->precision = found / (double)(c->adaptive_k ? first : k);
    s->recall = found / (double)total;
    s->hit = found > 0;
    s->r_precision = (double)r_found / (double)total;
}

/* One query: score and relevance in ranked order; relevance is sorted on the way. */
MTN_FN void mtn_ranking_query(const mtn_real *score, mtn_real *relevance, size_t n, const metrics_ranking_config *c,
                              uint32_t *index, void *sort, metrics_ranking_scores *s)
{
    const size_t k = c->k ? c->k : n;
    if (!mtn_ranking_relevant(relevance, n)) {
        mtn_ranking_empty(s, c->empty);
        return;
    }
    mtn_ranking_hits(relevance, n, k, c, s);
    s->dcg = mtn_ranking_dcg(score, relevance, n, k, c->gain, c->ties == METRICS_DCG_TIES_AVERAGE);
    memset(index, 0, n * sizeof *index);
    mtn_sort_pairs(relevance, index, n, 1, sort);
    s->ideal_dcg = mtn_ranking_dcg(score, relevance, n, k, c->gain, 0);
    s->ndcg = mtn_ratio(s->dcg, s->ideal_dcg, 0);
}

/* One query from the caller's arrays. */
MTN_FN void mtn_ranking_rank(const mtn_real *scores, const mtn_real *relevance, size_t n, const metrics_ranking_config *c,
                             const MTN_T_(mtn_ranking_room) *room, metrics_ranking_scores *s)
{
    size_t k;
    if (n) mtn_argsort(scores, n, 1, room->order, room->sort);
    for (k = 0; k < n; k++) {
        room->score[k] = scores[room->order[k]];
        room->relevance[k] = relevance[room->order[k]];
    }
    mtn_ranking_query(room->score, room->relevance, n, c, room->other, room->sort, s);
}

METRICS_DEF int MTN_T_(metrics_ranking)(const mtn_real *scores, const mtn_real *relevance, size_t n, const metrics_ranking_config *config,
                                     void *scratch, size_t scratch_size, metrics_ranking_scores *result)
{
    metrics_ranking_config c;
    MTN_T_(mtn_ranking_room) room;
    const int status = mtn_ranking_check(scores, relevance, n, config, scratch, scratch_size, &c);
    if (status) return status;
    if (c.empty == METRICS_EMPTY_ERROR && !mtn_ranking_relevant(relevance, n)) return METRICS_ERROR_LABEL;
    if (!result) return METRICS_OK;
    room = mtn_ranking_cut(scratch, n);
    mtn_ranking_rank(scores, relevance, n, &c, &room, result);
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_retrieval_update)(const mtn_real *scores, const mtn_real *relevance, size_t n,
                                              const size_t *offsets, size_t queries, const metrics_ranking_config *config,
                                              void *scratch, size_t scratch_size,
                                              metrics_ranking_scores *per_query, metrics_retrieval *retrieval)
{
    metrics_ranking_config c;
    MTN_T_(mtn_ranking_room) room;
    metrics_ranking_scores one;
    size_t q;
    int status;
    if (!retrieval || (queries && !offsets)) return METRICS_ERROR_NULL;
    status = mtn_ranking_check(scores, relevance, n, config, scratch, scratch_size, &c);
    if (status == METRICS_ERROR_NULL || status == METRICS_ERROR_SIZE) return status;
    if (mtn_too_big(queries, sizeof one)) return METRICS_ERROR_SIZE;
    for (q = 0; q < queries; q++)
        if (offsets[q] > offsets[q + 1] || offsets[q + 1] > n) return METRICS_ERROR_SIZE;
    if (status) return status;
    for (q = 0; c.empty == METRICS_EMPTY_ERROR && q < queries; q++)
        if (offsets[q] == offsets[q + 1] || !mtn_ranking_relevant(relevance + offsets[q], offsets[q + 1] - offsets[q]))
            return METRICS_ERROR_LABEL;
    room = mtn_ranking_cut(scratch, n);
    for (q = 0; q < queries; q++) {
        const size_t start = offsets[q], count = offsets[q + 1] - start;
        if (count == 0) mtn_ranking_empty(&one, c.empty);
        else mtn_ranking_rank(scores + start, relevance + start, count, &c, &room, &one);
        mtn_retrieval_take(retrieval, &one, c.empty);
        if (per_query) per_query[q] = one;
    }
    return METRICS_OK;
}

/* Documents by descending score within ascending query id: order of the documents in
   room->order, their keys in room->key. */
MTN_FN void mtn_ranking_group(const mtn_real *scores, const int32_t *query_ids, size_t n, const MTN_T_(mtn_ranking_room) *room)
{
    size_t k;
    mtn_argsort(scores, n, 1, room->other, room->sort);
    for (k = 0; k < n; k++) room->key[k] = (uint32_t)query_ids[room->other[k]];
    mtn_argsort_u64(room->key, n, room->order, room->sort);
    for (k = 0; k < n; k++) room->order[k] = room->other[room->order[k]];
}

METRICS_DEF int MTN_T_(metrics_retrieval_update_ids)(const mtn_real *scores, const mtn_real *relevance, const int32_t *query_ids, size_t n,
                                                  const metrics_ranking_config *config, void *scratch, size_t scratch_size,
                                                  metrics_retrieval *retrieval)
{
    metrics_ranking_config c;
    MTN_T_(mtn_ranking_room) room;
    metrics_ranking_scores one;
    size_t start, end, k;
    int pass, status;
    if (!retrieval || (n && !query_ids)) return METRICS_ERROR_NULL;
    status = mtn_ranking_check(scores, relevance, n, config, scratch, scratch_size, &c);
    if (status || !n) return status;
    room = mtn_ranking_cut(scratch, n);
    mtn_ranking_group(scores, query_ids, n, &room);
    for (k = 0; k < n; k++) {
        room.score[k] = scores[room.order[k]];
        room.relevance[k] = relevance[room.order[k]];
    }
    /* A first pass, where an empty query is an error; then the work. */
    for (pass = c.empty == METRICS_EMPTY_ERROR ? 0 : 1; pass < 2; pass++)
        for (start = 0; start < n; start = end) {
            const int32_t id = query_ids[room.order[start]];
            for (end = start + 1; end < n && query_ids[room.order[end]] == id; end++) {}
            if (pass == 0 && !mtn_ranking_relevant(room.relevance + start, end - start)) return METRICS_ERROR_LABEL;
            if (pass == 0) continue;
            mtn_ranking_query(room.score + start, room.relevance + start, end - start, &c, room.other, room.sort, &one);
            mtn_retrieval_take(retrieval, &one, c.empty);
        }
    return METRICS_OK;
}

#endif

/* ---- metrics/surface ---- */
#if MTN_HAS_SURFACE

MTN_FN size_t mtn_surface_room(const mtn_surface_box *box, int dims)
{
    const size_t total = box->size[0] * box->size[1] * box->size[2];
    const size_t room = mtn_add(mtn_mul(2, mtn_piece(total, 1)), mtn_piece(mtn_mul(2, total), sizeof(mtn_real)));
    return mtn_add(room, mtn_edt_room(box->size + (3 - dims), dims));
}

METRICS_DEF size_t MTN_T_(metrics_surface_distances_scratch)(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims)
{
    mtn_surface_box box;
    if (dims < 1 || dims > 3 || !shape) return SIZE_MAX;
    if (mtn_too_big(mtn_surface_total(shape, dims), sizeof(mtn_real))) return SIZE_MAX;
    mtn_surface_find(&box, pred, target, shape, dims);
    return mtn_surface_room(&box, dims);
}

/* The squared distances of the surface elements to the other surface, in the
   order of the elements, at the front of `distance`. */
MTN_FN void mtn_surface_gather(const uint8_t *edge, const uint8_t *other, const mtn_surface_box *box, int dims,
                               const double *spacing, mtn_real *distance, void *scratch)
{
    const size_t total = box->size[0] * box->size[1] * box->size[2];
    size_t k, count = 0;
    mtn_edt_squared(other, box->size + (3 - dims), dims, spacing, distance, scratch);
    for (k = 0; k < total; k++)
        if (edge[k]) distance[count++] = distance[k];
}

/* The percentile of the roots of n squared distances, which change their order:
   with h = percentile / 100 (n - 1), between the h-th and the next by h's fraction. */
MTN_FN double mtn_surface_percentile(mtn_real *squared, size_t n, double percentile)
{
    const double h = percentile / 100 * (double)(n - 1);
    size_t below = (size_t)h, k;
    double low, high;
    if (below > n - 1) below = n - 1;
    low = sqrt((double)mtn_select_kth(squared, n, below));
    if (below + 1 >= n || h <= (double)below) return low;
    high = (double)squared[below + 1];
    for (k = below + 2; k < n; k++) if ((double)squared[k] < high) high = (double)squared[k];
    return low + (h - (double)below) * (sqrt(high) - low);
}

/* Maximum, sum and number within the tolerance of n > 0 distances. Rounding of a
   distance that equals the tolerance does not push it out. */
MTN_FN void mtn_surface_sums(const mtn_real *squared, size_t n, double tolerance, double *max, double *sum, size_t *within)
{
    const double limit = tolerance * (1 + 4 * (MTN_BITS == 32 ? (double)FLT_EPSILON : DBL_EPSILON));
    size_t k;
    *max = *sum = 0;
    *within = 0;
    for (k = 0; k < n; k++) {
        const double d = sqrt((double)squared[k]);
        if (d > *max) *max = d;
        *sum += d;
        *within += d <= limit;
    }
}

/* All values from the squared distances a and, right behind them, b; both in units
   of `unit`. The order of the distances changes. */
MTN_FN void mtn_surface_results(mtn_real *a, double unit, double percentile, double tolerance, metrics_surface *result)
{
    const size_t *n = result->elements;
    mtn_real *of[2];
    double max, sum, total = 0;
    size_t within, inside = 0;
    int side;
    of[0] = a;
    of[1] = a + n[0];
    for (side = 0; side < 2; side++) {
        mtn_surface_sums(of[side], n[side], tolerance / unit, &max, &sum, &within);
        result->directed_hausdorff[side] = unit * max;
        result->directed_average[side] = unit * (sum / (double)n[side]);
        result->directed_percentile[side] = unit * mtn_surface_percentile(of[side], n[side], percentile);
        total += sum;
        inside += within;
    }
    result->hausdorff = result->directed_hausdorff[result->directed_hausdorff[1] > result->directed_hausdorff[0]];
    result->percentile = result->directed_percentile[result->directed_percentile[1] > result->directed_percentile[0]];
    result->percentile_pooled = unit * mtn_surface_percentile(a, n[0] + n[1], percentile);
    result->average = unit * (total / ((double)n[0] + (double)n[1]));
    result->average_of_means = (result->directed_average[0] + result->directed_average[1]) / 2;
    result->dice = (double)inside / ((double)n[0] + (double)n[1]);
}

/* spacing over its largest value; returns that value. */
MTN_FN double mtn_surface_spacing(const double *spacing, int dims, double *relative)
{
    double unit = 0;
    int axis;
    relative[0] = relative[1] = relative[2] = 1;
    if (!spacing) return 1;
    for (axis = 0; axis < dims; axis++) if (spacing[axis] > unit) unit = spacing[axis];
    for (axis = 0; axis < dims; axis++) relative[axis] = spacing[axis] / unit;
    return unit;
}

METRICS_DEF int MTN_T_(metrics_surface_distances)(const uint8_t *pred, const uint8_t *target, const size_t *shape, int dims,
                                               const double *spacing, double percentile, double tolerance,
                                               const metrics_surface_options *options, void *scratch, size_t scratch_size,
                                               metrics_surface *result)
{
    const double penalty = options ? options->penalty : 0;
    const int empty = options ? options->empty : METRICS_SURFACE_EMPTY_WORST;
    mtn_surface_box box;
    double relative[3], unit;
    uint8_t *edge[2];
    mtn_real *distance;
    metrics_surface r;
    size_t total;
    int axis;
    if (!shape) return METRICS_ERROR_NULL;
    if (dims < 1 || dims > 3) return METRICS_ERROR_SIZE;
    total = mtn_surface_total(shape, dims);
    if (mtn_too_big(total, sizeof(mtn_real))) return METRICS_ERROR_SIZE;
    if (total && (!pred || !target)) return METRICS_ERROR_NULL;
    for (axis = 0; spacing && axis < dims; axis++) if (!mtn_is_positive(spacing[axis])) return METRICS_ERROR_PARAMETER;
    if (!mtn_is_within(percentile, 0, 100) || !(tolerance >= 0) || !mtn_finite(tolerance)) return METRICS_ERROR_PARAMETER;
    if (!mtn_finite(penalty) || penalty < 0) return METRICS_ERROR_PARAMETER;
    if (empty < METRICS_SURFACE_EMPTY_WORST || empty > METRICS_SURFACE_EMPTY_NAN) return METRICS_ERROR_OPTION;
    mtn_surface_find(&box, pred, target, shape, dims);
    if (!mtn_scratch_holds(scratch, scratch_size, mtn_surface_room(&box, dims))) return METRICS_ERROR_SCRATCH;
    if (!result) return METRICS_OK;
    total = box.size[0] * box.size[1] * box.size[2];
    memset(&r, 0, sizeof r);
    edge[0] = (uint8_t *)mtn_cut(&scratch, total, 1);
    edge[1] = (uint8_t *)mtn_cut(&scratch, total, 1);
    distance = (mtn_real *)mtn_cut(&scratch, 2 * total, sizeof(mtn_real));
    r.elements[0] = mtn_surface_edges(pred, &box, dims, edge[0]);
    r.elements[1] = mtn_surface_edges(target, &box, dims, edge[1]);
    if (box.pred_empty || box.target_empty) {
        const int both = box.pred_empty && box.target_empty;
        if (empty == METRICS_SURFACE_EMPTY_NAN) mtn_surface_constant(&r, mtn_nan_value(), mtn_nan_value());
        else mtn_surface_constant(&r, both ? 0 : penalty > 0 ? penalty : mtn_infinity_value(), both ? 1 : 0);
    } else {
        unit = mtn_surface_spacing(spacing, dims, relative);
        mtn_surface_gather(edge[0], edge[1], &box, dims, relative, distance, scratch);
        mtn_surface_gather(edge[1], edge[0], &box, dims, relative, distance + total, scratch);
        memmove(distance + r.elements[0], distance + total, r.elements[1] * sizeof(mtn_real));
        mtn_surface_results(distance, unit, percentile, tolerance, &r);
    }
    *result = r;
    return METRICS_OK;
}

#endif

/* ---- metrics/detection ---- */
#if MTN_HAS_DETECTION

MTN_FN void mtn_box_fill(MTN_T_(mtn_box_block) *block, const mtn_real *b, size_t n, int format, int kind)
{
    size_t k;
    memset(block, 0, sizeof *block);
    block->count = n;
    for (k = 0; k < n; k++) {
        const MTN_T_(mtn_box) box = MTN_T_(mtn_box_read)(b + 4 * k, format);
        block->left[k] = box.left;
        block->top[k] = box.top;
        block->right[k] = box.right;
        block->bottom[k] = box.bottom;
        block->area[k] = box.area;
        if (kind == METRICS_CIOU) block->shape[k] = MTN_T_(mtn_box_shape)(&box);
    }
}

/* Intersection over the area of a, for the boxes of the block that are crowds. */
MTN_FN void mtn_box_crowds(const MTN_T_(mtn_box) *a, const MTN_T_(mtn_box_block) *b, const uint8_t *crowd, mtn_real *out)
{
    size_t k;
    for (k = 0; k < b->count; k++) {
        mtn_real w, h;
        if (!crowd[k]) continue;
        w = (a->right < b->right[k] ? a->right : b->right[k]) - (a->left > b->left[k] ? a->left : b->left[k]);
        h = (a->bottom < b->bottom[k] ? a->bottom : b->bottom[k]) - (a->top > b->top[k] ? a->top : b->top[k]);
        w = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
        out[k] = a->area == 0 ? w : w / a->area;
    }
}

METRICS_DEF int MTN_T_(metrics_box_iou)(const mtn_real *a, size_t na, const mtn_real *b, size_t nb, int format, int kind,
                                     const uint8_t *crowd, mtn_real *out)
{
    MTN_T_(mtn_box_block) block;
    size_t i, j, m;
    if ((na && !a) || (nb && !b)) return METRICS_ERROR_NULL;
    if (mtn_too_big(na, 4 * sizeof(mtn_real)) || mtn_too_big(nb, 4 * sizeof(mtn_real)) || mtn_too_big(mtn_mul(na, nb), sizeof(mtn_real)))
        return METRICS_ERROR_SIZE;
    if (!mtn_box_format_known(format) || kind < METRICS_IOU || kind > METRICS_CIOU) return METRICS_ERROR_OPTION;
    if (crowd && kind != METRICS_IOU) return METRICS_ERROR_OPTION;
    if (!out) return METRICS_OK;
    for (j = 0; j < nb; j += m) {
        m = nb - j < MTN_BOX_BLOCK ? nb - j : MTN_BOX_BLOCK;
        mtn_box_fill(&block, b + 4 * j, m, format, kind);
        for (i = 0; i < na; i++) {
            MTN_T_(mtn_box) box = MTN_T_(mtn_box_read)(a + 4 * i, format);
            if (kind == METRICS_CIOU) box.shape = MTN_T_(mtn_box_shape)(&box);
            MTN_CALL(mtn_box_row, (&box, &block, kind, out + i * nb + j));
            if (crowd) mtn_box_crowds(&box, &block, crowd + j, out + i * nb + j);
        }
    }
    return METRICS_OK;
}

/* ---- non-maximum suppression ---- */

METRICS_DEF size_t MTN_T_(metrics_nms_scratch)(size_t n)
{
    size_t room = mtn_add(mtn_mul(5, mtn_piece(n, sizeof(mtn_real))), mtn_piece(n, sizeof(uint32_t)));
    room = mtn_add(room, mtn_add(mtn_piece(n, sizeof(uint64_t)), mtn_piece(n, 1)));
    return mtn_add(room, mtn_argsort_room(n));
}

MTN_FN void mtn_box_keep(MTN_T_(mtn_box_columns) *kept, const MTN_T_(mtn_box) *box)
{
    const size_t k = kept->count++;
    kept->left[k] = box->left;
    kept->top[k] = box->top;
    kept->right[k] = box->right;
    kept->bottom[k] = box->bottom;
    kept->area[k] = box->area;
}

MTN_FN void mtn_box_cut(MTN_T_(mtn_box_columns) *kept, size_t n, void **scratch)
{
    kept->left = (mtn_real *)mtn_cut(scratch, n, sizeof(mtn_real));
    kept->top = (mtn_real *)mtn_cut(scratch, n, sizeof(mtn_real));
    kept->right = (mtn_real *)mtn_cut(scratch, n, sizeof(mtn_real));
    kept->bottom = (mtn_real *)mtn_cut(scratch, n, sizeof(mtn_real));
    kept->area = (mtn_real *)mtn_cut(scratch, n, sizeof(mtn_real));
    kept->count = 0;
}

METRICS_DEF int MTN_T_(metrics_nms)(const mtn_real *boxes, const mtn_real *scores, const int32_t *classes, size_t n, int format,
                                 double iou_threshold, void *scratch, size_t scratch_size, size_t *keep, size_t *count)
{
    MTN_T_(mtn_box_columns) kept;
    uint32_t *order;
    uint64_t *key;      /* class above place in the order */
    uint8_t *survives;
    size_t k, total = 0;
    if (n && (!boxes || !scores)) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, 4 * sizeof(mtn_real)) || n > UINT32_MAX) return METRICS_ERROR_SIZE;
    if (!mtn_is_within(iou_threshold, 0, 1)) return METRICS_ERROR_PARAMETER;
    if (!mtn_box_format_known(format)) return METRICS_ERROR_OPTION;
    if (!mtn_scratch_holds(scratch, scratch_size, MTN_T_(metrics_nms_scratch)(n))) return METRICS_ERROR_SCRATCH;
    mtn_box_cut(&kept, n, &scratch);
    order = (uint32_t *)mtn_cut(&scratch, n, sizeof *order);
    key = (uint64_t *)mtn_cut(&scratch, n, sizeof *key);
    survives = (uint8_t *)mtn_cut(&scratch, n, 1);
    mtn_argsort(scores, n, 1, order, scratch);
    for (k = 0; k < n; k++) key[k] = (uint64_t)(classes ? (uint32_t)classes[order[k]] : 0) << 32 | k;
    if (classes) mtn_sort_u64(key, n, scratch);
    for (k = 0; k < n; k++) {
        const size_t place = (size_t)(key[k] & UINT32_MAX);
        const MTN_T_(mtn_box) box = MTN_T_(mtn_box_read)(boxes + 4 * (size_t)order[place], format);
        if (k && key[k] >> 32 != key[k - 1] >> 32) kept.count = 0;
        survives[place] = !MTN_CALL(mtn_box_suppressed, (&box, &kept, (mtn_real)iou_threshold));
        if (survives[place]) mtn_box_keep(&kept, &box);
    }
    for (k = 0; k < n; k++) {
        if (!survives[k]) continue;
        if (keep) keep[total] = order[k];
        total++;
    }
    if (count) *count = total;
    return METRICS_OK;
}

METRICS_DEF size_t MTN_T_(metrics_soft_nms_scratch)(size_t n)
{
    return mtn_add(mtn_piece(n, sizeof(mtn_real)), mtn_piece(n, sizeof(size_t)));
}

/* What a score is multiplied with. */
MTN_FN double mtn_soft_nms_factor(double iou, int method, double parameter)
{
    if (method == METRICS_SOFT_NMS_GAUSSIAN) return exp(-iou * iou / parameter);
    return iou > parameter ? 1 - iou : 1;
}

/* IoU of two boxes. */
MTN_FN double mtn_box_iou_of(const mtn_real *a, const mtn_real *b, int format)
{
    const MTN_T_(mtn_box) p = MTN_T_(mtn_box_read)(a, format), q = MTN_T_(mtn_box_read)(b, format);
    mtn_real w = (p.right < q.right ? p.right : q.right) - (p.left > q.left ? p.left : q.left);
    mtn_real h = (p.bottom < q.bottom ? p.bottom : q.bottom) - (p.top > q.top ? p.top : q.top);
    mtn_real both = (w < 0 ? 0 : w) * (h < 0 ? 0 : h);
    mtn_real any = p.area + q.area - both;
    return any == 0 ? 0 : (double)(both / any);
}

METRICS_DEF int MTN_T_(metrics_soft_nms)(const mtn_real *boxes, const mtn_real *scores, size_t n, int format, int method,
                                      double parameter, double score_threshold, void *scratch, size_t scratch_size,
                                      size_t *keep, mtn_real *new_scores, size_t *count)
{
    size_t left = n, *index, k, best, total = 0;
    mtn_real *score;
    if (n && (!boxes || !scores)) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, 4 * sizeof(mtn_real)) || n > UINT32_MAX) return METRICS_ERROR_SIZE;
    if (!mtn_is_finite(parameter) || !mtn_is_finite(score_threshold)) return METRICS_ERROR_PARAMETER;
    if (method < METRICS_SOFT_NMS_LINEAR || method > METRICS_SOFT_NMS_GAUSSIAN) return METRICS_ERROR_OPTION;
    if (method == METRICS_SOFT_NMS_LINEAR ? !mtn_is_within(parameter, 0, 1) : !mtn_is_positive(parameter)) return METRICS_ERROR_PARAMETER;
    if (!mtn_box_format_known(format)) return METRICS_ERROR_OPTION;
    if (!mtn_scratch_holds(scratch, scratch_size, MTN_T_(metrics_soft_nms_scratch)(n))) return METRICS_ERROR_SCRATCH;
    score = (mtn_real *)mtn_cut(&scratch, n, sizeof *score);
    index = (size_t *)mtn_cut(&scratch, n, sizeof *index);
    for (k = 0; k < n; k++) {
        score[k] = scores[k];
        index[k] = k;
    }
    while (left > 0) {
        size_t taken;
        for (best = SIZE_MAX, k = 0; k < left; k++)
            if ((double)score[k] > score_threshold && (best == SIZE_MAX || score[k] > score[best])) best = k;
        if (best == SIZE_MAX) break;
        taken = index[best];
        if (keep) keep[total] = taken;
        if (new_scores) new_scores[total] = score[best];
        total++;
        /* the others close up, in their order */
        for (left--, k = 0; k < left; k++) {
            const size_t from = k + (k >= best);
            const double iou = mtn_box_iou_of(boxes + 4 * taken, boxes + 4 * index[from], format);
            index[k] = index[from];
            score[k] = (mtn_real)((double)score[from] * mtn_soft_nms_factor(iou, method, parameter));
        }
    }
    if (count) *count = total;
    return METRICS_OK;
}

#endif

/* ---- metrics/coco ---- */
#if MTN_HAS_DETECTION

/* Where metrics_coco works. */
typedef struct {
    uint64_t *key;                   /* as many as the longer list has */
    uint64_t *gt_key, *det_key;      /* in the sorted order */
    uint32_t *gt_order, *det_order, *rank_order, *class_order;
    mtn_coco_box *gt_box;            /* in gt_order */
    uint8_t *gt_crowd, *gt_ignored;
    uint64_t *gt_taken;
    mtn_coco_pair *pairs;
    uint64_t *positive, *neither;    /* of one class's detections */
    uint8_t *rank;
    mtn_real *score;
    uint32_t *before;
    double *precision;
    void *sort;
} mtn_coco_room;

METRICS_DEF size_t MTN_T_(metrics_coco_scratch)(size_t gt_count, size_t det_count)
{
    const size_t most = gt_count > det_count ? gt_count : det_count;
    size_t room = mtn_piece(most, sizeof(uint64_t));
    room = mtn_add(room, mtn_mul(2, mtn_piece(gt_count, sizeof(uint64_t))));
    room = mtn_add(room, mtn_piece(gt_count, sizeof(uint32_t)));
    room = mtn_add(room, mtn_piece(gt_count, sizeof(mtn_coco_box)));
    room = mtn_add(room, mtn_mul(2, mtn_piece(gt_count, 1)));
    room = mtn_add(room, mtn_piece(gt_count, sizeof(mtn_coco_pair)));
    room = mtn_add(room, mtn_mul(3, mtn_piece(det_count, sizeof(uint64_t))));
    room = mtn_add(room, mtn_mul(3, mtn_piece(det_count, sizeof(uint32_t))));
    room = mtn_add(room, mtn_piece(mtn_add(det_count, 1), sizeof(uint32_t)));
    room = mtn_add(room, mtn_piece(det_count, 1));
    room = mtn_add(room, mtn_piece(det_count, sizeof(mtn_real)));
    room = mtn_add(room, mtn_piece(det_count, sizeof(double)));
    return mtn_add(room, mtn_argsort_room(most));
}

MTN_FN void mtn_coco_cut(mtn_coco_room *r, size_t gt_count, size_t det_count, void *scratch)
{
    r->key = (uint64_t *)mtn_cut(&scratch, gt_count > det_count ? gt_count : det_count, sizeof(uint64_t));
    r->gt_key = (uint64_t *)mtn_cut(&scratch, gt_count, sizeof(uint64_t));
    r->gt_taken = (uint64_t *)mtn_cut(&scratch, gt_count, sizeof(uint64_t));
    r->gt_order = (uint32_t *)mtn_cut(&scratch, gt_count, sizeof(uint32_t));
    r->gt_box = (mtn_coco_box *)mtn_cut(&scratch, gt_count, sizeof(mtn_coco_box));
    r->gt_crowd = (uint8_t *)mtn_cut(&scratch, gt_count, 1);
    r->gt_ignored = (uint8_t *)mtn_cut(&scratch, gt_count, 1);
    r->pairs = (mtn_coco_pair *)mtn_cut(&scratch, gt_count, sizeof(mtn_coco_pair));
    r->det_key = (uint64_t *)mtn_cut(&scratch, det_count, sizeof(uint64_t));
    r->positive = (uint64_t *)mtn_cut(&scratch, det_count, sizeof(uint64_t));
    r->neither = (uint64_t *)mtn_cut(&scratch, det_count, sizeof(uint64_t));
    r->det_order = (uint32_t *)mtn_cut(&scratch, det_count, sizeof(uint32_t));
    r->rank_order = (uint32_t *)mtn_cut(&scratch, det_count, sizeof(uint32_t));
    r->class_order = (uint32_t *)mtn_cut(&scratch, det_count, sizeof(uint32_t));
    r->rank = (uint8_t *)mtn_cut(&scratch, det_count, 1);
    r->score = (mtn_real *)mtn_cut(&scratch, det_count, sizeof(mtn_real));
    r->before = (uint32_t *)mtn_cut(&scratch, det_count + 1, sizeof(uint32_t));
    r->precision = (double *)mtn_cut(&scratch, det_count, sizeof(double));
    r->sort = scratch;
}

MTN_FN mtn_coco_box mtn_coco_read(const mtn_real *p, int format)
{
    mtn_coco_box box;
    box.w = format == METRICS_BOX_XYXY ? (double)p[2] - (double)p[0] : (double)p[2];
    box.h = format == METRICS_BOX_XYXY ? (double)p[3] - (double)p[1] : (double)p[3];
    box.x = format == METRICS_BOX_CXCYWH ? (double)p[0] - box.w / 2 : (double)p[0];
    box.y = format == METRICS_BOX_CXCYWH ? (double)p[1] - box.h / 2 : (double)p[1];
    box.area = box.w * box.h;
    return box;
}

/* True boxes in the order of class, image and place; detections in that of class,
   image, falling score and place. */
MTN_FN void mtn_coco_sort(const MTN_T_(metrics_coco_boxes) *b, const mtn_coco_room *r)
{
    size_t k;
    for (k = 0; k < b->gt_count; k++) r->key[k] = mtn_coco_key(b->gt_label[k], b->gt_image[k]);
    mtn_argsort_u64(r->key, b->gt_count, r->gt_order, r->sort);
    for (k = 0; k < b->gt_count; k++) {
        const size_t gt = r->gt_order[k];
        const int crowd = b->gt_crowd && b->gt_crowd[gt];
        r->gt_key[k] = r->key[gt];
        r->gt_box[k] = mtn_coco_read(b->gt_box + 4 * gt, b->format);
        r->gt_crowd[k] = (uint8_t)crowd;
        r->gt_ignored[k] = (uint8_t)(crowd ? 15u : mtn_coco_outside(b->gt_area ? (double)b->gt_area[gt] : r->gt_box[k].area));
        r->gt_taken[k] = 0;
    }
    mtn_argsort(b->det_score, b->det_count, 1, r->rank_order, r->sort);
    for (k = 0; k < b->det_count; k++) {
        const size_t det = r->rank_order[k];
        r->key[k] = mtn_coco_key(b->det_label[det], b->det_image[det]);
    }
    mtn_argsort_u64(r->key, b->det_count, r->class_order, r->sort);
    for (k = 0; k < b->det_count; k++) {
        r->det_order[k] = r->rank_order[r->class_order[k]];
        r->det_key[k] = r->key[r->class_order[k]];
    }
}

/* The end of the group of this key that begins at k. */
MTN_FN size_t mtn_coco_group_end(const uint64_t *key, size_t k, size_t n, uint64_t group)
{
    while (k < n && key[k] == group) k++;
    return k;
}

/* Matches one class. gt and det are where its boxes begin in the sorted order, and
   move behind them. Returns how many detections take part. */
MTN_FN size_t mtn_coco_match_class(const MTN_T_(metrics_coco_boxes) *b, const mtn_coco_room *r, size_t label,
                                   size_t *gt, size_t *det, size_t *positives)
{
    size_t count = 0, k;
    int area;
    memset(positives, 0, MTN_COCO_AREAS * sizeof *positives);
    for (;;) {
        const uint64_t gt_key = *gt < b->gt_count ? r->gt_key[*gt] : UINT64_MAX;
        const uint64_t det_key = *det < b->det_count ? r->det_key[*det] : UINT64_MAX;
        const uint64_t key = gt_key < det_key ? gt_key : det_key;
        size_t gt_end, det_end;
        mtn_coco_group group;
        if (key >> 32 != label) return count;
        gt_end = mtn_coco_group_end(r->gt_key, *gt, b->gt_count, key);
        det_end = mtn_coco_group_end(r->det_key, *det, b->det_count, key);
        group.box = r->gt_box + *gt;
        group.crowd = r->gt_crowd + *gt;
        group.ignored = r->gt_ignored + *gt;
        group.taken = r->gt_taken + *gt;
        group.count = gt_end - *gt;
        for (k = 0; k < group.count; k++)
            for (area = 0; area < MTN_COCO_AREAS; area++) positives[area] += !(group.ignored[k] >> area & 1);
        for (k = 0; k < det_end - *det && k < MTN_COCO_MOST; k++, count++) {
            const size_t place = r->det_order[*det + k];
            const mtn_coco_box box = mtn_coco_read(b->det_box + 4 * place, b->format);
            mtn_coco_match(&box, &group, r->pairs, &r->positive[count], &r->neither[count]);
            r->rank[count] = (uint8_t)k;
            r->score[count] = b->det_score[place];
        }
        *gt = gt_end;
        *det = det_end;
    }
}

MTN_FN int mtn_coco_check(const MTN_T_(metrics_coco_boxes) *b, size_t classes)
{
    if (!b) return METRICS_ERROR_NULL;
    if (b->gt_count && (!b->gt_box || !b->gt_image || !b->gt_label)) return METRICS_ERROR_NULL;
    if (b->det_count && (!b->det_box || !b->det_score || !b->det_image || !b->det_label)) return METRICS_ERROR_NULL;
    if (b->gt_count > UINT32_MAX || b->det_count > UINT32_MAX || !classes || mtn_too_big(classes, METRICS_COCO_COUNT * sizeof(double)))
        return METRICS_ERROR_SIZE;
    if (mtn_too_big(b->gt_count, 4 * sizeof(mtn_real)) || mtn_too_big(b->det_count, 4 * sizeof(mtn_real))) return METRICS_ERROR_SIZE;
    if (!mtn_box_format_known(b->format)) return METRICS_ERROR_OPTION;
    if (!mtn_labels_valid(b->gt_label, b->gt_count, classes, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    if (!mtn_labels_valid(b->det_label, b->det_count, classes, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    return METRICS_OK;
}

METRICS_DEF int MTN_T_(metrics_coco)(const MTN_T_(metrics_coco_boxes) *boxes, size_t classes, void *scratch, size_t scratch_size,
                                  double *summary, double *per_class)
{
    double number[METRICS_COCO_COUNT], sum[METRICS_COCO_COUNT] = {0};
    size_t counted[METRICS_COCO_COUNT] = {0}, positives[MTN_COCO_AREAS];
    size_t gt = 0, det = 0, label;
    mtn_coco_room room;
    mtn_coco_class c;
    int k, status = mtn_coco_check(boxes, classes);
    if (status) return status;
    if (!mtn_scratch_holds(scratch, scratch_size, MTN_T_(metrics_coco_scratch)(boxes->gt_count, boxes->det_count)))
        return METRICS_ERROR_SCRATCH;
    mtn_coco_cut(&room, boxes->gt_count, boxes->det_count, scratch);
    mtn_coco_sort(boxes, &room);
    c.positive = room.positive;
    c.neither = room.neither;
    c.rank = room.rank;
    c.order = room.class_order;
    c.before = room.before;
    c.precision = room.precision;
    for (label = 0; label < classes; label++) {
        c.count = mtn_coco_match_class(boxes, &room, label, &gt, &det, positives);
        mtn_argsort(room.score, c.count, 1, room.class_order, room.sort);
        mtn_coco_numbers(&c, positives, number);
        if (per_class) memcpy(per_class + label * METRICS_COCO_COUNT, number, sizeof number);
        for (k = 0; k < METRICS_COCO_COUNT; k++) {
            if (number[k] < 0) continue;
            sum[k] += number[k];
            counted[k]++;
        }
    }
    for (k = 0; summary && k < METRICS_COCO_COUNT; k++) summary[k] = counted[k] ? sum[k] / (double)counted[k] : -1;
    return METRICS_OK;
}

#endif

/* ---- metrics/image ---- */
#if MTN_HAS_IMAGE

METRICS_DEF int MTN_T_(metrics_psnr)(const mtn_real *x, const mtn_real *y, size_t n, double data_range, double *psnr, double *mse)
{
    double error;
    if (n && (!x || !y)) return METRICS_ERROR_NULL;
    if (mtn_too_big(n, sizeof(mtn_real))) return METRICS_ERROR_SIZE;
    if (!mtn_is_positive(data_range)) return METRICS_ERROR_PARAMETER;
    error = n ? MTN_CALL(mtn_squared_distance, (x, y, n)) / (double)n : mtn_nan_value();
    if (mse) *mse = error;
    if (psnr) *psnr = !n ? mtn_nan_value() : error == 0 ? mtn_infinity_value() : 20 * log10(data_range) - 10 * log10(error);
    return METRICS_OK;
}

/* Settings in their ranges, sizes that hold a window. The order of the errors is
   the order of the checks. */
MTN_FN int mtn_ssim_check(size_t height, size_t width, size_t channels, double data_range, const metrics_ssim_config *config)
{
    const size_t pixels = mtn_mul(height, width);
    if (!channels || pixels == SIZE_MAX || mtn_too_big(mtn_mul(pixels, channels), sizeof(mtn_real))) return METRICS_ERROR_SIZE;
    if (height < config->size || width < config->size) return METRICS_ERROR_SIZE;
    if (!mtn_is_positive(data_range) || config->size < 3 || config->size % 2 == 0) return METRICS_ERROR_PARAMETER;
    if (!(config->k1 > 0) || !(config->k2 > 0)) return METRICS_ERROR_PARAMETER;
    if (!mtn_is_positive((config->k1 * data_range) * (config->k1 * data_range))) return METRICS_ERROR_PARAMETER;
    if (!mtn_is_positive((config->k2 * data_range) * (config->k2 * data_range))) return METRICS_ERROR_PARAMETER;
    if (config->window == METRICS_WINDOW_GAUSSIAN && !mtn_is_positive(config->sigma)) return METRICS_ERROR_PARAMETER;
    if (config->window < METRICS_WINDOW_GAUSSIAN || config->window > METRICS_WINDOW_UNIFORM) return METRICS_ERROR_OPTION;
    if (config->channel_order < METRICS_CHANNELS_LAST || config->channel_order > METRICS_CHANNELS_FIRST) return METRICS_ERROR_OPTION;
    return METRICS_OK;
}

/* The window along one axis, twice in a row. */
MTN_FN void mtn_ssim_weights(const metrics_ssim_config *config, mtn_real *weight)
{
    const double middle = (double)(config->size / 2);
    double sum = 0;
    size_t k;
    for (k = 0; k < config->size; k++) {
        const double t = ((double)k - middle) / config->sigma;
        sum += config->window == METRICS_WINDOW_UNIFORM ? 1 : exp(-0.5 * t * t);
    }
    for (k = 0; k < config->size; k++) {
        const double t = ((double)k - middle) / config->sigma;
        const double w = (config->window == METRICS_WINDOW_UNIFORM ? 1 : exp(-0.5 * t * t)) / sum;
        weight[k] = weight[k + config->size] = (mtn_real)w;
    }
}

/* The mean of y when it lies within the range, else 0: what is subtracted before
   squares are taken. */
MTN_FN mtn_real mtn_ssim_shift(const mtn_real *y, size_t n, double data_range)
{
    const double mean = MTN_CALL(mtn_sum, (y, n)) / (double)n;
    return mean >= -data_range && mean <= data_range ? (mtn_real)mean : 0;
}

/* Everything but the plane's sizes; cuts the buffers for rows of this width. */
MTN_FN void mtn_ssim_begin(MTN_T_(mtn_ssim) *s, size_t width, double data_range, const metrics_ssim_config *config, void **scratch)
{
    const size_t size = config->size, valid = width - size + 1;
    const double count = (double)size * (double)size;
    s->size = size;
    s->c1 = (mtn_real)((config->k1 * data_range) * (config->k1 * data_range));
    s->c2 = (mtn_real)((config->k2 * data_range) * (config->k2 * data_range));
    s->unbias = (mtn_real)(config->sample_covariance ? count / (count - 1) : 1);
    s->weight = (mtn_real *)mtn_cut(scratch, 2 * size, sizeof(mtn_real));
    s->signal = (mtn_real *)mtn_cut(scratch, MTN_SSIM_SIGNALS * width, sizeof(mtn_real));
    s->ring = (mtn_real *)mtn_cut(scratch, size * MTN_SSIM_SIGNALS * valid, sizeof(mtn_real));
    s->structure = (mtn_real *)mtn_cut(scratch, valid, sizeof(mtn_real));
    s->product = (mtn_real *)mtn_cut(scratch, valid, sizeof(mtn_real));
    mtn_ssim_weights(config, s->weight);
}

MTN_FN void mtn_ssim_sizes(MTN_T_(mtn_ssim) *s, size_t height, size_t width, size_t step, size_t row_step)
{
    s->height = height;
    s->width = width;
    s->valid = width - s->size + 1;
    s->step = step;
    s->row_step = row_step;
}

METRICS_DEF size_t MTN_T_(metrics_ssim_scratch)(size_t height, size_t width, const metrics_ssim_config *config)
{
    const size_t size = config ? config->size : 11;
    const size_t valid = width < size ? 0 : width - size + 1;
    size_t room = mtn_add(mtn_piece(mtn_mul(2, size), sizeof(mtn_real)), mtn_piece(mtn_mul(MTN_SSIM_SIGNALS, width), sizeof(mtn_real)));
    (void)height;
    room = mtn_add(room, mtn_piece(mtn_mul(mtn_mul(MTN_SSIM_SIGNALS, size), valid), sizeof(mtn_real)));
    return mtn_add(room, mtn_mul(2, mtn_piece(valid, sizeof(mtn_real))));
}

METRICS_DEF int MTN_T_(metrics_ssim)(const mtn_real *x, const mtn_real *y, size_t height, size_t width, size_t channels,
                                  double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                  double *ssim, double *contrast_structure, mtn_real *map)
{
    metrics_ssim_config settings = config ? *config : metrics_ssim_defaults();
    const int first = settings.channel_order == METRICS_CHANNELS_FIRST;
    double product = 0, structure = 0, p, c, windows;
    MTN_T_(mtn_ssim) s;
    size_t channel, per_channel;
    int status;
    if (!x || !y) return METRICS_ERROR_NULL;
    status = mtn_ssim_check(height, width, channels, data_range, &settings);
    if (status) return status;
    if (!mtn_scratch_holds(scratch, scratch_size, MTN_T_(metrics_ssim_scratch)(height, width, &settings))) return METRICS_ERROR_SCRATCH;
    mtn_ssim_begin(&s, width, data_range, &settings, &scratch);
    mtn_ssim_sizes(&s, height, width, first ? 1 : channels, first ? width : width * channels);
    s.shift = mtn_ssim_shift(y, height * width * channels, data_range);
    per_channel = s.valid * (height - s.size + 1);
    for (channel = 0; channel < channels; channel++) {
        const size_t start = first ? channel * height * width : channel;
        mtn_real *channel_map = map ? map + (first ? channel * per_channel : channel) : NULL;
        MTN_CALL(mtn_ssim_plane, (&s, x + start, y + start, channel_map, s.step, &p, &c));
        product += p;
        structure += c;
    }
    windows = (double)per_channel * (double)channels;
    if (ssim) *ssim = product / windows;
    if (contrast_structure) *contrast_structure = structure / windows;
    return METRICS_OK;
}

/* Halves a plane: out is height / 2 x width / 2 and contiguous, and may be where a
   contiguous plane is. */
MTN_FN void mtn_ssim_halve(mtn_real *out, const mtn_real *in, size_t height, size_t width, size_t step, size_t row_step)
{
    size_t row, k;
    for (row = 0; row < height / 2; row++) {
        const mtn_real *a = in + 2 * row * row_step, *b = a + row_step;
        mtn_real *to = out + row * (width / 2);
        for (k = 0; k < width / 2; k++)
            to[k] = MTN_K(0.25) * ((a[2 * k * step] + a[(2 * k + 1) * step]) + (b[2 * k * step] + b[(2 * k + 1) * step]));
    }
}

METRICS_DEF size_t MTN_T_(metrics_ms_ssim_scratch)(size_t height, size_t width, const metrics_ssim_config *config)
{
    const size_t half = mtn_mul(height / 2, width / 2);
    return mtn_add(MTN_T_(metrics_ssim_scratch)(height, width, config), mtn_mul(2, mtn_piece(half, sizeof(mtn_real))));
}

/* One channel; half_x and half_y are room for a quarter of the plane each. */
MTN_FN double mtn_ms_ssim_channel(MTN_T_(mtn_ssim) *s, const mtn_real *x, const mtn_real *y, size_t height, size_t width,
                                  size_t step, size_t row_step, mtn_real *half_x, mtn_real *half_y)
{
    static const double beta[MTN_SSIM_SCALES] = { 0.0448, 0.2856, 0.3001, 0.2363, 0.1333 };
    double result = 1, product, structure, mean;
    int scale;
    for (scale = 0; scale < MTN_SSIM_SCALES; scale++) {
        mtn_ssim_sizes(s, height, width, step, row_step);
        MTN_CALL(mtn_ssim_plane, (s, x, y, NULL, 1, &product, &structure));
        mean = (scale + 1 < MTN_SSIM_SCALES ? structure : product) / ((double)s->valid * (double)(height - s->size + 1));
        result *= mean < 0 ? 0 : pow(mean, beta[scale]);
        if (scale + 1 == MTN_SSIM_SCALES) break;
        mtn_ssim_halve(half_x, x, height, width, step, row_step);
        mtn_ssim_halve(half_y, y, height, width, step, row_step);
        x = half_x;
        y = half_y;
        height /= 2;
        width /= 2;
        step = 1;
        row_step = width;
    }
    return result;
}

METRICS_DEF int MTN_T_(metrics_ms_ssim)(const mtn_real *x, const mtn_real *y, size_t height, size_t width, size_t channels,
                                     double data_range, const metrics_ssim_config *config, void *scratch, size_t scratch_size,
                                     double *ms_ssim)
{
    metrics_ssim_config settings = config ? *config : metrics_ssim_defaults();
    const int first = settings.channel_order == METRICS_CHANNELS_FIRST;
    mtn_real *half_x, *half_y;
    double sum = 0;
    MTN_T_(mtn_ssim) s;
    size_t channel;
    int status;
    if (!x || !y) return METRICS_ERROR_NULL;
    status = mtn_ssim_check(height, width, channels, data_range, &settings);
    if (status) return status;
    if (height / 16 < settings.size || width / 16 < settings.size) return METRICS_ERROR_SIZE;
    if (!mtn_scratch_holds(scratch, scratch_size, MTN_T_(metrics_ms_ssim_scratch)(height, width, &settings))) return METRICS_ERROR_SCRATCH;
    mtn_ssim_begin(&s, width, data_range, &settings, &scratch);
    half_x = (mtn_real *)mtn_cut(&scratch, (height / 2) * (width / 2), sizeof(mtn_real));
    half_y = (mtn_real *)mtn_cut(&scratch, (height / 2) * (width / 2), sizeof(mtn_real));
    s.shift = mtn_ssim_shift(y, height * width * channels, data_range);
    for (channel = 0; channel < channels; channel++) {
        const size_t start = first ? channel * height * width : channel;
        sum += mtn_ms_ssim_channel(&s, x + start, y + start, height, width, first ? 1 : channels,
                                   first ? width : width * channels, half_x, half_y);
    }
    if (ms_ssim) *ms_ssim = sum / (double)channels;
    return METRICS_OK;
}

#endif

/* ---- metrics/clustering ---- */
#if MTN_HAS_CLUSTERING

METRICS_DEF size_t MTN_T_(metrics_silhouette_scratch)(size_t n, size_t d, size_t clusters)
{
    const size_t cell = sizeof(double);
    size_t room;
    if (clusters == 0 || (n && d == 0) || mtn_too_big(mtn_mul(n, d), sizeof(mtn_real)) || mtn_too_big(n, cell)
        || mtn_too_big(mtn_mul(clusters, d), cell) || mtn_too_big(clusters, MTN_SILHOUETTE_ROWS * cell)) return SIZE_MAX;
    room = mtn_add(mtn_piece(clusters * MTN_SILHOUETTE_ROWS, cell), mtn_piece(clusters * d, cell));
    return mtn_add(room, mtn_mul(2, mtn_piece(clusters, cell)));
}

METRICS_DEF int MTN_T_(metrics_silhouette)(const mtn_real *data, const int32_t *labels, size_t n, size_t d, size_t clusters,
                                        int distance, void *scratch, size_t scratch_size, double *mean, double *samples)
{
    const size_t needed = MTN_T_(metrics_silhouette_scratch)(n, d, clusters);
    MTN_T_(mtn_silhouette) s;
    size_t k, filled = 0;
    double total;
    if (n && (!data || !labels)) return METRICS_ERROR_NULL;
    if (needed == SIZE_MAX) return METRICS_ERROR_SIZE;
    if (distance < METRICS_SILHOUETTE_EUCLIDEAN || distance > METRICS_SILHOUETTE_SQUARED) return METRICS_ERROR_OPTION;
    if (!mtn_labels_valid(labels, n, clusters, METRICS_IGNORE_NONE)) return METRICS_ERROR_LABEL;
    if (!mtn_scratch_holds(scratch, scratch_size, needed)) return METRICS_ERROR_SCRATCH;
    s.data = data;
    s.labels = labels;
    s.n = n;
    s.d = d;
    s.clusters = clusters;
    s.sums = (double *)mtn_cut(&scratch, clusters * MTN_SILHOUETTE_ROWS, sizeof(double));
    s.means = (double *)mtn_cut(&scratch, clusters * d, sizeof(double));
    s.count = (double *)mtn_cut(&scratch, clusters, sizeof(double));
    s.scatter = (double *)mtn_cut(&scratch, clusters, sizeof(double));
    memset(s.count, 0, clusters * sizeof *s.count);
    for (k = 0; k < n; k++) s.count[labels[k]] += 1;
    for (k = 0; k < clusters; k++) filled += s.count[k] > 0;
    if (filled < 2) {
        for (k = 0; samples && k < n; k++) samples[k] = mtn_nan_value();
        total = mtn_nan_value();
    } else if (distance == METRICS_SILHOUETTE_SQUARED) total = MTN_CALL(mtn_silhouette_squared, (&s, samples));
    else total = MTN_CALL(mtn_silhouette_euclidean, (&s, samples));
    if (mean) *mean = total / (double)(n ? n : 1);
    return METRICS_OK;
}

#endif

/* ---- metrics/bootstrap ---- */
#if MTN_HAS_BOOTSTRAP

METRICS_DEF int MTN_T_(metrics_bootstrap_weights)(uint64_t seed, uint64_t replicate, size_t n, int scheme, mtn_real *weight)
{
    const uint64_t first = replicate * n;
    size_t k;
    if (n && !weight) return METRICS_ERROR_NULL;
    if (n > UINT32_MAX || mtn_too_big(n, sizeof *weight)) return METRICS_ERROR_SIZE;
    if (scheme < METRICS_BOOTSTRAP_MULTINOMIAL || scheme > METRICS_BOOTSTRAP_POISSON) return METRICS_ERROR_OPTION;
    for (k = 0; k < n; k++)
        weight[k] = scheme == METRICS_BOOTSTRAP_POISSON ? (mtn_real)mtn_random_poisson1(seed, first + k) : 0;
    for (k = 0; scheme == METRICS_BOOTSTRAP_MULTINOMIAL && k < n; k++)
        weight[mtn_random_below(seed, first + k, n)] += 1;
    return METRICS_OK;
}

#endif
#endif

#undef MTN_INTRINSIC
#undef MTN_LIBM
#undef MTN_LANES
#undef MTN_FN
#undef MTN_INLINE
#undef MTN_K
#undef MTN_X
#undef MTN_CALL
#undef MTN_VNEON_
#undef MTN_V512_
#undef MTN_V256_
#undef MTN_T_
#undef mtn_word
#undef mtn_real
#endif
