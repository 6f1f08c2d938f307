"""`tagboat init` and `tagboat schema`: a policy file to begin with, and what editors need to know of it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from workers.cli.terminal import LOOK, app, fail, say


@app.command(rich_help_panel=LOOK)
def init(directory: Annotated[Path, typer.Argument(help="The checkout.")] = Path()) -> None:
    """Write a policy file to begin with, made from the checkout's workflows; one that is there is left alone."""
    from bot.policy.schema import PATH
    from workers.init import NotBegun, begin

    address = os.environ.get("PUBLIC_URL", "").rstrip("/")
    try:
        begun = begin(directory, address + PATH if address.startswith("https://") else "")
    except NotBegun as error:
        raise fail(str(error)) from None
    say(f"{begun.file}: written. It moves nothing by itself. Made from:")
    for line in begun.made_from:
        say(f"    {line}")


@app.command(rich_help_panel=LOOK)
def schema() -> None:
    """Print the JSON schema of the policy file, for editors that complete keys and underline mistakes."""
    from bot.policy import render_schema

    typer.echo(render_schema(), nl=False)
