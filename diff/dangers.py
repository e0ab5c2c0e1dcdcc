"""What is dangerous about an edit, in two or three words; nothing when it is not."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from spec.scalars import Duration

if TYPE_CHECKING:
    from diff.edits import Edit

UNWATCHED, PUBLIC, OPEN = "unwatched", "public port", "open door"


def none(_: Edit) -> str:
    """Nothing to fear."""
    return ""


def gone(edit: Edit) -> str:
    """What is taken away is watched by nobody."""
    return UNWATCHED if edit.after is None else ""


def fewer(edit: Edit) -> str:
    """Targets that are no longer asked."""
    return UNWATCHED if set(edit.before or ()) - set(edit.after or ()) else ""


def probe(edit: Edit) -> str:
    """A probe that is taken away, or may answer more slowly, or matters less."""
    match edit.path[-1]:
        case "max_latency" if edit.before is not None and (edit.after is None or edit.after > edit.before):
            return "looser threshold"
        case "critical" if not edit.after:
            return "less urgent"
        case _:
            return gone(edit) if len(edit.path) == len(("services", "", "probes", "")) else ""


def dependency(edit: Edit) -> str:
    """A dependency that is taken away, or no longer counts as critical."""
    if edit.path[-1] == "critical" and not edit.after:
        return "less urgent"
    return gone(edit) if len(edit.path) == len(("services", "", "dependencies", "")) else ""


def shorter(edit: Edit) -> str:
    """What is kept less long is lost."""
    known = isinstance(edit.before, Duration) and isinstance(edit.after, Duration)
    return "shorter history" if known and edit.after < edit.before else ""


def redaction(edit: Edit) -> str:
    """What is no longer taken out of log lines."""
    less = edit.after is None or (isinstance(edit.before, tuple) and set(edit.before) - set(edit.after))
    return "personal data in logs" if less else ""


def promise(edit: Edit) -> str:
    """A promise of `must_reach` that is taken away or made smaller: no test holds it any more."""
    less = edit.path[-1] == "to" and isinstance(edit.before, tuple) and set(edit.before) - set(edit.after or ())
    return "promise withdrawn" if edit.after is None or less else ""


def delivery(edit: Edit) -> str:
    """Messages that stay in the stack's own inbox."""
    return "lost page" if edit.after == "inbox" else ""


def heartbeat(edit: Edit) -> str:
    """Nobody outside notices when the whole monitoring falls silent."""
    return "lost page" if edit.after is None else ""


def mail(edit: Edit) -> str:
    """Passwords and messages that go over the line as they are."""
    return "mail without TLS" if edit.path[-1] == "require_tls" and edit.after is False else ""


def public(edit: Edit) -> str:
    """An address that other machines can reach."""
    return PUBLIC if not _loopback(edit.after) and (_loopback(edit.before) or edit.before is None) else ""


def _loopback(address: object) -> bool:
    text = str(address)
    try:
        return text == "localhost" or ip_address(text).is_loopback
    except ValueError:
        return address is None


def switched_off(edit: Edit) -> str:
    """A component that is no longer there."""
    return UNWATCHED if not edit.after and edit.path[1] not in ("simulator", "inbox") else ""


def door(edit: Edit) -> str:
    """Prometheus and Alertmanager without a password."""
    return OPEN if not edit.after else ""


def plain(edit: Edit) -> str:
    """Passwords that go over the line as they are."""
    return "no TLS" if edit.after is None else ""


def socket(edit: Edit) -> str:
    """A socket that is root on its host."""
    return OPEN if edit.after else ""


def simulated(edit: Edit) -> str:
    """Services that are played are not watched."""
    return "services are only played" if edit.path[-1] == "enabled" and edit.after else ""


def pace(edit: Edit) -> str:
    """Intervals that are divided."""
    return "waits are cut short" if edit.after > 1 else ""
