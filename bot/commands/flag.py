"""`/flag name 25%`: the pull request that changes which share of users gets a feature flag; `/flag` alone lists the flags."""

import re

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, origin, refusal
from bot.flag.change import Change, no_files, plan, unknown
from bot.flag.model import LONGEST_NAME, Share
from bot.flag.render import render_list, render_preview

USAGE = "/flag [name] [25%, on or off] [reason]"

_SHARE = re.compile(r"(100|[1-9]?[0-9])%")
_WORDS = {"on": 100, "off": 0}


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    key = words.maybe_word() or ""
    if len(key) > LONGEST_NAME:
        raise words.error(f"The name of a flag has at most {LONGEST_NAME} characters.")
    share = _share(words) if key else None
    reason = words.rest_as_reason() if share is not None else ""
    words.finish()
    if share is None:
        return _listed(facts, key)
    it = plan(key, share, facts.flags, facts.policy, paused=facts.paused)
    if not isinstance(it, Change):
        text = say.refused([it], "Not proposed:")
        if not facts.policy_exists:
            text = f"{text}\n\n{say.first_policy(facts.offered)}"
        return Answer(text, it.code)
    wish = Share(
        **origin(facts, typed, slot),
        share=share,
        reason=reason,
    )
    return Answer(render_preview(key, share, it), asking=Asking(flag=key, share=wish))


def _share(words: Arguments) -> int | None:
    """None where only the name was typed. Raises UsageError."""
    word = words.peek()
    if word is None:
        return None
    match = _SHARE.fullmatch(word)
    if match is None and word.lower() not in _WORDS:
        raise words.error(f"“{word}” is no share.", "Write whole per cents such as 25%, or on, or off.")
    words.maybe_word()
    return int(match[1]) if match else _WORDS[word.lower()]


def _listed(facts: CommandFacts, key: str) -> Answer:
    if facts.flags is None:
        return refusal("not_readable", "GitHub did not show the flag files. Type it again.")
    if not facts.flags.named:
        why = no_files()
        return Answer(say.refused([why], "Nothing to list:"), why.code)
    if key and not facts.flags.of(key):
        why = unknown(key, facts.flags)
        return Answer(say.refused([why], "Nothing to show:"), why.code)
    return Answer(render_list(facts.flags, key, facts.policy.commands.prefix))


VERB = Verb(
    "flag",
    USAGE,
    "Propose which share of users gets a feature flag, as a pull request. Without a share: how far flags are rolled out.",
    "flag",
    decide,
    looks="status",
)
