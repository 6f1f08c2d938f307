"""The operator's words about alerts, and what is said where they cannot be read."""

import pytest

from bot.incident.alerts import LABELS
from bot.settings import ALERT_LABELS, SettingsError, read_settings

LONG = "sixteen or more characters"


def test_tokens_labels_and_severities() -> None:
    environ = {
        "ALERTS_TOKEN": f"{LONG}, {LONG}2",
        "ALERTS_LABELS": "repository=repo environment=env",
        "ALERTS_SEVERITIES": "Critical=1 warning=4",
    }
    settings = read_settings(environ)
    assert settings.alerts_tokens == (LONG, f"{LONG}2")
    assert settings.alerts_labels == {"repository": "repo", "environment": "env"}
    assert settings.alerts_severities == {"critical": 1, "warning": 4}
    assert LONG not in repr(settings)
    assert read_settings({}).alerts_tokens == ()
    assert set(LABELS) == set(ALERT_LABELS)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("ALERTS_TOKEN", "short", "fewer than 16"),
        ("ALERTS_LABELS", "repository", "cannot be read"),
        ("ALERTS_LABELS", "repo=x", "knows repository"),
        ("ALERTS_LABELS", "repository=a repository=b", "cannot be read"),
        ("ALERTS_SEVERITIES", "critical=0", "from 1, the worst, to 5"),
        ("ALERTS_SEVERITIES", "critical=bad", "from 1, the worst, to 5"),
    ],
)
def test_mistakes_name_the_variable_and_the_cure(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        read_settings({name: value})
    assert words in str(caught.value)
