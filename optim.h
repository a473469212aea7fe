/* optim.h: optimizer steps, learning rate schedules and gradient processing in
   one file of plain C, for float and double. Public domain or MIT, see below.

   A step is one function that updates the caller's arrays in one pass over
   memory: SGD, Adam, AdamW, Lion and their kin, with gradient clipping and loss
   unscaling folded in; layer-wise, factored and matrix methods, L-BFGS, averages
   of the weights, schedules, loss scaling, and a table that finds a method by
   its name. No allocation, no I/O, no thread, no global, nothing needed but the C
   library and libm.

   USE

   In one source file, before including it:

       #define OPTIM_IMPLEMENTATION
       #include "optim.h"

   Everywhere else only include it; link with -lm. A training loop:

       optim_adamw_config config = optim_adamw_defaults();
       optim_schedule_config schedule = optim_schedule_defaults();
       int64_t step = 0;

       schedule.lr = 3e-4;
       schedule.warmup = 100;
       schedule.total = 10000;
       ... m and v: n zeros each ...
       while (step < 10000) {
           optim_grad_norm norm;
           ... loss and gradients into grad ...
           optim_grad_norm_init(&norm);
           optim_grad_norm_add_f32(&norm, n, grad);
           if (!optim_grad_norm_finite(&norm)) continue;     (a bad batch is no step)
           optim_grad_norm_clip(&norm, 1, 1.0, &config.grad_scale);
           step++;
           optim_schedule_cosine(&schedule, (double)step, &config.lr);
           optim_adamw_f32(&config, step, n, param, grad, m, v);
       }

   CONVENTIONS

   - Functions end in _f32 or _f64: float or double arrays. Hyper-parameters are
     double in both, and a step's scalars (bias corrections and the like) are
     computed in double once per step.
   - step counts from 1 and is the caller's: it belongs to the state and is saved
     with it. One number serves all tensors of a model.
   - A config comes from optim_NAME_defaults(); NULL means the defaults (a schedule
     needs one). Those of steps have lr; grad_scale, which multiplies the gradient on
     the fly (1 / loss scale, clipping factor, 1 / micro-batches or the product of
     them); and maximize, which negates it. weight_decay is coupled (g += weight_decay param) or
     decoupled (param *= 1 - lr weight_decay) as each method says. Different groups
     of parameters (no decay for biases, say) are different configs.
   - State arrays are the caller's: their count, length and value before step 1
     stand with each function. They are all there is to save and load. The
     arrays of one call must not overlap.
   - Elementwise methods (SGD, Adam, adaptive, sign, averaging) treat each element
     alone: a step over [0, n) gives the same bits as steps over any pieces of it,
     so tensors can be joined, split and given to threads. (Not under -ffast-math.)
   - Every function that can fail returns a status, OPTIM_OK = 0 or one of
     OPTIM_ERROR_*; optim_strerror tells it in words. Checks come first: on an
     error nothing is touched. n = 0 is fine, and then pointers may be NULL.
   - NaN and infinity in data are no errors and go through by the rules of IEEE
     arithmetic, to the elements they belong to. The factor that optim_grad_norm_clip
     makes of gradients that are not finite is NaN, and a NaN grad_scale is an error:
     every step returns OPTIM_ERROR_PARAMETER and moves nothing. Skip the batch
     before, as above, or look at the step's status.
   - optim_NAME_elem_f32 is the step of one element, inline, without the
     implementation, in C and C++: for a loop of your own, a step fused into a
     backward pass, a CUDA kernel. optim_NAME_coefficients_f32 computes a step's
     scalars once for many elements, optim_NAME_apply_f32 uses them.
   - Functions may be called from any number of threads on different arrays.

   CONFIGURATION, by macros defined before including this file

       OPTIM_IMPLEMENTATION   the implementation, in one source file
       OPTIM_STATIC           every function is static, for a private copy (with the
                             implementation in each file that uses it)
       OPTIM_DEF              put before every function instead of extern: an export
                             or calling-convention attribute
       OPTIM_INLINE           put before inline functions instead of static inline;
                             "static __host__ __device__ inline" makes them CUDA
       OPTIM_NO_SIMD          plain C only
       OPTIM_AVX512           compiles AVX-512 code in too (x86-64, GCC or Clang)
       OPTIM_HEADER_FILENAME  this file's name as it includes itself, when renamed:
                             "my_this.h"
       OPTIM_ONLY_<FAMILY>    only the families named so (any number of them) and
                             what they need; define them wherever the header is
                             included

   x86-64 (AVX2 with FMA) and AArch64 (NEON) code is compiled in where GCC or
   Clang can, whatever the -m flags, and chosen when running; optim_isa tells which.
   Any other C99 compiler gets plain C. lossfn.h, optim.h and metrics.h go together
   in any order; all three must be of the same release.

   CONTENTS, by family

   Instruction sets: which one runs, and choosing one for a test
      optim_isa optim_isa_name optim_isa_force
   Status: what functions return
      optim_strerror
   SGD - SGD: plain, with momentum, Nesterov
      optim_sgd
   ADAM - Adam: first and second moments of the gradient
      optim_adam optim_adamw optim_amsgrad
   ADAPTIVE - Adaptive: a step size per parameter from past squared gradients (AdaGrad, RMSProp)
      optim_adagrad optim_rmsprop
   SIGN - Sign: steps of one size, in the direction of a sign (Lion)
      optim_lion
   LAYERWISE - Layerwise: steps scaled by the norm of each tensor
      optim_lamb
   FACTORED - Factored: second moments of a matrix kept as one row and one column
      optim_adafactor_matrix optim_adafactor_vector
   MATRIX - Matrix: steps orthogonalised as matrices
      optim_newton_schulz optim_muon
   LBFGS - L-BFGS: minimisation of a smooth function by reverse communication
      optim_lbfgs_room optim_lbfgs_init optim_lbfgs_advance
   SHARPNESS - Sharpness: gradients at the worst place nearby
      optim_sam_norm optim_sam_ascend optim_sam_restore
   AVERAGING - Averaging: weights averaged over the steps (EMA, SWA, Lookahead)
      optim_ema optim_swa optim_lookahead
   GRADIENT - Gradients: norm, clipping, non-finite values, loss scaling
      optim_grad_norm_init optim_grad_norm_add optim_grad_norm_merge
      optim_grad_norm_value optim_grad_norm_finite optim_grad_norm_clip
      optim_clip_value optim_loss_scaler_init optim_loss_scaler_update
   SCHEDULE - Schedules: the learning rate as a function of the step
      optim_schedule_constant optim_schedule_linear
      optim_schedule_polynomial optim_schedule_cosine
      optim_schedule_cosine_restarts optim_schedule_inverse_sqrt
      optim_schedule_wsd optim_schedule_one_cycle
   TABLE - Table: optimizers chosen by name at run time
      optim_method_count optim_method_at optim_method_find
      optim_method_init optim_method_set

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
#ifndef OPN_PASS
#ifndef OPTIM_H
#define OPTIM_H
/* ---- configuration ---------------------------------------------------------- */

/* The release of the header: all three of a program must be of the same one. */
#define OPTIM_VERSION_MAJOR 0
#define OPTIM_VERSION_MINOR 1
#define OPTIM_VERSION_PATCH 0
#define OPTIM_VERSION 100
#if defined(LOSSFN_VERSION) && LOSSFN_VERSION != OPTIM_VERSION
#error "lossfn.h is of another release than optim.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(OPTIM_VERSION) && OPTIM_VERSION != OPTIM_VERSION
#error "optim.h is of another release than optim.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif
#if defined(METRICS_VERSION) && METRICS_VERSION != OPTIM_VERSION
#error "metrics.h is of another release than optim.h: take lossfn.h, optim.h and metrics.h from the same release"
#endif

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <math.h>
#include <float.h>

#ifndef OPTIM_HEADER_FILENAME
#define OPTIM_HEADER_FILENAME "optim.h"
#endif

#ifndef OPTIM_DEF
#ifdef OPTIM_STATIC
#define OPTIM_DEF OPN_UNUSED static inline
#elif defined(__cplusplus)
#define OPTIM_DEF extern "C"
#else
#define OPTIM_DEF extern
#endif
#endif

#ifndef OPTIM_INLINE
#define OPTIM_INLINE static inline
#endif

#if defined(__GNUC__)
#define OPN_UNUSED __attribute__((unused))
#else
#define OPN_UNUSED
#endif

#ifdef __cplusplus
#define OPN_CAST(type, value) static_cast<type>(value)
#else
#define OPN_CAST(type, value) ((type)(value))
#endif

#if defined(OPTIM_ONLY_SGD) || defined(OPTIM_ONLY_ADAM) || defined(OPTIM_ONLY_ADAPTIVE) \
    || defined(OPTIM_ONLY_SIGN) || defined(OPTIM_ONLY_LAYERWISE) || defined(OPTIM_ONLY_FACTORED) \
    || defined(OPTIM_ONLY_MATRIX) || defined(OPTIM_ONLY_LBFGS) || defined(OPTIM_ONLY_SHARPNESS) \
    || defined(OPTIM_ONLY_AVERAGING) || defined(OPTIM_ONLY_GRADIENT) || defined(OPTIM_ONLY_SCHEDULE) \
    || defined(OPTIM_ONLY_TABLE)
#define OPN_SOME 1
#else
#define OPN_SOME 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SGD) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_SGD 1
#else
#define OPN_HAS_SGD 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_ADAM) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_ADAM 1
#else
#define OPN_HAS_ADAM 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_ADAPTIVE) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_ADAPTIVE 1
#else
#define OPN_HAS_ADAPTIVE 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SIGN) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_SIGN 1
#else
#define OPN_HAS_SIGN 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_LAYERWISE) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_LAYERWISE 1
#else
#define OPN_HAS_LAYERWISE 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_FACTORED) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_FACTORED 1
#else
#define OPN_HAS_FACTORED 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_MATRIX) || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_MATRIX 1
#else
#define OPN_HAS_MATRIX 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_LBFGS)
#define OPN_HAS_LBFGS 1
#else
#define OPN_HAS_LBFGS 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SHARPNESS)
#define OPN_HAS_SHARPNESS 1
#else
#define OPN_HAS_SHARPNESS 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_AVERAGING)
#define OPN_HAS_AVERAGING 1
#else
#define OPN_HAS_AVERAGING 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_GRADIENT)
#define OPN_HAS_GRADIENT 1
#else
#define OPN_HAS_GRADIENT 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_SCHEDULE)
#define OPN_HAS_SCHEDULE 1
#else
#define OPN_HAS_SCHEDULE 0
#endif
#if !OPN_SOME || defined(OPTIM_ONLY_TABLE)
#define OPN_HAS_TABLE 1
#else
#define OPN_HAS_TABLE 0
#endif

/* ---- public part ------------------------------------------------------------ */

/* ---- core/platform ---- */

/* The instruction sets an implementation can carry. x86-64 carries scalar and
   AVX2+FMA (and AVX-512 when OPTIM_AVX512 is defined), AArch64 scalar and NEON,
   everything else scalar. The fastest that the processor has is used. */
enum {
    OPTIM_ISA_SCALAR = 0,
    OPTIM_ISA_AVX2 = 1,
    OPTIM_ISA_AVX512 = 2,
    OPTIM_ISA_NEON = 3
};

/* The instruction set in use, one of OPTIM_ISA_*. */
OPTIM_DEF int optim_isa(void);

/* Its name: "scalar", "avx2", "avx512", "neon"; "unknown" for any other number. */
OPTIM_DEF const char *optim_isa_name(int isa);

/* Makes every later call of the process use this instruction set, for tests
   and comparisons. Returns 1, or 0 and changes nothing when the set is not
   compiled in or the processor lacks it. Not to be called while other threads
   are inside this header's functions. */
OPTIM_DEF int optim_isa_force(int isa);

/* ---- core/status ---- */

/* Every function that can fail returns one of these; on anything but OPTIM_OK
   no output has been touched. NaN and infinity in data are no errors. */
enum {
    OPTIM_OK = 0,
    OPTIM_ERROR_NULL = 1,
    OPTIM_ERROR_SIZE = 2,
    OPTIM_ERROR_PARAMETER = 3,
    OPTIM_ERROR_LABEL = 4,
    OPTIM_ERROR_OPTION = 5,
    OPTIM_ERROR_SCRATCH = 6,
    OPTIM_ERROR_OVERLAP = 7
};

/* The sentence of a status. Never NULL. */
OPTIM_DEF const char *optim_strerror(int status);

/* ---- optim/common ---- */

/* The scalars of one step of an elementwise method, computed once from its
   config and the step's number by optim_NAME_coefficients_f32, and used by
   optim_NAME_apply_f32 on every element. What each means is the method's own. */
typedef struct optim_coefficients_f32 {
    float value[12];
} optim_coefficients_f32;
typedef struct optim_coefficients_f64 {
    double value[12];
} optim_coefficients_f64;

/* ---- optim/sgd ---- */
#if OPN_HAS_SGD

/* ---- stochastic gradient descent ------------------------------------------------ */

typedef struct optim_sgd_config {
    double lr;             /* 1e-3, >= 0; 0.1 to 0.01 are usual */
    double momentum;       /* 0, 0 <= momentum < 1; 0.9 is usual */
    double dampening;      /* 0, 0 <= dampening <= 1 */
    double weight_decay;   /* 0, >= 0 */
    double grad_scale;     /* 1, >= 0 */
    int nesterov;          /* 0; nonzero wants momentum > 0 and dampening = 0 */
    int decoupled;         /* 0: g += weight_decay param; nonzero: param *= 1 - lr weight_decay (SGDW) */
    int maximize;          /* 0; nonzero: ascent */
} optim_sgd_config;

/* SGD. With g = grad_scale grad (negated by maximize) + weight_decay param:

     buffer = g                                      at step 1
     buffer = momentum buffer + (1 - dampening) g    later
     param -= lr buffer                              (nesterov: lr (g + momentum buffer))

   With momentum = 0 it is param -= lr g and buffer may be NULL; else buffer is
   n values, 0 before step 1. Dampening spares the first step. This is PyTorch's
   SGD. Keras, TensorFlow and ensmallen keep the learning rate inside the buffer
   (velocity = momentum velocity - lr g): the same while lr stays the same. A
   buffer that is an average, (1 - momentum) g, is dampening = momentum.
   With decoupled the decay is taken from the parameter before the step and does
   not enter the buffer.
   Errors: OPTIM_ERROR_NULL (param or grad NULL with n > 0, buffer too with
   momentum > 0), OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER (step < 1, a
   hyper-parameter out of range).
   Sources: H. Robbins, S. Monro, 1951; B. T. Polyak, 1964; Y. Nesterov, 1983;
   I. Sutskever, J. Martens, G. Dahl, G. Hinton, On the importance of
   initialization and momentum in deep learning, 2013; SGDW: I. Loshchilov,
   F. Hutter, 2019, arXiv 1711.05101. */
OPTIM_DEF int optim_sgd_f32(const optim_sgd_config *config, int64_t step, size_t n,
                             float *param, const float *grad, float *buffer);
OPTIM_DEF int optim_sgd_f64(const optim_sgd_config *config, int64_t step, size_t n,
                             double *param, const double *grad, double *buffer);

#endif

/* ---- optim/adam ---- */
#if OPN_HAS_ADAM

/* ---- Adam ---------------------------------------------------------------------

   With g = grad_scale grad (negated by maximize) and t = step:

     m = beta1 m + (1 - beta1) g
     v = beta2 v + (1 - beta2) g^2
     param -= lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps)

   State: m and v, n each (AMSGrad: and v_max), all 0 before step 1.
   lr >= 0, usually 1e-3 and less; 0 <= beta1, beta2 < 1; eps >= 0, usually 1e-8:
   it stands outside the root and is not touched by the bias correction, as in
   PyTorch, Optax, Apex and DeepSpeed. The Keras and TensorFlow 1 form,
   lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + e), is eps = e / sqrt(1 - beta2^t)
   here. With eps = 0 an element whose gradients were all 0 becomes 0 / 0.
   Errors of all: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range). */

typedef struct optim_adam_config {
    double lr;             /* 1e-3 */
    double beta1;          /* 0.9 */
    double beta2;          /* 0.999 */
    double eps;            /* 1e-8 */
    double weight_decay;   /* 0, coupled: g += weight_decay param */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
} optim_adam_config;

typedef struct optim_adamw_config {
    double lr;             /* 1e-3 */
    double beta1;          /* 0.9 */
    double beta2;          /* 0.999 */
    double eps;            /* 1e-8 */
    double weight_decay;   /* 0.01, decoupled */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
    int independent_decay; /* 0: param *= 1 - lr weight_decay; nonzero: param *= 1 - weight_decay */
} optim_adamw_config;

typedef struct optim_amsgrad_config {
    double lr;             /* 1e-3 */
    double beta1;          /* 0.9 */
    double beta2;          /* 0.999 */
    double eps;            /* 1e-8 */
    double weight_decay;   /* 0 */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
    int decoupled;         /* 0: weight decay as in Adam; nonzero: as in AdamW */
} optim_amsgrad_config;

/* Adam. Its weight decay is coupled: g += weight_decay param before the
   moments, which the adaptive step size then mostly undoes; see AdamW.
   Source: D. P. Kingma, J. Ba, Adam: A Method for Stochastic Optimization, 2015,
   arXiv 1412.6980. */
OPTIM_DEF int optim_adam_f32(const optim_adam_config *config, int64_t step, size_t n,
                              float *param, const float *grad, float *m, float *v);
OPTIM_DEF int optim_adam_f64(const optim_adam_config *config, int64_t step, size_t n,
                              double *param, const double *grad, double *m, double *v);

/* AdamW: Adam with decoupled weight decay, param *= 1 - lr weight_decay before
   the step. That is PyTorch, Optax, Apex and DeepSpeed; the paper multiplies by
   the schedule alone and not by lr: set independent_decay and put weight_decay
   times the schedule's multiplier there. Default decays differ: PyTorch 0.01,
   Optax 1e-4, Keras 0.004, Hugging Face 0.
   Source: I. Loshchilov, F. Hutter, Decoupled Weight Decay Regularization, 2019,
   arXiv 1711.05101. */
OPTIM_DEF int optim_adamw_f32(const optim_adamw_config *config, int64_t step, size_t n,
                               float *param, const float *grad, float *m, float *v);
OPTIM_DEF int optim_adamw_f64(const optim_adamw_config *config, int64_t step, size_t n,
                               double *param, const double *grad, double *m, double *v);

/* AMSGrad: v_max = max(v_max, v) takes the place of v in the step. The maximum
   is of the uncorrected v and 1 / sqrt(1 - beta2^t) is applied to its root, as
   in PyTorch (amsgrad=True of Adam, and with decoupled of AdamW); Optax takes
   the maximum of the corrected v, and its trajectories differ.
   Source: S. J. Reddi, S. Kale, S. Kumar, On the Convergence of Adam and Beyond,
   2018, arXiv 1904.09237. */
OPTIM_DEF int optim_amsgrad_f32(const optim_amsgrad_config *config, int64_t step, size_t n,
                                 float *param, const float *grad, float *m, float *v, float *v_max);
OPTIM_DEF int optim_amsgrad_f64(const optim_amsgrad_config *config, int64_t step, size_t n,
                                 double *param, const double *grad, double *m, double *v, double *v_max);

#endif

/* ---- optim/adaptive ---- */
#if OPN_HAS_ADAPTIVE

/* ---- AdaGrad and RMSProp ---------------------------------------------------------

   g = grad_scale grad (negated by maximize) + weight_decay param, t = step.
   eps stands outside the root and is >= 0; with eps = 0 an element whose
   gradients were all 0 becomes 0 / 0.
   Errors of both: OPTIM_ERROR_NULL (a needed array NULL with n > 0),
   OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of
   range). */

typedef struct optim_adagrad_config {
    double lr;             /* 1e-2, >= 0 */
    double lr_decay;       /* 0, >= 0 */
    double eps;            /* 1e-10, >= 0 */
    double weight_decay;   /* 0, >= 0 */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
} optim_adagrad_config;

typedef struct optim_rmsprop_config {
    double lr;             /* 1e-2, >= 0 */
    double alpha;          /* 0.99, 0 <= alpha < 1: the averages' decay */
    double eps;            /* 1e-8, >= 0 */
    double momentum;       /* 0, 0 <= momentum < 1 */
    double weight_decay;   /* 0, >= 0 */
    double grad_scale;     /* 1, >= 0 */
    int centered;          /* 0; nonzero: divides by the standard deviation instead */
    int maximize;          /* 0; nonzero: ascent */
} optim_rmsprop_config;

/* AdaGrad: sum += g^2, param -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps).
   State: sum, n values, all 0 before step 1 in PyTorch; Optax, Keras and
   TensorFlow start at 0.1, Optax with eps = 1e-7 inside the root.
   Source: J. Duchi, E. Hazan, Y. Singer, Adaptive Subgradient Methods for Online
   Learning and Stochastic Optimization, 2011. */
OPTIM_DEF int optim_adagrad_f32(const optim_adagrad_config *config, int64_t step, size_t n,
                                 float *param, const float *grad, float *sum);
OPTIM_DEF int optim_adagrad_f64(const optim_adagrad_config *config, int64_t step, size_t n,
                                 double *param, const double *grad, double *sum);

/* RMSProp:
     square = alpha square + (1 - alpha) g^2
     mean = alpha mean + (1 - alpha) g                        (centered only)
     d = g / (sqrt(square - mean^2) + eps)                    (mean = 0 unless centered)
     buffer = momentum buffer + d, param -= lr buffer         (param -= lr d without momentum)
   square - mean^2 is taken as 0 where rounding makes it negative.
   State, n values each, all 0 before step 1: square; buffer, which may be NULL
   with momentum = 0; mean, which may be NULL unless centered. PyTorch's RMSprop.
   TensorFlow (timm's rmsprop_tf) starts square at 1, puts eps inside the root
   and lr into the buffer; Optax puts eps inside the root by default.
   Sources: G. Hinton, Neural Networks for Machine Learning, lecture 6e, 2012;
   centered: A. Graves, Generating Sequences With Recurrent Neural Networks,
   2013, arXiv 1308.0850. */
OPTIM_DEF int optim_rmsprop_f32(const optim_rmsprop_config *config, int64_t step, size_t n,
                                 float *param, const float *grad, float *square, float *buffer, float *mean);
OPTIM_DEF int optim_rmsprop_f64(const optim_rmsprop_config *config, int64_t step, size_t n,
                                 double *param, const double *grad, double *square, double *buffer, double *mean);

#endif

/* ---- optim/sign ---- */
#if OPN_HAS_SIGN

/* ---- Lion ------------------------------------------------------------------------- */

typedef struct optim_lion_config {
    double lr;             /* 1e-4, >= 0; 3 to 10 times below AdamW's */
    double beta1;          /* 0.9, 0 <= beta1 < 1: between momentum and gradient */
    double beta2;          /* 0.99, 0 <= beta2 < 1: the momentum's decay */
    double weight_decay;   /* 0, >= 0, decoupled; 3 to 10 times above AdamW's */
    double grad_scale;     /* 1, >= 0 */
    int maximize;          /* 0; nonzero: ascent */
} optim_lion_config;

/* Lion. With g = grad_scale grad (negated by maximize):

     param = (1 - lr weight_decay) param - lr sign(beta1 m + (1 - beta1) g)
     m = beta2 m + (1 - beta2) g

   The sign is taken with the m from before the step; sign(0) = 0, the sign of
   NaN is NaN. State: m, n values, all 0 before step 1. The size of a step does
   not depend on the size of the gradient, nor on a grad_scale that stays the
   same. Optax's default weight_decay is 1e-3.
   Errors: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range).
   Source: X. Chen et al., Symbolic Discovery of Optimization Algorithms, 2023,
   arXiv 2302.06675. */
OPTIM_DEF int optim_lion_f32(const optim_lion_config *config, int64_t step, size_t n,
                              float *param, const float *grad, float *m);
OPTIM_DEF int optim_lion_f64(const optim_lion_config *config, int64_t step, size_t n,
                              double *param, const double *grad, double *m);

#endif

/* ---- optim/layerwise ---- */
#if OPN_HAS_LAYERWISE

/* ---- layerwise -----------------------------------------------------------------

   One call is one tensor (a weight matrix, a bias, ...): the size of its step
   comes from the norm of the whole tensor. A model is a loop over its tensors. */

/* The hyper-parameters of optim_lamb; optim_lamb_defaults() gives the values in
   parentheses. */
typedef struct optim_lamb_config {
    double lr;               /* learning rate, >= 0 (0.001) */
    double beta1, beta2;     /* decay of the moments, 0 <= beta < 1 (0.9, 0.999) */
    double eps;              /* added to the root, >= 0 (1e-6) */
    double weight_decay;     /* >= 0 (0.01) */
    double max_weight_norm;  /* bound of phi, >= 0; 0: none (0) */
    double max_trust;        /* bound of the trust ratio, >= 0; 0: none (0) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int bias_correction;     /* nonzero: moments are divided by 1 - beta^step (1) */
    int always_adapt;        /* nonzero: a trust ratio without weight decay too (0) */
    int decoupled_decay;     /* nonzero: decay outside of the update (0) */
    int maximize;            /* nonzero: step along the gradient (0) */
} optim_lamb_config;

/* LAMB: Adam whose step has, tensor by tensor, a length in proportion to the
   length of the weights; for large batches. With g = grad_scale grad (negated
   under maximize), t = step and w = param,

     m = beta1 m + (1 - beta1) g
     v = beta2 v + (1 - beta2) g^2
     u = (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps) + weight_decay w
     ratio = phi(|w|) / |u|,  phi(z) = min(z, max_weight_norm)
     w = w - lr min(ratio, max_trust) u

   |.| is the Euclidean norm over the n values of the call; ratio is 1 where |w|
   or |u| is 0, and 1 without weight decay unless always_adapt is set (so biases
   and gains, called with weight_decay 0, take plain Adam steps). Without
   bias_correction both divisors are 1. With decoupled_decay u is without its last
   term, and w is multiplied by 1 - lr weight_decay before the step.
   State: m and v, n values each, 0 before the first step. step counts from 1.
   A global bound on the gradient's norm, which some versions hold inside, is
   grad_scale: min(1, bound / norm).
   Errors: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range).

   How others differ: the first version of the paper has phi(z) = min(z, 10) and no
   bias correction. apex and timm leave the ratio out without weight decay
   (apex: use_nvlamb, timm: always_adapt), optax and the paper never do; timm's
   trust_clip is max_trust = 1; optax has weight_decay 0 by default;
   pytorch_optimizer decays outside of u, so its ratio does not see it.
   Source: Y. You et al., Large Batch Optimization for Deep Learning: Training BERT
   in 76 minutes, 2019, arXiv 1904.00962. */
OPTIM_DEF int optim_lamb_f32(const optim_lamb_config *config, int64_t step, size_t n, float *param, const float *grad,
                              float *m, float *v);
OPTIM_DEF int optim_lamb_f64(const optim_lamb_config *config, int64_t step, size_t n, double *param, const double *grad,
                              double *m, double *v);

#endif

/* ---- optim/factored ---- */
#if OPN_HAS_FACTORED

/* ---- factored ------------------------------------------------------------------ */

/* The hyper-parameters of Adafactor; optim_adafactor_defaults() gives the values
   in parentheses. */
typedef struct optim_adafactor_config {
    double lr;               /* rate, or bound of the relative rate, >= 0 (0.01) */
    double decay_rate;       /* of beta2, < 0 (-0.8) */
    double eps1;             /* added to the squares, > 0 (1e-30) */
    double eps2;             /* smallest scale of a parameter, >= 0 (0.001) */
    double clip_threshold;   /* d, largest root mean square of an update, > 0 (1) */
    double beta1;            /* 0 <= beta1 < 1; 0: no momentum, m may be NULL (0) */
    double weight_decay;     /* >= 0 (0) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int relative_step;       /* 0: rho = lr (1) */
    int warmup_init;         /* nonzero: rho at most 1e-6 step too (0) */
    int scale_parameter;     /* 0: alpha = rho (1) */
    int maximize;            /* nonzero: step along the gradient (0) */
} optim_adafactor_config;

/* Adafactor: the step of RMSProp with the second moments of a matrix kept as the
   means of its rows and columns, rows + columns values instead of rows x columns.
   With g = grad_scale grad (negated under maximize), t = step, w = param and
   rms(x) = sqrt(mean x^2) over the whole array,

     rho    = min(lr, 1 / sqrt(t)), min(rho, 1e-6 t) with warmup_init; lr when
              relative_step is 0
     alpha  = rho max(eps2, rms(w)); rho when scale_parameter is 0
     beta2  = 1 - t^decay_rate
     row_i  = beta2 row_i + (1 - beta2) (mean_j g_ij^2 + eps1)
     col_j  = beta2 col_j + (1 - beta2) (mean_i g_ij^2 + eps1)
     u_ij   = g_ij / sqrt(row_i col_j / mean(row))
     delta  = alpha u / max(1, rms(u) / clip_threshold)
     m      = beta1 m + (1 - beta1) delta, and m takes delta's place, when beta1 > 0
     w      = (1 - alpha weight_decay) w - delta

   optim_adafactor_matrix takes rows x columns values, row-major; an array with
   more axes goes in as one matrix per slice of its last two. Arrays with one axis
   go through optim_adafactor_vector, which keeps all second moments:
   v = beta2 v + (1 - beta2) (g^2 + eps1), u = g / sqrt(v).
   State, all 0 before the first step, which forgets it anyway (beta2 is 0 at
   t = 1): row (rows), col (columns) or v (n); m (rows x columns or n) with beta1
   alone. step counts from 1.
   scratch: optim_adafactor_matrix_scratch bytes, a few columns; 0 bytes when the
   matrix is empty.
   Errors: OPTIM_ERROR_NULL (an array NULL with values in it, m with beta1 > 0),
   OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of
   range), OPTIM_ERROR_SCRATCH.

   How others differ: this is Hugging Face's Adafactor (with its lr left out). There
   and in fairseq weight decay is multiplied by alpha; PyTorch's multiplies it by lr,
   does not add eps1 to the squares but bounds mean(row) from below by eps1 and the
   product by eps1^2, with eps1 = FLT_EPSILON, and has no momentum and no relative
   step to turn off. optax factors only where both axes have 128 values or more, and
   takes the two longest. The paper sums rows and columns instead of averaging,
   which changes nothing but the unit of row and col. Some ports clip with min in
   place of max; that amplifies small updates instead of bounding large ones.
   Source: N. Shazeer, M. Stern, Adafactor: Adaptive Learning Rates with Sublinear
   Memory Cost, 2018, arXiv 1804.04235. */
