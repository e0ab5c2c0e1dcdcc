"""What belongs to which topic: the alerts' categories tell it, else the names of metrics, and what is made of them.

A service has a page on each topic of which it has something to show, unless a dashboard of its own takes its place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from spec.indicator import Forecast, Increase, Rate, Ratio, Value
from spec.lately import lately
from spec.names import OWN_SERVICE, own_dashboard, topic_dashboard
from spec.records import metric
from spec.topic import TOPICS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.metric import Metric
    from spec.selector import Matcher
    from spec.stack import Bound, Watched
    from spec.topic import Topic

WORDS: tuple[tuple[Topic, str], ...] = (
    ("security", "security|threats?|logins?|authorizations?|audit|unusual|denied|access|redactions|rate_limit"),
    ("deployments", "deployments?|rollbacks?|releases?"),
    ("jobs", "jobs?|tasks?|queue|background|exports?|workers?|backup|evaluations?|retention|batch|cron"),
    ("dependencies", "dependency|database|mongodb|postgres(?:ql)?|mysql|redis|cache|pool|query|queries"),
    ("dependencies", "external|degraded|relays|grpc|upstream"),
    ("errors", "errors?|exceptions?|failures?|rejected|timeouts|crashes|panics"),
    ("capacity", "cpu|memory|disk|capacity|quota"),
)
"""Words in the names of metrics, the more telling topics first: `export_job_errors_total` is about jobs."""

TELLING = tuple((topic, re.compile(rf"(?:^|_)(?:{words})(?:_|$)")) for topic, words in WORDS)
ANY_TELLING = re.compile(rf"(?:^|_)(?:{'|'.join(words for _, words in WORDS)})(?:_|$)")
"""Most names tell nothing: one look shows it."""

CATEGORIES: Mapping[str, Topic] = {
    "security": "security",
    "compliance": "security",
    "business": "business",
    "deployment": "deployments",
}
"""Categories of alerts that are topics."""

LOG_WORDS: Mapping[Topic, tuple[str, ...]] = {
    "dependencies": ("database", "cache", "dependency"),
    "jobs": ("job", "task", "processing", "retention", "evaluation", "analysis"),
    "security": ("security", "audit", "auth", "threat"),
    "business": ("transaction", "order", "payment"),
    "deployments": ("deploy", "release"),
}
"""What the names of log categories on a topic hold. Errors are told by their level."""

FAILED = re.compile(r"5xx|5\.\.|500|4xx|4\.\.|fail|error|reject")
SUCCEEDED = re.compile(r"2xx|2\.\.|200|succe|complete|^ok$")
"""In the values of labels: what went wrong, and what did not."""

COUNTS = (Rate, Increase, Value)
"""Kinds that say how much there is of something."""

LEAST = 2
"""No more subjects than this are no page of their own: the overview shows them."""


@dataclass(frozen=True)
class Content:
    """Keys of indicators and names of metrics that belong to a topic."""

    indicators: tuple[str, ...]
    metrics: tuple[str, ...]


def of_metric(name: str, known: Metric) -> Topic | None:
    """The topic of a metric: what the contract says, else what its name tells."""
    if known.topic is not None:
        return known.topic
    return _told_by(name)


@lru_cache(maxsize=1000)
def _told_by(name: str) -> Topic | None:
    """The topic of which a metric's name has a word."""
    if not ANY_TELLING.search(name):
        return None
    return next(topic for topic, words in TELLING if words.search(name))


def of_indicator(service: Watched, bound: Bound) -> frozenset[Topic]:
    """The topics of an indicator. Shares of failures are about errors besides, forecasts and what is used of something
    limited about capacity."""
    found: set[Topic] = {
        CATEGORIES[category]
        for alert in service.alerts_of(bound.key)
        if (category := alert.alert.category or "") in CATEGORIES
    }
    known = _metric(bound)
    if not found and known is not None:
        topic = of_metric(*known)
        found |= {topic} if topic else set()
        found |= {"business"} if known[1].business and isinstance(bound.spec, COUNTS) else set()
    if bound.key in service.spec.business:
        found.add("business")
    if _is_failure(bound) and "security" not in found:
        found.add("errors")
    if _is_limited(bound, known):
        found.add("capacity")
    return frozenset(found)


