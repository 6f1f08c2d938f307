"""What comments can ask, asked at a terminal: on-call has no pull request at three in the morning.

A line becomes the very ask that a comment would have left, under the operator's name, and goes the same way through the same jobs; this
waits for the answer and prints it. With the bot down it is kept, and carried out when a worker runs again.
"""

import asyncio
import getpass
import re
import uuid
from time import monotonic, time
from typing import Annotated, Any

import typer
from redis.exceptions import RedisError
from rich.markdown import Markdown
from rich.markup import escape

from bot.commands.model import Command, DidYouMean, ParseError
from bot.commands.parse import parse
from bot.commands.table import COMMANDS
from bot.commands.verb import Verb
from bot.decision import Actor, Asked, Wake
from bot.gates.waiver import typed as as_one_word
from bot.queue import Queue
from bot.settings import Settings
from bot.store import Store
from bot.subject import Repo, command
from workers.cli.memory import NoMemory, named, of_this_place, opened
from workers.cli.terminal import STEER, err, fail, say, settings, show

NOT_HERE = frozenset({"deploy", "help", "explain"})
"""A deployment is of a pull request, and belongs where its reviewers see it; `--help` is what a terminal has, and its `explain` knows more
than metrics."""

ITEM_FIRST = frozenset({"waive", "skip"})
"""Verbs whose first word names an item, which may have blanks in it."""
PREFIX = "/"
URGENT = frozenset({"halt", "rollback", "abort"})
ABOUT_A_NUMBER = frozenset({"plan", "confirm", "waive", "checklist", "check", "uncheck", "skip"})
LOOK = 0.25  # seconds between two looks for the answer
UNANSWERED = 3
_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\[\]-]{0,38}")


def verbs() -> dict[str, Any]:
    """Verb → its command, for every verb of comments that makes sense here."""
    group = typer.Typer()
    for verb in COMMANDS.values():
        if verb.name not in NOT_HERE:
            _add(group, verb)
    made: Any = typer.main.get_command(group)
    return dict(made.commands)


def render_rows() -> str:
    """The rows of the table in `docs/operations/cli.md`."""
    return "".join(f"| `tagboat {name}` | {COMMANDS[name].summary} |\n" for name in verbs())


def _add(group: typer.Typer, verb: Verb) -> None:
    takes = verb.usage.partition(" ")[2].replace("[--all] ", "")

    def run(
        repository: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="The repository.", show_default=False)],
        words: Annotated[
            list[str] | None,
            typer.Argument(metavar=takes, help="As in a comment; the reason comes last."),
        ] = None,
        login: Annotated[
            str, typer.Option("--as", metavar="LOGIN", help="Who asks; your name on this machine when left out.")
        ] = "",
        number: Annotated[
            int, typer.Option("--in", metavar="NUMBER", min=0, help="The pull request or issue that it is about.")
        ] = 0,
        wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="How long to wait for the answer.")] = 60,
        no_wait: Annotated[bool, typer.Option("--no-wait", help="Only leave it there.")] = False,
    ) -> None:
        # A flag of the verb may stand anywhere, also before the repository.
        given = [repository, *(words or [])]
        repository = next((word for word in given if not word.startswith("-")), repository)
        given.remove(repository)
        line = " ".join(" ".join([verb.name, *spelled(verb.name, given)]).split())
        try:
            _understand(line, verb, number)
            status = asyncio.run(_ask(repository, line, _operator(login), number, 0.0 if no_wait else max(0.0, wait)))
        except NoMemory as error:
            raise fail(str(error)) from None
        raise typer.Exit(status)

    group.command(
        verb.name,
        help=escape(f"{verb.summary}\n\nAs {verb.usage} in a comment, by the operator."),
        short_help=escape(verb.summary),
        rich_help_panel=STEER,
        context_settings={"ignore_unknown_options": True},
    )(run)


