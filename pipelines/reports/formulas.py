"""Why the figures of reports are what they are: formulas in words, and how to compute them again, by the marts' columns.

A report says ``Table(…, why=formulas.SALES)``: each column that the table prints and the dictionary names is explained. What is
computed in the first place is ``pipelines.metrics``'; whether it agrees is held by ``explaining``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal

import polars as pl

from pipelines.company.policy import Dealers
from pipelines.metrics.plan_actual import attainment, growth
from pipelines.money import E4, mul_div, ratio_expr
from pipelines.reports.model import Lines, Meaning, Told, Why, Words, say

Reason = Mapping[str, Why]

_ACTUALS = say("Sum of the lines of invoices and red slips, of receipts, or of first invoices, by the measure")
_PLANNED = say("Sum of the plan's cells")


def sales(span: Literal["period", "year_to_date"] = "period", prefix: str = "") -> dict[str, Why]:
    """Reasons of the columns that ``comparing.compared`` names for a span: previous year, plan, actual and what is between them."""
    past = "last_year" if span == "period" else "last_year_to_date"
    py, plan, ac, delta_pl, delta_py = (prefix + name for name in ("py", "pl", "ac", "delta_pl", "delta_py"))
    return {
        ac: Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span=span),), heading=say("Actual")),
        py: Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span=past),), heading=say("Previous year")),
        plan: Why(_PLANNED, lines=(Lines("plan", by_cut=True, span=span),), heading=say("Plan")),
        delta_pl: Why(say("Actual less plan"), (ac, plan), pl.col(ac) - pl.col(plan), heading=say("ΔPL")),
        f"{delta_pl}_share": Why(
            say("ΔPL ÷ plan without its sign"),
            (delta_pl, plan),
            ratio_expr(pl.col(delta_pl), pl.col(plan).abs()),
            heading=say("ΔPL %"),
            meaning="share",
        ),
        delta_py: Why(say("Actual less previous year"), (ac, py), pl.col(ac) - pl.col(py), heading=say("ΔPY")),
        f"{delta_py}_share": Why(
            say("(Actual − previous year) ÷ previous year without its sign"),
            (ac, py),
            growth(pl.col(ac), pl.col(py)),
            heading=say("ΔPY %"),
            meaning="share",
        ),
    }


def mart(prefix: str = "") -> dict[str, Why]:
    """Reasons of the columns of ``plan_actual`` by their own names."""
    plan, actual = f"{prefix}plan", f"{prefix}actual"
    span, past = ("year_to_date", "last_year_to_date") if prefix else ("period", "last_year")
    return {
        actual: Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span=span),), heading=say("Actual")),
        plan: Why(_PLANNED, lines=(Lines("plan", by_cut=True, span=span),), heading=say("Plan")),
        f"{prefix}py": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span=past),), heading=say("Previous year")),
        f"{prefix}attainment": Why(
            say("Actual ÷ plan"), (actual, plan), attainment(pl.col(actual), pl.col(plan)), heading=say("Attainment"), meaning="share"
        ),
    }


SALES: Reason = {
    **mart(),
    **mart("ytd_"),
    **sales(),
    **sales("year_to_date", "ytd_"),
    "pp": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="previous"),), heading=say("Previous period")),
    "growth_mom": Why(
        say("(Actual − previous period) ÷ previous period without its sign"),
        ("actual", "pp"),
        growth(pl.col("actual"), pl.col("pp")),
        heading=say("on last period"),
        meaning="share",
    ),
    "now": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="period"),)),
}
"""Of ``plan_actual`` and of ``comparing.compared`` over it: the period, and the year to date with ``ytd_``."""

SALES_TO_DATE: Reason = {**SALES, **sales("year_to_date")}
"""Where a comparison's own columns are the year to date."""

SERIES: Reason = {
    **sales(),
    "ac": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="=in_period"),), heading=say("Actual")),
    "py": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="=py_period"),), heading=say("Previous year")),
    "pl": Why(_PLANNED, lines=(Lines("plan", by_cut=True, span="=in_period"),), heading=say("Plan")),
    "fc": Why(say("Actual so far ÷ working days gone by × working days")),
}
"""Of ``plan_series``, a row a period."""

NEXT: Reason = {
    "py": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="next_last_year"),)),
    "now": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="period"),)),
    "plan": Why(_PLANNED, lines=(Lines("plan", by_cut=True, span="next"),)),
}
"""Of ``plan_next``: the period that follows, beside this one."""

PACE: Reason = {
    "actual": Why(_ACTUALS, lines=(Lines("actual", by_cut=True),), heading=say("Actual to date")),
    "plan": Why(_PLANNED, lines=(Lines("plan", by_cut=True),), heading=say("Plan")),
    "working_days": Why(say("Working days of the period by the company's calendar"), heading=say("Working days"), meaning="count"),
    "working_days_elapsed": Why(
        say("Working days of the period up to the as-of day"), heading=say("Working days gone by"), meaning="count"
    ),
    "time_progress": Why(
        say("Working days gone by ÷ working days"),
        ("working_days_elapsed", "working_days"),
        ratio_expr(pl.col("working_days_elapsed"), pl.col("working_days")),
        heading=say("Time progress"),
        meaning="share",
    ),
    "attainment": Why(
        say("Actual ÷ plan"), ("actual", "plan"), attainment(pl.col("actual"), pl.col("plan")), heading=say("Attainment"), meaning="share"
    ),
    "gap": Why(
        say("Attainment less time progress"),
        ("attainment", "time_progress"),
        pl.col("attainment") - pl.col("time_progress"),
        heading=say("Pace gap"),
        meaning="points",
    ),
    "forecast": Why(
        say("Actual so far ÷ working days gone by × working days"),
        ("actual", "working_days_elapsed", "working_days"),
        mul_div(pl.col("actual"), pl.col("working_days"), pl.col("working_days_elapsed")),
        heading=say("Run-rate forecast"),
    ),
    "needed_per_day": Why(
        say("(Plan − actual, at least 0) ÷ working days left"),
        ("plan", "actual", "working_days", "working_days_elapsed"),
        mul_div(
            pl.max_horizontal(pl.col("plan") - pl.col("actual"), pl.lit(0, pl.Int64)), pl.lit(1, pl.Int64),
            pl.col("working_days") - pl.col("working_days_elapsed"),
        ),
        heading=say("Needed a working day"),
    ),
}
"""Of ``pace``."""

