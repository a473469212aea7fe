#!/bin/sh
# Runs the built examples in $B/examples (through $RUN, an emulator) from the root of the
# repository, the demo with good and bad data, and builds examples/cxx.cc with $CXX.
B=${B:-build}
RUN=${RUN:-}
CXX=${CXX:-c++}
T=$B/examples/files
DEMO="$RUN $B/examples/demo"
passed=0
failed=0
rm -rf "$T"
mkdir -p "$T" || exit 1

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    echo "failed: $1"
    [ -z "$2" ] || tail -n 5 "$2"
}
check() { if [ "$1" = 0 ]; then pass; else fail "$2" "$3"; fi; }

# Whether every tag of a file is closed, in order, and every < and > belongs to one.
well_formed() {
    sed -e '1{/^<!DOCTYPE html>$/d;}' -e 's/<style>[^<]*<\/style>//g' "$1" | tr '\n' ' ' | tr '<' '\n' | awk '
        NR == 1 { if ($0 !~ /^ *$/) bad = 1; next }
        !/>/ { bad = 1; next }
        { tag = $0; sub(/>.*/, "", tag); rest = $0; sub(/[^>]*>/, "", rest); if (rest ~ />/) bad = 1 }
        tag ~ /\/$/ { next }
        tag ~ /^\// { if (depth == 0 || open[depth--] != substr(tag, 2)) bad = 1; next }
        { sub(/[ \t].*/, "", tag); open[++depth] = tag; count++ }
        END { exit bad || depth || count < 1 }'
}

for source in examples/*.c; do
    name=$(basename "$source" .c)
    $RUN "$B/examples/$name" > "$T/$name.out" 2>&1
    check $? "examples/$name" "$T/$name.out"
done

if command -v "${CXX%% *}" > /dev/null 2>&1; then
    if $CXX -std=c++11 -O1 -Wall -Wextra -Werror -I. -o "$B/examples/cxx" examples/cxx.cc -lm > "$T/cxx.out" 2>&1; then
        $RUN "$B/examples/cxx" > "$T/cxx.out" 2>&1
        check $? "examples/cxx" "$T/cxx.out"
    else
        fail "examples/cxx.cc does not compile" "$T/cxx.out"
    fi
fi

# The demo: a few epochs, what it prints and writes; the same again with the same seed.
$DEMO --quick --report "$T/report.html" --picture "$T/one.svg" > "$T/demo.out" 2>&1
check $? "demo --quick" "$T/demo.out"
accuracy=$(sed -n 's/^best: .*: \([0-9]*\)\.[0-9]* % test accuracy.*/\1/p' "$T/demo.out")
[ "${accuracy:-0}" -ge 90 ]
check $? "demo --quick reaches 90 % test accuracy: ${accuracy:-none}" "$T/demo.out"
for file in report.html one.svg; do
    well_formed "$T/$file"
    check $? "$file is well-formed"
    if command -v xmllint > /dev/null 2>&1; then
        xmllint --noout "$T/$file" > "$T/xmllint.out" 2>&1
        check $? "$file is well-formed XML" "$T/xmllint.out"
    fi
done
if grep -q -i '[^a-z]nan[^a-z]\|[^a-z]inf[^a-z]' "$T/report.html"; then fail "the report holds a NaN or infinity"; else pass; fi
for part in "Results" "Losses" "Optimizers" "Schedules of optim.h" "Confusion matrix" "ROC, mean area" "Calibration" "got wrong"; do
    grep -q "$part" "$T/report.html"
    check $? "the report has: $part"
done
sed 's/<\/figure>//' "$T/report.html" > "$T/open.html"
if well_formed "$T/open.html"; then fail "an open tag goes unnoticed"; else pass; fi
$DEMO --quick --report "$T/report.html" --picture "$T/two.svg" > "$T/demo.out" 2>&1 && cmp "$T/one.svg" "$T/two.svg"
check $? "demo --quick gives the same picture twice" "$T/demo.out"

