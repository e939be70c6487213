"""Puts the demo together: the world, its business, the inbox, the company's folder and the truth.

Imports nothing of sources, quality, metrics, controls, reports or publish: what they say is checked against what is written here.
"""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

from pipelines.company.calendar import Calendar, CalendarFile
from pipelines.company.yamlfile import load
from pipelines.demo import claims, daily, diaries, erp, field, office, pay, people, replies, truth
from pipelines.demo import dealers as dealer_files
from pipelines.demo import world as w
from pipelines.demo.business import run
from pipelines.demo.files import Inbox
from pipelines.demo.truth import DemoTruth

CONFIGURATION = Path(__file__).resolve().parents[2] / "companies" / "demo"
"""The committed folder of the demo company: policy, calendar, layouts, and who owes what at scale 1."""

DEPARTMENTS = {"planning": "计划部", "production": "生产部", "finance": "财务部", "hr": "人力资源部"}
"""Who sends plans and targets: the layouts name the codes, and readers want the names."""


def write_demo(
    target: Path, *, scale: float = 1.0, seed: int = 20261001, dealers: int | None = None, months: int = 24, faults: bool = True
) -> DemoTruth:
    """Write ``target/inbox``, ``target/company`` and ``target/truth``; what stood there before is replaced.

    ``scale`` 1 is about 100,000 sales lines; ``dealers`` fixes their number, which else follows the scale. ``months`` counts back
    from 2026-10 and is at least 8. Without ``faults`` nothing is planted. The same arguments give the same bytes.
    """
    if scale <= 0 or months < 8 or (dealers is not None and dealers < 5):
        raise ValueError("the demo needs a positive scale, at least 8 months and at least 5 dealers")
    count = dealers if dealers is not None else max(5, round(200 * (scale if scale < 1 else scale**0.5)))
    size = w.Size(scale, seed, count, months)
    for name in ("inbox", "company", "truth"):
        shutil.rmtree(target / name, ignore_errors=True)
    world = w.build(size)
    business = run(world, oddities=faults)
    inbox = Inbox(target / "inbox")
    removed = erp.write(world, business, inbox, faults=faults)
    calendar = Calendar(load(CONFIGURATION / "calendar.yaml", CalendarFile))
    sent = dealer_files.write(world, inbox, calendar, faults=faults)
    claims.write(world, sent, inbox, faults=faults)
    noted = field.write(world, business, inbox, faults=faults)
    reported = people.write(world, noted, inbox, calendar, faults=faults)
    kept = office.write(world, noted, inbox, calendar, faults=faults)
    by_hr = pay.write(world, business, inbox, faults=faults)
    owed = truth.receivables(world, business, removed, replies.statement_day(world))
    answered = replies.write(world, business, removed, owed, inbox, faults=faults)
    inbox.close()
    shutil.copytree(CONFIGURATION, target / "company")
    for file, rows in configuration(world).items():
        with (target / "company" / file).open("w", encoding="utf-8", newline="") as out:
            csv.writer(out, lineterminator="\n").writerows(rows)
    return truth.write(target / "truth", world, business, removed, sent, noted, reported, kept, answered, by_hr, inbox, calendar)


def configuration(world: w.World) -> dict[str, list[list[str]]]:
    """What of the company's folder depends on its size: who sends, and who owes which file by when."""
    senders = [
        ["sender", "files", "name", "language", "timezone", "address"],
        ["erp", "erp/*", "ERP 系统", "zh-Hans", "Asia/Shanghai", "it@fenghe.example"],
    ]
    for code, name in DEPARTMENTS.items():
        senders.append([code, "", name, "zh-Hans", "Asia/Shanghai", f"{code}@fenghe.example"])
    owed = [["sender", "table", "every", "due_day", "due_offset", "due_time", "valid_from", "valid_to", "files"]]
    begin = w.key(world.months[0]) + "-01"
    owed += [["erp", table, "period", "2", "1", "12:00", begin, "", ""] for table in ("sales_line", "receipt", "expense")]
    since = w.key(world.months[-dealer_files.MONTHS]) + "-01"
    for index, (code, language) in enumerate(dealer_files.senders(world)):
        senders.append([code, f"dealers/{code}/*", "", language, "Asia/Shanghai", f"{code.lower()}@dealers.example"])
        monthly = [[code, table, "period", "5", "1", "18:00", since, "", ""] for table in ("sell_out", "dealer_stock")]
        owed += daily.owed(world, code, since) if index == daily.REPORTER else monthly
        claimed = w.key(world.months[-claims.MONTHS]) + "-01"
        owed.append([code, "rebate_claim", "period", str(claims.DUE_DAY), "0", "24:00", claimed, "", ""])
    weekly = people.own_files(world)[0].monday.isoformat()
    for person in world.people:
        senders.append([person.code, f"field/{person.code}/*", "", "zh-Hans", "Asia/Shanghai", f"{person.code}@fenghe.example"])
        begun, left = max(since, person.hired.isoformat()), person.left.isoformat() if person.left else ""
        diary = f"field/{person.code}/{diaries.style_of(world, person)}_*"
        owed.append([person.code, "visit", "period", "3", "1", "24:00", begun, left, diary])
        # The day before the week's last: the Saturday of the meeting.
        owed.append([person.code, "work_report", "week", "-1", "0", people.DUE_HOUR, weekly, left, ""])
    for manager in (one for one in world.employees if one.role != "salesperson"):
        senders.append([manager.code, f"field/{manager.code}/*", "", "zh-Hans", "Asia/Shanghai", f"{manager.code}@fenghe.example"])
        if manager.role == "region_manager":
            owed.append([manager.code, "work_report", "period", "30", "0", "24:00", since, "", ""])
    return {"senders.csv": senders, "obligations.csv": owed}
