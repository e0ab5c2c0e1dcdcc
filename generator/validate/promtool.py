"""promtool: the configuration files, the rule files and the web configuration, with what promtool itself lets pass.

It accepts a glob of rule files that matches nothing and lists of targets that are not there; without `--lint-fatal`,
and in versions that do not know it, it prints duplicate rules as FAILED and ends with 0: its words count, not its code.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from itertools import product
from posixpath import normpath
from typing import TYPE_CHECKING

from generator.runtime import RUNTIMES
from generator.validate import rendered
from generator.validate.work import Skip, name_of
from spec.instances import instances
from spec.tree_path import value_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from generator.runtime import Runtime
    from generator.validate.program import Said
    from generator.validate.work import Work
    from spec.problem import Problem
    from spec.stack import SpecPath
    from spec.yaml_tree import Map

CONFIG, RULES, WEB = "promtool/config", "promtool/rules", "promtool/web-config"
NO_RULES = "no-rules"
"""A folder that does not exist: the rule files are checked once, by themselves, not with every configuration."""
_LINE = re.compile(r"^\s*line (\d+): (.*)")
_QUOTED = re.compile(r'"([^"]+)"')
_RULE = re.compile(r'(?:\d+:\d+: )?group "(?P<group>[^"]+)", rule (?P<rule>\d+), "(?P<name>[^"]*)": (?P<what>.*)')
_PLACE = re.compile(r"(?:(?P<line>\d+):\d+: )?(?P<what>.*)")


def config(work: Work) -> Iterator[Problem]:
    """`promtool check config` for each Prometheus in either runtime; the globs and lists that it does not look at."""
    every = instances(work.stack.spec.components, "prometheus")
    for runtime, one in product(RUNTIMES, every):
        path = f"{runtime.folder}/{one.name}/prometheus.yml"
        yield from _globs(work, runtime, path)
        copy = work.mapped(path, _places(work, runtime))
        said = work.ask("promtool", "check", "config", copy)
        for complaint in _failures(said):
            message = complaint.removeprefix(f"parsing YAML file {copy}: ")
            yield work.problem(config_origin(work, path, message), f"prometheus.yml: {_unnumbered(message)}", id=CONFIG)
    yield from _target_lists(work)


def rules(work: Work) -> Iterator[Problem]:
    """`promtool check rules`, fatal lint included."""
    files = [f"build/{path}" for path in work.paths("rules", ".yml")]
    if not files:
        raise Skip("no rule file was rendered")
    said = work.ask("promtool", "check", "rules", "--lint-fatal", *files)
    if "unknown long flag" in said.err:
        said = work.ask("promtool", "check", "rules", *files)
    complaints = tuple(_rule_complaints(work, said))
    if said.code and not complaints:
        yield work.problem(("services",), f"promtool: {said.last}", id=RULES)
    for at, message in complaints:
        yield work.problem(at, message, id=RULES)


def web_config(work: Work) -> Iterator[Problem]:
    """`promtool check web-config` on a file like those that `up` makes, and on those it has made."""
    access = work.stack.spec.access
    if not access.basic_auth and access.tls is None:
        raise Skip("access has neither basic_auth nor tls: there is no web configuration")
    sample = work.folder / "secrets" / "sample-web.yml"
    sample.write_text(_web_sample(work), encoding="utf-8")
    real = (work.root / "secrets" / f"{component}-web.yml" for component in ("prometheus", "alertmanager"))
    for path in (sample, *(path for path in real if path.is_file())):
        said = work.ask("promtool", "check", "web-config", str(path))
        if said.code:
            message = said.last.removeprefix(f"{path} FAILED: ")
            yield work.problem(
                ("access",), f"{path.name}: {message}", "`specola up` makes it anew when it is removed", id=WEB
            )


def config_origin(work: Work, path: str, message: str) -> SpecPath:
    """Where in the spec that part of a configuration comes from which a complaint is about."""
    text = work.text(path)
    tree = rendered.tree_of(text)
    numbered = _LINE.match(message)
    if numbered:
        return _origin(work, tree, rendered.part_at(tree, int(numbered[1])))
    jobs = {job.name: job.origin for service in work.stack.services for job in service.jobs}
    for quoted in _QUOTED.findall(message):
        if quoted in jobs:
            return jobs[quoted]
        part = rendered.part_with(text, quoted.rpartition("/secrets/")[2])
        if part:
            return _origin(work, tree, part)
    return ("components", "prometheus")


def _origin(work: Work, tree: Map, part: SpecPath) -> SpecPath:
    jobs = {job.name: job.origin for service in work.stack.services for job in service.jobs}
    match part:
        case ("scrape_configs", index, *_):
            name = value_at(tree, ("scrape_configs", index, "job_name"))
            return jobs.get(str(name), ("components", "prometheus"))
        case ("remote_write", index, *_):
            return ("remote_write", index)
        case ("global", "external_labels", label, *_) if label in work.stack.spec.labels:
            return ("labels", label)
        case ("global", *_):
            return ("defaults",)
        case ("alerting", *_):
            return ("components", "alertmanager")
        case _:
            return ("components", "prometheus")


def _places(work: Work, runtime: Runtime) -> dict[str, str]:
    """What stands for the paths that a configuration names."""
    here = work.folder.as_posix()
    return {
        runtime.shared("rules"): NO_RULES,
        runtime.project_file(""): f"{here}/",
        runtime.secret(""): f"{here}/secrets/",
    } if runtime.name == "docker" else {runtime.shared("rules"): NO_RULES}  # fmt: skip


def _failures(said: Said) -> Iterator[str]:
    """Each complaint of `check config`: an error of several lines counts as one, errors at lines as one each."""
    _, failed, text = said.text.partition("FAILED: ")
    if not failed:
        if said.code:
            yield said.last
        return
    numbered = [line.strip() for line in text.splitlines() if _LINE.match(line)]
    yield from numbered or (" ".join(text.split()),)


def _unnumbered(message: str) -> str:
    """The complaint without the line of a file that nobody sees."""
    found = _LINE.match(message)
    return found[2] if found else message


def _globs(work: Work, runtime: Runtime, path: str) -> Iterator[Problem]:
    """Globs of rule files which match no artefact: Prometheus starts without a word, and without the rules."""
    head = work.text(path).partition("\nscrape_configs:")[0]  # the jobs can be many megabytes
    globs = value_at(rendered.tree_of(head), ("rule_files",))
    shared = runtime.shared("")
    if not globs:
        message = f"prometheus.yml ({runtime.name}): there are no rule_files"
        yield work.problem(("components", "prometheus"), message, "no rule would be evaluated", id=CONFIG)
    for glob in globs if isinstance(globs, list) else ():
        wanted = str(glob).removeprefix(shared) if str(glob).startswith(shared) else normpath(f"{path}/../{glob}")
        if not any(fnmatchcase(artefact, wanted) for artefact in work.artefacts):
            message = f"prometheus.yml ({runtime.name}): rule_files {str(glob)!r} matches no rendered file"
            yield work.problem(("components", "prometheus"), message, "no rule would be evaluated", id=CONFIG)


def _target_lists(work: Work) -> Iterator[Problem]:
    """Lists of targets which are not there: Prometheus would wait for them for ever."""
    for name, service in work.stack.spec.services.items():
        for index, file in enumerate(service.scrape.files):
            if not any(work.root.glob(file)):
                at = ("services", name, "scrape", "files", index)
                hint = "Prometheus asks no target of it until it is there"
                yield work.problem(at, f"no file matches {file!r}", hint, id=CONFIG, level="warning")


def _rule_complaints(work: Work, said: Said) -> Iterator[tuple[SpecPath, str]]:
    duplicates = False
    for line in map(str.strip, said.text.splitlines()):
        duplicates |= line.startswith("lint error") and "duplicate" in line
        path, separator, rest = line.removeprefix("FAILED: ").partition(": ")
        if separator and path.removeprefix("build/") in work.artefacts:
            yield _rule_complaint(work, path.removeprefix("build/"), rest)
        elif duplicates and line.startswith("Metric: "):
            name = line.removeprefix("Metric: ")
            for origin in _rules_named(work, name):
                yield origin, f"the rule {name} is there twice with the same labels"
        elif line.startswith("lint error") and "duplicate" not in line:
            yield ("services",), f"rules: {line}"


def _rule_complaint(work: Work, path: str, said: str) -> tuple[SpecPath, str]:
    found = _RULE.match(said)
    if found:
        parsed = "expression" in found["what"]
        at = work.rule_origin(path, found["group"], int(found["rule"]) - 1, expression=parsed)
        return at, f"rule {found['name']}: {found['what']}"
    place = _PLACE.match(said)
    line, what = (place["line"], place["what"]) if place else (None, said)
    text = work.text(path)
    tree = rendered.tree_of(text)
    quoted = _QUOTED.search(what)
    numbered = _LINE.match(what)
    if numbered:
        line, what = numbered[1], numbered[2]
    part = rendered.part_at(tree, int(line)) if line else rendered.part_with(text, quoted[1] if quoted else "")
    match part:
        case ("groups", int(index), "rules", int(rule), *_):
            group = value_at(tree, ("groups", index, "name"))
            return work.rule_origin(path, str(group), rule), f"rules: {what}"
        case _:
            return work.file_origin(path), f"rules: {what}"


def _rules_named(work: Work, name: str) -> Iterable[SpecPath]:
    return tuple(rule.origin for group in work.groups for rule in group.rules if name_of(rule) == name)


def _web_sample(work: Work) -> str:
    import bcrypt

    access, text = work.stack.spec.access, ""
    if access.basic_auth:
        hashed = bcrypt.hashpw(b"sample", bcrypt.gensalt(4)).decode()
        text += f"basic_auth_users:\n  specola: '{hashed}'\n"
    pair = [work.root / path for path in (access.tls.certificate, access.tls.key)] if access.tls else []
    if pair and all(path.is_file() for path in pair):
        text += f"tls_server_config:\n  cert_file: '{pair[0]}'\n  key_file: '{pair[1]}'\n"
    return text or "{}\n"
