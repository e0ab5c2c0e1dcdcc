"""Levels that are alerted on, dropped, sampled or kept are levels that the service has.

An alert on a level that never comes is silent for ever; a retention for it keeps nothing.

```yaml
logs:
  levels: [INFO, ERROR]
  alerts: [{name: ManyFatal, levels: [FATAL], …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.logs import Logs
    from spec.problem import Problem
    from spec.stack import SpecPath

ID = "logs/unknown-level"


def look(work: Work) -> Iterator[Problem]:
    """Every place below `logs` that names levels."""
    for name, service in work.stack.spec.services.items():
        logs = service.logs
        if logs is None:
            continue
        for at, levels in _named(logs):
            for level in levels:
                if level not in logs.levels:
                    message = f"the service logs nothing of level {level}"
                    hint = f"its levels: {', '.join(logs.levels)}"
                    yield work.problem(("services", name, "logs", *at), message, hint, id=ID)


def _named(logs: Logs) -> Iterator[tuple[SpecPath, tuple[str, ...]]]:
    yield ("drop",), logs.drop
    yield from ((("alerts", i, "levels"), alert.levels) for i, alert in enumerate(logs.alerts))
    yield from ((("sample", i, "levels"), sample.levels) for i, sample in enumerate(logs.sample))
    yield from ((("keep_levels", i, "levels"), keep.levels) for i, keep in enumerate(logs.keep_levels))
    yield from ((("categories", i, "levels"), tuple(one.levels)) for i, one in enumerate(logs.categories)
                if "levels" in one.model_fields_set)  # fmt: skip
