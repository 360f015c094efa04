from __future__ import annotations

import ast

import pytest
from build import Failure
from levels import Figures, details, like, summary
from measure import Usage

_BUILD = """\
NAMES = ["a"]
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="other", pex=":pex", output_path="other")
pyinstaller_binary(
    name="binary",
    pex=":pex",
    output_path="program",
    size_budget="2MB",
    closure_budget="30MB",
    optimization_level="medium",
    hidden_imports=[f"x.{name}" for name in NAMES],
    system_libraries=["*"],  # a comment
)
"""


def _fields(target: str) -> dict[str, str]:
    (statement,) = ast.parse(target).body
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    assert ast.unparse(statement.value.func) == "pyinstaller_binary"
    return {str(each.arg): ast.unparse(each.value) for each in statement.value.keywords}


def test_a_variant_has_the_fields_of_the_program_but_no_budgets() -> None:
    fields = {"name": "high", "output_path": "high/program", "optimization_level": "high"}
    assert _fields(like(_BUILD, "binary", fields)) == {
        "name": "'high'",
        "pex": "':pex'",
        "output_path": "'high/program'",
        "optimization_level": "'high'",
        "hidden_imports": "[f'x.{name}' for name in NAMES]",
        "system_libraries": "['*']",
    }


def test_fields_that_targets_share_stay_shared() -> None:
    target = like('_ALL = dict(pex=":pex")\npyinstaller_binary(name="a", **_ALL)\n', "a", {})
    assert target == "\npyinstaller_binary(\n    name='a',\n    **_ALL,\n)\n"


def test_a_build_file_without_the_program_is_told() -> None:
    with pytest.raises(Failure, match="no `pyinstaller_binary`"):
        like("python_sources()\n", "binary", {"name": "high"})


def _figures(size: int, archive: int | None, first: float | None) -> Figures:
    return Figures(size, archive, first, Usage(0.9, 0, 0, 1), Usage(0.05, 0, 17_000_000, 0))


_FIGURES = {
    **{level: _figures(30_000_000, 9_000_000, None) for level in ("low", "medium", "high")},
    **{name: _figures(4_000_000, None, 0.4) for name in ("none", "zlib", "lzma", "zstd")},
    "onedir": _figures(20_000_000, 8_000_000, None),
    "onefile": _figures(9_770_000, None, None),
}


def test_details_have_a_row_for_each_variant() -> None:
    rows = details(_FIGURES).splitlines()[2:]
    assert len(rows) == 10
    assert rows[0] == "| folder, level `low` | 30.0 | 9.0 |  |  | 0.900 | 0.050 | 17.0 |"
    assert rows[5] == "| single file, `lzma` |  |  | 4.0 | 0.400 | 0.900 | 0.050 | 17.0 |"
    assert rows[7] == "| single file, `upx` | UPX is not on this machine |  |  |  |  |  |  |"
    assert rows[9] == "| PyInstaller one-file |  |  | 9.8 |  | 0.900 | 0.050 | 17.0 |"
    assert {row.count("|") for row in rows} == {9}


def test_the_summary_has_levels_and_compressions_of_both() -> None:
    levels, files = summary(_FIGURES, {**_FIGURES, "upx": _FIGURES["lzma"]}).split("\n\n")
    assert levels.splitlines()[2] == "| `low` | 30.0 | 9.0 | 0.050 | 30.0 | 9.0 | 0.050 |"
    assert files.splitlines()[-1] == (
        "| `upx` | UPX is not on this machine |  |  | 4.0 | 0.400 | 0.050 |"
    )
    assert len(files.splitlines()) == 7
