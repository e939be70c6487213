"""An ERP's database, read by queries, gives the same figures as the database itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from pipelines.errors import ConfigurationError, InboxError
from pipelines.sources import reader
from pipelines.sources.extract import extract

QUERIES = Path(__file__).parents[2] / "sql" / "extract"
OCTOBER = {"since": date(2026, 10, 1), "until": date(2026, 10, 31)}
SCHEMA = """
create table erp_customer (customer_code text primary key, name text, kind text, region_code text, employee_code text,
    opened_on date, credit_limit numeric(18, 2));
create table erp_document (document_no text primary key, document_date date, due_on date, customer_code text, employee_code text,
    is_red integer, status text);
create table erp_document_line (document_no text, line_no integer, product_code text, qty numeric(18, 4), unit text,
    unit_price numeric(18, 8), net_amount numeric(18, 4), tax_amount numeric(18, 4));
create table erp_receipt (receipt_no text primary key, received_on date, customer_code text, amount numeric(18, 4), method text,
    reverses_receipt_no text);
insert into erp_customer values ('0012', '大丰农资店', 'dealer', '01', null, '2020-01-01', 50000), ('0013', 'Smith, "Sons"', 'direct', '02', 'E1', null, null);
insert into erp_document select 'D' || lpad(n::text, 6, '0'), date '2026-09-25' + mod(n, 40), date '2026-12-31', '0012', 'E1', 0,
    case when mod(n, 10) = 0 then 'draft' else 'posted' end from generate_series(1, 8000) as n;
insert into erp_document_line select 'D' || lpad(n::text, 6, '0'), line, 'P1', n / 8.0, '吨', 0.12345678, n * 1.0001, 0.1
    from generate_series(1, 8000) as n, generate_series(1, 2) as line;
insert into erp_receipt values ('R1', '2026-10-05', '0012', 0.1, 'cash', null), ('R2', '2026-10-06', '0012', 0.2, 'transfer', null);
"""


@pytest.fixture(scope="module")
def erp(postgres_url: str) -> Iterator[str]:
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(sa.text("create database erp"))
    url = sa.make_url(postgres_url).set(database="erp").render_as_string(hide_password=False)
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in SCHEMA.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()
    yield url
    with server.connect() as connection:
        connection.execute(sa.text("drop database erp with (force)"))
    server.dispose()


def test_what_is_extracted_reads_back_with_the_same_sums(erp: str, tmp_path: Path) -> None:
    found = {one.table: one for one in extract(erp, QUERIES, tmp_path / "erp", OCTOBER)}

    engine = sa.create_engine(erp)
    with engine.connect() as connection:
        rows, total = connection.execute(
            sa.text(
                "select count(*), sum(net_amount) from erp_document join erp_document_line using (document_no) "
                "where document_date between '2026-10-01' and '2026-10-31' and status = 'posted'"
            )
        ).one()
    engine.dispose()
    sales = found["sales_line"]
    assert (sales.rows, sales.sums["net_amount"]) == (rows, total)
    assert rows > 10_000

    frame = reader.read(sales.path).sheets[0].table()
    head = dict(zip(frame.row(0), frame.columns, strict=True))
    assert frame.height == rows + 1
    for column, total in sales.sums.items():
        assert sum(map(Decimal, frame[head[column]][1:])) == total
    assert found["receipt"].sums == {"amount": Decimal("0.3000")}


def test_codes_dates_and_blanks_stay_as_they_are(erp: str, tmp_path: Path) -> None:
    extract(erp, QUERIES, tmp_path, OCTOBER)

    assert (tmp_path / "customer.csv").read_text("utf-8") == (
        "customer_code,name,kind,region_code,employee_code,opened_on,credit_limit\n"
        "0012,大丰农资店,dealer,01,,2020-01-01,50000.00\n"
        '0013,"Smith, ""Sons""",direct,02,E1,,\n'
    )


def test_extracting_twice_gives_the_same_bytes(erp: str, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        extract(erp, QUERIES, tmp_path / folder, OCTOBER)

    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_one_wrong_query_leaves_the_inbox_as_it_was(erp: str, tmp_path: Path) -> None:
    queries = shutil.copytree(QUERIES, tmp_path / "queries")
    (queries / "zone.sql").write_text("select * from erp_nowhere")

    with pytest.raises(InboxError, match="erp_nowhere.*Nothing was written") as raised:
        extract(erp, queries, tmp_path / "inbox", OCTOBER)

    assert list((tmp_path / "inbox").iterdir()) == []
    assert "s3cret" not in str(raised.value)


def test_an_unreachable_database_is_said_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(InboxError, match=r"erp:\*\*\*@127\.0\.0\.1:1/x: the database cannot be read") as raised:
        extract("postgresql+psycopg://erp:s3cret@127.0.0.1:1/x", QUERIES, tmp_path, OCTOBER)

    assert "s3cret" not in repr(raised.value)
    assert raised.value.__suppress_context__


def test_wrong_configuration_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"receipt\.sql: the query asks for until"):
        extract("sqlite://", QUERIES, tmp_path, {"since": date(2026, 1, 1)})
    with pytest.raises(ConfigurationError, match="no queries"):
        extract("sqlite://", tmp_path, tmp_path, {})
    with pytest.raises(ConfigurationError, match="address") as raised:
        extract("erp:s3cret@host", QUERIES, tmp_path, OCTOBER)
    assert "s3cret" not in str(raised.value)
    (tmp_path / "x.sql").write_text("select 1 as a, 2 as a")
    with pytest.raises(ConfigurationError, match="stand twice"):
        extract("sqlite://", tmp_path, tmp_path / "out", {})
