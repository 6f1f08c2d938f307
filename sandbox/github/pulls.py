"""Pull requests: opened, edited, made ready, merged in the three ways GitHub has."""

from __future__ import annotations

from sandbox.github import pushes, ranges
from sandbox.github.accounts import Actor
from sandbox.github.commits import make_commit
from sandbox.github.errors import GitHubError, conflict, invalid, refused
from sandbox.github.events import emit
from sandbox.github.issues import MAX_BODY, check_body, check_title
from sandbox.github.objects import Commit, Signature, Tree
from sandbox.github.required import unmet
from sandbox.github.state import Pull, Repository
from sandbox.github.world import World

METHODS = ("merge", "squash", "rebase")
WEB_FLOW = "web-flow"

__all__ = ["MAX_BODY", "METHODS", "edit_pull", "merge", "open_pull", "set_draft"]


def open_pull(
    world: World,
    repo: Repository,
    actor: Actor,
    title: str,
    head_repo: Repository,
    head: str,
    base: str,
    *,
    body: str | None = None,
    draft: bool = False,
    maintainer_can_modify: bool = True,
) -> Pull:
    """A pull request from the branch `head` of `head_repo` to the branch `base`."""
    check_title("PullRequest", title)
    check_body("PullRequest", body)
    if base not in repo.branches:
        raise invalid("PullRequest", "base")
    if head not in head_repo.branches:
        raise invalid("PullRequest", "head")
    tip, base_sha = head_repo.branches[head], repo.branches[base]
    label = f"{head_repo.owner.login}:{head}"
    for other in repo.pulls():
        if (other.state, other.head_repo, other.head_ref, other.base_ref) == ("open", head_repo.id, head, base):
            raise invalid("PullRequest", "", message=f"A pull request already exists for {label}.")
    if world.objects.merge_base(base_sha, tip) is None:
        raise invalid("PullRequest", "", message=f"The {base} branch has no history in common with {label}")
    if not world.objects.between(base_sha, tip):
        raise invalid("PullRequest", "", message=f"No commits between {base} and {head}")
    repo.last_number += 1
    now = float(int(world.now()))
    pull = Pull(
        id=world.new_id(),
        pull_id=world.new_id(),
        number=repo.last_number,
        title=title,
        body=body,
        user=actor.user,
        app=actor.app,
        created_at=now,
        updated_at=now,
        head_repo=head_repo.id,
        head_ref=head,
        head_sha=tip,
        base_ref=base,
        base_sha=base_sha,
        draft=draft,
        maintainer_can_modify=maintainer_can_modify and head_repo is not repo,
    )
    repo.threads[pull.number] = pull
    world.changed(repo)
    emit(world, "pull_request", "opened", repo, actor, pull)
    return pull


def edit_pull(
    world: World,
    repo: Repository,
    actor: Actor,
    pull: Pull,
    *,
    title: str | None = None,
    body: str | None = None,
    base: str | None = None,
) -> None:
    """Change what is not None. One `edited` webhook with the earlier values, if anything changed."""
    changes: dict[str, dict[str, object]] = {}
    if title is not None and title != pull.title:
        check_title("PullRequest", title)
        changes["title"] = {"from": pull.title}
        pull.title = title
    if body is not None and body != pull.body:
        check_body("PullRequest", body)
        changes["body"] = {"from": pull.body or ""}
        pull.body = body
    if base is not None and base != pull.base_ref:
        if base not in repo.branches:
            raise invalid("PullRequest", "base")
        if pull.state != "open":
            raise refused("Cannot change the base branch of a closed pull request.")
        changes["base"] = {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}
        pull.base_ref, pull.base_sha = base, repo.branches[base]
    if changes:
        pull.updated_at = float(int(world.now()))
        world.changed(repo)
        emit(world, "pull_request", "edited", repo, actor, pull, changes=changes)


