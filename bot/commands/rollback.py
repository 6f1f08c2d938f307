"""`/rollback environment [to sha] [reason]`: back to the last good release, or further; says first what it undoes."""

import dataclasses

from msgspec.structs import replace

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, request, stops_everywhere, target
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, refusal
from bot.environment.doubt import in_doubt
from bot.environment.model import Active, EnvironmentRecord, Request
from bot.environment.start import ROLLBACK, rollback_target, undone
from bot.markdown import code, plain, short, utc

USAGE = "/rollback environment [to sha] [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    name = target(facts, typed)
    environment_named(words, facts)
    if name is None:
        mistake = words.error("Which environment shall go back?")
        text = say.misused(mistake.message, mistake.hint, facts.policy.commands.prefix)
        return Answer(text, "usage", also=stops_everywhere(facts, typed, slot, "rollback"))
    sha = words.maybe_pin() or ""
    if words.maybe_word({"to"}) is not None:
        sha = words.word("the release to go back to").removeprefix("@").lower()
    reason = words.rest_as_reason()
    words.finish()
    record = facts.environments.get(name, EnvironmentRecord())
    if record.active is not None:
        return _stop(record.active, name, sha, request(facts, typed, "rollback", slot, reason=reason))
    if facts.policy.mode == "advise":
        return refusal(
            "advise_mode",
            "In advise mode I move nothing, not even back. It takes `mode: active` or `paused` in the policy.",
        )
    asked = request(facts, typed, "rollback", slot, to=sha, reason=reason)
    if name in facts.beginning and not sha:
        stays = f" {code(short(record.live.sha))} stays live; type it again to leave that too." if record.live else ""
        said = f"↩️ The deployment to {code(name)} that {plain(facts.beginning[name])} asked for does not begin.{stays}"
        return Answer(said, also=(Asking(name, replace(asked, quiet=True)),))
    back = rollback_target(record, sha)
    if back is None and not sha:  # by the time it is heard there, there may be something to take back
        return Answer(f"Passed on to {code(name)}.", asking=Asking(name, asked))
    if back is None:
        known = ", ".join(code(short(release.sha)) for release in record.good) or "none"
        said = f"No earlier good release of {code(name)} fits. Known good: {known}."
        return dataclasses.replace(
            refusal("no_rollback_target", said), also=(Asking(name, replace(asked, quiet=True)),)
        )
    said = f"↩️ {code(name)} goes back to {code(short(back.sha))}, good since {utc(back.since)}."
    if doubt := in_doubt(record):
        said += f" It is asked for anew, because {plain(doubt, 300)}."
    if record.live is not None and record.live.sha != back.sha:
        numbers = sorted({number for release in undone(record, back) for number in release.pulls})
        pulls = f" with {', '.join(f'#{number}' for number in numbers)}" if numbers else ""
        said += f" This takes back {code(short(record.live.sha))}{pulls}."
    return Answer(said, asking=Asking(name, replace(asked, sha=back.sha)))


def _stop(active: Active, name: str, sha: str, asked: Request) -> Answer:
    """A rollout that moves goes back to what was live before it. That release is named in the wish: should the rollout be over by then,
    nothing is taken back that was not meant."""
    plan = active.rollout.plan
    again = plan.strategy == ROLLBACK
    before = plan.candidate if again else plan.baseline
    if sha and not before.startswith(sha):
        return refusal(
            "rollout_in_progress",
            f"{code(name)} is {'going back' if again else 'rolling out'}; it can only go back to {'what was meant' if again else 'what was live before'}, {code(short(before) or 'nothing')}. "
            "Leave out the release, and go further back when that is done.",
        )
    said = f"All traffic of {code(name)} goes back to {code(short(before))}." if before else "Passed on to the rollout."
    return Answer(said, asking=Asking(name, replace(asked, sha=before)))


VERB = Verb(
    "rollback",
    USAGE,
    "Send all traffic back to the last good release, or to the one named. Never blocked by gates.",
    "rollback",
    decide,
    target,
)
