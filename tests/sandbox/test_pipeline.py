"""The team's deploy workflow on stepped time: what it reports, what it moves, what it refuses, how it goes wrong on purpose.

Long because every order and every fault has a scene of its own, played by one team.
"""

from typing import Any

import pytest

from sandbox.github import deployments
from sandbox.github.accounts import Actor
from sandbox.github.state import Deployment, Repository
from sandbox.github.world import World
from sandbox.people import People
from sandbox.pipeline import Pipeline
from sandbox.seed import HOME
from sandbox.service import Shop
from sandbox.switches import SWITCHES, Switchboard


class Team:
    """A rollout as the bot would make it: one root, one deployment per shift."""

    def __init__(self, world: World, people: People) -> None:
        self.world, self.people = world, people
        self.shop = Shop(rps=40)
        self.pipeline = Pipeline(world, self.shop, HOME)
        self.pipeline.adopt()
        self.switches = Switchboard(world, self.shop, self.pipeline)
        self.baseline = self.repo.branches["main"]
        app = world.app_by_slug("tagboat")
        self.bot = Actor(app.bot, app)

    @property
    def repo(self) -> Repository:
        return self.people.repo

    async def candidate(self) -> str:
        pull = await self.people.open_pull("alice", "feat: a change", {"shop/new.py": "x = 1\n"})
        return str(pull["head"]["sha"])

    def create(self, sha: str, task: str, payload: Any = "", environment: str = "production") -> Deployment:
        wanted = {
            "ref": sha, "task": task, "environment": environment, "payload": payload, "auto_merge": False,
            "required_contexts": [], "transient_environment": task == "shift", "production_environment": task != "shift",
        }  # fmt: skip
        return deployments.create(self.world, self.repo, self.bot, wanted)

    def shift(self, sha: str, share: float, generation: int = 1, **changes: Any) -> Deployment:
        payload: dict[str, Any] = {
            "schema": 1, "rollout": 1, "step": f"shift-{share:g}", "attempt": 1, "generation": generation,
            "traffic": share, "target": {"candidate": share, "baseline": 100 - share, "mirror": 0},
            "candidate": sha, "baseline": self.baseline,
        }  # fmt: skip
        return self.create(sha, "shift", {**payload, **changes})

    def report(self, deployment: Deployment, state: str) -> None:
        deployments.add_status(self.world, self.repo, self.bot, deployment, {"state": state})

    def serving(self, environment: str = "production") -> tuple[str | None, str | None, float]:
        traffic = self.shop.traffic(environment)
        return traffic.baseline, traffic.candidate, traffic.candidate_share


@pytest.fixture
def team(world: World, people: People) -> Team:
    return Team(world, people)


def states(deployment: Deployment) -> list[str]:
    return [status.state for status in deployment.statuses]


async def test_what_was_deployed_before_is_served(team: Team) -> None:
    assert team.serving() == (team.baseline, None, 0)
    assert team.serving("staging") == (team.baseline, None, 0)
    live = [one for one in team.repo.deployments.values() if one.environment == "production"][-1]
    since = next(status.created_at for status in live.statuses if status.state == "success")
    before = team.shop.tally("production", "baseline", since)
    assert team.shop.tally("production", "baseline", since + 60).requests - before.requests == pytest.approx(2400)


async def test_a_shift_is_begun_then_done_and_moves_the_traffic_when_done(team: Team) -> None:
    sha = await team.candidate()
    shift = team.shift(sha, 5)
    await team.world.clock.advance(0.9)
    assert states(shift) == []
    await team.world.clock.advance(0.1)
    assert states(shift) == ["in_progress"]
    assert team.serving() == (team.baseline, None, 0)
    await team.world.clock.advance(1.9)
    assert states(shift) == ["in_progress"]
    await team.world.clock.advance(0.1)
    assert states(shift) == ["in_progress", "success"]
    assert team.serving() == (team.baseline, sha, 5)
    status = shift.statuses[-1]
    assert status.creator.login == "github-actions[bot]"
    assert status.description == f"5% of the traffic is on {sha[:7]}"
    assert status.environment_url.endswith("/harbour/shop/deployments/production")
    assert status.log_url.endswith(f"/harbour/shop/actions/runs/{shift.id}")
    assert [line.text for line in team.pipeline.logs[shift.id]][-1] == status.description


async def test_a_rollout_to_the_end(team: Team) -> None:
    """The root's statuses are the bot's: the workflow writes none, but its success makes the candidate the baseline."""
    sha = await team.candidate()
    root = team.create(sha, "rollout")
    for share in (5, 25, 50, 100):
        team.shift(sha, share)
        await team.world.clock.advance(60)
        assert team.serving() == (team.baseline, sha, share)
    assert states(root) == []
    team.report(root, "success")
    assert team.serving() == (sha, None, 0)


