"""Label sets for tests: of the series an indicator reads, of siblings, and of strangers that a matcher keeps out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from spec.names import SERVICE
from spec.samples import NoSamples, declared
from spec.stack import equal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spec.selector import Matcher, Selector
    from spec.stack import Bound, Watched

_LITERAL = re.compile(r"[\w./:@-]+")
OTHER = "other"
REPLICA = "replica"
"""A label that no rule names: tells series apart which a rule aggregates."""


def base(service: Watched, bound: Bound) -> dict[str, str]:
    """The labels that a scrape puts on every series of the indicator's part."""
    job = next((job for job in service.jobs if job.part == bound.part.name), service.jobs[0])
    instance = job.targets[0].address if job.targets else f"{service.name}:80"
    return {SERVICE: service.name, "job": job.name, **dict(job.labels), "instance": instance}


def scoped(bound: Bound, selector: Selector) -> tuple[Matcher, ...]:
    """Every matcher of a selector in a rule: the part's and its own."""
    return (*bound.part.matchers, *selector.matchers)


def matching(bound: Bound, given: Mapping[str, str], matchers: Iterable[Matcher]) -> dict[str, str]:
    """Labels of a series that passes the matchers and has every label that the indicator keeps."""
    wanted = tuple(matchers)
    labels = dict(given)
    for label in dict.fromkeys((*(m.label for m in wanted), *bound.spec.by)):
        of_label = [m for m in wanted if m.label == label]
        if label in labels and all(m.matches(labels[label]) for m in of_label):
            continue
        labels[label] = _value(bound, label, of_label, ())
    return labels


def failing(bound: Bound, labels: Mapping[str, str], matcher: Matcher, matchers: Iterable[Matcher]) -> dict[str, str]:
    """The same labels but for one value, which fails this one matcher and no other."""
    rest = [m for m in matchers if m.label == matcher.label and m != matcher]
    return {**labels, matcher.label: _value(bound, matcher.label, rest, (), avoid=matcher)}


def sibling(bound: Bound, labels: Mapping[str, str], label: str, matchers: Iterable[Matcher]) -> dict[str, str]:
    """The same labels but for another value of a label that the indicator keeps."""
    of_label = [m for m in matchers if m.label == label]
    return {**labels, label: _value(bound, label, of_label, (labels[label],))}


def service_stranger(labels: Mapping[str, str]) -> dict[str, str]:
    """A series of another service in the same job."""
    return {**labels, SERVICE: OTHER}


def service_matcher(bound: Bound) -> Matcher:
    """What keeps other services out."""
    return equal(SERVICE, bound.part.service)


def _value(
    bound: Bound, label: str, matchers: Iterable[Matcher], taken: tuple[str, ...], avoid: Matcher | None = None
) -> str:
    wanted = tuple(matchers)
    for value in _candidates(bound, label, (*wanted, *((avoid,) if avoid else ()))):
        fits = all(m.matches(value) for m in wanted) and value not in taken
        if fits and (avoid is None or not avoid.matches(value)):
            return value
    raise NoSamples(f"no value of the label {label} can be found for {' and '.join(map(str, wanted)) or 'it'}")


def _candidates(bound: Bound, label: str, matchers: Iterable[Matcher]) -> tuple[str, ...]:
    """Declared values first, then what the matchers themselves spell, then made-up ones."""
    known = [value for metric in bound.part.metrics.values() for value in metric.labels.get(label, ())]
    spelled = [text for m in matchers for value in m.value.split("|") for text in (value, _spelled(value))]
    return (*known, *filter(_LITERAL.fullmatch, spelled), f"{label}-1", f"{label}-2", OTHER)


def _spelled(expression: str) -> str:
    """A text that a simple regular expression matches: `loop.*` as `loop0`, `5..` as `500`, `ext[234]` as `ext2`."""
    return re.sub(r"\.[*+]?", "0", re.sub(r"\[(\w)[^\]]*\]", r"\1", expression.strip("()")))


__all__ = [
    "OTHER",
    "REPLICA",
    "base",
    "declared",
    "failing",
    "matching",
    "scoped",
    "service_matcher",
    "service_stranger",
    "sibling",
]
