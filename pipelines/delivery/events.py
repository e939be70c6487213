"""What each message says: one function an event, from facts to a letter without a language.

When a message is due, and to whom, is ``planning``'s. Nothing here computes a figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from pipelines.company.calendar import Period
from pipelines.contracts.model import Text
from pipelines.delivery.letters import Letter, Point
from pipelines.delivery.runs import Run
from pipelines.publish.journal import Entry
from pipelines.reports.build import CONFIDENTIAL, kind
from pipelines.reports.context import owner_words, table_title
from pipelines.reports.model import Count, Date, Message, Name, OpenCheck, PeriodName, Report, Words, say

Manifest = Mapping[str, Any]
AUTOMATIC = say("This message was sent by the monthly close. Figures are as of the day that it names.")
OWN_ONLY = say("You receive the figures of your own customers; they are attached.")


def published(company: Words, period: Period, manifest: Manifest, link: str) -> Letter:
    """A period is published for the first time."""
    reports = _listed(_open_to_all(manifest["reports"]))
    return Letter(
        say("{company}: {period} is published", company=company, period=PeriodName(period)),
        _opening(period, manifest, len(reports)),
        (*reports, *_withheld(manifest)),
        (*_counts(manifest), AUTOMATIC),
        link,
        "bad" if manifest["withheld"] else "" if manifest["finding_counts"].get("error") else "good",
    )


def new_version(
    company: Words, period: Period, manifest: Manifest, before: Manifest | None, reopened: Sequence[Entry], link: str
) -> Letter:
    """What is published of a period has changed: which reports, and why the period was opened again, if it was."""
    was = {_key(one): one["digest"] for one in (before or {}).get("reports", [])}
    now = {_key(one): one for one in manifest["reports"]}
    changed = _open_to_all([one for key, one in now.items() if key in was and was[key] != one["digest"]])
    new = _open_to_all([one for key, one in now.items() if key not in was])
    gone = _open_to_all([one for one in (before or {}).get("reports", []) if _key(one) not in now])
    points = [
        *(Point(say("Opened again by {who}", who=Name(entry.by)), Name(entry.details["why"])) for entry in reopened),
        *_bridge(manifest.get("restatement") or {}),
        *_listed(changed, say("Changed")),
        *_listed(new, say("New")),
        *_listed(gone, say("No longer published")),
        *_withheld(manifest),
    ]
    return Letter(
        say("{company}: {period}, new version {n}", company=company, period=PeriodName(period), n=Count(manifest["publication"])),
        Message(
            "{period} as of {day}: {n} report has changed; the earlier version stays on the shelf.",
            {"period": PeriodName(period), "day": Date(_day(manifest["as_of"])), "n": Count(len(changed) + len(new) + len(gone))},
            plural="{period} as of {day}: {n} reports have changed; the earlier versions stay on the shelf.",
        ),
        tuple(points),
        (*_counts(manifest), AUTOMATIC),
        link,
    )


def own_figures(company: Words, period: Period, report: Report, *, first: bool) -> Letter:
    """A recipient's own figures, new or changed. Says nothing that is not in them."""
    subject = (
        say("{company}: your figures of {period}", company=company, period=PeriodName(period))
        if first
        else say("{company}: your figures of {period} have changed", company=company, period=PeriodName(period))
    )
    tiles = tuple(Point(tile.label, say("{figure}", figure=tile.value)) for tile in report.tiles)
    return Letter(subject, report.headline, tiles, (OWN_ONLY, AUTOMATIC), "", "good")


def personal(company: Words, period: Period, reports: Sequence[Mapping[str, Any]]) -> Letter:
    """Files that are for the recipient alone. What they say stands in them, not in the letter: mail is read over shoulders."""
    return Letter(
        say("{company}: your reports of {period}", company=company, period=PeriodName(period)),
        say("They are attached, and meant for you alone."),
        tuple(Point(_text(one["entry"]["title"])) for one in reports),
        (AUTOMATIC,),
    )


