"""Macros that one lesson alone needs."""

from spellings import MACROS


def add(**macros):
    """Add macros, each in its three ways; a name that is taken would change other spellings."""
    taken = sorted(MACROS.keys() & macros.keys())
    if taken:
        raise ValueError(f"macros: expected names of their own, got {', '.join(taken)} again")
    MACROS.update(macros)
