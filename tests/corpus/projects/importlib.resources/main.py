"""Reads what lies beside a package and in folders without modules, as text, bytes and files."""

import pkgutil
from importlib import resources

import words


def main():
    folder = resources.files(words)
    print(sorted(each.name for each in folder.iterdir() if each.name.endswith((".bin", "lists"))))
    print(folder.joinpath("lists", "german.txt").read_text(encoding="utf-8").split())
    print((folder / "raw.bin").read_bytes(), pkgutil.get_data("words", "raw.bin"))
    print(resources.files("words.lists.deep").joinpath("french.txt").read_text("utf-8").split())
    with resources.as_file(folder / "lists") as path:
        print(sorted(each.relative_to(path).as_posix() for each in path.rglob("*.txt")))
    with resources.open_text("words.lists", "german.txt") as file:
        print(file.readline().strip())
    print(folder.joinpath("none.txt").is_file())
