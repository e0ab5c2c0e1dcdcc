"""A target is scraped once.

The same address and path in two jobs gives every series twice, with another `job`: sums over all of them count each
event twice, and the target answers twice as often.

```yaml
scrape: {targets: ["shop:8000", "shop:8000"]}   # the second is the first
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath

ID = "scrape/same-target"


def look(work: Work) -> Iterator[Problem]:
    """Every address with its path, over all services."""
    first: dict[tuple[str, str], SpecPath] = {}
    for service in work.stack.services:
        for job in service.jobs:
            for index, target in enumerate(() if job.probe else job.targets):
                at = (*job.origin, "targets", index)
                key = (target.address, job.path)
                if key in first:
                    place = work.problem(first[key], "", id=ID)
                    message = f"{target.address}{job.path} is scraped twice"
                    yield work.problem(at, message, f"first at {place.mark}: {place.path}", id=ID)
                first.setdefault(key, at)
