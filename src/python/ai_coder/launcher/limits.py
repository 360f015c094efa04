"""Limits of a component: what the user allows, by options of the launcher or by a file."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ai_coder.common import performance
from ai_coder.common.errors import InputError
from ai_coder.common.paths import own_folder
from ai_coder.common.size import size

TABLE = "performance"
_MOST = 1024


def _count(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {_MOST}")
    return int(text)


def _optimization(text: str) -> str:
    if text not in performance.OPTIMIZATIONS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not one of {', '.join(performance.OPTIMIZATIONS)}"
        )
    return text


@dataclass(frozen=True)
class Setting:
    """Something to limit: its *key* in the file, from which its option follows.

    ``parse`` makes its value of a text, ``metavar`` is for what the text is, ``example`` is what
    to write in the file. A setting that is on or off has no ``parse``.
    """

    key: str
    help: str
    metavar: str
    example: str
    parse: Callable[[str], Any] | None

    @property
    def option(self) -> str:
        """The option of the launcher."""
        return f"--{self.key.replace('_', '-')}"


SETTINGS = (
    Setting(
        "memory_limit",
        "end the component when it and all that it starts have more memory than that (Linux)",
        "SIZE",
        '"1GB"',
        size,
    ),
    Setting("cpu_limit", "processors that it may use (Linux)", "N", "4", _count),
    Setting("thread_pool_size", "threads that it computes with", "N", "8", _count),
    Setting(
        "cache_size",
        "what the analyzer may keep of unchanged files on the disk",
        "SIZE",
        '"100MB"',
        size,
    ),
    Setting(
        "optimization_level",
        "effort of the analyzer on the graph of a model: O0 none, O1 some, O2 all (the default)",
        "LEVEL",
        '"O2"',
        _optimization,
    ),
    Setting("enable_profiling", "write a profile to shared/data/profiles", "", "true", None),
)


@dataclass(frozen=True)
class Value:
    """What the user set, and *where*: the option, or key and file."""

    value: Any
    where: str


Limits = dict[str, Value]


def add_options(arguments: argparse.ArgumentParser) -> None:
    """Add an option for each of `SETTINGS`."""
    for each in SETTINGS:
        if each.parse is None:
            arguments.add_argument(each.option, action="store_true", default=None, help=each.help)
        else:
            arguments.add_argument(
                each.option, type=each.parse, metavar=each.metavar, help=each.help
            )


def of_options(options: argparse.Namespace) -> Limits:
    """What the options say."""
    given = vars(options)
    return {
        each.key: Value(given[each.key], each.option)
        for each in SETTINGS
        if given[each.key] is not None
    }


def of_file(path: Path, content: bytes) -> Limits:
    """What *content* of the file *path* says.

    Raises `InputError` for each thing in it that is unknown or wrong.
    """
    try:
        import tomllib
    except ImportError:
        raise InputError(
            f"{path} cannot be read by this launcher, which was frozen without tomllib; remove the "
            "file, and give the limits as options, such as --memory-limit 1GB"
        ) from None
    try:
        tables = tomllib.loads(content.decode())
    except (ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"{path} is not TOML: {reason:.200}; correct it") from None
    for name in tables:
        if name != TABLE:
            raise InputError(
                f"{path}: {name!r} is not known there; write what is to be limited as "
                f"{SETTINGS[0].key} = {SETTINGS[0].example} below [{TABLE}]"
            )
    table = tables.get(TABLE, {})
    if not isinstance(table, dict):
        raise InputError(f"{path}: {TABLE} is no table; write [{TABLE}] in a line of its own")
    known = {each.key: each for each in SETTINGS}
    result = {}
    for key, value in table.items():
        if key not in known:
            raise InputError(f"{path}: [{TABLE}] has no {key!r}; {_suggestion(key, list(known))}")
        setting = known[key]
        checked = _checked(path, setting, value)
        if setting.parse is not None or checked:
            result[key] = Value(checked, f"{key} in {path}")
    return result


def _checked(path: Path, setting: Setting, value: Any) -> Any:
    what = f"{path}: {setting.key} = {_shown(value)}"
    if setting.parse is None:
        if not isinstance(value, bool):
            raise InputError(f"{what} is neither true nor false; write one of them, without quotes")
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise InputError(f"{what} is of the wrong type; write {setting.key} = {setting.example}")
    try:
        return setting.parse(str(value))
    except (argparse.ArgumentTypeError, ValueError) as error:
        raise InputError(
            f"{what} is wrong: {error}; write {setting.key} = {setting.example}"
        ) from None


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _suggestion(key: str, known: list[str]) -> str:
    # Only a mistyped key pays for this import.
    import difflib

    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there are {', '.join(known)}"


def apply(limits: Limits, component: str, environment: dict[str, str]) -> None:
    """Have this process, which is about to become *component*, and *environment* obey *limits*.

    Raises `InputError` where this system cannot enforce one.
    """
    values = {key: each.value for key, each in limits.items()}
    for key in ("memory_limit", "cpu_limit"):
        if key in limits and sys.platform != "linux":
            raise InputError(
                f"{limits[key].where}: only Linux can enforce {key}, not {sys.platform}; leave it "
                "out here"
            )
    if "thread_pool_size" in values:
        for variable in (performance.THREADS, *performance.LIBRARY_THREADS):
            environment[variable] = str(values["thread_pool_size"])
    if "cache_size" in values:
        environment[performance.CACHE_SIZE] = str(values["cache_size"])
    if "optimization_level" in values:
        environment[performance.OPTIMIZATION] = values["optimization_level"]
    if "enable_profiling" in values:
        environment[performance.PROFILE] = str(own_folder("profiles"))
    if sys.platform == "linux":
        if "cpu_limit" in values:
            _bind(values["cpu_limit"])
        if "memory_limit" in values:
            from ai_coder.launcher import memory

            memory.limit(values["memory_limit"], component, limits["memory_limit"].where)


if sys.platform == "linux":

    def _bind(count: int) -> None:
        """Let this process, and all that it starts, use *count* of its processors only."""
        allowed = sorted(os.sched_getaffinity(0))
        # Not the first ones each time, where all components would meet.
        start = os.getpid() % len(allowed)
        chosen = (allowed[start:] + allowed[:start])[:count]
        os.sched_setaffinity(0, chosen)
