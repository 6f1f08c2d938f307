"""Journeys on which something waits for something else: a turn, a lock, a freeze, checks, an answer, the end of a watch. What waits is remembered
by nobody but SQL, so these are the ones on which a death between hearing and acting would be noticed last.

Whoever acts while something moves finds it at 5 % for minutes (`SLOW`), so that a death and its half minute do not change who is first.
"""

from sandbox.service import Fault
from tests.dispatching import FILE, MORTAL_DISPATCH_POLICY, workflow_to_copy
from tests.policies import MORTAL_POLICY
from tests.robustness.journeys import SLOW, Journey, deploy, open_pull, watched_at_five_percent
from tests.robustness.mortal import MortalWorld

SOME_MINUTES = 300.0
"""Where there is no rest: what may go by itself, and an incident that is open, are looked at again and again."""

SLOWISH = SLOW.replace("bake: 10m", "bake: 3m")
WATCHED = MORTAL_POLICY.replace("watch: { for: 0s, automatic_for: 0s }", "watch: { for: 3m, automatic_for: 3m }")
AUTOMATIC = MORTAL_POLICY.replace(
    "  staging: {}\n", "  staging: { deploy: auto, strategy: recreate, checks: [unit, integration] }\n"
).replace("strategies:\n", "strategies:\n  recreate: { bake: 5s }\n")


async def go_on_undisturbed(world: MortalWorld) -> None:
    """From here on it is the journey of every deployment."""
    world.points.armed = world.receiving.armed = False
    await world.rest()


async def merged(world: MortalWorld, title: str, path: str) -> int:
    pull = await world.open_green(title, changes={path: "X = 1\n"})
    done = await world.people.merge("bob", pull.number)
    await world.pass_checks(done["merge_commit_sha"])
    return pull.number


async def one_at_five_percent_of_two(world: MortalWorld) -> None:
    await merged(world, "feat: gift cards", "cards.py")
    await merged(world, "fix: rounding", "round.py")
    await world.rest()
    await world.people.comment("alice", 1, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.advance(60)


async def wait_for_a_turn(world: MortalWorld) -> None:
    await world.people.comment("bob", 2, "/deploy canary")
    await world.until(lambda: "Waits for the canary" in world.comment_text(2))
    await world.advance(2)
    await world.people.comment("alice", 1, "/promote")
    await world.until(lambda: "Waits for the canary" not in world.comment_text(2))
    await go_on_undisturbed(world)


async def watched(world: MortalWorld) -> None:
    await open_pull(world)
    await world.people.comment("alice", 1, "/deploy canary")
    await world.until(lambda: world.rollout == "success")
    await world.advance(10)


async def turn_bad_after_success(world: MortalWorld) -> None:
    world.playground.shop.spoil(world.github.now(), Fault.BROKEN, world.github.pull(world.repo, 1).head_sha)
    await world.rest()


async def merged_with_checks_to_come(world: MortalWorld) -> None:
    await world.people.deploy(world.repo.branches["main"], "staging", "success")
    await open_pull(world)
    await world.people.merge("bob", 1)
    await world.advance(60)


async def checks_turn_green(world: MortalWorld) -> None:
    for name in ("lint", "build", "unit", "integration"):
        await world.people.set_check(world.repo.branches["main"], name, "success")
    await world.advance(SOME_MINUTES)


async def incident_laid_at_it(world: MortalWorld) -> None:
    issue = await world.people.open_issue("bob", "Checkout is down", "Nobody can pay.", labels=("incident", "sev-1"))
    await world.until(lambda: "an incident began after this shift" in world.comment_text(1))
    await world.until(lambda: bool(world.bot_comments(issue["number"]) and world.notices(1)))
    await world.advance(2)
    await world.people.comment("bob", issue["number"], "/incident caused-by #1")
    await world.until(lambda: world.rollout == "failure")
    await world.advance(SOME_MINUTES)
    await world.people.close("bob", issue["number"])
    await world.rest()


async def locked(world: MortalWorld) -> None:
    await world.open_green("feat: gift cards", changes={"cards.py": "X = 1\n"})
    await world.open_green("fix: rounding", changes={"round.py": "X = 1\n"})
    await world.rest()
    await world.people.comment("alice", 1, "/lock production 90m load test")
    await world.until(lambda: "🔒 locked for #1" in world.comment_text(1))
    await world.advance(60)


async def lock_passes_on(world: MortalWorld) -> None:
    await world.people.comment("bob", 2, "/lock production 30m my turn")
    await world.until(lambda: "⏳ next for the lock" in world.comment_text(2))
    await world.advance(2)
    await world.people.close("alice", 1)
    await world.until(lambda: bool(world.notices(2)))
    await world.advance(2)
    await world.people.comment("bob", 2, "/unlock production")
    await world.rest()


async def freeze_and_thaw(world: MortalWorld) -> None:
    await world.people.comment("bob", 1, "/freeze production 90m --hold the fair is on")
    await world.until(lambda: "bob froze it in" in world.comment_text(1))
    await world.advance(2)
    await world.people.comment("bob", 1, "/thaw production")
    await world.until(lambda: "❄️ frozen" not in world.comment_text(1))
    await go_on_undisturbed(world)


async def unit_to_come(world: MortalWorld) -> None:
    pull = await world.people.open_pull("alice", "feat: gift cards", {"cards.py": "X = 1\n"})
    for name in ("lint", "build", "integration"):
        await world.people.set_check(pull["head"]["sha"], name, "success")
    await world.people.set_check(pull["head"]["sha"], "unit", "in_progress")
    await world.rest()


async def when_green(world: MortalWorld) -> None:
    await world.people.comment("alice", 1, "/deploy canary --when-green")
    await world.until(lambda: "waits to begin" in world.comment_text(1))
    await world.advance(2)
    await world.people.set_check(world.github.pull(world.repo, 1).head_sha, "unit", "success")
    await world.until(lambda: world.traffic() == 5)
    await go_on_undisturbed(world)


OCCASIONS = {
    "a turn": Journey(one_at_five_percent_of_two, wait_for_a_turn, SLOWISH, living=(1, 2), each=10),
    "bad after success": Journey(watched, turn_bad_after_success, WATCHED, each=10),
    "deploy: auto": Journey(merged_with_checks_to_come, checks_turn_green, AUTOMATIC, each=10),
    "incident": Journey(watched_at_five_percent, incident_laid_at_it, SLOW, living=(1, 2), each=10),
    "lock and hand-off": Journey(locked, lock_passes_on, living=(1, 2), each=10),
    "freeze and thaw": Journey(watched_at_five_percent, freeze_and_thaw, SLOWISH, each=10),
    "when green": Journey(unit_to_come, when_green, each=10),
    "by workflow runs": Journey(open_pull, deploy, MORTAL_DISPATCH_POLICY, files={FILE: workflow_to_copy()}, each=10),
}
