"""An open incident keeps deployments away where the policy says so, and only there."""

import pytest

from bot.gates import Incident
from bot.gates.incidents import SLOT, encode, incident, named, render_open, shown_to
from tests.unit.builders import NOW, gate_facts

DOWN = Incident("50", "Checkout is down", 1, NOW - 60, url="https://x.test/50")
FREEZING = {"incidents": {"freezes": ["production"]}}


@pytest.mark.parametrize(
    ("where", "rules", "closed"),
    [("", FREEZING, True), ("PRODUCTION", FREEZING, True), ("staging", FREEZING, False), ("", {}, False)],
)
def test_it_is_the_policy_that_freezes(where: str, rules: dict[str, object], closed: bool) -> None:
    down = Incident("50", "Checkout is down", 1, NOW - 60, where=where)
    refusal = incident(gate_facts(incidents=(down,), rules=rules))
    assert (refusal is not None) == closed


def test_the_refusal_names_every_one_and_how_it_ends() -> None:
    alert = Incident("alert-ab12", "High [error] rate", 0, NOW)
    refusal = incident(gate_facts(incidents=(DOWN, alert), rules=FREEZING))
    assert refusal is not None
    assert refusal.code == "incident_open"
    assert "while incidents are open: SEV-1 [Checkout is down](https://x.test/50) (#50), since" in refusal.what
    assert r"incident of unknown severity High \[error\] rate (`alert-ab12`)" in refusal.what
    assert "`/incident resolved`" in refusal.mend
    assert incident(gate_facts(rules=FREEZING)) is None


def test_what_was_told_is_read_back_the_worst_first() -> None:
    others = [("live:production", "x"), (SLOT + "9", "")]
    minor = Incident("51", "slow", 3, NOW - 120, cause="#12", shas=("a" * 40,), pull=12, caused_at=NOW)
    found = shown_to([(SLOT + "51", encode(minor)), (SLOT + "50", encode(DOWN)), *others])
    assert found == (DOWN, minor)
    assert named(DOWN) == "SEV-1 [Checkout is down](https://x.test/50) (#50)"


def test_every_open_one_is_told_with_what_is_known_of_its_cause() -> None:
    said = render_open(
        (
            DOWN,
            Incident("51", "Slow", 3, NOW, cause="none"),
            Incident("52", "Odd", 2, NOW, where="staging", cause="#12", pull=12),
            Incident("53", "Old", 2, NOW, cause="v1.2.3"),
        )
    ).splitlines()
    assert said[0] == (
        "🚨 SEV-1 [Checkout is down](https://x.test/50) (#50) since 2027-01-15 07:59 UTC: nobody has said which release caused it."
    )
    assert [line.rpartition(": ")[2] for line in said[1:]] == [
        "no release caused it.",
        "caused by #12.",
        "caused by `v1.2.3`.",
    ]
    assert "in `staging`" in said[2]
    assert render_open(()) == ""
