#!/usr/bin/env python3
"""Makes tests/golden/bpe: what Hugging Face tokenizers learn from a small text, and the ids that
they give to some others. Needs `tokenizers` (0.23.3 made what is committed)."""
import json
import pathlib
import random

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

HERE = pathlib.Path(__file__).parent / "bpe"
GPT4 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
        r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
WORDS = ("it was the best of times the worst we'll don't They're \u00e9t\u00e9 na\u00efve caf\u00e9s "
         "\u0928\u092e\u0938\u094d\u0924\u0947 \u4e16\u754c\u4eba\u6c11 \u0645\u0631\u062d\u0628\u0627 "
         "int main(void) return 0; == != 12345 1859 3.14 \U0001f600 \U0001f468\u200d\U0001f469 ... \"so\"").split()
SPACES = [" ", " ", " ", " ", "  ", "\n", "\n\n", "\t", "\r\n", "\u3000", " \n "]
ODD = [*WORDS, *SPACES, "'", "'S", "'\u017f", "\u0000", "\u0085", "\u00a0", "\u0663", "\u2167", "x\u0301",
       "<|endoftext|>", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\U0001f1e9\U0001f1ea"]


def splitters():
    byte_level = pre_tokenizers.ByteLevel
    yield "gpt2", byte_level(add_prefix_space=False)
    yield "gpt4", pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(GPT4), "isolated"),
                                           byte_level(add_prefix_space=False, use_regex=False)])
    yield "none", byte_level(add_prefix_space=False, use_regex=False)


def main():
    generator = random.Random(1)
    HERE.mkdir(exist_ok=True)
    corpus = "".join(generator.choice(WORDS) + generator.choice(SPACES) for _ in range(2000))
    (HERE / "corpus.txt").write_text(corpus, "utf-8", newline="")
    texts = ["".join(generator.choice(ODD) for _ in range(generator.randrange(1, 30)))
             for _ in range(60)]
    for name, splitter in splitters():
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = splitter
        tokenizer.decoder = decoders.ByteLevel()
        tokenizer.train_from_iterator([corpus], trainers.BpeTrainer(
            vocab_size=399, min_frequency=2, show_progress=False,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
        tokenizer.add_special_tokens(["<|endoftext|>"])
        tokenizer.encode_special_tokens = True
        (HERE / f"{name}.json").write_text(json.dumps({
            "tokenizer": json.loads(tokenizer.to_str()),
            "texts": [[text, tokenizer.encode(text).ids] for text in texts]}) + "\n", "utf-8")


main()
