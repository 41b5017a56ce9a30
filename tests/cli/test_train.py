"""likely train: from a text to a run, what is printed, and every mistake on the way."""
import json
import math
import os
import resource
import unittest

import training
from training import SMALL


class Runs(training.Case):
    def test_a_text_in_a_model_out(self):
        result = self.succeeds("train", "book.txt", *SMALL, "--steps", 12)
        for words in ("book.txt: 828 bytes", "byte, 257 ids", "parameters", "an epoch",
                      "12 steps of 32 tokens", "predicted", "checkpoints/book, seed 1"):
            self.assertIn(words, result.message)
        self.assertRegex(result.text, r"\Adone after 12 steps")
        self.assertRegex(result.text, r"best: step \d+, validation \d\.\d{4} nats per token, "
                                      r"perplexity [\d.]+, \d\.\d{4} bits per byte")
        self.assertIn("likely sample checkpoints/book", result.text)
        run = "checkpoints/book"
        self.assertEqual(self.step(run), 12)
        for name in "config.json", "model.safetensors", "tokenizer.json":
            self.assertTrue((self.path(run) / "best" / name).is_file())
        # the next one goes elsewhere
        self.train("book.txt", *SMALL, "--steps", 1)
        self.assertEqual(self.step("checkpoints/book-2"), 1)
        # and is the newest, and can be sampled
        self.succeeds("sample", "--tokens", 5)

    def test_events(self):
        result = self.train("book.txt", *SMALL, "--steps", 5, "--eval-every", 2, "--json",
                            "--out", "events")
        self.assertEqual(result.message, "")
        events = result.events()
        self.assertEqual(
            [event["event"] for event in events],
            "begin save step step eval save step step eval save step eval save done".split(),
        )
        step, evaluation, done = (result.events(kind)[-1] for kind in ("step", "eval", "done"))
        self.assertEqual([step["step"], step["tokens"]], [5, 5 * 2 * 16])
        for key in "loss", "grad_norm", "tokens_per_s", "elapsed_s":
            self.assertGreater(step[key], 0)
        rates = [event["lr"] for event in result.events("step")]
        self.assertEqual([max(rates), rates[-1]], [0.01, 0])  # warm-up, then down to nothing
        nll = evaluation["nll_per_token"]
        self.assertEqual(evaluation["split"], "validation")
        self.assertEqual(evaluation["file"], "book.txt")
        self.assertEqual([evaluation["tokens"], evaluation["bytes"]], [92, 92])
        self.assertAlmostEqual(evaluation["nll"], nll * 92, places=6)
        self.assertAlmostEqual(evaluation["perplexity"], math.exp(nll), places=6)
        self.assertAlmostEqual(evaluation["bits_per_byte"], nll / math.log(2), places=6)
        self.assertEqual(evaluation["policy"], {
            "context": 16, "stride": 16, "first_token": "scored",
            "end_of_document": "nll_with_ends only"})
        self.assertGreater(evaluation["nll_with_ends"], evaluation["nll"])
        self.assertEqual([done["step"], done["stopped_early"]], [5, False])
        self.assertEqual(done["best_nll_per_token"], min(
            event["nll_per_token"] for event in result.events("eval")))
        self.assertEqual(done["checkpoint"], f"events/step-{done['best_step']:06}")
        self.assertGreater(done["max_rss_bytes"], 1e6)
        # the log has the same lines
        logged = [event for event in events if event["event"] in ("step", "eval")]
        for line in logged:
            for key in training.TIMES:
                line.pop(key, None)
        self.assertEqual(self.log("events")[:-1], logged)
        # and `eval` agrees
        path = self.path("tail.txt")
        path.write_bytes(self.path("book.txt").read_bytes()[-92:])
        scored = self.succeeds("eval", "events/last", path, "--stride", 16, "--json")
        total = scored.events("eval")[0]
        self.assertAlmostEqual(total["nll_per_token"], nll, places=9)

    @unittest.skipIf(os.environ.get("TEST_SANITIZED"), "sanitizers take memory of their own")
    def test_memory_is_predicted(self):
        wide = ["--layers", "2", "--width", "96", "--batch", "16", "--context", "32"]
        for size in SMALL, wide, [*wide, "--optimizer", "muon"]:
            result = self.train("book.txt", *size, "--steps", 2, "--json", "--out",
                                f"memory-{len(size)}", MALLOC_PERTURB_="0")
            predicted = result.events("begin")[0]["predicted_rss_bytes"]
            measured = result.events("done")[0]["max_rss_bytes"]
            self.assertLess(abs(predicted / measured - 1), 0.1, (predicted, measured))

    def test_threads_do_not_matter(self):
        size = "--layers 2 --width 48 --heads 4 --kv-heads 2 --context 48 --batch 6 " \
               "--accumulate 2 --dropout 0.1 --steps 4 --eval-every 2".split()
        for threads in 1, 2, 3, 8:
            self.train("book.txt", *size, "--threads", threads, "--out", f"threads-{threads}")
            self.assert_same_run(f"threads-{threads}", "threads-1")

    def test_every_choice_trains(self):
        for number, choice in enumerate((
            "--preset gpt2", "--preset llama --heads 4 --kv-heads 2", "--preset qwen3", "--preset nanogpt-cpu",
            "--preset nanogpt-gpu", "--preset gpt2-124m",
            "--optimizer sgd --nesterov --l2 0.01 --weight-decay 0",
            "--optimizer muon --muon-momentum 0.9 --adam-learning-rate 1e-3", "--qk-norm --untied",
            "--no-norm-gains --embedding-norm --qk-norm", "--x0-mix --logit-cap 15",
            "--untied --zero-init --embedding-std 1 --induction-init", "--schedule wsd --mlp relu2 --bias mlp", "--mask-documents --schedule constant",
            "--tokenizer char --val text.txt --patience 0",
        )):
            self.train("book.txt", "text.txt", *choice.split(), "--layers", 1, "--width", 32,
                       "--context", 16, "--batch", 2, "--accumulate", 1, "--steps", 1,
                       "--out", f"choice-{number}",
                       *(["--heads", "2"] if "--heads" not in choice else []))

    def test_a_family_or_a_python_file(self):
        small = [*SMALL, "--steps", 2, "--qk-norm"]
        for out, options, family in ("qwen", ["--untied", "--zero-init"], "qwen3"), (
            "own", ["--x0-mix", "--no-norm-gains", "--embedding-norm", "--logit-cap", "9"],
            "likely",
        ):
            self.train("book.txt", *small, *options, "--out", out)
            config = json.loads(self.path(f"{out}/last/config.json").read_text())
            self.assertEqual(config["model_type"], family)
            module = self.path(f"{out}/last/modeling_likely.py")
            self.assertEqual(module.exists(), family == "likely")
            if family == "likely":
                source = module.read_text()
                compile(source, module, "exec")
                for name in config["auto_map"].values():
                    self.assertIn(f"class {name.removeprefix('modeling_likely.')}(", source)
            self.succeeds("eval", f"{out}/last", "text.txt")
            self.succeeds("sample", out, "--tokens", 3)

    def test_rates_follow_the_optimizer(self):
        for optimizer, rate, embedding in ("adamw", 0.001, 1), ("muon", 0.02, 3):
            out = f"rates-{optimizer}"
            self.train("book.txt", *SMALL[:-2], "--steps", 1, "--optimizer", optimizer,
                       "--out", out)
            options = self.description(out)["training"]
            self.assertEqual(options["learning-rate"], rate)
            self.assertEqual(options["embedding-rate"], embedding)
            self.assertEqual(options["min-learning-rate"], 0)

    def test_lengths(self):
        self.train("book.txt", *SMALL, "--epochs", 2, "--out", "epochs", "--patience", 0)
        # 829 ids: 50 windows, 2 a step
        self.assertEqual(self.step("epochs"), 50)
        self.train("book.txt", *SMALL, "--minutes", 0.005, "--out", "minutes", "--patience", 0,
                   "--dropout", 0)
        options = self.description("minutes")["training"]
        self.assertEqual(self.step("minutes"), options["steps"])
        self.assertGreaterEqual(options["steps"], 1)
        # the number found is the same run
        self.train("book.txt", *SMALL, "--steps", options["steps"], "--out", "minutes-again",
                   "--eval-every", options["eval-every"], "--patience", 0)
        self.assertEqual(self.log("minutes"), self.log("minutes-again"))
        self.assertEqual(self.weights("minutes"), self.weights("minutes-again"))

    def test_short_texts(self):
        for text, context in (("ab", 1), ("abcd", 3), ("abcd" * 50, 22)):
            self.path("short.txt").write_text(text)
            self.train("short.txt", "--layers", 1, "--width", 16, "--heads", 2, "--steps", 2,
                       "--batch", 2, "--out", f"short-{context}")
            self.assertEqual(self.description(f"short-{context}")["model"]["context"], context)

    def test_any_bytes(self):
        self.path("binary").write_bytes(bytes(range(256)) * 4)
        self.path("crlf").write_bytes(b"\xef\xbb\xbfone\r\ntwo\r\n\0three <|endoftext|>\n" * 9)
        for number, kind in enumerate(("byte", "char")):
            self.train("binary", "crlf", *SMALL, "--steps", 1, "--tokenizer", kind, "--out",
                       f"binary-{number}")

    def test_early_stop(self):
        result = self.train("book.txt", *SMALL, "--steps", 100, "--eval-every", 1, "--json",
                            "--patience", 3, "--learning-rate", 0, "--min-learning-rate", 0,
                            "--out", "early")
        done = result.events("done")[0]
        self.assertEqual([done["step"], done["best_step"], done["stopped_early"]], [4, 1, True])
        self.assertEqual([self.step("early"), self.step("early", "best")], [4, 1])

    def test_directories_and_standard_input(self):
        self.path("folder").mkdir()
        for name in "b.txt", "a.txt":
            (self.path("folder") / name).write_text(training.WORDS)
        self.train("folder", *SMALL, "--steps", 1, "--out", "of-folder")
        corpus = self.description("of-folder")["corpus"]
        self.assertEqual([file["path"] for file in corpus["training"]],
                         ["folder/a.txt", "folder/b.txt"])
        self.train("-", *SMALL, "--steps", 1, stdin=training.WORDS.encode())
        self.assertEqual(self.step("checkpoints/run"), 1)
        self.fails("train", "--resume", "--out", "checkpoints/run", words="standard input")


