"""Reports on their way: what each receiver gets, into the inbox or by its own address, and who is named when not."""

from __future__ import annotations

import smtplib
import time
from typing import TYPE_CHECKING, Any

import pytest

from compose.fault import Trouble
from compose.inbox.receiver import Receiver
from compose.inbox.smtp import MailServer
from compose.inbox.store import Store
from compose.report import post, send
from compose.report.make import report
from compose.report.period import Period
from compose.report.send import Delivery, NotSentError
from tests.unit.played import played
from tests.unit.played_history import DAY, END, ORDINARY, History, shop
from tests.unit.test_inbox_http import LOOPBACK, served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from compose.report.found import Report
    from spec.stack import Stack

TO = ("chat", "mail", "hook")
TITLE = "This week: 2025-12-25 to 2026-01-01"
HEAD = """\
• Requests: 6.05M, 10/s (+25%)
• Failed requests: 0.159% (before 0.125%)
• objectives: 1 kept
• alerts: 2 fired 5 times for 1h 40m; the noisiest is Slow, 4 of them
• nearest to its limit: Response time, at 90% of Slow
• runs out first: Database size, in 50d"""


@pytest.fixture(scope="module")
def week() -> Report:
    clients = played(shop(), prometheus=History(ORDINARY).answers)
    return report(clients, ("shop",), Period(END - 7 * DAY, END))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "inbox.jsonl", time.time, pytest.fail)


@pytest.fixture
def inbox(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """The ports of its HTTP and of its mail server."""
    monkeypatch.setattr(send, "PAUSES", (0.0, 0.0))
    with served(Receiver(LOOPBACK, store)) as http, served(MailServer(LOOPBACK, store)) as mail:
        yield http, mail


def stack(http: int, mail: int, **notification: Any) -> Stack:
    receivers = {
        "chat": {"slack": {"channel": "#sales", "url": "chat"}},
        "mail": {"email": {"to": ["sales@example.org"]}},
        "hook": {"webhook": {"url": f"http://127.0.0.1:{http}/webhook/hook", "token": "hook"}},
    }
    smtp = {"host": f"127.0.0.1:{mail}", "sender": "monitoring@example.org", "require_tls": False}
    told = {"receivers": receivers, "default": "mail", "smtp": smtp, **notification}
    return shop(notification=told, secrets={name: {"file": f"secrets/{name}"} for name in ("chat", "hook")})


def kept(root: Path, **contents: str) -> Path:
    (root / "secrets").mkdir()
    for name, content in contents.items():
        (root / "secrets" / name).write_text(f"{content}\n")
    return root


def delivered(tmp_path: Path, week: Report, made: Stack) -> list[str]:
    return list(Delivery(made, tmp_path, "This week", week).to(TO))


def test_every_receiver_gets_it_by_its_own_address(
    tmp_path: Path, inbox: tuple[int, int], store: Store, week: Report
) -> None:
    kept(tmp_path, chat=f"http://127.0.0.1:{inbox[0]}/slack/chat", hook="s3cret")
    assert delivered(tmp_path, week, stack(*inbox)) == list(TO)
    chat, mail, hook = store.all()
    assert (chat["kind"], chat["receiver"]) == ("slack", "chat")
    assert chat["text"] == f"*{TITLE}*\n2025-12-25 00:00 to 2026-01-01 00:00 UTC (7d)\n{HEAD}"
    assert (mail["kind"], mail["receiver"], mail["title"]) == ("email", "mail", TITLE)
    assert {one["status"] for one in (chat, mail, hook)} == {"report"}
    assert "Response time 254ms 900ms Mon 29 Dec 21:05 90% of 1s route=b 700ms" in mail["text"]
    assert (hook["kind"], hook["receiver"], hook["title"]) == ("webhook", "hook", TITLE)
    assert "| Database size | 300 GB | +2 GB | 400 GB | in 50d |" in hook["text"]


def test_where_all_is_delivered_to_the_inbox_no_secret_is_needed(
    tmp_path: Path, inbox: tuple[int, int], store: Store, week: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        send, "inbox_url", lambda _stack, _runtime, kind, name: f"http://127.0.0.1:{inbox[0]}/{kind}/{name}"
    )
    monkeypatch.setattr(send, "inbox_smtp", lambda *_: f"127.0.0.1:{inbox[1]}")
    assert delivered(tmp_path, week, stack(*inbox, deliver="inbox")) == list(TO)
    assert [(one["kind"], one["receiver"]) for one in store.all()] == [
        ("slack", "chat"), ("email", "mail"), ("webhook", "hook"),
    ]  # fmt: skip


def test_the_others_get_it_and_no_secret_is_told(
    tmp_path: Path, inbox: tuple[int, int], store: Store, week: Report
) -> None:
    kept(tmp_path, chat=f"http://127.0.0.1:{inbox[0]}/s3cret", hook="t")
    made = stack(*inbox)
    told = Delivery(made, tmp_path, "This week", week).to(("chat", "hook"))
    assert next(told) == "hook"
    with pytest.raises(Trouble) as trouble:
        next(told)
    assert str(trouble.value) == (
        "the report did not reach\nchat: answered 404 (the others have it; send it again when that is mended)"
    )
    assert [one["receiver"] for one in store.all()] == ["hook"]


def test_who_does_not_answer_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Report) -> None:
    monkeypatch.setattr(send, "PAUSES", (0.0,))
    kept(tmp_path, chat="http://127.0.0.1:1/s3cret", hook="t")
    with pytest.raises(Trouble) as trouble:
        delivered(tmp_path, week, stack(1, 1))
    assert trouble.value.message.splitlines()[1:] == [
        "chat: no answer: ConnectionError",
        "mail: the mail server 127.0.0.1:1 did not take it: ConnectionRefusedError",
        "hook: no answer: ConnectionError",
    ]


