"""Everything that is said on the first day: the issue, the pull request that it offers, and what became of a tick."""

from collections.abc import Iterator, Sequence

from bot.markdown import code, fenced, plain, table, task_line
from bot.onboarding.model import BOX, FILE, Deployed, Found
from bot.onboarding.survey import environments, items
from bot.pipeline.table import LABELS

ISSUE_TITLE = "Tagboat: what I found here, and a policy to begin with"
PULL_TITLE = "ci: let Tagboat look after releases"
SHOWN = 15


def render_issue(found: Found, draft: str, branch: str) -> str:
    """The one issue. Nothing in it is a command."""
    parts = [
        f"I was installed here, and **I only watch**: nothing is deployed, released or tagged until {code(FILE)} on {code(branch)} "
        "says `mode: active`. This is the only issue that I open by myself. Close it, and there will be no other.",
        f"### What I found\n\n{table(('', ''), tuple(_found(found)))}",
        f"### The last week\n\n{_week(found)}",
        f"### A policy to begin with\n\n{_caution(found)}\n\n{fenced(draft, 'yaml')}",
        f"{task_line(BOX, 'Open a pull request with this file')}\n\nTick the box and I do; it takes write access.",
    ]
    return "\n\n".join(parts)


def _found(found: Found) -> Iterator[tuple[str, str]]:
    names = environments(found)
    yield "Environments", _listed(names) or "none yet"
    workflows = [f"{code(it.file)} ({_listed(it.events[:5]) or 'nothing starts it'})" for it in found.workflows]
    yield "Workflows", _joined(workflows) or "none"
    if found.unread:
        yield "Not understood", _listed(found.unread)
    yield "Checks", _listed(found.checks) or "none reported on the newest commit"
    proven = [plain(LABELS.get(item, item)) for item in items(found)]
    yield "Which I take for", _joined(proven) or "nothing that I know"
    yield "Who deploys", _joined([_deployer(it) for it in found.deployed]) or "nobody, in the last week"


def _deployer(it: Deployed) -> str:
    failed = f", {it.failed} failed" if it.failed else ""
    return f"{code(it.by)} to {code(it.environment)}: {it.count}{failed}"


def _week(found: Found) -> str:
    """What would have been done, told as what it would have been: nobody knows what gates would have said then."""
    deployments, failed = sum(it.count for it in found.deployed), sum(it.failed for it in found.deployed)
    merged = f"{'At least ' if found.more else ''}{_count(found.merged, 'pull request')} merged"
    went = f"{_count(deployments, 'deployment')} out" + (f", of which {failed} failed" if failed else "")
    said = f"{merged[:1].upper()}{merged[1:]}, {went}."
    if not found.merged and not deployments:
        return f"{said} With a policy I would have had nothing to do."
    would = [
        f"With the file below each of them would have had one living comment: its checks by stage, where it is live, and after "
        f"`/plan` every gate between it and {_listed(environments(found)[-1:]) or '`production`'}."
    ]
    if deployments:
        would.append(
            "Each deployment would have been typed as `/deploy` by somebody with write access, and refused for a commit that lacks what "
            "is live, has a red or missing check, or moved after it was looked at."
        )
    if failed:
        would.append(
            f"{'The one' if failed == 1 else 'Those'} that failed would have come with the way back, one `/rollback` away."
        )
    return " ".join([said, *would])


def _caution(found: Found) -> str:
    if found.has_driver:
        return "It is safe to merge: every deployment waits for a person, and rollbacks are only on paper (`dry_run`)."
    return (
        "It is safe to merge, and only advises: no workflow here listens to `deployment`, so there is nothing that would carry one out. "
        "The guide has a workflow to copy; then write `mode: active`."
    )


def render_proposal(issue: int, asked_by: str) -> str:
    """The pull request's description. Merging it closes the issue."""
    return (
        f"{plain(asked_by)} ticked the box in #{issue}. What the file says, and that it is understood, stands in this pull request's check "
        f"`tagboat/policy`.\n\nCloses #{issue}."
    )


def said_proposed(number: int) -> str:
    return f"📄 The policy is proposed in #{number}."


def said_refused(why: str) -> str:
    return f"⚠️ GitHub would not let me open the pull request: {plain(why, 300)}. Copy the file from above instead."


def said_denied(login: str) -> str:
    return f"⛔ {plain(login)} ticked the box, which takes write access to this repository. (`permission_denied`)"


def said_there_is_one() -> str:
    return f"{code(FILE)} is there already; there is nothing to propose."


def _listed(names: Sequence[str]) -> str:
    return _joined([code(name) for name in names])


def _joined(parts: Sequence[str]) -> str:
    """The first ones, already Markdown, and how many more there are."""
    more = f" and {len(parts) - SHOWN} more" if len(parts) > SHOWN else ""
    return ", ".join(parts[:SHOWN]) + more


def _count(number: int, thing: str) -> str:
    return f"{number or 'no'} {thing}{'' if number == 1 else 's'}"
