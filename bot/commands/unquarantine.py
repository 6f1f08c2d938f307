"""`/unquarantine sha [environment] reason`: lets a commit be deployed again that failed in an environment, with who said so and why."""

import re

from msgspec.structs import replace

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, request
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.environment.model import Quarantined
from bot.markdown import code, plain, short

USAGE = "/unquarantine sha [environment] reason"

_SHA = re.compile(r"[0-9a-f]{7,40}")


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    sha, name = _sha(words), environment_named(words, facts)
    reason = words.rest_as_reason("a reason: whoever deploys it next wants to know")
    words.finish()
    found = _found(facts, sha, name)
    if not found:
        where = f" in {code(name)}" if name else ""
        return refusal("not_quarantined", f"No commit that begins with {code(short(sha))} is quarantined{where}.")
    if len({it.sha for it in found.values() if it.sha.startswith(sha)}) > 1:
        return refusal(
            "not_quarantined", f"More than one quarantined commit begins with {code(sha)}: write more of it."
        )
    if len(found) > 1:
        choices = ", ".join(map(code, found))
        return refusal("which_environment", f"It is quarantined in {choices}: name the one that is meant.")
    ((name, one),) = found.items()
    kin = tuple(sorted(_kin(facts, one.sha)))
    asked = replace(request(facts, typed, "unquarantine", slot, sha=one.sha, reason=reason), kin=kin)
    merged = "" if one.sha.startswith(sha) else f", which {code(sha[:7])} is the merge of,"
    said = f"{code(short(one.sha))}{merged} failed in {code(name)} before: {plain(one.why, 300)}"
    return Answer(said, asking=Asking(name, asked))


def _sha(words: Arguments) -> str:
    pin = words.maybe_pin()
    if pin is not None:
        return pin
    word = words.maybe_word(lambda it: _SHA.fullmatch(it.lower()) is not None)
    if word is None:
        raise words.error("/unquarantine needs 7 to 40 digits of the commit.")
    return word.lower()


def _found(facts: CommandFacts, sha: str, name: str | None) -> dict[str, Quarantined]:
    """Environment → the commit that is meant there: one that begins so, else the head that such a commit is the merge of."""
    found: dict[str, Quarantined] = {}
    for where, record in facts.environments.items():
        if name in (None, where):
            merges = [it for it in record.quarantined if any(m.startswith(sha) for m in _merges(facts, it.sha))]
            named = [it for it in record.quarantined if it.sha.startswith(sha)]
            if named or merges:
                found[where] = (named or merges)[-1]
    return found


def _merges(facts: CommandFacts, head: str) -> set[str]:
    """What this head was merged as."""
    return {it.sha for it in facts.merged.values() if it.head_sha == head and it.sha != head}


def _kin(facts: CommandFacts, sha: str) -> set[str]:
    """What it was merged as, and what it is the merge of: the same files may have failed under either name."""
    heads = {it.head_sha for it in facts.merged.values() if it.sha == sha and it.head_sha != sha}
    return heads | _merges(facts, sha)


def target(facts: CommandFacts, typed: Command) -> str | None:
    """The environment that is named, else the only one where it is quarantined. Raises UsageError."""
    words = Arguments(typed, USAGE)
    sha, name = _sha(words), environment_named(words, facts)
    found = _found(facts, sha, name)
    return next(iter(found)) if len(found) == 1 else name


VERB = Verb(
    "unquarantine",
    USAGE,
    "Let a commit be deployed again that had to be taken back.",
    "unquarantine",
    decide,
    target,
)
