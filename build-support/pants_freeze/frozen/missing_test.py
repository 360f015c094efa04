"""What is printed below the traceback of an import that ended a program, and what is not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pants_freeze.sandbox.files import filled_in

PROGRAM = (
    "src/app:binary",
    "app tools",
    {"CPython 3.11.7": "json wave", "gx==1": "google", "gy==2": "google", "idna==3": "idna"},
)
IN_DEPENDENCIES = "to the `dependencies` of the sources that import it"


def run(code: str, tmp_path: Path) -> str:
    """What a program with *code* prints to its standard error."""
    missing = filled_in(Path(__file__).with_name("missing.py"), "PROGRAM", PROGRAM)
    program = tmp_path / "program.py"
    program.write_text(f"{missing}\n{code}\n")
    command = [sys.executable, "-I", str(program)]
    result = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True, timeout=60)
    return result.stderr


def note(code: str, tmp_path: Path) -> str:
    """What is printed below the traceback."""
    printed = run(code, tmp_path)
    assert "Traceback (most recent call last)" in printed
    before, _, after = printed.partition("\nnote: ")
    # The error itself is as it always is.
    assert "Error: " in before.splitlines()[-1]
    return after


def fails(name: str) -> str:
    """Code that fails as the import of the module *name*, which need not be missing here."""
    return f"raise ModuleNotFoundError({f'No module named {name!r}'!r}, name={name!r})"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "tools.kinds",
            "; 'tools' is first-party code, so if that has it, add its target " + IN_DEPENDENCIES,
        ),
        (
            "idna.codec",
            ", for no import shows that it is needed; if idna==3 has it, name it in "
            "`hidden_imports` of src/app:binary",
        ),
        (
            "google.a.b",
            ", for no import shows that it is needed; if gx==1 or gy==2 has it, name it in "
            "`hidden_imports` of src/app:binary",
        ),
        (
            "wave",
            ", for no import shows that it is needed; if CPython 3.11.7 has it, name it in "
            "`hidden_imports` of src/app:binary",
        ),
        (
            "idnaX",
            ", and no requirement of its closure has it; add the requirement, or the target if it "
            "is first-party code, " + IN_DEPENDENCIES,
        ),
    ],
)
def test_what_to_add_to_which_target(tmp_path: Path, name: str, expected: str) -> None:
    told = note(fails(name), tmp_path)
    assert told == f"{name!r} is not in the frozen program src/app:binary{expected}\n"


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("import no_such_module", "no_such_module"),
        ("import json.no_such_module", "json.no_such_module"),
        ("import stat.part", "stat.part"),
        ("from json import no_such_module", "json.no_such_module"),
        ("import importlib; importlib.import_module('no.such')", "no"),
        # As libraries do that import lazily.
        (
            "try:\n  import no_such_module\nexcept ImportError as e:\n"
            "  raise RuntimeError('x') from e",
            "no_such_module",
        ),
        ("import threading; threading.Thread(target=__import__, args=['no']).start()", "no"),
    ],
)
def test_imports_that_fail(tmp_path: Path, code: str, name: str) -> None:
    assert note(code, tmp_path).startswith(f"{name!r} is not in the frozen program ")


@pytest.mark.parametrize(
    "error",
    [
        "ImportError('libx.so.1: cannot open shared object file: No such file', name='a')",
        "OSError('libx.so.1: cannot open shared object file: No such file')",
    ],
)
def test_a_library_that_is_missing(tmp_path: Path, error: str) -> None:
    assert note(f"raise {error}", tmp_path) == (
        "the library libx.so.1 is neither in the frozen program src/app:binary nor on this "
        "machine; install it here, or freeze the program on a machine that has it, and with "
        "neither `system_libraries` nor a list of `trim` that covers it\n"
    )


@pytest.mark.parametrize(
    "code",
    [
        "1 / 0",
        "open('no such file')",
        "raise ImportError('of the program')",
        "raise ModuleNotFoundError('of the program', name='idna')",
        # Who left it out has said so.
        "raise ModuleNotFoundError(\"No module named 'a': the trim list\", name='a')",
        "raise ImportError(\"cannot import name 'b' from 'a': the trim list\", name='a')",
        # It is there, and not ready.
        "raise ImportError(\"cannot import name 'b' from partially initialized module 'a' (most "
        "likely due to a circular import)\", name='a')",
        # They may be raised from each other, and have no text.
        "class E(Exception):\n  def __str__(self): 1 / 0\n"
        "a, b = ValueError('a'), E(); b.__cause__ = a; raise a from b",
        # What was caught is not why the program ended.
        "try:\n  import no_such_module\nexcept ImportError:\n  1 / 0",
    ],
)
def test_other_errors_are_as_they_are(tmp_path: Path, code: str) -> None:
    assert note(code, tmp_path) == ""


@pytest.mark.parametrize(
    "code",
    [
        "try:\n  import no\nexcept ImportError as e:\n"
        "  assert type(e) is ModuleNotFoundError and e.name == 'no'\n"
        "  assert str(e) == e.msg == \"No module named 'no'\" and e.args == (e.msg,)",
        "import importlib.util; assert importlib.util.find_spec('no') is None",
        "import sys; assert sys.excepthook is sys.__excepthook__",
        "raise SystemExit(3)",
        "import sys; sys.excepthook = lambda *_: None; import no",
        "import sys; sys.stderr = None; import no",
    ],
)
def test_nothing_is_printed(tmp_path: Path, code: str) -> None:
    assert run(code, tmp_path) == ""
