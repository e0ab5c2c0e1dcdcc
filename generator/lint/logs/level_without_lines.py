"""A category has lines of the level that is alerted on.

The categories say how often each level comes. An alert on a level that its category never has is silent for ever.

```yaml
logs:
  categories: [{name: orders, message: An order, levels: {INFO: 1}}]
  alerts: [{name: OrdersFail, category: orders, levels: [ERROR], …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "logs/level-without-lines"


def look(work: Work) -> Iterator[Problem]:
    """Log alerts on a category and levels that this category says it does not have."""
    for name, service in work.stack.spec.services.items():
        logs = service.logs
        categories = {one.name: one for one in logs.categories} if logs else {}
        for index, alert in enumerate(logs.alerts if logs else ()):
            category = categories.get(alert.category or "")
            if category is None or not alert.levels or "levels" not in category.model_fields_set:
                continue
            if not any(category.levels.get(level) for level in alert.levels):
                at = ("services", name, "logs", "alerts", index, "levels")
                message = f"the category {category.name} has no lines of level {', '.join(alert.levels)}"
                yield work.problem(at, message, f"it has {', '.join(category.levels)}", id=ID)
