"""`/deploy [strategy] [environment] [@sha]`: authorises and previews a rollout; the environment's own job asks the gates again and starts it."""

from dataclasses import dataclass

from bot.commands import say
from bot.commands.arguments import Arguments
from bot.commands.model import Command
from bot.commands.verb import Answer, Asking, CommandFacts, Verb
from bot.environment.model import Request
from bot.environment.render import render_plan
from bot.gates import GateFacts, refusals
from bot.gates.model import is_production
from bot.markdown import code
from bot.policy import Policy
from bot.policy.strategies import STRATEGY_NAMES, StrategyName
from bot.rollout.facts import NoPlan
from bot.rollout.strategies import compile_plan

USAGE = "/deploy [strategy] [environment] [@sha]"
SHOWN_PULLS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed, resolved against the policy. `strategy` is None for the environment's own."""

    environment: str
    strategy: StrategyName | None
    pin: str | None
    first: bool = False


def read(typed: Command, policy: Policy) -> Wish:
    """The words of a `/deploy`. A strategy alone means production; nothing at all means nothing. Raises UsageError."""
    words = Arguments(typed, USAGE)
    strategy: StrategyName | None = None
    if (word := words.maybe_word(lambda text: text.replace("-", "_") in STRATEGY_NAMES)) is not None:
        strategy = next(name for name in STRATEGY_NAMES if name == word.replace("-", "_"))
    name = words.maybe_word()
    if strategy is None and name is None:
        raise words.error(
            "Where to? A bare deploy means nothing, and never production.", f"{USAGE}, such as /deploy canary"
        )
    pin = words.maybe_pin()
    first = words.flag("first")
    for flag in ("when-green", "break-glass"):
        if words.flag(flag):
            raise words.error(f"--{flag} is not available in this version.", "Leave it out.")
    words.finish()
    return Wish(name or production(policy), strategy, pin, first)


def production(policy: Policy) -> str:
    """The environment that a strategy without one means: `production`, else the only one that counts as such."""
    names = [name for name in policy.environment_names if is_production(policy, name)]
    exact = [name for name in names if name.casefold() == "production"]
    return (exact or (names if len(names) == 1 else []) or ["production"])[0]


def preview(gate_facts: GateFacts, facts: CommandFacts) -> str:
    """What would go where, what rides along, and what happens step by step."""
    environment = gate_facts.environment
    if environment is None:
        return ""
    baseline = gate_facts.live.sha if gate_facts.live else ""
    plan = compile_plan(gate_facts.strategy, facts.policy, environment, candidate=gate_facts.sha, baseline=baseline)
    if isinstance(plan, NoPlan):
        return f"{plan.sentence} ({code(plan.code)})"
    source = {
        "pull_request": f"the head of #{facts.number}",
        "default_branch": f"the merge of #{facts.number}",
        "release": "the release",
    }[gate_facts.source]
    count = len(gate_facts.commits)
    brings = f", {count} commit{'s' if count != 1 else ''} ahead of what is live" if gate_facts.live else ""
    head = f"{code(gate_facts.sha)}, {source}{brings}, to {code(environment.name)}."
    return f"{head}\n\n{render_plan(plan)}"


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    wish = read(typed, facts.policy)
    gate_facts = facts.wishes.get(place)
    if gate_facts is None:
        text = "Deployments start from a pull request; this is an issue. Type it in the pull request."
        return Answer(f"❌ {text} (`not_a_pull_request`)", "not_a_pull_request")
    if why := refusals(gate_facts):
        return Answer(say.refused(why), why[0].code)
    request = Request(
        verb="deploy",
        number=facts.number,
        by=facts.by.login,
        by_id=facts.by.id,
        at=facts.at,
        slot=slot,
        sha=gate_facts.sha,
        strategy=gate_facts.strategy,
        source=gate_facts.source,
        pin=wish.pin,
        pull=facts.number if facts.is_pull else None,
        first=wish.first,
    )
    text = f"🚀 Rolling out {preview(gate_facts, facts)}"
    return Answer(text, asking=Asking(gate_facts.environment_name, request))


VERB = Verb(
    "deploy",
    USAGE,
    "Roll out this pull request's head, or its merged commit. `/deploy canary` is production by canary.",
    "deploy",
    decide,
    in_issues=False,
)
