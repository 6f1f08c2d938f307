"""The language of comments: which lines of a body are commands, and what each says. Pure, total and strict.

A comment can start a deployment, so nothing is guessed: a command is a visible line of its own, a verb is matched whole, a mistake is a
typed value with its place and a way to mend it, and a line that is not addressed to us is left in peace. What the words of
each command mean is decided elsewhere (`bot.commands.arguments` helps); here is only the grammar.
"""

import re

from bot.commands.conflicts import conflict
from bot.commands.line import LineError, is_invisible, read_line, shown
from bot.commands.model import Command, DidYouMean, Parsed, ParseError
from bot.commands.verbs import VERBS, nearest
from bot.markdown import Line, one_line, visible_lines

__all__ = ["MOST", "Command", "DidYouMean", "ParseError", "Parsed", "parse"]

MOST = 5
"""Commands in one comment."""

_LOOKED_AT = 20  # unknown verbs in one comment: a body full of them must not cost a second

_PREFIX = re.compile(r"[/!.@](?:[a-z0-9-]+ )?")
_VERB = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def parse(body: str, prefix: str = "/") -> tuple[Parsed, ...]:
    """The commands, mistakes and near misses of a comment, in the order of its lines. Never raises for any body.

    When two commands contradict each other no command is returned, only the error; likewise beyond `MOST` lines. Otherwise good
    lines stand beside mistaken ones: a caller who wants all or nothing looks for a ParseError.

    `prefix` is `/` or such as `/tagboat `, where the blank at its end says that the verb follows after one. ValueError for others.
    """
    if _PREFIX.fullmatch(prefix) is None:
        raise ValueError(f"not a prefix for commands: {prefix!r}")
    named = prefix.endswith(" ")
    behind = r"(?:[ \t]+|$)" if named else ""
    opening = re.compile(rf" {{0,3}}{re.escape(prefix.rstrip())}{behind}(?P<verb>[^ \t]*)")
    # Most comments hold no command; they are not worth a Markdown parser.
    if re.search(rf"(?:^|[\r\n]){opening.pattern}", body, re.MULTILINE) is None:
        return ()

    found: list[Parsed] = []
    unknown: set[str] = set()
    for line in visible_lines(body):
        match = opening.match(line.text)
        if match is None:
            continue
        if match["verb"] not in VERBS:
            if match["verb"] in unknown or len(unknown) == _LOOKED_AT:
                continue
            unknown.add(match["verb"])
        result = _read(line, match["verb"], match.end(), named)
        if result is not None:
            found.append(result)
        if sum(not isinstance(each, DidYouMean) for each in found) > MOST:
            return (
                ParseError(
                    "too_many",
                    f"This comment has more than {MOST} commands, so none was run.",
                    "Put the rest into a comment of their own.",
                    line.number,
                    1,
                    text=shown(line.text),
                ),
            )
    return _agreed(found)


def _agreed(found: list[Parsed]) -> tuple[Parsed, ...]:
    clash = conflict([each for each in found if isinstance(each, Command)])
    if clash is None:
        return tuple(found)
    first, second = clash
    refusal = ParseError(
        "contradiction",
        f"/{first.verb} in line {first.line} and /{second.verb} in line {second.line} contradict each other, so none was run.",
        "Put the one you mean into a comment of its own.",
        second.line,
        1,
        second.verb,
        second.text,
    )
    others = [each for each in found if not isinstance(each, Command)]
    return tuple(sorted([*others, refusal], key=lambda each: each.line))


def _read(line: Line, word: str, end: int, named: bool) -> Parsed | None:
    """What one line that begins with the prefix says, or nothing when it is not for us."""
    column = end - len(word) + 1
    if word in VERBS:
        try:
            return read_line(word, VERBS[word], line.text, end, line.number)
        except LineError as mistake:
            return ParseError(
                mistake.code, mistake.message, mistake.hint, line.number, mistake.at + 1, word, shown(line.text)
            )
    bare = one_line(word, len(word)).split(" ", 1)[0]
    if is_invisible(word) and bare in VERBS:
        message = f"There is an invisible character in or behind /{bare}."
        hint = "Type the line again rather than pasting it."
        return ParseError("invisible_character", message, hint, line.number, column, bare, shown(line.text))
    if _VERB.fullmatch(word) and (suggestion := nearest(word)):
        return DidYouMean(word, suggestion, line.number)
    if not named:
        return None
    message = f"{shown(word[:40])} is not a command of mine." if word else "The command is missing."
    return ParseError("unknown_verb", message, "/help lists what I can do.", line.number, column, "", shown(line.text))
