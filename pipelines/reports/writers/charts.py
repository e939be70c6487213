"""Shapes: pure functions from numbers and ready-made labels to SVG text, after the IBCS notation.

Actual is solid dark, plan outlined, previous year light grey, forecast hatched; variances green when favourable and red when not;
relative variances are pins. Same unit, same scale: a chart that magnifies says by how much (:func:`magnified`). Colours are
classes of ``report.css``. Labels arrive as text; words and digits are ``catalogue``'s and ``formats``'. No figure is made here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

FONT = 12.0
HATCH = (
    '<svg class="defs" width="0" height="0" aria-hidden="true"><defs>'
    '<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect width="5" height="5" fill="#fff"/><rect width="2.4" height="5" fill="#404040"/></pattern></defs></svg>'
)
"""Put once on a page: the pattern of forecasts."""

_MAGNIFICATIONS = (1, 2, 3, 4, 5, 8, 10, 20, 50, 100, 200, 500, 1000)
_TONES = ((0xF3, 0xD9, 0xA0), (0xEC, 0xB1, 0x52), (0xE0, 0x79, 0x3A), (0xC9, 0x3F, 0x2C), (0x7C, 0x10, 0x20))
CALM = "#d3d9de"


@dataclass(frozen=True)
class Axis:
    """Maps numbers from ``low``..``high`` to pixels ``start``..``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of ``value``."""
        if self.high == self.low:
            return self.start
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    @property
    def per_unit(self) -> float:
        """Pixels for 1."""
        return 0.0 if self.high == self.low else (self.end - self.start) / (self.high - self.low)


def text_width(text: str, size: float = FONT) -> float:
    """About how wide a label is: Chinese counts 1, digits and Latin a good half.

    >>> text_width("合计", 10), text_width("1,234", 10)
    (20.0, 26.0)
    """
    units = sum(1.0 if ord(c) > 0x2E80 else 0.3 if c in ",.:; '|il" else 0.9 if c in "mw%MW" else 0.575 for c in text)
    return round(units * size, 2)


def clipped(text: str, width: float, size: float = FONT) -> str:
    """The label cut to ``width`` with an ellipsis; the whole stays in the data table."""
    if text_width(text, size) <= width:
        return text
    while text and text_width(text + "…", size) > width:
        text = text[:-1]
    return text + "…"


def magnified(main_per_unit: float, largest: float, room: float) -> int:
    """How many times the main scale a variance of ``largest`` may be drawn in ``room`` pixels: a round number.

    >>> magnified(0.05, 438, 90), magnified(0.05, 0, 90)
    (4, 1)
    """
    if largest <= 0 or main_per_unit <= 0:
        return 1
    fitting = [step for step in _MAGNIFICATIONS if step * main_per_unit * largest <= room]
    return fitting[-1] if fitting else 1


def fitted(values: Sequence[float | None], labels: Sequence[str], width: float, most: float = 1e9) -> Axis:
    """An axis through zero on which every bar and the label at its end stay inside ``width``; at most ``most`` pixels for 1."""
    pairs = [(value, text_width(label) + 10) for value, label in zip(values, labels, strict=True) if value is not None]
    up = [(value, mark) for value, mark in pairs if value >= 0]
    down = [(-value, mark) for value, mark in pairs if value < 0]

    def side(bars: Sequence[tuple[float, float]], per: float) -> float:
        return max((value * per + mark for value, mark in bars), default=5.0)

    low, high = 0.0, most
    top = max((abs(value) for value, _ in pairs), default=0.0)
    if top:
        high = min(most, width / top)
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if side(up, middle) + side(down, middle) <= width else (low, middle)
        low = most if side(up, most) + side(down, most) <= width else low
    zero = side(down, low)
    first, last = -max((v for v, _ in down), default=0.0), max((v for v, _ in up), default=0.0)
    return Axis(first, last, zero + first * low, zero + last * low)


def tone(value: float) -> str:
    """A colour from calm grey (0) through yellow and orange to dark red (1)."""
    if value <= 0:
        return CALM
    place = min(value, 1.0) * (len(_TONES) - 1)
    low = min(int(place), len(_TONES) - 2)
    part = place - low
    mixed = (round(a + (b - a) * part) for a, b in zip(_TONES[low], _TONES[low + 1], strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def svg(width: float, height: float, body: str, label: str = "", kind: str = "chart") -> str:
    """An SVG element; ``label`` is what a screen reader says."""
    said = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return f'<svg class="{kind}" width="{n(width)}" height="{n(height)}" viewBox="0 0 {n(width)} {n(height)}" {said}>{body}</svg>'


def n(value: float) -> str:
    """A coordinate with at most one decimal."""
    text = f"{value:.1f}"
    return "0" if text == "-0.0" else text.removesuffix(".0")


def rect(x: float, y: float, width: float, height: float, kind: str, extra: str = "") -> str:
    """A rectangle of a class; negative sizes are turned round."""
    if width < 0:
        x, width = x + width, -width
    if height < 0:
        y, height = y + height, -height
    return f'<rect x="{n(x)}" y="{n(y)}" width="{n(width)}" height="{n(height)}" class="{kind}"{extra}/>'


def line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    """A line of a class."""
    return f'<line x1="{n(x1)}" y1="{n(y1)}" x2="{n(x2)}" y2="{n(y2)}" class="{kind}"/>'


def text(x: float, y: float, label: str, kind: str = "", anchor: str = "start") -> str:
    """A label."""
    return f'<text x="{n(x)}" y="{n(y)}" class="{kind}" text-anchor="{anchor}">{escape(label)}</text>'


def tint(value: float | None, good: str) -> str:
    """The class of a variance: ``good``, ``bad`` or ``flat``."""
    if not value or good == "neutral":
        return "flat"
    return "good" if (value > 0) == (good == "higher") else "bad"


# --- parts of a row ---------------------------------------------------------------------------------------------------


def bar_over_plan(
    axis: Axis,
    actual: float | None,
    plan: float | None,
    label: str,
    *,
    base: str = "plan",
    height: float = 30.0,
    width: float = 0.0,
) -> str:
    """Actual solid over the outlined plan (or the grey previous year: ``base="py"``), one row of the big comparison."""
    zero, middle = axis.at(0), height / 2
    body = ""
    tip = zero
    if plan is not None:
        body += rect(zero, middle - 11, axis.at(plan) - zero, 14, base)
        tip = axis.at(plan)
    if actual is not None:
        body += rect(zero, middle - 5, axis.at(actual) - zero, 15, "ac")
        tip = max(tip, axis.at(actual)) if actual >= 0 else axis.at(actual)
        if actual < 0:
            body += text(tip - 4, middle + 7, label, "", "end")
        else:
            body += text(max(tip, zero) + 5, middle + 7, label)
    body += line(zero, 0, zero, height, "axis")
    return svg(width or axis.end + 60, height, body, kind="cell")


def variance_bar(axis: Axis, value: float | None, label: str, good: str, *, base: str = "plan", height: float = 30.0, width: float) -> str:
    """An absolute variance: a bar from the reference's axis, labelled at its end."""
    zero, middle = axis.at(0), height / 2
    body = ""
    if value is not None:
        tip = axis.at(value)
        body += rect(zero, middle - 7, tip - zero, 14, tint(value, good))
        body += text(tip + 5, middle + 4, label) if value >= 0 else text(tip - 5, middle + 4, label, "", "end")
    body += _reference(zero, height, base)
    return svg(width, height, body, kind="cell")


