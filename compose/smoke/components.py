"""The check of the components themselves: each runs and says of itself that it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from compose.smoke.check import Finding

if TYPE_CHECKING:
    from compose.backend import Observed
    from compose.smoke.check import World

WELL = ("", "healthy")


def ready(world: World) -> Finding:
    """Every component that can run here runs, and answers that it is ready."""
    seen = [one for one in world.observe() if one.name.replace("-", "_") not in world.absent]
    problems = tuple(filter(None, map(_problem, seen)))
    well = len(seen) - len(problems)
    detail = f"{well} of {len(seen)} components ready"
    if world.absent:
        detail += f"; not here: {', '.join(sorted(world.absent))}"
    return Finding(detail, problems, {"ready": well, "total": len(seen)})


def _problem(seen: Observed) -> str:
    if seen.state != "running":
        return f"{seen.name} is {seen.state}" + (f": {seen.detail}" if seen.detail else "")
    return "" if seen.health in WELL else f"{seen.name} is not ready: {seen.health}"
