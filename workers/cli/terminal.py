"""What every command of the command line shares: the application that they belong to, and how it speaks to the person at the terminal."""

import os
from typing import Any

import msgspec
import typer
from rich.console import Console

from bot.settings import Settings, SettingsError, read_settings
from workers.cli.lines import LOOK, RUN, STEER, Lines

__all__ = ["LOOK", "RUN", "STEER", "app", "err", "fail", "out", "say", "settings", "show", "show_json"]

app = typer.Typer(
    cls=Lines,
    help="Makes releases boring: gated, progressive deployments from a pull request.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


def settings() -> Settings:
    """The operator's, from the environment. Ends the program where they cannot be used."""
    try:
        return read_settings(os.environ)
    except SettingsError as error:
        raise fail(str(error)) from None


def say(line: str) -> None:
    """A line as it stands: nothing in it is markup."""
    out.print(line, markup=False, emoji=False)


def show(thing: Any) -> None:
    """Something that rich draws: a table, a text with colours. It is folded to the width of the terminal."""
    out.print(thing, markup=False, emoji=False, soft_wrap=False)


def show_json(value: Any) -> None:
    """Any value of msgspec's kinds, for programs."""
    out.print(msgspec.json.format(msgspec.json.encode(value), indent=2).decode(), markup=False, emoji=False)


def fail(message: str, status: int = 2) -> typer.Exit:
    """Say what is wrong; raise what comes back."""
    err.print(message, style="red", markup=False, emoji=False)
    return typer.Exit(status)
