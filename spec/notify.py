"""Notification: receivers, routes, inhibition, mute intervals, silences."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from spec.alert import Severity
from spec.base import Model, one_key
from spec.scalars import Address, AlertName, Duration, LabelName, LabelValue, Line, Name, Url, seconds

Email = Annotated[str, Field(pattern=r"^[^@\s<>,;\"']+@[A-Za-z0-9.-]+$")]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$")]
Location = Annotated[
    Line, Field(pattern=r"^[A-Za-z_]+(/[A-Za-z_+-]+[0-9]*)*$", description="a time zone, such as Europe/Stockholm")
]
Day = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class ReceiverBase(Model):
    """What every receiver may say."""

    title: Line | None = None
    resolved: bool = Field(True, description="whether the end of an alert is told as well")


class SlackArgs(Model):
    channel: Line = Field(pattern=r"^[#@].+")
    url: Name = Field(description="a name in `secrets`: the incoming webhook's URL")


class Slack(ReceiverBase):
    """A Slack channel."""

    slack: SlackArgs


class EmailArgs(Model):
    to: tuple[Email, ...] = Field(min_length=1)


class EmailReceiver(ReceiverBase):
    """Mail, sent through notification.smtp."""

    email: EmailArgs


class WebhookArgs(Model):
    url: Url
    token: Name | None = Field(None, description="a name in `secrets`: sent as bearer token")


class Webhook(ReceiverBase):
    """Any program that takes Alertmanager's webhook JSON."""

    webhook: WebhookArgs


class PagerDutyArgs(Model):
    routing_key: Name = Field(description="a name in `secrets`: the Events v2 integration key")


class PagerDuty(ReceiverBase):
    """PagerDuty, Events API v2."""

    pagerduty: PagerDutyArgs


class SmsArgs(Model):
    """Short messages go through a gateway: a webhook, or an address that turns mail into messages."""

    url: Url | None = None
    token: Name | None = Field(None, description="a name in `secrets`: sent as bearer token")
    to: tuple[Email, ...] = ()

    @model_validator(mode="after")
    def _one(self) -> SmsArgs:
        if (self.url is None) == (not self.to):
            raise ValueError("give the gateway as either url (webhook) or to (mail addresses)")
        return self


class Sms(ReceiverBase):
    """Text messages by a gateway."""

    sms: SmsArgs


RECEIVER_KINDS = ("slack", "email", "webhook", "pagerduty", "sms")


def receiver_kind(value: Any) -> str | None:
    """slack, email, webhook, pagerduty or sms."""
    return one_key(value, RECEIVER_KINDS)


Receiver = Annotated[
    Annotated[Slack, Tag("slack")]
    | Annotated[EmailReceiver, Tag("email")]
    | Annotated[Webhook, Tag("webhook")]
    | Annotated[PagerDuty, Tag("pagerduty")]
    | Annotated[Sms, Tag("sms")],
    Discriminator(
        receiver_kind,
        custom_error_type="receiver",
        custom_error_message=f"a receiver must have exactly one of {', '.join(RECEIVER_KINDS)}",
    ),
]


class Smtp(Model):
    """The mail server."""

    host: Address
    sender: Email
    user: Line | None = None
    password: Name | None = Field(None, description="a name in `secrets`")
    require_tls: bool = True


class When(Model):
    """Which alerts a route takes: every list that is given must hold the alert's value."""

    severity: tuple[Severity, ...] = ()
    owner: tuple[Name, ...] = ()
    service: tuple[Name, ...] = ()
    environment: tuple[Name, ...] = ()
    category: tuple[Name, ...] = ()
    alert: tuple[AlertName, ...] = ()


class Route(Model):
    """Alerts that match go to all of `to`. Every matching route delivers; the default receiver gets what none took."""

    name: Name
    when: When = When()
    to: tuple[Name, ...] = Field(min_length=1)
    wait: Duration | None = Field(None, description="before the first message of a group")
    interval: Duration | None = Field(None, description="between messages about changes of a group")
    repeat: Duration | None = Field(None, description="before an unchanged group is told again")
    mute: tuple[Name, ...] = Field((), description="names in `mute_intervals`")


class Grouping(Model):
    by: tuple[LabelName, ...] = ("alertname", "service")
    wait: Duration = seconds("30s")
    interval: Duration = seconds("5m")
    repeat: dict[Severity, Duration] = Field(
        {"critical": seconds("1h"), "high": seconds("4h"), "medium": seconds("12h"), "low": seconds("1d")}
    )


class Inhibition(Model):
    """While a source alert fires, target alerts with the same `equal` labels are not told."""

    name: Name
    source: dict[LabelName, LabelValue] = Field(min_length=1)
    target: dict[LabelName, LabelValue] = Field(min_length=1)
    equal: tuple[LabelName, ...] = ("service",)


class Hours(Model):
    """A time of the week; `to` earlier than `from` crosses midnight."""

    from_: Clock = Field("00:00", alias="from")
    to: Clock = "24:00"
    days: tuple[Day, ...] = ()


class MuteInterval(Model):
    """Times at which routes that name it stay silent."""

    times: tuple[Hours, ...] = Field(min_length=1)
    location: Location = "UTC"


class Silence(Model):
    """A planned silence, with an owner, a reason and an end. `up` lays it into Alertmanager, and ends it early when it
    is gone from here."""

    name: Name
    matchers: dict[LabelName, LabelValue] = Field(min_length=1)
    owner: Name
    reason: Line
    starts: Line = Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$")
    ends: Line = Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}Z$")

    @model_validator(mode="after")
    def _passes(self) -> Silence:
        try:
            begin, end = self.begin, self.end
        except ValueError as error:
            raise ValueError("there is no such day or time in starts or ends") from error
        if end <= begin:
            raise ValueError(f"the silence ends before it starts: {self.ends} is not after {self.starts}")
        return self

    @property
    def begin(self) -> datetime:
        """When it starts."""
        return datetime.fromisoformat(self.starts)

    @property
    def end(self) -> datetime:
        """When it ends."""
        return datetime.fromisoformat(self.ends)


class MustReach(Model):
    """A promise: alerts like this reach at least these receivers."""

    name: Name
    when: When
    to: tuple[Name, ...] = Field(min_length=1)


class Notification(Model):
    """Who is told, when, and how often."""

    receivers: dict[Name, Receiver] = Field(min_length=1)
    default: Name = Field(description="the receiver of what no route took")
    routes: tuple[Route, ...] = ()
    grouping: Grouping = Grouping()
    smtp: Smtp | None = None
    inhibitions: tuple[Inhibition, ...] = ()
    mute_intervals: dict[Name, MuteInterval] = Field(default_factory=dict)
    silences: tuple[Silence, ...] = ()
    must_reach: tuple[MustReach, ...] = ()
    heartbeat: Name | None = Field(
        None, description="the receiver of the always-firing watchdog, which notices its absence"
    )
    heartbeat_within: Duration = Field(
        seconds("5m"), description="how long the heartbeat may stay away before the inbox itself tells people"
    )
    resolve_timeout: Duration = seconds("5m")
    deliver: Literal["receivers", "inbox"] = Field(
        "receivers", description="inbox: every receiver's address is the stack's own inbox, which keeps what it gets"
    )
