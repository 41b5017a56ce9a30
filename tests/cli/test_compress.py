"""likely compress, likely decompress"""
import math

import command

TEXT = (command.TEXT * 5).encode()
HEADER = 64


class Compress(command.Case):
    def compress(self, model, data, *options):
        """The event, and the compressed bytes."""
        self.path("in").write_bytes(data)
        result = self.succeeds("compress", model, "in", "--out", "out", "--force", "--json", *options)
        (event,) = result.events("compress")
        return event, self.path("out").read_bytes()

    def back(self, model, data, *options):
        self.path("packed").write_bytes(data)
        return self.succeeds("decompress", model, "packed", "--out", "-", *options).out

    def check_size(self, event, data):
        payload = len(data) - HEADER
        self.assertEqual(event["payload_bytes"], payload)
        self.assertEqual(event["file_bytes"], len(data))
        nll = event["nll"] / math.log(2) / 8
        self.assertAlmostEqual(event["nll_bytes"], nll, places=6)
        self.assertLessEqual(abs(payload - nll), 1e-4 * nll + 16)

    def test_round_trip(self):
        for streams in (1, 2, 7, 400):
            event, data = self.compress("chars", TEXT, "--streams", streams)
            self.assertEqual((event["bytes"], event["tokens"]), (len(TEXT), len(TEXT)))
            self.assertEqual(event["streams"], min(streams, len(TEXT)))
            self.check_size(event, data)
            self.assertEqual(self.back("chars", data), TEXT)

    def test_one_stream_costs_what_eval_says(self):
        event, _ = self.compress("chars", TEXT, "--streams", 1)
        (score,) = self.succeeds("eval", "chars", "in", "--json").events("eval")
        self.assertAlmostEqual(event["nll"] / score["nll"], 1, places=5)
        self.assertEqual(event["policy"]["stride"], score["policy"]["stride"])

    def test_any_bytes(self):
        for data in (b"", b"\0", bytes(range(256)), b"\xff" * 100, TEXT[:25], TEXT[:24]):
            event, packed = self.compress("bytes", data)
            self.check_size(event, packed)
            self.assertEqual(self.back("bytes", packed), data)

    def test_threads_do_not_matter(self):
        packed = {self.compress("bytes", TEXT, "--streams", 5, "--threads", n)[1] for n in (1, 2, 3, 8)}
        self.assertEqual(len(packed), 1)
        (data,) = packed
        for n in (1, 2, 3):
            self.assertEqual(self.back("bytes", data, "--threads", n), TEXT)

    def test_names_and_pipes(self):
        self.path("a.txt").write_bytes(TEXT)
        result = self.succeeds("compress", "chars", "a.txt")
        self.assertIn("decompressed again: the same", result.text)
        self.assertIn("a.txt.likely: exists already", self.run_likely("compress", "chars", "a.txt").message)
        self.path("a.txt").unlink()
        self.assertEqual(self.succeeds("decompress", "chars", "a.txt.likely").out, b"")
        self.assertEqual(self.path("a.txt").read_bytes(), TEXT)
        self.fails("decompress", "chars", "a.txt.likely", words=["a.txt", "--force"])
        self.succeeds("decompress", "chars", "a.txt.likely", "--force")
        piped = self.succeeds("compress", "chars", "-", stdin=TEXT).out
        self.assertEqual(piped, self.path("a.txt.likely").read_bytes())
        self.assertEqual(self.succeeds("decompress", "chars", "-", stdin=piped).out, TEXT)
        self.assertEqual(self.succeeds("compress", "chars", "-", "--quiet", stdin=TEXT).message, "")

    def test_ngrams(self):
        self.path("corpus").write_bytes(TEXT * 3)
        self.succeeds("train", "corpus", "--model", "ngram:4", "--out", "n4", "--quiet")
        event, data = self.compress("n4", TEXT[100:300])
        self.check_size(event, data)
        self.assertEqual(self.back("n4", data), TEXT[100:300])
        self.succeeds("train", "corpus", "--model", "ngram:3", "--smoothing", "mle", "--out", "n3", "--quiet")
        self.path("in").write_bytes(b"First Citizen:\nBefxre")
        self.fails("compress", "n3", "in", "--out", "none", words=["in:", "probability 0", "byte 18"])
        self.assertFalse(self.path("none").exists())

    def test_another_model_or_path(self):
        _, data = self.compress("chars", TEXT)
        self.path("packed").write_bytes(data)
        out = ("--out", "x")
        self.fails("decompress", "bytes", "packed", *out, words=["another model", "bytes"])
        self.fails("decompress", "chars", "packed", *out, words="numeric path", LIKELY_ISA="v2")
        self.assertFalse(self.path("x").exists())

    def test_damaged_files(self):
        _, data = self.compress("chars", TEXT)
        bad = [b"", b"x", data[:5], data[:HEADER - 1], data[:HEADER], data[:-1], data + b"\0", TEXT]
        bad += [data[:i] + bytes([data[i] ^ 1]) + data[i + 1:] for i in range(0, len(data), 40)]
        for damaged in bad:
            self.fails("decompress", "chars", "-", "--out", "x", stdin=damaged, words="standard input")
        self.assertFalse(self.path("x").exists())
        self.fails("decompress", "chars", "-", stdin=TEXT, words="not made by likely compress")
        self.fails("decompress", "chars", "-", stdin=data[:-1], words="cut or changed")

    def test_mistakes(self):
        self.path("odd").write_bytes(b"Speak\r\n")
        self.fails("compress", "chars", "odd", words=["odd", "byte 5", "U+000D"])
        self.assertFalse(self.path("odd.likely").exists())
        self.fails("compress", "chars", "nosuch", words="nosuch")
        self.fails("compress", "nosuch", "text.txt", words="nosuch")
        self.fails("compress", "chars", "text.txt", "--out", "no/such", words="no/such")
        self.fails("compress", "chars", "text.txt", "--out", ".", words="is a directory")
        self.misused("compress", "chars", "-", "--json", stdin=TEXT, words="--json")
        self.misused("decompress", "chars", "text.txt", words=["text.txt", ".likely", "--out"])
        self.misused("decompress", "chars", "-", "--json", words="--json")
        self.misused("compress", "chars", "text.txt", "--streams", "0", words="--streams")
        self.misused("compress", words="too few")


if __name__ == "__main__":
    command.main()
