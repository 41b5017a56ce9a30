"""Texts of any size: through the cache or not, in documents or not, the same bits; and no mistake
of a file or a disk goes unnoticed."""
import json
import os
import resource
import unittest

import training
from training import SMALL

TEXT = "".join(
    f"Chapter {n}\r\n\r\n{training.WORDS}{'It was. ' * (n % 5)}\n\n<|endoftext|>\nwas it?\n"
    for n in range(12)
)
MANY = [*SMALL, "--steps", 6, "--eval-every", 3, "--patience", 0]


class Case(training.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path("novel.txt").write_bytes(TEXT.encode())

    def cached(self, directory):
        """Its files, and what would be another if it had been made anew."""
        return {path.name: path.stat().st_ino for path in self.path(directory).iterdir()}

    def token_file(self, name, *texts, directory="made"):
        """A token file of whole texts, by way of the cache."""
        self.train(*texts, *SMALL, "--val", "text.txt", "--steps", 1, "--cache", directory,
                   "--out", f"run-of-{name}")
        largest = max(self.path(directory).iterdir(), key=lambda path: path.stat().st_size)
        largest.rename(self.path(name))


class Caches(Case):
    def test_the_same_bits(self):
        for number, rule in enumerate(("files", "lines", "blank-lines",
                                       "separator:<|endoftext|>\n")):
            options = ["novel.txt", *MANY, "--documents", rule, "--mask-documents"]
            self.train(*options, "--out", f"plain-{number}")
            for threads in 1, 3:
                self.train(*options, "--cache", "cache", "--threads", threads,
                           "--out", f"cached-{number}-{threads}")
                self.assert_same_run(f"cached-{number}-{threads}", f"plain-{number}")
        # a training and a validation stream of each rule, made once
        self.assertEqual(len(self.cached("cache")), 8)
        self.assertNotEqual(self.weights("plain-0"), self.weights("plain-1"))

    def test_made_once_and_again_where_damaged(self):
        options = ["novel.txt", *MANY, "--cache", "again"]
        self.train(*options, "--out", "once")
        files = self.cached("again")
        self.train(*options, "--out", "twice")
        self.assertEqual(self.cached("again"), files)
        for number, name in enumerate(files):
            path = self.path("again") / name
            whole = path.read_bytes()
            for damaged in whole[:-7], whole[:200] + b"\xff" + whole[201:], b"", b"text":
                path.write_bytes(damaged)
                self.train(*options, "--out", f"damaged-{number}")
                self.assertEqual(path.read_bytes(), whole)
                self.assert_same_run(f"damaged-{number}", "once")
                (self.path(f"damaged-{number}")).rename(self.path(f"old-{os.urandom(4).hex()}"))
        self.assertEqual(set(self.cached("again")), set(files))

    def test_resume(self):
        options = ["novel.txt", *SMALL, "--eval-every", 4, "--patience", 0, "--cache", "resumed"]
        self.train(*options, "--steps", 12, "--out", "unbroken")
        self.train(*options, "--steps", 12, "--out", "broken", "--schedule", "cosine", "--quiet")
        self.interrupt(2, 5, *options, "--steps", 12, "--out", "stopped", "--quiet")
        self.succeeds("cache", "--clean", "--cache", "resumed")
        self.train("--resume", "--out", "stopped", "--cache", "elsewhere")
        self.assert_same_run("stopped", "unbroken")
        self.misused("train", "--resume", "--out", "stopped", "--documents", "lines",
                     words=["--documents lines", "files"])

    def test_two_at_once(self):
        options = ["novel.txt", *MANY, "--cache", "shared", "--quiet"]
        both = [self.start(*options, "--out", f"both-{n}") for n in range(2)]
        for process in both:
            _, message = process.communicate(timeout=100)
            self.assertEqual([process.returncode, message], [0, ""])
        self.assert_same_run("both-0", "both-1")
        self.assertEqual(len(self.cached("shared")), 2)

    def test_where_it_lies(self):
        # beside the run, or where XDG_CACHE_HOME says; never for a short text
        self.train("novel.txt", *MANY, "--out", "runs/short")
        self.assertFalse((self.path("runs") / ".tokens").exists())
        for words in (["cache"], ["cache", "--clean"]):
            result = self.succeeds(*words, XDG_CACHE_HOME=str(self.directory))
            self.assertIn(str(self.path("likely")), result.text)
        self.assertIn("checkpoints/.tokens", self.succeeds("cache", XDG_CACHE_HOME="x").text)

    def test_clean(self):
        self.train("novel.txt", *MANY, "--cache", "dirty", "--out", "for-cleaning")
        events = self.succeeds("cache", "--cache", "dirty", "--json").events("cache")
        self.assertEqual([event["complete"] for event in events], [True, True])
        self.assertEqual(sum(event["bytes"] for event in events), len(TEXT.encode()))
        self.assertIn("bytes of text", self.succeeds("cache", "--cache", "dirty").text)
        self.succeeds("cache", "--cache", "dirty", "--clean")
        self.assertEqual(self.cached("dirty"), {})
        self.misused("cache", "dirty", words="too many")

    def test_disks(self):
        self.fails("train", "novel.txt", *MANY, "--cache", "text.txt", "--out", "mistake",
                   words=["text.txt"])
        with self.start("novel.txt", *MANY, "--cache", "tight", "--out", "mistake", "--quiet",
                        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE,
                                                              (2000, 2000))) as process:
            _, message = process.communicate(timeout=100)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(message, r"\Alikely: tight/[^\n]*File too large\n\Z")
        self.assertEqual(self.cached("tight"), {})
        self.assertFalse(self.path("mistake").exists())

    @unittest.skipIf(os.environ.get("TEST_SANITIZED"), "sanitizers take memory of their own")
    def test_memory_does_not_grow_with_the_text(self):
        peaks = []
        for megabytes in 12, 48:
            text = (training.WORDS * (10**6 // len(training.WORDS) + 1)).encode()[: 10**6]
            with open(self.path("large.txt"), "wb") as file:
                for _ in range(megabytes):
                    file.write(text)
            result = self.train("large.txt", *SMALL, "--val", "text.txt", "--steps", 3,
                                "--cache", "large", "--json", "--out", f"large-{megabytes}",
                                MALLOC_PERTURB_="0")
            peaks.append(result.events("done")[0]["max_rss_bytes"])
            self.succeeds("cache", "--clean", "--cache", "large")
        self.assertLess(peaks[1] - peaks[0], 4e6, peaks)


class Documents(Case):
    def score(self, *arguments):
        return self.succeeds("eval", *arguments, "--json").events("eval")

    def test_a_document_is_scored_by_itself(self):
        """A file by its lines is the sum of files of one line each."""
        self.path("lines").mkdir()
        lines = TEXT.splitlines(keepends=True)
        for number, line in enumerate(lines):
            (self.path("lines") / f"{number:03}").write_bytes(line.encode())
        whole, = self.score("bytes", "novel.txt", "--documents", "lines")
        single = self.score("bytes", "lines")[-1]
        for key in "tokens", "bytes", "ends":
            self.assertEqual(whole[key], single[key])
        self.assertEqual(whole["ends"], len(lines))
        for key in "nll", "nll_with_ends":
            self.assertAlmostEqual(whole[key], single[key], places=3)
        self.assertEqual(whole["documents"], "lines")

    def test_the_run_s_rule_is_taken(self):
        for number, model in enumerate(([], ["--model", "ngram:2"])):
            options = MANY if not model else model
            out = f"ruled-{number}"
            self.train("novel.txt", *options, "--documents", "blank-lines", "--out", out)
            self.assertEqual(self.description(out)["corpus"]["documents"], "blank-lines")
            own, = self.score(out, "novel.txt")
            given, = self.score(out, "novel.txt", "--documents", "blank-lines")
            other, = self.score(out, "novel.txt", "--documents", "files")
            self.assertEqual(own, given)
            self.assertEqual([own["documents"], other["documents"]], ["blank-lines", "files"])
            self.assertEqual([own["ends"], other["ends"]], [12 * 2 + 1, 1])
        self.assertIn("documents: blank-lines", self.succeeds("eval", "ruled-0", "novel.txt").text)

    def test_mistakes(self):
        for command in ["train", "novel.txt", *MANY], ["eval", "bytes", "novel.txt"]:
            for rule in "line", "separator:", "":
                self.misused(*command, "--documents", rule, words="--documents")


class TokenFiles(Case):
    def test_the_same_bits_as_the_text(self):
        self.token_file("novel.tokens", "novel.txt")
        self.train("novel.txt", *MANY, "--out", "of-text")
        self.train("novel.tokens", *MANY, "--out", "of-tokens")
        self.assertEqual(self.weights("of-text"), self.weights("of-tokens"))
        events = [[event["nll"] for event in self.log(run) if event["event"] == "eval"]
                  for run in ("of-text", "of-tokens")]
        self.assertEqual(*events)
        scores = [self.succeeds("eval", "of-text", name, "--json").events("eval")[0]
                  for name in ("novel.txt", "novel.tokens")]
        for key in "nll", "tokens", "bytes", "nll_with_ends":
            self.assertEqual(scores[0][key], scores[1][key])
        # it resumes, and not with another
        self.train("--resume", "--out", "of-tokens", "--steps", 8)
        self.token_file("other.tokens", "book.txt", directory="made-other")
        self.fails("train", "other.tokens", "--resume", "--out", "of-tokens", "--steps", 9,
                   words=["other.tokens", "not the one"])
        self.train("novel.tokens", *MANY, "--val", "other.tokens", "--out", "with-val")

    def test_mistakes(self):
        self.token_file("good.tokens", "novel.txt", directory="made-good")
        whole = self.path("good.tokens").read_bytes()
        self.path("cut.tokens").write_bytes(whole[:-2])
        self.path("bad.tokens").write_bytes(whole[:-2] + b"\x01\x00")
        for arguments, words in (
            (["cut.tokens"], ["cut.tokens", "truncated"]),
            (["bad.tokens"], ["bad.tokens", "damaged"]),
            (["good.tokens", "novel.txt"], ["good.tokens", "by itself"]),
            (["good.tokens", "--tokenizer", "chars"], ["good.tokens", "another tokenizer"]),
            (["good.tokens", "--tokenizer", "char"], ["good.tokens", "--tokenizer"]),
            (["good.tokens", "--documents", "lines"], ["good.tokens", "--documents"]),
            (["good.tokens", "--val", "text.txt"], ["text.txt", "--val"]),
        ):
            self.fails("train", *arguments, *MANY, "--out", "mistake", words=words)
        self.assertFalse(self.path("mistake").exists())
        self.fails("eval", "chars", "good.tokens", words="another tokenizer")


class DroppedMerges(Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
        hidden = [byte for byte in range(256) if byte not in shown]
        letters = [chr(byte) for byte in shown] + [chr(256 + n) for n in range(len(hidden))]
        merges = ["t h", "th e", "i t", "w a", "wa s", "Ġ the", "Ġ was", "i n", "e s", "it Ġwas"]
        pieces = letters + [merge.replace(" ", "") for merge in merges] + ["<|endoftext|>"]
        end = {"id": len(pieces) - 1, "content": pieces[-1], "single_word": False,
               "lstrip": False, "rstrip": False, "normalized": False, "special": True}
        cls.path("merges").mkdir()
        (cls.path("merges") / "tokenizer.json").write_text(json.dumps({
            "version": "1.0", "truncation": None, "padding": None, "added_tokens": [end],
            "normalizer": None, "post_processor": None,
            "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False,
                              "trim_offsets": True, "use_regex": True},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True,
                        "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None,
                      "continuing_subword_prefix": None, "end_of_word_suffix": None,
                      "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": {piece: number for number, piece in enumerate(pieces)},
                      "merges": merges}}), "utf-8")

    def test_the_same_bits(self):
        options = ["book.txt", *SMALL, "--tokenizer", "merges", "--eval-every", 4,
                   "--patience", 0, "--steps", 12]
        dropout = [*options, "--bpe-dropout", 0.3]
        self.train(*options, "--out", "whole-words")
        self.train(*dropout, "--out", "dropped")
        self.assertNotEqual(self.weights("dropped"), self.weights("whole-words"))
        self.train(*dropout, "--threads", 3, "--out", "dropped-threads")
        self.assert_same_run("dropped-threads", "dropped")
        self.train(*dropout, "--cache", "dropped-cache", "--out", "dropped-cached")
        self.assert_same_run("dropped-cached", "dropped")
        self.interrupt(2, 5, *dropout, "--out", "dropped-stopped", "--quiet")
        self.train("--resume", "--out", "dropped-stopped")
        self.assert_same_run("dropped-stopped", "dropped")
        self.misused("train", "--resume", "--out", "dropped", "--bpe-dropout", 0.1,
                     words=["--bpe-dropout 0.1", "0.3"])

    def test_from_takes_the_tokenizer_along(self):
        self.train("book.txt", *SMALL, "--tokenizer", "merges", "--steps", 2, "--out", "before")
        self.train("novel.txt", "--from", "before", "--bpe-dropout", 0.2, "--steps", 2,
                   "--batch", 2, "--out", "after")
        runs = [self.description(run)["tokenizer"] for run in ("before", "after")]
        self.assertEqual(*runs)
        self.assertEqual(runs[0]["kind"], "bpe")


training.main()
