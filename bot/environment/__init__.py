"""One environment: what is live there, what was last good, and the rollout that is moving. Only its job starts, moves and stops one."""
