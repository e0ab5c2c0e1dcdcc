"""Valid specs for properties: small, of every shape, with the values that break what is written without care."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from generator.text import to_yaml
from spec.load import load
from spec.selector import Matcher, Selector

if TYPE_CHECKING:
    from spec.stack import Stack

HOSTILE = (
    'say "hi"', "it's", "back\\slash", "\\", "\\n", "$HOME ${HOME} $1 $$", "{{", "}}", "{% raw %}", "{a} [b] <c> &amp;",
    "# no comment", "key: value", "- item", "yes", "12:30", "null", "ünïcödé", "日本語", "🙂", "a|b", "(", ".*", "%s %(x)s",
    "`tick`", "a,b", " inside ", "=", "~",
)  # fmt: skip
LETTERS = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp", "Zs"])
VALUE = st.sampled_from(HOSTILE) | st.text(LETTERS, min_size=1, max_size=12)
"""What a label may hold."""
WORDS = VALUE.filter(lambda text: "{{" not in text and "}}" not in text)
"""Human text without templates: what is between braces must be one, in an alert."""
SUMMARY = st.builds("{} {}".format, WORDS, st.sampled_from(("", "{{ $value | humanize }}", "on {{ $labels.service }}")))
OWNERS = ("ops", "web-team")


def selector(metric: str, label: str, value: str) -> str:
    return str(Selector(metric, (Matcher(label, "=", value),)))


@st.composite
def services(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """A service with any of the kinds of indicators, and alerts on them."""
    stem = name.replace("-", "_")
    codes = draw(st.lists(VALUE, min_size=2, max_size=3, unique=True))
    code = codes[0]
    requests, seconds, pool, beat = f"{stem}_requests_total", f"{stem}_seconds", f"{stem}_pool", f"{stem}_beat"
    share = {"of": selector(requests, "code", code), "to": requests}
    kinds: dict[str, dict[str, Any]] = {
        "rate": {"rate": selector(requests, "code", code)},
        "increase": {"increase": requests, "window": "10m"},
        "errors": {"ratio": share, "traffic": draw(st.sampled_from(("0/s", "6/m")))},
        "used": {"ratio": {"of": selector(pool, "state", code), "to": pool}, "complement": draw(st.booleans())},
        "latency": {"quantile": {"of": seconds, "q": draw(st.sampled_from((0.5, 0.95, 0.999)))}},
        "mean": {"average": seconds},
        "slow": {"slower": {"of": seconds, "over": draw(st.sampled_from(("100ms", "1s", 2000000)))}},
        "pool": {"value": pool, "aggregate": draw(st.sampled_from(("sum", "max", "min", "avg")))},
        "gone": {"absence": selector(pool, "state", code)},
        "beat": {"age": beat},
        "soon": {"forecast": {"of": pool, "ahead": "4h"}},
        "odd": {"anomaly": {"of": requests}},
        "free": {"promql": f"sum by ($by) (rate({requests}{{$scope}}[$window]))"},
    }
    chosen = draw(st.lists(st.sampled_from(tuple(kinds)), min_size=1, max_size=5, unique=True))
    for key in chosen:
        kinds[key] |= draw(st.fixed_dictionaries({}, optional={"title": WORDS, "help": VALUE}))
    severity = st.sampled_from(("critical", "high", "medium", "low"))
    alerts = [
        {
            "name": f"{key.title()}Wrong",
            "indicator": key,
            draw(st.sampled_from(("above", "below"))): draw(st.sampled_from((0, 0.5, "20%", 12))),
            "for": draw(st.sampled_from(("0s", "5m"))),
            "severity": draw(severity),
            "summary": draw(SUMMARY),
            "labels": {"note": draw(WORDS)},
            "missing": draw(st.sampled_from(("silent", "fires"))),
        }
        for key in chosen
    ]
    return {
        "service": name,
        "title": draw(WORDS),
        "owner": draw(st.sampled_from(OWNERS)),
        "scrape": {"targets": [f"{name}:8000"], "labels": {"note": draw(VALUE)}},
        "probes": draw(st.lists(st.just({"name": "live", "url": f"http://{name}:8000/", "body": "ok"}), max_size=1)),
        "metrics": {
            requests: {"type": "counter", "help": draw(VALUE), "labels": {"code": codes}},
            seconds: {"type": "histogram", "help": "Time.", "unit": "seconds", "buckets": [0.1, 1, 2000000]},
            pool: {"type": "gauge", "help": draw(VALUE), "labels": {"state": codes}},
            beat: {"type": "gauge", "help": "Beat.", "unit": "timestamp"},
        },
        "indicators": {key: kinds[key] for key in chosen},
        "slos": [{"name": "good", "indicator": "errors", "objective": 99.5}] if "errors" in chosen else [],
        "alerts": alerts,
        "logs": {"path": "/var/log/x/*.log", "alerts": [
            {"name": "Lines", "contains": draw(VALUE), "above": "1/s", "severity": "low", "summary": draw(WORDS)},
        ]},
    }  # fmt: skip


@st.composite
def specs(draw: st.DrawFn) -> dict[str, dict[str, Any]]:
    """A project's files as data."""
    names = draw(st.lists(st.sampled_from(("shop", "a", "b-2", "under_score")), min_size=1, max_size=2, unique=True))
    stack = {
        "stack": "any",
        "title": draw(VALUE),
        "include": ["services/*.yaml"],
        "owner": "ops",
        "owners": {owner: {"title": draw(VALUE)} for owner in OWNERS},
        "labels": {"region": draw(VALUE.filter(lambda text: "$" not in text))},
        "secrets": {"chat": {"file": "secrets/chat"}},
        "notification": {
            "default": "chat",
            "receivers": {"chat": {"title": draw(VALUE), "slack": {"channel": "#ops", "url": "chat"}}},
            "routes": [{"name": "all", "when": {"owner": list(OWNERS)}, "to": ["chat"]}],
            "inhibitions": [{"name": "note", "source": {"note": draw(VALUE)}, "target": {"note": draw(VALUE)}}],
        },
        "simulation": {"enabled": draw(st.booleans())},
        "components": {name: {"enabled": False} for name in ("node", "redis", "redis_exporter")},
        "access": {"basic_auth": draw(st.booleans())},
    }
    return {"stack.yaml": stack, **{f"services/{name}.yaml": draw(services(name)) for name in names}}


def loaded(files: dict[str, dict[str, Any]]) -> Stack:
    """The stack that the files make, written to disk and read as any other."""
    with TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(to_yaml(data))
        return load(Path(folder, "stack.yaml")).stack
