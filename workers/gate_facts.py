"""Fills `GateFacts` for every caller: the command that previews, `/plan`, and the environment's job that asks the gates once more."""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.decision import Actor
from bot.environment.adoption import OURS, left_over, newer_than
from bot.environment.doubt import in_doubt
from bot.environment.model import EnvironmentRecord
from bot.gates import Approval, Busy, GateFacts, Incident, Live, Pull, Required
from bot.gates.incidents import shown_to
from bot.gates.model import Permission, Source
from bot.gates.schema import UNREAD, schema_of
from bot.ledger import Merged
from bot.pipeline import Check
from bot.pipeline.checks import state_of_run, state_of_status
from bot.policy import Environment, Policy
from bot.policy.strategies import StrategyName
from bot.policy.who import Action, at_least
from bot.policy.words import ROLES
from bot.rollout.criteria import CriterionError, parse
from bot.subject import Repo
from bot.subject import environment as environment_subject
from workers import preflight, teams
from workers.ancestry import lead, same_tree
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, NotFound, RateLimited, Refused, Unreachable
from workers.runs import deploy_workflow
from workers.tools import Tools

LOOKED_AT = 10  # foreign deployments that are looked at, newest first, for what is live


async def fill(
    tools: Tools,
    client: RepoClient,
    repo: Repo,
    policy: Policy,
    record: EnvironmentRecord,
    *,
    action: Action,
    environment: str,
    strategy: StrategyName | None,
    actor: Actor,
    asked_at: float,
    pull: Pull,
    sha: str | None,
    pin: str | None,
    first: bool,
    before: Live | None,
    now: float,
    automatic: bool = False,
) -> GateFacts:
    """About ten requests, most of them free when nothing has changed. `sha` is what was asked for; None takes what the pull request
    is now. `before` is what is live in the environment that must come first. For an `automatic` wish the policy answers, nobody."""
    wanted = policy.environment(environment)
    target = await _resolve(client, pull, pin) if sha is None else sha
    live = record.live or await newest_success(client, environment)
    # GitHub may not say yet what a pull request was merged as: then there is no commit to ask about, and a gate says so.
    ahead = await lead(tools, client, repo, live, target, pull)
    reviewed = await _reviewed(client, pull, wanted)
    tried, remarks, budget = await preflight.try_out(tools, policy, wanted, now)
    return GateFacts(
        now=now,
        action=action,
        asked_at=asked_at,
        actor=actor,
        permission=None if automatic else await permission(client, actor.login),
        automatic=automatic,
        policy=policy,
        paused=tools.settings.paused,
        default_branch=repo.default_branch,
        environment_name=wanted.name if wanted else environment,
        strategy=strategy or (wanted.strategy if wanted else "recreate"),
        source=source_of(pull),
        sha=target,
        pin=pin,
        teams=await teams.of_wish(client, policy, wanted, action, "" if automatic else actor.login, reviewed, now),
        pull=reviewed,
        heads=await tools.store.heads(repo.id, pull.number),
        checks=await checks(client, target) if target else (),
        required=await required(client, repo, wanted),
        live=live,
        contains_live=ahead.contains,
        live_merged_as=ahead.merged_as,
        live_unmerged=ahead.unmerged,
        same_as_live=ahead.same,
        doubt=in_doubt(record),
        before=before,
        same_as_before=before is not None and bool(target) and await same_tree(client, before.sha, target),
        busy=busy(record),
        lock=record.lock,
        frozen=record.frozen,
        quarantined=next((it.why for it in record.quarantined if it.sha == target), ""),
        incidents=await open_incidents(tools, repo, wanted.name if wanted else environment),
        first=first,
        criteria_errors=criteria_errors(wanted),
        commits=ahead.commits,
        brings=await _brings(tools, repo, ahead.commits),
        schema=UNREAD if ahead.files is None else schema_of(policy, ahead.files, whole=not ahead.cut),
        workflow=await deploy_workflow(client, wanted, repo.default_branch),
        tried=tried,
        remarks=remarks,
        budget=budget,
    )


async def open_incidents(tools: Tools, repo: Repo, environment: str) -> tuple[Incident, ...]:
    """The open incidents that this environment was told of, the worst first. Asks nobody."""
    return shown_to((await tools.store.sections(environment_subject(repo.id, environment))).items())


def source_of(pull: Pull) -> Source:
    return "default_branch" if pull.merged else "pull_request"


async def _resolve(client: RepoClient, pull: Pull, pin: str | None) -> str:
    """The full SHA that is meant: the pinned one as GitHub knows it, else the merge commit or the head."""
    present = pull.merge_sha if pull.merged else pull.head_sha
    if pin is None or present.startswith(pin):
        return present
    found = await read.commit(client, pin)
    return str(found["sha"]) if found else pin


async def permission(client: RepoClient, login: str) -> Permission | None:
    """1 request: what somebody may do now. None when GitHub will not say; a passing fault is raised and tried again."""
    try:
        folded, role = await read.permission(client, login)
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None
    name = role if role in ROLES else folded  # a role of the organisation counts as what it folds into
    return name if name in ROLES else "none"


async def checks(client: RepoClient, sha: str) -> tuple[Check, ...]:
    """2 requests: check runs and commit statuses of a commit, as one kind of thing. None for a commit that GitHub does not know."""
    try:
        runs, statuses = await read.check_runs(client, sha), await read.statuses(client, sha)
    except NotFound:
        return ()
    except Refused as error:
        if error.status == 422:  # "No commit found for SHA": somebody pinned what is no commit of this repository
            return ()
        raise
    return (*map(_check_of_run, runs), *map(_check_of_status, statuses))


