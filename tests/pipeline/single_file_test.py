"""Programs in one file: that they are the program, and that their cache is safe.

One program is built with each compression. What has to do with the stub only is tested with files
made here, from the stub of one that was built and a shell script as the program.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib
import json
import os
import pwd
import random
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.foreign import ROOT, Repository, Run

# The plugin is here as plain files, for the repositories that are made.
sys.path.append(str(ROOT / "build-support"))
single_file = importlib.import_module("pants_freeze.sandbox.single_file")

VARIABLE = "_PANTS_FREEZE_SINGLE_FILE"
DAMAGED, UNSAFE, CANNOT_UNPACK, CANNOT_START = 201, 202, 203, 204
TRAILER = 317
MUTATIONS = 200
NOBODY = 65534

COMPRESSIONS = ("none", "zlib", "lzma", "zstd", *(["upx"] if shutil.which("upx") else []))

MAIN = """
import json
import multiprocessing
import os
import signal
import subprocess
import sys

import requests


def square(number):
    return number * number


def main():
    multiprocessing.freeze_support()
    what, *args = sys.argv[1:]
    if what == "exit":
        return int(args[0])
    if what == "wait":
        print(os.getpid(), flush=True)
        signal.pause()
    if what == "again":
        return subprocess.run([sys.executable, *args], check=False).returncode
    if what == "pool":
        with multiprocessing.get_context("spawn").Pool(2) as workers:
            print(json.dumps(workers.map(square, range(4))))
        return 0
    if what == "copy":
        sys.stdout.write(sys.stdin.read())
        return 0
    print(
        json.dumps(
            {
                "argv": sys.argv,
                "executable": sys.executable,
                "runtime": sys._MEIPASS,
                "environment": dict(os.environ),
                "cwd": os.getcwd(),
                "umask": os.umask(0),
                "process": open("/proc/self/comm").read(),
                "requests": requests.__name__,
            }
        )
    )
    return 0
"""

BUILD = """
python_sources()

pex_binary(name="pex", entry_point="main.py:main")

pyinstaller_binary(name="folder", pex=":pex", output_path="hello")

pyinstaller_binary(name="default", pex=":pex", output_path="default/hello", layout="onefile")

pyinstaller_binary(
    name="large",
    pex=":pex",
    output_path="large/hello",
    layout="onefile",
    size_budget="10kB",
    closure_budget="1GB",
)
""" + "".join(
    f"""
