"""What a service's pages by topic have in common: figures, courses, by kind, alerts, log lines, in this order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from dashboards import alert_panels, arrange, log_panels, of_service, topics
from dashboards.indicator_panels import LONG_INCREASE, bars, chart, figure, indicator_panel
from dashboards.metric_panels import Measured, metric_panel
from dashboards.subject import subject
from spec.indicator import Anomaly, Increase
from spec.names import topic_dashboard
from spec.records import main_selector

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dashboards.board import Board
    from dashboards.layout import Section
    from dashboards.parts import Panel
    from dashboards.topics import Content
    from spec.metric import Metric
    from spec.stack import Stack, Watched
    from spec.topic import Topic

FIGURES = 4
"""As many figures beside the count of alerts have room for their titles on a page 1280 pixels wide."""

LONGEST_TITLE = 36
SUFFIX = re.compile(r"_(?:total|seconds|bytes)\b")

FEW_VALUES = 12
"""A label with more values than this is no way to split a chart."""


HEADINGS: Mapping[Topic, str] = {
    "errors": "Errors: What Fails, and Since When?",
    "dependencies": "Databases and Dependencies: Which Is Away, Slow or Full?",
    "jobs": "Jobs: Do They Get Done?",
    "security": "Security: Is Anybody Trying the Doors?",
    "business": "Business: Is It as Usual?",
    "capacity": "Capacity: What Runs Out, and When?",
    "deployments": "Deployments: Better or Worse Than Before?",
}
"""The topics as titles that ask."""


def title(service: Watched, topic: Topic) -> str:
    """The title of a page."""
    return f"{service.spec.title} {HEADINGS[topic]}"


def dashboard(
    stack: Stack, service: Watched, topic: Topic, *, question: str, sections: tuple[Section, ...],
    time_from: str = "now-6h",
) -> Board:  # fmt: skip
    """The page of a service on a topic; sections without panels are left out."""
    return of_service.dashboard(
        stack,
        service,
        title=title(service, topic),
        uid=topic_dashboard(service.name, topic),
        description=question,
        sections=tuple(section for section in sections if section.panels),
        tag=topic,
        time_from=time_from,
    )


def glance(service: Watched, content: Content, *more: Panel) -> Section:
    """How many of the topic's alerts fire, what the page has besides, and the figures that alerts watch first."""
    watched = {bound.indicator.key for bound in service.alerts}
    ranked = sorted(_plain(service, content), key=lambda key: key not in watched)
    room = FIGURES - len(more)
    return arrange.glance(
        "",
        (
            alert_panels.count("Alerts firing", _of(service, content)),
            *more,
            *(figure(subject(service, key)) for key in ranked[:room]),
        ),
    )


def _plain(service: Watched, content: Content) -> Iterator[str]:
    """The indicators that one figure can stand for."""
    return (key for key in content.indicators if not isinstance(service.indicators[key].spec, Anomaly))


def courses(service: Watched, content: Content, title: str = "Over time") -> Section:
    """Every indicator of the topic over time, with the thresholds of its alerts."""
    return arrange.charts(title, tuple(_course(service, key) for key in content.indicators))


def _course(service: Watched, key: str) -> Panel:
    shown = subject(service, key)
    if isinstance(shown.spec, Increase) and shown.bound.window >= LONG_INCREASE:
        return bars(shown)
    return indicator_panel(shown) if shown.is_state else chart(shown)


def by_kind(service: Watched, content: Content, title: str = "By kind") -> Section:
    """The metrics of the topic by their labels, as far as no indicator shows the same."""
    return arrange.charts(title, tuple(_split(service, content)))


def _split(service: Watched, content: Content) -> Iterator[Panel]:
    shown = _shown(service, content)
    for name in content.metrics:
        metric = service.own.metrics[name]
        told = _told(name, metric)
        if metric.type == "info":
            yield metric_panel(Measured(name, metric, service.own, tuple(metric.labels), told), "table").sized(24, 4)
            continue
        if metric.type == "histogram":
            yield metric_panel(Measured(name, metric, service.own, (), told), "heatmap")
        labels = [label for label, values in metric.labels.items() if 1 < len(values) <= FEW_VALUES]
        for label in labels:
            if (name, (label,)) not in shown:
                title = f"{told} by {label.replace('_', ' ')}"
                yield metric_panel(Measured(name, metric, service.own, (label,), title))
        if not metric.labels and metric.type != "histogram" and not any(known == name for known, _ in shown):
            yield metric_panel(Measured(name, metric, service.own, (), told))


def _told(name: str, metric: Metric) -> str:
    """What a metric is called in a title: its help, or where that is a whole sentence the words of its name."""
    said = metric.help.rstrip(".")
    return said if len(said) <= LONGEST_TITLE else SUFFIX.sub("", name.partition("_")[2]).replace("_", " ").capitalize()


def _shown(service: Watched, content: Content) -> set[tuple[str, tuple[str, ...]]]:
    """The metrics that indicators of the topic show whole, with the labels they are split by."""
    bound = (service.indicators[key] for key in content.indicators)
    return {(of.metric, one.spec.by) for one in bound if (of := main_selector(one.spec)) and not of.matchers}


def alerts(service: Watched, content: Content) -> Section:
    """What fires of the topic, and what did; nothing when no alert is about it."""
    matchers = _of(service, content)
    if not topics.alerts(service, content):
        return arrange.charts("Alerts", ())
    return arrange.charts("Alerts", alert_panels.now_and_before(matchers))


def _of(service: Watched, content: Content) -> str:
    names = "|".join(topics.alerts(service, content))
    return f'service="{service.name}", alertname=~"{names}"'


def lines(stack: Stack, service: Watched, topic: Topic) -> Section:
    """The log lines of the topic's categories, and how many come; of errors those of the bad levels."""
    logs = service.spec.logs
    categories = topics.log_categories(service, topic)
    if logs is None or not log_panels.has_logs(stack, service) or not (categories or topic == "errors"):
        return arrange.charts("Log", ())
    if topic == "errors":
        shown: tuple[Panel, ...] = (log_panels.volume(service, logs), log_panels.lines(service, logs, "errors"))
    else:
        shown = (
            log_panels.volume(service, logs, categories=categories),
            log_panels.lines(service, logs, categories=categories),
        )
    return arrange.charts("Log", shown)
