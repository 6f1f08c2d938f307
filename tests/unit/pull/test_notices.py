"""What needs a person gets a comment of its own: which stand open, which are folded, and how long they are remembered."""

from bot.decision import Decision
from bot.effects import UpsertComment
from bot.notice import ANSWERS, notify, read_notice, slot
from bot.pull.decide import decide
from bot.pull.model import PullFacts, PullRecord
from bot.pull.notices import ANSWERS_KEPT, KEPT
from tests.unit.builders import NOW, REPO, policy
from tests.unit.pull.test_pull import thread


def section(group: str, at: float, headline: str, whom: str = "alice") -> tuple[str, str]:
    show = notify(REPO, 7, slot(group, at, "x"), whom, headline, f"All about {headline}.")
    return show.slot, show.text


def look(sections: dict[str, str], record: PullRecord | None = None) -> Decision[PullRecord]:
    return decide(record or PullRecord(), PullFacts(NOW, REPO, thread(), sections, {}, policy(), ()))


def comments(decision: Decision[PullRecord]) -> list[str]:
    """Every comment but the living one."""
    return [it.body for it in decision.effects if isinstance(it, UpsertComment) and it.slot != "living"]


def test_a_notice_mentions_whom_it_is_for() -> None:
    assert comments(look(dict([section("production", NOW, "production: paused")]))) == [
        "@alice **production: paused**\n\nAll about production: paused."
    ]


def test_a_name_that_is_no_login_is_not_mentioned() -> None:
    for whom in ("dependabot[bot]", "acme/everyone", "a b", "", "x\n@acme/all"):
        (body,) = comments(look(dict([section("production", NOW, "production: paused", whom)])))
        assert "@" not in body


def test_the_newest_of_a_group_stands_open_and_the_others_are_folded() -> None:
    first, second = section("production", NOW, "paused"), section("production", NOW + 60, "rolled back")
    other = section("staging", NOW + 5, "paused too")
    before = look(dict([first, other]))
    after = look(dict([first, other, second]), before.record)
    assert comments(after) == [
        "<details><summary>Earlier: paused</summary>\n\n@alice\n\nAll about paused.\n\n</details>",
        "@alice **paused too**\n\nAll about paused too.",
        "@alice **rolled back**\n\nAll about rolled back.",
    ]
    assert {it.slot for it in before.effects if isinstance(it, UpsertComment)} < {
        it.slot for it in after.effects if isinstance(it, UpsertComment)
    }, "each has a comment of its own"


def test_what_holds_no_longer_is_folded() -> None:
    before = look(dict([section(ANSWERS, NOW, "refused")]))
    after = look({}, before.record)
    assert comments(after)[0].startswith("<details><summary>Earlier: refused</summary>")
    assert comments(look({}, after.record)) == comments(after)


def test_what_was_taken_back_before_anybody_could_read_it_is_never_written() -> None:
    assert comments(look({})) == []


def test_old_notices_and_answers_are_forgotten() -> None:
    many = dict(section("production", NOW + number, f"number {number}") for number in range(KEPT + 5))
    many |= {f"answer:{number:012d}:comment-{number}:{place}": "said" for number in range(15) for place in (0, 1)}
    decision = look(many)
    assert len(decision.record.notices) == KEPT
    gone = sorted(show.slot for show in decision.sections)
    assert all(show.text == "" for show in decision.sections)
    assert [it for it in gone if it.startswith("answer:")] == [
        f"answer:{number:012d}:comment-{number}:{place}" for number in range(15 - ANSWERS_KEPT) for place in (0, 1)
    ]
    assert [read_notice(it, many[it]).headline for it in gone if it.startswith("notice:")] == [
        f"number {number}" for number in range(5)
    ]
    left = {slot: text for slot, text in many.items() if slot not in gone}
    assert look(left, decision.record).sections == ()