pyinstaller_binary(
    name="{each}",
    pex=":pex",
    output_path="{each}/hello",
    layout="onefile",
    compression="{each}",
)
"""
    for each in COMPRESSIONS
)

FILES = {"src/hello/BUILD": BUILD, "src/hello/main.py": MAIN}

Entries = Mapping[str, tuple[int, bytes]]


def run(*command: str | Path, timeout: float = 60, **options: Any) -> Run:
    """Run *command*, by default in an empty environment."""
    options = {"env": {}, "stdin": subprocess.DEVNULL, **options}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=timeout, check=False, **options
    )
    return Run(done.returncode, done.stdout, done.stderr)


@dataclasses.dataclass(frozen=True)
class Built:
    """The repository in which all is built."""

    repository: Repository

    def one_file(self, compression: str) -> Path:
        return self.repository.program(compression, "hello")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    made = Repository.make(tmp_path_factory.mktemp("made") / "repository", FILES)
    targets = [f"src/hello:{name}" for name in ("folder", "default", *COMPRESSIONS)]
    made.pants("package", *targets).checked()
    return Built(made)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def report(program: Path, cache: Path, *args: str, **env: str) -> Any:
    done = run(program, "report", *args, env={"XDG_CACHE_HOME": str(cache), **env})
    assert done.stderr == ""
    return json.loads(done.checked().stdout)


def folder_of(cache: Path) -> Path:
    """The one unpacked program in *cache*, beside which nothing may lie."""
    (folder,) = (cache / "pants-freeze").iterdir()
    return folder


# --- The program ---------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", ["default", *COMPRESSIONS])
def test_one_file_is_the_folder(built: Built, cache: Path, compression: str) -> None:
    """Byte for byte, with modes and links; save what the folder has for people only, and the
    executable, in which is the address of its target."""
    program = built.one_file(compression)
    assert report(program, cache)["requests"] == "requests"
    folder = built.repository.root / "dist" / "hello"

    def content(root: Path) -> dict[str, Any]:
        for_people = {"SHA256SUMS", "manifest.json", "requirements.txt", "sbom.cdx.json"}
        left_out = {*for_people, ".complete"}
        return {
            path.relative_to(root).as_posix(): os.readlink(path)
            if path.is_symlink()
            else (path.read_bytes(), path.stat().st_mode & 0o777)
            for path in root.rglob("*")
            if (path.is_symlink() or path.is_file()) and path.name not in left_out
        }

    unpacked, expected = content(folder_of(cache)), content(folder)
    if compression == "upx":
        packed = {path for path in expected if unpacked[path] != expected[path]}
        assert {"hello", "runtime/libpython3.11.so.1.0"} <= packed
        assert all(path == "hello" or ".so" in path for path in packed)
        expected.update({path: unpacked[path] for path in packed})
    modes = [content.pop("hello")[1] for content in (unpacked, expected)]
    assert modes == [0o755, 0o755]
    assert unpacked == expected


def test_compression_makes_it_smaller(built: Built) -> None:
    sizes = {each: built.one_file(each).stat().st_size for each in COMPRESSIONS}
    assert sizes["lzma"] < sizes["zstd"] < sizes["zlib"] < sizes["none"] / 2
    # The bytes of the trailer in front of the name of the program and the digest.
    compressions = {each: built.one_file(each).read_bytes()[-289] for each in ("default", "lzma")}
    assert compressions == {"default": 2, "lzma": 2}


def test_the_stub_is_small(built: Built) -> None:
    assert len(stub_of(built)) < 150_000


def test_two_builds_give_the_same_bytes(built: Built, tmp_path: Path) -> None:
    """In another folder, and without what the first has left in caches; the stub is compiled once
    for all programs."""
    other = Repository.make(tmp_path / "another place", FILES)
    targets = ("src/hello:default", "src/hello:zlib")
    log = other.pants("--no-local-cache", "package", *targets, timeout=1500).checked()
    assert log.started().count("Compile the stub of single files") == 1
    for each in ("default", "zlib"):
        assert other.program(each, "hello").read_bytes() == built.one_file(each).read_bytes()


def test_an_empty_environment(built: Built, tmp_path: Path) -> None:
    """The cache is then in the home folder that the system knows."""
    program = tmp_path / "hello"
    # A file with another name has another digest, which no other test has unpacked there.
    made = made_file(built, {"mine": (single_file.EXECUTABLE, b"#!/bin/sh\necho $0\n")}, "mine")
    program.write_bytes(made)
    program.chmod(0o755)
    home = Path(pwd.getpwuid(os.geteuid()).pw_dir)
    folder = home / ".cache" / "pants-freeze" / made[-32:].hex()
    try:
        assert run(program).checked().stdout == f"{folder}/mine\n"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_what_the_program_sees(built: Built, cache: Path, tmp_path: Path) -> None:
    program = tmp_path / "Prüf ordner" / "my hello"
    program.parent.mkdir()
    shutil.copy(built.one_file("zlib"), program)
    arguments = ["", "two words", "ä*?", "x" * 100_000]
    done = run(
        "./my hello",
        "report",
        *arguments,
        env={"XDG_CACHE_HOME": str(cache), "A": "1=2", "LD_LIBRARY_PATH": "/nowhere"},
        cwd=program.parent,
        umask=0o027,
    )
    assert json.loads(done.checked().stdout) == {
        "argv": ["./my hello", "report", *arguments],
        "executable": str(program),
        "runtime": str(folder_of(cache) / "runtime"),
        "environment": {"XDG_CACHE_HOME": str(cache), "A": "1=2", "LD_LIBRARY_PATH": "/nowhere"},
        "cwd": str(program.parent),
        "umask": 0o027,
        "process": "my hello\n",
        "requests": "requests",
    }


def test_a_name_that_is_empty(built: Built, cache: Path) -> None:
    env = {"XDG_CACHE_HOME": str(cache)}
    done = run("", "report", executable=built.one_file("zlib"), env=env)
    assert json.loads(done.checked().stdout)["argv"] == ["", "report"]


def test_what_it_starts_again_is_the_one_file(built: Built, cache: Path) -> None:
    env = {"XDG_CACHE_HOME": str(cache)}
    program = built.one_file("zlib")
    assert run(program, "again", "exit", "7", env=env) == Run(7, "", "")
    assert run(program, "pool", env=env) == Run(0, "[0, 1, 4, 9]\n", "")
    again = run(program, "again", "report", env=env)
    assert json.loads(again.stdout)["executable"] == str(program)


def test_it_is_the_process_that_was_started(built: Built, cache: Path) -> None:
    env = {"XDG_CACHE_HOME": str(cache)}
    for _ in range(2):
        with subprocess.Popen(
            [built.one_file("zlib"), "wait"], env=env, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert int(process.stdout.readline()) == process.pid
            process.send_signal(signal.SIGTERM)
        assert process.returncode == -signal.SIGTERM


def test_standard_streams(built: Built, cache: Path) -> None:
    done = subprocess.run(
        [built.one_file("zlib"), "copy"],
        input=b"abc\n" * 100_000,
        env={"XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == (b"abc\n" * 100_000, b"")


@pytest.mark.parametrize("digest", ["0" * 64, "hello", ""])
def test_a_folder_is_not_confused_by_the_variable(built: Built, cache: Path, digest: str) -> None:
    program = built.repository.program("hello")
    seen = report(program, cache, **{VARIABLE: f"{digest}:/bin/true"})
    assert seen["executable"] == str(program)
    assert VARIABLE not in seen["environment"]


def test_pants_run(built: Built) -> None:
    """It unpacks into the cache of whoever runs Pants."""
    cache = os.environ.get("XDG_CACHE_HOME") or f"{os.environ['HOME']}/.cache"
    digest = built.one_file("default").read_bytes()[-32:].hex()
    try:
        done = built.repository.pants("run", "src/hello:default", "--", "exit", "7")
        assert done.returncode == 7, done.stderr
    finally:
        shutil.rmtree(Path(cache, "pants-freeze", digest), ignore_errors=True)


def test_size_budget_is_for_the_one_file(built: Built) -> None:
    done = built.repository.pants("package", "src/hello:large")
    assert done.returncode == 1
    assert "BudgetExceeded at src/hello:large (size_budget): the one file has " in done.stderr
    assert "closure_budget" not in done.stderr
    assert not built.one_file("large").exists()


def test_the_accepted_size_is_that_of_the_one_file(built: Built) -> None:
    built.repository.pants("freeze-accept", "src/hello:default", "src/hello:folder").checked()
    one_file, folder = (
        json.loads((built.repository.root / f"specs/sizes/src.hello.{name}.json").read_bytes())
        for name in ("default", "folder")
    )
    assert one_file["executable_bytes"] == built.one_file("default").stat().st_size
    assert one_file["requirements"] == folder["requirements"]


# --- The stub ------------------------------------------------------------------------------------


def stub_of(built: Built) -> bytes:
    content = built.one_file("none").read_bytes()
    at = len(content) - TRAILER
    size = int.from_bytes(content[at + 8 : at + 16], "little")
    return content[: at - size]


def made_file(
    built: Built, entries: Entries, program: str = "program", compression: str = "none"
) -> bytes:
    """A single file of *entries*: path -> (kind, content)."""
    parts = [
        *(single_file.entry(kind, path, content) for path, (kind, content) in entries.items()),
        single_file.entry(single_file.END, "", b""),
    ]
    size = sum(map(len, parts))
    payload = single_file.compress(parts, compression, size)
    made: bytes = single_file.join(stub_of(built), payload, compression, size, program)
    return made


# Prints what identifies the unpacked folder, and its arguments.
SCRIPT = b"""#!/bin/sh
stat -c %i "${0%/*}" "$0"
printf '<%s>' "$@"
"""


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can reach, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def program(built: Built, place: Path) -> Path:
    """A single file with `SCRIPT` and 4 MB that cannot be compressed."""
    ballast = random.Random(1).getrandbits(8 * 4_000_000).to_bytes(4_000_000, "little")
    made = made_file(
        built,
        {
            "program": (single_file.EXECUTABLE, SCRIPT),
            "lib/a/ballast": (single_file.FILE, ballast),
            "lib/current": (single_file.LINK, b"a"),
        },
        compression="zlib",
    )
    path = place / "program"
    path.write_bytes(made)
    path.chmod(0o755)
    return path


def cache_in(place: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(place / "cache"), "PATH": os.environ["PATH"]}


def names_in(place: Path) -> list[str]:
    folder = place / "cache" / "pants-freeze"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def refused(done: Run, status: int, *told: str) -> None:
    """That *done* ended with *status* and one message that says *told*."""
    assert (done.returncode, done.stdout) == (status, ""), done.stderr
    assert done.stderr.count("\n") == 1
    for each in told:
        assert each in done.stderr


def test_the_cache_belongs_to_the_user_alone(program: Path, place: Path) -> None:
    done = run(program, env={**cache_in(place), "XDG_CACHE_HOME": str(place / "a/b")}, umask=0)
    done.checked()
    for path in (place / "a", place / "a/b", place / "a/b/pants-freeze"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    folder = folder_of(place / "a/b")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.readlink(folder / "lib/current") == "a"
    assert stat.S_IMODE((folder / "lib/a/ballast").stat().st_mode) == 0o644


def test_the_second_start_checks_a_stamp_only(program: Path, place: Path) -> None:
    first = run(program, env=cache_in(place)).checked()
    content = bytearray(program.read_bytes())
    content[-TRAILER - 1000] ^= 1
    program.write_bytes(content)
    assert run(program, env=cache_in(place)) == first


@pytest.mark.parametrize("part", ["all", "folder", "stamp", "program"])
def test_a_deleted_cache_is_unpacked_again(program: Path, place: Path, part: str) -> None:
    run(program, env=cache_in(place)).checked()
    folder = folder_of(place / "cache")
    if part == "all":
        shutil.rmtree(place / "cache")
    elif part == "folder":
        shutil.rmtree(folder)
    else:
        (folder / {"stamp": ".complete", "program": "program"}[part]).unlink()
        (folder / "lib/a/ballast").unlink()
    run(program, env=cache_in(place)).checked()
    assert names_in(place) == [folder.name]
    assert (folder / "lib/a/ballast").stat().st_size == 4_000_000


def test_twenty_first_starts_at_once(program: Path, place: Path) -> None:
    """All run, in the folder that one of them has unpacked."""
    processes = [
        subprocess.Popen([program], env=cache_in(place), stdout=subprocess.PIPE) for _ in range(20)
    ]
    printed = {process.communicate(timeout=60)[0] for process in processes}
    assert [process.returncode for process in processes] == [0] * 20
    assert len(printed) == 1
    assert len(names_in(place)) == 1


def test_a_start_that_was_killed(program: Path, place: Path) -> None:
    """What it has left is removed by the next, and never taken for the program."""
    folder = place / "cache" / "pants-freeze"
    for _ in range(50):
        with subprocess.Popen([program], env=cache_in(place), stdout=subprocess.PIPE) as process:
            while process.poll() is None and not list(folder.glob("*.partial/lib")):
                time.sleep(0.0002)
            process.kill()
        if list(folder.glob("*.partial")):
            break
        shutil.rmtree(folder)
    (partial,) = folder.glob("*.partial")
    (partial / "lib" / "stale").write_text("")
    run(program, env=cache_in(place)).checked()
    assert [f"{name}.partial" for name in names_in(place)] == [partial.name]
    assert not list(folder.glob("*/lib/stale"))


@pytest.mark.parametrize("change", ["end", "one bit", "digest", "length", "middle"])
def test_a_damaged_file_is_refused(program: Path, place: Path, change: str) -> None:
    content = bytearray(program.read_bytes())
    if change == "end":
        del content[-1000:]
    elif change == "one bit":
        content[-TRAILER - 1_000_000] ^= 0x10
    elif change == "digest":
        content[-1] ^= 1
    elif change == "length":
        at = len(content) - TRAILER + 8
        content[at : at + 8] = (len(content)).to_bytes(8, "little")
    else:
        del content[1_000_000:1_001_000]
    program.write_bytes(content)
    refused(run(program, env=cache_in(place)), DAMAGED, f"{program} is damaged: ", "; get it again")
    assert names_in(place) == []


EXTREMES = (0, 1, 2**12, 2**16, 2**31 - 1, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)


def mutated(chosen: random.Random, content: bytes, stub_size: int) -> bytes:
    """*content* with one to three changes behind its stub, most of them where numbers are."""
    made = bytearray(content)
    for _ in range(chosen.randint(1, 3)):
        end = len(made)
        if end - stub_size < 16:
            break
        trailer = max(stub_size, end - TRAILER)
        at = chosen.choice(
            [
                chosen.randrange(stub_size, end),
                chosen.randrange(stub_size, min(end, stub_size + 100)),
                chosen.randrange(trailer, min(end, trailer + 30)),
            ]
        )
        size = min(chosen.choice([1, 2, 4, 8, 100]), end - at)
        other = chosen.randrange(stub_size, end - size + 1)
        change = chosen.randrange(8)
        if change == 0:
            del made[at:]
        elif change == 1:
            made[at] ^= 1 << chosen.randrange(8)
        elif change == 2:
            made[at : at + size] = chosen.randbytes(size)
        elif change == 3:
            made[at : at + size], made[other : other + size] = (
                made[other : other + size],
                made[at : at + size],
            )
        elif change == 4:
            made[at:at] = made[other : other + size]
        elif change == 5:
            del made[at : at + size]
        elif change == 6:
            made += chosen.randbytes(chosen.choice([1, TRAILER, 1000]))
        else:
            number = chosen.choice(EXTREMES).to_bytes(8, "little")
            made[at : at + min(size, 8)] = number[: min(size, 8)]
    return bytes(made)


def signed(content: bytes, stub_size: int) -> bytes:
    """*content* with the digest that it ought to have, as far as it has a trailer."""
    at = len(content) - TRAILER
    size = int.from_bytes(content[at + 8 : at + 16], "little")
    if at < stub_size or size > at:
        return content
    return content[:-32] + hashlib.sha256(content[at - size : -32]).digest()


@pytest.mark.parametrize("compression", ["none", "zlib", "lzma"])
@pytest.mark.parametrize("is_signed", [False, True], ids=["damaged", "signed anew"])
def test_mutations(built: Built, place: Path, compression: str, is_signed: bool) -> None:
    """One of the documented statuses, or the program: no crash, and no file outside the cache.

    With the digest made anew, as only somebody who forges a file would, decoders see the changes.
    """
    script = b"#!/bin/sh\necho fine\n"
    code = bytes(random.Random(1).choices((0xE8, 0xE9, 0, 0xFF, 7), k=3000))
    whole = made_file(
        built,
        {
            "program": (single_file.EXECUTABLE, script),
            "lib/a/text": (single_file.FILE, b"text " * 400),
            "lib/a/code": (single_file.FILE | single_file.X86_CODE, single_file.filter_x86(code)),
            "lib/current": (single_file.LINK, b"a"),
        },
        compression=compression,
    )
    stub_size = len(stub_of(built))
    chosen = random.Random(f"{compression} {is_signed}")
    program = place / "program"
    outcomes: Counter[str] = Counter()
    for _ in range(MUTATIONS):
        content = mutated(chosen, whole, stub_size)
        if is_signed:
            content = signed(content, stub_size)
        shutil.rmtree(place / "cache", ignore_errors=True)
        program.write_bytes(content)
        program.chmod(0o755)
        done = run(program, env=cache_in(place), errors="backslashreplace")
        unpacked = [each.read_bytes() for each in place.glob("cache/pants-freeze/*/program")]
        if done.returncode == 0 and done.stdout == "fine\n":
            outcomes["runs"] += 1
        elif DAMAGED <= done.returncode <= CANNOT_START:
            assert done.stdout == ""
            assert done.stderr.count("\n") == 1
            outcomes[str(done.returncode)] += 1
        else:
            # Somebody else's program, who can also change the stub.
            assert is_signed and unpacked and unpacked != [script], (done, content[stub_size:])
            assert done.returncode >= 0
            outcomes["another program"] += 1
        assert {each.name for each in place.iterdir()} <= {"cache", "program"}
        assert {each.name for each in place.glob("cache/*")} <= {"pants-freeze"}
    print(f"{MUTATIONS} mutations, {compression}, signed anew: {is_signed}: {dict(outcomes)}")


@pytest.mark.parametrize("window", [0, 1, 4095])
def test_a_window_that_no_encoder_has(built: Built, place: Path, window: int) -> None:
    """The decoder would read and write outside of it."""
    whole = made_file(
        built, {"program": (single_file.EXECUTABLE, SCRIPT * 100)}, compression="lzma"
    )
    at = len(whole) - TRAILER + 24
    content = whole[:at] + window.to_bytes(4, "little") + whole[at + 4 :]
    program = place / "program"
    program.write_bytes(signed(content, len(stub_of(built))))
    program.chmod(0o755)
    refused(run(program, env=cache_in(place)), DAMAGED, "its content cannot be decoded")


ESCAPES: dict[str, Entries] = {
    "up": {"../evil": (single_file.FILE, b"")},
    "up from a folder": {"a/../../evil": (single_file.FILE, b"")},
    "up as a link": {"../evil": (single_file.LINK, b"a")},
    "absolute": {"/{place}/evil": (single_file.FILE, b"")},
    "here": {"./evil": (single_file.FILE, b"")},
    "nothing": {"": (single_file.FILE, b"")},
    "absolute link": {"evil": (single_file.LINK, b"/etc/passwd")},
    "link up": {"evil": (single_file.LINK, b"../x")},
    "link up from a folder": {"a/evil": (single_file.LINK, b"../../x")},
    "link down and up": {"evil": (single_file.LINK, b"a/../../x")},
    "link of links": {
        "p/q": (single_file.LINK, b".."),
        "p/q/r/x": (single_file.LINK, b"../../.."),
    },
    "through a link": {
        "a/b": (single_file.FILE, b""),
        "link": (single_file.LINK, b"a"),
        "link/evil": (single_file.FILE, b""),
    },
}


@pytest.mark.parametrize("entries", ESCAPES.values(), ids=ESCAPES)
def test_no_path_leads_outside(built: Built, place: Path, entries: Entries) -> None:
    script = {"program": (single_file.EXECUTABLE, SCRIPT)}
    made = {path.replace("{place}", str(place)): entry for path, entry in entries.items()}
    program = place / "program"
    program.write_bytes(made_file(built, {**script, **made}))
    program.chmod(0o755)
    refused(run(program, env=cache_in(place)), DAMAGED, "leads outside")
    assert names_in(place) == []
    assert not list(place.rglob("evil"))


@pytest.mark.parametrize("compression", ["none", "zlib", "lzma"])
def test_the_x86_filter_is_undone(built: Built, place: Path, compression: str) -> None:
    """Against liblzma's, also where an instruction lies across the buffers of the stub."""
    contents = {}
    for number in range(60):
        chosen = random.Random(number)
        size = number if number < 20 else (1 << 16) * (number % 3 + 1) - number % 7
        weights = (chosen.random(), chosen.random(), 1, 1, chosen.random() * 4)
        contents[f"c{number}"] = bytes(chosen.choices((0xE8, 0xE9, 0, 0xFF, 7), weights, k=size))
    entries = {
        name: (single_file.FILE | single_file.X86_CODE, single_file.filter_x86(content))
        for name, content in contents.items()
    }
    program = place / "program"
    entries["program"] = (single_file.EXECUTABLE, SCRIPT)
    program.write_bytes(made_file(built, entries, compression=compression))
    program.chmod(0o755)
    run(program, env=cache_in(place)).checked()
    folder = folder_of(place / "cache")
    assert {name: (folder / name).read_bytes() for name in contents} == contents


