"""A commit that moves by itself: the environments that take each green commit of the default branch are asked as soon as this one is green
for them, and a required check that fails holds what is in flight for it.

Asked once for each environment; the environment's own job asks every gate again, and of two commits the newer one wins there.
"""

from collections.abc import Mapping
from typing import Any

from bot.decision import Actor, Ask, Asked
from bot.flow.model import FlowFacts
from bot.gates import GateFacts
from bot.gates.checks import GATE, checks, needed
from bot.pipeline import Check
from bot.policy import Environment
from bot.subject import environment as environment_subject

ITSELF = Actor(0, "tagboat")


def automatic(facts: FlowFacts) -> tuple[Environment, ...]:
    """The environments that take each green commit of the default branch."""
    if facts.policy.mode != "active":
        return ()
    return tuple(
        it for it in facts.policy.environments.values() if it.deploy == "auto" and "default_branch" in it.accepts
    )


def next_asked(asked: tuple[str, ...], facts: FlowFacts) -> tuple[Environment, ...]:
    """The environments that this commit is green for now, and that were not asked before."""
    if not facts.on_default:
        return ()
    return tuple(
        it
        for it in automatic(facts)
        if it.name not in asked
        and (it.after is None or it.after in facts.live_in)
        and _verdict(it, facts, facts.checks) is None
    )


def ask_deploy(environment: Environment, facts: FlowFacts) -> Ask:
    """Of the environment: this commit, by itself. The pull request that it merged hears of what comes of it."""
    number = facts.pulls[0] if facts.pulls else 0
    what = _request("deploy", environment.name, number, facts) | {
        "sha": facts.sha,
        "source": "default_branch",
        "pull": number or None,
        "tell": facts.author,
    }
    return _ask(f"auto-{facts.sha}", environment.name, what, facts)


def halts(facts: FlowFacts) -> tuple[Ask, ...]:
    """A halt for each environment where this commit is in flight, and that needs a check which failed since. Once for each failure."""
    found = []
    for name, moving in facts.moving.items():
        environment = facts.policy.environment(name)
        if environment is None:
            continue
        sound = tuple(it for it in facts.checks if it.state != "failed")
        failed = [
            it
            for it in facts.checks
            if it.state == "failed"
            and (it.finished_at or facts.now) >= moving.since
            and _verdict(environment, facts, (*sound, it)) == "checks_failed"
        ]
        if not failed:
            continue
        newest = max(failed, key=lambda it: (it.finished_at, it.id))
        what = _request("halt", name, moving.number, facts) | {
            "sha": facts.sha,
            "reason": f"the required check {newest.name} failed",
            "gate": GATE,
            "item": _failed_item(environment, facts, (*sound, newest)),
        }
        found.append(_ask(f"failed-{facts.sha}-{newest.id}", name, what, facts))
    return tuple(found)


def _verdict(environment: Environment, facts: FlowFacts, known: tuple[Check, ...]) -> str | None:
    """What the gate for checks says of these: its reason code, None where it is open."""
    refusal = checks(_seen(environment, facts, known))
    return refusal.code if refusal is not None else None


def _failed_item(environment: Environment, facts: FlowFacts, known: tuple[Check, ...]) -> str:
    """Which of the things that are needed has failed."""
    items = needed(_seen(environment, facts, known), environment) or ()
    return next((it.name for it in items if it.state == "failed"), "")


def _seen(environment: Environment, facts: FlowFacts, known: tuple[Check, ...]) -> GateFacts:
    """As much as the gate for checks looks at."""
    return GateFacts(
        now=facts.now,
        action="deploy",
        asked_at=facts.now,
        actor=ITSELF,
        permission=None,
        policy=facts.policy,
        paused=False,
        default_branch=facts.default_branch,
        environment_name=environment.name,
        strategy=environment.strategy,
        source="default_branch",
        sha=facts.sha,
        checks=known,
        required=facts.required,
        waived=facts.waived.get(environment.name, ()),
    )


def _request(verb: str, name: str, number: int, facts: FlowFacts) -> dict[str, Any]:
    """A wish as environments read them."""
    return {
        "verb": verb,
        "number": number,
        "by": ITSELF.login,
        "by_id": ITSELF.id,
        "at": facts.now,
        "slot": f"auto:{name}",
        "automatic": True,
    }


def _ask(source: str, name: str, what: Mapping[str, Any], facts: FlowFacts) -> Ask:
    target = environment_subject(facts.repo, name)
    return Ask(Asked(source=source, ordinal=0, target=target, by=ITSELF, at=facts.now, what=what))
