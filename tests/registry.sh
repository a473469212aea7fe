#!/bin/sh
# Every public function of the headers has a row in tests/registry (or a line that
# says where it is tested), every row a function, and every such line a fuzz harness.
passed=0
failed=0
for header in lossfn optim metrics; do
    macro=$(echo $header | tr a-z A-Z)
    # declared: the DEF prototypes, the type taken off, companions of another function left out
    sed -n "s/^${macro}_DEF .*[ *]\(${header}_[a-z0-9_]*\)(.*/\1/p" $header.h | sed 's/_f32$//; s/_f64$//' | sort -u > /tmp/declared.$$
    cat tests/registry/${header}*.def | sed -nE 's/^(ROW|ROW1|ALSO)\(([a-z0-9_]*),.*/\2/p' | sort -u > /tmp/rows.$$
    grep -hE "^${macro}_INLINE " $header.h | sed -n "s/.*[ *]\(${header}_[a-z0-9_]*\)_elem_f[0-9]*(.*/\1/p" | sort -u > /tmp/elems.$$
    while read -r name; do
        base=$(echo "$name" | sed 's/_scratch$//; s/_room$//; s/_defaults$//')
        if grep -qx "$name" /tmp/rows.$$ || { [ "$base" != "$name" ] && { grep -qx "$base" /tmp/declared.$$ || grep -q "^${base}_" /tmp/declared.$$; }; }; then passed=$((passed + 1))
        else failed=$((failed + 1)); echo "$name: declared in $header.h, no row in tests/registry"; fi
    done < /tmp/declared.$$
    while read -r name; do
        if grep -qx "$name" /tmp/declared.$$; then passed=$((passed + 1))
        else failed=$((failed + 1)); echo "$name: a row in tests/registry, not declared in $header.h"; fi
    done < /tmp/rows.$$
    # what has no row is called by a fuzz harness of its own
    cat tests/registry/${header}*.def | sed -n 's/^ALSO(\([a-z0-9_]*\),.*/\1/p' | sort -u > /tmp/also.$$
    while read -r name; do
        if cat fuzz/fuzz_*.c | grep -qw "$name"; then passed=$((passed + 1))
        else failed=$((failed + 1)); echo "$name: ALSO in tests/registry, called by no harness in fuzz/"; fi
    done < /tmp/also.$$
    if [ $header = lossfn ]; then
        cat tests/registry/${header}*.def | sed -n 's/^ELEM(\([a-z0-9_]*\),.*/\1/p' | sort -u > /tmp/elemrows.$$
        while read -r name; do
            if grep -qx "$name" /tmp/elemrows.$$; then passed=$((passed + 1))
            else failed=$((failed + 1)); echo "${name}_elem: no ELEM line in tests/registry"; fi
        done < /tmp/elems.$$
    fi
done
rm -f /tmp/also.$$ /tmp/declared.$$ /tmp/rows.$$ /tmp/elems.$$ /tmp/elemrows.$$
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