OPTIM_DEF int optim_adafactor_matrix_f32(const optim_adafactor_config *config, int64_t step, size_t rows, size_t columns,
                                          float *param, const float *grad, float *row, float *col, float *m,
                                          void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_adafactor_matrix_scratch_f32(size_t rows, size_t columns);
OPTIM_DEF int optim_adafactor_matrix_f64(const optim_adafactor_config *config, int64_t step, size_t rows, size_t columns,
                                          double *param, const double *grad, double *row, double *col, double *m,
                                          void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_adafactor_matrix_scratch_f64(size_t rows, size_t columns);

OPTIM_DEF int optim_adafactor_vector_f32(const optim_adafactor_config *config, int64_t step, size_t n,
                                          float *param, const float *grad, float *v, float *m);
OPTIM_DEF int optim_adafactor_vector_f64(const optim_adafactor_config *config, int64_t step, size_t n,
                                          double *param, const double *grad, double *v, double *m);

#endif

/* ---- optim/matrix ---- */
#if OPN_HAS_MATRIX

/* ---- matrix -------------------------------------------------------------------- */

/* How optim_newton_schulz goes about it; optim_newton_schulz_defaults() gives the
   values in parentheses. */
typedef struct optim_newton_schulz_config {
    double a, b, c;          /* coefficients of the quintic (3.4445, -4.7750, 2.0315) */
    double eps;              /* added to the norm, >= 0 (1e-7) */
    int steps;               /* 0 to 100 (5) */
} optim_newton_schulz_config;

/* Orthogonalisation of a matrix of rows x columns, row-major: towards U V^T of its
   singular value decomposition U S V^T, by the Newton-Schulz iteration

     X = matrix / (|matrix| + eps),  |.| the Frobenius norm
     steps times:  A = X X^T,  X = a X + (b A + c A A) X
     out = X

   (with A = X^T X and X = a X + X (b A + c A A) when rows > columns, which is the
   same result). Each step maps every singular value s to a s + b s^3 + c s^5. The
   default coefficients are steep at 0 and do not converge: after 5 steps the
   singular values that were not tiny lie between 0.68 and 1.14, which is what Muon
   wants. (15/8, -10/8, 3/8) and (1.5, -0.5, 0) converge to U V^T itself, in more
   steps. The result does not depend on the matrix's scale as long as its norm is
   large against eps; |matrix| + eps below 1e-37 (double: 1e-150) gives zeros, as does
   a double matrix whose squares overflow. A NaN or infinity reaches all of out.
   Both symmetric products are computed by half.
   out, rows x columns values, may be matrix.
   scratch: optim_newton_schulz_scratch bytes, two copies of the matrix and two
   squares of its shorter side; 0 bytes when the matrix is empty.
   Errors: OPTIM_ERROR_NULL (matrix or out NULL with values in it), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER, OPTIM_ERROR_SCRATCH.
   Sources: N. J. Higham, Functions of Matrices, 2008, chapter 8; the coefficients:
   K. Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024. */
OPTIM_DEF int optim_newton_schulz_f32(const optim_newton_schulz_config *config, size_t rows, size_t columns,
                                       const float *matrix, float *out, void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_newton_schulz_scratch_f32(size_t rows, size_t columns);
OPTIM_DEF int optim_newton_schulz_f64(const optim_newton_schulz_config *config, size_t rows, size_t columns,
                                       const double *matrix, double *out, void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_newton_schulz_scratch_f64(size_t rows, size_t columns);

/* What multiplies the orthogonalised step of a matrix of r rows and c columns. */
enum {
    OPTIM_MUON_ORIGINAL = 0,   /* sqrt(max(1, r / c)) */
    OPTIM_MUON_MATCH_RMS = 1,  /* 0.2 sqrt(max(r, c)): as large as AdamW's steps */
    OPTIM_MUON_SPECTRAL = 2,   /* sqrt(r / c) */
    OPTIM_MUON_UNSCALED = 3    /* 1 */
};

/* The hyper-parameters of optim_muon; optim_muon_defaults() gives the values in
   parentheses. */
typedef struct optim_muon_config {
    double lr;               /* learning rate, >= 0 (0.02) */
    double momentum;         /* mu, 0 <= mu < 1 (0.95) */
    double weight_decay;     /* decoupled, >= 0 (0) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int nesterov;            /* 0: plain momentum (1) */
    int scaling;             /* OPTIM_MUON_... (OPTIM_MUON_ORIGINAL) */
    int maximize;            /* nonzero: step along the gradient (0) */
    optim_newton_schulz_config newton_schulz;
} optim_muon_config;

/* Muon: momentum whose step is orthogonalised, for the weight matrices inside of a
   network. With g = grad_scale grad (negated under maximize) and w = param,

     buffer = momentum buffer + g
     u = g + momentum buffer with nesterov, buffer without
     w = (1 - lr weight_decay) w - lr scale newton_schulz(u)

   scale depends on the shape, as scaling says; r, rows, are the outputs of the layer
   (PyTorch's weights; where weights are stored inputs x outputs, as in JAX,
   transposing is the caller's, or OPTIM_MUON_MATCH_RMS, which does not mind).
   A convolution's weights go in as outputs x all the rest; stacked projections
   (query, key, value) one by one; embeddings, output layers, gains and biases
   belong to AdamW.
   State: buffer, rows x columns values, 0 before the first step. step counts from 1;
   the rule does not depend on it.
   scratch: optim_muon_scratch bytes; 0 bytes when the matrix is empty.
   Errors: OPTIM_ERROR_NULL (an array NULL with values in it), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER (step < 1, a hyper-parameter out of range),
   OPTIM_ERROR_OPTION (scaling), OPTIM_ERROR_SCRATCH.

   How others differ: PyTorch and later versions of the author's average the momentum,
   buffer = mu buffer + (1 - mu) g, which changes buffer and u by the factor 1 - mu
   alone and not the orthogonalised step. PyTorch divides by max(|u|, eps); its
   adjust_lr_fn "original" and "match_rms_adamw" are the scalings 0 and 1, its
   defaults lr 0.001 and weight_decay 0.1. Frameworks that run the iteration in
   bfloat16 differ in the third digit.
   Sources: K. Jordan et al., Muon: An optimizer for hidden layers in neural networks,
   2024; J. Liu et al., Muon is Scalable for LLM Training, 2025, arXiv 2502.16982 (the
   scaling MATCH_RMS, weight decay). */
OPTIM_DEF int optim_muon_f32(const optim_muon_config *config, int64_t step, size_t rows, size_t columns,
                              float *param, const float *grad, float *buffer, void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_muon_scratch_f32(size_t rows, size_t columns);
OPTIM_DEF int optim_muon_f64(const optim_muon_config *config, int64_t step, size_t rows, size_t columns,
                              double *param, const double *grad, double *buffer, void *scratch, size_t scratch_size);
OPTIM_DEF size_t optim_muon_scratch_f64(size_t rows, size_t columns);

#endif

/* ---- optim/lbfgs ---- */
#if OPN_HAS_LBFGS

/* ---- L-BFGS --------------------------------------------------------------------

   Minimises a smooth function f of n variables from its values and gradients. The
   caller evaluates, the header says where:

     optim_lbfgs_state state;
     optim_lbfgs_init(NULL, n, &state);
     memory = room for optim_lbfgs_room(n, history) values, history 10 by default
     do {
         value = f(x, gradient);
         optim_lbfgs_advance_f64(&state, x, value, gradient, memory, &task);
     } while (task == OPTIM_LBFGS_EVALUATE);

   x begins at the start and ends at the best point found. */

/* What advance wants next. */
enum {
    OPTIM_LBFGS_EVALUATE = 0,    /* value and gradient at x, then advance again */
    OPTIM_LBFGS_CONVERGED = 1,   /* x is a minimum, state.reason says by which test */
    OPTIM_LBFGS_FAILED = 2       /* x is the best point found, state.reason says why no further */
};

/* Why it ended. */
enum {
    OPTIM_LBFGS_RUNNING = 0,
    OPTIM_LBFGS_GRADIENT = 1,      /* converged: gradient_tolerance */
    OPTIM_LBFGS_FUNCTION = 2,      /* converged: function_tolerance */
    OPTIM_LBFGS_PRECISION = 3,     /* converged: the decrease still expected is below the rounding of f */
    OPTIM_LBFGS_START = 4,         /* failed: value or gradient at the start is NaN or infinite */
    OPTIM_LBFGS_ITERATIONS = 5,    /* failed: max_iterations */
    OPTIM_LBFGS_EVALUATIONS = 6,   /* failed: max_evaluations */
    OPTIM_LBFGS_LINE_SEARCH = 7,   /* failed: no lower value along the direction, not even downhill:
                                      the gradient is wrong, or f is not smooth or too noisy */
    OPTIM_LBFGS_UNBOUNDED = 8      /* failed: f still falls 1e20 directions away */
};

/* optim_lbfgs_defaults() gives the values in parentheses. To maximise, negate value
   and gradient. */
typedef struct optim_lbfgs_config {
    double gradient_tolerance;   /* done when the largest |gradient_i| is at most this, >= 0 (1e-5) */
    double function_tolerance;   /* done when f fell by at most this times max(|f before|, |f|, 1), >= 0;
                                    0: not tested (2.2e-9) */
    double c1;                   /* sufficient decrease, 0 < c1 < 0.5 (1e-4) */
    double c2;                   /* curvature, c1 < c2 < 1 (0.9) */
    double first_step;           /* length of the first trial step, > 0; 0: min(1, |gradient|) (0) */
    int history;                 /* pairs kept, 1 to OPTIM_LBFGS_MAX_HISTORY (10) */
    int max_iterations;          /* >= 1 (1000) */
    int max_evaluations;         /* >= 1 (10000) */
    int max_line_search;         /* evaluations along one direction, >= 2 (40) */
} optim_lbfgs_config;

#define OPTIM_LBFGS_MAX_HISTORY 128

/* A minimisation under way. Plain data without pointers: copy or store it together
   with the memory and x, and continue. */
typedef struct optim_lbfgs_state {
    optim_lbfgs_config config;
    size_t n;
    int task, reason;            /* OPTIM_LBFGS_... */
    int iterations;              /* directions followed to their end */
    int evaluations;
    double f;                    /* the value at the last iterate; at the end, at x */
    double gradient_norm;        /* largest |gradient_i| at the last iterate */
    /* the rest is internal */
    int phase, pairs, newest, trials, bracketed, high_known;
    double slope0;               /* derivative along the direction at its beginning */
    double step;                 /* along the direction, under evaluation */
    double low, f_low, slope_low, high, f_high, slope_high, width, width_before;
    double gamma;                /* the inverse Hessian's first guess is gamma I */
    double curvature[OPTIM_LBFGS_MAX_HISTORY];   /* s.y of each pair */
} optim_lbfgs_state;

/* Values of memory for n variables and this history: (2 history + 3) n; SIZE_MAX when
   that overflows, 0 when history is out of range. */
OPTIM_DEF size_t optim_lbfgs_room(size_t n, int history);

/* Begins. NULL config: the defaults. Errors: OPTIM_ERROR_NULL (state),
   OPTIM_ERROR_SIZE (n too long for its memory), OPTIM_ERROR_PARAMETER. */
OPTIM_DEF int optim_lbfgs_init(const optim_lbfgs_config *config, size_t n, optim_lbfgs_state *state);

/* Takes f's value and its gradient at x, and puts the next place to evaluate into x,
   or the best point when it is over. task receives OPTIM_LBFGS_EVALUATE, CONVERGED or
   FAILED (NULL: see state->task); once it is over, further calls change nothing.

   From x_k with gradient g_k it goes along d = -H g_k. H is the L-BFGS approximation
   of the inverse Hessian from the last pairs s = x_k+1 - x_k, y = g_k+1 - g_k, by the
   two-loop recursion, begun with (s.y / y.y) I of the newest pair. A pair of which
   s.y <= eps |s| |y|, eps being the type's, is not kept. A step t along d is taken
   when it fulfils the strong Wolfe conditions

     f(x_k + t d) <= f(x_k) + c1 t g_k.d,   |g(x_k + t d).d| <= c2 |g_k.d|

   or, where the decrease is lost in the rounding of f (f <= f(x_k) + eps |f(x_k)|), the
   approximate ones: c2 g_k.d <= g.d <= (2 c1 - 1) g_k.d. The search tries t = 1
   (the first step of all: first_step), goes on to longer steps while the slope is
   steep, and closes in on the step by cubic interpolation, by halving where that is
   slow. A value or slope that is NaN or infinite counts as a wall: the search
   comes back from it. When max_line_search trials are not enough, the lowest
   point with sufficient decrease is taken; without one, the history is dropped and the
   search goes straight downhill once before it fails.
   value is double in both types; dot products are double.
   memory: optim_lbfgs_room values, which need not hold anything before the first call.
   Nothing allows for a caller who evaluates elsewhere than at x.
   Errors: OPTIM_ERROR_NULL (state, or an array NULL with n > 0), OPTIM_ERROR_SIZE and
   OPTIM_ERROR_PARAMETER (a state that optim_lbfgs_init has not made).

   How others differ: SciPy's and L-BFGS-B's tolerances are the defaults here (their
   history is 10, their search Moré and Thuente's). PyTorch's LBFGS searches only when
   told to (strong_wolfe), keeps 100 pairs and tests s.y > 1e-10; liblbfgs keeps 6 pairs
   and every one of them, and tests |g|_2 <= 1e-5 max(1, |x|_2).
   Sources: D. C. Liu, J. Nocedal, On the limited memory BFGS method for large scale
   optimization, 1989; J. Nocedal, S. J. Wright, Numerical Optimization, 2006, sections
   3.5 and 7.2; approximate Wolfe conditions: W. W. Hager, H. Zhang, 2005. */
OPTIM_DEF int optim_lbfgs_advance_f32(optim_lbfgs_state *state, float *x, double value, const float *gradient,
                                       float *memory, int *task);
OPTIM_DEF int optim_lbfgs_advance_f64(optim_lbfgs_state *state, double *x, double value, const double *gradient,
                                       double *memory, int *task);

#endif

/* ---- optim/sharpness ---- */
#if OPN_HAS_SHARPNESS

/* ---- sharpness -----------------------------------------------------------------

   A step in two phases: go uphill to where the loss is worst nearby, take the
   gradient there, come back, and hand that gradient to any optimizer:

     sum = 0; for every tensor: optim_sam_norm_f32(&config, n, param, grad, &sum);
     for every tensor: optim_sam_ascend_f32(&config, &sum, n, param, grad, saved);
     compute the gradients again, on the same batch;
     for every tensor: optim_sam_restore_f32(n, param, saved), then the optimizer's step */

/* The hyper-parameters of SAM; optim_sam_defaults() gives the values in
   parentheses. */
typedef struct optim_sam_config {
    double rho;              /* radius, >= 0; 0.01 to 0.5, adaptive 0.5 to 2 (0.05) */
    double eps;              /* added to the norm, >= 0 (1e-12) */
    double eta;              /* added to |param| when adaptive, >= 0 (0.01) */
    double grad_scale;       /* the gradient is multiplied by it, >= 0 (1) */
    int adaptive;            /* nonzero: ASAM (0) */
    int maximize;            /* nonzero: the objective is maximized: go downhill (0) */
} optim_sam_config;

/* Adds to *sum_squares what one tensor contributes to the squared norm. With
   g = grad_scale grad:

     SAM:  sum g^2          ASAM:  sum ((|param| + eta) g)^2

   Call it on every tensor of the model, from a *sum_squares of 0; sums of several
   threads or machines are added up. */
OPTIM_DEF int optim_sam_norm_f32(const optim_sam_config *config, size_t n, const float *param, const float *grad,
                                  double *sum_squares);
OPTIM_DEF int optim_sam_norm_f64(const optim_sam_config *config, size_t n, const double *param, const double *grad,
                                  double *sum_squares);

/* The first phase: saved = param, then

     SAM:   param += rho g / (sqrt(sum_squares) + eps)
     ASAM:  param += rho (|param| + eta)^2 g / (sqrt(sum_squares) + eps)

   g = grad_scale grad, negated under maximize. sum_squares is the sum over all
   tensors, from optim_sam_norm; NULL: this call's n values are all there is, and
   their sum is taken. Nothing moves when rho is 0, the gradient is all zeros, the
   norm is infinite, or so small that rho / (norm + eps) leaves the range of the type.
   Nothing is checked of sum_squares: with a NaN param becomes NaN, and
   optim_sam_restore still gives every bit back.
   With the full batch's norm in sum_squares this is DNSAM; with sum_squares 1 and
   eps 0 it is USAM, the ascent without a normaliser.
   saved, n values, need not hold anything before.
   Errors of all three: OPTIM_ERROR_NULL (an array NULL with n > 0; sum_squares
   NULL in optim_sam_norm), OPTIM_ERROR_SIZE, OPTIM_ERROR_PARAMETER.

   How others differ: the authors of ASAM treat biases as SAM does, with the norm of
   all in common: call those tensors with adaptive 0. pytorch_optimizer and
   davda54/sam leave eta out: set it to 0. Taking the norm tensor by
   tensor (sum_squares NULL on each) is another method, not SAM. Versions that come
   back by subtracting the step do not land exactly where they began.
   Sources: P. Foret et al., Sharpness-Aware Minimization for Efficiently Improving
   Generalization, 2020, arXiv 2010.01412; J. Kwon et al., ASAM, 2021, arXiv
   2102.11600; USAM and DNSAM: E. M. Compagnoni et al., An SDE for Modeling SAM:
   Theory and Insights, 2023. */
OPTIM_DEF int optim_sam_ascend_f32(const optim_sam_config *config, const double *sum_squares, size_t n,
                                    float *param, const float *grad, float *saved);
OPTIM_DEF int optim_sam_ascend_f64(const optim_sam_config *config, const double *sum_squares, size_t n,
                                    double *param, const double *grad, double *saved);

/* The way back: param = saved, exactly. */
OPTIM_DEF int optim_sam_restore_f32(size_t n, float *param, const float *saved);
OPTIM_DEF int optim_sam_restore_f64(size_t n, double *param, const double *saved);

#endif

/* ---- optim/averaging ---- */
#if OPN_HAS_AVERAGING

/* ---- averages of the parameters ------------------------------------------------

   To be called after the step, with any optimizer. step counts the calls from 1.
   Errors of all: OPTIM_ERROR_NULL (an array NULL with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER. */

/* How an exponential average starts. */
enum {
    OPTIM_EMA_PLAIN = 0,      /* weight 1 - decay from the first call on: start it at a copy of param */
    OPTIM_EMA_CORRECTED = 1,  /* weight (1 - decay) / (1 - decay^t): the bias-corrected average: start it at 0 */
    OPTIM_EMA_WARMUP = 2      /* weight 1 - min(decay, (1 + t) / (10 + t)) */
};

typedef struct optim_ema_config {
    double decay;   /* 0.999, 0 <= decay < 1; 0.99 to 0.9999 are usual */
    int start;      /* OPTIM_EMA_PLAIN, one of OPTIM_EMA_* */
} optim_ema_config;

/* Exponential moving average: average += weight (param - average), the weight of
   call t = step as OPTIM_EMA_* says. average is n values, before the first call
   a copy of param (0 with OPTIM_EMA_CORRECTED, whose first weight is 1: its
   average holds nothing but parameters at every call, what Optax gets by dividing
   by 1 - decay^t when reading). OPTIM_ERROR_OPTION: start.
   OPTIM_EMA_WARMUP is TensorFlow's num_updates. */
OPTIM_DEF int optim_ema_f32(const optim_ema_config *config, int64_t step, size_t n, const float *param, float *average);
OPTIM_DEF int optim_ema_f64(const optim_ema_config *config, int64_t step, size_t n, const double *param, double *average);

/* The mean of all parameters seen (stochastic weight averaging):
   average += (param - average) / step. average is n values, 0 before step 1.
   Source: P. Izmailov et al., Averaging Weights Leads to Wider Optima and Better
   Generalization, 2018, arXiv 1803.05407. */
OPTIM_DEF int optim_swa_f32(int64_t step, size_t n, const float *param, float *average);
OPTIM_DEF int optim_swa_f64(int64_t step, size_t n, const double *param, double *average);

/* Lookahead: slow += alpha (fast - slow), then fast = slow. To be called every
   k steps of another optimizer (5 or 6), whose parameters are fast; its states
   are left alone. slow is n values, a copy of fast before the first of those k
   steps. 0 <= alpha <= 1, usually 0.5.
   Source: M. Zhang, J. Lucas, G. Hinton, J. Ba, Lookahead Optimizer: k steps
   forward, 1 step back, 2019, arXiv 1907.08610. */
OPTIM_DEF int optim_lookahead_f32(double alpha, size_t n, float *fast, float *slow);
OPTIM_DEF int optim_lookahead_f64(double alpha, size_t n, double *fast, double *slow);

#endif

/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

/* ---- the global norm, clipping and the check for non-finite values -----------------

   One read of the gradients gives their norm and whether all are finite; what
   follows from it is one number, the grad_scale of the step, so that clipping
   and undoing a loss scale write no gradient:

     optim_grad_norm norm;
     double factor;
     optim_grad_norm_init(&norm);
     for each tensor: optim_grad_norm_add_f32(&norm, n, grad);
     if (optim_grad_norm_finite(&norm)) {
         optim_grad_norm_clip(&norm, 1 / scaler.scale, max_norm, &factor);
         config.grad_scale = factor;
         for each tensor: optim_adamw_f32(&config, step, n, param, grad, m, v);
     }

   The accumulator is plain data. Threads and machines can fill their own and
   merge them; the order of tensors and merges changes the norm by rounding only. */
typedef struct optim_grad_norm {
    double sum;          /* of squares of values of ordinary size */
    double large;        /* of (2^-600 x)^2 where |x| > 2^400 */
    double small;        /* of (2^600 x)^2 where |x| < 2^-400 */
    int64_t nonfinite;   /* how many NaNs and infinities, 2^63 - 1 for more than that */
} optim_grad_norm;

/* Makes it the norm of nothing, 0. OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_grad_norm_init(optim_grad_norm *norm);

/* Adds n values. Squares are summed in double, in parts small enough for float
   never to lose any of them; values as large as 1e308 or as small as 1e-308
   neither overflow nor vanish. OPTIM_ERROR_NULL (norm; grad with n > 0),
   OPTIM_ERROR_SIZE. */
OPTIM_DEF int optim_grad_norm_add_f32(optim_grad_norm *norm, size_t n, const float *grad);
OPTIM_DEF int optim_grad_norm_add_f64(optim_grad_norm *norm, size_t n, const double *grad);

/* Adds what *other has seen to *norm; they may be the same. OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_grad_norm_merge(const optim_grad_norm *other, optim_grad_norm *norm);

/* The Euclidean norm, sqrt(sum g^2), infinite or NaN when a value was; 0 for NULL. */
OPTIM_DEF double optim_grad_norm_value(const optim_grad_norm *norm);

/* 1 when every value was finite, else 0; 0 for NULL. */
OPTIM_DEF int optim_grad_norm_finite(const optim_grad_norm *norm);

/* What to multiply the gradients with so that their norm after scale (1 / loss
   scale, or 1) is max_norm at most: factor = scale min(1, max_norm / (scale norm + 1e-6)).
   The 1e-6 is PyTorch's; Optax divides without it. When a value was not finite
   the factor is NaN, which every step refuses as a grad_scale: bad gradients do
   not reach the parameters. (PyTorch's factor is 0 for an infinite norm, which
   turns infinite gradients into NaN.) scale and max_norm are finite and >= 0.
   OPTIM_ERROR_NULL, OPTIM_ERROR_PARAMETER.
   Source: R. Pascanu, T. Mikolov, Y. Bengio, On the difficulty of training
   recurrent neural networks, 2013, arXiv 1211.5063. */
OPTIM_DEF int optim_grad_norm_clip(const optim_grad_norm *norm, double scale, double max_norm, double *factor);

/* Clips every value to [-limit, limit], in place; NaN stays NaN. limit >= 0 and
   finite. OPTIM_ERROR_NULL (grad with n > 0), OPTIM_ERROR_SIZE,
   OPTIM_ERROR_PARAMETER. */
OPTIM_DEF int optim_clip_value_f32(double limit, size_t n, float *grad);
OPTIM_DEF int optim_clip_value_f64(double limit, size_t n, double *grad);

/* ---- dynamic loss scaling ------------------------------------------------------

   Plain data. The loss is multiplied by scale before the backward pass, and the
   gradients by 1 / scale in the step (grad_scale). After every backward pass
   call update: with found_nonfinite = 1 the step, its number and the learning
   rate schedule are to be skipped. */
typedef struct optim_loss_scaler {
    double scale;              /* 65536 */
    double growth_factor;      /* 2, > 1 */
    double backoff_factor;     /* 0.5, > 0 and < 1 */
    double min_scale;          /* 2^-24: never below, > 0 */
    double max_scale;          /* 2^127: never above, >= min_scale */
    int64_t growth_interval;   /* 2000, >= 1: finite steps in a row before scale grows */
    int64_t growth_tracker;    /* 0: how many there have been */
} optim_loss_scaler;

/* Puts the values above. OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_loss_scaler_init(optim_loss_scaler *scaler);

/* After a backward pass: with found_nonfinite scale *= backoff_factor and the
   tracker is 0; else the tracker counts on, and at growth_interval
   scale *= growth_factor and it is 0 again. Scale stays within its bounds.
   PyTorch's GradScaler has no bounds but that of float. OPTIM_ERROR_NULL,
   OPTIM_ERROR_PARAMETER (a field out of range).
   Source: P. Micikevicius et al., Mixed Precision Training, 2018, arXiv 1710.03740. */
OPTIM_DEF int optim_loss_scaler_update(optim_loss_scaler *scaler, int found_nonfinite);

#endif

/* ---- optim/schedule ---- */
#if OPN_HAS_SCHEDULE

/* ---- learning rate schedules ------------------------------------------------------

   Pure functions of the step, in double: nothing is kept, so resuming is exact
   and any step may be asked for at any time. step >= 0 may be fractional (epochs
   count too, when the lengths are epochs). PyTorch and Hugging Face give the
   first update the learning rate of step 0, which with a warm-up from 0 is 0; for
   theirs ask for k - 1 in the k-th update, for a first update that moves ask for k.
   Errors of all: OPTIM_ERROR_NULL, OPTIM_ERROR_PARAMETER (step negative, a number
   not finite or out of range); then *lr is not touched. */

/* The fields a schedule does not name are not looked at. */
typedef struct optim_schedule_config {
    double lr;        /* 1e-3: the highest, >= 0 */
    double start_lr;  /* 0: where the warm-up begins, >= 0 */
    double final_lr;  /* 0: where the decay ends, >= 0 */
    double warmup;    /* 0: steps of linear warm-up, >= 0 */
    double total;     /* 10000: steps until final_lr is reached, >= warmup */
    double decay;     /* 2000: wsd: steps of the decay at the end, 0 <= decay <= total - warmup */
    double period;    /* 1000: restarts: steps of the first period, > 0 */
    double factor;    /* 1: restarts: each period is this times as long, 1 or >= 1.01 */
    double power;     /* 1: polynomial: the exponent, > 0 */
    int shape;        /* OPTIM_DECAY_LINEAR: wsd: one of OPTIM_DECAY_* */
} optim_schedule_config;

/* How the rate falls from lr to final_lr, p going from 0 to 1: what is left of lr - final_lr. */
enum {
    OPTIM_DECAY_LINEAR = 0,   /* 1 - p */
    OPTIM_DECAY_COSINE = 1,   /* (1 + cos(pi p)) / 2 */
    OPTIM_DECAY_SQRT = 2      /* 1 - sqrt(p) */
};

/* All warm up linearly first: start_lr + (lr - start_lr) step / warmup for
   step < warmup. Below, p = (step - warmup) / (total - warmup), at most 1. */

/* lr. Uses lr, start_lr, warmup. */
OPTIM_DEF int optim_schedule_constant(const optim_schedule_config *config, double step, double *lr);

/* final_lr + (lr - final_lr) (1 - p): linear decay, to 0 unless final_lr says else.
   Uses lr, start_lr, final_lr, warmup, total. */
OPTIM_DEF int optim_schedule_linear(const optim_schedule_config *config, double step, double *lr);

/* final_lr + (lr - final_lr) (1 - p)^power. Uses lr, start_lr, final_lr, warmup,
   total, power. */
OPTIM_DEF int optim_schedule_polynomial(const optim_schedule_config *config, double step, double *lr);

/* final_lr + (lr - final_lr) (1 + cos(pi p)) / 2, and final_lr from total on
   (PyTorch's CosineAnnealingLR rises again). Uses lr, start_lr, final_lr, warmup,
   total. Source: I. Loshchilov, F. Hutter, SGDR, 2017, arXiv 1608.03983. */
OPTIM_DEF int optim_schedule_cosine(const optim_schedule_config *config, double step, double *lr);

/* Cosine decay with warm restarts: after the warm-up the rate falls from lr to
   final_lr along the cosine over period steps, jumps back to lr and falls over
   period x factor steps, and so on. Periods are counted, not computed by a
   logarithm: with whole numbers restarts come at exactly their steps. Uses lr,
   start_lr, final_lr, warmup, period, factor. PyTorch's
   CosineAnnealingWarmRestarts. Source: the same. */
OPTIM_DEF int optim_schedule_cosine_restarts(const optim_schedule_config *config, double step, double *lr);

/* lr sqrt(s / max(step, s)) with s = max(warmup, 1). Uses lr, start_lr, warmup.
   The schedule of the first transformer has lr = 1 / sqrt(d_model warmup).
   Source: A. Vaswani et al., Attention Is All You Need, 2017, arXiv 1706.03762. */
OPTIM_DEF int optim_schedule_inverse_sqrt(const optim_schedule_config *config, double step, double *lr);

/* Warm-up, stable, decay: lr until total - decay, then down to final_lr over
   decay steps in the shape given. Uses lr, start_lr, final_lr, warmup, total,
   decay, shape. OPTIM_ERROR_OPTION: shape.
   Sources: S. Hu et al., MiniCPM, 2024, arXiv 2404.06395; A. Haegele et al.,
   Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations,
   2024, arXiv 2405.18392 (1 - sqrt). */
OPTIM_DEF int optim_schedule_wsd(const optim_schedule_config *config, double step, double *lr);

typedef struct optim_one_cycle_config {
    double max_lr;             /* 1e-2, >= 0 */
    double total;              /* 10000: steps of the cycle, >= 1 */
    double warmup_fraction;    /* 0.3: what part of them the rate rises, 0 to 1 (0 to 0.5 with three phases) */
    double div_factor;         /* 25: initial rate = max_lr / div_factor, > 0 */
    double final_div_factor;   /* 1e4: last rate = initial rate / final_div_factor, > 0 */
    double base_momentum;      /* 0.85: at the highest rate */
    double max_momentum;       /* 0.95: at the lowest */
    int shape;                 /* OPTIM_DECAY_COSINE; or OPTIM_DECAY_LINEAR */
    int three_phase;           /* 0; nonzero: up, down to the initial rate in as many steps, then to the last */
} optim_one_cycle_config;

/* One cycle: the rate rises from max_lr / div_factor to max_lr at step
   warmup_fraction total - 1 and falls to the last rate at total - 1, where it
   stays; momentum (SGD's, or Adam's beta1) goes the other way. Steps count from
   0, as in PyTorch's OneCycleLR. lr or momentum may be NULL.
   OPTIM_ERROR_NULL (config), OPTIM_ERROR_OPTION (shape), OPTIM_ERROR_PARAMETER.
   Source: L. N. Smith, N. Topin, Super-Convergence, 2018, arXiv 1708.07120. */
OPTIM_DEF int optim_schedule_one_cycle(const optim_one_cycle_config *config, double step, double *lr, double *momentum);

#endif

/* ---- optim/table ---- */
#if OPN_HAS_TABLE

/* ---- the table of methods ---------------------------------------------------------

   Every method under one signature, for applications that choose an optimizer
   from a settings file:

     const optim_method *method = optim_method_find("adamw");
     double hyper[OPTIM_METHOD_HYPERS];
     optim_method_init(method, hyper);
     optim_method_set(method, hyper, "lr", 3e-4);
     for each array k < method->state_count:
         allocate method->state_size(k, hyper, rows, columns) values, all method->state_initial
     allocate method->scratch_size(rows, columns, sizeof(float)) bytes
     method->step_f32(hyper, step, rows, columns, param, grad, state, scratch, scratch_size);

   A parameter tensor is rows x columns; a method that looks at no shape takes
   any split of its size (1 x n). Methods are the functions of the same name, whose
   documentation holds, and a step returns what they return (OPTIM_ERROR_NULL too
   for hyper or state NULL); adafactor is optim_adafactor_vector where a tensor has
   one row or one column, optim_adafactor_matrix else. An array of size 0 may be
   NULL: the method does not need it with these hyper-parameters and this shape. */

enum {
    OPTIM_METHOD_HYPERS = 16,   /* no method has more hyper-parameters */
    OPTIM_METHOD_STATES = 4     /* nor more state arrays */
};

/* A hyper-parameter: low <= value <= high, where a bound is open low < value, value < high. */
typedef struct optim_hyper {
    const char *name;
    double value;               /* the default */
    double low, high;           /* DBL_MAX (-DBL_MAX) where nothing bounds it */
    int low_open, high_open;    /* nonzero: the bound itself is out */
    int whole;                  /* nonzero: a whole number; a flag is one from 0 to 1 */
} optim_hyper;

typedef struct optim_method {
    const char *name;
    int hyper_count, state_count;
    const optim_hyper *hyper;                               /* hyper_count of them */
    const char *const *state_name;                          /* state_count of them */
    double state_initial;                                   /* what all state arrays hold before step 1 */
    /* how many values state array k has (SIZE_MAX: too many) */
    size_t (*state_size)(int k, const double *hyper, size_t rows, size_t columns);
    /* how many bytes a step's scratch has; bytes_per_value is 4 or 8 */
    size_t (*scratch_size)(size_t rows, size_t columns, size_t bytes_per_value);
    int (*step_f32)(const double *hyper, int64_t step, size_t rows, size_t columns, float *param, const float *grad,
                    float *const *state, void *scratch, size_t scratch_size);
    int (*step_f64)(const double *hyper, int64_t step, size_t rows, size_t columns, double *param, const double *grad,
                    double *const *state, void *scratch, size_t scratch_size);
} optim_method;

/* How many methods there are. */
OPTIM_DEF int optim_method_count(void);

/* Method number index, from 0; NULL when there is none. */
OPTIM_DEF const optim_method *optim_method_at(int index);

/* The method of this name, "adamw"; NULL when there is none. */
OPTIM_DEF const optim_method *optim_method_find(const char *name);

/* Puts the defaults of all hyper-parameters of the method into hyper.
   OPTIM_ERROR_NULL. */
OPTIM_DEF int optim_method_init(const optim_method *method, double *hyper);

/* Sets one hyper-parameter by its name. OPTIM_ERROR_NULL, OPTIM_ERROR_OPTION (the
   method has none of this name), OPTIM_ERROR_PARAMETER (out of its range: then
   hyper keeps what it holds). */
OPTIM_DEF int optim_method_set(const optim_method *method, double *hyper, const char *name, double value);

#endif

/* ---- one value at a time: the formulas as inline functions ------------------- */

#define OPN_PASS 1
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS

#define OPN_ISA 0
#define OPN_PASS 3
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_PASS
#undef OPN_ISA

#define OPN_PASS 2
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS


/* ---- optim/common ---- */

/* What the gradient is multiplied with. */
OPTIM_INLINE double opn_gradient_factor(double grad_scale, int maximize)
{
    return maximize ? -grad_scale : grad_scale;
}

/* ---- optim/sgd ---- */
#if OPN_HAS_SGD

/* One element at a time, as for Adam. buffer may be NULL with momentum = 0. */
OPTIM_INLINE optim_sgd_config optim_sgd_defaults(void)
{
    optim_sgd_config c;
    c.lr = 1e-3;
    c.momentum = 0;
    c.dampening = 0;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.nesterov = 0;
    c.decoupled = 0;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_f32 optim_sgd_coefficients_f32(const optim_sgd_config *config, int64_t step)
{
    const optim_sgd_config c = config ? *config : optim_sgd_defaults();
    optim_coefficients_f32 k;
    k.value[0] = OPN_CAST(float, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(float, c.decoupled ? 0 : c.weight_decay);
    k.value[2] = OPN_CAST(float, c.decoupled ? 1 - c.lr * c.weight_decay : 1);
    k.value[3] = OPN_CAST(float, c.lr);
    k.value[4] = OPN_CAST(float, step == 1 ? 0 : c.momentum);
    k.value[5] = OPN_CAST(float, step == 1 ? 1 : 1 - c.dampening);
    k.value[6] = OPN_CAST(float, c.momentum);
    k.value[7] = OPN_CAST(float, c.momentum > 0 ? (c.nesterov ? 2 : 1) : 0);
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}
OPTIM_INLINE optim_coefficients_f64 optim_sgd_coefficients_f64(const optim_sgd_config *config, int64_t step)
{
    const optim_sgd_config c = config ? *config : optim_sgd_defaults();
    optim_coefficients_f64 k;
    k.value[0] = OPN_CAST(double, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(double, c.decoupled ? 0 : c.weight_decay);
    k.value[2] = OPN_CAST(double, c.decoupled ? 1 - c.lr * c.weight_decay : 1);
    k.value[3] = OPN_CAST(double, c.lr);
    k.value[4] = OPN_CAST(double, step == 1 ? 0 : c.momentum);
    k.value[5] = OPN_CAST(double, step == 1 ? 1 : 1 - c.dampening);
    k.value[6] = OPN_CAST(double, c.momentum);
    k.value[7] = OPN_CAST(double, c.momentum > 0 ? (c.nesterov ? 2 : 1) : 0);
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE void optim_sgd_apply_f32(const optim_coefficients_f32 *c, float *param, float grad, float *buffer)
{
    if (c->value[7] > 1) opn_sgd_nesterov_point_f32(param, grad, buffer, c->value);
    else if (c->value[7] > 0) opn_sgd_momentum_point_f32(param, grad, buffer, c->value);
    else opn_sgd_plain_point_f32(param, grad, buffer, c->value);
}
OPTIM_INLINE void optim_sgd_apply_f64(const optim_coefficients_f64 *c, double *param, double grad, double *buffer)
{
    if (c->value[7] > 1) opn_sgd_nesterov_point_f64(param, grad, buffer, c->value);
    else if (c->value[7] > 0) opn_sgd_momentum_point_f64(param, grad, buffer, c->value);
    else opn_sgd_plain_point_f64(param, grad, buffer, c->value);
}

OPTIM_INLINE void optim_sgd_elem_f32(const optim_sgd_config *config, int64_t step, float *param, float grad, float *buffer)
{
    const optim_coefficients_f32 c = optim_sgd_coefficients_f32(config, step);
    optim_sgd_apply_f32(&c, param, grad, buffer);
}
OPTIM_INLINE void optim_sgd_elem_f64(const optim_sgd_config *config, int64_t step, double *param, double grad, double *buffer)
{
    const optim_coefficients_f64 c = optim_sgd_coefficients_f64(config, step);
    optim_sgd_apply_f64(&c, param, grad, buffer);
}

#endif

/* ---- optim/adam ---- */
#if OPN_HAS_ADAM

/* One element at a time, usable without the implementation: optim_NAME_elem_f32
   is the whole step of one parameter; where many share a step, let
   optim_NAME_coefficients_f32 compute its scalars once and call
   optim_NAME_apply_f32 on each. A NULL config is the defaults. Nothing is
   checked: step and hyper-parameters must be in range. */
OPTIM_INLINE optim_adam_config optim_adam_defaults(void)
{
    optim_adam_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-8;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_adamw_config optim_adamw_defaults(void)
{
    optim_adamw_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-8;
    c.weight_decay = 0.01;
    c.grad_scale = 1;
    c.maximize = 0;
    c.independent_decay = 0;
    return c;
}

OPTIM_INLINE optim_amsgrad_config optim_amsgrad_defaults(void)
{
    optim_amsgrad_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-8;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    c.decoupled = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_f32 opn_adam_scalars_f32(double lr, double beta1, double beta2, double eps,
                                                           double factor, double coupled, double kept, int64_t step)
{
    optim_coefficients_f32 c;
    const double t = OPN_CAST(double, step);
    c.value[0] = OPN_CAST(float, factor);
    c.value[1] = OPN_CAST(float, beta1);
    c.value[2] = OPN_CAST(float, 1 - beta1);
    c.value[3] = OPN_CAST(float, beta2);
    c.value[4] = OPN_CAST(float, 1 - beta2);
    c.value[5] = OPN_CAST(float, 1 / sqrt(1 - pow(beta2, t)));
    c.value[6] = OPN_CAST(float, eps);
    c.value[7] = OPN_CAST(float, lr / (1 - pow(beta1, t)));
    c.value[8] = OPN_CAST(float, coupled);
    c.value[9] = OPN_CAST(float, kept);
    c.value[10] = 0;
    c.value[11] = 0;
    return c;
}
OPTIM_INLINE optim_coefficients_f64 opn_adam_scalars_f64(double lr, double beta1, double beta2, double eps,
                                                           double factor, double coupled, double kept, int64_t step)
{
    optim_coefficients_f64 c;
    const double t = OPN_CAST(double, step);
    c.value[0] = OPN_CAST(double, factor);
    c.value[1] = OPN_CAST(double, beta1);
    c.value[2] = OPN_CAST(double, 1 - beta1);
    c.value[3] = OPN_CAST(double, beta2);
    c.value[4] = OPN_CAST(double, 1 - beta2);
    c.value[5] = OPN_CAST(double, 1 / sqrt(1 - pow(beta2, t)));
    c.value[6] = OPN_CAST(double, eps);
    c.value[7] = OPN_CAST(double, lr / (1 - pow(beta1, t)));
    c.value[8] = OPN_CAST(double, coupled);
    c.value[9] = OPN_CAST(double, kept);
    c.value[10] = 0;
    c.value[11] = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_f32 optim_adam_coefficients_f32(const optim_adam_config *config, int64_t step)
{
    const optim_adam_config c = config ? *config : optim_adam_defaults();
    return opn_adam_scalars_f32(c.lr, c.beta1, c.beta2, c.eps, opn_gradient_factor(c.grad_scale, c.maximize),
                                 c.weight_decay, 1, step);
}
OPTIM_INLINE optim_coefficients_f64 optim_adam_coefficients_f64(const optim_adam_config *config, int64_t step)
{
    const optim_adam_config c = config ? *config : optim_adam_defaults();
    return opn_adam_scalars_f64(c.lr, c.beta1, c.beta2, c.eps, opn_gradient_factor(c.grad_scale, c.maximize),
                                 c.weight_decay, 1, step);
}

OPTIM_INLINE optim_coefficients_f32 optim_adamw_coefficients_f32(const optim_adamw_config *config, int64_t step)
{
    const optim_adamw_config c = config ? *config : optim_adamw_defaults();
    return opn_adam_scalars_f32(c.lr, c.beta1, c.beta2, c.eps, opn_gradient_factor(c.grad_scale, c.maximize),
                                 0, 1 - (c.independent_decay ? 1 : c.lr) * c.weight_decay, step);
}
OPTIM_INLINE optim_coefficients_f64 optim_adamw_coefficients_f64(const optim_adamw_config *config, int64_t step)
{
    const optim_adamw_config c = config ? *config : optim_adamw_defaults();
    return opn_adam_scalars_f64(c.lr, c.beta1, c.beta2, c.eps, opn_gradient_factor(c.grad_scale, c.maximize),
                                 0, 1 - (c.independent_decay ? 1 : c.lr) * c.weight_decay, step);
}

OPTIM_INLINE optim_coefficients_f32 optim_amsgrad_coefficients_f32(const optim_amsgrad_config *config, int64_t step)
{
    const optim_amsgrad_config c = config ? *config : optim_amsgrad_defaults();
    return opn_adam_scalars_f32(c.lr, c.beta1, c.beta2, c.eps, opn_gradient_factor(c.grad_scale, c.maximize),
                                 c.decoupled ? 0 : c.weight_decay, c.decoupled ? 1 - c.lr * c.weight_decay : 1, step);
}
OPTIM_INLINE optim_coefficients_f64 optim_amsgrad_coefficients_f64(const optim_amsgrad_config *config, int64_t step)
{
    const optim_amsgrad_config c = config ? *config : optim_amsgrad_defaults();
    return opn_adam_scalars_f64(c.lr, c.beta1, c.beta2, c.eps, opn_gradient_factor(c.grad_scale, c.maximize),
                                 c.decoupled ? 0 : c.weight_decay, c.decoupled ? 1 - c.lr * c.weight_decay : 1, step);
}

OPTIM_INLINE void optim_adam_apply_f32(const optim_coefficients_f32 *c, float *param, float grad, float *m, float *v)
{
    float state[2];
    state[0] = *m;
    state[1] = *v;
    opn_adam_point_f32(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
}
OPTIM_INLINE void optim_adam_apply_f64(const optim_coefficients_f64 *c, double *param, double grad, double *m, double *v)
{
    double state[2];
    state[0] = *m;
    state[1] = *v;
    opn_adam_point_f64(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
}

OPTIM_INLINE void optim_adamw_apply_f32(const optim_coefficients_f32 *c, float *param, float grad, float *m, float *v)
{
    float state[2];
    state[0] = *m;
    state[1] = *v;
    opn_adamw_point_f32(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
}
OPTIM_INLINE void optim_adamw_apply_f64(const optim_coefficients_f64 *c, double *param, double grad, double *m, double *v)
{
    double state[2];
    state[0] = *m;
    state[1] = *v;
    opn_adamw_point_f64(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
}

OPTIM_INLINE void optim_amsgrad_apply_f32(const optim_coefficients_f32 *c, float *param, float grad,
                                           float *m, float *v, float *v_max)
{
    float state[3];
    state[0] = *m;
    state[1] = *v;
    state[2] = *v_max;
    opn_amsgrad_point_f32(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
    *v_max = state[2];
}
OPTIM_INLINE void optim_amsgrad_apply_f64(const optim_coefficients_f64 *c, double *param, double grad,
                                           double *m, double *v, double *v_max)
{
    double state[3];
    state[0] = *m;
    state[1] = *v;
    state[2] = *v_max;
    opn_amsgrad_point_f64(param, grad, state, c->value);
    *m = state[0];
    *v = state[1];
    *v_max = state[2];
}

OPTIM_INLINE void optim_adam_elem_f32(const optim_adam_config *config, int64_t step, float *param, float grad,
                                       float *m, float *v)
{
    const optim_coefficients_f32 c = optim_adam_coefficients_f32(config, step);
    optim_adam_apply_f32(&c, param, grad, m, v);
}
OPTIM_INLINE void optim_adam_elem_f64(const optim_adam_config *config, int64_t step, double *param, double grad,
                                       double *m, double *v)
{
    const optim_coefficients_f64 c = optim_adam_coefficients_f64(config, step);
    optim_adam_apply_f64(&c, param, grad, m, v);
}

OPTIM_INLINE void optim_adamw_elem_f32(const optim_adamw_config *config, int64_t step, float *param, float grad,
                                        float *m, float *v)
{
    const optim_coefficients_f32 c = optim_adamw_coefficients_f32(config, step);
    optim_adamw_apply_f32(&c, param, grad, m, v);
}
OPTIM_INLINE void optim_adamw_elem_f64(const optim_adamw_config *config, int64_t step, double *param, double grad,
                                        double *m, double *v)
{
    const optim_coefficients_f64 c = optim_adamw_coefficients_f64(config, step);
    optim_adamw_apply_f64(&c, param, grad, m, v);
}

OPTIM_INLINE void optim_amsgrad_elem_f32(const optim_amsgrad_config *config, int64_t step, float *param, float grad,
                                          float *m, float *v, float *v_max)
{
    const optim_coefficients_f32 c = optim_amsgrad_coefficients_f32(config, step);
    optim_amsgrad_apply_f32(&c, param, grad, m, v, v_max);
}
OPTIM_INLINE void optim_amsgrad_elem_f64(const optim_amsgrad_config *config, int64_t step, double *param, double grad,
                                          double *m, double *v, double *v_max)
{
    const optim_coefficients_f64 c = optim_amsgrad_coefficients_f64(config, step);
    optim_amsgrad_apply_f64(&c, param, grad, m, v, v_max);
}

#endif

/* ---- optim/adaptive ---- */
#if OPN_HAS_ADAPTIVE

/* One element at a time, as for Adam. Pointers to states that the configuration
   does not use may be NULL. */
OPTIM_INLINE optim_adagrad_config optim_adagrad_defaults(void)
{
    optim_adagrad_config c;
    c.lr = 1e-2;
    c.lr_decay = 0;
    c.eps = 1e-10;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_rmsprop_config optim_rmsprop_defaults(void)
{
    optim_rmsprop_config c;
    c.lr = 1e-2;
    c.alpha = 0.99;
    c.eps = 1e-8;
    c.momentum = 0;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.centered = 0;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_f32 optim_adagrad_coefficients_f32(const optim_adagrad_config *config, int64_t step)
{
    const optim_adagrad_config c = config ? *config : optim_adagrad_defaults();
    optim_coefficients_f32 k;
    k.value[0] = OPN_CAST(float, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(float, c.weight_decay);
    k.value[2] = OPN_CAST(float, c.lr / (1 + OPN_CAST(double, step - 1) * c.lr_decay));
    k.value[3] = OPN_CAST(float, c.eps);
    k.value[4] = k.value[5] = k.value[6] = k.value[7] = 0;
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}
OPTIM_INLINE optim_coefficients_f64 optim_adagrad_coefficients_f64(const optim_adagrad_config *config, int64_t step)
{
    const optim_adagrad_config c = config ? *config : optim_adagrad_defaults();
    optim_coefficients_f64 k;
    k.value[0] = OPN_CAST(double, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(double, c.weight_decay);
    k.value[2] = OPN_CAST(double, c.lr / (1 + OPN_CAST(double, step - 1) * c.lr_decay));
    k.value[3] = OPN_CAST(double, c.eps);
    k.value[4] = k.value[5] = k.value[6] = k.value[7] = 0;
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE optim_coefficients_f32 optim_rmsprop_coefficients_f32(const optim_rmsprop_config *config, int64_t step)
{
    const optim_rmsprop_config c = config ? *config : optim_rmsprop_defaults();
    optim_coefficients_f32 k;
    (void)step;
    k.value[0] = OPN_CAST(float, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(float, c.weight_decay);
    k.value[2] = OPN_CAST(float, c.lr);
    k.value[3] = OPN_CAST(float, c.eps);
    k.value[4] = OPN_CAST(float, c.alpha);
    k.value[5] = OPN_CAST(float, 1 - c.alpha);
    k.value[6] = OPN_CAST(float, c.momentum);
    k.value[7] = OPN_CAST(float, (c.momentum > 0 ? 1 : 0) + (c.centered ? 2 : 0));
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}
OPTIM_INLINE optim_coefficients_f64 optim_rmsprop_coefficients_f64(const optim_rmsprop_config *config, int64_t step)
{
    const optim_rmsprop_config c = config ? *config : optim_rmsprop_defaults();
    optim_coefficients_f64 k;
    (void)step;
    k.value[0] = OPN_CAST(double, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(double, c.weight_decay);
    k.value[2] = OPN_CAST(double, c.lr);
    k.value[3] = OPN_CAST(double, c.eps);
    k.value[4] = OPN_CAST(double, c.alpha);
    k.value[5] = OPN_CAST(double, 1 - c.alpha);
    k.value[6] = OPN_CAST(double, c.momentum);
    k.value[7] = OPN_CAST(double, (c.momentum > 0 ? 1 : 0) + (c.centered ? 2 : 0));
    k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE void optim_adagrad_apply_f32(const optim_coefficients_f32 *c, float *param, float grad, float *sum)
{
    opn_adagrad_point_f32(param, grad, sum, c->value);
}
OPTIM_INLINE void optim_adagrad_apply_f64(const optim_coefficients_f64 *c, double *param, double grad, double *sum)
{
    opn_adagrad_point_f64(param, grad, sum, c->value);
}

OPTIM_INLINE void optim_rmsprop_apply_f32(const optim_coefficients_f32 *c, float *param, float grad,
                                           float *square, float *buffer, float *mean)
{
    const int momentum = c->value[6] > 0, centered = c->value[7] > 1;
    float state[3];
    state[0] = *square;
    state[1] = momentum ? *buffer : centered ? *mean : 0;
    state[2] = momentum && centered ? *mean : 0;
    if (momentum && centered) opn_rmsprop_full_point_f32(param, grad, state, c->value);
    else if (momentum) opn_rmsprop_momentum_point_f32(param, grad, state, c->value);
    else if (centered) opn_rmsprop_centered_point_f32(param, grad, state, c->value);
    else opn_rmsprop_point_f32(param, grad, state, c->value);
    *square = state[0];
    if (momentum) *buffer = state[1];
    if (centered) *mean = momentum ? state[2] : state[1];
}
OPTIM_INLINE void optim_rmsprop_apply_f64(const optim_coefficients_f64 *c, double *param, double grad,
                                           double *square, double *buffer, double *mean)
{
    const int momentum = c->value[6] > 0, centered = c->value[7] > 1;
    double state[3];
    state[0] = *square;
    state[1] = momentum ? *buffer : centered ? *mean : 0;
    state[2] = momentum && centered ? *mean : 0;
    if (momentum && centered) opn_rmsprop_full_point_f64(param, grad, state, c->value);
    else if (momentum) opn_rmsprop_momentum_point_f64(param, grad, state, c->value);
    else if (centered) opn_rmsprop_centered_point_f64(param, grad, state, c->value);
    else opn_rmsprop_point_f64(param, grad, state, c->value);
    *square = state[0];
    if (momentum) *buffer = state[1];
    if (centered) *mean = momentum ? state[2] : state[1];
}

OPTIM_INLINE void optim_adagrad_elem_f32(const optim_adagrad_config *config, int64_t step, float *param, float grad, float *sum)
{
    const optim_coefficients_f32 c = optim_adagrad_coefficients_f32(config, step);
    optim_adagrad_apply_f32(&c, param, grad, sum);
}
OPTIM_INLINE void optim_adagrad_elem_f64(const optim_adagrad_config *config, int64_t step, double *param, double grad, double *sum)
{
    const optim_coefficients_f64 c = optim_adagrad_coefficients_f64(config, step);
    optim_adagrad_apply_f64(&c, param, grad, sum);
}

OPTIM_INLINE void optim_rmsprop_elem_f32(const optim_rmsprop_config *config, int64_t step, float *param, float grad,
                                          float *square, float *buffer, float *mean)
{
    const optim_coefficients_f32 c = optim_rmsprop_coefficients_f32(config, step);
    optim_rmsprop_apply_f32(&c, param, grad, square, buffer, mean);
}
OPTIM_INLINE void optim_rmsprop_elem_f64(const optim_rmsprop_config *config, int64_t step, double *param, double grad,
                                          double *square, double *buffer, double *mean)
{
    const optim_coefficients_f64 c = optim_rmsprop_coefficients_f64(config, step);
    optim_rmsprop_apply_f64(&c, param, grad, square, buffer, mean);
}

#endif

/* ---- optim/sign ---- */
#if OPN_HAS_SIGN

/* One element at a time, as for Adam. */
OPTIM_INLINE optim_lion_config optim_lion_defaults(void)
{
    optim_lion_config c;
    c.lr = 1e-4;
    c.beta1 = 0.9;
    c.beta2 = 0.99;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.maximize = 0;
    return c;
}

OPTIM_INLINE optim_coefficients_f32 optim_lion_coefficients_f32(const optim_lion_config *config, int64_t step)
{
    const optim_lion_config c = config ? *config : optim_lion_defaults();
    optim_coefficients_f32 k;
    (void)step;
    k.value[0] = OPN_CAST(float, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(float, c.beta1);
    k.value[2] = OPN_CAST(float, 1 - c.beta1);
    k.value[3] = OPN_CAST(float, c.beta2);
    k.value[4] = OPN_CAST(float, 1 - c.beta2);
    k.value[5] = OPN_CAST(float, c.lr);
    k.value[6] = OPN_CAST(float, 1 - c.lr * c.weight_decay);
    k.value[7] = k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}
OPTIM_INLINE optim_coefficients_f64 optim_lion_coefficients_f64(const optim_lion_config *config, int64_t step)
{
    const optim_lion_config c = config ? *config : optim_lion_defaults();
    optim_coefficients_f64 k;
    (void)step;
    k.value[0] = OPN_CAST(double, opn_gradient_factor(c.grad_scale, c.maximize));
    k.value[1] = OPN_CAST(double, c.beta1);
    k.value[2] = OPN_CAST(double, 1 - c.beta1);
    k.value[3] = OPN_CAST(double, c.beta2);
    k.value[4] = OPN_CAST(double, 1 - c.beta2);
    k.value[5] = OPN_CAST(double, c.lr);
    k.value[6] = OPN_CAST(double, 1 - c.lr * c.weight_decay);
    k.value[7] = k.value[8] = k.value[9] = k.value[10] = k.value[11] = 0;
    return k;
}

OPTIM_INLINE void optim_lion_apply_f32(const optim_coefficients_f32 *c, float *param, float grad, float *m)
{
    opn_lion_point_f32(param, grad, m, c->value);
}
OPTIM_INLINE void optim_lion_apply_f64(const optim_coefficients_f64 *c, double *param, double grad, double *m)
{
    opn_lion_point_f64(param, grad, m, c->value);
}

OPTIM_INLINE void optim_lion_elem_f32(const optim_lion_config *config, int64_t step, float *param, float grad, float *m)
{
    const optim_coefficients_f32 c = optim_lion_coefficients_f32(config, step);
    optim_lion_apply_f32(&c, param, grad, m);
}
OPTIM_INLINE void optim_lion_elem_f64(const optim_lion_config *config, int64_t step, double *param, double grad, double *m)
{
    const optim_coefficients_f64 c = optim_lion_coefficients_f64(config, step);
    optim_lion_apply_f64(&c, param, grad, m);
}

#endif

/* ---- optim/layerwise ---- */
#if OPN_HAS_LAYERWISE

OPTIM_INLINE optim_lamb_config optim_lamb_defaults(void)
{
    optim_lamb_config c;
    c.lr = 1e-3;
    c.beta1 = 0.9;
    c.beta2 = 0.999;
    c.eps = 1e-6;
    c.weight_decay = 0.01;
    c.max_weight_norm = 0;
    c.max_trust = 0;
    c.grad_scale = 1;
    c.bias_correction = 1;
    c.always_adapt = 0;
    c.decoupled_decay = 0;
    c.maximize = 0;
    return c;
}

#endif

/* ---- optim/factored ---- */
#if OPN_HAS_FACTORED

OPTIM_INLINE optim_adafactor_config optim_adafactor_defaults(void)
{
    optim_adafactor_config c;
    c.lr = 0.01;
    c.decay_rate = -0.8;
    c.eps1 = 1e-30;
    c.eps2 = 1e-3;
    c.clip_threshold = 1;
    c.beta1 = 0;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.relative_step = 1;
    c.warmup_init = 0;
    c.scale_parameter = 1;
    c.maximize = 0;
    return c;
}

#endif

/* ---- optim/matrix ---- */
#if OPN_HAS_MATRIX

OPTIM_INLINE optim_newton_schulz_config optim_newton_schulz_defaults(void)
{
    optim_newton_schulz_config c;
    c.a = 3.4445;
    c.b = -4.7750;
    c.c = 2.0315;
    c.eps = 1e-7;
    c.steps = 5;
    return c;
}

OPTIM_INLINE optim_muon_config optim_muon_defaults(void)
{
    optim_muon_config c;
    c.lr = 0.02;
    c.momentum = 0.95;
    c.weight_decay = 0;
    c.grad_scale = 1;
    c.nesterov = 1;
    c.scaling = OPTIM_MUON_ORIGINAL;
    c.maximize = 0;
    c.newton_schulz = optim_newton_schulz_defaults();
    return c;
}

#endif

/* ---- optim/lbfgs ---- */
#if OPN_HAS_LBFGS

OPTIM_INLINE optim_lbfgs_config optim_lbfgs_defaults(void)
{
    optim_lbfgs_config c;
    c.gradient_tolerance = 1e-5;
    c.function_tolerance = 2.2e-9;
    c.c1 = 1e-4;
    c.c2 = 0.9;
    c.first_step = 0;
    c.history = 10;
    c.max_iterations = 1000;
    c.max_evaluations = 10000;
    c.max_line_search = 40;
    return c;
}

#endif

/* ---- optim/sharpness ---- */
#if OPN_HAS_SHARPNESS

OPTIM_INLINE optim_sam_config optim_sam_defaults(void)
{
    optim_sam_config c;
    c.rho = 0.05;
    c.eps = 1e-12;
    c.eta = 0.01;
    c.grad_scale = 1;
    c.adaptive = 0;
    c.maximize = 0;
    return c;
}

#endif

/* ---- optim/averaging ---- */
#if OPN_HAS_AVERAGING

OPTIM_INLINE optim_ema_config optim_ema_defaults(void)
{
    optim_ema_config c;
    c.decay = 0.999;
    c.start = OPTIM_EMA_PLAIN;
    return c;
}

/* The weight of the parameters in call t = step, config NULL: the defaults. */
OPTIM_INLINE double optim_ema_weight(const optim_ema_config *config, int64_t step)
{
    const optim_ema_config c = config ? *config : optim_ema_defaults();
    const double t = OPN_CAST(double, step), ramp = (1 + t) / (10 + t);
    if (c.start == OPTIM_EMA_CORRECTED) return (1 - c.decay) / (1 - pow(c.decay, t));
    if (c.start == OPTIM_EMA_WARMUP && ramp < c.decay) return 1 - ramp;
    return 1 - c.decay;
}

/* One element at a time. Nothing is checked. */
OPTIM_INLINE void optim_ema_elem_f32(const optim_ema_config *config, int64_t step, float param, float *average)
{
    const float weight = OPN_CAST(float, optim_ema_weight(config, step));
    opn_average_point_f32(average, param, average, &weight);
}
OPTIM_INLINE void optim_ema_elem_f64(const optim_ema_config *config, int64_t step, double param, double *average)
{
    const double weight = OPN_CAST(double, optim_ema_weight(config, step));
    opn_average_point_f64(average, param, average, &weight);
}

OPTIM_INLINE void optim_swa_elem_f32(int64_t step, float param, float *average)
{
    const float weight = OPN_CAST(float, 1 / OPN_CAST(double, step));
    opn_average_point_f32(average, param, average, &weight);
}
OPTIM_INLINE void optim_swa_elem_f64(int64_t step, double param, double *average)
{
    const double weight = OPN_CAST(double, 1 / OPN_CAST(double, step));
    opn_average_point_f64(average, param, average, &weight);
}

OPTIM_INLINE void optim_lookahead_elem_f32(double alpha, float *fast, float *slow)
{
    const float weight = OPN_CAST(float, alpha);
    opn_lookahead_point_f32(fast, *fast, slow, &weight);
}
OPTIM_INLINE void optim_lookahead_elem_f64(double alpha, double *fast, double *slow)
{
    const double weight = OPN_CAST(double, alpha);
    opn_lookahead_point_f64(fast, *fast, slow, &weight);
}

#endif

/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

OPTIM_INLINE float optim_clip_value_elem_f32(double limit, float grad)
{
    const float h = OPN_CAST(float, limit);
    return opn_clip_point_f32(grad, &h);
}
OPTIM_INLINE double optim_clip_value_elem_f64(double limit, double grad)
{
    const double h = OPN_CAST(double, limit);
    return opn_clip_point_f64(grad, &h);
}

#endif

/* ---- optim/schedule ---- */
#if OPN_HAS_SCHEDULE

OPTIM_INLINE optim_schedule_config optim_schedule_defaults(void)
{
    optim_schedule_config c;
    c.lr = 1e-3;
    c.start_lr = 0;
    c.final_lr = 0;
    c.warmup = 0;
    c.total = 10000;
    c.decay = 2000;
    c.period = 1000;
    c.factor = 1;
    c.power = 1;
    c.shape = OPTIM_DECAY_LINEAR;
    return c;
}

OPTIM_INLINE optim_one_cycle_config optim_one_cycle_defaults(void)
{
    optim_one_cycle_config c;
    c.max_lr = 1e-2;
    c.total = 10000;
    c.warmup_fraction = 0.3;
    c.div_factor = 25;
    c.final_div_factor = 1e4;
    c.base_momentum = 0.85;
    c.max_momentum = 0.95;
    c.shape = OPTIM_DECAY_COSINE;
    c.three_phase = 0;
    return c;
}

#endif
#endif /* OPTIM_H */

#if defined(OPTIM_IMPLEMENTATION) && !defined(OPTIM_IMPLEMENTED)
#define OPTIM_IMPLEMENTED
/* ---- which instruction sets are compiled in ---------------------------------- */

/* OPN_X86, OPN_NEON: vector code is compiled in. It wants GCC's vector types,
   a 64-bit target and IEEE doubles; everything else runs the scalar pass. */
#if !defined(OPTIM_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__x86_64__) && !defined(__CUDACC__)
#define OPN_X86 1
#include <immintrin.h>
#else
#define OPN_X86 0
#endif
#if !defined(OPTIM_NO_SIMD) && defined(__GNUC__) && !defined(__TINYC__) && defined(__aarch64__) \
    && defined(__ARM_NEON) && !defined(__AARCH64EB__) && !defined(__CUDACC__)
#define OPN_NEON 1
#include <arm_neon.h>
#else
#define OPN_NEON 0
#endif
#if OPN_X86 && defined(OPTIM_AVX512)
#define OPN_X86_512 1
#else
#define OPN_X86_512 0
#endif

#define OPN_ISA_SCALAR 0
#define OPN_ISA_AVX2 1
#define OPN_ISA_AVX512 2
#define OPN_ISA_NEON 3

/* A small helper that vector code calls: inlined into it, because a call would go
   from AVX code to SSE code and back, which costs more than the helper does. */
#if defined(__GNUC__) && !defined(__TINYC__)
#define OPN_SMALL static inline __attribute__((always_inline, unused))
#else
#define OPN_SMALL OPN_UNUSED static inline
#endif


/* ---- core/platform ---- */

/* Masked loads and stores are invisible to the memory sanitizer. */
#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#define OPN_NO_MASKED_MOVES 1
#endif
#endif

#if defined(__GNUC__) && !defined(__TINYC__)
#define OPN_ATOMIC_LOAD(p) __atomic_load_n(p, __ATOMIC_RELAXED)
#define OPN_ATOMIC_STORE(p, v) __atomic_store_n(p, v, __ATOMIC_RELAXED)
#else
#define OPN_ATOMIC_LOAD(p) (*(p))
#define OPN_ATOMIC_STORE(p, v) (*(p) = (v))
#endif

static int opn_isa_cached = -1;

OPN_UNUSED static int opn_isa_supported(int isa)
{
    if (isa == OPN_ISA_SCALAR) return 1;
#if OPN_X86
    __builtin_cpu_init();
    if (isa == OPN_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
#if OPN_X86_512
    if (isa == OPN_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")
            && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl")
            && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    if (isa == OPN_ISA_NEON) return OPN_NEON;
    return 0;
}

OPN_UNUSED static int opn_isa(void)
{
    int isa = OPN_ATOMIC_LOAD(&opn_isa_cached);
    if (isa >= 0) return isa;
    isa = OPN_ISA_SCALAR;
    if (opn_isa_supported(OPN_ISA_NEON)) isa = OPN_ISA_NEON;
    if (opn_isa_supported(OPN_ISA_AVX2)) isa = OPN_ISA_AVX2;
    if (opn_isa_supported(OPN_ISA_AVX512)) isa = OPN_ISA_AVX512;
    OPN_ATOMIC_STORE(&opn_isa_cached, isa);
    return isa;
}

OPTIM_DEF int optim_isa(void) { return opn_isa(); }

OPTIM_DEF const char *optim_isa_name(int isa)
{
    switch (isa) {
    case OPN_ISA_SCALAR: return "scalar";
    case OPN_ISA_AVX2: return "avx2";
    case OPN_ISA_AVX512: return "avx512";
    case OPN_ISA_NEON: return "neon";
    default: return "unknown";
    }
}

OPTIM_DEF int optim_isa_force(int isa)
{
    if (!opn_isa_supported(isa)) return 0;
    OPN_ATOMIC_STORE(&opn_isa_cached, isa);
    return 1;
}

/* a * b, or SIZE_MAX when it does not fit: no array is that long. */
OPN_UNUSED static size_t opn_mul(size_t a, size_t b)
{
    return a && b > SIZE_MAX / a ? SIZE_MAX : a * b;
}

OPN_UNUSED static size_t opn_add(size_t a, size_t b)
{
    return b > SIZE_MAX - a ? SIZE_MAX : a + b;
}

/* Whether n elements of this many bytes are more than an array can hold. */
OPN_UNUSED static int opn_too_big(size_t n, size_t bytes)
{
    return n > (size_t)PTRDIFF_MAX / bytes;
}

/* By the bits, so that it holds under -ffast-math too. */
OPN_UNUSED static int opn_finite(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (bits & UINT64_C(0x7ff0000000000000)) != UINT64_C(0x7ff0000000000000);
}

/* ---- core/status ---- */

OPTIM_DEF const char *optim_strerror(int status)
{
    switch (status) {
    case OPTIM_OK: return "no error";
    case OPTIM_ERROR_NULL: return "a required pointer is NULL";
    case OPTIM_ERROR_SIZE: return "a size is out of range, or sizes that must agree do not";
    case OPTIM_ERROR_PARAMETER: return "a hyper-parameter is not finite or out of its documented range";
    case OPTIM_ERROR_LABEL: return "a label or index is out of range";
    case OPTIM_ERROR_OPTION: return "an option has a value the function does not know";
    case OPTIM_ERROR_SCRATCH: return "the scratch memory is missing or too small";
    case OPTIM_ERROR_OVERLAP: return "buffers overlap that must not";
    default: return "unknown status";
    }
}

/* Scratch comes from the caller as one block; pieces are cut off it one after
   the other, each aligned to 64 bytes. opn_piece(n, bytes) is the room n
   elements take, OPTIM_..._scratch functions add the pieces up. */
OPN_UNUSED static size_t opn_piece(size_t n, size_t bytes)
{
    size_t size = opn_mul(n, bytes);
    return size > SIZE_MAX - 127 ? SIZE_MAX : (size + 63) / 64 * 64 + 64;
}

OPN_UNUSED static void *opn_cut(void **scratch, size_t n, size_t bytes)
{
    char *start = (char *)*scratch;
    uintptr_t misaligned = (uintptr_t)start % 64;
    char *piece = misaligned ? start + (64 - misaligned) : start;
    *scratch = start + opn_piece(n, bytes);
    return piece;
}

/* ---- optim/lbfgs ---- */
#if OPN_HAS_LBFGS

enum { OPN_LBFGS_BEGIN = 0, OPN_LBFGS_SEARCH = 1, OPN_LBFGS_RETURN = 2 };

/* What becomes of a line search. */
enum { OPN_SEARCH_ON = 0, OPN_SEARCH_TAKE = 1, OPN_SEARCH_STOP = 2, OPN_SEARCH_ENDLESS = 3 };

/* Where the cubic with values f, g and slopes u, v at a and b has its minimum; not
   finite where there is none. */
OPN_UNUSED static double opn_cubic_minimum(double a, double f, double u, double b, double g, double v)
{
    const double p = u + v - 3 * (g - f) / (b - a);
    const double most = fabs(p) + fabs(u) + fabs(v);
    const double square = (p / most) * (p / most) - (u / most) * (v / most);
    const double q = square < 0 ? HUGE_VAL : (b > a ? most : -most) * sqrt(square);
    return b - (b - a) * (v + q - p) / (v - u + 2 * q);
}

/* The next step between low and high. */
OPN_UNUSED static double opn_search_inside(optim_lbfgs_state *s)
{
    const double a = s->low, d = s->high - s->low;
    double t;
    if (!s->high_known) return a + 0.25 * d;
    t = (opn_cubic_minimum(a, s->f_low, s->slope_low, s->high, s->f_high, s->slope_high) - a) / d;
    if (!opn_finite(t) || fabs(d) > 0.66 * s->width_before) t = 0.5;
    s->width_before = s->width;
    s->width = fabs(d);
    return a + (t < 0.1 ? 0.1 : t > 0.9 ? 0.9 : t) * d;
}

/* The next step beyond s->step, from which low has just moved; before is where it was. */
OPN_UNUSED static double opn_search_beyond(const optim_lbfgs_state *s, double before, double f_before, double slope_before)
{
    const double d = s->low - before;
    const double t = (opn_cubic_minimum(before, f_before, slope_before, s->low, s->f_low, s->slope_low) - s->low) / d;
    return s->low + (!opn_finite(t) || t > 4 || t < 0 ? 4 : t < 1.1 ? 1.1 : t) * d;
}

/* Takes value and slope at s->step; s->f is the value at the beginning. low is the best
   step with sufficient decrease so far (0 at first), high, once bracketed, the other end
   of an interval that holds steps to take. noise is the relative rounding of f. */
OPN_UNUSED static int opn_search(optim_lbfgs_state *s, double f, double slope, double noise)
{
    const double before = s->low, f_before = s->f_low, slope_before = s->slope_low, steep = -s->config.c2 * s->slope0;
    const int finite = opn_finite(f) && opn_finite(slope);
    const int enough = finite && f <= s->f + s->config.c1 * s->step * s->slope0;
    s->trials++;
    if (enough && fabs(slope) <= steep) return OPN_SEARCH_TAKE;
    if (finite && f <= s->f + noise * fabs(s->f) && slope >= -steep && slope <= (2 * s->config.c1 - 1) * s->slope0)
        return OPN_SEARCH_TAKE;
    if (!enough || f >= s->f_low) {
        s->high = s->step;
        s->high_known = finite;
        s->f_high = f;
        s->slope_high = slope;
        s->bracketed = 1;
    } else {
        if (s->bracketed ? slope * (s->high - s->low) >= 0 : slope >= 0) {
            s->high = s->low;
            s->high_known = 1;
            s->f_high = s->f_low;
            s->slope_high = s->slope_low;
            s->bracketed = 1;
        }
        s->low = s->step;
        s->f_low = f;
        s->slope_low = slope;
    }
    if (s->trials >= s->config.max_line_search) return s->low == s->step ? OPN_SEARCH_TAKE : OPN_SEARCH_STOP;
    s->step = s->bracketed ? opn_search_inside(s) : opn_search_beyond(s, before, f_before, slope_before);
    if (!s->bracketed && s->step > 1e20) return OPN_SEARCH_ENDLESS;
    if (s->step == s->low || (s->bracketed && s->step == s->high)) return OPN_SEARCH_STOP;
    return OPN_SEARCH_ON;
}

OPN_UNUSED static int opn_lbfgs_check(const optim_lbfgs_config *c)
{
    return opn_finite(c->gradient_tolerance) && c->gradient_tolerance >= 0
        && opn_finite(c->function_tolerance) && c->function_tolerance >= 0
        && opn_finite(c->c1) && opn_finite(c->c2) && c->c1 > 0 && c->c1 < 0.5 && c->c1 < c->c2 && c->c2 < 1
        && opn_finite(c->first_step) && c->first_step >= 0
        && c->history >= 1 && c->history <= OPTIM_LBFGS_MAX_HISTORY
        && c->max_iterations >= 1 && c->max_evaluations >= 1 && c->max_line_search >= 2;
}

OPTIM_DEF size_t optim_lbfgs_room(size_t n, int history)
{
    return history < 1 || history > OPTIM_LBFGS_MAX_HISTORY ? 0 : opn_mul(n, 2 * (size_t)history + 3);
}

OPTIM_DEF int optim_lbfgs_init(const optim_lbfgs_config *config, size_t n, optim_lbfgs_state *state)
{
    const optim_lbfgs_config c = config ? *config : optim_lbfgs_defaults();
    if (!state) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, (2 * OPTIM_LBFGS_MAX_HISTORY + 3) * sizeof(double))) return OPTIM_ERROR_SIZE;
    if (!opn_lbfgs_check(&c)) return OPTIM_ERROR_PARAMETER;
    memset(state, 0, sizeof *state);
    state->config = c;
    state->n = n;
    state->task = OPTIM_LBFGS_EVALUATE;
    state->phase = OPN_LBFGS_BEGIN;
    return OPTIM_OK;
}

#endif

/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

/* One value into the sums, where its square would overflow or vanish else. */
OPN_UNUSED static void opn_norm_one(optim_grad_norm *norm, double x)
{
    const double a = fabs(x);
    if (!opn_finite(x)) {
        norm->nonfinite += norm->nonfinite < INT64_MAX;
        norm->sum += a;
    } else if (a > ldexp(1.0, 400)) {
        const double y = ldexp(x, -600);
        norm->large += y * y;
    } else if (a < ldexp(1.0, -400)) {
        const double y = ldexp(x, 600);
        norm->small += y * y;
    } else norm->sum += x * x;
}

#endif

#define OPN_PASS 1
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS

#define OPN_PASS 4
#define OPN_ISA 0
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA

#if OPN_X86
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2,fma")
#endif
#define OPN_ISA 1
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if OPN_X86_512
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512dq,avx512bw,avx512vl,avx2,fma")
#endif
#define OPN_ISA 2
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif

#if OPN_NEON
#define OPN_ISA 3
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#endif
#undef OPN_PASS

#define OPN_PASS 5
#define OPN_ISA 0
#define OPN_BITS 32
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#define OPN_BITS 64
#include OPTIM_HEADER_FILENAME
#undef OPN_BITS
#undef OPN_ISA
#undef OPN_PASS


/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

OPTIM_DEF int optim_grad_norm_init(optim_grad_norm *norm)
{
    if (!norm) return OPTIM_ERROR_NULL;
    memset(norm, 0, sizeof *norm);
    return OPTIM_OK;
}

OPTIM_DEF int optim_grad_norm_merge(const optim_grad_norm *other, optim_grad_norm *norm)
{
    if (!norm || !other) return OPTIM_ERROR_NULL;
    norm->sum += other->sum;
    norm->large += other->large;
    norm->small += other->small;
    if (other->nonfinite > INT64_MAX - norm->nonfinite) norm->nonfinite = INT64_MAX;
    else norm->nonfinite += other->nonfinite;
    return OPTIM_OK;
}

OPTIM_DEF double optim_grad_norm_value(const optim_grad_norm *norm)
{
    if (!norm) return 0;
    if (norm->nonfinite) return sqrt(norm->sum);
    if (norm->large > 0) return ldexp(sqrt(norm->large + ldexp(norm->sum, -1200)), 600);
    if (norm->sum > 0) return sqrt(norm->sum + ldexp(norm->small, -1200));
    return ldexp(sqrt(norm->small), -600);
}

OPTIM_DEF int optim_grad_norm_finite(const optim_grad_norm *norm) { return norm && norm->nonfinite == 0; }

OPTIM_DEF int optim_grad_norm_clip(const optim_grad_norm *norm, double scale, double max_norm, double *factor)
{
    double length;
    if (!norm || !factor) return OPTIM_ERROR_NULL;
    if (!opn_finite(scale) || scale < 0 || !opn_finite(max_norm) || max_norm < 0) return OPTIM_ERROR_PARAMETER;
    length = scale * optim_grad_norm_value(norm) + 1e-6;
    if (norm->nonfinite) *factor = (double)NAN;
    else *factor = length > max_norm ? scale * (max_norm / length) : scale;
    return OPTIM_OK;
}

OPTIM_DEF int optim_loss_scaler_init(optim_loss_scaler *scaler)
{
    if (!scaler) return OPTIM_ERROR_NULL;
    scaler->scale = 65536;
    scaler->growth_factor = 2;
    scaler->backoff_factor = 0.5;
    scaler->min_scale = ldexp(1.0, -24);
    scaler->max_scale = ldexp(1.0, 127);
    scaler->growth_interval = 2000;
    scaler->growth_tracker = 0;
    return OPTIM_OK;
}

static int opn_loss_scaler_check(const optim_loss_scaler *s)
{
    return opn_finite(s->scale) && s->scale > 0 && opn_finite(s->growth_factor) && s->growth_factor > 1
        && opn_finite(s->backoff_factor) && s->backoff_factor > 0 && s->backoff_factor < 1
        && opn_finite(s->min_scale) && s->min_scale > 0 && opn_finite(s->max_scale) && s->max_scale >= s->min_scale
        && s->growth_interval >= 1 && s->growth_tracker >= 0;
}

OPTIM_DEF int optim_loss_scaler_update(optim_loss_scaler *scaler, int found_nonfinite)
{
    if (!scaler) return OPTIM_ERROR_NULL;
    if (!opn_loss_scaler_check(scaler)) return OPTIM_ERROR_PARAMETER;
    if (found_nonfinite) {
        scaler->scale *= scaler->backoff_factor;
        scaler->growth_tracker = 0;
    } else if (scaler->growth_tracker >= scaler->growth_interval - 1) {
        scaler->scale *= scaler->growth_factor;
        scaler->growth_tracker = 0;
    } else scaler->growth_tracker++;
    if (scaler->scale < scaler->min_scale) scaler->scale = scaler->min_scale;
    if (scaler->scale > scaler->max_scale) scaler->scale = scaler->max_scale;
    return OPTIM_OK;
}

#endif

/* ---- optim/schedule ---- */
#if OPN_HAS_SCHEDULE

/* Not negative and finite. */
static int opn_is_amount(double x) { return opn_finite(x) && x >= 0; }

/* What is left of the way down at p of its length. */
static double opn_decay_left(double p, int shape)
{
    if (shape == OPTIM_DECAY_COSINE) return (1 + cos(3.14159265358979323846 * p)) / 2;
    if (shape == OPTIM_DECAY_SQRT) return 1 - sqrt(p);
    return 1 - p;
}

/* The checks of all schedules. */
static int opn_schedule_check(const optim_schedule_config *c, double step, const double *lr)
{
    if (!c || !lr) return OPTIM_ERROR_NULL;
    return opn_is_amount(step) && opn_is_amount(c->lr) && opn_is_amount(c->start_lr) && opn_is_amount(c->warmup)
        ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

/* The checks of those that end. */
static int opn_schedule_check_total(const optim_schedule_config *c, double step, const double *lr)
{
    const int status = opn_schedule_check(c, step, lr);
    if (status) return status;
    return opn_is_amount(c->final_lr) && opn_finite(c->total) && c->total >= c->warmup ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

static double opn_warmup_lr(const optim_schedule_config *c, double step)
{
    return c->start_lr + (c->lr - c->start_lr) * (step / c->warmup);
}

/* How much of the way from begin to end is done: 0 to 1. */
static double opn_progress(double step, double begin, double end)
{
    return step >= end ? 1 : (step - begin) / (end - begin);
}

/* From lr down to final_lr. */
static double opn_fallen_lr(const optim_schedule_config *c, double left)
{
    return c->final_lr + (c->lr - c->final_lr) * left;
}

OPTIM_DEF int optim_schedule_constant(const optim_schedule_config *config, double step, double *lr)
{
    const int status = opn_schedule_check(config, step, lr);
    if (status) return status;
    *lr = step < config->warmup ? opn_warmup_lr(config, step) : config->lr;
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_linear(const optim_schedule_config *config, double step, double *lr)
{
    const int status = opn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (step < config->warmup) *lr = opn_warmup_lr(config, step);
    else *lr = opn_fallen_lr(config, 1 - opn_progress(step, config->warmup, config->total));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_polynomial(const optim_schedule_config *config, double step, double *lr)
{
    const int status = opn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (!opn_finite(config->power) || config->power <= 0) return OPTIM_ERROR_PARAMETER;
    if (step < config->warmup) *lr = opn_warmup_lr(config, step);
    else *lr = opn_fallen_lr(config, pow(1 - opn_progress(step, config->warmup, config->total), config->power));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_cosine(const optim_schedule_config *config, double step, double *lr)
{
    const int status = opn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (step < config->warmup) *lr = opn_warmup_lr(config, step);
    else *lr = opn_fallen_lr(config, opn_decay_left(opn_progress(step, config->warmup, config->total), OPTIM_DECAY_COSINE));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_cosine_restarts(const optim_schedule_config *config, double step, double *lr)
{
    double at, period;
    const int status = opn_schedule_check(config, step, lr);
    if (status) return status;
    if (!opn_is_amount(config->final_lr) || !opn_is_amount(config->period) || config->period <= 0
        || !opn_finite(config->factor) || (config->factor != 1 && config->factor < 1.01)) return OPTIM_ERROR_PARAMETER;
    if (step < config->warmup) {
        *lr = opn_warmup_lr(config, step);
        return OPTIM_OK;
    }
    at = step - config->warmup;
    period = config->period;
    if (config->factor == 1) at = fmod(at, period);
    while (at >= period) {
        at -= period;
        period *= config->factor;
    }
    *lr = opn_fallen_lr(config, opn_decay_left(at / period, OPTIM_DECAY_COSINE));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_inverse_sqrt(const optim_schedule_config *config, double step, double *lr)
{
    double s;
    const int status = opn_schedule_check(config, step, lr);
    if (status) return status;
    s = config->warmup > 1 ? config->warmup : 1;
    if (step < config->warmup) *lr = opn_warmup_lr(config, step);
    else *lr = config->lr * sqrt(s / (step > s ? step : s));
    return OPTIM_OK;
}

OPTIM_DEF int optim_schedule_wsd(const optim_schedule_config *config, double step, double *lr)
{
    double begin;
    const int status = opn_schedule_check_total(config, step, lr);
    if (status) return status;
    if (!opn_is_amount(config->decay) || config->decay > config->total - config->warmup) return OPTIM_ERROR_PARAMETER;
    if (config->shape < OPTIM_DECAY_LINEAR || config->shape > OPTIM_DECAY_SQRT) return OPTIM_ERROR_OPTION;
    begin = config->total - config->decay;
    if (step < config->warmup) *lr = opn_warmup_lr(config, step);
    else if (step < begin) *lr = config->lr;
    else *lr = opn_fallen_lr(config, opn_decay_left(opn_progress(step, begin, config->total), config->shape));
    return OPTIM_OK;
}

static int opn_one_cycle_check(const optim_one_cycle_config *c, double step)
{
    if (!opn_is_amount(step) || !opn_is_amount(c->max_lr) || !opn_is_amount(c->total) || c->total < 1
        || !opn_is_amount(c->warmup_fraction) || c->warmup_fraction > (c->three_phase ? 0.5 : 1)
        || !opn_is_amount(c->div_factor) || c->div_factor <= 0
        || !opn_is_amount(c->final_div_factor) || c->final_div_factor <= 0
        || !opn_finite(c->max_lr / c->div_factor) || !opn_finite(c->max_lr / c->div_factor / c->final_div_factor)
        || !opn_is_amount(c->base_momentum) || !opn_is_amount(c->max_momentum)) return OPTIM_ERROR_PARAMETER;
    return c->shape == OPTIM_DECAY_COSINE || c->shape == OPTIM_DECAY_LINEAR ? OPTIM_OK : OPTIM_ERROR_OPTION;
}

OPTIM_DEF int optim_schedule_one_cycle(const optim_one_cycle_config *config, double step, double *lr, double *momentum)
{
    double rise, fall, last, initial_lr, from, to, from_momentum, to_momentum, left;
    int status;
    if (!config) return OPTIM_ERROR_NULL;
    status = opn_one_cycle_check(config, step);
    if (status) return status;
    rise = config->warmup_fraction * config->total - 1;
    fall = config->three_phase ? 2 * config->warmup_fraction * config->total - 2 : rise;
    last = config->total - 1;
    initial_lr = config->max_lr / config->div_factor;
    if (step > last) step = last;
    if (step <= rise) {
        from = initial_lr;
        to = config->max_lr;
        from_momentum = config->max_momentum;
        to_momentum = config->base_momentum;
        left = opn_decay_left(opn_progress(step, 0, rise), config->shape);
    } else if (step <= fall) {
        from = config->max_lr;
        to = initial_lr;
        from_momentum = config->base_momentum;
        to_momentum = config->max_momentum;
        left = opn_decay_left(opn_progress(step, rise, fall), config->shape);
    } else {
        from = config->three_phase ? initial_lr : config->max_lr;
        to = initial_lr / config->final_div_factor;
        from_momentum = config->three_phase ? config->max_momentum : config->base_momentum;
        to_momentum = config->max_momentum;
        left = opn_decay_left(opn_progress(step, fall, last), config->shape);
    }
    if (lr) *lr = to + (from - to) * left;
    if (momentum) *momentum = to_momentum + (from_momentum - to_momentum) * left;
    return OPTIM_OK;
}

#endif

/* ---- optim/table ---- */
#if OPN_HAS_TABLE

/* How large the states are. */
static size_t opn_table_same(int k, const double *hyper, size_t rows, size_t columns)
{
    (void)k;
    (void)hyper;
    return opn_mul(rows, columns);
}

static size_t opn_table_sgd_size(int k, const double *hyper, size_t rows, size_t columns)
{
    (void)k;
    return hyper[1] > 0 ? opn_mul(rows, columns) : 0;
}

static size_t opn_table_rmsprop_size(int k, const double *hyper, size_t rows, size_t columns)
{
    if (k == 1 && !(hyper[3] > 0)) return 0;
    if (k == 2 && hyper[5] == 0) return 0;
    return opn_mul(rows, columns);
}

static size_t opn_table_adafactor_size(int k, const double *hyper, size_t rows, size_t columns)
{
    const int vector = rows == 1 || columns == 1;
    if (k == 0) return vector ? opn_mul(rows, columns) : rows;
    if (k == 1) return vector ? 0 : columns;
    return hyper[5] > 0 ? opn_mul(rows, columns) : 0;
}

/* How large the scratch is. */
static size_t opn_table_none(size_t rows, size_t columns, size_t bytes)
{
    (void)rows;
    (void)columns;
    (void)bytes;
    return 0;
}

static size_t opn_table_adafactor_scratch(size_t rows, size_t columns, size_t bytes)
{
    if (rows == 1 || columns == 1) return 0;
    return bytes == sizeof(float) ? optim_adafactor_matrix_scratch_f32(rows, columns) : optim_adafactor_matrix_scratch_f64(rows, columns);
}

static size_t opn_table_muon_scratch(size_t rows, size_t columns, size_t bytes)
{
    return bytes == sizeof(float) ? optim_muon_scratch_f32(rows, columns) : optim_muon_scratch_f64(rows, columns);
}

/* name, default, low, high, low open, high open, whole */
#define OPN_AT_LEAST_0(name, value) {name, value, 0, DBL_MAX, 0, 0, 0}
#define OPN_ABOVE_0(name, value) {name, value, 0, DBL_MAX, 1, 0, 0}
#define OPN_BELOW_0(name, value) {name, value, -DBL_MAX, 0, 0, 1, 0}
#define OPN_RATE(name, value) {name, value, 0, 1, 0, 1, 0}
#define OPN_PORTION(name, value) {name, value, 0, 1, 0, 0, 0}
#define OPN_WHOLE(name, value, high) {name, value, 0, high, 0, 0, 1}
#define OPN_FLAG(name) OPN_WHOLE(name, 0, 1)

static const optim_hyper opn_hyper_sgd[] = {
    OPN_AT_LEAST_0("lr", 1e-3), OPN_RATE("momentum", 0), OPN_PORTION("dampening", 0), OPN_AT_LEAST_0("weight_decay", 0),
    OPN_FLAG("nesterov"), OPN_FLAG("decoupled"), OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_adam[] = {
    OPN_AT_LEAST_0("lr", 1e-3), OPN_RATE("beta1", 0.9), OPN_RATE("beta2", 0.999), OPN_AT_LEAST_0("eps", 1e-8),
    OPN_AT_LEAST_0("weight_decay", 0), OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_adamw[] = {
    OPN_AT_LEAST_0("lr", 1e-3), OPN_RATE("beta1", 0.9), OPN_RATE("beta2", 0.999), OPN_AT_LEAST_0("eps", 1e-8),
    OPN_AT_LEAST_0("weight_decay", 0.01), OPN_FLAG("independent_decay"), OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_amsgrad[] = {
    OPN_AT_LEAST_0("lr", 1e-3), OPN_RATE("beta1", 0.9), OPN_RATE("beta2", 0.999), OPN_AT_LEAST_0("eps", 1e-8),
    OPN_AT_LEAST_0("weight_decay", 0), OPN_FLAG("decoupled"), OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_adagrad[] = {
    OPN_AT_LEAST_0("lr", 1e-2), OPN_AT_LEAST_0("lr_decay", 0), OPN_AT_LEAST_0("eps", 1e-10),
    OPN_AT_LEAST_0("weight_decay", 0), OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_rmsprop[] = {
    OPN_AT_LEAST_0("lr", 1e-2), OPN_RATE("alpha", 0.99), OPN_AT_LEAST_0("eps", 1e-8), OPN_RATE("momentum", 0),
    OPN_AT_LEAST_0("weight_decay", 0), OPN_FLAG("centered"), OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_lion[] = {
    OPN_AT_LEAST_0("lr", 1e-4), OPN_RATE("beta1", 0.9), OPN_RATE("beta2", 0.99), OPN_AT_LEAST_0("weight_decay", 0),
    OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_lamb[] = {
    OPN_AT_LEAST_0("lr", 1e-3), OPN_RATE("beta1", 0.9), OPN_RATE("beta2", 0.999), OPN_AT_LEAST_0("eps", 1e-6),
    OPN_AT_LEAST_0("weight_decay", 0.01), OPN_AT_LEAST_0("max_weight_norm", 0), OPN_AT_LEAST_0("max_trust", 0),
    OPN_WHOLE("bias_correction", 1, 1), OPN_FLAG("always_adapt"), OPN_FLAG("decoupled_decay"),
    OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_adafactor[] = {
    OPN_AT_LEAST_0("lr", 0.01), OPN_BELOW_0("decay_rate", -0.8), OPN_ABOVE_0("eps1", 1e-30), OPN_AT_LEAST_0("eps2", 1e-3),
    OPN_ABOVE_0("clip_threshold", 1), OPN_RATE("beta1", 0), OPN_AT_LEAST_0("weight_decay", 0),
    OPN_WHOLE("relative_step", 1, 1), OPN_FLAG("warmup_init"), OPN_WHOLE("scale_parameter", 1, 1),
    OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const optim_hyper opn_hyper_muon[] = {
    OPN_AT_LEAST_0("lr", 0.02), OPN_RATE("momentum", 0.95), OPN_AT_LEAST_0("weight_decay", 0), OPN_WHOLE("nesterov", 1, 1),
    OPN_WHOLE("scaling", OPTIM_MUON_ORIGINAL, OPTIM_MUON_UNSCALED), OPN_WHOLE("newton_schulz_steps", 5, 100),
    OPN_AT_LEAST_0("grad_scale", 1), OPN_FLAG("maximize")
};

static const char *const opn_state_buffer[] = {"buffer"};
static const char *const opn_state_adam[] = {"m", "v", "v_max"};
static const char *const opn_state_sum[] = {"sum"};
static const char *const opn_state_rmsprop[] = {"square", "buffer", "mean"};
static const char *const opn_state_adafactor[] = {"row", "col", "m"};

#define OPN_COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))

/* The states of all start at 0. */
#define OPN_METHOD(name, states, state_names, state_size, scratch_size) \
    {#name, OPN_COUNT(opn_hyper_##name), states, opn_hyper_##name, state_names, 0, state_size, scratch_size, \
     opn_table_##name##_f32, opn_table_##name##_f64}

static const optim_method opn_methods[] = {
    OPN_METHOD(sgd, 1, opn_state_buffer, opn_table_sgd_size, opn_table_none),
    OPN_METHOD(adam, 2, opn_state_adam, opn_table_same, opn_table_none),
    OPN_METHOD(adamw, 2, opn_state_adam, opn_table_same, opn_table_none),
    OPN_METHOD(amsgrad, 3, opn_state_adam, opn_table_same, opn_table_none),
    OPN_METHOD(adagrad, 1, opn_state_sum, opn_table_same, opn_table_none),
    OPN_METHOD(rmsprop, 3, opn_state_rmsprop, opn_table_rmsprop_size, opn_table_none),
    OPN_METHOD(lion, 1, opn_state_adam, opn_table_same, opn_table_none),
    OPN_METHOD(lamb, 2, opn_state_adam, opn_table_same, opn_table_none),
    OPN_METHOD(adafactor, 3, opn_state_adafactor, opn_table_adafactor_size, opn_table_adafactor_scratch),
    OPN_METHOD(muon, 1, opn_state_buffer, opn_table_same, opn_table_muon_scratch)
};

OPTIM_DEF int optim_method_count(void) { return OPN_COUNT(opn_methods); }

OPTIM_DEF const optim_method *optim_method_at(int index)
{
    return index >= 0 && index < OPN_COUNT(opn_methods) ? &opn_methods[index] : NULL;
}

OPTIM_DEF const optim_method *optim_method_find(const char *name)
{
    int k;
    for (k = 0; name && k < OPN_COUNT(opn_methods); k++)
        if (strcmp(opn_methods[k].name, name) == 0) return &opn_methods[k];
    return NULL;
}

OPTIM_DEF int optim_method_init(const optim_method *method, double *hyper)
{
    int k;
    if (!method || !hyper) return OPTIM_ERROR_NULL;
    for (k = 0; k < method->hyper_count; k++) hyper[k] = method->hyper[k].value;
    return OPTIM_OK;
}

static int opn_hyper_fits(const optim_hyper *h, double value)
{
    if (!opn_finite(value) || value < h->low || value > h->high || (h->whole && value != floor(value))) return 0;
    return !(h->low_open && value == h->low) && !(h->high_open && value == h->high);
}

OPTIM_DEF int optim_method_set(const optim_method *method, double *hyper, const char *name, double value)
{
    int k;
    if (!method || !hyper || !name) return OPTIM_ERROR_NULL;
    for (k = 0; k < method->hyper_count; k++)
        if (strcmp(method->hyper[k].name, name) == 0) {
            if (!opn_hyper_fits(&method->hyper[k], value)) return OPTIM_ERROR_PARAMETER;
            hyper[k] = value;
            return OPTIM_OK;
        }
    return OPTIM_ERROR_OPTION;
}

#endif

#define OPN_PASS 2
#include OPTIM_HEADER_FILENAME
#undef OPN_PASS
#endif /* OPTIM_IMPLEMENTATION */

#elif OPN_PASS == 1
/* ---- pass 1: inside the passes, opn_name stands for the one of this type and ISA -- */
#define opn_vec OPN_X(opn_vec)
#define opn_uvec OPN_X(opn_uvec)
#define opn_mask OPN_X(opn_mask)
#define opn_set1 OPN_X(opn_set1)
#define opn_load OPN_X(opn_load)
#define opn_store OPN_X(opn_store)
#define opn_bits OPN_X(opn_bits)
#define opn_from_bits OPN_X(opn_from_bits)
#define opn_select OPN_X(opn_select)
#define opn_keep OPN_X(opn_keep)
#define opn_not OPN_X(opn_not)
#define opn_any OPN_X(opn_any)
#define opn_all OPN_X(opn_all)
#define opn_abs OPN_X(opn_abs)
#define opn_sqrt OPN_X(opn_sqrt)
#define opn_min OPN_X(opn_min)
#define opn_max OPN_X(opn_max)
#define opn_fma OPN_X(opn_fma)
#define opn_round OPN_X(opn_round)
#define opn_hsum OPN_X(opn_hsum)
#define opn_hmax OPN_X(opn_hmax)
#define opn_hmin OPN_X(opn_hmin)
#define opn_first OPN_X(opn_first)
#define opn_load_part OPN_X(opn_load_part)
#define opn_store_part OPN_X(opn_store_part)
#define opn_lane_index OPN_X(opn_lane_index)
#define opn_put_part OPN_X(opn_put_part)
#define opn_zero OPN_X(opn_zero)
#define opn_clamp OPN_X(opn_clamp)
#define opn_neg_if OPN_X(opn_neg_if)
#define opn_bits1 OPN_X(opn_bits1)
#define opn_sign OPN_X(opn_sign)
#define opn_copysign OPN_X(opn_copysign)
#define opn_point OPN_X(opn_point)
#define opn_exact OPN_X(opn_exact)
#define opn_infinity OPN_X(opn_infinity)
#define opn_nan OPN_X(opn_nan)
#define opn_whole OPN_X(opn_whole)
#define opn_nearest OPN_X(opn_nearest)
#define opn_pow2 OPN_X(opn_pow2)
#define opn_scale2 OPN_X(opn_scale2)
#define opn_exp_tail OPN_X(opn_exp_tail)
#define opn_exp OPN_X(opn_exp)
#define opn_exp_falling OPN_X(opn_exp_falling)
#define opn_expm1_tail OPN_X(opn_expm1_tail)
#define opn_expm1 OPN_X(opn_expm1)
#define opn_log_of OPN_X(opn_log_of)
#define opn_parts OPN_X(opn_parts)
#define opn_take_apart OPN_X(opn_take_apart)
#define opn_log_limits OPN_X(opn_log_limits)
#define opn_log OPN_X(opn_log)
#define opn_log1p OPN_X(opn_log1p)
#define opn_sigmoid OPN_X(opn_sigmoid)
#define opn_log1p_unit OPN_X(opn_log1p_unit)
#define opn_softplus OPN_X(opn_softplus)
#define opn_tanh OPN_X(opn_tanh)
#define opn_pair OPN_X(opn_pair)
#define opn_two_sum OPN_X(opn_two_sum)
#define opn_quick_sum OPN_X(opn_quick_sum)
#define opn_upper_half OPN_X(opn_upper_half)
#define opn_two_product OPN_X(opn_two_product)
#define opn_pair_product OPN_X(opn_pair_product)
#define opn_exp_pair OPN_X(opn_exp_pair)
#define opn_log_tail OPN_X(opn_log_tail)
#define opn_log_pair OPN_X(opn_log_pair)
#define opn_pow OPN_X(opn_pow)
#define opn_cbrt_guess OPN_X(opn_cbrt_guess)
#define opn_cbrt OPN_X(opn_cbrt)
#define opn_sin_tail OPN_X(opn_sin_tail)
#define opn_cos_tail OPN_X(opn_cos_tail)
#define opn_sin_of OPN_X(opn_sin_of)
#define opn_cos_of OPN_X(opn_cos_of)
#define opn_turn OPN_X(opn_turn)
#define opn_sin_shifted OPN_X(opn_sin_shifted)
#define opn_lanewise OPN_X(opn_lanewise)
#define opn_sin OPN_X(opn_sin)
#define opn_cos OPN_X(opn_cos)
#define opn_atan_tail OPN_X(opn_atan_tail)
#define opn_atan OPN_X(opn_atan)
#define opn_erf_tail OPN_X(opn_erf_tail)
#define opn_erfc_factor OPN_X(opn_erfc_factor)
#define opn_erfc_of OPN_X(opn_erfc_of)
#define opn_erf OPN_X(opn_erf)
#define opn_erfc OPN_X(opn_erfc)
#define opn_lgamma_factor OPN_X(opn_lgamma_factor)
#define opn_stirling OPN_X(opn_stirling)
#define opn_half_turn OPN_X(opn_half_turn)
#define opn_lgamma_positive OPN_X(opn_lgamma_positive)
#define opn_lgamma OPN_X(opn_lgamma)
#define opn_digamma_series OPN_X(opn_digamma_series)
#define opn_digamma_positive OPN_X(opn_digamma_positive)
#define opn_digamma OPN_X(opn_digamma)
#define opn_sum OPN_X(opn_sum)
#define opn_sum_abs OPN_X(opn_sum_abs)
#define opn_dot OPN_X(opn_dot)
#define opn_sum_squares OPN_X(opn_sum_squares)
#define opn_squared_distance OPN_X(opn_squared_distance)
#define opn_max_of OPN_X(opn_max_of)
#define opn_axpy OPN_X(opn_axpy)
#define opn_scale OPN_X(opn_scale)
#define opn_put OPN_X(opn_put)
#define opn_fill OPN_X(opn_fill)
#define opn_dot_double OPN_X(opn_dot_double)
#define opn_norm_squares OPN_X(opn_norm_squares)
#define opn_reciprocal OPN_X(opn_reciprocal)
#define opn_gemm_pack_a OPN_X(opn_gemm_pack_a)
#define opn_gemm_pack_b OPN_X(opn_gemm_pack_b)
#define opn_gemm_put OPN_X(opn_gemm_put)
#define opn_gemm_tile OPN_X(opn_gemm_tile)
#define opn_gemm OPN_X(opn_gemm)
#define opn_update_formula OPN_X(opn_update_formula)
#define opn_update_tail OPN_X(opn_update_tail)
#define opn_update OPN_X(opn_update)
#define opn_is_finite OPN_X(opn_is_finite)
#define opn_is_nonnegative OPN_X(opn_is_nonnegative)
#define opn_is_positive OPN_X(opn_is_positive)
#define opn_is_decay OPN_X(opn_is_decay)
#define opn_is_common OPN_X(opn_is_common)
#define opn_step_begin OPN_X(opn_step_begin)
#define opn_sgd_plain_point OPN_X(opn_sgd_plain_point)
#define opn_sgd_momentum_point OPN_X(opn_sgd_momentum_point)
#define opn_sgd_nesterov_point OPN_X(opn_sgd_nesterov_point)
#define opn_sgd_plain_kernel OPN_X(opn_sgd_plain_kernel)
#define opn_sgd_momentum_kernel OPN_X(opn_sgd_momentum_kernel)
#define opn_sgd_nesterov_kernel OPN_X(opn_sgd_nesterov_kernel)
#define opn_sgd_check OPN_X(opn_sgd_check)
#define opn_adam_moments OPN_X(opn_adam_moments)
#define opn_adam_moved OPN_X(opn_adam_moved)
#define opn_adam_point OPN_X(opn_adam_point)
#define opn_adamw_point OPN_X(opn_adamw_point)
#define opn_amsgrad_point OPN_X(opn_amsgrad_point)
#define opn_adam_kernel OPN_X(opn_adam_kernel)
#define opn_adamw_kernel OPN_X(opn_adamw_kernel)
#define opn_amsgrad_kernel OPN_X(opn_amsgrad_kernel)
#define opn_adam_check OPN_X(opn_adam_check)
#define opn_adagrad_point OPN_X(opn_adagrad_point)
#define opn_rmsprop_scaled OPN_X(opn_rmsprop_scaled)
#define opn_rmsprop_centered OPN_X(opn_rmsprop_centered)
#define opn_rmsprop_point OPN_X(opn_rmsprop_point)
#define opn_rmsprop_momentum_point OPN_X(opn_rmsprop_momentum_point)
#define opn_rmsprop_centered_point OPN_X(opn_rmsprop_centered_point)
#define opn_rmsprop_full_point OPN_X(opn_rmsprop_full_point)
#define opn_adagrad_kernel OPN_X(opn_adagrad_kernel)
#define opn_rmsprop_kernel OPN_X(opn_rmsprop_kernel)
#define opn_rmsprop_momentum_kernel OPN_X(opn_rmsprop_momentum_kernel)
#define opn_rmsprop_centered_kernel OPN_X(opn_rmsprop_centered_kernel)
#define opn_rmsprop_full_kernel OPN_X(opn_rmsprop_full_kernel)
#define opn_rmsprop_check OPN_X(opn_rmsprop_check)
#define opn_sign_or_nan OPN_X(opn_sign_or_nan)
#define opn_lion_point OPN_X(opn_lion_point)
#define opn_lion_kernel OPN_X(opn_lion_kernel)
#define opn_lamb_update OPN_X(opn_lamb_update)
#define opn_lamb_moments OPN_X(opn_lamb_moments)
#define opn_lamb_block OPN_X(opn_lamb_block)
#define opn_lamb_apply OPN_X(opn_lamb_apply)
#define opn_lamb_kernel OPN_X(opn_lamb_kernel)
#define opn_lamb_check OPN_X(opn_lamb_check)
#define opn_add_squares OPN_X(opn_add_squares)
#define opn_adafactor_moment OPN_X(opn_adafactor_moment)
#define opn_inverse_root OPN_X(opn_inverse_root)
#define opn_adafactor_statistics OPN_X(opn_adafactor_statistics)
#define opn_adafactor_update OPN_X(opn_adafactor_update)
#define opn_adafactor_ratio OPN_X(opn_adafactor_ratio)
#define opn_adafactor_vector_update OPN_X(opn_adafactor_vector_update)
#define opn_adafactor_vector_moments OPN_X(opn_adafactor_vector_moments)
#define opn_adafactor_part OPN_X(opn_adafactor_part)
#define opn_adafactor_apply OPN_X(opn_adafactor_apply)
#define opn_adafactor_kernel OPN_X(opn_adafactor_kernel)
#define opn_adafactor_begin OPN_X(opn_adafactor_begin)
#define opn_gram OPN_X(opn_gram)
#define opn_combine OPN_X(opn_combine)
#define opn_newton_schulz_kernel OPN_X(opn_newton_schulz_kernel)
#define opn_muon_momentum OPN_X(opn_muon_momentum)
#define opn_newton_schulz_room OPN_X(opn_newton_schulz_room)
#define opn_newton_schulz_check OPN_X(opn_newton_schulz_check)
#define opn_muon_scale OPN_X(opn_muon_scale)
#define opn_lbfgs_direction OPN_X(opn_lbfgs_direction)
#define opn_lbfgs_pair OPN_X(opn_lbfgs_pair)
#define opn_lbfgs_point OPN_X(opn_lbfgs_point)
#define opn_lbfgs_largest OPN_X(opn_lbfgs_largest)
#define opn_lbfgs_finish OPN_X(opn_lbfgs_finish)
#define opn_lbfgs_abandon OPN_X(opn_lbfgs_abandon)
#define opn_lbfgs_go OPN_X(opn_lbfgs_go)
#define opn_lbfgs_begin OPN_X(opn_lbfgs_begin)
#define opn_lbfgs_accept OPN_X(opn_lbfgs_accept)
#define opn_lbfgs_give_up OPN_X(opn_lbfgs_give_up)
#define opn_lbfgs_start OPN_X(opn_lbfgs_start)
#define opn_lbfgs_step OPN_X(opn_lbfgs_step)
#define opn_asam_squares OPN_X(opn_asam_squares)
#define opn_sam_moved OPN_X(opn_sam_moved)
#define opn_sam_ascend OPN_X(opn_sam_ascend)
#define opn_sam_check OPN_X(opn_sam_check)
#define opn_sam_squares OPN_X(opn_sam_squares)
#define opn_average_point OPN_X(opn_average_point)
#define opn_lookahead_point OPN_X(opn_lookahead_point)
#define opn_average_kernel OPN_X(opn_average_kernel)
#define opn_lookahead_kernel OPN_X(opn_lookahead_kernel)
#define opn_clip_point OPN_X(opn_clip_point)
#define opn_clip_kernel OPN_X(opn_clip_kernel)
#define opn_norm_block OPN_X(opn_norm_block)
#define opn_table_arrays OPN_X(opn_table_arrays)
#define opn_table_sgd OPN_X(opn_table_sgd)
#define opn_table_adam OPN_X(opn_table_adam)
#define opn_table_adamw OPN_X(opn_table_adamw)
#define opn_table_amsgrad OPN_X(opn_table_amsgrad)
#define opn_table_adagrad OPN_X(opn_table_adagrad)
#define opn_table_rmsprop OPN_X(opn_table_rmsprop)
#define opn_table_lion OPN_X(opn_table_lion)
#define opn_table_whole OPN_X(opn_table_whole)
#define opn_table_lamb OPN_X(opn_table_lamb)
#define opn_table_adafactor OPN_X(opn_table_adafactor)
#define opn_table_muon OPN_X(opn_table_muon)
#elif OPN_PASS == 2
/* ---- pass 2: and outside for nothing ------------------------------------------ */
#undef opn_vec
#undef opn_uvec
#undef opn_mask
#undef opn_set1
#undef opn_load
#undef opn_store
#undef opn_bits
#undef opn_from_bits
#undef opn_select
#undef opn_keep
#undef opn_not
#undef opn_any
#undef opn_all
#undef opn_abs
#undef opn_sqrt
#undef opn_min
#undef opn_max
#undef opn_fma
#undef opn_round
#undef opn_hsum
#undef opn_hmax
#undef opn_hmin
#undef opn_first
#undef opn_load_part
#undef opn_store_part
#undef opn_lane_index
#undef opn_put_part
#undef opn_zero
#undef opn_clamp
#undef opn_neg_if
#undef opn_bits1
#undef opn_sign
#undef opn_copysign
#undef opn_point
#undef opn_exact
#undef opn_infinity
#undef opn_nan
#undef opn_whole
#undef opn_nearest
#undef opn_pow2
#undef opn_scale2
#undef opn_exp_tail
#undef opn_exp
#undef opn_exp_falling
#undef opn_expm1_tail
#undef opn_expm1
#undef opn_log_of
#undef opn_parts
#undef opn_take_apart
#undef opn_log_limits
#undef opn_log
#undef opn_log1p
#undef opn_sigmoid
#undef opn_log1p_unit
#undef opn_softplus
#undef opn_tanh
#undef opn_pair
#undef opn_two_sum
#undef opn_quick_sum
#undef opn_upper_half
#undef opn_two_product
#undef opn_pair_product
#undef opn_exp_pair
#undef opn_log_tail
#undef opn_log_pair
#undef opn_pow
#undef opn_cbrt_guess
#undef opn_cbrt
#undef opn_sin_tail
#undef opn_cos_tail
#undef opn_sin_of
#undef opn_cos_of
#undef opn_turn
#undef opn_sin_shifted
#undef opn_lanewise
#undef opn_sin
#undef opn_cos
#undef opn_atan_tail
#undef opn_atan
#undef opn_erf_tail
#undef opn_erfc_factor
#undef opn_erfc_of
#undef opn_erf
#undef opn_erfc
#undef opn_lgamma_factor
#undef opn_stirling
#undef opn_half_turn
#undef opn_lgamma_positive
#undef opn_lgamma
#undef opn_digamma_series
#undef opn_digamma_positive
#undef opn_digamma
#undef opn_sum
#undef opn_sum_abs
#undef opn_dot
#undef opn_sum_squares
#undef opn_squared_distance
#undef opn_max_of
#undef opn_axpy
#undef opn_scale
#undef opn_put
#undef opn_fill
#undef opn_dot_double
#undef opn_norm_squares
#undef opn_reciprocal
#undef opn_gemm_pack_a
#undef opn_gemm_pack_b
#undef opn_gemm_put
#undef opn_gemm_tile
#undef opn_gemm
#undef opn_update_formula
#undef opn_update_tail
#undef opn_update
#undef opn_is_finite
#undef opn_is_nonnegative
#undef opn_is_positive
#undef opn_is_decay
#undef opn_is_common
#undef opn_step_begin
#undef opn_sgd_plain_point
#undef opn_sgd_momentum_point
#undef opn_sgd_nesterov_point
#undef opn_sgd_plain_kernel
#undef opn_sgd_momentum_kernel
#undef opn_sgd_nesterov_kernel
#undef opn_sgd_check
#undef opn_adam_moments
#undef opn_adam_moved
#undef opn_adam_point
#undef opn_adamw_point
#undef opn_amsgrad_point
#undef opn_adam_kernel
#undef opn_adamw_kernel
#undef opn_amsgrad_kernel
#undef opn_adam_check
#undef opn_adagrad_point
#undef opn_rmsprop_scaled
#undef opn_rmsprop_centered
#undef opn_rmsprop_point
#undef opn_rmsprop_momentum_point
#undef opn_rmsprop_centered_point
#undef opn_rmsprop_full_point
#undef opn_adagrad_kernel
#undef opn_rmsprop_kernel
#undef opn_rmsprop_momentum_kernel
#undef opn_rmsprop_centered_kernel
#undef opn_rmsprop_full_kernel
#undef opn_rmsprop_check
#undef opn_sign_or_nan
#undef opn_lion_point
#undef opn_lion_kernel
#undef opn_lamb_update
#undef opn_lamb_moments
#undef opn_lamb_block
#undef opn_lamb_apply
#undef opn_lamb_kernel
#undef opn_lamb_check
#undef opn_add_squares
#undef opn_adafactor_moment
#undef opn_inverse_root
#undef opn_adafactor_statistics
#undef opn_adafactor_update
#undef opn_adafactor_ratio
#undef opn_adafactor_vector_update
#undef opn_adafactor_vector_moments
#undef opn_adafactor_part
#undef opn_adafactor_apply
#undef opn_adafactor_kernel
#undef opn_adafactor_begin
#undef opn_gram
#undef opn_combine
#undef opn_newton_schulz_kernel
#undef opn_muon_momentum
#undef opn_newton_schulz_room
#undef opn_newton_schulz_check
#undef opn_muon_scale
#undef opn_lbfgs_direction
#undef opn_lbfgs_pair
#undef opn_lbfgs_point
#undef opn_lbfgs_largest
#undef opn_lbfgs_finish
#undef opn_lbfgs_abandon
#undef opn_lbfgs_go
#undef opn_lbfgs_begin
#undef opn_lbfgs_accept
#undef opn_lbfgs_give_up
#undef opn_lbfgs_start
#undef opn_lbfgs_step
#undef opn_asam_squares
#undef opn_sam_moved
#undef opn_sam_ascend
#undef opn_sam_check
#undef opn_sam_squares
#undef opn_average_point
#undef opn_lookahead_point
#undef opn_average_kernel
#undef opn_lookahead_kernel
#undef opn_clip_point
#undef opn_clip_kernel
#undef opn_norm_block
#undef opn_table_arrays
#undef opn_table_sgd
#undef opn_table_adam
#undef opn_table_adamw
#undef opn_table_amsgrad
#undef opn_table_adagrad
#undef opn_table_rmsprop
#undef opn_table_lion
#undef opn_table_whole
#undef opn_table_lamb
#undef opn_table_adafactor
#undef opn_table_muon
#else
/* ---- passes 3 to 5, once per type: the names of the type --------------------- */
#if OPN_BITS == 32
#define opn_real float
#define opn_word uint32_t
#define OPN_T_(name) name##_f32
#define OPN_V256_(name) name##_avx2_f32
#define OPN_V512_(name) name##_avx512_f32
#define OPN_VNEON_(name) name##_neon_f32
#if OPN_PASS != 5
#elif OPN_X86_512
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX512 ? fn##_avx512_f32 args : opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif OPN_X86
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f32 args : fn##_f32 args)
#elif OPN_NEON
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_NEON ? fn##_neon_f32 args : fn##_f32 args)
#else
#define OPN_CALL(fn, args) (fn##_f32 args)
#endif
#else
#define opn_real double
#define opn_word uint64_t
#define OPN_T_(name) name##_f64
#define OPN_V256_(name) name##_avx2_f64
#define OPN_V512_(name) name##_avx512_f64
#define OPN_VNEON_(name) name##_neon_f64
#if OPN_PASS != 5
#elif OPN_X86_512
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX512 ? fn##_avx512_f64 args : opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif OPN_X86
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_AVX2 ? fn##_avx2_f64 args : fn##_f64 args)
#elif OPN_NEON
#define OPN_CALL(fn, args) (opn_isa() == OPN_ISA_NEON ? fn##_neon_f64 args : fn##_f64 args)
#else
#define OPN_CALL(fn, args) (fn##_f64 args)
#endif
#endif
#if OPN_ISA == 0
#define OPN_X(name) OPN_T_(name)
#elif OPN_ISA == 1
#define OPN_X(name) OPN_V256_(name)
#elif OPN_ISA == 2
#define OPN_X(name) OPN_V512_(name)
#else
#define OPN_X(name) OPN_VNEON_(name)
#endif
#define OPN_K(number) OPN_CAST(opn_real, number)
#if OPN_PASS == 3
#define OPN_INLINE OPTIM_INLINE
#define OPN_FN OPTIM_INLINE
#else
#if defined(__GNUC__) && OPN_PASS == 4 && OPN_ISA != 0
#define OPN_INLINE static inline __attribute__((always_inline, unused))
#else
#define OPN_INLINE OPN_UNUSED static inline
#endif
#define OPN_FN OPN_UNUSED static
#endif
#define OPN_LANES (OPN_ISA == 1 ? 256 / OPN_BITS : OPN_ISA == 2 ? 512 / OPN_BITS : OPN_ISA == 3 ? 128 / OPN_BITS : 1)

#if OPN_PASS == 3 || (OPN_PASS == 4 && OPN_ISA != 0)
/* ---- pass 3 (scalar, public) and 4 (per ISA): vectors and formulas ------------ */

/* ---- core/vec ---- */

#if OPN_ISA == 0

typedef opn_real opn_vec;
typedef opn_word opn_uvec;
typedef int opn_mask;

#if OPN_BITS == 32
#define OPN_LIBM(name) name##f
#else
#define OPN_LIBM(name) name
#endif

OPN_INLINE opn_vec opn_set1(opn_real x) { return x; }
OPN_INLINE opn_vec opn_load(const opn_real *p) { return *p; }
OPN_INLINE void opn_store(opn_real *p, opn_vec x) { *p = x; }
OPN_INLINE opn_uvec opn_bits(opn_vec x) { opn_uvec u; memcpy(&u, &x, sizeof u); return u; }
OPN_INLINE opn_vec opn_from_bits(opn_uvec u) { opn_vec x; memcpy(&x, &u, sizeof x); return x; }
OPN_INLINE opn_vec opn_select(opn_mask m, opn_vec a, opn_vec b) { return m ? a : b; }
OPN_INLINE opn_vec opn_keep(opn_mask m, opn_vec x) { return m ? x : OPN_K(0); }
OPN_INLINE opn_mask opn_not(opn_mask m) { return !m; }
OPN_INLINE int opn_any(opn_mask m) { return m; }
OPN_INLINE int opn_all(opn_mask m) { return m; }
OPN_INLINE opn_vec opn_abs(opn_vec x) { return OPN_LIBM(fabs)(x); }
OPN_INLINE opn_vec opn_sqrt(opn_vec x) { return OPN_LIBM(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
OPN_INLINE opn_vec opn_min(opn_vec a, opn_vec b) { return a < b ? a : b; }
OPN_INLINE opn_vec opn_max(opn_vec a, opn_vec b) { return a > b ? a : b; }

/* a b + c, in one rounding where the processor has it. */
OPN_INLINE opn_vec opn_fma(opn_vec a, opn_vec b, opn_vec c)
{
#if (OPN_BITS == 32 && defined(FP_FAST_FMAF)) || (OPN_BITS == 64 && defined(FP_FAST_FMA))
    return OPN_LIBM(fma)(a, b, c);
#else
    return a * b + c;
#endif
}

/* To the nearest integer, ties to even. */
OPN_INLINE opn_vec opn_round(opn_vec x)
{
#if FLT_EVAL_METHOD == 0 && !defined(__FAST_MATH__)
    const opn_vec whole = OPN_BITS == 32 ? OPN_K(8388608.0) : OPN_K(4503599627370496.0), big = x < 0 ? -whole : whole;
    return opn_abs(x) < whole ? (x + big) - big : x;
#else
    return OPN_LIBM(rint)(x);
#endif
}

OPN_INLINE double opn_hsum(opn_vec x) { return OPN_CAST(double, x); }
OPN_INLINE opn_real opn_hmax(opn_vec x) { return x; }
OPN_INLINE opn_real opn_hmin(opn_vec x) { return x; }
OPN_INLINE opn_mask opn_first(size_t m) { return m > 0; }
OPN_INLINE opn_vec opn_load_part(const opn_real *p, size_t m) { return m ? *p : OPN_K(0); }
OPN_INLINE void opn_store_part(opn_real *p, opn_vec x, size_t m) { if (m) *p = x; }
OPN_INLINE opn_vec opn_lane_index(void) { return OPN_K(0); }

#else

typedef opn_real opn_vec __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
typedef opn_word opn_uvec __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
#if OPN_BITS == 32
typedef int32_t opn_mask __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
#else
typedef int64_t opn_mask __attribute__((vector_size(OPN_LANES * OPN_BITS / 8)));
#endif

#if OPN_ISA == 1 && OPN_BITS == 32
#define OPN_INTRINSIC(name) _mm256_##name##_ps
#elif OPN_ISA == 1
#define OPN_INTRINSIC(name) _mm256_##name##_pd
#elif OPN_ISA == 2 && OPN_BITS == 32
#define OPN_INTRINSIC(name) _mm512_##name##_ps
#elif OPN_ISA == 2
#define OPN_INTRINSIC(name) _mm512_##name##_pd
#elif OPN_BITS == 32
#define OPN_INTRINSIC(name) v##name##q_f32
#else
#define OPN_INTRINSIC(name) v##name##q_f64
#endif

OPN_INLINE opn_vec opn_set1(opn_real x)
{
#if OPN_ISA == 3
    return OPN_BITS == 32 ? (opn_vec)vdupq_n_f32((float)x) : (opn_vec)vdupq_n_f64((double)x);
#else
    return (opn_vec)OPN_INTRINSIC(set1)(x);
#endif
}

OPN_INLINE opn_vec opn_load(const opn_real *p) { opn_vec x; memcpy(&x, p, sizeof x); return x; }
OPN_INLINE void opn_store(opn_real *p, opn_vec x) { memcpy(p, &x, sizeof x); }
OPN_INLINE opn_uvec opn_bits(opn_vec x) { return (opn_uvec)x; }
OPN_INLINE opn_vec opn_from_bits(opn_uvec u) { return (opn_vec)u; }
OPN_INLINE opn_mask opn_not(opn_mask m) { return ~m; }
OPN_INLINE opn_vec opn_keep(opn_mask m, opn_vec x) { return (opn_vec)((opn_mask)x & m); }
OPN_INLINE opn_vec opn_abs(opn_vec x)
{
    const opn_uvec sign = opn_bits(opn_set1(OPN_K(-0.0)));
    return opn_from_bits(opn_bits(x) & ~sign);
}

OPN_INLINE opn_vec opn_select(opn_mask m, opn_vec a, opn_vec b)
{
#if OPN_ISA == 1 && OPN_BITS == 32
    return (opn_vec)_mm256_blendv_ps((__m256)b, (__m256)a, (__m256)m);
#elif OPN_ISA == 1
    return (opn_vec)_mm256_blendv_pd((__m256d)b, (__m256d)a, (__m256d)m);
#elif OPN_ISA == 3 && OPN_BITS == 32
    return (opn_vec)vbslq_f32((uint32x4_t)m, (float32x4_t)a, (float32x4_t)b);
#elif OPN_ISA == 3
    return (opn_vec)vbslq_f64((uint64x2_t)m, (float64x2_t)a, (float64x2_t)b);
#else
    return (opn_vec)(((opn_mask)a & m) | ((opn_mask)b & ~m));
#endif
}

OPN_INLINE opn_vec opn_sqrt(opn_vec x) { return (opn_vec)OPN_INTRINSIC(sqrt)(x); }

/* The second operand where the comparison fails: so a NaN in a gives b. */
OPN_INLINE opn_vec opn_min(opn_vec a, opn_vec b)
{
#if OPN_ISA == 3
    return opn_select(a < b, a, b);
#else
    return (opn_vec)OPN_INTRINSIC(min)(a, b);
#endif
}

OPN_INLINE opn_vec opn_max(opn_vec a, opn_vec b)
{
#if OPN_ISA == 3
    return opn_select(a > b, a, b);
#else
    return (opn_vec)OPN_INTRINSIC(max)(a, b);
#endif
}

/* a b + c in one rounding. */
OPN_INLINE opn_vec opn_fma(opn_vec a, opn_vec b, opn_vec c)
{
#if OPN_ISA == 3
    return (opn_vec)OPN_INTRINSIC(fma)(c, a, b);
#else
    return (opn_vec)OPN_INTRINSIC(fmadd)(a, b, c);
#endif
}

/* To the nearest integer, ties to even. */
OPN_INLINE opn_vec opn_round(opn_vec x)
{
#if OPN_ISA == 3
    return (opn_vec)OPN_INTRINSIC(rndn)(x);
#elif OPN_ISA == 2
    return (opn_vec)OPN_INTRINSIC(roundscale)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (opn_vec)OPN_INTRINSIC(round)(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#endif
}

/* The sum of the lanes, in double. */
OPN_INLINE double opn_hsum(opn_vec x)
{
#if OPN_ISA == 1
#if OPN_BITS == 32
    __m256d d = _mm256_add_pd(_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)x)), _mm256_cvtps_pd(_mm256_extractf128_ps((__m256)x, 1)));
#else
    __m256d d = (__m256d)x;
#endif
    __m128d s = _mm_add_pd(_mm256_castpd256_pd128(d), _mm256_extractf128_pd(d, 1));
    return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
#else
    opn_real lane[OPN_LANES];
    double sum = 0;
    int k;
    opn_store(lane, x);
    for (k = 0; k < OPN_LANES; k++) sum += (double)lane[k];
    return sum;
#endif
}

OPN_INLINE opn_real opn_hmax(opn_vec x)
{
    opn_real lane[OPN_LANES], best;
    int k;
    opn_store(lane, x);
    best = lane[0];
    for (k = 1; k < OPN_LANES; k++) best = lane[k] > best ? lane[k] : best;
    return best;
}

OPN_INLINE opn_real opn_hmin(opn_vec x)
{
    opn_real lane[OPN_LANES], best;
    int k;
    opn_store(lane, x);
    best = lane[0];
    for (k = 1; k < OPN_LANES; k++) best = lane[k] < best ? lane[k] : best;
    return best;
}

OPN_INLINE int opn_any(opn_mask m)
{
#if OPN_ISA == 1
    return _mm256_movemask_epi8((__m256i)m) != 0;
#else
    opn_word lane[OPN_LANES], any = 0;
    int k;
    memcpy(lane, &m, sizeof lane);
    for (k = 0; k < OPN_LANES; k++) any |= lane[k];
    return any != 0;
#endif
}

OPN_INLINE int opn_all(opn_mask m) { return !opn_any(~m); }

/* 0, 1, 2, ... over the lanes. */
OPN_INLINE opn_vec opn_lane_index(void)
{
    opn_real lane[OPN_LANES];
    int k;
    for (k = 0; k < OPN_LANES; k++) lane[k] = (opn_real)k;
    return opn_load(lane);
}

/* True in the first m lanes. */
OPN_INLINE opn_mask opn_first(size_t m)
{
#if OPN_BITS == 32
    static const int32_t table[2 * OPN_LANES] = {
#else
    static const int64_t table[2 * OPN_LANES] = {
#endif
#if OPN_LANES >= 16
        -1, -1, -1, -1, -1, -1, -1, -1,
#endif
#if OPN_LANES >= 8
        -1, -1, -1, -1,
#endif
#if OPN_LANES >= 4
        -1, -1,
#endif
        -1, -1 };
    opn_mask mask;
    memcpy(&mask, table + OPN_LANES - (m < OPN_LANES ? m : OPN_LANES), sizeof mask);
    return mask;
}

/* The first m <= OPN_LANES elements at p, zeros behind them. Nothing else is read. */
#if OPN_ISA != 1 || defined(OPN_NO_MASKED_MOVES)
OPN_INLINE opn_vec opn_load_part(const opn_real *p, size_t m)
{
    opn_real lane[OPN_LANES] = {0};
    if (m == OPN_LANES) return opn_load(p);
    memcpy(lane, p, m * sizeof *p);
    return opn_load(lane);
}

OPN_INLINE void opn_store_part(opn_real *p, opn_vec x, size_t m)
{
    opn_real lane[OPN_LANES];
    if (m == OPN_LANES) {
        opn_store(p, x);
        return;
    }
    opn_store(lane, x);
    memcpy(p, lane, m * sizeof *p);
}
#else
OPN_INLINE opn_vec opn_load_part(const opn_real *p, size_t m)
{
    if (m == OPN_LANES) return opn_load(p);
    return (opn_vec)OPN_INTRINSIC(maskload)(p, (__m256i)opn_first(m));
}

/* In pieces of 4, 2 and 1: a masked store takes some processors dozens of cycles. */
OPN_INLINE void opn_store_part(opn_real *p, opn_vec x, size_t m)
{
    opn_real lane[OPN_LANES];
    if (m == OPN_LANES) {
        opn_store(p, x);
        return;
    }
    opn_store(lane, x);
#if OPN_BITS == 32
    if (m & 4) memcpy(p, lane, 4 * sizeof *p);
#endif
    if (m & 2) memcpy(p + (m & 4), lane + (m & 4), 2 * sizeof *p);
    if (m & 1) p[m - 1] = lane[m - 1];
}
#endif

#endif

/* Stores the first m elements of x at p, or adds them to what is there. */
OPN_INLINE void opn_put_part(opn_real *p, opn_vec x, size_t m, int accumulate)
{
    if (accumulate) x += opn_load_part(p, m);
    opn_store_part(p, x, m);
}

OPN_INLINE opn_vec opn_zero(void) { return opn_set1(OPN_K(0)); }
OPN_INLINE opn_vec opn_clamp(opn_vec x, opn_vec low, opn_vec high) { return opn_min(opn_max(x, low), high); }
OPN_INLINE opn_vec opn_neg_if(opn_mask m, opn_vec x) { return opn_select(m, -x, x); }
OPN_INLINE opn_uvec opn_bits1(opn_word u) { opn_real x; memcpy(&x, &u, sizeof x); return opn_bits(opn_set1(x)); }

/* -1, 0 or 1; sign(0) = 0. */
OPN_INLINE opn_vec opn_sign(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1));
    return opn_keep(x > opn_zero(), one) - opn_keep(x < opn_zero(), one);
}

OPN_INLINE opn_vec opn_copysign(opn_vec x, opn_vec sign)
{
    const opn_uvec bit = opn_bits(opn_set1(OPN_K(-0.0)));
    return opn_from_bits((opn_bits(x) & ~bit) | (opn_bits(sign) & bit));
}

/* The loss of one value (or one vector of values) with its first and second
   derivative: what every formula of an elementwise function returns. */
typedef struct {
    opn_vec loss, grad, hess;
} opn_point;

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

#if OPN_BITS == 32
#define OPN_MANTISSA 23
#define OPN_BIAS 127
#define OPN_WORD(w32, w64) OPN_CAST(opn_word, w32)
#define OPN_F(c32, c64) OPN_K(c32)
#else
#define OPN_MANTISSA 52
#define OPN_BIAS 1023
#define OPN_WORD(w32, w64) OPN_CAST(opn_word, w64)
#define OPN_F(c32, c64) OPN_K(c64)
#endif

/* x as the type holds it, and a wall to the optimiser: -ffast-math must not
   reassociate across it, nor x87 registers carry more digits over it. An empty
   assembly statement is the wall that holds in every later stage of the compiler:
   gcc loses __builtin_assoc_barrier where it makes vectors of scalar code. */
OPN_INLINE opn_vec opn_exact(opn_vec x)
{
#if OPN_ISA == 0 && (!defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0)
    volatile opn_real y = x;
    return y;
#elif defined(__FAST_MATH__) || defined(__ASSOCIATIVE_MATH__)
#if defined(__GNUC__) && defined(__SSE2__) && !defined(__CUDACC__)
    __asm__("" : "+x"(x));
    return x;
#elif defined(__GNUC__) && defined(__aarch64__) && !defined(__CUDACC__)
    __asm__("" : "+w"(x));
    return x;
#else
    volatile opn_vec y = x;
    return y;
#endif
#else
    return x;
#endif
}

OPN_INLINE opn_vec opn_infinity(void)
{
    return opn_from_bits(opn_bits1(OPN_WORD(0x7f800000u, UINT64_C(0x7ff0000000000000))));
}

OPN_INLINE opn_vec opn_nan(void)
{
    return opn_from_bits(opn_bits1(OPN_WORD(0x7fc00000u, UINT64_C(0x7ff8000000000000))));
}

/* A whole number as a value and as bits (two's complement). */
typedef struct {
    opn_vec value;
    opn_uvec bits;
} opn_whole;

/* The whole number nearest to x y, where |x y| < 2^21. Adding 1.5 times the
   number whose ulp is 1 rounds, and leaves the result in the low bits. */
OPN_INLINE opn_whole opn_nearest(opn_vec x, opn_vec y)
{
    const opn_vec big = opn_set1(OPN_F(12582912.0, 6755399441055744.0));
    const opn_vec sum = opn_exact(opn_fma(x, y, big));
    opn_whole n;
    n.value = opn_exact(sum - big);
    n.bits = opn_bits(sum) - opn_bits(big);
    return n;
}

/* 2^n for -126 <= n <= 127 (double: -1022 to 1023) */
OPN_INLINE opn_vec opn_pow2(opn_uvec n)
{
    return opn_from_bits((n + OPN_CAST(opn_word, OPN_BIAS)) << OPN_MANTISSA);
}

/* x 2^n for |n| up to twice the largest exponent: in two steps, so that the
   result alone overflows or is rounded to a subnormal. */
OPN_INLINE opn_vec opn_scale2(opn_vec x, opn_uvec n)
{
    const opn_uvec both = n + OPN_CAST(opn_word, 2 * OPN_BIAS), half = both >> 1;
    return opn_exact(x * opn_from_bits(half << OPN_MANTISSA)) * opn_from_bits((both - half) << OPN_MANTISSA);
}

/* ---- exponentials --------------------------------------------------------------- */

/* (e^r - 1 - r) / r^2 for |r| <= log(2) / 2 */
OPN_INLINE opn_vec opn_exp_tail(opn_vec r)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.00139288523));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00836351359)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0416665316)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.16666575)));
    return opn_fma(q, r, opn_set1(OPN_K(0.5)));
#else
    opn_vec q = opn_set1(OPN_K(2.0919116983338354e-9));
    q = opn_fma(q, r, opn_set1(OPN_K(2.5105810317631291e-8)));
    q = opn_fma(q, r, opn_set1(OPN_K(2.755726166930097e-7)));
    q = opn_fma(q, r, opn_set1(OPN_K(2.7557253966587009e-6)));
    q = opn_fma(q, r, opn_set1(OPN_K(2.4801587336705121e-5)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00019841269875957273)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0013888888888879587)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0083333333333258082)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.041666666666666675)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.16666666666666671)));
    return opn_fma(q, r, opn_set1(OPN_K(0.5)));
#endif
}

#define OPN_LOG2E OPN_K(1.4426950408889634)
/* log(2) in two: the first has zeros at its end, so that its product with an exponent is exact. */
#define OPN_LN2_HIGH OPN_F(0.693145751953125, 0.69314718056011770)
#define OPN_LN2_LOW OPN_F(1.42860682031e-6, -1.7239444525614834773e-13)

/* e^x: x = n log 2 + r, e^x = 2^n e^r */
OPN_INLINE opn_vec opn_exp(opn_vec x)
{
    const opn_vec low = opn_set1(OPN_F(-104.0, -746.0)), high = opn_set1(OPN_F(89.0, 710.0));
    const opn_vec z = opn_min(high, opn_max(low, x));
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    opn_vec r = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    r = opn_fma(n.value, opn_set1(-OPN_LN2_LOW), r);
    return opn_scale2(opn_fma(opn_exp_tail(r), r * r, r) + OPN_K(1), n.bits);
}

/* e^x for x <= 0, in one scaling: below the smallest normal number the result is 0.
   For sums of exponentials, whose largest term is 1. */
OPN_INLINE opn_vec opn_exp_falling(opn_vec x)
{
    const opn_vec low = opn_set1(OPN_F(-87.0, -708.0));
    const opn_vec z = opn_max(low, x);
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    opn_vec r = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    r = opn_fma(n.value, opn_set1(-OPN_LN2_LOW), r);
    r = (opn_fma(opn_exp_tail(r), r * r, r) + OPN_K(1)) * opn_pow2(n.bits);
    return opn_keep(opn_not(x < low), r);
}

/* The same with a term more in float, for where e^r - 1 cancels. */
OPN_INLINE opn_vec opn_expm1_tail(opn_vec r)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.000198914798));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00139340904)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.00833331048)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.0416664609)));
    q = opn_fma(q, r, opn_set1(OPN_K(0.166666667)));
    return opn_fma(q, r, opn_set1(OPN_K(0.500000001)));
#else
    return opn_exp_tail(r);
#endif
}

/* e^x - 1 = 2^n ((1 - 2^-n) + (e^r - 1)) */
OPN_INLINE opn_vec opn_expm1(opn_vec x)
{
    const opn_vec low = opn_set1(OPN_F(-20.0, -40.0)), high = opn_set1(OPN_F(89.0, 710.0));
    const opn_vec z = opn_min(high, opn_max(low, x));
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    const opn_vec start = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    const opn_vec r = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_LOW), start));
    const opn_vec rest = opn_fma(n.value, opn_set1(-OPN_LN2_LOW), opn_exact(start - r));
    const opn_vec small = r + opn_fma(opn_expm1_tail(r), r * r, rest);
    const opn_whole m = opn_nearest(opn_min(n.value, opn_set1(OPN_K(64))), opn_set1(OPN_K(-1)));
    const opn_vec one = opn_exact(OPN_K(1) - opn_pow2(m.bits));
    return opn_copysign(opn_scale2(one + small, n.bits), x);
}

/* ---- logarithms ----------------------------------------------------------------- */

/* log(2^k (1 + f)) for sqrt(1/2) - 1 <= f <= sqrt(2) - 1 */
OPN_INLINE opn_vec opn_log_of(opn_vec k, opn_vec f)
{
    const opn_vec f2 = f * f;
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.0697161147));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.114797338)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.116854199)));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.124256873)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.142490576)));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.166678023)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.200007157)));
    q = opn_fma(q, f, opn_set1(OPN_K(-0.24999997)));
    q = opn_fma(q, f, opn_set1(OPN_K(0.333333312)));
    q = opn_fma(q * f, f2, k * OPN_LN2_LOW);
    q = opn_fma(f2, opn_set1(OPN_K(-0.5)), q);
#else
    /* log(1 + f) = 2 atanh(s) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f) */
    const opn_vec s = f / (f + OPN_K(2)), z = s * s, half = f2 * OPN_K(0.5);
    opn_vec q = opn_set1(OPN_K(0.14617807153417325));
    q = opn_fma(q, z, opn_set1(OPN_K(0.15331611722055008)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.18182892432536871)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.22222211089379496)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.28571428626253838)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.39999999999898891)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.66666666666666697)));
    q = opn_fma(s, opn_fma(q, z, half), k * OPN_LN2_LOW) - half;
