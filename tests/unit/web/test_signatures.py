"""GitHub's own example of a signature, and what must not count as one."""

import pytest

from bot.web.signatures import is_signed, sign

# From "Validating webhook deliveries" in GitHub's documentation, which publishes these values to test against.
SECRET, BODY = b"It's a Secret to Everybody", b"Hello, World!"
SIGNATURE = b"sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


def test_github_s_published_example() -> None:
    assert sign(SECRET, BODY) == SIGNATURE
    assert is_signed(BODY, SIGNATURE, [SECRET])


@pytest.mark.parametrize("secrets", [[SECRET, b"x"], [b"x", SECRET], [b"", SECRET, b"x"]])
def test_any_of_the_secrets_will_do(secrets: list[bytes]) -> None:
    assert is_signed(BODY, SIGNATURE, secrets)


@pytest.mark.parametrize(
    "signature", [b"", b"sha256=", SIGNATURE[:-1], SIGNATURE.upper(), SIGNATURE + b" ", SIGNATURE[7:], b"\xff" * 71]
)
def test_what_is_not_the_signature(signature: bytes) -> None:
    assert not is_signed(BODY, signature, [SECRET])


def test_no_secret_and_an_empty_one_sign_nothing() -> None:
    assert not is_signed(BODY, sign(b"", BODY), [])
    assert not is_signed(BODY, sign(b"", BODY), [b""])