def failed_checks(company: Words, period: Period, owner: str, checks: Sequence[OpenCheck], link: str) -> Letter:
    """What did not pass and whose it is, in one message."""
    points = tuple(
        Point(say("{control} {what}", control=Name(check.control), what=check.what), check.result, "bad") for check in checks
    )
    whose = owner_words(owner) if owner else say("nobody named")
    number = Count(len(checks))
    return Letter(
        Message(
            "{company}: {n} check failed, {period} ({owner})",
            {"company": company, "n": number, "period": PeriodName(period), "owner": whose},
            plural="{company}: {n} checks failed, {period} ({owner})",
        ),
        say("These checks did not pass. The figures that they touch stay doubtful until they are cleared."),
        points,
        (say("The report on control lists every case with its file and cell."), AUTOMATIC),
        link,
        "bad",
    )


def late_senders(company: Words, period: Period, rows: pl.DataFrame, called: Mapping[str, Words], link: str) -> Letter:
    """Which reports came late or are missing, for those who look after the senders."""
    points = tuple(
        Point(
            say("{sender}: {table}, {cover}", sender=called.get(row["sender"], Name(row["sender"])), table=table_title(row["table"]),
                cover=Name(row["cover"])),
            _lateness(row), "bad" if row["status"] == "missing" else "",
        )
        for row in rows.iter_rows(named=True)
    )  # fmt: skip
    return Letter(
        Message(
            "{company}: {n} report late or missing, {period}",
            {"company": company, "n": Count(rows.height), "period": PeriodName(period)},
            plural="{company}: {n} reports late or missing, {period}",
        ),
        say("Each is told once, when it is first found to be late."),
        points,
        (AUTOMATIC,),
        link,
        "bad",
    )


def late_to_sender(company: Words, period: Period, rows: pl.DataFrame) -> Letter:
    """The same for the sender: only their own."""
    points = tuple(
        Point(say("{table}, {cover}", table=table_title(row["table"]), cover=Name(row["cover"])), _lateness(row),
              "bad" if row["status"] == "missing" else "")
        for row in rows.iter_rows(named=True)
    )  # fmt: skip
    return Letter(
        Message(
            "{company}: {n} of your reports is late, {period}",
            {"company": company, "n": Count(rows.height), "period": PeriodName(period)},
            plural="{company}: {n} of your reports are late, {period}",
        ),
        say("Please send what is missing. What has come late needs nothing more."),
        points,
        (AUTOMATIC,),
        tone="bad",
    )


def returned(company: Words, period: Period, files: Sequence[Mapping[str, Any]]) -> Letter:
    """Workbooks go back to their sender."""
    points = tuple(
        Point(
            Name(str(one["source_file"]).rpartition("/")[2]),
            say("{refused} rows not taken, {listed} remarks", refused=Count(one["refused"]), listed=Count(one["listed"])),
        )
        for one in files
    )
    return Letter(
        Message(
            "{company}: {n} of your files needs correction, {period}",
            {"company": company, "n": Count(len(files)), "period": PeriodName(period)},
            plural="{company}: {n} of your files need correction, {period}",
        ),
        say("The cells are marked and explained in the attached workbook. Correct your file and send the whole of it again."),
        points,
        (AUTOMATIC,),
    )


def failure(company: Words, run: Run) -> Letter:
    """A run has failed."""
    return Letter(
        say("{company}: a run has failed", company=company),
        say("The run stopped with the error below. What was published before stays as it was."),
        (Point(_job(run), Name(run.why), "bad"),),
        (AUTOMATIC,),
        tone="bad",
    )


def recovery(company: Words, run: Run, over: Sequence[Run]) -> Letter:
    """The first good run after a failure."""
    return Letter(
        say("{company}: runs work again", company=company),
        say("A run has ended well after these failures."),
        tuple(Point(_job(one), Name(one.why.partition("\n")[0])) for one in over),
        (AUTOMATIC,),
        tone="good",
    )


