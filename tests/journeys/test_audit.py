"""Who did what, and what came of it, is in the audit trail afterwards, in chains that hold."""

from tests.world import World
from workers.audit import export


async def test_a_rollout_is_in_the_trail_from_the_command_to_its_end(world: World) -> None:
    pull = await world.open_green()
    await world.say("dave", pull.number, "/deploy canary")
    await world.say("alice", pull.number, "/deploy canary")
    await world.until(lambda: world.traffic() == 5)
    await world.say("carol", pull.number, "/halt hm")
    await world.say("alice", pull.number, "/resume")
    world.playground.switches.turn("break_canary", True)
    await world.until(lambda: world.rollout == "failure")

    trail = await world.store.audit(world.repo.id)
    typed = [(it.line.actor, it.line.action, it.line.outcome) for it in trail if it.line.action.startswith("/")]
    assert typed == [
        ("dave", "/deploy", "permission_denied"),
        ("alice", "/deploy", "accepted"),
        ("carol", "/halt", "accepted"),
        ("alice", "/resume", "accepted"),
    ]
    assert {it.line.sha for it in trail} == {pull.sha}
    assert {it.line.environment for it in trail} == {"production"}
    assert all(it.line.permission for it in trail if it.line.actor_id), "what they might do then"
    alice = next(it.line for it in trail if it.line.actor == "alice")
    assert (alice.actor_id, alice.permission) == (world.github.person("alice").id, "write")
    assert (alice.sha, alice.gates) == (pull.sha, ())
    started = next(it.line for it in trail if it.line.outcome == "started")
    assert (started.action, started.sha, started.permission) == ("deploy", pull.sha, "write")
    moves = [it.line.action for it in trail if it.line.outcome == "moved"]
    assert moves[0].startswith("Pending → ")
    assert moves[-1] == "RollingBack → RolledBack"
    back = next(it.line for it in trail if it.line.action.endswith("→ RollingBack"))
    assert "error rate" in back.because.lower()

    verified = await export(world.store, "harbour/shop", lambda line: None)
    assert (verified.lines, verified.broken) == (len(trail), ())
