"""Every reason why something was not done, by its stable code: what the code means and how to mend it.

Codes stand in answers, in the audit trail and in counts, and people search for them; so no code changes its meaning, and none is used
that is not listed here. `docs/guide/reason-codes.md` is printed from this table.
"""

from collections.abc import Mapping

from bot.reasons.people import PEOPLE
from bot.reasons.reason import Reason
from bot.reasons.typed import CHECKLIST, COMMENT, FLAG, RELEASE

# Heading → code → reason, in the order in which people meet them.
REASONS: Mapping[str, Mapping[str, Reason]] = {
    "Whether anything moves here": {
        "advise_mode": Reason(
            "There is no policy with `mode: active`, so nothing is moved in this repository.",
            "Merge a `.github/tagboat.yml` with `mode: active`; [First steps](first-steps.md) has one to begin with.",
        ),
        "paused": Reason("The policy says `mode: paused`. Rollback works.", "Merge `mode: active`."),
        "paused_by_operator": Reason(
            "Whoever runs this Tagboat has paused every repository. Rollback works.", "Ask them, or wait."
        ),
        "unknown_environment": Reason(
            "The policy has no environment of that name.",
            "Use one of those that the answer lists, or add it to the policy.",
        ),
        "frozen": Reason("A freeze covers it now. Rollback works.", "Wait, or have it ended with `/thaw`."),
        "not_now": Reason(
            "The rollout cannot do that where it is: it was halted or is frozen, goes back, is at another step than the one that was meant, or "
            "has done it already.",
            "The answer says what stands in the way, and what to type first.",
        ),
        "waited_too_long": Reason("It waited a day.", "Type it again if it is still meant."),
        "locked": Reason(
            "Another pull request or issue has it for itself. Rollback works.", "Wait, or `/lock` for a place in line."
        ),
        "lock_not_yours": Reason("The lock is another's.", "Ask there, or add `--steal` and a reason."),
        "incident_open": Reason(
            "An incident is open, and the policy says under `incidents.freezes` that nothing is deployed here meanwhile. Rollback works.",
            "Wait until it is over: its issue closed, or `/incident resolved` typed in it.",
        ),
        "environment_busy": Reason(
            "A rollout moves in this environment already, and there is only ever one: this commit's own, or any where the policy "
            "says `when_newer: reject`. Or twenty deployments wait already.",
            "Wait for it to finish, or stop it where it was asked for.",
        ),
    },
    "Who may": PEOPLE,
    "Which commit": {
        "source_not_accepted": Reason(
            "The environment does not take commits from there: open pull requests, merged ones or releases.",
            "Merge it, or widen `accepts` in the policy.",
        ),
        "fork": Reason("Code from a fork is never deployed before it is merged.", "Review and merge it."),
        "pull_request_closed": Reason("The pull request was closed without merging.", "Reopen it."),
        "draft": Reason("The pull request is a draft.", "Press “Ready for review”."),
        "base_branch": Reason(
            "The pull request does not go to the default branch, whose rules protect deployments.", "Retarget it."
        ),
        "head_moved": Reason(
            "The commit is not the one that was there when the command was typed: somebody pushed or merged, or the pin names another.",
            "Look at what is there now, then type it again, or pin it: `/deploy canary @1a2b3c4`.",
        ),
        "merge_unknown": Reason(
            "GitHub does not say yet which commit the pull request was merged as.", "Try again in a minute."
        ),
        "quarantined": Reason(
            "This commit was deployed to this environment before and had to be taken back.",
            "Push a fix: a new commit is not quarantined. If it was not its fault, `/unquarantine sha reason` (`maintain`).",
        ),
        "already_live": Reason(
            "This commit, or one with the very same files, is what serves there.", "Nothing is left to do."
        ),
        "not_forward": Reason(
            "The commit lacks some of what is live, so deploying it would take that back.",
            "Merge the default branch into it. To go back on purpose, use `/rollback`.",
        ),
        "ancestry_unknown": Reason("GitHub could not compare the commit with what is live.", "Try again in a minute."),
        "not_in_previous_environment": Reason(
            "The policy says `after:`, and the commit (or one with the same files) is not live there.",
            "Deploy it there first.",
        ),
        "unhealthy_in_previous_environment": Reason(
            "The policy says `after:`, and the commit is live there but not healthy: its watch is bad, an open incident is laid at it, it was "
            "taken back before, or it is not certain what serves there.",
            "Mend it. If it was not the commit's fault, say so: `/incident caused-by none`, or `/unquarantine sha reason`.",
        ),
    },
    "Checks": {
        "checks_failed": Reason(
            "A check that is needed failed on this commit.",
            "Mend it, or run it again if it was not the commit's fault. Whoever the policy names under `who.waive` can answer for it: "
            "`/waive unit reason`.",
        ),
        "checks_missing": Reason(
            "A check that is needed has not reported on this commit, or was skipped.", "Wait for it, or start it."
        ),
        "checks_pending": Reason("A check that is needed still runs.", "Wait for green."),
        "checks_unknown": Reason("GitHub would not say which checks the branch requires.", "Try again in a minute."),
        "no_checks": Reason(
            "Nothing at all has checked this commit, and the environment is production, or it is to be released.",
            "Run the pipeline on it, or name the checks under `checks:` in the policy.",
        ),
        "not_waivable": Reason(
            "Nothing of that name is a check that this environment needs, or `migrations`. Permission, the commit, forks, locks and freezes are "
            "never waived.",
            "Use one of the names that the answer lists; more than one word goes in quotes.",
        ),
        "nothing_to_waive": Reason(
            "It is green on this commit. Nobody answers in advance for a failure that nobody has seen.",
            "Nothing has to be done; should it fail later on, type it then.",
        ),
    },
    "How it would be rolled out": {
        "image_unknown": Reason(
            "The environment takes immutable images only, and neither the policy nor the command names the image.",
            "Add `image_from` to the environment, or type `image=…`: [Images](gates.md#images).",
        ),
        "image_mutable": Reason(
            "The environment takes immutable images only, and the name of this one may mean another image tomorrow.",
            "Name it by its digest, its commit, a SemVer version or a date.",
        ),
        "image_of_another": Reason(
            "The image is named by another commit, or is of another repository than the policy's `image_from`.",
            "Name the one that was built from this commit.",
        ),
        "unsafe_migration": Reason(
            "The change brings a migration that takes something away which the release before may need, or that could not be read; the "
            "environment is production, and nobody of `readiness.reversible.review` has approved the newest commit that brings it.",
            "Expand first and take away later, have it approved, or `/waive migrations reason`: [Migrations](gates.md#migrations).",
        ),
        "driver_missing": Reason(
            "The policy dispatches a workflow, and the default branch has no such file.",
            "Add [the workflow](deploy-workflow.md), or name the one that there is under `driver`.",
        ),
        "driver_disabled": Reason(
            "The deploy workflow is switched off; GitHub would not start it.",
            "Enable it on the repository's Actions page.",
        ),
        "driver_not_allowed": Reason(
            "The installation has not been given `actions: write`, which it takes to start a workflow.",
            "An owner accepts the App's permissions on the page of its installation; `tagboat doctor` has its address.",
        ),
        "driver_not_dispatchable": Reason(
            "The deploy workflow has no `workflow_dispatch` trigger, or is not YAML.",
            "Copy the trigger from [the deploy workflow](deploy-workflow.md).",
        ),
        "driver_contract": Reason(
            "The deploy workflow does not declare the inputs that an order has, or its runs could not be found again by their name.",
            "Copy `inputs` and `run-name` from [the deploy workflow](deploy-workflow.md).",
        ),
        "driver_unknown": Reason(
            "GitHub would not say whether the deploy workflow is there.", "Try again in a minute."
        ),
        "driver_does_not_honour": Reason(
            "The strategy asks for something that the deploy workflow is not known to do; it might ship everything at once.",
            "Make the workflow follow it, then say so under `honours:`.",
        ),
        "not_honoured": Reason(
            "The same, found when the plan was made.", "Make the workflow follow it, then say so under `honours:`."
        ),
        "criteria_not_understood": Reason(
            "A sentence under `rollback.when` cannot be understood, so it would never take anything back.",
            "Mend the sentence; the answer says where.",
        ),
        "sli_query_refused": Reason(
            "Before anything moves each query of `slis` is tried once, and a server refused one, or it did not give one number. "
            "Criteria that rest on it would never take anything back.",
            "Mend the query; the answer has the server's own words.",
        ),
        "sli_server_unknown": Reason(
            "The policy names an SLI server or a probe target that the operator has not configured.",
            "Name one that is there, or ask the operator for it.",
        ),
        "budget_spent": Reason(
            "Less of the error budget is left than the policy's `budget_left` wants. Rollback works.",
            "Wait until older errors are out of it, or lower `budget_left`.",
        ),
        "budget_unknown": Reason(
            "The policy has `budget_left`, and the error budget cannot be read, or no `slo` says what it is. No answer is a no.",
            "Try again in a minute; `tagboat doctor` looks at the server.",
        ),
        "criterion": Reason("The same, found when the plan was made.", "Mend the sentence; the answer says where."),
        "no_rollback_target": Reason(
            "No earlier release is known to be good, so there is nothing to go back to.",
            "For a first deployment add `--first`. For a rollback name one of the releases that the answer lists.",
        ),
        "no_such_strategy": Reason("There is no strategy of that name.", "Use one of those that the answer lists."),
        "not_side_effect_free": Reason(
            "Shadow executes copies of requests, and nobody has said that this changes nothing.",
            "If it does not, write `side_effect_free: true` under `strategies.shadow`.",
        ),
        "nothing_to_mirror": Reason(
            "Nothing is live there, so there are no requests to copy.", "Deploy by another strategy first."
        ),
    },
    "Steering and going back": {
        "nothing_rolling_out": Reason(
            "Nothing moves there, so there is nothing to steer.", "`/status` shows what moves where."
        ),
        "which_environment": Reason("More than one environment could be meant.", "Name the environment."),
        "not_quarantined": Reason("No such commit is quarantined.", "`/plan` says why a commit may not go there."),
        "withdrawn": Reason(
            "Somebody typed `/halt`, `/abort` or `/rollback` after this, and stopping always counts.",
            "Type it again if it is still meant.",
        ),
        "rollout_in_progress": Reason(
            "While a rollout moves it can only go back to what was live before it.",
            "Leave the release out; go further back when that is done.",
        ),
    },
    "Incidents": {
        "no_incident": Reason(
            "There is no incident that this could be about, or it is over already.",
            "Say how bad it is: `/incident sev-1`; the answer says what else is possible.",
        ),
        "which_incident": Reason(
            "More than one incident is open, or the name stands for none.",
            "Name one of those that the answer lists: `/incident #12 …`.",
        ),
        "cause_unknown": Reason(
            "What was named as the cause is no pull request, version or commit of this repository.",
            "Name one that is, or `none` where no release is to blame.",
        ),
    },
    "The checklist": CHECKLIST,
    "Releases": RELEASE,
    "Feature flags": FLAG,
    "A job that waits for Tagboat's rule": {
        "halted": Reason(
            "The rollout that ordered this job is paused or frozen, so its job waits too.", "`/resume` lets it go on."
        ),
        "order_overtaken": Reason(
            "A newer order of the environment came after the one that this run carries out.",
            "Nothing has to be done: the newer order counts.",
        ),
        "order_unknown": Reason(
            "The run was dispatched by Tagboat for a rollout that is long over, or was run again.",
            "Nothing has to be done: what is meant to move was ordered again.",
        ),
    },
    "The comment": COMMENT,
}

CODES = frozenset(code for reasons in REASONS.values() for code in reasons)


def render_reasons() -> str:
    """`docs/guide/reason-codes.md`."""
    parts = [
        "# Reason codes",
        "What is not done is answered with a reason code, such as (`head_moved`). A code always means the same; it also "
        "stands in the audit trail and in the counts of refusals. ⏳ in an answer says that time alone may mend it. Your Tagboat "
        "shows this list at `/reasons`.",
    ]
    for heading, reasons in REASONS.items():
        rows = [f"| `{code}` | {reason.meaning} | {reason.mend} |" for code, reason in reasons.items()]
        parts.append(
            "\n".join([f"## {heading}", "", "| code | what is the case | how to mend it |", "|---|---|---|", *rows])
        )
    return "\n\n".join(parts) + "\n"
