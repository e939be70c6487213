"""R20 内控与异常: everything that must tie and everything that was found, with its evidence."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Period
from pipelines.contracts import CONFIDENTIAL_TABLES, CONTRACTS
from pipelines.controls.reconciling import ledger_items
from pipelines.quality.sentences import reasons
from pipelines.reports import formulas
from pipelines.reports.context import (
    SUBJECTS,
    Marts,
    ReportContext,
    and_then,
    as_on,
    counted,
    expected_texts,
    figure_text,
    finding_words,
    owner_words,
    page_links,
    senders,
    sentence,
    side,
    subject_words,
    table_title,
    tie_out_rows,
    with_heading,
)
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Meaning,
    Message,
    Money,
    Name,
    Notes,
    Report,
    Section,
    Table,
    TieOutList,
    Tile,
    Told,
    Words,
    say,
)

ID = "R20"
NAME = "control"
TITLE = say("Controls and exceptions")
REQUIRED = ()
TABLES: tuple[str, ...] = ()

SEVERITY: dict[str, Words] = {"error": say("Error"), "warning": say("Warning"), "info": say("Note")}
CONTROLS: dict[str, Words] = {
    "C1": say("C1 File to raw"),
    "C2": say("C2 Raw to facts"),
    "C3": say("C3 Facts to ledger"),
    "C4": say("C4 Facts to reports"),
    "C5": say("C5 Dealer to company"),
    "C6": say("C6 Receivables roll forward"),
    "C7": say("C7 Documents"),
    "C8": say("C8 Credit"),
    "C9": say("C9 Price and discount"),
    "C10": say("C10 Cash handling"),
    "C11": say("C11 Behaviour"),
    "C12": say("C12 Cut-off"),
    "M1": say("M1 Causes of variance"),
    "M3": say("M3 Receivables"),
    "M9": say("M9 Rebates"),
}
STATUS: dict[str, Words] = {"tied": say("Ties"), "within_tolerance": say("Within tolerance"), "broken": say("Does not tie")}
MOST_TIES = 200
"""More tie-outs of one measure are folded by control and table; the workbook lists every one on a sheet of its own."""

TIES_PRINTED = 40
"""So many of those go on paper, and all that do not tie."""

FILE_STATUS: dict[str, Words] = {
    "rejected": say("Rejected"),
    "unmatched": say("No layout"),
    "live": say("In use"),
    "superseded": say("Superseded"),
    "duplicate": say("Duplicate"),
}


def build(marts: Marts, context: ReportContext) -> Report | None:
    """The report; there is always one, since the files themselves are controlled."""
    ties, findings = context.tie_outs, context.findings
    quarantine = marts.get("quarantine")
    sections = [
        *_ledger(ties, quarantine, context),
        *_ties(ties, context),
        *_findings(findings, context),
        *_quarantine(quarantine, context, marts),
        *_files(context, marts),
        *_all_ties(ties),
    ]
    if not sections:
        return None
    broken = ties.filter(pl.col("status") == "broken").height
    errors = findings.filter(pl.col("severity") == "error").height
    warnings = findings.filter(pl.col("severity") == "warning").height
    passed, total = counted(ties, findings)
    row: dict[str, Any] = {"control": None, "failed": total - passed, "broken": broken, "errors": errors, "warnings": warnings}

    def told(name: str) -> Told:
        return formulas.told(f"tile_{name}", row, (name,), formulas.COUNTS)

    tiles = [
        Tile(say("Checks not passed"), Count(total - passed), good="lower", told=told("failed")),
        Tile(say("Tie-outs broken"), Count(broken), good="lower", told=told("broken")),
        Tile(say("Cases of error"), Count(errors), good="lower", told=told("errors")),
        Tile(say("Cases of warning"), Count(warnings), good="lower", told=told("warnings")),
    ]
    if quarantine is not None:
        out = kept_out(quarantine)
        row |= {"kept_out": out.height, "kept_out_amount": int(out["amount"].sum() or 0)}
        tiles += [
            Tile(say("Rows kept out"), Count(out.height), good="lower", told=told("kept_out")),
            Tile(say("Amount kept out"), Money(row["kept_out_amount"]), good="lower", told=told("kept_out_amount")),
        ]
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(_checks_message(passed, total), _findings_message(findings)),
        subtitle=with_heading(say("Tie-outs, findings, rows kept out, files"), context.month, as_on(context.as_of)),
        sections=sections,
        tables=sorted(context.delivered),
        everything=True,
        tiles=tiles,
        notes=(
            say(
                "A broken invariant or an error stops every report that it touches. A difference within tolerance stops nothing."
            ),
            say("A row is kept out whole, with its document where the table asks for it; its money is counted here and nowhere else."),
        ),
    )


def kept_out(quarantine: pl.DataFrame) -> pl.DataFrame:
    """One row a rejected row: errors, counted once whatever the number of reasons."""
    return quarantine.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1))


def ties_message(ties: pl.DataFrame) -> Words:
    """How many tie-outs hold."""
    broken = ties.filter(pl.col("status") == "broken").height
    if broken:
        return Message(
            "{n} of {all} tie-outs does not hold",
            {"n": Count(broken), "all": Count(ties.height)},
            plural="{n} of {all} tie-outs do not hold",
        )
    return Message("{n} tie-out holds", {"n": Count(ties.height)}, plural="All {n} tie-outs hold")


def _checks_message(passed: int, total: int) -> Words:
    """How many checks passed, counted as the page's corner counts them."""
    if passed == total:
        return Message("{n} check passed", {"n": Count(total)}, plural="All {n} checks passed")
    return Message(
        "{n} of {all} checks did not pass", {"n": Count(total - passed), "all": Count(total)}, plural="{n} of {all} checks did not pass"
    )


