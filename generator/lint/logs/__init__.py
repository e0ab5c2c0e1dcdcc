"""Checks of log alerts, levels, categories."""
