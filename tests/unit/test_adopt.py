"""Taking in a service that others wrote: its page read, a contract proposed, a contract compared, a file written."""

from __future__ import annotations

import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

import specola
from adopt import text
from adopt.compare import compare
from adopt.conventions import excuses
from adopt.families import UnreadableError, read
from adopt.metrics import MOST_VALUES, propose
from adopt.packs import recognise
from adopt.service import Seen, file
from adopt.signals import signals, with_server_errors
from spec.load import load
from spec.metric import Metric
from spec.packs import read as pack

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent / "pages"
PAGE = (HERE / "shop.txt").read_text()
NOW = 1_700_001_000.0
STACK = """\
specola: 1
stack: team
owner: team
owners: {team: {title: Team}, other: {title: Other}}
include: [services/*.yaml]
notification:
  receivers: {hook: {webhook: {url: "http://127.0.0.1:9/"}}}
  default: hook
  routes: [{name: all, when: {owner: [team, other]}, to: [hook]}]
"""


# Pages


def test_families_are_called_as_their_series_are() -> None:
    found = {family.name: family for family in read(PAGE)}
    assert {name: family.kind for name, family in found.items()} == {
        "old_counter": "counter", "process_max_fds": "gauge", "process_open_fds": "gauge",
        "process_start_time_seconds": "gauge", "shop_backup_time_seconds": "gauge", "shop_build_info": "info",
        "shop_gc_seconds": "summary", "shop_legacy": "unknown", "shop_queue_length": "gauge",
        "shop_request_duration_seconds": "histogram", "shop_requests_total": "counter", "shop_visitors": "gauge",
    }  # fmt: skip
    assert found["shop_requests_total"].labels == (("code", ("200", "404")), ("route", ("/buy",)))
    assert found["shop_queue_length"].labels == (("exported_job", ("mail", "print")),)
    assert found["shop_request_duration_seconds"].bounds == (0.1, 0.5)
    assert found["shop_visitors"].values == (1.0,)


def test_a_label_that_is_empty_everywhere_is_none() -> None:
    (family,) = read('# TYPE a gauge\na{x="",y="",z="1"} 1\na{x="",y="2",z="1"} 1\n')
    assert family.labels == (("y", ("", "2")), ("z", ("1",)))


def test_openmetrics_reads_alike() -> None:
    page = '# TYPE a counter\na_total{x="1"} 2 # {trace="t"} 1\na_created{x="1"} 1.7e9\n# EOF\n'
    (family,) = read(page)
    assert (family.name, family.values, family.series) == ("a_total", (2.0,), 1)


@pytest.mark.parametrize("page", ["<html><body>hello</body></html>", "a{ 1\n", "a b c d\n"])
def test_what_is_no_page_of_metrics(page: str) -> None:
    with pytest.raises(UnreadableError, match="not a page of metrics"):
        read(page)


# Contracts


def test_a_contract_says_what_is_typical() -> None:
    metrics = propose(read(PAGE), NOW).metrics
    assert metrics["shop_requests_total"] == {
        "type": "counter", "help": "Requests answered", "labels": {"code": ["200", "404"], "route": ["/buy"]},
        "typical": {"rate": 1.0}, "shares": {"code": {"200": 0.97, "404": 0.03}},
    }  # fmt: skip
    assert metrics["shop_request_duration_seconds"]["typical"] == {"rate": 1.0, "median": 0.18}
    assert metrics["shop_queue_length"]["typical"] == {"between": [3.0, 12.0]}
    assert metrics["shop_gc_seconds_count"]["typical"] == {"rate": 0.1}
    assert "shop_gc_seconds" not in metrics
    assert metrics["shop_legacy"]["help"] == "shop_legacy, of which the target says nothing"
    assert (metrics["shop_backup_time_seconds"]["unit"], metrics["shop_backup_time_seconds"]["typical"]) == (
        "timestamp", {"between": [100.0, 100.0]},
    )  # fmt: skip
    for name, metric in metrics.items():
        assert Metric.model_validate(metric).type == metric["type"], name


def test_rounded_shares_are_one_in_all() -> None:
    counts = [1, 3, 3, 7, 7, 7, 1000]
    page = "# TYPE a_total counter\n" + "".join(f'a_total{{x="{n}"}} {count}\n' for n, count in enumerate(counts))
    shares = propose(read(page), NOW).metrics["a_total"]["shares"]["x"]
    assert sum(shares.values()) == pytest.approx(1, abs=1e-9)


def test_rates_come_from_two_readings_where_the_process_does_not_tell_its_age() -> None:
    first, second = (read(f"# TYPE a counter\na_total {value}\n") for value in (10, 25))
    assert propose(second, 105.0, (100.0, first)).metrics["a_total"]["typical"] == {"rate": 3.0}


