"""`/incident [#issue] sev-1 [caused-by …]`: says that something is wrong, how bad it is, and which release it is laid at; `resolved` ends it.

In an issue it is about that issue. In a pull request it is about the one incident that is open, and begins one there where none is.
"""

import re

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, origin, refusal
from bot.gates.incidents import handle, named
from bot.incident.cause import EXPECTED, read_cause
from bot.incident.model import ALERT, Typed
from bot.markdown import code

USAGE = "/incident [#issue] [sev-1] [caused-by v1.2.3, #12, sha or none] [resolved]"

_SEVERITY = re.compile(r"sev[-_]?([1-5])", re.IGNORECASE)
_NUMBER = re.compile(r"#([1-9]\d{0,9})")
_NAME = re.compile(rf"#[1-9]\d{{0,9}}|{ALERT}\S+", re.IGNORECASE)


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    name = words.maybe_word(lambda word: _NAME.fullmatch(word) is not None)
    over = words.maybe_word({"resolved", "over"}) is not None
    severity = 0 if over else _severity(words, facts)
    cause = "" if over else _cause(words)
    if not (over or severity or cause):
        raise words.error("/incident needs to know how bad it is, which release caused it, or that it is over.")
    remark = words.rest_as_reason()
    words.finish()
    where = _which(facts, name, begins=bool(severity))
    if isinstance(where, Answer):
        return where
    said = Typed(
        **origin(facts, typed, slot),
        severity=severity,
        cause=cause,
        over=over,
        remark=remark,
    )
    return Answer(f"Looking into {handle(where)} …", asking=Asking(incident=where, said=said))


def _severity(words: Arguments, facts: CommandFacts) -> int:
    """How bad, in the policy's own words or as `sev-1` to `sev-5`; 0 where the line does not say."""
    known = {name.casefold(): level for name, level in facts.policy.incidents.severities.items()}
    word = words.maybe_word(lambda it: it.casefold() in known or _SEVERITY.fullmatch(it) is not None)
    if word is None:
        return 0
    spelled = _SEVERITY.fullmatch(word)
    return known[word.casefold()] if word.casefold() in known else int(spelled[1]) if spelled else 0


def _cause(words: Arguments) -> str:
    if words.maybe_word(lambda word: word.casefold() == "caused-by") is None:
        return ""
    pin = words.maybe_pin()
    word = pin or words.word(f"the cause behind caused-by: {EXPECTED}").rstrip(",")
    found = read_cause(word)
    if found is None:
        raise words.error(f"“{word}” names nothing that could be the cause.", f"Write {EXPECTED}.")
    return found.text


def _which(facts: CommandFacts, name: str | None, *, begins: bool) -> str | Answer:
    """The incident that is meant: the one that was named, else the issue that this was typed in, else the only one that is open."""
    if name is not None:
        return _called(facts, name.casefold())
    here = str(facts.number)
    there = [it.id for it in facts.incidents]
    if facts.number and (not facts.is_pull or here in there):
        return here
    if len(there) > 1:
        listed = "; ".join(map(named, facts.incidents))
        return refusal(
            "which_incident", f"More than one incident is open: {listed}. Name one of them behind {_verb(facts)}."
        )
    if there or (begins and facts.number):
        return there[0] if there else here
    return refusal("no_incident", f"No incident is open here. Name the issue it was: {_verb(facts, '#12 …')}.")


def _called(facts: CommandFacts, name: str) -> str | Answer:
    if number := _NUMBER.fullmatch(name):
        return number[1]
    found = [it.id for it in facts.incidents if it.id.casefold().startswith(name)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(handle(it.id) for it in facts.incidents) or "none"
    return refusal("which_incident", f"{code(name)} names no single incident that is open. Open: {known}.")


def _verb(facts: CommandFacts, more: str = "") -> str:
    return code(f"{facts.policy.commands.prefix}incident {more}".strip())


VERB = Verb(
    "incident",
    USAGE,
    "Say that something is wrong and how bad, which release caused it, or that it is over. In an issue it is about that issue.",
    "incident",
    decide,
)
