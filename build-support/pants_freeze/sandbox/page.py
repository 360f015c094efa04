"""Page: the report of a distribution -> one HTML file that shows it, also without a network.

Run as ``python -m pants_freeze.sandbox.page PLAN``; PLAN is a JSON file with the fields of `Plan`.
Writes the file ``report.html``: the template in the folder ``page`` of the plugin with its style,
its script, plotly.js and the report inside.
"""

from __future__ import annotations

import html
import importlib.util
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors

OUTPUT = Path("report.html")
_TEMPLATE = Path(__file__).resolve().parents[1] / "page"


@dataclass(frozen=True)
class Plan:
    """What to show.

    ``report``  path of the report, a JSON file
    ``title``   title of the page
    """

    report: str
    title: str


def plotly_js() -> str:
    """The library that draws the charts, from the package ``plotly``, which is not imported."""
    spec = importlib.util.find_spec("plotly")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder, "package_data", "plotly.min.js")
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise errors.SandboxError("plotly, which draws the charts of the page, is not installed")


def script(text: str) -> str:
    """JavaScript *text* such that nothing in it ends, or seems to open, the element it is in."""
    # Both may stand in strings and regular expressions only, where the backslash changes nothing.
    return re.sub("<(?=/script)", r"<\\", text, flags=re.IGNORECASE).replace("<!--", r"<\!--")


def data(report: object) -> str:
    """*report* as JSON that may stand in a script element: plain ASCII, without any ``<``."""
    return json.dumps(report, separators=(",", ":")).replace("<", r"\u003c")


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def read_report(path: Path) -> dict[str, Any]:
    """The report at *path*."""
    try:
        report = json.loads(path.read_bytes(), parse_constant=_no_number)
    except OSError as error:
        raise errors.SandboxError(f"the report cannot be read: {error}") from None
    except ValueError as error:
        raise errors.SandboxError(f"the report {path} is no JSON: {error}") from None
    if not isinstance(report, dict):
        raise errors.SandboxError(f"the report {path} is no JSON object")
    return report


def page(report: dict[str, Any], title: str) -> str:
    """The whole page."""

    def text(name: str) -> str:
        return (_TEMPLATE / name).read_text(encoding="utf-8")

    parts = {
        "title": html.escape(title),
        "style": text("report.css"),
        "report": data(report),
        "plotly": script(plotly_js()),
        "script": script(text("report.js")),
    }
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], text("report.html"))


def main(plan_path: str) -> None:
    """Write the page that the JSON file *plan_path* says."""
    plan = Plan(**json.loads(Path(plan_path).read_bytes()))
    text = page(read_report(Path(plan.report)), plan.title)
    OUTPUT.write_bytes(text.encode("utf-8"))


if __name__ == "__main__":
    errors.run(main, sys.argv)
