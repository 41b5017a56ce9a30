"""Where output goes: terminals, full disks, readers who leave."""
import os
import re
import subprocess

import command


class Output(command.Case):
    def test_a_full_disk(self):
        for arguments in (["--help"], ["--version"], ["sample", "--help"],
                          ["sample", "bytes", "--quiet"], ["sample", "bytes", "--json", "--quiet"],
                          ["info", "bytes"], ["eval", "bytes", "text.txt"]):
            with self.subTest(arguments), open("/dev/full", "wb") as full:
                result = self.run_likely(*arguments, stdout=full)
                self.assertEqual(result.status, 1)
                self.assertRegex(result.message, r"\Alikely: standard output [^\n]*\n\Z")

    def test_a_reader_who_leaves(self):
        for arguments in (["--help"], ["sample", "bytes", "--quiet", "--tokens", "100K"],
                          ["info", "bytes"], ["eval", "bytes", "text.txt", "--json"]):
            with self.subTest(arguments):
                read_end, write_end = os.pipe()
                os.close(read_end)
                result = self.run_likely(*arguments, stdout=write_end)
                os.close(write_end)
                self.assertEqual((result.status, result.message), (1, ""))

    def test_a_closed_output(self):
        done = subprocess.run(
            ["sh", "-c", 'exec "$0" info bytes >&-', command.LIKELY],
            cwd=self.directory, stderr=subprocess.PIPE,
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)

    def test_text_comes_as_it_is_generated(self):
        process = subprocess.Popen(
            [command.LIKELY, "sample", "chars", "--tokens", "1000000", "--prompt", "All:",
             "--ignore-end", "--threads", "1"],
            cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )
        try:
            self.assertEqual(os.read(process.stdout.fileno(), 4), b"All:")
            self.assertTrue(os.read(process.stdout.fileno(), 1))
            self.assertIsNone(process.poll())
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_a_terminal_is_not_controlled(self):
        shown = self.on_terminal("sample", "bytes", "--tokens", "2000", "--seed", "1",
                                 "--ignore-end", "--prompt", "\x1b[31m\u009b1mé\n",
                                 TERM="xterm", NO_COLOR="")
        self.assertIn("\x1b[1m\\x1b[31m\\x9b1mé\n\x1b[0m", shown)  # bold, then escaped
        rest = shown.split("\x1b[0m", 1)[1]
        self.assertEqual(re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", rest), [])
        self.assertIn("\\x1b", rest)
        self.assertIn("\ufffd", rest)

    def test_no_colour(self):
        for environment in ({"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}):
            shown = self.on_terminal("sample", "chars", "--tokens", "9", "--prompt", "All:",
                                     **environment)
            self.assertIn("All:", shown)
            self.assertNotIn("\x1b", shown)

    def test_messages_are_escaped_on_a_terminal(self):
        name = "odd\x1b[31mname"
        self.path(name).write_text("Speak", "utf-8")
        shown = self.on_terminal("eval", "chars", name, TERM="xterm")
        self.assertIn("odd\\x1b[31mname", shown)
        self.assertNotIn("\x1b", shown)


if __name__ == "__main__":
    command.main()
