"""Letters from templates that lie beside this module."""

from jinja2 import Environment, PackageLoader, StrictUndefined

environment = Environment(
    loader=PackageLoader("letters"),
    undefined=StrictUndefined,
    extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    trim_blocks=True,
    autoescape=False,
)
