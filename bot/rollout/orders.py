"""What people ask of a running rollout, answered one by one: halt, resume, promote, skip, retry. Rolling back and aborting outrank
everything and are dealt with in `machine.py`.

Orders are taken in the order they were typed. Nobody is left without an answer: what could not be done is refused with a sentence that
says why and what would work.
"""

from math import floor

from msgspec.structs import replace

from bot.rollout import because, meanwhile
from bot.rollout.facts import Action, Answer, Move
from bot.rollout.model import Bake, Check, Gate, Phase, Rollout, Shift, Step, Want, Wanted
from bot.rollout.moves import let_go, pause

BY_HAND = "halted"
"""The code of a hold that a person asked for. Only /resume ends it: a promotion by somebody else does not overrule a halt."""

STANDING = frozenset(
    {"would_roll_back", "ask", "no_way_back", "point_of_no_return", "not_begun", "not_asserted", "stranger"}
)
"""Codes of holds because something speaks against going on: promoting over one takes a deliberate /resume first."""


class Inbox:
    """The wanted things of one look, in the order they were typed, and what became of each."""

    def __init__(self, wanted: tuple[Wanted, ...]) -> None:
        self._wanted = wanted
        self._answers: dict[int, Answer] = {}

    def open(self, *wants: Want) -> list[Wanted]:
        """Those not answered yet, of these kinds or of all, oldest first."""
        left = [w for i, w in enumerate(self._wanted) if i not in self._answers and (not wants or w.action in wants)]
        return sorted(left, key=lambda wanted: wanted.at)

    def answer(self, wanted: Wanted, done: bool, sentence: str) -> None:
        index = next(i for i, one in enumerate(self._wanted) if one is wanted)
        self._answers[index] = Answer(wanted, done, because.sentence(sentence))

    def close(self, otherwise: str) -> tuple[Answer, ...]:
        """All answers, in the order the facts had them; what was overtaken by something else is refused with `otherwise`."""
        return tuple(self._answers.get(i) or Answer(w, False, otherwise) for i, w in enumerate(self._wanted))


def conclude(rollout: Rollout, actions: tuple[Action, ...], wake_at: float | None, sentence: str, inbox: Inbox) -> Move:
    """The move in which everything that was asked and not answered yet gets the sentence of the move itself for an answer."""
    sentence = because.sentence(sentence)
    return Move(rollout, actions, wake_at, sentence, inbox.close(sentence))


def follow(rollout: Rollout, inbox: Inbox, now: float) -> Rollout:
    """Do what was asked, as far as it can be done. Gives the rollout after all of it."""
    for wanted in inbox.open():
        match wanted.action:
            case Want.HALT:
                rollout = _halt(rollout, wanted, inbox, now)
            case Want.RESUME:
                rollout = _resume(rollout, wanted, inbox, now)
            case Want.RETRY:
                rollout = _retry(rollout, wanted, inbox, now)
            case Want.PROMOTE | Want.PROMOTE_ALL | Want.SKIP:
                rollout = _promote(rollout, wanted, inbox, now)
            case Want.ABORT | Want.ROLLBACK:
                continue
    return rollout


def _halt(rollout: Rollout, wanted: Wanted, inbox: Inbox, now: float) -> Rollout:
    hold = rollout.hold
    if rollout.phase is Phase.PAUSED and hold is not None and hold.code == BY_HAND:
        inbox.answer(wanted, True, f"it is halted already, by {hold.by}")
        return rollout
    signal = hold.signal if hold is not None else ""
    inbox.answer(wanted, True, f"halted {because.place(rollout)}")
    return pause(rollout, BY_HAND, because.halted(wanted), now, by=wanted.by, signal=signal)


def _resume(rollout: Rollout, wanted: Wanted, inbox: Inbox, now: float) -> Rollout:
    if rollout.phase is Phase.FROZEN and rollout.hold is not None:
        inbox.answer(wanted, False, f"it is frozen: {rollout.hold.reason}. /thaw the environment")
        return rollout
    if rollout.phase is not Phase.PAUSED:
        inbox.answer(wanted, False, "it is not paused")
        return rollout
    inbox.answer(wanted, True, meanwhile.going_on(rollout))
    return let_go(rollout, now)


def _retry(rollout: Rollout, wanted: Wanted, inbox: Inbox, now: float) -> Rollout:
    """Only what the infrastructure did is tried again: a release that was found bad does not get better by another try."""
    hold = rollout.hold
    if hold is not None and hold.code == BY_HAND:
        inbox.answer(wanted, False, f"it was halted by {hold.by}: /resume first")
        return rollout
    if rollout.phase is Phase.PAUSED and hold is not None and hold.signal.startswith("shift:"):
        inbox.answer(wanted, True, "trying the shift again")
        return let_go(rollout, now)
    if rollout.phase is Phase.PAUSED and hold is not None and hold.signal.startswith("check:"):
        inbox.answer(wanted, True, "waiting for the check to be run again")
        return let_go(rollout, now)
    inbox.answer(wanted, False, "there is nothing to retry: only a shift or a check that failed can be tried again")
    return rollout


def _promote(rollout: Rollout, wanted: Wanted, inbox: Inbox, now: float) -> Rollout:
    step = rollout.plan.step(rollout.step) if rollout.step else None
    refusal = _stale(rollout, wanted) or _held_back(rollout) or _unsuitable(step, wanted)
    if refusal:
        inbox.answer(wanted, False, refusal)
        return rollout
    if rollout.phase is Phase.PAUSED:
        rollout = let_go(rollout, now)
    if wanted.action is Want.PROMOTE_ALL:
        rollout = replace(rollout, hurried=wanted)
    # To promote all is to promote this step too, unless it is the last look, which nobody gets around.
    if wanted.action is not Want.PROMOTE_ALL or not (isinstance(step, Bake) and is_last_bake(rollout, step)):
        rollout = replace(rollout, promoted=wanted)
    inbox.answer(wanted, True, because.waved_through(step, rollout, skipped=wanted.action is Want.SKIP))
    return rollout


def is_last_bake(rollout: Rollout, bake: Bake) -> bool:
    """Whether this is the look that everything rests on: the last that is judged, or the last where none is."""
    bakes = [step for step in rollout.plan.steps if isinstance(step, Bake)]
    return ([step for step in bakes if step.judged] or bakes)[-1].id == bake.id


def _stale(rollout: Rollout, wanted: Wanted) -> str:
    """A promotion is for the step its author saw. GitHub's times are whole seconds, so the step's beginning is rounded down to one."""
    if wanted.at >= floor(rollout.since):
        return ""
    return f"it was typed before {rollout.step or 'anything'} began, and {wanted.action.replace('_', ' ')} is for the step you saw. Type it again"


def _held_back(rollout: Rollout) -> str:
    hold = rollout.hold
    if hold is None:
        return ""
    if rollout.phase is Phase.FROZEN:
        return f"it is frozen: {hold.reason}"
    if hold.code == BY_HAND:
        return f"it was halted by {hold.by}: /resume first"
    if hold.code in STANDING:
        return f"something speaks against going on: /resume first if you know better ({hold.reason})"
    return ""


def _unsuitable(step: Step | None, wanted: Wanted) -> str:
    match step:
        case None:
            return "it has not begun yet"
        case Shift():
            return f"{step.id} is moving traffic: its driver has to report, nobody can do that for it"
        case Gate(human=False):
            return f"{step.id} opens by itself when its conditions hold; /plan shows what is missing"
        case Check() if wanted.action is not Want.SKIP:
            return f"{step.id} waits for {', '.join(step.checks)}; /skip-step goes on without"
        case _:
            return ""
