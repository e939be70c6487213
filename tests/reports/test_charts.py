"""Shapes are well-formed, stay inside, and survive empty, single, negative and unknown figures."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from pipelines.reports.writers import charts
from pipelines.reports.writers.charts import Axis, Fall, Month, Stack


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)


def bars(text: str, kind: str) -> list[dict[str, float]]:
    return [{k: float(v) for k, v in e.attrib.items() if k != "class"} for e in parsed(text).iter("rect") if e.get("class") == kind]


def labels(text: str) -> list[str]:
    return ["".join(e.itertext()) for e in parsed(text).iter("text")]


def columns(months: list[Month], good: str = "higher") -> str:
    return charts.columns(months, width=580, good=good, title="t", variance_title="v", scale_words=" x{k}", label="l")


def test_columns_share_one_scale_and_label_the_truth() -> None:
    text = columns([Month("1", 100, 120, 90, None, -20, "100", "-20"), Month("2", 200, 150, 140, None, 50, "200", "+50", True)])
    low, high = bars(text, "ac")
    assert high["height"] == pytest.approx(2 * low["height"], abs=0.2)
    assert {"100", "200", "-20", "+50"} <= set(labels(text))
    (red,), (green,) = bars(text, "bad"), bars(text, "good")
    assert green["height"] == pytest.approx(2.5 * red["height"], abs=0.2)
    magnified = re.search(r">v x(\d+)<", text)
    times = int(magnified[1]) if magnified else 1
    assert green["height"] / 50 == pytest.approx(times * high["height"] / 200, rel=0.02)


def test_large_variances_get_room_instead_of_another_scale() -> None:
    text = columns([Month("1", 100, 0, None, None, 100), Month("2", 0, 100, None, None, -100)])
    assert bars(text, "good")[0]["height"] == pytest.approx(bars(text, "ac")[0]["height"], abs=0.2)


def test_lower_is_better_turns_the_colours() -> None:
    text = columns([Month("1", 120, 100, None, None, 20)], good="lower")
    assert bars(text, "bad")
    assert not bars(text, "good")


@pytest.mark.parametrize(
    "months",
    [
        [Month("1", None)],
        [Month("1", 0, 0, 0, 0, 0, "0", "0")],
        [Month("1", -5, 3, -2, None, -8, "-5", "-8")],
        [Month("1", None, 5, None, 6, 1, "6", "+1")],
        [Month(str(i), 10.0**9 + i, 10.0**9, value_label="1,000,000,000") for i in range(40)],
    ],
)
def test_columns_survive(months: list[Month]) -> None:
    root = parsed(columns(months))
    assert all(float(e.get("height", "0")) >= 0 and float(e.get("width", "0")) >= 0 for e in root.iter("rect"))
    assert "nan" not in columns(months)


def test_crowded_labels_are_thinned_not_overlapped() -> None:
    text = columns([Month(f"2026-{i:02d}", 1000 + i, value_label="1,000,000") for i in range(30)])
    spots = sorted(float(e.get("x", "0")) for e in parsed(text).iter("text") if "".join(e.itertext()) == "1,000,000")
    assert all(b - a >= charts.text_width("1,000,000") for a, b in zip(spots, spots[1:], strict=False))


def falls(base: float, *causes: float) -> list[Fall]:
    steps = [Fall("plan", base, "p", True, "plan")] + [Fall(f"c{i}", c, str(c)) for i, c in enumerate(causes)]
    return [*steps, Fall("actual", base + sum(causes), "a", True, "ac")]


def waterfall(steps: list[Fall]) -> str:
    return charts.waterfall(steps, width=380, good="higher", cut_note="cut", label="l")


def test_a_waterfall_cuts_its_axis_only_when_it_must_and_says_so() -> None:
    assert "tear" in waterfall(falls(18250, 612, -285))
    assert "cut" in labels(waterfall(falls(18250, 612, -285)))
    assert "tear" not in waterfall(falls(100, 60, -30))
    assert "tear" not in waterfall(falls(-100, 60, -30))


def test_causes_are_to_scale() -> None:
    text = waterfall(falls(18250, 600, -300))
    assert bars(text, "good")[0]["width"] == pytest.approx(2 * bars(text, "bad")[0]["width"], abs=0.2)


@pytest.mark.parametrize("steps", [[], falls(0), falls(0, 5, -5), falls(10, -20), falls(5)])
def test_waterfalls_survive(steps: list[Fall]) -> None:
    text = waterfall(steps)
    assert not steps or parsed(text) is not None
    assert "nan" not in text


def test_stacks_add_up_and_pins_turn_red() -> None:
    rows = [Stack("a", (60, 30, 10), ("60", "30", "10"), "100", 0.4, "40%", 0.01, "+1"), Stack("b", (50, None, -10), ("50", "", "-10"), "40", 0.1, "10%")]
    text = charts.stacked(rows, (0, 0.5, 1), width=580, heading="h", rate_heading="r", delta_heading="d", threshold=0.3, good="lower", label="l")
    parts = bars(re.sub(r' fill="[^"]*"', "", text), "part")
    assert sum(part["width"] for part in parts[:3]) == pytest.approx(100 / 60 * parts[0]["width"], abs=0.3)
    assert len(bars(text, "bad")) == 1
    assert charts.stacked([], (), width=1, heading="", rate_heading="", delta_heading="", threshold=None, good="lower", label="") == ""


def test_bars_and_their_labels_stay_inside() -> None:
    values, texts = [321.0, -40.0, None, -90.0, 438.0], ["+321", "−40", "—", "−90", "+438"]
    axis = charts.fitted(values, texts, 160)
    for value, text in zip(values, texts, strict=True):
        if value is not None:
            edge = axis.at(value) + (charts.text_width(text) + 5) * (1 if value >= 0 else -1)
            assert 0 <= edge <= 160
    assert charts.fitted([], [], 100).at(0) == pytest.approx(5)
    assert charts.fitted([100.0], ["x"], 160, most=0.5).per_unit == pytest.approx(0.5)


def test_pins_beyond_the_axis_end_in_an_arrow() -> None:
    axis = Axis(0, 1, 10, 60)
    assert "<path" in charts.pin(axis, 7.0, "+700%", "higher", width=100)
    assert "<path" not in charts.pin(axis, 0.7, "+70%", "higher", width=100)


@pytest.mark.parametrize("values", [[], [None], [5], [0, 0], [-1, 2, None, 3]])
def test_sparks_survive(values: list[float | None]) -> None:
    assert parsed(charts.spark_bars(values, 2, "higher")) is not None
    assert parsed(charts.spark_line(values, None)) is not None


def test_names_are_escaped_and_clipped() -> None:
    assert "<b>" not in waterfall([Fall("<b>", 1, "<i>", True, "ac")])
    assert charts.clipped("一二三四五六", 50) == "一二三…"
    assert charts.tone(0) == charts.CALM
    assert charts.tone(1) == "#7c1020"


def test_a_cause_that_ends_at_the_axis_is_labelled_beside_its_bar() -> None:
    text = waterfall([Fall("Last year", 213, "213", True), Fall("No longer sold", -213, "-213"), Fall("Actual", 0, "0", True)])
    (name,) = [e for e in parsed(text).iter("text") if "".join(e.itertext()) == "No longer sold"]
    (value,) = [e for e in parsed(text).iter("text") if "".join(e.itertext()) == "-213"]
    assert value.get("text-anchor") == "start"
    assert float(str(value.get("x"))) > float(str(name.get("x"))) + charts.text_width("No longer sold")