#endif
    return k * OPN_LN2_HIGH + opn_exact(f + q);
}

/* A positive normal number's k and 2^k m = x, sqrt(1/2) <= m < sqrt(2). */
typedef struct {
    opn_vec exponent, fraction;
} opn_parts;

OPN_INLINE opn_parts opn_take_apart(opn_vec x)
{
    const opn_word root = OPN_WORD(0x3f3504f3u, UINT64_C(0x3fe6a09e667f3bcd));
    const opn_word one = OPN_WORD(0x3f800000u, UINT64_C(0x3ff0000000000000));
    const opn_word big = OPN_WORD(0x4b000000u, UINT64_C(0x4330000000000000));
    const opn_word mask = OPN_WORD(0x007fffffu, UINT64_C(0x000fffffffffffff));
    const opn_uvec u = opn_bits(x) + OPN_CAST(opn_word, one - root);
    opn_parts p;
    p.exponent = opn_exact(opn_from_bits((u >> OPN_MANTISSA) | opn_bits1(big)) - OPN_F(8388735.0, 4503599627371519.0));
    p.fraction = opn_from_bits((u & opn_bits1(mask)) + root);
    return p;
}

/* y for finite x > 0, else what the logarithm of x is: -infinity of 0, infinity, or NaN */
OPN_INLINE opn_vec opn_log_limits(opn_vec x, opn_vec y)
{
    const opn_vec zero = opn_zero(), infinity = opn_infinity();
    const opn_vec limit = opn_select(x == zero, -infinity, opn_select(x > zero, x, opn_nan()));
    return opn_select((x > zero) & (x < infinity), y, limit);
}

