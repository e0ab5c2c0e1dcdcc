"""Alloy's configuration: which files, which stages, in which order."""

from __future__ import annotations

import re

import pytest

from generator import alloy
from generator.runtime import DOCKER, NATIVE, Runtime
from spec.logs import Sampling
from tests.unit.small_stack import SHOP, small_stack

MISSED = 'sys.env("SPECOLA_MISSED_LOGS") + "/shop/**/*.missed"'
MISSED_IN_DOCKER = '"/var/lib/alloy/data/missed/shop/**/*.missed"'


def rendered(runtime: Runtime = NATIVE, **logs: object) -> str:
    return alloy.config(small_stack(logs), runtime)


def block(text: str, head: str) -> str:
    """The block that begins with `head`, up to the brace that ends it."""
    return text[text.index(head) :].split("\n}\n")[0]


def stages(text: str, service: str = "shop") -> list[str]:
    found = re.findall(r"^\tstage\.(\w+)", block(text, f'loki.process "{service}"'), re.MULTILINE)
    return list(dict.fromkeys(found))


def test_a_file_for_each_runtime_and_none_without_alloy_or_loki() -> None:
    assert [artefact.path for artefact in alloy.render(small_stack())] == [
        "native/alloy/config.alloy", "docker/alloy/config.alloy",
    ]  # fmt: skip
    for component in ("alloy", "loki"):
        assert alloy.render(small_stack(components={component: {"enabled": False}})) == ()


@pytest.mark.parametrize(
    ("runtime", "simulated", "paths"),
    [
        (NATIVE, False, ['"/var/log/shop/*.log"', '"/var/log/shop/errors/shop.err"', MISSED]),
        (DOCKER, False, ['"/var/log/shop/*.log"', '"/var/log/shop/errors/shop.err"', MISSED_IN_DOCKER]),
        (NATIVE, True, [f'sys.env("SPECOLA_LOGS") + "/shop/shop.{end}"' for end in ("log", "err")] + [MISSED]),
        (DOCKER, True, [f'"/var/log/specola/shop/shop.{end}"' for end in ("log", "err")] + [MISSED_IN_DOCKER]),
    ],
)
def test_files_are_where_the_service_or_the_simulator_writes_them(
    runtime: Runtime, simulated: bool, paths: list[str]
) -> None:
    text = alloy.config(small_stack(simulation={"enabled": simulated}), runtime)
    assert re.findall(r"__path__ = (.*), service", block(text, 'loki.source.file "shop"')) == paths


def test_secrets_are_replaced_before_anything_is_taken_from_a_line() -> None:
    text = block(rendered(sample=[{"levels": ["INFO"]}], limit="300kB", multiline="^x"), 'loki.process "shop"')
    assert text.index("stage.multiline") < text.index("stage.replace")
    assert text.rindex("stage.replace") < text.index("stage.json")
    rest = re.findall(r"^\tstage\.(\w+)", text[text.index("stage.json") - 1 :], re.MULTILINE)
    assert list(dict.fromkeys(rest)) == [
        "json", "timestamp", "template", "drop", "labels", "match", "limit", "structured_metadata", "label_keep",
    ]  # fmt: skip


def test_what_the_spec_does_not_ask_for_is_left_out() -> None:
    assert stages(rendered(redact=[], drop=[], categories=[], metadata=[])) == [
        "replace", "labels", "json", "timestamp", "template", "limit", "structured_metadata", "label_keep",
    ]  # fmt: skip


def test_text_lines_tell_their_level_and_time_by_pattern() -> None:
    assert "regex" in stages(rendered(format="text"))
    assert "json" not in stages(rendered(format="text"))


def test_fields_are_called_as_the_service_calls_them() -> None:
    text = rendered(fields={"time": "ts", "level": "lvl", "message": "msg", "category": "kind"})
    assert 'values = {level = "lvl", category = "kind"}' in text
    assert re.findall(r'^\t\tsource           = "(\w+)"', text, re.MULTILINE)[0] == "ts"


def test_a_limit_in_bytes_becomes_lines() -> None:
    assert "rate  = 1000\n\t\tburst = 10000" in rendered(limit="300kB")


def test_each_service_has_a_limit_so_that_none_drowns_the_rest() -> None:
    text = alloy.config(small_stack(storage={"logs": {"rate_per_stream": "600kB"}}), NATIVE)
    for name in ("shop", "monitoring"):
        assert "rate  = 2000" in block(text, f'loki.process "{name}"')


def test_retries_never_end_and_batches_are_bounded() -> None:
    endpoint = block(rendered(), "loki.write")
    assert "max_backoff_retries = 0" in endpoint
    assert 'batch_size          = "256KiB"' in endpoint
    assert 'queue_config {\n\t\t\tcapacity = "512KiB"' in endpoint


def test_the_stack_s_own_programs_are_read_from_files_or_containers() -> None:
    assert 'sys.env("SPECOLA_COMPONENT_LOGS") + "/*.log"' in rendered(NATIVE)
    containers = alloy.config(small_stack(access={"docker_socket": True}), DOCKER)
    assert 'values = ["com.docker.compose.project=small"]' in containers
    assert "docker.sock" not in rendered(NATIVE)


def test_the_engine_s_socket_is_left_alone_unless_it_is_allowed() -> None:
    assert "docker.sock" not in rendered(DOCKER)
    assert "loki.process.monitoring" not in rendered(DOCKER)


@pytest.mark.parametrize(("runtime", "folder"), [(NATIVE, "/data/alloy"), (DOCKER, "/var/lib/alloy/data")])
def test_what_was_missed_bears_the_name_of_the_file_it_comes_from(runtime: Runtime, folder: str) -> None:
    expression = re.findall(r"expression = `(.*missed.*)`", rendered(runtime))[0]
    found = re.search(expression, f"{folder}/missed/shop/var/log/shop/shop.log.1795257132290878677.missed")
    assert found
    assert found.groups() == (f"{folder}/missed/shop", ".1795257132290878677.missed")
    assert re.search(expression, "/var/log/shop/shop.log") is None


def test_names_that_differ_stay_different() -> None:
    logs = SHOP["logs"]
    services = {name: SHOP | {"service": name, "logs": logs} for name in ("a-b", "a_b")}
    text = alloy.config(small_stack(services=services), NATIVE)
    assert {'loki.process "a_b"', 'loki.process "a__b"'} <= set(re.findall(r'loki\.process "\w+"', text))


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("plain", '"plain"'),
        (r"\d+", r"`\d+`"),
        ('say "no"', '`say "no"`'),
        (r"a`b\d", r'"a`b\\d"'),
        ("Größe", '"Größe"'),
    ],
)
def test_strings_are_quoted_so_that_nothing_escapes(value: str, literal: str) -> None:
    assert alloy.text(value) == literal


@pytest.mark.parametrize(
    ("sampling", "selector"),
    [
        (Sampling(levels=("INFO", "DEBUG")), '{level=~"INFO|DEBUG"}'),
        (Sampling(levels=("INFO",), category="audit"), '{level=~"INFO",category="audit"}'),
        (Sampling(), '{service=~".+"}'),
    ],
)
def test_sampling_chooses_by_level_and_category(sampling: Sampling, selector: str) -> None:
    assert alloy.selector(sampling) == selector