PLAN_TO_DATE: Reason = {
    "plan": Why(_PLANNED, lines=(Lines("plan", by_cut=True, span="=plan_period"),)),
    "actual": Why(_ACTUALS, lines=(Lines("actual", by_cut=True, span="=so_far"),)),
    "attainment": PACE["attainment"],
    "time_progress": Why(say("Working days gone by ÷ working days, of the plan's own period")),
}
"""Of ``plan_to_date`` beside ``so_far``, the keys of the plan's periods up to this one with commas between."""


def _of_layer(layer: str) -> tuple[Lines, ...]:
    return (Lines("plan", "value", {"measure": "measure", "layer": layer}, by_cut=True),)


PLAN_LAYERS: Reason = {
    "plan": Why(_PLANNED, lines=_of_layer("layer")),
    "other_plan": Why(_PLANNED, lines=_of_layer("other_layer")),
    "difference": Why(say("Plan of the layer less plan of the other one"), ("plan", "other_plan"), pl.col("plan") - pl.col("other_plan")),
}
"""Of ``plan_layers``."""

NEW_CUSTOMERS: Reason = {
    "net_amount": Why(
        say("Sum of the customer's invoices and red slips of the period"),
        lines=(Lines("sold", "net_amount", {"customer_code": "customer_code"}),),
    ),
}
"""Of ``new_customers``."""

_CAUSES = {
    "base_amount": say("Sum of the base over the lines of comparison: the plan, or last year's sales"),
    "actual_amount": say("Sum of the actual over the lines of comparison"),
    "price": say("Actual amount − base price × actual quantity, line by line of comparison"),
    "volume": say("(Actual − base quantity) × average base price of the unit, line by line of comparison"),
    "mix": say("(Actual − base quantity) × (own − average base price), line by line of comparison"),
    "new": say("Actual amounts that have no base"),
    "discontinued": say("Base amounts that have no actual, taken off"),
    "other": say("Difference of amounts without quantity"),
}
CAUSES: Reason = {
    **{name: Why(words, lines=(Lines("causes", name, {"base": "base", "span": "span"}, by_cut=True),)) for name, words in _CAUSES.items()},
    "variance": Why(
        say("Actual less base"),
        ("actual_amount", "base_amount"),
        pl.col("actual_amount") - pl.col("base_amount"),
    ),
}
"""Of ``variance_causes``."""

WATERFALL: Reason = {
    "amount": Why(say("Sum over the lines of comparison"), lines=(Lines("causes", "=step", {"base": "base", "span": "base_span"}),)),
    "effect": Why(
        say("Sum of the cause over the lines of comparison"), lines=(Lines("causes", "=step", {"base": "base", "span": "base_span"}),)
    ),
}
"""Of the waterfall of causes of the whole company; ``comparing.waterfall`` puts the columns beside its steps."""


def told(id: str, row: Mapping[str, Any], figures: tuple[str, ...], why: Reason) -> Told:
    """Figures of one row of a mart that stand outside tables: a tile with its changes, a list of definitions."""
    frame = pl.DataFrame([dict(row)], infer_schema_length=None).with_columns(pl.col(pl.Null).cast(pl.Int64))
    return Told(id, frame, figures, why)


# --- receivables ------------------------------------------------------------------------------------------------------

_CUSTOMER = {"customer_code": "customer_code"}
_OPEN = say("Sum of what is open of every document")


def _owed(amount: str, where: Mapping[str, str] = _CUSTOMER, kind: str = "owed") -> tuple[Lines, ...]:
    return (Lines(kind, amount, where),)


def owed(where: Mapping[str, str]) -> dict[str, Why]:
    """Reasons of what customers owe, by the frame's columns that say who: ``{"region_code": "key"}``; empty for all."""
    return {
        "balance": Why(say("Open items less advances"), lines=_owed("balance", where), heading=say("Balance")),
        "open_amount": Why(_OPEN, lines=_owed("open_amount", where), heading=say("Open items")),
        "not_due": Why(
            say("Sum of what is open of documents not past their due day"), lines=_owed("not_due", where), heading=say("Not due")
        ),
        "overdue": Why(say("Sum of what is open of documents past their due day"), lines=_owed("overdue", where), heading=say("Overdue")),
        "advance": Why(
            say("Sum of receipts and credits that no document has used"), lines=_owed("advance", where), heading=say("Advances")
        ),
        "open_items": Why(
            say("Number of terms with something open"), lines=_owed("open_items", where), heading=say("Items"), meaning="count"
        ),
        "oldest_days_late": Why(
            say("Days from the due day of the oldest open item to the as-of day"),
            lines=(Lines("owed", "overdue", where, adds=False),),
            heading=say("Days late"),
            meaning="days",
        ),
        "credit_limit": Why(
            say("The limits of the customers on the as-of day"), lines=_owed("credit_limit", where, "limits"), heading=say("Limit")
        ),
        "shipped_not_invoiced": Why(
            say("Deliveries less the invoices that name them"),
            lines=_owed("amount", where, "shipped"),
            heading=say("Shipped, not invoiced"),
        ),
        "drafts_not_matured": Why(
            say("Bank drafts received that mature after the as-of day"),
            lines=_owed("amount", where, "drafts"),
            heading=say("Drafts not matured"),
        ),
        "credit_used": Why(
            say("Open items + shipped, not invoiced + drafts not matured"),
            ("open_amount", "shipped_not_invoiced", "drafts_not_matured"),
            pl.col("open_amount") + pl.col("shipped_not_invoiced") + pl.col("drafts_not_matured"),
            heading=say("Used"),
        ),
        "credit_use": Why(
            say("Used ÷ limit"),
            ("credit_used", "credit_limit"),
            ratio_expr(pl.col("credit_used"), pl.col("credit_limit")),
            heading=say("Credit use"),
            meaning="share",
        ),
        "over_limit": Why(
            say("Used less limit, where it is more"),
            ("credit_used", "credit_limit"),
            (pl.col("credit_used") - pl.col("credit_limit")).clip(0),
            heading=say("Over the limit"),
        ),
        "days_in_breach": Why(
            say("Days up to the as-of day for which the credit used was above the limit without a break"),
            ("credit_used", "credit_limit"),
            heading=say("Days over"),
            meaning="days",
        ),
    }


