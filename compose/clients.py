"""The HTTP interfaces of the running components, as the checks and drills read them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from compose import secrets
from compose.fault import Trouble
from generator.runtime import host
from spec.instances import Instance
from spec.names import USER

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import requests
    from requests.adapters import HTTPAdapter

    from spec.stack import Stack

ANSWER_SECONDS = 10.0
AWAY = 60.0
"""Seconds that a component may stay away: it may just be taking up its configuration."""
ASK_EVERY = 0.5

T = TypeVar("T")


class UnreachableError(Exception):
    """A component does not answer, or not with what was asked for; says which and why."""


def _adapter() -> HTTPAdapter:
    """Trusts the certificate at any name: it names the public host, and is asked for at the loopback address."""
    from requests.adapters import HTTPAdapter

    class AnyName(HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:
            super().init_poolmanager(*args, assert_hostname=False, **options)

    return AnyName()


@dataclass(frozen=True)
class Client:
    """One component. Every call raises UnreachableError when it does not answer 2xx."""

    component: str
    url: str
    user: str = ""
    password: str = field(default="", repr=False)
    ca: str = ""
    patience: float = ANSWER_SECONDS
    """Seconds that it may take to answer."""

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        session = requests.Session()
        session.trust_env = False
        session.auth = (self.user, self.password) if self.user else None
        session.verify = self.ca or True
        session.mount("https://", _adapter())
        return session

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """The answer, whatever its status. `timeout` is in seconds; the client's patience when it is not given."""
        import requests

        try:
            return self._session.request(method, self.url + path, **{"timeout": self.patience, **options})
        except requests.RequestException as error:
            raise UnreachableError(f"{self.component} does not answer at {self.url}: {type(error).__name__}") from error

    def get(self, path: str, **params: Any) -> Any:
        """The JSON at a path."""
        return self._json(self.ask("GET", path, params=params))

    def post(self, path: str, body: Any) -> Any:
        """Send JSON; the JSON that comes back, or None."""
        return self._json(self.ask("POST", path, json=body))

    def form(self, path: str, **data: Any) -> Any:
        """Send a form, for queries that are too long for a URL."""
        return self._json(self.ask("POST", path, data=data))

    def _json(self, answer: requests.Response) -> Any:
        if not answer.ok:
            raise UnreachableError(f"{self.component} answers {answer.status_code} at {self._place(answer)}")
        if not answer.content:
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise UnreachableError(f"{self.component} answers no JSON at {self._place(answer)}") from error

    @staticmethod
    def _place(answer: requests.Response) -> str:
        """The path that was asked, and the beginning of what was said there."""
        return f"{str(answer.request.path_url).split('?')[0]}: {' '.join(answer.text.split())[:200]}"


@dataclass(frozen=True)
class Clients:
    """Every component of a stack that runs on this machine, whichever runtime runs it."""

    stack: Stack
    root: Path

    def of(self, component: str, number: int = 1) -> Client:
        """The client of a component, of the first where there are several, with the stack's own credentials."""
        tls = self.stack.spec.access.tls
        name = Instance(component, number).name
        guarded = component in ("prometheus", "alertmanager")
        scheme = "https" if tls and (guarded or component == "grafana") else "http"
        url = f"{scheme}://{host(self.stack, component)}:{self.stack.port(component, number)}"
        ca = str(self.root / tls.certificate) if tls and scheme == "https" else ""
        if component == "grafana":
            return Client(component, url, "admin", secrets.read(self.root, "grafana-admin"), ca)
        if guarded and self.stack.spec.access.basic_auth:
            return Client(name, url, USER, secrets.read(self.root, f"{component}-password"), ca)
        return Client(name, url, ca=ca)

    def each(self, component: str) -> tuple[Client, ...]:
        """The clients of every instance of a component that is on."""
        return tuple(self.of(component, one.number) for one in self.stack.instances(component))

    @cached_property
    def prometheus(self) -> Client:
        return self.of("prometheus")

    @cached_property
    def alertmanager(self) -> Client:
        return self.of("alertmanager")

    @cached_property
    def inbox(self) -> Client:
        return self.of("inbox")

    @cached_property
    def loki(self) -> Client:
        return self.of("loki")

    @cached_property
    def grafana(self) -> Client:
        return self.of("grafana")

    def query(self, expr: str, time: float | None = None) -> list[Mapping[str, Any]]:
        """The vector of an instant query; a scalar counts as one series."""
        data = self.prometheus.form("/api/v1/query", query=expr, **({"time": time} if time else {}))["data"]
        if data["resultType"] == "scalar":
            return [{"metric": {}, "value": data["result"]}]
        result: list[Mapping[str, Any]] = data["result"]
        return result


def patiently(ask: Callable[[], T]) -> T:
    """Ask again while a component does not answer. Raises Trouble when it stays away."""
    until = time.monotonic() + AWAY
    while True:
        try:
            return ask()
        except UnreachableError as error:
            if time.monotonic() > until:
                raise Trouble(str(error), "`specola status` shows what runs") from error
            time.sleep(ASK_EVERY)
