"""How every process logs: one line per event, JSON where a machine reads it and columns where a person does. Secrets are cut out of whatever
somebody logs by mistake, wherever in a line they stand.

The receiver writes a line for each delivery, so a line has to be cheap: it is rendered first and searched once as a whole, and only one
that looks as if there were a secret in it is taken apart.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any, TextIO, cast

import msgspec
import structlog

# Installation tokens (`ghs_…`, of any length), other GitHub tokens, JWTs, what an Authorization header carries, PEM keys, and credentials
# in an address.
_SECRETS = re.compile(
    r"gh[oprsu]_[A-Za-z0-9_.\-]{8,}"
    r"|github_pat_\w{8,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
    r"|(?<=[Bb]earer )[\w.~+/=-]{8,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)"
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)",
    re.DOTALL,
)
# Each secret of those has one of these in it.
_HINTS = re.compile(r"gh[oprsu]_|github_pat_")
_ATOMS = frozenset({str, int, float, bool, type(None)})
_CONTAINERS = frozenset({list, tuple, dict})

Event = MutableMapping[str, Any]
Render = Callable[[Any, str, Event], str]


def without_secrets(value: Any) -> Any:
    """`value` with everything in it that looks like a credential replaced. Containers are walked; of any other object remains the text
    that it would be logged as.
    """
    if isinstance(value, str):
        return _SECRETS.sub("[secret]", value)
    if type(value) in _ATOMS:
        return value
    if isinstance(value, Mapping):
        return {without_secrets(key): without_secrets(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(item) for item in value]
    return _SECRETS.sub("[secret]", repr(value))


def configure(process: str, *, level: int = logging.INFO, stream: TextIO | None = None) -> None:
    """Set up logging for this process; `process` is in every line. What libraries log goes the same way, from warnings on.

    Lines go to `stream`, standard error by default: JSON, or columns if a person sits there.
    """
    stream = stream or sys.stderr
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        _about(process),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    # Exceptions are text by then: the console must not want to make its own of them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    last = _safely(console if stream.isatty() else _json)
    structlog.configure(
        processors=[*before, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, _Stream(stream))),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processors=[_strip, last], foreign_pre_chain=before))
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)


def _about(process: str) -> Callable[[Any, str, Event], Event]:
    """Adds who says it, how serious it is, and when (UTC). The text of a second is made once."""
    second, text = 0, ""

    def about(_: Any, method: str, event: Event) -> Event:
        nonlocal second, text
        now = time.time()
        if int(now) != second:
            second, text = int(now), time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        event["process"] = process
        event["level"] = "warning" if method == "warn" else "error" if method == "exception" else method
        event["timestamp"] = f"{text}.{int(now % 1 * 1_000_000):06d}Z"
        return event

    return about


def _safely(render: Render) -> Render:
    """The renderer, with secrets cut out of what it renders."""

    def safe(logger: Any, method: str, event: Event) -> str:
        line = render(logger, method, dict(event))
        if "://" in line or "eyJ" in line or "earer " in line or "PRIVATE KEY" in line or _HINTS.search(line):
            line = render(logger, method, without_secrets(event))
        return line

    return safe


def _json(_: Any, __: str, event: Event) -> str:
    try:
        if _is_plain(event.values()):
            return msgspec.json.encode(event).decode()
        return json.dumps(event, default=repr)
    except (TypeError, ValueError, RecursionError):  # a number too large, a key that is none, a list in itself
        return json.dumps({name: repr(value) for name, value in event.items()})


def _is_plain(values: Iterable[Any]) -> bool:
    """Whether msgspec, which is ten times as quick, writes them like json does. It looks into objects whose `repr` hides a secret."""
    kinds = set(map(type, values))
    if kinds <= _ATOMS:
        return True
    if not kinds <= _ATOMS | _CONTAINERS:
        return False
    inner = [value.values() if type(value) is dict else value for value in values if type(value) in _CONTAINERS]
    return all(map(_is_plain, inner))


class _Stream:
    """Where lines go. A full disk or a reader that has gone must not become the failure of what was to be told."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError):
            return self._stream.write(text)
        return 0

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def _strip(_: Any, __: str, event: Event) -> Event:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(_, __, event)
