"""Answers about a repository as a whole, people in it, its branches and rules, and the caller's allowance."""

from __future__ import annotations

from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import GitHubError
from sandbox.github.shapes.refs import branch_json, rules_json, short_branch_json, tag_json
from sandbox.github.shapes.repos import full_repo_json
from sandbox.github.shapes.users import permission_json, public_user_json, rights_json

RESOURCES = {"core": None, "search": 30, "graphql": 5000, "integration_manifest": 5000, "code_search": 10}


def show(call: Call) -> Answer:
    if call.token is not None and call.token.installation is None:
        permissions = rights_json(call.world.role(call.repo, call.who.user))
    else:
        permissions = rights_json("none") | {"pull": True}
    return Answer(full_repo_json(call.world, call.repo, permissions))


def user(call: Call) -> Answer:
    return Answer(public_user_json(call.world, call.world.user(call.path["login"])))


def permission(call: Call) -> Answer:
    return Answer(permission_json(call.world, call.repo, call.world.user(call.path["login"])))


def branches(call: Call) -> Answer:
    names = sorted(call.repo.branches)
    if "protected" in call.query:
        names = [name for name in names if (name in call.repo.rules) == call.flag("protected")]
    return call.page(names, lambda name: short_branch_json(call.world, call.repo, name))


def branch(call: Call) -> Answer:
    name = call.path["branch"]
    if name not in call.repo.branches:
        raise GitHubError(404, "Branch not found")
    return Answer(branch_json(call.world, call.repo, name))


def rules(call: Call) -> Answer:
    return call.page(rules_json(call.repo, call.path["branch"]), lambda rule: rule)


def tags(call: Call) -> Answer:
    """By name, backwards, as GitHub lists them."""
    names = sorted(call.repo.tags, reverse=True)
    return call.page(names, lambda name: tag_json(call.world, call.repo, name))


def rate_limit(call: Call) -> Answer:
    window = call.world.allowances.of(_name(call))

    def shown(limit: int, used: int) -> dict[str, int]:
        return {"limit": limit, "used": used, "remaining": max(0, limit - used), "reset": int(window.reset)}

    core = shown(window.limit, window.used)
    resources = {name: core if limit is None else shown(limit, 0) for name, limit in RESOURCES.items()}
    return Answer({"resources": resources, "rate": core})


def _name(call: Call) -> str:
    token = call.token
    if token is None:
        return f"app/{call.app.slug}" if call.app else "anonymous"
    return token.user.login if token.installation is None else f"installation/{token.installation.id}"
