"""Every check of our own, in the order in which listings and the documentation show them."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Protocol

from generator.lint.contract import unknown_label, unknown_metric, unknown_value
from generator.lint.dashboards import (
    data_source,
    description,
    interval,
    legend,
    long_range,
    overlap,
    panel_type,
    selector,
    series,
    unit,
)
from generator.lint.promql import (
    always_true,
    average_of_quantiles,
    empty_denominator,
    impossible_quantile,
    join_matches_nothing,
    last_two_samples,
    lost_label,
    many_to_one,
    never_true,
    no_histogram,
    no_service,
    quantile_without_le,
    rate_of_gauge,
    raw_counter,
    short_window,
    slope_of_counter,
    sum_before_rate,
)
from generator.lint.scrape import same_target
from generator.validate.work import Check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem


class OwnCheck(Protocol):
    """What a module of a check has: its id (`group/words`), its look, and its page as the docstring."""

    ID: str
    __doc__: str | None

    def look(self, work: Work) -> Iterator[Problem]:
        """Yield a problem for each mistake."""


MODULES: tuple[OwnCheck, ...] = (
    unknown_label, unknown_metric, unknown_value,
    always_true, average_of_quantiles, empty_denominator, impossible_quantile, join_matches_nothing, last_two_samples,
    lost_label, many_to_one, never_true, no_histogram, no_service, quantile_without_le, rate_of_gauge, raw_counter,
    short_window, slope_of_counter, sum_before_rate,
    same_target,
    data_source, description, interval, legend, long_range, overlap, panel_type, selector, series, unit,
)  # fmt: skip


def check(module: OwnCheck) -> Check:
    """A module as an entry of the registry."""
    return Check(module.ID, "", module.look, cleandoc(module.__doc__ or ""), module.ID.partition("/")[0])


LINTS: tuple[Check, ...] = tuple(map(check, MODULES))
