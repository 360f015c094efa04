"""Runs before the entry in an executable that is linked to be checked; see ``sandbox/check.py``.

The variable ``PANTS_FREEZE_CHECK`` names a folder. If that has a file ``modules``, the modules
named in it are imported, one after the other, and the program does not start. Otherwise it starts,
and is watched. What there is to tell goes to the file ``told``, each the `repr` of a tuple in a
line of its own:

``("begun", MODULE)``, ``("imported", MODULE)``, ``("failed", MODULE, ERROR, MISSING)``
    MISSING is the module that was not found, or empty.
``("read", PATH)``
    A file that was opened to be read, but for those in the folder of the program.
``("loaded", PATH)``, ``("missing", MODULE)``
    At the end: a native library that is loaded, and a module that was asked for and not found.

Plain Python runs it, too, to import what the frozen program cannot. The file ``hidden`` then names
modules that are not to be found.
"""

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from typing import Any, Callable

VARIABLE = "PANTS_FREEZE_CHECK"


def _teller(folder: str) -> "Callable[..., None]":
    import os

    def tell(*what: str) -> None:
        line = repr(what).encode("ascii", "backslashreplace") + b"\n"
        # Opened each time: a program may close what it has not opened, and children write here too.
        file = os.open(os.path.join(folder, "told"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.write(file, line)
        os.close(file)

    return tell


def _import_all(folder: str, tell: "Callable[..., None]") -> None:
    import os
    import sys

    def names(file: str) -> "list[str]":
        path = os.path.join(folder, file)
        if not os.path.exists(path):
            return []
        with open(path, encoding="utf-8") as text:
            return text.read().split()

    def missing(error: "BaseException | None") -> str:
        """The module that was not found, of *error* or what it came from, or empty."""
        seen = set()
        while error is not None and id(error) not in seen:
            seen.add(id(error))
            if isinstance(error, ImportError) and error.name:
                before, _, after = str(error).partition("cannot import name '")
                last = after.partition("'")[0]
                return f"{error.name}.{last}" if last and not before else error.name
            error = error.__cause__ or error.__context__
        return ""

    for name in names("hidden"):
        sys.modules[name] = None  # type: ignore[assignment]
    for name in names("modules"):
        tell("begun", name)
        try:
            __import__(name)
        except BaseException as error:
            tell("failed", name, f"{type(error).__name__}: {error}", missing(error))
        else:
            tell("imported", name)
    # Threads that a module has started do not matter.
    os._exit(0)


def _watch(folder: str, tell: "Callable[..., None]") -> None:
    import atexit
    import os
    import sys

    runtime: str = sys._MEIPASS  # type: ignore[attr-defined]
    own = (runtime + os.sep, os.path.realpath(folder) + os.sep)
    read: set[str] = set()
    asked: dict[str, None] = {}

    def hook(event: str, arguments: "Any") -> None:
        if event != "open" or isinstance(arguments[0], int):
            return
        try:
            path = os.path.abspath(os.fsdecode(arguments[0]))
            is_read = arguments[2] & (os.O_WRONLY | os.O_RDWR) == 0
            is_other = path not in read and not path.startswith(own)
            if is_read and is_other and os.path.isfile(path):
                read.add(path)
                tell("read", path)
        except (OSError, TypeError, ValueError):
            return  # what is no path, the program is told

    class Asked:
        """The last finder: notes for what no other was right."""

        @staticmethod
        def find_spec(name: str, path: "Any" = None, target: "Any" = None) -> None:
            asked[name] = None

    def tell_the_end() -> None:
        for name in asked:
            if sys.modules.get(name) is None:
                tell("missing", name)
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            fields = [line.rstrip("\n").split(None, 5) for line in maps]
        for path in sorted({each[5] for each in fields if len(each) > 5}):
            if ".so" in os.path.basename(path):
                tell("loaded", path)

    sys.addaudithook(hook)
    sys.meta_path.append(Asked)
    atexit.register(tell_the_end)


def _start() -> None:
    import os

    folder = os.environ.get(VARIABLE, "")
    if not folder:
        return
    if os.path.exists(os.path.join(folder, "modules")):
        _import_all(folder, _teller(folder))
    _watch(folder, _teller(folder))


_start()
# A module that is started as `__main__` has its own names there.
del _teller, _import_all, _watch, _start, VARIABLE
