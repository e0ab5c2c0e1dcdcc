"""A dashboard with a panel of every kind, over the metrics which Prometheus exposes of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards import look, panels
from dashboards.layout import Section, evenly
from dashboards.parts import (
    RATE_INTERVAL,
    Annotation,
    Column,
    Link,
    Meaning,
    Query,
    Threshold,
    alert_annotation,
    choice,
    drill_down,
    free_text,
    instance_variable,
    label_values,
)

if TYPE_CHECKING:
    from dashboards.board import Board
    from dashboards.parts import Panel

UP = (Meaning(1, "up", look.OK), Meaning(0, "down", look.SEVERITY_COLOURS["critical"]))
REQUESTS = f"rate(prometheus_http_requests_total[{RATE_INTERVAL}])"
BUCKETS = f"increase(prometheus_http_request_duration_seconds_bucket[{RATE_INTERVAL}])"


def every_kind() -> Board:
    return panels.dashboard(
        title="Every kind of panel",
        uid="every-kind",
        description="How the house style looks",
        tags=("specola", "sample"),
        variables=(
            label_values("service", "Service", 'up{service!=""}', every=True),
            instance_variable(),
            choice("level", "Level", ("debug", "info", "error"), multi=True, every=True),
            free_text("search", "Search"),
        ),
        annotations=(
            alert_annotation('service="tug"'),
            Annotation(
                "Deployments", "changes(process_start_time_seconds[1m]) > 0", "Started", "{{job}}", ("job",), look.SKY
            ),
        ),
        links=(Link("Home", "/d/home"),),
        related=("specola",),
        time_from="now-15m",
        sections=(
            Section("", evenly(*_figures())),
            Section("Courses", _charts()),
            Section("Lists", _lists()),
            Section("Logs", (_logs(),), collapsed=True),
        ),
    )


def _figures() -> tuple[Panel, ...]:
    return (
        panels.stat(
            title="Answering",
            description="Share of targets that answer",
            queries=(Query("avg(up)"),),
            unit="ratio",
            thresholds=(Threshold(0.9, "critical", below=True), Threshold(0.99, "medium", below=True)),
        ),
        panels.stat(
            title="Requests",
            description="Requests a second, now and on the screen",
            queries=(Query(f"sum({REQUESTS})"),),
            unit="requests/s",
            decimals=2,
            trend=True,
        ),
        panels.stat(
            title="Memory",
            description="Resident memory, against the alert",
            queries=(Query('process_resident_memory_bytes{job="prometheus"}'),),
            unit="bytes",
            thresholds=(Threshold(10e6, "high"),),
        ),
        panels.stat(
            title="Firing alerts",
            description="Alerts which fire now",
            queries=(Query('sum(ALERTS{alertstate="firing", alertname="NoSuchAlert"})'),),
            empty="none",
        ),
        panels.stat(title="State", description="Whether all is up", queries=(Query("min(up)"),), meanings=UP),
        panels.gauge(
            title="Open files",
            description="Share of the files it may have open",
            queries=(Query('process_open_fds{job="prometheus"} / process_max_fds'),),
            unit="ratio",
            thresholds=(Threshold(0.7, "medium"), Threshold(0.9, "critical")),
        ),
    )


def _charts() -> tuple[Panel, ...]:
    quantile = "histogram_quantile({}, sum by (le) (rate(prometheus_http_request_duration_seconds_bucket[{}])))"
    return (
        panels.timeseries(
            title="Requests by handler",
            description="Requests a second to each handler",
            queries=(Query(f"sum by (handler) ({REQUESTS})", "{{handler}}"),),
            unit="requests/s",
            legend="table",
        ),
        panels.timeseries(
            title="Latency",
            description="How long requests take: half, most and nearly all of them",
            queries=tuple(Query(quantile.format(q, RATE_INTERVAL), f"p{100 * q:g}") for q in (0.5, 0.95, 0.99)),
            unit="seconds",
            thresholds=(Threshold(0.2, "high"), Threshold(0.15, "medium"), Threshold(0.12, "objective")),
        ),
        panels.timeseries(
            title="Requests by code",
            description="Requests a second by status code",
            queries=(Query(f"sum by (code) ({REQUESTS})", "{{code}}"),),
            unit="requests/s",
            draw="bars",
            stack="normal",
            colours=("200", "302", "400"),
            links=(drill_down("This instance", "every-kind", instance="${__field.labels.instance}"),),
        ),
        panels.heatmap(
            title="Durations",
            description="How many requests took how long",
            query=Query(f"sum by (le) ({BUCKETS})"),
            unit="seconds",
        ),
    )


def _lists() -> tuple[Panel, ...]:
    return (
        panels.bar_gauge(
            title="Busiest handlers",
            description="Requests to the six busiest handlers since the start",
            queries=(Query("topk(6, sum by (handler) (prometheus_http_requests_total))", "{{handler}}"),),
            unit="count",
        ),
        panels.text(title="Words", description="What is said", markdown="Read **this** first.", width=8, height=8),
        panels.table(
            title="Targets",
            description="Each target and how its last scrape went",
            queries=(Query("up"), Query("scrape_duration_seconds"), Query("scrape_samples_scraped")),
            columns=(
                Column("job", "Job", link=drill_down("Open", "every-kind", service="${__data.fields.Job}")),
                Column("instance", "Instance"),
                Column("A", "State", meanings=UP, width=120),
                Column("B", "Duration", "seconds", thresholds=(Threshold(0.1, "high"),)),
                Column("C", "Samples", "count"),
            ),
            sort_by="Job",
        ),
        panels.state_timeline(
            title="Up and down",
            description="When which target was up",
            queries=(Query("up", "{{job}} {{instance}}"),),
            meanings=UP,
        ),
        panels.timeseries(
            title="Nothing wrong",
            description="A chart that is empty while all is well",
            queries=(Query("no_such_series"),),
            empty="no errors",
        ),
    )


def _logs() -> Panel:
    return panels.logs(
        title="Lines",
        description="Log lines of the chosen service which hold the searched text",
        query=Query('{service=~"$service"} |= "$search"', datasource="loki"),
        empty="no lines",
        links=(drill_down("All logs", "logs"),),
    )
