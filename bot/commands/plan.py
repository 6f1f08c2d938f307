"""`/plan [environment]`: every gate and what would happen, by the same functions as `/deploy`. Starts nothing."""

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.compared import folded
from bot.commands.deploy import Wish, closed, policy_note, preview, production, read_strategy, turn, unread
from bot.commands.model import Command
from bot.commands.parameters import read_parameters
from bot.commands.undone import would_take
from bot.commands.verb import Answer, CommandFacts, Verb
from bot.gates import GateFacts
from bot.gates.approvals import render_words
from bot.gates.drivers import stopped
from bot.gates.incidents import render_open
from bot.gates.waivable import in_effect
from bot.gates.waiver import render_waived
from bot.markdown import code, short
from bot.policy import Policy

USAGE = "/plan [strategy] [environment] [@sha] [name=value …]"


def read(typed: Command, policy: Policy) -> Wish:
    """The words of a `/plan`; without any it is about production, since it only reads. Raises UsageError."""
    words = Arguments(typed, USAGE)
    strategy = read_strategy(words)
    name = words.maybe_word() or production(policy)
    pin = words.maybe_pin()
    image, params = read_parameters(words)
    words.finish()
    return Wish(name, strategy, pin, image=image, params=params)


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    read(typed, facts.policy)
    gate_facts = facts.wishes.get(place)
    if gate_facts is None:
        return unread(facts)
    answers = closed(gate_facts)
    shut = sum(1 for refusal in answers.values() if refusal is not None)
    where = f"{code(short(gate_facts.sha))} → {code(gate_facts.environment_name)}"
    verdict = f"{where}: {shut} of {len(answers)} gates closed." if shut else f"{where}: every gate is open."
    would = preview(gate_facts, facts, full=True)
    parts = (
        policy_note(facts),
        verdict,
        say.gates(answers),
        # Where some are missing, the gate says the same and how the rest is given.
        render_words(gate_facts) if answers["approvals"] is None else "",
        render_waived(in_effect(gate_facts)),
        render_open(gate_facts.incidents) if answers["incident"] is None else "",
        f"⏳ {wait}" if (wait := turn(gate_facts)) else "",
        f"Would roll out {would}" if would else "",
        _undone(gate_facts) if would and gate_facts.live else "",
        f"⚠️ {stops}" if (stops := stopped(gate_facts)) else "",
        folded(gate_facts.strategy),
    )
    return Answer("\n\n".join(part for part in parts if part))


def _undone(facts: GateFacts) -> str:
    merged = {it.number: it for it in facts.brings}
    mine = [facts.pull.number] if facts.pull and facts.pull.number not in merged else []
    return would_take([*merged, *mine], merged, facts.schema)


VERB = Verb("plan", USAGE, "Show every gate and what would happen; starts nothing.", "plan", decide, in_issues=False)
