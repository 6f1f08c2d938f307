"""The GitHub release of a tag: our notes between two hidden markers, people's words around them untouched.

People write release notes too, before us and after us. What stands outside our markers is theirs: it is never changed, a published
release is never made a draft again, and a title is changed only where we gave it.
"""

from typing import Any

from bot.effects import PublishRelease
from bot.markdown import find_markers, marker
from workers.github import NotFound, Refused, RepoClient, path, read
from workers.perform.own import RELEASE_LIMIT, Results, Value, cut_bytes, is_ours, oldest_first, same_text

BEGIN, END = marker("notes"), marker("notes-end")
CONFLICT = 409
NEWEST = 300  # how far back drafts are looked for


async def publish_release(effect: PublishRelease, client: RepoClient, results: Results, unsure: bool) -> Value:
    """2 requests for a new release, 2 to 3 for one that is there; none of them writes when nothing changes."""
    release = await _settled(effect.tag, client)
    if release is None:
        await _check_tag(effect, client)
        try:
            release = await client.post("releases", _new(effect))
        except NotFound as error:
            raise Refused(
                f"{error}. For a release GitHub says 404 where the App may not write: contents, or workflows when the tagged "
                "commit changes workflow files.",
                status=404,
                accepted="contents=write,workflows=write",
            ) from error
        except Refused as error:
            # Somebody published this tag's release between our look and our write.
            release = await _settled(effect.tag, client) if error.status == 422 else None
            if release is None:
                raise
        else:
            return _value((await _settled(effect.tag, client, release)) if unsure else release)
    changes = await _changes(effect, client, release)
    if changes.get("draft") is False or (changes and effect.target):
        await _check_tag(effect, client)
    return _value(await client.patch(path("releases", release["id"]), changes) if changes else release)


async def find_release(effect: PublishRelease, client: RepoClient, results: Results) -> Value | None:
    """Done when the release is there and nothing about it is left to change."""
    release = await _settled(effect.tag, client)
    if release is None or await _changes(effect, client, release):
        return None
    return _value(release)


async def _settled(tag: str, client: RepoClient, created: Any = None) -> Any | None:
    """The tag's release: the published one, else the oldest draft; younger drafts of ours are deleted."""
    try:
        return await client.get(path("releases", "tags", tag))
    except NotFound:
        pass
    found = [] if created is None else [created]
    found += [release for release in await read.releases(client, most=NEWEST) if release["tag_name"] == tag]
    if not found:
        return None
    first, *younger = sorted(oldest_first(found), key=lambda release: bool(release["draft"]))
    for release in younger:
        if release["draft"] and await is_ours(client, release):
            await client.delete(path("releases", release["id"]))
    return first


async def _check_tag(effect: PublishRelease, client: RepoClient) -> None:
    """Publishing makes a missing tag, at the head of the default branch unless a commit is named: the wrong one. Drafts make none."""
    if effect.target:
        there = await read.commit(client, f"tags/{effect.tag}")
        if there is not None and there["sha"] != effect.target:
            raise Refused(f"the tag {effect.tag} is there already, on {there['sha'][:7]}", status=CONFLICT)
        return
    if effect.draft:
        return
    try:
        await client.get(path("git", "ref", "tags", effect.tag))
    except NotFound as error:
        raise Refused(
            f"the tag {effect.tag} is not there: a release would put it on the wrong commit", status=404
        ) from error


def _new(effect: PublishRelease) -> dict[str, Any]:
    return {
        "tag_name": effect.tag,
        "name": effect.title,
        "body": with_notes("", effect.body),
        "draft": effect.draft,
        "prerelease": effect.prerelease,
    } | ({"target_commitish": effect.target} if effect.target else {})


async def _changes(effect: PublishRelease, client: RepoClient, release: Any) -> dict[str, Any]:
    """What a PATCH has to say; empty when nothing."""
    ours = await is_ours(client, release)
    changes: dict[str, Any] = {}
    body = with_notes(release["body"] or "", effect.body)
    if not same_text(release["body"], body):
        changes["body"] = body
    if release["name"] != effect.title and (ours or release["name"] in (None, "", effect.tag)):
        changes["name"] = effect.title
    if release["draft"] and not effect.draft:
        changes["draft"] = False
    if ours and release["prerelease"] != effect.prerelease:
        changes["prerelease"] = effect.prerelease
    if release["draft"] and effect.target and release["target_commitish"] != effect.target:
        changes["target_commitish"] = effect.target
    return changes


def with_notes(existing: str, notes: str) -> str:
    """The release's text with our notes where they were, or after what people wrote. Notes give way where GitHub's limit is near."""
    end = next(reversed(find_markers(existing, "notes-end")), None)
    begin = next((mark for mark in reversed(find_markers(existing, "notes")) if end and mark.end <= end.start), None)
    if begin and end:
        # The innermost pair: where somebody tore a marker away, words between what is left are not ours.
        before, after = existing[: begin.start], existing[end.end :]
    else:
        before, after = (f"{existing.rstrip()}\n\n" if existing.strip() else ""), ""
    room = RELEASE_LIMIT - len(f"{before}{BEGIN}\n\n{END}{after}".encode())
    if room < min(len(notes.encode()), 500):
        return existing
    return f"{before}{BEGIN}\n{cut_bytes(notes.strip(), room)}\n{END}{after}"


def _value(release: Any) -> Value:
    return {"id": release["id"], "url": release["html_url"], "draft": release["draft"]}
