"""What is said about a release that somebody asked for: which version and why, what stands in its way, and what became of it."""

from collections.abc import Sequence

from bot.decision import Result
from bot.gates import Refusal
from bot.markdown import code, link, plain, short, table
from bot.release.cut import Chosen
from bot.release.model import Cut, ReleaseFacts
from bot.versions.next import LEVELS, Asks

ROWS = 20
_RULES = ("rule violations", "being restricted", "protected tag")


def heading(cut: Cut) -> str:
    return f"> {code(cut.typed)} by {plain(cut.by)}"


def render_why(chosen: Chosen) -> str:
    """Why this version: the change that decides it, and every change with what it asks for, folded."""
    since = f"after {code(chosen.since)}" if chosen.since else "the first one"
    largest = next((it for it in reversed(chosen.weighed) if it.level == chosen.level), None)
    if chosen.level == "none" or largest is None:
        because = "nothing since then asks for a release" if chosen.weighed else "nothing was merged since then"
    else:
        because = f"{chosen.level}, because {_named(largest)} {_asks(largest)}"
    if chosen.typed:
        named = "as typed" if chosen.typed == chosen.tag else f"{chosen.typed} as typed"
        said = f"{code(chosen.tag)}, {since}: {named}. By titles and labels: {because}."
    else:
        said = f"{code(chosen.tag)}, {since}: {because}."
    if len(chosen.weighed) < 2:
        return said
    first = sorted(chosen.weighed, key=lambda it: -LEVELS.index(it.level))
    rows = [(_named(it), plain(it.change.title, 80), it.level, it.why) for it in first[:ROWS]]
    more = f"\n\n… and {len(first) - ROWS:,} more." if len(first) > ROWS else ""
    shown = table(("Change", "Title", "Asks for", "Why"), rows)
    return f"{said}\n\n<details><summary>Why this version</summary>\n\n{shown}{more}\n\n</details>"


def _named(it: Asks) -> str:
    return f"#{it.change.number}" if it.change.number else code(short(it.change.sha))


def _asks(it: Asks) -> str:
    """The end of «because #12 …»."""
    return (
        it.why
        if it.why.startswith(("breaks", "takes"))
        else f"is {it.why}"
        if it.why.startswith("a ")
        else f"({it.why})"
    )


def render_preview(chosen: Chosen, branch: str, sha: str, *, draft: bool) -> str:
    what = "Writing the draft of" if draft else "Releasing"
    return f"⏳ {what} {code(chosen.tag)} from {code(sha)}, the commit of {code(branch)} that you asked for.\n\n{render_why(chosen)}"


def under_way(cut: Cut, facts: ReleaseFacts, *, draft: bool) -> str:
    what = "Writing the draft of" if draft else "Releasing"
    return _answer(cut, f"⏳ {what} {code(facts.tag)} from {code(cut.sha)} …")


def waiting(cut: Cut, facts: ReleaseFacts) -> str:
    return _answer(
        cut, f"⏳ {code(facts.ahead)} was asked for first; {code(facts.tag)} is looked at when that is done."
    )


def done(cut: Cut, facts: ReleaseFacts, url: str, *, draft: bool) -> str:
    named = link(facts.tag, url)
    if draft:
        return _answer(
            cut,
            f"📝 The draft of {named} is written, from {code(cut.sha)}. Publish it on its page: that makes the tag, on this commit.",
        )
    return _answer(cut, f"✅ {named} is released, from {code(cut.sha)}.")


def _answer(cut: Cut, said: str) -> str:
    parts = [heading(cut), said, f"Reason: {plain(cut.reason, 300)}" if cut.reason else "", cut.why]
    return "\n\n".join(part for part in parts if part)


def refused(cut: Cut, why: Sequence[Refusal]) -> str:
    return f"{heading(cut)}\n\n{refusals(why)}"


def refusals(why: Sequence[Refusal]) -> str:
    lines = (f"- {'⏳' if it.wait else '❌'} {it.what} {it.mend} ({code(it.code)})" for it in why)
    return "Not released:\n\n" + "\n".join(lines)


def overtaken(tag: str, by: str, sha: str) -> Refusal:
    """Somebody else asked for the same version before."""
    what = f"{plain(by)} asked for {code(tag)} before you, from {code(short(sha))}: it is released once."
    return Refusal("version_taken", what, "Nothing has to be done.")


def tagged_elsewhere(tag: str, sha: str, wanted: str) -> Refusal:
    what = f"Somebody put the tag {code(tag)} on {code(short(sha))} meanwhile, not on {code(short(wanted))}."
    return Refusal("version_taken", what, "Type the next version, or move the tag.")


def declined(refused: Result, facts: ReleaseFacts) -> Refusal:
    """GitHub's no, in its own words, and what can be done about it."""
    words = " ".join(str(refused.value.get("message") or "").split())
    pushed = facts.policy.release.tag_pushed != "ignore"
    if any(it in words.lower() for it in _RULES):
        mend = "A rule of this repository keeps the tag from being made: put the App on the rule's bypass list and type it again"
        mend += ", or push the tag yourself: I write the release then." if pushed else "."
    elif "immutable release" in words:
        mend = "That name was used before and GitHub never gives it out again: type the next version."
    elif "workflows" in words:
        mend = "Give the App `workflows: write` in its settings and accept it in the installation, or push the tag yourself."
    else:
        mend = "Mend that and type it again; `tagboat doctor` knows what the App may."
    return Refusal("release_refused", f"GitHub would not make the release: {plain(words, 500)}.", mend, "maintainers")
