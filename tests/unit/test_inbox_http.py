"""The inbox end to end: HTTP and SMTP on free ports, with hostile clients too."""

from __future__ import annotations

import base64
import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from email.message import EmailMessage
from ipaddress import ip_network
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from compose.inbox.query import Query
from compose.inbox.receiver import LARGEST_BODY, Receiver, is_trusted
from compose.inbox.smtp import LARGEST_MAIL, MailServer
from compose.inbox.store import Store

if TYPE_CHECKING:
    import socketserver
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
KEY = "firing|Down|tug|critical"
HOOK = {"status": "firing", "alerts": [{"status": "firing", "labels": {"alertname": "Down", "service": "tug"}}]}
LOOPBACK = ("127.0.0.1", 0)


@contextmanager
def served(server: socketserver.TCPServer) -> Iterator[int]:
    """A server that serves while the block runs; its port."""
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.socket.getsockname()[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "inbox.jsonl", time.time, pytest.fail)


@pytest.fixture
def http(store: Store) -> Iterator[int]:
    with served(Receiver(LOOPBACK, store)) as port:
        yield port


@pytest.fixture
def mail(store: Store) -> Iterator[int]:
    with served(MailServer(LOOPBACK, store)) as port:
        yield port


def ask(port: int, path: str, data: object = None, method: str | None = None, **headers: str) -> tuple[int, Any]:
    """The status and the body of an answer, parsed if it is JSON; `data` that is not bytes is sent as JSON."""
    body = data if data is None or isinstance(data, bytes) else json.dumps(data).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            text, status = answer.read().decode(), answer.status
    except urllib.error.HTTPError as error:
        with error:
            text, status = error.read().decode(), error.code
    return status, json.loads(text) if text.startswith(("{", "[")) else text


def test_every_channel_answers_as_the_real_one_does(http: int) -> None:
    event = {"routing_key": "secret-key", "dedup_key": "d", "event_action": "trigger", "payload": {"summary": "Down"}}
    accepted = {"status": "success", "message": "Event processed", "dedup_key": "d"}
    assert ask(http, "/webhook/ops", HOOK)[0] == 200
    assert ask(http, "/sms/night", HOOK)[0] == 200
    assert ask(http, "/slack/chat", {"attachments": [{"callback_id": KEY}]}) == (200, "ok")
    assert ask(http, "/pagerduty/pager/v2/enqueue", event) == (202, accepted)
    assert ask(http, "/pagerduty/pager", event) == (202, accepted)
    status, kept = ask(http, "/messages")
    assert status == 200
    assert [(one["kind"], one["receiver"]) for one in kept] == [
        ("webhook", "ops"),
        ("sms", "night"),
        ("slack", "chat"),
        ("pagerduty", "pager"),
        ("pagerduty", "pager"),
    ]
    assert ask(http, "/messages/count") == (200, {"count": 5})
    assert ask(http, "/messages/count?alert=Down&status=firing") == (200, {"count": 3})
    assert [one["kind"] for one in ask(http, f"/messages?after={kept[2]['id']}&limit=1")[1]] == ["pagerduty"]


def test_secrets_are_never_stored(http: int, tmp_path: Path) -> None:
    event = {"routing_key": "secret-key", "event_action": "trigger", "payload": {"custom_details": {"token": "secret"}}}
    assert ask(http, "/pagerduty/pager", event, Authorization="Bearer secret-token")[0] == 202
    assert ask(http, "/slack/chat", {"token": "secret"}, Authorization="Bearer secret-token")[0] == 200
    assert "secret" not in (tmp_path / "inbox.jsonl").read_text()


def test_health_heartbeat_page_and_deletion(http: int) -> None:
    assert ask(http, "/health") == (200, {"status": "ok", "store": "ok"})
    assert ask(http, "/heartbeat") == (200, {"seconds": None})
    ask(http, "/webhook/ops", {"alerts": [{"status": "firing", "labels": {"alertname": "Watchdog"}}]})
    assert 0 <= ask(http, "/heartbeat")[1]["seconds"] < 5
    ask(http, "/slack/chat", {"attachments": [{"title": "<script>\ud800"}]})
    status, shown = ask(http, "/")
    assert status == 200
    assert "&lt;script&gt;?" in shown
    assert ask(http, "/", method="HEAD") == (200, "")
    assert ask(http, "/messages", method="DELETE") == (200, {"deleted": 2})
    assert ask(http, "/messages") == (200, [])


