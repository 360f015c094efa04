"""What ``ai-coder-launcher verify`` prints."""

from __future__ import annotations

from collections.abc import Callable

from ai_coder.common.terminal import printable
from ai_coder.launcher.verify import CHECKSUMS, MANIFEST, Verification


def _text(result: Verification) -> str:
    deviations = [*result.problems, *result.notes]
    width = max((len(each.kind) for each in deviations), default=0)
    lines = [
        f"{each.kind.ljust(width)}  {printable(f'{each.path}: {each.detail}')}"
        for each in deviations
    ]
    amount = f"{result.files:,} files, {result.bytes / 1e6:,.1f} MB"
    count = len(result.problems)
    if count:
        problems = "1 problem" if count == 1 else f"{count:,} problems"
        lines.append(
            f"{printable(result.folder)} is damaged: {problems} in {amount}; unpack the archive of "
            "the distribution again"
        )
    else:
        held = f"{MANIFEST}, and that by {CHECKSUMS}" if result.has_checksums else MANIFEST
        lines.append(f"{printable(result.folder)} is as it was built: {amount}, by {held}")
    return "".join(f"{line}\n" for line in lines)


def _json(result: Verification) -> str:
    import json

    report = {
        "folder": result.folder,
        "whole": not result.problems,
        "files": result.files,
        "bytes": result.bytes,
        "has_checksums": result.has_checksums,
        "problems": [vars(each) for each in result.problems],
        "notes": [vars(each) for each in result.notes],
    }
    return json.dumps(report, indent=2) + "\n"


FORMATS: dict[str, Callable[[Verification], str]] = {"text": _text, "json": _json}
