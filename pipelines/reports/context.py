"""What every report is built from beside its marts: company, period, clocks, checks and files; and the frame around a report.

Here a report's sources, tie-outs, checks and state are selected by its id. What a report says is its own module's business;
how tie-outs and findings came about is ``controls``'.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal
from urllib.parse import quote

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts import CONTRACTS
from pipelines.contracts.model import LANGUAGES, Language, Text
from pipelines.quality import sentences
from pipelines.quality.sentences import SIDES, STATEMENTS
from pipelines.reports.model import (
    Checks,
    Count,
    Date,
    Message,
    Money,
    Name,
    Number,
    OpenCheck,
    PeriodName,
    PeriodRange,
    Report,
    Section,
    Source,
    TieOut,
    Tile,
    Value,
    Words,
    say,
)

Marts = Mapping[str, pl.DataFrame]
Frame = pl.DataFrame

PORTAL = "../../../../portal/"
"""The portal from a report's folder, ``shelf/<period>/<report>/<version>``."""

PAGED = ("C1", "C2", "C3", "C4", "C6", "C7", "C12")
"""The controls that have a page of their own (``reports.tie_out``)."""


def page_link(control: str, period: str, portal: str = PORTAL) -> str:
    """Where a control's page of a period is, through the portal, which knows the version that counts; ``{suffix}`` for the language."""
    return f"{portal}tie_outs{{suffix}}.html#{period}-{control}"


def page_links(column: str, period: str) -> pl.Expr:
    """:func:`page_link` of the control in a column; null where it has no page."""
    return pl.col(column).replace_strict({one: page_link(one, period) for one in PAGED}, default=None, return_dtype=pl.String)


TOTAL = "=total"
"""Label of a total row in a frame; :data:`LABELS` gives it words."""

SEVERITIES_ABOUT = say(
    "An error keeps the reports that it touches from being published until it is cleared; "
    "a warning is to be looked at, for single rows may be wrong or left out"
)
"""What the severities of open checks mean."""

ROUNDED = say("Rounded parts may not add up to rounded totals; the workbook holds the exact figures.")
"""What a page says whose printed parts do not add up to its printed totals."""

LABELS: dict[str, Words] = {TOTAL: say("Total"), "": say("Not assigned")}
"""Words for the labels that are not names as delivered."""

SUBJECTS: dict[str, Words] = {
    "revenue": say("revenue"),
    "receivables": say("receivables"),
    "receipts": say("receipts"),
    "expenses": say("expenses"),
    "expense": say("expenses"),
    "all": say("Company"),
    "document": say("by document date"),
    "due": say("by due date"),
    "fifo": say("by document date, oldest paid first"),
    "fifo_due": say("by due date, oldest paid first"),
    "cut last_year period": say("all cuts, on last year, the period"),
    "cut last_year year_to_date": say("all cuts, on last year, to date"),
    "cut plan period": say("all cuts, on plan, the period"),
    "cut plan year_to_date": say("all cuts, on plan, to date"),
    "leaf last_year period": say("single rows, on last year, the period"),
    "leaf last_year year_to_date": say("single rows, on last year, to date"),
    "leaf plan period": say("single rows, on plan, the period"),
    "leaf plan year_to_date": say("single rows, on plan, to date"),
}
"""Words for the accounts of the general ledger and for other closed subjects of tie-outs."""

PRINTED: dict[str, Words] = {
    "net_amount": say("net sales"),
    "gross_amount": say("sales with tax"),
    "margin": say("gross margin"),
    "receipts": say("receipts"),
    "expenses": say("expenses"),
}
"""Words for the fact totals that pages are held against."""

OWNERS: dict[str, Words] = {"finance": say("Finance"), "sales": say("Sales")}
"""Words for owners that a policy names by their department; other owners print as they are written."""

