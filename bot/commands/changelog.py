"""`/changelog`: what is merged and not released yet, in the very words that the notes of the next release will have."""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, CommandFacts, Verb, refusal
from bot.release.notes import render_unreleased

USAGE = "/changelog"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    Arguments(typed, USAGE).finish()
    if facts.unreleased is None:
        return refusal("not_readable", "GitHub did not say what was merged since the last release. Type it again.")
    return Answer(render_unreleased(facts.unreleased))


VERB = Verb(
    "changelog",
    USAGE,
    "What is merged and not released yet, as the next release's notes will say it.",
    "changelog",
    decide,
)
