"""Runs first in every frozen executable: lets it import its own closure, and only that.

The pure modules of the runtime layer lie as bytecode in the runtime folder, which several
executables share. PyInstaller's finder looks a module up in the table of the archive inside the
executable; here the component's own modules of the runtime folder are added to that table. So no
folder is listed and no path is tried at an import, and a module that only another component of the
distribution needs stays invisible.

The linker puts ``LAYER`` in front of this file: ``packages``, ``modules``, ``namespaces`` (pure
modules by kind) and ``files`` (extension modules, and modules kept as source), each the dotted
names joined by spaces.
"""

LAYER: "dict[str, str]"

# The module that the linker adds if modules were left out; see ``sandbox/link.py``.
REASONS = "pants_freeze_importer.reasons"

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


def _install(layer: "dict[str, str]") -> None:
    import _frozen_importlib
    import _imp
    import marshal
    import os
    import sys
    import zlib

    import pyimod01_archive  # pants: no-infer-dep
    import pyimod02_importers  # pants: no-infer-dep

    runtime: str = sys._MEIPASS  # type: ignore[attr-defined]
    separator = os.path.sep

    class LayeredArchive:
        """The executable's archive and the runtime folder, as one table of modules."""

        def __init__(self, archive: "Any") -> None:
            kinds = (
                ("packages", pyimod01_archive.PYZ_ITEM_PKG),
                ("modules", pyimod01_archive.PYZ_ITEM_MODULE),
                ("namespaces", pyimod01_archive.PYZ_ITEM_NSPKG),
            )
            self._archive = archive
            self.toc: dict[str, Any] = {
                name: (kind, None, None) for key, kind in kinds for name in layer[key].split()
            }
            self.toc.update(archive.toc)
            # Once, where PyInstaller opens the executable again for each import.
            with open(archive._filename, "rb", buffering=0) as file:
                file.seek(archive._start_offset)
                self._content = memoryview(file.read())

        def extract(self, name: str) -> "Any":
            kind, position, length = self.toc[name]
            if kind == pyimod01_archive.PYZ_ITEM_NSPKG:
                return None
            path = runtime + separator + name.replace(".", separator)
            if kind == pyimod01_archive.PYZ_ITEM_PKG:
                path += separator + "__init__"
            if position is None:
                with open(path + ".pyc", "rb", buffering=0) as file:
                    code = marshal.loads(memoryview(file.read())[16:])
            else:
                code = marshal.loads(zlib.decompress(self._content[position : position + length]))
            # As in an ordinary import, code knows the absolute path of its file; it is stored
            # relative so that the same file serves in any folder.
            _imp._fix_co_filename(code, path + ".py")  # type: ignore[attr-defined]
            return code

        def __getattr__(self, name: str) -> "Any":
            return getattr(self._archive, name)

    files = frozenset(layer["files"].split())
    find_fallback = pyimod02_importers.PyiFrozenFinder.fallback_finder.fget

    class OwnFiles:
        """The finder for files beside the bytecode, limited to those of this component."""

        def __init__(self, owner: "Any", finder: "Any") -> None:
            self._owner = owner
            self._finder = finder

        def find_spec(self, fullname: str, target: "Any" = None) -> "Any":
            if self._owner._compute_pyz_entry_name(fullname) not in files:
                return None
            return self._finder.find_spec(fullname, target)

        def __getattr__(self, name: str) -> "Any":
            return getattr(self._finder, name)

    def fallback_finder(self: "Any") -> "Any":
        finder = find_fallback(self)
        if finder is not None and not isinstance(finder, OwnFiles):
            finder = self._fallback_finder = OwnFiles(self, finder)
        return finder

    def iter_modules(self: "Any", prefix: str = "") -> "Iterator[tuple[str, bool]]":
        """What `pkgutil.iter_modules` asks a finder for: modules and packages in its folder.

        Like Python's own finder it leaves out folders without ``__init__``.
        """
        start = self._pyz_entry_prefix + "." if self._pyz_entry_prefix else ""
        toc = self._pyz_archive.toc
        names = sorted(files.union(toc))
        inside = [name[len(start) :] for name in names if name.startswith(start)]
        packages = {name.partition(".")[0] for name in inside if "." in name}
        for name in inside:
            kind = toc.get(start + name, (None,))[0]
            if "." not in name and kind != pyimod01_archive.PYZ_ITEM_NSPKG:
                yield prefix + name, kind == pyimod01_archive.PYZ_ITEM_PKG or name in packages

    importing = _frozen_importlib._find_and_load_unlocked.__code__  # type: ignore[attr-defined]

    class LeftOut:
        """The last finder: an import of what was left out on purpose says who left it out.

        Who only asks whether there is such a module is told as usual that there is none.
        """

        reasons: "dict[str, str] | None" = None

        @classmethod
        def find_spec(cls, name: str, path: "Any" = None, target: "Any" = None) -> "Any":
            frame: Any = sys._getframe(2)
            if frame.f_code is not importing:
                return None
            for finder in sys.meta_path[sys.meta_path.index(cls) + 1 :]:
                spec = finder.find_spec(name, path, target)
                if spec is not None:
                    return spec
            if cls.reasons is None:
                module: dict[str, Any] = {}
                exec(pyimod02_importers.pyz_archive.extract(REASONS), module)
                cls.reasons = module["REASONS"]
            listed = name
            while listed and listed not in cls.reasons:
                listed = listed.rpartition(".")[0]
            if not listed:
                return None
            while frame.f_back is not None and frame.f_back.f_globals is frame.f_globals:
                frame = frame.f_back
            if frame.f_code.co_name == "_handle_fromlist":
                # Python ignores that a module is missing, and raises this because of the name.
                package, _, last = name.rpartition(".")
                message = f"cannot import name {last!r} from {package!r}: {cls.reasons[listed]}"
                raise ImportError(message, name=package)
            message = f"No module named {name!r}: {cls.reasons[listed]}"
            raise ModuleNotFoundError(message, name=name)

    pyimod02_importers.pyz_archive = LayeredArchive(pyimod02_importers.pyz_archive)
    if REASONS in pyimod02_importers.pyz_archive.toc:
        sys.meta_path.append(LeftOut)
    pyimod02_importers.PyiFrozenFinder.fallback_finder = property(fallback_finder)
    pyimod02_importers.PyiFrozenFinder.iter_modules = iter_modules
    # The finders made so far know neither the layer nor its limits.
    sys.path_importer_cache.clear()
    sys.path[:] = [entry for entry in sys.path if not entry.endswith("base_library.zip")]


