"""How the tables came to be, one file per change under `versions/`. Run by `bot.store.migrate`, never by hand."""
