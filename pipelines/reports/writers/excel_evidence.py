"""The workbook's evidence: *Control*, whose formulas recompute the tie-outs from the visible detail, and *Sources*, its files.

Which tie-outs there are the report says; here they become formulas over the cells where their tables stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from xlsxwriter.utility import xl_rowcol_to_cell

from pipelines.contracts import CONTRACTS
from pipelines.money import plain
from pipelines.reports.model import Message, Name, SumOf, TieOut, Value
from pipelines.reports.writers.excel_canvas import MOST_WIDTH, SOFT, STATUS_INK, Canvas, width_of
from pipelines.reports.writers.html import TIE_OUT_WORDS
from pipelines.reports.writers.sheets import BLANK, Sheet, number

SMALL_SUM = 48.0
"""The width of a check sum in small print."""

SOURCES_PRINTED = 200
"""So many files go on paper; the sheet names all of them."""


class Evidence:
    """The sheets of evidence of one workbook; its tables are written already."""

    def __init__(self, book: Canvas) -> None:
        self.book = book

    def control(self) -> Sheet | None:
        """The sheet that adds everything up again from the visible detail."""
        ties = [*self.ties(), *self._own_totals()]
        if not ties:
            return None
        sheet = self.book.sheet(self.book.say(Message("Control")))
        self.book.top(sheet, Message("Reconciliation"), self.book.say(Message("Tie-outs recomputed from the visible detail")))
        self.tie_outs(sheet, 4, ties)
        sheet.freeze_panes(6, 0)
        sheet.repeat_rows(4, 5)
        return sheet

    def ties(self) -> list[TieOut]:
        """The report's tie-outs and its sections', each once."""
        found: dict[tuple[object, ...], TieOut] = {}
        for tie in self.book.report.all_tie_outs():
            found.setdefault((tie.control, self.book.say(tie.statement), tie.left_e4, tie.right_e4), tie)
        return list(found.values())

    def _own_totals(self) -> list[TieOut]:
        """Every printed total against the detail of its column."""
        found = []
        for section in self.book.report.sections:
            for table in self.book.report.tables_of(section):
                if table.id not in self.book.places:
                    continue
                for column, stated, added in table.totals():
                    if column.meaning not in ("money", "money_wan"):
                        continue
                    heading = Name(self.book.say(column.heading))
                    statement = Message(
                        "The total of {column} on '{sheet}' is the sum of its detail",
                        {"column": heading, "sheet": Name(self.book.say(section.name))},
                    )
                    found.append(
                        TieOut(
                            "C4",
                            statement,
                            Message("Detail of {column}", {"column": heading}),
                            added,
                            Message("Printed total"),
                            stated,
                            added - stated,
                            left_sum=(SumOf(table.id, column.name),),
                        )  # fmt: skip
                    )
        return found

    def tie_outs(self, sheet: Sheet, row: int, ties: Sequence[TieOut]) -> int:
        """Tie-outs from ``row`` on: amounts as formulas where the workbook shows their detail, difference and result always."""
        head = row + 1
        texts = (
            Message("Check"), Message("Statement"), Message("Left side"), Message("Amount"), Message("Right side"),
            Message("Amount"), Message("Difference"), Message("Within tolerance"), Message("Result"),
        )  # fmt: skip
        for at, message in enumerate(texts):
            right = at in (3, 5, 6, 7)
            style = self.book.format(
                bold=True, bottom=2, text_wrap=True, valign="bottom", align="right" if right else "left", indent=0 if right else 1
            )
            self.book.heading(sheet, head, at, self.book.say(message), style)
        layout = self.book.layout(sheet)
        layout.reach(head + len(ties), 8)
        words = {status: self.book.say(message) for status, message in TIE_OUT_WORDS.items()}
        border: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9C9C9"}
        money = self.book.format(num_format='#,##0.00;"−"#,##0.00', align="right", **border)
        live = self.book.format(num_format='#,##0.00;"−"#,##0.00', align="right", font_color="#1F4E9E", **border)
        whole = self.book.format(num_format='#,##0;"−"#,##0', align="right", **border)
        body = self.book.format(indent=1, **border)
        wrapped = self.book.format(indent=1, text_wrap=True, valign="vcenter", **border)
        for offset, tie in enumerate(ties, start=1):
            at, plain_form = head + offset, whole if tie.counted else money
            for column, text in (
                (0, tie.control),
                (1, self.book.say(tie.statement)),
                (2, self.book.say(tie.left_label)),
                (4, self.book.say(tie.right_label)),
            ):
                sheet.write_string(at, column, text, wrapped if column else body)
                self.book.wide(sheet, column, text, MOST_WIDTH if column == 1 else 24.0)
                layout.long.append((at, column, width_of(text)))
            for column, amount, parts in ((3, tie.left_e4, tie.left_sum), (5, tie.right_e4, tie.right_sum)):
                formula = self._sum_formula(parts)
                if formula:
                    sheet.write_formula(at, column, f"=ROUND({formula},4)", live, float(plain(amount)))
                else:
                    sheet.write_number(at, column, float(plain(amount)), plain_form)
                self.book.wide(sheet, column, self.book.reader.shown(amount, "money"))
            left, right, gap, slack = (xl_rowcol_to_cell(at, column) for column in (3, 5, 6, 7))
            sheet.write_formula(at, 6, f"=ROUND({left}-{right},4)", plain_form, float(plain(tie.difference_e4)))
            sheet.write_number(at, 7, float(plain(tie.tolerance_e4)), plain_form)
            for column, amount in ((6, tie.difference_e4), (7, tie.tolerance_e4)):
                self.book.wide(sheet, column, self.book.reader.shown(amount, "money"))
            formula = f'=IF({gap}=0,"{words["tied"]}",IF(ABS({gap})<={slack},"{words["within_tolerance"]}","{words["broken"]}"))'
            sheet.write_formula(at, 8, formula, self.book.format(bold=True, indent=1, **border), words[tie.status])
            self.book.wide(sheet, 8, words[tie.status] + "  ")
        for status, colour in STATUS_INK.items():
            rule = {
                "type": "cell",
                "criteria": "==",
                "value": f'"{words[status]}"',
                "format": self.book.workbook.add_format({"font_color": colour}),
            }
            sheet.conditional_format(head + 1, 8, head + max(len(ties), 1), 8, rule)
        return head + len(ties)

    def _sum_formula(self, parts: Sequence[SumOf]) -> str:
        """The formula over the detail, or nothing when a part is not on a sheet (a CSV beside)."""
        if not parts or any(part.table not in self.book.places for part in parts):
            return ""
        signed = [("-" if part.sign < 0 else "+") + self.book.places[part.table].total(part.column) for part in parts]
        return "".join(signed).removeprefix("+")

    def sources(self) -> Sheet:
        """Which files the report was made from."""
        sheet = self.book.sheet(self.book.say(Message("Sources")))
        found = self.book.report.sources
        about = self.book.say(Message("Files, senders and check sums")) + self.book.said_cut(min(SOURCES_PRINTED, len(found)), len(found))
        self.book.top(sheet, Message("Sources"), about)
        tables = {name: self.book.say(CONTRACTS[name].title) if name in CONTRACTS else name for name in {source.table for source in found}}
        columns: list[tuple[Value, float, list[str]]] = [
            (Message("File"), 60.0, [source.file for source in found]),
            (Message("Table"), 30.0, [tables[source.table] for source in found]),
            (Message("Sender"), 30.0, [source.sender for source in found]),
            (Message("Arrived at"), 30.0, [source.arrived_at for source in found]),
            (Message("Layout"), 30.0, [source.layout for source in found]),
            (Name("SHA-256"), SMALL_SUM, [source.sha256 for source in found]),
        ]
        border: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9C9C9"}
        body, small = sheet.style(self.book.format(**border)), sheet.style(self.book.format(font_size=7, font_color=SOFT, **border))
        count = sheet.style(self.book.format(num_format="#,##0", align="right", **border))
        cells: list[tuple[int, Sequence[str], int]] = []
        for at, (title, most, texts) in enumerate(columns):
            last = at == len(columns) - 1
            head = self.book.format(bold=True, bottom=2, text_wrap=True, valign="bottom")
            self.book.heading(sheet, 4, at, self.book.say(title), head, room=3)
            cells.append((at, [sheet.text(text) for text in texts], small if last else body))
            for text in set(texts):
                self.book.wide(sheet, at, text[: int(most)] if last else text, most)
        end = len(columns) - 1
        if any(source.rows is not None for source in found):
            end += 1
            head = self.book.format(bold=True, bottom=2, text_wrap=True, valign="bottom", align="right")
            self.book.heading(sheet, 4, end, self.book.say(Message("Rows")), head, room=3)
            cells.append((end, [BLANK if source.rows is None else number(str(source.rows)) for source in found], count))
        sheet.block(5, cells)
        self.book.layout(sheet).reach(4 + len(found), end)
        if len(found) > SOURCES_PRINTED:
            self.book.layout(sheet).printed = 4 + SOURCES_PRINTED
        sheet.freeze_panes(5, 0)
        sheet.repeat_rows(4)
        sheet.autofilter(4, 0, 4 + len(found), end)
        return sheet
