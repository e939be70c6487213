"""The command ``closebook``: the door for people without Dagster's page. It runs the same assets as the schedule does.

Arguments, sentences and exit codes stand here; what is run is in ``assets.running``. Heavy modules are imported where they are
needed, so that ``--help`` and the first line of progress come at once.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from assets.settings import Settings

OK, NOTHING, WITH_REJECTIONS = 0, 1, 3

_EPILOG = """\
exit codes:
  0  published
  3  published; files or rows were refused and are listed (report R20, returned workbooks); not of demo, which plants them
  1  nothing published: the sentence on standard error says what to mend

examples:
  closebook demo --home demo                        write the demo company, close its latest month
  closebook run --company companies/mine --inbox inbox --home home --period latest
  closebook backfill --company companies/mine --inbox inbox --home home --from 2026-01 --to 2026-10
  closebook query --home home "select period, sum(net_amount_e4) as net_e4 from sales group by period"
  closebook layout inbox/dealers/D001/October.xlsx  propose a layout for a new kind of file
  closebook whatif pay --plan tried.yaml --company companies/mine --home home
  closebook sign 2026-10 --company companies/mine --home home --by wang --as preparer --key wang.pem
  closebook layout --try changed.yaml --company companies/mine --home home
  closebook verify sales_monthly.en.xlsx --home home is this workbook what was published, and what was touched?
  closebook template sell_out --language en         a blank workbook with drop-downs
