"""The period's reports on the shelf, the senders' returned workbooks, the manifest that publishes them, the portal.

A report that a broken invariant or an error touches is withheld; the others go out. What a report says is ``pipelines.reports``'.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

import dagster as dg
import polars as pl

from assets.context import Clocks, clocks, company_in, facts_from
from assets.progress import say
from assets.resources import Doors
from assets.restatement import restate
from assets.standing import is_closed, write_portal
from assets.warehouse import mart_asset
from pipelines import storage
from pipelines.company.calendar import Period
from pipelines.company.company import Company
from pipelines.contracts import CONFIDENTIAL_TABLES, CONTRACTS, Language
from pipelines.contracts.marts import MARTS
from pipelines.contracts.marts_assessment import ASSESSMENT_MARTS
from pipelines.contracts.marts_pay import PAY_MARTS
from pipelines.controls.ledger import facts_to_reports
from pipelines.controls.results import as_faults, blocked_reports
from pipelines.publish import close
from pipelines.publish.code import code_version, keep_code
from pipelines.publish.journal import Journal
from pipelines.publish.shelf import Placed, publication_digest
from pipelines.reports import build, portal
from pipelines.reports.context import ReportContext
from pipelines.reports.definitions import tie_out
from pipelines.reports.digest import content_digest
from pipelines.reports.model import Report
from pipelines.reports.reasons.evidence import Evidence, evidence_of
from pipelines.reports.reasons.evidence_people import of_people, of_report, people_evidence, people_lines
from pipelines.reports.reasons.explaining import Reasons, reasons
from pipelines.reports.writers import explained
from pipelines.reports.writers.printing import printed
from pipelines.reports.writers.returned import returned
from pipelines.sources.facts import Facts
from pipelines.sources.ledger import utc_text
from pipelines.sources.reader import read

OWNERS = ["team:finance"]
TABLES = (
    "commentary", "region", "employee", "customer", "product", "work_plan", "work_report", "market_signal", "lost_deal", "target_customer",
)
"""Fact tables that reports read beside the marts."""
_NAMED = {"customer_code": "customer", "employee_code": "employee", "region_code": "region", "product_code": "product"}
_RETURNED = {"source_file": pl.String, "file": pl.String}


def report_asset(kind: build.Kind, partitions: dg.PartitionsDefinition) -> dg.AssetsDefinition:
    """``report_<name>``: the report in every language and format, on the shelf. Its value lists what was placed."""
    deps = [*(mart_asset(mart) for mart in MARTS), *(f"fact_{table}" for table in TABLES), "delivered", "plan_next", "fact_totals"]
    confidential = kind.audience in build.CONFIDENTIAL
    deps.append("explained_people" if confidential else "explained")
    if kind.name == tie_out.NAME:
        deps.append("returned_workbooks")

    @dg.asset(
        name=f"report_{kind.name}", group_name="reports", partitions_def=partitions, deps=deps, owners=OWNERS, kinds={"excel", "html"},
        description=f"{kind.id}: for {kind.audience}.",
    )
    def report(context: dg.AssetExecutionContext, doors: Doors) -> list[dict[str, Any]]:
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        if is_closed(doors.settings.home, period.key):
            return []
        at = clocks(company, period, frames["files"])
        marts = {mart: frames[mart_asset(mart)] for mart in MARTS} | {table: frames[f"fact_{table}"] for table in TABLES}
        marts["plan_next"] = frames["plan_next"]
        if "returned_workbooks" in frames:
            shared = (one for one in frames["returned_workbooks"] if not one["confidential"])
            sent_back = {one["source_file"]: f"../../../../{one['file']}" for one in shared}
            marts["returned"] = pl.DataFrame({"source_file": list(sent_back), "file": list(sent_back.values())}, schema=_RETURNED)
        told = _context(company, period, at, frames)
        if not all(name in marts for name in kind.marts):
            return []
        found = kind.build(marts, told)
        if why := _reason_to_withhold(kind.id, found, marts["tie_outs"], marts["findings"], period.key, frames["fact_totals"]):
            say(f"{kind.id} {kind.name} is withheld: {why}")
            return [
                {"id": one.id, "name": one.name, "withheld": why, "entry": portal.report_entry(one, "—", {}, state="stopped")}
                for one in found
            ]
        if found:
            say(f"{kind.id} {kind.name}" + (f": {len(found)} of them" if len(found) > 1 else ""))
        if not confidential:
            return [_place(one, doors, period.key, frames["explained"]) for one in found]
        names = _names(Facts({table: marts[table] for table in _NAMED.values()}, frozenset()), at.as_of)
        beside = _Beside(of_report(frames["explained_people"], kind.id), company, period, names)
        return [_place(one, doors, period.key, beside=beside) for one in found]

    return report


def _reason_to_withhold(
    report: str, found: list[Report], ties: pl.DataFrame, findings: pl.DataFrame, period: str, totals: dict[str, int]
) -> str:
    """Which invariant or error keeps ``report`` from being published; empty when none does. C4 is asked of the pages themselves."""
    printed, _ = facts_to_reports(period, build.printed_totals(found), totals)
    every = pl.concat([ties, printed])
    if report in blocked_reports(every, findings):
        touches = pl.col("reports").str.split(",").list.contains(report)
        broken = every.filter(pl.col("invariant") & (pl.col("status") == "broken") & touches)
        errors = findings.filter((pl.col("severity") == "error") & touches)
        named = {f"{row['control']} {row['statement']} {row['subject']}" for row in broken.head(5).to_dicts()}
        named |= {f"{row['control']} {row['rule']} {row['subject']}" for row in errors.head(5).to_dicts()}
        return ", ".join(sorted(named))
    stopped = [one.name for one in found if build.is_stopped(one)]
    return f"C4: a printed total of {', '.join(stopped)} is not its mart's" if stopped else ""


def _context(company: Company, period: Period, at: Clocks, frames: Mapping[str, Any]) -> ReportContext:
    return ReportContext(
        company=company, period=period, as_of=at.as_of, known_at=at.known_at, delivered=frozenset(frames["delivered"]),
        tie_outs=frames["mart_tie_outs"], findings=frames["mart_findings"], files=frames["files"],
    )  # fmt: skip


class _Beside:
    """Why the figures of confidential reports are what they are, and the files beside each with its lines: its own person's alone."""

    def __init__(self, lines: pl.DataFrame, company: Company, period: Period, names: Mapping[str, Mapping[str, str]]) -> None:
        self.lines, self.company, self.names = lines, company, names
        self.evidence = people_evidence(lines, company, period)
        self.spans = explained.index(self.evidence)

    @cached_property
    def own(self) -> tuple[Mapping[tuple[Any, ...], pl.DataFrame], Mapping[str, explained.Written]]:
        """The lines of each person, and their texts."""
        own = of_people(self.lines)
        return own.partition_by("employee_code", as_dict=True, maintain_order=True), explained.written_by_person(own)

    def explained(self, report: Report) -> tuple[Reasons, dict[str, bytes], dict[str, str]]:
        """The reasons of a report, the files of its lines, and the digests of their seals."""
        lines, person = self.lines, build.party_of(report.name)
        if person:
            frames, texts = self.own
            lines, written = frames.get((person,), self.lines.clear()), texts.get(person, explained.Written({}, {}, {}))
        else:
            written = explained.written(self.evidence)
        files, proofs = explained.beside(written, lines, self.spans, self.company, self.names, report)
        return reasons(report, self.evidence, explained.beside_name(quote(report.name), "{language}.html")), files, proofs


