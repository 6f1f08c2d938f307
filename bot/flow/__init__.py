"""One commit on its way: which checks prove which stage, shown where the commit is talked about."""
