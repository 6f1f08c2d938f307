"""One transaction per decision: what it makes true, what it leaves alone, and who wins a race."""

import json
from dataclasses import replace

import pytest

from bot.decision import DEFAULT_BRANCH, Actor, Ask, Asked, Audit, Decision, Head, Memory, Remember, Show, Wake
from bot.effects import CreateDeployment, Effect, React, UpsertComment
from bot.ledger import Merged, Restored
from bot.store import Committed, Store
from bot.subject import Repo, environment, pull

ALICE = Actor(7, "alice")
ENVIRONMENT = environment(1, "production")
PULL = pull(1, 5)


def asked(source: str = "comment-1", ordinal: int = 0, at: float = 1.0, target: object = ENVIRONMENT) -> Asked:
    return Asked(source, ordinal, target, ALICE, at, {"verb": "deploy", "sha": "abc"})  # type: ignore[arg-type]


def comment(body: str) -> UpsertComment:
    return UpsertComment(5, "main", body)


def shift(sha: str) -> CreateDeployment:
    return CreateDeployment("rollout-1:shift-5", sha, "production", "shift", "5 %", {"n": 1}, True, False)


async def decide(store: Store, decision: Decision[str], now: float = 100.0) -> Committed:
    committed = await store.commit(ENVIRONMENT, await store.load(ENVIRONMENT), decision, now)
    assert committed is not None
    return committed


async def perform(store: Store, committed: Committed, now: float = 100.0, **result: int) -> None:
    for intent in committed.pending:
        await store.trying(intent, now)
        assert await store.mark(intent, "done", result, now)


def effects(committed: Committed) -> list[Effect]:
    return [intent.effect for intent in committed.pending]


async def test_a_new_subject_has_an_empty_memory(store: Store) -> None:
    assert await store.load(ENVIRONMENT) == Memory(None)


async def test_everything_in_a_decision_becomes_true_at_once(store: Store) -> None:
    await store.receive([], [asked()], [], 50.0)
    [one] = (await store.load(ENVIRONMENT)).asked
    merged = Merged(5, "Add", "alice", False, "main", "abc", "abc", (), 1.0, 1.0, 2.0)
    committed = await decide(
        store,
        Decision(
            '{"phase":"shifting"}',
            sections=(Show(PULL, "rollout", "5 %"),),
            effects=(React(9, "eyes"), comment("hello")),
            asks=(Ask(asked("environment|1|staging", target=environment(1, "staging")), urgent=True),),
            remember=(Remember(merged),),
            audit=(Audit("alice", "deploy", "allowed", "has write"),),
            answered=(one.id,),
            wake_at=160.0,
            because="Starting.",
        ),
    )
    assert committed.wakes == (Wake(environment(1, "staging"), urgent=True), Wake(PULL))
    assert effects(committed) == [React(9, "eyes"), comment("hello")]
    memory = await store.load(ENVIRONMENT)
    assert memory.record == '{"phase":"shifting"}'
    assert memory.asked == ()
    assert memory.wake_at == 130.0, "an effect is pending: looked at within 30 s"
    assert await store.sections(PULL) == {"rollout": "5 %"}
    assert await store.ledger(1, ["merged"]) == (merged,)
    assert [line.line for line in await store.audit(1)] == [
        Audit("alice", "deploy", "allowed", "has write", environment="production")
    ]
    assert set(await store.due(100.0, 10)) == {PULL.text, environment(1, "staging").text}
    [passed_on] = (await store.load(environment(1, "staging"))).asked
    assert (passed_on.source, passed_on.what) == ("environment|1|staging", {"verb": "deploy", "sha": "abc"})


async def test_the_slower_of_two_writes_nothing(store: Store) -> None:
    seen_by_both = await store.load(ENVIRONMENT)
    assert await store.commit(ENVIRONMENT, seen_by_both, Decision('"first"'), 100.0)
    late = Decision('"second"', sections=(Show(PULL, "s", "t"),), effects=(React(1, "eyes"),), asks=(Ask(asked()),))
    assert await store.commit(ENVIRONMENT, seen_by_both, late, 101.0) is None
    memory = await store.load(ENVIRONMENT)
    assert (memory.record, memory.asked, memory.pending) == ('"first"', (), ())
    assert await store.sections(PULL) == {}
    assert await store.load(PULL) == Memory(None)


