"""Greets in the language of the user, from catalogues beside this module."""

import gettext
from pathlib import Path

_CATALOGUES = Path(__file__).parent / "locale"


def translation(language):
    return gettext.translation("greeting", _CATALOGUES, [language], fallback=True)
