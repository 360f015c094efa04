"""Build the programs of a plan where there is no Pants: ``python build_all.py --help``.

This starts the tools that lie in the plan; it needs no more than a Python.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

_OLDEST = (3, 9)
_PLAN = Path("dist", "freeze-plan")
_HELP = """
NAME is the address of a target, the folder that it is built in, the name of its executable, the
end of that name after a `-`, or the folder of the target: `core` is `src/project/core:binary`, and
also the program `project-core`; what only Pants builds has just its address where another has the
same name. A `frozen_distribution` is named by its address or its folder.
Without --component all distributions are built, and all programs that are in none.

Exit status: 0 all is built; 2 wrong usage; 10-19 as the sandbox programs (13: not the Python that
the program needs); 20 no plan, or one of another version; 21 no such program; 22 pip fails;
23 programs need different files at one place; 24 only Pants builds it, or another platform;
25 a program of the system is missing; 26 a folder cannot be used; 27 fields contradict the code.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="build_all.py",
        description="Build the programs of a plan of `./pants freeze-plan`, without Pants.",
        epilog=_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--component",
        metavar="NAME",
        action="append",
        default=[],
        help="build only this program or distribution; may be given several times",
    )
    parser.add_argument(
        "--clean", action="store_true", help="empty the work folder first: nothing is reused"
    )
    parser.add_argument(
        "--plan",
        type=Path,
        help="the folder of the plan (default: that of this file, else dist/freeze-plan)",
    )
    parser.add_argument(
        "--output", type=Path, default=Path("dist"), help="where to build (default: dist)"
    )
    parser.add_argument(
        "--work",
        type=Path,
        help="where to keep what is reused (default: freeze-work in the output folder)",
    )
    return parser.parse_args()


def main() -> int:
    """Build what the command line says and give the exit status."""
    if sys.version_info < _OLDEST:
        sys.stderr.write(f"error: this is Python {sys.version.split()[0]}; use 3.9 to 3.13\n")
        return 13
    arguments = _arguments()
    here = Path(__file__).resolve().parent
    if arguments.plan is None:
        arguments.plan = here if (here / "plan.json").is_file() else _PLAN
    tools = arguments.plan / "tools"
    if not tools.is_dir():
        sys.stderr.write(
            f"error: there is no plan in {arguments.plan}; write one with `./pants freeze-plan ::` "
            "where there is Pants, and name its folder by --plan\n"
        )
        return 20
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(tools.resolve()))
    from pants_freeze.portable import driver

    return driver.run(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
