"""The shop over HTTP."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler

from shop import metrics

PRODUCTS = {"rope": 1250, "anchor": 9900, "lantern": 3400}
draining = threading.Event()


class Shop(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        began = time.perf_counter()
        if self.path == "/metrics":
            self.send(200, "text/plain; version=0.0.4", metrics.text().encode())
            return
        if self.path == "/healthz":
            code = self.answer(503, {"status": "draining"}) if draining.is_set() else self.answer(200, {"status": "ok"})
        elif self.path == "/products":
            code = self.answer(200, PRODUCTS)
        else:
            code = self.answer(404, {"error": "no such page"})
        metrics.observe(code, time.perf_counter() - began)

    def answer(self, code: int, body: object) -> int:
        self.send(code, "application/json", json.dumps(body).encode())
        return code

    def send(self, code: int, kind: str, body: bytes) -> None:
        self.send_response(code)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
