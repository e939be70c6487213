"""Landing: every delivered file kept once under its hash, and entered with its sender, its arrival and what it covers.

The ledger holds what happened; which delivery counts is computed from that (``resolve``), so that a moment of the past can be
asked again. Opening files belongs to ``reader``; covers that stand inside a file come back through ``Ledger.settle``.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import translate
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from pipelines import storage
from pipelines.company.calendar import Calendar
from pipelines.company.company import Company, Sender
from pipelines.company.layouts import Capture, Layout
from pipelines.errors import InboxError, LayoutError, UnknownPeriod, WarehouseError
from pipelines.sources.captures import capture, taken

ARRIVALS = "arrivals.csv"
Families = dict[tuple[str, str], str]
_CONFIGURATION = (".yaml", ".csv", ".sql")

FILES_SCHEMA = pl.Schema(
    {
        "delivery": pl.String(),
        "source_file": pl.String(),
        "source_sha256": pl.String(),
        "sender": pl.String(),
        "language": pl.String(),
        "arrived_at": pl.String(),
        "size": pl.Int64(),
        "layout": pl.String(),  # empty when no layout is for this file
        "table": pl.String(),
        "frame": pl.String(),  # the name in the layout's statement, empty without one
        "family": pl.String(),  # layouts that follow one another in time share it
        "cover": pl.String(),  # empty: the whole history; null: stands inside the file, which was not read yet
        "mode": pl.String(),
        "status": pl.String(),  # live superseded rejected unmatched duplicate
        "reason": pl.String(),  # English, for the log; rule and rule_values say it in any language (sentences.of_file)
        "superseded_by": pl.String(),  # the delivery that counts instead
        "rows": pl.Int64(),
        "sums": pl.String(),  # JSON: control sums by column
        "rule": pl.String(),  # why it was refused; null when it was not
        "rule_values": pl.String(),  # JSON: what the rule's sentence names
    }
)
"""One row a delivery × layout. ``delivery`` names path, content and arrival; it does not depend on what landed before."""

_TABLES = """
create table if not exists delivery (
    delivery text primary key, source_file text not null, source_sha256 text not null, size integer not null,
    arrived_at text not null, stated_sender text not null
) strict;
create table if not exists entry (
    delivery text not null references delivery, layout text not null, frame text not null, "table" text not null,
    sender text not null, language text not null, family text not null, cover text, mode text not null,
    verdict text not null, reason text not null, rows integer, sums text not null, settled integer not null,
    rule text not null default '', rule_values text not null default '{}',
    primary key (delivery, layout, frame)
) strict;
create table if not exists company (digest text primary key, arrived_at text not null, name text not null) strict;
"""


@dataclass(frozen=True)
class Landing:
    """What one landing found. ``new`` and ``known`` are paths inside the inbox; ``ignored`` those that policy leaves out."""

    files: pl.DataFrame
    new: tuple[str, ...]
    known: tuple[str, ...]
    ignored: tuple[str, ...]
    company_digest: str


@dataclass(frozen=True)
class Settlement:
    """What reading a delivery taught about one of its entries. ``status`` is ``read`` or ``rejected``."""

    delivery: str
    layout: str
    frame: str = ""
    cover: str | None = None
    """The cover's key; None leaves what the path said."""
    sender: str | None = None
    status: str = "read"
    reason: str = ""
    rule: str = ""
    rule_values: str = "{}"
    rows: int | None = None
    sums: Mapping[str, int] = field(default_factory=dict)


