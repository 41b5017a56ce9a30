"""unseen.py CORPUS FILE: write the part of CORPUS that training leaves out."""
import pathlib
import sys


def write_unseen(corpus, path):
    """The last tenth of the bytes, from the next beginning of a UTF-8 character on."""
    text = pathlib.Path(corpus).read_bytes()
    cut = len(text) * 9 // 10
    while cut < len(text) and text[cut] & 0xC0 == 0x80:
        cut += 1
    pathlib.Path(path).write_bytes(text[cut:])


if __name__ == "__main__":
    try:
        write_unseen(*sys.argv[1:])
    except OSError as problem:
        sys.exit(f"demo: {problem}")
