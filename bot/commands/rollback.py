"""`/rollback environment [to version or sha] [reason]`: back to the last good release, or further; says first what it undoes."""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import environment_named, moving, request
from bot.commands.verb import Answer, Asking, CommandFacts, Verb
from bot.environment.model import EnvironmentRecord
from bot.environment.start import rollback_target
from bot.markdown import code, short, utc

USAGE = "/rollback environment [to sha] [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    words = Arguments(typed, USAGE)
    name = environment_named(words, facts)
    live = moving(facts)
    if name is None and len(live) == 1:
        name = live[0]
    if name is None:
        raise words.error("Which environment shall go back?")
    sha = words.maybe_pin() or ""
    if words.maybe_word({"to"}) is not None:
        sha = words.word("the release to go back to").removeprefix("@").lower()
    reason = words.rest_as_reason()
    words.finish()
    record = facts.environments.get(name, EnvironmentRecord())
    if record.active is not None:
        if sha:
            return Answer(
                f"❌ {code(name)} is rolling out; its rollback goes to what was live before. Leave out the release. "
                "(`rollout_in_progress`)",
                "rollout_in_progress",
            )
        said = f"All traffic of {code(name)} goes back to {code(short(record.active.rollout.plan.baseline))}."
        return Answer(said, asking=Asking(name, request(facts, "rollback", slot, reason=reason)))
    target = rollback_target(record, sha)
    if target is None:
        known = ", ".join(code(short(release.sha)) for release in record.good) or "none"
        return Answer(
            f"❌ No earlier good release of {code(name)} fits. Known good: {known}. (`no_rollback_target`)",
            "no_rollback_target",
        )
    said = f"↩️ {code(name)} goes back to {code(short(target.sha))}, good since {utc(target.since)}."
    if record.live is not None:
        undone = [it for it in record.good if it.since > target.since] or [record.live]
        pulls = sorted({number for release in undone for number in release.pulls})
        said += f" This takes back {code(short(record.live.sha))}" + (
            f" with {', '.join(f'#{number}' for number in pulls)}." if pulls else "."
        )
    return Answer(said, asking=Asking(name, request(facts, "rollback", slot, sha=target.sha, reason=reason)))


VERB = Verb(
    "rollback",
    USAGE,
    "Send all traffic back to the last good release, or to the one named. Never blocked by gates.",
    "rollback",
    decide,
)
