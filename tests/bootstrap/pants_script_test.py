"""The ./pants script, run with made-up PATH, HOME and cache folders.

Where a real Python, pip and Pants would only be slow, small stand-ins take their place: programs
that do as little as the script can notice, and write down what they were called with.
"""

from __future__ import annotations

import concurrent.futures
import hashlib
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "pants"
TOOLS_FOLDER = Path("build-support", "bootstrap")
PANTS_VERSION = "2.99.1"

# What the script may use. No Python and no uv is among it unless a test puts one there.
TOOLS = (
    *("bash", "cat", "chmod", "cp", "env", "find", "ln", "mkdir", "mktemp", "mv", "readlink"),
    *("rm", "sed", "sh", "sleep", "tail"),
)

# Plays a Python with pip. argv: its own path, its settings, and what it was called with.
STAND_IN = """
import configparser, json, os, pathlib, runpy, sys, time
me, settings, args = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3:]
folder = pathlib.Path(me).parent
with open(os.environ["CALLS"], "a") as calls:
    calls.write(json.dumps([me, *args]) + "\\n")

def write_program(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)

if args[0].endswith("/probe_python.py"):
    if "broken" in settings:
        sys.exit(settings["broken"])
    version = settings["version"]
    print("%s %s" % (version, me))
elif args[0] == "-c" and "native_engine" in args[1]:
    pass
elif args[0].endswith(".py"):
    sys.executable = me
    sys.argv = args
    runpy.run_path(args[0], run_name="__main__")
elif args[:2] == ["-m", "venv"]:
    if "no_venv" in settings:
        sys.exit(settings["no_venv"])
    write_program(pathlib.Path(args[2]) / "bin" / "python", pathlib.Path(me).read_text())
elif args[:3] == ["-m", "pip", "install"]:
    if "no_pip" in settings:
        print("line before")
        sys.exit(settings["no_pip"])
    time.sleep(settings.get("slow", 0))
    show = "import json, os, sys; print(json.dumps([sys.argv[1:], dict(os.environ)]))"
    text = "#!/bin/sh\\nexec '%s' -c '%s' \\"$@\\"\\n" % (sys.executable, show)
    write_program(folder / "pants", text)
    if "native_client" in settings:
        client = folder.parent / "lib/python3.9/site-packages/pants/bin/native_client"
        write_program(client, '#!/bin/sh\\necho "client of $_PANTS_SERVER_EXE: $*"\\n')
        client.chmod(0o644)
elif args[:3] == ["-m", "pip", "download"]:
    dest = pathlib.Path(args[args.index("--dest") + 1])
    dest.mkdir()
    (dest / "pex-1-py3-none-any.whl").touch()
elif args[:2] == ["-m", "zipfile"]:
    pass
elif args[:2] == ["-m", "pex"]:
    pathlib.Path(args[args.index("--output-file") + 1]).write_text("a pex")
elif args[:2] == ["-m", "pip"] and args[-2:] == ["config", "list"]:
    for name, value in os.environ.items():
        if name.startswith("PIP_") and name != "PIP_CONFIG_FILE":
            print(":env:.%s=%r" % (name[4:].lower().replace("_", "-"), value))
    parser = configparser.RawConfigParser()
    parser.read(os.path.join(os.environ["HOME"], ".config", "pip", "pip.conf"))
    for section in parser.sections():
        for name, value in parser.items(section):
            print("%s.%s=%r" % (section, name, value))
else:
    sys.exit("unexpected: %r" % args)
"""


@dataclass
class Result:
    returncode: int
    stdout: str
    stderr: str

    def pants_saw(self) -> tuple[list[str], dict[str, str]]:
        assert self.returncode == 0, self.stderr
        args, env = json.loads(self.stdout)
        return args, env

    @property
    def pants_env(self) -> dict[str, str]:
        return self.pants_saw()[1]


