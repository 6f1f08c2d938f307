"""`/halt [environment] [reason]`: hold the rollout where it is."""

from bot.commands.steer import steering

VERB = steering(
    "halt", "/halt [environment] [reason]", "Hold the rollout where it is; traffic stays as it is.", "halt", stops=True
)
