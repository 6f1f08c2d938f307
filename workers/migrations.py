"""Who brought each migration of a change, and who of its owners has approved that; asked only where production would be refused else."""

from dataclasses import replace

from bot.decision import Actor
from bot.gates import Pull
from bot.gates.migrations import guarded
from bot.gates.schema import Migration, Schema
from bot.ledger import Merged
from bot.policy import Policy
from workers import teams
from workers.github import RepoClient
from workers.reviews import newest_reviews
from workers.undone import ASKED_ABOUT, of_pull


async def looked_into(
    client: RepoClient, policy: Policy, environment: str, pull: Pull, brings: tuple[Merged, ...], found: Schema
) -> Schema:
    """The same migrations with who brought and who approved them.

    Nothing where nothing is unsafe. Else 1 request for each pull request that may have brought something, if there is more than one; then 1
    for each that did, and 1 or 2 for each team of whoever approved its newest commit.
    """
    if not guarded(policy, environment) or (not found.unsafe and found.whole):
        return found
    heads = {pull.number: pull.head_sha} | {it.number: it.head_sha for it in brings}
    heads.pop(0, None)
    found = await _brought(client, policy, tuple(heads), found)
    asked = {it.pull for it in found.unsafe} | (set() if found.whole else {pull.number})
    by = {number: await _approved(client, policy, number, heads[number]) for number in sorted(asked & heads.keys())}
    named = tuple(replace(it, approved_by=by.get(it.pull, ())) for it in found.migrations)
    return Schema(named, found.whole, by.get(pull.number, ()))


async def _brought(client: RepoClient, policy: Policy, numbers: tuple[int, ...], found: Schema) -> Schema:
    """A comparison of more files than GitHub shows leaves some out; the pull requests' own lists have them."""
    if len(numbers) == 1 and found.whole:
        return replace(found, migrations=tuple(replace(it, pull=numbers[0]) for it in found.migrations))
    brought: dict[str, Migration] = {}
    for number in numbers[:ASKED_ABOUT]:
        for one in await of_pull(client, policy, number):
            brought.setdefault(one.path, replace(one, pull=number))
    named = [replace(it, pull=brought[it.path].pull) if it.path in brought else it for it in found.migrations]
    known = {it.path for it in named}
    more = [it for it in brought.values() if it.path not in known] if not found.whole else []
    return replace(found, migrations=(*named, *more))


async def _approved(client: RepoClient, policy: Policy, number: int, head: str) -> tuple[Actor, ...]:
    """Those of the owners whose newest review approves this very commit."""
    owners = policy.readiness.reversible.review
    if not owners:
        return ()
    found = []
    for review in (await newest_reviews(client, number)).values():
        if review.state == "approved" and review.sha == head:
            members = await teams.memberships(client, owners, review.by.login)
            found += [review.by] if any(members.values()) else []
    return tuple(found)
