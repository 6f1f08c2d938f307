"""Our own sentences that tell people what to type, as Markdown: commands, flags and pins stand as code, the way they have to be typed in this
repository. Everything around them is plain text, whoever it comes from.
"""

import re
from collections.abc import Collection
from functools import lru_cache

from bot.markdown.text import code, plain

_ROLLBACK = "rollback"  # the one verb that never does without its environment


@lru_cache
def _pattern(verbs: frozenset[str]) -> re.Pattern[str]:
    known = "|".join(map(re.escape, sorted(verbs, key=len, reverse=True)))
    return re.compile(rf"([(“]?)(?:/({known})|(--[a-z][a-z-]*(?:=[a-z]+)?|@[0-9a-f]{{7,40}})|`([^`]+)`)([.,;:?!)”]*)")


def marked(sentence: str, verbs: Collection[str], *, prefix: str = "/", environment: str = "", limit: int = 300) -> str:
    """`sentence` (plain text of ours, with `/verb` in it) as Markdown. A `/rollback` gets the `environment` that it needs."""
    pattern, said, words = _pattern(frozenset(verbs)), [], []
    tokens = sentence[:limit].split(" ")
    while tokens:
        word = tokens.pop(0)
        found = pattern.fullmatch(word)
        if found is None:
            words.append(word)
            continue
        before, verb, other, quoted, after = found.groups()
        typed = prefix + verb if verb else other or quoted
        if verb == _ROLLBACK and environment:
            typed = f"{typed} {environment}"
            if not after and tokens[:1] == [environment]:
                del tokens[0]
        said += [*([plain(" ".join(words), limit)] if words else []), f"{before}{code(typed)}{after}"]
        words = []
    return " ".join([*said, *([plain(" ".join(words), limit)] if words else [])])
