"""A stateful GitHub: its records, what can be done with them, the JSON they look like, the webhooks they cause, the REST routes."""
