"""`/waive item [environment] [@sha] reason`: somebody answers, by name and with a reason, for one thing that stands in a commit's way.

What is green is not waived in advance: whoever answers for a failure has to have seen it.
"""

from collections.abc import Iterable
from dataclasses import replace

import msgspec

from bot.commands import say
from bot.commands.arguments import Arguments, UsageError
from bot.commands.deploy import Wish, production, unread
from bot.commands.model import Command
from bot.commands.steer import request
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.commands.verbs import distance
from bot.environment.waivers import WAIVE, waiver_of
from bot.gates import GATES, GateFacts, migrations
from bot.gates.checks import GATE as CHECKS
from bot.gates.waivable import Waivable, waivable
from bot.gates.waiver import joined
from bot.markdown import code, short
from bot.pipeline import Item
from bot.policy import Policy

USAGE = "/waive item [environment] [@sha] reason"
SHOWN = 20
NEAR = 3  # keystrokes between what was typed and what was probably meant

ABOUT_THE_COMMIT = ("environment", "fork", "pull request", "commit")
"""Gates that say whether there is such a commit here to answer for."""


def read(typed: Command, policy: Policy) -> Wish:
    """The words of a `/waive`, as a wish for its environment and commit. Raises UsageError, also where it is not clear which environment."""
    words = Arguments(typed, USAGE)
    names = _where(words, policy)
    if len(names) != 1:
        raise words.error("Which environment?", f"Name one of {', '.join(names) or 'the policy'}.")
    return Wish(names[0], None, words.maybe_pin())


def _where(words: Arguments, policy: Policy) -> tuple[str, ...]:
    """The environment that is named behind the item, else all that may need the item and where anybody may waive it, else those where anybody
    may waive anything. Raises UsageError."""
    item = words.word("what is to be waived").casefold()
    known = {name.casefold(): name for name in policy.environment_names}
    named = words.maybe_word(lambda word: word.casefold() in known)
    if named is not None:
        return (known[named.casefold()],)
    is_open = _open(policy)
    needing = tuple(name for name in policy.environment_names if _may_need(item, name, policy))
    return tuple(name for name in needing if name in is_open) or is_open or needing or (production(policy),)


def _open(policy: Policy) -> tuple[str, ...]:
    """The environments where the policy lets anybody waive."""
    return tuple(name for name, rules in policy.environments.items() if policy.who(rules, "waive"))


def _may_need(item: str, name: str, policy: Policy) -> bool:
    """Whether something of that name may be asked for there, as far as the policy alone tells."""
    rules = policy.environments[name]
    if item == migrations.ITEM and any(migrations.guarded(policy, it) for it in policy.environment_names):
        return migrations.guarded(policy, name)
    return rules.checks is None or any(item in {it.casefold(), Item(it, ()).label.casefold()} for it in rules.checks)


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    names = _where(words, facts.policy)
    words.maybe_pin()
    reason = words.rest_as_reason("a reason: whoever reads it later wants to know")
    words.finish()
    if len(names) > 1:
        return refusal(
            "which_environment", f"It may be needed in {', '.join(map(code, names))}: name the one that is meant."
        )
    gate_facts = facts.wishes.get(place)
    if gate_facts is None:
        return unread(facts)
    for gate in ABOUT_THE_COMMIT:
        if (why := GATES[gate](gate_facts)) is not None:
            return Answer(say.refused([why], "Not waived:"), why.code)
    return _waived(facts, gate_facts, typed, slot, reason)


def _waived(facts: CommandFacts, gate_facts: GateFacts, typed: Command, slot: str, reason: str) -> Answer:
    item, known = typed.args[0], waivable(gate_facts)
    name = code(gate_facts.environment_name)
    found = _found(item, known)
    if found is None:
        unknown = GATES[CHECKS](gate_facts)
        if unknown is not None and unknown.code == "checks_unknown":
            return Answer(say.refused([unknown], "Not waived:"), unknown.code)
        return refusal("not_waivable", f"{code(item)} is nothing that can be waived for {name}. {_listed(item, known)}")
    sha = code(short(gate_facts.sha))
    if not found.state:
        said = f"{code(found.item)} does not stand in the way of {sha}, so there is nothing to waive, and nothing is kept for later."
        return refusal("nothing_to_waive", said)
    asked = request(facts, typed, WAIVE, slot, sha=gate_facts.sha, reason=reason)
    asked = msgspec.structs.replace(asked, gate=found.gate, item=found.item)
    said = f"On {sha}, {code(found.item)}: {found.state}."
    return Answer(said, asking=Asking(gate_facts.environment_name, asked))


def _found(item: str, known: Iterable[Waivable]) -> Waivable | None:
    """By the name that is typed, or else by the one that people read in answers."""
    wanted = item.casefold()
    by_name = next((it for it in known if it.item.casefold() == wanted), None)
    return by_name or next((it for it in known if it.label.casefold() == wanted), None)


def _listed(item: str, known: tuple[Waivable, ...]) -> str:
    """What can be waived, and what was probably meant."""
    never = "Permission, the commit, forks, locks and freezes are never waived."
    if not known:
        return f"Nothing can be waived there. {never}"
    wanted = item.casefold()[:100]
    nearest = min(known, key=lambda it: distance(wanted, it.item.casefold()[:100]))
    guess = f"Did you mean {code(nearest.item)}? " if distance(wanted, nearest.item.casefold()[:100]) <= NEAR else ""
    shown = [f"{code(it.item)} ({it.state})" if it.state else code(it.item) for it in known[:SHOWN]]
    more = f" and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return f"{guess}What can be: {', '.join(shown)}{more}. {never}"


def with_waiver(facts: CommandFacts, answer: Answer) -> CommandFacts:
    """What commands further down in the same comment are to see, once this one was answered: the environment hears them in that order too."""
    asked, there = (answer.asking.request, answer.asking.environment) if answer.asking else (None, "")
    if asked is None or asked.verb != WAIVE:
        return facts
    new = waiver_of(asked)
    wishes = {
        place: replace(it, waived=joined(it.waived, new)) if it.environment_name == there else it
        for place, it in facts.wishes.items()
    }
    return replace(facts, wishes=wishes)


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that this is about; where that is not clear, one of those that it may be about."""
    try:
        return _where(Arguments(typed, USAGE), facts.policy)[0]
    except UsageError:
        return next(iter(_open(facts.policy)), None)


VERB = Verb(
    WAIVE,
    USAGE,
    "Answer for one thing that stands in this commit's way, a check or `migrations`, with a reason. A name of more than one word goes in quotes.",
    "waive",
    decide,
    target,
    in_issues=False,
)
