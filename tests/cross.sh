#!/bin/sh
# The suite on other processors under qemu: AArch64 (NEON) and s390x (big-endian).
# CROSS_ONLY=aarch64 or s390x: one of them.
B=${B:-build}
failed=0
for target in ${CROSS_ONLY:-aarch64 s390x}; do
    echo "== $target"
    folder=$B/cross-$target
    make -s tests-built B="$folder" CC="$target-linux-gnu-gcc -static" CFLAGS="-O2" || { failed=1; continue; }
    for program in "$folder"/test_*; do
        case $program in *.c|*.o) continue ;; esac
        [ -x "$program" ] || continue
        out=$("qemu-$target-static" "$program" 2>&1) || { failed=1; printf '%s\n' "$out" | tail -n 40; }
        printf '%s: %s\n' "$(basename "$program")" "$(printf '%s\n' "$out" | tail -n 1)"
    done
done
[ $failed -eq 0 ] && echo "cross targets clean"
exit $failed