OPN_INLINE opn_vec opn_log(opn_vec x)
{
    const opn_mask tiny = x < OPN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const opn_parts p = opn_take_apart(opn_select(tiny, x * OPN_F(33554432.0, 18014398509481984.0), x));
    const opn_vec k = p.exponent - opn_keep(tiny, opn_set1(OPN_F(25.0, 54.0)));
    return opn_log_limits(x, opn_log_of(k, p.fraction - OPN_K(1)));
}

/* log(1 + x): 2^k m = 1 + x, and m - 1 = (2^-k - 1) + 2^-k x hardly rounds. */
OPN_INLINE opn_vec opn_log1p(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), sum = opn_exact(x + one);
    const opn_parts p = opn_take_apart(sum);
    const opn_mask large = x > OPN_F(1073741824.0, 1152921504606846976.0);
    const opn_vec k = opn_select(large, opn_zero(), opn_max(p.exponent, opn_set1(OPN_K(-64))));
    const opn_vec scale = opn_pow2(opn_nearest(k, opn_set1(OPN_K(-1))).bits);
    const opn_vec f = opn_fma(scale, x, opn_exact(scale - one));
    const opn_vec y = opn_log_of(p.exponent, opn_select(large, p.fraction - one, f));
    return opn_copysign(opn_log_limits(sum, y), x);
}

