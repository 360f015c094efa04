from __future__ import annotations

import ast
import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from types import SimpleNamespace
from typing import Any

import pytest

from pants_freeze.sandbox import errors, freeze
from pants_freeze.sandbox.environment import is_installation_record
from pants_freeze.sandbox.layer import RUNTIME
from pants_freeze.sandbox.trim import Trim

# --- Missing libraries ---------------------------------------------------------------------------


@pytest.fixture
def missing() -> Iterator[freeze._MissingLibraries]:
    handler = freeze._MissingLibraries()
    logger = logging.getLogger("PyInstaller")
    level = logger.level
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(level)


def warn(message: str, *arguments: object, logger: str = "PyInstaller.depend.bindepend") -> None:
    logging.getLogger(logger).warning(message, *arguments)


# As PyInstaller 6.22 says it, in `depend/bindepend.py`.
NOT_FOUND = "Library not found: could not resolve %r, dependency of %r."


def test_missing_libraries_are_picked_out_of_the_log(missing: freeze._MissingLibraries) -> None:
    warn(NOT_FOUND, "libx.so.1", "/a/one.so")
    warn(NOT_FOUND, "libx.so.1", Path("/a/two.so"))
    warn(NOT_FOUND, "liby.so.2", Path("/a/two.so"))
    assert missing.needed_by == {"libx.so.1": "/a/one.so", "liby.so.2": "/a/two.so"}


def test_other_records_are_no_missing_libraries(missing: freeze._MissingLibraries) -> None:
    warn("Library not found: something else")
    warn("%r and %r", "libx.so.1", "/a/one.so")
    warn(NOT_FOUND, "libx.so.1: no version information available", "/a/one.so")
    warn(NOT_FOUND, "libx.so.1", "/a/one.so", logger="other")
    logging.getLogger("PyInstaller").info(NOT_FOUND, "libx.so.1", "/a/one.so")
    assert missing.needed_by == {}


def test_libraries_of_dropped_files_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """What only a dropped plugin is linked with is then neither collected nor missed."""

    def find(binaries: list[tuple[str, str, str]], *_: object) -> list[str]:
        return [f"library of {name}" for name, _, _ in binaries]

    build_main = SimpleNamespace(find_binary_dependencies=find)
    building: Any = SimpleNamespace(build_main=build_main)
    monkeypatch.setitem(sys.modules, "PyInstaller", building)
    monkeypatch.setitem(sys.modules, "PyInstaller.building", building)
    collected = [(path, f"/{path}", "BINARY") for path in ("a/b.so", "a/c.so")]
    with freeze._libraries_only_of(lambda path: path != "a/b.so"):
        assert build_main.find_binary_dependencies(collected, [], []) == ["library of a/c.so"]
    assert build_main.find_binary_dependencies is find