def spelled(verb: str, words: list[str]) -> list[str]:
    """The words as a comment would have them: a shell takes the quotes from an item of many words, which has to keep them."""
    first = next((index for index, word in enumerate(words) if not word.startswith("-")), None)
    if verb not in ITEM_FIRST or first is None or len(words[first].split()) < 2 or words[first].startswith('"'):
        return words
    return [*words[:first], as_one_word(words[first]), *words[first + 1 :]]


def _understand(line: str, verb: Verb, number: int) -> None:
    """Raises NoMemory for what no worker needs to see."""
    (typed, *_) = parse(PREFIX + line, PREFIX) or (None,)
    if isinstance(typed, ParseError):
        raise NoMemory(f"{typed.message} {typed.hint}")
    if not isinstance(typed, Command) or isinstance(typed, DidYouMean):
        raise NoMemory(f"“{line}” cannot be read as {verb.usage}.")
    if verb.name in ABOUT_A_NUMBER and not number:
        raise NoMemory(f"{verb.name} is about a pull request: name it with --in NUMBER.")


def ask(repository: str, line: str, patience: float = 60.0) -> int:
    """Have one line answered, under this machine's name; the exit status. Raises NoMemory."""
    return asyncio.run(_ask(repository, line, _operator(""), 0, patience))


def _operator(login: str) -> str:
    """The name that stands in the audit trail. It is not proven: whoever can write to this database could write any."""
    if not login:
        try:
            login = getpass.getuser()
        except (OSError, KeyError):
            login = "somebody"
    if _LOGIN.fullmatch(login) is None:
        raise NoMemory(f"“{login}” is no login: letters, digits, `-`, `_` and `.`, at most 39 of them.")
    return login


async def _ask(repository: str, line: str, login: str, number: int, patience: float) -> int:
    """The exit status: 0 when it was done or answered, 1 when it was refused, 3 when nobody has answered yet."""
    place = of_this_place(settings())
    async with opened(place) as store:
        repo = await named(store, repository)
        source = f"terminal-{uuid.uuid4().hex[:16]}"
        now = time()
        what = {"kind": "terminal", "body": line, "number": number, "login": login}
        by = Actor(0, f"{login} (operator)")
        asked = Asked(source=source, ordinal=0, target=command(repo.id, source), by=by, at=now, what=what)
        await store.receive((), (asked,), (), now)
        heard = await _wake(place, Wake(asked.target, urgent=line.partition(" ")[0] in URGENT), now)
        if not patience:
            say(f"Kept as {source}.")
            return 0
        if not await _answered(store, source, patience):
            after = "" if heard else " Redis could not be told, so it waits for the clock."
            err.print(
                f"It is kept, and nobody has answered within {patience:g} s.{after} It is carried out as soon as a worker "
                f"runs; `tagboat explain {repo.full_name}` says how things stand.",
                style="yellow",
            )
            return UNANSWERED
        return await _tell(store, repo, source, asked, now)


async def _wake(place: Settings, wake: Wake, now: float) -> bool:
    """Whether a worker was told. If not, the clock finds it: it is in the database."""
    own = place.state_dir / "valkey" / "valkey.sock"
    url = place.redis_url or (f"unix://{own}" if own.exists() else "")
    if not url:
        return False
    try:
        async with Queue.connect(url) as queue:
            await queue.wake([wake], now)
    except (RedisError, OSError, ValueError):
        return False
    return True


async def _answered(store: Store, source: str, patience: float) -> bool:
    """Wait until nothing that came of it is without an answer, wherever it was passed on to."""
    until = monotonic() + patience
    while await store.unanswered(source):
        if monotonic() > until:
            return False
        await asyncio.sleep(LOOK)
    return True


async def _tell(store: Store, repo: Repo, source: str, asked: Asked, since: float) -> int:
    answers = await store.answers(repo.id, source)
    for text in answers:
        show(Markdown(text.replace("\u200b", "")))
    lines = await store.decided([asked.target], 0.0)
    if not answers:
        say(lines[-1].because if lines else "It was answered before.")
    # The command's job says in the audit trail whether it was refused, an environment's says so in the answer itself.
    refused = any(line.outcome != "accepted" for line in lines) or any("\n\n❌" in text for text in answers)
    return 1 if refused else 0
