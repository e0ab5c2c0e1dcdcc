"""Where a name given to `specola logs` points to, and what is said when nothing can be searched there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import specola
from compose import running
from compose.fault import Trouble
from compose.logs import source
from tests.unit.played_loki import PlayedLoki, line
from tests.unit.small_stack import small_stack

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = Path(__file__).parents[1] / "rejections" / "base"
LOGS = """
logs:
  path: /var/log/shop/*.log
  categories: [{name: order}, {name: audit}]
"""


class Runtime:
    """Runs, and tells what it was asked for."""

    name = "native"

    def desired(self) -> tuple[()]:
        return ()

    def logs(self, component: str, follow: bool, lines: int) -> Iterator[str]:
        yield f"{component} {follow} {lines}"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    copy = Path(shutil.copytree(BASE, tmp_path / "project"))
    shop = copy / "services/shop.yaml"
    shop.write_text(shop.read_text() + LOGS)
    (copy / "services/loki.yaml").write_text(f"service: loki\ntitle: Namesake\nowner: ops\n{LOGS}")
    monkeypatch.setattr(running, "current", lambda *_: Runtime())
    monkeypatch.setattr(running, "backends", lambda *_: (Runtime(),))
    return copy


@pytest.fixture
def loki(monkeypatch: pytest.MonkeyPatch) -> PlayedLoki:
    found = PlayedLoki([line(1)])
    monkeypatch.setattr(source, "loki", lambda *_: found.client())
    monkeypatch.setattr("time.time_ns", lambda: line(1).time + 1_000_000_000)
    return found


def asked(loki: PlayedLoki) -> str:
    return str(loki.asked[-1]["query"])


def run(project: Path, *words: str) -> int:
    return specola.main(["logs", "--root", str(project), *words])


@pytest.mark.parametrize(
    ("words", "query"),
    [
        (["shop"], '{service="shop"}'),
        ([], '{service=~".+"}'),
        (["monitoring", "--field", "component=prometheus"], '{service="monitoring"} | component="prometheus"'),
        (["loki"], '{service="loki"}'),
        (["shop", "--category", "aud", "--level", "error"], '{service="shop",level=~"ERROR",category="audit"}'),
        (["shop", "--grep", "a", "--grep", "b", "--without", "c"], '{service="shop"} |= "a" |= "b" != "c"'),
    ],
)
def test_a_service_s_lines_are_searched(project: Path, loki: PlayedLoki, words: list[str], query: str) -> None:
    assert run(project, *words) == 0
    assert asked(loki) == query


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["prometheus"], "prometheus False 50"),
        (["prometheus", "-f", "-n", "3"], "prometheus True 3"),
        (["loki", "--component"], "loki False 50"),
    ],
)
def test_a_component_s_output_is_shown(
    project: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, *words) == 0
    assert capsys.readouterr().out == f"{told}\n"


def test_a_component_is_shown_while_the_spec_is_broken(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "services/shop.yaml").write_text("service: shop\nnonsense: 1\n")
    assert run(project, "prometheus") == 0
    assert run(project, "shop") == 1
    assert "nonsense" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["shopp"], "specola: no service or component is called 'shopp'\n  did you mean shop?\n"),
        (["promotheus"], "specola: no service or component is called 'promotheus'\n  did you mean prometheus?\n"),
        (["shop", "--component"], "specola: no component is called 'shop'\n"),
        (["shop", "loki"], "specola: one name at a time, not shop and loki\n"),
        (["prometheus", "--level", "error"], "specola: prometheus is a component: --level works on lines in Loki\n"),
        (["shop", "--level", "loud"], "specola: no level is called LOUD;"),
        (["shop", "--since", "1h", "--until", "2h"], "specola: --since is not before --until\n"),
        (["shop", "--cursor", "x"], "specola: not a cursor: 'x'"),
    ],
)
def test_what_cannot_be_meant_is_said(
    project: Path, loki: PlayedLoki, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, *words) == 1
    assert capsys.readouterr().err.startswith(message)


def test_counts_begin_at_one(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(project, "shop", "--limit", "0")
    assert ended.value.code == 2
    assert "not a number from 1 on: '0'" in capsys.readouterr().err


def test_stats_are_of_one_service_or_of_all(
    project: Path, loki: PlayedLoki, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "stats", "shop") == run(project, "stats") == 0
    assert 'count_over_time({service=~".+"}[86400s])' in " ".join(str(asked) for asked in loki.asked)
    assert run(project, "stats", "prometheus") == 1
    assert "no service" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "absent", "message"),
    [
        (
            {"components": {"loki": {"enabled": False}}},
            "",
            "Loki is not part of this stack, so no lines can be searched",
        ),
        ({}, "loki is not installed", "Loki does not run here, so no lines can be searched: loki is not installed"),
        (
            {"components": {"loki": {"port": 1}}},
            "",
            "loki does not answer at http://127.0.0.1:1: ConnectionError, so no",
        ),
    ],
)
@pytest.mark.parametrize(("simulated", "place"), [(True, "{root}/var/native/logs/shop/shop.log"), (False, "/var/log/shop/*.log")])  # fmt: skip
def test_without_loki_one_reads_what_still_works(
    changes: dict[str, Any], absent: str, message: str, simulated: bool, place: str, tmp_path: Path
) -> None:
    stack = small_stack(**changes, simulation={"enabled": simulated})
    with pytest.raises(Trouble) as trouble:
        source.loki(stack, tmp_path, "shop", absent)
    assert trouble.value.message.startswith(message)
    assert "`specola logs COMPONENT` shows what a component prints" in trouble.value.hint
    assert f"shop writes to {place.format(root=tmp_path)}" in trouble.value.hint
