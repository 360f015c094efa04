"""A letter from templates of a package, with inheritance, an inclusion and extensions by name."""

import asyncio

from jinja2 import Environment, TemplateNotFound, UndefinedError
from letters import environment


def main():
    print(environment.get_template("letter.txt").render(name="Ada"))
    print(environment.list_templates())
    for name, values in (("none.txt", {}), ("letter.txt", {})):
        try:
            environment.get_template(name).render(values)
        except (TemplateNotFound, UndefinedError) as error:
            print(type(error).__name__, error)
    later = Environment(enable_async=True).from_string("{{ 6 * 7 }}").render_async()
    print(asyncio.run(later))