RESTATED: dict[str, str] = {"ledger_differs": "ledger", "total_row_differs": "file_total", "opening_moved": "opening_is_last_closing"}
"""Rules that say again, case by case, that a statement is broken: the two are one check."""

_ACCOUNTED = ("ledger_differs", "ledger_not_given", "opening_moved")
_FIGURED = (*_ACCOUNTED, "total_row_differs", "total_not_checkable", "row_count_differs", "negative_stock", "statement_changed",
            "differences_do_not_add_up")
_PLAIN = re.compile(r"-?\d+(\.\d+)?")
_FILE_SUBJECT = re.compile(r"(\w+) (.+) [0-9a-f]{8}")
_TOTAL_SUBJECT = re.compile(r"(\w+) (.+)!(\d+) (\w+)")

RULE_NAMES: dict[str, Words] = {
    "not_a_number": say("Not a number"),
    "ambiguous_number": say("Number with two readings"),
    "too_many_decimals": say("Too many decimals"),
    "out_of_range": say("Out of range"),
    "formula_error": say("Formula error"),
    "chinese_capital_amount": say("Amount in words"),
    "not_a_date": say("Not a date"),
    "ambiguous_date": say("Date with two readings"),
    "not_a_boolean": say("Neither yes nor no"),
    "not_a_code": say("Code turned into a number"),
    "pattern_missing": say("Text in another form"),
    "total_row_differs": say("Total row differs from its lines"),
    "missing": say("Required cell is empty"),
    "not_in_list": say("Value not in the list"),
    "unknown_reference": say("Code not in the master data"),
    "unknown_name": say("Name not in the master data"),
    "ambiguous_name": say("Name that several have"),
    "duplicate_key": say("Same key, different content"),
    "goes_with_document": say("Goes with its document"),
    "row_count_differs": say("Row count differs"),
    "total_not_checkable": say("Total cannot be checked"),
    "amount_unreadable": say("Amount cannot be read"),
    "ledger_differs": say("Differs from the general ledger"),
    "ledger_not_given": say("General ledger not delivered"),
    "opening_moved": say("Opening balance has moved"),
    "numbering_gap": say("Gap in document numbers"),
    "numbering_not_consecutive": say("Numbers not consecutive"),
    "date_outside_period": say("Date outside the period"),
    "slip_without_origin": say("Red slip without original"),
    "slip_origin_unknown": say("Original of red slip unknown"),
    "negative_stock": say("Negative stock"),
    "shipped_earlier": say("Invoiced now, shipped earlier"),
    "shipped_later": say("Invoiced now, shipped later"),
    "not_shipped": say("Invoiced now, not shipped"),
    "invoiced_later": say("Shipped now, invoiced later"),
    "invoiced_earlier": say("Shipped now, invoiced earlier"),
    "not_invoiced": say("Shipped now, not invoiced"),
    "plan_of_no_period": say("Plan for no period"),
    "slip_unknown": say("Slip is none of ours"),
    "slip_of_another": say("Slip of another customer"),
    "reply_before_statement": say("Reply dated before the statement"),
    "statement_changed": say("Statement has changed since"),
    "differences_do_not_add_up": say("Differences do not add up"),
    "rebate_claim_differs": say("Rebate claim differs"),
    "rebate_of_no_programme": say("Rebate of no programme"),
    "refusal_without_match": say("Refusal of no match"),
    "plan_without_unit": say("Plan without a unit"),
    "terms_not_readable": say("Payment terms not readable"),
    "copied_record": say("Record copied from another day"),
    "copied_week": say("Week copied from another"),
    "visit_while_absent": say("Visit on a day of absence"),
}
"""Short names of rules, for summaries; the whole sentence stands with each case."""