def test_what_is_left_out_is_named() -> None:
    page = "# TYPE wide gauge\n" + "".join(f'wide{{id="{n}"}} 1\n' for n in range(MOST_VALUES + 1))
    page += "# TYPE never counter\n"
    found = propose(read(page), NOW)
    assert found.metrics == {}
    assert found.left_out == (("never", "it has no series yet"), ("wide", "label id has more than 200 values"))
    assert found.series == MOST_VALUES + 1


REQUESTS = {"type": "counter", "help": "r", "labels": {"code": ["200", "404"], "route": ["/buy"]}}
DURATION = {"type": "histogram", "help": "d", "unit": "seconds", "buckets": [0.1, 0.5]}


@pytest.mark.parametrize(("metric", "said"), [
    ({"shop_requests_total": REQUESTS}, []),
    ({"shop_request_total": REQUESTS}, ["shop_request_total: declared, but not exposed (the target exposes shop_requests_total)"]),
    ({"shop_requests_total": {**REQUESTS, "type": "gauge"}},
     ["shop_requests_total.type: declared as gauge, but exposed as counter"]),
    ({"shop_requests_total": {**REQUESTS, "labels": {"code": ["200"], "route": ["/buy", "/sell"]}}},
     ["shop_requests_total.labels.code: values that are not declared: '404'",
      "note: shop_requests_total.labels.route: declared values not seen yet: '/sell'"]),
    ({"shop_requests_total": {**REQUESTS, "labels": {"code": ["200", "404"], "path": ["/buy"]}}},
     ["shop_requests_total.labels.path: this label is declared, but not exposed",
      "shop_requests_total: the target adds label route with 1 values (declare it)"]),
    ({"shop_request_duration_seconds": DURATION}, []),
    ({"shop_request_duration_seconds": {**DURATION, "buckets": [0.1, 0.5, 1]}},
     ["shop_request_duration_seconds.buckets: the target's buckets are 0.1, 0.5"]),
    ({"shop_request_duration_seconds": {**DURATION, "unit": "bytes"}},
     ["note: shop_request_duration_seconds.unit: declared in bytes, but its name says seconds"]),
    ({"shop_gc_seconds_sum": {"type": "counter", "help": "s"}}, []),
    ({"shop_legacy": {"type": "counter", "help": "believed"}}, []),
    ({"shop_build_info": {"type": "info", "help": "i", "labels": {"version": ["1.2"]}}}, []),
])  # fmt: skip
def test_a_contract_against_a_target(metric: dict[str, object], said: list[str]) -> None:
    contract = {name: Metric.model_validate(data) for name, data in metric.items()}
    found = [one for one in compare(contract, read(PAGE)) if one.path]
    lines = [
        f"{'' if one.grave else 'note: '}{'.'.join(one.path)}: {one.message}" + (f" ({one.hint})" if one.hint else "")
        for one in found
    ]
    assert lines == said


def test_what_is_exposed_besides_is_told_but_breaks_no_promise() -> None:
    found = compare({}, read("# TYPE a gauge\na 1\n"))
    assert [(one.message, one.grave) for one in found] == [("a (gauge, 1 series) is exposed, but not declared", False)]


FOREIGN = """
# TYPE mail_replies counter
mail_replies 7
# TYPE mail_cached_total gauge
mail_cached_total 1
# TYPE mail_scrape_milliseconds gauge
mail_scrape_milliseconds 1
# TYPE mail_queue gauge
mail_queue{ip="v4"} 1
mail_queue{ip="v6"} 2
# TYPE mail_seen gauge
mail_seen{client_ip="192.0.2.1"} 1
# TYPE node_vmstat_oom_kill untyped
node_vmstat_oom_kill 0
"""


def test_names_that_nobody_here_gave_are_excused() -> None:
    found = propose(read(FOREIGN), NOW)
    assert found.left_out == (("mail_seen", "label client_ip has a value for each person or request"),)
    assert found.metrics["node_vmstat_oom_kill"]["type"] == "counter", "the pack knows"
    assert excuses(found.metrics) == {
        "mail_replies": "# specola: allow contract/name-and-type: its makers call it so",
        "mail_cached_total": "# specola: allow contract/name-and-type: its makers call it so",
        "mail_scrape_milliseconds": "# specola: allow contract/name-and-unit: its makers call it so",
        "node_vmstat_oom_kill": "# specola: allow contract/name-and-type: its makers call it so",
    }


