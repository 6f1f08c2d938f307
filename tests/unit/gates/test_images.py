"""Where an environment asks for immutable images: missing is not green, and what is shipped is the image of this commit."""

from typing import Any

import pytest

from bot.gates import BREAKABLE
from bot.gates.images import image
from bot.policy import parse_policy
from bot.protection.decide import NOT_ASKED
from bot.versions.images import read_image, what_fixes
from tests.unit.builders import HEAD, gate_facts

ASKS = {"image": "immutable"}
NAMED = ASKS | {"image_from": "ghcr.io/acme/shop:{sha}"}
DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("environment", "name", "code"),
    [
        ({}, "", None),
        ({}, "shop:latest", None),
        ({"image": "any"}, "shop:latest", None),
        (ASKS, "", "image_unknown"),
        (ASKS, "ghcr.io/acme/shop:latest", "image_mutable"),
        (ASKS, "ghcr.io/acme/shop", "image_mutable"),
        (ASKS, "localhost:5000/shop", "image_mutable"),
        (ASKS, "ghcr.io/acme/shop:main", "image_mutable"),
        (ASKS, "what is this", "image_mutable"),
        (ASKS, "ghcr.io/acme/shop:abcdef1", "image_of_another"),
        (ASKS, f"ghcr.io/acme/shop:{HEAD[:7]}", None),
        (ASKS, f"ghcr.io/acme/shop:latest@{DIGEST}", None),
        (ASKS, "ghcr.io/acme/shop:v1.2.3", None),
        (NAMED, f"ghcr.io/acme/shop:{HEAD}", None),
        (NAMED, f"ghcr.io/acme/shop@{DIGEST}", None),
        (NAMED, f"ghcr.io/mallory/shop@{DIGEST}", "image_of_another"),
    ],
)
def test_what_may_be_shipped(environment: Any, name: str, code: str | None) -> None:
    why = image(gate_facts(environment=environment, image=name))
    assert (why.code if why else None) == code


def test_each_refusal_says_what_is_the_case_and_what_to_type() -> None:
    unknown = image(gate_facts(environment=ASKS))
    assert unknown is not None
    assert "nothing says which image aaaaaaa is" in unknown.what
    assert 'image_from: "ghcr.io/acme/shop:{sha}"' in unknown.mend
    mutable = image(gate_facts(environment=ASKS, image="acme/shop"))
    assert mutable is not None
    assert "`acme/shop` is none: it has no tag, which means `latest`." in mutable.what
    assert "by this commit (`:aaaaaaa`)" in mutable.mend


def test_no_glass_is_broken_over_it_and_a_team_s_own_jobs_are_not_asked() -> None:
    assert "image" not in BREAKABLE
    assert "image" in NOT_ASKED  # nobody knows what a job of theirs ships


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("ghcr.io/acme/shop:{sha}", f"ghcr.io/acme/shop:{HEAD}"),
        ("ghcr.io/acme/shop:sha-{short_sha}", "ghcr.io/acme/shop:sha-aaaaaaa"),
        ("localhost:5000/shop:main-{short_sha}-amd64", "localhost:5000/shop:main-aaaaaaa-amd64"),
        ("shop:{sha}", f"shop:{HEAD}"),
    ],
)
def test_whatever_the_policy_may_call_an_image_is_fixed_by_its_commit(template: str, expected: str) -> None:
    found = parse_policy(f"version: 1\nmode: active\nenvironments: {{ a: {{ image_from: '{template}' }} }}\n").policy
    assert found is not None
    name = found.environments["a"].image_of(HEAD)
    assert name == expected
    parts = read_image(name)
    assert parts is not None
    assert what_fixes(parts, HEAD) == "commit"


@pytest.mark.parametrize(
    "template",
    [
        "ghcr.io/acme/shop",
        "ghcr.io/acme/shop:latest",
        "ghcr.io/acme/{sha}:latest",
        "ghcr.io/acme/shop:main{sha}",
        "ghcr.io/acme/shop:{branch}",
        "ghcr.io/acme/shop:{sha}-{sha}",
        "ghcr.io/acme/Shop:{sha}",
        "ghcr.io/acme/shop:{sha}; rm -rf /",
        "{sha}",
    ],
)
def test_what_the_policy_may_not_call_it(template: str) -> None:
    parsed = parse_policy(f"version: 1\nmode: active\nenvironments: {{ a: {{ image_from: '{template}' }} }}\n")
    assert [error.path for error in parsed.errors] == ["environments.a.image_from"]
