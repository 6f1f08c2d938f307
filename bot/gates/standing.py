"""Why an environment takes no deployments now, whoever asks: what its own job knows of it, as told to others in the repository.

The environment's job shows it (`encode`) to whoever tells commits about it, so that nobody else has to read the environment's record.
"""

from collections.abc import Iterable

import msgspec

SLOT = "environment:"
"""Environments show themselves in slots that begin so."""


class NoGo(msgspec.Struct, frozen=True):
    """One reason. `code` is the gate's reason code, `said` a fragment in plain text, `until` when it ends by itself, if it does (Unix
    seconds). It does not hold for the pull request `owner`, 0: it holds for all. With a `service` it keeps away only what changes that.
    """

    code: str
    said: str
    until: float | None = None
    owner: int = 0
    service: str = ""


_decoder = msgspec.json.Decoder(tuple[NoGo, ...])


def encode(reasons: Iterable[NoGo]) -> str:
    """Empty where nothing stands in the way."""
    told = tuple(reasons)
    return msgspec.json.encode(told, order="deterministic").decode() if told else ""


def decode(text: str) -> tuple[NoGo, ...]:
    return _decoder.decode(text) if text else ()
