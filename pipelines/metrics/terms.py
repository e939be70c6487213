"""Payment terms: what a customer's terms say about when a document is due (``domain.md`` section 2, ``customer.payment_terms``).

Only the reading of terms and the due dates that follow from them; what is open belongs to ``receivables``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import polars as pl

from pipelines.errors import ConfigurationError
from pipelines.money import E8, mul_div, scaled

PREPAID = "prepaid"

_NET = re.compile(r"(?:net\s*)?(\d{1,4})")
_EOM = re.compile(r"eom(?:\s*\+\s*(\d{1,4}))?")
_PART = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%\s*@\s*(.+)")


@dataclass(frozen=True)
class Term:
    """One instalment: ``share`` of the document in hundred-millionths, due ``days`` after its date or after the end of its month."""

    share: int
    days: int
    from_month_end: bool = False


@cache
def parse_terms(text: str) -> tuple[Term, ...]:
    """The instalments of ``net 30``, ``eom+25``, ``prepaid`` or ``30%@0,50%@30,20%@60``.

    ``prepaid`` is due on the document's own day. Raises ``ValueError`` when the text is none of these or the shares are not 100 %.

    >>> parse_terms("net 30")
    (Term(share=100000000, days=30, from_month_end=False),)
    >>> [(term.share // 1_000_000, term.days) for term in parse_terms("30%@0,50%@30,20%@60")]
    [(30, 0), (50, 30), (20, 60)]
    >>> parse_terms("when he likes")
    Traceback (most recent call last):
    ...
    ValueError: payment terms 'when he likes' are not understood
    """
    said = text.strip().lower()
    if said == PREPAID:
        return (Term(E8, 0),)
    if "@" not in said:
        return (_single(said, text, E8),)
    terms = []
    for part in re.split(r"[,;，；]", said):
        found = _PART.fullmatch(part.strip())
        if found is None:
            raise ValueError(f"payment terms '{text}' are not understood")
        terms.append(_single(found[2].strip(), text, scaled(found[1], 1_000_000)))
    if sum(term.share for term in terms) != E8:
        raise ValueError(f"the shares of payment terms '{text}' do not add up to 100 %")
    return tuple(terms)


def _single(said: str, text: str, share: int) -> Term:
    if found := _NET.fullmatch(said):
        return Term(share, int(found[1]))
    if found := _EOM.fullmatch(said):
        return Term(share, int(found[1] or 0), from_month_end=True)
    raise ValueError(f"payment terms '{text}' are not understood")


def readable(text: str) -> bool:
    """Whether :func:`parse_terms` understands ``text``."""
    try:
        parse_terms(text)
    except ValueError:
        return False
    return True


def is_prepaid(terms: pl.Expr) -> pl.Expr:
    """Whether a column of terms says ``prepaid``; a missing text does not."""
    return (terms.str.strip_chars().str.to_lowercase() == PREPAID).fill_null(value=False)


def schedule(texts: Iterable[str | None], default: str) -> pl.DataFrame:
    """The instalments of each distinct text of terms; grain ``payment_terms, term``.

    Columns: ``share`` (hundred-millionths), ``days``, ``from_month_end``, ``takes_remainder`` (the largest share, the first of equals).
    A missing or unreadable text gets the instalments of ``default``; ``receivables.unreadable_terms`` lists the unreadable ones.
    """
    try:
        fallback = parse_terms(default)
    except ValueError as error:
        raise ConfigurationError(f"policy.yaml: receivables.default_terms: {error}. Write for example 'net 30' or 'eom+25'.") from error
    rows = []
    for text in sorted({text or "" for text in texts} | {""}):
        terms = parse_terms(text) if text and readable(text) else fallback
        largest = max(range(len(terms)), key=lambda i: (terms[i].share, -i))
        rows += [(text, i + 1, term.share, term.days, term.from_month_end, i == largest, len(terms)) for i, term in enumerate(terms)]
    columns = {
        "payment_terms": pl.String(),
        "term": pl.Int64(),
        "share": pl.Int64(),
        "days": pl.Int64(),
        "from_month_end": pl.Boolean(),
        "takes_remainder": pl.Boolean(),
        "terms": pl.Int64(),
    }
    return pl.DataFrame(rows, schema=columns, orient="row")


def instalments(documents: pl.DataFrame, default: str) -> pl.DataFrame:
    """Documents split into their instalments; grain of the input × ``term``.

    Wants ``document_date, due_on, payment_terms, amount``. A document with its own ``due_on`` has one instalment, due then. Parts of
    an amount add up to it exactly: the largest share takes what rounding leaves.
    """
    own = documents.filter(pl.col("due_on").is_not_null()).with_columns(term=pl.lit(1, pl.Int64))
    rest = documents.filter(pl.col("due_on").is_null()).with_columns(pl.col("payment_terms").fill_null(""))
    plan = schedule(rest["payment_terms"].unique().to_list(), default)
    start = pl.when(pl.col("from_month_end")).then(pl.col("document_date").dt.month_end()).otherwise(pl.col("document_date"))
    due = rest.join(plan, on="payment_terms", how="inner").with_columns(due_on=start + pl.duration(days=pl.col("days")))
    single = due.filter(pl.col("terms") == 1)
    several = due.filter(pl.col("terms") > 1)
    if several.height:
        # The document is told apart by its row in the input, which any key of the caller's may repeat.
        rows = rest.with_row_index("_document").join(plan, on="payment_terms", how="inner").filter(pl.col("terms") > 1)
        part = mul_div(pl.col("amount"), pl.col("share"), pl.lit(E8, pl.Int64))
        several = (
            rows.with_columns(due_on=start + pl.duration(days=pl.col("days")), _part=part)
            .with_columns(_left=pl.col("amount") - pl.col("_part").sum().over("_document"))
            .with_columns(amount=pl.col("_part") + pl.when(pl.col("takes_remainder")).then(pl.col("_left")).otherwise(0))
        )
    names = [*documents.columns, "term"]
    return pl.concat([own.select(names), single.select(names), several.select(names)])
