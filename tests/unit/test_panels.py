"""The house style: what each kind of panel makes of its arguments, and what can be read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dashboards import fields, look, panels
from dashboards.layout import Section
from dashboards.parts import (
    Column,
    Link,
    Meaning,
    Query,
    Threshold,
    choice,
    drill_down,
    free_text,
    instance_variable,
    label_values,
)
from dashboards.queries import DashboardVariable, PanelQuery, panel_queries, variables
from spec.names import SEVERITIES
from tests.every_kind import every_kind

if TYPE_CHECKING:
    from dashboards.parts import Panel

RED, ORANGE, PURPLE, OK = look.VERMILION, look.ORANGE, look.PURPLE, look.OK
UP = Query("up")


def dashboard(*shown: Panel, **more: Any) -> dict[str, Any]:
    given = {"title": "T", "uid": "t", "description": "D", "sections": (Section("", shown),)}
    return panels.dashboard(**(given | more)).document


def made(shown: Panel) -> dict[str, Any]:
    return dict(dashboard(shown)["panels"][0])


def defaults(shown: Panel) -> dict[str, Any]:
    return dict(made(shown)["fieldConfig"]["defaults"])


def stat(**field: Any) -> Panel:
    return panels.stat(**({"title": "S", "description": "D", "queries": (UP,)} | field))


def chart(**field: Any) -> Panel:
    return panels.timeseries(**({"title": "C", "description": "D", "queries": (UP,)} | field))


def test_a_stat_asks_for_now_and_with_a_trend_for_the_range() -> None:
    assert made(stat())["targets"][0]["instant"] is True
    assert made(stat(trend=True))["targets"][0]["range"] is True
    assert made(stat(trend=True, queries=(Query("up", instant=True),)))["targets"][0]["instant"] is True


def test_a_figure_has_a_colour_only_where_the_colour_means_something() -> None:
    assert made(stat())["options"]["colorMode"] == "none"
    assert made(stat(thresholds=(Threshold(1, "high"),)))["options"]["colorMode"] == "background"
    assert made(stat(meanings=(Meaning(1, "up", OK),)))["options"]["colorMode"] == "background"


@pytest.mark.parametrize(
    ("thresholds", "ranges"),
    [
        ((), ((None, look.NEUTRAL),)),
        ((Threshold(80, "high"),), ((None, OK), (80, ORANGE))),
        ((Threshold(20, "medium", below=True),), ((None, PURPLE), (20, OK))),
        (
            (Threshold(20, "medium", below=True), Threshold(5, "critical", below=True)),
            ((None, RED), (5, PURPLE), (20, OK)),
        ),
        ((Threshold(1, "high", below=True), Threshold(9, "critical")), ((None, ORANGE), (1, OK), (9, RED))),
        ((Threshold(80, "high"), Threshold(80, "critical")), ((None, OK), (80, RED))),
        ((Threshold(80, "critical"), Threshold(90, "medium")), ((None, OK), (80, RED))),
    ],
)
def test_the_colour_of_a_range_is_that_of_the_worst_threshold_passed(
    thresholds: tuple[Threshold, ...], ranges: tuple[tuple[float | None, str], ...]
) -> None:
    assert fields.ranges(thresholds) == ranges


def test_thresholds_are_dashed_lines_across_a_chart_and_the_axis_reaches_them() -> None:
    made_of = defaults(chart(thresholds=(Threshold(0.2, "medium", below=True), Threshold(2, "critical"))))
    assert made_of["thresholds"]["steps"] == [
        {"color": "transparent", "value": None},
        {"color": PURPLE, "value": 0.2},
        {"color": RED, "value": 2},
    ]
    assert made_of["custom"]["thresholdsStyle"] == {"mode": "dashed"}
    assert made_of["custom"]["axisSoftMax"] == pytest.approx(2.1)
    assert "axisSoftMax" not in defaults(chart(thresholds=(Threshold(2, "critical"),), headroom=False))["custom"]


def test_gaps_in_a_chart_show_unless_asked_to_be_joined() -> None:
    assert defaults(chart())["custom"]["spanNulls"] is False
    assert defaults(chart(gaps="join"))["custom"]["spanNulls"] is True


@pytest.mark.parametrize(
    ("colours", "queries", "matchers"),
    [
        (("2xx", "5xx"), (UP,), [("byName", "2xx", "fixed", look.SKY), ("byName", "5xx", "fixed", ORANGE)]),
        ({"5xx": RED}, (UP,), [("byName", "5xx", "fixed", RED)]),
        ((), (UP,), [("byFrameRefID", "A", "fixed", look.SKY)]),
        ((), (Query("up", "{{job}}"),), []),
        (
            (),
            (UP, Query("b", "{{job}}")),
            [("byFrameRefID", "A", "fixed", look.SKY), ("byFrameRefID", "B", "shades", ORANGE)],
        ),
    ],
)  # fmt: skip
def test_series_have_colours_from_the_palette(
    colours: Any, queries: tuple[Query, ...], matchers: list[tuple[str, str, str, str]]
) -> None:
    overrides = made(chart(colours=colours, queries=queries))["fieldConfig"]["overrides"]
    found = [(entry["matcher"], entry["properties"][0]["value"]) for entry in overrides]
    assert [(who["id"], who["options"], how["mode"], how["fixedColor"]) for who, how in found] == matchers


def test_what_an_empty_answer_means() -> None:
    assert defaults(stat(empty="no alerts"))["noValue"] == "no alerts"
    assert "noValue" not in defaults(stat())


@pytest.mark.parametrize(
    ("unit", "grafana"),
    [
        ("", "short"),
        ("count", "short"),
        ("seconds", "s"),
        ("bytes", "bytes"),
        ("ratio", "percentunit"),
        ("requests/s", "reqps"),
        ("celsius", "celsius"),
        ("connections", "suffix: connections"),
    ],
)
def test_units(unit: str, grafana: str) -> None:
    assert defaults(stat(unit=unit))["unit"] == grafana


def test_a_gauge_knows_its_bounds() -> None:
    shown = panels.gauge(title="G", description="D", queries=(UP,), unit="ratio")
    assert (defaults(shown)["min"], defaults(shown)["max"]) == (0.0, 1.0)
    shown = panels.gauge(title="G", description="D", queries=(UP,), unit="celsius", minimum=-20, maximum=50)
    assert (defaults(shown)["min"], defaults(shown)["max"]) == (-20, 50)
    assert "max" not in defaults(panels.bar_gauge(title="B", description="D", queries=(UP,), unit="count"))


def test_meanings_of_values_and_ranges() -> None:
    meanings = (Meaning(1, "up", OK), Meaning(0, "down", RED), Meaning(2, "odd", upto=9))
    assert fields.mappings(meanings) == [
        {
            "type": "value",
            "options": {"1": {"text": "up", "color": OK, "index": 0}, "0": {"text": "down", "color": RED, "index": 1}},
        },
        {
            "type": "range",
            "options": {"from": 2, "to": 9, "result": {"text": "odd", "color": look.NEUTRAL, "index": 2}},
        },
    ]


def test_not_a_number_says_so_but_texts_of_a_table_stay() -> None:
    assert fields.NOT_A_NUMBER in defaults(stat())["mappings"]
    assert "mappings" not in defaults(
        panels.table(title="T", description="D", queries=(UP,), columns=(Column("A", "Up"),))
    )


def test_a_table_shows_its_columns_and_nothing_else() -> None:
    columns = (
        Column("service", "Service", link=Link("Open", "/d/x")),
        Column("A", "Up", meanings=(Meaning(1, "up", OK),)),
        Column("B", "Delay", "seconds", decimals=1, width=90),
    )
    shown = made(
        panels.table(
            title="T", description="D", queries=(UP, Query("delay")), columns=columns, sort_by="Delay", descending=True
        )
    )
    assert [target["format"] for target in shown["targets"]] == ["table", "table"]
    assert [step["id"] for step in shown["transformations"]] == ["filterFieldsByName", "merge", "organize"]
    organize = shown["transformations"][2]["options"]
    assert organize["renameByName"] == {"service": "Service", "Value #A": "Up", "Value #B": "Delay"}
    assert organize["indexByName"] == {"service": 0, "Value #A": 1, "Value #B": 2}
    assert shown["options"]["sortBy"] == [{"displayName": "Delay", "desc": True}]
    properties = {
        entry["matcher"]["options"]: [one["id"] for one in entry["properties"]]
        for entry in shown["fieldConfig"]["overrides"]
    }
    assert properties == {
        "Service": ["links", "noValue"],
        "Up": ["mappings", "custom.cellOptions"],
        "Delay": ["unit", "decimals", "custom.width"],
    }


def test_a_single_query_of_a_table_has_a_plain_value() -> None:
    shown = made(panels.table(title="T", description="D", queries=(UP,), columns=(Column("A", "Up"),)))
    assert [step["id"] for step in shown["transformations"]] == ["filterFieldsByName", "organize"]
    assert shown["transformations"][1]["options"]["renameByName"] == {"Value": "Up"}


def test_queries_to_two_data_sources_are_mixed() -> None:
    shown = made(chart(queries=(UP, Query("sum(rate({a='b'}[1m]))", datasource="loki"))))
    assert shown["datasource"] == {"type": "datasource", "uid": "-- Mixed --"}
    assert [target["datasource"]["uid"] for target in shown["targets"]] == ["prometheus", "loki"]


def test_a_drill_down_keeps_the_time_range_and_the_variables() -> None:
    link = drill_down("Details", "service", keep=("service", "instance"), instance="${__field.labels.instance}")
    assert link.url == "/d/service?${__url_time_range}&${service:queryparam}&var-instance=${__field.labels.instance}"
    assert defaults(chart(links=(link,)))["links"] == [{"title": "Details", "url": link.url, "targetBlank": False}]


def test_an_open_row_stands_before_its_panels_and_a_collapsed_one_holds_them() -> None:
    shown = dashboard(sections=(Section("Open", (stat(),)), Section("Closed", (chart(),), collapsed=True)))["panels"]
    assert [(entry["type"], entry["gridPos"]["y"]) for entry in shown] == [("row", 0), ("stat", 1), ("row", 5)]
    assert [entry["gridPos"]["y"] for entry in shown[2]["panels"]] == [6]
    assert shown[0]["panels"] == []


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: stat(description=" "), "'S' needs a description: what it shows, and what to do about it"),
        (lambda: panels.text(title="W", description="", markdown="x"), "'W' needs a description"),
        (lambda: dashboard(description=""), "'T' needs a description"),
        (lambda: stat(queries=()), "panel 'S' asks nothing"),
        (lambda: dashboard(uid="a b"), "dashboard 'T': the uid 'a b' is not 1 to 40 of the characters A-Z a-z 0-9 _ -"),
        (lambda: dashboard(uid="x" * 41), "is not 1 to 40 of the characters"),
    ],
)
def test_what_the_house_style_refuses(build: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()


def test_every_severity_has_a_colour_of_its_own() -> None:
    colours = [look.SEVERITY_COLOURS[severity] for severity in SEVERITIES]
    assert len({*colours, look.OK}) == len(SEVERITIES) + 1


def test_queries_are_read_back_from_collapsed_rows_too() -> None:
    shown = dashboard(sections=(Section("", (stat(empty="none"),)), Section("More", (chart(),), collapsed=True)))
    ids = [shown["panels"][0]["id"], shown["panels"][1]["panels"][0]["id"]]
    assert panel_queries(shown) == (
        PanelQuery("t", ids[0], "S", "A", "prometheus", "up", instant=True, empty_ok=True),
        PanelQuery("t", ids[1], "C", "A", "prometheus", "up", instant=False, empty_ok=False),
    )


def test_variables_are_read_back() -> None:
    given = (
        label_values("service", "Service", 'up{service!=""}'),
        instance_variable(),
        label_values("route", "Route", "http_requests_total", default="pay"),
        choice("level", "Level", ("info", "error")),
        free_text("search", "Search"),
    )
    read = variables(dashboard(variables=given))
    assert read[0] == DashboardVariable(
        dashboard="t",
        name="service",
        kind="query",
        datasource="prometheus",
        query='label_values(up{service!=""}, service)',
        values=(),
        current="",
        multi=False,
    )
    assert [(each.name, each.kind, each.query, each.values, each.current, each.multi) for each in read[1:]] == [
        ("instance", "query", 'label_values(up{service=~"$service"}, instance)', (), "$__all", True),
        ("route", "query", "label_values(http_requests_total, route)", (), "pay", False),
        ("level", "custom", "info,error", ("info", "error"), "info", False),
        ("search", "textbox", "", ("",), "", False),
    ]


def test_everything_that_asks_can_be_read_back() -> None:
    asked = panel_queries(every_kind().document)
    assert len({(query.panel, query.ref) for query in asked}) == len(asked) == 19
    assert {query.datasource for query in asked} == {"prometheus", "loki"}
    assert [query.title for query in asked if query.empty_ok] == ["Firing alerts", "Nothing wrong", "Lines"]


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, contrast ratio: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""

    def light(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [look.OK, *look.SEVERITY_COLOURS.values()])
def test_a_number_on_a_filled_figure_can_be_read(colour: str) -> None:
    assert contrast(look.FILLED.get(colour, colour), "#FFFFFF") >= 3


def test_a_filled_figure_has_darker_colours_and_no_course_behind_it() -> None:
    filled: Any = stat(trend=True, thresholds=(Threshold(5, "high"),)).model
    bare: Any = stat(trend=True).model
    steps = filled["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [step["color"] for step in steps] == [look.OK, look.FILLED[look.ORANGE]]
    assert [model["options"]["graphMode"] for model in (filled, bare)] == ["none", "area"]


@pytest.mark.parametrize(("queries", "fill"), [
    ((Query("up"),), 8),
    ((Query("up", "{{instance}}"),), 0),
    ((Query("up", "now"), Query("down", "before")), 0),
])  # fmt: skip
def test_areas_below_several_lines_are_not_filled(queries: tuple[Query, ...], fill: int) -> None:
    model: Any = panels.timeseries(title="T", description="D.", queries=queries).model
    assert model["fieldConfig"]["defaults"]["custom"]["fillOpacity"] == fill
