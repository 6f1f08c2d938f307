"""SQL is the memory: records, what was asked, the ledger, intents. `Store` is the only way in."""

from bot.store.commits import Committed
from bot.store.engine import StoreUnreachable, make_engine, migrate
from bot.store.reads import KeptPolicy, Sleeper
from bot.store.store import Store
from bot.store.trail import Audited

__all__ = ["Audited", "Committed", "KeptPolicy", "Sleeper", "Store", "StoreUnreachable", "make_engine", "migrate"]
