"""Who is in which team, asked of GitHub at the moment when it matters: a policy may give a right to a team, and people leave teams."""

from collections.abc import Iterable
from dataclasses import replace

from bot.gates import GateFacts, Pull
from bot.gates.freezes import ends
from bot.policy import Environment, Policy
from bot.policy.who import Action
from workers.github import RepoClient, read
from workers.github.errors import GitHubError, RateLimited, Unreachable
from workers.permission import member_as


async def memberships(client: RepoClient, teams: Iterable[str], login: str) -> dict[str, bool]:
    """For each team (`team:sre`) whether `login` is an active member of it, by its name in the policy. 1 request each, 2 for a no; none for
    "", who is nobody.

    A team that GitHub will not tell of is left out: there is none of that name, the App may not read members, or a person owns the
    repository. A passing fault is raised and tried again.
    """
    if not login:
        return dict.fromkeys(teams, False)
    found = {}
    for team in sorted(set(teams)):
        try:
            member = await read.team_member(client, team.removeprefix("team:"), login)
        except (RateLimited, Unreachable):
            raise
        except GitHubError:
            continue
        if member is not None:
            found[team] = member
    return found


async def of_wish(
    client: RepoClient,
    policy: Policy,
    environment: Environment | None,
    action: Action,
    login: str | None,
    pull: Pull,
    now: float,
) -> dict[str, bool]:
    """The teams that matter for one wish, as the gates want them: of its author (`login`, "" for nobody, None where the policy itself asks), and (`team:sre:login`) of those who
    approved it."""
    if environment is None:
        return {}
    mine = [*_named(policy, environment, action), *_exempt(policy, environment, now)] if login is not None else []
    found = await memberships(client, mine, login or "")
    if environment.approvals.count:
        for review in pull.approvals:
            if review.state == "approved" and review.sha == pull.head_sha:
                theirs = await memberships(client, environment.approvals.from_, review.by.login)
                found |= {f"{team}:{review.by.login}": member for team, member in theirs.items()}
    return found


def _named(policy: Policy, environment: Environment | None, action: Action) -> tuple[str, ...]:
    wanted = policy.who(environment, action)
    return () if isinstance(wanted, str) else wanted


def _exempt(policy: Policy, environment: Environment, now: float) -> tuple[str, ...]:
    """Of the freezes that are in force, however many, and of those that would hold a rollout which begins before them."""
    name = environment.name.casefold()
    here = [it for it in policy.freezes if name in {one.casefold() for one in it.environments}]
    meant = (it for it in here if it.in_flight == "hold" or ends(it, now) is not None)
    return tuple(team for it in meant for team in it.exempt)


async def of_actions(
    client: RepoClient, policy: Policy, wanted: Iterable[tuple[Environment | None, Action]], login: str
) -> dict[str, bool]:
    """The teams that decide whether `login` may do these things."""
    return await memberships(client, (team for it in wanted for team in _named(policy, *it)), login)


async def past_the_rules(client: RepoClient, policy: Policy, facts: GateFacts) -> GateFacts:
    """The same wish, with `--break-glass`: 1 or 2 requests for each team that may."""
    login = member_as(facts.actor, facts.permission)
    mine = await of_actions(client, policy, [(facts.environment, "break_glass")], login)
    return replace(facts, break_glass=True, teams={**facts.teams, **mine})
