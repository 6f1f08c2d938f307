"""What GitHub says of our App: does it know us, may we do what we must, is it installed, and do its webhooks reach us?"""

import re
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp

from bot.settings import Settings
from workers.doctor.environments import environment_findings
from workers.doctor.finding import Finding
from workers.github import GitHub, GitHubError, KeyUnreadable, NotFound, OwnLimits, RateLimited, Unauthorized

MANIFEST = Path(__file__).parents[2] / "app.yml"
LEVELS = ("none", "read", "write", "admin")
MOST_SKEW = 30.0  # seconds; a JWT is dated back by a minute
HOURS = 6
MOST_DELIVERIES = 300

Clock = Callable[[], float]


async def github_findings(settings: Settings, clock: Clock) -> AsyncIterator[Finding]:
    dates: list[tuple[float, str]] = []
    async with aiohttp.ClientSession(trace_configs=[_noting(dates, clock)]) as session:
        try:
            github = GitHub(
                settings.github_api_url,
                settings.app_id,
                settings.private_key,
                session=session,
                limits=OwnLimits(),
                clock=clock,
            )
        except KeyUnreadable as error:
            yield Finding(False, "The private key cannot be read.", f"{error} Download a new one there.")
            return
        yield Finding(True, "The private key is a key.")
        try:
            app = await github.app()
        except GitHubError as error:
            for found in _clock(dates):
                yield found
            yield _refused(error, settings)
            return
        for found in _clock(dates):
            yield found
        yield Finding(True, f"GitHub knows us: {app['slug']}.")
        for found in _rights(
            app, "The App", "Grant it on the App's settings page, then accept it in each installation."
        ):
            yield found
        try:
            for found in _installed(app, await github.installations()):
                yield found
            for found in _hook(await github.hook_config(), settings):
                yield found
            yield _delivered(await github.deliveries(most=MOST_DELIVERIES), clock())
            async for found in environment_findings(github):
                yield found
        except GitHubError as error:
            yield _refused(error, settings)


def _noting(dates: list[tuple[float, str]], clock: Clock) -> aiohttp.TraceConfig:
    """Notes when answers came, with the time that GitHub wrote on them."""

    async def note(_: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams) -> None:
        dates.append((clock(), ended.response.headers.get("Date", "")))

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(note)
    return trace


def _clock(dates: Sequence[tuple[float, str]]) -> list[Finding]:
    for here, there in dates[:1]:
        try:
            ahead = here - parsedate_to_datetime(there).timestamp()
        except ValueError:
            return []
        if abs(ahead) <= MOST_SKEW:
            return [Finding(True, "This machine's clock agrees with GitHub's.")]
        direction = "ahead of" if ahead > 0 else "behind"
        fix = "Let it be set by NTP (timedatectl set-ntp true): GitHub refuses what was signed at another time."
        return [Finding(False, f"This machine's clock is {abs(ahead):.0f} s {direction} GitHub's.", fix)]
    return []


def _refused(error: GitHubError, settings: Settings) -> Finding:
    if isinstance(error, Unauthorized | NotFound):
        fix = (
            "GITHUB_APP_ID must be the number on the App's settings page, the private key one of that App, GITHUB_API_URL the GitHub "
            f"where it is registered ({settings.github_api_url} is set; GitHub Enterprise Server's ends in /api/v3)."
        )
        return Finding(False, f"GitHub does not know this App by this key (status {error.status}).", fix)
    if isinstance(error, RateLimited):
        return Finding(False, f"GitHub wants to be asked less. {error}", "Wait, and ask the doctor again.")
    fix = "Is this machine online, may it reach that address, and is GITHUB_API_URL right? GitHub Enterprise Server's ends in /api/v3."
    return Finding(False, f"{settings.github_api_url} does not answer as GitHub does. {error}", fix)


@cache
def _wanted() -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """What `app.yml` asks for, each with what it is for, as the comment beside it says: permissions with their level, and events."""
    text = MANIFEST.read_text("utf-8") if MANIFEST.exists() else ""
    asked = text.partition("default_permissions:")[2]
    return re.findall(r"^  (\w+): (\w+) *# *(.*)$", asked, re.M), re.findall(r"^  - (\w+) *# *(.*)$", asked, re.M)


