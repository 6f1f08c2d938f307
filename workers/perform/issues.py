"""Issues that Tagboat opens: one per slot and repository, found again by its hidden marker whatever its state.

It is looked for before the first try too: a closed issue was read, and a database that is new knows nothing of it.
"""

from typing import Any

from bot.effects import OpenIssue
from bot.markdown import find_markers, marker
from workers.github import RepoClient, path
from workers.perform.own import COMMENT_LIMIT, Results, Value, cut, is_ours

TITLE_LIMIT = 256


async def open_issue(effect: OpenIssue, client: RepoClient, results: Results, unsure: bool) -> Value:
    """2 requests. Of several that raced the oldest stays open."""
    found = await _ours(effect, client)
    if not found:
        mark = marker("issue", slot=effect.slot)
        body = f"{cut(effect.body, COMMENT_LIMIT - len(mark) - 2)}\n\n{mark}"
        created = await client.post("issues", {"title": effect.title[:TITLE_LIMIT], "body": body})
        if not unsure:
            return _value(created)
        found = await _ours(effect, client, created)
    return _value(await _oldest(client, found))


async def find_issue(effect: OpenIssue, client: RepoClient, results: Results) -> Value | None:
    """Done when it is there, open or closed."""
    found = await _ours(effect, client)
    return _value(await _oldest(client, found)) if found else None


async def _ours(effect: OpenIssue, client: RepoClient, created: Any = None) -> list[Any]:
    """Our issues of this slot, one unless creations raced. `created` counts even where the list lags behind."""
    found = {} if created is None else {created["number"]: created}
    for issue in await client.pages(path("issues"), state="all", creator=await client.github.bot_login()):
        slots = {mark.fields.get("slot") for mark in find_markers(issue["body"] or "", "issue")}
        if effect.slot in slots and "pull_request" not in issue and await is_ours(client, issue):
            found[issue["number"]] = issue
    return [found[number] for number in sorted(found)]


async def _oldest(client: RepoClient, found: list[Any]) -> Any:
    """The one that counts; the others are closed as said twice."""
    oldest, *younger = found
    for issue in younger:
        if issue["state"] == "open":
            await client.patch(path("issues", issue["number"]), {"state": "closed", "state_reason": "not_planned"})
    return oldest


def _value(issue: Any) -> Value:
    return {"id": issue["id"], "number": issue["number"], "url": issue["html_url"]}
