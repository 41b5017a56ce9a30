"""What the tests of the commands share: the program under test, run in a directory of its own.

A test file is run as `test_X.py LIKELY MAKE_MODEL [unittest options]`.
"""
import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

LIKELY, MAKE_MODEL = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
TEXT = "First Citizen:\nBefore we proceed any further, hear me speak.\n\nAll:\nSpeak, speak.\n"


class Result:
    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err

    @property
    def text(self):
        return self.out.decode()

    @property
    def message(self):
        return self.err.decode()

    def events(self, kind=None):
        events = [json.loads(line) for line in self.out.splitlines()]
        return [event for event in events if kind in (None, event["event"])]


class Case(unittest.TestCase):
    """Each class has a directory with models `bytes` and `chars` and the text `text.txt`."""

    @classmethod
    def setUpClass(cls):
        holder = tempfile.TemporaryDirectory(prefix="likely-test-")
        cls.addClassCleanup(holder.cleanup)
        cls.directory = pathlib.Path(holder.name)
        cls.path("text.txt").write_text(TEXT * 5, "utf-8")
        for name, kind in {"bytes": "byte", "chars": "char"}.items():
            subprocess.run(
                [MAKE_MODEL, name, kind, "text.txt"], cwd=cls.directory, check=True
            )

    @classmethod
    def path(cls, name):
        return cls.directory / name

    def run_likely(self, *arguments, stdin=b"", stdout=subprocess.PIPE, **environment):
        done = subprocess.run(
            [LIKELY, *map(str, arguments)],
            cwd=self.directory,
            input=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**os.environ, **environment},
            timeout=100,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def succeeds(self, *arguments, **options):
        result = self.run_likely(*arguments, **options)
        self.assertEqual(result.status, 0, result.message)
        return result

    def fails(self, *arguments, words=(), **options):
        """Status 1, one sentence on stderr, nothing on stdout."""
        result = self.run_likely(*arguments, **options)
        self.check_failure(result, 1, words)
        self.assertRegex(result.message, r"\Alikely: [^\n]+\n\Z")
        return result

    def misused(self, *arguments, words=(), **options):
        """Status 2, one sentence, and where to find help."""
        result = self.run_likely(*arguments, **options)
        self.check_failure(result, 2, words)
        self.assertRegex(result.message, r"\Alikely [a-z-]+: [^\n]+\nTry `likely [^.]+\.\n\Z")
        return result

    def check_failure(self, result, status, words):
        self.assertEqual(result.status, status, result.message)
        self.assertEqual(result.out or b"", b"")
        for word in [words] if isinstance(words, str) else words:
            self.assertIn(word, result.message)

    def on_terminal(self, *arguments, **environment):
        """What a terminal shows that is stdout and stderr."""
        process, terminal = pty.fork()
        if process == 0:
            try:
                os.chdir(self.directory)
                os.execve(LIKELY, [LIKELY, *map(str, arguments)], {**os.environ, **environment})
            finally:
                os._exit(127)
        shown = b""
        while True:
            try:
                piece = os.read(terminal, 65536)
            except OSError:  # the other side has closed
                break
            if not piece:
                break
            shown += piece
        os.close(terminal)
        _, status = os.waitpid(process, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, shown)
        return shown.decode("utf-8").replace("\r\n", "\n")


def main():
    del sys.argv[1:3]
    unittest.main()
