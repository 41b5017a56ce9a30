#!/usr/bin/env python3
"""Who may depend on whom, and who may speak to the user.

Dependencies between the modules of src/ point one way. Project headers are named from src/
("base/status.h") and carry a guard made of that name. Only cli/ prints or exits: everything
below it returns a status.
"""
import re

import style

BELOW_TRAIN = {
    "base": set(),
    "text": {"base"},
    "kernels": {"base"},
    "optim": {"base", "kernels"},
    "likelihood": {"base", "optim"},
    "model": {"base", "kernels"},
    "sample": {"base", "text", "model", "ngram"},
    "ngram": {"base"},
    "formats": {"base", "text", "model", "optim", "ngram"},
    "evaluate": {"base", "text", "model", "ngram"},
    "compress": {"base", "text", "evaluate"},
}
ALLOWED = {
    **BELOW_TRAIN,
    "train": set(BELOW_TRAIN),
    "report": {"base"},
    "cli": {*BELOW_TRAIN, "train", "report"},
}
SPEAKERS = {"cli"}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]*)"')
SPEAKING = re.compile(
    r"\b(?:v?printf|puts|putchar|perror|_?exit|_Exit|quick_exit|abort)\s*\("
    r"|\b(?:stdout|stderr)\b"
)


def check_includes(root, path, text):
    name = path.relative_to(root)
    module = name.parts[1]
    for line, content in style.numbered(style.without_comments(text)):
        match = INCLUDE.match(content)
        if not match:
            continue
        header = match[1]
        other = header.split("/")[0]
        if not (root / "src" / header).is_file() or ".." in header:
            yield f'{name}:{line}: "{header}" is no file of src/ (name it from there)'
        elif other != module and other not in ALLOWED[module]:
            may = " ".join(sorted(ALLOWED[module])) or "nothing"
            yield f'{name}:{line}: {module} may not include "{header}" (only {may})'


def check_guard(root, path, text):
    name = path.relative_to(root)
    guard = "LK_" + re.sub(r"\W", "_", "_".join(name.parts[1:])).upper()
    directives = [
        (line, " ".join(content.split()))
        for line, content in style.numbered(style.without_comments(text))
        if content.strip()
    ]
    wanted = [f"#ifndef {guard}", f"#define {guard}"]
    if [content for _, content in directives[:2]] != wanted or directives[-1][1] != "#endif":
        line = directives[0][0] if directives else 1
        yield f"{name}:{line}: the header is not guarded by {guard}"


def check_speaking(root, path, text):
    name = path.relative_to(root)
    for line, content in style.numbered(style.without_comments(text, strings=False)):
        match = SPEAKING.search(content)
        if match:
            yield f"{name}:{line}: only cli/ prints or exits: {match[0].rstrip('( ')}"


def check(root):
    findings = []
    for path in style.files_below(root, ["src"], {".c", ".h"}):
        name = path.relative_to(root)
        text = style.read(path)
        if len(name.parts) < 3 or name.parts[1] not in ALLOWED:
            findings.append(f"{name}:1: not in a module of src/ ({' '.join(ALLOWED)})")
            continue
        findings += check_includes(root, path, text)
        if path.suffix == ".h":
            findings += check_guard(root, path, text)
        if name.parts[1] not in SPEAKERS:
            findings += check_speaking(root, path, text)
    return findings


def guarded(name, body=""):
    return f"/* {name} */\n#ifndef {name}\n#define {name}\n{body}#endif\n"


BASE = {"src/base/a.h": guarded("LK_BASE_A_H")}
CASES = [
    (BASE | {"src/text/b.c": '#include "base/a.h"\n'}, None),
    (BASE | {"src/base/b.c": '#include "base/a.h"\n#include <stdio.h>\n'}, None),
    (BASE | {"src/text/b.c": '/* #include "cli/x.h" */\n// #include "cli/x.h"\n'}, None),
    (
        {
            "src/text/b.h": guarded("LK_TEXT_B_H"),
            "src/kernels/k.c": '\n# include  "text/b.h"\n',
        },
        'src/kernels/k.c:2: kernels may not include "text/b.h"',
    ),
    (
        {"src/cli/c.h": guarded("LK_CLI_C_H"), "src/train/t.c": '#include "cli/c.h"\n'},
        'src/train/t.c:1: train may not include "cli/c.h"',
    ),
    (BASE | {"src/base/b.c": '#include "a.h"\n'}, '"a.h" is no file'),
    (BASE | {"src/text/b.c": '#include "base/../base/a.h"\n'}, "is no file"),
    ({"src/a.c": ""}, "src/a.c:1: not in a module"),
    ({"src/extra/a.c": ""}, "src/extra/a.c:1: not in a module"),
    ({"src/base/a.h": "int f(void);\n"}, "not guarded by LK_BASE_A_H"),
    ({"src/base/a.h": ""}, "not guarded"),
    ({"src/base/a.h": guarded("LK_A_H")}, "not guarded by LK_BASE_A_H"),
    ({"src/base/a.h": guarded("LK_BASE_A_H") + "int x;\n"}, "not guarded"),
    ({"src/base/b.c": '\nvoid f(void) { printf ("x"); }\n'}, "src/base/b.c:2: only cli/"),
    ({"src/base/b.c": "void f(void) { exit(1); }\n"}, "exit"),
    ({"src/base/b.c": 'void f(void) { fprintf(stderr, "x"); }\n'}, "stderr"),
    ({"src/base/b.c": '/* exit(1) */ const char *s = "abort()";\n'}, None),
    ({"src/base/b.c": "int f(void) { return snprintf(0, 0, 0); }\n"}, None),
    ({"src/cli/b.c": 'void f(void) { printf("x"); exit(1); }\n'}, None),
]

if __name__ == "__main__":
    style.main(check, CASES)