@dataclass(frozen=True)
class ReportContext:
    """The company and the moment that reports are built for, and what the controls said about them.

    ``known_at`` is aware, in the company's time zone. ``delivered`` names the tables that at least one file gave.
    ``tie_outs``, ``findings`` and ``files`` follow the control marts. ``version`` is the label printed on the portal.
    """

    company: Company
    period: Period
    as_of: date
    known_at: datetime
    delivered: frozenset[str]
    tie_outs: pl.DataFrame
    findings: pl.DataFrame
    files: pl.DataFrame
    version: str = "v1"

    @property
    def is_open(self) -> bool:
        """Whether the period is not over on the as-of day."""
        return self.as_of < self.period.end

    @property
    def to_date(self) -> PeriodRange:
        """The fiscal year up to and with the period."""
        return PeriodRange(self.company.calendar.year_to_date(self.period)[0], self.period)

    @property
    def month(self) -> PeriodName:
        """The period's name."""
        return PeriodName(self.period)

    def label_of(self, key: str) -> Words:
        """A period's name by its key."""
        return PeriodName(self.company.calendar.period(key))

    def local(self, moment: str | None) -> str:
        """A moment of the ledger (UTC) as a clock in the company's time zone shows it, to the minute; empty where there is none."""
        if not moment:
            return ""
        told = datetime.fromisoformat(moment)
        aware = told if told.tzinfo else told.replace(tzinfo=UTC)
        return f"{aware.astimezone(self.known_at.tzinfo):%Y-%m-%d %H:%M}"

    def language_of(self, *called: str) -> Language:
        """The language of somebody by ``senders.csv``, under any of the names that they are ``called``; else the company's."""
        for sender in self.company.senders:
            if sender.sender in called and sender.language in self.company.policy.languages:
                return sender.language
        return self.company.policy.default_language

    # what the controls said

    def sources_of(self, tables: Iterable[str]) -> tuple[Source, ...]:
        """The live files that ``tables`` were read from."""
        live = self.files.filter(pl.col("table").is_in(sorted(tables)) & (pl.col("status") == "live"))
        called = _listed_names(self.company)
        return tuple(
            Source(
                file=row["source_file"],
                sha256=row["source_sha256"],
                sender=called.get(row["sender"], row["sender"] or ""),
                arrived_at=self.local(row["arrived_at"]),
                table=row["table"] or "",
                layout=row["layout"],
            )
            for row in live.sort("table", "source_file", "layout").iter_rows(named=True)
        )

    def report(
        self,
        *,
        id: str,
        name: str,
        title: Words,
        headline: Words,
        subtitle: Words,
        sections: Iterable[Section],
        tables: Iterable[str],
        tiles: Iterable[Tile] = (),
        tie_outs: Iterable[TieOut] = (),
        notes: Iterable[Words] = (),
        languages: tuple[Any, ...] | None = None,
        everything: bool = False,
        only: str = "",
        private: bool = False,
    ) -> Report:
        """A report in this context: sources, reconciliation, checks and state are filled in from the controls.

        ``everything``: every tie-out and finding touches it. ``only``: those of one control do. ``private``: it is for one customer or
        person, so that it shows its own tie-outs only, no files, and leads nowhere.
        """
        own = tuple(tie_outs)
        ties, findings = (self.tie_outs.clear(), self.findings.clear()) if private else (self.tie_outs, self.findings)
        touches = pl.lit(value=True) if everything else pl.col("control") == only if only else _touches((id, name))
        touching, found = ties.filter(touches), findings.filter(touches)
        passed, total = counted(touching, found)
        broken = sum(one.status == "broken" for one in own)
        checks = Checks(passed + len(own) - broken, total + len(own))
        own_open = tuple(OpenCheck(one.control, "error", one.statement, Name(""), "", "") for one in own if one.status == "broken")
        state: Literal["published", "warned"] = "warned" if checks.passed < checks.total else "published"
        return Report(
            id=id,
            name=name,
            title=title,
            headline=headline,
            subtitle=subtitle,
            company={language: self.company.policy.said(language) for language in LANGUAGES},
            period=self.period,
            as_of=self.as_of,
            known_at=self.known_at,
            sections=tuple(sections),
            tiles=tuple(tiles),
            tie_outs=own if only else (*own, *tie_out_rows(touching, fold=FOLD)),
            sources=() if private else self.sources_of(tables),
            checks=checks if checks.total else None,
            open_checks=(*own_open, *open_checks(touching, found)),
            portal="" if private else PORTAL,
            state=state,
            unit=self.company.policy.page_unit,
            currency=self.company.policy.currency,
            languages=languages or self.company.policy.languages,
            notes=tuple(notes),
        )


