"""The shop over HTTP."""

import json
from http.server import BaseHTTPRequestHandler

PRODUCTS = {"rope": 1250, "anchor": 9900, "lantern": 3400}


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/healthz":
            self.answer(200, {"status": "ok"})
        elif self.path == "/products":
            self.answer(200, PRODUCTS)
        else:
            self.answer(404, {"error": "no such page"})

    def answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)
