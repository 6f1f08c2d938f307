"""One version: its notes, from the ledger, and its release on GitHub."""
