"""What the benchmarks send is what they say they send: a benchmark of ignored deliveries would look splendid."""

from benchmarks.receiver import SIZE, check_run, new_commits, same_commit
from bot import subject
from bot.events import Ignored, parse
from bot.routes import route
from bot.web.signatures import is_signed


def test_the_receiver_s_load_wakes_the_commit_it_names() -> None:
    body = check_run("a" * 40)
    heard = parse("check_run", "guid", body)
    assert not isinstance(heard, Ignored)
    assert [wake.subject for wake in route(heard, 0.0, 4711).wakes] == [subject.flow(55, "a" * 40)]
    assert SIZE <= len(body) < SIZE * 1.02


def test_its_requests_are_signed_and_new_commits_are_new() -> None:
    make = new_commits()
    bodies = []
    for request in (same_commit()(), make(), make()):
        head, _, body = request.partition(b"\r\n\r\n")
        assert is_signed(body, head.split(b"X-Hub-Signature-256: ")[1], [b"known to GitHub and to us"])
        assert f"Content-Length: {len(body)}\r\n".encode() in head
        bodies.append(body)
    assert len(set(bodies)) == 3
