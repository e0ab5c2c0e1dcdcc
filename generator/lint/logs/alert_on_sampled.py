"""What counts lines counts all of them, not a sample.

Sampling keeps a part of some lines. An alert or an indicator that counts those sees that part only: 10 lines a second
arrive as one.

```yaml
logs:
  sample: [{levels: [INFO], keep: 0.1}]
  alerts: [{name: ManyLines, levels: [INFO], above: 10/s, …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.logs import LogAlert, LogLines, Sampling
    from spec.problem import Problem

ID = "logs/alert-on-sampled"


def look(work: Work) -> Iterator[Problem]:
    """Log alerts and indicators that count lines of which only a sample is kept."""
    for logs, at, name, lines in counted(work.stack):
        for sample in logs.sample:
            if _all_sampled(lines, sample):
                message = f"{name} counts lines of which only {sample.keep:.0%} are kept"
                hint = "take its lines out of the sampling, or scale the threshold and excuse it"
                yield work.problem(at, message, hint, id=ID)


def _all_sampled(lines: LogAlert | LogLines, sample: Sampling) -> bool:
    """Whether every line that is counted is one of which only a part is kept; no levels stand for all."""
    levels = not sample.levels or (bool(lines.levels) and set(lines.levels) <= set(sample.levels))
    return levels and sample.category in (None, lines.category)
