"""Gates about the wish itself: who asks, for which commit, from where. They read nothing of the environment's present state."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from bot.decision import Head
from bot.gates.model import GateFacts, Permission, Pull, Refusal, Source
from bot.markdown import code, short, utc
from bot.policy import Policy
from bot.policy.who import at_least
from bot.policy.words import Role


def mode(facts: GateFacts) -> Refusal | None:
    return mode_of(facts.policy, facts.paused)


def mode_of(policy: Policy, paused: bool) -> Refusal | None:
    """Whether anything may be moved in this repository at all."""
    if paused:
        return Refusal(
            "paused_by_operator",
            "The operator has paused every repository.",
            "Wait for it to be lifted.",
            "the operator",
        )
    if policy.mode == "advise":
        return Refusal(
            "advise_mode",
            "This repository is in advise mode: I watch and answer, and move nothing.",
            "Merge a `.github/tagboat.yml` with `mode: active` and at least one environment.",
            "maintainers",
        )
    if policy.mode == "paused":
        return Refusal(
            "paused", "The policy says `mode: paused`.", "Merge `mode: active` to start rollouts again.", "maintainers"
        )
    return None


def environment_known(facts: GateFacts) -> Refusal | None:
    if facts.environment is not None:
        return None
    known = ", ".join(code(name) for name in facts.policy.environment_names)
    if not known:
        return Refusal(
            "unknown_environment",
            "The policy has no environments yet.",
            f"Add {code(facts.environment_name)} under `environments:` in `.github/tagboat.yml`.",
            "maintainers",
        )
    return Refusal(
        "unknown_environment",
        f"The policy knows no environment {code(facts.environment_name)}; it has {known}.",
        "Name one of those, or add it to `.github/tagboat.yml`.",
    )


def permission(facts: GateFacts) -> Refusal | None:
    """Asked of GitHub when the wish is carried out."""
    if facts.environment is None:
        return None  # environment_known says it
    if facts.automatic:
        return None if facts.environment.deploy == "auto" else _not_automatic(facts)
    what = f"{code(facts.action)} on {code(facts.environment_name)}"
    return may(what, facts.policy.who(facts.environment, facts.action), facts.permission, facts.teams)


def _not_automatic(facts: GateFacts) -> Refusal:
    return Refusal(
        "not_automatic",
        f"Nothing goes to {code(facts.environment_name)} by itself any more: the policy says `deploy: gated`.",
        f"Type {code(f'{facts.policy.commands.prefix}deploy {facts.environment_name}')} where the commit was merged.",
    )


def break_glass(facts: GateFacts) -> Refusal | None:
    """Going past the rules is for those whom the policy names for it, besides what everybody needs."""
    if not facts.break_glass or facts.environment is None:
        return None
    who = facts.policy.who(facts.environment, "break_glass")
    return may(f"{code('--break-glass')} on {code(facts.environment_name)}", who, facts.permission, facts.teams)


def may(
    what: str, wanted: Role | tuple[str, ...], permission: Permission | None, teams: Mapping[str, bool]
) -> Refusal | None:
    """Whether somebody with this `permission`, in these `teams`, may do `what`, which is for `wanted`. No answer is a no."""
    if isinstance(wanted, str):
        if permission is None:
            return Refusal(
                "permission_unknown",
                "GitHub would not say what you may do here, and without an answer I do nothing.",
                "Try again in a minute.",
                wait=True,
            )
        if at_least(permission, wanted):
            return None
        return Refusal(
            "permission_denied",
            f"{what} needs {wanted} access; you have {permission}.",
            f"Ask somebody with {wanted} access.",
        )
    if any(teams.get(team) for team in wanted):
        return None
    if unknown := [team for team in wanted if team not in teams]:
        return Refusal(
            "team_unknown",
            f"{what} is for {' or '.join(code(team) for team in wanted)}, and I could not find out who is in "
            f"{' and '.join(code(team) for team in unknown)}.",
            "Is there a team of that name in this organisation, and may the App read its members? Else name a role under `who:`.",
            "maintainers",
        )
    if not wanted:
        mend = "Name a team for it under `who:` in the policy."
        return Refusal("team_required", f"{what} is for nobody until the policy names a team.", mend, "maintainers")
    named = " or ".join(code(team) for team in wanted)
    return Refusal("team_required", f"{what} is for {named}.", "Ask one of them.")


SOURCES: Mapping[Source, tuple[str, str]] = {
    "pull_request": ("open pull requests", "this one is still open"),
    "default_branch": ("merged pull requests", "this is a merged one"),
    "release": ("releases", "this is a release"),
}


def accepted_source(facts: GateFacts) -> Refusal | None:
    if facts.environment is None or facts.source in facts.environment.accepts:
        return None
    accepts = " and ".join(SOURCES[source][0] for source in facts.environment.accepts)
    merge = facts.source == "pull_request" and "default_branch" in facts.environment.accepts
    return Refusal(
        "source_not_accepted",
        f"{code(facts.environment_name)} accepts {accepts}; {SOURCES[facts.source][1]}.",
        "Merge it, then type the command again here." if merge else "Deploy from one of those.",
    )


def fork(facts: GateFacts) -> Refusal | None:
    if facts.pull and facts.pull.fork and not facts.pull.merged:
        return Refusal(
            "fork",
            "This pull request comes from a fork; code from a fork is never deployed before it is merged.",
            "Review and merge it, or push the branch to this repository.",
            "maintainers",
        )
    return None


def pull_state(facts: GateFacts) -> Refusal | None:
    pull = facts.pull
    if pull is None:
        return None
    if pull.merged:
        return _merged_elsewhere(pull, facts)
    if pull.state == "closed":
        return Refusal(
            "pull_request_closed", "This pull request was closed without merging.", "Reopen it, or deploy another one."
        )
    if pull.draft:
        return Refusal("draft", "This pull request is a draft.", "Press “Ready for review” first.", "its author")
    if pull.base != facts.default_branch:
        return Refusal(
            "base_branch",
            f"This pull request goes to {code(pull.base)}, not to {code(facts.default_branch)}, whose rules protect deployments.",
            f"Retarget it to {code(facts.default_branch)}.",
            "its author",
        )
    return None


def _merged_elsewhere(pull: Pull, facts: GateFacts) -> Refusal | None:
    """A branch of one's own has no rules: whoever made it merges into it whatever they like, reviewed by nobody."""
    if pull.base == facts.default_branch:
        return None
    return Refusal(
        "base_branch",
        f"This pull request was merged into {code(pull.base)}, not into {code(facts.default_branch)}, whose rules protect deployments.",
        f"Bring it to {code(facts.default_branch)} by a pull request, and type it there.",
        "its author",
    )


