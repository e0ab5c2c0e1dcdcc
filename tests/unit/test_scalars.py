"""The small values of the spec: what is read, how it is written again, and what is said of the rest."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from spec import scalars
from spec.scalars import Duration, Quantity, Size

DURATION = "write a number and a unit, such as 30s, 5m, 1h30m or 30d"
SIZE = "write a number and a unit, such as 100MB or 2GiB"
QUANTITY = "write a number, perhaps with %, ms, s, m, h, d, kB, MiB, /s or /m"


@pytest.mark.parametrize(("text", "ms", "written"), [
    ("0s", 0, "0s"),
    ("250ms", 250, "250ms"),
    ("30s", 30_000, "30s"),
    ("90s", 90_000, "1m30s"),
    ("5m", 300_000, "5m"),
    ("1h30m", 5_400_000, "1h30m"),
    ("1d", 86_400_000, "1d"),
    ("2w", 1_209_600_000, "14d"),
    ("1w2d3h4m5s6ms", 788_645_006, "9d3h4m5s6ms"),
])  # fmt: skip
def test_durations(text: str, ms: int, written: str) -> None:
    duration = Duration.parse(text)
    assert (duration.ms, duration.seconds, str(duration)) == (ms, ms / 1000, written)


@pytest.mark.parametrize(
    "wrong", ["", "5", "5 m", "5min", "-5m", "1.5h", "5m1h", " 5m", "5m\n", "٥m", 5, 5.0, None, True, ["5m"]]
)
def test_what_is_no_duration(wrong: object) -> None:
    if wrong == "٥m":  # digits of other scripts are digits to Python; what is written out again are ours
        assert str(Duration.parse(wrong)) == "5m"
        return
    with pytest.raises(ValueError, match=f"^{re.escape(f'not a duration: {wrong!r}; {DURATION}')}$"):
        Duration.parse(wrong)


@given(st.integers(0, 10**13))
def test_a_duration_is_read_as_it_is_written(ms: int) -> None:
    assert Duration.parse(str(Duration(ms))) == Duration(ms)


@pytest.mark.parametrize(("text", "count", "written"), [
    (0, 0, "0B"),
    (1500, 1500, "1500B"),
    ("12", 12, "12B"),
    ("12B", 12, "12B"),
    ("100 MB", 100_000_000, "100MB"),
    ("1.5kB", 1500, "1500B"),
    ("2GiB", 2 * 2**30, "2GiB"),
    ("1TB", 10**12, "1TB"),
    ("1024KiB", 2**20, "1MiB"),
    ("1000kB", 10**6, "1MB"),
])  # fmt: skip
def test_sizes(text: object, count: int, written: str) -> None:
    size = Size.parse(text)
    assert (size.bytes, str(size)) == (count, written)


@pytest.mark.parametrize("wrong", ["", "MB", "1 mb", "1KB", "-1MB", "1  MB", "1e3", -1, 1.5, None, True])
def test_what_is_no_size(wrong: object) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'not a size: {wrong!r}; {SIZE}')}$"):
        Size.parse(wrong)


@given(st.integers(0, 10**15))
def test_a_size_is_read_as_it_is_written(count: int) -> None:
    assert Size.parse(str(Size(count))) == Size(count)


@pytest.mark.parametrize(("text", "value", "unit", "written"), [
    (5, 5.0, "", "5"),
    (0.25, 0.25, "", "0.25"),
    ("-3", -3.0, "", "-3"),
    ("1e3", 1000.0, "", "1e3"),
    ("20%", 0.2, "ratio", "20%"),
    ("99.95 %", 0.9995, "ratio", "99.95 %"),
    ("100ms", 0.1, "seconds", "100ms"),
    ("2m", 120.0, "seconds", "2m"),
    ("-14d", -1_209_600.0, "seconds", "-14d"),
    ("6/m", 0.1, "per second", "6/m"),
    ("36/h", 0.01, "per second", "36/h"),
    ("1.5GiB", 1.5 * 2**30, "bytes", "1.5GiB"),
])  # fmt: skip
def test_quantities_are_in_base_units_and_keep_their_words(text: object, value: float, unit: str, written: str) -> None:
    quantity = Quantity.parse(text)
    assert (quantity.value, quantity.unit, str(quantity)) == (value, unit, written)


@pytest.mark.parametrize("wrong", ["", "many", "5 apples", "5%%", "%5", "1,5", "0x10", "5 % ", None, True, [5]])
def test_what_is_no_quantity(wrong: object) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(f'not a quantity: {wrong!r}; {QUANTITY}')}$"):
        Quantity.parse(wrong)


@pytest.mark.parametrize("kind", [Duration, Size, Quantity])
def test_a_value_that_is_parsed_already_stays(kind: Any) -> None:
    value = kind.parse("5m" if kind is not Size else "5MB")
    assert kind.parse(value) is value


NAMES = "a name (small letters, digits, single - or _, starting with a letter)"
ALERTS = "an alert name (letters and digits, starting with a capital, such as HighErrorRate)"
ADDRESSES = "write host:port, such as tug:8000 (the port is never guessed)"
URLS = "write http:// or https://, a host and perhaps a port and a path, without credentials"
INSIDE = "write it relative to the project, without '..'"


@pytest.mark.parametrize(("kind", "good"), [
    (scalars.Name, ["shop", "shop-2", "a_b-c"]),
    (scalars.AlertName, ["HighErrorRate", "A1"]),
    (scalars.MetricName, ["up", "a:b:c", "_x"]),
    (scalars.LabelName, ["code", "_private"]),
    (scalars.Address, ["shop:80", "10.0.0.1:9090", "[::1]:9090"]),
    (scalars.Url, ["http://shop", "https://shop:8443/a?b=c#d"]),
    (scalars.PathInside, ["secrets/chat", "a..b/c"]),
    (scalars.UrlPath, ["/", "/metrics?x=1"]),
    (scalars.Line, ["a", 'quotes " and $ and {{ $value }} and ü'],),
    (scalars.Text, ["two\nlines"]),
])  # fmt: skip
def test_text_that_is_taken_as_it_is(kind: Any, good: list[str]) -> None:
    assert [TypeAdapter(kind).validate_python(text) for text in good] == good


@pytest.mark.parametrize(("kind", "wrong", "message"), [
    (scalars.Name, "Shop", f"not {NAMES}: 'Shop'"),
    (scalars.Name, "a--b", f"not {NAMES}: 'a--b'"),
    (scalars.Name, "a\n", f"not {NAMES}: 'a\\n'"),
    (scalars.AlertName, "High\nRate", f"not {ALERTS}: 'High\\nRate'"),
    (scalars.AlertName, "High{{ $value }}", f"not {ALERTS}: 'High{{{{ $value }}}}'"),
    (scalars.MetricName, "a-b", "not a metric name (letters, digits and _): 'a-b'"),
    (scalars.LabelName, "__name__", "not a label name (letters, digits and _, not starting with __): '__name__'"),
    (scalars.Address, "shop", f"not an address: 'shop'; {ADDRESSES}"),
    (scalars.Address, "shop:0", f"not an address: 'shop:0'; {ADDRESSES}"),
    (scalars.Address, "shop:65536", f"not an address: 'shop:65536'; {ADDRESSES}"),
    (scalars.Address, "http://shop:80", f"not an address: 'http://shop:80'; {ADDRESSES}"),
    (scalars.Url, "ftp://shop", f"not a URL: 'ftp://shop'; {URLS}"),
    (scalars.Url, "http://user:pw@shop/", f"not a URL: 'http://user:pw@shop/'; {URLS}"),
    (scalars.Url, 'http://shop/"', f"not a URL: 'http://shop/\"'; {URLS}"),
    (scalars.PathInside, "/etc/passwd", f"not a path inside the project: '/etc/passwd'; {INSIDE}"),
    (scalars.PathInside, "a/../../b", f"not a path inside the project: 'a/../../b'; {INSIDE}"),
    (scalars.PathInside, "..", f"not a path inside the project: '..'; {INSIDE}"),
    (scalars.PathInside, "~/x", f"not a path inside the project: '~/x'; {INSIDE}"),
    (scalars.PathInside, "a\\b", f"not a path inside the project: 'a\\\\b'; {INSIDE}"),
    (scalars.UrlPath, "metrics", "not a path of a URL, starting with /: 'metrics'"),
    (scalars.Line, "two\nlines", "control characters and line breaks are not allowed here"),
    (scalars.Line, "bell\x07", "control characters and line breaks are not allowed here"),
    (scalars.Line, "zero\u200bwidth", "control characters and line breaks are not allowed here"),
    (scalars.Line, "next\x85line", "control characters and line breaks are not allowed here"),
    (scalars.Text, "bell\x07", "control characters are not allowed here"),
])  # fmt: skip
def test_text_that_is_refused(kind: Any, wrong: str, message: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(wrong)
    assert [str(detail["ctx"]["error"]) for detail in refused.value.errors()] == [message]