def pin(axis: Axis, value: float | None, label: str, good: str, *, base: str = "plan", height: float = 30.0, width: float) -> str:
    """A relative variance: a thin stem with a dark head; beyond the axis it ends in an arrow."""
    zero, middle = axis.at(0), height / 2
    body = ""
    if value is not None:
        beyond = value > axis.high or value < axis.low
        tip = axis.at(min(max(value, axis.low), axis.high))
        body += rect(zero, middle - 1.3, tip - zero, 2.6, tint(value, good))
        if beyond:
            way = 1 if value > 0 else -1
            body += f'<path d="M{n(tip - way * 4)} {n(middle - 5)}l{n(way * 8)} 5l{n(-way * 8)} 5z" class="ac"/>'
        else:
            body += rect(tip - 3.5, middle - 3.5, 7, 7, "ac")
        body += text(tip + 8, middle + 4, label) if value >= 0 else text(tip - 8, middle + 4, label, "", "end")
    body += _reference(zero, height, base)
    return svg(width, height, body, kind="cell")


def cell_bar(value: float | None, low: float, high: float, kind: str, *, width: float = 90.0, height: float = 14.0) -> str:
    """A plain bar inside a table's cell."""
    axis = Axis(min(low, 0.0), max(high, 0.0), 0.0, width)
    body = rect(axis.at(0), 1, axis.at(value or 0) - axis.at(0), height - 2, kind) if value else ""
    if low < 0:
        body += line(axis.at(0), 0, axis.at(0), height, "axis")
    return svg(width, height, body, kind="cell")


