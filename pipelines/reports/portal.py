"""The portal: static pages, one a language, over one manifest a period.

Here manifests are made from reports and controls, and pages from manifests; nothing is computed but counts of what is listed. Where
files lie on the shelf is ``publish``'s business: links are given, relative to the portal's folder.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Literal, TypedDict
from urllib.parse import quote
from zoneinfo import ZoneInfo

import jinja2
import polars as pl

from pipelines.company.company import Company
from pipelines.company.people import Role
from pipelines.contracts import CONFIDENTIAL_TABLES, CONTRACTS
from pipelines.contracts.model import LANGUAGES, Language
from pipelines.money import plain
from pipelines.publish.close import Signature, Standing
from pipelines.quality.sentences import reasons
from pipelines.reports import catalogue
from pipelines.reports.build import AUDIENCES, CONFIDENTIAL, Audience, kind, party_of
from pipelines.reports.context import (
    SEVERITIES_ABOUT,
    ReportContext,
    checks_words,
    counted,
    open_checks,
    owner_words,
    subject_words,
    table_title,
)
from pipelines.reports.definitions.control import FILE_STATUS, SEVERITY, difference_message, kept_out, ledger_rows
from pipelines.reports.definitions.control import NAME as CONTROL
from pipelines.reports.definitions.tie_out import NAME as TIE_OUT
from pipelines.reports.formats import Reader, number, trailing
from pipelines.reports.model import Count, Date, Message, Money, Name, PeriodName, Report, Unit, Value, Words, say
from pipelines.reports.writers.html import SUFFIX, TEMPLATES, capital, held, whole

LANGUAGE_NAMES: dict[Language, str] = {"zh-Hans": "简体", "zh-Hant": "繁體", "en": "English"}
SHORT: dict[Language, str] = {"zh-Hans": "简", "zh-Hant": "繁", "en": "EN"}

State = Literal["published", "warned", "stopped"]
ByLanguage = dict[Language, str]

STATES: dict[str, Words] = {"published": say("Published"), "warned": say("With warnings"), "stopped": say("Not published")}


class Links(TypedDict, total=False):
    """Where a report lies, relative to the portal's folder."""

    html: str
    xlsx: str


class ReportEntry(TypedDict, total=False):
    """One published report (or one that was stopped: without files).

    ``party`` names the customer or person of a report that is for one; ``senders`` is what the report calls them, by code.
    ``audience`` is a folder, or ``person:<employee_code>``.
    """

    id: str
    name: str
    audience: str
    title: ByLanguage
    party: ByLanguage
    headline: ByLanguage
    version: str
    earlier: list[str]
    state: State
    checks_passed: int
    checks_total: int
    checks_errors: int
    checks_warnings: int
    main_label: ByLanguage
    main_figure: ByLanguage
    delta: ByLanguage
    senders: dict[str, ByLanguage]
    delta_good: bool | None
    files: dict[Language, Links]


class CheckEntry(TypedDict):
    """One thing that did not pass: a tie-out that is broken, or findings of one rule."""

    control: str
    severity: str
    what: ByLanguage
    result: ByLanguage
    reports: str
    owner: str


class FileEntry(TypedDict):
    """One file that could not be used or had rows sent back, with the company's time of arrival.

    ``returned`` links to the workbook that went back, or is empty.
    """

    source_file: str
    sender: ByLanguage
    status: str
    reason: ByLanguage
    arrived_at: str
    returned: str


class AccountEntry(TypedDict):
    """One account of the general ledger beside the facts, amounts as printed; the last two are empty without a quarantine."""

    account: ByLanguage
    facts: str
    ledger: str
    difference: str
    kept_out: str
    rest: str
    tied: bool


class PeriodManifest(TypedDict):
    """Everything that the portal shows of one period."""

    period: str
    label: ByLanguage
    short: ByLanguage
    is_open: bool
    as_of: str
    known_at: str
    known: ByLanguage
    reports: list[ReportEntry]
    checks_passed: int
    checks_total: int
    failed: list[CheckEntry]
    files: list[FileEntry]
    ledger_difference: ByLanguage | None
    ledger_tied: bool
    ledger_accounts: int
    ledger_account: ByLanguage
    ledger: list[AccountEntry]
    rows_kept_out: int
    amount_kept_out: ByLanguage


# --- manifests --------------------------------------------------------------------------------------------------------


