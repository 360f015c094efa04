"""Speaks German from its own catalogue, and English where there is none."""

import greeting


def main():
    for language in ("de_AT", "fr"):
        words = greeting.translation(language)
        print(words.gettext("good day"), words.pgettext("month", "May"))
        print([words.ngettext("one word", "{} words", each).format(each) for each in (1, 2)])
