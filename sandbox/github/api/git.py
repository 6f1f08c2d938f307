"""Answers about git's own objects: references, tag objects, commits."""

from __future__ import annotations

from sandbox.github import pushes, refs
from sandbox.github.api.call import Answer, Call
from sandbox.github.errors import not_found, refused, wrong_type
from sandbox.github.objects import Commit, TagObject
from sandbox.github.shapes.commits import git_commit_json
from sandbox.github.shapes.refs import reference_json, tag_object_json, tree_json


def tree(call: Call) -> Answer:
    """What is in the tree of a commit, or branch: with `recursive` every folder and file of it. Never truncated, as the world is small."""
    sha = call.world.resolve(call.repo, call.path["sha"])
    if sha is None:
        raise not_found()
    files = call.world.objects.commit(sha).tree.files
    return Answer(tree_json(call.world, call.repo, files, recursive=bool(call.query.get("recursive"))))


def _exists(call: Call, ref: str) -> bool:
    kind, _, name = ref.partition("/")
    return (kind == "heads" and name in call.repo.branches) or (kind == "tags" and name in call.repo.tags)


def reference(call: Call) -> Answer:
    ref = call.path["ref"].removeprefix("refs/")
    if not _exists(call, ref):
        raise not_found()
    return Answer(reference_json(call.world, call.repo, f"refs/{ref}"))


def matching(call: Call) -> Answer:
    """All references that begin so; an empty list if none does."""
    prefix = call.path.get("ref", "").removeprefix("refs/")
    names = [f"heads/{name}" for name in call.repo.branches] + [f"tags/{name}" for name in call.repo.tags]
    found = sorted(name for name in names if name.startswith(prefix))
    return call.page(found, lambda name: reference_json(call.world, call.repo, f"refs/{name}"))


def _sha(call: Call) -> str:
    sha = call.text("sha")
    if not sha:
        raise wrong_type("sha", sha, "a string")
    if call.world.objects.get(sha) is None:
        raise refused("Object does not exist")
    return sha


def create_reference(call: Call) -> Answer:
    ref, sha = call.text("ref") or "", _sha(call)
    if not ref.startswith("refs/") or ref.count("/") < 2:
        raise refused("Reference name must start with 'refs/' and contain at least one more '/'.")
    short = ref.removeprefix("refs/")
    if _exists(call, short):
        raise refused("Reference already exists")
    kind, _, name = short.partition("/")
    if kind == "heads":
        if not isinstance(call.world.objects.get(sha), Commit):
            raise refused("Object is not a commit")
        pushes.push(call.world, call.repo, call.who, name, sha)
    elif kind == "tags":
        refs.set_tag(call.world, call.repo, call.who, name, sha)
    else:
        raise refused(f"{ref} is not a valid ref name.")
    return Answer(reference_json(call.world, call.repo, ref), 201)


def update_reference(call: Call) -> Answer:
    ref, sha, force = call.path["ref"], _sha(call), bool(call.fields.get("force"))
    if not _exists(call, ref):
        raise refused("Reference does not exist")
    kind, _, name = ref.partition("/")
    if kind == "heads":
        pushes.push(call.world, call.repo, call.who, name, sha, force=force)
    else:
        refs.set_tag(call.world, call.repo, call.who, name, sha, force=force)
    return Answer(reference_json(call.world, call.repo, f"refs/{ref}"))


def delete_reference(call: Call) -> Answer:
    kind, _, name = call.path["ref"].partition("/")
    if kind == "heads":
        pushes.delete_branch(call.world, call.repo, call.who, name)
    else:
        refs.delete_tag(call.world, call.repo, call.who, name)
    return Answer(status=204)


def tag(call: Call) -> Answer:
    found = call.world.objects.get(call.path["sha"])
    if not isinstance(found, TagObject):
        raise not_found()
    return Answer(tag_object_json(call.world, call.repo, found))


def commit(call: Call) -> Answer:
    found = call.world.objects.get(call.path["sha"])
    if not isinstance(found, Commit):
        raise not_found()
    return Answer(git_commit_json(call.world, call.repo, found))
