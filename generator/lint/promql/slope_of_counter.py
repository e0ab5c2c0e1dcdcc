"""deriv(), delta(), predict_linear() and averages over time read gauges.

A counter falls to 0 when its program restarts: the line through its values then points down a cliff. Averages of its
raw values mean nothing.

```yaml
  soon: {forecast: {of: shop_requests_total, ahead: 4h}}   # a counter
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.promql.tree import Call, Series
from generator.promql.uses import Finding, problems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.promql.uses import Expressions, Use
    from generator.validate.work import Work
    from spec.problem import Problem

ID = "promql/slope-of-counter"


OF_GAUGES = frozenset({
    "deriv", "delta", "idelta", "predict_linear", "holt_winters", "double_exponential_smoothing", "avg_over_time",
    "min_over_time", "max_over_time", "sum_over_time", "stddev_over_time", "stdvar_over_time", "quantile_over_time",
})  # fmt: skip


def find(use: Use, known: Expressions) -> Iterator[Finding]:
    """Functions of gauges over a counter."""
    for node, _ in use.nodes:
        if isinstance(node, Call) and node.name in OF_GAUGES:
            of = next((arg for arg in node.args if isinstance(arg, Series)), None)
            if of is not None and {one.nature for one in known.catalogue.of(of)} == {"counter"}:
                hint = "take its rate() first, in a rule or a subquery"
                yield Finding(f"{node.name}() of {of.metric}, which is a counter", hint, of.metric)


def look(work: Work) -> Iterator[Problem]:
    """Every expression of rules, panels and indicators."""
    return problems(work, find, ID)
