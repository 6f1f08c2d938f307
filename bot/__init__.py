"""`bot/` hears and decides: webhooks in, decisions out. Everything here is pure, save the rooms that say otherwise.

The rooms with I/O are `app.py` and `web/` (HTTP in), `queue.py` (Redis), `store/` (SQL) and `settings.py` (the environment, once).
"""