class Ledger:
    """The landed files of one home: ``home/ledger.db`` and ``home/landed/``."""

    def __init__(self, home: Path, patience: float = 30) -> None:
        """``patience``: seconds to wait for another run that writes the ledger."""
        self.home = home
        self.patience = patience
        self.path = home / "ledger.db"

    def land(self, inbox: Path | None, company: Company) -> Landing:
        """Copy what is new in ``inbox``, and enter it with the company's layouts, in one transaction.

        Without an inbox nothing is landed, and what landed before is entered with the company's layouts.
        The same content at the same path changes nothing. Layouts that have changed since are applied to all that ever landed.
        Raises ``InboxError`` when the inbox is missing or empty, and when two files claim to be the same delivery; then nothing
        is entered.
        """
        paths, ignored = _inbox(inbox, company) if inbox else ({}, [])
        stated = _arrivals(inbox, company) if inbox else {}
        self.home.mkdir(parents=True, exist_ok=True)
        arrived = self._keep_company(company)
        new, known = [], []
        with self._transaction() as db:
            for path, name in paths.items():
                moment, sender = stated.get(name, (None, ""))
                at = utc_text(moment or datetime.fromtimestamp(path.stat().st_mtime, UTC))
                sha, size = self._keep(path)
                if _is_known(db, name, sha, at):
                    known.append(name)
                    continue
                delivery = hashlib.sha256(f"{name}\0{sha}\0{at}".encode()).hexdigest()[:16]
                db.execute("insert into delivery values (?, ?, ?, ?, ?, ?)", (delivery, name, sha, size, at, sender))
                new.append(name)
            _enter_company(db, company, arrived)
            _match(db, company)
            files = _files(db)
            storage.checkpoint("ledger before commit")
        storage.checkpoint("ledger after commit")
        return Landing(files, tuple(new), tuple(known), tuple(ignored), company.digest)

    def files(self, known_at: datetime | None = None) -> pl.DataFrame:
        """Every delivery × layout that had arrived at ``known_at`` (with time zone; None: all), with the status it had then."""
        if not self.path.is_file():
            return pl.DataFrame(schema=FILES_SCHEMA)
        with self._transaction() as db:
            return _files(db, known_at)

    def settle(self, settlements: Iterable[Settlement]) -> pl.DataFrame:
        """Enter what reading taught, in one transaction; returns ``files()``.

        Raises ``InboxError`` when two files now turn out to claim the same delivery, and ``KeyError`` for an unknown entry.
        """
        with self._transaction() as db:
            for one in settlements:
                verdict = "rejected" if one.status == "rejected" else ""
                changed = db.execute(
                    "update entry set cover = coalesce(?, cover), sender = coalesce(?, sender), verdict = ?, reason = ?, "
                    "rule = ?, rule_values = ?, rows = ?, sums = ?, settled = 1 where delivery = ? and layout = ? and frame = ?",
                    (one.cover, one.sender, verdict, one.reason, one.rule, one.rule_values, one.rows)
                    + (json.dumps(dict(one.sums), sort_keys=True),)
                    + (one.delivery, one.layout, one.frame),
                )
                if changed.rowcount != 1:
                    raise KeyError(f"no entry for delivery {one.delivery}, layout {one.layout}")
            files = _files(db)
            storage.checkpoint("ledger before commit")
        storage.checkpoint("ledger after commit")
        return files

    def branch(self, home: Path, known_at: datetime, among: Collection[str] | None = None) -> Ledger:
        """A ledger in ``home`` of what had arrived by ``known_at``. The landed files are shared, not copied.

        ``among``: only these deliveries, such as those that a publication was made from; a file may be landed long after it
        arrived. Raises ``InboxError`` when nothing had arrived by then.
        """
        home.mkdir(parents=True)
        branched = Ledger(home, self.patience)
        with self._transaction() as db, contextlib.closing(sqlite3.connect(branched.path)) as copy:
            db.execute("commit")
            db.backup(copy)
            db.execute("begin")
            limit = utc_text(known_at)
            copy.execute("create temporary table wanted (delivery text primary key)")
            copy.execute("insert into wanted select delivery from delivery where arrived_at <= ?", (limit,))
            if among is not None:
                copy.execute("create temporary table named (delivery text primary key)")
                copy.executemany("insert into named values (?)", [(one,) for one in sorted(among)])
                copy.execute("delete from wanted where delivery not in (select delivery from named)")
            for table in ("entry", "delivery"):
                copy.execute(f"delete from {table} where delivery not in (select delivery from wanted)")
            if copy.execute("select count(*) from delivery").fetchone() == (0,):
                raise InboxError(f"{self.home}: nothing had arrived by {limit}.")
            copy.execute("delete from company")
            copy.commit()
        (home / "landed").symlink_to(os.path.relpath(self.home / "landed", home))
        return branched

    def content(self, sha256: str) -> Path:
        """Where the landed content with this hash stands."""
        return self.home / "landed" / sha256[:2] / sha256

    def companies(self, known_at: datetime | None = None) -> list[Path]:
        """The landed versions of the company's folder up to ``known_at``, latest last. A version is as old as its newest file."""
        if not self.path.is_file():
            return []
        with self._transaction() as db:
            rows = db.execute("select digest, name, arrived_at from company order by arrived_at, rowid").fetchall()
        limit = utc_text(known_at) if known_at else "~"
        return [self.home / "companies" / digest / name for digest, name, at in rows if at <= limit]

    def _keep(self, path: Path) -> tuple[str, int]:
        """Hash of the content and its size; the content is in the store afterwards."""
        sha, size = _hash(path)
        place = self.content(sha)
        if not place.is_file():
            with storage.replacing(place) as beside:
                storage.copy_content(path, beside)
                if _hash(beside)[0] != sha:
                    raise InboxError(f"{path}: the file changed while it was being landed. Land again when it is complete.")
                beside.chmod(0o444)
        return sha, size

    def land_company(self, company: Company) -> None:
        """Keep the company's folder as it is now. ``land`` does so too; acts that name it, such as signing, need no inbox."""
        arrived = self._keep_company(company)
        with self._transaction() as db:
            _enter_company(db, company, arrived)

    def _keep_company(self, company: Company) -> str:
        target = self.home / "companies" / company.digest / company.name
        newest = 0.0
        for path in sorted(path for path in company.folder.rglob("*") if path.suffix in _CONFIGURATION):
            newest = max(newest, path.stat().st_mtime)
            copy = target / path.relative_to(company.folder)
            if not copy.is_file():
                storage.copy_file(path, copy)
        return utc_text(datetime.fromtimestamp(newest, UTC))

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=self.patience, isolation_level=None)
        try:
            db.execute("pragma journal_mode = delete")
            db.execute("pragma synchronous = full")
            db.execute("begin immediate")
            for statement in _TABLES.split(";\n"):
                db.execute(statement)
            _with_rules(db)
            yield db
            db.execute("commit")
        except sqlite3.OperationalError as error:
            raise WarehouseError(
                f"{self.path}: the ledger cannot be written: {error}. Wait for the other run to end, or make room on the disk."
            ) from error
        finally:
            db.close()


