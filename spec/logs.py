"""A service's logs: where they are, what their lines carry, what may leave the host, how long they are kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from spec.alert import Severity
from spec.base import Model, one_key
from spec.indicator import Measure
from spec.scalars import AlertName, Duration, LabelName, LabelValue, Line, Name, Quantity, Size, Text, seconds

Level = Literal["TRACE", "DEBUG", "INFO", "WARNING", "ERROR", "FATAL", "CRITICAL"]
LogPath = Annotated[
    str, Field(pattern=r"^/[A-Za-z0-9_./*-]+$", description="an absolute path; * may stand in the file name")
]


class Numbers(Model):
    """A field which holds numbers around a median (the simulator plays them)."""

    median: float = Field(gt=0)


FieldValues = Numbers | tuple[LabelValue, ...]


class Category(Model):
    """A kind of line."""

    name: Name
    help: Line | None = None
    message: Line | None = Field(None, description="what such a line says (played by the simulator)")
    share: float = Field(1, ge=0, description="its part of all lines")
    levels: dict[Level, float] = Field({"INFO": 1.0}, description="each level's part of this category's lines")
    fields: dict[LabelName, FieldValues] = Field(
        default_factory=dict, description="fields such lines carry beside the common ones"
    )
    keep: Duration | None = Field(None, description="kept this long, instead of logs.keep")


class Keep(Model):
    """A retention of its own for some levels, such as errors kept longer than the rest."""

    levels: tuple[Level, ...]
    keep: Duration


class LogFields(Model):
    """The names of the common fields in a JSON line."""

    time: LabelName = "timestamp"
    level: LabelName = "level"
    message: LabelName = "message"
    category: LabelName | None = "category"
    duration: LabelName | None = Field(
        "duration_ms", description="a number: how long something took; its name ends in the unit, _ms or _seconds"
    )


class Redaction(Model):
    """A pattern of the service's own that must not leave the host."""

    name: Name
    pattern: Line = Field(description="a regular expression in RE2 syntax")


class Sampling(Model):
    """Keeps only a part of some lines."""

    levels: tuple[Level, ...] = ()
    category: Name | None = None
    keep: Annotated[float, Field(gt=0, lt=1)] = 0.1


class LogAlert(Model):
    """An alert on log lines, evaluated by Loki's ruler: how many matching lines a second."""

    name: AlertName
    levels: tuple[Level, ...] = ()
    category: Name | None = None
    contains: Line | None = None
    above: Quantity | None = Field(None, description="lines a second")
    below: Quantity | None = Field(None, description="lines a second; 0 lines for the window count as none")
    window: Duration = seconds("5m")
    for_: Duration = Field(Duration(0), alias="for")
    severity: Severity
    summary: Line
    meaning: Text | None = None
    steps: tuple[Line, ...] = ()
    enabled: bool = True


class LogLines(Model):
    """Some of the lines: those of these levels, of this category, that contain this text; all when nothing is said."""

    levels: tuple[Level, ...] = ()
    category: Name | None = None
    contains: Line | None = None


class LogRate(Measure):
    """How many such lines come in a second; 0 while the service writes only others. `by` keeps level or category."""

    rate: LogLines


class NumbersInLines(LogLines):
    """The numbers that such lines carry in a field."""

    field: LabelName = Field(description="one of logs.metadata; milliseconds (_ms) are made seconds")
    q: float = Field(0.95, gt=0, lt=1)


class LogQuantile(Measure):
    """The value that the share `q` of the numbers stays under; no value while no such line comes."""

    quantile: NumbersInLines


LOG_KINDS = ("rate", "quantile")


def log_kind(indicator: Any) -> str | None:
    """The kind of an indicator on lines, or of the mapping that spells one; None when it has no kind or both."""
    return one_key(indicator, LOG_KINDS)


LogIndicator = Annotated[
    Annotated[LogRate, Tag("rate")] | Annotated[LogQuantile, Tag("quantile")],
    Discriminator(
        log_kind,
        custom_error_type="indicator",
        custom_error_message=f"an indicator on log lines must have exactly one of {', '.join(LOG_KINDS)}",
    ),
]


BuiltinRedaction = Literal["email", "token", "card", "key", "password", "ip"]


class Logs(Model):
    """Logs of a service."""

    path: LogPath
    errors_path: LogPath | None = Field(None, description="a separate file for errors")
    format: Literal["json", "text"] = "json"
    fields: LogFields = LogFields()
    levels: tuple[Level, ...] = ("DEBUG", "INFO", "WARNING", "ERROR", "FATAL")
    categories: tuple[Category, ...] = ()
    metadata: tuple[LabelName, ...] = Field(
        (), description="fields kept as structured metadata, for search without an index"
    )
    keep: Duration | None = Field(None, description="how long lines are kept; the default is storage.logs.keep")
    keep_levels: tuple[Keep, ...] = ()
    rotate: Size = Field(Size(100_000_000), description="the service rotates its files at this size")
    lines: float = Field(1.0, gt=0, description="lines a second on an ordinary day")
    limit: Size | None = Field(None, description="most bytes a second taken in for this service, averaged")
    redact: tuple[BuiltinRedaction, ...] = Field(
        ("email", "token", "card", "key", "password"), description="patterns replaced before anything leaves the host"
    )
    redact_patterns: tuple[Redaction, ...] = ()
    drop: tuple[Level, ...] = Field((), description="levels that never leave the host")
    sample: tuple[Sampling, ...] = ()
    multiline: Line | None = Field(None, description="text format: pattern of a line that starts an entry")
    alerts: tuple[LogAlert, ...] = ()
    indicators: dict[Name, LogIndicator] = Field(
        default_factory=dict, description="numbers made of lines, which alerts and panels call logs.NAME"
    )
