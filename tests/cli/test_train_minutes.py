"""likely train FILE --minutes M: what is chosen, how that can be overridden, and what happens
when it does not go well."""
import csv
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

import command
import training
from training import SMALL


def text(nbytes, seed=1):
    """Words of Zipf's law in sentences: something to learn, and not by heart."""
    draw = random.Random(seed)
    words = ["".join(draw.choices("etaoinshrdlu", k=draw.randint(1, 8))) for _ in range(2000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    chosen = draw.choices(words, weights, k=nbytes // 4)
    return " ".join(chosen)[:nbytes]


class Minutes(training.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path("long.txt").write_text(text(400_000))

    def plan(self, *arguments):
        result = self.succeeds("train", *arguments, "--dry-run", "--json", "--quiet")
        return result.events("plan")[0]

    def test_a_dry_run_leaves_nothing(self):
        result = self.succeeds("train", "long.txt", "--minutes", 0.05, "--dry-run", "--out", "dry")
        for words in ("long.txt", "parameters", "chosen", "expected", "bits per byte",
                      "n-grams", "--dry-run"):
            self.assertIn(words, result.text)
        self.assertFalse(self.path("dry").exists())
        self.assertFalse(self.path("checkpoints").exists())

    def test_more_time_more_model(self):
        plans = [self.plan("long.txt", "--minutes", minutes) for minutes in (0.1, 30)]
        self.assertGreater(plans[1]["parameters"], plans[0]["parameters"])
        self.assertGreater(plans[1]["steps"], plans[0]["steps"])
        for plan in plans:
            choice = plan["choice"]
            self.assertGreater(choice["flops_per_s"], 1e8)
            self.assertGreater(choice["expected_bits_per_byte"], 0.5)
            self.assertLess(choice["expected_bits_per_byte"], 6)
            self.assertEqual(plan["training"]["optimizer"], "muon")
        self.assertEqual(plans[1]["choice"]["ngram"]["order"] > 1, True)

    def test_what_follows_from_sizes_follows_from_those_chosen_last(self):
        for minutes in (1, 5, 20): # steps of 8 tokens are slow, and the model is chosen again
            model = self.plan("long.txt", "--minutes", minutes, "--batch", 1,
                              "--context", 8)["model"]
            self.assertEqual(model["kv-heads"], model["heads"], minutes)
            self.assertEqual(model["head-size"] * model["heads"], model["width"], minutes)
            self.assertEqual(model["hidden"], -(-(model["width"] * 8 // 3) // 32) * 32, minutes)

    def test_what_is_given_counts_and_the_rest_follows(self):
        options = "--width 48 --batch 6 --dropout 0.3 --context 40".split()
        plan = self.plan("long.txt", "--minutes", 0.1, *options)
        model, train = plan["model"], plan["training"]
        self.assertEqual([model["width"], model["context"], model["dropout"], train["batch"]],
                         [48, 40, 0.3, 6])
        self.assertEqual(48 % model["heads"], 0)
        narrow, wide = (self.plan("long.txt", "--minutes", 30, "--width", width)["model"]["layers"]
                        for width in (64, 192))
        self.assertGreater(narrow, wide)
        deep = self.plan("long.txt", "--minutes", 0.2, "--layers", 9)["model"]
        self.assertEqual(deep["layers"], 9)
        one_head = self.plan("long.txt", "--minutes", 0.2, "--heads", 7)["model"]
        self.assertEqual(one_head["width"] % 14, 0)
        self.assertEqual(self.plan("long.txt", "--minutes", 0.1, "--tokenizer", "byte")
                         ["vocabulary"], 257)
        # a family of its own, trained in the same way
        plan = self.plan("long.txt", "--minutes", 0.1, "--norm", "layernorm")
        self.assertEqual([plan["model"]["untied"], plan["training"]["schedule"]], [False, "wsd"])
        # flags of the default can be taken back
        plan = self.plan("long.txt", "--minutes", 0.1, "--untied=no", "--qk-norm=no")
        self.assertEqual([plan["model"]["untied"], plan["model"]["qk-norm"]], [False, False])
        self.assertTrue(plan["model"]["zero-init"])
        self.misused("train", "long.txt", "--untied=perhaps", words=["--untied", "perhaps"])

    def test_texts_that_do_not_repeat_themselves_have_more_ids(self):
        # Drawn words do not; the same words in passages that come again soon, do. So little
        # time has the fewest ids there are, on a slow machine and on a fast one.
        words = text(1_600_000, 2)
        self.path("words.txt").write_text(words)
        passages = [words[at:at + 400] + "\n" for at in range(0, 800_000, 400)]
        self.path("copied.txt").write_text("".join(2 * passage for passage in passages))
        fresh, again = (self.succeeds("train", name, "--minutes", 0.01, "--dry-run").text
                        for name in ("words.txt", "copied.txt"))
        self.assertIn("hardly repeats itself", fresh)
        self.assertNotIn("hardly repeats itself", again)
        more, fewer = (self.plan(name, "--minutes", 0.01) for name in ("words.txt", "copied.txt"))
        self.assertEqual([more["vocabulary"], fewer["vocabulary"]], [1024, 512])
        given = self.plan("words.txt", "--minutes", 0.01, "--tokenizer", "bpe:700")
        self.assertEqual(given["vocabulary"], 700)

    def test_long_runs_have_a_lower_rate(self):
        rate = lambda *options: self.plan("long.txt", *options)["training"]["learning-rate"]
        self.assertEqual(rate("--minutes", 0.02), 0.02)
        self.assertLess(rate("--minutes", 600), 0.015)
        self.assertEqual(rate("--minutes", 600, "--learning-rate", 0.03), 0.03)
        for adamw in ("--optimizer adamw", "--preset llama"):
            self.assertEqual(rate("--minutes", 600, *adamw.split()), 0.001)

    def test_heads_suit_those_of_keys_and_values(self):
        for options in ("--preset llama", "--kv-heads 4", "--kv-heads 2 --width 96"):
            for length in ("--minutes 0.1", "--minutes 1", "--steps 9"):
                model = self.plan("long.txt", *length.split(), *options.split())["model"]
                self.assertEqual(model["heads"] % model["kv-heads"], 0, options)
                self.assertLess(model["kv-heads"], 5, options)
        self.misused("train", "long.txt", "--kv-heads", 5, "--width", 96,
                     words=["--heads 5", "--width 96"])

    def test_the_time_is_kept(self):
        result = self.train("long.txt", "--minutes", 0.1, "--out", "kept", "--json")
        begin, done = result.events("begin")[0], result.events("done")[0]
        options = self.description("kept")["training"]
        self.assertEqual(options["steps"], done["step"])
        self.assertEqual(options["minutes"], 0.1)
        self.assertIn("choice", begin)
        # what it chose is a run like any other
        model = self.description("kept")["model"]
        self.assertEqual(model["context"], begin["tokens_per_step"] // options["batch"])
        # a run cut short is its whole self again
        self.train("--resume", "--out", "kept", "--steps", options["steps"] + 3)
        self.assertEqual(self.step("kept"), options["steps"] + 3)

    @unittest.skipIf(os.environ.get("TEST_SANITIZED"), "too few steps to plan anew")
    def test_time_lost_on_the_way_is_made_up_for(self):
        # a pause once the rate falls: fewer steps are left, down to nothing without a jump
        slower, paused = None, False
        self.path("short.txt").write_text(text(4_000))  # evaluated often
        with self.start("long.txt", "--val", "short.txt", "--minutes", 0.2, "--out", "paused",
                        "--quiet") as process:
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "begin":
                    steps = event["steps"]
                elif event["event"] == "plan":
                    before, steps = steps, event["steps"]
                    if slower is None and paused and steps < before:
                        slower = event["step"]
                        process.send_signal(signal.SIGINT)
                elif event["event"] == "eval":
                    if event["step"] > 0.5 * steps and not paused:
                        paused = True
                        process.send_signal(signal.SIGSTOP)
                        time.sleep(2)
                        process.send_signal(signal.SIGCONT)
            process.communicate(timeout=100)
        self.assertEqual(process.returncode, 130)
        self.assertEqual(self.description("paused")["training"]["steps"], steps)
        self.train("--resume", "--out", "paused")
        log = self.log("paused")
        self.assertEqual([event["steps"] for event in log if event["event"] == "plan"][-1], steps)
        self.assertEqual([log[-1]["event"], log[-1]["step"]], ["done", steps])
        rates = [event["lr"] for event in log if event["event"] == "step"]
        self.assertEqual(len(rates), steps)
        self.assertAlmostEqual(rates[-1], 0)
        falls = [before - after for before, after in zip(rates[slower:], rates[slower + 1:])]
        self.assertAlmostEqual(min(falls), max(falls))
        self.assertAlmostEqual(rates[slower] / rates[slower - 1], 1,
                               delta=4 / (steps - slower))

    @unittest.skipIf(os.environ.get("TEST_SANITIZED"), "sanitizers take memory of their own")
    def test_the_pace_is_that_of_the_chosen_batch(self):
        # what is planned for, and what is reserved, are of the batch that was chosen
        plan = self.plan("long.txt", "--minutes", 0.1)
        same = self.plan("long.txt", "--minutes", 0.1, "--batch", plan["training"]["batch"])
        self.assertEqual(plan["tokens_per_step"], same["tokens_per_step"])
        ratio = plan["predicted_rss_bytes"] / same["predicted_rss_bytes"]
        self.assertAlmostEqual(ratio, 1, delta=0.02)  # what else is resident counts too

    def test_counting_may_win(self):
        result = self.train("long.txt", "--minutes", 0.12, "--out", "counted", "--json",
                            "--learning-rate", 1e-6, "--adam-learning-rate", 1e-6)
        done = result.events("done")[0]
        self.assertTrue(done["best_is_ngram"])
        self.assertEqual(done["checkpoint"], "counted/ngram")
        self.assertLess(done["best_bits_per_byte"], done["transformer_bits_per_byte"])
        self.assertEqual(self.path("counted/best").readlink().name, "ngram")
        scored = self.succeeds("eval", "counted", "long.txt", "--json").events("eval")[0]
        self.assertLess(scored["bits_per_byte"], done["transformer_bits_per_byte"])
        self.succeeds("sample", "counted", "--tokens", 5)
        self.succeeds("eval", "counted/last", "long.txt")
        # and goes on being trained
        step = self.step("counted")
        self.train("--resume", "--out", "counted", "--steps", step + 2)
        self.assertEqual(self.step("counted"), step + 2)
        self.assertEqual(self.path("counted/best").readlink().name, "ngram")

    def test_bytes_may_be_counted(self):
        # of few ids, n-grams of bytes do better than of tokens
        result = self.train("long.txt", "--minutes", 0.12, "--out", "spelled", "--json",
                            "--tokenizer", "bpe:300", "--learning-rate", 1e-6,
                            "--adam-learning-rate", 1e-6)
        done = result.events("done")[0]
        bar = self.description("spelled")["bar"]
        self.assertEqual(bar["of"], "bytes")
        self.assertTrue(done["best_is_ngram"])
        self.assertEqual(done["best_bits_per_byte"], bar["bits_per_byte"])
        tail = self.path("long.txt").read_bytes()[-40_000:]
        self.path("tail.txt").write_bytes(tail)
        scored = self.succeeds("eval", "spelled", "tail.txt", "--json").events("eval")[0]
        self.assertEqual(scored["tokens"], len(tail))
        self.assertAlmostEqual(scored["bits_per_byte"], bar["bits_per_byte"], delta=0.001)
        self.assertIn("bytes", self.succeeds("train", "long.txt", "--minutes", 0.1, "--dry-run",
                                             "--tokenizer", "bpe:300").text)
        self.train("--resume", "--out", "spelled", "--steps", self.step("spelled") + 2)
        self.assertEqual(self.path("spelled/best").readlink().name, "ngram")
        self.assertEqual(self.description("spelled")["bar"]["of"], "bytes")

    def test_mistakes(self):
        for minutes in "0", "-1", "nan", "soon":
            self.misused("train", "long.txt", "--minutes", minutes, words="--minutes")
        self.misused("train", "long.txt", "--minutes", 1, "--steps", 5, words="exclude")
        self.misused("train", "long.txt", "--restarts", 0, words="--restarts")
        self.fails("train", "nowhere.txt", "--minutes", 1, "--dry-run", words="nowhere.txt")


class Sweep(training.Case):
    SCRIPT = pathlib.Path(__file__).parents[2] / "scripts" / "sweep"

    def sweep(self, *arguments):
        command_line = [sys.executable, self.SCRIPT, "--likely", command.LIKELY, *arguments]
        return subprocess.run(list(map(str, command_line)), cwd=self.directory, check=False,
                              capture_output=True, text=True)

    def test_a_line_for_each_model_and_none_twice(self):
        self.path("sweep.txt").write_text(text(60_000))
        options = ["--results", "sweep.csv", "--corpora", "sweep.txt", "--operations", "2e9",
                   "--shapes", "1x32", "2x32", "--tokenizers", "byte"]
        first = self.sweep(*options)
        self.assertEqual(first.returncode, 0, first.stderr)
        with open(self.path("sweep.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual(sorted(row["layers"] for row in rows), ["1", "2"])
        for row in rows:
            self.assertGreater(float(row["operations"]), 1e9)
            self.assertLess(float(row["bits_per_byte"]), 8)
        self.assertEqual(self.sweep(*options).stdout, "")
        # what --minutes chooses for so many operations
        chosen = self.sweep(*options[:4], "--shapes", "chosen", "--dropout", "0.15",
                            "--operations", "1e10")
        self.assertEqual(chosen.returncode, 0, chosen.stderr)
        with open(self.path("sweep.csv"), newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))[2:]
        self.assertEqual([row["dropout"] for row in rows], ["0.15"])
        self.assertEqual([row["budget"] for row in rows], ["1e10"])
        failed = self.sweep("--corpora", "nowhere", "--results", "none.csv")
        self.assertEqual(failed.returncode, 1)
        self.assertIn("nowhere", failed.stderr)


class Beginnings(training.Case):
    def test_the_best_goes_on(self):
        out = "three"
        result = self.train("book.txt", *SMALL, "--steps", 200, "--restarts", 3, "--out", out,
                            "--json")
        losses = result.events("begin")[0]["beginnings"]
        self.assertEqual(len(set(losses)), 3)
        best = losses.index(min(losses))
        description = self.description(out)
        self.assertEqual(description["initial_seed"], description["seed"] + best)
        # the trial's steps are the run's own first ones: a fortieth is 5, 20 at least, a fifteenth
        # at most
        steps = [event["loss"] for event in self.log(out) if event["event"] == "step"][:13]
        self.assertAlmostEqual(sum(steps[6:]) / 7, losses[best], places=9)

    def test_the_first_alone(self):
        self.train("book.txt", *SMALL, "--steps", 30, "--out", "one")
        self.train("book.txt", *SMALL, "--steps", 30, "--restarts", 1, "--out", "one-again")
        self.assert_same_run("one", "one-again")

    def test_resumed_runs_keep_theirs(self):
        run = [*SMALL, "--steps", 100, "--restarts", 4, "--eval-every", 20, "--patience", 0]
        self.train("book.txt", *run, "--out", "whole")
        self.assertGreater(self.description("whole")["initial_seed"], 1)  # or it shows nothing
        self.interrupt(15, 50, "book.txt", *run, "--out", "parts", "--quiet")
        self.train("--resume", "--out", "parts")
        self.assert_same_run("parts", "whole")
        losses = self.description("whole")["beginnings"]
        self.assertEqual(self.description("parts")["beginnings"], losses)

    def test_a_model_has_one_beginning(self):
        self.train("book.txt", *SMALL, "--steps", 1, "--out", "given")
        self.misused("train", "book.txt", "--from", "given", "--restarts", 2,
                         words=["--from", "--restarts"])


class Recovery(training.Case):
    WIDE = [*SMALL[:-4], "--batch", 64]  # enough tokens a step to tell soon
    WILD = ["--learning-rate", 100, "--adam-learning-rate", 100, "--clip", 0, "--patience", 0]

    def restart(self, run):
        restart, = (line for line in self.log(run) if line["event"] == "restart")
        return restart

    def test_a_rate_too_high(self):
        result = self.succeeds("train", "book.txt", *self.WIDE, *self.WILD, "--optimizer", "adamw",
                               "--steps", 60, "--warmup", 3, "--out", "wild")
        self.assertRegex(result.message, r"beginning again.*learning rate of 0\.001")
        restart = self.restart("wild")
        self.assertRegex(restart["reason"], "not finite|has risen")
        self.assertAlmostEqual(restart["lr"], 0.001)
        done = json.loads((self.path("wild") / "log.jsonl").read_text().splitlines()[-1])
        self.assertEqual(done["step"], 60)
        self.assertLess(done["best_nll_per_token"], 5.3)
        self.assertEqual(self.description("wild")["training"]["recover"], 3)

    def test_a_model_that_is_trained_further(self):
        self.train("book.txt", *self.WIDE, "--steps", 40, "--out", "before")
        nll = [event["nll_per_token"] for event in self.log("before") if event["event"] == "eval"]
        self.train("book.txt", "--from", "before", "--context", 8, "--batch", 128, "--steps", 60,
                   *self.WILD, "--optimizer", "adamw", "--warmup", 3, "--out", "after",
                   "--eval-every", 5)
        begun = self.restart("after")["step"]
        first = next(event for event in self.log("after")
                     if event["event"] == "eval" and event["step"] > begun)
        self.assertLess(first["nll_per_token"], min(nll) + 0.5)  # the weights it was given

    def test_none_wanted(self):
        result = self.run_likely("train", "book.txt", *self.WIDE, *self.WILD, "--optimizer", "sgd",
                                 "--steps", 60, "--recover", 0, "--out", "failed", "--quiet")
        self.check_failure(result, 1, ["step", "not finite", "--learning-rate"])


training.main()