def party_name(kind: str, code: str) -> str:
    """What a report is called of which there is one a customer or person (``build.Kind.per``): ``statement_D0001``."""
    return f"{kind}_{quote(code, safe='')}"


def counted(ties: pl.DataFrame, findings: pl.DataFrame) -> tuple[int, int]:
    """How many checks passed, of how many. A reader counts statements, not files: 850 files read whole are one check.

    A rule of which anything was found (beyond information) is a check that did not pass; one that only says again that a
    statement is broken (:data:`RESTATED`) is not counted a second time.
    """
    stated = ties.group_by("control", "statement").agg(broken=(pl.col("status") == "broken").any())
    broken = set(stated.filter("broken")["statement"])
    rules = findings.filter(pl.col("severity") != "info").unique(["control", "rule"])["rule"].to_list()
    fired = sum(RESTATED.get(rule) not in broken for rule in rules)
    return stated.height - len(broken), stated.height + fired


def open_checks(ties: pl.DataFrame, findings: pl.DataFrame) -> tuple[OpenCheck, ...]:
    """One entry a check that did not pass: as many as :func:`counted` leaves out of those that passed; errors first."""
    broken = ties.filter(pl.col("status") == "broken")
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    in_order = ("control", "rule", "subject", "source_file", "source_sheet", "source_row", "cell")
    for row in findings.filter(pl.col("severity") != "info").sort(in_order, maintain_order=True).iter_rows(named=True):
        groups.setdefault((row["control"], row["rule"]), []).append(row)
    told = {RESTATED[rule] for _, rule in groups if rule in RESTATED}
    found = []
    broken = broken.sort("control", "statement", "subject", maintain_order=True)
    for (control, statement), rows in broken.group_by("control", "statement", maintain_order=True):
        if statement in told:
            continue
        first = rows.row(0, named=True)
        what = about(sentence(statement), first["subject"]) if rows.height == 1 else sentence(statement)
        found.append(OpenCheck(str(control), "error", what, _cases(rows.height, _compared(first)), _listed(rows["reports"].to_list()), ""))
    for (control, rule), members in groups.items():
        worst: Literal["error", "warning"] = "error" if any(row["severity"] == "error" for row in members) else "warning"
        first = max(members, key=lambda row: abs(row["amount"] or 0)) if rule in _ACCOUNTED else members[0]
        result = _cases(len(members), finding_words(first), of_accounts=rule in _ACCOUNTED)
        owners = sorted({row["owner"] for row in members if row["owner"]})
        found.append(
            OpenCheck(control, worst, sentence(rule), result, _listed([row["reports"] for row in members]), ", ".join(owners), rule=rule)
        )
    order = {"error": 0, "warning": 1}
    return tuple(sorted(found, key=lambda check: (order[check.severity], check.control)))


def _cases(number: int, first: Words, *, of_accounts: bool = False) -> Words:
    if number == 1:
        return first
    if of_accounts:
        return Message("{n} account, most: {sentence}", {"n": Count(number), "sentence": first}, plural="{n} accounts, most: {sentence}")
    return Message("{n} case, the first: {sentence}", {"n": Count(number), "sentence": first}, plural="{n} cases, the first: {sentence}")


def _listed(reports: Iterable[str]) -> str:
    names = sorted({name for listed in reports for name in listed.split(",") if name}, key=lambda name: (len(name), name))
    return ",".join(names)


