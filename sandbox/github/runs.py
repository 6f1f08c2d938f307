"""Records of GitHub Actions: workflow runs with their jobs, and the environments that jobs wait for. Plain values, like `state.py`'s."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.github.accounts import App, User


@dataclass(slots=True, eq=False)
class Environment:
    """`reviewers` have to approve each job, `rules` are the Apps whose custom protection rule is enabled."""

    id: int
    name: str
    created_at: float
    updated_at: float
    reviewers: list[User] = field(default_factory=list)
    wait_timer: int = 0
    rules: list[App] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Job:
    """`environment` is "" for a job without one. `asked` says that its protection rules were requested, `approved` lists the Apps that
    agreed, `comments` what they reported, `deployment` is the id of the deployment that GitHub made for it."""

    name: str
    environment: str = ""
    status: str = "queued"
    conclusion: str | None = None
    asked: bool = False
    approved: list[App] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    deployment: int = 0


@dataclass(slots=True, eq=False)
class WorkflowRun:
    """One run of the workflow file `path`, whose id is `workflow`. `inputs` are those of a dispatch. `cancelled_at` is when somebody asked to cancel it."""

    id: int
    workflow: int
    path: str
    name: str
    display_title: str
    number: int
    event: str
    head_sha: str
    head_branch: str
    actor: User
    created_at: float
    updated_at: float
    app: App | None = None
    head_repo: int | None = None
    status: str = "queued"
    conclusion: str | None = None
    attempt: int = 1
    inputs: dict[str, str] = field(default_factory=dict)
    jobs: list[Job] = field(default_factory=list)
    cancelled_at: float | None = None

    @property
    def over(self) -> bool:
        return self.status == "completed"