@pytest.mark.parametrize(
    ("path", "data", "status", "error"),
    [
        ("/webhook/ops", b"{", 400, "the request is not JSON"),
        ("/webhook/ops", b"\xff\xfe", 400, "the request is not JSON"),
        ("/webhook/ops", b"[" * 100_000, 400, "the request is not JSON"),
        ("/webhook/ops", b"[]", 400, "the payload must be an object"),
        ("/pagerduty/pager", b"{}", 400, "'event_action' must be trigger, acknowledge or resolve"),
        ("/webhook/ops", b" " * (LARGEST_BODY + 1), 413, "the request is longer than 4194304 bytes"),
        ("/webhook/%0d%0a", b"{}", 404, "a receiver's name has letters, digits and . _ @ - only"),
        (
            "/fax/ops",
            b"{}",
            404,
            "notifications go to /webhook/NAME, /slack/NAME, /pagerduty/NAME or /sms/NAME",
        ),
        ("/messages?nope=1", None, 400, "no such parameter: nope (there are receiver, kind, alert, service, status, "
         "after, limit)"),
        ("/messages?" + "a=1&" * 30, None, 400, "Max number of fields exceeded"),
        ("/nope", None, 404, "there are /messages, /history, /metrics, /heartbeat and /health"),
    ],
)  # fmt: skip
def test_wrong_requests(http: int, path: str, data: bytes | None, status: int, error: str) -> None:
    answer = ask(http, path, data)
    assert (answer[0], answer[1]["error"]) == (status, error)
    assert ask(http, "/messages/count") == (200, {"count": 0})


def raw(port: int, content: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(content)
        client.shutdown(socket.SHUT_WR)
        return client.makefile("rb").read()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"\x00\xff\x16\x03 x\r\n\r\n", b"400"),
        (b"POST /webhook/ops HTTP/1.1\r\nHost: x\r\n\r\n", b"411"),
        (b"POST /webhook/ops HTTP/1.1\r\nContent-Length: -5\r\n\r\n", b"411"),
        (b"POST /webhook/ops HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", b"413"),
        (b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n", b"414"),
        (b"BREW /coffee HTTP/1.1\r\n\r\n", b"501"),
    ],
)
def test_hostile_requests(http: int, content: bytes, status: bytes) -> None:
    assert status in raw(http, content)[:400]
    assert ask(http, "/health")[0] == 200


def test_a_client_that_stalls_holds_up_nobody(http: int) -> None:
    with socket.create_connection(("127.0.0.1", http), timeout=5) as client:
        client.sendall(b"POST /webhook/ops HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{")
        assert ask(http, "/webhook/ops", HOOK)[0] == 200


def test_with_a_token_every_request_but_health_presents_it(store: Store) -> None:
    def basic(password: str) -> str:
        return "Basic " + base64.b64encode(f"specola:{password}".encode()).decode()

    with served(Receiver(LOOPBACK, store, "t0ken")) as port:
        assert ask(port, "/health")[0] == 200
        for wrong in (
            {},
            {"Authorization": "Bearer no"},
            {"Authorization": basic("no")},
            {"Authorization": "Basic %%"},
        ):
            assert ask(port, "/webhook/ops", HOOK, **wrong)[0] == 401
            assert ask(port, "/messages", **wrong)[0] == 401
        assert ask(port, "/webhook/ops", HOOK, Authorization="Bearer t0ken")[0] == 200
        assert ask(port, "/messages/count", Authorization=basic("t0ken")) == (200, {"count": 1})


@pytest.mark.parametrize(
    ("client", "networks", "trusted"),
    [
        ("127.0.0.1", [], True),
        ("::1", [], True),
        ("::ffff:127.0.0.1", [], True),
        ("172.18.0.5", [], False),
        ("172.18.0.5", ["10.0.0.0/8", "172.16.0.0/12"], True),
        ("fe80::1%eth0", ["172.16.0.0/12"], False),
    ],
)
def test_without_a_token_this_machine_and_allowed_networks_are_trusted(
    client: str, networks: list[str], trusted: bool
) -> None:
    assert is_trusted(client, [ip_network(network) for network in networks]) == trusted


def test_web_pages_of_others_may_neither_post_nor_delete(http: int) -> None:
    assert ask(http, "/webhook/ops", HOOK, Origin="http://example.org")[0] == 403
    assert ask(http, "/messages", method="DELETE", Origin="http://example.org")[0] == 403


