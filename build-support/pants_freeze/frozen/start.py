"""Runs first in the programs of freezers other than PyInstaller: makes them start as its do.

Filled in before freezing is ``DATA``, the folder of data files, relative to that of the executable,
or empty. The run-time hooks are imported after this, and ``run`` starts the component.
"""

DATA: str

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from typing import Callable

_status = {"interrupted": False}
_paths = {"executable": ""}


def _prepare() -> None:
    import atexit
    import os
    import signal
    import sys

    sys.frozen = True  # type: ignore[attr-defined]
    folder = os.path.dirname(os.path.realpath(sys.executable))
    sys._MEIPASS = os.path.join(folder, DATA) if DATA else folder  # type: ignore[attr-defined]
    # The single file that was started, not what it unpacked; see ``importer``.
    digest, _, path = os.environ.pop("_PANTS_FREEZE_SINGLE_FILE", "").partition(":")
    if len(digest) == 64 and digest == os.path.basename(os.path.dirname(folder)):
        sys.executable = path
    else:
        sys.executable = _link_to(os.path.realpath(sys.executable))
    _paths["executable"] = sys.executable
    # The first to be registered runs last.
    atexit.register(_end)
    # What the interpreter itself does unless it is embedded in a program.
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for name in ("SIGPIPE", "SIGXFSZ"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.SIG_IGN)


def _link_to(program: str) -> str:
    """The link above its folder that *program* is started by; beside it, others look for theirs."""
    import os

    name = os.path.splitext(os.path.basename(program))[0]
    folder = os.path.dirname(program)
    while folder != os.path.dirname(folder):
        folder = os.path.dirname(folder)
        link = os.path.join(folder, name)
        if os.path.islink(link) and os.path.realpath(link) == program:
            return link
    return program


def _end() -> None:
    """End by the signal that interrupted the program, as Python does; shells go by that."""
    if _status["interrupted"]:
        import os
        import signal
        import sys

        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except (AttributeError, OSError, ValueError):
                continue  # without one, or closed
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


def note(error: BaseException) -> None:
    """Have the process end as Python does after *error*, which the program has not caught."""
    _status["interrupted"] = isinstance(error, KeyboardInterrupt)


def restore_executable() -> None:
    """Set ``sys.executable`` again: with `multiprocessing`, Nuitka sets it to another path."""
    import sys

    sys.executable = _paths["executable"]


def run(program: "Callable[[], None]") -> None:
    """Run *program*; an exception that it does not catch ends the process as it ends Python."""
    import sys

    try:
        program()
    except SystemExit:
        raise
    except BaseException as error:
        note(error)
        trace = error.__traceback__
        sys.excepthook(type(error), error, trace and trace.tb_next)
        sys.exit(1)


_prepare()
