"""Drills: what is drilled in which round, how a round is watched, and what is reported."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from compose import clients
from compose.clients import UnreachableError
from compose.drill import tidy, trial
from compose.drill import watch as watching
from compose.drill.case import PORTS, Case, Untried, audible, cases
from compose.drill.order import LOOKING, Outlook, conflicts, in_order, outlook, startable
from compose.drill.report import as_json, figures_of, lines
from compose.drill.run import drill
from compose.drill.tidy import MARGIN, Traces, left, seconds_logged, undisturbed
from compose.drill.trial import Result, Trial
from compose.drill.watch import Sight, Watch
from compose.fault import Trouble
from compose.faults import Faults
from compose.silences import Laid
from rules import inhibition
from rules.inhibition import Condition, Rule
from spec.alert_history import FIRED_SECONDS, FIRED_TIMES
from spec.load import load
from tests.golden.small import small
from tests.unit.played import changing, played
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
    assert reasons["monitoring/Watchdog"].startswith("it always fires")
    assert reasons["monitoring/HostDiskFull"] == "the machine itself would have to suffer"
    assert reasons["monitoring/AlertmanagerNotificationsFailing"].startswith("nobody can be told while it holds")
    assert reasons["shop/TrafficOdd"] == "an anomaly needs days of history"
    assert reasons["shop/LiveCertificateExpiring"] == "no fault of the simulator brings it about"
    assert "shop/TooBusy" not in names  # it is switched off


def test_log_alerts_need_loki() -> None:
    assert by_name(small("development"))["shop/ErrorBurst"].in_loki
    _, untried = cases(small("development"), has_loki=False)
    assert {one.name for one in untried if one.why == "Loki or Alloy does not run here"} == {
        "shop/ErrorBurst", "shop/LoginsRefused", "shop/LogsSilent", "shop/ErrorsLogged", "shop/LinesTellOfSlowness",
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


def test_what_a_silence_keeps_quiet_is_not_drilled_and_says_so() -> None:
    ends = datetime(2026, 3, 1, 18, tzinfo=UTC)
    by_hand = Laid("1", "ada", "", (Condition("service", "=", "a"),), ends, ends, active=True)
    planned = replace(by_hand, by="specola/move", matchers=(Condition("alertname", "=", "Two"),))
    heard, quiet = audible((case("a/One"), case("b/One"), case("b/Two")), (by_hand, planned))
    assert [one.name for one in heard] == ["b/One"]
    assert quiet == (
        Untried("a/One", "the silence of ada holds until 2026-03-01 18:00 UTC"),
        Untried("b/Two", "the silence move holds until 2026-03-01 18:00 UTC"),
    )


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


QUIET = Sight(frozenset(), {}, 0)


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


def test_a_brief_fault_ends_as_soon_as_it_fires() -> None:
    """What silences the alert is over sooner than the alert itself."""
    following = Trial(Result(replace(case("a/One", floor=0.01), brief=True)), 0.0, 0)
    burning = following.seen(replace(QUIET, firing=frozenset({"a/One"})), 1.0)
    assert (burning.ended, burning.result.delivered) == (1.0, None)
    told = burning.seen(replace(QUIET, told={("a/One", "firing"): {"chat": 1}}, last=1), 0.06)
    assert (told.result.delivered, told.over) == (0.06, False)
    over = told.seen(replace(QUIET, told={("a/One", "resolved"): {"chat": 2}}, last=2), 3.0)
    assert (over.over, over.result.resolved) == (True, 2.0)


def test_a_receiver_that_is_told_of_no_ends_is_not_waited_for() -> None:
    one = replace(case("a/One", "chat", "sms"), unended=frozenset({"sms"}))
    trial_ = Trial(Result(one, 1.0, 2.0), 0.0, 0, ended=3.0)
    assert trial_.seen(replace(QUIET, told={("a/One", "resolved"): {"chat": 2}}), 4.0).over
    assert not trial_.seen(replace(QUIET, told={("a/One", "resolved"): {"sms": 2}}), 4.0).over


# What a drill leaves


@dataclass
class Undone:
    """A simulator that notes what it is told."""

    done: list[str] = field(default_factory=list)

    def end(self) -> None:
        self.done.append("end")

    def rewind(self) -> None:
        self.done.append("rewind")


def test_what_the_faults_did_is_undone_and_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tidy, "UNDER_WAY", 0.0)
    asked: list[dict[str, str]] = []
    firing = changing([{"labels": {"service": "a", "alertname": "Late"}}], [])
    clients = played(
        small_stack(),
        prometheus={tidy.DELETE: lambda **params: asked.append(params)},
        alertmanager={"/api/v2/alerts": firing},
    )
    simulator = Undone()
    traces = Traces(clients, simulator, frozenset({"a", "b"}), 100.0)  # type: ignore[arg-type] # only what it uses
    traces.remove(Watch(clients, Played()), frozenset())
    assert simulator.done == ["end", "rewind"]
    assert [(one["start"], one["match[]"]) for one in asked] == 2 * [
        (
            "100.000",
            f'{{service=~"a|b",__name__!~"ALERTS|ALERTS_FOR_STATE|{FIRED_SECONDS}|{FIRED_TIMES}"}}',
        )
    ]


def test_a_prometheus_that_may_not_forget_is_a_trouble() -> None:
    clients = played(small_stack(), prometheus={})
    traces = Traces(clients, Undone(), frozenset({"a"}), 100.0)  # type: ignore[arg-type] # only what it uses
    with pytest.raises(Trouble, match="prometheus does not forget the drill: 404"):
        traces.remove(Watch(clients, Played()), frozenset())


def test_what_was_logged_must_be_out_of_the_windows_of_log_alerts() -> None:
    stack = small("development")
    shouted, quiet = Result(case("shop/ErrorBurst")), Result(case("shop/LogsSilent"))
    assert seconds_logged(stack, [replace(shouted, case=replace(shouted.case, in_loki=True))]) == 5 * 60 + MARGIN
    assert seconds_logged(stack, [replace(quiet, case=replace(quiet.case, in_loki=True))]) == 0
    assert seconds_logged(stack, [shouted]) == 0


@pytest.mark.parametrize(("evaluated", "firing", "expected"), [
    ("2999-01-01T00:00:00.123456789Z", ["a/One"], ("a/One",)),
    ("2999-01-01T00:00:00.123456789Z", ["a/Before", "other/One"], ()),
    ("2000-01-01T00:00:00.123456789Z", [], ()),
])  # fmt: skip
def test_what_is_left(
    monkeypatch: pytest.MonkeyPatch, evaluated: str, firing: list[str], expected: tuple[str, ...]
) -> None:
    monkeypatch.setattr(tidy, "CALM", 0.02)
    rule = {"labels": {"service": "a"}, "lastEvaluation": evaluated}
    alerts = [{"labels": dict(zip(("service", "alertname"), name.split("/"), strict=True))} for name in firing]
    clients = played(
        small_stack(),
        prometheus={"/api/v1/rules": {"data": {"groups": [{"rules": [rule]}]}}},
        alertmanager={"/api/v2/alerts": alerts},
    )
    assert left(Watch(clients, Played()), frozenset({"a/Before"}), frozenset({"a"})) == expected


def test_signals_wait_while_things_are_put_back() -> None:
    with undisturbed():
        os.kill(os.getpid(), signal.SIGTERM)
        os.kill(os.getpid(), signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


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
    heading, *rows, space, total, simulated, history, clean = lines((GOOD, LOST, SILENT), UNTRIED)
    assert heading.split() == ["ALERT", "FIRED", "TOLD", "FLOOR", "OVER", "RESOLVED"]
    assert [row.split() for row in rows] == [
        ["a/One", "6.0", "7.2", "5.0", "2.2", "3.0"],
        ["b/Lost", "6.0", "-", "5.0", "-", "-", "never", "reached", "pager"],
        ["b/Silent", "-", "-", "5.0", "-", "-"],
    ]
    assert (space, simulated, history) == ("", "2 not drilled: not simulated", "1 not drilled: needs history")
    assert clean == "left behind: no fault, no alert"
    assert total == "3 drilled, 1 delivered, 1 resolved; 95 % were told within 2.2 s of the soonest possible"


def test_the_report_of_a_drill_in_which_nothing_came() -> None:
    *_, total, left = lines((SILENT,), (), ("a/One", "b/Two"))
    assert total == "1 drilled, 0 delivered, 0 resolved"
    assert left == "still firing, and was not before: a/One, b/Two"


def test_the_report_for_machines() -> None:
    report = json.loads(as_json((GOOD, LOST), UNTRIED[:1]))
    assert report == {
        "drilled": 2, "delivered": 1, "resolved": 1, "excess_p95_seconds": 2.2,
        "detection_seconds": {"a/One": 7.25, "b/Lost": None},
        "floor_seconds": {"a/One": 5.0, "b/Lost": 5.0},
        "not_delivered": ["b/Lost"], "not_resolved": ["b/Lost"], "not_drilled": {"m/One": "not simulated"}, "left_firing": [],
    }  # fmt: skip


def test_the_excess_is_never_negative_and_its_percentile_never_beyond_the_worst() -> None:
    assert EARLY.excess == 0
    many = [replace(GOOD, delivered=5.0 + n) for n in range(3)]
    assert figures_of(many)["excess_p95_seconds"] == 1.9
    assert figures_of(())["excess_p95_seconds"] is None
