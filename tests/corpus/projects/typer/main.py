"""Commands from annotations, and help drawn with rich."""

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer
from typer.testing import CliRunner

app = typer.Typer(add_completion=False)


class Shape(str, Enum):
    round = "round"
    square = "square"


@app.command()
def draw(
    shape: Shape,
    where: Annotated[Path, typer.Option(help="The file to draw into.")] = Path("out"),
    size: Annotated[int, typer.Option(min=1)] = 2,
):
    """Draw a shape."""
    typer.echo(f"{shape.value} {where} {size}")


@app.command()
def clear(force: bool = False):
    """Remove all that was drawn."""
    raise typer.Exit(0 if force else 3)


def main():
    runner = CliRunner(env={"COLUMNS": "70", "TERMINAL_WIDTH": "70"})
    for args in (["draw", "round", "--size", "7"], ["clear"], ["draw", "flat"], ["draw", "--help"]):
        result = runner.invoke(app, args, prog_name="shapes")
        print(result.exit_code)
        print("\n".join(line.rstrip() for line in result.output.splitlines()))
