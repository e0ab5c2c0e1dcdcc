"""What a reader sees of a dashboard: panels that are drawn, error badges, "No data", how long it took; and a picture.

The page is made as high as its content, since Grafana draws only what is on the screen. What is looked for is there in
Grafana 9.4 and in the current versions, under one name or another.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from compose.pictures.driver import BrowserError
from dashboards.queries import panel_queries

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from compose.pictures.driver import Browser

WIDTH, HEIGHT = 1280, 900
HIGHEST = 12_000
"""The tallest page that Chromium still takes a picture of."""

DRAWING_SECONDS, QUIET_SECONDS = 60, 1.0
OK = 200

LOG_IN = """return fetch('/login', {method: 'POST', headers: {'content-type': 'application/json'},
    body: JSON.stringify({user: arguments[0], password: arguments[1]})}).then(answer => answer.status)"""
DRAWN = """return document.querySelectorAll('[data-panelid], [data-viz-panel-key]').length > 0
    && document.querySelectorAll('.panel-loading, [aria-label="Panel loading bar"]').length === 0"""
TALL = """return Math.max(document.documentElement.scrollHeight, ...[...document.querySelectorAll('*')]
    .filter(one => one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)
        && one.querySelector('[data-panelid], [data-viz-panel-key]'))
    .map(one => innerHeight + one.scrollHeight - one.clientHeight))"""
SCROLL = """const one = [...document.querySelectorAll('*')].find(e => e.scrollHeight > e.clientHeight + 1
    && /auto|scroll/.test(getComputedStyle(e).overflowY) && e.querySelector('[data-panelid], [data-viz-panel-key]'));
    if (one) one.scrollTop = one.scrollHeight; return !!one"""
OPEN_ROWS = """const rows = [...document.querySelectorAll('.dashboard-row--collapsed .dashboard-row__title')].reverse();
    rows.forEach(row => row.click()); return rows.length"""
CLOSE_MESSAGES = """document.querySelectorAll('[data-testid*="Alert error"] button, .page-alert-list button')
    .forEach(one => one.click())"""
REFRESH = """const badges = '.panel-info-corner--error, [data-testid="data-testid Panel status error"]';
    const errors = document.querySelectorAll(badges);
    const again = document.querySelector('[data-testid="data-testid RefreshPicker run button"]');
    if (errors.length && again) again.click(); return errors.length > 0"""
PANELS = """return [...document.querySelectorAll('[data-panelid], [data-viz-panel-key]')].map(one => ({
    id: +(one.dataset.panelid || one.dataset.vizPanelKey.replace('panel-', '')),
    error: !!one.querySelector('.panel-info-corner--error, [data-testid="data-testid Panel status error"]'),
    texts: [...one.querySelectorAll('*')].filter(e => !e.children.length).map(e => e.textContent.trim())
        .filter(text => text === 'No data'),
    cut: [...one.querySelectorAll('h2')].some(e => e.scrollWidth > e.clientWidth + 1)}))"""


@dataclass(frozen=True)
class Sight:
    """What was seen of one dashboard: what is wrong, titles that are cut, and the seconds until all was drawn."""

    faults: tuple[str, ...]
    cut: tuple[str, ...]
    seconds: float


def log_in(browser: Browser, grafana: str, user: str, password: str) -> None:
    """Open a session as a person does."""
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
    if whole:
        while _grown(browser, width) or browser.run(OPEN_ROWS):
            time.sleep(QUIET_SECONDS)
            browser.until(DRAWN, DRAWING_SECONDS)
    _settle(browser)
    browser.run(CLOSE_MESSAGES)
    browser.picture(picture)
    shown = {panel["id"]: panel for panel in browser.run(PANELS)}
    if whole and browser.run(SCROLL):  # what is below the tallest window is drawn when it comes into sight
        browser.until(DRAWN, DRAWING_SECONDS)
        _settle(browser)
        shown |= {panel["id"]: panel for panel in browser.run(PANELS) if panel["error"] or panel["texts"]}
    titles = {panel["id"]: panel.get("title", "") for panel in _panels(board)}
    faults += _faults(board, list(shown.values()), silent, titles) if whole else []
    cut = tuple(titles.get(panel["id"], "") for panel in shown.values() if panel["cut"])
    return Sight(tuple(faults), cut, seconds)


def _settle(browser: Browser) -> None:
    """Wait until all is drawn, and ask once more what failed.

    The first panel of a plugin fails in Grafana 9.4 while the plugin is being loaded.
    """
    time.sleep(QUIET_SECONDS)
    if browser.run(REFRESH):
        time.sleep(QUIET_SECONDS)
        browser.until(DRAWN, DRAWING_SECONDS)
        time.sleep(QUIET_SECONDS)


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
    """Every panel but the rows."""
    for panel in board["panels"]:
        yield from (one for one in (panel, *panel.get("panels", ())) if one["type"] != "row")
