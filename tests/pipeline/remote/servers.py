"""A cache of the Remote Execution API: ``servers.pex cache ADDRESS FOLDER``.

It is BuildGrid, with what it holds in files below FOLDER and the index in memory.
"""

from __future__ import annotations

import sys
from pathlib import Path

from buildgrid.server.app import cli

_CACHE = """
server:
  - !channel
    address: {address}
    insecure-mode: true
description: A cache
authorization:
  method: none
monitoring:
  enabled: false
instances:
  - name: ''
    storages:
      - !disk-storage &storage
        path: {folder}
    caches:
      - !lru-action-cache &cache
        storage: *storage
        max-cached-refs: 100000
        allow-updates: true
        cache-failed-actions: false
    services:
      - !action-cache
        cache: *cache
      - !cas
        storage: *storage
      - !bytestream
        storage: *storage
thread-pool-size: 20
"""


def main() -> None:
    _, address, folder = sys.argv[1:]
    settings = Path(folder, "cache.yml")
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(_CACHE.format(address=address, folder=folder), encoding="utf-8")
    cli(["server", "start", str(settings)], prog_name="bgd")


if __name__ == "__main__":
    main()
