"""What topics read of GitHub, one small function per thing. Each says what it costs in requests; an unchanged answer costs none of the
hourly limit. They return GitHub's own JSON, and nothing here decides anything.
"""

from base64 import b64decode
from typing import Any

from workers.github.client import RepoClient, path
from workers.github.errors import NotFound, Refused, TooLarge


async def repository(client: RepoClient) -> Any:
    """1 request: the repository itself (`default_branch`, `private`, `archived`)."""
    return await client.get()


async def permission(client: RepoClient, login: str) -> tuple[str, str, int]:
    """1 request: what a person may do now: ("admin" | "write" | "read" | "none", the finer role's name, the id of who has that name now, 0
    for nobody). Unknown people may nothing.

    `permission` folds maintain into write and triage into read; `role_name` tells them apart and may be a role of the organisation.
    """
    try:
        answer = await client.get(path("collaborators", login, "permission"))
    except NotFound:
        return "none", "none", 0
    user = answer.get("user") or {}
    return answer["permission"], answer.get("role_name") or answer["permission"], int(user.get("id") or 0)


async def team_member(client: RepoClient, slug: str, login: str) -> bool | None:
    """1 request for a yes, 2 for a no: whether somebody is an active member of a team of the owner, or of a team below it. None when
    GitHub shows no such team: its 404 for a stranger looks the same.
    """
    team = path("teams", slug)
    try:
        return bool((await client.owner(f"{team}/{path('memberships', login)}"))["state"] == "active")
    except NotFound:
        pass
    try:
        await client.owner(team)
    except NotFound:
        return None
    return False


async def pull(client: RepoClient, number: int) -> Any:
    """1 request."""
    return await client.get(path("pulls", number))


async def pull_commits(client: RepoClient, number: int) -> list[Any]:
    """1 request per 100, oldest first; GitHub lists no more than 250 (compare base and head for the rest)."""
    return await client.pages(path("pulls", number, "commits"))


async def pull_files(client: RepoClient, number: int, *, most: int | None = None) -> list[Any]:
    """1 request per 100, in the order of their paths: `filename`, `previous_filename` of renamed ones, `status`. GitHub lists 3,000."""
    return await client.pages(path("pulls", number, "files"), most=most)


async def reviews(client: RepoClient, number: int) -> list[Any]:
    """1 request per 100, oldest first."""
    return await client.pages(path("pulls", number, "reviews"))


async def comments(client: RepoClient, number: int) -> list[Any]:
    """1 request per 100, oldest first: the conversation of an issue or pull request, without review comments."""
    return await client.pages(path("issues", number, "comments"))


async def comment(client: RepoClient, id: int) -> Any | None:
    """1 request. None when it was deleted."""
    try:
        return await client.get(path("issues", "comments", id))
    except NotFound:
        return None


async def issue_events(client: RepoClient, number: int) -> list[Any]:
    """1 request per 100, oldest first: who labelled, unlabelled, closed and reopened an issue, and when."""
    return await client.pages(path("issues", number, "events"))


async def file(client: RepoClient, name: str, ref: str) -> str | None:
    """1 request: the text of a file at a commit or branch; None when there is no such file. Raises TooLarge above 1 MB.

    What is not UTF-8 comes back with replacement characters: whoever parses it can say in which line.
    """
    try:
        answer = await client.get(path("contents", *name.split("/")), ref=ref)
    except NotFound:
        return None
    if not isinstance(answer, dict) or answer.get("type") != "file":
        return None
    if answer.get("encoding") != "base64":
        raise TooLarge(f"{name} is larger than the 1 MB that GitHub hands out")
    return b64decode(answer["content"]).decode(errors="replace")


async def paths(client: RepoClient, ref: str) -> tuple[list[str], bool]:
    """1 request: every file at a branch or commit, and whether that is all: GitHub lists 100,000 at most."""
    answer = await client.get(path("git", "trees", ref), recursive="1")
    return [it["path"] for it in answer["tree"] if it["type"] == "blob"], not answer["truncated"]


async def commit(client: RepoClient, ref: str) -> Any | None:
    """1 request: the commit that a SHA, branch or tag stands for (annotated tags too). None when there is none."""
    try:
        return await client.get(path("commits", ref))
    except NotFound:
        return None
    except Refused as error:
        if error.status == 422:  # "No commit found for SHA"
            return None
        raise


async def commit_pulls(client: RepoClient, sha: str) -> list[Any]:
    """1 request per 100: the merged pull request that brought a commit to the default branch, else also open ones that have it."""
    return await client.pages(path("commits", sha, "pulls"))


async def check_runs(client: RepoClient, sha: str) -> list[Any]:
    """1 request per 100: the latest run of each check of a commit."""
    return await client.pages(path("commits", sha, "check-runs"), items="check_runs")


