"""Finds and loads plugins as setuptools did it, and reads metadata and resources."""

import warnings

warnings.simplefilter("ignore")

import pkg_resources  # noqa: E402


def main():
    plugins = pkg_resources.iter_entry_points("pygments.lexers")
    for plugin in sorted(plugins, key=lambda each: each.name)[:2]:
        print(plugin.name, plugin.load().name, plugin.dist.project_name)
    distribution = pkg_resources.get_distribution("ipython-pygments-lexers")
    print([str(each) for each in distribution.requires()])
    print(pkg_resources.parse_version("1.10") > pkg_resources.parse_version("1.9"))
    try:
        pkg_resources.require("none-such")
    except pkg_resources.DistributionNotFound as error:
        print(error.req)
