"""Whether components are well: one question each, asked until a deadline."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compose.backend import Progress
from compose.fault import Trouble
from spec.names import USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from http.client import HTTPConnection

TIMEOUT = 2.0
"""Seconds for one question."""
FIRST_PAUSE = 0.05
LONGEST_PAUSE = 0.5
HEALTHY = "healthy"


@dataclass(frozen=True)
class Answer:
    """What an HTTP server said; status 0 and the reason when it said nothing."""

    status: int
    text: str


@dataclass(frozen=True)
class Question:
    """Whether a component is well: a URL has to answer 200, or `HOST:PORT` to accept a connection.

    `password` is that of user `specola`, empty for none. `ca` is the certificate to trust with https.
    """

    component: str
    url: str = ""
    tcp: str = ""
    password: str = ""
    ca: str = ""

    def __repr__(self) -> str:  # a password in a traceback would end up in a log
        return f"Question({self.component!r}, url={self.url!r}, tcp={self.tcp!r})"

    def ask(self) -> str:
        """Empty when it is well, else what is wrong."""
        if not self.url:
            return _connect(self.tcp) if self.tcp else ""
        answer = request("GET", self.url, self.password, self.ca)
        if answer.status == 200:
            return ""
        return f"answers {answer.status}: {answer.text.strip()[:200]}" if answer.status else answer.text


def request(method: str, url: str, password: str = "", ca: str = "", timeout: float = TIMEOUT) -> Answer:
    """One HTTP request to a component of ours, past proxies and redirects. What the network does is an answer, too."""
    from base64 import b64encode
    from http.client import HTTPException

    connection, path = _connection(url, ca, timeout)
    headers = {"Authorization": f"Basic {b64encode(f'{USER}:{password}'.encode()).decode()}"} if password else {}
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode(errors="replace"))
    except TimeoutError:
        return Answer(0, f"no answer within {timeout:g} s")
    except OSError as error:
        return Answer(0, error.strerror or str(error))
    except HTTPException as error:
        return Answer(0, f"does not speak HTTP: {type(error).__name__}")
    finally:
        connection.close()


def wait(
    questions: Iterable[Question],
    seconds: float,
    gone: Callable[[str], str],
    tail: Callable[[str], str],
) -> Iterator[Progress]:
    """Ask until all are well, telling each change.

    `gone` says why a component will not come any more (empty while it may), `tail` gives the end of its log. Raises
    Trouble which names every component that is not well, with both.
    """
    start = time.monotonic()
    open_questions = {question.component: question for question in questions}
    told: dict[str, str] = {}
    failed: dict[str, str] = {}
    pause = FIRST_PAUSE
    while open_questions:
        for name, question in tuple(open_questions.items()):
            problem = question.ask()
            since = time.monotonic() - start
            hopeless = gone(name) if problem else ""
            if not problem or hopeless or since > seconds:
                del open_questions[name]
            if problem and name not in open_questions:
                failed[name] = hopeless or f"not ready after {seconds:g} s: {problem}"
            if not problem or told.get(name) != (hopeless or problem):
                told[name] = hopeless or problem
                yield Progress(name, not problem, since, hopeless or problem)
        if open_questions:
            time.sleep(min(pause, max(0.0, start + seconds - time.monotonic())))
            pause = min(LONGEST_PAUSE, pause * 1.5)
    if failed:
        raise Trouble("\n".join(_obituary(name, why, tail(name)) for name, why in failed.items()), "see the logs above")


def observed(questions: Iterable[Question]) -> dict[str, str]:
    """Component → `healthy` or what is wrong, all asked at once; those that cannot be asked are left out."""
    from concurrent.futures import ThreadPoolExecutor

    asked = tuple(question for question in questions if question.url or question.tcp)
    if not asked:
        return {}
    with ThreadPoolExecutor(min(8, len(asked))) as pool:
        answers = pool.map(Question.ask, asked)
        return {question.component: answer or HEALTHY for question, answer in zip(asked, answers, strict=True)}


def with_url(question: Question, path: str) -> str:
    """The URL of another path at the same server."""
    scheme, _, rest = question.url.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}{path}"


def _obituary(name: str, why: str, tail: str) -> str:
    lines = "".join(f"\n    {line}" for line in tail.splitlines())
    return f"{name}: {why}{lines}"


def _connect(address: str) -> str:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=TIMEOUT):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _connection(url: str, ca: str, timeout: float) -> tuple[HTTPConnection, str]:
    from http.client import HTTPConnection, HTTPSConnection
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    if parts.scheme != "https":
        return HTTPConnection(parts.hostname or "", parts.port, timeout=timeout), path
    import ssl

    context = ssl.create_default_context(cafile=ca or None)
    context.check_hostname = False  # the certificate names the public host; here it is asked at its loopback address
    return HTTPSConnection(parts.hostname or "", parts.port, timeout=timeout, context=context), path
