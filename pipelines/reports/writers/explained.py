"""The lines behind figures as files: a page that shows them, and their data by kind and period, in a folder or beside one report.

A figure on a report leads to ``lines.en.html#kind=sold&sum=net_amount&in=2026-10&region_code=R03``. The page reads the data files that it
needs from beside it (scripts, so that it works from a file share), shows the lines that add up and the cell of each. Data files are the
same in every language. Which lines there are is ``evidence``'s business.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import polars as pl
from markupsafe import Markup

from pipelines.company.company import Company
from pipelines.contracts.model import Language
from pipelines.proof import lines as line_seal
from pipelines.proof import page as seal
from pipelines.proof.seal import Identity
from pipelines.reports.catalogue import said
from pipelines.reports.definitions import commission, receivables
from pipelines.reports.formats import Reader
from pipelines.reports.model import Name, Report, Words, say
from pipelines.reports.reasons.evidence import COUNTS, KINDS, Evidence, amounts_of, leads
from pipelines.reports.reasons.evidence_people import by_kind
from pipelines.reports.writers import explained_field, explained_people
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
    **explained_people.COLUMNS,
}  # fmt: skip
"""What columns of lines are called; others print by their name."""

CELLS: dict[str, tuple[tuple[str, ...], str]] = {
    "gross_margin": (("net_amount", "cost_amount"), "−"), "gross_amount": (("gross_amount",), ""), "net_amount": (("net_amount",), ""),
    "qty": (("qty",), ""), "receipts": (("amount",), ""), "value": (("value",), ""), "new_customers": (("document_no",), ""),
    **{amount: (columns, "") for amount, columns in (explained_field.CELLS | explained_people.CELLS).items()},
}  # fmt: skip
"""The delivered cells of an amount, where their names differ; ``−`` between two of which the second is taken off."""

HIDDEN = ("department", "span", "product_line", "customer_kind", "category", "abc_class", "leads", "specific_no")
"""Columns that lists leave out: they are asked for, not read."""

_CLASSES = ("due_bucket", "document_bucket", "due_class")
_CODED = frozenset({
    "department", "region_code", "employee_code", "customer_code", "product_line", "product_code", "unit", "kind", "measure", "layer",
    *_CLASSES, "base", "span", "leads", *explained_field.VALUES,
})  # fmt: skip
_WORDED = _CODED | explained_people.WORDED
"""Columns whose values are named where they are known."""


_HIDDEN = frozenset({"in_period", "file", "sheet", "cells", "p", "row"})
"""Columns of lines that are not shown as they are."""
NAMED = ("region_code", "employee_code", "customer_code", "product_code")
"""Codes that pages of lines name."""


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
    data, periods = _all_data(evidence)
    called = {language: PAGE.format(language=language) for language in company.policy.languages}
    led = leads(evidence.spans, evidence.layers)
    pages = {language: _page(company, names, periods, led, language, called) for language in called}
    version = _version(index(evidence), *data.values(), *pages.values())
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


@dataclass(frozen=True)
class Written:
    """Lines as data files: their texts by name, the periods of each kind, and the codes that occur, by column."""

    data: dict[str, str]
    periods: dict[str, list[str]]
    codes: Mapping[str, Set[str]]


def beside(
    written: Written, lines: pl.DataFrame, spans: bytes, company: Company, names: Mapping[str, Mapping[str, str]], report: Report
) -> tuple[dict[str, bytes], dict[str, str]]:
    """The lines of one report for its own folder, where nobody reads who may not read the report; with the digests of their seals.

    A page in one language holds its data itself, so that it may be sent as it is; several share a file of data. ``lines`` are kept
    for the command, with the index ``spans``.
    """
    text = "".join(written.data.values())
    called = {language: beside_name(report.name, f"{language}.html") for language in report.languages}
    own = {column: {one: known[one] for one in sorted(written.codes.get(column, ())) if one in known} for column, known in names.items()}
    shared = beside_name(report.name, "js") if len(called) > 1 else ""
    pages = {language: _page(company, own, written.periods, {}, language, called, shared or text, inside=not shared) for language in called}
    version = _version(spans, text, *pages.values())

    def identity(language: Language | Literal[""]) -> Identity:
        return Identity(company.policy.said(language or "en"), report.period.key, report.id, f"{report.name}.lines", language, version)

    found, proofs = {beside_name(report.name, "parquet"): _kept(lines, spans)}, {}
    if shared:
        sealed, carried = line_seal.sealed(text, identity(""))
        found[shared], proofs[shared] = sealed.encode(), carried.digest
    for language, page in pages.items():
        sealed, carried = seal.sealed(page, identity(language))
        found[called[language]], proofs[called[language]] = sealed.encode(), carried.digest
    return found, proofs


def beside_name(report: str, suffix: str) -> str:
    """What a file of lines beside a report is called: ``own_pay_00101.lines.zh-Hans.html``."""
    return f"{report}.lines.{suffix}"


def _kept(lines: pl.DataFrame, spans: bytes) -> bytes:
    """All lines in one frame for the command; its metadata holds the index."""
    content = io.BytesIO()
    used = [name for name in lines.columns if name == "row" or lines[name].null_count() < lines.height]
    lines.select(used).write_parquet(content, metadata={"index": spans.decode()})
    return content.getvalue()


def read_beside(path: Path) -> Evidence:
    """The evidence that :func:`beside` wrote for the command."""
    frame, told = pl.read_parquet(path), pl.read_parquet_metadata(path)["index"]
    return read_index(told.encode(), by_kind(frame))


def _version(spans: bytes, *texts: str) -> str:
    return hashlib.sha256("\n".join([spans.decode(), *texts]).encode()).hexdigest()


def _all_data(evidence: Evidence) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The data files by name, and which periods there are of each kind."""
    data: dict[str, str] = {}
    periods: dict[str, list[str]] = {}
    for kind, frame in evidence.lines.items():
        places = frame.select("file", "sheet", "cells").unique(maintain_order=True).with_row_index("p")
        coded = frame.join(places, on=["file", "sheet", "cells"], how="left", maintain_order="left")
        for (key,), rows in coded.group_by("in_period", maintain_order=True):
            data[f"{kind}_{key}.js"] = _data(kind, str(key), rows, places)
            periods.setdefault(kind, []).append(str(key))
    return data, periods


