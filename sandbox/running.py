"""The verbs that people have with GitHub Actions: run a workflow again, switch one off, cancel, and protect an environment."""

from __future__ import annotations

from sandbox.acting import Acting, Json
from sandbox.github import deployments, jobs, workflows
from sandbox.github.accounts import Actor
from sandbox.github.shapes.deployments import environment_json
from sandbox.github.shapes.workflows import run_json
from sandbox.github.state import WorkflowRun


class Running(Acting):
    """What people do on the pages of Actions and of an environment's settings."""

    async def run_workflow(
        self,
        user: str,
        file: str,
        sha: str | None = None,
        *,
        event: str = "push",
        branch: str | None = None,
        fork: bool = False,
    ) -> Json:
        """A run of a workflow as an event of `user` would start it, on the default branch's tip unless told otherwise. `fork`: the
        commit comes from another repository."""
        world, repo = self.world, self.repo
        workflow = workflows.find(world, repo, file)
        branch = branch or repo.default_branch
        commit = sha or repo.branches[branch]
        head = next((other.id for other in world.repos.values() if other.fork_of == repo.id), None) if fork else None
        actor = Actor(world.person(user))
        return self._shown(workflows.start(world, repo, actor, workflow, event, commit, branch, {}, head_repo=head))

    async def dispatch_workflow(self, user: str, file: str, **inputs: str) -> Json:
        """Press "Run workflow" on the default branch."""
        workflow = workflows.find(self.world, self.repo, file)
        wanted = {"ref": self.repo.default_branch, "inputs": inputs}
        return self._shown(workflows.dispatch(self.world, self.repo, self._actor(user, "write"), workflow, wanted))

    async def rerun_workflow(self, user: str, run: int) -> Json:
        """Press "Re-run all jobs"."""
        self._actor(user, "write")
        found = self.world.workflow_run(self.repo, run)
        workflows.rerun(self.world, self.repo, found)
        return self._shown(found)

    async def cancel_workflow(self, user: str, run: int) -> Json:
        self._actor(user, "write")
        found = self.world.workflow_run(self.repo, run)
        workflows.cancel(self.world, self.repo, found)
        return self._shown(found)

    async def start_waiting_jobs(self, user: str, run: int) -> Json:
        """An administrator overrules protection rules."""
        self._actor(user, "admin")
        found = self.world.workflow_run(self.repo, run)
        jobs.wave_through(self.world, self.repo, found)
        return self._shown(found)

    async def disable_workflow(self, user: str, file: str) -> None:
        self._actor(user, "write")
        self.repo.disabled_workflows.add(workflows.find(self.world, self.repo, file).path)
        self.world.changed(self.repo)

    async def enable_workflow(self, user: str, file: str) -> None:
        self._actor(user, "write")
        self.repo.disabled_workflows.discard(workflows.find(self.world, self.repo, file).path)
        self.world.changed(self.repo)

    async def protect_environment(
        self, user: str, name: str, *, apps: tuple[str, ...] = (), reviewers: tuple[str, ...] = (), wait_timer: int = 0
    ) -> Json:
        """Set the protection rules of an environment: Apps that are asked, people who have to approve, minutes to wait."""
        self._actor(user, "admin")
        environment = deployments.ensure_environment(self.world, self.repo, name)
        environment.rules = [self.world.app_by_slug(slug) for slug in apps]
        environment.reviewers = [self.world.user(login) for login in reviewers]
        environment.wait_timer = wait_timer
        self.world.changed(self.repo)
        return environment_json(self.world, self.repo, environment)

    def _shown(self, run: WorkflowRun) -> Json:
        return run_json(self.world, self.repo, run)
