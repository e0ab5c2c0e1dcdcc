"""Headless Chromium through chromedriver, which speaks HTTP and JSON: https://www.w3.org/TR/webdriver2/.

Debian has both (`chromium`, `chromium-driver`), so have GitHub's machines; no library is needed for these six calls.
"""

from __future__ import annotations

import base64
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import requests

from compose.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
"""What Chromium is called, the first of which is taken."""
DRIVER = "chromedriver"
ARGUMENTS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
    "--force-prefers-reduced-motion",
)  # fmt: skip
OWN_CERTIFICATE = {"acceptInsecureCerts": True}
"""The stack's certificate names its public host; here it is opened at its loopback address."""
STARTING_SECONDS, ANSWER_SECONDS = 20, 90


class BrowserError(Exception):
    """What chromedriver says went wrong."""


def lacking() -> tuple[str, ...]:
    """The programs that are not here."""
    return (*(() if shutil.which(DRIVER) else (DRIVER,)), *(() if _browser() else (BROWSERS[0],)))


def _browser() -> str:
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


@dataclass(frozen=True)
class Browser:
    """One session; `url` is that of the session at chromedriver."""

    url: str

    def open(self, address: str) -> None:
        """Go to a page; returns when its document is loaded, which is long before Grafana has drawn it."""
        _ask("POST", f"{self.url}/url", {"url": address})

    def run(self, script: str, *arguments: object) -> Any:
        """What a piece of JavaScript returns in the page; a promise is waited for."""
        return _ask("POST", f"{self.url}/execute/sync", {"script": script, "args": arguments})

    def first(self, script: str) -> None:
        """Run a piece of JavaScript in every page that is opened from now on, before its own."""
        command = {"cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": script}}
        _ask("POST", f"{self.url}/goog/cdp/execute", command)

    def size(self, width: int, height: int) -> None:
        """The size of the page as a reader sees it."""
        _ask("POST", f"{self.url}/window/rect", {"width": width, "height": height})

    def picture(self, path: Path) -> None:
        """Keep what is seen as a PNG file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(_ask("GET", f"{self.url}/screenshot")))

    def until(self, script: str, seconds: float) -> bool:
        """Whether a piece of JavaScript comes to return something true in time."""
        deadline = time.monotonic() + seconds
        while not self.run(script):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.2)
        return True


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser that ends with the block."""
    port = free_port()
    driver = subprocess.Popen([DRIVER, f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    root = f"http://127.0.0.1:{port}"
    try:
        _ready(root)
        options = {"binary": _browser(), "args": list(ARGUMENTS)}
        patience = {"script": ANSWER_SECONDS * 1000, "pageLoad": ANSWER_SECONDS * 1000}
        wanted = {"browserName": "chrome", "timeouts": patience, "goog:chromeOptions": options, **OWN_CERTIFICATE}
        session = _ask("POST", f"{root}/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
        try:
            yield Browser(f"{root}/session/{session}")
        finally:
            _ask("DELETE", f"{root}/session/{session}")
    finally:
        driver.terminate()
        driver.wait()


def _ready(root: str) -> None:
    deadline = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < deadline:
        try:
            if _ask("GET", f"{root}/status")["ready"]:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise BrowserError("chromedriver does not get ready")


def _ask(method: str, url: str, body: object = None) -> Any:
    answer = requests.request(method, url, json=body, timeout=ANSWER_SECONDS + STARTING_SECONDS)
    value = answer.json()["value"]
    if not answer.ok:
        raise BrowserError(str(value["message"]).partition("\n")[0])
    return value
