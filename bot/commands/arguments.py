"""A small reader for the words of a command, from left to right, on which each verb builds what its words mean.

Every verb asks the same questions (an environment? a pin? the reason?), and every misuse deserves the same kind of answer: where it
is, what was expected, how to mend it. Whatever a verb did not ask for is an error in `finish`, so nothing typed is dropped in silence.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from bot.commands.model import Command

ALL = "all"
"""Stands for every environment. Exactly so: no environment of a policy may be called so, in any case."""


@dataclass
class UsageError(Exception):
    """A command that reads well but does not say what its verb needs.

    `column` counts from 1 in the line; `message` and `hint` are one sentence each of plain text that may quote what was typed.
    """

    column: int
    message: str
    hint: str

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Arguments:
    """Reads one command. `usage` (such as `/lock environment [2h] reason`) is what errors offer as the way to mend it."""

    def __init__(self, command: Command, usage: str = "") -> None:
        self.command = command
        self._usage = f"Usage: {usage}" if usage else "/help shows how it is used."
        self._next = 0
        self._rest_read = not command.rest
        self._pin_read = command.pin is None
        self._flags = set(command.flags)
        self._options = dict(command.options)

    @property
    def column(self) -> int:
        """Where the next unread word or the free text begins; behind the line's end when there is none."""
        command = self.command
        if self._next < len(command.args) and command.columns:
            return command.columns[self._next]
        if not self._rest_read and command.rest_column:
            return command.rest_column
        return len(command.text) + 1

    def peek(self) -> str | None:
        """The next word before the free text, left unread."""
        return self.command.args[self._next] if self._next < len(self.command.args) else None

    def maybe_word(self, fits: Collection[str] | Callable[[str], bool] | None = None) -> str | None:
        """The next word, if there is one and it fits; otherwise nothing is read."""
        word = self.peek()
        if word is None:
            return None
        if fits is not None and not (fits(word) if callable(fits) else word in fits):
            return None
        self._next += 1
        return word

    def word(self, expected: str) -> str:
        """The next word; `expected` says in the error what it should have been, such as `the environment`."""
        word = self.maybe_word()
        if word is None:
            raise self.error(f"/{self.command.verb} needs {expected}.")
        return word

    def maybe_all(self) -> bool:
        """Whether the next word stands for every environment; then it is read."""
        return self.maybe_word({ALL}) is not None

    def maybe_pin(self) -> str | None:
        """The digits behind `@`, wherever the pin stood before the free text."""
        self._pin_read = True
        return self.command.pin

    def flag(self, name: str) -> bool:
        """Whether the flag was given."""
        present = name in self._flags
        self._flags.discard(name)
        return present

    def options(self) -> dict[str, str]:
        """All parameters, as text: a schema decides their types."""
        taken, self._options = self._options, {}
        return taken

    def rest_as_reason(self, expected: str = "") -> str:
        """Everything not yet read, as one line of text. With `expected` (such as `a reason`) it must not be empty."""
        words = [*self.command.args[self._next :], self.command.rest]
        reason = " ".join(word for word in words if word)
        if expected and not reason.strip():
            raise self.error(f"/{self.command.verb} needs {expected}.")
        self._next = len(self.command.args)
        self._rest_read = True
        return reason

    def finish(self) -> None:
        """Raises UsageError when something typed was not asked for."""
        left = self.peek() or ("" if self._rest_read else self.command.rest)
        if left:
            raise self.error(f"/{self.command.verb} has no place for “{left}”.")
        if not self._pin_read:
            raise self.error(f"/{self.command.verb} takes no commit here, but @{self.command.pin} is given.")
        if self._flags:
            raise self.error(f"--{min(self._flags)} has no meaning here.")
        if self._options:
            raise self.error(f"/{self.command.verb} takes no parameter {min(self._options)}.")

    def error(self, message: str, hint: str = "") -> UsageError:
        """A UsageError at the next unread word, for the caller to raise."""
        return UsageError(self.column, message, hint or self._usage)
