"""The category of an alert is spelled as others spell it.

Routes choose by it, and pages on security, business and deployments show the alerts of theirs: an alert in a category
that is almost one of those is told to somebody else, and missing where it is looked for. Any other word may be a
category of its own.

```yaml
  - {name: LoginsFail, indicator: logins-failed, above: 10%, category: secruity, …}   # security
```
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from dashboards.topics import CATEGORIES
from spec.names import slip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.root import StackSpec

ID = "alerts/odd-category"


def look(work: Work) -> Iterator[Problem]:
    """Categories that nobody else names, against those that have a page, a route, or several alerts."""
    known = _known(work.stack.spec)
    for name, service in work.stack.spec.services.items():
        for index, alert in enumerate(service.alerts):
            best = slip(alert.category, known) if alert.category else ""
            if best:
                at = ("services", name, "alerts", index, "category")
                message = f"no other alert and no route is of the category {alert.category!r}"
                yield work.problem(at, message, f"did you mean {best}?", id=ID)


def _known(spec: StackSpec) -> frozenset[str]:
    used = Counter(alert.category for service in spec.services.values() for alert in service.alerts if alert.category)
    notification = spec.notification
    conditions = (*(one.when for one in notification.routes), *(one.when for one in notification.must_reach))
    asked = {category for when in conditions for category in when.category}
    return frozenset({*CATEGORIES, *asked, *(category for category, count in used.items() if count > 1)})
