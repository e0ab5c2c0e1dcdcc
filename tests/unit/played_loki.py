"""A Loki that is played: it answers a range query as Loki does, over lines that it is given."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from compose.clients import Client, UnreachableError
from compose.logs.entry import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

START = 1_800_000_000_000_000_000
SECOND = 1_000_000_000


@dataclass
class Answer:
    status_code: int
    body: object
    text: str = ""

    @property
    def ok(self) -> bool:
        return self.status_code == 200

    def json(self) -> object:
        return self.body


@dataclass
class PlayedLoki:
    """Lines in any order. `most` is the largest answer; calls in `away` find nobody; `too_much` bytes are refused."""

    entries: list[Entry]
    most: int = 100_000
    away: frozenset[int] = frozenset()
    too_much: int = 10**9
    vectors: Mapping[str, float] = field(default_factory=dict)
    calls: int = 0
    asked: list[dict[str, Any]] = field(default_factory=list)

    def client(self) -> Client:
        """What is told apart from a client only by its type."""
        return cast("Client", self)

    def ask(self, method: str, path: str, **options: Any) -> Answer:
        self.calls += 1
        if self.calls in self.away:
            raise UnreachableError("loki does not answer")
        params = options["params"]
        self.asked.append(params)
        if path.endswith("/query"):
            return self._instant(params["query"])
        if params["limit"] > self.most:
            said = "max entries limit per query exceeded"
            return Answer(400, None, said)
        found = self._found(params)
        if sum(len(entry.line) for entry in found) > self.too_much:
            return Answer(500, None, "received message larger than max (5 vs. 4)")
        return Answer(200, {"data": {"result": _streams(found)}})

    def _found(self, params: Mapping[str, Any]) -> list[Entry]:
        wanted = [entry for entry in self.entries if params["start"] <= entry.time < params["end"]]
        wanted.sort(key=lambda entry: entry.time, reverse=params["direction"] == "backward")
        return wanted[: params["limit"]]

    def _instant(self, query: str) -> Answer:
        value = next((value for part, value in self.vectors.items() if part in query), None)
        metric = {"service": "shop", "level": "ERROR", "category": "order"}
        result = [] if value is None else [{"metric": metric, "value": [0, str(value)]}]
        return Answer(200, {"data": {"result": result}})


def _streams(found: Iterable[Entry]) -> list[dict[str, Any]]:
    streams: dict[str, list[list[Any]]] = defaultdict(list)
    for entry in found:
        value = [str(entry.time), entry.line, {"structuredMetadata": dict(entry.metadata)}]
        streams[json.dumps(dict(entry.labels))].append(value)
    return [{"stream": json.loads(labels), "values": values} for labels, values in streams.items()]


def line(number: int, moment: int = 0, level: str = "INFO", **fields: object) -> Entry:
    """Line `number`, at so many nanoseconds after the start."""
    said = json.dumps({"level": level, "message": f"order {number} taken", **fields})
    return Entry(START + moment, {"service": "shop", "level": level}, {"request_id": f"r-{number % 3}"}, said)
