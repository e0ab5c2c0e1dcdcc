"""Checks of what is asked, how often, and by whom."""
