"""HTTP of the inbox: takes notifications as webhook, Slack, PagerDuty and SMS gateway, and answers questions."""

from __future__ import annotations

import base64
import binascii
import contextlib
import hmac
import json
import re
import socketserver
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from . import history, messages, page, query

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .store import Store

LARGEST_BODY = 4 * 2**20
SHOWN = 100
"""Messages on the page for people."""

Network = IPv4Network | IPv6Network

_RECEIVER = re.compile(r"[A-Za-z0-9_.@-]{1,100}")
_HTML = "text/html; charset=utf-8"
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


class RefusedError(Exception):
    """A request that is refused with this status."""

    def __init__(self, status: int, error: str) -> None:
        self.status, self.error = status, error
        super().__init__(error)


class Receiver(ThreadingHTTPServer):
    """The HTTP server. With a token every request but `/health` must present it.

    Without one, only programs on this machine and in the allowed networks may post and delete.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self, address: tuple[str, int], store: Store, token: str | None = None, allowed: Sequence[Network] = ()
    ) -> None:
        super().__init__(address, partial(_Handler, store, token, allowed))

    def server_bind(self) -> None:
        """Bind without asking the name service who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or sends what is not HTTP, is its own affair."""


class _Handler(BaseHTTPRequestHandler):
    server_version, sys_version = "specola-inbox", ""
    timeout = 10.0

    def __init__(self, store: Store, token: str | None, allowed: Sequence[Network], *args: Any) -> None:
        self._store, self._token, self._allowed = store, token, allowed
        super().__init__(*args)

    def do_GET(self) -> None:
        """Messages, their count, the heartbeat's age, health, or the page for people."""
        self._try(self._get)

    def do_POST(self) -> None:
        """A notification."""
        self._try(self._post)

    def do_DELETE(self) -> None:
        """`/messages`: forget them."""
        self._try(self._delete)

    do_HEAD = do_GET  # noqa: N815 (the name that the base class looks for)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name that the base class gives it)
        """Requests are not logged: their paths and headers may hold secrets."""

    def _try(self, action: Callable[[], None]) -> None:
        try:
            self._admit()
            action()
        except RefusedError as refusal:
            challenge = {"WWW-Authenticate": 'Basic realm="inbox"'} if refusal.status == 401 else {}
            self._send_json(refusal.status, {"error": refusal.error}, challenge)
            if refusal.status == 413:
                self._drain()

    def _admit(self) -> None:
        if "Origin" in self.headers and self.command != "GET":
            raise RefusedError(403, "web pages may not post or delete")
        if self._token is not None:
            if self.path != "/health" and not _presents(self.headers.get("Authorization", ""), self._token):
                raise RefusedError(401, "needs the token, as bearer token or as password of basic authentication")
        elif self.command in {"POST", "DELETE"} and not is_trusted(self.client_address[0], self._allowed):
            raise RefusedError(403, "without a token only this machine and the allowed networks may post")

    def _get(self) -> None:
        url = urlsplit(self.path)
        match url.path:
            case "/messages":
                self._send_json(200, self._store.find(self._query(url.query)))
            case "/messages/count":
                self._send_json(200, {"count": len(self._store.find(self._query(url.query, "5000")))})
            case "/heartbeat":
                self._send_json(200, {"seconds": self._store.heartbeat_age()})
            case "/history":
                self._send_json(200, self._history(url.query))
            case "/metrics":
                text = history.metrics(self._store.all(), self._store.heartbeat_age())
                self._send(200, text.encode(), _EXPOSITION)
            case "/health":
                self._send_json(200, {"status": "ok", "store": self._store.trouble or "ok"})
            case "/":
                latest = self._store.find(query.Query(limit=query.HIGHEST_LIMIT))[-SHOWN:]
                self._send(
                    200, page.page(latest).encode("utf-8", "replace"), _HTML, {"Content-Security-Policy": page.POLICY}
                )
            case _:
                raise RefusedError(404, "there are /messages, /history, /metrics, /heartbeat and /health")

    def _history(self, text: str) -> list[dict[str, object]]:
        """The episodes of the last `hours`."""
        given = parse_qs(text, keep_blank_values=True, max_num_fields=20)
        hours = given.pop("hours", ["720"])[-1]
        if given or not hours.isascii() or not hours.isdigit() or len(hours) > 6:
            raise RefusedError(400, "there is only 'hours', a whole number")
        since = time.time() - int(hours) * 3_600
        return [episode.shown() for episode in history.episodes(self._store.all(), since)]

    def _query(self, text: str, limit: str | None = None) -> query.Query:
        try:
            parameters = parse_qs(text, keep_blank_values=True, max_num_fields=20)
            return query.parse(parameters if limit is None else {"limit": [limit], **parameters})
        except ValueError as error:
            raise RefusedError(400, str(error)) from error

    def _delete(self) -> None:
        if urlsplit(self.path).path != "/messages":
            raise RefusedError(404, "only /messages can be deleted")
        try:
            self._send_json(200, {"deleted": self._store.clear()})
        except OSError as error:
            raise RefusedError(500, f"the store cannot be deleted: {error.strerror}") from error

    def _post(self) -> None:
        parts = [unquote(part) for part in urlsplit(self.path).path.strip("/").split("/")]
        match parts:
            case ["heartbeat"]:
                self._payload()
                self._store.beat()
                self._send_json(200, {"seconds": 0})
                return
            case ["webhook" | "slack" | "pagerduty" | "sms" | "copy" as kind, receiver]:
                pass
            case ["pagerduty" as kind, receiver, "v2", "enqueue"]:
                pass
            case _:
                raise RefusedError(404, "notifications go to /webhook/NAME, /slack/NAME, /pagerduty/NAME or /sms/NAME")
        if not _RECEIVER.fullmatch(receiver):
            raise RefusedError(404, "a receiver's name has letters, digits and . _ @ - only")
        payload = self._payload()
        try:
            self._take(kind, receiver, payload)
        except messages.PayloadError as error:
            raise RefusedError(400, str(error)) from error

    def _take(self, kind: str, receiver: str, payload: object) -> None:
        if kind == "slack":
            self._store.add(messages.slack(receiver, payload))
            self._send(200, b"ok", "text/plain; charset=utf-8")
        elif kind == "pagerduty":
            message = self._store.add(messages.pagerduty(receiver, payload))
            key = payload.get("dedup_key") if isinstance(payload, dict) else None
            answer = {"status": "success", "message": "Event processed", "dedup_key": key or str(message["id"])}
            self._send_json(202, answer)
        else:
            message = self._store.add(messages.webhook(receiver, payload, kind))
            self._send_json(200, {"id": message["id"]})

    def _payload(self) -> object:
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise RefusedError(411, "the request must say its Content-Length")
        if len(length) > 12 or int(length) > LARGEST_BODY:
            raise RefusedError(413, f"the request is longer than {LARGEST_BODY} bytes")
        try:
            return json.loads(self.rfile.read(int(length)))
        except (ValueError, RecursionError) as error:
            raise RefusedError(400, "the request is not JSON") from error

    def _drain(self) -> None:
        """Read on for a moment: closing on a client that still sends would reset the connection and lose the answer."""
        self.connection.settimeout(0.5)
        with contextlib.suppress(OSError):
            for _ in range(256):
                if not self.rfile.read1(65_536):
                    return

    def _send_json(self, status: int, value: object, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(value).encode() + b"\n", "application/json", headers)

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def is_trusted(client: str, allowed: Sequence[Network]) -> bool:
    """Whether a client's address is of this machine or in one of the allowed networks."""
    address = ip_address(client.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    return mapped.is_loopback or any(mapped in network for network in allowed)


def _presents(authorization: str, token: str) -> bool:
    """Whether an Authorization header holds the token."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic":
        try:
            value = base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return False
    elif scheme.lower() != "bearer":
        return False
    return hmac.compare_digest(value.strip().encode(), token.encode())
