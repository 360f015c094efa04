from __future__ import annotations

import json

from pants_freeze.contents import Contents, as_json, as_text
from pants_freeze.requirements import Requirement
from pants_freeze.sandbox.environment import FIRST_PARTY
from pants_freeze.sizes import Sizes

WEB = Contents(
    address="src/web:binary",
    executable="web",
    sources=("src/web/__init__.py", "src/web/é.py"),
    requirements=(
        Requirement("requests", "2.34.2"),
        Requirement("six", "1.16"),
        Requirement("urllib3", "2.8"),
    ),
    sizes=Sizes.of(
        168_405, [("CPython 3.11.7", 20_000_000), ("urllib3==2.8", 600), ("requests==2.34.2", 600)]
    ),
    imports=(("json.decoder", "src/web/é.py:3"), ("requests", "src/web/é.py:7")),
    hooks=("pyi_rth_certifi",),
)
BARE = Contents("src/bare:binary", "bare", (), (), Sizes.of(999, []), (), ())


def test_the_parts_are_requirements_and_all_else_largest_first() -> None:
    assert WEB.parts() == [
        ("CPython 3.11.7", 20_000_000),
        (FIRST_PARTY, 168_405),
        ("requests==2.34.2", 600),
        ("urllib3==2.8", 600),
        ("six==1.16", 0),
    ]


def test_the_parts_are_the_closure() -> None:
    assert sum(size for _, size in WEB.parts()) == WEB.sizes.closure_bytes


def test_the_text() -> None:
    assert as_text(iter([WEB, BARE])).splitlines() == [
        "src/web:binary: web, 168.4 kB; closure 20.2 MB",
        "  sources (2)",
        "    src/web/__init__.py",
        "    src/web/é.py",
        "  requirements and what else is in it (5)",
        "       20.0 MB  CPython 3.11.7",
        "      168.4 kB  first-party code",
        "         600 B  requests==2.34.2",
        "         600 B  urllib3==2.8",
        "           0 B  six==1.16",
        "  imports from outside (2)",
        "    json.decoder  src/web/é.py:3",
        "    requests  src/web/é.py:7",
        "  run-time hooks (1)",
        "    pyi_rth_certifi",
        "src/bare:binary: bare, 999 B; closure 999 B",
        "  sources (0)",
        "  requirements and what else is in it (1)",
        "         999 B  first-party code",
        "  imports from outside (0)",
        "  run-time hooks (0)",
    ]


def test_the_json() -> None:
    text = as_json(iter([WEB]))
    assert "é" in text
    assert json.loads(text) == [
        {
            "address": "src/web:binary",
            "executable": "web",
            "executable_bytes": 168_405,
            "closure_bytes": 20_169_605,
            "sources": ["src/web/__init__.py", "src/web/é.py"],
            "requirements": [
                {"name": "requests", "version": "2.34.2", "bytes": 600},
                {"name": "six", "version": "1.16", "bytes": 0},
                {"name": "urllib3", "version": "2.8", "bytes": 600},
            ],
            "others": {"CPython 3.11.7": 20_000_000, "first-party code": 168_405},
            "imports": [
                {"name": "json.decoder", "place": "src/web/é.py:3"},
                {"name": "requests", "place": "src/web/é.py:7"},
            ],
            "hooks": ["pyi_rth_certifi"],
        }
    ]


def test_requirements_and_others_of_the_json_are_the_closure() -> None:
    (found,) = json.loads(as_json([WEB]))
    requirements = sum(each["bytes"] for each in found["requirements"])
    assert requirements + sum(found["others"].values()) == found["closure_bytes"]


def test_the_json_has_an_object_for_each_program_in_order() -> None:
    assert [each["executable"] for each in json.loads(as_json([WEB, BARE]))] == ["web", "bare"]


def test_no_program() -> None:
    assert json.loads(as_json([])) == []
    assert as_text([]) == ""
