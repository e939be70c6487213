"""Deliveries become the rows of their tables: what counts, what is kept apart, what is remembered of the past."""

import re
from datetime import date
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from pipelines import storage
from pipelines.company.company import load_company
from pipelines.contracts import CONTRACTS
from pipelines.quality import sentences
from pipelines.sources.facts import Facts, conform
from pipelines.sources.intake import Intake, judge_table, take_in
from pipelines.sources.ledger import Ledger

LAYOUTS = {
    "region": "table: region\nfiles: [region*.csv]\ncolumns:\n  region_code: {headings: [code]}\n  name: {headings: [name]}\n"
    "constants: {department: Sales, valid_from: '2026-01-01'}\n",
    "customer": "table: customer\nfiles: [customer*.csv]\ncover: {span: state}\ncolumns:\n  customer_code: {headings: [code]}\n"
    "  name: {headings: [name]}\n  region_code: {headings: [area]}\nconstants: {kind: dealer}\n",
    "product": "table: product\nfiles: [product*.csv]\ncolumns:\n  product_code: {headings: [code]}\n  name: {headings: [name]}\n"
    "constants: {line: L, unit: 袋, base_unit: 吨, units_per_base: '0.05', valid_from: '2026-01-01'}\n",
    "sales": "table: sales_line\nfiles: [sales*.csv]\ncolumns:\n  document_no: {headings: [doc]}\n  document_date: {headings: [day]}\n"
    "  customer_code: {headings: [customer]}\n  product_code: {headings: [product]}\n  qty: {headings: [qty]}\n"
    "  unit: {headings: [unit]}\n  net_amount: {headings: [net]}\nconstants: {document_kind: invoice, line_no: '1'}\n",
}


class Office:
    """A company with an inbox in which files arrive on chosen days."""

    def __init__(self, root: Path) -> None:
        self.root, self.inbox = root, root / "inbox"
        (root / "company" / "layouts").mkdir(parents=True)
        self.inbox.mkdir()
        (root / "company" / "policy.yaml").write_text("name: x\n", "utf-8")
        (root / "company" / "calendar.yaml").write_text("kind: month\n", "utf-8")
        for name, text in LAYOUTS.items():
            (root / "company" / "layouts" / f"{name}.yaml").write_text(text, "utf-8")
        self.arrivals = ["path,arrived_at"]

    def send(self, name: str, day: str, *lines: str) -> None:
        (self.inbox / name).write_text("\n".join(lines) + "\n", "utf-8")
        self.arrivals.append(f"{name},{day}T10:00:00+08:00")
        (self.inbox / "arrivals.csv").write_text("\n".join(self.arrivals) + "\n", "utf-8")

    def take_in(self) -> Intake:
        company = load_company(self.root / "company")
        ledger = Ledger(self.root / "home")
        ledger.land(self.inbox, company)
        return take_in(ledger, company, self.root / "home" / "readings")

    def facts(self) -> tuple[Facts, pl.DataFrame]:
        intake = self.take_in()
        staged: dict[str, pl.DataFrame] = {}
        faults = []
        for name, contract in CONTRACTS.items():
            staged[name], found = judge_table(intake.rows[name], contract, staged, intake.faults, intake.letters, load_company(self.root / "company"))
            faults.append(found)
        return conform(staged, load_company(self.root / "company"), intake.delivered), pl.concat(faults)


@pytest.fixture
def office(tmp_path):
    one = Office(tmp_path)
    one.send("region.csv", "2026-01-02", "code,name", "R1,North", "R2,South")
    one.send("product.csv", "2026-01-02", "code,name", "P1,Urea")
    one.send("customer_1.csv", "2026-01-02", "code,name,area", "C1,Shop,R1")
    return one


SALES = ("doc,day,customer,product,qty,unit,net", "1,2026-03-05,C1,P1,20,袋,100", "2,2026-06-05,C1,P1,1,吨,100")


def test_a_later_state_of_master_data_does_not_rewrite_the_past(office):
    office.send("customer_2.csv", "2026-05-01", "code,name,area", "C1,Shop,R2")
    office.send("sales.csv", "2026-07-01", *SALES)
    facts, faults = office.facts()
    assert faults.is_empty()
    assert facts["sales_line"].sort("document_no")["region_code"].to_list() == ["R1", "R2"]
    assert facts.as_of("customer", date(2026, 12, 31))["region_code"].to_list() == ["R2"]


