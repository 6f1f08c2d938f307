"""Who sees the page of a repository, and that nobody else learns even that there is one."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from bot.app import create_app
from bot.decision import Audit, Decision
from bot.reasons import CODES
from bot.settings import SettingsError, read_settings
from bot.subject import Repo, command
from tests.unit.web.conftest import NOW, Receiver, client_of

PASSWORD = "a password of some length"
PUBLIC = Repo(1, "harbour", "shop", 7, private=False)
PRIVATE = Repo(2, "harbour", "vault", 7, private=True)


async def look(receiver: Receiver, path: str, *, user: str = "", password: str = "") -> tuple[int, bytes]:
    """What somebody gets who says `user` (`name:password`), from a Tagboat whose operator set `password`."""
    settings = replace(receiver.settings, pages_password=password)
    said = {"authorization": f"Basic {base64.b64encode(user.encode()).decode()}"} if user else {}
    async with client_of(create_app(settings, receiver.store, receiver.queue, clock=lambda: NOW)) as http:
        answer = await http.get(path, headers=said)
    assert answer.headers["cache-control"] == "no-store"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    return answer.status_code, answer.content


@pytest.fixture
async def known(receiver: Receiver) -> Receiver:
    for repo in (PUBLIC, PRIVATE):
        await receiver.store.remember_repo(repo, NOW)
    return receiver


async def test_a_public_repository_has_a_page_for_everybody(known: Receiver) -> None:
    status, content = await look(known, "/Harbour/SHOP")
    assert status == 200
    assert b"No environment is known" in content
    assert b"has never given a sign of life" in content
    assert (await look(known, "/harbour/shop", password=PASSWORD))[0] == 200


async def test_what_was_refused_is_counted_and_leads_to_what_it_means(known: Receiver) -> None:
    assert b"Refused in the last" not in (await look(known, "/harbour/shop"))[1]
    for at in (NOW - 31 * 86400, NOW - 7200, NOW - 60):
        subject = command(PUBLIC.id, f"comment-{at}")
        line = Audit(
            "bob", "/deploy", "checks_red<b>" if at == NOW - 7200 else "checks_failed", "No.", environment="<i>"
        )
        await known.store.commit(subject, await known.store.load(subject), Decision("{}", audit=(line, line)), at)
    content = (await look(known, "/harbour/shop"))[1].decode()
    table = content.partition("Refused in the last 30 days")[2].partition("</section>")[0]
    assert '<a href="/reasons#checks_failed"><code>checks_failed</code></a></td><td>&lt;i&gt;</td><td>2×</td>' in table
    assert "checks_red" not in table  # no reason code


async def test_every_reason_code_is_told_to_everybody(known: Receiver) -> None:
    async with client_of(create_app(known.settings, known.store, known.queue, clock=lambda: NOW)) as http:
        answer = await http.get("/reasons")
    assert answer.status_code == 200
    for code in CODES:
        assert answer.text.count(f'<dt id="{code}">') == 1, code
    assert "](" not in answer.text


async def test_a_private_one_cannot_be_told_from_one_that_is_not_there(known: Receiver) -> None:
    for password, status in (("", 404), (PASSWORD, 401)):
        for user in ("", "me:", "me:wrong", f"{PASSWORD}:"):
            answers = {await look(known, path, user=user, password=password) for path in ("/harbour/vault", "/no/such")}
            assert [code for code, _ in answers] == [status], (password, user)


async def test_the_operators_people_see_it(known: Receiver) -> None:
    assert (await look(known, "/harbour/vault", user=f"me:{PASSWORD}", password=PASSWORD))[0] == 200
    assert (await look(known, "/no/such", user=f"me:{PASSWORD}", password=PASSWORD))[0] == 404


@pytest.mark.parametrize("path", ["/harbour/%27%3B--", "/har%20bour/shop", "/harbour/%00", "/%F0%9F%9A%80/shop"])
async def test_names_that_are_none_lead_nowhere(known: Receiver, path: str) -> None:
    assert (await look(known, path))[0] == 404


async def test_nonsense_for_a_password_is_no_password(known: Receiver) -> None:
    settings = replace(known.settings, pages_password=PASSWORD)
    async with client_of(create_app(settings, known.store, known.queue, clock=lambda: NOW)) as http:
        for said in ("Basic", "Basic !!!", "Bearer x", "Basic " + base64.b64encode(b"no colon").decode()):
            answer: Any = await http.get("/harbour/vault", headers={"authorization": said})
            assert answer.status_code == 401


def test_a_password_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(SettingsError, match="PAGES_PASSWORD has 6 characters"):
        read_settings({"PAGES_PASSWORD": "secret"})
