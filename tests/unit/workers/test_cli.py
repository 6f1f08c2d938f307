"""The command line as people use it: what it says and with which status it ends."""

import hashlib
import hmac
import json
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from bot.policy import MINIMAL_FILE, render_schema
from workers.cli import app

VARIABLES = (
    "GITHUB_APP_ID", "GITHUB_PRIVATE_KEY", "GITHUB_PRIVATE_KEY_PATH", "GITHUB_WEBHOOK_SECRET", "GITHUB_API_URL", "DATABASE_URL",
    "REDIS_URL", "HOST", "PORT", "PUBLIC_URL", "PROMETHEUS_URL", "TICK_SECONDS", "TAGBOAT_STATE_DIR", "TAGBOAT_PAUSED",
)  # fmt: skip
PEM = "-----BEGIN RSA PRIVATE KEY-----\nbm9uc2Vuc2U=\n-----END RSA PRIVATE KEY-----"
CONNECTED = {"GITHUB_APP_ID": "7", "GITHUB_PRIVATE_KEY": PEM, "GITHUB_WEBHOOK_SECRET": "one,two"}


def tagboat(*words: str, **environ: str) -> Result:
    """As from a terminal of 100 columns, in which nothing is set but `environ`."""
    clean: dict[str, str | None] = dict.fromkeys(VARIABLES)
    return CliRunner().invoke(app, list(words), env=clean | environ, terminal_width=100)


# help


def test_help_names_every_command_in_a_sentence() -> None:
    said = tagboat("--help")
    assert said.exit_code == 0
    for command in ("run", "web", "worker", "clock", "lint", "replay", "doctor"):
        assert command in said.output
    assert "Makes releases boring" in said.output
    assert "--socket" not in tagboat("web", "--help").output, "that is for `run` only"
    assert tagboat("deploy").exit_code == 2
    assert "No such command" in tagboat("deploy").output


def test_the_installed_command_is_this_one() -> None:
    installed = Path(sys.executable).parent / "tagboat"
    if not installed.exists():
        pytest.skip("this environment was not made by `make`, which installs the command")
    said = subprocess.run([installed, "--help"], capture_output=True, text=True, check=False, timeout=60)
    assert "Makes releases boring" in said.stdout, said.stderr


# lint


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "tagboat.yml"


def test_a_good_policy_is_understood_and_echoed(file: Path) -> None:
    file.write_text(MINIMAL_FILE)
    said = tagboat("lint", str(file))
    assert said.exit_code == 0, said.output
    assert f"{file}: understood." in said.output
    assert "production, rollback.mode automatic:" in said.output
    assert "I will roll back when more than 1 % of requests fail" in said.output


def test_every_mistake_has_its_line_and_a_fix(file: Path) -> None:
    file.write_text(
        "version: 1\nmode: activ\nenvironments:\n  production:\n    stategy: canary\n    rollback:\n      when:\n"
        '        - "Error rate > 1%"\n        - "p99 latency 500ms"\n'
    )
    said = tagboat("lint", str(file))
    assert said.exit_code == 1
    lines = said.output.splitlines()
    assert [line.split(": error: ")[0] for line in lines if "error" in line] == [
        f"{file}:2:7", f"{file}:5:5", f"{file}:9:11",
    ]  # fmt: skip
    assert "did you mean `active`?" in said.output
    assert "did you mean `strategy`?" in said.output
    assert (
        "environments.production.rollback.when[1]: “p99 latency 500ms”, at character 13: expected a comparison"
        in said.output
    )
    assert "understood" not in said.output


def test_a_sentence_that_the_organisation_enforces_is_read_too(file: Path) -> None:
    file.write_text(
        'version: 1\nenforced:\n  environments:\n    production:\n      rollback: { when: ["Error rate"] }\n'
    )
    said = tagboat("lint", str(file))
    assert said.exit_code == 1
    assert f"{file}:5:26: error: enforced.environments.production.rollback.when[0]: “Error rate”" in said.output


def test_a_warning_is_no_mistake(file: Path) -> None:
    file.write_text("version: 1\nextends: org\n")
    said = tagboat("lint", str(file))
    assert said.exit_code == 0
    assert f"{file}:2:1: warning: extends: " in said.output


def test_markup_and_emoji_in_a_policy_are_shown_as_they_stand(file: Path) -> None:
    file.write_text('version: 1\nmode: "[red]:rocket:[/]"\n')
    assert "[red]:rocket:[/]" in tagboat("lint", str(file)).output


@pytest.mark.parametrize(
    ("octets", "words"),
    [
        ("version: 1\n# Grüße\n".encode("latin-1"), ":2: this is not UTF-8"),
        ("version: 1\n".encode("utf-16"), ":1: this is not UTF-8"),
        (b"\x1f\x8b\x08\x00\xff\xff", ":1: this is not UTF-8"),
    ],
)
def test_other_encodings_are_refused_with_the_line(file: Path, octets: bytes, words: str) -> None:
    file.write_bytes(octets)
    said = tagboat("lint", str(file))
    assert said.exit_code == 2
    assert f"{file}{words}" in said.output
    assert "Save the file as UTF-8." in said.output