def spark_bars(values: Sequence[float | None], reference: float | None, good: str, *, width: float = 140.0, height: float = 30.0) -> str:
    """Grey bars with the last one dark, and a cap from it to the plan: green above, red below."""
    shown = [value or 0.0 for value in values]
    if not shown:
        return svg(width, height, "", kind="spark")
    top = max([*shown, reference or 0.0, 0.0])
    bottom = min([*shown, reference or 0.0, 0.0])
    axis = Axis(bottom, top, height - 1, 3) if top > bottom else Axis(0, 1, height - 1, 3)
    step = width / len(shown)
    gap = min(2.5, step * 0.25)
    body = ""
    for place, value in enumerate(shown):
        last = place == len(shown) - 1
        body += rect(place * step, axis.at(0), step - gap, axis.at(value) - axis.at(0), "ac" if last else "py")
    if reference is not None:
        x, kind = (len(shown) - 1) * step, tint(shown[-1] - reference, good)
        body += rect(x - 1.5, axis.at(max(shown[-1], reference)) - 1, step - gap + 3, 2.4, kind if kind != "flat" else "ac")
    return svg(width, height, body, kind="spark")


def spark_line(values: Sequence[float | None], reference: float | None, *, width: float = 140.0, height: float = 30.0) -> str:
    """A grey line that ends in a dark square; the target is dashed."""
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    if not known:
        return svg(width, height, "", kind="spark")
    levels = [value for _, value in known] + ([reference] if reference is not None else [])
    low, high = min(levels), max(levels)
    axis = Axis(low, high, height - 5, 5) if high > low else Axis(low - 1, high + 1, height - 5, 5)
    step = (width - 10) / max(len(values) - 1, 1)
    places = [(5 + place * step, axis.at(value)) for place, value in known]
    body = ""
    if reference is not None:
        body += line(0, axis.at(reference), width, axis.at(reference), "target")
    body += f'<polyline points="{" ".join(f"{n(x)},{n(y)}" for x, y in places)}" class="trace"/>'
    x, y = places[-1]
    body += rect(x - 3, y - 3, 6, 6, "ac")
    return svg(width, height, body, kind="spark")


def _reference(x: float, height: float, base: str) -> str:
    """The axis that a variance stands on: the plan's is a double line, the previous year's a grey one."""
    if base == "py":
        return rect(x - 1.5, 0, 3, height, "py")
    return line(x - 1.2, 0, x - 1.2, height, "thin") + line(x + 1.2, 0, x + 1.2, height, "thin")


# --- whole charts -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Month:
    """One place of a column chart, with its labels ready."""

    label: str
    actual: float | None
    plan: float | None = None
    previous: float | None = None
    forecast: float | None = None
    variance: float | None = None
    value_label: str = ""
    variance_label: str = ""
    marked: bool = False


def columns(months: Sequence[Month], *, width: float, good: str, title: str, variance_title: str, scale_words: str, label: str) -> str:
    """Months side by side with the variances above them on the plan's axis.

    ``scale_words`` is put behind ``variance_title`` with ``{k}`` filled in when variances are magnified.
    """
    if not months:
        return ""
    changes = [month.variance for month in months if month.variance is not None]
    values = [v for m in months for v in (m.actual, m.plan, m.previous, m.forecast) if v is not None]
    high, low = max([*values, 0.0]), min([*values, 0.0])
    room = 140.0 if low < 0 else 146.0
    per = room / (high - low) if high > low else 0.0
    up, down = max([*changes, 0.0]), -min([*changes, 0.0])
    times = magnified(per, up + down, 48.0)
    top = 70.0 + (up + down) * per * times if changes else 4.0
    foot = top + 190.0
    axis = Axis(low, high, top + 44 + room, top + 44) if high > low else Axis(0, 1, foot, top + 44)
    step = (width - 8) / len(months)
    bar = min(step * 0.46, 46.0)
    body = ""
    if changes:
        heading = variance_title + (scale_words.format(k=times) if times != 1 else "")
        body += text(4, 14, heading, "head") + _variances(months, 40.0 + up * per * times, per * times, step, bar, good)
    body += text(4, top + 14, title, "head")
    zero = axis.at(0)
    every = _thinning([m.value_label for m in months], step)
    for place, month in enumerate(months):
        x = 4 + place * step + (step - bar) / 2
        value = month.actual if month.actual is not None else month.forecast
        kind = "ac" if month.actual is not None else "fc"
        heights = [0.0]
        if month.plan is not None:
            body += rect(x - bar * 0.18, zero, bar, axis.at(month.plan) - zero, "plan")
            heights.append(month.plan)
        if value is not None:
            body += rect(x, zero, bar, axis.at(value) - zero, kind)
            heights.append(value)
        if month.previous is not None:
            edge, level = x - bar * 0.18 - 2, axis.at(month.previous)
            body += f'<path d="M{n(edge - 7)} {n(level - 5)}l8 5l-8 5z" class="py"/>'
        strong = "strong" if month.marked else ""
        if value is not None and (place % every == 0 or month.marked):
            level = axis.at(max(heights)) - 5 if value >= 0 else axis.at(min(heights)) + 13
            body += text(x + bar / 2, level, month.value_label, strong, "middle")
    every = _thinning([m.label for m in months], step)
    for place, month in enumerate(months):
        if place % every == 0 or month.marked:
            kind = "strong" if month.marked else ""
            body += text(4 + (place + 0.5) * step, foot + 17, month.label, kind, "middle")
    body += line(0, zero, width, zero, "axis")
    return svg(width, foot + 24, body, label)