@dataclass
class Place:
    """A repository, a home and a PATH to run the script in."""

    root: Path
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for folder in (self.repo, self.home, self.bin, self.tools):
            folder.mkdir()
        shutil.copy(SCRIPT, self.repo / "pants")
        (self.repo / TOOLS_FOLDER).mkdir(parents=True)
        for program in (SCRIPT.parent / TOOLS_FOLDER).glob("*.py"):
            shutil.copy(program, self.repo / TOOLS_FOLDER)
        (self.repo / "pants.toml").write_text(f'[GLOBAL]\npants_version = "{PANTS_VERSION}"\n')
        for tool in TOOLS:
            found = shutil.which(tool, path=f"{os.environ.get('PATH', '')}:/usr/bin:/bin")
            assert found, f"{tool} is not on this machine"
            (self.tools / tool).symlink_to(found)
        (self.root / "stand_in.py").write_text(STAND_IN)
        self.env = {
            "PATH": f"{self.bin}:{self.tools}",
            "HOME": str(self.home),
            "CALLS": str(self.root / "calls"),
        }

    @property
    def repo(self) -> Path:
        return self.root / "repo"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def bin(self) -> Path:
        return self.root / "bin"

    @property
    def tools(self) -> Path:
        return self.root / "tools"

    @property
    def cache(self) -> Path:
        return self.home / ".cache" / "pants-freeze"

    @property
    def installations(self) -> list[Path]:
        return sorted(
            path for path in self.cache.glob("pants-*") if path.is_dir() and not path.is_symlink()
        )

    @property
    def pointer(self) -> Path:
        """What is linked to the installation in use."""
        (pointer,) = self.cache.glob("*.current")
        return pointer

    def add_python(
        self, path: str = "bin/python3.9", version: str = "3.9.9", **trouble: str | float
    ) -> Path:
        """A stand-in; trouble is broken, no_venv, no_pip or slow, or a pip with native_client."""
        settings = json.dumps({"version": version, **trouble})
        return self.add_program(
            path,
            f"exec '{sys.executable}' '{self.root}/stand_in.py' \"$0\" '{settings}' \"$@\"",
        )

    def add_program(self, path: str, body: str) -> Path:
        program = self.root / path
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
        return program

    def start(self, *args: str, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [self.repo / "pants", *args],
            cwd=self.repo,
            env={**self.env, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, *args: str, env: Mapping[str, str] | None = None) -> Result:
        process = self.start(*args, env=env)
        stdout, stderr = process.communicate(timeout=120)
        return Result(process.returncode, stdout, stderr)

    def calls(self) -> list[list[str]]:
        """What the stand-ins were called with since the last time this was asked."""
        calls = Path(self.env["CALLS"])
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return [json.loads(line) for line in lines]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    # "resolve", as the script's own idea of its folder is without symlinks.
    return Place(tmp_path.resolve())


# --- The official launcher ---


def add_launcher(folder: Path) -> Path:
    """A native program that shows its arguments, as the launcher is a native program."""
    echo = shutil.which("printf", path="/usr/bin:/bin")
    assert echo
    folder.mkdir(exist_ok=True)
    launcher = folder / "pants"
    shutil.copy(echo, launcher)
    return launcher


def test_the_official_launcher_is_preferred(place: Place) -> None:
    place.add_python()
    add_launcher(place.bin)
    result = place.run("%s|", "test", "a b", "")
    assert (result.returncode, result.stdout) == (0, "test|a b||")
    assert place.calls() == []


@pytest.mark.parametrize("entry", ["{repo}", ".", "", "../repo", "{root}/link"])
def test_this_script_on_path_is_not_taken_for_the_launcher(place: Place, entry: str) -> None:
    (place.root / "link").mkdir()
    (place.root / "link" / "pants").symlink_to(place.repo / "pants")
    place.add_python()
    path = entry.format(repo=place.repo, root=place.root) + ":" + place.env["PATH"]
    args, _ = place.run("list", env={"PATH": path}).pants_saw()
    assert args == ["list"]


def test_the_launcher_is_found_behind_this_script_on_path(place: Place) -> None:
    add_launcher(place.root / "launcher")
    path = f"{place.repo}:{place.env['PATH']}:{place.root / 'launcher'}"
    assert place.run("%s", "help", env={"PATH": path}).stdout == "help"


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 127\n", "#!/usr/bin/env python3\n1/0\n"])
def test_a_script_called_pants_is_not_taken_for_the_launcher(place: Place, text: str) -> None:
    """As a version manager's shim and the console script of another Pants are."""
    (place.bin / "pants").write_text(text)
    (place.bin / "pants").chmod(0o755)
    place.add_python()
    assert place.run("list").pants_saw()[0] == ["list"]


def test_a_launcher_that_hands_over_to_this_script_does_not_loop(place: Place) -> None:
    # A shell stands for the launcher: "pants -c ..." runs a command in it.
    shell = shutil.which("sh", path="/usr/bin:/bin")
    assert shell
    shutil.copy(Path(shell).resolve(), place.bin / "pants")
    place.add_python()
    result = place.run("-c", 'exec "$0" list', str(place.repo / "pants"))
    assert result.pants_saw()[0] == ["list"]


def test_the_script_works_through_a_symlink_and_from_another_folder(place: Place) -> None:
    place.add_python()
    (place.root / "elsewhere").mkdir()
    link = place.root / "elsewhere" / "p"
    link.symlink_to("../repo/pants")
    done = subprocess.run(
        [link, "x"], cwd="/", env=place.env, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout)[0] == ["x"]


# --- Finding a Python ---


def test_pants_gets_its_arguments_unchanged(place: Place) -> None:
    place.add_python()
    args, env = place.run("test", "a b", "", "*", "--", "-x").pants_saw()
    assert args == ["test", "a b", "", "*", "--", "-x"]
    assert env["NO_SCIE_WARNING"] == "1"


def test_the_version_comes_from_pants_toml(place: Place) -> None:
    place.add_python()
    (place.repo / "pants.toml").write_text("[GLOBAL]\n# pants_version = '1'\npants_version='2.98'")
    place.run().pants_saw()
    install = [call for call in place.calls() if call[1:4] == ["-m", "pip", "install"]]
    assert [call[4:] for call in install] == [["pantsbuild.pants==2.98"]]
    assert re.fullmatch(
        r"pants-2\.98-pex-[0-9.]+-\d+-cpython-3\.9\.9\.\w+", place.installations[0].name
    )


def test_a_missing_version_is_told(place: Place) -> None:
    (place.repo / "pants.toml").write_text("[GLOBAL]\n")
    result = place.run()
    assert result.returncode == 1
    assert "pants.toml has no pants_version" in result.stderr


def test_a_shim_that_fails_is_skipped(place: Place) -> None:
    place.add_program("bin/python3.9", "echo 'pyenv: python3.9: command not found' >&2; exit 127")
    place.add_python("bin/python3.8", "3.8.3")
    place.run().pants_saw()
    assert "cpython-3.8.3" in place.installations[0].name


@pytest.mark.parametrize(
    ("paths", "best"),
    [
        (["bin/python3.7", "home/.pyenv/versions/3.9.1/bin/python"], "3.9.1"),
        (["bin/python3.7", "home/.pyenv/versions/3.8.1/bin/python"], "3.8.1"),
        (["home/.local/share/uv/python/cpython-3.9.4-any/bin/python3"], "3.9.4"),
        (["bin/python3.9", "home/.pyenv/versions/3.9.1/bin/python"], "3.9.0"),
        (["bin/python"], "3.9.0"),
    ],
)
def test_the_highest_python_is_taken(place: Place, paths: list[str], best: str) -> None:
    for path in paths:
        found = re.search(r"3\.\d+(\.\d+)?", path)
        version = found.group() if found else "3.9"
        place.add_python(path, version if version.count(".") == 2 else f"{version}.0")
    place.run().pants_saw()
    assert f"cpython-{best}." in place.installations[0].name


def test_a_python_without_venv_is_skipped(place: Place) -> None:
    place.add_python("bin/python3.9", "3.9.2", no_venv="ensurepip is not available")
    place.add_python("bin/python3.8", "3.8.3")
    place.run().pants_saw()
    assert ["cpython-3.8.3" in path.name for path in place.installations] == [True]


def test_pants_python_goes_first(place: Place) -> None:
    place.add_python("bin/python3.9", "3.9.2")
    chosen = place.add_python("chosen/python-3.7", "3.7.5")
    place.run(env={"PANTS_PYTHON": str(chosen)}).pants_saw()
    assert "cpython-3.7.5" in place.installations[0].name
    # One installation each.
    place.run().pants_saw()
    assert len(place.installations) == 2
    place.calls()
    place.run(env={"PANTS_PYTHON": str(chosen)}).pants_saw()
    assert place.calls() == []


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (None, "No such file"),
        ("it is Python 3.11.7, Pants needs 3.7, 3.8 or 3.9", "it is Python 3.11.7"),
    ],
)
def test_an_unusable_pants_python_is_an_error(
    place: Place, broken: str | None, reason: str
) -> None:
    place.add_python("bin/python3.9")
    chosen = place.root / "chosen"
    if broken:
        place.add_python("chosen", broken=broken)
    result = place.run(env={"PANTS_PYTHON": str(chosen)})
    assert result.returncode == 1
    assert "PANTS_PYTHON" in result.stderr
    assert str(chosen) in result.stderr
    assert reason in result.stderr
    assert not place.installations


