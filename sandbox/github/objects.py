"""Git's objects as the sandbox keeps them: trees, commits, annotated tags. All frozen, all named by their content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.github.accounts import Shared


@dataclass(frozen=True, slots=True, eq=False)
class Tree(Shared):
    """The files of one commit: path → text."""

    sha: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who and when, as git writes it; `login` is the GitHub account that the address belongs to."""

    name: str
    email: str
    at: float
    login: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Commit(Shared):
    sha: str
    tree: Tree
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class TagObject(Shared):
    """An annotated tag."""

    sha: str
    tag: str
    target: str
    tagger: Signature
    message: str
