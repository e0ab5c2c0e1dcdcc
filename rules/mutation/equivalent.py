"""Survivors that no test could notice, each with the reason: the damaged rule says the same as the sound one.

Only a mutant that survived is held against this table: one that a test does notice counts as noticed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rules.mutation.tree import Node, everywhere, parse
from rules.rule import Alerting, Recording
from spec.indicator import Ratio
from spec.names import SERVICE, WATCHDOG
from spec.stack import BoundAlert, BoundLogAlert, BoundObjective

if TYPE_CHECKING:
    from collections.abc import Callable

    from rules.mutation.mutants import Mutant


@dataclass(frozen=True)
class Reason:
    """Why a kind of damage changes nothing, and to which mutants that applies."""

    text: str
    applies: Callable[[Mutant], bool]


def why_equivalent(mutant: Mutant) -> str:
    """The reason, or an empty text for a survivor that a better test would notice."""
    return next((reason.text for reason in REASONS if reason.applies(mutant)), "")


def _own_label(mutant: Mutant) -> bool:
    """`service` left out of `by` where the rule puts the same label on what it makes."""
    return mutant.what == "label service dropped from by" and mutant.rule.labels.get(SERVICE) is not None


def _one_service(mutant: Mutant) -> bool:
    return mutant.what == "label service dropped from on" and isinstance(mutant.rule, Alerting)


def _already_there(mutant: Mutant) -> bool:
    return mutant.what == "label slo dropped" and isinstance(
        mutant.rule.source if isinstance(mutant.rule, Alerting) else None, BoundObjective
    )


def _single(mutant: Mutant) -> bool:
    """An aggregation of the one series that absent() gives."""
    node = mutant.damage.at.node if mutant.damage else None
    return mutant.kind == "aggregation" and node is not None and node.children[-1].name == "absent"


def _nothing_by_nothing(mutant: Mutant) -> bool:
    """The guard of a part of its own whole, or of a complement: 0/0 is NaN, 1 - x/0 is minus infinity."""
    if mutant.kind not in ("guard", "boundary") or mutant.damage is None or mutant.damage.at.parent is None:
        return False
    source = mutant.proof.alert.source
    if isinstance(source, BoundObjective) or _is_complement(parse(mutant.rule.expr), mutant.damage.at.node):
        return True
    spec = source.indicator.spec if isinstance(source, BoundAlert) else None
    below = isinstance(source, BoundAlert) and source.alert.below is not None
    return isinstance(spec, Ratio) and (spec.complement or below or spec.ratio.of.metric == spec.ratio.to.metric)


def _is_complement(tree: Node, guarded: Node) -> bool:
    """Whether an expression is `1 - rate / guarded > limit`: no rate is negative."""
    match _bare(tree):
        case Node(kind="binary", name=">", children=(left, Node(kind="number"))):
            match _bare(left):
                case Node(name="-", children=(Node(kind="number", value="1"), Node(name="/", children=(part, whole)))):
                    rate = part.name == "sum" and part.children[-1].name in ("rate", "increase")
                    return rate and str(_bare(whole)) == str(guarded)
    return False


def _bare(node: Node) -> Node:
    return _bare(node.children[0]) if node.kind == "parens" else node


def _chosen_later(mutant: Mutant) -> bool:
    """A record by service may hold others as well: who reads it chooses its own."""
    return (
        mutant.what == f'matcher service="{mutant.proof.alert.service}" dropped'
        and isinstance(mutant.rule, Recording)
        and mutant.kind == "matcher"
        and not mutant.rule.labels
    )


def _only_joined(mutant: Mutant) -> bool:
    """Of two records that an alert joins by their labels, one alone may hold more label sets."""
    if mutant.kind != "matcher" or not mutant.what.endswith("dropped") or not isinstance(mutant.rule, Recording):
        return False
    label = mutant.what.removeprefix("matcher ").partition("!")[0].partition("=")[0]
    kept = any(label in node.labels for node, _, _ in everywhere(parse(mutant.rule.expr)))
    return kept and " and on " in mutant.proof.alert.expr


def _either_way(mutant: Mutant) -> bool:
    """The distance of two values is the same from either."""
    parent = mutant.damage.at.parent if mutant.damage else None
    return mutant.what == "operands of - exchanged" and parent is not None and parent.name == "abs"


def _never_negative(mutant: Mutant) -> bool:
    """The mean of rates has no sign to lose."""
    return (
        mutant.what == "abs() dropped"
        and mutant.damage is not None
        and "seasonal_mean" in str(mutant.damage.at.node)
        and "_now" not in str(mutant.damage.at.node)
    )


def _no_rate_of_nothing(mutant: Mutant) -> bool:
    """`> 0` of a rate of lines, made `>= 0` or more than less than nothing."""
    source = mutant.proof.alert.source
    above = source.alert.above if isinstance(source, BoundLogAlert) else None
    lower = mutant.kind == "boundary" or mutant.what.startswith("threshold 0 made lower")
    return above is not None and above.value == 0 and lower


def _endless(mutant: Mutant) -> bool:
    """The watchdog's 1 is one as a scalar, too, and it has no end to be kept from."""
    return mutant.alert.alert == WATCHDOG and (mutant.what == "vector() dropped" or mutant.kind == "keep")


REASONS = (
    Reason("the watchdog always fires: a scalar 1 does, too, and it never ends", _endless),
    Reason(
        "the rule itself puts the label service on the result, and its matchers let in no other service", _own_label
    ),
    Reason("both operands are series of one service", _one_service),
    Reason("the series of the expression carry the label slo themselves", _already_there),
    Reason("absent() gives a single series", _single),
    Reason(
        "an empty whole has an empty part: 0/0 is NaN, and 1 - x/0 minus infinity, which the comparison never takes",
        _nothing_by_nothing,
    ),
    Reason("the record keeps the label service, and its readers choose their own", _chosen_later),
    Reason("the alert joins it by this label with another record, which still has the matcher", _only_joined),
    Reason("the distance of two values has no direction", _either_way),
    Reason("a mean of rates is never negative", _never_negative),
    Reason("no lines have no rate: one that is there is more than 0", _no_rate_of_nothing),
)