"""


def parser() -> argparse.ArgumentParser:
    """The command's arguments; every option says what it is."""
    top = argparse.ArgumentParser(
        prog="closebook", description="Closes the month for companies that sell through dealers.",
        epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, help_text: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        one = commands.add_parser(name, help=help_text, description=help_text)
        one.set_defaults(run=run)
        return one

    def where(one: argparse.ArgumentParser, *, inbox: bool = True) -> None:
        one.add_argument("--company", type=Path, required=True, metavar="DIR", help="the company's folder: policy, calendar, layouts")
        if inbox:
            one.add_argument("--inbox", type=Path, required=True, metavar="DIR", help="the folder with the delivered files")
        home(one)
        one.add_argument("--warehouse", metavar="URL", default=os.environ.get("CLOSEBOOK_WAREHOUSE"),
                         help="database of the warehouse; default SQLite in the home, else postgresql+psycopg://…")
        patience(one)

    def patience(one: argparse.ArgumentParser) -> None:
        one.add_argument("--wait", type=float, metavar="SECONDS",
                         help="how long to wait for another run in the home or for its warehouse (default: CLOSEBOOK_WAIT, else 600)")

    def home(one: argparse.ArgumentParser) -> None:
        one.add_argument("--home", type=Path, required=True, metavar="DIR", help="the folder that keeps everything that runs make")

    demo = add("demo", "Write the demo company and its inbox, then close its latest month.", _demo)
    demo.add_argument("--home", type=Path, default=Path("demo"), metavar="DIR", help="where to write it (default: demo)")
    demo.add_argument("--scale", type=float, default=1.0, help="1 is about 100,000 sales lines")
    demo.add_argument("--seed", type=int, default=20261001, help="another seed, another company")
    demo.add_argument("--write-only", action="store_true", help="write the inbox and stop")

    run = add("run", "Take in what has arrived and close one period.", _run)
    where(run, inbox=False)
    deliveries = run.add_mutually_exclusive_group(required=True)
    deliveries.add_argument("--inbox", type=Path, metavar="DIR", help="the folder with the delivered files")
    deliveries.add_argument("--no-inbox", action="store_true", help="land nothing: work with what the home has")
    deliveries.add_argument("--known-at", metavar="MOMENT", help="what was known at a moment such as 2026-11-05T09:00:00+08:00, computed "
                            "again beside what is published, which does not change")
    deliveries.add_argument("--publication", type=int, metavar="N", help="a publication computed again, beside what is published")
    run.add_argument("--period", default="latest", help="a key such as 2026-10, or latest: the last period with sales")

    def deliveries_off(one: argparse.ArgumentParser) -> None:
        one.add_argument("--no-deliver", action="store_true", help="send nothing, whatever delivery.yaml says")

    deliveries_off(run)

    backfill = add("backfill", "Close every period with data, or those of a range.", _backfill)
    where(backfill)
    backfill.add_argument("--from", dest="first", metavar="PERIOD", help="first period (default: the first with data)")
    backfill.add_argument("--to", dest="last", metavar="PERIOD", help="last period (default: the last with data)")

    deliveries_off(backfill)

    deliver = add("deliver", "Send what delivery.yaml makes due and what waits to be sent.", _deliver)
    where(deliver, inbox=False)
    deliver.add_argument("--dry-run", action="store_true", help="print what would be sent to whom; send and write nothing")

    backfill.add_argument("--preview", action="store_true", help="write nothing: say which published and signed figures, grades and "
                          "amounts would move, and by how much")
    backfill.add_argument("--out", type=Path, metavar="FILE.csv", help="with --preview: every line that would move")

    query = add("query", "Ask the warehouse; the answer is CSV on standard output.", _query)
    home(query)
    query.add_argument("--warehouse", metavar="URL", default=os.environ.get("CLOSEBOOK_WAREHOUSE"), help="database of the warehouse")
    query.add_argument("sql", help="a select; docs/data_dictionary.md lists the views and columns")

    def period_of(one: argparse.ArgumentParser) -> None:
        one.add_argument("period", help="a period's key, such as 2026-10")

    def act(name: str, help_text: str, run: Callable[[argparse.Namespace], int], by: str) -> argparse.ArgumentParser:
        one = add(name, help_text, run)
        period_of(one)
        where(one, inbox=False)
        one.add_argument("--by", required=True, metavar="ID", help=by)
        return one

    bridge = add("bridge", "Account for every difference between two publications of a period, by cause (R25).", _bridge)
    period_of(bridge)
    bridge.add_argument("first", type=int, help="number of the earlier publication")
    bridge.add_argument("second", type=int, help="number of the later publication")
    where(bridge, inbox=False)

    sign = act("sign", "Sign what is published of a period, as preparer or as approver.", _sign, "who signs: an id in people.yaml")
    sign.add_argument("--as", dest="role", required=True, choices=("preparer", "approver"), help="what the signature means")
    sign.add_argument("--key", type=Path, metavar="FILE", help="the person's private key; without one it is declared, not authenticated")

    act("close", "Close a period that both have signed: nothing of it is published any more.", _close, "who closes: an approver's id")

    reopen = act("reopen", "Open a closed period: the next run publishes what has changed.", _reopen, "who opens: an approver's id")
    reopen.add_argument("--why", required=True, metavar="TEXT", help="the reason; it stands in the journal and on the portal")

    check = add("check", "Ask the warehouse every question of sql/checks: totals, keys, what was loaded.", _check)
    home(check)
    check.add_argument("--warehouse", metavar="URL", default=os.environ.get("CLOSEBOOK_WAREHOUSE"), help="database of the warehouse")
    check.add_argument("--period", help="one period's key, such as 2026-10 (default: every period that is loaded)")

    verify = add("verify", "Prove that a workbook or page is what was published, or that everything in a home is untouched.", _verify)
    verify.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a workbook (.xlsx) or page (.html); without one the whole home")
    known = verify.add_mutually_exclusive_group()
    known.add_argument("--home", type=Path, metavar="DIR", help="the home: alone everything in it, with FILE what it published of it")
    known.add_argument("--manifest", type=Path, metavar="FILE", help="with FILE: the manifest of its publication, where there is no home")

    upgrade = add("upgrade", "Move a home's warehouse to this version: tables, views, roles. Published files stay.", _upgrade)
    home(upgrade)
    upgrade.add_argument("--warehouse", metavar="URL", default=os.environ.get("CLOSEBOOK_WAREHOUSE"), help="database of the warehouse")
    patience(upgrade)

    key = add("key", "Make a key to sign with; prints the public half for people.yaml.", _key)
    key.add_argument("file", type=Path, help="where to write the private key")

    status = add("status", "What is published, what was refused, what is open.", _status)
    home(status)

    layout = add("layout", "Propose a layout for a delivered file.", _layout)
    layout.add_argument("file", type=Path, nargs="?", help="a workbook or CSV")
    layout.add_argument("--try", dest="trial", type=Path, metavar="LAYOUT", help="try a new or changed layout (YAML) against all landed "
                        "files, with --company and --home: what would be read otherwise than now")
    layout.add_argument("--company", type=Path, metavar="DIR", help="with --try: the company's folder")
    layout.add_argument("--home", type=Path, metavar="DIR", help="with --try: the home with the landed files")

    template = add("template", "Write the blank workbook of a table and the layout that reads it.", _template)
    template.add_argument("table", help="a table's name, such as sell_out; docs/data_dictionary.md lists them")
    template.add_argument("--language", choices=("zh-Hans", "zh-Hant", "en"), default="zh-Hans", help="language of the headings")
    template.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="where to write it (default: here)")

    statements = add("statements", "Write statements of account for any day, with slips to confirm.", _statements)
    where(statements, inbox=False)
    statements.add_argument("--as-of", required=True, metavar="DAY", help="the day, such as 2026-10-15")
    statements.add_argument("--dealer", metavar="CODE", help="one customer's only (default: everybody with an account)")
    statements.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write them")

    explain = add("explain", "Lead from a printed number to the cells that it came from.", _explain)
    home(explain)
    explain.add_argument("period", metavar="NUMBER|PERIOD", help="a figure's number, such as N-7F3A2CQK, or a period, such as 2026-10")
    explain.add_argument("measure", nargs="?", help="of a period: net_amount, qty, receipts, gross_margin or balance")
    explain.add_argument("where", nargs="*", metavar="COLUMN=VALUE", help="what the number is cut to, such as region_code=R03")
    explain.add_argument("--warehouse", metavar="URL", default=os.environ.get("CLOSEBOOK_WAREHOUSE"), help="database of the warehouse")
    explain.add_argument("--most", type=int, default=20, help="lines to list (default 20)")

    whatif = add("whatif", "Recompute another pay plan on the history in a home: who gains, who loses. Publishes nothing.", _whatif)
    whatif.add_argument("what", choices=("pay",), help="pay: base and performance pay and commission")
    whatif.add_argument("--plan", type=Path, required=True, metavar="FILE", help="the plan to try, in the form of the company's pay.yaml")
    where(whatif, inbox=False)
    whatif.add_argument("--from", dest="first", metavar="PERIOD", help="first period (default: the first that the company's plans pay)")
    whatif.add_argument("--to", dest="last", metavar="PERIOD", help="last period (default: the last with data)")
    whatif.add_argument("--out", type=Path, metavar="DIR", help="where to write workbook and page (default: whatif/ in the home)")

    extract = add("extract", "Read an ERP's own database into the inbox, one query a table, as of one moment.", _extract)
    extract.add_argument("--inbox", type=Path, required=True, metavar="DIR", help="where the extracts are put, as CSV files")
    extract.add_argument("--queries", type=Path, default=Path("sql/extract"), metavar="DIR", help="one <table>.sql a table")
    extract.add_argument("--since", required=True, metavar="DAY", help="first day, such as 2026-10-01")
    extract.add_argument("--until", required=True, metavar="DAY", help="last day")

    docs = add("docs", "Write the generated parts of docs/ anew: data dictionary and JSON schemas.", _docs)
    docs.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="the docs folder")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    options = parser().parse_args(arguments)
    options.started = time.monotonic()
    from pipelines.errors import ClosebookError

    try:
        code: int = options.run(options)
    except ClosebookError as error:
        return _fail(str(error))
    except BrokenPipeError:  # the reader of a pipe, such as head, has seen enough
        return OK
    except OSError as error:
        import errno

        if error.errno == errno.ENOSPC:
            where = error.filename or "while writing"
            return _fail(f"No space left on the disk ({where}). Nothing was published. Free some, then run again.")
        if isinstance(error, PermissionError):
            return _fail(f"{error.filename}: no permission. Nothing was published. Give the right to write there, then run again.")
        raise
    except KeyboardInterrupt:
        return _fail("Stopped. Nothing is half written; run the same command again.")
    return code


