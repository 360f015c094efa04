"""Runs last in every frozen executable: starts the component.

Filled in before is ``ENTRY``: ``(module, attribute path, arguments, environment)``. Without an
attribute the module itself runs as ``__main__``, as ``python -m MODULE`` does. The arguments come
before those of the user; an environment variable that the user has set stays.
"""

ENTRY: "tuple[str, str, list[str], dict[str, str]]"

# How the commands begin by which `multiprocessing` starts its servers.
_SERVERS = (
    "from multiprocessing.forkserver import main",
    "from multiprocessing.resource_tracker import main",
)

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from typing import Any


def _run_module(name: str) -> None:
    import _frozen_importlib
    import sys

    main = sys.modules["__main__"]
    parent = name.rpartition(".")[0]
    path = None
    if parent:
        path = __import__(parent, fromlist=["__path__"]).__path__
    spec = _frozen_importlib._find_spec(name, path)  # type: ignore[attr-defined]
    if spec is None:
        raise ImportError(f"the entry module {name!r} is not in this executable", name=name)
    code = spec.loader.get_code(name)
    main.__dict__.update(
        __spec__=spec,
        __loader__=spec.loader,
        __package__=parent,
        __file__=spec.origin,
        __cached__=None,
    )
    exec(code, main.__dict__)


def _call(name: str, attributes: str) -> None:
    import sys

    target: Any = __import__(name, fromlist=[attributes.partition(".")[0]])
    for attribute in attributes.split("."):
        target = getattr(target, attribute)
    sys.exit(target())


def _serve_parent() -> None:
    """In a child that `multiprocessing` has started for itself: do what it says, and end.

    Ordinary Python does so at its own start, before any program could mind. The program must not
    run in such a child, or it would start children without end.
    """
    import sys

    if sys.argv[1:2] == ["--multiprocessing-fork"]:
        # An import statement would bring it into programs that do not use it.
        name = sys.argv[1][2:].partition("-")[0] + ".spawn"
        __import__(name, fromlist=["freeze_support"]).freeze_support()
    command = sys.argv[-1] if sys.argv[-2:-1] == ["-c"] else ""
    if command.startswith(_SERVERS):
        exec(command, {})
        sys.exit()


def _flush() -> None:
    """End with status 120 if not all can be written, as Python does; the bootloader does not."""
    import os
    import sys

    try:
        if sys.stdout is not None and not sys.stdout.closed:
            sys.stdout.flush()
    except OSError as error:
        try:
            print(f"Exception ignored in: {sys.stdout!r}", file=sys.stderr)
            print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(120)


def _name_process(name: str) -> None:
    """Have Linux list the process by *name*; `ps` and `killall` go by that."""
    import os

    try:
        with open("/proc/self/comm", "wb", buffering=0) as file:
            file.write(os.fsencode(name))
    except OSError:
        return  # another system


def prepare() -> None:
    """Set arguments and variables as the component wants them."""
    import atexit
    import os
    import sys

    _, _, arguments, environment = ENTRY
    # The first to be registered runs last.
    atexit.register(_flush)
    # One file has to start its program by another name than it was called by.
    called = os.environ.pop("_PANTS_FREEZE_FIRST_ARGUMENT", None)
    if called is not None:
        sys.argv[0] = called
        _name_process(os.path.basename(called))
    _serve_parent()
    sys.argv[1:1] = arguments
    for name, value in environment.items():
        os.environ.setdefault(name, value)


def start() -> None:
    """Start the component."""
    module, attributes, _, _ = ENTRY
    prepare()
    if attributes:
        _call(module, attributes)
    else:
        _run_module(module)


if __name__ == "__main__":
    start()
