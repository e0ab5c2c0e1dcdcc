"""The blackbox exporter: its own check, and the names of probers and modules, which it takes without a look."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from generator.runtime import RUNTIMES
from generator.validate import rendered
from generator.validate.work import Skip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath

CONFIG, MODULES = "blackbox/config", "blackbox/modules"
NATIVE = "native/blackbox/blackbox.yml"
PROBERS = ("http", "tcp", "dns", "icmp", "grpc")
_ERROR = re.compile(r'err="((?:[^"\\]|\\.)*)"')
_LINE = re.compile(r"line (\d+): (.*)")


def config(work: Work) -> Iterator[Problem]:
    """`blackbox_exporter --config.check` for each runtime."""
    _need(work)
    for runtime in RUNTIMES:
        path = f"{runtime.folder}/blackbox/blackbox.yml"
        places = {"/run/secrets/": f"{work.folder.as_posix()}/secrets/"} if runtime.name == "docker" else {}
        said = work.ask("blackbox_exporter", "--config.check", f"--config.file={work.mapped(path, places)}")
        if said.code:
            found = _ERROR.search(said.text)
            yield _complaint(work, path, found[1].replace("\\n", "\n").replace('\\"', '"') if found else said.last)


def modules(work: Work) -> Iterator[Problem]:
    """Every module has a prober that exists, and every probe job names a module that exists."""
    _need(work)
    tree = rendered.tree_of(work.text(NATIVE)).get("modules")
    known = tree if isinstance(tree, dict) else {}
    for name, module in known.items():
        prober = module.get("prober") if isinstance(module, dict) else None
        if prober not in PROBERS:
            message = f"blackbox.yml: unknown prober {prober!r} in module {name!r}"
            yield work.problem(_job(work, name), message, f"known: {', '.join(PROBERS)}", id=MODULES)
    for service in work.stack.services:
        for job in service.jobs:
            if job.probe is not None and job.name not in known:
                message = f"the probe's job asks for the module {job.name!r}, which blackbox.yml does not have"
                yield work.problem(job.origin, message, id=MODULES)


def _need(work: Work) -> None:
    if NATIVE not in work.artefacts:
        raise Skip("blackbox is switched off in the spec")


def _complaint(work: Work, path: str, said: str) -> Problem:
    found = _LINE.search(said)
    message = found[2] if found else said
    tree = rendered.tree_of(work.text(path))
    part = rendered.part_at(tree, int(found[1])) if found else ()
    at = _job(work, str(part[1])) if len(part) > 1 else ("components", "blackbox")
    return work.problem(at, f"blackbox.yml: {message}", id=CONFIG)


def _job(work: Work, name: str) -> SpecPath:
    origins = {job.name: job.origin for service in work.stack.services for job in service.jobs}
    return origins.get(name, ("components", "blackbox"))