async def test_a_race_between_later_versions_has_one_winner_too(store: Store) -> None:
    await decide(store, Decision('"old"'))
    seen_by_both = await store.load(ENVIRONMENT)
    assert await store.commit(ENVIRONMENT, seen_by_both, Decision('"first"'), 100.0)
    assert await store.commit(ENVIRONMENT, seen_by_both, Decision('"second"'), 101.0) is None
    assert (await store.load(ENVIRONMENT)).record == '"first"'


async def test_a_look_that_changes_nothing_takes_no_version(store: Store) -> None:
    await decide(store, Decision('"same"', wake_at=500.0))
    memory = await store.load(ENVIRONMENT)
    assert await store.commit(ENVIRONMENT, memory, Decision('"same"', wake_at=500.0, because="waiting"), 200.0)
    assert (await store.load(ENVIRONMENT)).version == memory.version


async def test_a_look_that_changes_nothing_ends_a_row_of_failures(store: Store) -> None:
    await decide(store, Decision('"same"'))
    await store.postpone(ENVIRONMENT, 300.0, "GitHub is down", 4, 200.0)
    await decide(store, Decision('"same"', wake_at=300.0))
    assert (await store.load(ENVIRONMENT)).failures == 0


async def test_what_was_left_while_looking_is_looked_at_at_once(store: Store) -> None:
    memory = await store.load(ENVIRONMENT)
    await store.receive([], [asked()], [], 100.0)
    assert await store.commit(ENVIRONMENT, memory, Decision('"x"', wake_at=900.0), 101.0)
    after = await store.load(ENVIRONMENT)
    assert after.wake_at is not None
    assert after.wake_at <= 101.0
    assert [one.source for one in after.asked] == ["comment-1"]


async def test_the_appointment_after_performing_yields_to_what_was_left_meanwhile(store: Store) -> None:
    committed = await decide(store, Decision('"x"', effects=(React(1, "eyes"),), wake_at=900.0))
    await store.receive([], [asked()], [], 102.0)
    await store.rest(ENVIRONMENT, committed.version, committed.nudge, 900.0)
    assert (await store.load(ENVIRONMENT)).wake_at == 102.0


async def test_the_appointment_after_performing_is_the_decisions_own(store: Store) -> None:
    committed = await decide(store, Decision('"x"', effects=(React(1, "eyes"),), wake_at=900.0))
    await perform(store, committed)
    await store.rest(ENVIRONMENT, committed.version, committed.nudge, 900.0)
    assert (await store.load(ENVIRONMENT)).wake_at == 900.0


async def test_showing_the_same_again_disturbs_nobody(store: Store) -> None:
    show = Show(PULL, "rollout", "5 %")
    assert (await decide(store, Decision('"a"', sections=(show,)))).wakes == (Wake(PULL),)
    assert (await decide(store, Decision('"b"', sections=(show,)))).wakes == ()
    assert (await decide(store, Decision('"c"', sections=(replace(show, text="25 %"),)))).wakes == (Wake(PULL),)
    assert (await store.load(PULL)).nudge == 2


async def test_an_empty_text_takes_the_section_away(store: Store) -> None:
    await decide(store, Decision('"a"', sections=(Show(PULL, "x", "one"), Show(PULL, "y", "two"))))
    assert (await decide(store, Decision('"b"', sections=(Show(PULL, "x", ""),)))).wakes == (Wake(PULL),)
    assert await store.sections(PULL) == {"y": "two"}
    assert (await decide(store, Decision('"c"', sections=(Show(PULL, "x", ""),)))).wakes == ()


async def test_asking_the_same_again_is_asking_once(store: Store) -> None:
    ask = Ask(asked("environment", target=PULL))
    assert (await decide(store, Decision('"a"', asks=(ask,)))).wakes == (Wake(PULL),)
    assert (await decide(store, Decision('"b"', asks=(ask,)))).wakes == ()
    assert len((await store.load(PULL)).asked) == 1


async def test_a_subject_may_ask_itself(store: Store) -> None:
    committed = await decide(store, Decision('"a"', asks=(Ask(asked("self")),), wake_at=900.0))
    assert committed.wakes == (Wake(ENVIRONMENT),)
    await store.rest(ENVIRONMENT, committed.version, committed.nudge, 900.0)
    memory = await store.load(ENVIRONMENT)
    assert memory.wake_at == 100.0
    assert [one.source for one in memory.asked] == ["self"]


