"""Who owns what, who is told, and who would be told by nobody."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from spec.names import OWN_SERVICE, SEVERITIES
from spec.notify import receiver_kind
from spec.references.finding import Finding, Path, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.notify import Route, When
    from spec.root import StackSpec


def owners(spec: StackSpec) -> Iterator[Finding]:
    """Every owner that is named exists."""
    known = spec.owners.keys()
    if spec.owner not in known:
        yield ("owner",), *unknown("owner", spec.owner, known)
    for name, service in spec.services.items():
        if service.owner not in known:
            yield ("services", name, "owner"), *unknown("owner", service.owner, known)
    for index, silence in enumerate(spec.notification.silences):
        if silence.owner not in known:
            yield ("notification", "silences", index, "owner"), *unknown("owner", silence.owner, known)


def users(spec: StackSpec) -> Iterator[Finding]:
    """Every team that a user is in is an owner's; nobody takes the name of Grafana's own first user."""
    for login, user in spec.access.users.items():
        if login == "admin":
            yield ("access", "users", login), "admin is the user that Grafana begins with", "choose another name"
        for index, team in enumerate(user.teams):
            if team not in spec.owners:
                yield ("access", "users", login, "teams", index), *unknown("owner", team, spec.owners)


def receivers(spec: StackSpec) -> Iterator[Finding]:
    """Every receiver that is named exists, and those that send mail have a server."""
    notification = spec.notification
    known = notification.receivers
    for key, name in (("default", notification.default), ("heartbeat", notification.heartbeat)):
        if name and name not in known:
            yield ("notification", key), *unknown("receiver", name, known)
    for path, told in _told(spec):
        for position, name in enumerate(told):
            if name not in known:
                yield (*path, "to", position), *unknown("receiver", name, known)
    for name, receiver in known.items():
        by_mail = receiver_kind(receiver) == "email" or bool(getattr(getattr(receiver, "sms", None), "to", ()))
        if by_mail and notification.smtp is None:
            yield ("notification", "receivers", name), "e-mail needs a mail server", "add notification.smtp"


def conditions(spec: StackSpec) -> Iterator[Finding]:
    """Every owner, service, environment and mute interval that a route or a promise names exists."""
    notification = spec.notification
    for index, route in enumerate(notification.routes):
        path = ("notification", "routes", index)
        yield from _when(spec, route.when, (*path, "when"))
        for position, name in enumerate(route.mute):
            if name not in notification.mute_intervals:
                yield (*path, "mute", position), *unknown("mute interval", name, notification.mute_intervals)
    for index, promise in enumerate(notification.must_reach):
        yield from _when(spec, promise.when, ("notification", "must_reach", index, "when"))


def reachable(spec: StackSpec) -> Iterator[Finding]:
    """Every receiver is told by a route (in any environment) or gets a report; alerts of every owner and severity are
    taken by one."""
    notification = spec.notification
    used = Counter(name for route in notification.routes for name in route.to)
    used.update((notification.default, notification.heartbeat or ""))
    used.update(name for report in spec.reports for name in report.to)
    for name in notification.receivers:
        if not used[name]:
            message = f"receiver {name!r} is reached by no route"
            yield ("notification", "receivers", name), message, "add it to a route, or remove it"
    for owner in spec.owners:
        missing = [s for s in SEVERITIES if not any(_takes(route, owner, s) for route in notification.routes)]
        if missing:
            message = f"no route takes the {', '.join(missing)} alerts of owner {owner!r}"
            yield ("owners", owner), message, "add a route, so that they do not fall to the default receiver"


def _told(spec: StackSpec) -> Iterator[tuple[Path, tuple[str, ...]]]:
    for index, route in enumerate(spec.notification.routes):
        yield ("notification", "routes", index), route.to
    for index, promise in enumerate(spec.notification.must_reach):
        yield ("notification", "must_reach", index), promise.to


def _when(spec: StackSpec, when: When, path: Path) -> Iterator[Finding]:
    services = (*spec.services, OWN_SERVICE)
    environments = sorted({spec.environment, *spec.overlays})
    named = (
        ("owner", when.owner, spec.owners),
        ("service", when.service, services),
        ("environment", when.environment, environments),
    )
    for field, names, known in named:
        for position, name in enumerate(names):
            if name not in known:
                yield (*path, field, position), *unknown(field, name, known)


def _takes(route: Route, owner: str, severity: str) -> bool:
    """Whether the route takes such alerts of at least some services, in some environment."""
    when = route.when
    general = not (when.category or when.alert)
    return general and (not when.owner or owner in when.owner) and (not when.severity or severity in when.severity)
