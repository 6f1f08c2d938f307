"""The page about the commands, printed from the table of commands: what is typed, what it does, who may by default."""

from bot.commands.table import COMMANDS
from bot.commands.verb import Verb
from bot.policy.who import DEFAULT_WHO, Action

OPENING = """\
# Commands

A command is a line of its own in a comment on a pull request or an issue: `/` at its beginning, the verb, then its words.
The reason comes last. Commands in code, quotations or hidden text are not read, nor in descriptions, reviews and
comments on lines. What is edited into a comment later is not carried out; you are told so. Bots may type commands where
the policy [lists them](policy.md), as much as `write` access takes. One comment may hold up to five commands; they are
carried out in order, and none of them if there is one that you may not give.

👀 says that the comment was read, 🚀 that a rollout was asked for something, 👍 that there is an answer, 👎 that something
was refused ([reason codes](reason-codes.md)), 😕 that a line could not be understood. Answers stand in the one comment
that Tagboat keeps up to date. What needs a person (a refusal, a rollout that waits, a rollback) is told in a comment of
its own as well, which mentions whoever asked.

Another prefix than `/` can be set under `commands.prefix` in [the policy](policy.md); who may do what under `who`.
"""

CLOSING = """\
`environment` may be left out where only one rollout moves. A strategy without an environment means production, and a bare
`/deploy` means nothing. `@sha` names a commit by 7 to 40 digits, and says that you have looked at it. `/deploy … --first`
accepts for a first deployment that there is nothing to go back to. `image=…` names the [image](gates.md#images) that is shipped, and
other `name=value` pairs (ten at most) are handed to the deploy workflow with every order; they are shown, so they are no place
for secrets. Rolling back is never held up by gates, freezes or
`mode: paused`.

An item of the checklist goes by its name in `/checklist` or by how its text begins. Clicking its box does the same as `/check` and
`/uncheck`, and the newest counts. Items with evidence (the merge, the tests, what is live) tick themselves and can only be
skipped. `/uncheck` also ends a skip. `/explain` takes the names that `/dora` shows, or some of their words.

The check run `tagboat/<environment>` on the commit has buttons that do what `/promote`, `/halt`, `/resume`, `/rollback`
and `/abort` do.
"""


def render_reference() -> str:
    """`docs/guide/commands.md`."""
    rows = [f"| `{verb.usage}` | {verb.summary} | {_who(verb)} | {_where(verb)} |" for verb in COMMANDS.values()]
    table = "\n".join(["| command | what it does | who may, by default | where |", "|---|---|---|---|", *rows])
    return f"{OPENING}\n{table}\n\n{CLOSING}"


def _who(verb: Verb) -> str:
    more = [f"{_role(action)} for `--{flag}`" for flag, action in verb.flags.items()]
    return ", ".join([_role(verb.needs), *more])


def _role(action: Action) -> str:
    allowed = DEFAULT_WHO[action]
    return allowed if isinstance(allowed, str) else "nobody until a team is named"


def _where(verb: Verb) -> str:
    return "pull requests and issues" if verb.in_issues else "pull requests"
