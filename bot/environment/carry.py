"""From a rollout's moves to what is written to GitHub: one deployment per shift, the root's statuses, the way it ends. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from bot.decision import Remember, Show
from bot.effects import CreateDeployment, Effect, SetDeploymentStatus
from bot.environment.adoption import outlived
from bot.environment.doubt import doubted, restored, served
from bot.environment.driver import key_of, ordered
from bot.environment.model import (
    GOOD_KEPT,
    QUARANTINE_KEPT,
    ROLLBACKS_KEPT,
    Active,
    EnvironmentFacts,
    EnvironmentRecord,
    Quarantined,
    Shift,
)
from bot.environment.start import ROLLBACK, image_of, undone
from bot.environment.watched import watched
from bot.gates import Live
from bot.ledger import Deployed, Failed, Restored
from bot.markdown import code, plain, short, utc
from bot.rollout.facts import Action, CancelShift, Finish, StartShift
from bot.rollout.model import Phase
from bot.subject import pull

# What sends a rollout back without speaking against its commit: the driver failed, a person wished it, something newer came.
BLAMELESS = frozenset({"shift", "asked", "newer"})
ROOT_STATE = {Phase.SUCCEEDED: "success", Phase.ROLLED_BACK: "failure", Phase.ROLLBACK_FAILED: "failure"}


@dataclass(frozen=True, slots=True)
class Carried:
    """The record after the moves, and everything that goes out with them."""

    record: EnvironmentRecord
    effects: tuple[Effect, ...] = ()
    sections: tuple[Show, ...] = ()
    remember: tuple[Remember, ...] = ()
    withdraw: tuple[str, ...] = ()


def carry_out(record: EnvironmentRecord, active: Active, actions: Iterable[Action], facts: EnvironmentFacts) -> Carried:
    """Carry out `actions` of the rollout that moves, in order. `active` has the rollout as it is after them."""
    carried = Carried(replace(record, active=active, generation=max(record.generation, active.rollout.generation)))
    for action in actions:
        match action:
            case StartShift():
                carried = _shift(carried, action, facts)
            case CancelShift():
                carried = _cancel(carried, action, facts.now)
            case Finish():
                carried = _finish(carried, action, facts)
    return carried


def _active(carried: Carried) -> Active:
    active = carried.record.active
    if active is None:
        raise AssertionError("a rollout that is over has no moves left")
    return active


def _cancel(carried: Carried, action: CancelShift, now: float) -> Carried:
    """The order is taken back if it has not gone out; a run that has begun is cancelled by the looks that follow."""
    active = _active(carried)
    meant = [shift for shift in active.shifts if (shift.step, shift.attempt) == (action.step, action.attempt)]
    shifts = tuple(replace(shift, cancelled_at=now) if shift in meant else shift for shift in active.shifts)
    return Carried(
        replace(carried.record, active=replace(active, shifts=shifts)),
        carried.effects,
        carried.sections,
        carried.remember,
        (*carried.withdraw, *(shift.key for shift in meant)),
    )


def _shift(carried: Carried, action: StartShift, facts: EnvironmentFacts) -> Carried:
    active = _active(carried)
    key = key_of(active, action, facts.name)
    effects: list[Effect] = []
    if not active.root_in_progress:
        effects.append(
            SetDeploymentStatus(active.root, "in_progress", f"{active.rollout.plan.strategy} has begun", facts.name)
        )
    effects.append(ordered(shift_deployment(active, action, key, facts), active, facts))
    shifted = Shift(key, action.step, action.attempt, action.generation)
    active = replace(active, shifts=(*active.shifts, shifted), root_in_progress=True)
    return Carried(
        replace(carried.record, active=active),
        (*carried.effects, *effects),
        carried.sections,
        carried.remember,
        carried.withdraw,
    )


def shift_deployment(active: Active, action: StartShift, key: str, facts: EnvironmentFacts) -> CreateDeployment:
    """One shift of traffic as the driver contract has it, version 1."""
    plan = active.rollout.plan
    image, params = shipped_with(active, action.sha, facts)
    return CreateDeployment(
        key=key,
        sha=action.sha,
        environment=facts.name,
        task="shift",
        description=f"{plan.strategy.replace('_', '-')}, {action.step}: {action.traffic} % on {short(plan.candidate)}"[
            :140
        ],
        payload={
            "schema": 1,
            "rollout": active.root,
            "step": action.step,
            "attempt": action.attempt,
            "generation": action.generation,
            "key": key,
            "strategy": plan.strategy,
            "traffic": action.traffic,
            "target": {
                "candidate": action.target.candidate,
                "baseline": action.target.baseline,
                "mirror": action.target.mirror,
                "live": action.target.live,
            },
            "candidate": plan.candidate,
            "baseline": plan.baseline,
            "image": image or None,
            "params": dict(params),
            "requested_by": active.request.by,
        },
        transient=True,
        production=False,
    )


def shipped_with(active: Active, sha: str, facts: EnvironmentFacts) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The image and the parameters of what a shift deploys: on the way back those of the release that serves after it."""
    plan, before = active.rollout.plan, active.baseline
    if sha == plan.candidate or before is None or before.sha != sha:
        return plan.image, plan.params
    return image_of(before, facts.policy.environment(facts.name)), before.params