def test_one_message_tells_all_that_was_tried(place: Place) -> None:
    place.add_program("bin/python3.9", "echo 'pyenv: python3.9: command not found' >&2; exit 127")
    place.add_program("bin/python3.8", "echo hello")
    place.add_python("bin/python3.7", "3.7.5", no_venv="Error: ensurepip is not available")
    place.add_python("bin/python3", broken="it is Python 3.13.0, Pants needs 3.7, 3.8 or 3.9")
    place.add_program(
        "bin/uv", '[ "$1 $2" = "python dir" ] && echo /nowhere || { echo no; false; }'
    )
    result = place.run("list")
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("What was tried") == 1
    for told in (
        f"{place.bin}/python3.9: pyenv: python3.9: command not found (exit code 127)",
        f"{place.bin}/python3.8: it does not answer as Python does: hello",
        f"{place.bin}/python3.7: it cannot make a venv: Error: ensurepip is not available",
        f"{place.bin}/python3: it is Python 3.13.0, Pants needs 3.7, 3.8 or 3.9",
        "python: not on PATH",
        f"{place.home}/.pyenv/versions: no CPython 3.7-3.9 there",
        "/nowhere: no CPython 3.7-3.9 there",
        "uv python install 3.9: no",
        "Install CPython 3.9, or set PANTS_PYTHON",
    ):
        assert told in result.stderr
    assert not place.installations


