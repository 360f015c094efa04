"""The reports of files that were analyzed before and have not changed since."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ai_coder.analyzer.results import FileReport, Finding, Function, Judgement, Region
from ai_coder.analyzer.rules import RULES
from ai_coder.analyzer.store import Store
from ai_coder.common.components import folder
from ai_coder.common.paths import is_frozen
from ai_coder.model.folder import CARD, ModelCard

_RULES = {rule.id: rule for rule in RULES}


class ReportCache:
    """Reports in *store*; *settings* are all that decides a report beside the file itself."""

    def __init__(self, store: Store, settings: Iterable[object]) -> None:
        self._store = store
        self._settings = repr((*settings, *_program()))

    def key(self, name: str, content: bytes, language: str | None) -> str:
        """What the report on *content* is found by, of a file called *name* in reports."""
        digest = hashlib.sha256(content).hexdigest()
        return hashlib.sha256(repr((self._settings, name, digest, language)).encode()).hexdigest()

    def get(self, key: str, name: str) -> FileReport | None:
        """The report that was put by *key*, of the file *name*; ``None`` if there is none."""
        body = self._store.get(key)
        try:
            return None if body is None else _decoded(name, json.loads(body))
        except (ValueError, KeyError, TypeError):
            # Of another program, for whatever reason.
            return None

    def put(self, key: str, report: FileReport) -> None:
        """Keep *report* by *key*."""
        self._store.put(key, json.dumps(_encoded(report), separators=(",", ":")).encode())

    def flush(self) -> None:
        """Write what was put."""
        self._store.flush()


def model_state(path: Path, card: ModelCard) -> tuple[object, ...]:
    """What changes with the model in the folder *path*."""
    status = [(path / name).stat() for name in sorted(card.files)]
    return (
        hashlib.sha256((path / CARD).read_bytes()).hexdigest(),
        *((each.st_size, each.st_mtime_ns) for each in status),
    )


def _program() -> tuple[str, ...]:
    """What changes with the rules and with what parses the languages."""
    if is_frozen():
        # The manifest has the digest of each library; a program that is alone has none.
        paths = [Path(sys.executable), folder() / "manifest.json"]
    else:
        paths = sorted(Path(__file__).parent.glob("*.py"))
    digests = (hashlib.sha256(each.read_bytes()).hexdigest() for each in paths if each.is_file())
    return platform.python_version(), *digests


def _encoded(report: FileReport) -> dict[str, Any]:
    return {
        "language": report.language,
        "functions": [
            {
                **vars(each),
                "region": _numbers(each.region),
                "heading": _numbers(each.heading),
                "judgement": each.judgement and vars(each.judgement),
            }
            for each in report.functions
        ],
        "findings": [
            (each.rule.id, _numbers(each.region), each.message) for each in report.findings
        ],
        "judgement": report.judgement and vars(report.judgement),
    }


def _decoded(name: str, content: dict[str, Any]) -> FileReport:
    return FileReport(
        path=name,
        language=content["language"],
        functions=tuple(
            Function(
                **{
                    **each,
                    "region": Region(*each["region"]),
                    "heading": Region(*each["heading"]),
                    "judgement": _judgement(each["judgement"]),
                }
            )
            for each in content["functions"]
        ),
        findings=tuple(
            Finding(_RULES[rule], Region(*region), message)
            for rule, region, message in content["findings"]
        ),
        judgement=_judgement(content["judgement"]),
    )


def _numbers(region: Region) -> tuple[int, int, int, int]:
    return region.line, region.column, region.end_line, region.end_column


def _judgement(content: dict[str, Any] | None) -> Judgement | None:
    return None if content is None else Judgement(**content)
