"""What is due to whom: from the publications, findings, submissions and runs of a home to messages.

Every message tells facts that have keys; what a recipient's messages have told is never told again. A recipient who is new is told of
the newest period and of what follows, not of the past. The clock is not read here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from pipelines.company.calendar import Period
from pipelines.company.company import Company, Sender
from pipelines.company.delivery import Attach, Delivery, Event, Recipient, Slice, SmtpChannel
from pipelines.contracts.model import LANGUAGES, Language, Text
from pipelines.delivery import events, letters, slices
from pipelines.delivery.channels import MARKDOWN_BYTES
from pipelines.delivery.letters import Letter
from pipelines.delivery.outbox import Attachment, Draft, Memory, Message, file_of
from pipelines.delivery.runs import Run
from pipelines.money import plain
from pipelines.publish.journal import Entry
from pipelines.publish.shelf import Shelf
from pipelines.reports import build
from pipelines.reports.context import open_checks, senders
from pipelines.reports.formats import Reader
from pipelines.reports.model import Report, Words
from pipelines.reports.writers import excel, html
from pipelines.reports.writers.html import SUFFIX

SENDERS = ":senders"
"""What the senders together are called where recipients are remembered; no recipient's id begins so."""


@dataclass(frozen=True)
class Home:
    """What messages are made of. ``company`` is None while its folder cannot be read: then only runs are told."""

    folder: Path
    delivery: Delivery
    company: Company | None
    company_name: str
    entries: Sequence[Entry]
    shelf: Shelf
    runs: Sequence[Run]
    told: Mapping[str, set[str]]
    load: Callable[[str], pl.DataFrame]
    """A fact table by its name."""
    delivered: Iterable[str] = ()


@dataclass
class Plan:
    """What is to be sent; the proof of the slices and what stands in the way, a sentence each; what to remember afterwards."""

    memory: Memory
    drafts: list[Draft] = field(default_factory=list)
    proofs: list[str] = field(default_factory=list)
    controls: dict[str, pl.DataFrame] = field(default_factory=dict)
    """The proofs as tie-outs, by period."""
    problems: list[str] = field(default_factory=list)


def plan(home: Home, memory: Memory) -> Plan:
    """Every message that is due in ``home`` and stands in no message yet."""
    return _Planner(home, memory).planned()