def _findings_message(findings: pl.DataFrame) -> Words | None:
    errors = findings.filter(pl.col("severity") == "error").height
    warnings = findings.filter(pl.col("severity") == "warning").height
    if not errors and not warnings:
        return say("nothing was found")
    return Message(
        "{n} case: {errors} as error, {warnings} as warning",
        {"n": Count(errors + warnings), "errors": Count(errors), "warnings": Count(warnings)},
        plural="{n} cases: {errors} as error, {warnings} as warning",
    )


def _words(frame: pl.DataFrame, *columns: str) -> dict[str, Words]:
    """Words of the rules and statements that a frame names."""
    return {name: sentence(name) for column in columns for name in frame[column].unique().to_list() if name}


def _ties(ties: pl.DataFrame, context: ReportContext) -> list[Section]:
    if ties.is_empty():
        return []
    summary = (
        ties.group_by("control")
        .agg(
            *[(pl.col("status") == status).sum().cast(pl.Int64).alias(status) for status in STATUS],
            pl.len().cast(pl.Int64).alias("all"),
        )
        .sort("broken", "within_tolerance", "control", descending=[True, True, False])
    )
    summary = summary.with_columns(page=page_links("control", context.period.key))
    columns = (
        Column("control", say("Control point"), words=CONTROLS, link="page"),
        Column("all", say("Tie-outs"), "count"),
        *(Column(status, words, "count", alarm=0.0 if status == "broken" else None) for status, words in STATUS.items()),
    )
    blocks: list[Block] = [Table("controls", summary, columns, why=formulas.CONTROLS)]
    odd = ties.filter(pl.col("status") != "tied")
    if odd.height:
        blocks.append(TieOutList(tie_out_rows(odd)))
    tolerated = odd.filter(pl.col("status") == "within_tolerance")
    headline: Words = ties_message(ties)
    if tolerated.height:
        headline = and_then(
            headline,
            Message(
                "{n} difference lies within tolerance",
                {"n": Count(tolerated.height)},
                plural="{n} differences lie within tolerance",
            ),
        )
    return [
        Section(
            "section_controls",
            say("Tie-outs"),
            headline,
            tuple(blocks),
            subtitle=with_heading(say("What must tie, by control"), context.month),
        )
    ]


