"""No panel asks for every series of a name, whoever exposes it.

`http_requests_total` without a selector sums up all services, and tomorrow one more. `{service="shop"}` says whose;
`{service!=""}` says that everybody's is meant. Series which rules record have one meaning and need none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from generator.lint.dashboards.boards import seen, with_values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "dashboards/selector"


def look(work: Work) -> Iterator[Problem]:
    """Every series that panels ask Prometheus for."""
    for shown in with_values(work):
        for expr in shown.promql:
            for name in seen(expr).bare:
                yield shown.problem(work, f"{name} without a selector: {expr}", id=ID)
