"""Alerts read rate(), not irate().

irate() sees only the last two samples: between two evaluations most of what happened is not looked at, and one slow
scrape resets the alert's waiting time.

```yaml
  failed: {promql: 'sum by (service) (irate(shop_errors_total{$scope}[5m]))'}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Call, Series
from generator.promql.uses import Finding, problems
from rules.rule import Alerting

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/last-two-samples"


BETTER = {"irate": "rate", "idelta": "delta"}


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """irate() and idelta() in what an alert watches."""
    if not isinstance(use.rule, Alerting):
        return
    for node, _ in use.nodes:
        if isinstance(node, Call) and node.name in BETTER:
            of = node.args[0].metric if isinstance(node.args[0], Series) else "…"
            at = getattr(getattr(use.rule.source, "indicator", None), "origin", ())
            yield Finding(f"the alert {use.rule.alert} reads {node.name}({of})", f"use {BETTER[node.name]}()", at=at)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
