"""Performs effects: one small function for each kind of write, and for each the look that tells whether it is in the world already.

The one loop commits an effect before it performs it. When the answer is lost, or we die in between, `look_up` finds what became of it;
only when it finds nothing, and not before GitHub's lists had time to catch up, is it performed again, with `unsure`.
"""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.effects import (
    AnswerProtectionRule,
    CancelRun,
    CreateDeployment,
    DispatchWorkflow,
    Effect,
    OpenIssue,
    ProposeChange,
    ProposeFile,
    PublishRelease,
    React,
    SetCheckRun,
    SetDeploymentStatus,
    SetStatus,
    UpsertComment,
)
from workers.github import NotFound, RepoClient
from workers.perform.checks import find_check_run, find_status, set_check_run, set_status
from workers.perform.comments import find_comment, find_reaction, react, upsert_comment
from workers.perform.deployments import (
    create_deployment,
    find_deployment,
    find_deployment_status,
    set_deployment_status,
)
from workers.perform.issues import find_issue, open_issue
from workers.perform.own import Results, Value
from workers.perform.proposals import find_change, find_proposal, propose_change, propose_file
from workers.perform.protection import answer_rule, find_answer
from workers.perform.releases import find_release, publish_release
from workers.perform.workflows import cancel_run, dispatch_workflow, find_cancelled, find_dispatched

NOTHING: Results = MappingProxyType({})


class Performer(NamedTuple):
    """`write` performs one kind of effect, `find` looks for its trace; both get the effect, the client and the earlier results."""

    write: Callable[[Any, RepoClient, Results, bool], Awaitable[Value]]
    find: Callable[[Any, RepoClient, Results], Awaitable[Value | None]]


PERFORMERS: Mapping[type[Effect], Performer] = {
    UpsertComment: Performer(upsert_comment, find_comment),
    React: Performer(react, find_reaction),
    SetCheckRun: Performer(set_check_run, find_check_run),
    SetStatus: Performer(set_status, find_status),
    CreateDeployment: Performer(create_deployment, find_deployment),
    SetDeploymentStatus: Performer(set_deployment_status, find_deployment_status),
    DispatchWorkflow: Performer(dispatch_workflow, find_dispatched),
    CancelRun: Performer(cancel_run, find_cancelled),
    AnswerProtectionRule: Performer(answer_rule, find_answer),
    OpenIssue: Performer(open_issue, find_issue),
    ProposeFile: Performer(propose_file, find_proposal),
    ProposeChange: Performer(propose_change, find_change),
    PublishRelease: Performer(publish_release, find_release),
}


async def perform(effect: Effect, client: RepoClient, results: Results = NOTHING, *, unsure: bool = False) -> Value:
    """Write it; the value is what decisions need to know of it (`id`; for deployments `sha`).

    `results` is what came of this subject's effects so far, by key: a known comment is edited, not looked for. `unsure` says that an
    earlier try may have succeeded: list, create, list again, the lowest id wins. Raises GitHubError; after Unreachable nobody knows
    whether it happened.
    """
    return await PERFORMERS[type(effect)].write(effect, client, results, unsure)


async def look_up(effect: Effect, client: RepoClient, results: Results = NOTHING) -> Value | None:
    """The value of an effect that is in the world already, or None. Duplicates that a race left are closed when they are seen."""
    try:
        return await PERFORMERS[type(effect)].find(effect, client, results)
    except NotFound:
        return None  # what it would be written on is not there


__all__ = ["PERFORMERS", "Performer", "Results", "Value", "look_up", "perform"]
