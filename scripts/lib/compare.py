"""The demo's arithmetic.

    compare.py unseen CORPUS FILE     write the part of CORPUS that training leaves out
    compare.py table A.json B.json    compare two models by what `likely eval --json` printed
"""
import json
import pathlib
import sys

from problem import Problem


def write_unseen(corpus, path):
    """The last tenth of the bytes, from the next beginning of a UTF-8 character on."""
    text = pathlib.Path(corpus).read_bytes()
    cut = len(text) * 9 // 10
    while cut < len(text) and text[cut] & 0xC0 == 0x80:
        cut += 1
    pathlib.Path(path).write_bytes(text[cut:])


def evaluation(path):
    """The last evaluation in a file of JSON Lines: the total, where there are several."""
    events = [json.loads(line) for line in pathlib.Path(path).read_text("utf-8").splitlines()]
    found = [event for event in events if event.get("event") == "eval"]
    if not found:
        raise Problem(f"{path}: holds no evaluation")
    return found[-1]


def print_table(paths):
    models = {pathlib.Path(path).stem: evaluation(path) for path in paths}
    print(f"{'model':10} {'perplexity':>12} {'bits per byte':>14}")
    for name, result in models.items():
        # An infinite number is written as the string "inf".
        perplexity, bits = float(result["perplexity"]), float(result["bits_per_byte"])
        print(f"{name:10} {perplexity:12.3f} {bits:14.4f}")
    best, other = sorted(models, key=lambda name: float(models[name]["bits_per_byte"]))
    bits = [float(models[name]["bits_per_byte"]) for name in (best, other)]
    if bits[0] == bits[1]:
        print("\nBoth predict the unseen text equally well.")
        return
    print(
        f"\nThe {best} model predicts the unseen text better: it needs "
        f"{bits[1] - bits[0]:.3f} bits per byte less, "
        f"{100 * (1 - bits[0] / bits[1]):.1f} % of the {other} one's {bits[1]:.3f}."
    )


def main():
    command, *paths = sys.argv[1:]
    try:
        if command == "unseen":
            write_unseen(*paths)
        else:
            print_table(paths)
    except (Problem, OSError) as problem:
        sys.exit(f"demo: {problem}")


if __name__ == "__main__":
    main()