/* ---- what is built on them ------------------------------------------------------- */

/* 1 / (1 + e^-x). With e = e^-|x|, which does not overflow, and w = e / (1 + e)
   it is 1 - w for x >= 0 and w = e - e w below. */
OPN_INLINE opn_vec opn_sigmoid(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), e = opn_exp(-opn_abs(x)), w = e / (one + e);
    const opn_vec base = opn_select(x < opn_zero(), e, one);
    return opn_fma(-base, w, base);
}

/* log(1 + e) for 0 <= e <= 1: 1 + f, or 2 (1 + f) with f = (e - 1) / 2, exactly */
OPN_INLINE opn_vec opn_log1p_unit(opn_vec e)
{
    const opn_vec one = opn_set1(OPN_K(1));
    const opn_mask upper = e > OPN_K(0.41421356237309503);
    return opn_log_of(opn_keep(upper, one), opn_select(upper, opn_exact(e - one) * OPN_K(0.5), e));
}

/* log(1 + e^x) = max(x, 0) + log(1 + e^-|x|) */
OPN_INLINE opn_vec opn_softplus(opn_vec x)
{
    return opn_max(opn_zero(), x) + opn_log1p_unit(opn_exp(-opn_abs(x)));
}

/* With t = e^(2 |x|) - 1: tanh |x| = t / (t + 2) = h - h q, h = t / 2, q = t / (t + 2);
   from |x| = 0.55 on 1 - 2 / (t + 2). */
OPN_INLINE opn_vec opn_tanh(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), two = opn_set1(OPN_K(2)), a = opn_abs(x);
    const opn_vec t = opn_expm1(opn_min(opn_set1(OPN_K(44)), a * two));
    const opn_mask large = a > OPN_K(0.55);
    const opn_vec q = opn_select(large, two, t) / (t + two), base = opn_select(large, one, t * OPN_K(0.5));
    return opn_copysign(opn_fma(-base, q, base), x);
}

/* ---- numbers of twice the precision ------------------------------------------------ */

/* high + low, |low| at most about half an ulp of high */
typedef struct {
    opn_vec high, low;
} opn_pair;

/* a + b exactly */
OPN_INLINE opn_pair opn_two_sum(opn_vec a, opn_vec b)
{
    opn_pair s;
    opn_vec part;
    s.high = opn_exact(a + b);
    part = opn_exact(s.high - a);
    s.low = opn_exact(opn_exact(a - opn_exact(s.high - part)) + opn_exact(b - part));
    return s;
}

/* a + b exactly, |a| >= |b| or a = 0 */
OPN_INLINE opn_pair opn_quick_sum(opn_vec a, opn_vec b)
{
    opn_pair s;
    s.high = opn_exact(a + b);
    s.low = opn_exact(b - opn_exact(s.high - a));
    return s;
}

/* x with the lower half of its digits zero */
OPN_INLINE opn_vec opn_upper_half(opn_vec x)
{
    return opn_from_bits(opn_bits(x) & opn_bits1(OPN_WORD(0xfffff000u, UINT64_C(0xfffffffff8000000))));
}

/* a b exactly (to an ulp of low without a fused multiply-add) */
OPN_INLINE opn_pair opn_two_product(opn_vec a, opn_vec b)
{
    opn_pair p;
    p.high = opn_exact(a * b);
#if OPN_ISA != 0
    p.low = opn_exact(opn_fma(a, b, -p.high));
#else
    {
        const opn_vec ah = opn_upper_half(a), al = opn_exact(a - ah), bh = opn_upper_half(b), bl = opn_exact(b - bh);
        p.low = opn_exact(opn_exact(opn_exact(opn_exact(ah * bh - p.high) + ah * bl) + al * bh) + al * bl);
    }
#endif
    return p;
}

/* a b in pairs */
OPN_INLINE opn_pair opn_pair_product(opn_pair a, opn_pair b)
{
    opn_pair p = opn_two_product(a.high, b.high);
    p.low = p.low + (a.high * b.low + a.low * b.high);
    return p;
}

/* e^(high + low): as opn_exp, with low added to what the reduction leaves. |low| << 1. */
OPN_INLINE opn_vec opn_exp_pair(opn_pair x)
{
    const opn_vec low = opn_set1(OPN_F(-120.0, -760.0)), high = opn_set1(OPN_F(89.0, 710.0));
    const opn_vec z = opn_min(high, opn_max(low, x.high));
    const opn_whole n = opn_nearest(z, opn_set1(OPN_LOG2E));
    const opn_vec start = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_HIGH), z));
    const opn_vec rest = opn_exact(opn_fma(n.value, opn_set1(-OPN_LN2_LOW), opn_keep(z == x.high, x.low)));
    const opn_vec r = opn_exact(start + rest);
    const opn_vec lost = opn_exact(start - r) + rest;
    return opn_scale2(OPN_K(1) + opn_exact(r + opn_fma(opn_exp_tail(r), r * r, lost)), n.bits);
}

/* ---- powers ------------------------------------------------------------------------ */

/* (2 atanh(s) - 2 s - 2 s^3 / 3) / s^5 in z = s^2, |s| <= 0.1716 */
OPN_INLINE opn_vec opn_log_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.191217697));
    q = opn_fma(q, z, opn_set1(OPN_K(0.222047137)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.285715322)));
    return opn_fma(q, z, opn_set1(OPN_K(0.399999999)));
#else
    opn_vec q = opn_set1(OPN_K(0.11724904124570041));
    q = opn_fma(q, z, opn_set1(OPN_K(0.1170607121759953)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.13334810864251617)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.15384594848987562)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.18181818336456081)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.22222222221651192)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.28571428571429374)));
    return opn_fma(q, z, opn_set1(OPN_K(0.4)));
#endif
}

/* log x as a pair, for finite x > 0: with s = (m - 1) / (m + 1),
   log(2^k m) = k log 2 + s (2 + z (2 / 3 + z tail(z))), z = s^2 */
OPN_INLINE opn_pair opn_log_pair(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), two = opn_set1(OPN_K(2));
    const opn_mask tiny = x < OPN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const opn_parts p = opn_take_apart(opn_select(tiny, x * OPN_F(33554432.0, 18014398509481984.0), x));
    const opn_vec k = p.exponent - opn_keep(tiny, opn_set1(OPN_F(25.0, 54.0)));
    const opn_vec f = opn_exact(p.fraction - one);
    const opn_pair d = opn_quick_sum(two, f);
    const opn_vec inverse = one / d.high;
    opn_pair s, z, a, sum, product;
    s.high = opn_exact(f * inverse);
    product = opn_two_product(s.high, d.high);
    s.low = (opn_exact(opn_exact(f - product.high) - product.low) - s.high * d.low) * inverse;
    z = opn_pair_product(s, s);
    a = opn_quick_sum(opn_set1(OPN_F(0.6666666865348815918, 0.6666666666666666297)), z.high * opn_log_tail(z.high));
    a.low = a.low + OPN_F(-1.9868214925130208e-8, 3.7007434154171885e-17);
    a = opn_pair_product(z, a);
    sum = opn_quick_sum(two, a.high);
    sum.low = sum.low + a.low;
    product = opn_pair_product(s, sum);
    sum = opn_two_sum(k * OPN_LN2_HIGH, product.high);
    return opn_quick_sum(sum.high, sum.low + (product.low + k * OPN_LN2_LOW));
}

/* x^y = e^(y log |x|), negative for negative x and odd y; the special values of C99. */
OPN_FN opn_vec opn_pow(opn_vec x, opn_vec y)
{
    const opn_vec zero = opn_zero(), one = opn_set1(OPN_K(1)), infinity = opn_infinity();
    const opn_vec a = opn_abs(x), huge = opn_set1(OPN_F(1152921504606846976.0, 1267650600228229401496703205376.0));
    const opn_vec z = opn_min(huge, opn_max(-huge, y)), half = y * OPN_K(0.5);
    const opn_mask whole = opn_round(y) == y, odd = whole & (opn_round(half) != half);
    const opn_pair logarithm = opn_log_pair(a);
    opn_pair power = opn_two_product(logarithm.high, z);
    opn_vec far = opn_copysign(opn_set1(OPN_K(2000)), y), result;
    power = opn_quick_sum(power.high, power.low + logarithm.low * z);
    far = opn_select(a == zero, -far, far);
    power.high = opn_select((a == zero) | (a == infinity), far, power.high);
    result = opn_exp_pair(power);
    result = opn_select(odd, opn_copysign(result, x), result);
    result = opn_select((x < zero) & (a != infinity) & opn_not(whole), opn_nan(), result);
    result = opn_select((x == x) & (y == y), result, opn_nan());
    return opn_select((y == zero) | (x == one), one, result);
}

/* about the cube root of m, sqrt(1/8) <= m < sqrt(8): to 2^-9 (float), 2^-7 (double) */
OPN_INLINE opn_vec opn_cbrt_guess(opn_vec m)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.00723872626));
    q = opn_fma(q, m, opn_set1(OPN_K(-0.0722668714)));
    q = opn_fma(q, m, opn_set1(OPN_K(0.292026507)));
    q = opn_fma(q, m, opn_set1(OPN_K(-0.634247101)));
    q = opn_fma(q, m, opn_set1(OPN_K(0.977624672)));
    return opn_fma(q, m, opn_set1(OPN_K(0.430228457)));
