"""The spec's small values: durations, sizes, quantities, names. Text is parsed once, here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints
from pydantic_core import CoreSchema, core_schema

_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?")
_STEPS = (("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1))
_SIZES = {"": 1, "B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES |= {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)?")
_QUANTITY = re.compile(r"(-?\d+(?:\.\d+)?(?:e-?\d+)?) ?(.*)")
DURATION_PATTERN = r"^(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$"


@cache
def _spelt(rest: int) -> str:
    text = ""
    for unit, size in _STEPS[1:]:
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


@lru_cache(maxsize=1000)
def _milliseconds(text: str) -> int | None:
    """How long a duration is, None when it is none. The same few come again and again."""
    match = _DURATION.fullmatch(text)
    if match is None:
        return None
    return sum(int(part) * size for part, (_, size) in zip(match.groups(), _STEPS, strict=True) if part)


@dataclass(frozen=True, order=True)
class Duration:
    """A length of time in Prometheus's notation, such as `5m` or `1h30m`."""

    ms: int

    @property
    def seconds(self) -> float:
        return self.ms / 1000

    def __str__(self) -> str:
        return _spelt(self.ms)

    @classmethod
    def parse(cls, text: object) -> Duration:
        """Raises ValueError for anything which is not a duration."""
        if isinstance(text, Duration):
            return text
        ms = _milliseconds(text) if isinstance(text, str) and text else None
        if ms is None:
            raise ValueError(f"not a duration: {text!r}; write a number and a unit, such as 30s, 5m, 1h30m or 30d")
        return cls(ms)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        text = core_schema.str_schema(pattern=DURATION_PATTERN)
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.no_info_plain_validator_function(cls.parse),
            serialization=core_schema.to_string_ser_schema(),
        )


def seconds(text: str) -> Duration:
    """The duration `text` spells; for defaults in the model."""
    return Duration.parse(text)


@dataclass(frozen=True, order=True)
class Size:
    """An amount of data in bytes, written as `100MB` or `2GiB`."""

    bytes: int

    def __str__(self) -> str:
        for unit in ("TiB", "TB", "GiB", "GB", "MiB", "MB", "KiB", "kB"):
            if self.bytes and self.bytes % _SIZES[unit] == 0:
                return f"{self.bytes // _SIZES[unit]}{unit}"
        return f"{self.bytes}B"

    @classmethod
    def parse(cls, text: object) -> Size:
        """Raises ValueError for anything which is not a size."""
        if isinstance(text, Size):
            return text
        if isinstance(text, int) and not isinstance(text, bool) and text >= 0:
            return cls(text)
        match = _SIZE.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            raise ValueError(f"not a size: {text!r}; write a number and a unit, such as 100MB or 2GiB")
        return cls(int(float(match[1]) * _SIZES[match[2] or ""]))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        text = core_schema.union_schema([core_schema.int_schema(ge=0), core_schema.str_schema(pattern=_SIZE.pattern)])
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.no_info_plain_validator_function(cls.parse),
            serialization=core_schema.to_string_ser_schema(),
        )


_UNITS: dict[str, tuple[float, str]] = {
    "": (1, ""),
    "%": (0.01, "ratio"),
    "ms": (0.001, "seconds"),
    "s": (1, "seconds"),
    "m": (60, "seconds"),
    "h": (3600, "seconds"),
    "d": (86400, "seconds"),
    "/s": (1, "per second"),
    "/m": (1 / 60, "per second"),
    "/h": (1 / 3600, "per second"),
    **{unit: (size, "bytes") for unit, size in _SIZES.items() if unit},
}