ACCOUNT_NAMES: dict[str, Words] = {
    "revenue": say("Revenue"),
    "receivables": say("Receivables"),
    "receipts": say("Receipts"),
    "expenses": say("Expenses"),
}
"""The accounts of the ledger as a row begins."""

def ledger_rows(ties: pl.DataFrame, quarantine: pl.DataFrame | None, period: Period, as_of: date) -> pl.DataFrame:
    """Each account of the general ledger with what rejected rows explain of its difference, the largest difference first.

    ``kept_out`` is the part of the difference that rows kept out make, as far as their amounts can be read; ``rest`` is what
    remains. ``unsettled`` counts the rows that belong to the account and are not in ``kept_out``: no readable amount or day, or
    one key with two amounts. Without a quarantine both are null.
    """
    rows = ties.filter((pl.col("control") == "C3") & (pl.col("measure") == "amount")).select(
        pl.col("subject").alias("account"), "left_amount", "right_amount", "difference", "status"
    )
    found = [None if quarantine is None else _missing_from(account, quarantine, period, as_of) for account in rows["account"]]
    return (
        rows.with_columns(
            pl.Series("kept_out", [None if one is None else -one[0] for one in found], dtype=pl.Int64),
            pl.Series("unsettled", [None if one is None else one[1] for one in found], dtype=pl.Int64),
        )
        .with_columns(rest=pl.col("difference") - pl.col("kept_out"))
        .sort(pl.col("difference").abs(), "account", descending=[True, False])
    )


def _missing_from(account: str, quarantine: pl.DataFrame, period: Period, as_of: date) -> tuple[int, int]:
    items = ledger_items(account, quarantine, period, as_of)
    return -int(items["amount"].sum()), items["amount"].null_count()


def _ledger(ties: pl.DataFrame, quarantine: pl.DataFrame | None, context: ReportContext) -> list[Section]:
    rows = ledger_rows(ties, quarantine, context.period, context.as_of)
    if rows.is_empty():
        return []
    columns = [
        Column("account", say("Account of the ledger"), words={**SUBJECTS, **ACCOUNT_NAMES}),
        Column("left_amount", say("Facts"), "money", adds=False),
        Column("right_amount", say("General ledger"), "money", adds=False),
        Column("difference", say("Difference"), "money", variance=True, good="neutral", adds=False),
    ]
    if quarantine is not None:
        columns += [
            Column("kept_out", say("By rows kept out"), "money", variance=True, good="neutral", adds=False),
            Column("rest", say("Left unexplained"), "money", variance=True, good="neutral", adds=False),
            Column("unsettled", say("Rows not counted"), "count"),
        ]
    rows = rows.with_columns(result=pl.col("status").replace_strict({"tied": "ok", "within_tolerance": "warning", "broken": "error"}))
    results = {"ok": STATUS["tied"], "warning": STATUS["within_tolerance"], "error": STATUS["broken"]}
    columns.append(Column("result", say("Result"), "severity", words=results))
    blocks: list[Block] = [Table("ledger", formulas.ledger(rows), tuple(columns), why=formulas.LEDGER)]
    if quarantine is not None:
        note = say(
            "Rows kept out count with the amounts that can be read; rows without a readable amount or day, "
            "and keys with two amounts, are not counted. Receivables count every such row up to the as-of day, with tax."
        )
        blocks.append(Notes((note,), listed=False))
    return [
        Section(
            "section_ledger",
            say("General ledger"),
            ledger_message(rows),
            tuple(blocks),
            subtitle=with_heading(say("Facts and general ledger by account"), context.month),
        )
    ]


