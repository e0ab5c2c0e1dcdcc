"""An objective's alerts can fire.

The fast pair fires when the budget burns 14.4 times too fast: with a budget of 10 % that is an error rate of 144 %,
which does not exist. A low objective needs a shorter window, or no fast alert.

```yaml
slos:
  - {name: batch, indicator: failures, objective: 80, window: 30d}
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.objectives import SPEEDS, budget, pairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "slo/never-burns"


def look(work: Work) -> Iterator[Problem]:
    """Burn-rate alerts of which every pair asks for more than all events to be bad."""
    for service in work.stack.services:
        for one in service.objectives:
            for speed in SPEEDS:
                if getattr(one.objective.alerts, speed) is None:
                    continue
                limits = [pair.factor(one.objective.window) * budget(one) for pair in pairs(one, speed)]
                if not limits or min(limits) >= 1:
                    lowest = f"{min(limits):.0%} of all events would have to be bad" if limits else "no window fits"
                    message = f"the {speed} alert of {one.objective.name} cannot fire: {lowest}"
                    hint = f"raise the objective, or switch it off: alerts: {{{speed}: null}}"
                    yield work.problem((*one.origin, "objective"), message, hint, id=ID)
