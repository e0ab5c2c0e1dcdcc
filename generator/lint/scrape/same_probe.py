"""A question is asked once.

Two probes with the same address, method and expectation tell of each fault twice.

```yaml
probes:
  - {name: live, url: "http://shop:8000/health"}
  - {name: ready, url: "http://shop:8000/health"}   # /ready
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "scrape/same-probe"


def look(work: Work) -> Iterator[Problem]:
    """Probes over all services."""
    first: dict[tuple[object, ...], str] = {}
    for name, service in work.stack.spec.services.items():
        for index, probe in enumerate(service.probes):
            key = (probe.url, probe.tcp, probe.method, probe.expect, probe.body, repr(probe.auth))
            if key in first:
                message = f"the probe {probe.name!r} asks the same as {first[key]}"
                yield work.problem(("services", name, "probes", index), message, "remove one of them", id=ID)
            first.setdefault(key, f"{probe.name!r} of {name}")
