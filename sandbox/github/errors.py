"""What GitHub answers when it does not do what was asked: one exception, and the usual refusals by name.

The wording follows GitHub's, because clients tell cases apart by it ("Resource not accessible by integration", "Bad credentials").
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOCS = "https://docs.github.com/rest"


class GitHubError(Exception):
    """A refusal: HTTP `status`, `message`, GitHub's list of `errors`, further `headers`."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        errors: list[Any] | None = None,
        headers: Mapping[str, str] | None = None,
        docs: str = DOCS,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.errors = errors
        self.headers = dict(headers or {})
        self.docs = docs

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message}
        if self.errors is not None:
            body["errors"] = self.errors
        return body | {"documentation_url": self.docs, "status": str(self.status)}


def not_found() -> GitHubError:
    return GitHubError(404, "Not Found")


def bad_credentials() -> GitHubError:
    return GitHubError(401, "Bad credentials")


def forbidden(message: str = "Must have push access to repository.", accepted: str | None = None) -> GitHubError:
    return GitHubError(403, message, headers={"X-Accepted-GitHub-Permissions": accepted} if accepted else None)


def conflict(message: str, **more: Any) -> GitHubError:
    return GitHubError(409, message, **more)


def refused(message: str, *, docs: str = DOCS) -> GitHubError:
    """A 422 with one sentence and no list of fields."""
    return GitHubError(422, message, docs=docs)


def invalid(resource: str, field: str, code: str = "invalid", message: str | None = None) -> GitHubError:
    """A 422 "Validation Failed" about one field; `code` is missing_field, invalid, already_exists, or custom with a message."""
    error: dict[str, Any] = {"resource": resource, "code": "custom" if message else code, "field": field}
    if message:
        error["message"] = message
    return GitHubError(422, "Validation Failed", errors=[error])


def wrong_type(field: str, value: Any, wanted: str) -> GitHubError:
    """A 422 for a body that does not match the request's schema."""
    shown = "nil" if value is None else repr(value)
    return GitHubError(422, f"Invalid request.\n\nFor 'properties/{field}', {shown} is not {wanted}.")