def test_without_any_python_the_message_is_still_complete(place: Place) -> None:
    result = place.run()
    assert result.returncode == 1
    assert "uv: not on PATH, and no Python 3.8 or later" in result.stderr


def test_uv_installs_a_python_as_the_last_resort(place: Place) -> None:
    later = place.add_python("later", "3.9.7")
    place.add_program(
        "bin/uv",
        f"""
        pythons='{place.root}/pythons'
        case "$*" in
          "python dir") echo "$pythons" ;;
          "python install 3.9")
            mkdir -p "$pythons/cpython-3.9.7-any/bin"
            cp '{later}' "$pythons/cpython-3.9.7-any/bin/python3"
            ;;
        esac
        """,
    )
    result = place.run()
    result.pants_saw()
    assert "uv installs CPython 3.9" in result.stderr
    assert "cpython-3.9.7" in place.installations[0].name


# --- Installing ---


def test_only_short_progress_lines_are_shown(place: Place) -> None:
    place.add_python()
    lines = place.run().stderr.splitlines()
    assert [line.split(" ")[:2] for line in lines] == [
        ["pants:", "installing"],
        ["pants:", "building"],
    ]
    assert place.run().stderr == ""


def test_a_warm_start_runs_no_python(place: Place) -> None:
    place.add_python()
    place.run().pants_saw()
    assert place.calls()
    place.run().pants_saw()
    assert place.calls() == []