def test_a_correction_of_the_same_day_replaces_for_good(office):
    office.arrivals.append("customer_2.csv,2026-01-02T18:00:00+08:00")
    office.send("customer_2.csv", "2026-01-02", "code,name,area", "C1,Shop,R2")
    office.arrivals = [line for line in dict.fromkeys(office.arrivals) if line != "customer_2.csv,2026-01-02T10:00:00+08:00"]
    (office.inbox / "arrivals.csv").write_text("\n".join(office.arrivals) + "\n", "utf-8")
    office.send("sales.csv", "2026-07-01", *SALES)
    facts, faults = office.facts()
    assert faults.is_empty()
    assert facts["sales_line"]["region_code"].unique().to_list() == ["R2"]


def test_a_unit_that_the_product_does_not_have_is_refused(office):
    office.send("sales.csv", "2026-07-01", *SALES, "3,2026-06-06,C1,P1,5,箱,50")
    facts, faults = office.facts()
    assert faults.select("rule", "found", "cell", "expected", "amount").rows() == [("unknown_unit", "箱", "F4", "袋 / 吨", 500_000)]
    assert facts["sales_line"].sort("document_no")["base_qty"].to_list() == [10_000, 10_000]


def test_reading_again_reads_nothing_and_says_the_same(office, monkeypatch):
    office.send("sales.csv", "2026-07-01", *SALES)
    first = office.take_in()
    monkeypatch.setattr("pipelines.sources.intake.shape_all", None)
    second = office.take_in()
    for name in CONTRACTS:
        assert first.rows[name].equals(second.rows[name])
    assert first.files.equals(second.files)


def test_a_kill_between_the_files_of_a_reading_doubles_nothing(office, monkeypatch):
    office.send("sales_1.csv", "2026-07-01", *SALES)
    office.take_in()
    office.send("sales_2.csv", "2026-07-02", SALES[0], "3,2026-06-06,C1,P1,2,吨,200")

    def killed(label: str) -> None:
        if label == "renamed letters.parquet":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(storage, "checkpoint", killed)
        with pytest.raises(KeyboardInterrupt):
            office.take_in()
    assert office.take_in().rows["sales_line"]["document_no"].to_list() == ["3"]


def test_a_file_that_does_not_fit_is_an_entry_and_the_others_go_on(office):
    office.send("sales_1.csv", "2026-07-01", *SALES)
    office.send("sales_2.csv", "2026-08-01", "number,day", "1,2026-07-01")
    intake = office.take_in()
    listed = {row["source_file"]: row for row in intake.files.filter(pl.col("layout") == "sales").to_dicts()}
    assert listed["sales_2.csv"]["status"] == "rejected"
    refused = listed["sales_2.csv"]
    # The file stands beside its reason, so the reason does not name it again.
    assert refused["reason"].startswith("no header found; expected a row with 'doc', 'day'")
    assert refused["rule"] == "no_header"
    assert sentences.of_file(refused["rule"], refused["rule_values"], "zh-Hans", refused["table"]).startswith("找不到含有标题 'doc', 'day'")
    assert listed["sales_1.csv"]["rule"] is None
    assert sentences.reasons(intake.files)[refused["reason"]].hant.startswith("找不到含有標題 'doc', 'day'")
    assert intake.rows["sales_line"].height == 2


EARLIER = [["2026-10-05", "D1", "S1", "P1", 3]]
HEADINGS = ["sold_on", "dealer_code", "outlet_code", "product_code", "qty"]
MONTH = "{source: cell, label: '^month', pattern: '(2026-..)'}"


@pytest.mark.parametrize(
    ("rows", "empty"),
    [
        ([["Sales of the month"], ["month: 2026-10"]], True),  # titles, no table: nobody gave it headings
        ([["Sales of the month"], ["month: 2026-10"], HEADINGS], True),
        ([["Sales of the month"], ["month:"], HEADINGS], True),  # as it was sent out
        ([["month:"], HEADINGS, ["Total", None, None, None, 0]], False),  # the month is missing, nothing to report is said
        ([["month: 2026-10"], HEADINGS, ["Total", None, None, None, 0]], False),
        ([["month: 2026-10"], [*HEADINGS[:-1], "tons"], *EARLIER], False),
    ],
)
def test_a_form_that_came_back_unfilled_is_called_empty(tmp_path, rows, empty):
    office = Office(tmp_path)
    cover = f"cover: {{span: any, key: {MONTH}}}\nconstants: {{grain: month}}\ntotals: {{check: [qty]}}"
    columns = "".join(f"  {name}: {{headings: [{name}]}}\n" for name in HEADINGS)
    (tmp_path / "company" / "layouts" / "sold.yaml").write_text(f"table: sell_out\nfiles: ['sold*.xlsx']\nsender: D1\n{cover}\ncolumns:\n{columns}", "utf-8")
    for name, lines in (("sold_1.xlsx", [["month: 2026-10"], HEADINGS, *EARLIER]), ("sold_2.xlsx", rows)):
        with xlsxwriter.Workbook(tmp_path / "inbox" / name) as book:
            sheet = book.add_worksheet("Sold")
            for at, line in enumerate(lines):
                sheet.write_row(at, 0, line)
    office.arrivals += ["sold_1.xlsx,2026-11-02T10:00:00+08:00", "sold_2.xlsx,2026-11-03T10:00:00+08:00"]
    (office.inbox / "arrivals.csv").write_text("\n".join(office.arrivals) + "\n", "utf-8")
    for _ in range(2):  # read, and read again from what was kept
        intake = office.take_in()
        found = {row["source_file"]: row for row in intake.files.to_dicts()}
        assert (found["sold_2.xlsx"]["rule"] == "form_empty") is empty
        if empty:
            assert found["sold_1.xlsx"]["status"] == "live", "an empty form replaces nothing"
            assert intake.rows["sell_out"].height == 1
            assert found["sold_2.xlsx"]["reason"].startswith("the form is empty: ")
    if empty:
        told = [sentences.of_file("form_empty", found["sold_2.xlsx"]["rule_values"], language, "sell_out") for language in ("en", "zh-Hans", "zh-Hant")]
        assert ["write a total of 0" in told[0], "请填写后重新报送" in told[1], "請填寫後重新報送" in told[2]] == [True] * 3


