"""One flag: who wants which share of users to get it is answered with the pull request that proposes it, one wish after the other."""

from bot import notice
from bot.decision import Audit, Decision, Show
from bot.effects import Effect, ProposeChange, React
from bot.flag import render
from bot.flag.change import Change, plan, spelled
from bot.flag.model import FlagFacts, FlagRecord, Wanted
from bot.gates import Refusal
from bot.subject import pull


def decide(record: FlagRecord, facts: FlagFacts) -> Decision[FlagRecord]:
    if not facts.wanted:
        return Decision(FlagRecord(), because="Nobody wants anything of this flag.")
    first = facts.wanted[0]
    begun = record.ask == first.asked.id
    if begun and (ended := _ended(record, first, facts)) is not None:
        return ended
    wanted = first.denied or plan(facts.key, first.share.share, facts.files, facts.policy, paused=facts.paused)
    if isinstance(wanted, Refusal):
        return _refused(first, wanted, facts, withdraw=_key(record.branch) if begun else "")
    began_at = record.began_at if begun and record.branch == wanted.branch else facts.now
    shown = Show(
        pull(facts.repo, first.share.number), first.share.slot, render.proposing(facts.key, first.share, wanted)
    )
    return Decision(
        FlagRecord(first.asked.id, wanted.branch, began_at),
        sections=(shown,),
        effects=(_proposal(first, wanted, facts),),
        withdraw=(_key(record.branch),) if begun and record.branch != wanted.branch else (),
        wake_at=facts.now,
        because=f"{first.share.by} wants {facts.key} {spelled(first.share.share)}: proposing it from {wanted.branch}.",
    )


def _ended(record: FlagRecord, first: Wanted, facts: FlagFacts) -> Decision[FlagRecord] | None:
    """What became of the pull request; None while that is not known."""
    key = _key(record.branch)
    if key in facts.pending:
        return None
    result, refused = facts.results.get(key), facts.refused.get(key)
    if refused is not None and refused.at >= record.began_at:
        return _refused(first, render.declined(refused), facts)
    if result is None or result.at < record.began_at:
        return None
    share = first.share
    text = render.proposed(facts.key, share, result)
    number = int(result.value.get("number") or 0)
    said = f"{facts.key} {spelled(share.share)} is proposed in #{number}."
    return Decision(
        FlagRecord(),
        sections=(Show(pull(facts.repo, share.number), share.slot, text),),
        effects=(React(share.comment, "rocket"),) if share.comment else (),
        audit=(Audit(share.by, "flag", "done", said, share.by_id, share.permission),),
        answered=(first.asked.id,),
        wake_at=facts.now if len(facts.wanted) > 1 else None,
        because=said,
    )


def _refused(first: Wanted, why: Refusal, facts: FlagFacts, *, withdraw: str = "") -> Decision[FlagRecord]:
    share, text = first.share, render.refused(first.share, why)
    shown = Show(pull(facts.repo, share.number), share.slot, text)
    told = notice.refused(facts.repo, share.number, share.at, share.slot, share.by, share.typed, text)
    effects: tuple[Effect, ...] = (React(share.comment, "-1"),) if share.comment else ()
    return Decision(
        FlagRecord(),
        sections=(shown, *told),
        effects=effects,
        audit=(Audit(share.by, "flag", why.code, why.what, share.by_id, share.permission),),
        answered=(first.asked.id,),
        withdraw=(withdraw,) if withdraw else (),
        wake_at=facts.now if len(facts.wanted) > 1 else None,
        because=f"{share.by} wants {facts.key} {spelled(share.share)}: {why.code}.",
    )


def _proposal(first: Wanted, it: Change, facts: FlagFacts) -> ProposeChange:
    return ProposeChange(
        branch=it.branch,
        onto=facts.branch,
        path=it.path,
        before=it.blob,
        text=it.after,
        title=render.title(facts.key, first.share.share),
        body=render.body(facts.key, first.share, it, first.asked.id),
        turn=first.asked.id,
    )


def _key(branch: str) -> str:
    return f"change:{branch}"