def report_entry(
    report: Report, version: str, files: dict[Language, Links], *, earlier: Sequence[str] = (), state: State | None = None
) -> ReportEntry:
    """A report as the portal lists it; its first tile is the main figure. ``state`` ``stopped`` when an invariant held it back."""
    readers = _readers(report.unit, report.currency)
    tile = report.tiles[0] if report.tiles else None
    delta = None if tile is None else tile.delta_plan or tile.delta_py
    against = say("ΔPL") if tile is not None and tile.delta_plan else say("ΔPY")
    amount = getattr(delta, "value", getattr(delta, "e4", None)) if delta is not None else None
    good: bool | None = None
    if tile is not None and amount and tile.good != "neutral":
        good = (amount > 0) == (tile.good == "higher")
    return ReportEntry(
        id=report.id,
        name=report.name,
        audience=kind(report.name).audience_of(report.name),
        title=_said(report.title, readers),
        party=_said(_first(report.subtitle), readers) if kind(report.name).per in ("customer", "person") else {},
        headline=_said(report.headline, readers),
        version=version,
        earlier=list(earlier),
        state=state or report.state,
        checks_passed=report.checks.passed if report.checks else 0,
        checks_total=report.checks.total if report.checks else 0,
        checks_errors=sum(check.severity == "error" for check in report.open_checks),
        checks_warnings=sum(check.severity == "warning" for check in report.open_checks),
        main_label=_said(tile.label, readers) if tile else {},
        main_figure=_said(tile.value, readers) if tile else {},
        delta=_said(say("{label} {value}", label=against, value=delta), readers) if delta is not None else {},
        delta_good=good,
        files=files,
        senders=_senders(report, readers),
    )


def _first(words: Value) -> Value:
    """The first phrase of a line of phrases: it names whom the report is for, where it is for one."""
    while isinstance(words, Message) and "first" in words.values:
        words = words.values["first"]
    return words


def _senders(report: Report, readers: dict[Language, Reader]) -> dict[str, ByLanguage]:
    """What the report's tables call senders."""
    columns = [column for table in report.tables() for column in table.columns if column.name == "sender"]
    return {code: _said(words, readers) for column in columns for code, words in column.words.items()}


def period_manifest(
    context: ReportContext,
    entries: Sequence[ReportEntry],
    quarantine: pl.DataFrame | None = None,
    returned: Mapping[str, str] | None = None,
) -> PeriodManifest:
    """The manifest of the context's period. ``returned`` maps a delivered file to the link of its returned workbook."""
    policy = context.company.policy
    readers = _readers(policy.page_unit, policy.currency)
    ties, findings = context.tie_outs, context.findings
    passed, total = counted(ties, findings)
    ledger = ledger_rows(ties, quarantine, context.period, context.as_of)
    out = kept_out(quarantine) if quarantine is not None else None
    known: ByLanguage = {}
    for language, reader in readers.items():
        moment = Name(reader.moment(context.known_at))
        told = say("Data as of {day}, files received by {moment}", day=Date(context.as_of), moment=moment)
        known[language] = catalogue.said(told, reader)
    called: dict[str, ByLanguage] = {}
    for entry in entries:
        called |= entry.get("senders", {})
    return PeriodManifest(
        period=context.period.key,
        label=_said(PeriodName(context.period), readers),
        short=_said(PeriodName(context.period, short=True, dated=True), readers),
        is_open=context.is_open,
        as_of=context.as_of.isoformat(),
        known_at=context.known_at.isoformat(),
        known=known,
        reports=list(entries),
        checks_passed=passed,
        checks_total=total,
        failed=_failed(context, ledger, readers),
        files=_unusable(context, returned or {}, quarantine, called, readers),
        ledger_difference=_said(Money(ledger["difference"][0], "currency"), readers) if ledger.height else None,
        ledger_tied=bool((ledger["status"] != "broken").all()),
        ledger_accounts=ledger.height,
        ledger_account=_said(subject_words(ledger["account"][0]), readers) if ledger.height else {},
        ledger=[_account(row, readers) for row in ledger.iter_rows(named=True)],
        rows_kept_out=0 if out is None else out.height,
        amount_kept_out=_said(Money(0 if out is None else int(out["amount"].sum() or 0)), readers),
    )


def _account(row: Mapping[str, Any], readers: dict[Language, Reader]) -> AccountEntry:
    reader = next(iter(readers.values()))
    printed = {name: reader.shown(row[name], "money") for name in ("left_amount", "right_amount", "difference", "kept_out", "rest")}
    return AccountEntry(
        account=_said(subject_words(row["account"]), readers),
        facts=printed["left_amount"],
        ledger=printed["right_amount"],
        difference=printed["difference"],
        kept_out=printed["kept_out"],
        rest=printed["rest"],
        tied=row["status"] != "broken",
    )


def _failed(context: ReportContext, ledger: pl.DataFrame, readers: dict[Language, Reader]) -> list[CheckEntry]:
    """One entry a check that did not pass; what the ledger differs by is said with what rows kept out explain of it."""
    found = []
    for check in open_checks(context.tie_outs, context.findings):
        result = check.result
        if check.rule == "ledger_differs" and ledger.height:
            apart = ledger.filter(pl.col("status") == "broken").height
            result = difference_message(ledger.row(0, named=True))
            if apart > 1:
                result = Message(
                    "{n} account, most: {sentence}", {"n": Count(apart), "sentence": result}, plural="{n} accounts, most: {sentence}"
                )
        found.append(
            CheckEntry(
                control=check.control,
                severity=check.severity,
                what=_said(check.what, readers),
                result=_said(result, readers),
                reports=check.reports,
                owner=check.owner,
            )
        )
    return found