def _restore_environment() -> None:
    """Give child processes the environment that this program was started with.

    The bootloader points the dynamic linker at the runtime folder and marks its children as parts
    of the same program. This process no longer needs either; a system tool would load our
    libraries.
    """
    import os
    import sys

    if sys.platform == "win32":
        return
    for name in [name for name in os.environ if name.startswith("_PYI_")]:
        del os.environ[name]
    for name in ("LD_LIBRARY_PATH", "LIBPATH"):
        original = os.environ.pop(name + "_ORIG", None)
        if original is not None:
            os.environ[name] = original
        else:
            os.environ.pop(name, None)


def _use_single_file() -> None:
    """Make ``sys.executable`` the single file that was started, not what it unpacked.

    Its stub tells in a variable, DIGEST:PATH, where DIGEST is also the name of the folder that it
    unpacks into. A program that runs from any other folder is none of that single file.
    """
    import os
    import sys

    told = os.environ.pop("_PANTS_FREEZE_SINGLE_FILE", "")
    digest, _, path = told.partition(":")
    if len(digest) == 64 and digest == os.path.basename(os.path.dirname(sys.executable)):
        sys.executable = path


_install(LAYER)
_restore_environment()
_use_single_file()
del _install, _restore_environment, _use_single_file, LAYER