def _names(facts: Facts, as_of: date) -> dict[str, dict[str, str]]:
    """Names by code, by column of lines."""
    return {code: dict(facts.as_of(table, as_of).select(code, "name").sort(code).iter_rows()) for code, table in _NAMED.items()}


def _place(
    report: Report, doors: Doors, period: str, whence: Mapping[str, Any] | None = None, beside: _Beside | None = None
) -> dict[str, Any]:
    """The report on the shelf in every language and format; what the manifest says of it.

    Its figures lead to the lines of ``whence``, unless the report leaves the company; those of a confidential one to the files
    ``beside`` it. A version that is known keeps its pages, and with them where they lead: to the same figures.
    """
    shelf, key, digest = doors.shelf(), f"{report.id}_{report.name}", content_digest(report)
    known = shelf.versions(period, key)
    why, more, sealed = None, dict[str, bytes](), dict[str, str]()
    if beside is not None and digest not in known:
        why, more, sealed = beside.explained(report)
    elif report.portal and whence and digest not in known:
        lines = f"../../{explained.FOLDER}/{PurePosixPath(whence['folder']).name}/{explained.PAGE}"
        why = reasons(report, _evidence(doors.settings.home / whence["folder"]), lines)
    files, proofs = ({}, {}) if digest in known else printed(report, digest, why)
    placed = shelf.put(period, key, digest, files | more, proofs | sealed)
    folder = placed.folder.relative_to(doors.settings.home).as_posix()
    links: dict[Language, portal.Links] = {
        # A code in a report's name may hold a % that is part of the file's name.
        language: portal.Links(
            html=quote(f"../{folder}/{report.file_name(language, 'html')}"), xlsx=quote(f"../{folder}/{report.file_name(language, 'xlsx')}")
        )
        for language in report.languages
    }
    earlier = [f"v{number}" for number in range(1, len(known) + 1) if number != placed.version]
    return {
        "id": report.id, "name": report.name, "version": placed.version, "digest": placed.digest, "folder": folder, "state": report.state,
        "files": placed.files, "proofs": placed.proofs,
        "checks_passed": report.checks.passed if report.checks else 0, "checks_total": report.checks.total if report.checks else 0,
        "entry": portal.report_entry(report, f"v{placed.version}", links, earlier=earlier),
    }  # fmt: skip


