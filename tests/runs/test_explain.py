"""From any figure on a page by its links to its lines and their cells, and by its number with the command."""

from __future__ import annotations

import csv
import re
import shutil
from decimal import Decimal
from html import unescape
from pathlib import Path

import openpyxl
import polars as pl
import pytest

from assets import command
from assets.context import clocks, company_in
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.reports.figures import Figures, FiguresApart, figures_of
from tests.reports.test_links import astray
from tests.runs import tiny
from tests.runs.conftest import Closed, close, settings_in

pytestmark = pytest.mark.slow

PERIOD = "2026-10"
WHY = re.compile(r'<a class="why" href="([^"]+)" title="(N-[A-Z2-7]{8})">([^<]*)</a>')
HELD = {"net_amount": "fact_sales_line", "gross_margin": "fact_sales_line", "qty": "fact_sales_line", "receipts": "fact_receipt"}


def manifest(home: Path, number: int | None = None) -> dict[str, object]:
    return Shelf(home / "shelf", home / "manifests").manifest(PERIOD, number) or {}


def explained(home: Path, name: str) -> pl.DataFrame:
    told = manifest(home)["explained"]
    assert isinstance(told, dict)
    return pl.read_parquet(home / told["folder"] / f"{name}.parquet")


def page_of(home: Path, report: str, language: str = "en") -> Path:
    (found,) = (home / "shelf" / PERIOD).glob(f"*_{report}/*/{report}.{language}.html")
    return found


def cell(inbox: Path, place: str) -> Decimal:
    """What the cell holds that a page names as ``file!Sheet!C17`` or, in a text file, ``file!C17``."""
    file, *sheet, at = place.split("!")
    letter, row = re.fullmatch(r"([A-Z]+)(\d+)", at).groups()  # type: ignore[union-attr]
    if sheet:
        return Decimal(str(openpyxl.load_workbook(inbox / file)[sheet[0]][at].value))
    with (inbox / file).open(encoding="utf-8", newline="") as handle:
        return Decimal(list(csv.reader(handle))[int(row) - 1][ord(letter) - ord("A")])


def money(printed: str) -> Decimal:
    return Decimal(printed.replace(",", "").replace("−", "-"))


def section(path: Path, number: str) -> str:
    (found,) = (one for one in re.findall(r"<section.*?</section>", path.read_text("utf-8"), re.DOTALL) if f'id="{number}"' in one)
    return found


def test_a_click_leads_from_a_region_to_the_cells_of_its_lines(tiny_closed: Closed, tiny_sent: Path) -> None:
    page = page_of(tiny_closed.home, "region_sales")
    row = next(one for one in re.findall(r"<tr.*?</tr>", page.read_text("utf-8"), re.DOTALL) if ">North<" in one and "why" in one)
    href, number, printed = WHY.findall(row)[0]
    target, _, place = href.partition("#")
    assert place == number
    group = section(page.parent / target, number)
    stated = re.search(rf'id="{number}".*?<b>([^<]+)</b>', group)
    assert stated
    # D1, D2 and D3 in October: quantities 2 3 4 of P1 at 300, 3 4 5 of P2 at 121.
    expected = Decimal((2 + 3 + 4) * 300 + (3 + 4 + 5) * 121)
    assert money(stated[1]) == expected
    assert round(money(printed) * 1000) == pytest.approx(expected, abs=500)
    pages = re.findall(r'<td><a href="(customer_[^"#]+)">', group)
    assert len(pages) == 3
    total = Decimal(0)
    for name in pages:
        text = ((page.parent / target).parent / name).read_text("utf-8")
        sales = re.search(r'<section id="sale">.*?</section>', text, re.DOTALL)
        assert sales
        for line in re.findall(r"<tr(?: id=[^>]*)?>(<td>2026-10.*?)</tr>", sales[0]):
            amounts = re.findall(r'<td class="n"[^>]*>([^<]*)</td>', line)
            source = re.search(r'<td class="place">([^<]+)</td>', line)
            assert source
            assert cell(tiny_sent / "inbox", unescape(source[1])) == money(amounts[0])
            total += money(amounts[0])
    assert total == expected


