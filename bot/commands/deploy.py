"""`/deploy [strategy] [environment] [@sha]`: authorises and previews a rollout; the environment's own job asks the gates again and starts it."""

from collections.abc import Collection
from dataclasses import dataclass

from bot.commands import say
from bot.commands.arguments import Arguments, UsageError
from bot.commands.model import Command
from bot.commands.parameters import read_parameters, render_parameters, typed_again
from bot.commands.verb import Answer, Asking, CommandFacts, Verb, origin, refusal
from bot.environment.model import Request
from bot.environment.outlook import outlook
from bot.environment.render import render_plan
from bot.environment.start import caution
from bot.environment.waiting import LASTS
from bot.gates import GateFacts, Refusal, broken, judge, migrations, only_approvals, passes, refusals
from bot.gates.model import is_production
from bot.gates.waivable import in_effect
from bot.gates.waiver import render_waived
from bot.markdown import code, plain, short, utc
from bot.policy import Policy
from bot.policy.strategies import STRATEGY_NAMES, StrategyName
from bot.policy.told import told
from bot.rollout.facts import NoPlan
from bot.rollout.model import Plan
from bot.rollout.strategies import compile_plan

USAGE = "/deploy [strategy] [environment] [@sha] [name=value …] [--when-green] [--break-glass reason]"
SHOWN_PULLS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What was typed, resolved against the policy. `strategy` is None for the environment's own, `break_glass` the reason for going past
    the rules, None where they hold. `image` and `params` are what was typed as `name=value`."""

    environment: str
    strategy: StrategyName | None
    pin: str | None
    first: bool = False
    when_green: bool = False
    break_glass: str | None = None
    image: str = ""
    params: tuple[tuple[str, str], ...] = ()


def read(typed: Command, policy: Policy) -> Wish:
    """The words of a `/deploy`. A strategy alone means production; nothing at all means nothing. Raises UsageError."""
    words = Arguments(typed, USAGE)
    strategy = read_strategy(words)
    past = words.flag("break-glass")
    # Behind a strategy the reason may begin, unless the word is an environment's.
    name = words.maybe_word(lambda word: strategy is None or not past or policy.environment(word) is not None)
    if strategy is None and name is None:
        known = ", ".join(policy.environment_names) or "none yet"
        raise words.error(f"Where to? A bare deploy never means production. Environments: {known}.")
    pin = words.maybe_pin()
    first = words.flag("first")
    when_green = words.flag("when-green")
    image, params = read_parameters(words)
    reason = words.rest_as_reason() if past else None
    if when_green and past:
        raise words.error(
            "--when-green waits for what stands in the way, and --break-glass goes past it.", "Leave one of them out."
        )
    words.finish()
    return Wish(name or production(policy), strategy, pin, first, when_green, reason, image, params)


def read_strategy(words: Arguments) -> StrategyName | None:
    """The strategy, if the next word names one, in any spelling."""
    known = {name.replace("_", ""): name for name in STRATEGY_NAMES}
    word = words.maybe_word(lambda text: _folded(text) in known)
    return known[_folded(word)] if word is not None else None


def _folded(text: str) -> str:
    return text.casefold().replace("-", "").replace("_", "")


def production(policy: Policy) -> str:
    """The environment that a strategy without one means: `production`, else the only one that counts as such."""
    names = [name for name in policy.environment_names if is_production(policy, name)]
    exact = [name for name in names if name.casefold() == "production"]
    return (exact or (names if len(names) == 1 else []) or ["production"])[0]


def planned(facts: GateFacts, ask_first: str = "") -> Plan | NoPlan | None:
    """What the strategy makes of it; None for an environment that nobody knows. `ask_first` as for `compile_plan`."""
    if facts.environment is None:
        return None
    baseline = facts.live.sha if facts.live else ""
    return compile_plan(
        facts.strategy,
        facts.policy,
        facts.environment,
        candidate=facts.sha,
        baseline=baseline,
        ask_first=ask_first,
        image=facts.image,
        params=facts.params,
    )


def closed(facts: GateFacts) -> dict[str, Refusal | None]:
    """Every gate with its answer, and whether there is a plan at all, in the words of the strategy."""
    answers = judge(facts)
    plan = planned(facts)
    # The gates have their own words for a driver or a criterion that does not do.
    if isinstance(plan, NoPlan) and not (answers["driver"] or answers["criteria"]):
        answers["strategy"] = Refusal(plan.code, plain(plan.sentence, 500), "Or choose another strategy.")
    return answers


def preview(gate_facts: GateFacts, facts: CommandFacts, *, full: bool = False) -> str:
    """What would go where, what rides along, and what happens step by step; nothing where there is no plan. `full`: what each step can tell."""
    record, environment = facts.environments.get(gate_facts.environment_name), gate_facts.environment
    plan = planned(gate_facts, caution(record, environment, facts.now) if record and environment else "")
    if plan is None or isinstance(plan, NoPlan):
        return ""
    source = {
        "pull_request": f"the head of #{facts.number}",
        "default_branch": f"the merge of #{facts.number}",
        "release": "the release",
    }[gate_facts.source]
    count = len(gate_facts.commits)
    brings = f", {count} commit{'s' if count != 1 else ''} ahead of what is live" if gate_facts.live else ""
    head = f"{code(gate_facts.sha)}, {source}{brings}, to {code(plan.environment)}."
    handed = render_parameters(plan.image, plan.params)
    steps = render_plan(plan, facts.policy.commands.prefix)
    return "\n\n".join(part for part in (head, handed, steps, outlook(plan, gate_facts, full=full)) if part)


def turn(facts: GateFacts) -> str:
    """What a deployment has to wait for while another one moves; "" where it begins at once."""
    busy = facts.busy
    if busy is None or busy.newer == "reject" or busy.sha == facts.sha:
        return ""
    where = f" in #{busy.number}" if busy.number else ""
    what = f"{short(busy.sha)}, which is rolling out to {code(facts.environment_name)}{where}"
    return f"It takes the place of {what}." if busy.newer == "replace" else f"It waits for its turn behind {what}."


def patience(why: Collection[Refusal], prefix: str, typed: Command, at: float) -> str:
    """How to have it begin by itself, where that is only a matter of time, and not of more than a wish is kept. `at` is when it was typed."""
    if not passes(why) or "break-glass" in typed.flags:
        return ""  # who breaks the glass does not wait, and what waits would keep to the rules
    if not passes(why, at + LASTS):
        over = utc(max(it.not_before for it in why))
        return (
            f"{code('--when-green')} waits for a day at most, and this is not over before {over}: type it again then."
        )
    if "when-green" in typed.flags:
        return ""
    flags = (*(f"--{flag}" for flag in sorted(typed.flags)), "--when-green")
    pairs = (typed_again(name, value) for name, value in typed.options.items())
    line = " ".join((f"{prefix}{typed.verb}", *typed.args, *([f"@{typed.pin}"] if typed.pin else ()), *pairs, *flags))
    return f"{code(line)} waits for that, and begins by itself."


def policy_note(facts: CommandFacts) -> str:
    """What has to be known of the policy file before its rules make sense: that it cannot be read, or that there is none."""
    if facts.policy_errors:
        return told(facts.policy_errors, older=bool(facts.policy.environments))
    return "" if facts.policy_exists else say.first_policy(facts.offered)


def unread(facts: CommandFacts) -> Answer:
    """The answer where the pull request could not be read."""
    return refusal("not_readable", f"GitHub does not know a pull request #{facts.number}. Try again in a minute.")


def target(facts: CommandFacts, typed: Command) -> str:
    """The environment that this is about. Raises UsageError."""
    return read(typed, facts.policy).environment


def decide(facts: CommandFacts, place: int, typed: Command, slot: str) -> Answer:
    wish = read(typed, facts.policy)
    if wish.break_glass is not None and not wish.break_glass.strip():
        raise UsageError(len(typed.text) + 1, "--break-glass needs a reason.", f"Usage: {USAGE}")
    gate_facts = facts.wishes.get(place)
    if gate_facts is None:
        return unread(facts)
    strategy = closed(gate_facts).get("strategy")
    why = refusals(gate_facts)
    if strategy and passes(why):  # what is waited for would not mend it
        why = (*why, strategy)
    if why and not (passes(why, facts.at + LASTS) if wish.when_green else only_approvals(why)):
        hint = patience(why, facts.policy.commands.prefix, typed, facts.at)
        parts = (say.refused(why), render_waived(in_effect(gate_facts)), hint, policy_note(facts))
        return Answer("\n\n".join(part for part in parts if part), why[0].code)
    request = Request(
        verb="deploy",
        **origin(facts, typed, slot),
        sha=gate_facts.sha,
        strategy=gate_facts.strategy,
        source=gate_facts.source,
        pin=wish.pin,
        pull=facts.number,
        first=wish.first,
        when_green=wish.when_green,
        unapproved=only_approvals(why),
        break_glass=wish.break_glass or "",
        image=wish.image,
        params=wish.params,
    )
    if why:
        lead = "Waiting for a second person:" if only_approvals(why) else "Not yet:"
        return Answer(say.refused(why, lead), asking=Asking(gate_facts.environment_name, request))
    plan = planned(gate_facts)
    lead = "🚀 Rolling out" if isinstance(plan, Plan) and plan.ships else "🔍 Comparing"
    wait = turn(gate_facts)
    text = f"{f'⏳ {wait} Then: rolling out' if wait else lead} {preview(gate_facts, facts)}"
    known = (render_waived(in_effect(gate_facts)), migrations.advice(gate_facts))
    text = "\n\n".join(part for part in (*known, text) if part)
    if passed := broken(gate_facts):
        codes = ", ".join(code(it.code) for it in passed)
        text = f"🚨 Past the rules ({codes}), and an issue says so.\n\n{text}"
    return Answer(text, asking=Asking(gate_facts.environment_name, request))


VERB = Verb(
    "deploy",
    USAGE,
    "Roll out this pull request's head, or its merged commit. `/deploy canary` is production by canary; `--when-green` begins when it may.",
    "deploy",
    decide,
    target,
    flags={"break-glass": "break_glass"},
    in_issues=False,
)
