"""`.github/tagboat.yml` → `Policy`, with errors that name the line and the fix."""

from bot.policy.environments import Environment
from bot.policy.errors import PolicyError
from bot.policy.model import NO_POLICY, Policy
from bot.policy.parse import Parsed, parse_policy

__all__ = ["NO_POLICY", "Environment", "Parsed", "Policy", "PolicyError", "parse_policy"]
