from __future__ import annotations

import json

from shop import price


def total(names: list[str]) -> str:
    # Half of an import cycle.
    return json.dumps(sum(map(price.of, names)))
