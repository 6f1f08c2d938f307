"""Who we are to GitHub: the App by a signed JWT, an installation by a token that the App fetched.

Nothing is assumed about how a token looks or how long it lives except what GitHub says in `expires_at`. Time is the injected clock, so
tests can let a token grow old. Secrets travel as `Secret`, because tracebacks print local variables.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from workers.github.errors import Unreachable

# GitHub's page "Generating a JSON Web Token (JWT) for a GitHub App": at most ten minutes ahead, issued a minute back for clock drift.
JWT_LIFE = 9 * 60
JWT_BACKDATED = 60
JWT_RENEWED_AFTER = 7 * 60
TOKEN_MARGIN = 120.0  # a token is not used in its last two minutes: requests wait, clocks differ
TOKEN_LIFE_UNSAID = 300.0  # for an answer without a readable expires_at


class KeyUnreadable(ValueError):  # noqa: N818 - what is wrong, in words
    """The private key cannot be used. The message does not quote it."""

    def __init__(self) -> None:
        super().__init__(
            "The App's private key cannot be read: it must be the unencrypted RSA key (PEM) from the App's settings page."
        )


class Secret:
    """A text that shows itself only when asked to."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(…)"


class Credential(Protocol):
    """Gives the value of the Authorization header."""

    async def authorization(self, refused: Secret | None = None) -> Secret:
        """`refused` is the value that GitHub has just answered 401 to: renewed, unless somebody else has renewed it already."""
        ...


class AppKey:
    """The App itself, by its private key. A JWT is signed at most every seven minutes."""

    def __init__(self, app_id: str, key: RSAPrivateKey, clock: Callable[[], float]) -> None:
        self._app_id, self._key, self._clock = app_id, key, clock
        self._header: Secret | None = None
        self._signed_at = 0.0

    async def authorization(self, refused: Secret | None = None) -> Secret:
        now = self._clock()
        # A clock that was set back makes a JWT of the future, which GitHub refuses: sign anew then too.
        fresh = 0.0 <= now - self._signed_at < JWT_RENEWED_AFTER
        if self._header is None or self._header is refused or not fresh:
            issued_at = int(now) - JWT_BACKDATED
            claims = {"iat": issued_at, "exp": issued_at + JWT_LIFE, "iss": self._app_id}
            self._header = Secret("Bearer " + jwt.encode(claims, self._key, algorithm="RS256"))
            self._signed_at = now
        return self._header

    def __repr__(self) -> str:
        return f"AppKey(app_id={self._app_id!r})"


class InstallationToken:
    """One installation, by a token that `fetch` (POST access_tokens) brings. Many jobs ask at once; one fetches, the others wait."""

    def __init__(self, installation: int, fetch: Callable[[], Awaitable[Any]], clock: Callable[[], float]) -> None:
        self._installation, self._fetch, self._clock = installation, fetch, clock
        self._header: Secret | None = None
        self._good_until = 0.0
        self._renewing = asyncio.Lock()

    async def authorization(self, refused: Secret | None = None) -> Secret:
        if self._header is None or not self._usable(refused):
            async with self._renewing:
                if self._header is None or not self._usable(refused):
                    asked_at = self._clock()
                    self._header, expiry = _granted(await self._fetch(), self._installation)
                    self._good_until = (expiry or asked_at + TOKEN_LIFE_UNSAID) - TOKEN_MARGIN
        return self._header

    def _usable(self, refused: Secret | None) -> bool:
        return self._header is not refused and self._clock() < self._good_until

    def __repr__(self) -> str:
        return f"InstallationToken(installation={self._installation})"


def _granted(answer: Any, installation: int) -> tuple[Secret, float | None]:
    """The header and the expiry (Unix seconds) in GitHub's answer. Raises Unreachable, without quoting, when there is no token in it."""
    token = answer.get("token") if isinstance(answer, dict) else None
    expires_at = answer.get("expires_at") if isinstance(answer, dict) else None
    del answer
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or " " in token or not token:
        token = ""
        raise Unreachable(f"GitHub's answer for installation {installation} has no usable token in it")
    try:
        return Secret(f"Bearer {token}"), datetime.fromisoformat(str(expires_at)).timestamp()
    except ValueError:
        return Secret(f"Bearer {token}"), None


def read_key(pem: str) -> RSAPrivateKey | None:
    """The key in a PEM text; None if there is none. Raises nothing, because a traceback from here would show the text."""
    try:
        key = load_pem_private_key(pem.encode("ascii"), password=None)
    except (ValueError, TypeError, UnicodeError):
        return None
    return key if isinstance(key, RSAPrivateKey) else None
