"""What the checks of an alert's state say of its expression alone, asked as a query.

An alert that must fire has an expression with exactly one result, and had it all through `for`; one that must be silent
has none. promtool answers such a query over all steps at once, a hundred times sooner than it evaluates a rule step by
step. Whatever fails here fails the check it comes from: a mutant that passes still meets the checks themselves.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rules.proof.case import Is, Shows, Silent, Tells
from spec.scalars import Duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from rules.proof.case import Case, Check
    from rules.rule import Alerting


def implied(case: Case, expr: str, alert: Alerting) -> tuple[Shows, ...]:
    """Queries that hold of every alert of this expression that passes the case. None for a case without series: there
    an expression may be a mere number, of which nothing can be asked over time."""
    asks = _Asks(expr, alert, case.step, str(case.step))
    return tuple(shows for check in _joined(case.checks) for shows in asks.of(check)) if case.series else ()


def _joined(checks: Iterable[Check]) -> list[Check]:
    """The same with one silence instead of two of which one begins where the other ends."""
    found: list[Check] = []
    for check in checks:
        last = found[-1] if found else None
        if (
            isinstance(check, Silent)
            and isinstance(last, Silent)
            and (last.end + 1, last.calm) == (check.start, check.calm)
        ):
            found[-1] = replace(last, end=check.end)
        else:
            found.append(check)
    return found


@dataclass(frozen=True)
class _Asks:
    expr: str
    alert: Alerting
    step: Duration
    every: str

    @property
    def wait(self) -> int:
        """For how many steps after the first there must be a result before the alert fires."""
        return self._steps(self.alert.for_)

    @property
    def keep(self) -> int:
        """For how many steps after the last result it fires on."""
        return self._steps(self.alert.keep_firing_for)

    def _steps(self, time: Duration | None) -> int:
        return -(-time.ms // self.step.ms) if time else 0

    def of(self, check: Check) -> Iterator[Shows]:
        match check:
            case Shows():
                yield check
            case Is(at, None):
                yield Shows(at, self.expr, None, {})
                if self.keep:
                    yield from self._never_fires(at, at)
            case Silent(start, end, calm):
                if calm:
                    yield Shows(end, self._seen(self.expr, end - start), None, {})
                if self.keep or not calm:
                    yield from self._never_fires(start, end)
            case Is(at, "pending", labels):
                yield self._told(at, 0, labels)
                yield from self._never_fires(at, at)
            case Is(at, _, labels) | Tells(at, labels):
                if self.keep:
                    yield Shows(at, f"count({self._seen(self.expr, self.keep)}) > bool 0", 1.0, {})
                    yield Shows(at, f"count({self._seen(self._lasting(), at)}) > bool 0", 1.0, {})
                else:
                    yield self._told(at, self.wait, labels)

    def _never_fires(self, start: int, end: int) -> Iterator[Shows]:
        """No result lasts through `for`, not even so long before that it would still be kept."""
        first = max(start - self.keep, self.wait)
        if end >= first:
            yield Shows(end, self._seen(self._lasting(), end - first), None, {})

    def _lasting(self) -> str:
        """A result that has been there all through `for`."""
        return f"{self._seen(self.expr, self.wait)} > {self.wait}" if self.wait else self.expr

    def _told(self, at: int, steps: int, labels: Mapping[str, str]) -> Shows:
        """Exactly one result, all the time, with exactly these labels. A rule's own labels stand over those of its
        expression, and may make two results one, which is an error."""
        told = self.expr
        for name, value in self.alert.labels.items():
            told = f'label_replace({told}, "{name}", {_verbatim(value)}, "", "")'
        return Shows(at, self._seen(told, steps), steps + 1.0, labels)

    def _seen(self, expr: str, steps: int) -> str:
        """At how many of the last evaluations there is a result, the present one included. Half a step more is the
        same for Prometheus 2 and 3, which differ in whether a range has its left end."""
        return f"count_over_time(({expr})[{Duration(self.step.ms * steps + self.step.ms // 2)}:{self.every}])"


def _verbatim(text: str) -> str:
    return json.dumps(text.replace("$", "$$"), ensure_ascii=False)