def _fail(sentence: str) -> int:
    print(f"closebook: {sentence}", file=sys.stderr)
    return NOTHING


def _progress(options: argparse.Namespace, line: str) -> None:
    from assets import progress

    progress.begin(options.started)
    progress.say(line)


def _settings(options: argparse.Namespace, company: Path | None = None) -> Settings:
    """Where the command works, as its arguments say."""
    from assets.settings import Settings, patience

    found = Settings.of(company or options.company, options.home, getattr(options, "inbox", None), options.warehouse)
    return replace(found, wait=patience() if options.wait is None else options.wait)


def _demo(options: argparse.Namespace) -> int:
    _progress(options, f"writing the demo company to {options.home} (scale {options.scale:g}, seed {options.seed})")
    from pipelines.demo.writing import write_demo

    is_new = not (options.home / "home" / "ledger.db").exists()
    write_demo(options.home, scale=options.scale, seed=options.seed)
    if options.write_only:
        print(f"The inbox is {options.home / 'inbox'}, the company {options.home / 'company'}, the truth {options.home / 'truth'}.")
        return OK
    from assets.running import close
    from assets.settings import Settings
    from pipelines.errors import InboxError

    settings = Settings.of(options.home / "company", options.home / "home", options.home / "inbox")
    try:
        code = close(settings, "latest")
    except InboxError as error:
        if is_new:
            raise
        raise InboxError(
            f"{settings.home} was made by another version, scale or seed of the demo, and what it holds contradicts what was written now. "
            f"Use a fresh one: closebook demo --home ANOTHER. ({error})"
        ) from error
    if code == WITH_REJECTIONS:
        print("\nThe refusals and findings are the faults that the demo plants on purpose; 'closebook run' would end with code 3 here.")
        return OK
    return code


