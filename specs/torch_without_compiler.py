"""Run-time hook: torch and transformers without torch's compiler and its distributed tensors.

Both are imported by almost every program that uses transformers and used by hardly any: with sympy,
which they bring along, 500 modules and a fifth of the memory. They are not in the runtime folder
(`torch.trim`), so this takes their place. Nothing is imported before the program imports it.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import ModuleSpec

TYPE_CHECKING = False  # as in `typing`, which is slow to import
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any

_COMPILER = "torch._dynamo"
# Computes the shapes of results without the results, for the compiler. It registers itself.
_SHAPES = "torch._meta_registrations"


def _unchanged(
    function: Callable[..., Any] | None = None, *_: Any, **__: Any
) -> Callable[..., Any]:
    """A decorator, with or without arguments, that leaves the function as it is."""
    return (lambda decorated: decorated) if function is None else function


class _Finder:
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname == _COMPILER:
            spec = ModuleSpec(fullname, self, is_package=True)  # type: ignore[arg-type]
            # One module of the package is kept: transformers makes attention masks with it.
            runtime: str = sys._MEIPASS  # type: ignore[attr-defined]
            spec.submodule_search_locations = [os.path.join(runtime, *fullname.split("."))]
            return spec
        if fullname == _SHAPES:
            return ModuleSpec(fullname, self)  # type: ignore[arg-type]
        if fullname == "transformers":
            import torch.distributed

            # As in a torch that was built without it: transformers then leaves out what needs it.
            torch.distributed.is_available = lambda: False
        return None

    def create_module(self, spec: ModuleSpec) -> None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Put into *module* what of it is used by code that is not compiled."""
        if module.__name__ == _SHAPES:
            import torch._prims.rng_prims  # completes torch.Generator  # noqa: F401

            return
        content = {
            "allow_in_graph": _unchanged,
            "assume_constant_result": _unchanged,
            "disable": _unchanged,
            "disallow_in_graph": _unchanged,
            "graph_break": lambda message="": None,
            "is_compiling": lambda: False,
        }
        module.__dict__.update(content)


sys.meta_path.insert(0, _Finder())
