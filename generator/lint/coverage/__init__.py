"""Checks of what every service has."""