def ledger_message(rows: pl.DataFrame) -> Words:
    """How many accounts differ, and what explains the largest difference."""
    apart = rows.filter(pl.col("status") == "broken")
    if apart.is_empty():
        return Message(
            "{n} account agrees with the general ledger",
            {"n": Count(rows.height)},
            plural="All {n} accounts agree with the general ledger",
        )
    first: Words = Message(
        "{n} account differs from the general ledger", {"n": Count(apart.height)}, plural="{n} accounts differ from the general ledger"
    )
    worst = apart.row(0, named=True)
    return and_then(first, difference_message(worst))


def difference_message(row: dict[str, Any]) -> Words:
    """One account's difference, and what rows kept out explain of it."""
    account, difference = subject_words(row["account"]), Money(row["difference"], "currency", signed=True)
    if row["kept_out"] is None:
        return say("{account} by {difference}", account=account, difference=difference)
    return say(
        "{account} by {difference}, of which rows kept out explain {kept_out} and {rest} is left",
        account=account,
        difference=difference,
        kept_out=Money(row["kept_out"], "currency", signed=True),
        rest=Money(row["rest"], "currency", signed=True),
    )


def _all_ties(ties: pl.DataFrame) -> list[Section]:
    blocks: list[Block] = []
    words = _words(ties, "statement")
    sides = {name: side(name) for column in ("left_label", "right_label") for name in ties[column].unique().to_list()}
    subjects = {subject: subject_words(subject) for subject in ties["subject"].unique().to_list()}
    details: list[Block] = []
    for measure, meaning, title, one_by_one in (
        ("amount", "money", say("Amounts"), say("Amounts one by one")),
        ("qty", "qty", say("Quantities"), say("Quantities one by one")),
        ("rows", "qty", say("Rows"), say("Rows one by one")),
    ):
        rows = ties.filter(pl.col("measure") == measure).sort("control", "statement", "subject", maintain_order=True)
        if rows.is_empty():
            continue
        columns = (
            Column("control", say("Control point"), "code"),
            Column("statement", say("Statement"), words=words),
            Column("subject", say("Subject"), words=subjects),
            Column("left_label", say("One side"), words=sides),
            Column("left_amount", say("Amount"), meaning, adds=False),  # type: ignore[arg-type]
            Column("right_label", say("Other side"), words=sides),
            Column("right_amount", say("Amount of the other side"), meaning, adds=False),  # type: ignore[arg-type]
            Column("difference", say("Difference"), meaning, variance=True, good="neutral", adds=False),  # type: ignore[arg-type]
            Column("status", say("Result"), words=STATUS),
        )
        if rows.height <= MOST_TIES:
            blocks.append(Table(f"ties_{measure}", rows, columns, title=title, shown=20, why=formulas.ONE_BY_ONE))
            continue
        blocks.append(Table(f"ties_{measure}_by_table", *_folded(rows, measure, words), title=title, shown=12, why=formulas.FOLDED))
        open_first = rows.sort((pl.col("status") == "tied"), maintain_order=True)
        printed = max(TIES_PRINTED, rows.filter(pl.col("status") != "tied").height)
        details.append(Table(f"ties_{measure}", open_first, columns, title=one_by_one, detail=True, printed=printed))
    if not blocks:
        return []
    return [
        Section(
            "section_all_ties",
            say("All tie-outs"),
            Message("{n} tie-out in all", {"n": Count(ties.height)}, plural="{n} tie-outs in all"),
            (*blocks, *details),
            subtitle=say("By control and table; the workbook lists every one") if details else None,
        )
    ]


