"""`/unquarantine`: which commit, in which environment, and why; and the environment that lets it go."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from bot.environment.model import EnvironmentRecord, Quarantined
from bot.ledger import Merged
from tests.unit.builders import HEAD, MERGE, NOW, OLDER, merged
from tests.unit.commands.comment import Said, say
from tests.unit.environment.stage import Stage, request


def quarantining(*commits: str) -> EnvironmentRecord:
    return EnvironmentRecord(quarantined=tuple(Quarantined(it, "errors 8 %", NOW) for it in commits))


def typed(text: str, known: Mapping[int, Merged] = MappingProxyType({}), **environments: EnvironmentRecord) -> Said:
    return say(text, permission="maintain", environments=environments, merged=known)


def test_it_names_what_failed_there_and_asks_the_environment() -> None:
    said = typed(f"/unquarantine {HEAD[:7]} the cache was cold", production=quarantining(HEAD, OLDER))
    assert "`aaaaaaa` failed in `production` before: errors 8 %" in said.text
    (ask,) = said.asks
    assert (ask.asked.target.name, ask.asked.what["sha"]) == ("production", HEAD)
    assert ask.asked.what["reason"] == "the cache was cold"


def test_a_pin_and_an_environment_may_be_given() -> None:
    where = f"/unquarantine @{HEAD[:12]} staging it was the network"
    said = typed(where, staging=quarantining(HEAD), production=quarantining(HEAD))
    (ask,) = said.asks
    assert (ask.asked.target.name, ask.asked.what["reason"]) == ("staging", "it was the network")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"/unquarantine {HEAD[:7]} why not", "which_environment"),
        ("/unquarantine 1234567 why not", "not_quarantined"),
        (f"/unquarantine {OLDER[:7]} staging why not", "not_quarantined"),
        (f"/unquarantine {HEAD[:7]} production", "usage"),
        ("/unquarantine", "usage"),
        ("/unquarantine the cache was cold", "usage"),
    ],
)
def test_what_it_cannot_do(text: str, outcome: str) -> None:
    said = typed(text, staging=quarantining(HEAD), production=quarantining(HEAD, OLDER))
    assert (said.outcomes, said.asks) == ([outcome], ())


@pytest.mark.parametrize("word", [HEAD, MERGE])
def test_a_head_and_its_merge_are_lifted_together_by_either_name(word: str) -> None:
    known = {7: merged(7, sha=MERGE, head_sha=HEAD)}
    said = typed(f"/unquarantine {word[:7]} cold", known, production=quarantining(HEAD, MERGE))
    (ask,) = said.asks
    assert {ask.asked.what["sha"], *ask.asked.what["kin"]} == {HEAD, MERGE}


def test_a_merge_is_lifted_with_the_head_that_failed() -> None:
    known = {7: merged(7, sha=MERGE, head_sha=HEAD)}
    said = typed(f"/unquarantine {MERGE[:7]} cold", known, production=quarantining(HEAD, OLDER))
    (ask,) = said.asks
    assert ask.asked.what["sha"] == HEAD
    assert f"`{HEAD[:7]}`, which `{MERGE[:7]}` is the merge of, failed in `production` before" in said.text


def test_it_takes_more_than_write() -> None:
    said = say(f"/unquarantine {HEAD[:7]} please", environments={"production": quarantining(HEAD)})
    assert said.outcomes == ["permission_denied"]


def test_the_environment_lets_go_of_that_commit_only_and_once() -> None:
    stage = Stage(quarantining(HEAD, OLDER))
    stage.look(request("unquarantine", sha=HEAD, reason="the cache was cold"))
    assert [it.sha for it in stage.record.quarantined] == [OLDER]
    assert stage.answer("unquarantine").endswith("✅ `aaaaaaa` may be deployed again: the cache was cold")
    assert stage.audit == [("alice", "unquarantine", "done")]


def test_the_environment_lets_go_of_the_kin_too() -> None:
    stage = Stage(quarantining(HEAD, OLDER, MERGE))
    stage.look(request("unquarantine", sha=HEAD, kin=(MERGE,), reason="the cache was cold"))
    assert [it.sha for it in stage.record.quarantined] == [OLDER]
    stage.look(request("unquarantine", sha=HEAD, reason="again"))
    assert stage.audit[-1] == ("alice", "unquarantine", "not_quarantined")


def test_it_may_be_lifted_while_something_else_moves() -> None:
    stage = Stage().start()
    stage.record = type(stage.record)(active=stage.record.active, quarantined=quarantining(OLDER).quarantined)
    stage.look(request("unquarantine", sha=OLDER, reason="the cache was cold"))
    assert stage.record.quarantined == ()
    assert stage.rollout is not None
