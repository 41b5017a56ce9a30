"""likely mle"""
import math
import xml.dom.minidom

import command

NUMBERS = b"1 2 3 4 5\n2.5, 3.5\n"


class Mle(command.Case):
    def events(self, *arguments, kind="mle", **options):
        return self.succeeds("mle", *arguments, "--json", **options).events(kind)

    def parameter(self, *arguments, method=0, **options):
        return self.events(*arguments, **options)[method]["parameters"][0]

    def test_gaussian(self):
        (event,) = self.events("gaussian", stdin=NUMBERS)
        mean, variance = event["parameters"]
        self.assertEqual((mean["name"], mean["value"]), ("mean", 3.0))
        self.assertEqual(variance["value"], 1.5)
        self.assertAlmostEqual(mean["standard_error"], math.sqrt(1.5 / 7))
        self.assertAlmostEqual(variance["standard_error"], 1.5 * math.sqrt(2 / 7))
        self.assertAlmostEqual(event["log_likelihood"], -3.5 * (math.log(2 * math.pi * 1.5) + 1))
        self.assertTrue(event["agrees"])
        self.assertIn("biased", event["note"])
        self.assertEqual(event["file"], "standard input")

    def test_text_and_json_say_the_same(self):
        self.path("numbers").write_bytes(NUMBERS)
        text = self.succeeds("mle", "gaussian", "numbers").text
        (event,) = self.events("gaussian", "numbers")
        self.assertTrue(text.startswith("gaussian: 7 numbers of numbers\n"))
        self.assertIn(f"{event['log_likelihood']:.6f} nats", text)
        self.assertIn("agrees", text)
        self.assertIn("biased", text)
        self.assertIn("^", text)

    def test_binomial_from_outcomes_and_from_counts(self):
        outcomes = self.events("binomial", stdin=b"0 1 1 0\n1 0 0 0 0 0")
        counts = self.events("binomial", "--successes", 3, "--trials", 10)
        for event in outcomes + counts:
            del event["file"]
        self.assertEqual(outcomes, counts)
        (success,) = counts[0]["parameters"]
        self.assertEqual(success["value"], 0.3)
        self.assertAlmostEqual(success["standard_error"], math.sqrt(0.021))

    def test_edges(self):
        for k, value in ((0, 0), (10, 1)):
            (event,) = self.events("binomial", "--successes", k, "--trials", 10)
            (success,) = event["parameters"]
            self.assertEqual(success["value"], value)
            self.assertIsNone(success["standard_error"])
            self.assertEqual((event["exists"], event["interior"], event["agrees"]),
                             (True, False, False))
            self.assertIn("never seen", event["note"])
        result = self.succeeds("mle", "gaussian", stdin=b"2 2 2")
        for words in ("none", "without bound", "no standard error", "Adam was not run"):
            self.assertIn(words, " ".join(result.text.split()))
        (event,) = self.events("gaussian", stdin=b"2 2 2")
        self.assertFalse(event["exists"])
        self.assertIsNone(event["log_likelihood"])

    def test_priors(self):
        beta = ("binomial", "--successes", 3, "--trials", 10, "--prior", "2,2")
        self.assertAlmostEqual(self.parameter(*beta, method=1)["value"], 4 / 12)
        flat = ("binomial", "--successes", 3, "--trials", 10, "--prior", "1,1")
        self.assertEqual(self.parameter(*flat, method=1)["value"], 0.3)
        for alphas in ("3", "3,3,3"):
            words = self.parameter("categorical", "--prior", alphas, method=1, stdin=b"a b b c")
            self.assertAlmostEqual(words["value"], 3 / 10)
        event = self.events("gaussian", "--prior", "0,1,2,1", stdin=NUMBERS)[1]
        self.assertEqual(event["method"], "maximum a posteriori")
        self.assertAlmostEqual(event["parameters"][0]["value"], 21 / 8)
        self.assertTrue(event["agrees"])
        none = self.events("binomial", "--successes", 0, "--trials", 9, "--prior", ".5,.5")[1]
        self.assertFalse(none["exists"])
        self.assertIn("no mode", none["note"])

    def test_categorical(self):
        (event,) = self.events("categorical", stdin=b"to be or not to be")
        shares = {p["name"]: p["value"] for p in event["parameters"]}
        self.assertEqual(shares, {"be": 1 / 3, "not": 1 / 6, "or": 1 / 6, "to": 1 / 3})
        bits = 2 / 3 * math.log2(3) + 1 / 3 * math.log2(6)
        self.assertAlmostEqual(event["bits_per_observation"], bits)
        (event,) = self.events("categorical", "--bytes", stdin=b"abab\n\xff")
        self.assertEqual([p["name"] for p in event["parameters"]], ["\\x0a", "a", "b", "\\xff"])
        many = self.succeeds("mle", "categorical", "--bytes", "text.txt").text
        self.assertIn("less likely ones", many)

    def test_unseen_outcomes(self):
        (event,) = self.events("categorical", "--categories", 4, stdin=b"a b a")
        self.assertEqual([p["value"] for p in event["parameters"]], [2 / 3, 1 / 3, 0, 0])
        self.assertIn("never seen", event["note"])
        event = self.events("categorical", "--categories", 4, "--prior", 2, stdin=b"a b a")[1]
        self.assertEqual([p["value"] for p in event["parameters"]], [3 / 7, 2 / 7, 1 / 7, 1 / 7])

    def test_curve(self):
        curve, = self.events("binomial", "--successes", 3, "--trials", 10, kind="curve")
        self.assertEqual(curve["maximum_at"], 0.3)
        self.assertAlmostEqual(curve["below_maximum"][0], -4.5)
        top = max(zip(curve["below_maximum"], curve["x"]))
        self.assertAlmostEqual(top[1], 0.3, delta=0.01)
        self.assertLessEqual(top[0], 0)

    def test_svg(self):
        self.succeeds("mle", "categorical", "--svg", "c.svg", stdin=b"<&> \x1b\xff <&>")
        drawing = xml.dom.minidom.parse(str(self.path("c.svg")))
        self.assertEqual(drawing.documentElement.tagName, "svg")
        result = self.run_likely("mle", "gaussian", "--svg", "no/such.svg", stdin=b"1 2")
        self.assertEqual(result.status, 1)
        self.assertIn("no/such.svg", result.message)

    def test_simulation(self):
        rows = self.events("gaussian", "--simulate", 500, kind="simulation", stdin=NUMBERS)
        self.assertEqual(len(rows), 18)
        ten = [r for r in rows if r["n"] == 10 and r["parameter"] == "variance"][0]
        self.assertEqual((ten["truth"], ten["runs"]), (1.5, 500))
        self.assertAlmostEqual(ten["predicted_bias"], -0.15)
        self.assertAlmostEqual(ten["bias"], -0.15, delta=5 * ten["bias_standard_error"])
        again = self.events("gaussian", "--simulate", 500, kind="simulation", stdin=NUMBERS)
        self.assertEqual(rows, again)

    def test_regression(self):
        rows = b"".join(b"%d %d %d\n" % (i, i * i % 7, 3 * i - i * i % 7 + (-1) ** i)
                        for i in range(40))
        (plain,) = self.events("regression", stdin=rows)
        (ridge,) = self.events("regression", "--l2", "0.5", stdin=rows)
        self.assertTrue(plain["agrees"] and ridge["agrees"])
        for fit in plain["adam"]:
            for found, closed in zip(fit["weights"], plain["weights"]):
                self.assertAlmostEqual(found, closed, places=9)
        self.assertEqual(ridge["prior_variance"], 1 / (0.5 * 40))
        self.assertLess(abs(ridge["weights"][0]), abs(plain["weights"][0]))
        self.assertGreater(ridge["variance"], plain["variance"])
        self.assertIn("1/(lambda N)", self.succeeds("mle", "regression", "--l2", 1, stdin=rows).text)

    def test_mistakes(self):
        self.misused("mle", words="too few arguments")
        self.misused("mle", "poisson", words=["poisson", "gaussian, binomial"])
        self.misused("mle", "gaussian", "--bytes", words="--bytes means nothing for gaussian")
        self.misused("mle", "regression", "--prior", "1", words="--prior means nothing")
        self.misused("mle", "binomial", "--trials", "3", words="go together")
        self.misused("mle", "binomial", "--trials", 3, "--successes", 4, words="4")
        self.misused("mle", "binomial", "text.txt", "--trials", 3, "--successes", 1, words="text.txt")
        self.fails("mle", "gaussian", words="standard input: holds no numbers")
        self.fails("mle", "gaussian", "nosuch", words="nosuch")
        self.fails("mle", "gaussian", "text.txt", words=["text.txt: line 1", "'First'"])
        self.fails("mle", "binomial", stdin=b"0 1 2", words="trial 3 is 2")
        self.fails("mle", "categorical", stdin=b"x x x", words=["only one outcome", "--categories"])
        self.fails("mle", "categorical", "--categories", 2, stdin=b"x y z", words="3 different")
        self.fails("mle", "regression", stdin=b"1 2\n3 4\n5\n", words="line 3")
        self.fails("mle", "gaussian", "--prior", "1,2", stdin=b"1 2", words="4 numbers")
        self.fails("mle", "gaussian", "--prior", "1,2,x,4", stdin=b"1 2", words="--prior")
        self.fails("mle", "gaussian", "--prior", "1,0,1,1", stdin=b"1 2", words="above 0")
        self.fails("mle", "categorical", "--prior", "1,2,3", stdin=b"a b", words="--prior")


if __name__ == "__main__":
    command.main()
