"""``python -m bench``: Closebook beside a plain script on the demo's month, measured and printed as a table.

Each measurement is a process of its own; CPU is user + system of it and its children. Figures of both must be equal, else it ends
with 1. See README.md.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
GOALS = {"faster": 10.0, "again": 3.0, "outside": 0.2, "first line": 1.5}
"""What issue 2 asks: times faster than the plain script, seconds, share of the run, seconds."""
_ENDED_WELL = (0, 3)


@dataclass(frozen=True)
class Took:
    """One process: seconds, and what it wrote."""

    wall: float
    cpu: float
    out: str
    err: str


def timed(command: Sequence[str | Path]) -> Took:
    """Run ``command`` and measure it. Raises ``RuntimeError`` when it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=out, stderr=err, cwd=ROOT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        took = Took(wall, used.ru_utime + used.ru_stime, out.read(), err.read())
    if process.returncode not in _ENDED_WELL:
        raise RuntimeError(f"{' '.join(map(str, command))} ended with {process.returncode}: {took.err[-2000:]}")
    return took


def first_line(command: Sequence[str | Path]) -> float:
    """Seconds until ``command`` writes its first line of progress."""
    began = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
    assert process.stderr is not None
    process.stderr.readline()
    seconds = time.perf_counter() - began
    process.stderr.read()
    process.wait()
    return seconds


def median(runs: int, measure: Callable[[], Took]) -> Took:
    """The run with the median CPU time of ``runs``."""
    found = sorted((measure() for _ in range(runs)), key=lambda took: took.cpu)
    return found[(len(found) - 1) // 2]


def closebook_figures(home: Path, period: str) -> dict[str, Any]:
    """The figures that the plain script gives too, from the warehouse."""

    def ask(sql: str) -> list[dict[str, str]]:
        took = timed([sys.executable, "-m", "assets.command", "query", "--home", home, sql.format(period=period)])
        return list(csv.DictReader(io.StringIO(took.out)))

    def pairs(sql: str) -> dict[str, int]:
        return {row["name"]: int(row["value"] or 0) for row in ask(sql)}

    sales = (
        "select {by} as name, sum(net_amount_e4) as value from sales "
        "where period = '{{period}}' and document_kind != 'delivery' group by 1"
    )
    causes: dict[str, dict[str, int]] = {}
    names = ("price", "volume", "mix", "new", "discontinued", "other")
    listed = ", ".join(f"sum({name}_e4) as {name}_total" for name in names)
    for row in ask(f"select base, span, {listed} from variance_causes where period = '{{period}}' and cut = 'company' group by 1, 2"):
        causes[f"{row['base']} {row['span']}"] = {name: int(row[f"{name}_total"]) for name in names}
    buckets = pairs(
        "select bucket as name, sum(amount_e4) as value from receivables_ageing where period = '{period}' and basis = 'due' group by 1"
    )
    balance = pairs("select 'balance' as name, sum(balance_e4) as value from receivables where period = '{period}'")
    sold = "select dealer_code as name, sum({amount}) as value from fact_sell_out where period = '{{period}}' group by 1"
    counted = "select dealer_code as name, sum(qty) as value from fact_dealer_stock where substr(counted_on, 1, 7) = '{period}' group by 1"
    refused = "select \"table\" as name, count(*) as value from mart_quarantine where severity = 'error' and reason_no = 1 group by 1"
    reported = ("outlet", "outlet_contract", "sell_out", "dealer_stock", "visit")
    return {
        "net_by_region": pairs(sales.format(by="region_code")),
        "net_by_line": pairs(sales.format(by="product_line")),
        "receivables": {**buckets, **balance},
        "causes": causes,
        "sell_out_qty": pairs(sold.format(amount="qty")),
        "sell_out_amount": pairs(sold.format(amount="amount")),
        "dealer_stock": pairs(counted),
        "refused": {name: count for name, count in pairs(refused).items() if name in reported},
    }


def differences(ours: Any, theirs: Any, place: str = "") -> list[str]:
    """Where the two differ; what one lacks is 0."""
    if isinstance(ours, dict) or isinstance(theirs, dict):
        keys = sorted({*(ours or {}), *(theirs or {})})
        return [line for key in keys for line in differences((ours or {}).get(key), (theirs or {}).get(key), f"{place}/{key}")]
    return [] if (ours or 0) == (theirs or 0) else [f"{place}: Closebook {ours}, plain script {theirs}"]


def measured(scale: float, runs: int, folder: Path) -> bool:
    """Measure one scale and print its rows; whether the figures are equal."""
    closebook = [sys.executable, "-m", "assets.command"]
    if not (folder / "inbox").exists():
        timed([*closebook, "demo", "--home", folder, "--scale", f"{scale:g}", "--write-only"])
    period = json.loads((folder / "truth" / "key_figures.json").read_text("utf-8"))["period"]
    home, inbox, out = folder / "home", folder / "inbox", folder / "plain"
    where = ["run", "--company", folder / "company", "--inbox", inbox, "--home", home, "--period", period]

    def fresh(command: Sequence[str | Path]) -> Took:
        shutil.rmtree(home, ignore_errors=True)
        return timed(command)

    def row(*cells: str) -> None:
        print("{:<34}{:>10}{:>10}{:>20}{:>14}".format(*cells), flush=True)

    row(f"demo, scale {scale:g}, {period}", "CPU s", "wall s", "result", "goal")
    plain = median(runs, lambda: timed([sys.executable, "-m", "bench.plain_script", inbox, period, out]))
    row("plain script", f"{plain.cpu:.1f}", f"{plain.wall:.1f}", "", "")
    watched = fresh([sys.executable, "-m", "bench.outside", *where])
    found = json.loads(watched.err.strip().splitlines()[-1])
    share = found["outside"] / (found["inside"] + found["outside"])
    row("outside pipelines", "", f"{found['outside']:.1f}", f"{share:.0%}", f"{GOALS['outside']:.0%}")
    close = median(runs, lambda: fresh([*closebook, *where]))
    ratio = f"{plain.cpu / close.cpu:.2f}, {plain.wall / close.wall:.2f} times"
    row("Closebook, fresh home", f"{close.cpu:.1f}", f"{close.wall:.1f}", ratio, f"{GOALS['faster']:g} times")
    again = median(max(runs, 3), lambda: timed([*closebook, *where]))
    row("Closebook again, nothing new", f"{again.cpu:.1f}", f"{again.wall:.1f}", f"{again.wall:.1f} s", f"{GOALS['again']:g} s")
    first = statistics.median(first_line([*closebook, *where]) for _ in range(max(runs, 3)))
    row("first line of progress", "", f"{first:.2f}", f"{first:.2f} s", f"{GOALS['first line']:g} s")
    apart = differences(closebook_figures(home, period), json.loads(plain.out))
    print("figures: equal" if not apart else "figures differ:\n  " + "\n  ".join(apart), flush=True)
    return not apart


def main() -> int:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="python -m bench", description="Closebook beside a plain script, on the demo's month.")
    parser.add_argument("--scale", type=float, action="append", help="scale of the demo; may be given again (default: 1)")
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement; the median counts (default: 3)")
    parser.add_argument("--folder", type=Path, help="keep inboxes and homes here, in a folder a scale (default: a temporary one)")
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {options.runs} runs, median by CPU")
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        equal = [measured(scale, options.runs, folder.resolve() / f"scale-{scale:g}") for scale in options.scale or [1.0]]
    print(f"load at the end {os.getloadavg()[0]:.1f}")
    return 0 if all(equal) else 1


if __name__ == "__main__":
    sys.exit(main())
