"""JSON endpoints under `/_sandbox/` through which other processes drive the sandbox: end-to-end tests, demos, `curl`.

Bodies and answers are JSON. A mistake is a 4xx with `{"message": …}`. Loopback only, like the pages.

    GET  /_sandbox/state                     {"now", "frozen", "home", "switches": {name: bool}, "webhooks_waiting",
                                              "environments": {name: {"baseline", "candidate", "candidate_share",
                                              "mirror", "rps", "tracks": {track: {"rps", "errors", "p99"}}}}}
    POST /_sandbox/switches                  {name: true or false, …}; names as in `sandbox/switches.py` → {name: bool}
    POST /_sandbox/switches/reset            → {name: bool}
    POST /_sandbox/traffic                   {"rps": 40, "environment": "production"} → the environment's state
    POST /_sandbox/pipeline                  {"starts_after": 1.0, "takes": 2.0} (seconds) → both
    POST /_sandbox/clock                     {"freeze": true or Unix seconds} | {"thaw": true} | {"advance": seconds}
                                              → {"now", "frozen"}; advance fires what falls due on the way
    POST /_sandbox/webhooks/flush            waits until all webhooks were sent → {"webhooks_waiting"}
    POST /_sandbox/faults                    {"kind": "status", "path": "/deployments", "times": 1, …} as in
                                              `sandbox/github/faults.py` → {"active"}; {"clear": true} removes all
    POST /_sandbox/people/{verb}             any verb of `sandbox/people.py` with its parameters by name, e.g.
                                              comment {"user": "alice", "number": 1, "body": "/deploy canary"};
                                              "repo": "owner/name" if it is not the home repository
                                              → GitHub's JSON of what was made or changed
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.github.errors import GitHubError
from sandbox.pages import guard
from sandbox.pages.traffic import picture
from sandbox.pages.visit import MOST_FORM, Site
from sandbox.people import People
from sandbox.switches import SWITCHES

Json = dict[str, Any]
VERBS = tuple(
    name for name, member in vars(People).items() if not name.startswith("_") and inspect.iscoroutinefunction(member)
)


class AskedWronglyError(Exception):
    """What was asked makes no sense; answered 422."""


def routes(site: Site) -> list[Route]:
    def post(path: str, act: Callable[[Site, Json, Request], Awaitable[Any]]) -> Route:
        return Route(f"/_sandbox/{path}", _endpoint(site, act), methods=["POST"])

    return [
        Route("/_sandbox/state", _endpoint(site, state), methods=["GET"]),
        post("switches", turn),
        post("switches/reset", reset),
        post("traffic", traffic),
        post("pipeline", pipeline),
        post("clock", clock),
        post("webhooks/flush", flush),
        post("faults", faults),
        post("people/{verb}", act_as),
    ]


def _endpoint(
    site: Site, act: Callable[[Site, Json, Request], Awaitable[Any]]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        refused = guard.refusal(request)
        if refused:
            return JSONResponse({"message": refused}, 403)
        try:
            return JSONResponse(await act(site, await _body(request), request))
        except GitHubError as error:
            return JSONResponse(error.body(), error.status)
        except AskedWronglyError as error:
            return JSONResponse({"message": str(error)}, 422)

    return endpoint


async def _body(request: Request) -> Json:
    if request.method == "GET":
        return {}
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_FORM:
            raise AskedWronglyError("The body is too large.")
    try:
        found = json.loads(bytes(body) or b"{}")
    except ValueError as error:
        raise AskedWronglyError(f"The body is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise AskedWronglyError("The body has to be a JSON object.")
    return found


async def state(site: Site, body: Json, request: Request) -> Json:
    return {
        "now": site.world.now(),
        "frozen": site.world.clock.frozen,
        "home": site.home,
        "switches": site.switches.state(),
        "webhooks_waiting": site.world.hooks.waiting(),
        "environments": {name: _environment(site, name) for name in site.shop.environments},
    }


def _environment(site: Site, name: str) -> Json:
    shown = picture(site.shop, name, site.world.now())
    return {
        "baseline": shown.traffic.baseline,
        "candidate": shown.traffic.candidate,
        "candidate_share": shown.traffic.candidate_share,
        "mirror": shown.traffic.mirror,
        "rps": shown.traffic.rps,
        "tracks": {track.name: {"rps": track.rps, "errors": track.errors, "p99": track.p99} for track in shown.tracks},
    }


async def turn(site: Site, body: Json, request: Request) -> Json:
    for name, on in body.items():
        if name not in SWITCHES or not isinstance(on, bool):
            raise AskedWronglyError(f"{name!r} is not a switch set to true or false; there are {', '.join(SWITCHES)}.")
    for name, on in body.items():
        site.switches.turn(name, on)
    return site.switches.state()


async def reset(site: Site, body: Json, request: Request) -> Json:
    site.switches.reset()
    return site.switches.state()


async def traffic(site: Site, body: Json, request: Request) -> Json:
    environment = str(body.get("environment", "production"))
    site.shop.set_rps(site.world.now(), _number(body, "rps"), environment)
    return _environment(site, environment)


async def pipeline(site: Site, body: Json, request: Request) -> Json:
    if "starts_after" in body:
        site.pipeline.starts_after = _number(body, "starts_after")
    if "takes" in body:
        site.pipeline.takes = _number(body, "takes")
    return {"starts_after": site.pipeline.starts_after, "takes": site.pipeline.takes}


async def clock(site: Site, body: Json, request: Request) -> Json:
    its = site.world.clock
    if "freeze" in body:
        its.freeze(None if body["freeze"] is True else _number(body, "freeze"))
    elif body.get("thaw"):
        its.thaw()
    elif "advance" in body:
        await its.advance(_number(body, "advance"))
    else:
        raise AskedWronglyError("The clock can freeze, thaw and advance.")
    return {"now": its.now(), "frozen": its.frozen}


async def flush(site: Site, body: Json, request: Request) -> Json:
    await site.world.hooks.flush()
    return {"webhooks_waiting": site.world.hooks.waiting()}


async def faults(site: Site, body: Json, request: Request) -> Json:
    if body.get("clear"):
        site.world.faults.clear()
    else:
        try:
            site.world.faults.add(**body)
        except (TypeError, ValueError) as error:
            raise AskedWronglyError(str(error)) from error
    return {"active": [fault.kind for fault in site.world.faults.active]}


async def act_as(site: Site, body: Json, request: Request) -> Any:
    verb = request.path_params["verb"]
    if verb not in VERBS:
        raise AskedWronglyError(f"Nobody can {verb!r}; people can {', '.join(VERBS)}.")
    method = getattr(People(site.world, str(body.pop("repo", site.home))), verb)
    positional: list[Any] = []
    for name, parameter in inspect.signature(method).parameters.items():
        if parameter.kind is parameter.VAR_POSITIONAL:
            positional += body.pop(name, [])
        elif parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            if name not in body and parameter.default is parameter.empty:
                raise AskedWronglyError(f"{verb} needs {name!r}.")
            positional.append(body.pop(name, parameter.default))
    try:
        return await method(*positional, **body)
    except (TypeError, ValueError, AttributeError) as error:  # a parameter that does not exist, or is of the wrong type
        raise AskedWronglyError(f"{verb}: {error}") from error


def _number(body: Json, name: str) -> float:
    found = body.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float) or found < 0:
        raise AskedWronglyError(f"{name} has to be a number, 0 or more.")
    return float(found)
