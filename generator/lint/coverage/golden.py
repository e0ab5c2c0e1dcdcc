"""Every service names its four golden signals.

Traffic, errors, latency and saturation (https://sre.google/sre-book/monitoring-distributed-systems/) are what an
overview shows first. A service that has not all of them states why, and until when:

```yaml
golden: {traffic: requests, errors: errors, latency: latency, saturation: queue}
exceptions:
  - {check: coverage/golden, reason: No histogram of durations yet, until: 2027-01-31}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.excepted import lacking

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "coverage/golden"


SIGNALS = ("traffic", "errors", "latency", "saturation")


def look(work: Work) -> Iterator[Problem]:
    """Signals that `golden` leaves out, and indicators that it names twice."""
    for service in work.stack.services[:-1]:
        golden = dict(service.spec.golden)
        missing = [signal for signal in SIGNALS if signal not in golden]
        if missing:
            message = f"no indicator shows the golden signal{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
            yield from lacking(work, service, ID, message, "name one under golden:, or an exception")
        shown: dict[str, str] = {}
        for signal, key in golden.items():
            if key in shown:
                message = f"{key} is named for {shown[key]} and for {signal}"
                at = (*service.origin, "golden", signal)
                yield work.problem(at, message, "they are different questions", id=ID)
            shown.setdefault(key, signal)
