from __future__ import annotations

from build import ROOT
from document import block, with_block


def test_the_readme_has_what_was_measured() -> None:
    readme, measured = ((ROOT / name).read_text() for name in ("README.md", "docs/benchmarks.md"))
    # Fails if it has no place for that.
    assert readme == with_block(readme, block(measured)), (
        "README.md and docs/benchmarks.md differ in what `python3.11 benchmarks levels` writes"
    )