def _variances(months: Sequence[Month], zero: float, unit: float, step: float, bar: float, good: str) -> str:
    body = ""
    every = _thinning([m.variance_label for m in months], step)
    for place, month in enumerate(months):
        if month.variance is None:
            continue
        x = 4 + place * step + (step - bar) / 2
        tip = zero - month.variance * unit
        body += rect(x, zero, bar, tip - zero, tint(month.variance, good))
        if place % every == 0 or month.marked:
            level = tip - 5 if month.variance >= 0 else tip + 13
            body += text(x + bar / 2, level, month.variance_label, "strong" if month.marked else "", "middle")
    width = 8 + step * len(months)
    return body + line(0, zero - 1.2, width, zero - 1.2, "thin") + line(0, zero + 1.2, width, zero + 1.2, "thin")


def _thinning(labels: Sequence[str], step: float) -> int:
    """Every how many labels fit beside each other."""
    widest = max((text_width(label) for label in labels), default=0.0) + 4
    return max(1, -int(-widest // step))


@dataclass(frozen=True)
class Fall:
    """One bar of a waterfall, with its label ready."""

    label: str
    amount: float
    value_label: str
    base: bool = False
    kind: str = ""


def waterfall(steps: Sequence[Fall], *, width: float, good: str, cut_note: str, label: str) -> str:
    """How one base becomes the next; the axis is cut, and says so, where the causes would be too thin to see."""
    if not steps:
        return ""
    row, height = 30.0, 30.0 * len(steps) + 8
    spans: list[tuple[float, float]] = []
    level = 0.0
    for step in steps:
        spans.append((0.0, step.amount) if step.base else (level, level + step.amount))
        level = step.amount if step.base else level + step.amount
    moving = [edge for (first, last), step in zip(spans, steps, strict=True) for edge in ((last,) if step.base else (first, last))]
    low, high = min(moving), max(moving)
    cut = low > 0 and high - low < 0.35 * high and high > low
    name_room = min(max(text_width(step.label) for step in steps) + 14, width * 0.42)
    room = max(text_width(step.value_label) for step in steps) + 10
    floor = low - (high - low) * 0.45 if cut else min(low, 0.0)
    left = name_room + (0.0 if cut or low >= 0 else room)
    axis = Axis(floor, max(high, 0.0), left, width - room)
    if axis.high == axis.low:
        axis = Axis(0.0, 1.0, left, width - room)
    foot = axis.start if cut else axis.at(0)
    body = ""
    for place, (step, (first, last)) in enumerate(zip(steps, spans, strict=True)):
        y = place * row + 5
        start = foot if step.base else axis.at(first)
        end = axis.at(last)
        body += text(0, y + 15, clipped(step.label, name_room - 8), "strong" if step.base else "")
        body += rect(start, y, end - start, 20, step.kind if step.base else tint(step.amount, good))
        if step.base and cut:
            x = foot + (min(end, axis.at(low)) - foot) * 0.4
            shape = f"M{n(x)} {n(y - 3)}l5 8.7l-5 8.7l5 8.7"
            body += f'<path d="{shape}l6 0l-5 -8.7l5 -8.7l-5 -8.7z" class="gap"/>'
            body += f'<path d="{shape}M{n(x + 6)} {n(y - 3)}l5 8.7l-5 8.7l5 8.7" class="tear"/>'
        kind = "strong" if step.base else ""
        crowded = min(start, end) - 5 - text_width(step.value_label) < name_room - 8
        if step.amount >= 0 or crowded or step.base and last >= 0:
            body += text(max(start, end) + 5, y + 15, step.value_label, kind)
        else:
            body += text(min(start, end) - 5, y + 15, step.value_label, kind, "end")
        if place + 1 < len(steps):
            body += line(end, y + 20, end, y + row, "link")
    body += line(foot, 0, foot, height - 3, "axis")
    if cut:
        body += text(0, height + 12, cut_note, "note")
        height += 18
    return svg(width, height, body, label)


@dataclass(frozen=True)
class Stack:
    """One row of stacked bars; ``rate`` with its labels."""

    label: str
    parts: tuple[float | None, ...]
    part_labels: tuple[str, ...]
    total_label: str
    rate: float | None = None
    rate_label: str = ""
    delta: float | None = None
    delta_label: str = ""
    strong: bool = False


def stacked(
    rows: Sequence[Stack],
    tones: Sequence[float],
    *,
    width: float,
    heading: str,
    rate_heading: str,
    delta_heading: str,
    threshold: float | None,
    good: str,
    label: str,
) -> str:
    """Bars cut into parts, the total behind each; at the right a pin for a rate, red on the wrong side of the threshold."""
    if not rows:
        return ""
    row, head = 29.0, 26.0
    has_rate = any(item.rate is not None for item in rows)
    has_delta = any(item.delta is not None for item in rows)
    name_room = min(max(text_width(item.label) for item in rows) + 14, width * 0.28)
    delta_room = 58.0 if has_delta else 0.0
    pin_room = 118.0 if has_rate else 0.0
    total_room = max(text_width(item.total_label) for item in rows) * 1.08 + 12
    right = width - delta_room - pin_room - total_room
    above = max([sum(max(v or 0.0, 0.0) for v in item.parts) for item in rows] + [0.0])
    below = min([sum(min(v or 0.0, 0.0) for v in item.parts) for item in rows] + [0.0])
    axis = Axis(below, above, name_room, right) if above > below else Axis(0.0, 1.0, name_room, right)
    pin_start = width - delta_room - pin_room + 14
    rates = [item.rate for item in rows if item.rate is not None]
    pins = Axis(0.0, min(max([*rates, threshold or 0.0, 0.01]), 1.5), pin_start, pin_start + pin_room - 68)
    bottom = head + row * len(rows)
    body = text(axis.at(0), 14, heading, "head")
    if has_rate:
        body += text(pin_start - 4, 14, rate_heading, "head")
    if has_delta:
        body += text(width, 14, delta_heading, "soft", "end")
    if has_rate and threshold is not None:
        body += line(pins.at(threshold), head - 4, pins.at(threshold), bottom, "target")
    for place, item in enumerate(rows):
        y = head + place * row
        body += text(0, y + 17, clipped(item.label, name_room - 8), "strong" if item.strong else "")
        forward = backward = axis.at(0)
        for value, part_label, shade in zip(item.parts, item.part_labels, tones, strict=True):
            if not value:
                continue
            length = value * axis.per_unit
            x = forward if value > 0 else backward + length
            body += rect(x, y + 4, abs(length), 18, "part", f' fill="{tone(shade)}"')
            if abs(length) > text_width(part_label, 11) + 6:
                body += text(x + abs(length) / 2, y + 17, part_label, "inside light" if shade > 0.7 else "inside", "middle")
            if value > 0:
                forward += length
            else:
                backward += length
        body += text(forward + 6, y + 17.5, item.total_label, "strong")
        if item.rate is not None:
            wrong = threshold is not None and (item.rate > threshold if good == "lower" else item.rate < threshold)
            tip = pins.at(min(max(item.rate, 0.0), pins.high))
            kind = "bad" if wrong else "ac"
            body += rect(pin_start, y + 11.7, tip - pin_start, 2.6, kind) + rect(tip - 3.5, y + 9.5, 7, 7, "ac")
            body += text(tip + 8, y + 17, item.rate_label, "strong ink-bad" if wrong else "")
        if item.delta is not None:
            body += text(width, y + 17, item.delta_label, f"ink-{tint(item.delta, good)}", "end")
    body += line(axis.at(0), head - 4, axis.at(0), bottom, "axis")
    if has_rate:
        body += line(pin_start, head - 4, pin_start, bottom, "axis")
    return svg(width, bottom + 4, body, label)