def _enter_company(db: sqlite3.Connection, company: Company, arrived: str) -> None:
    db.execute("insert or ignore into company values (?, ?, ?)", (company.digest, arrived, company.name))


def resolve(files: pl.DataFrame) -> pl.DataFrame:
    """Set ``status`` and ``superseded_by`` of every entry from arrival, sender, table, family and cover.

    ``rejected`` and ``unmatched`` stay as they are and replace nothing. A later ``complete`` delivery replaces the earlier ones;
    the same content once more is a duplicate. An entry whose cover is not known yet is live. Raises ``InboxError`` when two
    different complete deliveries arrived at the same moment, since nobody could say which one counts.
    """
    rows = files.sort("arrived_at", "source_file", "layout", "frame").to_dicts()
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        if row["status"] in ("rejected", "unmatched"):
            continue
        row["status"], row["superseded_by"] = "live", None
        if row["cover"] is not None:
            groups.setdefault((row["sender"], row["table"], row["family"], row["cover"]), []).append(row)
    for (sender, table, _, cover), members in groups.items():
        seen: dict[str, str] = {}  # content → the delivery that brought it
        current: dict[str, Any] | None = None
        for row in members:
            sha, delivery = row["source_sha256"], row["delivery"]
            if seen.setdefault(sha, delivery) != delivery:
                row["status"], row["superseded_by"] = "duplicate", seen[sha]
                continue
            if row["mode"] != "complete":
                continue
            if current is not None and current["delivery"] != delivery:
                if current["arrived_at"] == row["arrived_at"]:
                    covering = f" for {cover}" if cover else ""
                    raise InboxError(
                        f"'{current['source_file']}' and '{row['source_file']}' are two different deliveries of {table} by "
                        f"'{sender}'{covering} with the same arrival time ({row['arrived_at']}), so neither counts. "
                        f"Correct {ARRIVALS}, or the layout's cover, or take one of them out of the inbox."
                    )
                seen = {sha: delivery}
                for earlier in members:
                    if earlier is row:
                        break
                    if earlier["delivery"] != delivery:
                        earlier["status"] = "superseded" if earlier["status"] == "live" else earlier["status"]
                        earlier["superseded_by"] = delivery
            current = row
    return pl.DataFrame(rows, schema=files.schema)


