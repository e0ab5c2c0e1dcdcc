"""Checks of who is told."""