def test_a_byte_order_mark_and_windows_line_ends_are_fine(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + MINIMAL_FILE.replace("\n", "\r\n").encode())
    said = tagboat("lint", str(file))
    assert said.exit_code == 0, said.output


def test_an_endless_file_comes_to_an_end(file: Path) -> None:
    file.write_text("# " + "x" * 2_000_000)
    said = tagboat("lint", str(file))
    assert said.exit_code == 1
    assert f"{file}:1" in said.output


def test_a_file_that_is_not_there_or_none(tmp_path: Path) -> None:
    said = tagboat("lint", str(tmp_path / "nothing.yml"))
    assert said.exit_code == 2
    assert "There is no " in said.output
    assert ".github/tagboat.yml" in said.output
    assert "Is a directory" in tagboat("lint", str(tmp_path)).output


# replay


class Listener(HTTPServer):
    """Keeps what was sent to it, and answers what it is told to."""

    got: list[tuple[dict[str, str], bytes]]
    status = 202


class Keep(BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(b'{"woken": 1}\n')

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the screen."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(("127.0.0.1", 0), Keep) as server:
        server.got = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def address(listener: Listener) -> str:
    return f"http://127.0.0.1:{listener.server_port}"


def test_a_payload_is_sent_as_it_is_signed_with_the_first_secret(listener: Listener, tmp_path: Path) -> None:
    body = '{ "zen":  "Keep it logically awesome.", "ü": 1 }\n'.encode()
    (tmp_path / "ping.json").write_bytes(body)
    said = tagboat("replay", str(tmp_path / "ping.json"), "--event", "ping", PUBLIC_URL=address(listener), **CONNECTED)
    assert said.exit_code == 0, said.output
    ((headers, sent),) = listener.got
    assert sent == body
    assert headers["x-hub-signature-256"] == "sha256=" + hmac.new(b"one", body, hashlib.sha256).hexdigest()
    assert headers["x-github-event"] == "ping"
    assert headers["content-type"] == "application/json"
    assert str(uuid.UUID(headers["x-github-delivery"])) in said.output
    assert "202 in " in said.output
    assert '{"woken": 1}' in said.output


def test_a_whole_delivery_says_for_itself_what_it_is(listener: Listener, tmp_path: Path) -> None:
    saved = {"id": 1, "guid": "a-guid", "event": "issues", "request": {"headers": {}, "payload": {"action": "opened"}}}
    (tmp_path / "delivery.json").write_text(json.dumps(saved))
    words = ("replay", str(tmp_path / "delivery.json"), "--url", f"{address(listener)}/elsewhere")
    assert tagboat(*words, **CONNECTED).exit_code == 0
    assert tagboat(*words, "--delivery", "another", **CONNECTED).exit_code == 0
    assert [headers["x-github-delivery"] for headers, _ in listener.got] == ["a-guid", "another"]
    assert [headers["x-github-event"] for headers, _ in listener.got] == ["issues", "issues"]
    assert json.loads(listener.got[0][1]) == {"action": "opened"}


def test_a_refusal_is_shown_and_is_a_failure(listener: Listener, tmp_path: Path) -> None:
    listener.status = 401
    (tmp_path / "ping.json").write_text("{}")
    said = tagboat("replay", str(tmp_path / "ping.json"), "--event", "ping", "--url", address(listener), **CONNECTED)
    assert said.exit_code == 1
    assert said.output.startswith("401 in ")


@pytest.mark.parametrize(
    ("text", "words", "environ", "told"),
    [
        ("{}", ("--event", "ping"), {}, "GITHUB_WEBHOOK_SECRET is needed"),
        ("{}", (), CONNECTED, "Name it: --event issue_comment."),
        ("{", ("--event", "ping"), CONNECTED, "is not JSON"),
        ("\udcff", ("--event", "ping"), CONNECTED, "is not JSON"),
        ("{}", ("--event", "ping", "--url", "file:///etc/passwd"), CONNECTED, "is not an address"),
        ("{}", ("--event", "ping", "--url", "http://127.0.0.1:1/"), CONNECTED, "does not answer: [Errno 111]"),
        ("{}", ("--event", "a\nb", "--url", "http://127.0.0.1:1/"), CONNECTED, "Invalid header value"),
        (None, ("--event", "ping"), CONNECTED, "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_replayed(
    tmp_path: Path, text: str | None, words: tuple[str, ...], environ: dict[str, str], told: str
) -> None:
    if text is not None:
        (tmp_path / "file.json").write_bytes(text.encode(errors="surrogateescape"))
    said = tagboat("replay", str(tmp_path / "file.json"), *words, **environ)
    assert said.exit_code == 1
    assert told in said.output
    assert "Traceback" not in said.output


# settings


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"GITHUB_APP_ID": "7"}, "or none of them to play in the sandbox"),
        ({**CONNECTED, "GITHUB_APP_ID": "tagboat"}, "as on its settings page"),
        ({**CONNECTED, "GITHUB_PRIVATE_KEY": "secret stuff"}, "should begin with -----BEGIN RSA PRIVATE KEY-----"),
        ({"GITHUB_PRIVATE_KEY_PATH": "/nowhere.pem"}, "Download the key again from the App's settings page"),
        ({"DATABASE_URL": "mysql://db/tagboat"}, "must begin with sqlite:/// or postgresql://"),
        ({"PORT": "http"}, "PORT must be a number"),
        ({"PORT": "70000"}, "PORT must lie between 0 and 65535"),
        ({"TICK_SECONDS": "0"}, "TICK_SECONDS must lie between 0.1 and 3600"),
        ({"PUBLIC_URL": "tagboat.example"}, "PUBLIC_URL must be an address that begins with https://"),
        ({"GITHUB_API_URL": "ghe.example"}, "GITHUB_API_URL must be an address that begins with https://"),
    ],
)
@pytest.mark.parametrize("command", ["run", "clock", "doctor"])
def test_settings_that_cannot_be_used_say_what_to_do(command: str, environ: dict[str, str], told: str) -> None:
    said = tagboat(command, **environ)
    assert said.exit_code == (1 if command == "doctor" else 2)
    assert told in " ".join(said.output.split())
    assert "secret stuff" not in said.output
    assert "Traceback" not in said.output


