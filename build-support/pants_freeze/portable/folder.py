"""Folder: built programs -> the folder to ship, and its archive."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Union

from pants_freeze.bundling import Conflicting, manifest_files, requirement_files, sbom_plan
from pants_freeze.manifest import MANIFEST, SUMS, ManifestFile, manifest_json, sha256sums
from pants_freeze.portable.component import Built
from pants_freeze.portable.environments import Environment, Environments
from pants_freeze.portable.errors import ConflictError
from pants_freeze.portable.work import Work, described, files_of, fingerprints, sha256
from pants_freeze.sandbox import archive, sbom

Content = Union[Path, bytes]


@dataclass(frozen=True)
class Whole:
    """What is bundled: ``address`` of the target, ``output`` below the dist folder.

    ``version`` may be empty; ``files`` is the folder of the author's files, which may not exist;
    ``per_component`` asks for the requirements of each program, too.
    """

    address: str
    output: str
    name: str
    version: str
    files: Path
    per_component: bool


class Bundler:
    """Writes folders and archives to *dist*."""

    def __init__(
        self, dist: Path, work: Work, environments: Environments, environment: Environment
    ) -> None:
        self._dist = dist
        self._work = work
        self._environments = environments
        self._environment = environment

    def bundle(self, whole: Whole, built: Sequence[Built], archive_format: str) -> list[str]:
        """Write the folder, and the archive unless its format is "none".

        What is built already stays as it is. The result tells of each. Raises `ConflictError`.
        """
        own: dict[str, Content] = dict(
            requirement_files(
                ((each.program.executable, each.description.requirements) for each in built),
                whole.per_component,
            )
        )
        own[str(sbom.OUTPUT)] = self._sbom(whole, built)
        files = files_of(whole.files)
        # They get their hashes in the same way as all others.
        texts = self._texts(whole, own)
        try:
            listed = manifest_files((each.program for each in built), files, texts)
        except Conflicting as error:
            raise ConflictError(f"{whole.address}: {error}") from None
        content: dict[str, Content] = {file.path: whole.files / file.path for file in files}
        content.update(own)
        programs = [
            *(file.path for file in (*files, *texts)),
            *(file.path for each in built for file in each.program.executables),
        ]
        for each in built:
            folder = each.program.contents_directory
            for path in (
                *(file.path for file in each.program.executables),
                *(f"{folder}/{file.path}" for file in each.program.runtime),
            ):
                content[path] = each.source(path)
        content[MANIFEST] = manifest_json(listed)
        last = self._texts(whole, {MANIFEST: content[MANIFEST]})
        content[SUMS] = sha256sums((*listed, *last))
        listed = [*listed, *last, *self._texts(whole, {SUMS: content[SUMS]})]
        told = [self._write(whole.output, listed, content)]
        if archive_format != "none":
            of_programs = {*programs, MANIFEST, SUMS}
            told.append(self._archive(whole, listed, content, (archive_format, of_programs)))
        return told

    def _texts(self, whole: Whole, texts: Mapping[str, Content]) -> tuple[ManifestFile, ...]:
        """The files with the content *texts*, in a folder of the work folder."""

        def make(folder: Path) -> None:
            for path, text in texts.items():
                _put(text, folder / "files" / path)

        key = {
            path: text.decode() if isinstance(text, bytes) else sha256(text)
            for path, text in texts.items()
        }
        return files_of(self._work.step("texts", key, make) / "files")

    def _sbom(self, whole: Whole, built: Iterable[Built]) -> Path:
        program = vars(sbom_plan(whole.name, whole.version, (each.description for each in built)))

        def make(folder: Path) -> None:
            self._environments.run(self._environment, "sbom", program, folder)

        key = [program, self._environment.folder.name]
        return self._work.step("sbom", key, make, whole.name) / sbom.OUTPUT

    def _write(
        self, output: str, listed: Iterable[ManifestFile], content: Mapping[str, Content]
    ) -> str:
        """Write the folder *output*: beside what is there, which it then replaces as a whole."""
        place = self._dist / output
        listed = tuple(listed)
        if _is_there(place, listed):
            return f"{place} is up to date"
        new, old = (place.with_name(f".{kind}-{place.name}") for kind in ("new", "old"))
        _remove(new)
        for file in listed:
            _put(content[file.path], new / file.path)
        _remove(old)
        if os.path.lexists(place):
            place.rename(old)
        new.rename(place)
        _remove(old)
        return f"{place} is written"

    def _archive(
        self,
        whole: Whole,
        listed: Sequence[ManifestFile],
        content: Mapping[str, Content],
        how: tuple[str, set[str]],
    ) -> str:
        """Write the archive: one part for each origin, as the archive stage of the plugin does."""
        archive_format, of_programs = how
        groups: dict[str, list[ManifestFile]] = defaultdict(list)
        last = "programs"
        for file in listed:
            in_parts = archive_format in archive.IN_PARTS and file.path not in of_programs
            groups[f"of {file.origin}" if in_parts else last].append(file)
        parts = [
            self._part(whole, groups[name], content, (archive_format, name == last))
            for name in (*sorted(groups.keys() - {last}), last)
        ]
        place = self._dist / f"{whole.output}.{archive_format}"
        new = place.with_name(f".new-{place.name}")
        new.parent.mkdir(parents=True, exist_ok=True)
        with new.open("wb") as file_object:
            for part in parts:
                with part.open("rb") as source:
                    shutil.copyfileobj(source, file_object)
        if place.is_file() and sha256(place) == sha256(new):
            new.unlink()
            return f"{place} is up to date"
        new.replace(place)
        return f"{place} is written"

    def _part(
        self,
        whole: Whole,
        files: Sequence[ManifestFile],
        content: Mapping[str, Content],
        how: tuple[str, bool],
    ) -> Path:
        executables = [f"{whole.output}/{each.path}" for each in files if each.mode == "0755"]
        plan = vars(archive.Plan(whole.output, *how, executables))

        def make(folder: Path) -> None:
            for file in files:
                _put(content[file.path], folder / whole.output / file.path)
            self._environments.run(self._environment, "archive", plan, folder)
            shutil.rmtree(folder / whole.output.split("/")[0])

        step = self._work.step("archive", [plan, fingerprints(files)], make)
        return step / archive.OUTPUT


def _put(content: Content, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        place.write_bytes(content)
        place.chmod(0o644)
    elif content.is_symlink():
        place.symlink_to(os.readlink(content))
    else:
        shutil.copyfile(content, place)
        place.chmod(0o755 if os.access(content, os.X_OK) else 0o644)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()


def _is_there(place: Path, listed: Iterable[ManifestFile]) -> bool:
    """Whether *place* holds exactly what is *listed*."""
    if not place.is_dir() or place.is_symlink():
        return False
    wanted = {file.path: [file.mode, file.sha256, file.link] for file in listed}
    there = archive.archived_files(place)
    if {path.relative_to(place).as_posix() for path in there} != wanted.keys():
        return False
    for path in there:
        name = path.relative_to(place).as_posix()
        found = described(name, path)
        if [found.mode, found.sha256, found.link] != wanted[name]:
            return False
    return True