class FineTuning(training.Case):
    def test_goes_on_from_a_model(self):
        self.train("book.txt", *SMALL, "--steps", 20, "--out", "first")
        result = self.train("book.txt", "--from", "first", "--steps", 1, "--learning-rate",
                            1e-6, "--json", "--out", "second", "--batch", 2)
        before = [line for line in self.log("first") if line["event"] == "eval"]
        best = min(line["nll_per_token"] for line in before)
        self.assertAlmostEqual(result.events("eval")[0]["nll_per_token"], best, places=3)
        # a shorter context, another dropout
        self.train("book.txt", "--from", "first", "--context", 8, "--dropout", 0.1, "--steps",
                   1, "--out", "third", "--batch", 2)
        self.assertEqual(self.description("third")["model"]["context"], 8)
        # resumed without the first
        self.path("first").rename(self.path("gone"))
        self.train("--resume", "--out", "second", "--steps", 2)
        self.assertEqual(self.step("second"), 2)

    def test_positions_are_cut_off(self):
        self.train("book.txt", *SMALL, "--position", "learned", "--steps", 1, "--out", "learned")
        self.train("book.txt", "--from", "learned", "--context", 4, "--steps", 1, "--batch", 2,
                   "--out", "cut")

    def test_contradictions(self):
        for option in ("--width", 48), ("--norm", "layernorm"), ("--context", 4000):
            self.misused("train", "book.txt", "--from", "bytes", *option, words=option[0])
        self.misused("train", "book.txt", "--from", "bytes", "--preset", "gpt2")
        self.misused("train", "book.txt", "--from", "bytes", "--tokenizer", "char")