def test_arguments_as_they_are(program: Path, place: Path) -> None:
    arguments = ["", "a b", "'\"$x", "äöü 目录", "\n", "-n", *["y" * 130_000] * 10]
    done = run(program, *arguments, env=cache_in(place)).checked()
    assert done.stdout.split("\n", 2)[2] == "".join(f"<{each}>" for each in arguments)


# --- Whose cache it is ---------------------------------------------------------------------------

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777, 0o1777])
@pytest.mark.parametrize("is_filled", [False, True])
def test_a_cache_that_others_can_write_to(
    program: Path, place: Path, mode: int, is_filled: bool
) -> None:
    if is_filled:
        run(program, env=cache_in(place)).checked()
    folder = place / "cache" / "pants-freeze"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(mode)
    before = names_in(place)
    refused(run(program, env=cache_in(place)), UNSAFE, str(folder), "XDG_CACHE_HOME")
    assert names_in(place) == before


def test_a_program_that_others_can_write_to(program: Path, place: Path) -> None:
    run(program, env=cache_in(place)).checked()
    folder_of(place / "cache").chmod(0o777)
    refused(run(program, env=cache_in(place)), UNSAFE, "other users may write to it")


def test_a_folder_around_the_cache_that_others_can_write_to(program: Path, place: Path) -> None:
    (place / "cache").mkdir()
    (place / "cache").chmod(0o777)
    refused(run(program, env=cache_in(place)), UNSAFE, str(place / "cache"), "XDG_CACHE_HOME")
    (place / "cache").chmod(0o1777)
    run(program, env=cache_in(place)).checked()