class _Planner:
    def __init__(self, home: Home, memory: Memory) -> None:
        self.home, self.plan = home, Plan(memory)
        self.publications = [entry for entry in home.entries if entry.act == "published"]
        self.cut: dict[str, slices.Published] = {}
        self.proved: dict[str, slices.Proof] = {}

    def planned(self) -> Plan:
        memory, runs = self.plan.memory, self.home.runs
        ids = [one.id for one in self.home.delivery.recipients] + ([SENDERS] if self.home.delivery.senders else [])
        for one in ids:
            if self.publications:
                memory.since.setdefault(one, self._newest().number - 1)
            memory.runs_since.setdefault(one, max(len(runs) - 1, 0))
        if self.home.company is not None and self.publications:
            self._prove(self._newest().period)
            for recipient in self.home.delivery.recipients:
                for period in self._periods(recipient.id):
                    self._of_period(recipient, period)
            if self.home.delivery.senders:
                for period in self._periods(SENDERS):
                    self._of_senders(period)
        for recipient in self.home.delivery.recipients:
            self._of_runs(recipient)
        return self.plan

    # --- what is there ---

    @cached_property
    def company(self) -> Company:
        assert self.home.company is not None
        return self.home.company

    @cached_property
    def named(self) -> Words:
        if self.home.company is None:
            return Text(*(self.home.company_name,) * 3)
        return Text(*(self.company.policy.said(language) for language in ("en", "zh-Hans", "zh-Hant")))

    def _newest(self) -> Entry:
        """The last publication of the latest period."""
        known = {entry.period: entry for entry in self.publications}
        return known[max(known)]

    def _periods(self, recipient: str) -> list[Period]:
        """The periods of which something was published since ``recipient`` is told."""
        since = self.plan.memory.since[recipient]
        keys = sorted({entry.period for entry in self.publications if entry.number > since})
        return [self.company.calendar.period(key) for key in keys]

    def _numbers(self, period: str, since: int = 0) -> list[int]:
        return [entry.details["publication"] for entry in self.publications if entry.period == period and entry.number > since]

    def _manifest(self, period: str, number: int | None = None) -> dict[str, Any]:
        found = self.home.shelf.manifest(period, number)
        if found is None:
            raise KeyError(f"{period} has no publication {number or ''}")
        return found

    def _mart(self, period: str, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.home.shelf.frame_path(self._manifest(period)["frames"][name]))

    def _told(self, recipient: str) -> set[str]:
        planned = {fact for draft in self.plan.drafts if draft.message.recipient == recipient for fact in draft.message.tells}
        return planned | self.home.told.get(recipient, set())

    # --- recipients ---

    def _of_period(self, recipient: Recipient, period: Period) -> None:
        wanted = recipient.events
        if Event.PUBLISHED in wanted or Event.NEW_VERSION in wanted:
            if recipient.slice == "whole":
                self._news(recipient, period)
            else:
                self._own(recipient, recipient.slice, period)
                self._personal(recipient, recipient.slice, period)
        if Event.FAILED_CHECK in wanted:
            self._checks(recipient, period)
        if Event.LATE_SENDER in wanted:
            self._late(recipient, period)

    def _news(self, recipient: Recipient, period: Period) -> None:
        """A publication for somebody who is told of all of it."""
        told = self._told(recipient.id)
        since = self.plan.memory.since[recipient.id]
        fresh = [n for n in self._numbers(period.key, since) if f"publication/{period.key}/{n}" not in told]
        if Event.PUBLISHED not in recipient.events:
            fresh = [n for n in fresh if n != 1]
        if Event.NEW_VERSION not in recipient.events:
            fresh = [n for n in fresh if n == 1]
        if not fresh:
            return
        manifest = self._manifest(period.key, max(fresh))
        base = max((n for n in self._numbers(period.key) if n < min(fresh)), default=0)
        wanted = {*recipient.attach.reports}
        if base == 0:
            event, letter = Event.PUBLISHED, events.published(self.named, period, manifest, self._portal(recipient.language))
        else:
            before = self._manifest(period.key, base)
            was = {(one["id"], one["name"], one["digest"]) for one in before["reports"]}
            changed = [one for one in manifest["reports"] if (one["id"], one["name"], one["digest"]) not in was]
            same = before["withheld"] == manifest["withheld"]
            if wanted and not wanted & {one["id"] for one in changed} and same:
                return
            if changed and not wanted and same and all(build.kind(one["name"]).audience in build.CONFIDENTIAL for one in changed):
                return  # nothing has changed of what may be told
            event = Event.NEW_VERSION
            letter = events.new_version(
                self.named, period, manifest, before, self._reopened(period.key, base, max(fresh)), self._portal(recipient.language)
            )
        # What is for one customer or person goes to nobody else, whatever is wanted.
        files = self._files(recipient, [one for one in manifest["reports"] if one["id"] in wanted and not one["entry"].get("party")])
        bridge = manifest.get("restatement") or {}
        if event is Event.NEW_VERSION and "files" in bridge:
            files += self._files(recipient, [bridge])  # R25 goes along, whatever else is wanted
        self._add(recipient, event, period.key, letter, [f"publication/{period.key}/{n}" for n in fresh], files)

    def _reopened(self, period: str, base: int, newest: int) -> list[Entry]:
        """The lines that opened the period between two publications of it."""
        at = {entry.details["publication"]: entry.number for entry in self.publications if entry.period == period}
        return [one for one in self.home.entries if one.act == "reopened" and one.period == period and at[base] < one.number < at[newest]]

    def _files(self, recipient: Recipient, reports: Iterable[Mapping[str, Any]]) -> list[Attachment]:
        """Reports in the recipient's language, else in the company's, else in the one that they are in."""
        found = []
        for report in reports:
            spoken = [one for one in (recipient.language, self.company.policy.default_language, *LANGUAGES) if _in(report, one)]
            for name, sha in sorted(_in(report, spoken[0]).items()) if spoken else ():
                if name.endswith(tuple(f".{suffix}" for suffix in recipient.attach.formats)):
                    found.append(Attachment(name, f"{report['folder']}/{name}", sha))
        return found

    def _personal(self, recipient: Recipient, part: Slice, period: Period) -> None:
        """The published files that are for the slice's one person alone: those that are new or have changed, in one message."""
        wanted, number, prefix = {*recipient.attach.reports}, self._numbers(period.key)[-1], f"personal/{period.key}/"
        if not wanted:
            return
        told, mine = self._told(recipient.id), f"person:{part.codes[0]}"
        facts = {
            f"{prefix}{one['name']}/{one['digest'][:16]}": one
            for one in self._manifest(period.key)["reports"] if one["id"] in wanted and one["entry"]["audience"] == mine
        }  # fmt: skip
        fresh = {fact: one for fact, one in facts.items() if fact not in told}
        first = not any(one.startswith(prefix) for one in told)
        event = Event.PUBLISHED if first and (number == 1 or Event.NEW_VERSION not in recipient.events) else Event.NEW_VERSION
        if fresh and event in recipient.events:
            letter = events.personal(self.named, period, list(fresh.values()))
            self._add(recipient, event, period.key, letter, list(fresh), self._files(recipient, fresh.values()))

    def _own(self, recipient: Recipient, part: Slice, period: Period) -> None:
        """A publication for somebody who gets a slice: their own figures, when they are new or have changed."""
        number, seen = self._numbers(period.key)[-1], self.plan.memory.seen.setdefault(recipient.id, {})
        looked = f"{period.key} {part}"
        if seen.get(looked) == number:
            return
        published, proof = self._published(period.key), self._prove(period.key)
        if proof.broken.height:
            return  # said once for all, where the proof is
        if missing := slices.unknown_codes(published, part):
            self.plan.problems.append(f"{recipient.id}: {', '.join(missing)} is not in the master data of {part.kind}; nothing is sent.")
            return
        report = slices.own_report(published, part)
        if report is None:
            self.plan.problems.append(f"{recipient.id}: there are no figures of {', '.join(part.codes)} in {period.key}; nothing is sent.")
            return
        if not slices.is_whole(report):
            self.plan.problems.append(f"{recipient.id}: own figures of {period.key} print more or less than their rows; nothing is sent.")
            return
        seen[looked] = number
        prefix = f"figures/{period.key}/"
        fact, told = prefix + slices.digest(report)[:16], self._told(recipient.id)
        if fact in told:
            return
        first = not any(one.startswith(prefix) for one in told)
        event = Event.PUBLISHED if first and (number == 1 or Event.NEW_VERSION not in recipient.events) else Event.NEW_VERSION
        if event not in recipient.events:
            return
        contents: dict[str, bytes] = {}
        files = []
        for name, content in _printed(report, recipient).items():
            path, sha = file_of(content)
            contents[path] = content
            files.append(Attachment(name, path, sha))
        letter = events.own_figures(self.named, period, report, first=first)
        self._add(recipient, event, period.key, letter, [fact], files, contents)

    def _published(self, period: str) -> slices.Published:
        if period not in self.cut:
            manifest = self._manifest(period)
            marts = {name: pl.read_parquet(self.home.shelf.frame_path(digest)) for name, digest in manifest["frames"].items()}
            self.cut[period] = slices.Published(
                self.company, self.company.calendar.period(period), date.fromisoformat(manifest["as_of"]),
                datetime.fromisoformat(manifest["known_at"]), marts, slices.facts_of(self.home.load, self.home.delivered),
            )  # fmt: skip
        return self.cut[period]

    def _prove(self, period: str) -> slices.Proof:
        """The proof of a period's slices, once, with its sentences."""
        if period not in self.proved:
            parts = {one.id: one.slice for one in self.home.delivery.recipients if isinstance(one.slice, Slice)}
            proof = self.proved[period] = slices.prove(self._published(period), parts) if parts else slices.Proof(pl.DataFrame(), {})
            if parts:
                self.plan.controls[period] = proof.control
            for row in proof.control.iter_rows(named=True):
                self._say_proof(period, proof, row)
            if parts and proof.broken.height:
                self.plan.problems.append(
                    f"{period}: the recipients' parts do not add up to the company ({', '.join(proof.broken['subject'].head(5))}), so that "
                    "no own figures are sent. Close the period again with 'closebook run', so that facts and reports are of one moment."
                )
        return self.proved[period]

    def _say_proof(self, period: str, proof: slices.Proof, row: Mapping[str, Any]) -> None:
        left, right = plain(row["left_amount"]), plain(row["right_amount"])
        if row["statement"] == "slices_add_up":
            kind, figure = row["subject"].split(" ")
            rest = plain(proof.rests[kind, figure])
            self.plan.proofs.append(
                f"{period} {row['subject']}: recipients {left - rest:,.2f} + nobody's {rest:,.2f} = {left:,.2f}; company {right:,.2f}; "
                f"difference {plain(row['difference']):,.2f}"
            )
        elif row["status"] == "broken":
            self.plan.proofs.append(f"{period} {row['subject']}: prints {left:,.2f}; its lines are {right:,.2f}")

    def _checks(self, recipient: Recipient, period: Period) -> None:
        """Errors and broken tie-outs, one message an owner; the same ones are told once."""
        ties = self._mart(period.key, "tie_outs")
        findings = self._mart(period.key, "findings").filter(pl.col("severity") == "error")
        owners, told = self.company.policy.controls.owners, self._told(recipient.id)
        by_owner: dict[str, list[Any]] = {}
        for check in open_checks(ties, findings):
            for owner in (check.owner or owners.get(check.control, "")).split(", "):
                by_owner.setdefault(owner, []).append(check)
        for owner, checks in sorted(by_owner.items()):
            what = hashlib.sha256(repr([(one.control, one.rule, one.what, one.result) for one in checks]).encode()).hexdigest()[:16]
            fact = f"check/{period.key}/{owner}/{what}"
            if (not recipient.owns or owner in recipient.owns) and fact not in told:
                letter = events.failed_checks(self.named, period, owner, checks, self._portal(recipient.language))
                self._add(recipient, Event.FAILED_CHECK, period.key, letter, [fact])

    def _late_rows(self, period: Period, told: set[str]) -> pl.DataFrame:
        rows = self._mart(period.key, "submissions").filter(pl.col("status").is_in(["late", "missing"]))
        rows = rows.with_columns(fact=pl.concat_str(pl.lit("late"), "sender", "table", "cover", separator="/"))
        fresh = rows.filter(~pl.col("fact").is_in(sorted(told)))
        return fresh.sort("status", "sender", "table", "cover", descending=[True, False, False, False])

    def _late(self, recipient: Recipient, period: Period) -> None:
        rows = self._late_rows(period, self._told(recipient.id))
        if isinstance(recipient.slice, Slice) and rows.height:
            rows = rows.filter(pl.col("sender").is_in(sorted(self._published(period.key).senders_of(recipient.slice))))
        if rows.height:
            masters = {table: self.home.load(table) for table in ("customer", "employee")}
            called = senders(self.company, masters, rows["sender"].to_list())
            link = self._portal(recipient.language) if recipient.slice == "whole" else ""
            letter = events.late_senders(self.named, period, rows, called, link)
            self._add(recipient, Event.LATE_SENDER, period.key, letter, list(rows["fact"]))

    # --- senders ---

    def _of_senders(self, period: Period) -> None:
        """What senders are told at the address in senders.csv: what is late, and their faulty workbooks back."""
        to = self.home.delivery.senders
        assert to is not None
        known = {one.sender: one for one in self.company.senders if one.address}
        silent = set()
        if Event.LATE_SENDER in to.events:
            for (code,), rows in self._late_rows(period, set()).group_by("sender", maintain_order=True):
                fresh = rows.filter(~pl.col("fact").is_in(sorted(self._told(f"sender:{code}"))))
                if code in known and fresh.height:
                    letter = events.late_to_sender(self.named, period, fresh)
                    self._add(_contact(known[str(code)], to.channel), Event.LATE_SENDER, period.key, letter, list(fresh["fact"]))
                elif code not in known:
                    silent.add(str(code))
        if Event.RETURNED in to.events:
            back: dict[str, list[dict[str, Any]]] = {}
            for one in self._manifest(period.key)["returned"]:
                back.setdefault(one["sender"] or "", []).append(one)
            for code, files in sorted(back.items()):
                fresh_files = [one for one in files if f"returned/{one['file']}" not in self._told(f"sender:{code}")]
                if code in known and fresh_files:
                    letter = events.returned(self.named, period, fresh_files)
                    attached = [_on_shelf(self.home.folder, one["file"]) for one in fresh_files]
                    facts = [f"returned/{one['file']}" for one in fresh_files]
                    self._add(_contact(known[code], to.channel), Event.RETURNED, period.key, letter, facts, attached)
                elif code not in known:
                    silent.add(code)
        if silent:
            self.plan.problems.append(f"{period.key}: senders.csv has no address of {', '.join(sorted(silent))}; they are not told.")

    # --- runs ---

    def _of_runs(self, recipient: Recipient) -> None:
        by_number = {one.number: one for one in self.home.runs}
        for run in self.home.runs:
            told, fact = self._told(recipient.id), f"run/{run.number}"
            if run.number <= self.plan.memory.runs_since[recipient.id] or fact in told:
                continue
            if run.what == "failed" and Event.FAILURE in recipient.events:
                self._add(recipient, Event.FAILURE, run.period, events.failure(self.named, run), [fact])
            elif run.what == "recovered" and Event.RECOVERY in recipient.events:
                over = [by_number[number] for number in run.after]
                self._add(recipient, Event.RECOVERY, run.period, events.recovery(self.named, run, over), [fact])

    # --- writing ---

    def _portal(self, language: Language) -> str:
        url = self.home.delivery.portal_url
        return f"{url}/index{SUFFIX[language]}.html" if url else ""

    def _reader(self, language: Language) -> Reader:
        if self.home.company is None:
            return Reader(language)
        return Reader(language, self.company.policy.page_unit, self.company.policy.currency)

    def _add(
        self, to: Recipient, event: Event, period: str, letter: Letter, tells: list[str], files: Sequence[Attachment] = (),
        contents: Mapping[str, bytes] | None = None,
    ) -> None:  # fmt: skip
        channel, reader = self.home.delivery.channels[to.channel], self._reader(to.language)
        given = contents or {}
        if channel.kind not in ("smtp", "generic"):
            files = ()  # a group robot takes no files
        kept, large = self._fitting(files, channel.most_megabytes if isinstance(channel, SmtpChannel) else None, given)
        if large:
            letter = replace(letter, closing=(events.too_large(large), *letter.closing))
        message = Message(
            recipient=to.id, name=to.name, channel=to.channel, address=to.address, language=to.language, event=event.value, period=period,
            subject=letters.subject(letter, reader), text=letters.text(letter, reader),
            html=letters.page(letter, reader), markdown=letters.markdown(letter, reader, MARKDOWN_BYTES[channel.kind]),
            link=letter.link, tone=letter.tone, tells=tuple(tells), part=str(to.slice),
            attachments=tuple(kept),
        )  # fmt: skip
        used = {one.path for one in kept}
        self.plan.drafts.append(Draft(message, {path: content for path, content in given.items() if path in used}))

    def _fitting(
        self, files: Sequence[Attachment], megabytes: int | None, contents: Mapping[str, bytes]
    ) -> tuple[list[Attachment], list[str]]:
        """The attachments that fit into one message, in their order, and the names of the others. Mail makes a file a third larger."""
        if megabytes is None:
            return list(files), []
        room, kept, large = megabytes * 1_000_000 * 3 // 4, [], []
        for one in files:
            size = len(contents[one.path]) if one.path in contents else (self.home.folder / one.path).stat().st_size
            if size <= room:
                room -= size
                kept.append(one)
            else:
                large.append(one.name)
        return kept, large


