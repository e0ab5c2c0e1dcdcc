"""What a reader sees of a dashboard: panels that are drawn, error badges, "No data", how long it took; and a picture.

The page is made as high as its content, since Grafana draws only what is on the screen. What is looked for is there in
Grafana 9.4 and in the current versions, under one name or another.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.pictures.driver import BrowserError
from compose.pictures.scripts import (
    CLOSE_MESSAGES,
    DRAWN,
    FAILED,
    LOG_IN,
    MOST_ROWS,
    OPEN_ROWS,
    PANELS,
    SCROLL,
    TALL,
    UNLOADED,
    WATCH,
)
from dashboards.queries import panel_queries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from compose.pictures.driver import Browser

WIDTH, HEIGHT = 1280, 900
HIGHEST = 12_000
"""The tallest page that Chromium still takes a picture of."""

DRAWING_SECONDS, QUIET_SECONDS = 60, 1.0
OK = 200


@dataclass(frozen=True)
class Sight:
    """What was seen of one dashboard: what is wrong, titles that are cut, and the seconds until all was drawn."""

    faults: tuple[str, ...]
    cut: tuple[str, ...]
    seconds: float


def log_in(browser: Browser, grafana: str, user: str, password: str) -> None:
    """Open a session as a person does; from now on every page notes the queries that fail."""
    browser.first(WATCH)
    browser.open(f"{grafana}/login")
    status = browser.run(LOG_IN, user, password)
    if status != OK:
        raise BrowserError(f"Grafana answers {status} to the login")


def look(
    browser: Browser, grafana: str, board: Mapping[str, Any], picture: Path, *, width: int = WIDTH, theme: str = "dark",
    silent: Collection[str] = (), whole: bool = True, since: str = "",
) -> Sight:  # fmt: skip
    """Open a dashboard with all its rows, and keep a picture of it; of the first screen only unless `whole`.

    Panels of the data sources `silent` may be empty. `since` (such as `now-1h`) stands for the dashboard's own time
    range.
    """
    browser.size(width, HEIGHT)
    started = time.monotonic()
    given = f"&from={since}&to=now" if since else ""
    browser.open(f"{grafana}/d/{board['uid']}?orgId=1&refresh=&theme={theme}{given}")
    faults = [] if browser.until(DRAWN, DRAWING_SECONDS) else ["it is not drawn in time"]
    seconds = time.monotonic() - started
    shown: dict[int, dict[str, Any]] = {}
    sources = {query.panel: query.datasource for query in panel_queries(board)}
    _note(browser, shown, sources)
    if whole:
        while _grown(browser, width) or browser.run(OPEN_ROWS):
            _note(browser, shown, sources)
    browser.run(CLOSE_MESSAGES)
    browser.picture(picture)
    if whole and browser.run(SCROLL):  # what is below the tallest window is drawn when it comes into sight
        _note(browser, shown, sources)
    titles = {panel["id"]: panel.get("title", "") for panel in _panels(board)}
    if whole:
        faults += _faults(board, list(shown.values()), silent, titles)
        faults += _failed(browser.run(FAILED), silent)
    cut = tuple(titles.get(panel["id"], "") for panel in shown.values() if panel["cut"])
    return Sight(tuple(faults), cut, seconds)


def _note(browser: Browser, shown: dict[int, dict[str, Any]], sources: Mapping[int, str]) -> None:
    """Wait until all is drawn, and keep what every panel shows then.

    An error badge that was seen once stays one, unless the panel could ask nobody because Grafana had not loaded the
    program of its data source: such a panel is looked at once more.
    """
    _wait(browser)
    before, unloaded = browser.run(PANELS), browser.run(UNLOADED)
    if unloaded:
        _keep((panel for panel in before if sources.get(panel["id"]) not in unloaded), shown)
        _wait(browser)
        before = browser.run(PANELS)
    _keep(before, shown)


def _wait(browser: Browser) -> None:
    time.sleep(QUIET_SECONDS)
    browser.until(DRAWN, DRAWING_SECONDS)


def _keep(panels: Iterable[dict[str, Any]], shown: dict[int, dict[str, Any]]) -> None:
    for panel in panels:
        badge = shown.get(panel["id"], panel)["error"] or panel["error"]
        shown[panel["id"]] = panel | {"error": badge}


def _failed(queries: list[dict[str, str]], silent: Collection[str]) -> Iterator[str]:
    """Queries that failed at any time, whatever was shown in the end."""
    told = {(query["source"], query["error"]) for query in queries if query["source"] not in silent}
    return (f"a query of {source} failed: {error}" for source, error in sorted(told))


def _grown(browser: Browser, width: int) -> bool:
    """Makes the window as tall as the page; whether that was needed."""
    tall, now = browser.run(TALL), browser.run("return innerHeight")
    if tall <= now or now >= HIGHEST:
        return False
    frame = browser.run("return outerHeight") - now
    browser.size(width, min(tall, HIGHEST) + frame)
    return True


def _faults(
    board: Mapping[str, Any], shown: list[dict[str, Any]], silent: Collection[str], titles: Mapping[int, str]
) -> Iterator[str]:
    """Panels that are missing, have an error, or no data where they should.

    Grafana 9.4 puts its error badge on empty answers too; it is no fault where an empty answer is right.
    """
    queries = panel_queries(board)
    filled = {query.panel for query in queries if not (query.empty_ok or query.datasource in silent)}
    seen = {panel["id"] for panel in shown}
    yield from (f"panel {title!r} is not there" for number, title in titles.items() if number not in seen)
    for panel in shown:
        if panel["id"] in filled:
            title = titles.get(panel["id"], "")
            if panel["error"]:
                yield f"panel {title!r} has an error badge"
            if panel["texts"]:
                yield f"panel {title!r} says {panel['texts'][0]!r}"


def _panels(board: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every panel but the rows, as far as they are opened."""
    closed = 0
    for panel in board["panels"]:
        closed += bool(panel.get("panels"))
        if panel["type"] != "row":
            yield panel
        elif closed <= MOST_ROWS:
            yield from panel.get("panels", ())
