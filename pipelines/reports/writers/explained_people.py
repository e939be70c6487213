"""What the lines behind pay and points are called on the page of lines: columns, closed values, and in which cells amounts stand."""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.company.assessment import AssessmentFile
from pipelines.contracts import CONTRACTS
from pipelines.reports.definitions import assessment, commission
from pipelines.reports.model import Words, say

COLUMNS: dict[str, Words] = {
    "whole": say("Amount of the document"), "split_share": say("Share of the credit"), "achieved": say("Counts for the plan"),
    "credited": say("Base of commission"), "judged": say("Counts for the quarter"), "commission": say("Commission"),
    "dated_on": say("Date"), "base_kind": say("Base"), "quarter": say("Quarter"), "split_no": say("Split no."), "part": say("Item"),
    "of_item": say("Of what"), "for_period": say("For"), "paid": say("Amount"), "variable": say("Variable pay"),
    "cause_of_pay": say("Remark"), "month_state": say("Status"), "reached": say("Threshold reached"), "earned": say("Earned"),
    "month_base": say("Base of commission"), "month_paid": say("Paid"), "year_amount": say("By the year"), "topic": say("Rule"),
    "says": say("What the rule says"), "by_hand": say("Amount"), "of_what": say("Item"), "approved_by": say("Approved by"),
    "because": say("Reason"), "valid_from": say("Valid from"), "pay_grade": say("Pay grade"), "hired_on": say("Hired on"),
    "left_on": say("Left on"), "trainee_until": say("Trainee until"), "year_value": say("Plan"), "quarter_value": say("Plan"),
    "rate": say("Rate"), "part_base": say("Part of the base"), "given": say("Settled"), "given_before": say("Settled before"),
    "due": say("Due by today's documents"), "year": say("Year"), "held": say("Holdback"), "block": say("Block"),
    "score_item": say("Item"), "item_maximum": say("Maximum"), "work_points": say("Points"), "work_maximum": say("Maximum"),
    "scored": say("Assessed"), "month_work": say("Daily work"), "month_attendance": say("Attendance"), "month_score": say("Score"),
    "reason_no": say("No."), "cause_of": say("Lost by"), "found_by": say("Kind"), "cover": say("Month or week"),
    "happened_on": say("Day"), "form": say("Form"), "about_what": say("Of what"), "due_at": say("Due by"), "arrived_at": say("Arrived"),
    "twice": say("Repeated"), "remark": say("Remark"), "whose": say("Whose form"), "by_rule": say("By the rule"),
    "points_lost": say("Points lost"), "entered": say("Points entered"), "made": say("Reached"),
}  # fmt: skip

_TOPICS: dict[str, Words] = {
    "rate": say("Rate table"), "threshold": say("Threshold"), "band": say("Bands of the year"), "holdback": say("Holdback"),
    "base_pay": say("Base pay"), "performance_pay": say("Performance pay"), "days": say("Days counted"), "quarter": say("Quarterly rule"),
    "weights": say("Weights"), "grades": say("Grades"), "awards": say("Award"),
}  # fmt: skip
_ITEMS: dict[str, Words] = {**commission.KINDS, "fixed": say("Base and performance pay"), "late": say("For paid periods")}
WORDED = frozenset({
    "base_kind", "part", "of_item", "cause_of_pay", "month_state", "topic", "of_what", "because", "score_item", "cause_of", "found_by",
    "block", "form",
})  # fmt: skip
"""Columns whose values are named where they are known."""


def values(schemes: AssessmentFile | None) -> dict[str, Mapping[str, Words]]:
    """Of columns that have few values; items, causes and blocks as the company's ``schemes`` call them."""
    named: dict[str, Words] = dict(assessment.LABELS)
    for scheme in schemes.schemes if schemes else ():
        for block in scheme.blocks:
            for one in (block, *block.items, *(cause for item in block.items for cause in item.causes)):
                named[one.id] = assessment.said(one.name)
    return {
        "topic": {**named, **_TOPICS}, "part": _ITEMS, "of_item": _ITEMS, "of_what": _ITEMS, "cause_of_pay": commission.CAUSES,
        "base_kind": commission.BASES, "month_state": {**commission.STATUS, "cap": say("The year's cap")}, "because": commission.REASONS,
        "found_by": assessment.KINDS, **dict.fromkeys(("score_item", "cause_of", "block"), named),
        "form": {name: contract.title for name, contract in CONTRACTS.items()},
    }  # fmt: skip


CELLS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("whole", "achieved", "credited", "judged", "commission"), ("amount", "gross_amount", "net_amount")),
    **dict.fromkeys(("year_value", "quarter_value"), ("value",)), "paid": ("amount",), "by_hand": ("amount",),
}  # fmt: skip
"""The delivered columns whose cell is shown for an amount, the first that there is."""
