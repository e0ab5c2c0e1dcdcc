"""Grafana Alloy: takes lines from files and containers to Loki, without secrets and with few labels.

What happens to a line, in this order: lines that belong together are joined; secrets are replaced; time, level and
category are read; levels that nobody wants are dropped, some lines sampled; a service that writes more than its share
waits. Reading stops while Loki is away and goes on where it stopped: the files are the buffer, nothing is thrown away.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from generator.artefact import Artefact
from generator.contract import log_file
from generator.images import images
from generator.redaction import redactions
from generator.runtime import RUNTIMES, Runtime
from spec import names
from spec.logs import Level, Logs

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from generator.redaction import Redaction
    from spec.logs import Sampling
    from spec.scalars import Size
    from spec.stack import Stack

_TEMPLATES = Path(__file__).parent / "templates"
STABILITY = "--stability.level=experimental"
"""For `queue_config` alone: what Alloy has in memory is lost when it is killed, so that must be little."""
FLAGS = (STABILITY, "--disable-reporting")
ASSUMED_LINE_BYTES = 300
"""Alloy limits lines, the spec bytes: what a line weighs on average."""
BURST_SECONDS = 10
"""How long a service may write at will before it waits for its turn."""
LEVELS: tuple[Level, ...] = get_args(Level)
OTHER_NAMES = {
    "WARN": "WARNING", "ERR": "ERROR", "CRIT": "CRITICAL", "PANIC": "FATAL", "NOTICE": "INFO", "VERBOSE": "DEBUG",
}  # fmt: skip
"""Levels as other programs call them."""
UNKNOWN_LEVEL = "UNKNOWN"
OTHER_CATEGORY = "other"
"""What a level or category becomes that nobody declared: labels must stay few, whatever a line says."""
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
TEXT_TIME = rf'^(?:\W*|.*?\b(?:ts|t|time|timestamp)="?)(?P<time>{_TIME})'
TEXT_LEVEL = r'(?i)\b(?:level=)?"?(?P<level>trace|debug|info|warn(?:ing)?|err(?:or)?|crit(?:ical)?|fatal|panic)\b'
ANY = "\ue000"
"""Stands for a label until it is known. It is not printable, so that no text of a spec has it."""
OWN_LOGS = Logs(path="/own/*.log", format="text")
"""What the stack's own programs print. Addresses stay in: they are how programs name each other."""


@dataclass(frozen=True)
class Pipeline:
    """A service's way from its files to Loki.

    `paths` are expressions in Alloy's language. `fields` are what is taken from a JSON line, empty for text; `time`,
    `level` and `category` are the names that these have among them, `categories` the values that the label may take.
    `sampled` has stream selectors and the part that is kept. `limit` is in lines a second.
    """

    service: str
    paths: tuple[str, ...]
    redactions: tuple[Redaction, ...]
    time: str
    level: str = "level"
    category: str = ""
    categories: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    metadata: tuple[str, ...] = ()
    multiline: str = ""
    drop: tuple[Level, ...] = ()
    sampled: tuple[tuple[str, float], ...] = ()
    limit: int = 1

    @property
    def label(self) -> str:
        """The service's name as Alloy's label: without `-`, and still different for different names."""
        return self.service.replace("_", "__").replace("-", "_")


def render(stack: Stack) -> tuple[Artefact, ...]:
    """`config.alloy` for each runtime; without Loki there is nowhere to bring lines to."""
    if not (stack.enabled("alloy") and stack.enabled("loki")):
        return ()
    return tuple(Artefact(f"{r.folder}/alloy/config.alloy", config(stack, r).encode()) for r in RUNTIMES)


def config(stack: Stack, runtime: Runtime) -> str:
    """The configuration in the form that `alloy fmt` gives it."""
    return _template("config.alloy.j2").render(
        docker=runtime.name == "docker" and stack.spec.access.docker_socket,
        url=f"http://{runtime.address(stack, 'loki')}/loki/api/v1/push",
        environment=stack.spec.environment,
        project=stack.spec.stack,
        own=_own(stack, runtime),
        services=pipelines(stack, runtime),
    )


def pipelines(stack: Stack, runtime: Runtime) -> tuple[Pipeline, ...]:
    """One for each service that has logs."""
    found = ((service.name, service.spec.logs) for service in stack.services)
    usual = stack.spec.storage.logs.rate_per_stream
    return tuple(
        _pipeline(
            name,
            (*_paths(stack, runtime, name, logs), _missed(name, runtime)),
            logs,
            lines(logs.limit or usual),
        )
        for name, logs in found
        if logs is not None
    )


