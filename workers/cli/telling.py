"""What `tagboat explain` says of a repository, an environment, a pull request or a commit: once as values for programs, once for a person
at a terminal. Everything comes from memory.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.markdown import Markdown
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from bot.environment.account import Account, Measured, Moving, Stage
from bot.environment.model import EnvironmentRecord
from bot.flow.model import FlowRecord
from bot.markdown import ago, duration, short, utc
from bot.rollout.render import chance, percent, ratio
from bot.store import Store
from bot.subject import Repo, pull
from bot.web.standing import RepositoryAccount
from workers.cli.memory import NoMemory

LATE = 60.0  # seconds without a sign of life before it is said
MARKS = {
    "done": ("✓ ", "green"),
    "now": ("▸ ", "bold"),
    "held": ("‖ ", "bold yellow"),
    "failed": ("✗ ", "red"),
    "ahead": ("", "dim"),
}
VERDICTS = {"pass": ("good", "green"), "fail": ("bad", "red"), "unknown": ("not known", "yellow"), "": ("", "")}


@dataclass(frozen=True)
class Found:
    """`value` is what a program gets, `shown` what a person sees."""

    value: Any
    shown: RenderableType


def everything(told: RepositoryAccount) -> Found:
    """Every environment, what waits, and what was decided lately."""
    parts = [part for it in told.environments for part in _environment(told, it)]
    if not told.environments:
        parts.append(Text("No environment is known: the policy names none, and nothing was deployed yet."))
    if told.lately:
        table = _table("When", "Who", "What", "About", "Outcome")
        for line in told.lately[:10]:
            table.add_row(
                *(Text(it) for it in (ago(told.now - line.at), line.actor, line.action, line.subject, line.outcome))
            )
        parts += [Text("Decided lately", "bold"), _below(table), Text()]
    return Found(told, Group(*parts, *_age(told)))


def one_environment(told: RepositoryAccount, it: Account) -> Found:
    mine = msgspec.structs.replace(
        told,
        environments=(it,),
        waiting=tuple(ask for ask in told.waiting if ask.environment == it.environment),
        lately=tuple(line for line in told.lately if line.subject == it.environment),
    )
    return Found(mine, Group(*_environment(told, it), *_age(told)))


async def pull_request(store: Store, repo: Repo, told: RepositoryAccount, number: int) -> Found:
    """What the living comment of a pull request (or issue) is made of, and the rollouts that it is about. Raises NoMemory."""
    subject = pull(repo.id, number)
    known = [it for it in await store.known(repo.id, "pull", subject.name) if it.subject == subject]
    if not known:
        raise NoMemory(f"Nothing is remembered of #{number} in {repo.full_name}.")
    sections = await store.sections(subject)
    moving = [it for it in told.environments if it.moving is not None and it.moving.number == number]
    value = {
        "repository": repo.full_name,
        "number": number,
        "because": known[0].because,
        "decided_at": known[0].updated_at,
        "sections": sections,
        "environments": moving,
    }
    parts: list[RenderableType] = [Text(f"{repo.full_name} · #{number}", "bold"), Text(known[0].because), Text()]
    shown = {f"rollout:{it.environment}" for it in moving}
    parts += [Padding(Markdown(text), (0, 0, 1, 2)) for slot, text in sections.items() if slot not in shown]
    parts += [part for it in moving for part in _environment(told, it)]
    return Found(value, Group(*parts, *_age(told)))


async def commit(store: Store, repo: Repo, told: RepositoryAccount, sha: str) -> Found:
    """Where a commit is, and what its checks said. Raises NoMemory."""
    known = await store.known(repo.id, "flow", sha)
    records = {
        it.subject.name: msgspec.json.decode(it.body, type=EnvironmentRecord)
        for it in await store.known(repo.id, "environment")
        if it.body
    }
    places = {name: list(_is(record, sha)) for name, record in records.items()}
    full = {it.subject.name for it in known} | {one for found in places.values() for one, _ in found}
    if not full:
        raise NoMemory(f"Nothing is remembered of the commit {sha} in {repo.full_name}.")
    if len(full) > 1:
        raise NoMemory(f"{sha} may be {' or '.join(sorted(it[:12] for it in full))}: write more of it.")
    whole = full.pop()
    items = dict(msgspec.json.decode(known[0].body, type=FlowRecord).items) if known and known[0].body else {}
    stands = {name: [what for _, what in found] for name, found in places.items() if found}
    value = {
        "repository": repo.full_name,
        "commit": whole,
        "because": known[0].because if known else "",
        "places": stands,
        "pipeline": items,
    }
    parts: list[RenderableType] = [Text(f"{repo.full_name} · {whole}", "bold")]
    parts += [Text(known[0].because)] if known else []
    parts += [Text(f"  {name}: {'; '.join(what)}") for name, what in stands.items()]
    if not stands:
        parts.append(Text("  It is in no environment, and has not been in one that is still remembered."))
    if items:
        table = _table("Item", "State")
        for item, state in items.items():
            table.add_row(Text(item), Text(state, {"passed": "green", "failed": "red"}.get(state, "dim")))
        parts.append(_below(table))
    return Found(value, Group(*parts, Text(), *_age(told)))


def _is(record: EnvironmentRecord, sha: str) -> Iterable[tuple[str, str]]:
    """What a commit is to an environment: its full SHA, and a phrase."""
    if record.active is not None:
        plan = record.active.rollout.plan
        if plan.candidate.startswith(sha):
            yield plan.candidate, f"rolling out, {record.active.rollout.phase.value}"
        if plan.baseline.startswith(sha):
            yield plan.baseline, "the baseline of the rollout that moves"
    if record.live is not None and record.live.sha.startswith(sha):
        yield record.live.sha, f"live since {utc(record.live.since)}"
    for release in record.good:
        if release.sha.startswith(sha) and (record.live is None or release.sha != record.live.sha):
            yield release.sha, f"was good at {utc(release.since)}, so it can be gone back to"
    for it in record.quarantined:
        if it.sha.startswith(sha):
            yield it.sha, f"quarantined since {utc(it.at)}: {it.why}"


# --- one environment -------------------------------------------------------------------------------------------------------------


def _environment(told: RepositoryAccount, it: Account) -> list[RenderableType]:
    moving = it.moving or it.ended
    parts: list[RenderableType] = [Text.assemble((f"{told.repository} · {it.environment}", "bold"), *_state(it))]
    if it.live is not None:
        back = f"; to go back to: {short(it.back_to.sha)}" if it.back_to else ""
        if not back and it.moving is None:
            back = "; nothing to go back to"
        by = f", by {it.live.by}" if it.live.by else ""
        word = "should be live" if it.doubt else "live"
        parts.append(Text(f"  {word}: {short(it.live.sha)} since {utc(it.live.since)}{by}{back}"))
    if it.doubt:
        parts.append(Text(f"  not certain: {it.doubt}", "bold yellow"))
    if it.watched:
        parts.append(Text(f"  {it.watched}"))
    if moving is not None:
        parts += _rollout(told, moving)
    if it.because:
        parts.append(Text(f"  why: {it.because}"))
    if it.failures:
        parts.append(Text(f"  The last {it.failures} looks failed.", "red"))
    if it.moving is not None and (following := _following(it.moving.stages)):
        soon = ""
        if it.next_look is not None:
            left = it.next_look - told.now
            soon = f", looked at again in {duration(left)}" if left > 0 else f", due since {duration(-left)}"
        parts.append(Text(f"  next: {following}{soon}"))
    for ask in told.waiting:
        if ask.environment == it.environment:
            parts.append(Text(f"  waits for an answer: {ask.asked}, by {ask.by} {ago(told.now - ask.at)}", "yellow"))
    for turn in it.queue:
        why = f": {turn.why}" if turn.why else ""
        parts.append(Text(f"  waits for its turn: {short(turn.sha)} of #{turn.number}, by {turn.by}{why}"))
    if it.held:
        parts.append(Text(f"  nothing that waits goes on: {it.held}", "yellow"))
    for choice in it.can:
        verb, _, rest = choice.command.partition(" ")
        parts.append(Text(f"  you can: tagboat {verb} {told.repository} {rest}  ({choice.does})", "cyan"))
    parts += [Text(f"  {said}", "yellow") for said in it.closed]
    for rule in it.rules if moving is None else ():
        parts.append(Text(f"  {it.mode}: {rule}", "dim"))
    for sha, why, at in it.quarantined[:5]:
        parts.append(Text(f"  quarantined: {short(sha)} at {utc(at)}: {why}", "dim"))
    return [*parts, Text()]


def _state(it: Account) -> tuple[tuple[str, str], ...]:
    if it.moving is not None:
        held = it.moving.phase in {"Paused", "Frozen", "RollingBack"}
        return ((f" · {it.moving.phase}, {it.moving.place}", "bold yellow" if held else "bold blue"),)
    if it.ended is not None:
        return ((f" · the last rollout: {it.ended.phase}", "red" if it.ended.phase == "RollbackFailed" else "dim"),)
    return ()


def _rollout(told: RepositoryAccount, it: Moving) -> list[RenderableType]:
    over = f" over {short(it.baseline)}" if it.baseline else ""
    where = f" in #{it.number}" if it.number else ""
    what = f"  {it.strategy} of {short(it.candidate)}{over}, asked by {it.by} {ago(told.now - it.asked_at)}{where}"
    steps = [(f"{MARKS[step.state][0]}{step.label}", MARKS[step.state][1]) for step in it.stages]
    line = [part for step in steps for part in ((" → ", "dim"), step)][1:]
    parts: list[RenderableType] = [Text(what), Text.assemble("  ", *line)]
    parts += [Text(f"  image {it.image}")] if it.image else []
    parts += [Text(f"  {waived}", style="yellow") for waived in it.waived]
    if it.measured:
        parts.append(_below(_criteria(it.measured)))
    if it.over and it.why:
        parts.append(Text(f"  ended: {it.why}"))
    return parts


def _criteria(rows: Iterable[Measured]) -> Table:
    table = _table("Criterion", "Verdict", "New release", "Baseline", "At most (95 %)", "Limit", "Why")
    for row in rows:
        word, style = VERDICTS[row.verdict]
        why = f"{chance(row.p)}, {row.test}" if row.p is not None else row.reason or row.understood
        if row.verdict == "unknown":
            why = f"{row.code}: {row.reason}"
        table.add_row(
            Text(row.criterion),
            Text(word, style),
            Text(ratio(row.candidate) if row.candidate else ""),
            Text(ratio(row.baseline) if row.baseline else ""),
            Text(percent(row.upper) if row.upper is not None else ""),
            Text(percent(row.limit) if row.limit is not None else ""),
            Text(why, "dim"),
        )
    return table


def _following(stages: Iterable[Stage]) -> str:
    """What comes after the step that it is at."""
    listed = list(stages)
    places = [place for place, step in enumerate(listed) if step.state in {"now", "held"}]
    ahead = [step for step in listed[places[-1] + 1 :] if step.state == "ahead"] if places else []
    return ahead[0].label if ahead else "the end" if places else ""


def _age(told: RepositoryAccount) -> list[RenderableType]:
    """How old all this is: it is what was remembered at the last decisions."""
    if told.ticked_at is None:
        return [Text("The bot has never given a sign of life here: no clock has ticked.", "yellow")]
    seconds = told.now - told.ticked_at
    if seconds > LATE:
        said = f"The bot gave its last sign of life {ago(seconds)}: this is of then, and nothing goes on by itself."
        return [Text(said, "yellow")]
    return [Text(f"As remembered; the bot was alive {ago(seconds)}.", "dim")]


def _table(*columns: str) -> Table:
    return Table(*columns, box=None, header_style="dim", padding=(0, 2, 0, 0))


def _below(table: Table) -> RenderableType:
    return Padding(table, (0, 0, 0, 2))
