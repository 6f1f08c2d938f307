"""The verbs a human has on GitHub, for the pages and for the tests alike: open, push, comment, merge, tag, click.

`People(world, "harbour/shop")` acts in one repository. People are named by their login, and what a login may not do is refused as on
GitHub (`GitHubError`, 403 or 404). Every method returns the plain JSON value that GitHub's REST API would answer for the thing that was
made or changed, and causes the same webhooks. The few verbs at the end are what machines other than the App under test do: checks,
statuses, deployments of another tool.
"""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.acting import Json
from sandbox.github import checks, deployments, issues, pulls, pushes, reactions, refs, releases, repositories, reviews
from sandbox.github.accounts import Actor, Role
from sandbox.github.shapes.checks import check_json, status_json
from sandbox.github.shapes.commits import commit_json
from sandbox.github.shapes.deployments import deployment_json, deployment_status_json
from sandbox.github.shapes.issues import comment_json, issue_json, reaction_json
from sandbox.github.shapes.pulls import pull_json, review_json
from sandbox.github.shapes.refs import reference_json
from sandbox.github.shapes.releases import release_json
from sandbox.github.shapes.repos import repo_json
from sandbox.github.shapes.users import permission_json
from sandbox.github.state import Comment, Issue
from sandbox.running import Running