def _unusable(
    context: ReportContext,
    returned: Mapping[str, str],
    quarantine: pl.DataFrame | None,
    called: Mapping[str, ByLanguage],
    readers: dict[Language, Reader],
) -> list[FileEntry]:
    files = context.files
    bad = files.filter(pl.col("status").is_in(["rejected", "unmatched"]) | pl.col("source_file").is_in(sorted(returned)))
    bad = bad.unique(["delivery"], keep="first", maintain_order=True).sort(pl.col("status") == "live", "status", "source_file")
    refused: dict[str, int] = {}
    if quarantine is not None:
        refused = dict(kept_out(quarantine).group_by("source_file").len().iter_rows())
    entries = []
    told = reasons(bad)
    for row in bad.iter_rows(named=True):
        live, sender, rows = row["status"] == "live", row["sender"] or "", refused.get(row["source_file"], 0)
        why: Words = told.get(row["reason"], Name(row["reason"] or ""))
        if live:
            why = Message("{n} row sent back", {"n": Count(rows)}, plural="{n} rows sent back") if rows else say("Loaded, with remarks")
        entries.append(
            FileEntry(
                source_file=row["source_file"],
                sender=called.get(sender) or dict.fromkeys(readers, sender),
                status="returned" if live else row["status"],
                reason=_said(why, readers),
                arrived_at=context.local(row["arrived_at"]),
                returned=returned.get(row["source_file"], ""),
            )
        )
    return entries


def _readers(unit: Any, currency: str) -> dict[Language, Reader]:
    return {language: Reader(language, unit, currency) for language in LANGUAGES}


def _said(value: Value, readers: dict[Language, Reader]) -> ByLanguage:
    return {language: catalogue.said(value, reader) for language, reader in readers.items()}


# --- pages ------------------------------------------------------------------------------------------------------------

WORDS: dict[str, Words] = {
    "current": say("Current period"),
    "checks": say("Checks"),
    "ledger": say("Difference to the ledger"),
    "no_ledger": say("No ledger figures delivered"),
    "kept_out": say("Kept out"),
    "nothing_kept_out": say("Nothing kept out"),
    "report": say("Report"),
    "version": say("Version"),
    "state": say("Status"),
    "main": say("Main figure"),
    "delta": say("Change"),
    "downloads": say("Downloads"),
    "earlier": say("Earlier versions"),
    "matrix": say("Checks by period"),
    "matrix_key": say(
        "The cell names the latest version: green all checks passed, amber with warnings, red not published, dashed open period"
    ),
    "failed": say("Failed checks"),
    "none_failed": say("Every check passed"),
    "severity": say("Severity"),
    "result": say("Result"),
    "owner": say("Owner"),
    "concerned": say("Reports concerned"),
    "bad_files": say("Files not used, or with rows sent back"),
    "account": say("Account of the ledger"),
    "facts": say("Facts"),
    "general": say("General ledger"),
    "difference": say("Difference"),
    "by_kept_out": say("By rows kept out"),
    "rest": say("Left unexplained"),
    "file": say("File"),
    "sender": say("Sender"),
    "reason": say("Reason"),
    "arrived": say("Arrived"),
    "returned": say("Returned workbook"),
    "quality": say("Data quality"),
    "tie_outs": say("Tie-outs, a page each"),
    "tie_outs_about": say("What was compared, both sums, difference and tolerance, and every item behind it with owner and age"),
    "quality_about": say("Expectations of every table, checked on the rows that were loaded"),
    "back": say("Back to the portal"),
    "table": say("Table"),
    "expectation": say("Expectation"),
    "column": say("Column"),
    "failing": say("Failing rows"),
    "examples": say("Examples"),
    "those_passed": say("Expectations that passed"),
    "passed": say("Passed"),
    "not_passed": say("Failed"),
    "by_reader": say("By reader"),
    "statements": say("Statements of account"),
    "people": say("One folder a person"),
    "people_about": say("What is for one person stands in that person's folder only; no page of others leads there"),
    "period": say("Period"),
    "open": say("Open period"),
    "none_here": say("No report was published in this folder"),
    "check": say("Check"),
    "ledger_about": say(
        "Facts less general ledger; what the rows kept out explain of it, and what is left. Amounts in {unit}", unit=Unit("currency")
    ),
    "files_about": say("A rejected file and a row sent back are in no figure; the sender corrects the workbook and sends it again"),
    "failed_about": SEVERITIES_ABOUT,
    "sign_off": say("Sign-off"),
    "sign_off_about": say("A signature is over the content of one publication; when another follows, it is suspended"),
    "publication": say("Publication"),
    "preparer": say("Preparer"),
    "approver": say("Approver"),
    "standing": say("Standing"),
    "publications": say("Publications"),
    "publications_about": say("Every publication of a period, and what it changed against the one before it"),
    "changed": say("What it changed"),
    "known_at": say("Known at"),
    "waits": say("Waiting for the period to be opened"),
    "rows": say("Rows"),
}


