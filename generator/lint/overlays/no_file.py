"""The overlay of every environment is there.

Only the overlay of the environment at hand is read: one whose file is missing is noticed on the day on which somebody
starts that environment.

```yaml
overlays: {production: overlays/prodution.yaml}   # the file is overlays/production.yaml
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

ID = "overlays/no-file"


def look(work: Work) -> Iterator[Problem]:
    """The files of all overlays, beside the stack's own."""
    for environment, name in work.stack.spec.overlays.items():
        path = work.root / name
        if not path.is_file():
            there = [one.relative_to(work.root).as_posix() for one in path.parent.glob("*.yaml")]
            best = nearest(name, there)
            hint = f"did you mean {best}?" if best else f"write {name}, or leave the environment out"
            yield work.problem(("overlays", environment), f"there is no file {name}", hint, id=ID)
