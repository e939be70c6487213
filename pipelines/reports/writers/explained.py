"""The lines behind figures as files: a page that shows them, and their data by kind and period.

A figure on a report leads to ``lines.en.html#kind=sold&sum=net_amount&in=2026-10&region_code=R03``. The page reads the data files that it
needs from beside it (scripts, so that it works from a file share), shows the lines that add up and the cell of each. Data files are the
same in every language. Which lines there are is ``evidence``'s business.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import polars as pl
from markupsafe import Markup

from pipelines.company.company import Company
from pipelines.contracts.model import Language
from pipelines.proof import lines as line_seal
from pipelines.proof import page as seal
from pipelines.proof.seal import Identity
from pipelines.reports.catalogue import said
from pipelines.reports.definitions import receivables
from pipelines.reports.formats import Reader
from pipelines.reports.model import Name, Words, say
from pipelines.reports.reasons.evidence import COUNTS, KINDS, Evidence, amounts_of, leads
from pipelines.reports.writers import explained_field
from pipelines.reports.writers.html import LANGUAGE_NAMES, script, template

SOLD: dict[str, Words] = {"invoice": say("Invoice"), "red_slip": say("Red slip"), "advance": say("Advances")}
FOLDER = "explained"
"""Where the files stand, beside the reports of a period: each set in a folder named by its hash."""
INDEX = "index.json"
"""Written last: which kinds and periods there are, spans and plan layers."""
PAGE = "lines.{language}.html"

COLUMNS: dict[str, Words] = {
    "on": say("Date"), "document_no": say("Document"), "line_no": say("Line"), "kind": say("Kind"), "department": say("Department"),
    "region_code": say("Region"), "employee_code": say("Salesperson"), "customer_code": say("Customer"),
    "product_line": say("Product line"),
    "product_code": say("Product"), "unit": say("Unit"), "measure": say("Measure"), "layer": say("Layer"),
    "due_bucket": say("Class by due date"),
    "document_bucket": say("Class by document date"), "base": say("Against"), "span": say("Span"),
    "net_amount": say("Net sales"), "gross_margin": say("Gross margin"), "qty": say("Quantity"), "gross_amount": say("Sales with tax"),
    "receipts": say("Receipts"), "open_amount": say("Open items"), "balance": say("Balance"), "overdue": say("Overdue"),
    "not_due": say("Not due"), "advance": say("Advances"), "fifo_open_amount": say("Open, oldest paid first"), "value": say("Plan"),
    "new_customers": say("New customers"), "amount": say("Amount"), "lines": say("Lines"), "base_amount": say("Base"),
    "actual_amount": say("Actual"), "base_qty": say("Base quantity"), "actual_qty": say("Actual quantity"), "price": say("Price"),
    "volume": say("Volume"), "mix": say("Product mix"), "new": say("New items"), "discontinued": say("Items no longer sold"),
    "other": say("Other"), "variance": say("Variance"), "due_class": say("Class"), "group_code": say("Group"),
    "base_invoice": say("Base by invoice"), "provision_invoice": say("Provision by invoice"),
    "base_fifo": say("Base, oldest paid first"), "provision_fifo": say("Provision, oldest paid first"), **explained_field.COLUMNS,
}  # fmt: skip
"""What columns of lines are called; others print by their name."""

CELLS: dict[str, tuple[tuple[str, ...], str]] = {
    "gross_margin": (("net_amount", "cost_amount"), "−"), "gross_amount": (("gross_amount",), ""), "net_amount": (("net_amount",), ""),
    "qty": (("qty",), ""), "receipts": (("amount",), ""), "value": (("value",), ""), "new_customers": (("document_no",), ""),
    **{amount: (columns, "") for amount, columns in explained_field.CELLS.items()},
}  # fmt: skip
"""The delivered cells of an amount, where their names differ; ``−`` between two of which the second is taken off."""

HIDDEN = ("department", "span", "product_line", "customer_kind", "category", "abc_class", "leads", "specific_no")
"""Columns that lists leave out: they are asked for, not read."""

_CLASSES = ("due_bucket", "document_bucket", "due_class")
_CODED = frozenset({
    "department", "region_code", "employee_code", "customer_code", "product_line", "product_code", "unit", "kind", "measure", "layer",
    *_CLASSES, "base", "span", "leads", *explained_field.VALUES,
})  # fmt: skip


def frames(evidence: Evidence) -> dict[str, pl.DataFrame]:
    """What the command and the reports read of a set, by file name."""
    return {f"{kind}.parquet": frame for kind, frame in evidence.lines.items()}


def index(evidence: Evidence) -> bytes:
    """The set's index."""
    layers = [[*about, layer] for about, layer in sorted(evidence.layers.items())]
    told = {
        "period": evidence.period, "spans": evidence.spans, "layers": layers, "kinds": sorted(evidence.lines), "starts": evidence.starts,
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, sort_keys=True).encode()


def read_index(text: bytes, lines: Mapping[str, pl.DataFrame]) -> Evidence:
    """The evidence that :func:`index` and :func:`frames` wrote."""
    told = json.loads(text)
    layers = {(cut, measure, period): layer for cut, measure, period, layer in told["layers"]}
    spans = {span: tuple(keys) for span, keys in told["spans"].items()}
    # An index that was written before figures asked for days has no first days.
    return Evidence(told["period"], lines, spans, layers, dict(sorted(told.get("starts", {}).items(), key=lambda one: str(one[1]))))