def _metric(bound: Bound) -> tuple[str, Metric] | None:
    """The metric an indicator is mainly about; none for free PromQL."""
    name = metric(bound.spec)
    for candidate in (name, name.removesuffix("_count").removesuffix("_sum")):
        if candidate in bound.part.metrics:
            return candidate, bound.part.metrics[candidate]
    return None


def _is_failure(bound: Bound) -> bool:
    """Whether it is a share of events that went wrong."""
    return isinstance(bound.spec, Ratio) and any(map(_went_wrong, bound.spec.ratio.of.matchers))


def _went_wrong(matcher: Matcher) -> bool:
    if matcher.operator in ("=", "=~"):
        return FAILED.search(matcher.value) is not None
    return SUCCEEDED.search(matcher.value) is not None


def _is_limited(bound: Bound, known: tuple[str, Metric] | None) -> bool:
    if isinstance(bound.spec, Forecast):
        return True
    if known is None or known[1].type != "gauge":
        return False
    return isinstance(bound.spec, Ratio) or known[0].endswith("_size_bytes")


def contents(service: Watched) -> Mapping[Topic, Content]:
    """What the service's own program has to show on each topic, in the order of its file."""
    keys: dict[Topic, list[str]] = {topic: [] for topic in TOPICS}
    names: dict[Topic, list[str]] = {topic: [] for topic in TOPICS}
    for key, bound in service.indicators.items():
        if bound.part is service.own:
            for topic in of_indicator(service, bound):
                keys[topic].append(key)
    for name, known in service.own.metrics.items():
        found = {of_metric(name, known), "business" if known.business else None}
        for topic in TOPICS:
            if topic in found:
                names[topic].append(name)
    return {topic: Content(tuple(keys[topic]), tuple(names[topic])) for topic in TOPICS}


def alerts(service: Watched, content: Content) -> tuple[str, ...]:
    """The names of the alerts on these indicators."""
    return tuple(
        dict.fromkeys(
            bound.alert.name
            for bound in service.alerts
            if bound.alert.enabled and bound.indicator.key in content.indicators
        )
    )


def log_categories(service: Watched, topic: Topic) -> tuple[str, ...]:
    """The categories of log lines on a topic."""
    logs = service.spec.logs
    words = LOG_WORDS.get(topic, ())
    return tuple(entry.name for entry in (logs.categories if logs else ()) if any(word in entry.name for word in words))


@lately
def pages(service: Watched) -> Mapping[Topic, Content]:
    """The topics on which the service has a page that is made here, with what stands on it."""
    if service.name == OWN_SERVICE:
        return {}
    taken = {spec.topic for spec in service.spec.dashboards}
    return {
        topic: content
        for topic, content in contents(service).items()
        if topic not in taken and _is_enough(service, topic, content)
    }


def uids(service: Watched) -> Mapping[Topic, str]:
    """The uid of the service's page on each topic that it has one on: made here, or its own in the place of it."""
    made = {topic: topic_dashboard(service.name, topic) for topic in pages(service)}
    own = {spec.topic: own_dashboard(service.name, spec.name) for spec in service.spec.dashboards if spec.topic}
    return {**made, **own}


def _is_enough(service: Watched, topic: Topic, content: Content) -> bool:
    """Whether there is enough to show. Dependencies, and what is forecast, are worth a page by themselves."""
    if topic == "dependencies" and service.spec.dependencies:
        return True
    if topic == "capacity" and any(isinstance(service.indicators[key].spec, Forecast) for key in content.indicators):
        return True
    shown = [*content.indicators, *content.metrics]
    if topic == "security":
        shown += [*closed_doors(service), *log_categories(service, topic)]
    return len(shown) > LEAST


def closed_doors(service: Watched) -> tuple[str, ...]:
    """The probes that prove a door shut."""
    return tuple(probe.name for probe in service.spec.probes if probe.kind == "closed")
