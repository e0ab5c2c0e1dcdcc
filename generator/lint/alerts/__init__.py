"""Checks of alerts: thresholds, silences, what they say."""
