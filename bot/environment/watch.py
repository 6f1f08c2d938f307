"""The time after success: a release that serves everybody is watched on, taken back by itself while that is soon enough, and later a person
is told. It never takes back what is not live any more. It rests while another rollout moves: one that succeeds ends it, and when one is
taken back it goes on.
"""

from dataclasses import dataclass

from msgspec.structs import replace

from bot.decision import Actor, Asked, Audit, Show
from bot.effects import Effect
from bot.environment.audit import ITSELF, audit_request
from bot.environment.incidents import against, elsewhere, render_laid, speaking
from bot.environment.model import Active, EnvironmentFacts, EnvironmentRecord, Request
from bot.environment.render_watch import render_page, render_watch, render_watch_check
from bot.environment.start import ROLLBACK, Refused, start
from bot.markdown import code, plain, short
from bot.notice import notify
from bot.notice import slot as notice_slot
from bot.policy import Environment
from bot.rollout.facts import Facts
from bot.rollout.machine import past_return
from bot.rollout.model import Phase, Rollout
from bot.rollout.render import span
from bot.rollout.signals import Signal
from bot.rollout.watch import Watch, every, look, measures, watched
from bot.subject import environment, pull


@dataclass(frozen=True, slots=True)
class Kept:
    """What a look after success leads to."""

    record: EnvironmentRecord
    effects: tuple[Effect, ...] = ()
    sections: tuple[Show, ...] = ()
    audit: tuple[Audit, ...] = ()
    wake_at: float | None = None
    because: str = ""


