"""Checks of who may come in."""
