"""Model to artefacts: one module a file family, pure and deterministic to the byte."""
