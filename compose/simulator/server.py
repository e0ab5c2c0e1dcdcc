"""HTTP of the simulator: one listener a port, which can be closed and opened again, and what a service answers."""

from __future__ import annotations

import json
import socketserver
import time
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from .exposition import CONTENT_TYPE, Exposition

if TYPE_CHECKING:
    from collections.abc import Callable

    from .contract import Endpoint, Port
    from .service import Service

SLOWEST_CLIENT = 10.0
"""Seconds that a client may let us wait for its next bytes."""


class PortTakenError(Exception):
    """A port that cannot be listened on, and why."""


class Handler(BaseHTTPRequestHandler):
    """One request a connection, so that a port which goes down is gone for clients that keep connections, too."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "specola-simulator", ""
    timeout = SLOWEST_CLIENT

    def send(self, status: int, content: bytes, kind: str = "application/json", **headers: str) -> None:
        """Answer; the body is left out of an answer to HEAD."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), "Connection": "close"}.items():
            self.send_header(name, value)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_json(self, status: int, value: object, **headers: str) -> None:
        """Answer with a JSON value."""
        self.send(status, json.dumps(value).encode() + b"\n", **headers)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the name that the base class gives it)
        """Requests are not logged."""


class Listener:
    """A port: open, or closed so that connections are refused. Port 0 becomes a free one, the same at each opening."""

    def __init__(self, address: str, port: int, purpose: str, handler: Callable[..., Handler]) -> None:
        self.address, self.port, self.purpose = address, port, purpose
        self._handler = handler
        self._server: _Server | None = None

    def is_open(self) -> bool:
        """Whether the port accepts connections."""
        return self._server is not None

    def open(self) -> None:
        """Listen; a PortTakenError error says why that is impossible."""
        try:
            self._server = _Server((self.address, self.port), self._handler)
        except OSError as error:
            raise PortTakenError(
                f"port {self.port} on {self.address} ({self.purpose}) cannot be listened on: {error.strerror}; "
                "stop the program that holds it, or give the port another number"
            ) from error
        self.port = self._server.server_address[1]
        Thread(target=self._server.serve_forever, args=(0.2,), name=self.purpose, daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def server_bind(self) -> None:
        """Bind without asking the name service who we are."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or sends what is not HTTP, is its own affair."""


def port_listener(service: Service, port: Port) -> Listener:
    """The listener of a service's own port or of one of its exporters."""
    own = port is service.contract.ports[0]
    handler = partial(_PortHandler, service, port, Exposition(service, port.name), own)
    return Listener(service.contract.listen, port.port, f"{service.contract.service}/{port.name}", handler)


class _PortHandler(Handler):
    def __init__(self, service: Service, port: Port, exposition: Exposition, own: bool, *args: Any) -> None:
        self._service, self._port, self._exposition, self._own = service, port, exposition, own
        super().__init__(*args)

    def do_GET(self) -> None:
        """Metrics, an endpoint, or 404."""
        path = urlsplit(self.path).path
        endpoint = (self._service.endpoint(self.path) or self._service.endpoint(path)) if self._own else None
        if endpoint is None and path != self._port.metrics_path:
            self.send_json(404, {"error": f"nothing at {path}", "metrics": self._port.metrics_path})
            return
        if endpoint is not None:
            time.sleep(endpoint.latency)
            if endpoint.auth and "Authorization" not in self.headers:
                self.send_json(
                    401, {"error": "needs authentication"}, WWW_Authenticate=f'Basic realm="{self._realm()}"'
                )
                return
        if path == self._port.metrics_path and (endpoint is None or endpoint.status == 200):
            self.send(200, self._exposition.text(), CONTENT_TYPE)
        elif endpoint is not None:
            self.send_json(endpoint.status, answer(self._realm(), endpoint))

    do_HEAD = do_GET  # noqa: N815 (the name that the base class looks for)

    def _realm(self) -> str:
        return self._service.contract.service


def answer(service: str, endpoint: Endpoint) -> dict[str, object]:
    """The body of an endpoint: `service`, `status` and `checks` at least; a failing one says error in each check."""
    body: dict[str, object] = {"service": service, "status": "ok", "checks": {}} | dict(endpoint.body or {})
    if endpoint.status < 400:
        return body
    checks = body["checks"]
    failed = dict.fromkeys(checks, "error") if isinstance(checks, dict) else checks
    return body | {"status": "error", "checks": failed}