OWED = owed(_CUSTOMER)
"""Of ``receivables``, a row a customer."""
GROUP: Reason = {
    **owed({"group_code": "parent_code"}),
    "customers": Why(say("Number of customers of the group that ever moved"), meaning="count"),
}
"""Of ``receivables_group``."""
COMPANY_OWED = owed({})


def ageing(basis: str, buckets: Mapping[str, str], where: Mapping[str, str]) -> dict[str, Why]:
    """Reasons of an ageing: ``buckets`` are the frame's columns with their classes."""
    amount = "fifo_open_amount" if basis.startswith("fifo") else "open_amount"
    bucket = "due_bucket" if basis.endswith("due") else "document_bucket"
    found = {
        column: Why(say("Sum of what is open of the documents in the class"), lines=_owed(amount, {**where, bucket: f"={name}"}))
        for column, name in buckets.items()
    }
    return {**found, "total": Why(_OPEN, lines=_owed(amount, where)), **share_overdue(where)}


def share_overdue(where: Mapping[str, str]) -> dict[str, Why]:
    """The share overdue with its parts."""
    return {
        "closing_overdue": Why(
            say("Sum of what is open of documents past their due day"), lines=_owed("overdue", where), heading=say("Overdue")
        ),
        "closing_open": Why(_OPEN, lines=_owed("open_amount", where), heading=say("Open items")),
        "share_overdue": Why(
            say("Overdue ÷ open items"),
            ("closing_overdue", "closing_open"),
            ratio_expr(pl.col("closing_overdue"), pl.col("closing_open")),
            heading=say("Share overdue"),
            meaning="share",
        ),
    }


def two_ageings(basis: str) -> dict[str, Why]:
    """Reasons of ageing by invoice beside oldest paid first, a row a class."""
    bucket = {("due_bucket" if basis == "due" else "document_bucket"): "bucket"}
    return {
        "invoice": Why(say("Sum of what is open of the documents in the class"), lines=_owed("open_amount", bucket)),
        "fifo": Why(
            say("Sum of what would be open of the documents in the class if the oldest were paid first"),
            lines=_owed("fifo_open_amount", bucket),
        ),
        "difference": Why(say("Oldest paid first less by invoice"), ("fifo", "invoice"), pl.col("fifo") - pl.col("invoice")),
    }


def _moved(span: str) -> tuple[Lines, ...]:
    return (
        Lines("sold", "gross_amount", _CUSTOMER, span),
        Lines("received", "receipts", _CUSTOMER, span, sign=-1),
        Lines("adjusted", "amount", _CUSTOMER, span),
        Lines("taken_over", "amount", _CUSTOMER, span),
    )


ROLL_FORWARD: Reason = {
    **OWED,
    "opening": Why(
        say("Sales with tax less receipts, adjustments and opening receivables of every earlier period"),
        lines=_moved("before"),
        heading=say("Opening"),
    ),
    "taken_over": Why(
        say("Opening receivables dated in the period"), lines=(Lines("taken_over", "amount", _CUSTOMER),), heading=say("Taken over")
    ),
    "sales": Why(
        say("Invoices of the period with tax"),
        lines=(Lines("sold", "gross_amount", {**_CUSTOMER, "kind": "=invoice"}),),
        heading=say("+ Sales"),
    ),
    "returns": Why(
        say("Red slips of the period with tax, as positive amounts"),
        lines=(Lines("sold", "gross_amount", {**_CUSTOMER, "kind": "=red_slip"}, sign=-1),),
        heading=say("− Returns"),
    ),
    "receipts": Why(
        say("Receipts of the period, bounced ones negative"), lines=(Lines("received", "receipts", _CUSTOMER),), heading=say("− Receipts")
    ),
    "adjustments": Why(say("Adjustments of the period"), lines=(Lines("adjusted", "amount", _CUSTOMER),), heading=say("± Adjustments")),
    "closing": Why(
        say("Opening + taken over + sales − returns − receipts ± adjustments"),
        ("opening", "taken_over", "sales", "returns", "receipts", "adjustments"),
        pl.col("opening") + pl.col("taken_over") + pl.col("sales") - pl.col("returns") - pl.col("receipts") + pl.col("adjustments"),
    ),
}
"""Of ``receivables_roll_forward``."""


def _due(where: Mapping[str, str], amount: str) -> tuple[Lines, ...]:
    return (Lines("due", amount, where),)


