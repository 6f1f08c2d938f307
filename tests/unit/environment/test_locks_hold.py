"""What locks do: whom they keep away, what an open pull request that serves holds, and who is told."""

from bot.environment.account import account
from bot.environment.model import EnvironmentRecord
from bot.gates.owners import Owner
from bot.gates.standing import decode
from tests.unit.builders import BOB, HEAD, HOUR, MINUTE, NOW, gate_facts, pull, sha
from tests.unit.environment.locking import held, lock, notices, rules, unlock
from tests.unit.environment.stage import KNOWN, Stage, request

# --- what it does to deployments -------------------------------------------------------------------------------------------------


def locked_for(number: int) -> EnvironmentRecord:
    stage = Stage()
    stage.look(lock(number, BOB))
    return stage.record


def test_nobody_else_deploys_while_it_is_locked() -> None:
    stage = Stage(locked_for(9))
    stage.look(request())
    assert stage.rollout is None
    assert "`production` is locked for #9 by bob until 2027-01-15 10:00 UTC: load test." in stage.answer("deploy")
    assert "(`locked`)" in stage.answer("deploy")


def test_its_owner_does() -> None:
    stage = Stage(locked_for(7))
    stage.look(request())
    assert stage.rollout is not None


def test_what_has_begun_elsewhere_goes_on_and_the_answer_says_so() -> None:
    stage = Stage().start()
    stage.look(lock(9, BOB))
    assert stage.answer("lock", 9).endswith("`aaaaaaa` of #7, which is rolling out, goes on.")
    stage.look(lock(9, BOB, service="api"), after=1)
    assert stage.finish().record.live == stage.record.good[-1]
    stage.look(lock(11, BOB, steal=True), after=1)
    assert "goes on" not in stage.answer("lock", 11)


def test_a_lock_of_the_same_second_counts_already() -> None:
    stage = Stage()
    stage.look(lock(9, BOB), request(at=NOW - MINUTE + 1))
    assert stage.rollout is None
    assert "(`locked`)" in stage.answer("deploy")


def test_going_back_is_always_possible() -> None:
    older = Stage().start().finish().record
    stage = Stage(older)
    stage.look(lock(9, BOB, steal=True))
    stage.look(request("rollback"))
    assert stage.rollout is not None


def test_commits_hear_of_it_save_those_of_its_owner() -> None:
    stage = Stage(locked_for(9))
    stage.look(request("freeze", BOB, reason="the fair"))
    assert [(it.code, it.said, it.owner) for it in decode(stage.record.standing)] == [
        ("locked", "locked for #9 by bob", 9),
        ("frozen", "frozen by bob: the fair", 0),
    ]
    stage.look(unlock(9), request("thaw"), after=1)
    assert stage.record.standing == ""


# --- an open pull request that serves --------------------------------------------------------------------------------------------


def served() -> Stage:
    """The head of #7, which is open, is live."""
    stage = Stage()
    stage.look(request(source="pull_request"))
    stage.look(after=1)
    return stage.finish()


def test_an_open_pull_request_that_serves_holds_the_environment_until_it_is_merged() -> None:
    stage = served()
    assert held(stage).serving == HEAD
    assert "🔒 held by this pull request until it is merged or closed" in stage.sections[7, "lock:production"]
    stage.gates = gate_facts(pull=pull(number=9))
    stage.look(request(number=9, sha=sha("d"), slot="answer:2:deploy:0"), after=30 * HOUR)
    assert "it serves its head `aaaaaaa` until it is merged or closed" in stage.sections[9, "answer:2:deploy:0"]
    stage.owners[7] = Owner(open=False, merged=True, closed_at=stage.now)
    before = len(stage.effects)
    stage.look(after=5)
    assert stage.record.lock is None
    assert len(stage.effects) == before, "nothing is deployed once more"
    assert notices(stage, 7) == []


def test_one_that_is_closed_holds_nothing_more_and_its_own_conversation_says_that_it_serves() -> None:
    stage = served()
    stage.owners[7] = Owner(open=False, closed_at=stage.now)
    stage.look(after=5)
    assert stage.record.lock is None
    assert notices(stage, 7) == []


def test_one_that_was_merged_on_the_way_holds_nothing() -> None:
    stage = Stage()
    stage.look(request(source="pull_request"))
    stage.owners[7] = Owner(open=False, merged=True, closed_at=NOW + 5)
    stage.look(after=1)
    assert stage.finish().record.lock is None


def test_the_hold_ends_when_users_are_taken_back() -> None:
    stage = served()
    stage.look(request("rollback", BOB))
    stage.look(after=1)
    stage.finish()
    stage.look(after=1)
    assert stage.record.lock is None


def test_the_policy_may_do_without_it() -> None:
    stage = Stage(gates=gate_facts(policy=rules(hold_until_merge=False)))
    stage.look(request(source="pull_request"))
    stage.look(after=1)
    assert stage.finish().record.lock is None


def test_a_merged_pull_request_holds_nothing() -> None:
    stage = Stage(KNOWN)
    stage.look(request(source="default_branch"))
    stage.look(after=1)
    assert stage.finish().record.lock is None


# --- from elsewhere --------------------------------------------------------------------------------------------------------------


def test_the_page_and_the_terminal_say_who_keeps_others_away() -> None:
    stage = Stage()
    stage.look(lock(), lock(9, BOB), request("freeze", BOB, reason="the fair"))
    stage.look(request(when_green=True), after=1)
    assert account("production", stage.record, None).closed == (
        "Locked for #7 by alice until 2027-01-15 10:00 UTC: load test.",
        "In line for the lock: #9.",
        "Frozen until it is thawed by bob in #7: the fair.",
        "aaaaaaa of #7 begins by itself when it may, asked by alice. It waits: production is frozen until it is thawed by bob in #7: "
        "the fair. (frozen)",
    )
    assert account("production", served().record, None).closed == (
        "Held by #7, whose head aaaaaaa serves, until it is merged or closed.",
    )
