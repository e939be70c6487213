"""Pages that lead from a printed figure to its formula, its parts and its lines: plain pages, nothing from the network, no script.

One page a cut has a place for every figure (``by_region_code.en.html#N-7F3A2CQK``) with its sums by customer; one page a customer
has each of its lines once, with the cell that the amount came from. What a figure is and what it is made of comes from ``figures``,
words from ``catalogue``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts.model import Language
from pipelines.metrics.plan_actual import dimensions_of
from pipelines.reports.catalogue import said
from pipelines.reports.comparing import DIMENSIONS, MEASURES
from pipelines.reports.context import LABELS, as_on
from pipelines.reports.figures import FORMULAS, OWED, SALES, Figures
from pipelines.reports.formats import Reader
from pipelines.reports.html import LANGUAGE_NAMES, template
from pipelines.reports.model import Count, Message, PeriodName, PeriodRange, Value, Words, say

NAMES: dict[str, Words] = {
    **{name: MEASURES[name] for name in SALES},
    "balance": say("Balance"), "open_amount": say("Open items"), "overdue": say("Overdue"),
}  # fmt: skip
"""What each measure is called."""
KINDS: dict[str, Words] = {
    "sale": say("Sales lines"), "receipt": say("Receipts"), "open_item": say("Open items"), "advance": say("Advances"),
}  # fmt: skip
"""What the tables of lines are called."""

FOLDER = "explained"
"""Where the pages stand, beside the reports of a period: each set in a folder named by its hash."""
INDEX = "figures.parquet"

_COLUMNS: dict[str, tuple[str, ...]] = {
    "sale": ("net_amount", "qty", "gross_margin"), "receipt": ("receipts",), "open_item": ("open_amount", "overdue"),
    "advance": ("balance",),
}  # fmt: skip


def digest(figures: Figures, company: Company) -> str:
    """SHA-256 of what the pages say: the figures with their lines, in the company's words."""
    said_by = (company.policy.languages, company.policy.page_unit, company.policy.currency, company.policy.names, company.policy.name)
    return hashlib.sha256(f"{figures.digest}\n{said_by}".encode()).hexdigest()


def frames(figures: Figures) -> dict[str, pl.DataFrame]:
    """What the command reads of a set, by file name; the index comes last."""
    return {"lines.parquet": figures.lines, "months.parquet": figures.months, INDEX: figures.figures}


def cut_page(cut: str, language: str) -> str:
    """The page on which the figures of a cut stand; ``{language}`` may stand for the language."""
    return f"by_{cut.replace('*', '-')}.{language}.html"


def _customer_page(code: str, language: Language) -> str:
    """A page's name is the customer's code, or a hash of one that is no file's name on every system."""
    plain = code if re.fullmatch(r"[A-Za-z0-9_-]+", code) else f"~{hashlib.sha256(code.encode()).hexdigest()[:12]}"
    return f"customer_{plain}.{language}.html"


@dataclass(frozen=True)
class Place:
    """A figure on the page of its cut: ``id`` is its number."""

    id: str
    what: str
    formula: str
    amount: str


@dataclass(frozen=True)
class Sums:
    """A table ready for its template: rows begin with a text and where it leads; the last row is the total."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Group:
    """The figures of one key of a cut with their parts."""

    title: str
    places: tuple[Place, ...]
    tables: tuple[Sums, ...]


@dataclass(frozen=True)
class Line:
    """A line ready for its template; ``id`` is set where the lines of a product begin, ``cells`` are amounts and their own cells."""

    id: str
    texts: tuple[str, ...]
    cells: tuple[tuple[str, str], ...]
    place: str


@dataclass(frozen=True)
class Lines:
    """A table of lines with its total."""

    id: str
    title: str
    heads: tuple[str, ...]
    numbers: tuple[str, ...]
    rows: tuple[Line, ...]
    total: tuple[str, ...]


def pages(figures: Figures, company: Company, period: Period, as_of: date, year: Sequence[Period]) -> dict[str, bytes]:
    """Every page by its name, in the company's languages."""
    found: dict[str, bytes] = {}
    for language in company.policy.languages:
        writer = _Writer(figures, company, period, as_of, year, language)
        for name, context in writer.pages():
            found[name] = template("explained.html.j2").render(context).encode()
    return found


