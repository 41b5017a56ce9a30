"""What the style checks share: the files of a tree, C text without comments, and main().

A check is a function from the project's root to a list of findings, "file:line: what".
"""
import pathlib
import re
import sys
import tempfile

_C_TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)
      |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""",
    re.DOTALL | re.VERBOSE,
)


def files_below(root, folders, suffixes):
    """The files under root/folder for each folder, sorted; "" stands for no suffix."""
    found = []
    for folder in folders:
        for path in (root / folder).rglob("*"):
            hidden = any(part.startswith((".", "__")) for part in path.relative_to(root).parts)
            if path.is_file() and path.suffix in suffixes and not hidden:
                found.append(path)
    return sorted(found)


def read(path):
    """A file's text, its line ends as they are."""
    return path.read_bytes().decode("utf-8", errors="replace")


def _blank(match):
    return re.sub(r"[^\n]", " ", match.group())


def without_comments(text, strings=True):
    """C text with comments blanked out, and strings too unless wanted; lines stay lines."""

    def replace(match):
        return match.group() if strings and match["string"] else _blank(match)

    return _C_TOKEN.sub(replace, text)


def numbered(text):
    """Yield (line number, line), counted from 1."""
    return enumerate(text.splitlines(), start=1)


def _self_test(check, cases):
    """Run the check on small trees. cases: (files, what must be found or None if nothing)."""
    failures = []
    for files, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(text.encode())
            findings = check(root)
        if expected is None and findings:
            failures.append(f"{files}: nothing was wrong, but found {findings}")
        if expected is not None and not any(expected in finding for finding in findings):
            failures.append(f"{files}: expected {expected!r}, found {findings}")
    return failures


def main(check, cases):
    """Run as `CHECK.py ROOT`, or as `CHECK.py --self-test` to prove that it can fail."""
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} ROOT | --self-test")
    if sys.argv[1] == "--self-test":
        findings = _self_test(check, cases)
    else:
        findings = check(pathlib.Path(sys.argv[1]))
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)
