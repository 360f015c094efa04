"""Measure, and write docs/benchmarks.md.

    python3.11 benchmarks [traditional] [edit] [levels] [--rounds N]

Builds the application here and with what one would use instead, in copies of the repository, and
writes the sections of docs/benchmarks.md that belong to the named benchmarks (default: all, which
takes about an hour and a half, and 15 GB of the folder for temporary files). A part of them stands
in README.md too. Progress goes to standard error.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import document
import edit
import levels
import traditional
from build import ROOT, Failure, tell

_DOCUMENT = ROOT / "docs" / "benchmarks.md"
_README = ROOT / "README.md"
_INTRO = """\
# Benchmarks

`python3.11 benchmarks` builds, measures and writes this file; `python3.11 benchmarks edit` does so
for one section. What is compared runs in turn on one machine; figures are medians. MB are millions
of bytes. Trust ratios rather than figures: other work of a machine moves both sides.
"""


@dataclass(frozen=True)
class _Benchmark:
    """A section of the document, and what measures it in an empty folder, in so many rounds."""

    title: str
    measure: Callable[[Path, int], str]


_BENCHMARKS = {
    "traditional": _Benchmark(traditional.TITLE, traditional.measure),
    "edit": _Benchmark(edit.TITLE, edit.measure),
    "levels": _Benchmark(levels.TITLE, levels.measure),
}


def _write(title: str, body: str) -> None:
    """Replace one section of the document, and what the README has of it."""
    old = _DOCUMENT.read_text() if _DOCUMENT.exists() else ""
    titles = [benchmark.title for benchmark in _BENCHMARKS.values()]
    new = document.replace(old, _INTRO, titles, {title: body})
    readme = document.with_block(_README.read_text(), document.block(new))
    for file, text in ((_DOCUMENT, new), (_README, readme)):
        beside = file.with_suffix(".new")
        beside.write_text(text)
        beside.replace(file)


def _terminate(*_: object) -> None:
    sys.exit(128 + signal.SIGTERM)


def main() -> int:
    """Run the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(
        prog="benchmarks", description="Measure, and write docs/benchmarks.md."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{' or '.join(_BENCHMARKS)} (default: all)"
    )
    parser.add_argument(
        "--rounds",
        type=int,
        default=7,
        help="runs of each program (default: 7); half as many of those that take long",
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in _BENCHMARKS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(_BENCHMARKS)}")
    if options.rounds < 1:
        parser.error("--rounds has to be 1 or more")
    # So that temporary files are removed and processes ended.
    signal.signal(signal.SIGTERM, _terminate)
    try:
        for name in options.names or _BENCHMARKS:
            with tempfile.TemporaryDirectory(prefix="benchmarks-") as folder:
                tell(f"{name}:")
                # What builds leave behind goes with the folder.
                os.environ["TMPDIR"] = folder
                body = _BENCHMARKS[name].measure(Path(folder), options.rounds)
                _write(_BENCHMARKS[name].title, body)
            tell(f"{name}: written to {os.path.relpath(_DOCUMENT)}")
    except Failure as failure:
        print(f"benchmarks: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("benchmarks: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
