"""Redis is the nervous system: who wants to be looked at, and by whom it is. `Queue` is the only way in."""

from bot.queue.pipe import Pipe
from bot.queue.queue import JOB, JOB_TIMEOUT, LEASE, LONG_QUEUE, PREFIX, QUEUE, SECOND_LOOK, Queue, State, Turn

__all__ = [
    "JOB",
    "JOB_TIMEOUT",
    "LEASE",
    "LONG_QUEUE",
    "PREFIX",
    "QUEUE",
    "SECOND_LOOK",
    "Pipe",
    "Queue",
    "State",
    "Turn",
]
