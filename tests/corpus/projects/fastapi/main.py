"""Serves an interface with uvicorn, and asks it: validation, a dependency, a schema, a socket."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from typing import Annotated

import uvicorn
from fastapi import Depends, FastAPI
from pydantic import BaseModel

app = FastAPI(title="Words")


class Word(BaseModel):
    text: str
    times: int = 1


async def separator(by: str = "-"):
    return by


@app.post("/repeat")
async def repeat(word: Word, by: Annotated[str, Depends(separator)]):
    return {"answer": by.join([word.text] * word.times)}


def ask(url, body=None):
    headers = {"Content-Type": "application/json"} if body else {}
    request = urllib.request.Request(url, body and json.dumps(body).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def main():
    listening = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    print(*ask(f"{url}/repeat?by=%2B", {"text": "word", "times": 3}))
    status, problem = ask(f"{url}/repeat", {"times": "many"})
    print(status, [each["loc"] for each in problem["detail"]])
    status, schema = ask(f"{url}/openapi.json")
    print(status, schema["info"]["title"], sorted(schema["components"]["schemas"]))
    print(*ask(f"{url}/nowhere"))
    server.should_exit = True
    thread.join()
