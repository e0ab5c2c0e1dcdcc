"""Looks of our own at what the spec means: one check a module, its docstring the page that `--explain` shows."""