@pytest.mark.parametrize("command", ["web", "worker", "clock"])
def test_a_process_alone_needs_a_server_that_others_reach_too(command: str) -> None:
    said = tagboat(command, **CONNECTED)
    assert said.exit_code == 2
    assert "REDIS_URL is not set. Set it, or use `tagboat run`" in " ".join(said.output.split())


def test_a_worker_needs_to_be_an_app() -> None:
    said = tagboat("worker")
    assert said.exit_code == 2
    assert "GITHUB_APP_ID, GITHUB_PRIVATE_KEY and GITHUB_WEBHOOK_SECRET are needed here." in " ".join(
        said.output.split()
    )


# doctor


def test_the_doctor_ends_with_the_status_of_what_it_found(tmp_path: Path) -> None:
    said = tagboat("doctor", TAGBOAT_STATE_DIR=str(tmp_path), PUBLIC_URL="http://127.0.0.1:1")
    assert said.exit_code == 1
    assert "❌ There are no App credentials" in said.output
    assert "✅ There is no database yet" in said.output


# schema


def test_schema_prints_what_is_served() -> None:
    said = tagboat("schema")
    assert (said.exit_code, said.stdout) == (0, render_schema())


def test_lint_on_top_of_the_organisation_s_file(tmp_path: Path) -> None:
    above, file = tmp_path / "org.yml", tmp_path / "tagboat.yml"
    above.write_text("version: 1\nenforced: { locks: { max_for: 8 } }\n")
    file.write_text("version: 1\nextends: org\nmode: active\n")
    said = tagboat("lint", str(file), "--org", str(above))
    assert said.exit_code == 1
    assert f"{above}:2:" in said.stdout.replace("\n", "")
    above.write_text("version: 1\nenforced: { locks: { max_for: 8h } }\n")
    assert tagboat("lint", str(file), "--org", str(above)).exit_code == 0
    assert tagboat("lint", str(above)).exit_code == 0


# init


def test_init_writes_a_file_that_lints_clean_and_never_twice(tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "deploy.yml").write_text("on: deployment\njobs: { go: { environment: production }, unit: {} }\n")
    (folder / "broken.yaml").write_bytes(b"\xff\xfe jobs: [")
    said = tagboat("init", str(tmp_path), PUBLIC_URL="https://tagboat.example.com")
    assert said.exit_code == 0
    assert "carried out by: deploy.yml" in said.stdout
    assert "not understood: broken.yaml" in said.stdout
    file = tmp_path / ".github" / "tagboat.yml"
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=https://tagboat.example.com/schema/tagboat.json\n")
    assert "checks: [unit]" in text
    assert tagboat("lint", str(file)).exit_code == 0

    again = tagboat("init", str(tmp_path))
    assert again.exit_code == 2
    assert "is there already" in again.stderr
    assert file.read_text() == text


def test_init_without_workflows_begins_with_production_and_advises(tmp_path: Path) -> None:
    (tmp_path / ".git").touch()  # a worktree's is a file
    assert tagboat("init", str(tmp_path)).exit_code == 0
    text = (tmp_path / ".github" / "tagboat.yml").read_text()
    assert "mode: advise" in text
    assert "  production:" in text


def test_init_outside_of_a_checkout_writes_nothing(tmp_path: Path) -> None:
    said = tagboat("init", str(tmp_path))
    assert said.exit_code == 2
    assert "no checkout" in said.stderr
    assert list(tmp_path.iterdir()) == []
