"""Artefacts to a running stack: plan, apply, prove."""
