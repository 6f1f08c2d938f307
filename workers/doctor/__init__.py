"""`tagboat doctor`: is everything there that Tagboat needs, does GitHub agree, and how is mended what is not?

It only looks, and it never shows a secret. What cannot be asked because something before it is broken is left out, not guessed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

from bot.settings import Settings, SettingsError, read_settings
from workers.doctor.finding import Finding
from workers.doctor.github import Clock, github_findings
from workers.doctor.servers import server_findings
from workers.doctor.surroundings import database_findings, public_finding, redis_findings
from workers.logs import without_secrets

__all__ = ["Finding", "examine"]


async def examine(environ: Mapping[str, str], clock: Clock = time.time) -> AsyncIterator[Finding]:
    """Everything, one finding after the other as it is known."""
    try:
        settings = read_settings(environ)
    except SettingsError as error:
        yield Finding(False, "The settings cannot be used.", str(error))
        return
    hidden = {
        settings.private_key,
        *settings.webhook_secrets,
        _password(settings.database_url),
        _password(settings.redis_url),
        *map(_password, (*settings.sli_servers.values(), *settings.probe_targets.values())),
    }
    async for found in _everything(settings, clock):
        yield Finding(found.ok, _without(hidden, found.what), _without(hidden, found.fix))


async def _everything(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    if settings.has_app:
        yield Finding(True, f"Settings: App {settings.app_id} on {settings.github_api_url}.")
        async for found in github_findings(settings, clock):
            yield found
    else:
        yield Finding(
            False,
            "There are no App credentials, so nothing connects Tagboat with GitHub.",
            "Set GITHUB_APP_ID, GITHUB_PRIVATE_KEY (or GITHUB_PRIVATE_KEY_PATH) and GITHUB_WEBHOOK_SECRET. Without them `tagboat run` "
            "plays in the sandbox.",
        )
    for found in await asyncio.to_thread(redis_findings, settings):
        yield found
    for found in await asyncio.to_thread(database_findings, settings, clock()):
        yield found
    yield await public_finding(settings)
    async for found in server_findings(settings):
        yield found


def _password(url: str) -> str:
    return urlsplit(url).password or ""


def _without(hidden: set[str], text: str) -> str:
    for secret in filter(None, hidden):
        text = text.replace(secret, "[secret]")
    return str(without_secrets(text))
