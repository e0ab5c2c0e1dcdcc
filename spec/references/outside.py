"""What a service needs of the rest of the stack: secrets, other services, room for its metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spec.notify import receiver_kind
from spec.references.finding import Finding, Path, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from spec.root import StackSpec
    from spec.service import Authorization


def secrets(spec: StackSpec) -> Iterator[Finding]:
    """Every secret that is named exists."""
    for path, name in secret_uses(spec):
        if name not in spec.secrets:
            yield path, *unknown("secret", name, spec.secrets)


def secret_uses(spec: StackSpec) -> Iterator[tuple[Path, str]]:
    """Every place that names a secret."""
    for receiver, value in spec.notification.receivers.items():
        kind = receiver_kind(value) or ""
        args = getattr(value, kind)
        for field in ("url", "token", "routing_key"):
            secret = getattr(args, field, None)
            if secret and (field != "url" or kind == "slack"):
                yield ("notification", "receivers", receiver, kind, field), secret
    smtp = spec.notification.smtp
    if smtp is not None and smtp.password:
        yield ("notification", "smtp", "password"), smtp.password
    for index, write in enumerate(spec.remote_write):
        yield from _auth_secrets(write.auth, ("remote_write", index, "auth"))
    for name, service in spec.services.items():
        yield from _auth_secrets(service.scrape.auth, ("services", name, "scrape", "auth"))
        for key in ("exporters", "probes"):
            for index, item in enumerate(getattr(service, key)):
                yield from _auth_secrets(item.auth, ("services", name, key, index, "auth"))


def _auth_secrets(auth: Authorization | None, path: Path) -> Iterator[tuple[Path, str]]:
    if auth is not None and auth.bearer:
        yield (*path, "bearer"), auth.bearer
    if auth is not None and auth.basic:
        yield (*path, "basic", "password"), auth.basic.password


def dependencies(spec: StackSpec) -> Iterator[Finding]:
    """Every service that another depends on exists."""
    for name, service in spec.services.items():
        for index, dependency in enumerate(service.dependencies):
            if dependency.service and dependency.service not in spec.services:
                path = ("services", name, "dependencies", index, "service")
                yield path, *unknown("service", dependency.service, spec.services)


def retention(spec: StackSpec) -> Iterator[Finding]:
    """Prometheus has one retention for all; it must hold what each service asks for."""
    kept = spec.storage.metrics.retention
    for name, service in spec.services.items():
        if service.keep_metrics is not None and service.keep_metrics > kept:
            message = f"storage.metrics.retention is only {kept}"
            yield ("services", name, "keep_metrics"), message, "raise it, or keep less"
