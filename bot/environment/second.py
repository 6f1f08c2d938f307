"""A deployment that waits for a second person: who could be that is told in a comment of its own, since an edited one notifies nobody.

Whoever asked is mentioned, and knows whom to ask; a team is named and not called, since it would be at every deployment. It holds as long as
approvals are missing, and is folded when they are there or the wish is over.
"""

from collections.abc import Iterable

from bot.decision import Show
from bot.environment.model import EnvironmentFacts, EnvironmentRecord, Request, Waiting
from bot.environment.waiting import LASTS
from bot.gates import Refusal
from bot.gates.approvals import MISSING, how
from bot.markdown import code, plain, short, utc
from bot.notice import notify, slot, take_back


def is_wanted(why: Iterable[Refusal]) -> bool:
    """Whether approvals are among what stands in the way."""
    return any(it.code == MISSING for it in why)


def awaiting(record: EnvironmentRecord) -> tuple[Waiting, ...]:
    """Those that a second person lets begin. Of the line only the next one is known to want one."""
    return tuple(it for it in (*record.expected, *record.queue[:1]) if it.approval)


def awaited_of(record: EnvironmentRecord) -> set[int]:
    """The conversations to whose reviews this environment listens."""
    return {it.request.number for it in awaiting(record)}


def tell_awaiting(before: EnvironmentRecord, record: EnvironmentRecord, facts: EnvironmentFacts) -> list[Show]:
    """The notices of those that have begun to wait for somebody, and the end of the others'."""
    old, new = ({it.id: it for it in awaiting(one)} for one in (before, record))
    gone = [it for id, it in old.items() if id not in new]
    came = [it for id, it in new.items() if id not in old]
    shows = [take_back(facts.repo, it.request.number, _slot(it, facts.name)) for it in gone]
    return [*shows, *(_wanted(it, facts) for it in came)]


def typed_besides(request: Request) -> str:
    """What is handed on with the commit and is no part of it, as the end of a sentence: whoever approves has to know of it."""
    said = [f"image={request.image}"] if request.image else []
    said += [f"{name}={value}" for name, value in request.params]
    return f" with {', '.join(code(it, 300) for it in said)}" if said else ""


def _wanted(it: Waiting, facts: EnvironmentFacts) -> Show:
    request, environment = it.request, facts.policy.environment(facts.name)
    sha = code(short(request.sha))
    strategy = request.strategy.replace("_", "-") or "rollout"
    asked = (
        f"{plain(request.by)} asked for the {strategy} of {sha}{typed_besides(request)}."
        if not request.automatic
        else ""
    )
    parts = [asked or f"{sha} goes to {code(facts.name)} by itself since its checks passed."]
    if environment is not None:
        rules = environment.approvals
        approvals = "one approval" if rules.count == 1 else f"{rules.count} approvals"
        nor_who_asks = ", nor who asks" if rules.not_requester and not request.automatic else ""
        parts.append(f"It begins once {approvals} of this very commit {'is' if rules.count == 1 else 'are'} there.")
        parts.append(how(facts.policy, environment, request.number))
        parts.append(f"Who wrote or pushed it does not count{nor_who_asks}.")
    if not request.automatic:
        push = "A push, " if request.source == "pull_request" else ""
        abort = code(f"{facts.policy.commands.prefix}abort {facts.name}")
        parts.append(f"{push}{abort} here, or {utc(request.at + LASTS)} ends it.")
    headline = f"{facts.name}: a second person is wanted for {short(request.sha)}"
    return notify(facts.repo, request.number, _slot(it, facts.name), request.whom, headline, " ".join(parts))


def _slot(it: Waiting, name: str) -> str:
    return slot(name, it.request.at, f"{it.request.slot.replace(':', '-')}-approval")
