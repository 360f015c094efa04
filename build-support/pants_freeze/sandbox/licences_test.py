from __future__ import annotations

import json
from email.message import Message
from pathlib import Path

import pytest

from pants_freeze.sandbox import licences

OSI = "License :: OSI Approved"
TEXT = "\n  The Licence\n\n        Permission is hereby granted\n"


def metadata(*fields: tuple[str, str]) -> Message:
    message = Message()
    for key, value in fields:
        message[key] = value
    return message


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], []),
        ([("License-Expression", "MIT OR Apache-2.0"), ("License", "MIT")], ["MIT OR Apache-2.0"]),
        ([("License", "BSD 3-Clause"), ("Classifier", f"{OSI} :: BSD License")], ["BSD 3-Clause"]),
        ([("License", "UNKNOWN"), ("Classifier", f"{OSI} :: MIT License")], ["MIT License"]),
        ([("License", " "), ("Classifier", f"{OSI} :: MIT License")], ["MIT License"]),
        (
            [
                ("Classifier", f"{OSI} :: MIT License"),
                ("Classifier", "Programming Language :: Python"),
                ("Classifier", f"{OSI} :: Apache Software License"),
                ("Classifier", f"{OSI} :: MIT License"),
            ],
            ["Apache Software License", "MIT License"],
        ),
        ([("Classifier", OSI)], []),
        ([("Classifier", "License")], []),
        ([("Classifier", "License :: Public Domain")], ["Public Domain"]),
        ([("License", TEXT), ("Classifier", f"{OSI} :: MIT License")], ["MIT License"]),
        ([("License", TEXT)], ["The Licence"]),
    ],
)
def test_licences_in_metadata(fields: list[tuple[str, str]], expected: list[str]) -> None:
    assert licences.licences_of(metadata(*fields)) == expected


def install(folder: Path, name: str, version: str, licence: str) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nLicense: {licence}\n"
    )


def test_licences_of_this_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two versions of one distribution, which the closure and the freezer may have, each has its
    own; what the environment lacks has none."""
    install(tmp_path, "Made.Up", "1.0.0", "MIT")
    install(tmp_path, "made-up", "2.0", "Zlib")
    install(tmp_path, "other-made-up", "1", "ISC")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.chdir(tmp_path)
    wanted = ["made-up==2.0", "made-up==1.0.0", "not-there==1"]
    Path("plan.json").write_text(json.dumps({"distributions": wanted}))
    licences.main("plan.json")
    assert json.loads(licences.OUTPUT.read_text()) == {
        "made-up==1.0.0": ["MIT"],
        "made-up==2.0": ["Zlib"],
        "not-there==1": [],
    }
