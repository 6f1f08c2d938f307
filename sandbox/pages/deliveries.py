"""The log of webhooks that were sent to Apps, what was answered, and a button to send one again."""

from __future__ import annotations

import json

from starlette.responses import Response

from sandbox.github.errors import not_found
from sandbox.github.hooks import Delivery
from sandbox.pages.visit import Visit

MOST = 100


async def index(visit: Visit) -> Response:
    hooks = visit.world.hooks
    values = {
        "tab": "webhooks",
        "deliveries": list(reversed(hooks.log))[:MOST],
        "total": len(hooks.log),
        "waiting": hooks.waiting(),
        "apps": [app for app in visit.world.apps.values() if app.hook.url],
    }
    return visit.page("deliveries.html", values, live={"deliveries": "_deliveries.html"})


async def show(visit: Visit) -> Response:
    delivery = _delivery(visit)
    payload = json.dumps(json.loads(delivery.body), indent=2, ensure_ascii=False)
    values = {"tab": "webhooks", "delivery": delivery, "payload": payload}
    return visit.page("delivery.html", values, live={"delivery": "_delivery.html"})


async def redeliver(visit: Visit) -> Response:
    again = visit.world.hooks.redeliver(_delivery(visit).id)
    return visit.back(f"{visit.at}/webhooks/{again.id}")


def _delivery(visit: Visit) -> Delivery:
    try:
        return visit.world.hooks.find(visit.number())
    except KeyError as error:
        raise not_found() from error
