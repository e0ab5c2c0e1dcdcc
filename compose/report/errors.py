"""What went wrong: the shares of failures, their worst hours, and which kinds there were."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from compose.report import measures, reading
from dashboards import topics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from compose.report.asking import Asking
    from compose.report.found import Failed, Measured
    from spec.stack import Bound, Watched


def errors(asking: Asking, service: Watched) -> Iterator[Failed | Measured]:
    """The golden errors first, with the kinds of errors that the service counts; then its other failures."""
    kinds = tuple(found for bound in _by_kind(service) for found in measures.kinds(asking, service, bound))
    for position, bound in enumerate(failures(service)):
        if not reading.is_share_of_events(bound):
            yield measures.measured(asking, service, bound)
            continue
        found = measures.failed(asking, service, bound)
        yield found if position else replace(found, kinds=kinds)


def failures(service: Watched) -> tuple[Bound, ...]:
    """The golden errors, and the shares of failures besides that are not of jobs."""
    golden = service.spec.golden.get("errors", "")
    others = (
        key
        for key, bound in service.indicators.items()
        if bound.part is service.own
        and reading.is_share_of_events(bound)
        and {"errors"} <= (found := topics.of_indicator(service, bound))
        and "jobs" not in found
    )
    keys = dict.fromkeys((golden, *others))
    return tuple(service.indicators[key] for key in keys if key in service.indicators)


def _by_kind(service: Watched) -> Iterator[Bound]:
    """Counts of errors by a label."""
    for bound in service.indicators.values():
        counted = bound.part is service.own and bound.spec.by and measures.counts(bound)
        if counted and "errors" in topics.of_indicator(service, bound):
            yield bound
