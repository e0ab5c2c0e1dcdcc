"""Checks of what the dashboards ask and how they show it: one module a check, its docstring its page."""
