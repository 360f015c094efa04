"""Builds that are killed, or that a full disk, a damaged cache or a wrong clock meets.

Whatever happens, what an earlier build has written stays as it was, and the next build is right.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from frozen.support import files

from pipeline.differences import compare_folders
from pipeline.foreign import Repository, Run, daemon_of, execute

KILLS = 20
# Each fourth time the daemon is killed, too; it takes long to start again.
POWER_FAILS = 4

FILES = {
    "src/small/BUILD": """
python_sources()
pex_binary(name="pex", entry_point="main.py:main")
pyinstaller_binary(name="binary", pex=":pex", output_path="small")
""",
    "src/small/main.py": """
from small import words

def main():
    print(words.WORD)
""",
    "src/small/words.py": "WORD = 'first'\n",
    "BUILD": """
frozen_distribution(
    name="dist",
    version="1.0",
    output_path="app",
    archive="tar.gz",
    binaries=["src/small:binary"],
)
""",
}

# Runs a command with a file system of its own at the folder $1, of $2, which begins with what is in
# the folder, and copies what is there in the end to the folder $3.
_OTHER_DISK = """
set -e
mkdir "$3"
cp -a "$1"/. "$3"
mount -t tmpfs -o "$2" none "$1"
cp -a "$3"/. "$1"
folder=$1 copy=$3
shift 3
status=0
"$@" || status=$?
rm -r "$copy"
cp -a "$folder" "$copy"
exit $status
"""


def on_another_disk(folder: Path, options: str, copy: Path) -> tuple[str, ...]:
    """What runs a command with *folder* on a disk of its own; *copy* is what is there at its end.

    In a mount namespace: nobody else sees that disk, and it ends with the command.
    """
    return ("unshare", "--mount", "sh", "-c", _OTHER_DISK, "sh", str(folder), options, str(copy))


@dataclass
class Place:
    """A repository with a store and caches of its own, which may be damaged.

    ``word`` is what the program prints that was built last.
    """

    repository: Repository
    store: Path
    caches: Path
    word: str = "first"

    @property
    def dist(self) -> Path:
        return self.repository.root / "dist"

    @property
    def env(self) -> dict[str, str]:
        return {
            "PANTS_LOCAL_STORE_DIR": str(self.store),
            "PANTS_NAMED_CACHES_DIR": str(self.caches),
        }

    def write(self, word: str, before: str = "") -> None:
        """Have the program print *word*; the line *before* may import something new."""
        text = f"{before}\nWORD = {word!r}\n"
        self.repository.write({"src/small/words.py": text})

    def package(self, *within: str, **env: str) -> Run:
        """A build that may go wrong, by a process of its own."""
        return self.repository.pants("package", "//:dist", env={**self.env, **env}, within=within)

    def build(self, word: str) -> None:
        """The next build, which must be right."""
        self.write(word)
        run = self.repository.pants("package", "//:dist", env=self.env, daemon=True)
        run.checked()
        self.word = word
        self.check()

    def check(self, *words: str) -> None:
        """Hold what is in the dist folder: all whole, of the last word or of one of *words*.

        The daemon may go on with a build whose client was killed. If that replaces the folder while
        it is read, what was read is no state of it.
        """
        app = self.dist / "app"
        while True:
            read = app.stat().st_ino
            try:
                self._check(app, words)
            except (AssertionError, OSError):
                if app.stat().st_ino == read:
                    raise
            else:
                return

    def _check(self, app: Path, words: tuple[str, ...]) -> None:
        printed = execute(app / "small").checked().stdout.strip()
        assert printed in (self.word, *words)
        self.word = printed
        manifest = json.loads((app / "manifest.json").read_bytes())["files"]
        for file in manifest:
            if file["mode"] != "link":
                content = (app / file["path"]).read_bytes()
                assert hashlib.sha256(content).hexdigest() == file["sha256"], file["path"]
        with tarfile.open(self.dist / "app.tar.gz") as archive:
            names = [path.relative_to(self.dist).as_posix() for path in files(app)]
            assert sorted(archive.getnames()) == sorted(names)

    def assert_untouched(self, run: Run, copy: Path, *told: str) -> None:
        """After a *run* that failed: it told that, and *copy* is what the last build wrote."""
        assert run.returncode == 1, run.stderr
        assert [part for part in told if part not in run.stderr] == [], run.stderr
        assert "Traceback" not in run.stderr, run.stderr
        assert compare_folders(self.dist, copy) == []


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("faults")
    repository = Repository.make(root / "repository", FILES)
    with daemon_of(repository):
        made = Place(repository, root / "store", root / "caches")
        made.build("first")
        yield made


def test_killed_at_any_moment(place: Place) -> None:
    """What people see of it; or the daemon too, as when the power fails."""
    place.build("warm")
    start = time.monotonic()
    place.build("timed")
    seconds = time.monotonic() - start
    moments = random.Random(KILLS)
    outcomes = {"before": 0, "after": 0}
    for number in range(KILLS):
        word = f"killed {number}"
        place.write(word)
        process = place.repository.start("package", "//:dist", daemon=True, env=place.env)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=moments.uniform(0, seconds))
        if number % POWER_FAILS == 0:
            place.repository.stop()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        before = place.word
        place.check(word)
        outcomes["before" if place.word == before else "after"] += 1
        place.build(f"right {number}")
        assert not list(place.dist.glob(".*"))
    print(
        f"{KILLS} builds of {seconds:.1f} s killed: {outcomes['before']} left the output before, "
        f"{outcomes['after']} the new one, all whole; each next build was right"
    )


def test_no_room_for_what_is_built(place: Place, tmp_path: Path) -> None:
    place.build("small enough")
    size = sum(path.stat().st_size for path in place.dist.rglob("*") if path.is_file())
    place.write("too large")
    # Room for what is there, and for half of it once more.
    disk = on_another_disk(place.dist, f"size={size * 3 // 2}", tmp_path / "copy")
    run = place.package(*disk)
    place.assert_untouched(run, tmp_path / "copy", "OutputFailed at dist", "No space left")
    place.build("room again")


def test_a_folder_that_is_read_only(place: Place) -> None:
    place.build("writable")
    shutil.copytree(place.dist, place.store.parent / "copy", symlinks=True)
    script = 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && exec "$@"'
    place.write("read-only")
    run = place.package("unshare", "--mount", "sh", "-c", script, "sh", str(place.dist))
    told = ("OutputFailed at dist", "Read-only file system")
    place.assert_untouched(run, place.store.parent / "copy", *told)
    place.build("writable again")


def test_no_room_to_work_in(place: Place, tmp_path: Path) -> None:
    """Where Pants runs its processes, while a program is frozen anew."""
    work = tmp_path / "work"
    work.mkdir()
    place.build("before it is full")
    shutil.copytree(place.dist, tmp_path / "dist", symlinks=True)
    place.write("full", "import colorsys")
    disk = on_another_disk(work, "size=8m", tmp_path / "copy")
    run = place.package(*disk, PANTS_LOCAL_EXECUTION_ROOT_DIR=str(work))
    place.assert_untouched(run, tmp_path / "dist", "No space left")
    place.build("room again")


@pytest.mark.parametrize("what", ["store", "caches"])
def test_a_cache_is_removed_while_it_is_used(place: Place, what: str) -> None:
    """The build may fail, for its files are gone; but then it has touched nothing."""
    place.build(f"before {what}")
    folder: Path = getattr(place, what)
    place.write(f"while {what}", "import stringprep" if what == "store" else "import sndhdr")
    place.repository.stop()
    process = place.repository.start("package", "//:dist", env=place.env)
    # When it freezes, all of what it needs is in use.
    assert process.stderr
    for line in process.stderr:
        if "Starting: Freeze" in line:
            shutil.rmtree(folder, ignore_errors=True)
    status = process.wait()
    before = place.word
    place.check(f"while {what}")
    assert (place.word == before) == (status != 0)
    place.build(f"after {what}")


def test_a_store_is_damaged(place: Place) -> None:
    """Pants copies large files unread."""
    place.build("sound")
    shutil.copytree(place.dist, place.store.parent / "sound", symlinks=True)
    (library,) = (place.dist / "app").rglob("libpython*.so.1.0")
    fingerprint = hashlib.sha256(library.read_bytes()).hexdigest()
    stored = place.store / "immutable" / "files" / fingerprint[:2] / fingerprint
    content = bytearray(stored.read_bytes())
    content[len(content) // 2] ^= 1
    stored.chmod(0o600)
    stored.write_bytes(content)
    place.write("damaged")
    told = ("OutputFailed at dist", library.name, "has not the content that was built", "store")
    place.assert_untouched(place.package(), place.store.parent / "sound", *told)
    # What the message says to do.
    place.repository.stop()
    shutil.rmtree(place.store)
    place.build("sound again")


@pytest.mark.parametrize("year", [2001, 2037])
def test_another_clock(place: Place, tmp_path: Path, year: int) -> None:
    """Years before and after; the bytes are those of the real one, without a cache."""
    place.build("on time")
    app = tmp_path / "app"
    shutil.copytree(place.dist / "app", app, symlinks=True)
    shutil.rmtree(place.dist)
    for source in (place.repository.root / "src" / "small").iterdir():
        os.utime(source, (year, (year - 1970) * 31_556_952))
    clock = f"{year}-03-04 05:06:07"
    store = str(tmp_path / "store")
    place.package("faketime", clock, PANTS_LOCAL_STORE_DIR=store).checked()
    assert compare_folders(place.dist / "app", app) == []
    place.build("on time again")