@lru_cache(maxsize=1)
def _evidence(folder: Path) -> Evidence:
    """The lines of a set; its sums are kept for the reports that follow."""
    lines = {path.stem: pl.read_parquet(path) for path in sorted(folder.glob("*.parquet"))}
    return explained.read_index((folder / explained.INDEX).read_bytes(), lines)


def all_reports(partitions: dg.PartitionsDefinition) -> list[dg.AssetsDefinition]:
    """A report asset for each kind, the returned workbooks, and what publishes them."""
    names = [f"report_{kind.name}" for kind in build.REPORTS]

    @dg.asset(
        name="returned_workbooks", group_name="reports", partitions_def=partitions, owners=["team:data"], kinds={"excel"},
        deps=["files", "quarantine", "mart_findings"],
    )
    def returned_workbooks(context: dg.AssetExecutionContext, doors: Doors) -> Any:
        """R21: each faulty file of a person back to its sender, marked and explained, in the sender's language."""
        files, quarantine, findings = (doors.upstream(context)[name] for name in ("files", "quarantine", "mart_findings"))
        ledger = doors.ledger()
        people = [name for name, contract in CONTRACTS.items() if contract.origin != "erp"]
        listed = as_faults(findings, files).select(quarantine.columns)
        faulty = pl.concat([quarantine, listed], how="vertical_relaxed").filter(pl.col("table").is_in(people))
        live = files.filter(pl.col("status") == "live").unique("source_file", keep="first", maintain_order=True)
        wanted = live.join(faulty.select("source_file", "source_sha256").unique(), on=["source_file", "source_sha256"], how="semi")
        placed = []
        for row in wanted.sort("source_file").iter_rows(named=True):
            faults = faulty.filter((pl.col("source_file") == row["source_file"]) & (pl.col("source_sha256") == row["source_sha256"]))
            workbook = read(ledger.content(row["source_sha256"]))
            arrived = datetime.fromisoformat(row["arrived_at"])
            content = returned(workbook, faults, row["language"] or "zh-Hans", file_name=row["source_file"], created=arrived)
            name = PurePosixPath(row["source_file"]).stem + ".xlsx"
            # Named by what was sent and by what was found: another period's close, which finds other things, has a place of its own.
            place = f"{row['source_sha256'][:12]}-{hashlib.sha256(content).hexdigest()[:8]}"
            # The whole sheet goes back: one of pay or of assessment is for human resources, and no shared page leads to it.
            is_confidential = not CONFIDENTIAL_TABLES.isdisjoint(faults["table"])
            target = doors.settings.shelf / "returned" / ("hr" if is_confidential else "") / place / name
            if not target.is_file():
                storage.write_bytes(target, content)
            refused = faults.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1)).height
            placed.append({
                "sender": row["sender"], "source_file": row["source_file"], "language": row["language"], "refused": refused,
                "listed": faults.filter(pl.col("severity") == "warning").height,
                "file": target.relative_to(doors.settings.home).as_posix(), "confidential": is_confidential,
            })  # fmt: skip
        if placed:
            say(f"R21: {len(placed)} workbooks to send back")
        return placed

    @dg.asset(
        name="explained", group_name="reports", partitions_def=partitions, owners=OWNERS, kinds={"html"},
        deps=[*(f"fact_{table}" for table in CONTRACTS), *(mart_asset(name) for name in MARTS), "files", "delivered", "column_letters"],
    )
    def explained_lines(context: dg.AssetExecutionContext, doors: Doors) -> dict[str, Any]:
        """What figures are made of: lines on the shelf, by their content. Empty without sales and for a closed period."""
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        facts = facts_from(frames, frames["delivered"])
        if is_closed(doors.settings.home, period.key) or facts["sales_line"].is_empty():
            return {}
        as_of = clocks(company, period, frames["files"]).as_of
        marts = {name: frames[mart_asset(name)] for name in MARTS}
        found = evidence_of(facts, marts, frames["files"], frames["column_letters"], company, period, as_of)
        files, proofs, digest = explained.files(found, company, _names(facts, as_of))
        folder = doors.settings.shelf / period.key / explained.FOLDER / digest[:12]
        index = folder / explained.INDEX
        # Its index is written last: a folder that a killed run left without it is written again.
        if not index.is_file():
            for name, content in sorted(files.items()):
                storage.write_bytes(folder / name, content)
            for name, frame in explained.frames(found).items():
                storage.write_parquet(folder / name, frame)
            storage.write_bytes(index, explained.index(found))
            say(f"explained: {sum(frame.height for frame in found.lines.values())} lines")
        return {
            "id": "lines", "name": "lines", "folder": folder.relative_to(doors.settings.home).as_posix(), "digest": digest,
            "files": {path.name: storage.sha256(path) for path in sorted(folder.iterdir())}, "proofs": proofs,
        }  # fmt: skip

    @dg.asset(
        name="explained_people", group_name="reports", partitions_def=partitions, owners=OWNERS, kinds={"polars"},
        deps=[*(f"fact_{table}" for table in CONTRACTS), *(mart_asset(mart.name) for mart in (*PAY_MARTS, *ASSESSMENT_MARTS)),
              "files", "delivered", "column_letters", "settled_pay"],
    )
    def explained_people(context: dg.AssetExecutionContext, doors: Doors) -> pl.DataFrame:
        """What people's pay and points are made of. It stays in the store of frames: each report takes its own lines of it."""
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        marts = {mart.name: frames[mart_asset(mart.name)] for mart in (*PAY_MARTS, *ASSESSMENT_MARTS)}
        files, as_of = frames["files"], clocks(company, period, frames["files"]).as_of
        facts = facts_from(frames, frames["delivered"])
        return people_lines(facts, marts, files, frames["column_letters"], company, period, as_of, frames["settled_pay"])

    @dg.asset(
        name="restatement", group_name="reports", partitions_def=partitions, owners=OWNERS, kinds={"excel", "html"},
        deps=[*names, "delivered", *(mart_asset(mart) for mart in MARTS)],
    )
    def restatement(context: dg.AssetExecutionContext, doors: Doors) -> dict[str, Any]:
        """R25: what is about to be published against the publication before it, by cause. Empty where there is none, or no change."""
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        last = doors.shelf().manifest(period.key)
        if last is None or is_closed(doors.settings.home, period.key):
            return {}
        at = clocks(company, period, frames["files"])
        told = [one for name in names for one in frames[name]]
        placed = _placed(doors, told)
        if publication_digest(_said(company, period, at, told), placed) == last["digest"]:
            return {}
        marts = {mart: frames[mart_asset(mart)] for mart in MARTS}
        reports = {f"{one['id']} {one['name']}": one["digest"] for one in told if "withheld" not in one}
        return restate(doors.settings, _context(company, period, at, frames), last, marts, reports)

    @dg.asset(
        name="manifest", group_name="reports", partitions_def=partitions, owners=OWNERS,
        deps=[*names, "explained", "restatement", "returned_workbooks",
              "files", "delivered", "quarantine", "expectation_results", "warehouse_period",
              *(mart_asset(mart) for mart in MARTS)],
    )
    def manifest(context: dg.AssetExecutionContext, doors: Doors) -> dict[str, Any]:
        """What ties the period's reports to their inputs, code, policy and checks. Writing it publishes them; the portal follows."""
        frames = doors.upstream(context)
        company = company_in(doors.company_folder)
        period = company.calendar.period(context.partition_key)
        if is_closed(doors.settings.home, period.key):
            say(f"{period.key} is closed: nothing of it is published; 'closebook reopen' opens it")
            write_portal(doors.settings, company)
            return {"period": period.key, "reports": 0, "withheld": 0}
        at = clocks(company, period, frames["files"])
        told = [one for name in names for one in frames[name]]
        reports = [one for one in told if "withheld" not in one]
        faults, files, findings = frames["quarantine"], frames["files"], frames["mart_findings"]
        refused = faults.filter((pl.col("severity") == "error") & (pl.col("reason_no") == 1))
        content = {
            **_said(company, period, at, told), "start": period.start.isoformat(), "end": period.end.isoformat(),
            "known_at": at.known_at.isoformat(), "deliveries": sorted(files["delivery"].unique()), "restatement": frames["restatement"],
            "code_version": code_version(), "policy_version": company.digest,
            "inputs": files.filter(pl.col("status") == "live").select("source_file", "source_sha256", "sender", "arrived_at")
            .unique().sort("source_file", "source_sha256").to_dicts(),
            "reports": reports,
            "returned": frames["returned_workbooks"],
            "explained": frames["explained"],
            "refused": {
                "files": files.filter(pl.col("status").is_in(["rejected", "unmatched"]))["source_file"].n_unique(), "rows": refused.height,
                "amounts_unreadable": int(refused["amount_unreadable"].sum()),
            },
            "finding_counts": dict(sorted(findings.group_by("severity").len().iter_rows())),
            "closing": dict(frames["mart_receivables"].select("customer_code", "balance").sort("customer_code").iter_rows()),
            "portal": portal.period_manifest(
                _context(company, period, at, frames), [one["entry"] for one in told], faults,
                {one["source_file"]: "" if one["confidential"] else f"../{one['file']}" for one in frames["returned_workbooks"]},
            ),
        }  # fmt: skip
        shelf = doors.shelf()
        placed = _placed(doors, told)
        keep_code(doors.settings.home, content["code_version"])
        published = shelf.publish(period.key, content, placed, {mart: frames[mart_asset(mart)] for mart in MARTS})
        journal = Journal(doors.settings.home)
        # A run that was killed between manifest and journal says now what it could not say then.
        if close.standing(journal.entries(), period.key).digest != published["digest"]:
            number = published["publication"]
            journal.append("published", period.key, "closebook", utc_text(datetime.fromisoformat(published["known_at"])), {
                "publication": number, "digest": published["digest"], "manifest": storage.sha256(shelf.manifest_path(period.key, number)),
            })  # fmt: skip
        write_portal(doors.settings, company)
        return {"period": period.key, "reports": len(reports), "withheld": len(content["withheld"])}

    others = [explained_lines, explained_people, restatement, returned_workbooks, manifest]
    return [*(report_asset(kind, partitions) for kind in build.REPORTS), *others]


def _said(company: Company, period: Period, at: Clocks, told: list[dict[str, Any]]) -> dict[str, Any]:
    """What of a manifest is content beside the reports."""
    withheld = [{"id": one["id"], "name": one["name"], "why": one["withheld"]} for one in told if "withheld" in one]
    return {"period": period.key, "company": company.name, "as_of": at.as_of.isoformat(), "withheld": withheld}


def _placed(doors: Doors, told: list[dict[str, Any]]) -> dict[str, Placed]:
    """The reports that are on the shelf, by key."""
    return {
        f"{one['id']}_{one['name']}": Placed(
            one["version"], one["digest"], doors.settings.home / one["folder"], is_new=True, files=one["files"]
        )
        for one in told if "withheld" not in one
    }  # fmt: skip
