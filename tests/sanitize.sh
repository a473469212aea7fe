#!/bin/sh
# The whole suite under clang's sanitizers: address and undefined behaviour together,
# then memory. Each in a build folder of its own.
B=${B:-build}
CLANG=${CLANG:-clang}
failed=0
for kind in "address,undefined" memory; do
    echo "== -fsanitize=$kind"
    folder=$B/sanitize-$(echo $kind | tr , -)
    flags="-O1 -g -fno-omit-frame-pointer -fsanitize=$kind -fno-sanitize-recover=all"
    make -s tests-built B="$folder" CC="$CLANG" CFLAGS="$flags" || { failed=1; continue; }
    for program in "$folder"/test_*; do
        case $program in *.c|*.o) continue ;; esac
        [ -x "$program" ] || continue
        out=$("$program" 2>&1) || { failed=1; printf '%s\n' "$out" | tail -n 40; }
        printf '%s: %s\n' "$(basename "$program")" "$(printf '%s\n' "$out" | tail -n 1)"
    done
done
[ $failed -eq 0 ] && echo "sanitizers clean"
exit $failed
