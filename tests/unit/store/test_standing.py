"""What people look up who look at a repository without the bot, on both kinds of database."""

from bot.decision import Actor, Asked, Audit, Decision, Show
from bot.store import Store
from bot.subject import Repo, Subject, command, environment, flow, pull

PRODUCTION = environment(1, "production")
SHA = "abcdef0" + "1" * 33
TICK = "last_tick"


def asking(source: str, target: Subject, at: float = 5.0) -> Asked:
    return Asked(source, 0, target, Actor(0, "alice (operator)"), at, {"verb": "halt"})


async def decide(store: Store, subject: Subject, record: str = "{}", **more: object) -> None:
    decision = Decision(record, because=f"{subject.name} is well.", **more)  # type: ignore[arg-type]  # fields of a decision
    assert await store.commit(subject, await store.load(subject), decision, 10.0) is not None


async def test_a_repository_stands_as_it_was_last_decided(store: Store) -> None:
    await store.remember_repo(Repo(1, "acme", "shop", 9), 1.0)
    nothing = await store.standing(1, 5, TICK)
    assert (nothing.environments, nothing.waiting, nothing.lately, nothing.policy, nothing.ticked_at) == (
        (),
        (),
        (),
        None,
        None,
    )
    await decide(store, PRODUCTION, audit=(Audit("alice", "halt", "done", "`x`"), Audit("bob", "resume", "done", "y")))
    await decide(store, environment(11, "production"))
    await store.receive((), (asking("terminal-1", PRODUCTION), asking("terminal-2", environment(11, "x"))), (), 12.0)
    await store.keep_policy(1, "main", "version: 1", None, 13.0)
    await store.set_cursor(TICK, "14.5", 14.5)
    stands = await store.standing(1, 1, TICK)
    (known,) = stands.environments
    assert (known.subject, known.body, known.because, known.updated_at) == (
        PRODUCTION,
        "{}",
        "production is well.",
        10.0,
    )
    assert [it.source for it in stands.waiting] == ["terminal-1"]
    assert [(it.actor, it.action) for it in stands.lately] == [("bob", "resume")], (
        "the newest first, and no more than asked for"
    )
    assert stands.policy is not None
    assert stands.ticked_at == 14.5


async def test_a_commit_is_found_by_its_beginning_and_no_wildcard_is_one(store: Store) -> None:
    for sha in (SHA, "1" * 40):
        await decide(store, flow(1, sha))
    assert [it.subject.name for it in await store.known(1, "flow", "abcdef0")] == [SHA]
    assert len(await store.known(1, "flow")) == 2
    assert await store.known(1, "flow", "%") == ()
    assert await store.known(1, "flow", "_bcdef0") == ()
    assert await store.known(2, "flow", "abcdef0") == ()


async def test_an_answer_is_there_once_nothing_waits_any_more(store: Store) -> None:
    subject, source = command(1, "terminal-7"), "terminal-7"
    await store.receive((), (asking(source, subject), asking("terminal-77", command(1, "terminal-77"))), (), 5.0)
    assert await store.unanswered(source) == 1
    (waiting,) = (await store.load(subject)).asked
    shows = (
        Show(pull(1, 0), "answer:000000000005:terminal-7:0", "done"),
        Show(pull(1, 0), "answer:000000000005:terminal-77:0", "another's"),
        Show(pull(12, 0), "answer:000000000005:terminal-7:0", "another repository's"),
    )
    await decide(store, subject, answered=(waiting.id,), sections=shows, audit=(Audit("a", "/halt", "accepted", "b"),))
    assert await store.unanswered(source) == 0
    assert await store.answers(1, source) == ("done",)
    assert [(it.action, it.outcome) for it in await store.decided([subject, PRODUCTION], 0.0)] == [
        ("/halt", "accepted")
    ]
