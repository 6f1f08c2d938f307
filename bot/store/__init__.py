"""SQL is the memory: records, what was asked, the ledger, intents. `Store` is the only way in."""

from bot.store.commits import Committed
from bot.store.engine import StoreUnreachable, make_engine, migrate
from bot.store.reads import Audited, KeptPolicy, Sleeper
from bot.store.store import Store

__all__ = ["Audited", "Committed", "KeptPolicy", "Sleeper", "Store", "StoreUnreachable", "make_engine", "migrate"]
