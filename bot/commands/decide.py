"""One comment: sees it (👀), then answers every command in it, in order, all or none by permission, with one final reaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec

from bot import notice
from bot.commands import say
from bot.commands.arguments import UsageError
from bot.commands.edited import hint
from bot.commands.model import Command, DidYouMean, Parsed, ParseError
from bot.commands.table import COMMANDS
from bot.commands.trail import audited, permission_then, verb_of
from bot.commands.undone import Undoing, below, render_undoing
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.commands.waive import with_waiver
from bot.decision import Actor, Ask, Asked, Decision, Show
from bot.effects import React, Reaction
from bot.gates import Refusal
from bot.gates.schema import Schema
from bot.gates.wish import may
from bot.markdown import code
from bot.policy import Environment
from bot.policy.who import Action, at_least
from bot.subject import Subject, dora, environment, flag, incident, pull, release

URGENT = frozenset({"halt", "rollback", "abort"})
SLIPS = frozenset({"usage", "did_you_mean"})
NOT_FOR_BOTS: frozenset[Action] = frozenset({"waive", "confirm", "break_glass", "steal_lock"})


class CommandRecord(msgspec.Struct, frozen=True):
    """Whether the 👀 is out, and whether the answer is. `undoing` is what a second look has still to tell."""

    seen: bool = False
    answered: bool = False
    undoing: tuple[Undoing, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandLook:
    """`asked` is None once it was answered; `facts` is None as long as only the 👀 is due, or when nothing here is addressed to us.
    `undone` is what the second look has found in the repository `repo`; `became` are commands that a comment there was edited into.
    """

    asked: Asked | None
    facts: CommandFacts | None
    addressed: bool = True
    repo: int = 0
    undone: tuple[tuple[Undoing, Schema], ...] = ()
    became: tuple[Command, ...] = ()


def decide(record: CommandRecord, look: CommandLook) -> Decision[CommandRecord]:
    asked, facts = look.asked, look.facts
    if asked is None and look.undone:
        told = tuple(
            Show(pull(look.repo, it.number), below(it.slot), render_undoing(it, schema)) for it, schema in look.undone
        )
        return Decision(CommandRecord(True, True), sections=told, because="Told what going back takes from users.")
    if asked is None:
        return Decision(record, because="This comment was answered before.")
    if not look.addressed:
        return Decision(CommandRecord(True, True), answered=(asked.id,), because="Nothing here is addressed to me.")
    if look.became:
        show, react, trail = hint(asked, look.repo, look.became)
        because = f"{asked.by.login} edited a comment into a command, which does not count."
        return Decision(
            CommandRecord(True, True), (show,), (react,), audit=trail, answered=(asked.id,), because=because
        )
    if facts is None:
        eyes = (React(int(asked.what["comment"]), "eyes"),) if asked.what.get("kind") == "comment" else ()
        return Decision(CommandRecord(seen=True), effects=eyes, wake_at=0.0, because="A comment with commands came in.")
    answers, facts = _answers(facts)
    subject = pull(facts.repo, facts.number)
    sections = tuple(
        Show(subject, _slot(facts, place), answer.text) for place, answer in enumerate(answers) if answer.text
    )
    there = facts.kind == "comment" and facts.fresh != "deleted"
    reacts_last = _reacts_last(answers) if there else None
    asks = tuple(
        _ask(facts, place, asking, facts.comment if place == reacts_last else 0)
        for place, answer in enumerate(answers)
        for asking in (*([answer.asking] if answer.asking else []), *answer.also)
    )
    effects = (React(facts.comment, _reaction(facts, answers)),) if there and reacts_last is None else ()
    audit = tuple(
        audited(facts, place, typed, answer)
        for place, (typed, answer) in enumerate(zip(facts.typed, answers, strict=True))
    )
    refused = [
        (typed, it) for typed, it in zip(facts.typed, answers, strict=True) if it.code not in {"", "did_you_mean"}
    ]
    if refused and facts.permission is not None and at_least(facts.permission, "triage"):
        # Strangers cannot make it write comment after comment: theirs are answered in the living one only.
        sections += _notices(facts, [typed for typed, _ in refused], [answer.text for _, answer in refused])
    undoing = tuple(answer.undoing for answer in answers if answer.undoing is not None)
    return Decision(
        CommandRecord(True, True, undoing),
        sections=sections,
        effects=effects,
        asks=asks,
        audit=audit,
        answered=(asked.id,),
        wake_at=facts.now if undoing else None,
        because=f"{facts.by.login} typed {', '.join(verb_of(typed) for typed in facts.typed)}; {len(refused)} refused.",
    )


def _answers(facts: CommandFacts) -> tuple[tuple[Answer, ...], CommandFacts]:
    """One answer per typed thing, and the facts as the last of them saw them. When the author lacks the right to any one of them, none is
    carried out."""
    denied = {place: why for place, typed in enumerate(facts.typed) if (why := _denied(facts, typed)) is not None}
    answers = []
    for place, typed in enumerate(facts.typed):
        if isinstance(typed, DidYouMean):
            answers.append(Answer(say.near_miss(typed, facts.policy.commands.prefix), "did_you_mean"))
        elif isinstance(typed, ParseError):
            answers.append(Answer(say.misread(typed, facts.by.login, facts.policy.commands.prefix), typed.code))
        elif denied:
            why = denied.get(place) or Refusal(
                "all_or_none", "Another command of this comment was refused.", "Type this one in a comment of its own."
            )
            answers.append(_headed(facts, typed, Answer(say.refused([why], "Not done:"), why.code)))
        else:
            answers.append(_headed(facts, typed, _answer(facts, place, typed)))
            facts = with_waiver(facts, answers[-1])
    return tuple(answers), facts


def _answer(facts: CommandFacts, place: int, typed: Command) -> Answer:
    verb = COMMANDS[typed.verb]
    if not (verb.in_issues or facts.is_pull):
        said = f"{code(facts.policy.commands.prefix + verb.name)} is about a pull request, and this is an issue. Type it there."
        return refusal("not_a_pull_request", said)
    try:
        return verb.decide(facts, place, typed, _slot(facts, place))
    except UsageError as error:
        return Answer(say.misused(error.message, error.hint, facts.policy.commands.prefix), "usage")


def _headed(facts: CommandFacts, typed: Command, answer: Answer) -> Answer:
    text = f"{say.heading(typed.text or '/' + typed.verb, facts.by.login)}\n\n{answer.text}"
    return replace(answer, text=text)


def _denied(facts: CommandFacts, typed: Parsed) -> Refusal | None:
    """Why this command may not be carried out at all: a changed comment, a verb that is not built, a person without the right."""
    if not isinstance(typed, Command):
        return None
    if typed.verb not in COMMANDS:
        return say.not_built(typed.verb, facts.policy.commands.prefix)
    if facts.fresh == "outdated":
        return Refusal(
            "panel_outdated",
            "The panel with this button showed an earlier state of the rollout.",
            "Reload the page, look at where it is now, and press again.",
        )
    if facts.fresh != "yes":
        return Refusal(
            f"comment_{facts.fresh}",
            f"This comment was {facts.fresh} before I could act on it.",
            "If it is still meant, type it in a new comment.",
        )
    return _may(facts, typed, COMMANDS[typed.verb])


def _may(facts: CommandFacts, typed: Command, verb: Verb) -> Refusal | None:
    if facts.kind == "terminal":
        return None  # the operator may in any case
    takes = _takes(facts, typed, verb)
    for rules, action in takes:
        past = " --break-glass" if action == "break_glass" else ""
        where = f" in {code(rules.name)}" if rules is not None and len(takes) > 1 else ""
        what = f"{code(f'{facts.policy.commands.prefix}{typed.verb}{past}')}{where}"
        if facts.by.is_bot and action in NOT_FOR_BOTS:
            said = f"{what} takes a person: no rule is set aside or seconded by a bot."
            return Refusal("person_required", said, "Have a person type it.")
        why = may(what, facts.policy.who(rules, action), facts.permission, facts.teams)
        if why is not None:
            return why
    return None


def rights(facts: CommandFacts) -> list[tuple[Environment | None, Action]]:
    """What this comment takes the right to: by whose rules, and which action of theirs."""
    known = [(it, COMMANDS[it.verb]) for it in facts.typed if isinstance(it, Command) and it.verb in COMMANDS]
    return [it for typed, verb in known for it in _takes(facts, typed, verb)]


def _takes(facts: CommandFacts, typed: Command, verb: Verb) -> list[tuple[Environment | None, Action]]:
    """By the rules of every environment that it would act on, else by the repository's."""
    try:
        names = verb.acts_on(facts, typed)
    except UsageError:
        names = ()
    rules = [facts.policy.environment(name) for name in names] or [None]
    return [(it, verb.needs_of(typed)) for it in rules]


