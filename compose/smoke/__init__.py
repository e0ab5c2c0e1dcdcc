"""Proof that a running stack works: one list of checks, run by `specola smoke` and by the tests alike."""