def test_a_form_of_two_tables_is_not_empty_when_one_of_them_is_filled_in(tmp_path):
    office = Office(tmp_path)
    for table, headings in (("visit", ["visited_at", "employee_code", "kind"]), ("diary", ["day", "line", "work_done"])):
        more = "constants: {employee_code: E1, line: '1'}\n" if table == "diary" else ""
        columns = "".join(f"  {name}: {{headings: [{name}]}}\n" for name in headings if not (more and name == "line"))
        text = f"table: {table}\nfiles: ['week*.xlsx']\nsender: E1\nsheets: {{name: {table}}}\n{more}columns:\n{columns}"
        (tmp_path / "company" / "layouts" / f"{table}.yaml").write_text(text, "utf-8")
    for name, line in (("week_1.xlsx", ["2026-10-05", "1", "visited shops"]), ("week_2.xlsx", [])):
        with xlsxwriter.Workbook(tmp_path / "inbox" / name) as book:
            book.add_worksheet("visit").write_row(0, 0, ["visited_at", "employee_code", "kind"])
            diary = book.add_worksheet("diary")
            diary.write_row(0, 0, ["day", "work_done"])
            diary.write_row(1, 0, [line[0], line[2]] if line else [])
    office.arrivals += [f"week_{n}.xlsx,2026-10-1{n}T10:00:00+08:00" for n in (1, 2)]
    (office.inbox / "arrivals.csv").write_text("\n".join(office.arrivals) + "\n", "utf-8")
    files = office.take_in().files.sort("source_file", "layout").select("source_file", "layout", "status", "rule").rows()
    assert files == [
        ("week_1.xlsx", "diary", "live", None), ("week_1.xlsx", "visit", "live", None),
        ("week_2.xlsx", "diary", "rejected", "form_empty"), ("week_2.xlsx", "visit", "rejected", "form_empty"),
    ]  # fmt: skip


ROOMS = Path(sentences.__file__).parents[1] / "sources"


def test_every_way_of_refusing_a_file_has_its_sentence():
    """Rules stand in the code as the last plain argument of an error; none may be without words, none without use."""
    text = "".join(path.read_text("utf-8") for path in sorted(ROOMS.glob("*.py")))
    named = set(re.findall(r'"((?:file|form|sheet|path|cell|label|block|value|no|two|heading|missing|unknown|column|not|line|layout)_[a-z_]+)"', text))
    assert {"layout_wrong", "file_damaged"} <= set(sentences.FILES)
    assert set(sentences.FILES) - named <= {"layout_wrong", "file_damaged"}
    for path in ROOMS.glob("*.py"):
        for rule in re.findall(r'(?:LayoutError|UnreadableFile|_RefusedError|_nothing)\([^()]*(?:\([^()]*\)[^()]*)*"\s*,\s*"([a-z_]+)"', path.read_text("utf-8")):
            assert rule in sentences.FILES, (path.name, rule)


@pytest.mark.parametrize("language", ["en", "zh-Hans", "zh-Hant"])
def test_sentences_of_files_are_filled_in(language):
    values = {"sheet": "{found}", "row": 3, "column": "F", "found": "f", "expected": "e", "name": "cover"}
    for rule in sentences.FILES:
        said = sentences.of_file(rule, values, language)
        assert said.count("{") == 1, said  # the sheet's own name, which is not read as a mark
        assert "“cover”" not in said