def _compared(row: Mapping[str, Any]) -> Words:
    def amount(value: int) -> Value:
        return Money(value, "currency") if row["measure"] == "amount" else Number(value / 10_000, places=0)

    return say(
        "{left} {left_amount}, {right} {right_amount}, difference {difference}",
        left=side(row["left_label"]),
        left_amount=amount(row["left_amount"]),
        right=side(row["right_label"]),
        right_amount=amount(row["right_amount"]),
        difference=amount(row["difference"]),
    )


def checks_words(total: int, passed: int, errors: int, warnings: int) -> Words:
    """What became of the checks: how many passed, and how severe those are that did not."""
    done: Words = say("{passed} passed", passed=Count(passed))
    if total == passed:
        return done
    if errors:
        done = say("{done}, {more}", done=_value(done), more=Message("{n} error", {"n": Count(errors)}, plural="{n} errors"))
    if warnings:
        done = say("{done}, {more}", done=_value(done), more=Message("{n} warning", {"n": Count(warnings)}, plural="{n} warnings"))
    return done


def _listed_names(company: Company) -> dict[str, str]:
    """The names that ``senders.csv`` gives, by code."""
    return {one.sender: one.name for one in company.senders if one.name}


def senders(company: Company, marts: Marts, codes: Iterable[str | None]) -> dict[str, Words]:
    """What senders are called: by ``senders.csv``, else code and name of a customer or employee; others print as they are written."""
    listed = _listed_names(company)
    known: dict[str, str] = {}
    for table, code in (("customer", "customer_code"), ("employee", "employee_code")):
        if table in marts and marts[table].height:
            rows = marts[table]
            rows = rows.sort(code, "valid_from", nulls_last=False) if "valid_from" in rows.columns else rows
            known |= {row[code]: row["name"] for row in rows.select(code, "name").iter_rows(named=True) if row["name"]}
    wanted = sorted({code for code in codes if code is not None} & (set(known) | set(listed)))
    return {
        code: Name(listed[code]) if code in listed else say("{code} {name}", code=Name(code), name=Name(known[code])) for code in wanted
    }


FOLD = 3
"""More tied rows of one statement than this are printed as one; the control report lists every one."""


WITHOUT_AMOUNT = [name for name, contract in CONTRACTS.items() if contract.amount is None]
"""Tables whose rows have no amount: what ties of them is how many there are."""


def tie_out_rows(frame: pl.DataFrame, fold: int | None = None) -> tuple[TieOut, ...]:
    """Tie-outs as the reconciliation page prints them: amounts, and rows of tables that have none; broken ones first, then by control.

    More than ``fold`` that tie in one statement are added up to one row, which says how many they are.
    """
    order = {"broken": 0, "within_tolerance": 1, "tied": 2}
    plain = pl.col("subject").str.split(" ").list.first().is_in(WITHOUT_AMOUNT)
    amounts = frame.filter(pl.col("measure") == pl.when(plain).then(pl.lit("rows")).otherwise(pl.lit("amount")))
    rows = sorted(amounts.iter_rows(named=True), key=lambda r: (order[r["status"]], r["control"], r["statement"], r["subject"]))
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["status"], row["control"], row["statement"], row["left_label"], row["right_label"]), []).append(row)
    found: list[TieOut] = []
    for (status, *_), members in groups.items():
        if fold is not None and status == "tied" and len(members) > fold:
            found.append(_folded(members))
        else:
            found += [_tie_out(row, about(sentence(row["statement"]), row["subject"])) for row in members]
    return tuple(found)


def _tie_out(row: Mapping[str, Any], statement: Words) -> TieOut:
    return TieOut(
        control=row["control"],
        statement=statement,
        left_label=side(row["left_label"]),
        left_e4=row["left_amount"],
        right_label=side(row["right_label"]),
        right_e4=row["right_amount"],
        difference_e4=row["left_amount"] - row["right_amount"],
        tolerance_e4=row["tolerance"],
        status=row["status"],
        counted=row["measure"] == "rows",
    )


