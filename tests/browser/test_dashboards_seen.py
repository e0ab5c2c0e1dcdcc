"""Every dashboard in a real browser: no error, no "No data" that is not declared, soon drawn; a picture of each is kept.

The pictures are in `var/pictures/`. To look at a stack that runs already: `specola pictures`.
"""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from compose import tools
from compose.pictures.driver import browsing, lacking
from compose.pictures.seen import Sight, log_in, look
from dashboards.catalog import dashboards
from spec.load import load
from spec.names import LOKI_UID
from tests.integration.working_copy import REPOSITORY, Copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compose.pictures.driver import Browser

pytestmark = [pytest.mark.browser, pytest.mark.grafana, pytest.mark.tools, pytest.mark.slow]
NEEDED = (
    "grafana", "prometheus", "alertmanager", "node_exporter", "blackbox_exporter", "redis-server", "redis_exporter",
)  # fmt: skip
absent = [*lacking(), *(tool.name for tool in tools.missing(NEEDED, REPOSITORY))]
if absent:
    pytest.skip(f"not installed: {', '.join(absent)}", allow_module_level=True)

PICTURES = REPOSITORY / "var/pictures"
YOUNG_SECONDS = 240
"""The age at which a stack has points on a page that shows a day."""

PROVING_SECONDS = 40
"""Its age when it is proven, at least: rules have been evaluated twice by then."""

SLOW_SECONDS = 30
"""Until a dashboard is drawn, on a machine that runs the whole stack and the browser on two cores."""

LOG_PROGRAMS = ("loki", "alloy")


HOURS = ("now-1h", "now-6h")


@cache
def boards() -> dict[str, Any]:
    """Those that show hours first: meanwhile the stack gets old enough for the others."""
    stack = load(REPOSITORY / "stack.yaml", "development").stack
    found = sorted(dashboards(stack, {}), key=lambda entry: not _shows_hours(entry.document))
    return {entry.uid: entry.document for entry in found}


def _shows_hours(document: Any) -> bool:
    return document["time"]["from"] in HOURS


@cache
def silent() -> frozenset[str]:
    """The data sources that have nothing to say here."""
    return frozenset({LOKI_UID} if tools.missing(LOG_PROGRAMS, REPOSITORY) else ())


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    """A stack whose panels are proven to have data."""
    copy = Copy.at(tmp_path_factory.mktemp("seen"))
    try:
        assert copy.up().code == 0, copy.heard
        proven = copy.run("smoke")
        assert proven.code == 0, proven.out
        yield copy
    finally:
        copy.end()


@pytest.fixture(scope="module")
def old_enough(copy: Copy) -> float:
    """When the stack will have points on pages that show a day, on the monotonic clock."""
    return time.monotonic() + YOUNG_SECONDS - PROVING_SECONDS


@pytest.fixture(scope="module")
def grafana(copy: Copy) -> Iterator[tuple[Browser, str]]:
    """A browser that is logged in to its Grafana."""
    with browsing() as browser:
        yield _at_home(browser, copy)


def _at_home(browser: Browser, copy: Copy) -> tuple[Browser, str]:
    url = f"http://127.0.0.1:{copy.port(3000)}"
    log_in(browser, url, "admin", copy.secrets()["grafana-admin"])
    return browser, url


@pytest.mark.parametrize("uid", boards())
def test_a_dashboard_is_drawn_soon_and_without_fault(grafana: tuple[Browser, str], old_enough: float, uid: str) -> None:
    browser, url = grafana
    if not _shows_hours(boards()[uid]):
        time.sleep(max(0.0, old_enough - time.monotonic()))
    seen: Sight = look(browser, url, boards()[uid], PICTURES / f"{uid}.png", silent=silent())
    assert seen.faults == ()
    assert seen.seconds < SLOW_SECONDS
    assert (PICTURES / f"{uid}.png").stat().st_size > 0


def test_what_is_not_there_is_seen(grafana: tuple[Browser, str], tmp_path: Path) -> None:
    browser, url = grafana
    board = dict(boards()["home"])
    missing = {"id": 77, "type": "stat", "title": "Not rendered"}
    board["panels"] = [*board["panels"], missing]
    seen = look(browser, url, board, tmp_path / "home.png", silent=silent())
    assert seen.faults == ("panel 'Not rendered' is not there",)


OUT_OF_ORDER = """let broken = false;
const real = window.fetch;
window.fetch = (...given) => {
    if (broken || !/\\bapi[/]ds[/]query/.test(given[0].url || given[0])) return real(...given);
    broken = true;
    return Promise.resolve(new Response('{"message": "out of order"}', {status: 500}));
}"""


def test_a_query_that_fails_once_is_a_fault(copy: Copy, tmp_path: Path) -> None:
    with browsing() as fresh:
        fresh.first(OUT_OF_ORDER)
        browser, url = _at_home(fresh, copy)
        seen = look(browser, url, boards()["home"], tmp_path / "home.png", silent=silent())
    assert any("failed: 500 out of order" in fault for fault in seen.faults), seen.faults
