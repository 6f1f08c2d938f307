"""Versions: SemVer tags in order, conventional titles, which release came before which, and which one comes next."""
