"""A repository as GitHub's JSON. It appears in nearly every answer, so it is rendered once per state of the repository."""

from __future__ import annotations

from functools import lru_cache

from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.users import user_json
from sandbox.github.state import Repository
from sandbox.github.world import World

LINKS = {
    "forks_url": "/forks",
    "keys_url": "/keys{/key_id}",
    "collaborators_url": "/collaborators{/collaborator}",
    "teams_url": "/teams",
    "hooks_url": "/hooks",
    "issue_events_url": "/issues/events{/number}",
    "events_url": "/events",
    "assignees_url": "/assignees{/user}",
    "branches_url": "/branches{/branch}",
    "tags_url": "/tags",
    "blobs_url": "/git/blobs{/sha}",
    "git_tags_url": "/git/tags{/sha}",
    "git_refs_url": "/git/refs{/sha}",
    "trees_url": "/git/trees{/sha}",
    "statuses_url": "/statuses/{sha}",
    "languages_url": "/languages",
    "stargazers_url": "/stargazers",
    "contributors_url": "/contributors",
    "subscribers_url": "/subscribers",
    "subscription_url": "/subscription",
    "commits_url": "/commits{/sha}",
    "git_commits_url": "/git/commits{/sha}",
    "comments_url": "/comments{/number}",
    "issue_comment_url": "/issues/comments{/number}",
    "contents_url": "/contents/{+path}",
    "compare_url": "/compare/{base}...{head}",
    "merges_url": "/merges",
    "archive_url": "/{archive_format}{/ref}",
    "downloads_url": "/downloads",
    "issues_url": "/issues{/number}",
    "pulls_url": "/pulls{/number}",
    "milestones_url": "/milestones{/number}",
    "notifications_url": "/notifications{?since,all,participating}",
    "labels_url": "/labels{/name}",
    "releases_url": "/releases{/id}",
    "deployments_url": "/deployments",
}

FIXED: Json = {
    "homepage": None,
    "size": 128,
    "stargazers_count": 0,
    "watchers_count": 0,
    "language": "Python",
    "has_issues": True,
    "has_projects": True,
    "has_downloads": True,
    "has_wiki": False,
    "has_pages": False,
    "has_discussions": False,
    "mirror_url": None,
    "archived": False,
    "disabled": False,
    "license": None,
    "allow_forking": True,
    "is_template": False,
    "web_commit_signoff_required": False,
    "topics": [],
    "watchers": 0,
}

SETTINGS: Json = {
    "allow_squash_merge": True,
    "allow_merge_commit": True,
    "allow_rebase_merge": True,
    "allow_auto_merge": False,
    "delete_branch_on_merge": False,
    "allow_update_branch": False,
    "use_squash_pr_title_as_default": True,
    "squash_merge_commit_title": "PR_TITLE",
    "squash_merge_commit_message": "PR_BODY",
    "merge_commit_title": "MERGE_MESSAGE",
    "merge_commit_message": "PR_TITLE",
    "subscribers_count": 1,
}


@lru_cache(maxsize=1024)
def _links(api: str, site: str, name: str) -> Json:
    url = f"{api}/repos/{name}"
    host = site.partition("://")[2]
    return {
        "html_url": f"{site}/{name}",
        "url": url,
        **{field: url + path for field, path in LINKS.items()},
        "git_url": f"git://{host}/{name}.git",
        "ssh_url": f"git@{host}:{name}.git",
        "clone_url": f"{site}/{name}.git",
        "svn_url": f"{site}/{name}",
    }


def api_url(world: World, repo: Repository, path: str = "") -> str:
    return f"{world.api}/repos/{repo.full_name}{path}"


def page_url(world: World, repo: Repository, path: str = "") -> str:
    return f"{world.url}/{repo.full_name}{path}"


def repo_json(world: World, repo: Repository) -> Json:
    """As it appears inside other answers and in webhooks. The value is shared: do not change it."""
    key = ("repo", repo.id)
    known = world.remembered.get(key)
    if known is not None and known[0] == (repo.version, world.url):
        shown: Json = known[1]
        return shown
    still_open = sum(thread.state == "open" for thread in repo.threads.values())
    forks = sum(other.fork_of == repo.id for other in world.repos.values())
    shown = {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
        "owner": user_json(world, repo.owner),
        "description": repo.description,
        "fork": repo.fork_of is not None,
        **_links(world.api, world.url, repo.full_name),
        "created_at": iso(repo.created_at),
        "updated_at": iso(repo.pushed_at),
        "pushed_at": iso(repo.pushed_at),
        **FIXED,
        "forks_count": forks,
        "forks": forks,
        "open_issues_count": still_open,
        "open_issues": still_open,
        "visibility": "private" if repo.private else "public",
        "default_branch": repo.default_branch,
    }
    world.remembered[key] = ((repo.version, world.url), shown)
    return shown


def full_repo_json(world: World, repo: Repository, permissions: Json | None = None) -> Json:
    """The long form of `GET /repos/{owner}/{repo}`; `permissions` as rendered for whoever asks."""
    shown = repo_json(world, repo)
    full = shown | SETTINGS | {"network_count": shown["forks_count"]}
    if permissions is not None:
        full["permissions"] = permissions
    if repo.owner.kind == "Organization":
        full["organization"] = user_json(world, repo.owner)
    if repo.fork_of is not None and repo.fork_of in world.repos:
        full["parent"] = full["source"] = repo_json(world, world.repos[repo.fork_of])
    return full


def named_repo_json(repo: Repository) -> Json:
    """The few fields that installation webhooks list."""
    return {
        "id": repo.id,
        "node_id": node_id("Repository", repo.id),
        "name": repo.name,
        "full_name": repo.full_name,
        "private": repo.private,
    }
