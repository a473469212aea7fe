#!/bin/sh
# Lines and branches of the headers that the suite runs, by gcov (gcc): one line per
# header, and the lines never run in build/coverage/HEADER.missed.
B=${B:-build}/coverage
rm -rf "$B"
make -s tests-built B="$B" CC=gcc CFLAGS="-O0 -g --coverage -fprofile-update=single" || exit 1
for program in "$B"/test_*; do
    case $program in *.c|*.o|*.gc*) continue ;; esac
    [ -x "$program" ] && { "$program" > /dev/null || exit 1; }
done
here=$(pwd)
cd "$B" || exit 1
for h in lossfn optim metrics; do
    gcov -b -o . "${h}_impl.gcda" 2>/dev/null > gcov.out || gcov -b "$h"_impl.o > gcov.out 2>/dev/null
    grep -A 4 "File.*$h.h'" gcov.out | sed "s/^/$h.h: /" | grep -E 'Lines|Branches|Taken'
    [ -f "$h.h.gcov" ] && grep '#####' "$h.h.gcov" > "$h.missed"
    [ -f "$h.missed" ] && echo "$h.h: $(wc -l < "$h.missed") lines never run, listed in $B/$h.missed"
done
cd "$here" || exit 1