def _folded(members: list[dict[str, Any]]) -> TieOut:
    sums = {side: sum(row[side] for row in members) for side in ("left_amount", "right_amount")}
    counted = Message(
        "{statement} ({n} tie-out)",
        {"statement": sentence(members[0]["statement"]), "n": Count(len(members))},
        plural="{statement} ({n} tie-outs)",
    )
    return _tie_out({**members[0], **sums}, counted)


def about(statement: Words, subject: str) -> Words:
    """A statement with what it is about behind it."""
    return say("{statement}: {subject}", statement=_value(statement), subject=_value(subject_words(subject))) if subject else statement


def subject_words(subject: str) -> Words:
    """What a tie-out or finding is about, in words: an account, a file of a table, a file's total row, a report's total, a document."""
    if subject in SUBJECTS:
        return SUBJECTS[subject]
    first, _, rest = subject.partition(" ")
    if first not in CONTRACTS:
        return say("{report} {figure}", report=Name(first), figure=_value(PRINTED[rest])) if rest in PRINTED else Name(subject)
    title = _value(CONTRACTS[first].title)
    if total := _TOTAL_SUBJECT.fullmatch(subject):
        place = Name(f"{total[2]}!{total[3]}")
        return say("{table} {place}, {column}", table=title, place=place, column=column_words(total[1], total[4]))
    file = _FILE_SUBJECT.fullmatch(subject)
    if not rest.strip():
        return CONTRACTS[first].title
    return say("{table} {rest}", table=title, rest=values_said(first, file[2] if file else " ".join(rest.split())))


def values_said(table: str, key: str) -> Words:
    """A key with the closed values of its table in words: ``W1 / 010001 / finished``."""
    closed = {value for column in CONTRACTS[table].columns for value in column.values} & set(sentences.VALUES)
    parts = key.split(" / ")
    if closed.isdisjoint(parts):
        return Name(key)
    spoken = [sentences.VALUES[part] if part in closed else Text(part, part, part) for part in parts]
    return Text(*(" / ".join(part.said(language) for part in spoken) for language in ("en", "zh-Hans", "zh-Hant")))


def expected_texts(frame: pl.DataFrame) -> tuple[pl.DataFrame, dict[str, Words]]:
    """``frame`` with ``expected_key``, and for each key what its rule expected, in words."""
    keyed = frame.with_columns(
        pl.when(pl.col("expected").fill_null("") != "").then(pl.concat_str("rule", "expected", separator="\x1f")).alias("expected_key")
    )
    found: dict[str, Words] = {}
    for key in keyed["expected_key"].drop_nulls().unique().to_list():
        rule, _, expected = key.partition("\x1f")
        shown = figure_text(rule, expected)
        found[key] = Text(*(sentences.expected_words(shown, language, rule) for language in ("en", "zh-Hans", "zh-Hant")))
    return keyed, found


def column_words(table: str, column: str) -> Text | Name:
    """A column's label; its name where no contract has it."""
    contract = CONTRACTS.get(table)
    return contract.column(column).label if contract is not None and column in contract.schema else Name(column)


def owner_words(owner: str) -> Words:
    """Who has to look after a finding."""
    return OWNERS.get(owner, Name(owner))


def figure_text(rule: str, text: str) -> str:
    """What a rule found or expected, grouped by thousands where it is a figure; amounts of accounts with two decimals."""
    if rule not in _FIGURED or not _PLAIN.fullmatch(text):
        return text
    value = Decimal(text)
    size = f"{abs(value):,.2f}" if rule in _ACCOUNTED else f"{abs(value):,}"
    return f"−{size}" if value < 0 else size


