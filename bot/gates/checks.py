"""The gate about checks: every one that this environment needs is green on this very commit, or somebody has answered for it by name."""

from bot.gates.model import GateFacts, Refusal, Required
from bot.gates.waiver import find, or_waive
from bot.markdown import code, plain, short
from bot.pipeline import OWN_PREFIX, Check, Item, counted, item_of
from bot.policy import Environment

ACTIONS = "github-actions"
GATE = "checks"
SAID = {"failed": "failed", "missing": "has not reported", "skipped": "was skipped", "running": "is still running"}
"""What is said of an item that is not green, by its state."""


def checks(facts: GateFacts) -> Refusal | None:
    """Missing, running and unknown are not green."""
    environment = facts.environment
    if environment is None:
        return None
    items = needed(facts, environment)
    if items is None:
        return _unknown(facts)
    if not items and environment.checks is None and facts.production:
        return Refusal(
            "no_checks",
            f"Nothing has checked {short(facts.sha)}, and {code(environment.name)} is production.",
            "Run the pipeline on it, or name the checks it needs under `checks:` in the policy.",
            "maintainers",
        )
    left = [it for it in items if in_the_way(it, environment) and not find(facts.waived, facts.sha, GATE, it.name)]
    return _verdict(left, facts, environment) if left else None


def of_the_branch(facts: GateFacts, strict: str) -> Refusal | None:
    """The same where no environment is meant: what the default branch requires is green on this very commit, or whatever ran. `strict` says,
    inline Markdown, why nothing at all is not enough."""
    items = needed(facts, None)
    if items is None:
        return _unknown(facts)
    if not items:
        return Refusal("no_checks", f"Nothing has checked {short(facts.sha)}, and {strict}.", "Run the pipeline on it.")
    left = [it for it in items if in_the_way(it, None)]
    return _verdict(left, facts, None) if left else None


def _unknown(facts: GateFacts) -> Refusal:
    return Refusal(
        "checks_unknown",
        f"GitHub would not say which checks {code(facts.default_branch)} requires.",
        "Try again in a minute.",
        wait=True,
    )


def needed(facts: GateFacts, environment: Environment | None) -> tuple[Item, ...] | None:
    """What has to be green: the items that the policy names, else the checks that the branch requires, else whatever ran. None: GitHub would
    not say."""
    if environment is not None and environment.checks is not None:
        return tuple(item_of(name, facts.checks, facts.policy) for name in environment.checks)
    if facts.required is None:
        return None
    known = counted(facts.checks, facts.policy)
    required = [rule for rule in facts.required if not rule.name.startswith(OWN_PREFIX)]
    if required:
        return tuple(_required(rule, known) for rule in required)
    # A job that was left out by its own condition says nothing about the commit.
    return tuple(Item(check.name, (check,)) for check in known if check.state != "skipped")


def in_the_way(item: Item, environment: Environment | None) -> bool:
    """Whether an item that is needed is not green. GitHub lets what a branch requires be skipped; an item that the policy names has to have
    run."""
    return item.state in {"failed", "missing", "running"} or (
        item.state == "skipped" and environment is not None and environment.checks is not None
    )


def _required(rule: Required, known: tuple[Check, ...]) -> Item:
    """What proves a rule of the branch. Where it names an App, only what that App reported does: people and workflows can set statuses too."""
    proofs = [check for check in known if check.name == rule.name]
    if rule.app_id is not None and rule.app_id > 0:
        proofs = [
            it for it in proofs if it.app_id == rule.app_id or (it.is_status and _may_be_of(rule.app_id, it, known))
        ]
    return Item(rule.name, tuple(proofs))


def _may_be_of(app_id: int, status: Check, known: tuple[Check, ...]) -> bool:
    """Whether this status may come from the App of that number. A status tells its App's name only; which number a name has, the check runs
    of the commit say. Where they do not, any bot may be meant but Actions: every workflow that somebody pushes sets statuses by its name."""
    slug = status.app.removesuffix("[bot]")
    if slug == status.app:
        return False
    runs = {(it.app_id, it.app) for it in known if not it.is_status and it.app_id}
    named = {name for number, name in runs if number == app_id}
    others = {name for number, name in runs if number != app_id}
    return slug in named if named else slug not in others | {ACTIONS}


def _verdict(items: list[Item], facts: GateFacts, environment: Environment | None) -> Refusal:
    bad = [item for item in items if item.state != "running"]
    failed = [item for item in bad if item.state == "failed"]
    waive = or_waive(facts.policy, environment, [*failed, *bad, *items][0].name) if environment is not None else ""
    if bad:
        return Refusal(
            "checks_failed" if failed else "checks_missing",
            f"On {short(facts.sha)}: {', '.join(f'{plain(item.label)} {_said(item)}' for item in bad)}.",
            ("Mend it or run it again." if failed else "Wait for it, or start it if nothing does.") + waive,
            "the author",
        )
    said = ", ".join(plain(item.label) for item in items)
    return Refusal(
        "checks_pending", f"Still running on {short(facts.sha)}: {said}.", f"Wait for green.{waive}", wait=True
    )


def _said(item: Item) -> str:
    failed: list[Check] = [check for check in item.checks if check.state == "failed"]
    return SAID[item.state] + (f" ({code(failed[0].name)})" if failed and failed[0].name != item.label else "")
