"""One repository's delivery metrics: the four keys, counted from the ledger and from nothing else."""
