"""Download one file, showing how far it is."""
import http.client
import sys
import time
import urllib.error
import urllib.request

from problem import Problem

TIMEOUT = 20  # seconds without a byte
CHUNK = 1 << 16


def download(url, path):
    """Download url into the file path. A file cut off on the way is a Problem."""
    request = urllib.request.Request(url, headers={"User-Agent": "likely-get-corpus"})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            expected = int(answer.headers.get("Content-Length") or 0)
            with open(path, "wb") as out:
                _copy(answer, out, expected)
                received = out.tell()
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Problem(_reason(error)) from error
    if expected and received != expected:
        raise Problem(f"the connection broke after {received:,} of {expected:,} bytes")


def _reason(error):
    """An error's plain text, without the wrapping that says where in Python it arose."""
    if isinstance(error, urllib.error.URLError) and not isinstance(error, urllib.error.HTTPError):
        error = error.reason
    return getattr(error, "strerror", None) or str(error)


def _copy(source, out, expected):
    on_terminal = sys.stderr.isatty()
    pause = 0.2 if on_terminal else 10  # seconds between two reports
    reported = time.monotonic() - (pause if on_terminal else 0)
    while chunk := source.read(CHUNK):
        out.write(chunk)
        if time.monotonic() - reported >= pause:
            reported = time.monotonic()
            _report(out.tell(), expected, on_terminal)
    if on_terminal:
        print("\r\033[K", end="", file=sys.stderr, flush=True)


def _report(received, expected, on_terminal):
    text = f"  {received / 1e6:,.1f} MB"
    if expected:
        text += f" of {expected / 1e6:,.1f} MB, {100 * received // expected} %"
    if on_terminal:
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
    else:
        print(text, file=sys.stderr)
