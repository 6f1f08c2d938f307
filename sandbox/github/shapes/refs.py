"""Branches, tags, references and file contents as GitHub's JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from sandbox.github.commits import blob_sha, make_tree
from sandbox.github.objects import Commit, TagObject
from sandbox.github.shapes.atoms import Json, iso, node_id
from sandbox.github.shapes.commits import UNSIGNED, commit_json, git_commit_json
from sandbox.github.shapes.repos import api_url, page_url
from sandbox.github.state import Repository
from sandbox.github.world import World


def reference_json(world: World, repo: Repository, ref: str) -> Json:
    """A full reference such as `refs/tags/v1`."""
    short = ref.removeprefix("refs/")
    kind_, _, name = short.partition("/")
    sha = repo.branches[name] if kind_ == "heads" else repo.tags[name]
    kind = "tag" if isinstance(world.objects.get(sha), TagObject) else "commit"
    return {
        "ref": ref,
        "node_id": node_id("Ref", f"{repo.id}:{ref}"),
        "url": api_url(world, repo, f"/git/refs/{quote(short)}"),
        "object": {"sha": sha, "type": kind, "url": api_url(world, repo, f"/git/{kind}s/{sha}")},
    }


def tag_object_json(world: World, repo: Repository, tag: TagObject) -> Json:
    return {
        "node_id": node_id("Tag", tag.sha),
        "tag": tag.tag,
        "sha": tag.sha,
        "url": api_url(world, repo, f"/git/tags/{tag.sha}"),
        "message": tag.message,
        "tagger": {"name": tag.tagger.name, "email": tag.tagger.email, "date": iso(tag.tagger.at)},
        "object": {"sha": tag.target, "type": "commit", "url": api_url(world, repo, f"/git/commits/{tag.target}")},
        "verification": UNSIGNED,
    }


def tag_json(world: World, repo: Repository, name: str) -> Json:
    """One entry of `GET tags`."""
    sha = world.objects.commit(repo.tags[name]).sha
    archive = api_url(world, repo)
    return {
        "name": name,
        "zipball_url": f"{archive}/zipball/refs/tags/{quote(name)}",
        "tarball_url": f"{archive}/tarball/refs/tags/{quote(name)}",
        "commit": {"sha": sha, "url": api_url(world, repo, f"/commits/{sha}")},
        "node_id": node_id("Ref", f"{repo.id}:refs/tags/{name}"),
    }


def _protection(world: World, repo: Repository, name: str) -> Json:
    rule = repo.rules.get(name)
    checks = rule.required_checks if rule else []
    return {
        "enabled": rule is not None,
        "required_status_checks": {
            "enforcement_level": "everyone" if checks else "off",
            "contexts": [context for context, _ in checks],
            "checks": [{"context": context, "app_id": app_id} for context, app_id in checks],
        },
    }


def short_branch_json(world: World, repo: Repository, name: str) -> Json:
    sha = repo.branches[name]
    return {
        "name": name,
        "commit": {"sha": sha, "url": api_url(world, repo, f"/commits/{sha}")},
        "protected": name in repo.rules,
    }


def branch_json(world: World, repo: Repository, name: str) -> Json:
    """`GET branches/{branch}`."""
    path = quote(name)
    return {
        "name": name,
        "commit": commit_json(world, repo, world.objects.commit(repo.branches[name])),
        "_links": {
            "self": api_url(world, repo, f"/branches/{path}"),
            "html": page_url(world, repo, f"/tree/{path}"),
        },
        "protected": name in repo.rules,
        "protection": _protection(world, repo, name),
        "protection_url": api_url(world, repo, f"/branches/{path}/protection"),
    }


def rules_json(repo: Repository, name: str) -> list[Json]:
    """`GET rules/branches/{branch}`: the rules in force on it."""
    rule = repo.rules.get(name)
    if rule is None:
        return []
    origin = {"ruleset_source_type": "Repository", "ruleset_source": repo.full_name, "ruleset_id": rule.id}
    shown: list[Json] = []
    if rule.required_checks:
        checks = [
            {"context": context} | ({} if app_id is None else {"integration_id": app_id})
            for context, app_id in rule.required_checks
        ]
        parameters = {
            "strict_required_status_checks_policy": rule.strict,
            "do_not_enforce_on_create": False,
            "required_status_checks": checks,
        }
        shown.append({"type": "required_status_checks", **origin, "parameters": parameters})
    if rule.required_approvals:
        parameters = {
            "required_approving_review_count": rule.required_approvals,
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_review_thread_resolution": False,
            "allowed_merge_methods": ["merge", "squash", "rebase"],
        }
        shown.append({"type": "pull_request", **origin, "parameters": parameters})
    return shown


def _entry(world: World, repo: Repository, path: str, sha: str, ref: str, kind: str, size: int) -> Json:
    quoted = quote(path)
    url = api_url(world, repo, f"/contents/{quoted}?ref={quote(ref)}")
    git = api_url(world, repo, f"/git/{'trees' if kind == 'dir' else 'blobs'}/{sha}")
    page = page_url(world, repo, f"/{'tree' if kind == 'dir' else 'blob'}/{quote(ref)}/{quoted}")
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": sha,
        "size": size,
        "url": url,
        "html_url": page,
        "git_url": git,
        "download_url": None if kind == "dir" else page_url(world, repo, f"/raw/{quote(ref)}/{quoted}"),
        "type": kind,
        "_links": {"self": url, "git": git, "html": page},
    }


def file_entry_json(world: World, repo: Repository, path: str, text: str, ref: str) -> Json:
    """A file without its content, as in a listing and after a write."""
    return _entry(world, repo, path, blob_sha(text), ref, "file", len(text.encode()))


def file_content_json(world: World, repo: Repository, path: str, text: str, ref: str) -> Json:
    lines = base64.encodebytes(text.encode()).decode()
    return file_entry_json(world, repo, path, text, ref) | {"content": lines, "encoding": "base64"}


def folder_json(world: World, repo: Repository, folder: str, commit: Commit, ref: str) -> list[Json]:
    """What is directly in `folder` ('' for the root), folders and files by name; empty if there is no such folder."""
    prefix = f"{folder}/" if folder else ""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for path, text in commit.tree.files.items():
        if path.startswith(prefix):
            first, slash, _ = path[len(prefix) :].partition("/")
            (folders if slash else files)[prefix + first] = text
    entries = [file_entry_json(world, repo, path, text, ref) for path, text in files.items()]
    entries += [_entry(world, repo, path, commit.tree.sha, ref, "dir", 0) for path in folders]
    return sorted(entries, key=lambda entry: str(entry["path"]))


def file_commit_json(world: World, repo: Repository, path: str, text: str, branch: str, commit: Commit) -> Json:
    """The answer to `PUT contents/{path}`."""
    return {
        "content": file_entry_json(world, repo, path, text, branch),
        "commit": git_commit_json(world, repo, commit),
    }


def tree_json(world: World, repo: Repository, files: Mapping[str, str], *, recursive: bool) -> Json:
    """A tree's entries by path: folders and files, those of folders too if `recursive`."""
    folders = {path.rsplit("/", depth)[0] for path in files for depth in range(1, path.count("/") + 1)}
    entries: list[Json] = []
    for path in sorted({*files, *folders}):
        if "/" in path and not recursive:
            continue
        if path in files:
            sha, text = blob_sha(files[path]), files[path]
            entry: Json = {"mode": "100644", "type": "blob", "sha": sha, "size": len(text.encode())}
        else:
            inside = {
                name.removeprefix(f"{path}/"): text for name, text in files.items() if name.startswith(f"{path}/")
            }
            entry = {"mode": "040000", "type": "tree", "sha": make_tree(inside).sha}
        kind = "blobs" if path in files else "trees"
        entries.append({"path": path, **entry, "url": api_url(world, repo, f"/git/{kind}/{entry['sha']}")})
    sha = make_tree(files).sha
    return {"sha": sha, "url": api_url(world, repo, f"/git/trees/{sha}"), "tree": entries, "truncated": False}
