"""Runs first in the programs that Nuitka makes, also in the children that `multiprocessing` starts.

There the script of the program is imported once more, as the module ``__parents_main__``. Imports
of the run-time hooks and of the entry are added below.
"""

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from types import TracebackType

# That of `hidden_variables.c`, which has hidden the variables from the interpreter.
_HIDDEN = "_PANTS_FREEZE_HIDDEN_"


def _give_back_variables() -> None:
    import os

    for name in [name for name in os.environ if name.startswith(_HIDDEN)]:
        os.environ[name[len(_HIDDEN) :]] = os.environ.pop(name)


def _share_classes() -> None:
    """Make what a child returns the same class here, as Python does for ``__mp_main__``."""
    import sys

    main = sys.modules.get("__main__")
    if main is not None:
        sys.modules.setdefault("__parents_main__", main)


def _search_once() -> None:
    """Nuitka has the folder of the program on the path twice."""
    import sys

    sys.path[:] = dict.fromkeys(sys.path)


def _correct_names() -> None:
    """Nuitka has the executable in `sys.argv`, and in `sys.executable` a "python" beside it."""
    import sys

    # A name that Nuitka gives to each module.
    compiled = globals().get("__compiled__")
    sys.argv[0] = getattr(compiled, "original_argv0", None) or sys.argv[0]
    sys.executable = getattr(compiled, "process_exe", None) or sys.executable


_give_back_variables()
_correct_names()
_share_classes()
_search_once()


def start(name: str, place: str) -> str:
    """Prepare the entry module, which runs as the module *name*, and return its ``__file__``.

    *place* is the path that it has below its source root. Its ``__spec__`` stays None, as that of a
    script: with one, `multiprocessing` would import the module by name, which Nuitka does not do.
    """
    import os
    import sys

    if name == "__main__":
        sys.excepthook = _print_exception
        sys.modules["pants_freeze_entry"].prepare()
    return os.path.join(sys._MEIPASS, place)  # type: ignore[attr-defined]


def _print_exception(
    kind: "type[BaseException]", error: BaseException, trace: "TracebackType | None"
) -> None:
    """Nuitka calls this for what the entry module does not catch; it is in no function of ours."""
    import sys

    sys.modules["pants_freeze_start"].note(error)
    sys.__excepthook__(kind, error, trace)
