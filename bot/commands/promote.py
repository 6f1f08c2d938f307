"""`/promote [environment] [reason]`: a human vouches for the present step; `--all` vouches for the rest of them."""

from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.steer import steer
from bot.commands.verb import Answer, CommandFacts, Verb
from bot.policy import Policy
from bot.policy.who import Action

USAGE = "/promote [--all] [environment] [reason]"


def action(typed: Command, policy: Policy) -> Action:
    """Skipping every watch is a bigger word than skipping one."""
    return "promote_all" if "all" in typed.flags else "promote"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    every = Arguments(typed, USAGE).flag("all")
    plain = Command(typed.verb, typed.args, rest=typed.rest, line=typed.line, text=typed.text, columns=typed.columns)
    return steer(facts, plain, "promote", USAGE, slot, ask_as="promote_all" if every else None)


VERB = Verb(
    "promote", USAGE, "Go on without waiting for the present watch; `--all` for none of them.", "promote", decide
)
