"""`compression="upx"`: what is packed works; what would not stays as it was, and is told."""

from __future__ import annotations

import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.foreign import Repository, Run, daemon_of, execute

PROGRAM = """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="{name}"{fields})
"""
DISTRIBUTION = """
frozen_distribution(name="{name}", version="1", output_path="{name}", binaries={binaries})
"""
MAIN = """
import decimal
import hashlib
import ssl
import sys
import unicodedata
import zlib

from hello import words


def main():
    if sys.argv[1:] == ["--version"]:
        return
    parts = (
        words.WORD,
        decimal.Decimal(1) / 7,
        hashlib.sha3_256(b"").hexdigest()[:8],
        unicodedata.name("é"),
        zlib.crc32(b"123456789"),
        ssl.create_default_context().verify_mode.name,
    )
    print(*parts, sep="|")
"""
SAID = (
    "{}|0.1428571428571428571428571429|a7ffc6f8|LATIN SMALL LETTER E WITH ACUTE|3421780262"
    "|CERT_REQUIRED\n"
)
FILES = {
    "src/hello/BUILD": PROGRAM.format(name="hello", fields=', compression="upx"'),
    "src/hello/main.py": MAIN,
    "src/hello/words.py": 'WORD = "one"\n',
    "src/plain/BUILD": PROGRAM.format(name="plain", fields=""),
    "src/plain/main.py": "import ssl\n\ndef main():\n    print(ssl.OPENSSL_VERSION)\n",
    "BUILD": DISTRIBUTION.format(name="packed", binaries=["src/hello:binary"])
    + DISTRIBUTION.format(name="mixed", binaries=["src/hello:binary", "src/plain:binary"]),
}
MARK = b"UPX!"

needs_upx = pytest.mark.skipif(not shutil.which("upx"), reason="upx is not installed")


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    with daemon_of(Repository.make(tmp_path_factory.mktemp("upx"), FILES)) as made:
        yield made


@pytest.fixture(scope="module")
def packed(repository: Repository) -> Run:
    return repository.pants("package", "//:packed", daemon=True).checked()


@pytest.fixture(scope="module")
def plain(repository: Repository, packed: Run) -> Path:
    """The runtime folder of a program that is not packed."""
    repository.pants("package", "src/plain:binary", daemon=True).checked()
    return repository.root / "dist" / "plain" / "runtime"


def outcomes(repository: Repository) -> dict[str, Any]:
    report = json.loads((repository.root / "dist" / "packed-report.json").read_bytes())
    return {each["path"]: each for each in report["packed"]}


def with_upx(folder: Path, script: str) -> str:
    """The option that puts a `upx` that runs *script* on the executable search path."""
    folder.mkdir()
    fake = folder / "upx"
    fake.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    fake.chmod(0o755)
    return f"--freeze-executable-search-paths=['{folder}', '<PATH>']"


@needs_upx
def test_what_is_packed_is_smaller_and_runs(
    repository: Repository, packed: Run, plain: Path
) -> None:
    folder = repository.root / "dist" / "packed"
    found = outcomes(repository)
    done = {path for path, each in found.items() if not each["reason"]}
    assert {"hello", "runtime/libcrypto.so.3"} <= done
    assert [path for path in done if path.startswith("runtime/libpython3.")]
    for path, each in found.items():
        content = (folder / path).read_bytes()
        assert len(content) == each["bytes"]
        assert (MARK in content) is (path in done)
        assert (each["bytes"] < each["bytes_before"]) is (path in done)
        original = plain / path[len("runtime/") :]
        if original.is_file():
            assert original.stat().st_size == each["bytes_before"]
            assert (original.read_bytes() == content) is (path not in done)
    assert execute(folder / "hello") == Run(0, SAID.format("one"), "")


@needs_upx
def test_package_tells_what_it_did_in_one_line(repository: Repository, packed: Run) -> None:
    (line,) = [each for each in packed.stderr.splitlines() if each.startswith("hello: UPX: ")]
    found = outcomes(repository).values()
    done = [each for each in found if not each["reason"]]
    assert f"packed {len(done)} files, " in line
    kept = [int(number) for number in re.findall(r"(\d+) \(", line.partition("; kept")[2])]
    assert sum(kept) == len(found) - len(done)


@needs_upx
def test_an_edit_packs_the_new_executable(repository: Repository, packed: Run) -> None:
    # A word that no cache has seen.
    word = uuid.uuid4().hex
    repository.write({"src/hello/words.py": f'WORD = "{word}"\n'})
    run = repository.pants("package", "src/hello:binary", daemon=True).checked()
    # Pants may start again, for it may see the edit while it builds; so there may be more.
    assert "Pack the executable of src/hello:binary with UPX" in run.started()
    assert execute(repository.program("hello")) == Run(0, SAID.format(word), "")


@needs_upx
def test_libraries_that_break_are_as_they_were(
    repository: Repository, plain: Path, tmp_path: Path
) -> None:
    """With `--lzma` UPX packs libraries, ends well, and what it made traps when it is loaded."""
    real = shutil.which("upx")
    option = with_upx(
        tmp_path / "lzma", f'test "$1" = --version || set -- --lzma "$@"\nexec {real} "$@"'
    )
    run = repository.pants(option, "package", "src/hello:binary", daemon=True).checked()
    assert re.search(r"hello: UPX: packed 1 file, .*\d+ \(packed, it does not load: ", run.stderr)
    program = repository.program("hello")
    assert MARK in program.read_bytes()
    for path in plain.rglob("*.so*"):
        packed = program.parent / "runtime" / path.relative_to(plain)
        assert packed.read_bytes() == path.read_bytes()
    assert execute(program).returncode == 0


@needs_upx
def test_programs_that_share_a_runtime_agree(repository: Repository, plain: Path) -> None:
    run = repository.pants("package", "//:mixed", daemon=True)
    assert run.returncode == 1
    assert "RuntimeConflict at //:mixed: " in run.stderr
    assert "of src/hello:binary (packed with UPX), " in run.stderr
    assert "give the targets the same `compression`, " in run.stderr


def test_without_upx_nothing_is_frozen(repository: Repository, tmp_path: Path) -> None:
    for name in ("ldd", "ldconfig", "strip"):
        found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
        assert found
        (tmp_path / name).symlink_to(found)
    option = f"--freeze-executable-search-paths=['{tmp_path}']"
    run = repository.pants(option, "package", "src/hello:binary", daemon=True)
    assert run.returncode == 1
    assert (
        'CompressionFailed at src/hello:binary (compression): "upx" takes UPX 4.2 or newer, and no '
        "`upx` on the executable search path answers; install it"
    ) in run.stderr
    assert [each for each in run.started() if each.startswith(("Freeze", "Link", "Pack"))] == []


def test_a_upx_that_is_too_old(repository: Repository, tmp_path: Path) -> None:
    option = with_upx(tmp_path / "old", "echo upx 3.96")
    run = repository.pants(option, "package", "src/hello:binary", daemon=True)
    assert run.returncode == 1
    assert (
        "CompressionFailed at src/hello:binary (compression): `upx` on the executable search path "
        "is upx 3.96, and it takes UPX 4.2 or newer; install that, or choose another `compression`"
    ) in run.stderr
