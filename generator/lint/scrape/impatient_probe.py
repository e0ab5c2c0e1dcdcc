"""A probe waits longer than the latency it promises.

When its timeout ends before `max_latency`, a slow answer is a failed one: ProbeSlow cannot fire, ProbeFailed does.

```yaml
probes:
  - {name: live, url: "http://shop:8000/health", timeout: 1s, max_latency: 2s}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "scrape/impatient-probe"


def look(work: Work) -> Iterator[Problem]:
    """Probes that set both."""
    for name, service in work.stack.spec.services.items():
        for index, probe in enumerate(service.probes):
            if probe.timeout is not None and probe.max_latency is not None and probe.timeout <= probe.max_latency:
                at = ("services", name, "probes", index, "timeout")
                message = (
                    f"{probe.name!r} gives up after {probe.timeout}, before its max_latency of {probe.max_latency}"
                )
                yield work.problem(at, message, "leave the timeout out: it follows from max_latency", id=ID)