def delivered_tables(files: pl.DataFrame) -> frozenset[str]:
    """The tables that a live file of ``files`` delivers."""
    return frozenset(files.filter((pl.col("status") == "live") & (pl.col("table") != ""))["table"].unique().to_list())


def as_json(values: Mapping[str, Any]) -> str:
    """Values of a rule as the ledger keeps them: the same values, the same text."""
    return json.dumps(dict(values), ensure_ascii=False, sort_keys=True)


def utc_text(moment: datetime) -> str:
    """A moment in UTC as the ledger keeps it: of fixed width, so that texts sort as moments.

    >>> from datetime import timedelta, timezone
    >>> utc_text(datetime(2026, 11, 1, 8, 0, tzinfo=timezone(timedelta(hours=8))))
    '2026-11-01T00:00:00.000000Z'
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def matches(name: str, glob: str) -> bool:
    """Whether a path inside the inbox fits a glob: ``*`` stands for any text, ``**/`` also for no folder at all.

    >>> matches("dealers/a/stock.xlsx", "dealers/*.xlsx"), matches("stock.xlsx", "**/stock.xlsx"), matches("a.csv", "b.csv")
    (True, True, False)
    """
    return _glob(glob).match(unicodedata.normalize("NFC", name)) is not None


@lru_cache(maxsize=4096)
def _glob(glob: str) -> re.Pattern[str]:
    parts = [translate(part) for part in unicodedata.normalize("NFC", glob).split("**/")]
    # translate() gives (?s:…)\Z; the pieces are joined by "any folders, or none".
    inner = [part.removeprefix("(?s:").removesuffix(r")\Z") for part in parts]
    return re.compile("(?s:" + "(?:.*/)?".join(inner) + r")\Z")


def _inbox(inbox: Path, company: Company) -> tuple[dict[Path, str], list[str]]:
    """The files to land with their names inside the inbox, and the names that policy leaves out."""
    if not inbox.is_dir():
        raise InboxError(f"{inbox}: there is no such inbox folder. Give --inbox the folder in which the delivered files are.")
    paths: dict[Path, str] = {}
    ignored = []
    for path in sorted(path for path in inbox.rglob("*") if path.is_file()):
        inside = path.relative_to(inbox)
        name = inside.as_posix()
        if name == ARRIVALS or any(part.startswith(".") for part in inside.parts) or path.name.startswith("~$"):
            continue
        if any(matches(name, glob) for glob in company.policy.ignore_files):
            ignored.append(name)
        else:
            paths[path] = unicodedata.normalize("NFC", name)
    if not paths:
        raise InboxError(f"{inbox}: the inbox has no files to land. Put the delivered files there, or check --inbox.")
    return paths, ignored


def _arrivals(inbox: Path, company: Company) -> dict[str, tuple[datetime | None, str]]:
    """Path → (arrival, sender) as ``arrivals.csv`` states them."""
    path = inbox / ARRIVALS
    if not path.is_file():
        return {}
    zone = ZoneInfo(company.policy.timezone)
    found: dict[str, tuple[datetime | None, str]] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        headings = set(reader.fieldnames or ())
        if not {"path", "arrived_at"} <= headings <= {"path", "arrived_at", "sender"}:
            raise InboxError(f"{path}:1: the headings are {', '.join(sorted(headings))}; path, arrived_at, sender are expected.")
        for line, row in enumerate(reader, start=2):
            name = unicodedata.normalize("NFC", (row["path"] or "").replace("\\", "/"))
            if name in found:
                raise InboxError(f"{path}:{line}: '{name}' stands here twice. Leave one line for each file.")
            text = (row["arrived_at"] or "").strip()
            try:
                moment = datetime.fromisoformat(text) if text else None
            except ValueError as error:
                raise InboxError(f"{path}:{line}: '{text}' is no moment; write 2026-11-01T16:00:00+08:00.") from error
            if moment is not None and moment.tzinfo is None:
                moment = moment.replace(tzinfo=zone)
            found[name] = (moment, (row.get("sender") or "").strip())
    return found


def _hash(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        total = hashlib.file_digest(file, "sha256")
        return total.hexdigest(), file.tell()


def _is_known(db: sqlite3.Connection, name: str, sha: str, at: str) -> bool:
    """Known: this content came under this path before, and no other content has come since (A, B, A: a third delivery)."""
    rows = db.execute(
        "select source_sha256, arrived_at from delivery where source_file = ? order by arrived_at desc, rowid desc", (name,)
    ).fetchall()
    if not any(row[0] == sha for row in rows):
        return False
    return bool(rows[0][0] == sha or at <= rows[0][1])


def _with_rules(db: sqlite3.Connection) -> None:
    """A ledger of an earlier version learns to keep the rule by which a file was refused."""
    if "rule" not in {row[1] for row in db.execute("pragma table_info(entry)")}:
        db.execute("alter table entry add column rule text not null default ''")
        db.execute("alter table entry add column rule_values text not null default '{}'")


# --- Which layouts a delivery has ---


def _match(db: sqlite3.Connection, company: Company) -> None:
    """Enter every delivery under the layouts that are for it; what reading taught about an entry stays."""
    taught = {
        row[:3]: row[3:]
        for row in db.execute(
            "select delivery, layout, frame, sender, cover, verdict, reason, rows, sums, rule, rule_values from entry where settled = 1"
        )
    }
    families = _families(company)
    db.execute("delete from entry")
    deliveries = db.execute("select delivery, source_file, arrived_at, stated_sender from delivery order by delivery").fetchall()
    for delivery, name, at, stated in deliveries:
        for entry in _entries(name, at, stated, company, families):
            key = (delivery, entry["layout"], entry["frame"])
            if key in taught and entry["verdict"] != "rejected":
                sender, cover, verdict, reason, rows, sums, rule, told = taught[key]
                # What the path says now counts more than what an earlier layout took from the file.
                entry["cover"] = cover if entry["cover"] is None else entry["cover"]
                entry["sender"] = sender if entry["sender"] is None else entry["sender"]
                entry |= {"verdict": verdict, "reason": reason, "rows": rows, "sums": sums, "settled": 1}
                entry |= {"rule": rule, "rule_values": told}
            db.execute(
                "insert into entry values (:delivery, :layout, :frame, :table, :sender, :language, :family, :cover, :mode, "
                ":verdict, :reason, :rows, :sums, :settled, :rule, :rule_values)",
                {"delivery": delivery, **entry, "sender": entry["sender"] or ""},
            )


def _entries(name: str, at: str, stated: str, company: Company, families: Families) -> list[dict[str, Any]]:
    listed = next((one for one in company.senders if one.files and matches(name, one.files)), None)
    folder = name.split("/")[0] if "/" in name else company.name
    blank = {"rows": None, "sums": "{}", "settled": 0, "reason": "", "verdict": "", "rule": "", "rule_values": "{}"}
    found: list[dict[str, Any]] = []
    for layout_name, frame in _layouts_for(name, at, company, families):
        layout = company.layouts[layout_name]
        sender, cover = None, None
        refused: dict[str, Any] = {}
        try:
            sender = stated or _sender(layout, name, listed, folder)
            cover = _cover(layout, name)
        except LayoutError as error:
            # A file with an odd name is that file's fault, and no reason to land nothing.
            refused = {"verdict": "rejected", "reason": error.without(name), "rule": error.rule, "rule_values": as_json(error.values)}
        found.append(
            {
                **blank,
                "layout": layout_name,
                "frame": frame,
                "table": layout.table,
                "sender": sender,
                "language": _language(company.senders, sender, listed, layout),
                "family": families[layout_name, frame],
                "cover": cover,
                "mode": layout.cover.mode,
                **refused,
            }
        )
    if found:
        return found
    return [
        {
            **blank,
            "layout": "",
            "frame": "",
            "table": "",
            "sender": stated or (listed.sender if listed else folder),
            "language": listed.language if listed else "zh-Hans",
            "family": "",
            "cover": "",
            "mode": "",
            "verdict": "unmatched",
            "reason": "No layout is for this file. Make one with 'closebook layout', or name it in the policy's ignore_files.",
            "rule": "no_layout",
        }
    ]


def _language(senders: tuple[Sender, ...], sender: str | None, listed: Sender | None, layout: Layout) -> str:
    if listed is not None and listed.sender == sender:
        return listed.language
    return next((one.language for one in senders if one.sender == sender), layout.language)


def _sender(layout: Layout, name: str, listed: Sender | None, folder: str) -> str | None:
    """Who sent it, as layout, ``senders.csv`` or folder say; None when that stands inside the file."""
    if isinstance(layout.sender, Capture):
        return capture(layout.sender, name, None, "sender").text if layout.sender.source == "path" else None
    return layout.sender or (listed.sender if listed else folder)


def _cover(layout: Layout, name: str) -> str | None:
    """The cover's key: empty for the whole history, None when it stands inside the file."""
    key = layout.cover.key
    if key is None:
        return ""
    return capture(key, name, None, "cover.key").text if key.source == "path" else None


