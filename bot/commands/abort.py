"""`/abort [environment] [reason]`: end the rollout, and leave traffic to people. The way out where there is nothing to go back to."""

from bot.commands.steer import steering

VERB = steering(
    "abort",
    "/abort [environment] [reason]",
    "End the rollout where it is: traffic stays as it is, and is yours. Where a deployment waits for its turn, withdraw it.",
    "abort",
    stops=True,
)