#else
    opn_vec q = opn_set1(OPN_K(-0.01304334529589504));
    q = opn_fma(q, m, opn_set1(OPN_K(0.11182671173693957)));
    q = opn_fma(q, m, opn_set1(OPN_K(-0.38451222453810984)));
    q = opn_fma(q, m, opn_set1(OPN_K(0.82436295592584893)));
    return opn_fma(q, m, opn_set1(OPN_K(0.46237450690242317)));
#endif
}

/* |x| = 2^(3 q) m; a guess is improved by Halley's iteration, the last from a
   value t so short that t^2 is exact. */
OPN_FN opn_vec opn_cbrt(opn_vec x)
{
    const opn_vec a = opn_abs(x);
    const opn_mask tiny = a < OPN_F(1.1754943508222875e-38, 2.2250738585072014e-308);
    const opn_parts p = opn_take_apart(opn_select(tiny, a * OPN_F(16777216.0, 18014398509481984.0), a));
    const opn_vec k = p.exponent - opn_keep(tiny, opn_set1(OPN_F(24.0, 54.0)));
    const opn_vec third = opn_set1(OPN_K(0.33333333333333333)), zero = opn_zero(), infinity = opn_infinity();
    const opn_mask finite = (a > zero) & (a < infinity);
    const opn_whole q = opn_nearest(opn_keep(finite, k), third);
    const opn_whole rest = opn_nearest(opn_keep(finite, k) - q.value * OPN_K(3), opn_set1(OPN_K(1)));
    const opn_vec m = p.fraction * opn_pow2(rest.bits);
    opn_vec t = opn_cbrt_guess(m), ratio;
#if OPN_BITS == 64
    {
        const opn_vec cube = t * t * t;
        t = t * ((cube + m * OPN_K(2)) / (cube * OPN_K(2) + m));
    }
    t = opn_from_bits(opn_bits(t) & opn_bits1(UINT64_C(0xfffffffff0000000)));
#else
    t = opn_upper_half(t);
#endif
    ratio = m / opn_exact(t * t);
    t = t + t * (opn_exact(ratio - t) / (t + t + ratio));
    return opn_select(finite, opn_copysign(t * opn_pow2(q.bits), x), x);
}

/* ---- sine, cosine, arc tangent ------------------------------------------------------- */

/* (sin r - r) / r^3 in z = r^2, |r| <= pi / 4 */
OPN_INLINE opn_vec opn_sin_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(2.72493144e-6));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00019840082)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00833333187)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.166666667)));
#else
    opn_vec q = opn_set1(OPN_K(-7.5865766484052612e-13));
    q = opn_fma(q, z, opn_set1(OPN_K(1.6058529573291738e-10)));
    q = opn_fma(q, z, opn_set1(OPN_K(-2.5052106219528367e-8)));
    q = opn_fma(q, z, opn_set1(OPN_K(2.7557319219301937e-6)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00019841269841265017)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.0083333333333333315)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.16666666666666667)));
#endif
}

/* (cos r - 1 + r^2 / 2) / r^4 in z = r^2, |r| <= pi / 4 */
OPN_INLINE opn_vec opn_cos_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-2.73004489e-7));
    q = opn_fma(q, z, opn_set1(OPN_K(2.48005964e-5)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00138888877)));
    return opn_fma(q, z, opn_set1(OPN_K(0.0416666667)));
#else
    opn_vec q = opn_set1(OPN_K(-1.1382456865840482e-11));
    q = opn_fma(q, z, opn_set1(OPN_K(2.0876143829213937e-9)));
    q = opn_fma(q, z, opn_set1(OPN_K(-2.7557317260014707e-7)));
    q = opn_fma(q, z, opn_set1(OPN_K(2.4801587298743081e-5)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.0013888888888887382)));
    return opn_fma(q, z, opn_set1(OPN_K(0.041666666666666665)));
#endif
}

/* sin(r + low) and cos(r + low), |r| <= pi / 4 */
OPN_INLINE opn_vec opn_sin_of(opn_pair r)
{
    const opn_vec z = r.high * r.high;
    return r.high + opn_fma(r.high * z, opn_sin_tail(z), r.low * opn_fma(z, opn_set1(OPN_K(-0.5)), opn_set1(OPN_K(1))));
}

OPN_INLINE opn_vec opn_cos_of(opn_pair r)
{
    const opn_vec one = opn_set1(OPN_K(1)), z = r.high * r.high, half = z * OPN_K(0.5), w = opn_exact(one - half);
    return w + (opn_exact(opn_exact(one - w) - half) + opn_fma(z * z, opn_cos_tail(z), -(r.high * r.low)));
}

/* Up to where the reduction below is exact enough; beyond it the C library does it. */
#define OPN_TURN_LIMIT OPN_F(1600.0, 1600000.0)

/* x - n pi / 2 as a pair, and n. pi / 2 comes in four parts, the products of n and
   the first three exact. */
OPN_INLINE opn_pair opn_turn(opn_vec x, opn_uvec *quarter)
{
    const opn_whole n = opn_nearest(x, opn_set1(OPN_K(0.63661977236758134308)));
    const opn_vec start = opn_exact(x - n.value * OPN_F(1.5706787109375, 1.570796326734125614166));
    const opn_pair a = opn_two_sum(start, -(n.value * OPN_F(0.00011761486530303955, 6.077100506303965976596e-11)));
    const opn_pair b = opn_two_sum(a.high, -(n.value * OPN_F(9.9203134595882148e-10, 2.022266248711166455796e-21)));
    const opn_vec rest = n.value * OPN_F(6.2233721718966133923e-14, 8.478427660368899644e-32);
    *quarter = n.bits;
    return opn_two_sum(b.high, a.low + (b.low - rest));
}

/* The sine of |x| under OPN_TURN_LIMIT, a quarter turn of them further where shift is 1. */
OPN_INLINE opn_vec opn_sin_shifted(opn_vec x, opn_word shift)
{
    opn_uvec n;
    const opn_pair r = opn_turn(x, &n);
    const opn_uvec one = opn_bits1(1), none = opn_bits1(0), quarter = n + shift;
    const opn_vec y = opn_select((quarter & one) != none, opn_cos_of(r), opn_sin_of(r));
    return opn_neg_if((quarter & (one + one)) != none, y);
}

/* y, and in the lanes that are set f(x) of the C library in double. */
OPN_FN opn_vec opn_lanewise(double (*f)(double), opn_vec x, opn_mask m, opn_vec y)
{
    opn_real lane[OPN_LANES];
    int k;
    opn_store(lane, x);
    for (k = 0; k < OPN_LANES; k++) lane[k] = OPN_CAST(opn_real, f(OPN_CAST(double, lane[k])));
    return opn_select(m, opn_load(lane), y);
}

OPN_FN opn_vec opn_sin(opn_vec x)
{
    const opn_mask small = opn_abs(x) < OPN_TURN_LIMIT;
    const opn_vec y = opn_select(x == opn_zero(), x, opn_sin_shifted(opn_keep(small, x), 0));
    return opn_all(small) ? y : opn_lanewise(sin, x, opn_not(small), y);
}

OPN_FN opn_vec opn_cos(opn_vec x)
{
    const opn_mask small = opn_abs(x) < OPN_TURN_LIMIT;
    const opn_vec y = opn_sin_shifted(opn_keep(small, x), 1);
    return opn_all(small) ? y : opn_lanewise(cos, x, opn_not(small), y);
}

/* (atan t - t) / t^3 in z = t^2, |t| <= tan(pi / 8) */
OPN_INLINE opn_vec opn_atan_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.0504612817));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.0862389667)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.110712604)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.142841455)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.199999772)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.333333333)));
#else
    opn_vec q = opn_set1(OPN_K(-0.013905374533113235));
    q = opn_fma(q, z, opn_set1(OPN_K(0.030622995553735516)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.041038875468626873)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.047192591882420924)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.052580202726567583)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.058819230561140226)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.066666418691311827)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.076923067291948968)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.090909090668160809)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.11111111110751481)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.14285714285711491)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.19999999999999991)));
    return opn_fma(q, z, opn_set1(OPN_K(-0.33333333333333333)));
#endif
}

/* atan |x| = base + atan t, t = |x|, (|x| - 1) / (|x| + 1) or -1 / |x|, base = 0, pi / 4 or pi / 2 */
OPN_FN opn_vec opn_atan(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), zero = opn_zero(), a = opn_abs(x);
    const opn_mask middle = a > OPN_K(0.41421356237309503), large = a > OPN_K(2.4142135623730951);
    const opn_vec up = opn_select(large, -one, opn_select(middle, a - one, a));
    const opn_vec down = opn_select(large, a, opn_select(middle, a + one, one));
    const opn_vec base = opn_select(large, opn_set1(OPN_F(1.570796370506286621, 1.570796326794896558)),
        opn_keep(middle, opn_set1(OPN_F(0.7853981852531433105, 0.785398163397448279))));
    const opn_vec low = opn_select(large, opn_set1(OPN_F(-4.3711390001862428e-8, 6.1232339957367659e-17)),
        opn_select(middle, opn_set1(OPN_F(-2.1855695000931214e-8, 3.0616169978683829e-17)), zero));
    const opn_vec t = up / down, z = t * t;
    return opn_copysign(base + opn_exact(t + opn_fma(t * z, opn_atan_tail(z), low)), x);
}

/* ---- error function -------------------------------------------------------------------- */

/* (erf x - x) / x in z = x^2, |x| <= 1 */
OPN_INLINE opn_vec opn_erf_tail(opn_vec z)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-9.66704457e-6));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00011265959)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.000848408041)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00522103181)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.0268654307)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.112837825)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.376126385)));
    return opn_fma(q, z, opn_set1(OPN_K(0.128379167)));
#else
    opn_vec q = opn_set1(OPN_K(-4.2309458242953378e-12));
    q = opn_fma(q, z, opn_set1(OPN_K(8.7090451290531067e-11)));
    q = opn_fma(q, z, opn_set1(OPN_K(-1.216456005728345e-9)));
    q = opn_fma(q, z, opn_set1(OPN_K(1.4792401209404813e-8)));
    q = opn_fma(q, z, opn_set1(OPN_K(-1.6364642158167615e-7)));
    q = opn_fma(q, z, opn_set1(OPN_K(1.6462045441468419e-6)));
    q = opn_fma(q, z, opn_set1(OPN_K(-1.4925647567519332e-5)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.00012055332902888735)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.00085483270219348296)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.0052239776254232983)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.026866170645129841)));
    q = opn_fma(q, z, opn_set1(OPN_K(0.1128379167095512)));
    q = opn_fma(q, z, opn_set1(OPN_K(-0.37612638903183752)));
    return opn_fma(q, z, opn_set1(OPN_K(0.12837916709551257)));
#endif
}

/* (1 + 2 a) e^(a^2) erfc(a) in t = (a - 4) / (a + 4), a from 0.47 to 10.2 (float), 27.4 (double) */
OPN_INLINE opn_vec opn_erfc_factor(opn_vec t)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-0.00052551435));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.000890759548)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00515217024)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0161078784)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0371567471)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0663477856)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0937323918)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.101037699)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0680971291)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0153796134)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.139621118)));
    return opn_fma(q, t, opn_set1(OPN_K(1.23299512)));
#else
    opn_vec q = opn_set1(OPN_K(1.5740667325302964e-9));
    q = opn_fma(q, t, opn_set1(OPN_K(2.4355756802467888e-9)));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.4867857762189077e-8)));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.9813977344735414e-8)));
    q = opn_fma(q, t, opn_set1(OPN_K(1.1078129699130398e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(7.7244452519751469e-8)));
    q = opn_fma(q, t, opn_set1(OPN_K(-8.2570542732789902e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(2.917761739652986e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(5.7097039804903096e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.122105046281538e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(-2.4399142592225436e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00015062137526125789)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00019925672460019633)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00075777322974703339)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0050319699841567711)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.016197734064972366)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.037167515536801652)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.066330365811704678)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.093732834998388087)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.10103906603632333)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.068097054254691736)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.01537965210262002)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.13962111684056251)));
    return opn_fma(q, t, opn_set1(OPN_K(1.2329951186255525)));
#endif
}

/* erfc(a) = e^(-a^2) factor / (1 + 2 a) for a >= 0.47; a^2 = h^2 + (a - h)(a + h), h^2 exact */
OPN_INLINE opn_vec opn_erfc_of(opn_vec a)
{
    const opn_vec z = opn_min(opn_set1(OPN_F(10.2, 27.4)), opn_max(opn_set1(OPN_K(0.47)), a));
    const opn_vec h = opn_upper_half(z), four = opn_set1(OPN_K(4));
    const opn_vec factor = opn_erfc_factor((z - four) / (z + four)) / (z + z + OPN_K(1));
    opn_pair square;
    square.high = -opn_exact(h * h);
    square.low = -(opn_exact(z - h) * (z + h));
    return opn_exp_pair(square) * factor;
}

/* x + x tail(x^2) up to 1, 1 - erfc |x| beyond */
OPN_FN opn_vec opn_erf(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), a = opn_abs(x), inner = opn_min(one, a);
    const opn_vec small = opn_fma(inner, opn_erf_tail(inner * inner), inner);
    return opn_select(x == x, opn_copysign(opn_select(a > one, one - opn_erfc_of(a), small), x), x);
}

/* 1 - erf(x) for |x| < 1/2, 2 - erfc(-x) below */
OPN_FN opn_vec opn_erfc(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), half = opn_set1(OPN_K(0.5)), a = opn_abs(x), tail = opn_erfc_of(a);
    const opn_vec inner = opn_min(half, opn_max(-half, x));
    const opn_vec small = one - opn_fma(inner, opn_erf_tail(inner * inner), inner);
    const opn_vec y = opn_select(a < half, small, opn_select(x < opn_zero(), OPN_K(2) - tail, tail));
    return opn_select(x == x, y, x);
}

/* ---- gamma function ---------------------------------------------------------------------- */

/* log Gamma(2 + t) / t, |t| <= 1/2 */
OPN_INLINE opn_vec opn_lgamma_factor(opn_vec t)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.000113449486));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.000253822248)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.000506528962)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00118585778)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00289079335)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00738617446)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0205807996)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0673522815)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.322467033)));
    return opn_fma(q, t, opn_set1(OPN_K(0.422784335)));
#else
    opn_vec q = opn_set1(OPN_K(6.376295734499092e-8));
    q = opn_fma(q, t, opn_set1(OPN_K(-1.3413423047041578e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(2.0307921392240115e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(-4.3034947036237722e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(9.578515261333411e-7)));
    q = opn_fma(q, t, opn_set1(OPN_K(-2.0449229705497507e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(4.3743787562085535e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(-9.4384580476527738e-6)));
    q = opn_fma(q, t, opn_set1(OPN_K(2.0507266826252506e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(-4.4926351195667295e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(9.9457509153471438e-5)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.00022315475073783337)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.00050966952488235433)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0011927539120013529)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.0028905103307388233)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.0073855510286681463)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.020580808427784568)));
    q = opn_fma(q, t, opn_set1(OPN_K(-0.067352301053198139)));
    q = opn_fma(q, t, opn_set1(OPN_K(0.32246703342411322)));
    return opn_fma(q, t, opn_set1(OPN_K(0.42278433509846714)));
#endif
}

/* x (log Gamma(x) - (x - 1/2) log x + x - log(2 pi) / 2) in w = 1 / x^2, x >= 8 */
OPN_INLINE opn_vec opn_stirling(opn_vec w)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(0.000780034719));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.00277769855)));
    return opn_fma(q, w, opn_set1(OPN_K(0.0833333333)));
#else
    opn_vec q = opn_set1(OPN_K(0.0050659053600815934));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0018903829938839238)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.00084147008525024054)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.00059523658450570417)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.00079365078975240582)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0027777777777739882)));
    return opn_fma(q, w, opn_set1(OPN_K(0.083333333333333333)));
#endif
}

/* pi (x - n), n the integer nearest to x. */
OPN_INLINE opn_vec opn_half_turn(opn_vec x) { return (x - opn_round(x)) * OPN_K(3.14159265358979323846); }

/* log Gamma(x) for x > 0. From 8 on by Stirling's series, below by
   log Gamma(x) = log Gamma(2 + t) + log(product), |t| <= 1/2. */
OPN_INLINE opn_vec opn_lgamma_positive(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), limit = opn_set1(OPN_K(2.5));
    const opn_mask large = x >= OPN_K(8), below = x < OPN_K(1.5), low = x < OPN_K(0.5);
    opn_vec product = one, y = opn_select(large, one + one, x), t, logarithm, small, inverse;
    int k;
    for (k = 0; k < 6; k++) {
        const opn_mask m = y > limit;
        y = opn_select(m, y - one, y);
        product = opn_select(m, product * y, product);
    }
    t = opn_select(low, y, opn_select(below, y - one, y - OPN_K(2)));
    product = opn_select(low, y * (y + one), opn_select(below, y, product));
    logarithm = opn_log(opn_select(large, x, product));
    small = t * opn_lgamma_factor(t) + opn_neg_if(below, logarithm);
    inverse = one / opn_max(opn_set1(OPN_K(8)), x);
    y = (x - OPN_K(0.5)) * (logarithm - one) + (inverse * opn_stirling(inverse * inverse) + OPN_K(0.41893853320467274178));
    return opn_select(large, y, small);
}

/* log |Gamma(x)|; below 0 log(pi / |sin(pi x)|) - log Gamma(1 - x), where sin(pi x) of tiny x is pi x */
OPN_FN opn_vec opn_lgamma(opn_vec x)
{
    const opn_vec zero = opn_zero(), one = opn_set1(OPN_K(1)), infinity = opn_infinity();
    const opn_mask negative = x < zero;
    const opn_vec y = opn_lgamma_positive(opn_select(negative, one - x, x));
    opn_vec reflected = zero;
    if (opn_any(negative)) {
        const opn_mask tiny = x > OPN_F(-1e-5, -1e-9);
        const opn_vec turn = opn_half_turn(opn_keep(negative & (x > -infinity), x));
        const opn_vec sine = opn_abs(opn_select(tiny, x, opn_sin(turn)));
        reflected = opn_select(tiny, zero, opn_set1(OPN_K(1.1447298858494001741))) - opn_log(sine) - y;
        reflected = opn_select(sine == zero, infinity, reflected);
    }
    return opn_select(opn_abs(x) == infinity, infinity, opn_select(negative, reflected, y));
}

/* x^2 (log x - 1 / (2 x) - psi(x)) in w = 1 / x^2, x >= 6 */
OPN_INLINE opn_vec opn_digamma_series(opn_vec w)
{
#if OPN_BITS == 32
    opn_vec q = opn_set1(OPN_K(-0.00378552955));
    q = opn_fma(q, w, opn_set1(OPN_K(0.0039618389)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.00833329813)));
    return opn_fma(q, w, opn_set1(OPN_K(0.0833333333)));
#else
    opn_vec q = opn_set1(OPN_K(1.2391679863993024));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.36785763321584679)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.081436305058735288)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.021063611862127793)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.0075754873976434952)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0041666652417935437)));
    q = opn_fma(q, w, opn_set1(OPN_K(0.0039682539644546434)));
    q = opn_fma(q, w, opn_set1(OPN_K(-0.0083333333333294057)));
    return opn_fma(q, w, opn_set1(OPN_K(0.083333333333333333)));
#endif
}

/* psi(x) for x > 0: psi(x + m) - sum 1 / (x + i), the sum as 1 / x and one fraction
   for the rest; from 6 on log x - 1 / (2 x) - series(1 / x^2) / x^2 */
OPN_INLINE opn_vec opn_digamma_positive(opn_vec x)
{
    const opn_vec one = opn_set1(OPN_K(1)), limit = opn_set1(OPN_K(6));
    const opn_mask below = x < limit;
    const opn_vec first = opn_keep(below, one / x);
    opn_vec y = opn_select(below, x + one, x), up = opn_zero(), down = one, inverse, square;
    int k;
    for (k = 0; k < 5; k++) {
        const opn_mask m = y < limit;
        up = opn_select(m, opn_fma(up, y, down), up);
        down = opn_select(m, down * y, down);
        y = opn_select(m, y + one, y);
    }
    inverse = one / y;
    square = inverse * inverse;
    y = opn_log(y) - opn_fma(square, opn_digamma_series(square), inverse * OPN_K(0.5));
    return y - up / down - first;
}

/* psi(x), the derivative of log Gamma; below 0 psi(1 - x) - pi / tan(pi x).
   -infinity at 0, infinity at -0, NaN at the negative integers. */
OPN_FN opn_vec opn_digamma(opn_vec x)
{
    const opn_vec zero = opn_zero(), one = opn_set1(OPN_K(1)), infinity = opn_infinity();
    const opn_mask negative = x < zero;
    opn_vec y = opn_digamma_positive(opn_select(negative, one - x, x)), turn;
    if (opn_any(negative)) {
        const opn_mask bounded = negative & (x > -infinity);
        turn = opn_half_turn(opn_keep(bounded, x));
        turn = OPN_K(3.14159265358979323846) * opn_cos(turn) / opn_sin(turn);
        turn = opn_select(bounded & (opn_round(x) != x), y - turn, opn_nan());
        y = opn_select(negative, turn, y);
    }
    return opn_select(x == zero, opn_copysign(infinity, -x), y);
}

#undef OPN_TURN_LIMIT
#undef OPN_LN2_LOW
#undef OPN_LN2_HIGH
#undef OPN_LOG2E
#undef OPN_F
#undef OPN_WORD
#undef OPN_BIAS
#undef OPN_MANTISSA

/* ---- optim/sgd ---- */
#if OPN_HAS_SGD

/* h: 0 gradient's factor, 1 coupled decay, 2 what decoupled decay leaves of the
   parameter, 3 lr, 4 what is kept of the buffer, 5 what of g enters it,
   6 Nesterov's momentum, 7 which of the three formulas: 0, 1, 2 */

/* param -= lr g */
OPN_INLINE void opn_sgd_plain_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    (void)state;
    *param = opn_fma(-h[3], g, h[2] * *param);
}

/* buffer = momentum buffer + (1 - dampening) g, param -= lr buffer */
OPN_INLINE void opn_sgd_momentum_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    state[0] = opn_fma(h[4], state[0], h[5] * g);
    *param = opn_fma(-h[3], state[0], h[2] * *param);
}

/* buffer = momentum buffer + g, param -= lr (g + momentum buffer) */
OPN_INLINE void opn_sgd_nesterov_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    state[0] = opn_fma(h[4], state[0], h[5] * g);
    *param = opn_fma(-h[3], opn_fma(h[6], state[0], g), h[2] * *param);
}

#endif

/* ---- optim/adam ---- */
#if OPN_HAS_ADAM

/* h: 0 gradient's factor, 1 beta1, 2 1 - beta1, 3 beta2, 4 1 - beta2,
   5 1 / sqrt(1 - beta2^t), 6 eps, 7 lr / (1 - beta1^t),
   8 coupled decay, 9 what decoupled decay leaves of the parameter. */

/* m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2 */
OPN_INLINE void opn_adam_moments(opn_vec g, opn_vec *m, opn_vec *v, const opn_vec *h)
{
    *m = opn_fma(h[1], *m, h[2] * g);
    *v = opn_fma(h[3], *v, h[4] * g * g);
}

/* lr / (1 - beta1^t) m / (sqrt(v) / sqrt(1 - beta2^t) + eps), taken from the parameter */
OPN_INLINE opn_vec opn_adam_moved(opn_vec param, opn_vec m, opn_vec v, const opn_vec *h)
{
    return opn_fma(-h[7], m / opn_fma(opn_sqrt(v), h[5], h[6]), param);
}

OPN_INLINE void opn_adam_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    opn_adam_moments(opn_fma(h[8], *param, h[0] * grad), &state[0], &state[1], h);
    *param = opn_adam_moved(*param, state[0], state[1], h);
}

OPN_INLINE void opn_adamw_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    opn_adam_moments(h[0] * grad, &state[0], &state[1], h);
    *param = opn_adam_moved(h[9] * *param, state[0], state[1], h);
}

OPN_INLINE void opn_amsgrad_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    opn_adam_moments(opn_fma(h[8], *param, h[0] * grad), &state[0], &state[1], h);
    state[2] = opn_max(state[2], state[1]);
    *param = opn_adam_moved(h[9] * *param, state[0], state[2], h);
}

#endif

/* ---- optim/adaptive ---- */
#if OPN_HAS_ADAPTIVE

/* h: 0 gradient's factor, 1 weight decay, 2 lr / (1 + (t - 1) lr_decay), 3 eps */
OPN_INLINE void opn_adagrad_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    state[0] = opn_fma(g, g, state[0]);
    *param = opn_fma(-h[2], g / (opn_sqrt(state[0]) + h[3]), *param);
}

/* h: 0 gradient's factor, 1 weight decay, 2 lr, 3 eps, 4 alpha, 5 1 - alpha,
   6 momentum, 7 which of the formulas: 1 momentum, 2 centered, 3 both */

/* d of the plain form: square = alpha square + (1 - alpha) g^2, g / (sqrt(square) + eps) */
OPN_INLINE opn_vec opn_rmsprop_scaled(opn_vec g, opn_vec *square, const opn_vec *h)
{
    *square = opn_fma(h[4], *square, h[5] * g * g);
    return g / (opn_sqrt(*square) + h[3]);
}

/* d of the centered form, with mean = alpha mean + (1 - alpha) g */
OPN_INLINE opn_vec opn_rmsprop_centered(opn_vec g, opn_vec *square, opn_vec *mean, const opn_vec *h)
{
    *square = opn_fma(h[4], *square, h[5] * g * g);
    *mean = opn_fma(h[4], *mean, h[5] * g);
    return g / (opn_sqrt(opn_max(opn_zero(), opn_fma(-*mean, *mean, *square))) + h[3]);
}

OPN_INLINE void opn_rmsprop_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    *param = opn_fma(-h[2], opn_rmsprop_scaled(g, &state[0], h), *param);
}

OPN_INLINE void opn_rmsprop_momentum_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    const opn_vec d = opn_rmsprop_scaled(g, &state[0], h);
    state[1] = opn_fma(h[6], state[1], d);
    *param = opn_fma(-h[2], state[1], *param);
}

OPN_INLINE void opn_rmsprop_centered_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    *param = opn_fma(-h[2], opn_rmsprop_centered(g, &state[0], &state[1], h), *param);
}

OPN_INLINE void opn_rmsprop_full_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = opn_fma(h[1], *param, h[0] * grad);
    const opn_vec d = opn_rmsprop_centered(g, &state[0], &state[2], h);
    state[1] = opn_fma(h[6], state[1], d);
    *param = opn_fma(-h[2], state[1], *param);
}

#endif

/* ---- optim/sign ---- */
#if OPN_HAS_SIGN

/* -1, 0, 1 or NaN */
OPN_INLINE opn_vec opn_sign_or_nan(opn_vec x) { return opn_select(x == x, opn_sign(x), x); }

/* h: 0 gradient's factor, 1 beta1, 2 1 - beta1, 3 beta2, 4 1 - beta2, 5 lr,
   6 what decay leaves of the parameter */
OPN_INLINE void opn_lion_point(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h)
{
    const opn_vec g = h[0] * grad;
    const opn_vec direction = opn_sign_or_nan(opn_fma(h[1], state[0], h[2] * g));
    *param = opn_fma(-h[5], direction, h[6] * *param);
    state[0] = opn_fma(h[3], state[0], h[4] * g);
}

#endif

/* ---- optim/averaging ---- */
#if OPN_HAS_AVERAGING

/* average += weight (param - average), weight = h[0]; the average stands in the
   parameter's place, the parameter in the gradient's */
OPN_INLINE void opn_average_point(opn_vec *average, opn_vec param, opn_vec *state, const opn_vec *h)
{
    (void)state;
    *average = opn_fma(h[0], param - *average, *average);
}

/* slow += alpha (fast - slow), fast = slow */
OPN_INLINE void opn_lookahead_point(opn_vec *fast, opn_vec unused, opn_vec *state, const opn_vec *h)
{
    (void)unused;
    state[0] = opn_fma(h[0], *fast - state[0], state[0]);
    *fast = state[0];
}

#endif

/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

/* limit = h[0] */
OPN_INLINE opn_vec opn_clip_point(opn_vec grad, const opn_vec *h)
{
    return opn_max(-h[0], opn_min(h[0], grad));
}

#endif
#endif

#if OPN_PASS == 4 && OPN_ISA == 0
/* ---- types and helpers that kernels and public functions share, once per type -- */

/* ---- optim/common ---- */

/* One step. The formula sees param, grad and the states at one place at a time.
   A method without a gradient puts any readable array there. */
typedef struct {
    opn_real *param;
    const opn_real *grad;
    opn_real *state[4];
    size_t n;
    OPN_T_(optim_coefficients) coefficients;
} OPN_T_(opn_step);

/* ---- optim/layerwise ---- */
#if OPN_HAS_LAYERWISE

/* What one LAMB step needs, in the element type. */
typedef struct {
    opn_real scale;                  /* of the gradient, negative under maximize */
    opn_real beta1, rest1, beta2, rest2;
    opn_real m_scale, root_scale;    /* 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t) */
    opn_real eps, decay;             /* decay: the part inside of u */
    double shrink;               /* of the weights, outside of u */
    double lr, max_weight_norm, max_trust;
    int adapt;
} OPN_T_(opn_lamb);

/* The trust ratio from the sums of squares of w and u. */
OPN_SMALL double OPN_T_(opn_lamb_ratio)(const OPN_T_(opn_lamb) *a, double param_squares, double update_squares)
{
    double norm = sqrt(param_squares), ratio;
    if (!a->adapt || !(param_squares > 0) || !(update_squares > 0)) return 1;
    if (a->max_weight_norm > 0 && norm > a->max_weight_norm) norm = a->max_weight_norm;
    ratio = norm / sqrt(update_squares);
    return a->max_trust > 0 && ratio > a->max_trust ? a->max_trust : ratio;
}

#endif

/* ---- optim/factored ---- */
#if OPN_HAS_FACTORED

/* One Adafactor step. A vector is one row without row and col. */
typedef struct {
    size_t rows, columns;
    opn_real *param;
    const opn_real *grad;
    opn_real *row, *col, *v, *m;     /* v NULL for a matrix */
    double *sums;                /* per column, of a matrix */
    opn_real *root;                  /* per column: sums of a few rows, then 1 / sqrt(col) */
    double scale;                /* of the gradient */
    double beta2, eps1, eps2, clip, beta1, weight_decay, rho;
    int scale_parameter;
} OPN_T_(opn_adafactor);

#endif

/* ---- optim/matrix ---- */
#if OPN_HAS_MATRIX

/* One orthogonalisation: x holds the matrix, then the result; y is as long, p and q
   are squares of the shorter side. */
typedef struct {
    size_t rows, columns;
    opn_real *x, *y, *p, *q;
    double a, b, c, eps;
    int steps;
} OPN_T_(opn_newton_schulz);

#endif

/* ---- optim/lbfgs ---- */
#if OPN_HAS_LBFGS

/* The pieces of memory: the last iterate and its gradient, the direction, and history
   rows of s and of y. */
typedef struct {
    opn_real *x0, *g0, *d, *s, *y;
} OPN_T_(opn_lbfgs_memory);

OPN_SMALL OPN_T_(opn_lbfgs_memory) OPN_T_(opn_lbfgs_cut)(const optim_lbfgs_state *state, opn_real *memory)
{
    OPN_T_(opn_lbfgs_memory) p;
    p.x0 = memory;
    p.g0 = p.x0 + state->n;
    p.d = p.g0 + state->n;
    p.s = p.d + state->n;
    p.y = p.s + (size_t)state->config.history * state->n;
    return p;
}

#endif
#endif

#if OPN_PASS == 4
/* ---- pass 4: loops over arrays, once per ISA ---------------------------------- */

/* ---- core/reduce ---- */

#define OPN_RUN 16

/* sum p_k */
OPN_FN double opn_sum(const opn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), c = opn_zero(), d = opn_zero();
        end = (n - k) / (4 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 4 * OPN_LANES;
        for (; k < end; k += 4 * OPN_LANES) {
            a += opn_load(p + k);
            b += opn_load(p + k + OPN_LANES);
            c += opn_load(p + k + 2 * OPN_LANES);
            d += opn_load(p + k + 3 * OPN_LANES);
        }
        total += opn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        opn_vec a = opn_zero();
        for (; n - k >= OPN_LANES; k += OPN_LANES) a += opn_load(p + k);
        if (k < n) a += opn_load_part(p + k, n - k);
        total += opn_hsum(a);
    }
    return total;
}

OPN_FN double opn_sum_abs(const opn_real *p, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), c = opn_zero(), d = opn_zero();
        end = (n - k) / (4 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 4 * OPN_LANES;
        for (; k < end; k += 4 * OPN_LANES) {
            a += opn_abs(opn_load(p + k));
            b += opn_abs(opn_load(p + k + OPN_LANES));
            c += opn_abs(opn_load(p + k + 2 * OPN_LANES));
            d += opn_abs(opn_load(p + k + 3 * OPN_LANES));
        }
        total += opn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        opn_vec a = opn_zero();
        for (; n - k >= OPN_LANES; k += OPN_LANES) a += opn_abs(opn_load(p + k));
        if (k < n) a += opn_abs(opn_load_part(p + k, n - k));
        total += opn_hsum(a);
    }
    return total;
}

/* sum a_k b_k */
OPN_FN double opn_dot(const opn_real *p, const opn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 4 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), c = opn_zero(), d = opn_zero();
        end = (n - k) / (4 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 4 * OPN_LANES;
        for (; k < end; k += 4 * OPN_LANES) {
            a = opn_fma(opn_load(p + k), opn_load(q + k), a);
            b = opn_fma(opn_load(p + k + OPN_LANES), opn_load(q + k + OPN_LANES), b);
            c = opn_fma(opn_load(p + k + 2 * OPN_LANES), opn_load(q + k + 2 * OPN_LANES), c);
            d = opn_fma(opn_load(p + k + 3 * OPN_LANES), opn_load(q + k + 3 * OPN_LANES), d);
        }
        total += opn_hsum((a + b) + (c + d));
    }
    if (k < n) {
        opn_vec a = opn_zero();
        for (; n - k >= OPN_LANES; k += OPN_LANES) a = opn_fma(opn_load(p + k), opn_load(q + k), a);
        if (k < n) a = opn_fma(opn_load_part(p + k, n - k), opn_load_part(q + k, n - k), a);
        total += opn_hsum(a);
    }
    return total;
}

OPN_FN double opn_sum_squares(const opn_real *p, size_t n) { return opn_dot(p, p, n); }

/* sum (a_k - b_k)^2 */
OPN_FN double opn_squared_distance(const opn_real *p, const opn_real *q, size_t n)
{
    double total = 0;
    size_t k = 0, end;
    while (n - k >= 2 * OPN_LANES) {
        opn_vec a = opn_zero(), b = opn_zero(), d;
        end = (n - k) / (2 * OPN_LANES);
        end = k + (end < OPN_RUN ? end : OPN_RUN) * 2 * OPN_LANES;
        for (; k < end; k += 2 * OPN_LANES) {
            d = opn_load(p + k) - opn_load(q + k);
            a = opn_fma(d, d, a);
            d = opn_load(p + k + OPN_LANES) - opn_load(q + k + OPN_LANES);
            b = opn_fma(d, d, b);
        }
        total += opn_hsum(a + b);
    }
    if (k < n) {
        opn_vec a = opn_zero(), d;
        for (; n - k >= OPN_LANES; k += OPN_LANES) {
            d = opn_load(p + k) - opn_load(q + k);
            a = opn_fma(d, d, a);
        }
        if (k < n) {
            d = opn_load_part(p + k, n - k) - opn_load_part(q + k, n - k);
            a = opn_fma(d, d, a);
        }
        total += opn_hsum(a);
    }
    return total;
}

/* The largest element, NaNs passed over; -infinity of nothing (or of NaNs alone). */
OPN_FN opn_real opn_max_of(const opn_real *p, size_t n)
{
    const opn_vec lowest = opn_set1((opn_real)-HUGE_VAL);
    opn_vec a = lowest, b = lowest;
    size_t k = 0;
    for (; n - k >= 2 * OPN_LANES; k += 2 * OPN_LANES) {
        a = opn_max(opn_load(p + k), a);
        b = opn_max(opn_load(p + k + OPN_LANES), b);
    }
    if (n - k >= OPN_LANES) {
        a = opn_max(opn_load(p + k), a);
        k += OPN_LANES;
    }
    if (k < n) b = opn_max(opn_select(opn_first(n - k), opn_load_part(p + k, n - k), lowest), b);
    return opn_hmax(opn_max(a, b));
}

/* y += a x */
OPN_FN void opn_axpy(opn_real *y, opn_real a, const opn_real *x, size_t n)
{
    const opn_vec factor = opn_set1(a);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) opn_store(y + k, opn_fma(factor, opn_load(x + k), opn_load(y + k)));
    if (k < n) opn_store_part(y + k, opn_fma(factor, opn_load_part(x + k, n - k), opn_load_part(y + k, n - k)), n - k);
}

