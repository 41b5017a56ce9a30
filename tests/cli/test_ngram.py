"""N-gram models by hand: likely train --model, and every command that takes a model; ARPA files."""
import json
import math

import command

# Order 2 over bytes of this text by hand: after a comes b twice and the end once.
SMALL = b"abab" + b"a"


class Ngram(command.Case):
    def train(self, out, *options, text="text.txt"):
        return self.succeeds(
            "train", text, "--val", text, "--out", out, "--model", *options, "--json"
        ).events()

    def nll(self, model, text="text.txt"):
        (event,) = self.succeeds("eval", model, text, "--json").events()
        return event["nll_with_ends"]

    def test_maximum_likelihood_by_hand(self):
        self.path("small.txt").write_bytes(SMALL)
        self.train("mle2", "ngram:2", "--smoothing", "mle", text="small.txt")
        # a | start; b | a; a | b; b | a; a | b; end | a
        expected = -(2 * math.log(2 / 3) + math.log(1 / 3))
        self.assertAlmostEqual(self.nll("mle2", "small.txt"), expected, 6)

    def test_the_unseen_is_impossible(self):
        self.path("other.txt").write_bytes(b"abc")
        self.path("small.txt").write_bytes(SMALL)
        self.train("mle1", "ngram:1", "--smoothing", "mle", text="small.txt")
        (event,) = self.succeeds("eval", "mle1", "other.txt", "--json").events()
        self.assertEqual(event["nll"], "inf")
        self.assertEqual(event["bits_per_byte"], "inf")

    def test_additive_by_hand(self):
        self.path("small.txt").write_bytes(SMALL)
        self.train("map", "ngram:1", "--smoothing", "additive", "--alpha", 2, text="small.txt")
        total = 6 + 2 * 257  # aaabb and the end
        expected = -sum(n * math.log((n + 2) / total) for n in (3, 2, 1))
        self.assertAlmostEqual(self.nll("map", "small.txt"), expected, 4)

    def test_uniform(self):
        self.train("uniform", "ngram:1", "--smoothing", "uniform")
        (event,) = self.succeeds("eval", "uniform", "text.txt", "--json").events()
        self.assertAlmostEqual(event["nll_per_token"], math.log(257), 6)
        self.assertEqual(event["policy"]["context"], 0)
        self.assertIsNone(event["policy"]["stride"])

    def test_a_run_like_any_other(self):
        evaluated, done = self.train("kn", "ngram:4")
        self.assertEqual(evaluated["event"], "eval")
        self.assertEqual(done["event"], "done")
        self.assertEqual(done["checkpoint"], "kn/step-000001")
        (event,) = self.succeeds("eval", "kn", "text.txt", "--json").events()
        self.assertEqual(event["nll"], evaluated["nll"])
        run = json.loads(self.path("kn/run.json").read_text())
        self.assertEqual(run["ngram"]["order"], 4)
        self.assertEqual(len(run["corpus"]["training"]), 1)
        logged = [json.loads(line) for line in self.path("kn/log.jsonl").read_text().splitlines()]
        self.assertEqual([line["event"] for line in logged], ["eval", "done"])
        self.assertIn("kneser-ney", self.succeeds("info", "kn").text)
        (event,) = self.succeeds("info", "kn", "--json").events()
        self.assertEqual(event["family"], "ngram")

    def test_threads_change_nothing(self):
        for threads in (1, 3):
            self.succeeds("train", "text.txt", "--out", f"t{threads}", "--model", "ngram:5",
                          "--threads", threads, "--quiet")  # fmt: skip
        for name in ("config.json", "model.safetensors"):
            one, three = (self.path(f"t{n}/best/{name}").read_bytes() for n in (1, 3))
            self.assertEqual(one, three)

    def test_samples(self):
        self.train("kn5", "ngram:5")
        options = ("--seed", 7, "--tokens", 40, "--quiet")
        text = self.succeeds("sample", "kn5", "--prompt", "First", *options)
        self.assertTrue(text.out.startswith(b"First"))
        self.assertEqual(text.out, self.succeeds("sample", "kn5", "--prompt", "First", *options).out)

    def test_samples_of_maximum_likelihood_are_of_the_text(self):
        self.train("mle9", "ngram:12", "--smoothing", "mle")
        text = self.succeeds("sample", "mle9", "--tokens", 60, "--seed", 3, "--quiet").out
        known = self.path("text.txt").read_bytes()
        for at in range(max(len(text) - 13, 1)):
            self.assertIn(text[at : at + 12].rstrip(b"\n"), known)
        self.path("one.txt").write_bytes(b"xy")
        self.train("short", "ngram:3", "--smoothing", "mle", text="one.txt")
        self.assertEqual(self.succeeds("sample", "short", "--quiet").out, b"xy\n")
        result = self.run_likely("sample", "short", "--ignore-end", "--quiet")
        self.assertEqual(result.status, 1)
        self.assertIn("--ignore-end", result.message)

    def test_arpa_there_and_back(self):
        self.train("there", "ngram:3")
        for words in ("ids", "pieces"):
            self.succeeds("ngram", "export", "there", f"{words}.arpa", "--words", words)
            self.succeeds("ngram", "import", f"{words}.arpa", "--words", words, "--out", words)
            self.assertAlmostEqual(self.nll(words), self.nll("there"), 4)
        self.assertIn("imported", self.succeeds("info", "ids").text)
        out = self.succeeds("ngram", "export", "there", "-", "--quiet").out
        self.assertEqual(out, self.path("ids.arpa").read_bytes())

    def test_mistakes_with_arpa(self):
        self.fails("ngram", "export", "bytes", "x.arpa", words="Transformer")
        self.fails("ngram", "import", "nosuch.arpa", words="nosuch.arpa")
        self.fails("ngram", "import", "text.txt", "--out", "x", words="ARPA")
        self.assertFalse(self.path("x").exists())
        self.misused("ngram", "frobnicate", "x", words="neither")
        self.misused("ngram", "export", "bytes", words="FILE")
        self.misused("ngram", "import", "a", "b", words="--out")
        self.misused("ngram", "export", "bytes", "a", "--out", "b", words="import")
        self.misused("ngram", "export", "bytes", "-", "--json", words="standard output")

    def test_mistakes_in_training(self):
        for model in ("ngram", "ngram:", "ngram:0", "ngram:65", "ngram:3x", "ngram:-1", "rnn"):
            self.misused("train", "text.txt", "--model", model, words=model)
        ngram = ("train", "text.txt", "--model", "ngram:3")
        self.misused(*ngram, "--layers", 2, words="--layers")
        self.misused(*ngram, "--steps", 2, words="--steps")
        self.misused(*ngram, "--alpha", 2, words="additive")
        self.misused(*ngram, "--smoothing", "uniform", words="ngram:1")
        self.misused(*ngram, "--smoothing", "magic", words="magic")
        self.misused("train", "text.txt", "--smoothing", "mle", words="--smoothing")
        self.fails("train", "nosuch.txt", "--model", "ngram:2", words="nosuch.txt")
        self.train("twice", "ngram:2")
        self.fails(*ngram, "--out", "twice", words="twice")
        self.fails("train", "--resume", "--out", "twice", words="n-gram")
        self.fails("train", "text.txt", "--from", "twice", "--quiet", words="n-gram")
        self.fails("eval", "twice", "text.txt", "--stride", 1, words="--stride")
        self.fails("eval", "twice", "text.txt", "--logits", "l.safetensors", words="logits")


if __name__ == "__main__":
    command.main()
