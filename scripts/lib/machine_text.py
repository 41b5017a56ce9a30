"""Make a corpus of the text that a machine has anyway.

    machine_text.py FILE

Licences, package notes and manuals under /usr/share, and this project's own text, so that
there is always something. Each text is taken once, in the order of its path, up to LIMIT.
"""
import hashlib
import os
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PLACES = [
    (pathlib.Path("/usr/share/common-licenses"), "*"),
    (pathlib.Path("/usr/share/perl"), "*.pod"),
    (pathlib.Path("/usr/share/doc"), "*"),
    (ROOT, "*.md"),
    (ROOT / "src", "*.[ch]"),
    (ROOT / "scripts", "*"),
]
LIMIT = 2_000_000  # bytes in all
LEAST = 1_000  # a shorter file is not worth having


def texts():
    """Yield the contents of text files, none of them twice."""
    seen = set()
    for place, pattern in PLACES:
        for path in sorted(place.rglob(pattern)):
            try:
                content = path.read_bytes() if path.is_file() else b""
                content.decode("utf-8")
            except (OSError, UnicodeDecodeError):
                continue
            digest = hashlib.sha256(content).digest()
            if len(content) >= LEAST and b"\0" not in content and digest not in seen:
                seen.add(digest)
                yield content


def main():
    path = pathlib.Path(sys.argv[1])
    unfinished = path.with_name(path.name + ".unfinished")
    nbytes = 0
    with open(unfinished, "wb") as out:
        for content in texts():
            nbytes += out.write(content[: LIMIT - nbytes])
            if nbytes == LIMIT:
                break
    os.replace(unfinished, path)


if __name__ == "__main__":
    main()
