"""Reloads that are believed only when the component reports the rendered configuration.

A POST to /-/reload answering 200, or a signal, says that somebody listened. Each function here asks for the reload and
then looks, to a deadline, for evidence of the very file that was rendered. Loki has none of this: SIGHUP ends it, so it
is restarted.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from compose import health
from compose.fault import Trouble
from spec.names import CONFIG_HASH_RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

SECONDS = 15.0
"""How long a component may take to report its new configuration."""


def main_file(build: Path, files: Sequence[str], name: str) -> Path:
    """The file that a component reads: the first of its reload files, or the one in that folder named for it."""
    first = build / files[0] if files else build
    if not first.is_dir():
        return first
    there = sorted(path for path in first.iterdir() if path.is_file())
    return next((path for path in there if path.stem in (name, "config")), first)


@dataclass(frozen=True)
class Target:
    """A component that is to reload. `config` is its main file, `rules` the folder of rendered rule files.

    `trigger` asks for the reload and raises Trouble when it is refused (`post` makes one). `component` is what it is an
    instance of, where that is not its name.
    """

    question: health.Question
    config: Path
    rules: Path
    trigger: Callable[[], None]
    component: str = ""

    @property
    def name(self) -> str:
        return self.question.component

    def get(self, path: str) -> str:
        """What the component answers at a path, empty when it does not answer 200."""
        url = health.with_url(self.question, path)
        answer = health.request("GET", url, self.question.password, self.question.ca)
        return answer.text if answer.status == 200 else ""


def post(question: health.Question, url: str) -> None:
    """Ask for a reload over HTTP. A refusal raises Trouble with the component's own words."""
    answer = health.request("POST", url, question.password, question.ca, SECONDS)
    if answer.status != 200:
        said = " ".join(answer.text.split()) or f"answers {answer.status}"
        raise Trouble(
            f"{question.component} refuses the new configuration and keeps the old one: {said}",
            "correct the spec, then `specola up` again",
        )


def reload(target: Target) -> None:
    """Make a component take up the rendered configuration; returns once it says that it has. Else raises Trouble."""
    VERIFIED.get(target.component or target.name, accepted)(target)


def prometheus(target: Target) -> None:
    """Prometheus lists the recording rule whose label is the hash of the rendered configuration."""
    import yaml

    text = (target.rules / "specola-config.yml").read_text()
    wanted = yaml.load(text, Loader=yaml.CSafeLoader)["groups"][0]["rules"][0]["labels"]["hash"]
    target.trigger()
    query = f"/api/v1/rules?type=record&rule_name[]={CONFIG_HASH_RECORD}"

    def loaded() -> str:
        groups = json.loads(target.get(query) or '{"data": {"groups": []}}')["data"]["groups"]
        rules = (rule for group in groups for rule in group["rules"] if rule["name"] == CONFIG_HASH_RECORD)
        found = next((rule.get("labels", {}).get("hash", "") for rule in rules), "none")
        if found != wanted:
            return f"it reports configuration {found}, {wanted} was rendered"
        return _succeeded(target, "prometheus_config_last_reload_successful")

    _until(target, loaded)


def alertmanager(target: Target) -> None:
    """Alertmanager's gauge of its file's hash: the first 48 bits of MD5, low byte first (config/coordinator.go)."""
    digest = hashlib.md5(target.config.read_bytes(), usedforsecurity=False).digest()
    wanted = float(int.from_bytes(digest[:6], "little"))
    target.trigger()

    def loaded() -> str:
        metrics = target.get("/metrics")
        if value(metrics, "alertmanager_config_hash") != wanted:
            return "the hash it reports is not that of the rendered file"
        return _succeeded(target, "alertmanager_config_last_reload_successful")

    _until(target, loaded)


def blackbox(target: Target) -> None:
    """The blackbox exporter tells when it last reloaded with success, but not what: the time must have moved on."""
    name = "blackbox_exporter_config_last_reload_success_timestamp_seconds"
    before = value(target.get("/metrics"), name) or 0.0
    target.trigger()

    def loaded() -> str:
        if (value(target.get("/metrics"), name) or 0.0) <= before:
            return "it has not reloaded since"
        return _succeeded(target, "blackbox_exporter_config_last_reload_successful")

    _until(target, loaded)


def alloy(target: Target) -> None:
    """Alloy carries the SHA-256 of its file as a label; versions without it tell at least success."""
    wanted = hashlib.sha256(target.config.read_bytes()).hexdigest()
    target.trigger()

    def loaded() -> str:
        metrics = target.get("/metrics")
        if "\nalloy_config_hash{" not in metrics:
            return _succeeded(target, "alloy_config_last_load_successful")
        return (
            "" if value(metrics, "alloy_config_hash", f'sha256="{wanted}"') == 1 else "it reports another file's hash"
        )

    _until(target, loaded)


def accepted(target: Target) -> None:
    """A component of which no better is known: it takes the request and is well afterwards."""
    target.trigger()
    _until(target, target.question.ask)


VERIFIED: dict[str, Callable[[Target], None]] = {
    "prometheus": prometheus,
    "alertmanager": alertmanager,
    "blackbox": blackbox,
    "alloy": alloy,
}
"""Component → how it proves a reload."""


def value(metrics: str, name: str, label: str = "") -> float | None:
    """A sample in the text exposition format: the first of this name whose labels contain `label`."""
    for line in re.finditer(rf"^{re.escape(name)}(?:{{(.*)}})? (\S+)", metrics, re.MULTILINE):
        if label in (line[1] or ""):
            return float(line[2])
    return None


def _succeeded(target: Target, name: str) -> str:
    return "" if value(target.get("/metrics"), name) == 1 else f"{name} is not 1"


def _until(target: Target, problem: Callable[[], str]) -> None:
    """Ask until there is no problem; past the deadline raise Trouble with the last one."""
    deadline = time.monotonic() + SECONDS
    pause = 0.02
    while last := problem():
        if time.monotonic() > deadline:
            raise Trouble(
                f"{target.name} was told to reload but does not use the new configuration: {last}",
                f"`specola logs {target.name}` may say why",
            )
        time.sleep(pause)
        pause = min(0.5, pause * 1.5)
