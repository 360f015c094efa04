"""Manages plugins of a namespace: all of them, one by its name, and one that is not there."""

from stevedore import DriverManager, ExtensionManager
from stevedore.exception import NoMatches


def main():
    manager = ExtensionManager(namespace="pygments.lexers")
    print(sorted(manager.names()))
    driver = DriverManager(namespace="pygments.lexers", name="ipython3", invoke_on_load=True)
    print(driver.driver.name)
    try:
        DriverManager(namespace="pygments.lexers", name="none")
    except NoMatches as error:
        print(error)
