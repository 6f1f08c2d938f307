"""Deployments, their statuses and environments as GitHub's JSON."""

from __future__ import annotations

from urllib.parse import quote

from sandbox.github.shapes.apps import via_app
from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.repos import api_url, page_url
from sandbox.github.shapes.users import user_json
from sandbox.github.shapes.workflows import rules_of
from sandbox.github.state import Deployment, DeploymentStatus, Environment, Repository
from sandbox.github.world import World


def deployment_json(world: World, repo: Repository, deployment: Deployment) -> Json:
    url = api_url(world, repo, f"/deployments/{deployment.id}")
    return {
        "url": url,
        "id": deployment.id,
        "node_id": node_id("Deployment", deployment.id),
        "task": deployment.task,
        "original_environment": deployment.original_environment,
        "environment": deployment.environment,
        "description": deployment.description,
        "created_at": iso(deployment.created_at),
        "updated_at": iso(deployment.updated_at),
        "statuses_url": f"{url}/statuses",
        "repository_url": api_url(world, repo),
        "creator": user_json(world, deployment.creator),
        "sha": deployment.sha,
        "ref": deployment.ref,
        "payload": deployment.payload,
        "transient_environment": deployment.transient,
        "production_environment": deployment.production,
        "performed_via_github_app": via_app(world, deployment.app),
    }


def deployment_status_json(world: World, repo: Repository, deployment: Deployment, status: DeploymentStatus) -> Json:
    url = api_url(world, repo, f"/deployments/{deployment.id}")
    return {
        "url": f"{url}/statuses/{status.id}",
        "id": status.id,
        "node_id": node_id("DeploymentStatus", status.id),
        "state": status.state,
        "creator": user_json(world, status.creator),
        "description": status.description,
        "environment": status.environment,
        "target_url": status.log_url,
        "created_at": iso(status.created_at),
        "updated_at": iso(status.created_at),
        "deployment_url": url,
        "repository_url": api_url(world, repo),
        "environment_url": status.environment_url,
        "log_url": status.log_url,
        "performed_via_github_app": via_app(world, status.app),
    }


def environment_json(world: World, repo: Repository, environment: Environment) -> Json:
    path = quote(environment.name, safe="")
    return {
        "id": environment.id,
        "node_id": node_id("Environment", environment.id),
        "name": environment.name,
        "url": api_url(world, repo, f"/environments/{path}"),
        "html_url": page_url(world, repo, f"/deployments/activity_log?environments_filter={path}"),
        "created_at": iso(environment.created_at),
        "updated_at": iso(environment.updated_at),
        "protection_rules": rules_of(world, environment),
        "deployment_branch_policy": None,
    }
