"""The launcher under fire: damaged components, too much of everything, signals, crowds, limits."""

from __future__ import annotations

import os
import pstats
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from frozen.support import Distribution, run

STARTS = 300
AT_ONCE = 24
# Of the kernel: an argument has to be shorter, with the zero at its end.
LONGEST_ARGUMENT = 128 * 1024
E_MACHINE = 18
MACHINE_OF_ARM = b"\xb7\x00"


def left_over(folder: Path) -> list[str]:
    """The processes whose program lies in *folder*."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if folder in Path(os.readlink(entry / "exe")).parents:
                    found.append((entry / "cmdline").read_text().replace("\0", " "))
            except OSError:
                continue
    return found


@pytest.fixture(autouse=True)
def nothing_left(own: Distribution) -> Iterator[None]:
    """No test leaves a process behind; whoever watches a component ends just after it."""
    yield
    end = time.monotonic() + 10
    while left := left_over(own.folder):
        assert time.monotonic() < end, left
        time.sleep(0.02)


@pytest.fixture(params=[(), ("--memory-limit", "1GB")], ids=["unlimited", "limited"])
def limits(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Options of the launcher: with a limit on memory another process watches."""
    assert isinstance(request.param, tuple)
    return request.param


# ---- damaged components


def remove(path: Path) -> None:
    path.unlink()


def make_unexecutable(path: Path) -> None:
    shutil.copy(path, path.with_name("copy"))
    path.with_name("copy").replace(path)
    path.chmod(0o644)


