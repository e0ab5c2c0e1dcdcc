"""The series that make an indicator take a value, and what no series can do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.indicator import KIND_NAMES
from spec.samples import NoSamples, Sample, samples
from tests.unit.test_expr import bound

A, B = ("route", "a"), ("code", "5xx")
OK = ("code", "2xx")


PLAYED: list[tuple[dict[str, Any], float, tuple[Sample, ...]]] = [
    ({"value": "pool"}, 7, (Sample("pool", (), value=7),)),
    ({"value": 'pool{state="free"}'}, 7, (Sample("pool", (("state", "free"),), value=7),)),
    ({"value": "pool", "aggregate": "sum"}, 8, (Sample("pool", (), value=4),)),
    ({"value": "pool", "by": ["state"]}, 7, (Sample("pool", (("state", "free"),), value=7),)),
    ({"rate": "req_total"}, 5, (Sample("req_total", (), rate=5),)),
    ({"rate": 'req_total{code="5xx"}'}, 5, (Sample("req_total", (), rate=0), Sample("req_total", (B,), rate=5))),
    ({"increase": "req_total"}, 300, (Sample("req_total", (), rate=1),)),
    (
        {"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}}, 0.25,
        (Sample("req_total", (), rate=0), Sample("req_total", (A, OK), rate=15), Sample("req_total", (A, B), rate=5)),
    ),
    (
        {"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}, "complement": True}, 0.25,
        (Sample("req_total", (), rate=0), Sample("req_total", (A, OK), rate=5), Sample("req_total", (A, B), rate=15)),
    ),
    (
        {"ratio": {"of": 'pool{state="free"}', "to": "pool"}}, 0.1,
        (Sample("pool", (), value=0), Sample("pool", (("state", "used"),), value=90), Sample("pool", (("state", "free"),), value=10)),
    ),
    ({"average": "dur_seconds"}, 2, (Sample("dur_seconds", (), rate=20, observe=((2, 1),)),)),
    ({"slower": {"of": "dur_seconds", "over": 1}}, 0.5, (Sample("dur_seconds", (), rate=20, observe=((1, 0.5), (20, 0.5))),)),
    ({"quantile": {"of": "dur_seconds", "q": 0.5}}, 1, (Sample("dur_seconds", (), rate=20, observe=((1, 0.5), (20, 0.5))),)),
    ({"absence": 'pool{state="free"}'}, 1, (Sample("pool", (("state", "free"),), absent=True),)),
    ({"absence": "pool"}, 0, (Sample("pool", (), value=1),)),
    ({"age": "beat"}, 90, (Sample("beat", (), age=90),)),
    ({"forecast": {"of": "pool", "ahead": "100s"}}, 0, (Sample("pool", (), value=60, slope=-0.6),)),
    ({"forecast": {"of": "pool", "ahead": "100s"}, "aggregate": "max"}, 50, (Sample("pool", (), value=60, slope=-0.1),)),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "value", "expected"), PLAYED)
def test_samples(spec: dict[str, Any], value: float, expected: tuple[Sample, ...]) -> None:
    assert samples(bound(spec), value) == expected


UNPLAYED: list[tuple[dict[str, Any], float, str]] = [
    ({"rate": "req_total"}, -1, "a counter does not shrink"),
    ({"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}}, -0.1, "a ratio is never below 0"),
    ({"ratio": {"of": 'req_total{code="5xx"}', "to": "req_total"}}, 1.1, "a part is never more than its whole"),
    ({"ratio": {"of": "req_total", "to": "req_total"}}, 0.5, "req_total is either all or nothing of req_total"),
    ({"average": "dur_seconds"}, -1, "observations are not negative"),
    ({"slower": {"of": "dur_seconds", "over": 1}}, 1.5, "a share is between 0 and 1"),
    ({"slower": {"of": "dur_seconds", "over": 2}}, 0.5, "2 is not a bucket of dur_seconds"),
    ({"quantile": {"of": "dur_seconds"}}, 11, "11 is beyond the last bucket, 10: the quantile never gets there"),
    ({"value": 'pool{state="gone"}'}, 1, 'no declared value of state fits pool{state="gone"}'),
    ({"value": "unknown"}, 1, "unknown is not in the contract"),
    ({"anomaly": {"of": "req_total"}}, 4, "Anomaly brings its own samples"),
    ({"promql": "pool{$scope}"}, 4, "PromQL brings its own samples"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "value", "reason"), UNPLAYED)
def test_what_no_series_can_do(spec: dict[str, Any], value: float, reason: str) -> None:
    with pytest.raises(NoSamples, match=f"^{re.escape(reason)}$"):
        samples(bound(spec), value)


def played(spec: dict[str, Any], value: float) -> float:
    """What `histogram_quantile` makes of the observations, by its definition: a straight line within the bucket."""
    (sample,) = samples(bound(spec), value)
    q: float = spec["quantile"]["q"]
    edges = (0.1, 1.0, 10.0)
    below = [sum(share for seen, share in sample.observe if seen <= edge) for edge in edges]
    assert sum(share for _, share in sample.observe) == pytest.approx(1)
    index = next(number for number, share in enumerate(below) if share >= q - 1e-9)
    low, before = (edges[index - 1], below[index - 1]) if index else (0.0, 0.0)
    return low + (edges[index] - low) * (q - before) / (below[index] - before)


@given(st.floats(0.001, 10), st.sampled_from((0.5, 0.9, 0.95, 0.999)))
def test_any_value_of_a_quantile_within_the_buckets_can_be_played(value: float, q: float) -> None:
    least = 0.1 * q  # of the first bucket, whose observations count as spread evenly from 0 on
    assert played({"quantile": {"of": "dur_seconds", "q": q}}, value) == pytest.approx(max(value, least), rel=1e-6)


def test_every_kind_is_in_these_tables() -> None:
    said = {key for table in (PLAYED, UNPLAYED) for spec, *_ in table for key in spec}
    assert set(KIND_NAMES) <= said
