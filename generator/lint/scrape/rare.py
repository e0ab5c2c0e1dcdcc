"""What is scraped or probed is so at least every two minutes.

Prometheus takes a series for gone five minutes after its last sample. With a longer interval one lost scrape makes
values flicker, absence fire, and rates end.

```yaml
scrape: {targets: ["shop:8000"], interval: 10m}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "scrape/rare"


LONGEST = Duration.parse("2m")
"""Two scrapes and some delay fit into the five minutes of https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness"""


def look(work: Work) -> Iterator[Problem]:
    """Intervals of all jobs."""
    for service in work.stack.services:
        for job in service.jobs:
            if job.interval > LONGEST:
                message = f"every {job.interval} is too rare: a series is taken for gone after 5m"
                yield work.problem((*job.origin, "interval"), message, f"write {LONGEST} or less", id=ID)
