"""`tagboat schema`: the policy file for editors."""

import typer

from workers.cli.terminal import LOOK, app


@app.command(rich_help_panel=LOOK)
def schema() -> None:
    """Print the JSON schema of the policy file, for editors that complete keys and underline mistakes."""
    from bot.policy import render_schema

    typer.echo(render_schema(), nl=False)
