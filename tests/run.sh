#!/bin/sh
# Runs the test programs given and the script tests; sums their "N passed, N failed".
# CC, CXX: the compilers of the script tests. B: the build folder. RUN: an emulator.
B=${B:-build}
passed=0
failed=0
count() {
    line=$(printf '%s\n' "$2" | tail -n 1)
    p=$(printf '%s\n' "$line" | sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\1/p')
    f=$(printf '%s\n' "$line" | sed -n 's/^\([0-9][0-9]*\) passed, \([0-9][0-9]*\) failed$/\2/p')
    if [ -z "$p" ] || { [ "$3" -ne 0 ] && [ "$f" -eq 0 ]; }; then
        printf '%s\n' "$2" | tail -n 20
        echo "$1: ended with status $3 and no count"
        failed=$((failed + 1))
        return
    fi
    [ "$f" -eq 0 ] || printf '%s\n' "$2" | tail -n 40
    echo "$1: $line"
    passed=$((passed + p))
    failed=$((failed + f))
}
for program in "$@"; do
    out=$($RUN "$program" 2>&1)
    count "$(basename "$program")" "$out" $?
done
for script in tests/registry.sh tests/headers.sh tests/examples.sh; do
    [ -f "$script" ] || continue
    out=$(sh "$script" 2>&1)
    count "$script" "$out" $?
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
