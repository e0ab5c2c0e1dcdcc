"""Categories that are alerted on or sampled exist.

```yaml
logs:
  categories: [{name: orders, message: An order}]
  alerts: [{name: NoOrders, category: order, …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "logs/unknown-category"


def look(work: Work) -> Iterator[Problem]:
    """Categories named by log alerts and by sampling."""
    for name, service in work.stack.spec.services.items():
        logs = service.logs
        if logs is None:
            continue
        known = [category.name for category in logs.categories]
        named = [(("alerts", i, "category"), alert.category) for i, alert in enumerate(logs.alerts)]
        named += [(("sample", i, "category"), sample.category) for i, sample in enumerate(logs.sample)]
        for at, category in named:
            if category is not None and category not in known:
                best = nearest(category, known)
                hint = f"did you mean {best}?" if best else f"known: {', '.join(known) or 'none'}"
                place = ("services", name, "logs", *at)
                yield work.problem(place, f"the service has no log category {category!r}", hint, id=ID)
