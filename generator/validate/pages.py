"""What each check looks for, why, and how to excuse it: for `specola check --explain` and for `docs/checks.md`."""

from __future__ import annotations

from inspect import getdoc
from typing import TYPE_CHECKING

from generator.validate.excuses import EXCUSES
from spec.names import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from generator.validate.work import Check

FILE = "checks.md"
SPEC_PAGE = """The spec can be read, and everything it names exists.

Types, names, references: what stands in [the reference](spec-reference.md). Nothing is rendered while such a mistake
stands, and none can be excused."""
EXCUSES_PAGE = """Every excuse has a reason, names a check, and excuses something.

What nobody needs any more must not hide what comes later. It cannot be excused itself."""
_HEAD = """# The checks

Generated from their docstrings by `specola schema`; do not edit. `specola check --explain ID` shows one.

A check can be excused at one line, with a reason, by a comment at the end of the line it names or above it:

```yaml
# specola: allow promql/short-window: this target is scraped every second
```

"""


def explain(name: str, checks: Sequence[Check]) -> str | None:
    """The page of a check by its id; None when there is no such check."""
    pages = dict(_pages(checks))
    return f"{name}: {pages[name]}" if name in pages else None


def unknown(name: str, checks: Sequence[Check]) -> str:
    """What to say of an id that no check has."""
    ids = [known for known, _ in _pages(checks)]
    best = nearest(name, ids)
    return f"there is no check {name!r}" + (f"; did you mean {best}?" if best else f"; known: {', '.join(ids)}")


def listing(checks: Sequence[Check]) -> str:
    """Every id with the first line of its page."""
    rows = [(name, page.partition("\n")[0]) for name, page in _pages(checks)]
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name:{width}}  {first}" for name, first in rows)


def document(checks: Sequence[Check]) -> str:
    """All pages as one Markdown document."""
    pages = tuple(_pages(checks))
    index = "\n".join(f"- [`{name}`](#{_anchor(name)}) {page.partition(chr(10))[0]}" for name, page in pages)
    return _HEAD + index + "\n" + "".join(f"\n## {name}\n\n{page}\n" for name, page in pages)


def _pages(checks: Sequence[Check]) -> Iterator[tuple[str, str]]:
    yield "spec", SPEC_PAGE
    yield EXCUSES, EXCUSES_PAGE
    for check in checks:
        yield check.name, check.page or getdoc(check.look) or ""


def _anchor(name: str) -> str:
    """GitHub's anchor of a heading."""
    return name.replace("/", "")
