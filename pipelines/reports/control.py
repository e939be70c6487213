"""R20 内控与异常: everything that must tie and everything that was found, with its evidence."""

from __future__ import annotations

import polars as pl

from pipelines.quality.sentences import EXPECTED
from pipelines.reports.context import (
    SUBJECTS,
    Marts,
    ReportContext,
    and_then,
    as_on,
    rule_sentence,
    sentence,
    table_title,
    tie_out_rows,
    with_heading,
)
from pipelines.reports.model import (
    Block,
    Column,
    Count,
    Message,
    Money,
    Name,
    Report,
    Section,
    Table,
    TieOutList,
    Tile,
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
}
STATUS: dict[str, Words] = {"tied": say("Ties"), "within_tolerance": say("Within tolerance"), "broken": say("Does not tie")}
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
        *_ties(ties, context),
        *_findings(findings, context),
        *_quarantine(quarantine),
        *_files(context),
        *_all_ties(ties),
    ]
    if not sections:
        return None
    broken = ties.filter(pl.col("status") == "broken").height
    errors = findings.filter(pl.col("severity") == "error").height
    warnings = findings.filter(pl.col("severity") == "warning").height
    tiles = [
        Tile(say("Tie-outs that hold"), Count(ties.height - broken)),
        Tile(say("Broken"), Count(broken), good="lower"),
        Tile(say("Errors"), Count(errors), good="lower"),
        Tile(say("Warnings"), Count(warnings), good="lower"),
    ]
    if quarantine is not None:
        out = kept_out(quarantine)
        tiles += [
            Tile(say("Rows kept out"), Count(out.height), good="lower"),
            Tile(say("Amount kept out"), Money(int(out["amount"].sum() or 0)), good="lower"),
        ]
    return context.report(
        id=ID,
        name=NAME,
        title=TITLE,
        headline=and_then(ties_message(ties), _findings_message(findings)),
        subtitle=with_heading(say("Tie-outs, findings, rows kept out, files"), context.month, as_on(context.as_of)),
        sections=sections,
        tables=sorted(context.delivered),
        everything=True,
        tiles=tiles,
        notes=(
            say(
                "A broken invariant stops every report that it touches. A difference within tolerance is listed and does not stop anything."
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


def _findings_message(findings: pl.DataFrame) -> Words | None:
    errors = findings.filter(pl.col("severity") == "error").height
    warnings = findings.filter(pl.col("severity") == "warning").height
    if not errors and not warnings:
        return say("nothing was found")
    said_errors = Message("{n} error", {"n": Count(errors)}, plural="{n} errors")
    said_warnings = Message("{n} warning", {"n": Count(warnings)}, plural="{n} warnings")
    return say("{errors}, {warnings}", errors=said_errors, warnings=said_warnings)


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
    columns = (
        Column("control", say("Control point"), words=CONTROLS),
        Column("all", say("Tie-outs"), "count"),
        *(Column(status, words, "count", alarm=0.0 if status == "broken" else None) for status, words in STATUS.items()),
    )
    blocks: list[Block] = [Table("controls", summary, columns)]
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


def _all_ties(ties: pl.DataFrame) -> list[Section]:
    blocks: list[Block] = []
    words = _words(ties, "statement", "left_label", "right_label") if ties.height else {}
    for measure, meaning, title in (
        ("amount", "money", say("Amounts")),
        ("qty", "qty", say("Quantities")),
        ("rows", "qty", say("Rows")),
    ):
        rows = ties.filter(pl.col("measure") == measure).sort("control", "statement", "subject")
        if rows.is_empty():
            continue
        columns = (
            Column("control", say("Control point"), "code"),
            Column("statement", say("Statement"), words=words),
            Column("subject", say("Subject"), words=SUBJECTS),
            Column("left_label", say("One side"), words=words),
            Column("left_amount", say("Amount"), meaning, adds=False),  # type: ignore[arg-type]
            Column("right_label", say("Other side"), words=words),
            Column("right_amount", say("Amount of the other side"), meaning, adds=False),  # type: ignore[arg-type]
            Column("difference", say("Difference"), meaning, variance=True, good="neutral", adds=False),  # type: ignore[arg-type]
            Column("status", say("Result"), words=STATUS),
        )
        blocks.append(Table(f"ties_{measure}", rows, columns, title=title, shown=20, detail=rows.height > 200))
    if not blocks:
        return []
    return [
        Section(
            "section_all_ties",
            say("All tie-outs"),
            Message("{n} tie-out in all", {"n": Count(ties.height)}, plural="{n} tie-outs in all"),
            tuple(blocks),
        )
    ]


def _findings(findings: pl.DataFrame, context: ReportContext) -> list[Section]:
    if findings.is_empty():
        return []
    words = _words(findings, "rule")
    summary = (
        findings.group_by("severity", "control", "rule", "owner")
        .agg(
            pl.len().cast(pl.Int64).alias("count"),
            pl.when(pl.col("amount").is_not_null().any()).then(pl.col("amount").sum()).alias("amount"),
        )
        .with_columns(_rank().alias("order"))
        .sort("order", "count", "control", "rule", "owner", descending=[False, True, False, False, False])
    )
    overview = Table(
        "findings_summary",
        summary,
        (
            Column("severity", say("Severity"), "severity", words=SEVERITY),
            Column("control", say("Control point"), words=CONTROLS),
            Column("rule", say("What was found"), words=words),
            Column("count", say("Cases"), "count", bar=True),
            Column("amount", say("Amount"), "money"),
            Column("owner", say("Owner")),
        ),
    )
    rows = findings.with_columns(_rank().alias("order"), pl.when(pl.col("source_row") > 0).then(pl.col("source_row")).alias("row")).sort(
        "order", "control", "rule", "subject", "source_file", "source_sheet", "source_row", "cell"
    )
    said = {f"#{i}": rule_sentence(row["rule"], row["found"], row["expected"]) for i, row in enumerate(rows.iter_rows(named=True))}
    evidence = Table(
        "findings",
        rows.with_columns(pl.Series("sentence", list(said), dtype=pl.String)),
        (
            Column("severity", say("Severity"), "severity", words=SEVERITY),
            Column("control", say("Control point"), "code"),
            Column("rule", say("What was found"), words=words),
            Column("subject", say("Subject"), words=SUBJECTS),
            Column("sentence", say("In words"), words=said),
            Column("found", say("Found")),
            Column("expected", say("Expected"), words=EXPECTED),
            Column("amount", say("Amount"), "money"),
            Column("source_file", say("File")),
            Column("source_sheet", say("Sheet")),
            Column("row", say("Row"), "count"),
            Column("cell", say("Cell"), "code"),
            Column("owner", say("Owner")),
        ),
        title=say("Evidence"),
        shown=40,
    )
    first = summary.row(0, named=True)
    errors = findings.filter(pl.col("severity") == "error").height
    headline = Message(
        "{n} finding, {errors} of them errors; most often: {rule}",
        {"n": Count(findings.height), "errors": Count(errors), "rule": words.get(first["rule"], Name(first["rule"]))},
        plural="{n} findings, {errors} of them errors; first: {rule}",
    )
    return [
        Section(
            "section_findings", say("Findings"), headline, (overview, evidence), subtitle=with_heading(say("By severity"), context.month)
        )
    ]


def _rank() -> pl.Expr:
    return pl.col("severity").replace_strict({"error": 0, "warning": 1, "info": 2}, return_dtype=pl.Int64)


def _quarantine(quarantine: pl.DataFrame | None) -> list[Section]:
    if quarantine is None or quarantine.is_empty():
        return []
    words = _words(quarantine, "rule")
    tables = {name: table_title(name) for name in quarantine["table"].unique().to_list()}
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
                pl.col("amount").sum().alias("amount"),
                pl.col("amount_unreadable").sum().cast(pl.Int64).alias("unreadable"),
                pl.col("source_file").n_unique().cast(pl.Int64).alias("files"),
            )
            .sort("rows", "sender", "table", "rule", descending=[True, False, False, False])
        )
        columns = (
            Column("sender", say("Sender")),
            Column("table", say("Table"), words=tables),
            Column("rule", say("Rule"), words=words),
            Column("files", say("Files"), "count"),
            Column("rows", say("Rows"), "count", bar=True),
            Column("companions", say("of them with their document"), "count"),
            Column("amount", say("Amount"), "money"),
            Column("unreadable", say("Amounts unreadable"), "count"),
        )
        blocks.append(Table(id, rows, columns, title=title, shown=30))
    detail = quarantine.with_columns(pl.when(pl.col("source_row") > 0).then(pl.col("source_row")).alias("row")).sort(
        "sender", "table", "source_file", "source_sheet", "source_row", "reason_no", "cell"
    )
    every = (
        Column("severity", say("Severity"), "severity", words=SEVERITY),
        Column("sender", say("Sender")),
        Column("table", say("Table"), words=tables),
        Column("source_file", say("File")),
        Column("source_sheet", say("Sheet")),
        Column("row", say("Row"), "count"),
        Column("cell", say("Cell"), "code"),
        Column("rule", say("Rule"), words=words),
        Column("found", say("Found")),
        Column("expected", say("Expected"), words=EXPECTED),
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


def _files(context: ReportContext) -> list[Section]:
    bad = context.files.filter(pl.col("status").is_in(["rejected", "unmatched"])).sort(
        "status", "arrived_at", "source_file", descending=[False, True, False]
    )
    if bad.is_empty():
        return []
    columns = (
        Column("status", say("Status"), words=FILE_STATUS),
        Column("source_file", say("File")),
        Column("sender", say("Sender")),
        Column("arrived_at", say("Arrived (UTC)")),
        Column("size", say("Bytes"), "count"),
        Column("reason", say("Reason")),
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
            (Table("files", bad, columns, shown=30),),
            subtitle=say("Rejected, or without a layout"),
        )
    ]
