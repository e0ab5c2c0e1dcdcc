"""Proof: tests of alerting rules, made from what the spec means by them, as values. Nothing here runs a program.

A rule is not read to find out what it should do: series are made from the indicator's definition, next to the alert's
threshold on either side, and what must happen is derived from `for`, `keep_firing_for` and `missing`.
"""
