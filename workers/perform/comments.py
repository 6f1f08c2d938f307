"""Comments and reactions: one comment per slot on an issue or pull request, found again by its hidden marker or its id.

GitHub has no idempotency keys: after a lost answer a comment may be there already, and two creates may race. Whoever looks then keeps
the oldest and deletes the rest, so that all workers agree without talking to each other.
"""

from typing import Any

from bot.effects import React, UpsertComment
from bot.markdown import find_markers, marker
from workers.github import NotFound, RepoClient, path, read
from workers.perform.own import COMMENT_LIMIT, Results, Value, cut, is_ours, known_id, oldest_first, same_text


async def upsert_comment(effect: UpsertComment, client: RepoClient, results: Results, unsure: bool) -> Value:
    """With a known id 1 request; else a look through the conversation, and 1 or none."""
    body = _body(effect)
    known = known_id(results, effect.key)
    if known:
        try:
            return _value(await client.patch(path("issues", "comments", known), {"body": body}))
        except NotFound:
            unsure = True  # deleted by hand, or not there yet: the list decides
    found = await _ours(effect, client)
    if not found:
        created = await client.post(path("issues", effect.number, "comments"), {"body": body})
        if not unsure:
            return _value(created)
        found = await _ours(effect, client, created)
    comment = await _oldest(client, found)
    if not same_text(comment["body"], body):
        comment = await client.patch(path("issues", "comments", comment["id"]), {"body": body})
    return _value(comment)


async def find_comment(effect: UpsertComment, client: RepoClient, results: Results) -> Value | None:
    """Done when our comment is there and says this."""
    known = known_id(results, effect.key)
    comment = await read.comment(client, known) if known else None
    if comment is None:
        found = await _ours(effect, client)
        comment = await _oldest(client, found) if found else None
    return _value(comment) if comment and same_text(comment["body"], _body(effect)) else None


async def react(effect: React, client: RepoClient, results: Results, unsure: bool) -> Value:
    """1 request. GitHub answers with the reaction that is there already when it is, so repeating is harmless."""
    answer = await client.post(path("issues", "comments", effect.comment, "reactions"), {"content": effect.content})
    return {"id": answer["id"]}


async def find_reaction(effect: React, client: RepoClient, results: Results) -> Value | None:
    reactions = await client.pages(path("issues", "comments", effect.comment, "reactions"), content=effect.content)
    for reaction in reactions:
        if reaction["content"] == effect.content and await is_ours(client, reaction):
            return {"id": reaction["id"]}
    return None


async def _ours(effect: UpsertComment, client: RepoClient, created: Any = None) -> list[Any]:
    """Our comments of this slot, one unless creations raced. `created` counts even where the list lags behind."""
    found = [] if created is None else [created]
    for comment in await read.comments(client, effect.number):
        slots = {mark.fields.get("slot") for mark in find_markers(comment["body"] or "", "comment")}
        if effect.slot in slots and await is_ours(client, comment):
            found.append(comment)
    return found


async def _oldest(client: RepoClient, found: list[Any]) -> Any:
    """The one that counts; the others are deleted."""
    oldest, *younger = oldest_first(found)
    for comment in younger:
        try:
            await client.delete(path("issues", "comments", comment["id"]))
        except NotFound:
            continue  # somebody else was here
    return oldest


def _body(effect: UpsertComment) -> str:
    mark = marker("comment", slot=effect.slot)
    if mark in effect.body:
        return cut(effect.body, COMMENT_LIMIT)
    return f"{cut(effect.body, COMMENT_LIMIT - len(mark) - 2)}\n\n{mark}"


def _value(comment: Any) -> Value:
    return {"id": comment["id"], "url": comment["html_url"]}