/* y = a x; y may be x */
OPN_FN void opn_scale(opn_real *y, opn_real a, const opn_real *x, size_t n)
{
    const opn_vec factor = opn_set1(a);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) opn_store(y + k, factor * opn_load(x + k));
    if (k < n) opn_store_part(y + k, factor * opn_load_part(x + k, n - k), n - k);
}

/* y = a x, or y += a x when accumulate is set; x NULL: the value a itself */
OPN_FN void opn_put(opn_real *y, opn_real a, const opn_real *x, size_t n, int accumulate)
{
    size_t k = 0;
    if (x) {
        if (accumulate) opn_axpy(y, a, x, n);
        else opn_scale(y, a, x, n);
        return;
    }
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        opn_vec value = opn_set1(a);
        if (accumulate) value += opn_load(y + k);
        opn_store(y + k, value);
    }
    for (; k < n; k++) {
        if (accumulate) y[k] += a;
        else y[k] = a;
    }
}

OPN_FN void opn_fill(opn_real *y, opn_real a, size_t n) { opn_put(y, a, NULL, n, 0); }

/* sum a_k b_k with every product and every sum in double. */
OPN_FN double opn_dot_double(const opn_real *p, const opn_real *q, size_t n)
{
#if OPN_BITS == 64
    return opn_dot(p, q, n);
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
OPN_FN double opn_norm_squares(const opn_real *p, size_t n)
{
    const double sum = opn_dot(p, p, n);
#if OPN_BITS == 32
    if (!(sum > 1e-24 * (double)n && sum < 1e38)) return opn_dot_double(p, p, n);
#endif
    return sum;
}

/* ---- core/gemm ---- */

#define OPN_GEMM_HIGH 6
#define OPN_GEMM_WIDE (2 * OPN_LANES)
#define OPN_GEMM_DEPTH (OPN_BITS == 32 ? 256 : 128)
#define OPN_GEMM_ROWS (OPN_ISA == OPN_ISA_AVX512 ? 24 : 42)

/* Rows first to first + rows - 1 of op(A), columns t to t + depth - 1: strip by
   strip, and in a strip column by column. */
OPN_FN void opn_gemm_pack_a(int transpose, const opn_real *a, size_t lda, size_t rows, size_t depth, opn_real *packed)
{
    const size_t row_step = transpose ? 1 : lda, column_step = transpose ? lda : 1;
    size_t i, r, t, high;
    for (i = 0; i < rows; i += OPN_GEMM_HIGH, packed += OPN_GEMM_HIGH * depth) {
        high = rows - i < OPN_GEMM_HIGH ? rows - i : OPN_GEMM_HIGH;
        for (r = 0; r < high; r++) {
            const opn_real *from = a + (i + r) * row_step;
            for (t = 0; t < depth; t++) packed[t * OPN_GEMM_HIGH + r] = from[t * column_step];
        }
        for (; r < OPN_GEMM_HIGH; r++)
            for (t = 0; t < depth; t++) packed[t * OPN_GEMM_HIGH + r] = 0;
    }
}

/* One strip of op(B), depth x wide, row by row. */
OPN_FN void opn_gemm_pack_b(int transpose, const opn_real *b, size_t ldb, size_t depth, size_t wide, opn_real *packed)
{
    size_t j, t, block, end;
    if (wide < OPN_GEMM_WIDE)
        for (t = 0; t < depth * OPN_GEMM_WIDE; t++) packed[t] = 0;
    if (transpose) {
        for (block = 0; block < depth; block = end) {
            end = depth - block < 16 ? depth : block + 16;
            for (j = 0; j < wide; j++) {
                const opn_real *from = b + j * ldb;
                for (t = block; t < end; t++) packed[t * OPN_GEMM_WIDE + j] = from[t];
            }
        }
    } else if (wide == OPN_GEMM_WIDE) {
        for (t = 0; t < depth; t++, b += ldb, packed += OPN_GEMM_WIDE) {
            opn_store(packed, opn_load(b));
            opn_store(packed + OPN_LANES, opn_load(b + OPN_LANES));
        }
    } else {
        for (t = 0; t < depth; t++)
            for (j = 0; j < wide; j++) packed[t * OPN_GEMM_WIDE + j] = b[t * ldb + j];
    }
}

/* c = alpha x + beta c in the first m lanes; c is not read when beta is 0. */
OPN_INLINE void opn_gemm_put(opn_real *c, opn_vec x, opn_real alpha, opn_real beta, size_t m)
{
    x *= opn_set1(alpha);
    if (m >= OPN_LANES) opn_store(c, beta == 0 ? x : opn_fma(opn_set1(beta), opn_load(c), x));
    else if (m > 0) opn_store_part(c, beta == 0 ? x : opn_fma(opn_set1(beta), opn_load_part(c, m), x), m);
}

/* A high x wide tile of C from a strip of op(A) and a strip of op(B). */
OPN_FN void opn_gemm_tile(const opn_real *a, const opn_real *b, size_t depth, size_t high, size_t wide,
                          opn_real alpha, opn_real beta, opn_real *c, size_t ldc)
{
    opn_vec a0 = opn_zero(), a1 = a0, b0 = a0, b1 = a0, c0 = a0, c1 = a0;
    opn_vec d0 = a0, d1 = a0, e0 = a0, e1 = a0, f0 = a0, f1 = a0, x, y, factor;
    const size_t left = wide < OPN_LANES ? wide : OPN_LANES, right = wide - left;
    for (; depth > 0; depth--, a += OPN_GEMM_HIGH, b += OPN_GEMM_WIDE) {
        x = opn_load(b);
        y = opn_load(b + OPN_LANES);
        factor = opn_set1(a[0]); a0 = opn_fma(factor, x, a0); a1 = opn_fma(factor, y, a1);
        factor = opn_set1(a[1]); b0 = opn_fma(factor, x, b0); b1 = opn_fma(factor, y, b1);
        factor = opn_set1(a[2]); c0 = opn_fma(factor, x, c0); c1 = opn_fma(factor, y, c1);
        factor = opn_set1(a[3]); d0 = opn_fma(factor, x, d0); d1 = opn_fma(factor, y, d1);
        factor = opn_set1(a[4]); e0 = opn_fma(factor, x, e0); e1 = opn_fma(factor, y, e1);
        factor = opn_set1(a[5]); f0 = opn_fma(factor, x, f0); f1 = opn_fma(factor, y, f1);
    }
#define OPN_GEMM_ROW(r, v, w) \
    if (r < high) { \
        opn_gemm_put(c + r * ldc, v, alpha, beta, left); \
        if (right) opn_gemm_put(c + r * ldc + OPN_LANES, w, alpha, beta, right); \
    }
    OPN_GEMM_ROW(0, a0, a1)
    OPN_GEMM_ROW(1, b0, b1)
    OPN_GEMM_ROW(2, c0, c1)
    OPN_GEMM_ROW(3, d0, d1)
    OPN_GEMM_ROW(4, e0, e1)
    OPN_GEMM_ROW(5, f0, f1)
#undef OPN_GEMM_ROW
}

OPN_FN void opn_gemm(int transpose_a, int transpose_b, size_t m, size_t n, size_t k, opn_real alpha,
                     const opn_real *a, size_t lda, const opn_real *b, size_t ldb, opn_real beta, opn_real *c, size_t ldc)
{
    opn_real strips[OPN_GEMM_ROWS * OPN_GEMM_DEPTH], strip[OPN_GEMM_WIDE * OPN_GEMM_DEPTH];
    size_t i, j, r, t, rows, depth, wide;
    if (k == 0 || alpha == 0) {
        for (i = 0; i < m; i++)
            if (beta == 0) opn_fill(c + i * ldc, 0, n);
            else opn_scale(c + i * ldc, beta, c + i * ldc, n);
        return;
    }
    for (t = 0; t < k; t += depth, beta = 1) {
        depth = k - t < OPN_GEMM_DEPTH ? k - t : OPN_GEMM_DEPTH;
        for (i = 0; i < m; i += rows) {
            rows = m - i < OPN_GEMM_ROWS ? m - i : OPN_GEMM_ROWS;
            opn_gemm_pack_a(transpose_a, a + (transpose_a ? t * lda + i : i * lda + t), lda, rows, depth, strips);
            for (j = 0; j < n; j += wide) {
                wide = n - j < OPN_GEMM_WIDE ? n - j : OPN_GEMM_WIDE;
                opn_gemm_pack_b(transpose_b, b + (transpose_b ? j * ldb + t : t * ldb + j), ldb, depth, wide, strip);
                for (r = 0; r < rows; r += OPN_GEMM_HIGH)
                    opn_gemm_tile(strips + r * depth, strip, depth, rows - r, wide, alpha, beta,
                                  c + (i + r) * ldc + j, ldc);
            }
        }
    }
}

/* ---- optim/common ---- */

/* Updates *param and state[0], state[1], ... ; h are the coefficients. */
typedef void (*opn_update_formula)(opn_vec *param, opn_vec grad, opn_vec *state, const opn_vec *h);

/* Moves the m elements at k of all arrays into the buffers of to, or back. */
OPN_FN void opn_update_tail(const OPN_T_(opn_step) *u, size_t k, size_t m, int states, opn_real *buffer, int back)
{
    int j;
    if (back) memcpy(u->param + k, buffer, m * sizeof *buffer);
    else {
        memset(buffer, 0, 6 * OPN_LANES * sizeof *buffer);
        memcpy(buffer, u->param + k, m * sizeof *buffer);
        memcpy(buffer + OPN_LANES, u->grad + k, m * sizeof *buffer);
    }
    for (j = 0; j < states; j++) {
        opn_real *place = buffer + (2 + j) * OPN_LANES;
        if (back) memcpy(u->state[j] + k, place, m * sizeof *place);
        else memcpy(place, u->state[j] + k, m * sizeof *place);
    }
}

/* The whole arrays, with this many states (a constant). It is inlined into its
   caller, the formula into it, once: the last n % OPN_LANES elements go through
   the same code as all others by way of a buffer, so an element's result does
   not depend on where it lies. */
OPN_INLINE void opn_update(const OPN_T_(opn_step) *u, int states, opn_update_formula formula)
{
    opn_real buffer[6 * OPN_LANES];
    opn_real *param = u->param, *s0 = u->state[0], *s1 = u->state[1], *s2 = u->state[2], *s3 = u->state[3];
    const opn_real *grad = u->grad, *c = u->coefficients.value;
    const size_t tail = u->n % OPN_LANES, whole = u->n - tail;
    size_t k, n = whole;
    int last = tail == 0;
    opn_vec h[12];
    h[0] = opn_set1(c[0]);
    h[1] = opn_set1(c[1]);
    h[2] = opn_set1(c[2]);
    h[3] = opn_set1(c[3]);
    h[4] = opn_set1(c[4]);
    h[5] = opn_set1(c[5]);
    h[6] = opn_set1(c[6]);
    h[7] = opn_set1(c[7]);
    h[8] = opn_set1(c[8]);
    h[9] = opn_set1(c[9]);
    h[10] = opn_set1(c[10]);
    h[11] = opn_set1(c[11]);
    for (;;) {
        for (k = 0; k < n; k += OPN_LANES) {
            opn_vec x = opn_load(param + k), s[4];
            if (states > 0) s[0] = opn_load(s0 + k);
            if (states > 1) s[1] = opn_load(s1 + k);
            if (states > 2) s[2] = opn_load(s2 + k);
            if (states > 3) s[3] = opn_load(s3 + k);
            formula(&x, opn_load(grad + k), s, h);
            opn_store(param + k, x);
            if (states > 0) opn_store(s0 + k, s[0]);
            if (states > 1) opn_store(s1 + k, s[1]);
            if (states > 2) opn_store(s2 + k, s[2]);
            if (states > 3) opn_store(s3 + k, s[3]);
        }
        if (last) break;
        opn_update_tail(u, whole, tail, states, buffer, 0);
        param = buffer;
        grad = buffer + OPN_LANES;
        s0 = buffer + 2 * OPN_LANES;
        s1 = buffer + 3 * OPN_LANES;
        s2 = buffer + 4 * OPN_LANES;
        s3 = buffer + 5 * OPN_LANES;
        n = OPN_LANES;
        last = 1;
    }
    if (tail) opn_update_tail(u, whole, tail, states, buffer, 1);
}

/* ---- optim/sgd ---- */
#if OPN_HAS_SGD

OPN_FN void opn_sgd_plain_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 0, opn_sgd_plain_point); }
OPN_FN void opn_sgd_momentum_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 1, opn_sgd_momentum_point); }
OPN_FN void opn_sgd_nesterov_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 1, opn_sgd_nesterov_point); }

#endif

/* ---- optim/adam ---- */
#if OPN_HAS_ADAM

OPN_FN void opn_adam_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 2, opn_adam_point); }
OPN_FN void opn_adamw_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 2, opn_adamw_point); }
OPN_FN void opn_amsgrad_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 3, opn_amsgrad_point); }

#endif

/* ---- optim/adaptive ---- */
#if OPN_HAS_ADAPTIVE

OPN_FN void opn_adagrad_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 1, opn_adagrad_point); }
OPN_FN void opn_rmsprop_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 1, opn_rmsprop_point); }
OPN_FN void opn_rmsprop_momentum_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 2, opn_rmsprop_momentum_point); }
OPN_FN void opn_rmsprop_centered_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 2, opn_rmsprop_centered_point); }
OPN_FN void opn_rmsprop_full_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 3, opn_rmsprop_full_point); }

#endif

/* ---- optim/sign ---- */
#if OPN_HAS_SIGN

OPN_FN void opn_lion_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 1, opn_lion_point); }

#endif

/* ---- optim/layerwise ---- */
#if OPN_HAS_LAYERWISE

/* Values per block: the update's buffer stays in the first-level cache, and a lane
   sums no more squares than this in the element type. */
#define OPN_LAYER_BLOCK 512

/* u of the new moments. */
OPN_INLINE opn_vec opn_lamb_update(const OPN_T_(opn_lamb) *a, opn_vec w, opn_vec m, opn_vec v)
{
    return m * opn_set1(a->m_scale) / (opn_sqrt(v) * opn_set1(a->root_scale) + opn_set1(a->eps)) + opn_set1(a->decay) * w;
}

/* The moments of one vector move on; their u. */
OPN_INLINE opn_vec opn_lamb_moments(const OPN_T_(opn_lamb) *a, opn_vec w, opn_vec g, opn_vec *m, opn_vec *v)
{
    g *= opn_set1(a->scale);
    *m = opn_set1(a->beta1) * *m + opn_set1(a->rest1) * g;
    *v = opn_set1(a->beta2) * *v + opn_set1(a->rest2) * (g * g);
    return opn_lamb_update(a, w, *m, *v);
}

/* First pass over a block: new m and v, u into a buffer, and the sums of squares of w
   and u, taken again in double where they may have left the range of the type. */
OPN_FN void opn_lamb_block(const OPN_T_(opn_lamb) *a, size_t n, const opn_real *param, const opn_real *grad, opn_real *m, opn_real *v,
                           opn_real *u, double *param_squares, double *update_squares)
{
    const double low = OPN_BITS == 32 ? 1e-24 * (double)n : -1, high = OPN_BITS == 32 ? 1e38 : HUGE_VAL;
    opn_vec w, x, y, z, w2 = opn_zero(), z2 = opn_zero();
    double sum;
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        w = opn_load(param + k);
        x = opn_load(m + k);
        y = opn_load(v + k);
        z = opn_lamb_moments(a, w, opn_load(grad + k), &x, &y);
        opn_store(m + k, x);
        opn_store(v + k, y);
        opn_store(u + k, z);
        w2 = opn_fma(w, w, w2);
        z2 = opn_fma(z, z, z2);
    }
    if (k < n) {
        w = opn_load_part(param + k, n - k);
        x = opn_load_part(m + k, n - k);
        y = opn_load_part(v + k, n - k);
        z = opn_keep(opn_first(n - k), opn_lamb_moments(a, w, opn_load_part(grad + k, n - k), &x, &y));
        opn_store_part(m + k, x, n - k);
        opn_store_part(v + k, y, n - k);
        opn_store_part(u + k, z, n - k);
        w2 = opn_fma(w, w, w2);
        z2 = opn_fma(z, z, z2);
    }
    sum = opn_hsum(w2);
    *param_squares += sum > low && sum < high ? sum : opn_dot_double(param, param, n);
    sum = opn_hsum(z2);
    *update_squares += sum > low && sum < high ? sum : opn_dot_double(u, u, n);
}

/* Second pass over a block: u again, and param = shrink param - rate u. */
OPN_FN void opn_lamb_apply(const OPN_T_(opn_lamb) *a, size_t n, opn_real rate, opn_real *param, const opn_real *m, const opn_real *v)
{
    const opn_vec shrink = opn_set1((opn_real)a->shrink), factor = opn_set1(rate);
    opn_vec w;
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        w = opn_load(param + k);
        opn_store(param + k, shrink * w - factor * opn_lamb_update(a, w, opn_load(m + k), opn_load(v + k)));
    }
    if (k < n) {
        w = opn_load_part(param + k, n - k);
        w = shrink * w - factor * opn_lamb_update(a, w, opn_load_part(m + k, n - k), opn_load_part(v + k, n - k));
        opn_store_part(param + k, w, n - k);
    }
}

/* The second pass runs from the end to the front: what the first one has left in
   the caches comes first. */
OPN_FN void opn_lamb_kernel(const OPN_T_(opn_lamb) *a, size_t n, opn_real *param, const opn_real *grad, opn_real *m, opn_real *v)
{
    opn_real u[OPN_LAYER_BLOCK], rate;
    double param_squares = 0, update_squares = 0;
    size_t k, count;
    for (k = 0; k < n; k += count) {
        count = n - k < OPN_LAYER_BLOCK ? n - k : OPN_LAYER_BLOCK;
        opn_lamb_block(a, count, param + k, grad + k, m + k, v + k, u, &param_squares, &update_squares);
    }
    rate = (opn_real)(a->lr * OPN_T_(opn_lamb_ratio)(a, param_squares, update_squares));
    for (; k > 0; k -= count) {
        count = k % OPN_LAYER_BLOCK ? k % OPN_LAYER_BLOCK : OPN_LAYER_BLOCK;
        opn_lamb_apply(a, count, rate, param + k - count, m + k - count, v + k - count);
    }
}

#endif

/* ---- optim/factored ---- */
#if OPN_HAS_FACTORED

#define OPN_FACTOR_BLOCK 1024
/* Rows whose squares are summed in the element type before they go into a double. */
#define OPN_FACTOR_ROWS 16

/* y += (scale x)^2 */
OPN_FN void opn_add_squares(opn_real *y, opn_real scale, const opn_real *x, size_t n)
{
    const opn_vec factor = opn_set1(scale);
    opn_vec z;
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        z = factor * opn_load(x + k);
        opn_store(y + k, opn_fma(z, z, opn_load(y + k)));
    }
    if (k < n) {
        z = factor * opn_load_part(x + k, n - k);
        opn_store_part(y + k, opn_fma(z, z, opn_load_part(y + k, n - k)), n - k);
    }
}

/* A new second moment; 1 / sqrt of one, 0 where that is 0. */
OPN_INLINE opn_real opn_adafactor_moment(const OPN_T_(opn_adafactor) *a, opn_real was, double mean_square)
{
    return (opn_real)(a->beta2 * (double)was + (1 - a->beta2) * (mean_square + a->eps1));
}

OPN_INLINE double opn_inverse_root(double x) { return x == 0 ? 0 : 1 / sqrt(x); }

/* row and col move on; root becomes 1 / sqrt(col). The mean of row is returned. */
OPN_FN double opn_adafactor_statistics(const OPN_T_(opn_adafactor) *a)
{
    const size_t rows = a->rows, columns = a->columns;
    size_t i, j;
    for (j = 0; j < columns; j++) a->sums[j] = 0;
    opn_fill(a->root, 0, columns);
    for (i = 0; i < rows; i++) {
        const opn_real *g = a->grad + i * columns;
        const double squares = a->scale * a->scale * opn_norm_squares(g, columns);
        a->row[i] = opn_adafactor_moment(a, a->row[i], squares / (double)columns);
        opn_add_squares(a->root, (opn_real)a->scale, g, columns);
        if (i % OPN_FACTOR_ROWS == OPN_FACTOR_ROWS - 1 || i == rows - 1) {
            for (j = 0; j < columns; j++) a->sums[j] += (double)a->root[j];
            opn_fill(a->root, 0, columns);
        }
    }
    for (j = 0; j < columns; j++) {
        a->col[j] = opn_adafactor_moment(a, a->col[j], a->sums[j] / (double)rows);
        a->root[j] = (opn_real)opn_inverse_root((double)a->col[j]);
    }
    return opn_sum(a->row, rows) / (double)rows;
}

/* u = factor grad root: of a part of a row. */
OPN_FN void opn_adafactor_update(opn_real *u, opn_real factor, const opn_real *grad, const opn_real *root, size_t n)
{
    const opn_vec f = opn_set1(factor);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) opn_store(u + k, f * opn_load(grad + k) * opn_load(root + k));
    if (k < n) opn_store_part(u + k, f * opn_load_part(grad + k, n - k) * opn_load_part(root + k, n - k), n - k);
}

/* u = factor grad / sqrt(v), 0 where v is 0: of a part of a vector. */
OPN_INLINE opn_vec opn_adafactor_ratio(opn_vec g, opn_vec v)
{
    return opn_keep(opn_not(v == opn_zero()), g / opn_sqrt(v));
}

OPN_FN void opn_adafactor_vector_update(opn_real *u, opn_real factor, const opn_real *grad, const opn_real *v, size_t n)
{
    const opn_vec f = opn_set1(factor);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES)
        opn_store(u + k, opn_adafactor_ratio(f * opn_load(grad + k), opn_load(v + k)));
    if (k < n) opn_store_part(u + k, opn_adafactor_ratio(f * opn_load_part(grad + k, n - k), opn_load_part(v + k, n - k)), n - k);
}

/* v = beta2 v + (1 - beta2) ((scale grad)^2 + eps1) */
OPN_FN void opn_adafactor_vector_moments(const OPN_T_(opn_adafactor) *a)
{
    const opn_vec keep = opn_set1((opn_real)a->beta2), rest = opn_set1((opn_real)(1 - a->beta2));
    const opn_vec scale = opn_set1((opn_real)a->scale), eps = opn_set1((opn_real)a->eps1);
    opn_vec g, v;
    size_t k, count;
    for (k = 0; k < a->columns; k += count) {
        count = a->columns - k < OPN_LANES ? a->columns - k : OPN_LANES;
        if (count == OPN_LANES) {
            g = scale * opn_load(a->grad + k);
            v = keep * opn_load(a->v + k) + rest * (g * g + eps);
            opn_store(a->v + k, v);
        } else {
            g = scale * opn_load_part(a->grad + k, count);
            v = keep * opn_load_part(a->v + k, count) + rest * (g * g + eps);
            opn_store_part(a->v + k, v, count);
        }
    }
}

/* The m values at k of row i: u. */
OPN_FN void opn_adafactor_part(const OPN_T_(opn_adafactor) *a, double mean_row, size_t i, size_t k, size_t count, opn_real *u)
{
    const opn_real *g = a->grad + i * a->columns + k;
    if (a->v) opn_adafactor_vector_update(u, (opn_real)a->scale, g, a->v + k, count);
    else {
        const double factor = a->scale * sqrt(mean_row) * opn_inverse_root((double)a->row[i]);
        opn_adafactor_update(u, (opn_real)factor, g, a->root + k, count);
    }
}

/* param = keep param - delta with delta = rate u, or its running mean m. */
OPN_FN void opn_adafactor_apply(opn_real *param, opn_real keep, opn_real rate, const opn_real *u, opn_real *m, double beta1, size_t n)
{
    const opn_vec left = opn_set1(keep), factor = opn_set1(rate);
    const opn_vec old = opn_set1((opn_real)beta1), rest = opn_set1((opn_real)(1 - beta1));
    opn_vec delta;
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        delta = factor * opn_load(u + k);
        if (m) {
            delta = old * opn_load(m + k) + rest * delta;
            opn_store(m + k, delta);
        }
        opn_store(param + k, left * opn_load(param + k) - delta);
    }
    if (k < n) {
        delta = factor * opn_load_part(u + k, n - k);
        if (m) {
            delta = old * opn_load_part(m + k, n - k) + rest * delta;
            opn_store_part(m + k, delta, n - k);
        }
        opn_store_part(param + k, left * opn_load_part(param + k, n - k) - delta, n - k);
    }
}

/* Statistics, then the norms of u and w, then the step, from the end to the front:
   what the pass before has left in the caches comes first. */
OPN_FN void opn_adafactor_kernel(const OPN_T_(opn_adafactor) *a)
{
    opn_real u[OPN_FACTOR_BLOCK], keep, rate;
    const double n = (double)a->rows * (double)a->columns;
    double mean_row = 1, update_squares = 0, param_squares = 0, alpha, rms;
    size_t i, k, count, at;
    if (a->v) opn_adafactor_vector_moments(a);
    else mean_row = opn_adafactor_statistics(a);
    for (i = 0; i < a->rows; i++)
        for (k = 0; k < a->columns; k += count) {
            count = a->columns - k < OPN_FACTOR_BLOCK ? a->columns - k : OPN_FACTOR_BLOCK;
            opn_adafactor_part(a, mean_row, i, k, count, u);
            update_squares += opn_norm_squares(u, count);
            if (a->scale_parameter) param_squares += opn_norm_squares(a->param + i * a->columns + k, count);
        }
    rms = sqrt(param_squares / n);
    alpha = a->scale_parameter ? a->rho * (rms < a->eps2 ? a->eps2 : rms) : a->rho;
    rms = sqrt(update_squares / n) / a->clip;
    rate = (opn_real)(rms > 1 ? alpha / rms : alpha);
    keep = (opn_real)(1 - alpha * a->weight_decay);
    for (i = a->rows; i-- > 0;)
        for (k = a->columns; k > 0; k -= count) {
            count = k % OPN_FACTOR_BLOCK ? k % OPN_FACTOR_BLOCK : OPN_FACTOR_BLOCK;
            at = i * a->columns + k - count;
            opn_adafactor_part(a, mean_row, i, k - count, count, u);
            opn_adafactor_apply(a->param + at, keep, rate, u, a->m ? a->m + at : NULL, a->beta1, count);
        }
}

#endif

/* ---- optim/matrix ---- */
#if OPN_HAS_MATRIX

/* Rows of a symmetric product per block. */
#define OPN_GRAM_BLOCK 96

/* out = op(x) op(x)^T, n x n, op(x) being n x k: the blocks on and below the diagonal,
   mirrored. x has rows of ld values. */
OPN_FN void opn_gram(int transpose, size_t n, size_t k, const opn_real *x, size_t ld, opn_real *out)
{
    size_t i, j, first, count;
    for (first = 0; first < n; first += count) {
        const opn_real *block = transpose ? x + first : x + first * ld;
        count = n - first < OPN_GRAM_BLOCK ? n - first : OPN_GRAM_BLOCK;
        opn_gemm(transpose, !transpose, count, first + count, k, OPN_K(1), block, ld, x, ld, OPN_K(0), out + first * n, n);
        for (i = first; i < first + count; i++)
            for (j = 0; j < i; j++) out[j * n + i] = out[i * n + j];
    }
}

/* y = a x + b y */
OPN_FN void opn_combine(opn_real *y, opn_real a, const opn_real *x, opn_real b, size_t n)
{
    const opn_vec p = opn_set1(a), q = opn_set1(b);
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) opn_store(y + k, p * opn_load(x + k) + q * opn_load(y + k));
    if (k < n) opn_store_part(y + k, p * opn_load_part(x + k, n - k) + q * opn_load_part(y + k, n - k), n - k);
}

/* Orthogonalises x in place. */
OPN_FN void opn_newton_schulz_kernel(const OPN_T_(opn_newton_schulz) *s)
{
    const size_t rows = s->rows, columns = s->columns, n = rows * columns;
    const size_t side = rows > columns ? columns : rows;
    const double norm = sqrt(opn_norm_squares(s->x, n)) + s->eps;
    opn_real *x = s->x, *y = s->y, *swap;
    int k;
    opn_scale(x, norm < (OPN_BITS == 32 ? 1e-37 : 1e-150) ? OPN_K(0) : (opn_real)(1 / norm), x, n);
    for (k = 0; k < s->steps; k++) {
        opn_gram(rows > columns, side, rows > columns ? rows : columns, x, columns, s->p);
        opn_gram(0, side, side, s->p, side, s->q);
        opn_combine(s->q, (opn_real)s->b, s->p, (opn_real)s->c, side * side);
        memcpy(y, x, n * sizeof *y);
        if (rows > columns) opn_gemm(0, 0, rows, columns, side, OPN_K(1), x, columns, s->q, side, (opn_real)s->a, y, columns);
        else opn_gemm(0, 0, rows, columns, side, OPN_K(1), s->q, side, x, columns, (opn_real)s->a, y, columns);
        swap = x;
        x = y;
        y = swap;
    }
    if (x != s->x) memcpy(s->x, x, n * sizeof *x);
}

/* buffer = mu buffer + scale grad;  u = scale grad + mu buffer, or buffer */
OPN_FN void opn_muon_momentum(opn_real *u, opn_real *buffer, opn_real mu, opn_real scale, const opn_real *grad, size_t n, int nesterov)
{
    const opn_vec decay = opn_set1(mu), factor = opn_set1(scale);
    opn_vec g, b, ahead;
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        g = factor * opn_load(grad + k);
        b = decay * opn_load(buffer + k) + g;
        opn_store(buffer + k, b);
        ahead = g + decay * b;
        opn_store(u + k, nesterov ? ahead : b);
    }
    if (k < n) {
        g = factor * opn_load_part(grad + k, n - k);
        b = decay * opn_load_part(buffer + k, n - k) + g;
        opn_store_part(buffer + k, b, n - k);
        ahead = g + decay * b;
        opn_store_part(u + k, nesterov ? ahead : b, n - k);
    }
}

#endif

/* ---- optim/lbfgs ---- */
#if OPN_HAS_LBFGS

/* d = -H g0, H from the pairs; the two-loop recursion. */
OPN_FN void opn_lbfgs_direction(const optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p)
{
    const size_t n = state->n;
    const int history = state->config.history;
    double alpha[OPTIM_LBFGS_MAX_HISTORY], beta;
    int k, at = state->newest;
    opn_scale(p->d, OPN_K(-1), p->g0, n);
    for (k = 0; k < state->pairs; k++) {
        alpha[at] = opn_dot_double(p->s + (size_t)at * n, p->d, n) / state->curvature[at];
        opn_axpy(p->d, (opn_real)-alpha[at], p->y + (size_t)at * n, n);
        at = at == 0 ? history - 1 : at - 1;
    }
    if (state->pairs) opn_scale(p->d, (opn_real)state->gamma, p->d, n);
    for (k = 0; k < state->pairs; k++) {
        at = at == history - 1 ? 0 : at + 1;
        beta = opn_dot_double(p->y + (size_t)at * n, p->d, n) / state->curvature[at];
        opn_axpy(p->d, (opn_real)(alpha[at] - beta), p->s + (size_t)at * n, n);
    }
}

/* Keeps the pair from x0 to x, when its curvature is positive beyond rounding. */
OPN_FN void opn_lbfgs_pair(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, const opn_real *x, const opn_real *g)
{
    const size_t n = state->n;
    const int history = state->config.history, at = state->pairs == 0 ? 0 : (state->newest + 1) % history;
    opn_real *s = p->s + (size_t)at * n, *y = p->y + (size_t)at * n;
    double sy, ss, yy;
    memcpy(s, x, n * sizeof *s);
    memcpy(y, g, n * sizeof *y);
    opn_axpy(s, OPN_K(-1), p->x0, n);
    opn_axpy(y, OPN_K(-1), p->g0, n);
    sy = opn_dot_double(s, y, n);
    ss = opn_dot_double(s, s, n);
    yy = opn_dot_double(y, y, n);
    if (!opn_finite(ss) || !opn_finite(yy) || !(sy > (OPN_BITS == 32 ? (double)FLT_EPSILON : DBL_EPSILON) * sqrt(ss) * sqrt(yy))) {
        if (state->pairs == history) state->pairs--;   /* the oldest has been written over */
        return;
    }
    if (state->pairs < history) state->pairs++;
    state->newest = at;
    state->curvature[at] = sy;
    state->gamma = sy / yy;
}

/* x = x0 + step d */
OPN_FN void opn_lbfgs_point(opn_real *x, double step, const OPN_T_(opn_lbfgs_memory) *p, size_t n)
{
    memcpy(x, p->x0, n * sizeof *x);
    opn_axpy(x, (opn_real)step, p->d, n);
}

#endif

/* ---- optim/sharpness ---- */
#if OPN_HAS_SHARPNESS

/* Values per block: its buffer stays in the first-level cache. */
#define OPN_SAM_BLOCK 1024

/* sum ((|param| + eta) grad)^2 */
OPN_FN double opn_asam_squares(opn_real eta, size_t n, const opn_real *param, const opn_real *grad)
{
    const opn_vec plus = opn_set1(eta);
    opn_real buffer[OPN_SAM_BLOCK];
    double sum = 0;
    size_t k, j, count;
    for (k = 0; k < n; k += count) {
        const opn_real *w = param + k, *g = grad + k;
        count = n - k < OPN_SAM_BLOCK ? n - k : OPN_SAM_BLOCK;
        for (j = 0; count - j >= OPN_LANES; j += OPN_LANES)
            opn_store(buffer + j, (opn_abs(opn_load(w + j)) + plus) * opn_load(g + j));
        if (j < count)
            opn_store_part(buffer + j, (opn_abs(opn_load_part(w + j, count - j)) + plus) * opn_load_part(g + j, count - j), count - j);
        sum += opn_norm_squares(buffer, count);
    }
    return sum;
}

/* param + factor grad, or param + factor (|param| + eta)^2 grad */
OPN_INLINE opn_vec opn_sam_moved(int adaptive, opn_vec eta, opn_vec factor, opn_vec w, opn_vec g)
{
    const opn_vec t = opn_abs(w) + eta, scaled = t * (t * g);
    return opn_fma(factor, adaptive ? scaled : g, w);
}

OPN_FN void opn_sam_ascend(int adaptive, opn_real eta, opn_real factor, size_t n, opn_real *param, const opn_real *grad, opn_real *saved)
{
    const opn_vec plus = opn_set1(eta), by = opn_set1(factor);
    opn_vec w;
    size_t k = 0;
    for (; n - k >= OPN_LANES; k += OPN_LANES) {
        w = opn_load(param + k);
        opn_store(saved + k, w);
        opn_store(param + k, opn_sam_moved(adaptive, plus, by, w, opn_load(grad + k)));
    }
    if (k < n) {
        w = opn_load_part(param + k, n - k);
        opn_store_part(saved + k, w, n - k);
        opn_store_part(param + k, opn_sam_moved(adaptive, plus, by, w, opn_load_part(grad + k, n - k)), n - k);
    }
}

#endif

/* ---- optim/averaging ---- */
#if OPN_HAS_AVERAGING

OPN_FN void opn_average_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 0, opn_average_point); }
OPN_FN void opn_lookahead_kernel(const OPN_T_(opn_step) *u) { opn_update(u, 1, opn_lookahead_point); }

#endif

/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

OPN_FN void opn_clip_kernel(opn_real *grad, size_t n, opn_real limit)
{
    const opn_vec h = opn_set1(limit);
    size_t k;
    for (k = 0; n - k >= OPN_LANES; k += OPN_LANES) opn_store(grad + k, opn_clip_point(opn_load(grad + k), &h));
    if (k < n) opn_store_part(grad + k, opn_clip_point(opn_load_part(grad + k, n - k), &h), n - k);
}

#endif
#endif

#if OPN_PASS == 5
/* ---- pass 5: the public functions --------------------------------------------- */

/* ---- core/reduce ---- */

/* The mean's factor: what a sum is multiplied with. 0 of nothing. */
OPN_FN double opn_reciprocal(double x) { return x == 0 ? 0 : 1 / x; }

/* ---- optim/common ---- */

/* Hyper-parameters, as the element type sees them. */
OPN_FN int opn_is_finite(double x) { return opn_finite(x) && opn_finite((double)(opn_real)x); }
OPN_FN int opn_is_nonnegative(double x) { return opn_is_finite(x) && x >= 0; }
OPN_FN int opn_is_positive(double x) { return opn_is_finite(x) && (opn_real)x > 0; }

/* A decay rate: 0 <= x < 1. */
OPN_FN int opn_is_decay(double x) { return opn_finite(x) && x >= 0 && x < 1; }

/* What every config has. */
OPN_FN int opn_is_common(double lr, double grad_scale, double weight_decay)
{
    return opn_is_nonnegative(lr) && opn_is_nonnegative(grad_scale) && opn_is_nonnegative(weight_decay)
        && opn_is_finite(lr * weight_decay);
}

/* The arrays of a step with this many states; then the checks that need no
   hyper-parameter. */
