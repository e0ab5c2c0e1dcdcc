"""Checks of the overlays: what an environment has of its own."""
