"""What Prometheus writes for people, foretold."""

from __future__ import annotations

import pytest

from rules.proof.humane import UnknownTemplate, certain, render
from rules.words import spoken, verbatim


@pytest.mark.parametrize(("template", "value", "expected"), [
    ("{{ $value | humanize }}", 0, "0"),
    ("{{ $value | humanize }}", 1, "1"),
    ("{{ $value | humanize }}", 1.5, "1.5"),
    ("{{ $value | humanize }}", 999.94, "999.9"),
    ("{{ $value | humanize }}", 1000, "1k"),
    ("{{ $value | humanize }}", 1234567, "1.235M"),
    ("{{ $value | humanize }}", 0.0012, "1.2m"),
    ("{{ $value | humanize }}", -0.25, "-250m"),
    ("{{ $value | humanize }}", float("inf"), "+Inf"),
    ("{{ $value | humanize }}/s", 1.002, "1.002/s"),
    ("{{ $value | humanize1024 }}B", 0.5, "0.5B"),
    ("{{ $value | humanize1024 }}B", 1024, "1kiB"),
    ("{{ $value | humanize1024 }}B", 8.016e10, "74.65GiB"),
    ("{{ $value | humanizeDuration }}", 0, "0s"),
    ("{{ $value | humanizeDuration }}", 0.1002, "100.2ms"),
    ("{{ $value | humanizeDuration }}", 59.5, "59.5s"),
    ("{{ $value | humanizeDuration }}", 60.9, "1m 0s"),
    ("{{ $value | humanizeDuration }}", 3661, "1h 1m 1s"),
    ("{{ $value | humanizeDuration }}", -93784, "-1d 2h 3m 4s"),
    ("{{ $value | humanizePercentage }}", 0.1234567, "12.35%"),
    ("{{ $value | humanizePercentage }}", 1, "100%"),
    ('{{ printf "%.1f" $value }}%', 85.04, "85.0%"),
])  # fmt: skip
def test_values_are_written_as_prometheus_writes_them(template: str, value: float, expected: str) -> None:
    assert render(template, value, {}) == expected


@pytest.mark.parametrize("text", ["plain", "as {{ this }}", "{{{ and }} {{", 'say "{{"'])
def test_braces_of_the_spec_are_written_as_they_are(text: str) -> None:
    assert render(verbatim(text), 1, {}) == text
    assert spoken(verbatim(text)) == text


def test_labels_are_filled_in_and_a_missing_one_is_empty() -> None:
    assert render("{{ $labels.queue }} on {{$labels.host}}!", 1, {"queue": "mail"}) == "mail on !"


def test_an_unknown_action_is_named() -> None:
    with pytest.raises(UnknownTemplate, match=r"the text of \{\{ \$value \| toTime \}\} cannot be foretold"):
        render("{{ $value | toTime }}", 1, {})


@pytest.mark.parametrize(("value", "expected"), [(0.05010, True), (0.050005, False), (601.0, False), (601.5, True)])
def test_a_text_that_rounding_decides_is_not_certain(value: float, expected: bool) -> None:
    template = "{{ $value | humanizeDuration }}" if value > 1 else "{{ $value | humanizePercentage }}"
    assert certain(template, value) is expected
