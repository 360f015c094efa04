"""The samples of cx_Freeze as tests: each is frozen as its `setup.py` says, and run.

Those with a window wait for somebody to close it, and those for Windows run nowhere else; all
others are here. The fixture that PyInstaller's own tests use runs them. The variable SAMPLES names
their folder.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_SAMPLES = Path(os.environ["SAMPLES"])
_TIMEOUT_S = 60


@pytest.mark.parametrize(
    ("script", "options"),
    [
        ("advanced/advanced_1.py", ["--hidden-import=testfreeze_1", "--path=advanced/modules"]),
        ("advanced/advanced_2.py", ["--hidden-import=testfreeze_2", "--path=advanced/modules"]),
        ("asmodule/asmodule.py", []),
        ("openpyxl/test_openpyxl.py", []),
        ("orjson/test_orjson.py", []),
        ("pycountry/test.py", []),
        ("pytz/test_pytz.py", []),
        ("relimport/relimport.py", []),
        ("simple/hello.py", []),
        ("sqlite/test_sqlite3.py", []),
        ("tz/test_tz.py", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_program(pyi_builder: Any, script: str, options: list[str]) -> None:
    """A program that does its work and ends."""
    placed = [option.replace("=advanced", f"={_SAMPLES}/advanced") for option in options]
    pyi_builder.test_script(str(_SAMPLES / script), pyi_args=placed)


@contextmanager
def _running(builder: Any, script: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Within, the frozen *script* runs, with nothing in its environment but a home."""
    builder.script = str(_SAMPLES / script)
    assert builder._test_building(["--name", "server"])
    (program,) = builder._find_executables("server")
    home = {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME") if name in os.environ}
    with subprocess.Popen([program, *arguments], env=home) as process:
        try:
            yield process
        finally:
            process.kill()


def _ask(port: int, path: str) -> bytes:
    """What a server at *port* answers to a request of HTTP; it is waited for."""
    end = time.monotonic() + _TIMEOUT_S
    while True:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", path)
            return connection.getresponse().read()
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        finally:
            connection.close()


@pytest.mark.parametrize(
    ("script", "port", "path", "answer"),
    [
        ("importlib/server_simple.py", 8080, "/You", b"Hello, You"),
        ("importlib/web_srv.py", 8080, "/hello/You", b"Hello, You"),
        ("importlib/wsgiserver.py", 8088, "/", b"<b>hello world</b>"),
    ],
)
@pytest.mark.xdist_group("ports")
def test_web_server(pyi_builder: Any, script: str, port: int, path: str, answer: bytes) -> None:
    """A server that is asked for a page."""
    with _running(pyi_builder, script):
        assert _ask(port, path) == answer


@pytest.mark.xdist_group("ports")
def test_quote_of_the_day(pyi_builder: Any) -> None:
    """A server of twisted, which says one line."""
    with _running(pyi_builder, "zope/qotd.py"):
        end = time.monotonic() + _TIMEOUT_S
        while True:
            try:
                with socket.create_connection(("127.0.0.1", 8007), timeout=_TIMEOUT_S) as client:
                    assert client.recv(100) == b"An apple a day keeps the doctor away\r\n"
                    return
            except ConnectionRefusedError:
                assert time.monotonic() < end
                time.sleep(0.1)


@pytest.mark.xdist_group("ports")
def test_message_queue(pyi_builder: Any) -> None:
    """A server of ZeroMQ, and its client, which tells it to close."""
    with _running(pyi_builder, "pyzmq/pyzmq_server.py", "5556") as server:
        pyi_builder._tmp_path /= "client"
        pyi_builder._dist_dir /= "client"
        with _running(pyi_builder, "pyzmq/pyzmq_client.py", "--timeout=1") as client:
            assert client.wait(_TIMEOUT_S) == 0
        assert server.wait(_TIMEOUT_S) == 0
