"""Licences: the distributions of this environment -> what their metadata says of their licences.

Run as ``python -m pants_freeze.sandbox.licences PLAN``; PLAN is a JSON file ``{"distributions":
["requests==2.34.2", ...]}``. Writes ``licences.json``: each of these with its licences, as SPDX
expressions or as names, ``{"requests==2.34.2": ["Apache-2.0"]}``; with none if its metadata says
none.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from email.message import Message
from pathlib import Path
from typing import Any

from pants_freeze.sandbox import errors
from pants_freeze.sandbox.environment import label_of

OUTPUT = Path("licences.json")

# What tools write where an author wrote nothing.
_NOTHING = ("", "unknown", "none")

# A classifier that says only that there is a licence, "License :: OSI Approved", names none.
_LEAST_PARTS = 2
_NO_NAME = "OSI Approved"


def _values(metadata: Message, key: str) -> list[str]:
    values = (str(value).strip() for value in metadata.get_all(key) or ())
    return [value for value in values if value.lower() not in _NOTHING]


def licences_of(metadata: Message) -> list[str]:
    """The licences in the *metadata* of a distribution, sorted.

    Those of the first field that has any counts: ``License-Expression``, ``License``, classifiers.
    Some write the whole text of a licence into ``License``: of that the first line is taken, and
    only if there are no classifiers.
    """
    expressions = _values(metadata, "License-Expression")
    if expressions:
        return expressions[:1]
    texts = _values(metadata, "License")
    if texts and len(texts[0].splitlines()) == 1:
        return texts[:1]
    names = set()
    for classifier in _values(metadata, "Classifier"):
        parts = [part.strip() for part in classifier.split("::")]
        if parts[0] == "License" and len(parts) >= _LEAST_PARTS and parts[-1] != _NO_NAME:
            names.add(parts[-1])
    return sorted(names) or [text.splitlines()[0].strip() for text in texts[:1]]


def licences(wanted: Iterable[str]) -> dict[str, list[str]]:
    """The licences of each of the *wanted* distributions, "name==version"."""
    # The plugin imports this module too, on a Python that may be older than 3.8.
    import importlib.metadata

    found: dict[str, list[str]] = {label: [] for label in sorted(wanted)}
    for distribution in importlib.metadata.distributions():
        metadata: Any = distribution.metadata
        label = label_of(distribution)
        if label in found:
            found[label] = licences_of(metadata)
    return found


def main(plan_path: str) -> None:
    """Write the licences of the distributions that the JSON file *plan_path* names."""
    plan = json.loads(Path(plan_path).read_bytes())
    OUTPUT.write_text(json.dumps(licences(plan["distributions"])), encoding="utf-8")


if __name__ == "__main__":
    errors.run(main, sys.argv)
