"""What a pull request brings: its commits, its files, whether it can be merged. Asked often and fixed by a pair of shas, so remembered."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.github.commits import make_commit
from sandbox.github.diffs import FileChange, changed_files, merge_trees
from sandbox.github.objects import Commit, Signature, Tree
from sandbox.github.state import Pull, Repository
from sandbox.github.world import World


@dataclass(frozen=True, slots=True)
class Range:
    """From a base to a head as `base...head` sees it: the head's own commits oldest first, and files since the merge base."""

    commits: tuple[Commit, ...]
    files: tuple[FileChange, ...]
    merge_base: Commit | None

    @property
    def additions(self) -> int:
        return sum(change.additions for change in self.files)

    @property
    def deletions(self) -> int:
        return sum(change.deletions for change in self.files)


def between(world: World, base: str, head: str) -> Range:
    key = ("range", base, head)
    found: Range | None = world.remembered.get(key)
    if found is None:
        objects = world.objects
        start = objects.merge_base(base, head)
        files = changed_files(start.tree if start else None, objects.commit(head).tree)
        found = world.remembered[key] = Range(tuple(objects.between(base, head)), tuple(files), start)
    return found


def of_pull(world: World, pull: Pull) -> Range:
    """What the pull request brings, compared with its base when its head was last pushed."""
    return between(world, pull.base_sha, pull.head_sha)


def merged_tree(world: World, repo: Repository, pull: Pull) -> Tree | None:
    """The files after merging the pull request into its base branch now; None when that conflicts or the branch is gone."""
    tip = repo.branches.get(pull.base_ref)
    if tip is None:
        return None
    key = ("merged", tip, pull.head_sha)
    if key not in world.remembered:
        start = world.objects.merge_base(tip, pull.head_sha)
        ours, theirs = world.objects.commit(tip).tree, world.objects.commit(pull.head_sha).tree
        world.remembered[key] = merge_trees(start.tree, ours, theirs) if start else None
    found: Tree | None = world.remembered[key]
    return found


def replayed(before: Tree, onto: Tree, after: Tree) -> Tree | None:
    """The change from `before` to `after` made again on `onto`; None when it conflicts."""
    return merge_trees(before, onto, after)


def trial_merge(world: World, repo: Repository, pull: Pull) -> str | None:
    """The sha of the commit that GitHub makes to see whether an open pull request merges; None when it does not."""
    tree = merged_tree(world, repo, pull)
    if tree is None:
        return None
    tip = repo.branches[pull.base_ref]
    github = Signature("GitHub", "noreply@github.com", max(pull.created_at, world.objects.commit(tip).committer.at))
    message = f"Merge {pull.head_sha} into {tip}"
    author = world.signature(pull.user, github.at)
    return world.objects.add(make_commit(tree, (tip, pull.head_sha), message, author, github)).sha
