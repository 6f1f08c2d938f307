"""The table of commands: what works, in the order in which help tells it."""

from collections.abc import Mapping

from bot.commands import (
    abort,
    changelog,
    check,
    checklist,
    confirm,
    deploy,
    dora,
    explain,
    flag,
    freeze,
    halt,
    incident,
    lock,
    plan,
    promote,
    release,
    resume,
    retry,
    rollback,
    skip,
    skip_step,
    status,
    thaw,
    uncheck,
    unlock,
    unquarantine,
    waive,
)
from bot.commands.help import answered_with
from bot.commands.verb import Verb

_LISTED = (
    deploy.VERB,
    plan.VERB,
    confirm.VERB,
    status.VERB,
    promote.VERB,
    halt.VERB,
    resume.VERB,
    rollback.VERB,
    retry.VERB,
    skip_step.VERB,
    abort.VERB,
    lock.VERB,
    unlock.VERB,
    freeze.VERB,
    thaw.VERB,
    incident.VERB,
    unquarantine.VERB,
    waive.VERB,
    checklist.VERB,
    check.VERB,
    uncheck.VERB,
    skip.VERB,
    changelog.VERB,
    release.VERB,
    flag.VERB,
    dora.VERB,
    explain.VERB,
)

COMMANDS: Mapping[str, Verb] = {verb.name: verb for verb in (*_LISTED, answered_with(_LISTED))}
