"""The first page, which says what to try; the panel of switches; accounts and Apps; pages that are not there."""

from __future__ import annotations

from starlette.responses import Response

from sandbox.github.errors import GitHubError, not_found
from sandbox.pages.deployments import cards
from sandbox.pages.suggestions import suggestion
from sandbox.pages.visit import Visit
from sandbox.switches import SWITCHES


async def front(visit: Visit) -> Response:
    pulls = [pull for pull in visit.repo.pulls() if pull.state == "open"]
    pulls.sort(key=lambda pull: (pull.draft, -pull.number))
    values = {
        "tab": "",
        "pulls": pulls[:5],
        "suggestion": suggestion(visit.world, visit.repo),
        "cards": [card for card in cards(visit) if card.name == "production"],
    }
    return visit.page(
        "front.html",
        values,
        live={"traffic": "_traffic_large.html", "switches": "_switches.html", "pulls": "_front_pulls.html"},
    )


async def account(visit: Visit) -> Response:
    """A person, a bot or an organisation."""
    user = visit.world.users.get(visit.param("login").lower())
    if user is None:
        raise not_found()
    repos = [repo for repo in visit.world.repos.values() if repo.owner == user]
    roles = [(repo, visit.world.role(repo, user)) for repo in visit.world.repos.values() if repo.owner != user]
    app = next((app for app in visit.world.apps.values() if app.bot == user), None)
    return visit.page("account.html", {"tab": "", "user": user, "repos": repos, "roles": roles, "app": app})


async def app(visit: Visit) -> Response:
    found = next((one for one in visit.world.apps.values() if one.slug == visit.param("slug")), None)
    if found is None:
        raise not_found()
    installations = [one for one in visit.world.installations.values() if one.app is found]
    return visit.page("app.html", {"tab": "", "app": found, "installations": installations})


async def turn(visit: Visit) -> Response:
    """A switch of the panel: `switch` by name with `on`, or `reset`."""
    back = _local(visit.form.get("back", "")) or visit.at
    if visit.form.get("reset") == "1":
        visit.site.switches.reset()
        return visit.back(back)
    name = visit.form.get("switch", "")
    if name not in SWITCHES:
        raise GitHubError(422, "There is no such switch.")
    visit.site.switches.turn(name, visit.form.get("on") == "1")
    return visit.back(back)


async def traffic(visit: Visit) -> Response:
    """How many users there are, as requests per second."""
    try:
        rps = float(visit.form.get("rps", ""))
    except ValueError:
        rps = -1.0
    if not 0 <= rps <= 100_000:
        raise GitHubError(422, "Requests per second have to be a number from 0 to 100000.")
    visit.site.shop.set_rps(visit.now, rps, visit.form.get("environment", "production"))
    return visit.back(_local(visit.form.get("back", "")) or visit.at)


async def become(visit: Visit) -> Response:
    """Act as somebody else from now on."""
    return visit.back(_local(visit.form.get("back", "")) or visit.at)


async def lost(visit: Visit) -> Response:
    raise not_found()


def _local(path: str) -> str:
    """An address on this site, never elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else ""
