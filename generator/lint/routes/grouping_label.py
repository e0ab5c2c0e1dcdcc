"""Alerts are grouped by labels that they have.

Grouping by a label that no alert has does nothing; one that is misspelt sends every alert of a kind in a single
message.

```yaml
grouping: {by: [alertname, servce]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.told import alerts
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "routes/grouping-label"


OF_SERIES = ("instance", "job", "probe")


def look(work: Work) -> Iterator[Problem]:
    """Labels of notification.grouping against the labels of all alerts."""
    kept = {label for service in work.stack.services for one in service.alerts for label in one.indicator.labels}
    known = {*kept, *OF_SERIES, *(label for labels in alerts(work) for label in labels)}
    for index, label in enumerate(work.stack.spec.notification.grouping.by):
        if label not in known and label != "...":
            best = nearest(label, sorted(known))
            hint = f"did you mean {best}?" if best else f"known: {', '.join(sorted(known))}"
            yield work.problem(
                ("notification", "grouping", "by", index), f"no alert has a label {label!r}", hint, id=ID
            )