def test_every_number_is_one_figure_and_leads_to_it(demo_closed: Closed) -> None:
    figures = explained(demo_closed.home, "figures")
    assert figures["number"].is_unique().all()
    known = set(figures["number"])
    seen: dict[str, set[str]] = {}
    for path in sorted((demo_closed.home / "shelf" / PERIOD).glob("R*/*/*.html")):
        for href, number, _ in WHY.findall(path.read_text("utf-8")):
            assert href.endswith(f"#{number}")
            assert number in known
            seen.setdefault(path.parents[1].name, set()).add(number)
    assert {"R4_sales_monthly", "R10_region_sales", "R11_dealer_summary", "R13_monthly_review", "R14_receivables"} <= set(seen)
    # What leaves the company leads nowhere inside it.
    assert not any("statement" in name or "dunning" in name for name in seen)
    leads = {(path.parent / href.partition("#")[0], number) for path in (demo_closed.home / "shelf" / PERIOD).glob("R*/*/*.html")
             for href, number, _ in WHY.findall(path.read_text("utf-8"))}  # fmt: skip
    places = {path: set(re.findall(r'id="([^"]+)"', path.read_text("utf-8"))) for path in {one.resolve() for one, _ in leads}}
    assert all(number in places[path.resolve()] for path, number in leads)
    assert astray(demo_closed.home) == []


def test_figures_are_the_sums_that_the_warehouse_gives(demo_closed: Closed) -> None:
    figures = explained(demo_closed.home, "figures").filter(pl.col("span") == "period")
    house = Warehouse(demo_closed.settings.warehouse)
    amounts = {"net_amount": "net_amount", "gross_margin": "net_amount - cost_amount", "qty": "base_qty", "receipts": "amount"}
    asked = 0
    for measure, table in HELD.items():
        for cut in ("region_code", "product_code", "customer_code"):
            stated = figures.filter((pl.col("measure") == measure) & (pl.col("cut") == cut))
            if stated.is_empty():
                assert (measure, cut) == ("receipts", "product_code")
                continue
            kinds = " and document_kind in ('invoice', 'red_slip')" if table == "fact_sales_line" else ""
            unit = "base_unit" if measure == "qty" else "''"
            _, rows = house.query(
                f"select {cut}, {unit}, sum({amounts[measure]}) from {table} where period = '{PERIOD}'{kinds} group by 1, 2"
            )
            summed = {(key, unit): int(amount) for key, unit, amount in rows if amount}
            said = {(key, unit): amount for key, unit, amount in stated.select("key", "unit", "amount").iter_rows() if amount}
            assert said == summed
            asked += len(said)
    assert asked > 40
    owed = explained(demo_closed.home, "figures").filter((pl.col("measure") == "balance") & (pl.col("cut") == "customer_code"))
    _, rows = house.query(f"select customer_code, balance from mart_receivables where period = '{PERIOD}'")
    assert dict(owed.select("key", "amount").iter_rows()) == {code: int(amount) for code, amount in rows}


def test_lines_stand_once_and_make_the_totals_of_their_page(demo_closed: Closed) -> None:
    lines, figures = explained(demo_closed.home, "lines"), explained(demo_closed.home, "figures")
    assert lines.filter(pl.col("kind") == "sale").select("document_no", "line_no").is_unique().all()
    told = manifest(demo_closed.home)["explained"]
    assert isinstance(told, dict)
    of = dict(
        figures.filter((pl.col("cut") == "customer_code") & (pl.col("measure") == "net_amount") & (pl.col("span") == "period"))
        .select("key", "amount").iter_rows()
    )  # fmt: skip
    counted = 0
    for code in lines["customer_code"].unique():
        text = (demo_closed.home / told["folder"] / f"customer_{code}.zh-Hant.html").read_text("utf-8")
        assert text.count('<td class="place">') == lines.filter(pl.col("customer_code") == code).height
        sales = re.search(r'<section id="sale">.*?</section>', text, re.DOTALL)
        if sales:
            total = re.search(r'<tr class="total">.*?<td class="n">([^<]*)</td>', sales[0])
            assert total
            assert money(total[1]) == Decimal(of[code]).scaleb(-4).quantize(Decimal("0.01"))
            counted += 1
    assert counted == lines.filter(pl.col("kind") == "sale")["customer_code"].n_unique() >= 5