@dataclass(frozen=True)
class SignOff:
    """How the periods stand: by period who signed what and whether it is closed; what waits, as ``publish.waiting``; names by id."""

    standings: Mapping[str, Standing]
    waiting: pl.DataFrame
    names: Mapping[str, str]
    published: Mapping[str, Sequence[Published]] = field(default_factory=dict)
    """Every publication of a period, oldest first."""


@dataclass(frozen=True)
class Published:
    """One publication: its number, its content hash, what the portal showed of it, and how it was bridged to the one before.

    ``restatement`` is the manifest's: ``headline`` by language, ``folder`` and ``files``; ``withheld`` says why there is none.
    """

    number: int
    digest: str
    shown: PeriodManifest
    restatement: Mapping[str, Any]


def _what_waits(kind: str, table: str) -> Value:
    """What the rows of a line of ``publish.waiting`` are."""
    if kind == "policy":
        return say("Company's folder: changed lines")
    return table_title(table) if kind == "document" else say("{table}: changed rows", table=table_title(table))


def pages(
    manifests: Sequence[PeriodManifest], quality: pl.DataFrame | None, company: Company, sign_off: SignOff | None = None
) -> dict[str, str]:
    """The portal's pages by path: index, quality, one folder an audience and one a person, in every language of the company.

    What is for human resources stands in their folder only, what is for one person in ``person/<employee_code>/``, to which that of
    human resources alone leads.

    ``quality`` has the columns ``table expectation column success unexpected_count examples``. Periods may come in any order.
    """
    ordered = sorted(manifests, key=lambda manifest: (manifest["as_of"], manifest["period"]))
    made: dict[str, str] = {}
    for language in company.policy.languages:
        page = _Page(company, language, ordered, sign_off)
        made[f"index{SUFFIX[language]}.html"] = page.index(quality is not None)
        made[f"tie_outs{SUFFIX[language]}.html"] = page.tie_outs()
        if quality is not None:
            made[f"quality{SUFFIX[language]}.html"] = page.quality(quality)
        for audience in AUDIENCES:
            made[f"{audience}/index{SUFFIX[language]}.html"] = page.folder(audience)
        for code in page.people:
            made[f"{_person_folder(code)}/index{SUFFIX[language]}.html"] = page.person(code)
        for period, published in (sign_off.published if sign_off else {}).items():
            made[f"publications/{period}{SUFFIX[language]}.html"] = page.publications(period, published)
    return made


