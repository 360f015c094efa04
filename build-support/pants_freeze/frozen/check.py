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
    from typing import Any

VARIABLE = "PANTS_FREEZE_CHECK"


def _tell(folder: str, *what: str) -> None:
    import os

    line = repr(what).encode("ascii", "backslashreplace") + b"\n"
    # Opened each time: a program may close what it has not opened, and children write there too.
    file = os.open(os.path.join(folder, "told"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, line)
    os.close(file)


def _names(folder: str, file: str) -> "list[str]":
    import os

    path = os.path.join(folder, file)
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as text:
        return text.read().split()


def _missing(error: "BaseException | None") -> str:
    """The module that was not found, of *error* or what it came from; empty if there is none."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ImportError) and error.name:
            before, _, after = str(error).partition("cannot import name '")
            last = after.partition("'")[0]
            return f"{error.name}.{last}" if last and not before else error.name
        error = error.__cause__ or error.__context__
    return ""


def _import_all(folder: str) -> None:
    import os
    import sys

    for name in _names(folder, "hidden"):
        sys.modules[name] = None  # type: ignore[assignment]
    for name in _names(folder, "modules"):
        _tell(folder, "begun", name)
        try:
            __import__(name)
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            _tell(folder, "failed", name, text, _missing(error))
        else:
            _tell(folder, "imported", name)
    # Threads that a module has started do not matter.
    os._exit(0)


def _watch(folder: str) -> None:
    import atexit
    import os
    import sys

    own = (sys._MEIPASS + os.sep, os.path.realpath(folder) + os.sep)  # type: ignore[attr-defined]
    read: set[str] = set()
    asked: dict[str, None] = {}

    def hook(event: str, arguments: "Any") -> None:
        if event != "open" or isinstance(arguments[0], int):
            return
        try:
            path = os.path.abspath(os.fsdecode(arguments[0]))
            is_read = arguments[2] & (os.O_WRONLY | os.O_RDWR) == 0
            if is_read and path not in read and not path.startswith(own) and os.path.isfile(path):
                read.add(path)
                _tell(folder, "read", path)
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
                _tell(folder, "missing", name)
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
            fields = (line.rstrip("\n").split(None, 5) for line in maps)
            paths = {each[5] for each in fields if len(each) > 5}
        for path in sorted(paths):
            if ".so" in os.path.basename(path):
                _tell(folder, "loaded", path)

    sys.addaudithook(hook)
    sys.meta_path.append(Asked)
    atexit.register(tell_the_end)


def check() -> None:
    """Import or watch what the folder says, if there is one."""
    import os

    folder = os.environ.get(VARIABLE, "")
    if not folder:
        return
    if os.path.exists(os.path.join(folder, "modules")):
        _import_all(folder)
    _watch(folder)


check()
