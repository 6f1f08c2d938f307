"""Sentences that tell people what to type: commands as they have to be typed here, everything else as plain text."""

import pytest

from bot.markdown import marked

VERBS = {"resume", "rollback", "skip-step", "skip"}


@pytest.mark.parametrize(
    ("sentence", "prefix", "shown"),
    [
        ("Type /resume to go on, /rollback to go back.", "/", "Type `/resume` to go on, `/rollback live` to go back."),
        ("Type /resume, or /rollback.", "/boat ", "Type `/boat resume`, or `/boat rollback live`."),
        ("Failed. /rollback live asks again", "/", "Failed. `/rollback live` asks again"),
        ("/skip-step goes on", "/", "`/skip-step` goes on"),
        ("it knows --all; --hold=yes is none (@1a2b3c4)", "/", "it knows `--all`; `--hold=yes` is none (`@1a2b3c4`)"),
        ("it does not honour `traffic`. Then", "/", "it does not honour `traffic`. Then"),
        ("see /etc/hosts and /tmp", "/boat ", "see /etc/hosts and /tmp"),
        ("", "/", ""),
    ],
)
def test_what_is_to_be_typed_is_code(sentence: str, prefix: str, shown: str) -> None:
    assert marked(sentence, VERBS, prefix=prefix, environment="live") == shown


def test_what_others_wrote_stays_harmless() -> None:
    shown = marked("halted by bob: @alice <b> #1 /resume`x` *y* ``", VERBS)
    assert "@alice" not in shown.replace("@\u200b", "@ ")
    assert "<b>" not in shown
    assert "*y*" not in shown.replace("\\*", "\\")


def test_it_is_cut() -> None:
    assert len(marked("x" * 1000, VERBS, limit=50)) <= 50