def _globs(layout: Layout) -> dict[str, tuple[str, ...]]:
    """Frame name → globs; a layout without a statement has the one frame ''."""
    if layout.query is not None and layout.frames:
        return {frame: (glob,) for frame, glob in layout.frames.items()}
    return {"": layout.files}


def _families(company: Company) -> Families:
    """(Layout, frame) → the first name among the layouts of the same table and files: versions, or sheets, of one delivery."""
    first: dict[tuple[str, str], str] = {}
    for name in sorted(company.layouts):
        first.setdefault((company.layouts[name].table, repr(_globs(company.layouts[name]))), name)
    found: Families = {}
    for name, layout in company.layouts.items():
        family = first[layout.table, repr(_globs(layout))]
        found |= {(name, frame): f"{family}:{frame}" if frame else family for frame in _globs(layout)}
    return found


def _layouts_for(name: str, at: str, company: Company, families: Families) -> list[tuple[str, str]]:
    """(Layout, frame) for every layout whose glob fits; among versions of one family the latest that is valid."""
    fitting = [
        (layout_name, frame)
        for layout_name, layout in company.layouts.items()
        for frame, globs in _globs(layout).items()
        if any(matches(name, glob) for glob in globs)
    ]
    chosen = []
    for layout_name, frame in fitting:
        family = families[layout_name, frame]
        day = _business_day(name, at, company.layouts[layout_name], company)
        starts = [company.layouts[other].valid_from or date.min for other, also in fitting if families[other, also] == family]
        own = company.layouts[layout_name].valid_from or date.min
        if own <= day and own == max((start for start in starts if start <= day), default=date.min):
            chosen.append((layout_name, frame))
    return chosen


