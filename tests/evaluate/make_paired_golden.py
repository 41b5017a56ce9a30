#!/usr/bin/env python3
"""Write paired_golden.h: what src/evaluate/paired.h says of a small comparison.

    make_paired_golden.py > paired_golden.h

Written from the definitions, with Python's standard library alone: Philox, the resampling,
the studentised max-t intervals, the random signs.
"""
import math

UNITS, RESAMPLES, SEED = 23, 400, 7
RESAMPLE, SIGNS, SEEDS = 7, 8, 9  # lk_rng_purpose
MASK = 0xFFFFFFFF


def philox(key, counter):
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


def key(seed, purpose):
    z = (seed + 0x9E3779B97F4A7C15 * purpose) % 2**64
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % 2**64
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB % 2**64
    z ^= z >> 31
    return z & MASK, z >> 32


def draw(b):
    """The units of resample b."""
    return [
        philox(key(SEED, RESAMPLE), (i // 4, 0, b, 0))[i % 4] * UNITS >> 32 for i in range(UNITS)
    ]


def sign(u, b):
    return 1 if philox(key(SEED, SIGNS), (u // 128, 0, b, 0))[u % 128 // 32] >> (u % 32) & 1 else -1


def noise(i):
    """A number between -1 and 1, not at all random."""
    return math.sin(12.9898 * i + 0.5)


NBYTES = [100 + 7 * (u % 5) for u in range(UNITS)]
BITS = [
    [NBYTES[u] * (2 + level) + 20 * noise(u) + spread * noise(100 * entry + u) for u in range(UNITS)]
    for entry, (level, spread) in enumerate([(0, 3), (0.02, 9), (0.3, 5)])
]
PAIRS = [(0, 1), (0, 2), (1, 2)]


def ratio(units, d):
    """The ratio of sums and its standard error, over these units."""
    n = sum(NBYTES[u] for u in units)
    value = sum(d[u] for u in units) / n
    squares = sum((d[u] - value * NBYTES[u]) ** 2 for u in units)
    return value, math.sqrt(squares * UNITS / (UNITS - 1)) / n


def main():
    everything = range(UNITS)
    differences = [[BITS[a][u] - BITS[b][u] for u in everything] for a, b in PAIRS]
    estimates = [ratio(everything, d) for d in differences]
    greatest = []
    for b in range(RESAMPLES):
        units = draw(b)
        t = []
        for d, (value, _) in zip(differences, estimates):
            again, error = ratio(units, d)
            t.append(abs(again - value) / error)
        greatest.append(max(t))
    critical = sorted(greatest)[math.ceil(0.95 * (RESAMPLES + 1)) - 1]
    print("/* Made by make_paired_golden.py. */")
    print(f"enum {{ UNITS = {UNITS}, RESAMPLES = {RESAMPLES}, SEED = {SEED}, PAIRS = {len(PAIRS)} }};")
    print("static const double nbytes[] = {", ", ".join(map(str, NBYTES)), "};")
    for entry, bits in enumerate(BITS):
        print(f"static const double bits{entry}[] = {{", ", ".join(map(repr, bits)), "};")
    print(f"static const double critical = {critical!r};")
    print("/* difference, error, low, high, p, units on which a and b cost less */")
    print("static const double expected[][7] = {")
    for d, (value, error) in zip(differences, estimates):
        observed = abs(sum(d))
        as_great = sum(
            abs(sum(sign(u, b) * d[u] for u in everything)) >= observed * (1 - 1e-12)
            for b in range(RESAMPLES)
        )
        p = (as_great + 1) / (RESAMPLES + 1)
        row = [value, error, value - critical * error, value + critical * error, p]
        row += [sum(x < 0 for x in d), sum(x > 0 for x in d)]
        print("\t{", ", ".join(map(repr, row)), "},")
    print("};")


if __name__ == "__main__":
    main()
