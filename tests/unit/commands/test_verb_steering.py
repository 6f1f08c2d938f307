"""`/promote`, `/halt` and the like: which rollout is meant, and stopping where nothing moves yet."""

import pytest

from bot.policy import NO_POLICY
from tests.unit.builders import (
    policy,
    production,
)
from tests.unit.commands.comment import say
from tests.unit.commands.verbs import BOTH, HISTORY, THERE, wish

STEERING = ["promote", "halt", "resume", "abort", "retry", "skip-step"]


@pytest.mark.parametrize("verb", STEERING)
def test_steering_is_passed_on_to_the_only_rollout_that_moves(verb: str) -> None:
    said = say(f"/{verb} seen enough", permission="maintain", **THERE)
    asked = wish(said)
    assert (said.asks[0].asked.target.name, asked.verb, asked.reason) == (
        "production",
        verb.replace("-", "_"),
        "seen enough",
    )
    assert "Passed on to the rollout in `production`." in said.text


@pytest.mark.parametrize("verb", STEERING)
def test_with_two_rollouts_the_environment_has_to_be_named(verb: str) -> None:
    said = say(f"/{verb}", permission="maintain", **BOTH)
    assert said.outcomes == ["which_environment"]
    assert "name one of `production`, `staging`" in said.text
    named = say(f"/{verb} staging", permission="maintain", **BOTH)
    assert named.asks[0].asked.target.name == "staging"


@pytest.mark.parametrize("verb", STEERING)
def test_with_nothing_moving_there_is_nothing_to_steer(verb: str) -> None:
    for body in (f"/{verb}", f"/{verb} production"):
        if verb in ("halt", "abort") and "production" in body:
            continue
        said = say(body, permission="maintain")
        assert said.outcomes == ["nothing_rolling_out"]
        assert f"nothing to {verb.partition('-')[0]}." in said.text


@pytest.mark.parametrize("verb", ["halt", "abort", "rollback"])
def test_stopping_is_passed_on_though_nothing_moves_yet(verb: str) -> None:
    """By the time that it is heard there, something may."""
    said = say(f"/{verb} production")
    (ask,) = said.asks
    assert (ask.asked.target.name, ask.urgent, said.outcomes, said.reaction) == ("production", True, ["accepted"], None)
    assert not wish(said).quiet


@pytest.mark.parametrize(
    ("verb", "outcome"), [("halt", "nothing_rolling_out"), ("abort", "nothing_rolling_out"), ("rollback", "usage")]
)
def test_stopping_without_an_environment_keeps_everything_from_beginning(verb: str, outcome: str) -> None:
    said = say(f"/{verb}")
    assert said.outcomes == [outcome]
    assert [(ask.asked.target.name, ask.asked.what["quiet"]) for ask in said.asks] == [
        ("production", True),
        ("staging", True),
    ]
    assert say(f"/{verb}", policy=NO_POLICY).asks == ()


def test_stopping_everywhere_is_stopping_where_one_may() -> None:
    rules = policy(environments={"staging": {}, "production": production(who={"halt": "admin", "deploy": "admin"})})
    assert [ask.asked.target.name for ask in say("/halt", policy=rules, environments={}).asks] == ["staging"]


@pytest.mark.parametrize("body", ["/rollback", "/rollback production", "/rollback it burns"])
def test_a_deployment_that_has_not_begun_is_what_is_taken_back(body: str) -> None:
    """And not the good release that serves meanwhile."""
    said = say(body, beginning={"production": "bob"}, **HISTORY)
    assert "The deployment to `production` that bob asked for does not begin. `a300000` stays live" in said.text
    assert [ask.asked.what["quiet"] for ask in said.asks] == [True]
    assert (said.outcomes, said.reaction) == (["accepted"], "+1")


def test_a_halt_before_anything_has_begun_goes_to_where_it_would() -> None:
    said = say("/halt", beginning={"staging": "bob"})
    assert [ask.asked.target.name for ask in said.asks] == ["staging"]
    assert not wish(said).quiet


def test_promote_all_is_another_wish() -> None:
    assert wish(say("/promote --all", permission="maintain", **THERE)).verb == "promote_all"
    assert wish(say("/promote production --all", permission="maintain", **THERE)).verb == "promote_all"


def test_a_mistyped_environment_sets_nothing_going_but_still_stops() -> None:
    for verb in ("promote", "resume", "retry", "skip-step"):
        said = say(f"/{verb} prodution", permission="maintain", **THERE)
        assert said.outcomes == ["usage"], verb
        assert "Did you mean production?" in said.text
    for verb in ("halt", "abort"):
        assert wish(say(f"/{verb} prodution it burns", **THERE)).reason == "prodution it burns"