@pytest.mark.parametrize("kind", ["link to a folder", "link to nothing", "file"])
def test_a_cache_that_is_no_folder(program: Path, place: Path, kind: str) -> None:
    (place / "cache").mkdir(mode=0o700)
    (place / "other").mkdir(mode=0o700)
    folder = place / "cache" / "pants-freeze"
    if kind == "file":
        folder.write_text("")
    else:
        folder.symlink_to(place / ("other" if kind == "link to a folder" else "nothing"))
    refused(run(program, env=cache_in(place)), UNSAFE, str(folder))
    assert not list((place / "other").iterdir())
    assert not (place / "nothing").exists()


@pytest.mark.parametrize("suffix", ["", ".partial"])
def test_a_link_in_the_place_of_the_program(program: Path, place: Path, suffix: str) -> None:
    """CVE-2023-49797: what is in the way is not removed through a link, nor run through one."""
    run(program, env=cache_in(place)).checked()
    folder = folder_of(place / "cache")
    evil = place / "evil"
    folder.rename(evil)
    (evil / "program").write_text("#!/bin/sh\necho TRAPPED\n")
    before = {path: path.lstat().st_mtime_ns for path in evil.rglob("*")}
    planted = folder.with_name(folder.name + suffix)
    planted.symlink_to(evil)
    done = run(program, env=cache_in(place)).checked()
    assert "TRAPPED" not in done.stdout
    assert names_in(place) == [folder.name]
    assert not folder.is_symlink()
    assert {path: path.lstat().st_mtime_ns for path in evil.rglob("*")} == before


