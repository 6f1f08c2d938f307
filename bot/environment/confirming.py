"""The second person's word by `/confirm`: approval of exactly one commit for this environment, kept for a day beside the reviews on GitHub.

It ends with a push of anything else, with a close or a merge, or with time, and is no word on an image or parameters that were typed later. Whether it counts is the gates' business each time they are
asked: who said it must be somebody else than who asks, wrote or pushed it, and must still be one of those who may.
"""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bot.decision import Head
from bot.environment.model import Confirmed, EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.said import Said, Turned
from bot.environment.second import typed_besides
from bot.environment.start import refusal
from bot.gates.approvals import same_person
from bot.markdown import code, plain, short, utc

CONFIRM = "confirm"
LASTS = 86_400.0  # seconds that a word is good for
MOST = 50  # that are kept in one environment; the oldest make room


def confirmed(record: EnvironmentRecord, asked: Iterable[Request]) -> EnvironmentRecord:
    """With what was confirmed and is not answered yet: the gates are to see it in the very look in which it is heard, and so may be the wish
    that it is about."""
    asked = tuple(asked)
    wishes = tuple(Waiting(0, "", 0, it) for it in asked if it.verb == "deploy")
    heard = replace(record, expected=(*record.expected, *wishes))
    for request in asked:
        if request.verb == CONFIRM and request.sha:
            heard = _with(heard, request)
    return replace(record, confirmed=heard.confirmed)


def _with(record: EnvironmentRecord, request: Request) -> EnvironmentRecord:
    """The record with this word in it; each person has one word on a commit."""
    seen = _seen(record, request)
    image, params = (seen.image, seen.params) if seen is not None else ("", ())
    word = Confirmed(request.sha, request.number, request.by, request.by_id, request.at, request.source, request.reason)
    mine = replace(word, image=image, params=params)
    others = [it for it in record.confirmed if not (it.sha == mine.sha and same_person(it.actor, mine.actor))]
    return replace(record, confirmed=(*others, mine)[-MOST:])


def _seen(record: EnvironmentRecord, request: Request) -> Request | None:
    """The wish that waited for this word, if it was there clearly before it: what is handed on with the commit stands in it."""
    waiting = (it.request for it in (*record.expected, *record.queue) if _is_of(it, request))
    before = (it for it in waiting if not it.automatic and int(it.at) < int(request.at))
    return max(before, key=lambda it: it.at, default=None)


def counting(
    record: EnvironmentRecord, number: int, sha: str, heads: Sequence[Head], now: float
) -> tuple[Confirmed, ...]:
    """The words that stand for this commit of this pull request."""
    known = (it for it in record.confirmed if it.number == number and it.sha == sha)
    return tuple(it for it in known if now < it.at + LASTS and not _pushed_since(it, heads))


def _pushed_since(it: Confirmed, heads: Sequence[Head]) -> bool:
    """Whether anything else became the head after it was said, even if it is not the head any more: who said it has seen neither. Times
    are whole seconds, as GitHub's are."""
    return it.of_open and any(head.sha != it.sha and int(head.received_at) >= int(it.at) for head in heads)


def confirm_asked(record: EnvironmentRecord, request: Request, facts: EnvironmentFacts) -> Turned | None:
    """What becomes of a `/confirm`; None for any other wish."""
    if request.verb != CONFIRM:
        return None
    seen = _seen(record, request)
    what = f"{code(short(request.sha))} for {code(facts.name)}{typed_besides(seen) if seen is not None else ''}"
    if facts.now >= request.at + LASTS:
        why = refusal("waited_too_long", "It was typed more than a day ago. Type it again if it is still meant.")
        return Turned(record, (Said(request, f"❌ Not confirmed: {why.said}", why.code, False),))
    waiting = [it.request for it in (*record.expected, *record.queue) if _is_of(it, request)]
    if any(not it.automatic and same_person(it.actor, request.actor) for it in waiting):
        why = refusal("confirm_self", "You asked for this deployment yourself: the second person is somebody else.")
        return Turned(record, (Said(request, f"❌ Not confirmed: {why.said}", why.code, False),))
    until = (
        f"a push, a merge, a close or {utc(request.at + LASTS)} ends that" if request.source == "pull_request" else ""
    )
    until = until or f"until {utc(request.at + LASTS)}"
    then = (
        " The gates of the deployment that waits are asked again."
        if waiting
        else " It counts once somebody asks for it."
    )
    said = f"✅ {plain(request.by)} confirmed {what}; {until}.{then}"
    return Turned(_with(record, request), (Said(request, said, "confirmed", True),))


def _is_of(it: Waiting, request: Request) -> bool:
    return it.request.number == request.number and it.request.sha == request.sha


def outdated(record: EnvironmentRecord, facts: EnvironmentFacts) -> EnvironmentRecord:
    """Without the words that are over: the gates would not take them any more, and they need not be kept."""
    kept = tuple(it for it in record.confirmed if not _over(it, facts))
    return record if kept == record.confirmed else replace(record, confirmed=kept)


def _over(it: Confirmed, facts: EnvironmentFacts) -> bool:
    if facts.now >= it.at + LASTS:
        return True
    # A push ends it as well, and that is seen by the heads as they reached us: what a conversation last told of its head may be older.
    owner = facts.owners.get(it.number)
    return it.of_open and owner is not None and not owner.open


def confirming_look(record: EnvironmentRecord) -> float | None:
    """When the first of them is over."""
    return min((it.at + LASTS for it in record.confirmed), default=None)
