"""Our own check run on a commit, and commit statuses.

Both are written over by name, so repeating them is harmless; the looks before keep GitHub's limits (1,000 statuses per context and
commit, 1,000 runs of one name per suite) out of reach and spare people notifications.
"""

from typing import Any

from bot.effects import Annotation, SetCheckRun, SetStatus
from workers.github import NotFound, RepoClient, path, read
from workers.perform.own import CHECK_TEXT_LIMIT, Results, Value, by_id, cut, is_ours, known_id, line, same_text

MOST_BUTTONS, MOST_ANNOTATIONS = 3, 50
LABEL_LIMIT, DESCRIPTION_LIMIT, IDENTIFIER_LIMIT, TITLE_LIMIT = 20, 40, 20, 255


async def set_check_run(effect: SetCheckRun, client: RepoClient, results: Results, unsure: bool) -> Value:
    """With a known id 1 request, else 2."""
    if effect.annotations is not None:
        there = await find_check_run(effect, client, results)
        return there or _value(await client.post("check-runs", {**_wanted(effect), "head_sha": effect.sha}))
    known = known_id(results, effect.key)
    if not known:
        run = await _own_run(effect, client)
        known = run and run["id"]
    if known:
        try:
            return _value(await client.patch(path("check-runs", known), _wanted(effect)))
        except NotFound:
            pass  # GitHub deletes check runs after 400 days
    return _value(await client.post("check-runs", {**_wanted(effect), "head_sha": effect.sha}))


async def find_check_run(effect: SetCheckRun, client: RepoClient, results: Results) -> Value | None:
    """Done when the newest run of ours says this. Its buttons cannot be read; they change together with the text."""
    run = await _own_run(effect, client)
    if run is None:
        return None
    wanted, output = _wanted(effect), run["output"]
    same = (
        run["conclusion"] == effect.conclusion
        and run["status"] == wanted["status"]
        and (run.get("external_id") or "") == effect.external_id
        and same_text(output["title"], wanted["output"]["title"])
        and same_text(output["summary"], wanted["output"]["summary"])
        and same_text(output["text"], wanted["output"].get("text", ""))
        and (effect.annotations is None or output["annotations_count"] == len(wanted["output"].get("annotations", ())))
    )
    return _value(run) if same else None


async def set_status(effect: SetStatus, client: RepoClient, results: Results, unsure: bool) -> Value:
    """1 request when the commit's statuses say it already, else 2."""
    said = await find_status(effect, client, results)
    if said is not None:
        return said
    wanted = {"state": effect.state, "context": effect.context, "description": line(effect.description)}
    return _value(await client.post(path("statuses", effect.sha), wanted))


async def find_status(effect: SetStatus, client: RepoClient, results: Results) -> Value | None:
    """Done when the newest status of this context says this."""
    for status in await read.statuses(client, effect.sha):  # GitHub lists the newest of each context only
        if status["context"] == effect.context:
            same = status["state"] == effect.state and same_text(status["description"], line(effect.description))
            return _value(status) if same else None
    return None


async def _own_run(effect: SetCheckRun, client: RepoClient) -> Any | None:
    """The newest run of this name by our App: the one that GitHub shows when there are several."""
    app = await client.github.app()
    runs = await client.pages(
        path("commits", effect.sha, "check-runs"), items="check_runs", check_name=effect.name, app_id=app["id"]
    )
    ours = [run for run in runs if run["name"] == effect.name and await is_ours(client, run)]
    return max(ours, key=by_id, default=None)


def _wanted(effect: SetCheckRun) -> dict[str, Any]:
    output: dict[str, Any] = {
        "title": line(effect.title, TITLE_LIMIT),
        "summary": cut(effect.summary, CHECK_TEXT_LIMIT),
    }
    if effect.text:
        output["text"] = cut(effect.text, CHECK_TEXT_LIMIT)
    if effect.annotations:
        output["annotations"] = [_annotation(it) for it in effect.annotations[:MOST_ANNOTATIONS]]
    wanted: dict[str, Any] = {
        "name": effect.name,
        "status": "in_progress" if effect.conclusion is None else "completed",
        "external_id": effect.external_id,
        "output": output,
        "actions": [
            {
                "label": line(button.label, LABEL_LIMIT),
                "description": line(button.description, DESCRIPTION_LIMIT),
                "identifier": button.identifier[:IDENTIFIER_LIMIT],
            }
            for button in effect.buttons[:MOST_BUTTONS]
        ],
    }
    if effect.conclusion is not None:
        wanted["conclusion"] = effect.conclusion
    return wanted


def _annotation(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.path,
        "start_line": annotation.line,
        "end_line": annotation.line,
        "annotation_level": annotation.level,
        "title": line(annotation.title, TITLE_LIMIT),
        "message": cut(annotation.message, CHECK_TEXT_LIMIT),
    }


def _value(thing: Any) -> Value:
    return {"id": thing["id"]}