def _finish(carried: Carried, action: Finish, facts: EnvironmentFacts) -> Carried:
    active, record = _active(carried), carried.record
    if record.live is not None and active.root and record.live.rollout == active.root:
        # What is live was asked for once more: it was told and counted when it became that.
        record = replace(record, active=None, ended=active)
        return Carried(record, carried.effects, carried.sections, carried.remember, carried.withdraw)
    plan, now = active.rollout.plan, facts.now
    effects: list[Effect] = []
    sections: list[Show] = []
    kept = watched(active, action.outcome, now)
    remember: list[Remember] = [Remember(kept)] if kept is not None else []
    if active.root:
        # What was only compared never became the environment's deployment.
        state = (
            ROOT_STATE.get(action.outcome, "error")
            if plan.ships or action.outcome is not Phase.SUCCEEDED
            else "inactive"
        )
        effects.append(SetDeploymentStatus(active.root, state, action.because[:140], facts.name))  # type: ignore[arg-type]
    record = _counted(replace(record, active=None, ended=active), record.ended, action.outcome, now)
    if action.outcome is Phase.SUCCEEDED and plan.ships:
        live = _now_live(active, plan.candidate, _shipped(active, facts), now)
        remember += [Remember(_deployed(active, facts)), *restored(record, active, facts.name, now)]
        if plan.strategy == ROLLBACK:
            before = next((it for it in reversed(record.good) if it.sha == live.sha), live)
            taken_back = undone(record, before)
            remember += _failed(active, taken_back, facts)
            sections += _tell_undone(active, taken_back, facts)
            record = _after_rollback(record, active, before, taken_back, facts)
        else:
            record = replace(record, live=live, good=(*record.good, live)[-GOOD_KEPT:])
            sections += _tell(facts, live.pulls, live=f"since {utc(live.since)} as {code(short(live.sha))}")
        if active.baseline is not None and active.baseline.rollout:
            effects.append(
                SetDeploymentStatus(
                    active.baseline.rollout, "inactive", f"replaced by {short(plan.candidate)}", facts.name
                )
            )
    elif action.outcome in {Phase.ROLLED_BACK, Phase.ROLLBACK_FAILED} and active.shifts:
        if active.rollout.cause not in BLAMELESS:
            record = _quarantine(record, plan.candidate, action.because, now)
        failed_at, met = active.failed_at or now, served(active)
        if plan.ships:
            failure = Failed(
                facts.name,
                str(active.root),
                plan.candidate,
                failed_at,
                action.because,
                reached_users=met,
                commits=active.brought,
            )
            remember.append(Remember(failure))
        if action.outcome is Phase.ROLLED_BACK and met:
            remember.append(Remember(Restored(facts.name, str(active.root), plan.baseline, failed_at, now)))
    return Carried(
        outlived(doubted(record, active, action.outcome, now), active, action.outcome),
        (*carried.effects, *effects),
        (*carried.sections, *sections),
        (*carried.remember, *remember),
        carried.withdraw,
    )


