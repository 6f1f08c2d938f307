"""`/flag`, from what is typed to what its job makes of it."""

from typing import Any

import msgspec
import pytest

from bot.commands.parse import parse
from bot.decision import Asked, Decision, Result
from bot.effects import ProposeChange, React
from bot.flag.decide import decide
from bot.flag.flagd import read_flags
from bot.flag.model import FlagFacts, FlagFile, FlagFiles, FlagRecord, Share, Wanted
from bot.gates import Refusal
from bot.subject import flag
from tests.unit.builders import ALICE, NOW, REPO, policy
from tests.unit.commands.comment import Said, say
from tests.unit.flag.test_flagd import FILE

NAMED = policy(flags={"files": ["flags/*.json"]})


def files(*texts: str, **fields: Any) -> FlagFiles:
    found = tuple(FlagFile(f"flags/{n}.json", text, read_flags(text)) for n, text in enumerate(texts or (FILE,)))
    return FlagFiles(found, **fields)


def typed(text: str, **fields: Any) -> Said:
    return say(text, **{"flags": files(), "policy": NAMED} | fields)


def test_the_list_says_how_far_each_flag_is() -> None:
    said = typed("/flag", permission="read").text
    assert "| `new-checkout` | off | `flags/0.json` |" in said
    assert "| `banner` | 10 % | `flags/0.json` |" in said
    assert "| `theme` | has other variants than one true and one false: red, blue |" in said
    assert typed("/flag banner", permission="read").text.count("`flags/0.json`") == 1
    broken = FlagFiles((FlagFile("flags/x.json", "", fault="it is not JSON"),), cut=True)
    said = typed("/flag", flags=broken).text
    assert "⚠️ `flags/x.json`: it is not JSON." in said
    assert "Only the first 1 files are read." in said


def test_many_flags_are_told_in_few_words() -> None:
    many = '{"flags": {' + ",".join(f'"flag-{n:03}": {{}}' for n in range(300)) + "}}"
    said = typed("/flag", flags=files(many)).text
    assert "… and 260 more." in said
    assert len(said) < 6000


def test_a_share_is_asked_of_the_flags_own_job() -> None:
    said = typed("/flag new-checkout 25% for the brave")
    assert "⏳ Proposing `new-checkout` 25 %, in `flags/0.json` …" in said.text
    (ask,) = said.asks
    assert (ask.asked.target.topic, ask.asked.target.name) == ("flag", "new-checkout")
    assert (ask.asked.what["share"], ask.asked.what["reason"]) == (25, "for the brave")
    assert typed("/flag banner on").asks[0].asked.what["share"] == 100
    assert typed("/flag banner OFF").asks[0].asked.what["share"] == 0
    assert typed('/flag "new-checkout" 100%').asks[0].asked.what["share"] == 100


@pytest.mark.parametrize(
    ("text", "fields", "code"),
    [
        ("/flag new-checkout 25% please", {"permission": "read"}, "permission_denied"),
        ("/flag new-checkout 101%", {}, "usage"),
        ("/flag new-checkout 12.5%", {}, "usage"),
        ("/flag new-checkout 25", {}, "usage"),
        ("/flag new-checkout half", {}, "usage"),
        ("/flag " + "x" * 201, {}, "usage"),
        ("/flag ../../etc/passwd on", {}, "no_such_flag"),
        ("/flag __proto__", {}, "no_such_flag"),
        ("/flag theme 25%", {}, "flag_not_understood"),
        ("/flag banner 10%", {}, "nothing_to_change"),
        ("/flag banner 25%", {"flags": files(FILE, FILE)}, "flag_not_understood"),
        ("/flag banner 25%", {"flags": None}, "not_readable"),
        ("/flag", {"flags": None}, "not_readable"),
        ("/flag", {"flags": FlagFiles(named=False)}, "no_flag_files"),
        ("/flag banner on", {"flags": FlagFiles(named=False)}, "no_flag_files"),
        ("/flag banner on", {"paused": True}, "paused_by_operator"),
        ("/flag banner on", {"policy": policy(mode="paused")}, "paused"),
        ("/flag banner on", {"policy": policy(mode="advise")}, "advise_mode"),
    ],
)
def test_what_is_not_proposed(text: str, fields: dict[str, Any], code: str) -> None:
    said = typed(text, **fields)
    assert said.outcomes == [code], said.text
    assert said.asks == ()
    assert parse(said.text) == ()


# --- its job ----------------------------------------------------------------------------------------------------------------------