def ratios(cut: str) -> dict[str, Why]:
    """Reasons of ``receivable_ratios`` of a cut, whose key is in ``key``."""
    where = {} if cut == "company" else {cut: "key"}
    return {
        **share_overdue(where),
        "collectable": Why(
            say("Items overdue at the start or due by the as-of day: what was open of them"),
            lines=_due(where, "collectable"),
            heading=say("To collect"),
        ),
        "collected": Why(say("Receipts of the period applied to those items"), lines=_due(where, "collected"), heading=say("Collected")),
        "collection_rate": Why(
            say("Collected ÷ to collect"),
            ("collected", "collectable"),
            ratio_expr(pl.col("collected"), pl.col("collectable")),
            heading=say("Collection rate"),
            meaning="share",
        ),
        "opening_overdue": Why(
            say("What was open the day before the period of items late by then"),
            lines=_due(where, "opening_overdue"),
            heading=say("Opening overdue"),
        ),
        "recovered": Why(
            say("Receipts of the period applied to the items that were late"), lines=_due(where, "recovered"), heading=say("Recovered")
        ),
        "overdue_recovery": Why(
            say("Recovered ÷ opening overdue"),
            ("recovered", "opening_overdue"),
            ratio_expr(pl.col("recovered"), pl.col("opening_overdue")),
            heading=say("Overdue recovery"),
            meaning="share",
        ),
        "closing": Why(say("Open items less advances"), lines=_owed("balance", where), heading=say("Balance")),
        "closing_not_due": Why(
            say("Sum of what is open of documents not past their due day"), lines=_owed("not_due", where), heading=say("Not due")
        ),
        "credit_sales": Why(
            say("Invoices less red slips with tax in the window, without customers who pay in advance"),
            lines=_owed("credit_sales", where, "credit"),
            heading=say("Credit sales of the window"),
        ),
        "credit_days": Why(say("Days of the window of the policy"), heading=say("Days of the window"), meaning="days"),
        "dso": Why(
            say("Balance ÷ credit sales × days"),
            ("closing", "credit_sales", "credit_days"),
            ratio_expr(pl.col("closing"), pl.col("credit_sales")) * pl.col("credit_days"),
            heading=say("DSO, days"),
            meaning="days",
        ),
        "best_possible_dso": Why(
            say("Not due ÷ credit sales × days"),
            ("closing_not_due", "credit_sales", "credit_days"),
            ratio_expr(pl.col("closing_not_due"), pl.col("credit_sales")) * pl.col("credit_days"),
            heading=say("Best possible DSO, days"),
            meaning="days",
        ),
        "average_days_delinquent": Why(
            say("DSO less best possible DSO"),
            ("dso", "best_possible_dso"),
            pl.col("dso") - pl.col("best_possible_dso"),
            heading=say("Average days delinquent"),
            meaning="days",
        ),
        "countback_dso": Why(
            say("Whole months back while the balance covers their credit sales, then the fraction of the last one"),
            ("closing",),
            lines=(Lines("credit", "credit_sales", where, adds=False),),
            heading=say("Count-back DSO, days"),
            meaning="days",
        ),
        "cei": Why(
            say("(Opening + sales − balance) ÷ (opening + sales − not due)"),
            ("opening", "sales", "closing", "closing_not_due"),
            ratio_expr(
                pl.col("opening") + pl.col("sales") - pl.col("closing"), pl.col("opening") + pl.col("sales") - pl.col("closing_not_due")
            ),
            heading=say("Collection effectiveness (CEI)"),
            meaning="share",
        ),
        "opening": Why(say("Opening with what was taken over in the period, by customer in the roll-forward"), heading=say("Opening")),
        "sales": Why(say("Sales less returns of the period, by customer in the roll-forward"), heading=say("Sales")),
    }


ROLL_RATES: Reason = {
    "before": Why(
        say("Sum of what was open in the class a month ago"), lines=_owed("open_amount", {"roll_class": "bucket"}, "owed_before")
    ),
    "now": Why(say("Sum of what is open in the next class now"), lines=_owed("open_amount", {"roll_class": "next_bucket"})),
    "written_off": Why(say("Written off in the month of what is in the next class"), heading=say("Written off, added back")),
    "roll_rate": Why(
        say("(Next class now + written off) ÷ this class a month ago"),
        ("now", "written_off", "before"),
        ratio_expr(pl.col("now") + pl.col("written_off"), pl.col("before")),
    ),
    "loss_rate": Why(
        say("Its own roll rate × all later ones"),
        ("roll_rate",),
        pl.col("roll_rate").reverse().cum_prod().reverse(),
        heading=say("Loss rate"),
    ),
}
"""Of ``roll_rates``, the youngest class first."""


def _provided(name: str) -> tuple[Lines, ...]:
    return _owed(name, {"due_class": "class"}, "provided")


PROVISION: Reason = {
    "base_invoice": Why(say("Sum of what is open in the class, by customer"), lines=_provided("base_invoice")),
    "provision_invoice": Why(
        say("Base × rate of the class, by customer; specific ones as they are entered"), lines=_provided("provision_invoice")
    ),
    "base_fifo": Why(say("Sum of what would be open if the oldest were paid first, by customer"), lines=_provided("base_fifo")),
    "provision_fifo": Why(
        say("Base × rate of the class, by customer; specific ones as they are entered"), lines=_provided("provision_fifo")
    ),
    "effect": Why(
        say("Provision oldest paid first less provision by invoice"),
        ("provision_fifo", "provision_invoice"),
        pl.col("provision_fifo") - pl.col("provision_invoice"),
    ),
}
"""Of ``provision_effect``."""
SPECIFIC: Reason = {
    "base": Why(
        say("Sum of what is open in the class, by customer"),
        lines=_owed("base_invoice", {**_CUSTOMER, "specific_no": "document_no", "due_class": "=specific"}, "provided"),
    ),
    "amount": Why(
        say("Base × rate of the class, by customer; specific ones as they are entered"),
        lines=_owed("provision_invoice", {**_CUSTOMER, "specific_no": "document_no", "due_class": "=specific"}, "provided"),
    ),
}
DRAFTS: Reason = {
    "amount": Why(say("The draft less what bounced of it"), lines=_owed("amount", {**_CUSTOMER, "document_no": "receipt_no"}, "drafts")),
    "days_to_maturity": Why(say("Days from the as-of day to the day on which it matures")),
}
ADVANCES: Reason = {
    "amount": Why(say("What no document has used of the credit"), lines=_owed("advance", {**_CUSTOMER, "document_no": "credit_no"})),
}

