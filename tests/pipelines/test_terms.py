from datetime import date

import polars as pl
import pytest

from pipelines.errors import ConfigurationError
from pipelines.metrics.terms import instalments, parse_terms, readable
from tests.builders import money


def documents(terms: str | None, amount: int = money(100), day: date = date(2026, 1, 31), due: date | None = None) -> pl.DataFrame:
    return pl.DataFrame(
        {"document_date": [day], "due_on": [due], "payment_terms": [terms], "amount": [amount]},
        schema={"document_date": pl.Date, "due_on": pl.Date, "payment_terms": pl.String, "amount": pl.Int64},
    )


@pytest.mark.parametrize(
    ("terms", "due"),
    [
        ("net 30", date(2026, 3, 2)),
        ("NET30", date(2026, 3, 2)),
        ("30", date(2026, 3, 2)),
        ("eom+25", date(2026, 2, 25)),
        ("eom", date(2026, 1, 31)),
        ("prepaid", date(2026, 1, 31)),
        (None, date(2026, 2, 10)),
        ("as agreed", date(2026, 2, 10)),  # cannot be read: the policy's default
    ],
)
def test_a_document_is_due_by_its_customers_terms(terms, due):
    assert instalments(documents(terms), "net 10")["due_on"].to_list() == [due]


def test_the_documents_own_due_date_goes_first():
    frame = instalments(documents("30%@0,50%@30,20%@60", due=date(2026, 5, 1)), "net 10")
    assert frame.select("term", "due_on", "amount").rows() == [(1, date(2026, 5, 1), money(100))]


def test_instalments_split_an_amount_exactly():
    frame = instalments(documents("30%@0,50%@30,20%@60", amount=money("0.0007")), "net 10").sort("term")
    assert frame["amount"].to_list() == [2, 4, 1]
    assert frame["due_on"].to_list() == [date(2026, 1, 31), date(2026, 3, 2), date(2026, 4, 1)]


@pytest.mark.parametrize("text", ["", "soon", "net", "50%@0,40%@30", "50@0,50@30", "net -3", "30%@0;80%@9"])
def test_what_is_no_terms_is_refused(text):
    assert not readable(text)
    with pytest.raises(ValueError, match="payment terms"):
        parse_terms(text)


def test_unreadable_default_terms_name_the_policy():
    with pytest.raises(ConfigurationError, match="default_terms"):
        instalments(documents(None), "soon")
