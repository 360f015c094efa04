"""Run the suites of other freezers on this one, and write docs/fidelity.md.

    python3.11 tests/fidelity [OPTIONS] [NAME]...

Each suite (`suites.SUITES`) is fetched from PyPI and run twice on this machine: as it is, by stock
PyInstaller, and with its programs built by freeze and link. The sections of docs/fidelity.md that
belong to the named suites are written anew (default: all, which takes hours). Progress goes to
standard error.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import results
import suites

ROOT = Path(__file__).resolve().parents[2]
_DOCUMENT = ROOT / "docs" / "fidelity.md"


def section(name: str, work: Path, select: str, jobs: int) -> str:
    """Run the suite *name* twice; the body of its section."""
    suite = suites.SUITES[name]
    python = suites.environment(suite, work)
    stock, own = (
        suites.outcomes(suite, python, work, suites.How(is_own, select, jobs))
        for is_own in (False, True)
    )
    differences = suite.differences
    if select:
        differences = tuple(each for each in differences if any(each.fits(case) for case in own))
    comparison = results.compare(stock, own, differences)
    without = ", ".join(f"`{Path(test).name}`" for test in suite.left_out)
    which = f", without {without}" if without else ""
    if select:
        which += f", those that `-k '{select}'` chooses"
    return f"From the source archive of {suite.archive}{which}.\n\n{results.table(comparison)}"


def write(title: str, body: str) -> None:
    """Replace the section *title* of the document, or add it."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    beside = _DOCUMENT.with_suffix(".new")
    beside.write_text(results.with_section(text, title, body), encoding="utf-8")
    beside.replace(_DOCUMENT)


def main() -> int:
    """Run the suites that the command line names."""
    parser = argparse.ArgumentParser(
        prog="fidelity", description="Run the suites of other freezers on this one."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(suites.SUITES)} (default: all)"
    )
    parser.add_argument(
        "--select", default="", metavar="EXPRESSION", help="the cases, as pytest's option -k"
    )
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="cases at a time (default: all CPUs)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        help="a folder to keep in what is fetched and installed, and what stock PyInstaller comes "
        "to (default: a temporary one)",
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in suites.SUITES]
    if unknown:
        parser.error(f"there is no {unknown[0]}; there are {', '.join(suites.SUITES)}")
    try:
        with tempfile.TemporaryDirectory(prefix="fidelity-") as temporary:
            work = (options.work or Path(temporary)).resolve()
            work.mkdir(parents=True, exist_ok=True)
            for name in options.names or suites.SUITES:
                print(f"{name}:", file=sys.stderr)
                body = section(name, work, options.select, options.jobs)
                write(suites.SUITES[name].title, body)
                print(f"{name}: written to {os.path.relpath(_DOCUMENT)}", file=sys.stderr)
    except (suites.Failure, ValueError) as failure:
        print(f"fidelity: {failure}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("fidelity: interrupted", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
