#!/bin/sh
# The headers under many compilers, standards and flags: tests/headers.sh in full for
# the main ones, all three implementations in one unit for the rest, and one run of
# a program for every combination that runs here. What is not installed is named and
# left out; nothing may warn.
here=$(pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/matrix.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0
W="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wcast-align -Werror"
say() {
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1"; head -n 8 "$dir/out"; fi
}
cat > "$dir/all.c" <<'END'
#define LOSSFN_IMPLEMENTATION
#include "lossfn.h"
#define OPTIM_IMPLEMENTATION
#include "optim.h"
#define METRICS_IMPLEMENTATION
#include "metrics.h"
int main(void)
{
    float pred[19], target[19], grad[19], loss = -1;
    double x = 0.5, y = 1, g = 0;
    int i;
    for (i = 0; i < 19; i++) { pred[i] = (float)i; target[i] = 0; }
    if (lossfn_huber_f32(pred, target, 19, 1, NULL, &loss, grad, NULL) != LOSSFN_OK) return 1;
    if (!(loss > 8.5f && loss < 8.6f)) return 2;
    if (!(grad[18] > 0.05f && grad[18] < 0.06f)) return 3;
    if (!(lossfn_log_cosh_elem_f64(x, y, 1.0, &g, NULL) > 0 && g < 0)) return 4;
    return 0;
}
END
cp "$dir/all.c" "$dir/all.cc"
# Exponentials and logarithms under -ffast-math, on every instruction set.
cat > "$dir/fast.c" <<'END'
#define LOSSFN_ONLY_CLASSIFICATION
#define LOSSFN_ONLY_COUNTS
#define LOSSFN_IMPLEMENTATION
#include "lossfn.h"
#include <stdio.h>
static int far(double x, double y, double most) { return !(x - y <= most && y - x <= most); }
static double logit(size_t i) { return 0.37 * (double)(i * 7 % 11) - 2.5; }
static int softmax(size_t n, size_t y)
{
    float x[40], g[40], loss = -1;
    double xd[40], gd[40], lossd = -1, sum = 0;
    const int32_t label = (int32_t)y;
    size_t i;
    for (i = 0; i < n; i++) { xd[i] = logit(i); x[i] = (float)xd[i]; sum += exp(xd[i]); }
    if (lossfn_softmax_cross_entropy_f32(x, &label, 1, n, NULL, NULL, &loss, g)) return 1;
    if (lossfn_softmax_cross_entropy_f64(xd, &label, 1, n, NULL, NULL, &lossd, gd)) return 1;
    if (far(lossd, log(sum) - xd[y], 1e-14) || far((double)loss, lossd, 2e-6)) return 1;
    for (i = 0; i < n; i++) {
        if (far(gd[i], exp(xd[i]) / sum - (i == y ? 1 : 0), 1e-14) || far((double)g[i], gd[i], 1e-6)) return 1;
    }
    return 0;
}
static int powers(double x)
{
    const double xd[5] = {x, x, x, x, x}, td[5] = {1, 1, 1, 1, 1};
    const float xf[5] = {(float)x, (float)x, (float)x, (float)x, (float)x}, tf[5] = {1, 1, 1, 1, 1};
    float loss = -1;
    double lossd = -1;
    if (lossfn_poisson_nll_f64(xd, td, 5, 1, 0, 0, NULL, &lossd, NULL, NULL) || far(lossd, exp(x) - x, 1e-14 * exp(x))) return 1;
    if (lossfn_poisson_nll_f32(xf, tf, 5, 1, 0, 0, NULL, &loss, NULL, NULL) || far((double)loss, exp(x) - x, 2e-6 * exp(x))) return 1;
    if (lossfn_poisson_nll_f64(xd, td, 5, 0, 0, 0, NULL, &lossd, NULL, NULL) || far(lossd, x - log(x), 1e-14 * (1 + x))) return 1;
    if (lossfn_poisson_nll_f32(xf, tf, 5, 0, 0, 0, NULL, &loss, NULL, NULL) || far((double)loss, x - log(x), 2e-6 * (1 + x))) return 1;
    if (far(lossfn_poisson_nll_elem_f64(x, 1, 1, 0, 0, NULL, NULL), exp(x) - x, 1e-14 * exp(x))) return 1;
    if (far((double)lossfn_poisson_nll_elem_f32((float)x, 1, 0, 0, 0, NULL, NULL), x - log(x), 2e-6 * (1 + x))) return 1;
    return 0;
}
int main(void)
{
    int isa;
    size_t n;
    double x;
    for (isa = 0; isa < 4; isa++) {
        if (!lossfn_isa_force(isa)) continue;
        for (n = 1; n <= 40; n++)
            if (softmax(n, n / 2)) { printf("softmax of %d classes, %s\n", (int)n, lossfn_isa_name(isa)); return 1; }
        for (x = 0.03125; x < 20; x *= 1.1)
            if (powers(x)) { printf("exp or log of %g, %s\n", x, lossfn_isa_name(isa)); return 2; }
    }
    return 0;
}
END
try() { # name run command...
    name=$1 run=$2
    shift 2
    "$@" > "$dir/out" 2>&1
    status=$?
    if [ $status -eq 0 ] && [ "$run" != no ]; then $run "$dir/prog" > "$dir/out" 2>&1; status=$?; fi
    say "$name" $status
}
have() { command -v "$1" > /dev/null 2>&1 || { echo "not installed, left out: $1"; return 1; }; }
plain=env
# Warnings of the language: every standard, no code. Warnings of the optimisers, and
# what the program prints: a few builds in full.
for cc in gcc clang; do
    have $cc || continue
    for std in c99 c11 c17 c2x gnu99; do try "$cc -std=$std" no $cc -std=$std -fsyntax-only $W -I"$here" "$dir/all.c"; done
    # At -O0 gcc's AVX-512 intrinsics are macros, which warn where they are used.
    try "$cc AVX512" no $cc -std=c99 -O1 -fsyntax-only -DLOSSFN_AVX512 -DOPTIM_AVX512 -DMETRICS_AVX512 $W -I"$here" "$dir/all.c"
    for o in -O0 "-O2 -ffast-math" "-O3 -ffast-math" "-O3 -ffast-math -DLOSSFN_NO_SIMD"; do
        try "$cc $o, exp and log" $plain $cc -std=c99 $o $W -I"$here" "$dir/fast.c" -o "$dir/prog" -lm
    done
    for o in -O0 -O2 -O3 "-O2 -ffast-math"; do
        try "$cc $o" $plain $cc -std=c99 $o $W -I"$here" "$dir/all.c" -o "$dir/prog" -lm
    done
    try "$cc NO_SIMD" $plain $cc -std=c99 -O1 -DLOSSFN_NO_SIMD -DOPTIM_NO_SIMD -DMETRICS_NO_SIMD $W -I"$here" "$dir/all.c" -o "$dir/prog" -lm
    echo 'int main(void){return 0;}' > "$dir/m32.c"
    if $cc -m32 -isystem /usr/include/x86_64-linux-gnu "$dir/m32.c" -o "$dir/m32" > /dev/null 2>&1; then
        try "$cc -m32" $plain $cc -m32 -isystem /usr/include/x86_64-linux-gnu -std=c99 -O1 $W -I"$here" "$dir/all.c" -o "$dir/prog" -lm
    else echo "not installed, left out: $cc -m32"; fi
    if [ "$1" != quick ]; then
        for o in -Os "-O2 -march=native" "-O3 -ffast-math" "-O1 -DLOSSFN_AVX512 -DOPTIM_AVX512 -DMETRICS_AVX512"; do
            try "$cc $o" $plain $cc -std=c99 $o $W -I"$here" "$dir/all.c" -o "$dir/prog" -lm
        done
    fi
done
for cxx in g++ clang++; do
    have $cxx || continue
    for std in c++11 c++14 c++17 c++20 c++2b; do try "$cxx -std=$std" no $cxx -std=$std -fsyntax-only $W -I"$here" "$dir/all.cc"; done
    try "$cxx -O1" $plain $cxx -std=c++11 -O1 $W -I"$here" "$dir/all.cc" -o "$dir/prog" -lm
done
have tcc && try "tcc" $plain tcc -Wall -I"$here" "$dir/all.c" -o "$dir/prog" -lm
have aarch64-linux-gnu-gcc && have qemu-aarch64-static && try "aarch64" qemu-aarch64-static aarch64-linux-gnu-gcc -static -std=c99 -O1 $W -I"$here" "$dir/all.c" -o "$dir/prog" -lm
# Floats are evaluated in double there: every conditional of two would be a promotion.
have s390x-linux-gnu-gcc && have qemu-s390x-static && try "s390x, big-endian" qemu-s390x-static s390x-linux-gnu-gcc -static -std=c99 -O1 $W -Wno-double-promotion -I"$here" "$dir/all.c" -o "$dir/prog" -lm
if have nvcc; then
    cat > "$dir/k.cu" <<'END'
#define LOSSFN_INLINE static __host__ __device__ inline
#define OPTIM_INLINE static __host__ __device__ inline
#define METRICS_INLINE static __host__ __device__ inline
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
__global__ void k(const float *p, const float *t, float *g, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i < n) lossfn_bce_with_logits_elem_f32(p[i], t[i], 1.0f, g + i, NULL);
}
END
    try "nvcc, inline forms as device code" no nvcc -c -I"$here" "$dir/k.cu" -o "$dir/k.o"
fi
if [ "$1" != quick ]; then
    for pair in "gcc g++" "clang clang++"; do
        set -- $pair
        have $1 || continue
        out=$(CC=$1 CXX=$2 sh tests/headers.sh 2>&1)
        printf '%s\n' "$out" | grep -v 'passed,'
        line=$(printf '%s\n' "$out" | tail -n 1)
        passed=$((passed + $(echo "$line" | sed 's/ passed.*//')))
        failed=$((failed + $(echo "$line" | sed 's/.*, //; s/ failed//')))
    done
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