def _folded(rows: pl.DataFrame, measure: str, words: dict[str, Words]) -> tuple[pl.DataFrame, tuple[Column, ...]]:
    """Tie-outs by control, statement and table: how many hold, and what both sides of a table's files add up to.

    Quantities of many units and amounts of several accounts are not added up.
    """
    first = pl.col("subject").str.split(" ").list.first()
    meaning: Meaning = "money" if measure == "amount" else "qty"
    folded = (
        rows.group_by("control", "statement", pl.when(first.is_in(list(CONTRACTS))).then(first).otherwise(pl.lit("")).alias("table"),
            "measure")
        .agg(
            pl.len().cast(pl.Int64).alias("all"),
            *[(pl.col("status") == status).sum().cast(pl.Int64).alias(status) for status in STATUS],
            pl.col("left_amount", "right_amount", "difference").sum(),
        )
        .with_columns(
            pl.when((pl.col("table") != "") | (pl.col("all") == 1)).then(pl.col(name)).alias(name)
            for name in ("left_amount", "right_amount", "difference")
        )
        .sort("broken", "within_tolerance", "control", "statement", "table", descending=[True, True, False, False, False])
    )
    columns = [
        Column("control", say("Control point"), "code"),
        Column("statement", say("Statement"), words=words),
        Column("table", say("Table"), words={"": Name(""), **{name: table_title(name) for name in folded["table"].unique() if name}}),
        Column("all", say("Tie-outs"), "count"),
        *(Column(status, said, "count", alarm=0.0 if status == "broken" else None) for status, said in STATUS.items()),
    ]
    if measure != "qty":
        columns += [
            Column("left_amount", say("One side"), meaning, adds=False),
            Column("right_amount", say("Other side"), meaning, adds=False),
            Column("difference", say("Difference"), meaning, variance=True, good="neutral", adds=False),
        ]
    return folded, tuple(columns)


def _findings(findings: pl.DataFrame, context: ReportContext) -> list[Section]:
    if findings.is_empty():
        return []
    words = _words(findings, "rule")
    # A quantity is no amount, and amounts of several accounts are not added up.
    findings = findings.with_columns(pl.when(pl.col("rule") != "negative_stock").then("amount").alias("amount"))
    owners = {owner: owner_words(owner) for owner in findings["owner"].unique().to_list() if owner}
    summary = (
        findings.group_by("severity", "control", "rule", "owner")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.when(pl.col("amount").is_not_null().any() & (pl.col("control") != "C3").all()).then(pl.col("amount").sum()).alias("amount"),
        )
        .with_columns(_rank().alias("order"), page=page_links("control", context.period.key))
        .sort("order", "count", "control", "rule", "owner", descending=[False, True, False, False, False])
    )
    overview = Table(
        "findings_summary",
        summary,
        (
            Column("severity", say("Severity"), "severity", words=SEVERITY),
            Column("control", say("Control point"), words=CONTROLS, link="page"),
            Column("rule", say("What was found"), words=words),
            Column("count", say("Cases"), "count", bar=True),
            Column("amount", say("Amount"), "money"),
            Column("owner", say("Owner"), words=owners),
        ),
        why=formulas.FINDINGS,
    )
    rows = findings.with_columns(_rank().alias("order"), pl.when(pl.col("source_row") > 0).then(pl.col("source_row")).alias("row")).sort(
        "order", "control", "rule", "subject", "source_file", "source_sheet", "source_row", "cell"
    )
    each = list(rows.iter_rows(named=True))
    said = {f"#{i}": finding_words(row) for i, row in enumerate(each)}
    subjects = {row["subject"]: _short_subject(row) for row in each}
    figures = {
        text: Name(shown) for row in each for text in (row["found"],) if (shown := figure_text(row["rule"], text)) != text
    }
    rows, expected = expected_texts(rows)
    numbered = rows.with_columns(
        pl.Series("sentence", list(said), dtype=pl.String), pl.Series("place", [place_of(row) for row in each], dtype=pl.String)
    )
    evidence = Table(
        "findings",
        numbered,
        (
            Column("severity", say("Severity"), "severity", words=SEVERITY),
            Column("control", say("Control point"), "code"),
            Column("subject", say("Subject"), words=subjects),
            Column("sentence", say("In words"), words=said),
            Column("amount", say("Amount"), "money"),
            Column("place", say("Place")),
            Column("owner", say("Owner"), words=owners),
        ),
        title=say("Evidence"),
        shown=15,
        why=formulas.FINDING,
    )
    listed = Table(
        "findings_list",
        numbered,
        (
            Column("severity", say("Severity"), "severity", words=SEVERITY),
            Column("control", say("Control point"), "code"),
            Column("rule", say("What was found"), words=words),
            Column("subject", say("Subject"), words=subjects),
            Column("found", say("Found"), words=figures),
            Column("expected_key", say("Expected"), words=expected),
            Column("amount", say("Amount"), "money"),
            Column("source_file", say("File")),
            Column("source_sheet", say("Sheet")),
            Column("row", say("Row"), "count"),
            Column("cell", say("Cell"), "code"),
            Column("owner", say("Owner"), words=owners),
        ),
        title=say("Every finding"),
        detail=True,
    )
    first = summary.row(0, named=True)
    errors = findings.filter(pl.col("severity") == "error").height
    headline = Message(
        "{n} finding, {errors} of them errors; most often: {rule}",
        {"n": Count(findings.height), "errors": Count(errors), "rule": words.get(first["rule"], Name(first["rule"]))},
        plural="{n} findings, {errors} of them errors; first: {rule}",
    )
    subtitle = with_heading(say("By severity"), context.month)
    return [Section("section_findings", say("Findings"), headline, (overview, evidence, listed), subtitle=subtitle)]


