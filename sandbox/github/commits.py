"""The commit graph: objects named by their content exactly as git names them, and the questions GitHub answers about them.

Trees are whole maps of path to text, which is enough for a small world; the sha of blob, tree, commit and tag is git's own, so that the
same files, parents, people and dates always give the same commit.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from sandbox.github.objects import Commit, Signature, TagObject, Tree

NO_SHA = "0" * 40

Object = TypeVar("Object", Commit, TagObject)


def _digest(kind: str, body: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()


@lru_cache(maxsize=8192)
def blob_sha(text: str) -> str:
    return _digest("blob", text.encode())


def make_tree(files: Mapping[str, str]) -> Tree:
    """A tree of these files. Paths are relative, with `/`."""
    return Tree(_tree_sha({path: blob_sha(text) for path, text in files.items()}), dict(files))


def _tree_sha(blobs: Mapping[str, str]) -> str:
    entries: dict[str, tuple[str, str]] = {}
    folders: dict[str, dict[str, str]] = {}
    for path, sha in blobs.items():
        first, slash, rest = path.partition("/")
        if slash:
            folders.setdefault(first, {})[rest] = sha
        else:
            entries[first] = ("100644", sha)
    for name, inside in folders.items():
        entries[name] = ("40000", _tree_sha(inside))
    ordered = sorted(entries.items(), key=lambda entry: entry[0] + ("/" if entry[1][0] == "40000" else ""))
    return _digest("tree", b"".join(f"{mode} {name}\0".encode() + bytes.fromhex(sha) for name, (mode, sha) in ordered))


def _stamp(who: Signature) -> str:
    return f"{who.name} <{who.email}> {int(who.at)} +0000"


def make_commit(
    tree: Tree, parents: Iterable[str], message: str, author: Signature, committer: Signature | None = None
) -> Commit:
    parents, committer = tuple(parents), committer or author
    lines = [f"tree {tree.sha}", *(f"parent {parent}" for parent in parents)]
    lines += [f"author {_stamp(author)}", f"committer {_stamp(committer)}", "", message]
    return Commit(_digest("commit", "\n".join(lines).encode()), tree, parents, author, committer, message)


def make_tag(name: str, target: str, message: str, tagger: Signature) -> TagObject:
    body = f"object {target}\ntype commit\ntag {name}\ntagger {_stamp(tagger)}\n\n{message}"
    return TagObject(_digest("tag", body.encode()), name, target, tagger, message)


class Objects:
    """Every commit and tag of the world; forks share them, as on GitHub."""

    def __init__(self) -> None:
        self._objects: dict[str, Commit | TagObject] = {}
        self._arrived: dict[str, int] = {}

    def add(self, thing: Object) -> Object:
        self._arrived.setdefault(thing.sha, len(self._arrived))
        self._objects[thing.sha] = thing
        return thing

    def get(self, sha: str) -> Commit | TagObject | None:
        return self._objects.get(sha)

    def commit(self, sha: str) -> Commit:
        """The commit of this sha, or the one that the tag of this sha points at. KeyError if there is none."""
        thing = self._objects[sha]
        return self.commit(thing.target) if isinstance(thing, TagObject) else thing

    def starting_with(self, prefix: str) -> Commit | None:
        """The one commit whose sha starts so; None if none or several do."""
        if len(prefix) == 40:
            thing = self._objects.get(prefix)
            return thing if isinstance(thing, Commit) else None
        found = [sha for sha, thing in self._objects.items() if sha.startswith(prefix) and isinstance(thing, Commit)]
        return self.commit(found[0]) if len(found) == 1 else None

    def log(self, *starts: str, without: frozenset[str] | set[str] = frozenset()) -> Iterator[Commit]:
        """Commits reachable from `starts`, newest first as `git log` orders them, leaving out `without`."""
        heap: list[tuple[float, int, str]] = []
        seen: set[str] = set(without)

        def push(sha: str) -> None:
            if sha not in seen:
                seen.add(sha)
                heapq.heappush(heap, (-self.commit(sha).committer.at, -self._arrived[sha], sha))

        for start in starts:
            push(start)
        while heap:
            commit = self.commit(heapq.heappop(heap)[2])
            yield commit
            for parent in commit.parents:
                push(parent)

    def reachable(self, *starts: str) -> set[str]:
        """The shas of `starts` and all their ancestors."""
        seen = set(starts)
        left = list(starts)
        while left:
            for parent in self.commit(left.pop()).parents:
                if parent not in seen:
                    seen.add(parent)
                    left.append(parent)
        return seen

    def contains(self, tip: str, sha: str) -> bool:
        """Is `sha` the commit `tip` or an ancestor of it?"""
        return any(commit.sha == sha for commit in self.log(tip))

    def between(self, without: str, tip: str) -> list[Commit]:
        """Commits that `tip` has and `without` has not, oldest first."""
        if without == tip:
            return []
        return list(self.log(tip, without=self.reachable(without)))[::-1]

    def merge_base(self, one: str, other: str) -> Commit | None:
        """The newest commit that both contain; None for unrelated histories."""
        if one == other:
            return self.commit(one)
        mine = self.reachable(one)
        return next((commit for commit in self.log(other) if commit.sha in mine), None)
