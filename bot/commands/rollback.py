"""`/rollback environment [to version or sha] [reason]`: back to the last good release, or further; says first what it undoes."""

import dataclasses
import re

from msgspec.structs import replace

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, request, stops_everywhere, target
from bot.commands.undone import Undoing, named
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.environment.doubt import in_doubt
from bot.environment.model import Active, EnvironmentRecord, Request
from bot.environment.start import ROLLBACK, rollback_target, undone
from bot.markdown import code, plain, short, utc
from bot.rollout.stranger import listed, stake

USAGE = "/rollback environment [to version or sha] [reason]"


def release_named(typed: Command) -> str:
    """The word behind `to`, as it was typed; "" where there is none."""
    at = typed.args.index("to") + 1 if "to" in typed.args[:2] else len(typed.args)
    return typed.args[at] if at < len(typed.args) else ""


def is_sha(word: str) -> bool:
    """Whether a word reads as the beginning of a SHA. A tag may, too; nothing else is one."""
    return re.fullmatch(r"@?[0-9a-fA-F]{2,40}", word) is not None


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    name = target(facts, typed)
    environment_named(words, facts)
    if name is None:
        mistake = words.error("Which environment shall go back?")
        text = say.misused(mistake.message, mistake.hint, facts.policy.commands.prefix)
        return Answer(text, "usage", also=stops_everywhere(facts, typed, slot, "rollback"))
    sha = to = words.maybe_pin() or ""
    if words.maybe_word({"to"}) is not None:
        to = words.word("the release to go back to")
        sha = facts.versions.get(to, "") or to.removeprefix("@").lower()
    reason = words.rest_as_reason()
    words.finish()
    record = facts.environments.get(name, EnvironmentRecord())
    asked = request(facts, typed, "rollback", slot, to=to, reason=reason)
    if record.active is not None:
        return _stop(record.active, name, sha, asked, facts)
    if facts.policy.mode == "advise":
        return refusal(
            "advise_mode",
            "In advise mode I move nothing, not even back. It takes `mode: active` or `paused` in the policy.",
        )
    if name in facts.beginning and not sha:
        stays = f" {code(short(record.live.sha))} stays live; type it again to leave that too." if record.live else ""
        said = f"↩️ The deployment to {code(name)} that {plain(facts.beginning[name])} asked for does not begin.{stays}"
        return Answer(said, also=(Asking(name, replace(asked, quiet=True)),))
    back = rollback_target(record, sha)
    if back is None and not sha:  # by the time it is heard there, there may be something to take back
        return Answer(f"Passed on to {code(name)}.", asking=Asking(name, asked))
    if back is None:
        live = record.live.sha if record.live and record.doubt is None else ""
        quiet = (Asking(name, replace(asked, quiet=True)),)
        if live and live.startswith(sha):
            said = f"{code(short(live))} is what serves in {code(name)}: there is nothing to go back to it from."
            return dataclasses.replace(refusal("already_live", said), also=quiet)
        known = ", ".join(code(short(release.sha)) for release in record.good if release.sha != live) or "none"
        said = f"No earlier good release of {code(name)} is {code(to)}. Known good: {known}."
        return dataclasses.replace(refusal("no_rollback_target", said), also=quiet)
    version = f" ({code(to)})" if to in facts.versions else ""
    said = f"↩️ {code(name)} goes back to {code(short(back.sha))}{version}, good since {utc(back.since)}."
    if doubt := in_doubt(record):
        said += f" It is asked for anew, because {plain(doubt, 300)}."
    asking = Asking(name, replace(asked, sha=back.sha))
    if record.live is None or record.live.sha == back.sha:
        return Answer(said, asking=asking)
    numbers = tuple(sorted({number for release in undone(record, back) for number in release.pulls}))
    pulls = f" with {named(numbers, facts.merged)}" if numbers else ""
    said += f" This takes back {code(short(record.live.sha))}{pulls}."
    undoing = Undoing(facts.number, slot, record.live.sha, back.sha, numbers)
    return Answer(said, asking=asking, undoing=undoing)


def _stop(active: Active, name: str, sha: str, asked: Request, facts: CommandFacts) -> Answer:
    """A rollout that moves goes back to what was live before it. That release is named in the wish: should the rollout be over by then,
    nothing is taken back that was not meant."""
    plan = active.rollout.plan
    again = plan.strategy == ROLLBACK
    before = plan.candidate if again else plan.baseline
    if sha and not before.startswith(sha):
        moving, meant = ("going back", "what was meant") if again else ("rolling out", "what was live before")
        return refusal(
            "rollout_in_progress",
            f"{code(name)} is {moving}; it can only go back to {meant}, {code(short(before) or 'nothing')}. "
            "Leave out the release, and go further back when that is done.",
        )
    asking = Asking(name, replace(asked, sha=before))
    if not before:
        return Answer("Passed on to the rollout.", asking=asking)
    said = f"All traffic of {code(name)} goes back to {code(short(before))}."
    if again or not plan.ships:
        return Answer(said, asking=asking)
    by_commit = {it.sha: it.number for it in facts.merged.values()}
    brought = [by_commit[commit] for commit in active.brought if commit in by_commit]
    numbers = tuple(sorted({*brought, *([active.request.pull] if active.request.pull else [])}))
    if numbers:
        said += f" This takes {named(numbers, facts.merged)} from whoever is on {code(short(plan.candidate))}."
    if others := stake(active.rollout.strangers):
        said += f" It takes {plain(listed(others))} from users, too, deployed with another tool meanwhile."
    return Answer(said, asking=asking, undoing=Undoing(facts.number, asked.slot, plan.candidate, before, numbers))


VERB = Verb(
    "rollback",
    USAGE,
    "Send all traffic back to the last good release, or to the one named. Never blocked by gates.",
    "rollback",
    decide,
    target,
)
