"""What a second publication changed, by cause: the company of five dealers, whose figures can be added up by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from assets import bridging, command, reports, restatement
from pipelines.metrics import provision
from tests.runs import tiny
from tests.runs.conftest import backfill, close, everything, published, same, settings_in

pytestmark = pytest.mark.slow

ORIGINAL, LATER = "2026-11-02T09:00:00+08:00", "2026-11-04T09:00:00+08:00"


def changed_inbox(folder: Path) -> None:
    """A corrected line (+300), a late invoice (+1,210) and receipt (1), a dealer in another region, another plan."""
    erp = folder / "inbox" / "erp"
    lines = (erp / "sales_line.csv").read_text("utf-8")
    wrong = "S12,1,2026-10-12,D3,P1,4,300,1200,600"
    assert wrong in lines
    (erp / "sales_line.csv").write_text(lines.replace(wrong, "S12,1,2026-10-12,D3,P1,5,300,1500,750") + "S99,1,2026-10-28,D5,P2,10,121,1210,600\n", "utf-8")
    (erp / "receipt.csv").write_text((erp / "receipt.csv").read_text("utf-8") + "C9,2026-10-30,D1,1\n", "utf-8")
    (erp / "customer.csv").write_text((erp / "customer.csv").read_text("utf-8").replace("Dealer D2,R1", "Dealer D2,R2"), "utf-8")
    rows = [[month, "R1", line, value + 100] for month in tiny.MONTHS for line, value in (("Bags", 9000), ("Liquids", 4000))]
    tiny.workbook(folder / "inbox" / "plan.xlsx", "Plan", ["period", "region_code", "product_line", "value"], rows)
    late = dict.fromkeys(("erp/sales_line.csv", "erp/receipt.csv", "erp/customer.csv", "plan.xlsx"), LATER)
    tiny.arrivals(folder / "inbox", late=late)


def manifests(home: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text("utf-8")) for path in sorted((home / "manifests" / "2026-10").glob("*.json"))]


def moved(home: Path, number: int) -> dict[str, dict[str, float]]:
    """What publication ``number`` says that each cause moved, in currency units, without zeros."""
    told = manifests(home)[number - 1]["restatement"]
    return {figure: {cause: amount / 10_000 for cause, amount in causes.items()} for figure, causes in told["causes"].items()}


def test_every_cause_is_told_apart(spoilt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    # The program of the first close is of another version, and provides one yuan too much for each customer.
    right = provision.provision

    def wrong(*given: Any) -> pl.DataFrame:
        return right(*given).with_columns(amount=pl.col("amount") + 10_000)

    with monkeypatch.context() as older:
        older.setattr(provision, "provision", wrong)
        for module in (reports, restatement, bridging):
            older.setattr(module, "code_version", lambda: "0" * 64)
        older.setattr(reports, "keep_code", lambda *_: None)
        assert close(settings_in(spoilt)).code == 3
    home = spoilt / "home"
    assert manifests(home)[0]["restatement"] == {}
    changed_inbox(spoilt)
    told = close(settings_in(spoilt))
    assert told.code == 3, told.said
    assert moved(home, 2) == {
        "balance": {"corrected_file": 300, "late_document": 1209},
        "gross_margin": {"corrected_file": 150, "late_document": 610},
        "net_amount": {"corrected_file": 300, "late_document": 1210},
        "net_amount_plan": {"plan": 200},
        "not_due": {"corrected_file": 300, "late_document": 1210},
        "over_limit": {"late_document": 497},
        "overdue": {"late_document": -1},
        "provision_class": {"code": -5, "corrected_file": 15, "late_document": 60.45},
        "receipts": {"late_document": 1},
        "receivables_receipts": {"late_document": 1},
        "receivables_sales": {"corrected_file": 300, "late_document": 1210},
    }
    lines = pl.read_parquet(frame_of(home, "restatement"))
    regions = lines.filter((pl.col("figure") == "net_amount") & (pl.col("span") == "period") & (pl.col("cut") == "region_code"))
    by_region = {row["key"]: (row["master_data"], row["corrected_file"], row["late_document"]) for row in regions.iter_rows(named=True)}
    assert by_region == {"R1": (-1384 * 10_000, 300 * 10_000, 0), "R2": (1384 * 10_000, 0, 1210 * 10_000)}
    rows = pl.read_parquet(frame_of(home, "changed_rows"))
    late = rows.filter(pl.col("cause") == "late_document").select("table", "key", "change", "source_file", "source_row")
    assert late.sort("table").rows() == [
        ("receipt", "C9", "added", "erp/receipt.csv", 12), ("sales_line", "S99 · 1", "added", "erp/sales_line.csv", 22),
    ]  # fmt: skip
    page = (home / manifests(home)[1]["restatement"]["folder"] / "restatement.en.html").read_text("utf-8").replace("\u00a0", " ")
    for shown in ("Net sales of October 2026 is now CNY 10,535.00", "Late document", "+1,210.00", "erp/sales_line.csv!22"):
        assert shown in page
    portal = (home / "portal" / "index.en.html").read_text("utf-8").replace("\u00a0", " ")
    assert "Net sales of October 2026 is now" in portal
    assert f'href="../{manifests(home)[1]["restatement"]["folder"]}/restatement.en.html"' in portal
    assert (home / "portal" / "publications" / "2026-10.en.html").is_file()

    # Asked for again it is the same, and nothing that is published has changed.
    before = published(home)
    where = ["--company", str(spoilt / "company"), "--home", str(home)]
    capsys.readouterr()
    assert command.main(["bridge", "2026-10", "1", "2", *where]) == 0
    out = capsys.readouterr().out
    assert "net_amount: 9,025.00 -> 10,535.00: corrected file +300.00, late document +1,210.00\n" in out
    assert out.endswith("The same as what was published with publication 2.\n")
    same(published(home), before)
    assert not (home / "scratch").exists()
    assert command.main(["verify", "--home", str(home)]) == 0


def frame_of(home: Path, name: str) -> Path:
    digest = manifests(home)[-1]["restatement"]["frames"][name]
    return home / "kept" / digest[:2] / f"{digest}.parquet"


def test_a_policy_moves_what_it_rules_and_nothing_else(spoilt_closed: Path) -> None:
    policy = spoilt_closed / "company" / "policy.yaml"
    policy.write_text(policy.read_text("utf-8") + "receivables: {document_buckets: [{name: all, provision: 0.10}]}\n", "utf-8")
    assert close(settings_in(spoilt_closed)).code == 3
    causes = moved(spoilt_closed / "home", 2)
    assert set(causes) == {"provision_class"}
    assert set(causes["provision_class"]) == {"policy"}
    page = (spoilt_closed / "home" / manifests(spoilt_closed / "home")[1]["restatement"]["folder"] / "restatement.en.html").read_text("utf-8")
    assert "policy.yaml" in page


def test_what_was_published_and_does_not_come_out_again_is_said(spoilt_closed: Path) -> None:
    """A kept frame that was exchanged: the bridge is withheld with its reason, the reports go out."""
    home = spoilt_closed / "home"
    digest = manifests(home)[0]["frames"]["plan_actual"]
    path = home / "kept" / digest[:2] / f"{digest}.parquet"
    pl.read_parquet(path).with_columns(pl.col("actual") + 1).write_parquet(path)
    changed_inbox(spoilt_closed)
    told = close(settings_in(spoilt_closed))
    assert told.code == 3
    second = manifests(home)[1]
    assert "does not come out of its own files again" in second["restatement"]["withheld"]
    assert len(second["reports"]) == len(manifests(home)[0]["reports"])
    assert "not bridged" in (home / "portal" / "index.en.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [(("2026-10", "1", "2"), "there is no publication 2; there are: 1"), (("2026-10", "1", "1"), "name the earlier publication first"),
     (("2036-10", "1", "2"), "2036-10")],
)  # fmt: skip
def test_publications_that_are_not_there(spoilt_closed: Path, words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(spoilt_closed / "home")
    where = ["--company", str(spoilt_closed / "company"), "--home", str(spoilt_closed / "home")]
    assert command.main(["bridge", *words, *where]) == 1
    assert sentence in capsys.readouterr().err
    same(everything(spoilt_closed / "home"), before)


def test_a_preview_says_what_the_run_then_does_and_writes_nothing(spoilt: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert backfill(settings_in(spoilt)).code == 3
    home = spoilt / "home"
    where = ["--company", str(spoilt / "company"), "--home", str(home), "--inbox", str(spoilt / "inbox")]
    capsys.readouterr()
    assert command.main(["backfill", "--preview", *where]) == 0
    assert [line for line in capsys.readouterr().out.splitlines() if "publication" in line] == [
        "2026-09, publication 1: nothing would move.", "2026-10, publication 1: nothing would move.",
    ]  # fmt: skip
    changed_inbox(spoilt)
    before = everything(home)
    assert command.main(["backfill", "--preview", "--out", str(tmp_path / "moves.csv"), *where]) == 0
    told = capsys.readouterr().out
    same(everything(home), before)
    assert "  net_amount: 9,025.00 -> 10,535.00 (+1,510.00)\n" in told
    assert "\n2026-09, publication 1: 31 lines and 0 scores would move\n  net_amount_plan: 13,000.00 -> 13,200.00 (+200.00)\n" in told
    assert backfill(settings_in(spoilt)).code == 3
    lines = pl.read_parquet(frame_of(home, "restatement")).select("figure", "span", "unit", "cut", "key", pl.col("difference"))
    foretold = pl.read_csv(tmp_path / "moves.csv", infer_schema=False).filter((pl.col("period") == "2026-10") & (pl.col("figure") != "grade"))
    foretold = foretold.select("figure", "span", pl.col("unit").fill_null(""), "cut", pl.col("key").fill_null(""), (pl.col("difference").cast(pl.Decimal(30, 4)) * 10_000).cast(pl.Int64))
    assert sorted(foretold.rows()) == sorted(lines.rows())
