"""A small mail server (RFC 5321, no TLS) that turns each mail into a notification."""

from __future__ import annotations

import email.policy
import re
import socketserver
from email.parser import BytesParser
from functools import partial
from html import unescape
from typing import TYPE_CHECKING, Any

from . import messages

if TYPE_CHECKING:
    from email.message import EmailMessage

    from .store import Store

LARGEST_MAIL = 2**20
LONGEST_COMMAND = 2_048
MOST_RECIPIENTS = 100
MOST_ERRORS = 20
"""Refused commands after which a client is sent away."""

ALERTS_HEADER = "X-Specola-Alerts"
RECEIVER_HEADER = "X-Specola-Receiver"

_PATH = re.compile(r"(?i)(?:FROM|TO):\s*<([^<>\s]*)>(.*)")
_SIZE = re.compile(r"(?i)\bSIZE=(\d{1,12})\b")


class MailServer(socketserver.ThreadingTCPServer):
    """The SMTP server."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, address: tuple[str, int], store: Store) -> None:
        super().__init__(address, partial(_Session, store))

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle of a mail is its own affair."""


class _Session(socketserver.StreamRequestHandler):
    timeout = 30.0

    def __init__(self, store: Store, *args: Any) -> None:
        self._store = store
        self._sender: str | None = None
        self._recipients: list[str] = []
        super().__init__(*args)

    def handle(self) -> None:
        """Answer commands until QUIT, silence or too many errors."""
        self._say("220 inbox ESMTP")
        errors = 0
        while errors < MOST_ERRORS:
            line = self.rfile.readline(LONGEST_COMMAND + 1)
            if not line.endswith(b"\n"):
                return
            verb, _, argument = line.decode("utf-8", "replace").strip().partition(" ")
            answer = self._answer(verb.upper(), argument.strip())
            self._say(*answer)
            if verb.upper() == "QUIT":
                return
            errors += answer[-1].startswith("5")

    def _answer(self, verb: str, argument: str) -> tuple[str, ...]:
        match verb:
            case "EHLO":
                return ("250-inbox", f"250-SIZE {LARGEST_MAIL}", "250-8BITMIME", "250-SMTPUTF8", "250 AUTH PLAIN LOGIN")
            case "HELO" | "NOOP":
                return ("250 OK",)
            case "QUIT":
                return ("221 bye",)
            case "RSET":
                self._reset()
                return ("250 OK",)
            case "AUTH":
                return (self._authenticate(argument),)
            case "MAIL":
                return (self._mail(argument),)
            case "RCPT":
                return (self._recipient(argument),)
            case "DATA":
                return (self._data(),)
        return ("502 not known here",)

    def _authenticate(self, argument: str) -> str:
        """Take any name and password, and keep neither."""
        mechanism, _, initial = argument.partition(" ")
        match mechanism.upper():
            case "PLAIN":
                prompts = [] if initial else [""]
            case "LOGIN":
                prompts = ["UGFzc3dvcmQ6"] if initial else ["VXNlcm5hbWU6", "UGFzc3dvcmQ6"]
            case _:
                return "504 there are PLAIN and LOGIN"
        for prompt in prompts:
            self._say(f"334 {prompt}")
            if self.rfile.readline(LONGEST_COMMAND + 1).strip() == b"*":
                return "501 given up"
        return "235 welcome"

    def _mail(self, argument: str) -> str:
        path = _PATH.fullmatch(argument)
        if path is None or not argument.upper().startswith("FROM"):
            return "501 MAIL FROM:<address>"
        size = _SIZE.search(path[2])
        if size and int(size[1]) > LARGEST_MAIL:
            return f"552 a mail has at most {LARGEST_MAIL} bytes"
        self._reset()
        self._sender = path[1]
        return "250 OK"

    def _recipient(self, argument: str) -> str:
        path = _PATH.fullmatch(argument)
        if self._sender is None:
            return "503 MAIL first"
        if path is None or not path[1] or not argument.upper().startswith("TO"):
            return "501 RCPT TO:<address>"
        if len(self._recipients) >= MOST_RECIPIENTS:
            return "452 too many recipients"
        self._recipients.append(path[1])
        return "250 OK"

    def _data(self) -> str:
        if not self._recipients:
            return "503 RCPT first"
        self._say("354 end with a dot on a line of its own")
        content, recipient = self._content(), self._recipients[0]
        self._reset()
        if content is None:
            return f"552 a mail has at most {LARGEST_MAIL} bytes"
        message = self._store.add(notification(content, recipient))
        return f"250 kept as {message['id']}"

    def _content(self) -> bytes | None:
        """The mail up to the lone dot, or None when it is too large. A client that stops in between is an EOFError."""
        lines: list[bytes] = []
        size, at_start = 0, True
        while (line := self.rfile.readline(65_536)) != b".\r\n" or not at_start:
            if not line:
                raise EOFError
            if at_start and line.startswith(b"."):
                line = line[1:]
            at_start = line.endswith(b"\n")
            size += len(line)
            if size > LARGEST_MAIL:
                lines.clear()
            else:
                lines.append(line)
        return None if size > LARGEST_MAIL else b"".join(lines)

    def _reset(self) -> None:
        self._sender, self._recipients = None, []

    def _say(self, *lines: str) -> None:
        self.wfile.write("".join(f"{line}\r\n" for line in lines).encode())


def notification(content: bytes, recipient: str) -> messages.Notification:
    """A mail as notification; the receiver is named by a header, else by the recipient's address before the @."""
    mail = BytesParser(policy=email.policy.default).parsebytes(content)
    receiver = _header(mail, RECEIVER_HEADER) or recipient.partition("@")[0]
    key, subject = _header(mail, ALERTS_HEADER), _header(mail, "Subject")
    return messages.email(receiver[: messages.LONGEST_WORD], key, subject, _body(mail))


def _header(mail: EmailMessage, name: str) -> str:
    try:
        return " ".join(str(mail[name] or "").split())
    except (ValueError, IndexError, AttributeError):  # what the standard parser raises over some broken headers
        return ""


def _body(mail: EmailMessage) -> str:
    """The plain text, or the text of the HTML, of a mail; what cannot be decoded is left out."""
    try:
        part = mail.get_body(("plain", "html"))
        text = str(part.get_content()) if part is not None else ""
    except (KeyError, LookupError, ValueError, AttributeError):
        return ""
    if part is not None and part.get_content_subtype() == "html":
        text = unescape(re.sub(r"<[^>]*>", " ", re.sub(r"(?is)<(style|script)\b.*?</\1>", " ", text)))
    return "\n".join(filter(None, (" ".join(line.split()) for line in text.splitlines())))