_RESULTS = ("agreed", "different", "unanswered")


def confirmation(side: str) -> dict[str, Why]:
    """Reasons of ``confirmation_coverage`` of a side, a row a region."""
    where = {"region_code": "region_code", "statement_on": "statement_on", "side": f"={side}"}
    found = {
        "sent": Why(say("Number of statements sent"), lines=(Lines("confirmed", "", where),)),
        "sent_amount": Why(say("Sum of the balances sent, without sign"), lines=(Lines("confirmed", "balance", where),)),
        "unexplained": Why(say("Sum of what replies leave unexplained"), lines=(Lines("confirmed", "unexplained", where),)),
        "share": Why(say("Amount agreed ÷ amount sent"), ("agreed_amount", "sent_amount"), pl.col("agreed_amount") / pl.col("sent_amount")),
    }
    for result in _RESULTS:
        there = {**where, "result": f"={result}"}
        found[result] = Why(say("Number of statements with this result"), lines=(Lines("confirmed", "", there),))
        found[f"{result}_amount"] = Why(say("Sum of the balances with this result"), lines=(Lines("confirmed", "balance", there),))
    return found


RECONCILING: Reason = {
    "amount": Why(say("The amount that the dealer wrote on the reply, or what is left of the difference")),
    "age_days": Why(say("Days from the day on which the item arose to the as-of day")),
}
REBATES: Reason = {
    "base": Why(say("Purchases or receipts of the programme's days, as its policy says")),
    "base_claimed": Why(say("The basis that the dealer's claim states")),
    "accrued": Why(say("The policy's rate on our basis, tier by tier where it says so, to the fen")),
    "claimed": Why(say("The amounts of the dealer's claims for this programme")),
    "difference": Why(say("Claimed less accrued"), ("claimed", "accrued"), pl.col("claimed") - pl.col("accrued")),
    "by_base": Why(say("What policy gives for the basis claimed less what it gives for ours")),
    "by_rate": Why(
        say("The difference less what another basis makes of it"), ("difference", "by_base"), pl.col("difference") - pl.col("by_base")
    ),
}
UNANSWERED: Reason = {
    "balance": Why(say("The balance on the statement sent"), lines=(Lines("confirmed", "signed", {**_CUSTOMER, "slip_no": "slip_no"}),)),
    "days_waiting": Why(say("Days from the statement to the as-of day")),
}


def dunning(levels: Mapping[str, int], who: str = "employee_code") -> dict[str, Why]:
    """Reasons of the dunning list by salesperson: ``levels`` are the frame's columns with their level."""
    where = {who: who}
    found = {
        column: Why(say("Sum of what is open at this level"), lines=_owed("open_amount", {**where, "level": f"={level}"}))
        for column, level in levels.items()
    }
    return {
        **found,
        "total": Why(say("Sum of the levels"), tuple(levels), pl.sum_horizontal(list(levels))),
        "customers": Why(say("Number of different customers on the list"), meaning="count"),
    }


_LISTED = {"listed": "=yes"}
DUNNING: Reason = {
    "amount": Why(
        say("What is open of the terms that are late, or fall due until the end of the next month"),
        lines=_owed(
            "open_amount", {"employee_code": "employee_code", **_CUSTOMER, "document_no": "document_no", "line_no": "term_no", **_LISTED}
        ),
    ),
    "days_late": Why(
        say("Days from the due day to the as-of day"),
        lines=(Lines("owed", "open_amount", {**_CUSTOMER, "document_no": "document_no"}, adds=False),),
    ),
    "level": Why(say("How many of the policy's day marks the item has passed")),
    "late": Why(say("Sum of what is open of documents past their due day"), lines=_owed("overdue", _LISTED)),
    "soon": Why(say("What falls due until the end of the next month"), lines=_owed("not_due", _LISTED)),
    "top": Why(say("Sum of what is open at this level"), lines=_owed("open_amount", {"level": "top_level"})),
    "customers": Why(say("Number of different customers on the list"), lines=_owed("overdue", _LISTED)[:0], meaning="count"),
}
"""Of ``dunning``, a row an item, a salesperson or all."""

# --- controls ---------------------------------------------------------------------------------------------------------

_COMPARED = {name: name for name in ("statement", "about", "left_label", "right_label")}


def _tie(where: Mapping[str, str]) -> dict[str, Why]:
    return {
        "all": Why(say("Number of tie-outs"), lines=(Lines("ties", "", where),), heading=say("Tie-outs"), meaning="count"),
        "left_amount": Why(say("Sum of one side over the tie-outs"), lines=(Lines("ties", "left_amount", where),)),
        "right_amount": Why(say("Sum of the other side over the tie-outs"), lines=(Lines("ties", "right_amount", where),)),
        "difference": Why(
            say("One side less the other"),
            ("left_amount", "right_amount"),
            pl.col("left_amount") - pl.col("right_amount"),
            lines=(Lines("ties", "difference", where),),
        ),
        "tolerance": Why(say("What the policy tolerates of one tie-out")),
        **{
            status: Why(say("Number of tie-outs with this result"), lines=(Lines("ties", "", {**where, "status": f"={status}"}),))
            for status in ("tied", "within_tolerance", "broken")
        },
    }


