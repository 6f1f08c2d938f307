"""The change of one flag as it would be proposed, or why there is none: asked by the command that previews and by the job that proposes."""

import hashlib
import re
from dataclasses import dataclass

from bot.flag.flagd import NotUnderstood, change
from bot.flag.model import FlagFile, FlagFiles
from bot.flag.source import Unreadable
from bot.gates import Refusal
from bot.gates.wish import mode_of
from bot.markdown import code, plain
from bot.policy import Policy


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after, and the branch of its pull request: named by what it changes, so that the same wish finds the same one."""

    path: str
    before: str
    after: str
    branch: str

    @property
    def blob(self) -> str:
        """Git's name for the file as it is now."""
        content = self.before.encode()
        return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def plan(key: str, share: int, files: FlagFiles | None, policy: Policy, *, paused: bool) -> Change | Refusal:
    """What would be proposed, by the files as they are now."""
    alone = mode_of(policy, paused)
    if alone is not None:
        return alone
    if files is None:
        return Refusal("not_readable", "GitHub did not show the flag files.", "Type it again in a minute.", wait=True)
    if not files.named:
        return no_files()
    found = files.of(key)
    if not found:
        return unknown(key, files)
    if len(found) > 1:
        where = ", ".join(code(file.path) for file in found)
        return Refusal("flag_not_understood", f"{code(key)} is in more than one file: {where}.", "Change it by hand.")
    return _changed(found[0], key, share)


def no_files() -> Refusal:
    return Refusal(
        "no_flag_files",
        "The policy names no files with flags.",
        'Say where they are: `flags: { files: ["flags/*.flagd.json"] }`.',
        "maintainers",
    )


def unknown(key: str, files: FlagFiles) -> Refusal:
    faults = [f"{code(file.path)}: {plain(file.fault, 200)}" for file in files.files if file.fault]
    count = len(files.files)
    read = "the file" if count == 1 else f"the {count} files" if count else "any of the files"
    more = "; there are more than I read" if files.cut else ""
    said = f"There is no flag {code(key)} in {read} that the policy names{more}."
    if faults:
        said += f" Not readable: {'; '.join(faults[:5])}."
    return Refusal("no_such_flag", said, "Names are spelled exactly as in the file; without a name it lists them.")


def _changed(file: FlagFile, key: str, share: int) -> Change | Refusal:
    where = f"{code(key)} in {code(file.path)}"
    try:
        after = change(file.text, key, share)
    except (Unreadable, NotUnderstood) as why:
        return Refusal("flag_not_understood", f"{where} {plain(str(why), 300)}.", "Change it by hand.")
    if after == file.text:
        return Refusal("nothing_to_change", f"{where} is {spelled(share)} already.", "Nothing has to be done.")
    return Change(file.path, file.text, after, branch_of(key, file.path, file.text, after))


def branch_of(key: str, path: str, before: str, after: str) -> str:
    """Another content is another branch: a file that was changed meanwhile gets a proposal of its own."""
    slug = re.sub(r"[^a-z0-9]+", "-", key.lower()).strip("-")[:40].strip("-") or "flag"
    digest = hashlib.sha256("\0".join((path, before, after)).encode()).hexdigest()[:12]
    return f"tagboat/flag-{slug}-{digest}"


def spelled(share: int) -> str:
    return {0: "off", 100: "on"}.get(share, f"{share} %")
