"""`/skip-step [environment] [reason]`: go on without what the present step waits for."""

from bot.commands.steer import steering

VERB = steering(
    "skip-step",
    "/skip-step [environment] [reason]",
    "Go on without the check that the present step waits for.",
    "skip_step",
)