def begin_watch(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> EnvironmentRecord:
    """Watch what has just become live. The policy of this moment says how long, and stays in force for this watch."""
    ended = record.ended
    if before.active is None or record.active is not None or ended is None or record.watch is not None:
        return record
    plan = ended.rollout.plan
    if ended.rollout.phase is not Phase.SUCCEEDED or not plan.ships or plan.strategy == ROLLBACK:
        return record
    tuned = (facts.policy.environment(facts.name) or Environment()).rollback.watch
    if not tuned.for_.seconds:
        return record
    now = facts.now
    automatic = min(tuned.automatic_for.seconds, tuned.for_.seconds)
    watch = Watch(ended.root, now, now + tuned.for_.seconds, now + automatic, changed_at=now)
    return replace(record, watch=watch, watched=None, resting=None)


def first_look(before: EnvironmentRecord, record: EnvironmentRecord, now: float) -> float | None:
    """When what has just become live is looked at for the first time."""
    return now + every(record.watch, now) if record.watch is not None and before.watch is None else None


def of_live(record: EnvironmentRecord) -> tuple[Active, Watch] | None:
    """The rollout whose release is watched, while that is what serves and nothing moves."""
    watch, live = record.watch, record.live
    if watch is None or live is None or record.active is not None or live.rollout != watch.root:
        return None
    ended = _brought(record, watch)
    return None if ended is None else (ended, watch)


def _brought(record: EnvironmentRecord, watch: Watch) -> Active | None:
    """The rollout that a watch follows: the last one, or an earlier one that serves again."""
    return next((it for it in (record.ended, record.watched) if it is not None and it.root == watch.root), None)


def measured(record: EnvironmentRecord, now: float) -> Active | None:
    """What SLIs are read for: the rollout that moves, else the release that is watched."""
    watching = of_live(record)
    if watching is None:
        return record.active
    ended, watch = watching
    return replace(ended, rollout=watched(ended.rollout, watch, now))


def end_watch(record: EnvironmentRecord, facts: EnvironmentFacts) -> tuple[EnvironmentRecord, tuple[Show, ...]]:
    """Something else is live or moves: what was watched is not looked at any more, unless that other one is taken back."""
    watch = record.watch
    if watch is None:
        return _go_on(record, facts.now), ()
    asked_again = record.active is not None and record.active.rollout.reasserting
    if asked_again or of_live(record) is not None:
        return record, ()
    brought = _brought(record, watch)
    shows = (_show(facts, brought, ""),) if brought is not None else ()
    rests = record.active is not None and record.live is not None and record.live.rollout == watch.root
    return replace(record, watch=None, resting=watch if rests else None, watched=brought if rests else None), shows


def _go_on(record: EnvironmentRecord, now: float) -> EnvironmentRecord:
    """Watch on what serves everybody again. What was measured while another release served beside it says nothing of it."""
    resting, live = record.resting, record.live
    if resting is None:
        return record if record.watched is None else replace(record, watched=None)
    if record.active is not None or record.doubt is not None:
        return record
    if live is None or live.rollout != resting.root:
        return replace(record, resting=None, watched=None)
    return replace(record, resting=None, watch=replace(resting, again_at=now, looks=(), state="", changed_at=now))


def keep_watch(record: EnvironmentRecord, facts: EnvironmentFacts) -> Kept | None:
    """One look after success, None where nothing is watched."""
    watching = of_live(record)
    if watching is None:
        return None
    ended, watch = watching
    if facts.now >= watch.until:
        show = _show(
            facts,
            ended,
            render_watch(ended, watch, facts.now, facts.policy.commands.prefix)
            if measures(ended.rollout, watch)
            else "",
        )
        return Kept(replace(record, watch=None), sections=(show,), because=f"The watch of {facts.name} is over.")
    incidents = speaking(against(ended, facts))
    seen = Facts(readings=facts.readings, checks=dict(facts.checks), incidents=incidents)
    found = look(ended.rollout, watch, seen, facts.now)
    record = replace(record, watch=found.watch)
    if found.signal is not None:
        return _act(record, ended, found.watch, found.signal, facts)
    blind = not measures(ended.rollout, watch)
    if blind and found.watch.state != "bad":
        return Kept(record, wake_at=watch.until, because=f"Nothing is measured in {facts.name} after success.")
    sections: tuple[Show, ...] = (
        _show(facts, ended, render_watch(ended, found.watch, facts.now, facts.policy.commands.prefix)),
    )
    effects: tuple[Effect, ...] = ()
    if found.watch.state != watch.state and (watch.state == "bad" or found.watch.state == "bad"):
        effects = (render_watch_check(ended, found.watch, sections[0].text),)
    because = f"{facts.name} is watched after its success: {found.watch.state}."
    return Kept(record, effects, sections, wake_at=found.wake_at, because=because)


def _act(record: EnvironmentRecord, ended: Active, watch: Watch, signal: Signal, facts: EnvironmentFacts) -> Kept:
    """Back by itself where that is soon enough and policy says so; in all other cases a person is told, once for each reason."""
    why_not = _why_not(ended.rollout, watch, facts.now) or elsewhere(ended, facts)
    if not why_not:
        request = Request(
            verb=ROLLBACK,
            number=ended.request.number,
            by=ITSELF,
            by_id=0,
            at=facts.now,
            slot=f"watch:{facts.name}",
            reason=signal.why,
            tell=ended.request.whom,
        )
        source = f"watch-{watch.root}"
        asked = Asked(source, 0, environment(facts.repo, facts.name), Actor(0, ITSELF), facts.now, {})
        outcome = start(record, asked, request, facts)
        if not isinstance(outcome, Refused):
            active, root = outcome
            line = audit_request(request, "started", signal.why, sha=active.rollout.plan.candidate)
            page = _page(
                ended,
                watch,
                facts,
                "bad after its success, so I take it back",
                f"{plain(signal.why, 900)}\n\n{_no_comparison(ended, facts)}{_named(ended, facts)}",
            )
            record = replace(record, active=active, watch=None)
            # It is begun like any other: the next look finds the root deployment confirmed and goes on.
            return Kept(record, (root,), (_show(facts, ended, ""), page), (line,), facts.now, signal.why)
        why_not = (
            "there is no earlier good release to go back to" if outcome.code == "no_rollback_target" else outcome.code
        )
    told = replace(watch, told=(*watch.told, signal.key), state="bad", changed_at=facts.now)
    text = render_page(watch, facts.name, signal.why, why_not, facts.policy.commands.prefix) + _named(ended, facts)
    shown = render_watch(ended, told, facts.now, facts.policy.commands.prefix)
    return Kept(
        replace(record, watch=told),
        (render_watch_check(ended, told, shown),),
        (_show(facts, ended, shown), _page(ended, watch, facts, "bad after its success", text)),
        (Audit(ITSELF, "watch", "told", signal.why, sha=ended.rollout.plan.candidate),),
        facts.now,
        signal.why,
    )


def _no_comparison(ended: Active, facts: EnvironmentFacts) -> str:
    """What whoever reads it should know before blaming the release."""
    lift = code(f"{facts.policy.commands.prefix}unquarantine {short(ended.rollout.plan.candidate)} reason")
    return f"Nothing of the old release serves beside it any more, so an outage of everything looks the same. If it was one, {lift} lets it go out again."


def _named(ended: Active, facts: EnvironmentFacts) -> str:
    """The incidents that speak against it, with their links."""
    said = render_laid(against(ended, facts), facts.policy.commands.prefix)
    return f"\n\n{said}" if said else ""


def _why_not(rollout: Rollout, watch: Watch, now: float) -> str:
    """Why it is not taken back by itself; "" where it is."""
    barrier, plan = past_return(rollout), rollout.plan
    if plan.rollback_mode == "dry_run":
        return "this environment is on dry run"
    if plan.rollback_mode == "ask":
        return "policy says to ask first"
    if barrier is not None:
        return f"it is behind {barrier.id}, which cannot be taken back as the steps before it could: a fix forward may do less harm"
    if now >= watch.automatic_until:
        return f"it was live for longer than the {span(watch.automatic_until - watch.since)} in which I do"
    return ""


def _show(facts: EnvironmentFacts, ended: Active, text: str) -> Show:
    return Show(pull(facts.repo, ended.request.number), f"watch:{facts.name}", text)


def _page(ended: Active, watch: Watch, facts: EnvironmentFacts, what: str, text: str) -> Show:
    """A comment of its own, which mentions whoever asked for the release: the living comment is only edited, and that tells nobody."""
    where = notice_slot(facts.name, facts.now, f"{ended.root}-watch-{len(watch.told)}")
    headline = f"{facts.name}: {short(ended.rollout.plan.candidate)} is {what}"
    return notify(facts.repo, ended.request.number, where, ended.request.whom, headline, text)
