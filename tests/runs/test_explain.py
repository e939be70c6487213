"""From any figure on a page to its formula, its lines and their cells, as the page's script goes; and by its number with the command."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import polars as pl
import pytest

from assets import command
from assets.reports import _evidence
from pipelines.contracts import CONFIDENTIAL_TABLES
from pipelines.publish.shelf import Shelf
from pipelines.publish.warehouse import Warehouse
from pipelines.reports.reasons.evidence import KINDS, FiguresApart
from pipelines.reports.reasons.explaining import reasons
from pipelines.reports.writers.explained import CELLS
from tests.conftest import missing
from tests.reports.test_links import astray
from tests.runs import tiny
from tests.runs.conftest import Closed, close, settings_in

pytestmark = pytest.mark.slow

PERIOD = "2026-10"
OWN = re.compile(r"^(own_pay|assessment_person)_")
LINK = re.compile(r'<a class="why" href="#(N-[A-Z2-7]{8})">(.*?)</a>')
NOT_FIGURES = {
    "reconciliation": "a list of tie-outs: both sides and the difference stand beside each other; the control's own page explains them",
    "checks": "sentences",
    "sources": "rows of a file, beside its hash",
}
"""Parts of every page whose numbers are not explained, with the reason."""
NOT_YET = {
}
"""Reports not all of whose blocks name reasons yet."""
SHOWN_ONLY = ("pay_rules", "employed", "credit_shares", "score_rules")
"""Lines that say a rule or who was employed: nothing of them is added."""


def manifest(home: Path, number: int | None = None) -> dict[str, Any]:
    return Shelf(home / "shelf", home / "manifests").manifest(PERIOD, number) or {}


def pages(home: Path, language: str) -> list[Path]:
    """The reports' pages; those of one person are in that person's language, and are asked for with the first."""
    found = [path for path in (home / "shelf" / PERIOD).glob("R*/*/*.html") if ".lines." not in path.name]
    own = [path for path in found if OWN.search(path.name)] if language == "en" else []
    return sorted({*(path for path in found if path.name.endswith(f".{language}.html")), *own})


def page_of(home: Path, report: str, language: str = "en") -> Path:
    (found,) = (home / "shelf" / PERIOD).glob(f"*_{report}/*/{report}.{language}.html")
    return found


def told(page: Path) -> dict[str, Any]:
    """What a page knows of its figures."""
    found = re.search(r'<script type="application/json" id="reasons">(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    return json.loads(found[1]) if found else {"tables": {}, "spans": {}}


@dataclass(frozen=True)
class Line:
    values: dict[str, str]
    file: str
    sheet: str
    cells: dict[str, str]
    row: str

    def place(self, amount: str) -> str:
        """As the page of lines names it."""
        names, between = CELLS.get(amount, ((amount, "gross_amount", "amount", "open_amount"), ""))
        letters = [self.cells["*"]] if "*" in self.cells else [self.cells[name] for name in names if name in self.cells]
        cells = f" {between} ".join(letter + self.row for letter in (letters if between else letters[:1]))
        return "!".join(part for part in (self.file, self.sheet, cells) if part) if cells else ""


@cache
def data(path: Path) -> tuple[Line, ...]:
    """A file of lines, as the page of lines reads it."""
    return read_lines(path.read_text("utf-8").splitlines()[0])


@cache
def beside(page: Path) -> dict[str, tuple[Line, ...]]:
    """The lines beside a confidential report, by the name that their file would have: in its page of lines, or in a file of data."""
    shared = page.with_name(re.sub(r"\.lines\..*", ".lines.js", page.name))
    text = (shared if shared.is_file() else page).read_text("utf-8").replace("<\\/", "</")
    calls = re.findall(r'^closebookLines\(\["(\w+)", "([^"]+)"\], .*\);$', text, re.MULTILINE)
    found = [one for one in text.splitlines() if one.startswith("closebookLines([")]
    return {f"{kind}_{key}.js": read_lines(one) for (kind, key), one in zip(calls, found, strict=True)}


def read_lines(text: str) -> tuple[Line, ...]:
    _, found = json.loads("[" + text.removeprefix("closebookLines(").removesuffix(");") + "]")
    lines = []
    for one in found["text"].split("\n"):
        row = dict(zip(found["columns"], one.split("\t"), strict=True))
        file, sheet, cells = found["places"][int(row.pop("p"))]
        number = row.pop("row")
        values = {name: found["dicts"][name][int(value)] if name in found["dicts"] else value for name, value in row.items()}
        lines.append(Line(values, file, sheet, dict(pair.split("=", 1) for pair in cells.split() if "=" in pair), number))
    return tuple(lines)


def holds(value: str, asked: str) -> bool:
    """Whether a line's value is what a link asks for: a text, or days from one to another."""
    first, between, last = asked.partition("..")
    return first <= value <= last if between else value == asked


