"""A window holds at least four scrapes.

A rate needs two samples; with a window of one or two intervals a late or failed scrape makes it empty, and Prometheus
3 leaves the sample at its edge out. An indicator's shorter `window` is lengthened to four scrapes: say what is really
used.

```yaml
scrape: {targets: [...], interval: 30s}
indicators:
  errors: {rate: shop_errors_total, window: 1m}   # 2m
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Call, Series
from generator.promql.uses import Finding, problems
from spec.resolve import SCRAPES_IN_A_WINDOW
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/short-window"


_NEED_TWO = frozenset({"rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear", "changes", "resets"})


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Ranges in expressions, and windows of indicators that were too short to be used."""
    if use.bound is not None and not use.bound.part.pack and known.work.stack.spec.pace == 1:
        given = use.bound.spec.window
        if given is not None and given < use.bound.window:
            message = f"the window {given} is shorter than four scrapes"
            yield Finding(message, f"write {use.bound.window}", at=(*use.origin, "window"))
    for node, _ in use.nodes:
        if not isinstance(node, Call) or node.name not in _NEED_TWO or not isinstance(node.args[0], Series):
            continue
        of = node.args[0]
        intervals = [one.interval for one in known.catalogue.of(of) if one.interval is not None]
        if intervals and of.range is not None:
            least = Duration(max(intervals).ms * SCRAPES_IN_A_WINDOW)
            if of.range * 1000 < least.ms:
                given = Duration(int(of.range * 1000))
                message = f"the window {given} of {of.metric} is shorter than four scrapes"
                yield Finding(message, f"write at least {least}", f"[{given}]")


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