def test_the_command_says_what_the_page_says(tiny_closed: Closed, capsys: pytest.CaptureFixture[str]) -> None:
    home = tiny_closed.home
    row = explained(home, "figures").filter(
        (pl.col("cut") == "region_code") & (pl.col("key") == "R2") & (pl.col("measure") == "receipts") & (pl.col("span") == "period")
    ).row(0, named=True)  # fmt: skip
    assert command.main(["explain", row["number"].lower(), "--home", str(home)]) == 0
    out = capsys.readouterr().out
    # D4 and D5: 280 and 290.
    assert "region_code=R2 (South): 570.0000" in out
    assert "C13  2026-10-23  D4" in out
    assert "erp/receipt.csv!D" in out
    assert command.main(["explain", "N-AAAAAAAA", "--home", str(home)]) == 1
    assert "no publication" in capsys.readouterr().err
    assert command.main(["explain", PERIOD, "--home", str(home)]) == 1
    assert "After a period name a measure" in capsys.readouterr().err


def test_a_restated_figure_says_so_and_old_pages_keep_theirs(tiny_closed: Closed, spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(tiny_closed.home, spoilt / "home")
    before = page_of(spoilt / "home", "receivables")
    receipts = spoilt / "inbox" / "erp" / "receipt.csv"
    receipts.write_text(receipts.read_text("utf-8") + "C9,2026-10-30,D1,1\n", "utf-8")
    tiny.arrivals(spoilt / "inbox", late={"erp/receipt.csv": "2026-11-03T09:00:00+08:00"})
    old = manifest(spoilt / "home")["explained"]
    close(settings_in(spoilt))
    home = spoilt / "home"
    new = manifest(home)["explained"]
    assert isinstance(old, dict)
    assert isinstance(new, dict)
    assert old["folder"] != new["folder"]
    assert {Path(href).parts[-2] for href, _, _ in WHY.findall(before.read_text("utf-8"))} == {Path(old["folder"]).name}
    row = explained(home, "figures").filter(
        (pl.col("cut") == "company") & (pl.col("measure") == "receipts") & (pl.col("span") == "period")
    ).row(0, named=True)  # fmt: skip
    assert command.main(["explain", row["number"], "--home", str(home)]) == 0
    out = capsys.readouterr().out
    assert "receipts 2026-10 period" in out
    assert ": 1,351.0000" in out
    assert "was 1,350.0000 in publication 1 of 2026-10; restated since" in out
    assert command.main(["verify", "--home", str(home)]) == 0
    (home / new["folder"] / "by_company.en.html").write_text("other", "utf-8")
    assert command.main(["verify", "--home", str(home)]) != 0


def again(closed: Closed, **changed: pl.DataFrame) -> Figures:
    """The figures of a closed month from its frames, some of them changed."""
    frames = closed.settings.frames
    company = company_in(closed.settings.company)
    period = company.calendar.period(PERIOD)
    files = pl.read_parquet(frames / "files" / "all.parquet")
    facts = {name: pl.read_parquet(frames / f"fact_{name}" / "all.parquet") for name in ("sales_line", "receipt")}
    marts = {
        name: pl.read_parquet(frames / f"mart_{name}" / f"{PERIOD}.parquet") for name in ("plan_actual", "receivables", "open_items", "advances")
    }
    letters = pl.read_parquet(frames / "column_letters" / "all.parquet")
    return figures_of(
        facts, marts | changed, files, letters, period, company.calendar.year_to_date(period), clocks(company, period, files).as_of
    )


@pytest.mark.parametrize(("mart", "column"), [("plan_actual", "actual"), ("plan_actual", "ytd_actual"), ("receivables", "overdue")])
def test_a_figure_that_is_not_its_lines_is_an_error(tiny_closed: Closed, mart: str, column: str) -> None:
    assert again(tiny_closed).digest == again(tiny_closed).digest
    frame = pl.read_parquet(tiny_closed.settings.frames / f"mart_{mart}" / f"{PERIOD}.parquet")
    of = pl.col("measure") == "net_amount" if mart == "plan_actual" else pl.lit(value=True)
    with pytest.raises(FiguresApart, match="as the sum of its lines"):
        again(tiny_closed, **{mart: frame.with_columns(pl.when(of).then(pl.col(column) + 1).otherwise(column).alias(column))})
