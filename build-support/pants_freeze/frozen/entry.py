"""Runs last in every frozen executable: starts the component.

The linker fills in ``ENTRY``: ``(module, attribute path, arguments, environment)``. Without an
attribute the module itself runs as ``__main__``, as ``python -m MODULE`` does. The arguments come
before those of the user; an environment variable that the user has set stays.
"""

ENTRY: "tuple[str, str, list[str], dict[str, str]]"

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


def _start(
    module: str, attributes: str, arguments: "list[str]", environment: "dict[str, str]"
) -> None:
    import os
    import sys

    sys.argv[1:1] = arguments
    for name, value in environment.items():
        os.environ.setdefault(name, value)
    if attributes:
        _call(module, attributes)
    else:
        _run_module(module)


_start(*ENTRY)
