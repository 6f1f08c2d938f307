"""Answers to GitHub's custom deployment protection rules.

They go to the API that this installation was opened with, in the repository of the webhook: the address that a webhook names is never
called. GitHub's page "REST API endpoints for workflow runs", "Review custom deployment protection rules for a workflow run".
"""

from bot.effects import AnswerProtectionRule
from workers.github import RepoClient, path, read
from workers.perform.own import Results, Value, cut

COMMENT_LIMIT = 1024


async def answer_rule(effect: AnswerProtectionRule, client: RepoClient, results: Results, unsure: bool) -> Value:
    """1 request."""
    said = {"environment_name": effect.environment, "comment": cut(effect.comment, COMMENT_LIMIT)}
    await client.post(
        path("actions", "runs", effect.run, "deployment_protection_rule"),
        said | ({"state": effect.state} if effect.state else {}),
    )
    return {"state": effect.state or ""}


async def find_answer(effect: AnswerProtectionRule, client: RepoClient, results: Results) -> Value | None:
    """An answer is there when the run does not wait for the environment any more; a report cannot be read back, and one too many does no
    harm."""
    if effect.state is None or effect.environment in await read.pending_environments(client, effect.run):
        return None
    return {"state": effect.state}
