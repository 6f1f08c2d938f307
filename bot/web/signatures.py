"""Is this delivery from GitHub? HMAC-SHA256 over the raw bytes, compared in constant time against every configured secret.

Several secrets are valid at once while one is being replaced. All of them are always tried, so that the time taken does not tell which
one matched. The old SHA-1 header is never accepted.
"""

import hmac
from collections.abc import Iterable

PREFIX = b"sha256="


def sign(secret: bytes, body: bytes) -> bytes:
    """The X-Hub-Signature-256 header that GitHub sends with `body`."""
    return PREFIX + hmac.digest(secret, body, "sha256").hex().encode()


def is_signed(body: bytes, signature: bytes, secrets: Iterable[bytes]) -> bool:
    """True if `signature` was made with one of `secrets`. An empty secret signs nothing: anybody could use it."""
    signed = False
    for secret in secrets:
        matches = hmac.compare_digest(sign(secret, body), signature)
        signed = signed or (matches and bool(secret))
    return signed