def make_foreign(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[E_MACHINE : E_MACHINE + 2] = MACHINE_OF_ARM
    rewrite(path, bytes(content))


def make_dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("gone")


def make_loop(path: Path) -> None:
    path.unlink()
    path.symlink_to(path.name)


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def make_empty(path: Path) -> None:
    rewrite(path, b"")


def cut_in_the_header(path: Path) -> None:
    rewrite(path, path.read_bytes()[:40])


def cut_the_last_byte(path: Path) -> None:
    rewrite(path, path.read_bytes()[:-1])


def cut_in_half(path: Path) -> None:
    rewrite(path, path.read_bytes()[: path.stat().st_size // 2])


def rewrite(path: Path, content: bytes) -> None:
    path.unlink()
    path.write_bytes(content)
    path.chmod(0o755)


@pytest.mark.parametrize(
    ("damage", "status", "says"),
    [
        (remove, 127, "is not in"),
        (make_dangling, 127, "symbolic link"),
        (make_loop, 127, "symbolic link"),
        (make_unexecutable, 126, "is not executable"),
        (make_folder, 126, "is not a file"),
        (make_foreign, 126, "is not a program for this system"),
        (make_empty, 126, "is not a program for this system"),
        (cut_in_the_header, 126, "is not a program for this system"),
    ],
)
def test_a_damaged_component_is_one_clear_error(
    damage: Callable[[Path], None],
    status: int,
    says: str,
    limits: tuple[str, ...],
    own: Distribution,
) -> None:
    damage(own.path("web"))
    result = own.run("launcher", *limits, "web", "--version")
    assert (result.status, result.stdout) == (status, "")
    assert says in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("cut", [cut_in_half, cut_the_last_byte])
def test_what_is_a_program_to_the_kernel_tells_itself_that_it_is_not_whole(
    cut: Callable[[Path], None], limits: tuple[str, ...], own: Distribution
) -> None:
    cut(own.path("web"))
    result = own.run("launcher", *limits, "web", "--version")
    assert (result.status, result.stdout) == (255, "")
    assert f"archive from the executable ({own.path('web')})" in result.stderr
    assert "Traceback" not in result.stderr
    assert "changed  ai-coder-web: has " in own.run("launcher", "verify").stdout


# ---- arguments


def test_an_argument_as_long_as_there_may_be(limits: tuple[str, ...], own: Distribution) -> None:
    own.replace("web", 'echo "${#1}"')
    result = own.run("launcher", *limits, "web", "x" * (LONGEST_ARGUMENT - 1))
    assert (result.stdout, result.stderr) == (f"{LONGEST_ARGUMENT - 1}\n", "")


def test_at_the_edge_of_what_the_kernel_takes_there_is_one_clear_error(own: Distribution) -> None:
    """Each length that the kernel takes of us arrives, or is told to be too long."""
    own.replace("web", 'echo "$#"')

    def attempt(length: int) -> str:
        whole, rest = divmod(length, 100_001)
        arguments = ["x" * 100_000] * whole + ["x" * (rest - 1)] * (rest > 0)
        try:
            result = own.run("launcher", "--thread-pool-size", "1", "web", *arguments)
        except OSError:
            return "refused"
        if result.status == 0:
            assert result.stdout == f"{len(arguments)}\n"
            return "arrived"
        assert (result.stdout, result.stderr.count("\n")) == ("", 1)
        assert "too long" in result.stderr
        return "told"

    few, many = 1, os.sysconf("SC_ARG_MAX")
    while many - few > 1:
        middle = (few + many) // 2
        if attempt(middle) == "refused":
            many = middle
        else:
            few = middle
    outcomes = {attempt(few - less) for less in range(0, 1000, 50)}
    print(f"up to {few:,} bytes of arguments are taken; below that: {', '.join(sorted(outcomes))}")
    assert outcomes == {"arrived", "told"}


# ---- streams


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(
    closed: str, limits: tuple[str, ...], own: Distribution, tree: Path, tmp_path: Path
) -> None:
    report = tmp_path / "report.json"
    options = (*limits, "scanner", "--path", str(tree), "--no-lint", "--output", str(report))
    shell = ("/bin/sh", "-c", f'exec "$@" {closed}', "sh")
    result = run(*shell, own.path("launcher"), *options)
    assert (result.status, result.stdout, result.stderr) == (0, "", "")
    assert report.stat().st_size > 0
    failed = run(*shell, own.path("launcher"), *limits, "trainer")
    assert (failed.status, failed.stdout) == (127, "")
    assert failed.stderr.count("\n") == ("2>&-" not in closed)
    listed = run(*shell, own.path("launcher"), "list")
    # Without a place for it the list is lost, and that is an error.
    assert (listed.status, bool(listed.stdout)) == (
        (3, False) if " >&-" in f" {closed}" else (0, True)
    )


# ---- ends


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_to_the_launcher_is_one_to_the_component(
    number: signal.Signals, limits: tuple[str, ...], own: Distribution
) -> None:
    own.replace("web", "trap 'exit 42' TERM HUP INT; echo up; while :; do /bin/sleep 0.05; done")
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, signal.SIG_DFL)
    with subprocess.Popen(
        [own.path("launcher"), *limits, "web"], env={}, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        process.send_signal(number)
        assert process.wait(30) == 42


@pytest.mark.parametrize("name", ["SEGV", "KILL", "ABRT", "TERM", "HUP"])
def test_a_component_that_a_signal_ends(
    name: str, limits: tuple[str, ...], own: Distribution
) -> None:
    own.replace("web", f"ulimit -c 0; kill -{name} $$")
    number = signal.Signals[f"SIG{name}"]
    assert own.run("launcher", *limits, "web").status == -number
    command = '"$@"; exit $?'
    shell = run("/bin/sh", "-c", command, "sh", own.path("launcher"), *limits, "web")
    assert shell.status == 128 + number


# ---- crowds


def test_a_crowd(limits: tuple[str, ...], own: Distribution) -> None:
    def start(number: int) -> tuple[int, str, str]:
        program = ("scanner", "web")[number % 2]
        result = own.run("launcher", *limits, program, "--version")
        return result.status, result.stdout.partition(" ")[0], result.stderr

    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = list(pool.map(start, range(STARTS)))
    seconds = time.monotonic() - began
    print(f"{STARTS} starts, {AT_ONCE} at once, {' '.join(limits)}: {seconds:.1f} s")
    expected = [(0, f"ai-coder-{('scanner', 'web')[each % 2]}", "") for each in range(STARTS)]
    assert ends == expected


# ---- limits


def test_a_program_that_takes_too_much_is_ended(own: Distribution, tmp_path: Path) -> None:
    # A shell that doubles a text; the machine must not notice.
    own.replace("web", "echo up; x=0123456789; while :; do x=$x$x; done")
    began = time.monotonic()
    result = own.run("launcher", "--memory-limit", "200MB", "web")
    seconds = time.monotonic() - began
    assert (result.status, result.stdout) == (-signal.SIGKILL, "up\n")
    assert "web was ended: it took" in result.stderr
    assert "the 200 MB of --memory-limit" in result.stderr
    assert result.stderr.count("\n") == 1
    print(f"{result.stderr.strip().partition('it took ')[2].partition(',')[0]}, {seconds:.2f} s")


def test_a_frozen_program_is_watched(own: Distribution, tree: Path) -> None:
    for number in range(2000):
        (tree / f"m{number}.py").write_text("import os, sys, json\n" * 20)
    options = ("scanner", "--path", tree, "--no-lint")
    ended = own.run("launcher", "--memory-limit", "4MB", *options)
    assert (ended.status, ended.stdout, ended.stderr.count("\n")) == (-signal.SIGKILL, "", 1)
    free = own.run("launcher", "--memory-limit", "1GB", *options)
    assert (free.status, free.stderr) == (0, "")


def linter_sees(own: Distribution, tree: Path, tmp_path: Path, *options: str) -> dict[str, str]:
    """The environment of a linter that a limited scanner runs, and the processors of both."""
    tools, dump = tmp_path / "tools", tmp_path / "dump"
    tools.mkdir()
    linter = tools / "ruff"
    linter.write_text(
        "#!/bin/sh\n/bin/cat /proc/$$/environ | /usr/bin/tr '\\0' '\\n' > \"$DUMP\"\n"
        "/bin/sed -n 's/^Cpus_allowed_list:/CHILD=/p' /proc/$$/status >> \"$DUMP\"\n"
        "/bin/sed -n 's/^Cpus_allowed_list:/PARENT=/p' /proc/$PPID/status >> \"$DUMP\"\n"
        "echo '[]'\n"
    )
    linter.chmod(0o755)
    env = {"PATH": str(tools), "DUMP": str(dump)}
    scan = own.run("launcher", *options, "scanner", "--path", tree, env=env)
    assert scan.status == 0
    pairs = (line.partition("=") for line in dump.read_text().splitlines())
    return {name: value.strip() for name, _, value in pairs}


def test_processors_and_threads(own: Distribution, tree: Path, tmp_path: Path) -> None:
    seen = linter_sees(own, tree, tmp_path, "--cpu-limit", "1", "--thread-pool-size", "3")
    assert seen["PARENT"] == seen["CHILD"]
    assert seen["PARENT"].isdecimal()
    names = ("AI_CODER_THREADS", "OMP_NUM_THREADS", "RAYON_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    assert [seen[each] for each in names] == ["3"] * 4


def test_as_shipped_nothing_is_limited(own: Distribution, tree: Path, tmp_path: Path) -> None:
    seen = linter_sees(own, tree, tmp_path)
    lines = Path("/proc/self/status").read_text().splitlines()
    allowed = next(line for line in lines if line.startswith("Cpus_allowed_list:"))
    assert seen["PARENT"] == allowed.split()[1]
    assert not [name for name in seen if name.endswith("THREADS") or name.startswith("AI_CODER")]


def test_limits_of_the_file(own: Distribution, tree: Path, tmp_path: Path) -> None:
    file = own.folder / "shared/config/performance.toml"
    file.unlink()
    file.write_text('[performance]\nthread_pool_size = "2"\ncpu_limit = 1\n')
    seen = linter_sees(own, tree, tmp_path, "--thread-pool-size", "5")
    assert (seen["AI_CODER_THREADS"], seen["PARENT"].isdecimal()) == ("5", True)
    file.write_text('[performance]\nmemory_limt = "1GB"\n')
    result = own.run("launcher", "scanner", "--version")
    assert (result.status, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert f"{file}: [performance] has no 'memory_limt'; did you mean" in result.stderr


def test_a_profile(own: Distribution, tree: Path) -> None:
    options = ("--enable-profiling", "scanner", "--path", tree, "--no-lint")
    result = own.run("launcher", *options)
    (profile,) = (own.folder / "shared/data/profiles").iterdir()
    assert result.status == 0
    assert result.stderr == f"ai-coder-scanner: the profile is in {profile}\n"
    functions = {name for _, _, name in pstats.Stats(str(profile)).stats}  # type: ignore[attr-defined]
    assert "scan_codebase" in functions
