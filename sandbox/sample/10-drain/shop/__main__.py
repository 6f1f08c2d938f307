"""`python -m shop`: serve on port 8080; on SIGTERM say so at /healthz and finish what was begun."""

import signal
import threading
import time
from http.server import ThreadingHTTPServer

from shop.app import Shop, draining

GRACE = 5.0

server = ThreadingHTTPServer(("", 8080), Shop)


def drain() -> None:
    draining.set()
    time.sleep(GRACE)
    server.shutdown()


signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=drain).start())
server.serve_forever()