def set_draft(world: World, repo: Repository, actor: Actor, pull: Pull, *, draft: bool) -> None:
    if pull.draft == draft or pull.state != "open":
        return
    pull.draft, pull.updated_at = draft, float(int(world.now()))
    world.changed(repo)
    emit(world, "pull_request", "converted_to_draft" if draft else "ready_for_review", repo, actor, pull)


def merge(
    world: World,
    repo: Repository,
    actor: Actor,
    pull: Pull,
    *,
    method: str = "merge",
    sha: str | None = None,
    title: str | None = None,
    message: str | None = None,
) -> str:
    """Merge it; `sha` guards against a head that moved. Returns the sha that the base branch now has."""
    if method not in METHODS:
        raise refused(f"Invalid request.\n\n{method!r} is not a possible merge method.")
    if sha is not None and sha != pull.head_sha:
        raise conflict("Head branch was modified. Review and try the merge again.")
    if pull.state != "open":
        raise GitHubError(405, "Pull Request is not mergeable")
    if pull.draft:
        raise GitHubError(405, "Pull Request is still a draft")
    tree = ranges.merged_tree(world, repo, pull)
    if tree is None:
        raise GitHubError(405, "Pull Request is not mergeable")
    missing = unmet(repo, pull)
    if missing:
        raise GitHubError(405, "\n\n".join(missing))
    rule = repo.rules.get(pull.base_ref)
    tip = repo.branches[pull.base_ref]
    if rule and rule.strict and not world.objects.contains(pull.head_sha, tip):
        raise GitHubError(405, "Head branch is out of date. Review and try the merge again.")
    made = MERGES[method](world, repo, actor, pull, tree, title, message)
    pushes.push(world, repo, actor, pull.base_ref, made.sha, merging=pull)
    pushes.mark_merged(world, repo, actor, pull, made.sha)
    return made.sha


def _github(world: World) -> Signature:
    return Signature("GitHub", "noreply@github.com", float(int(world.now())), WEB_FLOW)


def _by_merge(
    world: World, repo: Repository, actor: Actor, pull: Pull, tree: Tree, title: str | None, message: str | None
) -> Commit:
    owner = repo if pull.head_repo == repo.id else world.head_repository(pull)
    first = title or f"Merge pull request #{pull.number} from {owner.owner.login}/{pull.head_ref}"
    text = f"{first}\n\n{pull.title if message is None else message}".rstrip("\n")
    parents = (repo.branches[pull.base_ref], pull.head_sha)
    return world.objects.add(make_commit(tree, parents, text, world.signature(actor.user), _github(world)))


def _by_squash(
    world: World, repo: Repository, actor: Actor, pull: Pull, tree: Tree, title: str | None, message: str | None
) -> Commit:
    first = title or f"{pull.title} (#{pull.number})"
    text = f"{first}\n\n{(pull.body or '') if message is None else message}".rstrip("\n")
    parents = (repo.branches[pull.base_ref],)
    return world.objects.add(make_commit(tree, parents, text, world.signature(pull.user), _github(world)))


def _by_rebase(
    world: World, repo: Repository, actor: Actor, pull: Pull, tree: Tree, title: str | None, message: str | None
) -> Commit:
    """Each commit of the pull request again, on top of the base; merge commits among them are left out."""
    tip = world.objects.commit(repo.branches[pull.base_ref])
    committer = world.signature(actor.user)
    for commit in ranges.between(world, tip.sha, pull.head_sha).commits:
        if len(commit.parents) != 1:
            continue
        before = world.objects.commit(commit.parents[0])
        files = ranges.replayed(before.tree, tip.tree, commit.tree)
        if files is None:
            raise GitHubError(405, "This branch can't be rebased due to conflicts")
        tip = world.objects.add(make_commit(files, (tip.sha,), commit.message, commit.author, committer))
    return tip


MERGES = {"merge": _by_merge, "squash": _by_squash, "rebase": _by_rebase}