class _Writer:
    def __init__(self, figures: Figures, company: Company, period: Period, as_of: date, year: Sequence[Period], language: Language) -> None:
        self.figures, self.company, self.language = figures, company, language
        self.reader = Reader(language, company.policy.page_unit, company.policy.currency)
        self.spans: dict[str, Words] = {
            "period": PeriodName(period), "year_to_date": PeriodRange(year[0], period) if len(year) > 1 else PeriodName(period),
            "end": as_on(as_of),
        }  # fmt: skip
        self.months = {one.key: self.say(PeriodName(one)) for one in year}
        self.customers, self.products = self._labels("customer_code"), self._labels("product_code")

    def _labels(self, cut: str) -> dict[str, str]:
        rows = self.figures.figures.filter(pl.col("cut") == cut)
        return dict(rows.select("key", pl.coalesce(pl.col("label").replace("", None), "key")).iter_rows())

    def say(self, words: Value) -> str:
        return said(words, self.reader)

    def amount(self, measure: str, value: int | None) -> str:
        return "" if value is None else self.reader.shown(value, "qty" if measure == "qty" else "money")

    def named(self, measure: str, unit: str) -> str:
        name = self.say(NAMES[measure])
        return f"{name} ({unit or self.reader.currency_name})" if unit or measure != "qty" else name

    def customer(self, code: str) -> str:
        name = self.customers.get(code, code) or self.say(LABELS[""])
        return f"{code} {name}" if name != code else code

    def pages(self) -> Iterator[tuple[str, dict[str, object]]]:
        """Names of pages with what their template names."""
        for (cut,), figures in self.figures.figures.group_by("cut", maintain_order=True):
            heading = " · ".join(self.say(DIMENSIONS[one]) for one in dimensions_of(str(cut))) or self.say(say("Company"))
            title = f"{self.say(say('Where the figures come from'))}: {heading}"
            own = {one: cut_page(str(cut), one) for one in self.company.policy.languages}
            yield own[self.language], self.page(title, own, groups=list(self.groups(str(cut), figures)))
        for (code,), lines in self.figures.lines.group_by("customer_code", maintain_order=True):
            kinds = {kind: lines.filter(pl.col("kind") == kind) for kind in KINDS}
            tables = [self.lines(kind, rows) for kind, rows in kinds.items() if rows.height]
            own = {one: _customer_page(str(code), one) for one in self.company.policy.languages}
            yield own[self.language], self.page(self.customer(str(code)), own, tables=tables)

    def page(
        self, title: str, own: Mapping[Language, str], groups: Sequence[Group] = (), tables: Sequence[Lines] = ()
    ) -> dict[str, object]:
        return {
            "language": self.language, "title": title, "company": self.company.policy.said(self.language),
            "period": self.say(self.spans["period"]), "as_of": self.say(self.spans["end"]), "groups": groups, "tables": tables,
            "languages": [(LANGUAGE_NAMES[one], name, one == self.language) for one, name in own.items()],
            "place": self.say(say("File, sheet, cell")), "total": self.say(say("Total")),
        }  # fmt: skip

    # figures

    def groups(self, cut: str, figures: pl.DataFrame) -> Iterator[Group]:
        parts = _by_key(self.figures.parts.filter(pl.col("cut") == cut), "customer_code")
        months = _by_key(self.figures.months.filter(pl.col("cut") == cut), "in_period")
        product = dimensions_of(cut)[-1:] == ("product_code",)
        for (key, key2), rows in figures.group_by("key", "key2", maintain_order=True):
            known = list(rows.iter_rows(named=True))
            first = known[0]
            names = [self.label(first["label"], key), *([self.label(first["label2"], key2)] if "*" in cut else [])]
            places = tuple(
                Place(
                    one["number"], f"{self.named(one['measure'], one['unit'])} · {self.say(self.spans[one['span']])}",
                    self.say(FORMULAS[one["measure"]]), self.amount(one["measure"], one["amount"]),
                )
                for one in sorted(known, key=_order)
            )  # fmt: skip
            anchor = f"#p-{key2 or key}" if product else ""
            leads = {code: _customer_page(code, self.language) + anchor for code in parts.get((key, key2), {})}
            stated = {(one["span"], one["measure"], one["unit"]): one["amount"] for one in known}
            tables = (
                self.sums(say("By customer"), parts.get((key, key2), {}), stated, ("period", "end"), self.customer, leads),
                self.sums(say("By period"), months.get((key, key2), {}), stated, ("year_to_date",), self.months.__getitem__, {}),
            )
            yield Group(" · ".join(names), places, tuple(table for table in tables if table.rows))

    def label(self, label: str, key: object) -> str:
        code = str(key)
        return self.say(LABELS[""]) if not code else label if label == code or code == "all" else f"{code} {label}".strip()

    def sums(
        self, title: Words, parts: Mapping[str, Mapping[tuple[str, str], int]], stated: Mapping[tuple[str, str, str], int],
        spans: Sequence[str], name: Callable[[str], str], leads: Mapping[str, str],
    ) -> Sums:
        have = {measure for sums in parts.values() for measure in sums}
        columns = [
            (span, measure, unit) for span, measure, unit in sorted(stated, key=lambda one: (one[0] == "end", _rank(one[1]), one[2]))
            if span in spans and (measure, unit) in have
        ]  # fmt: skip
        rows = [
            (name(code), leads.get(code, ""), tuple(self.amount(measure, sums.get((measure, unit))) for _, measure, unit in columns))
            for code, sums in sorted(parts.items())
        ]
        if rows:
            totals = tuple(self.amount(measure, stated[span, measure, unit]) for span, measure, unit in columns)
            rows.append((self.say(say("Total")), "", totals))
        return Sums(self.say(title), tuple(self.named(measure, unit) for _, measure, unit in columns), tuple(rows))

    # lines

    def lines(self, kind: str, rows: pl.DataFrame) -> Lines:
        measures = _COLUMNS[kind]
        sale = kind == "sale"
        seen: set[str] = set()
        made = []
        for row in rows.iter_rows(named=True):
            code = row["product_code"]
            texts = [f"{row['on']:%Y-%m-%d}", f"{row['document_no']} {row['line_no']}" if sale else row["document_no"]]
            if sale:
                texts.append(f"{code} {self.products.get(code, '')}".strip())
            cells = tuple(
                (self.amount(measure, row[measure]) + (f" {row['unit']}" if measure == "qty" else ""),
                 {"qty": row["qty_place"], "gross_margin": row["cost_place"]}.get(measure) or "")
                for measure in measures
            )  # fmt: skip
            made.append(Line(f"p-{code}" if sale and code not in seen else "", tuple(texts), cells, row["place"] or ""))
            seen.add(code)
        # Different units are not added.
        mixed = rows["unit"].n_unique() > 1
        total = tuple("" if one == "qty" and mixed else self.amount(one, int(rows[one].sum())) for one in measures)
        heads = [say("Date"), say("Document"), *((say("Product"),) if sale else ())]
        count = self.say(Message("{n} line", {"n": Count(rows.height)}, plural="{n} lines"))
        return Lines(
            kind, f"{self.say(KINDS[kind])} · {count}", tuple(self.say(one) for one in heads),
            tuple(self.say(NAMES[one]) for one in measures), tuple(made), total,
        )  # fmt: skip


def _by_key(parts: pl.DataFrame, inner: str) -> dict[tuple[object, ...], dict[str, dict[tuple[str, str], int]]]:
    found: dict[tuple[object, ...], dict[str, dict[tuple[str, str], int]]] = {}
    for key, key2, code, measure, unit, amount in parts.select("key", "key2", inner, "measure", "unit", "amount").iter_rows():
        found.setdefault((key, key2), {}).setdefault(code, {})[measure, unit] = amount
    return found


def _rank(measure: str) -> int:
    return (*SALES, *OWED).index(measure)


def _order(row: Mapping[str, object]) -> tuple[int, int, str]:
    return ("period", "year_to_date", "end").index(str(row["span"])), _rank(str(row["measure"])), str(row["unit"])
