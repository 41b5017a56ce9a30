"""Tokenizers made and used on the command line: what goes in comes out again, whatever it is, and
a tokenizer is only ever used with what was made with it."""
import json
import pathlib

import training
from training import SMALL

STORY = "It was the best of times, it was the worst of times.\n\nShe'd said so: 1859!\n" * 20
MIXED = ("na\u00efve caf\u00e9 \u65e5\u672c\u8a9e \U0001f468\u200d\U0001f469 \u0928\u092e\t\r\n"
         .encode() + bytes(range(256)) + b"\xff\xc3 <|endoftext|>\n\n")


class Case(training.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path("story.txt").write_text(STORY)
        cls.path("mixed").write_bytes(MIXED)

    def made(self, name, *options):
        self.succeeds("tokenizer", "train", "story.txt", "--vocab-size", 280, "--out", name,
                      *options)
        return name


class Training(Case):
    def test_the_file(self):
        event, = self.succeeds("tokenizer", "train", "story.txt", "--vocab-size", "280",
                               "--out", "file", "--json").events()
        self.assertEqual(event["tokenizer"]["vocabulary"], 280)
        self.assertEqual((event["merges"], event["exhausted"]), (23, False))
        written = json.loads(self.path("file/tokenizer.json").read_text())
        self.assertEqual(len(written["model"]["merges"]), 23)
        self.assertEqual(written["model"]["vocab"]["<|endoftext|>"], 279)
        config = json.loads(self.path("file/tokenizer_config.json").read_text())
        self.assertIs(config["clean_up_tokenization_spaces"], False)

    def test_the_same_with_any_number_of_threads(self):
        texts = {self.path(self.made(f"threads-{n}", "--threads", n) + "/tokenizer.json")
                 .read_text() for n in (1, 2, 5)}
        self.assertEqual(len(texts), 1)

    def test_texts_that_run_out_of_pairs(self):
        result = self.succeeds("tokenizer", "train", "text.txt", "--out", "out-of-pairs")
        self.assertIn("no pair of tokens occurs twice", result.message)

    def test_mistakes(self):
        self.made("there")
        self.fails("tokenizer", "train", "story.txt", "--out", "there", words="there already")
        self.fails("tokenizer", "train", "nosuch", "--out", "mistake", words="nosuch")
        self.assertFalse(self.path("mistake").exists())
        self.misused("tokenizer", "train", "story.txt", words="--out")
        self.misused("tokenizer", "learn", "story.txt", words="learn")
        self.misused("tokenizer", "info", "there", "--split", "gpt4", words="--split")
        for size in 256, 2000000, "many":
            self.misused("tokenizer", "train", "story.txt", "--out", "mistake", "--vocab-size",
                         size, words="--vocab-size")


class Using(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for split in "gpt2", "gpt4", "none":
            cls.made(cls("test_info"), split, "--split", split)

    def test_text_comes_back(self):
        for split in "gpt2", "gpt4", "none":
            for name in "story.txt", "mixed":
                text = self.path(name).read_bytes()
                ids = self.succeeds("tokenize", split, name).out
                self.assertEqual(self.succeeds("tokenize", split, "--decode", "-", stdin=ids).out,
                                 text)
                for threads in 1, 3:
                    out = f"{split}-{name}-{threads}.tokens"
                    self.succeeds("tokenize", split, name, "--out", out, "--threads", threads)
                    self.assertEqual(self.succeeds("tokenize", split, "--decode", out).out, text)
                self.assertEqual(self.path(f"{split}-{name}-1.tokens").read_bytes(),
                                 self.path(f"{split}-{name}-3.tokens").read_bytes())

    def test_what_is_printed(self):
        ids = self.succeeds("tokenize", "gpt2", "-", stdin=b"It was").text.split()
        pieces = self.succeeds("tokenize", "gpt2", "-", "--pieces", stdin=b"It was").text
        self.assertEqual(pieces.replace(" ", ""), "It\u0120was\n")
        self.assertEqual(len(ids), len(pieces.split()))
        event, = self.succeeds("tokenize", "gpt2", "-", "--json", stdin=b"It was").events()
        self.assertEqual(event["ids"], [int(i) for i in ids])
        self.assertEqual((event["bytes"], event["tokens"]), (6, len(ids)))

    def test_documents_are_lines(self):
        options = ["tokenize", "gpt2", "-", "--documents", "lines"]
        lines = self.succeeds(*options, stdin=b"It\nwas\n\nshe").text.splitlines()
        self.assertEqual(len(lines), 4)
        events = self.succeeds(*options, "--json", stdin=b"It\nwas").events("document")
        self.assertEqual([e["document"] for e in events], [1, 2])

    def test_info(self):
        text = self.succeeds("tokenizer", "info", "gpt4").text
        for words in "bpe", "280", "gpt4", "longest", "Unicode":
            self.assertIn(words, text)
        _, fit = self.succeeds("tokenizer", "info", "gpt2", "story.txt", "--json").events()
        self.assertEqual(fit["bytes"], len(STORY))
        self.assertEqual(fit["words"], len(STORY.split()))
        self.assertAlmostEqual(fit["bytes_per_token"], len(STORY) / fit["tokens"])
        self.assertGreater(fit["unused"], 200)
        self.assertIn("longest", self.succeeds("tokenizer", "info", "gpt2", "story.txt").text)
        self.assertIn("byte", self.succeeds("tokenizer", "info", "bytes").text)

    def test_mistakes(self):
        self.succeeds("tokenize", "gpt2", "story.txt", "--out", "story.tokens")
        self.fails("tokenize", "gpt4", "story.tokens", "--decode", words="another tokenizer")
        self.fails("tokenize", "nosuch", "story.txt", words="nosuch")
        self.fails("tokenize", "gpt2", "nosuch", words="nosuch")
        for ids in b"1 x", b"1 300", b"-1", b"1.5", b"99999999999999999999999":
            self.fails("tokenize", "gpt2", "nosuch", "--decode", "-", words="nosuch")
            result = self.run_likely("tokenize", "gpt2", "--decode", "-", stdin=ids)
            self.assertEqual(result.status, 1)
            self.assertIn("is no id", result.message)
        self.misused("tokenize", "gpt2", "story.txt", "--decode", "--pieces", words="--decode")
        self.misused("tokenize", "gpt2", "story.txt", "--out", "x", "--pieces", words="--out")


class Golden(Case):
    """What Hugging Face tokenizers learn and say: tests/golden/make_bpe.py."""

    def test_merges_and_ids(self):
        golden = pathlib.Path(__file__).parent.parent / "golden" / "bpe"
        for split in "gpt2", "gpt4", "none":
            wanted = json.loads((golden / f"{split}.json").read_text("utf-8"))
            self.succeeds("tokenizer", "train", golden / "corpus.txt", "--split", split,
                          "--vocab-size", 400, "--out", f"golden-{split}")
            made = json.loads(self.path(f"golden-{split}/tokenizer.json").read_text("utf-8"))
            self.assertEqual([merge.split(" ") for merge in made["model"]["merges"]],
                             wanted["tokenizer"]["model"]["merges"])
            # as it was saved there, and in documents, so that one command has all texts
            self.path(f"theirs-{split}").mkdir()
            self.path(f"theirs-{split}/tokenizer.json").write_text(
                json.dumps(wanted["tokenizer"]))
            texts = self.path(f"texts-{split}")
            texts.mkdir()
            for number, (text, _) in enumerate(wanted["texts"]):
                (texts / f"{number:03}").write_bytes(text.encode())
            for tokenizer in f"golden-{split}", f"theirs-{split}":
                lines = self.succeeds("tokenize", tokenizer, texts).text.splitlines()
                self.assertEqual([[int(i) for i in line.split()] for line in lines],
                                 [ids for _, ids in wanted["texts"]])


class TrainingModels(Case):
    def test_bpe(self):
        self.train("story.txt", *SMALL, "--tokenizer", "bpe:280", "--steps", 4, "--out", "model")
        self.assertEqual(self.succeeds("tokenizer", "info", "model", "--json")
                         .events()[0]["tokenizer"]["vocabulary"], 280)
        self.succeeds("sample", "model", "--tokens", 20)
        self.succeeds("eval", "model", "mixed")
        self.train("story.txt", *SMALL, "--tokenizer", "bpe:280", "--steps", 2, "--out", "half")
        self.train("story.txt", "--resume", "--out", "half", "--steps", 4)
        self.train("story.txt", "--from", "model", "--steps", 1, "--out", "further")

    def test_only_what_trains_is_learnt_from(self):
        """The last tenth of the text has pairs that would be merged first."""
        self.path("end.txt").write_text("abcdefgh " * 100 + "zq" * 50)
        self.train("end.txt", *SMALL, "--tokenizer", "bpe:270", "--steps", 1, "--out", "end")
        vocabulary = json.loads(self.path("end/last/tokenizer.json").read_text())
        self.assertNotIn("zq", vocabulary["model"]["vocab"])
        self.assertIn("ab", vocabulary["model"]["vocab"])

    def test_auto(self):
        self.path("large.txt").write_text("".join(f"{n} times {n * n}. " for n in range(130000)))
        for name, vocabulary in {"story.txt": 257, "large.txt": 2048}.items():
            result = self.succeeds("train", name, *SMALL, "--steps", 1, "--eval-every", 1,
                                   "--out", "auto-" + name)
            self.assertIn("MB of text train", result.message)
            self.assertEqual(self.succeeds("tokenizer", "info", "auto-" + name, "--json")
                             .events()[0]["tokenizer"]["vocabulary"], vocabulary)

    def test_mistakes(self):
        for kind in "bpe:", "bpe:x", "bpe:256", "bpe:9999999", "bpe:300x":
            self.fails("train", "story.txt", "--tokenizer", kind, "--out", "mistake", words="bpe:N")
        self.fails("train", "story.txt", "--tokenizer", "bpee", "--out", "mistake",
                   words=["bpee", "bpe:N"])
        self.misused("train", "story.txt", "--from", "bytes", "--tokenizer", "bpe:300",
                     words="--from")
        self.fails("tokenizer", "info", "story.txt", words=["story.txt", "no directory"])
        self.fails("tokenizer", "info", "nowhere", words=["nowhere", "no such directory"])

    def test_a_model_keeps_its_tokenizer(self):
        """Ids of another one would fit, and mean other text."""
        self.train("story.txt", *SMALL, "--tokenizer", "bpe:280", "--steps", 1, "--out", "kept")
        self.fails("train", "story.txt", "--from", "kept", "--tokenizer", "byte", "--steps", 1,
                   "--out", "other", words=["--tokenizer byte", "kept"])
        self.assertFalse(self.path("other").exists())
        self.train("story.txt", "--from", "kept", "--tokenizer", "kept", "--steps", 1,
                   "--out", "same")

    def test_tokens_are_no_text(self):
        self.succeeds("tokenize", "byte", "story.txt", "--out", "story.tokens")
        self.fails("tokenize", "byte", "story.tokens", words=["story.tokens", "--decode"])


training.main()
