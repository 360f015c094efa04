"""The program that writes SBOMs, with the library that it uses, which the plugin's tests lack."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pipeline.foreign import ROOT

PLUGIN = ROOT / "build-support"

PLAN: dict[str, Any] = {
    "name": "tools",
    "version": "1.0",
    "programs": {
        "two": ["CPython 3.12.1", "b==2", "pyinstaller==6.22.3", "system library"],
        "one": ["CPython 3.12.1", "a-b==1.0+local", "b==2", "freeze-core==1", "nothing==0"],
    },
    "licences": {
        "a-b==1.0+local": ["Apache-2.0 OR MIT"],
        "b==2": ["MIT License", "Apache-2.0", "Apache-2.0 OR MIT"],
        "freeze-core==1": ["MIT"],
        "nothing==0": [],
        "pyinstaller==6.22.3": ['GPLv2 "with é <exception>"'],
    },
    "freezers": ["freeze-core==1", "pyinstaller==6.22.3"],
    "system_libraries": ["libz.so.1", "libé.so.1"],
}
CPYTHON = "pkg:generic/python@3.12.1"


def write(folder: Path, seed: int = 0, **changes: Any) -> bytes:
    """The SBOM of `PLAN` with *changes*, made in *folder* with a hash seed."""
    folder.mkdir(exist_ok=True)
    (folder / "plan.json").write_text(json.dumps({**PLAN, **changes}))
    environment = {**os.environ, "PYTHONPATH": str(PLUGIN), "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-B", "-m", "pants_freeze.sandbox.sbom", "plan.json"]
    subprocess.run(command, cwd=folder, env=environment, check=True, timeout=60)
    return (folder / "sbom.cdx.json").read_bytes()


def problems(text: bytes) -> str:
    """What the schema of CycloneDX 1.6 says against *text*, taken strictly."""
    found = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.decode())
    return str(found or "")


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write(tmp_path_factory.mktemp("sbom"))


@pytest.fixture(scope="module")
def bill(text: bytes) -> Any:
    return json.loads(text)


@pytest.fixture(scope="module")
def components(bill: Any) -> dict[str, Any]:
    return {each["bom-ref"]: each for each in bill["components"]}


def test_it_is_valid(text: bytes) -> None:
    assert problems(text) == ""
    assert problems(text.replace(b'"CycloneDX"', b'"Other"')) != ""


@pytest.mark.parametrize(
    "changes",
    [
        {"version": ""},
        {"programs": {}},
        {"programs": {"one": []}},
        {"programs": {"one": ["system library"]}, "system_libraries": []},
        {"programs": {"tools": ["tools==1.0"]}},
    ],
    ids=str,
)
def test_any_folder_has_a_valid_one(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert problems(write(tmp_path, **changes)) == ""


def test_the_same_plan_is_the_same_bytes(text: bytes, tmp_path: Path) -> None:
    assert {write(tmp_path / str(seed), seed) for seed in (1, 2)} == {text}


def test_there_is_no_time_and_the_serial_number_is_of_the_content(
    text: bytes, bill: Any, tmp_path: Path
) -> None:
    assert b"timestamp" not in text
    other = json.loads(write(tmp_path, version="1.1"))
    assert other["serialNumber"] != bill["serialNumber"]
    assert bill["serialNumber"].startswith("urn:uuid:")


def test_the_whole(bill: Any) -> None:
    assert bill["specVersion"] == "1.6"
    whole = bill["metadata"]["component"]
    assert (whole["name"], whole["version"], whole["type"]) == ("tools", "1.0", "application")


def test_components(components: dict[str, Any]) -> None:
    assert {ref: each["type"] for ref, each in components.items()} == {
        CPYTHON: "platform",
        "pkg:pypi/a-b@1.0%2Blocal": "library",
        "pkg:pypi/b@2": "library",
        "pkg:pypi/freeze-core@1": "library",
        "pkg:pypi/nothing@0": "library",
        "pkg:pypi/pyinstaller@6.22.3": "library",
        "program/one": "application",
        "program/two": "application",
        "system library": "library",
    }
    purls = {ref: each["purl"] for ref, each in components.items() if "purl" in each}
    assert purls == {ref: ref for ref in components if ref.startswith("pkg:")}
    assert components["pkg:pypi/a-b@1.0%2Blocal"]["name"] == "a-b"
    assert components["pkg:pypi/a-b@1.0%2Blocal"]["version"] == "1.0+local"
    freezers = {ref for ref, each in components.items() if "freezer" in each.get("description", "")}
    assert freezers == {"pkg:pypi/freeze-core@1", "pkg:pypi/pyinstaller@6.22.3"}


def test_the_interpreter_can_be_looked_up(components: dict[str, Any]) -> None:
    cpython = components[CPYTHON]
    assert (cpython["name"], cpython["version"]) == ("CPython", "3.12.1")
    assert cpython["cpe"] == "cpe:2.3:a:python:python:3.12.1:*:*:*:*:*:*:*"


def test_licences(components: dict[str, Any]) -> None:
    """An expression that stands beside others is a name, for the schema wants it alone."""
    found = {
        ref: [
            each.get("expression") or each["license"].get("id") or f"name {each['license']['name']}"
            for each in component.get("licenses", ())
        ]
        for ref, component in components.items()
        if ref.startswith("pkg:")
    }
    assert found == {
        CPYTHON: ["PSF-2.0"],
        "pkg:pypi/a-b@1.0%2Blocal": ["Apache-2.0 OR MIT"],
        "pkg:pypi/b@2": ["Apache-2.0", "name Apache-2.0 OR MIT", "name MIT License"],
        "pkg:pypi/freeze-core@1": ["MIT"],
        "pkg:pypi/nothing@0": [],
        "pkg:pypi/pyinstaller@6.22.3": ['name GPLv2 "with é <exception>"'],
    }


def test_system_libraries(components: dict[str, Any]) -> None:
    names = [each["name"] for each in components["system library"]["components"]]
    assert names == PLAN["system_libraries"]


def test_who_needs_what(bill: Any) -> None:
    needs = {each["ref"]: set(each.get("dependsOn", ())) for each in bill["dependencies"]}
    assert needs.pop("distribution") == {"program/one", "program/two"}
    assert needs.pop("program/two") == {
        CPYTHON,
        "pkg:pypi/b@2",
        "pkg:pypi/pyinstaller@6.22.3",
        "system library",
    }
    assert needs.pop("program/one") == {
        CPYTHON,
        "pkg:pypi/a-b@1.0%2Blocal",
        "pkg:pypi/b@2",
        "pkg:pypi/freeze-core@1",
        "pkg:pypi/nothing@0",
    }
    assert not any(needs.values())
