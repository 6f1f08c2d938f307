"""What can go wrong between us and GitHub, as a tree small enough to decide on.

The one loop treats each kind differently: `NotFound` and `Refused` are answers (or, within a minute of a write, GitHub's lists lagging),
`RateLimited` says when to come back, `Unreachable` means that nobody knows whether a write happened. Messages name the request and
GitHub's own words; tokens and keys never come near them.
"""

# ruff: noqa: N818 - they are read aloud in `except NotFound`

from collections.abc import Mapping
from typing import Any

Headers = Mapping[str, str]


class GitHubError(Exception):
    """Something between us and GitHub. `status` is the HTTP status, 0 where there was none."""

    def __init__(self, message: str, *, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class NotFound(GitHubError):
    """404 or 410: not there, not there yet, or not for us to see. `accepted` is the permission that GitHub says would do, if it says."""

    def __init__(self, message: str, *, status: int = 404, accepted: str = "") -> None:
        super().__init__(message, status=status)
        self.accepted = accepted


class Refused(GitHubError):
    """GitHub understood and said no. `message` and `errors` are GitHub's, `accepted` the permissions that would do."""

    def __init__(
        self, text: str, *, status: int, message: str = "", errors: tuple[Any, ...] = (), accepted: str = ""
    ) -> None:
        super().__init__(text, status=status)
        self.message = message
        self.errors = errors
        self.accepted = accepted


class TooLarge(GitHubError):
    """A file of more than the 1 MB that GitHub hands out with its contents."""


class Unauthorized(GitHubError):
    """401 twice: also with fresh credentials."""


class RateLimited(GitHubError):
    """Nothing may be asked before `until` (Unix seconds, spread by jitter so that not everybody comes back at once)."""

    def __init__(self, message: str, until: float, *, status: int = 0) -> None:
        super().__init__(message, status=status)
        self.until = until


class Unreachable(GitHubError):
    """No usable answer: network, timeout, 5xx, a page where JSON was expected. A write may have happened all the same."""


def from_answer(request: str, status: int, headers: Headers, document: Any) -> GitHubError:
    """The error for a status of 300 and more that is not a rate limit. `document` is the decoded body, or None."""
    said = document if isinstance(document, Mapping) else {}
    message = said.get("message")
    message = message if isinstance(message, str) else ""
    accepted = headers.get("x-accepted-github-permissions", "")
    words = f"{request}: GitHub answered {status}" + (f": {message}" if message else "")
    if status in (404, 410):
        return NotFound(words, status=status, accepted=accepted)
    if status == 401:
        return Unauthorized(
            f"{words}. Check GITHUB_APP_ID, the private key and this machine's clock: `tagboat doctor`.", status=401
        )
    if status >= 500:
        return Unreachable(words, status=status)
    errors = said.get("errors")
    errors = tuple(errors) if isinstance(errors, list) else (errors,) if errors else ()
    if errors:
        words += " (" + "; ".join(_error_words(error) for error in errors) + ")"
    if status == 403 and accepted:
        words += f". The App needs {_permission_words(accepted)}: grant it on the App's settings page and accept it in the installation."
    return Refused(words, status=status, message=message, errors=errors, accepted=accepted)


def _error_words(error: Any) -> str:
    """One entry of GitHub's `errors`: a string, or an object of resource, field, code and sometimes a message."""
    if not isinstance(error, Mapping):
        return str(error)
    if error.get("message"):
        return str(error["message"])
    return " ".join(str(error[part]) for part in ("resource", "field", "code") if error.get(part))


def _permission_words(accepted: str) -> str:
    """`issues=write; pull_requests=write` → `issues: write` or `pull_requests: write`."""
    choices = [choice.strip() for choice in accepted.split(";") if choice.strip()]
    return " or ".join(
        " and ".join(f"`{part.strip().replace('=', ': ')}`" for part in choice.split(",")) for choice in choices
    )
