"""Runs last in every frozen executable: starts the component.

The linker puts ``ENTRY`` in front of this file: ``(module, attribute path)``; without an attribute
the module itself runs as ``__main__``, as ``python -m MODULE`` does.
"""

ENTRY: "tuple[str, str]"

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


if ENTRY[1]:
    _call(*ENTRY)
else:
    _run_module(ENTRY[0])
