"""likely bench"""
import command

TINY = ["--layers", "2", "--width", "32", "--heads", "2", "--context", "16", "--batch", "2",
        "--vocabulary", "50", "--count", "3", "--seconds", "0.01"]


class Bench(command.Case):
    def events(self, *words):
        return self.succeeds("bench", *words, "--json").events()

    def test_events(self):
        machine, *results = self.events(*TINY)
        self.assertEqual(machine["event"], "machine")
        self.assertGreater(machine["sgemm_gflops"], 0)
        self.assertGreater(machine["read_bytes_per_s"], 0)
        self.assertIn("OpenBLAS", machine["blas"])
        names = [r["name"] for r in results]
        self.assertEqual(names, ["train", "prompt", "decode", "decode, many"])
        for result in results:
            self.assertEqual(result["event"], "bench")
            gflops = result["tokens_per_s"] * result["flops_per_token"] / 1e9
            self.assertAlmostEqual(result["gflops"], gflops, delta=1e-9 * gflops)
            self.assertAlmostEqual(result["mfu"], gflops / result["sgemm_gflops"],
                                   delta=1e-9)
            self.assertGreater(result["max_rss_bytes"], 1e6)
            self.assertGreater(sum(result["seconds_per_token"].values()), 0)
            self.assertIn("linear layers", result["seconds_per_token"])
        self.assertIn("gradient norm and optimiser", results[0]["seconds_per_token"])

    def test_flops_are_the_documented_count(self):
        train, prompt, decode, many = self.events(*TINY, "--mlp", "gelu", "--no-parts")[1:]
        matrices = 2 * (4 * 32 * 32 + 8 * 32 * 32) + 50 * 32
        attention = 2 * 4 * 16 * 32 / 2
        self.assertEqual(train["flops_per_token"], 3 * (2 * matrices + attention))
        self.assertEqual(prompt["flops_per_token"], 2 * matrices + attention)
        self.assertEqual(train["seconds_per_token"], {})
        reads = decode["read_bytes_per_s"] / decode["tokens_per_s"]
        self.assertAlmostEqual(reads, 4 * matrices, delta=1)
        reads = many["read_bytes_per_s"] / many["tokens_per_s"]
        self.assertAlmostEqual(reads, 4 * matrices / 3, delta=1)

    def test_only_training(self):
        names = [e.get("name") for e in self.events(*TINY, "--no-sample")]
        self.assertEqual(names, [None, "train"])

    def test_text(self):
        text = self.succeeds("bench", *TINY, "--threads", "2").text
        for words in ("2 threads", "sgemm", "% of sgemm", "resident", "us/token"):
            self.assertIn(words, text)

    def test_compare_threads(self):
        events = self.events(*TINY, "--compare-threads")
        shapes = [e for e in events if e["event"] == "threads"]
        self.assertEqual(len(shapes), 10)
        for shape in shapes:
            self.assertGreater(shape["team_gflops"], 0)
        self.assertIn("OpenBLAS's threads",
                      self.succeeds("bench", *TINY, "--compare-threads").text)

    def test_a_model(self):
        machine, *results = self.events("bytes", "--seconds", "0.01", "--batch", "1")
        self.assertTrue(all(r["model"] == "bytes" for r in results))
        self.assertIn("24 tokens", results[0]["shape"])

    def test_mistakes(self):
        self.misused("bench", "--preset", "nosuch", words="nosuch")
        self.misused("bench", "bytes", "--width", "64", words="MODEL")
        self.misused("bench", "--width", "65", "--heads", "4", words="--width")
        self.misused("bench", "--seconds", "-1", words="seconds")
        self.fails("bench", "nowhere", words="nowhere")


if __name__ == "__main__":
    command.main()
