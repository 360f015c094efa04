"""An analysis as SARIF 2.1.0, the format of static analysis that many tools read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from ai_coder.analyzer.results import FileReport, Region, Report, Rule
from ai_coder.analyzer.rules import JUDGEMENT, RULES
from ai_coder.common.version import __version__

VERSION = "2.1.0"
_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
# Paths are relative to the analyzed folder, which whoever reads the file knows by this name.
_ROOT = "%SRCROOT%"

_INDEX = {rule.id: index for index, rule in enumerate(RULES)}


def as_sarif(report: Report, program: str) -> str:
    """The report as a SARIF log of one run of *program*.

    A judgement is a result of the rule `JUDGEMENT`; what was not analyzed is a notification.
    """
    run = {
        "tool": {
            "driver": {
                "name": program,
                "version": __version__,
                "rules": [_rule(each) for each in RULES],
            }
        },
        "invocations": [
            {
                "executionSuccessful": True,
                "toolExecutionNotifications": list(_notifications(report)),
            }
        ],
        "originalUriBaseIds": {_ROOT: {"description": {"text": "The analyzed folder."}}},
        "columnKind": "unicodeCodePoints",
        "results": [result for file in report.files for result in _results(file)],
    }
    return json.dumps({"$schema": _SCHEMA, "version": VERSION, "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.help},
        "defaultConfiguration": {"level": rule.severity.label},
    }


def _notifications(report: Report) -> Iterator[dict[str, Any]]:
    if report.without_model:
        yield {"level": "note", "message": {"text": report.without_model}}
    for each in report.skipped:
        yield {
            "level": "warning",
            "message": {"text": f"not analyzed: {each.reason}"},
            "locations": [{"physicalLocation": {"artifactLocation": _artifact(each.path)}}],
        }


def _results(file: FileReport) -> Iterator[dict[str, Any]]:
    for finding in file.findings:
        yield _result(finding.rule, finding.message, file.path, finding.region)
    for name, region, judgement in file.judged:
        message = f"{name or 'the file'} is judged as {judgement.label}"
        result = _result(JUDGEMENT, message, file.path, region)
        if name:
            result["locations"][0]["logicalLocations"] = [
                {"fullyQualifiedName": name, "kind": "function"}
            ]
        result["properties"] = {
            "label": judgement.label,
            "confidence": round(judgement.confidence, 6),
        }
        yield result


def _result(rule: Rule, message: str, path: str, region: Region) -> dict[str, Any]:
    return {
        "ruleId": rule.id,
        "ruleIndex": _INDEX[rule.id],
        "level": rule.severity.label,
        "message": {"text": message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _artifact(path),
                    "region": {
                        "startLine": region.line,
                        "startColumn": region.column,
                        "endLine": region.end_line,
                        "endColumn": region.end_column,
                    },
                }
            }
        ],
    }


def _artifact(path: str) -> dict[str, str]:
    return {"uri": quote(path), "uriBaseId": _ROOT}
