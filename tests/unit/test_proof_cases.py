"""Proofs are made for every kind of alert, from what the spec means and not from the rule."""

from __future__ import annotations

from functools import cache

import pytest

from rules.proof.case import Is, Proof, Silent, Tells, Unproven
from rules.proof.free import Answer
from rules.proof.levels import levels
from rules.proof.proofs import proofs
from rules.proof.timeline import step_of
from spec.samples import NoSamples
from spec.scalars import Duration, Quantity
from tests.golden.small import small

ANSWERS = {
    ("jobs", "JobsBehind"): (Answer(1.0, 9000.0, replicas=False),),
    ("monitoring", "AlertmanagerClusterConfigDiffers"): (Answer(0.0, 7.0, replicas=False),),
    ("monitoring", "HostClockSkew"): (Answer(0.04, 0.06, replicas=True),),
    ("monitoring", "RedisHitRateLow"): (Answer(0.51, 0.49, replicas=True),),
    ("shop", "HostClockSkew"): (Answer(0.04, 0.06, replicas=True),),
}


@cache
def proven() -> dict[str, Proof]:
    """Every proof of the small stack, by service and alert."""
    return {f"{one.alert.service}/{one.alert.alert}": one for one in proofs(small(), ANSWERS) if isinstance(one, Proof)}


def test_every_alert_has_a_proof() -> None:
    assert [one for one in proofs(small(), ANSWERS) if isinstance(one, Unproven)] == []


def test_every_proof_asks_for_silence_and_for_the_exact_alert() -> None:
    for name, proof in proven().items():
        checks = [check for case in proof.cases for check in case.checks]
        assert any(isinstance(check, Tells) for check in checks), name
        assert name == "monitoring/Watchdog" or any(isinstance(check, Silent) for check in checks), name


def test_an_alert_waits_for_its_time_and_not_a_step_longer() -> None:
    case = proven()["jobs/QueueLong"].cases[0]
    states = [(check.at, check.state) for check in case.checks if isinstance(check, Is)]
    assert case.step == Duration.parse("150s")
    assert states[:5] == [(9, None), (10, "pending"), (13, "pending"), (14, "firing"), (16, None)]


def test_free_promql_without_an_answer_cannot_be_proven() -> None:
    reasons = {one.alert.alert: one.reason for one in proofs(small(), {}) if isinstance(one, Unproven)}
    assert reasons["JobsBehind"] == "with samples.bad the expression gives no single value"


def test_samples_on_the_wrong_side_are_named() -> None:
    answers = {**ANSWERS, ("jobs", "JobsBehind"): (Answer(1.0, 60.0, replicas=False),)}
    reasons = {one.alert.alert: one.reason for one in proofs(small(), answers) if isinstance(one, Unproven)}
    assert reasons == {
        "JobsBehind": "with its samples the expression is 1.0 (good) and 60 (bad), but the alert fires above 1h"
    }


@pytest.mark.parametrize(("alert", "good", "bad"), [
    ("jobs/QueueLong", 100, 101),
    ("jobs/JobsStopped", 600, 601.2),
])  # fmt: skip
def test_levels_lie_next_to_the_threshold(alert: str, good: float, bad: float) -> None:
    service, name = alert.split("/")
    bound = next(one for one in small().by_name[service].alerts if one.alert.name == name)
    found = levels(bound)
    assert (found.good, round(found.bad, 6)) == (good, bad)


def test_a_share_above_the_whole_is_never_reached() -> None:
    bound = next(
        one for one in small().by_name["shop"].alerts if hasattr(one.indicator.spec, "ratio") and one.alert.above
    )
    whole = bound.alert.model_copy(update={"above": Quantity.parse("100%")})
    with pytest.raises(NoSamples, match="is no share of a whole: the alert never fires"):
        levels(type(bound)(whole, bound.indicator, bound.service, bound.origin))


@pytest.mark.parametrize(("window", "lasting", "expected"), [
    ("5m", ("5m", "5m"), "1m"),
    (None, ("5m",), "1m"),
    (None, ("1m",), "15s"),
    ("30m", ("15m", None), "5m"),
    (None, (), "12h"),
])  # fmt: skip
def test_a_step_divides_every_time_of_the_rule(
    window: str | None, lasting: tuple[str | None, ...], expected: str
) -> None:
    times = [Duration.parse(text) if text else None for text in lasting]
    assert step_of(Duration.parse(window) if window else None, *times) == Duration.parse(expected)


def test_a_record_that_reads_another_is_proven_with_it_and_with_a_louder_service_beside() -> None:
    proof = next(one for name, one in proven().items() if name.startswith("shop/Availability"))
    case = next(case for case in proof.cases if case.name == "records")
    assert case.rules == ("service:shop_requests:rate5m", "service:slo_bad_events:rate5m", "service:slo_events:rate5m")
    stranger = next(series for series in case.series if series.metric == "service:shop_requests:rate5m")
    assert (stranger.labels, set(stranger.points)) == ((("service", "other"),), {1e9})
    burning = next(case for case in proof.cases if case.name.startswith("burn"))
    assert not {"service:shop_requests:rate5m", "service:slo_events:rate5m"} & set(burning.rules)
