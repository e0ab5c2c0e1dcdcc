"""Damages of rules on log lines, and which of them count as noticed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from compose.fault import Trouble
from compose.proof import log_mutants as prove_log_mutants
from compose.proof import logs as prove_logs
from compose.proof.log_mutants import log_mutants, log_survivors
from compose.proof.logs import Trial, log_rules
from compose.proof.loki import interval
from rules.mutation.equivalent import why_equivalent
from rules.mutation.of_lines import line_damages
from rules.proof.case import Threshold
from rules.proof.log_scenes import Scene
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from spec.stack import Stack

FEW = 'sum by (service) (rate({service="shop"}[5m])) < 1'
NONE = 'sum by (service) (absent_over_time({service="shop"}[5m])) * 0'


def rate(inside: str, op: str = ">") -> str:
    return f"sum by (service) (rate({{{inside}[5m])) {op} 1"


@pytest.mark.parametrize(("expr", "kind", "expected"), [
    (rate('service="shop"}'), "comparison", [rate('service="shop"}', "<")]),
    (rate('service="shop"}'), "boundary", [rate('service="shop"}', ">=")]),
    (rate('service="shop"}'), "matcher", [rate('service=~".+"}'), rate('service!="shop",service=~".+"}')]),
    (rate('service="shop",level=~"ERROR|FATAL"}'), "matcher", [
        rate('level=~"ERROR|FATAL"}'), rate('service!="shop",level=~"ERROR|FATAL"}'), rate('service="shop"}'),
        rate('service="shop",level!~"ERROR|FATAL"}'),
    ]),
    (rate('service="shop"} |= "say \\"{hi}\\" ü"'), "matcher", [
        rate('service=~".+"} |= "say \\"{hi}\\" ü"'), rate('service!="shop",service=~".+"} |= "say \\"{hi}\\" ü"'),
        rate('service="shop"}'), rate('service="shop"} != "say \\"{hi}\\" ü"'),
    ]),
    (rate('service="shop"}'), "function", [rate('service="shop"}').replace("rate", "count_over_time")]),
    (FEW, "window", [FEW.replace("5m", "2m30s"), FEW.replace("5m", "10m")]),
    (FEW, "threshold", [FEW.replace("1", "0.9"), FEW.replace("1", "1.1")]),
    (f"{FEW} or {NONE}", "clause", [FEW, NONE]),
    (NONE, "window", [NONE.replace("5m", "2m30s"), NONE.replace("5m", "10m")]),
    (NONE, "function", [NONE.replace("absent_over_time", "rate")]),
])  # fmt: skip
def test_damages(expr: str, kind: str, expected: list[str]) -> None:
    found = line_damages(expr, (Threshold(1, 0.9, 1.1, exact=True),))
    assert [damage.expr for damage in found if damage.kind == kind] == expected


def test_a_damage_is_told_in_loki_s_words() -> None:
    found = {damage.what for damage in line_damages(f'{rate("""service="shop"} |= "no" """)} or {NONE}', ())}
    assert 'filter |= "no" dropped' in found
    assert 'filter |= "no" turned into != "no"' in found
    assert not [what for what in found if "lines{" in what or "__line__" in what]


def shop(**alert: object) -> Stack:
    return small_stack({"alerts": [{"name": "Lines", "severity": "high", "summary": "Lines"} | alert]})


def test_times_severity_and_words_are_damaged_too() -> None:
    found = {mutant.what for mutant in log_mutants(log_rules(shop(above="1/s", **{"for": "5m"})))}
    assert {"for 5m dropped", "for 5m doubled", "severity high turned into medium", "label team dropped"} <= found
    assert not [what for what in found if what.startswith("keep_firing_for")]


@pytest.mark.parametrize(("limit", "expected"), [
    ({"above": "0"}, {"> turned into >=", "threshold 0 made lower, -0.001666666667", "label service dropped from by"}),
    ({"above": "1/s"}, {"label service dropped from by"}),
    ({"below": "1/m"}, {"label service dropped from by"}),
])  # fmt: skip
def test_what_changes_nothing(limit: dict[str, str], expected: set[str]) -> None:
    found = log_mutants(log_rules(shop(**limit)))
    assert {mutant.what for mutant in found if why_equivalent(mutant)} == expected


def judged(monkeypatch: pytest.MonkeyPatch, say: Callable[[Trial], dict[str, str] | None]) -> list[str]:
    """The survivors when Loki says this of every trial."""

    def play(_: Sequence[str], trials: Sequence[Trial]) -> Iterator[tuple[Trial, dict[str, str] | None]]:
        yield from ((trial, say(trial)) for trial in trials)

    monkeypatch.setattr(prove_log_mutants, "play", play)
    stack = shop(above="1/s")
    return [one.what for one in log_survivors(stack, log_mutants(log_rules(stack)), ["loki"])]


def test_a_mutant_survives_that_is_right_in_every_scene(monkeypatch: pytest.MonkeyPatch) -> None:
    def say(trial: Trial) -> dict[str, str]:
        first = trial.scene.name == "at the threshold"
        sharper = {one.alert for one in trial.loaded if ">=" in one.expr or "> 1" not in one.expr}
        return {one.alert: "fires" if first and one.alert in sharper else "" for one in trial.loaded}

    alive = judged(monkeypatch, say)
    assert "> turned into >=" not in alive
    assert "window 5m halved" in alive


def test_words_need_one_scene_only(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = list[int]()

    def say(trial: Trial) -> dict[str, str]:
        loaded.append(len(trial.loaded))
        return dict.fromkeys((one.alert for one in trial.loaded), "")

    judged(monkeypatch, say)
    assert loaded == [12, 12, 16]


@pytest.mark.parametrize(("said", "why"), [
    (None, "the ruler did not evaluate all 12 in 60 s"),
    ({"Lines": "fires"}, "fires"),
])  # fmt: skip
def test_nothing_is_believed_where_the_sound_rule_is_wrong_or_the_ruler_slow(
    monkeypatch: pytest.MonkeyPatch, said: dict[str, str] | None, why: str
) -> None:
    with pytest.raises(Trouble) as raised:
        judged(monkeypatch, lambda _: said)
    assert raised.value.message == f"beside its mutants Lines is not proven (at the threshold): {why}"


@pytest.mark.parametrize(("count", "expected"), [(1, "1s"), (499, "1s"), (500, "2s"), (1070, "4s"), (9000, "4s")])
def test_many_rules_are_evaluated_less_often(count: int, expected: str) -> None:
    first, second = ({"groups": [{"rules": ["a rule"] * many}]} for many in (count // 2, count - count // 2))
    assert interval({"first": first, "second": second}) == expected


def test_one_loki_plays_a_hundred_scenes(monkeypatch: pytest.MonkeyPatch) -> None:
    started = list[tuple[str, ...]]()

    @contextmanager
    def private_loki(_: Sequence[str], rules: Mapping[str, object]) -> Iterator[None]:
        started.append(tuple(rules))
        yield None

    monkeypatch.setattr(prove_logs, "private_loki", private_loki)
    monkeypatch.setattr(prove_logs, "_streams", lambda *_: [])
    monkeypatch.setattr(prove_logs, "_complaints", lambda *_: {})
    (rule,) = log_rules(shop(above="1/s"))
    trials = [Trial(str(number), rule, Scene("no lines", (), None), (rule,)) for number in range(250)]
    assert [trial.tenant for trial, _ in prove_logs.play(["loki"], trials)] == [str(number) for number in range(250)]
    assert [len(tenants) for tenants in started] == [100, 100, 50]
