"""Range queries to a Prometheus."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from compose.clients import Client, UnreachableError
from diff.history import Unanswered
from generator.runtime import loopback

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from diff.history import Asks
    from spec.stack import Stack


def asks(url: str, root: Path, stack: Stack) -> Asks:
    """Asks the server at a URL; credentials stand in it, or are the stack's own when it is the stack's Prometheus."""
    client = _client(url, root, stack)

    def ask(query: str, start: float, end: float, step: float) -> Mapping[str, Sequence[float]]:
        try:
            answer = client.form("/api/v1/query_range", query=query, start=start, end=end, step=step)
            series = answer["data"]["result"]
            return {
                json.dumps(one["metric"], sort_keys=True): [float(moment) for moment, _ in one["values"]]
                for one in series
            }
        except UnreachableError as error:
            raise Unanswered(str(error)) from error
        except (KeyError, TypeError, ValueError) as error:
            raise Unanswered(f"{client.url} does not answer as a Prometheus does") from error

    return ask


def _client(url: str, root: Path, stack: Stack) -> Client:
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    client = Client("Prometheus", f"{parts.scheme}://{place}{parts.path}".rstrip("/"))
    if parts.username:
        return replace(client, user=unquote(parts.username), password=unquote(parts.password or ""))
    its_own = parts.hostname in (loopback(stack, "prometheus"), "localhost") and parts.port == stack.port("prometheus")
    own = _own(root, stack) if its_own else None
    return replace(own, component="Prometheus", url=client.url) if own else client


def _own(root: Path, stack: Stack) -> Client | None:
    """The client of the stack's own Prometheus; None while it has no password yet."""
    from compose.clients import Clients
    from compose.fault import Trouble

    try:
        return Clients(stack, root).prometheus
    except (OSError, Trouble):
        return None
