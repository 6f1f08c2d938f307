"""What a rollout says where another tool has deployed meanwhile: why it is held, what going on does then, and why it does not go back by
itself. Plain text, like everything in `because.py`.
"""

from bot.rollout import because
from bot.rollout.model import Rollout
from bot.rollout.moves import overtaken
from bot.rollout.stranger import Stranger, came, listed, stake


def held_for(rollout: Rollout, new: tuple[Stranger, ...]) -> str:
    """Others have deployed meanwhile. `new` are those that nobody was told of yet."""
    plan, others = rollout.plan, listed(stake(rollout.strangers))
    said = came(new, plan.environment, plan.candidate)
    back = f"/rollback sends everybody back to {because.short(plan.baseline)}" if plan.rollback else ""
    if rollout.asked_at is None:
        return f"{said}. I have not moved anything. Type /abort and deploy anew on top of it, or /resume to begin all the same, which takes {others} from users"
    if not others:
        ways = ", ".join(way for way in ("/resume goes on", back, "/abort leaves traffic as it is") if way)
        return f"{said}. What was asked for since has taken it from users, as far as the driver did it: look. {ways}"
    again = f"/resume asks for {because.exposure(rollout)} again"
    ways = f"{again}, {back}: either takes" if back else f"{again}: that takes"
    return f"{said}. {ways} {others} from users. /abort leaves traffic as it is"


def going_on(rollout: Rollout) -> str:
    """The answer to whoever lets it go on, also over what another tool has deployed meanwhile."""
    others = [it for it in rollout.strangers if not it.taken]
    again = f": asking for it again, which takes {listed(others)} from users" if others and overtaken(rollout) else ""
    return f"going on {because.place(rollout)}{again}"


def not_alone(why: str, rollout: Rollout) -> str:
    others = listed(stake(rollout.strangers))
    return f"{why}, but going back would take {others} from users, too, so a person decides. Type /rollback to do it all the same, /resume to go on, or /abort to leave traffic as it is"
