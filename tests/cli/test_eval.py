"""likely eval"""
import json
import math
import struct

import command

KEYS = {"event", "model", "file", "total", "files", "nll", "nll_per_token", "perplexity", "bits_per_byte",
        "nll_with_ends", "tokens", "ends", "bytes", "documents", "policy"}


def read_safetensors(path):
    data = path.read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + size])
    tensors = {}
    for name, about in header.items():
        if name != "__metadata__":
            first, end = about["data_offsets"]
            letter = {"F32": "f", "I64": "q"}[about["dtype"]]
            piece = data[8 + size + first : 8 + size + end]
            tensors[name] = (about["shape"], [n for (n,) in struct.iter_unpack("<" + letter, piece)])
    return header["__metadata__"], tensors


class Eval(command.Case):
    def events(self, *arguments, **options):
        return self.succeeds("eval", "--json", *arguments, **options).events()

    def test_event(self):
        (event,) = self.events("chars", "text.txt")
        size = len(command.TEXT) * 5
        self.assertEqual(set(event), KEYS)
        self.assertEqual((event["file"], event["model"]), ("text.txt", "chars"))
        self.assertEqual((event["bytes"], event["tokens"], event["ends"]), (size, size, 1))
        self.assertAlmostEqual(event["nll_per_token"], event["nll"] / size, places=12)
        self.assertAlmostEqual(event["perplexity"], math.exp(event["nll"] / size), places=9)
        self.assertAlmostEqual(event["bits_per_byte"], event["nll"] / size / math.log(2), places=12)
        self.assertGreater(event["nll_with_ends"], event["nll"])
        self.assertEqual(event["policy"]["context"], 24)
        self.assertEqual(event["policy"]["stride"], 12)

    def test_table(self):
        result = self.succeeds("eval", "chars", "text.txt")
        policy, blank, heading, row = result.text.splitlines()
        self.assertIn("context 24, stride 12", policy)
        self.assertEqual(blank, "")
        self.assertEqual(heading.split()[0], "file")
        (event,) = self.events("chars", "text.txt")
        self.assertEqual(row.split()[0], "text.txt")
        self.assertAlmostEqual(float(row.split()[-1]), event["bits_per_byte"], places=4)

    def test_several_files_and_a_total(self):
        self.path("b.txt").write_text("All:\n", "utf-8")
        one, two, total = self.events("chars", "text.txt", "b.txt")
        self.assertEqual([one["file"], two["file"], total["file"]], ["text.txt", "b.txt", None])
        for key in ("nll", "nll_with_ends", "tokens", "bytes", "ends"):
            self.assertAlmostEqual(total[key], one[key] + two[key], places=9)
        self.assertEqual((total["total"], total["files"]), (True, 2))
        self.assertEqual(self.events("chars", "text.txt"), [one])
        rows = self.succeeds("eval", "chars", "text.txt", "b.txt").text.splitlines()
        self.assertEqual(rows[-1].split()[0], "total")

    def test_a_directory_of_texts(self):
        folder = self.path("texts")
        folder.mkdir()
        (folder / "b").write_text("All:\n", "utf-8")
        (folder / "a").write_text("Speak", "utf-8")
        (folder / "empty").touch()
        names = [event["file"] for event in self.events("chars", "texts", "text.txt")]
        self.assertEqual(names, ["texts/a", "texts/b", "text.txt", None])
        self.path("hollow").mkdir()
        self.fails("eval", "chars", "hollow", words="hollow")

    def test_standard_input(self):
        (read,) = self.events("chars", "-", stdin=command.TEXT.encode())
        self.path("c.txt").write_text(command.TEXT, "utf-8")
        (file,) = self.events("chars", "c.txt")
        self.assertEqual(read["nll"], file["nll"])
        self.assertEqual(read["file"], "standard input")

    def test_stride(self):
        values = {}
        for stride in (1, 5, 12, 24):
            (event,) = self.events("chars", "text.txt", "--stride", stride)
            self.assertEqual(event["policy"]["stride"], stride)
            self.assertEqual(event["tokens"], len(command.TEXT) * 5)
            values[stride] = event["nll"]
        self.assertEqual(len(set(values.values())), 4)
        self.fails("eval", "chars", "text.txt", "--stride", "25", words=["--stride 25", "1 to 24"])
        self.misused("eval", "chars", "text.txt", "--stride", "0", words="--stride")

    def test_texts_of_any_length(self):
        for length in [1, 2, 23, 24, 25, 36, 37, 48, 49, 100]:
            self.path("n.txt").write_bytes(bytes(i * 7 % 256 for i in range(length)))
            (event,) = self.events("bytes", "n.txt")
            self.assertEqual((event["tokens"], event["bytes"]), (length, length))

    def test_threads_do_not_matter(self):
        outs = {self.succeeds("eval", "--json", "bytes", "text.txt", "--threads", n).out
                for n in (1, 2, 3, 8)}
        self.assertEqual(len(outs), 1)

    def test_odd_bytes(self):
        for data in (b"\0", b"\xff\xfe\0\0", b"a\r\nb\r\n", b"\xef\xbb\xbfBOM", bytes(range(256))):
            self.path("odd").write_bytes(data)
            (event,) = self.events("bytes", "odd")
            self.assertEqual(event["bytes"], len(data))
        self.path("odd").write_bytes(b"Speak\r\n")
        self.fails("eval", "chars", "odd", words=["odd", "byte 5", "U+000D"])
        self.path("odd").write_bytes(b"Speak\xff")
        self.fails("eval", "chars", "odd", words=["odd", "byte 5"])
        self.fails("eval", "chars", "-", stdin="Spéak".encode(),
                   words=["standard input", "byte 2", "U+00E9"])

    def test_logits(self):
        self.path("d.txt").write_bytes(b"\xe2\x82\xac and a text longer than the context is")
        self.path("e.txt").write_bytes(b"!")
        one, two, total = self.events("bytes", "d.txt", "e.txt", "--logits", "x.safetensors")
        notes, tensors = read_safetensors(self.path("x.safetensors"))
        n = one["bytes"] + two["bytes"] + 2
        self.assertEqual(tensors["logits"][0], [n, 257])
        self.assertEqual((notes["context"], notes["stride"]), ("24", "12"))
        targets, inputs = tensors["targets"][1], tensors["input_ids"][1]
        self.assertEqual(len(targets), n)
        self.assertEqual((inputs[0], targets[one["bytes"]], targets[-1]), (256, 256, 256))
        self.assertEqual(inputs[1 : one["bytes"]], targets[: one["bytes"] - 1])
        logits, nll = tensors["logits"][1], 0
        for row, target in enumerate(targets):
            values = logits[257 * row : 257 * (row + 1)]
            nll += math.log(math.fsum(map(math.exp, values))) - values[target]
        self.assertAlmostEqual(nll / total["nll_with_ends"], 1, places=5)

    def test_logits_that_cannot_be(self):
        self.path("big").write_bytes(b"x" * 9000000)
        self.fails("eval", "bytes", "text.txt", "--logits", "no/such/x", words="no/such")
        result = self.run_likely("eval", "bytes", "big", "--logits", "y", "--stride", "24")
        self.check_failure(result, 1, ["GB of logits", "give at most"])
        self.assertFalse(self.path("y").exists())
        self.path("big").unlink()

    def test_mistakes(self):
        self.path("empty.txt").touch()
        self.fails("eval", "chars", "nosuch.txt", words="nosuch.txt")
        self.fails("eval", "nosuch", "text.txt", words="nosuch: there is no such file")
        self.fails("eval", "chars", "empty.txt", words="is empty")
        self.fails("eval", "chars", "-", words="standard input")
        self.fails("eval", "text.txt", words="checkpoints")
        self.misused("eval", "chars", words=["chars is a directory", "FILE"])
        self.path("secret").write_text("x", "utf-8")
        self.path("secret").chmod(0)
        if command.os.geteuid():
            self.fails("eval", "chars", "secret", words="secret")

    def test_a_failure_among_files(self):
        result = self.run_likely("eval", "chars", "text.txt", "nosuch.txt")
        self.check_failure(result, 1, "nosuch.txt")


if __name__ == "__main__":
    command.main()
