"""Talking to GitHub as a GitHub App: `GitHub` for the process, `RepoClient` for a job, errors that can be decided on.

`read` has one small function for each thing that is read. The parts: `wire` (one request), `credentials`, `limits`, `etags`, `errors`.
"""

from workers.github.client import GitHub, RepoClient, path
from workers.github.credentials import KeyUnreadable
from workers.github.errors import GitHubError, NotFound, RateLimited, Refused, Unauthorized, Unreachable
from workers.github.limits import Limits, OwnLimits
from workers.github.wire import Traffic

__all__ = [
    "GitHub",
    "GitHubError",
    "KeyUnreadable",
    "Limits",
    "NotFound",
    "OwnLimits",
    "RateLimited",
    "Refused",
    "RepoClient",
    "Traffic",
    "Unauthorized",
    "Unreachable",
    "path",
]
