"""likely train, killed without warning at random instants until it is done: between two writes of
a checkpoint, in the middle of a log line, before a link has moved. Nothing may be lost, and the
run must be the one that was never killed."""
import random
import time
from signal import SIGKILL

import training

RUN = [*"--layers 1 --width 32 --heads 2 --context 32 --batch 4 --accumulate 2".split(),
       *"--dropout 0.1 --steps 600 --eval-every 7 --save-every 3 --patience 0".split()]


class Storm(training.Case):
    def test_killed_at_any_time(self):
        self.train("book.txt", *RUN, "--out", "unbroken", "--threads", 2)
        dice = random.Random(1)
        with self.start("book.txt", *RUN, "--out", "storm") as process:
            while "save" not in process.stdout.readline():
                pass
            process.kill()
        kills, status = 1, -SIGKILL
        while status:
            before = self.step("storm")
            with self.start("--resume", "--out", "storm", "--quiet", "--threads",
                            dice.randint(1, 3)) as process:
                for _ in range(dice.randint(1, 80)):
                    process.stdout.readline()
                time.sleep(dice.uniform(0, 0.01))
                process.kill()
                _, message = process.communicate(timeout=100)
            status = process.returncode
            kills += status != 0
            self.assertIn(status, (0, -SIGKILL), message)
            self.assertEqual(message, "")
            self.assertGreaterEqual(self.step("storm"), before)
        self.assertGreater(kills, 10)
        self.assert_same_run("storm", "unbroken")
        left = [path.name for path in self.path("storm").iterdir() if path.name[0] == "."]
        self.assertEqual(left, [])


training.main()