def test_the_native_client_is_told_of_the_pants_it_belongs_to(place: Place) -> None:
    place.add_python(native_client=1)
    for _ in range(2):
        result = place.run("list", "::")
        pants = place.pointer / "venv" / "bin" / "pants"
        assert (result.returncode, result.stdout) == (0, f"client of {pants}: list ::\n")


def test_pants_gets_the_pex_that_was_built(place: Place) -> None:
    place.add_python()
    env = place.run().pants_env
    pex = place.pointer / "pex"
    assert env["PANTS_PEX_CLI_URL_TEMPLATE"] == f"file://{pex}"
    known = json.loads(env["PANTS_PEX_CLI_KNOWN_VERSIONS"])
    sha256 = hashlib.sha256(pex.read_bytes()).hexdigest()
    assert known == [
        f"{env['PANTS_PEX_CLI_VERSION']}|{platform}|{sha256}|{pex.stat().st_size}"
        for platform in ("linux_x86_64", "linux_arm64", "macos_x86_64", "macos_arm64")
    ]


def test_a_pex_chosen_by_the_user_is_kept(place: Place) -> None:
    place.add_python()
    env = place.run(env={"PANTS_PEX_CLI_VERSION": "v2.1.137"}).pants_env
    assert env["PANTS_PEX_CLI_VERSION"] == "v2.1.137"
    assert "PANTS_PEX_CLI_URL_TEMPLATE" not in env


def test_a_failing_pip_is_told_with_its_log(place: Place) -> None:
    place.add_python(no_pip="ERROR: No matching distribution found")
    result = place.run()
    log = place.cache / "last-failure.log"
    assert result.returncode == 1
    assert f"pip could not install pantsbuild.pants {PANTS_VERSION}" in result.stderr
    assert str(log) in result.stderr
    assert "ERROR: No matching distribution found" in result.stderr
    assert "line before" in log.read_text()
    assert not place.installations
    place.add_python()
    place.run().pants_saw()


def test_a_half_made_folder_does_no_harm_and_goes_away(place: Place) -> None:
    place.add_python()
    old = place.cache / f"pants-{PANTS_VERSION}-pex-1-cpython-3.9.9.abcdef"
    young = place.cache / f"pants-{PANTS_VERSION}-pex-1-cpython-3.9.9.ghijkl"
    for folder in (old, young):
        (folder / "venv").mkdir(parents=True)
    os.utime(old, (time.time() - 100_000,) * 2)
    place.run().pants_saw()
    assert not old.exists()
    assert young.exists(), "it may be another bootstrap at work"


def test_an_interrupted_bootstrap_leaves_nothing(place: Place) -> None:
    place.add_python(slow=30)
    process = place.start()
    for _ in range(200):
        if any("pip" in call for call in place.calls()):
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode != 0
    assert not place.installations
    place.add_python()
    place.run().pants_saw()


def test_a_killed_bootstrap_does_not_stop_the_next(place: Place) -> None:
    place.add_python(slow=30)
    process = place.start()
    for _ in range(200):
        if any("pip" in call for call in place.calls()):
            break
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=20)
    assert len(place.installations) == 1
    place.add_python()
    place.run().pants_saw()


def test_two_at_once_end_with_one_installation(place: Place) -> None:
    place.add_python(slow=0.5)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        results = list(pool.map(lambda number: place.run(str(number)), range(4)))
    for number, result in enumerate(results):
        assert result.pants_saw()[0] == [str(number)]
    assert place.installations == [place.pointer.resolve()]


def test_an_installation_whose_python_went_away_is_made_anew(place: Place) -> None:
    place.add_python()
    place.run().pants_saw()
    before = place.installations[0]
    (before / "venv" / "bin" / "python").unlink()
    place.run().pants_saw()
    assert place.pointer.resolve() != before
    place.calls()
    place.run().pants_saw()
    assert place.calls() == []