def _notices(facts: CommandFacts, typed: Sequence[Parsed], texts: Sequence[str]) -> tuple[Show, ...]:
    """Whoever typed it hears that it was refused: one notice for the whole comment."""
    verbs = ", ".join(verb_of(it) for it in typed)
    return notice.refused(facts.repo, facts.number, facts.at, facts.source, facts.by.login, verbs, "\n\n".join(texts))


def _slot(facts: CommandFacts, place: int) -> str:
    """Where the answer stands: slots sort by the time of asking."""
    return f"answer:{int(facts.at):012d}:{facts.source}:{place}"


def _ask(facts: CommandFacts, place: int, asking: Asking, comment: int) -> Ask:
    target: Subject
    more = {"comment": comment, "permission": permission_then(facts)}
    if asking.question is not None:
        target, what = dora(facts.repo), msgspec.to_builtins(asking.question)
    elif asking.hand is not None:
        target = pull(facts.repo, facts.number)
        what = msgspec.to_builtins(asking.hand) | more
    elif asking.said is not None:
        target = incident(facts.repo, asking.incident)
        what = msgspec.to_builtins(asking.said) | more
    elif asking.cut is not None:
        target = release(facts.repo, asking.tag)
        what = msgspec.to_builtins(asking.cut) | more
    elif asking.share is not None:
        target = flag(facts.repo, asking.flag)
        what = msgspec.to_builtins(asking.share) | more
    else:
        target = environment(facts.repo, asking.environment)
        what = msgspec.to_builtins(asking.request) | more
    by = Actor(facts.by.id, facts.by.login)
    asked = Asked(source=facts.source, ordinal=place + 1, target=target, by=by, at=facts.at, what=what)
    return Ask(asked, urgent=what.get("verb") in URGENT or asking.said is not None)


def _reacts_last(answers: tuple[Answer, ...]) -> int | None:
    """The place of the command whose environment, incident, checklist, release or flag gives the final reaction, since only it knows what became
    of it; None: it is ours."""
    if any(answer.code for answer in answers):
        return None
    asking = [place for place, it in enumerate(answers) if it.asking is not None and it.asking.question is None]
    return asking[-1] if asking else None


def _reaction(facts: CommandFacts, answers: tuple[Answer, ...]) -> Reaction:
    """😕 where nothing is in the way but how it was typed."""
    if not any(answer.code for answer in answers):
        return "+1"
    typed = zip(facts.typed, answers, strict=True)
    slips = all(not it.code or it.code in SLIPS or _is_misread(one) for one, it in typed)
    return "confused" if slips else "-1"


def _is_misread(typed: Parsed) -> bool:
    return isinstance(typed, ParseError) and typed.code not in {"contradiction", "too_many"}
