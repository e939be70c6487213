"""The company's policy: every number of the rule books that a company may choose, with the domain's defaults.

Only data and its validation. What a threshold does is said where it is used (``metrics``, ``controls``).
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import pydantic

from pipelines.company.yamlfile import Strict
from pipelines.contracts.model import Language

Share = Annotated[Decimal, pydantic.Field(ge=0, le=1)]


class Bucket(Strict):
    """An ageing class. ``up_to`` is inclusive, in days late or in whole years of age; None is open-ended."""

    name: str
    up_to: int | None = None
    provision: Share = Decimal(0)


class Confirmation(Strict):
    """R14: what a difference in a confirmed balance may be matched to, and who looks after it."""

    days: int = pydantic.Field(30, ge=0)
    """A document within so many days of the statement's day is proposed for a difference of its amount."""
    owners: dict[str, Literal["salesperson", "finance"]] = {
        "in_transit": "finance", "not_yet_booked": "finance", "price": "salesperson", "return": "salesperson", "other": "salesperson",
        "changed": "finance", "unexplained": "finance",
    }
    """Who looks after an open item of a kind: the customer's salesperson, or finance, who also has what is not listed."""


class Receivables(Strict):
    """M3: buckets, windows, provision and dunning."""

    due_buckets: tuple[Bucket, ...] = (
        Bucket(name="1-30", up_to=30), Bucket(name="31-60", up_to=60), Bucket(name="61-90", up_to=90),
        Bucket(name="91-180", up_to=180), Bucket(name="181-365", up_to=365), Bucket(name=">365"),
    )
    """By days late; 'not_due' always stands before them."""
    document_buckets_by: Literal["years", "days"] = "years"
    document_buckets: tuple[Bucket, ...] = (
        Bucket(name="<=1y", up_to=1, provision=Decimal("0.05")), Bucket(name="1-2y", up_to=2, provision=Decimal("0.10")),
        Bucket(name="2-3y", up_to=3, provision=Decimal("0.30")), Bucket(name="3-4y", up_to=4, provision=Decimal("0.50")),
        Bucket(name="4-5y", up_to=5, provision=Decimal("0.80")), Bucket(name=">5y", provision=Decimal(1)),
    )
    provision_by: Literal["document", "due"] = "document"
    dso_months: int = 3
    days_per_month: int | None = None
    """Length of a month in count-back DSO; None: its calendar days."""
    roll_days: int = 30
    roll_buckets: int = 4
    """Classes whose roll rates are shown: not due, then classes of ``roll_days`` days late."""
    default_terms: str = "net 30"
    dunning_levels: tuple[int, ...] = (1, 31, 91)
    """Days late from which level 1, 2, 3 … applies."""
    statement_months: tuple[int, ...] = (6, 12)
    """Statements go out for the periods that end in these months."""
    confirmation: Confirmation = Confirmation()


class DealerKpi(Strict):
    """M8: one indicator's default target and weight; ``kpi_target`` rows override them."""

    target: Decimal
    weight: Decimal


class Dealers(Strict):
    """M8: indicators, grades, support."""

    kpis: dict[str, DealerKpi] = {
        "visit_coverage": DealerKpi(target=Decimal("0.9"), weight=Decimal("0.15")),
        "distribution": DealerKpi(target=Decimal("0.8"), weight=Decimal("0.2")),
        "sales_per_outlet": DealerKpi(target=Decimal("100"), weight=Decimal("0.15")),
        "active_rate": DealerKpi(target=Decimal("0.7"), weight=Decimal("0.15")),
        "signed_attainment": DealerKpi(target=Decimal("1"), weight=Decimal("0.2")),
        "stock_days": DealerKpi(target=Decimal("45"), weight=Decimal("0.15")),
    }
    grades: dict[str, Decimal] = {"A": Decimal(90), "B": Decimal(75), "C": Decimal(60), "D": Decimal(0)}
    veto_overdue_days: int = 90
    veto_limit_breached: bool = True
    veto_grade: str = "C"
    stock_count_max_age_days: int = 45
    minimum_weight: Share = Decimal("0.5")
    support: dict[str, str] = {"A": "priority", "B": "standard", "C": "limited", "D": "none"}


class Causes(Strict):
    """M1: at which leaf the variance is explained, and how much of a gap the words must cover."""

    leaf: tuple[str, ...] = ("region_code", "product_code")
    explain_share: Share = Decimal("0.8")


class Plan(Strict):
    """M1: which plan version counts and whether a longer plan period is spread."""

    version: str | None = None
    spread: Literal["none", "equal", "working_days", "seasonal"] = "none"


class Activity(Strict):
    """M5: what is wanted of a week, and when two days are held to be one copied from the other."""

    copied_within_days: int = pydantic.Field(31, ge=1)
    """Only days so near to one another are compared."""
    copied_min_text: int = pydantic.Field(8, ge=1)
    """A note shorter than so many characters says too little to be a copy."""
    copied_min_details: int = pydantic.Field(3, ge=1)
    """Visits of a day with fewer notes, amounts and counts between them say too little, likewise."""
    copied_week_days: int = pydantic.Field(3, ge=2)
    """A week is copied when so many of its days are those of one earlier week and none is its own."""


class Channel(Strict):
    """M12: what is held against lost deals."""

    won: Literal["new_customer", "contract"] = "new_customer"
    """Customers invoiced for the first time, or contracts signed."""


class Satisfaction(Strict):
    """M15: limits."""

    complaint_limit: Decimal = Decimal("0.001")
    """Complaints ÷ invoices of a month above this are marked."""


class Controls(Strict):
    """Severities and tolerances of findings; invariants are always errors."""

    tolerance: Decimal = Decimal("0.01")
    """Money differences up to this are listed, not raised (C3)."""
    severity: dict[str, Literal["error", "warning", "info"]] = {
        "C3": "warning", "C7": "warning", "C11": "warning", "C12": "warning",
    }
    """By control, or control and rule (``C7.numbering_gap``). An error stops the reports that it touches, a warning is printed on them."""
    owners: dict[str, str] = {}


class Policy(Strict):
    """``policy.yaml``."""

    name: str
    names: dict[Language, str] = {}
    """The company's name as printed, by language; ``name`` where one is missing."""
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    languages: tuple[Language, ...] = ("zh-Hans", "zh-Hant", "en")
    default_language: Language = "zh-Hans"
    page_unit: Literal["1", "1000", "10000"] = "10000"
    """What pages are printed in: 元, 千元, 万元."""
    ignore_files: tuple[str, ...] = ()
    """Globs of files in the inbox that are known and not read."""
    active_months: int = 12
    volume_unit: str | None = None
    """The unit in which quantities of different base units may be added, through each product's own factor."""
    fallback_business_day: Literal["arrival", "period_end"] = "arrival"
    hierarchy_as_of: Literal["document", "today"] = "document"
    receipts_credit: Literal["customer", "collector"] = "customer"
    good_when_lower: tuple[str, ...] = ("expense",)
    causes: Causes = Causes()
    plan: Plan = Plan()
    receivables: Receivables = Receivables()
    dealers: Dealers = Dealers()
    activity: Activity = Activity()
    channel: Channel = Channel()
    satisfaction: Satisfaction = Satisfaction()
    controls: Controls = Controls()
    key_account_visits_per_week: int = 2
    weekly_meeting: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "saturday"

    def said(self, language: Language) -> str:
        """The company's name in ``language``."""
        return self.names.get(language, self.name)