def test_who_does_not_take_it_at_first_is_tried_again(
    tmp_path: Path, inbox: tuple[int, int], store: Store, week: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(tmp_path, hook="t")
    refusals, real = ["answered 503"], send._post

    def at_first_refused(*args: Any, **options: Any) -> None:
        if refusals:
            raise NotSentError(refusals.pop())
        real(*args, **options)

    monkeypatch.setattr(send, "_post", at_first_refused)
    assert list(Delivery(stack(*inbox), tmp_path, "This week", week).to(("hook",))) == ["hook"]
    assert [one["receiver"] for one in store.all()] == ["hook"]


def test_a_mail_that_needs_tls_does_not_go_without(
    tmp_path: Path, inbox: tuple[int, int], store: Store, week: Report
) -> None:
    made = stack(*inbox, smtp={"host": f"127.0.0.1:{inbox[1]}", "sender": "a@example.org", "require_tls": True})
    with pytest.raises(Trouble, match=r"mail: the mail server .* did not take it: SMTPNotSupportedError"):
        list(Delivery(made, tmp_path, "This week", week).to(("mail",)))
    assert store.all() == []


def test_a_secret_that_cannot_be_said_is_not_told(
    tmp_path: Path, inbox: tuple[int, int], week: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asks_for_a_password(session: smtplib.SMTP) -> None:
        session.does_esmtp, session.esmtp_features = True, {"auth": "PLAIN"}

    monkeypatch.setattr(smtplib.SMTP, "ehlo_or_helo_if_needed", asks_for_a_password)
    kept(tmp_path, chat="lösenord", hook="t€ken")
    smtp = {"host": f"127.0.0.1:{inbox[1]}", "sender": "a@example.org", "user": "a", "password": "chat"}
    made = stack(*inbox, smtp={**smtp, "require_tls": False})
    with pytest.raises(Trouble) as trouble:
        list(Delivery(made, tmp_path, "This week", week).to(("mail", "hook")))
    assert trouble.value.message.splitlines()[1:] == [
        f"mail: the mail server 127.0.0.1:{inbox[1]} did not take it: UnicodeEncodeError",
        "hook: no answer: UnicodeEncodeError",
    ]


def test_a_secret_that_is_not_there_is_named(tmp_path: Path, inbox: tuple[int, int], week: Report) -> None:
    with pytest.raises(Trouble) as trouble:
        list(Delivery(stack(*inbox), tmp_path, "This week", week).to(("chat",)))
    assert f"chat: {tmp_path}/secrets/chat is not there (`specola up` makes it)" in trouble.value.message


def test_a_mail_keeps_its_columns_in_both_of_its_forms(week: Report) -> None:
    mail = post.mail("This week", week, "mail", "a@example.org", ("b@example.org",))
    plain, page = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert page is not None
    assert "USAGE     EVENTS  MEAN  PEAK  AT                BEFORE\n" in plain.get_content()
    assert "USAGE     EVENTS  MEAN  PEAK  AT                BEFORE\n" in page.get_content()


def test_a_webhook_can_tell_a_report_from_alerts(week: Report) -> None:
    body = post.webhook("This week", week, "hook")
    assert (body["version"], body["status"], body["alerts"]) == ("4", "report", [])
    assert body["report"]["services"][0]["usage"][0]["events"] == 6_048_000.0


def test_a_chat_takes_no_title_for_a_mention(week: Report) -> None:
    text = post.slack(shop(), "<!channel> & co", week, "#sales")["text"]
    assert text.startswith("*&lt;!channel&gt; &amp; co: 2025-12-25")
