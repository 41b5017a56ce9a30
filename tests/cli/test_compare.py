"""likely compare"""
import csv
import html.parser
import json
import math
import os
import random
import re
import xml.etree.ElementTree

import command

BLOCKS = 12


def words(seed, count):
    draw = random.Random(seed)
    letters = sorted(set(command.TEXT))
    return "".join(draw.choice(letters) for _ in range(count))


class Compare(command.Case):
    @classmethod
    def setUpClass(cls):
        # Meson sets it; hundreds of megabytes of the compressors' would be filled.
        os.environ.pop("MALLOC_PERTURB_", None)
        super().setUpClass()
        cls.path("long.txt").write_text(words(1, BLOCKS * 2100), "utf-8")
        cls.path("documents").mkdir()
        for i in range(40):
            cls.path("documents").joinpath(f"{i:02}.txt").write_text(words(i, 50 + 7 * i), "utf-8")

    def compare(self, *arguments, **options):
        if "--baselines" not in arguments:
            arguments += ("--no-baselines",)
        arguments = [argument for argument in arguments if argument != "--baselines"]
        result = self.succeeds("compare", *arguments, "--json", "--resamples", 500, **options)
        events = {}
        for event in result.events():
            events.setdefault(event["event"], []).append(event)
        return events

    def test_table_and_json_are_the_same_numbers(self):
        events = self.compare("bytes", "chars", "--text", "long.txt", "--detect", 0.01)
        text = self.succeeds(
            "compare", "bytes", "chars", "--text", "long.txt", "--resamples", 500, "--detect", 0.01,
            "--no-baselines",
        ).text  # fmt: skip
        for model in events["model"]:
            row = next(line.split() for line in text.splitlines() if line.startswith(model["model"] + "  "))
            self.assertEqual(row[1], f"{model['bits_per_byte']:.4f}")
            self.assertEqual(row[2], f"{model['bits_per_byte_with_ends']:.4f}")
            self.assertEqual(row[3], f"{model['nll']:.2f}")
            self.assertEqual(row[4], f"{model['tokens']:,}")
            self.assertEqual(row[5], f"{model['perplexity_per_token']:.4f}")
            self.assertEqual(row[6], f"{model['perplexity_per_character']:.4f}")
            self.assertAlmostEqual(
                model["bits_per_byte"], model["nll"] / math.log(2) / model["bytes"], places=12
            )
        (pair,) = events["pair"]
        self.assertIn(
            f"{pair['difference']:+.4f}  [{pair['low']:+.4f}, {pair['high']:+.4f}]  {pair['p']:.4f}", text
        )
        self.assertIn(pair["verdict"] + ".\n", text)
        a, b = events["model"]
        self.assertAlmostEqual(
            pair["difference"], a["bits_per_byte"] - b["bits_per_byte"], places=12
        )
        half = pair["critical"] * pair["standard_error"]
        self.assertAlmostEqual(pair["low"], pair["difference"] - half, places=12)
        self.assertAlmostEqual(pair["high"], pair["difference"] + half, places=12)
        detectable = (pair["critical"] + 0.8416212335729143) * pair["standard_error"]
        self.assertAlmostEqual(pair["detectable"], detectable, places=12)
        self.assertAlmostEqual(
            pair["bytes_to_detect"] / a["bytes"], (detectable / 0.01) ** 2, places=6
        )

    def test_agrees_with_eval(self):
        (model,) = self.compare("bytes", "--text", "long.txt", "--stride", 7)["model"]
        (event,) = self.succeeds("eval", "bytes", "long.txt", "--stride", 7, "--json").events()
        for key in "nll", "nll_with_ends", "bits_per_byte", "tokens", "bytes", "policy":
            self.assertEqual(model[key], event[key])

    def test_sizes_of_the_text(self):
        self.path("sizes.txt").write_text("Zwölf Boxkämpfer\u2003jagen  Viktor.\n" * 3, "utf-8")
        (text,) = self.compare("bytes", "--text", "sizes.txt")["text"]
        self.assertEqual((text["bytes"], text["characters"], text["words"]), (3 * 36, 3 * 32, 3 * 4))
        self.assertEqual(text["documents"], 1)

    def test_units(self):
        (pair,) = self.compare("bytes", "chars", "--text", "long.txt")["pair"]
        self.assertTrue(pair["few_units"])
        self.assertEqual(pair["units"], pair["a_wins"] + pair["b_wins"])
        self.assertRegex(pair["unit"], r"blocks of [\d,]+ bytes")
        self.assertIn("few independent units", pair["verdict"])
        self.assertIn("for text like this document", pair["verdict"])
        (pair,) = self.compare("bytes", "chars", "--text", "documents")["pair"]
        self.assertEqual((pair["units"], pair["unit"]), (40, "documents"))
        self.assertNotIn("few", pair["verdict"])

    def test_documents(self):
        self.path("parts.txt").write_text("".join(words(i, 40) + "%%" for i in range(12)))
        for rule, units in ("separator:%%", 12), ("files", 1):
            events = self.compare("bytes", "bytes", "--text", "parts.txt", "--documents", rule)
            self.assertEqual(events["text"][0]["documents"], units)
            if units > 1:
                self.assertEqual(events["pair"][0]["units"], units)
        self.misused("compare", "bytes", "--text", "x", "--documents", "pages", words="separator:")

    def test_verdict_follows_the_interval(self):
        for text in "long.txt", "documents":
            (pair,) = self.compare("bytes", "chars", "--text", text)["pair"]
            if pair["low"] > 0:
                self.assertRegex(pair["verdict"], r"\Achars beats bytes by")
            elif pair["high"] < 0:
                self.assertRegex(pair["verdict"], r"\Abytes beats chars by")
            else:
                self.assertIn("cannot be told apart", pair["verdict"])
        (pair,) = self.compare("bytes", "bytes", "--text", "long.txt")["pair"]
        self.assertIn("cost the same", pair["verdict"])

    def test_a_short_text_has_no_verdict(self):
        events = self.compare("bytes", "chars", "--text", "text.txt")
        self.assertNotIn("pair", events)
        text = self.succeeds("compare", "bytes", "chars", "--text", "text.txt", "--no-baselines").text
        self.assertIn("No verdict: the text makes only 1 independent unit", text)

    def test_threads_do_not_matter(self):
        one, *others = [
            self.succeeds(
                "compare", "bytes", "chars", "--text", "documents", "--json", "--threads", threads,
                "--details", "--calibration", "--no-baselines",
            ).out  # fmt: skip
            for threads in (1, 2, 3)
        ]
        for other in others:
            self.assertEqual(one, other)

    def test_seed(self):
        pairs = [
            self.compare("bytes", "chars", "--text", "documents", "--seed", seed)["pair"][0]
            for seed in (1, 1, 2)
        ]
        self.assertEqual(pairs[0], pairs[1])
        self.assertNotEqual(pairs[0]["low"], pairs[2]["low"])
        self.assertEqual(pairs[0]["difference"], pairs[2]["difference"])

    def test_saved_scores_stand_for_the_model(self):
        for model in "bytes", "chars":
            self.succeeds(
                "score", model, "documents", "--documents", "files", "--save", f"{model}.scores"
            )
        now = self.compare("bytes", "chars", "--text", "documents")
        later = self.compare("bytes.scores", "chars.scores", "--text", "documents")
        for a, b in zip(now["model"], later["model"]):
            self.assertTrue(b["saved"])
            self.assertEqual(a["checkpoint"], b["checkpoint"])
            self.assertEqual(a["policy"], b["policy"])
            self.assertAlmostEqual(a["nll"], b["nll"], places=6)
            self.assertAlmostEqual(a["nll_with_ends"], b["nll_with_ends"], places=6)
        for key in "difference", "low", "high":
            self.assertAlmostEqual(now["pair"][0][key], later["pair"][0][key], places=6)

    def test_saved_scores_of_another_text(self):
        self.succeeds("score", "bytes", "long.txt", "--documents", "files", "--save", "s")
        self.fails(
            "compare", "s", "--text", "text.txt", words=["s: these are scores of other bytes"]
        )
        self.succeeds("score", "bytes", "text.txt", "--save", "s")
        self.fails(
            "compare", "s", "--text", "text.txt",
            words=["the text was scored as 25 documents, here it is 1"],
        )  # fmt: skip
        self.compare("s", "--text", "text.txt", "--documents", "lines")

    def test_broken_scores(self):
        self.succeeds("score", "bytes", "text.txt", "--documents", "files", "--save", "whole")
        whole = self.path("whole").read_bytes()
        self.path("broken").write_bytes(whole[:-1])
        self.fails("compare", "broken", "--text", "text.txt", words="broken: is neither a model nor")
        self.path("broken").write_bytes(whole.replace(b'"text_hash"', b'"text_hush"'))
        self.fails("compare", "broken", "--text", "text.txt", words="scores of other bytes")
        self.path("broken").write_bytes(whole.replace(b'"likely_scores"', b'"likely_scorns"'))
        self.fails("compare", "broken", "--text", "text.txt", words="holds no scores")
        size = int.from_bytes(whole[:8], "little")
        first = 8 + size + json.loads(whole[8 : 8 + size])["nll"]["data_offsets"][0]
        self.path("broken").write_bytes(whole[:first] + b"\xff" * 8 + whole[first + 8 :])
        self.fails("compare", "broken", "--text", "text.txt", words="the cost of token 0 is")
        self.fails("compare", "text.txt", "--text", "text.txt", words="is neither a model nor scores")

    def test_groups(self):
        self.succeeds("score", "bytes", "documents", "--documents", "files", "--save", "b.scores")
        events = self.compare(
            "--group", "A=bytes,chars", "--group", "B=bytes,b.scores", "--text", "documents"
        )
        (pair,) = events["pair"]
        self.assertEqual((pair["a"], pair["b"]), ("A", "B"))
        bits = [model["bits_per_byte"] for model in events["model"]]
        self.assertAlmostEqual(
            pair["difference"], (bits[0] + bits[1]) / 2 - (bits[2] + bits[3]) / 2, places=9
        )
        seeds = (bits[0] - bits[1]) ** 2 / 4  # s^2 / 2 of A; B's runs are the same
        self.assertGreater(pair["standard_error"] ** 2, seeds)
        self.fails("compare", "--group", "A=bytes", "--text", "text.txt", words="a single run")
        for wrong in "A", "=bytes,chars", "A=":
            self.fails("compare", "--group", wrong, "--text", "text.txt", words="is not understood")

    def test_breakdowns_add_up(self):
        events = self.compare("bytes", "chars", "--text", "documents", "--calibration")
        for model in events["model"]:
            rows = [row for row in events["breakdown"] if row["model"] == model["model"]]
            for by in {row["by"] for row in rows}:
                part = [row for row in rows if row["by"] == by]
                self.assertAlmostEqual(sum(row["nll"] for row in part), model["nll"], places=6)
                self.assertEqual(sum(row["bytes"] for row in part), model["bytes"])
                self.assertEqual(sum(row["tokens"] for row in part), model["tokens"])
            documents = [row for row in events["document"] if row["model"] == model["model"]]
            self.assertEqual(len(documents), 40)
            self.assertAlmostEqual(sum(row["nll"] for row in documents), model["nll"], places=6)
            (calibration,) = [row for row in events["calibration"] if row["model"] == model["model"]]
            self.assertEqual(calibration["tokens"], model["tokens"])
            gap = sum(abs(b["right"] - b["confidence_sum"]) for b in calibration["bins"])
            self.assertAlmostEqual(
                calibration["expected_calibration_error"], gap / model["tokens"], places=9
            )
        for passage in events["passage"]:
            self.assertLess(passage["nll"], passage["nll_over"])
        text = self.succeeds(
            "compare", "bytes", "chars", "--text", "documents", "--no-baselines", "--details"
        ).text
        for words in "by class", "by document", "tokens of context", "wins most over":
            self.assertIn(words, text)

    def test_page_and_table(self):
        hostile = "<script>alert('x')</script>&\x1b[31m\u202e " + words(3, 13000)
        self.path("<b>.txt").write_text(hostile, "utf-8")
        self.succeeds("score", "bytes", "<b>.txt", "--stride", 24, "--documents", "files", "--save", "o")
        events = self.compare(
            "bytes", "o", "--text", "<b>.txt", "--html", "page.html", "--csv", "table.csv",
            "--calibration",
        )  # fmt: skip
        page = self.path("page.html").read_text("utf-8")
        self.assertNotIn("<script", page)
        self.assertNotIn("\x1b", page)
        self.assertNotRegex(page, r"(?:src|href)\s*=")
        self.assertNotIn("<b>.txt", page)
        html.parser.HTMLParser().feed(page)
        for plot in re.findall(r"<svg.*?</svg>", page, re.S):
            xml.etree.ElementTree.fromstring(plot)
        (pair,) = events["pair"]
        self.assertIn(pair["verdict"], page)
        with open(self.path("table.csv"), newline="") as file:
            rows = list(csv.DictReader(file))
        for model in events["model"]:
            (whole,) = [
                row for row in rows if row["model"] == model["model"] and row["by"] == "whole text"
            ]
            self.assertEqual(float(whole["nll"]), model["nll"])
            classes = [
                row for row in rows if row["model"] == model["model"] and row["by"] == "byte class"
            ]
            self.assertAlmostEqual(sum(float(row["nll"]) for row in classes), model["nll"], places=6)
        (difference,) = [row for row in rows if row["by"] == "minus"]
        self.assertEqual(float(difference["low"]), pair["low"])
        result = self.run_likely(
            "compare", "bytes", "--text", "text.txt", "--no-baselines", "--html", "no/where"
        )
        self.check_failure(result, 1, "no/where")

    def test_baselines(self):
        self.path("training.txt").write_text(command.TEXT * 20)
        found = self.compare(
            "bytes", "--text", "text.txt", "--train-text", "training.txt", "--baselines"
        )["baseline"]
        events = {event["name"]: event for event in found}
        self.assertAlmostEqual(events["uniform"]["bits_per_byte"], math.log2(257), places=9)
        counts = {c: command.TEXT.count(c) * 20 for c in set(command.TEXT)}
        total = sum(counts.values())
        unigram = -sum(math.log2(counts[c] / total) for c in command.TEXT) / len(command.TEXT)
        self.assertAlmostEqual(
            events["1-gram, maximum likelihood"]["bits_per_byte"], unigram, places=6
        )
        for order in range(1, 13):
            self.assertIn(f"{order}-gram, Kneser-Ney", events)
        self.assertLess(events["5-gram, Kneser-Ney"]["bits_per_byte"], unigram)
        for event in found:
            if event["kind"] == "compressor":
                self.assertEqual(event["primed_with"], len(command.TEXT) * 20)
                self.assertAlmostEqual(
                    event["bits_per_byte"], event["compressed_bytes"] * 8 / (5 * len(command.TEXT))
                )
        self.path("other.txt").write_text("Unforeseen #")
        found = self.compare(
            "bytes", "--text", "other.txt", "--train-text", "training.txt", "--baselines"
        )["baseline"]
        events = {event["name"]: event for event in found}
        self.assertEqual(events["1-gram, maximum likelihood"]["bits_per_byte"], "inf")
        self.assertEqual(events["1-gram, maximum likelihood"]["impossible_bytes"], 2)
        text = self.succeeds("compare", "bytes", "--text", "text.txt").text
        self.assertIn("no training text is known", text)
        text = self.succeeds("compare", "bytes", "--text", "text.txt", PATH="/nowhere").text
        self.assertIn("baselines: none", text)

    def leak(self, model, text):
        (event,) = self.compare(model, "--text", text)["leak"]
        return event

    def test_leaks(self):
        self.path("own.txt").write_text(words(5, 4000), "utf-8")
        self.succeeds(
            "train", "own.txt", "--out", "run", "--layers", 1, "--width", 16, "--heads", 2,
            "--context", 16, "--steps", 2, "--quiet",
        )  # fmt: skip
        event = self.leak("run", "own.txt")
        self.assertEqual(event["training"]["same_bytes"], 3600)
        self.assertTrue(event["best"])
        self.assertIn("was trained on 3,600 of the text's 4,000 bytes", event["warning"])
        own = self.path("own.txt").read_bytes()
        self.path("unseen.txt").write_bytes(own[3600:])
        event = self.leak("run", "unseen.txt")
        self.assertEqual(event["training"]["same_bytes"], 0)
        self.assertEqual(event["validation"]["shared_bytes"], 400)
        self.assertIn("was chosen among its run's checkpoints", event["warning"])
        self.path("copied.txt").write_bytes(own[3700:] + b"#" + own[1000:1080] + b"#" + own[:63])
        event = self.leak("run", "copied.txt")
        self.assertEqual(event["training"]["shared_bytes"], 80)
        self.assertEqual(event["training"]["longest"], 80)
        self.assertEqual(event["training"]["longest_at"], 301)
        self.path("fresh.txt").write_text(words(6, 4000), "utf-8")
        event = self.leak("run", "fresh.txt")
        self.assertIsNone(event["warning"])
        self.assertTrue(event["training"]["looked_through"])
        self.assertFalse(self.leak("bytes", "fresh.txt")["training"]["known"])
        self.path("own.txt").write_bytes(own[:-1] + b"?")
        event = self.leak("run", "fresh.txt")
        self.assertFalse(event["training"]["looked_through"])
        self.assertIn("own.txt: has changed since", event["warning"])
        self.path("own.txt").unlink()
        self.assertIn("cannot be read", self.leak("run", "fresh.txt")["warning"])
        self.fails("compare", "bytes", "--text", "fresh.txt", "--train-text", "own.txt", words="own.txt")

    def test_mistakes(self):
        self.path("empty").write_bytes(b"")
        self.misused("compare", "bytes", words="which text?")
        self.misused("compare", "--text", "text.txt", words="which models?")
        self.misused("compare", "bytes", "--group", "A=a,b", "--text", "text.txt", words="recipes")
        self.misused("compare", "bytes", "--text", "t", "--resamples", 5, words="--resamples")
        self.fails("compare", "bytes", "--text", "empty", words="empty: is empty")
        self.fails("compare", "bytes", "--text", "nowhere", words="nowhere")
        self.fails("compare", "nowhere", "--text", "text.txt", words="nowhere")
        self.fails("compare", "bytes", "--text", "long.txt", "--stride", 99, words="--stride 99")
        self.path("foreign.txt").write_text("Grüße", "utf-8")
        self.fails("compare", "bytes", "chars", "--text", "foreign.txt", words=["chars", "foreign.txt"])
        self.path("broken-model").mkdir(exist_ok=True)
        self.path("broken-model/config.json").write_text("{")
        self.fails("compare", "broken-model", "--text", "text.txt", words="broken-model")

    def test_help(self):
        text = self.succeeds("compare", "--help").text
        self.assertTrue(re.search(r"resamples=N[^-]*default:\s+10000", text))
        self.assertIn("--group", json.dumps(text))


if __name__ == "__main__":
    command.main()
