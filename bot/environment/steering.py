"""What each verb that steers asks of the rollout that moves."""

from bot.environment.start import ROLLBACK
from bot.rollout.model import Want

STEERING = {
    "promote": Want.PROMOTE,
    "promote_all": Want.PROMOTE_ALL,
    "halt": Want.HALT,
    "resume": Want.RESUME,
    "retry": Want.RETRY,
    "skip_step": Want.SKIP,
    "abort": Want.ABORT,
    ROLLBACK: Want.ROLLBACK,
}
