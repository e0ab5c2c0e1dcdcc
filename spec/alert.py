"""Alerts and objectives: an indicator beyond a threshold for a time, and an indicator with a goal."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from spec.base import Model
from spec.scalars import AlertName, Duration, LabelName, LabelValue, Line, Name, Quantity, Text, seconds

Severity = Literal["critical", "high", "medium", "low"]
Percentage = Annotated[float, Field(gt=0, lt=100)]


class Alert(Model):
    """An indicator above or below a threshold for a time."""

    name: AlertName
    indicator: str = Field(
        description="an indicator of this service, or PACK.NAME for one of an exporter or probe pack"
    )
    above: Quantity | None = Field(None, description="fires while the indicator is greater")
    below: Quantity | None = Field(None, description="fires while the indicator is less")
    for_: Duration = Field(Duration(0), alias="for", description="how long before it fires")
    keep_firing_for: Duration | None = Field(None, description="how long it stays firing after it last crossed")
    severity: Severity
    category: Name | None = Field(None, description="such as security or business; a label of the alert")
    summary: Line = Field(description="one line: what is wrong, for whom")
    description: Text | None = Field(None, description="more; the value and the threshold are always added")
    meaning: Text | None = Field(None, description="runbook: what it means for users")
    steps: tuple[Line, ...] = Field((), description="runbook: first steps")
    runbook: Line | None = Field(None, description="URL of a runbook kept elsewhere, instead of the rendered page")
    missing: Literal["silent", "fires"] = Field("silent", description="what absent data means")
    enabled: bool = True
    labels: dict[LabelName, LabelValue] = Field(default_factory=dict, description="more labels")
    silenced_by: tuple[AlertName, ...] = Field((), description="alerts of this service that make this one redundant")

    @model_validator(mode="after")
    def _one_threshold(self) -> Alert:
        if self.above is not None and self.below is not None:
            raise ValueError("an alert has above or below, not both")
        return self


class AlertChange(Model):
    """What a service changes of a pack's alert."""

    above: Quantity | None = None
    below: Quantity | None = None
    for_: Duration | None = Field(None, alias="for")
    keep_firing_for: Duration | None = None
    severity: Severity | None = None
    summary: Line | None = None
    description: Text | None = None
    meaning: Text | None = None
    steps: tuple[Line, ...] | None = None
    enabled: bool | None = None


class BurnRate(Model):
    """Which of the four burn-rate alerts an objective has, and how severe they are."""

    fast: Severity | None = Field("critical", description="2 % of the budget in an hour, 5 % in six hours")
    slow: Severity | None = Field("medium", description="10 % of the budget in a day, or in three days")


class Objective(Model):
    """A service level objective: the share of good events (or good time) over a window."""

    name: Name
    title: Line | None = None
    indicator: str = Field(description="a ratio or slower indicator: the share of BAD events")
    objective: Percentage = Field(description="percent of good events, such as 99.9")
    window: Duration = Field(seconds("30d"))
    alerts: BurnRate = BurnRate()
    summary: Line | None = None
    meaning: Text | None = None
    steps: tuple[Line, ...] = ()
