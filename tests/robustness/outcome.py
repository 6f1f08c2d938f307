"""The world as it must look in the end, however it came about: everything that people and later decisions can see, without ids, times,
and the counts that only tell how long somebody looked.
"""

import re
from dataclasses import asdict
from difflib import unified_diff
from pprint import pformat
from typing import Any

import msgspec

from bot.subject import Subject
from sandbox.github.state import Deployment, Repository, WorkflowRun
from tests.world import BOT, World

_TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC")
_ID = re.compile(r"(?<![0-9a-f])1\d{5}(?![0-9a-f])")
_MEASURED = re.compile(r"^(\| . \| [^|]+ \|).*\|$", re.MULTILINE)
_COUNTED = re.compile(r"[\d.]+ % \([\d,]+ of [\d,]+\)|\(p [<=] [\d.]+\)")
_PORT = re.compile(r"127\.0\.0\.1:\d+")
_AT = re.compile(r"(?<=%3A)0\d{11}(?=%3A)")  # when a notice began, in the name of its comment
_RATE = re.compile(r"(⚠️ )?At [\d.,]+ requests per second.*")
_SPAN = re.compile(r"\d+(\.\d+)? (s|min|h)\b")


async def outcome(world: World) -> dict[str, Any]:
    """Plain values; equal for equal worlds."""
    repo, store = world.repo, world.store
    memories = [await store.load(subject) for subject in await _subjects(world)]
    return {
        "comments": sorted((it.number, it.user.login, plain(it.body)) for it in repo.comments.values()),
        "reactions": [sorted(found.content for found in it.reactions) for it in repo.comments.values()],
        "living": sorted(it.number for it in world.bot_comments()),
        "runs": [_run(it) for it in repo.workflow_runs.values()],
        "deployments": [_deployment(it) for it in repo.deployments.values()],
        "panels": _panels(repo),
        "releases": [(it.tag_name, it.name, plain(it.body or ""), it.draft) for it in repo.releases.values()],
        "pulls": [(it.head_ref, it.title, it.state) for it in repo.pulls()],
        "ledger": [_entry(entry) for entry in await world.ledger("merged", "deployed", "failed", "restored")],
        "audit": sorted((it.line.actor, it.line.action, it.line.outcome) for it in await store.audit(repo.id)),
        "traffic": (world.serving, world.traffic()),
        "unanswered": [asked.source for memory in memories for asked in memory.asked],
        "pending": [intent.effect.key for memory in memories for intent in memory.pending],
        "refused": [key for memory in memories for key in memory.refused],
        "failures": [memory.failures for memory in memories if memory.failures],
    }


def differences(ended: dict[str, Any], expected: dict[str, Any]) -> str:
    """What is otherwise than it should be, line by line; empty when nothing is."""
    found: list[str] = []
    for name in expected:
        if ended[name] != expected[name]:
            before, after = (pformat(side, width=160).splitlines() for side in (expected[name], ended[name]))
            found += [f"{name}: {line}" for line in unified_diff(before, after, lineterm="", n=0)][2:]
    return "\n".join(found)


async def _subjects(world: World) -> list[Subject]:
    return [Subject.parse(text) for (text,) in world.memory.execute("SELECT subject FROM records ORDER BY subject")]


def plain(text: str) -> str:
    """A text of ours without what depends on when it was written."""
    text = _MEASURED.sub(r"\1 … |", text).replace(
        "| ⏳ |", "| ✅ |"
    )  # what is not known yet is good as far as it is known
    for pattern, instead in (
        (_TIME, "…"),
        (_RATE, "…"),
        (_AT, "…"),
        (_COUNTED, "…"),
        (_PORT, "…"),
        (_SPAN, "…"),
        (_ID, "…"),
    ):
        text = pattern.sub(instead, text)
    return text


def _deployment(it: Deployment) -> tuple[Any, ...]:
    payload = it.payload if isinstance(it.payload, dict) else {}
    asked = {name: payload.get(name) for name in ("step", "attempt", "generation", "traffic", "requested_by")}
    said = [(status.creator.login == BOT, status.state) for status in it.statuses]
    return it.task, it.environment, it.sha, it.creator.login, tuple(asked.items()), tuple(said)


def _run(it: WorkflowRun) -> tuple[Any, ...]:
    asked = {name: it.inputs.get(name) for name in ("step", "attempt", "generation", "traffic")}
    return it.path, it.actor.login, tuple(asked.items()), it.conclusion


def _panels(repo: Repository) -> list[tuple[Any, ...]]:
    return sorted(
        (
            run.head_sha,
            run.name,
            run.conclusion,
            plain(str(run.output.get("title"))),
            tuple(it["identifier"] for it in run.actions),
        )
        for run in repo.runs.values()
        if run.suite.app.slug == "tagboat"
    )


def _entry(entry: Any) -> dict[str, Any]:
    """Of a fact everything but when and under which id."""
    fields = msgspec.structs.asdict(entry) if isinstance(entry, msgspec.Struct) else asdict(entry)
    kept = {name: value for name, value in fields.items() if not name.endswith("_at") and name != "rollout"}
    return {"kind": entry.kind} | {
        name: plain(value) if isinstance(value, str) else value for name, value in kept.items()
    }
