"""Finds its lexers, styles and formatters by name, among them a lexer of a plugin."""

from pygments import highlight
from pygments.formatters import get_formatter_by_name
from pygments.lexers import get_all_lexers, get_lexer_by_name, guess_lexer
from pygments.styles import get_style_by_name
from pygments.util import ClassNotFound


def main():
    for name in ("python", "rust", "toml", "ipython3"):
        print(type(get_lexer_by_name(name)).__module__.partition(".")[0], end=" ")
        print(get_lexer_by_name(name).name)
    code = "%time x = 1\n"
    formatter = get_formatter_by_name("html", style="monokai", nowrap=True)
    print(highlight(code, get_lexer_by_name("ipython3"), formatter), end="")
    print(guess_lexer("<?xml version='1.0'?><a/>").name, get_style_by_name("vs").name)
    print(any(name == "IPython" for name, *_ in get_all_lexers()))
    try:
        get_lexer_by_name("none such")
    except ClassNotFound as error:
        print(error)
