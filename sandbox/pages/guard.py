"""Keep the pages to the person at this machine: only by a loopback name, and nothing posted from another site.

The sandbox has no sign-in, so a page on the internet must not be able to drive it through the visitor's browser. The Host
check stops names that were made to point here (DNS rebinding), the Origin check stops forms of other sites.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def refusal(request: Request, *, from_anywhere: bool = False) -> str | None:
    """Why this request is not served, or None. A request without Origin comes from no browser's form: that is a program."""
    host = request.headers.get("host", "")
    if _name(host) not in LOOPBACK:
        return "The sandbox answers only to 127.0.0.1 and localhost."
    if from_anywhere or request.method in ("GET", "HEAD"):
        return None
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "This form was sent from another site."
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return "This form was sent from another site."
    return None


def _name(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
        "img-src 'self' data: http://127.0.0.1:* http://localhost:*; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}
