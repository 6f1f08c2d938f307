"""Health by an HTTP probe: does what serves answer a request as something healthy does?

A repository names a target and a path; where the target is, only the operator's settings say, and whatever a path or an answer says, no
other machine is asked. `$track` in a target's address leads to the candidate's instances or to the baseline's; without it a probe sees the
service as its users do. An unhealthy answer is one thing, not getting through from here another: a name that does not resolve, a
certificate, a route, a network that swallows packets may be our own trouble, and is an error, which never speaks against a release.
"""

import asyncio
import errno
from collections.abc import Sequence
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

import aiohttp
import yarl

from bot.policy.slis import Slis
from bot.rollout.evidence import Query, Reading, Track
from workers.sli.source import BOTH, TRACKS, Measured, Source, authorization

CONNECT_WAIT, ANSWER_WAIT = 3.0, 5.0
MOST_REDIRECTS = 3
HERE = "$track"

NOT_ABOUT_HEALTH = {
    401: "wants credentials",
    403: "forbids the probe",
    407: "is behind a proxy that wants credentials",
    429: "has been asked too often",
}
"""Answers about who asks, not about who answers."""


class NotAsked(Exception):  # noqa: N818 - it is read aloud in `except NotAsked`
    """A sentence about why nothing was learned, from what `kind` of trouble: the policy's, or on the way."""

    def __init__(self, kind: str, why: str) -> None:
        super().__init__(f"{kind}: {why}")


async def read(
    source: Source,
    slis: Slis,
    queries: Sequence[Query],
    *,
    since: float,
    now: float,
    tracks: Sequence[Track] = BOTH,
) -> Measured:
    """One probe per track; one in all where the target knows no tracks, which is about whatever serves: the first of `tracks`.

    A reading counts one request, good or not, made `now`. See `workers.sli.source.Provider`.
    """
    wanted = tracks if HERE in source.url else tracks[:1]
    readings = await asyncio.gather(
        *(_reading(source, slis, query.key, track, now) for query in queries for track in wanted)
    )
    return Measured(tuple(readings))


async def _reading(source: Source, slis: Slis, key: str, track: Track, now: float) -> Reading:
    try:
        if slis.health is None:
            raise NotAsked("query", "the policy describes no probe")
        path = slis.health.probe.path
        healthy, seen = await ask(source, address(source.url.replace(HERE, TRACKS[track]), path))
        return Reading(key, track, float(healthy), 1.0, now, note=f"{path.partition('?')[0]} {seen}")
    except NotAsked as error:
        return Reading(key, track, 0.0, 0.0, now, error=str(error))


def address(target: str, path: str) -> str:
    """The path below a target's address, whatever the path says. Raises NotAsked for one that might lead out of it."""
    asked, _, query = path.partition("?")
    plain = asked
    for _ in range(3):  # somebody on the way may decode more than once
        plain = unquote(plain)
    segments = plain.split("/")
    if (
        not asked.startswith("/")
        or {".", ".."} & set(segments)
        or "" in segments[1:-1]
        or not plain.isprintable()
        or "\\" in plain
    ):
        raise NotAsked("query", "the probe's path is none that can be asked for")
    parts = urlsplit(target)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/") + asked, query, ""))


async def ask(source: Source, url: str) -> tuple[bool, str]:
    """Whether it is healthy, and what was seen of it. Follows redirects on the same host only. Raises NotAsked."""
    for _ in range(MOST_REDIRECTS + 1):
        status, onward = await _answer(source, url)
        if status is None:
            return False, onward
        if not 300 <= status < 400:
            break
        there = urljoin(url, onward)
        if not onward or urlsplit(there)[:2] != urlsplit(url)[:2]:
            raise NotAsked("provider", f"the probe is redirected elsewhere ({status}), which is not followed")
        url = there
    else:
        raise NotAsked("provider", "the probe is redirected in circles")
    if status in NOT_ABOUT_HEALTH:
        raise NotAsked("provider", f"the probe's target {NOT_ABOUT_HEALTH[status]} ({status})")
    return 200 <= status < 300, f"answered {status}"


async def _answer(source: Source, url: str) -> tuple[int | None, str]:
    """The status, with where a redirect leads; None with what happened instead where it was reached and gave no answer."""
    headers = {"accept": "*/*", "user-agent": "tagboat", "connection": "close", **authorization(source.url)}
    timeout = aiohttp.ClientTimeout(total=CONNECT_WAIT + ANSWER_WAIT, sock_connect=CONNECT_WAIT, sock_read=ANSWER_WAIT)
    try:
        asked = source.session.get(yarl.URL(url, encoded=True), headers=headers, allow_redirects=False, timeout=timeout)
        async with asked as response:
            response.close()  # the status says it all, and nobody knows how much would follow
            return response.status, response.headers.get("location", "")
    except aiohttp.SocketTimeoutError:
        return None, f"gave no answer within {ANSWER_WAIT:g} s"
    except (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError):
        return None, "closed the connection without an answer"
    except aiohttp.ClientConnectorError as error:
        if getattr(getattr(error, "os_error", None), "errno", None) == errno.ECONNREFUSED:
            return None, "refused the connection"
        raise _not_there(error) from None
    except aiohttp.ClientResponseError:
        return None, "answered with something that is not HTTP"
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ECONNRESET, errno.EPIPE):
            return None, "closed the connection without an answer"
        raise _not_there(error) from None


def _not_there(error: Exception) -> NotAsked:
    return NotAsked("provider", f"the probe does not get there ({type(error).__name__})")