COMPARED: Reason = _tie({**_COMPARED, "measured": "measure"})
"""Of a control's page: tie-outs by statement and what they are about."""
FOLDED = _tie({name: name for name in ("control", "statement", "table")} | {"measure": "measure"})
"""Of the page of all controls: tie-outs by control, statement and table."""
ONE_BY_ONE = _tie({name: name for name in ("control", "statement", "subject")} | {"measure": "measure"})
CONTROLS = _tie({"control": "control"})

_LEDGER = {
    "revenue": ("sold", "net_amount"),
    "receipts": ("received", "receipts"),
    "receivables": ("owed", "balance"),
    "expenses": ("spent", "amount"),
}
LEDGER: Reason = {
    "left_amount": Why(say("Sum of the lines of the account"), lines=(Lines("=left_kind", "=left_sum"),)),
    "right_amount": Why(say("The ledger's cell"), lines=(Lines("ledger", "amount", {"account": "account"}),)),
    "difference": Why(say("Facts less general ledger"), ("left_amount", "right_amount"), pl.col("left_amount") - pl.col("right_amount")),
    "kept_out": Why(say("Sum of the amounts of rows kept out that belong to the account")),
    "rest": Why(say("Difference less what rows kept out explain"), ("difference", "kept_out"), pl.col("difference") - pl.col("kept_out")),
    "unsettled": Why(say("Number of rows kept out whose amount or day cannot be told")),
}


def ledger(rows: pl.DataFrame) -> pl.DataFrame:
    """``rows`` of accounts with the lines that each adds up."""
    kinds = {account: kind for account, (kind, _) in _LEDGER.items()}
    sums = {account: amount for account, (_, amount) in _LEDGER.items()}
    return rows.with_columns(
        left_kind=pl.col("account").replace_strict(kinds, default=None, return_dtype=pl.String),
        left_sum=pl.col("account").replace_strict(sums, default=None, return_dtype=pl.String),
    )


def items(by: tuple[str, ...]) -> dict[str, Why]:
    """Reasons of reconciling items added up ``by`` columns."""
    where = {"subject" if name == "about" else name: name for name in ("control", *by, "state", "owner")}
    return {
        "count": Why(say("Number of items"), lines=(Lines("items", "", where),)),
        "amount": Why(say("Sum of the items' amounts"), lines=(Lines("items", "amount", where),)),
        "oldest": Why(say("Days of the oldest item"), lines=(Lines("items", "age_days", where, adds=False),)),
    }


ITEM: Reason = {
    "amount": Why(say("What the item moves the left side by: the amount in its place, or what no item explains")),
    "age_days": Why(say("Days from the document, or from the file's arrival, to the as-of day")),
    "rows": Why(say("Rows of the item")),
}
TOUCHED: Reason = {
    "errors": Why(say("Findings that are errors, and broken invariants, that touch the report")),
    "warnings": Why(say("Findings that are warnings and touch the report")),
}
_FOUND = {name: name for name in ("severity", "control", "rule", "owner")}
FINDINGS: Reason = {
    "count": Why(say("Number of findings"), lines=(Lines("findings", "", _FOUND),)),
    "amount": Why(say("Sum of the findings' amounts"), lines=(Lines("findings", "amount", _FOUND),)),
}
FINDING: Reason = {"amount": Why(say("The amount at the place of the finding"))}
KEPT_OUT: Reason = {
    name: Why(say("Counted over the rows kept out or listed; the workbook has every one with its place"))
    for name in ("files", "rows", "companions", "amount", "unreadable")
}
FILES: Reason = {"size": Why(say("Bytes of the file as it arrived"))}
COUNTS: Reason = {
    "failed": Why(say("Checks less those that passed; they are listed at the foot of the page"), meaning="count"),
    "broken": Why(
        say("Number of tie-outs with this result"), lines=(Lines("ties", "", {"control": "control", "status": "=broken"}),), meaning="count"
    ),
    "all": Why(say("Number of tie-outs"), lines=(Lines("ties", "", {"control": "control"}),), meaning="count"),
    "errors": Why(say("Number of findings"), lines=(Lines("findings", "", {"severity": "=error"}),), meaning="count"),
    "warnings": Why(say("Number of findings"), lines=(Lines("findings", "", {"severity": "=warning"}),), meaning="count"),
    "open": Why(say("Number of items"), lines=(Lines("items", "", {"control": "control", "state": "=open"}),), meaning="count"),
    "oldest": Why(
        say("Days of the oldest item"),
        lines=(Lines("items", "age_days", {"control": "control", "state": "=open"}, adds=False),),
        meaning="days",
    ),
    "largest": Why(
        say("The largest difference of amounts that do not tie"),
        lines=(Lines("ties", "difference", {"control": "control", "measure": "=amount"}, adds=False),),
    ),
    "kept_out": Why(say("Counted over the rows kept out or listed; the workbook has every one with its place"), meaning="count"),
    "kept_out_amount": Why(say("Counted over the rows kept out or listed; the workbook has every one with its place")),
}
"""Of tiles that count what controls found."""


def bridge(flows: Mapping[str, int]) -> dict[str, Why]:
    """Reasons of the bridge from sales by invoice to sales by shipment, by region; ``flows`` are the steps with their signs."""
    region = {"region_code": "region"}
    return {
        "by_invoice": Why(say("Sum of the net amounts of invoices and red slips"), lines=(Lines("sold", "net_amount", region),)),
        **{
            name: Why(
                say("Documents that crossed the period's end"),
                lines=(Lines("crossing", "amount", {**region, "flow": f"={name}"}, sign=sign),),  # type: ignore[arg-type]
                heading=say("Sales across the cut-off"),
            )
            for name, sign in flows.items()
        },
        "by_shipment": Why(
            say("By invoice and the documents that crossed the period's end"),
            ("by_invoice", *flows),
            pl.sum_horizontal("by_invoice", *flows),
        ),
    }


