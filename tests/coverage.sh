#!/bin/sh
# Lines and branches of the headers that the suite runs, by gcov (gcc). A line that is
# compiled several times, for several types and instruction sets, is run when any of
# them is; a line of src/core, which all headers hold, when it is run in any of them.
# The lines never run are listed in build/coverage/missed.
# Not compiled here, so not counted: NEON, and AVX-512 unless CFLAGS_MORE asks for it.
B=${B:-build}/coverage
rm -rf "$B"
make -s tests-built B="$B" CC=gcc CFLAGS="-O0 -g --coverage -fprofile-update=single $CFLAGS_MORE" || exit 1
for program in "$B"/test_*; do
    case $program in *.c|*.o|*.gc*) continue ;; esac
    [ -x "$program" ] && { "$program" > /dev/null || { echo "$program fails"; exit 1; }; }
done
for h in lossfn optim metrics; do
    gcov -b -o "$B" "$B/${h}_impl.gcda" > "$B/gcov.out" 2>&1 || { cat "$B/gcov.out"; exit 1; }
    mv ./*.gcov "$B"
    sed -n "/^File '$h.h'/,/^$/p" "$B/gcov.out" | grep -E 'Branches|Taken' | sed "s/^/$h.h, all passes together: /"
done
# One line per line of a header: header, part, number, the most it was run, the text.
awk -F: '
    FNR == 1 { header = FILENAME; sub(/.*\//, "", header); sub(/\.gcov$/, "", header); part = "" }
    NF < 3 || $2 + 0 == 0 { next }
    {
        number = $2 + 0
        text = substr($0, index($0, ":") + 1)
        text = substr(text, index(text, ":") + 1)
        if (text ~ /^\/\* ---- [a-z]*\/[a-z_0-9]* ---- \*\/$/) part = $3
        count = $1
        gsub(/[ *]/, "", count)
        if (count == "-") next
        key = header " " number
        if (part ~ /core\//) {
            key = part text
            gsub(/OPN_|MTN_|LFN_/, "LFN_", key)
            gsub(/opn_|mtn_|lfn_/, "lfn_", key)
            gsub(/OPTIM_|METRICS_|LOSSFN_/, "", key)
            gsub(/optim_|metrics_|lossfn_/, "", key)
        }
        if (!(key in where)) { order[++lines] = key; where[key] = header ":" number ":" text; of[key] = part ~ /core\// ? "src/core" : header }
        if (count !~ /^#|^=/) run[key] = 1
    }
    END {
        for (k = 1; k <= lines; k++) {
            key = order[k]
            all[of[key]]++
            if (key in run) good[of[key]]++
            else print where[key] > missed
        }
        for (name in all) printf "%s: %d of %d lines run, %.2f %%\n", name, good[name], all[name], 100 * good[name] / all[name]
    }' missed="$B/missed" "$B/lossfn.h.gcov" "$B/optim.h.gcov" "$B/metrics.h.gcov" | sort
touch "$B/missed"
echo "$(wc -l < "$B/missed") lines never run, listed in $B/missed"
