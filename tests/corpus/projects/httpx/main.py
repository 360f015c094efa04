"""One request by each client over a server of its own, and an application without a socket."""

import asyncio
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(201)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

    def log_message(self, *_):
        pass


async def post(url):
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.post(url, content=b"async")


def main():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}/"
    with httpx.Client(trust_env=False) as client:
        answer = client.post(url, content=b"sync")
    print(answer.status_code, answer.reason_phrase, answer.text)
    print(asyncio.run(post(url)).text)
    server.shutdown()

    def answer_to(request):
        return httpx.Response(200, json={"path": request.url.path})

    with httpx.Client(transport=httpx.MockTransport(answer_to)) as client:
        print(client.get("https://example.org/there").json())
    try:
        httpx.Response(404, request=httpx.Request("GET", "http://a/")).raise_for_status()
    except httpx.HTTPStatusError as error:
        print(str(error).splitlines()[0])
