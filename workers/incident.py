"""Looks at one incident: the issue that it is about with its history, who did what there, and what the named causes stand for."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import msgspec

from bot.decision import Actor, Memory
from bot.incident import render
from bot.incident.cause import Named, cause_in, read_cause
from bot.incident.model import (
    ALERT,
    Alert,
    Found,
    Happened,
    IncidentFacts,
    IncidentRecord,
    Thread,
    Typed,
)
from bot.ledger import Deployed
from bot.policy import Policy
from bot.policy.who import at_least
from bot.subject import Repo, Subject
from workers.github import RepoClient, read
from workers.github.errors import NotFound
from workers.github.times import at
from workers.permission import permission
from workers.policy import policy_in_force
from workers.tools import Tools


async def observe(
    tools: Tools, repo: Repo, subject: Subject, memory: Memory[IncidentRecord], now: float
) -> IncidentFacts:
    """1 request for an issue that is no incident, 2 for one that is, and 1 for each person who newly labelled or closed it and for each
    cause that is newly named. None for an alert."""
    client = tools.github.client(repo)
    policy = (await policy_in_force(tools, client, repo, now)).policy
    asked = tuple((it, msgspec.convert(it.what, Typed | Alert)) for it in memory.asked)
    facts = IncidentFacts(now=now, repo=repo.id, name=subject.name, policy=policy, asked=asked)
    people = _People(client, policy)
    if not subject.name.startswith(ALERT):
        facts = await _conversation(client, people, facts, memory.record)
    causes = {named.text: named for named in _named(facts, memory.record)}
    if causes or memory.record.cause:
        deployed = tuple(it for it in await tools.store.ledger(repo.id, ["deployed"]) if isinstance(it, Deployed))
        found = {text: await _found(client, named) for text, named in causes.items()}
        facts = replace(facts, causes=found, deployed=deployed)
    return facts


class _People:
    """Whose labels and words count: everybody with at least the role that policy asks for, and the bots that it lists. Each is asked about once."""

    def __init__(self, client: RepoClient, policy: Policy) -> None:
        self._client, self._wanted = client, policy.incidents.labelled_by
        self._known: dict[str, bool | None] = {}
        self._listed = policy.commands.lists

    async def count(self, login: str) -> bool | None:
        """None: GitHub would not say."""
        if self._listed(login):
            return True
        if login.casefold() not in self._known:
            may = await permission(self._client, Actor(0, login))
            self._known[login.casefold()] = None if may is None else at_least(may, self._wanted)
        return self._known[login.casefold()]


async def _conversation(
    client: RepoClient, people: _People, facts: IncidentFacts, record: IncidentRecord
) -> IncidentFacts:
    try:
        answer = await client.get(f"issues/{facts.name}")
    except NotFound:
        return facts
    is_pull = "pull_request" in answer
    labels = {label["name"].casefold() for label in answer.get("labels") or ()}
    could_be = bool(record.state or facts.asked) or facts.policy.incidents.label.casefold() in labels
    history = await _history(client, people, facts, record) if could_be and not is_pull else ()
    author = (answer.get("user") or {}).get("login") or "ghost"
    body = answer.get("body") or ""
    names_one = could_be and not is_pull and cause_in(body) is not None
    thread = Thread(
        number=answer["number"],
        is_pull=is_pull,
        title=answer["title"],
        body=body,
        url=answer["html_url"],
        author=author,
        opened_at=at(answer["created_at"]),
        closed=answer["state"] == "closed",
        duplicate=answer.get("state_reason") == "duplicate",
        trusted=names_one and await people.count(author) is True,
    )
    return replace(facts, thread=thread, history=history)


async def _history(
    client: RepoClient, people: _People, facts: IncidentFacts, record: IncidentRecord
) -> tuple[Happened, ...]:
    """What may begin, end or grade an incident, with whether it counts. Nobody is asked about twice for the same line."""
    incidents = facts.policy.incidents
    labels = {name.casefold() for name in (incidents.label, *incidents.severities)}
    known = {it.event: it.counts for it in record.vouched}
    found = []
    for event in await read.issue_events(client, int(facts.name)):
        label = str((event.get("label") or {}).get("name") or "")
        if event["event"] in {"labeled", "unlabeled"}:
            if label.casefold() not in labels:
                continue
        elif event["event"] not in {"closed", "reopened"}:
            continue
        by = (event.get("actor") or {}).get("login") or "ghost"
        counts = known[event["id"]] if event["id"] in known else await people.count(by)
        found.append(Happened(event["id"], event["event"], label, by, at(event["created_at"]), counts))
    return tuple(found)


def _named(facts: IncidentFacts, record: IncidentRecord) -> Iterable[Named]:
    """The causes that are newly named: typed, told by an alert, or in the issue's own text while nobody has named one."""
    words = [said.cause for _, said in facts.asked if said.cause]
    named = [read_cause(word) for word in words]
    thread = facts.thread
    if thread is not None and thread.trusted and record.cause is None:
        named.append(cause_in(thread.body))
    return [it for it in named if it is not None and it.kind != "none"]


async def _found(client: RepoClient, named: Named) -> Found:
    """1 request."""
    if named.kind == "pull":
        return await _pull(client, named)
    commit = await read.commit(client, named.text)
    if commit is None:
        return Found(error=render.no_such(named.text, named.kind))
    return Found(shas=(str(commit["sha"]),))


async def _pull(client: RepoClient, named: Named) -> Found:
    try:
        answer: Any = await read.pull(client, named.number)
    except NotFound:
        return Found(error=render.no_such(named.text, "pull request"))
    merged = (answer.get("merge_commit_sha") or "") if answer.get("merged_at") else ""
    shas = tuple(sha for sha in (merged, answer["head"]["sha"]) if sha)
    return Found(shas=shas, pull=named.number)
