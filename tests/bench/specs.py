"""Specs of any number of services: all of one shape, or each with a shape of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

STACK = """\
stack: bench
include: [services/*.yaml]
owner: ops
owners:
  ops: {title: Operations}
  web: {title: Web}
secrets:
  chat: {file: secrets/chat}
notification:
  default: chat
  receivers:
    chat: {slack: {channel: "#ops", url: chat}}
  routes:
    - {name: all, when: {owner: [ops, web]}, to: [chat]}
"""

SERVICE = """\
service: {name}
title: Service {number}
owner: {owner}
scrape: {{targets: ["{name}:8000"], interval: {interval}s}}
probes:
  - {{name: live, url: "http://{name}:8000/health", max_latency: {latency}ms}}
metrics:
  {metric}_requests_total:
    type: counter
    help: Requests answered.
    labels: {{route: [{routes}], code: ["2xx", "4xx", "5xx"]}}
    typical: {{rate: 20}}
  {metric}_request_duration_seconds:
    type: histogram
    help: Time to answer a request.
    unit: seconds
    labels: {{route: [{routes}]}}
    buckets: [{buckets}]
  {metric}_pool: {{type: gauge, help: Connections., labels: {{state: [free, used]}}, typical: {{between: [10, 50]}}}}
  {metric}_last_run_timestamp_seconds: {{type: gauge, help: When the last job ended., unit: timestamp}}
{metrics}\
indicators:
  traffic: {{rate: {metric}_requests_total, title: Requests}}
  errors: {{ratio: {{of: '{metric}_requests_total{{code="5xx"}}', to: {metric}_requests_total}}, traffic: 6/m}}
  latency: {{quantile: {{of: {metric}_request_duration_seconds, q: {quantile}}}, title: Response time}}
  slow: {{slower: {{of: {metric}_request_duration_seconds, over: 500ms}}}}
  pool: {{ratio: {{of: '{metric}_pool{{state="free"}}', to: {metric}_pool}}, complement: true}}
  heartbeat: {{age: {metric}_last_run_timestamp_seconds}}
{indicators}\
golden: {{traffic: traffic, errors: errors, latency: latency, saturation: pool}}
slos:
  - {{name: availability, indicator: errors, objective: {objective}}}
alerts:
  - {{name: ErrorsHigh, indicator: errors, above: {errors}%, for: 5m, severity: critical, summary: Too many errors}}
  - {{name: AnswersSlow, indicator: latency, above: 1s, for: 10m, severity: high, summary: Answers are slow}}
  - {{name: ManySlow, indicator: slow, above: 10%, for: 10m, severity: medium, summary: Many answers are slow}}
  - {{name: PoolFull, indicator: pool, above: {pool}%, for: 5m, severity: high, summary: The pool is used up}}
  - {{name: JobsStopped, indicator: heartbeat, above: 10m, severity: high, missing: fires, summary: No job ended}}
{alerts}\
logs: {{path: /var/log/{name}/*.log, keep: 14d, lines: 5, redact: [email, token]}}
"""

WORDS = [
    "alpha",
    "bravo",
    "carbon",
    "delta",
    "ember",
    "fern",
    "grove",
    "harbor",
    "iris",
    "jade",
    "karst",
    "lumen",
    "maple",
    "north",
    "oasis",
    "pearl",
    "quartz",
    "river",
]
KINDS = (
    ("{{value: {metric}, aggregate: max}}", "above: {limit}"),
    ("{{value: {metric}, aggregate: min}}", "below: {limit}"),
    ("{{value: {metric}, aggregate: sum, by: [kind]}}", "above: {limit}"),
    ("{{forecast: {{of: {metric}, ahead: {ahead}h}}}}", "below: {limit}"),
    ("{{anomaly: {{of: {metric}, deviations: {limit}}}}}", "above: {limit}"),
    ("{{absence: {metric}}}", "for: {ahead}m"),
)
"""Indicators that a service of its own shape has besides, and what their alerts compare."""


def write_spec(folder: Path, count: int, *, alike: bool) -> None:
    """A stack of `count` services below a folder."""
    (folder / "services").mkdir(parents=True)
    (folder / "stack.yaml").write_text(STACK)
    for number in range(count):
        name = f"svc{number:04d}"
        text = service(number, name, 0 if alike else number)
        (folder / "services" / f"{name}.yaml").write_text(text)


def service(number: int, name: str, shape: int) -> str:
    """A service's file; all that makes its shape follows from the number `shape`."""
    metric = name
    routes = [WORDS[(shape + step) % len(WORDS)] + (str(shape) if shape else "") for step in range(2 + shape % 4)]
    bounds = sorted({0.5, 0.05 + shape % 7 / 100, 0.1 + shape % 11 / 50, 1 + shape % 5, 10 + shape % 13})
    extra = [f"{WORDS[(shape * 7 + step) % len(WORDS)]}_{step}" for step in range(1 + shape % 3)]
    kinds = [KINDS[(shape + step) % len(KINDS)] for step in range(len(extra))]
    limit = 3 + shape % 90
    return SERVICE.format(
        name=name, number=number, metric=metric, owner=("ops", "web")[shape % 2], interval=(15, 30)[shape % 2],
        latency=100 + shape, routes=", ".join(routes), buckets=", ".join(f"{bound:g}" for bound in bounds),
        quantile=(0.9, 0.95, 0.99)[shape % 3], objective=(99, 99.5, 99.9)[shape % 3], errors=1 + shape % 9, pool=70 + shape % 25,
        metrics="".join(
            f"  {metric}_{one}: {{type: gauge, help: The {one} of {shape}., labels: {{kind: [a{shape}, b]}}}}\n" for one in extra
        ),
        indicators="".join(
            f"  {one.replace('_', '-')}: {kind.format(metric=f'{metric}_{one}', limit=limit, ahead=1 + shape % 12)}\n"
            for one, (kind, _) in zip(extra, kinds, strict=True)
        ),
        alerts="".join(
            f"  - {{name: {one.title().replace('_', '')}Odd, indicator: {one.replace('_', '-')}, "
            f"{comparison.format(limit=limit, ahead=1 + shape % 12)}, severity: low, summary: The {one} is odd}}\n"
            for one, (_, comparison) in zip(extra, kinds, strict=True)
        ),
    )  # fmt: skip