def test_a_comment_stands_where_a_metric_begins() -> None:
    short = {"type": "gauge", "help": "Short"}
    long = {"type": "gauge", "help": "x" * 120}
    assert text.metrics({"a": short, "b": long}, {"a": "# why", "b": "# so"}) == [
        "  a: {type: gauge, help: Short}  # why", "  b:", "    type: gauge  # so", f"    help: {'x' * 120}",
    ]  # fmt: skip


def test_labels_that_depend_on_each_other_make_no_contract() -> None:
    page = "# TYPE a gauge\n" + "".join(f'a{{x="{n}",y="{n}",z="{n}"}} 1\n' for n in range(40))
    found = propose(read(page), NOW)
    reason = "its labels' values make 64000 combinations, of which it exposes 40 series"
    assert (found.left_out, found.series, found.declared) == ((("a", reason),), 40, 0)


# Files


def test_every_text_stays_what_it_was() -> None:
    for value in (
        "plain words",
        "5xx",
        "200",
        "true",
        "it's",
        'a "b"',
        "x: y",
        "é\u200b",
        "",
        "- a",
        "a #b",
        "6/m",
        "null",
        "~",
        "1e3",
    ):
        assert yaml.safe_load(text.flow([value, {value: [value]}])) == [value, {value: [value]}], value


def test_the_first_file_of_a_service() -> None:
    seen = Seen(
        "shop",
        "team",
        "http://shop:8080/metrics",
        propose(read(PAGE), NOW),
        health=(("live", "http://shop:8080/healthz"),),
        until="2030-01-31",
    )
    assert file(seen) == (HERE / "shop.yaml").read_text()


@pytest.mark.parametrize(("metrics", "expected"), [
    ({"a_errors_total": {"type": "counter", "typical": {"rate": 2}}}, {"traffic": {"rate": "a_errors_total"}, "errors": {"rate": "a_errors_total"}}),
    ({"http_request_duration_seconds": {"type": "histogram", "unit": "seconds", "labels": {"status": ["2xx", "5xx"]}, "buckets": [1.0]}},
     {"traffic": {"rate": "http_request_duration_seconds_count"},
      "errors": {"ratio": {"of": 'http_request_duration_seconds_count{status="5xx"}', "to": "http_request_duration_seconds_count"}, "traffic": "6/m"},
      "latency": {"quantile": {"of": "http_request_duration_seconds", "q": 0.95}}}),
    ({"process_resident_memory_bytes": {"type": "gauge"}}, {"saturation": {"value": "process_resident_memory_bytes"}}),
    ({}, {}),
])  # fmt: skip
def test_golden_signals_by_their_names(metrics: dict[str, dict[str, object]], expected: dict[str, object]) -> None:
    found = {one.golden: {k: v for k, v in one.indicator.items() if k != "title"} for one in signals(metrics)}
    assert found == expected


@pytest.mark.parametrize(("metric", "labels", "shares"), [
    ({"type": "counter", "labels": {"code": ["200", "404"]}, "shares": {"code": {"200": 0.9, "404": 0.1}}},
     ["200", "404", "500"], {"200": 0.9, "404": 0.1, "500": 0}),
    ({"type": "counter", "labels": {"code": ["200", "503"]}, "shares": {"code": {"200": 0.2, "503": 0.8}}},
     ["200", "503"], {"200": 1.0, "503": 0}),
    ({"type": "counter", "labels": {"code": ["2xx", "5xx"]}}, ["2xx", "5xx"], {"2xx": 1.0, "5xx": 0}),
    ({"type": "histogram", "labels": {"code": ["2xx", "4xx", "5xx"]}}, ["2xx", "4xx", "5xx"], {"2xx": 0.5, "4xx": 0.5, "5xx": 0}),
    ({"type": "counter", "labels": {"code": ["503"]}}, ["503", "200"], {"200": 1.0, "503": 0}),
])  # fmt: skip
def test_failures_are_possible_and_rare(metric: dict[str, object], labels: list[str], shares: dict[str, float]) -> None:
    changed = with_server_errors({"a_requests_total": metric})["a_requests_total"]
    assert (changed["labels"]["code"], changed["shares"]["code"]) == (labels, shares)


def test_a_target_that_fails_is_taken_in_and_a_human_is_asked() -> None:
    lines = (
        'a_requests_total{code="200"} 10',
        'a_requests_total{code="503"} 90',
        f"process_start_time_seconds {NOW - 60}",
    )
    found = propose(read("# TYPE a_requests_total counter\n" + "\n".join(lines) + "\n"), NOW)
    written = file(Seen("a", "team", "http://a:8080/metrics", found, until="2030-01-31"))
    assert "decide: about 90% of its requests failed so far; how much failure may users see in 30 days?" in written


