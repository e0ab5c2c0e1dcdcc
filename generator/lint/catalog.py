"""Every check of our own, in the order in which listings and the documentation show them."""

from __future__ import annotations

from inspect import cleandoc
from typing import TYPE_CHECKING, Protocol

from generator.lint.access import no_door
from generator.lint.alerts import (
    absence_twice,
    odd_category,
    one_event,
    order_of_severity,
    ordinary_day,
    same_condition,
    short_for,
    silence_circle,
    silenced_by_lesser,
    wrong_unit,
)
from generator.lint.contract import (
    name_and_type,
    name_and_unit,
    no_such_bucket,
    personal_label,
    taken_label,
    typical_values,
    unknown_label,
    unknown_metric,
    unknown_sample,
    unknown_value,
)
from generator.lint.cost import limit, metric, stack
from generator.lint.coverage import dependency, exception, golden, heartbeat, objective, probe, runbook
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
from generator.lint.logs import (
    alert_on_dropped,
    alert_on_sampled,
    level_without_lines,
    not_a_number,
    not_logql,
    unknown_category,
    unknown_field,
    unknown_level,
    unknown_metadata,
    unknown_stream_label,
    unknown_stream_value,
    whose_lines,
)
from generator.lint.overlays import no_file
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
from generator.lint.routes import (
    grouping_label,
    inhibits_everywhere,
    inhibits_nothing,
    silences_nothing,
    takes_nothing,
    urgent_muted,
)
from generator.lint.scrape import impatient_probe, open_door, rare, same_probe, same_target, timeout_cut
from generator.lint.slo import beyond_retention, never_burns, not_a_share, usually_broken
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
    no_door,
    absence_twice, odd_category, one_event, order_of_severity, ordinary_day, same_condition, short_for, silence_circle,
    silenced_by_lesser, wrong_unit,
    name_and_type, name_and_unit, no_such_bucket, personal_label, taken_label, typical_values, unknown_label,
    unknown_metric, unknown_sample, unknown_value,
    limit, metric, stack,
    dependency, exception, golden, heartbeat, objective, probe, runbook,
    data_source, description, interval, legend, long_range, overlap, panel_type, selector, series, unit,
    alert_on_dropped, alert_on_sampled, level_without_lines, not_a_number, not_logql, unknown_category, unknown_field,
    unknown_level, unknown_metadata, unknown_stream_label, unknown_stream_value, whose_lines,
    no_file,
    always_true, average_of_quantiles, empty_denominator, impossible_quantile, join_matches_nothing, last_two_samples,
    lost_label, many_to_one, never_true, no_histogram, no_service, quantile_without_le, rate_of_gauge, raw_counter,
    short_window, slope_of_counter, sum_before_rate,
    grouping_label, inhibits_everywhere, inhibits_nothing, silences_nothing, takes_nothing, urgent_muted,
    impatient_probe, open_door, rare, same_probe, same_target, timeout_cut,
    beyond_retention, never_burns, not_a_share, usually_broken,
)  # fmt: skip


def check(module: OwnCheck) -> Check:
    """A module as an entry of the registry."""
    return Check(module.ID, "", module.look, cleandoc(module.__doc__ or ""), module.ID.partition("/")[0])


LINTS: tuple[Check, ...] = tuple(map(check, MODULES))
