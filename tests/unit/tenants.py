"""Projects with five services of one shape, rendered in both ways."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

from generator import alike, kept, render
from generator.artefact import Artefact
from generator.rule_files import Checksum
from generator.text import to_yaml
from spec.alike import NotAlikeError
from spec.load import load, load_alike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spec.load import Loaded

Files = dict[str, dict[str, Any]]
NAMES = ("tenant0", "tenant1", "tenant2", "tenant7", "tenant9")


def like(service: dict[str, Any], name: str, title: str) -> dict[str, Any]:
    """The service `tenant0` under another name."""
    other: dict[str, Any] = json.loads(json.dumps(service).replace("tenant0", name))
    return {**other, "title": title}


class Outcome(NamedTuple):
    """The files as they are rendered and filled in, those rendered one by one, and which services were spared that."""

    found: dict[str, bytes]
    direct: dict[str, bytes]
    unread: set[str]
    unrendered: set[str]


def write(folder: Path, files: Files) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(to_yaml(data))
    return folder / "stack.yaml"


def outcome(files: Files, settings: Sequence[str] = ()) -> Outcome:
    """Both ways; what was not read must be known as if it had been."""
    with TemporaryDirectory() as folder:
        root = write(Path(folder), files)
        plain, short = load(root, "", settings), load_alike(root, "", settings)
    direct = dict(render.render(plain.stack))
    assert short.afar == plain.afar
    assert short.stack.services == tuple(one for one in plain.stack.services if one.name not in short.copies)
    positions = {service.name: service.position for service in plain.stack.services}
    assert kept.made_from(short, {}, positions) == kept.made_from(plain, {}, positions)
    found, unrendered = filled(plain)
    assert found | direct == direct
    with suppress(NotAlikeError):
        found, unrendered = filled(short)
    return Outcome(found, direct, {*short.copies}, unrendered)


def filled(loaded: Loaded) -> tuple[dict[str, bytes], set[str]]:
    """The files, and the services whose files were filled in."""
    rendered: set[str] = set()

    def noted(name: str, artefacts: Any) -> Any:
        rendered.add(name)
        yield from artefacts

    parts = ((name, noted(name, artefacts)) for name, artefacts in render.parts(loaded.stack, loaded.afar))
    made = Checksum().through(one for _, of_one in alike.filled(parts, alike.shapes(loaded)) for one in of_one)
    found = {one.path: one.content for one in made if isinstance(one, Artefact)}
    return found, {service.name for service in loaded.afar.services} - rendered


def of(stack: dict[str, Any], service: dict[str, Any], **more: Any) -> Files:
    """A project of five services like this one."""
    made = {f"services/{name}.yaml": like(service, name, f"Tenant {12 * n + 10}") for n, name in enumerate(NAMES)}
    return {"stack.yaml": {**stack, **more}, **made}


STACK = {
    "stack": "one", "include": ["services/*.yaml"], "owner": "ops", "owners": {"ops": {"title": "Operations"}},
    "secrets": {"chat": {"file": "secrets/chat"}},
    "notification": {"default": "chat", "receivers": {"chat": {"slack": {"channel": "#ops", "url": "chat"}}},
                     "routes": [{"name": "all", "when": {"owner": ["ops"]}, "to": ["chat"]}]},
}  # fmt: skip
SERVICE: dict[str, Any] = {
    "service": "tenant0", "title": "Tenant 0", "owner": "ops", "scrape": {"targets": ["tenant0:8000"]},
    "probes": [{"name": "live", "url": "http://tenant0:8000/"}],
    "metrics": {"tenant0_queue": {"type": "gauge", "help": "What waits."}},
    "indicators": {"queue": {"value": "tenant0_queue"}},
    "alerts": [{"name": "QueueLong", "indicator": "queue", "above": 9, "severity": "low", "summary": "Much waits"}],
}  # fmt: skip


def changed(files: Files, name: str, **values: Any) -> Files:
    files = deepcopy(files)
    files[f"services/{name}.yaml"] |= values
    return files


def routed(name: str) -> dict[str, Any]:
    """Notification with a route that names a service."""
    own = {"name": "one", "when": {"service": [name]}, "to": ["chat"]}
    notification: dict[str, Any] = STACK["notification"]  # type: ignore[assignment]  # a table of any values
    return {**notification, "routes": [own, *notification["routes"]]}


PLAIN = of(STACK, {**SERVICE, "metrics": {"queue": {"type": "gauge", "help": "What waits."}},
                   "indicators": {"queue": {"value": "queue"}}})  # fmt: skip
