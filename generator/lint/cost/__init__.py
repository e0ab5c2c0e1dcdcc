"""Checks of how many series there are, and how many there may be."""
