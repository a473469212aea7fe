#!/bin/sh
# Writes fuzz/seeds: what the harnesses begin from, so that they reach every row in both
# types, and every protocol, at once. The files depend on how the harnesses read their
# input (see there), and on nothing else: run this again when rows have been added.
cd "$(dirname "$0")" || exit 1
rm -rf seeds

# bytes FILE NUMBER...: a file of these bytes.
bytes() {
    file=$1
    shift
    for number; do printf "\\$(printf %03o "$number")"; done > "$file"
}

# noise SEED COUNT: numbers from 0 to 255, the same everywhere.
noise() { awk -v x="$1" -v n="$2" 'BEGIN { while (n-- > 0) { x = (x * 1103 + 12345) % 65536; printf "%d ", int(x / 256) } }'; }

# A row: its number, type, variant, length, set of hyper-parameters, instruction set, seed.
for header in lossfn optim metrics; do
    folder=seeds/fuzz_registry_$header
    mkdir -p "$folder"
    rows=$(cat ../tests/registry/"$header"*.def | grep -cE '^ROW1?\(')
    row=0
    while [ "$row" -lt "$rows" ]; do
        bytes "$folder/row$row-f32" $((row / 256)) $((row % 256)) 0 0 20 0 1 1
        bytes "$folder/row$row-f64" $((row / 256)) $((row % 256)) 1 1 13 0 0 2
        row=$((row + 1))
    done
done

# A protocol: instruction set, type, which, and anything.
protocols() {
    folder=seeds/fuzz_protocols_$1
    mkdir -p "$folder"
    what=0
    while [ "$what" -lt "$2" ]; do
        # shellcheck disable=SC2046
        bytes "$folder/protocol$what-f32" 1 0 "$what" $(noise "$what" 200)
        # shellcheck disable=SC2046
        bytes "$folder/protocol$what-f64" 0 1 "$what" $(noise $((what + 100)) 200)
        what=$((what + 1))
    done
}
protocols optim 7
protocols metrics 14
mkdir -p seeds/fuzz_protocols_lossfn
for loss in 0 1 2 3 4 5 6 7 8 9; do
    bytes seeds/fuzz_protocols_lossfn/loss$loss-f32 2 0 4 5 0 0 $loss 200 63 0 0 0 0 0 0 1 4
    bytes seeds/fuzz_protocols_lossfn/loss$loss-f64 2 1 4 5 0 0 $loss 40 2 0 50 2 1 3
done
