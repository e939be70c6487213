"""The cells of a workbook that its reader fills in: unlocked, with their drop-downs, on a sheet that is protected otherwise.

What is asked stands in the report's ``Form``. What a filled-in workbook means is ``sources``' business.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from pipelines.money import E4
from pipelines.reports.model import Blank, Form, Money
from pipelines.reports.writers.excel_canvas import Canvas, width_of
from pipelines.reports.writers.sheets import Sheet

_FORMATS = {"text": "@", "money": "#,##0.00##", "date": "yyyy-mm-dd"}
_WIDTHS = {"text": 18, "money": 18, "date": 14}
_FILL = "#FFF9E5"
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def write_form(canvas: Canvas, sheet: Sheet, row: int, form: Form) -> int:
    """The form's headings, blanks and lines to sign, from ``row`` on; the last row used. Protects the sheet, without a password."""
    if form.title is not None:
        canvas.line(sheet, row, canvas.say(form.title), bold=True, font_size=11)
        row += 1
    for note in form.notes:
        canvas.line(sheet, row, canvas.say(note), font_color="#6B6B6B")
        row += 1
    heading = canvas.format(bold=True, border=1, bg_color="#F2F2F2", text_wrap=True, align="center")
    for at, blank in enumerate(form.blanks):
        canvas.heading(sheet, row, at, canvas.say(blank.heading), heading)
        canvas.wide(sheet, at, "x" * _WIDTHS[blank.kind])
        for below in range(1, form.rows + 1):
            _cell(canvas, sheet, row + below, at, blank)
        _validation(canvas, sheet, (row + 1, row + form.rows), at, blank)
    canvas.layout(sheet).reach(row + form.rows, len(form.blanks) - 1)
    row += form.rows
    for text in form.closing:
        row += 2
        sheet.write_string(row, 0, canvas.say(text), canvas.format())
        canvas.wide(sheet, 0, canvas.say(text))
        for at in range(1, max(2, len(form.blanks))):
            sheet.write_blank(row, at, None, canvas.format(bottom=1))
    sheet.protect("", {"format_columns": True, "format_rows": True})
    return row


def _cell(canvas: Canvas, sheet: Sheet, row: int, at: int, blank: Blank) -> None:
    given = blank.given
    form: dict[str, Any] = {"border": 1, "num_format": _FORMATS[blank.kind]}
    if given is None:
        sheet.write_blank(row, at, None, canvas.format(**form, locked=0, bg_color=_FILL))
    elif isinstance(given, Money):
        sheet.write_number(row, at, (given.e4 or 0) / E4, canvas.format(**form))
    else:
        text = canvas.say(given)
        sheet.write_string(row, at, text, canvas.format(**form))
        canvas.wide(sheet, at, "x" * int(width_of(text)))


def _validation(canvas: Canvas, sheet: Sheet, rows: tuple[int, int], at: int, blank: Blank) -> None:
    if blank.given is not None:
        return
    rule: dict[str, Any] | None = None
    if blank.choices:
        rule = {"validate": "list", "source": [canvas.say(choice) for choice in blank.choices]}
    elif blank.kind == "date":
        rule = {"validate": "date", "criteria": "between", "minimum": _FIRST_DAY, "maximum": _LAST_DAY}
    elif blank.kind == "money":
        rule = {"validate": "decimal", "criteria": "between", "minimum": -(10**14), "maximum": 10**14}
    if rule is not None:
        sheet.data_validation(rows[0], at, rows[1], at, {**rule, "error_title": canvas.say(blank.heading)[:32]})