def head(facts: GateFacts) -> Refusal | None:
    """The commit that is deployed must be the one that the person saw: named in the command, or what was there when they wrote it."""
    pull = facts.pull
    if pull is None:
        return None
    if pull.merged:
        return _merge(pull, facts)
    if facts.sha != pull.head_sha:
        return Refusal(
            "head_moved",
            f"You asked for {short(facts.sha)}; the head of this pull request is {short(pull.head_sha)}.",
            f"Look at the new commits, then type it again, or add `@{pull.head_sha[:12]}`.",
        )
    if facts.pin is None and (moved := moved_after(facts.heads, pull.head_sha, facts.asked_at)):
        return Refusal(
            "head_moved",
            f"{short(pull.head_sha)} became the head at {utc(moved)}, not clearly before your comment: you may not have seen it.",
            f"Look at it, then type the command again, or add `@{pull.head_sha[:12]}`.",
        )
    return None


def _merge(pull: Pull, facts: GateFacts) -> Refusal | None:
    """Of a merged pull request only its merge commit is deployed, and only by somebody who knew that it was merged."""
    if not pull.merge_sha:
        return Refusal(
            "merge_unknown", "GitHub does not say which commit this was merged as.", "Try again in a minute.", wait=True
        )
    if facts.sha != pull.merge_sha:
        return Refusal(
            "head_moved",
            f"This pull request is merged as {short(pull.merge_sha)}; you asked for {short(facts.sha)}.",
            f"Type it again without the commit, or with `@{pull.merge_sha[:12]}`.",
        )
    if facts.pin is None and not facts.automatic and int(pull.merged_at) >= int(facts.asked_at):
        return Refusal(
            "head_moved",
            f"This pull request was merged at {utc(pull.merged_at)}, not clearly before your comment.",
            f"Type it again to deploy {short(pull.merge_sha)}, what it was merged as.",
        )
    return None


def moved_after(heads: Sequence[Head], sha: str, asked_at: float) -> float | None:
    """When `sha` became the head, if that was not clearly before `asked_at`; None when all is well, or when no head is known at all
    because the pull request is older than our installation.

    Times are ours, compared by whole seconds since GitHub's are. What a pull request was opened with cannot have been swapped for another,
    unless it came back after one. The first that we happen to know of can: there may have been others before we were told of any.
    """
    turns = [now for before, now in pairwise((None, *heads)) if now and (before is None or before.sha != now.sha)]
    if not turns:
        return None
    if turns[-1].sha != sha:
        # We were not told of this one, or not in order: then it is newer than all that we know.
        return max(turns[-1].received_at, asked_at)
    if (len(turns) == 1 and turns[0].is_first) or int(turns[-1].received_at) < int(asked_at):
        return None
    return turns[-1].received_at
