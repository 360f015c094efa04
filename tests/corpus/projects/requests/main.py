"""A session with cookies, JSON, compression and a redirect, over a server of its own."""

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/old":
            self.send_response(302)
            self.send_header("Location", "/new?word=gr%C3%BC%C3%9Fe")
            self.send_header("Set-Cookie", "visited=yes")
            self.end_headers()
            return
        body = gzip.compress(json.dumps([self.path, self.headers["Cookie"]]).encode())
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"http://127.0.0.1:{server.server_port}/old", timeout=10)
    server.shutdown()
    assert answer.history[0].status_code == 302
    print(answer.status_code, answer.json(), answer.headers["Content-Encoding"])
    print(requests.Request("GET", "http://a/", params={"q": "ä"}).prepare().url)
    try:
        requests.get("nothing://x")
    except requests.exceptions.InvalidSchema as error:
        print(error)
