"""What ``ai-coder-launcher list`` prints."""

from __future__ import annotations

from collections.abc import Callable

from ai_coder.common.components import COMPONENTS, Component, defect, folder, location
from ai_coder.common.errors import ExitCode


def _text() -> str:
    rows = [
        (component.name, _state(component), str(location(component)), component.description)
        for component in COMPONENTS
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths)), row[-1]]) + "\n"
        for row in rows
    )


def _json() -> str:
    # Only this format pays for the import.
    import json

    entries = []
    for component in COMPONENTS:
        problem = defect(component)
        entries.append(
            {
                "name": component.name,
                "available": problem is None,
                "path": str(location(component)),
                "description": component.description,
                "problem": None if problem is None else str(problem),
            }
        )
    return json.dumps({"folder": str(folder()), "components": entries}, indent=2) + "\n"


def _state(component: Component) -> str:
    problem = defect(component)
    if problem is None:
        return "available"
    return "missing" if problem.exit_code == ExitCode.NOT_FOUND else "unusable"


FORMATS: dict[str, Callable[[], str]] = {"text": _text, "json": _json}
