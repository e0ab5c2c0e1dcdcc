"""A category has lines of the level that is counted.

The categories say how often each level comes. An alert on a level that its category never has is silent for ever, an
indicator of it always 0.

```yaml
logs:
  categories: [{name: orders, message: An order, levels: {INFO: 1}}]
  alerts: [{name: OrdersFail, category: orders, levels: [ERROR], …}]
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.counted import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "logs/level-without-lines"


def look(work: Work) -> Iterator[Problem]:
    """Log alerts and indicators on a category and levels that this category says it does not have."""
    for logs, at, _, lines in counted(work.stack):
        category = next((one for one in logs.categories if one.name == lines.category), None)
        if category is None or not lines.levels or "levels" not in category.model_fields_set:
            continue
        if not any(category.levels.get(level) for level in lines.levels):
            message = f"the category {category.name} has no lines of level {', '.join(lines.levels)}"
            yield work.problem((*at, "levels"), message, f"it has {', '.join(category.levels)}", id=ID)