def followed(page: Path, about: dict[str, Any], ref: str) -> tuple[str, str, int, list[Line]]:
    """Kind, amount, sum and lines that a link of an explanation leads to, through files beside the page that it names."""
    sign, asked = (-1, ref[1:]) if ref.startswith("-") else (1, ref)
    kind, amount, span, said = asked.split("/", 3)
    folder = (page.parent / about["lines"]).resolve().parent
    own = beside(page.parent / unquote(about["lines"])) if ".lines." in about["lines"] else None
    where = {name: unquote(value) for name, value in (pair.split("=", 1) for pair in said.split("&") if pair)}
    keys = about["spans"].get(span, span.split(","))
    files = sorted(folder.glob(f"{kind}_*.js")) if span == "ever" else [folder / f"{kind}_{key}.js" for key in keys]
    if own is not None:
        every = [line for name in own if span == "ever" or name in [file.name for file in files] for line in own[name] if name.startswith(f"{kind}_{PERIOD[:2]}")]
    else:
        every = [line for file in files if file.is_file() for line in data(file)]
    lines = [
        line for line in every
        if all(holds(line.values.get(name, ""), value) for name, value in where.items()) and (amount == "lines" or line.values.get(amount, "") != "")
    ]  # fmt: skip
    total = len(lines) if amount == "lines" else sum(int(line.values[amount]) for line in lines)
    return kind, amount, sign * total, lines


def cell(inbox: Path, place: str) -> Decimal:
    """What the cell holds that a page names as ``file!Sheet!C17`` or, in a text file, ``file!C17``."""
    file, *sheet, at = place.split("!")
    letter, row = re.fullmatch(r"([A-Z]+)(\d+)", at).groups()  # type: ignore[union-attr]
    if sheet:
        return Decimal(str(openpyxl.load_workbook(inbox / file)[sheet[0]][at].value))
    with (inbox / file).open(encoding="utf-8", newline="") as handle:
        return Decimal(list(csv.reader(handle))[int(row) - 1][ord(letter) - ord("A")])


