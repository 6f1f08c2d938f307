"""What a process writes to its log: one line of JSON per event, quickly, and never a secret."""

import calendar
import io
import json
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from bot.settings import read_settings
from workers.logs import configure, without_secrets

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA7bq98\nZ3Vlc3M=\n-----END RSA PRIVATE KEY-----"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiIxIiwiaWF0IjoxfQ.c2lnbmF0dXJl"
SECRETS = {
    "installation token": "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
    "long installation token": "ghs_" + "A1b2.C3d4-E5f6_" * 30,
    "personal token": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "fine-grained token": "github_pat_11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz",
    "jwt": JWT,
    "key": KEY,
    "half a key": KEY[:60],
    "header": "Bearer v1.1f699f1069f60xxx0123",
    "database": "postgresql://tagboat:hunter2secret@db/tagboat",
    "redis": "rediss://:hunter2secret@redis:6379/0",
}
TELLING = {
    "key": "MIIEpAIBAAKCAQEA7bq98", "half a key": "MIIEpAIBAAKCAQEA7bq98", "header": "1f699f1069f60", "database": "hunter2secret",
    "redis": "hunter2secret", "long installation token": "A1b2",
}  # fmt: skip


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[None]:
    root, structure = logging.getLogger(), structlog.get_config()
    before = root.handlers[:], root.level
    configure("web", stream=stream)
    try:
        yield
    finally:
        root.handlers[:], root.level = before
        structlog.configure(**structure)


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    written = io.StringIO()
    with logging_to(written):
        yield written


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def logger() -> Any:
    return structlog.get_logger("tests")


def test_a_line_says_who_when_and_how_serious(stream: io.StringIO) -> None:
    began = time.time()
    logger().warning("delivery refused", status=401, subjects=["pull|1|2"], ms=1.5, why=None, ü="Grüße 🚀")
    (line,) = lines(stream)
    written = calendar.timegm(time.strptime(line["timestamp"][:19], "%Y-%m-%dT%H:%M:%S"))
    assert line["timestamp"].endswith("Z")
    assert began - 1 <= written <= time.time()
    assert line.pop("timestamp")
    assert line == {
        "event": "delivery refused", "status": 401, "subjects": ["pull|1|2"], "ms": 1.5, "why": None, "ü": "Grüße 🚀",
        "process": "web", "level": "warning",
    }  # fmt: skip


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_gets_into_a_line_wherever_it_stands(stream: io.StringIO, kind: str) -> None:
    secret, telling = SECRETS[kind], TELLING.get(kind, SECRETS[kind])

    @dataclass
    class Odd:
        inside: str

    log = logger()
    log.info(f"an event with {secret} in it")
    log.info("value", value=secret)
    log.info("nested", value={"a": [{"b": ("x", secret)}], secret: 1})
    log.info("object", value=Odd(secret), several={secret}, octets=secret.encode())
    try:
        raise RuntimeError(f"the request with {secret} failed")
    except RuntimeError:
        log.exception("raised")
        logging.getLogger("a.library").exception("raised there with %s", secret)
    logging.getLogger("a.library").warning("told with %s", secret)
    assert len(lines(stream)) == 7, stream.getvalue()
    assert telling not in stream.getvalue()
    assert stream.getvalue().count("[secret]") >= 7


def test_what_is_no_secret_is_left_alone(stream: io.StringIO) -> None:
    innocent = {
        "weight_percentage_of_all": "weight_percentage_of_all",
        "url": "https://github.com/acme/shop/pull/1?a=b:c",
        "github_event": "issue_comment",
        "text": "eyJ is how a token begins, ghs_ too, and -----BEGIN CERTIFICATE----- is public",
    }
    logger().info("taken", **innocent)
    assert lines(stream)[0].items() >= innocent.items()


def test_objects_are_shown_as_they_want_to_be(stream: io.StringIO) -> None:
    settings = read_settings({"GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": KEY, "GITHUB_WEBHOOK_SECRET": "topsecret"})
    logger().info("started", settings=settings, nested=[settings])
    assert lines(stream)[0]["settings"] == repr(settings)
    assert "topsecret" not in stream.getvalue()


def test_no_value_breaks_the_line(stream: io.StringIO) -> None:
    endless: list[Any] = []
    endless.append(endless)
    for value in (2**80, endless, {(1, 2): 3}, float("nan"), "\ud800", "two\nlines", b"\xff", {1: 2}):
        logger().info("odd", value=value)
    assert len(lines(stream)) == 8


def test_a_full_disk_is_not_the_failure_of_what_is_told() -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(28, "No space left on device")

    with logging_to(Full()):
        logger().info("told to nobody")


def test_a_person_reads_columns_and_a_traceback_without_secrets() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    written = Terminal()
    with logging_to(written):
        try:
            raise RuntimeError(SECRETS["personal token"])
        except RuntimeError:
            logger().exception("raised", subject="pull|1|2")
    assert "Traceback" in written.getvalue()
    assert "RuntimeError: [secret]" in written.getvalue()
    with pytest.raises(ValueError, match="Expecting value"):
        json.loads(written.getvalue().splitlines()[0])


def test_what_is_below_the_level_is_not_written(stream: io.StringIO) -> None:
    logger().debug("details")
    logging.getLogger("a.library").info("chatter")
    assert stream.getvalue() == ""


def test_a_line_is_cheap(stream: io.StringIO) -> None:
    """The receiver writes one for each delivery: a thousand lines cost less than a tenth of a second of its one core."""
    log = logger()
    log.info("warm")
    best = min(_seconds_for(log, 200) for _ in range(10))
    assert best / 200 < 100e-6


def _seconds_for(log: Any, times: int) -> float:
    began = time.perf_counter()
    for number in range(times):
        log.info(
            "delivery taken", delivery=str(number), github_event="check_run", subjects=["flow|1|2"], action="created"
        )
    return time.perf_counter() - began


def test_other_values_keep_their_type() -> None:
    assert without_secrets({"a": 1, "b": 2.5, "c": True, "d": None, "e": ("x",)}) == {
        "a": 1, "b": 2.5, "c": True, "d": None, "e": ["x"],
    }  # fmt: skip
