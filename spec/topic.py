"""The questions that a service's dashboards answer, each on a page of its own."""

from __future__ import annotations

from typing import Literal, get_args

Topic = Literal["errors", "dependencies", "jobs", "security", "business", "capacity", "deployments"]

TOPICS: tuple[Topic, ...] = get_args(Topic)
"""In the order in which every service shows them."""
