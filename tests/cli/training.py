"""What the tests of `likely train` share: small runs, and what they leave on disk."""
import json
import subprocess

import command

SMALL = "--layers 1 --width 16 --heads 2 --context 16 --batch 2 --learning-rate 0.01".split()
WORDS = (
    "It was the best of times, it was the worst of times, it was the age of wisdom, "
    "it was the age of foolishness, it was the epoch of belief, it was the epoch of "
    "incredulity, it was the season of Light, it was the season of Darkness.\n"
)
TIMES = {"elapsed_s", "tokens_per_s"}


class Case(command.Case):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.path("book.txt").write_text(WORDS * 4, "utf-8")

    def train(self, *arguments, **options):
        return self.succeeds("train", *arguments, "--quiet", **options)

    def log(self, run):
        """The run's log without what depends on time."""
        lines = (self.path(run) / "log.jsonl").read_text().splitlines()
        return [
            {key: value for key, value in json.loads(line).items() if key not in TIMES}
            for line in lines
        ]

    def weights(self, run, link="last"):
        return (self.path(run) / link / "model.safetensors").read_bytes()

    def description(self, run):
        return json.loads((self.path(run) / "run.json").read_text())

    def step(self, run, link="last"):
        return int((self.path(run) / link).readlink().name.removeprefix("step-"))

    def assert_same_run(self, run, other):
        self.assertEqual(self.log(run), self.log(other))
        for link in "last", "best":
            self.assertEqual(self.step(run, link), self.step(other, link))
            self.assertEqual(self.weights(run, link), self.weights(other, link))

    def start(self, *arguments, **options):
        """The program, in the background; its events come line by line."""
        return subprocess.Popen(
            [command.LIKELY, "train", *map(str, arguments), "--json"],
            cwd=self.directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def interrupt(self, number, step, *arguments):
        """Send the signal once the step's event has come; the status, and stderr."""
        with self.start(*arguments) as process:
            for line in process.stdout:
                event = json.loads(line)
                if event["event"] == "step" and event["step"] == step:
                    process.send_signal(number)
                    break
            _, message = process.communicate(timeout=100)
        return process.returncode, message


main = command.main
