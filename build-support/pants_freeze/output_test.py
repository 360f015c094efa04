from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import time
from pathlib import Path

import pytest

from pants_freeze import output
from pants_freeze.manifest import ManifestFile, manifest_json

KILLS = 300


def write(folder: Path, files: dict[str, str]) -> None:
    """Write *files*, path -> text; a text of "-> TARGET" makes a link."""
    for path, text in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("-> "):
            place.symlink_to(text[3:])
        else:
            place.write_text(text)


def tree(folder: Path) -> dict[str, str]:
    """What `write` would have to be given."""
    return {
        path.relative_to(folder).as_posix(): f"-> {os.readlink(path)}"
        if path.is_symlink()
        else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def build(dist: Path, files: dict[str, str], *paths: str) -> None:
    """What a build does that writes *files*, of which *paths* are packages."""
    with output.staging(dist) as folder:
        write(folder / output.NEW, files)
        output.publish(folder, dist, paths)


@pytest.fixture(params=[True, False], ids=["exchanged", "renamed twice"])
def dist(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A dist folder that is not there yet, on systems that can exchange and that cannot."""
    if not request.param:
        monkeypatch.setattr(output, "_exchange", lambda left, right: False)
    return tmp_path / "a" / "dist"


def test_what_is_new(dist: Path) -> None:
    files = {"app/tool": "1", "app/link": "-> tool", "deep/er/file": "2"}
    build(dist, files, "app", "deep/er/file")
    assert tree(dist) == files
    assert sorted(os.listdir(dist)) == ["app", "deep"]


def test_what_was_there_goes_as_a_whole(dist: Path) -> None:
    build(dist, {"app/old": "1", "file": "1", "other/kept": "1"}, "app", "file", "other")
    build(dist, {"app/new": "2", "file": "2"}, "app", "file")
    assert tree(dist) == {"app/new": "2", "file": "2", "other/kept": "1"}
    assert sorted(os.listdir(dist)) == ["app", "file", "other"]


@pytest.mark.parametrize(
    "files", [{"app": "a file"}, {"app/tool": "in a folder"}, {"app": "-> elsewhere"}]
)
@pytest.mark.parametrize(
    "before", [{"app": "a file"}, {"app/tool": "in a folder"}, {"app": "-> elsewhere"}]
)
def test_any_kind_replaces_any_kind(
    dist: Path, before: dict[str, str], files: dict[str, str]
) -> None:
    build(dist, before, "app")
    build(dist, files, "app")
    assert tree(dist) == files


def test_a_link_is_replaced_and_not_followed(dist: Path, tmp_path: Path) -> None:
    write(tmp_path, {"elsewhere/precious": "1", "a/dist/app": f"-> {tmp_path}/elsewhere"})
    build(dist, {"app/tool": "2"}, "app")
    assert tree(dist) == {"app/tool": "2"}
    assert tree(tmp_path / "elsewhere") == {"precious": "1"}


def test_a_package_in_another(dist: Path) -> None:
    build(dist, {"app/tool": "1", "app/sub/old": "1"}, "app/sub", "app")
    build(dist, {"app/tool": "2", "app/sub/new": "2"}, "app/sub", "app")
    assert tree(dist) == {"app/tool": "2", "app/sub/new": "2"}


def test_files_of_no_package_are_written_too(dist: Path) -> None:
    build(dist, {"app/tool": "1", "beside/a": "1", "beside/b": "1"}, "app")
    build(dist, {"app/tool": "2", "beside/a": "2"}, "app")
    assert tree(dist) == {"app/tool": "2", "beside/a": "2", "beside/b": "1"}


def test_a_failure_leaves_what_was_there(dist: Path) -> None:
    build(dist, {"app/tool": "1"}, "app")
    with pytest.raises(OSError), output.staging(dist) as folder:
        write(folder / output.NEW, {"app/tool": "half"})
        raise OSError
    assert tree(dist) == {"app/tool": "1"}
    assert os.listdir(dist) == ["app"]


def test_another_build_is_left_alone(dist: Path) -> None:
    with output.staging(dist) as folder:
        write(folder / output.NEW, {"app/tool": "mine"})
        build(dist, {"app/tool": "other"}, "app")
        output.publish(folder, dist, ["app"])
    assert tree(dist) == {"app/tool": "mine"}
    assert os.listdir(dist) == ["app"]


def test_a_dist_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "dist").write_text("a file")
    with pytest.raises(FileExistsError):
        build(tmp_path / "dist", {"app/tool": "1"}, "app")


SHA256 = hashlib.sha256(b"1").hexdigest()


@pytest.mark.parametrize(
    ("content", "fingerprint", "is_sound"),
    [("1", SHA256, True), ("2", SHA256, False), ("1", SHA256[::-1], False)],
)
def test_a_package_is_held_against_its_manifest(
    tmp_path: Path, content: str, fingerprint: str, is_sound: bool
) -> None:
    files = [
        ManifestFile("sub/tool", 1, fingerprint, "0755", "", "first-party code", ("tool",)),
        ManifestFile("link", 8, "", "link", "sub/tool", "first-party code", ("tool",)),
    ]
    manifest = manifest_json(files).decode()
    write(
        tmp_path / output.NEW,
        {"app/sub/tool": content, "app/link": "-> sub/tool", "app/manifest.json": manifest},
    )
    write(tmp_path / output.NEW, {"without/manifest": "", "file": ""})
    expected = (
        contextlib.nullcontext()
        if is_sound
        else pytest.raises(output.Damaged, match=r"^app/sub/tool$")
    )
    with expected:
        output.check(tmp_path, ["without", "app", "file", "missing"])


def build_without_end(dist: Path, moment: float) -> None:
    """Build one version after the other in a process that is killed after *moment* seconds."""
    child = os.fork()
    if not child:
        with contextlib.suppress(BaseException):
            for number in range(10_000):
                files = {f"app/{name}": str(number) for name in range(20)}
                build(dist, {**files, "file": str(number)}, "app", "file")
        os._exit(1)
    time.sleep(moment)
    os.kill(child, signal.SIGKILL)
    assert os.waitpid(child, 0)[1] == signal.SIGKILL


def test_a_build_that_is_killed(tmp_path: Path) -> None:
    """At any moment a package is there, is whole, and is the one before or the new one."""
    dist = tmp_path / "dist"
    build(dist, {**{f"app/{name}": "-1" for name in range(20)}, "file": "-1"}, "app", "file")
    moments = random.Random(7)
    left = 0
    for _ in range(KILLS):
        build_without_end(dist, moments.uniform(0.001, 0.02))
        left += len(list(dist.glob(".partial-*")))
        versions = {(dist / "app" / str(name)).read_text() for name in range(20)}
        assert len(versions) == 1
        assert len(os.listdir(dist / "app")) == 20
        # The folder comes first.
        assert int(versions.pop()) - int((dist / "file").read_text()) in (0, 1)
        build(dist, {**{f"app/{name}": "-1" for name in range(20)}, "file": "-1"}, "app", "file")
        assert sorted(os.listdir(dist)) == ["app", "file"]
    print(f"{KILLS} builds killed while they write; {left} of them left a folder behind")
    assert left