@dataclass(frozen=True)
class Quantity:
    """A number with a unit, in base units: `20%` is 0.2 (ratio), `100ms` is 0.1 (seconds), `6/m` is 0.1/s.

    A bare number has the unit `""` and stands for whatever the indicator measures.
    """

    value: float
    unit: str
    text: str

    def __str__(self) -> str:
        return self.text

    @classmethod
    def parse(cls, text: object) -> Quantity:
        """Raises ValueError for anything which is not a quantity."""
        if isinstance(text, Quantity):
            return text
        if isinstance(text, int | float) and not isinstance(text, bool):
            return cls(float(text), "", f"{text:g}")
        match = _QUANTITY.fullmatch(text) if isinstance(text, str) else None
        if match is None or match[2] not in _UNITS:
            raise ValueError(
                f"not a quantity: {text!r}; write a number, perhaps with %, ms, s, m, h, d, kB, MiB, /s or /m"
            )
        factor, unit = _UNITS[match[2]]
        return cls(round(float(match[1]) * factor, 12), unit, match[0])

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> CoreSchema:
        text = core_schema.union_schema([core_schema.float_schema(), core_schema.str_schema(pattern=_QUANTITY.pattern)])
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.no_info_plain_validator_function(cls.parse),
            serialization=core_schema.to_string_ser_schema(),
        )


def _plain(text: str) -> str:
    """Refuses control characters, line breaks and invisible format characters in text which ends up in other files."""
    if not text.isprintable():
        raise ValueError("control characters and line breaks are not allowed here")
    return text


def _paragraph(text: str) -> str:
    if not text.replace("\n", "").isprintable():
        raise ValueError("control characters are not allowed here")
    return text.strip()


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9a-fA-F:]+\]", host) or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(f"not an address: {text!r}; write host:port, such as tug:8000 (the port is never guessed)")
    return text


def _url(text: str) -> str:
    if not re.fullmatch(r"https?://[A-Za-z0-9._-]+(:\d{1,5})?(/[^\s{}\"'<>\\]*)?", text):
        raise ValueError(
            f"not a URL: {text!r}; write http:// or https://, a host and perhaps a port and a path, without credentials"
        )
    return text


def _inside(text: str) -> str:
    if text.startswith(("/", "~")) or ".." in text.split("/") or "\\" in text:
        raise ValueError(f"not a path inside the project: {text!r}; write it relative to the project, without '..'")
    return text


def _named(pattern: str, what: str) -> Any:
    compiled = re.compile(pattern)

    def check(value: object) -> object:
        if isinstance(value, str) and not compiled.fullmatch(value):
            raise ValueError(f"not {what}: {value!r}")
        return value

    return BeforeValidator(check)


NAME = re.compile(r"[a-z][a-z0-9]*(?:[-_][a-z0-9]+)*")
Name = Annotated[
    str,
    StringConstraints(max_length=60),
    _named(NAME.pattern, "a name (small letters, digits, single - or _, starting with a letter)"),
    Field(json_schema_extra={"pattern": "^[a-z][a-z0-9]*([-_][a-z0-9]+)*$"}),
]
AlertName = Annotated[
    str,
    StringConstraints(max_length=80),
    _named(r"[A-Z][A-Za-z0-9]+", "an alert name (letters and digits, starting with a capital, such as HighErrorRate)"),
    Field(json_schema_extra={"pattern": "^[A-Z][A-Za-z0-9]+$"}),
]
MetricName = Annotated[
    str,
    StringConstraints(max_length=200),
    _named(r"[a-zA-Z_:][a-zA-Z0-9_:]*", "a metric name (letters, digits and _)"),
    Field(json_schema_extra={"pattern": "^[a-zA-Z_:][a-zA-Z0-9_:]*$"}),
]
LabelName = Annotated[
    str,
    StringConstraints(max_length=100),
    _named(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*", "a label name (letters, digits and _, not starting with __)"),
    Field(json_schema_extra={"pattern": "^[a-zA-Z_][a-zA-Z0-9_]*$"}),
]
Line = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_plain)]
"""One line of human text."""
Text = Annotated[str, StringConstraints(min_length=1, max_length=10_000), AfterValidator(_paragraph)]
"""Human text of any number of lines."""
LabelValue = Annotated[str, StringConstraints(max_length=200), AfterValidator(_plain)]
Address = Annotated[str, AfterValidator(_address)]
Url = Annotated[str, AfterValidator(_url)]
PathInside = Annotated[str, StringConstraints(min_length=1), AfterValidator(_plain), AfterValidator(_inside)]
Port = Annotated[int, Field(ge=1, le=65535)]
UrlPath = Annotated[str, _named(r"/[^\s{}\"'<>\\]*", "a path of a URL, starting with /")]
