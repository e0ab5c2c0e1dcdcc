"""A scrape's timeout fits into its interval.

Prometheus refuses a longer one, so it is cut to the interval: say what is really used.

```yaml
scrape: {targets: ["shop:8000"], interval: 15s, timeout: 30s}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.service import Probe, Scrape
    from spec.stack import SpecPath

ID = "scrape/timeout-cut"


def look(work: Work) -> Iterator[Problem]:
    """Timeouts that services and probes set themselves."""
    spec = work.stack.spec
    for name, service in spec.services.items() if spec.pace == 1 else ():
        asked: list[tuple[SpecPath, Scrape | Probe]] = [(("scrape",), service.scrape)]
        asked += [(("probes", index), probe) for index, probe in enumerate(service.probes)]
        for at, one in asked:
            interval = one.interval or spec.defaults.interval
            if one.timeout is not None and one.timeout > interval:
                message = f"the timeout of {one.timeout} is longer than the interval of {interval}"
                yield work.problem(("services", name, *at, "timeout"), message, f"it is cut to {interval}", id=ID)