def test_links_in_what_is_removed(program: Path, place: Path) -> None:
    """CVE-2023-49797: a folder that a killed start has left may have links in it by then."""
    run(program, env=cache_in(place)).checked()
    folder = folder_of(place / "cache")
    precious = place / "precious"
    precious.mkdir()
    (precious / "file").write_text("precious")
    for partial in (folder, folder.with_name(f"{folder.name}.partial")):
        partial.mkdir(exist_ok=True)
        (partial / "link").symlink_to(precious)
        (partial / "deep").mkdir()
        (partial / "deep" / "link").symlink_to(precious)
    (folder / ".complete").unlink()
    run(program, env=cache_in(place)).checked()
    assert names_in(place) == [folder.name]
    assert (precious / "file").read_text() == "precious"
    assert not (folder / "link").is_symlink()


@as_root
def test_a_program_of_somebody_else(program: Path, place: Path) -> None:
    """CVE-2019-16784: somebody else puts a program where it will be looked for."""
    run(program, env=cache_in(place)).checked()
    folder = folder_of(place / "cache")
    (folder / "program").write_text("#!/bin/sh\necho TRAPPED\n")
    os.chown(folder, NOBODY, NOBODY)
    refused(run(program, env=cache_in(place)), UNSAFE, "it belongs to another user")


