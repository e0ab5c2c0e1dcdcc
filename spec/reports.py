"""Reports that are sent again and again: of which services, over how long, to whom, and when."""

from __future__ import annotations

from pydantic import Field, model_validator

from spec.base import Model
from spec.notify import Clock, Day, Location
from spec.scalars import Duration, Line, Name, seconds


class ScheduledReport(Model):
    """A summary of usage, errors, jobs, objectives, alerts and capacity, and who gets it when."""

    name: Name
    title: Line | None = Field(None, description="what messages are called; made of the name when not given")
    services: tuple[Name, ...] = Field((), description="what it sums up; every service when neither is given")
    owner: Name | None = Field(None, description="instead: every service of this owner")
    period: Duration = Field(
        seconds("7d"),
        description="how long a time it is about; compared with the time before where storage keeps twice as much",
    )
    to: tuple[Name, ...] = Field(min_length=1, description="receivers of Slack, e-mail or webhooks")
    days: tuple[Day, ...] = Field(("monday",), description="on which days it is sent; every day when empty")
    at: Clock = Field("07:00", description="at what time of these days")
    location: Location = "UTC"

    @model_validator(mode="after")
    def _one_choice(self) -> ScheduledReport:
        if self.services and self.owner is not None:
            raise ValueError("a report names services or an owner, not both")
        if self.period.seconds < 3600:
            raise ValueError("a report is about an hour at least")
        if self.at == "24:00":
            raise ValueError("24:00 is 00:00 of the next day")
        return self

    @property
    def heading(self) -> str:
        """What people call it."""
        return self.title or self.name.replace("-", " ").replace("_", " ").capitalize()
