"""`python -m sandbox`: the playground for real, on this machine only. Prints one line with its address and runs until it is stopped.

The App under test is known by its number and key. The key file holds its public or private PEM; if there is no such file a new private key
is made and written to it, for the App to sign in with. The webhook secret comes from `--secret` or, unseen by `ps`, SANDBOX_WEBHOOK_SECRET.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import yaml

from sandbox.app import LOOPBACK, create_app, create_playground, serve
from sandbox.github import apps
from sandbox.github.world import World
from sandbox.seed import EVENTS, PERMISSIONS, add_bot, seed

SECRET = "SANDBOX_WEBHOOK_SECRET"  # noqa: S105  the name of a variable


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m sandbox", description="A small GitHub to play with, on this machine."
    )
    parser.add_argument("--host", default=LOOPBACK, choices=[LOOPBACK, "localhost"], help="loopback only")
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--app-id", type=int, default=1, help="the number of the App under test")
    parser.add_argument("--slug", default="tagboat", help="its name; it comments as SLUG[bot]")
    parser.add_argument(
        "--key-file", type=Path, default=Path("var/sandbox/app.pem"), help="its key, PEM; made if absent"
    )
    parser.add_argument(
        "--secret", default=os.environ.get(SECRET, ""), help=f"of its webhooks; better given as {SECRET}"
    )
    parser.add_argument("--webhook-url", default="", help="where its webhooks go")
    parser.add_argument("--manifest", type=Path, help="its manifest (YAML) with default_permissions and default_events")
    return parser.parse_args(given)


def public_key(path: Path) -> Any:
    """The key in the file, which is made first if need be."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        pem, _ = apps.make_key()
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(pem)
    return apps.read_public_key(path.read_bytes())


async def run(options: argparse.Namespace) -> None:
    world = World()
    seed(world)
    manifest = yaml.safe_load(options.manifest.read_text()) if options.manifest else {}
    key = public_key(options.key_file)
    app = create_app(world, create_playground(world))
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signum, stopped.set)
    async with serve(app, options.port) as url:
        add_bot(
            world,
            app_id=options.app_id,
            public_key=key,
            secret=options.secret,
            webhook_url=options.webhook_url,
            slug=options.slug,
            permissions=manifest.get("default_permissions", PERMISSIONS),
            events_wanted=manifest.get("default_events", EVENTS),
        )
        sys.stdout.write(f"The sandbox is at {url}\n")
        sys.stdout.flush()
        await stopped.wait()


def main(given: list[str] | None = None) -> None:
    options = arguments(given)
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    try:
        asyncio.run(run(options))
    except (OSError, ValueError) as error:
        sys.exit(f"The sandbox cannot start: {error}")


if __name__ == "__main__":
    main()
