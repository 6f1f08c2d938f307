"""Reads SLIs for whoever asks: the environment's job at each look, and the gates before anything moves. Here a name of the policy becomes one of
the operator's servers or probe targets; a name that the operator has not defined is an error in every reading."""

import asyncio
from collections.abc import Mapping, Sequence

from bot.policy.slis import Slis
from bot.rollout.evidence import HEALTH, Query, Reading, Track
from workers.sli import PROVIDERS, Measured, Source
from workers.sli.source import BOTH


async def measure(
    servers: Mapping[str, Source],
    targets: Mapping[str, Source],
    slis: Slis,
    queries: Sequence[Query],
    *,
    since: float,
    now: float,
    tracks: Sequence[Track] = BOTH,
) -> Measured:
    """Every query on these tracks, as `workers.sli.source.Provider` has it. Health comes from its probe, all else from the policy's provider."""
    asked = [query for query in queries if query.sli == HEALTH]
    counted = [query for query in queries if query.sli != HEALTH]
    target = slis.health.probe.target if slis.health else ""
    read = [
        _read(
            "prometheus",
            servers.get(slis.provider),
            f"no SLI server called {slis.provider}",
            slis,
            counted,
            since,
            now,
            tracks,
        ),
        _read("probe", targets.get(target), f"no probe target called {target}", slis, asked, since, now, tracks),
    ]
    found = await asyncio.gather(*read)
    return Measured(tuple(it for one in found for it in one.readings), tuple(it for one in found for it in one.remarks))


async def _read(
    kind: str,
    source: Source | None,
    missing: str,
    slis: Slis,
    queries: Sequence[Query],
    since: float,
    now: float,
    tracks: Sequence[Track],
) -> Measured:
    if not queries:
        return Measured(())
    if source is None:
        why = f"server: the operator has configured {missing}"
        return Measured(tuple(Reading(query.key, track, 0, 0, now, error=why) for query in queries for track in tracks))
    return await PROVIDERS[kind](source, slis, queries, since=since, now=now, tracks=tracks)
