"""Is a file what it should be?

What is known of a file is published with its corpus (corpora.py) or, failing that, was
recorded when it was first fetched: in FILE.sha256 beside it, as sha256sum writes it.
"""
import hashlib

CHUNK = 1 << 20


def digests_of(path, algorithms):
    """A file's digests, {algorithm: hex}, in one pass."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with open(path, "rb") as content:
        while chunk := content.read(CHUNK):
            for running in hashes.values():
                running.update(chunk)
    return {name: running.hexdigest() for name, running in hashes.items()}


def mismatch(path, size, digests):
    """None if the file has this size and these digests; else what differs, as a clause."""
    actual_size = path.stat().st_size
    if size is not None and actual_size != size:
        return f"it has {actual_size:,} bytes, not {size:,}"
    for name, digest in digests_of(path, digests).items():
        if digest != digests[name]:
            return f"its {name} is {digest}, not {digests[name]}"
    return None


def record_path(path):
    return path.with_name(path.name + ".sha256")


def recorded(path):
    """The digests recorded for a file, {} where there are none."""
    try:
        words = record_path(path).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return {}
    return {"sha256": words[0]} if words else {}


def record(path):
    """Record a file's digest. Returns it."""
    digest = digests_of(path, ["sha256"])["sha256"]
    record_path(path).write_text(f"{digest}  {path.name}\n", encoding="ascii")
    return digest
