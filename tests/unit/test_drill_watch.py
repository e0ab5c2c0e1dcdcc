"""How a drill is watched: from the fault to the message, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from compose import clients
from compose.clients import UnreachableError
from compose.drill import trial
from compose.drill import watch as watching
from compose.drill.order import conflicts, startable
from compose.drill.run import drill, is_spent
from compose.drill.trial import Result, Trial
from compose.drill.watch import Sight, Watch
from compose.fault import Trouble
from rules.inhibition import Condition, Rule
from tests.unit.drilled import Played, case
from tests.unit.played import played
from tests.unit.small_stack import small_stack


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
    assert said[1:] == ["again, one of each service at a time: a/One (did not reach chat); a/Two (did not reach chat)"]
    assert there.on == set()


def test_an_alert_that_does_not_end_is_not_resolved() -> None:
    class Stuck(Played):
        def end(self, service: str = "", fault: str = "") -> tuple[str, ...]:
            self.on.clear()
            return ()

    (result,) = drill(Stuck().watch(), (case("a/One", floor=0.01),), (), silent)
    assert result.delivered is not None
    assert (result.resolved, result.ok) == (None, False)


def test_what_fires_by_itself_all_the_while_is_given_up_and_says_so() -> None:
    there = Played(on={"a/One"}, stuck=frozenset({"a/One"}))
    said: list[str] = []
    (result,) = drill(there.watch(), (case("a/One"),), (), said.append)
    assert (result.ok, result.begun, "start a/One" in there.done) == (False, False, False)
    assert said[1:] == ["again, one of each service at a time: a/One (fired all the while, without its fault)"]


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
    following = Trial(Result(replace(case("a/One", floor=0.01), spell=0.0)), 0.0, 0)
    burning = following.seen(replace(QUIET, firing=frozenset({"a/One"})), 1.0)
    assert (burning.ended, burning.result.delivered) == (1.0, None)
    told = burning.seen(replace(QUIET, told={("a/One", "firing"): {"chat": 1}}, last=1), 0.06)
    assert (told.result.delivered, told.over) == (0.06, False)
    over = told.seen(replace(QUIET, told={("a/One", "resolved"): {"chat": 2}}, last=2), 3.0)
    assert (over.over, over.result.resolved) == (True, 2.0)


def test_a_fault_goes_on_for_a_spell_once_it_fires_even_if_it_is_told_before() -> None:
    """What silences the alert may fire a moment later: the alert has to outlast it for its end to be told."""
    following = Trial(Result(replace(case("a/One", floor=20.0), spell=10.0)), 0.0, 0)
    told = following.seen(replace(QUIET, told={("a/One", "firing"): {"chat": 1}}, last=1), 1.0)
    assert (told.result.delivered, told.ended) == (1.0, None)
    assert told.seen(replace(QUIET, firing=frozenset({"a/One"}), last=1), 10.5).ended is None
    ended = told.seen(replace(QUIET, firing=frozenset({"a/One"}), last=1), 11.0)
    assert (ended.ended, ended.result.delivered) == (11.0, 1.0)
    over = ended.seen(replace(QUIET, told={("a/One", "resolved"): {"chat": 2}}, last=2), 13.0)
    assert (over.over, over.result.resolved) == (True, 2.0)


def test_what_is_told_has_fired_even_where_alertmanager_was_asked_a_moment_too_soon() -> None:
    trial_ = Trial(Result(case("a/One")), 0.0, 0)
    told = trial_.seen(replace(QUIET, told={("a/One", "firing"): {"chat": 1}}, last=1), 1.5)
    assert (told.result.fired, told.result.delivered, told.ended) == (1.5, 1.5, 1.5)
    over = told.seen(replace(QUIET, told={("a/One", "resolved"): {"chat": 2}}, last=2), 3.0)
    assert over.result.ok


@pytest.mark.parametrize(("result", "trouble"), [
    (Result(case("a/One"), missing=("chat",)), "did not fire"),
    (Result(case("a/One"), 1.0, missing=("chat", "sms")), "did not reach chat, sms"),
    (Result(case("a/One"), 1.0, 2.0), "did not end"),
    (Result(case("a/One"), begun=False), "fired all the while, without its fault"),
    (Result(case("a/One"), 1.0, 2.0, 3.0), ""),
])  # fmt: skip
def test_what_did_not_happen_is_said(result: Result, trouble: str) -> None:
    assert (result.trouble, result.ok) == (trouble, not trouble)


def test_what_another_fault_set_off_holds_up_nobody_once_it_is_over() -> None:
    """The slow one's windows are long: meanwhile what it silenced has its turn."""
    slow, loud, quiet = case("a/Slow", lasting=500), case("a/Loud", floor=3.0, lasting=9.0), case("b/Quiet")
    apart = conflicts((slow, loud, quiet), (Rule((_named("Loud"),), (_named("Quiet"),)),))
    assert (apart.calm["a/Slow"], apart.settling("a/Slow")) == (frozenset({"b/Quiet"}), 12.0)
    burning, ended = Trial(Result(slow, 1.0), 0.0, 0), Trial(Result(slow, 1.0, 2.0), 0.0, 0, ended=2.0)
    fires = replace(QUIET, firing=frozenset({"a/Slow", "a/Loud"}))
    still = replace(QUIET, firing=frozenset({"a/Slow"}))
    looks = ((burning, still, 60.0), (ended, still, 13.9), (ended, fires, 60.0), (ended, still, 14.1))
    assert [is_spent(trial_, apart, sight, now) for trial_, sight, now in looks] == [False, False, False, True]
    assert startable((quiet,), ("a/Slow",), apart) == ()
    assert startable((quiet, loud), ("a/Slow",), apart, {"a/Slow"}) == (quiet,)


def _named(alert: str) -> Condition:
    return Condition("alertname", "=", alert)


def test_a_receiver_that_is_told_of_no_ends_is_not_waited_for() -> None:
    one = replace(case("a/One", "chat", "sms"), unended=frozenset({"sms"}))
    trial_ = Trial(Result(one, 1.0, 2.0), 0.0, 0, ended=3.0)
    assert trial_.seen(replace(QUIET, told={("a/One", "resolved"): {"chat": 2}}), 4.0).over
    assert not trial_.seen(replace(QUIET, told={("a/One", "resolved"): {"sms": 2}}), 4.0).over


def test_old_messages_do_not_count() -> None:
    there = Played(deaf=frozenset({"a/One"}))
    there.inbox.append({"id": 1, "receiver": "chat", "alerts": [{"service": "a", "name": "One", "status": "firing"}]})
    (result,) = drill(there.watch(), (case("a/One", floor=0.01),), (), silent)
    assert result.delivered is None