async def test_a_rollback_sends_all_traffic_back(team: Team) -> None:
    sha = await team.candidate()
    team.shift(sha, 50)
    await team.world.clock.advance(5)
    back = team.create(
        team.baseline,
        "shift",
        {"schema": 1, "generation": 2, "traffic": 0, "candidate": sha, "baseline": team.baseline},
    )
    await team.world.clock.advance(5)
    assert states(back) == ["in_progress", "success"]
    assert team.serving() == (team.baseline, None, 0)
    assert back.statuses[-1].description == f"All traffic is on {team.baseline[:7]}"


async def test_an_older_generation_is_refused(team: Team) -> None:
    sha = await team.candidate()
    newer = team.shift(sha, 0, generation=7)
    older = team.shift(sha, 50, generation=6)
    await team.world.clock.advance(5)
    assert states(newer) == ["in_progress", "success"]
    assert states(older) == ["error"]
    assert older.statuses[0].description == "Refused: generation 6 is older than 7, which was ordered since"
    assert team.serving() == (team.baseline, None, 0)


async def test_a_run_under_way_looks_again_before_it_moves_anything(team: Team) -> None:
    """A slow 25 % must not undo the rollback that was ordered while it ran."""
    sha = await team.candidate()
    team.shift(sha, 5)
    await team.world.clock.advance(5)
    slow = team.shift(sha, 25, generation=1)
    await team.world.clock.advance(2)
    back = team.shift(sha, 0, generation=2)
    await team.world.clock.advance(10)
    assert states(slow) == ["in_progress", "error"]
    assert states(back) == ["in_progress", "success"]
    assert team.serving() == (team.baseline, None, 0)


async def test_generations_are_counted_by_environment(team: Team) -> None:
    sha = await team.candidate()
    team.create(sha, "shift", {"schema": 1, "generation": 9, "traffic": 100, "candidate": sha}, "staging")
    production = team.shift(sha, 5, generation=1)
    await team.world.clock.advance(5)
    assert states(production) == ["in_progress", "success"]
    assert team.serving("staging")[1:] == (sha, 100)


@pytest.mark.parametrize(
    ("payload", "description"),
    [
        ("", "This workflow understands payloads of schema 1, not None"),
        ({"schema": 2, "generation": 1, "traffic": 5}, "This workflow understands payloads of schema 1, not 2"),
        ({"schema": 1, "traffic": 5}, "The payload has no generation"),
        ({"schema": 1, "generation": True, "traffic": 5}, "The payload has no generation"),
        ({"schema": 1, "generation": 1}, "traffic has to be a number from 0 to 100"),
        ({"schema": 1, "generation": 1, "traffic": "5%"}, "traffic has to be a number from 0 to 100"),
        ({"schema": 1, "generation": 1, "traffic": 101}, "traffic has to be a number from 0 to 100"),
        ({"schema": 1, "generation": 1, "traffic": float("nan")}, "traffic has to be a number from 0 to 100"),
        ({"schema": 1, "generation": 1, "traffic": 5, "candidate": 5}, "candidate and baseline have to be commits"),
        ({"schema": 1, "generation": 1, "traffic": 5, "target": {"mirror": -1}}, "traffic has to be a number from 0 to 100"),
    ],
)  # fmt: skip
async def test_a_payload_that_makes_no_sense_fails_and_moves_nothing(
    team: Team, payload: Any, description: str
) -> None:
    sha = await team.candidate()
    shift = team.create(sha, "shift", payload)
    await team.world.clock.advance(60)
    assert states(shift) == ["failure"]
    assert shift.statuses[0].description == description
    assert team.serving() == (team.baseline, None, 0)


async def test_the_target_may_carry_the_share_and_a_mirror(team: Team) -> None:
    sha = await team.candidate()
    team.create(sha, "shift", {"schema": 1, "generation": 1, "target": {"candidate": 0, "mirror": 10}})
    await team.world.clock.advance(5)
    assert team.serving() == (team.baseline, sha, 0)
    assert team.shop.traffic("production").mirror == 10


async def test_another_tools_deployment_serves_everything_once_it_succeeded(team: Team) -> None:
    sha = await team.candidate()
    await team.people.deploy(sha, "production", "in_progress")
    await team.world.clock.advance(60)
    assert team.serving()[0] == team.baseline
    await team.people.deploy(sha, "production", "in_progress", "success")
    assert team.serving() == (sha, None, 0)


async def test_a_persons_deployment_is_run_by_the_workflow(team: Team) -> None:
    sha = await team.candidate()
    wanted = {"ref": sha, "environment": "staging", "auto_merge": False, "required_contexts": []}
    made = deployments.create(team.world, team.repo, Actor(team.world.user("alice")), wanted)
    await team.world.clock.advance(5)
    assert states(made) == ["in_progress", "success"]
    assert team.serving("staging") == (sha, None, 0)


