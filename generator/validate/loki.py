"""Loki: `-verify-config`, and every key of ours against those that Loki says it has read.

Newer versions take a misspelt key of `limits_config` without a word; but they print the configuration they made of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from generator.runtime import RUNTIMES
from generator.validate import rendered
from generator.validate.work import Skip
from spec.tree_path import value_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.program import Said
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath
    from spec.yaml_tree import Map

CONFIG = "loki/config"
NOT_PRINTED = frozenset({("auth_enabled",), ("querier", "query_ingesters_within")})
"""Keys that Loki reads and does not print, the second one when it is 0."""
_EMPTY: tuple[object, ...] = ([], {}, "", None)
"""Values that Loki leaves out when it prints."""
_NUMBERED = re.compile(r"line (\d+): (.*?)(?=; line \d+: |$)")
_ERROR = re.compile(r'err="((?:[^"\\]|\\.)*)"')
_SERVICE = re.compile(r'service="([^"]+)"')


def config(work: Work) -> Iterator[Problem]:
    """`loki -verify-config` for each runtime."""
    if "native/loki/loki.yml" not in work.artefacts:
        raise Skip("loki is switched off in the spec")
    here = work.folder.as_posix()
    env = {
        "SPECOLA_DATA": f"{here}/loki-data",
        "SPECOLA_BUILD": f"{here}/build",
        "SPECOLA_ALERTMANAGER_PASSWORD": "sample",
    }
    for runtime in RUNTIMES:
        path = f"{runtime.folder}/loki/loki.yml"
        flags = ("-verify-config", "-print-config-stderr", "-config.expand-env=true", f"-config.file=build/{path}")
        said = work.ask("loki", *flags, env=env)
        tree = rendered.tree_of(work.text(path))
        for message, part in _complaints(said, tree):
            yield work.problem(origin(work, tree, part), f"loki.yml: {message}", id=CONFIG)
        for part in _unread(tree, _printed(said), ()) if not said.code else ():
            message = f"loki.yml: Loki does not know the key {'.'.join(map(str, part))}, and ignores it"
            yield work.problem(origin(work, tree, part), message, id=CONFIG)


def origin(work: Work, tree: Map, part: SpecPath) -> SpecPath:
    """Where in the spec a part of Loki's configuration comes from."""
    match part:
        case ("limits_config", "retention_stream", index, *_):
            selector = value_at(tree, ("limits_config", "retention_stream", index, "selector"))
            found = _SERVICE.search(str(selector))
            return ("services", found[1], "logs") if found else ("storage", "logs")
        case ("limits_config", *_):
            return ("storage", "logs")
        case ("ruler", key, *_) if str(key).startswith("alertmanager"):
            return ("components", "alertmanager")
        case _:
            return ("components", "loki")


def _complaints(said: Said, tree: Map) -> Iterator[tuple[str, SpecPath]]:
    if not said.code:
        return
    found = _ERROR.search(said.text)
    failed = next((line for line in said.text.splitlines() if "failed parsing config" in line), "")
    text = found[1] if found else failed or said.last
    numbered = _NUMBERED.findall(text)
    for line, message in numbered:
        yield message.strip(), rendered.part_at(tree, int(line))
    if not numbered:
        key = next((key for key in re.findall(r"`?([a-z_]+_config)\b", text) if key in tree), "")
        yield text, (key,) if key else ()


def _printed(said: Said) -> Any:
    """The configuration that Loki made of ours; None when it did not print one."""
    import yaml

    _, mark, text = said.err.partition("\n# Loki Config\n")
    try:
        return yaml.load(text, Loader=yaml.CSafeLoader) if mark else None
    except yaml.YAMLError:
        return None


def _unread(ours: Any, theirs: Any, path: SpecPath) -> Iterator[SpecPath]:
    """The keys of our file which are not in Loki's; what Loki shows as text instead of a mapping is left alone."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key, value in ours.items():
            if key not in theirs:
                yield from () if value in _EMPTY or (*path, key) in NOT_PRINTED else ((*path, key),)
            else:
                yield from _unread(value, theirs.get(key), (*path, key))
    elif isinstance(ours, list) and isinstance(theirs, list):
        for index, (mine, their) in enumerate(zip(ours, theirs, strict=False)):
            yield from _unread(mine, their, (*path, index))