class _Page:
    """The pages of one language."""

    def __init__(
        self, company: Company, language: Language, manifests: Sequence[PeriodManifest], sign_off: SignOff | None
    ) -> None:
        self.company, self.language, self.manifests, self.sign_off = company, language, manifests, sign_off
        policy = company.policy
        self.reader = Reader(language, policy.page_unit, policy.currency)
        self.words = {name: self.say(words) for name, words in WORDS.items()}
        own = [entry for one in manifests for entry in one["reports"] if entry["audience"].startswith(_PERSON)]
        self.people = {party_of(entry["name"]): _in(entry["party"], language) for entry in own}
        """Names by the codes of those who have a folder of their own, as the last period with one of their reports calls them."""

    def say(self, words: Value) -> str:
        """Words in the page's language."""
        return catalogue.said(words, self.reader)

    def index(self, has_quality: bool) -> str:
        """The front page."""
        now = self.manifests[-1] if self.manifests else None
        title = self.say(say("Report portal"))
        files = [self._file(file) for file in (now["files"] if now else [])]
        return self._render(
            "index",
            title=title,
            up="",
            now=now,
            tiles=self._tiles(now) if now else [],
            current=[self._row(entry, "") for entry in _single(now)] if now else [],
            statements=_statement_count(now) if now else 0,
            matrix=self._matrix(),
            periods=[{"label": m["short"][self.language], "title": m["label"][self.language]} for m in self.manifests[-12:]],
            ledger=[{**one, "account": capital(one["account"][self.language])} for one in (now.get("ledger", []) if now else [])],
            failed=[self._check(check) for check in (now["failed"] if now else [])],
            files=files[:_MOST_FILES],
            more_files=files[_MOST_FILES:],
            more_files_words=self.say(Message("{n} more file", {"n": Count(len(files) - _MOST_FILES)}, plural="{n} more files")),
            standings=self._standings(),
            published=self._published(),
            waiting=self._waiting(),
            folders=[
                {"href": f"{audience}/index{SUFFIX[self.language]}.html", "name": self.say(words), "count": told}
                for audience, words in AUDIENCES.items()
                if (told := self._count(audience))
            ],
            tie_outs_href=f"tie_outs{SUFFIX[self.language]}.html" if now and _tie_outs(now) else "",
            quality_href=f"quality{SUFFIX[self.language]}.html" if has_quality else "",
            here="index",
        )

    def tie_outs(self) -> str:
        """The pages of single controls, by period; a link to a control and period (``#2026-10-C3``) leads on to its page."""
        now = self.manifests[-1] if self.manifests else None
        names = {entry["name"]: entry["title"][self.language] for one in self.manifests for entry in _tie_outs(one)}
        ordered = sorted(names, key=lambda name: int(name.rpartition("_c")[2]))
        shown = self.manifests[-12:]
        matrix = []
        for name in [*ordered, CONTROL]:
            cells = [self._anchored(name, manifest) for manifest in shown]
            matrix.append({"title": names.get(name) or self.say(_titled(name)), "cells": cells})
        earlier = [self._anchored(name, manifest) for manifest in self.manifests[:-12] for name in [*ordered, CONTROL]]
        return self._render(
            "tie_outs", title=self.say(say("Tie-outs, a page each")), up="", now=now,
            current=[self._row(entry, "") for entry in _tie_outs(now)] if now else [],
            periods=[{"label": m["short"][self.language], "title": m["label"][self.language]} for m in shown],
            matrix=matrix, further=[cell for cell in earlier if cell["href"]], here="tie_outs",
        )  # fmt: skip

    def _anchored(self, name: str, manifest: PeriodManifest) -> dict[str, str]:
        found = [entry for entry in manifest["reports"] if entry["name"] == name]
        code = found[0]["id"] if found and name == CONTROL else name.rpartition("_")[2].upper()
        empty = {"version": "", "tone": "", "href": "", "title": ""}
        return {**(self._cell(found[0], manifest) if found else empty), "id": f"{manifest['period']}-{code}"}

    def quality(self, frame: pl.DataFrame) -> str:
        """What was expected of every table, what failed first."""
        rows = frame.sort("success", "table", "expectation", "column", nulls_last=True)
        passed = int(rows["success"].sum() or 0)
        said = [
            {
                "table": self.say(table_title(row["table"])),
                "expectation": self.say(EXPECTATIONS.get(row["expectation"], Name(row["expectation"]))),
                "column": _columns_label(row["table"], row["column"], self.language),
                "success": bool(row["success"]),
                "count": self.reader.shown(row["unexpected_count"], "count"),
                "examples": "" if row["table"] in CONFIDENTIAL_TABLES else _examples(row),
            }
            for row in rows.iter_rows(named=True)
        ]
        summary = Message(
            "{passed} of {n} expectation passed",
            {"passed": Count(passed), "n": Count(rows.height)},
            plural="{passed} of {n} expectations passed",
        )
        return self._render("quality", title=self.words["quality"], up="", rows=said, summary=self.say(summary), here="quality")

    def folder(self, audience: Audience) -> str:
        """All that one audience reads, the newest period first."""
        people = self.people if audience == "hr" else {}
        listed = [
            {"href": f"../{quote(_person_folder(code))}/index{SUFFIX[self.language]}.html", "name": f"{code} {name}"}
            for code, name in sorted(people.items())
        ]
        return self._render(
            "folder", title=self.say(AUDIENCES[audience]), up="../", groups=self._groups(audience, "../"), here="index", people=listed
        )

    def person(self, code: str) -> str:
        """All that is for one person alone, the newest period first."""
        title, groups = f"{self.people[code]} {code}", self._groups(_PERSON + code, "../../")
        return self._render("folder", title=title, up="../../", groups=groups, here="index")

    def _groups(self, audience: str, up: str) -> list[dict[str, Any]]:
        groups = []
        for manifest in reversed(self.manifests):
            if rows := [self._row(entry, up) for entry in manifest["reports"] if entry["audience"] == audience]:
                groups.append({"label": manifest["label"][self.language], "known": manifest["known"][self.language], "rows": rows})
        return groups

    def publications(self, period: str, published: Sequence[Published]) -> str:
        """Every version of a period's reports, the newest publication first, with the bridge to the one before it."""
        groups = [
            {
                "label": self.say(say("Publication {n}", n=Count(one.number))), "digest": one.digest[:12],
                "known": one.shown["known"][self.language], "bridge": self._bridge(one, "../../"),
                "rows": [self._row(entry, "../") for entry in one.shown["reports"] if not _is_confidential(entry)],
            }
            for one in reversed(published)
        ]  # fmt: skip
        title = f"{self.words['publications']} · {published[-1].shown['label'][self.language]}"
        return self._render("folder", title=title, up="../", groups=groups, here=period)

    # parts

    def _published(self) -> list[dict[str, Any]]:
        """One line a publication of the periods that have more than one, the newest first."""
        found = []
        for manifest in reversed(self.manifests[-12:]):
            published = self.sign_off.published.get(manifest["period"], ()) if self.sign_off else ()
            for one in reversed(published if len(published) > 1 else ()):
                found.append({
                    "period": manifest["label"][self.language], "number": str(one.number), "digest": one.digest[:12],
                    "href": f"publications/{manifest['period']}{SUFFIX[self.language]}.html",
                    "known": self._moment(one.shown["known_at"]), "bridge": self._bridge(one, "../"),
                })  # fmt: skip
        return found

    def _bridge(self, one: Published, up: str) -> dict[str, str]:
        """What a publication changed against the one before it, with links to R25."""
        told = one.restatement
        if "withheld" in told:
            return {"text": self.say(say("not bridged: {why}", why=Name(told["withheld"]))), "tone": "bad"}
        if not told:
            return {"text": self.say(say("first publication")), "tone": "soft"}
        name = f"{told['name']}.{self.language}"
        links = {suffix: f"{up}{told['folder']}/{name}.{suffix}" for suffix in ("html", "xlsx") if f"{name}.{suffix}" in told["files"]}
        return {"text": held(told["headline"].get(self.language, ""), self.reader), "tone": "", **links}

    def _standings(self) -> list[dict[str, Any]]:
        """One line a period that somebody has signed, closed or opened, the newest first."""
        found = []
        for manifest in reversed(self.manifests[-12:]):
            standing = self.sign_off.standings.get(manifest["period"]) if self.sign_off else None
            if standing is None or not (standing.signatures or standing.reopened):
                continue
            found.append({
                "period": manifest["label"][self.language],
                "publication": f"{standing.publication} · {standing.digest[:12]}",
                "signed": [[self._signature(one) for one in standing.signatures if one.role is role] for role in Role],
                "state": self._state(standing),
                "tone": "good" if standing.closed else "warn" if standing.signatures and not standing.in_force else "",
            })  # fmt: skip
        return found

    def _signature(self, one: Signature) -> dict[str, str]:
        assert self.sign_off is not None
        how = say("signed with a key") if one.authenticated else say("declared, not authenticated")
        over = say("suspended, was over publication {n}", n=Count(one.publication))
        return {
            "who": self.sign_off.names.get(one.by, one.by), "at": self._moment(one.at),
            "how": self.say(over if one.suspended else how), "tone": "bad" if one.suspended else "good" if one.authenticated else "warn",
        }  # fmt: skip

    def _state(self, standing: Standing) -> str:
        if standing.closed:
            return self.say(say("Closed"))
        if standing.reopened is not None:
            assert self.sign_off is not None
            who = self.sign_off.names.get(standing.reopened.by, standing.reopened.by)
            why = Name(str(standing.reopened.details["why"]))
            return self.say(say("Opened again by {who}: {why}", who=Name(who), why=why))
        return self.say(say("Signed") if len(standing.in_force) == len(Role) else say("Not closed"))

    def _waiting(self) -> list[dict[str, str]]:
        """What has come for closed periods."""
        if self.sign_off is None:
            return []
        labels = {manifest["period"]: manifest["label"][self.language] for manifest in self.manifests}
        return [
            {
                "period": labels.get(row["period"], row["period"]), "file": row["source_file"],
                "arrived": self._moment(row["arrived_at"]) if row["arrived_at"] else "—",
                "table": self.say(_what_waits(row["kind"], row["table"])), "rows": self.reader.shown(row["rows"], "count"),
            }
            for row in self.sign_off.waiting.iter_rows(named=True)
        ]  # fmt: skip

    def _moment(self, text: str) -> str:
        """A moment of the journal or the ledger in the company's time zone."""
        return self.reader.moment(datetime.fromisoformat(text).astimezone(ZoneInfo(self.company.policy.timezone)))

    def _tiles(self, now: PeriodManifest) -> list[dict[str, str]]:
        language = self.language
        reports = sum(entry["state"] != "stopped" for entry in _single(now))
        failed = now["checks_total"] - now["checks_passed"]
        errors = sum(check["severity"] == "error" for check in now["failed"])
        open_now = checks_words(now["checks_total"], now["checks_passed"], errors, len(now["failed"]) - errors)
        published = Message("{n} report published", {"n": Count(reports)}, plural="{n} reports published")
        accounts = Message(
            "{account}, {n} account compared",
            {"account": Name(now.get("ledger_account", {}).get(language, "")), "n": Count(now["ledger_accounts"])},
            plural="{account}, the largest of {n} accounts",
        )
        if now["ledger_tied"]:
            accounts = Message(
                "{n} account agrees with the general ledger",
                {"n": Count(now["ledger_accounts"])},
                plural="All {n} accounts agree with the general ledger",
            )
        kept = Message("{n} row kept out", {"n": Count(now["rows_kept_out"])}, plural="{n} rows kept out")
        return [
            {
                "label": self.words["current"],
                "value": now["label"][language],
                "under": (self.words["open"] + " · " if now["is_open"] else "") + self.say(published),
                "tone": "",
            },
            {
                "label": self.words["checks"],
                "value": f"{now['checks_passed']} / {now['checks_total']}",
                "under": self.say(open_now) if failed else self.words["none_failed"],
                "tone": "good" if not failed else "bad" if errors else "warn",
            },
            {
                "label": self.words["ledger"],
                "value": now["ledger_difference"][language] if now["ledger_difference"] else "—",
                "under": self.say(accounts) if now["ledger_accounts"] else self.words["no_ledger"],
                "tone": "" if now["ledger_tied"] else "bad",
            },
            {
                "label": self.words["kept_out"],
                "value": now["amount_kept_out"][language] if now["rows_kept_out"] else "0",
                "under": self.say(kept) if now["rows_kept_out"] else self.words["nothing_kept_out"],
                "tone": "warn" if now["rows_kept_out"] else "",
            },
        ]

    def _row(self, entry: ReportEntry, up: str) -> dict[str, Any]:
        links = entry["files"]
        is_of_customer = kind(entry["name"]).per == "customer"
        party = (party_of(entry["name"]), _in(entry.get("party", ""), self.language)) if is_of_customer else ()
        named = (entry["title"][self.language], *party)
        own = links.get(self.language) or next(iter(links.values()), Links())
        ordered = [(language, links[language]) for language in LANGUAGES if language in links]
        return {
            "title": " ".join(word for word in named if word),
            "headline": held(entry["headline"][self.language], self.reader),
            "href": up + own["html"] if "html" in own else "",
            "version": entry["version"],
            "state": entry["state"],
            "state_words": self.say(STATES[entry["state"]]),
            "total": entry["checks_total"],
            "checks": self._checks(entry),
            "main_label": entry.get("main_label", {}).get(self.language, ""),
            "main": entry["main_figure"].get(self.language, "—"),
            "delta": entry["delta"].get(self.language, ""),
            "tone": "" if entry["delta_good"] is None else "good" if entry["delta_good"] else "bad",
            "html": [{"href": up + link["html"], "name": SHORT[language]} for language, link in ordered if "html" in link],
            "xlsx": [{"href": up + link["xlsx"], "name": SHORT[language]} for language, link in ordered if "xlsx" in link],
            "earlier": " ".join(entry["earlier"]) or "–",
        }

    def _checks(self, entry: ReportEntry) -> list[dict[str, str]]:
        """What passed and what did not, one line each; a manifest that does not know how severe says how many."""
        passed, total = entry["checks_passed"], entry["checks_total"]
        errors, warnings = entry.get("checks_errors", 0), entry.get("checks_warnings", 0)
        if errors + warnings != total - passed:
            errors, warnings = 0, total - passed
        lines = [("good", "✔", say("{passed} passed", passed=Count(passed)))] if passed else []
        if errors:
            lines.append(("bad", "✖", Message("{n} error", {"n": Count(errors)}, plural="{n} errors")))
        if warnings:
            lines.append(("warn", "▲", Message("{n} warning", {"n": Count(warnings)}, plural="{n} warnings")))
        return [{"tone": tone, "text": f"{mark} {self.say(words)}"} for tone, mark, words in lines]

    def _matrix(self) -> list[dict[str, Any]]:
        shown = self.manifests[-12:]
        names: dict[str, str] = {}
        for manifest in reversed(shown):
            for entry in _single(manifest):
                names.setdefault(entry["name"], entry["title"][self.language])
        rows = []
        for name, title in names.items():
            cells = []
            for manifest in shown:
                found = [entry for entry in manifest["reports"] if entry["name"] == name]
                cells.append(self._cell(found[0], manifest) if found else {"version": "", "tone": "", "href": "", "title": ""})
            rows.append({"title": title, "cells": cells})
        return rows

    def _cell(self, entry: ReportEntry, manifest: PeriodManifest) -> dict[str, str]:
        links = entry["files"].get(self.language) or next(iter(entry["files"].values()), Links())
        tone = "open" if manifest["is_open"] and entry["state"] != "stopped" else entry["state"]
        checks = " · ".join(line["text"] for line in self._checks(entry)) or self.say(STATES[entry["state"]])
        return {
            "version": entry["version"],
            "tone": tone,
            "href": links.get("html", ""),
            "title": f"{manifest['label'][self.language]} · {checks}",
        }

    def _check(self, check: CheckEntry) -> dict[str, str]:
        titles = []
        for name in check["reports"].split(","):
            try:
                titles.append(self.say(_titled(name)))
            except KeyError:
                titles.append(name)
        own = [entry for entry in _tie_outs(self.manifests[-1]) if entry["name"] == f"{TIE_OUT}_{check['control'].lower()}"]
        titles = list(dict.fromkeys(titles))
        concerned = Message("{n} report", {"n": Count(len(titles))}, plural="{n} reports")
        return {
            "control": check["control"],
            "concerned": self.say(concerned) if len(titles) > _FEW else "",
            "href": own[0]["files"].get(self.language, Links()).get("html", "") if own else "",
            "severity": check["severity"],
            "severity_words": self.say(SEVERITY[check["severity"]]),
            "what": check["what"][self.language],
            "result": check["result"][self.language],
            "reports": (", " if self.language == "en" else "、").join(titles),
            "owner": ", ".join(self.say(owner_words(one)) for one in check["owner"].split(", ")),
        }

    def _file(self, file: FileEntry) -> dict[str, str]:
        status = say("Partly sent back") if file["status"] == "returned" else FILE_STATUS.get(file["status"], Name(file["status"]))
        language = self.language
        return {
            "source_file": file["source_file"],
            "sender": _in(file["sender"], language),
            "status_words": self.say(status),
            "reason": _in(file["reason"], language),
            "arrived_at": file["arrived_at"],
            "returned": file["returned"],
        }

    def _count(self, audience: Audience) -> str:
        """How many reports the newest period with any holds for ``audience``; empty where no period does."""
        for place, manifest in enumerate(reversed(self.manifests)):
            if number := sum(entry["audience"] == audience for entry in manifest["reports"]):
                found: Words = Message("{n} report in this folder", {"n": Count(number)}, plural="{n} reports in this folder")
                return self.say(found if place == 0 else say("{period}: {what}", period=Name(manifest["label"][self.language]), what=found))
        return ""

    def _render(self, part: str, *, up: str, here: str, **values: Any) -> str:
        languages = [
            {"name": LANGUAGE_NAMES[language], "href": f"{here}{SUFFIX[language]}.html", "own": language == self.language}
            for language in self.company.policy.languages
        ]
        return _template().render(
            part=part,
            language=self.language,
            languages=languages,
            company=self.company.policy.said(self.language),
            home=f"{up}index{SUFFIX[self.language]}.html",
            w=self.words,
            **values,
        )


