from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from pants_freeze.sandbox.layer import INDEX, LINK, LayerIndex, data_folders

LAYER = LayerIndex(
    python="3.11.7",
    python_library="libpython3.11.so.1.0",
    packages=["json"],
    modules=["abc", "json.decoder"],
    namespaces=["google"],
    files=["_json"],
    hooks=["b", "a"],
    hook_modules={"z": "z.py", "a.b": "a/b.py"},
    console_script="a:b.c",
    origins={"z": "é==1", "a": "CPython 3.11.7"},
    system_libraries=["libGL.so.1"],
    left_out={"b.c": ["drop module b", "a.trim"], "a": ["drop file a", "a.trim"]},
    excluded={"tkinter": "a.spec"},
    options=["u", "X utf8=1"],
    provided={"é==1": ["z"], "CPython 3.11.7": ["abc", "json"]},
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / LINK).mkdir()
    return tmp_path


def test_round_trip(folder: Path) -> None:
    LAYER.write(folder)
    assert LayerIndex.read(folder) == LAYER
    assert LayerIndex.parse((folder / INDEX).read_bytes()) == LAYER
    assert LayerIndex.parse((folder / INDEX).read_text(encoding="utf-8")) == LAYER


def test_hooks_keep_their_order(folder: Path) -> None:
    LAYER.write(folder)
    assert LayerIndex.read(folder).hooks == ["b", "a"]


def test_the_text_does_not_depend_on_the_order_of_insertion(folder: Path) -> None:
    LAYER.write(folder)
    text = (folder / INDEX).read_bytes()
    reordered = replace(
        LAYER,
        hook_modules=dict(reversed(LAYER.hook_modules.items())),
        origins=dict(reversed(LAYER.origins.items())),
    )
    reordered.write(folder)
    assert (folder / INDEX).read_bytes() == text
    keys = list(json.loads(text))
    assert keys == sorted(keys)


def test_the_text_is_for_people_too(folder: Path) -> None:
    LAYER.write(folder)
    text = (folder / INDEX).read_text(encoding="utf-8")
    assert '\n  "z": "é==1"\n' in text
    assert text.endswith("}\n")


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in asdict(LAYER).items() if key != name}


@pytest.mark.parametrize(
    "content",
    [
        pytest.param({}, id="nothing"),
        pytest.param(without("hooks"), id="a field too few"),
        pytest.param({**asdict(LAYER), "other": []}, id="a field too many"),
        pytest.param({**without("hooks"), "other": []}, id="another field"),
    ],
)
def test_wrong_fields(content: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"layer index has .*, expected .*'hooks'"):
        LayerIndex.parse(json.dumps(content))


@pytest.mark.parametrize(
    ("paths", "folders"),
    [
        ([], set()),
        (["a.txt"], set()),
        (["a/b.txt"], {"a"}),
        (["a/b/c.txt", "a/d.txt"], {"a", "a.b"}),
        (["a-b/c/d.txt"], set()),
        (["a/b-1.0/c/d.txt"], {"a"}),
        (["é/1/x", "_a/x"], {"é", "_a"}),
    ],
)
def test_data_folders(paths: list[str], folders: set[str]) -> None:
    assert data_folders(iter(paths)) == folders
