"""likely train --resume: the same run, whatever stopped it; and what may not change."""
import time
from signal import SIGINT, SIGKILL, SIGTERM

import training
from training import SMALL

RUN = [*SMALL, *"--accumulate 2 --dropout 0.1 --steps 40 --warmup 10 --eval-every 9 "
                "--save-every 4 --patience 0".split()]


class Stops(training.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls().train("book.txt", *RUN, "--out", "unbroken")

    def runTest(self):
        """Makes the class itself usable for setting up."""

    def test_signals(self):
        # warm-up, the middle of an epoch, its end (29 steps), after the last checkpoint
        for number, step in (SIGTERM, 1), (SIGINT, 7), (SIGTERM, 29), (SIGINT, 38):
            out = f"stopped-{step}"
            status, message = self.interrupt(number, step, "book.txt", *RUN, "--out", out)
            self.assertEqual(status, 128 + number, message)
            self.assertIn(f"likely train --resume --out {out} goes on", message)
            self.assertGreaterEqual(self.step(out), step)
            self.train("--resume", "--out", out, "--threads", 1 + step % 3)
            self.assert_same_run(out, "unbroken")

    def test_kill_after_a_checkpoint(self):
        for step in 5, 23:
            out = f"killed-{step}"
            status, _ = self.interrupt(SIGKILL, step, "book.txt", *RUN, "--out", out)
            self.assertEqual(status, -SIGKILL)
            self.train("--resume", "--out", out)
            self.assert_same_run(out, "unbroken")

    def test_again_and_again(self):
        self.interrupt(SIGTERM, 1, "book.txt", *RUN, "--out", "storm")
        for _ in range(100):
            step = self.step("storm")
            status, message = self.interrupt(SIGTERM, step + 1, "--resume", "--out", "storm")
            if status == 0:
                break
            self.assertEqual(status, 128 + SIGTERM, message)
        self.assertEqual(status, 0)
        self.assert_same_run("storm", "unbroken")

    def test_a_second_signal_ends_at_once(self):
        slow = "--width 384 --batch 64 --context 64 --steps 1000".split()
        with self.start("book.txt", *slow, "--out", "slow") as process:
            process.stdout.readline()  # the run has begun
            time.sleep(0.3)
            process.send_signal(SIGINT)
            time.sleep(0.1)
            process.send_signal(SIGINT)
            begun = time.monotonic()
            _, message = process.communicate(timeout=100)
        self.assertLess(time.monotonic() - begun, 20)
        self.assertEqual(process.returncode, -SIGINT, message)
        self.assertIn("once more", message)

    def test_done_is_done(self):
        self.train("book.txt", *RUN, "--out", "done")
        before = self.log("done")
        result = self.train("--resume", "--out", "done", "--json")
        self.assertEqual([event["event"] for event in result.events()], ["begin", "done"])
        self.assertEqual(self.log("done"), before)


class Changes(training.Case):
    def test_more_steps(self):
        self.train("book.txt", *SMALL, "--steps", 6, "--out", "run")
        self.train("--resume", "--out", "run", "--steps", 9, "--eval-every", 2)
        self.assertEqual(self.step("run"), 9)
        self.assertEqual(self.description("run")["training"]["steps"], 9)
        evaluated = [line["step"] for line in self.log("run") if line["event"] == "eval"]
        self.assertEqual(evaluated, [1, 2, 3, 4, 5, 6, 8, 9])
        self.fails("train", "--resume", "--out", "run", "--steps", 5, words="9 steps already")
        # the text by another name is still the text
        self.path("book.txt").rename(self.path("moved.txt"))
        self.fails("train", "--resume", "--out", "run", words="book.txt")
        self.train("moved.txt", "--resume", "--out", "run", "--steps", 10)
        self.path("moved.txt").rename(self.path("book.txt"))

    def test_what_may_not_change(self):
        self.train("book.txt", *SMALL, "--steps", 2, "--out", "fixed", "--dropout", 0.1)
        for option in (("--width", 32), ("--batch", 4), ("--tokenizer", "char"), ("--l2", 0.1),
                       ("--dropout", 0), ("--seed", 3), ("--minutes", 1), ("--preset", "gpt2"),
                       ("--schedule", "linear"), ("--mask-documents",)):
            self.misused("train", "--resume", "--out", "fixed", *option, words=option[0])
        # said again, it changes nothing
        self.train("book.txt", *SMALL, "--steps", 3, "--dropout", 0.1, "--resume", "--out",
                   "fixed")
        self.assertEqual(self.step("fixed"), 3)

    def test_the_text_may_not_change(self):
        self.path("a.txt").write_text(training.WORDS)
        self.path("b.txt").write_text(training.WORDS.replace("best", "rest"))
        self.train("a.txt", *SMALL, "--steps", 1, "--out", "text")
        self.fails("train", "b.txt", "--resume", "--out", "text", words="b.txt")
        self.fails("train", "a.txt", "b.txt", "--resume", "--out", "text", words="2 training")
        self.fails("train", "--val", "b.txt", "--resume", "--out", "text", words="differs")
        self.path("a.txt").write_text(training.WORDS + "more")
        self.fails("train", "--resume", "--out", "text", words="a.txt")

    def test_the_newest(self):
        self.fails("train", "--resume", words="no run")
        self.fails("train", "--resume", "--out", "nowhere", words="nowhere")
        self.train("book.txt", *SMALL, "--steps", 1)
        result = self.succeeds("train", "--resume", "--steps", 2)
        self.assertIn("this is the newest run, checkpoints/book", result.message)

    def test_another_numeric_path(self):
        self.train("book.txt", *SMALL, "--steps", 1, "--out", "path", LIKELY_ISA="v2")
        result = self.succeeds("train", "--resume", "--out", "path", "--steps", 2)
        path = self.description("path")["numeric_path"]
        if not path.endswith("v2"):
            self.assertIn("may differ", result.message)
            self.assertIn(path, result.message)


training.main()