async def statuses(client: RepoClient, sha: str) -> list[Any]:
    """1 request per 100: the newest status of each context of a commit, with who set it (the combined status does not say)."""
    newest: dict[str, Any] = {}
    for status in await client.pages(path("commits", sha, "statuses")):  # GitHub lists the newest first
        newest.setdefault(status["context"], status)
    return list(newest.values())


async def deployments(
    client: RepoClient,
    *,
    environment: str | None = None,
    sha: str | None = None,
    task: str | None = None,
    most: int | None = 100,
) -> list[Any]:
    """1 request per 100, newest first; the newest hundred unless told otherwise."""
    return await client.pages("deployments", most=most, environment=environment, sha=sha, task=task)


async def deployment_statuses(client: RepoClient, deployment: int) -> list[Any]:
    """1 request per 100, newest first."""
    return await client.pages(path("deployments", deployment, "statuses"))


async def compare(client: RepoClient, base: str, head: str) -> Any:
    """1 request per 100 commits: `status`, `ahead_by`, `behind_by`, `commits` (all of them, oldest first), `files` (300 at most).

    Raises NotFound when one of the two is unknown or nothing joins them.
    """
    # GitHub sends no Link here, only how many there are.
    return await client.counted_pages(path("compare", f"{base}...{head}"), items="commits", total="total_commits")


async def tags(client: RepoClient, *, most: int | None = None) -> list[Any]:
    """1 request per 100: name and commit; GitHub's order, which is not that of versions."""
    return await client.pages("tags", most=most)


async def releases(client: RepoClient, *, most: int | None = None) -> list[Any]:
    """1 request per 100, newest first, drafts included."""
    return await client.pages("releases", most=most)


async def branch(client: RepoClient, name: str) -> Any | None:
    """1 request. None when there is no such branch."""
    try:
        return await client.get(path("branches", name))
    except NotFound:
        return None


async def required_checks(client: RepoClient, name: str) -> list[tuple[str, int | None]]:
    """2 requests: the (context, App id or None) that a branch requires, by rulesets and by classic protection.

    Both can be read without the administration permission: rulesets with metadata, classic protection as part of the branch.
    """
    found: dict[tuple[str, int | None], None] = {}
    try:
        rules = await client.pages(path("rules", "branches", name))
    except NotFound:  # GitHub Enterprise Server knows no rulesets in its older versions
        rules = []
    for rule in rules:
        if rule["type"] == "required_status_checks":
            for check in rule["parameters"]["required_status_checks"]:
                found[check["context"], check.get("integration_id")] = None
    classic = ((await branch(client, name)) or {}).get("protection") or {}
    required = classic.get("required_status_checks") or {}
    for check in required.get("checks") or [{"context": context} for context in required.get("contexts") or ()]:
        found[check["context"], check.get("app_id")] = None
    return list(found)


async def open_pulls(client: RepoClient, base: str) -> list[Any]:
    """1 request per 100: the open pull requests into a branch."""
    return await client.pages("pulls", state="open", base=base)


async def merge_groups(client: RepoClient, base: str) -> list[str]:
    """1 request: the commits that the merge queue of a branch is about to merge. GitHub keeps each in a branch of its own."""
    refs = await client.pages(f"git/matching-refs/heads/gh-readonly-queue/{path(*base.split('/'))}/")
    return [ref["object"]["sha"] for ref in refs]


async def workflows(client: RepoClient) -> list[Any]:
    """1 request per 100."""
    return await client.pages("actions/workflows", items="workflows")


async def workflow_state(client: RepoClient, file: str) -> str:
    """1 request: `active`, `disabled_manually` …, or empty for a file that Actions does not know yet."""
    try:
        return str((await client.get(path("actions", "workflows", file)))["state"])
    except NotFound:
        return ""


async def workflow_runs(client: RepoClient, file: str, *, event: str, most: int) -> list[Any]:
    """1 request per 100, newest first: the runs of a workflow file that this event started."""
    return await client.pages(path("actions", "workflows", file, "runs"), items="workflow_runs", most=most, event=event)


async def workflow_run(client: RepoClient, id: int) -> Any:
    """1 request."""
    return await client.get(path("actions", "runs", id))


async def pending_environments(client: RepoClient, run: int) -> list[str]:
    """1 request: the names of the environments for whose protection rules this run waits."""
    return [
        str(it["environment"]["name"]) for it in await client.get(path("actions", "runs", run, "pending_deployments"))
    ]


async def environment_rules(client: RepoClient, name: str) -> list[Any]:
    """1 request: the protection rules that GitHub lists of an environment (custom ones are not among them); none where there is no such."""
    try:
        return list((await client.get(path("environments", name))).get("protection_rules") or ())
    except NotFound:
        return []