async def test_only_a_subjects_own_asks_are_answered_by_it(store: Store) -> None:
    await store.receive([], [asked("comment-1", target=PULL)], [], 50.0)
    [foreign] = (await store.load(PULL)).asked
    await decide(store, Decision('"a"', answered=(foreign.id,)))
    assert [one.id for one in (await store.load(PULL)).asked] == [foreign.id]


async def test_asks_come_in_the_order_of_their_own_time(store: Store) -> None:
    await store.receive([], [asked("comment-2", at=20.0), asked("comment-1", at=10.0)], [], 50.0)
    await store.receive([], [asked("comment-3", 1, at=20.0)], [], 51.0)
    got = [(one.source, one.ordinal) for one in (await store.load(ENVIRONMENT)).asked]
    assert got == [("comment-1", 0), ("comment-2", 0), ("comment-3", 1)]


async def test_an_effect_is_wanted_once_however_often_it_is_decided(store: Store) -> None:
    first = await decide(store, Decision('"a"', effects=(comment("x"),)))
    again = await decide(store, Decision('"b"', effects=(comment("x"),)), 105.0)
    assert again.pending == first.pending
    await perform(store, again, id=77)
    assert (await decide(store, Decision('"c"', effects=(comment("x"),)))).pending == ()
    assert (await store.load(ENVIRONMENT)).results["comment:5:main"].value == {"id": 77}


async def test_other_content_in_the_same_place_is_written_again(store: Store) -> None:
    await perform(store, await decide(store, Decision('"a"', effects=(comment("x"),))), id=77)
    committed = await decide(store, Decision('"b"', effects=(comment("y"),)), 200.0)
    [intent] = committed.pending
    assert (intent.effect, intent.attempts, intent.tried_at) == (comment("y"), 0, None)
    memory = await store.load(ENVIRONMENT)
    assert memory.results["comment:5:main"].value == {"id": 77}, "where it was written is still known"
    assert memory.pending == (intent,)


async def test_content_that_changes_before_it_went_out_replaces_it(store: Store) -> None:
    await decide(store, Decision('"a"', effects=(comment("x"),)))
    assert effects(await decide(store, Decision('"b"', effects=(comment("y"),)))) == [comment("y")]


async def test_content_that_changes_while_it_is_under_way_is_not_taken_for_done(store: Store) -> None:
    [old] = (await decide(store, Decision('"a"', effects=(comment("x"),)))).pending
    await store.trying(old, 101.0)
    await decide(store, Decision('"b"', effects=(comment("y"),)), 102.0)
    assert not await store.mark(old, "done", {"id": 1}, 103.0)
    [new] = (await store.load(ENVIRONMENT)).pending
    assert (new.effect, new.tried_at) == (comment("y"), 101.0), "an earlier version may be in the world already"


async def test_a_refused_effect_is_not_repeated_until_it_changes(store: Store) -> None:
    [intent] = (await decide(store, Decision('"a"', effects=(comment("x"),)))).pending
    assert await store.mark(intent, "refused", {"status": 403}, 101.0)
    assert (await decide(store, Decision('"b"', effects=(comment("x"),)))).pending == ()
    assert (await store.load(ENVIRONMENT)).refused["comment:5:main"].value == {"status": 403}
    assert effects(await decide(store, Decision('"c"', effects=(comment("y"),)))) == [comment("y")]


async def test_a_withdrawn_effect_that_never_went_out_is_gone(store: Store) -> None:
    await decide(store, Decision('"a"', effects=(shift("abc"),)))
    committed = await decide(store, Decision('"b"', withdraw=("rollout-1:shift-5",)))
    assert committed.pending == ()
    assert (await store.load(ENVIRONMENT)).pending == ()
    assert effects(await decide(store, Decision('"c"', effects=(shift("abc"),)))) == [shift("abc")], "wanted after all"


