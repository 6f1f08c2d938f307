"""How things in a repository are found: by number or by ref. Whatever there is not is GitHub's 404."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from sandbox.github.commits import Objects
from sandbox.github.errors import not_found
from sandbox.github.state import CheckRun, Comment, Deployment, Issue, Pull, Release, Repository, WorkflowRun

Thing = TypeVar("Thing")


class Finding:
    """The lookups of a `World`."""

    objects: Objects

    def thread(self, repo: Repository, number: int) -> Issue:
        """The issue or pull request of this number."""
        found = repo.threads.get(number)
        if found is None:
            raise not_found()
        return found

    def pull(self, repo: Repository, number: int) -> Pull:
        found = repo.threads.get(number)
        if not isinstance(found, Pull):
            raise not_found()
        return found

    def comment(self, repo: Repository, number: int) -> Comment:
        return _in(repo.comments, number)

    def run(self, repo: Repository, number: int) -> CheckRun:
        return _in(repo.runs, number)

    def deployment(self, repo: Repository, number: int) -> Deployment:
        return _in(repo.deployments, number)

    def workflow_run(self, repo: Repository, number: int) -> WorkflowRun:
        return _in(repo.workflow_runs, number)

    def release(self, repo: Repository, number: int) -> Release:
        return _in(repo.releases, number)

    def resolve(self, repo: Repository, ref: str) -> str | None:
        """The commit sha that a branch, tag, full ref, or (abbreviated) sha names; None if nothing does."""
        for prefix, names in (("refs/heads/", repo.branches), ("refs/tags/", repo.tags)):
            short = ref.removeprefix(prefix).removeprefix(prefix.removeprefix("refs/"))
            if short in names:
                return self.objects.commit(names[short]).sha
        if ref.startswith(("refs/pull/", "pull/")):
            parts = ref.removeprefix("refs/").split("/")
            found = repo.threads.get(int(parts[1])) if len(parts) == 3 and parts[1].isdigit() else None
            return found.head_sha if isinstance(found, Pull) and parts[2] == "head" else None
        if ref == "HEAD":
            return repo.branches.get(repo.default_branch)
        if 7 <= len(ref) <= 40 and all(letter in "0123456789abcdef" for letter in ref):
            found_commit = self.objects.starting_with(ref)
            return found_commit.sha if found_commit else None
        return None


def _in(things: Mapping[int, Thing], number: int) -> Thing:
    found = things.get(number)
    if found is None:
        raise not_found()
    return found
