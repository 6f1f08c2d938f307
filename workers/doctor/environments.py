"""What GitHub's own environments would do to rollouts: required reviewers and wait timers stop every job that names the environment."""

from collections.abc import AsyncIterator

from bot.gates.drivers import spoken
from bot.policy import parse_policy
from bot.subject import Repo
from workers.doctor.finding import Finding
from workers.github import GitHub, RepoClient, read
from workers.github.errors import GitHubError
from workers.policy import FILE
from workers.runs import environment_stops

MOST = 50  # repositories that are looked at


async def environment_findings(github: GitHub) -> AsyncIterator[Finding]:
    """2 requests for each repository, and one for each environment of those with a policy. Raises GitHubError."""
    left = MOST
    for installation in await github.installations():
        if installation.get("suspended_at"):
            continue
        for one in (await github.installation_repositories(installation["id"]))[:left]:
            left -= 1
            branch = one.get("default_branch") or "main"
            repo = Repo(one["id"], one["owner"]["login"], one["name"], installation["id"], branch)
            try:
                for found in await _stops(github.client(repo), repo):
                    yield found
            except GitHubError:
                continue  # archived or empty: nothing is deployed from there
    if not left:
        yield Finding(True, f"GitHub's environments were looked at in {MOST} repositories only.")


async def _stops(client: RepoClient, repo: Repo) -> list[Finding]:
    text = await read.file(client, FILE, repo.default_branch)
    policy = parse_policy(text).policy if text is not None else None
    found = []
    for name in policy.environment_names if policy is not None else ():
        if stops := await environment_stops(client, name):
            what = f"{repo.full_name}: GitHub's environment {name} wants {spoken(stops)} before a job starts in it."
            fix = f"Every shift would wait for that if the job of the deploy workflow says `environment: {name}`: leave it out there."
            found.append(Finding(True, what, fix))
    return found
