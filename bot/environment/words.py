"""What the machine says of a rollout, for people: with the commands that it asks for as they have to be typed."""

from bot.markdown import marked

STEERING = frozenset({"promote", "resume", "halt", "retry", "skip-step", "rollback", "abort", "thaw"})


def in_words(because: str, environment: str, prefix: str) -> str:
    """What the machine says of a rollout, with what it asks people to type."""
    return marked(because, STEERING, prefix=prefix, environment=environment, limit=900)