def test_a_mail_is_received_with_and_without_a_password(mail: int, store: Store, tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "ops@example.org", "[FIRING:1] Down"
    message["X-Specola-Alerts"] = KEY
    message.set_content("TUG is down\n.a line that begins with a dot\n")
    with smtplib.SMTP("127.0.0.1", mail, timeout=5) as client:
        client.send_message(message)
        client.noop()
        client.rset()
        client.login("user", "secret-password")
        client.send_message(message, to_addrs=["night@example.org", "other@example.org"])
    messages = store.find(Query())
    assert [(one["receiver"], one["status"], one["alerts"][0]["name"]) for one in messages] == [
        ("ops", "firing", "Down"),
        ("night", "firing", "Down"),
    ]
    assert messages[0]["text"] == "TUG is down\n.a line that begins with a dot"
    assert "secret" not in (tmp_path / "inbox.jsonl").read_text()


@pytest.mark.parametrize(
    ("commands", "answers"),
    [
        ([b"NONSENSE"], [502]),
        ([b"RCPT TO:<a@b>"], [503]),
        ([b"MAIL FROM:<a@b>", b"DATA"], [250, 503]),
        ([b"MAIL a@b", b"MAIL FROM:<a@b> SIZE=99999999"], [501, 552]),
        ([b"MAIL FROM:<>", b"RCPT TO:<>", b"RCPT TO:<a@b>", b"RSET", b"DATA"], [250, 501, 250, 250, 503]),
        ([b"AUTH CRAM-MD5", b"AUTH LOGIN", b"*"], [504, 334, 501]),
        ([b"AUTH LOGIN", b"dQ==", b"cA=="], [334, 334, 235]),
        ([b"AUTH PLAIN AGEAYg==", b"STARTTLS", b"QUIT"], [235, 502, 221]),
        ([b"\xff\xfe\x00"], [502]),
        ([b"MAIL FROM:<a@b>", *[b"RCPT TO:<a@b>"] * 101], [250, *[250] * 100, 452]),
    ],
)
def test_a_mail_clients_commands(mail: int, commands: list[bytes], answers: list[int]) -> None:
    with socket.create_connection(("127.0.0.1", mail), timeout=5) as client, client.makefile("rb") as stream:
        assert stream.readline().startswith(b"220 ")
        for command, answer in zip(commands, answers, strict=True):
            client.sendall(command + b"\r\n")
            assert int(stream.readline()[:3]) == answer


@pytest.mark.parametrize("content", [b"x" * 5_000, b"NONSENSE\r\n" * 50])
def test_a_mail_client_that_only_disturbs_is_sent_away(mail: int, content: bytes) -> None:
    with socket.create_connection(("127.0.0.1", mail), timeout=5) as client:
        client.sendall(content)
        try:
            while client.recv(65_536):
                pass
        except ConnectionResetError:
            return


def test_a_mail_that_is_too_large_is_refused_and_the_next_one_taken(mail: int, store: Store) -> None:
    with smtplib.SMTP("127.0.0.1", mail, timeout=5) as client:
        client.helo()
        with pytest.raises(smtplib.SMTPDataError, match="552"):
            client.sendmail("a@b", ["ops@b"], b"Subject: x\r\n\r\n" + b"y" * 70_000 + b"\r\n" + b"z\r\n" * LARGEST_MAIL)
        client.sendmail("a@b", ["ops@b"], b"Subject: small\r\n\r\nx\r\n")
    assert [one["title"] for one in store.find(Query())] == ["small"]


def test_a_mail_that_breaks_off_is_not_kept(mail: int, store: Store) -> None:
    answers = raw(mail, b"EHLO x\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nSubject: half\r\n")
    assert b"354" in answers
    assert store.find(Query()) == []


def start(tmp_path: Path, listen: str = "127.0.0.1:0", *more: str) -> subprocess.Popen[str]:
    program = [sys.executable, "-m", "compose.inbox", "--listen", listen, "--smtp", "127.0.0.1:0"]
    program += ["--store", str(tmp_path / "inbox.jsonl"), *more]
    return subprocess.Popen(program, cwd=ROOT, stderr=subprocess.PIPE, text=True)


def test_the_program_receives_and_ends(tmp_path: Path) -> None:
    with start(tmp_path) as program:
        assert program.stderr is not None
        address = program.stderr.readline().split("HTTP on 127.0.0.1:")[1].split(",")[0]
        assert ask(int(address), "/webhook/ops", HOOK)[0] == 200
        os.kill(program.pid, signal.SIGTERM)
        assert program.wait(5) == 0
    assert json.loads((tmp_path / "inbox.jsonl").read_text())["receiver"] == "ops"


def test_the_program_says_why_it_cannot_start(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    with socket.create_server(LOOPBACK) as holder:
        port = holder.getsockname()[1]
        cases = {
            f"inbox: port {port} on 127.0.0.1 (HTTP) cannot be listened on: Address already in use; "
            "stop the program that holds it, or choose another port\n": start(tmp_path, f"127.0.0.1:{port}"),
            f"inbox: {tmp_path}/empty: is empty, and should hold the token\n": start(
                tmp_path, "127.0.0.1:0", "--token-file", str(tmp_path / "empty")
            ),
        }
        for message, program in cases.items():
            with program:
                assert program.communicate(timeout=10)[1] == message
                assert program.returncode == 1
