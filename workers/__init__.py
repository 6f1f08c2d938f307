"""`workers/` looks and acts: it observes the world for the decisions in `bot/` and performs the effects they ask for."""
