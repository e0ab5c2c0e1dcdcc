"""A stack whose components are played: canned answers instead of HTTP, for the tests of checks and drills."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from compose.clients import Client, Clients, UnreachableError
from spec.instances import Instance

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from spec.stack import Stack

Answers = dict[str, Any]


@dataclass(frozen=True)
class PlayedClient(Client):
    """Answers from a table by path. A callable is asked with the request's options; a missing path is a 404.

    What stands under `status` gives the status of an answer."""

    answers: Mapping[str, Any] = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        if self.answers.get("down"):
            raise UnreachableError(f"{self.component} does not answer at {self.url}: ConnectionError")
        answer = requests.Response()
        answer.request = requests.Request(method, f"http://{self.component}{path}").prepare()
        answer.status_code = 200 if path in self.answers else 404
        value = self.answers.get(path, "not here")
        if callable(value):
            value = value(**(options.get("params") or options.get("data") or {"body": options.get("json")}))
        answer.status_code = self.answers.get("status", lambda _: answer.status_code)(value)
        answer._content = json.dumps(value).encode()  # there is no public way to make an answer
        return answer


@dataclass(frozen=True)
class PlayedClients(Clients):
    """Component → its answers; one that is not named does not answer."""

    answers: Mapping[str, Answers] = field(default_factory=dict)

    def of(self, component: str, number: int = 1) -> Client:
        name = Instance(component, number).name
        return PlayedClient(name, f"http://{name}", answers=self.answers.get(name, {"down": True}))


def played(stack: Stack, **answers: Answers) -> PlayedClients:
    return PlayedClients(stack, Path("unused"), answers)


def vector(*series: tuple[Mapping[str, str], str]) -> Answers:
    """What Prometheus answers to an instant query."""
    result = [{"metric": dict(labels), "value": [0, value]} for labels, value in series]
    return {"data": {"resultType": "vector", "result": result}}


def matrix(*courses: tuple[str, ...]) -> Answers:
    """What Prometheus answers to a range query."""
    result = [{"metric": {}, "values": [[0, value] for value in course]} for course in courses]
    return {"data": {"resultType": "matrix", "result": result}}


def changing(*values: Any) -> Callable[..., Any]:
    """One answer after the other, the last for ever."""
    waiting = list(values)
    return lambda **_: waiting.pop(0) if len(waiting) > 1 else waiting[0]
