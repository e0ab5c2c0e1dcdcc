"""A contract declares no label that the scrape puts on every series.

`job` and `instance` come from the scrape and `service` from Specola: what the program exposes under these names is
renamed to `exported_…`, and expressions see the other. `le` and `quantile` tell the buckets of histograms and
summaries.

```yaml
  shop_queue: {type: gauge, help: Orders that wait., labels: {instance: [a, b]}}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "contract/taken-label"


TAKEN = ("job", "instance", "service", "probe", "le", "quantile")


def look(work: Work) -> Iterator[Problem]:
    """Labels of contracts, and those that the service's own scrape puts on."""
    for name, service in work.stack.spec.services.items():
        for metric, declared in service.metrics.items():
            for label in declared.labels:
                if label in TAKEN or label in service.scrape.labels:
                    at = ("services", name, "metrics", metric, "labels", label)
                    message = f"the label {label!r} is put on every series by the scrape"
                    yield work.problem(at, message, f"it arrives as exported_{label}; choose another name", id=ID)