def _in(words: Any, language: Language) -> str:
    """Words by language; manifests of earlier versions hold one text for all."""
    return str(words.get(language, "")) if isinstance(words, dict) else str(words)


def _single(manifest: PeriodManifest) -> list[ReportEntry]:
    """The reports of a period that stand on the front page: those of which there is one, and which every reader of the portal may see."""
    return [entry for entry in manifest["reports"] if not kind(entry["name"]).per and not _is_confidential(entry)]


def _is_confidential(entry: ReportEntry) -> bool:
    """Whether the report stands in folders of its own readers only."""
    return kind(entry["name"]).audience in CONFIDENTIAL


_PERSON = "person:"
_FEW, _MOST_FILES = 3, 12
"""Names of reports that stand in a check's row, and files on the front page, before the rest is folded away."""


def _person_folder(code: str) -> str:
    """The portal's folder of one person."""
    return f"person/{quote(code, safe='')}"


def _tie_outs(manifest: PeriodManifest) -> list[ReportEntry]:
    """A period's pages of single controls."""
    return [entry for entry in manifest["reports"] if kind(entry["name"]).name == TIE_OUT]


def _statement_count(manifest: PeriodManifest) -> int:
    return sum(kind(entry["name"]).per == "customer" for entry in manifest["reports"])


