"""Asking a target for its page of metrics, and for the health paths that services commonly have."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from compose.fault import Trouble

if TYPE_CHECKING:
    import requests

SECONDS = 10.0
LIMIT = 50_000_000
"""The most bytes of a page that are read."""
HEALTH_PATHS = (
    ("live", "/health/live"), ("live", "/healthz/live"), ("live", "/livez"), ("live", "/-/healthy"),
    ("health", "/health"), ("health", "/healthz"), ("health", "/api/health"), ("health", "/-/health"),
    ("ready", "/health/ready"), ("ready", "/readyz"), ("ready", "/ready"), ("ready", "/-/ready"),
)  # fmt: skip
"""Kind of probe and path, the most telling first within a kind."""
NO_PAGE = "/no-page-has-this-name"


def page(url: str, token: str = "") -> str:
    """The text at a URL. Raises Trouble when there is none to be had."""
    import requests

    try:
        with _get(url, token) as answer:
            if not answer.ok:
                hint = "name a file with a bearer token: --token-file" if answer.status_code in (401, 403) else ""
                raise Trouble(f"{url} answers {answer.status_code}", hint)
            text = answer.raw.read(LIMIT + 1, decode_content=True)
    except requests.RequestException as error:
        raise Trouble(
            f"{url} does not answer: {_reason(error)}", "is the service running, and the port right?"
        ) from error
    if len(text) > LIMIT:
        raise Trouble(f"{url} is larger than {LIMIT // 1_000_000} MB", "that is no page that can be scraped")
    return str(text, "utf-8", "replace")


def health(url: str, token: str = "") -> tuple[tuple[str, str], ...]:
    """Kind and URL of the health pages that answer 200, one of a kind, on the host of a metrics page."""
    import requests

    found: dict[str, str] = {}
    scheme, host, *_ = urlsplit(url)

    def well(path: str) -> bool:
        with _get(urlunsplit((scheme, host, path, "", "")), token) as answer:
            return answer.status_code == 200

    try:
        if well(NO_PAGE):  # it answers whatever it is asked, which tells nothing
            return ()
        for kind, path in HEALTH_PATHS:
            if kind not in found and well(path):
                found[kind] = urlunsplit((scheme, host, path, "", ""))
    except requests.RequestException:
        pass
    return tuple(found.items())


def _get(url: str, token: str) -> requests.Response:
    import requests

    headers = {
        "Accept": "text/plain;version=0.0.4;q=1,*/*;q=0.1",
        **({"Authorization": f"Bearer {token}"} if token else {}),
    }
    return requests.get(url, headers=headers, timeout=SECONDS, stream=True, allow_redirects=False)


def _reason(error: Exception) -> str:
    """The reason that people understand, out of a chain of wrapped ones."""
    reason: object = error
    while isinstance(reason, Exception) and reason.args:
        inner = getattr(reason, "reason", None) or next(
            (arg for arg in reason.args if isinstance(arg, Exception)), None
        )
        if inner is None:
            break
        reason = inner
    return str(getattr(reason, "strerror", None) or reason).rsplit("] ", 1)[-1]