def lines(limit: Size) -> int:
    """A limit in bytes a second as lines a second."""
    return max(1, limit.bytes // ASSUMED_LINE_BYTES)


def _pipeline(service: str, paths: tuple[str, ...], logs: Logs, limit: int) -> Pipeline:
    common: dict[str, Any] = {
        "service": service, "paths": paths, "redactions": redactions(logs), "multiline": logs.multiline or "",
        "drop": logs.drop, "sampled": tuple((selector(sampling), sampling.keep) for sampling in logs.sample),
        "limit": limit,
    }  # fmt: skip
    if logs.format == "text":
        return Pipeline(**common, time="time", metadata=("filename",))
    names_of = logs.fields
    categories = tuple(category.name for category in logs.categories)
    category = (names_of.category or "") if categories else ""
    fields = tuple(dict.fromkeys(filter(None, (names_of.time, names_of.level, category, *logs.metadata))))
    return Pipeline(
        **common, time=names_of.time, level=names_of.level, category=category, categories=categories, fields=fields,
        metadata=tuple(dict.fromkeys((*logs.metadata, "filename"))),
    )  # fmt: skip


def way(pipeline: Pipeline) -> str:
    """What happens to the lines of a pipeline: the same for many services, but for the label."""
    some = replace(pipeline, service=ANY, paths=(ANY,) if pipeline.paths else ())
    return _way(some).replace(ANY, pipeline.label)


@lru_cache(maxsize=1000)
def _way(pipeline: Pipeline) -> str:
    return _template("pipeline.alloy.j2").render(
        pipeline=pipeline,
        level_template=level_template(),
        text_time=TEXT_TIME,
        text_level=TEXT_LEVEL,
        burst_seconds=BURST_SECONDS,
        missed=r"^(.*/missed/[^/]+)/.*(\.[0-9]+\.missed)$",
    )


def _own(stack: Stack, runtime: Runtime) -> Pipeline:
    """The stack's own programs: files natively; in docker what containers print, with the time docker gives it."""
    missed = _missed(names.OWN_SERVICE, runtime)
    files = ('sys.env("SPECOLA_COMPONENT_LOGS") + "/*.log"', missed) if runtime.name == "native" else ()
    return Pipeline(
        names.OWN_SERVICE, files, redactions(OWN_LOGS), time="time" if files else "", metadata=("component",),
        limit=lines(stack.spec.storage.logs.rate_per_stream),
    )  # fmt: skip


@lru_cache(maxsize=1000)
def text(value: str) -> str:
    """A string in Alloy's language: raw where that reads better, and always safe."""
    if ("\\" in value or '"' in value) and "`" not in value:
        return f"`{value}`"
    return json.dumps(value, ensure_ascii=False)


def level_template() -> str:
    """Go's template that gives a level one of our names, or says that it is unknown."""
    others = " ".join(f'"{other}" "{level}"' for other, level in OTHER_NAMES.items())
    known = " ".join(f'"{level}"' for level in LEVELS)
    return (
        '{{ $said := .Value | default "" | ToUpper }}'
        f"{{{{ $level := get (dict {others}) $said | default $said }}}}"
        f"{{{{ if has $level (list {known}) }}}}{{{{ $level }}}}{{{{ else }}}}{UNKNOWN_LEVEL}{{{{ end }}}}"
    )


def category_template(categories: tuple[str, ...]) -> str:
    """Go's template that lets declared categories pass."""
    known = " ".join(f'"{category}"' for category in categories)
    return f"{{{{ if has .Value (list {known}) }}}}{{{{ .Value }}}}{{{{ else }}}}{OTHER_CATEGORY}{{{{ end }}}}"


def selector(sampling: Sampling) -> str:
    """The lines that are sampled, as a stream selector."""
    levels = (f'level=~"{"|".join(sampling.levels)}"',) if sampling.levels else ()
    category = (f'category="{sampling.category}"',) if sampling.category else ()
    return "{" + ",".join((*levels, *category) or ('service=~".+"',)) + "}"


def guarded(guard: str) -> str:
    """The lines in which a redaction's guard is found, as a selector. Guards have neither quotes nor backslashes."""
    return f'{{service=~".+"}} |~ "(?i)({guard})"'


def _missed(service: str, runtime: Runtime) -> str:
    """Where `compose/resume.sh` leaves what is left of files that were rotated while Alloy was away."""
    files = f"/{service}/**/*.missed"
    if runtime.name == "native":
        return f'sys.env("SPECOLA_MISSED_LOGS") + {text(files)}'
    return text(f"{images()['alloy'].data}/missed{files}")


def _paths(stack: Stack, runtime: Runtime, service: str, logs: Logs) -> tuple[str, ...]:
    """Where the files are: as the spec says, or where the simulator writes them. Two may come to the same."""
    declared = [path for path in (logs.path, logs.errors_path) if path]
    if not stack.simulates(service):
        return tuple(text(path) for path in declared)
    files = dict.fromkeys(log_file(service, path).removeprefix("{logs}") for path in declared)
    if runtime.name == "docker":
        return tuple(text(f"/var/log/specola{file}") for file in files)
    return tuple(f'sys.env("SPECOLA_LOGS") + {text(file)}' for file in files)


def _column(name: str, names: tuple[str, ...]) -> str:
    """A key as wide as the widest: Alloy's own form."""
    return name.ljust(max(map(len, names)))


def _template(name: str) -> Template:
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, autoescape=False,  # noqa: S701 - no HTML
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        variable_start_string="<<", variable_end_string=">>",
    )  # fmt: skip
    environment.filters |= {
        "text": text, "column": _column, "category_template": category_template, "guarded": guarded, "way": way,
    }  # fmt: skip
    return environment
