#!/usr/bin/env python3
"""Make kenlm/: texts of ids, a document to the line, and what KenLM's lmplz estimates from them.

    make_kenlm.py LMPLZ

The ids are 0 .. 23, the end of text is 24; id 23 never occurs. `short` has counts so thin that
lmplz falls back on fixed discounts for two tokens and three, `long` only for single tokens.
"""
import pathlib
import random
import subprocess
import sys

HERE = pathlib.Path(__file__).parent / "kenlm"
VOCABULARY = 25
TEXTS = {"long": (100, 4), "short": (4, 3)}  # documents, order


def documents(count):
    """Ids that often depend on the one before them, the lower ones more often than the others."""
    draw = random.Random(1).random
    for _ in range(count):
        line, before = [], 0
        while not line or draw() > 0.08:
            u = draw()
            before = (before * 7 + int(3 * draw())) % 23 if u < 0.6 else int(23 * draw() ** 3)
            line.append(before)
        yield line


def main():
    HERE.mkdir(exist_ok=True)
    for name, (count, order) in TEXTS.items():
        text = "".join(" ".join(map(str, line)) + "\n" for line in documents(count))
        (HERE / f"{name}.txt").write_text(text, "ascii")
        arpa = subprocess.run(
            [sys.argv[1], "-o", str(order), "--vocab_pad", str(VOCABULARY),
             "--discount_fallback", "-S", "50M"],
            input=text.encode(), stdout=subprocess.PIPE, check=True,
        )  # fmt: skip
        (HERE / f"{name}.arpa").write_bytes(arpa.stdout)


if __name__ == "__main__":
    main()