class Mistakes(training.Case):
    def nothing_left(self, name):
        self.assertFalse(self.path(name).exists())
        self.assertFalse(self.path("checkpoints").exists())

    def test_texts(self):
        self.path("empty").write_text("")
        self.path("one").write_text("a")
        self.path("hollow").mkdir()
        for text, words in (("empty", "is empty"), ("one", "single character"),
                            ("hollow", "holds no files"), ("missing", "No such file"),
                            ("missing/deeper", "No such file")):
            self.fails("train", text, *SMALL, "--out", "mistake", words=[text, words])
        self.fails("train", "text.txt", "--context", 4096, "--out", "mistake",
                   words=["text.txt", "--context"])
        if os.geteuid():
            self.path("closed").write_text("secret")
            self.path("closed").chmod(0)
            self.fails("train", "closed", "--out", "mistake", words="Permission denied")
        self.nothing_left("mistake")

    def test_characters_the_tokenizer_lacks(self):
        self.path("foreign").write_text(training.WORDS + "é" + training.WORDS)
        self.fails("train", "foreign", *SMALL, "--tokenizer", "chars", "--out", "mistake",
                   words=["foreign", "not in this vocabulary"])
        self.nothing_left("mistake")

    def test_usage(self):
        for arguments, words in (
            ([], "no text"),
            (["book.txt", "--batch", "0"], ["--batch", "1048576"]),
            (["book.txt", "--steps", "-1"], "--steps"),
            (["book.txt", "--steps", "1.5"], "--steps"),
            (["book.txt", "--learning-rate", "nan"], "--learning-rate"),
            (["book.txt", "--dropout", "2"], "--dropout"),
            (["book.txt", "--optimizer", "adam"], ["--optimizer", "adamw", "muon", "sgd"]),
            (["book.txt", "--muon-momentum", "1"], "--muon-momentum"),
            (["book.txt", "--adam-learning-rate", "-1"], "--adam-learning-rate"),
            (["book.txt", "--steps", "5", "--epochs", "1"], ["--steps", "--epochs"]),
            (["book.txt", "--preset", "gpt5"], ["gpt5", "nanogpt-cpu"]),
            (["book.txt", "--heads", "7", "--steps", "5"], "--heads 7"),
            (["book.txt", "--preset", "qwen3", "--position", "learned"],
             ["--position rope", "--induction-init=no"]),
            (["book.txt", "--no-such"], "--no-such"),
            (["book.txt", "--c", "1"], "--c"),
        ):
            self.misused("train", *arguments, words=words)
        self.nothing_left("mistake")

    def test_merges_that_a_tokenizer_lacks(self):
        self.fails("train", "book.txt", *SMALL, "--bpe-dropout", 0.1, "--out", "mistake",
                   "--tokenizer", "byte", words=["--bpe-dropout", "of kind byte"])
        self.misused("train", "book.txt", "--bpe-dropout", 1.5, words=["--bpe-dropout", "1"])
        self.nothing_left("mistake")

    def test_where_it_goes(self):
        self.train("book.txt", *SMALL, "--steps", 1, "--out", "taken")
        before = self.weights("taken")
        self.fails("train", "book.txt", *SMALL, "--out", "taken", words=["taken", "--resume"])
        self.assertEqual(self.weights("taken"), before)
        self.path("full").mkdir()
        (self.path("full") / "letter").write_text("mine")
        for out in "full", "text.txt", "text.txt/below", "/proc/below":
            self.fails("train", "book.txt", *SMALL, "--steps", 1, "--out", out, words=out[:8])
        self.assertEqual([path.name for path in self.path("full").iterdir()], ["letter"])
        # an empty one is fine
        self.path("bare").mkdir()
        self.train("book.txt", *SMALL, "--steps", 1, "--out", "bare")

    def test_divergence(self):
        result = self.run_likely("train", "book.txt", *SMALL, "--steps", 50, "--optimizer",
                                 "sgd", "--learning-rate", 100, "--clip", 0, "--warmup", 0,
                                 "--recover", 0,
                                 "--save-every", 1, "--patience", 0, "--out", "diverged",
                                 "--quiet")
        self.check_failure(result, 1, ["step", "not finite"])
        self.succeeds("eval", "diverged/last", "text.txt")

    def test_a_full_disk(self):
        def limit(nbytes):
            return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (nbytes, nbytes))

        # before the first checkpoint: nothing is left
        with self.start("book.txt", *SMALL, "--out", "mistake", "--quiet", "--steps", 3,
                        preexec_fn=limit(9000)) as process:
            _, message = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(message, r"\Alikely: [^\n]*mistake[^\n]*File too large\n\Z")
        self.assertFalse(self.path("mistake").exists())
        # later: the checkpoint before stays, and the run goes on when there is room
        with self.start("book.txt", *SMALL, "--out", "filled", "--quiet", "--steps", 900,
                        "--save-every", 10, "--eval-every", 900,
                        preexec_fn=limit(120_000)) as process:
            _, message = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(message, r"\Alikely: [^\n]*filled[^\n]*File too large\n\Z")
        step = self.step("filled")
        self.assertGreater(step, 0)
        self.succeeds("eval", "filled/last", "text.txt")
        self.train("--resume", "--out", "filled", "--steps", step + 1)
        self.assertEqual(self.step("filled"), step + 1)

    def test_output_that_nobody_reads(self):
        with self.start("book.txt", *SMALL, "--steps", 100000, "--quiet", "--out",
                        "unread") as process:
            json.loads(process.stdout.readline())
            process.stdout.close()
            message = process.stderr.read()
            status = process.wait(timeout=100)
        self.assertEqual([status, message], [1, ""])


training.main()
