"""Answers about deployments, their statuses and environments."""

from __future__ import annotations

from sandbox.github import deployments
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import not_found
from sandbox.github.shapes.deployments import deployment_json, deployment_status_json, environment_json
from sandbox.github.state import Deployment


def _deployment(call: Call) -> Deployment:
    return call.world.deployment(call.repo, call.number("id"))


def listing(call: Call) -> Answer:
    """Newest first; `sha`, `ref`, `task`, `environment` narrow it."""
    wanted = {name: call.query[name] for name in ("sha", "ref", "task", "environment") if call.query.get(name)}
    found = [
        deployment
        for deployment in reversed(call.repo.deployments.values())
        if all(value in ("none", getattr(deployment, name)) for name, value in wanted.items())
    ]
    return call.page(found, lambda deployment: deployment_json(call.world, call.repo, deployment))


def create(call: Call) -> Answer:
    """201 with the deployment, or 202 with a message when the default branch was merged in instead."""
    try:
        deployment = deployments.create(call.world, call.repo, call.who, call.fields)
    except deployments.Merged as merged:
        return Answer({"message": merged.message}, 202)
    return Answer(deployment_json(call.world, call.repo, deployment), 201)


def show(call: Call) -> Answer:
    return Answer(deployment_json(call.world, call.repo, _deployment(call)))


def statuses(call: Call) -> Answer:
    """Newest first."""
    deployment = _deployment(call)
    return call.page(
        list(reversed(deployment.statuses)),
        lambda status: deployment_status_json(call.world, call.repo, deployment, status),
    )


def create_status(call: Call) -> Answer:
    deployment = _deployment(call)
    status = deployments.add_status(call.world, call.repo, call.who, deployment, call.fields)
    return Answer(deployment_status_json(call.world, call.repo, deployment, status), 201)


def show_status(call: Call) -> Answer:
    deployment = _deployment(call)
    for status in deployment.statuses:
        if status.id == call.number("status"):
            return Answer(deployment_status_json(call.world, call.repo, deployment, status))
    raise not_found()


def environments(call: Call) -> Answer:
    found = list(call.repo.environments.values())
    return call.counted("environments", found, lambda each: environment_json(call.world, call.repo, each))


def environment(call: Call) -> Answer:
    found = call.repo.environments.get(call.path["name"])
    if found is None:
        raise not_found()
    return Answer(environment_json(call.world, call.repo, found))