class People(Running):
    """Everyone who can act in one repository."""

    # --- pull requests ---------------------------------------------------------------------------------------------------------

    async def open_pull(
        self,
        author: str,
        title: str,
        changes: Mapping[str, str | None] | None = None,
        *,
        branch: str | None = None,
        body: str | None = None,
        draft: bool = False,
        base: str | None = None,
        fork: bool = False,
    ) -> Json:
        """Open a pull request with one commit of `changes` (path → text, None deletes), or from an existing `branch`.

        `branch` together with `changes` names the new branch. With `fork=True`, or from someone who may not push, the branch is
        made in the author's fork.
        """
        world, repo = self.world, self.repo
        actor = Actor(world.user(author))
        may_push = world.allows(repo, actor.user, "write")
        head_repo = world.fork(repo, actor.user) if fork or not may_push else repo
        base = base or repo.default_branch
        name = branch or refs.free_branch(head_repo, title)
        if changes is not None:
            start = repo.branches[base]
            commit = world.commit_changes(start, changes, title, actor.user)
            pushes.push(world, head_repo, actor, name, commit.sha)
        pull = pulls.open_pull(world, repo, actor, title, head_repo, name, base, body=body, draft=draft)
        return pull_json(world, repo, pull)

    async def push(
        self, number: int, changes: Mapping[str, str | None], *, message: str | None = None, user: str | None = None
    ) -> Json:
        """One more commit on the pull request's branch, by `user` or its author. Returns the pull request."""
        pull = self.world.pull(self.repo, number)
        head_repo = self.world.head_repository(pull)
        actor = Actor(self.world.user(user)) if user else Actor(pull.user)
        title = message or "Update " + ", ".join(sorted(changes))
        commit = self.world.commit_changes(head_repo.branches[pull.head_ref], changes, title, actor.user)
        pushes.push(self.world, head_repo, actor, pull.head_ref, commit.sha)
        return pull_json(self.world, self.repo, pull)

    async def force_push(
        self, number: int, changes: Mapping[str, str | None], *, message: str | None = None, user: str | None = None
    ) -> Json:
        """Replace the pull request's commits by one with `changes` on top of the base branch as it is now."""
        pull = self.world.pull(self.repo, number)
        head_repo = self.world.head_repository(pull)
        actor = Actor(self.world.user(user)) if user else Actor(pull.user)
        commit = self.world.commit_changes(
            self.repo.branches[pull.base_ref], changes, message or pull.title, actor.user
        )
        pushes.push(self.world, head_repo, actor, pull.head_ref, commit.sha, force=True)
        return pull_json(self.world, self.repo, pull)

    async def merge(self, user: str, number: int, method: str = "merge", *, sha: str | None = None) -> Json:
        """Merge by `merge`, `squash` or `rebase`. Returns the pull request."""
        actor = self._actor(user, "write")
        pull = self.world.pull(self.repo, number)
        pulls.merge(self.world, self.repo, actor, pull, method=method, sha=sha)
        return pull_json(self.world, self.repo, pull)

    async def ready(self, user: str, number: int) -> Json:
        """Mark a draft as ready for review."""
        return self._set_draft(user, number, draft=False)

    async def draft(self, user: str, number: int) -> Json:
        """Convert to a draft."""
        return self._set_draft(user, number, draft=True)

    def _set_draft(self, user: str, number: int, *, draft: bool) -> Json:
        pull = self.world.pull(self.repo, number)
        pulls.set_draft(self.world, self.repo, self._own(user, pull, "write"), pull, draft=draft)
        return pull_json(self.world, self.repo, pull)

    async def edit_pull(
        self, user: str, number: int, *, title: str | None = None, body: str | None = None, base: str | None = None
    ) -> Json:
        pull = self.world.pull(self.repo, number)
        actor = self._own(user, pull, "triage")
        pulls.edit_pull(self.world, self.repo, actor, pull, title=title, body=body, base=base)
        return pull_json(self.world, self.repo, pull)

    async def review(self, user: str, number: int, state: str, body: str = "", *, sha: str | None = None) -> Json:
        """`state` is APPROVED, CHANGES_REQUESTED or COMMENTED; of the head, or of an older `sha`."""
        pull = self.world.pull(self.repo, number)
        review = reviews.submit(self.world, self.repo, self._actor(user), pull, state.upper(), body, sha=sha)
        return review_json(self.world, self.repo, review)

    # --- issues and conversations ----------------------------------------------------------------------------------------------

    async def open_issue(self, user: str, title: str, body: str | None = None, *, labels: tuple[str, ...] = ()) -> Json:
        actor = self._actor(user)
        issue = issues.open_issue(self.world, self.repo, actor, title, body, labels=labels)
        return issue_json(self.world, self.repo, issue)

    async def edit_issue(self, user: str, number: int, *, title: str | None = None, body: str | None = None) -> Json:
        """Change the title or the body of an issue, e.g. tick a box in its checklist."""
        issue = self.world.thread(self.repo, number)
        issues.edit(self.world, self.repo, self._own(user, issue, "triage"), issue, title=title, body=body)
        return issue_json(self.world, self.repo, issue)

    async def close(self, user: str, number: int, *, reason: str = "completed") -> Json:
        """Close an issue or, unmerged, a pull request."""
        thread = self.world.thread(self.repo, number)
        issues.set_state(self.world, self.repo, self._own(user, thread, "triage"), thread, "closed", reason)
        return self._thread_json(thread)

    async def reopen(self, user: str, number: int) -> Json:
        thread = self.world.thread(self.repo, number)
        issues.set_state(self.world, self.repo, self._own(user, thread, "triage"), thread, "open")
        return self._thread_json(thread)

    async def label(self, user: str, number: int, name: str) -> Json:
        """Put one label on an issue or pull request, made if the repository has none of that name."""
        thread = self.world.thread(self.repo, number)
        issues.add_labels(self.world, self.repo, self._actor(user, "triage"), thread, [name])
        return self._thread_json(thread)

    async def unlabel(self, user: str, number: int, name: str) -> Json:
        thread = self.world.thread(self.repo, number)
        issues.remove_label(self.world, self.repo, self._actor(user, "triage"), thread, name)
        return self._thread_json(thread)

    async def comment(self, user: str, number: int, body: str) -> Json:
        thread = self.world.thread(self.repo, number)
        comment = issues.comment(self.world, self.repo, self._actor(user), thread, body)
        return comment_json(self.world, self.repo, comment)

    async def edit_comment(self, user: str, comment_id: int, body: str) -> Json:
        comment = self.world.comment(self.repo, comment_id)
        issues.edit_comment(self.world, self.repo, self._own(user, comment, "write"), comment, body)
        return comment_json(self.world, self.repo, comment)

    async def delete_comment(self, user: str, comment_id: int) -> Json:
        """Delete; returns the comment as it last was."""
        comment = self.world.comment(self.repo, comment_id)
        actor = self._own(user, comment, "write")
        gone = comment_json(self.world, self.repo, comment)
        issues.delete_comment(self.world, self.repo, actor, comment)
        return gone

    async def react(self, user: str, content: str, *, comment_id: int | None = None, number: int | None = None) -> Json:
        """React to a comment, or to an issue's or pull request's own text."""
        actor = self._actor(user)
        on: Comment | Issue
        if comment_id is not None:
            on = self.world.comment(self.repo, comment_id)
        else:
            on = self.world.thread(self.repo, number or 0)
        reaction, _ = reactions.react(self.world, self.repo, actor, on, content)
        return reaction_json(self.world, reaction)

    # --- branches, tags, releases ----------------------------------------------------------------------------------------------

    async def commit(
        self, user: str, changes: Mapping[str, str | None], message: str, *, branch: str | None = None
    ) -> Json:
        """Push one commit straight to `branch` (the default branch unless named; made from it if it does not exist)."""
        actor, repo = self._actor(user, "write"), self.repo
        name = branch or repo.default_branch
        start = repo.branches.get(name) or repo.branches[repo.default_branch]
        commit = self.world.commit_changes(start, changes, message, actor.user)
        pushes.push(self.world, repo, actor, name, commit.sha)
        return commit_json(self.world, repo, commit)

    async def tag(self, user: str, name: str, sha: str, message: str | None = None) -> Json:
        """Push a tag: annotated when there is a `message`, else light. Returns the git reference."""
        actor = self._actor(user, "write")
        refs.push_tag(self.world, self.repo, actor, name, sha, message=message)
        return reference_json(self.world, self.repo, f"refs/tags/{name}")

    async def delete_branch(self, user: str, name: str) -> None:
        pushes.delete_branch(self.world, self.repo, self._actor(user, "write"), name)

    async def delete_tag(self, user: str, name: str) -> None:
        refs.delete_tag(self.world, self.repo, self._actor(user, "write"), name)

    async def publish_release(
        self,
        user: str,
        tag: str,
        *,
        target: str | None = None,
        name: str | None = None,
        body: str | None = None,
        prerelease: bool = False,
        release_id: int | None = None,
    ) -> Json:
        """Publish a release of `tag` (made at `target`, or at the default branch, if there is none), or publish a draft."""
        actor, world, repo = self._actor(user, "write"), self.world, self.repo
        if release_id is not None:
            release = world.release(repo, release_id)
            releases.edit(world, repo, actor, release, {"draft": False, "tag_name": tag})
        else:
            wanted = {"tag_name": tag, "name": name or tag, "body": body, "prerelease": prerelease}
            release = releases.create(world, repo, actor, wanted | ({"target_commitish": target} if target else {}))
        return release_json(world, repo, release)

    # --- permissions -----------------------------------------------------------------------------------------------------------

    async def set_permission(self, user: str, role: Role) -> Json:
        """Give `user` a role in the repository, or take it away with `none`."""
        self.world.set_role(self.repo, self.world.user(user), role)
        return permission_json(self.world, self.repo, self.world.user(user))

    async def rename(self, user: str, name: str) -> Json:
        """Give the repository another name."""
        repo = self.repo
        repositories.rename(self.world, repo, self._actor(user, "admin"), name)
        self.full_name = repo.full_name
        return repo_json(self.world, repo)

    async def require_checks(self, branch: str, *names: str, strict: bool = False, approvals: int = 0) -> None:
        """Protect `branch` by a rule that wants these contexts green and so many approvals. No names and no approvals: lift it."""
        refs.protect(self.world, self.repo, branch, [(name, None) for name in names], strict, approvals)

    # --- what other machines do ------------------------------------------------------------------------------------------------

    async def set_check(self, sha: str, name: str, outcome: str, *, app: str = "github-actions") -> Json:
        """Make or update the check run `name` of that App: `queued`, `in_progress`, or a conclusion such as `failure`."""
        run = checks.set_check(self.world, self.repo, self.world.app_by_slug(app), sha, name, outcome)
        return check_json(self.world, self.repo, run)

    async def set_status(
        self, sha: str, context: str, state: str, *, user: str = "ci-bot", description: str | None = None
    ) -> Json:
        """A commit status of someone with push access, as older CI tools set it."""
        actor = Actor(self.world.person(user))
        wanted = {"context": context, "state": state, "description": description}
        return status_json(self.world, self.repo, checks.set_status(self.world, self.repo, actor, sha, wanted))

    async def click(self, check_run_id: int, identifier: str, user: str) -> Json:
        """Press a button of a check run (write access shows them). Tells only the App that owns the run. Returns the run."""
        run = self.world.run(self.repo, check_run_id)
        checks.click(self.world, self.repo, self._actor(user, "write"), run, identifier)
        return check_json(self.world, self.repo, run)

    async def rerequest(self, check_run_id: int, user: str) -> Json:
        """Press "Re-run" on a check run."""
        run = self.world.run(self.repo, check_run_id)
        checks.rerequest(self.world, self.repo, self._actor(user, "write"), run)
        return check_json(self.world, self.repo, run)

    async def deploy(
        self, sha: str, environment: str, *states: str, app: str = "deploybot", task: str = "deploy"
    ) -> Json:
        """A deployment by another tool's App with these statuses in order. Returns the deployment."""
        tool = self.world.app_by_slug(app)
        actor = Actor(tool.bot, tool)
        wanted = {"ref": sha, "environment": environment, "task": task, "required_contexts": [], "auto_merge": False}
        deployment = deployments.create(self.world, self.repo, actor, wanted)
        for state in states:
            deployments.add_status(self.world, self.repo, actor, deployment, {"state": state})
        return deployment_json(self.world, self.repo, deployment)

    async def set_deployment_status(
        self, deployment_id: int, state: str, *, app: str = "github-actions", **fields: str | bool
    ) -> Json:
        """What a deploy workflow reports. `fields`: description, environment_url, log_url, environment, auto_inactive."""
        tool = self.world.app_by_slug(app)
        deployment = self.world.deployment(self.repo, deployment_id)
        wanted: Json = {"state": state, **fields}
        status = deployments.add_status(self.world, self.repo, Actor(tool.bot, tool), deployment, wanted)
        return deployment_status_json(self.world, self.repo, deployment, status)
