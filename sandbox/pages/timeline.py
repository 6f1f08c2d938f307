"""Put a conversation together: what was said, pushed, reviewed, deployed and done to an issue or pull request, in order of time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.github import ranges
from sandbox.github.accounts import App, User
from sandbox.github.objects import Commit
from sandbox.github.state import Comment, Deployment, Issue, Pull, Reaction, Repository, Review
from sandbox.github.world import World
from sandbox.pages.chronicle import Chronicle, Happening

EMOJI = {
    "+1": "👍", "-1": "👎", "laugh": "😄", "hooray": "🎉", "confused": "😕", "heart": "❤️", "rocket": "🚀", "eyes": "👀",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A comment, or the text that an issue or pull request opens with (then `comment` is None)."""

    at: float
    anchor: str
    who: User
    app: App | None
    body: str
    edited: bool
    reactions: tuple[tuple[str, int, str], ...]
    comment: Comment | None
    kind: str = "said"


@dataclass(frozen=True, slots=True)
class Pushed:
    at: float
    commit: Commit
    kind: str = "pushed"


@dataclass(frozen=True, slots=True)
class Reviewed:
    at: float
    review: Review
    kind: str = "reviewed"


@dataclass(frozen=True, slots=True)
class Deployed:
    at: float
    deployment: Deployment
    kind: str = "deployed"


@dataclass(frozen=True, slots=True)
class Done:
    at: float
    happening: Happening
    kind: str = "done"


Item = Said | Pushed | Reviewed | Deployed | Done


def timeline(world: World, chronicle: Chronicle, repo: Repository, thread: Issue) -> list[Item]:
    """Everything, oldest first, beginning with the thread's own text."""
    opening = Said(
        thread.created_at,
        f"issue-{thread.number}",
        thread.user,
        thread.app,
        thread.body or "",
        False,
        reactions_of(thread.reactions),
        None,
    )
    rest = [*_comments(repo, thread), *_happenings(chronicle, repo, thread)]
    if isinstance(thread, Pull):
        rest += [*_commits(world, thread), *_reviews(repo, thread), *_deployments(world, repo, thread)]
    return [opening, *sorted(rest, key=lambda item: (int(item.at), _rank(item)))]


def _rank(item: Item) -> int:
    """Dates are whole seconds, so within one the numbers that things got say what came first. Commits have none."""
    match item:
        case Said():
            return item.comment.id if item.comment else 0
        case Reviewed():
            return item.review.id
        case Deployed():
            return item.deployment.id
        case Done():
            return item.happening.id
        case Pushed():
            return 0


def reactions_of(reactions: list[Reaction]) -> tuple[tuple[str, int, str], ...]:
    """Emoji, how many, and by whom, in GitHub's order."""
    found = []
    for content, emoji in EMOJI.items():
        people = [reaction.user.login for reaction in reactions if reaction.content == content]
        if people:
            found.append((emoji, len(people), ", ".join(people)))
    return tuple(found)


def _comments(repo: Repository, thread: Issue) -> Iterator[Item]:
    for comment in repo.comments.values():
        if comment.number == thread.number:
            yield Said(
                comment.created_at,
                f"issuecomment-{comment.id}",
                comment.user,
                comment.app,
                comment.body,
                comment.updated_at > comment.created_at,
                reactions_of(comment.reactions),
                comment,
            )


def _happenings(chronicle: Chronicle, repo: Repository, thread: Issue) -> Iterator[Item]:
    for happening in chronicle.of(repo.id, thread.number):
        yield Done(happening.at, happening)


def _commits(world: World, pull: Pull) -> Iterator[Item]:
    for commit in ranges.of_pull(world, pull).commits:
        yield Pushed(max(commit.committer.at, pull.created_at), commit)


def _reviews(repo: Repository, pull: Pull) -> Iterator[Item]:
    for review in repo.reviews.values():
        if review.number == pull.number and review.state != "PENDING":
            yield Reviewed(review.submitted_at, review)


def _deployments(world: World, repo: Repository, pull: Pull) -> Iterator[Item]:
    """Rollouts and plain deployments of what this pull request brought; the single shifts are on the deployments page."""
    shas = {commit.sha for commit in ranges.of_pull(world, pull).commits} | {pull.head_sha}
    if pull.merged and pull.merge_commit_sha:
        shas.add(pull.merge_commit_sha)
    for deployment in repo.deployments.values():
        if deployment.task != "shift" and deployment.sha in shas:
            yield Deployed(deployment.created_at, deployment)
