"""likely score"""
import json

import command


class Score(command.Case):
    def records(self, *arguments, **options):
        result = self.succeeds("score", *arguments, "--json", **options)
        return result.events("score"), result.events("total")[0]

    def evaluated(self, text, model="bytes"):
        self.path("one").write_bytes(text)
        return self.succeeds("eval", model, "one", "--json").events()[0]

    def test_each_line_as_if_alone(self):
        records, total = self.records("bytes", "text.txt")
        lines = self.path("text.txt").read_bytes().splitlines(keepends=True)
        self.assertEqual(len(records), len(lines))
        for number, (record, line) in enumerate(zip(records, lines), start=1):
            alone = self.evaluated(line)
            self.assertEqual((record["file"], record["record"]), ("text.txt", number))
            self.assertEqual((record["tokens"], record["bytes"]), (len(line), len(line)))
            for key in "nll", "nll_with_ends", "bits_per_byte":
                self.assertAlmostEqual(record[key], alone[key], delta=1e-4)
        self.assertAlmostEqual(total["nll"], sum(record["nll"] for record in records), places=9)
        self.assertEqual(total["bytes"], self.path("text.txt").stat().st_size)
        self.assertEqual(total["records"], len(lines))

    def test_whole_files(self):
        records, _ = self.records("chars", "text.txt", "text.txt", "--documents", "files")
        self.assertEqual(len(records), 2)
        alone = self.evaluated(self.path("text.txt").read_bytes(), "chars")
        self.assertAlmostEqual(records[1]["nll"], alone["nll"], delta=1e-3)

    def test_documents(self):
        records, _ = self.records("bytes", "-", "--documents", "separator:x", stdin=b"abxcdex\nxf")
        self.assertEqual([record["bytes"] for record in records], [3, 4, 2, 1])
        records, _ = self.records("bytes", "text.txt", "text.txt", "--documents", "blank-lines")
        numbers = [record["record"] for record in records]
        self.assertEqual(numbers, 2 * list(range(1, len(numbers) // 2 + 1)))

    def test_text_and_json_are_the_same_numbers(self):
        records, total = self.records("bytes", "text.txt")
        rows = [line.split("\t") for line in self.succeeds("score", "bytes", "text.txt").text.splitlines()]
        self.assertEqual(rows[0], ["bits/byte", "NLL", "tokens", "bytes", "record"])
        for record, row in zip([*records, total], rows[1:]):
            self.assertEqual(row[0], f"{record['bits_per_byte']:.4f}")
            self.assertEqual(row[1], f"{record['nll']:.4f}")
            self.assertEqual(row[2:4], [str(record["tokens"]), str(record["bytes"])])
        self.assertEqual(rows[1][4], "text.txt:1")

    def test_fields(self):
        lines = [{"text": "hear me"}, {"text": ""}, {"text": "Ünïcode\u0000", "other": 1}]
        text = "".join(json.dumps(line) + "\n" for line in lines) + "\n"
        records, _ = self.records("bytes", "-", "--field", "text", stdin=text.encode())
        self.assertEqual([record["record"] for record in records], [1, 2, 3])
        for record, line in zip(records, lines):
            self.assertEqual(record["bytes"], len(line["text"].encode()))
        self.assertEqual((records[1]["nll"], records[1]["bits_per_byte"]), (0, "nan"))
        self.assertAlmostEqual(records[0]["nll"], self.evaluated(b"hear me")["nll"], delta=1e-4)

    def test_context_is_not_scored_but_counts(self):
        """log P(context text) = log P(context) + log P(text | context)"""
        record = {"q": "Before we ", "a": "proceed any further"}
        (given,), _ = self.records(
            "bytes", "-", "--field", "a", "--context-field", "q", "--stride", 24,
            stdin=json.dumps(record).encode(),
        )  # fmt: skip
        whole = self.records("bytes", "-", "--stride", 24, stdin=b"Before we proceed any further")[0][0]
        first = self.records("bytes", "-", "--stride", 24, stdin=b"Before we ")[0][0]
        self.assertAlmostEqual(given["nll"], whole["nll"] - first["nll"], delta=1e-3)
        self.assertEqual(given["tokens"], len(record["a"]))

    def test_per_token(self):
        (record, *_), _ = self.records("chars", "text.txt", "--per-token")
        token = record["token"]
        self.assertAlmostEqual(sum(token["nll"]), record["nll"], places=9)
        self.assertEqual(sum(token["bytes"]), record["bytes"])
        self.assertEqual(len(token["id"]), record["tokens"])
        text = self.succeeds("score", "chars", "text.txt", "--per-token").text.splitlines()
        self.assertRegex(text[2], r"\A\t\d+\.\d{4}\t\t1\t'F'\Z")
        self.assertIn("'\\x0a'", text[1 + record["tokens"]])

    def test_many_records(self):
        """More than go through the model at a time, of any length."""
        text = b"".join(b"a" * (i % 60) + b"\n" for i in range(20000))
        records, total = self.records("bytes", "-", stdin=text)
        self.assertEqual(len(records), 20000)
        self.assertEqual(total["bytes"], len(text))
        for i in range(60):
            self.assertAlmostEqual(records[i]["nll"], records[i + 19920]["nll"], delta=1e-3)

    def test_threads_do_not_matter(self):
        one, two, three = [
            self.succeeds("score", "bytes", "text.txt", "--json", "--threads", n).out for n in (1, 2, 3)
        ]
        self.assertEqual(one, two)
        self.assertEqual(one, three)

    def test_mistakes(self):
        self.path("empty").write_bytes(b"")
        self.misused("score", "bytes", words="too few arguments")
        self.misused("score", "bytes", "text.txt", "--context-field", "q", words="needs --field")
        self.misused("score", "bytes", "x", "--field", "a", "--documents", "lines", words="--documents")
        self.misused("score", "bytes", "x", "--field", "a", "--save", "y", words="--save")
        self.fails("score", "bytes", "nowhere", words="nowhere")
        self.fails("score", "nowhere", "text.txt", words="nowhere")
        self.fails("score", "bytes", "empty", words="empty: holds no record")
        for line, words in {
            "{": "line 2 is no JSON object",
            "[1]": "line 2 is no JSON object",
            '{"b": 1}': 'line 2: it has no text under "a"',
            '{"a": 1}': 'line 2: it has no text under "a"',
        }.items():
            self.path("records").write_text('{"a": "fine"}\n' + line + "\n")
            self.fails("score", "bytes", "records", "--field", "a", words=["records", words])
        result = self.run_likely("score", "chars", "-", stdin="fine\nGrüße\n".encode())
        self.check_failure(result, 1, ["standard input: record 2", "U+0047"])

    def test_a_full_disk(self):
        result = self.run_likely("score", "bytes", "text.txt", "--save", "nowhere/at/all")
        self.assertEqual(result.status, 1)
        self.assertRegex(result.message, r"\Alikely: nowhere/at/all: [^\n]+\n\Z")


if __name__ == "__main__":
    command.main()
