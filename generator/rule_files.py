"""Rule files of Prometheus: a file a service, shared by both runtimes."""

from __future__ import annotations

from hashlib import sha256
from itertools import groupby
from typing import TYPE_CHECKING, Any

from generator.artefact import Artefact
from generator.text import to_yaml
from rules.groups import groups
from rules.rule import Alerting, Recording
from spec.names import CONFIG_HASH_RECORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.artefact import Kept
    from rules.rule import Group
    from spec.stack import Stack

FOLDER = "rules"
HASH_FILE = f"{FOLDER}/specola-config.yml"
LOADED = (f"{FOLDER}/", "native/prometheus", "docker/prometheus")
"""How the paths of what Prometheus loads begin, that of `prometheus-2` too."""


def render(stack: Stack) -> tuple[Artefact, ...]:
    """A rule file for each service that has rules."""
    return tuple(
        Artefact(f"{FOLDER}/{file}.yml", to_yaml({"groups": [group_data(group) for group in of_file]}))
        for file, of_file in groupby(groups(stack), key=lambda group: group.file)
    )


def group_data(group: Group) -> dict[str, Any]:
    """A group as Prometheus reads it."""
    interval = {"interval": str(group.interval)} if group.interval else {}
    return {"name": group.name, **interval, "rules": [rule_data(rule) for rule in group.rules]}


def rule_data(rule: Recording | Alerting) -> dict[str, Any]:
    """A rule as Prometheus reads it; what is empty is left out."""
    if isinstance(rule, Recording):
        labels = {"labels": dict(rule.labels)} if rule.labels else {}
        return {"record": rule.record, "expr": rule.expr, **labels}
    lasting = {"for": str(rule.for_)} if rule.for_.ms else {}
    keep = {"keep_firing_for": str(rule.keep_firing_for)} if rule.keep_firing_for else {}
    return {
        "alert": rule.alert,
        "expr": rule.expr,
        **lasting,
        **keep,
        "labels": dict(rule.labels),
        "annotations": dict(rule.annotations),
    }


class Checksum:
    """Of the files that Prometheus loads, in the order they are rendered in; `of_file` has the checksum of each."""

    def __init__(self) -> None:
        self._all = sha256()
        self.of_file: dict[str, bytes] = {}

    def through(self, artefacts: Iterable[Artefact | Kept]) -> Iterator[Artefact | Kept]:
        """The artefacts, and a last one that tells which of them Prometheus has loaded."""
        for artefact in artefacts:
            self.count(artefact)
            yield artefact
        yield self.rule()

    def count(self, artefact: Artefact | Kept) -> None:
        """Count a file in, when Prometheus loads it."""
        if not isinstance(artefact, Artefact):
            if artefact.checksum:
                self.add(artefact.path, artefact.checksum)
        elif artefact.path.startswith(LOADED):
            self.add(artefact.path, sha256(artefact.content).digest())

    def add(self, path: str, checksum: bytes) -> None:
        """Count in a file that Prometheus loads."""
        self.of_file[path] = checksum
        self._all.update(path.encode() + b"\0" + checksum)

    def joined(self, paths: Iterable[str]) -> bytes:
        """The checksums of those of the files that are loaded; `apart` takes them apart."""
        return b"".join(self.of_file.get(path, b"") for path in paths)

    def rule(self) -> Artefact:
        """A rule whose label tells which configuration was rendered: Prometheus shows it once it has loaded all."""
        labels = {"hash": self._all.hexdigest()[:16]}
        rule = {"record": CONFIG_HASH_RECORD, "expr": "vector(1)", "labels": labels}
        return Artefact(HASH_FILE, to_yaml({"groups": [{"name": "specola-config", "rules": [rule]}]}))


def apart(paths: Iterable[str], joined: bytes) -> Iterator[tuple[str, bytes]]:
    """Those files of them that Prometheus loads, with the checksums that were joined."""
    length = sha256().digest_size
    loaded = [path for path in paths if path.startswith(LOADED)]
    return ((path, joined[at : at + length]) for path, at in zip(loaded, range(0, len(joined), length), strict=False))
