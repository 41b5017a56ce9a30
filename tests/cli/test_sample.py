"""likely sample"""
import os

import command


class Sample(command.Case):
    def sample(self, *arguments, **options):
        return self.succeeds("sample", *arguments, **options)

    def test_same_seed_same_text(self):
        for extra in ([], ["--top-k", "9"], ["--top-p", ".9"], ["--min-p", ".01"],
                      ["--repetition-penalty", "1.3"], ["--count", "3"]):
            texts = [
                self.sample("bytes", "--seed", "5", "--tokens", "80", "--threads", threads,
                            *extra).out
                for threads in (1, 2, 3, 8)
            ]
            self.assertEqual(len(set(texts)), 1, extra)

    def test_other_seed_other_text(self):
        texts = {self.sample("bytes", "--seed", seed).out for seed in range(5)}
        self.assertEqual(len(texts), 5)

    def test_a_drawn_seed_is_said_and_can_be_used(self):
        first = self.sample("chars", "--tokens", "40")
        seed = first.message.split("seed ")[1].split()[0]
        self.assertEqual(self.sample("chars", "--tokens", "40", "--seed", seed).out, first.out)
        self.assertIn("chars", first.message)
        self.assertIn("tokens/s", first.message)

    def test_quiet(self):
        self.assertEqual(self.sample("chars", "--tokens", "5", "--quiet").err, b"")

    def test_prompt_comes_first(self):
        result = self.sample("chars", "--prompt", "First", "--tokens", "10", "--seed", "1")
        self.assertTrue(result.text.startswith("First"))
        self.assertTrue(result.text.endswith("\n"))

    def test_prompt_from_standard_input(self):
        arguments = ["chars", "--tokens", "10", "--seed", "1"]
        given = self.sample(*arguments, "--prompt", "Speak,\n")
        read = self.sample(*arguments, "--prompt", "-", stdin=b"Speak,\n")
        self.assertEqual(given.out, read.out)

    def test_any_bytes_are_a_prompt(self):
        prompt = bytes(range(256))
        result = self.sample("bytes", "--prompt", "-", "--tokens", "3", "--seed", "1",
                             "--ignore-end", stdin=prompt)
        self.assertTrue(result.out.startswith(prompt))
        self.assertIn(len(result.out) - len(prompt), (3, 4))

    def test_prompt_outside_the_vocabulary(self):
        self.fails("sample", "chars", "--prompt", "Speak €", words=["--prompt", "byte 6", "U+20AC"])

    def test_several_samples(self):
        result = self.sample("chars", "--count", "3", "--tokens", "20", "--seed", "2",
                             "--prompt", "All:", "--ignore-end")
        samples = result.text.split("\n---\n")
        self.assertEqual(len(samples), 3)
        for sample in samples:
            self.assertTrue(sample.startswith("All:"))
        self.assertEqual(len(set(samples)), 3)

    def test_count_does_not_change_a_sample(self):
        """Nor do samples that end early: at this temperature some do."""
        def texts(count, threads):
            events = self.sample("bytes", "--json", "--count", count, "--tokens", "60", "--seed",
                                 "5", "--temperature", "2", "--threads", threads).events("sample")
            return [e.get("text_hex") or e["text"] for e in events]

        many = texts("24", "2")
        self.assertGreater(len({len(text) for text in many}), 1)
        for count, threads in ("1", "1"), ("3", "2"), ("24", "3"):
            self.assertEqual(texts(count, threads), many[:int(count)])

    def test_json(self):
        result = self.sample("chars", "--json", "--count", "2", "--tokens", "30", "--seed", "3",
                             "--prompt", "All:", "--ignore-end")
        samples, done = result.events("sample"), result.events("done")[0]
        self.assertEqual([event["sample"] for event in samples], [0, 1])
        for event in samples:
            self.assertEqual((event["prompt"], event["seed"]), ("All:", 3))
            self.assertEqual(len(event["text"]), 30)
        self.assertEqual((done["tokens"], done["prompt_tokens"]), (60, 4))
        self.assertEqual(done["model"], "chars")
        plain = self.sample("chars", "--tokens", "30", "--seed", "3", "--prompt", "All:",
                            "--ignore-end", "--count", "2").text
        self.assertTrue(plain.startswith("All:" + samples[0]["text"]))

    def test_json_of_what_is_no_utf8(self):
        arguments = ["bytes", "--tokens", "60", "--seed", "1", "--ignore-end"]
        event = self.sample(*arguments, "--json").events("sample")[0]
        plain = self.sample(*arguments).out
        exact = bytes.fromhex(event["text_hex"])
        self.assertEqual(len(exact), 60)
        self.assertTrue(plain.startswith(exact))
        self.assertIn("\ufffd", event["text"])

    def test_greedy(self):
        texts = {self.sample("chars", "--temperature", "0", "--seed", seed).out for seed in (1, 2)}
        self.assertEqual(len(texts), 1)
        self.assertEqual(self.sample("chars", "--top-k", "1", "--seed", "9").out, *texts)

    def test_past_the_context(self):
        event = self.sample("chars", "--json", "--tokens", "500", "--ignore-end", "--seed", "1",
                            "--prompt", "Speak, speak.\n" * 9).events("sample")[0]
        self.assertEqual(len(event["text"]), 500)

    def test_no_tokens(self):
        result = self.sample("chars", "--tokens", "0", "--prompt", "All:")
        self.assertEqual(result.text, "All:\n")
        self.assertEqual(self.sample("chars", "--tokens", "0").out, b"")

    def test_another_tokenizer(self):
        os.rename(self.path("bytes/tokenizer.json"), self.path("kept.json"))
        try:
            self.fails("sample", "bytes", words=["tokenizer.json", "--tokenizer"])
            self.sample("bytes", "--tokenizer", "byte", "--tokens", "3")
        finally:
            os.rename(self.path("kept.json"), self.path("bytes/tokenizer.json"))
        self.sample("bytes", "--tokenizer", "bytes", "--tokens", "3")
        self.fails("sample", "chars", "--tokenizer", "byte", words="do not belong together")
        self.fails("sample", "chars", "--tokenizer", "nosuch", words="nosuch")

    def test_what_is_no_model(self):
        self.fails("sample", "nosuch", words="nosuch: there is no such file")
        self.fails("sample", "text.txt", words="is a file")
        self.path("empty").mkdir(exist_ok=True)
        self.fails("sample", "empty", words="config.json")
        self.fails("sample", words=["checkpoints", "likely train"])

    def test_damaged_models(self):
        for name, data in {"config.json": b"{", "model.safetensors": b"\0" * 20,
                           "tokenizer.json": b"[]"}.items():
            path = self.path("chars") / name
            kept = path.read_bytes()
            for damaged in (data, b"", kept[:-7]):
                path.write_bytes(damaged)
                try:
                    self.fails("sample", "chars", words=name)
                finally:
                    path.write_bytes(kept)

    def test_the_newest_run_is_taken(self):
        for age, name in enumerate(["older", "newer"]):
            run = self.path("checkpoints") / name
            run.mkdir(parents=True)
            (run / "run.json").write_text("{}", "utf-8")
            os.utime(run / "run.json", (1000 + age, 1000 + age))
            os.rename(self.path("chars"), run / "step-000001")
            os.symlink("step-000001", run / "last")
            self.setUpModels()
        try:
            result = self.sample("--tokens", "5")
            self.assertIn("checkpoints/newer/step-000001", result.message)
            self.assertEqual(self.sample("--tokens", "5", "--quiet").err, b"")
            result = self.succeeds("info")
            self.assertIn("checkpoints/newer", result.message)
        finally:
            os.rename(self.path("checkpoints"), self.path("moved"))

    def setUpModels(self):
        command.subprocess.run([command.MAKE_MODEL, "chars", "char", "text.txt"],
                               cwd=self.directory, check=True)


if __name__ == "__main__":
    command.main()
