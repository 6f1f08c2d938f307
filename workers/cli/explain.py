"""`tagboat explain`: what the living comment says, on the command line and from memory alone, so also while the bot is down."""

import asyncio
import re
import time
from typing import TYPE_CHECKING, Annotated

import typer

from workers.cli.terminal import LOOK, app, fail, settings, show, show_json

if TYPE_CHECKING:
    from workers.cli.telling import Found

_PULL = re.compile(r"#?([1-9][0-9]{0,9})")
_COMMIT = re.compile(r"[0-9a-fA-F]{7,40}")


@app.command(rich_help_panel=LOOK)
def explain(
    repository: Annotated[str, typer.Argument(metavar="OWNER/REPO", help="The repository.", show_default=False)],
    about: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ENVIRONMENT|NUMBER|SHA|METRIC]",
            help="One environment, a pull request, a commit, or the cases behind one of the four keys; everything when left out.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say what is live, what moves, what was measured, why it waits and what can be done. The bot need not run, save for a metric."""
    from workers.cli.memory import NoMemory

    words = about or []
    try:
        found = asyncio.run(look(repository, " ".join(words)))
    except NoMemory as error:
        if _is_metric(words):
            raise typer.Exit(_cases(repository, words)) from None
        raise fail(str(error)) from None
    if as_json:
        show_json(found.value)
    else:
        show(found.shown)


def _is_metric(words: list[str]) -> bool:
    """Whether they begin as the comment's `/explain lead time 30d` does."""
    from bot.commands.explain import metrics_named

    return any(metrics_named(" ".join(words[:end])) for end in range(1, len(words) + 1))


def _cases(repository: str, words: list[str]) -> int:
    from workers.cli.memory import NoMemory
    from workers.cli.steer import ask

    try:
        return ask(repository, " ".join(["explain", *words]))
    except NoMemory as error:
        raise fail(str(error)) from None


async def look(repository: str, about: str) -> "Found":
    """What is asked about. Raises NoMemory."""
    from bot.web.standing import gather
    from workers.cli import telling
    from workers.cli.memory import NoMemory, named, of_this_place, opened

    async with opened(of_this_place(settings())) as store:
        repo = await named(store, repository)
        told = await gather(store, repo, time.time())
        if not about:
            return telling.everything(told)
        for it in told.environments:
            if it.environment.casefold() == about.casefold():
                return telling.one_environment(told, it)
        if number := _PULL.fullmatch(about):
            return await telling.pull_request(store, repo, told, int(number[1]))
        if _COMMIT.fullmatch(about):
            return await telling.commit(store, repo, told, about.lower())
        known = ", ".join(it.environment for it in told.environments) or "none yet"
        raise NoMemory(
            f"“{about}” is no environment of {repo.full_name} (known: {known}), no number of a pull request and no commit."
        )
