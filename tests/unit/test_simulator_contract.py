"""Reading contracts: what is accepted, and what the error says about the rest."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from compose.simulator.node import ContractError, Node
from compose.simulator.reading import read_contract, read_file, read_folder
from tests.unit.simulated import SHOP, shop

if TYPE_CHECKING:
    from pathlib import Path

COUNTER = {"name": "a_total", "type": "counter", "labels": {"x": ["1", "2"]}, "typical": {"rate": 1}}


def with_metric(**changes: Any) -> dict[str, Any]:
    return {"metrics": [COUNTER | changes], "faults": {}}


def with_fault(**fault: Any) -> dict[str, Any]:
    return {"faults": {"F": fault}}


def test_the_contract_of_the_shop() -> None:
    contract = shop()
    assert [port.name for port in contract.ports] == ["shop", "node"]
    assert contract.logs is not None
    assert contract.logs.path == "shop/shop.log"
    assert contract.faults["Down"].down == ("shop",)
    assert contract == shop(), "contracts compare by value"


def test_shares_sum_to_1_and_values_without_one_divide_what_is_left() -> None:
    metric = shop(**with_metric(labels={"x": ["1", "2", "3"]}, shares={"x": {"1": 0.7}})).ports[0].metrics[0]
    assert metric.shares["x"] == pytest.approx({"1": 0.7, "2": 0.15, "3": 0.15})


def test_log_fields_may_be_a_list_of_names_or_say_what_they_hold() -> None:
    logs = {"path": "{logs}/a.log", "lines_per_second": 1, "categories": [{"name": "a", "share": 1}]}
    named, told = shop(logs=logs | {"fields": ["id"]}, faults={}), shop(logs=logs | {"fields": {"id": [1]}}, faults={})
    assert named.logs is not None
    assert told.logs is not None
    assert (list(named.logs.fields), list(told.logs.fields)) == (["id"], ["id"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"version": 2}, "shop.json: version: must be 1; render the stack again"),
        ({"service": None}, "shop.json: service: must be a text, and is missing"),
        ({"port": 70000}, "shop.json: port: must be between 0 and 65535, and is 70000"),
        ({"port": True}, "shop.json: port: must be a number, and is true or false"),
        ({"metrics": {}}, "shop.json: metrics: must be a list, and is an object"),
        ({"endpoints": [{"path": "x"}]}, "shop.json: endpoints[0].path: must start with /"),
        (with_metric(name="a-b"), "shop.json: metrics[0].name: must be a metric name, and is a text"),
        (
            with_metric(type="summary"),
            "shop.json: metrics[0].type: must be one of counter, gauge, histogram, info, and is 'summary'",
        ),
        (with_metric(typical={}), "shop.json: metrics[0].typical.rate: must be a number, and is missing"),
        (with_metric(labels={"le": ["1"]}), "shop.json: metrics[0].labels.le: 'le' cannot be a label"),
        (with_metric(labels={"x": []}), "shop.json: metrics[0].labels.x: must list the label's values, each once"),
        (with_metric(shares={"x": {"9": 1}}), "shop.json: metrics[0].shares.x: no such value of label 'x': 9"),
        (
            with_metric(shares={"x": {"1": 0, "2": 0}}),
            "shop.json: metrics[0].shares.x: the shares must sum to more than 0",
        ),
        (
            with_metric(type="histogram", buckets=[2, 1], typical={"rate": 1, "median": 1}),
            "shop.json: metrics[0].buckets: must list upper bounds in rising order",
        ),
        (
            with_metric(type="gauge", typical={"low": 2, "high": 1}),
            "shop.json: metrics[0].typical.high: must be between 2 and inf, and is 1",
        ),
        (
            with_metric(type="gauge", typical={"by": "x", "values": {"1": [0, 1]}}),
            "shop.json: metrics[0].typical: 'values' must give a range for each value of a label, and 'x' has 1, 2",
        ),
        (
            with_metric(labels={name: [str(number) for number in range(30)] for name in "abc"}),
            "shop.json: metrics: 27000 series, and at most 20000 can be played",
        ),
        ({"metrics": [COUNTER, COUNTER], "faults": {}}, "shop.json: metrics: a_total is declared twice"),
        (
            {
                "logs": {"path": "{logs}/../x", "lines_per_second": 1, "categories": [{"name": "a", "share": 1}]},
                "faults": {},
            },
            "shop.json: logs.path: must be a file below {logs}/, and is '{logs}/../x'",
        ),
        (
            with_metric() | with_fault(series=[{"metric": "nope", "rate": 1}]),
            "shop.json: faults.F.series[0].metric: no such metric: 'nope' "
            "(there is a_total, node_context_switches_total, node_cpu_seconds_total)",
        ),
        (
            with_fault(series=[{"metric": "shop_http_requests_total", "labels": {"code": "6xx"}, "rate": 1}]),
            'shop.json: faults.F.series[0].labels: shop_http_requests_total has no series with code="6xx"',
        ),
        (
            with_fault(series=[{"metric": "shop_http_requests_total", "value": 1}]),
            "shop.json: faults.F.series[0].rate: must be a number, and is missing",
        ),
        (
            with_fault(series=[{"metric": "shop_build_info", "value": 1}]),
            "shop.json: faults.F.series[0]: shop_build_info is of type info and can only be absent",
        ),
        (
            with_fault(endpoints=[{"path": "/nope"}]),
            "shop.json: faults.F.endpoints[0].path: no such endpoint: '/nope' "
            "(there is /health, /health/details, /metrics)",
        ),
        (
            with_fault(logs=[{"category": "nope", "lines_per_second": 1}]),
            "shop.json: faults.F.logs[0].category: no such log category: 'nope' (there is api_request, security)",
        ),
        (with_fault(down=["redis"]), "shop.json: faults.F.down[0]: no such port: 'redis' (there is node, shop)"),
        (with_fault(crowd=0), "shop.json: faults.F.crowd: must be between 1 and 20000, and is 0"),
        (with_fault(down="yes"), "shop.json: faults.F.down: must be true or false, and is a text"),
    ],
)
def test_a_wrong_contract_is_told_with_its_place(changes: dict[str, Any], message: str) -> None:
    content = json.loads(SHOP.read_text()) | changes
    with pytest.raises(ContractError) as error:
        read_contract(Node(content, "shop.json: "))
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON: Expecting property name"),
        ("[" * 100_000, "is not JSON: maximum recursion depth"),
        ("[]", "x.json: must be an object, and is a list"),
    ],
)
def test_a_file_that_is_not_a_contract(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "x.json").write_text(content)
    with pytest.raises(ContractError) as error:
        read_file(tmp_path / "x.json")
    assert message in str(error.value)


def test_a_folder_of_contracts(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"holds no contract files \(\*\.json\); render the stack first"):
        read_folder(tmp_path)
    content = json.loads(SHOP.read_text()) | {"exporters": []}
    for service, port in (("shop", 18101), ("till", 18102), ("bank", 18101)):
        (tmp_path / f"{service}.json").write_text(
            json.dumps(content | {"service": service, "port": port, "faults": {}})
        )
    assert [contract.service for contract in read_folder(tmp_path, ["till", "shop"])] == ["shop", "till"]
    with pytest.raises(ContractError, match=r"no contract of safe; there are bank, shop, till"):
        read_folder(tmp_path, ["safe"])
    with pytest.raises(ContractError, match=r"port 18101 is given to bank/bank and to shop/shop"):
        read_folder(tmp_path)
    with pytest.raises(ContractError, match=r"gone: cannot be read: No such file or directory"):
        read_folder(tmp_path / "gone")
