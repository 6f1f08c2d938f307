"""`tagboat audit`: what was done and by whom, to keep and to verify."""

from pathlib import Path
from typing import Annotated

import typer

from workers.cli.terminal import LOOK, app, err, fail, settings


@app.command(rich_help_panel=LOOK)
def audit(
    repository: Annotated[str, typer.Argument(help="OWNER/REPO; every repository when left out.")] = "",
    against: Annotated[
        Path | None, typer.Option(help="An earlier export: each of its lines has to be there still, as it was.")
    ] = None,
) -> None:
    """Print the audit trail as JSON lines, and say on standard error whether its chains hold."""
    from workers.audit import NotExported, export_all

    try:
        verified, lines = export_all(settings(), repository, against, typer.echo)
    except NotExported as error:
        raise fail(str(error)) from None
    for line in lines:
        err.print(line, markup=False, emoji=False)
    if verified.broken:
        raise typer.Exit(1)
