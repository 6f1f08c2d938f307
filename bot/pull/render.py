"""The living comment: one per pull request, composed here and nowhere else from the sections that other subjects show."""

from collections.abc import Mapping

from bot.markdown import Section, code, fit, marker, plain
from bot.pull.model import Thread

ANSWERS_SHOWN = 3  # comments whose answers are still shown

# Slot prefixes in the order in which people want them: what is wrong, what moves, what waits, what was answered, what is live or not any
# more, what was checked.
_INCIDENT, _ROLLOUT, _WATCH, _QUEUE, _AUTO = "incident:", "rollout:", "watch:", "queue:", "auto:"
_GREEN, _LOCK, _ANSWER = "green:", "lock:", "answer:"
_LIVE, _GONE, _PIPELINE = "live:", "gone:", "pipeline:"


def render_comment(
    thread: Thread,
    sections: Mapping[str, str],
    *,
    checklist: str,
    changelog: str,
    hint: str,
    edits: int = 0,
    note: str = "",
) -> str:
    """The body of the living comment, without its marker. Long bodies lose whole sections from the end, never half of one.

    `note` is what has to be known of the policy before all else. `edits` counts how often people changed it: a body that is to be written
    again must not look like the one that was written before.
    """
    parts: list[Section | str] = [Section(_title(thread), keep=True)]
    parts += [Section(note, keep=True)] if note else []
    parts += [text for _, text in _slots(sections, "onboarding:")]
    first = (_INCIDENT, _ROLLOUT, _WATCH, _QUEUE, _AUTO, _GREEN, _LOCK)
    parts += [Section(text, keep=True) for prefix in first for _, text in _slots(sections, prefix)]
    parts += _answers(sections)
    parts += [f"🔴 Not live in {code(name)} any more: {text}" for name, text in _slots(sections, _GONE)]
    if not checklist:
        parts += [f"🟢 Live in {code(name)} {text}" for name, text in _slots(sections, _LIVE)]
    if checklist:
        parts.append(f"**Checklist**\n\n{checklist}")
    if changelog:
        parts.append(changelog)
    sha = thread.merge_sha if thread.merged else thread.head_sha
    if table := sections.get(_PIPELINE + sha, ""):
        head, _, rest = table.partition("\n\n")
        parts.append(f"<details><summary>{head}</summary>\n\n{rest}\n\n</details>")
    if hint:
        parts.append(f"<sub>{hint}</sub>")
    if edits:
        parts.append(Section(marker("edits", n=edits), keep=True))
    return fit(parts)


def live_in(sections: Mapping[str, str]) -> dict[str, str]:
    """Environment → since when this change is live there, as the environments show it."""
    return dict(_slots(sections, _LIVE))


def _title(thread: Thread) -> str:
    if not thread.is_pull:
        return "### Tagboat"
    where = f"merged into {code(thread.base)}" if thread.merged else thread.state
    return f"### Tagboat · #{thread.number} {where}"


def _slots(sections: Mapping[str, str], prefix: str) -> list[tuple[str, str]]:
    """(the rest of the slot, text) of all slots that begin so and say something, in their order."""
    return [
        (slot.removeprefix(prefix), text) for slot, text in sorted(sections.items()) if slot.startswith(prefix) and text
    ]


def _answers(sections: Mapping[str, str]) -> list[str]:
    """All answers to the newest comment, in the order of its commands; older comments' folded. Slots sort by the time of asking."""
    asked: dict[str, list[tuple[tuple[int, ...], str]]] = {}
    for slot, text in _slots(sections, _ANSWER):
        comment, _, place = slot.rpartition(":")
        parts = place.split(".")  # 1.2 is the second line below the answer 1
        asked.setdefault(comment, []).append((tuple(int(it) if it.isdecimal() else 0 for it in parts), text))
    texts = ["\n\n".join(text for _, text in sorted(asked[comment])) for comment in sorted(asked, reverse=True)]
    if not texts:
        return []
    older = texts[1:ANSWERS_SHOWN]
    folded = "\n\n---\n\n".join(older)
    return [texts[0]] + ([f"<details><summary>Earlier answers</summary>\n\n{folded}\n\n</details>"] if older else [])


def render_changelog(kind: str, line: str, thread: Thread) -> str:
    verb = "In the changelog" if thread.merged else "In the changelog, once merged"
    return f"**{verb}** under {plain(kind)}:\n\n{line}"