def test_a_damaged_pointer_is_replaced(place: Place) -> None:
    place.add_python()
    place.run().pants_saw()
    pointer = place.pointer
    pointer.unlink()
    pointer.write_text("")
    place.run().pants_saw()
    assert pointer.is_dir()


def test_two_machines_have_the_same_paths(place: Place) -> None:
    """They are in what processes are known by, so that machines can share a cache."""
    place.add_python(native_client=1)
    seen = set()
    for _ in range(2):
        seen.add(place.run().stdout)
        assert place.installations[0].name not in place.run().stdout
        shutil.rmtree(place.cache)
    assert len(seen) == 1


def test_pants_gets_the_locale_of_the_user(place: Place) -> None:
    """A Python that starts without one sets one, and Pants would hand it down to processes."""
    place.add_python()
    assert "LC_CTYPE" not in place.run(env={"LANG": "C"}).pants_env
    assert place.run(env={"LC_CTYPE": "x"}).pants_env["LC_CTYPE"] == "x"


@pytest.mark.parametrize("blocked", ["a-file", "/proc"])
def test_a_cache_that_cannot_be_written_is_told(place: Place, blocked: str) -> None:
    """Also for root, whom the mode of a folder does not stop."""
    place.add_python()
    (place.root / "a-file").write_text("")
    path = place.root / blocked
    result = place.run(env={"XDG_CACHE_HOME": str(path)})
    assert result.returncode == 1
    assert "Set XDG_CACHE_HOME" in result.stderr
    assert str(path) in result.stderr


def test_pants_starts_from_an_installation_that_cannot_be_written(place: Place) -> None:
    place.add_python()
    place.run().pants_saw()
    # A folder where the settings would be kept: no user may write those.
    settings = place.installations[0] / "pip-settings"
    settings.unlink()
    (settings / "x").mkdir(parents=True)
    env = place.run(env={"PIP_INDEX_URL": "https://a/"}).pants_env
    assert repos(env) == {"PANTS_PYTHON_REPOS_INDEXES": '["https://a/"]'}


def test_no_home_at_all_is_told(place: Place) -> None:
    place.add_python()
    del place.env["HOME"]
    result = place.run()
    assert result.returncode == 1
    assert "Set XDG_CACHE_HOME" in result.stderr


def test_a_cache_path_that_pants_cannot_read_is_told(place: Place) -> None:
    place.add_python()
    result = place.run(env={"XDG_CACHE_HOME": str(place.root / "a b")})
    assert result.returncode == 1
    assert "Set XDG_CACHE_HOME" in result.stderr


# --- pip's settings ---


def repos(env: Mapping[str, str]) -> dict[str, str]:
    names = ("PANTS_PYTHON_REPOS_INDEXES", "PANTS_PYTHON_REPOS_FIND_LINKS", "PANTS_CA_CERTS_PATH")
    return {name: env[name] for name in names if name in env}


def test_without_pip_settings_pants_gets_none(place: Place) -> None:
    place.add_python()
    assert repos(place.run().pants_env) == {}
    default = {"PIP_INDEX_URL": "https://pypi.org/simple", "PIP_CERT": "/not/there.pem"}
    assert repos(place.run(env=default).pants_env) == {}


def test_pip_variables_are_passed_on(place: Place) -> None:
    place.add_python()
    cert = place.root / "cert.pem"
    cert.touch()
    env = place.run(
        env={
            "PIP_INDEX_URL": "https://mirror.example/simple/",
            "PIP_EXTRA_INDEX_URL": "https://one.example/\n https://two.example/",
            "PIP_FIND_LINKS": f"{place.root} wheels https://three.example/list.html",
            "PIP_CERT": str(cert),
        }
    ).pants_env
    assert repos(env) == {
        "PANTS_PYTHON_REPOS_INDEXES": json.dumps(
            ["https://mirror.example/simple/", "https://one.example/", "https://two.example/"]
        ),
        "PANTS_PYTHON_REPOS_FIND_LINKS": "+"
        + json.dumps(
            [
                f"file://{place.root}",
                f"file://{place.repo}/wheels",
                "https://three.example/list.html",
            ]
        ),
        "PANTS_CA_CERTS_PATH": str(cert),
    }