def wanted(id: int = 1, share: int = 25, denied: Refusal | None = None, **fields: Any) -> Wanted:
    known: dict[str, Any] = {
        "number": 7,
        "by": "alice",
        "by_id": 1,
        "at": NOW,
        "slot": f"answer:{id}:x:0",
        "typed": "/flag",
        "comment": 9 + id,
    }
    wish = Share(share=share, **known | fields)
    return Wanted(Asked(f"comment-{id}", 1, flag(REPO, "new-checkout"), ALICE, NOW, {}, id=id), wish, denied)


def facts(*wishes: Wanted, **fields: Any) -> FlagFacts:
    known: dict[str, Any] = {
        "now": NOW,
        "repo": REPO,
        "branch": "main",
        "key": "new-checkout",
        "policy": NAMED,
        "paused": False,
        "wanted": wishes,
        "files": files(),
    }
    return FlagFacts(**known | fields)


def look(record: FlagRecord, *wishes: Wanted, **fields: Any) -> Decision[FlagRecord]:
    return decide(record, facts(*wishes, **fields))


def proposal(decision: Decision[FlagRecord]) -> ProposeChange:
    (effect,) = [it for it in decision.effects if isinstance(it, ProposeChange)]
    return effect


def test_it_is_proposed_from_a_branch_that_its_content_names() -> None:
    first = look(FlagRecord(), wanted(reason="@everyone"))
    effect = proposal(first)
    assert effect.branch.startswith("tagboat/flag-new-checkout-")
    assert (effect.onto, effect.path, effect.title) == ("main", "flags/0.json", "chore(flags): new-checkout 25 %")
    assert '["on", 25]' in effect.text
    assert "alice typed `/flag` in #7." in effect.body
    assert "@everyone" not in effect.body
    assert first.answered == ()
    assert proposal(look(first.record, wanted(reason="@everyone"))) == effect, "nothing is written twice"
    other = look(FlagRecord(), wanted(2, by="bob"))
    assert proposal(other).branch == effect.branch, "whoever wants the same finds the same"


def test_the_answer_names_the_pull_request_and_the_next_wish_has_its_turn() -> None:
    record = look(FlagRecord(), wanted()).record
    key = f"change:{record.branch}"
    done = look(record, wanted(), wanted(2, 50), results={key: Result(key, {"number": 12, "found": False}, NOW + 1)})
    assert done.sections[0].text.endswith("✅ `new-checkout` 25 % is proposed in #12. It changes when that is merged.")
    assert done.effects == (React(10, "rocket"),)
    assert (done.answered, done.wake_at, done.record) == ((1,), NOW, FlagRecord())
    following = look(done.record, wanted(2, 50))
    assert '["on", 50]' in proposal(following).text
    found = look(record, wanted(), results={key: Result(key, {"number": 12, "found": True}, NOW)})
    assert "was proposed before, in #12" in found.sections[0].text


def test_an_earlier_answer_is_not_taken_for_this_one() -> None:
    record = look(FlagRecord(), wanted()).record
    key = f"change:{record.branch}"
    earlier = Result(key, {"number": 12}, NOW - 5)
    assert look(record, wanted(), results={key: earlier}, refused={key: earlier}).answered == ()
    late = Result(key, {"number": 12}, NOW + 5)
    assert look(record, wanted(), results={key: late}, pending=frozenset({key})).answered == ()


def test_a_file_that_was_changed_meanwhile_is_another_proposal() -> None:
    record = look(FlagRecord(), wanted()).record
    other = look(record, wanted(), files=files(FILE.replace("email", "user")))
    assert proposal(other).branch != record.branch
    assert other.withdraw == (f"change:{record.branch}",)
    gone = look(record, wanted(), files=files('{"flags": {}}'))
    assert (gone.answered, gone.withdraw) == ((1,), (f"change:{record.branch}",))
    assert "`no_such_flag`" in gone.sections[0].text


def test_refusals_are_told_with_a_way_out() -> None:
    record = look(FlagRecord(), wanted()).record
    key = f"change:{record.branch}"
    declined = look(record, wanted(), refused={key: Result(key, {"message": "Resource not accessible"}, NOW)})
    assert "Resource not accessible" in declined.sections[0].text
    assert "`proposal_refused`" in declined.sections[0].text
    assert len(declined.sections) == 2, "whoever asked is told"
    denied = look(FlagRecord(), wanted(denied=Refusal("permission_denied", "No.", "Ask.")))
    assert denied.audit[0].outcome == "permission_denied"
    assert denied.effects == (React(10, "-1"),)
    terminal = look(FlagRecord(), wanted(number=0, comment=0), files=None)
    assert [show.slot for show in terminal.sections] == ["answer:1:x:0"]
    assert look(record).record == FlagRecord()
    assert msgspec.json.decode(b"{}", type=FlagRecord) == FlagRecord()
