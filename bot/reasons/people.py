"""The reason codes of who may do what: access, teams, second people."""

from collections.abc import Mapping

from bot.reasons.reason import Reason

PEOPLE: Mapping[str, Reason] = {
    "not_automatic": Reason(
        "The policy said `deploy: auto` when this commit was asked for, and says `gated` now.", "Type `/deploy`."
    ),
    "permission_denied": Reason(
        "Your access to the repository is less than this takes.",
        "Ask somebody who has it, or change `who:` in the policy.",
    ),
    "permission_unknown": Reason(
        "GitHub would not say what access you have, and no answer is a no.", "Try again in a minute."
    ),
    "team_required": Reason(
        "This is for members of a team that the policy names, or for nobody as long as it names none.",
        "Ask one of them, or name a team under `who:`.",
    ),
    "team_unknown": Reason(
        "The policy names a team, and it could not be found out who is in it.",
        "Name a role such as `maintain` under `who:` instead.",
    ),
    "person_required": Reason(
        "A bot typed it, and it sets a rule aside or takes a second person, which no bot does, whatever the policy says.",
        "Have a person type it.",
    ),
    "all_or_none": Reason(
        "Another command of the same comment was refused, and a comment is carried out whole or not at all.",
        "Type this command in a comment of its own.",
    ),
    "approvals_missing": Reason(
        "Fewer people than the policy wants have approved this very commit. Its author, who pushed it, who asks, and people "
        "without write access do not count.",
        "Have it reviewed, or confirmed by somebody who may: `/confirm`. What only lacks this waits for it. Approvals of earlier "
        "commits do not count.",
    ),
    "confirm_self": Reason(
        "The second person is somebody else than who wrote the pull request, pushed its newest commit, or asks for the deployment.",
        "Ask somebody else for a review or for `/confirm`.",
    ),
    "confirmation_not_needed": Reason(
        "The policy wants no approvals there, so there is nothing to confirm.",
        "Nothing has to be done. `approvals: { count: 1 }` under the environment would ask for a second person.",
    ),
}
