"""The last stages of the Dockerfile, built by buildah with the distribution that was just built.

No registry is asked: the image below them has this machine's C library, zlib, which PyInstaller's
bootloader is linked with, and busybox. Any image of a Linux distribution has more.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILT = Path("ai-coder-assistant-light-v1.0.0").absolute()
PROGRAM = "/opt/ai-coder-assistant/ai-coder-launcher"
SHELL = ("cat", "env", "grep", "mktemp", "rm", "sh", "sha256sum")
LIBRARIES = "/lib/x86_64-linux-gnu"
GLIBC = ("libc.so.6", "libdl.so.2", "libm.so.6", "libpthread.so.0", "librt.so.1", "libutil.so.1")
ZLIB = "libz.so.1"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="buildah changes roots, as root")


class Buildah:
    """buildah with its storage in *folder*, isolated by nothing but a root of its own."""

    def __init__(self, folder: Path) -> None:
        self._storage = ("--storage-driver=vfs", f"--root={folder}/root", f"--runroot={folder}/run")

    def __call__(self, *arguments: str | Path, status: int = 0) -> str:
        """What it prints, of a failure to standard error; it must end with *status*."""
        done = subprocess.run(
            ["buildah", *self._storage, *arguments],
            env={**os.environ, "BUILDAH_ISOLATION": "chroot"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stderr if status else done.stdout

    def bare(self, folder: Path, *, programs: tuple[str, ...] = SHELL) -> str:
        """An image with glibc, zlib, and busybox as each of *programs*; laid out in *folder*."""
        for each in ("bin", "tmp", LIBRARIES[1:], "lib64"):
            (folder / each).mkdir(parents=True)
        shutil.copy("/bin/busybox", folder / "bin")
        for program in programs:
            (folder / "bin" / program).symlink_to("busybox")
        for library in (*GLIBC, ZLIB):
            shutil.copy(f"{LIBRARIES}/{library}", folder / LIBRARIES[1:])
        shutil.copy("/lib64/ld-linux-x86-64.so.2", folder / "lib64")
        container = self("from", "scratch").strip()
        self("copy", "--quiet", container, folder, "/")
        return self("commit", "--quiet", "--rm", container).strip()

    def build(self, folder: Path, base: str, *, status: int = 0) -> str:
        """The image of the stages behind `build`, on *base*; if that fails, the reason."""
        _, last = (ROOT / "Dockerfile").read_text(encoding="utf-8").split("AS archive\n")
        stages = last[last.index("FROM ${BARE_BASE}") :]
        (folder / "Dockerfile").write_text(f"ARG BARE_BASE\n{stages}", encoding="utf-8")
        image = self(
            "build",
            "--quiet",
            "--no-cache",
            f"--file={folder}/Dockerfile",
            f"--build-arg=BARE_BASE={base}",
            f"--build-context=build={folder}",
            str(ROOT),
            status=status,
        )
        return image.strip()


@pytest.fixture
def buildah(tmp_path: Path) -> Iterator[Buildah]:
    """A buildah of its own, whose hundreds of megabytes do not stay."""
    yield Buildah(tmp_path / "storage")
    shutil.rmtree(tmp_path)


def test_the_image(tmp_path: Path, buildah: Buildah) -> None:
    shutil.copytree(BUILT, tmp_path / "distribution", symlinks=True)
    image = buildah.build(tmp_path, buildah.bare(tmp_path / "bare"))

    config = json.loads(buildah("inspect", "--type=image", image))["OCIv1"]["config"]
    assert config["Entrypoint"] == [PROGRAM]
    assert config["User"] == "65534:65534"
    container = buildah("from", image).strip()
    assert "scanner" in buildah("run", container, "--", PROGRAM, *config["Cmd"])
    # What only the test needs is not in it.
    buildah("run", container, "--", "cat", "/bare.sh", status=1)


def test_no_image_of_what_fails(tmp_path: Path, buildah: Buildah) -> None:
    broken = tmp_path / "distribution"
    broken.mkdir()
    (broken / "SHA256SUMS").write_text(f"{'0' * 64}  README.md\n", encoding="utf-8")
    (broken / "README.md").write_text("changed\n", encoding="utf-8")
    complaint = buildah.build(tmp_path, buildah.bare(tmp_path / "bare"), status=1)
    assert "1 of 1 computed checksums did NOT match" in complaint


def test_no_image_where_there_is_a_python(tmp_path: Path, buildah: Buildah) -> None:
    (tmp_path / "distribution").mkdir()
    base = buildah.bare(tmp_path / "bare", programs=(*SHELL, "python3"))
    assert "there is a python3 here" in buildah.build(tmp_path, base, status=1)
