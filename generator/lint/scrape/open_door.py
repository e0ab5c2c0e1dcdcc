"""A probe of a closed door asks without a key, and success is not what it wants.

`kind: closed` proves that a door is shut without credentials. With credentials, or with a 200 among what is expected,
it proves nothing.

```yaml
probes:
  - {name: admin, url: "http://shop:8000/admin", kind: closed, expect: [200, 401]}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "scrape/open-door"


def look(work: Work) -> Iterator[Problem]:
    """Probes of kind `closed`."""
    for name, service in work.stack.spec.services.items():
        for index, probe in enumerate(service.probes):
            at = ("services", name, "probes", index)
            if probe.kind != "closed":
                continue
            if probe.auth is not None:
                message = f"the probe {probe.name!r} of a closed door has the key to it"
                yield work.problem((*at, "auth"), message, "remove auth:", id=ID)
            open_ = [code for code in probe.expect if code < 300]
            if open_ and probe.url is not None:
                message = f"the probe {probe.name!r} of a closed door is content with {open_[0]}"
                yield work.problem((*at, "expect"), message, "expect [401, 403]", id=ID)