def _short_subject(row: dict[str, Any]) -> Words:
    """What a finding is about; where it stands in a file, the file is named by its place and not again here."""
    if row["source_file"] and row["source_file"] in row["subject"]:
        return table_title(row["subject"].partition(" ")[0])
    return subject_words(row["subject"])


def place_of(row: dict[str, Any]) -> str:
    """File, sheet and cell (or row) of a finding, as far as they are known."""
    at = row["cell"] or (str(row["source_row"]) if row["source_row"] else "")
    return "!".join(part for part in (row["source_file"], row["source_sheet"], at) if part)


def _rank() -> pl.Expr:
    return pl.col("severity").replace_strict({"error": 0, "warning": 1, "info": 2}, return_dtype=pl.Int64)


def _quarantine(quarantine: pl.DataFrame | None, context: ReportContext, marts: Marts) -> list[Section]:
    if quarantine is None or quarantine.is_empty():
        return []
    words = _words(quarantine, "rule")
    tables = {name: table_title(name) for name in quarantine["table"].unique().to_list()}
    called = senders(context.company, marts, quarantine["sender"].to_list())
    out = kept_out(quarantine)
    listed = quarantine.filter(pl.col("severity") == "warning")
    blocks: list[Block] = []
    for id, part, title in (("kept_out", out, say("Rows kept out")), ("listed", listed, say("Rows loaded with a warning"))):
        if part.is_empty():
            continue
        rows = (
            part.group_by("sender", "table", "rule")
            .agg(
                pl.len().cast(pl.Int64).alias("rows"),
                pl.col("goes_with").sum().cast(pl.Int64).alias("companions"),
                pl.when(pl.col("amount").is_not_null().any()).then(pl.col("amount").sum()).alias("amount"),
                pl.col("amount_unreadable").sum().cast(pl.Int64).alias("unreadable"),
                pl.col("source_file").n_unique().cast(pl.Int64).alias("files"),
            )
            .sort("rows", "sender", "table", "rule", descending=[True, False, False, False])
        )
        columns = (
            Column("sender", say("Sender"), words=called),
            Column("table", say("Table"), words=tables),
            Column("rule", say("Rule"), words=words),
            Column("files", say("Files"), "count"),
            Column("rows", say("Rows"), "count", bar=True),
            *((Column("companions", say("of them with their document"), "count"),) if rows["companions"].sum() else ()),
            Column("amount", say("Amount"), "money"),
            *((Column("unreadable", say("Amounts unreadable"), "count"),) if rows["unreadable"].sum() else ()),
        )
        blocks.append(Table(id, rows, columns, title=title, shown=20, why=formulas.KEPT_OUT))
    detail = quarantine.with_columns(pl.when(pl.col("source_row") > 0).then(pl.col("source_row")).alias("row")).sort(
        "sender", "table", "source_file", "source_sheet", "source_row", "reason_no", "cell"
    )
    detail, expected = expected_texts(detail)
    told = ~pl.col("table").is_in(CONFIDENTIAL_TABLES)  # what HR's rows hold goes back to who sent them, and nowhere else
    detail = detail.with_columns(pl.when(told).then(pl.col("found", "document", "amount")))
    every = (
        Column("severity", say("Severity"), "severity", words=SEVERITY),
        Column("sender", say("Sender"), words=called),
        Column("table", say("Table"), words=tables),
        Column("source_file", say("File")),
        Column("source_sheet", say("Sheet")),
        Column("row", say("Row"), "count"),
        Column("cell", say("Cell"), "code"),
        Column("rule", say("Rule"), words=words),
        Column("found", say("Found")),
        Column("expected_key", say("Expected"), words=expected),
        Column("document", say("Document"), "code"),
        Column("amount", say("Amount"), "money"),
        Column("business_date", say("Date"), "date"),
    )
    blocks.append(Table("faults", detail, every, title=say("Every reason"), detail=True))
    unreadable = int(out["amount_unreadable"].sum() or 0)
    headline: Words = Message(
        "{n} row was kept out ({amount})",
        {"n": Count(out.height), "amount": Money(int(out["amount"].sum() or 0))},
        plural="{n} rows were kept out ({amount})",
    )
    if out.is_empty():
        headline = Message(
            "No row was kept out; {n} was loaded with a warning",
            {"n": Count(listed.height)},
            plural="No row was kept out; {n} were loaded with a warning",
        )
    if unreadable:
        headline = and_then(
            headline,
            Message("the amount of {n} cannot be read", {"n": Count(unreadable)}, plural="the amounts of {n} cannot be read"),
        )
    return [
        Section(
            "section_quarantine",
            say("Kept out"),
            headline,
            tuple(blocks),
            subtitle=say("By sender, table and rule; the workbook lists every row"),
        )
    ]


