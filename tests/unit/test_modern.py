"""From what grafanalib emits to what current Grafana takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from grafanalib import core

from dashboards.board import encode
from dashboards.modern import SCHEMA_VERSION, modernise
from dashboards.written import Form, encoded
from tests.every_kind import every_kind

PLACE = core.GridPos(h=8, w=12, x=0, y=0)
PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}


def dashboard(*panels: object, **more: Any) -> dict[str, Any]:
    return modernise(core.Dashboard(title="T", uid="t", panels=list(panels), **more))


def panel(made: object) -> dict[str, Any]:
    return dict(dashboard(made)["panels"][0])


def test_a_dashboard_of_today() -> None:
    made = dashboard(refresh=None, tags=["a"], description="D")
    assert made == {
        "uid": "t",
        "title": "T",
        "description": "D",
        "tags": ["a"],
        "editable": True,
        "graphTooltip": 0,
        "timezone": "utc",
        "time": {"from": "now-1h", "to": "now"},
        "refresh": "",
        "schemaVersion": SCHEMA_VERSION,
        "version": 1,
        "links": [],
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": [],
    }


def test_a_time_series() -> None:
    target = core.Target(expr="up", legendFormat="{{job}}", datasource="prometheus")
    made = panel(core.TimeSeries(title="Up", targets=[target], dataSource="prometheus", gridPos=PLACE, unit="s"))
    assert made["datasource"] == PROMETHEUS
    assert made["targets"] == [
        {
            "refId": "A",
            "datasource": PROMETHEUS,
            "expr": "up",
            "editorMode": "code",
            "instant": False,
            "range": True,
            "format": "time_series",
            "legendFormat": "{{job}}",
        }
    ]
    assert made["options"]["legend"] == {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True}
    assert made["gridPos"] == {"h": 8, "w": 12, "x": 0, "y": 0}
    assert {"maxDataPoints", "error", "editable", "span", "cacheTimeout", "repeatDirection"}.isdisjoint(made)


def test_a_hidden_legend() -> None:
    made = panel(core.TimeSeries(gridPos=PLACE, legendDisplayMode="hidden"))
    assert made["options"]["legend"] == {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": False}


def test_the_first_threshold_is_the_base() -> None:
    thresholds = [core.Threshold("green", 0, 0.0), core.Threshold("red", 1, 80.0)]
    made = panel(core.GaugePanel(gridPos=PLACE, thresholds=thresholds, format="percent"))
    assert made["fieldConfig"]["defaults"]["thresholds"] == {
        "mode": "absolute",
        "steps": [{"color": "green", "value": None}, {"color": "red", "value": 80.0}],
    }
    assert made["fieldConfig"]["defaults"]["unit"] == "percent"
    assert made["options"]["reduceOptions"] == {"calcs": ["mean"], "fields": "", "values": False}


def test_a_bar_gauge_keeps_what_it_had_in_field_options() -> None:
    made = panel(core.BarGauge(gridPos=PLACE, format="bytes", calc="max", min=0, max=10))
    assert made["fieldConfig"]["defaults"]["max"] == 10
    assert made["fieldConfig"]["defaults"]["unit"] == "bytes"
    assert made["options"]["reduceOptions"]["calcs"] == ["max"]
    assert set(made["options"]) == {"displayMode", "orientation", "reduceOptions"}


def test_cells_of_a_table_have_options() -> None:
    made = panel(core.Table(gridPos=PLACE, displayMode="color-text", sortBy=[core.TableSortByField("Job", True)]))
    assert made["fieldConfig"]["defaults"]["custom"]["cellOptions"] == {"type": "color-text"}
    assert made["options"] == {"cellHeight": "sm", "showHeader": True, "sortBy": [{"displayName": "Job", "desc": True}]}
    assert {"columns", "fontSize", "color", "mappings"}.isdisjoint(made)


def test_queries_get_the_letters_that_are_free() -> None:
    targets = [core.Target(expr=expr, refId=ref) for expr, ref in (("a", ""), ("b", "A"), ("c", ""))]
    made = panel(core.Stat(gridPos=PLACE, targets=targets, dataSource=PROMETHEUS))
    assert [(target["expr"], target["refId"]) for target in made["targets"]] == [("a", "B"), ("b", "A"), ("c", "C")]


def test_a_query_to_loki() -> None:
    made = panel(
        core.Logs(gridPos=PLACE, targets=[core.Target(expr="{a=~'.+'}")], dataSource={"type": "loki", "uid": "logs"})
    )
    source = {"type": "loki", "uid": "logs"}
    query = {"editorMode": "code", "queryType": "range", "legendFormat": ""}
    assert made["targets"] == [{"refId": "A", "datasource": source, "expr": "{a=~'.+'}", **query}]


def test_a_collapsed_row_holds_its_panels() -> None:
    row = core.RowPanel(title="More", collapsed=True, gridPos=PLACE, panels=[core.Text(title="In", gridPos=PLACE)])
    made = panel(row)
    assert list(made) == ["id", "type", "title", "collapsed", "gridPos", "panels"]
    assert [inside["title"] for inside in made["panels"]] == ["In"]


def test_ids_come_from_titles_and_stay_when_a_panel_is_added_above() -> None:
    def ids(*titles: str) -> list[int]:
        return [
            made["id"] for made in dashboard(*(core.Text(title=title, gridPos=PLACE) for title in titles))["panels"]
        ]

    first, second, again = ids("One", "Two", "One")
    assert again == first + 1
    assert ids("New", "One", "Two")[1:] == [first, second]


def test_variables() -> None:
    listed = core.Templating(
        [
            core.Template("job", "label_values(up, job)", dataSource="prometheus"),
            core.Template("size", "s,m", type="custom", default="m"),
        ]
    )
    query, custom = dashboard(templating=listed)["templating"]["list"]
    assert query == {
        "name": "job",
        "type": "query",
        "datasource": PROMETHEUS,
        "query": "label_values(up, job)",
        "refresh": 1,
        "sort": 1,
        "current": {},
        "options": [],
        "hide": 0,
    }
    assert custom["current"] == {"text": "m", "value": "m"}
    assert [option["value"] for option in custom["options"]] == ["s", "m"]
    assert "datasource" not in custom


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (core.Graph(title="G", gridPos=PLACE), "panel 'G': the type 'graph' was removed from Grafana"),
        (core.Text(title="P"), "panel 'P' has no place on the grid"),
        (
            core.Stat(gridPos=PLACE, targets=[core.Target()]),
            "a query names no data source, neither itself nor its panel",
        ),
        (
            core.Stat(gridPos=PLACE, dataSource="p", targets=[core.Target(refId="A"), core.Target(refId="A")]),
            "two queries of a panel have the same ref: A, A",
        ),
    ],
)
def test_what_cannot_be_made_current_is_refused(made: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        dashboard(made)


def test_two_panels_with_the_same_id_are_refused() -> None:
    with pytest.raises(ValueError, match="panel 'Q' has the id 7 of another one"):
        dashboard(core.Text(title="P", id=7, gridPos=PLACE), core.Text(title="Q", id=7, gridPos=PLACE))


def test_nothing_is_null_but_the_base_of_thresholds() -> None:
    def nulls(tree: object, path: str = "") -> list[str]:
        if isinstance(tree, dict):
            return [found for key, value in tree.items() for found in nulls(value, f"{path}.{key}")]
        if isinstance(tree, list):
            return [found for position, value in enumerate(tree) for found in nulls(value, f"{path}[{position}]")]
        return [path] if tree is None else []

    found = nulls(every_kind().document)
    assert found
    assert not [path for path in found if not path.endswith("steps[0].value")]


def test_the_file_is_the_dashboard_the_same_bytes_every_time() -> None:
    content = encode(every_kind())
    assert json.loads(content) == every_kind().document
    assert content == encode(every_kind())
    assert content.endswith(b"}\n")
    assert b'\n   "title": "Latency",\n' in content
    assert Form({"title": "", "of": "100 %"}, (("title",),)).text([encoded("Größe\n")]) == (
        '{\n "title": "Größe\\n",\n "of": "100 %"\n}'
    )
