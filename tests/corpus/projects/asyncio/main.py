"""Child processes of an event loop: a system tool, this program itself, a signal, a time limit."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE


async def run():
    tool = await asyncio.create_subprocess_exec("/bin/cat", stdin=PIPE, stdout=PIPE)
    print((await tool.communicate(b"through a pipe"))[0])
    own = await asyncio.create_subprocess_exec(sys.executable, "child", "ä", stdout=PIPE)
    print((await own.communicate())[0].decode().strip(), own.returncode)
    shell = await asyncio.create_subprocess_shell(
        "printenv LD_LIBRARY_PATH || echo none", stdout=PIPE, env={**os.environ, "PATH": "/bin"}
    )
    print((await shell.communicate())[0].decode().strip())
    sleeper = await asyncio.create_subprocess_exec("/bin/sleep", "60")
    try:
        await asyncio.wait_for(sleeper.wait(), 0.1)
    except asyncio.TimeoutError:
        sleeper.send_signal(signal.SIGTERM)
        print(await sleeper.wait())


def main():
    if sys.argv[1:2] == ["child"]:
        print("child got", *sys.argv[2:])
        sys.exit(3)
    asyncio.run(run())