def _check_of_run(run: Any) -> Check:
    return Check(
        app=(run.get("app") or {}).get("slug") or "",
        name=run["name"],
        state=state_of_run(run["status"], run.get("conclusion")),
        url=run.get("html_url") or run.get("details_url") or "",
        started_at=at(run.get("started_at")),
        finished_at=at(run.get("completed_at")),
        id=run["id"],
        app_id=(run.get("app") or {}).get("id") or 0,
    )


def _check_of_status(status: Any) -> Check:
    return Check(
        app=(status.get("creator") or {}).get("login") or "",
        name=status["context"],
        state=state_of_status(status["state"]),
        url=status.get("target_url") or "",
        started_at=at(status.get("created_at")),
        id=status["id"],
        is_status=True,
    )


def at(text: str | None) -> float:
    """GitHub's time as Unix seconds; 0 for none."""
    return datetime.fromisoformat(text).timestamp() if text else 0.0


async def newest_success(client: RepoClient, environment: str) -> Live | None:
    """The newest deployment by any tool that succeeded and is still in place; our transient shifts are not one."""
    looked_at = [it for it in await read.deployments(client, environment=environment) if it["task"] != "shift"]
    for deployment in looked_at[:LOOKED_AT]:
        if (found := await _success(client, deployment)) is not None:
            return found
    return None


async def adoptable(client: RepoClient, environment: str, record: EnvironmentRecord) -> Live | None:
    """What another tool made live, if anything is newer than what we know: 1 request, and 1 for each deployment that is. None while a
    rollout of ours moves."""
    if record.active is not None:
        return None
    if record.live is None:
        return await newest_success(client, environment)
    after = newer_than(record)
    newer = [
        it
        for it in await read.deployments(client, environment=environment, most=LOOKED_AT)
        if at(it["created_at"]) > after
        and it["task"] not in OURS
        and not it.get("transient_environment")
        and not left_over(record, it["sha"], at(it["created_at"]))
    ]
    for deployment in newer:
        if (found := await _success(client, deployment)) is not None:
            return found
    return None


async def _success(client: RepoClient, deployment: Any) -> Live | None:
    newest = max(await read.deployment_statuses(client, deployment["id"]), key=lambda it: it["id"], default=None)
    if newest is None or newest["state"] != "success":
        return None
    creator = (deployment.get("creator") or {}).get("login") or ""
    adopted = deployment["task"] not in OURS
    return Live(deployment["sha"], at(newest["created_at"]), deployment["id"], creator, adopted=adopted)


async def _brings(tools: Tools, repo: Repo, commits: tuple[str, ...]) -> tuple[Merged, ...]:
    if not commits:
        return ()
    known = {it.sha: it for it in await tools.store.ledger(repo.id, ["merged"]) if isinstance(it, Merged)}
    return tuple(known[sha] for sha in commits if sha in known)


async def required(client: RepoClient, repo: Repo, environment: Environment | None) -> tuple[Required, ...] | None:
    """What the default branch's rules require; only read where the policy leaves the checks to them."""
    if environment is None or environment.checks is not None:
        return ()
    try:
        return tuple(Required(name, app) for name, app in await read.required_checks(client, repo.default_branch))
    except (RateLimited, Unreachable):
        raise
    except GitHubError:
        return None


async def _reviewed(client: RepoClient, pull: Pull, environment: Environment | None) -> Pull:
    """The pull request with the newest review of each person, read only where approvals are needed. Comments withdraw nothing.

    1 request, and one more for each person whose approval is of the present commit.
    """
    if environment is None or environment.approvals.count == 0 or not pull.number:
        return pull
    newest: dict[int, Approval] = {}
    for review in await read.reviews(client, pull.number):
        if review.get("user") is None or review["state"].lower() == "commented":
            continue
        by = Actor(review["user"]["id"], review["user"]["login"])
        newest[by.id] = Approval(by, review["state"].lower(), review["commit_id"] or "", writes=False)
    for id, approval in newest.items():
        if approval.state == "approved" and approval.sha == pull.head_sha:
            may = await permission(client, approval.by.login)
            newest[id] = replace(approval, writes=may is not None and at_least(may, "write"))
    return replace(pull, approvals=tuple(newest.values()))


def pull_of(answer: Any) -> Pull:
    """A pull request as the gates see it. A head whose repository is gone counts as a fork."""
    head_repo = answer["head"].get("repo") or {}
    author = answer.get("user") or {"id": 0, "login": "ghost"}
    return Pull(
        number=answer["number"],
        state=answer["state"],
        merged=bool(answer.get("merged")) or answer.get("merged_at") is not None,
        draft=bool(answer.get("draft")),
        fork=head_repo.get("id") != answer["base"]["repo"]["id"],
        base=answer["base"]["ref"],
        head_sha=answer["head"]["sha"],
        author=Actor(author["id"], author["login"]),
        merge_sha=answer.get("merge_commit_sha") or "",
        merged_at=at(answer.get("merged_at")),
        title=answer["title"],
    )


def busy(record: EnvironmentRecord) -> Busy | None:
    active = record.active
    if active is None:
        return None
    phase = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", active.rollout.phase.value).lower()  # RollingBack → rolling back
    plan, request = active.rollout.plan, active.request
    return Busy(plan.candidate, phase, request.by, request.number, plan.when_newer)


def criteria_errors(environment: Environment | None) -> tuple[str, ...]:
    return tuple(_unreadable(environment.rollback.when)) if environment else ()


def _unreadable(sentences: Iterable[str]) -> Iterable[str]:
    for sentence in sentences:
        try:
            parse(sentence)
        except CriterionError as error:
            yield f"“{sentence}”: {error}"
