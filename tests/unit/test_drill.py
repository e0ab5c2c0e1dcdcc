"""Drills: what is drilled in which round, how a round is watched, and what is reported."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compose import clients
from compose.clients import UnreachableError
from compose.drill import trial
from compose.drill import watch as watching
from compose.drill.case import PORTS, Case, Untried, cases
from compose.drill.order import LOOKING, Outlook, conflicts, in_order, outlook, startable
from compose.drill.report import as_json, figures_of, lines
from compose.drill.run import drill
from compose.drill.trial import Result
from compose.drill.watch import Watch
from compose.fault import Trouble
from compose.faults import Faults
from rules import inhibition
from rules.inhibition import Condition, Rule
from spec.load import load
from tests.golden.small import small
from tests.unit.played import played
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from spec.stack import Stack

ROOT = Path(__file__).parents[2]


def case(name: str, *receivers: str, touches: str = "metric", floor: float = 2.0, lasting: float = 0.0) -> Case:
    service, _, alert = name.partition("/")
    labels = {"alertname": alert, "service": service, "severity": "high"}
    return Case(service, alert, labels, receivers or ("chat",), frozenset({touches}), floor, lasting)


# What is drilled


def by_name(stack: Stack, has_loki: bool = True) -> dict[str, Case]:
    return {case.name: case for case in cases(stack, has_loki)[0]}


def test_every_alert_is_a_case_or_has_a_reason() -> None:
    found, untried = cases(small("development"), has_loki=True)
    names = [case.name for case in found] + [one.name for one in untried]
    assert len(set(names)) == len(names)
    reasons = {one.name: one.why for one in untried}
    assert reasons["monitoring/Watchdog"] == "the stack itself is not simulated"
    assert reasons["shop/TrafficOdd"] == "an anomaly needs days of history"
    assert reasons["shop/LiveCertificateExpiring"] == "no fault of the simulator brings it about"
    assert "shop/TooBusy" not in names  # it is switched off


def test_log_alerts_need_loki() -> None:
    assert by_name(small("development"))["shop/ErrorBurst"].in_loki
    _, untried = cases(small("development"), has_loki=False)
    assert {one.name for one in untried if one.why == "Loki or Alloy does not run here"} == {
        "shop/ErrorBurst", "shop/LoginsRefused", "shop/LogsSilent",
    }  # fmt: skip


@pytest.mark.parametrize(("name", "receivers", "floor", "lasting"), [
    ("shop/ErrorsHigh", ("chat", "sms-by-mail"), 60 + 30 + 5 * 60 + 30, 5 * 60 + 2 * 60),
    ("shop/ShelfSold", ("chat",), 60 + 30 + 30, 5 * 60),
    ("shop/LoginsRefused", ("chat", "sms-by-mail", "hook"), 60 + 30 + 30, 5 * 60),
    ("shop/AvailabilityBudgetBurnsFast", ("chat", "sms-by-mail"), 60 + 60 + 30, 5 * 60 + 30 * 60),
    ("shop/AvailabilityBudgetBurnsSlowly", ("chat",), 60 + 60 + 30 + 5 * 60 + 30 * 60, 5 * 60 + 6 * 3600),
    ("jobs/JobsFail", ("mail",), 15 + 30 + 30, 3600),
])  # fmt: skip
def test_the_floor_is_scrape_evaluation_for_and_wait(
    name: str, receivers: tuple[str, ...], floor: float, lasting: float
) -> None:
    found = by_name(small("development"))[name]
    assert (found.receivers, found.floor, found.lasting) == (receivers, floor, lasting)


def test_a_faster_pace_shortens_floors() -> None:
    slow = by_name(load(ROOT / "stack.yaml", "development").stack)
    quick = by_name(load(ROOT / "stack.yaml", "development", ("pace=120",)).stack)
    assert quick.keys() == slow.keys()
    assert all(quick[name].floor < slow[name].floor / 5 for name in slow)


# In which order


def test_the_whole_drill_takes_minutes() -> None:
    """When every alert comes as soon as it can; a real run takes about half as long again on a busy machine."""
    stack = load(ROOT / "stack.yaml", "development", ("pace=120",)).stack
    found, _ = cases(stack, has_loki=True)
    seen = outlook(found, conflicts(found, tuple(inhibition.rules(stack))))
    assert len(found) > 250
    assert seen.seconds < 9 * 60
    assert seen.together > 50


def test_no_two_run_together_that_disturb_each_other() -> None:
    stack = load(ROOT / "stack.yaml", "development", ("pace=120",)).stack
    found, _ = cases(stack, has_loki=True)
    rules = tuple(inhibition.rules(stack))
    together = startable(in_order(found), (), conflicts(found, rules))
    for a in together:
        for b in together:
            assert a is b or b.brief or not any(inhibition.silences(rule, a.labels, b.labels) for rule in rules)
            assert a is b or a.service != b.service or not a.touches & b.touches


LOUD = Rule((Condition("alertname", "=", "Loud"),), (Condition("alertname", "=", "Quiet"),))


@pytest.mark.parametrize(("one", "other", "together"), [
    (case("a/One"), case("b/One"), True),
    (case("a/One"), case("a/Two"), False),
    (case("a/One"), case("a/Two", touches="another"), True),
    (case("a/One", touches=PORTS), case("a/Two", touches="another"), False),
    (case("a/One", touches=PORTS), case("b/Two", touches=PORTS), True),
    (case("a/One"), case("b/Two", lasting=100), True),
    (case("a/Loud"), case("b/Quiet"), False),
    (case("a/Quiet"), case("b/Loud"), False),
    (case("a/Loud"), replace(case("b/Quiet"), brief=True), True),
])  # fmt: skip
def test_what_runs_together(one: Case, other: Case, together: bool) -> None:
    apart = conflicts((one, other), (LOUD,))
    assert (len(startable((one, other), (), apart)) == 2) is together
    assert (startable((other,), (one.name,), apart) == (other,)) is together


def test_what_a_fault_sets_off_beside_its_own_alert_may_silence_too() -> None:
    milder, loud, quiet = case("a/Milder"), case("a/Loud"), case("b/Quiet")
    apart = conflicts((milder, loud, quiet), (LOUD,))
    assert apart["b/Quiet"] == {"a/Milder", "a/Loud"}


def test_the_longest_begins_and_what_needs_a_service_for_itself_comes_last() -> None:
    down, short, long = case("a/Down", touches=PORTS, lasting=50), case("a/Short"), case("a/Long", lasting=9)
    assert in_order((down, short, long)) == (long, short, down)


def test_the_outlook_counts_what_must_wait() -> None:
    one, two, far = case("a/One", floor=10), case("a/Two", floor=20), case("b/Far", floor=5)
    apart = conflicts((one, two, far), ())
    assert outlook((one, two, far), apart) == Outlook(10 + 20 + 4 * LOOKING, 3, 2)
    assert outlook((), {}) == Outlook(0, 0, 0)


# How it is watched


@dataclass(frozen=True)
class Played(Faults):
    """A simulator, Alertmanager and inbox in one: an alert fires and is told as soon as its fault is on."""

    url: str = ""
    on: set[str] = field(default_factory=set)
    done: list[str] = field(default_factory=list)
    inbox: list[dict[str, Any]] = field(default_factory=list)
    told: tuple[str, ...] = ("chat",)
    deaf: frozenset[str] = frozenset()
    stuck: frozenset[str] = frozenset()

    def start(self, service: str, fault: str, seconds: float) -> None:
        self.on.add(f"{service}/{fault}")
        self.done.append(f"start {service}/{fault}")
        self._tell(f"{service}/{fault}", "firing")

    def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
        for name in [f"{service}/{fault}"] if service else sorted(self.on):
            self.done.append(f"end {name}")
            if name not in self.stuck:
                self.on.discard(name)
                self._tell(name, "resolved")
        if not service:
            self.done.append("end all")
            self.on.clear()
        return ()

    def _tell(self, name: str, status: str) -> None:
        service, _, alert = name.partition("/")
        for receiver in self.told if name not in self.deaf else ():
            entry = {"service": service, "name": alert, "status": status}
            self.inbox.append({"id": len(self.inbox) + 1, "receiver": receiver, "alerts": [entry]})

    def watch(self) -> Watch:
        def alerts(**_: object) -> list[Any]:
            return [{"labels": dict(zip(("service", "alertname"), name.split("/"), strict=True))} for name in self.on]

        def messages(after: int, **_: object) -> list[Any]:
            return [message for message in self.inbox if message["id"] > after]

        clients = played(small_stack(), alertmanager={"/api/v2/alerts": alerts}, inbox={"/messages": messages})
        return Watch(clients, self)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "LOOK_EVERY", 0.001)
    monkeypatch.setattr(clients, "ASK_EVERY", 0.001)
    monkeypatch.setattr(clients, "AWAY", 0.05)
    monkeypatch.setattr(trial, "PATIENCE", 0.05)


def silent(_: str) -> None:
    return


def test_a_case_fires_is_told_and_resolves() -> None:
    there = Played()
    said: list[str] = []
    (result,) = drill(there.watch(), (case("a/One", floor=0.01),), (), said.append)
    assert result.ok
    assert result.missing == ()
    assert there.done == ["start a/One", "end a/One", "end all"]
    assert said == ["1 alerts, up to 1 at a time: at least 0.1 minutes"]


def test_every_receiver_must_be_told() -> None:
    there = Played(told=("chat",))
    (result,) = drill(there.watch(), (case("a/One", "chat", "pager", floor=0.01),), (), silent)
    assert (result.ok, result.delivered, result.missing) == (False, None, ("pager",))
    assert result.fired is not None


def test_what_failed_is_drilled_again_with_no_other_fault_of_its_service() -> None:
    """A fault may set off more than its own alert, and that one may have silenced it."""
    first, second, third = case("a/One", floor=0.01), case("a/Two", floor=0.01), case("b/One", floor=0.01)
    there = Played(deaf=frozenset({"a/One", "a/Two"}))
    said: list[str] = []
    results = list(drill(there.watch(), (first, second, third), (), said.append))
    assert [(result.case.name, result.ok) for result in results] == [
        ("b/One", True),
        ("a/One", False),
        ("a/Two", False),
    ]
    assert said[1:] == ["again, one of each service at a time: a/One, a/Two"]
    assert there.on == set()


def test_an_alert_that_does_not_end_is_not_resolved() -> None:
    class Stuck(Played):
        def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
            self.on.clear()
            return ()

    (result,) = drill(Stuck().watch(), (case("a/One", floor=0.01),), (), silent)
    assert result.delivered is not None
    assert (result.resolved, result.ok) == (None, False)


def test_faults_end_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    there = Played()

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Played, "start", interrupt)

    with pytest.raises(KeyboardInterrupt):
        list(drill(there.watch(), (case("a/One"),), (), silent))
    assert there.done == ["end all"]


def test_a_component_that_is_just_being_restarted_is_asked_again() -> None:
    there = Played()
    looks = iter([UnreachableError("away"), UnreachableError("away")])

    class Shaky(Watch):
        def firing(self) -> frozenset[str]:
            for error in looks:
                raise error
            return super().firing()

    watch = Shaky(there.watch().clients, there)
    (result,) = drill(watch, (case("a/One", floor=0.01),), (), silent)
    assert result.ok


def test_a_component_that_stays_away_is_a_trouble() -> None:
    watch = Watch(played(small_stack()), Played())
    with pytest.raises(Trouble, match="alertmanager does not answer"):
        list(drill(watch, (case("a/One"),), (), silent))


def test_old_messages_do_not_count() -> None:
    there = Played(deaf=frozenset({"a/One"}))
    there.inbox.append({"id": 1, "receiver": "chat", "alerts": [{"service": "a", "name": "One", "status": "firing"}]})
    (result,) = drill(there.watch(), (case("a/One", floor=0.01),), (), silent)
    assert result.delivered is None


# What is reported

GOOD = Result(case("a/One", floor=5.0), 6.0, 7.25, 3.0)
EARLY = Result(case("a/Early", floor=5.0), 2.0, 3.0, 1.0)
LOST = Result(case("b/Lost", "chat", "pager", floor=5.0), 6.0, None, None, ("pager",))
SILENT = Result(case("b/Silent", floor=5.0))
UNTRIED = (Untried("m/One", "not simulated"), Untried("m/Two", "not simulated"), Untried("m/Odd", "needs history"))


def test_the_report_for_people() -> None:
    heading, *rows, space, total, simulated, history = lines((GOOD, LOST, SILENT), UNTRIED)
    assert heading.split() == ["ALERT", "FIRED", "TOLD", "FLOOR", "OVER", "RESOLVED"]
    assert [row.split() for row in rows] == [
        ["a/One", "6.0", "7.2", "5.0", "2.2", "3.0"],
        ["b/Lost", "6.0", "-", "5.0", "-", "-", "never", "reached", "pager"],
        ["b/Silent", "-", "-", "5.0", "-", "-"],
    ]
    assert (space, simulated, history) == ("", "2 not drilled: not simulated", "1 not drilled: needs history")
    assert total == "3 drilled, 1 delivered, 1 resolved; 95 % were told within 2.2 s of the soonest possible"


def test_the_report_of_a_drill_in_which_nothing_came() -> None:
    *_, total = lines((SILENT,), ())
    assert total == "1 drilled, 0 delivered, 0 resolved"


def test_the_report_for_machines() -> None:
    report = json.loads(as_json((GOOD, LOST), UNTRIED[:1]))
    assert report == {
        "drilled": 2, "delivered": 1, "resolved": 1, "excess_p95_seconds": 2.2,
        "detection_seconds": {"a/One": 7.25, "b/Lost": None},
        "floor_seconds": {"a/One": 5.0, "b/Lost": 5.0},
        "not_delivered": ["b/Lost"], "not_resolved": ["b/Lost"], "not_drilled": {"m/One": "not simulated"},
    }  # fmt: skip


def test_the_excess_is_never_negative_and_its_percentile_never_beyond_the_worst() -> None:
    assert EARLY.excess == 0
    many = [replace(GOOD, delivered=5.0 + n) for n in range(3)]
    assert figures_of(many)["excess_p95_seconds"] == 1.9
    assert figures_of(())["excess_p95_seconds"] is None
