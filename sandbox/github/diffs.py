"""What changed between two trees, and merging two changes of the same files: line by line, as git does it.

Renames are seen when the text stayed the same. A merge conflicts where both sides changed the same or touching lines differently.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from functools import lru_cache

from sandbox.github.commits import blob_sha, make_tree
from sandbox.github.objects import Tree


@dataclass(frozen=True, slots=True)
class FileChange:
    """One file's change: status is added, removed, modified or renamed; `patch` begins at the first `@@`."""

    path: str
    status: str
    additions: int
    deletions: int
    patch: str
    blob: str
    previous: str | None = None


def changed_files(before: Tree | None, after: Tree) -> list[FileChange]:
    """In order of path. `before` None is the empty tree."""
    old: Mapping[str, str] = before.files if before else {}
    new = after.files
    gone = {path for path in old if path not in new}
    fresh = {path for path in new if path not in old}
    changes: list[FileChange] = []
    by_text = {old[path]: path for path in gone if old[path]}
    for path in sorted(fresh):
        origin = by_text.pop(new[path], None)
        if origin is not None:
            fresh.discard(path)
            gone.discard(origin)
            changes.append(FileChange(path, "renamed", 0, 0, "", blob_sha(new[path]), origin))
    for path in fresh:
        changes.append(_change(path, "added", "", new[path]))
    for path in gone:
        changes.append(_change(path, "removed", old[path], ""))
    for path in new.keys() & old.keys():
        if old[path] != new[path]:
            changes.append(_change(path, "modified", old[path], new[path]))
    return sorted(changes, key=lambda change: change.path)


def _change(path: str, status: str, old: str, new: str) -> FileChange:
    patch, additions, deletions = _patch(old, new)
    return FileChange(path, status, additions, deletions, patch, blob_sha(old if status == "removed" else new))


@lru_cache(maxsize=4096)
def _patch(old: str, new: str) -> tuple[str, int, int]:
    lines = list(unified_diff(old.splitlines(), new.splitlines(), lineterm=""))[2:]
    additions = sum(line.startswith("+") for line in lines)
    deletions = sum(line.startswith("-") for line in lines)
    return "\n".join(lines), additions, deletions


def merge_trees(ancestor: Tree, ours: Tree, theirs: Tree) -> Tree | None:
    """Both changes since `ancestor` applied; None when they conflict."""
    merged: dict[str, str] = {}
    for path in {**ancestor.files, **ours.files, **theirs.files}:
        start, mine, other = ancestor.files.get(path), ours.files.get(path), theirs.files.get(path)
        if mine == other or other == start:
            text = mine
        elif mine == start:
            text = other
        elif mine is None or other is None:
            return None
        else:
            text = _merge_text(start or "", mine, other)
            if text is None:
                return None
        if text is not None:
            merged[path] = text
    return make_tree(merged)


def _merge_text(start: str, mine: str, other: str) -> str | None:
    lines = start.splitlines(keepends=True)
    edits = sorted(set(_edits(lines, mine)) | set(_edits(lines, other)))
    merged: list[str] = []
    at, previous_end = 0, -1
    for begin, end, text in edits:
        if begin <= previous_end:
            return None
        merged += lines[at:begin]
        merged += text
        at, previous_end = end, end
    return "".join(merged + lines[at:])


def _edits(lines: list[str], text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    wanted = text.splitlines(keepends=True)
    matcher = SequenceMatcher(None, lines, wanted, autojunk=False)
    return [
        (begin, end, tuple(wanted[first:last]))
        for tag, begin, end, first, last in matcher.get_opcodes()
        if tag != "equal"
    ]
