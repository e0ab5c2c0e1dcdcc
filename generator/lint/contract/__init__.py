"""Checks of what the contract declares and who uses it otherwise."""
