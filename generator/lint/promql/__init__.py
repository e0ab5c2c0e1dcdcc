"""Checks of expressions: what can be evaluated, but does not mean what it should."""