def test_links_lead_to_what_lies_beside_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PyInstaller writes them: by the text of the link, not by a path of the folder."""
    for name in ("PyInstaller", "PyInstaller.building", "PyInstaller.building.utils"):
        stand_in: Any = SimpleNamespace(process_collected_binary=None)
        monkeypatch.setitem(sys.modules, name, stand_in)
    monkeypatch.chdir(tmp_path)
    Path("source").write_text("content")
    layout = object.__new__(freeze._Layout)
    content = {
        "_trim": Trim([]),
        "_environment": SimpleNamespace(
            is_metadata_of_the_freezer=lambda _: False, origin=lambda _: "a==1"
        ),
        "_always_bundled": set(),
        "_icu_is_of_qt": False,
        "_stored": {},
        "_links": {},
        "_origins": {},
    }
    for name, value in content.items():
        setattr(layout, name, value)
    layout._place(
        [
            ("data/deep/file", "source", "DATA"),
            ("data/again", "deep/link", "SYMLINK"),
            ("data/deep/link", "file", "SYMLINK"),
            ("link", "data/deep/file", "SYMLINK"),
            ("data/up", "../link", "SYMLINK"),
            ("nothing", "elsewhere", "SYMLINK"),
        ]
    )
    layout._drop_dangling_links()
    links = {"data/again", "data/deep/link", "link", "data/up"}
    assert layout._origins == dict.fromkeys(links | {"data/deep/file"}, "a==1")
    for link in links:
        path = freeze.OUTPUT / RUNTIME / link
        assert path.is_symlink()
        assert path.read_text() == "content"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such library")
@pytest.mark.parametrize(
    ("linked", "only_qt"),
    [
        ({"libicudata.so.73": [], "libQt6Core.so.6": ["libicuuc.so.73"]}, True),
        (
            {
                "libicudata.so.73": [],
                "libicui18n.so.73": ["libicuuc.so.73", "libicudata.so.73"],
                "libQt6Gui.so.6": ["libQt6Core.so.6"],
            },
            True,
        ),
        ({"libicudata.so.72": [], "libxml2.so.2": ["libicuuc.so.72"]}, False),
        ({"libicudata.so.72": [], "_icu.so": ["libicudata.so.72"]}, False),
        ({"libQt6Core.so.6": ["libc.so.6"]}, False),
    ],
)
def test_icu_is_of_qt_if_nothing_else_is_linked_with_it(
    linked: dict[str, list[str]], only_qt: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(freeze, "linked_names", lambda library: linked[library.name])
    layout = object.__new__(freeze._Layout)
    binaries = [(f"a/lib/{name}", f"/b/{name}", "BINARY") for name in linked]
    layout._analysis = SimpleNamespace(binaries=binaries)
    assert layout._only_qt_uses_icu() is only_qt


def test_an_unusual_icu_library_stays_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    library = tmp_path / "libicudata.so.99"
    library.write_bytes(b"what is this")
    freeze._filter_icu_data(library)
    assert library.read_bytes() == b"what is this"
    assert "libicudata.so.99 is kept with all its data: it is no ELF file" in caplog.text


def test_an_interpreter_without_a_shared_library(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class PythonLibraryNotFoundError(OSError):
        pass

    def fail(_: freeze.Plan) -> None:
        raise PythonLibraryNotFoundError("of PyInstaller")

    exceptions: Any = SimpleNamespace(PythonLibraryNotFoundError=PythonLibraryNotFoundError)
    monkeypatch.setitem(sys.modules, "PyInstaller", SimpleNamespace(exceptions=exceptions))
    monkeypatch.setitem(sys.modules, "PyInstaller.exceptions", exceptions)
    monkeypatch.setattr(freeze, "freeze", fail)
    monkeypatch.chdir(tmp_path)
    fields = dict.fromkeys(freeze.Plan.__annotations__, "")
    (tmp_path / "plan.json").write_text(json.dumps(fields), encoding="utf-8")
    with pytest.raises(errors.InterpreterError) as caught:
        freeze.main("plan.json")
    assert "has no shared library, so it cannot be frozen; use one that has" in str(caught.value)
    assert "PYTHON_CONFIGURE_OPTS=--enable-shared" in str(caught.value)


# --- Modules and scripts that the target names ---------------------------------------------------


def test_hidden_imports_that_are_not_there() -> None:
    analysis = SimpleNamespace(graph=SimpleNamespace(find_node={"a": 1, "b.c": 2}.get))
    freeze._check_hidden_imports(["a", "b.c"], analysis)
    freeze._check_hidden_imports([], analysis)
    with pytest.raises(errors.MissingModuleError) as caught:
        freeze._check_hidden_imports(["z", "a", "b.d"], analysis)
    assert str(caught.value) == (
        "hidden imports are not in the closure: b.d, z; "
        "correct `hidden_imports`, or add the requirement to the dependencies of the PEX"
    )


# --- Modules -------------------------------------------------------------------------------------


def test_excludes_that_leave_something_out() -> None:
    known = ["a.b", "c"]
    assert freeze.excluded_modules(["a", "a.b", "a.b.c", "b", "c", "ca"], known) == {
        "a",
        "a.b",
        "c",
    }


# --- Files ---------------------------------------------------------------------------------------


def test_the_freezer_is_imported_only_where_it_is_used() -> None:
    """The plugin imports this module in a process that has no PyInstaller."""
    tree = ast.parse(Path(freeze.__file__).read_bytes())
    top = {node for node in tree.body if isinstance(node, (ast.Import, ast.ImportFrom))}
    assert top
    assert "PyInstaller" not in "\n".join(map(ast.unparse, top))


@pytest.mark.parametrize(
    ("path", "is_record"),
    [
        ("a-1.dist-info/RECORD", True),
        ("a-1.dist-info/INSTALLER", True),
        ("a-1.dist-info/METADATA", False),
        ("a-1.dist-info/licenses/RECORD", False),
        ("a/RECORD", False),
    ],
)
def test_records_of_the_installation_are_told_from_other_files(path: str, is_record: bool) -> None:
    assert is_installation_record(PurePosixPath(path)) is is_record
