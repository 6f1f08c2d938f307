"""Which names of images always mean the same image, and whether that is the one of this commit."""

from typing import Any

import pytest

from bot.versions.images import LONGEST, Image, read_image, what_fixes

SHA = "1f3a9c2e" + "0" * 32
DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("shop", ("shop", "", "")),
        ("acme/shop:1.2.3", ("acme/shop", "1.2.3", "")),
        ("ghcr.io/acme/shop:1.2.3", ("ghcr.io/acme/shop", "1.2.3", "")),
        ("localhost:5000/i", ("localhost:5000/i", "", "")),  # a port, no tag
        ("localhost:5000/i:v1", ("localhost:5000/i", "v1", "")),
        ("Registry.Example.com:443/a/b_c/d-e:x", ("Registry.Example.com:443/a/b_c/d-e", "x", "")),
        (f"i:latest@{DIGEST}", ("i", "latest", DIGEST)),
        (f"ghcr.io/acme/shop@{DIGEST}", ("ghcr.io/acme/shop", "", DIGEST)),
    ],
)
def test_a_name_is_taken_apart_as_registries_do(text: str, parts: Any) -> None:
    assert read_image(text) == Image(*parts)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":latest",
        "acme/Shop:1",  # upper-case in a path
        "https://ghcr.io/acme/shop:1",
        "shop:1.2.3+build",  # SemVer, and no tag
        "shop:",
        "shop@",
        "shop@sha256:abc",
        f"shop@{DIGEST}0",
        "shop: 1",
        "shop:1;rm -rf",
        "shop:$(id)",
        "shop:" + "x" * 129,
        "-shop:1",
        "shop/",
        "a//b:1",
        "shop:1\n",
        "a/" * 300 + "b",
    ],
)
def test_what_is_no_name_of_an_image(text: str) -> None:
    assert read_image(text) is None


@pytest.mark.parametrize(
    ("tag", "fixed"),
    [
        ("", "no tag"),
        ("latest", "tag"),
        ("main", "tag"),
        ("v1", "tag"),
        ("1.2", "tag"),
        ("1", "tag"),
        ("stable-alpine", "tag"),
        ("01.2.3", "tag"),
        # The commit: whole, short, and as a part of what builds put around it.
        (SHA, "commit"),
        (SHA[:7], "commit"),
        (f"sha-{SHA[:7]}", "commit"),
        (f"main-{SHA[:7]}-1234", "commit"),
        (f"v1.2.3-14-g{SHA[:8]}", "commit"),
        (f"latest-{SHA[:12]}", "commit"),
        (SHA[:6], "tag"),  # too short to be told from anything else
        (f"main{SHA[:7]}", "tag"),
        ("2" * 40, "tag"),
        ("abcdef1", "other commit"),
        ("sha-abcdef1", "other commit"),
        (SHA[:7] + "f", "other commit"),
        # Versions.
        ("1.2.3", "version"),
        ("v1.2.3", "version"),
        ("1.2.3-rc.1", "version"),
        ("1.2.3-abcdef1", "version"),
        ("1.2.3-SNAPSHOT", "tag"),
        ("1.2.3-latest", "tag"),
        ("1.2.3.4", "tag"),
        # Dates: days that there are.
        ("20261001", "date"),
        ("20261001-2", "date"),
        ("202610011530", "date"),
        ("20261001153000", "date"),
        ("2026-10-01", "date"),
        ("2026.10.01", "date"),
        ("2026-10-01T15-30", "date"),
        ("v2026.10.01.1", "date"),
        ("2024-02-29", "date"),
        ("2026-02-29", "tag"),
        ("20261301", "tag"),
        ("2026-10.01", "tag"),
        ("2026-10-01-latest", "tag"),
        ("2026.1.5", "version"),
        ("202610", "tag"),
        ("2026100", "tag"),
    ],
)
def test_what_makes_a_tag_mean_one_image_for_ever(tag: str, fixed: str) -> None:
    assert what_fixes(Image("ghcr.io/acme/shop", tag), SHA) == fixed


def test_eight_digits_are_the_commit_where_they_are_its_beginning() -> None:
    assert what_fixes(Image("i", "20261301"), "20261301" + "a" * 32) == "commit"


def test_a_digest_counts_whatever_the_tag_says() -> None:
    assert what_fixes(Image("i", "latest", DIGEST), SHA) == "digest"


def test_a_hostile_name_takes_no_time() -> None:
    assert read_image("a" * LONGEST + "!") is None
    assert read_image("a-" * (LONGEST // 2 - 1)) is None
    assert read_image("a." * 100 + ":5000/") is None