# rejects STATUS WORDS ARGUMENTS...: the demo ends with STATUS and says WORDS.
rejects() {
    wanted=$1
    words=$2
    shift 2
    $DEMO "$@" > "$T/error.out" 2>&1
    status=$?
    if [ $status -eq "$wanted" ] && grep -q -e "$words" "$T/error.out"; then pass
    else fail "demo $*: status $status instead of $wanted, or not \"$words\":" "$T/error.out"; fi
}
rejects 0 "^usage:" -h
rejects 0 "^usage:" --help
rejects 2 "unknown option --frobnicate" --frobnicate
rejects 2 "unknown option data.csv" data.csv
rejects 2 "missing behind --data" --data
rejects 2 "not 0" --epochs 0
rejects 2 "not 3x" --epochs 3x
rejects 2 "not -1" --seed -1
rejects 1 "cannot open $T/none.csv" --data "$T/none.csv"
: > "$T/empty.csv"
rejects 1 "is empty" --data "$T/empty.csv"
good=examples/data/digits.csv
{ head -n 3 $good; head -n 1 $good | cut -d, -f 1-40; } > "$T/short.csv"
rejects 1 "short.csv:4: the line has 40 values, 65 are needed" --data "$T/short.csv"
{ head -n 2 $good; head -n 1 $good | sed 's/$/,1/'; } > "$T/long.csv"
rejects 1 "long.csv:3: the line has more than 65 values" --data "$T/long.csv"
sed '5s/^[0-9]*,/x7,/' $good > "$T/text.csv"
rejects 1 "text.csv:5: value 1, \"x7\", is not a whole number from 0 to 16" --data "$T/text.csv"
sed '6s/^[0-9]*,/17,/' $good > "$T/bright.csv"
rejects 1 "bright.csv:6: value 1, \"17\"" --data "$T/bright.csv"
sed '7s/,[0-9]*$/,10/' $good > "$T/class.csv"
rejects 1 "class.csv:7: value 65, \"10\", is not a whole number from 0 to 9" --data "$T/class.csv"
sed '8s/,/,,/' $good > "$T/gap.csv"
rejects 1 "gap.csv:8: value 2, \"\"" --data "$T/gap.csv"
{ cat $good; tr '\n' ' ' < $good; } > "$T/endless.csv"
rejects 1 "endless.csv:1798: the line is too long" --data "$T/endless.csv"
head -n 20 $good > "$T/few.csv"
rejects 1 "pictures of class 0, at least 5" --data "$T/few.csv"
rejects 1 "cannot write $T/no/report.html" --quick --epochs 1 --report "$T/no/report.html"
rejects 1 "images-idx3-ubyte.gz cannot be read" --fashion "$T"

# IDX files in gzip: 100 pictures of 28 x 28 made of other bytes, then damaged ones.
if command -v gzip > /dev/null 2>&1; then
    I=$T/idx
    mkdir -p "$I"
    for set in train t10k; do
        { printf '\000\000\010\003\000\000\000\144\000\000\000\034\000\000\000\034'; head -c 78400 $good; } | gzip -c > "$I/$set-images-idx3-ubyte.gz"
        { printf '\000\000\010\001\000\000\000\144'
          for k in 1 2 3 4 5 6 7 8 9 10; do printf '\000\001\002\003\004\005\006\007\010\011'; done; } | gzip -c > "$I/$set-labels-idx1-ubyte.gz"
    done
    rejects 0 "100 pictures of 28 x 28 to learn from" --fashion "$I" --quick --report "$T/idx.html"
    well_formed "$T/idx.html"
    check $? "the report of the IDX files is well-formed"
    cp "$I/t10k-images-idx3-ubyte.gz" "$T/whole.gz"
    head -c 5000 "$T/whole.gz" > "$I/t10k-images-idx3-ubyte.gz"
    rejects 1 "is damaged or cut off" --fashion "$I"
    { head -c 5000 "$T/whole.gz"; printf 'xxxx'; tail -c +5005 "$T/whole.gz"; } > "$I/t10k-images-idx3-ubyte.gz"
    rejects 1 "is damaged" --fashion "$I"
    echo text > "$I/t10k-images-idx3-ubyte.gz"
    rejects 1 "is not a gzip file" --fashion "$I"
    echo text | gzip -c > "$I/t10k-images-idx3-ubyte.gz"
    rejects 1 "is not an IDX file" --fashion "$I"
    { printf '\000\000\010\003\377\377\377\377\377\377\377\377\377\377\377\377'; head -c 784 $good; } | gzip -c > "$I/t10k-images-idx3-ubyte.gz"
    rejects 1 "is shorter than it says" --fashion "$I"
    { printf '\000\000\010\003\000\000\000\001\000\000\000\034\000\000\000\034'; head -c 784 $good; } | gzip -c > "$I/t10k-images-idx3-ubyte.gz"
    rejects 1 "do not belong together" --fashion "$I"
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
