"""Reactions to comments, issues and pull requests. One of each kind per person; there is no webhook for them."""

from __future__ import annotations

from sandbox.github.accounts import Actor
from sandbox.github.errors import forbidden, invalid, not_found
from sandbox.github.shapes.atoms import REACTIONS
from sandbox.github.state import Comment, Issue, Reaction, Repository
from sandbox.github.world import World


def react(world: World, repo: Repository, actor: Actor, on: Comment | Issue, content: object) -> tuple[Reaction, bool]:
    """The reaction, and whether it is new."""
    if content not in REACTIONS:
        raise invalid("Reaction", "content")
    for reaction in on.reactions:
        if reaction.user == actor.user and reaction.content == content:
            return reaction, False
    reaction = Reaction(world.new_id(), actor.user, str(content), float(int(world.now())))
    on.reactions.append(reaction)
    world.changed(repo)
    return reaction, True


def remove(world: World, repo: Repository, actor: Actor, on: Comment | Issue, number: int) -> None:
    """Take back one's own reaction."""
    for reaction in on.reactions:
        if reaction.id == number:
            if reaction.user != actor.user:
                raise forbidden("You do not have permission to delete this reaction.")
            on.reactions.remove(reaction)
            world.changed(repo)
            return
    raise not_found()
