"""No label holds a person, a request or an address.

Each value of a label is a series of its own for as long as metrics are kept: a label with an unbounded set of values
fills the memory, and personal data in it cannot be deleted. It belongs into the logs, redacted.

```yaml
  shop_orders_total: {type: counter, help: Orders., labels: {customer_email: [...]}}
```
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/personal-label"


PERSONAL = re.compile(
    r"(?:^|_)(?:e?mail|user_?id|user_?name|customer_?id|session(?:_?id)?|request_?id|trace_?id|span_?id|token|phone|"
    r"ip|client_?ip|ip_?addr(?:ess)?|uuid|guid)$"
)


VERSIONS = frozenset({"4", "6", "v4", "v6", "ipv4", "ipv6", "IPv4", "IPv6"})
"""Values of a label `ip` that names a version of the protocol."""


def personal(label: str, values: Collection[str]) -> bool:
    """Whether a label can only stand for someone or something single."""
    return bool(PERSONAL.search(label)) and not (values and VERSIONS.issuperset(values))


def look(work: Work) -> Iterator[Problem]:
    """Names of labels in contracts that can only stand for someone or something single."""
    for name, service in work.stack.spec.services.items():
        for metric, declared in service.metrics.items():
            for label, values in declared.labels.items():
                if personal(label, values):
                    at = ("services", name, "metrics", metric, "labels", label)
                    message = f"the label {label!r} has a value for each person or request"
                    yield work.problem(at, message, "leave it out, and write it to the log", id=ID)
