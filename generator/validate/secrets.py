"""Secret files: every one that a rendered file names is known, and is there for this environment.

Prometheus and Alertmanager start without them, or die of them; amtool never looks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.runtime import CERTIFICATE, KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem

SECRETS = "secrets"
_NAMED = re.compile(rb"(?:/run/secrets/|\.\./secrets/)([A-Za-z0-9_.-]+)")
_READERS = ("prometheus/prometheus.yml", "alertmanager/alertmanager.yml", "blackbox/blackbox.yml")
OWN = ("prometheus-password", "alertmanager-password", CERTIFICATE, KEY)
"""What `up` makes or lays there, which no spec has to name."""


def secrets(work: Work) -> Iterator[Problem]:
    """A warning for each secret that is used but not there; an error for one that the spec does not have."""
    known, tls = work.stack.spec.secrets, work.stack.spec.access.tls
    certificates = {"certificate": tls.certificate, "key": tls.key} if tls else {}
    for key, file in certificates.items():
        if not _has_content(work, file):
            message = f"the file {file} is missing or empty"
            yield work.problem(("access", "tls", key), message, _needed(work), id=SECRETS, level="warning")
    for name in used(work):
        if name in OWN or f"secrets/{name}" in certificates.values():
            continue
        if name not in known:
            hint = "this is a mistake of Specola, not of the spec: please report it"
            yield work.problem(
                ("secrets",), f"a rendered file names the secret {name!r}, which is not in `secrets`", hint, id=SECRETS
            )
        elif known[name].file is not None and not _has_content(work, known[name].file or ""):
            message = f"the secret {name!r} is used, but its file {known[name].file} is missing or empty"
            yield work.problem(("secrets", name), message, _needed(work), id=SECRETS, level="warning")


def used(work: Work) -> tuple[str, ...]:
    """The names of secrets that configuration files mention, each once."""
    texts = (content for path, content in sorted(work.artefacts.items()) if path.endswith(_READERS))
    return tuple(dict.fromkeys(name.decode() for text in texts for name in _NAMED.findall(text)))


def _needed(work: Work) -> str:
    return f"`up` needs it in environment {work.stack.spec.environment}"


def _has_content(work: Work, file: str) -> bool:
    path = work.root / file
    return path.is_file() and path.stat().st_size > 0
