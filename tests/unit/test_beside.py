"""What a fault sets off beside its own alert, and when that keeps people from hearing of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from compose.drill.case import cases
from rules.beside import beside
from rules.faults import Fault, faults
from spec.load import load
from spec.samples import Sample

if TYPE_CHECKING:
    from spec.stack import Stack

ROOT = Path(__file__).parents[2]


@cache
def five(pace: int) -> Stack:
    return load(ROOT / "stack.yaml", "development", (f"pace={pace}",)).stack


def raised(rate: float, type_: str = "unexpected") -> Fault:
    """Exceptions of TUG, so many a second: ExceptionBurst is more than 2, UnexpectedExceptions 25 in ten minutes."""
    return Fault("Other", (Sample("tug_exceptions_total", (("type", type_),), rate=rate),))


@pytest.mark.parametrize(("fault", "set_off"), [
    (raised(2.1), ["ExceptionBurst", "UnexpectedExceptions"]),
    (raised(2.1, "timeout"), ["ExceptionBurst"]),
    (raised(2.0), ["UnexpectedExceptions"]),
    (raised(26 / 600), ["UnexpectedExceptions"]),
    (raised(25 / 600), []),
    (Fault("UnexpectedExceptions", raised(2.1).series), ["ExceptionBurst"]),
    (Fault("Other", (Sample("tug_exceptions_total", value=9.0),)), []),
    (Fault("Other", down=("",)), []),
])  # fmt: skip
def test_a_fault_sets_off_what_counts_its_events_too(fault: Fault, set_off: list[str]) -> None:
    assert [bound.alert.name for bound in beside(five(1).by_name["tug"], fault)] == set_off


@pytest.mark.parametrize(("pace", "brief"), [(1, False), (120, True)])
def test_what_its_own_fault_silences_at_a_quick_pace_gets_a_brief_one(pace: int, brief: bool) -> None:
    """25 exceptions in ten minutes are no burst; in ten seconds they are, which is over sooner than the count."""
    found = {case.name: case for case in cases(five(pace), has_loki=True)[0]}
    assert found["tug/UnexpectedExceptions"].brief is brief
    assert not found["tug/ExceptionBurst"].brief


def test_at_its_own_pace_no_fault_of_the_five_sets_off_another_count() -> None:
    assert [
        (service.name, fault.alert)
        for service in five(1).services
        for fault in faults(service)
        if beside(service, fault)
    ] == []
