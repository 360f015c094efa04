"""Finds and loads plugins that only their entry points name, and reads metadata."""

from importlib.metadata import PackageNotFoundError, distribution, entry_points, metadata, version


def main():
    for plugin in sorted(entry_points(group="pygments.lexers"), key=lambda each: each.name)[:2]:
        print(plugin.name, plugin.load().name, plugin.dist.name)
    found = distribution("ipython_pygments_lexers")
    print(metadata("ipython-pygments-lexers")["Name"], version(found.name) == found.version)
    print(found.requires)
    try:
        version("none-such")
    except PackageNotFoundError as error:
        print(error)
