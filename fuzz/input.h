/* What the harnesses take from the bytes of libFuzzer: when these are used up, zeros. */
#ifndef FUZZ_INPUT_H
#define FUZZ_INPUT_H

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *at, *end;

__attribute__((unused)) static unsigned byte(void) { return at < end ? *at++ : 0; }

__attribute__((unused)) static uint64_t word(int bytes)
{
    uint64_t w = 0;
    while (bytes-- > 0) w = w << 8 | byte();
    return w;
}

/* Any double: hard ones, moderate ones, any bits. */
__attribute__((unused)) static double number(void)
{
    static const double some[] = {0, 1, -1, 0.5, 2, 1e-3, 1e3, 1e30, -1e30, 1e-30, 0.999999, 1.000001, 1e300, 1e-300};
    const unsigned kind = byte();
    double x;
    uint64_t bits;
    if (kind < 14) return some[kind];
    if (kind == 14) return NAN;
    if (kind == 15) return INFINITY;
    if (kind < 128) return (double)(int64_t)word(2) / 256 - 128;
    bits = word(8);
    memcpy(&x, &bits, sizeof x);
    return x;
}

#endif
