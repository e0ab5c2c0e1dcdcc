"""Logs that are in Loki: searched, exported and summed up."""
