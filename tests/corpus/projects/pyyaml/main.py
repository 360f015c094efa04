"""Reads and writes YAML by Python and by libyaml."""

import yaml

TEXT = """
base: &base {on: true, when: 2024-02-29, size: 1_000}
copy:
  <<: *base
  words: [ä, "b\\n", !!str 7]
text: |
  two
  lines
"""


class Point(yaml.YAMLObject):
    yaml_tag = "!point"
    yaml_loader = yaml.SafeLoader

    def __init__(self, x):
        self.x = x


def main():
    assert yaml.__with_libyaml__
    by_python, by_c = (yaml.load(TEXT, each) for each in (yaml.SafeLoader, yaml.CSafeLoader))
    assert by_python == by_c
    print(by_c["copy"])
    print(yaml.dump(by_c["copy"], Dumper=yaml.CSafeDumper, allow_unicode=True), end="")
    print(yaml.safe_load("!point {x: 3}").x, yaml.dump(Point([1, 2])), end="")
    try:
        yaml.load("a: [1\nb: 2", yaml.CSafeLoader)
    except yaml.YAMLError as error:
        print(error.problem_mark.line, error.problem)