def _business_day(name: str, at: str, layout: Layout, company: Company) -> date:
    """The first day of the cover where the path gives it, else the day of arrival in the company's time zone."""
    key = layout.cover.key
    value = taken(key, name) if key is not None and key.source == "path" else None
    if value and (day := _day_of(value, company.calendar)):
        return day
    return datetime.fromisoformat(at).astimezone(ZoneInfo(company.policy.timezone)).date()


def _day_of(key: str, calendar: Calendar) -> date | None:
    """The first day that a cover key stands for; None when it is neither a day nor one of the company's periods."""
    try:
        return date.fromisoformat(key)
    except ValueError:
        pass
    try:
        return calendar.period(key).start
    except UnknownPeriod:
        return None


def _files(db: sqlite3.Connection, known_at: datetime | None = None) -> pl.DataFrame:
    rows = db.execute(
        "select d.delivery, d.source_file, d.source_sha256, e.sender, e.language, d.arrived_at, d.size, e.layout, "
        "e.\"table\", e.frame, e.family, e.cover, e.mode, e.verdict, nullif(e.reason, ''), null, e.rows, e.sums, "
        "nullif(e.rule, ''), e.rule_values "
        "from delivery as d join entry as e on d.delivery = e.delivery where d.arrived_at <= ? "
        "order by d.source_file, d.arrived_at, e.layout, e.frame",
        (utc_text(known_at) if known_at else "~",),
    ).fetchall()
    files = resolve(pl.DataFrame(rows, schema=FILES_SCHEMA, orient="row"))
    return files.sort("source_file", "arrived_at", "layout", "frame")
