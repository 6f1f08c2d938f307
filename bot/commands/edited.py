"""A comment that its author edited into a command. Only new comments count: what a comment said when it was written is the only thing that
nobody can change afterwards. So nothing is done, and whoever edited it is told once to post it anew.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.commands.model import Command
from bot.commands.parse import parse
from bot.commands.verb import refusal
from bot.decision import Asked, Audit, Show
from bot.effects import React
from bot.environment.render import heading
from bot.subject import pull

EDITED = "edited"


def became(what: Mapping[str, Any], prefix: str) -> tuple[Command, ...]:
    """The commands that stand in the comment `after` the edit and did not stand there `before` it."""
    earlier = {it.text for it in parse(what["before"], prefix) if isinstance(it, Command)}
    return tuple(it for it in parse(what["after"], prefix) if isinstance(it, Command) and it.text not in earlier)


def hint(asked: Asked, repo: int, commands: Sequence[Command]) -> tuple[Show, React, tuple[Audit, ...]]:
    """What is said under the first of these, the reaction, and the trail."""
    said = "This was edited into a comment that stood here already, and only new comments count. Post it as a new one."
    answer = refusal("edited_into_command", said)
    text = f"{heading(commands[0].text, asked.by.login)}\n\n{answer.text}"
    show = Show(pull(repo, int(asked.what["number"])), f"answer:{int(asked.at):012d}:{asked.source}:0", text)
    audit = [Audit(asked.by.login, f"/{it.verb}", answer.code, it.text, actor_id=asked.by.id) for it in commands]
    return show, React(int(asked.what["comment"]), "confused"), tuple(audit)
