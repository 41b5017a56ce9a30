"""Count the results of a Meson test run.

    test_summary.py build/meson-logs/testlog.json

Prints "N passed, N failed" (and ", N skipped" where some were). Exit status 0 if all passed
and there was at least one.
"""
import json
import sys

PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP", "IGNORED"}


def results(path):
    """The result of every test in Meson's log, one JSON object per line."""
    try:
        with open(path, encoding="utf-8", errors="replace") as log:
            return [json.loads(line)["result"] for line in log if line.strip()]
    except FileNotFoundError:  # nothing was selected, or Meson failed before the first test
        return []


def main():
    found = results(sys.argv[1])
    passed = sum(result in PASSED for result in found)
    skipped = sum(result in SKIPPED for result in found)
    failed = len(found) - passed - skipped
    summary = f"{passed} passed, {failed} failed"
    print(summary + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main())