def _run(options: argparse.Namespace) -> int:
    if options.known_at:
        return _known_at(options)
    if options.publication:
        return _publication(options)
    _progress(options, f"taking in {options.inbox or 'what the home has'}")
    from assets.running import close

    settings = _settings(options)
    return close(replace(settings, inbox=None) if options.no_inbox else settings, options.period, deliver=not options.no_deliver)


def _publication(options: argparse.Namespace) -> int:
    _progress(options, f"publication {options.publication} again")
    from assets.known import run_publication
    from pipelines.errors import ConfigurationError

    if options.period == "latest":
        raise ConfigurationError("--publication: name the period that it is of, --period 2026-10.")
    return run_publication(_settings(options), options.period, options.publication)


def _known_at(options: argparse.Namespace) -> int:
    _progress(options, f"what was known at {options.known_at}")
    from datetime import datetime

    from assets.known import run_known_at
    from pipelines.errors import ConfigurationError

    try:
        moment = datetime.fromisoformat(options.known_at)
    except ValueError as error:
        raise ConfigurationError(f"--known-at {options.known_at}: not a moment; write 2026-11-05T09:00:00+08:00.") from error
    if moment.tzinfo is None:
        raise ConfigurationError(f"--known-at {options.known_at}: a time zone is needed; write 2026-11-05T09:00:00+08:00.")
    if options.period == "latest":
        raise ConfigurationError("--known-at: name the period, --period 2026-10. Which one is the latest depends on what was known.")
    return run_known_at(_settings(options), options.period, moment)


def _backfill(options: argparse.Namespace) -> int:
    _progress(options, f"taking in {options.inbox}")
    from assets.running import backfill

    settings = _settings(options)
    if options.preview:
        from assets.previewing import preview

        return preview(settings, options.first, options.last, options.out)
    return backfill(settings, options.first, options.last, deliver=not options.no_deliver)


def _deliver(options: argparse.Namespace) -> int:
    from assets.delivering import deliver
    from assets.settings import Settings

    return deliver(Settings.of(options.company, options.home), dry=options.dry_run)


