"""Answers about files: reading one as JSON or raw, listing a folder, writing one."""

from __future__ import annotations

import base64

from sandbox.github import pushes
from sandbox.github.api.call import Answer, Call
from sandbox.github.api.credentials import NOT_ACCESSIBLE
from sandbox.github.commits import blob_sha
from sandbox.github.errors import GitHubError, conflict, forbidden, not_found, refused, wrong_type
from sandbox.github.shapes.refs import file_commit_json, file_content_json, folder_json

RAW = ("application/vnd.github.raw", "application/vnd.github.v3.raw")
MAX_JSON = 1_000_000
WORKFLOWS = ".github/workflows/"


def show(call: Call) -> Answer:
    """A file, or what is in a folder, at `ref` (the default branch unless given)."""
    ref = call.query.get("ref") or call.repo.default_branch
    sha = call.world.resolve(call.repo, ref)
    if sha is None:
        raise GitHubError(404, f"No commit found for the ref {ref}")
    commit, path = call.world.objects.commit(sha), call.path.get("path", "").strip("/")
    text = commit.tree.files.get(path)
    if text is None:
        entries = folder_json(call.world, call.repo, path, commit, ref)
        if not entries:
            raise not_found()
        return Answer(entries)
    if call.accept.startswith(RAW):
        return Answer(text.encode(), kind=f"{RAW[0]}; charset=utf-8")
    shown = file_content_json(call.world, call.repo, path, text, ref)
    if len(text.encode()) > MAX_JSON:
        shown |= {"content": "", "encoding": "none"}
    return Answer(shown)


def write(call: Call) -> Answer:
    """Make or replace a file by one commit; replacing needs the `sha` of what is there."""
    world, repo, path = call.world, call.repo, call.path["path"]
    message, content = call.text("message"), call.text("content")
    if not message:
        raise wrong_type("message", message, "a string")
    if content is None:
        raise wrong_type("content", content, "a string")
    installation = call.token is not None and call.token.installation is not None
    if (
        path.startswith(WORKFLOWS)
        and installation
        and call.token
        and call.token.permissions.get("workflows") != "write"
    ):
        raise forbidden(NOT_ACCESSIBLE, accepted="contents=write,workflows=write")
    try:
        text = base64.b64decode("".join(content.split()), validate=True).decode()
    except ValueError:
        raise refused("content is not valid Base64") from None
    branch = call.text("branch") or repo.default_branch
    if branch not in repo.branches:
        raise GitHubError(404, f"Branch {branch} not found")
    tip = repo.branches[branch]
    before = world.objects.commit(tip).tree.files.get(path)
    given = call.text("sha")
    if before is not None and given is None:
        raise refused('Invalid request.\n\n"sha" wasn\'t supplied.')
    if before is not None and given != blob_sha(before):
        raise conflict(f"{path} does not match {given}")
    commit = world.commit_changes(tip, {path: text}, message, call.who.user)
    pushes.push(world, repo, call.who, branch, commit.sha)
    return Answer(file_commit_json(world, repo, path, text, branch, commit), 201 if before is None else 200)
