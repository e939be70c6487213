"""A month is signed and closed, data comes late, it is opened again: as two people in finance would do it with the command."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from assets import command, known
from pipelines.publish.journal import Journal
from tests.runs import tiny
from tests.runs.conftest import close, everything, published, same, settings_in

pytestmark = pytest.mark.slow

Say = Callable[..., tuple[int, str, str]]


@pytest.fixture
def office(spoilt_closed: Path) -> Path:
    """The closed company with its home."""
    return spoilt_closed


@pytest.fixture
def say(office: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """The command in that company's folders, where two people may sign; only Wang has a key."""
    assert command.main(["key", str(office / "wang.pem")]) == 0
    public = capsys.readouterr().out.strip()
    people = f"people:\n  - {{id: wang, name: 王芳, roles: [preparer], {public}}}\n  - {{id: li, name: 李强, roles: [approver]}}\n"
    (office / "company" / "people.yaml").write_text(people, "utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        where = ["--home", str(office / "home")] + ([] if words[0] == "verify" else ["--company", str(office / "company")])
        code = command.main([*words, *where])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


def signed(office: Path, say: Say) -> None:
    assert say("sign", "2026-10", "--by", "wang", "--as", "preparer", "--key", str(office / "wang.pem"))[0] == 0
    assert say("sign", "2026-10", "--by", "li", "--as", "approver")[0] == 0


def late_receipt(office: Path) -> None:
    receipts = office / "inbox" / "erp" / "receipt.csv"
    receipts.write_text(receipts.read_text("utf-8") + "C9,2026-10-30,D1,1\n", "utf-8")
    tiny.arrivals(office / "inbox", late={"erp/receipt.csv": "2026-11-03T09:00:00+08:00"})


def test_a_closed_month_stays_what_it_was_until_somebody_opens_it(office: Path, say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, error = say("close", "2026-10", "--by", "li")
    assert (code, "not signed as preparer and approver" in error) == (1, True)
    code, out, _ = say("sign", "2026-10", "--by", "wang", "--as", "preparer", "--key", str(office / "wang.pem"))
    assert (code, "publication 1" in out, "signed with their key" in out) == (0, True, True)
    code, out, _ = say("sign", "2026-10", "--by", "li", "--as", "approver")
    assert (code, "declared, not authenticated" in out) == (0, True)
    assert say("close", "2026-10", "--by", "li")[0] == 0
    before = published(office / "home")

    late_receipt(office)
    closed = close(settings_in(office))
    assert closed.code == 0
    assert "2026-10 is closed with publication 1: nothing of it was changed." in closed.said
    assert "1 files that came later wait" in closed.said
    assert "erp/receipt.csv: " in closed.said
    same({name: data for name, data in published(office / "home").items() if not name.startswith("portal/")},
         {name: data for name, data in before.items() if not name.startswith("portal/")})  # fmt: skip
    front = re.sub("<[^>]+>", "", (office / "home" / "portal" / "index.en.html").read_text("utf-8"))
    for shown in ("Waiting for the period to be opened", "erp/receipt.csv", "王芳", "signed with a key", "declared, not authenticated", "Closed"):
        assert shown in front
    assert closed.rows("select count(*) from fact_receipt where receipt_no = 'C9'") == [(0,)], "the warehouse holds what was published"

    assert say("reopen", "2026-10", "--by", "li", "--why", "the bank reported a receipt late")[0] == 0
    opened = close(settings_in(office))
    assert opened.code == 3
    assert opened.rows("select count(*) from fact_receipt where receipt_no = 'C9'") == [(1,)]
    manifests = [json.loads(path.read_text("utf-8")) for path in sorted((office / "home" / "manifests" / "2026-10").glob("*.json"))]
    assert [one["publication"] for one in manifests] == [1, 2]
    after = published(office / "home")
    same({name: after[name] for name in before if name.startswith(("shelf/", "manifests/"))},
         {name: data for name, data in before.items() if name.startswith(("shelf/", "manifests/"))})  # fmt: skip
    code, _, error = say("close", "2026-10", "--by", "li")
    assert (code, "publication 2 is not signed" in error) == (1, True), "the signatures were over publication 1"
    assert command.main(["status", "--home", str(office / "home")]) == 0
    assert "opened again by li; signed: preparer wang (suspended), approver li (suspended)\n" in capsys.readouterr().out
    front = (office / "home" / "portal" / "index.en.html").read_text("utf-8")
    assert "Opened again by 李强: the bank reported a receipt late" in front
    assert front.count("suspended, was over publication 1") == 2
    code, out, _ = say("verify")
    assert (code, out.endswith(": untouched.\n")) == (0, True)
    assert [entry.act for entry in Journal(office / "home").entries()] == ["published", "signed", "signed", "closed", "reopened", "published"]


def test_what_changed_for_a_closed_month_is_listed(office: Path, say: Say, capsys: pytest.CaptureFixture[str]) -> None:
    """Master data, a plan and policies: only the rows and lines that say something else of the month, and never those of a later one."""
    signed(office, say)
    assert say("close", "2026-10", "--by", "li")[0] == 0
    erp, company = office / "inbox" / "erp", office / "company"
    tiny.table(erp / "product.csv", ["product_code", "name", "line"], [["P1", "Sack", "Bags"], ["P2", "Bottle", "Liquids"]])
    customers = (erp / "customer.csv").read_text("utf-8")
    (erp / "customer.csv").write_text(customers.replace("Dealer D4,R2,5000", "Dealer D4,R1,5000").replace("Dealer D5,R2", "Dealer D5,R1"), "utf-8")
    rows = [[month, "R1", line, value] for month, *values in (("2026-09", 9000, 4000), ("2026-10", 9500, 4000), ("2026-11", 1, 1))
            for line, value in zip(("Bags", "Liquids"), values, strict=True)]  # fmt: skip
    tiny.workbook(office / "inbox" / "plan.xlsx", "Plan", ["period", "region_code", "product_line", "value"], rows)
    late = dict.fromkeys(("erp/product.csv", "erp/customer.csv", "plan.xlsx"), "2026-11-04T09:00:00+08:00")
    tiny.arrivals(office / "inbox", late=late)
    policy, owed = company / "policy.yaml", company / "obligations.csv"
    policy.write_text(policy.read_text("utf-8") + "# from the board\nreceivables: {days_per_month: 31}\n", "utf-8")
    owed.write_text(owed.read_text("utf-8") + "D1,sell_out,week,1,1,18:00,2026-12-01\n", "utf-8")

    told = close(settings_in(office)).said
    assert told.splitlines()[1:] == [
        "  4 files that came later wait; 'closebook reopen 2026-10 --by … --why …' takes them in:",
        "  erp/customer.csv: 2 rows of customer changed", "  erp/product.csv: 1 rows of product changed", "  plan.xlsx: 1 rows of plan changed",
        "  policy.yaml: 2 lines changed in the company's folder",
    ]  # fmt: skip
    assert command.main(["status", "--home", str(office / "home")]) == 0
    out = capsys.readouterr().out
    assert out.count("  waits to be opened for: ") == 4
    assert "  waits to be opened for: erp/product.csv: 1 rows of product changed\n" in out
    front = (office / "home" / "portal" / "index.en.html").read_text("utf-8")
    for cells in ('<td>Products: changed rows</td><td class="n">1</td>', '<td>Plan: changed rows</td><td class="n">1</td>',
                  "<td>—</td><td>Company&#39;s folder: changed lines</td>"):  # fmt: skip
        assert cells in front
    assert "obligations.csv" not in front
    # A customer who is new in December is none of October's business, one whom October's documents name is.
    new = (erp / "customer.csv").read_text("utf-8") + "D6,Dealer D6,R1,1\nD7,Dealer D7,R1,1\n"
    (erp / "customer.csv").write_text(new, "utf-8")
    (erp / "receipt.csv").write_text((erp / "receipt.csv").read_text("utf-8") + "C9,2026-10-30,D7,1\n", "utf-8")
    layout = company / "layouts" / "customer.yaml"
    layout.write_text(layout.read_text("utf-8").replace(', valid_from: "2026-01-01"', ""), "utf-8")
    tiny.arrivals(office / "inbox", late=late | dict.fromkeys(("erp/customer.csv", "erp/receipt.csv"), "2026-12-04T09:00:00+08:00"))
    told = close(settings_in(office), "2026-10").said
    assert "  erp/customer.csv: 1 rows of customer changed\n" in told
    assert say("reopen", "2026-10", "--by", "li", "--why", "the board changed the plan")[0] == 0
    assert command.main(["status", "--home", str(office / "home")]) == 0
    assert "waits to be opened" not in capsys.readouterr().out


def test_a_file_tells_who_signed_it_and_what_followed(office: Path, say: Say) -> None:
    shelf = office / "home" / "shelf" / "2026-10"
    changed, kept = (next(shelf.rglob(name)) for name in ("receivables.en.xlsx", "tie_out_c12.en.html"))
    code, out, _ = say("verify", str(changed))
    assert (code, "Nobody has signed publication 1.\n" in out) == (0, True)
    signed(office, say)
    code, out, _ = say("verify", str(changed))
    assert re.search(r"Publication 1 was signed as preparer by wang at \S+, with their key\.\n", out)
    assert re.search(r"Publication 1 was signed as approver by li at \S+, declared, not authenticated\.\n", out)
    assert (code, "Nobody has signed" in out, "is closed" in out) == (0, False, False)
    assert say("close", "2026-10", "--by", "li")[0] == 0
    assert "\n2026-10 is closed.\n" in say("verify", str(changed))[1]

    assert say("reopen", "2026-10", "--by", "li", "--why", "a receipt came late")[0] == 0
    assert "is closed" not in say("verify", str(changed))[1]
    late_receipt(office)
    assert close(settings_in(office)).code == 3
    code, out, error = say("verify", str(changed))
    assert (code, error) == (0, "")
    assert "It is not the current one: publication 2 followed, with another version of this report.\n" in out
    for signature in (r"preparer by wang at \S+, with their key", r"approver by li at \S+, declared, not authenticated"):
        assert re.search(signature + r"; suspended, since another publication followed\.\n", out)
    code, out, error = say("verify", str(kept))
    assert (code, error) == (0, "")
    assert "It is publication 2 of 2026-10, R20 tie_out_c12" in out
    assert "(as in 1).\n" in out
    assert "not the current one" not in out


def test_what_was_touched_is_named(office: Path, say: Say) -> None:
    signed(office, say)
    assert say("verify")[0] == 0
    report = next(path for path in sorted((office / "home" / "shelf").rglob("*.xlsx")) if path.parent.parent.name.startswith("R"))
    landed = next(path for path in sorted((office / "home" / "landed").rglob("*")) if path.is_file())
    manifest = office / "home" / "manifests" / "2026-10" / "0001.json"
    for path in (report, landed, manifest):
        content = path.read_bytes()
        path.chmod(0o644)
        path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        code, _, error = say("verify")
        assert code == 1
        assert error.startswith(f"{path}: "), error
        assert error.count("\n") == 1, error
        path.write_bytes(content)
    journal = office / "home" / "journal.jsonl"
    whole = journal.read_text("utf-8")
    journal.write_text(whole.replace('"by":"li"', '"by":"wu"'), "utf-8")
    code, _, error = say("verify")
    assert (code, error.startswith(f"{journal}:3: the line was changed")) == (1, True)
    journal.write_text(whole, "utf-8")
    assert say("verify")[0] == 0


def test_a_key_that_nobody_was_given_is_named(office: Path, say: Say) -> None:
    signed(office, say)
    for folder in (office / "home" / "companies").iterdir():
        for path in folder.rglob("people.yaml"):
            path.chmod(0o644)
            path.write_text("people: []\n", "utf-8")
    code, _, error = say("verify")
    assert (code, "gives wang the key of this signature" in error) == (1, True)


def test_what_was_known_at_a_moment_comes_out_again(office: Path, say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    late_receipt(office)
    policy = office / "company" / "policy.yaml"
    policy.write_text(policy.read_text("utf-8") + "receivables: {days_per_month: 31}\n", "utf-8")
    assert close(settings_in(office)).code == 3
    before = published(office / "home")
    for moment, publication in (("2026-11-02T09:00:00+08:00", 1), ("2026-11-02T23:00:00Z", 1), ("2026-11-03T09:00:00+08:00", 2)):
        code, out, error = say("run", "--period", "2026-10", "--known-at", moment)
        assert code == 3, error
        assert f"The same as publication {publication} of 2026-10: 15 reports.\n" in out
    same(published(office / "home"), before)
    # The program has changed since: the one that published is run.
    monkeypatch.setattr(known, "code_version", lambda: "another")
    code, out, error = say("run", "--period", "2026-10", "--known-at", "2026-11-02T09:00:00+08:00")
    assert code == 3, error
    assert "The same as publication 1 of 2026-10: 15 reports.\n" in out
    there = office / "home" / "known" / "2026-10" / "20261102T010000.000000Z"
    assert (there / "program" / "assets" / "known.py").is_file()
    again = {name: data for name, data in published(there).items() if name.startswith("shelf/2026-10/")}
    first = json.loads((office / "home" / "manifests" / "2026-10" / "0001.json").read_text("utf-8"))
    wanted = {f"{report['folder']}/{name}" for report in (*first["reports"], first["explained"]) for name in report["files"]}
    assert set(again) == wanted
    same(again, {name: before[name] for name in wanted})


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--period", "2026-10", "--known-at", "2026-11-01T09:00:00+08:00"), "nothing had arrived by 2026-11-01T01:00:00.000000Z"),
        (("--period", "2026-10", "--known-at", "yesterday"), "not a moment; write 2026-11-05T09:00:00+08:00"),
        (("--period", "2026-10", "--known-at", "2026-11-01T09:00:00"), "a time zone is needed"),
        (("--known-at", "2026-11-01T09:00:00+08:00"), "name the period"),
        (("--period", "2036-10", "--known-at", "2026-11-02T09:00:00+08:00"), "2036-10"),
    ],
)
def test_a_moment_that_says_nothing(office: Path, say: Say, words: tuple[str, ...], sentence: str) -> None:
    before = everything(office / "home")
    code, _, error = say("run", *words)
    assert (code, sentence in error) == (1, True), error
    same({name: data for name, data in everything(office / "home").items() if not name.startswith("known/")}, before)


def test_a_copy_of_the_home_elsewhere_verifies_and_goes_on(office: Path, say: Say, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    signed(office, say)
    home = tmp_path / "restored" / "home"
    shutil.copytree(office / "home", home, symlinks=True)
    shutil.rmtree(office / "home")
    assert command.main(["verify", "--home", str(home)]) == 0
    assert capsys.readouterr().out.endswith(": untouched.\n")
    before = published(home)
    assert close(settings_in(office, home)).code == 3
    same({name: data for name, data in published(home).items() if not name.startswith("portal/")},
         {name: data for name, data in before.items() if not name.startswith("portal/")})  # fmt: skip
    late_receipt(office)
    assert close(settings_in(office, home)).rows("select count(*) from fact_receipt where receipt_no = 'C9'") == [(1,)]
    assert command.main(["verify", "--home", str(home)]) == 0
