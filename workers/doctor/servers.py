"""What releases are judged by: does each server for SLIs answer as Prometheus does, and is each target of health probes reached from here?"""

from collections.abc import AsyncIterator

import aiohttp

from bot.settings import Settings
from workers.doctor.finding import Finding
from workers.sli import Source
from workers.sli.probe import HERE, NotAsked, ask
from workers.sli.prometheus import Failed, reaches
from workers.sli.source import TRACKS


async def server_findings(settings: Settings) -> AsyncIterator[Finding]:
    """Of each name that the settings define, in order. Nothing is asked of a target but its own address."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        if not settings.sli_servers:
            fix = "Set PROMETHEUS_URL. Without it nothing is measured, and each step of a rollout asks for /promote."
            yield Finding(True, "No server for SLIs is named.", fix)
        for name, url in settings.sli_servers.items():
            yield await _server(name, Source(url, session))
        for name, url in settings.probe_targets.items():
            for track in TRACKS.values() if HERE in url else ("",):
                yield await _target(name, track, Source(url.replace(HERE, track), session))


async def _server(name: str, source: Source) -> Finding:
    variable = "PROMETHEUS_URL" if name == "prometheus" else "PROMETHEUS_SERVERS"
    try:
        await reaches(source)
    except Failed as failed:
        fix = f"{variable} must lead to a Prometheus that workers may reach, with its path prefix, user and password if it has them."
        return Finding(False, f"The SLI server {name} cannot be used: {failed}.", fix)
    return Finding(True, f"The SLI server {name} answers.")


async def _target(name: str, track: str, source: Source) -> Finding:
    where = f"The probe target {name}" + (f", {track}" if track else "")
    try:
        _, seen = await ask(source, source.url)
    except NotAsked as error:
        fix = "PROBE_TARGETS must give each name an address that workers may reach, with a certificate that they trust."
        return Finding(False, f"{where}, is not reached: {str(error).partition(': ')[2]}.", fix)
    if "answered" in seen:
        return Finding(True, f"{where}, is reached; it {seen}.")
    if track == TRACKS["candidate"]:
        return Finding(True, f"{where}, {seen}, as it should while no rollout moves.")
    return Finding(False, f"{where}, {seen}.", "Is it up, and does PROBE_TARGETS name the right port?")