def figures(page: Path) -> dict[str, tuple[dict[str, Any], int]]:
    """Each number of a page with its column's explanation and its row."""
    found = {}
    for columns in told(page)["tables"].values():
        for one in columns.values():
            for row in range(len(one["n"]) // 8):
                if not one["n"][8 * row :].startswith("-"):
                    found[f"N-{one['n'][8 * row : 8 * row + 8]}"] = (one, row)
    return found


def test_a_click_leads_from_a_region_to_the_cells_of_its_lines(tiny_closed: Closed, tiny_sent: Path) -> None:
    page = page_of(tiny_closed.home, "region_sales")
    row = next(one for one in re.findall(r"<tr.*?</tr>", page.read_text("utf-8"), re.DOTALL) if ">North<" in one and "why" in one)
    number, printed = LINK.findall(row)[-1]
    one, at = figures(page)[number]
    (ref,) = one["l"][at]
    kind, amount, total, lines = followed(page, told(page), ref)
    # D1, D2 and D3 in October: quantities 2 3 4 of P1 at 300, 3 4 5 of P2 at 121.
    expected = Decimal((2 + 3 + 4) * 300 + (3 + 4 + 5) * 121)
    assert (kind, amount) == ("sold", "net_amount")
    assert Decimal(total) / 10_000 == expected == Decimal(one["v"][at]) / 10_000
    assert round(Decimal(printed.replace(",", "")) * 1000) == pytest.approx(expected, abs=500)
    assert len(lines) == 6
    assert sum(cell(tiny_sent / "inbox", line.place(amount)) for line in lines) == expected


def bare(text: str) -> list[tuple[str, str]]:
    """Figures of a page that are no links: in which part, and the text."""
    found = []
    # Drawings have their data table; lists of tie-outs inside sections are as those at the foot of a page.
    text = re.sub(r"<svg.*?</svg>|<table((?!</table>).)*text statement.*?</table>", "", text, flags=re.DOTALL)
    for section in re.findall(r'<section id="([^"]+)"(.*?)</section>', text, re.DOTALL):
        for kind, inside in re.findall(r'<t[hd](?: scope="row")? class="([^"]*)"[^>]*>(.*?)</t[hd]>', section[1], re.DOTALL):
            said = unescape(re.sub(r"<[^>]*>", "", inside)).strip()
            if re.search(r"\bnum\b|grade", kind) and re.search(r"[0-9A-Z]", said) and 'class="why"' not in inside and "<th scope=\"col\"" not in inside:
                found.append((section[0], said))
        for inside in re.findall(r"<dd>(.*?)</dd>", section[1], re.DOTALL):
            if re.fullmatch(r"[−+]?[\d,.]+(%|pp)?", inside.strip()):
                found.append((section[0], inside))
    for inside in re.findall(r'<p class="figure">(.*?)</p>', text, re.DOTALL):
        if re.search(r"\d", inside) and 'class="why"' not in inside:
            found.append(("tiles", inside))
    return found


@pytest.mark.parametrize("company", ["tiny", "demo"])
def test_every_printed_figure_is_explained(company: str, request: pytest.FixtureRequest) -> None:
    home = request.getfixturevalue(f"{company}_closed").home
    links = 0
    for page in [path for language in ("en", "zh-Hant") for path in pages(home, language)]:
        text = page.read_text("utf-8")
        if page.parents[1].name.startswith("R14_statement"):  # It leaves the company: it leads nowhere inside it.
            assert not LINK.search(text)
            continue
        report = page.parents[1].name.partition("_")[0]
        numbers = [number for number, _ in LINK.findall(text)]
        assert set(numbers) <= (set(figures(page)) if numbers else set()), page
        links += len(numbers)
        if report not in NOT_YET:
            assert [one for one in bare(text) if one[0] not in NOT_FIGURES] == [], page
    assert links > (2000 if company == "demo" else 300)
    assert astray(home) == []


@pytest.mark.parametrize("company", ["tiny", "demo"])
def test_all_lines_of_all_figures_add_up_to_what_is_printed(company: str, request: pytest.FixtureRequest) -> None:
    home = request.getfixturevalue(f"{company}_closed").home
    seen: dict[str, int] = {}
    for page in pages(home, "en"):
        about = told(page)
        for table, columns in about["tables"].items():
            for name, one in columns.items():
                for row, refs in enumerate(one.get("l", ())):
                    if not refs or one["m"] in ("days", "text", "code", "grade") or name.startswith(("target_", "oldest", "largest", "days_late")):
                        continue
                    found = [followed(page, about, ref) for ref in refs if ref.partition("/")[0] not in SHOWN_ONLY]
                    if not found:
                        continue
                    assert sum(total for _, _, total, _ in found) == one["v"][row], (page.name, table, name, row, refs)
                    for kind, *_ in found:
                        seen[kind] = seen.get(kind, 0) + 1
    wanted = {"sold", "received", "owed", "plan", "ties"} if company == "tiny" else set(seen)
    assert wanted <= set(seen)
    assert company == "tiny" or len(seen) >= 18, seen
    assert set(seen) <= set(KINDS)


def test_every_kind_of_line_names_the_cell_that_holds_its_amount(tiny_closed: Closed, tiny_sent: Path) -> None:
    asked: dict[tuple[str, str], int] = {}
    for page in pages(tiny_closed.home, "en"):
        about = told(page)
        for columns in about["tables"].values():
            for one in columns.values():
                for refs in one.get("l", ()):
                    for ref in refs:
                        kind, amount, _, lines = followed(page, about, ref)
                        if asked.get((kind, amount), 0) > 5 or amount not in ("net_amount", "receipts", "value", "qty", "credit_limit"):
                            continue
                        for line in lines[:2]:
                            assert cell(tiny_sent / "inbox", line.place(amount)) == Decimal(line.values[amount]) / 10_000
                            asked[kind, amount] = asked.get((kind, amount), 0) + 1
    assert {("sold", "net_amount"), ("received", "receipts"), ("plan", "value"), ("limits", "credit_limit")} <= set(asked)


def test_what_the_field_counts_leads_to_the_rows_that_people_sent(demo_closed: Closed, demo_sent: Path) -> None:
    asked = 0
    for report, table, column, heading in (("activity_weekly", "people", "visits", "customer_code"), ("monthly_work_plan", "execution", "done", "item"),
                                           ("market_weekly", "signals_kind", "signals", "note"), ("target_customers", "by_person", "won", "name")):  # fmt: skip
        page = page_of(demo_closed.home, report)
        one = told(page)["tables"][table][column]
        at = max(range(len(one["v"])), key=lambda row: one["v"][row])
        (ref,) = one["l"][at]
        _, amount, total, lines = followed(page, told(page), ref)
        assert total == one["v"][at] == len(lines) > 0
        for line in lines:
            file, sheet, _ = line.place(amount).split("!")
            value = line.values[heading]
            row = openpyxl.load_workbook(demo_sent / "inbox" / file)[sheet][line.row]
            # A plan of work is counted by its status; a visit names its customer by code or as people call it.
            assert heading == "customer_code" or value in [str(cell.value).strip() for cell in row if cell.value is not None]
            asked += 1
    assert asked > 4


def test_no_line_comes_from_what_human_resources_keep(demo_closed: Closed) -> None:
    kept = pl.read_parquet(demo_closed.home / "frames" / "files" / "all.parquet").filter(pl.col("table").is_in(CONFIDENTIAL_TABLES))
    folder = demo_closed.home / manifest(demo_closed.home)["explained"]["folder"]
    assert kept.height
    for path in sorted(folder.glob("*.parquet")):
        if path.stem not in ("ties", "items", "findings", "submissions"):  # what controls say of files, without what they hold
            assert pl.read_parquet(path).filter(pl.col("file").is_in(kept["source_file"].implode())).is_empty(), path.stem


def test_a_formula_leads_to_its_parts_and_they_to_their_lines(tiny_closed: Closed) -> None:
    page = page_of(tiny_closed.home, "receivables")
    columns = told(page)["tables"]["tile_dso"]
    assert columns["dso"]["f"] == "Balance ÷ credit sales × days"
    assert columns["dso"]["p"] == ["closing", "credit_sales", "credit_days"]
    balance, sold, days = (columns[name]["v"][0] for name in columns["dso"]["p"])
    assert columns["dso"]["v"][0] == pytest.approx(balance / sold * days)
    for name, value in (("closing", balance), ("credit_sales", sold)):
        (ref,) = columns[name]["l"][0]
        assert followed(page, told(page), ref)[2] == value


def test_a_provision_leads_to_the_documents_behind_it(demo_closed: Closed) -> None:
    page = page_of(demo_closed.home, "receivables")
    one = told(page)["tables"]["provision"]["provision_invoice"]
    at = next(row for row, refs in enumerate(one["l"]) if refs and one["v"][row] and "due_class=" in refs[0])
    _, _, total, lines = followed(page, told(page), one["l"][at][0])
    assert total == one["v"][at] != 0
    owed = {line.values["document_no"] for line in followed(page, told(page), "owed/open_amount/period/")[3]}
    assert {line.values["document_no"] for line in lines} <= owed, "each line is an open document"
    assert all(line.file and line.row for line in lines)
    words = (demo_closed.home / manifest(demo_closed.home)["explained"]["folder"] / "lines.zh-Hant.html").read_text("utf-8")
    assert re.search(r'"provision_invoice":\s*"', words)
    assert re.search(r'"due_class":\s*\{', words)


def rendered(page: Path, about: str) -> str:
    """The page of lines as a browser shows it."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        missing("chromium is not installed")
    with tempfile.TemporaryDirectory() as profile:
        words = [str(browser), "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", f"--user-data-dir={profile}", "--virtual-time-budget=8000", "--dump-dom"]
        done = subprocess.run([*words, f"{page.resolve().as_uri()}#{about}"], capture_output=True, text=True, timeout=120, check=True)
    return re.search(r'<div id="lines".*', done.stdout, re.DOTALL)[0]  # type: ignore[index]


def test_a_line_of_comparison_leads_to_its_own_sales_and_plan(demo_closed: Closed) -> None:
    home = demo_closed.home
    lines_page = home / manifest(home)["explained"]["folder"] / "lines.en.html"
    frame = pl.read_parquet(lines_page.parent / "causes.parquet")
    led = frame.group_by("base", "leads").agg(pl.len()).sort("base", "leads").rows()
    assert {(base, leads) for base, leads, _ in led} >= {("last_year", "actual base"), ("plan", "actual base")}, led
    assert frame.filter(pl.col("actual_amount") != 0, ~pl.col("leads").str.contains("actual")).is_empty()
    for base in ("plan", "last_year"):
        shown = rendered(lines_page, f"kind=causes&sum=price&in={PERIOD}&base={base}&span=period")
        row = next(one for one in re.findall(r"<tr>.*?</tr>", shown, re.DOTALL) if one.count("<a href") == 4)
        for (link, text), kind in zip(re.findall(r'<a href="#([^"]+)">([^<]+)</a>', row), (base, base, "actual", "actual"), strict=True):
            link = unescape(link)
            assert link.startswith("kind=plan&sum=value&" if kind == "plan" else "kind=sold&sum=")
            there = rendered(lines_page, link)
            assert re.search(r'<p class="amount">([^<]+)</p>', there)[1].rstrip("0").rstrip(".") == text.rstrip("0").rstrip("."), link  # type: ignore[index]
            assert re.search(r'<td class="place">[^<]+![A-Z]+\d+', there), "and these to their cells"


def test_pace_longer_plans_and_layers_of_an_open_month_are_explained(spoilt: Path) -> None:
    """The tiny company on 21 October, with a plan of the quarter and one by line that says otherwise than its regions."""
    rows = [[month, "R1", line, value] for month in tiny.MONTHS for line, value in (("Bags", 9000), ("Liquids", 4000))]
    rows += [["2026-Q4", "R1", "Bags", 31000], ["2026-10", "all", "Bags", 9500]]
    tiny.workbook(spoilt / "inbox" / "plan.xlsx", "Plan", ["period", "region_code", "product_line", "value"], rows)
    names = [path.relative_to(spoilt / "inbox").as_posix() for path in (spoilt / "inbox").rglob("*.*")]
    tiny.arrivals(spoilt / "inbox", late=dict.fromkeys(set(names) - {"arrivals.csv"}, "2026-10-21T09:00:00+08:00"))
    closed = close(settings_in(spoilt))
    page = page_of(closed.home, "sales_monthly")
    text = page.read_text("utf-8")
    assert {'<section id="section_pace"', '<section id="section_plans"'} <= set(re.findall(r'<section id="section_(?:pace|plans)"', text))
    assert [one for one in bare(text) if one[0] not in NOT_FIGURES] == []
    about = told(page)["tables"]
    checked = set()
    for table in ("pace", "pace_regions", "plan_to_date", "plan_layers"):
        for name, one in about[table].items():
            for value, refs in zip(one["v"], one.get("l", [()] * len(one["v"])), strict=True):
                if refs:
                    assert sum(followed(page, told(page), ref)[2] for ref in refs) == value, (table, name)
                    checked.add((table, name))
    assert checked >= {("pace", "actual"), ("pace", "plan"), ("pace_regions", "plan"), ("plan_to_date", "plan"), ("plan_to_date", "actual"),
                       ("plan_layers", "plan"), ("plan_layers", "other_plan")}  # fmt: skip
    row = about["pace"]
    assert row["forecast"]["f"] == "Actual so far ÷ working days gone by × working days"
    assert row["forecast"]["p"] == ["actual", "working_days_elapsed", "working_days"]
    assert 310_000_000 in about["plan_to_date"]["plan"]["v"]


def test_figures_are_the_sums_that_the_warehouse_gives(demo_closed: Closed) -> None:
    house = Warehouse(demo_closed.settings.warehouse)
    _, rows = house.query(f"select customer_code, balance from mart_receivables where period = '{PERIOD}'")
    stated = {code: int(amount) for code, amount in rows}
    page = page_of(demo_closed.home, "receivables")
    one = told(page)["tables"]["customers"]["balance"]
    asked = 0
    for value, refs in zip(one["v"], one["l"], strict=True):
        code = re.search(r"customer_code=(\w+)", refs[0]) if refs else None
        if code:
            assert stated[code[1]] == value
            asked += 1
    assert asked == len([amount for amount in stated.values() if amount]) >= 5


def test_the_command_says_what_the_page_says(tiny_closed: Closed, capsys: pytest.CaptureFixture[str]) -> None:
    home = tiny_closed.home
    page = page_of(home, "region_sales")
    about = told(page)["tables"]["receipts_month"]["ac"]
    (at,) = [row for row, refs in enumerate(about["l"]) if refs and "region_code=R2" in refs[0]]
    number = f"N-{about['n'][8 * at : 8 * at + 8]}"
    assert command.main(["explain", number.lower(), "--home", str(home)]) == 0
    out = capsys.readouterr().out
    # D4 and D5: 280 and 290.
    assert "570.0000" in out
    assert "received receipts region_code=R2: 570.0000 over 2 lines" in out
    assert "C13  2026-10-23  D4" in out
    assert "erp/receipt.csv!D" in out
    rate = told(page)["tables"]["receipts_month"]
    formula = next(name for name in ("delta_pl_share", "delta_py_share", "delta_pl", "ac") if name in rate)
    assert command.main(["explain", f"N-{rate[formula]['n'][:8]}", "--home", str(home)]) == 0
    assert rate[formula]["f"] in capsys.readouterr().out
    assert command.main(["explain", "N-AAAAAAAA", "--home", str(home)]) == 1
    assert "no publication" in capsys.readouterr().err
    assert command.main(["explain", PERIOD, "--home", str(home)]) == 1
    assert "After a period name a measure" in capsys.readouterr().err


def test_lines_and_their_page_prove_themselves(tiny_closed: Closed, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = tiny_closed.home
    folder = home / manifest(home)["explained"]["folder"]
    for name in ("lines.en.html", f"sold_{PERIOD}.js"):
        assert command.main(["verify", str(folder / name), "--home", str(home)]) == 0
        assert command.main(["verify", str(folder / name)]) == 0
    capsys.readouterr()
    touched = tmp_path / f"sold_{PERIOD}.js"
    text = (folder / touched.name).read_text("utf-8")
    first = data(folder / touched.name)[0]
    touched.write_text(text.replace(f"\\t{first.values['net_amount']}\\t", "\\t99990000\\t", 1), "utf-8")
    assert command.main(["verify", str(touched), "--home", str(home)]) != 0
    assert "it was" in capsys.readouterr().err
    assert command.main(["verify", str(touched)]) != 0


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
    assert old["folder"] != new["folder"]
    assert Path(told(before)["lines"]).parts[-2] == Path(old["folder"]).name
    number = next(
        number for page in pages(home, "en") if Path(told(page).get("lines", "x/y")).parts[-2:-1] == (Path(new["folder"]).name,)
        for number, (one, row) in figures(page).items() if "l" in one and one["l"][row] == ["received/receipts/period/"]
    )  # fmt: skip
    assert command.main(["explain", number, "--home", str(home)]) == 0
    out = capsys.readouterr().out
    assert "= 1,351.0000" in out
    assert "was 1,350.0000 in publication 1 of 2026-10; restated since" in out
    assert command.main(["verify", "--home", str(home)]) == 0
    (home / new["folder"] / "lines.en.html").write_text("other", "utf-8")
    assert command.main(["verify", "--home", str(home)]) != 0


@pytest.mark.parametrize(("table", "column", "step"), [("series", "ac", 1), ("lines_month", "delta_pl_share", 0.01), ("quantities", "ac", 1)])
def test_a_figure_that_does_not_recompute_is_an_error(tiny_closed: Closed, table: str, column: str, step: float) -> None:
    home = tiny_closed.home
    evidence = _evidence(home / manifest(home)["explained"]["folder"])
    report = sample_of(home)
    assert reasons(report, evidence, "").tables[table][column].numbers

    def other(block: Any) -> Any:
        own = getattr(block, "id", "") == table
        return replace(block, frame=block.frame.with_columns(pl.col(column) + step)) if own and column in block.frame.columns else block

    sections = tuple(replace(section, blocks=tuple(map(other, section.blocks))) for section in report.sections)
    with pytest.raises(FiguresApart, match="by its parts or lines"):
        reasons(replace(report, sections=sections, tie_outs=()), evidence, "")


def sample_of(home: Path) -> Any:
    """R4 of the closed month as it was built, from its frames."""
    from assets.context import clocks, company_in
    from pipelines.contracts.marts import MARTS
    from pipelines.reports.context import ReportContext
    from pipelines.reports.definitions import sales_monthly

    frames = home / "frames"
    company = company_in(home.parent / "company")
    period = company.calendar.period(PERIOD)
    files = pl.read_parquet(frames / "files" / "all.parquet")
    at = clocks(company, period, files)
    marts = {name: pl.read_parquet(frames / f"mart_{name}" / f"{PERIOD}.parquet") for name in MARTS if (frames / f"mart_{name}").is_dir()}
    context = ReportContext(company, period, at.as_of, at.known_at, frozenset(), marts["tie_outs"], marts["findings"], files)
    report = sales_monthly.build(marts, context)
    assert report is not None
    return report
