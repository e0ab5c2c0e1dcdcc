"""A simulated shop under a clock that tests set: shared by the tests of the simulator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compose.simulator.node import Node
from compose.simulator.reading import read_contract

if TYPE_CHECKING:
    from compose.simulator.contract import Contract
    from compose.simulator.service import Service

SHOP = Path(__file__).parent / "data" / "contract-shop.json"
NOON = 1_767_268_800.0  # 2026-01-01 12:00 UTC


@dataclass
class Clock:
    now: float = NOON

    def __call__(self) -> float:
        return self.now


def shop(**changes: Any) -> Contract:
    return read_contract(Node(json.loads(SHOP.read_text()) | changes, "shop.json: "))


def value(service: Service, metric: str, *labels: str, port: str = "shop") -> tuple[float, ...] | None:
    for declared, samples in service.samples(port):
        if declared.name == metric:
            return next((sample.numbers for sample in samples if sample.labels == labels), None)
    raise AssertionError(metric)


def only(service: Service, metric: str, *labels: str, port: str = "shop") -> float:
    numbers = value(service, metric, *labels, port=port)
    assert numbers is not None
    assert len(numbers) == 1
    return numbers[0]
