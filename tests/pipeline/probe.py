"""What a frozen program is asked to do, as the text of a module of it.

Each function is a check, which a program calls by its name with arguments of its command line, and
whose answer it prints as JSON.
"""

CHECKS = """
import asyncio
import concurrent.futures
import importlib
import multiprocessing
import os
import pickle
import subprocess
import sys
import warnings


def square(number):
    '''The square.'''
    return number * number


class Point:
    def __init__(self, x):
        self.x = x


def twice(point):
    return Point(point.x * 2)


def computed_import(*parts):
    try:
        return importlib.import_module("".join(parts)).__name__
    except ImportError as error:
        return type(error).__name__


def failing_import(name):
    importlib.import_module(name)


def excluded_imports():
    raised = []
    try:
        import wave
    except ImportError as error:
        raised.append(f"{type(error).__name__} {error.name}")
    try:
        from xml.sax import handler
    except ImportError as error:
        raised.append(f"{type(error).__name__} {error.name}")
    return raised


def certificates():
    import ssl

    return ssl.create_default_context().cert_store_stats()["x509_ca"] > 0


def datas():
    folder = sys._MEIPASS
    found = []
    for parent, _, files in os.walk(folder):
        found += [os.path.relpath(os.path.join(parent, name), folder) for name in files]
    return sorted(path for path in found if path.endswith(".html") or "LICENSE" in path)


def hooks():
    return sys.probe_hooks


def extensions():
    import bz2
    import ctypes
    import decimal
    import hashlib
    import lzma
    import sqlite3
    import ssl
    import zlib

    with sqlite3.connect(":memory:") as connection:
        answer = connection.execute("select 6 * 7").fetchone()[0]
    return [
        answer,
        ssl.create_default_context().check_hostname,
        ctypes.CDLL(None).getpid() == os.getpid(),
        str(decimal.Decimal(1) / decimal.Decimal(8)),
        hashlib.sha256(b"").hexdigest()[:8],
        [module.decompress(module.compress(b"same")).decode() for module in (bz2, lzma, zlib)],
    ]


def pool(method):
    with multiprocessing.get_context(method).Pool(2) as workers:
        return [workers.map(square, range(5)), workers.apply(twice, (Point(4),)).x]


def executors():
    with concurrent.futures.ThreadPoolExecutor() as threads:
        first = list(threads.map(square, range(3)))
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as processes:
        return [first, list(processes.map(square, range(3)))]


def manager():
    with multiprocessing.get_context("spawn").Manager() as shared:
        values = shared.dict(a=1)
        values["b"] = 2
        return dict(values)


def child_environment():
    async def lines():
        child = await asyncio.create_subprocess_exec("/usr/bin/env", stdout=subprocess.PIPE)
        return (await child.communicate())[0].decode().split()

    return asyncio.run(lines())


def again(*args):
    return subprocess.run([sys.executable, *args], check=False).returncode


def pickled():
    return [pickle.loads(pickle.dumps(square))(3), pickle.loads(pickle.dumps(Point(5))).x]


def crash():
    raise RuntimeError("on purpose")  # THE LINE


def warn():
    warnings.warn("careful", stacklevel=1)
    return sys._getframe().f_lineno - 1


def arguments(*args):
    return [sys.argv, sys.executable, args, sys.frozen]
"""
