"""An alert's threshold counts all lines, not a sample.

Sampling keeps a part of some lines. An alert that counts those sees that part only: 10 lines a second arrive as one.

```yaml
logs:
  sample: [{levels: [INFO], keep: 0.1}]
  alerts: [{name: ManyLines, levels: [INFO], above: 10/s, …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.logs import LogAlert, Sampling
    from spec.problem import Problem

ID = "logs/alert-on-sampled"


def look(work: Work) -> Iterator[Problem]:
    """Log alerts that count lines of which only a sample is kept."""
    for name, service in work.stack.spec.services.items():
        logs = service.logs
        for index, alert in enumerate(logs.alerts if logs else ()):
            for sample in logs.sample if logs else ():
                if _all_sampled(alert, sample):
                    at = ("services", name, "logs", "alerts", index)
                    message = f"{alert.name} counts lines of which only {sample.keep:.0%} are kept"
                    hint = "take its lines out of the sampling, or scale the threshold and excuse it"
                    yield work.problem(at, message, hint, id=ID)


def _all_sampled(alert: LogAlert, sample: Sampling) -> bool:
    """Whether every line that the alert counts is one of which only a part is kept; no levels stand for all."""
    levels = not sample.levels or (bool(alert.levels) and set(alert.levels) <= set(sample.levels))
    return levels and sample.category in (None, alert.category)
