"""Pages for people, and the headers that keep them what they are: no scripts, no frames, nothing from elsewhere."""

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.markdown import spoken
from bot.policy import render_schema
from bot.reasons import REASONS

TEMPLATES = Environment(
    loader=PackageLoader("bot.web"), autoescape=select_autoescape(default=True), undefined=StrictUndefined
)

SECURITY = {
    "content-security-policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'self'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
}


class SecurityHeaders:
    """ASGI middleware: every answer says what a browser may do with it. `https`: promise to stay so."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self._app = app
        headers = SECURITY | ({"strict-transport-security": "max-age=31536000"} if https else {})
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *self._headers]
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class Pages:
    """`has_app`: whether a GitHub App is connected."""

    def __init__(self, has_app: bool) -> None:
        self._schema = render_schema().encode()
        self._home = TEMPLATES.get_template("home.html").render(has_app=has_app)
        self._reasons = TEMPLATES.get_template("reasons.html").render(told=REASONS, spoken=spoken)

    async def home(self, request: Request) -> Response:
        return HTMLResponse(self._home)

    async def reasons(self, request: Request) -> Response:
        """Every reason code with what it means, for whoever has met one: it holds nothing that is not in the documentation."""
        return HTMLResponse(self._reasons, headers={"cache-control": "public, max-age=3600"})

    async def schema(self, request: Request) -> Response:
        """The policy file's JSON schema, for editors, wherever they run: it holds nothing that is not in the documentation."""
        headers = {"access-control-allow-origin": "*", "cache-control": "public, max-age=3600"}
        return Response(self._schema, media_type="application/schema+json", headers=headers)
