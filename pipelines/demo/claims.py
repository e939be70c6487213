"""What the demo's reporting dealers claim as rebates, by the 25th of the month, in a form of their own language.

Whether a claim is right is not decided here: the demo has no rebate policy yet, so claims are 1.5 % of a month's sell-out, more or less.
"""

from __future__ import annotations

from datetime import date

import numpy as np

from pipelines.demo import dealers
from pipelines.demo import world as w
from pipelines.demo.files import Col, Fault, Inbox, Row, is_rejected, plant
from pipelines.demo.names import traditional

DUE_DAY = 25
MONTHS = 2
_LATE, _SILENT = 5, 4
"""Who (by place among the reporting dealers) claims too late in the latest month, and who not at all."""
_FORMS = {
    "zh-Hans": ("返利表", "序号", "返利项目", "计返基数", "申报金额", ("月度进货达标", "按时回款")),
    "zh-Hant": ("返利表", "序號", "返利項目", "計返基數", "申報金額", ("月度進貨達標", "按時回款")),
    "en": ("Rebate claim", "No", "Claimed for", "Basis", "Amount", ("Monthly purchases", "Paid in time")),
}


def write(world: w.World, sold: dealers.DealerRows, inbox: Inbox, *, faults: bool) -> list[Row]:
    """Write the claims of the last months. Returns the rows that were delivered."""
    rng = np.random.default_rng([world.size.seed, 12])
    languages = dict(dealers.senders(world))
    found: list[Row] = []
    for index, dealer in enumerate(world.reporters):
        title, *heads, items = _FORMS[languages[dealer.code]]
        for month in world.months[-MONTHS:]:
            key, planted = w.key(month), faults and month == world.months[-1]
            if planted and index == _SILENT:
                inbox.faults.append(Fault("claim_not_received", "not_received", "file", "rebate_claim", sender=dealer.code, period=key))
                continue
            bought = [row["amount"] or 0 for row in sold.sell_out if row["dealer_code"] == dealer.code and not is_rejected(row)]
            base = max(1, sum(bought) // dealers.MONTHS // 100_00) * 100_00
            rows: list[Row] = [
                {
                    "period": key, "dealer_code": dealer.code, "line": n, "item": item, "basis": base,
                    "amount": max(1, round(base * float(rng.uniform(0.01, 0.02)) / 100_00)) * 100_00,
                }
                for n, item in enumerate(items, start=1)
            ]  # fmt: skip
            if planted and index == 0:
                plant(
                    rows[0],
                    Fault("claim_in_words", "not_a_number", "error", "rebate_claim", "amount", "约两千", sender=dealer.code, period=key),
                )
            path = f"dealers/{dealer.code}/{title}_{key}.xlsx"
            with inbox.workbook(path) as book:
                sheet = book.sheet(title)
                name = traditional(dealer.name) if languages[dealer.code] == "zh-Hant" else dealer.name
                columns = [Col(heads[0], "line"), Col(heads[1], "item"), Col(heads[2], "basis", "fen"), Col(heads[3], "amount", "fen")]
                sheet.table(sheet.titles(title, f"{name}（{dealer.code}）　{key}"), columns, rows)
            late = planted and index == _LATE
            inbox.arrive(path, date(*month, DUE_DAY + 2 if late else DUE_DAY - 1), dealer.code, "11:30:00")
            if late:
                inbox.faults.append(Fault("late_claim", "late", "file", "rebate_claim", file=path, sender=dealer.code, period=key))
            inbox.tally(path, "rebate_claim", key, rows, amount="amount", scale=100, sender=dealer.code)
            found += rows
    return found