def _in(report: Mapping[str, Any], language: str) -> dict[str, str]:
    """The files of a report in a language; of lines behind figures only a page that needs no file beside it."""
    apart = f"{report['name']}.lines." if f"{report['name']}.lines.js" in report["files"] else None
    return {
        name: sha for name, sha in report["files"].items() if f".{language}." in name and not (apart and name.startswith(apart))
    }


def _printed(report: Report, recipient: Recipient) -> dict[str, bytes]:
    """Own figures as files, in the recipient's language alone, called by their period: they are kept beside those of other months."""
    own = replace(report, name=f"{report.name}_{report.period.key}", languages=(recipient.language,))
    files: dict[str, bytes] = {}
    if "xlsx" in recipient.attach.formats:
        files |= excel.book(own, recipient.language)
    if "html" in recipient.attach.formats:
        files[own.file_name(recipient.language, "html")] = html.page(own, recipient.language).encode()
    return files


def _on_shelf(home: Path, path: str) -> Attachment:
    content = (home / path).read_bytes()
    return Attachment(Path(path).name, path, hashlib.sha256(content).hexdigest())


def contacts(delivery: Delivery, company: Company | None) -> dict[str, Recipient]:
    """Everybody who may be told something now, by id; senders only while the company's folder can be read."""
    found = {one.id: one for one in delivery.recipients}
    if delivery.senders and company is not None:
        found |= {f"sender:{one.sender}": _contact(one, delivery.senders.channel) for one in company.senders if one.address}
    return found


def _contact(sender: Sender, channel: str) -> Recipient:
    """A sender as a recipient; the language as senders.csv says."""
    language: Language = next((one for one in LANGUAGES if one == sender.language), "zh-Hans")
    return Recipient.model_construct(
        id=f"sender:{sender.sender}", name=sender.name or sender.sender, channel=channel, address=sender.address, language=language,
        events=(), slice="whole", owns=(), attach=Attach(),
    )  # fmt: skip


def listed(messages: Iterable[Message]) -> Iterator[str]:
    """One line a message, for people at a terminal."""
    for one in messages:
        number = len(one.attachments)
        files = f", {number} file{'s' if number > 1 else ''}" if number else ""
        yield f"{one.recipient} ({one.channel}{' ' + one.address if one.address else ''}): {one.event}: {one.subject}{files}"
