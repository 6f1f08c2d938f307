"""`python -m shop`: serve on port 8080."""

from http.server import ThreadingHTTPServer

from shop.app import Shop

ThreadingHTTPServer(("", 8080), Shop).serve_forever()