SHOPS = """table: outlet
files: [shops*.csv]
cover: {span: state}
columns:
  dealer_code: {headings: [dealer]}
  outlet_code: {headings: [code]}
  name: {headings: [name]}
"""
ORDERS = """table: visit
files: [orders*.csv]
columns:
  visited_at: {headings: [day]}
  employee_code: {headings: [person]}
  customer_code: {headings: [dealer], optional: true}
  outlet_code: {headings: [shop], look_up: name}
  order_amount: {headings: [amount]}
"""
PEOPLE = """table: employee
files: [people*.csv]
columns:
  employee_code: {headings: [code]}
  name: {headings: [name]}
constants: {role: salesperson, region_code: R1}
"""


@pytest.fixture
def shops(office):
    for name, text in (("shops", SHOPS), ("orders", ORDERS), ("people", PEOPLE)):
        (office.root / "company" / "layouts" / f"{name}.yaml").write_text(text, "utf-8")
    office.send("people.csv", "2026-01-02", "code,name", "E1,Wang")
    office.send("customer_9.csv", "2026-01-03", "code,name,area", "C1,Shop,R1", "C2,Other,R1")
    office.send("shops.csv", "2026-01-02", "dealer,code,name", "C1,001,Green", "C1,002,Blue", "C2,001,Blue", "C2,002,Red")
    return office


def test_a_shop_that_is_named_gets_the_code_and_the_dealer_of_the_one_that_is_called_so(shops):
    shops.send("orders.csv", "2026-03-06", "day,person,shop,amount", "2026-03-05,E1,Green,5", "2026-03-05,E1,Red,6")
    facts, faults = shops.facts()
    assert faults.is_empty()
    assert facts["visit"].sort("order_amount").select("customer_code", "outlet_code").rows() == [("C1", "001"), ("C2", "002")]


def test_a_name_that_is_nobody_s_or_two_shops_is_refused_with_its_reason_and_never_guessed(shops):
    shops.send("orders.csv", "2026-03-06", "day,person,shop,amount", "2026-03-05,E1,green,5", "2026-03-05,E1,Blue,6", "2026-03-05,E1,,7")
    facts, faults = shops.facts()
    assert facts["visit"].is_empty()
    assert faults.select("rule", "column", "found", "expected", "cell", "reason_no").rows() == [
        ("unknown_name", "outlet_code", "green", "outlet.name", "C2", 1),
        ("ambiguous_name", "outlet_code", "Blue", "outlet.name", "C3", 1),
        ("missing", "customer_code", "", "", "", 1),
    ]
    assert [one and "green" in one for one in faults["delivered"]] == [True, False, False]


def test_the_dealer_that_a_row_gives_says_which_of_two_shops_is_meant(shops):
    shops.send("orders.csv", "2026-03-06", "day,person,dealer,shop,amount", "2026-03-05,E1,C2,Blue,5", "2026-03-05,E1,C2,Green,6")
    facts, faults = shops.facts()
    assert facts["visit"].select("customer_code", "outlet_code").rows() == [("C2", "001")]
    assert faults.select("rule", "found").rows() == [("unknown_name", "Green")]


def test_a_shop_keeps_the_name_that_it_had(shops):
    shops.send("shops_2.csv", "2026-04-02", "dealer,code,name", "C1,001,Evergreen", "C1,002,Blue", "C2,001,Blue", "C2,002,Red")
    shops.send("orders.csv", "2026-05-06", "day,person,shop,amount", "2026-03-05,E1,Green,5", "2026-05-05,E1,Evergreen,6")
    facts, faults = shops.facts()
    assert faults.is_empty()
    assert facts["visit"]["outlet_code"].to_list() == ["001", "001"]


REPORTS = """table: work_report
files: [reports*.csv]
columns:
  employee_code: {headings: [person]}
  period: {headings: [period]}
  summary: {headings: [summary]}
"""


def test_a_week_that_no_calendar_has_is_refused_and_not_lost(shops):
    (shops.root / "company" / "layouts" / "reports.yaml").write_text(REPORTS, "utf-8")
    weeks = ("2026-W53", "2025-W53", "2026-10", "1999-10", "soon")
    shops.send("reports.csv", "2026-03-06", "person,period,summary", *(f"E1,{week},calm" for week in weeks))
    facts, faults = shops.facts()
    assert facts["work_report"].select("period", "closing_period").sort("period").rows() == [("2026-10", "2026-10"), ("2026-W53", "2027-01")]
    assert faults.select("rule", "found", "cell").sort("cell").rows() == [
        ("unknown_period", "2025-W53", "B3"),
        ("unknown_period", "1999-10", "B5"),
        ("month_or_week_key", "soon", "B6"),
    ]
