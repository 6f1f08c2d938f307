"""Every address of the pages, in one list that can be read from top to bottom."""

from __future__ import annotations

from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from sandbox.github.world import World
from sandbox.pages import checks, code, control, deliveries, deployments, front, pulls, registration, releases, threads
from sandbox.pages.visit import STATIC, Site
from sandbox.pipeline import Pipeline
from sandbox.prometheus import routes as prometheus_routes
from sandbox.service import Shop
from sandbox.switches import Switchboard

REPO = "/{owner}/{name}"


def routes(
    world: World, shop: Shop, pipeline: Pipeline, switches: Switchboard, home: str = "harbour/shop"
) -> list[BaseRoute]:
    """Pages, control endpoints and metrics. They end with addresses that match anything: put them after all others."""
    site = Site(world, shop, pipeline, switches, home)
    page = site.page
    get, post = ["GET"], ["POST"]
    return [
        *prometheus_routes(shop, world.now, lambda: switches.metrics_down),
        *control.routes(site),
        Mount("/_static", StaticFiles(directory=STATIC)),
        Route("/", page(front.front), methods=get),
        Route("/_person", page(front.become), methods=post),
        Route("/_switches", page(front.turn), methods=post),
        Route("/_traffic", page(front.traffic), methods=post),
        Route("/apps/{slug}", page(front.app), methods=get),
        Route("/apps/{slug}/installations", page(registration.install), methods=post),
        Route("/settings/apps/new", page(registration.offer, from_anywhere=True), methods=post),
        Route("/organizations/{org}/settings/apps/new", page(registration.offer, from_anywhere=True), methods=post),
        Route("/settings/apps", page(registration.create), methods=post),
        # Pull requests
        Route(f"{REPO}/pulls", page(pulls.index), methods=get),
        Route(f"{REPO}/pulls", page(pulls.create), methods=post),
        Route(f"{REPO}/pulls/new", page(pulls.new), methods=get),
        Route(f"{REPO}/pull/{{number:int}}", page(pulls.show), methods=get),
        Route(f"{REPO}/pull/{{number:int}}/commits", page(pulls.commits), methods=get),
        Route(f"{REPO}/pull/{{number:int}}/checks", page(pulls.checks), methods=get),
        Route(f"{REPO}/pull/{{number:int}}/files", page(pulls.files), methods=get),
        Route(f"{REPO}/pull/{{number:int}}/merge", page(pulls.merge), methods=post),
        Route(f"{REPO}/pull/{{number:int}}/push", page(pulls.push), methods=post),
        Route(f"{REPO}/pull/{{number:int}}/ready", page(pulls.ready), methods=post),
        Route(f"{REPO}/pull/{{number:int}}/reviews", page(pulls.review), methods=post),
        # Issues, and what pull requests have in common with them
        Route(f"{REPO}/issues", page(threads.index), methods=get),
        Route(f"{REPO}/issues", page(threads.create), methods=post),
        Route(f"{REPO}/issues/new", page(threads.new), methods=get),
        Route(f"{REPO}/issues/{{number:int}}", page(threads.show), methods=get),
        Route(f"{REPO}/issues/{{number:int}}/comments", page(threads.comment), methods=post),
        Route(f"{REPO}/issues/{{number:int}}/edit", page(threads.edit), methods=post),
        Route(f"{REPO}/issues/{{number:int}}/tick", page(threads.tick_body), methods=post),
        Route(f"{REPO}/issues/{{number:int}}/close", page(threads.close), methods=post),
        Route(f"{REPO}/issues/{{number:int}}/reopen", page(threads.reopen), methods=post),
        Route(f"{REPO}/issues/{{number:int}}/labels", page(threads.label), methods=post),
        Route(f"{REPO}/issues/{{number:int}}/reactions", page(threads.react), methods=post),
        Route(f"{REPO}/comments/{{comment:int}}", page(threads.edit_comment), methods=post),
        Route(f"{REPO}/comments/{{comment:int}}/tick", page(threads.tick_comment), methods=post),
        # Checks, deployments, releases, webhooks
        Route(f"{REPO}/runs/{{number:int}}", page(checks.show), methods=get),
        Route(f"{REPO}/runs/{{number:int}}/press", page(checks.press), methods=post),
        Route(f"{REPO}/runs/{{number:int}}/rerun", page(checks.rerun), methods=post),
        Route(f"{REPO}/deployments", page(deployments.index), methods=get),
        Route(f"{REPO}/deployments/{{environment:path}}", page(deployments.index), methods=get),
        Route(f"{REPO}/actions/runs/{{number:int}}", page(deployments.run_log), methods=get),
        Route(f"{REPO}/releases", page(releases.index), methods=get),
        Route(f"{REPO}/releases", page(releases.publish), methods=post),
        Route(f"{REPO}/releases/tag/{{tag:path}}", page(releases.index), methods=get),
        Route(f"{REPO}/tags", page(releases.index), methods=get),
        Route(f"{REPO}/tags", page(releases.push_tag), methods=post),
        Route(f"{REPO}/webhooks", page(deliveries.index), methods=get),
        Route(f"{REPO}/webhooks/{{number:int}}", page(deliveries.show), methods=get),
        Route(f"{REPO}/webhooks/{{number:int}}/redeliver", page(deliveries.redeliver), methods=post),
        # Files and commits
        Route(f"{REPO}/tree/{{rest:path}}", page(code.repository), methods=get),
        Route(f"{REPO}/blob/{{rest:path}}", page(code.blob), methods=get),
        Route(f"{REPO}/commits", page(code.commits), methods=get),
        Route(f"{REPO}/commits/{{rest:path}}", page(code.commits), methods=get),
        Route(f"{REPO}/commit/{{sha}}", page(code.commit), methods=get),
        Route(f"{REPO}/compare/{{rest:path}}", page(code.compare), methods=get),
        Route(REPO, page(code.repository), methods=get),
        Route("/{login}", page(front.account), methods=get),
        Route("/{rest:path}", page(front.lost), methods=["GET", "POST"]),
    ]
