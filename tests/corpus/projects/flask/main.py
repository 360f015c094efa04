"""Serves the shop, and is its visitor."""

import threading
import urllib.request
from http.cookiejar import CookieJar

from shop import app
from werkzeug.serving import make_server


def main():
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    visitor = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )
    # The cookie is for a host of this name only.
    for path in ("books", "<pens>", "api/12", "static/style.css"):
        url = f"http://localhost:{server.port}/{urllib.parse.quote(path)}"
        with visitor.open(url, timeout=10) as answer:
            print(answer.status, answer.headers.get_content_type(), answer.read().decode().strip())
    try:
        visitor.open(f"http://localhost:{server.port}/api/none", timeout=10)
    except urllib.error.HTTPError as error:
        print(error.code, error.reason)
    server.shutdown()
    print(app.test_cli_runner().invoke(args=["routes"]).output.splitlines()[0].rstrip())
