"""`/resume [environment] [reason]`: let go of what was held."""

from bot.commands.steer import steering

VERB = steering(
    "resume",
    "/resume [environment] [reason]",
    "Let a paused rollout go on, or those that are held after a rollback.",
    "resume",
)
