"""What the user of a distribution can verify without any of its programs.

The commands are those of `docs/usage.md` in the distribution.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from frozen.support import Distribution, Result, files, run

SUMS = "SHA256SUMS"
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}
FINE = Result(0, "", "")
USAGE = Path("docs", "usage.md")

# One of each kind of file.
KINDS = (
    "README.md",
    "ai-coder-scanner",
    "manifest.json",
    "sbom.cdx.json",
    "shared/runtime/certifi/cacert.pem",
    "shared/runtime/libpython3.11.so.1.0",
    "shared/runtime/requests/api.pyc",
)


def documented(folder: Path, start: str) -> str:
    """The only command in `docs/usage.md` that begins with *start*."""
    lines = (folder / USAGE).read_text().splitlines()
    (found,) = (line.strip() for line in lines if line.startswith(f"    {start}"))
    return found


def check(folder: Path) -> Result:
    """What finds changed and missing files, run in *folder*."""
    command = documented(folder, "sha256sum ")
    return run("/bin/sh", "-c", command, env=ENVIRONMENT, cwd=folder)


def added(folder: Path) -> Result:
    """What finds added files, run in *folder*."""
    command = documented(folder, "(cut ")
    return run("/bin/sh", "-c", command, env=ENVIRONMENT, cwd=folder)


def replace(path: Path, content: bytes) -> None:
    """Give *path* other content; the file itself may be a hard link that other copies share."""
    path.unlink()
    path.write_bytes(content)


def change(path: Path) -> None:
    """Change one bit in the middle of *path*, or add a byte if it is empty."""
    content = bytearray(path.read_bytes() or b"\n")
    if path.stat().st_size:
        content[len(content) // 2] ^= 1
    replace(path, bytes(content))


def names(folder: Path) -> list[str]:
    """The regular files in *folder* but the sums."""
    found = (path for path in files(folder) if not path.is_symlink())
    return sorted({path.relative_to(folder).as_posix() for path in found} - {SUMS})


def test_it_is_what_was_built(own: Distribution) -> None:
    """All files are in the sums, in their order, and the usual programs agree with them."""
    lines = (own.folder / SUMS).read_text().splitlines()
    assert [line[66:] for line in lines] == names(own.folder)
    assert check(own.folder) == FINE
    assert added(own.folder) == FINE


def test_the_manifest_has_the_same_fingerprints(built: Path) -> None:
    listed = json.loads((built / "manifest.json").read_bytes())["files"]
    sums = dict(line.split("  ", 1)[::-1] for line in (built / SUMS).read_text().splitlines())
    manifest = sums.pop("manifest.json")
    assert sums == {each["path"]: each["sha256"] for each in listed if "sha256" in each}
    assert manifest == hashlib.sha256((built / "manifest.json").read_bytes()).hexdigest()


@pytest.mark.parametrize("name", KINDS)
def test_one_changed_file(own: Distribution, name: str) -> None:
    change(own.folder / name)
    found = check(own.folder)
    assert (found.status, found.stdout) == (1, f"{name}: FAILED\n")


@pytest.mark.parametrize("name", KINDS)
def test_one_missing_file(own: Distribution, name: str) -> None:
    (own.folder / name).unlink()
    found = check(own.folder)
    assert (found.status, found.stdout) == (1, f"{name}: FAILED open or read\n")
    assert added(own.folder) == Result(0, f"{name}\n", "")


@pytest.mark.parametrize(
    "name",
    [
        "ai-coder-other",
        "shared/runtime/json.py",
        "shared/runtime/.hidden",
        "shared/runtime/new/a b.so",
        "shared/data/SHA256SUMS",
        "SHA256SUMS.d/json.py",
        "docs/prüfung.md",
    ],
)
def test_one_added_file(own: Distribution, name: str) -> None:
    (own.folder / name).parent.mkdir(exist_ok=True)
    (own.folder / name).write_text("")
    assert check(own.folder) == FINE
    assert added(own.folder) == Result(0, f"{name}\n", "")


def test_two_swapped_files(own: Distribution) -> None:
    one, two = own.path("scanner"), own.path("web")
    contents = one.read_bytes(), two.read_bytes()
    replace(one, contents[1])
    replace(two, contents[0])
    found = check(own.folder)
    assert (found.status, found.stdout) == (1, f"{one.name}: FAILED\n{two.name}: FAILED\n")


def test_every_file(own: Distribution) -> None:
    """A third of all files changed, a third missing, a third with one another's content: each is
    named, save what was given the same content."""
    every = [name for name in names(own.folder) if name != str(USAGE)]
    changed, missing, swapped = every[::3], every[1::3], every[2::3]
    contents = [(own.folder / name).read_bytes() for name in swapped]
    others = [*contents[1:], contents[0]]
    for name in changed:
        change(own.folder / name)
    for name in missing:
        (own.folder / name).unlink()
    for name, content in zip(swapped, others, strict=True):
        replace(own.folder / name, content)
    differ = [name for name, old, new in zip(swapped, contents, others, strict=True) if old != new]
    found = check(own.folder)
    failed = {f"{name}: FAILED" for name in (*changed, *differ)}
    assert found.status == 1
    assert set(found.stdout.splitlines()) == failed | {
        f"{name}: FAILED open or read" for name in missing
    }
    assert added(own.folder).stdout.splitlines() == sorted(missing)
    print(
        f"{len(every)} files: {len(changed)} changed, {len(missing)} missing, "
        f"{len(differ)} swapped, all found"
    )


# --- Signature -----------------------------------------------------------------------------------

Verify = Callable[[Path], Result]


@pytest.fixture
def verify(own: Distribution, tmp_path: Path) -> Verify:
    """Verifies `SHA256SUMS` in a folder, which the publisher has signed in that of `own`."""
    minisign = shutil.which("minisign", path="/usr/bin")
    if minisign is None:
        pytest.skip("minisign is not installed")
    public, secret = tmp_path / "minisign.pub", tmp_path / "minisign.key"
    made = run(minisign, "-G", "-W", "-p", public, "-s", secret, cwd=tmp_path)
    assert made.status == 0, made
    signed = run(minisign, "-S", "-s", secret, "-m", SUMS, cwd=own.folder)
    assert signed.status == 0, signed
    key = public.read_text().splitlines()[1]

    def verified(folder: Path) -> Result:
        command = documented(folder, "minisign ").replace("PUBLIC_KEY", shlex.quote(key))
        return run("/bin/sh", "-c", command, env=ENVIRONMENT, cwd=folder)

    return verified


def test_a_signature(own: Distribution, verify: Verify) -> None:
    """It verifies, and the signature is no added file."""
    found = verify(own.folder)
    assert found.status == 0
    assert "Signature and comment signature verified" in found.stdout
    assert check(own.folder) == FINE
    assert added(own.folder) == FINE


def test_changed_sums(own: Distribution, verify: Verify) -> None:
    """Who changes a file and its sum cannot sign that."""
    readme, sums = own.folder / "README.md", own.folder / SUMS
    old = hashlib.sha256(readme.read_bytes()).hexdigest()
    change(readme)
    new = hashlib.sha256(readme.read_bytes()).hexdigest()
    replace(sums, sums.read_bytes().replace(old.encode(), new.encode()))
    assert check(own.folder) == FINE
    found = verify(own.folder)
    assert (found.status, found.stdout) == (1, "")
    assert "Signature verification failed" in found.stderr


def test_the_signature_of_another(own: Distribution, verify: Verify, tmp_path: Path) -> None:
    public, secret = tmp_path / "other.pub", tmp_path / "other.key"
    for command in (
        ("minisign", "-G", "-W", "-p", public, "-s", secret),
        ("minisign", "-S", "-s", secret, "-m", SUMS),
    ):
        assert run(*command, env=ENVIRONMENT, cwd=own.folder).status == 0
    found = verify(own.folder)
    assert (found.status, found.stdout) == (1, "")
    assert "key id" in found.stderr


def test_no_signature(own: Distribution, verify: Verify) -> None:
    (own.folder / f"{SUMS}.minisig").unlink()
    assert verify(own.folder).status != 0