def too_large(names: Sequence[str]) -> Words:
    """Which attachments a mail server would not take."""
    listed = Name(", ".join(names))
    return say("Too large to be attached: {names}", names=listed)


# --- parts ------------------------------------------------------------------------------------------------------------


def _key(report: Mapping[str, Any]) -> str:
    return f"{report['id']}_{report['name']}"


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _opening(period: Period, manifest: Manifest, number: int) -> Words:
    return Message(
        "{period} as of {day}: {n} report is published.",
        {"period": PeriodName(period), "day": Date(_day(manifest["as_of"])), "n": Count(number)},
        plural="{period} as of {day}: {n} reports are published.",
    )


def _listed(reports: Sequence[Mapping[str, Any]], mark: Words | None = None) -> tuple[Point, ...]:
    """Reports with their headlines; the statements of single customers as one line."""
    statements = [one for one in reports if one["entry"].get("party")]
    found = [_point(one["entry"], mark) for one in reports if not one["entry"].get("party")]
    if statements:
        counted = Message("{n} statement of account", {"n": Count(len(statements))}, plural="{n} statements of account")
        found.append(Point(counted if mark is None else say("{mark}: {title}", mark=mark, title=counted)))
    return tuple(found)


def _open_to_all(reports: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without those for human resources or for one person: of them nothing is said to whoever reads a letter."""
    return [one for one in reports if kind(one["name"]).audience not in CONFIDENTIAL]


def _point(entry: Mapping[str, Any], mark: Words | None) -> Point:
    title = _text(entry["title"])
    return Point(title if mark is None else say("{mark}: {title}", mark=mark, title=title), _text(entry["headline"]))


def _bridge(bridge: Mapping[str, Any]) -> tuple[Point, ...]:
    """What R25 says of the change, or why it could not be built; nothing where there is none."""
    if bridge.get("headline"):
        return (Point(say("What changed (R25)"), _text(bridge["headline"])),)
    return (Point(say("What changed (R25)"), Name(bridge["withheld"]), "bad"),) if bridge.get("withheld") else ()


def _text(by_language: Mapping[str, str]) -> Text:
    any_language = next(iter(by_language.values()), "")
    return Text(*(by_language.get(language, any_language) for language in ("en", "zh-Hans", "zh-Hant")))


def _withheld(manifest: Manifest) -> tuple[Point, ...]:
    titles = {_key(one): _text(one["title"]) for one in manifest["portal"]["reports"]}
    return tuple(
        Point(say("Not published: {title}", title=titles.get(_key(one), Name(one["name"]))), Name(one["why"]), "bad")
        for one in _open_to_all(manifest["withheld"])
    )


def _counts(manifest: Manifest) -> tuple[Words, ...]:
    errors, warnings = (manifest["finding_counts"].get(severity, 0) for severity in ("error", "warning"))
    return (say("Findings: {errors} errors, {warnings} warnings", errors=Count(errors), warnings=Count(warnings)),)


def _lateness(row: Mapping[str, Any]) -> Words:
    values: dict[str, Any] = {"due": Name(row["due_local"]), "n": Count(row["days_late"])}
    if row["status"] == "missing":
        return Message("due {due}, missing, {n} day late", values, plural="due {due}, missing, {n} days late")
    return Message("due {due}, came {n} day late", values, plural="due {due}, came {n} days late")


_JOBS: Mapping[str, Words] = {
    "run": say("Run"), "nightly": say("Nightly run"), "close_period": say("Close of a period"), "take_in": say("Taking in files"),
}  # fmt: skip


def _job(run: Run) -> Words:
    name = _JOBS.get(run.job, Name(run.job))
    return say("{job} {period}", job=name, period=Name(run.period)) if run.period else name
