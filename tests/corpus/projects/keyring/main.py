"""Finds the backends that plugins bring, and keeps a password in one of them."""

import tempfile
from pathlib import Path

import keyring
from keyring import backend, core


def main():
    found = {f"{type(each).__module__}.{type(each).__name__}" for each in backend.get_all_keyring()}
    print(sorted(name for name in found if name.startswith("keyrings.alt.file.")))
    with tempfile.TemporaryDirectory() as folder:
        plain = core.load_keyring("keyrings.alt.file.PlaintextKeyring")
        plain.file_path = str(Path(folder, "passwords"))
        keyring.set_keyring(plain)
        keyring.set_password("service", "Ada", "geheim")
        print(keyring.get_password("service", "Ada"), keyring.get_password("service", "Bob"))
        keyring.delete_password("service", "Ada")
        print(keyring.get_password("service", "Ada"))