OPN_FN int opn_step_begin(OPN_T_(opn_step) *u, int64_t step, size_t n, opn_real *param, const opn_real *grad,
                            int states, opn_real *s0, opn_real *s1, opn_real *s2)
{
    int j;
    memset(u, 0, sizeof *u);
    u->param = param;
    u->grad = grad;
    u->state[0] = s0;
    u->state[1] = s1;
    u->state[2] = s2;
    u->n = n;
    if (n && (!param || !grad)) return OPTIM_ERROR_NULL;
    for (j = 0; j < states; j++)
        if (n && !u->state[j]) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    return step < 1 ? OPTIM_ERROR_PARAMETER : OPTIM_OK;
}

/* ---- optim/sgd ---- */
#if OPN_HAS_SGD

OPN_FN int opn_sgd_check(const optim_sgd_config *c)
{
    if (!opn_is_common(c->lr, c->grad_scale, c->weight_decay) || !opn_is_decay(c->momentum)) return OPTIM_ERROR_PARAMETER;
    if (!(opn_is_nonnegative(c->dampening) && c->dampening <= 1)) return OPTIM_ERROR_PARAMETER;
    if (c->nesterov && !(c->momentum > 0 && c->dampening == 0)) return OPTIM_ERROR_PARAMETER;
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_sgd)(const optim_sgd_config *config, int64_t step, size_t n,
                             opn_real *param, const opn_real *grad, opn_real *buffer)
{
    const optim_sgd_config c = config ? *config : optim_sgd_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, c.momentum > 0, buffer, NULL, NULL);
    if (!status) status = opn_sgd_check(&c);
    if (status) return status;
    u.coefficients = OPN_T_(optim_sgd_coefficients)(&c, step);
    if (!(c.momentum > 0)) OPN_CALL(opn_sgd_plain_kernel, (&u));
    else if (c.nesterov) OPN_CALL(opn_sgd_nesterov_kernel, (&u));
    else OPN_CALL(opn_sgd_momentum_kernel, (&u));
    return OPTIM_OK;
}

#endif

/* ---- optim/adam ---- */
#if OPN_HAS_ADAM

/* The ranges of the hyper-parameters of all of them. lr / (1 - beta1) bounds
   the step size of every step. */
OPN_FN int opn_adam_check(double lr, double beta1, double beta2, double eps, double weight_decay, double grad_scale)
{
    return opn_is_common(lr, grad_scale, weight_decay) && opn_is_decay(beta1) && opn_is_decay(beta2)
        && opn_is_nonnegative(eps) && opn_is_finite(lr / (1 - beta1)) ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

OPTIM_DEF int OPN_T_(optim_adam)(const optim_adam_config *config, int64_t step, size_t n,
                              opn_real *param, const opn_real *grad, opn_real *m, opn_real *v)
{
    const optim_adam_config c = config ? *config : optim_adam_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, 2, m, v, NULL);
    if (!status) status = opn_adam_check(c.lr, c.beta1, c.beta2, c.eps, c.weight_decay, c.grad_scale);
    if (status) return status;
    u.coefficients = OPN_T_(optim_adam_coefficients)(&c, step);
    OPN_CALL(opn_adam_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_adamw)(const optim_adamw_config *config, int64_t step, size_t n,
                               opn_real *param, const opn_real *grad, opn_real *m, opn_real *v)
{
    const optim_adamw_config c = config ? *config : optim_adamw_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, 2, m, v, NULL);
    if (!status) status = opn_adam_check(c.lr, c.beta1, c.beta2, c.eps, c.weight_decay, c.grad_scale);
    if (status) return status;
    u.coefficients = OPN_T_(optim_adamw_coefficients)(&c, step);
    OPN_CALL(opn_adamw_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_amsgrad)(const optim_amsgrad_config *config, int64_t step, size_t n,
                                 opn_real *param, const opn_real *grad, opn_real *m, opn_real *v, opn_real *v_max)
{
    const optim_amsgrad_config c = config ? *config : optim_amsgrad_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, 3, m, v, v_max);
    if (!status) status = opn_adam_check(c.lr, c.beta1, c.beta2, c.eps, c.weight_decay, c.grad_scale);
    if (status) return status;
    u.coefficients = OPN_T_(optim_amsgrad_coefficients)(&c, step);
    OPN_CALL(opn_amsgrad_kernel, (&u));
    return OPTIM_OK;
}

#endif

/* ---- optim/adaptive ---- */
#if OPN_HAS_ADAPTIVE

OPTIM_DEF int OPN_T_(optim_adagrad)(const optim_adagrad_config *config, int64_t step, size_t n,
                                 opn_real *param, const opn_real *grad, opn_real *sum)
{
    const optim_adagrad_config c = config ? *config : optim_adagrad_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, 1, sum, NULL, NULL);
    if (status) return status;
    if (!opn_is_common(c.lr, c.grad_scale, c.weight_decay) || !opn_is_nonnegative(c.lr_decay)
        || !opn_is_nonnegative(c.eps)) return OPTIM_ERROR_PARAMETER;
    u.coefficients = OPN_T_(optim_adagrad_coefficients)(&c, step);
    OPN_CALL(opn_adagrad_kernel, (&u));
    return OPTIM_OK;
}

OPN_FN int opn_rmsprop_check(const optim_rmsprop_config *c)
{
    return opn_is_common(c->lr, c->grad_scale, c->weight_decay) && opn_is_decay(c->alpha)
        && opn_is_decay(c->momentum) && opn_is_nonnegative(c->eps) ? OPTIM_OK : OPTIM_ERROR_PARAMETER;
}

OPTIM_DEF int OPN_T_(optim_rmsprop)(const optim_rmsprop_config *config, int64_t step, size_t n,
                                 opn_real *param, const opn_real *grad, opn_real *square, opn_real *buffer, opn_real *mean)
{
    const optim_rmsprop_config c = config ? *config : optim_rmsprop_defaults();
    const int momentum = c.momentum > 0, centered = c.centered != 0;
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, 1 + momentum + centered,
                                square, momentum ? buffer : mean, mean);
    if (!status) status = opn_rmsprop_check(&c);
    if (status) return status;
    u.coefficients = OPN_T_(optim_rmsprop_coefficients)(&c, step);
    if (momentum && centered) OPN_CALL(opn_rmsprop_full_kernel, (&u));
    else if (momentum) OPN_CALL(opn_rmsprop_momentum_kernel, (&u));
    else if (centered) OPN_CALL(opn_rmsprop_centered_kernel, (&u));
    else OPN_CALL(opn_rmsprop_kernel, (&u));
    return OPTIM_OK;
}

#endif

/* ---- optim/sign ---- */
#if OPN_HAS_SIGN

OPTIM_DEF int OPN_T_(optim_lion)(const optim_lion_config *config, int64_t step, size_t n,
                              opn_real *param, const opn_real *grad, opn_real *m)
{
    const optim_lion_config c = config ? *config : optim_lion_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, param, grad, 1, m, NULL, NULL);
    if (status) return status;
    if (!opn_is_common(c.lr, c.grad_scale, c.weight_decay) || !opn_is_decay(c.beta1) || !opn_is_decay(c.beta2))
        return OPTIM_ERROR_PARAMETER;
    u.coefficients = OPN_T_(optim_lion_coefficients)(&c, step);
    OPN_CALL(opn_lion_kernel, (&u));
    return OPTIM_OK;
}

#endif

/* ---- optim/layerwise ---- */
#if OPN_HAS_LAYERWISE

OPN_FN int opn_lamb_check(const optim_lamb_config *c)
{
    return opn_is_common(c->lr, c->grad_scale, c->weight_decay) && opn_is_decay(c->beta1) && opn_is_decay(c->beta2)
        && opn_is_nonnegative(c->eps) && opn_is_nonnegative(c->max_weight_norm) && opn_is_nonnegative(c->max_trust)
        && opn_is_finite(1 / (1 - c->beta1));
}

OPTIM_DEF int OPN_T_(optim_lamb)(const optim_lamb_config *config, int64_t step, size_t n, opn_real *param, const opn_real *grad,
                              opn_real *m, opn_real *v)
{
    const optim_lamb_config c = config ? *config : optim_lamb_defaults();
    OPN_T_(opn_lamb) a;
    if (n && (!param || !grad || !m || !v)) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (step < 1 || !opn_lamb_check(&c)) return OPTIM_ERROR_PARAMETER;
    a.scale = (opn_real)opn_gradient_factor(c.grad_scale, c.maximize);
    a.beta1 = (opn_real)c.beta1;
    a.rest1 = (opn_real)(1 - c.beta1);
    a.beta2 = (opn_real)c.beta2;
    a.rest2 = (opn_real)(1 - c.beta2);
    a.m_scale = (opn_real)(c.bias_correction ? 1 / (1 - pow(c.beta1, (double)step)) : 1);
    a.root_scale = (opn_real)(c.bias_correction ? 1 / sqrt(1 - pow(c.beta2, (double)step)) : 1);
    a.eps = (opn_real)c.eps;
    a.decay = (opn_real)(c.decoupled_decay ? 0 : c.weight_decay);
    a.shrink = c.decoupled_decay ? 1 - c.lr * c.weight_decay : 1;
    a.lr = c.lr;
    a.max_weight_norm = c.max_weight_norm;
    a.max_trust = c.max_trust;
    a.adapt = c.always_adapt || c.weight_decay > 0;
    OPN_CALL(opn_lamb_kernel, (&a, n, param, grad, m, v));
    return OPTIM_OK;
}

#endif

/* ---- optim/factored ---- */
#if OPN_HAS_FACTORED

/* Checks the hyper-parameters, and what they and the step's number give. */
OPN_FN int opn_adafactor_begin(OPN_T_(opn_adafactor) *a, const optim_adafactor_config *config, int64_t step,
                               opn_real *param, const opn_real *grad, opn_real *m)
{
    const optim_adafactor_config c = config ? *config : optim_adafactor_defaults();
    const double t = (double)step;
    memset(a, 0, sizeof *a);
    if (step < 1 || !opn_is_common(c.lr, c.grad_scale, c.weight_decay) || !opn_is_finite(c.decay_rate)
        || !(c.decay_rate < 0) || !opn_is_positive(c.eps1) || !opn_is_nonnegative(c.eps2)
        || !opn_is_positive(c.clip_threshold) || !opn_is_decay(c.beta1)) return OPTIM_ERROR_PARAMETER;
    a->param = param;
    a->grad = grad;
    a->m = c.beta1 > 0 ? m : NULL;
    a->scale = opn_gradient_factor(c.grad_scale, c.maximize);
    a->beta2 = 1 - pow(t, c.decay_rate);
    a->eps1 = c.eps1;
    a->eps2 = c.eps2;
    a->clip = c.clip_threshold;
    a->beta1 = c.beta1;
    a->weight_decay = c.weight_decay;
    a->scale_parameter = c.scale_parameter;
    a->rho = c.lr;
    if (c.relative_step && a->rho > 1 / sqrt(t)) a->rho = 1 / sqrt(t);
    if (c.relative_step && c.warmup_init && a->rho > 1e-6 * t) a->rho = 1e-6 * t;
    return OPTIM_OK;
}

OPTIM_DEF size_t OPN_T_(optim_adafactor_matrix_scratch)(size_t rows, size_t columns)
{
    return rows && columns ? opn_add(opn_piece(columns, sizeof(double)), opn_piece(columns, sizeof(opn_real))) : 0;
}

OPTIM_DEF int OPN_T_(optim_adafactor_matrix)(const optim_adafactor_config *config, int64_t step, size_t rows, size_t columns,
                                          opn_real *param, const opn_real *grad, opn_real *row, opn_real *col, opn_real *m,
                                          void *scratch, size_t scratch_size)
{
    OPN_T_(opn_adafactor) a;
    const size_t n = opn_mul(rows, columns);
    int status;
    if (n && (!param || !grad || !row || !col || (config && config->beta1 > 0 && !m))) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    status = opn_adafactor_begin(&a, config, step, param, grad, m);
    if (status) return status;
    if (n == 0) return OPTIM_OK;
    if (!scratch || scratch_size < OPN_T_(optim_adafactor_matrix_scratch)(rows, columns)) return OPTIM_ERROR_SCRATCH;
    a.rows = rows;
    a.columns = columns;
    a.row = row;
    a.col = col;
    a.sums = (double *)opn_cut(&scratch, columns, sizeof(double));
    a.root = (opn_real *)opn_cut(&scratch, columns, sizeof(opn_real));
    OPN_CALL(opn_adafactor_kernel, (&a));
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_adafactor_vector)(const optim_adafactor_config *config, int64_t step, size_t n,
                                          opn_real *param, const opn_real *grad, opn_real *v, opn_real *m)
{
    OPN_T_(opn_adafactor) a;
    int status;
    if (n && (!param || !grad || !v || (config && config->beta1 > 0 && !m))) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    status = opn_adafactor_begin(&a, config, step, param, grad, m);
    if (status || n == 0) return status;
    a.rows = 1;
    a.columns = n;
    a.v = v;
    OPN_CALL(opn_adafactor_kernel, (&a));
    return OPTIM_OK;
}

#endif

/* ---- optim/matrix ---- */
#if OPN_HAS_MATRIX

/* Cuts the scratch; n > 0. */
OPN_FN void opn_newton_schulz_room(OPN_T_(opn_newton_schulz) *s, const optim_newton_schulz_config *c,
                                   size_t rows, size_t columns, void *scratch)
{
    const size_t side = rows > columns ? columns : rows;
    s->rows = rows;
    s->columns = columns;
    s->x = (opn_real *)opn_cut(&scratch, rows * columns, sizeof(opn_real));
    s->y = (opn_real *)opn_cut(&scratch, rows * columns, sizeof(opn_real));
    s->p = (opn_real *)opn_cut(&scratch, side * side, sizeof(opn_real));
    s->q = (opn_real *)opn_cut(&scratch, side * side, sizeof(opn_real));
    s->a = c->a;
    s->b = c->b;
    s->c = c->c;
    s->eps = c->eps;
    s->steps = c->steps;
}

OPN_FN int opn_newton_schulz_check(const optim_newton_schulz_config *c)
{
    return opn_is_finite(c->a) && opn_is_finite(c->b) && opn_is_finite(c->c) && opn_is_nonnegative(c->eps)
        && c->steps >= 0 && c->steps <= 100;
}

OPTIM_DEF size_t OPN_T_(optim_newton_schulz_scratch)(size_t rows, size_t columns)
{
    const size_t side = rows > columns ? columns : rows;
    const size_t whole = opn_piece(opn_mul(rows, columns), sizeof(opn_real)), square = opn_piece(opn_mul(side, side), sizeof(opn_real));
    return side ? opn_add(opn_mul(whole, 2), opn_mul(square, 2)) : 0;
}

OPTIM_DEF int OPN_T_(optim_newton_schulz)(const optim_newton_schulz_config *config, size_t rows, size_t columns,
                                       const opn_real *matrix, opn_real *out, void *scratch, size_t scratch_size)
{
    const optim_newton_schulz_config c = config ? *config : optim_newton_schulz_defaults();
    const size_t n = opn_mul(rows, columns);
    OPN_T_(opn_newton_schulz) s;
    if (n && (!matrix || !out)) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (!opn_newton_schulz_check(&c)) return OPTIM_ERROR_PARAMETER;
    if (n == 0) return OPTIM_OK;
    if (!scratch || scratch_size < OPN_T_(optim_newton_schulz_scratch)(rows, columns)) return OPTIM_ERROR_SCRATCH;
    opn_newton_schulz_room(&s, &c, rows, columns, scratch);
    memcpy(s.x, matrix, n * sizeof *matrix);
    OPN_CALL(opn_newton_schulz_kernel, (&s));
    memcpy(out, s.x, n * sizeof *out);
    return OPTIM_OK;
}

OPTIM_DEF size_t OPN_T_(optim_muon_scratch)(size_t rows, size_t columns)
{
    return OPN_T_(optim_newton_schulz_scratch)(rows, columns);
}

/* What multiplies the orthogonalised step. */
OPN_FN double opn_muon_scale(int scaling, size_t rows, size_t columns)
{
    const double r = (double)rows, c = (double)columns;
    switch (scaling) {
    case OPTIM_MUON_ORIGINAL: return r > c ? sqrt(r / c) : 1;
    case OPTIM_MUON_MATCH_RMS: return 0.2 * sqrt(r > c ? r : c);
    case OPTIM_MUON_SPECTRAL: return sqrt(r / c);
    default: return 1;
    }
}

OPTIM_DEF int OPN_T_(optim_muon)(const optim_muon_config *config, int64_t step, size_t rows, size_t columns,
                              opn_real *param, const opn_real *grad, opn_real *buffer, void *scratch, size_t scratch_size)
{
    const optim_muon_config c = config ? *config : optim_muon_defaults();
    const size_t n = opn_mul(rows, columns);
    OPN_T_(opn_newton_schulz) s;
    double rate;
    if (n && (!param || !grad || !buffer)) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (step < 1 || !opn_is_common(c.lr, c.grad_scale, c.weight_decay) || !opn_is_decay(c.momentum)
        || !opn_newton_schulz_check(&c.newton_schulz)) return OPTIM_ERROR_PARAMETER;
    if (c.scaling < OPTIM_MUON_ORIGINAL || c.scaling > OPTIM_MUON_UNSCALED) return OPTIM_ERROR_OPTION;
    if (n == 0) return OPTIM_OK;
    if (!scratch || scratch_size < OPN_T_(optim_muon_scratch)(rows, columns)) return OPTIM_ERROR_SCRATCH;
    opn_newton_schulz_room(&s, &c.newton_schulz, rows, columns, scratch);
    OPN_CALL(opn_muon_momentum, (s.x, buffer, (opn_real)c.momentum, (opn_real)opn_gradient_factor(c.grad_scale, c.maximize),
                                 grad, n, c.nesterov));
    OPN_CALL(opn_newton_schulz_kernel, (&s));
    rate = c.lr * opn_muon_scale(c.scaling, rows, columns);
    OPN_CALL(opn_combine, (param, (opn_real)-rate, s.x, (opn_real)(1 - c.lr * c.weight_decay), n));
    return OPTIM_OK;
}

#endif

/* ---- optim/lbfgs ---- */
#if OPN_HAS_LBFGS

/* The largest |g_k|; infinity when any is NaN or infinite. */
OPN_FN double opn_lbfgs_largest(const opn_real *g, size_t n)
{
    double most = 0;
    size_t k;
    for (k = 0; k < n; k++) {
        const double value = fabs((double)g[k]);
        if (!opn_finite(value)) return HUGE_VAL;
        if (value > most) most = value;
    }
    return most;
}

OPN_FN void opn_lbfgs_finish(optim_lbfgs_state *state, int task, int reason)
{
    state->task = task;
    state->reason = reason;
}

/* Ends before its time, at the best point of the search under way. */
OPN_FN void opn_lbfgs_abandon(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x, int task, int reason)
{
    if (state->low > 0) OPN_CALL(opn_lbfgs_point, (x, state->low, p, state->n));
    else memcpy(x, p->x0, state->n * sizeof *x);
    state->f = state->f_low;
    opn_lbfgs_finish(state, task, reason);
}

/* Goes to x0 + step d, if another evaluation is allowed. */
OPN_FN void opn_lbfgs_go(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x, int phase)
{
    if (state->evaluations >= state->config.max_evaluations) {
        opn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_EVALUATIONS);
        return;
    }
    state->phase = phase;
    OPN_CALL(opn_lbfgs_point, (x, state->step, p, state->n));
}

/* A direction from x0, downhill, and the first trial along it. */
OPN_FN void opn_lbfgs_begin(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x)
{
    double length;
    OPN_CALL(opn_lbfgs_direction, (state, p));
    state->slope0 = OPN_CALL(opn_dot_double, (p->g0, p->d, state->n));
    if (state->pairs && !(state->slope0 < 0 && opn_finite(state->slope0))) {
        state->pairs = 0;
        OPN_CALL(opn_lbfgs_direction, (state, p));
        state->slope0 = OPN_CALL(opn_dot_double, (p->g0, p->d, state->n));
    }
    state->trials = state->bracketed = state->high_known = 0;
    state->low = 0;
    state->f_low = state->f;
    state->slope_low = state->slope0;
    state->width = state->width_before = HUGE_VAL;
    if (!(state->slope0 < 0 && opn_finite(state->slope0))) {
        opn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_LINE_SEARCH);
        return;
    }
    length = sqrt(-state->slope0);   /* without pairs, of the gradient */
    if (state->pairs) state->step = 1;
    else if (state->config.first_step > 0) state->step = state->config.first_step / length;
    else state->step = length > 1 ? 1 / length : 1;
    opn_lbfgs_go(state, p, x, OPN_LBFGS_SEARCH);
}

/* x is the next iterate: tests, the pair, and on. */
OPN_FN void opn_lbfgs_accept(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x, double value, const opn_real *gradient)
{
    const double before = state->f;
    double scale = fabs(before) > fabs(value) ? fabs(before) : fabs(value);
    if (scale < 1) scale = 1;
    OPN_CALL(opn_lbfgs_pair, (state, p, x, gradient));
    memcpy(p->x0, x, state->n * sizeof *x);
    memcpy(p->g0, gradient, state->n * sizeof *gradient);
    state->f = value;
    state->gradient_norm = opn_lbfgs_largest(gradient, state->n);
    state->iterations++;
    if (state->gradient_norm <= state->config.gradient_tolerance)
        opn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_GRADIENT);
    else if (state->config.function_tolerance > 0 && before - value <= state->config.function_tolerance * scale)
        opn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_FUNCTION);
    else if (state->iterations >= state->config.max_iterations)
        opn_lbfgs_finish(state, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_ITERATIONS);
    else opn_lbfgs_begin(state, p, x);
}

/* The search has ended without a step to take. */
OPN_FN void opn_lbfgs_give_up(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x, double noise)
{
    if (state->low > 0) {
        state->step = state->low;
        opn_lbfgs_go(state, p, x, OPN_LBFGS_RETURN);
    } else if (-state->slope0 <= noise * fabs(state->f)) {
        opn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_PRECISION);
    } else if (state->pairs) {
        state->pairs = 0;
        opn_lbfgs_begin(state, p, x);
    } else opn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_LINE_SEARCH);
}

OPN_FN void opn_lbfgs_start(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x, double value, const opn_real *gradient)
{
    state->f = state->f_low = value;
    state->gradient_norm = opn_lbfgs_largest(gradient, state->n);
    memcpy(p->x0, x, state->n * sizeof *x);
    memcpy(p->g0, gradient, state->n * sizeof *gradient);
    if (!opn_finite(value) || !opn_finite(state->gradient_norm))
        opn_lbfgs_finish(state, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_START);
    else if (state->gradient_norm <= state->config.gradient_tolerance)
        opn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_GRADIENT);
    else opn_lbfgs_begin(state, p, x);
}

OPN_FN void opn_lbfgs_step(optim_lbfgs_state *state, const OPN_T_(opn_lbfgs_memory) *p, opn_real *x, double value, const opn_real *gradient)
{
    const double noise = OPN_BITS == 32 ? (double)FLT_EPSILON : DBL_EPSILON;
    double slope;
    int verdict;
    state->evaluations++;
    if (state->phase == OPN_LBFGS_BEGIN) {
        opn_lbfgs_start(state, p, x, value, gradient);
        return;
    }
    slope = OPN_CALL(opn_dot_double, (gradient, p->d, state->n));
    if (state->phase == OPN_LBFGS_RETURN) {
        if (opn_finite(value) && opn_finite(slope)) {
            opn_lbfgs_accept(state, p, x, value, gradient);
            return;
        }
        state->low = 0;   /* not the value it had: back to x0 */
        state->f_low = state->f;
        opn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_LINE_SEARCH);
        return;
    }
    verdict = opn_search(state, value, slope, noise);
    if (verdict == OPN_SEARCH_TAKE) opn_lbfgs_accept(state, p, x, value, gradient);
    else if (verdict == OPN_SEARCH_STOP) opn_lbfgs_give_up(state, p, x, noise);
    else if (verdict == OPN_SEARCH_ENDLESS) opn_lbfgs_abandon(state, p, x, OPTIM_LBFGS_FAILED, OPTIM_LBFGS_UNBOUNDED);
    else opn_lbfgs_go(state, p, x, OPN_LBFGS_SEARCH);
}

OPTIM_DEF int OPN_T_(optim_lbfgs_advance)(optim_lbfgs_state *state, opn_real *x, double value, const opn_real *gradient,
                                       opn_real *memory, int *task)
{
    OPN_T_(opn_lbfgs_memory) p;
    if (!state || (state->n && (!x || !gradient || !memory))) return OPTIM_ERROR_NULL;
    if (opn_too_big(state->n, (2 * OPTIM_LBFGS_MAX_HISTORY + 3) * sizeof(double))) return OPTIM_ERROR_SIZE;
    if (!opn_lbfgs_check(&state->config) || state->pairs < 0 || state->pairs > state->config.history
        || state->newest < 0 || state->newest >= state->config.history
        || state->evaluations < 0 || state->iterations < 0) return OPTIM_ERROR_PARAMETER;
    if (state->task == OPTIM_LBFGS_EVALUATE && state->n) {
        p = OPN_T_(opn_lbfgs_cut)(state, memory);
        opn_lbfgs_step(state, &p, x, value, gradient);
    } else if (state->task == OPTIM_LBFGS_EVALUATE) {
        state->f = value;
        opn_lbfgs_finish(state, OPTIM_LBFGS_CONVERGED, OPTIM_LBFGS_GRADIENT);
    }
    if (task) *task = state->task;
    return OPTIM_OK;
}

#endif

/* ---- optim/sharpness ---- */
#if OPN_HAS_SHARPNESS

OPN_FN int opn_sam_check(const optim_sam_config *c)
{
    return opn_is_nonnegative(c->rho) && opn_is_nonnegative(c->eps) && opn_is_nonnegative(c->eta)
        && opn_is_nonnegative(c->grad_scale);
}

OPN_FN double opn_sam_squares(const optim_sam_config *c, size_t n, const opn_real *param, const opn_real *grad)
{
    double sum = c->adaptive ? OPN_CALL(opn_asam_squares, ((opn_real)c->eta, n, param, grad)) : OPN_CALL(opn_norm_squares, (grad, n));
    return c->grad_scale * c->grad_scale * sum;
}

OPTIM_DEF int OPN_T_(optim_sam_norm)(const optim_sam_config *config, size_t n, const opn_real *param, const opn_real *grad,
                                  double *sum_squares)
{
    const optim_sam_config c = config ? *config : optim_sam_defaults();
    if (!sum_squares || (n && (!param || !grad))) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (!opn_sam_check(&c)) return OPTIM_ERROR_PARAMETER;
    *sum_squares += opn_sam_squares(&c, n, param, grad);
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_sam_ascend)(const optim_sam_config *config, const double *sum_squares, size_t n,
                                    opn_real *param, const opn_real *grad, opn_real *saved)
{
    const optim_sam_config c = config ? *config : optim_sam_defaults();
    double norm, factor;
    if (n && (!param || !grad || !saved)) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (!opn_sam_check(&c)) return OPTIM_ERROR_PARAMETER;
    norm = sqrt(sum_squares ? *sum_squares : opn_sam_squares(&c, n, param, grad)) + c.eps;
    factor = c.rho * opn_gradient_factor(c.grad_scale, c.maximize) / norm;
    if (c.rho == 0 || (norm >= 0 && !opn_is_finite(factor))) factor = 0;
    if (n && factor == 0) memmove(saved, param, n * sizeof *param);
    else OPN_CALL(opn_sam_ascend, (c.adaptive, (opn_real)c.eta, (opn_real)factor, n, param, grad, saved));
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_sam_restore)(size_t n, opn_real *param, const opn_real *saved)
{
    if (n && (!param || !saved)) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (n) memmove(param, saved, n * sizeof *param);
    return OPTIM_OK;
}

#endif

/* ---- optim/averaging ---- */
#if OPN_HAS_AVERAGING

OPTIM_DEF int OPN_T_(optim_ema)(const optim_ema_config *config, int64_t step, size_t n, const opn_real *param, opn_real *average)
{
    const optim_ema_config c = config ? *config : optim_ema_defaults();
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, average, param, 0, NULL, NULL, NULL);
    if (status) return status;
    if (!opn_is_decay(c.decay)) return OPTIM_ERROR_PARAMETER;
    if (c.start < OPTIM_EMA_PLAIN || c.start > OPTIM_EMA_WARMUP) return OPTIM_ERROR_OPTION;
    u.coefficients.value[0] = (opn_real)optim_ema_weight(&c, step);
    OPN_CALL(opn_average_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_swa)(int64_t step, size_t n, const opn_real *param, opn_real *average)
{
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, step, n, average, param, 0, NULL, NULL, NULL);
    if (status) return status;
    u.coefficients.value[0] = (opn_real)(1 / (double)step);
    OPN_CALL(opn_average_kernel, (&u));
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_lookahead)(double alpha, size_t n, opn_real *fast, opn_real *slow)
{
    OPN_T_(opn_step) u;
    int status = opn_step_begin(&u, 1, n, fast, fast, 1, slow, NULL, NULL);
    if (status) return status;
    if (!(opn_is_nonnegative(alpha) && alpha <= 1)) return OPTIM_ERROR_PARAMETER;
    u.coefficients.value[0] = (opn_real)alpha;
    OPN_CALL(opn_lookahead_kernel, (&u));
    return OPTIM_OK;
}

#endif

/* ---- optim/gradient ---- */
#if OPN_HAS_GRADIENT

/* Elements whose squares are summed before it is looked whether that went well. */
#define OPN_NORM_BLOCK 1024

/* The squares of floats are within the range of double. In double a block whose
   sum of squares is not huge lost nothing to overflow, and one whose sum is that
   far above the smallest number lost nothing that counts; a block of zeros needs
   no more. */
OPN_FN void opn_norm_block(optim_grad_norm *norm, const opn_real *grad, size_t n)
{
    const double tiny = OPN_BITS == 32 ? -1 : ldexp(1.0, -970), huge = ldexp(1.0, 900);
    const double sum = OPN_CALL(opn_norm_squares, (grad, n));
    size_t k;
    if (opn_finite(sum) && sum < huge && sum > tiny) norm->sum += sum;
    else if (sum == 0 && OPN_CALL(opn_sum_abs, (grad, n)) == 0) return;
    else for (k = 0; k < n; k++) opn_norm_one(norm, (double)grad[k]);
}

OPTIM_DEF int OPN_T_(optim_grad_norm_add)(optim_grad_norm *norm, size_t n, const opn_real *grad)
{
    size_t k, m;
    if (!norm || (n && !grad)) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    for (k = 0; k < n; k += m) {
        m = n - k < OPN_NORM_BLOCK ? n - k : OPN_NORM_BLOCK;
        opn_norm_block(norm, grad + k, m);
    }
    return OPTIM_OK;
}

OPTIM_DEF int OPN_T_(optim_clip_value)(double limit, size_t n, opn_real *grad)
{
    if (n && !grad) return OPTIM_ERROR_NULL;
    if (opn_too_big(n, sizeof(opn_real))) return OPTIM_ERROR_SIZE;
    if (!opn_is_nonnegative(limit)) return OPTIM_ERROR_PARAMETER;
    OPN_CALL(opn_clip_kernel, (grad, n, (opn_real)limit));
    return OPTIM_OK;
}

#endif

/* ---- optim/table ---- */
#if OPN_HAS_TABLE

/* The steps of the table: hyper-parameters in the order of the lists below. */
OPN_FN int opn_table_arrays(const double *hyper, const opn_real *param, const opn_real *grad, opn_real *const *state, size_t n)
{
    if (!hyper || !state || (n && (!param || !grad))) return OPTIM_ERROR_NULL;
    return opn_too_big(n, sizeof(opn_real)) ? OPTIM_ERROR_SIZE : OPTIM_OK;
}

OPN_FN int opn_table_sgd(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                         opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_sgd_config c = optim_sgd_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.momentum = hyper[1];
    c.dampening = hyper[2];
    c.weight_decay = hyper[3];
    c.nesterov = hyper[4] != 0;
    c.decoupled = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return OPN_T_(optim_sgd)(&c, step, n, param, grad, state[0]);
}

OPN_FN int opn_table_adam(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                          opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_adam_config c = optim_adam_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.grad_scale = hyper[5];
    c.maximize = hyper[6] != 0;
    return OPN_T_(optim_adam)(&c, step, n, param, grad, state[0], state[1]);
}

OPN_FN int opn_table_adamw(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                           opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_adamw_config c = optim_adamw_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.independent_decay = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return OPN_T_(optim_adamw)(&c, step, n, param, grad, state[0], state[1]);
}

OPN_FN int opn_table_amsgrad(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                             opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_amsgrad_config c = optim_amsgrad_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.decoupled = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return OPN_T_(optim_amsgrad)(&c, step, n, param, grad, state[0], state[1], state[2]);
}

OPN_FN int opn_table_adagrad(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                             opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_adagrad_config c = optim_adagrad_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.lr_decay = hyper[1];
    c.eps = hyper[2];
    c.weight_decay = hyper[3];
    c.grad_scale = hyper[4];
    c.maximize = hyper[5] != 0;
    return OPN_T_(optim_adagrad)(&c, step, n, param, grad, state[0]);
}

OPN_FN int opn_table_rmsprop(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                             opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_rmsprop_config c = optim_rmsprop_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.alpha = hyper[1];
    c.eps = hyper[2];
    c.momentum = hyper[3];
    c.weight_decay = hyper[4];
    c.centered = hyper[5] != 0;
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return OPN_T_(optim_rmsprop)(&c, step, n, param, grad, state[0], state[1], state[2]);
}

OPN_FN int opn_table_lion(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                          opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_lion_config c = optim_lion_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.weight_decay = hyper[3];
    c.grad_scale = hyper[4];
    c.maximize = hyper[5] != 0;
    return OPN_T_(optim_lion)(&c, step, n, param, grad, state[0]);
}

/* A whole number among the hyper-parameters; -1, which no method takes, when it is none. */
OPN_FN int opn_table_whole(double x) { return x >= 0 && x <= 1000 && x == (double)(int)x ? (int)x : -1; }

OPN_FN int opn_table_lamb(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                          opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_lamb_config c = optim_lamb_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    (void)scratch;
    (void)scratch_size;
    if (status) return status;
    c.lr = hyper[0];
    c.beta1 = hyper[1];
    c.beta2 = hyper[2];
    c.eps = hyper[3];
    c.weight_decay = hyper[4];
    c.max_weight_norm = hyper[5];
    c.max_trust = hyper[6];
    c.bias_correction = hyper[7] != 0;
    c.always_adapt = hyper[8] != 0;
    c.decoupled_decay = hyper[9] != 0;
    c.grad_scale = hyper[10];
    c.maximize = hyper[11] != 0;
    return OPN_T_(optim_lamb)(&c, step, n, param, grad, state[0], state[1]);
}

OPN_FN int opn_table_adafactor(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                               opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_adafactor_config c = optim_adafactor_defaults();
    const size_t n = opn_mul(rows, columns);
    const int status = opn_table_arrays(hyper, param, grad, state, n);
    if (status) return status;
    c.lr = hyper[0];
    c.decay_rate = hyper[1];
    c.eps1 = hyper[2];
    c.eps2 = hyper[3];
    c.clip_threshold = hyper[4];
    c.beta1 = hyper[5];
    c.weight_decay = hyper[6];
    c.relative_step = hyper[7] != 0;
    c.warmup_init = hyper[8] != 0;
    c.scale_parameter = hyper[9] != 0;
    c.grad_scale = hyper[10];
    c.maximize = hyper[11] != 0;
    if (rows == 1 || columns == 1) return OPN_T_(optim_adafactor_vector)(&c, step, n, param, grad, state[0], state[2]);
    return OPN_T_(optim_adafactor_matrix)(&c, step, rows, columns, param, grad, state[0], state[1], state[2], scratch, scratch_size);
}

OPN_FN int opn_table_muon(const double *hyper, int64_t step, size_t rows, size_t columns, opn_real *param, const opn_real *grad,
                          opn_real *const *state, void *scratch, size_t scratch_size)
{
    optim_muon_config c = optim_muon_defaults();
    const int status = opn_table_arrays(hyper, param, grad, state, opn_mul(rows, columns));
    if (status) return status;
    c.lr = hyper[0];
    c.momentum = hyper[1];
    c.weight_decay = hyper[2];
    c.nesterov = hyper[3] != 0;
    c.scaling = opn_table_whole(hyper[4]);
    c.newton_schulz.steps = opn_table_whole(hyper[5]);
    c.grad_scale = hyper[6];
    c.maximize = hyper[7] != 0;
    return OPN_T_(optim_muon)(&c, step, rows, columns, param, grad, state[0], scratch, scratch_size);
}

#endif
#endif

#undef OPN_INTRINSIC
#undef OPN_LIBM
#undef OPN_LANES
#undef OPN_FN
#undef OPN_INLINE
#undef OPN_K
#undef OPN_X
#undef OPN_CALL
#undef OPN_VNEON_
#undef OPN_V512_
#undef OPN_V256_
#undef OPN_T_
#undef opn_word
#undef opn_real
#endif
