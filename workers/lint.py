"""What `tagboat lint` does around `bot.rollout.lint`: it reads a policy file from the disk, and tells what was understood in lines."""

from collections.abc import Iterator
from pathlib import Path

from bot.policy import Policy
from bot.rollout.lint import understood

LARGEST = 1_000_000  # bytes; what a policy may have is far less, and the parser says so


class Unreadable(Exception):  # noqa: N818 - it is read aloud in `except Unreadable`
    """There is no text to look at. The message says why and what to do."""


def read_policy_file(file: Path) -> str:
    """The text of a policy file. Raises Unreadable."""
    try:
        with file.open("rb") as opened:
            octets = opened.read(LARGEST)
    except FileNotFoundError:
        raise Unreadable(
            f"There is no {file}. Name the policy file, or go where it is: it belongs to .github/tagboat.yml."
        ) from None
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror}.") from None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"{file}:{line}: this is not UTF-8, which GitHub and Tagboat read. Save the file as UTF-8."
        ) from None


def told(policy: Policy) -> Iterator[str]:
    """What was understood, in lines to read: how the bot will read the sentences of each environment."""
    for name, environment in policy.environments.items():
        if environment.rollback.when:
            yield f"{name}, rollback.mode {environment.rollback.mode}:"
            yield from (f"    {sentence}" for sentence in understood(environment))