def _titled(name: str) -> Words:
    from pipelines.reports.build import REPORTS

    for one in REPORTS:
        if name in (one.id, one.name):
            return one.title
    raise KeyError(name)


EXPECTATIONS: dict[str, Words] = {
    "expect_table_columns_to_match_ordered_list": say("Has exactly its columns, in order"),
    "expect_column_values_to_not_be_null": say("Is never empty"),
    "expect_column_values_to_be_in_set": say("Holds listed values only"),
    "expect_column_values_to_be_unique": say("Stands once only"),
    "expect_compound_columns_to_be_unique": say("Stand together once only"),
    "expect_column_values_to_be_between": say("Lies within its bounds"),
    "expect_column_pair_values_a_to_be_greater_than_b": say("First is not below the second"),
}
"""Words for what is expected of a table; an expectation without words prints by its own name."""

_PLACES: dict[str, Words] = {
    "source_file": say("File"),
    "source_sheet": say("Sheet"),
    "source_row": say("Row"),
    "source_column": say("Column"),
    "source_sha256": say("Hash of the file"),
}


def _columns_label(table: str, columns: str | None, language: Language) -> str:
    from pipelines.quality.sentences import column_label

    reader = Reader(language)
    labels = [
        catalogue.said(_PLACES[one], reader) if one in _PLACES else column_label(table, one, language)
        for one in (columns or "").split(", ")
        if one
    ]
    return (", " if language == "en" else "、").join(labels) or "—"


def _examples(row: Mapping[str, Any]) -> str:
    """Examples as people write them: staged amounts and quantities are whole ten-thousandths."""
    texts = str(row["examples"] or "").split(", ")
    contract = CONTRACTS.get(row["table"])
    kind = contract.column(row["column"]).kind if contract is not None and row["column"] in contract.schema else None
    scale = kind.scale if kind is not None else 1
    if scale == 1:
        return ", ".join(texts)
    return ", ".join(number(plain(int(one), scale), trailing(int(one), scale, 8)) if _INTEGER.fullmatch(one) else one for one in texts)


_INTEGER = re.compile(r"-?\d+")


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["whole"] = whole
    return environment.get_template("portal.html.j2")