async def test_a_withdrawn_effect_that_may_have_happened_stays_open(store: Store) -> None:
    [intent] = (await decide(store, Decision('"a"', effects=(shift("abc"),)))).pending
    await store.trying(intent, 101.0)
    committed = await decide(store, Decision('"b"', withdraw=("rollout-1:shift-5",)))
    [doubtful] = committed.pending
    assert doubtful.withdrawn, "it is not to be performed"
    memory = await store.load(ENVIRONMENT)
    assert memory.pending == (doubtful,)
    assert memory.wake_at == 130.0, "but it is to be looked up"
    assert await store.mark(doubtful, "done", {"id": 3}, 120.0), "it turned out to have happened"
    memory = await store.load(ENVIRONMENT)
    assert (memory.pending, memory.results["rollout-1:shift-5"].value) == ((), {"id": 3})


async def test_withdrawing_what_is_done_changes_nothing(store: Store) -> None:
    await perform(store, await decide(store, Decision('"a"', effects=(shift("abc"),))), id=3)
    await decide(store, Decision('"b"', withdraw=("rollout-1:shift-5",)))
    assert (await store.load(ENVIRONMENT)).results["rollout-1:shift-5"].value == {"id": 3}


async def test_effects_are_performed_in_the_order_of_the_decisions(store: Store) -> None:
    await decide(store, Decision('"a"', effects=(React(3, "eyes"), React(1, "eyes"))), 100.0)
    committed = await decide(store, Decision('"b"', effects=(React(2, "eyes"), React(0, "eyes"))), 101.0)
    assert effects(committed) == [React(3, "eyes"), React(1, "eyes"), React(2, "eyes"), React(0, "eyes")]


async def test_two_effects_for_one_place_are_a_mistake(store: Store) -> None:
    with pytest.raises(ValueError, match="comment:5:main"):
        await decide(store, Decision('"a"', effects=(comment("x"), comment("y"))))
    assert await store.load(ENVIRONMENT) == Memory(None)


async def test_a_fact_is_remembered_once(store: Store) -> None:
    first = Restored("production", "r1", "abc", 10.0, 20.0)
    await decide(store, Decision('"a"', remember=(Remember(first),)))
    await decide(store, Decision('"b"', remember=(Remember(first), Remember(Restored("staging", "r2", "d", 5.0, 6.0)))))
    assert [entry.at for entry in await store.ledger(1, ["restored", "merged"])] == [6.0, 20.0]
    assert await store.ledger(1, ["restored"], since=10.0) == (first,)
    assert await store.ledger(2, ["restored"]) == ()


async def test_texts_survive_as_they_are(store: Store) -> None:
    odd = "emoji 🚢, quote ' \" \\, percent %s, colon :name, newline\n, and \u2028"
    record = '{"text":' + json.dumps(odd) + "}"
    await decide(store, Decision(record, sections=(Show(PULL, odd, odd),), effects=(comment(odd),), because=odd))
    memory = await store.load(ENVIRONMENT)
    assert memory.record == record
    assert memory.pending[0].effect == comment(odd)
    assert await store.sections(PULL) == {odd: odd}


async def test_the_same_webhook_again_changes_nothing(store: Store) -> None:
    repo, head = Repo(1, "acme", "shop", 9), Head(1, 5, "abc", 50.0, "guid-1")
    assert await store.receive([repo], [asked()], [head], 50.0) == (ENVIRONMENT,)
    assert await store.receive([repo], [asked()], [replace(head, received_at=90.0)], 90.0) == (ENVIRONMENT,)
    memory = await store.load(ENVIRONMENT)
    assert (len(memory.asked), memory.nudge) == (1, 1)
    assert await store.heads(1, 5) == (head,)
    await decide(store, Decision('"a"', answered=(memory.asked[0].id,)))
    assert await store.receive([repo], [asked()], [], 91.0) == (), "it has been answered"


async def test_heads_keep_their_order_and_first_sight(store: Store) -> None:
    seen = [Head(1, 5, "abc", 50.0, "1"), Head(1, 5, "def", 60.0, "2", Actor(2, "bob")), Head(1, 5, "abc", 70.0, "3")]
    for head in seen:
        await store.receive([], [], [head], head.received_at)
    assert await store.heads(1, 5) == tuple(seen)
    assert await store.first_seen(1, "abc") == 50.0
    assert await store.first_seen(1, "unknown") is None
    assert await store.first_seen(2, "abc") is None
    await store.receive([], [], [Head(1, DEFAULT_BRANCH, "main", 40.0, "4")], 40.0)
    assert await store.first_seen(1, "main") is None, "no pull request's head"
