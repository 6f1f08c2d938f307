"""`/promote [environment] [reason]`: a human vouches for the present step; `--all` vouches for the rest of them, which is a bigger word."""

from dataclasses import replace

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import decider, target
from bot.commands.verb import Answer, CommandFacts, Verb

USAGE = "/promote [--all] [environment] [reason]"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    every = Arguments(typed, USAGE).flag("all")
    plain = replace(typed, flags=typed.flags - {"all"})
    return decider(USAGE, "promote_all" if every else "promote")(facts, place, plain, slot)


VERB = Verb(
    "promote",
    USAGE,
    "Go on without waiting for the present watch; `--all` for none but the last.",
    "promote",
    decide,
    target,
    flags={"all": "promote_all"},
)
