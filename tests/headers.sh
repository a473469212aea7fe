#!/bin/sh
# The headers as a user meets them, under $CC and $CXX (and whatever tests/matrix.sh
# names): each alone and all together in any order, declarations and implementation,
# two translation units, *_STATIC, *_DEF, *_NO_SIMD, a renamed copy with
# *_HEADER_FILENAME, *_ONLY_*, headers of different releases.
CC=${CC:-cc}
CXX=${CXX:-c++}
CFLAGS=${HEADERS_CFLAGS:--O0}
STRICT="-Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wdouble-promotion -Wcast-align -Werror"
PUBLIC_CXX="-Wold-style-cast -Wzero-as-null-pointer-constant"
here=$(pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/headers.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
passed=0
failed=0

say() { # name status
    if [ "$2" -eq 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $1"; head -n 12 "$dir/out"; fi
}
# compile LANGUAGE NAME FLAGS: standard input to NAME.o
compile() {
    cat > "$dir/$2.$1"
    if [ "$1" = c ]; then $CC $CFLAGS ${CSTD:--std=c99} $STRICT $3 -I"$here" -c "$dir/$2.c" -o "$dir/$2.o" > "$dir/out" 2>&1
    else $CXX $CFLAGS ${CXXSTD:--std=c++11} $STRICT $3 -I"$here" -c "$dir/$2.cc" -o "$dir/$2.o" > "$dir/out" 2>&1; fi
}
has_cxx=0
echo 'int main() { return 0; }' > "$dir/try.cc"
$CXX "$dir/try.cc" -o "$dir/try" > /dev/null 2>&1 && has_cxx=1

for h in lossfn optim metrics; do
    H=$(echo $h | tr a-z A-Z)
    printf '#include "%s.h"\n' $h | compile c decl_$h ""
    say "$h.h, declarations in C" $?
    printf '#define %s_IMPLEMENTATION\n#include "%s.h"\n' $H $h | compile c impl_$h ""
    say "$h.h, implementation in C" $?
    printf '#define %s_IMPLEMENTATION\n#define %s_NO_SIMD\n#include "%s.h"\n' $H $H $h | compile c scalar_$h ""
    say "$h.h, NO_SIMD" $?
    printf '#define %s_IMPLEMENTATION\n#define %s_STATIC\n#include "%s.h"\n' $H $H $h | compile c static_$h ""
    say "$h.h, STATIC" $?
    if nm "$dir/static_$h.o" 2>/dev/null | grep -q ' [TDBC] '; then false; else true; fi
    say "$h.h, STATIC leaves no external symbol" $?
    if nm "$dir/impl_$h.o" 2>/dev/null | grep ' [TDBC] ' | grep -qv " _*${h}_"; then false; else true; fi
    say "$h.h, the implementation defines ${h}_ symbols alone" $?
    printf '#define %s_DEF extern\n#define %s_IMPLEMENTATION\n#include "%s.h"\n' $H $H $h | compile c def_$h ""
    say "$h.h, DEF" $?
    cp "$here/$h.h" "$dir/my_$h.hpp"
    printf '#define %s_HEADER_FILENAME "my_%s.hpp"\n#define %s_IMPLEMENTATION\n#include "my_%s.hpp"\n' $H $h $H $h | compile c renamed_$h "-I$dir"
    say "$h.h, a renamed copy" $?
    families=$(sed -n "s/^#if ![A-Z]*_SOME || defined(${H}_ONLY_\([A-Z_]*\)).*/\1/p" $h.h | sort -u)
    [ -n "$families" ]
    say "$h.h has families" $?
    for f in $families; do
        printf '#define %s_ONLY_%s\n#define %s_IMPLEMENTATION\n#include "%s.h"\nint main(void) { return %s_isa() < 0; }\n' $H $f $H $h $h > "$dir/only.c"
        $CC $CFLAGS -std=c99 $STRICT -I"$here" "$dir/only.c" -o "$dir/only" -lm > "$dir/out" 2>&1 && { [ -n "$CROSS" ] || "$dir/only"; }
        say "$h.h, ONLY_$f" $?
    done
    if [ $has_cxx = 1 ]; then
        printf '#include "%s.h"\n' $h | compile cc declxx_$h "$PUBLIC_CXX"
        say "$h.h, declarations in C++" $?
        printf '#define %s_IMPLEMENTATION\n#include "%s.h"\n' $H $h | compile cc implxx_$h ""
        say "$h.h, implementation in C++" $?
    fi
done

# all three in one translation unit, in every order, and a second unit beside it
for order in "lossfn optim metrics" "lossfn metrics optim" "optim lossfn metrics" "optim metrics lossfn" "metrics lossfn optim" "metrics optim lossfn"; do
    for h in $order; do H=$(echo $h | tr a-z A-Z); printf '#define %s_IMPLEMENTATION\n#include "%s.h"\n#include "%s.h"\n' $H $h $h; done > "$dir/body"
    compile c all "" < "$dir/body"
    say "all three: $order" $?
done
cat > "$dir/main.c" <<'END'
#include "lossfn.h"
#include "optim.h"
#include "metrics.h"
int other(void);
int main(void)
{
    float pred[2], target[2], loss = -1;
    pred[0] = 1; pred[1] = 3; target[0] = 0; target[1] = 0;
    if (lossfn_mse_f32(pred, target, 2, NULL, &loss, NULL, NULL) != LOSSFN_OK || loss < 4.99f || loss > 5.01f) return 1;
    return other();
}
END
cat > "$dir/other.c" <<'END'
#include "metrics.h"
#include "lossfn.h"
#include "optim.h"
int other(void);
int other(void)
{
    return lossfn_isa() != metrics_isa() || optim_isa() != lossfn_isa()
        || lossfn_isa_force(99) || lossfn_isa_name(LOSSFN_ISA_SCALAR)[0] != 's' || lossfn_isa_name(99)[0] != 'u'
        || !lossfn_strerror(LOSSFN_ERROR_NULL)[0] || !lossfn_strerror(1000)[0]
        || !optim_isa_force(OPTIM_ISA_SCALAR) || !metrics_isa_force(METRICS_ISA_SCALAR) || !lossfn_isa_force(LOSSFN_ISA_SCALAR)
        || lossfn_isa() != 0 || optim_isa() != 0 || metrics_isa() != 0;
}
END
$CC $CFLAGS -std=c99 $STRICT -I"$here" "$dir/main.c" "$dir/other.c" "$dir/all.o" -o "$dir/all" -lm > "$dir/out" 2>&1 && { [ -n "$CROSS" ] || "$dir/all"; }
say "two translation units" $?

# two releases in one program
sed 's/^#define LOSSFN_VERSION [0-9]*$/#define LOSSFN_VERSION 999999/' lossfn.h > "$dir/lossfn.h"
printf '#include "%s/lossfn.h"\n#include "optim.h"\n' "$dir" > "$dir/mixed.c"
if $CC -std=c99 -I"$here" -c "$dir/mixed.c" -o "$dir/mixed.o" > "$dir/out" 2>&1; then false; else grep -q "same release" "$dir/out"; fi
say "headers of two releases are refused with a sentence" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