def _rights(holder: Mapping[str, Any], who: str, mend: str) -> list[Finding]:
    """What somebody lacks of the permissions and events that Tagboat needs, and what does not work for that."""
    permissions, events = _wanted()
    if not permissions:  # installed without app.yml: nothing to compare with
        return []
    found = []
    for name, level, purpose in permissions:
        has = str(holder["permissions"].get(name, "none"))
        if LEVELS.index(has if has in LEVELS else "none") < LEVELS.index(level):
            what = f"{who} lacks the permission `{name}: {level}` (it has {has})."
            found.append(Finding(False, what, f"What does not work without it: {purpose}. {mend}"))
    for name, purpose in events:
        if name not in holder["events"]:
            what = f"{who} does not hear the event `{name}`."
            found.append(Finding(False, what, f"What goes unheard: {purpose}. {mend}"))
    return found or [Finding(True, f"{who} has every permission and hears every event that Tagboat needs.")]


def _installed(app: Mapping[str, Any], installations: Sequence[Mapping[str, Any]]) -> list[Finding]:
    if not installations:
        fix = f"Install it where your repositories are: {app['html_url']}/installations/new"
        return [Finding(False, "The App is installed nowhere.", fix)]
    names = ", ".join(str(one["account"]["login"]) for one in installations[:10])
    found = [
        Finding(True, f"Installed {_times(len(installations))}: {names}{', …' if len(installations) > 10 else ''}.")
    ]
    for one in installations:
        who, page = f"The installation in {one['account']['login']}", one["html_url"]
        if one.get("suspended_at"):
            found.append(Finding(False, f"{who} is suspended.", f"Whoever suspended it can lift that: {page}"))
        else:
            found += [lack for lack in _rights(one, who, f"An owner accepts it at {page}") if not lack.ok]
    return found


def _hook(config: Mapping[str, Any], settings: Settings) -> list[Finding]:
    ours, theirs = f"{settings.public_url}/webhooks", str(config.get("url") or "")
    place = "on the App's settings page, under Webhook"
    found = []
    if theirs != ours:
        what = f"GitHub sends webhooks to {theirs}, and not to {ours}." if theirs else "GitHub sends no webhooks."
        found.append(Finding(False, what, f"Set the URL to {ours} {place}, or PUBLIC_URL to where Tagboat is reached."))
    if not config.get("secret"):
        found.append(
            Finding(False, "The webhook has no secret.", f"Set it to the first of GITHUB_WEBHOOK_SECRET {place}.")
        )
    if str(config.get("insecure_ssl", "0")) != "0":
        found.append(Finding(False, "GitHub does not verify our certificate.", f"Enable SSL verification {place}."))
    return found or [Finding(True, f"GitHub sends webhooks to {ours}.")]


def _delivered(deliveries: Sequence[Mapping[str, Any]], now: float) -> Finding:
    """Those that never arrived, also not when they were sent again."""
    recent = [one for one in deliveries if now - datetime.fromisoformat(one["delivered_at"]).timestamp() < HOURS * 3600]
    arrived = {one["guid"] for one in recent if 200 <= one["status_code"] < 300}
    lost = {one["guid"]: one for one in recent if one["guid"] not in arrived}  # of several attempts the first
    if not lost:
        return Finding(
            True, f"No webhook was lost in the last {HOURS} hours; GitHub sent {len({one['guid'] for one in recent})}."
        )
    kinds = Counter(f"{one['status_code']} {one['status']}".removeprefix("0 ") for one in lost.values())
    said = ", ".join(f"{kind} ({_times(number)})" for kind, number in kinds.most_common(3))
    codes = {one["status_code"] for one in lost.values()}
    fix = "GitHub must reach PUBLIC_URL from outside."
    if 401 in codes or 403 in codes:
        fix = "GITHUB_WEBHOOK_SECRET must be the secret on the App's settings page."
    elif 503 in codes:
        fix = "Redis or the database was away, or there was no secret yet: the log of `tagboat web` says which."
    elif codes & {400, 404, 405, 413, 415, 422, 500}:
        fix = "Something else listens there, or Tagboat did not understand: the log of `tagboat web` says more."
    fix += " What was lost can be sent again from the App's settings page, under Advanced."
    many = "1 webhook" if len(lost) == 1 else f"{len(lost)} webhooks"
    return Finding(False, f"Lost in the last {HOURS} hours: {many}, {said}.", fix)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")
