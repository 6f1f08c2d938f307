"""What an operator does by hand: `lint` a policy, `replay` a delivery, call the `doctor`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated

import typer

from workers.cli.terminal import LOOK, app, fail, say, settings


@app.command(rich_help_panel=LOOK)
def lint(
    file: Annotated[Path, typer.Argument(help="The policy file.")] = Path(".github/tagboat.yml"),
    org: Annotated[
        Path | None, typer.Option(help="The organisation's file, on top of which it is to hold: its `tagboat.yml`.")
    ] = None,
) -> None:
    """Check a policy file: every mistake with its line and the way to mend it, and how the rest was understood."""
    from bot.rollout.lint import lint as look
    from workers.lint import Unreadable, read_policy_file, told

    try:
        found = look(read_policy_file(file), read_policy_file(org) if org else None)
    except Unreadable as error:
        raise fail(str(error)) from None
    for kind, findings in (("error", found.errors), ("warning", found.warnings)):
        for one in findings:
            where = f"{one.path}: " if one.path else ""
            whose = org if one.source == "organisation" else file
            say(f"{whose}:{one.line}:{one.column}: {kind}: {where}{one.message}")
            say(f"    {one.fix}")
    if found.policy is None:
        raise typer.Exit(1)
    say(f"{file}: understood.")
    for line in told(found.policy):
        say(line)


@app.command(rich_help_panel=LOOK)
def replay(
    file: Annotated[
        Path,
        typer.Argument(help="The JSON of a delivery: its payload, or all of it as GitHub's API gives it."),
    ],
    event: Annotated[
        str, typer.Option(help="The X-GitHub-Event of the delivery, where the file does not say it.")
    ] = "",
    delivery: Annotated[str, typer.Option(help="Its GUID; the file's, or a new one, when left out.")] = "",
    url: Annotated[str, typer.Option(help="Where to; this Tagboat when left out.")] = "",
) -> None:
    """Send a saved delivery again, signed as GitHub would."""
    from workers.replay import NotReplayed, read_delivery, send

    operator = settings()
    try:
        saved = read_delivery(file, event=event, guid=delivery)
        answer = send(saved, operator.webhook_secrets, url or f"{operator.public_url}/webhooks")
    except NotReplayed as error:
        raise fail(str(error), 1) from None
    say(f"{answer.status} in {answer.milliseconds:.0f} ms, delivery {saved.guid}: {answer.text}")
    if answer.status >= 300:
        raise typer.Exit(1)


@app.command(rich_help_panel=LOOK)
def doctor() -> None:
    """Look at everything that Tagboat needs, and say how to mend what is broken."""
    if not asyncio.run(_doctor()):
        raise typer.Exit(1)


async def _doctor() -> bool:
    """Whether all is well."""
    from workers.doctor import examine

    well = True
    async for found in examine(os.environ):
        say(f"{'✅' if found.ok else '❌'} {found.what}")
        if found.fix:
            say(f"   {found.fix}")
        well = well and found.ok
    return well
