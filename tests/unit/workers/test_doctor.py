"""`tagboat doctor` on a world where all is well, and on one that is broken in each way that it knows."""

import socket
import sqlite3
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from aiohttp import web

from sandbox.github.accounts import App
from tests.opening import open_world
from tests.unit.workers.local_github import Clock, LocalGitHub, answering, keys, serving
from tests.world import World
from workers.doctor import Finding, examine

MANIFEST: Mapping[str, Any] = yaml.safe_load((Path(__file__).parents[3] / "app.yml").read_text("utf-8"))


@pytest.fixture
async def world(empty_redis_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(empty_redis_url, tmp_path) as opened:
        app = the_app(opened)
        installation = next(iter(opened.github.installations.values()))
        for holder in (app, installation):
            holder.permissions = dict(MANIFEST["default_permissions"])
            holder.events = list(MANIFEST["default_events"])
        await opened.advance(1)
        yield opened


def the_app(world: World) -> App:
    return next(app for app in world.github.apps.values() if app.slug == "tagboat")


def environ(world: World, **changes: str) -> dict[str, str]:
    settings = world.settings
    return {
        "GITHUB_APP_ID": settings.app_id,
        "GITHUB_PRIVATE_KEY": settings.private_key,
        "GITHUB_WEBHOOK_SECRET": ",".join(settings.webhook_secrets),
        "GITHUB_API_URL": settings.github_api_url,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "PUBLIC_URL": settings.public_url,
        "TAGBOAT_STATE_DIR": str(settings.state_dir),
        **changes,
    }


async def findings(world: World, **changes: str) -> list[Finding]:
    found = [finding async for finding in examine(environ(world, **changes), world.github.now)]
    said = "\n".join(f"{finding.what} {finding.fix}" for finding in found)
    assert world.settings.webhook_secrets[0] not in said
    assert "PRIVATE KEY" not in said
    return found


async def broken(world: World, **changes: str) -> list[str]:
    found = [finding for finding in await findings(world, **changes) if not finding.ok]
    assert all(finding.fix for finding in found), "each says how to mend it"
    return [f"{finding.what} {finding.fix}" for finding in found]


async def test_what_releases_are_judged_by(world: World) -> None:
    github = world.github.url
    targets = f"shop-prod={github}/service/production/$track plain={github} gone=http://shop.invalid closed=http://127.0.0.1:1"
    sound = {"PROMETHEUS_URL": f"{github}/prometheus", "PROBE_TARGETS": targets}
    others = {"PROMETHEUS_SERVERS": f"eu=http://u:s3cr3t@127.0.0.1:1 wrong={github}"}
    found = await findings(world, **sound, **others)
    said = {
        finding.what: finding.ok for finding in found if "SLI server" in finding.what or "probe target" in finding.what
    }
    assert said == {
        "The SLI server prometheus answers.": True,
        "The SLI server eu cannot be used: provider: Prometheus: cannot be reached (ClientConnectorError).": False,
        "The SLI server wrong cannot be used: provider: Prometheus: answered 404.": False,
        "The probe target shop-prod, canary, is reached; it answered 404.": True,
        "The probe target shop-prod, baseline, is reached; it answered 404.": True,
        "The probe target plain, is reached; it answered 200.": True,
        "The probe target gone, is not reached: the probe does not get there (ClientConnectorDNSError).": False,
        "The probe target closed, refused the connection.": False,
    }
    assert all("s3cr3t" not in finding.what + finding.fix for finding in found)
    (none,) = [finding for finding in await findings(world) if "SLIs" in finding.what]
    assert none.ok
    (bad,) = await broken(world, PROBE_TARGETS="shop-prod")
    assert "PROBE_TARGETS cannot be read" in bad


async def test_a_healthy_tagboat(world: World) -> None:
    found = await findings(world)
    assert [finding.what for finding in found if not finding.ok] == []
    said = "\n".join(finding.what for finding in found)
    for part in (
        "Settings",
        "key",
        "knows us: tagboat",
        "every permission",
        "Installed once: harbour",
        "webhooks to",
        "No webhook was lost",
    ):
        assert part in said
    for part in ("Redis answers", "tables are up to date", "The clock ticks", "Tagboat answers at"):
        assert part in said


async def test_each_missing_permission_says_what_does_not_work(world: World) -> None:
    app = the_app(world)
    app.permissions = {**app.permissions, "checks": "read", "statuses": "none"}
    app.events = [event for event in app.events if event != "issue_comment"]
    missing = await broken(world)
    assert len(missing) == 3
    assert "lacks the permission `checks: write` (it has read). " in missing[0]
    assert "the live rollout as a check run with buttons" in missing[0]
    assert "lacks the permission `statuses: write` (it has none). " in missing[1]
    assert "does not hear the event `issue_comment`. What goes unheard: slash commands" in missing[2]


async def test_an_installation_that_has_not_accepted_what_the_app_asks_for(world: World) -> None:
    installation = next(iter(world.github.installations.values()))
    installation.permissions = {**installation.permissions, "deployments": "read"}
    (missing,) = await broken(world)
    assert "The installation in harbour lacks the permission `deployments: write`" in missing
    assert f"settings/installations/{installation.id}" in missing


async def test_a_suspended_installation(world: World) -> None:
    next(iter(world.github.installations.values())).suspended_at = world.github.now()
    assert "The installation in harbour is suspended." in (await broken(world))[0]


async def test_installed_nowhere(world: World) -> None:
    world.github.installations.clear()
    assert "installed nowhere. Install it where your repositories are: " in (await broken(world))[0]


async def test_another_app_or_key(world: World) -> None:
    (refused,) = await broken(world, GITHUB_APP_ID="999999")
    assert "GitHub does not know this App by this key" in refused
    (refused,) = await broken(world, GITHUB_PRIVATE_KEY=keys()[0])
    assert "GitHub does not know this App by this key" in refused


async def test_a_key_that_is_none(world: World) -> None:
    pem = "-----BEGIN RSA PRIVATE KEY-----\nbm9uc2Vuc2U=\n-----END RSA PRIVATE KEY-----"
    (refused,) = await broken(world, GITHUB_PRIVATE_KEY=pem)
    assert refused.startswith("The private key cannot be read.")
    assert "bm9uc2Vuc2U" not in refused


async def test_settings_that_cannot_be_used(world: World) -> None:
    (refused,) = await broken(world, GITHUB_APP_ID="")
    assert "GITHUB_APP_ID missing" in refused
    (refused,) = await broken(world, GITHUB_APP_ID="", GITHUB_PRIVATE_KEY="", GITHUB_WEBHOOK_SECRET="")
    assert "There are no App credentials" in refused


async def test_webhooks_that_go_elsewhere(world: World) -> None:
    hook = the_app(world).hook
    hook.url, hook.secret, hook.insecure_ssl = "https://old.example/webhooks", "", "1"
    elsewhere, unsigned, unverified = await broken(world)
    assert (
        f"GitHub sends webhooks to https://old.example/webhooks, and not to {world.settings.public_url}/webhooks."
        in elsewhere
    )
    assert "no secret" in unsigned
    assert "verif" in unverified
    hook.url = ""
    assert "GitHub sends no webhooks." in (await broken(world))[0]


async def test_webhooks_that_were_lost(world: World) -> None:
    hook, hooks = the_app(world).hook, world.github.hooks
    hook.secret, right = "another secret", hook.secret
    await world.people.open_issue("alice", "Hello")
    await hooks.flush()
    (lost,) = await broken(world)
    assert lost.startswith("Lost in the last 6 hours: 1 webhook, 401")
    assert "GITHUB_WEBHOOK_SECRET must be the secret on the App's settings page." in lost

    hook.secret = right
    for delivery in [one for one in hooks.sent(the_app(world)) if one.failed]:
        hooks.redeliver(delivery.id)
    await hooks.flush()
    assert await broken(world) == [], "what was sent again and arrived is not lost"


async def test_webhooks_that_nobody_took(world: World) -> None:
    hook = the_app(world).hook
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hook.url, right = f"http://127.0.0.1:{closed.getsockname()[1]}/webhooks", hook.url
        await world.people.open_issue("alice", "Hello")
        await world.github.hooks.flush()
    hook.url = right
    (lost,) = await broken(world)
    assert "GitHub must reach PUBLIC_URL from outside." in lost
    await world.github.clock.advance(7 * 3600)
    assert not any("Lost" in found for found in await broken(world)), "that is long ago"


async def test_redis_that_does_not_answer(world: World) -> None:
    (refused,) = await broken(world, REDIS_URL="redis://:hunter2secret@127.0.0.1:1/0")
    assert refused.startswith("Redis does not answer:")
    assert "hunter2secret" not in refused
    (refused,) = await broken(world, REDIS_URL="http://127.0.0.1/")
    assert refused.startswith("Redis does not answer: Redis URL must specify")


async def test_a_redis_that_throws_away(world: World) -> None:
    with redis.Redis.from_url(world.settings.redis_url) as server:
        server.config_set("maxmemory-policy", "allkeys-lru")
        try:
            assert "(allkeys-lru). Set maxmemory-policy to noeviction" in (await broken(world))[0]
        finally:
            server.config_set("maxmemory-policy", "noeviction")


async def test_a_clock_that_differs_from_that_of_redis(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workers.doctor.surroundings.time", lambda: time.time() - 40)
    (skewed,) = await broken(world)
    assert skewed.startswith("This machine's clock is 40 s behind the Redis server's.")
    assert "NTP" in skewed


async def test_no_redis_named(world: World) -> None:
    found = await findings(world, REDIS_URL="")
    assert any("`tagboat run` brings a server of its own" in finding.what for finding in found)
    assert all(finding.ok for finding in found)


async def test_a_database_that_is_not_there_yet_is_not_made(world: World, tmp_path: Path) -> None:
    found = await findings(world, DATABASE_URL=f"sqlite:///{tmp_path}/new/tagboat.db")
    assert any(finding.what == "There is no database yet; the first start makes it." for finding in found)
    assert not (tmp_path / "new").exists()


async def test_a_database_of_another_version(world: World, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "tagboat.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0000'")
    database.close()
    (refused,) = await broken(world)
    assert refused.startswith("The tables in the database are of version 0000; this Tagboat is made for ")


async def test_a_database_that_does_not_answer(world: World, tmp_path: Path) -> None:
    (refused,) = await broken(world, DATABASE_URL="postgresql://tagboat:hunter2secret@127.0.0.1:1/tagboat")
    assert refused.startswith("The database does not answer:")
    assert "hunter2secret" not in refused
    (tmp_path / "text.db").write_text("This is not a database. " * 100)
    assert (await broken(world, DATABASE_URL=f"sqlite:///{tmp_path}/text.db"))[0].startswith("The database does not")


async def test_a_clock_that_stopped(world: World) -> None:
    await world.github.clock.advance(300)
    (stopped,) = await broken(world, TICK_SECONDS="15")
    assert stopped.startswith("The clock last ticked 30")
    with sqlite3.connect(world.settings.state_dir / "tagboat.db") as database:
        database.execute("DELETE FROM cursors")
    database.close()
    assert (await broken(world))[0].startswith("No clock has ever ticked.")


async def test_an_address_where_nobody_or_something_else_answers(world: World) -> None:
    the_app(world).hook.url = "http://127.0.0.1:1/webhooks"
    (nobody,) = await broken(world, PUBLIC_URL="http://127.0.0.1:1")
    assert nobody.startswith("Nobody answers at http://127.0.0.1:1/healthz")
    the_app(world).hook.url = f"{world.github.url}/webhooks"
    (other,) = await broken(world, PUBLIC_URL=world.github.url)
    assert other.startswith(f"Something else than Tagboat answers at {world.github.url}/healthz")


@pytest.mark.parametrize("address", ["http://localhost:8000", "http://192.168.1.5", "http://[::1]:8000"])
async def test_an_address_that_github_cannot_know(world: World, address: str) -> None:
    """GitHub itself is asked first, and does not answer here."""
    offline, unreachable = await broken(world, GITHUB_API_URL="https://api.github.invalid", PUBLIC_URL=address)
    assert unreachable.startswith(f"PUBLIC_URL is {address}, where GitHub cannot send webhooks.")
    assert offline.startswith("https://api.github.invalid does not answer as GitHub does.")
    assert "Is this machine online" in offline


@pytest.mark.parametrize(("ahead", "words"), [(120, "120 s ahead of"), (-300, "300 s behind"), (5, "")])
async def test_a_clock_that_differs_from_githubs(world: World, ahead: float, words: str) -> None:
    clock = Clock(time.time() + ahead)
    local = LocalGitHub(clock)
    async with serving(local.answer) as url:
        local.on("GET", "/app", answering({"slug": "tagboat", "permissions": {}, "events": [], "html_url": url}))
        given = environ(world, GITHUB_API_URL=url, GITHUB_APP_ID="123", GITHUB_PRIVATE_KEY=keys()[0])
        found = [finding async for finding in examine(given, clock)]
    skew = [finding for finding in found if "clock" in finding.what and "GitHub" in finding.what]
    assert [finding.ok for finding in skew] == [not words]
    assert words.split(" s ")[-1] in skew[0].what


async def test_something_else_at_githubs_address(world: World) -> None:
    async def page(_: Any) -> web.Response:
        return web.Response(text="<html>Welcome to nginx!</html>", content_type="text/html")

    async with serving(page) as url:
        *_, refused = await broken(world, GITHUB_API_URL=url)  # the first is about its clock
    assert refused.startswith(f"{url} does not answer as GitHub does.")


async def test_reviewers_of_githubs_environment_are_good_to_know(world: World) -> None:
    await world.people.protect_environment("carol", "production", reviewers=("bob",), wait_timer=5)
    await world.people.protect_environment("carol", "elsewhere", reviewers=("bob",))
    (found,) = [it for it in await findings(world) if "environment" in it.what]
    assert found.ok
    assert "production wants a wait of 5 min and an approval of bob" in found.what
    assert "environment: production" in found.fix
