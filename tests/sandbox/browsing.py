"""What the tests of the pages say often: where the repository is, what an attack looks like, what a conversation shows."""

from typing import Any

from starlette.testclient import TestClient

from sandbox.github.accounts import Actor
from sandbox.github.state import Issue, Pull
from sandbox.github.world import World

SHOP = "/harbour/shop"
EVIL = "<script>alert('x')</script>"
JSON = {"Accept": "application/json"}


def bot(world: World) -> Actor:
    app = world.app_by_slug("tagboat")
    return Actor(app.bot, app)


def conversation(client: TestClient, thread: Issue) -> str:
    kind = "pull" if isinstance(thread, Pull) else "issues"
    return str(client.get(f"{SHOP}/{kind}/{thread.number}?live=conversation").json()["conversation"])


def reason(reply: Any) -> str:
    return str(reply.json()["message"])
