"""`/confirm [environment] [@sha] [reason]`: a second person approves exactly the commit that they saw, for one environment."""

from msgspec.structs import replace

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.deploy import Wish, unread
from bot.commands.model import Command
from bot.commands.steer import no_near_miss, request
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.environment.confirming import CONFIRM
from bot.gates.approvals import not_second
from bot.gates.wish import accepted_source, fork, head, mode, pull_state
from bot.markdown import code
from bot.policy import Policy

USAGE = "/confirm [environment] [@sha] [reason]"

ASKED_OF_IT = (accepted_source, fork, pull_state, head)
"""What a deployment of this commit would be asked as well: whoever approves it hears at once that it could not go there."""


def read(typed: Command, policy: Policy) -> Wish:
    """The words of a `/confirm`; its environment may be left out where only one wants approvals, and is "" where none does. Raises
    UsageError."""
    words = Arguments(typed, USAGE)
    word = words.maybe_word(lambda text: policy.environment(text) is not None)
    named = policy.environment(word) if word is not None else None
    wanting = [it.name for it in policy.environments.values() if it.approvals.count]
    if named is None and len(wanting) > 1:
        raise words.error("More than one environment wants approvals.", f"Name one of {', '.join(wanting)}.")
    pin = words.maybe_pin()
    words.rest_as_reason()
    words.finish()
    return Wish(named.name if named else "".join(wanting), None, pin)


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that this is about. Raises UsageError."""
    return read(typed, facts.policy).environment or None


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    wish, words = read(typed, facts.policy), Arguments(typed, USAGE)
    word = words.maybe_word(lambda text: facts.policy.environment(text) is not None)
    if word is None:
        no_near_miss(words, facts)
    environment = facts.policy.environment(wish.environment)
    if environment is None or environment.approvals.count == 0:
        where = code(wish.environment) if environment else "No environment"
        wants = "wants no approvals" if environment else "wants approvals"
        return refusal("confirmation_not_needed", f"{where} {wants}, so there is nothing to confirm.")
    if facts.kind == "terminal" and wish.pin is None:
        raise words.error("At a terminal nothing shows which commit it is.", "Name it: @1a2b3c4.")
    look = facts.confirming.get(place)
    if look is None:
        return unread(facts)
    asked_first = (*((mode,) if facts.policy.mode == "advise" else ()), *ASKED_OF_IT)
    for gate in asked_first:
        if (why := gate(look)) is not None:
            return Answer(say.refused([why], "Not confirmed:"), why.code)
    if against := not_second(facts.by, look):
        said = f"You are no second person here: whoever {against} does not confirm it. Ask somebody else."
        return refusal("confirm_self", said)
    asked = request(facts, typed, CONFIRM, slot, sha=look.sha, reason=words.rest_as_reason())
    asked = replace(asked, source=look.source, pin=wish.pin, pull=facts.number)
    return Answer(f"Passed on to {code(environment.name)}.", asking=Asking(environment.name, asked))


VERB = Verb(
    CONFIRM,
    USAGE,
    "Approve this commit for an environment as the second person, where approvals are wanted; a review counts as well.",
    "confirm",
    decide,
    target,
    in_issues=False,
)