def _query(options: argparse.Namespace) -> int:
    from pipelines.publish.warehouse import Warehouse, sqlite_url

    url = options.warehouse or sqlite_url(options.home.resolve() / "warehouse.db")
    sys.stdout.write(Warehouse(url).query_csv(options.sql))
    return OK


def _bridge(options: argparse.Namespace) -> int:
    from assets.restatement import show_bridge
    from assets.settings import Settings

    return show_bridge(Settings.without_inbox(options.company, options.home), options.period, options.first, options.second)


def _sign(options: argparse.Namespace) -> int:
    from assets import closing
    from pipelines.company.people import Role
    from pipelines.publish.close import utc_now

    print(closing.sign(_settings(options), options.period, options.by, Role(options.role), utc_now(), options.key))
    return OK


def _close(options: argparse.Namespace) -> int:
    from assets import closing
    from pipelines.publish.close import utc_now

    print(closing.close_period(_settings(options), options.period, options.by, utc_now()))
    return OK


def _reopen(options: argparse.Namespace) -> int:
    from assets import closing
    from pipelines.publish.close import utc_now

    print(closing.reopen(_settings(options), options.period, options.by, options.why, utc_now()))
    return OK


def _check(options: argparse.Namespace) -> int:
    from datetime import date

    from pipelines.publish import checks
    from pipelines.publish.shelf import Shelf
    from pipelines.publish.warehouse import Warehouse, sqlite_url

    warehouse = Warehouse(options.warehouse or sqlite_url(options.home.resolve() / "warehouse.db"))
    loaded = checks.periods_in(warehouse)
    if options.period and options.period not in loaded:
        return _fail(f"{options.period} is not in the warehouse; it holds {', '.join(loaded) or 'no period'}.")
    shelf = Shelf(options.home / "shelf", options.home / "manifests")
    answers: list[checks.Answer] = []
    for period in [options.period] if options.period else loaded:
        manifest = shelf.manifest(period)
        if manifest is None:
            return _fail(f"{period} is in the warehouse, but {options.home} has not published it: name the home that loads this warehouse.")
        answers += checks.of_warehouse(warehouse, period, date.fromisoformat(manifest["start"]), date.fromisoformat(manifest["end"]))
    violated = [answer for answer in answers if not answer.holds]
    for answer in violated:
        print(answer.said(), file=sys.stderr)
    print(f"{len(answers)} checks of {len({answer.period for answer in answers})} periods: {len(answers) - len(violated)} hold.")
    return NOTHING if violated else OK


def _verify(options: argparse.Namespace) -> int:
    if options.file:
        from assets.proving import told

        return OK if told(options.file, options.home, options.manifest) else NOTHING
    if options.home is None:
        from pipelines.errors import ConfigurationError

        raise ConfigurationError("verify: name a file, or a home with --home.")
    from pipelines.publish.verify import verify_home

    found = verify_home(options.home)
    for problem in found.problems:
        print(problem, file=sys.stderr)
    print(", ".join(f"{count} {what}" for what, count in found.looked_at.items()) + (": untouched." if not found.problems else "."))
    return NOTHING if found.problems else OK


def _upgrade(options: argparse.Namespace) -> int:
    _progress(options, "upgrading the warehouse")
    from assets.alone import alone
    from pipelines.publish.warehouse import Warehouse

    settings = _settings(options, company=options.home)
    with alone(settings):
        print(Warehouse(settings.warehouse).upgrade())
    return OK


def _key(options: argparse.Namespace) -> int:
    from pipelines.publish.signing import new_key

    print(f"public_key: {new_key(options.file)}")
    return OK


def _status(options: argparse.Namespace) -> int:
    from assets.status import status

    sys.stdout.write(status(options.home))
    return OK


def _layout(options: argparse.Namespace) -> int:
    from pipelines.errors import ConfigurationError, InboxError
    from pipelines.sources.propose import propose
    from pipelines.sources.reader import read

    if options.trial:
        if options.company is None or options.home is None:
            raise ConfigurationError("--try needs --company and --home: the layouts as they are, and the files that have landed.")
        from assets.trying import tried

        sys.stdout.write(tried(options.company, options.home, options.trial))
        return OK
    if options.file is None:
        raise InboxError("Name a file to propose a layout for, or a layout to try: closebook layout FILE, closebook layout --try LAYOUT.")
    if not options.file.is_file():
        raise InboxError(f"{options.file}: no such file.")
    sys.stdout.write(propose(read(options.file), options.file.name))
    return OK


