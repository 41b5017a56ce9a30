#!/usr/bin/env python3
"""Bits per byte of GPT-2 models as `likely compare` has them, against PyTorch with the same windows.

    pytorch_score.py LIKELY

Skipped (status 77), and said so, where torch or transformers are not installed.
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile

try:
    import torch
    import transformers
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

CLOSE = 1e-5  # bits per byte
CONTEXT = 24
TEXT = "It was the best of times, it was the worst of times; Größe, 1859.\n"


def likely(*arguments):
    done = subprocess.run([sys.argv[1], *map(str, arguments)], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def nll(model, ids, stride):
    """Of ids[1:], each from the window that counts it first (evaluate/windows.h)."""
    total, done, start = 0.0, 0, 0
    while done < len(ids) - 1:
        window = ids[start : start + CONTEXT + 1]
        with torch.no_grad():
            logits = model(torch.tensor([window[:-1]])).logits[0].double().log_softmax(-1)
        for k in range(done - start, len(window) - 1):
            total -= logits[k, window[k + 1]].item()
        done = start + len(window) - 1
        start += stride
    return total


def main():
    worst = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        text = scratch / "text.txt"
        text.write_text(TEXT * 40, encoding="utf-8")
        unseen = scratch / "unseen.txt"
        unseen.write_text(TEXT[::-1] * 3 + TEXT * 2, encoding="utf-8")
        likely(
            "train", text, "--out", scratch / "run", "--quiet", "--layers", 2, "--width", 32,
            "--heads", 4, "--context", CONTEXT, "--steps", 60, "--learning-rate", 0.01, "--norm",
            "layernorm", "--position", "learned", "--mlp", "gelu", "--bias", "all",
        )  # fmt: skip
        directory = (scratch / "run" / "last").resolve()
        model = transformers.AutoModelForCausalLM.from_pretrained(directory).float().eval()
        tokenizer = transformers.AutoTokenizer.from_pretrained(directory)
        end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
        data = unseen.read_bytes()
        ids = [end, *tokenizer(data.decode(), add_special_tokens=False)["input_ids"]]
        for stride in (1, 5, 12, 24):
            events = likely(
                "compare", directory, "--text", unseen, "--stride", stride, "--json", "--no-baselines"
            ).splitlines()
            (ours,) = [e for e in map(json.loads, events) if e["event"] == "model"]
            theirs = nll(model, ids, stride) / math.log(2) / len(data)
            difference = abs(ours["bits_per_byte"] - theirs)
            worst = max(worst, difference)
            print(f"stride {stride}: {ours['bits_per_byte']:.7f}, by PyTorch {theirs:.7f}")
    print(f"{'ok' if worst <= CLOSE else 'FAILED'}: they differ by up to {worst:.1e} bits per byte")
    sys.exit(worst > CLOSE)


main()
