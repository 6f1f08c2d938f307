"""The reason codes of what is typed: of the line itself and the comment around it, of the checklist, which has no gates, and of
releases, which go to no environment."""

from collections.abc import Mapping

from bot.reasons.reason import Reason

CHECKLIST: Mapping[str, Reason] = {
    "no_checklist": Reason(
        "A checklist comes with the merge, and this was not merged.",
        "Type it again once the pull request is merged.",
    ),
    "no_such_item": Reason(
        "No item of the checklist has that name, or a text that begins so.",
        "Use one of those that the answer lists.",
    ),
    "which_item": Reason(
        "More than one item of the checklist could be meant.", "Write more of it, or its name: `/checklist`."
    ),
    "ticks_itself": Reason(
        "There is evidence to look for (the merge, the tests, what is live), so no hand ticks or unticks this item.",
        "Wait until it is so. What does not apply here can be left out: `/skip item reason`.",
    ),
    "newer_hand": Reason(
        "Somebody changed the same item after this was typed.",
        "Look at the checklist, and type it again if it is still meant.",
    ),
}

RELEASE: Mapping[str, Reason] = {
    "nothing_to_release": Reason(
        "Nothing was merged since the last release, or nothing that asks for one (`docs:`, `chore:`, and what was taken back).",
        "Merge something, or name what it is to be: `/release patch`.",
    ),
    "version_taken": Reason(
        "There is a tag for that version already, or somebody asked for the same one before.",
        "Type another version, or none: the next one is found by itself.",
    ),
    "version_not_newer": Reason(
        "The version is not above the newest release, or not above the other candidates of the same version.",
        "Type a higher one.",
    ),
    "no_versions": Reason(
        "The policy's `release.scheme` or `release.tag` leaves no version to cut: versions are commits or dates, or belong to a component.",
        "Deploy the commit, push the tag yourself, or change the policy.",
    ),
    "not_on_branch": Reason(
        "The commit that is named is not part of the default branch.", "Merge it, or name one that is."
    ),
    "release_refused": Reason(
        "GitHub would not make the release: a rule for tags, a name that was used before, or a permission that the App lacks.",
        "The answer has GitHub's words and what can be done.",
    ),
}

FLAG: Mapping[str, Reason] = {
    "no_flag_files": Reason(
        "The policy does not say where flags are kept.", 'Add `flags: { files: ["flags/*.flagd.json"] }` to the policy.'
    ),
    "no_such_flag": Reason(
        "No flag of that name is in the files that the policy names, or its file cannot be read.",
        "`/flag` lists the flags, and the files that cannot be read.",
    ),
    "flag_not_understood": Reason(
        "The flag says more than which share of users gets it (rules, more variants than on and off), and a change could break that.",
        "Change it by hand; the answer says what was seen.",
    ),
    "nothing_to_change": Reason("The flag is that way already.", "Nothing has to be done."),
    "proposal_refused": Reason(
        "GitHub would not have the branch, the commit or the pull request.",
        "The answer has GitHub's words; `tagboat doctor` says what the App may.",
    ),
}

COMMENT: Mapping[str, Reason] = {
    "panel_outdated": Reason(
        "A button was pressed on a check run that showed an earlier step of the rollout, or an earlier reason to hold it. "
        "Halting and rolling back count on any panel of a rollout that moves.",
        "Reload the page and press again.",
    ),
    "comment_edited": Reason(
        "The comment was edited before it was carried out; others may edit it too.",
        "Type the command in a new comment.",
    ),
    "edited_into_command": Reason(
        "The command was edited into a comment that stood there already, and only new comments count.",
        "Post it as a new comment.",
    ),
    "comment_deleted": Reason(
        "The comment was deleted before it was carried out.", "If it is still meant, type it again."
    ),
    "not_a_pull_request": Reason(
        "The command is about a pull request and was typed in an issue.", "Type it in the pull request."
    ),
    "not_readable": Reason("GitHub did not answer what had to be known.", "Type it again in a minute."),
    "not_available": Reason("The verb is reserved, and this version does not have it.", "`/help` lists what there is."),
    "did_you_mean": Reason("There is no such verb, but one that is almost it.", "Type the one that the answer offers."),
    "unknown_verb": Reason("There is no such verb.", "`/help` lists what there is."),
    "usage": Reason("The words behind the verb do not say what it needs.", "The answer shows how it is used."),
    "unknown_flag": Reason("The verb has no such flag.", "The answer names those that it has."),
    "misplaced": Reason(
        "A flag or a pin stands in the reason, where nothing is read.", "Put it first, and the reason last."
    ),
    "bad_pin": Reason(
        "What stands behind `@` does not name a commit.", "Write 7 to 40 hexadecimal digits: `@1a2b3c4`."
    ),
    "two_pins": Reason("Two different commits are named.", "Keep one."),
    "bad_option": Reason("The name of a parameter is not one.", "Write `name=value`; a name begins with a letter."),
    "duplicate_option": Reason("A parameter is given twice.", "Keep one."),
    "empty_value": Reason("A parameter has no value.", "Write `name=value`, or leave it out."),
    "unclosed_quote": Reason("A quotation is opened and not closed.", "Close it on the same line."),
    "hidden": Reason("Part of the line is code, a link or HTML, which is not read.", "Type it plainly."),
    "invisible_character": Reason("A name has an invisible character.", "Type it again rather than pasting it."),
    "too_long": Reason("The line is too long to be a command.", "Keep the reason to a sentence."),
    "too_many": Reason("The comment has more than five commands; none was run.", "Put the rest into another comment."),
    "contradiction": Reason(
        "Two commands of the comment contradict each other; none was run.", "Keep the one you mean."
    ),
}
