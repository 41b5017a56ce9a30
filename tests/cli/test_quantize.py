"""--quantize, wherever a model is only read"""
import command

TINY = ["--layers", "2", "--width", "32", "--heads", "2", "--context", "16", "--vocabulary", "50",
        "--count", "3", "--seconds", "0.01", "--no-train"]


class Quantize(command.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        command.subprocess.run(
            [command.LIKELY, "train", "text.txt", "--model", "ngram:2", "--out", "counts",
             "--quiet"], cwd=cls.directory, check=True)

    def evaluate(self, *arguments, **options):
        return self.succeeds("eval", "bytes", *arguments, "--json", **options).events("eval")

    def test_eval_says_what_it_costs(self):
        self.path("b.txt").write_text("All:\nSpeak.\n", "utf-8")
        full = self.evaluate("text.txt", "b.txt")
        narrow = self.evaluate("text.txt", "b.txt", "--quantize", "q8")
        self.assertEqual(len(narrow), 3)
        for before, after in zip(full, narrow):
            self.assertEqual(after["quantize"], "q8")
            self.assertEqual(after["perplexity_full"], before["perplexity"])
            self.assertNotEqual(after["perplexity"], before["perplexity"])
            self.assertAlmostEqual(after["perplexity"] / before["perplexity"], 1, delta=0.01)
            self.assertEqual(after["perplexity_cost"], after["perplexity"] - before["perplexity"])
            self.assertEqual(after["tokens"], before["tokens"])
        self.assertEqual(self.evaluate("text.txt", "b.txt", "--quantize", "q8", "--threads", "3"),
                         narrow)
        self.assertEqual(self.evaluate("text.txt", "b.txt", "--quantize", "none"), full)

    def test_eval_prints_both(self):
        (event,) = self.evaluate("text.txt", "--quantize", "q8")
        text = self.succeeds("eval", "bytes", "text.txt", "--quantize", "q8").text
        heading, row = text.splitlines()[2:4]
        self.assertIn("not quantized", heading)
        numbers = [float(word) for word in row.split()[-2:]]
        self.assertAlmostEqual(numbers[0], event["perplexity_full"], places=3)
        self.assertAlmostEqual(numbers[1], event["perplexity_cost"], places=3)
        self.assertRegex(row, r"[+-]\d+\.\d+$")

    def test_eval_of_standard_input(self):
        data = self.path("text.txt").read_bytes()
        (piped,) = self.evaluate("-", "--quantize", "q8", stdin=data)
        (file,) = self.evaluate("text.txt", "--quantize", "q8")
        self.assertEqual(piped["perplexity"], file["perplexity"])
        self.assertEqual(piped["perplexity_full"], file["perplexity_full"])

    def test_score(self):
        (event,) = self.evaluate("text.txt", "--quantize", "q8")
        (record,) = self.succeeds("score", "bytes", "text.txt", "--documents", "files", "--quantize",
                                  "q8", "--json").events("score")
        self.assertAlmostEqual(record["nll"], event["nll"], delta=1e-6 * event["nll"])

    def test_sample(self):
        def texts(*more):
            events = self.succeeds("sample", "bytes", "--json", "--tokens", "40", "--seed", "5",
                                   "--quantize", "q8", "--prompt", "All:", *more).events("sample")
            return [event.get("text_hex") or event["text"] for event in events]

        many = texts("--count", "20", "--threads", "2")
        self.assertEqual(len(set(many)), 20)
        self.assertEqual(texts("--count", "1", "--threads", "1"), many[:1])
        self.assertEqual(texts("--count", "20", "--threads", "3"), many)

    def test_bench(self):
        names = [e["name"] for e in
                 self.succeeds("bench", *TINY, "--quantize", "q8", "--json").events("bench")]
        kinds = ["prompt", "decode", "decode, many"]
        self.assertEqual(names, kinds + [kind + ", q8" for kind in kinds])
        results = self.succeeds("bench", *TINY, "--json").events("bench")
        self.assertEqual([e["name"] for e in results], kinds)

    def test_mistakes(self):
        for command_line in (["sample", "bytes"], ["eval", "bytes", "text.txt"],
                             ["score", "bytes", "text.txt"], ["bench", *TINY]):
            self.misused(*command_line, "--quantize", "q4", words=["quantize", "q4", "q8"])
            self.misused(*command_line, "--quantize", "", words="quantize")
        for command_line in ["sample", "counts"], ["eval", "counts", "text.txt"]:
            self.fails(*command_line, "--quantize", "q8", words=["counts", "n-gram", "--quantize"])
            self.succeeds(*command_line, "--quantize", "none")


if __name__ == "__main__":
    command.main()
