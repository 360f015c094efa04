"""A table with wide characters, highlighted code, Markdown and a traceback."""

from rich.console import Console
from rich.markdown import Markdown
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

CODE = "def square(number):\n    return number**2\n"


def main():
    console = Console(width=50, force_terminal=True, color_system="standard", legacy_windows=False)
    plain = Console(width=50, color_system=None)
    table = Table("word", "meaning", title="Words")
    table.add_row("日本", "Japan :sun:")
    table.add_row("naïve", "[bold]simple[/bold]")
    plain.print(table)
    with console.capture() as captured:
        console.print(Syntax(CODE, "python", theme="ansi_dark"))
    print(repr(captured.get().splitlines()[0].rstrip()))
    plain.print(Markdown("# Title\n\n* one\n* two\n\n```toml\n[a]\nb = 1\n```\n"))
    print(Text("日本").cell_len)
    try:
        int("x")
    except ValueError:
        with plain.capture() as captured:
            plain.print_exception()
        print(*captured.get().split()[-9:])
