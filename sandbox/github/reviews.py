"""Reviews of pull requests."""

from __future__ import annotations

from sandbox.github.accounts import Actor
from sandbox.github.errors import GitHubError, refused
from sandbox.github.events import emit
from sandbox.github.issues import check_body
from sandbox.github.state import Pull, Repository, Review
from sandbox.github.world import World

STATES = {"APPROVED": "APPROVED", "APPROVE": "APPROVED", "CHANGES_REQUESTED": "CHANGES_REQUESTED"}
STATES |= {"REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENTED": "COMMENTED", "COMMENT": "COMMENTED"}


def submit(
    world: World, repo: Repository, actor: Actor, pull: Pull, state: str, body: str = "", *, sha: str | None = None
) -> Review:
    """A review of the head, or of an older commit of the pull request."""
    found = STATES.get(state.upper())
    if found is None:
        raise refused(f"Invalid request.\n\n{state!r} is not a review event.")
    check_body("PullRequestReview", body)
    if found != "APPROVED" and not body:
        raise refused("Unprocessable Entity")
    if actor.user == pull.user and found != "COMMENTED":
        word = "approve" if found == "APPROVED" else "request changes on"
        raise GitHubError(422, "Unprocessable Entity", errors=[f"Can not {word} your own pull request"])
    now = float(int(world.now()))
    review = Review(world.new_id(), pull.number, actor.user, body, found, sha or pull.head_sha, now)  # type: ignore[arg-type]
    repo.reviews[review.id] = review
    pull.updated_at = now
    world.changed(repo)
    emit(world, "pull_request_review", "submitted", repo, actor, review)
    return review


def of_pull(repo: Repository, pull: Pull) -> list[Review]:
    """Oldest first."""
    return [review for review in repo.reviews.values() if review.number == pull.number]
