#!/usr/bin/env python3
"""Every header of src/ compiles alone: it includes what it uses.

    headers.py ROOT COMPILER [ARGUMENT]...
    headers.py --self-test COMPILER [ARGUMENT]...

Each is compiled as part of the float and of the double build. Include directories of the
libraries come from pkg-config where there is one.
"""
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import style

LIBRARIES = ["openblas", "jansson", "libutf8proc", "libxxhash"]
OPTIONS = ["-std=gnu17", "-D_GNU_SOURCE", "-fopenmp", "-Wall", "-Wextra", "-Werror"]
BUILDS = {"float": [], "double": ["-DLK_DOUBLE", "-DLK_SUFFIX=f64"]}


def library_options():
    options = []
    for library in LIBRARIES if shutil.which("pkg-config") else []:
        found = subprocess.run(
            ["pkg-config", "--cflags", library],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            check=False,
        )
        options += found.stdout.split()
    return options


def compile_alone(compiler, root, header, build):
    """A finding, or None."""
    name = header.relative_to(root / "src")
    # The trailing declaration keeps a header of macros alone from being an empty file.
    source = f'#include "{name}"\n#include "{name}"\ntypedef int not_empty;\n'
    command = [*compiler, *OPTIONS, *BUILDS[build], f"-I{root / 'src'}"]
    command += ["-fsyntax-only", "-x", "c", "-"]
    done = subprocess.run(
        command, input=source, stderr=subprocess.PIPE, text=True, check=False
    )
    if done.returncode == 0:
        return None
    return f"src/{name}:1: does not compile alone ({build} build)\n{done.stderr}"


def check(root, compiler):
    root = root.resolve()
    headers = style.files_below(root, ["src"], {".h"})
    jobs = [(compiler, root, header, build) for header in headers for build in BUILDS]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return [finding for finding in pool.map(lambda job: compile_alone(*job), jobs) if finding]


def self_test(compiler):
    cases = [
        ("#include <stddef.h>\nsize_t f(void);\n", None),
        ("size_t f(void);\n", "does not compile alone (float build)"),
        ("#ifdef LK_DOUBLE\nsize_t f(void);\n#endif\n", "does not compile alone (double build)"),
        ("int x = 1;\n", "does not compile alone"),  # twice, for want of a guard
    ]
    failures = []
    for text, expected in cases:
        with tempfile.TemporaryDirectory() as directory:
            header = pathlib.Path(directory) / "src" / "base" / "a.h"
            header.parent.mkdir(parents=True)
            header.write_text(text, encoding="utf-8")
            findings = check(pathlib.Path(directory), compiler)
        if (expected or "") not in "".join(findings) or (findings and not expected):
            failures.append(f"{text!r}: expected {expected!r}, found {findings}")
    return failures


def main():
    if len(sys.argv) < 3:
        sys.exit(f"usage: {sys.argv[0]} ROOT|--self-test COMPILER [ARGUMENT]...")
    if sys.argv[1] == "--self-test":
        findings = self_test(sys.argv[2:])
    else:
        findings = check(pathlib.Path(sys.argv[1]), sys.argv[2:] + library_options())
    for finding in findings:
        print(finding)
    sys.exit(1 if findings else 0)


if __name__ == "__main__":
    main()