def test_more_indexes_are_added_to_those_of_pants_toml(place: Place) -> None:
    place.add_python()
    env = place.run(env={"PIP_EXTRA_INDEX_URL": "https://one.example/"}).pants_env
    assert repos(env) == {"PANTS_PYTHON_REPOS_INDEXES": '+["https://one.example/"]'}
    env = place.run(env={"PIP_EXTRA_INDEX_URL": "https://a/", "PIP_NO_INDEX": "1"}).pants_env
    assert repos(env) == {"PANTS_PYTHON_REPOS_INDEXES": "[]"}


def test_pip_files_are_passed_on_and_a_change_is_seen(place: Place) -> None:
    place.add_python()
    conf = place.home / ".config" / "pip" / "pip.conf"
    conf.parent.mkdir(parents=True)
    conf.write_text("[global]\nfind-links = /a\n[install]\nextra-index-url = https://b/\n")
    expected = {
        "PANTS_PYTHON_REPOS_INDEXES": '+["https://b/"]',
        "PANTS_PYTHON_REPOS_FIND_LINKS": '+["file:///a"]',
    }
    assert repos(place.run().pants_env) == expected
    place.calls()
    assert repos(place.run().pants_env) == expected
    assert place.calls() == []
    before = conf.stat()
    conf.write_text(conf.read_text().replace("/a", "/c"))
    os.utime(conf, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert repos(place.run().pants_env)["PANTS_PYTHON_REPOS_FIND_LINKS"] == '+["file:///c"]'


def test_what_is_set_for_pants_itself_goes_first(place: Place) -> None:
    place.add_python()
    mine = {"PANTS_PYTHON_REPOS_INDEXES": "['https://mine/']", "PANTS_PYTHON_REPOS_FIND_LINKS": ""}
    env = place.run(env={**mine, "PIP_INDEX_URL": "https://a/", "PIP_FIND_LINKS": "/b"}).pants_env
    assert repos(env) == mine


def test_the_pip_that_pants_runs_reads_no_files(place: Place) -> None:
    place.add_python()
    name = "PANTS_SUBPROCESS_ENVIRONMENT_ENV_VARS"
    assert place.run().pants_env[name] == '+["PIP_CONFIG_FILE=/dev/null"]'
    assert place.run(env={name: "[]"}).pants_env[name] == "[]"


def test_kept_settings_are_only_for_this_user(place: Place) -> None:
    place.add_python()
    place.run(env={"PIP_INDEX_URL": "https://user:secret@a/"}).pants_saw()
    kept = place.installations[0] / "pip-settings"
    assert "secret" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


# --- Wheels for lockfiles ---


def add_lock(place: Place, **files: bytes) -> None:
    """A lockfile that names the files, with these contents, at addresses out of reach."""
    artifacts = [
        {
            "algorithm": "sha256",
            "hash": hashlib.sha256(content).hexdigest(),
            "url": f"https://files.example/1%2B2/{name}-1%2Bcpu-py3-none-any.whl#x=y",
        }
        for name, content in files.items()
    ]
    lock = {"locked_resolves": [{"locked_requirements": [{"artifacts": artifacts}]}]}
    text = "// A heading, as Pants writes it.\n" + json.dumps(lock, indent=2)
    (place.repo / "some.lock").write_text(text)
    (place.repo / "pants.toml").write_text(
        textwrap.dedent(
            f"""\
            [GLOBAL]
            pants_version = "{PANTS_VERSION}"
            [python.resolves]
            some = "some.lock"
            missing = "missing.lock"
            """
        )
    )


def test_locked_wheels_are_offered_to_pex(place: Place) -> None:
    place.add_python()
    wheels = place.root / "wheels"
    wheels.mkdir()
    right, wrong, unlocked = (
        wheels / f"{name}-1+cpu-py3-none-any.whl" for name in ("right", "wrong", "unlocked")
    )
    right.write_bytes(b"right")
    wrong.write_bytes(b"something else")
    unlocked.write_bytes(b"unlocked")
    add_lock(place, right=b"right", wrong=b"wrong")
    env = {"PIP_FIND_LINKS": f"{wheels} {place.root}/missing"}
    downloads = place.home / ".cache/pants/named_caches/pex_root/downloads/2"

    result = place.run(env=env)
    result.pants_saw()
    offered = downloads / hashlib.sha256(b"right").hexdigest()
    assert [path for path in downloads.iterdir() if path.name[0] != "."] == [offered]
    assert (offered / right.name).read_bytes() == b"right"
    assert f"took the locked {right.name} from {wheels}" in result.stderr

    place.calls()
    place.run(env=env).pants_saw()
    assert place.calls() == [], "nothing has changed"

    wrong.write_bytes(b"wrong")
    place.run(env=env).pants_saw()
    assert (downloads / hashlib.sha256(b"wrong").hexdigest() / wrong.name).exists()
    assert (offered / right.name).read_bytes() == b"right"

    shutil.rmtree(downloads)
    place.run(env=env).pants_saw()
    assert (offered / right.name).exists()


def test_without_wheel_folders_nothing_is_looked_for(place: Place) -> None:
    place.add_python()
    add_lock(place, some=b"some")
    place.run().pants_saw()
    assert not (place.home / ".cache" / "pants").exists()


# --- The real thing ---


def capture(command: list[str], env: Mapping[str, str], cwd: Path) -> Result:
    done = subprocess.run(
        command, env=env, cwd=cwd, check=False, capture_output=True, text=True, timeout=900
    )
    return Result(done.returncode, done.stdout, done.stderr)


def test_a_real_installation(tmp_path: Path) -> None:
    """With the machine's own Python, pip and package index."""
    version = re.search(
        r'^pants_version = "(.+)"', SCRIPT.with_name("pants.toml").read_text(), re.M
    )
    assert version
    place = Place(tmp_path.resolve())
    (place.repo / "pants.toml").write_text(f'[GLOBAL]\npants_version = "{version[1]}"\n')
    cache = tmp_path / "cache"
    # Without what a Pants that may be running this test has set for itself.
    clean = {
        name: value
        for name, value in os.environ.items()
        if name == "PANTS_PYTHON" or not name.startswith(("PANTS_", "PEX_"))
    }
    env = {**clean, "XDG_CACHE_HOME": str(cache)}
    command = [str(place.repo / "pants"), "--no-pantsd", "--version"]
    first = capture(command, env, place.repo)
    if "no Python to run Pants" in first.stderr:
        pytest.skip("no CPython 3.7-3.9 on this machine")
    assert (first.returncode, first.stdout) == (0, f"{version[1]}\n"), first.stderr
    assert len(first.stderr.splitlines()) == 2, first.stderr
    second = capture(command, env, place.repo)
    assert (second.returncode, second.stdout, second.stderr) == (0, f"{version[1]}\n", "")

    (pointer,) = (cache / "pants-freeze").glob("pants-*.current")
    pex = pointer.resolve() / "pex"
    program = (pointer / "venv" / "bin" / "pants").read_text()
    # Machines that share a cache have the same path of the Python that Pants runs on.
    assert f"{pointer}/venv/bin/python" in program
    assert str(pointer.resolve()) not in program
    assert os.access(pex.with_name("client"), os.X_OK)
    pex_env = {**clean, "PEX_ROOT": str(tmp_path / "pex-root")}
    shown = capture([sys.executable, str(pex), "--version"], pex_env, place.repo)
    assert shown.returncode == 0, shown.stderr
    assert f"-pex-{shown.stdout.strip()}-" in pex.parent.name
    # Pants chooses the folder for Pex's files, and the file names none of this machine.
    assert (tmp_path / "pex-root" / "unzipped_pexes").exists()
    assert str(tmp_path).encode() not in pex.read_bytes()
