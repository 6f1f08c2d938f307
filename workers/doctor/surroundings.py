"""What Tagboat stands on besides GitHub: Redis, the database with its clock, and the address under which it is reached."""

from ipaddress import ip_address
from pathlib import Path
from time import time
from urllib.parse import urlsplit

import aiohttp
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from bot.settings import Settings
from bot.store import StoreUnreachable, make_engine
from bot.store.engine import reading, revisions
from bot.store.reads import cursor
from workers.clock import LAST_TICK
from workers.doctor.finding import Finding
from workers.worker import MOST_SKEW

ANSWER_SECONDS = 10.0


def redis_findings(settings: Settings) -> list[Finding]:
    own = settings.state_dir / "valkey" / "valkey.sock"
    if not settings.redis_url and not own.exists():
        fix = "Where web, worker and clock are started one by one, REDIS_URL must name a server."
        return [Finding(True, "No Redis is named: `tagboat run` brings a server of its own.", fix)]
    url = settings.redis_url or f"unix://{own}"
    mend = "REDIS_URL must name a Redis or Valkey that runs and may be reached from here."
    try:
        with redis.Redis.from_url(
            url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=5, retry=Retry(NoBackoff(), 0)
        ) as asked:
            policy = asked.info("memory").get("maxmemory_policy", "noeviction")
            before = time()
            seconds, microseconds = asked.time()
            ahead = (before + time()) / 2 - (seconds + microseconds / 1e6)
    except (redis.RedisError, ValueError, OSError) as error:
        return [Finding(False, f"Redis does not answer: {error}", mend)]
    if policy != "noeviction":
        fix = "Set maxmemory-policy to noeviction: the queue is no cache."
        found = [Finding(False, f"Redis throws entries away when it is full ({policy}).", fix)]
    else:
        found = [Finding(True, "Redis answers.")]
    if abs(ahead) > MOST_SKEW:
        direction = "ahead of" if ahead > 0 else "behind"
        fix = "Let both be set by NTP (timedatectl set-ntp true): the locks of several machines are timed by their clocks."
        found.append(Finding(False, f"This machine's clock is {abs(ahead):.0f} s {direction} the Redis server's.", fix))
    return found


def database_findings(settings: Settings, now: float) -> list[Finding]:
    """Nothing is made or changed: neither the file of a database nor its tables."""
    try:
        place = make_url(settings.database_url)
        if place.get_backend_name() == "sqlite" and not Path(place.database or "").exists():
            return [Finding(True, "There is no database yet; the first start makes it.")]
        engine = make_engine(settings.database_url)
        try:
            with reading(engine) as connection:
                there, wanted = revisions(connection)
                tick = cursor(connection, LAST_TICK) if there == wanted else None
        finally:
            engine.dispose()
    except (StoreUnreachable, SQLAlchemyError, ValueError, OSError) as error:
        fix = "DATABASE_URL must name one that runs, with its user and password."
        return [Finding(False, f"The database does not answer: {error}", fix)]
    if there is None:
        return [Finding(True, "The database is empty; the first start makes its tables.")]
    if there != wanted:
        fix = "Every start brings them up to date: start Tagboat again. If that changes nothing, a newer Tagboat has made them."
        return [
            Finding(
                False, f"The tables in the database are of version {there}; this Tagboat is made for {wanted}.", fix
            )
        ]
    return [Finding(True, "The database answers, and its tables are up to date."), _ticked(tick, settings, now)]


def _ticked(tick: str | None, settings: Settings, now: float) -> Finding:
    if tick is None:
        return Finding(False, "No clock has ever ticked.", "Start `tagboat clock`, or `tagboat run`, which has one.")
    age = now - float(tick)
    if age > max(60.0, 4 * settings.tick_seconds):
        return Finding(
            False,
            f"The clock last ticked {age:.0f} s ago.",
            "Start `tagboat clock` again: without it nothing moves on by itself.",
        )
    return Finding(True, f"The clock ticks (last {max(age, 0):.0f} s ago).")


async def public_finding(settings: Settings) -> Finding:
    page = f"{settings.public_url}/healthz"
    if _is_here(settings.public_url) and settings.has_app and not _is_here(settings.github_api_url):
        fix = "Set PUBLIC_URL to the https:// address under which GitHub reaches this Tagboat; on a laptop that is a tunnel's."
        return Finding(False, f"PUBLIC_URL is {settings.public_url}, where GitHub cannot send webhooks.", fix)
    try:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as session, session.get(page) as answer:
            if answer.status == 200 and (await answer.text()).strip() == "alive":
                return Finding(True, f"Tagboat answers at {page}.")
            what = f"Something else than Tagboat answers at {page} (status {answer.status})."
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        what = f"Nobody answers at {page}: {str(error) or type(error).__name__}"
    return Finding(
        False, what, "Start `tagboat run` or `tagboat web`; PUBLIC_URL must lead to it, through every proxy on the way."
    )


def _is_here(url: str) -> bool:
    """Whether an address is one that only this machine or its network knows."""
    host = urlsplit(url).hostname or ""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith((".localhost", ".local"))
