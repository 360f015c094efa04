"""A group of commands with options, a prompt and completion."""

import click
from click.shell_completion import get_completion_class
from click.testing import CliRunner


@click.group()
@click.option("--loud/--quiet", help="How it is said.")
@click.pass_context
def greet(context, loud):
    """Say something."""
    context.obj = str.upper if loud else str


@greet.command()
@click.argument("name")
@click.option("--times", type=click.IntRange(1, 3), default=1, show_default=True)
@click.option("--kind", type=click.Choice(["day", "night"]), prompt=True)
@click.pass_obj
def good(say, name, times, kind):
    """Greet NAME."""
    for _ in range(times):
        click.secho(say(f"good {kind}, {name}"), fg="green")


def main():
    runner = CliRunner()
    for args in (["--help"], ["good", "--help"], ["--loud", "good", "Ada"], ["good", "--times=9"]):
        result = runner.invoke(greet, args, input="day\n")
        print(result.exit_code)
        print(result.output)
    completion = get_completion_class("bash")(greet, {}, "greet", "_GREET")
    print([each.value for each in completion.get_completions(["good"], "--")])