def _template(options: argparse.Namespace) -> int:
    from pipelines import storage
    from pipelines.contracts import CONTRACTS
    from pipelines.reports.writers.template import layout_for, template

    content = template(options.table, options.language)
    book, layout = options.out / f"{options.table}.xlsx", options.out / f"{options.table}.yaml"
    storage.write_bytes(book, content)
    storage.write_text(layout, layout_for(CONTRACTS[options.table]))
    print(f"{book}\n{layout}  (put it into the company's layouts/)")
    return OK


def _statements(options: argparse.Namespace) -> int:
    from datetime import date

    from assets.settings import Settings
    from assets.statements import statements
    from pipelines.errors import ConfigurationError

    try:
        day = date.fromisoformat(options.as_of)
    except ValueError as error:
        raise ConfigurationError(f"--as-of {options.as_of}: not a day; write 2026-10-15.") from error
    for path in statements(Settings.of(options.company, options.home), day, options.out, options.dealer):
        print(path)
    return OK


def _whatif(options: argparse.Namespace) -> int:
    from assets.whatif import pay

    return pay(_settings(options), options.plan, options.first, options.last, options.out)


def _explain(options: argparse.Namespace) -> int:
    from assets.explain import explain, explain_number, is_number
    from pipelines.errors import ConfigurationError
    from pipelines.publish.warehouse import Warehouse, sqlite_url

    if is_number(options.period):
        sys.stdout.write(explain_number(options.home, options.period, options.most))
        return OK
    if options.measure is None:
        raise ConfigurationError(f"'{options.period}' is no number of a figure. After a period name a measure, such as net_amount.")

    url = options.warehouse or sqlite_url(options.home.resolve() / "warehouse.db")
    sys.stdout.write(explain(Warehouse(url), options.home, options.period, options.measure, options.where, options.most))
    return OK


def _extract(options: argparse.Namespace) -> int:
    from datetime import date

    from pipelines.errors import ConfigurationError
    from pipelines.sources.extract import extract

    url = os.environ.get("CLOSEBOOK_ERP")
    if not url:
        raise ConfigurationError(
            "CLOSEBOOK_ERP is not set. Put the address of the ERP's database there: it holds a password, so it is no argument."
        )
    try:
        days = {"since": date.fromisoformat(options.since), "until": date.fromisoformat(options.until)}
    except ValueError as error:
        raise ConfigurationError(f"--since and --until are days such as 2026-10-31 ({error}).") from error
    for one in extract(url, options.queries, options.inbox, days):
        print(f"{one.path}  {one.rows} rows  {', '.join(f'{name} {total}' for name, total in one.sums.items())}".rstrip())
    return OK


def _docs(options: argparse.Namespace) -> int:
    import json

    from pipelines import storage
    from pipelines.company.assessment import AssessmentFile
    from pipelines.company.calendar import CalendarFile
    from pipelines.company.delivery import Delivery
    from pipelines.company.layouts import Layout
    from pipelines.company.pay import PayFile
    from pipelines.company.policy import Policy
    from pipelines.company.rebates import RebateFile
    from pipelines.company.yamlfile import Strict
    from pipelines.contracts.dictionary import dictionary

    storage.write_text(options.out / "data_dictionary.md", dictionary())
    models: dict[str, type[Strict]] = {
        "policy": Policy, "calendar": CalendarFile, "layout": Layout, "delivery": Delivery, "pay": PayFile, "assessment": AssessmentFile,
        "rebates": RebateFile,
    }  # fmt: skip
    for name, model in models.items():
        text = json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False)
        storage.write_text(options.out / "schema" / f"{name}.json", text + "\n")
    return OK


if __name__ == "__main__":
    sys.exit(main())
