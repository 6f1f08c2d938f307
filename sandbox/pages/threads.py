"""Issues, and what issues and pull requests have in common: comments, boxes that are ticked, closing, reopening, labels."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.github.errors import GitHubError
from sandbox.github.state import Pull
from sandbox.pages.markdown import tick
from sandbox.pages.timeline import EMOJI, timeline
from sandbox.pages.visit import Visit, thread_path


async def index(visit: Visit) -> Response:
    closed = visit.request.query_params.get("q") == "closed"
    issues = [thread for thread in visit.repo.threads.values() if not isinstance(thread, Pull)]
    issues.sort(key=lambda issue: -issue.number)
    values = {
        "tab": "issues",
        "closed": closed,
        "issues": [issue for issue in issues if (issue.state == "closed") == closed],
        "open_count": sum(issue.state == "open" for issue in issues),
        "closed_count": sum(issue.state == "closed" for issue in issues),
    }
    return visit.page("issues.html", values, live={"issues": "_issues.html"})


async def new(visit: Visit) -> Response:
    """The form, with a title and labels filled in where the address has them, as on GitHub."""
    asked = visit.request.query_params
    values = {
        "tab": "issues",
        "labels": sorted(visit.repo.labels.values(), key=lambda one: one.name),
        "wanted": {"title": asked.get("title", "")[:256], "labels": asked.get("labels", "")[:256]},
    }
    return visit.page("issue_new.html", values)


async def create(visit: Visit) -> Response:
    labels = tuple(name.strip() for name in visit.form.get("labels", "").split(",") if name.strip())
    made = await visit.people.open_issue(
        visit.person, visit.form.get("title", "").strip(), visit.form.get("body", ""), labels=labels
    )
    return visit.back(f"{visit.at}/issues/{made['number']}")


async def show(visit: Visit) -> Response:
    """An issue. A pull request's number leads to its own page, as on GitHub."""
    thread = visit.world.thread(visit.repo, visit.number())
    if isinstance(thread, Pull):
        return visit.back(thread_path(visit.at, visit.repo, thread.number))
    values = {
        "tab": "issues",
        "thread": thread,
        "items": timeline(visit.world, visit.site.chronicle, visit.repo, thread),
    }
    live = {
        "conversation": "_conversation.html",
        "head": "_issue_head.html",
        "side": "_issue_side.html",
        "then": "_then.html",
    }
    return visit.page("issue.html", values, live=live)


# What can be done. `number` is that of an issue or pull request.


async def comment(visit: Visit) -> Response:
    """Post a comment; the form's other button posts it and closes or reopens."""
    number, body = visit.number(), visit.form.get("body", "")
    anchor = ""
    if body.strip() or not visit.form.get("then"):
        made = await visit.people.comment(visit.person, number, body)
        anchor = f"#issuecomment-{made['id']}"
    if visit.form.get("then") == "close":
        await visit.people.close(visit.person, number)
    elif visit.form.get("then") == "reopen":
        await visit.people.reopen(visit.person, number)
    return visit.back(_path(visit, number) + anchor)


async def edit_comment(visit: Visit) -> Response:
    found = visit.world.comment(visit.repo, int(visit.param("comment")))
    if visit.form.get("delete") == "1":
        await visit.people.delete_comment(visit.person, found.id)
        return visit.back(_path(visit, found.number))
    await visit.people.edit_comment(visit.person, found.id, visit.form.get("body", ""))
    return visit.back(f"{_path(visit, found.number)}#issuecomment-{found.id}")


async def tick_comment(visit: Visit) -> Response:
    found = visit.world.comment(visit.repo, int(visit.param("comment")))
    await visit.people.edit_comment(visit.person, found.id, _ticked(visit, found.body))
    return visit.back(_path(visit, found.number))


async def edit(visit: Visit) -> Response:
    """Change a title, or the text that an issue or pull request opens with."""
    number = visit.number()
    title, body = visit.form.get("title"), visit.form.get("body")
    if isinstance(visit.world.thread(visit.repo, number), Pull):
        await visit.people.edit_pull(visit.person, number, title=title, body=body)
    else:
        await visit.people.edit_issue(visit.person, number, title=title, body=body)
    return visit.back(_path(visit, number))


async def tick_body(visit: Visit) -> Response:
    visit.form["body"] = _ticked(visit, visit.world.thread(visit.repo, visit.number()).body or "")
    visit.form.pop("title", None)
    return await edit(visit)


async def close(visit: Visit) -> Response:
    await visit.people.close(visit.person, visit.number())
    return visit.back(_path(visit, visit.number()))


async def reopen(visit: Visit) -> Response:
    await visit.people.reopen(visit.person, visit.number())
    return visit.back(_path(visit, visit.number()))


async def label(visit: Visit) -> Response:
    """Put on, or with `remove=1` take off, one label."""
    name = visit.form.get("label", "").strip()
    if visit.form.get("remove") == "1":
        await visit.people.unlabel(visit.person, visit.number(), name)
    else:
        await visit.people.label(visit.person, visit.number(), name)
    return visit.back(_path(visit, visit.number()))


async def react(visit: Visit) -> Response:
    content = visit.form.get("content", "")
    comment_id = visit.form.get("comment", "")
    if content not in EMOJI:
        raise GitHubError(422, "There is no such reaction.")
    await visit.people.react(
        visit.person, content, comment_id=int(comment_id) if comment_id.isdigit() else None, number=visit.number()
    )
    return visit.back(_path(visit, visit.number()))


def _path(visit: Visit, number: int) -> str:
    return thread_path(visit.at, visit.repo, number)


def _ticked(visit: Visit, text: str) -> str:
    box = visit.form.get("box", "")
    ticked = tick(text, int(box), visit.form.get("checked") == "1") if box.isdigit() else None
    if ticked is None:
        raise GitHubError(422, "That task is no longer there.")
    return ticked
