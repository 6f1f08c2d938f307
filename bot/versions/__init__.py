"""Versions: SemVer tags in order, conventional titles, and which release came before which."""