@as_root
@pytest.mark.parametrize("part", ["cache", "cache/pants-freeze"])
def test_a_cache_of_somebody_else(program: Path, place: Path, part: str) -> None:
    folder = place / "cache" / "pants-freeze"
    folder.mkdir(parents=True, mode=0o700)
    os.chown(place / part, NOBODY, NOBODY)
    refused(run(program, env=cache_in(place)), UNSAFE, str(place / part), "XDG_CACHE_HOME")
    assert names_in(place) == []


@as_root
def test_a_home_that_is_read_only(program: Path, place: Path) -> None:
    home = place / "home"
    home.mkdir(mode=0o500)
    os.chown(home, NOBODY, NOBODY)
    done = run(program, env={"HOME": str(home)}, user=NOBODY)
    refused(done, CANNOT_UNPACK, f"{home}/.cache", "it needs 5 MB", "XDG_CACHE_HOME")
    assert not list(home.iterdir())


@as_root
def test_without_a_home(program: Path, place: Path) -> None:
    """A folder of the user's own in the temporary folder, which others cannot take before."""
    temporary = place / "tmp"
    temporary.mkdir()
    temporary.chmod(0o1777)
    env = {"HOME": "/nonexistent", "TMPDIR": str(temporary), "PATH": os.environ["PATH"]}
    run(program, env=env, user=NOBODY).checked()
    (folder,) = temporary.iterdir()
    assert folder.name == f"pants-freeze-{NOBODY}"
    assert (folder.stat().st_uid, stat.S_IMODE(folder.stat().st_mode)) == (NOBODY, 0o700)
    os.chown(folder, 1, 1)
    refused(run(program, env=env, user=NOBODY), UNSAFE, str(folder), "belongs to another user")


@contextlib.contextmanager
def small_disk(folder: Path, options: str) -> Iterator[None]:
    """A file system of its own at *folder*."""
    folder.mkdir()
    mounted = run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder, env=None)
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        run("umount", folder, env=None).checked()


@as_root
@pytest.mark.parametrize("options", ["size=2m", "nr_inodes=5"])
def test_a_full_disk(program: Path, place: Path, options: str) -> None:
    with small_disk(place / "cache", f"{options},mode=0700"):
        done = run(program, env=cache_in(place))
        refused(
            done,
            CANNOT_UNPACK,
            f"cannot unpack into {place}/cache/pants-freeze: No space left on device",
            "it needs 5 MB",
            "XDG_CACHE_HOME",
        )
        assert names_in(place) == []


@as_root
def test_a_cache_from_which_nothing_may_run(program: Path, place: Path) -> None:
    with small_disk(place / "cache", "noexec,mode=0700"):
        refused(run(program, env=cache_in(place)), CANNOT_START, "XDG_CACHE_HOME")
