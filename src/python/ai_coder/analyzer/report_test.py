from __future__ import annotations

import json
from dataclasses import replace
from urllib.parse import unquote

import pytest

from ai_coder.analyzer import rules
from ai_coder.analyzer.report import as_json, as_text
from ai_coder.analyzer.results import (
    FileReport,
    Finding,
    Function,
    Judgement,
    Region,
    Report,
    Rule,
    Severity,
    Skipped,
    UsedModel,
)
from ai_coder.analyzer.sarif import as_sarif
from ai_coder.common.version import __version__

REPORT = Report(
    name="shop",
    model=UsedModel("quality", "/models/quality", "onnx", ("clean", "buggy")),
    without_model=None,
    files=(
        FileReport(
            path="a b/ü%.py",
            language="python",
            functions=(
                Function(
                    "Cart.add",
                    region=Region(3, 5, 9, 20),
                    heading=Region(4, 5, 4, 30),
                    complexity=2,
                    nesting=1,
                    parameters=1,
                    judgement=Judgement("buggy", 0.98765432),
                ),
                Function(
                    "main",
                    region=Region(12, 1, 13, 9),
                    heading=Region(12, 1, 12, 12),
                    complexity=1,
                    nesting=0,
                    parameters=0,
                ),
            ),
            findings=(
                Finding(rules.SYNTAX_ERROR, Region(1, 2, 1, 3), "invalid syntax"),
                Finding(rules.MUTABLE_DEFAULT, Region(4, 20, 4, 22), "all calls share it"),
            ),
        ),
        FileReport(
            path="b.go",
            language="go",
            functions=(),
            findings=(),
            judgement=Judgement("clean", 0.5),
        ),
        FileReport(path="empty.rs", language="rust", functions=(), findings=()),
    ),
    skipped=(Skipped("c.py", "it is no text"),),
)


def test_text() -> None:
    assert as_text(REPORT) == (
        """\
Analysis of shop: 3 files, 2 functions

a b/ü%.py (python)
a b/ü%.py:1:2 error SYN001 invalid syntax
a b/ü%.py:4:20 warning PY001 all calls share it
  Function  Lines  Complexity  Nesting  Judgement  Confidence
  Cart.add  3-9    2           1        buggy      0.99
  main      12-13  1           0        -          -

b.go (go)
  Function      Lines  Complexity  Nesting  Judgement  Confidence
  (whole file)                              clean      0.50

Not analyzed (1):
  c.py: it is no text

1 error, 1 warning, 0 notes
Model quality (engine onnx): 1 clean, 1 buggy
"""
    )


def test_text_without_a_model_has_no_judgements() -> None:
    files = tuple(
        replace(
            file,
            functions=tuple(replace(each, judgement=None) for each in file.functions),
            judgement=None,
        )
        for file in REPORT.files
    )
    text = as_text(replace(REPORT, model=None, without_model="none there", files=files))
    assert "Judgement" not in text
    assert "Model" not in text
    assert "  Cart.add  3-9    2           1\n" in text
    assert "b.go" not in text


def test_text_cannot_command_the_terminal() -> None:
    file = replace(
        REPORT.files[0],
        path="\x1b[2J\n.py",
        functions=(replace(REPORT.files[0].functions[0], name="\x1b[31m"),),
        findings=(Finding(rules.SYNTAX_ERROR, Region(1, 1, 1, 1), "near '\x07\n'"),),
    )
    text = as_text(replace(REPORT, name="\x9b", files=(file,), skipped=(Skipped("\r", "\b"),)))
    assert all(each.isprintable() for line in text.split("\n") for each in line)
    assert "\\x1b[2J\\n.py:1:1 error" in text


def test_json() -> None:
    content = json.loads(as_json(REPORT))
    assert content["schema"] == 1
    assert content["name"] == "shop"
    assert content["model"] == {
        "name": "quality",
        "folder": "/models/quality",
        "engine": "onnx",
        "labels": ["clean", "buggy"],
    }
    assert content["without_model"] is None
    assert content["summary"] == {
        "files": 3,
        "functions": 2,
        "errors": 1,
        "warnings": 1,
        "notes": 0,
        "labels": {"clean": 1, "buggy": 1},
    }
    first, second, _ = content["files"]
    assert first["path"] == "a b/ü%.py"
    assert first["functions"][0] == {
        "name": "Cart.add",
        "line": 3,
        "column": 5,
        "end_line": 9,
        "end_column": 20,
        "lines": 7,
        "complexity": 2,
        "nesting": 1,
        "parameters": 1,
        "judgement": {"label": "buggy", "confidence": 0.987654},
    }
    assert first["functions"][1]["judgement"] is None
    finding = first["findings"][1]
    assert finding.pop("help").startswith(rules.MUTABLE_DEFAULT.summary)
    assert finding == {
        "rule": "PY001",
        "name": "mutable-default",
        "severity": "warning",
        "message": "all calls share it",
        "line": 4,
        "column": 20,
        "end_line": 4,
        "end_column": 22,
    }
    assert second["judgement"] == {"label": "clean", "confidence": 0.5}
    assert content["skipped"] == [{"path": "c.py", "reason": "it is no text"}]


def test_sarif() -> None:
    content = json.loads(as_sarif(REPORT, "program"))
    assert set(content) == {"$schema", "version", "runs"}
    assert content["version"] == "2.1.0"
    (run,) = content["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("program", __version__)
    assert run["columnKind"] == "unicodeCodePoints"
    listed = driver["rules"]
    assert len({each["id"] for each in listed}) == len(listed) == len(rules.RULES)
    for rule in listed:
        assert set(rule) == {"id", "name", "shortDescription", "help", "defaultConfiguration"}
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
    for result in run["results"]:
        rule = listed[result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert rule["defaultConfiguration"]["level"] == result["level"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert place["artifactLocation"]["uriBaseId"] in run["originalUriBaseIds"]
        region = place["region"]
        assert 1 <= region["startLine"] <= region["endLine"]
        assert min(region.values()) >= 1
    assert [each["ruleId"] for each in run["results"]] == ["SYN001", "PY001", "AI001", "AI001"]
    uri = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "a%20b/%C3%BC%25.py"
    assert unquote(uri) == "a b/ü%.py"
    _, _, function, whole = run["results"]
    assert function["properties"] == {"label": "buggy", "confidence": 0.987654}
    assert function["message"]["text"] == "Cart.add is judged as buggy"
    assert function["locations"][0]["logicalLocations"] == [
        {"fullyQualifiedName": "Cart.add", "kind": "function"}
    ]
    assert whole["message"]["text"] == "the file is judged as clean"
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is True
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["level"] == "warning"
    assert notification["message"]["text"] == "not analyzed: it is no text"


def test_sarif_says_why_there_is_no_model() -> None:
    content = json.loads(as_sarif(replace(REPORT, model=None, without_model="why"), "program"))
    notes = content["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert notes[0] == {"level": "note", "message": {"text": "why"}}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: str(rule.id))
def test_rules_are_complete(rule: Rule) -> None:
    assert rule.id[-3:].isdigit()
    assert rule.name == rule.name.lower().replace(" ", "-")
    assert rule.severity in Severity
    assert rule.summary.endswith(".")
    assert rule.help.endswith(".")
    assert [each.id for each in rules.RULES].count(rule.id) == 1
