"""The program itself: help, version, options, and mistakes on the command line."""
import re

import command

COMMANDS = [
    "train", "sample", "eval", "compare", "score", "info", "compress", "decompress",
    "mle", "tokenizer", "tokenize", "cache", "ngram", "bench", "check-gradients",
]


class Usage(command.Case):
    def commands(self):
        listed = self.succeeds("--help").text
        found = re.findall(r"^  ([a-z-]+)  ", listed, re.M)
        return [name for name in found if not name.startswith("-")]

    def test_help_lists_the_commands(self):
        self.assertEqual(self.commands(), COMMANDS)
        for spelling in (["-?"], ["help"]):
            self.assertEqual(self.succeeds(*spelling).out, self.succeeds("--help").out)

    def test_no_command(self):
        result = self.run_likely()
        self.check_failure(result, 2, ["Usage: likely COMMAND"])

    def test_version(self):
        for spelling in (["--version"], ["-V"], ["info", "--version"]):
            text = self.succeeds(*spelling).text
            self.assertRegex(text, r"\Alikely \d+\.\d+\.\d+\nOpenBLAS \d\S* \S+ \S+\n.+\n\Z")

    def test_version_names_the_instruction_set(self):
        text = self.succeeds("--version", LIKELY_ISA="v2").text
        self.assertRegex(text, r"x86-64-v2|baseline")

    def test_unknown_command(self):
        for name, hint in {"tran": "train", "evla": "eval", "smple": "sample"}.items():
            result = self.run_likely(name)
            self.check_failure(result, 2, [f"'{name}'", f"did you mean '{hint}'"])
        for name in ("x" * 100, "", "--frobnicate", "é"):
            result = self.run_likely(name)
            self.check_failure(result, 2, [f"'{name}'", "--help"])
            self.assertNotIn("did you mean", result.message)

    def test_help_of_each_command(self):
        for name in COMMANDS:
            with self.subTest(name):
                text = self.succeeds(name, "--help").text
                self.assertTrue(text.startswith(f"Usage: likely {name} "), text)
                self.assertEqual(self.succeeds("help", name).text, text)

    def test_help_shows_every_default(self):
        for name in COMMANDS:
            listed = self.succeeds(name, "--help").text.split("  -?, --help")[0]
            options = [" ".join(part.split()) for part in listed.split("\n      --")[1:]]
            self.assertGreater(len(options), 3)
            for option in options:
                with self.subTest(f"{name} --{option.split()[0]}"):
                    self.assertIn("(default: ", option)

    def test_defaults_are_those_used(self):
        text = " ".join(self.succeeds("sample", "--help").text.split())
        for words in ("(default: 0.8)", "(default: 256 tokens)", "(default: drawn anew"):
            self.assertIn(words, text)

    def test_unknown_option(self):
        for name in COMMANDS:
            self.misused(name, "--frobnicate", words="'--frobnicate'")

    def test_ambiguous_abbreviation(self):
        self.misused("sample", "--top", "1", words=["ambiguous", "--top-k", "--top-p"])
        self.succeeds("sample", "bytes", "--temp", "0", "--tokens=3")  # not so

    def test_ranges_are_named(self):
        cases = {
            ("--temperature", "-1"): "0 to 1000",
            ("--top-p", "1.5"): "to 1",
            ("--top-p", "0"): "to 1",
            ("--top-k", "-3"): "--top-k takes a whole number, not '-3'",
            ("--tokens", "1000000001"): "0 to 1000000000 tokens",
            ("--min-p", "1"): "0 to 0.999999",
            ("--repetition-penalty", "0.5"): "1 to 100",
            ("--count", "0"): "1 to 4096 samples",
            ("--threads", "0"): "1 to 1024 threads",
            ("--seed", "9223372036854775808"): "0 to 9223372036854775807",
        }
        for (option, value), words in cases.items():
            with self.subTest(option):
                self.misused("sample", "bytes", option, value, words=[option, words])

    def test_numbers_are_read_whole(self):
        for value in ("x", "", " 5", "5 ", "5x", "1e3", "0x10", "1.5", "K", "1KK", "1.K", "+5",
                      "99999999999999999999", "99999999999999999K", "1.2345K", ".5K"):
            self.misused("sample", "bytes", "--tokens", value, words="--tokens")
        for value in ("x", "", " 1", "1 ", "nan", "inf", "0x1", "1e", "1,5", "1e999"):
            self.misused("sample", "bytes", "--temperature", value, words="--temperature")

    def test_counts_take_suffixes(self):
        def tokens(value):
            done = self.succeeds("sample", "bytes", "--json", "--ignore-end", "--seed", "1",
                                 "--tokens", value).events("done")
            return done[0]["tokens"]
        self.assertEqual(tokens("1K"), 1000)
        self.assertEqual(tokens("1.5K"), 1500)
        self.assertEqual(tokens("0.012K"), 12)
        self.assertEqual(tokens("0"), 0)
        self.misused("sample", "bytes", "--tokens", "2G", words="out of range")

    def test_choices_are_named(self):
        self.misused("check-gradients", "--norm", "batchnorm",
                     words=["--norm takes layernorm or rmsnorm", "'batchnorm'"])

    def test_missing_argument_of_an_option(self):
        self.misused("sample", "--prompt", words="--prompt")

    def test_number_of_arguments(self):
        self.misused("eval", words="too few arguments; expected [MODEL] FILE...")
        self.misused("info", "bytes", "chars", words="too many arguments, from 'chars' on")
        self.misused("sample", "bytes", "chars", words="too many arguments")

    def test_options_end_at_two_dashes(self):
        self.path("--odd.txt").write_text("odd", "utf-8")
        self.misused("eval", "bytes", "--odd.txt", words="--odd.txt")
        result = self.succeeds("eval", "--json", "bytes", "--", "--odd.txt")
        self.assertEqual(result.events()[0]["file"], "--odd.txt")

    def test_last_value_counts(self):
        result = self.succeeds("sample", "bytes", "--seed=1", "--json", "--seed=2", "--tokens=1")
        self.assertEqual(result.events()[0]["seed"], 2)

    def test_unknown_instruction_set(self):
        self.fails("info", "nosuch", words="nosuch")
        self.fails("sample", "bytes", LIKELY_ISA="v99", words="v99")


if __name__ == "__main__":
    command.main()