def _files(context: ReportContext, marts: Marts) -> list[Section]:
    bad = (
        context.files.filter(pl.col("status").is_in(["rejected", "unmatched"]))
        .unique(["delivery"], keep="first", maintain_order=True)
        .sort("status", "arrived_at", "source_file", descending=[False, True, False])
    )
    if bad.is_empty():
        return []
    bad = bad.with_columns(pl.Series("arrived_local", [context.local(moment) for moment in bad["arrived_at"]], pl.String))
    columns = (
        Column("status", say("Status"), words=FILE_STATUS),
        Column("source_file", say("File")),
        Column("sender", say("Sender"), words=senders(context.company, marts, bad["sender"].to_list())),
        Column("arrived_local", say("Arrived"), "code"),
        Column("size", say("Bytes"), "count"),
        Column("reason", say("Reason"), words=reasons(bad)),
    )
    rejected = bad.filter(pl.col("status") == "rejected").height
    headline = Message(
        "{n} file could not be used, {rejected} of them rejected",
        {"n": Count(bad.height), "rejected": Count(rejected)},
        plural="{n} files could not be used, {rejected} of them rejected",
    )
    return [
        Section(
            "section_files",
            say("Files"),
            headline,
            (Table("files", bad, columns, shown=30, why=formulas.FILES),),
            subtitle=say("Rejected, or without a layout"),
        )
    ]
