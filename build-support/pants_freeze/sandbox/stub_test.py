from __future__ import annotations

import platform
import sys
from pathlib import Path

import pytest

from pants_freeze.sandbox import errors, stub


@pytest.mark.parametrize(
    ("system", "machine", "expected"),
    [
        ("linux", "x86_64", "x86_64-linux-musl"),
        ("linux", "aarch64", "aarch64-linux-musl"),
        ("darwin", "arm64", "aarch64-macos"),
        ("darwin", "x86_64", "x86_64-macos"),
    ],
)
def test_target(system: str, machine: str, expected: str) -> None:
    assert stub.target(system, machine) == expected


@pytest.mark.parametrize(
    ("system", "machine", "told"),
    [("win32", "AMD64", "Windows (AMD64)"), ("linux", "riscv64", "linux (riscv64)")],
)
def test_where_it_is_not_there_yet(
    system: str, machine: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    with pytest.raises(errors.SandboxError) as caught:
        stub.main("plan.json")
    assert str(caught.value) == (
        f'`layout="onefile"` is not there on {told} yet; write `layout="folder"`'
    )


def test_a_failing_compiler_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Zig, the interpreter says so."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(errors.SandboxError, match=r"cannot be compiled:\n.*ziglang"):
        stub.main("plan.json")
