"""Fills `GateFacts` for every caller: the command that previews, `/plan`, and the environment's job that asks the gates once more."""

import re
from collections.abc import Iterable

from bot.decision import Actor
from bot.environment.confirming import counting
from bot.environment.doubt import in_doubt
from bot.environment.model import EnvironmentRecord, Quarantined
from bot.gates import Busy, GateFacts, Incident, Pull, Required
from bot.gates.incidents import shown_to
from bot.gates.model import Earlier, Source
from bot.gates.schema import UNREAD, Schema, schema_of
from bot.ledger import Merged
from bot.policy import Environment, Policy
from bot.policy.strategies import StrategyName
from bot.policy.who import Action
from bot.rollout.criteria import CriterionError, parse
from bot.subject import Repo
from bot.subject import environment as environment_subject
from workers import migrations, preflight, teams
from workers.ancestry import Lead, lead, same_tree
from workers.checks import checks
from workers.deployed import newest_success
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable
from workers.permission import member_as, permission_to_command
from workers.reviews import confirmations, reviewed
from workers.runs import deploy_workflow
from workers.tools import Tools


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
    before: Earlier,
    now: float,
    automatic: bool = False,
    image: str = "",
    params: tuple[tuple[str, str], ...] = (),
) -> GateFacts:
    """About ten requests, most of them free when nothing has changed. `sha` is what was asked for; None takes what the pull request
    is now. `before` is how it stands in the environment that must come first. For an `automatic` wish the policy answers, nobody."""
    wanted = policy.environment(environment)
    target = await resolved(client, pull, pin) if sha is None else sha
    live = record.live or await newest_success(client, environment)
    # GitHub may not say yet what a pull request was merged as: then there is no commit to ask about, and a gate says so.
    ahead = await lead(tools, client, repo, live, target, pull)
    failed = await _failed_before(client, record, target, pull)
    asked_about = await reviewed(client, pull, wanted)
    heads = await tools.store.heads(repo.id, pull.number)
    may = None if automatic else await permission_to_command(client, policy, actor)
    member = None if automatic else member_as(actor, may)
    brings = await _brings(tools, repo, ahead.commits)
    tried, remarks, budget = await preflight.try_out(tools, policy, wanted, now)
    return GateFacts(
        now=now,
        action=action,
        asked_at=asked_at,
        actor=actor,
        permission=may,
        automatic=automatic,
        policy=policy,
        paused=tools.settings.paused,
        default_branch=repo.default_branch,
        environment_name=wanted.name if wanted else environment,
        strategy=strategy or (wanted.strategy if wanted else "recreate"),
        source=source_of(pull),
        sha=target,
        pin=pin,
        teams=await teams.of_wish(client, policy, wanted, action, member, asked_about, now),
        pull=asked_about,
        heads=heads,
        confirmed=await confirmations(
            client, policy, wanted, counting(record, pull.number, target, heads, now), image, params
        ),
        checks=await checks(client, target) if target else (),
        required=await required(client, repo, wanted),
        live=live,
        contains_live=ahead.contains,
        live_merged_as=ahead.merged_as,
        live_unmerged=ahead.unmerged,
        live_closed=ahead.closed,
        live_astray=ahead.astray,
        same_as_live=ahead.same,
        doubt=in_doubt(record),
        before=before,
        same_as_before=before.live is not None and bool(target) and await same_tree(client, before.live.sha, target),
        busy=busy(record),
        lock=record.lock,
        services=record.services,
        frozen=record.frozen,
        paths=ahead.paths,
        paths_cut=ahead.cut,
        quarantined=failed.why if failed is not None else "",
        quarantined_as=failed.sha if failed is not None and failed.sha != target else "",
        waived=record.waivers,
        image=image or (wanted.image_of(target) if wanted and target else ""),
        params=params,
        incidents=await open_incidents(tools, repo, wanted.name if wanted else environment),
        first=first,
        criteria_errors=criteria_errors(wanted),
        commits=ahead.commits,
        brings=brings,
        schema=await _schema(client, policy, environment, pull, brings, ahead),
        workflow=await deploy_workflow(client, wanted, repo.default_branch),
        tried=tried,
        remarks=remarks,
        budget=budget,
    )


async def _failed_before(client: RepoClient, record: EnvironmentRecord, target: str, pull: Pull) -> Quarantined | None:
    """What failed here and is deployed again by this commit: itself, or the pull request's head whose very files it is the merge of. 2
    requests where that head failed."""
    known = {it.sha: it for it in record.quarantined}
    head = known.get(pull.head_sha)
    if target in known or head is None or not pull.merged or target != pull.merge_sha:
        return known.get(target)
    return head if await same_tree(client, head.sha, target) else None


async def open_incidents(tools: Tools, repo: Repo, environment: str) -> tuple[Incident, ...]:
    """The open incidents that this environment was told of, the worst first. Asks nobody."""
    return shown_to((await tools.store.sections(environment_subject(repo.id, environment))).items())


def source_of(pull: Pull) -> Source:
    return "default_branch" if pull.merged else "pull_request"


async def resolved(client: RepoClient, pull: Pull, pin: str | None) -> str:
    """The full SHA that is meant: the pinned one as GitHub knows it, else the merge commit or the head."""
    present = pull.merge_sha if pull.merged else pull.head_sha
    if pin is None or present.startswith(pin):
        return present
    found = await read.commit(client, pin)
    return str(found["sha"]) if found else pin


async def _brings(tools: Tools, repo: Repo, commits: tuple[str, ...]) -> tuple[Merged, ...]:
    if not commits:
        return ()
    known = {it.sha: it for it in await tools.store.ledger(repo.id, ["merged"]) if isinstance(it, Merged)}
    return tuple(known[sha] for sha in commits if sha in known)


async def _schema(
    client: RepoClient, policy: Policy, environment: str, pull: Pull, brings: tuple[Merged, ...], ahead: Lead
) -> Schema:
    if ahead.files is None:
        return UNREAD
    found = schema_of(policy, ahead.files, whole=not ahead.cut)
    return await migrations.looked_into(client, policy, environment, pull, brings, found)


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
