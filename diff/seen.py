"""What we see: dashboards by their uid and panels by their id, as they come, go and change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diff.change import Change
from diff.told import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from diff.shown import Dashboard, Panel

QUERY_SHOWN = 160
"""How many characters of a query a sentence shows."""


def seen_changes(base: Mapping[str, Dashboard], head: Mapping[str, Dashboard]) -> Iterator[Change]:
    """Dashboards and panels that come, go and change."""
    for uid, old in base.items():
        if uid not in head:
            words = f"{len(old.panels)} panels; links to /d/{uid} break"
            yield Change("seen", "-", f"dashboard {old.title}", words)
    for uid, new in head.items():
        if uid not in base:
            titles = listed(_titles(new, new.panels))
            yield Change("seen", "+", f"dashboard {new.title}", f"/d/{uid} in folder {new.folder}: {titles}")
        elif base[uid] != new:
            yield from _changes(base[uid], new)


def _changes(old: Dashboard, new: Dashboard) -> Iterator[Change]:
    name = f"dashboard {new.title}"
    if old.title != new.title:
        yield Change("seen", "~", name, f"was called {old.title}")
    if old.folder != new.folder:
        yield Change("seen", "~", name, f"moves from folder {old.folder} to {new.folder}")
    if old.frame != new.frame:
        yield Change("seen", "~", name, "its description, variables, links or marks changed")
    before, after = ({panel.key: panel for panel in side.panels} for side in (old, new))
    gone = {key: panel for key, panel in before.items() if key not in after}
    added = {key: panel for key, panel in after.items() if key not in before}
    renamed = tuple(_renamed(gone, added))
    lost, fresh = list(_titles(new, gone.values())), list(_titles(new, added.values()))
    if lost:
        yield Change("seen", "-", name, f"no longer shows {listed(lost)}; links to {_these(lost)} break")
    if fresh:
        yield Change("seen", "+", name, f"shows {listed(fresh)}")
    for was, now in renamed:
        words = (
            f"panel {was.title} is called {now.title}" if was.title != now.title else f"panel {now.title} is another"
        )
        yield Change("seen", "~", name, f"{words}; links to it break")
    both = (*((before[key], panel) for key, panel in after.items() if key in before), *renamed)
    yield from _of_alerts(name, both) if new.about_alerts else _of_panels(new, both)


def _of_panels(dashboard: Dashboard, both: Iterable[tuple[Panel, Panel]]) -> Iterator[Change]:
    reworded, following = [], []
    for was, now in both:
        words = "; ".join(_panel_words(was, now))
        if _follows_alerts(was, now):
            following.append(now.title)
        elif words:
            yield Change("seen", "~", f"panel {now.title} of {dashboard.title}", words)
        elif was.description != now.description:
            reworded.append(now.title)
    if following:
        yield Change("seen", "~", f"dashboard {dashboard.title}", f"follows the alerts: {listed(following)}")
    if reworded:
        yield Change("seen", "~", f"dashboard {dashboard.title}", f"describes anew: {listed(reworded)}")


def _follows_alerts(was: Panel, now: Panel) -> bool:
    """Whether a panel about alerts now asks for others; which ones, the changes of alerts tell."""
    differ = set(was.queries) ^ set(now.queries)
    return bool(differ) and all("ALERTS" in query for query in differ) and was.kind == now.kind


def _titles(dashboard: Dashboard, panels: Iterable[Panel]) -> Iterable[str]:
    if dashboard.about_alerts:
        return _alerts(panels)
    return (panel.title or panel.kind for panel in panels if panel.title or panel.queries)


def _these(panels: list[str]) -> str:
    return "it" if len(panels) == 1 else "them"


def _renamed(gone: dict[str, Panel], added: dict[str, Panel]) -> Iterator[tuple[Panel, Panel]]:
    """Panels that show something else under the same title, or the same under another; they are taken out of both."""
    for alike in (_same_title, _same_query):
        for key, panel in tuple(gone.items()):
            twin = next((other for other, one in added.items() if alike(panel, one)), None)
            if twin is not None:
                yield gone.pop(key), added.pop(twin)


def _same_title(one: Panel, other: Panel) -> bool:
    return one.title == other.title != ""


def _same_query(one: Panel, other: Panel) -> bool:
    return one.queries == other.queries != () and one.kind == other.kind


def _of_alerts(name: str, both: Iterable[tuple[Panel, Panel]]) -> Iterator[Change]:
    """The page of a service's alerts follows the alerts: what became of them stands above; here is where to see it."""
    touched = [now for was, now in both if was.description != now.description or any(_panel_words(was, now))]
    if touched:
        yield Change("seen", "~", name, f"follows its alerts: {listed(_alerts(touched))}")


def _alerts(panels: Iterable[Panel]) -> Iterable[str]:
    """The alerts that these panels are about: a panel of an alert starts with its name."""
    return dict.fromkeys(panel.title.split(": ")[0] or panel.kind for panel in panels)


def _panel_words(was: Panel, now: Panel) -> Iterator[str]:
    if was.kind != now.kind:
        yield f"shown as {now.kind} instead of {was.kind}"
    if was.queries != now.queries:
        yield _queries(was.queries, now.queries)
    if was.unit != now.unit:
        yield f"unit {was.unit or 'none'} → {now.unit or 'none'}"
    if was.thresholds != now.thresholds:
        yield f"threshold {', '.join(was.thresholds) or 'none'} → {', '.join(now.thresholds) or 'none'}"
    if was.links != now.links:
        yield "its links lead elsewhere"
    same = (was.kind, was.queries, was.unit, was.thresholds, was.links)
    if was.rest != now.rest and same == (now.kind, now.queries, now.unit, now.thresholds, now.links):
        yield "its look changes (colours or options)"


def _queries(was: tuple[str, ...], now: tuple[str, ...]) -> str:
    gone = [query for query in was if query not in now]
    new = [query for query in now if query not in was]
    if len(gone) == len(new) == 1:
        return f"asks {_short(new[0])} instead of {_short(gone[0])}"
    words = [f"asks {_short(query)}, too" for query in new] + [f"no longer asks {_short(query)}" for query in gone]
    return "; ".join(words)


def _short(query: str) -> str:
    return query if len(query) <= QUERY_SHOWN else f"{query[: QUERY_SHOWN - 1]}…"