def sentence(name: str) -> Words:
    """The words of a statement, side or rule that the controls name; the name itself where there are none."""
    text = STATEMENTS.get(name) or SIDES.get(name)
    if text is not None:
        return text
    if name in RULE_NAMES:
        return RULE_NAMES[name]
    whole = rule_sentence(name)
    return Text(*(text.rstrip("。.") for text in (whole.en, whole.hans, whole.hant))) if isinstance(whole, Text) else whole


def side(name: str) -> Words:
    """The label of one side of a tie-out; a side may be called like the statement it belongs to."""
    return SIDES.get(name) or sentence(name)


def finding_words(row: Mapping[str, Any]) -> Words:
    """The whole sentence of one finding; a file's own total names its column."""
    total = _TOTAL_SUBJECT.fullmatch(row["subject"]) if row["rule"] in ("total_row_differs", "total_not_checkable") else None
    table, column = (total[1], total[4]) if total else ("", "")
    return rule_sentence(row["rule"], row["found"], row["expected"], table=table, column=column)


def rule_sentence(rule: str, found: str = "…", expected: str = "…", table: str = "", column: str = "") -> Words:
    """The whole sentence of a rule with what was found; the rule's name where nobody put it into words."""
    found, expected = figure_text(rule, found), figure_text(rule, expected)
    try:
        return Text(
            *(
                sentences.said(rule, language, table=table, column=column or "…", found=found, expected=expected)
                for language in ("en", "zh-Hans", "zh-Hant")
            )
        )
    except KeyError:
        return Name(rule)


def table_title(table: str | None) -> Words:
    """A table's title; its name as written where there is no contract."""
    return CONTRACTS[table].title if table in CONTRACTS else Name(table or "")


def tie(control: str, statement: Words, left: Words, left_e4: int, right: Words, right_e4: int, **sums: Any) -> TieOut:
    """A tie-out of the report itself: what it prints against its mart. One that is broken stops the report (``build.is_stopped``)."""
    status: Literal["tied", "broken"] = "tied" if left_e4 == right_e4 else "broken"
    return TieOut(control, statement, left, left_e4, right, right_e4, left_e4 - right_e4, status=status, **sums)


def with_heading(*words: Words) -> Message:
    """Several phrases on one line: ``Company · net sales · October 2026``."""
    first, *rest = words
    joined: Words = first
    for word in rest:
        joined = say("{first} · {second}", first=_value(joined), second=_value(word))
    assert isinstance(joined, Message)
    return joined


def and_then(first: Words, second: Words | None) -> Words:
    """Two clauses of one headline: ``first; second``."""
    return first if second is None else say("{first}; {second}", first=_value(first), second=_value(second))


def as_on(day: date) -> Message:
    """``as of 31 October 2026``."""
    return say("as of {day}", day=Date(day))


def received_by(context: ReportContext) -> Message:
    """``files received by 12 November 2026 12:04``: what lateness is measured against."""
    known = context.known_at
    return say("files received by {day} {time}", day=Date(known.date()), time=Name(f"{known:%H:%M}"))


def names(frame: pl.DataFrame, most: int = 3, column: str = "label") -> tuple[Words, ...]:
    """The first labels of a frame as words."""
    return tuple(LABELS.get(label, Name(label)) for label in frame[column].fill_null("").head(most).to_list())


def first_row(frame: pl.DataFrame) -> dict[str, Any] | None:
    """The first row as a mapping, or None of an empty frame."""
    return frame.row(0, named=True) if frame.height else None


def have(marts: Marts, *wanted: str) -> bool:
    """Whether all marts are there and hold rows."""
    return all(name in marts and marts[name].height > 0 for name in wanted)


def _touches(ids: Iterable[str]) -> pl.Expr:
    listed = pl.col("reports").str.replace_all(" ", "").str.split(",")
    found = pl.lit(False)
    for one in ids:
        found = found | listed.list.contains(one)
    return found


def _value(words: Words) -> Value:
    return words