def files(
    evidence: Evidence, company: Company, names: Mapping[str, Mapping[str, str]]
) -> tuple[dict[str, bytes], dict[str, str], str]:
    """Every file by its name, the digests of the seals that they carry, and the SHA-256 of what they say.

    ``names`` are those of codes, by column of lines.
    """
    data: dict[str, str] = {}
    periods: dict[str, list[str]] = {}
    for kind, frame in evidence.lines.items():
        places = frame.select("file", "sheet", "cells").unique(maintain_order=True).with_row_index("p")
        coded = frame.join(places, on=["file", "sheet", "cells"], how="left", maintain_order="left")
        for (key,), rows in coded.group_by("in_period", maintain_order=True):
            data[f"{kind}_{key}.js"] = _data(kind, str(key), rows, places)
            periods.setdefault(kind, []).append(str(key))
    led = leads(evidence.spans, evidence.layers)
    pages = {language: _page(company, names, periods, led, language) for language in company.policy.languages}
    version = hashlib.sha256("\n".join([index(evidence).decode(), *data.values(), *pages.values()]).encode()).hexdigest()
    found: dict[str, bytes] = {}
    proofs: dict[str, str] = {}
    for name, text in data.items():
        text, carried = line_seal.sealed(text, Identity(company.policy.said("en"), evidence.period, "lines", "lines", "", version))
        found[name], proofs[name] = text.encode(), carried.digest
    for language, text in pages.items():
        name = PAGE.format(language=language)
        identity = Identity(company.policy.said(language), evidence.period, "lines", "lines", language, version)
        text, carried = seal.sealed(text, identity)
        found[name], proofs[name] = text.encode(), carried.digest
    return found, proofs, version


def _data(kind: str, period: str, rows: pl.DataFrame, places: pl.DataFrame) -> str:
    """One data file: texts by number where they are few, the places, and a line of tabbed text for each line."""
    hidden = {"in_period", "file", "sheet", "cells", "p", "row"}
    names = [column.name for column in rows if column.name not in hidden and _says(column)]
    dicts: dict[str, list[str]] = {}
    shown = []
    for name in names:
        if name in _CODED:
            dicts[name] = rows[name].unique(maintain_order=True).to_list()
            shown.append(pl.col(name).cast(pl.Enum(dicts[name])).to_physical().cast(pl.String))
        else:
            text = pl.col(name).cast(pl.String)
            shown.append(text.str.replace_all(r"[\t\r\n]", " ") if rows[name].dtype == pl.String else text)
    used = rows["p"].unique().sort().to_list()
    at = {place: number for number, place in enumerate(used)}
    shown += [pl.col("p").replace_strict(at, return_dtype=pl.Int64).cast(pl.String).alias("p"), pl.col("row").cast(pl.String)]
    text = rows.select(pl.concat_str([one.fill_null("") for one in shown], separator="\t").alias("line"))["line"].str.join("\n").item()
    told = {
        "columns": [*names, "p", "row"], "amounts": [name for name in amounts_of(rows.drop("p")) if name in names], "dicts": dicts,
        "places": [list(row) for row in places.filter(pl.col("p").is_in(used)).sort("p").select("file", "sheet", "cells").iter_rows()],
        "text": text,
    }  # fmt: skip
    return f"closebookLines({json.dumps([kind, period])}, {json.dumps(told, ensure_ascii=False, separators=(',', ':'))});\n"


def _says(column: pl.Series) -> bool:
    """Whether any line of a file has a value."""
    return bool((column != "").any()) if column.dtype == pl.String else column.null_count() < column.len()


def _page(
    company: Company, names: Mapping[str, Mapping[str, str]], periods: Mapping[str, list[str]], led: Mapping[str, Mapping[str, Any]],
    language: Language,
) -> str:
    reader = Reader(language, company.policy.page_unit, company.policy.currency)

    def told(words: Words) -> str:
        return said(words, reader)

    words = {
        "kinds": {kind: told(name) for kind, name in KINDS.items()}, "columns": {name: told(one) for name, one in COLUMNS.items()},
        "cells": CELLS, "counts": sorted(COUNTS), "hidden": HIDDEN,
        "values": {
            "kind": {name: told(one) for name, one in {**SOLD, **receivables.KINDS}.items()},
            **{column: {name: told(one) for name, one in values.items()} for column, values in explained_field.VALUES.items()},
            **{column: {name: told(one) for name, one in receivables.BUCKETS.items()} for column in _CLASSES},
        }, "periods": {kind: sorted(keys) for kind, keys in periods.items()}, "names": names,
        "total": told(say("Total")), "place": told(say("File, sheet, cell")), "nothing": told(say("Nothing to show")),
        "more": told(say("The first {shown} of {n} lines are listed; all of them are added", shown=Name("{shown}"), n=Name("{n}"))),
        "missing": told(say("A file with lines is missing beside this page")), "counted": told(say("lines")), "period": told(say("Period")),
        "unassigned": told(say("Not assigned")), "leads": led, "leaf": list(company.policy.causes.leaf),
    }  # fmt: skip
    return template("lines.html.j2").render(
        language=language, title=told(say("Where the figures come from")), company=company.policy.said(language),
        languages=[(LANGUAGE_NAMES[one], PAGE.format(language=one), one == language) for one in company.policy.languages],
        js=Markup(script("lines.js", words).replace("</", "<\\/")),
        about=told(say("Click a figure on a report: its lines are listed here.")),
    )  # fmt: skip
