"""Have as many people as the policy wants said yes to this very commit? By a review, or by `/confirm`; each person once.

A second person is somebody else: not who wrote it, not who asks for the deployment, and not who pushed what is to be deployed, since
whoever pushes to the pull request of another would else approve themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.decision import Actor
from bot.gates.model import Approval, GateFacts, Refusal
from bot.markdown import code, plain
from bot.policy import Environment, Policy

MISSING = "approvals_missing"
"""The code of what a person can mend who need not be the one that asked."""

OPERATOR = " (operator)"
"""How the name of somebody ends who typed at a terminal: nobody has proven it, and it has no id."""


@dataclass(frozen=True, slots=True)
class Word:
    """One person's yes. `against` says why it does not count, as the end of a sentence about them; "" where it does."""

    approval: Approval
    against: str = ""


def words(facts: GateFacts) -> tuple[Word, ...]:
    """What everybody has said, reviews first. Whoever said it twice has said it once: of their words one that counts is kept."""
    environment, pull = facts.environment, facts.pull
    if environment is None or environment.approvals.count == 0 or pull is None:
        return ()
    reviews = (it for it in pull.approvals if it.state == "approved")
    found: dict[tuple[int, str], Word] = {}
    for approval in (*reviews, *facts.confirmed):
        word = Word(approval, _against(approval, environment, facts))
        known = found.get(key := _person(approval.by))
        if known is None or (known.against and not word.against):
            found[key] = word
    return tuple(found.values())


def same_person(one: Actor, other: Actor) -> bool:
    """By id, since people rename themselves. Who has no id (an operator, an account that is gone) is known by name only."""
    if one.id and other.id:
        return one.id == other.id
    return _name(one) == _name(other)


def _name(actor: Actor) -> str:
    return actor.login.removesuffix(OPERATOR).casefold()


def _person(actor: Actor) -> tuple[int, str]:
    """Whom it counts for. Operators may call themselves what they like, so all of them are one."""
    if actor.id:
        return actor.id, ""
    return 0, OPERATOR if actor.login.endswith(OPERATOR) else _name(actor)


def pushers(facts: GateFacts) -> tuple[Actor, ...]:
    """Who made this commit the head of its pull request, as far as webhooks said: more than one, if it came back after another."""
    shas = {facts.sha, facts.pull.head_sha if facts.pull else ""}
    return tuple({it.by.id: it.by for it in facts.heads if it.by is not None and it.sha in shas}.values())


def not_second(who: Actor, facts: GateFacts) -> str:
    """Why somebody is no second person for this pull request whatever they may, as the end of a sentence about them; "" where nothing
    is in the way. Who asks for the deployment is another matter."""
    if facts.pull is not None and same_person(who, facts.pull.author):
        return "wrote this pull request"
    if any(same_person(who, it) for it in pushers(facts)):
        return "pushed its newest commit"
    return ""


def _against(approval: Approval, environment: Environment, facts: GateFacts) -> str:
    pull = facts.pull
    if pull is None or (approval.word == "review" and approval.sha != pull.head_sha):
        return "approved another commit"
    if why := not_second(approval.by, facts):
        return why
    if approval.unseen:
        return "confirmed it before what was typed besides the commit"
    strict = environment.approvals.not_requester or approval.word == "confirm"
    if strict and not facts.automatic and same_person(approval.by, facts.actor):
        return "asks for the deployment"
    return "" if _may(approval, environment, facts) else _lacks(environment)


def _may(approval: Approval, environment: Environment, facts: GateFacts) -> bool:
    teams = environment.approvals.from_
    if not teams or approval.word == "confirm":
        return approval.writes
    return any(facts.teams.get(f"{team}:{approval.by.login}") for team in teams)


def _lacks(environment: Environment) -> str:
    teams = environment.approvals.from_
    return f"is not known to be in {' or '.join(map(code, teams))}" if teams else "may not approve here"


def approvals(facts: GateFacts) -> Refusal | None:
    """As many people as the policy wants have approved this very commit, none of them its author."""
    environment = facts.environment
    if environment is None or environment.approvals.count == 0:
        return None
    wanted, teams, said = environment.approvals.count, environment.approvals.from_, words(facts)
    given = [it for it in said if not it.against]
    if len(given) >= wanted:
        return None
    source = f" from {' or '.join(code(team) for team in teams)}" if teams else ""
    by = f", by {_named(given)}" if given else ""
    return Refusal(
        "approvals_missing",
        f"{len(given)} of {wanted} approvals{source} of this commit are there{by}.{_uncounted(said)}",
        f"{how(facts.policy, environment, facts.pull.number if facts.pull else 0)} Approvals of earlier commits do not count.",
        " or ".join(teams) or "reviewers",
    )


def how(policy: Policy, environment: Environment, number: int) -> str:
    """Who can give an approval of what came by pull request `number`, and in which ways, as a sentence of Markdown."""
    if not number:
        return "It came without a pull request, and that is where people approve: bring it by one."
    by_team = environment.approvals.from_
    reviewers = f"One of {' or '.join(map(code, by_team))}" if by_team else "Somebody with write access"
    wanted = policy.who(environment, "confirm")
    typed = code(f"{policy.commands.prefix}confirm {environment.name}")
    review = "by a review that approves this very commit"
    if not wanted:
        return f"{reviewers} can give one, {review}."
    theirs = f"somebody with {wanted} access" if isinstance(wanted, str) else f"one of {' or '.join(map(code, wanted))}"
    who = "" if theirs.casefold() == reviewers.casefold() else f"{theirs} "
    return f"{reviewers} can give one, {review}, or {who}by {typed} in the pull request."


def render_words(facts: GateFacts) -> str:
    """Who has approved it, in which way, and whose word does not count, as a line of Markdown; "" where nobody's does."""
    said = words(facts)
    ways = {"review": "review", "confirm": code(f"{facts.policy.commands.prefix}confirm")}
    given = [f"{plain(it.approval.by.login)} ({ways[it.approval.word]})" for it in said if not it.against]
    return f"Approved by {', '.join(given)}.{_uncounted(said)}" if given else ""


def _named(said: Iterable[Word]) -> str:
    return ", ".join(plain(it.approval.by.login) for it in said)


def _uncounted(said: Iterable[Word]) -> str:
    why = [f"{plain(it.approval.by.login)}, who {it.against}" for it in said if it.against]
    return f" Not counted: {'; '.join(why)}." if why else ""
