"""`/retry [environment] [reason]`: once more what failed for reasons that are not the release's."""

from bot.commands.steer import steering

VERB = steering(
    "retry",
    "/retry [environment] [reason]",
    "Try again a shift or a check that failed for reasons of infrastructure.",
    "retry",
)