def test_public_exporters_are_recognised() -> None:
    assert recognise(pack("node").metrics.keys()) == "node"
    assert recognise({*pack("redis").metrics, "something_else"}) == "redis"
    assert recognise({"shop_requests_total"}) == ""


# Commands


class Target(BaseHTTPRequestHandler):
    """A service as others write them."""

    def do_GET(self) -> None:
        known = {"/metrics": PAGE, "/healthz": "ok", "/closed": ""}
        status = 401 if self.path == "/closed" else 200 if self.path in known else 404
        body = known.get(self.path, "no").encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class calls it
        """Silent."""


@pytest.fixture
def target() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Target) as server:
        thread = threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "stack.yaml").write_text(STACK)
    return tmp_path


def run(project: Path, *words: str) -> int:
    return specola.main([*words, "--root", str(project)])


def test_a_service_is_added_and_keeps_its_contract(
    project: Path, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "add", "service", "shop", "--from", f"{target}/metrics") == 0
    assert capsys.readouterr().out == (
        "services/shop.yaml: 13 metrics, 21 series\n"
        "decide what is marked with '# decide:' (8 places), then `specola check`\n"
    )
    added = load(project / "stack.yaml").stack.by_name["shop"].spec
    assert (added.owner, added.scrape.limit, [probe.url for probe in added.probes]) == (
        "team",
        100,
        [f"{target}/healthz"],
    )
    assert run(project, "contract", "shop", "--against", f"{target}/metrics") == 0
    assert capsys.readouterr().out.endswith("13 declared metrics: all as declared\n")
    assert run(project, "add", "service", "shop", "--from", f"{target}/metrics") == 1
    assert "there is a service shop already" in capsys.readouterr().err


def test_a_broken_promise_is_told_at_its_line(project: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(project, "add", "service", "shop", "--from", f"{target}/metrics")
    path = project / "services/shop.yaml"
    path.write_text(path.read_text().replace("  shop_build_info:", "  shop_bild_info:"))
    line = next(n for n, one in enumerate(path.read_text().splitlines(), 1) if "shop_bild_info" in one)
    capsys.readouterr()
    assert run(project, "contract", "shop", "--against", f"{target}/metrics") == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        f"services/shop.yaml:{line}:3: metrics.shop_bild_info: declared, but not exposed (the target exposes shop_build_info)"
    )


def test_an_exporter_is_held_against_its_pack(project: Path, target: str, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "services").mkdir()
    (project / "services/host.yaml").write_text(
        f"service: host\ntitle: Host\nowner: team\nexporters:\n  - {{pack: blackbox, targets: ['{target[7:]}']}}\n"
    )
    assert run(project, "contract", "host", "--against", f"{target}/metrics") == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        "services/host.yaml:5:5: exporters[0]: blackbox_exporter_config_last_reload_successful: declared, but not exposed"
    )


def test_a_contract_is_written_for_a_service_without_one(project: Path, target: str) -> None:
    folder = project / "services"
    folder.mkdir()
    (folder / "shop.yaml").write_text(
        f"service: shop\ntitle: Shop\nowner: other\nscrape: {{targets: ['{target[7:]}']}}\n"
    )
    assert run(project, "contract", "shop", "--against", f"{target}/metrics", "--write") == 0
    metrics = load(project / "stack.yaml").stack.by_name["shop"].spec.metrics
    assert (len(metrics), metrics["shop_legacy"].type) == (13, "gauge")
    assert run(project, "contract", "shop", "--against", f"{target}/metrics", "--write") == 1


@pytest.mark.parametrize(("words", "said"), [
    (("add", "service", "Shop", "--from", "{}/metrics"), "specola: not a name: Shop\n"),
    (("add", "service", "shop", "--from", "{}/healthz"), "specola: {}/healthz: not a page of metrics: "),
    (("add", "service", "shop", "--from", "{}/closed"), "specola: {}/closed answers 401\n  name a file with a bearer token: --token-file\n"),
    (("add", "service", "shop", "--from", "{}/nothing"), "specola: {}/nothing answers 404\n"),
    (("add", "service", "shop", "--from", "http://127.0.0.1:1/metrics"),
     "specola: http://127.0.0.1:1/metrics does not answer: Connection refused\n  is the service running, and the port right?\n"),
    (("add", "service", "shop", "--from", "{}/metrics", "--token-file", "/nowhere"), "specola: cannot read /nowhere: No such file or directory\n"),
])  # fmt: skip
def test_what_cannot_be_taken_in(
    project: Path, target: str, words: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, *(word.format(target) for word in words)) == 1
    assert capsys.readouterr().err.startswith(said.format(target))
    assert not (project / "services").exists()