def _now_live(active: Active, sha: str, pulls: tuple[int, ...], now: float) -> Live:
    plan = active.rollout.plan
    return Live(sha, now, active.root, active.request.by, pulls, image=plan.image, params=plan.params)


def _counted(record: EnvironmentRecord, before: Active | None, outcome: Phase, now: float) -> EnvironmentRecord:
    """Remember when users were taken off a release: once for each rollout, though what should be may have to be asserted again."""
    ended = record.ended
    if ended is None or (before is not None and before.root == ended.root):
        return record
    back = outcome in {Phase.ROLLED_BACK, Phase.ROLLBACK_FAILED} and served(ended)
    if not back and not (outcome is Phase.SUCCEEDED and ended.rollout.plan.strategy == ROLLBACK):
        return record
    if outcome is Phase.SUCCEEDED and record.doubt is not None and record.doubt.failed_at:
        return record  # counted when the way back failed
    return replace(record, rollbacks=(*record.rollbacks, now)[-ROLLBACKS_KEPT:])


def _deployed(active: Active, facts: EnvironmentFacts) -> Deployed:
    plan = active.rollout.plan
    return Deployed(
        environment=facts.name,
        rollout=str(active.root),
        sha=plan.candidate,
        previous=plan.baseline,
        started_at=active.started_at,
        finished_at=facts.now,
        commits=active.brought,
        pull=active.request.pull,
        strategy=plan.strategy,
        by=active.request.by,
    )


def _failed(active: Active, taken_back: tuple[Live, ...], facts: EnvironmentFacts) -> list[Remember]:
    """What a rollback says about what it took back: the first release after the good one failed, and service was restored."""
    if not taken_back or not taken_back[0].rollout:
        return []
    culprit = taken_back[0]
    rollout, reason = str(culprit.rollout), active.request.reason or f"rolled back by {active.request.by}"
    return [
        Remember(Failed(facts.name, rollout, culprit.sha, active.started_at, reason)),
        Remember(Restored(facts.name, rollout, active.rollout.plan.candidate, active.started_at, facts.now)),
    ]


def _after_rollback(
    record: EnvironmentRecord, active: Active, before: Live, taken_back: tuple[Live, ...], facts: EnvironmentFacts
) -> EnvironmentRecord:
    """What is live again was good before, and stays known as that; what was taken back may not come back by itself."""
    live = _now_live(active, before.sha, before.pulls, facts.now)
    good = tuple(release for release in record.good if release.since <= before.since)
    record = replace(record, live=live, good=good)
    for release in taken_back:
        reason = f": {active.request.reason}" if active.request.reason else "."
        why = f"rolled back by {active.request.by} at {utc(facts.now)}{reason}"
        record = _quarantine(record, release.sha, why, facts.now)
    return record


def _quarantine(record: EnvironmentRecord, sha: str, why: str, now: float) -> EnvironmentRecord:
    others = tuple(it for it in record.quarantined if it.sha != sha)
    return replace(record, quarantined=(*others, Quarantined(sha, why, now))[-QUARANTINE_KEPT:])


def _shipped(active: Active, facts: EnvironmentFacts) -> tuple[int, ...]:
    """The pull requests that this release brought to everybody, the deployed one included."""
    numbers = {facts.merged[sha] for sha in active.brought if sha in facts.merged}
    return tuple(sorted(numbers | ({active.request.pull} if active.request.pull is not None else set())))


def _tell(facts: EnvironmentFacts, numbers: Iterable[int], *, live: str = "", gone: str = "") -> list[Show]:
    """Tell pull requests that they are live here, or that they are not any more: one of the two is empty and takes the other away."""
    return [
        Show(pull(facts.repo, number), f"{slot}:{facts.name}", text)
        for number in numbers
        for slot, text in (("live", live), ("gone", gone))
    ]


def _tell_undone(active: Active, taken_back: tuple[Live, ...], facts: EnvironmentFacts) -> list[Show]:
    """Every pull request of every release that was taken back hears of it."""
    why = f": {plain(active.request.reason)}" if active.request.reason else ""
    gone = f"rolled back at {utc(facts.now)} by {plain(active.request.by)}{why}"
    return _tell(facts, sorted({number for release in taken_back for number in release.pulls}), gone=gone)