def written(evidence: Evidence) -> Written:
    """All lines of a set."""
    data, periods = _all_data(evidence)
    codes: dict[str, set[str]] = {}
    for frame in evidence.lines.values():
        for name in NAMED:
            if name in frame.columns:
                codes.setdefault(name, set()).update(frame[name].unique())
    return Written(data, periods, codes)


def written_by_person(lines: pl.DataFrame) -> dict[str, Written]:
    """The lines of each person by code, in whose files is nothing of another: what they say is cut first, and written without
    lists of values. All at once, since everybody has a few lines of many kinds."""
    found: dict[str, Written] = {}
    group = ["employee_code", "in_period"]
    for kind, frame in by_kind(lines).items():
        names = [name for name in frame.columns if name not in _HIDDEN]
        placed = frame.with_columns(_place=pl.concat_str("file", "sheet", "cells", separator="\x1f"))
        places = placed.select(*group, "_place").unique(maintain_order=True).with_columns(p=pl.int_range(pl.len()).over(group))
        shown = [_text(pl.col(name), frame.schema.get(name, pl.Int64())) for name in (*names, "p", "row")]
        texts = (
            placed.join(places, on=[*group, "_place"], how="left", maintain_order="left")
            .select(*group, pl.concat_str(shown, separator="\t").alias("text"))
            .group_by(group, maintain_order=True).agg(pl.col("text").str.join("\n"))
            .join(places.group_by(group, maintain_order=True).agg("_place"), on=group, maintain_order="left")
        )  # fmt: skip
        amounts = [name for name in amounts_of(frame) if name in names]
        for person, period, text, at in texts.iter_rows():
            one = found.setdefault(person, Written({}, {}, {}))
            told = {"columns": [*names, "p", "row"], "amounts": amounts, "dicts": {}, "coded": [name for name in names if name in _WORDED],
                    "places": [place.split("\x1f") for place in at], "text": text}
            one.data[f"{kind}_{period}.js"] = _call(kind, period, told)
            one.periods.setdefault(kind, []).append(period)
        for name in NAMED:
            by_person = frame.group_by(person="employee_code").agg(pl.col(name).unique()) if name in names else frame.select().head(0)
            for person, codes in by_person.iter_rows():
                known = found[person].codes
                assert isinstance(known, dict)
                known[name] = known.get(name, frozenset()) | frozenset(codes)
    return found


