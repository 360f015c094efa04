"""What the desktop application remembers, in ``shared/config/core.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ai_coder.common.errors import ComponentError
from ai_coder.common.output import write_atomically
from ai_coder.core.forms import FORMS, Value, Values, accepts
from ai_coder.core.logs import DEFAULT_LEVEL, LEVELS

FILE_NAME = "core.json"
THEMES = ("system", "light", "dark")


@dataclass(frozen=True)
class Settings:
    """Everything remembered; *values* are the fields of each component's form, as last used."""

    geometry: str = ""
    theme: str = THEMES[0]
    log_level: str = DEFAULT_LEVEL
    component: str = ""
    values: Mapping[str, Values] = field(default_factory=dict)


class SettingsFile:
    """Settings in a file in *folder*, which may be read-only and whose content may be anything."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._told = False

    def load(self) -> tuple[Settings, str]:
        """The settings, and what to tell the user if they could not be read (else empty).

        A file that makes no sense is kept beside as ``core.json.bad``, for it may hold values that
        someone typed in.
        """
        try:
            return _parse(self.path.read_text(encoding="utf-8")), ""
        except FileNotFoundError:
            return Settings(), ""
        except OSError as error:
            return Settings(), f"Settings not read: {self.path}: {error.strerror}"
        except (ValueError, RecursionError) as error:
            reason = str(error).splitlines()[0]
        bad = self.path.with_name(f"{FILE_NAME}.bad")
        try:
            self.path.replace(bad)
        except OSError:
            return Settings(), f"Settings ignored: {self.path}: {reason}"
        return Settings(), f"Settings reset ({reason}); the old ones are kept in {bad}"

    def save(self, settings: Settings) -> str:
        """Keep *settings*; the result tells, the first time only, if they cannot be kept."""
        text = json.dumps(asdict(settings), indent=2, sort_keys=True) + "\n"
        try:
            write_atomically(self.path, text)
        except ComponentError:
            notice = "" if self._told else f"Settings are not kept: cannot write {self.path}"
            self._told = True
            return notice
        return ""


def _parse(text: str) -> Settings:
    """The settings in *text*; `ValueError` tells what is wrong with it."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from None
    if not isinstance(data, dict):
        raise ValueError("not a JSON object")
    return Settings(
        geometry=_text(data, "geometry"),
        theme=_text(data, "theme", THEMES),
        log_level=_text(data, "log_level", LEVELS),
        component=_text(data, "component"),
        values=_values(data.get("values", {})),
    )


def _text(data: Mapping[str, object], key: str, choices: tuple[str, ...] = ()) -> str:
    value = data.get(key, getattr(Settings(), key))
    if not isinstance(value, str):
        raise ValueError(f"{key!r} must be text")
    if choices and value not in choices:
        raise ValueError(f"{key!r} must be one of {', '.join(choices)}")
    return value


def _values(data: object) -> dict[str, dict[str, Value]]:
    """The values of fields that exist; those of another version are left out."""
    if not isinstance(data, dict) or not all(isinstance(item, dict) for item in data.values()):
        raise ValueError("'values' must be an object of objects")
    result: dict[str, dict[str, Value]] = {}
    for form in FORMS:
        for each in form.fields:
            value = data.get(form.component, {}).get(each.key, each.default)
            if not accepts(each, value):
                raise ValueError(f"'values.{form.component}.{each.key}' is not possible there")
            if each.key in data.get(form.component, {}):
                result.setdefault(form.component, {})[each.key] = value
    return result
