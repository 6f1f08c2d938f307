"""`/release [patch, minor, major or v1.2.3] [@sha] [reason]`: says which version it would be and why, and asks that version's job to cut it."""

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, origin, refusal
from bot.commands.verbs import distance
from bot.policy import Policy
from bot.release.cut import Chosen, preview
from bot.release.model import Cut, Wish
from bot.release.render import render_preview, render_why
from bot.versions.next import LEVELS, Level
from bot.versions.tags import Naming, naming_of

USAGE = "/release [patch, minor, major or v1.2.3] [@sha] [reason]"

_TYPED: dict[str, Level] = {level: level for level in LEVELS if level != "none"}
_HINT = "Write patch, minor, major, or a version such as v1.2.3 or v1.3.0-rc.1; or nothing, and I choose."


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    wish, reason = read(typed, facts.policy)
    it = facts.releasable.get(place)
    if it is None:
        return refusal("not_readable", "GitHub did not say what was merged since the last release. Type it again.")
    chosen = preview(wish, it)
    if not isinstance(chosen, Chosen):
        text = say.refused(chosen, "Not released:")
        if not facts.policy_exists:
            text = f"{text}\n\n{say.first_policy(facts.offered)}"
        return Answer(text, chosen[0].code)
    cut = Cut(
        **origin(facts, typed, slot),
        sha=it.sha,
        why=render_why(chosen),
        reason=reason,
    )
    said = render_preview(chosen, it.branch, it.sha, draft=facts.policy.release.draft)
    return Answer(said, asking=Asking(tag=chosen.tag, cut=cut))


def read(typed: Command, policy: Policy) -> tuple[Wish, str]:
    """What is wanted, and the reason. Raises UsageError: a word that may have been meant for a version is never taken for a reason."""
    words = Arguments(typed, USAGE)
    pin = words.maybe_pin()
    word = (words.peek() or "").lower()
    naming = naming_of(policy.release)
    wish = Wish(pin=pin)
    if word in _TYPED:
        wish = Wish(level=_TYPED[word], pin=pin)
        words.maybe_word()
    elif tag := _tag(words.peek() or "", naming):
        wish = Wish(tag=tag, pin=pin)
        words.maybe_word()
    elif word and (any(map(str.isdigit, word)) or min(distance(word[:20], it) for it in (*_TYPED, "latest")) <= 2):
        raise words.error(f"“{word}” is no version.", _HINT)
    reason = words.rest_as_reason()
    words.finish()
    return wish, reason


def _tag(word: str, naming: Naming) -> str:
    """The tag of a version as it was typed: with or without the rest of the tag. Empty for what is none; build metadata has no order."""
    if naming.place(word) is None or "+" in word:
        return ""
    return naming.tag(naming.text(word))


VERB = Verb(
    "release",
    USAGE,
    "Release what the default branch has: the next version by titles and labels, or the one that is named.",
    "release",
    decide,
)
