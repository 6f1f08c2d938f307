"""Gates about the world: may this commit go there now, is there something to go back to."""

from bot.gates.model import GateFacts, Refusal
from bot.markdown import code, plain, short, utc


def promotion_order(facts: GateFacts) -> Refusal | None:
    environment = facts.environment
    if environment is None or environment.after is None:
        return None
    if facts.same_as_before:
        return _healthy_before(facts, environment.after)
    first, before = code(environment.after), facts.before
    if before.moving == facts.sha:
        return Refusal(
            "not_in_previous_environment",
            f"{short(facts.sha)} is rolling out in {first} right now.",
            "Wait until it is live there.",
            wait=True,
        )
    there = f"{short(before.live.sha)} is live there" if before.live else "nothing is known to be live there"
    if before.moving:
        there = f"{short(before.moving)} is rolling out there"
    return Refusal(
        "not_in_previous_environment",
        f"{short(facts.sha)} is not live in {first}, which comes first: {there}.",
        f"Deploy it to {first} first.",
    )


def _healthy_before(facts: GateFacts, after: str) -> Refusal | None:
    if not facts.before.unwell:
        return None
    return Refusal(
        "unhealthy_in_previous_environment",
        f"{short(facts.sha)} is live in {code(after)}, which comes first, and not healthy: {facts.before.unwell}.",
        f"Mend it, or find out that it was not its fault and say so there; {code(f'{facts.policy.commands.prefix}status')} shows what is known.",
        "the author",
    )


def forward_only(facts: GateFacts) -> Refusal | None:
    environment = facts.environment
    if environment is None or not environment.up_to_date:
        return None
    if facts.live is None or facts.live.sha == facts.sha or facts.contains_live:
        return None
    if facts.contains_live is None:
        return Refusal(
            "ancestry_unknown",
            f"GitHub could not compare {short(facts.sha)} with what is live ({short(facts.live.sha)}).",
            "Try again in a minute.",
            wait=True,
        )
    live = short(facts.live.sha)
    what, mend = _ahead_of(
        facts, code(facts.default_branch), code(f"{facts.policy.commands.prefix}rollback {facts.environment_name}")
    )
    return Refusal(
        "not_forward",
        f"{short(facts.sha)} lacks commits of {live}{what}, which is live: deploying it would take them back.",
        mend,
        "the author",
    )


def _ahead_of(facts: GateFacts, branch: str, back: str) -> tuple[str, str]:
    """What the live release is, that this commit lacks, and how it comes to have it: merging the branch helps only where that has it."""
    leave = f"(To leave the live release: {back}.)"
    mine = facts.pull.number if facts.pull is not None else 0
    if facts.live_merged_as:
        return f" (merged as {short(facts.live_merged_as)})", f"Merge {branch} into it and type it again. {leave}"
    if facts.live_unmerged and facts.live_unmerged == mine:
        return (
            " (an earlier head of this pull request, pushed over since)",
            f"Go back first, {back}; or merge this one, and type it here again.",
        )
    if number := facts.live_unmerged:
        return (
            f" (the head of #{number}, not merged yet)",
            f"Merge #{number}, then {branch} into this one, and type it again. {leave}",
        )
    if number := facts.live_closed:
        return (
            f" (the head of #{number}, closed without a merge)",
            f"Go back first, {back}; or reopen #{number} and merge it, then {branch} into this one, and type it again.",
        )
    if facts.live_astray:
        return (
            f" (which {branch} does not have)",
            f"Go back first, {back}; or merge {short(facts.live.sha) if facts.live else 'it'} into this one, and type it again.",
        )
    return "", f"Merge {branch} into it and type it again. {leave}"


def already_live(facts: GateFacts) -> Refusal | None:
    if facts.live is None or (facts.live.sha != facts.sha and not facts.same_as_live):
        return None
    if facts.doubt:
        return Refusal(
            "already_live",
            f"{short(facts.sha)} should be live in {code(facts.environment_name)}, but {plain(facts.doubt, 300)}.",
            f"{code(f'{facts.policy.commands.prefix}rollback {facts.environment_name}')} asks for it again.",
        )
    same = f", merged from {short(facts.live.sha)} with the very same files," if facts.same_as_live else ""
    return Refusal(
        "already_live",
        f"{short(facts.sha)}{same} has been live in {code(facts.environment_name)} since {utc(facts.live.since)}.",
        "There is nothing to do.",
    )


def quarantine(facts: GateFacts) -> Refusal | None:
    if not facts.quarantined:
        return None
    failed = facts.quarantined_as
    which = f"{short(facts.sha)} has the very same files as {short(failed)}, which" if failed else short(facts.sha)
    mend = "Merge a fix." if failed else "Push a fix: a new commit is not quarantined."
    return Refusal(
        "quarantined",
        f"{which} failed in {code(facts.environment_name)} before: {_sentence(facts.quarantined)}",
        f"{mend} Or {code(f'{facts.policy.commands.prefix}unquarantine {short(facts.sha)} reason')}, if it was not its fault.",
        "the author",
    )


def busy(facts: GateFacts) -> Refusal | None:
    """Closed where policy rejects what is newer, and for what is rolling out already; else it waits for its turn, or takes the place."""
    if facts.busy is None or (facts.busy.newer != "reject" and facts.busy.sha != facts.sha):
        return None
    return Refusal(
        "environment_busy",
        f"{code(facts.environment_name)} is rolling out {short(facts.busy.sha)} ({plain(facts.busy.phase)}), asked by "
        f"{plain(facts.busy.by)}{f' in #{facts.busy.number}' if facts.busy.number else ''}.",
        "Wait for it to finish, or stop it there.",
        wait=True,
    )


def criteria(facts: GateFacts) -> Refusal | None:
    if not facts.criteria_errors:
        return None
    return Refusal(
        "criteria_not_understood",
        "I do not understand every rollback criterion: "
        + "; ".join(plain(it, 300) for it in facts.criteria_errors)
        + ".",
        "Mend the lines under `rollback.when` in the policy.",
        "maintainers",
    )


def rollback_target(facts: GateFacts) -> Refusal | None:
    if facts.live is not None or facts.first:
        return None
    return Refusal(
        "no_rollback_target",
        f"No successful deployment of {code(facts.environment_name)} is known: there would be nothing to roll back to.",
        "Add `--first` to accept that for this one time; it then goes out all at once, whatever the strategy.",
    )


def _sentence(text: str) -> str:
    """Somebody else's words, with the full stop that a sentence of ours ends in."""
    said = plain(text, 300)
    return said if said.endswith((".", "…")) else f"{said}."
