"""What ``build_all.py`` does: a plan -> folders of programs, with a plain Python and pip."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Union

from pants_freeze.bundling import RUNTIME
from pants_freeze.portable.component import (
    Builder,
    check_here,
    check_python,
    check_system_programs,
)
from pants_freeze.portable.environments import Environments
from pants_freeze.portable.errors import (
    LeftToPantsError,
    PortableError,
    UnknownProgramError,
    WorkError,
)
from pants_freeze.portable.folder import Bundler, Whole
from pants_freeze.portable.plan import ComponentPlan, DistributionPlan, Plan
from pants_freeze.portable.work import Work, files_of, fingerprints
from pants_freeze.sandbox.errors import SandboxError

Program = Union[ComponentPlan, DistributionPlan]

# Where paths may have 260 characters, an environment needs about 180 of them.
_LONGEST_ON_WINDOWS = 80


def run(arguments: argparse.Namespace) -> int:
    """Build what the command line says and give the exit status; failures are one message."""
    try:
        _build(arguments)
    except (SandboxError, PortableError) as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except OSError as error:
        name = f"{error.filename}: " if error.filename else ""
        print(f"error: {name}{error.strerror or error}", file=sys.stderr)
        return WorkError.exit_code
    return 0


def _say(text: str) -> None:
    print(text, flush=True)


def names_of(program: Program) -> list[set[str]]:
    """The names of *program*, the most exact first; see the help of ``build_all.py``."""
    path, _, target = program.address.partition(":")
    output = PurePosixPath(program.output).name
    exact = {program.address, f"//{program.address}"} if not path else {program.address}
    if isinstance(program, DistributionPlan):
        return [exact, {program.output, output}, {program.name, target}, set()]
    parts = program.executable.split("-")
    endings = {"-".join(parts[start:]) for start in range(1, len(parts))}
    folder = PurePosixPath(path).name
    return [exact, {program.output, output, program.executable}, endings, {folder} - {""}]


def select(name: str, programs: Sequence[Program]) -> Program:
    """The one of *programs* that *name* means; raises `UnknownProgramError`."""
    for rank in range(4):
        found = [each for each in programs if name in names_of(each)[rank]]
        # Variants of a program that only Pants builds may have its name.
        built = [each for each in found if not getattr(each, "left_to_pants", "")]
        if len(found) == 1 or len(built) == 1:
            return (built or found)[0]
        if found:
            which = ", ".join(sorted(each.address for each in found))
            raise UnknownProgramError(f"{name!r} may be {which}; write one of these addresses")
    known = "".join(f"\n  {each.address}" for each in sorted(programs, key=_address))
    raise UnknownProgramError(f"the plan has no program {name!r}; it has{known or ' none'}")


def _address(program: Program) -> str:
    return program.address


@dataclass(frozen=True)
class Chosen:
    """What is to be built, and (program, reason) of what is not."""

    programs: list[Program]
    left: list[tuple[str, str]]


def choose(plan: Plan, names: Iterable[str]) -> Chosen:
    """What *names* mean; without any, all distributions and the programs that are in none.

    Only what is not named may be left out because it cannot be built here.
    """
    components, distributions = plan.all_components(), plan.all_distributions()
    everything: list[Program] = [*components, *distributions]
    named = [select(name, everything) for name in names]
    if named:
        return Chosen(list({each.address: each for each in named}.values()), [])
    by_address = {each.address: each for each in components}
    in_one = {address for each in distributions for address, _ in each.programs}
    alone = [each for each in components if each.address not in in_one]
    chosen: list[Program] = []
    left = []
    programs: list[Program] = [*distributions, *alone]
    for program in programs:
        parts = (
            [program]
            if isinstance(program, ComponentPlan)
            else [by_address[address] for address, _ in program.programs]
        )
        try:
            for each in parts:
                check_here(each)
        except LeftToPantsError as error:
            left.append((program.address, str(error)))
        else:
            chosen.append(program)
    return Chosen(chosen, left)


def _build(arguments: argparse.Namespace) -> None:
    folder: Path = arguments.plan.resolve()
    plan = Plan.read(folder)
    chosen = choose(plan, arguments.component)
    by_address = {each.address: each for each in plan.all_components()}
    programs = {
        each.address: (
            [(each, RUNTIME)]
            if isinstance(each, ComponentPlan)
            else [(by_address[address], place) for address, place in each.programs]
        )
        for each in chosen.programs
    }
    # What cannot work is told before anything is installed.
    for parts in programs.values():
        for component, _ in parts:
            check_here(component)
            check_python(component)
            check_system_programs(component)
    dist: Path = arguments.output.resolve()
    place: Path = arguments.work or arguments.output / "freeze-work"
    if os.name == "nt" and len(str(place.resolve())) > _LONGEST_ON_WINDOWS:
        print(
            f"warning: {place.resolve()} is a long path, of which Windows may have too many; "
            "name a shorter one by --work if something is not found",
            file=sys.stderr,
        )
    tools = folder / "tools"
    identity = [sys.version, sys.base_prefix, fingerprints(files_of(tools))]
    work = Work(place, identity, _say, arguments.clean)
    environments = Environments(work, tools)
    for address, reason in chosen.left:
        _say(f"left out: {reason}" if address in reason else f"left out: {address}, for {reason}")
    if chosen.programs:
        of_sbom = environments.environment("", (folder / plan.sbom).read_text("utf-8"), "all")
        builder = Builder(folder, work, environments)
        bundler = Bundler(dist, work, environments, of_sbom)
        for program in chosen.programs:
            built = [builder.build(*each) for each in programs[program.address]]
            if isinstance(program, ComponentPlan):
                whole = Whole(
                    program.address,
                    program.output,
                    program.executable,
                    "",
                    folder / "no-files",
                    per_component=False,
                )
                archive = "none"
            else:
                whole = Whole(
                    program.address,
                    program.output,
                    program.name,
                    program.version,
                    folder / program.folder,
                    per_component=True,
                )
                archive = program.archive
            for line in bundler.bundle(whole, built, archive):
                _say(line)
    if not arguments.component:
        work.remove_unused()