def bridge_steps(signs: Mapping[str, int]) -> dict[str, Why]:
    """Reasons of the bridge's waterfall."""
    assert signs
    return {
        "amount": Why(say("Sum over the regions of the table below")),
        "effect": Why(say("Sum over the regions of the table below")),
    }


# --- submissions ------------------------------------------------------------------------------------------------------

_OWES = {"sender": "sender", "table": "table"}
SUBMISSIONS: Reason = {
    "expected": Why(say("Number of reports that are owed"), lines=(Lines("submissions", "", _OWES),), meaning="count"),
    "due": Why(say("On time + late + missing"), ("on_time", "late", "missing"), pl.sum_horizontal("on_time", "late", "missing")),
    **{
        status: Why(
            say("Number of reports with this status"), lines=(Lines("submissions", "", {**_OWES, "status": f"={status}"}),), meaning="count"
        )
        for status in ("on_time", "late", "missing")
    },
    "on_time_rate": Why(say("On time ÷ due by now"), ("on_time", "due"), ratio_expr(pl.col("on_time"), pl.col("due"))),
    "received_rate": Why(
        say("(On time + late) ÷ due by now"), ("on_time", "late", "due"), ratio_expr(pl.col("on_time") + pl.col("late"), pl.col("due"))
    ),
    "days_late": Why(say("Sum of the days late"), lines=(Lines("submissions", "days_late", _OWES),)),
    "rejected": Why(say("Sum of the rows sent back"), lines=(Lines("submissions", "rows_rejected", _OWES),), meaning="count"),
}
"""Of ``submission_rates``, and of counts over all."""
SENT_BACK: Reason = {
    "rejected": Why(say("Sum of the rows sent back"), lines=(Lines("submissions", "rows_rejected", {"sender": "sender", "back": "=yes"}),)),
    "accepted": Why(say("Sum of the rows accepted"), lines=(Lines("submissions", "rows_accepted", {"sender": "sender", "back": "=yes"}),)),
    "reports": Why(say("Number of reports with rows sent back"), lines=(Lines("submissions", "", {"sender": "sender", "back": "=yes"}),)),
    "corrected": Why(
        say("Number of them that were corrected"), lines=(Lines("submissions", "corrected", {"sender": "sender", "back": "=yes"}),)
    ),
}
SUBMISSION: Reason = {
    "days_late": Why(say("Started days of 24 hours from the deadline to the arrival, or to the last arrival while missing")),
    "deliveries": Why(say("Number of files that arrived for it")),
    "rows_accepted": Why(say("Rows of the file that were taken")),
    "rows_rejected": Why(say("Rows of the file that were sent back")),
}


# --- dealers ----------------------------------------------------------------------------------------------------------

_DEALER = {"dealer_code": "dealer_code"}
_COUNTED = {
    "outlets": ("outlets", say("Outlets listed by the as-of day and not closed"), say("Outlets")),
    "outlets_visited": ("outlets", say("Outlets visited in the period"), say("Outlets visited")),
    "outlets_traded": ("outlets", say("Outlets that ever traded by the as-of day"), say("Outlets ever traded")),
    "outlets_active": ("outlets", say("Outlets that traded in the period"), say("Outlets that traded")),
    "outlets_signed": ("contracts", say("Outlets with a contract for the period"), say("Signed outlets")),
    "outlets_met": ("contracts", say("Signed outlets at or above their commitment"), say("Signed outlets that met it")),
}
_MEASURED = {
    "sold_qty": ("outlets", say("Sell-out of the period to outlets that ever traded"), say("Sold to outlets")),
    "signed_qty": ("contracts", say("Sell-out of the period to signed outlets"), say("Quantity of signed outlets")),
    "committed_qty": ("contracts", say("Quantities of the contracts"), say("Committed quantity")),
    "stock_qty": ("stock", say("The dealer's last count"), say("Dealer stock")),
    "window_sold_qty": ("sell_out", say("Sell-out of the last three periods with this one"), say("Sell-out of three periods")),
}


def _over(above: str, below: str, words: Words) -> Why:
    return Why(words, (above, below), ratio_expr(pl.col(above), pl.col(below)), meaning="share")