def _text(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """A column as it stands in a line of data."""
    text = column.cast(pl.String).fill_null("")
    return text.str.replace_all(r"[\t\r\n]", " ") if dtype == pl.String else text


def _call(kind: str, period: str, told: Mapping[str, object]) -> str:
    return f"closebookLines({json.dumps([kind, period])}, {json.dumps(told, ensure_ascii=False, separators=(',', ':'))});\n"


def _data(kind: str, period: str, rows: pl.DataFrame, places: pl.DataFrame) -> str:
    """One data file: texts by number where they are few, the places, and a line of tabbed text for each line."""
    names = [column.name for column in rows if column.name not in _HIDDEN and _says(column)]
    dicts: dict[str, list[str]] = {}
    shown = []
    for name in names:
        if name in _CODED:
            dicts[name] = rows[name].unique(maintain_order=True).to_list()
            shown.append(pl.col(name).cast(pl.Enum(dicts[name])).to_physical().cast(pl.String))
        else:
            shown.append(_text(pl.col(name), rows[name].dtype))
    used = rows["p"].unique().sort().to_list()
    at = {place: number for number, place in enumerate(used)}
    shown += [pl.col("p").replace_strict(at, return_dtype=pl.Int64).cast(pl.String).alias("p"), pl.col("row").cast(pl.String)]
    text = rows.select(pl.concat_str([one.fill_null("") for one in shown], separator="\t").alias("line"))["line"].str.join("\n").item()
    told = {
        "columns": [*names, "p", "row"], "amounts": [name for name in amounts_of(rows.drop("p")) if name in names], "dicts": dicts,
        "coded": [name for name in names if name in _WORDED and name not in _CODED],
        "places": [list(row) for row in places.filter(pl.col("p").is_in(used)).sort("p").select("file", "sheet", "cells").iter_rows()],
        "text": text,
    }  # fmt: skip
    return _call(kind, period, told)


def _says(column: pl.Series) -> bool:
    """Whether any line of a file has a value."""
    return bool((column != "").any()) if column.dtype == pl.String else column.null_count() < column.len()


def _page(
    company: Company, names: Mapping[str, Mapping[str, str]], periods: Mapping[str, list[str]], led: Mapping[str, Mapping[str, Any]],
    language: Language, called: Mapping[Language, str], data: str = "", *, inside: bool = False,
) -> str:  # fmt: skip
    """A page of lines: ``called`` are the pages by language, ``data`` what it holds (``inside``) or the file that has it."""
    reader = Reader(language, company.policy.page_unit, company.policy.currency)

    def told(words: Words) -> str:
        return said(words, reader)

    words = {
        "kinds": {kind: told(name) for kind, name in KINDS.items()}, "columns": {name: told(one) for name, one in COLUMNS.items()},
        "cells": CELLS, "counts": sorted(COUNTS), "hidden": HIDDEN,
        "values": {
            "kind": {name: told(one) for name, one in {**SOLD, **receivables.KINDS, **commission.DOCUMENTS}.items()},
            **{column: {name: told(one) for name, one in values.items()}
               for column, values in (explained_field.VALUES | explained_people.values(company.assessment)).items()},
            **{column: {name: told(one) for name, one in receivables.BUCKETS.items()} for column in _CLASSES},
        }, "periods": {kind: sorted(keys) for kind, keys in periods.items()}, "names": names,
        "total": told(say("Total")), "place": told(say("File, sheet, cell")), "nothing": told(say("Nothing to show")),
        "more": told(say("The first {shown} of {n} lines are listed; all of them are added", shown=Name("{shown}"), n=Name("{n}"))),
        "missing": told(say("A file with lines is missing beside this page")), "counted": told(say("lines")), "period": told(say("Period")),
        "unassigned": told(say("Not assigned")), "leads": led, "leaf": list(company.policy.causes.leaf),
    }  # fmt: skip
    return template("lines.html.j2").render(
        language=language, title=told(say("Where the figures come from")), company=company.policy.said(language),
        languages=[(LANGUAGE_NAMES[one], quote(called[one]), one == language) for one in called],
        data=Markup(data.replace("</", "<\\/")) if inside else "", file=quote(data) if data and not inside else "",
        js=Markup(script("lines.js", words).replace("</", "<\\/")),
        about=told(say("Click a figure on a report: its lines are listed here.")),
    )  # fmt: skip