async def test_failing_once(team: Team) -> None:
    sha = await team.candidate()
    team.switches.turn("pipeline_fails", True)
    first = team.shift(sha, 5)
    await team.world.clock.advance(5)
    assert states(first) == ["in_progress", "failure"]
    assert team.serving() == (team.baseline, None, 0)
    assert team.switches.state()["pipeline_fails"] is False
    again = team.shift(sha, 5, attempt=2)
    await team.world.clock.advance(5)
    assert states(again) == ["in_progress", "success"]


async def test_slow(team: Team) -> None:
    sha = await team.candidate()
    team.switches.turn("pipeline_slow", True)
    shift = team.shift(sha, 5)
    await team.world.clock.advance(14)
    assert states(shift) == ["in_progress"]
    await team.world.clock.advance(1)
    assert states(shift) == ["in_progress", "success"]


async def test_hanging_and_going_on(team: Team) -> None:
    sha = await team.candidate()
    team.switches.turn("pipeline_hangs", True)
    shift = team.shift(sha, 5)
    await team.world.clock.advance(3600)
    assert states(shift) == ["in_progress"]
    assert team.pipeline.hanging == 1
    team.switches.turn("pipeline_hangs", False)
    await team.world.clock.advance(0)
    assert states(shift) == ["in_progress", "success"]
    assert team.serving() == (team.baseline, sha, 5)


async def test_what_hung_is_fenced_too(team: Team) -> None:
    sha = await team.candidate()
    team.switches.turn("pipeline_hangs", True)
    stuck = team.shift(sha, 50, generation=1)
    await team.world.clock.advance(60)
    team.switches.turn("pipeline_hangs", False)
    back = team.shift(sha, 0, generation=2)
    await team.world.clock.advance(60)
    assert states(stuck) == ["in_progress", "error"]
    assert states(back) == ["in_progress", "success"]


async def test_other_repositories_are_not_its_business(team: Team) -> None:
    other = team.world.create_repository(team.world.user("harbour"), "docs", {"README.md": "# Docs\n"})
    payload = {"schema": 1, "generation": 1, "traffic": 50}
    wanted = {"ref": "main", "task": "shift", "payload": payload, "auto_merge": False, "required_contexts": []}
    made = deployments.create(team.world, other, team.bot, wanted)
    deployments.add_status(team.world, other, team.bot, made, {"state": "success"})
    await team.world.clock.advance(60)
    assert states(made) == ["success"]
    assert team.serving() == (team.baseline, None, 0)


async def test_what_the_root_says_before_the_end_promotes_nothing(team: Team) -> None:
    sha = await team.candidate()
    root = team.create(sha, "rollout")
    team.report(root, "in_progress")
    team.shift(sha, 50)
    await team.world.clock.advance(5)
    team.report(root, "failure")
    assert team.serving() == (team.baseline, sha, 50)


async def test_every_switch_can_be_turned_on_and_off_again(team: Team) -> None:
    for name, switch in SWITCHES.items():
        assert switch.note(team.switches)
        team.switches.turn(name, True)
        assert team.switches.state()[name] is True
        assert [other for other, on in team.switches.state().items() if on] == [name]
        assert switch.note(team.switches)
        team.switches.turn(name, False)
        assert team.switches.state()[name] is False
    for name in SWITCHES:
        team.switches.turn(name, True)
    team.switches.reset()
    assert not any(team.switches.state().values())
    with pytest.raises(KeyError):
        team.switches.turn("nosuch", True)


async def test_the_switches_reach_what_they_are_named_after(team: Team) -> None:
    sha = await team.candidate()
    team.shift(sha, 50)
    await team.world.clock.advance(60)
    began = team.world.now()

    async def minute(name: str) -> tuple[float, float, float]:
        """Errors of both tracks and slow requests of the canary, as shares, in a minute with that switch on."""
        team.switches.turn(name, True)
        start = team.world.now()
        await team.world.clock.advance(60)
        team.switches.turn(name, False)
        canary, baseline = (
            team.shop.tally("production", track, start + 60) - team.shop.tally("production", track, start)
            for track in ("canary", "baseline")
        )
        return canary.errors / canary.requests, baseline.errors / baseline.requests, canary.slow / canary.requests

    assert await minute("break_canary") == pytest.approx((0.201, 0.001, 0))
    assert await minute("slow_canary") == pytest.approx((0.001, 0.001, 0.2))
    assert await minute("shared_outage") == pytest.approx((0.201, 0.201, 0))
    assert team.world.now() == began + 180
    team.switches.turn("ci_fails", True)
    head = (await team.people.open_pull("alice", "feat: another", {"shop/other.py": "y = 1\n"}))["head"]["sha"]
    await team.world.clock.advance(10)
    conclusions = {run.name: run.conclusion for run in team.repo.runs.values() if run.head_sha == head}
    assert conclusions["unit"] == "failure"
    assert conclusions["lint"] == "success"
