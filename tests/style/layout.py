#!/usr/bin/env python3
"""How files look: their length, indentation and line ends, and what must not be left in them."""
import re

import style

FOLDERS = ["src", "tests", "scripts"]
C = {".c", ".h"}
TEXT = C | {".py", ".sh", ".build", ".md"}
LONGEST = 500  # lines

# Directories that exist on one machine only. The classes keep this file out of its own reach.
MACHINE_PATH = re.compile(
    r"(?<![\w.$}~)/-])/(?:(?:[h]ome|[r]oot|[w]ork|[U]sers|mn[t])/|tmp/(?!\S*XXXXXX)\w)"
)
# A few spaces after the tabs align what continues a line.
SPACES = re.compile(r" |\t+ {8}")
LEFT_OVER = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b")


def lines_of_comments(text):
    """The numbers of the lines that begin inside a block comment."""
    blanked = style.without_comments(text + "\n")
    inside = set()
    for (line, before), after in zip(style.numbered(text), blanked.splitlines()):
        if before.strip() and (not after.strip() or before.lstrip().startswith("*")):
            inside.add(line)
    return inside


def check_c(name, text):
    comments = lines_of_comments(text)
    for line, content in style.numbered(text):
        if SPACES.match(content) and line not in comments:
            yield f"{name}:{line}: indent with tabs"


def check_text(name, text):
    lines = text.splitlines()
    if len(lines) > LONGEST:
        yield f"{name}:{LONGEST + 1}: {len(lines)} lines, over {LONGEST}: split it"
    if text and not text.endswith("\n"):
        yield f"{name}:{len(lines)}: no newline at the end"
    for line, content in enumerate(text.split("\n"), start=1):
        if content != content.rstrip():
            yield f"{name}:{line}: white space at the end of the line"
        if match := MACHINE_PATH.search(content):
            yield f"{name}:{line}: a path of one machine: {match[0]}"
        if match := LEFT_OVER.search(content):
            yield f"{name}:{line}: left over: {match[0]}"


def check(root):
    findings = []
    for path in style.files_below(root, FOLDERS, TEXT | {""}):
        text = style.read(path)
        if not path.suffix and not text.startswith("#!"):
            continue  # data
        name = path.relative_to(root)
        findings += check_text(name, text)
        if path.suffix in C:
            findings += check_c(name, text)
    return findings


GOOD = """\
/* A comment
 * of two lines,
   and a third. */
int f(int a,
\t\tint b)
{
\treturn a ? b /* one
\t            * more */
\t\t : 0;
}
"""
CASES = [
    ({"src/base/a.c": GOOD}, None),
    ({"src/base/a.c": "int x;\n" * LONGEST}, None),
    ({"src/base/a.c": "int x;\n" * (LONGEST + 1)}, "src/base/a.c:501: 501 lines"),
    ({"src/base/a.c": "{\n    int x;\n}\n"}, "src/base/a.c:2: indent"),
    ({"src/base/a.c": "{\n\t        int x;\n}\n"}, "src/base/a.c:2: indent"),
    ({"src/base/a.h": "{\n /* x */ int x;\n}\n"}, "src/base/a.h:2: indent"),
    ({"tests/base/a.c": "int x; \n"}, "tests/base/a.c:1: white space"),
    ({"tests/base/a.c": "int x;\r\n"}, "tests/base/a.c:1: white space"),
    ({"src/meson.build": "a\n\t\nb\n"}, "src/meson.build:2: white space"),
    ({"scripts/run": "#!/bin/sh\ntrue"}, "scripts/run:2: no newline"),
    ({"tests/golden/data": "true "}, None),
    ({"scripts/a.py": "x = 1\n# TO" + "DO: y\n"}, "scripts/a.py:2: left over"),
    ({"src/base/a.c": "/* FIX" + "ME */\n"}, "src/base/a.c:1: left over"),
    ({"src/base/a.c": "/* X" + "X" + "X */\n"}, "src/base/a.c:1: left over"),
    ({"scripts/run": "#!/bin/sh\nmktemp -d ./aXXXXXX\n"}, None),
    ({"scripts/run": "#!/bin/sh\nls /ho" + "me/me/x\n"}, "scripts/run:2: a path of one"),
    ({"src/base/a.c": '"/wo' + 'rk/x"\n'}, "src/base/a.c:1: a path of one"),
    ({"src/base/a.c": '"/ro' + 'ot/x"\n'}, "src/base/a.c:1: a path of one"),
    ({"src/base/a.c": '"/tm' + 'p/x"\n'}, "src/base/a.c:1: a path of one"),
    ({"src/base/a.c": '"/tm' + 'p/x-XXXXXX"\n'}, None),
    ({"scripts/run": "#!/bin/sh\nls a/ho" + "me/x ${T:-/tm" + "p}/x\n"}, None),
]

if __name__ == "__main__":
    style.main(check, CASES)
