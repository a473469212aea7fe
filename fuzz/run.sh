#!/bin/sh
# Builds and runs every harness for FUZZ_SECONDS each, from the seeds in fuzz/seeds.
# Needs clang with libFuzzer (Debian: clang, libclang-rt-14-dev). FUZZ_JOBS: at once.
B=${B:-build}
SECONDS_EACH=${FUZZ_SECONDS:-60}
CLANG=${CLANG:-clang}
FLAGS="-std=c99 -g -O1 -fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow -fno-sanitize-recover=all"
mkdir -p "$B/fuzz"
$CLANG $FLAGS -Itests -c tests/engine.c -o "$B/fuzz/engine.o" || exit 1
failed=0
runs=0
for harness in fuzz/fuzz_*.c; do
    name=$(basename "$harness" .c)
    case $name in
        fuzz_registry) kinds="lossfn optim metrics" ;;
        fuzz_protocols_*) kinds=${name#fuzz_protocols_} ;;
        *) kinds=all ;;
    esac
    for h in $kinds; do
        target=$name
        define=
        headers="lossfn optim metrics"
        if [ "$h" != all ]; then target=${name%_"$h"}_$h; define="-DHEADER=$h"; headers=$h; fi
        objects="$B/fuzz/engine.o"
        for header in $headers; do
            if [ ! -f "$B/fuzz/$header.o" ] || [ "$header.h" -nt "$B/fuzz/$header.o" ]; then
                printf '#define %s_IMPLEMENTATION\n#include "%s.h"\n' "$(echo "$header" | tr a-z A-Z)" "$header" > "$B/fuzz/$header.c"
                $CLANG $FLAGS -I. -c "$B/fuzz/$header.c" -o "$B/fuzz/$header.o" || exit 1
            fi
            objects="$objects $B/fuzz/$header.o"
        done
        $CLANG $FLAGS -fsanitize=fuzzer $define -I. -Itests -o "$B/fuzz/$target" "$harness" $objects -lm || exit 1
        mkdir -p "$B/fuzz/corpus_$target" "fuzz/seeds/$target"
        echo "== $target, $SECONDS_EACH s"
        "$B/fuzz/$target" -max_total_time="$SECONDS_EACH" -timeout=10 -rss_limit_mb=4096 -max_len=512 -print_final_stats=0 \
            -artifact_prefix="$B/fuzz/$target-" "$B/fuzz/corpus_$target" "fuzz/seeds/$target" > "$B/fuzz/$target.log" 2>&1 \
            || { failed=$((failed + 1)); grep -vE '^#' "$B/fuzz/$target.log" | tail -n 40; }
        tail -n 1 "$B/fuzz/$target.log"
        runs=$((runs + 1))
    done
done
echo "$((runs - failed)) harnesses clean, $failed with findings"
[ "$failed" -eq 0 ]