def dealers(kpis: Mapping[str, tuple[Words, Meaning]], policy: Dealers) -> dict[str, Why]:
    """Reasons of ``dealer_indicators`` beside the targets, weights and scores of each indicator (``target_<kpi>`` …)."""
    found = {
        **{
            name: Why(words, lines=(Lines(kind, name, _DEALER),), heading=heading, meaning="count")
            for name, (kind, words, heading) in _COUNTED.items()
        },
        **{
            name: Why(words, lines=(Lines(kind, name, _DEALER),), heading=heading, meaning="qty")
            for name, (kind, words, heading) in _MEASURED.items()
        },
        "window_days": Why(say("Calendar days of those periods, or since the first sell-out"), heading=say("Days"), meaning="days"),
        "visit_coverage": _over("outlets_visited", "outlets", say("Outlets visited ÷ all outlets")),
        "distribution": _over("outlets_traded", "outlets", say("Outlets that ever traded ÷ all outlets")),
        "sales_per_outlet": Why(
            say("Quantity sold to outlets ÷ outlets that ever traded"),
            ("sold_qty", "outlets_traded"),
            ratio_expr(pl.col("sold_qty"), pl.col("outlets_traded") * E4),
        ),
        "active_rate": _over("outlets_active", "outlets_traded", say("Outlets that traded in the period ÷ outlets that ever traded")),
        "signed_attainment": _over("signed_qty", "committed_qty", say("Quantity of signed outlets ÷ committed quantity")),
        "signed_attainment_count": _over("outlets_met", "outlets_signed", say("Signed outlets at or above commitment ÷ signed outlets")),
        "stock_days": Why(
            say("Stock × days ÷ sell-out of those days"),
            ("stock_qty", "window_days", "window_sold_qty"),
            ratio_expr(pl.col("stock_qty").cast(pl.Float64) * pl.col("window_days"), pl.col("window_sold_qty")),
        ),
    }
    used = tuple(kpis)
    for kpi, (words, meaning) in kpis.items():
        found[kpi] = replace(found[kpi], heading=words, meaning=meaning)
        actual, target = pl.col(kpi), pl.col(f"target_{kpi}")
        reached = pl.when(actual > 0).then(target / actual).otherwise(0.0) if kpi == "stock_days" else actual / target
        formula = say("Target ÷ actual × 100, at most 100") if kpi == "stock_days" else say("Actual ÷ target × 100, at most 100")
        found[f"score_{kpi}"] = Why(formula, (kpi, f"target_{kpi}"), (reached * 100).clip(0, 100), heading=words, meaning="count")
        found[f"target_{kpi}"] = Why(
            say("The target of the dealer, else of its region, else of all, else of the policy"),
            lines=(Lines("targets", "target", {"kpi": f"={kpi}"}, adds=False),),
            heading=say("Target"),
            meaning=meaning,
        )
        found[f"weight_{kpi}"] = Why(say("The weight of the indicator by target or policy"), heading=say("Weight"), meaning="share")
    weights = [pl.when(pl.col(f"score_{kpi}").is_not_null()).then(pl.col(f"weight_{kpi}")) for kpi in used]
    points = [pl.col(f"score_{kpi}") * pl.col(f"weight_{kpi}") for kpi in used]
    found["score"] = Why(
        say("Sum of score × weight ÷ sum of the weights, of the indicators that have a score"),
        tuple(part for kpi in used for part in (f"score_{kpi}", f"weight_{kpi}")),
        (pl.sum_horizontal(points) / pl.sum_horizontal(weights)).clip(0, 100),
        heading=say("Score"),
        meaning="count",
    )
    before, heading = pl.col("grade_before_veto"), say("Grade before vetoes")
    ranked = sorted(policy.grades, key=lambda name: -policy.grades[name])
    better = ranked[: ranked.index(policy.veto_grade)] if policy.veto_grade in ranked else []
    held = (pl.col("vetoes") != "") & before.is_in(better)
    found["grade"] = Why(
        say("Grade before vetoes, which a veto caps"),
        ("grade_before_veto", "vetoes", "score"),
        pl.when(held).then(pl.lit(policy.veto_grade)).otherwise(before),
        meaning="grade",
    )
    ladder = sorted(policy.grades.items(), key=lambda one: -one[1])

    def graded(score: str) -> pl.Expr:
        return pl.coalesce(pl.when(pl.col(score) + 1e-9 >= float(least)).then(pl.lit(name)) for name, least in ladder)

    found["grade_before_veto"] = Why(
        say("By the policy's thresholds of the score"), ("score",), graded("score"), heading=heading, meaning="grade"
    )
    found["vetoes"] = Why(
        say("Overdue longer than the policy allows, or over the credit limit"),
        lines=(Lines("owed", "overdue", {"customer_code": "dealer_code"}, adds=False),),
        heading=say("Veto"),
        meaning="text",
    )
    for when in ("last_month", "last_quarter", "last_year"):
        then = f"score_{when}"
        found[f"grade_{when}"] = Why(say("By the policy's thresholds of the score"), (then,), graded(then), meaning="grade")
        found[f"score_{when}"] = Why(
            say("The same formula over the rows of that period, by the present policy"), heading=say("Score then"), meaning="count"
        )
        found[f"change_{when}"] = Why(
            say("Score less the score then"), ("score", f"score_{when}"), pl.col("score") - pl.col(f"score_{when}"), meaning="count"
        )
    return {**owed({"customer_code": "dealer_code"}), **found}


def graded(grades: Mapping[str, str]) -> dict[str, Why]:
    """Reasons of dealers counted by region and grade: ``grades`` are the frame's columns with their grade."""
    region = {"region_label": "region_label"}
    return {
        **{
            column: Why(
                say("Number of dealers"),
                lines=(Lines("graded", "", {**region, "grade_shown": f"={grade}"}),),
                heading=say("Dealers"),
                meaning="count",
            )
            for column, grade in grades.items()
        },
        "dealers": Why(say("Sum of the grades"), tuple(grades), pl.sum_horizontal(list(grades))),
    }


WEAK: Reason = {"dealers": Why(say("Number of dealers"), lines=(Lines("graded", "", {"weakest": "kpi"}),))}
DEALERS: Reason = {
    "dealers": Why(say("Number of dealers"), lines=(Lines("graded", "", {}),), meaning="count"),
    "graded": Why(say("Number of dealers"), lines=(Lines("graded", "", {"has_grade": "=yes"}),), meaning="count"),
    "better": Why(say("Number of dealers"), lines=(Lines("graded", "", {"moved": "=better"}),), meaning="count"),
    "worse": Why(say("Number of dealers"), lines=(Lines("graded", "", {"moved": "=worse"}),), meaning="count"),
    "held": Why(say("Number of dealers"), lines=(Lines("graded", "", {"vetoed": "=yes"}),), meaning="count"),
    "lowered": Why(say("Number of dealers"), lines=(Lines("graded", "", {"lowered": "=yes"}),), meaning="count"),
    "outlets": Why(say("Outlets listed by the as-of day and not closed"), lines=(Lines("graded", "outlets", {}),), meaning="count"),
    "active": Why(say("Outlets that traded in the period"), lines=(Lines("graded", "outlets_active", {}),), meaning="count"),
}
"""Of tiles that count dealers."""
