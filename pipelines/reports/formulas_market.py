"""Why the figures of reports on the market are what they are: signals, deals, market share, channels, mix, complaints, satisfaction.

Like ``formulas``, by the marts' columns. Parts that a mart does not have are added up from their lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from pipelines.metrics.weeks import Span
from pipelines.money import E4, E8, mul_div, ratio_expr
from pipelines.reports.formulas import Reason
from pipelines.reports.formulas_field import DIFFERENT, NUMBER, SOLD, grown, ratio_of
from pipelines.reports.model import Lines, Meaning, Why, Words, say

_NET = say("Net sales")


def _count(kind: str, amount: str, where: Mapping[str, str], heading: Words, span: str = "period", words: Words = NUMBER) -> Why:
    return Why(words, lines=(Lines(kind, amount, where, span),), heading=heading, meaning="count")


def _added(
    kind: str, amount: str, where: Mapping[str, str], heading: Words, span: str = "period", words: Words = SOLD, meaning: Meaning = "money"
) -> Why:  # fmt: skip
    return Why(words, lines=(Lines(kind, amount, where, span),), heading=heading, meaning=meaning)


# --- signals and deals, of a week or a period -------------------------------------------------------------------------

_COLUMN = {"kind": "signal_kind"}
"""What a cut of signals is called in their lines."""


def _signals(cut: str, turn: str) -> dict[str, str]:
    own = {} if cut == "company" else {_COLUMN.get(cut, cut): "key"}
    return {"turn": f"={turn}", **own}


def signals(cut: str) -> dict[str, Why]:
    """Reasons of ``market_signals`` of a cut."""
    return {
        "signals": _count("signals", "", _signals(cut, "now"), say("Signals"), "=cover"),
        "before": _count("signals", "", _signals(cut, "before"), say("The span before"), "=cover"),
    }


def signals_beside(found: Iterable[Span]) -> dict[str, Why]:
    """Reasons of the signals of each kind in every week, a column each."""
    return {f"signals_{week.key}": _count("signals", "", _signals("kind", "now"), say("Signals"), week.key) for week in found}


def deals(cut: str) -> dict[str, Why]:
    """Reasons of ``deals`` of a cut; a null key is the company."""
    where = {} if cut == "company" else {cut: "key"}
    lost = say("Sum of the amounts of the deals lost")
    return {
        "won": _count("won", "", where, say("Won"), "=cover"),
        "won_amount": _added("won", "won_amount", where, say("Amount won"), "=cover", say("Sum of the amounts won")),
        "lost": _count("lost", "", where, say("Deals lost"), "=cover"),
        "lost_amount": _added("lost", "lost_amount", where, say("Amount lost"), "=cover", lost),
        "ytd_lost": _count("lost", "", where, say("Lost, year to date"), "year_to_date"),
        "ytd_lost_amount": _added("lost", "lost_amount", where, say("Amount lost, year to date"), "year_to_date", lost),
        "win_rate": Why(
            say("Won ÷ (won + lost)"), ("won", "lost"), ratio_expr(pl.col("won"), pl.col("won") + pl.col("lost")), meaning="share"
        ),
        "all_lost": _added("lost", "lost_amount", {}, say("Amount lost, all"), "=cover", lost),
        "share_lost": ratio_of("lost_amount", "all_lost", say("Amount lost ÷ amount lost, all")),
    }  # fmt: skip


LOST_DEAL: Reason = {
    "amount": Why(
        say("As the salesperson reports it"),
        lines=(Lines("lost", "lost_amount", {"employee_code": "employee_code", "line_no": "line"}, days=("lost_on", "lost_on")),),
    ),
}
"""Of deals lost, a row each."""


# --- market share -----------------------------------------------------------------------------------------------------

_PART = {"region_code": "region", "product_line": "line"}
"""The cell of the market: null columns are no condition."""
_SIZES = say("Sum of the market sizes given")
_BOTH = say("Sum of the market sizes given for both years")
_BOTH_SOLD = say("Net sales where the market size is given for both years")
MARKET: Reason = {
    "market": _added("market", "market", _PART, say("Market size"), words=_SIZES),
    "net_amount": _added("sold", "market_net", _PART, _NET, words=say("Net sales where the market size is given")),
    "share": ratio_of("net_amount", "market", say("Net sales ÷ market size")),
    "market_both": _added("market", "market_both", _PART, say("Market size, given for both years"), words=_BOTH),
    "net_both": _added("sold", "market_net_both", _PART, say("Net sales of these"), words=_BOTH_SOLD),
    "market_py": _added("market", "market_both", _PART, say("Market size last year"), "last_year", _BOTH),
    "net_amount_py": _added("sold", "market_net_both", _PART, say("Net sales last year"), "last_year", _BOTH_SOLD),
    "share_change": Why(
        say("Net sales ÷ market size less the same of last year, over what both years give"),
        ("net_both", "market_both", "net_amount_py", "market_py"),
        ratio_expr(pl.col("net_both"), pl.col("market_both")) - ratio_expr(pl.col("net_amount_py"), pl.col("market_py")),
        meaning="points",
    ),
    "market_growth": grown("market_both", "market_py", say("(This year − last year) ÷ last year, over what both years give")),
    "own_growth": grown("net_both", "net_amount_py", say("(This year − last year) ÷ last year, over what both years give")),
}
"""Of ``market_share``; ``region`` and ``line`` say which cells a row adds up."""


# --- channels and mix -------------------------------------------------------------------------------------------------

_KIND = {"customer_kind": "customer_kind"}
_ANSWERED = {**_KIND, "turn": "=last"}
CHANNELS: Reason = {
    "net_amount": _added("sold", "net_amount", _KIND, _NET),
    "net_amount_py": _added("sold", "net_amount", _KIND, say("Previous year"), "last_year"),
    "growth": grown("net_amount", "net_amount_py", say("(Actual − previous year) ÷ previous year without its sign")),
    "all_net_amount": _added("sold", "net_amount", {}, say("Net sales of the company")),
    "share": ratio_of("net_amount", "all_net_amount", say("Net sales ÷ net sales of the company")),
    "gross_margin": _added("sold", "gross_margin", _KIND, say("Gross margin")),
    "costed_amount": _added("sold", "costed_amount", _KIND, say("Net sales of lines with a cost")),
    "margin_rate": ratio_of("gross_margin", "costed_amount", say("Gross margin ÷ net sales of lines with a cost")),
    "customers": _count("sold", "buyers", _KIND, say("Customers that bought"), words=DIFFERENT),
    "visits": _count("visits", "visits_of_kind", _KIND, say("Visits")),
    "succeeded": _count("visits", "succeeded_of_kind", _KIND, say("Successful visits")),
    "conversion": ratio_of("succeeded", "visits", say("Successful visits ÷ visits")),
    "scores": _added("answers", "score", _ANSWERED, say("Sum of the scores"), words=say("Sum of the answers of the last survey")),
    "answers": _count("answers", "", _ANSWERED, say("Answers")),
    "satisfaction": Why(
        say("Sum of the scores ÷ answers"), ("scores", "answers"), ratio_expr(pl.col("scores"), pl.col("answers") * E4), meaning="count"
    ),
}  # fmt: skip
"""Of ``channels``."""


def _unit(top: str, bottom: str, words: Words) -> Why:
    return Why(words, (top, bottom), mul_div(pl.col(top), pl.lit(E8, pl.Int64), pl.col(bottom)), meaning="price")


def mix(cut: str) -> dict[str, Why]:
    """Reasons of ``product_mix`` of a cut."""
    where = {cut: "key", "unit": "unit"}
    past = "last_year"
    return {
        "net_amount": _added("sold", "net_amount", where, _NET),
        "net_amount_py": _added("sold", "net_amount", where, say("Net sales last year"), past),
        "all_net_amount": _added("sold", "net_amount", {}, say("Net sales of the company")),
        "all_net_amount_py": _added("sold", "net_amount", {}, say("Net sales of the company last year"), past),
        "share": ratio_of("net_amount", "all_net_amount", say("Net sales ÷ net sales of the company"), say("Share")),
        "share_py": ratio_of(
            "net_amount_py", "all_net_amount_py", say("Net sales ÷ net sales of the company, last year"), say("Share of last year")
        ),
        "share_change": Why(
            say("Share less share of last year"), ("share", "share_py"), pl.col("share") - pl.col("share_py"), meaning="points"
        ),
        "qty": _added("sold", "qty", where, say("Quantity"), meaning="qty"),
        "qty_py": _added("sold", "qty", where, say("Quantity last year"), past, meaning="qty"),
        "unit_revenue": _unit("net_amount", "qty", say("Net sales ÷ quantity")),
        "unit_revenue_py": _unit("net_amount_py", "qty_py", say("Net sales ÷ quantity, last year")),
        "margin": _added("sold", "gross_margin", where, say("Gross margin")),
        "costed_qty": _added("sold", "costed_qty", where, say("Quantity of lines with a cost"), meaning="qty"),
        "costed_amount": _added("sold", "costed_amount", where, say("Net sales of lines with a cost")),
        "unit_margin": _unit("margin", "costed_qty", say("Gross margin ÷ quantity of lines with a cost")),
        "margin_rate": ratio_of("margin", "costed_amount", say("Gross margin ÷ net sales of lines with a cost")),
    }  # fmt: skip


# --- complaints and satisfaction --------------------------------------------------------------------------------------


def complaints(cut: str) -> dict[str, Why]:
    """Reasons of ``complaints`` of a cut."""
    where = {} if cut == "company" else {cut: "key"}
    return {
        "complaints": _count("complaints", "", where, say("Complaints")),
        "before": _count("complaints", "", where, say("month before"), "previous"),
        "open": _count("complaints", "unresolved", where, say("Unresolved")),
        "resolved": _count("complaints", "resolved", where, say("Resolved")),
        "days_to_resolve": _count("complaints", "days_to_resolve", where, say("Sum of the days"), words=say("Sum of the days")),
        "mean_days": Why(
            say("Days to resolve ÷ complaints resolved"), ("days_to_resolve", "resolved"),
            ratio_expr(pl.col("days_to_resolve"), pl.col("resolved")), meaning="days",
        ),
        "invoices": _count("sold", "invoices", where, say("Invoices"), words=DIFFERENT),
        "rate": ratio_of("complaints", "invoices", say("Complaints ÷ invoices")),
    }  # fmt: skip


def _survey(turn: str) -> dict[str, str]:
    return {"region_code": "region", "customer_kind": "customer_kind", "dimension": "of_dimension", "turn": f"={turn}"}


_SCORES = say("Sum of the scores")
SATISFACTION: Reason = {
    "answers": _count("answers", "", _survey("last"), say("Answers")),
    "scores": _added("answers", "score", _survey("last"), _SCORES, words=say("Sum of the answers of the last survey")),
    "score": Why(
        say("Sum of the scores ÷ answers"), ("scores", "answers"), ratio_expr(pl.col("scores"), pl.col("answers") * E4), meaning="count"
    ),
    "answers_before": _count("answers", "", _survey("before"), say("Answers to the survey before")),
    "scores_before": _added("answers", "score", _survey("before"), _SCORES, words=say("Sum of the answers of the survey before")),
    "score_before": Why(
        say("Sum of the scores ÷ answers"), ("scores_before", "answers_before"),
        ratio_expr(pl.col("scores_before"), pl.col("answers_before") * E4), heading=say("Survey before"), meaning="count",
    ),
    "change": Why(say("Score less that of the survey before"), ("score", "score_before"), pl.col("score") - pl.col("score_before")),
    "customers": _count("answers", "=marks", _survey("last"), say("Customers"), words=DIFFERENT),
}  # fmt: skip
"""Of ``satisfaction``; ``region, customer_kind, of_dimension`` say which answers a row adds up, ``marks`` what counts their customers."""


# --- target customers -------------------------------------------------------------------------------------------------


def prospects(statuses: Iterable[str]) -> dict[str, Why]:
    """Reasons of target customers counted by region and salesperson; null for all."""
    where = {"region": "region", "employee_code": "employee_code"}
    return {
        "targets": _count("prospects", "", where, say("Customers listed")),
        **{status: _count("prospects", "", {**where, "status": f"={status}"}, say("Customers")) for status in statuses},
        "still": _added(
            "prospects", "still", where, say("Still to be won, a year"), words=say("Sum over those neither won nor dropped")
        ),
    }  # fmt: skip


PROSPECT: Reason = {
    "potential": Why(
        say("As the salesperson estimates it"),
        lines=(Lines("prospects", "potential", {"employee_code": "employee_code", "name": "name", "listed_for": "period"}),),
    ),
}
"""Of target customers, a row each."""
